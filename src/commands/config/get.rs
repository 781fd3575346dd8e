//! `certctl config get`: one value, for scripts.

use clap::Args;
use serde::Serialize;

use super::change::key_named;
use crate::commands::args::non_empty;
use crate::commands::{Place, Session};
use crate::config::{Given, Origin, get, load};
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Column};

/// Print one value, from whichever source it comes
#[derive(Debug, Args)]
#[command(
    after_help = "The value is printed as it is, and as a document where -o, --columns or --query \
asks for one. A secret is never printed, only whether it is set and where; ids of keys are cut short. \
A key that is not set is not found (5).

Examples:
  certctl config get tencent.site
  certctl config get tencent.secret_key -o json"
)]
pub struct GetArgs {
    /// The key: output, alibaba.region, …
    #[arg(value_name = "KEY", value_parser = non_empty)]
    key: String,
}

/// A value that is set.
#[derive(Serialize)]
struct Row {
    key: String,
    /// Masked where it is a secret.
    value: String,
    origin: Origin,
}

const COLUMNS: &[Column] = &[
    ("KEY", "key"),
    ("VALUE", "value"),
    ("SOURCE", "origin.source"),
];

/// Finds the value.
pub fn run(session: &Session<'_>, args: &GetArgs) -> Result<Answer, Error> {
    let key = key_named(&args.key)?;
    let flags = session.flags(Place::default());
    let clouds: Vec<_> = key.cloud().into_iter().collect();
    let sources = load(&clouds, &flags, session.env);
    let Some(Given { value, origin }) = get(&key, &flags, session.env, &sources)? else {
        return Err(Error::new(
            Kind::NotFound,
            format!("{key} is not set"),
            format!("run `certctl config set {key}`"),
        ));
    };
    let globals = session.globals;
    let as_document =
        session.format()?.is_some() || !globals.columns.is_empty() || globals.query.is_some();
    if as_document {
        let key = key.to_string();
        let row = Row { key, value, origin };
        return Ok(Answer::list("config get", COLUMNS, vec![row]));
    }
    Ok(Answer::Text(match key.is_secret() {
        true => format!("{key} is set and not shown: {origin}\n"),
        false => format!("{value}\n"),
    }))
}
