//! `certctl ulb upload`, `rename` and `delete`

use std::path::PathBuf;

use certctl::emulator::pki::Authority;
use serde_json::{Value, json};

use crate::support::raw::{Raw, answer};
use crate::support::{Call, Clouds, Outcome, at_once, private};

const CREATE: &str = "CreateSSL";
const DELETE: &str = "DeleteSSL";
const END: &str = "-----END CERTIFICATE-----";

/// A cloud, and a certificate with its key in its home.
struct Case {
    clouds: Clouds,
    cert: PathBuf,
    key: PathBuf,
    chain: String,
    secret: String,
}

impl Case {
    fn new() -> Self {
        Case::with(json!({}))
    }

    fn with(scenario: Value) -> Self {
        Case::named(scenario, &["*.shop.example.com", "shop.example.com"])
    }

    fn named(scenario: Value, names: &[&str]) -> Self {
        let clouds = Clouds::with(scenario);
        let authority = Authority::generate().expect("an authority");
        let issued = authority.issue(names, 60).expect("a certificate");
        let cert = clouds.file("chain.pem", &issued.fullchain);
        let key = clouds.file("key.pem", &issued.key);
        private(&key);
        Case {
            clouds,
            cert,
            key,
            chain: issued.fullchain,
            secret: issued.key,
        }
    }

    fn upload(&self, more: &[&str]) -> Outcome {
        let call = self.clouds.certctl(&["ulb", "upload"]);
        let call = call
            .arg("--cert")
            .arg(&self.cert)
            .arg("--key")
            .arg(&self.key);
        call.args(more).run()
    }

    fn ulb(&self, args: &[&str]) -> Outcome {
        self.clouds.certctl(&[&["ulb"], args].concat()).run()
    }
}

/// Strikes the given calls of an action.
fn striking(action: &str, nth: &[u64], deed: Value) -> Value {
    json!({"faults": [{"match": {"action": action, "nth": nth}, "do": deed}]})
}

fn id_of(outcome: &Outcome) -> String {
    let row = &outcome.json()["results"][0];
    row["certificate"].as_str().expect("an id").to_owned()
}

