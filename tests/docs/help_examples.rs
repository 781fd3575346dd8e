//! The examples of the help pages: every command has some, and each of them succeeds in the
//! sandbox as it stands there.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command as Process;

use certctl::cli::Cli;
use clap::{Command, CommandFactory};

use super::examples::{run, shell_commands};

/// What the examples are run beside: files of these names, as the help pages use them.
const FILES: [(&str, &str); 3] = [
    ("domains.txt", "a.com\nb.com\n"),
    ("ids.txt", "22\n33\n"),
    (
        "certs.toml",
        "version = 1\n[accounts.shop]\ncloud = \"alibaba\"\n[certificates.star]\n\
         cert = \"fullchain.pem\"\nkey = \"privkey.pem\"\n[[certificates.star.on]]\n\
         account = \"shop\"\nfind = [\"cdn\"]\n",
    ),
];

#[test]
fn every_command_shows_examples() {
    let without: Vec<String> = leaves()
        .into_iter()
        .filter(|(_, command)| examples(command).is_empty())
        .map(|(name, _)| name)
        .collect();
    assert!(without.is_empty(), "no examples: {without:?}");
}

#[test]
fn every_example_of_the_help_pages_succeeds() {
    let leaves = leaves();
    let (first, second) = leaves.split_at(leaves.len() / 2);
    let failed: Vec<String> = std::thread::scope(|scope| {
        let other = scope.spawn(|| failures(second));
        let mut failed = failures(first);
        failed.extend(other.join().expect("the examples are run"));
        failed
    });
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

fn failures(leaves: &[(String, Command)]) -> Vec<String> {
    let mut failed = Vec::new();
    for (name, command) in leaves {
        for example in examples(command) {
            // A home of its own for each: what one writes, another may refuse to overwrite.
            let home = tempfile::tempdir().expect("a directory");
            prepare(home.path());
            let place = format!("certctl {name} --help");
            let Some(outcomes) = run(&place, home.path(), std::slice::from_ref(&example)) else {
                continue;
            };
            if outcomes[0].status != 0 {
                let printed = &outcomes[0].printed;
                failed.push(format!(
                    "{place}: status {}: {example}\n{printed}",
                    outcomes[0].status
                ));
            }
        }
    }
    failed
}

/// The commands that do something, with their names.
fn leaves() -> Vec<(String, Command)> {
    fn collect(command: &Command, name: &str, leaves: &mut Vec<(String, Command)>) {
        if !command.has_subcommands() {
            leaves.push((name.to_owned(), command.clone()));
        }
        for inner in command.get_subcommands() {
            let name = format!("{name} {}", inner.get_name());
            collect(inner, name.trim_start(), leaves);
        }
    }
    let mut root = Cli::command();
    root.build();
    let mut leaves = Vec::new();
    collect(&root, "", &mut leaves);
    leaves
}

/// The lines under `Examples:`, up to the first that is not indented.
fn examples(command: &Command) -> Vec<String> {
    let help = command.get_after_long_help().or(command.get_after_help());
    let text = help.map(ToString::to_string).unwrap_or_default();
    let mut lines = text.lines().skip_while(|line| *line != "Examples:");
    lines.next();
    let body: Vec<&str> = lines
        .take_while(|line| line.starts_with("  "))
        .map(str::trim_start)
        .collect();
    shell_commands(&body)
}

fn prepare(home: &Path) {
    let made = Process::new(env!("CARGO_BIN_EXE_certctl-sandbox"))
        .args(["pki", "--names", "example.com,*.example.com,a.com,b.com"])
        .arg("--out")
        .arg(home)
        .status();
    assert!(made.is_ok_and(|status| status.success()));
    for (name, content) in FILES {
        std::fs::write(home.join(name), content).expect("the file can be written");
    }
    let key = home.join("privkey.pem");
    let mode = std::fs::metadata(key)
        .expect("the key")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}
