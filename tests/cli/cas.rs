//! `certctl cas list`, `show` and `delete`

use serde_json::{Value, json};

use crate::support::raw::{Raw, Request, answer};
use crate::support::{Clouds, Outcome};

const LIST: &str = "ListUserCertificateOrder";
const DETAIL: &str = "GetUserCertificateDetail";
const USES: &str = "ListCloudResources";
const DELETE: &str = "DeleteUserCertificate";

fn results(outcome: &Outcome) -> Vec<Value> {
    let json = outcome.json();
    json["results"].as_array().expect("results").clone()
}

fn ids(outcome: &Outcome) -> Vec<String> {
    let id = |row: &Value| row["certificate"].as_str().expect("an id").to_owned();
    results(outcome).iter().map(id).collect()
}

/// A server that answers an action as a test says.
fn scripted(replies: &'static [(&'static str, &'static str)]) -> Raw {
    Raw::http(|request: &Request| {
        let body = String::from_utf8_lossy(&request.body);
        let text = format!("{}\n{body}", request.head);
        let reply = replies.iter().find(|(part, _)| text.contains(part));
        let (_, reply) = reply.expect("a reply for every request");
        answer(200, "Content-Type: application/json\r\n", reply)
    })
}

#[test]
fn the_list_has_all_certificates_also_the_expired_ones() {
    let clouds = Clouds::new();
    let all = clouds.certctl(&["cas", "list"]).run().expect(0);
    assert_eq!(
        ids(&all),
        ["1000001", "1234567", "1345678", "1456789", "1567890"]
    );
    let rows = results(&all);
    assert_eq!(rows[1]["identifier"], "1234567-cn-hangzhou");
    assert_eq!(rows[1]["region"], "cn-hangzhou");
    assert_eq!(rows[1]["name"], "cas-example");
    assert_eq!(
        rows[1]["names"],
        json!(["a.com", "b.com", "test.com", "example.com", "*.example.com"])
    );
    assert_eq!(rows[1]["source"], "upload");
    assert_eq!(rows[2]["source"], "bought");
    assert_eq!(rows[4]["status"], "expired");
    assert!(rows[4]["days_left"].as_i64().expect("days") < 0);
    assert_eq!(rows[3]["status"], "valid");
    let hex = |key: &str| rows[0][key].as_str().expect("hex").to_owned();
    assert_eq!(
        (hex("fingerprint").len(), hex("fingerprint_sha1").len()),
        (64, 40)
    );
    assert!(!hex("serial").starts_with('0'), "{}", hex("serial"));
    let end = rows[0]["expires"].as_str().expect("a time");
    assert!(end.ends_with("T00:00:00Z"), "{end}");
    for (args, expected) in [
        (&["--expiring", "30d"][..], &["1456789", "1567890"][..]),
        (&["--expiring", "1d"], &["1567890"]),
        (&["--status", "expired"], &["1567890"]),
        (
            &["--status", "valid"],
            &["1000001", "1234567", "1345678", "1456789"],
        ),
    ] {
        let some = clouds
            .certctl(&[&["cas", "list"], args].concat())
            .run()
            .expect(0);
        assert_eq!(ids(&some), expected, "{args:?}");
    }
}

#[test]
fn three_hundred_certificates_come_in_pages() {
    let clouds = Clouds::with(json!({"account": {"cas_certificates": 300}}));
    let all = clouds
        .certctl(&["cas", "list", "--page-size", "20"])
        .run()
        .expect(0);
    let mut found = ids(&all);
    assert_eq!(found.len(), 305);
    found.sort();
    found.dedup();
    assert_eq!(found.len(), 305);
    let calls = clouds.calls(LIST);
    assert_eq!(calls.len(), 16 + 1, "the rest is expired");
    assert!(
        calls.iter().all(|call| call.code.is_none()),
        "within the limit of 10 a second"
    );
    // Whatever the server makes of the size.
    let clouds = Clouds::with(json!({"account": {"cas_certificates": 20, "max_page": 7}}));
    let all = clouds.certctl(&["cas", "list"]).run().expect(0);
    assert_eq!(ids(&all).len(), 25);
}

