//! `certctl ssl csr delete`

use serde_json::{Value, json};

use crate::support::{Clouds, Outcome};

fn delete(clouds: &Clouds, more: &[&str]) -> Outcome {
    let base = ["ssl", "csr", "delete", "--yes"];
    clouds.certctl(&[&base[..], more].concat()).run()
}

/// The vendor's own sample: of 11, 22 and 33 the answer names 22 and 33.
#[test]
fn the_documents_sample() {
    let clouds = Clouds::new();
    let outcome = delete(&clouds, &["--ids", "11,22,33"]).expect(9);
    let calls = clouds.calls("BatchDeleteCSR");
    assert_eq!(calls.len(), 1);
    assert_eq!(
        Value::Object(calls[0].params.clone()),
        json!({"CSRIds": [11, 22, 33]})
    );
    assert_eq!(outcome.statuses(), ["failed", "changed", "changed"]);
    let document = outcome.json();
    for row in document["results"].as_array().expect("rows") {
        assert_eq!(row["request_id"], calls[0].request_id, "{row}");
        assert_eq!(row["action"], "BatchDeleteCSR");
    }
    let error = &document["results"][0]["error"];
    assert_eq!(error["kind"], "state");
    assert_eq!(
        error["message"],
        "not deleted: it still exists, and the answer gives no reason"
    );
    assert_eq!(error["retryable"], false);
    // Only what the answer left out was looked for.
    let reads = clouds.calls("DescribeCSR");
    assert_eq!(reads.len(), 1);
    assert_eq!(reads[0].params["CSRId"], 11);
    assert_eq!(clouds.log().len(), 2);
    let line = format!(
        "error: 11: failed (tencent ssl BatchDeleteCSR, request {})",
        calls[0].request_id
    );
    assert!(outcome.talk().starts_with(&line), "{outcome:#?}");
    // The emulator's private key and password of the CSR that was read.
    for word in ["PRIVATE", "sandbox-key-password"] {
        assert!(!format!("{outcome:?}").contains(word), "{outcome:#?}");
    }
}

#[test]
fn ids_come_from_lists_of_every_kind() {
    let clouds = Clouds::new();
    clouds.file(
        "ids",
        "\u{feff}# old ones\r\n101\r\n\r\n102 # two\r\n101\r\n",
    );
    let outcome = delete(
        &clouds,
        &["--ids-file", "ids", "--ids", "103", "--ids", "104,0103"],
    )
    .expect(0);
    assert_eq!(
        clouds.calls("BatchDeleteCSR")[0].params["CSRIds"],
        json!([103, 104, 101, 102])
    );
    assert_eq!(outcome.statuses(), ["changed"; 4]);
    let base = ["ssl", "csr", "delete", "--yes", "--ids", "-"];
    let piped = clouds.certctl(&base).stdin("105\n106\n").run().expect(0);
    assert_eq!(piped.json()["summary"]["changed"], 2);
}

#[test]
fn an_id_that_is_not_there() {
    for unknown in ["omit", "refuse"] {
        let clouds = Clouds::with(json!({"account": {"unknown_csr": unknown}}));
        let outcome = delete(&clouds, &["--ids", "999999,22"]).expect(9);
        assert_eq!(outcome.statuses(), ["failed", "changed"], "{unknown}");
        let error = outcome.json()["results"][0]["error"].clone();
        assert_eq!(error["code"], "InvalidParameter.InvalidCSRId");
        assert_eq!(error["kind"], "not-found");
    }
    let clouds = Clouds::new();
    delete(&clouds, &["--ids", "999999"]).expect(5);
}

#[test]
fn missing_ok_holds_however_the_cloud_says_it() {
    for unknown in ["omit", "refuse"] {
        let clouds = Clouds::with(json!({"account": {"unknown_csr": unknown}}));
        let outcome = delete(&clouds, &["--ids", "999999", "--missing-ok"]).expect(0);
        assert_eq!(outcome.statuses(), ["unchanged"]);
        assert_eq!(outcome.json()["results"][0]["note"], "did not exist");
        let outcome = delete(&clouds, &["--ids", "999999,22,999998", "--missing-ok"]).expect(0);
        assert_eq!(outcome.statuses(), ["unchanged", "changed", "unchanged"]);
    }
}

#[test]
fn ids_that_were_never_asked_for_are_told() {
    let fault =
        json!({"match": {"action": "BatchDeleteCSR"}, "do": {"partial_success": [33, 22, 4711]}});
    let clouds = Clouds::with(json!({"faults": [fault]}));
    let outcome = delete(&clouds, &["--ids", "22,33"]).expect(0);
    assert_eq!(outcome.statuses(), ["changed", "changed"]);
    assert!(
        outcome
            .stderr
            .contains("warning: the answer reports CSR 4711 as deleted, which was not requested"),
        "{outcome:#?}"
    );
}

#[test]
fn a_flood_of_ids_that_were_never_asked_for_is_a_few_lines() {
    let flood: Vec<i64> = (1000..3000).chain([22]).collect();
    let fault = json!({"match": {"action": "BatchDeleteCSR"}, "do": {"partial_success": flood}});
    let clouds = Clouds::with(json!({"faults": [fault]}));
    let outcome = delete(&clouds, &["--ids", "22"]).expect(0);
    assert_eq!(outcome.talk().lines().count(), 6, "{outcome:#?}");
    let last = "warning: the answer reports 1995 more that were not requested";
    assert_eq!(outcome.talk().lines().last(), Some(last));
}

/// A key of the other site is unknown on this one; the hint names the way over.
#[test]
fn an_unknown_key_may_be_of_the_other_site() {
    let clouds = Clouds::new();
    let outcome = clouds
        .certctl(&["ssl", "csr", "delete", "--yes", "--ids", "22"])
        .env("TENCENTCLOUD_SECRET_ID", "AKIDofTheOtherSite0123456789")
        .run()
        .expect(4);
    let error = outcome.json()["results"][0]["error"].clone();
    assert_eq!(error["code"], "AuthFailure.SecretIdNotFound");
    let hint = error["hint"].as_str().expect("a hint");
    assert!(
        hint.contains("`--site mainland` or `--site intl`"),
        "{hint}"
    );
    assert_eq!(clouds.log().len(), 1, "asked once");
    // --site does not lead past an address that is given.
    delete(&clouds, &["--ids", "22", "--site", "mainland"]).expect(0);
}
