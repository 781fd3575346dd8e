//! What happens between certctl and the clouds: lost, cut and foreign answers, limits, repetition.

use std::collections::HashSet;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use certctl::emulator::Entry;
use certctl::emulator::pki::Authority;
use serde_json::{Value, json};

use crate::support::{Call, Clouds, Outcome};

const BATCH: &str = "BatchSetCdnDomainServerCertificate";
const READ: &str = "DescribeDomainCertificateInfo";
const DELETE: &str = "BatchDeleteCSR";
const UPDATE: &str = "UpdateSSLBinding";

/// A server without any manners: the answer to each request is what the test says.
pub struct Raw {
    endpoint: String,
    received: Arc<Mutex<Vec<String>>>,
}

/// What becomes of a connection after a request.
pub enum Then {
    /// These bytes are written, and the connection stays.
    Answer(String),
    /// Closed without an answer.
    Close,
}

impl Raw {
    /// Answers each request by its number, from 1, and its text.
    pub fn start(answer: impl Fn(usize, &str) -> Then + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let received = Arc::new(Mutex::new(Vec::new()));
        let seen = received.clone();
        let answer = Arc::new(answer);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, answer) = (seen.clone(), answer.clone());
                std::thread::spawn(move || serve(stream, &seen, &*answer));
            }
        });
        Raw { endpoint, received }
    }

    /// Answers everything alike.
    pub fn always(status: &str, body: impl Into<String>) -> Self {
        let answer = http(status, &body.into());
        Raw::start(move |_, _| Then::Answer(answer.clone()))
    }

    /// The requests that came, head and body.
    pub fn received(&self) -> Vec<String> {
        self.received.lock().unwrap().clone()
    }

    /// The binary, with keys for this server.
    pub fn certctl(&self, args: &[&str]) -> Call {
        Call::new(args)
            .env("CERTCTL_ENDPOINT", &self.endpoint)
            .env("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAI5tRawServer00000001")
            .env(
                "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
                "raw-secret-raw-secret-raw-sec1",
            )
            .env(
                "TENCENTCLOUD_SECRET_ID",
                "AKIDrawserver000000000000000000000001",
            )
            .env("TENCENTCLOUD_SECRET_KEY", "raw-secret-raw-secret-raw-sec2")
            .env("UCLOUD_PUBLIC_KEY", "raw-public-key")
            .env("UCLOUD_PRIVATE_KEY", "raw-secret-raw-secret-raw-sec3")
            .env("UCLOUD_PROJECT_ID", "org-raw")
            .env("UCLOUD_REGION", "cn-bj2")
    }
}

/// An HTTP answer with its length.
pub fn http(status: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

fn serve(
    mut stream: TcpStream,
    seen: &Mutex<Vec<String>>,
    answer: &(impl Fn(usize, &str) -> Then + ?Sized),
) {
    let mut buffer: Vec<u8> = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&buffer).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            if !more(&mut stream, &mut buffer) {
                return;
            }
            continue;
        };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.trim().parse().ok())?
        });
        if body.len() < length.unwrap_or(0) {
            if !more(&mut stream, &mut buffer) {
                return;
            }
            continue;
        }
        let number = {
            let mut seen = seen.lock().unwrap();
            seen.push(text.clone());
            seen.len()
        };
        buffer.clear();
        match answer(number, &text) {
            Then::Answer(bytes) if stream.write_all(bytes.as_bytes()).is_ok() => {}
            _ => return,
        }
    }
}

