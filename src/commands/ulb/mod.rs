//! `certctl ulb`: certificates of UCloud load balancers.

mod replace;

use clap::Subcommand;

use super::Session;
use crate::error::Error;
use crate::output::Answer;

/// Manage certificates of UCloud load balancers
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// Replace a certificate by another wherever it is bound
    Replace(replace::ReplaceArgs),
}

/// Runs a command of the group.
pub fn run(session: &Session<'_>, command: &Command) -> Result<Answer, Error> {
    match command {
        Command::Replace(args) => replace::run(session, args),
    }
}
