//! `certctl cdn`: HTTPS of Alibaba Cloud CDN domains.

mod batches;
mod board;
mod certs;
mod goal;
mod list;
mod preview;
mod set;
mod show;
mod wait;

use clap::Subcommand;

use super::Session;
use crate::error::Error;
use crate::output::Answer;

/// Manage certificates of Alibaba Cloud CDN domains
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// List the domains with their HTTPS state and certificate
    List(list::ListArgs),
    /// Show domains with what they serve over HTTPS
    Show(show::ShowArgs),
    /// List the certificates that domains can be given
    Certs(certs::CertsArgs),
    /// Switch HTTPS on or off, or put a certificate on domains
    Set(Box<set::SetArgs>),
    /// Wait until domains are online and serve what they are to serve
    Wait(wait::WaitArgs),
}

/// Runs a command of the group.
pub fn run(session: &Session<'_>, command: &Command) -> Result<Answer, Error> {
    match command {
        Command::Set(args) => set::run(session, args),
        Command::List(args) => list::run(session, args),
        Command::Show(args) => show::run(session, args),
        Command::Certs(args) => certs::run(session, args),
        Command::Wait(args) => wait::run(session, args),
    }
}