fn note_of(outcome: &Outcome) -> String {
    let row = &outcome.json()["results"][0];
    row["note"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_certificate_is_uploaded_once() {
    let case = Case::new();
    let first = case.upload(&[]).expect(0);
    assert_eq!(first.statuses(), ["changed"]);
    let id = id_of(&first);
    let row = &first.json()["results"][0];
    assert_eq!(row["action"], CREATE);
    assert_eq!(row["target"], case.cert.display().to_string());
    assert!(row["request_id"].is_string());

    let second = case.upload(&[]).expect(0);
    assert_eq!(second.statuses(), ["unchanged"]);
    assert_eq!(id_of(&second), id);
    assert_eq!(case.clouds.calls(CREATE).len(), 1);

    // Under another name it is the same one still.
    let third = case.upload(&["--name", "another"]).expect(0);
    assert_eq!(
        (third.statuses(), id_of(&third)),
        (vec!["unchanged".into()], id.clone())
    );
    let note = note_of(&third);
    assert!(note.contains(&format!("certctl ulb rename {id}")), "{note}");

    // Elsewhere it is not there: certificates are regional and belong to a project.
    for place in [["--region", "cn-gd"], ["--project-id", "org-sandbox2"]] {
        let other = case.upload(&place).expect(0);
        assert_eq!(other.statuses(), ["changed"]);
        assert_ne!(id_of(&other), id);
    }
    let listed = case
        .ulb(&["certs", "--query", "results[-1]"])
        .expect(0)
        .json();
    assert_eq!(listed["certificate"], id);
    assert_eq!(
        listed["names"],
        json!(["*.shop.example.com", "shop.example.com"])
    );
}

/// The leaf alone is the user's certificate, what issued it goes apart, the key is in the body.
#[test]
fn the_parts_go_where_the_vendor_wants_them() {
    let case = Case::new();
    case.upload(&[]).expect(0);
    let params = &case.clouds.calls(CREATE)[0].params;
    let (leaf, rest) = case.chain.split_once(END).expect("two certificates");
    let text = |name: &str| params[name].as_str().expect("a text").trim().to_owned();
    assert_eq!(text("UserCert"), format!("{leaf}{END}"));
    assert_eq!(text("CaCert"), rest.trim());
    assert_eq!(
        text("PrivateKey"),
        "****",
        "the log masks it, so it was there"
    );
    assert_eq!(text("SSLType"), "Pem");
    assert!(!params.contains_key("SSLContent") && !params.contains_key("USSLId"));
    let name = text("SSLName");
    assert!(name.starts_with("certctl-shop.example.com-"), "{name}");
    assert!(case.clouds.calls(CREATE)[0].secrets_in_query.is_empty());

    // A certificate without its issuers is uploaded without them, if that is meant.
    let leaf = case.clouds.file("leaf.pem", format!("{leaf}{END}\n"));
    let upload = |more: &[&str]| {
        let call = case.clouds.certctl(&["ulb", "upload", "--region=cn-gd"]);
        let call = call.args(more).arg("--cert").arg(&leaf);
        call.arg("--key").arg(&case.key).run()
    };
    let refused = upload(&[]).expect(8);
    let message = refused.error()["message"].to_string();
    assert!(
        message.contains("has no intermediate certificate"),
        "{message}"
    );
    assert_eq!(case.clouds.calls(CREATE).len(), 1);
    upload(&["--name=主站-1_a.b", "--allow-incomplete-chain"]).expect(0);
    let params = &case.clouds.calls(CREATE)[1].params;
    assert!(!params.contains_key("CaCert"));
    assert_eq!(params["SSLName"], "主站-1_a.b");
}

/// It is told apart by its leaf, wherever that stands and however the cloud writes it.
#[test]
fn a_certificate_is_found_on_a_later_page_and_in_any_layout() {
    let case = Case::with(json!({"account": {"ulb_certificates": 30, "max_page": 4}}));
    let first = case.upload(&[]).expect(0);
    let second = case.upload(&[]).expect(0);
    assert_eq!(second.statuses(), ["unchanged"]);
    assert_eq!(id_of(&first), id_of(&second));

    let (leaf, issuer) = case.chain.split_once(END).expect("two certificates");
    let (leaf, issuer) = (format!("{leaf}{END}"), issuer.trim().to_owned());
    let key = case.secret.trim().to_owned();
    for content in [
        format!("{key}\n{leaf}\n{issuer}\n"),
        format!("{leaf}\n{key}\n{issuer}"),
        format!("{issuer}\r\n{leaf}\r\n{key}").replace('\n', "\r\n"),
        format!("{leaf} {issuer} {key}").replace('\n', " "),
    ] {
        let found = json!({"RetCode": 0, "TotalCount": 1, "DataSet": [
            {"SSLId": "ssl-there", "SSLName": "there", "SSLContent": content}]});
        let raw = Raw::http(move |_| answer(200, "", found.to_string()));
        let call = case
            .clouds
            .certctl(&["ulb", "upload", "--endpoint", &raw.endpoint()]);
        let call = call
            .arg("--cert")
            .arg(&case.cert)
            .arg("--key")
            .arg(&case.key);
        let outcome = call.run().expect(0);
        assert_eq!(outcome.statuses(), ["unchanged"], "{content}");
        assert_eq!(id_of(&outcome), "ssl-there");
        assert_eq!(note_of(&outcome), "already stored as there");
        assert_eq!(raw.requests().len(), 1);
    }
}

/// What a client is served is the certificate and its chain: with another chain it is another one.
#[test]
fn the_same_certificate_with_another_chain_is_uploaded_beside() {
    let case = Case::new();
    let (leaf, issuer) = case.chain.split_once(END).expect("two certificates");
    let leaf = case.clouds.file("leaf.pem", format!("{leaf}{END}\n"));
    let chain = case.clouds.file("issuer.pem", issuer.trim());
    let alone = |more: &[&str]| {
        let call = case.clouds.certctl(&["ulb", "upload"]).args(more);
        let call = call.arg("--cert").arg(&leaf);
        call.arg("--key").arg(&case.key)
    };
    let first = alone(&["--allow-incomplete-chain"]).run().expect(0);
    let whole = case.upload(&[]).expect(0);
    assert_eq!(whole.statuses(), ["changed"]);
    assert_ne!(id_of(&whole), id_of(&first));
    let first = id_of(&first);
    assert_eq!(
        note_of(&whole),
        format!("{first} is the same certificate with another chain and is kept")
    );
    let names: Vec<String> = case
        .clouds
        .calls(CREATE)
        .iter()
        .map(|call| call.params["SSLName"].as_str().expect("a name").to_owned())
        .collect();
    let beside = names[1].strip_prefix(&format!("{}-", names[0]));
    assert_eq!(beside.map(str::len), Some(4), "{names:?}");

    // Each is found again, and the chain may stand in a file of its own.
    let again = alone(&["--allow-incomplete-chain"]).run().expect(0);
    assert_eq!(
        (again.statuses(), id_of(&again)),
        (vec!["unchanged".into()], first)
    );
    let apart = alone(&[]).arg("--chain").arg(&chain).run().expect(0);
    assert_eq!(
        (apart.statuses(), id_of(&apart)),
        (vec!["unchanged".into()], id_of(&whole))
    );
    assert_eq!(case.clouds.calls(CREATE).len(), 2);
}

/// The cloud takes the same certificate from two runs at once: each says so, and both name the same
/// one as too many.
#[test]
fn a_twin_of_another_run_is_named() {
    for (own, other) in [("ssl-a", "ssl-b"), ("ssl-b", "ssl-a")] {
        let case = Case::new();
        let content = case.chain.clone();
        let created = std::sync::atomic::AtomicBool::new(false);
        let raw = Raw::http(move |request| {
            use std::sync::atomic::Ordering::SeqCst;
            if String::from_utf8_lossy(&request.body).contains("Action=CreateSSL") {
                created.store(true, SeqCst);
                let made = json!({"RetCode": 0, "SSLId": own});
                return answer(200, "", made.to_string());
            }
            let ids: &[&str] = match created.load(SeqCst) {
                true => &[own, other],
                false => &[],
            };
            let row = |id: &&str| json!({"SSLId": id, "SSLContent": content});
            let rows: Vec<Value> = ids.iter().map(row).collect();
            let body = json!({"RetCode": 0, "TotalCount": rows.len(), "DataSet": rows});
            answer(200, "", body.to_string())
        });
        let call = case
            .clouds
            .certctl(&["ulb", "upload", "--endpoint", &raw.endpoint()]);
        let call = call.arg("--cert").arg(&case.cert);
        let outcome = call.arg("--key").arg(&case.key).run().expect(0);
        assert_eq!(outcome.statuses(), ["changed"]);
        assert_eq!(outcome.json()["results"][0]["confirmed"], true);
        assert_eq!(id_of(&outcome), "ssl-a");
        let note = note_of(&outcome);
        assert!(
            note.contains("ssl-a and ssl-b") && note.contains("`certctl ulb delete ssl-b`"),
            "{note}"
        );
    }
}

/// As [`a_twin_of_another_run_is_named`], in a cloud that takes both.
#[test]
fn somebody_who_is_faster_is_named() {
    let case = Case::with(striking(CREATE, &[1], json!("twin")));
    let outcome = case.upload(&[]).expect(0);
    let listed = case
        .ulb(&["certs", "--query", "results[-2:].certificate", "-o", "json"])
        .expect(0)
        .json();
    let both: Vec<&str> = listed
        .as_array()
        .expect("ids")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let note = note_of(&outcome);
    assert!(both.iter().all(|id| note.contains(id)), "{note} {both:?}");
    let line = note.split('`').nth(1).expect("a command");
    let delete: Vec<&str> = line.split(' ').skip(1).chain(["--yes"]).collect();
    case.clouds.certctl(&delete).run().expect(0);
    // What is left is the one that the row names.
    let again = case.upload(&[]).expect(0);
    assert_eq!(
        (again.statuses(), id_of(&again)),
        (vec!["unchanged".into()], id_of(&outcome))
    );
}

/// Reading shows the certificate, and not the chain that was sent with it.
#[test]
fn an_upload_waits_for_its_chain() {
    let case = Case::new();
    let (leaf, _) = case.chain.split_once(END).expect("two certificates");
    let leaf = format!("{leaf}{END}\n");
    let created = std::sync::atomic::AtomicBool::new(false);
    let raw = Raw::http(move |request| {
        use std::sync::atomic::Ordering::SeqCst;
        if String::from_utf8_lossy(&request.body).contains("Action=CreateSSL") {
            created.store(true, SeqCst);
            return answer(200, "", "{\"RetCode\":0,\"SSLId\":\"ssl-1\"}");
        }
        let rows = match created.load(SeqCst) {
            true => json!([{"SSLId": "ssl-1", "SSLContent": leaf}]),
            false => json!([]),
        };
        let total = rows.as_array().map_or(0, Vec::len);
        let body = json!({"RetCode": 0, "TotalCount": total, "DataSet": rows});
        answer(200, "", body.to_string())
    });
    let upload = |more: &[&str]| {
        let call = case
            .clouds
            .certctl(&["ulb", "upload", "--endpoint", &raw.endpoint()]);
        let call = call.args(more).arg("--cert").arg(&case.cert);
        call.arg("--key").arg(&case.key).run()
    };
    let outcome = upload(&["--wait=1s"]).expect(10);
    assert_eq!(outcome.statuses(), ["unknown"]);
    assert_eq!(
        note_of(&outcome),
        "accepted, not confirmed within 1 s: ssl-1 has another chain"
    );
}

/// An upload is looked at once more, which may show it; else the cloud's word stands for it.
#[test]
fn an_upload_that_is_seen_is_confirmed() {
    let case = Case::new();
    let confirmed = |outcome: &Outcome| outcome.json()["results"][0]["confirmed"].clone();
    assert_eq!(confirmed(&case.upload(&[]).expect(0)), true);
    assert_eq!(confirmed(&case.upload(&[]).expect(0)), true);
    let case = Case::with(json!({"account": {"ulb_settle_ms": 60_000}}));
    let outcome = case.upload(&[]).expect(0);
    assert_eq!(confirmed(&outcome), false);
    assert!(outcome.stderr.contains("--wait"), "{}", outcome.stderr);
}

#[test]
fn a_certificate_of_ussl_is_taken_over_once() {
    let case = Case::new();
    let upload = ["upload", "--ussl", "usecure_ussl-sandbox1"];
    let first = case.ulb(&upload).expect(0);
    assert_eq!(first.statuses(), ["changed"]);
    let params = &case.clouds.calls(CREATE)[0].params;
    assert_eq!(params["USSLId"], "usecure_ussl-sandbox1");
    assert_eq!(params["SSLName"], "certctl-usecure_ussl-sandbox1");
    assert!(!params.contains_key("UserCert") && !params.contains_key("PrivateKey"));
    let second = case.ulb(&upload).expect(0);
    assert_eq!(second.statuses(), ["unchanged"]);
    assert_eq!(id_of(&first), id_of(&second));
    let unknown = case
        .ulb(&["upload", "--ussl", "usecure_ussl-none"])
        .expect(5);
    assert_eq!(unknown.json()["results"][0]["error"]["code"], "4210");
}

/// The cloud made it, and nobody heard: it is found, not made again.
#[test]
fn an_upload_whose_answer_is_lost_is_found() {
    for deed in [
        json!("reset_after"),
        json!("empty"),
        json!("empty_object"),
        json!({"cut_body": 10}),
        json!({"code": "110", "applied": true}),
        json!({"code": "4101", "applied": true}),
    ] {
        let case = Case::with(striking(CREATE, &[1], deed.clone()));
        let outcome = case.upload(&[]).expect(0);
        assert_eq!(outcome.statuses(), ["changed"], "{deed}");
        assert_eq!(note_of(&outcome), "confirmed by reading it back");
        assert_eq!(case.clouds.calls(CREATE).len(), 1, "{deed}");
        let again = case.upload(&[]).expect(0);
        assert_eq!(
            (again.statuses(), id_of(&again)),
            (vec!["unchanged".into()], id_of(&outcome))
        );
    }
}

/// Reading lags behind: it is looked for patiently, since another one would stay for good.
#[test]
fn an_upload_that_shows_late_is_not_made_twice() {
    let case = Case::with(json!({
        "account": {"ulb_settle_ms": 2000},
        "faults": [{"match": {"action": CREATE, "nth": [1]}, "do": "reset_after"}],
    }));
    let outcome = case.upload(&[]).expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
    assert_eq!(case.clouds.calls(CREATE).len(), 1);
}

/// Made, not shown in time, and so made again: it is said which one is too many.
#[test]
fn an_upload_that_was_made_twice_says_so() {
    let case = Case::new();
    let content = case.chain.clone();
    let created = std::sync::atomic::AtomicUsize::new(0);
    let raw = Raw::http(move |request| {
        use std::sync::atomic::Ordering::SeqCst;
        if String::from_utf8_lossy(&request.body).contains("Action=CreateSSL") {
            return match created.fetch_add(1, SeqCst) {
                0 => Vec::new(),
                _ => answer(200, "", "{\"RetCode\":0,\"SSLId\":\"ssl-second\"}"),
            };
        }
        let ids: &[&str] = match created.load(SeqCst) {
            2 => &["ssl-first", "ssl-second"],
            _ => &[],
        };
        let row = |id: &&str| json!({"SSLId": id, "SSLContent": content});
        let rows: Vec<Value> = ids.iter().map(row).collect();
        let body = json!({"RetCode": 0, "TotalCount": rows.len(), "DataSet": rows});
        answer(200, "", body.to_string())
    });
    let call = case
        .clouds
        .certctl(&["ulb", "upload", "--endpoint", &raw.endpoint()]);
    let call = call
        .arg("--cert")
        .arg(&case.cert)
        .arg("--key")
        .arg(&case.key);
    let outcome = call.run().expect(0);
    assert_eq!(
        (outcome.statuses(), id_of(&outcome)),
        (vec!["changed".into()], "ssl-second".into())
    );
    assert_eq!(
        note_of(&outcome),
        "an earlier call also created ssl-first: delete it with `certctl ulb delete ssl-first`"
    );
}

/// The cloud takes a certificate as often as it is sent: whoever finds another copy names it.
#[test]
fn of_two_uploads_at_once_the_later_names_its_twin() {
    let case = Case::new();
    let outcomes = at_once(2, || {
        let call = case
            .clouds
            .certctl(&["ulb", "upload", "--cert"])
            .arg(&case.cert);
        call.arg("--key").arg(&case.key)
    });
    let outcomes = outcomes
        .map(|outcome| outcome.expect(0))
        .collect::<Vec<_>>();
    let made = case.clouds.calls(CREATE).len();
    let noted = outcomes
        .iter()
        .any(|outcome| note_of(outcome).contains("`certctl ulb delete ssl-"));
    // One may have ended before the other began.
    assert!(made == 1 || noted, "{outcomes:#?}");
}

/// A call that may be repeated is repeated where calls are made, and not once more for each look.
#[test]
fn attempts_are_not_multiplied() {
    let faults = json!([{"match": {"action": "UpdateSSLAttribute"}, "do": "reset_before"}]);
    let case = Case::with(json!({ "faults": faults }));
    let outcome = case.ulb(&["rename", "ssl-old0001", "--name=b", "--max-attempts=3"]);
    let outcome = outcome.expect(10);
    assert_eq!(case.clouds.calls("UpdateSSLAttribute").len(), 3);
    assert_eq!(outcome.json()["results"][0]["error"]["attempts"], 3);
}

/// It was not made: looked for, and sent again.
#[test]
fn an_upload_that_was_not_made_is_sent_again() {
    for deed in [json!("reset_before"), json!({"code": "150"})] {
        let case = Case::with(striking(CREATE, &[1], deed.clone()));
        let outcome = case.upload(&[]).expect(0);
        assert_eq!(outcome.statuses(), ["changed"], "{deed}");
        let actions = case
            .clouds
            .log()
            .into_iter()
            .filter_map(|entry| entry.action);
        let mut actions: Vec<String> = actions.collect();
        // How often it is looked for depends on the clock.
        actions.dedup();
        let wanted = ["DescribeSSLV2", CREATE, "DescribeSSLV2", CREATE];
        assert_eq!(actions[..4], wanted, "{deed}");
        assert_eq!(case.clouds.calls(CREATE).len(), 2);
        let listed = case.ulb(&["certs", "--query", "length(results)"]).expect(0);
        assert_eq!(listed.stdout, "6\n");
    }
}

/// Where nobody can look, nobody knows: it is never sent again blindly.
#[test]
fn an_upload_that_nobody_can_look_for_is_unknown() {
    let faults = json!([
        {"match": {"action": CREATE}, "do": "reset_after"},
        {"match": {"action": "DescribeSSLV2", "nth": [2]}, "do": {"code": "299"}},
    ]);
    let case = Case::with(json!({ "faults": faults }));
    let outcome = case.upload(&[]).expect(10);
    assert_eq!(outcome.statuses(), ["unknown"]);
    assert_eq!(case.clouds.calls(CREATE).len(), 1);

    // Reading lags: not seen, so it is not taken for made, and not for not made.
    let case = Case::with(json!({
        "account": {"ulb_settle_ms": 60_000},
        "faults": [{"match": {"action": CREATE}, "do": "reset_after"}],
    }));
    let outcome = case.upload(&["--max-attempts", "1"]).expect(10);
    assert_eq!(outcome.statuses(), ["unknown"]);
}

/// Success without an id is no success that can be worked with.
#[test]
fn an_answer_without_an_id_is_not_believed() {
    for body in [
        "{\"RetCode\":0}",
        "{\"RetCode\":0,\"SSLId\":\"\"}",
        "{\"RetCode\":0,\"SSLId\":null}",
    ] {
        let raw = Raw::http(move |request| {
            let created = String::from_utf8_lossy(&request.body).contains("Action=CreateSSL");
            let nothing = "{\"RetCode\":0,\"TotalCount\":0}";
            answer(200, "", if created { body } else { nothing })
        });
        let case = Case::new();
        let call = case.clouds.certctl(&["ulb", "upload", "--max-attempts=1"]);
        let call = call.arg("--endpoint").arg(raw.endpoint());
        let call = call
            .arg("--cert")
            .arg(&case.cert)
            .arg("--key")
            .arg(&case.key);
        let outcome = call.run().expect(10);
        assert_eq!(outcome.statuses(), ["unknown"], "{body}");
        assert_eq!(outcome.json()["results"][0].get("certificate"), None);
    }
}

#[test]
fn an_upload_waits_until_it_can_be_read() {
    let case = Case::with(json!({"account": {"ulb_settle_ms": 2000}}));
    let outcome = case.upload(&["--wait=60s"]).expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
    let reads = case.clouds.calls("DescribeSSLV2");
    assert!(reads.len() > 2, "{}", reads.len());
    assert_eq!(reads.last().expect("one").params["SSLId"], id_of(&outcome));
    assert_eq!(reads.last().expect("one").code, None);

    let case = Case::with(json!({"account": {"ulb_settle_ms": 60_000}}));
    let outcome = case.upload(&["--wait=1s"]).expect(10);
    assert_eq!(outcome.statuses(), ["unknown"]);
    assert!(
        note_of(&outcome).contains("not confirmed within 1 s"),
        "{}",
        note_of(&outcome)
    );
}

/// What is wrong with the files or the name is found before anything is sent.
#[test]
fn an_unfit_certificate_or_name_is_refused_here() {
    let case = Case::new();
    let other = Authority::generate().expect("an authority");
    let other = other.issue(&["a.com"], 60).expect("a certificate");
    let foreign = case.clouds.file("other.pem", other.key);
    private(&foreign);
    let upload = case.clouds.certctl(&["ulb", "upload"]);
    let upload = upload
        .arg("--cert")
        .arg(&case.cert)
        .arg("--key")
        .arg(foreign);
    assert_eq!(upload.run().expect(8).error()["kind"], "certificate");

    let pki = |name: &str| format!("{}/tests/pki/{name}", env!("CARGO_MANIFEST_DIR"));
    for (cert, key) in [
        ("ed25519.pem", "ed25519.key.pem"),
        ("expired.pem", "p256.key.pem"),
    ] {
        let (cert, key) = (pki(cert), pki(key));
        case.ulb(&["upload", "--cert", &cert, "--key", &key])
            .expect(8);
    }
    let long = "x".repeat(51);
    for name in ["", " ", long.as_str(), "a b", "a/b", "ä", "a\tb", "名字!"] {
        let outcome = case.upload(&["--name", name]).expect(2);
        assert_eq!(outcome.error()["kind"], "usage", "{name:?}");
    }
    for args in [
        &["upload"][..],
        &["upload", "--name", "x"],
        &["upload", "--ussl", ""],
        &["upload", "--cert", "", "--key", ""],
        &["upload", "--cert", "a.pem"],
        &["upload", "--key", "a.pem"],
        &["upload", "--cert", "a.pem", "--key", "b.pem", "--ussl", "u"],
        &["upload", "--cert", &case.chain, "--key", "k"],
        &["upload", "--ussl", "u", "--region", ""],
        &["upload", "--ussl", "u", "--project-id", "org-a/Name"],
    ] {
        case.ulb(args).expect(2);
    }
    assert!(case.clouds.log().is_empty());
    // The longest name that is taken.
    case.upload(&["--name", &long[1..]]).expect(0);
}

/// Names as long as domains are: the default one stays within the limit and the alphabet.
#[test]
fn the_default_name_fits() {
    let long = format!("{}.{}.example.com", "a".repeat(60), "b".repeat(60));
    for name in [long.as_str(), "xn--bcher-kva.example", "_acme.example.com"] {
        let case = Case::named(json!({}), &[name]);
        case.upload(&[]).expect(0);
        let params = &case.clouds.calls(CREATE)[0].params;
        let sent = params["SSLName"].as_str().expect("a name").to_owned();
        assert!(
            sent.starts_with("certctl-") && sent.chars().count() <= 50,
            "{sent}"
        );
    }
}

#[test]
fn a_private_key_is_never_shown() {
    let case = Case::new();
    let lines: Vec<&str> = case
        .secret
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    let hides = |what: &str, outcome: &Outcome| {
        for line in &lines {
            let encoded: String = url::form_urlencoded::byte_serialize(line.as_bytes()).collect();
            for text in [&outcome.stdout, &outcome.stderr] {
                assert!(!text.contains(line) && !text.contains(&encoded), "{what}");
                assert!(!text.contains("PRIVATE KEY"), "{what}: {text}");
            }
        }
    };
    hides("dry run", &case.upload(&["--dry-run", "-vv"]).expect(0));
    let uploaded = case.upload(&["-vv"]).expect(0);
    hides("upload", &uploaded);
    assert!(uploaded.stderr.contains("CreateSSL"), "the steps are told");
    // From here on the cloud sends the key back with every read.
    let id = id_of(&uploaded);
    hides("upload again", &case.upload(&["-vv"]).expect(0));
    let bind = [
        "bind",
        "--cert",
        &id,
        "--listener",
        "vserver-https4",
        "--load-balancer",
    ];
    let bind = [&bind[..], &["ulb-sandbox2", "-vv", "--wait"]].concat();
    hides("bind", &case.ulb(&bind).expect(0));
    for format in ["json", "table", "csv", "ndjson"] {
        for command in ["list", "certs"] {
            let outcome = case.ulb(&[command, "-vv", "-o", format]).expect(0);
            assert!(outcome.stderr.contains("SSLContent"), "the cloud sends it");
            hides(command, &outcome);
        }
    }
    hides("query", &case.ulb(&["certs", "--query", "@"]).expect(0));
    hides(
        "rename",
        &case.ulb(&["rename", &id, "--name=x", "-vv"]).expect(0),
    );
    hides("delete", &case.ulb(&["delete", &id, "-y", "-vv"]).expect(6));
    // Also where the answer is none that can be read.
    let secret = case.secret.replace('\n', "\\n");
    let raw = Raw::http(move |_| {
        let body = format!(
            "{{\"RetCode\":0,\"TotalCount\":\"one\",\"DataSet\":[{{\"SSLContent\":\"{secret}\"}}]}}"
        );
        answer(200, "", body)
    });
    let call = case
        .clouds
        .certctl(&["ulb", "certs", "-vv", "--max-attempts=1"]);
    let outcome = call.arg("--endpoint").arg(raw.endpoint()).run().expect(7);
    hides("unreadable", &outcome);
}

#[test]
fn a_rename_changes_the_name_and_nothing_else() {
    let case = Case::new();
    let rename = ["rename", "ssl-new0001", "--name", "example.com-2027"];
    let outcome = case.ulb(&rename).expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
    assert_eq!(outcome.json()["results"][0]["target"], "ssl-new0001");
    let again = case.ulb(&rename).expect(0);
    assert_eq!(again.statuses(), ["unchanged"]);
    assert_eq!(case.clouds.calls("UpdateSSLAttribute").len(), 1);
    let names = "results[?name=='example.com-2027'].certificate";
    let named = case
        .ulb(&["certs", "--query", names, "-o", "json"])
        .expect(0);
    assert_eq!(named.json(), json!(["ssl-new0001"]));

    let missing = case.ulb(&["rename", "ssl-none", "--name", "x"]).expect(5);
    let message = missing.error()["message"]
        .as_str()
        .expect("a text")
        .to_owned();
    assert!(
        message.starts_with("no certificate ssl-none in cn-bj2"),
        "{message}"
    );
    assert_eq!(missing.error()["code"], "4210");
    for args in [
        &["rename", "ssl-new0001", "--name", ""][..],
        &["rename", "", "--name", "x"],
        &["rename", "ssl-new0001"],
        &["rename", "--name", "x"],
    ] {
        case.ulb(args).expect(2);
    }
    assert_eq!(case.clouds.calls("UpdateSSLAttribute").len(), 1);
}

#[test]
fn a_rename_survives_a_lost_answer() {
    for deed in [
        json!("reset_after"),
        json!("reset_before"),
        json!({"code": "4104"}),
    ] {
        let case = Case::with(striking("UpdateSSLAttribute", &[1], deed.clone()));
        let outcome = case.ulb(&["rename", "ssl-new0001", "--name=x"]).expect(0);
        assert_eq!(outcome.statuses(), ["changed"], "{deed}");
        assert_eq!(
            case.clouds.calls("UpdateSSLAttribute").len(),
            2,
            "harmless to repeat"
        );
    }
    let case = Case::with(striking("UpdateSSLAttribute", &[1], json!("reset_after")));
    let once = ["rename", "ssl-new0001", "--name=x", "--max-attempts=1"];
    let outcome = case.ulb(&once).expect(0);
    assert_eq!(note_of(&outcome), "confirmed by reading it back");
    let case = Case::with(striking("UpdateSSLAttribute", &[1], json!("reset_before")));
    let outcome = case.ulb(&once).expect(10);
    assert_eq!(outcome.statuses(), ["unknown"]);

    let case = Case::with(json!({"account": {"ulb_settle_ms": 2000}}));
    let outcome = case
        .ulb(&["rename", "ssl-new0001", "--name=x", "--wait=60s"])
        .expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
    assert!(case.clouds.calls("DescribeSSLV2").len() > 2);
}

/// Bound on a CLB or an ALB, by default or besides: it stays, and where it is bound is said.
#[test]
fn what_is_bound_is_not_deleted() {
    let case = Case::new();
    for (id, bindings) in [
        (
            "ssl-old0001",
            "ulb-sandbox1/vserver-https1, ulb-sandbox1/vserver-https2, \
             ulb-sandbox2/vserver-https3, alb-sandbox1/als-https1, alb-sandbox1/als-https2",
        ),
        ("ssl-other01", "alb-sandbox1/als-https2"),
    ] {
        let outcome = case.ulb(&["delete", id, "--yes"]).expect(6);
        let error = &outcome.json()["results"][0]["error"];
        assert_eq!(error["kind"], "conflict");
        assert_eq!(error["message"], format!("{id} is bound to {bindings}"));
        let hint = error["hint"].as_str().expect("a text");
        assert!(
            hint.contains(&format!("certctl ulb replace --old {id}")),
            "{hint}"
        );
    }
    let actions: Vec<String> = case
        .clouds
        .log()
        .into_iter()
        .filter_map(|e| e.action)
        .collect();
    assert_eq!(
        actions,
        ["DescribeSSLV2", "DescribeSSLV2"],
        "nothing but the reads"
    );

    // Bound between the look and the call: the cloud says so itself.
    let deed = json!({"code": "4108", "message": "SSL证书已被占用，请释放后重试。"});
    let case = Case::with(striking(DELETE, &[1], deed));
    let outcome = case.ulb(&["delete", "ssl-idle001", "--yes"]).expect(6);
    assert_eq!(outcome.json()["results"][0]["error"]["code"], "4108");
}

#[test]
fn each_certificate_has_its_row_in_the_order_asked() {
    let case = Case::new();
    let ids = [
        "ssl-none",
        "ssl-idle001,ssl-old0001",
        "ssl-idle001",
        "ssl-expired",
    ];
    let outcome = case
        .ulb(&[&["delete", "--yes"], &ids[..]].concat())
        .expect(9);
    let document = outcome.json();
    let rows: Vec<String> = document["results"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| {
            format!(
                "{} {}",
                row["target"].as_str().expect("a text"),
                row["status"]
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            "ssl-none \"failed\"",
            "ssl-idle001 \"changed\"",
            "ssl-old0001 \"failed\"",
            "ssl-expired \"changed\"",
        ]
    );
    let missing = &document["results"][0];
    assert_eq!(missing["error"]["code"], "4210");
    assert_eq!(missing["error"]["kind"], "not-found");
    assert!(missing["request_id"].is_string());

    // From a file, from standard input; what is not there may be what is wanted.
    let file = case
        .clouds
        .file("ids.txt", "ssl-idle001 # gone\r\n\r\nssl-new0001\r\n");
    let call = case
        .clouds
        .certctl(&["ulb", "delete", "--yes", "--missing-ok", "--ids-file"]);
    let outcome = call.arg(file).run().expect(0);
    assert_eq!(outcome.statuses(), ["unchanged", "changed"]);
    let call = case
        .clouds
        .certctl(&["ulb", "delete", "-", "--yes", "--missing-ok"]);
    let outcome = call.stdin("ssl-new0001\n").run().expect(0);
    assert_eq!(outcome.statuses(), ["unchanged"]);
    assert_eq!(note_of(&outcome), "did not exist");
}

#[test]
fn a_delete_needs_consent_and_ids() {
    let case = Case::new();
    let outcome = case.ulb(&["delete", "ssl-idle001"]).expect(2);
    let message = outcome.error()["message"]
        .as_str()
        .expect("a text")
        .to_owned();
    assert!(
        message
            .starts_with("deleting 1 certificate and its private key (ssl-idle001) requires --yes"),
        "{message}"
    );
    for args in [
        &["delete", "--yes"][..],
        &["delete", "", "--yes"],
        &["delete", "ssl-idle001,", "--yes"],
        &["delete", "ssl idle", "--yes"],
    ] {
        case.ulb(args).expect(2);
    }
    assert!(case.clouds.log().is_empty());
}

#[test]
fn a_delete_whose_answer_is_lost_is_looked_for() {
    for deed in [
        json!("reset_after"),
        json!("empty"),
        json!({"code": "4078", "applied": true}),
    ] {
        let case = Case::with(striking(DELETE, &[1], deed.clone()));
        let outcome = case.ulb(&["delete", "ssl-idle001", "-y"]).expect(0);
        assert_eq!(outcome.statuses(), ["changed"], "{deed}");
        assert_eq!(note_of(&outcome), "deleted, although the answer was lost");
        assert_eq!(case.clouds.calls(DELETE).len(), 1);
    }
    let case = Case::with(striking(DELETE, &[1], json!("reset_before")));
    let outcome = case.ulb(&["delete", "ssl-idle001", "-y"]).expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
    assert_eq!(case.clouds.calls(DELETE).len(), 2);

    let faults = json!([
        {"match": {"action": DELETE}, "do": "reset_after"},
        {"match": {"action": "DescribeSSLV2", "nth": [2]}, "do": {"code": "294"}},
    ]);
    let case = Case::with(json!({ "faults": faults }));
    let outcome = case.ulb(&["delete", "ssl-idle001", "-y"]).expect(10);
    assert_eq!(outcome.statuses(), ["unknown"]);
    assert_eq!(case.clouds.calls(DELETE).len(), 1);

    let case = Case::with(json!({"account": {"ulb_settle_ms": 2000}}));
    let delete = ["delete", "ssl-idle001", "ssl-expired", "-y", "--wait=60s"];
    let outcome = case.ulb(&delete).expect(0);
    assert_eq!(outcome.statuses(), ["changed", "changed"]);
    let gone = case.clouds.calls("DescribeSSLV2");
    assert_eq!(gone.last().expect("one").code.as_deref(), Some("4210"));
}

/// A key that is refused costs one request, and the rest is not tried.
#[test]
fn a_refused_key_ends_the_run() {
    let case = Case::new();
    let call = case
        .clouds
        .certctl(&["ulb", "delete", "ssl-idle001", "ssl-expired", "-y"]);
    let outcome = call.env("UCLOUD_PRIVATE_KEY", "wrong").run().expect(4);
    assert_eq!(outcome.statuses(), ["failed", "skipped"]);
    let upload = case
        .clouds
        .certctl(&["ulb", "upload", "--ussl", "usecure_ussl-sandbox1"]);
    let outcome = upload.env("UCLOUD_PUBLIC_KEY", "nobody").run().expect(4);
    assert_eq!(outcome.error()["code"], "172");
    assert_eq!(case.clouds.log().len(), 2);
}

#[test]
fn a_dry_run_shows_every_call() {
    let case = Case::new();
    let actions = |outcome: &Outcome| -> Vec<String> {
        let document = outcome.json();
        assert_eq!(document["summary"]["planned"], document["summary"]["total"]);
        let requests = document["requests"].as_array().expect("requests");
        let name = |request: &Value| request["action"].as_str().expect("a name").to_owned();
        requests.iter().map(name).collect()
    };
    let upload = case.upload(&["--dry-run"]).expect(0);
    assert_eq!(actions(&upload), ["DescribeSSLV2", CREATE]);
    let params = &upload.json()["requests"][1]["params"];
    assert_eq!(params["PrivateKey"], "****");
    assert_eq!(params["Region"], "cn-bj2");
    let rename = case
        .ulb(&["rename", "ssl-a", "--name=b", "--dry-run"])
        .expect(0);
    assert_eq!(actions(&rename), ["DescribeSSLV2", "UpdateSSLAttribute"]);
    let delete = case
        .ulb(&["delete", "ssl-a", "ssl-b", "--dry-run"])
        .expect(0);
    assert_eq!(
        actions(&delete),
        ["DescribeSSLV2", DELETE, "DescribeSSLV2", DELETE]
    );
    assert_eq!(delete.json()["requests"][3]["params"]["SSLId"], "ssl-b");
    assert!(case.clouds.log().is_empty());
}

/// `RetCode` comes as text from some of the gateways.
#[test]
fn a_code_as_text_is_a_code() {
    let raw = Raw::http(|request| {
        let body = String::from_utf8_lossy(&request.body);
        let (id, reply) = match body.contains("Action=DescribeSSLV2") {
            true => (
                "0aed2f1c-5b7e-4d3a-9c61-000000000001",
                "{\"RetCode\":\"0\",\"TotalCount\":1,\"DataSet\":[{\"SSLId\":\"ssl-1\"}]}",
            ),
            false => (
                "0aed2f1c-5b7e-4d3a-9c61-000000000002",
                "{\"RetCode\":\"4108\",\"Message\":\"in use\"}",
            ),
        };
        answer(200, &format!("X-UCLOUD-REQUEST-UUID: {id}\r\n"), reply)
    });
    let home = tempfile::tempdir().expect("a directory");
    let call = Call::new(&["ulb", "delete", "ssl-1", "--yes"]).env("HOME", home.path());
    let call = call
        .env("UCLOUD_PUBLIC_KEY", "key")
        .env("UCLOUD_PRIVATE_KEY", "its-secret");
    let call = call
        .env("UCLOUD_REGION", "cn-bj2")
        .env("UCLOUD_PROJECT_ID", "org-x");
    let outcome = call.env("CERTCTL_ENDPOINT", raw.endpoint()).run().expect(6);
    let row = &outcome.json()["results"][0];
    assert_eq!(row["error"]["code"], "4108");
    assert_eq!(row["request_id"], "0aed2f1c-5b7e-4d3a-9c61-000000000002");
}
