//! The one binary. Everything lives in the library, so that tests and fuzz targets reach it.
//!
//! It starts where C programs start: Rust's own start-up code reads /proc/self/maps and makes a stack for a handler of stack overflows,
//! a tenth of the time that a short command takes.

#![cfg_attr(not(test), no_main)]

/// Here and not in the library, whose other users have a `main` of their own.
#[cfg(not(test))]
#[path = "sys/entry.rs"]
mod entry;
