//! Many targets at once: chunks, refused ones among them, and what one call teaches the next.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use certctl::emulator::Entry;
use certctl::emulator::pki::Authority;
use serde_json::{Value, json};

use crate::support::{Clouds, Outcome};

const BATCH: &str = "BatchSetCdnDomainServerCertificate";
const SINGLE: &str = "SetDomainServerCertificate";
const SSL: &str = "SetCdnDomainSSLCertificate";
const DELETE: &str = "BatchDeleteCSR";
const ATTACH: &str = "AssociateAdditionalCertificatesWithListener";

const ACCELERATOR: &str = "ga-bp1odcab8tmno0hdq****";
const LISTENER: &str = "lsr-bp1bpn0kn908w4nbw****";

/// `d0001.example.com` and so on: the sandbox makes such domains on demand.
fn domains(count: usize) -> Vec<String> {
    (1..=count)
        .map(|n| format!("d{n:05}.example.com"))
        .collect()
}

/// `cdn set` over a list in a file.
fn set(clouds: &Clouds, domains: &[String], args: &[&str]) -> Outcome {
    let list = clouds.file("domains.txt", domains.join("\n"));
    let mut all = vec!["cdn", "set", "--domains-file", list.to_str().unwrap()];
    all.extend(args);
    clouds.certctl(&all).run()
}

/// A certificate for `*.example.com` and its key, in the home directory.
fn certificate(clouds: &Clouds) -> (PathBuf, PathBuf) {
    let issued = Authority::generate()
        .and_then(|authority| authority.issue(&["*.example.com"], 30))
        .expect("a certificate");
    let cert = clouds.file("fullchain.pem", issued.fullchain);
    let key = clouds.file("privkey.pem", issued.key);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    (cert, key)
}

/// The rows that are not as asked, by target: status and code.
fn faults(document: &Value) -> BTreeMap<String, (String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rows = document["results"].as_array().expect("results");
    rows.iter()
        .filter(|row| row["status"] != "changed")
        .map(|row| {
            let pair = (text(&row["status"]), text(&row["error"]["code"]));
            (text(&row["target"]), pair)
        })
        .collect()
}

/// How many domains each of the calls named.
fn sizes(calls: &[Entry]) -> Vec<usize> {
    let size = |entry: &Entry| {
        let names = entry.params["DomainName"].as_str().expect("text");
        names.split(',').count()
    };
    calls.iter().map(size).collect()
}

/// The most calls in any one second, wherever it is cut.
fn most_in_a_second(calls: &[Entry]) -> usize {
    let times: Vec<u64> = calls.iter().map(|entry| entry.time_us).collect();
    let within = |start: u64| {
        let second = start..start + 1_000_000;
        times.iter().filter(|time| second.contains(time)).count()
    };
    times.iter().map(|start| within(*start)).max().unwrap_or(0)
}

// Twenty-odd seconds: ten calls a second are what the vendor allows, and 200 batches and the
// search for three domains have to fit through.
#[test]
fn ten_thousand_domains_with_three_refused() {
    let mut all = domains(9_997);
    all.insert(30, "unknown1.example.com".into());
    all.insert(5_000, "offline1.example.com".into());
    all.push("denied1.example.com".into());
    let clouds = Clouds::new();
    let outcome = set(&clouds, &all, &["--on"]).expect(9);
    let document = outcome.json();
    let counts = json!({"total": 10_000, "changed": 9_997, "unchanged": 0, "failed": 3,
                        "skipped": 0, "unknown": 0, "planned": 0});
    assert_eq!(document["summary"], counts);
    let failed = |code: &str| ("failed".to_owned(), code.to_owned());
    let expected = BTreeMap::from([
        (
            "unknown1.example.com".into(),
            failed("InvalidDomain.NotFound"),
        ),
        (
            "offline1.example.com".into(),
            failed("InvalidDomain.Offline"),
        ),
        ("denied1.example.com".into(), failed("IllegalOperation")),
    ]);
    assert_eq!(faults(&document), expected);
    let rows = document["results"].as_array().unwrap();
    let order: Vec<&str> = rows
        .iter()
        .map(|row| row["target"].as_str().unwrap())
        .collect();
    assert_eq!(order, all, "in the order asked");

    let calls = clouds.calls(BATCH);
    assert_eq!(sizes(&calls).into_iter().max(), Some(50));
    // 200 chunks, and for each of the three: into tens, into fives, down to one.
    assert!(calls.len() <= 200 + 3 * 16, "{} calls", calls.len());
    assert!(most_in_a_second(&calls) <= 10);
    assert!(
        calls
            .iter()
            .all(|call| call.code.as_deref() != Some("Throttling.User"))
    );
    let mut set: Vec<&str> = Vec::new();
    for call in calls.iter().filter(|call| call.applied) {
        set.extend(call.params["DomainName"].as_str().unwrap().split(','));
    }
    assert_eq!(set.len(), 9_997, "each domain is set once");
    assert_eq!(set.iter().collect::<HashSet<_>>().len(), 9_997);
}

