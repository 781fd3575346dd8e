//! `certctl cdn wait`, and `--wait` of `certctl cdn set`: confirmed by reading, or said not to be.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::cdn_list::{certctl, cloud};
use crate::support::{Clouds, Outcome};

const DETAIL: &str = "DescribeCdnDomainDetail";
const INFO: &str = "DescribeDomainCertificateInfo";
const SSL: &str = "SetCdnDomainSSLCertificate";
const BATCH: &str = "BatchSetCdnDomainServerCertificate";

fn settling(ms: u64) -> Clouds {
    Clouds::with(json!({"account": {"cdn_settle_ms": ms}}))
}

/// A certificate for `example.com` and `*.example.com` in the home directory.
fn pki(clouds: &Clouds) {
    let leaf = include_str!("../pki/p256.pem");
    let chain = [leaf, include_str!("../pki/intermediate.pem")].concat();
    clouds.file("cert.pem", chain);
    let other = include_str!("../pki/intermediate-expired.pem");
    clouds.file("other-chain.pem", [leaf, other].concat());
    let key = clouds.file("key.pem", include_str!("../pki/p256.key.pem"));
    crate::support::private(&key);
}

fn note(outcome: &Outcome, row: usize) -> String {
    let note = outcome.json()["results"][row]["note"].clone();
    note.as_str().unwrap_or_default().to_owned()
}

#[test]
fn set_waits_until_the_change_is_seen() {
    let clouds = settling(1200);
    pki(&clouds);
    let certificate = ["--cert", "cert.pem", "--key", "key.pem", "--wait"];
    for (domain, args, status) in [
        ("example.com", &certificate[..], "changed"),
        ("a.com", &["--cert-id", "1234567", "--wait=30s"], "changed"),
        ("b.com", &["--on", "--wait=1m"], "changed"),
        (
            "expiring.example.com",
            &["--off", "--yes", "--wait=60"],
            "changed",
        ),
    ] {
        let began = Instant::now();
        let call = clouds.certctl(&[&["cdn", "set", "--domains", domain], args].concat());
        let outcome = call.run().expect(0);
        assert_eq!(outcome.statuses(), [status], "{domain}");
        assert!(began.elapsed() >= Duration::from_millis(1200), "{domain}");
        assert_eq!(note(&outcome, 0), "");
        let waiting = format!("0 of 1 confirmed; waiting for {domain} (configuring)\n");
        assert!(outcome.stderr.contains(&waiting), "{}", outcome.stderr);
        // Confirmed means that anyone reads it.
        let call = clouds.certctl(&["cdn", "show", domain]);
        let row = call.run().expect(0).json()["results"][0].clone();
        assert_eq!(row["status"], "online");
        assert_eq!(row["https"], if args[0] == "--off" { "off" } else { "on" });
        match args[0] {
            "--cert" => assert_eq!(row["certificate_type"], "upload"),
            "--cert-id" => assert_eq!(row["certificate"], "1234567"),
            _ => {}
        }
    }
    // Without --wait nothing is read.
    let before = clouds.calls(DETAIL).len();
    let call = clouds.certctl(&["cdn", "set", "--domains", "www.example.com", "--on"]);
    call.run().expect(0);
    assert_eq!(clouds.calls(DETAIL).len(), before);
}

#[test]
fn set_says_what_it_could_not_see_in_time() {
    let clouds = settling(60_000);
    let args = [
        "cdn",
        "set",
        "--domains",
        "b.com,www.example.com",
        "--on",
        "--wait=1",
    ];
    let outcome = clouds.certctl(&args).run().expect(10);
    assert_eq!(outcome.statuses(), ["unknown", "unknown"]);
    assert_eq!(
        note(&outcome, 0),
        "accepted, not confirmed within 1 s: configuring"
    );
    assert!(outcome.json()["results"][0]["request_id"].is_string());

    // What may not be read is not waited for.
    let refused = json!({"match": {"action": INFO}, "do": {"code": "Forbidden.RAM", "http": 403}});
    let clouds = Clouds::with(json!({"faults": [refused]}));
    let args = [
        "cdn",
        "set",
        "--domains",
        "test.com,b.com",
        "--on",
        "--no-preview",
        "--wait=5m",
    ];
    let outcome = clouds.certctl(&args).run().expect(10);
    assert_eq!(outcome.statuses(), ["unknown", "unknown"]);
    let said = "accepted, it cannot be read back: Forbidden.RAM: ";
    assert!(note(&outcome, 1).starts_with(said), "{}", note(&outcome, 1));
}

