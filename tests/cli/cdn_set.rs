//! `certctl cdn set` against what is there: the right certificate with its chain, once, and
//! `unchanged` where reading shows it so.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::support::{Clouds, Outcome};

const BATCH: &str = "BatchSetCdnDomainServerCertificate";
const SINGLE: &str = "SetDomainServerCertificate";
const SSL: &str = "SetCdnDomainSSLCertificate";
const BY_ID: &str = "DescribeCdnCertificateDetailById";
const INFO: &str = "DescribeDomainCertificateInfo";
const STORE: &str = "DescribeCdnSSLCertificateList";
const SERVED: &str = "DescribeCdnHttpsDomainList";
const DOMAINS: &str = "DescribeUserDomains";

/// The name that an upload of `cert.pem` gets.
const NAME: &str = "certctl-example.com-3ac4a90a";

const FILE: [&str; 4] = ["--cert", "cert.pem", "--key", "key.pem"];

/// A certificate for `example.com` and `*.example.com`, whole and in parts, in the home directory.
fn with(scenario: Value) -> Clouds {
    let clouds = Clouds::with(scenario);
    let leaf = include_str!("../pki/p256.pem");
    let intermediate = include_str!("../pki/intermediate.pem");
    clouds.file("leaf.pem", leaf);
    clouds.file("intermediate.pem", intermediate);
    clouds.file("cert.pem", [leaf, intermediate].concat());
    let key = clouds.file("key.pem", include_str!("../pki/p256.key.pem"));
    crate::support::private(&key);
    clouds
}

fn plain() -> Clouds {
    with(json!({}))
}

fn set(clouds: &Clouds, domains: &str, args: &[&str]) -> Outcome {
    let base = ["cdn", "set", "--domains", domains];
    clouds.certctl(&[&base[..], args].concat()).run()
}

/// The calls that change something.
fn writes(clouds: &Clouds) -> Vec<String> {
    let log = clouds.log().into_iter();
    let actions = log.filter_map(|entry| entry.action);
    let setters = [BATCH, SINGLE, SSL];
    actions
        .filter(|action| setters.contains(&action.as_str()))
        .collect()
}

/// The names of the store's certificates.
fn stored(clouds: &Clouds) -> Vec<String> {
    let document = clouds.certctl(&["cdn", "certs"]).run().expect(0).json();
    let rows = document["results"].as_array().expect("results").clone();
    let name = |row: &Value| row["name"].as_str().expect("a name").to_owned();
    rows.iter().map(name).collect()
}

fn many(count: usize) -> Vec<String> {
    (1..=count).map(|n| format!("d{n}.example.com")).collect()
}

fn set_many(clouds: &Clouds, domains: &[String], args: &[&str]) -> Outcome {
    clouds.file("domains.txt", domains.join("\n"));
    let base = ["cdn", "set", "--domains-file", "domains.txt"];
    clouds.certctl(&[&base[..], args].concat()).run()
}

#[test]
fn a_certificate_of_the_store_has_to_cover_the_domains() {
    let by_name = ["--on", "--cert-type", "cas", "--cert-name", "cas-example"];
    for args in [
        &["--cert-id", "1234567"][..],
        &["--cert-id", "1234567", "--wait=1s"],
        &["--cert", "1234567-cas.aliyuncs.com"],
        &by_name,
    ] {
        let clouds = with(json!({"account": {"domains": ["z.test"]}}));
        let outcome = set(&clouds, "a.com,z.test", args).expect(8);
        let message = outcome.error()["message"].to_string();
        for part in ["does not cover z.test", "it covers a.com, b.com, test.com"] {
            assert!(message.contains(part), "{args:?}: {message}");
        }
        assert!(outcome.stdout.is_empty());
        assert!(writes(&clouds).is_empty(), "{args:?}");
        // Nothing is read for what is allowed.
        let args: Vec<&str> = args
            .iter()
            .filter(|arg| **arg != "--wait=1s")
            .copied()
            .collect();
        let lifted = [&args[..], &["--allow-name-mismatch"]].concat();
        let before = clouds.calls(BY_ID).len();
        let outcome = set(&clouds, "z.test", &lifted).expect(0);
        assert_eq!(outcome.statuses(), ["changed"]);
        assert_eq!(clouds.calls(BY_ID).len(), before, "{args:?}");
        // Nor is anything else before the change.
        let before = clouds.log().len();
        let blind = [&args[..], &["--no-preview"]].concat();
        set(&clouds, "a.com", &blind).expect(0);
        assert_eq!(clouds.log().len(), before + 1, "{args:?}");
    }
    let clouds = plain();
    set(&clouds, "a.com", &["--cert-id", "1234567"]).expect(0);
    let outcome = set(&clouds, "a.com", &["--cert-id", "1567890"]).expect(8);
    assert!(
        outcome.stderr.contains("1567890 expired on"),
        "{outcome:#?}"
    );
}

