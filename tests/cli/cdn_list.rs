//! `certctl cdn list`, `show` and `certs`: what there is, all of it, in one spelling.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::raw::{Raw, answer};
use crate::support::{Call, Clouds};

const DOMAINS: &str = "DescribeUserDomains";
const HTTPS: &str = "DescribeCdnHttpsDomainList";
const INFO: &str = "DescribeDomainCertificateInfo";
const DETAIL: &str = "DescribeCdnDomainDetail";
const STORE: &str = "DescribeCdnSSLCertificateList";
const STORED: &str = "DescribeCdnCertificateDetailById";

/// A cloud that answers as told: the action, and the number of the page.
pub fn cloud(reply: impl Fn(&str, usize) -> Value + Send + Sync + 'static) -> Raw {
    Raw::http(move |request| {
        let body = String::from_utf8_lossy(&request.body);
        let param = |name: &str| {
            let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
            let mut values = pairs.filter(|(key, _)| *key == name);
            values.next().map(|(_, value)| value.to_owned())
        };
        let page = param("PageNumber").and_then(|page| page.parse().ok());
        let mut reply = reply(&param("Action").unwrap_or_default(), page.unwrap_or(1));
        if let Some(members) = reply.as_object_mut() {
            members.insert("RequestId".into(), "x".into());
        }
        answer(200, "Content-Type: application/json\r\n", reply.to_string())
    })
}

pub fn certctl(raw: &Raw, args: &[&str]) -> Call {
    Call::new(args)
        .env("CERTCTL_ENDPOINT", raw.endpoint())
        .env("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAI5tRawServer00000001")
        .env(
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
            "rawServerSecret000000000000001",
        )
}

/// An account with these domains and HTTPS entries.
fn account(domains: Value, https: Value) -> Raw {
    cloud(move |action, _| match action {
        DOMAINS => json!({"TotalCount": domains.as_array().map(Vec::len),
                          "Domains": {"PageData": domains}}),
        HTTPS => json!({"TotalCount": https.as_array().map(Vec::len),
                        "CertInfos": {"CertInfo": https}}),
        _ => json!({"CertInfos": {"CertInfo": []}}),
    })
}

fn names(document: &Value) -> Vec<&str> {
    let results = document["results"].as_array().expect("results");
    results
        .iter()
        .map(|row| row["domain"].as_str().expect("a domain"))
        .collect()
}

fn named(count: usize) -> Vec<String> {
    (1..=count).map(|n| format!("d{n:03}.test")).collect()
}

#[test]
fn the_fixtures_domains_with_what_they_serve() {
    let clouds = Clouds::new();
    let document = clouds.certctl(&["cdn", "list"]).run().expect(0).json();
    assert_eq!(document["schema"], "certctl/v1");
    assert_eq!(document["command"], "cdn list");
    assert_eq!(
        names(&document),
        [
            "a.com",
            "b.com",
            "test.com",
            "example.com",
            "expiring.example.com"
        ]
    );
    let a = &document["results"][0];
    assert_eq!(
        json!([
            a["status"],
            a["https"],
            a["certificate_name"],
            a["certificate_type"]
        ]),
        json!(["online", "on", "stored", "upload"])
    );
    assert_eq!(a["certificate_status"], "ok");
    assert_eq!(a["days_left"], 59);
    assert!(a["expires"].as_str().expect("a time").ends_with('Z'));
    assert_eq!(a["created"], "2020-01-01T00:00:00Z");
    let b = &document["results"][1];
    assert_eq!(b["https"], "off");
    for absent in [
        "expires",
        "days_left",
        "certificate_name",
        "certificate_status",
    ] {
        assert!(b.get(absent).is_none(), "{absent}");
    }
    assert_eq!(document["results"][4]["certificate_status"], "expire_soon");
    // Two calls, as large as the cloud gives them, and no domain is left out of them; one more for
    // the certificates' ids.
    assert_eq!(clouds.log().len(), 3);
    let params = &clouds.calls(DOMAINS)[0].params;
    assert_eq!(params["PageNumber"], "1");
    assert_eq!(params["PageSize"], "500");
    assert_eq!(params["CheckDomainShow"], "true");
    assert!(!params.contains_key("DomainStatus"));
    assert_eq!(clouds.calls(HTTPS)[0].params["PageSize"], "500");
}

