//! `certctl config`: where every value comes from, certctl's own profiles, and whether a login
//! works.

mod change;
mod check;
mod get;

use clap::Subcommand;

use super::{Place, Session};
use crate::cloud::Cloud;
use crate::config::{self, load, load_all, show};
use crate::error::Error;
use crate::output::{Answer, Column, SCHEMA};

/// Manage the configuration: values and their origin, profiles, logins
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show each value with its origin, secrets masked
    #[command(after_help = "Examples:
  certctl config show
  certctl config show -o table")]
    Show,
    /// List the profiles of certctl and of the vendors' tools
    #[command(after_help = "Examples:
  certctl config list")]
    List,
    /// Print one value, from whichever source it comes
    Get(get::GetArgs),
    /// Set a value in a profile of the configuration file
    Set(change::SetArgs),
    /// Remove a value from a profile of certctl's own file
    Unset(change::UnsetArgs),
    /// Set the default profile in the configuration file
    Use(change::UseArgs),
    /// Log in to each cloud and show the identity or the problem
    Check(check::CheckArgs),
}

/// Refuses a change to what is no regular file, before anything reads it.
///
/// # Errors
/// The configuration is no file that can be changed.
pub fn refuse_irregular(session: &Session<'_>, command: &Command) -> Result<(), Error> {
    match command {
        Command::Set(_) | Command::Unset(_) | Command::Use(_) => {
            let flags = session.flags(Place::default());
            Ok(config::refuse_irregular(&flags, session.env)?)
        }
        Command::Show | Command::List | Command::Get(_) | Command::Check(_) => Ok(()),
    }
}

/// Runs a command of the group.
pub fn run(session: &Session<'_>, command: &Command) -> Result<Answer, Error> {
    match command {
        Command::Show => Ok(shown(session)),
        Command::List => list(session),
        Command::Get(args) => get::run(session, args),
        Command::Set(args) => change::set(session, args),
        Command::Unset(args) => change::unset(session, args),
        Command::Use(args) => change::use_profile(session, args),
        Command::Check(args) => check::run(session, args),
    }
}

fn shown(session: &Session<'_>) -> Answer {
    let flags = session.flags(Place::default());
    let sources = load(&Cloud::ALL, &flags, session.env);
    let (mut rows, warnings) = show(&Cloud::ALL, &flags, session.env, &sources);
    let general = rows.iter().take_while(|row| row.cloud.is_none()).count();
    rows.splice(general..general, session.globals.rows(session.env));
    for warning in &warnings {
        session.ui.warn(warning);
    }
    let header = ["CLOUD", "NAME", "VALUE", "ORIGIN"].map(str::to_owned);
    let mut table = vec![header.to_vec()];
    table.extend(rows.iter().map(|row| {
        let origin = row.origin.as_ref().map(ToString::to_string);
        vec![
            row.cloud.map(|cloud| cloud.to_string()).unwrap_or_default(),
            row.name.to_owned(),
            row.value.clone().unwrap_or_else(|| "-".into()),
            row.reason.clone().or(origin).unwrap_or_default(),
        ]
    }));
    Answer::Data {
        json: serde_json::json!({
            "schema": SCHEMA, "command": "config show", "results": rows,
        }),
        table,
    }
}

const PROFILES: &[Column] = &[
    ("PROFILE", "profile"),
    ("CURRENT", "current"),
    ("TOOL", "tool"),
    ("CLOUDS", "clouds"),
    ("FILE", "file"),
];

fn list(session: &Session<'_>) -> Result<Answer, Error> {
    let flags = session.flags(Place::default());
    let sources = load_all(&flags, session.env);
    let profiles = config::profiles(&flags, session.env, &sources)?;
    Ok(Answer::list("config list", PROFILES, profiles))
}
