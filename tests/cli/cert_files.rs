//! `certctl cert inspect` and `certctl cert check`: no cloud, no keys, and never a key shown.

// The tables of cases are read as they stand.
#![allow(clippy::type_complexity)]

use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Call, Outcome, private};

fn pki(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/pki")
        .join(name)
}

fn text(name: &str) -> String {
    std::fs::read_to_string(pki(name)).expect("UTF-8")
}

/// What openssl says of some of the files.
fn openssl(name: &str) -> String {
    let ids = text("ids.txt");
    let line = ids.lines().find_map(|line| line.strip_prefix(name));
    line.expect("a line").trim().to_owned()
}

/// A directory with files of these names and contents.
fn folder(files: &[(&str, String)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a directory");
    for (name, content) in files {
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("written");
        private(&path);
    }
    folder
}

fn run_in(folder: &Path, args: &[&str]) -> Outcome {
    let mut call = Call::new(args);
    call.command.current_dir(folder);
    call.run()
}

fn inspect(files: &[&str]) -> Outcome {
    let args = [&["cert", "inspect"], files].concat();
    run_in(&pki(""), &args)
}

fn rows(outcome: &Outcome) -> Vec<Value> {
    let json = outcome.json();
    json["results"].as_array().expect("results").clone()
}

/// No line of a private key's text, and no half of one, in what was printed.
#[track_caller]
fn no_key_in(outcome: &Outcome, key: &str) {
    let printed = format!("{}{}", outcome.stdout, outcome.stderr);
    let body = key
        .lines()
        .filter(|line| line.len() >= 32 && !line.contains("-----"));
    for line in body {
        assert!(!printed.contains(&line[..32]), "{outcome:#?}");
    }
}

/// No 16 bytes of a key in DER, as hex or base64.
#[track_caller]
fn no_der_in(outcome: &Outcome, key: &[u8]) {
    use base64::Engine;
    let printed = format!("{}{}", outcome.stdout, outcome.stderr);
    for bytes in key.windows(16) {
        let base64 = base64::engine::general_purpose::STANDARD_NO_PAD.encode(&bytes[..15]);
        for text in [certctl::sign::encode::hex(bytes), base64] {
            assert!(!printed.contains(&text), "{outcome:#?}");
        }
    }
}

#[test]
fn a_certificate_says_what_openssl_says() {
    let outcome = inspect(&["p256.pem"]).expect(0);
    assert_eq!(outcome.stderr, "");
    let document = outcome.json();
    assert_eq!(document["schema"], "certctl/v1");
    assert_eq!(document["command"], "cert inspect");
    assert_eq!(document["ok"], true);
    let rows = rows(&outcome);
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    assert_eq!(row["file"], "p256.pem");
    assert_eq!(row["line"], 1);
    assert_eq!(row["kind"], "certificate");
    assert_eq!(row["status"], "ok");
    assert_eq!(row["subject"], "CN=example.com");
    assert_eq!(row["issuer"], "CN=Intermediate, O=Test");
    assert_eq!(
        row["names"],
        serde_json::json!([
            "example.com",
            "*.example.com",
            "xn--bcher-kva.example",
            "*.xn--bcher-kva.example"
        ])
    );
    assert_eq!(row["ip_addresses"], serde_json::json!(["192.0.2.1"]));
    assert_eq!(row["starts"], "2020-01-01T00:00:00Z");
    assert_eq!(row["expires"], "2126-01-01T00:00:00Z");
    assert_eq!(row["algorithm"], "ECDSA P-256");
    assert_eq!(row["fingerprint"], openssl("fingerprint"));
    assert!(openssl("p256").starts_with(row["key_id"].as_str().expect("an id")));
    let sha1 = row["fingerprint_sha1"].as_str().expect("a fingerprint");
    assert_eq!(sha1.len(), 40);
    assert_eq!(
        (&row["authority"], &row["self_signed"]),
        (&false.into(), &false.into())
    );
    let left = row["lifetime_left"].as_f64().expect("a share");
    assert!((0.85..0.95).contains(&left), "{left}");
    assert!(row["days_left"].as_i64().expect("days") > 36_000);
}

#[test]
fn what_is_over_or_not_begun_has_its_share() {
    let outcome = inspect(&["expired.pem", "not-yet-valid.pem"]).expect(0);
    let rows = rows(&outcome);
    assert_eq!(rows[0]["lifetime_left"], 0.0);
    assert!(rows[0]["days_left"].as_i64().expect("days") < -1000);
    assert_eq!(rows[1]["lifetime_left"], 1.0);
}

#[test]
fn a_key_is_told_by_the_id_that_its_certificate_has() {
    for (cert, key) in [
        ("p256.pem", "p256.key.pem"),
        ("p256.pem", "p256.private-only.pem"),
        ("p384.pem", "p384.sec1.pem"),
        ("p521.pem", "p521.sec1-private-only.pem"),
        ("rsa2048.pem", "rsa2048.pkcs1.pem"),
        ("ed25519.pem", "ed25519.key.pem"),
    ] {
        let outcome = inspect(&[cert, key]).expect(0);
        let rows = rows(&outcome);
        assert_eq!(rows.len(), 2, "{key}: {rows:#?}");
        assert_eq!(rows[1]["kind"], "key", "{key}");
        assert_eq!(rows[1]["key_id"], rows[0]["key_id"], "{key}");
        assert_eq!(rows[1]["algorithm"], rows[0]["algorithm"], "{key}");
        no_key_in(&outcome, &text(key));
        let mut known: Vec<&String> = rows[1].as_object().expect("an object").keys().collect();
        known.sort();
        assert_eq!(
            known,
            ["algorithm", "file", "key_id", "kind", "line", "status"]
        );
    }
}

#[test]
fn der_is_read_as_well() {
    let outcome = inspect(&[
        "certificate.der",
        "key-pkcs8.der",
        "key-sec1.der",
        "key-pkcs1.der",
        "public.der",
        "request.der",
        "key-encrypted.der",
    ])
    .expect(0);
    let rows = rows(&outcome);
    let kinds: Vec<&str> = rows
        .iter()
        .map(|row| row["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "certificate",
            "key",
            "key",
            "key",
            "public-key",
            "request",
            "key"
        ]
    );
    assert_eq!(rows[0]["fingerprint"], openssl("fingerprint"));
    for at in [1, 2, 4, 5] {
        assert_eq!(rows[at]["key_id"], rows[0]["key_id"], "{at}");
    }
    assert_eq!(rows[5]["subject"], "CN=example.com");
    assert_eq!(rows[6]["encrypted"], true);
    assert_eq!(rows[6]["key_id"], Value::Null);
}

#[test]
fn a_file_with_several_has_a_row_for_each_and_the_chain() {
    let all = [
        "p256.pem",
        "p256.key.pem",
        "intermediate.pem",
        "root.pem",
        "request.pem",
        "public.pem",
    ]
    .map(text)
    .concat();
    let folder = folder(&[("all.pem", all)]);
    let outcome = run_in(folder.path(), &["cert", "inspect", "all.pem"]).expect(0);
    no_key_in(&outcome, &text("p256.key.pem"));
    let rows = rows(&outcome);
    let kinds: Vec<&str> = rows
        .iter()
        .map(|row| row["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "certificate",
            "key",
            "certificate",
            "certificate",
            "request",
            "public-key"
        ]
    );
    let chain = |at: usize| rows[at]["chain"].clone();
    assert_eq!(
        chain(0),
        serde_json::json!(["CN=Intermediate, O=Test", "CN=Root, O=Test"])
    );
    assert_eq!(chain(2), serde_json::json!(["CN=Root, O=Test"]));
    assert_eq!(chain(3), serde_json::json!([]));
    assert_eq!(rows[3]["self_signed"], true);
    let lines: Vec<u64> = rows
        .iter()
        .map(|row| row["line"].as_u64().unwrap())
        .collect();
    assert!(
        lines.is_sorted() && lines[0] == 1 && lines[5] > 60,
        "{lines:?}"
    );
    // An impostor of the right name is not above it.
    let folder = self::folder(&[(
        "c.pem",
        text("p256.pem") + &text("intermediate-impostor.pem"),
    )]);
    let outcome = run_in(folder.path(), &["cert", "inspect", "c.pem"]).expect(0);
    assert_eq!(self::rows(&outcome)[0]["chain"], serde_json::json!([]));
}

#[test]
fn standard_input_is_a_file() {
    let call = Call::new(&["cert", "inspect", "-", "-"]).stdin(text("p256.pem"));
    let outcome = call.run().expect(0);
    let rows = rows(&outcome);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["file"], "standard input");
    assert_eq!(rows[0]["fingerprint"], openssl("fingerprint"));
    let call = Call::new(&["cert", "inspect", "-"]).stdin(vec![b'x'; 1024 * 1024 + 1]);
    let outcome = call.run().expect(11);
    assert!(outcome.stdout.contains("too large"), "{outcome:#?}");
}