#[test]
fn names_that_cannot_be_read_stop_the_change() {
    for (deed, status) in [
        (json!({"code": "Forbidden.RAM", "http": 403}), 4),
        (json!("reset_before"), 7),
        (json!({"status": 503}), 7),
    ] {
        let fault = json!({"match": {"action": BY_ID}, "do": deed});
        let clouds = with(json!({"faults": [fault]}));
        let args = ["--cert-id", "1234567", "--max-attempts", "1"];
        let outcome = set(&clouds, "a.com", &args).expect(status);
        if status == 4 {
            let hint = outcome.error()["hint"].to_string();
            assert!(hint.contains("--no-preview"), "{hint}");
        }
        assert!(writes(&clouds).is_empty());
        set(&clouds, "a.com", &[&args[..], &["--no-preview"]].concat()).expect(0);
    }
}

#[test]
fn an_id_that_is_not_there_is_said_before_anything_is_sent() {
    let clouds = plain();
    let outcome = set(&clouds, "a.com", &["--cert", "2345678"]).expect(5);
    let error = outcome.error();
    assert_eq!(
        error["message"],
        "certificate 2345678 is in the store of ap-southeast-1, not in the store of cn-hangzhou"
    );
    let hint = error["hint"].as_str().expect("a hint");
    assert!(hint.contains("`--cert 2345678-ap-southeast-1`"), "{hint}");
    set(&clouds, "a.com", &["--cert", "2345678-ap-southeast-1"]).expect(0);
    let sent = &clouds.calls(SSL)[0].params;
    assert_eq!(sent["CertId"], "2345678");
    assert_eq!(sent["CertRegion"], "ap-southeast-1");

    let outcome = set(&clouds, "a.com", &["--cert", "7"]).expect(5);
    assert!(outcome.stderr.contains("certificate 7 is not in the store"));
    clouds.file("7", "");
    let outcome = set(&clouds, "a.com", &["--cert", "7"]).expect(5);
    assert!(outcome.stderr.contains("./7"), "{outcome:#?}");
    assert_eq!(writes(&clouds).len(), 1);
    // What is no id of this store at all is a usage error.
    for args in [
        &["--cert", "ssl-new0001"][..],
        &["--cert", "uI1rdSju"],
        &[
            "--cert",
            "1234567-cn-hangzhou",
            "--cert-region",
            "ap-southeast-1",
        ],
        &["--on", "--cert-region", "cn-hangzhou"],
        &["--cert", "1234567", "--key", "key.pem"],
        &["--cert", "1234567", "--cert-type", "upload"],
    ] {
        set(&clouds, "a.com", args).expect(2);
    }
}

