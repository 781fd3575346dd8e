//! `certctl ssl`: Tencent Cloud SSL Certificates.

pub mod csr;

use clap::Subcommand;

use super::Session;
use crate::error::Error;
use crate::output::Answer;

/// Manage Tencent Cloud SSL Certificates
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// Manage certificate signing requests
    #[command(subcommand, arg_required_else_help = false)]
    Csr(csr::Command),
}

/// Runs a command of the group.
pub fn run(session: &Session<'_>, command: &Command) -> Result<Answer, Error> {
    match command {
        Command::Csr(command) => csr::run(session, command),
    }
}
