//! `plan -f` and `apply -f`: what a manifest asks for.

use serde_json::{Value, json};

use super::profiles::two;
use crate::support::{Clouds, Outcome};

/// A certificate and its key, `shop.pem` and `shop.key` in the home directory.
fn files(clouds: &Clouds, names: &[&str]) {
    let authority = certctl::emulator::pki::Authority::generate().expect("an authority");
    let issued = authority.issue(names, 90).expect("a certificate");
    clouds.file("shop.pem", &issued.fullchain);
    crate::support::private(&clouds.file("shop.key", &issued.key));
}

const MANIFEST: &str = r#"
version = 1

[accounts.shop]
cloud = "alibaba"
identity = "1234567890123456"

[accounts.web]
cloud = "ucloud"
regions = ["cn-bj2"]

[certificates.star]
cert = "shop.pem"
key = "shop.key"
names = ["a.com", "*.example.com"]

[[certificates.star.on]]
account = "shop"
find = ["cdn"]
except = ["cdn expiring.example.com"]
expect = 2

[[certificates.star.on]]
account = "web"
places = ["ulb ulb-sandbox1/vserver-https1", "ulb alb-sandbox1/als-https1 default"]
"#;

fn with(clouds: &Clouds, manifest: &str, words: &[&str]) -> Outcome {
    let file = clouds.file("certs.toml", manifest);
    let file = file.to_str().expect("UTF-8");
    clouds.certctl(&[words, &["-f", file]].concat()).run()
}

fn places(list: &Value) -> Vec<String> {
    let rows = list.as_array().expect("a list").iter();
    let places = rows.filter_map(|row| row["place"].as_str());
    places.map(str::to_owned).collect()
}

/// What is found and what is named, in the accounts that are said, and nothing else.
#[test]
fn a_manifest_is_planned_and_made() {
    let clouds = Clouds::new();
    files(&clouds, &["a.com", "example.com", "*.example.com"]);
    let plan = with(&clouds, MANIFEST, &["plan"]).expect(0).json();
    let wanted = [
        "cdn a.com",
        "cdn example.com",
        "ulb ulb-sandbox1/vserver-https1",
        "ulb alb-sandbox1/als-https1 default",
    ];
    assert_eq!(places(&plan["steps"]), wanted);
    assert_eq!(plan["refused"], json!([]));
    let accounts: Vec<&Value> = plan["accounts"]
        .as_array()
        .expect("accounts")
        .iter()
        .map(|one| &one["account"])
        .collect();
    assert_eq!(accounts, ["alibaba shop", "ucloud web"]);
    clouds.assert_only_reads();
    let made = with(&clouds, MANIFEST, &["apply", "--yes"])
        .expect(0)
        .json();
    assert_eq!(made["plan"], plan["id"]);
    assert_eq!(made["summary"]["changed"], 4);
    with(&clouds, MANIFEST, &["plan", "--detailed-exitcode"]).expect(0);
    // The same from JSON on standard input, and as a plan that is carried.
    let value: toml::Value = toml::from_str(MANIFEST).expect("TOML");
    let text = serde_json::to_string(&value).expect("JSON");
    let stdin = clouds
        .certctl(&["plan", "-f", "-"])
        .stdin(text)
        .run()
        .expect(0)
        .json();
    assert_eq!(places(&stdin["unchanged"]), wanted);
    let plan = clouds.file("plan.json", plan.to_string());
    let plan = plan.to_str().expect("UTF-8");
    let again = clouds
        .certctl(&["apply", plan, "--yes"])
        .run()
        .expect(0)
        .json();
    assert_eq!(again["summary"]["unchanged"], 4);
}

/// Each guard of the whole: the plan is shown, nothing is sent, 22.
#[test]
fn guards_of_the_whole_refuse() {
    let clouds = Clouds::new();
    files(&clouds, &["a.com", "example.com", "*.example.com"]);
    for (from, to, guard) in [
        (
            "expect = 2",
            "expect = \"3..9\"",
            "expect: star is for 2 places, 3 to 9 were expected",
        ),
        (
            "1234567890123456",
            "7",
            "identity: alibaba shop has to be account 7",
        ),
        (
            "find = [\"cdn\"]\nexcept = [\"cdn expiring.example.com\"]\nexpect = 2",
            "find = [\"dcdn\"]\nexcept = [\"dcdn a.com\", \"dcdn example.com\", \"dcdn expiring.example.com\"]",
            "expect: star is for no place",
        ),
    ] {
        let manifest = MANIFEST.replace(from, to);
        assert_ne!(manifest, MANIFEST);
        let refused = with(&clouds, &manifest, &["apply", "--yes"]).expect(22);
        assert!(
            refused.stderr.contains(guard),
            "{guard}: {}",
            refused.stderr
        );
        assert!(refused.stderr.contains("Plan "), "the plan is shown");
        assert_eq!(refused.stdout, "");
        with(&clouds, &manifest, &["plan", "--detailed-exitcode"]).expect(22);
    }
    let twice = MANIFEST.to_owned()
        + "\n[certificates.other]\ncert = \"shop.pem\"\n[[certificates.other.on]]\naccount = \"shop\"\nfind = [\"cdn\"]\n";
    let claimed = with(&clouds, &twice, &["apply", "--yes"]).expect(22);
    let says = "claimed: cdn a.com is claimed by star and other";
    assert!(claimed.stderr.contains(says), "{}", claimed.stderr);
    clouds.assert_only_reads();
}

