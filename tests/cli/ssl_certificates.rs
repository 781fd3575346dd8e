//! `certctl ssl upload`, `list`, `show`, `rename` and `delete`.

use std::path::Path;

use certctl::emulator::pki::{Authority, Issued, self_signed};
use serde_json::{Value, json};

use crate::support::raw::{Raw, answer};
use crate::support::{Clouds, Outcome, private};

/// A certificate in the home directory, `cert.pem` and `key.pem`.
fn material(clouds: &Clouds, names: &[&str]) -> Issued {
    let authority = Authority::generate().expect("an authority");
    let issued = authority.issue(names, 60).expect("a certificate");
    clouds.file("cert.pem", &issued.fullchain);
    private(&clouds.file("key.pem", &issued.key));
    clouds.file("ca.pem", authority.pem());
    issued
}

fn ssl(clouds: &Clouds, args: &[&str]) -> Outcome {
    clouds.certctl(&[&["ssl"], args].concat()).run()
}

const UPLOAD: [&str; 5] = ["upload", "--cert", "cert.pem", "--key", "key.pem"];

fn row(outcome: &Outcome) -> Value {
    outcome.json()["results"][0].clone()
}

#[test]
fn a_certificate_is_uploaded_once() {
    let clouds = Clouds::new();
    let issued = material(&clouds, &["up.example.com"]);
    let alias = ["--alias", "fresh one", "--wait=20s"];
    let first = ssl(&clouds, &[&UPLOAD[..], &alias].concat()).expect(0);
    assert_eq!(first.statuses(), ["changed"]);
    let id = row(&first)["certificate"].clone();
    let text = id.as_str().expect("an id");
    assert!(text.len() == 8 && text.bytes().all(|b| b.is_ascii_alphanumeric()));
    assert_eq!(row(&first)["target"], "cert.pem");

    let again = ssl(&clouds, &[&UPLOAD[..], &["--alias", "other"]].concat()).expect(0);
    assert_eq!(again.statuses(), ["unchanged"]);
    assert_eq!(row(&again)["certificate"], id);
    assert_eq!(row(&again)["note"], "is already in the store");
    for call in clouds.calls("UploadCertificate") {
        assert_eq!(call.params["Repeatable"], false);
        assert_eq!(call.params["CertificateType"], "SVR");
    }

    let shown = row(&ssl(&clouds, &["show", text]).expect(0));
    assert_eq!(shown["alias"], "fresh one", "the first one's stays");
    assert_eq!(shown["names"], json!(["up.example.com"]));
    assert_eq!(shown["private_key"], true);
    let fingerprint = certctl::cert::leaf_fingerprint(issued.fullchain.as_bytes());
    assert_eq!(shown["fingerprint"].as_str(), fingerprint.as_deref());
    assert_eq!(shown["fingerprint_sha1"].as_str().map(str::len), Some(40));
}

