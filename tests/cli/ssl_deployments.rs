//! `certctl ssl deployments`

use serde_json::{Value, json};

use crate::support::{Clouds, Outcome};

fn quick(more: Value) -> Clouds {
    let mut account = json!({"ssl_task_ms": 60, "unlimited_rate": true});
    let faults = more.get("faults").cloned().unwrap_or(json!([]));
    for (key, value) in more["account"].as_object().into_iter().flatten() {
        account[key] = value.clone();
    }
    Clouds::with(json!({"account": account, "faults": faults}))
}

fn deployments(clouds: &Clouds, args: &[&str]) -> Outcome {
    let base = ["ssl", "deployments"];
    clouds.certctl(&[&base[..], args].concat()).run()
}

/// Deploys and returns the record.
fn deployed(clouds: &Clouds, list: &str, status: i32) -> String {
    let base = [
        "ssl",
        "deploy",
        "example2",
        "--to",
        "cdn",
        "--wait",
        "--instances",
        list,
    ];
    let outcome = clouds.certctl(&base).run().expect(status);
    let record = outcome.json()["results"][0]["record"].clone();
    record.as_str().expect("a record").to_owned()
}

fn rows(outcome: &Outcome) -> Vec<Value> {
    let json = outcome.json();
    json["results"].as_array().expect("results").clone()
}

fn bearer(clouds: &Clouds, domain: &str) -> String {
    for certificate in ["example1", "example2"] {
        let base = ["ssl", "bindings", certificate, "--types", "cdn"];
        let outcome = clouds.certctl(&base).run().expect(0);
        if rows(&outcome).iter().any(|row| row["instance"] == domain) {
            return certificate.to_owned();
        }
    }
    String::new()
}

#[test]
fn a_list_holds_both_kinds() {
    let clouds = quick(json!({}));
    let outcome = deployments(&clouds, &["list", "example1"]).expect(0);
    let rows = rows(&outcome);
    assert_eq!(
        rows[0],
        json!({
            "record": "264001", "kind": "deploy", "status": "failed", "certificate": "example1",
            "resource_types": ["cdn"], "regions": [],
            "created": "2026-09-21T14:13:20Z", "updated": "2026-09-21T14:13:20Z",
        })
    );
    assert_eq!(rows[1]["kind"], "update");
    assert_eq!(rows[1]["old_certificate"], "example2");
    assert_eq!(rows[1]["status"], "succeeded");
    // Away from the certificate counts too.
    let from = deployments(&clouds, &["list", "example2"]).expect(0);
    assert_eq!(rows_of(&from, "record"), ["264004"]);
    let updates = deployments(&clouds, &["list", "example1", "--kind", "update"]).expect(0);
    assert_eq!(rows_of(&updates, "record"), ["264004"]);
}

fn rows_of(outcome: &Outcome, key: &str) -> Vec<String> {
    let text = |row: &Value| row[key].as_str().unwrap_or_default().to_owned();
    rows(outcome).iter().map(text).collect()
}

#[test]
fn lists_are_read_to_their_end() {
    let clouds = quick(json!({"account": {"max_page": 2, "ssl_sites": 10, "ssl_task_ms": 0}}));
    for number in 1..=5 {
        deployed(&clouds, &format!("site{number:04}.example.com|on"), 0);
    }
    let outcome = deployments(&clouds, &["list", "example2", "--kind", "deploy"]).expect(0);
    assert_eq!(rows(&outcome).len(), 5);
    let list = (6..=10).map(|number| format!("site{number:04}.example.com|on"));
    let record = deployed(&clouds, &list.collect::<Vec<_>>().join(","), 0);
    let shown = deployments(&clouds, &["show", &record]).expect(0);
    let shown = rows(&shown)[0].clone();
    assert_eq!(shown["items"].as_array().map(Vec::len), Some(5));
    assert_eq!(
        (shown["total"].as_u64(), shown["succeeded"].as_u64()),
        (Some(5), Some(5))
    );
}

/// The international site has updates only.
#[test]
fn a_site_without_deployments_lists_updates() {
    let unknown = ["DescribeHostDeployRecord", "DescribeHostDeployRecordDetail"];
    let clouds = quick(json!({"account": {"unknown_actions": unknown}}));
    let outcome = deployments(&clouds, &["list", "example1"]).expect(0);
    assert_eq!(rows_of(&outcome, "kind"), ["update"]);
    assert!(
        outcome.stderr.contains("only updates are listed"),
        "{outcome:#?}"
    );
    let shown = deployments(&clouds, &["show", "264004"]).expect(0);
    assert_eq!(rows(&shown)[0]["kind"], "update");
    let asked = deployments(&clouds, &["list", "example1", "--kind", "deploy"]).expect(6);
    assert_eq!(asked.error()["code"], "InvalidAction");
}

