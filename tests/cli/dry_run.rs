//! `--dry-run`: nothing is sent, everything that would be is shown, secrets are not.

use serde_json::{Value, json};

use crate::support::{Call, Clouds};

/// Runs with `--dry-run`, once with credentials and once with nothing at all; what is shown is
/// the same but for the address. Returns the document.
#[track_caller]
fn plan(clouds: &Clouds, args: &[&str]) -> Value {
    let args = [args, &["--dry-run"]].concat();
    let document = clouds.certctl(&args).run().expect(0).json();
    assert!(clouds.log().is_empty());
    let mut call = Call::new(&args);
    call.command.current_dir(clouds.home());
    let bare = call
        .env("UCLOUD_REGION", "cn-bj2")
        .env("UCLOUD_PROJECT_ID", "org-sandbox")
        .run()
        .expect(0)
        .json();
    assert_eq!(bare["results"], document["results"]);
    let requests = |document: &Value| document["requests"].as_array().expect("requests").clone();
    for (bare, given) in requests(&bare).iter().zip(requests(&document)) {
        for member in ["action", "method", "targets"] {
            assert_eq!(bare[member], given[member]);
        }
        let mut params = (bare["params"].clone(), given["params"].clone());
        // A fresh one each time.
        for params in [&mut params.0, &mut params.1] {
            if let Some(token) = params.get_mut("ClientToken") {
                assert!(token.as_str().is_some_and(|token| token.len() <= 64));
                *token = Value::Null;
            }
        }
        assert_eq!(params.0, params.1);
        assert!(
            bare["url"]
                .as_str()
                .expect("a text")
                .starts_with("https://")
        );
        assert_eq!(given["url"], format!("{}/", clouds.endpoint()));
    }
    assert_eq!(document["ok"], true);
    let total = &document["summary"]["total"];
    assert_eq!(&document["summary"]["planned"], total);
    document
}

fn member<'a>(document: &'a Value, name: &str) -> Vec<&'a Value> {
    let requests = document["requests"].as_array().expect("requests");
    requests.iter().map(|request| &request[name]).collect()
}

#[test]
fn cdn_set() {
    let clouds = Clouds::new();
    let key = include_str!("../pki/p256.key.pem");
    let chain = [
        include_str!("../pki/p256.pem"),
        include_str!("../pki/intermediate.pem"),
    ]
    .concat();
    clouds.file("cert.pem", &chain);
    crate::support::private(&clouds.file("key.pem", key));
    let names: Vec<String> = (1..=51).map(|n| format!("d{n}.example.com")).collect();
    let args = [
        "cdn",
        "set",
        "--domains",
        &names.join(","),
        "--cert",
        "cert.pem",
        "--key",
        "key.pem",
        "--cert-name",
        "n",
        "--force",
        "--region",
        "r",
        "--no-preview",
    ];
    let document = plan(&clouds, &args);
    assert_eq!(
        member(&document, "action"),
        ["BatchSetCdnDomainServerCertificate"; 2]
    );
    assert_eq!(member(&document, "method"), ["POST"; 2]);
    let chunks: Vec<_> = member(&document, "targets")
        .iter()
        .map(|targets| targets.as_array().expect("targets").len())
        .collect();
    assert_eq!(chunks, [50, 1]);
    assert_eq!(
        *member(&document, "params")[1],
        json!({"DomainName": "d51.example.com", "SSLProtocol": "on", "SSLPub": chain,
               "SSLPri": "****", "CertName": "n", "CertType": "upload", "Region": "r",
               "ForceSet": "1"})
    );
    assert_eq!(document["results"].as_array().map(Vec::len), Some(51));
    // The algorithm's name stands in front of the number and in the certificate as well.
    let number = &key.lines().nth(1).expect("base64")[48..];
    assert!(!document.to_string().contains(number));
    // --off asks for nothing.
    let document = plan(&clouds, &["cdn", "set", "--domains", "a.com", "--off"]);
    assert_eq!(member(&document, "params")[1]["SSLProtocol"], "off");
}

#[test]
fn a_plan_checks_what_can_be_checked_here() {
    let clouds = Clouds::new();
    for args in [
        &["cdn", "set", "--domains", "a b", "--on", "--dry-run"][..],
        &["ssl", "csr", "delete", "--ids", "0", "--dry-run"],
        &[
            "ulb",
            "replace",
            "--old",
            "a",
            "--new",
            "a",
            "--whole-project",
            "--dry-run",
        ],
    ] {
        clouds.certctl(args).run().expect(2);
    }
    clouds.file("cert.pem", include_str!("../pki/expired.pem"));
    crate::support::private(&clouds.file("key.pem", include_str!("../pki/p256.key.pem")));
    let files = ["--cert", "cert.pem", "--key", "key.pem"];
    let args = [
        &["cdn", "set", "--domains", "example.com", "--dry-run"][..],
        &files,
    ]
    .concat();
    clouds.certctl(&args).run().expect(8);
    assert!(clouds.log().is_empty());
}

#[test]
fn ga_attach() {
    let clouds = Clouds::new();
    let pairs: Vec<String> = (1..=11)
        .map(|n| format!("{n}-cn-hangzhou=d{n}.example.com"))
        .collect();
    let args = [
        "ga",
        "attach",
        "--no-preview",
        "--accelerator",
        "ga-1",
        "--listener",
        "lsr-1",
        "--cert",
    ];
    let document = plan(&clouds, &[&args[..], &[&pairs.join(",")]].concat());
    let params = member(&document, "params");
    assert_eq!(params[0]["Certificates"].as_array().map(Vec::len), Some(10));
    assert_eq!(
        params[1]["Certificates"],
        json!([{"Id": "11-cn-hangzhou", "Domain": "d11.example.com"}])
    );
    assert_eq!(params[1]["RegionId"], "cn-hangzhou");
    let bare = Call::new(&[&args[..], &["1=a.com", "--dry-run"]].concat())
        .run()
        .expect(0);
    assert_eq!(
        bare.json()["requests"][0]["url"],
        "https://ga.cn-hangzhou.aliyuncs.com/"
    );
}

