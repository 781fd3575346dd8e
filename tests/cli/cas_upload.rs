//! `certctl cas upload`: a certificate is in the store once, whatever happens on the way.

use certctl::emulator::pki::{Authority, Issued};
use certctl::transport::nonce;
use serde_json::{Value, json};

use crate::support::raw::{Raw, Request, answer};
use crate::support::{Clouds, Outcome, at_once, private};

const UPLOAD: &str = "UploadUserCertificate";
const LIST: &str = "ListUserCertificateOrder";
const DETAIL: &str = "GetUserCertificateDetail";
const CHAIN: &str = "GetCertificateDetail";

fn issued(clouds: &Clouds, names: &[&str]) -> Issued {
    let issued = Authority::generate()
        .and_then(|authority| authority.issue(names, 60))
        .expect("a certificate");
    clouds.file("fullchain.pem", &issued.fullchain);
    private(&clouds.file("privkey.pem", &issued.key));
    issued
}

fn upload(clouds: &Clouds, more: &[&str]) -> Outcome {
    let base = [
        "cas",
        "upload",
        "--cert",
        "fullchain.pem",
        "--key",
        "privkey.pem",
    ];
    clouds.certctl(&[&base[..], more].concat()).run()
}

fn row(outcome: &Outcome) -> Value {
    let results = outcome.json()["results"].clone();
    assert_eq!(results.as_array().map(Vec::len), Some(1), "{outcome:#?}");
    results[0].clone()
}

/// How many certificates of the store are called this.
fn called(clouds: &Clouds, name: &str) -> usize {
    let list = clouds.certctl(&["cas", "list"]).run().expect(0).json();
    let rows = list["results"].as_array().expect("rows");
    rows.iter().filter(|row| row["name"] == name).count()
}

#[test]
fn a_certificate_is_uploaded_once() {
    // The list comes in pages, and what is looked for is not on the first.
    let clouds = Clouds::with(json!({"account": {"max_page": 2}}));
    let issued = issued(&clouds, &["*.example.com", "example.com"]);
    let first = upload(&clouds, &[]).expect(0);
    let sent = clouds.calls(UPLOAD);
    assert_eq!(sent.len(), 1);
    let name = sent[0].params["Name"].as_str().expect("a name").to_owned();
    assert!(name.starts_with("certctl-example.com-"), "{name}");
    assert_eq!(sent[0].params["Cert"], issued.fullchain.as_str());
    assert_eq!(sent[0].params["Key"], "****");
    let row_of = row(&first);
    assert_eq!(
        row_of,
        json!({"cloud": "alibaba", "service": "cas", "action": UPLOAD, "target": "fullchain.pem",
               "certificate": "2000001", "identifier": "2000001-cn-hangzhou", "status": "changed",
               "confirmed": false, "request_id": sent[0].request_id, "note": format!("named {name}")})
    );
    for more in [&[][..], &["--name", "another"][..], &["--wait"][..]] {
        let again = row(&upload(&clouds, more).expect(0));
        assert_eq!(again["status"], "unchanged");
        assert_eq!(again["certificate"], "2000001");
        assert_eq!(again["identifier"], "2000001-cn-hangzhou");
        assert_eq!(again["note"], format!("already stored as {name}"));
    }
    assert_eq!(clouds.calls(UPLOAD).len(), 1);
    // Four certificates in two pages, then five in three; calls that were refused for their rate
    // come on top.
    assert!(clouds.calls(LIST).len() >= 2 + 3 * 3, "every page was read");
    let orders = clouds
        .calls(LIST)
        .into_iter()
        .map(|call| call.params["OrderType"].clone());
    assert!(orders.into_iter().all(|kind| kind == "CERT"));
}

#[test]
fn another_certificate_for_the_same_names_is_another_one() {
    let clouds = Clouds::new();
    issued(&clouds, &["example.com"]);
    let first = row(&upload(&clouds, &[]).expect(0));
    issued(&clouds, &["example.com"]);
    let second = row(&upload(&clouds, &[]).expect(0));
    assert_eq!(second["status"], "changed");
    assert_ne!(first["certificate"], second["certificate"]);
    assert_ne!(first["note"], second["note"], "the names differ");
}