/// It ends while the lists are read: the one of those that have not expired has it still, the other
/// one already.
#[test]
fn a_certificate_in_both_lists_is_one_row() {
    let clouds = Clouds::new();
    let both = scripted(&[(
        "",
        r#"{"RequestId":"r","TotalCount":2,"CertificateOrderList":[{"CertificateId":"7"},{"CertificateId":"8"}]}"#,
    )]);
    let call = clouds.certctl(&["cas", "list", "--endpoint", &both.endpoint()]);
    let outcome = call.run().expect(0);
    assert_eq!(both.requests().len(), 2);
    assert_eq!(ids(&outcome), ["7", "8"]);
}

#[test]
fn a_list_that_is_cut_short_is_an_error() {
    let clouds = Clouds::new();
    let short = scripted(&[
        (
            "CurrentPage=1",
            r#"{"RequestId":"r","TotalCount":3,"CertificateOrderList":[{"CertificateId":"7"}]}"#,
        ),
        (
            "",
            r#"{"RequestId":"r","TotalCount":3,"CertificateOrderList":null}"#,
        ),
    ]);
    let outcome = clouds
        .certctl(&["cas", "list", "--endpoint", &short.endpoint()])
        .run()
        .expect(7);
    assert_eq!(outcome.stdout, "");
    let message = outcome.error()["message"]
        .as_str()
        .expect("a message")
        .to_owned();
    assert!(
        message.contains("incomplete: received 1 of 3 items"),
        "{message}"
    );
    for fault in [
        json!({"match": {"action": LIST, "value": "EXPIRED"}, "do": {"code": "NoPermission", "http": 403}}),
        json!({"match": {"action": LIST, "nth": [2]}, "do": {"code": "Forbidden.RAM", "http": 403}}),
    ] {
        let clouds = Clouds::with(json!({"faults": [fault], "account": {"max_page": 3}}));
        let outcome = clouds.certctl(&["cas", "list"]).run().expect(4);
        assert_eq!(outcome.stdout, "");
    }
    // An answer without the list's members is none of this action.
    let other = scripted(&[("", r#"{"RequestId":"r"}"#)]);
    let args = [
        "cas",
        "list",
        "--max-attempts",
        "1",
        "--endpoint",
        &other.endpoint(),
    ];
    assert_eq!(clouds.certctl(&args).run().expect(7).stdout, "");
}

/// Numbers as text, hashes of another form, times of every kind, members that are null.
#[test]
fn answers_of_other_forms_read_the_same() {
    let clouds = Clouds::new();
    let odd = scripted(&[
        (
            "Status=EXPIRED",
            r#"{"RequestId":"r","TotalCount":0,"CertificateOrderList":[]}"#,
        ),
        (
            LIST,
            r#"{"RequestId":"r","TotalCount":2,"CertificateOrderList":[
            {"CertificateId":"7","Name":null,"Sans":null,"CommonName":"a.com","EndDate":"2027-03-04",
             "Fingerprint":"cc:6b:36:96:e7:c7:ca:71:5b:d2:6e:28:e4:5f:f3:e3:df:43:5c:03",
             "SerialNo":"00:00:AB:CD","Upload":null,"Expired":null},
            {"CertificateId":8,"Sans":"b.com, c.com","EndDate":""}]}"#,
        ),
        (USES, r#"{"RequestId":"r","Total":0,"Data":[]}"#),
        (
            DETAIL,
            r#"{"RequestId":"r","Id":7,"Name":"n","NotAfter":20270304235959,"EndDate":"2027-03-04",
            "NotBefore":1767225600,"StartDate":"2026-01-01","Sans":"a.com","Key":"-----BEGIN EC PRIVATE KEY-----\nc2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0\n-----END EC PRIVATE KEY-----\n"}"#,
        ),
    ]);
    let endpoint = odd.endpoint();
    let list = clouds
        .certctl(&["cas", "list", "--endpoint", &endpoint])
        .run()
        .expect(0);
    let rows = results(&list);
    assert_eq!(rows[0]["certificate"], "7");
    assert_eq!(rows[0]["names"], json!(["a.com"]));
    assert_eq!(
        rows[0]["fingerprint_sha1"],
        "cc6b3696e7c7ca715bd26e28e45ff3e3df435c03"
    );
    assert_eq!(rows[0]["serial"], "abcd");
    assert_eq!(rows[0]["expires"], "2027-03-04T00:00:00Z");
    assert_eq!(rows[1]["identifier"], "8-cn-hangzhou");
    assert_eq!(rows[1]["names"], json!(["b.com", "c.com"]));
    assert!(rows[1].get("expires").is_none());
    // What has no known end may be what is looked for.
    let ending = clouds
        .certctl(&["cas", "list", "--expiring", "30d", "--endpoint", &endpoint])
        .run()
        .expect(0);
    assert_eq!(ids(&ending), ["8"]);
    assert_eq!(
        ending.stderr,
        "warning: the expiry date of 1 certificate is unknown: 8\n"
    );
    // A key that comes unasked is not shown, and not told.
    let show = clouds
        .certctl(&["cas", "show", "7", "-vv", "--endpoint", &endpoint])
        .run()
        .expect(0);
    let row = results(&show)[0].clone();
    assert_eq!(
        row["expires"], "2027-03-04T00:00:00Z",
        "the count is none, the date is"
    );
    assert_eq!(row["starts"], "2026-01-01T00:00:00Z");
    assert_eq!(row["identifier"], "7-cn-hangzhou");
    for text in [&show.stdout, &show.stderr] {
        assert!(!text.contains("c2VjcmV0"), "{text}");
    }
}

/// The other site is another host: here a proxy leads to the same emulator under its name.
#[test]
fn the_other_site_has_other_certificates() {
    let clouds = Clouds::new();
    let abroad = [
        "--region",
        "ap-southeast-1",
        "--endpoint",
        "http://cas.ap-southeast-1.aliyuncs.com",
        "--allow-http",
    ];
    let call = clouds.certctl(&[&["cas", "list"], &abroad[..]].concat());
    let list = call.env("HTTP_PROXY", clouds.endpoint()).run().expect(0);
    assert_eq!(ids(&list), ["2345678"]);
    assert_eq!(results(&list)[0]["identifier"], "2345678-ap-southeast-1");
    let id = "2345678-ap-southeast-1";
    let call = clouds.certctl(&[&["cas", "show", id], &abroad[..]].concat());
    let show = call.env("HTTP_PROXY", clouds.endpoint()).run().expect(0);
    assert_eq!(results(&show)[0]["name"], "cas-intl");
    clouds.certctl(&["cas", "show", "2345678"]).run().expect(5);
}

#[test]
fn show_never_asks_for_the_key() {
    let clouds = Clouds::new();
    let show = clouds
        .certctl(&["cas", "show", "1000001-cn-hangzhou", "-vv"])
        .run()
        .expect(0);
    let row = results(&show)[0].clone();
    assert_eq!(row["certificate"], "1000001");
    assert_eq!(row["identifier"], "1000001-cn-hangzhou");
    assert_eq!(row["algorithm"], "ECC");
    let used = row["used_by"].as_array().expect("uses");
    assert!(
        used.iter()
            .any(|one| one["product"] == "CDN" && one["domain"] == "a.com")
    );
    assert!(
        used.iter()
            .any(|one| one["product"] == "GA" && one["listener"] != Value::Null)
    );
    let calls = clouds.calls(DETAIL);
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].params["CertFilter"], "true");
    assert_eq!(clouds.calls(USES)[0].params["CertIds"], "[1000001]");
    assert!(!show.stderr.contains("PRIVATE KEY"), "{}", show.stderr);
}

