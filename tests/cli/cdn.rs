//! `certctl cdn set`: every parameter of the three calls arrives as it was given.

use serde_json::{Map, Value, json};

use crate::support::{Clouds, Outcome};

const BATCH: &str = "BatchSetCdnDomainServerCertificate";
const SINGLE: &str = "SetDomainServerCertificate";
const SSL: &str = "SetCdnDomainSSLCertificate";

/// What every Alibaba Cloud call carries besides its own parameters.
const COMMON: [&str; 8] = [
    "AccessKeyId",
    "Action",
    "Format",
    "SignatureMethod",
    "SignatureNonce",
    "SignatureVersion",
    "Timestamp",
    "Version",
];

/// The only call that arrived: its action and its own parameters.
#[track_caller]
fn the_call(clouds: &Clouds) -> (String, Map<String, Value>) {
    let mut log = clouds.log();
    assert_eq!(log.len(), 1, "{log:#?}");
    let entry = log.remove(0);
    assert_eq!(entry.method, "POST");
    assert_eq!(entry.path, "/", "parameters travel in the body");
    let mut params = entry.params;
    params.retain(|name, _| !COMMON.contains(&name.as_str()));
    (entry.action.expect("an action"), params)
}

#[track_caller]
fn set(clouds: &Clouds, args: &[&str]) -> Outcome {
    clouds
        .certctl(&[&["cdn", "set", "--no-preview"], args].concat())
        .run()
        .expect(0)
}

/// A certificate for `example.com` and `*.example.com` in the home directory.
fn pki(clouds: &Clouds) {
    let leaf = include_str!("../pki/p256.pem");
    let chain = [leaf, include_str!("../pki/intermediate.pem")].concat();
    clouds.file("cert.pem", chain);
    let key = clouds.file("key.pem", include_str!("../pki/p256.key.pem"));
    crate::support::private(&key);
}

#[test]
fn the_contracts_own_sample() {
    let clouds = Clouds::new();
    let outcome = clouds
        .certctl(&["cdn", "set", "--domains", "a.com,b.com,c.com", "--on"])
        .run()
        .expect(9);
    let document = outcome.json();
    assert_eq!(document["schema"], "certctl/v1");
    assert_eq!(document["command"], "cdn set");
    assert_eq!(document["ok"], false);
    let summary = json!({"total": 3, "changed": 1, "unchanged": 1, "failed": 1, "skipped": 0,
                         "unknown": 0, "planned": 0});
    assert_eq!(document["summary"], summary);
    // HTTPS of a.com is on.
    assert_eq!(outcome.statuses(), ["unchanged", "changed", "failed"]);
    let error = &document["results"][2]["error"];
    assert_eq!(error["code"], "InvalidDomain.NotFound");
    assert_eq!(error["kind"], "not-found");
    assert_eq!(error["http_status"], 404);
    assert_eq!(error["retryable"], false);
    assert_eq!(error["attempts"], 1);
}

