//! `certctl plan`: what would be changed, from reads alone.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::profiles::{certctl, two};
use crate::support::{Clouds, Outcome};

const NAMES: [&str; 4] = ["a.com", "b.com", "example.com", "*.example.com"];

/// A certificate without its key, which a plan does not need.
fn certificate(clouds: &Clouds, names: &[&str]) -> PathBuf {
    let authority = certctl::emulator::pki::Authority::generate().expect("an authority");
    let issued = authority.issue(names, 90).expect("a certificate");
    clouds.file("fullchain.pem", &issued.fullchain)
}

fn plan(clouds: &Clouds, args: &[&str]) -> Outcome {
    let file = certificate(clouds, &NAMES);
    run(clouds, &file, args)
}

fn run(clouds: &Clouds, file: &std::path::Path, args: &[&str]) -> Outcome {
    let file = file.to_str().expect("UTF-8");
    clouds
        .certctl(&[&["plan", "--cert", file], args].concat())
        .run()
}

fn of(list: &Value, place: &str) -> Vec<Value> {
    let rows = list.as_array().expect("a list").iter();
    rows.filter(|row| row["place"] == place).cloned().collect()
}

#[test]
fn a_plan_only_reads_and_is_the_same_for_everybody() {
    let clouds = Clouds::new();
    let file = certificate(&clouds, &NAMES);
    let first = run(&clouds, &file, &[]).expect(0).json();
    let again = run(&clouds, &file, &[]).expect(0).json();
    assert_eq!(first["id"], again["id"]);
    assert_eq!(first["schema"], "certctl-plan/v1");
    assert_eq!(first["complete"], true);
    clouds.assert_only_reads();
    let home = Clouds::new();
    let other = certificate(&home, &NAMES);
    let other = run(&clouds, &other, &[]).expect(0).json();
    assert_ne!(
        first["id"], other["id"],
        "another certificate is another plan"
    );
}

/// A place of each product is changed, after one upload to each of its stores.
#[test]
fn each_product_is_in_it() {
    let clouds = Clouds::new();
    let json = plan(&clouds, &[]).expect(0).json();
    let steps = json["steps"].as_array().expect("steps");
    let mut uploads = Vec::new();
    for step in steps.iter().filter(|step| step["do"] == "upload") {
        let store = (step["store"].clone(), step["region"].clone());
        assert!(!uploads.contains(&store), "{step}");
        uploads.push(store);
    }
    for (place, before) in [
        ("cdn a.com", json!("1000001")),
        ("dcdn a.com", json!("2345678")),
        ("cdn expiring.example.com", Value::Null),
        (
            "ssl clb ap-guangzhou lb-sandbox1|lbl-https01",
            json!("example1"),
        ),
        ("ulb ulb-sandbox1/vserver-https1", json!("ssl-old0001")),
        ("ulb alb-sandbox1/als-https2 sni", json!("ssl-old0001")),
    ] {
        let found = of(&json["steps"], place);
        assert_eq!(found.len(), 1, "{place}: {found:?}");
        assert_eq!(
            (&found[0]["do"], &found[0]["before"]),
            (&json!("bind"), &before)
        );
        let upload = steps.iter().find(|step| step["id"] == found[0]["needs"]);
        assert_eq!(upload.expect("an upload")["do"], "upload", "{place}");
    }
    // What it cannot do is said, with the guard that says so.
    let guard = |place: &str| of(&json["blocked"], place)[0]["guard"].clone();
    let listener = "ga ga-bp1odcab8tmno0hdq****/lsr-bp1bpn0kn908w4nbw**** default";
    assert_eq!(guard(listener), "names");
    assert_eq!(guard("ssl scf scf.example.com"), "wide");
    assert_eq!(of(&json["bare"], "cdn b.com").len(), 1);
    let summary = &json["summary"];
    assert_eq!(summary["upload"], uploads.len());
    assert_eq!(
        summary["blocked"],
        json["blocked"].as_array().expect("a list").len()
    );
}

