//! `certctl ssl csr`: signing requests of Tencent Cloud SSL Certificates.

mod create;
mod delete;
mod download;
mod edit;
mod form;
mod read;

use clap::Subcommand;

use crate::commands::targets::single;

use crate::commands::Session;
use crate::error::Error;
use crate::output::Answer;

/// Manage certificate signing requests
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// Make a CSR, with a private key that the cloud keeps
    Create(create::CreateArgs),
    /// List the CSRs
    List(read::ListArgs),
    /// Show a CSR
    Show(read::ShowArgs),
    /// Change a CSR that is not generated yet
    Edit(edit::EditArgs),
    /// Write a CSR, and its private key if asked for, into files
    Download(download::DownloadArgs),
    /// Delete CSRs and their private keys
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
        Command::Create(args) => create::run(session, args),
        Command::List(args) => read::list(session, args),
        Command::Show(args) => read::show(session, args),
        Command::Edit(args) => edit::run(session, args),
        Command::Download(args) => download::run(session, args),
        Command::Delete(args) => delete::run(session, args),
    }
}

single!(CsrId: i64, "id", "ID", "Id of the CSR", required, csr_id);

/// A CSR's id: a number from 1 on.
fn csr_id(text: &str) -> Result<i64, String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("is not a number".into());
    }
    match text.parse::<i64>() {
        Ok(id) if id > 0 => Ok(id),
        Err(_) if digits.len() == text.len() => Err("is larger than any CSR id".into()),
        _ => Err("is not a CSR id: the lowest id is 1".into()),
    }
}
