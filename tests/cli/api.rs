//! `certctl api`: any action of any product.

use serde_json::{Value, json};

use crate::support::raw::{Raw, Request, answer};
use crate::support::{Clouds, Outcome, private};

/// Runs a command that is refused here; returns the error's message and hint.
#[track_caller]
fn refused(clouds: &Clouds, args: &[&str]) -> (String, String) {
    said(clouds, clouds.certctl(args).run())
}

#[track_caller]
fn said(clouds: &Clouds, outcome: Outcome) -> (String, String) {
    let outcome = outcome.expect(2);
    assert_eq!(outcome.stdout, "");
    assert!(clouds.log().is_empty(), "{outcome:#?}");
    let error = outcome.error();
    let text = |name: &str| error[name].as_str().expect("a text").to_owned();
    (text("message"), text("hint"))
}

/// What a request carries: a form or JSON.
pub fn params(request: &Request) -> Value {
    let text = String::from_utf8(request.body.clone()).expect("UTF-8");
    serde_json::from_str(&text).unwrap_or_else(|_| {
        let pairs = url::form_urlencoded::parse(text.as_bytes());
        let pairs = pairs.map(|(name, value)| (name.into_owned(), json!(value)));
        Value::Object(pairs.collect())
    })
}

#[test]
fn each_cloud_is_called() {
    let clouds = Clouds::new();
    let args = ["api", "alibaba", "cdn", "DescribeDomainCertificateInfo"];
    let call = clouds.certctl(&args).args(&["DomainName=a.com", "--read"]);
    let answer = call.run().expect(0).json();
    let info = &answer["CertInfos"]["CertInfo"][0];
    assert_eq!(info["DomainName"], "a.com");
    assert!(answer["RequestId"].is_string());
    let args = ["api", "tencent", "ssl", "BatchDeleteCSR", "CSRIds:=[22,11]"];
    let answer = clouds.certctl(&args).run().expect(0).json();
    assert_eq!(answer["Success"], json!([22]));
    let args = ["api", "ucloud", "DescribeSSLV2", "SSLId=ssl-old0001"];
    let answer = clouds.certctl(&args).run().expect(0).json();
    assert_eq!(answer["DataSet"][0]["SSLId"], "ssl-old0001");
    assert_eq!(answer["RetCode"], 0);
    let sent = &clouds.calls("DescribeSSLV2")[0].params;
    assert_eq!(sent["Region"], "cn-bj2");
    assert_eq!(sent["ProjectId"], "org-sandbox");
    let args = [
        "api",
        "ucloud",
        "GetRegion",
        "--read",
        "--query",
        "Regions[].Zone",
    ];
    let zones = clouds.certctl(&args).run().expect(0).json();
    assert_eq!(zones, json!(["cn-bj2-02", "cn-bj2-05", "hk-02"]));
}

#[test]
fn text_arrives_character_by_character() {
    let values = [
        "two words",
        "证书 名称",
        "a+b",
        "*.example.com",
        "one\ntwo\r\n",
        "100%",
        "a=b&c=d",
        "~!'()*",
        "'quoted\"",
        "\\n",
        "\t",
        "@ the start",
        " around ",
        "🔑",
        "{\"a\": [1]}",
        "\u{feff}bom",
    ];
    for (cloud, words) in [
        ("alibaba", &["cdn", "Echo"][..]),
        ("tencent", &["ssl", "Echo"]),
        ("ucloud", &["Echo"]),
    ] {
        let server = Raw::http(|_| answer(500, "", ""));
        let clouds = Clouds::new();
        let words_of = |(at, value): (usize, &&str)| match value.strip_prefix('@') {
            // What begins so is a file's name unless it is JSON.
            Some(_) => format!("V{at}:={}", json!(value)),
            None => format!("V{at}={value}"),
        };
        let given: Vec<String> = values.iter().enumerate().map(words_of).collect();
        let given: Vec<&str> = given.iter().map(String::as_str).collect();
        let args = [&["api", cloud], words, &given].concat();
        let call = clouds
            .certctl(&args)
            .env("CERTCTL_ENDPOINT", server.endpoint());
        call.arg("--max-attempts=1").run().expect(10);
        let sent = params(&server.requests()[0]);
        for (at, value) in values.iter().enumerate() {
            assert_eq!(sent[format!("V{at}")], json!(value), "{cloud} {value:?}");
        }
    }
}

