//! The answer on stdout, the talk on stderr, and what happens where either cannot be written.

use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::pty::on_a_terminal;
use crate::support::raw::{Raw, answer};
use crate::support::{Call, Clouds, Outcome};

const THREE: [&str; 6] = [
    "cdn",
    "set",
    "--domains",
    "a.com,b.com,c.com",
    "--on",
    "--no-preview",
];

/// A terminal that has room for everything.
const WIDTH: u16 = 200;

/// The keys of every object of a JSON text, in the order in which they are written.
fn keys(json: &str) -> Vec<&str> {
    let lines = json.lines().map(str::trim_start);
    let keyed = lines.filter_map(|line| line.strip_prefix('"')?.split_once("\": "));
    keyed.map(|(key, _)| key).collect()
}

#[test]
fn keys_and_their_order_are_the_contracts() {
    let outcome = Clouds::new().certctl(&THREE).run().expect(9);
    let head = ["schema", "command", "ok", "summary"];
    let summary = [
        "total",
        "changed",
        "unchanged",
        "failed",
        "skipped",
        "unknown",
        "planned",
    ];
    let row = [
        "cloud",
        "service",
        "action",
        "target",
        "status",
        "request_id",
    ];
    let error = [
        "error",
        "code",
        "kind",
        "message",
        "hint",
        "http_status",
        "retryable",
        "attempts",
    ];
    let mut expected: Vec<&str> = head.into_iter().chain(summary).chain(["results"]).collect();
    let changed = [&row[..5], &["confirmed"], &row[5..]].concat();
    expected.extend(changed.iter().chain(&changed).chain(&row).chain(&error));
    assert_eq!(keys(&outcome.stdout), expected);
    // Two spaces a level, one document, one newline at the end.
    assert!(
        outcome
            .stdout
            .starts_with("{\n  \"schema\": \"certctl/v1\",\n  \"command\"")
    );
    assert!(outcome.stdout.ends_with("\n}\n"));
    let pretty = serde_json::to_string_pretty(&outcome.json()).expect("JSON");
    assert_eq!(outcome.stdout, format!("{pretty}\n"));
}

#[test]
fn a_table_says_the_same() {
    let clouds = Clouds::new();
    for call in [
        clouds.certctl(&THREE).arg("--output=table"),
        clouds.certctl(&THREE).arg("-o").arg("table"),
        clouds.certctl(&THREE).env("CERTCTL_OUTPUT", "table"),
    ] {
        let outcome = call.run().expect(9);
        let lines: Vec<&str> = outcome.stdout.lines().collect();
        let words =
            |line: &str| -> Vec<String> { line.split_whitespace().map(str::to_owned).collect() };
        assert_eq!(words(lines[0]), ["TARGET", "STATUS", "ACTION", "DETAIL"]);
        assert_eq!(words(lines[1])[..2], ["a.com", "changed"]);
        assert_eq!(words(lines[3])[..2], ["c.com", "failed"]);
        assert_eq!(words(lines[3])[3], "InvalidDomain.NotFound");
        assert_eq!(lines[5], "3 in all: 2 changed, 1 failed");
    }
    // The flag outranks the variable.
    let both = clouds
        .certctl(&THREE)
        .arg("-ojson")
        .env("CERTCTL_OUTPUT", "table");
    assert_eq!(both.run().expect(9).json()["ok"], false);
    let wrong = clouds
        .certctl(&THREE)
        .env("CERTCTL_OUTPUT", "yaml")
        .run()
        .expect(3);
    assert!(wrong.stderr.starts_with("error: "), "{wrong:#?}");
    assert!(wrong.stderr.contains("CERTCTL_OUTPUT"), "{wrong:#?}");
    assert_eq!(
        clouds.certctl(&THREE).arg("-oyaml").run().expect(2).stdout,
        ""
    );
}

#[test]
fn a_terminal_gets_a_table_and_colour() {
    let clouds = Clouds::new();
    let asked = || clouds.certctl(&THREE).unasked();
    let outcome = on_a_terminal(asked(), WIDTH).expect(9);
    assert!(outcome.stdout.starts_with("TARGET  STATUS"), "{outcome:#?}");
    assert!(
        outcome
            .stdout
            .contains("\x1b[1;31merror:\x1b[0m c.com: failed"),
        "{outcome:#?}"
    );
    for plain in [asked().env("NO_COLOR", "1"), asked().arg("--color=never")] {
        let outcome = on_a_terminal(plain, WIDTH).expect(9);
        assert!(
            outcome.stdout.contains("error: c.com: failed"),
            "{outcome:#?}"
        );
        assert!(!outcome.stdout.contains('\x1b'), "{outcome:#?}");
    }
    let json = on_a_terminal(asked().arg("-ojson"), WIDTH);
    assert!(json.stdout.starts_with('{'), "{json:#?}");
}

