//! What completes the value of an argument: the words it may be, files, profiles, or nothing, where
//! only a cloud knows.

use clap::builder::PossibleValuesParser;
use clap::{Arg, Command, ValueHint};

use crate::config::Key;

/// Stands for the name of a profile: clap has no word for it, and no argument is a user's name.
pub const PROFILE: ValueHint = ValueHint::Username;

/// The tree, which has to be built, with a hint for each value.
pub fn hinted(command: Command) -> Command {
    below(command, "")
}

fn below(command: Command, path: &str) -> Command {
    let command = command.mut_args(|arg| with_hint(arg, path));
    command.mut_subcommands(|inner| {
        let path = format!("{path} {}", inner.get_name());
        below(inner, path.trim_start())
    })
}

fn with_hint(arg: Arg, path: &str) -> Arg {
    match (path, arg.get_id().as_str()) {
        // Where a file belongs, too: it is a key of the configuration's.
        ("config get" | "config set" | "config unset", "key") => {
            let keys = Key::all().into_iter().map(|key| key.to_string());
            arg.value_parser(PossibleValuesParser::new(keys))
        }
        ("config use", "name") | (_, "profile") => arg.value_hint(PROFILE),
        _ => {
            let hint = hint(&arg);
            arg.value_hint(hint)
        }
    }
}

/// By what the help calls the value. `--cert` takes a file wherever it takes more than an id.
fn hint(arg: &Arg) -> ValueHint {
    let names = arg.get_value_names().unwrap_or_default();
    let named = |part: &str| names.iter().any(|name| name.contains(part));
    let is_cert = arg.get_long() == Some("cert") && named("CERT");
    if named("FILE") || is_cert {
        ValueHint::FilePath
    } else if named("DIR") {
        ValueHint::DirPath
    } else {
        ValueHint::Other
    }
}