#[test]
fn an_unfit_file_among_others_hides_nothing() {
    let outcome = inspect(&["p256.pem", "no-such.pem", "bundle.p12", "root.pem"]).expect(9);
    let document = outcome.json();
    assert_eq!(document["ok"], false);
    let rows = rows(&outcome);
    let statuses: Vec<&str> = rows
        .iter()
        .map(|row| row["status"].as_str().unwrap())
        .collect();
    assert_eq!(statuses, ["ok", "failed", "failed", "ok"]);
    assert_eq!(rows[1]["error"]["kind"], "io");
    assert_eq!(rows[2]["error"]["kind"], "certificate");
    for row in &rows[1..3] {
        assert!(!row["error"]["hint"].as_str().unwrap().is_empty(), "{row}");
        let message = row["error"]["message"].as_str().unwrap();
        assert!(message.contains(row["file"].as_str().unwrap()), "{message}");
        assert!(outcome.stderr.contains(message), "{outcome:#?}");
    }
    inspect(&["bundle.p12", "no-such.pem"]).expect(8);
    inspect(&["no-such.pem", "bundle.p12"]).expect(11);
}

#[test]
fn what_breaks_off_is_shown_as_far_as_it_goes() {
    let cut = text("intermediate.pem");
    let cut = &cut[..cut.len() / 2];
    let good = text("p256.pem");
    let damaged = text("p384.pem").replacen("MII", "MI!", 1);
    let folder = folder(&[("c.pem", format!("{good}{damaged}{cut}"))]);
    let outcome = run_in(folder.path(), &["cert", "inspect", "c.pem"]).expect(9);
    let rows = rows(&outcome);
    assert_eq!(rows.len(), 3, "{rows:#?}");
    assert_eq!(rows[0]["fingerprint"], openssl("fingerprint"));
    for (row, reason) in [(&rows[1], "not base64"), (&rows[2], "no END line")] {
        assert_eq!(row["status"], "failed");
        let message = row["error"]["message"].as_str().unwrap();
        assert!(message.contains(reason), "{message}");
        assert!(
            message.contains(&format!("c.pem:{}", row["line"])) || row["line"] == rows[1]["line"],
            "{message}"
        );
    }
}

