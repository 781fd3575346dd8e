//! `certctl ssl update`

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

fn update(clouds: &Clouds, more: &[&str]) -> Outcome {
    let base = [
        "ssl", "update", "--old", "example1", "--new", "example2", "--yes",
    ];
    clouds.certctl(&[&base[..], more].concat()).run()
}

fn rows(outcome: &Outcome) -> Vec<Value> {
    let json = outcome.json();
    json["results"].as_array().expect("results").clone()
}

fn targets(outcome: &Outcome) -> Vec<String> {
    let of = |row: &Value| {
        let target = row["target"].as_str().expect("a target");
        let of = target.split_once(':').map(|(of, _)| of);
        assert_eq!(of, row["resource_type"].as_str(), "{row}");
        format!("{target} {}", row["status"].as_str().expect("a status"))
    };
    rows(outcome).iter().map(of).collect()
}

#[test]
fn a_row_for_each_instance_that_was_found() {
    let clouds = quick(json!({}));
    let outcome = update(&clouds, &["--types", "teo,live", "--wait"]).expect(0);
    assert_eq!(
        targets(&outcome),
        [
            "teo:teo.example.com changed",
            "live:live.example.com changed"
        ]
    );
    let row = rows(&outcome)[0].clone();
    assert_eq!(row["action"], "UpdateCertificateInstance");
    assert!(row["record"].is_string());
    assert_eq!(row.get("note"), None);
    // The first answer has no record: the same call again.
    let calls = clouds.calls("UpdateCertificateInstance");
    assert!(calls.len() >= 2);
    for call in &calls {
        assert_eq!(
            Value::Object(call.params.clone()),
            json!({
                "OldCertificateId": "example1", "CertificateId": "example2",
                "ResourceTypes": ["teo", "live"],
            })
        );
    }
    assert_eq!(
        calls.last().map(|call| &call.request_id[..]),
        row["request_id"].as_str()
    );
    // Texts, all of them.
    let read = &clouds.calls("DescribeHostUpdateRecordDetail")[0];
    assert_eq!(
        (&read.params["Limit"], &read.params["Offset"]),
        (&json!("200"), &json!("0"))
    );
    // Nothing bears the old one any more.
    let again = update(&clouds, &["--types", "teo,live", "--wait"]).expect(0);
    assert_eq!(targets(&again), ["teo unchanged", "live unchanged"]);
    assert_eq!(rows(&again)[0]["note"], "no instance has example1");
}

#[test]
fn without_waiting_a_record_is_what_there_is() {
    let clouds = quick(json!({"account": {"ssl_task_ms": 2000}}));
    let outcome = update(&clouds, &["--types", "teo"]).expect(0);
    let row = rows(&outcome)[0].clone();
    assert_eq!(row["status"], "changed");
    let record = row["record"].as_str().expect("a record").to_owned();
    assert_eq!(
        row["note"],
        format!("accepted: record {record}; see certctl ssl deployments show {record}")
    );
    let shown = clouds
        .certctl(&["ssl", "deployments", "show", &record])
        .run()
        .expect(0);
    assert_eq!(rows(&shown)[0]["kind"], "update");
}

/// Where no region is given, it is those in which the old certificate is bound.
#[test]
fn regions_are_found_out() {
    let clouds = quick(json!({}));
    // A listener has a name that the new certificate lacks: known before anything is sent.
    let args = ["--types", "clb,waf", "--wait"];
    let refused = update(&clouds, &args).expect(8);
    assert!(
        refused.stderr.contains("does not cover www.example.net"),
        "{refused:#?}"
    );
    assert!(clouds.calls("UpdateCertificateInstance").is_empty());
    // The cloud refuses it for that listener alone.
    let outcome = update(&clouds, &[&args[..], &["--allow-name-mismatch"]].concat()).expect(9);
    let call = &clouds.calls("UpdateCertificateInstance")[0];
    assert_eq!(
        call.params["ResourceTypesRegions"],
        json!([
            {"ResourceType": "clb", "Regions": ["ap-guangzhou", "ap-shanghai"]},
            {"ResourceType": "waf", "Regions": ["ap-guangzhou"]},
        ])
    );
    let rows = rows(&outcome);
    let failed: Vec<&Value> = rows
        .iter()
        .filter(|row| row["status"] == "failed")
        .collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(
        failed[0]["target"],
        "clb:lb-sandbox1|lbl-mixed01|a.com,www.example.net"
    );
    assert_eq!(
        failed[0]["error"]["message"],
        "The product refused the certificate."
    );
    let shop = rows
        .iter()
        .find(|row| row["region"] == "ap-shanghai")
        .expect("a row");
    assert_eq!(shop["resource_type"], "clb");
    assert_eq!(shop["status"], "changed");
}

