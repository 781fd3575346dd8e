//! `certctl ga list` and `show`

use serde_json::{Value, json};

use crate::support::raw::{Raw, Request, answer};
use crate::support::{Clouds, Outcome};

const BINDINGS: &str = "ListListenerCertificates";
const DETAIL: &str = "GetUserCertificateDetail";

fn results(outcome: &Outcome) -> Vec<Value> {
    let json = outcome.json();
    json["results"].as_array().expect("results").clone()
}

fn pairs(outcome: &Outcome) -> Vec<(String, String)> {
    let text = |row: &Value, key: &str| row[key].as_str().unwrap_or("-").to_owned();
    let pair = |row: &Value| (text(row, "listener"), text(row, "certificate"));
    results(outcome).iter().map(pair).collect()
}

#[test]
fn one_view_of_accelerators_listeners_and_certificates() {
    let clouds = Clouds::new();
    let whole = clouds.certctl(&["ga", "list"]).run().expect(0);
    let rows = results(&whole);
    let of = |listener: &str| -> Vec<Value> {
        let own = rows.iter().filter(|row| row["listener"] == listener);
        own.cloned().collect()
    };
    let second = of("lsr-bp1sandboxsecond001");
    let stored = results(&clouds.certctl(&["cas", "show", "1234567"]).run().expect(0));
    let stored = |key: &str| stored[0][key].clone();
    assert_eq!(
        second[1],
        json!({"accelerator": "ga-bp1sandboxsecond0001", "accelerator_name": "sandbox",
               "listener": "lsr-bp1sandboxsecond001", "listener_name": "sandbox", "protocol": "https",
               "ports": "443", "domain": "www.example.com", "certificate": "1234567",
               "identifier": "1234567-cn-hangzhou", "certificate_name": stored("name"),
               "default": false, "names": stored("names"), "expires": stored("expires"),
               "days_left": stored("days_left"), "fingerprint": stored("fingerprint"),
               "fingerprint_sha1": stored("fingerprint_sha1"), "status": "active"})
    );
    assert_eq!(second[0]["default"], true);
    assert_eq!(second[0]["certificate"], "1000001");
    assert_eq!(second[0]["identifier"], "1000001-cn-hangzhou");
    let read = clouds.calls(DETAIL);
    let read: Vec<_> = read
        .iter()
        .map(|call| call.params["CertId"].clone())
        .collect();
    assert_eq!(
        read,
        ["1000001", "1234567", "1234567"],
        "once each, and for `cas show`"
    );
    assert!(second[0].get("domain").is_none());
    let plain = of("lsr-bp1sandboxhttp00001");
    assert_eq!(
        plain.len(),
        1,
        "a listener without certificates has a row all the same"
    );
    assert_eq!(
        (&plain[0]["protocol"], plain[0].get("certificate")),
        (&json!("http"), None)
    );
    assert_eq!(of("lsr-bp1sandboxupdating1")[0]["status"], "updating");
    let asked = clouds.calls(BINDINGS);
    assert!(
        asked
            .iter()
            .all(|call| call.params["ListenerId"] != "lsr-bp1sandboxhttp00001")
    );
    let table = clouds
        .certctl(&["ga", "list", "-o", "table"])
        .run()
        .expect(0)
        .stdout;
    assert!(table.starts_with("ACCELERATOR"), "{table}");
    assert_eq!(table.lines().count(), rows.len() + 1);

    let one = ["ga", "list", "--accelerator", "ga-bp1sandboxsecond0001"];
    let one = clouds.certctl(&one).run().expect(0);
    assert_eq!(results(&one), second);
    clouds
        .certctl(&["ga", "list", "--accelerator", "ga-none"])
        .run()
        .expect(5);
}