#[test]
fn a_long_list_is_read_to_its_end() {
    let certified = named(300);
    let account = json!({"https_domains": certified, "unlimited_rate": true});
    let clouds = Clouds::with(json!({"account": account}));
    let call = clouds.certctl(&["cdn", "list", "--page-size", "20"]);
    let document = call.run().expect(0).json();
    let listed = names(&document);
    assert_eq!(listed.len(), 305);
    assert_eq!(listed[5..], certified);
    let rows = document["results"].as_array().expect("results");
    let ends = rows.iter().filter(|row| row.get("expires").is_some());
    assert_eq!(ends.count(), 303);
    let pages = |action: &str| -> Vec<String> {
        let calls = clouds.calls(action).into_iter();
        let number = |params: &serde_json::Map<String, Value>| {
            assert_eq!(params["PageSize"], "20");
            params["PageNumber"].as_str().expect("a number").to_owned()
        };
        calls.map(|call| number(&call.params)).collect()
    };
    let up_to = |last: u32| -> Vec<String> { (1..=last).map(|page| page.to_string()).collect() };
    assert_eq!(pages(DOMAINS), up_to(16));
    assert_eq!(pages(HTTPS), up_to(16));

    // A cloud that gives less than it is asked for is read to the end as well.
    let account = json!({"https_domains": named(50), "max_page": 7});
    let clouds = Clouds::with(json!({"account": account}));
    let document = clouds.certctl(&["cdn", "list"]).run().expect(0).json();
    let distinct: BTreeSet<&str> = names(&document).into_iter().collect();
    assert_eq!((names(&document).len(), distinct.len()), (55, 55));
    assert_eq!(clouds.calls(DOMAINS).len(), 8);
}

#[test]
fn a_list_that_is_cut_short_is_an_error() {
    let short = |action: &str, page: usize, cut: &str| {
        let one = json!([{"DomainName": "a.com", "SslProtocol": "on"}]);
        let items = if page == 1 { one } else { json!([]) };
        let total = if action == cut { 3 } else { 1 };
        match action {
            DOMAINS => json!({"TotalCount": total, "Domains": {"PageData": items}}),
            _ => json!({"TotalCount": total, "CertInfos": {"CertInfo": items}}),
        }
    };
    for cut in [DOMAINS, HTTPS] {
        let raw = cloud(move |action, page| short(action, page, cut));
        let outcome = certctl(&raw, &["cdn", "list"]).run().expect(7);
        assert_eq!(outcome.stdout, "", "never a shorter list");
        let said = outcome.error()["message"]
            .as_str()
            .expect("words")
            .to_owned();
        assert_eq!(
            said,
            format!("{cut}: the list is incomplete: received 1 of 3 items")
        );
    }
    // A page that is refused ends it as well.
    for (fault, status) in [
        (json!({"code": "Forbidden.RAM", "http": 403}), 4),
        (json!({"code": "InvalidParameter"}), 6),
    ] {
        let pattern = json!({"action": HTTPS, "nth": [2]});
        let clouds = Clouds::with(json!({
            "account": {"https_domains": named(30)},
            "faults": [{"match": pattern, "do": fault}],
        }));
        let call = clouds.certctl(&["cdn", "list", "--page-size", "20"]);
        let outcome = call.run().expect(status);
        assert_eq!(outcome.stdout, "");
    }
}

/// Where a domain comes twice, another one has moved: it may not have come at all.
#[test]
fn a_list_that_changes_while_it_is_read_is_read_again() {
    let listed = |names: [&str; 2]| {
        let rows = names.map(|name| json!({"DomainName": name}));
        json!({"TotalCount": 4, "Domains": {"PageData": rows}})
    };
    let none = || json!({"TotalCount": 0, "CertInfos": {"CertInfo": []}});
    let calls = std::sync::atomic::AtomicUsize::new(0);
    let raw = cloud(move |action, page| match (action, page) {
        (DOMAINS, 1) => listed(["a.com", "b.com"]),
        (DOMAINS, _) => match calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
            0 => listed(["b.com", "c.com"]),
            _ => listed(["c.com", "d.com"]),
        },
        _ => none(),
    });
    let document = certctl(&raw, &["cdn", "list"]).run().expect(0).json();
    assert_eq!(names(&document), ["a.com", "b.com", "c.com", "d.com"]);
    // A cloud that gives the same page again and again never gives the list.
    let raw = cloud(move |action, _| match action {
        DOMAINS => listed(["a.com", "b.com"]),
        _ => none(),
    });
    let outcome = certctl(&raw, &["cdn", "list"]).run().expect(7);
    assert_eq!(outcome.stdout, "");
    assert_eq!(
        outcome.error()["message"],
        "DescribeUserDomains: page 2 has a.com again: the list changed during reading, or the \
         cloud ignores the requested page"
    );
    assert_eq!(raw.requests().len(), 6);
    let raw = cloud(|_, _| {
        let rows = [
            json!({"CertId": 1, "CertRegion": "cn-hangzhou"}),
            json!({"CertId": 1, "CertRegion": "ap-southeast-1"}),
        ];
        json!({"CertificateListModel": {"Count": 4, "CertList": {"Cert": rows}}})
    });
    for size in ["2", "1000"] {
        let outcome = certctl(&raw, &["cdn", "certs", "--page-size", size])
            .run()
            .expect(7);
        assert_eq!(outcome.stdout, "", "{size}");
    }
}