#[test]
fn an_unknown_domain_among_120_fails_alone() {
    let mut all = domains(119);
    all.insert(77, "unknown.example.com".into());
    let clouds = Clouds::new();
    let outcome = set(&clouds, &all, &["--on"]).expect(9);
    let document = outcome.json();
    assert_eq!(document["summary"]["changed"], 119);
    let failed = ("failed".to_owned(), "InvalidDomain.NotFound".to_owned());
    let expected = BTreeMap::from([("unknown.example.com".to_owned(), failed)]);
    assert_eq!(faults(&document), expected);
    assert_eq!(document["results"][77]["action"], BATCH);
    assert!(
        outcome.stderr.contains("unknown.example.com"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn fifty_one_domains_are_two_calls_and_a_smaller_size_is_kept_to() {
    let clouds = Clouds::new();
    set(&clouds, &domains(51), &["--on"]).expect(0);
    assert_eq!(sizes(&clouds.calls(BATCH)), [50, 1]);
    let clouds = Clouds::new();
    set(&clouds, &domains(51), &["--on", "--batch-size", "20"]).expect(0);
    // After the first they go side by side.
    let mut sizes = sizes(&clouds.calls(BATCH));
    sizes.sort_unstable();
    assert_eq!(sizes, [11, 20, 20]);
}

#[test]
fn the_same_domain_twice_is_set_once() {
    let clouds = Clouds::new();
    let outcome = clouds
        .certctl(&[
            "cdn",
            "set",
            "--domains",
            "b.com,test.com,B.com,b.com",
            "--on",
        ])
        .run()
        .expect(0);
    assert_eq!(outcome.statuses(), ["changed", "changed"]);
    assert_eq!(
        clouds.calls(BATCH)[0].params["DomainName"],
        "b.com,test.com"
    );
}

#[test]
fn a_batch_refused_for_its_size_teaches_a_smaller_one() {
    let clouds = Clouds::with(json!({"account": {"batch_limit": 10}}));
    let all = domains(1_200);
    let outcome = set(&clouds, &all, &["--on"]).expect(0);
    assert_eq!(outcome.json()["summary"]["changed"], 1_200);
    let said = "the cloud refuses larger batches: using 10 domains per call from now on";
    assert_eq!(
        outcome.stderr.matches(said).count(),
        1,
        "{}",
        outcome.stderr
    );
    let calls = clouds.calls(BATCH);
    let refused = calls.iter().filter(|call| !call.applied).count();
    // Those that were under way when it showed; the other chunks come in tens.
    assert!(
        (1..=17).contains(&refused),
        "{refused} of 24 were sent too large"
    );
    assert!(calls.iter().filter(|call| call.applied).count() == 120);
}

#[test]
fn a_domain_that_was_busy_for_a_moment_teaches_no_smaller_size() {
    let busy = json!({"match": {"value": "d00007.example.com", "times": 1},
                      "do": {"code": "ServiceBusy", "http": 403}});
    let clouds = Clouds::with(json!({"faults": [busy]}));
    let outcome = set(&clouds, &domains(150), &["--on"]).expect(0);
    assert!(
        !outcome.stderr.contains("larger batches"),
        "{}",
        outcome.stderr
    );
    let mut sizes = sizes(&clouds.calls(BATCH));
    sizes.sort_unstable();
    assert_eq!(sizes, [10, 10, 10, 10, 10, 50, 50, 50]);
}

#[test]
fn a_busy_domain_does_not_hold_up_the_others() {
    let clouds = Clouds::new();
    let mut all = domains(119);
    all.insert(0, "configuring.example.com".into());
    let args = ["--on", "--max-attempts", "3"];
    let outcome = set(&clouds, &all, &args).expect(9);
    let document = outcome.json();
    let busy = ("failed".to_owned(), "ServiceBusy".to_owned());
    let expected = BTreeMap::from([("configuring.example.com".to_owned(), busy)]);
    assert_eq!(faults(&document), expected);
    let error = &document["results"][0]["error"];
    assert_eq!(error["kind"], "busy");
    assert_eq!(error["retryable"], true);
    assert_eq!(error["attempts"], 3);
    // It was tried alone three times; every other domain was sent before the second.
    let calls = clouds.calls(BATCH);
    let alone = |call: &&Entry| call.params["DomainName"] == "configuring.example.com";
    let waited_for = calls
        .iter()
        .filter(alone)
        .nth(1)
        .expect("a second try")
        .time_us;
    assert_eq!(calls.iter().filter(alone).count(), 3);
    assert!(
        calls
            .iter()
            .filter(|call| call.applied)
            .all(|call| call.time_us < waited_for)
    );
}

#[test]
fn a_domain_that_becomes_ready_is_waited_for() {
    let clouds = Clouds::with(json!({"account": {"cdn_settle_ms": 300}}));
    let args = ["cdn", "set", "--domains", "a.com", "--on", "--no-preview"];
    clouds.certctl(&args).run().expect(0);
    let outcome = clouds.certctl(&args).run().expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
    let codes: Vec<_> = clouds
        .calls(BATCH)
        .iter()
        .map(|call| call.code.clone())
        .collect();
    assert_eq!(codes[1].as_deref(), Some("ServiceBusy"));
}

#[test]
fn a_refusal_without_a_code_is_narrowed_down_as_well() {
    for deed in [json!({"status": 400}), json!({"status": 403, "html": true})] {
        let refuse = json!({"match": {"value": "d00033.example.com"}, "do": deed});
        let clouds = Clouds::with(json!({"faults": [refuse]}));
        let outcome = set(&clouds, &domains(60), &["--on"]).expect(9);
        let document = outcome.json();
        assert_eq!(document["summary"]["changed"], 59);
        let row = &document["results"][32];
        assert_eq!(row["status"], "failed");
        assert_eq!(row["error"]["kind"], "refused");
        assert_eq!(row["error"].get("code"), None);
        assert_eq!(row["error"]["http_status"], deed["status"]);
    }
}

/// Fifty refusals in a row are no proof that the other domains would be refused as well.
#[test]
fn many_refusals_first_do_not_cost_the_others() {
    let denied: Vec<String> = (0..60).map(|n| format!("denied{n}.example.com")).collect();
    let fine: Vec<String> = (0..100).map(|n| format!("d{n}.example.com")).collect();
    let clouds = Clouds::with(json!({"account": {"unlimited_rate": true}}));
    let outcome = set(
        &clouds,
        &[denied, fine].concat(),
        &["--on", "--rate", "1000"],
    )
    .expect(9);
    let document = outcome.json();
    assert_eq!(document["summary"]["failed"], 60);
    assert_eq!(document["summary"]["changed"], 100);
    let all_denied = faults(&document).into_values();
    assert!(
        all_denied
            .into_iter()
            .all(|(_, code)| code == "IllegalOperation")
    );
}

#[test]
fn a_wrong_secret_costs_one_request() {
    let cases: [(&str, &[&str], &str); 2] = [
        (
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
            &["cdn", "set", "--on", "--domains-file"],
            "SignatureDoesNotMatch",
        ),
        (
            "TENCENTCLOUD_SECRET_KEY",
            &["ssl", "csr", "delete", "--yes", "--ids-file"],
            "AuthFailure.SignatureFailure",
        ),
    ];
    for (variable, args, code) in cases {
        let clouds = Clouds::new();
        let items: Vec<String> = match variable.starts_with("ALI") {
            true => domains(10_000),
            false => (1..=10_000).map(|id| id.to_string()).collect(),
        };
        let list = clouds.file("list.txt", items.join("\n"));
        let call = clouds.certctl(args).arg(list);
        let outcome = call
            .env(variable, "not-the-right-secret-at-all-000")
            .run()
            .expect(4);
        assert_eq!(clouds.log().len(), 1);
        let document = outcome.json();
        assert_eq!(document["summary"]["total"], 10_000);
        assert_eq!(document["summary"]["changed"], 0);
        assert_eq!(document["results"][0]["status"], "failed");
        assert_eq!(document["results"][0]["error"]["code"], code);
        let last = &document["results"][9_999];
        assert_eq!(last["status"], "skipped");
        assert_eq!(
            last["note"],
            format!("not sent: the command stopped at {code}")
        );
    }
}

#[test]
fn the_name_of_the_runs_own_upload_is_no_conflict() {
    // The second upload under the name is refused, as a store of unique names does.
    let taken =
        json!({"match": {"nth": [2], "action": BATCH}, "do": {"code": "Certificate.Duplicated"}});
    let clouds = Clouds::with(json!({"faults": [taken]}));
    let (cert, key) = certificate(&clouds);
    let list = clouds.file("domains.txt", domains(120).join("\n"));
    let call = clouds.certctl(&["cdn", "set", "--cert-name", "example"]);
    let call = call
        .arg("--domains-file")
        .arg(&list)
        .arg("--cert")
        .arg(&cert);
    let outcome = call.arg("--key").arg(&key).run().expect(0);
    assert_eq!(outcome.json()["summary"]["changed"], 120);
    let calls = clouds.calls(BATCH);
    assert_eq!(calls.len(), 4);
    assert!(
        calls
            .iter()
            .all(|call| call.params["CertName"] == "example")
    );
    assert!(
        calls
            .iter()
            .all(|call| call.params.get("ForceSet").is_none()),
        "never a default"
    );
    // It is in the store now, and is taken from there.
    let again = calls[2..]
        .iter()
        .find(|call| call.params["DomainName"] == calls[1].params["DomainName"]);
    let again = again.expect("sent again");
    assert_eq!(again.params["CertType"], "cas");
    assert_eq!(again.params.get("SSLPri"), None);
}

#[test]
fn the_runs_own_name_with_one_domain_a_call() {
    let taken =
        json!({"match": {"nth": [2], "action": SINGLE}, "do": {"code": "Certificate.Duplicated"}});
    let clouds = Clouds::with(json!({"faults": [taken]}));
    let (cert, key) = certificate(&clouds);
    let domains = domains(3).join(",");
    let call = clouds.certctl(&["cdn", "set", "--cert-name", "example", "--via", "single"]);
    let call = call.arg("--domains").arg(domains).arg("--cert").arg(&cert);
    let outcome = call.arg("--key").arg(&key).run().expect(0);
    assert_eq!(outcome.statuses(), ["changed"; 3]);
    let calls = clouds.calls(SINGLE);
    assert_eq!(calls.len(), 4);
    let again = calls[2..]
        .iter()
        .find(|call| call.params["DomainName"] == calls[1].params["DomainName"]);
    let again = again.expect("sent again");
    assert_eq!(again.params.get("ForceSet"), None);
    assert_eq!(again.params["CertType"], "cas");
    assert_eq!(again.params["CertName"], "example");
}

#[test]
fn each_call_keeps_its_own_documented_rate() {
    for (via, action, count, rate) in [("single", SINGLE, 24, 10), ("ssl", SSL, 70, 30)] {
        let clouds = Clouds::new();
        set(&clouds, &domains(count), &["--on", "--via", via]).expect(0);
        let calls = clouds.calls(action);
        assert_eq!(calls.len(), count, "none was throttled");
        let most = most_in_a_second(&calls);
        assert!(most <= rate && most > rate / 2, "{via}: {most} in a second");
    }
    // Reading what became of 25 ids counts against the reading's own limit.
    let ids: Vec<String> = (501..=525).map(|id| id.to_string()).collect();
    let clouds = Clouds::new();
    delete(&clouds, &ids.join(","), &["--missing-ok"]).expect(0);
    assert!(most_in_a_second(&clouds.calls("DescribeCSR")) <= 10);
    let clouds = Clouds::new();
    set(
        &clouds,
        &domains(8),
        &["--on", "--batch-size", "2", "--rate", "2"],
    )
    .expect(0);
    assert!(most_in_a_second(&clouds.calls(BATCH)) <= 2);
}

#[test]
fn a_name_that_somebody_else_took_is_never_overwritten() {
    let taken = json!({"match": {"action": BATCH}, "do": {"code": "Certificate.Duplicated"}});
    let clouds = Clouds::with(json!({"faults": [taken]}));
    let (cert, key) = certificate(&clouds);
    let list = clouds.file("domains.txt", domains(60).join("\n"));
    let outcome = clouds
        .certctl(&["cdn", "set", "--cert-name", "example", "--domains-file"])
        .arg(&list)
        .arg("--cert")
        .arg(&cert)
        .arg("--key")
        .arg(&key)
        .run()
        .expect(6);
    let statuses = outcome.statuses();
    assert!(statuses[..50].iter().all(|status| status == "failed"));
    assert!(statuses[50..].iter().all(|status| status == "skipped"));
    let error = &outcome.json()["results"][0]["error"];
    assert_eq!(error["kind"], "conflict");
    let calls = clouds.calls(BATCH);
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].params.get("ForceSet"), None);
}

#[test]
fn a_gateway_without_the_batch_call_is_served_with_the_current_one() {
    let clouds = Clouds::with(json!({"account": {"unknown_actions": [BATCH, SINGLE]}}));
    let args = ["--on", "--force", "--region", "cn-hangzhou"];
    let outcome = set(&clouds, &domains(12), &args).expect(0);
    let document = outcome.json();
    assert_eq!(document["summary"]["changed"], 12);
    assert_eq!(document["results"][0]["action"], SSL);
    let said = format!(
        "the cloud does not know {BATCH} (InvalidAction.NotFound): using {SSL}, which has neither \
         ForceSet nor Region"
    );
    assert_eq!(
        outcome.stderr.matches(&said).count(),
        1,
        "{}",
        outcome.stderr
    );
    assert_eq!(clouds.calls(BATCH).len(), 1);
    let calls = clouds.calls(SSL);
    assert_eq!(calls.len(), 12);
    for call in &calls {
        assert_eq!(call.params.get("ForceSet"), None);
        assert_eq!(call.params.get("Region"), None);
    }
}

#[test]
fn what_was_asked_for_by_name_has_no_fallback() {
    let clouds = Clouds::with(json!({"account": {"unknown_actions": [BATCH, SINGLE]}}));
    for args in [
        ["--on", "--via", "batch", "--no-preview"],
        ["--on", "--via", "single", "--no-preview"],
        // Only the retired call knows free certificates.
        ["--on", "--cert-type", "free", "--no-preview"],
    ] {
        let before = clouds.log().len();
        let outcome = set(&clouds, &domains(120), &args).expect(6);
        let document = outcome.json();
        assert_eq!(
            document["results"][0]["error"]["code"],
            "InvalidAction.NotFound"
        );
        assert_eq!(document["results"][119]["status"], "skipped");
        assert_eq!(clouds.log().len(), before + 1, "{args:?}");
    }
    assert_eq!(clouds.calls(SSL).len(), 0);
}

#[test]
fn an_empty_list_or_value_sends_nothing() {
    let clouds = Clouds::new();
    let empty = clouds.file("empty.txt", "# nothing yet\n\n");
    let empty = empty.to_str().unwrap();
    let lines: [&[&str]; 6] = [
        &["cdn", "set", "--on", "--domains", ""],
        &["cdn", "set", "--on", "--domains-file", empty],
        &["cdn", "set", "--on"],
        &["ssl", "csr", "delete", "--yes", "--ids", ""],
        &[
            "ga",
            "attach",
            "--accelerator",
            "",
            "--listener",
            LISTENER,
            "--cert",
            "1=a.com",
        ],
        &[
            "ulb",
            "replace",
            "--old",
            "ssl-old0001",
            "--new",
            "ssl-new0001",
            "--listener",
            "",
        ],
    ];
    for args in lines {
        let outcome = clouds.certctl(args).run().expect(2);
        assert_eq!(outcome.stdout, "");
        assert_eq!(outcome.error()["kind"], "usage");
    }
    assert_eq!(clouds.log().len(), 0);
}

fn delete(clouds: &Clouds, ids: &str, args: &[&str]) -> Outcome {
    let mut all = vec!["ssl", "csr", "delete", "--yes", "--ids", ids];
    all.extend(args);
    clouds.certctl(&all).run()
}

fn row<'d>(document: &'d Value, target: &str) -> &'d Value {
    let rows = document["results"].as_array().expect("results");
    let found = rows.iter().find(|row| row["target"] == target);
    found.unwrap_or_else(|| panic!("no {target} in {document}"))
}

