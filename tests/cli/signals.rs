//! SIGINT and SIGTERM: what is done is told, nothing new is sent, and a second one ends at once.

use std::process::{Child, Command};

use serde_json::{Value, json};

use crate::support::{Clouds, Outcome};

const BATCH: &str = "BatchSetCdnDomainServerCertificate";
const DELETE: &str = "BatchDeleteCSR";
const ATTACH: &str = "AssociateAdditionalCertificatesWithListener";
const UPDATE: &str = "UpdateSSLBinding";

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill")
        .args([&format!("-{name}"), &child.id().to_string()])
        .status()
        .expect("kill runs");
    assert!(status.success());
}

/// Waits until so many requests of an action have arrived, a minute at most.
fn arrived(clouds: &Clouds, action: &str, count: usize) {
    for _ in 0..12_000 {
        if clouds.calls(action).len() >= count {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("{action} was not called: {:#?}", clouds.log());
}

fn set_many(clouds: &Clouds, count: usize, args: &[&str]) -> Child {
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
    clouds.certctl(&all).spawn()
}

fn on_nth(action: &str, nth: u64, deed: Value) -> Clouds {
    let pattern = json!({"action": action, "nth": [nth]});
    Clouds::with(json!({"faults": [{"match": pattern, "do": deed}]}))
}

fn count(outcome: &Outcome, status: &str) -> usize {
    outcome
        .statuses()
        .iter()
        .filter(|other| *other == status)
        .count()
}

#[test]
fn in_the_middle_of_a_batch_what_is_done_is_told() {
    for (name, status) in [("INT", 130), ("TERM", 143)] {
        let clouds = Clouds::with(json!({"latency_ms": 50}));
        let child = set_many(&clouds, 1_000, &["--batch-size", "10"]);
        arrived(&clouds, BATCH, 5);
        signal(&child, name);
        let outcome = Outcome::of(child).expect(status);
        let document = outcome.json();
        assert_eq!(document["ok"], false);
        assert_eq!(document["summary"]["total"], 1_000);
        assert_eq!(count(&outcome, "unknown") + count(&outcome, "failed"), 0);
        // What was sent got its answer within the two seconds, and nothing was sent after.
        let applied = clouds
            .calls(BATCH)
            .iter()
            .filter(|call| call.applied)
            .count();
        assert_eq!(count(&outcome, "changed"), applied * 10);
        assert_eq!(count(&outcome, "skipped"), 1_000 - applied * 10);
        assert!(applied < 50, "{applied} of 100 calls");
        let last = &document["results"][999];
        assert_eq!(last["status"], "skipped");
        assert_eq!(last["note"], "not sent: interrupted");
        assert!(last.get("error").is_none());
    }
}

#[test]
fn during_a_backoff_it_ends_without_another_attempt() {
    for (name, status) in [("INT", 130), ("TERM", 143)] {
        for domains in [1, 120] {
            let throttle = json!({"throttle": {"retry_after_ms": 60_000}});
            let clouds = on_nth(BATCH, 1, throttle);
            let child = set_many(&clouds, domains, &[]);
            arrived(&clouds, BATCH, 1);
            signal(&child, name);
            let outcome = Outcome::of(child).expect(status);
            let document = outcome.json();
            let tried = domains.min(50);
            assert_eq!(count(&outcome, "failed"), tried);
            assert_eq!(count(&outcome, "skipped"), domains - tried);
            assert_eq!(document["results"][0]["error"]["code"], "Throttling.User");
            assert_eq!(clouds.calls(BATCH).len(), 1);
        }
    }
}

#[test]
fn a_call_that_answers_within_two_seconds_is_heard() {
    let clouds = on_nth(BATCH, 1, json!({"stall_ms": 700}));
    let child = set_many(&clouds, 120, &[]);
    arrived(&clouds, BATCH, 1);
    signal(&child, "INT");
    let outcome = Outcome::of(child).expect(130);
    assert_eq!(count(&outcome, "changed"), 50);
    assert_eq!(count(&outcome, "skipped"), 70);
    assert_eq!(clouds.calls(BATCH).len(), 1);
}

#[test]
fn a_signal_that_comes_too_late_to_matter_changes_nothing() {
    let clouds = on_nth(BATCH, 1, json!({"stall_ms": 500}));
    let child = set_many(&clouds, 3, &[]);
    arrived(&clouds, BATCH, 1);
    signal(&child, "INT");
    let outcome = Outcome::of(child).expect(0);
    assert_eq!(outcome.statuses(), ["changed"; 3]);
}

#[test]
fn a_call_that_does_not_answer_in_time_is_unknown() {
    for (name, status) in [("INT", 130), ("TERM", 143)] {
        let clouds = on_nth(BATCH, 1, json!({"stall_ms": 30_000, "applied": false}));
        let child = set_many(&clouds, 120, &[]);
        arrived(&clouds, BATCH, 1);
        signal(&child, name);
        let outcome = Outcome::of(child).expect(status);
        assert_eq!(count(&outcome, "unknown"), 50);
        assert_eq!(count(&outcome, "skipped"), 70);
        let error = &outcome.json()["results"][0]["error"];
        assert_eq!(error["kind"], "interrupted");
        assert_eq!(
            clouds.log().len(),
            1,
            "nothing is sent any more, no reading either"
        );
    }
}

#[test]
fn a_second_signal_ends_at_once() {
    for (name, status) in [("INT", 130), ("TERM", 143)] {
        let clouds = Clouds::with(json!({"faults": [{"do": {"stall_ms": 30_000}}]}));
        let mut child = set_many(&clouds, 3, &[]);
        arrived(&clouds, BATCH, 1);
        signal(&child, name);
        // Two that come together are one; so more of them come until it has ended.
        while child.try_wait().expect("a child").is_none() {
            signal(&child, name);
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        let outcome = Outcome::of(child).expect(status);
        assert_eq!(outcome.stdout, "", "there was no time for a document");
    }
}

#[test]
fn a_delete_in_the_middle_is_told() {
    let ids: Vec<String> = (101..=400).map(|id| id.to_string()).collect();
    let clouds = on_nth(DELETE, 1, json!({"stall_ms": 500}));
    let child = clouds
        .certctl(&["ssl", "csr", "delete", "--yes", "--ids", &ids.join(",")])
        .spawn();
    arrived(&clouds, DELETE, 1);
    signal(&child, "INT");
    let outcome = Outcome::of(child).expect(130);
    assert_eq!(count(&outcome, "changed"), 100);
    assert_eq!(count(&outcome, "skipped"), 200);
    assert_eq!(clouds.calls(DELETE).len(), 1);

    let clouds = on_nth(DELETE, 1, json!({"stall_ms": 30_000}));
    let child = clouds
        .certctl(&["ssl", "csr", "delete", "--yes", "--ids", &ids.join(",")])
        .spawn();
    arrived(&clouds, DELETE, 1);
    signal(&child, "TERM");
    let outcome = Outcome::of(child).expect(143);
    assert_eq!(count(&outcome, "unknown"), 100);
    assert_eq!(count(&outcome, "skipped"), 200);
    assert_eq!(clouds.log().len(), 1);
}

#[test]
fn an_attachment_that_waits_for_its_listener_is_told() {
    let clouds = Clouds::with(json!({"account": {"ga_settle_ms": 60_000}}));
    let mut call = clouds.certctl(&["ga", "attach", "--accelerator", "ga-bp1odcab8tmno0hdq****"]);
    call = call.args(&["--no-preview", "--listener", "lsr-bp1bpn0kn908w4nbw****"]);
    for n in 1..=25 {
        call = call
            .arg("--cert")
            .arg(format!("{n}-cn-hangzhou=d{n}.example.com"));
    }
    let child = call.spawn();
    arrived(&clouds, "DescribeListener", 2);
    signal(&child, "INT");
    let outcome = Outcome::of(child).expect(130);
    assert_eq!(count(&outcome, "changed"), 10);
    assert_eq!(count(&outcome, "skipped"), 15);
    assert_eq!(clouds.calls(ATTACH).len(), 1);
}

#[test]
fn a_replacement_cut_off_is_unknown() {
    let args = [
        "ulb",
        "replace",
        "--old",
        "ssl-old0001",
        "--new",
        "ssl-new0001",
        "--listener",
        "vserver-https1",
    ];
    let clouds = on_nth(UPDATE, 1, json!({"stall_ms": 30_000}));
    let child = clouds.certctl(&args).spawn();
    arrived(&clouds, UPDATE, 1);
    signal(&child, "INT");
    let outcome = Outcome::of(child).expect(130);
    assert_eq!(outcome.statuses(), ["unknown"]);

    // While it still reads, nothing was tried: an error, and no document.
    let clouds = on_nth("DescribeSSLV2", 1, json!({"stall_ms": 30_000}));
    let child = clouds.certctl(&args).spawn();
    arrived(&clouds, "DescribeSSLV2", 1);
    signal(&child, "TERM");
    let outcome = Outcome::of(child).expect(143);
    assert_eq!(outcome.stdout, "");
    assert_eq!(outcome.error()["kind"], "interrupted");
    assert_eq!(clouds.calls(UPDATE).len(), 0);
}

#[test]
fn bindings_cut_off_are_unknown_and_the_rest_is_skipped() {
    let args = [
        "ulb",
        "bind",
        "--cert=ssl-new0001",
        "--listener=vserver-https4,vserver-https3",
        "--load-balancer=ulb-sandbox2",
    ];
    let clouds = on_nth("BindSSL", 1, json!({"stall_ms": 30_000}));
    let child = clouds.certctl(&args).spawn();
    arrived(&clouds, "BindSSL", 1);
    signal(&child, "INT");
    let outcome = Outcome::of(child).expect(130);
    assert_eq!(outcome.statuses(), ["unknown", "skipped"]);

    // A read that is cut off has changed nothing.
    let clouds = on_nth("DescribeSSLV2", 2, json!({"stall_ms": 30_000}));
    let args = ["ulb", "delete", "ssl-idle001", "ssl-expired", "--yes"];
    let child = clouds.certctl(&args).spawn();
    arrived(&clouds, "DescribeSSLV2", 2);
    signal(&child, "TERM");
    let outcome = Outcome::of(child).expect(143);
    assert_eq!(outcome.statuses(), ["changed", "skipped"]);
    assert_eq!(clouds.calls("DeleteSSL").len(), 1);
}
