//! Containers as data: what was asked (config), what became of it (state), where that is kept (store), and the OCI Spec that follows
//! from it (spec, pure). Starts nothing.

pub mod capability;
pub mod cdi;
pub mod config;
pub mod devices;
pub mod events;
pub mod execs;
pub mod external;
pub mod health;
pub mod links;
pub mod log;
pub mod mounts;
pub mod names;
pub mod notes;
pub mod owners;
mod places;
pub mod quantity;
pub mod resources;
pub mod seccomp;
pub mod servers;
mod session;
pub mod spec;
pub mod state;
pub mod store;
pub mod sysctls;
pub mod tuning;
pub mod volumes;

pub use config::ContainerConfig;
pub use state::{ContainerState, Status};
pub use store::{ContainerDir, ContainerStore};