fn more(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> bool {
    let mut chunk = [0; 16 * 1024];
    match stream.read(&mut chunk) {
        Ok(0) | Err(_) => false,
        Ok(count) => {
            buffer.extend_from_slice(&chunk[..count]);
            true
        }
    }
}

/// A server on which one action suffers.
fn striking(action: &str, deed: Value) -> Clouds {
    Clouds::with(json!({"faults": [{"match": {"action": action}, "do": deed}]}))
}

/// A server on which the calls of an action at these places suffer.
fn striking_nth(action: &str, nth: &[u64], deed: Value) -> Clouds {
    let pattern = json!({"action": action, "nth": nth});
    Clouds::with(json!({"faults": [{"match": pattern, "do": deed}]}))
}

/// Switches HTTPS of `b.com` on, which is off in the fixture.
fn set(clouds: &Clouds, args: &[&str]) -> Outcome {
    let mut all = vec!["cdn", "set", "--no-preview", "--domains", "b.com", "--on"];
    all.extend(args);
    clouds.certctl(&all).run()
}

fn set_many(clouds: &Clouds, count: usize, args: &[&str]) -> Outcome {
    let domains: Vec<String> = (1..=count)
        .map(|n| format!("d{n:05}.example.com"))
        .collect();
    let list = clouds.file("domains.txt", domains.join("\n"));
    let mut all = vec![
        "cdn",
        "set",
        "--no-preview",
        "--on",
        "--domains-file",
        list.to_str().unwrap(),
    ];
    all.extend(args);
    clouds.certctl(&all).run()
}

fn delete(clouds: &Clouds, ids: &str, args: &[&str]) -> Outcome {
    let mut all = vec!["ssl", "csr", "delete", "--yes", "--ids", ids];
    all.extend(args);
    clouds.certctl(&all).run()
}

const REPLACE: [&str; 8] = [
    "ulb",
    "replace",
    "--old",
    "ssl-old0001",
    "--new",
    "ssl-new0001",
    "--listener",
    "vserver-https1",
];

fn replace(clouds: &Clouds, args: &[&str]) -> Outcome {
    let all: Vec<&str> = REPLACE.iter().chain(args).copied().collect();
    clouds.certctl(&all).run()
}

fn distinct(calls: &[Entry], name: &str) -> usize {
    let values = calls.iter().map(|call| call.params[name].to_string());
    values.collect::<HashSet<_>>().len()
}

/// Answers from which nobody learns whether the change was made.
fn unreadable() -> Vec<Value> {
    vec![
        json!({"status": 502, "html": true}),
        json!({"status": 500}),
        json!({"status": 503}),
        json!({"html_200": true}),
        json!({"empty": true}),
        json!({"no_content": true}),
        json!({"not_json": true}),
        json!({"null": true}),
        json!({"empty_object": true}),
        json!({"empty_array": true}),
        json!({"not_utf8": true}),
        json!({"bad_gzip": true}),
        json!({"huge_mib": 9}),
        json!({"cut_body": 20}),
        json!({"cut_chunk": 20}),
        json!({"code": "InternalError", "http": 500}),
    ]
}

#[test]
fn a_change_whose_answer_was_lost_is_read_back() {
    for mut deed in unreadable()
        .into_iter()
        .chain([json!({"reset_after": true})])
    {
        deed["applied"] = json!(true);
        let clouds = striking(BATCH, deed.clone());
        let outcome = set(&clouds, &["--max-attempts", "1"]).expect(0);
        assert_eq!(outcome.statuses(), ["changed"], "{deed}");
        let document = outcome.json();
        assert_eq!(
            document["results"][0]["note"],
            "confirmed by reading it back"
        );
        assert_eq!(clouds.calls(BATCH).len(), 1);
        assert_eq!(clouds.calls(READ).len(), 1);
    }
}

/// A domain without a certificate reads as nothing at all, in every way JSON has for it.
#[test]
fn what_is_null_when_it_is_read_back_is_absent() {
    for infos in [
        "null",
        "{}",
        "{\"CertInfo\":null}",
        "{\"CertInfo\":[{\"ServerCertificateStatus\":null,\"CertId\":null,\"CertName\":null}]}",
    ] {
        let read = format!("{{\"RequestId\":\"x\",\"CertInfos\":{infos}}}");
        let raw = Raw::start(move |_, request| match request.contains(READ) {
            true => Then::Answer(http("200 OK", &read)),
            false => Then::Close,
        });
        let args = [
            "cdn",
            "set",
            "--no-preview",
            "--domains",
            "a.com",
            "--off",
            "--yes",
        ];
        let outcome = raw.certctl(&args).arg("--max-attempts=1").run().expect(0);
        assert_eq!(outcome.statuses(), ["changed"], "{infos}");
        assert_eq!(
            outcome.json()["results"][0]["note"],
            "confirmed by reading it back"
        );
    }
}

#[test]
fn an_outcome_that_was_not_learnt_is_unknown() {
    for mut deed in unreadable()
        .into_iter()
        .chain([json!({"reset_before": true})])
    {
        deed["applied"] = json!(false);
        let clouds = striking(BATCH, deed.clone());
        let outcome = set(&clouds, &["--max-attempts", "1"]).expect(10);
        assert_eq!(outcome.statuses(), ["unknown"], "{deed}");
        let document = outcome.json();
        assert_eq!(document["ok"], false);
        assert_eq!(document["summary"]["unknown"], 1);
        let error = &document["results"][0]["error"];
        let kind = if deed.get("code").is_some() {
            "server-error"
        } else {
            "no-answer"
        };
        assert_eq!(error["kind"], kind, "{deed}");
        assert_eq!(error["attempts"], 1);
        assert_ne!(error["message"], "");
        assert!(
            outcome.stderr.contains("b.com: unknown"),
            "{}",
            outcome.stderr
        );
    }
}

#[test]
fn a_lost_answer_is_asked_for_again_with_a_fresh_signature() {
    let deeds = unreadable()
        .into_iter()
        .chain([json!({"reset_before": true}), json!({"reset_after": true})]);
    for deed in deeds {
        let clouds = striking_nth(BATCH, &[1], deed.clone());
        let outcome = set(&clouds, &[]).expect(0);
        assert_eq!(outcome.statuses(), ["changed"], "{deed}");
        let calls = clouds.calls(BATCH);
        assert_eq!(calls.len(), 2, "{deed}");
        assert_eq!(distinct(&calls, "SignatureNonce"), 2, "{deed}");
        assert_eq!(clouds.calls(READ).len(), 0, "{deed}");
    }
}

#[test]
fn slow_dripping_and_oddly_labelled_answers_are_answers() {
    // The answers of reads are long: only those of writes drip.
    let dripping = [BATCH, DELETE, UPDATE]
        .map(|action| json!({"match": {"action": action}, "do": {"slow_ms_per_byte": 3}}));
    let others = [
        json!({"stall_ms": 300}),
        json!({"bom": true}),
        json!({"content_type": "text/html"}),
        json!({"content_type": "application/octet-stream"}),
        json!({"huge_mib": 2}),
    ]
    .map(|deed| json!([{"do": deed}]));
    for faults in [json!(dripping)].into_iter().chain(others) {
        let clouds = Clouds::with(json!({"faults": faults}));
        set(&clouds, &[]).expect(0);
        delete(&clouds, "22", &[]).expect(0);
        replace(&clouds, &[]).expect(0);
        let log = clouds.log();
        assert!(log.iter().all(|entry| entry.applied), "{faults}");
        assert_eq!(clouds.calls(BATCH).len(), 1, "{faults}");
        assert_eq!(clouds.calls(DELETE).len(), 1, "{faults}");
        assert_eq!(clouds.calls(UPDATE).len(), 1, "{faults}");
    }
}

#[test]
fn answers_of_the_wrong_shape_prove_nothing() {
    let bodies = [
        "null",
        "[]",
        "{}",
        "\"ok\"",
        "7",
        "true",
        "{\"RequestId\":5}",
        "{\"RequestId\":null}",
        "{\"RequestId\":\"\"}",
        "{\"RequestId\":\"x\",\"Code\":{}}",
        "{\"RequestId\":\"x\",\"Code\":[\"InternalError\"]}",
        "{\"RequestId\":\"x\",\"Code\":true}",
        "{\"Response\":null}",
        "{\"Response\":[]}",
        "{\"Response\":{}}",
        "{\"Response\":{\"RequestId\":[\"x\"]}}",
        "{\"Response\":{\"RequestId\":\"x\",\"Error\":\"no\"}}",
        "{\"RetCode\":null}",
        "{\"RetCode\":[0]}",
        "{\"RetCode\":{}}",
        "{\"RetCode\":false}",
        "{\"RequestId\":\"x\"",
        "<html></html>",
        "",
    ];
    for body in bodies {
        let raw = Raw::always("200 OK", body);
        let lines: [&[&str]; 3] = [
            &["cdn", "set", "--no-preview", "--domains", "b.com", "--on"],
            &["ssl", "csr", "delete", "--ids", "22", "--yes"],
            &[
                "ulb",
                "replace",
                "--old",
                "ssl-a",
                "--new",
                "ssl-b",
                "--listener",
                "vs-1",
                "--no-preview",
            ],
        ];
        for args in lines {
            let outcome = raw.certctl(args).arg("--max-attempts=1").run().expect(10);
            assert_eq!(outcome.statuses(), ["unknown"], "{args:?} {body}");
        }
    }
    // In Tencent's envelope the list itself may be of the wrong type.
    let raw = Raw::always(
        "200 OK",
        "{\"Response\":{\"RequestId\":\"x\",\"Success\":\"22\"}}",
    );
    let call = raw.certctl(&[
        "ssl",
        "csr",
        "delete",
        "--ids",
        "22",
        "--yes",
        "--max-attempts=1",
    ]);
    assert_eq!(call.run().expect(10).statuses(), ["unknown"]);
}

#[test]
fn silence_ends_at_the_timeout() {
    let clouds = Clouds::with(json!({"faults": [{"do": {"stall_ms": 2_000, "applied": false}}]}));
    let outcome = set(&clouds, &["--timeout", "0.2", "--max-attempts", "2"]).expect(10);
    let error = &outcome.json()["results"][0]["error"];
    assert_eq!(error["kind"], "no-answer");
    assert_eq!(error["message"], "no answer within 0.2 s (--timeout)");
    assert_eq!(error["attempts"], 2);
    assert_eq!(clouds.calls(BATCH).len(), 2);
}

#[test]
fn a_dead_network_ends_a_long_run() {
    let clouds = Clouds::with(json!({"faults": [{"do": "reset_before"}]}));
    let outcome = set_many(&clouds, 500, &["--max-attempts", "2"]).expect(10);
    let summary = outcome.json()["summary"].clone();
    assert_eq!(summary["unknown"], 150);
    assert_eq!(summary["skipped"], 350);
    // Where nobody answers, reading is not tried for every domain.
    assert_eq!(clouds.calls(BATCH).len(), 6);
    assert_eq!(clouds.calls(READ).len(), 6);

    let clouds = Clouds::with(json!({"faults": [{"do": "reset_before"}]}));
    let ids: Vec<String> = (101..=150).map(|id| id.to_string()).collect();
    let outcome = delete(&clouds, &ids.join(","), &["--max-attempts", "2"]).expect(10);
    assert_eq!(outcome.json()["summary"]["unknown"], 50);
    assert!(clouds.log().len() <= 8, "{} requests", clouds.log().len());
}

#[test]
fn a_refusal_after_a_lost_answer_does_not_make_it_a_failure() {
    // The first attempt made the change, and so the domain is being configured at the second.
    let lost_at_first = |settle: u64| {
        Clouds::with(json!({
            "account": {"cdn_settle_ms": settle},
            "faults": [{"match": {"action": BATCH, "nth": [1]}, "do": "reset_after"}],
        }))
    };
    let args = [
        "cdn",
        "set",
        "--no-preview",
        "--on",
        "--max-attempts",
        "2",
        "--domains",
        "b.com,test.com",
    ];
    // What is not served yet cannot be seen: waiting tells.
    let clouds = lost_at_first(60_000);
    let outcome = clouds.certctl(&args).run().expect(10);
    assert_eq!(outcome.statuses(), ["unknown", "unknown"]);
    let calls = clouds.calls(BATCH);
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[1].code.as_deref(), Some("ServiceBusy"));
    let clouds = lost_at_first(2_500);
    let outcome = clouds.certctl(&args).arg("--wait=60s").run().expect(0);
    assert_eq!(outcome.statuses(), ["changed", "changed"]);
    assert_eq!(clouds.calls(BATCH).len(), 2);

    // Not made, and refused as busy at the second: nobody knows.
    let faults = json!([
        {"match": {"action": BATCH, "nth": [1]}, "do": "reset_before"},
        {"match": {"action": BATCH}, "do": {"code": "ServiceBusy", "http": 403}},
    ]);
    let clouds = Clouds::with(json!({"faults": faults}));
    let outcome = clouds.certctl(&args).run().expect(10);
    assert_eq!(outcome.statuses(), ["unknown", "unknown"]);

    // The name in the store was taken by the first attempt itself.
    let faults = json!([
        {"match": {"action": BATCH, "nth": [1]}, "do": "reset_after"},
        {"match": {"action": BATCH, "nth": [2]}, "do": {"code": "Certificate.Duplicated"}},
    ]);
    let clouds = Clouds::with(json!({"faults": faults}));
    let issued = Authority::generate()
        .unwrap()
        .issue(&["b.com"], 30)
        .unwrap();
    let (cert, key) = (
        clouds.file("c.pem", issued.fullchain),
        clouds.file("k.pem", issued.key),
    );
    let call = clouds.certctl(&["cdn", "set", "--domains", "b.com", "--cert-name", "b"]);
    let outcome = call
        .arg("--cert")
        .arg(cert)
        .arg("--key")
        .arg(key)
        .run()
        .expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
    assert!(
        clouds
            .calls(BATCH)
            .iter()
            .all(|call| call.params.get("ForceSet").is_none())
    );
}

