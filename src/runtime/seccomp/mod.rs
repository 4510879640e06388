//! Seccomp: a Spec's `linux.seccomp` becomes a BPF program (OCI runtime specification, config-linux.md "Seccomp").
//!
//! A pure function: nothing here looks at the host. Installing the program is `sys::prctl`'s.

mod architecture;
mod assembler;
mod compile;
mod listener;

pub use compile::{Program, compile};
pub use listener::Listener;