#[test]
fn a_change_that_does_not_take_has_failed() {
    let account = json!({"failing_domains": ["x.test"], "domains": ["y.test"],
                         "cdn_settle_ms": 600});
    let clouds = Clouds::with(json!({"account": account}));
    let args = ["cdn", "set", "--domains", "x.test,y.test", "--on", "--wait"];
    let outcome = clouds.certctl(&args).run().expect(9);
    assert_eq!(outcome.statuses(), ["failed", "changed"]);
    let error = outcome.json()["results"][0]["error"].clone();
    assert_eq!(error["kind"], "state");
    assert_eq!(
        error["message"],
        "the domain is configure_failed: the cloud could not apply the change"
    );
    let outcome = clouds.certctl(&["cdn", "wait", "x.test"]).run().expect(6);
    assert_eq!(outcome.statuses(), ["failed"]);
}

/// A change whose answer was lost is looked for as long as one that was answered.
#[test]
fn a_lost_answer_is_waited_for() {
    let lost = json!({"match": {"action": BATCH}, "do": "reset_after"});
    let clouds = Clouds::with(json!({"account": {"cdn_settle_ms": 800}, "faults": [lost]}));
    let set = ["cdn", "set", "--on", "--max-attempts", "1", "--domains"];
    let set = |domain: &str, wait: &str| {
        let call = clouds.certctl(&[&set[..], &[domain]].concat());
        call.arg(wait).run()
    };
    let outcome = set("b.com", "--wait=30").expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
    assert_eq!(note(&outcome, 0), "confirmed by reading it back");
    assert!(outcome.json()["results"][0].get("error").is_none());
    // Not for longer than asked, and then the row says what became of the call.
    let outcome = set("test.com", "--wait=0").expect(10);
    let error = outcome.json()["results"][0]["error"].clone();
    assert_eq!(error["kind"], "no-answer");
    assert_eq!(note(&outcome, 0), "");
    // What was never made is not confirmed by anything.
    let lost = json!({"match": {"action": BATCH}, "do": "reset_before"});
    let clouds = Clouds::with(json!({"faults": [lost]}));
    let args = [
        "cdn",
        "set",
        "--on",
        "--max-attempts",
        "1",
        "--domains",
        "b.com",
        "--wait=1",
    ];
    let outcome = clouds.certctl(&args).run().expect(10);
    assert_eq!(outcome.statuses(), ["unknown"]);
}

/// A refused domain is not waited for; the others are, side by side and within the limits.
#[test]
fn many_are_waited_for_side_by_side() {
    let clouds = settling(1000);
    let mut domains: Vec<String> = (1..=70).map(|n| format!("d{n:02}.example.com")).collect();
    domains.insert(20, "unknown.example.com".into());
    let list = clouds.file("list", domains.join("\n"));
    let list = list.to_str().expect("UTF-8");
    let began = Instant::now();
    let args = [
        "cdn",
        "set",
        "--on",
        "--domains-file",
        list,
        "--wait=1m",
        "-q",
    ];
    let outcome = clouds.certctl(&args).run().expect(9);
    let statuses = outcome.statuses();
    assert_eq!(
        statuses
            .iter()
            .filter(|status| *status == "changed")
            .count(),
        70
    );
    assert_eq!(statuses[20], "failed");
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "{:?}",
        began.elapsed()
    );
    let throttled = clouds
        .log()
        .into_iter()
        .filter(|call| call.code.as_deref() == Some("Throttling.User"));
    assert_eq!(throttled.count(), 0);
}

