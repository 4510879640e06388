//! The process that owns a container while it runs: standard streams, log, exit code, clean-up.
//!
//! It is this binary, executed again as the role `monitor`: single-threaded, one epoll loop, little memory. It is the only writer of its
//! container's state while it lives; that it lives is a lock that it holds.

mod cdi;
pub mod children;
mod clients;
pub mod detach;
mod etc;
mod event_loop;
pub mod external;
mod fanout;
mod forward;
mod health;
pub mod host_devices;
mod input;
mod joined;
mod limits;
pub mod mounts;
mod names;
mod outside;
mod poller;
pub mod prepare;
pub mod protocol;
pub mod relay;
mod restart;
mod rewire;
mod role;
mod run;
mod sessions;
mod spawn;
mod streams;
mod survivors;
pub mod teardown;
mod upkeep;

pub use prepare::kernel_version;
pub use restart::is_due as restart_is_due;
pub use role::role;
pub use spawn::{Waiting, connect, spawn};