#[test]
fn what_is_so_already_is_unchanged_and_sends_nothing() {
    for (domain, args) in [
        ("example.com", &FILE[..]),
        ("a.com", &["--cert", "1234567"]),
        (
            "a.com",
            &["--cert-id", "1234567", "--cert-region", "cn-hangzhou"],
        ),
        (
            "a.com",
            &["--on", "--cert-type", "cas", "--cert-name", "cas-example"],
        ),
        ("b.com", &["--on"]),
        ("a.com", &["--off", "--yes"]),
    ] {
        let clouds = plain();
        let outcome = set(&clouds, domain, args).expect(0);
        assert_eq!(outcome.statuses(), ["changed"], "{args:?}");
        assert_eq!(outcome.json()["results"][0]["confirmed"], false);
        let (sent, kept) = (writes(&clouds).len(), stored(&clouds));
        for _ in 0..2 {
            let outcome = set(&clouds, domain, args).expect(0);
            assert_eq!(outcome.statuses(), ["unchanged"], "{args:?}");
            assert_eq!(outcome.json()["results"][0]["confirmed"], true);
            assert_eq!(outcome.stderr, "", "{args:?}");
        }
        assert_eq!(writes(&clouds).len(), sent, "{args:?}");
        assert_eq!(stored(&clouds), kept, "{args:?}");
    }
    // The same number of the other site is another certificate.
    let clouds = plain();
    set(&clouds, "a.com", &["--cert", "2345678-ap-southeast-1"]).expect(0);
    let args = ["--cert", "2345678-cn-hangzhou", "--allow-name-mismatch"];
    set(&clouds, "a.com", &args).expect(5);
    assert_eq!(writes(&clouds).len(), 2, "it was sent");
}

/// A domain whose HTTPS is on has not been changed by a call that never arrived.
#[test]
fn a_lost_answer_changes_nothing_that_was_so_already() {
    let lost = json!({"match": {"action": BATCH}, "do": "reset_before"});
    let clouds = with(json!({"faults": [lost]}));
    let args = ["--on", "--max-attempts", "1"];
    let outcome = set(&clouds, "a.com", &args).expect(0);
    assert_eq!(outcome.statuses(), ["unchanged"]);
    let outcome = set(&clouds, "a.com,b.com", &args).expect(10);
    assert_eq!(outcome.statuses(), ["unchanged", "unknown"]);
}

#[test]
fn a_read_that_only_tells_unchanged_stops_nothing() {
    for deed in [
        json!({"code": "Forbidden.RAM", "http": 403}),
        json!({"code": "InvalidAction.NotFound", "http": 404}),
        json!("reset_before"),
        json!("empty_array"),
    ] {
        let fault = |action: &str| json!({"match": {"action": action}, "do": deed});
        let faults: Vec<Value> = [INFO, STORE, SERVED, DOMAINS].map(fault).to_vec();
        let attempts = ["--max-attempts", "1"];
        for args in [&["--on"][..], &["--cert", "1000001"], &FILE] {
            let clouds = with(json!({"faults": faults}));
            let args = [args, &attempts].concat();
            let outcome = set(&clouds, "example.com", &args).expect(0);
            assert_eq!(outcome.statuses(), ["changed"], "{args:?} {deed}");
            let said = "could not read the current state, so every change is sent";
            assert_eq!(outcome.stderr.matches(said).count(), 1, "{outcome:#?}");
            // The same where a list is read.
            let clouds = with(json!({"faults": faults}));
            let outcome = set_many(&clouds, &many(20), &args).expect(0);
            assert_eq!(outcome.json()["summary"]["changed"], 20, "{args:?} {deed}");
            assert_eq!(outcome.stderr.matches(said).count(), 1, "{outcome:#?}");
        }
    }
    // A key that is refused is refused for everything.
    let clouds = plain();
    let args = ["cdn", "set", "--domains", "a.com,b.com", "--on"];
    let call = clouds.certctl(&args);
    let outcome = call
        .env(
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
            "not-the-right-secret-at-all",
        )
        .run()
        .expect(4);
    assert_eq!(outcome.json()["results"][0]["status"], "failed");
    assert_eq!(clouds.log().len(), 1);
}

