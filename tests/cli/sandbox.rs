//! `certctl-sandbox`: the same command line without an account, and the emulator for others.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{Call, Outcome};

/// A call of the sandbox in an empty environment, in a directory of its own.
fn sandbox(home: &Path, args: &[&str]) -> Call {
    let mut call = Call::new(&[]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_certctl-sandbox"));
    command
        .args(args)
        .env_clear()
        .env("CERTCTL_OUTPUT", "json")
        .env("HOME", home)
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .current_dir(home);
    call.command = command;
    call
}

fn home() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

#[test]
fn run_is_certctl_with_its_status() {
    for (args, status) in [
        (&["cdn", "set", "--domains", "a.com", "--on"][..], 0),
        (&["cdn", "set", "--domains", "c.com", "--on"], 5),
        (&["cdn", "set", "--domains", "a.com,c.com", "--on"], 9),
        (&["cdn", "set", "--domains", "a.com"], 2),
        (
            &[
                "-o", "table", "ssl", "csr", "delete", "--ids", "22,33", "--yes",
            ],
            0,
        ),
        (&["errors", "NoSuchCode"], 5),
        (&["--version"], 0),
    ] {
        let home = home();
        let outcome = sandbox(home.path(), &[&["run"], args].concat())
            .run()
            .expect(status);
        assert_eq!(
            outcome.stdout.is_empty(),
            matches!(status, 2) || args[0] == "errors"
        );
    }
    let home = home();
    let outcome = sandbox(home.path(), &["run", "cdn", "set", "--help"])
        .run()
        .expect(0);
    assert!(
        outcome.stdout.contains("Usage: certctl cdn set"),
        "{outcome:#?}"
    );
    // Keys and addresses of the surroundings lead nowhere.
    let outcome = sandbox(
        home.path(),
        &["run", "cdn", "set", "--domains", "b.com", "--on"],
    )
    .env("CERTCTL_ENDPOINT", "http://127.0.0.1:1")
    .env("CERTCTL_ALIBABA_ENDPOINT", "http://127.0.0.1:1")
    .env("CERTCTL_PROFILE", "none")
    .env("ALIBABA_CLOUD_ACCESS_KEY_ID", "mine")
    .env("ALIBABA_CLOUD_SECURITY_TOKEN", "mine")
    .run()
    .expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
}

#[test]
fn run_follows_a_scenario_and_writes_a_log() {
    let home = home();
    std::fs::write(
        home.path().join("s.json"),
        r#"{"account": {"unknown_domains": ["a.com"]}}"#,
    )
    .expect("written");
    let args = ["run", "--scenario", "s.json", "--log", "log", "--tls"];
    let set = [
        "cdn",
        "set",
        "--domains",
        "a.com,b.com",
        "--on",
        "--no-preview",
    ];
    let outcome = sandbox(home.path(), &[&args[..], &set].concat())
        .run()
        .expect(9);
    assert_eq!(outcome.statuses(), ["failed", "changed"]);
    let log = std::fs::read_to_string(home.path().join("log")).expect("the log");
    let entries: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(entries.len(), 3, "the batch, and its halves");
    assert!(entries.iter().all(|entry| entry["cloud"] == "alibaba"));
}

#[test]
fn a_scenario_that_is_not_understood_is_refused() {
    let home = home();
    let scenario = |text: &str| std::fs::write(home.path().join("s.json"), text).expect("written");
    let run = [
        "run",
        "--scenario",
        "s.json",
        "cdn",
        "set",
        "--domains",
        "a.com",
        "--on",
    ];
    for (text, words) in [
        (r#"{"latency": 5}"#, "unknown field `latency`"),
        (r#"{"account": {"domian": []}}"#, "unknown field `domian`"),
        (
            r#"{"faults": [{"do": "explode"}]}"#,
            "unknown field `explode`",
        ),
        (
            r#"{"faults": [{"match": {"every": 0}, "do": "reset_before"}]}"#,
            "`every` counts from 1",
        ),
        ("{", "EOF"),
    ] {
        scenario(text);
        let outcome = sandbox(home.path(), &run).run().expect(2);
        assert!(
            outcome
                .stderr
                .starts_with("certctl-sandbox: s.json: scenario: "),
            "{outcome:#?}"
        );
        assert!(outcome.stderr.contains(words), "{outcome:#?}");
        assert_eq!(outcome.stderr.lines().count(), 1);
        assert_eq!(outcome.stdout, "");
    }
    std::fs::remove_file(home.path().join("s.json")).expect("removed");
    let outcome = sandbox(home.path(), &run).run();
    assert_ne!(outcome.status, 0);
    assert!(
        outcome.stderr.starts_with("certctl-sandbox: s.json: "),
        "{outcome:#?}"
    );
}

#[test]
fn beyond_loopback_nothing_is_served() {
    let home = home();
    for address in ["0.0.0.0:0", "192.0.2.1:0", "[::]:0"] {
        let outcome = sandbox(home.path(), &["serve", "--listen", address])
            .run()
            .expect(2);
        assert!(
            outcome.stderr.contains("is not a loopback address"),
            "{outcome:#?}"
        );
        assert_eq!(outcome.stdout, "");
    }
    sandbox(home.path(), &["serve", "--listen", "here"])
        .run()
        .expect(2);
}

#[test]
fn pki_makes_what_the_examples_need() {
    let home = home();
    let names = ["--names", "example.com,*.example.com"];
    let outcome = sandbox(home.path(), &[&["pki", "--out", "p"], &names[..]].concat())
        .run()
        .expect(0);
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("", ""));
    let set = [
        "run",
        "cdn",
        "set",
        "--domains",
        "www.example.com",
        "--cert",
        "p/fullchain.pem",
        "--key",
        "p/privkey.pem",
    ];
    let outcome = sandbox(home.path(), &set).run().expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
    assert!(
        !outcome.stderr.contains("can be read by others"),
        "{outcome:#?}"
    );
    let ca = std::fs::read_to_string(home.path().join("p/ca.pem")).expect("the authority");
    assert!(ca.starts_with("-----BEGIN CERTIFICATE-----"));
    // Nothing is overwritten unasked.
    let key = || std::fs::read(home.path().join("p/privkey.pem")).expect("the key");
    let first = key();
    let again = [&["pki", "--out", "p"], &names[..]].concat();
    let outcome = sandbox(home.path(), &again).run().expect(2);
    assert!(
        outcome
            .stderr
            .contains("p/fullchain.pem exists: --force overwrites it"),
        "{outcome:#?}"
    );
    assert_eq!(key(), first);
    sandbox(home.path(), &[&again[..], &["--force"]].concat())
        .run()
        .expect(0);
    assert_ne!(key(), first);
    // All or none: a folder is in one file's place.
    let first = key();
    std::fs::remove_file(home.path().join("p/ca.pem")).expect("the authority");
    std::fs::create_dir(home.path().join("p/ca.pem")).expect("a folder");
    let forced = [&again[..], &["--force"]].concat();
    let outcome = sandbox(home.path(), &forced).run().expect(11);
    assert!(
        outcome.stderr.contains("ca.pem: is a directory"),
        "{outcome:#?}"
    );
    assert_eq!(key(), first);
    assert_eq!(
        std::fs::read_dir(home.path().join("p"))
            .expect("it")
            .count(),
        3
    );
    // One that has expired, to see it refused.
    let expired = [&["pki", "--out", "old", "--days", "0"], &names[..]].concat();
    sandbox(home.path(), &expired).run().expect(0);
    let set = [
        "run",
        "cdn",
        "set",
        "--domains",
        "www.example.com",
        "--cert",
        "old/fullchain.pem",
        "--key",
        "old/privkey.pem",
    ];
    let outcome = sandbox(home.path(), &set).run().expect(8);
    let message = outcome.error()["message"].clone();
    assert!(
        message
            .as_str()
            .is_some_and(|text| text.contains("expired at")),
        "{message}"
    );
    for bad in [
        &["pki", "--out", "x", "--names", ""][..],
        &["pki", "--out", "x"],
        &["pki", "--names", "a.com"],
    ] {
        sandbox(home.path(), bad).run().expect(2);
    }
    assert!(!home.path().join("x").exists());
}

#[cfg(unix)]
mod unix {
    use std::io::{BufRead, BufReader};
    use std::os::unix::fs::PermissionsExt;

    use rustix::process::{Pid, Signal, kill_process};

    use super::*;

    fn signal(child: &std::process::Child, signal: Signal) {
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        kill_process(pid.expect("a process"), signal).expect("it is there");
    }

    #[test]
    fn the_key_is_its_owners() {
        let home = home();
        sandbox(home.path(), &["pki", "--out", "p", "--names", "a.com"])
            .run()
            .expect(0);
        let mode = |name: &str| {
            let metadata = std::fs::metadata(home.path().join("p").join(name)).expect("a file");
            metadata.permissions().mode() & 0o777
        };
        assert_eq!(mode("privkey.pem"), 0o600);
        assert_eq!(mode("fullchain.pem") & 0o600, 0o600);
    }

    #[test]
    fn exec_runs_a_program_in_the_emulators_environment() {
        let home = home();
        let exec = |script: &str| {
            sandbox(home.path(), &["exec", "--", "sh", "-c", script])
                .env("CERTCTL_TENCENT_ENDPOINT", "http://127.0.0.1:1")
                .env("KEPT", "yes")
                .run()
        };
        let outcome = exec(
            "echo $CERTCTL_ENDPOINT; echo $ALIBABA_CLOUD_ACCESS_KEY_ID; echo $UCLOUD_REGION; \
             echo [$CERTCTL_TENCENT_ENDPOINT] $KEPT",
        )
        .expect(0);
        let lines: Vec<&str> = outcome.stdout.lines().collect();
        assert!(lines[0].starts_with("http://127.0.0.1:"), "{outcome:#?}");
        assert!(!lines[1].is_empty());
        assert_eq!(lines[2..], ["cn-bj2", "[] yes"]);
        for (script, status) in [("exit 0", 0), ("exit 37", 37), ("kill -TERM $$", 143)] {
            assert_eq!(exec(script).status, status, "{script}");
        }
        let certctl = env!("CARGO_BIN_EXE_certctl");
        let script = format!("{certctl} cdn set --domains c.com --on");
        assert_eq!(exec(&script).expect(5).statuses(), ["failed"]);
        // What one call of the script did the next one finds.
        let script = format!(
            "{certctl} ssl csr delete --ids 22 --yes && {certctl} ssl csr delete --ids 22 --yes"
        );
        exec(&script).expect(5);
        let missing = sandbox(home.path(), &["exec", "--", "no-such-program"])
            .run()
            .expect(127);
        assert!(
            missing
                .stderr
                .starts_with("certctl-sandbox: no-such-program: "),
            "{missing:#?}"
        );
        sandbox(home.path(), &["exec"]).run().expect(2);
    }

    #[test]
    fn exec_passes_signals_on() {
        let home = home();
        let script = "trap 'exit 9' TERM; echo ready; for i in $(seq 100); do sleep 0.05; done";
        let mut child = sandbox(home.path(), &["exec", "--", "sh", "-c", script]).spawn();
        let mut ready = String::new();
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        stdout.read_line(&mut ready).expect("a line");
        assert_eq!(ready, "ready\n");
        signal(&child, Signal::TERM);
        assert_eq!(Outcome::of(child).status, 9);
    }

    #[test]
    fn serve_says_where_it_is_and_ends_when_told() {
        for (more, how) in [
            (&[][..], Signal::TERM),
            (&["--tls"], Signal::INT),
            (&["--format", "shell"], Signal::TERM),
        ] {
            let home = home();
            let mut child = sandbox(home.path(), &[&["serve"], more].concat()).spawn();
            let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
            let mut env: Vec<(String, String)> = Vec::new();
            if more.contains(&"shell") {
                // One export a line, in one piece.
                while env.len() < 12 {
                    let mut line = String::new();
                    stdout.read_line(&mut line).expect("a line");
                    let pair = line.trim_end().strip_prefix("export ").expect("an export");
                    let (name, value) = pair.split_once('=').expect("a pair");
                    env.push((name.to_owned(), value.trim_matches('\'').to_owned()));
                }
            } else {
                let mut line = String::new();
                stdout.read_line(&mut line).expect("a line");
                let document: Value = serde_json::from_str(&line).expect("one document");
                let pairs = document["env"].as_object().expect("an object");
                assert_eq!(pairs["CERTCTL_ENDPOINT"], document["endpoint"]);
                let text = |value: &Value| value.as_str().expect("a text").to_owned();
                env.extend(
                    pairs
                        .iter()
                        .map(|(name, value)| (name.clone(), text(value))),
                );
            }
            let mut call = Call::new(&["cdn", "set", "--domains", "b.com", "--on"]);
            call.command.envs(env).env("HOME", home.path());
            assert_eq!(call.run().expect(0).statuses(), ["changed"], "{more:?}");
            signal(&child, how);
            let mut rest = String::new();
            stdout.read_line(&mut rest).expect("the end");
            assert_eq!(rest, "");
            let outcome = Outcome::of(child);
            assert_eq!(
                (outcome.status, outcome.stderr.as_str()),
                (0, ""),
                "{more:?}"
            );
        }
    }
}

#[test]
fn a_usage_error_of_its_own_is_told_plainly() {
    let home = home();
    for args in [&[][..], &["serv"], &["run"], &["serve", "--format", "xml"]] {
        let mut call = sandbox(home.path(), args);
        call.command.stdin(Stdio::null());
        let outcome = call.run().expect(2);
        assert!(
            outcome.stderr.starts_with("error: ")
                || outcome.stderr.contains("Usage: certctl-sandbox"),
            "{outcome:#?}"
        );
        assert_eq!(outcome.stdout, "");
    }
}