#[test]
fn csr_ids_go_in_hundreds_and_missing_ones_are_named() {
    let ids: Vec<String> = (101..=349)
        .map(|id| id.to_string())
        .chain(["900".into()])
        .collect();
    let clouds = Clouds::new();
    let list = clouds.file("ids.txt", ids.join("\n"));
    let call = clouds.certctl(&["ssl", "csr", "delete", "--yes", "--ids-file"]);
    let outcome = call.arg(&list).run().expect(9);
    let document = outcome.json();
    assert_eq!(document["summary"]["changed"], 249);
    assert_eq!(document["summary"]["failed"], 1);
    let missing = row(&document, "900");
    assert_eq!(missing["error"]["code"], "InvalidParameter.InvalidCSRId");
    assert_eq!(missing["error"]["kind"], "not-found");
    let sizes: Vec<usize> = clouds
        .calls(DELETE)
        .iter()
        .map(|call| call.params["CSRIds"].as_array().unwrap().len())
        .collect();
    assert_eq!(sizes, [100, 100, 50]);
}

#[test]
fn a_hundred_and_one_ids_are_two_calls() {
    let ids: Vec<String> = (101..=201).map(|id| id.to_string()).collect();
    let clouds = Clouds::new();
    delete(&clouds, &ids.join(","), &[]).expect(0);
    assert_eq!(clouds.calls(DELETE).len(), 2);
}

