//! `certctl ssl deploy A,B --to teo`: a pair of algorithms on domains of EdgeOne

use certctl::emulator::pki::Authority;
use serde_json::{Value, json};

use crate::support::{Clouds, Outcome, private};

const ACTION: &str = "ModifyHostsCertificate";

fn quick(faults: Value) -> Clouds {
    let account = json!({"ssl_task_ms": 60, "unlimited_rate": true});
    Clouds::with(json!({"account": account, "faults": faults}))
}

fn deploy(clouds: &Clouds, pair: &str, hosts: &str, more: &[&str]) -> Outcome {
    let base = ["ssl", "deploy", pair, "--to", "teo", "--instances", hosts];
    clouds.certctl(&[&base[..], more].concat()).run()
}

/// A certificate of RSA in the store, for these names.
fn rsa(clouds: &Clouds, names: &[&str]) -> String {
    let authority = Authority::generate().expect("an authority");
    let issued = authority.issue_rsa(names, 80).expect("a certificate");
    clouds.file("rsa.pem", issued.fullchain);
    private(&clouds.file("rsa.key", issued.key));
    let args = ["ssl", "upload", "--cert", "rsa.pem", "--key", "rsa.key"];
    let outcome = clouds.certctl(&args).run().expect(0);
    let id = outcome.json()["results"][0]["certificate"].clone();
    id.as_str().expect("an id").to_owned()
}

fn row(outcome: &Outcome, at: usize) -> Value {
    outcome.json()["results"][at].clone()
}

#[test]
fn a_pair_is_set_and_read_back() {
    let clouds = quick(json!([]));
    let outcome = deploy(
        &clouds,
        "example2,idle0001",
        "idle.example.com",
        &["--wait"],
    )
    .expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
    let first = row(&outcome, 0);
    assert_eq!(first["confirmed"], true);
    assert_eq!(first["service"], "teo");
    assert_eq!(first["action"], ACTION);
    assert_eq!(first["target"], "idle.example.com");
    let calls = clouds.calls(ACTION);
    assert_eq!(first["request_id"], calls[0].request_id);
    assert_eq!(
        Value::Object(calls[0].params.clone()),
        json!({
            "ZoneId": "zone-sandbox00001", "Hosts": ["idle.example.com"], "Mode": "sslcert",
            "ServerCertInfo": [{"CertId": "example2"}, {"CertId": "idle0001"}],
        })
    );
    assert!(clouds.calls("DeployCertificateInstance").is_empty());
    // In either order it is so already.
    for pair in ["example2,idle0001", "idle0001,example2"] {
        let again = deploy(&clouds, pair, "idle.example.com", &["--wait"]).expect(0);
        assert_eq!(again.statuses(), ["unchanged"]);
        assert_eq!(row(&again, 0)["note"], format!("already has {pair}"));
    }
    assert_eq!(clouds.calls(ACTION).len(), 1);
    // Both are bound there; a single one of them is there already, and goes by the store's call.
    for certificate in ["example2", "idle0001"] {
        let bound = clouds
            .certctl(&["ssl", "bindings", certificate, "--types", "teo"])
            .run();
        assert_eq!(row(&bound.expect(0), 0)["instance"], "idle.example.com");
        let one = deploy(&clouds, certificate, "idle.example.com", &[]).expect(0);
        assert_eq!(one.statuses(), ["unchanged"], "{certificate}");
    }
    // One with another in its place is not the same pair.
    let other = deploy(
        &clouds,
        "example1,idle0001",
        "idle.example.com",
        &["--wait"],
    )
    .expect(0);
    assert_eq!(other.statuses(), ["changed"]);
    assert!(clouds.calls("DeployCertificateInstance").is_empty());
    let one = deploy(&clouds, "example2", "teo2.example.com", &["--wait"]).expect(0);
    assert_eq!(one.statuses(), ["changed"]);
    assert_eq!(clouds.calls("DeployCertificateInstance").len(), 1);
    assert_eq!(clouds.calls(ACTION).len(), 2);
}

#[test]
fn each_zone_has_a_call_of_its_own() {
    let clouds = quick(json!([]));
    let rsa = rsa(&clouds, &["*.example.com", "b.com"]);
    let pair = format!("example2,{rsa}");
    let hosts = "teo.example.com,b.com,TEO2.example.com";
    let outcome = deploy(&clouds, &pair, hosts, &["--wait"]).expect(0);
    assert_eq!(outcome.statuses(), ["changed"; 3]);
    let calls = clouds.calls(ACTION);
    let sent: Vec<Value> = calls
        .iter()
        .map(|call| json!([call.params["ZoneId"], call.params["Hosts"]]))
        .collect();
    assert_eq!(
        sent,
        [
            json!(["zone-sandbox00001", ["teo.example.com", "teo2.example.com"]]),
            json!(["zone-sandbox00002", ["b.com"]]),
        ]
    );
    // What was there is read: of two domains that are so one is set again for another that is not.
    let hosts = "teo.example.com,idle.example.com";
    let outcome = deploy(&clouds, &pair, hosts, &[]).expect(0);
    assert_eq!(outcome.statuses(), ["unchanged", "changed"]);
    assert_eq!(
        clouds.calls(ACTION)[2].params["Hosts"],
        json!(["idle.example.com"])
    );
}

