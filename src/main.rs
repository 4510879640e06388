//! The one binary. Everything lives in the library, so that tests and fuzz targets reach it.

use std::process::ExitCode;

fn main() -> ExitCode {
    dhow::main()
}
