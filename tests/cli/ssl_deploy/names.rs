//! `certctl ssl deploy` to instances whose ids name no domain: what tells the names that they serve,
//! and what happens where nothing does.

use serde_json::{Value, json};

use crate::support::{Clouds, Outcome};

fn quick(more: Value) -> Clouds {
    let faults = more.get("faults").cloned().unwrap_or(json!([]));
    let account = json!({"ssl_task_ms": 60, "unlimited_rate": true});
    Clouds::with(json!({"account": account, "faults": faults}))
}

fn deploy(clouds: &Clouds, certificate: &str, more: &[&str]) -> Outcome {
    let base = ["ssl", "deploy", certificate];
    clouds.certctl(&[&base[..], more].concat()).run()
}

fn sent(clouds: &Clouds) -> Vec<Value> {
    let calls = clouds.calls("DeployCertificateInstance");
    let ids = calls
        .iter()
        .map(|call| call.params["InstanceIdList"].clone());
    ids.collect()
}

const GAAP: [&str; 4] = ["--to", "gaap", "--instances", "ga-sandbox1|lsr-sandbox1"];
const MQTT: [&str; 4] = [
    "--to",
    "mqtt",
    "--instances",
    "ap-guangzhou/mqtt-sandbox1|example1",
];
const TSE: [&str; 4] = [
    "--to",
    "tse",
    "--instances",
    "ap-guangzhou/gateway-sandbox1|fa61bc05-cc54-4eea-c932-24de52577372",
];
const TKE: [&str; 4] = [
    "--to",
    "tke",
    "--instances",
    "ap-guangzhou/cls-sandbox1|default|tls-example",
];
const LAYER4: [&str; 4] = [
    "--to",
    "clb",
    "--instances",
    "ap-guangzhou/lb-sandbox2|lbl-tcpssl1",
];

/// The cloud tells their domains, or the certificate that they bear tells its names.
#[test]
fn names_that_no_id_has_are_compared() {
    let of_old = "idle0001 does not cover example.com, *.example.com, a.com, b.com, which \
                  example1 covers: it covers idle.example.com";
    for (instance, message) in [
        (GAAP, of_old),
        (MQTT, of_old),
        (LAYER4, of_old),
        (
            TSE,
            "idle0001 does not cover tse.example.com: it covers idle.example.com",
        ),
        (
            TKE,
            "idle0001 does not cover tke.example.com: it covers idle.example.com",
        ),
    ] {
        let clouds = quick(json!({}));
        let outcome = deploy(&clouds, "idle0001", &instance).expect(8);
        let error = outcome.json()["results"][0]["error"].clone();
        assert_eq!(error["message"], message, "{instance:?}");
        assert_eq!(error["kind"], "certificate");
        assert!(sent(&clouds).is_empty(), "{instance:?}");
        // Sent all the same, it is the cloud that refuses.
        let allowed = [&instance[..], &["--allow-name-mismatch"]].concat();
        deploy(&clouds, "idle0001", &allowed);
        assert_eq!(sent(&clouds).len(), 1, "{instance:?}");
        // One with the same names goes there, and nothing is said of names.
        let outcome = deploy(&clouds, "example2", &[&instance[..], &["--wait"]].concat());
        assert_eq!(outcome.expect(0).statuses(), ["changed"], "{instance:?}");
    }
}

/// Of MQTT the id names what goes; elsewhere it may be any certificate of the store.
#[test]
fn what_is_borne_is_found() {
    let clouds = quick(json!({}));
    let outcome = deploy(&clouds, "example2", &MQTT).expect(0);
    assert!(
        !outcome.stderr.contains("serve are unknown"),
        "{outcome:#?}"
    );
    assert!(clouds.calls("DescribeCertificates").is_empty());
    let looked_up = clouds.calls("CreateCertificateBindResourceSyncTask");
    assert_eq!(
        looked_up[0].params["CertificateIds"],
        json!(["example2", "example1"])
    );
    let outcome = deploy(&clouds, "example2", &GAAP).expect(0);
    assert!(
        !outcome.stderr.contains("serve are unknown"),
        "{outcome:#?}"
    );
    assert_eq!(
        clouds.calls("DescribeCertificates")[0].params["CertificateType"],
        "SVR"
    );
    let looked_up = clouds.calls("CreateCertificateBindResourceSyncTask");
    let ids = looked_up[1].params["CertificateIds"].as_array();
    let ids = ids.expect("ids");
    assert_eq!(ids[0], "example2");
    assert!(ids.contains(&json!("example1")) && ids.contains(&json!("expired1")));
    // What the counts say is bound nowhere is not read.
    let read = |clouds: &Clouds| {
        clouds
            .calls("DescribeCertificateBindResourceTaskDetail")
            .len()
    };
    assert!(read(&clouds) < ids.len(), "{}", read(&clouds));
}