/// What is there keeps its alias and its project, and that is said where others were asked for.
#[test]
fn what_differs_from_the_stored_one_is_said() {
    let clouds = Clouds::new();
    material(&clouds, &["a.com"]);
    let upload = |more: &[&str]| ssl(&clouds, &[&UPLOAD, more].concat()).expect(0);
    let first = row(&upload(&["--alias", "one"]));
    let id = first["certificate"].as_str().expect("an id").to_owned();
    let same = upload(&["--alias", "one", "--project", "0"]);
    assert_eq!(same.stderr, "");
    let other = upload(&["--alias", "two", "--project", "7"]);
    assert_eq!(other.statuses(), ["unchanged"]);
    let lines: Vec<&str> = other.stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{lines:#?}");
    let rename = format!("`certctl ssl rename {id} --alias 'two'`");
    assert!(
        lines[0].contains(&rename) && lines[0].contains("'one'"),
        "{lines:#?}"
    );
    assert!(lines[1].contains("ModifyCertificateProject"), "{lines:#?}");
    // The line that is given does what it says.
    ssl(&clouds, &["rename", &id, "--alias", "two"]).expect(0);
    assert_eq!(upload(&["--alias", "two"]).stderr, "");
    assert_eq!(upload(&[]).stderr, "");
}

/// The answer to the first call is lost after the certificate was stored; the second finds it.
#[test]
fn an_upload_whose_answer_is_lost_is_made_again() {
    let fault = json!({"match": {"action": "UploadCertificate", "nth": [1]}, "do": "reset_after"});
    let clouds = Clouds::with(json!({"faults": [fault]}));
    material(&clouds, &["lost.example.com"]);
    let outcome = ssl(&clouds, &UPLOAD).expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
    assert_eq!(clouds.calls("UploadCertificate").len(), 2);
    let found = ssl(&clouds, &["list", "--search", "lost.example.com"]).expect(0);
    let found = found.json()["results"].clone();
    assert_eq!(found.as_array().map(Vec::len), Some(1), "stored once");
    assert_eq!(found[0]["certificate"], row(&outcome)["certificate"]);
    assert!(
        row(&outcome)["note"]
            .as_str()
            .expect("a note")
            .contains("an answer was lost")
    );
}

#[test]
fn an_upload_that_is_never_answered_is_unknown() {
    let fault = json!({"match": {"action": "UploadCertificate"}, "do": "reset_after"});
    let clouds = Clouds::with(json!({"faults": [fault]}));
    material(&clouds, &["lost.example.com"]);
    let outcome = ssl(&clouds, &[&UPLOAD[..], &["--max-attempts", "2"]].concat()).expect(10);
    assert_eq!(outcome.statuses(), ["unknown"]);
    assert_eq!(clouds.calls("UploadCertificate").len(), 2);
}

#[test]
fn an_authority_is_uploaded_without_a_key() {
    let clouds = Clouds::new();
    material(&clouds, &["up.example.com"]);
    let ca = ["upload", "--cert", "ca.pem", "--type", "ca"];
    let outcome = ssl(&clouds, &ca).expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
    let call = &clouds.calls("UploadCertificate")[0];
    assert_eq!(call.params["CertificateType"], "CA");
    assert!(!call.params.contains_key("CertificatePrivateKey"));
    let id = row(&outcome)["certificate"].clone();
    let shown = row(&ssl(&clouds, &["show", id.as_str().expect("an id")]).expect(0));
    assert_eq!(
        (&shown["type"], &shown["private_key"]),
        (&json!("ca"), &json!(false))
    );

    let with_key = [&ca[..], &["--key", "key.pem"]].concat();
    ssl(&clouds, &with_key).expect(2);
    ssl(&clouds, &["upload", "--cert", "cert.pem", "--type", "ca"]).expect(8);
    let key = ssl(&clouds, &["upload", "--cert", "key.pem", "--type", "ca"]).expect(8);
    assert_eq!(
        key.error()["message"],
        "key.pem, line 1: this is not a certificate"
    );
    assert_eq!(
        clouds.calls("UploadCertificate").len(),
        1,
        "nothing else was sent"
    );
}

#[test]
fn what_is_unfit_is_not_sent() {
    let clouds = Clouds::new();
    material(&clouds, &["up.example.com"]);
    let other = self_signed(&["other.example.com"]).expect("a certificate");
    private(&clouds.file("other.pem", other.key));
    ssl(
        &clouds,
        &["upload", "--cert", "cert.pem", "--key", "other.pem"],
    )
    .expect(8);
    ssl(&clouds, &["upload", "--cert", "cert.pem"]).expect(2);
    ssl(
        &clouds,
        &["upload", "--cert", "none.pem", "--key", "key.pem"],
    )
    .expect(11);
    ssl(&clouds, &[&UPLOAD[..], &["--alias", ""]].concat()).expect(2);
    ssl(&clouds, &[&UPLOAD[..], &["--project", "-1"]].concat()).expect(2);
    assert_eq!(clouds.log().len(), 0);
}

fn ids(outcome: &Outcome) -> Vec<String> {
    let document = outcome.json();
    let rows = document["results"].as_array().expect("rows").iter();
    rows.map(|row| row["certificate"].as_str().expect("an id").to_owned())
        .collect()
}

#[test]
fn the_list_is_whole_whatever_a_page_holds() {
    let clouds =
        Clouds::with(json!({"account": {"ssl_certificates": 300, "unlimited_rate": true}}));
    let all = ids(&ssl(&clouds, &["list"]).expect(0));
    assert_eq!(all.len(), 308);
    assert_eq!(clouds.calls("DescribeCertificates").len(), 1);
    let paged = ids(&ssl(&clouds, &["list", "--page-size", "20"]).expect(0));
    assert_eq!(paged, all);
    let calls = clouds.calls("DescribeCertificates");
    assert_eq!(calls.len(), 1 + 16);
    assert_eq!(calls[16].params["Offset"], 300);
}

/// More than a page of 1000, pages smaller than asked for, and a total that nobody says.
#[test]
fn the_list_is_whole_however_the_cloud_counts() {
    for account in [
        json!({"ssl_certificates": 1200}),
        json!({"ssl_certificates": 1200, "ssl_nulls": true}),
        json!({"ssl_certificates": 1200, "ssl_nulls": true, "max_page": 300}),
    ] {
        let clouds = Clouds::with(json!({"account": account}));
        let mut found = ids(&ssl(&clouds, &["list"]).expect(0));
        assert_eq!(found.len(), 1208, "{account}");
        found.sort();
        found.dedup();
        assert_eq!(found.len(), 1208, "{account}");
    }
}

#[test]
fn a_list_cut_short_is_an_error() {
    for deed in [
        json!("empty"),
        json!({"cut_body": 300}),
        json!("null"),
        json!({"status": 502, "html": true}),
    ] {
        let pattern = json!({"action": "DescribeCertificates", "nth": [2, 3, 4, 5, 6, 7]});
        let fault = json!({"match": pattern, "do": deed});
        let clouds = Clouds::with(json!({"faults": [fault]}));
        let args = ["list", "--page-size", "3", "--max-attempts", "2"];
        let outcome = ssl(&clouds, &args);
        assert!(outcome.status != 0, "{deed}: {outcome:#?}");
        assert_eq!(outcome.stdout, "", "{deed}: no shorter list");
    }
}

#[test]
fn the_list_can_be_narrowed() {
    let clouds = Clouds::new();
    for (args, expected) in [
        (
            // One that is being reviewed has no end yet.
            vec!["--expiring", "30d"],
            vec!["review01", "expiring", "expired1"],
        ),
        (
            vec!["--expiring", "30d", "--status", "issued"],
            vec!["expiring"],
        ),
        (
            vec!["--status", "expired,reviewing"],
            vec!["review01", "expired1"],
        ),
        (vec!["--source", "buy"], vec!["review01", "bought01"]),
        (vec!["--type", "ca"], vec!["clientca"]),
        (vec!["--search", "idle"], vec!["idle0001"]),
        (vec!["--search", "nothing has this"], vec![]),
        (vec!["--project", "7"], vec![]),
    ] {
        let outcome = ssl(&clouds, &[&["list"], &args[..]].concat()).expect(0);
        assert_eq!(ids(&outcome), expected, "{args:?}");
    }
    for args in [
        vec!["list", "--status", "fine"],
        vec!["list", "--expiring", "soon"],
        vec!["list", "--source", "stolen"],
        vec!["list", "--page-size", "0"],
        vec!["list", "--search", ""],
    ] {
        ssl(&clouds, &args).expect(2);
    }
}

/// An application under way has no end yet.
#[test]
fn what_has_no_known_end_is_kept_and_named() {
    let body = r#"{"Response":{"RequestId":"r","TotalCount":2,"Certificates":[
        {"CertificateId":"endless1","CertEndTime":null},
        {"CertificateId":"faraway1","CertEndTime":"2099-01-01 00:00:00"}]}}"#;
    let raw = crate::support::raw::Raw::http(move |_| crate::support::raw::answer(200, "", body));
    let clouds = Clouds::new();
    let call = clouds.certctl(&["ssl", "list", "--expiring", "30d"]);
    let outcome = call.env("CERTCTL_ENDPOINT", raw.endpoint()).run().expect(0);
    assert_eq!(ids(&outcome), ["endless1"]);
    assert_eq!(
        outcome.stderr,
        "warning: the expiry date of 1 certificate is unknown: endless1\n"
    );
}