/// One store: CDN finds what was uploaded here, and what came through CDN is found here.
#[test]
fn cdn_and_the_store_have_the_same_certificates() {
    let clouds = Clouds::new();
    issued(&clouds, &["a.com"]);
    let id = row(&upload(&clouds, &[]).expect(0))["certificate"].clone();
    let id = id.as_str().expect("an id");
    let args = ["cdn", "set", "--domains", "a.com", "--cert-id", id];
    clouds.certctl(&args).run().expect(0);
    let show = clouds.certctl(&["cas", "show", id]).run().expect(0).json();
    assert_eq!(show["results"][0]["used_by"][0]["domain"], "a.com");

    issued(&clouds, &["b.com"]);
    let args = [
        "cdn",
        "set",
        "--domains",
        "b.com",
        "--cert",
        "fullchain.pem",
        "--key",
        "privkey.pem",
        "--cert-name",
        "through-cdn",
        "--via",
        "ssl",
    ];
    clouds.certctl(&args).run().expect(0);
    let found = row(&upload(&clouds, &["--name", "other"]).expect(0));
    assert_eq!(found["status"], "unchanged");
    assert_eq!(found["note"], "already stored as through-cdn");
}

/// The leaf and the intermediate of what [`issued`] has made.
fn apart(clouds: &Clouds, issued: &Issued) {
    let end = "-----END CERTIFICATE-----\n";
    let (leaf, chain) = issued.fullchain.split_once(end).expect("two certificates");
    clouds.file("leaf.pem", format!("{leaf}{end}"));
    clouds.file("chain.pem", chain);
}

fn upload_file(clouds: &Clouds, file: &str, more: &[&str]) -> Outcome {
    let base = ["cas", "upload", "--key", "privkey.pem", "--cert", file];
    clouds.certctl(&[&base[..], more].concat()).run()
}

/// Clients need the intermediate: a store that has the leaf alone does not have the certificate.
#[test]
fn the_same_leaf_with_another_chain_is_uploaded_beside() {
    let clouds = Clouds::new();
    let issued = issued(&clouds, &["example.com"]);
    apart(&clouds, &issued);
    let lacking = upload_file(&clouds, "leaf.pem", &[]).expect(8);
    let message = lacking.error()["message"]
        .as_str()
        .expect("a text")
        .to_owned();
    assert!(
        message.contains("has no intermediate certificate"),
        "{message}"
    );
    assert!(clouds.log().is_empty());
    let alone = ["--allow-incomplete-chain"];
    let first = row(&upload_file(&clouds, "leaf.pem", &alone).expect(0));
    assert_eq!(first["certificate"], "2000001");

    let whole = row(&upload(&clouds, &[]).expect(0));
    assert_eq!(
        (&whole["status"], &whole["certificate"]),
        (&json!("changed"), &json!("2000002"))
    );
    let note = whole["note"].as_str().expect("a note");
    assert!(
        note.ends_with("next to 2000001, which is the same certificate with another chain"),
        "{note}"
    );
    let names: Vec<_> = clouds
        .calls(UPLOAD)
        .iter()
        .map(|call| call.params["Name"].as_str().expect("a name").to_owned())
        .collect();
    assert_eq!(names[1].len(), names[0].len() + 5, "{names:?}");
    assert!(names[1].starts_with(&names[0]), "{names:?}");

    // Each is found again, however its parts are given.
    let again = row(&upload(&clouds, &["--wait"]).expect(0));
    assert_eq!(
        (&again["status"], &again["certificate"]),
        (&json!("unchanged"), &json!("2000002"))
    );
    let again = row(&upload_file(&clouds, "leaf.pem", &["--chain", "chain.pem"]).expect(0));
    assert_eq!(
        (&again["status"], &again["certificate"]),
        (&json!("unchanged"), &json!("2000002"))
    );
    let again = row(&upload_file(&clouds, "leaf.pem", &alone).expect(0));
    assert_eq!(
        (&again["status"], &again["certificate"]),
        (&json!("unchanged"), &json!("2000001"))
    );
    assert_eq!(clouds.calls(UPLOAD).len(), 2);
    let details = clouds.calls(DETAIL);
    assert!(
        details
            .iter()
            .all(|call| call.params["CertFilter"] == "true")
    );
}

