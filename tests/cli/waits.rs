//! What may never come to an end: a FIFO, standard input, a name server, a helper's child. The
//! deadline and signals hold all the same: without them these tests would not end.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use serde_json::Value;

use crate::support::{Call, Clouds, Outcome, read_all};

fn fifo(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    let made = Command::new("mkfifo")
        .args(["-m", "600"])
        .arg(&path)
        .status();
    assert!(made.expect("mkfifo runs").success());
    path
}

fn signal(child: &Child, signal: Signal) {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    kill_process(pid.expect("a process"), signal).expect("it is there");
}

/// Opens the end of a FIFO that is written to, once somebody reads.
fn opened_by_its_reader(fifo: &Path, child: &mut Child) -> std::fs::File {
    loop {
        let mut options = OpenOptions::new();
        let flags = rustix::fs::OFlags::NONBLOCK.bits();
        if let Ok(file) = options.write(true).custom_flags(flags as i32).open(fifo) {
            return file;
        }
        let ended = child.try_wait().expect("its state");
        assert!(ended.is_none(), "it ended without reading: {ended:?}");
        std::thread::yield_now();
    }
}

/// A CSR with all that it needs.
const CSR: [&str; 10] = [
    "ssl",
    "csr",
    "create",
    "--domain=a.com",
    "--organization=o",
    "--department=d",
    "--email=a@a.com",
    "--province=p",
    "--city=c",
    "--country=CN",
];

/// The arguments of commands that read a FIFO of this name, each in another place.
fn readers(fifo: &str) -> Vec<Vec<&str>> {
    vec![
        vec!["cdn", "list", "--config", fifo],
        vec!["cdn", "list", "--ca-bundle", fifo],
        vec!["cdn", "set", "--on", "--domains-file", fifo],
        vec![
            "cdn",
            "set",
            "--domains=a.com",
            "--cert",
            fifo,
            "--key",
            fifo,
        ],
        vec!["cert", "check", "--cert", fifo],
        vec!["cert", "probe", "--domains-file", fifo],
        vec!["ssl", "csr", "delete", "--yes", "--ids-file", fifo],
        [&CSR[..], &["--key-password-file", fifo]].concat(),
        vec!["api", "alibaba", "cdn", "AddCdnDomain", "--body", fifo],
        vec!["config", "set", "tencent.secret_key", "--from-file", fifo],
    ]
}

#[test]
fn a_fifo_that_nobody_writes_to_costs_the_deadline_at_most() {
    let clouds = Clouds::with_tls(serde_json::json!({}));
    fifo(clouds.home(), "in.fifo");
    for args in readers("./in.fifo") {
        let outcome = clouds.certctl(&args).arg("--deadline=0.2").run();
        assert_eq!(outcome.status, 7, "{args:?}: {outcome:#?}");
        let error = outcome.error();
        assert_eq!(error["kind"], "deadline", "{args:?}");
        let message = error["message"].as_str().expect("a message");
        let said = "in.fifo: no more input before the deadline (--deadline)";
        assert!(message.contains(said), "{args:?}: {message}");
        assert!(outcome.stdout.is_empty(), "{outcome:#?}");
    }
    assert_eq!(clouds.log().len(), 0);
}

#[test]
fn standard_input_that_does_not_end_costs_the_deadline_at_most() {
    let clouds = Clouds::new();
    for args in [
        vec!["cdn", "set", "--on", "--domains", "-"],
        vec!["cdn", "set", "--on", "--domains-file", "-"],
        vec!["cert", "check", "--cert", "-"],
        vec!["api", "alibaba", "cdn", "AddCdnDomain", "--body", "-"],
        vec!["config", "set", "tencent.secret_key"],
    ] {
        let mut command = clouds.certctl(&args).arg("--deadline=0.2").command;
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        // It may be over already.
        let _ = stdin.write_all(b"a.com\n");
        let outcome = Outcome::of(child);
        drop(stdin);
        assert_eq!(outcome.status, 7, "{args:?}: {outcome:#?}");
        assert_eq!(outcome.error()["kind"], "deadline", "{args:?}");
    }
    assert_eq!(clouds.log().len(), 0);
}

#[test]
fn a_signal_ends_whoever_reads() {
    let clouds = Clouds::new();
    let path = fifo(clouds.home(), "in.fifo");
    let token = clouds
        .certctl(&["cdn", "list"])
        .env(
            "ALIBABA_CLOUD_ROLE_ARN",
            "acs:ram::1234567890123456:role/sandbox",
        )
        .env(
            "ALIBABA_CLOUD_OIDC_PROVIDER_ARN",
            "acs:ram::1234567890123456:oidc-provider/sandbox",
        )
        .env("ALIBABA_CLOUD_OIDC_TOKEN_FILE", "in.fifo")
        .without("ALIBABA_CLOUD_ACCESS_KEY_ID")
        .without("ALIBABA_CLOUD_ACCESS_KEY_SECRET");
    let late = clouds.certctl(&["cdn", "set", "--on", "--domains-file", "in.fifo"]);
    for call in [late.arg("--deadline=600"), token] {
        let mut child = call.spawn();
        let held = opened_by_its_reader(&path, &mut child);
        signal(&child, Signal::TERM);
        Outcome::of(child).expect(143);
        drop(held);
    }
    assert_eq!(clouds.log().len(), 0);
}