#[test]
fn what_cannot_be_read_is_told_how_to_be_converted() {
    let openssh = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n";
    let folder = folder(&[
        ("id.pem", openssh.to_owned()),
        ("p7.pem", text("pkcs7.pem")),
    ]);
    let outcome = run_in(folder.path(), &["cert", "inspect", "id.pem", "p7.pem"]).expect(8);
    for (row, hint) in rows(&outcome).iter().zip(["ssh-keygen", "openssl pkcs7"]) {
        let given = row["error"]["hint"].as_str().expect("a hint");
        assert!(given.contains(hint), "{given}");
    }
}

/// Every file there is is answered for: never a panic, never a key, always a row and a reason.
#[test]
fn every_file_of_the_test_authority_is_answered() {
    let mut names: Vec<String> = std::fs::read_dir(pki(""))
        .expect("a folder")
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(names.len() > 70, "{names:?}");
    for name in &names {
        let outcome = inspect(&[name]);
        let rows = rows(&outcome);
        assert!(!rows.is_empty(), "{name}");
        let failed = rows.iter().filter(|row| row["status"] == "failed");
        let status = match failed.count() {
            0 => 0,
            all if all == rows.len() => 8,
            _ => 9,
        };
        assert_eq!(outcome.status, status, "{name}: {outcome:#?}");
        for row in &rows {
            assert_eq!(
                row["status"] == "failed",
                row["error"].is_object(),
                "{name}"
            );
        }
        let holds_key = ["key", "sec1", "pkcs", "private"];
        if holds_key.iter().any(|word| name.contains(word)) {
            let bytes = std::fs::read(pki(name)).expect("a file");
            match String::from_utf8(bytes) {
                Ok(pem) => no_key_in(&outcome, &pem),
                Err(der) => no_der_in(&outcome, der.as_bytes()),
            }
        }
    }
    for name in [
        "make.sh",
        "ids.txt",
        "pkcs7.pem",
        "pkcs7.der",
        "bundle.p12",
        "trusted.pem",
    ] {
        inspect(&[name]).expect(8);
    }
}

