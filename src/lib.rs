//! dhow: a daemonless, single-binary container tool.
//!
//! The layers, from the top; imports point down only (`tests/layering.rs` enforces it):
//!
//! ```text
//! 8  cmd         command line → request → render;  api: HTTP → request → encode
//! 7  engine      every operation once, typed requests and answers;  oci: containers that another engine drives
//! 6  monitor     the process that owns a container while it runs
//! 5  container   config, state, store, config + image → OCI runtime Spec (pure)
//! 4  runtime     Spec + bundle → process;  image: store, names, archives;  registry: client
//! 3  namespaces  cgroups  layers  volumes  netns
//! 2  state       file discipline: roots, atomic files, locks, ids, process identity
//! 1  sys         the only unsafe code
//! 0  error, logging
//! ```

pub mod api;
pub mod cgroups;
pub mod cmd;
pub mod container;
pub mod engine;
pub mod error;
pub mod image;
pub mod layers;
pub mod logging;
pub mod monitor;
pub mod namespaces;
pub mod netns;
pub mod oci;
pub mod registry;
pub mod runtime;
pub mod state;
pub mod sys;
pub mod volumes;

/// The whole program: a hidden role when this process was re-executed as one, else the command line. Answers its exit code.
pub fn main() -> u8 {
    cmd::main()
}
