//! `--dry-run=live`: what reads is sent, what changes is shown, with what is there now.

use serde_json::{Value, json};

use crate::support::{Call, Clouds, Outcome};

/// Runs with `--dry-run=live`; nothing that changes anything arrives.
#[track_caller]
fn live(clouds: &Clouds, args: &[&str]) -> Outcome {
    let outcome = clouds.certctl(args).arg("--dry-run=live").run();
    clouds.assert_only_reads();
    outcome
}

/// Of each row the target, the status and what is there now.
fn seen(outcome: &Outcome) -> Vec<(String, String, String)> {
    let json = outcome.json();
    let rows = json["results"].as_array().expect("results");
    let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    rows.iter()
        .map(|row| {
            (
                text(row, "target"),
                text(row, "status"),
                text(row, "current"),
            )
        })
        .collect()
}

fn row(target: &str, status: &str, current: &str) -> (String, String, String) {
    (target.into(), status.into(), current.into())
}

#[test]
fn cdn_set_shows_what_domains_serve() {
    let clouds = Clouds::new();
    let args = ["cdn", "set", "--domains", "a.com,b.com,nowhere.test"];
    let on = live(&clouds, &[&args[..], &["--on"]].concat()).expect(9);
    assert_eq!(
        seen(&on),
        [
            row("a.com", "unchanged", ""),
            row("b.com", "planned", "HTTPS is off"),
            row("nowhere.test", "failed", ""),
        ]
    );
    let json = on.json();
    assert_eq!(json["requests"][0]["targets"], json!(["b.com"]));
    assert_eq!(json["requests"][0]["params"]["DomainName"], "b.com");
    assert_eq!(json["summary"]["planned"], 1);
    let off = live(
        &clouds,
        &["cdn", "set", "--domains", "a.com,b.com", "--off"],
    )
    .expect(0);
    assert_eq!(
        seen(&off),
        [
            row("a.com", "planned", "it serves certificate stored"),
            row("b.com", "unchanged", ""),
        ]
    );
    let table = live(
        &clouds,
        &["cdn", "set", "--domains", "a.com", "--off", "-o", "table"],
    );
    assert!(
        table.stdout.contains("now: it serves certificate stored"),
        "{table:#?}"
    );
    // Of many domains a list tells.
    let mut many: Vec<String> = (1..=20).map(|n| format!("d{n}.example.com")).collect();
    many.push("a.com".into());
    let clouds = Clouds::with(json!({"account": {"domains": many[..20]}}));
    let many = many.join(",");
    let off = live(&clouds, &["cdn", "set", "--domains", &many, "--off"]).expect(0);
    assert_eq!(seen(&off)[0], row("d1.example.com", "unchanged", ""));
    assert_eq!(seen(&off)[20], row("a.com", "planned", "HTTPS is on"));
}

/// A wide command says how far it reaches.
#[test]
fn ulb_replace_lists_the_listeners() {
    let clouds = Clouds::new();
    let args = [
        "ulb",
        "replace",
        "--old",
        "ssl-old0001",
        "--new",
        "ssl-new0001",
        "--whole-project",
    ];
    let outcome = live(&clouds, &args).expect(0);
    let targets: Vec<_> = seen(&outcome)
        .into_iter()
        .map(|(target, ..)| target)
        .collect();
    assert_eq!(
        targets,
        [
            "ulb-sandbox1/vserver-https1",
            "ulb-sandbox1/vserver-https2",
            "ulb-sandbox2/vserver-https3",
            "alb-sandbox1/als-https1",
            "alb-sandbox1/als-https2"
        ]
    );
    let statuses = outcome.statuses();
    assert!(
        statuses.iter().all(|status| status == "planned"),
        "{statuses:?}"
    );
    let json = outcome.json();
    assert_eq!(json["requests"].as_array().map(Vec::len), Some(1), "{json}");
    assert_eq!(json["requests"][0]["targets"], json!(targets));
}

#[test]
fn deletions_name_what_goes_and_what_does_not() {
    let clouds = Clouds::new();
    for (args, wanted) in [
        (
            &["cas", "delete", "1456789", "1234567", "7"][..],
            [
                row("1456789", "planned", "cas-soon"),
                row("1234567", "failed", ""),
                row("7", "failed", ""),
            ],
        ),
        (
            &["ssl", "delete", "idle0001", "example1", "nowhere1"],
            [
                row("idle0001", "planned", "idle0001"),
                row("example1", "failed", ""),
                row("nowhere1", "failed", ""),
            ],
        ),
        (
            &["ulb", "delete", "ssl-idle001", "ssl-old0001", "ssl-gone"],
            [
                row("ssl-idle001", "planned", "example.com-idle"),
                row("ssl-old0001", "failed", ""),
                row("ssl-gone", "failed", ""),
            ],
        ),
        (
            &["ssl", "csr", "delete", "--ids", "22,33,7"],
            [
                row("22", "planned", "example.com"),
                row("33", "planned", "example.com"),
                row("7", "failed", ""),
            ],
        ),
    ] {
        let outcome = live(&clouds, args).expect(9);
        assert_eq!(seen(&outcome), wanted, "{args:?}");
        let missing_ok = live(&clouds, &[args, &["--missing-ok"]].concat());
        assert_eq!(seen(&missing_ok)[2].1, "unchanged", "{args:?}");
    }
}