/// The same rows, however large the pages are, and whatever the server makes of their size.
#[test]
fn every_list_is_read_to_its_end() {
    let account = json!({"ga_accelerators": 45});
    let whole = pairs(
        &Clouds::with(json!({"account": account}))
            .certctl(&["ga", "list", "--rate", "100"])
            .run()
            .expect(0),
    );
    assert_eq!(whole.len(), 45 + 7);
    for (scenario, size, accelerators) in [
        (json!({"ga_accelerators": 45}), "20", 3),
        (json!({"ga_accelerators": 45, "max_page": 7}), "50", 7),
    ] {
        let clouds = Clouds::with(json!({"account": scenario}));
        let args = ["ga", "list", "--rate", "100", "--page-size", size];
        assert_eq!(pairs(&clouds.certctl(&args).run().expect(0)), whole);
        assert_eq!(clouds.calls("ListAccelerators").len(), accelerators);
    }
    let clouds = Clouds::with(json!({"account": {"max_page": 1}}));
    let rows = pairs(&clouds.certctl(&["ga", "list"]).run().expect(0));
    assert_eq!(rows.len(), 7);
    let tokens = clouds
        .calls(BINDINGS)
        .into_iter()
        .filter(|call| call.params.contains_key("NextToken"));
    assert_eq!(tokens.count(), 1, "one listener has two certificates");
}

#[test]
fn what_can_not_be_read_is_no_shorter_list() {
    for (action, value) in [
        ("ListListeners", "ga-bp1sandboxsecond0001"),
        (BINDINGS, "lsr-bp1sandboxsecond001"),
        ("ListAccelerators", "2"),
    ] {
        let fault = json!({"match": {"action": action, "value": value},
                           "do": {"code": "Forbbiden.SubUser", "http": 403}});
        let clouds = Clouds::with(json!({"faults": [fault], "account": {"max_page": 2}}));
        let outcome = clouds.certctl(&["ga", "list"]).run().expect(4);
        assert_eq!(outcome.stdout, "", "{action}");
        assert_eq!(outcome.error()["code"], "Forbbiden.SubUser");
    }
    // Reads are made again until they are answered.
    let lost = json!({"match": {"action": BINDINGS, "every": 2}, "do": "reset_after"});
    let clouds = Clouds::with(json!({"faults": [lost]}));
    assert_eq!(
        results(&clouds.certctl(&["ga", "list"]).run().expect(0)).len(),
        7
    );
    // Lists that end before everything announced is there, or without saying so.
    for reply in [
        r#"{"RequestId":"r","TotalCount":3,"Accelerators":[]}"#,
        r#"{"RequestId":"r","Accelerators":[]}"#,
    ] {
        let raw =
            Raw::http(move |_: &Request| answer(200, "Content-Type: application/json\r\n", reply));
        let args = [
            "ga",
            "list",
            "--max-attempts",
            "1",
            "--endpoint",
            &raw.endpoint(),
        ];
        let outcome = clouds.certctl(&args).run();
        assert_ne!(outcome.status, 0, "{reply}");
        assert_eq!(outcome.stdout, "", "{reply}");
    }
}

#[test]
fn what_ends_soon_or_nobody_knows_when_is_kept() {
    let list = |scenario: Value, within: &str| {
        let clouds = Clouds::with(scenario);
        let outcome = clouds.certctl(&["ga", "list", "--expiring", within]).run();
        (outcome.expect(0), clouds)
    };
    let (outcome, _) = list(json!({}), "9d");
    assert_eq!(results(&outcome), [Value::Null; 0]);
    assert_eq!(outcome.stderr, "");
    let (outcome, _) = list(json!({}), "90d");
    assert_eq!(results(&outcome).len(), 6);

    // A store that may not be read: one note, whatever the number of certificates.
    let denied = json!({"match": {"action": DETAIL}, "do": {"code": "NoPermission", "http": 403}});
    let (outcome, clouds) = list(json!({"faults": [denied]}), "9d");
    let rows = results(&outcome);
    assert_eq!(rows.len(), 6, "they may be what the list is for");
    assert!(rows.iter().all(|row| row.get("expires").is_none()));
    let lines: Vec<&str> = outcome.stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert!(lines[0].starts_with("note: could not read"), "{lines:#?}");
    assert_eq!(
        lines[1],
        "warning: the expiry date of 2 certificates is unknown: 1000001-cn-hangzhou, \
         1234567-cn-hangzhou"
    );
    assert_eq!(clouds.calls(DETAIL).len(), 1);
}