#[test]
fn a_domain_that_is_online_has_not_to_wait() {
    let clouds = Clouds::new();
    let args = ["cdn", "wait", "A.com", "b.com,*.example.com", "a.com"];
    let outcome = clouds.certctl(&args).run().expect(0);
    let document = outcome.json();
    assert_eq!(document["command"], "cdn wait");
    let row = |target: &str| {
        json!({"cloud": "alibaba", "service": "cdn", "action": DETAIL, "target": target,
               "status": "unchanged", "confirmed": true})
    };
    assert_eq!(
        document["results"],
        json!([row("A.com"), row("b.com"), row("*.example.com")])
    );
    assert_eq!(clouds.log().len(), 3, "each is read once");
    assert_eq!(clouds.calls(DETAIL)[2].params["DomainName"], ".example.com");
    assert_eq!(outcome.stderr, "");
}

#[test]
fn waiting_ends_with_the_change_of_another() {
    let clouds = settling(1500);
    let set = [
        "cdn",
        "set",
        "--domains",
        "a.com,b.com",
        "--on",
        "--no-preview",
    ];
    clouds.certctl(&set).run().expect(0);
    let began = Instant::now();
    let outcome = clouds
        .certctl(&["cdn", "wait", "a.com", "b.com"])
        .run()
        .expect(0);
    assert!(began.elapsed() >= Duration::from_millis(1000));
    assert_eq!(outcome.statuses(), ["unchanged", "unchanged"]);
    assert!(clouds.calls(DETAIL).len() >= 4);
    assert!(
        clouds.calls(INFO).is_empty(),
        "nobody asked what they serve"
    );
}

#[test]
fn what_is_served_can_be_waited_for() {
    let clouds = Clouds::new();
    pki(&clouds);
    let set = [
        "cdn",
        "set",
        "--domains",
        "*.example.com",
        "--cert",
        "cert.pem",
        "--key",
        "key.pem",
    ];
    clouds
        .certctl(&[&set[..], &["--cert-name", "mine"]].concat())
        .run()
        .expect(0);
    let intl = ["cdn", "set", "--domains", "b.com", "--cert-id", "2345678"];
    let region = ["--cert-region", "ap-southeast-1"];
    clouds
        .certctl(&[&intl[..], &region].concat())
        .run()
        .expect(0);
    let wait = |domain: &str, args: &[&str]| {
        let wait = ["cdn", "wait", domain, "--for", "0s"];
        clouds.certctl(&[&wait[..], args].concat()).run()
    };
    for (domain, args) in [
        ("*.example.com", &["--cert", "cert.pem"][..]),
        ("*.example.com", &["--cert-name", "mine"]),
        ("*.example.com", &["--on"]),
        ("a.com", &["--cert-id", "1000001"]),
        (
            "b.com",
            &["--cert-id", "2345678", "--cert-region", "ap-southeast-1"],
        ),
        ("b.com", &["--cert-id", "2345678"]),
        ("test.com", &["--off"]),
        ("nocert.example.com", &["--off"]),
    ] {
        let outcome = wait(domain, args).expect(0);
        assert_eq!(outcome.json()["results"][0]["action"], INFO, "{args:?}");
    }
    for (domain, args, seen) in [
        (
            "a.com",
            &["--cert", "cert.pem"][..],
            "it serves certificate stored",
        ),
        (
            "*.example.com",
            &["--cert", "other-chain.pem"],
            "it serves this certificate with another chain",
        ),
        (
            "a.com",
            &["--cert-name", "store"],
            "it serves certificate stored",
        ),
        (
            "a.com",
            &["--cert-id", "100000"],
            "it serves certificate stored",
        ),
        (
            "b.com",
            &["--cert-id", "2345678", "--cert-region", "cn-hangzhou"],
            "it serves certificate cas-intl",
        ),
        ("a.com", &["--off"], "it serves certificate stored"),
        ("test.com", &["--on"], "HTTPS is off"),
        ("test.com", &["--cert-id", "1000001"], "HTTPS is off"),
        ("nocert.example.com", &["--on"], "HTTPS is off"),
    ] {
        let outcome = wait(domain, args).expect(10);
        assert_eq!(outcome.statuses(), ["unknown"], "{args:?}");
        assert_eq!(
            note(&outcome, 0),
            format!("not confirmed within 0 s: {seen}")
        );
    }
}