/// What passes by is tried again, and the list is as whole as ever.
#[test]
fn a_page_that_is_lost_is_read_again() {
    for fault in [
        json!("reset_before"),
        json!("reset_after"),
        json!({"cut_body": 40}),
        json!({"cut_chunk": 40}),
        json!("empty"),
        json!("not_json"),
        json!("null"),
        json!("empty_object"),
        json!("empty_array"),
        json!({"status": 502, "html": true}),
        json!("throttle"),
    ] {
        let clouds = Clouds::with(json!({
            "account": {"https_domains": named(30)},
            "faults": [{"match": {"action": DOMAINS, "nth": [2]}, "do": fault},
                       {"match": {"action": HTTPS, "nth": [1]}, "do": fault}],
        }));
        let call = clouds.certctl(&["cdn", "list", "--page-size", "20"]);
        let document = call.run().expect(0).json();
        assert_eq!(names(&document).len(), 35, "{fault}");
        assert_eq!(clouds.calls(DOMAINS).len(), 3, "{fault}");
    }
}

#[test]
fn states_names_and_ends_are_picked_out() {
    let account = json!({
        "domains": ["d1.test", "d2.test"], "offline_domains": ["off.test"],
        "configuring_domains": ["busy.test"], "denied_domains": ["not-ours.test"],
        "domain_statuses": {"failed.test": "configure_failed", "new.test": "checking",
                            "no.test": "check_failed", "end.test": "deleting"},
    });
    let clouds = Clouds::with(json!({"account": account}));
    let list = |args: &[&str]| {
        let call = clouds.certctl(&[&["cdn", "list"], args].concat());
        call.run().expect(0).json()
    };
    let all = list(&[]);
    let mut states: Vec<&str> = Vec::new();
    for row in all["results"].as_array().expect("results") {
        states.push(row["status"].as_str().expect("a status"));
    }
    let distinct: BTreeSet<&str> = states.iter().copied().collect();
    assert_eq!(states.len(), 13, "{all:#}");
    assert_eq!(distinct.len(), 7);
    for (status, expected) in [
        ("offline", &["off.test"][..]),
        ("configure_failed", &["failed.test"]),
        ("checking,check_failed", &["new.test", "no.test"]),
        ("stopping", &[]),
    ] {
        let listed = list(&["--status", status]);
        let mut names = names(&listed);
        names.sort_unstable();
        assert_eq!(names, expected, "{status}");
    }
    // One state is left to the cloud; of several each page is looked through here.
    let asked = clouds.calls(DOMAINS);
    assert_eq!(asked[1].params["DomainStatus"], "offline");
    assert!(!asked[3].params.contains_key("DomainStatus"));

    assert_eq!(names(&list(&["--domain", "d1"])), ["d1.test"]);
    let call = &clouds.calls(DOMAINS)[5];
    assert_eq!(call.params["DomainName"], "d1");
    assert_eq!(call.params["DomainSearchType"], "fuzzy_match");

    assert_eq!(
        names(&list(&["--expiring", "30d"])),
        ["expiring.example.com"]
    );
    assert_eq!(names(&list(&["--expiring", "9d"])), [""; 0]);
    assert_eq!(names(&list(&["--expiring", "90d"])).len(), 3);
    assert_eq!(
        names(&list(&["--expiring", "1440h", "--domain", "a.c"])),
        ["a.com"]
    );
}

/// The list calls certificates by their names; the store has their ids.
#[test]
fn certificates_have_their_id_and_fingerprint() {
    let clouds = Clouds::new();
    let listed = clouds.certctl(&["cdn", "list"]).run().expect(0);
    assert_eq!(listed.stderr, "");
    let stored = clouds.certctl(&["cas", "show", "1000001"]).run().expect(0);
    let stored = stored.json()["results"][0].clone();
    let rows = listed.json()["results"].clone();
    assert_eq!(rows[0]["certificate"], "1000001");
    assert_eq!(rows[0]["identifier"], "1000001-cn-hangzhou");
    assert_eq!(rows[0]["fingerprint_sha1"], stored["fingerprint_sha1"]);
    assert!(rows[1].get("certificate").is_none(), "HTTPS is off");
    assert_eq!(
        clouds.calls(STORE).len(),
        1,
        "whatever the number of domains"
    );

    let denied = json!({"match": {"action": STORE}, "do": {"code": "NoPermission", "http": 403}});
    let clouds = Clouds::with(json!({"faults": [denied]}));
    let outcome = clouds.certctl(&["cdn", "list"]).run().expect(0);
    assert!(outcome.json()["results"][0].get("certificate").is_none());
    assert!(
        outcome
            .stderr
            .starts_with("note: certificate ids are missing")
    );
    assert_eq!(outcome.stderr.lines().count(), 1);
}

