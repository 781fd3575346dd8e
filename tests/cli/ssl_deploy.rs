//! `certctl ssl deploy`

mod names;
mod pair;

use serde_json::{Value, json};

use crate::support::{Clouds, Outcome};

const QUICK: u64 = 60;

fn quick(more: Value) -> Clouds {
    let mut account = json!({"ssl_task_ms": QUICK, "unlimited_rate": true});
    let faults = more.get("faults").cloned().unwrap_or(json!([]));
    for (key, value) in more["account"].as_object().into_iter().flatten() {
        account[key] = value.clone();
    }
    Clouds::with(json!({"account": account, "faults": faults}))
}

fn deploy(clouds: &Clouds, more: &[&str]) -> Outcome {
    let base = ["ssl", "deploy", "example2"];
    clouds.certctl(&[&base[..], more].concat()).run()
}

fn notes(outcome: &Outcome) -> Vec<String> {
    let json = outcome.json();
    let results = json["results"].as_array().expect("results");
    let note = |row: &Value| row["note"].as_str().unwrap_or_default().to_owned();
    results.iter().map(note).collect()
}

fn instances(clouds: &Clouds) -> Vec<Value> {
    let calls = clouds.calls("DeployCertificateInstance");
    let ids = calls
        .iter()
        .map(|call| call.params["InstanceIdList"].clone());
    ids.collect()
}

#[test]
fn without_waiting_a_record_is_what_there_is() {
    let clouds = quick(json!({}));
    let outcome = deploy(
        &clouds,
        &["--to", "cdn", "--instances", "a.com|on,b.com|off"],
    )
    .expect(0);
    assert_eq!(outcome.statuses(), ["changed", "changed"]);
    let row = outcome.json()["results"][0].clone();
    let record = row["record"].as_str().expect("a record").to_owned();
    assert_eq!(
        row["note"],
        format!("accepted: record {record}; see certctl ssl deployments show {record}")
    );
    assert_eq!(row["action"], "DeployCertificateInstance");
    assert_eq!(row["target"], "a.com|on");
    let calls = clouds.calls("DeployCertificateInstance");
    assert_eq!(
        Value::Object(calls[0].params.clone()),
        json!({
            "CertificateId": "example2", "InstanceIdList": ["a.com|on", "b.com|off"],
            "ResourceType": "cdn", "IsCache": 0,
        })
    );
    assert_eq!(row["request_id"], calls[0].request_id);
    assert_eq!(clouds.calls("DescribeHostDeployRecordDetail").len(), 0);
}

#[test]
fn waiting_ends_when_each_instance_is_done() {
    let clouds = quick(json!({}));
    let args = ["--to", "cdn", "--instances", "a.com|on,b.com|on", "--wait"];
    let outcome = deploy(&clouds, &args).expect(0);
    assert_eq!(outcome.statuses(), ["changed", "changed"]);
    assert_eq!(notes(&outcome), ["", ""]);
    // The record's id came as a number and is read as a text.
    let reads = clouds.calls("DescribeHostDeployRecordDetail");
    assert!(!reads.is_empty());
    assert!(
        reads
            .iter()
            .all(|read| read.params["DeployRecordId"].is_string())
    );
    assert!(reads.iter().all(|read| read.params["Limit"] == 200));
    // What bears it now is not touched again.
    let again = deploy(&clouds, &args).expect(0);
    assert_eq!(again.statuses(), ["unchanged", "unchanged"]);
    assert_eq!(notes(&again), ["already has example2"; 2]);
    assert_eq!(instances(&clouds).len(), 1);
}

/// One that bears the certificate would have the whole list refused.
#[test]
fn what_bears_it_already_is_left_out() {
    let clouds = quick(json!({}));
    deploy(
        &clouds,
        &["--to", "cdn", "--instances", "b.com|on", "--wait"],
    )
    .expect(0);
    let args = ["--to", "cdn", "--instances", "a.com|on,b.com|on", "--wait"];
    let outcome = deploy(&clouds, &args).expect(0);
    assert_eq!(outcome.statuses(), ["changed", "unchanged"]);
    assert_eq!(
        instances(&clouds),
        [json!(["b.com|on"]), json!(["a.com|on"])]
    );
}

