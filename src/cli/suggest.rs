//! "Did you mean …?": the command, flag or value that a mistyped word stands for.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory};

use super::synonym::command_named;
use super::{Cli, text, unknown_command};
use crate::commands::list::{comma_hint, foreign_comma};
use crate::error::is_pem;

/// Words that ask what there is: names of commands that change nothing, here and in other tools.
/// Whoever types one of them, or nearly one, is never led to a command that is none of them.
const READING: [&str; 53] = [
    "bindings",
    "browse",
    "cat",
    "certs",
    "check",
    "compare",
    "completions",
    "count",
    "describe",
    "diff",
    "display",
    "download",
    "dump",
    "errors",
    "examine",
    "exists",
    "explain",
    "fetch",
    "find",
    "get",
    "help",
    "history",
    "info",
    "inspect",
    "inventory",
    "list",
    "log",
    "logs",
    "look",
    "lookup",
    "ls",
    "man",
    "peek",
    "plan",
    "print",
    "probe",
    "query",
    "read",
    "runs",
    "scan",
    "search",
    "see",
    "show",
    "stat",
    "stats",
    "status",
    "tail",
    "test",
    "verify",
    "view",
    "wait",
    "watch",
    "whoami",
];

/// Whether the command of that name only tells what is.
pub fn only_reads(name: &str) -> bool {
    READING.contains(&name)
}

/// The hint for a command line that was not understood: what was meant by the word at fault, else
/// where the help is. Only an error is worth the time that building the whole tree takes.
pub fn suggestion(args: &[OsString], error: &clap::Error) -> Option<String> {
    if args.iter().any(|arg| is_pem(&arg.to_string_lossy())) {
        return None;
    }
    if let Some(comma) = text(error, ContextKind::InvalidValue).and_then(foreign_comma) {
        return Some(comma_hint(comma));
    }
    if error.kind() == ErrorKind::MissingSubcommand {
        return unknown_command(error).map(|path| format!("see `{path} --help`"));
    }
    let mut root = Cli::command();
    root.build();
    let (path, command) = deepest(&root, args, unknown_command(error));
    let help = format!("see `{path} --help`");
    let nearest = match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let word = unknown_command(error)?;
            nearest_command(command, word).map(|name| format!("`{path} {name}`"))
        }
        ErrorKind::UnknownArgument => {
            let word = text(error, ContextKind::InvalidArg)?;
            if path.starts_with("certctl api ") && word.contains(|c: char| c.is_ascii_uppercase()) {
                let name = word.trim_start_matches('-');
                return Some(format!("parameters have no dashes: write `{name}=VALUE`"));
            }
            let flags = command.get_arguments().filter(|arg| !arg.is_hide_set());
            let flags: Vec<&str> = flags.filter_map(|arg| arg.get_long()).collect();
            let word = word.strip_prefix("--").unwrap_or_default();
            if flags.contains(&word) {
                return Some(format!("put `--{word}` after `{path}`"));
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
        if let Some(inner) = command_named(command, arg) {
            path = format!("{path} {}", inner.get_name());
            command = inner;
        }
    }
    (path, command)
}

/// The command of a group that a word may stand for. A word that asks what there is stands for none
/// that changes it, nor does one that is as near to such a word: a slip must not do harm.
fn nearest_command<'c>(group: &'c Command, word: &str) -> Option<&'c str> {
    let commands = || {
        group
            .get_subcommands()
            .filter(|command| !command.is_hide_set())
    };
    let harmless = |command: &&Command| command.has_subcommands() || only_reads(command.get_name());
    let all = nearest(commands().map(Command::get_name), word);
    let is_harmless = |name: &str| commands().any(|it| it.get_name() == name && harmless(&it));
    match all {
        Some(name) if !is_harmless(name) && asks(word, name) => {
            nearest(commands().filter(harmless).map(Command::get_name), word)
        }
        all => all,
    }
}

