//! The command tree that a command line needs.

use std::ffi::OsString;
use std::mem::ManuallyDrop;

use clap::{ArgMatches, Args, Command, CommandFactory, FromArgMatches, Subcommand};

use super::Cli;
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
    let words = args.get(1..).unwrap_or_default();
    // Nothing of clap's is taken apart again: that would cost as much as signing a call.
    let (mut tree, alone) = match grouped(words) {
        Some(tree) => (ManuallyDrop::new(tree), true),
        None => (ManuallyDrop::new(ungrouped(words)), false),
    };
    let mut matches = ManuallyDrop::new(tree.try_get_matches_from_mut(args)?);
    let cli = match alone {
        true => Globals::from_arg_matches(innermost(&matches)).and_then(|globals| {
            let command = super::Command::from_arg_matches_mut(&mut matches)?;
            Ok(Cli { globals, command })
        }),
        false => Cli::from_arg_matches_mut(&mut matches),
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
    let command = group.find_subcommand(&words[path.len()])?.clone();
    if is_group(path, command.get_name()) {
        return None;
    }
    let mut command = Globals::augment_args(command)
        .mut_args(|arg| arg.global(false))
        .next_help_heading(None);
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
        for words in [
            &["cdn", "set"][..],
            &["ssl", "csr", "list"],
            &["ulb", "replace"],
        ] {
            let args = line(words);
            let alone = grouped(&args[1..]).expect("it is a command of a group");
            let whole = Cli::command().max_term_width(100);
            assert_eq!(
                help(alone.max_term_width(100), &args),
                help(whole, &args),
                "{words:?}"
            );
        }
        assert!(grouped(&line(&["ssl", "csr"])[1..]).is_none(), "a group");
        assert!(grouped(&line(&["errors"])[1..]).is_none(), "no group");
    }
}