/// A task that has no items yet counts 0 of 0 done.
#[test]
fn a_fresh_record_is_not_a_finished_one() {
    let clouds = quick(json!({"account": {"ssl_task_ms": 1500}}));
    let args = ["--to", "live", "--instances", "live.example.com", "--wait"];
    let outcome = deploy(&clouds, &args).expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
    assert!(clouds.calls("DescribeHostDeployRecordDetail").len() > 1);
    let call = &clouds.calls("DeployCertificateInstance")[0];
    assert_eq!(call.params["Status"], 1, "HTTPS is to be on");
}

#[test]
fn an_item_that_fails_is_a_row_with_its_reason() {
    let clouds = quick(json!({"account": {"ssl_failing_instances": ["b.com"]}}));
    let args = ["--to", "cdn", "--instances", "a.com|on,b.com|on", "--wait"];
    let outcome = deploy(&clouds, &args).expect(9);
    assert_eq!(outcome.statuses(), ["changed", "failed"]);
    let error = outcome.json()["results"][1]["error"].clone();
    assert_eq!(error["message"], "The product refused the certificate.");
    assert_eq!(error["kind"], "state");
}

#[test]
fn time_that_runs_out_leaves_the_outcome_unknown() {
    let clouds = quick(json!({"account": {"ssl_task_ms": 60_000}}));
    let args = ["--to", "cdn", "--instances", "a.com|on", "--wait=1"];
    let outcome = deploy(&clouds, &args).expect(10);
    assert_eq!(outcome.statuses(), ["unknown"]);
    let note = notes(&outcome)[0].clone();
    assert!(
        note.starts_with("accepted, not confirmed within 1 s"),
        "{note}"
    );
    assert!(outcome.json()["results"][0]["record"].is_string());
}

#[test]
fn names_that_the_certificate_lacks_are_never_sent() {
    let clouds = quick(json!({}));
    let args = ["--to", "cdn", "--instances", "www.example.net|on,a.com|on"];
    let outcome = deploy(&clouds, &args).expect(9);
    assert_eq!(outcome.statuses(), ["failed", "changed"]);
    let error = outcome.json()["results"][0]["error"].clone();
    let message = error["message"].as_str().expect("a message");
    assert!(
        message.starts_with("example2 does not cover www.example.net: it covers "),
        "{message}"
    );
    assert!(message.contains("*.example.com"), "{message}");
    assert_eq!(error["kind"], "certificate");
    assert_eq!(error["attempts"], 0);
    let hint = error["hint"].as_str().expect("a hint");
    assert!(hint.contains("--allow-name-mismatch"), "{hint}");
    assert_eq!(instances(&clouds), [json!(["a.com|on"])]);
    let sent = clouds.log().len();
    let args = ["--to", "cdn", "--instances", "www.example.net|on"];
    deploy(&clouds, &args).expect(8);
    assert_eq!(clouds.log().len(), sent + 1, "only its names were read");
    // The cloud itself refuses it where it is sent all the same.
    let allowed = deploy(&clouds, &[&args[..], &["--allow-name-mismatch"]].concat());
    assert_eq!(allowed.status, 6, "{allowed:#?}");
    let sent = json!(["www.example.net|on"]);
    assert_eq!(instances(&clouds).last(), Some(&sent));
}

fn issued(clouds: &Clouds, names: &[&str]) {
    let authority = certctl::emulator::pki::Authority::generate().expect("an authority");
    let issued = authority.issue(names, 90).expect("a certificate");
    clouds.file("fullchain.pem", issued.fullchain);
    crate::support::private(&clouds.file("privkey.pem", issued.key));
}

const FILE: [&str; 5] = ["ssl", "deploy", "fullchain.pem", "--key", "privkey.pem"];