#[test]
fn show_says_what_is_not_there() {
    let clouds = Clouds::new();
    let missing = clouds.certctl(&["cas", "show", "77"]).run().expect(5);
    assert_eq!(missing.error()["code"], "NotFound");
    assert_eq!(missing.stdout, "");
    let before = clouds.log().len();
    for (id, message) in [
        (
            "2345678-ap-southeast-1",
            "2345678-ap-southeast-1 belongs to another store than cn-hangzhou",
        ),
        ("x", "it is not a certificate id"),
        ("-5", "it is not a certificate id"),
        ("0", "it is not a certificate id"),
        (
            "100000000000000000000",
            "it is larger than any certificate id",
        ),
    ] {
        let outcome = clouds.certctl(&["cas", "show", id]).run().expect(2);
        let told = outcome.error()["message"]
            .as_str()
            .expect("a message")
            .to_owned();
        assert!(told.contains(message), "{told}");
    }
    assert_eq!(clouds.log().len(), before);
    // Not every key may look into other products.
    let denied = json!({"match": {"action": USES}, "do": {"code": "Forbidden.RAM", "http": 403}});
    let clouds = Clouds::with(json!({"faults": [denied]}));
    let show = clouds.certctl(&["cas", "show", "1234567"]).run().expect(0);
    assert!(results(&show)[0].get("used_by").is_none());
    assert!(
        show.stderr
            .contains("warning: cannot read where 1234567 is used"),
        "{}",
        show.stderr
    );
}