#[test]
fn throttled_and_then_fine() {
    let spellings = [
        json!("throttle"),
        json!({"status": 429}),
        json!({"code": "Throttling", "http": 503}),
    ];
    for deed in spellings {
        let clouds = striking_nth(BATCH, &[1, 2], deed.clone());
        let outcome = set(&clouds, &[]).expect(0);
        assert_eq!(outcome.statuses(), ["changed"], "{deed}");
        let calls = clouds.calls(BATCH);
        assert_eq!(calls.len(), 3, "{deed}");
        assert_eq!(distinct(&calls, "SignatureNonce"), 3);
    }
    let clouds = striking_nth(DELETE, &[1], json!({"code": "LimitExceeded"}));
    delete(&clouds, "22", &["--max-attempts", "2"]).expect(6);
    for code in [
        "RequestLimitExceeded",
        "RequestLimitExceeded.UinLimitExceeded",
    ] {
        let clouds = striking_nth(DELETE, &[1], json!({"code": code}));
        delete(&clouds, "22", &[]).expect(0);
        assert_eq!(clouds.calls(DELETE).len(), 2);
    }
    let clouds = striking_nth(UPDATE, &[1], json!("throttle"));
    replace(&clouds, &[]).expect(0);
    assert_eq!(clouds.calls(UPDATE).len(), 2);
}