/// It is uploaded once, and found again in the store and on the instance.
#[test]
fn a_file_is_uploaded_once_and_unchanged_where_it_is() {
    let clouds = quick(json!({}));
    issued(&clouds, &["a.com", "*.example.com"]);
    let args = ["--to", "cdn", "--instances", "a.com|on,cdn.example.com|on"];
    let run = |more: &[&str]| {
        let call = clouds.certctl(&[&FILE[..], &args, more].concat());
        call.run().expect(0)
    };
    let first = run(&["--wait"]);
    assert_eq!(first.statuses(), ["changed", "changed"]);
    for row in first.json()["results"].as_array().expect("rows") {
        assert_eq!(row["confirmed"], true, "{first:#?}");
    }
    let id = clouds.calls("DeployCertificateInstance")[0].params["CertificateId"].clone();
    let id = id.as_str().expect("an id");
    assert!(
        first.stderr.contains(&format!("uploaded as {id}")),
        "{first:#?}"
    );
    let second = run(&[]);
    assert_eq!(second.statuses(), ["unchanged", "unchanged"]);
    assert_eq!(
        notes(&second),
        [format!("already has {id}"), format!("already has {id}")]
    );
    assert_eq!(instances(&clouds).len(), 1);
    let listed = clouds
        .certctl(&["ssl", "list", "--search", "certctl-"])
        .run();
    let json = listed.expect(0).json();
    assert_eq!(json["results"].as_array().map(Vec::len), Some(1), "{json}");
}

#[test]
fn a_file_for_other_names_is_not_uploaded() {
    let clouds = quick(json!({}));
    issued(&clouds, &["z.test"]);
    let args = ["--to", "cdn", "--instances", "a.com|on"];
    let call = clouds.certctl(&[&FILE[..], &args].concat());
    let outcome = call.run().expect(8);
    assert_eq!(
        outcome.json()["results"][0]["error"]["message"],
        "fullchain.pem does not cover a.com: it covers z.test"
    );
    assert!(clouds.log().is_empty());
}

/// The names of a listener stand in the list alone, which is asked for with the id in the store.
#[test]
fn names_that_only_a_list_tells() {
    let clouds = quick(json!({}));
    issued(&clouds, &["z.test"]);
    let clb = ["--to", "clb", "--region", "ap-guangzhou"];
    let args = ["--instances", "lb-sandbox1|lbl-https01"];
    let outcome = clouds.certctl(&[&FILE[..], &clb, &args].concat()).run();
    assert_eq!(
        outcome.expect(8).json()["results"][0]["error"]["message"],
        "fullchain.pem does not cover a.com and 1 more of the names: it covers z.test"
    );
    assert!(instances(&clouds).is_empty());
    // Without the list they are not known, and nothing is sent.
    for (code, status) in [
        ("UnauthorizedOperation", 4),
        (
            "FailedOperation.CertificateHostResourceInstanceHugeLimit",
            6,
        ),
    ] {
        for nth in [1, 2] {
            let fault = json!({"match": {"action": "DescribeHostClbInstanceList", "nth": [nth]},
                "do": {"code": code}});
            let clouds = quick(json!({"faults": [fault]}));
            let args = ["--instances", "lb-sandbox1|lbl-mixed01"];
            let outcome = deploy(&clouds, &[&clb[..], &args].concat());
            assert_eq!(outcome.status, status, "{code} {nth}: {outcome:#?}");
            assert!(instances(&clouds).is_empty(), "{code} {nth}");
            if status == 4 {
                assert!(outcome.stdout.contains("--no-preview"), "{outcome:#?}");
                let args = [&clb[..], &args, &["--no-preview"]].concat();
                deploy(&clouds, &args);
                assert_eq!(instances(&clouds).len(), 1, "{code} {nth}");
            }
        }
    }
}

/// A list that cannot be read is not an empty one.
#[test]
fn the_list_of_the_others_is_read_or_said_not_to_be() {
    let others = |deed: Value| json!([{"match": {"action": "DescribeHostCdnInstanceList", "nth": [2]}, "do": deed}]);
    let code = json!({"code": "FailedOperation.CertificateHostResourceInstanceHugeLimit"});
    let clouds = quick(json!({"faults": others(code)}));
    let args = ["--to", "cdn", "--instances", "nowhere.example.com|on"];
    let outcome = deploy(&clouds, &args).expect(6);
    assert!(
        outcome.stderr.contains("the cloud checks the others"),
        "{outcome:#?}"
    );
    let clouds = quick(json!({"faults": others(json!("reset_after"))}));
    deploy(&clouds, &[&args[..], &["--max-attempts", "1"]].concat()).expect(7);
    assert!(instances(&clouds).is_empty());
}

