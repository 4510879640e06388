//! The Docker Engine REST API (`dhow serve`): requests are decoded into the engine's typed operations, answers are encoded. Nothing
//! else happens here, and nothing is kept: killed and started again, the server knows as much as before, as all of it is in files. What the
//! engine remembers of containers only spares the reading of files that haven't changed (`engine::containers::known`).
//!
//! Connections are served by one thread and an event loop; the engine's work runs on threads that may block. What takes no more than a few
//! looks at directories is answered by the event loop itself (`routes::Quick`): handing it to another thread would take longer. The server never forks,
//! unshares or joins a namespace: processes with several threads can't do that safely.

mod body;
mod call;
mod connection;
mod containers;
mod errors;
mod exec;
mod gone;
mod hijack;
mod image_versions;
mod images;
mod json;
mod listen;
mod metrics;
mod networks;
mod path;
mod patience;
mod pieces;
mod query;
mod relay;
mod reply;
mod request_line;
mod routes;
mod server;
mod service;
mod swarm;
mod system;
mod version;
mod volumes;

pub use listen::{Address, Tls};
pub use server::{ServeRequest, serve};