#[test]
fn a_key_that_others_can_read_is_warned_about() {
    let folder = folder(&[
        ("key.pem", text("p256.key.pem")),
        ("cert.pem", text("p256.pem")),
    ]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        for name in ["key.pem", "cert.pem"] {
            let mode = std::fs::Permissions::from_mode(0o644);
            std::fs::set_permissions(folder.path().join(name), mode).expect("set");
        }
    }
    let outcome = run_in(folder.path(), &["cert", "inspect", "key.pem", "cert.pem"]).expect(0);
    if cfg!(unix) {
        assert_eq!(outcome.stderr.lines().count(), 1, "{outcome:#?}");
        assert!(outcome.stderr.contains("key.pem can be read by others"));
    }
}

#[test]
fn lists_take_every_form() {
    let table = inspect(&["p256.pem", "-o", "table"]).expect(0).stdout;
    assert!(
        table.contains("fingerprint  ") || table.contains("fingerprint "),
        "{table}"
    );
    assert!(table.contains(&openssl("fingerprint")), "{table}");
    let csv = inspect(&[
        "p256.pem",
        "p256.key.pem",
        "-o",
        "csv",
        "--columns",
        "file,kind,key_id",
    ])
    .expect(0)
    .stdout;
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "file,kind,key_id");
    assert!(lines[1].starts_with("p256.pem,certificate,"), "{csv}");
    let query = inspect(&["p256.pem", "--query", "results[0].fingerprint"]).expect(0);
    assert_eq!(
        query.stdout.trim(),
        format!("\"{}\"", openssl("fingerprint"))
    );
}

#[test]
fn wrong_arguments_are_refused() {
    for args in [
        &["cert", "inspect"][..],
        &["cert", "inspect", ""],
        &["cert", "check"],
        &["cert", "check", "--key", "k.pem"],
        &["cert", "check", "--cert", "c.pem", "--domains", ""],
        &["cert", "check", "--cert", "c.pem", "--domains", "a b"],
        &["cert", "check", "--cert", "c.pem", "--min-days", "0"],
        &["cert", "check", "--cert", "c.pem", "--min-days", "-3"],
    ] {
        let outcome = Call::new(args).run().expect(2);
        assert_eq!(outcome.stdout, "", "{args:?}");
        assert_eq!(outcome.error()["kind"], "usage", "{args:?}");
    }
    let pem = text("p256.key.pem");
    for args in [
        &["cert", "inspect", &pem][..],
        &["cert", "check", "--cert", "c.pem", "--key", &pem],
    ] {
        let outcome = Call::new(args).run();
        assert_ne!(outcome.status, 0);
        no_key_in(&outcome, &pem);
    }
}

/// Runs the check over these two files.
fn check(cert: String, key: Option<String>, more: &[&str]) -> Outcome {
    let mut files = vec![("cert.pem", cert)];
    let mut args = vec!["cert", "check", "--cert", "cert.pem"];
    if let Some(key) = key {
        files.push(("key.pem", key));
        args.extend(["--key", "key.pem"]);
    }
    let folder = folder(&files);
    run_in(folder.path(), &[&args[..], more].concat())
}

