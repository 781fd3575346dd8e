//! The command line `certctl`. What the process is given is gathered here and handed down.

use std::process::ExitCode;

fn main() -> ExitCode {
    certctl::harden();
    ExitCode::from(certctl::run(
        std::env::args_os().collect(),
        std::env::vars_os().collect(),
    ))
}
