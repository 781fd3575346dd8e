//! What every command shows, in every form.

use certctl::commands::keys;
use serde_json::Value;
#[cfg(unix)]
use unicode_width::UnicodeWidthStr;

use super::certificates::Fitting;
use super::table::{COMMANDS, Nature};
#[cfg(unix)]
use crate::support::pty::{on_a_terminal, uncoloured};
use crate::support::{Call, Clouds, Outcome};

/// Arguments of the commands that change nothing.
const ARGS: [(&str, &[&str]); 42] = [
    ("errors", &["171"]),
    ("completions", &["bash"]),
    ("man", &[]),
    ("config show", &[]),
    ("config get", &["ucloud.region"]),
    ("config set", &["tencent.region", "ap-guangzhou"]),
    ("config unset", &["tencent.region", "--profile", "work"]),
    ("config use", &["work"]),
    ("config list", &[]),
    ("config check", &[]),
    ("cert inspect", &["own.pem"]),
    ("cert check", &["--cert", "own.pem", "--key", "own.key"]),
    ("cert probe", &["a.com", "--dry-run"]),
    (
        "api alibaba",
        &[
            "cdn",
            "DescribeDomainCertificateInfo",
            "DomainName=a.com",
            "--read",
        ],
    ),
    (
        "api tencent",
        &["ssl", "DescribeCSR", "CSRId:=22", "--read"],
    ),
    (
        "api ucloud",
        &["DescribeSSLV2", "SSLId=ssl-old0001", "--read"],
    ),
    ("inventory", &[]),
    ("plan", &["--cert", "own.pem"]),
    (
        "apply",
        &[
            "--cert",
            "own.pem",
            "--key",
            "own.key",
            "--yes",
            "--place",
            "cdn a.com",
        ],
    ),
    ("cdn list", &[]),
    ("cdn show", &["a.com"]),
    ("cdn certs", &["--details"]),
    ("cdn wait", &["a.com"]),
    ("dcdn list", &[]),
    ("dcdn show", &["a.com"]),
    ("dcdn certs", &["--details"]),
    ("dcdn wait", &["a.com"]),
    ("ga list", &[]),
    ("ga show", &["ga-bp1sandboxsecond0001"]),
    ("cas list", &[]),
    ("cas show", &["1234567"]),
    ("ssl list", &[]),
    ("ssl show", &["example1"]),
    (
        "ssl download",
        &["example1", "--out", "example1.zip", "--force"],
    ),
    ("ssl bindings", &["example1"]),
    ("ssl deployments list", &["example2", "--site", "mainland"]),
    ("ssl deployments show", &["264001"]),
    ("ssl csr list", &[]),
    ("ssl csr show", &["22"]),
    ("ssl csr download", &["22", "--out", ".", "--force"]),
    ("ulb list", &[]),
    ("ulb certs", &[]),
];

/// An account with what the commands' arguments name; those that change nothing share it.
fn account() -> Clouds {
    let clouds = Clouds::new();
    let certificate = super::certificates::issued(&["a.com"], 90);
    clouds.file("own.pem", &certificate.fullchain);
    crate::support::private(&clouds.file("own.key", &certificate.key));
    for (key, value) in [
        ("ucloud.region", "cn-bj2"),
        ("tencent.region", "ap-guangzhou"),
    ] {
        let args = ["config", "set", key, value, "--profile", "work"];
        clouds.certctl(&args).run().expect(0);
    }
    clouds
}

/// The arguments with which a command succeeds.
fn arguments(clouds: &Clouds, words: &'static str, nature: &Nature) -> Vec<String> {
    let own = |args: &[&str]| args.iter().map(|arg| (*arg).to_owned()).collect();
    match nature {
        Nature::Changes(change) => own(&Fitting::of(clouds, change).args()),
        _ => {
            let known = ARGS.iter().find(|(of, _)| *of == words);
            own(known
                .unwrap_or_else(|| panic!("no arguments for {words}"))
                .1)
        }
    }
}

fn call(clouds: &Clouds, words: &'static str, nature: &Nature) -> Call {
    let args = arguments(clouds, words, nature);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    super::call(clouds, words, &args)
}