#[test]
fn the_store_can_be_narrowed_to_what_ends() {
    let clouds = Clouds::new();
    let list = |within: &str| {
        let args = ["cdn", "certs", "--expiring", within];
        let json = clouds.certctl(&args).run().expect(0).json();
        let rows = json["results"].as_array().expect("results").clone();
        let id = |row: &Value| row["certificate"].as_str().expect("an id").to_owned();
        rows.iter().map(id).collect::<Vec<_>>()
    };
    assert_eq!(list("30d"), ["1456789", "1567890"]);
    assert_eq!(list("1h"), ["1567890"]);
}

#[test]
fn what_ended_is_expiring_too() {
    let raw = account(
        json!([{"DomainName": "old.test", "SslProtocol": "on", "DomainStatus": "online"}]),
        json!([{"DomainName": "old.test", "CertExpireTime": "2020-02-03 04:05:06",
                "CertStatus": "expired"}]),
    );
    let call = certctl(&raw, &["cdn", "list", "--expiring", "1s"]);
    let document = call.run().expect(0).json();
    assert_eq!(names(&document), ["old.test"]);
    assert_eq!(document["results"][0]["expires"], "2020-02-03T04:05:06Z");
    assert!(document["results"][0]["days_left"].as_i64().expect("days") < -2000);
}

#[test]
fn bad_arguments_are_refused_here() {
    let clouds = Clouds::new();
    for args in [
        &["--status", "onlin"][..],
        &["--status", ""],
        &["--expiring", "soon"],
        &["--expiring", ""],
        &["--expiring", "-3d"],
        &["--domain", ""],
        &["--page-size", "0"],
        &["--page-size", "1001"],
        &["stray"],
    ] {
        let call = clouds.certctl(&[&["cdn", "list"], args].concat());
        let outcome = call.run().expect(2);
        assert_eq!(outcome.stdout, "", "{args:?}");
    }
    for args in [
        &["cdn", "show"][..],
        &["cdn", "show", ""],
        &["cdn", "show", "a.com,,b.com"],
        &["cdn", "show", "https://a.com"],
        &["cdn", "certs", "--domain", "a b"],
        &["cdn", "certs", "--search", ""],
    ] {
        clouds.certctl(args).run().expect(2);
    }
    assert!(clouds.log().is_empty());
    let error = clouds.certctl(&["cdn", "show", "a.com,"]).run().expect(2);
    assert_eq!(error.error()["message"], "DOMAIN, item 2 is empty");
}

#[test]
fn a_domain_may_be_in_one_of_the_lists_only() {
    let raw = account(
        json!([{"DomainName": "a.com", "SslProtocol": "off", "DomainStatus": "online"},
               {"DomainName": ".b.com", "SslProtocol": "on", "DomainStatus": "online"}]),
        json!([{"DomainName": ".b.com", "CertName": "a", "CertExpireTime": "2031-01-02 03:04:05"},
               {"DomainName": ".b.com", "CertName": "n", "CertExpireTime": "2030-01-02 03:04:05"},
               {"DomainName": ".b.com", "CertName": "z", "CertExpireTime": null},
               {"DomainName": "only.com", "CertName": "m", "CertExpireTime": "2030-01-02 03:04:05"}]),
    );
    let document = certctl(&raw, &["cdn", "list"]).run().expect(0).json();
    let results = json!([
        {"domain": "a.com", "status": "online", "https": "off"},
        {"domain": "*.b.com", "status": "online", "https": "on", "certificate_name": "n",
         "expires": "2030-01-02T03:04:05Z"},
        {"domain": "only.com", "https": "on", "certificate_name": "m",
         "expires": "2030-01-02T03:04:05Z"},
    ]);
    let mut found = document["results"].clone();
    for row in found.as_array_mut().expect("results") {
        row.as_object_mut().expect("a row").remove("days_left");
    }
    assert_eq!(found, results);
    let call = certctl(&raw, &["cdn", "list", "--domain", "*.b"]);
    assert_eq!(names(&call.run().expect(0).json()), ["*.b.com"]);
}

