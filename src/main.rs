//! The one binary. Everything lives in the library, so that tests and fuzz targets reach it.
//!
//! It starts where C programs start: Rust's own start-up code reads /proc/self/maps and makes a stack for a handler of stack overflows,
//! a tenth of the time that a short command takes.

#![cfg_attr(not(test), no_main)]
#![allow(unsafe_code)] // A symbol with the name that the C library calls.

/// Called by the C library with the process's one thread.
#[cfg(not(test))]
#[unsafe(no_mangle)]
pub extern "C" fn main() -> i32 {
    dhow::sys::start::prepare();
    let code = dhow::main();
    dhow::sys::start::finish();
    i32::from(code)
}
