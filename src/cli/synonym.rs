//! Other tools' words for our commands: `certctl cdn get` is `certctl cdn show`.

use std::ffi::OsStr;

use clap::Command;

/// What other tools call a command, and what it is called here. They are understood in every group
/// that has the one and not the other.
pub(super) const SYNONYMS: [(&str, &str); 4] = [
    ("get", "show"),
    ("describe", "show"),
    ("ls", "list"),
    ("rm", "delete"),
];

/// The name of a command that other tools call so.
pub(super) fn real_name(word: &str) -> Option<&'static str> {
    let synonym = SYNONYMS.iter().find(|(synonym, _)| *synonym == word);
    synonym.map(|(_, name)| *name)
}

/// The command of a group that a word names.
pub(super) fn command_named<'c>(group: &'c Command, word: &OsStr) -> Option<&'c Command> {
    group
        .find_subcommand(word)
        .or_else(|| group.find_subcommand(real_name(word.to_str()?)?))
}