/// A name of one's own does not hold two.
#[test]
fn another_chain_under_a_name_of_ones_own_is_a_conflict() {
    let clouds = Clouds::new();
    let issued = issued(&clouds, &["example.com"]);
    apart(&clouds, &issued);
    let named = ["--name", "www", "--allow-incomplete-chain"];
    upload_file(&clouds, "leaf.pem", &named).expect(0);
    let taken = row(&upload(&clouds, &["--name", "www"]).expect(6));
    assert_eq!(
        taken["error"]["message"],
        "the name www belongs to certificate 2000001, which is the same with another chain"
    );
    assert_eq!(taken["error"]["attempts"], 0);
    assert_eq!(clouds.calls(UPLOAD).len(), 1);
}

/// Which chain is there may not be read: then it is not known, and said.
#[test]
fn a_chain_that_may_not_be_read_is_not_known() {
    let denied = |action: &str| json!({"match": {"action": action}, "do": {"code": "Forbidden.RAM", "http": 403}});
    let clouds = Clouds::with(json!({"faults": [denied(DETAIL), denied(CHAIN)]}));
    issued(&clouds, &["example.com"]);
    upload(&clouds, &[]).expect(0);
    let again = row(&upload(&clouds, &[]).expect(0));
    assert_eq!(again["status"], "unchanged");
    let note = again["note"].as_str().expect("a note");
    assert!(
        note.ends_with("; its chain in the store is unknown"),
        "{note}"
    );
    // Where the filter leaves it out, the newer action tells.
    let clouds = Clouds::with(json!({"faults": [denied(DETAIL)]}));
    issued(&clouds, &["example.com"]);
    upload(&clouds, &[]).expect(0);
    let again = row(&upload(&clouds, &[]).expect(0));
    let note = again["note"].as_str().expect("a note");
    assert!(!note.contains("not known"), "{note}");
    assert!(!clouds.calls(CHAIN).is_empty());
}

/// Both find nothing, and one of them is the first to have the name.
#[test]
fn the_second_of_two_at_once_finds_that_of_the_first() {
    let slow = json!({"match": {"action": UPLOAD}, "do": {"stall_ms": 300}});
    let clouds = Clouds::with(json!({"faults": [slow]}));
    issued(&clouds, &["example.com"]);
    let mut ends: Vec<Value> = std::thread::scope(|scope| {
        let two = [0, 1].map(|_| scope.spawn(|| row(&upload(&clouds, &[]).expect(0))));
        two.into_iter()
            .map(|one| one.join().expect("a run"))
            .collect()
    });
    ends.sort_by_key(|row| row["status"].to_string());
    assert_eq!(ends[0]["status"], "changed");
    assert_eq!(ends[1]["status"], "unchanged");
    assert_eq!(ends[0]["certificate"], ends[1]["certificate"]);
    // The same, in one order: nothing is there, the name is taken, then it is there.
    let twin = json!({"match": {"action": UPLOAD, "nth": [1]}, "do": "twin"});
    let clouds = Clouds::with(json!({"faults": [twin]}));
    issued(&clouds, &["example.com"]);
    let found = row(&upload(&clouds, &[]).expect(0));
    assert_eq!(found["status"], "unchanged");
    assert_eq!(found["certificate"], "2000001");
    assert_eq!(clouds.calls(UPLOAD).len(), 1);
}