#[test]
fn what_is_not_known_is_left_out() {
    for nulls in [false, true] {
        let clouds = Clouds::with(json!({"account": {"ssl_nulls": nulls}}));
        let shown = row(&ssl(&clouds, &["show", "review01"]).expect(0));
        assert_eq!(shown["status"], "reviewing");
        for key in ["expires", "days_left", "fingerprint", "issuer"] {
            assert_eq!(shown.get(key), None, "{key}");
        }
        assert_eq!(shown["private_key"], false);
        assert_eq!(shown["project"], "0");
    }
}

#[test]
fn times_are_utc() {
    let clouds = Clouds::new();
    let issued = material(&clouds, &["zone.example.com"]);
    let id = row(&ssl(&clouds, &UPLOAD).expect(0))["certificate"].clone();
    let shown = row(&ssl(&clouds, &["show", id.as_str().expect("an id")]).expect(0));
    let found = certctl::cert::inspect(certctl::cert::Input {
        name: "",
        bytes: issued.fullchain.as_bytes(),
    });
    let Ok(certctl::cert::Content::Certificate { facts, .. }) = &found[0].content else {
        panic!("a certificate");
    };
    let end = facts.not_after.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    assert_eq!(shown["expires"], end);
    assert_eq!(shown["days_left"], 59);
}