/// Alibaba Cloud has five formats, and counts in seconds here, in milliseconds there.
#[test]
fn times_are_of_one_format_whatever_came() {
    let formats = [
        json!("2030-01-02T03:04:05Z"),
        json!("2030-01-02 03:04:05"),
        json!("2030-01-02 03:04:05 +0000 UTC"),
        json!("Jan  2 03:04:05 2030 GMT"),
        json!("2030-01-02T11:04:05+08:00"),
        json!(1_893_553_445),
        json!(1_893_553_445_000_i64),
        json!("1893553445000"),
    ];
    for format in formats {
        let raw = account(
            json!([{"DomainName": "a.com", "GmtCreated": format}]),
            json!([{"DomainName": "a.com", "CertExpireTime": format, "CertUpdateTime": format}]),
        );
        let document = certctl(&raw, &["cdn", "list"]).run().expect(0).json();
        let row = &document["results"][0];
        for key in ["expires", "updated", "created"] {
            assert_eq!(row[key], "2030-01-02T03:04:05Z", "{format}");
        }
    }
}

#[test]
fn members_may_be_null_or_of_another_type() {
    let raw = account(
        json!([{"DomainName": "a.com", "DomainId": "11", "DomainStatus": null, "Cname": null,
                "SslProtocol": null, "GmtCreated": null, "GmtModified": 0, "Coverage": null,
                "CdnType": null, "Sources": null, "Brand new": {}}]),
        json!([{"DomainName": "a.com", "CertName": 12, "CertType": null, "CertStatus": null,
                "CertCommonName": null, "CertExpireTime": "2030-01-02 03:04:05",
                "CertUpdateTime": ""}]),
    );
    let document = certctl(&raw, &["cdn", "list"]).run().expect(0).json();
    let row = document["results"][0].as_object().expect("a row");
    let keys: Vec<&str> = row.keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "domain",
            "https",
            "certificate_name",
            "expires",
            "days_left"
        ]
    );
    assert_eq!(row["certificate_name"], "12");

    let empty = [json!(null), json!({}), json!({"PageData": null})];
    for domains in empty {
        let raw = cloud(move |action, _| match action {
            DOMAINS => json!({"TotalCount": "0", "Domains": domains}),
            _ => json!({"TotalCount": 0, "CertInfos": {"CertInfo": null}}),
        });
        let outcome = certctl(&raw, &["cdn", "list"]).run().expect(0);
        assert_eq!(outcome.json()["results"], json!([]));
    }
    // That there is none may also be said by a refusal.
    let raw = cloud(|action, _| match action {
        DOMAINS => json!({"TotalCount": 1, "Domains": {"PageData": [{"DomainName": "a.com"}]}}),
        _ => json!({"Code": "NoHttpsDomain", "Message": "no HTTPS domain"}),
    });
    let document = certctl(&raw, &["cdn", "list"]).run().expect(0).json();
    assert_eq!(document["results"], json!([{"domain": "a.com"}]));
}

/// An answer without what makes a list is none, not an empty list.
#[test]
fn an_answer_of_another_shape_is_no_empty_list() {
    for reply in [
        json!({}),
        json!({"TotalCount": null, "Domains": {"PageData": []}}),
        json!({"TotalCount": -1, "Domains": {"PageData": []}}),
        json!({"TotalCount": 1, "Domains": [{"DomainName": "a.com"}]}),
        json!({"TotalCount": 1, "Domains": {"PageData": [{}]}}),
        json!({"TotalCount": 1, "Domains": {"PageData": [{"DomainName": null}]}}),
        json!({"TotalCount": 1, "Domains": {"PageData": {"DomainName": "a.com"}}}),
    ] {
        let shown = reply.to_string();
        let raw = cloud(move |_, _| reply.clone());
        let call = certctl(&raw, &["cdn", "list", "--max-attempts", "1"]);
        let outcome = call.run();
        assert_ne!(outcome.status, 0, "{shown}: {outcome:#?}");
        assert_eq!(outcome.stdout, "", "{shown}");
        let kind = outcome.error()["kind"].clone();
        assert!(
            kind == "unavailable" || kind == "unexpected-answer",
            "{shown}: {kind}"
        );
    }
}

/// Nobody is told that a certificate is good for long because a list does not say.
#[test]
fn an_end_that_the_list_does_not_say_is_read() {
    let domains = json!([{"DomainName": "a.com", "SslProtocol": "on"},
                         {"DomainName": "b.com", "SslProtocol": "on"},
                         {"DomainName": "c.com", "SslProtocol": "off"}]);
    let raw = cloud(move |action, _| match action {
        DOMAINS => json!({"TotalCount": 3, "Domains": {"PageData": domains}}),
        HTTPS => json!({"TotalCount": 1, "CertInfos": {"CertInfo": [
            {"DomainName": "a.com", "CertName": "n", "CertExpireTime": "-"}]}}),
        _ => json!({"CertInfos": {"CertInfo": [
            {"ServerCertificateStatus": "on", "CertId": 7, "CertExpireTime": "2030-01-02T03:04:05Z"}]}}),
    });
    let document = certctl(&raw, &["cdn", "list"]).run().expect(0).json();
    for at in [0, 1] {
        assert_eq!(document["results"][at]["expires"], "2030-01-02T03:04:05Z");
        assert_eq!(document["results"][at]["certificate"], "7");
    }
    assert!(document["results"][2].get("expires").is_none());
    assert_eq!(raw.requests().len(), 4);

    let raw = account(
        json!([{"DomainName": "a.com", "SslProtocol": "on"}, {"DomainName": "b.com"}]),
        json!([]),
    );
    let call = certctl(&raw, &["cdn", "list", "--expiring", "1d"]);
    let outcome = call.run().expect(0);
    assert_eq!(names(&outcome.json()), ["a.com"], "it may be the one");
    assert_eq!(
        outcome.stderr,
        "warning: a.com: HTTPS is on, but the expiry date of its certificate is unknown: the \
         cloud does not report it\n"
    );
}