#[test]
fn a_domain_that_will_not_come_online_is_not_waited_for() {
    let statuses = json!({"refused.test": "check_failed", "gone.test": "deleting",
                          "stopped.test": "stopping", "broken.test": "configure_failed"});
    let clouds = Clouds::with(json!({"account": {"domain_statuses": statuses}}));
    for (domain, said) in [
        ("offline.example.com", "the domain is offline"),
        ("refused.test", "the domain is check_failed"),
        ("gone.test", "the domain is deleting"),
        ("stopped.test", "the domain is stopping"),
        (
            "broken.test",
            "the domain is configure_failed: the cloud could not apply the change",
        ),
    ] {
        let outcome = clouds.certctl(&["cdn", "wait", domain]).run().expect(6);
        let error = outcome.json()["results"][0]["error"].clone();
        assert_eq!(error["message"], said);
        assert_eq!(error["kind"], "state");
    }
    assert_eq!(clouds.log().len(), 5);
    // What is not there is said at once as well, and the others go on.
    let outcome = clouds
        .certctl(&["cdn", "wait", "c.com", "a.com"])
        .run()
        .expect(9);
    assert_eq!(outcome.statuses(), ["failed", "unchanged"]);
    assert_eq!(
        outcome.json()["results"][0]["error"]["code"],
        "InvalidDomain.NotFound"
    );
    clouds.certctl(&["cdn", "wait", "c.com"]).run().expect(5);
    let args = [
        "cdn",
        "wait",
        "c.com",
        "configuring.example.com",
        "--for",
        "1s",
    ];
    let outcome = clouds.certctl(&args).run().expect(10);
    assert_eq!(outcome.statuses(), ["failed", "unknown"]);
}

#[test]
fn a_refused_key_costs_one_request() {
    let clouds = Clouds::new();
    let call = clouds.certctl(&["cdn", "wait", "a.com", "b.com", "test.com"]);
    let call = call.env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "wrong");
    let outcome = call.run().expect(4);
    assert_eq!(outcome.statuses(), ["failed"; 3]);
    assert_eq!(clouds.log().len(), 1);
}

/// A look that fails is looked again.
#[test]
fn waiting_outlasts_what_passes_by() {
    for fault in [
        json!({"status": 503}),
        json!("reset_after"),
        json!({"throttle": {"retry_after_ms": 10}}),
        json!({"code": "ServiceUnavailable", "http": 503}),
        json!("empty_object"),
    ] {
        let faults = json!([{"match": {"action": DETAIL, "nth": [1]}, "do": fault},
                            {"match": {"action": INFO, "nth": [1]}, "do": fault}]);
        let clouds = Clouds::with(json!({"faults": faults}));
        let args = [
            "cdn",
            "wait",
            "a.com",
            "--on",
            "--for",
            "30s",
            "--max-attempts",
            "1",
        ];
        let outcome = clouds.certctl(&args).run().expect(0);
        assert_eq!(outcome.statuses(), ["unchanged"], "{fault}");
        assert_eq!(clouds.calls(DETAIL).len(), 3, "{fault}");
    }
    // Where nobody answers at all, that is what is told.
    let clouds = Clouds::with(json!({"faults": [{"do": "reset_after"}]}));
    let args = [
        "cdn",
        "wait",
        "a.com",
        "b.com",
        "--for",
        "1s",
        "--max-attempts",
        "1",
    ];
    let outcome = clouds.certctl(&args).run().expect(10);
    assert_eq!(outcome.statuses(), ["unknown", "unknown"]);
    assert!(note(&outcome, 0).starts_with("not confirmed within 1 s: "));
}

