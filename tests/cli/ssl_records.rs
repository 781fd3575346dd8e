//! Records of Tencent Cloud in shapes that the sandbox does not give: the vendor's own samples, and
//! what its documents leave open.

use std::collections::HashMap;
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::support::raw::{Raw, Request, answer};
use crate::support::{Clouds, Outcome};

/// A cloud that gives each action its answers in turn, the last one for good.
fn cloud(answers: &[(&'static str, Vec<Value>)]) -> Raw {
    let answers: HashMap<String, Vec<Value>> = answers
        .iter()
        .map(|(action, answers)| ((*action).to_owned(), answers.clone()))
        .collect();
    let given: Mutex<HashMap<String, usize>> = Mutex::default();
    Raw::http(move |request| {
        let action = action_of(request);
        let mut given = given.lock().expect("no panic");
        let at = given.entry(action.clone()).or_default();
        let none = Vec::new();
        let of_action = answers.get(&action).unwrap_or(&none);
        let body = match of_action.get((*at).min(of_action.len().saturating_sub(1))) {
            Some(body) => body.clone(),
            None if matches!(
                &*action,
                "DescribeCertificate" | "DescribeCertificateDetail"
            ) =>
            {
                json!({"CertificateId": "vyRlKIeI", "SubjectAltName": ["*.tencent.com"]})
            }
            None => json!({"Error": {"Code": "InvalidAction", "Message": action}}),
        };
        *at += 1;
        let mut response = body;
        // No two answers have the same.
        let so_far: usize = given.values().sum();
        response["RequestId"] = json!(format!("14727a68-3b90-4408-99c9-{so_far:012}"));
        let text = json!({"Response": response}).to_string();
        answer(200, "Content-Type: application/json\r\n", text)
    })
}

fn action_of(request: &Request) -> String {
    let mut fields = request.head.lines().filter_map(|line| line.split_once(':'));
    let action = fields.find(|(name, _)| name.eq_ignore_ascii_case("x-tc-action"));
    action.map_or_else(String::new, |(_, value)| value.trim().to_owned())
}

fn count(cloud: &Raw, action: &str) -> usize {
    let requests = cloud.requests();
    let of_action = requests
        .iter()
        .filter(|request| action_of(request) == action);
    of_action.count()
}

fn certctl(cloud: &Raw, args: &[&str]) -> Outcome {
    let home = Clouds::new();
    let endpoint = cloud.endpoint();
    let args = [args, &["--endpoint", &endpoint]].concat();
    home.certctl(&args).run()
}

fn hosts(items: Value, total: usize) -> Value {
    json!({"InstanceList": items, "TotalCount": total})
}

fn bearing(domain: &str) -> Value {
    json!({"Domain": domain, "CertId": "other001", "Status": "online", "HttpsBillingSwitch": "on"})
}

const NO_RECORDS: &str = r#"{"TotalCount": 0, "DeployRecordList": null}"#;

fn no_records() -> Value {
    serde_json::from_str(NO_RECORDS).expect("JSON")
}

fn details(items: Value, counts: [usize; 4]) -> Value {
    json!({
        "TotalCount": counts[0], "SuccessTotalCount": counts[1], "FailedTotalCount": counts[2],
        "RunningTotalCount": counts[3], "DeployRecordDetailList": items,
    })
}

const LIST: &str = "DescribeHostCdnInstanceList";
const RECORDS: &str = "DescribeHostDeployRecord";
const DEPLOY: &str = "DeployCertificateInstance";
const DETAIL: &str = "DescribeHostDeployRecordDetail";

fn deploy(cloud: &Raw, list: &str) -> Outcome {
    let base = [
        "ssl",
        "deploy",
        "vyRlKIeI",
        "--to",
        "cdn",
        "--wait=20",
        "--instances",
        list,
    ];
    certctl(cloud, &base)
}

/// The vendor's samples of the call have a status of 0 beside a record that is this call's own.
#[test]
fn a_status_of_zero_with_a_record_of_its_own() {
    let item = json!({"Id": 264_850, "CertId": "vyRlKIeI", "Domains": ["cdn1.tencent.com|on"],
        "Status": 1, "ErrorMsg": "", "Port": 0});
    let cloud = cloud(&[
        (LIST, vec![hosts(json!([bearing("cdn1.tencent.com")]), 1)]),
        (RECORDS, vec![no_records()]),
        (
            DEPLOY,
            vec![json!({"DeployRecordId": 1, "DeployStatus": 0})],
        ),
        (DETAIL, vec![details(json!([item]), [1, 1, 0, 0])]),
    ]);
    let outcome = deploy(&cloud, "cdn1.tencent.com|on").expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
    assert_eq!(count(&cloud, DEPLOY), 1);
}

/// Items where nothing was to be done are in neither of the two counts.
#[test]
fn what_needed_nothing_ends_the_record_too() {
    let item = |status: i64| {
        json!({"Id": 1, "CertId": "vyRlKIeI", "InstanceName": "unlike",
        "Domains": ["elsewhere.tencent.com"], "Status": status})
    };
    let cloud = cloud(&[
        (LIST, vec![hosts(json!([bearing("a.tencent.com")]), 1)]),
        (RECORDS, vec![no_records()]),
        (
            DEPLOY,
            vec![json!({"DeployRecordId": 7, "DeployStatus": 1})],
        ),
        (
            DETAIL,
            vec![
                details(json!([]), [0, 0, 0, 0]),
                details(json!([item(3)]), [1, 0, 0, 1]),
                details(json!([item(6)]), [1, 0, 0, 0]),
            ],
        ),
    ]);
    let outcome = deploy(&cloud, "a.tencent.com|on").expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
}

#[test]
fn a_list_that_is_cut_short_deploys_nothing() {
    let cloud = cloud(&[(
        LIST,
        vec![
            hosts(json!([bearing("a.tencent.com")]), 3),
            hosts(json!([]), 3),
        ],
    )]);
    let outcome = deploy(&cloud, "a.tencent.com|on").expect(7);
    assert_eq!(outcome.statuses(), ["failed"]);
    let message = outcome.json()["results"][0]["error"]["message"].clone();
    let message = message.as_str().expect("a message");
    assert!(message.contains("incomplete: received 1 of 3"), "{message}");
    assert_eq!(count(&cloud, DEPLOY), 0);
    // A list without pages, too.
    let cloud = self::cloud(&[(
        "DescribeHostVodInstanceList",
        vec![hosts(
            json!([{"Domain": "a.tencent.com", "CertId": "other001"}]),
            2,
        )],
    )]);
    let args = [
        "ssl",
        "deploy",
        "vyRlKIeI",
        "--to",
        "vod",
        "--instances",
        "a.tencent.com",
    ];
    let outcome = certctl(&cloud, &args).expect(7);
    let message = outcome.json()["results"][0]["error"]["message"].clone();
    assert!(
        message
            .as_str()
            .is_some_and(|text| text.contains("incomplete")),
        "{message}"
    );
}

/// Nothing to be deployed can be told from an answer without a record.
#[test]
fn an_answer_without_a_record_proves_nothing() {
    for reply in [
        json!({}),
        json!({"DeployRecordId": 0, "DeployStatus": 1}),
        json!({"DeployRecordId": null}),
    ] {
        let cloud = cloud(&[
            (LIST, vec![hosts(json!([bearing("a.tencent.com")]), 1)]),
            (RECORDS, vec![no_records()]),
            (DEPLOY, vec![reply.clone()]),
        ]);
        let base = [
            "ssl",
            "deploy",
            "vyRlKIeI",
            "--to",
            "cdn",
            "--max-attempts",
            "2",
        ];
        let args = [&base[..], &["--instances", "a.tencent.com|on"]].concat();
        let outcome = certctl(&cloud, &args).expect(10);
        assert_eq!(outcome.statuses(), ["unknown"], "{reply}");
    }
}

/// A task that is through and is still said to be in the way.
#[test]
fn a_task_that_stays_in_the_way_is_given_up() {
    let record = json!({"Id": 5, "CertId": "vyRlKIeI", "ResourceType": "cdn", "Status": 1});
    let item = json!({"Id": 6, "CertId": "vyRlKIeI", "Domains": ["b.tencent.com|on"], "Status": 1});
    let cloud = cloud(&[
        (LIST, vec![hosts(json!([bearing("a.tencent.com")]), 1)]),
        (
            RECORDS,
            vec![json!({"TotalCount": 1, "DeployRecordList": [record]})],
        ),
        (
            DEPLOY,
            vec![json!({"DeployRecordId": 5, "DeployStatus": 0})],
        ),
        (DETAIL, vec![details(json!([item]), [1, 1, 0, 0])]),
    ]);
    let outcome = deploy(&cloud, "a.tencent.com|on").expect(7);
    let error = outcome.json()["results"][0]["error"].clone();
    assert_eq!(
        error["message"],
        "record 5 is finished, but the cloud reports that it still blocks the change"
    );
    assert_eq!(count(&cloud, DEPLOY), 2);
}

/// Keys that may deploy and not read records: a lost answer stays unknown.
#[test]
fn records_that_may_not_be_read() {
    let denied = json!({"Error": {"Code": "UnauthorizedOperation", "Message": "no"}});
    let lost = json!({"Error": {"Code": "InternalError", "Message": "broken"}});
    let mut answers = vec![
        (LIST, vec![hosts(json!([bearing("a.tencent.com")]), 1)]),
        (RECORDS, vec![denied]),
        (
            DEPLOY,
            vec![json!({"DeployRecordId": 9, "DeployStatus": 1})],
        ),
    ];
    let args = [
        "ssl",
        "deploy",
        "vyRlKIeI",
        "--to",
        "cdn",
        "--instances",
        "a.tencent.com|on",
    ];
    let outcome = certctl(&cloud(&answers), &args).expect(0);
    assert!(
        outcome.stderr.contains("its outcome stays unknown"),
        "{outcome:#?}"
    );
    answers[2].1 = vec![lost];
    let cloud = cloud(&answers);
    let outcome = certctl(&cloud, &args).expect(10);
    assert_eq!(outcome.statuses(), ["unknown"]);
    assert_eq!(count(&cloud, DEPLOY), 1);
}

/// What a product says is shown on one line, and nothing of a key in it.
#[test]
fn a_reason_is_one_harmless_line() {
    let reason = "no\r\n\u{1b}[31m-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----\n";
    let item = json!({"Id": 6, "CertId": "vyRlKIeI", "Domains": ["a.tencent.com|on"],
        "Status": 2, "ErrorMsg": reason});
    let cloud = cloud(&[
        (LIST, vec![hosts(json!([bearing("a.tencent.com")]), 1)]),
        (RECORDS, vec![no_records()]),
        (
            DEPLOY,
            vec![json!({"DeployRecordId": 5, "DeployStatus": 1})],
        ),
        (DETAIL, vec![details(json!([item]), [1, 0, 1, 0])]),
    ]);
    let outcome = deploy(&cloud, "a.tencent.com|on").expect(6);
    let message = outcome.json()["results"][0]["error"]["message"].clone();
    let message = message.as_str().expect("a message");
    assert!(!message.contains(['\n', '\r', '\u{1b}']), "{message:?}");
    assert!(!message.contains("MIIEvQ"), "{message:?}");
    let shown = certctl(
        &cloud,
        &["ssl", "deployments", "show", "5", "--kind", "deploy"],
    )
    .expect(0);
    assert!(!shown.stdout.contains("MIIEvQ"), "{shown:#?}");
}

/// The vendor's sample of an update's details, with a text where a number is documented.
#[test]
fn the_vendors_samples_are_read() {
    let cdn = json!({"Id": 193_752, "CertId": "B7OXLIdj", "OldCertId": "AN1Gys3l",
        "Domains": ["cdn.tencent.com"], "ResourceType": "cdn", "Region": "", "Status": 1,
        "ErrorMsg": "", "CreateTime": "2024-08-23T01:34:43.000000Z",
        "UpdateTime": "2024-08-23T01:36:20.000000Z", "InstanceId": "", "Port": 0});
    let ddos = json!({"Id": 193_770, "CertId": "B7OXLIdj", "OldCertId": null, "Domains": null,
        "Status": 4, "ErrorMsg": null, "UpdateTime": "", "InstanceId": "bgpip-000001a6",
        "Port": "443"});
    let update = json!({
        "TotalCount": 2, "SuccessTotalCount": 1, "FailedTotalCount": 0, "RunningTotalCount": 0,
        "RecordDetailList": [
            {"ResourceType": "cdn", "List": [cdn], "TotalCount": 1},
            {"ResourceType": "ddos", "List": [ddos], "TotalCount": 1},
        ],
    });
    let cloud = cloud(&[("DescribeHostUpdateRecordDetail", vec![update])]);
    // The international site knows no deployments.
    let outcome = certctl(&cloud, &["ssl", "deployments", "show", "193752"]).expect(0);
    let shown = outcome.json()["results"][0].clone();
    assert_eq!(
        (&shown["kind"], &shown["status"]),
        (&json!("update"), &json!("succeeded"))
    );
    assert_eq!(shown["items"][0]["updated"], "2024-08-23T01:36:20Z");
    assert_eq!(shown["items"][1]["instance"], "bgpip-000001a6|443");
    assert_eq!(shown["items"][1]["status"], "rolled-back");
    assert_eq!(shown["items"][1]["resource_type"], "ddos");
    assert_eq!(shown["items"][1].get("updated"), None);
}

/// A region that the cloud could not look through would make the list shorter than the truth.
#[test]
fn a_region_that_failed_is_no_empty_region() {
    let detail = json!({"CLB": [{"Region": "ap-guangzhou", "InstanceList": null, "TotalCount": 0,
        "Error": "timeout"}], "CDN": null, "Status": 1, "CacheTime": ""});
    let cloud = cloud(&[
        (
            "CreateCertificateBindResourceSyncTask",
            vec![json!({"CertTaskIds": [{"CertId": "vyRlKIeI", "TaskId": "37710177"}]})],
        ),
        (
            "DescribeCertificateBindResourceTaskResult",
            vec![
                json!({"SyncTaskBindResourceResult": [{"TaskId": "37710177", "Status": 1,
            "BindResourceResult": [], "Error": null}]}),
            ],
        ),
        ("DescribeCertificateBindResourceTaskDetail", vec![detail]),
    ]);
    let outcome = certctl(&cloud, &["ssl", "bindings", "vyRlKIeI"]).expect(7);
    assert_eq!(
        outcome.error()["message"],
        "could not search clb in ap-guangzhou: timeout"
    );
    assert_eq!(outcome.stdout, "");
}
