//! `certctl ga attach`

use serde_json::{Value, json};

use crate::support::Clouds;

const ASSOCIATE: &str = "AssociateAdditionalCertificatesWithListener";
const ACCELERATOR: &str = "ga-bp1odcab8tmno0hdq****";
const LISTENER: &str = "lsr-bp1bpn0kn908w4nbw****";
const BINDINGS: &str = "ListListenerCertificates";
const DETAIL: &str = "GetUserCertificateDetail";

/// Most certificates here are made up: the store has none of them.
fn made_up<'a>(listener: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&attach(listener, more)[..], &["--allow-name-mismatch"]].concat()
}

fn attach<'a>(listener: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let base = [
        "ga",
        "attach",
        "--accelerator",
        ACCELERATOR,
        "--listener",
        listener,
    ];
    [&base[..], more].concat()
}

/// The vendor's own sample, parameter for parameter.
#[test]
fn the_documents_sample() {
    let clouds = Clouds::new();
    let token = "123e4567-e89b-12d3-a456-426655440000";
    let args = [
        "--cert",
        "6092**-cn-hangzhou=example.com",
        "--client-token",
        token,
    ];
    let outcome = clouds.certctl(&attach(LISTENER, &args)).run().expect(0);
    let calls = clouds.calls(ASSOCIATE);
    let actions: Vec<_> = clouds
        .log()
        .iter()
        .map(|entry| entry.action.clone().expect("an action"))
        .collect();
    assert_eq!(actions, [BINDINGS, DETAIL, ASSOCIATE]);
    for (name, value) in [
        ("RegionId", "cn-hangzhou"),
        ("ClientToken", token),
        ("AcceleratorId", ACCELERATOR),
        ("ListenerId", LISTENER),
        ("Certificates.1.Id", "6092**-cn-hangzhou"),
        ("Certificates.1.Domain", "example.com"),
        ("Version", "2019-11-20"),
    ] {
        assert_eq!(calls[0].params[name], value);
    }
    assert!(!calls[0].params.contains_key("Certificates"));
    let row = json!({"cloud": "alibaba", "service": "ga", "action": ASSOCIATE,
                     "target": "example.com", "certificate": "6092**",
                     "identifier": "6092**-cn-hangzhou", "status": "changed",
                     "confirmed": false, "request_id": calls[0].request_id});
    assert_eq!(outcome.json()["results"], json!([row]));
}

#[test]
fn pairs_are_counted_from_1_and_repeat() {
    let clouds = Clouds::new();
    let args = [
        "--cert",
        "1-cn-hangzhou=a.com,2-cn-hangzhou=B.com",
        "--cert",
        "3-cn-hangzhou=*.c.com",
    ];
    let outcome = clouds.certctl(&made_up(LISTENER, &args)).run().expect(0);
    let params = &clouds.calls(ASSOCIATE)[0].params;
    let pair = |n: u32| {
        ["Id", "Domain"].map(|member| params[&format!("Certificates.{n}.{member}")].clone())
    };
    assert_eq!(pair(1), ["1-cn-hangzhou", "a.com"]);
    assert_eq!(pair(2), ["2-cn-hangzhou", "b.com"]);
    assert_eq!(pair(3), ["3-cn-hangzhou", "*.c.com"]);
    let token = params["ClientToken"].as_str().expect("a token of its own");
    assert!(token.is_ascii() && (1..=64).contains(&token.len()));
    assert_eq!(outcome.statuses(), ["changed"; 3]);
}

#[test]
fn a_domain_has_one_certificate() {
    let clouds = Clouds::new();
    let twice = [
        "--cert",
        "1-cn-hangzhou=a.com",
        "--cert",
        "2-cn-hangzhou=A.com",
    ];
    let outcome = clouds.certctl(&attach(LISTENER, &twice)).run().expect(2);
    assert_eq!(
        outcome.error()["message"],
        "a.com has two certificates on the command line, 1-cn-hangzhou and 2-cn-hangzhou"
    );
    assert!(clouds.log().is_empty());
    // The same pair twice is one.
    let same = [
        "--cert",
        "1-cn-hangzhou=a.com",
        "--cert",
        "1-cn-hangzhou=a.com",
    ];
    let outcome = clouds.certctl(&made_up(LISTENER, &same)).run().expect(0);
    assert_eq!(outcome.json()["summary"]["total"], 1);
    assert!(
        !clouds.calls(ASSOCIATE)[0]
            .params
            .contains_key("Certificates.2.Id")
    );
}