/// What a plan would change is as wanted once it was done by hand.
#[test]
fn what_is_as_wanted_is_left_alone() {
    let clouds = Clouds::new();
    let authority = certctl::emulator::pki::Authority::generate().expect("an authority");
    let issued = authority.issue(&NAMES, 90).expect("a certificate");
    let file = clouds.file("fullchain.pem", &issued.fullchain);
    let key = clouds.file("privkey.pem", &issued.key);
    crate::support::private(&key);
    let (file, key) = (file.display().to_string(), key.display().to_string());
    let certificate = ["--cert", &file, "--key", &key, "--wait"];
    for words in [
        &[
            "ulb",
            "replace",
            "--old",
            "ssl-old0001",
            "--listener",
            "vserver-https1",
        ][..],
        &["ssl", "deploy", "--to", "cdn", "--instances", "a.com|on"],
    ] {
        let words = match words[0] {
            "ulb" => {
                let uploaded = clouds.certctl(&[&["ulb", "upload"], &certificate[..]].concat());
                let id = uploaded.run().expect(0).json()["results"][0]["certificate"].clone();
                let id = id.as_str().expect("an id").to_owned();
                clouds.certctl(&[words, &["--new", &id, "--yes"]].concat())
            }
            _ => clouds.certctl(&[words, &certificate].concat()),
        };
        words.run().expect(0);
    }
    let json = run(&clouds, file.as_ref(), &[]).expect(0).json();
    for place in ["ulb ulb-sandbox1/vserver-https1", "ssl cdn a.com"] {
        assert_eq!(of(&json["unchanged"], place).len(), 1, "{place}: {json:#}");
        assert!(of(&json["steps"], place).is_empty(), "{place}");
    }
    // It is in these stores already.
    let uploads = json["steps"].as_array().expect("steps").iter();
    let stores: Vec<&Value> = uploads
        .filter(|step| step["do"] == "upload")
        .map(|step| &step["store"])
        .collect();
    assert!(stores.iter().all(|store| **store == "cas"), "{stores:?}");
}

#[test]
fn it_is_narrowed_and_named() {
    let clouds = Clouds::new();
    let named = plan(
        &clouds,
        &["--place", "cdn a.com", "--place", "cdn nowhere.com"],
    );
    let json = named.expect(0).json();
    assert_eq!(json["summary"]["change"], 1);
    assert_eq!(json["missing"][0]["place"], "cdn nowhere.com");
    let except = plan(&clouds, &["--product", "cdn", "--except", "cdn a.com"]).expect(0);
    let json = except.json();
    assert!(of(&json["steps"], "cdn a.com").is_empty());
    assert_eq!(of(&json["steps"], "cdn example.com").len(), 1);
    let refused = plan(&clouds, &["--place", "cdn"]).expect(2);
    assert!(
        refused.stderr.contains("--place 'cdn'"),
        "{}",
        refused.stderr
    );
    let allowed = plan(&clouds, &["--product", "ga", "--allow", "names"])
        .expect(0)
        .json();
    let listener = "ga ga-bp1odcab8tmno0hdq****/lsr-bp1bpn0kn908w4nbw**** default";
    assert_eq!(of(&allowed["steps"], listener).len(), 1);
    assert_eq!(allowed["certificates"][0]["allow"], json!(["names"]));
}

/// `--detailed-exitcode` tells pending changes from none, and from a search that found nothing.
#[test]
fn the_status_tells_what_is_pending() {
    let clouds = Clouds::new();
    plan(&clouds, &["--detailed-exitcode"]).expect(20);
    let elsewhere = certificate(&clouds, &["nowhere.test"]);
    let nothing = run(&clouds, &elsewhere, &["--detailed-exitcode"]).expect(22);
    assert!(nothing.stderr.contains("no place"), "{}", nothing.stderr);
    assert_eq!(nothing.json()["steps"], json!([]));
    run(&clouds, &elsewhere, &[]).expect(0);
    plan(
        &clouds,
        &[
            "--product",
            "ga",
            "--place",
            "cdn a.com",
            "--detailed-exitcode",
        ],
    )
    .expect(22);
}

