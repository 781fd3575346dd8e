//! `certctl inventory`: every certificate and every place, with what could not be read.

use serde_json::{Value, json};

use super::profiles::{certctl, two};
use crate::support::{Clouds, Outcome};

fn inventory(clouds: &Clouds, args: &[&str]) -> Outcome {
    clouds.certctl(&[&["inventory"], args].concat()).run()
}

fn rows(outcome: &Outcome) -> Vec<Value> {
    let json = outcome.json();
    json["results"].as_array().expect("results").clone()
}

fn texts(value: &Value) -> Vec<String> {
    let items = value.as_array().expect("a list").iter();
    items
        .map(|one| one.as_str().expect("a text").to_owned())
        .collect()
}

fn places(outcome: &Outcome) -> Vec<String> {
    let rows = rows(outcome).into_iter();
    rows.map(|row| row["place"].as_str().expect("a place").to_owned())
        .collect()
}

fn denied(action: &str) -> Value {
    json!({"match": {"action": action}, "do": {"code": "NoPermission", "http": 403}})
}

/// Each certificate is one row, whichever of its places and stores tell of it, and each place too.
#[test]
fn certificates_and_places_are_there_once() {
    let clouds = Clouds::new();
    let all = inventory(&clouds, &[]).expect(0);
    let json = all.json();
    assert_eq!(json["complete"], true);
    let accounts: Vec<&Value> = json["accounts"]
        .as_array()
        .expect("accounts")
        .iter()
        .map(|one| &one["account"])
        .collect();
    assert_eq!(accounts, ["alibaba", "tencent", "ucloud"]);
    let certificates = rows(&all);
    let of = |id: &str| {
        let mut found = certificates
            .iter()
            .filter(|row| texts(&row["certificates"]).iter().any(|one| one == id));
        let row = found.next().unwrap_or_else(|| panic!("{id}"));
        assert!(found.next().is_none(), "{id} is in two rows");
        row.clone()
    };
    let used = of("1000001");
    assert_eq!(used["used"], true);
    assert_eq!(used["accounts"], json!(["alibaba"]));
    let used_by = texts(&used["used_by"]);
    assert!(used_by.contains(&"cdn a.com".to_owned()), "{used_by:?}");
    assert_eq!(of("ssl-new0001")["used"], false);
    let all = inventory(&clouds, &["--places"]).expect(0);
    let listed = places(&all);
    for place in [
        "cdn a.com",
        "dcdn a.com",
        "ga ga-bp1sandboxsecond0001/lsr-bp1sandboxsecond001 www.example.com",
        "ssl clb ap-guangzhou lb-sandbox1|lbl-https01",
        "ulb alb-sandbox1/als-https2 sni",
    ] {
        assert_eq!(
            listed.iter().filter(|one| *one == place).count(),
            1,
            "{place}"
        );
    }
    // What a certificate is used by are those places, and no others.
    let mut named: Vec<String> = certificates
        .iter()
        .flat_map(|row| texts(&row["used_by"]))
        .collect();
    let mut bearing: Vec<String> = rows(&all)
        .iter()
        .filter(|row| row["names"] != json!([]) || row["certificates"] != json!([]))
        .map(|row| row["place"].as_str().expect("a place").to_owned())
        .collect();
    named.sort();
    bearing.sort();
    assert_eq!(named, bearing);
    clouds.assert_only_reads();
}

/// What cannot be read is said, is in the document, and keeps nothing else from being shown.
#[test]
fn a_list_that_cannot_be_read_is_a_gap() {
    let clouds = Clouds::with(json!({"faults": [denied("ListAccelerators")]}));
    let part = inventory(&clouds, &["--places"]).expect(0);
    let said = "warning: alibaba: ga could not be read: NoPermission";
    assert!(part.stderr.contains(said), "{}", part.stderr);
    let json = part.json();
    assert_eq!(json["complete"], false);
    let account = &json["accounts"][0];
    assert_eq!(account["complete"], false);
    assert_eq!(account["gaps"][0]["list"], "ga");
    assert_eq!(account["gaps"][0]["error"]["kind"], "permission");
    assert_eq!(json["accounts"][1]["complete"], true);
    let listed = places(&part);
    assert!(listed.contains(&"cdn a.com".to_owned()));
    assert!(!listed.iter().any(|place| place.starts_with("ga ")));
    // A place that was not seen may serve it: nothing is called unused.
    let unused = inventory(&clouds, &["--unused"]).expect(0);
    assert!(rows(&unused).is_empty(), "{}", unused.stdout);
    assert!(
        unused
            .stderr
            .contains("not shown: a list could not be read")
    );
    let all = inventory(&clouds, &[]).expect(0);
    let told = rows(&all).iter().filter(|row| row["used"] == false).count();
    assert_eq!(told, 0);
}

#[test]
fn what_no_place_serves_is_unused() {
    let clouds = Clouds::new();
    let unused = rows(&inventory(&clouds, &["--unused"]).expect(0));
    assert!(!unused.is_empty());
    for row in unused {
        assert_eq!((&row["used"], &row["used_by"]), (&json!(false), &json!([])));
    }
}

