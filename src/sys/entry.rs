//! The symbol that the C library calls. A module of the binary alone.
#![allow(unsafe_code)]

/// Called once, with the process's one thread. Nothing else has the name: the binary has no other `main`.
#[unsafe(no_mangle)]
extern "C" fn main() -> i32 {
    dhow::sys::start::prepare();
    let code = dhow::main();
    dhow::sys::start::finish();
    i32::from(code)
}