#[test]
fn values_of_every_type_are_sent_as_each_cloud_wants_them() {
    let clouds = Clouds::new();
    let body = r#"{"Big": 9007199254740993, "Bigger": 18446744073709551615, "No": false,
                   "Half": 0.5, "List": ["a", "b c"], "Deep": {"In": [{"Id": -3}]}}"#;
    let file = clouds.file("body.json", body);
    let file = file.to_str().expect("UTF-8");
    let planned = |args: &[&str]| {
        let call = clouds.certctl(&[args, &["--body", file, "--dry-run"]].concat());
        call.run().expect(0).json()["requests"][0].clone()
    };
    let tree: Value = serde_json::from_str(body).expect("JSON");
    let tencent = planned(&[
        "api",
        "tencent",
        "ssl",
        "Echo",
        "Filters.0.Name=n",
        "Yes:=true",
    ]);
    let mut expected = tree;
    expected["Filters"] = json!([{"Name": "n"}]);
    expected["Yes"] = json!(true);
    assert_eq!(tencent["params"], expected);

    let server = Raw::http(|_| answer(200, "", r#"{"RequestId":"r","RetCode":0}"#));
    for (args, base) in [
        (&["api", "alibaba", "cdn", "Echo", "N:=7"][..], 1),
        (&["api", "ucloud", "Echo", "N:=7"], 0),
    ] {
        let call = clouds.certctl(&[args, &["--body", file]].concat());
        call.env("CERTCTL_ENDPOINT", server.endpoint())
            .run()
            .expect(0);
        let sent = params(server.requests().last().expect("a request"));
        for (name, value) in [
            ("Big", "9007199254740993"),
            ("Bigger", "18446744073709551615"),
            ("No", "false"),
            ("Half", "0.5"),
            ("N", "7"),
            (&format!("List.{base}"), "a"),
            (&format!("List.{}", base + 1), "b c"),
            (&format!("Deep.In.{base}.Id"), "-3"),
        ] {
            assert_eq!(sent[name], json!(value), "{args:?} {name}");
        }
    }
}

#[test]
fn numbers_that_would_change_on_the_way_are_refused() {
    let clouds = Clouds::new();
    for number in ["100000000000000000000", "-99999999999999999999", "1e300"] {
        let word = format!("Id:={number}");
        let (message, _) = refused(&clouds, &["api", "tencent", "ssl", "Echo", &word]);
        assert!(
            message.starts_with("Id is a number that would lose digits"),
            "{message}"
        );
    }
}

#[test]
fn an_answer_is_printed_as_it_came() {
    let text = r#"{"Response":{"Zeta":1,"Alpha":[9007199254740993,18446744073709551615,-1],
        "Name":"证书 \u0007","None":null,"Deep":{"Real":0.25},"RequestId":"r-1"}}"#;
    let server = Raw::http(move |_| answer(200, "", text));
    let clouds = Clouds::new();
    let args = ["api", "tencent", "ssl", "DescribeX", "--read"];
    let call = clouds
        .certctl(&args)
        .env("CERTCTL_ENDPOINT", server.endpoint());
    let outcome = call.run().expect(0);
    let whole: Value = serde_json::from_str(text).expect("JSON");
    assert_eq!(outcome.json(), whole["Response"]);
    let place = |name: &str| outcome.stdout.find(name).expect("it is there");
    assert!(place("Zeta") < place("Alpha"), "the order is the cloud's");
    for number in ["9007199254740993", "18446744073709551615"] {
        assert!(outcome.stdout.contains(number), "{}", outcome.stdout);
    }
    assert_eq!(outcome.stderr, "");
    let call = clouds
        .certctl(&args)
        .env("CERTCTL_ENDPOINT", server.endpoint());
    let outcome = call.args(&["-o", "table"]).run().expect(0);
    assert!(outcome.stdout.contains("Zeta") && !outcome.stdout.starts_with('{'));
    let call = clouds
        .certctl(&args)
        .env("CERTCTL_ENDPOINT", server.endpoint());
    let outcome = call.args(&["--query", "Deep.Real"]).run().expect(0);
    assert_eq!(outcome.stdout, "0.25\n");
}