#[test]
fn where_nothing_tells_the_names_it_is_said_once() {
    let clouds = quick(json!({}));
    let args = [
        "--to",
        "tke",
        "--instances",
        "ap-guangzhou/cls-sandbox2|default|tls-unused,ap-guangzhou/cls-sandbox1|default|tls-example",
        "--wait",
    ];
    let outcome = deploy(&clouds, "example2", &args).expect(0);
    assert_eq!(outcome.statuses(), ["changed", "changed"]);
    let said = "warning: the names that ap-guangzhou/cls-sandbox2|default|tls-unused serve are \
                unknown: certctl could not compare them with those of example2\n";
    assert_eq!(outcome.stderr.matches(said).count(), 1, "{outcome:#?}");
    // Not there at all: the cloud says so.
    for (kind, list) in [
        ("gaap", "ga-sandbox1|lsr-nowhere"),
        ("mqtt", "ap-guangzhou/mqtt-sandbox1|gone0001"),
        (
            "tse",
            "ap-guangzhou/gateway-sandbox1|gone,ap-shanghai/gateway-sandbox2|gone",
        ),
    ] {
        let outcome = deploy(&clouds, "example2", &["--to", kind, "--instances", list]).expect(6);
        assert_eq!(
            outcome.stderr.matches("serve are unknown").count(),
            1,
            "{outcome:#?}"
        );
    }
    let outcome = deploy(
        &clouds,
        "example2",
        &[&GAAP[..], &["--no-preview"]].concat(),
    )
    .expect(0);
    assert!(
        !outcome.stderr.contains("serve are unknown"),
        "{outcome:#?}"
    );
}

/// What keeps the names from being compared stops the change, and says what to do.
#[test]
fn names_that_may_not_be_read_stop_it() {
    for (action, instance) in [
        ("DescribeCertificates", GAAP),
        ("CreateCertificateBindResourceSyncTask", GAAP),
        ("CreateCertificateBindResourceSyncTask", TSE),
        ("CreateCertificateBindResourceSyncTask", MQTT),
        ("DescribeHostTkeInstanceList", TKE),
    ] {
        let fault = json!({"match": {"action": action}, "do": {"code": "UnauthorizedOperation"}});
        let clouds = quick(json!({"faults": [fault]}));
        let outcome = deploy(&clouds, "example2", &instance).expect(4);
        let hint = outcome.json()["results"][0]["error"]["hint"].to_string();
        assert!(hint.contains("--no-preview"), "{action} {hint}");
        assert!(sent(&clouds).is_empty(), "{action}");
        let without = [&instance[..], &["--no-preview"]].concat();
        deploy(&clouds, "example2", &without).expect(0);
        assert_eq!(sent(&clouds).len(), 1, "{action}");
    }
    // That of the certificate that goes: the one that comes is read with its chain.
    let fault = json!({"match": {"action": "DescribeCertificate"},
        "do": {"code": "UnauthorizedOperation"}});
    let clouds = quick(json!({"faults": [fault]}));
    deploy(&clouds, "example2", &LAYER4).expect(4);
    assert!(sent(&clouds).is_empty());
}

/// The answer that tells the chain carries the private key too: a key may well not read it.
#[test]
fn a_chain_that_may_not_be_read_stops_nothing() {
    let fault = json!({"match": {"action": "DescribeCertificateDetail"},
        "do": {"code": "UnauthorizedOperation"}});
    let clouds = quick(json!({"faults": [fault]}));
    let outcome = deploy(&clouds, "example2", &GAAP).expect(0);
    let note = "the intermediates of example2 could not be read";
    assert!(outcome.stderr.contains(note), "{}", outcome.stderr);
    assert_eq!(sent(&clouds).len(), 1);
}

#[test]
fn a_dry_run_shows_what_is_read_for_the_names() {
    let clouds = quick(json!({}));
    let actions = |instance: &[&str]| {
        let outcome = deploy(&clouds, "example2", &[instance, &["--dry-run"]].concat()).expect(0);
        let requests = outcome.json()["requests"].clone();
        let requests = requests.as_array().expect("requests").clone();
        let action = |request: &Value| request["action"].as_str().expect("an action").to_owned();
        requests.iter().map(action).collect::<Vec<_>>()
    };
    let (whole, name) = ("DescribeCertificateDetail", "DescribeCertificate");
    let look_up = "CreateCertificateBindResourceSyncTask";
    let (records, send) = ("DescribeHostDeployRecord", "DeployCertificateInstance");
    assert_eq!(actions(&MQTT), [whole, name, look_up, records, send]);
    assert_eq!(
        actions(&GAAP),
        [whole, "DescribeCertificates", look_up, records, send]
    );
    let unchecked = [&GAAP[..], &["--allow-name-mismatch"]].concat();
    assert_eq!(actions(&unchecked), [look_up, records, send]);
    assert!(clouds.log().is_empty());
}
