//! `certctl api alibaba`: what counts as an answer, by which verb and at which host an action is
//! called.

use serde_json::{Value, json};

use crate::support::raw::{Raw, answer};
use crate::support::{Call, Clouds, Outcome};

/// Runs a call that is answered so.
fn answered(status: u16, body: &str) -> (Raw, Outcome) {
    let body = body.to_owned();
    let server = Raw::http(move |_| answer(status, "", &body));
    let clouds = Clouds::new();
    let args = [
        "api",
        "alibaba",
        "mse",
        "UpdateSSLCert",
        "RegionId=cn-hangzhou",
    ];
    let call = clouds.certctl(&args);
    let outcome = call.env("CERTCTL_ENDPOINT", server.endpoint()).run();
    (server, outcome)
}

#[test]
fn the_products_own_word_for_success_is_believed() {
    for body in [
        r#"{"RequestId":"r","Code":200,"Success":true,"HttpStatusCode":200,"Message":"ok"}"#,
        r#"{"RequestId":"r","Code":200,"Success":"true","ErrorCode":"mse-100-000"}"#,
        r#"{"RequestId":"r","Code":"0"}"#,
        r#"{"RequestId":"r","Code":"OK"}"#,
        r#"{"requestId":"r","code":"success"}"#,
        r#"{"RequestId":"r","ErrorCode":"InvalidFile","Status":"Failed"}"#,
    ] {
        let (server, outcome) = answered(200, body);
        let outcome = outcome.expect(0);
        let expected: Value = serde_json::from_str(body).expect("JSON");
        assert_eq!(outcome.json(), expected);
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn a_failure_inside_of_an_answer_is_a_refusal() {
    for (status, body, code) in [
        (
            200,
            r#"{"RequestId":"r","Success":false,"Code":200,"ErrorCode":"mse-100-001","Message":"no"}"#,
            "mse-100-001",
        ),
        (
            200,
            r#"{"RequestId":"r","Success":"false","Code":"mse-404"}"#,
            "mse-404",
        ),
        (200, r#"{"RequestId":"r","Success":false}"#, "Success=false"),
        (200, r#"{"RequestId":"r","Code":"Oh"}"#, "Oh"),
        (400, r#"{"RequestId":"r","Code":"OK"}"#, "OK"),
        (400, r#"{"RequestId":"r","Code":200,"Success":true}"#, "200"),
    ] {
        let (server, outcome) = answered(status, body);
        let outcome = outcome.expect(6);
        assert_eq!(outcome.stdout, "", "{body}");
        assert_eq!(outcome.error()["code"], code, "{body}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn a_setting_that_is_refused_inside_of_an_answer_is_not_set() {
    for refusal in [
        r#""Code":"InvalidDomain.NotFound""#,
        r#""Success":false,"ErrorCode":"InvalidDomain.NotFound""#,
    ] {
        let server = Raw::http(move |_| {
            let id = certctl::transport::nonce();
            answer(200, "", format!(r#"{{"RequestId":"{id}",{refusal}}}"#))
        });
        let clouds = Clouds::new();
        let call = clouds.certctl(&["cdn", "set", "--domains=a.com", "--off", "--yes"]);
        let outcome = call.env("CERTCTL_ENDPOINT", server.endpoint()).run();
        let row = &outcome.expect(5).json()["results"][0];
        assert_eq!(row["status"], "failed", "{row}");
        assert_eq!(row["error"]["code"], "InvalidDomain.NotFound", "{row}");
    }
}

#[test]
fn success_as_text_is_read_of_the_other_clouds_too() {
    for (cloud, body, status, code) in [
        ("ucloud", r#"{"RetCode":"0","Action":"X"}"#, 0, ""),
        ("ucloud", r#"{"RetCode":"230","Message":"m"}"#, 6, "230"),
        (
            "tencent",
            r#"{"Response":{"RequestId":"r","Error":null}}"#,
            0,
            "",
        ),
        (
            "tencent",
            r#"{"Response":{"RequestId":"r","Error":{"Code":"FailedOperation","Message":"m"}}}"#,
            6,
            "FailedOperation",
        ),
    ] {
        let server = Raw::http(move |_| answer(200, "", body));
        let clouds = Clouds::new();
        let words = match cloud {
            "tencent" => vec!["api", cloud, "ssl", "ApplyCertificate"],
            _ => vec!["api", cloud, "CreateSSL"],
        };
        let call = clouds.certctl(&words);
        let outcome = call.env("CERTCTL_ENDPOINT", server.endpoint()).run();
        let outcome = outcome.expect(status);
        if status != 0 {
            assert_eq!(outcome.error()["code"], code, "{body}");
        }
    }
}

/// What a dry run without an address of its own says of the call.
#[track_caller]
fn planned(args: &[&str]) -> Value {
    let call = Call::new(&[&["api", "alibaba"], args, &["--dry-run", "-o", "json"]].concat());
    call.run().expect(0).json()["requests"][0].clone()
}

#[test]
fn actions_that_take_get_only_are_sent_so() {
    for (args, method) in [
        (&["esa", "ListSites"][..], "GET"),
        (&["esa", "DeleteCertificate", "SiteId=1", "Id=x"], "GET"),
        (&["esa", "SetCertificate", "SiteId=1", "Type=cas"], "POST"),
        (&["esa", "ListCertificates", "SiteId=1"], "POST"),
        (&["cdn", "DescribeCertificateInfoByID", "CertId=1"], "GET"),
        (&["cdn", "DescribeUserDomains"], "POST"),
        (&["dcdn", "DescribeDcdnDomainCname"], "GET"),
        (&["live", "DescribeLiveStreamCount"], "GET"),
        (&["esa", "ListSites", "--method", "post"], "POST"),
        (&["cdn", "DescribeUserDomains", "--method=get"], "GET"),
        // A key of this store is a name, not a private key.
        (&["esa", "GetKv", "Namespace=n", "Key=k"], "GET"),
    ] {
        let call = planned(args);
        assert_eq!(call["method"], method, "{args:?}");
        if method == "GET" {
            let url = call["url"].as_str().expect("an address");
            let carried = args[2..].iter().filter(|word| !word.starts_with("--"));
            for word in carried.copied() {
                assert!(url.contains(word), "{args:?}: {url}");
            }
        }
    }
    let server = Raw::http(|_| answer(200, "", r#"{"RequestId":"r"}"#));
    let clouds = Clouds::new();
    let args = ["api", "alibaba", "esa", "ListSites", "PageSize=500"];
    let call = clouds.certctl(&args);
    call.env("CERTCTL_ENDPOINT", server.endpoint())
        .run()
        .expect(0);
    let head = server.requests()[0].head.to_ascii_lowercase();
    assert!(head.starts_with("get /?pagesize=500 http/1.1"), "{head}");
    assert!(head.contains("x-acs-action: listsites"), "{head}");
    assert!(!head.contains("accesskeyid"), "{head}");
}

#[test]
fn a_secret_does_not_get_into_an_address() {
    let clouds = Clouds::new();
    clouds.file("key.pem", include_str!("../pki/p256.key.pem"));
    let args = ["api", "alibaba", "esa", "GetKv", "X=@key.pem"];
    let outcome = clouds.certctl(&args).run().expect(2);
    let error = outcome.error();
    let message = error["message"].as_str().expect("a message");
    assert!(
        message.contains("where a secret does not belong"),
        "{message}"
    );
    assert!(clouds.log().is_empty());
}

#[test]
fn a_wrong_verb_is_named_with_the_right_one() {
    for (args, code, hint) in [
        (&["New"][..], "UnsupportedHTTPMethod", "--method get"),
        (&["New"], "MethodNotAllowed", "--method get"),
        (
            &["New", "--method=get"],
            "UnsupportedHTTPMethod",
            "--method post",
        ),
        (&["Wholly"], "InvalidAction.NotFound", "--method get"),
        (&["ListSites"], "InvalidAction.NotFound", "--method post"),
    ] {
        let body = format!(r#"{{"RequestId":"r","Code":"{code}","Message":"m"}}"#);
        let server = Raw::http(move |_| answer(404, "", &body));
        let clouds = Clouds::new();
        let call = clouds.certctl(&[&["api", "alibaba", "esa"], args].concat());
        let outcome = call.env("CERTCTL_ENDPOINT", server.endpoint()).run();
        let error = outcome.error();
        let said = error["hint"].as_str().expect("a hint");
        assert!(said.contains(hint), "{args:?} {code}: {said}");
    }
}

#[test]
fn a_region_leads_to_its_own_host_or_nowhere() {
    for (args, host) in [
        (
            &["cas", "X", "--region=eu-central-1"][..],
            "cas.eu-central-1.aliyuncs.com",
        ),
        (
            &["cas", "X", "--region=ap-southeast-1"],
            "cas.ap-southeast-1.aliyuncs.com",
        ),
        (&["cas", "X", "--region=cn-beijing"], "cas.aliyuncs.com"),
        (
            &["cas", "X", "--region=cn-hongkong"],
            "cas.cn-hongkong.aliyuncs.com",
        ),
        (&["cas", "X"], "cas.aliyuncs.com"),
        (&["waf", "X"], "wafopenapi.cn-hangzhou.aliyuncs.com"),
        (
            &["waf", "X", "--region=ap-southeast-1"],
            "wafopenapi.ap-southeast-1.aliyuncs.com",
        ),
        (
            &["waf", "X", "RegionId=ap-southeast-1"],
            "wafopenapi.ap-southeast-1.aliyuncs.com",
        ),
        (
            &["ddoscoo", "X", "RegionId=ap-southeast-1"],
            "ddoscoo.ap-southeast-1.aliyuncs.com",
        ),
        (
            &["esa", "X", "--region=cn-shanghai"],
            "esa.cn-hangzhou.aliyuncs.com",
        ),
        (
            &["live", "X", "--region=eu-central-1"],
            "live.eu-central-1.aliyuncs.com",
        ),
        (&["live", "X", "RegionId=cn-shanghai"], "live.aliyuncs.com"),
        (
            &["live", "X", "RegionId=ap-southeast-1"],
            "live.ap-southeast-1.aliyuncs.com",
        ),
        (
            &["vod", "X", "--region=cn-hongkong"],
            "vod.cn-hongkong.aliyuncs.com",
        ),
        (
            &["slb", "X", "--region=cn-shanghai-finance-1"],
            "slb.aliyuncs.com",
        ),
        (
            &[
                "waf",
                "X",
                "--region=eu-west-1",
                "--host=wafopenapi.eu-west-1.aliyuncs.com",
            ],
            "wafopenapi.eu-west-1.aliyuncs.com",
        ),
    ] {
        assert_eq!(planned(args)["url"], format!("https://{host}/"), "{args:?}");
    }
    let waf = planned(&["waf", "X", "--region=ap-southeast-1"]);
    assert_eq!(waf["params"], json!({"RegionId": "ap-southeast-1"}));
    let both = planned(&[
        "waf",
        "X",
        "--region=cn-hangzhou",
        "RegionId=ap-southeast-1",
    ]);
    assert_eq!(both["url"], "https://wafopenapi.cn-hangzhou.aliyuncs.com/");
    assert_eq!(
        planned(&["cas", "X", "--region=cn-hangzhou"])["params"],
        json!({})
    );
}

#[test]
fn a_region_without_a_host_is_refused_with_those_that_have_one() {
    for args in [
        &["waf", "X", "--region=eu-central-1"][..],
        &["waf", "X", "RegionId=cn-hongkong"],
        &["ddoscoo", "X", "--region=us-west-1"],
        &["esa", "X", "--region=cn-hongkong"],
        &["cas", "X", "--region=us-west-1"],
        &["vod", "X", "--region=eu-west-1"],
        &["live", "X", "--region=us-west-1"],
        &["live", "X", "RegionId=eu-west-1"],
    ] {
        for dry in [&["-o", "json"][..], &["--dry-run", "-o", "json"]] {
            let clouds = Clouds::new();
            let call = clouds.certctl(&[&["api", "alibaba"], args, dry].concat());
            let error = call.run().expect(2).error();
            let region = args[2].split_once('=').expect("a region").1;
            let message = error["message"].as_str().expect("a message");
            assert!(message.contains(region), "{message}");
            let hint = error["hint"].as_str().expect("a hint");
            assert!(hint.contains("ap-southeast-1"), "{hint}");
            assert!(clouds.log().is_empty());
        }
    }
}