#[test]
fn the_answers_list_is_what_counts() {
    // The vendor's own sample: 11 is asked for and not listed.
    let clouds = Clouds::new();
    let outcome = delete(&clouds, "11,22,33", &[]).expect(9);
    assert_eq!(outcome.statuses(), ["failed", "changed", "changed"]);
    assert_eq!(outcome.json()["results"][0]["error"]["kind"], "state");

    // Empty: nothing was deleted, and all are still there.
    let empty = json!({"faults": [{"match": {"action": DELETE}, "do": {"partial_success": []}}]});
    let clouds = Clouds::with(empty);
    let outcome = delete(&clouds, "22,33", &[]).expect(6);
    assert_eq!(outcome.statuses(), ["failed", "failed"]);

    // Reordered, and with an id that was never asked for.
    let deed = json!({"partial_success": [33, 77, 22]});
    let clouds = Clouds::with(json!({"faults": [{"match": {"action": DELETE}, "do": deed}]}));
    let outcome = delete(&clouds, "22,33", &[]).expect(0);
    assert_eq!(outcome.statuses(), ["changed", "changed"]);
    let said = "reports CSR 77 as deleted, which was not requested";
    assert!(outcome.stderr.contains(said), "{}", outcome.stderr);
    assert_eq!(outcome.json()["summary"]["total"], 2);
}