#[test]
fn regions_that_are_given_narrow_it() {
    let clouds = quick(json!({}));
    let args = ["--types", "clb", "--regions", "clb=ap-shanghai", "--wait"];
    let outcome = update(&clouds, &args).expect(0);
    assert_eq!(
        targets(&outcome),
        ["clb:lb-sandbox3|lbl-sni0003|shop.example.com changed"]
    );
    // It is looked up where, for the names there, and not with --no-preview.
    let lookup = "CreateCertificateBindResourceSyncTask";
    assert_eq!(clouds.calls(lookup).len(), 1);
    let unread = quick(json!({}));
    update(&unread, &[&args[..], &["--no-preview"]].concat()).expect(0);
    assert_eq!(unread.calls(lookup).len(), 0);
    // A region without any of it.
    let args = ["--types", "clb", "--regions", "clb=ap-beijing"];
    let outcome = update(&clouds, &args).expect(0);
    assert_eq!(targets(&outcome), ["clb unchanged"]);
}

#[test]
fn a_type_without_any_is_as_asked() {
    let clouds = quick(json!({}));
    let base = [
        "ssl", "update", "--old", "idle0001", "--new", "example2", "--yes",
    ];
    let outcome = clouds
        .certctl(&[&base[..], &["--types", "clb,cdn"]].concat())
        .run()
        .expect(0);
    assert_eq!(targets(&outcome), ["clb unchanged", "cdn unchanged"]);
    assert_eq!(clouds.calls("UpdateCertificateInstance").len(), 0);
}

#[test]
fn it_reaches_wide_and_needs_consent() {
    let clouds = quick(json!({}));
    let base = [
        "ssl", "update", "--old", "example1", "--new", "example2", "--types", "cdn",
    ];
    let outcome = clouds.certctl(&base).run().expect(2);
    assert_eq!(
        outcome.error()["message"],
        "replacing example1 with example2 wherever it is deployed in cdn requires --yes when \
         stdin is not a terminal"
    );
    assert!(clouds.log().is_empty());
}

#[test]
fn bad_input_is_refused_here() {
    let clouds = quick(json!({}));
    for (args, message) in [
        (
            &["--types", "cdn", "--new", "example1"][..],
            "--old and --new are the same certificate, example1",
        ),
        (
            &["--types", "cdn", "--regions", "clb=ap-guangzhou"],
            "--regions contains clb, but --types does not",
        ),
    ] {
        let base = ["ssl", "update", "--old", "example1", "--yes"];
        let more = if args.contains(&"--new") {
            vec![]
        } else {
            vec!["--new", "example2"]
        };
        let outcome = clouds
            .certctl(&[&base[..], args, &more].concat())
            .run()
            .expect(2);
        assert_eq!(outcome.error()["message"], message);
    }
    for args in [
        &["--types", ""][..],
        &["--types", "cdn,lighthouse"],
        &["--types", "CDN"],
        &["--types", "cdn", "--regions", "cdn=ap-guangzhou"],
        &["--types", "clb", "--regions", "ap-guangzhou"],
        &["--types", "clb", "--regions", "clb="],
        &[],
    ] {
        let outcome = update(&clouds, args).expect(2);
        assert_eq!(outcome.error()["kind"], "usage", "{args:?}");
    }
    assert!(clouds.log().is_empty());
}

/// The call is repeated after a lost answer: the cloud finds the update that is under way.
#[test]
fn lost_answers_and_throttling() {
    let faults = json!([
        {"match": {"action": "UpdateCertificateInstance", "nth": [1, 3]}, "do": "reset_after"},
        {"match": {"action": "DescribeHostUpdateRecordDetail", "nth": [2]},
         "do": {"code": "LimitExceeded.RateLimitExceeded"}},
        {"match": {"action": "DescribeHostUpdateRecordDetail", "nth": [4]},
         "do": {"code": "RequestLimitExceeded"}},
    ]);
    let clouds = quick(json!({"faults": faults, "account": {"ssl_task_ms": 400}}));
    let outcome = update(&clouds, &["--types", "teo", "--wait"]).expect(0);
    assert_eq!(targets(&outcome), ["teo:teo.example.com changed"]);
}

