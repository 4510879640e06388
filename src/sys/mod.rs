//! System calls that no crate wraps as we need them. The only module in which `unsafe` is allowed; each block names the invariant
//! that it relies on. Nothing here knows what a container is.
#![allow(unsafe_code)]

pub mod bpf;
pub mod clone;
pub mod credentials;
pub mod epoll;
pub mod fd;
pub mod flock;
pub mod heap;
pub mod inet;
pub mod mount;
pub mod namespace;
pub mod net;
pub mod netlink;
pub mod pidfd;
pub mod prctl;
pub mod program;
pub mod pty;
pub mod quota;
pub mod random;
pub mod readiness;
pub mod rlimit;
pub mod rtnetlink;
pub mod sched;
pub mod script;
pub mod sctp;
pub mod signal;
pub mod socket;
pub mod start;
pub mod tun;
pub mod xattr;