#[test]
fn what_is_in_use_is_not_deleted() {
    let clouds = Clouds::with(json!({"account": {"max_page": 2}}));
    let args = [
        "cas",
        "delete",
        "1000001",
        "1456789-cn-hangzhou",
        "1234567",
        "1345678",
        "--yes",
    ];
    let outcome = clouds.certctl(&args).run().expect(9);
    assert_eq!(
        outcome.statuses(),
        ["failed", "changed", "failed", "failed"]
    );
    let rows = results(&outcome);
    let error = |at: usize, key: &str| rows[at]["error"][key].as_str().unwrap_or("-").to_owned();
    assert_eq!(
        error(0, "message"),
        "not deleted: in use by CDN a.com, CDN b.com, CDN test.com and 6 more"
    );
    assert_eq!(error(0, "kind"), "conflict");
    assert_eq!(rows[0]["error"]["attempts"], 0, "nothing was sent for it");
    assert!(error(0, "hint").contains("--force"));
    assert_eq!(
        error(2, "message"),
        "not deleted: in use by GA ga-bp1sandboxsecond0001/lsr-bp1sandboxsecond001 www.example.com"
    );
    assert_eq!(error(3, "code"), "CertStatusError", "bought, and not over");
    assert_eq!(rows[1]["identifier"], "1456789-cn-hangzhou");
    let deleted: Vec<_> = clouds
        .calls(DELETE)
        .iter()
        .map(|call| call.params["CertId"].clone())
        .collect();
    assert_eq!(deleted, ["1456789", "1345678"]);
    let left = ids(&clouds.certctl(&["cas", "list"]).run().expect(0));
    assert_eq!(left, ["1000001", "1234567", "1345678", "1567890"]);
    // One reason for all: a conflict is exit 6. --force does not ask.
    clouds
        .certctl(&["cas", "delete", "1000001", "--yes"])
        .run()
        .expect(6);
    let looks = clouds.calls(USES).len();
    let forced = clouds
        .certctl(&["cas", "delete", "1000001", "--force", "--yes", "--wait"])
        .run();
    assert_eq!(forced.expect(0).statuses(), ["changed"]);
    assert_eq!(clouds.calls(USES).len(), looks);
}