#[test]
fn without_a_preview_nothing_is_read_before() {
    let clouds = quick(json!({}));
    let args = ["--to", "cdn", "--instances", "a.com|on", "--no-preview"];
    assert_eq!(deploy(&clouds, &args).expect(0).statuses(), ["changed"]);
    let log = clouds.log();
    assert_eq!(log.len(), 1);
    assert_eq!(log[0].action.as_deref(), Some("DeployCertificateInstance"));
}

#[test]
fn a_certificate_that_has_expired_is_not_sent() {
    let clouds = quick(json!({}));
    let base = [
        "ssl",
        "deploy",
        "expired1",
        "--to",
        "cdn",
        "--instances",
        "a.com|on",
    ];
    let outcome = clouds.certctl(&base).run().expect(8);
    let message = outcome.error()["message"].to_string();
    assert!(message.contains("expired1 expired on"), "{message}");
    assert!(instances(&clouds).is_empty());
}

/// Clients that know the old certificate's algorithm only are lost, which nothing else shows.
#[test]
fn another_algorithm_in_the_place_of_one_is_said() {
    let clouds = quick(json!({}));
    let key = rcgen::KeyPair::from_pem(include_str!("../../src/emulator/rsa/2048.pem"));
    let key = key.expect("an RSA key");
    let names = vec!["teo.example.com".to_owned(), "teo2.example.com".to_owned()];
    let params = rcgen::CertificateParams::new(names).expect("parameters");
    let cert = params.self_signed(&key).expect("a certificate");
    clouds.file("fullchain.pem", cert.pem());
    crate::support::private(&clouds.file("privkey.pem", key.serialize_pem()));
    let args = [
        "--to",
        "teo",
        "--instances",
        "teo.example.com,teo2.example.com",
    ];
    let call = clouds.certctl(&[&FILE[..], &args].concat());
    let outcome = call.run().expect(0);
    let call = &clouds.calls("DeployCertificateInstance")[0];
    let id = call.params["CertificateId"].as_str().expect("an id");
    let said = format!(
        "warning: teo.example.com: example1 with ECDSA key is replaced by {id} with RSA key: \
         clients that support only ECDSA can no longer connect"
    );
    assert!(outcome.stderr.contains(&said), "{outcome:#?}");
    let same = quick(json!({}));
    let args = ["--to", "teo", "--instances", "teo.example.com"];
    let outcome = deploy(&same, &args).expect(0);
    assert!(!outcome.stderr.contains("is replaced by"), "{outcome:#?}");
}

/// The cloud refuses a list as a whole and does not say for which instance.
#[test]
fn a_refused_list_is_taken_apart() {
    let clouds = quick(json!({}));
    let list = "a.com|on,nowhere.example.com|on,b.com|on,cdn.example.com|on";
    let outcome = deploy(&clouds, &["--to", "cdn", "--instances", list, "--wait"]).expect(9);
    assert_eq!(
        outcome.statuses(),
        ["changed", "failed", "changed", "changed"]
    );
    let error = outcome.json()["results"][1]["error"].clone();
    assert_eq!(
        error["code"],
        "FailedOperation.CertificateDeployInstanceEmpty"
    );
    assert_eq!(
        instances(&clouds).last(),
        Some(&json!(["b.com|on", "cdn.example.com|on"]))
    );
}