/// A list that cannot be read is said in the plan, and nothing of it is changed.
#[test]
fn what_cannot_be_read_is_not_changed() {
    let denied = json!({"match": {"action": "ListAccelerators"},
        "do": {"code": "NoPermission", "http": 403}});
    let clouds = Clouds::with(json!({"faults": [denied]}));
    let part = plan(&clouds, &[]).expect(0);
    assert!(
        part.stderr.contains("alibaba: ga could not be read"),
        "{}",
        part.stderr
    );
    let json = part.json();
    assert_eq!(json["complete"], false);
    let steps = json["steps"].as_array().expect("steps").iter();
    let mut places = steps.filter_map(|step| step["place"].as_str());
    assert!(!places.any(|place| place.starts_with("ga ")));
    let shown = plan(&clouds, &["-o", "table"]).expect(0).stdout;
    assert!(shown.contains("  ? ga could not be read\n"), "{shown}");
}

/// For people each place is a line, many alike are folded, and the last lines say what they mean.
#[test]
fn people_are_shown_a_line_a_place() {
    let clouds = Clouds::new();
    let shown = plan(&clouds, &["-o", "table"]).expect(0).stdout;
    for line in [
        "for a.com, b.com, example.com, *.example.com\n",
        "\nalibaba\n",
        "  ~ cdn a.com\n      replaces 1000001, which ends ",
        "  ! cdn b.com ",
        "    and 9 more like these (--full)\n",
        "\nPlan ",
    ] {
        assert!(shown.contains(line), "{line:?} in {shown}");
    }
    let full = plan(&clouds, &["-o", "table", "--full"]).expect(0).stdout;
    assert!(!full.contains("more like these"), "{full}");
    let csv = plan(&clouds, &["-o", "csv"]).expect(0).stdout;
    assert!(
        csv.starts_with("DO,PLACE,ACCOUNT,CERTIFICATE,DETAIL\n")
            || csv.starts_with("do,place,account,certificate,detail\n"),
        "{csv}"
    );
    assert!(
        csv.lines()
            .any(|line| line.starts_with("change,cdn a.com,alibaba,")),
        "{csv}"
    );
    let query = ["--query", "steps[?do=='upload'].store", "-o", "json"];
    let stores = plan(&clouds, &query).expect(0).json();
    assert!(
        stores.as_array().expect("a list").contains(&json!("cas")),
        "{stores}"
    );
}

/// Places of the same text in two accounts are two places.
#[test]
fn accounts_are_told_apart() {
    let (one, _two, file) = two();
    let cert = certificate(&one, &["a.com", "one.test"]);
    let words = format!(
        "plan --cert {} --profile one --profile two --cloud alibaba --product cdn --allow names",
        cert.display()
    );
    let json = certctl(&one, &file, &words).run().expect(0).json();
    let both = of(&json["steps"], "cdn a.com");
    let accounts: Vec<&Value> = both.iter().map(|step| &step["account"]).collect();
    assert_eq!(accounts, ["alibaba one", "alibaba two"]);
    assert_ne!(
        both[0]["needs"], both[1]["needs"],
        "each account has a store of its own"
    );
}

#[test]
fn a_plan_shows_no_key() {
    let clouds = Clouds::new();
    let plain = plan(&clouds, &["-vv"]).expect(0);
    for (variable, value) in clouds.env() {
        let is_secret = ["SECRET", "PRIVATE"]
            .iter()
            .any(|word| variable.contains(word));
        if is_secret
            && variable != "ALIBABA_CLOUD_ACCESS_KEY_ID"
            && variable != "TENCENTCLOUD_SECRET_ID"
        {
            assert!(!plain.stdout.contains(&value), "{variable}");
            assert!(!plain.stderr.contains(&value), "{variable}");
        }
    }
    assert!(!plain.stdout.contains("PRIVATE KEY") && !plain.stderr.contains("PRIVATE KEY"));
}
