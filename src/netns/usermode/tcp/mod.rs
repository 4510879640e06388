//! TCP towards the guest (RFC 9293), without sockets, packets or clocks: segments and what the host's socket does go in, segments and data
//! for the host's socket come out.
//!
//! The way to the guest is a queue in memory: there is nothing to be congested, and what is lost was dropped because a queue was full. So there
//! is no congestion control, and what the guest misses is found by three duplicate acknowledgements or a timer. What comes from the guest may
//! be out of order, however, when it sends from several processors: that is kept, and it is told what (RFC 2018).

mod early;
mod guest;
mod queue;
#[cfg(test)]
mod tests;

pub use guest::{Arrival, Guest};
pub use queue::Pool;

/// Whether a sequence number comes before another (RFC 9293 § 3.4).
fn before(one: u32, other: u32) -> bool {
    (one.wrapping_sub(other) as i32) < 0
}