#[test]
fn members_of_a_look_may_be_null_or_of_another_type() {
    let empty = [
        json!(null),
        json!({}),
        json!({"CertInfo": null}),
        json!({"CertInfo": []}),
    ];
    for infos in empty {
        let raw = cloud(move |action, _| match action {
            DETAIL => json!({"GetDomainDetailModel": {"DomainStatus": "online", "Cname": null}}),
            _ => json!({"CertInfos": infos}),
        });
        let call = certctl(&raw, &["cdn", "wait", "a.com", "--off"]);
        call.run().expect(0);
        let call = certctl(&raw, &["cdn", "wait", "a.com", "--on", "--for", "0s"]);
        call.run().expect(10);
    }
    for id in [json!(77), json!("77")] {
        let raw = cloud(move |action, _| match action {
            DETAIL => json!({"GetDomainDetailModel": {"DomainStatus": "ONLINE"}}),
            _ => json!({"CertInfos": {"CertInfo": [
                {"ServerCertificateStatus": "off", "CertId": 1},
                {"ServerCertificateStatus": "On", "CertId": id, "CertRegion": null}]}}),
        });
        let args = [
            "cdn",
            "wait",
            "a.com",
            "--cert-id",
            "77",
            "--cert-region",
            "cn-hangzhou",
        ];
        certctl(&raw, &args).run().expect(0);
    }
    // An answer without a state says nothing of it.
    for model in [
        json!({}),
        json!({"DomainStatus": null}),
        json!([]),
        json!(null),
    ] {
        let raw = cloud(move |_, _| json!({"GetDomainDetailModel": model}));
        let args = ["cdn", "wait", "a.com", "--for", "0s", "--max-attempts", "1"];
        let outcome = certctl(&raw, &args).run().expect(10);
        assert_eq!(outcome.statuses(), ["unknown"]);
    }
}

/// Where a domain's certificate is named by its number alone, it is fetched to be compared.
#[test]
fn a_certificate_without_its_pem_is_fetched() {
    let leaf = include_str!("../pki/p256.pem");
    let served = [leaf, include_str!("../pki/intermediate.pem")].concat();
    let raw = cloud(move |action, _| match action {
        DETAIL => json!({"GetDomainDetailModel": {"DomainStatus": "online"}}),
        INFO => json!({"CertInfos": {"CertInfo": [
            {"ServerCertificateStatus": "on", "CertId": 7, "ServerCertificate": null}]}}),
        _ => json!({"Cert": served, "CertId": 7}),
    });
    let clouds = Clouds::new();
    pki(&clouds);
    let path = clouds.home().join("cert.pem");
    let path = path.to_str().expect("UTF-8");
    let args = ["cdn", "wait", "example.com", "--cert", path, "--for", "1s"];
    certctl(&raw, &args).run().expect(0);
    assert_eq!(raw.requests().len(), 3);
    let other = clouds.file("other.pem", include_str!("../pki/rsa2048.pem"));
    let path = other.to_str().expect("UTF-8");
    let args = ["cdn", "wait", "example.com", "--cert", path, "--for", "0s"];
    certctl(&raw, &args).run().expect(10);
}

#[test]
fn what_contradicts_itself_is_refused() {
    let clouds = Clouds::new();
    pki(&clouds);
    for args in [
        &["cdn", "wait"][..],
        &["cdn", "wait", ""],
        &["cdn", "wait", "a.com", "--on", "--off"],
        &["cdn", "wait", "a.com", "--off", "--cert-id", "1"],
        &[
            "cdn",
            "wait",
            "a.com",
            "--cert-id",
            "1",
            "--cert",
            "cert.pem",
        ],
        &["cdn", "wait", "a.com", "--cert-id", "1-"],
        &[
            "cdn",
            "wait",
            "a.com",
            "--cert",
            "1-cn-hangzhou",
            "--cert-region",
            "ap-southeast-1",
        ],
        &["cdn", "wait", "a.com", "--cert", "1", "--chain", "cert.pem"],
        &["cdn", "wait", "a.com", "--cert-region", "cn-hangzhou"],
        &["cdn", "wait", "a.com", "--cert-name", ""],
        &["cdn", "wait", "a.com", "--for", "5x"],
        &["cdn", "wait", "a.com", "--for", ""],
        &["cdn", "wait", "a.com/x"],
        &["cdn", "set", "--domains", "a.com", "--on", "--wait=soon"],
        &["cdn", "set", "--domains", "a.com", "--on", "--wait="],
    ] {
        let outcome = clouds.certctl(args).run().expect(2);
        assert_eq!(outcome.stdout, "", "{args:?}");
    }
    // A file that is no certificate, or is given in the place of its name.
    clouds
        .certctl(&["cdn", "wait", "a.com", "--cert", "key.pem"])
        .run()
        .expect(8);
    clouds
        .certctl(&["cdn", "wait", "a.com", "--cert", "none.pem"])
        .run()
        .expect(11);
    let pem = include_str!("../pki/p256.key.pem");
    let outcome = clouds
        .certctl(&["cdn", "wait", "a.com", "--cert", pem])
        .run()
        .expect(2);
    assert!(!outcome.stderr.contains(pem.lines().nth(1).expect("a line")));
    assert!(clouds.log().is_empty());
}