#[test]
fn what_is_missing_or_given_twice_is_refused() {
    let clouds = Clouds::new();
    let a = ["api", "alibaba", "cdn", "DescribeUserDomains"];
    let t = ["api", "tencent", "ssl", "DescribeCSR"];
    let u = ["api", "ucloud", "UpdateSSLBinding"];
    for (base, more, expected) in [
        (
            &u[..],
            &["ListenerId="][..],
            "ListenerId is empty; check for an unset shell variable",
        ),
        (
            &a,
            &["DomainName="],
            "DomainName is empty; check for an unset shell variable",
        ),
        (
            &t,
            &["A:={\"B\":\"\"}"],
            "A.B is empty; check for an unset shell variable",
        ),
        (
            &a,
            &["DomainName=@"],
            "DomainName=@ has no file name; check for an unset shell variable",
        ),
        (&a, &["DomainName"], "'DomainName' is not a parameter"),
        (&u, &["ulb"], "'ulb' is not a parameter"),
        (&a, &["=x"], "'' is not a parameter name"),
        (
            &a,
            &["Domain Name=x"],
            "'Domain Name' is not a parameter name",
        ),
        (&a, &["1=x"], "'1' is not a parameter name"),
        (&a, &["A=1", "A=2"], "A is given twice"),
        (&a, &["A:=[1]", "A.1=2"], "A.1 is given twice"),
        (&t, &["A=1", "A.0=2"], "A.0 is given twice"),
        (&t, &["A.1=2"], "A has no item 0"),
        (&a, &["A:=[]"], "A is an empty list, which cannot be sent"),
        (&u, &["A:={}"], "A is an empty object, which cannot be sent"),
        (&a, &["A:=null"], "A is null, which cannot be sent"),
        (&t, &["A:=abc"], "A: it is not JSON (line 1, column 1)"),
        (&t, &["A:=[1"], "A: it is incomplete (line 1, column 2)"),
        (
            &a,
            &["Action=Other"],
            "certctl sets Action when it signs the call",
        ),
        (
            &a,
            &["Version=2014-11-11"],
            "certctl sets Version when it signs the call",
        ),
        (
            &u,
            &["PublicKey=x"],
            "certctl sets PublicKey when it signs the call",
        ),
        (
            &u,
            &["Region=hk", "--region=cn-bj2"],
            "Region is given twice: as a parameter and as --region",
        ),
        (
            &a,
            &["A=@-", "B=@-"],
            "standard input is used more than once",
        ),
        (
            &a,
            &["A=@-", "--body=-"],
            "standard input is used more than once",
        ),
        (
            &a,
            &["PageNumber=2", "--paginate"],
            "--paginate: PageNumber selects one page, but --paginate reads all pages",
        ),
    ] {
        let (message, hint) = refused(&clouds, &[base, more].concat());
        assert_eq!(message, expected, "{more:?}");
        assert!(hint.ends_with("nothing was sent"), "{more:?}: {hint}");
    }
    for (body, expected) in [
        ("[1]", "--body is JSON, but not an object"),
        ("", "--body: it is incomplete (line 1, column 0)"),
        ("{\"a b\": 1}", "--body: 'a b' is not a parameter name"),
        ("{\"DomainName\": \"x\"}", "DomainName is given twice"),
    ] {
        let call = clouds.certctl(&a).args(&["DomainName=a.com", "--body=-"]);
        let (message, _) = said(&clouds, call.stdin(body).run());
        assert_eq!(message, expected, "{body}");
    }
    let call = clouds
        .certctl(&a)
        .args(&["A=@-"])
        .stdin(b"\xff\xfe".to_vec());
    assert_eq!(said(&clouds, call.run()).0, "standard input is not UTF-8");
    let outcome = clouds.certctl(&a).arg("A=@nowhere").run().expect(11);
    assert_eq!(outcome.error()["message"], "nowhere: no such file");
    assert!(clouds.log().is_empty());
}

#[test]
fn empty_values_are_sent_where_that_is_said() {
    let clouds = Clouds::new();
    let args = ["api", "ucloud", "Echo", "A=", "--allow-empty", "--dry-run"];
    let planned = clouds.certctl(&args).run().expect(0).json();
    assert_eq!(planned["requests"][0]["params"]["A"], "");
}

#[test]
fn values_are_read_from_files_and_from_standard_input() {
    let clouds = Clouds::new();
    let chain = include_str!("../pki/p256.pem");
    clouds.file("chain.pem", chain);
    clouds.file("line.txt", "\u{feff}one line\r\n");
    clouds.file("lines.txt", "two\nlines\n");
    clouds.file("json.txt", "[1, {\"A\": \"证\"}]\n");
    let args = [
        "api",
        "tencent",
        "ssl",
        "Echo",
        "--dry-run",
        "Chain=@chain.pem",
        "One=@line.txt",
    ];
    let call = clouds
        .certctl(&args)
        .args(&["Two=@lines.txt", "Json:=@json.txt", "In=@-"]);
    let planned = call.stdin("a\nb").run().expect(0).json();
    let expected = json!({
        "Chain": chain, "One": "one line", "Two": "two\nlines\n", "Json": [1, {"A": "证"}],
        "In": "a\nb",
    });
    assert_eq!(planned["requests"][0]["params"], expected);
}

