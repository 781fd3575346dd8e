//! Every command in the same situations, with one expectation each: what is promised of one group
//! is promised of all. A command that is missing in [`table::COMMANDS`] fails here, so that groups
//! cannot drift apart.

mod certificates;
mod changes;
mod forms;
mod habits;
pub mod table;
mod targets;

use std::collections::BTreeSet;

use certctl::cli::{Cli, only_reads};
use clap::CommandFactory;
use serde_json::Value;

use self::table::{COMMANDS, Nature};
use crate::support::{Call, Clouds, Outcome, is_read};

#[test]
fn every_command_is_in_the_table() {
    let mut command = Cli::command();
    command.build();
    let mut there = BTreeSet::new();
    leaves(&command, "", &mut there);
    let listed: BTreeSet<String> = COMMANDS.iter().map(|one| one.words.to_owned()).collect();
    let missing: Vec<_> = there.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&there).collect();
    assert!(missing.is_empty(), "not in the table: {missing:?}");
    assert!(gone.is_empty(), "no such command: {gone:?}");
    assert_eq!(listed.len(), COMMANDS.len(), "a command stands twice");
}

/// Suggestions know which commands change something, by their names.
#[test]
fn commands_that_change_something_are_no_reading_words() {
    let changes_locally = ["config set", "config unset", "config use"];
    // What these do depends on the action.
    let any = |words: &str| words.starts_with("api ");
    for command in COMMANDS.iter().filter(|one| !any(one.words)) {
        let words = command.words;
        let name = words.rsplit(' ').next().expect("a word");
        let changes = matches!(command.nature, Nature::Changes(_) | Nature::Across)
            || changes_locally.contains(&words);
        assert_eq!(only_reads(name), !changes, "{words}");
    }
}

fn leaves(command: &clap::Command, path: &str, found: &mut BTreeSet<String>) {
    let subcommands = command
        .get_subcommands()
        .filter(|one| one.get_name() != "help");
    for one in subcommands {
        let path = match path {
            "" => one.get_name().to_owned(),
            path => format!("{path} {}", one.get_name()),
        };
        match one.has_subcommands() {
            true => leaves(one, &path, found),
            false => {
                found.insert(path);
            }
        }
    }
}

/// Puts every command through a situation, side by side, and tells each that fails, not the first
/// alone.
fn each<T: Send>(
    commands: impl Iterator<Item = (&'static str, T)>,
    situation: impl Fn(&'static str, T) + Sync,
) {
    let situation = &situation;
    let failed: Vec<String> = std::thread::scope(|scope| {
        let run = |(words, change)| scope.spawn(move || situation(words, change));
        let running: Vec<_> = commands.map(run).collect();
        let ended = running.into_iter().map(|one| one.join());
        ended.filter_map(|ended| ended.err().map(told)).collect()
    });
    assert!(
        failed.is_empty(),
        "{} commands fail:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

/// What a panic says.
fn told(panic: Box<dyn std::any::Any + Send>) -> String {
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(_) => "a panic without words".into(),
    }
}

/// A command with arguments, ready to run.
fn call(clouds: &Clouds, words: &str, args: &[&str]) -> Call {
    let words: Vec<&str> = words.split(' ').chain(args.iter().copied()).collect();
    clouds.certctl(&words)
}

/// Runs a command.
fn run(clouds: &Clouds, words: &str, args: &[&str]) -> Outcome {
    call(clouds, words, args).run()
}

/// The actions that arrived, in order.
fn actions(clouds: &Clouds) -> Vec<String> {
    let log = clouds.log().into_iter();
    log.filter_map(|entry| entry.action).collect()
}

/// Whether nothing arrived that changes anything.
fn nothing_changed(clouds: &Clouds) -> bool {
    are_reads(&actions(clouds))
}

/// Whether none of the actions changes anything.
fn are_reads(actions: &[String]) -> bool {
    let reads = |action: &String| is_read(action) || action.starts_with("Check");
    actions.iter().all(reads)
}

/// The rows of an answer.
fn rows(outcome: &Outcome) -> Vec<Value> {
    let json = outcome.json();
    json["results"].as_array().expect("results").clone()
}