#[test]
fn listeners_with_sni_and_without() {
    let clouds = quick(json!({}));
    let region = ["--to", "clb", "--region", "ap-guangzhou"];
    let list = "lb-sandbox1|lbl-sni0001,lb-sandbox1|lbl-https01|a.com,lb-sandbox1|lbl-https01,\
                lb-sandbox1|lbl-sni0001|www.example.com,lb-sandbox2|lbl-tcpssl1,\
                lb-sandbox1|lbl-mixed01,lb-sandbox1|lbl-norules";
    let outcome = deploy(
        &clouds,
        &[&region[..], &["--instances", list, "--wait"]].concat(),
    );
    let outcome = outcome.expect(9);
    assert_eq!(
        outcome.statuses(),
        [
            "failed", "failed", "changed", "changed", "changed", "failed", "failed"
        ]
    );
    let rows = outcome.json()["results"].clone();
    assert_eq!(
        rows[0]["error"]["hint"],
        "write lb-sandbox1|lbl-sni0001|DOMAIN with one of www.example.com, api.example.com, \
         ~*.example.com"
    );
    assert_eq!(
        rows[1]["error"]["hint"],
        "write the instance without a domain: lb-sandbox1|lbl-https01"
    );
    assert_eq!(
        rows[5]["error"]["message"],
        "example2 does not cover www.example.net: it covers example.com, *.example.com, a.com, \
         b.com"
    );
    assert_eq!(
        rows[6]["error"]["code"],
        "FailedOperation.CertificateNotDeployInstance"
    );
}

#[test]
fn a_region_a_call_one_after_the_other() {
    let clouds = quick(json!({}));
    let list = "lb-sandbox1|lbl-https01,ap-shanghai/lb-sandbox3|lbl-sni0003|shop.example.com,\
                ap-guangzhou/lb-sandbox2|lbl-tcpssl1";
    let args = ["--to", "clb", "--instances", list];
    let outcome = clouds
        .certctl(&[&["ssl", "deploy", "example2"][..], &args].concat())
        .env("TENCENTCLOUD_REGION", "ap-guangzhou")
        .run()
        .expect(0);
    assert_eq!(outcome.statuses(), ["changed"; 3]);
    // The second one was told of the first one's task until that was through.
    let sent = instances(&clouds);
    assert_eq!(
        sent[0],
        json!(["lb-sandbox1|lbl-https01", "lb-sandbox2|lbl-tcpssl1"])
    );
    let shop = json!(["lb-sandbox3|lbl-sni0003|shop.example.com"]);
    assert!(
        sent.len() > 1 && sent[1..].iter().all(|ids| *ids == shop),
        "{sent:?}"
    );
    let rows = outcome.json()["results"].clone();
    assert_eq!(rows[0]["record"], rows[2]["record"]);
    assert_ne!(rows[0]["record"], rows[1]["record"]);
    assert_eq!(
        rows[1]["target"],
        "ap-shanghai/lb-sandbox3|lbl-sni0003|shop.example.com"
    );
}

#[test]
fn another_task_of_the_certificate_is_waited_for() {
    for said in ["answer", "refuse"] {
        let clouds = quick(json!({"account": {"ssl_pending_task": said, "ssl_task_ms": 800}}));
        deploy(&clouds, &["--to", "cdn", "--instances", "a.com|on"]).expect(0);
        let outcome = deploy(
            &clouds,
            &["--to", "cdn", "--instances", "b.com|on", "--wait"],
        );
        let outcome = outcome.expect(0);
        assert_eq!(outcome.statuses(), ["changed"], "{said}");
        assert!(instances(&clouds).len() > 2, "{said}");
    }
    // What the older task has is on its way already.
    let clouds = quick(json!({"account": {"ssl_task_ms": 800}}));
    let first = deploy(
        &clouds,
        &["--to", "cdn", "--instances", "a.com|on,b.com|on"],
    )
    .expect(0);
    let second = deploy(&clouds, &["--to", "cdn", "--instances", "b.com|on"]).expect(0);
    let record = |outcome: &Outcome| outcome.json()["results"][0]["record"].clone();
    assert_eq!(record(&first), record(&second));
    assert_eq!(instances(&clouds).len(), 2);
}

/// Sent, carried out, and the answer lost: the records tell, and nothing is deployed twice.
#[test]
fn a_lost_answer_is_looked_up() {
    for deed in ["reset_after", "empty", "null", "not_json"] {
        let fault =
            json!({"match": {"action": "DeployCertificateInstance", "nth": [1]}, "do": deed});
        let clouds = quick(json!({"faults": [fault], "account": {"ssl_task_ms": 300}}));
        let args = ["--to", "cdn", "--instances", "a.com|on,b.com|on", "--wait"];
        let outcome = deploy(&clouds, &args).expect(0);
        assert_eq!(outcome.statuses(), ["changed", "changed"], "{deed}");
        assert_eq!(instances(&clouds).len(), 1, "{deed}");
        assert_eq!(clouds.calls("DescribeHostDeployRecord").len(), 2, "{deed}");
    }
}

