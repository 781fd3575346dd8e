//! `certctl ga detach`, `replace` and `set-default`, what `--wait` waits for, and what `attach`
//! makes of a refusal.

use serde_json::{Value, json};

use crate::support::{Clouds, Outcome};

const ASSOCIATE: &str = "AssociateAdditionalCertificatesWithListener";
const DISSOCIATE: &str = "DissociateAdditionalCertificatesFromListener";
const REPLACE: &str = "UpdateAdditionalCertificateWithListener";
const DEFAULT: &str = "UpdateListener";
const BINDINGS: &str = "ListListenerCertificates";
const DETAIL: &str = "GetUserCertificateDetail";

const ACCELERATOR: &str = "ga-bp1sandboxsecond0001";
const LISTENER: &str = "lsr-bp1sandboxsecond001";

/// Most certificates here are made up: the store has none of them.
fn ga(clouds: &Clouds, command: &str, more: &[&str]) -> Outcome {
    let unread = match command {
        "detach" => &[][..],
        _ => &["--allow-name-mismatch"],
    };
    let base = [
        "ga",
        command,
        "--accelerator",
        ACCELERATOR,
        "--listener",
        LISTENER,
    ];
    clouds.certctl(&[&base[..], more, unread].concat()).run()
}

fn results(outcome: &Outcome) -> Vec<Value> {
    let json = outcome.json();
    json["results"].as_array().expect("results").clone()
}

/// `domain=certificate` of the listener; the default one's domain is empty.
fn bound(clouds: &Clouds) -> Vec<String> {
    let show = clouds
        .certctl(&["ga", "show", "--listener", LISTENER])
        .run()
        .expect(0);
    let certificates = show.json()["results"][0]["certificates"].clone();
    let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let pair = |row: &Value| format!("{}={}", text(row, "domain"), text(row, "identifier"));
    certificates
        .as_array()
        .expect("certificates")
        .iter()
        .map(pair)
        .collect()
}

fn pairs(numbers: std::ops::RangeInclusive<u32>) -> String {
    let pairs: Vec<String> = numbers
        .map(|n| format!("{n}-cn-hangzhou=d{n}.com"))
        .collect();
    pairs.join(",")
}

#[test]
fn detach_takes_what_is_there() {
    let clouds = Clouds::new();
    ga(&clouds, "attach", &["--cert", &pairs(1..=12), "--wait"]).expect(0);
    let before = clouds.log().len();
    let domains: Vec<String> = (1..=12).map(|n| format!("D{n}.com")).collect();
    let args = ["--domains", &domains.join(","), "--yes", "--wait"];
    let outcome = ga(&clouds, "detach", &args).expect(0);
    assert_eq!(outcome.statuses(), ["changed"; 12]);
    let rows = results(&outcome);
    assert_eq!(rows[11]["target"], "d12.com");
    assert_eq!(rows[11]["certificate"], "12");
    assert_eq!(rows[11]["identifier"], "12-cn-hangzhou");
    let calls = clouds.calls(DISSOCIATE);
    let applied: Vec<_> = calls.iter().filter(|call| call.applied).collect();
    assert_eq!(
        (calls.len(), applied.len()),
        (2, 2),
        "ten a call, none while it is busy"
    );
    assert_eq!(applied[0].params["Domains.10"], "d10.com");
    assert!(!applied[0].params.contains_key("Domains.11"));
    assert_eq!(applied[1].params["Domains.2"], "d12.com");
    assert_ne!(
        applied[0].params["ClientToken"],
        applied[1].params["ClientToken"]
    );
    assert_eq!(rows[0]["request_id"], applied[0].request_id);
    assert_eq!(
        clouds.log()[before].action.as_deref(),
        Some(BINDINGS),
        "it is read first"
    );
    assert_eq!(
        bound(&clouds),
        [
            "=1000001-cn-hangzhou",
            "www.example.com=1234567-cn-hangzhou"
        ]
    );
}