/// Check, status and, of a domain, the domain.
fn verdicts(outcome: &Outcome) -> Vec<(String, String)> {
    let rows = rows(outcome);
    let word = |row: &Value, key: &str| row[key].as_str().expect("a word").to_owned();
    rows.iter()
        .map(|row| {
            let check = match row["domain"].as_str() {
                Some(domain) => domain.to_owned(),
                None => word(row, "check"),
            };
            (check, word(row, "status"))
        })
        .collect()
}

fn chain(name: &str) -> String {
    text(name) + &text("intermediate.pem")
}

#[test]
fn a_fit_pair_is_ok_in_every_respect() {
    let outcome = check(
        chain("p256.pem"),
        Some(text("p256.key.pem")),
        &[
            "--domains",
            "example.com,www.example.com,bücher.example",
            "--min-days",
            "30",
        ],
    )
    .expect(0);
    assert_eq!(outcome.stderr, "");
    assert_eq!(outcome.json()["ok"], true);
    let verdicts = verdicts(&outcome);
    let checks: Vec<&str> = verdicts.iter().map(|(check, _)| check.as_str()).collect();
    assert_eq!(
        checks,
        [
            "certificate",
            "key",
            "pair",
            "chain",
            "algorithm",
            "dates",
            "names",
            "example.com",
            "www.example.com",
            "bücher.example"
        ]
    );
    assert!(
        verdicts.iter().all(|(_, status)| status == "ok"),
        "{verdicts:?}"
    );
    // Without a key nothing is said of one.
    let outcome = check(chain("p256.pem"), None, &[]).expect(0);
    assert_eq!(self::verdicts(&outcome).len(), 5);
}

#[test]
fn every_reason_is_named_not_the_first_alone() {
    // Expired, of another key, of an algorithm that no cloud takes, for other names, with an
    // impostor for an issuer: all at once.
    let outcome = check(
        text("expired.pem") + &text("intermediate-impostor.pem"),
        Some(text("other.key.pem")),
        &["--domains", "example.com,other.org,third.net"],
    )
    .expect(8);
    let failed: Vec<String> = verdicts(&outcome)
        .into_iter()
        .filter(|(_, status)| status == "failed")
        .map(|(check, _)| check)
        .collect();
    assert_eq!(failed, ["pair", "chain", "dates", "other.org", "third.net"]);
    let rows = rows(&outcome);
    for row in rows.iter().filter(|row| row["status"] == "failed") {
        assert_eq!(row["error"]["kind"], "certificate");
        assert_eq!(row["error"]["message"], row["detail"]);
        assert!(!row["error"]["hint"].as_str().unwrap().is_empty());
        assert!(
            outcome.stderr.contains(row["detail"].as_str().unwrap()),
            "{row}"
        );
    }
    no_key_in(&outcome, &text("other.key.pem"));
    // Both files are at fault: both are told of.
    let outcome = check(
        String::from_utf8_lossy(b"no certificate\n").into_owned(),
        Some(text("encrypted.pkcs8.pem")),
        &["--domains", "example.com"],
    )
    .expect(8);
    assert_eq!(
        verdicts(&outcome)
            .iter()
            .map(|(_, status)| status.as_str())
            .collect::<Vec<_>>(),
        [
            "failed", "failed", "skipped", "skipped", "skipped", "skipped", "skipped", "skipped"
        ]
    );
}

