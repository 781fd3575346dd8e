//! `certctl config`: where every value comes from.

use clap::Subcommand;

use super::{Place, Session};
use crate::cloud::Cloud;
use crate::config::{load, show};
use crate::error::Error;
use crate::output::{Answer, SCHEMA};

/// Show the configuration
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show each value with its origin, secrets masked
    Show,
}

/// Runs a command of the group.
pub fn run(session: &Session<'_>, command: &Command) -> Result<Answer, Error> {
    match command {
        Command::Show => {
            let flags = session.flags(Place::default());
            let sources = load(&Cloud::ALL, &flags, session.env);
            let (rows, warnings) = show(&Cloud::ALL, &flags, session.env, &sources);
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
            Ok(Answer::Data {
                json: serde_json::json!({
                    "schema": SCHEMA, "command": "config show", "results": rows,
                }),
                table,
            })
        }
    }
}
