//! The names of containers (RFC 1035): who is asked for, what the answer is, and the sockets inside a container's network namespace at which
//! its monitor is asked. The serving itself is the monitor's.

mod listeners;
mod message;
mod servers;
mod zones;

pub use listeners::Listeners;
pub use message::{Outcome, Transport, answer, failure, frame, framed, is_refusal, is_reply};
pub use servers::Servers;
pub use zones::Zones;

use std::net::Ipv4Addr;

/// Where a container finds its name server, as with docker.
pub const ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 11);