#[test]
fn a_dry_run_of_a_list_asks_nobody() {
    let clouds = Clouds::new();
    for (args, actions) in [
        (
            &["cdn", "list", "--status", "online", "--page-size", "9"][..],
            &[DOMAINS, HTTPS][..],
        ),
        (&["cdn", "show", "*.example.com"], &[DETAIL, INFO]),
        (&["cdn", "certs", "--domain", "*.example.com"], &[STORE]),
    ] {
        let call = clouds.certctl(args).arg("--dry-run");
        let call = call.without("ALIBABA_CLOUD_ACCESS_KEY_ID");
        let call = call.without("ALIBABA_CLOUD_ACCESS_KEY_SECRET");
        let document = call.run().expect(0).json();
        let requests = document["requests"].as_array().expect("requests").clone();
        let planned: Vec<&str> = requests
            .iter()
            .map(|request| request["action"].as_str().expect("an action"))
            .collect();
        assert_eq!(planned, actions);
        match planned[0] {
            DOMAINS => {
                assert_eq!(requests[0]["params"]["DomainStatus"], "online");
                assert_eq!(requests[1]["params"]["PageSize"], 9);
            }
            _ => assert_eq!(requests[0]["params"]["DomainName"], ".example.com"),
        }
    }
    assert!(clouds.log().is_empty());
}

#[test]
fn one_domain_is_shown_with_its_certificate() {
    let clouds = Clouds::new();
    let document = clouds
        .certctl(&["cdn", "show", "A.com"])
        .run()
        .expect(0)
        .json();
    let row = &document["results"][0];
    assert_eq!(document["results"].as_array().expect("results").len(), 1);
    for (key, value) in [
        ("domain", json!("a.com")),
        ("status", json!("online")),
        ("https", json!("on")),
        ("certificate", json!("1000001")),
        ("certificate_name", json!("stored")),
        ("certificate_region", json!("cn-hangzhou")),
        (
            "names",
            json!(["a.com", "b.com", "test.com", "example.com", "*.example.com"]),
        ),
        ("covers_domain", json!(true)),
        ("days_left", json!(59)),
        ("origins", json!(["192.0.2.1:80"])),
        ("coverage", json!("domestic")),
    ] {
        assert_eq!(row[key], value, "{key}");
    }
    assert_eq!(row["fingerprint"].as_str().expect("hex").len(), 64);
    assert_eq!(row["fingerprint_sha1"].as_str().expect("hex").len(), 40);
    assert_eq!(clouds.log().len(), 2);

    // What a write did is read, under the wildcard's own spelling.
    let set = [
        "cdn",
        "set",
        "--domains",
        "*.example.com",
        "--cert-id",
        "2345678",
    ];
    let region = ["--cert-region", "ap-southeast-1"];
    clouds
        .certctl(&[&set[..], &region].concat())
        .run()
        .expect(0);
    let args = ["cdn", "show", "*.example.com", "nocert.example.com,b.com"];
    let document = clouds.certctl(&args).run().expect(0).json();
    assert_eq!(
        names(&document),
        ["*.example.com", "nocert.example.com", "b.com"]
    );
    let row = &document["results"][0];
    assert_eq!(row["certificate"], "2345678");
    assert_eq!(row["certificate_region"], "ap-southeast-1");
    let bare = document["results"][1].as_object().expect("a row");
    assert_eq!(bare["https"], "off");
    assert!(!bare.contains_key("certificate") && !bare.contains_key("expires"));
    // A certificate that is kept while HTTPS is off is no served one, and is shown as what it is.
    assert_eq!(document["results"][2]["https"], "off");
    assert_eq!(document["results"][2]["certificate"], "1000001");
}

