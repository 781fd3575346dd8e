//! `certctl ssl bindings`

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

fn bindings(clouds: &Clouds, args: &[&str]) -> Outcome {
    let base = ["ssl", "bindings"];
    clouds.certctl(&[&base[..], args].concat()).run()
}

fn rows(outcome: &Outcome) -> Vec<Value> {
    let json = outcome.json();
    json["results"].as_array().expect("results").clone()
}

#[test]
fn every_kind_of_binding_is_a_row() {
    for nulls in [false, true] {
        let clouds = quick(json!({"account": {"ssl_nulls": nulls}}));
        let outcome = bindings(&clouds, &["example1"]).expect(0);
        let rows = rows(&outcome);
        let row = |instance: &str| {
            let found = rows.iter().find(|row| row["instance"] == instance);
            found
                .unwrap_or_else(|| panic!("{instance}: {rows:#?}"))
                .clone()
        };
        assert_eq!(
            row("lb-sandbox1|lbl-sni0001|api.example.com"),
            json!({
                "certificate": "example1", "resource_type": "clb", "region": "ap-guangzhou",
                "instance": "lb-sandbox1|lbl-sni0001|api.example.com",
                "load_balancer": "lb-sandbox1", "listener": "lbl-sni0001",
                "domains": ["api.example.com"],
            })
        );
        assert_eq!(
            row("lb-sandbox1|lbl-https01")["domains"],
            json!(["a.com", "b.com"])
        );
        assert_eq!(
            row("lb-sandbox3|lbl-sni0003|shop.example.com")["region"],
            "ap-shanghai"
        );
        assert_eq!(row("a.com").get("region"), None);
        for (instance, kind) in [
            ("teo.example.com", "teo"),
            ("bgpip-000001ms|ddos.example.com|443", "ddos"),
            ("cls-sandbox1|default|tls-example", "tke"),
            (
                "AccessService|ap-shanghai|env-sandbox1|tcb.example.com",
                "tcb",
            ),
            (
                "gateway-sandbox1|fa61bc05-cc54-4eea-c932-24de52577372",
                "tse",
            ),
            ("mqtt-sandbox1|example1", "mqtt"),
            ("ga-sandbox1|lsr-sandbox1", "gaap"),
            ("scf.example.com", "scf"),
            ("amqp-sandbox1", "tdmq"),
            ("ap-guangzhou|static-1250000000|cos.example.com", "cos"),
        ] {
            assert_eq!(row(instance)["resource_type"], kind);
        }
    }
}

/// What the cloud is asked, and in which types.
#[test]
fn the_look_up_is_made_read_and_paged() {
    let clouds = quick(json!({}));
    bindings(
        &clouds,
        &["example1", "example2", "example1", "--page-size", "7"],
    )
    .expect(0);
    let create = &clouds.calls("CreateCertificateBindResourceSyncTask");
    assert_eq!(create.len(), 1);
    assert_eq!(
        Value::Object(create[0].params.clone()),
        json!({"CertificateIds": ["example1", "example2"], "IsCache": 0})
    );
    let results = clouds.calls("DescribeCertificateBindResourceTaskResult");
    assert!(
        results
            .iter()
            .all(|call| call.params["TaskIds"].as_array().map(Vec::len) == Some(2))
    );
    let detail = &clouds.calls("DescribeCertificateBindResourceTaskDetail")[0];
    assert_eq!(
        (&detail.params["Limit"], &detail.params["Offset"]),
        (&json!("7"), &json!("0"))
    );
    bindings(&clouds, &["example1", "--cached"]).expect(0);
    assert_eq!(
        clouds.calls("CreateCertificateBindResourceSyncTask")[1].params["IsCache"],
        1
    );
}

#[test]
fn pages_of_every_size_give_the_same_bindings() {
    let all = rows(&bindings(&quick(json!({})), &["example1"]).expect(0));
    assert_eq!(all.len(), 24);
    for page in [1, 2, 3] {
        let clouds = quick(json!({"account": {"max_page": page}}));
        let mut paged = rows(&bindings(&clouds, &["example1"]).expect(0));
        for row in &all {
            let at = paged.iter().position(|other| other == row);
            paged.remove(at.unwrap_or_else(|| panic!("{page}: {row} is missing")));
        }
        assert_eq!(paged, Vec::<Value>::new(), "{page}");
    }
}