/// Whether a word is as near to one of [`READING`] as to the name of a command, or nearer.
fn asks(word: &str, name: &str) -> bool {
    let word = word.to_ascii_lowercase();
    let far = distance(name, &word);
    READING
        .iter()
        .any(|reading| distance(reading, &word) <= far)
}

/// [`slips`], or none where the word is the beginning of the name.
fn distance(name: &str, word: &str) -> usize {
    match word.len() > 1 && name.starts_with(word) {
        true => 0,
        false => slips(name, word),
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
    let few = 1 + word.chars().count() / 4;
    let near = candidates
        .into_iter()
        .map(|candidate| (slips(candidate, &word), candidate));
    near.filter(|(slips, _)| *slips <= few)
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, candidate)| candidate)
}

/// How many letters were left out, added, mistaken or turned around between two words.
fn slips(one: &str, other: &str) -> usize {
    strsim::damerau_levenshtein(one, other)
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

    /// Each group of the whole tree.
    fn groups() -> Vec<Command> {
        fn collect(command: &Command, found: &mut Vec<Command>) {
            found.push(command.clone());
            let inner = command.get_subcommands().filter(|it| it.has_subcommands());
            inner.for_each(|inner| collect(inner, found));
        }
        let mut root = Cli::command();
        root.build();
        let mut found = Vec::new();
        collect(&root, &mut found);
        assert!(found.len() > 10);
        found
    }

    /// A word and what becomes of it by one slip.
    fn with_slips(word: &str) -> Vec<String> {
        let letters: Vec<char> = word.chars().collect();
        let mut words = vec![word.to_owned(), word.to_uppercase()];
        for at in 0..letters.len() {
            let mut less = letters.clone();
            less.remove(at);
            words.push(less.into_iter().collect());
            for letter in 'a'..='z' {
                let mut more = letters.clone();
                more.insert(at, letter);
                words.push(more.into_iter().collect());
            }
            if at > 0 {
                let mut turned = letters.clone();
                turned.swap(at - 1, at);
                words.push(turned.into_iter().collect());
            }
        }
        words
    }

    #[test]
    fn a_reading_word_never_leads_to_a_change() {
        assert!(READING.is_sorted(), "they are not in order");
        for group in groups() {
            let harmless = |name: &str| {
                let command = group.find_subcommand(name).expect("it is a command");
                command.has_subcommands() || only_reads(name)
            };
            for reading in READING {
                for word in with_slips(reading) {
                    // It may be a command by now, or nearer to one than to the word it was.
                    let is_name = group.find_subcommand(&word).is_some();
                    let Some(name) = nearest_command(&group, &word).filter(|_| !is_name) else {
                        continue;
                    };
                    let nearer = distance(name, &word.to_lowercase())
                        < distance(reading, &word.to_lowercase());
                    assert!(
                        harmless(name) || nearer,
                        "{} {word} leads to {name}",
                        group.get_name()
                    );
                }
            }
        }
    }

    #[test]
    fn other_words_lead_where_they_led() {
        let all = groups();
        let group = |name: &str| all.iter().find(|group| group.get_name() == name);
        for (name, word, expected) in [
            ("cdn", "sett", Some("set")),
            ("cdn", "st", None),
            ("ssl", "del", Some("delete")),
            ("ssl", "rea", None),
            ("cdn", "get", None),
            ("cdn", "gett", None),
            ("cdn", "see", None),
            ("cdn", "lis", Some("list")),
            ("cdn", "shwo", Some("show")),
            ("config", "ues", Some("use")),
            ("ulb", "replce", Some("replace")),
            ("ulb", "bnid", Some("bind")),
            ("ga", "detatch", Some("detach")),
            ("ssl", "udpate", Some("update")),
            ("ssl", "delte", Some("delete")),
            ("ssl", "read", None),
            ("ssl", "cs", Some("csr")),
        ] {
            let group = group(name).expect("it is a group");
            assert_eq!(nearest_command(group, word), expected, "{name} {word}");
        }
    }
}