#[test]
fn throttled_to_the_end_is_try_later() {
    let clouds = striking(BATCH, json!("throttle"));
    let outcome = set_many(&clouds, 500, &["--max-attempts", "2"]).expect(7);
    let document = outcome.json();
    assert_eq!(document["summary"]["failed"], 150);
    assert_eq!(document["summary"]["skipped"], 350);
    let error = &document["results"][0]["error"];
    assert_eq!(error["code"], "Throttling.User");
    assert_eq!(error["kind"], "throttled");
    assert_eq!(error["retryable"], true);
    assert_eq!(error["attempts"], 2);
    assert_eq!(clouds.calls(BATCH).len(), 6);
}

#[test]
fn throttled_out_in_the_middle_leaves_the_others_done() {
    let pattern = json!({"action": BATCH, "value": "d00101.example.com"});
    let clouds = Clouds::with(json!({"faults": [{"match": pattern, "do": "throttle"}]}));
    let outcome = set_many(&clouds, 250, &["--max-attempts", "2"]).expect(9);
    let statuses = outcome.statuses();
    assert!(statuses[..100].iter().all(|status| status == "changed"));
    assert!(statuses[100..150].iter().all(|status| status == "failed"));
    assert!(statuses[150..].iter().all(|status| status == "changed"));
}

#[test]
fn the_servers_own_wait_is_kept_to_by_every_call() {
    let pattern = json!({"action": BATCH, "nth": [3]});
    let throttle = json!({"throttle": {"retry_after_ms": 2_000}});
    let clouds = Clouds::with(json!({"faults": [{"match": pattern, "do": throttle}]}));
    set_many(&clouds, 150, &["--batch-size", "50", "--rate", "1"]).expect(0);
    let calls = clouds.calls(BATCH);
    assert_eq!(calls.len(), 4);
    let waited = calls[3].time_us - calls[2].time_us;
    assert!(waited >= 2_000_000, "{waited} µs");
}