#[test]
fn a_write_sets_a_certificate() {
    let clouds = Clouds::new();
    let authority = certctl::emulator::pki::Authority::generate().expect("an authority");
    let issued = authority.issue(&["a.com"], 30).expect("a certificate");
    clouds.file("chain.pem", &issued.fullchain);
    private(&clouds.file("key.pem", &issued.key));
    let args = [
        "api",
        "alibaba",
        "cdn",
        "SetCdnDomainSSLCertificate",
        "DomainName=a.com",
    ];
    let more = [
        "SSLProtocol=on",
        "SSLPub=@chain.pem",
        "SSLPri=@key.pem",
        "CertType=upload",
    ];
    let outcome = clouds.certctl(&args).args(&more).run().expect(0);
    assert_eq!(outcome.stderr, "");
    let entry = &clouds.calls("SetCdnDomainSSLCertificate")[0];
    assert!(entry.applied && entry.secrets_in_query.is_empty());
    assert_eq!(entry.params["SSLPri"], "****");
}

#[test]
fn secrets_do_not_stand_on_the_command_line() {
    let clouds = Clouds::new();
    let key = include_str!("../pki/p256.key.pem");
    let base64 = {
        use base64::Engine;
        base64::engine::general_purpose::STANDARD.encode(key)
    };
    let body: String = key.lines().filter(|line| !line.starts_with('-')).collect();
    for (word, name) in [
        (format!("SSLPub={key}"), "SSLPub"),
        (format!("Anything={base64}"), "Anything"),
        (format!("A:={}", json!({"B": key})), "A.B"),
        (format!("SSLPri={body}"), "SSLPri"),
        (format!("Key={body}"), "Key"),
        ("KeyPassword=hunter2".into(), "KeyPassword"),
        (
            "Https.CertInfo.PrivateKey=hunter2".into(),
            "Https.CertInfo.PrivateKey",
        ),
    ] {
        let outcome = clouds
            .certctl(&[
                "api",
                "alibaba",
                "cas",
                "UploadUserCertificate",
                &word,
                "-vv",
            ])
            .run();
        let piece = &body[70..90];
        assert!(!outcome.stderr.contains(piece) && !outcome.stderr.contains("hunter2"));
        let (message, hint) = said(&clouds, outcome);
        let expected = format!("the value of {name} is secret but is on the command line");
        assert_eq!(message, expected);
        assert!(
            hint.contains("=@FILE") && hint.contains("replace it"),
            "{hint}"
        );
    }
    let outcome = clouds
        .certctl(&["api", "alibaba", "cas", "UploadUserCertificate", key])
        .run();
    assert!(!outcome.stderr.contains(&body[70..90]), "{outcome:#?}");
    said(&clouds, outcome);
}

#[test]
fn a_key_from_a_body_or_a_pipe_is_seen_by_nobody() {
    let key = include_str!("../pki/p256.key.pem");
    let line = key.lines().nth(2).expect("a line");
    let body =
        json!({"Name": "n", "Cert": include_str!("../pki/p256.pem"), "Key": key}).to_string();
    for (more, stdin, dry) in [
        (&["--body=-"][..], body.as_str(), false),
        (&["--body=-", "--dry-run"], &body, true),
        (&["Name=n", "Key=@-"], key, false),
        (&["Name=n", "Key=@-", "--dry-run"], key, true),
    ] {
        // A server that sends everything back.
        let server = Raw::http(|request| {
            let sent = params(request).to_string();
            let said = json!({"RequestId": "r", "Echo": sent, "Key": params(request)["Key"]});
            answer(200, "", said.to_string())
        });
        let clouds = Clouds::new();
        let args = ["api", "alibaba", "cas", "UploadUserCertificate", "-vv"];
        let call = clouds.certctl(&args).args(more).stdin(stdin);
        let outcome = call
            .env("CERTCTL_ENDPOINT", server.endpoint())
            .run()
            .expect(0);
        for out in [&outcome.stdout, &outcome.stderr] {
            assert!(!out.contains(&line[10..30]), "{out}");
        }
        if dry {
            assert!(server.requests().is_empty());
            assert_eq!(outcome.json()["requests"][0]["params"]["Key"], "****");
        } else {
            assert_eq!(params(&server.requests()[0])["Key"], json!(key));
        }
    }
}

