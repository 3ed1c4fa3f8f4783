//! The binary: a thin door over the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    focal_derive::cli::run(std::env::args_os())
}
