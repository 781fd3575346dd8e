//! The command tree that a command line needs.

use std::ffi::OsString;
use std::mem::ManuallyDrop;

use clap::error::ErrorKind;
use clap::{ArgMatches, Args, Command, CommandFactory, FromArgMatches, Subcommand};

use super::synonym::{command_named, real_name};
use super::{Cli, unknown_command};
use crate::commands::args::Globals;
use crate::commands::{api, cas, cdn, cert, config, ga, ssl, ulb};

/// The groups of commands by their words, inner ones first, with what they consist of.
type Group = (&'static [&'static str], fn(Command) -> Command);

const GROUPS: [Group; 11] = [
    (&["ssl", "csr"], ssl::csr::Command::augment_subcommands),
    (
        &["ssl", "deployments"],
        ssl::deployments::Command::augment_subcommands,
    ),
    (&["api"], api::Command::augment_subcommands),
    (&["cas"], cas::Command::augment_subcommands),
    (&["cdn"], cdn::Command::augment_subcommands),
    (&["cert"], cert::Command::augment_subcommands),
    (&["config"], config::Command::augment_subcommands),
    (&["dcdn"], cdn::DcdnCommand::augment_subcommands),
    (&["ga"], ga::Command::augment_subcommands),
    (&["ssl"], ssl::Command::augment_subcommands),
    (&["ulb"], ulb::Command::augment_subcommands),
];

/// Parses a command line.
///
/// # Errors
/// What clap says of it: an unknown word, a value that is none; help and version as well.
pub fn parse(args: &[OsString]) -> Result<Cli, clap::Error> {
    parse_exactly(args).or_else(|error| match by_its_real_name(args, &error) {
        Some(parsed) => parsed,
        None => Err(error),
    })
}

/// A command line with a synonym in it that stands behind a flag: the first of these words that
/// may be a command's name. Before a flag [`grouped`] understands it.
fn by_its_real_name(args: &[OsString], error: &clap::Error) -> Option<Result<Cli, clap::Error>> {
    let word = unknown_command(error)?;
    let name = real_name(word)?;
    let places = (1..args.len()).filter(|&at| args[at] == word);
    let mut read_so = places.map(|at| {
        let mut args = args.to_vec();
        args[at] = name.into();
        parse_exactly(&args)
    });
    read_so.find(|parsed| match parsed {
        Err(error) => error.kind() != ErrorKind::InvalidSubcommand,
        Ok(_) => true,
    })
}

fn parse_exactly(args: &[OsString]) -> Result<Cli, clap::Error> {
    let words = args.get(1..).unwrap_or_default();
    // Nothing of clap's is taken apart again: that would cost as much as signing a call.
    let (mut tree, alone) = match grouped(words) {
        Some(tree) => (ManuallyDrop::new(tree), true),
        None => (ManuallyDrop::new(ungrouped(words)), false),
    };
    let mut matches = ManuallyDrop::new(tree.try_get_matches_from_mut(args)?);
    let words = named(&matches);
    let cli = match alone {
        true => Globals::from_arg_matches(innermost(&matches)).and_then(|globals| {
            let command = super::Command::from_arg_matches_mut(&mut matches)?;
            Ok(Cli {
                globals,
                command,
                words,
            })
        }),
        false => Cli::from_arg_matches_mut(&mut matches).map(|cli| Cli { words, ..cli }),
    };
    cli.map_err(|error| error.format(&mut tree))
}

/// The tree for a command line that begins with a command of a group: that command alone. The flags
/// for every command are its own there, since none can stand before it: clap's way of handing them
/// down from level to level takes longer than to sign a call.
fn grouped(words: &[OsString]) -> Option<Command> {
    let named = |path: &[&str]| path.iter().zip(words).all(|(name, word)| word == name);
    let (path, augment) = GROUPS
        .iter()
        .find(|(path, _)| path.len() < words.len() && named(path))?;
    let group = augment(Command::new(path[0]));
    let word = &words[path.len()];
    let mut command = command_named(&group, word)?.clone();
    if is_group(path, command.get_name()) {
        return None;
    }
    if let Some(word) = word.to_str().filter(|word| *word != command.get_name()) {
        command = command.alias(word.to_owned());
    }
    // What the command says of itself, and not what its global flags are.
    let (about, long) = (
        command.get_about().cloned(),
        command.get_long_about().cloned(),
    );
    let mut command = Globals::augment_args(command)
        .mut_args(|arg| arg.global(false))
        .next_help_heading(None)
        .about(about.unwrap_or_default());
    if let Some(long) = long {
        command = command.long_about(long);
    }
    for name in path.iter().rev().chain(&["certctl"]) {
        command = Command::new(*name).subcommand(command);
    }
    Some(command)
}