/// The update was through before the call that followed the lost one: it is found by its record.
#[test]
fn what_a_lost_call_has_done_is_found() {
    let faults = json!([{"match": {"action": "UpdateCertificateInstance", "nth": [2, 3, 4, 5, 6]},
        "do": "reset_after"}]);
    let clouds = quick(json!({"faults": faults, "account": {"ssl_task_ms": 0}}));
    let outcome = update(
        &clouds,
        &["--types", "teo", "--wait", "--max-attempts", "3"],
    )
    .expect(0);
    assert_eq!(targets(&outcome), ["teo:teo.example.com changed"]);
}

#[test]
fn an_answer_that_never_comes_is_unknown() {
    let faults = json!([{"match": {"action": "UpdateCertificateInstance"}, "do": "reset_before"}]);
    let clouds = quick(json!({"faults": faults}));
    let outcome = update(&clouds, &["--types", "teo,live", "--max-attempts", "2"]).expect(10);
    assert_eq!(targets(&outcome), ["teo unknown", "live unknown"]);
}

/// Another update of the old certificate puts another one in its place: this one comes after it.
#[test]
fn another_update_is_waited_for() {
    for said in ["answer", "refuse"] {
        let clouds = quick(json!({"account": {"ssl_pending_task": said, "ssl_task_ms": 600}}));
        let base = [
            "ssl", "update", "--old", "example1", "--new", "bought01", "--yes",
        ];
        let other = ["--types", "live", "--allow-name-mismatch"];
        clouds
            .certctl(&[&base[..], &other].concat())
            .run()
            .expect(0);
        let outcome = update(&clouds, &["--types", "teo", "--wait"]).expect(0);
        assert_eq!(targets(&outcome), ["teo:teo.example.com changed"], "{said}");
    }
}

#[test]
fn a_certificate_that_cannot_be_used() {
    let clouds = quick(json!({}));
    let base = [
        "ssl", "update", "--old", "example1", "--yes", "--types", "teo,live",
    ];
    let with = |new: &str, more: &[&str]| {
        let args = [&base[..], &["--new", new], more].concat();
        clouds.certctl(&args).run()
    };
    // Nothing is sent for what is known to be none.
    with("nowhere1", &[]).expect(5);
    let expired = with("expired1", &[]).expect(8);
    assert!(
        expired.stderr.contains("expired1 expired on"),
        "{expired:#?}"
    );
    assert!(clouds.calls("UpdateCertificateInstance").is_empty());
    for (new, code, status) in [
        ("nowhere1", "FailedOperation.CertificateNotFound", 5),
        ("review01", "FailedOperation.CertificateNotAvailable", 6),
        ("expired1", "FailedOperation.CertificateNotAvailable", 6),
    ] {
        let outcome = with(new, &["--no-preview"]).expect(status);
        assert_eq!(outcome.statuses(), ["failed", "failed"], "{new}");
        assert_eq!(rows(&outcome)[0]["error"]["code"], code);
    }
}

/// What these serve nothing tells but the certificate that goes.
#[test]
fn names_that_no_instance_has_are_those_of_the_old_certificate() {
    for kind in ["gaap", "mqtt", "clb"] {
        let clouds = quick(json!({}));
        let base = [
            "ssl", "update", "--old", "example1", "--yes", "--types", kind,
        ];
        let region = ["--regions", "clb=ap-guangzhou"];
        let region = if kind == "clb" { &region[..] } else { &[] };
        let outcome = clouds
            .certctl(&[&base[..], region, &["--new", "idle0001"]].concat())
            .run()
            .expect(8);
        let message = outcome.error()["message"].to_string();
        let said = match kind {
            "clb" => "idle0001 does not cover www.example.com",
            _ => {
                "idle0001 does not cover example.com, *.example.com, a.com, b.com, which example1 \
                 covers: it covers idle.example.com"
            }
        };
        assert!(message.contains(said), "{kind} {message}");
        assert!(clouds.calls("UpdateCertificateInstance").is_empty());
    }
    let fault = json!({"match": {"action": "DescribeCertificate", "nth": [1]},
        "do": {"code": "UnauthorizedOperation"}});
    let clouds = quick(json!({"faults": [fault]}));
    let base = [
        "ssl", "update", "--old", "example1", "--yes", "--types", "gaap",
    ];
    let args = [&base[..], &["--new", "example2"]].concat();
    clouds.certctl(&args).run().expect(4);
    clouds
        .certctl(&[&args[..], &["--wait"]].concat())
        .run()
        .expect(0);
}

