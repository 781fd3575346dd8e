//! `certctl cdn`: HTTPS of Alibaba Cloud CDN domains.

mod batches;
mod set;

use clap::Subcommand;

use super::Session;
use crate::error::Error;
use crate::output::Answer;

/// Manage certificates of Alibaba Cloud CDN domains
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// Switch HTTPS on or off, or put a certificate on domains
    Set(Box<set::SetArgs>),
}

/// Runs a command of the group.
pub fn run(session: &Session<'_>, command: &Command) -> Result<Answer, Error> {
    match command {
        Command::Set(args) => set::run(session, args),
    }
}