/// Lost before anything was made of it: there is no record, so it is sent again.
#[test]
fn a_lost_call_that_made_no_task_is_sent_again() {
    let fault = json!({"match": {"action": "DeployCertificateInstance", "nth": [1]},
        "do": "reset_before"});
    let clouds = quick(json!({"faults": [fault]}));
    let outcome = deploy(
        &clouds,
        &["--to", "cdn", "--instances", "a.com|on", "--wait"],
    )
    .expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
    let calls = ["DescribeHostDeployRecord", "DeployCertificateInstance"];
    let order: Vec<_> = clouds
        .log()
        .iter()
        .filter_map(|entry| entry.action.clone())
        .collect();
    let order: Vec<&str> = order
        .iter()
        .map(String::as_str)
        .filter(|a| calls.contains(a))
        .collect();
    assert_eq!(order, [calls[0], calls[1], calls[0], calls[1]]);
}

#[test]
fn a_lost_answer_that_cannot_be_looked_up_is_unknown() {
    let faults = json!([
        {"match": {"action": "DeployCertificateInstance"}, "do": "reset_after"},
        {"match": {"action": "DescribeHostDeployRecord", "nth": [2]},
         "do": {"code": "FailedOperation.AuthError"}},
    ]);
    let clouds = quick(json!({"faults": faults}));
    let args = ["--to", "cdn", "--instances", "a.com|on,b.com|on", "--wait"];
    let outcome = deploy(&clouds, &args).expect(10);
    assert_eq!(outcome.statuses(), ["unknown", "unknown"]);
    assert_eq!(instances(&clouds).len(), 1);
}

/// The cloud failed inside: whether a task was made is not said.
#[test]
fn a_failure_inside_is_looked_up_too() {
    let fault = json!({"match": {"action": "DeployCertificateInstance", "nth": [1]},
        "do": {"code": "FailedOperation.SystemError", "applied": true}});
    let clouds = quick(json!({"faults": [fault]}));
    let outcome = deploy(
        &clouds,
        &["--to", "cdn", "--instances", "a.com|on", "--wait"],
    )
    .expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
    assert_eq!(instances(&clouds).len(), 1);
}

#[test]
fn throttling_in_either_spelling_while_waiting() {
    for code in ["RequestLimitExceeded", "LimitExceeded.RateLimitExceeded"] {
        let fault = json!({"match": {"action": "DescribeHostDeployRecordDetail", "nth": [1, 2]},
            "do": {"code": code}});
        let clouds = quick(json!({"faults": [fault]}));
        let args = ["--to", "cdn", "--instances", "a.com|on", "--wait"];
        let outcome = deploy(&clouds, &args).expect(0);
        assert_eq!(outcome.statuses(), ["changed"], "{code}");
        assert!(
            clouds.calls("DescribeHostDeployRecordDetail").len() > 2,
            "{code}"
        );
    }
}