#[test]
fn detach_asks_and_names_what_is_not_there() {
    let clouds = Clouds::new();
    let unasked = ga(&clouds, "detach", &["--domains", "www.example.com"]).expect(2);
    assert_eq!(
        unasked.error()["message"],
        format!(
            "detaching the certificate of 1 domain from {LISTENER} (www.example.com) requires --yes \
             when stdin is not a terminal"
        )
    );
    ga(&clouds, "detach", &["--yes"]).expect(2);
    ga(&clouds, "detach", &["--domains", "", "--yes"]).expect(2);
    ga(&clouds, "detach", &["--domains", "a b", "--yes"]).expect(2);
    assert!(clouds.log().is_empty());
    let args = ["--domains", "x.com,www.example.com", "--yes"];
    let outcome = ga(&clouds, "detach", &args).expect(9);
    assert_eq!(outcome.statuses(), ["failed", "changed"]);
    assert_eq!(results(&outcome)[0]["error"]["kind"], "not-found");
    assert!(!clouds.calls(DISSOCIATE)[0].params.contains_key("Domains.2"));
    let outcome = ga(&clouds, "detach", &args).expect(5);
    assert_eq!(outcome.statuses(), ["failed", "failed"]);
    assert_eq!(clouds.calls(DISSOCIATE).len(), 1, "nothing is left to do");
    let outcome = ga(&clouds, "detach", &[&args[..], &["--missing-ok"]].concat()).expect(0);
    assert_eq!(outcome.statuses(), ["unchanged", "unchanged"]);
}

#[test]
fn replace_changes_a_certificate_in_place() {
    let clouds = Clouds::new();
    ga(
        &clouds,
        "attach",
        &[
            "--cert",
            "1-cn-hangzhou=a.com,2-cn-hangzhou=b.com",
            "--wait",
        ],
    )
    .expect(0);
    let args = [
        "--cert",
        "9-cn-hangzhou=a.com,2-cn-hangzhou=b.com,9-cn-hangzhou=c.com,8-cn-hangzhou=WWW.example.com",
        "--wait",
    ];
    let outcome = ga(&clouds, "replace", &args).expect(9);
    assert_eq!(
        outcome.statuses(),
        ["changed", "unchanged", "failed", "changed"]
    );
    let rows = results(&outcome);
    assert_eq!(rows[1]["note"], "it already has this certificate");
    assert_eq!(rows[2]["error"]["kind"], "not-found");
    assert_eq!(
        (&rows[3]["target"], &rows[3]["identifier"]),
        (&json!("www.example.com"), &json!("8-cn-hangzhou"))
    );
    let calls = clouds.calls(REPLACE);
    assert_eq!(calls.len(), 2, "one a domain, none while it is busy");
    assert!(calls.iter().all(|call| call.applied));
    assert_eq!(calls[0].params["Domain"], "a.com");
    assert_eq!(calls[0].params["CertificateId"], "9-cn-hangzhou");
    assert!(!calls[0].params.contains_key("DryRun"));
    assert_eq!(
        bound(&clouds),
        [
            "=1000001-cn-hangzhou",
            "a.com=9-cn-hangzhou",
            "b.com=2-cn-hangzhou",
            "www.example.com=8-cn-hangzhou"
        ]
    );
    assert!(
        clouds.calls(DISSOCIATE).is_empty(),
        "at no moment without one"
    );
    // One certificate for several domains.
    let args = [
        "--cert",
        "7-cn-hangzhou",
        "--domains",
        "a.com,b.com",
        "--domain",
        "a.com",
    ];
    let outcome = ga(&clouds, "replace", &args).expect(0);
    assert_eq!(outcome.statuses(), ["changed", "changed"]);
}

#[test]
fn replace_says_which_certificate_is_for_which_domain() {
    let clouds = Clouds::new();
    for args in [
        &["--cert", "1-cn-hangzhou"][..],
        &["--cert", "1-cn-hangzhou=a.com,2-cn-hangzhou"],
        &[
            "--cert",
            "1-cn-hangzhou,2-cn-hangzhou",
            "--domains",
            "a.com",
        ],
        &["--cert", "1-cn-hangzhou=a.com", "--domains", "b.com"],
        &["--cert", "1-cn-hangzhou=a.com,2-cn-hangzhou=a.com"],
        &["--cert", "1-cn-hangzhou", "--domains", ""],
        &["--cert", ""],
        &["--domains", "a.com"],
    ] {
        ga(&clouds, "replace", args).expect(2);
    }
    assert!(clouds.log().is_empty());
}