/// Runs the binary where `/etc/hosts` is a FIFO: to look up a name never ends. Not everybody may
/// make such a place.
fn without_names(clouds: &Clouds, args: &[&str]) -> Option<Child> {
    let may = Command::new("unshare").args(["-r", "-m", "true"]).output();
    if !may.is_ok_and(|output| output.status.success()) {
        return None;
    }
    let path = fifo(clouds.home(), "hosts");
    let call = Call::new(args)
        .env("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAIsandboxMain00001")
        .env(
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
            "sandboxAlibabaSecret0000000001",
        );
    let mut command = Command::new("unshare");
    command
        .args(["-r", "-m", "sh", "-c"])
        .arg("mount --bind \"$0\" /etc/hosts && exec \"$@\"")
        .arg(&path)
        .arg(call.command.get_program())
        .args(call.command.get_args())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for (name, value) in call.command.get_envs() {
        command.env(name, value.expect("a value"));
    }
    Some(command.spawn().expect("unshare starts"))
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_not_found_out_costs_the_deadline_at_most() {
    for (limits, kind) in [
        (["--deadline=0.5", "--timeout=60"], "deadline"),
        (["--timeout=0.2", "--max-attempts=2"], "connection"),
    ] {
        let clouds = Clouds::new();
        let args = ["cdn", "list", limits[0], limits[1]];
        let Some(child) = without_names(&clouds, &args) else {
            return;
        };
        let outcome = Outcome::of(child).expect(7);
        assert_eq!(outcome.error()["kind"], kind);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_ends_whoever_looks_up_a_name() {
    for (name, status) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        // The tests themselves may have been started with nohup.
        if name == Signal::HUP && certctl::signals::is_ignored(name.as_raw()) {
            continue;
        }
        let clouds = Clouds::new();
        let Some(mut child) = without_names(&clouds, &["cdn", "list", "-v"]) else {
            return;
        };
        let mut told = BufReader::new(child.stderr.take().expect("a pipe"));
        let mut line = String::new();
        while !line.contains("attempt 1") {
            line.clear();
            assert!(told.read_line(&mut line).expect("UTF-8") > 0, "it ended");
        }
        signal(&child, name);
        let rest = read_all(told);
        Outcome::of(child).expect(status);
        let last: Value = serde_json::from_str(rest.lines().last().unwrap()).expect("JSON");
        assert_eq!(last["error"]["kind"], "interrupted");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn nohup_is_respected() {
    let clouds = Clouds::with(serde_json::json!({
        "faults": [{"match": {"nth": [1]}, "do": {"stall_ms": 1000}}]
    }));
    let mut command = clouds.certctl(&["cdn", "list"]).by("nohup", &[]);
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    let child = command.spawn().expect("nohup starts");
    while clouds.log().is_empty() {
        std::thread::yield_now();
    }
    signal(&child, Signal::HUP);
    Outcome::of(child).expect(0);
}

/// Runs the binary with so many file descriptors.
fn with_descriptors(clouds: &Clouds, count: u32, args: &[&str]) -> Outcome {
    let limited = format!("ulimit -n {count}; exec \"$0\" \"$@\"");
    let mut command = clouds.certctl(args).by("sh", &["-c", &limited]);
    Outcome::of(command.spawn().expect("sh starts"))
}

#[test]
fn few_file_descriptors_are_no_bug() {
    let clouds = Clouds::new();
    // Fewer than five do not do for a program to start.
    for count in 5..20 {
        for args in [
            &["cdn", "list", "--max-attempts=1"][..],
            &["cert", "probe", "127.0.0.1:9"],
        ] {
            let outcome = with_descriptors(&clouds, count, args);
            assert!(
                matches!(outcome.status, 0 | 3 | 7 | 11),
                "{count}: {args:?}: {outcome:#?}"
            );
            assert!(!outcome.stderr.contains("bug"), "{outcome:#?}");
        }
    }
    let outcome = with_descriptors(&clouds, 10, &["cdn", "list"]).expect(11);
    let message = outcome.error()["message"].to_string();
    assert!(message.contains("Too many open files"), "{message}");
    with_descriptors(&clouds, 40, &["cdn", "list"]).expect(0);
}