#[test]
fn colour_off_a_terminal_only_when_asked_for() {
    let clouds = Clouds::new();
    let outcome = clouds.certctl(&THREE).run().expect(9);
    assert!(!outcome.stderr.contains('\x1b'), "{outcome:#?}");
    let outcome = clouds.certctl(&THREE).arg("--color=always").run().expect(9);
    assert!(
        outcome.stderr.contains("\x1b[1;31merror:\x1b[0m "),
        "{outcome:#?}"
    );
    assert!(!outcome.stdout.contains('\x1b'), "{outcome:#?}");
    // NO_COLOR set to nothing does not count; the flag outranks it.
    let asked = clouds
        .certctl(&THREE)
        .arg("--color=always")
        .env("NO_COLOR", "1");
    assert!(asked.run().expect(9).stderr.contains('\x1b'));
}

#[test]
fn quiet_leaves_the_answer_and_the_status() {
    let clouds = Clouds::new();
    let outcome = clouds.certctl(&THREE).arg("-q").run().expect(9);
    assert_eq!(outcome.statuses(), ["changed", "changed", "failed"]);
    // What has failed is told, and nothing else.
    let lines: Vec<&str> = outcome.stderr.lines().collect();
    assert!(lines[0].starts_with("error: c.com: failed"), "{outcome:#?}");
    assert!(lines[1].starts_with("hint: "), "{outcome:#?}");
    assert_eq!(lines.len(), 2);
    // Where there is no answer the error is all there is.
    let outcome = clouds
        .certctl(&["cdn", "set", "--on", "-q"])
        .run()
        .expect(2);
    assert_eq!(outcome.error()["kind"], "usage");
    assert_eq!(clouds.certctl(&THREE).arg("-qv").run().expect(2).stdout, "");
}

#[test]
fn verbose_tells_steps_and_more_verbose_the_exchange() {
    let clouds = Clouds::new();
    let steps = clouds.certctl(&THREE).arg("-v").run().expect(9);
    let attempt = "BatchSetCdnDomainServerCertificate http://127.0.0.1";
    assert!(steps.stderr.starts_with(attempt), "{steps:#?}");
    assert!(!steps.stderr.contains("> POST"), "{steps:#?}");
    let exchange = clouds.certctl(&THREE).arg("-vv").run().expect(9);
    assert!(
        exchange.stderr.contains("> POST http://127.0.0.1"),
        "{exchange:#?}"
    );
    assert!(
        exchange.stderr.contains("< HTTP 200 {\"RequestId\""),
        "{exchange:#?}"
    );
    assert_eq!(steps.json()["summary"], exchange.json()["summary"]);
}

#[test]
fn help_and_version_are_answers() {
    for (args, begins) in [
        (&["--version"][..], "certctl 0."),
        (&["--help"], "Deploy TLS certificates to"),
        (&["cdn", "set", "--help"], "Switch HTTPS on or off"),
        (&["man"], ".ie"),
        (
            &["completions", "bash"],
            "# Completions of certctl for bash.",
        ),
    ] {
        let outcome = Call::new(args).run().expect(0);
        assert!(outcome.stdout.starts_with(begins), "{outcome:#?}");
        assert_eq!(outcome.stderr, "");
    }
    assert_eq!(Call::new(&["--version"]).run().stdout.lines().count(), 1);
}

/// Command lines with which nothing begins.
const REFUSED: [&[&str]; 5] = [
    &["cdn", "set", "--nonsense"],
    &["nonsense"],
    &["cdn", "set", "--on"],
    &["cdn", "set", "--domains", "", "--on"],
    &["ssl", "csr", "delete", "--ids", "11"],
];

#[test]
fn what_could_not_begin_is_text_in_a_pipe() {
    for args in REFUSED {
        let asked = |form| Call::new(args).unasked().args(&["-o", form]);
        for call in [Call::new(args).unasked(), asked("table"), asked("csv")] {
            let outcome = call.run().expect(2);
            assert_eq!(outcome.stdout, "");
            let lines: Vec<&str> = outcome.stderr.lines().collect();
            assert!(lines[0].starts_with("error: "), "{outcome:#?}");
            assert!(lines[1].starts_with("hint: "), "{outcome:#?}");
            assert_eq!(lines.len(), 2);
        }
    }
}