#[test]
fn the_default_certificate_alone_is_changed() {
    let clouds = Clouds::new();
    let args = [
        "--cert",
        "1234567-cn-hangzhou",
        "--client-token",
        "t-1",
        "--wait",
    ];
    let outcome = ga(&clouds, "set-default", &args).expect(0);
    let row = results(&outcome)[0].clone();
    let calls = clouds.calls(DEFAULT);
    assert_eq!(
        row,
        json!({"cloud": "alibaba", "service": "ga", "action": DEFAULT, "target": LISTENER,
               "certificate": "1234567", "identifier": "1234567-cn-hangzhou",
               "status": "changed", "confirmed": true, "request_id": calls[0].request_id})
    );
    assert_eq!(calls.len(), 1);
    for (name, value) in [
        ("RegionId", "cn-hangzhou"),
        ("ListenerId", LISTENER),
        ("Certificates.1.Id", "1234567-cn-hangzhou"),
        ("ClientToken", "t-1"),
    ] {
        assert_eq!(calls[0].params[name], value);
    }
    for name in ["Name", "PortRanges.1.FromPort", "Protocol", "AcceleratorId"] {
        assert!(!calls[0].params.contains_key(name), "{name}");
    }
    assert_eq!(
        bound(&clouds),
        [
            "=1234567-cn-hangzhou",
            "www.example.com=1234567-cn-hangzhou"
        ]
    );
    let again = ga(&clouds, "set-default", &args).expect(0);
    assert_eq!(again.statuses(), ["unchanged"]);
    assert_eq!(clouds.calls(DEFAULT).len(), 1);
    // A listener that has no certificates.
    let http = [
        "ga",
        "set-default",
        "--accelerator",
        "ga-bp1odcab8tmno0hdq****",
        "--listener",
        "lsr-bp1sandboxhttp00001",
        "--cert",
        "1234567-cn-hangzhou",
    ];
    let refused = clouds.certctl(&http).run().expect(6);
    assert_eq!(
        results(&refused)[0]["error"]["code"],
        "ProtocalIllegal.Listener"
    );
    ga(
        &clouds,
        "set-default",
        &["--cert", "1-cn-hangzhou", "--client-token", &"t".repeat(65)],
    )
    .expect(2);
}

/// Each write waits for the one before, and is made under one token however often it is sent.
#[test]
fn a_busy_instance_is_waited_for_under_one_token() {
    let check = |command: &str, action: &str, args: &[&str], fault: Value| {
        let fault = json!({"match": {"action": action, "nth": [1, 2]}, "do": fault});
        let clouds = Clouds::with(json!({"faults": [fault]}));
        let outcome = ga(&clouds, command, args).expect(0);
        assert_eq!(outcome.statuses(), ["changed"], "{command}");
        let calls = clouds.calls(action);
        assert_eq!(calls.len(), 3, "{command} {fault}");
        let tokens = calls.iter().map(|call| &call.params["ClientToken"]);
        assert!(
            tokens
                .into_iter()
                .all(|token| *token == calls[0].params["ClientToken"])
        );
    };
    // Most of the time is spent between two attempts.
    std::thread::scope(|scope| {
        for (command, action, args) in [
            (
                "detach",
                DISSOCIATE,
                &["--domains", "www.example.com", "--yes"][..],
            ),
            (
                "replace",
                REPLACE,
                &["--cert", "5-cn-hangzhou=www.example.com"],
            ),
            ("set-default", DEFAULT, &["--cert", "5-cn-hangzhou"]),
        ] {
            for fault in [
                json!({"code": "StateError.Accelerator"}),
                json!("reset_before"),
                json!("reset_after"),
                json!("throttle"),
            ] {
                scope.spawn(move || check(command, action, args, fault));
            }
        }
    });
    let clouds = Clouds::with(json!({"account": {"ga_settle_ms": 600}}));
    ga(&clouds, "attach", &["--cert", "1-cn-hangzhou=a.com"]).expect(0);
    let outcome = ga(&clouds, "replace", &["--cert", "2-cn-hangzhou=a.com"]).expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
}