/// Where nothing at all can be read, the status says why.
#[test]
fn where_nothing_can_be_read_it_fails() {
    let refused = json!({"do": {"code": "InvalidAccessKeyId.NotFound", "http": 404}});
    let clouds = Clouds::with(json!({"faults": [refused]}));
    let nothing = inventory(&clouds, &["--cloud", "alibaba"]);
    assert_eq!(nothing.status, 4, "{nothing:#?}");
    assert!(nothing.stdout.is_empty());
}

/// An account that never opened a product has nothing of it: that is no gap.
#[test]
fn a_product_that_was_never_opened_is_empty() {
    let unopened = |action: &str| json!({"match": {"action": action}, "do": {"code": "CdnServiceNotFound", "http": 403}});
    let faults = ["DescribeUserDomains", "DescribeCdnHttpsDomainList"].map(unopened);
    let clouds = Clouds::with(json!({"faults": faults}));
    let part = inventory(&clouds, &["--places", "--cloud", "alibaba"]).expect(0);
    assert_eq!(part.json()["complete"], true, "{}", part.stderr);
    let listed = places(&part);
    assert!(!listed.is_empty() && !listed.iter().any(|place| place.starts_with("cdn ")));
}

#[test]
fn it_is_narrowed() {
    let clouds = Clouds::new();
    let words = |args: &[&str]| {
        let listed = places(&inventory(&clouds, &[&["--places"], args].concat()).expect(0));
        let word = |place: &String| place.split(' ').next().expect("a word").to_owned();
        let mut words: Vec<String> = listed.iter().map(word).collect();
        words.dedup();
        words
    };
    assert_eq!(words(&["--cloud", "ucloud"]), ["ulb"]);
    assert_eq!(words(&["--product", "ga,ulb"]), ["ga", "ulb"]);
    let calls = clouds.log().len();
    assert_eq!(words(&["--product", "cdn"]), ["cdn"]);
    for entry in &clouds.log()[calls..] {
        assert_ne!(entry.action.as_deref(), Some("ListAccelerators"));
    }
    let named = inventory(&clouds, &["--places", "--names", "b.com"]).expect(0);
    let named = places(&named);
    assert!(named.contains(&"ssl cdn b.com".to_owned()), "{named:?}");
    assert!(
        !named.contains(&"ulb ulb-sandbox1/vserver-https1".to_owned()),
        "{named:?}"
    );
    let soon = rows(&inventory(&clouds, &["--expiring", "30d"]).expect(0));
    let days = soon.iter().filter_map(|row| row["days_left"].as_i64());
    assert!(
        days.clone().count() > 2 && days.max() <= Some(30),
        "{soon:#?}"
    );
    // What ends first is what has to be seen to first.
    let ends: Vec<&str> = soon
        .iter()
        .filter_map(|row| row["expires"].as_str())
        .collect();
    assert!(ends.is_sorted(), "{ends:?}");
}

/// Accounts of several profiles are read in one run, and told apart.
#[test]
fn several_profiles_are_several_accounts() {
    let (one, _two, file) = two();
    let words = "inventory --places --profile one --profile two --cloud alibaba";
    let both = certctl(&one, &file, words).run().expect(0);
    let json = both.json();
    let accounts = json["accounts"].as_array().expect("accounts").iter();
    let accounts: Vec<&Value> = accounts.map(|account| &account["account"]).collect();
    assert_eq!(accounts, ["alibaba one", "alibaba two"]);
    let of = |account: &str, place: &str| {
        let rows = rows(&both).into_iter();
        rows.filter(|row| row["account"] == account && row["place"] == place)
            .count()
    };
    assert_eq!(of("alibaba one", "cdn one.test"), 1);
    assert_eq!(of("alibaba two", "cdn one.test"), 0);
    assert_eq!(
        (
            of("alibaba one", "cdn a.com"),
            of("alibaba two", "cdn a.com")
        ),
        (1, 1)
    );
}

/// Clouds without a login are not asked, unless they are what was asked for.
#[test]
fn a_cloud_without_a_login_is_left_out() {
    let clouds = Clouds::new();
    let without = |args: &[&str]| {
        let call = clouds.certctl(&[&["inventory"], args].concat());
        let call = call
            .without("TENCENTCLOUD_SECRET_ID")
            .without("TENCENTCLOUD_SECRET_KEY");
        call.run()
    };
    let json = without(&[]).expect(0).json();
    let accounts = json["accounts"].as_array().expect("accounts").len();
    assert_eq!((accounts, &json["complete"]), (2, &json!(true)));
    without(&["--cloud", "tencent"]).expect(3);
}

#[test]
fn there_is_nothing_to_leave_out() {
    let clouds = Clouds::new();
    let refused = inventory(&clouds, &["--dry-run"]).expect(2);
    assert!(
        refused.stderr.contains("changes nothing"),
        "{}",
        refused.stderr
    );
    assert!(clouds.log().is_empty());
}