#[test]
fn a_dry_run_shows_what_would_be_read() {
    let clouds = Clouds::new();
    let actions = |args: &[&str]| -> Vec<String> {
        let document = clouds.certctl(args).arg("--dry-run").run().expect(0).json();
        for row in document["results"].as_array().expect("results") {
            assert_eq!(row["status"], "planned");
        }
        let requests = document["requests"].as_array().expect("requests").clone();
        let action = |request: &Value| request["action"].as_str().expect("an action").to_owned();
        requests.iter().map(action).collect()
    };
    assert_eq!(
        actions(&["cdn", "wait", "a.com", "b.com"]),
        [DETAIL, DETAIL]
    );
    assert_eq!(actions(&["cdn", "wait", "a.com", "--on"]), [DETAIL, INFO]);
    let set = [
        "cdn",
        "set",
        "--domains",
        "a.com",
        "--cert-id",
        "1",
        "--no-preview",
    ];
    assert_eq!(
        actions(&[&set[..], &["--wait"]].concat()),
        [SSL, DETAIL, INFO]
    );
    assert_eq!(actions(&set), [SSL]);
    assert!(clouds.log().is_empty());
}

#[test]
fn waiting_ends_with_the_deadline() {
    let clouds = Clouds::new();
    let began = Instant::now();
    let args = [
        "cdn",
        "wait",
        "a.com",
        "configuring.example.com",
        "--deadline",
        "1",
    ];
    let outcome = clouds.certctl(&args).run().expect(10);
    assert!(began.elapsed() < Duration::from_secs(10));
    assert_eq!(outcome.statuses(), ["unchanged", "unknown"]);
    assert_eq!(
        note(&outcome, 1),
        "not confirmed when the deadline ran out: configuring"
    );
}

#[cfg(unix)]
#[test]
fn waiting_can_be_interrupted() {
    use std::process::Command;
    for (name, status) in [("INT", 130), ("TERM", 143)] {
        let clouds = settling(60_000);
        let wait = ["cdn", "wait", "b.com", "configuring.example.com"];
        let set = ["cdn", "set", "--domains", "b.com", "--on", "--wait"];
        for (args, expected, said) in [
            (
                &set[..],
                &["unknown"][..],
                "accepted, not confirmed when interrupted: ",
            ),
            (
                &wait,
                &["unknown", "unknown"],
                "not confirmed when interrupted: ",
            ),
        ] {
            let before = clouds.calls(DETAIL).len();
            let child = clouds.certctl(args).spawn();
            for _ in 0..6000 {
                if clouds.calls(DETAIL).len() >= before + 3 {
                    break;
                }
                std::thread::sleep(Duration::from_millis(5));
            }
            let mut kill = Command::new("kill");
            kill.args([format!("-{name}"), child.id().to_string()]);
            assert!(kill.status().expect("kill runs").success());
            let outcome = Outcome::of(child).expect(status);
            assert_eq!(outcome.statuses(), expected);
            let note = note(&outcome, 0);
            assert_eq!(note, format!("{said}configuring"));
        }
    }
}

#[test]
fn nothing_secret_is_told_while_waiting() {
    let clouds = Clouds::new();
    pki(&clouds);
    let set = [
        "cdn",
        "set",
        "--domains",
        "example.com",
        "--cert",
        "cert.pem",
        "--key",
        "key.pem",
    ];
    let call = clouds.certctl(&[&set[..], &["--wait", "-vv"]].concat());
    let outcome = call.run().expect(0);
    let key = include_str!("../pki/p256.key.pem")
        .lines()
        .nth(1)
        .expect("a line");
    assert!(outcome.stderr.contains(INFO), "it does tell");
    for text in [&outcome.stdout, &outcome.stderr] {
        assert!(!text.contains("sandboxAlibabaSecret") && !text.contains(key));
    }
}