#[test]
fn a_domain_that_cannot_be_read_is_named() {
    let clouds = Clouds::new();
    let outcome = clouds
        .certctl(&["cdn", "show", "a.com", "c.com"])
        .run()
        .expect(5);
    assert_eq!(outcome.stdout, "");
    let error = outcome.error();
    assert_eq!(error["code"], "InvalidDomain.NotFound");
    let message = error["message"].as_str().expect("words");
    assert!(message.starts_with("could not read c.com: "), "{message}");
    // A key that is refused is refused once.
    let clouds = Clouds::new();
    let call = clouds.certctl(&["cdn", "show", "a.com", "b.com", "test.com"]);
    let call = call.env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "wrong");
    call.run().expect(4);
    assert_eq!(clouds.log().len(), 1);
}

/// What the certificate itself says goes before what is said of it; where only its number is said,
/// it is fetched.
#[test]
fn a_certificate_is_read_from_its_pem() {
    let pem = include_str!("../pki/expired.pem");
    let info = |pem: Option<&str>| {
        json!({"ServerCertificateStatus": "on", "CertId": 42, "CertRegion": "ap-southeast-1",
               "CertName": null, "CertExpireTime": "2099-01-01T00:00:00Z", "CertLife": "months",
               "ServerCertificate": pem, "Status": null, "DomainCnameStatus": null})
    };
    for (given, calls) in [(Some(pem), 2), (None, 3)] {
        let info = info(given);
        let raw = cloud(move |action, _| match action {
            DETAIL => json!({"GetDomainDetailModel": {"DomainStatus": "online",
                "SourceModels": {"SourceModel": [{"Content": "o.test", "Port": "443"}]}}}),
            STORED => json!({"Cert": pem, "CertId": 42, "Key": "never looked at"}),
            _ => json!({"CertInfos": {"CertInfo": [info]}}),
        });
        let document = certctl(&raw, &["cdn", "show", "a.com"])
            .run()
            .expect(0)
            .json();
        let row = &document["results"][0];
        assert!(row["days_left"].as_i64().expect("days") < 0, "{row:#}");
        assert_eq!(row["covers_domain"], false);
        assert_eq!(row["origins"], json!(["o.test:443"]));
        assert_eq!(raw.requests().len(), calls);
        if calls == 3 {
            let body = String::from_utf8_lossy(&raw.requests()[2].body).into_owned();
            assert!(
                body.contains("CertId=42&CertRegion=ap-southeast-1"),
                "{body}"
            );
        }
    }
    // Without either there is what the cloud says.
    let raw = cloud(|action, _| match action {
        DETAIL => json!({"GetDomainDetailModel": {"DomainStatus": "Online"}}),
        _ => json!({"CertInfos": {"CertInfo": [{"ServerCertificateStatus": "ON",
            "ServerCertificate": "", "CertId": "", "CertOrg": "An Authority",
            "CertExpireTime": "2030-01-02T03:04:05Z"}]}}),
    });
    let document = certctl(&raw, &["cdn", "show", "a.com"])
        .run()
        .expect(0)
        .json();
    let row = &document["results"][0];
    assert_eq!(row["status"], "online");
    assert_eq!(row["issuer"], "An Authority");
    assert_eq!(row["expires"], "2030-01-02T03:04:05Z");
    assert!(row.get("fingerprint").is_none());
}

#[test]
fn the_certificate_store_is_listed() {
    let clouds = Clouds::new();
    let document = clouds.certctl(&["cdn", "certs"]).run().expect(0).json();
    let rows = document["results"].as_array().expect("results");
    let ids: Vec<&str> = rows
        .iter()
        .map(|row| row["certificate"].as_str().expect("an id, as text"))
        .collect();
    assert!(
        ids.contains(&"1234567") && ids.contains(&"2345678"),
        "{ids:?}"
    );
    assert_eq!(clouds.log().len(), 1);
    assert_eq!(clouds.calls(STORE)[0].params["PageSize"], "1000");
    assert_eq!(rows[0]["fingerprint_sha1"].as_str().expect("hex").len(), 40);
    assert!(rows[0].get("fingerprint").is_none());
    assert!(
        rows[0]["last_time"]
            .as_str()
            .expect("a time")
            .ends_with('Z')
    );
    assert!(rows[0].get("expires").is_none());

    let certs = |args: &[&str]| {
        let call = clouds.certctl(&[&["cdn", "certs"], args].concat());
        call.run().expect(0).json()["results"].clone()
    };
    let found = certs(&["--search", "intl", "--details"]);
    assert_eq!(found.as_array().expect("results").len(), 1);
    assert_eq!(found[0]["region"], "ap-southeast-1");
    assert_eq!(found[0]["days_left"], 59);
    assert_eq!(found[0]["fingerprint"].as_str().expect("hex").len(), 64);
    assert_eq!(found[0]["names"][0], "a.com");
    assert_eq!(
        clouds.calls(STORED)[0].params["CertRegion"],
        "ap-southeast-1"
    );
    assert_eq!(certs(&["--domain", "b.org"]), json!([]));
    assert_ne!(certs(&["--domain", "www.example.com"]), json!([]));
}