#[test]
fn a_call_refused_for_one_id_is_made_for_the_others() {
    let account = json!({"account": {"unknown_csr": "refuse"}});
    let clouds = Clouds::with(account.clone());
    let outcome = delete(&clouds, "22,900,33", &[]).expect(9);
    assert_eq!(outcome.statuses(), ["changed", "failed", "changed"]);
    let error = &outcome.json()["results"][1]["error"];
    assert_eq!(error["code"], "InvalidParameter.InvalidCSRId");

    let clouds = Clouds::with(account);
    let outcome = delete(&clouds, "22,900,33", &["--missing-ok"]).expect(0);
    assert_eq!(outcome.statuses(), ["changed", "unchanged", "changed"]);
}

#[test]
fn an_id_that_is_not_there_may_be_taken_for_deleted() {
    for account in [json!({}), json!({"unknown_csr": "refuse"})] {
        let clouds = Clouds::with(json!({"account": account}));
        let outcome = delete(&clouds, "900", &["--missing-ok"]).expect(0);
        assert_eq!(outcome.statuses(), ["unchanged"]);
        let outcome = delete(&clouds, "900", &[]).expect(5);
        assert_eq!(outcome.statuses(), ["failed"]);
    }
}

fn attach(clouds: &Clouds, pairs: usize, args: &[&str]) -> Outcome {
    // The made-up certificates are in no store.
    let mut call = clouds.certctl(&["ga", "attach", "--no-preview", "--accelerator", ACCELERATOR]);
    call = call.arg("--listener").arg(LISTENER);
    for n in 1..=pairs {
        call = call
            .arg("--cert")
            .arg(format!("{}-cn-hangzhou=d{n}.example.com", 1000 + n));
    }
    for arg in args {
        call = call.arg(arg);
    }
    call.run()
}

