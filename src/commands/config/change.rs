//! `certctl config set`, `unset` and `use`: changes to certctl's own file.

use std::io::{IsTerminal, stdin};
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::commands::args::non_empty;
use crate::commands::{Place, Session};
use crate::config::{Change, Key, NotMade, load, one_value, profile_to_change};
use crate::error::{Error, is_pem};
use crate::fault::Kind;
use crate::files::{read_secret_file, read_stdin};
use crate::output::{Answer, Column};
use crate::secret::Secret;

/// The most that a value may hold, in bytes: session tokens are a few thousand.
const VALUE_LIMIT: u64 = 64 * 1024;

/// Set a value in a profile of the configuration file
#[derive(Debug, Args)]
#[command(
    after_help = "Never put a secret on the command line. On a terminal the command asks for it; \
otherwise it reads standard input (`certctl config set tencent.secret_key < FILE`) or --from-file.

Examples:
  certctl config set tencent.region ap-guangzhou
  certctl config set alibaba.access_key_id LTAIsandboxMain00001 --profile work"
)]
pub struct SetArgs {
    /// Key, such as output or alibaba.access_key_id
    #[arg(value_name = "KEY", value_parser = non_empty)]
    key: String,
    /// Value of the key; not for secrets
    #[arg(value_name = "VALUE", allow_hyphen_values = true)]
    value: Option<String>,
    /// Read the value from this file; - reads standard input
    #[arg(long, value_name = "FILE", conflicts_with = "value")]
    from_file: Option<PathBuf>,
}

/// Remove a value from a profile of certctl's own file
#[derive(Debug, Args)]
#[command(
    after_help = "Comments and everything else in the file stay as they are.

Examples:
  certctl config unset tencent.region
  certctl config unset alibaba.access_key_secret --profile work"
)]
pub struct UnsetArgs {
    /// Key, such as output or alibaba.access_key_id
    #[arg(value_name = "KEY", value_parser = non_empty)]
    key: String,
}

/// Set the default profile in the configuration file
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl config set output json --profile work && certctl config use work")]
pub struct UseArgs {
    /// Name of the profile
    #[arg(value_name = "NAME", value_parser = non_empty)]
    name: String,
}

/// What became of a key.
#[derive(Serialize)]
struct Row {
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<String>,
    key: String,
    status: &'static str,
    file: String,
}

const COLUMNS: &[Column] = &[
    ("PROFILE", "profile"),
    ("KEY", "key"),
    ("STATUS", "status"),
    ("FILE", "file"),
];

/// Sets a key.
pub fn set(session: &Session<'_>, args: &SetArgs) -> Result<Answer, Error> {
    let key = key_named(&args.key)?;
    let value = value(session, args, &key)?;
    key.check(&value, session.globals.allow_http)?;
    let flags = session.flags(Place::default());
    let sources = load(&[], &flags, session.env);
    let profile = profile_to_change(&flags, session.env, &sources)?;
    let change = Change::set(&flags, session.env, &sources, &profile, key, &value)?;
    let row = make(session, &change, Some(profile), key.to_string())?;
    Ok(Answer::list("config set", COLUMNS, vec![row]))
}

/// Takes a key out.
pub fn unset(session: &Session<'_>, args: &UnsetArgs) -> Result<Answer, Error> {
    let key = key_named(&args.key)?;
    let flags = session.flags(Place::default());
    let sources = load(&[], &flags, session.env);
    let profile = profile_to_change(&flags, session.env, &sources)?;
    let change = Change::unset(&flags, session.env, &sources, &profile, key)?;
    let row = make(session, &change, Some(profile), key.to_string())?;
    Ok(Answer::list("config unset", COLUMNS, vec![row]))
}

/// Makes a profile the one in use.
pub fn use_profile(session: &Session<'_>, args: &UseArgs) -> Result<Answer, Error> {
    let flags = session.flags(Place::default());
    let sources = load(&[], &flags, session.env);
    let change = Change::use_profile(&flags, session.env, &sources, &args.name)?;
    let row = make(session, &change, Some(args.name.clone()), "current".into())?;
    Ok(Answer::list("config use", COLUMNS, vec![row]))
}

fn make(
    session: &Session<'_>,
    change: &Change,
    profile: Option<String>,
    key: String,
) -> Result<Row, Error> {
    let file = change.path.display().to_string();
    let status = match (change.is_made, session.globals.is_dry()) {
        (true, _) => "unchanged",
        (false, true) => "planned",
        (false, false) => match change.write() {
            Ok(true) => "changed",
            Ok(false) => "unchanged",
            Err(NotMade::Config(error)) => return Err(error.into()),
            Err(NotMade::File(error)) => {
                let message = format!("cannot write the configuration: {error}");
                return Err(Error::new(Kind::Io, message, error.hint()));
            }
        },
    };
    Ok(Row {
        profile,
        key,
        status,
        file,
    })
}

/// The key that a person means.
///
/// # Errors
/// There is none of that name.
pub(super) fn key_named(name: &str) -> Result<Key, Error> {
    Key::named(name).map_err(|near| unknown_key(name, &near))
}

fn unknown_key(name: &str, near: &[String]) -> Error {
    let hint = match near {
        [] => "docs/configuration.md lists the keys, such as alibaba.access_key_id".to_owned(),
        near => format!("did you mean {}?", near.join(" or ")),
    };
    // It may be a secret that stands in the wrong place.
    let shown = match name.len() > 60 || is_pem(name) {
        true => "the argument",
        false => name,
    };
    Error::usage(format!("{shown} is not a key of a profile"), hint)
}

/// The value: from the command line, a file, standard input, or whoever sits at the terminal.
fn value(session: &Session<'_>, args: &SetArgs, key: &Key) -> Result<Secret, Error> {
    match (&args.value, &args.from_file) {
        (Some(_), _) if key.is_secret() => Err(Error::usage(
            format!("the value of {key} is secret but is on the command line"),
            format!(
                "run `certctl config set {key}` and type the value when asked, or use --from-file \
                 FILE; this value is now in the shell history and was visible in the process \
                 list: replace it. Nothing was changed"
            ),
        )),
        (Some(value), _) => Ok(Secret::new(value.clone())),
        (None, Some(path)) if path.as_os_str() != "-" => {
            let (bytes, open) = read_secret_file(path)?;
            if let (Some(open), true) = (open, key.is_secret()) {
                session.ui.warn(&open.to_string());
            }
            Ok(one_value(&bytes)?)
        }
        (None, Some(_)) => Ok(one_value(&read_stdin(VALUE_LIMIT)?)?),
        (None, None) if !key.is_secret() => Err(Error::usage(
            format!("{key} needs a value"),
            format!("run `certctl config set {key} VALUE`"),
        )),
        (None, None) if !stdin().is_terminal() => Ok(one_value(&read_stdin(VALUE_LIMIT)?)?),
        (None, None) => {
            let typed = session.ui.ask_secret(&format!("{key}: "));
            typed.map_err(|error| Error {
                message: format!("cannot ask for {key}: {error}"),
                hint: "use --from-file FILE, or pipe the value in".into(),
                ..Error::from(error)
            })
        }
    }
}