#[test]
fn types_narrow_the_list() {
    let clouds = quick(json!({}));
    let kinds = |args: &[&str]| -> Vec<String> {
        let outcome = bindings(&clouds, &[&["example1"], args].concat()).expect(0);
        let kind = |row: &Value| row["resource_type"].as_str().unwrap_or_default().to_owned();
        let mut kinds: Vec<String> = rows(&outcome).iter().map(kind).collect();
        kinds.dedup();
        kinds
    };
    assert_eq!(kinds(&["--types", "clb,cdn"]), ["cdn", "clb"]);
    let detail = clouds.calls("DescribeCertificateBindResourceTaskDetail");
    assert_eq!(detail[0].params["ResourceTypes"], json!(["clb", "cdn"]));
    // The younger ones cannot be asked for by name.
    assert_eq!(
        kinds(&["--types", "gaap", "--types", "cdn"]),
        ["cdn", "gaap"]
    );
    let detail = clouds.calls("DescribeCertificateBindResourceTaskDetail");
    assert_eq!(detail[1].params.get("ResourceTypes"), None);
    let outcome = bindings(&clouds, &["example1", "--types", "lighthouse"]).expect(2);
    assert_eq!(outcome.error()["kind"], "usage");
}

#[test]
fn nothing_bound_is_an_empty_list() {
    let clouds = quick(json!({}));
    let outcome = bindings(&clouds, &["idle0001"]).expect(0);
    assert_eq!(rows(&outcome), Vec::<Value>::new());
}

#[test]
fn a_look_up_that_fails_is_no_list() {
    let clouds = quick(json!({"account": {"ssl_failing_instances": ["example1"]}}));
    let outcome = bindings(&clouds, &["example2", "example1"]).expect(7);
    assert_eq!(outcome.stdout, "");
    assert_eq!(
        outcome.error()["message"],
        "InternalError: the search for the bindings of example1 failed: The look-up failed."
    );
}

#[test]
fn a_certificate_that_is_not_there() {
    let clouds = quick(json!({}));
    let outcome = bindings(&clouds, &["nowhere1"]).expect(5);
    assert_eq!(
        outcome.error()["code"],
        "FailedOperation.CertificateNotFound"
    );
    bindings(&clouds, &[""]).expect(2);
    bindings(&clouds, &[]).expect(2);
    assert_eq!(clouds.log().len(), 1);
}

/// Reading is repeated after a lost answer, also the call that begins the look-up.
#[test]
fn lost_answers_and_throttling() {
    let faults = json!([
        {"match": {"action": "CreateCertificateBindResourceSyncTask", "nth": [1]},
         "do": "reset_after"},
        {"match": {"action": "DescribeCertificateBindResourceTaskResult", "nth": [1]},
         "do": {"code": "LimitExceeded.RateLimitExceeded"}},
        {"match": {"action": "DescribeCertificateBindResourceTaskDetail", "nth": [1]},
         "do": {"code": "RequestLimitExceeded"}},
    ]);
    let clouds = quick(json!({"faults": faults}));
    let outcome = bindings(&clouds, &["example1"]).expect(0);
    assert_eq!(rows(&outcome).len(), 24);
}

#[test]
fn more_than_a_hundred_certificates() {
    let clouds = quick(json!({"account": {"ssl_certificates": 120}}));
    let ids: Vec<String> = (1..=120).map(|number| format!("sbx{number:05}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    bindings(&clouds, &ids).expect(0);
    let calls = clouds.calls("CreateCertificateBindResourceSyncTask");
    let sizes: Vec<_> = calls
        .iter()
        .map(|call| call.params["CertificateIds"].as_array().map(Vec::len))
        .collect();
    assert_eq!(sizes, [Some(100), Some(20)]);
}

#[test]
fn a_dry_run_shows_the_look_up() {
    let clouds = quick(json!({}));
    let outcome = bindings(&clouds, &["example1", "--dry-run"]).expect(0);
    let requests = outcome.json()["requests"].clone();
    assert_eq!(
        requests[0]["action"],
        "CreateCertificateBindResourceSyncTask"
    );
    assert!(clouds.log().is_empty());
}
