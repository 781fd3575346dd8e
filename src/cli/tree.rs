//! The command tree that a command line needs.

use std::ffi::OsString;

use clap::{Args, Command, CommandFactory, Subcommand};

use super::Cli;
use crate::commands::args::Globals;
use crate::commands::{api, cas, cdn, cert, config, ga, ssl, ulb};

/// The groups of commands by their words, inner ones first, with what they consist of.
type Group = (&'static [&'static str], fn(Command) -> Command);

const GROUPS: [Group; 10] = [
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
    (&["ga"], ga::Command::augment_subcommands),
    (&["ssl"], ssl::Command::augment_subcommands),
    (&["ulb"], ulb::Command::augment_subcommands),
];

/// The command tree. Where the command line begins with a command, its siblings are left out at
/// every level: clap hands every global flag to each of them, which takes longer than to sign a
/// call.
pub fn tree(args: &[OsString]) -> Command {
    let words = args.get(1..).unwrap_or_default();
    let narrow = grouped(words).or_else(|| {
        let whole = Cli::command();
        words
            .first()
            .and_then(|name| whole.find_subcommand(name).cloned())
    });
    match narrow {
        Some(command) => Globals::augment_args(Command::new("certctl"))
            .disable_help_subcommand(true)
            .subcommand(command),
        None => Cli::command(),
    }
}

/// The command of a group that the words name, alone in its groups.
fn grouped(words: &[OsString]) -> Option<Command> {
    let named = |path: &[&str]| path.iter().zip(words).all(|(name, word)| word == name);
    let (path, augment) = GROUPS
        .iter()
        .find(|(path, _)| path.len() < words.len() && named(path))?;
    let group = augment(Command::new(path[0]));
    let mut command = group.find_subcommand(&words[path.len()])?.clone();
    for name in path.iter().rev() {
        command = Command::new(*name).subcommand(command);
    }
    Some(command)
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
}