#[test]
fn throttling_lowers_the_runs_own_rate() {
    let clouds = striking_nth(BATCH, &[5], json!({"throttle": {"retry_after_ms": 1_500}}));
    let outcome = set_many(&clouds, 30, &["--batch-size", "1", "-v"]).expect(0);
    let said = "throttled, using 7 calls per second from now on";
    assert!(outcome.stderr.contains(said), "{}", outcome.stderr);
    let calls = clouds.calls(BATCH);
    assert_eq!(calls.len(), 31);
    // What was under way arrives; nothing else within the server's 1.5 s, and then seven a second.
    let throttled = calls[4].time_us;
    let later: Vec<u64> = calls
        .iter()
        .map(|call| call.time_us)
        .filter(|time| *time > throttled + 500_000)
        .collect();
    assert!(
        later[0] >= throttled + 1_500_000,
        "{later:?} after {throttled}"
    );
    for start in &later {
        let second = *start..*start + 1_000_000;
        assert!(
            later.iter().filter(|time| second.contains(time)).count() <= 7,
            "{later:?}"
        );
    }
}

/// Calls that were under way together are throttled together: the rate is lowered once.
#[test]
fn calls_that_are_throttled_together_teach_one_lesson() {
    let fault = json!({"match": {"action": BATCH, "nth": [2, 3, 4, 5, 6]}, "do": "throttle"});
    let clouds = Clouds::with(json!({"latency_ms": 200, "faults": [fault]}));
    let outcome = set_many(&clouds, 10, &["--batch-size", "1", "-v"]).expect(0);
    assert!(
        outcome.stderr.contains("7 calls per second from now on"),
        "{outcome:#?}"
    );
    assert!(
        !outcome.stderr.contains("5 calls per second from now on"),
        "{outcome:#?}"
    );
}

#[test]
fn a_service_that_is_unavailable_has_changed_nothing() {
    let clouds = striking(BATCH, json!({"code": "ServiceUnavailable", "http": 503}));
    let outcome = set(&clouds, &["--max-attempts", "2"]).expect(7);
    let error = &outcome.json()["results"][0]["error"];
    assert_eq!(error["kind"], "unavailable");
    assert_eq!(error["attempts"], 2);
    assert_eq!(outcome.statuses(), ["failed"]);
    assert_eq!(clouds.calls(READ).len(), 0);
}

#[test]
fn redirects_are_not_followed() {
    let elsewhere = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let address = format!("http://{}/", elsewhere.local_addr().unwrap());
    let clouds = Clouds::with(json!({"faults": [{"do": {"redirect": address}}]}));
    let outcome = set_many(&clouds, 500, &[]).expect(6);
    let document = outcome.json();
    assert_eq!(document["summary"]["failed"], 50);
    assert_eq!(document["summary"]["skipped"], 450);
    let error = &document["results"][0]["error"];
    assert_eq!(error["http_status"], 302);
    let message = error["message"].as_str().unwrap();
    assert!(
        message.starts_with("HTTP 302: a redirect, which certctl does not follow"),
        "{message}"
    );
    assert_eq!(
        clouds.log().len(),
        1,
        "no address redirects one call and answers another"
    );
    let outcome = delete(&clouds, "22", &[]).expect(6);
    assert_eq!(outcome.statuses(), ["failed"]);
    let outcome = replace(&clouds, &[]).expect(6);
    assert_eq!(outcome.stdout, "");
    assert_eq!(outcome.error()["kind"], "refused");
    replace(&clouds, &["--no-preview"]).expect(6);
    let refused = elsewhere.accept().expect_err("nobody came");
    assert_eq!(refused.kind(), ErrorKind::WouldBlock);
}

#[test]
fn what_refuses_everything_is_not_asked_about_every_domain() {
    let refusals = [
        ("403 Forbidden", "<html>blocked</html>", 6),
        (
            "403 Forbidden",
            "{\"RequestId\":\"x\",\"Code\":\"Forbidden.RAM\",\"Message\":\"no\"}",
            4,
        ),
        (
            "400 Bad Request",
            "{\"RequestId\":\"x\",\"Code\":\"Certificate.Duplicated\",\"Message\":\"no\"}",
            6,
        ),
        (
            "400 Bad Request",
            "{\"RequestId\":\"x\",\"Code\":\"SetDomainSSLPub.ParameterError\",\"Message\":\"no\"}",
            6,
        ),
    ];
    let domains: String = (0..2_000).map(|n| format!("d{n}.example.com\n")).collect();
    for (status, body, exit) in refusals {
        let raw = Raw::start(move |_, _| {
            let id = format!("\"{}\"", certctl::transport::nonce());
            Then::Answer(http(status, &body.replace("\"x\"", &id)))
        });
        let call = raw.certctl(&[
            "cdn",
            "set",
            "--no-preview",
            "--on",
            "--domains",
            "-",
            "--rate",
            "1000",
        ]);
        let outcome = call.stdin(domains.as_str()).run().expect(exit);
        assert_eq!(outcome.json()["summary"]["failed"], 2_000, "{body}");
        let requests = raw.received().len();
        assert!(requests <= 150, "{body}: {requests} requests");
    }
}