/// What a store would say of `fullchain.pem` and its chain.
fn told(clouds: &Clouds) -> Value {
    let facts = clouds
        .certctl(&["cert", "inspect", "fullchain.pem"])
        .run()
        .expect(0)
        .json();
    let of = |at: usize, key: &str| facts["results"][at][key].as_str().expect(key).to_owned();
    let common = |text: String| text.rsplit("CN=").next().expect("a name").to_owned();
    let link = |at: usize| {
        json!({"CommonName": common(of(at, "subject")), "IssuerCommonName": common(of(at, "issuer")),
               "NotAfter": of(at, "expires")})
    };
    json!({"RequestId": "r", "Id": 77, "CertChain": [link(0), link(1)],
           "Sha2": of(0, "fingerprint")})
}

/// It is there once its chain is there as well.
#[test]
fn waiting_confirms_the_chain_too() {
    let clouds = Clouds::new();
    issued(&clouds, &["example.com"]);
    let told = told(&clouds);
    let server = |detail: Value| {
        Raw::http(move |request: &Request| {
            let body = String::from_utf8_lossy(&request.body).into_owned();
            let reply = match () {
                () if body.contains(UPLOAD) => json!({"RequestId": "u", "CertId": 77}),
                () if body.contains(LIST) => {
                    json!({"RequestId": "r", "TotalCount": 0, "CertificateOrderList": []})
                }
                () => detail.clone(),
            };
            answer(200, "Content-Type: application/json\r\n", reply.to_string())
        })
    };
    let whole = server(told.clone());
    let done = row(&upload(&clouds, &["--wait", "--endpoint", &whole.endpoint()]).expect(0));
    assert_eq!(
        (&done["status"], &done["confirmed"]),
        (&json!("changed"), &json!(true))
    );
    let mut alone = told.clone();
    alone["CertChain"] = json!([told["CertChain"][0]]);
    let alone = server(alone);
    let late = row(&upload(&clouds, &["--wait=1s", "--endpoint", &alone.endpoint()]).expect(10));
    let note = late["note"].as_str().expect("a note");
    assert!(note.ends_with("it is stored with another chain"), "{note}");
}

/// The change is made and its answer lost: it is looked for before anything else is sent.
#[test]
fn an_upload_whose_answer_is_lost_is_found_again() {
    let lost = json!({"match": {"action": UPLOAD}, "do": "reset_after"});
    let clouds = Clouds::with(json!({"faults": [lost]}));
    issued(&clouds, &["example.com"]);
    let found = row(&upload(&clouds, &["--name", "www", "--wait"]).expect(0));
    assert_eq!(found["status"], "changed");
    assert_eq!(found["certificate"], "2000001");
    assert_eq!(found["note"], "confirmed by reading it back, named www");
    assert_eq!(clouds.calls(UPLOAD).len(), 1);
    assert_eq!(called(&clouds, "www"), 1);
}

/// Whatever became of the answer, the certificate is in the store once.
#[test]
fn an_answer_that_can_not_be_read_is_a_lost_one() {
    let check = |fault: Value| {
        let lost = json!({"match": {"action": UPLOAD}, "do": fault});
        let clouds = Clouds::with(json!({"faults": [lost]}));
        issued(&clouds, &["example.com"]);
        let found = row(&upload(&clouds, &["--name", "www"]).expect(0));
        assert_eq!(found["status"], "changed", "{lost}");
        assert_eq!(found["certificate"], "2000001", "{lost}");
        assert_eq!(clouds.calls(UPLOAD).len(), 1, "{lost}");
    };
    std::thread::scope(|scope| {
        for fault in [
            json!("empty"),
            json!("no_content"),
            json!("not_json"),
            json!("not_utf8"),
            json!("null"),
            json!("empty_object"),
            json!("empty_array"),
            json!("bad_gzip"),
            json!({"cut_body": 20}),
            json!({"cut_chunk": 20}),
            json!({"html_200": true, "applied": true}),
            json!({"code": "InternalError", "http": 500, "applied": true}),
        ] {
            scope.spawn(move || check(fault));
        }
    });
}

