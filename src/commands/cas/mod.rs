//! `certctl cas`: Alibaba Cloud's certificate store.

mod delete;
mod list;
mod row;
mod show;
pub mod store;
mod upload;

use clap::Subcommand;

use super::Session;
use crate::error::Error;
use crate::output::Answer;

/// Manage Alibaba Cloud's certificate store (Certificate Management Service)
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// Upload a certificate, unless it is there already
    Upload(upload::UploadArgs),
    /// List the certificates
    List(list::ListArgs),
    /// Show a certificate and what uses it
    Show(show::ShowArgs),
    /// Delete certificates that nothing uses
    Delete(delete::DeleteArgs),
}

impl Command {
    /// Whether it only tells what is there.
    pub fn reads(&self) -> bool {
        matches!(self, Command::List(_) | Command::Show(_))
    }
}

/// Runs a command of the group.
pub fn run(session: &Session<'_>, command: &Command) -> Result<Answer, Error> {
    match command {
        Command::Upload(args) => upload::run(session, args),
        Command::List(args) => list::run(session, args),
        Command::Show(args) => show::run(session, args),
        Command::Delete(args) => delete::run(session, args),
    }
}