/// Every command, one after the other; tells each that fails, not the first alone.
fn every(situation: impl Fn(&'static str, &Nature)) {
    let mut failed = Vec::new();
    for one in COMMANDS {
        let run = std::panic::AssertUnwindSafe(|| situation(one.words, &one.nature));
        failed.extend(std::panic::catch_unwind(run).err().map(super::told));
    }
    assert!(
        failed.is_empty(),
        "{} fail:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

/// Whether it answers with text of its own.
fn is_text(words: &str) -> bool {
    ["completions", "man"].contains(&words)
}

/// The paths of a row's keys: of objects inside, those of their members.
fn paths(row: &Value, above: &str, found: &mut Vec<String>) {
    for (key, value) in row.as_object().into_iter().flatten() {
        let path = format!("{above}{key}");
        match value {
            Value::Object(_) => paths(value, &format!("{path}."), found),
            _ => found.push(path),
        }
    }
}

/// What it shows in a form. Each change is made in an account of its own, whose folder is `~`.
fn shown(shared: &Clouds, words: &'static str, nature: &Nature, form: &str) -> Outcome {
    let own = matches!(nature, Nature::Changes(_)).then(Clouds::new);
    let clouds = own.as_ref().unwrap_or(shared);
    let outcome = call(clouds, words, nature).args(&["-o", form]).run();
    assert_eq!(outcome.status, 0, "{words} -o {form}: {outcome:#?}");
    let home = clouds.home().to_str().expect("UTF-8");
    Outcome {
        stdout: outcome.stdout.replace(home, "~"),
        ..outcome
    }
}

#[test]
fn each_form_shows_the_same_rows() {
    let shared = account();
    every(|words, nature| {
        if is_text(words) {
            return;
        }
        let document = shown(&shared, words, nature, "json").json();
        let is_own = document["schema"] == "certctl/v1";
        let rows = document["results"].as_array().cloned().unwrap_or_default();
        if is_own && let Some(known) = keys::of(words) {
            let mut found = Vec::new();
            rows.iter().for_each(|row| paths(row, "", &mut found));
            for path in found {
                // An object may be null.
                let inside = format!("{path}.");
                let is_known = |key: &&str| *key == path || key.starts_with(&inside);
                assert!(
                    known.iter().any(is_known),
                    "{words}: {path} is no known key"
                );
            }
        }
        let table = shown(&shared, words, nature, "table").stdout;
        // What JSON calls the target is what tables show first.
        if rows.iter().any(|row| row.get("target").is_some()) {
            for (row, line) in rows.iter().zip(table.lines().skip(1)) {
                let (shown, _) = line.split_once("  ").expect("two columns");
                assert_eq!(shown, row["target"], "{words}");
            }
        }
        let mut texts = vec![table];
        if !matches!(nature, Nature::Changes(_)) {
            let lines = shown(&shared, words, nature, "ndjson").stdout;
            for line in lines.lines() {
                serde_json::from_str::<Value>(line).expect("JSON");
            }
            assert!(!is_own || lines.lines().count() == rows.len(), "{words}");
            let csv = shown(&shared, words, nature, "csv").stdout;
            let mut reader = csv::Reader::from_reader(csv.as_bytes());
            let records = reader
                .records()
                .map(|record| record.expect("as many cells"));
            let records = records.count();
            assert!(!is_own || records == rows.len(), "{words}: {csv}");
            texts.push(shown(&shared, words, nature, "wide").stdout);
        }
        for text in texts {
            assert!(
                !text.contains(|c: char| c.is_control() && c != '\n'),
                "{words}: {text}"
            );
        }
    });
}

#[test]
fn a_column_that_is_no_key_is_refused() {
    let shared = account();
    every(|words, nature| {
        if words.starts_with("api ") {
            // Which keys a cloud's answer has is not known.
            return;
        }
        let call = call(&shared, words, nature).unasked();
        let outcome = call.args(&["--columns", "nonsense"]).run();
        assert_eq!(outcome.status, 2, "{words}: {outcome:#?}");
        assert!(
            outcome.stderr.starts_with("error: --columns: "),
            "{words}: {outcome:#?}"
        );
        for key in keys::of(words).expect("they are known") {
            assert!(outcome.stderr.contains(key), "{words}: {outcome:#?}");
        }
        assert_eq!(outcome.stdout, "", "{words}");
    });
    assert!(shared.log().is_empty());
}

#[test]
fn a_broken_query_is_refused() {
    let shared = account();
    every(|words, nature| {
        for query in ["results[", &"(".repeat(5000)] {
            let call = call(&shared, words, nature).unasked();
            let outcome = call.args(&["--query", query]).run();
            assert_eq!(outcome.status, 2, "{words}: {outcome:#?}");
            assert!(
                outcome.stderr.starts_with("error: --query: "),
                "{words}: {outcome:#?}"
            );
            assert_eq!(outcome.stdout, "", "{words}");
        }
    });
    assert!(shared.log().is_empty());
}

#[cfg(unix)]
#[test]
fn a_terminal_of_any_width_is_enough() {
    let shared = account();
    every(|words, nature| {
        // Not asked for a form, some print what they have as it is.
        if is_text(words) || words == "config get" || words.starts_with("api ") {
            return;
        }
        let is_change = matches!(nature, Nature::Changes(_));
        let widths: &[u16] = if is_change { &[60] } else { &[60, 80, 120] };
        for width in widths {
            let own = is_change.then(Clouds::new);
            let call = call(own.as_ref().unwrap_or(&shared), words, nature);
            // A machine may be slow enough for a progress bar.
            let call = call.unasked().arg("-q").env("TERM", "xterm");
            let plain = match width {
                80 => call.env("NO_COLOR", "1"),
                _ => call,
            };
            let outcome = on_a_terminal(plain, *width);
            assert_eq!(outcome.status, 0, "{words}: {outcome:#?}");
            assert!(
                *width != 80 || !outcome.stdout.contains('\x1b'),
                "{words}: {outcome:#?}"
            );
            let text = uncoloured(&outcome.stdout);
            let is_talk = |line: &&str| {
                let words = ["note: ", "warning: ", "hint: "];
                words.iter().any(|word| line.starts_with(word))
            };
            let begin = text
                .lines()
                .position(|line| line.starts_with(|c: char| c.is_uppercase()));
            let table = text.lines().skip(begin.expect("a table"));
            for line in table.filter(|line| !is_talk(line)) {
                assert!(
                    line.width() <= (*width).into(),
                    "{words}, {width}: {line}\n{text}"
                );
            }
        }
    });
}
