//! Networks: what they are, who has which address on them, and the interfaces, rules and files that make them so.
//!
//! Plans are pure and validated first; executors (`link`, `nft`) then walk them and undo what they did when something fails. Nothing here
//! knows what a container is beyond its id and its network namespace.

mod bridge;
mod children;
mod conntrack;
pub mod dns;
mod driver_options;
mod endpoint;
mod files;
mod ipam;
mod lease;
mod link;
mod live;
mod members;
mod mode;
mod network;
mod nft;
mod options;
mod parent;
mod pool;
mod ports;
pub mod private;
mod program;
mod publish;
mod request;
mod reserve;
mod seen;
mod store;
mod sweep;
mod upkeep;
pub mod usermode;

pub use bridge::{reload, take_down};
pub use endpoint::{Attached, Endpoint, Record, Wanted, attach, detach};
pub use files::{ExtraHost, NAMES_PORT, Resolver, hosts, hosts_of_host, name_servers, resolv_conf};
pub use members::{Member, Members};
pub use mode::{Attachment, Link, Mac, NetworkMode, NetworkOption, mode_id};
pub use network::{Driver, Network, Parent, Route, Subnet};
pub use nft::legacy_filter as has_legacy_filter;
pub use pool::{AddressPool, PublishMode};
pub use ports::{Binding, PortSpec, Protocol, Published, exposed};
pub use program::{ProgramNetwork, Working};
pub use request::{NetworkRequest, SubnetRequest};
pub use store::{DEFAULT, NetworkStore, is_predefined};
pub use sweep::sweep;
pub use upkeep::Upkeep;
pub use usermode::forward::Proxy;

/// Why this host can't have networks of type bridge, as far as can be told without making one.
pub fn lack(rootless: bool) -> Option<crate::error::Error> {
    if rootless { private::lack() } else { nft::lack() }
}

use crate::error::{Kind, Result};
use crate::state::session;

/// An ordinary user's networks belong to a user namespace of their own, which a session of `dhow unshare` has no rights in.
pub fn refuse_in_session() -> Result<()> {
    if session::is_inside() {
        return Kind::Unsupported.err(
            "in a session of `dhow unshare` this user's networks can't be reached: use --network none or host, or do it outside",
        );
    }
    Ok(())
}