#[test]
fn a_record_shows_each_of_its_items() {
    let clouds = quick(json!({}));
    let outcome = deployments(&clouds, &["show", "264001"]).expect(0);
    let shown = rows(&outcome)[0].clone();
    assert_eq!(shown["status"], "failed");
    assert_eq!(shown["failed"], 1);
    assert_eq!(shown["items"][0]["instance"], "a.com");
    assert_eq!(
        shown["items"][0]["domains"],
        json!(["a.com"]),
        "without the switch"
    );
    assert_eq!(shown["items"][1]["status"], "failed");
    assert_eq!(
        shown["items"][1]["reason"],
        "The product refused the certificate."
    );
    let table = deployments(&clouds, &["show", "264001", "-o", "table"]).expect(0);
    assert!(table.stdout.contains("\nITEM "), "{table:#?}");
    // The types of the two reads differ.
    let deploy = clouds.calls("DescribeHostDeployRecordDetail");
    let update = clouds.calls("DescribeHostUpdateRecordDetail");
    assert_eq!(
        Value::Object(deploy[0].params.clone()),
        json!({"DeployRecordId": "264001", "Offset": 0, "Limit": 200})
    );
    assert_eq!(
        Value::Object(update[0].params.clone()),
        json!({"DeployRecordId": "264001", "Limit": "200", "Offset": "0"})
    );
}

#[test]
fn null_and_missing_counts() {
    let clouds = quick(json!({"account": {"ssl_nulls": true}}));
    let outcome = deployments(&clouds, &["show", "264004", "--kind", "update"]).expect(0);
    let shown = rows(&outcome)[0].clone();
    assert_eq!(
        (&shown["status"], &shown["pending"]),
        (&json!("succeeded"), &json!(0))
    );
    assert_eq!(clouds.calls("DescribeHostDeployRecordDetail").len(), 0);
}

#[test]
fn a_record_that_is_not_there() {
    let clouds = quick(json!({}));
    let outcome = deployments(&clouds, &["show", "7"]).expect(5);
    assert_eq!(
        outcome.error()["message"],
        "no deployment or update has record 7"
    );
    for record in ["0", "-7", "12x", "100000000000000000000"] {
        let outcome = deployments(&clouds, &["show", "--", record]).expect(2);
        assert_eq!(outcome.error()["kind"], "usage", "{record}");
    }
    let outcome = deployments(&clouds, &["retry", "7", "--kind", "deploy"]).expect(5);
    assert_eq!(
        outcome.error()["code"],
        "FailedOperation.CertificateDeployNotExist"
    );
}

#[test]
fn what_failed_is_tried_again() {
    let clouds = quick(json!({}));
    let outcome = deployments(&clouds, &["retry", "264001", "--wait"]).expect(0);
    let row = rows(&outcome)[0].clone();
    assert_eq!(row["target"], "flaky.example.com");
    assert_eq!(row["status"], "changed");
    assert_eq!(row["record"], "264001");
    assert_eq!(row["action"], "DeployCertificateRecordRetry");
    // A number, though reading takes a text.
    let call = &clouds.calls("DeployCertificateRecordRetry")[0];
    assert_eq!(
        Value::Object(call.params.clone()),
        json!({"DeployRecordId": 264_001})
    );
    let again = deployments(&clouds, &["retry", "264001"]).expect(0);
    assert_eq!(again.statuses(), ["unchanged"]);
    assert_eq!(rows(&again)[0]["note"], "no item of it failed");
}

#[test]
fn one_item_is_tried_again() {
    let clouds = quick(json!({}));
    let args = ["retry", "264001", "--item", "264003"];
    deployments(&clouds, &args).expect(0);
    let call = &clouds.calls("DeployCertificateRecordRetry")[0];
    assert_eq!(
        Value::Object(call.params.clone()),
        json!({"DeployRecordId": 264_001, "DeployRecordDetailId": 264_003})
    );
    let clouds = quick(json!({}));
    let outcome = deployments(&clouds, &["retry", "264001", "--item", "264002"]).expect(0);
    assert_eq!(outcome.statuses(), ["unchanged"]);
    let outcome = deployments(&clouds, &["retry", "264001", "--item", "7"]).expect(5);
    assert_eq!(outcome.error()["message"], "record 264001 has no item 7");
}

#[test]
fn what_fails_again_says_why() {
    let clouds = quick(json!({"account": {"ssl_failing_instances": ["flaky.example.com"]}}));
    let outcome = deployments(&clouds, &["retry", "264001", "--wait"]).expect(6);
    let error = rows(&outcome)[0]["error"].clone();
    assert_eq!(error["message"], "The product refused the certificate.");
}

#[test]
fn a_lost_retry_is_looked_up() {
    for (deed, calls) in [("reset_after", 1), ("reset_before", 2)] {
        let fault = json!({"match": {"action": "DeployCertificateRecordRetry", "nth": [1]},
            "do": deed});
        let clouds = quick(json!({"faults": [fault], "account": {"ssl_task_ms": 400}}));
        let outcome = deployments(&clouds, &["retry", "264001", "--wait"]).expect(0);
        assert_eq!(outcome.statuses(), ["changed"], "{deed}");
        assert_eq!(
            clouds.calls("DeployCertificateRecordRetry").len(),
            calls,
            "{deed}"
        );
    }
    let faults = json!([
        {"match": {"action": "DeployCertificateRecordRetry"}, "do": "reset_after"},
        {"match": {"action": "DescribeHostDeployRecordDetail", "nth": [2]},
         "do": {"code": "FailedOperation.AuthError"}},
    ]);
    let clouds = quick(json!({"faults": faults}));
    let outcome = deployments(&clouds, &["retry", "264001", "--kind", "deploy"]).expect(10);
    assert_eq!(outcome.statuses(), ["unknown"]);
    assert_eq!(clouds.calls("DeployCertificateRecordRetry").len(), 1);
}