#[test]
fn what_could_not_begin_is_one_json_line_where_json_was_asked_for() {
    let home = tempfile::tempdir().expect("a directory");
    let profile = home.path().join("config.toml");
    fs::write(&profile, "[profiles.work]\noutput = \"json\"\n").expect("a file");
    for args in REFUSED {
        let unasked = |more: &[&str]| Call::new(args).unasked().args(more);
        let file = format!("--config={}", profile.display());
        for call in [
            unasked(&["-o", "json"]),
            unasked(&["-ojson"]),
            unasked(&["-qo=json"]),
            unasked(&["--output=ndjson"]),
            unasked(&[]).env("CERTCTL_OUTPUT", "json"),
            unasked(&["--profile", "work", &file]),
            unasked(&["--profile=work"]).env("CERTCTL_CONFIG", &profile),
        ] {
            let outcome = call.run().expect(2);
            assert_eq!(
                (outcome.stdout.as_str(), outcome.stderr.lines().count()),
                ("", 1)
            );
            let line: Value = serde_json::from_str(&outcome.stderr).expect("JSON");
            let members: Vec<&String> = line.as_object().expect("an object").keys().collect();
            assert_eq!(members, ["schema", "error"]);
            let members: Vec<&String> = line["error"]
                .as_object()
                .expect("an object")
                .keys()
                .collect();
            assert_eq!(members, ["kind", "message", "hint"]);
            assert_eq!(line["error"]["kind"], "usage");
        }
        // The flag outranks the variable, and the variable the profile.
        for call in [
            unasked(&["-o", "table"]).env("CERTCTL_OUTPUT", "json"),
            unasked(&["--profile", "work", &file]).env("CERTCTL_OUTPUT", "csv"),
            unasked(&["--profile", "other", &file]),
        ] {
            let outcome = call.run();
            assert!(outcome.stderr.starts_with("error: "), "{outcome:#?}");
        }
    }
}

/// A cloud's refusal names the code and the request in words too: logs are all that is left of it.
#[test]
fn a_refusal_by_a_cloud_is_text_with_its_code_and_request() {
    let clouds = Clouds::new();
    let call = clouds.certctl(&["ulb", "certs"]).unasked();
    let outcome = call.env("UCLOUD_PRIVATE_KEY", "wrong").run().expect(4);
    assert_eq!(outcome.stdout, "");
    let lines: Vec<&str> = outcome.stderr.lines().collect();
    let (said, request) = lines[0].split_once(" (request ").expect("a request");
    assert_eq!(said, "error: 171: Signature VerifyAC Error");
    assert!(request.ends_with(')'), "{outcome:#?}");
    assert!(lines[1].starts_with("hint: "), "{outcome:#?}");
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let clouds = Clouds::new();
    let mut call = clouds.certctl(&["errors"]);
    let mut child = call
        .command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // More than a pipe holds, and nobody reads it.
    drop(child.stdout.take());
    let outcome = Outcome::of(child).expect(0);
    assert_eq!(outcome.stderr, "");

    let mut call = clouds.certctl(&THREE);
    let mut child = call
        .command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let outcome = Outcome::of(child).expect(9);
    assert!(
        outcome.stderr.contains("error: c.com: failed"),
        "{outcome:#?}"
    );
}

#[test]
fn a_full_disk_is_an_error_that_says_what_was_done() {
    let clouds = Clouds::new();
    for format in ["json", "table"] {
        let mut call = clouds.certctl(&THREE).arg("-o").arg(format);
        let full = File::options()
            .write(true)
            .open("/dev/full")
            .expect("/dev/full");
        let child = call
            .command
            .stdout(full)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let outcome = Outcome::of(child).expect(11);
        assert!(
            outcome.stderr.contains("error: c.com: failed"),
            "{outcome:#?}"
        );
        assert!(
            outcome
                .stderr
                .contains("could not write the answer: No space left"),
            "{outcome:#?}"
        );
        assert!(
            outcome.stderr.contains("2 changed, 1 failed"),
            "{outcome:#?}"
        );
        if format == "json" {
            assert_eq!(outcome.error()["kind"], "io");
        }
    }
    for args in [&["--help"][..], &["--version"], &["errors"], &["man"]] {
        let full = File::options()
            .write(true)
            .open("/dev/full")
            .expect("/dev/full");
        let child = Call::new(args)
            .command
            .stdout(full)
            .stderr(Stdio::piped())
            .spawn();
        let outcome = Outcome::of(child.unwrap()).expect(11);
        assert_eq!(
            outcome.stderr.lines().count(),
            1 + usize::from(args[0].starts_with('-'))
        );
    }
}