#[test]
fn an_alias_is_changed_once() {
    let clouds = Clouds::new();
    let rename = ["rename", "example1", "--alias", "new name", "--wait"];
    assert_eq!(ssl(&clouds, &rename).expect(0).statuses(), ["changed"]);
    assert_eq!(ssl(&clouds, &rename).expect(0).statuses(), ["unchanged"]);
    assert_eq!(clouds.calls("ModifyCertificateAlias").len(), 1);
    let missing = ssl(&clouds, &["rename", "missing1", "--alias", "x"]).expect(5);
    assert_eq!(
        row(&missing)["error"]["code"],
        "FailedOperation.CertificateNotFound"
    );
    assert_eq!(
        ssl(&clouds, &["show", "missing1"]).expect(5).error()["kind"],
        "not-found"
    );
    ssl(&clouds, &["rename", "example1", "--alias", " "]).expect(2);
    ssl(&clouds, &["rename", "../../etc", "--alias", "x"]).expect(2);
}

fn delete(clouds: &Clouds, more: &[&str]) -> Outcome {
    ssl(clouds, &[&["delete", "--yes"], more].concat())
}

#[test]
fn deleting_on_the_mainland_looks_for_what_is_in_use() {
    let clouds = Clouds::new();
    let mainland = ["--site", "mainland"];
    let asked = [
        "idle0001",
        "example1",
        "missing1",
        "bought01",
        "expired1,idle0001",
    ];
    let outcome = delete(&clouds, &[&asked[..], &mainland].concat()).expect(9);
    assert_eq!(
        outcome.statuses(),
        ["changed", "failed", "failed", "failed", "changed"]
    );
    let error = |index: usize| outcome.json()["results"][index]["error"].clone();
    let message = error(1)["message"].to_string();
    assert!(message.contains("cloud resources use it"), "{message}");
    assert_eq!(error(1)["kind"], "conflict");
    assert_eq!(error(2)["kind"], "not-found");
    assert_eq!(error(3)["code"], "FailedOperation.CannotBeDeletedIssued");
    assert_eq!(
        clouds.calls("DeleteCertificate")[0].params["IsCheckResource"],
        true
    );
    let left = ids(&ssl(&clouds, &["list"]).expect(0));
    assert!(!left.contains(&"idle0001".to_owned()) && left.contains(&"example1".to_owned()));

    let forced = delete(&clouds, &["example1", "--force", "--site", "mainland"]).expect(0);
    assert_eq!(forced.statuses(), ["changed"]);
    let last = clouds.calls("DeleteCertificate");
    assert!(!last[last.len() - 1].params.contains_key("IsCheckResource"));
}

/// The international site cannot be asked how far a task is, so that none is ever made there.
#[test]
fn deleting_on_the_international_site_makes_no_task() {
    let clouds = Clouds::new();
    let outcome = delete(&clouds, &["idle0001", "--wait"]).expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
    let calls = clouds.calls("DeleteCertificate");
    assert!(!calls[0].params.contains_key("IsCheckResource"));
    assert!(
        clouds
            .calls("DescribeDeleteCertificatesTaskResult")
            .is_empty()
    );
    assert_eq!(clouds.calls("DescribeCertificate").len(), 1, "read back");
}