#[test]
fn taking_back_needs_consent_and_makes_a_record() {
    let clouds = quick(json!({}));
    let record = deployed(&clouds, "a.com|on,b.com|on", 0);
    assert_eq!(bearer(&clouds, "a.com"), "example2");
    let before = clouds.log().len();
    let outcome = deployments(&clouds, &["rollback", &record]).expect(2);
    assert_eq!(outcome.error()["kind"], "usage");
    assert_eq!(clouds.log().len(), before);
    let outcome = deployments(&clouds, &["rollback", &record, "--yes", "--wait"]).expect(0);
    assert_eq!(outcome.statuses(), ["changed", "changed"]);
    assert_eq!(rows_of(&outcome, "target"), ["a.com", "b.com"]);
    let own = rows_of(&outcome, "record")[0].clone();
    assert_ne!(own, record);
    assert_eq!(bearer(&clouds, "a.com"), "example1");
    let again = deployments(&clouds, &["rollback", &record, "--yes"]).expect(0);
    assert_eq!(again.statuses(), ["unchanged"]);
    assert_eq!(rows(&again)[0]["note"], "2 instances already rolled back");
    assert_eq!(clouds.calls("DeployCertificateRecordRollback").len(), 1);
    let call = &clouds.calls("DeployCertificateRecordRollback")[0];
    assert!(call.params["DeployRecordId"].is_i64());
}

#[test]
fn an_update_is_taken_back_too() {
    let clouds = quick(json!({}));
    let outcome = deployments(&clouds, &["rollback", "264004", "--yes", "--wait"]).expect(0);
    assert_eq!(
        rows(&outcome)[0]["action"],
        "UpdateCertificateRecordRollback"
    );
    assert_eq!(rows(&outcome)[0]["resource_type"], "cdn");
    assert_eq!(bearer(&clouds, "b.com"), "example2");
}

#[test]
fn a_lost_rollback_is_made_again_only_where_nothing_shows() {
    let action = "DeployCertificateRecordRollback";
    let fault = |nth: &[u32], deed| json!({"match": {"action": action, "nth": nth}, "do": deed});
    let clouds = quick(json!({"faults": [fault(&[1, 2, 3], "reset_after")]}));
    let args = ["rollback", "264001", "--yes", "--wait"];
    let outcome = deployments(&clouds, &args).expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
    assert_eq!(
        rows(&outcome)[0]["note"],
        "rolled back, although the answer was lost"
    );
    assert_eq!(clouds.calls("DeployCertificateRecordRollback").len(), 1);
    // Each item is still as it was, for a while: the same certificates are put back.
    let clouds = quick(json!({"faults": [fault(&[1], "reset_before")]}));
    let outcome = deployments(&clouds, &args).expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
    assert_eq!(clouds.calls(action).len(), 2);
    // What cannot be read is not made again.
    let unread = json!({"match": {"action": "DescribeHostDeployRecordDetail", "nth": [2]},
        "do": {"code": "FailedOperation.AuthError"}});
    let clouds = quick(json!({"faults": [fault(&[1], "reset_before"), unread]}));
    let args = ["rollback", "264001", "--kind", "deploy", "--yes"];
    let outcome = deployments(&clouds, &args).expect(10);
    assert_eq!(outcome.statuses(), ["unknown"]);
    assert_eq!(clouds.calls(action).len(), 1);
}

#[test]
fn a_dry_run_of_each() {
    let clouds = quick(json!({}));
    let actions = |args: &[&str]| -> Vec<String> {
        let outcome = deployments(&clouds, &[args, &["--dry-run"]].concat()).expect(0);
        let requests = outcome.json()["requests"].clone();
        let action = |call: &Value| call["action"].as_str().unwrap_or_default().to_owned();
        requests
            .as_array()
            .expect("requests")
            .iter()
            .map(action)
            .collect()
    };
    let (deploy, update) = (
        "DescribeHostDeployRecordDetail",
        "DescribeHostUpdateRecordDetail",
    );
    assert_eq!(
        actions(&["list", "example1"]),
        [
            "DescribeHostDeployRecord",
            "DescribeHostUpdateRecord",
            "DescribeHostUpdateRecord"
        ]
    );
    assert_eq!(actions(&["show", "7"]), [deploy, update]);
    assert_eq!(
        actions(&["retry", "7", "--kind", "deploy"]),
        [deploy, "DeployCertificateRecordRetry"]
    );
    assert_eq!(
        actions(&["rollback", "7", "--kind", "update"]),
        [update, "UpdateCertificateRecordRollback"]
    );
    assert_eq!(actions(&["rollback", "7"]), [deploy, update]);
    assert!(clouds.log().is_empty());
}