/// The answer is lost and the change not made: it is sent again under the same name and token.
#[test]
fn an_upload_that_did_not_arrive_is_sent_again() {
    for fault in [
        json!("reset_before"),
        json!({"status": 502}),
        json!({"status": 500, "html": true}),
    ] {
        let lost = json!({"match": {"action": UPLOAD, "nth": [1, 2]}, "do": fault});
        let clouds = Clouds::with(json!({"faults": [lost]}));
        issued(&clouds, &["example.com"]);
        let done = row(&upload(&clouds, &["--name", "www"]).expect(0));
        assert_eq!(done["status"], "changed", "{fault}");
        let sent = clouds.calls(UPLOAD);
        assert_eq!(sent.len(), 3, "{fault}");
        for member in ["Name", "ClientToken"] {
            assert!(
                sent.iter()
                    .all(|call| call.params[member] == sent[0].params[member])
            );
        }
        let log = clouds.log();
        let between = log
            .iter()
            .filter(|entry| entry.action.as_deref() == Some(LIST))
            .count();
        assert_eq!(between, 3, "the store was read before each of them");
        assert_eq!(called(&clouds, "www"), 1);
    }
}

#[test]
fn what_can_not_be_learnt_is_unknown() {
    let lost = json!({"match": {"action": UPLOAD}, "do": "reset_after"});
    let blind = json!({"match": {"action": LIST, "nth": [2, 3]}, "do": "reset_before"});
    let clouds = Clouds::with(json!({"faults": [lost, blind]}));
    issued(&clouds, &["example.com"]);
    let args = ["--name", "www", "--max-attempts", "2"];
    let outcome = upload(&clouds, &args).expect(10);
    assert_eq!(row(&outcome)["status"], "unknown");
    assert_eq!(clouds.calls(UPLOAD).len(), 1);
    // Again: it had arrived.
    let again = row(&upload(&clouds, &args).expect(0));
    assert_eq!(
        (again["status"].as_str(), called(&clouds, "www")),
        (Some("unchanged"), 1)
    );
}

/// Never there, every time: as often as allowed, then unknown, for the last one may still arrive.
#[test]
fn it_is_tried_as_often_as_allowed() {
    let lost = json!({"match": {"action": UPLOAD}, "do": "reset_before"});
    let clouds = Clouds::with(json!({"faults": [lost]}));
    issued(&clouds, &["example.com"]);
    let outcome = upload(&clouds, &["--max-attempts", "3"]).expect(10);
    assert_eq!(row(&outcome)["error"]["attempts"], 3);
    assert_eq!(clouds.calls(UPLOAD).len(), 3);
}

#[test]
fn without_the_list_nothing_is_uploaded() {
    let blind = json!({"match": {"action": LIST}, "do": "reset_before"});
    let clouds = Clouds::with(json!({"faults": [blind]}));
    issued(&clouds, &["example.com"]);
    let outcome = upload(&clouds, &["--max-attempts", "2"]).expect(7);
    let row = row(&outcome);
    assert_eq!(row["status"], "failed");
    let message = row["error"]["message"].as_str().expect("a message");
    assert!(message.starts_with("could not read anything"), "{message}");
    assert!(clouds.calls(UPLOAD).is_empty());
}

#[test]
fn a_name_that_is_taken_is_a_conflict() {
    let clouds = Clouds::new();
    issued(&clouds, &["example.com"]);
    // Known before anything is sent.
    let taken = row(&upload(&clouds, &["--name", "cas-example"]).expect(6));
    assert_eq!(taken["error"]["kind"], "conflict");
    assert_eq!(
        taken["error"]["message"],
        "the name cas-example belongs to certificate 1234567, which is a different certificate"
    );
    assert!(
        taken["error"]["hint"]
            .as_str()
            .expect("a hint")
            .contains("--name")
    );
    assert!(clouds.calls(UPLOAD).is_empty());
    // An expired certificate is in no list that was read; the cloud says it in Chinese.
    let taken = row(&upload(&clouds, &["--name", "cas-expired"]).expect(6));
    assert_eq!(taken["error"]["kind"], "conflict");
    assert_eq!(taken["error"]["code"], "NameRepeat");
    assert_eq!(
        taken["error"]["message"],
        "the name cas-expired belongs to certificate 1567890, which is a different certificate"
    );
    assert_eq!(clouds.calls(UPLOAD).len(), 1);
}