#[test]
fn a_disk_that_fills_midway_is_an_error_too() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("answer.json");
    // The limit stands for a disk with that little room.
    let limited = "trap '' XFSZ; ulimit -f 4; exec \"$0\" errors > \"$1\"";
    let child = Command::new("sh")
        .args(["-c", limited, env!("CARGO_BIN_EXE_certctl")])
        .arg(&path)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let outcome = Outcome::of(child.expect("a shell")).expect(11);
    let said = "error: could not write the answer: ";
    assert!(outcome.stderr.starts_with(said), "{outcome:#?}");
    assert!(fs::metadata(&path).expect("the file").len() > 0);
}

#[test]
fn a_talk_that_nobody_can_hear_changes_nothing() {
    let clouds = Clouds::new();
    let full = File::options()
        .write(true)
        .open("/dev/full")
        .expect("/dev/full");
    let mut call = clouds.certctl(&THREE).arg("-vv");
    let child = call
        .command
        .stdout(Stdio::piped())
        .stderr(full)
        .spawn()
        .unwrap();
    assert_eq!(Outcome::of(child).expect(9).statuses().len(), 3);

    let mut call = clouds.certctl(&THREE).arg("-vv");
    let mut child = call
        .command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stderr.take());
    assert_eq!(Outcome::of(child).expect(9).statuses().len(), 3);
}

#[test]
fn closed_streams_are_no_streams() {
    let clouds = Clouds::new();
    for (redirection, status) in [(">&-", 9), ("2>&-", 9), ("<&- >&- 2>&-", 9)] {
        let script = format!("exec \"$@\" {redirection}");
        let call = clouds.certctl(&THREE);
        let mut command = Command::new("sh");
        command
            .args(["-c", &script, "sh"])
            .arg(call.command.get_program());
        command.args(call.command.get_args()).env_clear();
        for (name, value) in call.command.get_envs() {
            command.env(name, value.expect("set"));
        }
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let outcome = Outcome::of(command.spawn().expect("a shell")).expect(status);
        if !redirection.contains("2>") {
            assert!(
                outcome.stderr.contains("error: c.com: failed"),
                "{outcome:#?}"
            );
        }
    }
}

#[test]
fn no_home_no_locale_and_nowhere_to_write() {
    let clouds = Clouds::new();
    let expected = ["changed", "changed", "failed"];
    let nowhere = clouds.home().join("nowhere");
    for call in [
        clouds.certctl(&THREE).without("HOME"),
        clouds.certctl(&THREE).env("HOME", ""),
        clouds.certctl(&THREE).env("HOME", &nowhere),
        clouds.certctl(&THREE).env("HOME", "/dev/null"),
        clouds.certctl(&THREE).env("LANG", "C").env("LC_ALL", "C"),
        clouds.certctl(&THREE).env("TMPDIR", &nowhere),
        clouds.certctl(&THREE).env("TERM", "dumb"),
    ] {
        let outcome = call.run().expect(9);
        assert_eq!(outcome.statuses(), expected);
        assert!(outcome.stderr.contains("error: c.com"), "{outcome:#?}");
    }
    // UTF-8 goes out whatever the locale says.
    let outcome = clouds
        .certctl(&["cdn", "set", "--domains", "例え.jp", "--on"])
        .env("LC_ALL", "C")
        .run()
        .expect(5);
    assert_eq!(outcome.json()["results"][0]["target"], "例え.jp");

    let locked = clouds.home().join("locked");
    fs::create_dir(&locked).expect("a directory");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o555)).expect("its mode");
    let mut call = clouds.certctl(&THREE);
    call.command.current_dir(&locked);
    assert_eq!(call.run().expect(9).statuses(), expected);
    // The superuser could have written into it all the same.
    assert_eq!(fs::read_dir(&locked).expect("the directory").count(), 0);
}

#[test]
fn arguments_that_are_not_utf_8() {
    let clouds = Clouds::new();
    let odd = std::ffi::OsStr::from_bytes(b"a\xff.com");
    for call in [
        clouds
            .certctl(&["cdn", "set", "--on", "--domains"])
            .arg(odd),
        clouds.certctl(&[]).arg(odd),
        clouds
            .certctl(&["cdn", "set", "--domains=a.com", "--on"])
            .arg(odd),
    ] {
        let outcome = call.run().expect(2);
        assert_eq!(outcome.error()["kind"], "usage");
        assert_eq!(outcome.stderr.lines().count(), 1);
    }
    // A file's name may be anything.
    let path = clouds.home().join(odd);
    fs::write(&path, "a.com\n").expect("a file");
    let call = clouds
        .certctl(&["cdn", "set", "--on", "--no-preview", "--domains-file"])
        .arg(&path);
    assert_eq!(call.run().expect(0).statuses(), ["changed"]);
    assert_eq!(clouds.log().len(), 1);
}

