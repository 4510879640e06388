//! System calls that no crate wraps as we need them. The only module in which `unsafe` is allowed; each block names the invariant
//! that it relies on. Nothing here knows what a container is.
#![allow(unsafe_code)]

pub mod fd;
pub mod flock;
pub mod pidfd;
pub mod random;