/// A server that does not heed the filter lists the uses of other certificates.
#[test]
fn the_uses_of_other_certificates_do_not_count() {
    let clouds = Clouds::new();
    let odd = scripted(&[
        (
            USES,
            r#"{"RequestId":"r","Total":1,"Data":[{"CertId":9,"CloudProduct":"CDN","Domain":"x.com"}]}"#,
        ),
        (DELETE, r#"{"RequestId":"d"}"#),
    ]);
    let args = [
        "cas",
        "delete",
        "7,9",
        "--yes",
        "--endpoint",
        &odd.endpoint(),
    ];
    let outcome = clouds.certctl(&args).run().expect(9);
    assert_eq!(outcome.statuses(), ["changed", "failed"]);
}

#[test]
fn deleting_asks_and_says_what_was_not_there() {
    let clouds = Clouds::new();
    let unasked = clouds
        .certctl(&["cas", "delete", "1456789"])
        .run()
        .expect(2);
    assert!(
        unasked.error()["message"]
            .as_str()
            .expect("a message")
            .contains("--yes")
    );
    clouds.certctl(&["cas", "delete", "--yes"]).run().expect(2);
    clouds
        .certctl(&["cas", "delete", "", "--yes"])
        .run()
        .expect(2);
    clouds
        .certctl(&["cas", "delete", "7", "-5", "--yes"])
        .run()
        .expect(2);
    let other = ["cas", "delete", "7", "8-ap-southeast-1", "--yes"];
    clouds.certctl(&other).run().expect(2);
    assert!(clouds.log().is_empty());
    let args = ["cas", "delete", "77", "1456789", "77-cn-hangzhou", "--yes"];
    let outcome = clouds.certctl(&args).run().expect(9);
    assert_eq!(
        outcome.statuses(),
        ["failed", "changed"],
        "given twice is once"
    );
    assert_eq!(results(&outcome)[0]["error"]["code"], "NotFound");
    let args = ["cas", "delete", "--ids-file", "-", "--missing-ok", "--yes"];
    let listed = clouds
        .certctl(&args)
        .stdin("\u{feff}77 # gone\r\n1456789\r\n")
        .run()
        .expect(0);
    assert_eq!(listed.statuses(), ["unchanged", "unchanged"]);
    assert_eq!(results(&listed)[0]["note"], "did not exist");
}

#[test]
fn a_deletion_whose_answer_is_lost_is_looked_at() {
    let after = json!({"match": {"action": DELETE}, "do": "reset_after"});
    let clouds = Clouds::with(json!({"faults": [after]}));
    let outcome = clouds
        .certctl(&["cas", "delete", "1456789", "--yes"])
        .run()
        .expect(0);
    assert_eq!(
        results(&outcome)[0]["note"],
        "deleted, although the answer was lost"
    );
    assert_eq!(clouds.calls(DELETE).len(), 1);

    let before = json!({"match": {"action": DELETE, "nth": [1]}, "do": "reset_before"});
    let clouds = Clouds::with(json!({"faults": [before]}));
    let outcome = clouds
        .certctl(&["cas", "delete", "1456789", "--yes"])
        .run()
        .expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
    let sent = clouds.calls(DELETE);
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].params["ClientToken"], sent[1].params["ClientToken"]);

    let blind = json!({"match": {"action": DETAIL}, "do": {"status": 502}});
    let after = json!({"match": {"action": DELETE}, "do": "reset_after"});
    let clouds = Clouds::with(json!({"faults": [blind, after]}));
    let args = ["cas", "delete", "1456789", "--yes", "--max-attempts", "2"];
    assert_eq!(
        clouds.certctl(&args).run().expect(10).statuses(),
        ["unknown"]
    );
}

#[test]
fn what_can_not_be_looked_at_stays() {
    for (fault, status) in [
        (json!("reset_before"), 7),
        (json!({"code": "Forbidden.RAM", "http": 403}), 4),
    ] {
        let blind = json!({"match": {"action": USES}, "do": fault});
        let clouds = Clouds::with(json!({"faults": [blind]}));
        let args = [
            "cas",
            "delete",
            "1456789",
            "1567890",
            "--yes",
            "--max-attempts",
            "2",
        ];
        let outcome = clouds.certctl(&args).run().expect(status);
        assert!(
            outcome.statuses().iter().all(|status| status == "failed"),
            "{outcome:#?}"
        );
        assert!(clouds.calls(DELETE).is_empty());
    }
}

#[test]
fn a_wrong_key_costs_one_request() {
    for args in [
        &["cas", "list"][..],
        &["cas", "show", "7"],
        &["cas", "delete", "7", "8", "9", "--yes"],
        &["cas", "delete", "7", "8", "9", "--force", "--yes"],
    ] {
        let clouds = Clouds::new();
        let secret = "ALIBABA_CLOUD_ACCESS_KEY_SECRET";
        clouds.certctl(args).env(secret, "wrong").run().expect(4);
        assert_eq!(clouds.log().len(), 1, "{args:?}");
    }
}

#[test]
fn dry_runs_show_the_calls_and_send_none() {
    let clouds = Clouds::new();
    for (args, actions) in [
        (&["cas", "list", "--page-size", "5"][..], &[LIST, LIST][..]),
        (&["cas", "show", "7"], &[DETAIL, USES]),
        (&["cas", "delete", "7", "8"], &[USES, DELETE, DELETE]),
        (&["cas", "delete", "7", "8", "--force"], &[DELETE, DELETE]),
    ] {
        let outcome = clouds
            .certctl(&[args, &["--dry-run"]].concat())
            .run()
            .expect(0);
        let requests = outcome.json()["requests"].clone();
        let planned: Vec<_> = requests.as_array().expect("requests").iter().collect();
        let named: Vec<_> = planned
            .iter()
            .map(|one| one["action"].as_str().expect("a name"))
            .collect();
        assert_eq!(named, actions, "{args:?}");
    }
    assert!(clouds.log().is_empty());
}