#[test]
fn both_have_to_cover_the_domain() {
    let clouds = quick(json!([]));
    for pair in ["example2,idle0001", "idle0001,example2"] {
        let outcome = deploy(&clouds, pair, "teo.example.com", &[]).expect(8);
        let error = row(&outcome, 0)["error"].clone();
        assert_eq!(
            error["message"],
            "idle0001 does not cover teo.example.com: it covers idle.example.com"
        );
        assert_eq!(error["kind"], "certificate");
    }
    assert!(clouds.calls("DescribeHostTeoInstanceList").is_empty());
    let hosts = "teo.example.com,idle.example.com";
    let outcome = deploy(&clouds, "example2,idle0001", hosts, &[]).expect(9);
    assert_eq!(outcome.statuses(), ["failed", "changed"]);
    assert_eq!(
        clouds.calls(ACTION)[0].params["Hosts"],
        json!(["idle.example.com"])
    );
    // Sent all the same, the cloud refuses it.
    let more = ["--allow-name-mismatch"];
    let outcome = deploy(&clouds, "example2,idle0001", "teo.example.com", &more).expect(8);
    assert_eq!(
        row(&outcome, 0)["error"]["code"],
        "InvalidParameter.CertNotMatchDomain"
    );
}

#[test]
fn two_of_one_algorithm_are_no_pair() {
    let clouds = quick(json!([]));
    let outcome = deploy(&clouds, "example1,example2", "teo.example.com", &[]).expect(8);
    assert_eq!(
        outcome.error()["message"],
        "example1 and example2 both have a key of ECDSA: a pair needs two algorithms"
    );
    assert!(clouds.calls(ACTION).is_empty());
    // Where the key may not read them, the cloud decides.
    let fault = json!([{"match": {"action": "DescribeCertificateDetail"},
        "do": {"code": "UnauthorizedOperation"}}]);
    let clouds = quick(fault);
    let outcome = deploy(&clouds, "example1,example2", "teo.example.com", &[]).expect(8);
    assert_eq!(
        row(&outcome, 0)["error"]["code"],
        "InvalidParameter.InvalidCertInfo"
    );
    // Their names have to be read.
    let faults = json!([
        {"match": {"action": "DescribeCertificateDetail"}, "do": {"code": "UnauthorizedOperation"}},
        {"match": {"action": "DescribeCertificate"}, "do": {"code": "UnauthorizedOperation"}},
    ]);
    let clouds = quick(faults);
    let outcome = deploy(&clouds, "example2,idle0001", "idle.example.com", &[]).expect(4);
    let hint = outcome.error()["hint"].to_string();
    assert!(hint.contains("ssl:DescribeCertificate"), "{hint}");
    assert!(clouds.calls(ACTION).is_empty());
}

/// The list of hosts tells what became of a call whose answer did not come.
#[test]
fn a_lost_answer_is_looked_up() {
    for (deed, calls) in [
        ("reset_after", 1),
        ("empty", 1),
        ("not_json", 1),
        ("reset_before", 2),
    ] {
        let clouds = quick(json!([{"match": {"action": ACTION, "nth": [1]}, "do": deed}]));
        let hosts = "idle.example.com";
        let outcome = deploy(&clouds, "example2,idle0001", hosts, &["--wait"]).expect(0);
        assert_eq!(outcome.statuses(), ["changed"], "{deed}");
        assert_eq!(row(&outcome, 0)["confirmed"], true, "{deed}");
        assert_eq!(clouds.calls(ACTION).len(), calls, "{deed}");
    }
    let faults = json!([
        {"match": {"action": ACTION}, "do": "reset_after"},
        {"match": {"action": "DescribeHostTeoInstanceList", "nth": [2]},
         "do": {"code": "UnauthorizedOperation"}},
    ]);
    let clouds = quick(faults);
    let outcome = deploy(&clouds, "example2,idle0001", "idle.example.com", &[]).expect(10);
    assert_eq!(outcome.statuses(), ["unknown"]);
    assert_eq!(clouds.calls(ACTION).len(), 1);
}