/// The vendors' documents: each request parameter, by its flag.
#[test]
fn every_parameter_of_the_documents_arrives() {
    let chain = [
        include_str!("../pki/p256.pem"),
        include_str!("../pki/intermediate.pem"),
    ]
    .concat();
    let files = ["--cert", "cert.pem", "--key", "key.pem"];
    let cases: [(&[&str], &str, Value); 16] = [
        (
            &["--domains", "example.com", "--on"],
            BATCH,
            json!({"DomainName": "example.com", "SSLProtocol": "on"}),
        ),
        (
            &["--domains", "a.com,b.com", "--off", "--yes"],
            BATCH,
            json!({"DomainName": "a.com,b.com", "SSLProtocol": "off"}),
        ),
        (
            &[
                "--domains",
                "*.example.com",
                "--cert-name",
                "yourCertName",
                "--force",
                "--region",
                "your-region",
            ],
            BATCH,
            json!({"DomainName": ".example.com", "SSLProtocol": "on", "SSLPub": chain,
                   "SSLPri": "****", "CertName": "yourCertName", "CertType": "upload",
                   "Region": "your-region", "ForceSet": "1"}),
        ),
        (
            &["--domains", "example.com", "--cert-type", "upload"],
            BATCH,
            json!({"DomainName": "example.com", "SSLProtocol": "on", "SSLPub": chain,
                   "SSLPri": "****", "CertType": "upload",
                   "CertName": "certctl-example.com-3ac4a90a"}),
        ),
        (
            &[
                "--domains",
                "example.com",
                "--on",
                "--cert-type",
                "cas",
                "--cert-name",
                "cas-example",
            ],
            BATCH,
            json!({"DomainName": "example.com", "SSLProtocol": "on", "CertName": "cas-example",
                   "CertType": "cas"}),
        ),
        (
            &["--domains", "test.com", "--on", "--via", "single"],
            SINGLE,
            json!({"DomainName": "test.com", "ServerCertificateStatus": "on"}),
        ),
        (
            &["--domains", "test.com", "--off", "--yes", "--via", "single"],
            SINGLE,
            json!({"DomainName": "test.com", "ServerCertificateStatus": "off"}),
        ),
        (
            &[
                "--domains",
                "example.com",
                "--cert-name",
                "myCert1",
                "--force",
                "--via",
                "single",
            ],
            SINGLE,
            json!({"DomainName": "example.com", "ServerCertificateStatus": "on",
                   "ServerCertificate": chain, "PrivateKey": "****", "CertType": "upload",
                   "CertName": "myCert1", "ForceSet": "1"}),
        ),
        (
            &["--domains", "test.com", "--on", "--cert-type", "free"],
            SINGLE,
            json!({"DomainName": "test.com", "ServerCertificateStatus": "on", "CertType": "free"}),
        ),
        (
            &["--domains", "test.com", "--on", "--via", "ssl"],
            SSL,
            json!({"DomainName": "test.com", "SSLProtocol": "on"}),
        ),
        (
            &[
                "--domains",
                "*.example.com",
                "--via",
                "ssl",
                "--cert-name",
                "n 证",
            ],
            SSL,
            json!({"DomainName": ".example.com", "SSLProtocol": "on", "SSLPub": chain,
                   "SSLPri": "****", "CertName": "n 证", "CertType": "upload"}),
        ),
        (
            &["--domains", "example.com", "--cert-id", "1234567"],
            SSL,
            json!({"DomainName": "example.com", "SSLProtocol": "on", "CertType": "cas",
                   "CertId": "1234567"}),
        ),
        (
            &["--domains", "example.com", "--cert", "1234567"],
            SSL,
            json!({"DomainName": "example.com", "SSLProtocol": "on", "CertType": "cas",
                   "CertId": "1234567"}),
        ),
        (
            &["--domains", "example.com", "--cert", "1234567-cn-hangzhou"],
            SSL,
            json!({"DomainName": "example.com", "SSLProtocol": "on", "CertType": "cas",
                   "CertId": "1234567", "CertRegion": "cn-hangzhou"}),
        ),
        (
            &[
                "--domains",
                "example.com",
                "--cert",
                "7-cas.ap-southeast-1.aliyuncs.com",
            ],
            SSL,
            json!({"DomainName": "example.com", "SSLProtocol": "on", "CertType": "cas",
                   "CertId": "7", "CertRegion": "ap-southeast-1"}),
        ),
        (
            &[
                "--domains",
                "example.com",
                "--on",
                "--cert-id",
                "2345678",
                "--cert-region",
                "ap-southeast-1",
            ],
            SSL,
            json!({"DomainName": "example.com", "SSLProtocol": "on", "CertType": "cas",
                   "CertId": "2345678", "CertRegion": "ap-southeast-1"}),
        ),
    ];
    for (args, action, wanted) in cases {
        let clouds = Clouds::new();
        pki(&clouds);
        if args.contains(&"7-cas.ap-southeast-1.aliyuncs.com") {
            let outcome = clouds
                .certctl(&[&["cdn", "set", "--no-preview"], args].concat())
                .run()
                .expect(5);
            assert_eq!(outcome.statuses(), ["failed"], "it is not there");
            let (called, params) = the_call(&clouds);
            assert_eq!((called.as_str(), Value::Object(params)), (action, wanted));
            continue;
        }
        let brings_files = wanted.get("SSLPub").or(wanted.get("ServerCertificate"));
        let args: Vec<&str> = match brings_files {
            Some(_) => [args, &files].concat(),
            None => args.to_vec(),
        };
        let outcome = set(&clouds, &args);
        let (called, params) = the_call(&clouds);
        assert_eq!(called, action, "{args:?}");
        assert_eq!(Value::Object(params), wanted, "{args:?}");
        let row = &outcome.json()["results"][0];
        assert_eq!(row["action"], action);
        assert_eq!(row["status"], "changed");
        assert_eq!(row["request_id"], clouds.log()[0].request_id);
        assert_eq!(row["cloud"], "alibaba");
        assert_eq!(row["service"], "cdn");
    }
}

#[test]
fn one_domain_a_call_where_the_call_takes_one() {
    for (via, action) in [("single", SINGLE), ("ssl", SSL)] {
        let clouds = Clouds::new();
        let outcome = set(
            &clouds,
            &["--domains", "a.com,b.com,test.com", "--on", "--via", via],
        );
        let mut names: Vec<_> = clouds
            .calls(action)
            .iter()
            .map(|entry| entry.params["DomainName"].clone())
            .collect();
        names.sort_by_key(Value::to_string);
        assert_eq!(names, ["a.com", "b.com", "test.com"]);
        assert_eq!(clouds.log().len(), 3);
        assert_eq!(outcome.statuses(), ["changed"; 3]);
    }
}

#[test]
fn the_table_says_the_same() {
    let clouds = Clouds::new();
    let outcome = clouds
        .certctl(&[
            "cdn",
            "set",
            "--domains",
            "b.com,c.com",
            "--on",
            "-o",
            "table",
        ])
        .run()
        .expect(9);
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    assert!(lines[0].starts_with("TARGET"), "{outcome:#?}");
    assert!(lines[1].starts_with("b.com") && lines[1].contains("changed"));
    assert!(lines[2].starts_with("c.com") && lines[2].contains("InvalidDomain.NotFound"));
    assert_eq!(lines.last(), Some(&"2 in all: 1 changed, 1 failed"));
    assert!(
        outcome.stderr.contains("error: c.com: failed"),
        "{outcome:#?}"
    );
    assert!(outcome.stderr.contains("hint: "));
}