#[test]
fn ssl_csr_delete() {
    let clouds = Clouds::new();
    let ids: Vec<String> = (1..=101).map(|id| id.to_string()).collect();
    let args = ["ssl", "csr", "delete", "--ids"];
    let document = plan(&clouds, &[&args[..], &[&ids.join(",")]].concat());
    let params = member(&document, "params");
    assert_eq!(params[0]["CSRIds"].as_array().map(Vec::len), Some(100));
    assert_eq!(*params[1], json!({"CSRIds": [101]}));
    let headers = member(&document, "headers")[0];
    assert_eq!(headers["x-tc-action"], "BatchDeleteCSR");
    assert_eq!(headers["x-tc-version"], "2019-12-05");
    assert_eq!(headers["authorization"], "****");
    // The site decides the host.
    for (site, host) in [
        (&[][..], "ssl.intl.tencentcloudapi.com"),
        (&["--site", "intl"], "ssl.intl.tencentcloudapi.com"),
        (&["--site", "mainland"], "ssl.tencentcloudapi.com"),
    ] {
        let args = [&args[..], &["1", "--dry-run"], site].concat();
        let document = Call::new(&args).run().expect(0).json();
        assert_eq!(document["requests"][0]["url"], format!("https://{host}/"));
    }
}

#[test]
fn ulb_replace() {
    let clouds = Clouds::new();
    let base = [
        "ulb",
        "replace",
        "--old",
        "ssl-old0001",
        "--new",
        "ssl-new0001",
    ];
    for (scope, target, own) in [
        (
            &["--listener", "l-1"][..],
            "l-1",
            json!({"ListenerId": "l-1"}),
        ),
        (
            &["--listener", "l-1", "--load-balancer", "b-1"],
            "b-1/l-1",
            json!({"LoadBalancerId": "b-1", "ListenerId": "l-1"}),
        ),
        (
            &["--load-balancer", "b-1"],
            "b-1",
            json!({"LoadBalancerId": "b-1"}),
        ),
        (&["--whole-project"], "org-sandbox", json!({})),
    ] {
        let document = plan(&clouds, &[&base[..], scope].concat());
        assert_eq!(
            member(&document, "action"),
            ["DescribeSSLV2", "DescribeSSLV2", "UpdateSSLBinding"]
        );
        let mut wanted = json!({"Region": "cn-bj2", "ProjectId": "org-sandbox",
                                "OldSSLId": "ssl-old0001", "NewSSLId": "ssl-new0001"});
        let members = wanted.as_object_mut().expect("an object");
        members.extend(own.as_object().expect("an object").clone());
        assert_eq!(*member(&document, "params")[2], wanted);
        assert_eq!(document["results"][0]["target"], target);
    }
    let blind = [&base[..], &["--whole-project", "--no-preview"]].concat();
    assert_eq!(
        member(&plan(&clouds, &blind), "action"),
        ["UpdateSSLBinding"]
    );
}

#[test]
fn no_secret_is_shown() {
    let clouds = Clouds::new();
    let token = "temporary-token-0123456789";
    let key = "another-secret-9876543210";
    for args in [
        &["cdn", "set", "--domains", "a.com", "--on"][..],
        &[
            "--signature",
            "acs3",
            "cdn",
            "set",
            "--domains",
            "a.com",
            "--on",
        ],
        &["ssl", "csr", "delete", "--ids", "22"],
        &[
            "ulb",
            "replace",
            "--old",
            "a",
            "--new",
            "b",
            "--whole-project",
        ],
    ] {
        for more in [
            &["--dry-run"][..],
            &["--dry-run", "-vv"],
            &["--dry-run", "-otable"],
        ] {
            let outcome = clouds
                .certctl(&[args, more].concat())
                .env("ALIBABA_CLOUD_SECURITY_TOKEN", token)
                .env("TENCENTCLOUD_TOKEN", token)
                .env("UCLOUD_SECURITY_TOKEN", token)
                .env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", key)
                .env("TENCENTCLOUD_SECRET_KEY", key)
                .env("UCLOUD_PRIVATE_KEY", key)
                .run()
                .expect(0);
            for secret in [token, key] {
                let shown = format!("{}{}", outcome.stdout, outcome.stderr);
                assert!(!shown.contains(secret), "{outcome:#?}");
            }
        }
    }
    assert!(clouds.log().is_empty());
}

#[test]
fn the_table_shows_the_requests_too() {
    let clouds = Clouds::new();
    let args = [
        "cdn",
        "set",
        "--domains",
        "a.com",
        "--on",
        "--dry-run",
        "-o",
        "table",
    ];
    let outcome = clouds.certctl(&args).run().expect(0);
    let address = format!(
        "POST {}/ BatchSetCdnDomainServerCertificate",
        clouds.endpoint()
    );
    for text in [
        address.as_str(),
        "\"SSLProtocol\": \"on\"",
        "1 in all: 1 planned",
    ] {
        assert!(outcome.stdout.contains(text), "{text}: {outcome:#?}");
    }
}