#[test]
fn a_connection_that_the_server_has_closed_is_replaced() {
    let clouds = Clouds::with(json!({"faults": [{"do": "close_idle"}]}));
    let outcome = set_many(&clouds, 12, &["--batch-size", "1"]).expect(0);
    assert_eq!(outcome.statuses(), ["changed"; 12]);
    let outcome = delete(&clouds, "11,22,33", &[]).expect(9);
    assert_eq!(outcome.statuses(), ["failed", "changed", "changed"]);
    assert_eq!(replace(&clouds, &[]).expect(0).statuses(), ["changed"]);
}

#[test]
fn nothing_listens() {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let endpoint = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let clouds = Clouds::new();
    let args = ["--endpoint", &endpoint, "--max-attempts", "3"];
    let outcome = set_many(&clouds, 120, &args).expect(7);
    let document = outcome.json();
    assert_eq!(document["summary"]["failed"], 50);
    assert_eq!(document["summary"]["skipped"], 70);
    let error = &document["results"][0]["error"];
    assert_eq!(error["kind"], "connection");
    assert_eq!(error["attempts"], 3);
    assert_eq!(error["retryable"], true);
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("no connection"), "{message}");
    assert_eq!(
        delete(&clouds, "22", &args).expect(7).statuses(),
        ["failed"]
    );
    let outcome = replace(&clouds, &args).expect(7);
    assert_eq!(outcome.stdout, "");
    assert_eq!(outcome.error()["kind"], "connection");
    assert_eq!(clouds.log().len(), 0);
}

#[test]
fn a_name_that_does_not_resolve() {
    let clouds = Clouds::new();
    let args = [
        "--endpoint",
        "https://cdn.certctl.invalid",
        "--max-attempts",
        "1",
    ];
    let outcome = set(&clouds, &args).expect(7);
    let document = outcome.json();
    let message = document["results"][0]["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("the host name does not resolve"),
        "{message}"
    );
}

#[test]
fn something_listens_by_the_second_attempt() {
    let clouds = Clouds::new();
    // A port that refuses until somebody comes to listen there.
    let reserved = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = reserved.local_addr().unwrap();
    drop(reserved);
    let endpoint = format!("http://{address}");
    let body = "{\"RequestId\":\"x\"}";
    let mut child = clouds
        .certctl(&[
            "cdn",
            "set",
            "--no-preview",
            "--domains",
            "b.com",
            "--on",
            "--max-attempts",
            "50",
            "-v",
        ])
        .env("CERTCTL_ENDPOINT", endpoint)
        .spawn();
    let stderr = child.stderr.as_mut().expect("a pipe");
    let mut said = Vec::new();
    while !String::from_utf8_lossy(&said).contains("no connection") {
        let mut chunk = [0; 512];
        let count = stderr.read(&mut chunk).unwrap();
        assert_ne!(count, 0, "{}", String::from_utf8_lossy(&said));
        said.extend_from_slice(&chunk[..count]);
    }
    let listener = TcpListener::bind(address).unwrap();
    let server = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let seen = Mutex::new(Vec::new());
        serve(stream, &seen, &|_, _: &str| {
            Then::Answer(http("200 OK", body))
        });
        seen.into_inner().unwrap().len()
    });
    let outcome = Outcome::of(child).expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
    assert_eq!(server.join().unwrap(), 1);
}

#[test]
fn a_lost_delete_is_reconciled_by_reading() {
    let clouds = striking_nth(DELETE, &[1], json!("reset_after"));
    let outcome = delete(&clouds, "11,22,33", &[]).expect(9);
    assert_eq!(outcome.statuses(), ["failed", "changed", "changed"]);
    let document = outcome.json();
    assert_eq!(
        document["results"][1]["note"],
        "deleted, although the answer was lost"
    );
    let calls = clouds.calls(DELETE);
    assert_eq!(calls.len(), 2, "what is still there is tried again");
    assert_eq!(calls[1].params["CSRIds"], json!([11]));

    let clouds = striking_nth(DELETE, &[1], json!("reset_before"));
    let outcome = delete(&clouds, "22,33", &[]).expect(0);
    assert_eq!(outcome.statuses(), ["changed", "changed"]);
    assert_eq!(clouds.calls(DELETE).len(), 2);
}