#[test]
fn malformed_pairs_are_named() {
    let clouds = Clouds::new();
    for (pair, reason) in [
        (
            "6092-cn-hangzhou",
            "write CERT=DOMAIN, such as 123-cn-hangzhou=example.com",
        ),
        (
            "=a.com",
            "certificate: it is empty; check for an unset shell variable",
        ),
        (
            "1 2=a.com",
            "certificate: it is not a certificate id, such as 1234567 or 1234567-cn-hangzhou; for \
             a file, write ./1 2",
        ),
        (
            "ssl-new0001=a.com",
            "certificate: it is an id of `certctl ulb`; for a file with this name, write \
             ./ssl-new0001",
        ),
        (
            "1=",
            "domain '' has an empty label (two dots, or a dot at an end)",
        ),
        (
            "1=https://a.com",
            "domain 'https://a.com' is a URL, not a domain: remove https://",
        ),
        (
            "1=a=b",
            "certificate: it is not a certificate id, such as 1234567 or 1234567-cn-hangzhou; for \
             a file, write ./1=a",
        ),
    ] {
        let outcome = clouds
            .certctl(&attach(LISTENER, &["--cert", pair]))
            .run()
            .expect(2);
        let error = outcome.error();
        let message = error["message"].as_str().expect("a text");
        assert!(message.ends_with(reason), "{message}");
        assert!(message.contains("--cert"), "{message}");
    }
    assert!(clouds.log().is_empty());
}

#[test]
fn a_token_is_for_one_call() {
    let clouds = Clouds::new();
    let pairs: Vec<String> = (1..=11)
        .map(|n| format!("{n}-cn-hangzhou=d{n}.com"))
        .collect();
    let args = ["--client-token", "t", "--cert", &pairs.join(",")];
    let outcome = clouds.certctl(&attach(LISTENER, &args)).run().expect(2);
    assert_eq!(
        outcome.error()["message"],
        "--client-token works for one call with up to 10 pairs, not for 11"
    );
    assert!(clouds.log().is_empty());
}

/// Eleven pairs are two calls; the second waits until the instance is active again.
#[test]
fn further_calls_wait_for_the_instance() {
    let clouds = Clouds::with(json!({"account": {"ga_settle_ms": 300}}));
    let pairs: Vec<String> = (1..=11)
        .map(|n| format!("{n}-cn-hangzhou=d{n}.com"))
        .collect();
    let args = ["--cert", &pairs.join(",")];
    let outcome = clouds.certctl(&made_up(LISTENER, &args)).run().expect(0);
    assert_eq!(outcome.statuses(), ["changed"; 11]);
    let log = clouds.log();
    let writes: Vec<_> = log
        .iter()
        .filter(|entry| entry.action.as_deref() == Some(ASSOCIATE))
        .collect();
    assert_eq!(writes.len(), 2, "no write while it is busy");
    assert!(writes.iter().all(|entry| entry.applied));
    assert!(!clouds.calls("DescribeListener").is_empty());
    let results = outcome.json()["results"].clone();
    assert_eq!(results[9]["request_id"], writes[0].request_id);
    assert_eq!(results[10]["request_id"], writes[1].request_id);
}