#[test]
fn a_domain_at_fault_stands_alone() {
    let clouds = Clouds::with(json!({"account": {
        "ssl_task_ms": 60, "unlimited_rate": true, "ssl_failing_instances": ["teo2.example.com"],
    }}));
    let rsa = rsa(&clouds, &["*.example.com"]);
    let hosts = "teo.example.com,teo2.example.com,nowhere.example.com,idle.example.com";
    let outcome = deploy(&clouds, &format!("{rsa},example2"), hosts, &["--wait"]).expect(9);
    assert_eq!(
        outcome.statuses(),
        ["changed", "failed", "failed", "changed"]
    );
    let code = row(&outcome, 1)["error"]["code"].clone();
    assert_eq!(code, "FailedOperation.ModifyFailed");
    let absent = row(&outcome, 2)["error"].clone();
    assert_eq!(absent["kind"], "not-found");
    assert_eq!(
        absent["message"],
        "not sent: EdgeOne has no domain nowhere.example.com in this account"
    );
    deploy(
        &clouds,
        &format!("{rsa},example2"),
        "nowhere.example.com",
        &[],
    )
    .expect(5);
}

/// While the last change is rolled out, another one is not taken.
#[test]
fn a_domain_that_is_busy_is_waited_for() {
    let account = json!({"ssl_task_ms": 900, "unlimited_rate": true});
    let clouds = Clouds::with(json!({"account": account}));
    let host = "idle.example.com";
    deploy(&clouds, "example1,idle0001", host, &[]).expect(0);
    let outcome = deploy(&clouds, "example2,idle0001", host, &["--wait"]).expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
    assert!(clouds.calls(ACTION).len() > 2);
    let late = Clouds::with(json!({"account": {"ssl_task_ms": 60_000, "unlimited_rate": true}}));
    let outcome = deploy(&late, "example2,idle0001", host, &["--wait=1"]).expect(10);
    let note = row(&outcome, 0)["note"].to_string();
    assert!(
        note.contains("has example2,idle0001 (processing,processing)"),
        "{note}"
    );
}

#[test]
fn what_a_pair_is_not_is_refused_here() {
    let clouds = quick(json!([]));
    for (args, said) in [
        (
            &[
                "example2,idle0001",
                "--to",
                "cdn",
                "--instances",
                "a.com|on",
            ][..],
            "example2,idle0001 are two certificates, but cdn accepts only one",
        ),
        (
            &[
                "example2,idle0001",
                "--to",
                "teo",
                "--instances",
                "a.com",
                "--no-preview",
            ],
            "--no-preview reads nothing, but certctl must read the zone of an EdgeOne domain",
        ),
        (
            &[
                "example2,idle0001",
                "--to",
                "teo",
                "--instances",
                "a.com",
                "--key",
                "k.pem",
            ],
            "--key requires a certificate file",
        ),
        (
            &["example2,example2", "--to", "teo", "--instances", "a.com"],
            "example2 is given twice",
        ),
        (
            &["example2，idle0001", "--to", "teo", "--instances", "a.com"],
            "type ',' instead of '，'",
        ),
        (
            &[
                "a.pem,b.pem",
                "--key",
                "k.pem",
                "--to",
                "teo",
                "--instances",
                "a.com",
            ],
            "upload the files first, one at a time",
        ),
        (
            &[
                "example1,example2,idle0001",
                "--to",
                "teo",
                "--instances",
                "a.com",
            ],
            "a pair is two certificates",
        ),
    ] {
        let outcome = clouds
            .certctl(&[&["ssl", "deploy"], args].concat())
            .run()
            .expect(2);
        let message = outcome.error()["message"].to_string();
        assert!(message.contains(said), "{args:?} {message}");
    }
    assert!(clouds.log().is_empty());
    let outcome = deploy(&clouds, "example2,gone0001", "idle.example.com", &[]).expect(5);
    assert_eq!(outcome.error()["kind"], "not-found");
}

#[test]
fn a_dry_run_shows_the_reads_and_the_write() {
    let clouds = quick(json!([]));
    let hosts = "idle.example.com,teo.example.com";
    let outcome = deploy(&clouds, "example2,idle0001", hosts, &["--dry-run"]).expect(0);
    assert_eq!(outcome.statuses(), ["planned", "planned"]);
    let requests = outcome.json()["requests"].clone();
    let requests = requests.as_array().expect("requests");
    let actions: Vec<&Value> = requests.iter().map(|request| &request["action"]).collect();
    let detail = "DescribeCertificateDetail";
    assert_eq!(
        actions,
        [detail, detail, "DescribeHostTeoInstanceList", ACTION]
    );
    let write = &requests[3];
    assert_eq!(
        write["params"]["Hosts"],
        json!(["idle.example.com", "teo.example.com"])
    );
    assert_eq!(write["params"]["ZoneId"], "(the zone of the domains)");
    assert_eq!(write["headers"]["x-tc-version"], "2022-09-01");
    assert!(clouds.log().is_empty());
}