#[test]
fn the_statuses_of_several_failures() {
    // None done: the first failed target's own status.
    let clouds = Clouds::with(json!({"account": {"denied_domains": ["b.com"]}}));
    let outcome = clouds
        .certctl(&["cdn", "set", "--domains", "c.com,b.com", "--on"])
        .run();
    assert_eq!(outcome.expect(5).statuses(), ["failed", "failed"]);
    let outcome = clouds
        .certctl(&["cdn", "set", "--domains", "b.com,c.com", "--on"])
        .run();
    assert_eq!(outcome.expect(4).statuses(), ["failed", "failed"]);
}

#[test]
fn a_panic_is_one_line_without_what_it_says() {
    let name = "cli::output::panics";
    let child = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", name, "--ignored", "--nocapture"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let outcome = Outcome::of(child.expect("the test starts")).expect(70);
    let line = outcome.stderr.trim_end();
    let (before, after) = line
        .split_once("tests/cli/output.rs:")
        .expect("where it was");
    assert_eq!(before, "certctl: bug: stopped at ");
    assert!(
        after.ends_with("; please report this line and the command"),
        "{line}"
    );
    assert_eq!(line.lines().count(), 1);
}

/// Not a test: [`a_panic_is_one_line_without_what_it_says`] runs it in a process of its own.
#[test]
#[ignore]
fn panics() {
    let status = certctl::guard(|| panic!("sandboxAlibabaSecret"));
    std::process::exit(status.into());
}

#[test]
fn names_from_outside_cannot_drive_the_terminal() {
    let evil = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31mid\r\n";
    let bound = |id: &str, relations: Value| {
        json!({"SSLId": id, "Domains": evil, "NotAfter": 4_000_000_000_u64,
               "Relations": relations})
    };
    let relations = json!([{"LoadBalancerId": evil, "ListenerId": evil, "IsDefault": true}]);
    let certificates = [
        bound("ssl-old0001", relations),
        bound("ssl-new0001", json!([])),
    ];
    let certificate = json!({"RetCode": 0, "TotalCount": 2, "DataSet": certificates});
    let server = Raw::http(move |_| answer(200, "", certificate.to_string()));
    let clouds = Clouds::new();
    let args = [
        "ulb",
        "replace",
        "--old=ssl-old0001",
        "--new=ssl-new0001",
        "--whole-project",
    ];
    for format in ["-otable", "-ojson"] {
        let call = clouds.certctl(&args).args(&[
            "--yes",
            "-vv",
            "--deadline=1",
            "--allow-name-mismatch",
            format,
        ]);
        let outcome = call.env("CERTCTL_ENDPOINT", server.endpoint()).run();
        let shown = format!("{}{}", outcome.stdout, outcome.stderr);
        assert!(
            shown.contains("id / id (default certificate)"),
            "{outcome:#?}"
        );
        let drives = |c: char| c.is_control() && c != '\n';
        assert!(!shown.contains(drives), "{outcome:#?}");
    }
    // A file's name comes from outside as well.
    let call = clouds.certctl(&["cdn", "set", "--on", "-otable", "--domains-file"]);
    let outcome = call.arg("no\u{1b}[2Jthere").run().expect(11);
    assert!(
        outcome.stderr.starts_with("error: nothere: no such file"),
        "{outcome:#?}"
    );
}

/// Twenty-five calls at ten a second take more than a second.
fn long_run(flags: &[&str]) -> Outcome {
    let clouds = Clouds::new();
    let domains: Vec<String> = (1..=25).map(|n| format!("d{n}.example.com")).collect();
    let domains = domains.join(",");
    let mut args = vec![
        "cdn",
        "set",
        "--domains",
        &domains,
        "--on",
        "--batch-size",
        "1",
    ];
    args.extend(flags);
    clouds.certctl(&args).run().expect(0)
}

#[test]
fn a_long_run_tells_at_most_a_line_for_each_tenth() {
    let talk = long_run(&[]).talk();
    let lines: Vec<&str> = talk.lines().collect();
    assert!((1..=10).contains(&lines.len()), "{talk}");
    for line in &lines {
        assert!(line.contains("/25 done, 0 failed, "), "{line}");
        assert!(line.ends_with(" s left"), "{line}");
    }
    assert!(lines[lines.len() - 1].starts_with("25/25 done"), "{talk}");
    assert_eq!(long_run(&["-q"]).stderr, "");
}