#[test]
fn what_the_set_commands_refuse_is_refused_and_where() {
    let good = || Some(text("p256.key.pem"));
    for (case, cert, key, check, fragment) in [
        (
            "Ed25519",
            chain("ed25519.pem"),
            Some(text("ed25519.key.pem")),
            "algorithm",
            "the clouds accept only RSA from 2048 bits and ECDSA",
        ),
        (
            "short RSA",
            chain("rsa1024.pem"),
            Some(text("rsa1024.key.pem")),
            "algorithm",
            "1024 bits",
        ),
        (
            "not yet",
            chain("not-yet-valid.pem"),
            good(),
            "dates",
            "2100-01-01",
        ),
        (
            "no names",
            chain("cn-only.pem"),
            good(),
            "names",
            "no DNS name",
        ),
        (
            "a CA",
            text("intermediate.pem"),
            good(),
            "certificate",
            "CA:TRUE",
        ),
        (
            "foreign",
            chain("p256.pem") + &text("root-ec.pem"),
            good(),
            "chain",
            "does not belong",
        ),
        (
            "swapped",
            text("p256.key.pem"),
            Some(text("p256.pem")),
            "certificate",
            "swapped",
        ),
        (
            "two keys",
            chain("p256.pem"),
            Some(text("p256.key.pem") + &text("other.key.pem")),
            "key",
            "two private keys",
        ),
        (
            "a request",
            text("request.pem"),
            good(),
            "certificate",
            "expected a PEM certificate",
        ),
        (
            "DER",
            String::from("0\u{1}"),
            good(),
            "certificate",
            "not a PEM certificate",
        ),
    ] {
        let outcome = self::check(cert, key, &[]).expect(8);
        let rows = rows(&outcome);
        let row = rows
            .iter()
            .find(|row| row["check"] == check && row["status"] == "failed")
            .unwrap_or_else(|| panic!("{case}: {outcome:#?}"));
        let detail = row["detail"].as_str().unwrap();
        assert!(detail.contains(fragment), "{case}: {detail}");
        let others = rows.iter().filter(|row| row["status"] == "failed").count();
        assert_eq!(others, 1, "{case}: {rows:#?}");
    }
}

#[test]
fn what_is_worth_a_warning_does_not_fail() {
    for (case, cert, check, fragment) in [
        (
            "reversed",
            text("intermediate.pem") + &text("p256.pem"),
            "chain",
            "not in order",
        ),
        (
            "with the root",
            chain("p256.pem") + &text("root.pem"),
            "chain",
            "not sent",
        ),
        (
            "self-signed",
            text("self-signed.pem"),
            "chain",
            "self-signed",
        ),
    ] {
        let outcome = self::check(cert, Some(text("p256.key.pem")), &[]).expect(0);
        let rows = rows(&outcome);
        let row = rows
            .iter()
            .find(|row| row["status"] == "warning")
            .unwrap_or_else(|| panic!("{case}: {outcome:#?}"));
        assert_eq!(row["check"], check, "{case}");
        assert!(
            row["detail"].as_str().unwrap().contains(fragment),
            "{case}: {row}"
        );
    }
}

/// What the commands that set a certificate refuse, and take.
#[test]
fn a_leaf_without_its_intermediate_is_unfit_unless_that_is_allowed() {
    let key = || Some(text("p256.key.pem"));
    let outcome = check(text("p256.pem"), key(), &[]).expect(8);
    let failed: Vec<Value> = rows(&outcome)
        .into_iter()
        .filter(|row| row["status"] != "ok")
        .collect();
    assert_eq!(failed.len(), 1, "{failed:#?}");
    assert_eq!(failed[0]["check"], "chain");
    assert_eq!(failed[0]["error"]["kind"], "certificate");
    let detail = failed[0]["detail"].as_str().expect("a detail");
    assert!(
        detail
            .contains("cert.pem has no intermediate certificate from its issuer (CN=Intermediate"),
        "{detail}"
    );
    let hint = failed[0]["error"]["hint"].as_str().expect("a hint");
    assert!(hint.contains("--chain FILE"), "{hint}");

    let allowed = check(text("p256.pem"), key(), &["--allow-incomplete-chain"]).expect(0);
    let warned = rows(&allowed);
    let warned: Vec<&Value> = warned.iter().filter(|row| row["status"] != "ok").collect();
    assert_eq!(warned.len(), 1, "{warned:#?}");
    assert_eq!(warned[0]["status"], "warning");

    let files = [
        ("cert.pem", text("p256.pem")),
        ("chain.pem", text("intermediate.pem")),
        ("other.pem", text("intermediate-ec.pem")),
        ("key.pem", text("p256.key.pem")),
    ];
    let folder = folder(&files);
    let with = |file: &str| {
        let args = ["cert", "check", "--cert", "cert.pem", "--key", "key.pem"];
        run_in(folder.path(), &[&args[..], &["--chain", file]].concat())
    };
    let whole = with("chain.pem").expect(0);
    assert_eq!(whole.stderr, "");
    let chained = rows(&whole);
    let chained = chained.iter().find(|row| row["check"] == "chain");
    assert_eq!(
        chained.expect("a row")["detail"],
        "2 certificates, in order"
    );
    let foreign = with("other.pem").expect(8);
    assert!(foreign.stderr.contains("other.pem:1"), "{foreign:#?}");
    with("none.pem").expect(11);
}

