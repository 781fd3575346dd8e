//! The examples: every fence of the documents is run, parsed, or known to be run elsewhere.
//!
//! - `sh`: commands, each of which has to succeed.
//! - `console`: `$ command` (going on after `> `), and below it what it prints. A status other
//!   than 0 has to be shown, by `$ echo $?` as the next command.
//! - `json`, `toml`: has to parse. `text`: a picture, or a page made from the code.
//!
//! The fences of a document are run in order, in one empty directory; each has a sandbox of its
//! own, so that every fence begins with the fixture account. What prints a table on a terminal
//! prints one here.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::super::{hold, pages, read};

/// What a reader types and `.ci/run` does, but a test cannot do inside itself.
const RUN_ELSEWHERE: [&str; 2] = ["cargo install --path .", "cargo test --locked"];

/// How the README starts the sandbox, and what stands for it here: the same program, built already.
const SANDBOX: (&str, &str) = (
    "cargo run --release --bin certctl-sandbox -- ",
    "certctl-sandbox ",
);

/// What the examples may use beside certctl and a shell's own commands.
const PROGRAMS: [&str; 2] = ["bash", "jq"];

/// A fence: its language, the line of its opening (from 0), and the lines inside.
struct Fence<'a> {
    language: &'a str,
    line: usize,
    body: Vec<&'a str>,
}

/// A command of a `console` fence: as it stands there, and as a shell takes it.
struct Step<'a> {
    shown: Vec<&'a str>,
    command: String,
}

/// What a command printed and its status.
pub(super) struct Outcome {
    pub(super) printed: String,
    pub(super) status: i32,
}

#[test]
fn every_example_does_what_is_shown() {
    for page in pages() {
        let text = read(&page);
        hold(&page, &played(&page, &text));
    }
}

/// The README's two commands stand in it as they are promised.
#[test]
fn the_readme_begins_with_what_works_at_once() {
    let readme = read("README.md");
    for command in [
        "cargo run --release --bin certctl-sandbox -- run cdn set --domains a.com,b.com --on",
        "cargo test --locked",
    ] {
        let stands = |line: &str| line.trim_start_matches("$ ") == command;
        assert!(readme.lines().any(stands), "{command}");
    }
}

/// The page with the output that its commands have now.
fn played(page: &str, text: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let home = tempfile::tempdir().expect("a directory");
    let mut changed: Vec<(std::ops::Range<usize>, Vec<String>)> = Vec::new();
    for fence in fences(text) {
        let place = format!("{page}:{}", fence.line + 1);
        let source = fence.body.join("\n");
        match fence.language {
            "sh" => {
                let commands = shell_commands(&fence.body);
                if let Some(outcomes) = run(&place, home.path(), &commands) {
                    for (command, outcome) in commands.iter().zip(&outcomes) {
                        let Outcome { printed, status } = outcome;
                        assert_eq!(*status, 0, "{place}: {command}\n{printed}");
                    }
                }
            }
            "console" => {
                let steps = steps(&place, &fence.body);
                let commands: Vec<String> = steps.iter().map(|step| step.command.clone()).collect();
                if let Some(outcomes) = run(&place, home.path(), &commands) {
                    let inside = fence.line + 1..fence.line + 1 + fence.body.len();
                    changed.push((inside, shown(&place, &steps, &outcomes)));
                }
            }
            "json" => {
                let parsed: Result<Value, _> = serde_json::from_str(&source);
                parsed.unwrap_or_else(|error| panic!("{place}: {error}"));
            }
            "toml" => {
                let parsed: Result<toml::Table, _> = toml::from_str(&source);
                parsed.unwrap_or_else(|error| panic!("{place}: {error}"));
            }
            "text" => {}
            other => panic!("{place}: no way is known to run a fence of '{other}'"),
        }
    }
    for (range, body) in changed.into_iter().rev() {
        lines.splice(range, body);
    }
    lines.join("\n") + "\n"
}

fn fences(text: &str) -> Vec<Fence<'_>> {
    let mut fences: Vec<Fence> = Vec::new();
    let mut open = false;
    for (at, line) in text.lines().enumerate() {
        match line.strip_prefix("```") {
            Some(language) if !open => {
                open = true;
                fences.push(Fence {
                    language,
                    line: at,
                    body: Vec::new(),
                });
            }
            Some(_) => open = false,
            None if open => fences.last_mut().expect("one").body.push(line),
            None => {}
        }
    }
    assert!(!open, "a fence is never closed");
    fences
}

