//! Published ports of a user's containers: listeners are the host's, connections to containers come from inside, under the client's own
//! address.

mod protocol;

pub use protocol::{Answer, Publisher, Request};