/// The answers are lost, however often it is sent: reading tells what became of it.
#[test]
fn what_is_lost_is_read_back() {
    let check = |command: &str, action: &str, args: &[&str]| {
        let args = [args, &["--max-attempts", "2"]].concat();
        let lost = json!({"match": {"action": action}, "do": "reset_after"});
        let clouds = Clouds::with(json!({"faults": [lost]}));
        let row = results(&ga(&clouds, command, &args).expect(0))[0].clone();
        assert_eq!(
            (&row["status"], &row["confirmed"]),
            (&json!("changed"), &json!(true))
        );
        assert_eq!(row["note"], "confirmed by reading it back", "{command}");
        // Never there, or not to be read: nobody knows.
        let lost = json!({"match": {"action": action}, "do": "reset_before"});
        let clouds = Clouds::with(json!({"faults": [lost]}));
        let outcome = ga(&clouds, command, &args).expect(10);
        assert_eq!(outcome.statuses(), ["unknown"], "{command}");
        assert_eq!(clouds.calls(action).len(), 2);
        let lost = json!({"match": {"action": action}, "do": "reset_after"});
        let blind = json!({"match": {"action": BINDINGS, "nth": [2, 3, 4, 5]},
                           "do": {"code": "Forbidden.RAM", "http": 403}});
        let clouds = Clouds::with(json!({"faults": [lost, blind]}));
        let outcome = ga(&clouds, command, &args).expect(10);
        assert_eq!(outcome.statuses(), ["unknown"], "{command}");
    };
    std::thread::scope(|scope| {
        for (command, action, args) in [
            ("attach", ASSOCIATE, &["--cert", "5-cn-hangzhou=a.com"][..]),
            (
                "replace",
                REPLACE,
                &["--cert", "5-cn-hangzhou=www.example.com"],
            ),
            ("set-default", DEFAULT, &["--cert", "5-cn-hangzhou"]),
            (
                "detach",
                DISSOCIATE,
                &["--domains", "www.example.com", "--yes"],
            ),
        ] {
            scope.spawn(move || check(command, action, args));
        }
    });
}

#[test]
fn a_read_that_fails_before_any_change_leaves_everything() {
    for (command, action, args) in [
        (
            "detach",
            DISSOCIATE,
            &[
                "--domains",
                "www.example.com",
                "--yes",
                "--max-attempts",
                "2",
            ][..],
        ),
        (
            "replace",
            REPLACE,
            &[
                "--cert",
                "5-cn-hangzhou=www.example.com",
                "--max-attempts",
                "2",
            ],
        ),
        (
            "set-default",
            DEFAULT,
            &["--cert", "5-cn-hangzhou", "--max-attempts", "2"],
        ),
    ] {
        let blind = json!({"match": {"action": BINDINGS}, "do": "reset_after"});
        let clouds = Clouds::with(json!({"faults": [blind]}));
        let outcome = ga(&clouds, command, args);
        match command {
            "detach" => {
                assert_eq!(outcome.expect(7).statuses(), ["failed"]);
                assert!(clouds.calls(action).is_empty());
            }
            // It only serves to leave alone what is so already.
            _ => {
                let outcome = outcome.expect(0);
                assert_eq!(outcome.statuses(), ["changed"]);
                let note = format!("note: could not read the certificates of {LISTENER}");
                assert!(outcome.stderr.contains(&note), "{}", outcome.stderr);
            }
        }
        let clouds = Clouds::new();
        let base = [
            "ga",
            command,
            "--accelerator",
            ACCELERATOR,
            "--listener",
            LISTENER,
        ];
        let call = clouds.certctl(&[&base[..], args].concat());
        call.env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "wrong")
            .run()
            .expect(4);
        assert_eq!(clouds.log().len(), 1);
    }
}