/// The commands of a `sh` fence: one a line, going on after a backslash.
pub(super) fn shell_commands(body: &[&str]) -> Vec<String> {
    let mut commands = Vec::new();
    let mut begun = String::new();
    for line in body {
        begun.push_str(line);
        if line.ends_with('\\') {
            begun.push('\n');
            continue;
        }
        let command = std::mem::take(&mut begun);
        if !command.trim().is_empty() && !command.starts_with('#') {
            commands.push(command);
        }
    }
    assert!(begun.is_empty(), "a command goes on after the fence");
    commands
}

fn steps<'a>(place: &str, body: &[&'a str]) -> Vec<Step<'a>> {
    let mut steps: Vec<Step> = Vec::new();
    for line in body {
        if let Some(command) = line.strip_prefix("$ ") {
            steps.push(Step {
                shown: vec![line],
                command: command.to_owned(),
            });
            continue;
        }
        let step = steps
            .last_mut()
            .unwrap_or_else(|| panic!("{place}: the fence does not begin with '$ '"));
        if step.command.ends_with('\\') {
            let more = line.strip_prefix("> ");
            let more = more.unwrap_or_else(|| panic!("{place}: '> ' is missing: {line}"));
            step.command.push('\n');
            step.command.push_str(more);
            step.shown.push(line);
        }
    }
    steps
}

/// The fence as it ought to stand: the commands, each with what it prints now.
fn shown(place: &str, steps: &[Step], outcomes: &[Outcome]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut names = Names::default();
    for (at, (step, outcome)) in steps.iter().zip(outcomes).enumerate() {
        let told = steps
            .get(at + 1)
            .is_some_and(|next| next.command == "echo $?");
        let Outcome { printed, status } = outcome;
        assert!(
            *status == 0 || told,
            "{place}: status {status} is not shown: {}\n{printed}",
            step.command
        );
        lines.extend(step.shown.iter().map(|line| (*line).to_owned()));
        lines.extend(printed.lines().map(|line| names.settle(line)));
    }
    lines
}