/// The lost call is executed after it was looked for: the next one finds nothing to delete.
#[test]
fn a_lost_delete_that_was_executed_late_is_a_change() {
    let deletes = AtomicUsize::new(0);
    let raw = Raw::start(move |_, request| {
        if !request.contains(DELETE) {
            let present = "{\"Response\":{\"RequestId\":\"y\",\"Id\":22}}";
            let absent = "{\"Response\":{\"RequestId\":\"y\",\"Error\":{\"Code\":\
                          \"InvalidParameter.InvalidCSRId\",\"Message\":\"Incorrect CSR ID.\"}}}";
            return Then::Answer(match deletes.load(Ordering::SeqCst) {
                1 => http("200 OK", present),
                _ => http("200 OK", absent),
            });
        }
        match deletes.fetch_add(1, Ordering::SeqCst) {
            0 => Then::Close,
            _ => Then::Answer(http(
                "200 OK",
                "{\"Response\":{\"RequestId\":\"x\",\"Success\":[]}}",
            )),
        }
    });
    let args = ["ssl", "csr", "delete", "--ids", "22", "--yes"];
    let outcome = raw.certctl(&args).run().expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
    let note = &outcome.json()["results"][0]["note"];
    assert_eq!(note, "deleted, although the answer was lost");
}

#[test]
fn a_delete_that_is_lost_every_time_is_unknown() {
    let clouds = striking(DELETE, json!("reset_before"));
    let outcome = delete(&clouds, "22,33", &["--max-attempts", "2"]).expect(10);
    assert_eq!(outcome.statuses(), ["unknown", "unknown"]);
    assert_eq!(clouds.calls(DELETE).len(), 2);

    // The last word is a refusal; what became of the lost one is as unknown as before.
    let faults = json!([
        {"match": {"action": DELETE, "nth": [1]}, "do": "reset_before"},
        {"match": {"action": DELETE}, "do": {"code": "UnauthorizedOperation"}},
    ]);
    let clouds = Clouds::with(json!({"faults": faults}));
    let outcome = delete(&clouds, "22", &[]).expect(10);
    assert_eq!(outcome.statuses(), ["unknown"]);
    assert_eq!(
        outcome.json()["results"][0]["error"]["code"],
        "UnauthorizedOperation"
    );
}

#[test]
fn a_null_list_of_deleted_ids_is_an_empty_one() {
    let raw = Raw::start(|_, request| {
        Then::Answer(match request.contains(DELETE) {
            true => http(
                "200 OK",
                "{\"Response\":{\"RequestId\":\"x\",\"Success\":null}}",
            ),
            false => http(
                "200 OK",
                "{\"Response\":{\"RequestId\":\"y\",\"Error\":{\"Code\":\"InvalidParameter.InvalidCSRId\",\
                 \"Message\":\"Incorrect CSR ID.\"}}}",
            ),
        })
    });
    let args = ["ssl", "csr", "delete", "--ids", "22,33", "--yes"];
    let outcome = raw.certctl(&args).run().expect(5);
    assert_eq!(outcome.statuses(), ["failed", "failed"]);
    let outcome = raw.certctl(&args).arg("--missing-ok").run().expect(0);
    assert_eq!(outcome.statuses(), ["unchanged", "unchanged"]);
}

#[test]
fn a_lost_replacement_is_read_back() {
    let clouds = striking_nth(UPDATE, &[1], json!("reset_after"));
    assert_eq!(replace(&clouds, &[]).expect(0).statuses(), ["changed"]);
    assert_eq!(
        clouds.calls(UPDATE).len(),
        1,
        "reading showed it; nothing is sent again"
    );

    let clouds = striking_nth(UPDATE, &[1], json!("reset_before"));
    assert_eq!(replace(&clouds, &[]).expect(0).statuses(), ["changed"]);
    assert_eq!(clouds.calls(UPDATE).len(), 2);

    let clouds = striking(UPDATE, json!("reset_before"));
    let outcome = replace(&clouds, &["--max-attempts", "2"]).expect(10);
    assert_eq!(outcome.statuses(), ["unknown"]);
    assert_eq!(clouds.calls(UPDATE).len(), 2);
}

#[test]
fn without_reading_a_lost_replacement_stays_unknown() {
    let clouds = striking_nth(UPDATE, &[1], json!("reset_after"));
    let outcome = replace(&clouds, &["--no-preview"]).expect(10);
    assert_eq!(outcome.statuses(), ["unknown"]);
    let calls: Vec<_> = clouds
        .log()
        .into_iter()
        .filter_map(|entry| entry.action)
        .collect();
    assert_eq!(calls, [UPDATE, UPDATE], "nothing is read");
}

/// A UCloud on which `ssl-old` stays bound to `vs-1`, whatever is replaced.
fn ulb_that_shows_nothing(update: impl Fn(usize) -> Then + Send + Sync + 'static) -> Raw {
    let updates = Mutex::new(0);
    Raw::start(move |_, request| {
        if request.contains("Action=UpdateSSLBinding") {
            let mut updates = updates.lock().unwrap();
            *updates += 1;
            return update(*updates);
        }
        let old = request.contains("SSLId=ssl-old");
        let relations = match old {
            true => json!([{"LoadBalancerId": "ulb-1", "ListenerId": "vs-1"}]),
            false => json!(null),
        };
        let certificate = json!({"SSLId": if old { "ssl-old" } else { "ssl-new" },
                                 "Domains": "a.com", "Relations": relations});
        let body = json!({"RetCode": "0", "DataSet": [certificate], "TotalCount": 1});
        Then::Answer(http("200 OK", &body.to_string()))
    })
}

const RAW_REPLACE: [&str; 8] = [
    "ulb",
    "replace",
    "--old",
    "ssl-old",
    "--new",
    "ssl-new",
    "--listener",
    "vs-1",
];