/// What can be told from the files alone is told before any call.
#[test]
fn what_is_wrong_with_the_files_is_said_first() {
    let clouds = Clouds::new();
    files(&clouds, &["example.com", "*.example.com"]);
    let fewer = with(&clouds, MANIFEST, &["plan"]).expect(8);
    assert!(fewer.stderr.contains("star: "), "{}", fewer.stderr);
    assert!(
        fewer.stderr.contains("is not for a.com"),
        "{}",
        fewer.stderr
    );
    files(&clouds, &["a.com", "example.com", "*.example.com"]);
    let misspelt = MANIFEST.replace("expect = 2", "expct = 2");
    let misspelt = with(&clouds, &misspelt, &["plan"]).expect(3);
    assert!(
        misspelt.stderr.contains("certs.toml:21:1: "),
        "{}",
        misspelt.stderr
    );
    assert!(misspelt.stderr.contains("expect"), "{}", misspelt.stderr);
    for (from, to, says) in [
        (
            "regions = [\"cn-bj2\"]",
            "regions = \"all\"",
            "regions = \"all\" is not supported",
        ),
        ("expect = 2", "wide = true", "wide = true is not supported"),
    ] {
        let refused = with(&clouds, &MANIFEST.replace(from, to), &["plan", "-q"]).expect(3);
        let error = refused.error()["message"].clone();
        assert!(
            error.as_str().is_some_and(|text| text.contains(says)),
            "{error}"
        );
    }
    let profile = with(&clouds, MANIFEST, &["plan", "--profile", "work"]).expect(2);
    assert!(
        profile.stderr.contains("--profile and -f"),
        "{}",
        profile.stderr
    );
    let region = with(&clouds, MANIFEST, &["plan", "--region", "cn-sh2"]).expect(2);
    assert!(region.stderr.contains("--region"), "{}", region.stderr);
    assert!(clouds.log().is_empty());
    let keyless = MANIFEST.replace("key = \"shop.key\"", "key = { env = \"SHOP_KEY\" }");
    with(&clouds, &keyless, &["plan"]).expect(0);
    let unset = with(&clouds, &keyless, &["apply", "--yes", "-q"]).expect(3);
    assert!(unset.stderr.contains("SHOP_KEY"), "{}", unset.stderr);
    clouds.assert_only_reads();
}

/// What is there, written as a manifest, is a plan without a change.
#[test]
fn what_is_there_is_a_manifest_without_a_change() {
    let clouds = Clouds::new();
    let written = clouds
        .certctl(&["inventory", "--as-manifest"])
        .run()
        .expect(0);
    assert!(
        written.stdout.starts_with("version = 1\n"),
        "{}",
        written.stdout
    );
    let comment = "# alibaba: cdn expiring.example.com: its certificate is in no store";
    assert!(written.stdout.contains(comment), "{}", written.stdout);
    let call = clouds.certctl(&["plan", "-f", "-", "--detailed-exitcode"]);
    let plan = call.stdin(written.stdout).run().expect(0).json();
    assert_eq!(
        (&plan["steps"], &plan["blocked"], &plan["missing"]),
        (&json!([]), &json!([]), &json!([]))
    );
    assert!(places(&plan["unchanged"]).len() > 20, "{plan:#}");
    clouds.assert_only_reads();
}

/// Two accounts of one cloud in one manifest: places of the same text are told apart.
#[test]
fn several_accounts_are_one_run() {
    let (one, two_clouds, file) = two();
    files(&one, &["a.com", "example.com", "*.example.com"]);
    let manifest = r#"
version = 1
[accounts.one]
cloud = "alibaba"
profile = "one"
[accounts.two]
cloud = "alibaba"
profile = "two"
[certificates.star]
cert = "shop.pem"
key = "shop.key"
[[certificates.star.on]]
account = "one"
places = ["cdn a.com"]
[[certificates.star.on]]
account = "two"
places = ["cdn a.com", "cdn example.com"]
"#;
    let path = one.file("certs.toml", manifest);
    let words = format!("apply --yes -f {}", path.display());
    let made = super::profiles::certctl(&one, &file, &words)
        .run()
        .expect(0)
        .json();
    let rows = made["results"].as_array().expect("rows").iter();
    let rows: Vec<(&Value, &Value)> = rows.map(|row| (&row["account"], &row["target"])).collect();
    assert_eq!(
        rows,
        [
            (&json!("alibaba one"), &json!("cdn a.com")),
            (&json!("alibaba two"), &json!("cdn a.com")),
            (&json!("alibaba two"), &json!("cdn example.com")),
        ]
    );
    assert_eq!(one.calls("SetCdnDomainSSLCertificate").len(), 1);
    assert_eq!(two_clouds.calls("SetCdnDomainSSLCertificate").len(), 2);
}