#[test]
fn secrets_in_answers_are_masked_and_nothing_else_is() {
    let key = include_str!("../pki/p256.key.pem");
    let archive = format!("UEsDBBQAAAAI{}", "QUJD".repeat(50));
    let said = json!({
        "RequestId": "r",
        "Credentials": {
            "AccessKeyId": "STS.Nexample", "AccessKeySecret": "plainSecret1", "SecurityToken": "plainToken1",
            "TmpSecretKey": "plainSecret2", "SecretKey": "plainSecret3",
        },
        "Certificate": {"Cert": include_str!("../pki/p256.pem"), "Key": key, "PrivateKey": "MHcplain4"},
        "Mixed": format!("text before {key} and after"),
        "Nested": json!({"k": key}).to_string(),
        "Content": archive,
        "Sources": [{"Content": "192.0.2.1"}],
        "Tags": [{"Key": "env", "Value": "prod"}],
        "NextToken": "", "Big": 9007199254740993_u64,
    });
    let text = said.to_string();
    let server = Raw::http(move |_| answer(200, "", &text));
    let clouds = Clouds::new();
    let args = ["api", "alibaba", "cas", "GetX", "--read", "-vv"];
    let call = clouds
        .certctl(&args)
        .env("CERTCTL_ENDPOINT", server.endpoint());
    let outcome = call.run().expect(0);
    let line = key.lines().nth(2).expect("a line");
    for secret in [
        &line[10..30],
        "plainSecret",
        "plainToken",
        "MHcplain4",
        "QUJDQUJD",
    ] {
        assert!(
            !outcome.stdout.contains(secret),
            "{secret}: {}",
            outcome.stdout
        );
        assert!(
            !outcome.stderr.contains(secret),
            "{secret}: {}",
            outcome.stderr
        );
    }
    let shown = outcome.json();
    for kept in ["Sources", "Tags", "NextToken", "Big", "RequestId"] {
        assert_eq!(shown[kept], said[kept], "{kept}");
    }
    assert_eq!(shown["Certificate"]["Cert"], said["Certificate"]["Cert"]);
    assert_eq!(shown["Credentials"]["AccessKeySecret"], "****");
}

#[test]
fn the_sandboxs_own_private_keys_are_masked() {
    let clouds = Clouds::new();
    let args = [
        "api",
        "tencent",
        "ssl",
        "DescribeCSR",
        "CSRId:=22",
        "--read",
    ];
    let answer = clouds.certctl(&args).run().expect(0).json();
    assert_eq!(answer["PrivateKey"], "****");
    assert!(
        answer["CSR"]
            .as_str()
            .is_some_and(|csr| csr.starts_with("-----BEGIN"))
    );
    let args = [
        "api",
        "ucloud",
        "DescribeSSLV2",
        "SSLId=ssl-old0001",
        "--read",
    ];
    let answer = clouds.certctl(&args).run().expect(0).json();
    assert_eq!(answer["DataSet"][0]["SSLContent"], "****");
}

#[test]
fn a_write_is_not_repeated_when_its_answer_is_lost() {
    for (deed, more, status, calls) in [
        (json!("reset_after"), &[][..], 10, 1),
        (json!({"status": 502}), &[], 10, 1),
        (json!({"code": "InternalError", "http": 500}), &[], 10, 1),
        (json!("reset_after"), &["--read"], 0, 2),
        (
            json!({"code": "InternalError", "http": 500}),
            &["--read"],
            0,
            2,
        ),
    ] {
        let fault = json!({"match": {"nth": [1]}, "do": deed});
        let clouds = Clouds::with(json!({"faults": [fault]}));
        let args = [
            "api",
            "alibaba",
            "cdn",
            "DescribeDomainCertificateInfo",
            "DomainName=a.com",
        ];
        let outcome = clouds.certctl(&args).args(more).run().expect(status);
        assert_eq!(clouds.log().len(), calls, "{deed} {more:?}");
        if status == 10 {
            assert_eq!(outcome.stdout, "");
            let error = outcome.error();
            assert_eq!(error["kind"], "no-answer");
            let hint = error["hint"].as_str().expect("a hint");
            assert!(hint.contains("may have been executed"), "{hint}");
        }
    }
}

#[test]
fn throttling_and_refusals_are_what_they_are_everywhere() {
    for (deed, status, kind, calls) in [
        (json!({"throttle": {}}), 7, "throttled", 2),
        (
            json!({"code": "Forbidden.RAM", "http": 403}),
            4,
            "permission",
            1,
        ),
        (
            json!({"code": "InvalidDomain.NotFound", "http": 404}),
            5,
            "not-found",
            1,
        ),
        (
            json!({"code": "NobodyKnowsThis", "http": 400}),
            6,
            "refused",
            1,
        ),
    ] {
        let clouds = Clouds::with(json!({"faults": [{"do": deed}]}));
        let args = [
            "api",
            "alibaba",
            "cdn",
            "DescribeDomainCertificateInfo",
            "DomainName=a.com",
        ];
        let outcome = clouds
            .certctl(&args)
            .arg("--max-attempts=2")
            .run()
            .expect(status);
        assert_eq!(outcome.stdout, "");
        assert_eq!(outcome.error()["kind"], kind);
        assert!(outcome.error()["request_id"].is_string());
        assert_eq!(clouds.log().len(), calls, "{kind}");
    }
    let fault = json!({"match": {"nth": [1]}, "do": {"throttle": {}}});
    let clouds = Clouds::with(json!({"faults": [fault]}));
    let args = ["api", "tencent", "ssl", "BatchDeleteCSR", "CSRIds:=[22]"];
    let answer = clouds.certctl(&args).run().expect(0).json();
    assert_eq!(answer["Success"], json!([22]));
    assert_eq!(clouds.log().len(), 2);
}