/// Runs commands in one shell, in a sandbox; none where a program is missing.
pub(super) fn run(place: &str, home: &Path, commands: &[String]) -> Option<Vec<Outcome>> {
    let commands: Vec<String> = commands
        .iter()
        .map(|command| command.replace(SANDBOX.0, SANDBOX.1))
        .collect();
    let mut script = String::from("set -o pipefail\nexec 2>&1 </dev/null\n");
    for command in &commands {
        for program in programs(command) {
            let known = PROGRAMS.contains(&program) || program.starts_with("certctl");
            let builtin = ["echo", "printf", "cat"].contains(&program);
            let elsewhere = RUN_ELSEWHERE.contains(&command.as_str());
            assert!(
                known || builtin || elsewhere,
                "{place}: no way is known to run '{program}': {command}"
            );
        }
        let command = match RUN_ELSEWHERE.contains(&command.as_str()) {
            true => ":",
            false => command,
        };
        // The mark ends the command's output; `$?` is the command's own again after it.
        script.push_str(&format!(
            "{command}\nstatus=$?; printf '\\036%d\\036' $status; (exit $status)\n"
        ));
    }
    let missing = PROGRAMS.iter().find(|program| {
        let used = commands.iter().any(|c| programs(c).contains(program)) || **program == "bash";
        used && !is_installed(program)
    });
    if let Some(program) = missing {
        use std::io::Write;
        // Not a panic: `cargo test` has to work with a Rust toolchain alone. Nor `eprintln`, which
        // the test harness keeps to itself.
        let _ = writeln!(
            std::io::stderr(),
            "NOT RUN: the example at {place} needs {program}, which is not installed \
             (apt-get install {program})"
        );
        return None;
    }
    let built = Path::new(env!("CARGO_BIN_EXE_certctl"));
    let folder = built.parent().expect("a folder");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(
        std::iter::once(folder.to_owned()).chain(std::env::split_paths(&path)),
    );
    let output = Command::new(env!("CARGO_BIN_EXE_certctl-sandbox"))
        .args(["exec", "--", "bash", "--norc", "-c", &script])
        .env_clear()
        .env("PATH", path.expect("a search path"))
        .env("HOME", home)
        .env("CERTCTL_OUTPUT", "table")
        .current_dir(home)
        .stdin(Stdio::null())
        .output()
        .expect("the sandbox starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.is_empty(), "{place}: {stderr}");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let text = text.replace(home.to_str().expect("UTF-8"), "~");
    let mut parts = text.split('\u{1e}');
    let outcomes: Vec<Outcome> = commands
        .iter()
        .map(|command| Outcome {
            printed: parts.next().unwrap_or_default().to_owned(),
            status: parts
                .next()
                .and_then(|status| status.parse().ok())
                .unwrap_or_else(|| panic!("{place}: the shell gave up at: {command}\n{text}")),
        })
        .collect();
    Some(outcomes)
}

/// The program of each command of a pipeline, after assignments; what is in quotes is skipped.
fn programs(command: &str) -> Vec<&str> {
    let mut parts = vec![];
    let mut start = 0;
    let mut quote = None;
    for (at, c) in command.char_indices() {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            ('|', None) => {
                parts.push(&command[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&command[start..]);
    parts
        .into_iter()
        .filter_map(|part| part.split_whitespace().find(|word| !word.contains('=')))
        .collect()
}

fn is_installed(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdout(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Gives what differs from run to run a name that does not: ports, request ids, tokens, the
/// fingerprints of certificates that are made at the start, and times that are counted from it.
#[derive(Default)]
struct Names {
    request_ids: Vec<String>,
}

impl Names {
    fn settle(&mut self, line: &str) -> String {
        let mut settled = String::with_capacity(line.len());
        let mut word = String::new();
        for c in with_settled_times(line).chars() {
            if c.is_ascii_alphanumeric() || c == '-' {
                word.push(c);
                continue;
            }
            self.name(&mut settled, &word);
            word.clear();
            settled.push(c);
        }
        self.name(&mut settled, &word);
        settled
    }

    fn name(&mut self, line: &mut String, word: &str) {
        let digits = word.bytes().all(|byte| byte.is_ascii_digit());
        let hex = |byte: u8| byte.is_ascii_hexdigit() || byte == b'-';
        if digits && line.ends_with("127.0.0.1:") {
            line.push_str("8443");
        } else if digits && line.ends_with("x-tc-timestamp\": \"") {
            line.push_str("1796040000");
        } else if word.len() == 36 && word.bytes().all(hex) {
            let known = self.request_ids.iter().position(|id| id == word);
            let number = known.unwrap_or_else(|| {
                self.request_ids.push(word.to_owned());
                self.request_ids.len() - 1
            });
            let id = format!("0AED2F1C-5B7E-4D3A-9C61-{:012}", number + 1);
            match word.bytes().any(|byte| byte.is_ascii_lowercase()) {
                true => line.push_str(&id.to_lowercase()),
                false => line.push_str(&id),
            }
        } else if [16, 32, 40, 64].contains(&word.len()) && !digits && word.bytes().all(hex) {
            let digits = "5f0c8a3e9d1b47c2a6e4f7d08b395c1a".repeat(2);
            line.push_str(&digits[..word.len()]);
        } else {
            line.push_str(word);
        }
    }
}

/// The line with one time in place of every time to come that is counted from the start of the
/// sandbox, and one in place of every time that is over: those of its fixture are older than both.
fn with_settled_times(line: &str) -> String {
    const SHAPE: &str = "0000-00-00T00:00:00Z";
    const COUNTED_FROM: &str = "2026";
    let is_time = |text: &str| {
        text.len() == SHAPE.len()
            && text
                .bytes()
                .zip(SHAPE.bytes())
                .all(|(byte, shape)| match shape {
                    b'0' => byte.is_ascii_digit(),
                    mark => byte == mark,
                })
    };
    let now = chrono::Utc::now().to_rfc3339();
    let mut line = line.to_owned();
    for start in 0..line.len() {
        let time = start..start + SHAPE.len();
        let settled = match line.get(time.clone()) {
            Some(text) if !is_time(text) || text < COUNTED_FROM => continue,
            Some(text) if text > now.as_str() => "2027-01-31T12:00:00Z",
            Some(_) => "2026-11-30T12:00:00Z",
            None => continue,
        };
        line.replace_range(time, settled);
    }
    line
}