#[test]
fn twenty_five_pairs_are_three_calls_that_wait_for_active() {
    let clouds = Clouds::new();
    let outcome = attach(&clouds, 25, &[]).expect(0);
    assert_eq!(outcome.statuses(), ["changed"; 25]);
    let calls = clouds.calls(ATTACH);
    assert_eq!(
        calls.len(),
        3,
        "no call was refused for a state that can be read"
    );
    assert!(calls.iter().all(|call| call.applied));
    let tokens: HashSet<_> = calls
        .iter()
        .map(|call| call.params["ClientToken"].to_string())
        .collect();
    assert_eq!(tokens.len(), 3, "a token a call");
    let pairs = |call: &Entry| {
        call.params
            .keys()
            .filter(|name| name.ends_with(".Domain"))
            .count()
    };
    assert_eq!(calls.iter().map(pairs).collect::<Vec<_>>(), [10, 10, 5]);
    // Between two writes the state was read until it was active.
    let log = clouds.log();
    let reads = |entry: &&Entry| entry.action.as_deref() == Some("DescribeAccelerator");
    assert!(log.iter().filter(reads).count() >= 4);
}

#[test]
fn eleven_pairs_under_a_token_of_ones_own_are_refused_here() {
    let clouds = Clouds::new();
    let outcome = attach(&clouds, 11, &["--client-token", "abc"]).expect(2);
    assert_eq!(outcome.error()["kind"], "usage");
    assert_eq!(clouds.log().len(), 0);
}

#[test]
fn a_client_token_stays_while_nonces_change() {
    let fault =
        |nth: u64, deed: Value| json!({"match": {"action": ATTACH, "nth": [nth]}, "do": deed});
    let busy = json!({"code": "StateError.Accelerator"});
    let faults = [
        fault(1, json!("throttle")),
        fault(2, busy),
        fault(3, json!("reset_after")),
        fault(4, json!({"status": 502})),
    ];
    let clouds = Clouds::with(json!({"faults": faults}));
    let outcome = attach(&clouds, 2, &[]).expect(0);
    assert_eq!(outcome.statuses(), ["changed", "changed"]);
    let calls = clouds.calls(ATTACH);
    assert_eq!(calls.len(), 5);
    let distinct = |name: &str| {
        let values = calls.iter().map(|call| call.params[name].to_string());
        values.collect::<HashSet<_>>().len()
    };
    assert_eq!(distinct("ClientToken"), 1);
    assert_eq!(distinct("SignatureNonce"), 5);
}