/// There it is certctl that looks for what is bound.
#[test]
fn deleting_on_the_international_site_keeps_what_is_in_use() {
    let clouds = Clouds::new();
    let outcome = delete(&clouds, &["example1", "idle0001", "missing1"]).expect(9);
    assert_eq!(outcome.statuses(), ["failed", "changed", "failed"]);
    let error = |at: usize| outcome.json()["results"][at]["error"].clone();
    let message = error(0)["message"].to_string();
    assert!(
        message.contains("it is bound to") && message.contains(" more;"),
        "{message}"
    );
    assert_eq!(
        (&error(0)["kind"], &error(2)["kind"]),
        (&json!("conflict"), &json!("not-found"))
    );
    assert_eq!(error(0)["attempts"], 0, "nothing was sent for it");
    let asked: Vec<_> = clouds
        .calls("DeleteCertificate")
        .iter()
        .map(|call| call.params["CertificateId"].clone())
        .collect();
    assert!(!asked.contains(&json!("example1")), "{asked:?}");

    let forced = delete(&clouds, &["example1", "--force", "--wait"]).expect(0);
    assert_eq!(forced.statuses(), ["changed"]);

    // Where nobody can tell, nothing is deleted.
    let pattern = json!({"action": "DescribeCertificateBindResourceTaskDetail"});
    for deed in [
        json!({"code": "UnauthorizedOperation"}),
        json!("empty"),
        json!({"cut_body": 80}),
    ] {
        let faults = json!([{"match": pattern, "do": deed}]);
        let clouds = Clouds::with(json!({"faults": faults}));
        let outcome = delete(&clouds, &["example1", "--max-attempts", "2"]);
        assert_ne!(outcome.status, 0, "{deed}");
        assert_eq!(outcome.statuses(), ["failed"], "{deed}");
        assert!(clouds.calls("DeleteCertificate").is_empty(), "{deed}");
    }
}

#[test]
fn deleting_asks_and_takes_lists() {
    let clouds = Clouds::new();
    let unasked = ssl(&clouds, &["delete", "idle0001", "expired1"]).expect(2);
    let message = unasked.error()["message"].to_string();
    assert!(
        message.contains(
            "deleting 2 certificates and their private keys (idle0001, expired1) requires --yes"
        ),
        "{message}"
    );
    ssl(&clouds, &["delete", "--yes"]).expect(2);
    ssl(&clouds, &["delete", "", "--yes"]).expect(2);
    ssl(&clouds, &["delete", "a/b", "--yes"]).expect(2);
    assert_eq!(clouds.log().len(), 0);
    clouds.file("list", "# old ones\r\nidle0001\r\n\r\nexpired1\r\n");
    let outcome = delete(&clouds, &["--ids-file", "list"]).expect(0);
    assert_eq!(outcome.statuses(), ["changed", "changed"]);
    let gone = delete(&clouds, &["idle0001", "--missing-ok"]).expect(0);
    assert_eq!(gone.statuses(), ["unchanged"]);
    delete(&clouds, &["idle0001"]).expect(5);
}

#[test]
fn a_delete_whose_answer_is_lost_is_found_out_by_reading() {
    for (deed, calls) in [("reset_after", 1), ("reset_before", 2)] {
        let pattern = json!({"action": "DeleteCertificate", "nth": [1]});
        let clouds = Clouds::with(json!({"faults": [{"match": pattern, "do": deed}]}));
        let outcome = delete(&clouds, &["idle0001"]).expect(0);
        assert_eq!(outcome.statuses(), ["changed"], "{deed}");
        assert_eq!(row(&outcome)["confirmed"], calls == 1, "{deed}");
        assert_eq!(clouds.calls("DeleteCertificate").len(), calls, "{deed}");
    }
    let faults = json!([
        {"match": {"action": "DeleteCertificate"}, "do": "reset_after"},
        {"match": {"action": "DescribeCertificate"}, "do": {"status": 503}},
    ]);
    let clouds = Clouds::with(json!({"faults": faults}));
    let outcome = delete(&clouds, &["idle0001", "--max-attempts", "2"]).expect(10);
    assert_eq!(outcome.statuses(), ["unknown"]);
}

/// Two tasks for one certificate: the first one deletes it, and the second one finds none.
#[test]
fn a_task_whose_answer_is_lost_counts_all_the_same() {
    let pattern = json!({"action": "DeleteCertificate", "nth": [1]});
    let fault = json!({"match": pattern, "do": "reset_after"});
    let clouds = Clouds::with(json!({"faults": [fault], "account": {"ssl_settle_ms": 1500}}));
    let outcome = delete(&clouds, &["idle0001", "--site", "mainland"]).expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
    assert_eq!(clouds.calls("DeleteCertificate").len(), 2);
}