#[test]
fn a_product_that_is_not_known_is_called_by_host_and_version() {
    let clouds = Clouds::new();
    let call = ["DescribeUserDomains", "--read"];
    let version = ["--host=cdn.aliyuncs.com", "--version=2018-05-10"];
    let args = [&["api", "alibaba", "mycdn"], &call[..], &version].concat();
    clouds.certctl(&args).run().expect(0);
    let args = [
        &["api", "alibaba", "cdn"],
        &call[..],
        &["--version=2014-11-11"],
    ]
    .concat();
    let error = clouds.certctl(&args).run().expect(6).error();
    assert_eq!(error["code"], "InvalidVersion");
    let plan = |args: &[&str]| {
        let call = crate::support::Call::new(&[args, &["--dry-run"]].concat());
        call.run().expect(0).json()["requests"][0].clone()
    };
    let planned = plan(&[
        "api",
        "tencent",
        "x-1",
        "A",
        "--host=x.example.com",
        "--version=2020-01-02",
    ]);
    assert_eq!(planned["url"], "https://x.example.com/");
    assert_eq!(planned["headers"]["x-tc-version"], "2020-01-02");
    let planned = plan(&[
        "api",
        "tencent",
        "cdn",
        "A",
        "--site=mainland",
        "--region=ap-guangzhou",
    ]);
    assert_eq!(planned["url"], "https://cdn.tencentcloudapi.com/");
    assert_eq!(planned["headers"]["x-tc-version"], "2018-06-06");
    assert_eq!(planned["headers"]["x-tc-region"], "ap-guangzhou");
    for (args, url, region) in [
        (
            &["alb", "A", "--region=cn-beijing"][..],
            "https://alb.cn-beijing.aliyuncs.com/",
            json!("cn-beijing"),
        ),
        (
            &["alb", "A", "RegionId=eu-central-1"],
            "https://alb.eu-central-1.aliyuncs.com/",
            json!("eu-central-1"),
        ),
        (
            &["slb", "A", "--region=cn-hangzhou"],
            "https://slb.aliyuncs.com/",
            json!("cn-hangzhou"),
        ),
        (
            &["live", "A", "--region=eu-central-1"],
            "https://live.eu-central-1.aliyuncs.com/",
            Value::Null,
        ),
        (
            &["dcdn", "A", "--region=eu-central-1"],
            "https://dcdn.aliyuncs.com/",
            Value::Null,
        ),
        (&["DCDN", "A"], "https://dcdn.aliyuncs.com/", Value::Null),
        (
            &["sts", "A", "--host=sts.cn-beijing.aliyuncs.com"],
            "https://sts.cn-beijing.aliyuncs.com/",
            Value::Null,
        ),
    ] {
        let planned = plan(&[&["api", "alibaba"], args].concat());
        assert_eq!(planned["url"], url);
        assert_eq!(
            planned["params"]
                .get("RegionId")
                .cloned()
                .unwrap_or_default(),
            region
        );
    }
}

