//! `certctl ga`: certificates of Alibaba Cloud Global Accelerator listeners.

mod attach;
mod certificates;
mod change;
mod detach;
mod list;
mod listener;
mod replace;
mod set_default;
mod show;

use clap::Subcommand;

use super::Session;
use super::args::id;
use crate::error::Error;
use crate::output::Answer;
use crate::providers::alibaba::ga::TOKEN_LIMIT;

/// Manage certificates of Alibaba Cloud Global Accelerator listeners
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// List accelerators, their listeners and the certificates of these
    List(list::ListArgs),
    /// Show an accelerator or a listener with its certificates
    Show(show::ShowArgs),
    /// Add certificates to an HTTPS listener, one for each domain
    Attach(attach::AttachArgs),
    /// Take the additional certificates of domains from a listener
    Detach(detach::DetachArgs),
    /// Give domains of a listener another certificate in place
    Replace(replace::ReplaceArgs),
    /// Give a listener another default certificate
    SetDefault(set_default::SetDefaultArgs),
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
        Command::List(args) => list::run(session, args),
        Command::Show(args) => show::run(session, args),
        Command::Attach(args) => attach::run(session, args),
        Command::Detach(args) => detach::run(session, args),
        Command::Replace(args) => replace::run(session, args),
        Command::SetDefault(args) => set_default::run(session, args),
    }
}

fn token(text: &str) -> Result<String, String> {
    let text = id(text)?;
    match text.len() {
        _ if !text.is_ascii() => Err("it has characters that are not ASCII".into()),
        length if length > TOKEN_LIMIT => Err(format!(
            "it has {length} characters; at most {TOKEN_LIMIT} are allowed"
        )),
        _ => Ok(text),
    }
}