#[test]
fn a_replacement_that_reading_does_not_show_is_unknown() {
    // Lost, then refused because the first one had moved it; reading lags behind.
    let raw = ulb_that_shows_nothing(|number| match number {
        1 => Then::Close,
        _ => Then::Answer(http(
            "200 OK",
            "{\"RetCode\":4210,\"Message\":\"not found\"}",
        )),
    });
    let outcome = raw.certctl(&RAW_REPLACE).run().expect(10);
    assert_eq!(outcome.statuses(), ["unknown"]);

    // Accepted, with the number as text, and not shown within the deadline.
    let raw = ulb_that_shows_nothing(|_| Then::Answer(http("200 OK", "{\"RetCode\":\"0\"}")));
    let outcome = raw
        .certctl(&RAW_REPLACE)
        .arg("--deadline=1")
        .run()
        .expect(10);
    assert_eq!(outcome.statuses(), ["unknown"]);

    // A refusal with its number as text is a refusal.
    let raw = ulb_that_shows_nothing(|_| {
        Then::Answer(http("200 OK", "{\"RetCode\":\"4143\",\"Message\":\"x\"}"))
    });
    let outcome = raw.certctl(&RAW_REPLACE).run().expect(5);
    assert_eq!(outcome.json()["results"][0]["error"]["code"], "4143");
}

#[test]
fn one_attempt_is_one_request() {
    for deed in [
        json!("throttle"),
        json!({"code": "ServiceBusy", "http": 403}),
        json!({"code": "ServiceUnavailable", "http": 503}),
    ] {
        let clouds = striking(BATCH, deed);
        set(&clouds, &["--max-attempts", "1"]).expect(7);
        assert_eq!(clouds.calls(BATCH).len(), 1);
    }
}

#[test]
fn the_deadline_ends_the_whole_command() {
    // Stopped in its backoff.
    let clouds = striking(BATCH, json!({"throttle": {"retry_after_ms": 60_000}}));
    let outcome = set_many(&clouds, 120, &["--deadline", "1"]).expect(7);
    let document = outcome.json();
    assert_eq!(document["summary"]["failed"], 50);
    assert_eq!(document["summary"]["skipped"], 70);
    assert_eq!(clouds.calls(BATCH).len(), 1);

    // Stopped in a call: nobody knows.
    let clouds = striking(BATCH, json!({"stall_ms": 20_000, "applied": false}));
    let outcome = set_many(&clouds, 120, &["--deadline", "1"]).expect(10);
    let document = outcome.json();
    assert_eq!(document["summary"]["unknown"], 50);
    assert_eq!(document["summary"]["skipped"], 70);
    assert_eq!(document["results"][0]["error"]["kind"], "deadline");

    // Over before anything was sent.
    let clouds = Clouds::new();
    let outcome = set(&clouds, &["--deadline", "0.000001"]).expect(7);
    assert_eq!(outcome.statuses(), ["skipped"]);
    assert_eq!(clouds.log().len(), 0);
}

/// The other side of a TLS handshake that never answers: no request was sent.
#[test]
fn a_deadline_before_there_is_a_connection_sends_nothing() {
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = silent.local_addr().expect("an address").port();
    let raw = Raw {
        endpoint: format!("https://127.0.0.1:{port}"),
        received: Arc::default(),
    };
    for args in [
        &[
            "cdn",
            "set",
            "--no-preview",
            "--domains",
            "a.com,b.com",
            "--on",
        ][..],
        &["ssl", "csr", "delete", "--ids", "22,33", "--yes"],
    ] {
        let outcome = raw.certctl(args).arg("--deadline=0.3").run().expect(7);
        assert_eq!(outcome.statuses(), ["skipped", "skipped"]);
        assert_eq!(
            outcome.json()["results"][1]["note"],
            "not sent: the deadline ran out (--deadline)"
        );
    }
}

#[test]
fn a_wait_longer_than_the_deadline_is_not_begun() {
    let clouds = striking(BATCH, json!({"throttle": {"retry_after_ms": 60_000}}));
    let child = clouds
        .certctl(&[
            "cdn",
            "set",
            "--no-preview",
            "--domains",
            "b.com",
            "--on",
            "--deadline",
            "30",
        ])
        .spawn();
    let outcome = Outcome::of(child).expect(7);
    assert_eq!(
        outcome.json()["results"][0]["error"]["code"],
        "Throttling.User"
    );
    assert_eq!(clouds.calls(BATCH).len(), 1);
}

#[test]
fn a_server_that_drips_is_waited_for_while_bytes_come() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut buffer = Vec::new();
        while !String::from_utf8_lossy(&buffer).contains("SSLProtocol") {
            if !more(&mut stream, &mut buffer) {
                return;
            }
        }
        for byte in http("200 OK", "{\"RequestId\":\"x\"}").bytes() {
            std::thread::sleep(Duration::from_millis(5));
            if stream.write_all(&[byte]).is_err() {
                return;
            }
        }
    });
    let clouds = Clouds::new();
    assert_eq!(
        set(&clouds, &["--endpoint", &endpoint])
            .expect(0)
            .statuses(),
        ["changed"]
    );
}
