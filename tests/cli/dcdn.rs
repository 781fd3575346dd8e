//! `certctl dcdn`: what `certctl cdn` does, by the calls of CDN's twin.

use serde_json::{Value, json};

use crate::support::Clouds;

/// What both call the same; what differs between two accounts and two products is left out.
const DIFFER: [&str; 14] = [
    "certificate",
    "certificate_name",
    "certificate_region",
    "certificate_type",
    "coverage",
    "domain_cname_status",
    "fingerprint",
    "fingerprint_sha1",
    "https_cname",
    "identifier",
    "modified",
    "request_id",
    "starts",
    "type",
];

fn account() -> Clouds {
    Clouds::with(json!({"account": {
        "offline_domains": ["off.test"], "configuring_domains": ["busy.test"],
        "uncertified_domains": ["bare.test"], "failing_domains": ["fails.test"],
        "domains": ["z.test"],
    }}))
}

/// What a command of a group answers, with CDN's names; it makes calls of its own product only.
fn told(group: &str, words: &[&str]) -> Value {
    let clouds = account();
    let outcome = clouds.certctl(&[&[group], words].concat()).run();
    for entry in clouds.log() {
        let action = entry.action.expect("an action");
        let is_own = action.contains("Dcdn") == (group == "dcdn");
        assert!(is_own, "{group} {words:?} calls {action}");
    }
    let text = match outcome.stdout.is_empty() {
        true => outcome.stderr.lines().last().unwrap_or_default(),
        false => &outcome.stdout,
    };
    let of_cdn = text
        .replace("DescribeDcdnUserDomains", "DescribeUserDomains")
        .replace(
            "DescribeDcdnDomainCertificateInfo",
            "DescribeDomainCertificateInfo",
        )
        .replace("cas-intl", "stored")
        .replace("Dcdn", "Cdn")
        .replace("dcdn", "cdn");
    let mut document: Value = serde_json::from_str(&of_cdn)
        .unwrap_or_else(|error| panic!("{group} {words:?}: {error}: {of_cdn}"));
    leave_out(&mut document);
    json!([outcome.status, document])
}

fn leave_out(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, _| !DIFFER.contains(&name.as_str()));
            members.values_mut().for_each(leave_out);
        }
        Value::Array(items) => items.iter_mut().for_each(leave_out),
        _ => {}
    }
}

#[test]
fn the_twin_says_what_cdn_says() {
    for words in [
        "list",
        "list --expiring 30d",
        "list --status offline,configuring",
        "list --domain example --page-size 2",
        "show a.com b.com",
        "show nowhere.test",
        "certs --columns common_name,issuer,region",
        "wait a.com --on --for 1s",
        "wait a.com --cert-name none --for 1s",
        "wait off.test --for 1s",
        "set --domains a.com,b.com,bare.test,off.test --on",
        "set --domains b.com,fails.test --cert-id 1345678 --allow-name-mismatch --wait=2s",
        "set --domains z.test --cert-id 1345678",
        "set --domains a.com --cert 2345678-ap-southeast-1 --no-preview",
        "set --domains a.com --off --yes",
        "set --domains a.com --off",
        "set --domains a.com",
    ] {
        let words: Vec<&str> = words.split(' ').collect();
        // CDN has other calls as well, and a flag to choose this one by.
        let of_cdn = match words[0] {
            "set" => [&words[..], &["--via", "ssl"]].concat(),
            _ => words.clone(),
        };
        assert_eq!(told("dcdn", &words), told("cdn", &of_cdn), "{words:?}");
    }
}

/// It reads certificates by their names: the list of the store has the number's.
#[test]
fn a_number_is_looked_up_in_the_store() {
    let clouds = account();
    let args = ["dcdn", "set", "--domains", "z.test", "--cert", "1234567"];
    let outcome = clouds.certctl(&args).run().expect(8);
    assert!(
        outcome.stderr.contains("does not cover z.test"),
        "{outcome:?}"
    );
    let read = clouds.calls("DescribeDcdnCertificateDetail");
    assert_eq!(read.len(), 1);
    let unknown = ["dcdn", "set", "--domains", "z.test", "--cert", "7654321"];
    let outcome = clouds.certctl(&unknown).run().expect(5);
    assert!(
        outcome.error()["hint"]
            .as_str()
            .is_some_and(|hint| hint.contains("dcdn certs"))
    );
    assert!(clouds.calls("SetDcdnDomainSSLCertificate").is_empty());
}

/// What cannot be read of one certificate takes nothing from the others.
#[test]
fn a_certificate_of_the_other_site_is_listed_without_its_details() {
    let clouds = account();
    let outcome = clouds
        .certctl(&["dcdn", "certs", "--details"])
        .run()
        .expect(0);
    let document = outcome.json();
    let rows = document["results"].as_array().expect("results");
    let named = |row: &&Value| row["names"].is_array();
    assert_eq!(
        rows.len() - 1,
        rows.iter().filter(named).count(),
        "{document}"
    );
    assert!(
        outcome
            .stderr
            .contains("could not read certificate 2345678"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn what_cdn_alone_has_is_no_flag_here() {
    let clouds = account();
    for flag in [
        "--force",
        "--via=single",
        "--region=cn-hangzhou",
        "--batch-size=5",
        "--cert-type=free",
    ] {
        let outcome = clouds
            .certctl(&["dcdn", "set", "--domains", "a.com", "--on", flag])
            .run();
        assert_eq!(outcome.status, 2, "{flag}: {outcome:?}");
    }
    assert!(clouds.log().is_empty());
}