/// Whoever comes second is told by the cloud that the name is taken, and finds the certificate.
#[test]
fn of_two_uploads_at_once_one_changes_nothing() {
    for _ in 0..3 {
        let clouds = Clouds::new();
        issued(&clouds, &["twice.example.com"]);
        let args = ["cas", "upload", "--cert=fullchain.pem", "--key=privkey.pem"];
        let mut ids = Vec::new();
        let mut statuses = Vec::new();
        for outcome in at_once(4, || clouds.certctl(&args)) {
            let outcome = outcome.expect(0);
            ids.push(row(&outcome)["certificate"].to_string());
            statuses.extend(outcome.statuses());
        }
        statuses.sort();
        assert_eq!(statuses, ["changed", "unchanged", "unchanged", "unchanged"]);
        ids.dedup();
        assert_eq!(ids.len(), 1, "{ids:?}");
    }
}

#[test]
fn refusals_of_other_kinds_keep_their_words() {
    let odd = json!({"match": {"action": UPLOAD},
                     "do": {"code": "-1008", "message": "证书格式异常，请检查输入内容。"}});
    let clouds = Clouds::with(json!({"faults": [odd]}));
    issued(&clouds, &["example.com"]);
    let refused = row(&upload(&clouds, &[]).expect(8));
    assert_eq!(refused["error"]["code"], "-1008");
    assert_eq!(
        refused["error"]["message"],
        "证书格式异常，请检查输入内容。"
    );
    assert_eq!(clouds.calls(UPLOAD).len(), 1);
}

#[test]
fn what_is_unfit_is_not_sent() {
    let clouds = Clouds::new();
    let authority = Authority::generate().expect("an authority");
    let good = authority.issue(&["a.com"], 30).expect("a certificate");
    let other = authority.issue(&["a.com"], 30).expect("a certificate");
    let over = authority.issue(&["a.com"], 0).expect("a certificate");
    for (chain, key) in [(&good.fullchain, &other.key), (&over.fullchain, &over.key)] {
        clouds.file("fullchain.pem", chain);
        private(&clouds.file("privkey.pem", key));
        let outcome = upload(&clouds, &[]).expect(8);
        assert_eq!(outcome.error()["kind"], "certificate");
    }
    issued(&clouds, &["a.com"]);
    for name in ["", " x", &"n".repeat(64)] {
        upload(&clouds, &["--name", name]).expect(2);
    }
    upload(&clouds, &["--region", "cn-beijing"]).expect(2);
    assert!(clouds.log().is_empty());
}

#[test]
fn sixty_three_characters_of_any_script_are_a_name() {
    let clouds = Clouds::new();
    issued(&clouds, &["a.com"]);
    let name = "证".repeat(63);
    let done = row(&upload(&clouds, &["--name", &name]).expect(0));
    assert_eq!(done["status"], "changed");
    assert_eq!(called(&clouds, &name), 1);
    let long = format!("{}.example.com", "a".repeat(60));
    issued(&clouds, &[&long]);
    upload(&clouds, &[]).expect(0);
    let sent = clouds.calls(UPLOAD);
    let usual = sent[1].params["Name"].as_str().expect("a name");
    assert_eq!(usual.chars().count(), 50, "{usual}");
}

