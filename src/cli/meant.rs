//! "Did you mean …?": the command, flag or value that a mistyped word stands for.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory};

use super::Cli;
use crate::error::is_pem;

/// The hint for a command line that was not understood: what was meant by the word at fault, else
/// where the help is. Only an error is worth the time that building the whole tree takes.
pub fn meant(args: &[OsString], error: &clap::Error) -> Option<String> {
    if args.iter().any(|arg| is_pem(&arg.to_string_lossy())) {
        return None;
    }
    let mut root = Cli::command();
    root.build();
    let (path, command) = deepest(&root, args, text(error, ContextKind::InvalidSubcommand));
    let help = format!("see `{path} --help`");
    let nearest = match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let word = text(error, ContextKind::InvalidSubcommand)?;
            let names = command.get_subcommands().map(Command::get_name);
            nearest(names, word).map(|name| format!("`{path} {name}`"))
        }
        ErrorKind::UnknownArgument => {
            let word = text(error, ContextKind::InvalidArg)?;
            if path.starts_with("certctl api ") && word.contains(|c: char| c.is_ascii_uppercase()) {
                let name = word.trim_start_matches('-');
                return Some(format!("parameters are words: give `{name}=VALUE`"));
            }
            let flags = command.get_arguments().filter(|arg| !arg.is_hide_set());
            let flags: Vec<&str> = flags.filter_map(|arg| arg.get_long()).collect();
            let word = word.strip_prefix("--").unwrap_or_default();
            if flags.contains(&word) {
                return Some(format!("`--{word}` stands after `{path}`"));
            }
            nearest(flags.into_iter(), word).map(|flag| format!("`--{flag}`"))
        }
        ErrorKind::InvalidValue => {
            let word = text(error, ContextKind::InvalidValue)?;
            let values = match error.get(ContextKind::ValidValue)? {
                ContextValue::Strings(values) => values.iter().map(String::as_str),
                _ => return Some(help),
            };
            nearest(values, word).map(|value| format!("`{value}`"))
        }
        _ => return Some(help),
    };
    Some(match nearest {
        Some(near) => format!("did you mean {near}?"),
        None => help,
    })
}

/// The command that the words up to the one at fault lead to, with its name in full.
fn deepest<'c>(root: &'c Command, args: &[OsString], fault: Option<&str>) -> (String, &'c Command) {
    let mut path = root.get_name().to_owned();
    let mut command = root;
    let words = args.iter().skip(1);
    for arg in words.take_while(|arg| arg.to_str() != fault || fault.is_none()) {
        if let Some(inner) = command.find_subcommand(arg) {
            path = format!("{path} {}", inner.get_name());
            command = inner;
        }
    }
    (path, command)
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text),
        _ => None,
    }
}

/// The candidate that a word is the beginning of, if there is only one; else the one with the
/// fewest slips between the two, if they are few for a word of that length.
fn nearest<'c>(candidates: impl Iterator<Item = &'c str>, word: &str) -> Option<&'c str> {
    let word = word.to_ascii_lowercase();
    let candidates: Vec<&str> = candidates.collect();
    let begun: Vec<_> = candidates
        .iter()
        .filter(|candidate| word.len() > 1 && candidate.starts_with(&word))
        .collect();
    if let [only] = begun[..] {
        return Some(only);
    }
    let slips = |candidate: &str| strsim::damerau_levenshtein(candidate, &word);
    let few = 1 + word.chars().count() / 4;
    let near = candidates
        .into_iter()
        .map(|candidate| (slips(candidate), candidate));
    near.filter(|(slips, _)| *slips <= few)
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_slips_are_forgiven() {
        let names = || ["cdn", "ga", "ssl", "ulb", "completions", "config"].into_iter();
        for (word, expected) in [
            ("cnd", Some("cdn")),
            ("CDN", Some("cdn")),
            ("ssll", Some("ssl")),
            ("compl", Some("completions")),
            ("confg", Some("config")),
            ("co", None),
            ("xyz", None),
            ("", None),
        ] {
            assert_eq!(nearest(names(), word), expected, "{word}");
        }
    }
}