fn is_group(path: &[&str], name: &str) -> bool {
    let inner = |(known, _): &Group| known.split_last() == Some((&name, path));
    GROUPS.iter().any(inner)
}

/// The tree for any other command line: of what it names the siblings are left out.
fn ungrouped(words: &[OsString]) -> Command {
    let whole = Cli::command();
    match words.first().and_then(|name| whole.find_subcommand(name)) {
        Some(command) => Globals::augment_args(Command::new("certctl"))
            .disable_help_subcommand(true)
            .subcommand(command.clone()),
        None => whole,
    }
}

/// The words of the command that matched.
fn named(matches: &ArgMatches) -> String {
    let mut words = String::new();
    let mut at = matches;
    while let Some((word, inner)) = at.subcommand() {
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
        at = inner;
    }
    words
}

/// The matches of the command itself, below its groups.
fn innermost(matches: &ArgMatches) -> &ArgMatches {
    let mut at = matches;
    while let Some((_, inner)) = at.subcommand() {
        at = inner;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::super::synonym::SYNONYMS;
    use super::*;

    /// Every group of the whole tree is known here, with the commands that it has there.
    #[test]
    fn every_group_is_known() {
        fn check(command: &Command, path: &[&str]) {
            for inner in command.get_subcommands().filter(|it| it.has_subcommands()) {
                let path = [path, &[inner.get_name()]].concat();
                let group = GROUPS.iter().find(|(known, _)| *known == path);
                let (_, augment) = group.unwrap_or_else(|| panic!("{path:?}"));
                let names = |of: &Command| -> Vec<String> {
                    of.get_subcommands()
                        .map(|it| it.get_name().to_owned())
                        .collect()
                };
                assert_eq!(names(&augment(Command::new("x"))), names(inner), "{path:?}");
                check(inner, &path);
            }
        }
        let mut root = Cli::command();
        root.build();
        check(&root, &[]);
    }

    /// A command alone says of itself what it says in the whole tree.
    #[test]
    fn help_is_the_same_either_way() {
        let help = |mut tree: Command, args: &[OsString]| {
            let error = tree
                .try_get_matches_from_mut(args)
                .expect_err("help ends the parsing");
            error.to_string()
        };
        let line = |words: &[&str]| -> Vec<OsString> {
            let words = ["certctl"].iter().chain(words).chain(&["--help"]);
            words.map(OsString::from).collect()
        };
        let mut commands = 0;
        for (path, augment) in GROUPS {
            let group = augment(Command::new("x"));
            for command in group.get_subcommands() {
                let name = command.get_name();
                let args = line(&[path, &[name]].concat());
                let Some(alone) = grouped(&args[1..]) else {
                    assert!(is_group(path, name), "{args:?}");
                    continue;
                };
                commands += 1;
                let whole = Cli::command().max_term_width(100);
                let (alone, whole) = (help(alone.max_term_width(100), &args), help(whole, &args));
                assert_eq!(alone, whole, "{args:?}");
                let about = command.get_about().map(ToString::to_string);
                assert!(
                    alone.starts_with(&about.expect("it says what it does")),
                    "{alone}"
                );
            }
        }
        assert!(commands > 50, "{commands}");
        assert!(grouped(&line(&["ssl", "csr"])[1..]).is_none(), "a group");
        assert!(grouped(&line(&["errors"])[1..]).is_none(), "no group");
    }

    /// In every group a synonym is the command that it stands for, before a flag and behind one;
    /// where the group has a command of that name, it is that one.
    #[test]
    fn every_group_knows_the_synonyms() {
        let help = |words: Vec<&str>| {
            let args: Vec<OsString> = words.iter().map(OsString::from).collect();
            parse(&args).expect_err("help or a refusal").to_string()
        };
        let mut understood = 0;
        for (path, augment) in GROUPS {
            let group = augment(Command::new("x"));
            for (word, name) in SYNONYMS {
                let own = group.find_subcommand(word).is_some();
                let stands_for = if own { word } else { name };
                let of = |word: &'static str, flags: &[&'static str]| {
                    let line = [&["certctl"], flags, path, &[word, "--help"]].concat();
                    help(line)
                };
                let expected = of(stands_for, &[]);
                if group.find_subcommand(stands_for).is_none() {
                    let refused = of(word, &[]);
                    assert!(
                        refused.contains(&format!("'{word}'")),
                        "{path:?}: {refused}"
                    );
                    continue;
                }
                understood += 1;
                assert!(expected.contains("Usage:"), "{path:?} {stands_for}");
                assert_eq!(of(word, &[]), expected, "{path:?} {word}");
                let behind = of(word, &["--profile", word, "-q"]);
                let whole = of(stands_for, &["--profile", word, "-q"]);
                assert_eq!(behind, whole, "{path:?} {word}");
            }
        }
        assert!(understood > 20, "{understood}");
    }
}