#[test]
fn a_task_that_takes_too_long_is_unknown() {
    let clouds = Clouds::with(json!({"account": {"ssl_settle_ms": 600_000}}));
    let outcome = delete(&clouds, &["idle0001", "--site", "mainland", "--wait=1s"]).expect(10);
    assert_eq!(outcome.statuses(), ["unknown"]);
    let note = row(&outcome)["note"].to_string();
    assert!(note.contains("not confirmed within 1 s"), "{note}");
}

#[test]
fn a_wrong_key_costs_one_request() {
    let clouds = Clouds::new();
    let outcome = clouds
        .certctl(&["ssl", "delete", "--yes", "idle0001", "expired1", "expiring"])
        .env("TENCENTCLOUD_SECRET_KEY", "wrong")
        .run()
        .expect(4);
    assert_eq!(outcome.statuses(), ["failed", "skipped", "skipped"]);
    assert_eq!(clouds.log().len(), 1);
}

#[test]
fn dry_runs_send_nothing_and_show_every_call() {
    let clouds = Clouds::new();
    let issued = material(&clouds, &["up.example.com"]);
    for (args, actions) in [
        (UPLOAD.to_vec(), vec!["UploadCertificate"]),
        (
            vec!["list", "--status", "issued"],
            vec!["DescribeCertificates"],
        ),
        (vec!["show", "example1"], vec!["DescribeCertificateDetail"]),
        (
            vec!["download", "example1", "--out", "x.zip"],
            vec!["DownloadCertificate"],
        ),
        (
            vec!["rename", "example1", "--alias", "x"],
            vec!["DescribeCertificate", "ModifyCertificateAlias"],
        ),
        (
            vec!["delete", "a1", "b2", "--site", "mainland"],
            vec!["DeleteCertificate", "DeleteCertificate"],
        ),
        (
            vec!["delete", "a1"],
            vec!["CreateCertificateBindResourceSyncTask", "DeleteCertificate"],
        ),
        (vec!["delete", "a1", "--force"], vec!["DeleteCertificate"]),
    ] {
        let outcome = ssl(&clouds, &[&args[..], &["--dry-run"]].concat()).expect(0);
        let document = outcome.json();
        let requests = document["requests"].as_array().expect("requests").iter();
        let sent: Vec<_> = requests.map(|request| request["action"].clone()).collect();
        assert_eq!(sent, actions, "{args:?}");
        let key_line = issued.key.lines().nth(1).expect("a line");
        assert!(!format!("{outcome:?}").contains(key_line));
    }
    assert_eq!(clouds.log().len(), 0);
    assert!(!clouds.home().join("x.zip").exists());
}

/// Every file below a folder with its mode.
#[cfg(unix)]
fn modes(folder: &Path) -> Vec<(String, u32)> {
    use std::os::unix::fs::PermissionsExt;
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => found.extend(modes(&path)),
            false => {
                let mode = path.metadata().expect("metadata").permissions().mode();
                let name = path.file_name().expect("a name").to_string_lossy();
                found.push((name.into_owned(), mode & 0o777));
            }
        }
    }
    found.sort();
    found
}

#[cfg(unix)]
#[test]
fn a_download_is_for_its_owner_alone() {
    let clouds = Clouds::new();
    let folder = clouds.home().join("out");
    std::fs::create_dir(&folder).expect("a folder");
    let outcome = ssl(&clouds, &["download", "example1", "--out", "out"]).expect(0);
    assert_eq!(row(&outcome)["file"], "out/example1.zip");
    assert_eq!(modes(&folder), [("example1.zip".to_owned(), 0o600)]);
    let archive = std::fs::read(folder.join("example1.zip")).expect("the archive");
    assert!(archive.starts_with(b"PK"));
    assert_eq!(row(&outcome)["bytes"], archive.len());

    let again = ssl(&clouds, &["download", "example1", "--out", "out"]).expect(11);
    assert!(again.error()["hint"].to_string().contains("--force"));
    assert_eq!(clouds.calls("DownloadCertificate").len(), 1, "known before");
    let other = [
        "download",
        "example2",
        "--out",
        "out/example1.zip",
        "--force",
    ];
    ssl(&clouds, &other).expect(0);
    assert_ne!(
        std::fs::read(folder.join("example1.zip")).expect("the archive"),
        archive
    );
    assert_eq!(modes(&folder), [("example1.zip".to_owned(), 0o600)]);
}