/// Reading says active and the write says busy: the attempts end as they do everywhere.
#[test]
fn a_listener_that_stays_busy_is_tried_as_often_as_allowed() {
    let busy = json!({"match": {"action": ASSOCIATE}, "do": {"code": "StateError.Listener"}});
    let clouds = Clouds::with(json!({"faults": [busy]}));
    let args = ["--cert", "1-cn-hangzhou=a.com", "--max-attempts", "3"];
    let outcome = clouds.certctl(&made_up(LISTENER, &args)).run().expect(7);
    let error = outcome.json()["results"][0]["error"].clone();
    assert_eq!(error["code"], "StateError.Listener");
    assert_eq!(error["attempts"], 3);
    assert_eq!(error["retryable"], true);
    let writes = clouds.calls(ASSOCIATE);
    assert_eq!(writes.len(), 3);
    let tokens: Vec<_> = writes
        .iter()
        .map(|call| &call.params["ClientToken"])
        .collect();
    assert!(tokens.iter().all(|token| *token == tokens[0]), "{tokens:?}");
}

#[test]
fn refusals_say_what_to_check() {
    for (accelerator, listener, status, code, hint, calls) in [
        (
            ACCELERATOR,
            "lsr-bp1sandboxhttp00001",
            6,
            "ProtocalIllegal.Listener",
            "HTTPS listener",
            2,
        ),
        (
            ACCELERATOR,
            "lsr-none",
            5,
            "NotExist.Listener",
            "`--listener`",
            1,
        ),
        (
            "ga-none",
            LISTENER,
            5,
            "NotExist.Accelerator",
            "`--accelerator`",
            1,
        ),
    ] {
        let clouds = Clouds::new();
        let args = [
            "ga",
            "attach",
            "--accelerator",
            accelerator,
            "--listener",
            listener,
            "--allow-name-mismatch",
            "--cert",
            "1-cn-hangzhou=a.com,2-cn-hangzhou=b.com",
        ];
        let outcome = clouds.certctl(&args).run().expect(status);
        assert_eq!(clouds.log().len(), calls, "asked once");
        assert_eq!(outcome.statuses(), ["failed", "failed"]);
        let row = &outcome.json()["results"][1];
        assert_eq!(row["error"]["code"], code);
        assert_eq!(row["certificate"], "2");
        assert_eq!(row["identifier"], "2-cn-hangzhou");
        let told = row["error"]["hint"].as_str().expect("a hint");
        assert!(told.contains(hint), "{told}");
        assert!(outcome.stderr.contains(code), "{outcome:#?}");
    }
    // An accelerator in a state that passes by is waited for, as far as the deadline goes.
    let clouds = Clouds::new();
    let args = [
        "ga",
        "attach",
        "--accelerator",
        "ga-bp1sandboxbinding001",
        "--listener",
        "lsr-bp1sandboxbinding01",
        "--allow-name-mismatch",
        "--cert",
        "1-cn-hangzhou=a.com",
        "--deadline",
        "2",
    ];
    let outcome = clouds.certctl(&args).run().expect(7);
    let row: Value = outcome.json()["results"][0].clone();
    assert_eq!(row["error"]["code"], "StateError.Accelerator");
    assert_eq!(row["error"]["retryable"], true);
    assert!(
        clouds
            .log()
            .iter()
            .all(|entry| !entry.applied || entry.action.as_deref() != Some(ASSOCIATE))
    );
}

#[test]
fn a_long_wait_says_once_what_it_is_for() {
    let clouds = Clouds::with(json!({"account": {"ga_settle_ms": 2500}}));
    let pairs: Vec<String> = (1..=11)
        .map(|n| format!("{n}-cn-hangzhou=d{n}.example.com"))
        .collect();
    let mut args = vec![
        "ga",
        "attach",
        "--accelerator",
        ACCELERATOR,
        "--listener",
        LISTENER,
        "--no-preview",
    ];
    for pair in &pairs {
        args.extend(["--cert", pair]);
    }
    let talk = clouds.certctl(&args).run().expect(0).talk();
    let line =
        format!("note: waiting for {ACCELERATOR} and {LISTENER} to be active, at most 180 s\n");
    assert!(talk.starts_with(&line), "{talk}");
    assert_eq!(talk.matches("waiting for").count(), 1, "{talk}");
}