/// A file that the store does not have is shown as its upload and the change that follows it.
#[test]
fn a_file_is_uploaded_in_the_plan_alone() {
    let clouds = Clouds::new();
    let issued = certctl::emulator::pki::Authority::generate()
        .and_then(|authority| authority.issue(&["example.com", "*.example.com", "a.com"], 90))
        .expect("a certificate");
    let cert = clouds
        .file("c.pem", &issued.fullchain)
        .display()
        .to_string();
    let key = clouds.file("k.pem", &issued.key);
    crate::support::private(&key);
    let key = key.display().to_string();
    let pair = format!("{cert}=a.com");
    for (args, actions) in [
        (
            &[
                "ga",
                "attach",
                "--accelerator",
                "ga-bp1sandboxsecond0001",
                "--listener",
                "lsr-bp1sandboxsecond001",
                "--cert",
                &pair,
            ][..],
            [
                "UploadUserCertificate",
                "AssociateAdditionalCertificatesWithListener",
            ],
        ),
        (
            &[
                "ulb",
                "replace",
                "--old",
                "ssl-old0001",
                "--listener",
                "vserver-https1",
                "--new",
                &cert,
            ],
            ["CreateSSL", "UpdateSSLBinding"],
        ),
        (
            &[
                "ssl",
                "deploy",
                &cert,
                "--to",
                "cdn",
                "--instances",
                "a.com|on",
                "--site",
                "mainland",
            ],
            ["UploadCertificate", "DeployCertificateInstance"],
        ),
        (
            &[
                "ssl",
                "update",
                "--old",
                "example1",
                "--new",
                &cert,
                "--types",
                "cdn",
                "--allow-name-mismatch",
            ],
            ["UploadCertificate", "UpdateCertificateInstance"],
        ),
    ] {
        let outcome = live(&clouds, &[args, &["--key", &key]].concat()).expect(0);
        let json = outcome.json();
        let requests = json["requests"].as_array().expect("requests");
        let shown: Vec<_> = requests.iter().map(|call| &call["action"]).collect();
        assert_eq!(shown, actions, "{args:?}");
        for row in json["results"].as_array().expect("results") {
            assert_eq!(row["status"], "planned", "{args:?}: {row}");
            assert!(row.get("certificate").is_none(), "{args:?}: {row}");
        }
        assert!(!outcome.stdout.contains("BEGIN PRIVATE"), "{args:?}");
    }
}

#[test]
fn a_login_is_needed_and_the_plain_one_needs_none() {
    let args = ["cdn", "set", "--domains", "a.com", "--on"];
    let bare = Call::new(&[&args[..], &["--dry-run=live"]].concat())
        .run()
        .expect(3);
    assert_eq!(bare.stdout, "");
    Call::new(&[&args[..], &["--dry-run"]].concat())
        .run()
        .expect(0);
}

#[test]
fn another_value_is_refused() {
    let clouds = Clouds::new();
    for flag in [
        "--dry-run=lives",
        "--dry-run=",
        "--dry-run=LIVE",
        "--dry-run=true",
    ] {
        for args in [
            &["cdn", "set", "--domains", "a.com", "--on"][..],
            &["errors"],
        ] {
            let outcome = clouds.certctl(args).arg(flag).run().expect(2);
            assert!(
                outcome.stderr.contains("--dry-run=live"),
                "{flag}: {outcome:#?}"
            );
        }
    }
    // It takes no word after it, and stands before the command as well.
    let outcome = clouds.certctl(&["--dry-run", "cdn", "set", "--domains", "a.com", "--on"]);
    assert_eq!(outcome.run().expect(0).statuses(), ["planned"]);
    assert!(clouds.log().is_empty());
    let before = ["--dry-run=live", "cdn", "set", "--domains", "b.com", "--on"];
    let outcome = clouds.certctl(&before).run().expect(0);
    assert_eq!(seen(&outcome), [row("b.com", "planned", "HTTPS is off")]);
}

/// A command that only reads does so; one that writes files here writes none.
#[test]
fn what_reads_runs_and_nothing_is_written_here() {
    let clouds = Clouds::new();
    let plain = clouds.certctl(&["cdn", "list"]).run().expect(0);
    let tried = live(&clouds, &["cdn", "list"]).expect(0);
    assert_eq!(tried.stdout, plain.stdout);
    let calls = clouds.log().len();
    live(&clouds, &["ssl", "download", "example1", "--out", "x.zip"]).expect(0);
    live(&clouds, &["ssl", "csr", "download", "22", "--out", "."]).expect(0);
    live(&clouds, &["man", "--out", "pages"]).expect(0);
    let set = live(
        &clouds,
        &["config", "set", "tencent.region", "ap-guangzhou"],
    )
    .expect(0);
    assert_eq!(set.json()["results"][0]["status"], "planned");
    assert_eq!(clouds.log().len(), calls);
    let left = std::fs::read_dir(clouds.home()).expect("a folder").count();
    assert_eq!(left, 0);
}

/// Nothing is known of an action: what is not said to read is only shown.
#[test]
fn api_sends_what_is_said_to_read() {
    let clouds = Clouds::new();
    let read = ["api", "tencent", "ssl", "DescribeCSR", "CSRId:=22"];
    let answer = live(&clouds, &[&read[..], &["--read"]].concat()).expect(0);
    assert_eq!(answer.json()["Id"], 22);
    let calls = clouds.log().len();
    for args in [
        &read[..],
        &["api", "tencent", "ssl", "BatchDeleteCSR", "CSRIds:=[22]"],
    ] {
        let json = live(&clouds, args).expect(0).json();
        assert_eq!(json["requests"][0]["action"], args[3]);
    }
    assert_eq!(clouds.log().len(), calls);
}

/// What cannot be read is a failure, as in the real run.
#[test]
fn a_read_that_fails_is_told() {
    let clouds = Clouds::with(json!({"faults": [
        {"match": {"action": "ListCloudResources"}, "do": "html_200"}
    ]}));
    let args = ["cas", "delete", "1456789", "--max-attempts", "1"];
    assert_eq!(live(&clouds, &args).expect(7).statuses(), ["failed"]);
}