#[test]
fn the_site_has_its_own_host_and_identifiers() {
    let clouds = Clouds::new();
    issued(&clouds, &["a.com"]);
    let base = [
        "cas",
        "upload",
        "--cert",
        "fullchain.pem",
        "--key",
        "privkey.pem",
        "--dry-run",
    ];
    let urls = |more: &[&str]| -> Vec<String> {
        let call = clouds.certctl(&[&base[..], more].concat());
        let document = call.without("CERTCTL_ENDPOINT").run().expect(0).json();
        let requests = document["requests"].as_array().expect("requests").clone();
        let url = |request: &Value| request["url"].as_str().expect("an address").to_owned();
        requests.iter().map(url).collect()
    };
    assert_eq!(urls(&[]), ["https://cas.aliyuncs.com/"; 2]);
    assert_eq!(
        urls(&["--region", "cn-hangzhou"]),
        ["https://cas.aliyuncs.com/"; 2]
    );
    let abroad = ["https://cas.ap-southeast-1.aliyuncs.com/"; 2];
    assert_eq!(urls(&["--region", "ap-southeast-1"]), abroad);
    let profile = "[profiles.default.alibaba]\nregion = \"ap-southeast-1\"\n";
    clouds.file("certctl.toml", profile);
    assert_eq!(urls(&["--config", "certctl.toml"]), abroad);
    let other = "[profiles.default.alibaba]\nregion = \"cn-beijing\"\n";
    clouds.file("certctl.toml", other);
    let refused = upload(&clouds, &["--config", "certctl.toml"]).expect(3);
    assert_eq!(
        refused.error()["message"],
        "the region cn-beijing has no certificate store"
    );
    assert!(clouds.log().is_empty());
    let there = row(&upload(&clouds, &["--region", "ap-southeast-1"]).expect(0));
    assert_eq!(there["identifier"], "2000001-ap-southeast-1");
}

#[test]
fn a_dry_run_shows_both_calls_and_no_key() {
    let clouds = Clouds::new();
    let issued = issued(&clouds, &["a.com"]);
    let outcome = upload(&clouds, &["--dry-run"]).expect(0);
    let requests = outcome.json()["requests"].clone();
    assert_eq!(requests[0]["action"], LIST);
    assert_eq!(requests[1]["action"], UPLOAD);
    assert_eq!(requests[1]["params"]["Key"], "****");
    assert_eq!(requests[1]["params"]["Cert"], issued.fullchain.as_str());
    assert_eq!(row(&outcome)["status"], "planned");
    assert!(clouds.log().is_empty());
}

/// Whatever the server makes of what it is sent.
#[test]
fn the_key_is_seen_nowhere() {
    let clouds = Clouds::new();
    let issued = issued(&clouds, &["a.com"]);
    let echo = Raw::http(|request: &Request| {
        let body = String::from_utf8_lossy(&request.body);
        let reply = match body.contains(LIST) {
            true => json!({"RequestId": "r", "TotalCount": 0, "CertificateOrderList": []}),
            false => json!({"RequestId": nonce(), "Code": "Novel", "Message": body}),
        };
        let status = if body.contains(LIST) { 200 } else { 400 };
        answer(
            status,
            "Content-Type: application/json\r\n",
            reply.to_string(),
        )
    });
    let endpoint = echo.endpoint();
    let secret: Vec<&str> = issued
        .key
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    for more in [&[][..], &["-vv"][..], &["-vv", "--signature", "acs3"][..]] {
        let outcome = upload(&clouds, &[&["--endpoint", &endpoint], more].concat()).expect(6);
        for text in [&outcome.stdout, &outcome.stderr] {
            // Its last line is the public half, which the certificate shows as well.
            for line in &secret[..secret.len() - 1] {
                assert!(!text.contains(&line[..20]), "{text}");
            }
        }
    }
    let sent = echo.requests();
    let sent = sent
        .iter()
        .map(|request| String::from_utf8_lossy(&request.body).into_owned());
    assert!(
        sent.into_iter().any(|body| body.contains(&secret[0][..20])),
        "it was sent"
    );
    // What goes into a log goes without it, and the address never has it.
    upload(&clouds, &["-vv"]).expect(0);
    let logged = format!("{:?}", clouds.log());
    assert!(!logged.contains(secret[0]), "{logged}");
    assert!(
        clouds
            .log()
            .iter()
            .all(|entry| entry.secrets_in_query.is_empty())
    );
}