#[cfg(unix)]
#[test]
fn an_archive_is_unpacked_for_its_owner_alone() {
    let clouds = Clouds::new();
    let folder = clouds.home().join("out");
    std::fs::create_dir(&folder).expect("a folder");
    let args = ["download", "example1", "--out", "out", "--extract"];
    let outcome = ssl(&clouds, &args).expect(0);
    assert_eq!(outcome.json()["results"].as_array().map(Vec::len), Some(5));
    let files = modes(&folder);
    assert_eq!(files.len(), 5, "{files:?}");
    assert!(files.iter().all(|(_, mode)| *mode == 0o600), "{files:?}");
    let key = std::fs::read_to_string(folder.join("Nginx/2_example.com.key")).expect("the key");
    assert!(key.starts_with("-----BEGIN PRIVATE KEY-----"));
    // Certificate and key belong together.
    let pair = [
        "cert",
        "check",
        "--cert",
        "out/Nginx/1_example.com_bundle.crt",
        "--key",
    ];
    let pair = [&pair[..], &["out/Nginx/2_example.com.key"]].concat();
    clouds.certctl(&pair).run().expect(0);
    assert!(!format!("{outcome:?}").contains("PRIVATE"));
    ssl(&clouds, &args).expect(11);
}

#[test]
fn an_archive_is_unpacked_whole_or_not_at_all() {
    let clouds = Clouds::new();
    let folder = clouds.home().join("out");
    std::fs::create_dir(&folder).expect("a folder");
    let names = || -> Vec<_> {
        let entries = std::fs::read_dir(&folder).expect("the folder");
        entries
            .map(|entry| entry.expect("an entry").file_name())
            .collect()
    };
    // A file stands where a folder of the archive belongs.
    std::fs::write(folder.join("Nginx"), "theirs").expect("the file");
    for force in [&[][..], &["--force"]] {
        let args = ["download", "example1", "--out", "out", "--extract"];
        let outcome = ssl(&clouds, &[&args[..], force].concat()).expect(11);
        assert_eq!(outcome.stdout, "");
        assert_eq!(names(), ["Nginx"], "{outcome:#?}");
    }
    let theirs = std::fs::read(folder.join("Nginx")).expect("the file");
    assert_eq!(theirs, b"theirs");
}

/// Nobody writes there, not even root; some mount it for reading only.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_may_not_be_written_to_is_told_so() {
    let clouds = Clouds::new();
    let pair = ["ssl", "csr", "download", "22", "--out", "/sys", "--key"];
    for args in [
        &["ssl", "download", "example1", "--out", "/sys"][..],
        &["ssl", "download", "example1", "--out", "/sys/x.zip"],
        &["ssl", "download", "example1", "--out", "/sys", "--extract"],
        &pair,
        &["man", "--out", "/sys"],
        &[
            "config",
            "set",
            "output",
            "json",
            "--config",
            "/sys/config.toml",
        ],
    ] {
        let outcome = clouds.certctl(args).run().expect(11);
        let message = outcome.error()["message"].to_string().to_lowercase();
        let said = message.contains("permission denied") || message.contains("read-only");
        assert!(
            said && !message.contains("directory"),
            "{args:?}: {message}"
        );
    }
    assert_eq!(clouds.log().len(), 0);
}

#[test]
fn what_cannot_be_written_is_known_before_anything_is_asked() {
    let clouds = Clouds::new();
    clouds.file("file", "theirs");
    for (out, reason) in [
        ("file/below.zip", "not a directory"),
        ("none/below.zip", "no such file"),
        ("file", "already exists"),
    ] {
        let outcome = ssl(&clouds, &["download", "example1", "--out", out]).expect(11);
        let message = outcome.error()["message"].to_string();
        assert!(message.to_lowercase().contains(reason), "{out}: {message}");
    }
    ssl(&clouds, &["download", "example1", "--out", "-"]).expect(2);
    assert_eq!(clouds.log().len(), 0);
    let theirs = std::fs::read(clouds.home().join("file")).expect("the file");
    assert_eq!(theirs, b"theirs");
}