#[test]
fn what_is_no_product_host_or_version_is_refused() {
    let clouds = Clouds::new();
    for (args, status, message, hint) in [
        (
            &["alibaba", "dcnd", "X"][..],
            2,
            "unknown product of alibaba: 'dcnd'",
            "did you mean dcdn?",
        ),
        (
            &["tencent", "sls", "X"],
            2,
            "unknown product of tencent: 'sls'",
            "did you mean ",
        ),
        (
            &["alibaba", "qqqq", "X"],
            2,
            "unknown product of alibaba: 'qqqq'",
            "known products: alb, ",
        ),
        (
            &["alibaba", "qqqq", "X", "--host=a.b"],
            2,
            "unknown product of alibaba",
            "--version",
        ),
        (
            &["alibaba", "cs", "X"],
            2,
            "'cs' is not an RPC product",
            "command line tool of the vendor",
        ),
        (
            &["alibaba", "alb", "X"],
            3,
            "no region: alb has a different host in each region",
            "--region",
        ),
        (
            &["alibaba", "alb", "X", "RegionId=a.evil/x"],
            2,
            "RegionId is not a region id",
            "cn-hangzhou",
        ),
        (
            &["alibaba", "alb", "X", "RegionId=a", "--region=b"],
            2,
            "RegionId is given twice",
            "remove one",
        ),
        (
            &["alibaba", "cdn", "X", "--host=http://x.com"],
            2,
            "use the host name only",
            "",
        ),
        (
            &["alibaba", "cdn", "X", "--host=x.com/path"],
            2,
            "use the host name only",
            "",
        ),
        (
            &["alibaba", "cdn", "X", "--host=x.com:80"],
            2,
            "use the host name only",
            "",
        ),
        (&["alibaba", "cdn", "X", "--host="], 2, "it is empty", ""),
        (&["alibaba", "cdn", "X", "--version=1"], 2, "use a date", ""),
        (&["alibaba", "cdn", "X=1"], 2, "this is a parameter", ""),
        (
            &["alibaba", "cdn", "X Y"],
            2,
            "an action has letters and digits only",
            "",
        ),
        (
            &["alibaba", "c/dn", "X"],
            2,
            "a product name has letters",
            "",
        ),
        (
            &["alibab", "cdn", "X"],
            2,
            "unrecognized subcommand 'alibab'",
            "alibaba",
        ),
        (
            &["alibaba", "cdn", "X", "--method=put"],
            2,
            "invalid value 'put'",
            "",
        ),
        (
            &["tencent", "ssl", "X", "--method=get"],
            2,
            "unexpected argument '--method'",
            "",
        ),
    ] {
        let outcome = clouds
            .certctl(&[&["api"], args].concat())
            .run()
            .expect(status);
        let error = outcome.error();
        let text = |name: &str| error[name].as_str().expect("a text").to_owned();
        assert!(
            text("message").contains(message),
            "{args:?}: {}",
            text("message")
        );
        assert!(text("hint").contains(hint), "{args:?}: {}", text("hint"));
    }
    assert!(clouds.log().is_empty());
}

#[test]
fn an_action_that_does_not_exist_has_a_nearest_one() {
    let clouds = Clouds::new();
    for (args, hint) in [
        (
            &["alibaba", "ga", "DescribeListner"][..],
            "did you mean DescribeListener?",
        ),
        (&["alibaba", "cdn", "UploadUserCertificates"], "check"),
        (
            &["tencent", "ssl", "describecsr"],
            "did you mean DescribeCSR?",
        ),
        (&["ucloud", "DescribeSSLv3"], "did you mean DescribeSSLV2?"),
    ] {
        let error = clouds
            .certctl(&[&["api"], args].concat())
            .run()
            .expect(6)
            .error();
        assert_eq!(error["kind"], "unsupported", "{args:?}");
        let said = error["hint"].as_str().expect("a hint");
        assert!(said.starts_with(hint), "{args:?}: {said}");
    }
    let clouds =
        Clouds::with(json!({"account": {"unknown_actions": ["GetUserCertificateDetail"]}}));
    let args = [
        "api",
        "alibaba",
        "cdn",
        "GetUserCertificateDetail",
        "CertId=1",
    ];
    let error = clouds.certctl(&args).run().expect(6).error();
    assert_eq!(
        error["hint"],
        "GetUserCertificateDetail is an action of cas"
    );
}

#[test]
fn a_number_given_as_text_is_explained() {
    let clouds = Clouds::new();
    let args = ["api", "tencent", "ssl", "DescribeCSR", "CSRId=22"];
    let error = clouds.certctl(&args).run().expect(6).error();
    let hint = error["hint"].as_str().expect("a hint");
    assert!(hint.contains("CSRId:=22"), "{hint}");
}

#[test]
fn get_keeps_keys_and_signatures_out_of_the_address() {
    let clouds = Clouds::new();
    let args = [
        "api",
        "alibaba",
        "cdn",
        "DescribeDomainCertificateInfo",
        "DomainName=a.com",
    ];
    let call = clouds
        .certctl(&args)
        .args(&["--read", "--method", "get", "--signature=rpc"]);
    call.run().expect(0);
    let entry = &clouds.log()[0];
    assert_eq!(
        (entry.method.as_str(), entry.path.as_str()),
        ("GET", "/?DomainName=a.com")
    );
    assert_eq!(entry.scheme, Some("alibaba-acs3"));
    let clouds = Clouds::new();
    clouds.file("key.pem", include_str!("../pki/p256.key.pem"));
    let args = [
        "api",
        "alibaba",
        "cdn",
        "X",
        "SSLPri=@key.pem",
        "--method=get",
    ];
    let (message, _) = refused(&clouds, &args);
    assert!(
        message.contains("where a secret does not belong"),
        "{message}"
    );
}

#[test]
fn plain_http_beyond_loopback_is_refused() {
    let clouds = Clouds::new();
    let args = [
        "api",
        "ucloud",
        "GetRegion",
        "--endpoint=http://api.example.com",
    ];
    let (message, _) = refused(&clouds, &args);
    assert!(message.contains("plain http"), "{message}");
}