#[test]
fn a_dry_run_shows_what_is_known() {
    let clouds = quick(json!({}));
    let outcome = update(&clouds, &["--types", "cdn,clb", "--dry-run"]).expect(0);
    assert_eq!(outcome.statuses(), ["planned", "planned"]);
    let requests = outcome.json()["requests"].clone();
    let actions = [
        "DescribeCertificateDetail",
        "CreateCertificateBindResourceSyncTask",
        "DescribeHostUpdateRecord",
    ];
    for (request, action) in requests.as_array().expect("requests").iter().zip(actions) {
        assert_eq!(request["action"], action);
    }
    assert_eq!(requests[3]["params"]["ResourceTypes"], json!(["cdn"]));
    let args = [
        "--types",
        "clb",
        "--regions",
        "clb=ap-guangzhou,clb=ap-shanghai",
        "--no-preview",
        "--dry-run",
    ];
    let requests = update(&clouds, &args).expect(0).json()["requests"].clone();
    assert_eq!(
        requests[0]["params"]["ResourceTypesRegions"],
        json!([{"ResourceType": "clb", "Regions": ["ap-guangzhou", "ap-shanghai"]}])
    );
    assert!(clouds.log().is_empty());
}

/// More items than a page holds.
#[test]
fn a_record_that_comes_in_pages() {
    let clouds = quick(json!({"account": {"max_page": 2}}));
    let outcome = update(&clouds, &["--types", "cdn,teo,vod", "--wait"]).expect(9);
    assert_eq!(
        targets(&outcome),
        [
            "cdn:a.com changed",
            "cdn:b.com changed",
            "cdn:failing.example.com failed",
            "cdn:flaky.example.com failed",
            "teo:teo.example.com changed",
            "vod:vod.example.com changed",
        ]
    );
    let record = rows(&outcome)[0]["record"]
        .as_str()
        .expect("a record")
        .to_owned();
    let retry = ["ssl", "deployments", "retry", &record, "--wait"];
    let outcome = clouds.certctl(&retry).run().expect(9);
    assert_eq!(
        targets(&outcome),
        [
            "cdn:failing.example.com failed",
            "cdn:flaky.example.com changed"
        ]
    );
}

#[cfg(unix)]
#[test]
fn an_interrupted_collection_is_unknown() {
    let clouds = quick(json!({"account": {"ssl_task_ms": 60_000}}));
    let base = [
        "ssl", "update", "--old", "example1", "--new", "example2", "--yes",
    ];
    let child = clouds
        .certctl(&[&base[..], &["--types", "teo", "--wait"]].concat())
        .spawn();
    while clouds.calls("UpdateCertificateInstance").len() < 2 {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let pid = rustix::process::Pid::from_raw(child.id() as i32).expect("a process");
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it runs");
    let outcome = Outcome::of(child).expect(143);
    assert_eq!(targets(&outcome), ["teo unknown"]);
}

/// The new certificate as a file: compared with the places' names, uploaded, and put there.
#[test]
fn a_file_in_the_place_of_a_certificate() {
    let clouds = quick(json!({}));
    let issued = |names: &[&str]| {
        let authority = certctl::emulator::pki::Authority::generate().expect("an authority");
        let issued = authority.issue(names, 90).expect("a certificate");
        clouds.file("fullchain.pem", issued.fullchain);
        crate::support::private(&clouds.file("privkey.pem", issued.key));
    };
    let run = |more: &[&str]| {
        let base = [
            "ssl", "update", "--old", "example1", "--types", "teo", "--yes",
        ];
        let file = ["--new", "fullchain.pem", "--key", "privkey.pem"];
        clouds.certctl(&[&base[..], &file, more].concat()).run()
    };
    issued(&["z.test"]);
    let message = run(&[]).expect(8).error()["message"].to_string();
    assert!(
        message.contains("fullchain.pem does not cover teo.example.com: it covers z.test"),
        "{message}"
    );
    assert!(clouds.calls("UploadCertificate").is_empty());
    issued(&["*.example.com"]);
    let outcome = run(&["--wait"]).expect(0);
    assert_eq!(targets(&outcome), ["teo:teo.example.com changed"]);
    assert_eq!(rows(&outcome)[0]["confirmed"], true);
    assert_eq!(clouds.calls("UploadCertificate").len(), 1);
    assert_eq!(targets(&run(&[]).expect(0)), ["teo unchanged"]);
    assert_eq!(clouds.calls("UploadCertificate").len(), 1);
}