#[test]
fn a_download_that_fails_leaves_nothing_behind() {
    let count = |clouds: &Clouds| std::fs::read_dir(clouds.home()).expect("home").count();
    let clouds = Clouds::new();
    for (id, status) in [("missing1", 5), ("review01", 6), ("clientca", 6)] {
        ssl(&clouds, &["download", id, "--out", "x.zip"]).expect(status);
        assert_eq!(count(&clouds), 0, "{id}");
    }
    let nulls = Clouds::with(json!({"account": {"ssl_nulls": true}}));
    let outcome = ssl(&nulls, &["download", "review01", "--out", "x.zip"]).expect(7);
    let message = outcome.error()["message"].to_string();
    assert!(
        message.contains("the cloud returned no archive for review01"),
        "{message}"
    );
    assert_eq!(count(&nulls), 0);
    let fault = json!({"match": {"action": "DownloadCertificate"}, "do": {"cut_body": 900}});
    let cut = Clouds::with(json!({"faults": [fault]}));
    let args = [
        "download",
        "example1",
        "--out",
        "x.zip",
        "--max-attempts",
        "2",
    ];
    let outcome = ssl(&cut, &args);
    assert!(outcome.status != 0, "{outcome:#?}");
    assert_eq!(count(&cut), 0);
}

/// The private key is in the answer to `show` and to every read; nothing that is written has it.
#[test]
fn no_private_key_is_ever_shown() {
    let clouds = Clouds::new();
    let issued = material(&clouds, &["up.example.com"]);
    let id = row(&ssl(&clouds, &UPLOAD).expect(0))["certificate"].clone();
    let id = id.as_str().expect("an id");
    let rename = ["rename", id, "--alias", "x", "--wait"];
    let download = ["download", id, "--out", "x.zip"];
    for args in [
        &UPLOAD[..],
        &["show", id],
        &["list"],
        &rename,
        &download,
        &["delete", id, "--yes", "--wait"],
    ] {
        for form in [&["-vv"][..], &["-o", "table", "-vv"], &["-o", "csv", "-vv"]] {
            let outcome = ssl(&clouds, &[args, form].concat());
            let said = format!("{}{}", outcome.stdout, outcome.stderr);
            for line in issued.key.lines().filter(|line| !line.starts_with("-----")) {
                for piece in [&line[..16], &line[line.len() - 16..]] {
                    assert!(!said.contains(piece), "{args:?}: {said}");
                }
            }
            // The archive travels in base64 inside the answer.
            assert!(!said.contains("UEsDB"), "{args:?}: {said}");
        }
    }
}

/// HTTP 200 proves nothing: without its own members an answer says neither that a change was made
/// nor that it was not.
#[test]
fn an_answer_of_another_shape_is_no_success() {
    let create = [
        "csr",
        "create",
        "--domain=x.com",
        "--organization=X",
        "--department=X",
        "--email=x@x.com",
        "--province=X",
        "--city=X",
        "--country=CN",
    ];
    for body in [
        "null",
        "[]",
        "{}",
        "{\"Response\":null}",
        "{\"Response\":{}}",
        "{\"Response\":{\"RequestId\":\"r\"}}",
        "{\"Response\":{\"RequestId\":\"r\",\"CertificateId\":[],\"Id\":\"x\"}}",
    ] {
        let server = Raw::http(move |_| answer(200, "Content-Type: application/json\r\n", body));
        let clouds = Clouds::new();
        material(&clouds, &["up.example.com"]);
        for (args, status) in [
            (&UPLOAD[..], 10),
            (&["list"], 0),
            (&["show", "example1"], 7),
            (&["download", "example1", "--out", "x.zip"], 0),
            (&["rename", "example1", "--alias", "x"], 7),
            (&["delete", "example1", "--yes"], 7),
            (&["delete", "example1", "--yes", "--force"], 10),
            (&create, 0),
            (&["csr", "show", "22"], 7),
            (&["csr", "edit", "101", "--generate"], 7),
            (&["csr", "download", "22", "--out", "."], 7),
        ] {
            let call = clouds.certctl(&[&["ssl"], args, &["--max-attempts=1"]].concat());
            let outcome = call.env("CERTCTL_ENDPOINT", server.endpoint()).run();
            match status {
                0 => assert_ne!(outcome.status, 0, "{body} {args:?}: {outcome:#?}"),
                status => assert_eq!(outcome.status, status, "{body} {args:?}: {outcome:#?}"),
            }
            for status in ["changed", "unchanged"] {
                let claim = format!("\"status\": \"{status}\"");
                assert!(!outcome.stdout.contains(&claim), "{body} {args:?}");
            }
        }
        assert!(!clouds.home().join("x.zip").exists());
    }
}