/// A signature of a kind that certctl does not verify is neither good nor wrong.
#[test]
fn what_was_not_verified_is_null_or_false_and_not_ok() {
    let case = |name: &str| {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/keys/");
        std::fs::read_to_string(format!("{path}{name}")).expect(name)
    };
    let files = [
        ("own.pem", case("k256.crt")),
        ("below.pem", case("k256-chain.crt")),
        ("good.pem", chain("p256.pem")),
    ];
    let folder = folder(&files);
    let inspect = |file: &str| rows(&run_in(folder.path(), &["cert", "inspect", file]).expect(0));
    let own = inspect("own.pem");
    assert!(
        own[0]
            .as_object()
            .expect("a row")
            .contains_key("self_signed")
    );
    assert_eq!(own[0]["self_signed"], Value::Null);
    assert_eq!(own[0].get("chain_verified"), None);
    let below = inspect("below.pem");
    assert_eq!(below[0]["self_signed"], false);
    assert_eq!(below[0]["chain"].as_array().expect("a chain").len(), 1);
    assert_eq!(below[0]["chain_verified"], false);
    assert_eq!(below[1].get("chain_verified"), None);
    let good = inspect("good.pem");
    assert_eq!(good[0]["chain_verified"], true);
    assert_eq!(good[1].get("chain_verified"), None);
    let checked = run_in(folder.path(), &["cert", "check", "--cert", "below.pem"]);
    let row = rows(&checked);
    let row = row
        .iter()
        .find(|row| row["check"] == "chain")
        .expect("a row");
    assert_eq!(row["status"], "warning");
    assert!(
        row["detail"]
            .as_str()
            .expect("a detail")
            .contains("was not verified")
    );
}

#[test]
fn an_end_that_is_too_near_is_refused_where_asked_for() {
    let args = ["--min-days", "10000"];
    let ten_years = chain("p256.pem");
    check(ten_years, None, &args).expect(0);
    let authority = certctl::emulator::pki::Authority::generate().expect("a CA");
    let issued = authority.issue(&["example.com"], 20).expect("a leaf");
    check(issued.fullchain.clone(), None, &["--min-days", "19"]).expect(0);
    let outcome = check(issued.fullchain, None, &["--min-days", "21"]).expect(8);
    let rows = rows(&outcome);
    let dates: Vec<&Value> = rows.iter().filter(|row| row["check"] == "dates").collect();
    assert_eq!(dates.len(), 1, "{rows:#?}");
    assert_eq!(dates[0]["status"], "failed");
    assert!(dates[0]["detail"].as_str().unwrap().contains("at least 21"));
}

#[test]
fn files_that_cannot_be_read_are_no_finding() {
    let folder = folder(&[("cert.pem", chain("p256.pem"))]);
    for args in [
        &["cert", "check", "--cert", "none.pem"][..],
        &["cert", "check", "--cert", "cert.pem", "--key", "none.pem"],
        &[
            "cert",
            "check",
            "--cert",
            "cert.pem",
            "--domains-file",
            "none.txt",
        ],
    ] {
        let outcome = run_in(folder.path(), args).expect(11);
        assert_eq!(outcome.stdout, "");
        assert!(
            outcome.error()["message"]
                .as_str()
                .unwrap()
                .contains("no such file")
        );
    }
    let call = Call::new(&["cert", "check", "--cert", "-"]).stdin(chain("p256.pem"));
    call.run().expect(0);
}