/// 0 only once the certificates are read and everything is active; 10 when time runs out first.
#[test]
fn waiting_ends_when_reading_shows_the_change() {
    let commands: [(&str, &[&str]); 4] = [
        ("attach", &["--cert", "5-cn-hangzhou=a.com"]),
        ("replace", &["--cert", "5-cn-hangzhou=www.example.com"]),
        ("detach", &["--domains", "www.example.com", "--yes"]),
        ("set-default", &["--cert", "5-cn-hangzhou"]),
    ];
    let check = |command: &str, args: &[&str]| {
        let clouds = Clouds::with(json!({"account": {"ga_settle_ms": 1200}}));
        let outcome = ga(&clouds, command, &[args, &["--wait"]].concat()).expect(0);
        assert_eq!(outcome.statuses(), ["changed"]);
        let log = clouds.log();
        let last = log.last().expect("a request");
        assert!(
            last.time_us > 1_200_000,
            "{command}: it looked until it was active"
        );

        let clouds = Clouds::with(json!({"account": {"ga_settle_ms": 60_000}}));
        let outcome = ga(&clouds, command, &[args, &["--wait=1s"]].concat()).expect(10);
        assert_eq!(outcome.statuses(), ["unknown"]);
        let note = results(&outcome)[0]["note"]
            .as_str()
            .expect("a note")
            .to_owned();
        assert!(
            note.starts_with("accepted, not confirmed within 1 s: "),
            "{note}"
        );
    };
    std::thread::scope(|scope| {
        for (command, args) in commands {
            scope.spawn(move || check(command, args));
        }
    });
    // Taken and not done: it says so and changes nothing.
    let idle = json!({"match": {"action": REPLACE}, "do": {"applied": false}});
    let clouds = Clouds::with(json!({"faults": [idle]}));
    let args = ["--cert", "5-cn-hangzhou=www.example.com", "--wait=1s"];
    let outcome = ga(&clouds, "replace", &args).expect(10);
    let note = results(&outcome)[0]["note"]
        .as_str()
        .expect("a note")
        .to_owned();
    assert!(note.ends_with("it has 1234567-cn-hangzhou"), "{note}");
}

/// A domain for which no certificate is taken.
fn refuses(domain: &str) -> Value {
    json!({"match": {"action": ASSOCIATE, "value": domain},
           "do": {"code": "NotExist.Certificate", "message": "no"}})
}

/// A call is refused as a whole, whichever pair is at fault: the others are added all the same.
#[test]
fn attach_finds_the_pairs_at_fault() {
    let clouds = Clouds::with(json!({"faults": [refuses("d2.com")]}));
    let args = [
        "--cert",
        "1-cn-hangzhou=d1.com,7-cn-hangzhou=www.example.com,2-cn-hangzhou=d2.com,\
         3-cn-hangzhou=d3.com,4-cn-hangzhou=d4.com",
        "--wait",
    ];
    let outcome = ga(&clouds, "attach", &args).expect(9);
    assert_eq!(
        outcome.statuses(),
        ["changed", "failed", "failed", "changed", "changed"]
    );
    let rows = results(&outcome);
    assert_eq!(rows[1]["error"]["kind"], "conflict");
    assert_eq!(
        rows[1]["error"]["message"],
        "it already has 1234567-cn-hangzhou"
    );
    assert!(
        rows[1]["error"]["hint"]
            .as_str()
            .expect("a hint")
            .contains("ga replace")
    );
    assert_eq!(rows[2]["error"]["code"], "NotExist.Certificate");
    let tokens: std::collections::BTreeSet<_> = clouds
        .calls(ASSOCIATE)
        .iter()
        .map(|call| call.params["ClientToken"].to_string())
        .collect();
    assert_eq!(
        tokens.len(),
        clouds.calls(ASSOCIATE).len(),
        "other parameters, another token"
    );
    assert_eq!(bound(&clouds).len(), 2 + 3);
    // The same again: what is there is there, whatever the code of the refusal is.
    let odd = json!({"match": {"action": ASSOCIATE, "value": "www.example.com"},
                     "do": {"code": "Novel.Code", "message": "no"}});
    let clouds = Clouds::with(json!({"faults": [odd]}));
    let args = [
        "--cert",
        "1234567-cn-hangzhou=www.example.com,1-cn-hangzhou=d1.com",
    ];
    let outcome = ga(&clouds, "attach", &args).expect(0);
    assert_eq!(outcome.statuses(), ["unchanged", "changed"]);
}