#[test]
fn a_certificate_that_the_store_does_not_have_has_empty_columns() {
    let gone = json!({"match": {"action": DETAIL, "value": "1000001"},
                      "do": {"code": "Certificate.NotFind", "http": 404}});
    let clouds = Clouds::with(json!({"faults": [gone]}));
    let outcome = clouds.certctl(&["ga", "list"]).run().expect(0);
    for row in results(&outcome)
        .iter()
        .filter(|row| row.get("certificate").is_some())
    {
        let known = row["certificate"] != "1000001";
        assert_eq!(row.get("expires").is_some(), known, "{row}");
    }
    assert!(
        outcome.stderr.contains("1000001-cn-hangzhou"),
        "{}",
        outcome.stderr
    );
    assert_eq!(outcome.stderr.lines().count(), 1);
}

#[test]
fn a_wrong_key_costs_one_request() {
    for args in [
        &["ga", "list"][..],
        &["ga", "list", "--accelerator", "ga-1,ga-2,ga-3"],
        &["ga", "show", "ga-1"],
        &["ga", "show", "--listener", "lsr-1"],
    ] {
        let clouds = Clouds::new();
        let call = clouds
            .certctl(args)
            .env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "wrong");
        call.run().expect(4);
        assert_eq!(clouds.log().len(), 1, "{args:?}");
    }
}

#[test]
fn show_has_everything_below() {
    let clouds = Clouds::with(json!({"account": {"max_page": 1}}));
    let args = ["ga", "show", "ga-bp1odcab8tmno0hdq****"];
    let row = results(&clouds.certctl(&args).run().expect(0))[0].clone();
    assert_eq!(row["accelerator"], "ga-bp1odcab8tmno0hdq****");
    assert_eq!(row["status"], "active");
    assert_eq!(row["created"], "2020-01-01T00:00:00Z");
    let listeners = row["listeners"].as_array().expect("listeners");
    assert_eq!(listeners.len(), 4);
    assert!(
        listeners
            .iter()
            .all(|one| one["created"] == "2020-01-01T00:00:00Z")
    );

    let args = ["ga", "show", "--listener", "lsr-bp1sandboxsecond001"];
    let row = results(&clouds.certctl(&args).run().expect(0))[0].clone();
    assert_eq!(row["accelerator"], "ga-bp1sandboxsecond0001");
    assert_eq!(row["security_policy"], "tls_cipher_policy_1_2");
    assert_eq!(
        row["certificates"],
        json!([
            {"certificate": "1000001", "identifier": "1000001-cn-hangzhou", "default": true,
             "status": "active"},
            {"certificate": "1234567", "identifier": "1234567-cn-hangzhou",
             "domain": "www.example.com", "default": false, "status": "active"},
        ])
    );
    for (args, status) in [
        (&["ga", "show"][..], 2),
        (&["ga", "show", "ga-1", "--listener", "lsr-1"], 2),
        (&["ga", "show", ""], 2),
        (&["ga", "show", "ga-none"], 5),
        (&["ga", "show", "--listener", "lsr-none"], 5),
    ] {
        assert_eq!(
            clouds.certctl(args).run().expect(status).stdout,
            "",
            "{args:?}"
        );
    }
}

#[test]
fn dry_runs_send_nothing() {
    let clouds = Clouds::new();
    for (args, action) in [
        (&["ga", "list"][..], "ListAccelerators"),
        (
            &["ga", "list", "--accelerator", "ga-1"],
            "DescribeAccelerator",
        ),
        (&["ga", "show", "ga-1"], "DescribeAccelerator"),
        (&["ga", "show", "--listener", "lsr-1"], "DescribeListener"),
    ] {
        let outcome = clouds
            .certctl(&[args, &["--dry-run"]].concat())
            .run()
            .expect(0);
        assert_eq!(outcome.json()["requests"][0]["action"], action);
    }
    assert!(clouds.log().is_empty());
}