/// The documents leave open whether `Count` counts a page or all of them.
#[test]
fn the_store_is_read_to_its_end_however_it_is_counted() {
    for per_page in [true, false] {
        for total in [45, 40, 1, 0] {
            let raw = cloud(move |_, page| {
                let ids: Vec<usize> = (1..=total).skip((page - 1) * 20).take(20).collect();
                let count = if per_page { ids.len() } else { total };
                let row = |id: &usize| {
                    json!({"CertId": id, "CertName": null, "LastTime": 1_893_553_445, "Issuer": null,
                           "Fingerprint": "AA:BB", "CertRegion": null, "Common": null})
                };
                let rows: Vec<Value> = ids.iter().map(row).collect();
                json!({"CertificateListModel": {"Count": count, "CertList": {"Cert": rows}}})
            });
            let call = certctl(&raw, &["cdn", "certs", "--page-size", "20"]);
            let document = call.run().expect(0).json();
            let rows = document["results"].as_array().expect("results");
            assert_eq!(rows.len(), total, "{per_page}");
            if let Some(row) = rows.last() {
                let last = json!({"certificate": total.to_string(),
                                  "last_time": "2030-01-02T03:04:05Z"});
                assert_eq!(*row, last);
            }
        }
    }
    let clouds = Clouds::with(json!({"account": {"max_page": 1}}));
    let whole = Clouds::new()
        .certctl(&["cdn", "certs"])
        .run()
        .expect(0)
        .json();
    let paged = clouds.certctl(&["cdn", "certs"]).run().expect(0).json();
    let count = |document: &Value| document["results"].as_array().expect("results").len();
    assert_eq!(count(&paged), count(&whole));
}

#[test]
fn a_certificate_of_the_store_that_cannot_be_read_is_named() {
    let fault = json!({"match": {"action": STORED, "value": "2345678"},
                       "do": {"code": "Forbidden.RAM", "http": 403}});
    let clouds = Clouds::with(json!({"faults": [fault]}));
    let outcome = clouds
        .certctl(&["cdn", "certs", "--details"])
        .run()
        .expect(4);
    assert_eq!(outcome.stdout, "");
    let message = outcome.error()["message"].to_string();
    assert!(
        message.contains("could not read certificate 2345678"),
        "{message}"
    );
}

/// What cannot be read of a certificate is said, and nothing is made up.
#[test]
fn what_is_no_certificate_is_warned_about() {
    let raw = cloud(|action, _| match action {
        STORED => json!({"Cert": "no PEM", "CertId": 7, "CertName": "n"}),
        _ => json!({"CertificateListModel": {"Count": 1, "CertList": {"Cert": [{"CertId": 7}]}}}),
    });
    let outcome = certctl(&raw, &["cdn", "certs", "--details"])
        .run()
        .expect(0);
    assert_eq!(outcome.json()["results"], json!([{"certificate": "7"}]));
    assert_eq!(
        outcome.stderr,
        "warning: certificate 7: the cloud has no valid certificate under this number\n"
    );
    // A site that nobody tells is not asked for either.
    let read = raw.requests().pop().expect("the read of the certificate");
    let read = String::from_utf8_lossy(&read.body).into_owned();
    assert!(
        read.contains("CertId=7") && !read.contains("CertRegion"),
        "{read}"
    );
}

#[test]
fn lists_can_be_written_as_lines() {
    let clouds = Clouds::new();
    let call = clouds.certctl(&["cdn", "list", "-o", "csv", "--columns", "domain,https"]);
    let outcome = call.run().expect(0);
    assert!(
        outcome
            .stdout
            .starts_with("domain,https\na.com,on\nb.com,off\n")
    );
    let outcome = clouds
        .certctl(&["cdn", "list", "-o", "table"])
        .run()
        .expect(0);
    let head = outcome.stdout.lines().next().expect("a header");
    let words: Vec<&str> = head.split_whitespace().collect();
    assert_eq!(
        words[..6],
        ["DOMAIN", "STATUS", "HTTPS", "CERTIFICATE", "NAME", "CHECK"]
    );
}

#[test]
fn nothing_secret_is_told_of_a_list() {
    let clouds = Clouds::new();
    for args in [
        &["cdn", "list"][..],
        &["cdn", "show", "a.com"],
        &["cdn", "certs", "--details"],
    ] {
        let outcome = clouds.certctl(args).arg("-vv").run().expect(0);
        assert!(outcome.stderr.contains("attempt 1"), "it does tell");
        for text in [&outcome.stdout, &outcome.stderr] {
            assert!(!text.contains("sandboxAlibabaSecret"), "{text}");
            assert!(!text.contains("PRIVATE KEY"), "{text}");
        }
    }
}