#[test]
fn a_dry_run_shows_the_call_and_needs_no_key() {
    let args = [
        "api",
        "ucloud",
        "UpdateSSLBinding",
        "OldSSLId=ssl-a",
        "--dry-run",
    ];
    let call = crate::support::Call::new(&args).args(&["--region=cn-bj2", "NewSSLId=ssl-b"]);
    let planned = call.run().expect(0).json();
    assert_eq!(planned["command"], "api ucloud");
    let request = &planned["requests"][0];
    assert_eq!(request["url"], "https://api.ucloud.cn/");
    assert_eq!(request["action"], "UpdateSSLBinding");
    let expected = json!({"OldSSLId": "ssl-a", "NewSSLId": "ssl-b", "Region": "cn-bj2"});
    assert_eq!(request["params"], expected);
}

#[test]
fn the_products_are_those_of_the_document() {
    let page = include_str!("../../docs/api.md");
    let list = |beginning: &str| {
        let from = page.find(beginning).expect("the list");
        let list = &page[from..][..page[from..].find(".\n\n").expect("its end")];
        let names = list.split('`').skip(1).step_by(2).map(str::to_owned);
        names.collect::<Vec<_>>()
    };
    for (cloud, beginning) in [
        (
            certctl::cloud::Cloud::Alibaba,
            "Alibaba Cloud's products by name",
        ),
        (certctl::cloud::Cloud::Tencent, "Tencent Cloud's: "),
    ] {
        let known = certctl::providers::services::of(cloud);
        let known: Vec<_> = known.map(|service| service.name).collect();
        assert_eq!(list(beginning), known);
    }
}

#[test]
fn parameters_given_as_flags_are_explained() {
    let clouds = Clouds::new();
    let args = [
        "api",
        "alibaba",
        "cdn",
        "DescribeUserDomains",
        "--PageSize",
        "20",
    ];
    let (_, hint) = refused(&clouds, &args);
    assert_eq!(hint, "parameters have no dashes: write `PageSize=VALUE`");
    let (_, hint) = refused(&clouds, &["api", "--read", "alibaba", "cdn", "X"]);
    assert_eq!(hint, "put `--read` after `certctl api alibaba`");
}

#[cfg(unix)]
#[test]
fn a_write_that_is_cut_off_is_not_known_to_have_failed() {
    let fault = json!({"do": {"stall_ms": 20_000}});
    let scenario = json!({"faults": [fault]});
    let args = ["api", "tencent", "ssl", "BatchDeleteCSR", "CSRIds:=[22]"];
    let clouds = Clouds::with(scenario.clone());
    let outcome = clouds.certctl(&args).arg("--deadline=1").run().expect(10);
    assert_eq!(outcome.error()["kind"], "no-answer");
    let clouds = Clouds::with(scenario);
    let child = clouds.certctl(&args).spawn();
    while clouds.log().is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let id = child.id().to_string();
    let killed = std::process::Command::new("kill")
        .args(["-TERM", &id])
        .status();
    assert!(killed.is_ok_and(|status| status.success()));
    let outcome = Outcome::of(child).expect(143);
    assert_eq!(outcome.stdout, "");
    let message = outcome.error()["message"].to_string();
    assert!(message.contains("sent, but no answer yet"), "{message}");
}

/// What nests without end would take the stack with it.
#[test]
fn what_nests_too_deep_is_refused_before_anything_is_sent() {
    let clouds = Clouds::new();
    let deep = format!("{}1{}", "{\"A\":".repeat(100_000), "}".repeat(100_000));
    let body = clouds.file("deep.json", &deep);
    let name = vec!["A"; 50_000].join(".");
    let word = format!("{name}=x");
    let value = format!("A:={}1{}", "[".repeat(50_000), "]".repeat(50_000));
    let call = |cloud: &[&str], args: &[&str]| {
        let all = [&["api"], cloud, args].concat();
        let outcome = clouds.certctl(&all).run().expect(2);
        outcome.error()["message"]
            .as_str()
            .expect("a message")
            .to_owned()
    };
    for cloud in [
        &["alibaba", "cdn", "AddCdnDomain"][..],
        &["tencent", "ssl", "DescribeCertificates"],
        &["ucloud", "DescribeULB"],
    ] {
        let said = "a parameter's name nests 50000 levels deep";
        assert_eq!(call(cloud, &[&word]), said);
        assert!(call(cloud, &[&value]).contains("it nests too deep"));
        let body = ["--body", body.to_str().expect("UTF-8")];
        assert!(call(cloud, &body).contains("it nests too deep"));
    }
    assert_eq!(clouds.log().len(), 0);
}