#[test]
fn bad_instances_are_refused_here() {
    let clouds = quick(json!({}));
    for (kind, list, message) in [
        (
            "cdn",
            "a.com|on,b.com",
            "--instances, item 2: 'b.com' has no switch for HTTPS billing: write a cdn instance \
             as DOMAIN|on or DOMAIN|off",
        ),
        (
            "cdn",
            "a.com#on",
            "--instances, item 1: 'a.com#on' contains '#', the old form: write a cdn instance as \
             DOMAIN|on or DOMAIN|off",
        ),
        (
            "cdn",
            "a.com|on,A.com|off",
            "'a.com|on' and 'A.com|off' contradict each other",
        ),
        (
            "cos",
            "bucket|a.com",
            "--instances, item 1: 'bucket|a.com' has 2 parts: write a cos instance as REGION|BUCKET|DOMAIN",
        ),
        (
            "clb",
            "lb-1|lbl-1",
            "clb is regional: the region of 'lb-1|lbl-1' is missing",
        ),
        (
            "teo",
            "ap-guangzhou/a.com",
            "--instances, item 1: 'ap-guangzhou/a.com' has a region or a path before '/', but teo \
             has neither",
        ),
        (
            "ddos",
            "ip|a.com|0",
            "--instances, item 1: 'ip|a.com|0' has no port from 1 to 65535 at its end",
        ),
        ("cdn", "", "--instances, item 1 is empty"),
    ] {
        let outcome = deploy(&clouds, &["--to", kind, "--instances", list]).expect(2);
        assert_eq!(outcome.error()["message"], message, "{kind} {list}");
        assert_eq!(outcome.stdout, "");
    }
    let outcome = deploy(&clouds, &["--to", "scf", "--instances", "a.com"]).expect(2);
    let message = outcome.error()["message"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert!(
        message.contains("use one of apigateway, cdn, clb"),
        "{message}"
    );
    assert!(clouds.log().is_empty());
}

#[test]
fn instances_come_from_lists_of_every_kind() {
    let clouds = quick(json!({}));
    clouds.file("list", "\u{feff}# CDN\r\na.com|on\r\n\r\nA.COM|on\r\n");
    let args = [
        "--to",
        "cdn",
        "--instances-file",
        "list",
        "--instances",
        "b.com|on",
    ];
    deploy(&clouds, &args).expect(0);
    assert_eq!(instances(&clouds), [json!(["b.com|on", "a.com|on"])]);
}

#[test]
fn a_list_that_comes_in_pages() {
    let account = json!({"account": {"ssl_sites": 300, "max_page": 20}});
    let clouds = quick(account);
    let list: Vec<String> = (1..=250)
        .map(|n| format!("site{n:04}.example.com|on"))
        .collect();
    clouds.file("list", list.join("\n"));
    let args = ["--to", "cdn", "--instances-file", "list", "--wait"];
    let outcome = deploy(&clouds, &args).expect(0);
    assert_eq!(outcome.statuses(), ["changed"; 250]);
    assert!(clouds.calls("DescribeHostCdnInstanceList").len() >= 15);
    let again = deploy(&clouds, &args).expect(0);
    assert_eq!(again.statuses(), ["unchanged"; 250]);
}

#[test]
fn every_product() {
    for (kind, instance) in [
        (
            "apigateway",
            "ap-guangzhou/service-sandbox1|apigw.example.com",
        ),
        ("cdn", "a.com|on"),
        ("clb", "ap-guangzhou/lb-sandbox1|lbl-https01"),
        ("cos", "ap-guangzhou|static-1250000000|cos.example.com"),
        ("ddos", "bgpip-000001ms|ddos.example.com|443"),
        ("gaap", "ga-sandbox1|lsr-sandbox1"),
        ("lighthouse", "ap-shanghai|lhins-sandbox1|lh.example.com"),
        ("live", "live.example.com"),
        ("mqtt", "ap-guangzhou/mqtt-sandbox1|example1"),
        (
            "tcb",
            "AccessService|ap-shanghai|env-sandbox1|tcb.example.com",
        ),
        ("teo", "teo.example.com"),
        ("tke", "ap-guangzhou/cls-sandbox1|default|tls-example"),
        (
            "tse",
            "ap-guangzhou/gateway-sandbox1|fa61bc05-cc54-4eea-c932-24de52577372",
        ),
        ("vod", "vod.example.com"),
        ("waf", "ap-guangzhou/waf.example.com"),
    ] {
        let clouds = quick(json!({}));
        let args = ["--to", kind, "--instances", instance, "--wait"];
        assert_eq!(
            deploy(&clouds, &args).expect(0).statuses(),
            ["changed"],
            "{kind}"
        );
        if !["lighthouse", "mqtt"].contains(&kind) {
            let again = deploy(&clouds, &args).expect(0);
            assert_eq!(again.statuses(), ["unchanged"], "{kind}");
        }
    }
}

#[test]
fn a_dry_run_shows_what_is_read_and_what_is_sent() {
    let clouds = quick(json!({}));
    let list = "lb-1|lbl-1,ap-shanghai/lb-2|lbl-2|a.com";
    let args = [
        "--to",
        "clb",
        "--region",
        "ap-guangzhou",
        "--instances",
        list,
        "--dry-run",
    ];
    let outcome = deploy(&clouds, &args).expect(0);
    assert_eq!(outcome.statuses(), ["planned", "planned"]);
    let requests = outcome.json()["requests"].clone();
    let actions: Vec<&str> = requests
        .as_array()
        .expect("requests")
        .iter()
        .filter_map(|request| request["action"].as_str())
        .collect();
    let list = "DescribeHostClbInstanceList";
    let deploy = "DeployCertificateInstance";
    let (names, records) = ("DescribeCertificateDetail", "DescribeHostDeployRecord");
    assert_eq!(actions, [names, list, list, records, deploy, deploy]);
    assert_eq!(
        requests[5]["params"]["InstanceIdList"],
        json!(["lb-2|lbl-2|a.com"])
    );
    assert_eq!(requests[5]["headers"]["x-tc-region"], "ap-shanghai");
    assert_eq!(requests[4]["targets"], json!(["lb-1|lbl-1"]));
    assert!(clouds.log().is_empty());
}

/// The international site has no deployments.
#[test]
fn a_site_without_deployments_is_told() {
    let unknown = ["DescribeHostCdnInstanceList", "DeployCertificateInstance"];
    let clouds = quick(json!({"account": {"unknown_actions": unknown}}));
    let outcome = deploy(
        &clouds,
        &["--to", "cdn", "--instances", "a.com|on,b.com|on"],
    )
    .expect(6);
    assert_eq!(outcome.statuses(), ["failed", "failed"]);
    let hint = outcome.json()["results"][0]["error"]["hint"].clone();
    let hint = hint.as_str().expect("a hint");
    assert!(hint.contains("--site mainland"), "{hint}");
    assert_eq!(clouds.calls("DescribeHostCdnInstanceList").len(), 1);
    assert!(instances(&clouds).is_empty());
}

#[test]
fn a_certificate_that_is_not_there() {
    let clouds = quick(json!({}));
    let base = [
        "ssl",
        "deploy",
        "nowhere1",
        "--to",
        "cdn",
        "--instances",
        "a.com|on",
    ];
    let outcome = clouds.certctl(&base).run().expect(5);
    assert_eq!(outcome.error()["kind"], "not-found");
    assert_eq!(clouds.log().len(), 1);
    clouds.file("nowhere1", "");
    let outcome = clouds.certctl(&base).run().expect(5);
    assert_eq!(
        outcome.error()["hint"],
        "there is a file named nowhere1: to use it, write ./nowhere1"
    );
}

/// Where what bears it cannot be read, the cloud's refusals take its place.
#[test]
fn a_list_that_cannot_be_read_is_warned_of() {
    let fault = json!({"match": {"action": "DescribeHostCdnInstanceList"},
        "do": {"code": "FailedOperation.CertificateHostResourceInstanceHugeLimit"}});
    let clouds = quick(json!({"faults": [fault]}));
    let outcome = deploy(&clouds, &["--to", "cdn", "--instances", "a.com|on"]).expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
    assert!(
        outcome.stderr.contains("deployed without checking first"),
        "{outcome:#?}"
    );
}

#[cfg(unix)]
#[test]
fn an_interrupted_wait_says_what_is_not_known() {
    let clouds = quick(json!({"account": {"ssl_task_ms": 60_000}}));
    let args = [
        "ssl",
        "deploy",
        "example2",
        "--to",
        "cdn",
        "--instances",
        "a.com|on",
        "--wait",
    ];
    let child = clouds.certctl(&args).spawn();
    while clouds.calls("DescribeHostDeployRecordDetail").is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let pid = rustix::process::Pid::from_raw(child.id() as i32).expect("a process");
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("it runs");
    let outcome = Outcome::of(child).expect(130);
    assert_eq!(outcome.statuses(), ["unknown"]);
    let note = notes(&outcome)[0].clone();
    assert!(
        note.starts_with("accepted, not confirmed when interrupted"),
        "{note}"
    );
}