/// A token of one's own is for one call: what it was refused for stays as it is.
#[test]
fn attach_under_a_given_token_is_one_call() {
    let clouds = Clouds::with(json!({"faults": [refuses("d2.com")]}));
    let args = [
        "--cert",
        "1-cn-hangzhou=d1.com,2-cn-hangzhou=d2.com",
        "--client-token",
        "mine",
    ];
    let outcome = ga(&clouds, "attach", &args).expect(5);
    assert_eq!(outcome.statuses(), ["failed", "failed"]);
    assert_eq!(clouds.calls(ASSOCIATE).len(), 1);
}

#[test]
fn twenty_five_is_all_that_a_listener_takes() {
    let clouds = Clouds::new();
    ga(&clouds, "attach", &["--cert", &pairs(1..=20), "--wait"]).expect(0);
    let outcome = ga(&clouds, "attach", &["--cert", &pairs(21..=26)]).expect(6);
    assert_eq!(outcome.statuses(), ["failed"; 6]);
    assert_eq!(results(&outcome)[0]["error"]["kind"], "quota");
    assert_eq!(bound(&clouds).len(), 2 + 20, "all of a call or none");
    // They are read to the end, also over several pages.
    let clouds = Clouds::with(json!({"account": {"max_page": 3}}));
    ga(&clouds, "attach", &["--cert", &pairs(1..=20), "--wait"]).expect(0);
    let outcome = ga(
        &clouds,
        "replace",
        &["--cert", "99-cn-hangzhou=d9.com", "--wait"],
    )
    .expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
}

#[test]
fn dry_runs_show_the_reading_and_the_writes() {
    let clouds = Clouds::new();
    let domains: Vec<String> = (1..=11).map(|n| format!("d{n}.com")).collect();
    for (command, args, actions) in [
        (
            "detach",
            &["--domains", &domains.join(",")][..],
            &[BINDINGS, DISSOCIATE, DISSOCIATE][..],
        ),
        (
            "replace",
            &["--cert", "1-cn-hangzhou", "--domains", "a.com,b.com"],
            &[BINDINGS, DETAIL, REPLACE, REPLACE],
        ),
        (
            "replace",
            &["--cert", "1", "--domains", "a.com", "--allow-name-mismatch"],
            &[BINDINGS, REPLACE],
        ),
        (
            "replace",
            &["--cert", "1", "--domains", "a.com", "--no-preview"],
            &[REPLACE],
        ),
        (
            "attach",
            &["--cert", "1=a.com,2-cn-hangzhou=b.com,1-cn-hangzhou=c.com"],
            &[BINDINGS, DETAIL, DETAIL, ASSOCIATE],
        ),
        (
            "set-default",
            &["--cert", "1-cn-hangzhou"],
            &[BINDINGS, DETAIL, DEFAULT],
        ),
    ] {
        let base = [
            "ga",
            command,
            "--accelerator",
            "ga-1",
            "--listener",
            "lsr-1",
        ];
        let call = clouds.certctl(&[&base[..], args, &["--dry-run"]].concat());
        let outcome = call.run().expect(0);
        let requests = outcome.json()["requests"].clone();
        let requests = requests.as_array().expect("requests").clone();
        let planned: Vec<_> = requests
            .iter()
            .map(|one| one["action"].as_str().expect("a name"))
            .collect();
        assert_eq!(planned, actions);
        assert!(outcome.statuses().iter().all(|status| status == "planned"));
    }
    assert!(clouds.log().is_empty());
}