#[test]
fn of_many_domains_a_list_tells() {
    let on = many(600);
    let off: Vec<String> = (1..=7).map(|n| format!("off{n}.example.com")).collect();
    let account = json!({"https_domains": on, "domains": off});
    let all = [off.clone(), on].concat();
    for (args, lists) in [
        (&["--on"][..], DOMAINS),
        (&["--cert-id", "1000001"], SERVED),
        (
            &["--on", "--cert-type", "cas", "--cert-name", "stored"],
            SERVED,
        ),
    ] {
        let clouds = with(json!({"account": account}));
        let outcome = set_many(&clouds, &all, args).expect(0);
        let summary = &outcome.json()["summary"];
        assert_eq!(summary["unchanged"], 600, "{args:?}");
        assert_eq!(summary["changed"], 7, "{args:?}");
        assert_eq!(clouds.calls(lists).len(), 2, "{args:?}");
        assert_eq!(clouds.calls(lists)[0].params["PageSize"], "500");
        assert!(clouds.calls(INFO).len() <= 1, "not a call a domain");
        let sent = clouds.log().into_iter().filter(|call| call.applied);
        let names: HashSet<String> = sent
            .filter(|call| [BATCH, SSL].contains(&call.action.as_deref().unwrap_or_default()))
            .flat_map(|call| {
                let names = call.params["DomainName"].as_str().expect("text").to_owned();
                names.split(',').map(str::to_owned).collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(names, off.iter().cloned().collect(), "{args:?}");
    }
    // Those that are off are off, and those that nobody knows are refused, not taken for off.
    let clouds = with(json!({"account": account}));
    let mut all = all;
    all.push("unknown.example.com".into());
    let outcome = set_many(&clouds, &all[..], &["--off", "--yes", "--rate", "1000"]).expect(9);
    let document = outcome.json();
    assert_eq!(document["summary"]["unchanged"], 7);
    assert_eq!(document["summary"]["changed"], 600);
    assert_eq!(
        document["results"][607]["error"]["code"],
        "InvalidDomain.NotFound"
    );
}

#[test]
fn a_file_on_many_domains_is_unchanged_the_second_time() {
    let account = json!({"unlimited_rate": true, "max_page": 7});
    let clouds = with(json!({"account": account}));
    let all = many(60);
    let args = [&FILE[..], &["--rate", "1000"]].concat();
    let outcome = set_many(&clouds, &all, &args).expect(0);
    assert_eq!(outcome.json()["summary"]["changed"], 60);
    let (sent, kept) = (writes(&clouds).len(), stored(&clouds));
    let outcome = set_many(&clouds, &all, &args).expect(0);
    assert_eq!(outcome.json()["summary"]["unchanged"], 60);
    assert_eq!(writes(&clouds).len(), sent);
    assert_eq!(stored(&clouds), kept);
    // One more is taken from the store.
    let more = [all, vec!["more.example.com".into()]].concat();
    let outcome = set_many(&clouds, &more, &args).expect(0);
    assert_eq!(outcome.json()["summary"]["unchanged"], 60);
    assert_eq!(outcome.json()["results"][60]["status"], "changed");
    assert_eq!(clouds.calls(SSL)[0].params["CertType"], "cas");
    assert_eq!(stored(&clouds), kept);
}

#[test]
fn what_the_store_has_is_not_uploaded_again() {
    let clouds = plain();
    let upload = [&["cas", "upload"][..], &FILE, &["--name", "mine"]].concat();
    let upload = clouds.certctl(&upload).run();
    assert_eq!(upload.status, 0, "{upload:#?}");
    let kept = stored(&clouds);
    for (via, action) in [
        ("auto", SSL),
        ("ssl", SSL),
        ("batch", BATCH),
        ("single", SINGLE),
    ] {
        let before = clouds.calls(action).len();
        let domain = format!("{via}.example.com");
        let args = [&FILE[..], &["--via", via]].concat();
        let outcome = set(&clouds, &domain, &args).expect(0);
        assert_eq!(outcome.statuses(), ["changed"]);
        let sent = clouds.calls(action)[before].params.clone();
        assert_eq!(sent["CertType"], "cas", "{via}");
        for secret in ["SSLPri", "PrivateKey", "SSLPub", "ServerCertificate"] {
            assert_eq!(sent.get(secret), None, "{via}");
        }
        match action {
            SSL => assert!(sent.contains_key("CertId"), "{via}"),
            _ => assert_eq!(sent["CertName"], "mine", "{via}"),
        }
        assert_eq!(stored(&clouds), kept, "{via}");
        set(&clouds, &domain, &args).expect(0);
    }
    // Whoever wants to overwrite says so.
    set(
        &clouds,
        "forced.example.com",
        &[&FILE[..], &["--force"]].concat(),
    )
    .expect(0);
    assert_eq!(stored(&clouds).len(), kept.len() + 1);
}

#[test]
fn a_duplicate_leads_to_the_stored_one() {
    for code in [
        "CertificateContent.Duplicated",
        "Certificate.Duplicated",
        "CertNameAlreadyExists",
    ] {
        for via in ["auto", "ssl", "single", "batch"] {
            let setters = match via {
                "single" => SINGLE,
                "ssl" => SSL,
                _ => BATCH,
            };
            let taken = json!({"match": {"action": setters, "nth": [1]}, "do": {"code": code}});
            let clouds = with(json!({"faults": [taken]}));
            let upload = [&["cas", "upload"][..], &FILE].concat();
            clouds.certctl(&upload).run().expect(0);
            let kept = stored(&clouds);
            let args = [&FILE[..], &["--no-preview", "--via", via]].concat();
            let outcome = set(&clouds, "example.com,www.example.com", &args).expect(0);
            assert_eq!(outcome.statuses(), ["changed", "changed"], "{code} {via}");
            assert!(outcome.stderr.contains("is already in the store"));
            assert_eq!(stored(&clouds), kept, "{code} {via}");
            if ["auto", "ssl"].contains(&via) {
                let bound = &clouds.calls(SSL).pop().expect("a call").params;
                assert_eq!(bound["CertType"], "cas");
                assert_eq!(bound["CertRegion"], "cn-hangzhou");
                assert!(bound.contains_key("CertId") && !bound.contains_key("SSLPri"));
            }
        }
    }
}

/// As a store may be that takes no name and no certificate twice.
#[test]
fn a_strict_store_gets_one_upload() {
    let strict = json!(["same_content", "same_name", "no_name"]);
    for (via, count, more) in [
        ("auto", 120, &[][..]),
        ("auto", 120, &["--no-preview"]),
        ("batch", 120, &["--no-preview"]),
        ("single", 4, &["--no-preview"]),
        ("ssl", 4, &["--no-preview"]),
        ("ssl", 4, &["--cert-name", "mine"]),
    ] {
        let clouds = with(json!({"account": {"cdn_refuses": strict}}));
        let kept = stored(&clouds).len();
        let args = [&FILE[..], &["--via", via], more].concat();
        for _ in 0..2 {
            let outcome = set_many(&clouds, &many(count), &args).expect(0);
            let statuses: HashSet<String> = outcome.statuses().into_iter().collect();
            assert_eq!(statuses.len(), 1, "{via} {more:?}: {statuses:?}");
            assert_eq!(stored(&clouds).len(), kept + 1, "{via} {more:?}");
        }
    }
}

#[test]
fn a_name_that_another_certificate_has_is_a_conflict() {
    let clouds = plain();
    for more in [&["--no-preview"][..], &[]] {
        let args = [&FILE[..], &["--cert-name", "cas-example"], more].concat();
        let outcome = set(&clouds, "example.com", &args).expect(6);
        assert_eq!(outcome.json()["results"][0]["error"]["kind"], "conflict");
    }
    let calls = clouds.calls(BATCH);
    assert_eq!(calls.len(), 2);
    for call in calls {
        assert_eq!(call.params.get("ForceSet"), None);
    }
}

#[test]
fn the_same_certificate_with_another_chain_is_uploaded_beside() {
    for more in [&[][..], &["--no-preview"]] {
        let clouds = plain();
        let alone = ["--cert", "leaf.pem", "--key", "key.pem"];
        set(&clouds, "example.com", &alone).expect(8);
        let bare = [&alone[..], &["--allow-incomplete-chain"]].concat();
        set(&clouds, "example.com", &bare).expect(0);
        let args = [&FILE[..], more].concat();
        let outcome = set(&clouds, "example.com", &args).expect(0);
        assert_eq!(outcome.statuses(), ["changed"], "{more:?}");
        let names = stored(&clouds);
        assert!(names.contains(&NAME.to_owned()), "{names:?}");
        let beside = names
            .iter()
            .find(|name| name.starts_with(&format!("{NAME}-")));
        assert!(beside.is_some(), "{names:?}");
        // The intermediates may stand in a file of their own.
        let apart = [&alone[..], &["--chain", "intermediate.pem"]].concat();
        let outcome = set(&clouds, "example.com", &apart).expect(0);
        assert_eq!(outcome.statuses(), ["unchanged"]);
        assert_eq!(stored(&clouds), names);
    }
}

#[test]
fn where_the_batch_call_is_gone_it_is_uploaded_once() {
    let clouds = with(json!({"account": {"unknown_actions": [BATCH, SINGLE]}}));
    let kept = stored(&clouds).len();
    let outcome = set_many(&clouds, &many(12), &FILE).expect(0);
    assert_eq!(outcome.json()["summary"]["changed"], 12);
    let calls = clouds.calls(SSL);
    assert_eq!(calls.len(), 12);
    let uploads = calls
        .iter()
        .filter(|call| call.params.contains_key("SSLPri"));
    assert_eq!(uploads.count(), 1);
    assert_eq!(calls[0].params["CertName"], NAME);
    for call in &calls[1..] {
        assert_eq!(call.params["CertType"], "cas");
        assert_eq!(call.params["CertRegion"], "cn-hangzhou");
        assert!(call.params.contains_key("CertId"));
    }
    assert_eq!(stored(&clouds).len(), kept + 1);
}

#[test]
fn confirmed_is_what_serves_the_whole_chain() {
    let clouds = plain();
    let bare = [
        "--cert",
        "leaf.pem",
        "--key",
        "key.pem",
        "--allow-incomplete-chain",
    ];
    set(&clouds, "example.com", &bare).expect(0);
    let wait = |args: &[&str]| {
        let wait = ["cdn", "wait", "example.com", "--for", "0s"];
        clouds.certctl(&[&wait[..], args].concat()).run()
    };
    let without = "it serves this certificate without its intermediates";
    for args in [
        &["--cert", "cert.pem"][..],
        &["--cert", "leaf.pem", "--chain", "intermediate.pem"],
        &["--cert", "leaf.pem"],
    ] {
        let outcome = wait(args).expect(10);
        let note = outcome.json()["results"][0]["note"].to_string();
        assert!(note.contains(without), "{args:?}: {note}");
    }
    let outcome = set(&clouds, "example.com", &[&FILE[..], &["--wait"]].concat()).expect(0);
    assert_eq!(outcome.json()["results"][0]["confirmed"], true);
    for args in [&["--cert", "cert.pem"][..], &["--cert", "leaf.pem"]] {
        wait(args).expect(0);
    }
}

#[test]
fn a_dry_run_shows_the_reads_and_the_writes() {
    let clouds = plain();
    let actions = |args: &[&str]| -> Vec<String> {
        let base = ["cdn", "set", "--dry-run", "--domains", "example.com"];
        let document = clouds
            .certctl(&[&base[..], args].concat())
            .run()
            .expect(0)
            .json();
        let requests = document["requests"].as_array().expect("requests").clone();
        let action = |request: &Value| request["action"].as_str().expect("an action").to_owned();
        requests.iter().map(action).collect()
    };
    assert_eq!(actions(&["--on"]), [INFO, BATCH]);
    assert_eq!(actions(&["--on", "--no-preview"]), [BATCH]);
    assert_eq!(actions(&["--cert", "1"]), [BY_ID, INFO, SSL]);
    assert_eq!(
        actions(&["--cert", "1", "--allow-name-mismatch"]),
        [INFO, SSL]
    );
    assert_eq!(actions(&FILE), [INFO, STORE, BATCH]);
    assert!(clouds.log().is_empty());
}
