//! `certctl errors`

use serde_json::{Value, json};

use crate::support::{Call, Outcome};

fn errors(more: &[&str]) -> Outcome {
    Call::new(&[&["errors"], more].concat()).run()
}

fn column(outcome: &Outcome, name: &str) -> Vec<Value> {
    let document = outcome.json();
    let rows = document["results"].as_array().expect("rows");
    rows.iter().map(|row| row[name].clone()).collect()
}

#[test]
fn a_code_is_explained() {
    let outcome = errors(&["Certificate.MissMatch"]).expect(0);
    assert_eq!(
        outcome.json(),
        json!({"schema": "certctl/v1", "command": "errors", "results": [
            {"cloud": "alibaba", "code": "Certificate.MissMatch", "kind": "certificate",
             "retryable": false, "exit_status": 8,
             "meaning": "the private key does not belong to the certificate",
             "hint": "give the `--key` that `--cert` was issued for"}]})
    );
    assert_eq!(outcome.stderr, "");
    let table = errors(&["Certificate.MissMatch", "-o", "table"])
        .expect(0)
        .stdout;
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with("CLOUD") && lines[0].ends_with("HINT"));
    assert!(lines[1].starts_with("alibaba") && lines[1].contains("Certificate.MissMatch"));
}

/// Every code of the vendors' documents is known.
#[test]
fn the_documents_codes_are_all_known() {
    for code in [
        "Certificate.FormatError",
        "InvalidDomain.NotFound",
        "IllegalOperation",
        "ServiceBusy",
        "OperationDenied",
        "InvalidCertName.TooLong",
        "Certificate.NotPermittedOff",
        "Certificate.SettedNotEffect",
        "FailedOperation",
        "InvalidParameter.InvalidCSRId",
        "InvalidParameter.WithDetailReason",
        "ProtocalIllegal.Listener",
        "NotExist.Accelerator",
        "StateError.Accelerator",
        "PortRanges.MustOne",
    ] {
        let outcome = errors(&[code]).expect(0);
        for name in ["meaning", "hint"] {
            let texts = column(&outcome, name);
            assert!(
                texts
                    .iter()
                    .all(|text| text.as_str().is_some_and(|text| !text.is_empty())),
                "{code}"
            );
        }
    }
}

#[test]
fn a_cloud_can_be_chosen() {
    for cloud in ["alibaba", "tencent", "ucloud"] {
        let outcome = errors(&["--cloud", cloud]).expect(0);
        let clouds = column(&outcome, "cloud");
        assert!(clouds.len() > 50 && clouds.iter().all(|value| value == cloud));
    }
    let all = column(&errors(&[]).expect(0), "cloud");
    for cloud in ["alibaba", "tencent", "ucloud"] {
        assert!(all.iter().any(|value| value == cloud));
    }
    // The same code may be two clouds'.
    let both = errors(&["MissingParameter"]).expect(0);
    assert_eq!(column(&both, "cloud"), ["alibaba", "tencent"]);
    let one = errors(&["MissingParameter", "--cloud", "tencent"]).expect(0);
    assert_eq!(column(&one, "cloud"), ["tencent"]);
    let outcome = errors(&["--cloud", "aws"]).expect(2);
    assert_eq!(
        outcome.error()["message"],
        "invalid value 'aws' for '--cloud <CLOUD>' [possible values: alibaba, tencent, ucloud]"
    );
}

#[test]
fn an_unknown_code_is_answered_with_the_nearest() {
    for (code, nearest) in [
        (
            "Certificate.MisMatch",
            "similar codes: Certificate.MissMatch (alibaba), ",
        ),
        (
            "InvalidCSRId",
            "similar codes: InvalidParameter.InvalidCSRId (tencent), ",
        ),
    ] {
        let error = errors(&[code]).expect(5).error();
        assert_eq!(error["kind"], "not-found");
        assert_eq!(error["message"], format!("unknown error code '{code}'"));
        let hint = error["hint"].as_str().expect("a hint");
        assert!(hint.starts_with(nearest), "{hint}");
    }
    let outcome = errors(&["certificate.missmatch"]).expect(0);
    assert_eq!(column(&outcome, "code"), ["Certificate.MissMatch"]);
    let outcome = errors(&["Certificate.MisMatch", "-o", "table"]).expect(5);
    assert!(
        outcome
            .stderr
            .starts_with("error: unknown error code 'Certificate.MisMatch'\nhint: similar codes: ")
    );
    assert_eq!(outcome.stdout, "");
    errors(&[""]).expect(2);
}
