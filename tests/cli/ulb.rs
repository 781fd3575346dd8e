//! `certctl ulb replace`

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::support::{Clouds, Outcome};

const UPDATE: &str = "UpdateSSLBinding";
const OLD_TO_NEW: [&str; 4] = ["--old", "ssl-old0001", "--new", "ssl-new0001"];

fn replace(clouds: &Clouds, more: &[&[&str]]) -> Outcome {
    let args = [&["ulb", "replace"], &more.concat()[..]].concat();
    clouds.certctl(&args).run()
}

/// Target and status of each row; the target begins with the load balancer.
fn rows(outcome: &Outcome) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let document = outcome.json();
    let rows = document["results"].as_array().expect("rows");
    rows.iter()
        .map(|row| {
            let target = text(&row["target"]);
            let owner = target.split_once('/').map(|(owner, _)| owner);
            assert_eq!(owner, row["load_balancer"].as_str(), "{row}");
            format!("{target} {}", text(&row["status"]))
        })
        .collect()
}

#[test]
fn each_scope_moves_its_own_bindings_only() {
    let all = [
        "ulb-sandbox1/vserver-https1 changed",
        "ulb-sandbox1/vserver-https2 changed",
        "ulb-sandbox2/vserver-https3 changed",
        "alb-sandbox1/als-https1 changed",
        "alb-sandbox1/als-https2 changed",
    ];
    for (scope, own, moved) in [
        (
            &["--listener", "vserver-https2"][..],
            json!({"ListenerId": "vserver-https2"}),
            &all[1..2],
        ),
        (
            &[
                "--listener",
                "als-https2",
                "--load-balancer",
                "alb-sandbox1",
            ],
            json!({"ListenerId": "als-https2", "LoadBalancerId": "alb-sandbox1"}),
            &all[4..],
        ),
        (
            &["--load-balancer", "ulb-sandbox1", "--yes"],
            json!({"LoadBalancerId": "ulb-sandbox1"}),
            &all[..2],
        ),
        (&["--whole-project", "-y"], json!({}), &all[..]),
    ] {
        let clouds = Clouds::new();
        let outcome = replace(&clouds, &[&OLD_TO_NEW, scope]).expect(0);
        assert_eq!(rows(&outcome), moved);
        let calls = clouds.calls(UPDATE);
        assert_eq!(calls.len(), 1);
        let mut params = calls[0].params.clone();
        for common in ["Action", "PublicKey"] {
            params.remove(common).expect("sent always");
        }
        let mut wanted = json!({"Region": "cn-bj2", "ProjectId": "org-sandbox",
                                "OldSSLId": "ssl-old0001", "NewSSLId": "ssl-new0001"});
        let members = wanted.as_object_mut().expect("an object");
        members.extend(own.as_object().expect("an object").clone());
        // Neither ULBId nor VServerId, which the vendor's sample shows: they are no parameters.
        assert_eq!(Value::Object(params), wanted);
        for row in outcome.json()["results"].as_array().expect("rows") {
            assert_eq!(row["request_id"], calls[0].request_id);
        }
        // A second run finds everything as asked.
        let again = replace(&clouds, &[&OLD_TO_NEW, scope]).expect(0);
        assert_eq!(again.statuses(), ["unchanged"]);
        assert_eq!(clouds.calls(UPDATE).len(), 1);
    }
}

/// The document's own sample values, its foreign parameters left out.
#[test]
fn the_documents_sample() {
    let clouds = Clouds::new();
    let place = ["--region", "rlOKcLRx", "--project-id", "fFdbMoEE"];
    let ids = ["--old", "CbnyEXQg", "--new", "wezHQFgd"];
    let scope = ["--load-balancer", "pecWyopE", "--listener", "FvbeTLVk"];
    let outcome = replace(&clouds, &[&place, &ids, &scope]).expect(0);
    assert_eq!(rows(&outcome), ["pecWyopE/FvbeTLVk changed"]);
    let outcome = replace(&clouds, &[&place, &ids, &["--whole-project", "--yes"]]).expect(0);
    assert_eq!(
        rows(&outcome),
        ["zEuiHKHC/fUAheFtz changed", "WtoMKBTg/nMcQugdp changed"]
    );
}

#[test]
fn the_wide_forms_say_what_they_touch() {
    let clouds = Clouds::new();
    let outcome = replace(
        &clouds,
        &[&OLD_TO_NEW, &["--load-balancer", "alb-sandbox1", "--yes"]],
    );
    let outcome = outcome.expect(0);
    assert_eq!(
        outcome.talk(),
        "note: ssl-old0001 is replaced with ssl-new0001 on 2 listeners:\nnote:   alb-sandbox1 / \
         als-https1 (default certificate)\nnote:   alb-sandbox1 / als-https2\n"
    );
    let clouds = Clouds::new();
    let quiet = replace(&clouds, &[&OLD_TO_NEW, &["--whole-project", "--yes", "-q"]]).expect(0);
    assert_eq!(quiet.stderr, "");
}

#[test]
fn a_certificate_that_does_not_fit_is_refused_before_anything_is_changed() {
    for (new, message) in [
        (
            "ssl-other01",
            "ssl-other01 does not cover example.com, *.example.com, which ssl-old0001 covers: it \
             covers example.org",
        ),
        ("ssl-expired", "ssl-expired expired on "),
    ] {
        let clouds = Clouds::new();
        let args = [
            "--old",
            "ssl-old0001",
            "--new",
            new,
            "--whole-project",
            "--yes",
        ];
        let outcome = replace(&clouds, &[&args]).expect(8);
        let error = outcome.error();
        assert_eq!(error["kind"], "certificate");
        let said = error["message"].as_str().expect("a text");
        assert!(said.starts_with(message), "{said}");
        assert!(clouds.calls(UPDATE).is_empty());
        assert_eq!(outcome.stdout, "");
    }
    let clouds = Clouds::new();
    let args = [
        "--old",
        "ssl-old0001",
        "--new",
        "ssl-other01",
        "--listener",
        "vserver-https1",
    ];
    let outcome = replace(&clouds, &[&args, &["--allow-name-mismatch"]]).expect(0);
    assert!(
        outcome
            .stderr
            .starts_with("warning: ssl-other01 does not cover"),
        "{outcome:#?}"
    );
    assert_eq!(rows(&outcome), ["ulb-sandbox1/vserver-https1 changed"]);
}

#[test]
fn a_certificate_that_is_not_there_is_named() {
    for (old, new, missing) in [
        ("ssl-none", "ssl-new0001", "ssl-none"),
        ("ssl-old0001", "ssl-gone", "ssl-gone"),
    ] {
        let clouds = Clouds::new();
        let args = ["--old", old, "--new", new, "--whole-project", "--yes"];
        let outcome = replace(&clouds, &[&args]).expect(5);
        let error = outcome.error();
        assert_eq!(error["kind"], "not-found");
        let said = error["message"].as_str().expect("a text");
        assert!(said.contains(missing) && said.contains("cn-bj2"), "{said}");
        assert!(clouds.calls(UPDATE).is_empty());
    }
}

#[test]
fn where_nothing_is_bound_nothing_is_changed() {
    for scope in [
        &[
            "--old",
            "ssl-idle001",
            "--new",
            "ssl-new0001",
            "--whole-project",
            "--yes",
        ][..],
        &[
            "--old",
            "ssl-old0001",
            "--new",
            "ssl-new0001",
            "--load-balancer",
            "ulb-none",
            "--yes",
        ],
        &[
            "--old",
            "ssl-old0001",
            "--new",
            "ssl-new0001",
            "--load-balancer",
            "ulb-sandbox2",
            "--listener",
            "vserver-https1",
        ],
    ] {
        let clouds = Clouds::new();
        let outcome = replace(&clouds, &[scope]).expect(0);
        assert_eq!(outcome.statuses(), ["unchanged"]);
        let note = outcome.json()["results"][0]["note"].clone();
        assert_eq!(note, format!("{} is not bound here", scope[1]));
        assert!(clouds.calls(UPDATE).is_empty());
    }
}

#[test]
fn without_a_preview_one_call_goes_out() {
    let clouds = Clouds::new();
    let outcome = replace(
        &clouds,
        &[
            &OLD_TO_NEW,
            &["--listener", "vserver-https1", "--no-preview"],
        ],
    );
    let outcome = outcome.expect(0);
    assert_eq!(clouds.log().len(), 1);
    assert_eq!(clouds.calls(UPDATE).len(), 1);
    let row = &outcome.json()["results"][0];
    assert_eq!(row["target"], "vserver-https1");
    assert_eq!(row["note"], "accepted; not confirmed (--no-preview)");
    let wrong = [
        "--listener",
        "vserver-https3",
        "--load-balancer",
        "ulb-sandbox1",
        "--no-preview",
    ];
    let outcome = replace(&clouds, &[&OLD_TO_NEW, &wrong]).expect(5);
    assert_eq!(outcome.json()["results"][0]["error"]["code"], "4143");
}

#[test]
fn region_and_project_have_to_be_what_they_are() {
    let clouds = Clouds::new();
    let args = [
        &["ulb", "replace"],
        &OLD_TO_NEW[..],
        &["--listener", "vserver-https1"],
    ]
    .concat();
    let outcome = clouds
        .certctl(&args)
        .without("UCLOUD_REGION")
        .run()
        .expect(3);
    assert_eq!(
        outcome.error()["message"],
        "the region is missing: certificates of load balancers are regional"
    );
    let outcome = clouds
        .certctl(&args)
        .arg("--project-id")
        .arg("org-sandbox/Default")
        .run()
        .expect(2);
    assert_eq!(
        outcome.error()["message"],
        "--project-id contains the name of the project after its id"
    );
    assert!(clouds.log().is_empty());
    let outcome = clouds
        .certctl(&args)
        .without("UCLOUD_PROJECT_ID")
        .run()
        .expect(4);
    assert!(
        outcome.stderr.starts_with("warning: no project given"),
        "{outcome:#?}"
    );
    assert_eq!(outcome.error()["code"], "299");
}

/// Serves DescribeSSLV2 with the given certificates, the bindings moving with UpdateSSLBinding,
/// in whatever shape; returns its address and the actions that arrived.
fn odd_cloud(old: Value, new: Value) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let actions = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&actions);
    std::thread::spawn(move || {
        let (mut old, mut new) = (old, new);
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
            let mut length = 0;
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).expect("a line");
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().expect("a number");
                }
                if line.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("the body");
            let body = String::from_utf8(body).expect("UTF-8");
            let reply = match body.contains("Action=UpdateSSLBinding") {
                true => {
                    seen.lock().expect("no panic").push("update".to_owned());
                    let (from, to) = (old["Relations"].take(), &mut new["Relations"]);
                    *to = from;
                    json!({"RetCode": 0, "Action": "UpdateSSLBindingResponse"})
                }
                false => {
                    seen.lock().expect("no panic").push("read".to_owned());
                    let asked = if body.contains("SSLId=old") {
                        &old
                    } else {
                        &new
                    };
                    json!({"RetCode": 0, "DataSet": [asked]})
                }
            };
            let reply = reply.to_string();
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                reply.len()
            );
            stream
                .write_all((head + &reply).as_bytes())
                .expect("written");
        }
    });
    (address, actions)
}

/// The vendor documents no shape of the names and lets every field be absent.
#[test]
fn certificates_come_in_several_shapes() {
    let bound = json!([{"LoadBalancerId": "lb", "ListenerId": "ls"}]);
    let names = "example.com,*.example.com";
    for (old, new) in [
        (
            json!({"DNSNames": names}),
            json!({"DNSNames": " *.example.com , EXAMPLE.com,"}),
        ),
        (
            json!({"DNSNames": ["example.com"], "Domains": "example.com"}),
            json!({"DNSNames": ["example.com", "*.example.com"], "Domains": ["example.com"]}),
        ),
        (
            json!({"DNSNames": null, "Domains": "example.com"}),
            json!({"Domains": names}),
        ),
        (
            json!({}),
            json!({"DNSNames": "", "Domains": null, "NotAfter": 0}),
        ),
    ] {
        let (mut old, mut new) = (old, new);
        old["SSLId"] = json!("old");
        old["Relations"] = bound.clone();
        new["SSLId"] = json!("new");
        new["Relations"] = Value::Null;
        let (address, actions) = odd_cloud(old.clone(), new);
        let clouds = Clouds::new();
        let args = [
            "--old",
            "old",
            "--new",
            "new",
            "--listener",
            "ls",
            "--endpoint",
            &address,
        ];
        let outcome = replace(&clouds, &[&args]).expect(0);
        assert_eq!(rows(&outcome), ["lb/ls changed"], "{old}");
        let actions = actions.lock().expect("no panic").clone();
        assert_eq!(actions, ["read", "read", "update", "read", "read"]);
    }
    // Covering is judged in either shape.
    let old = json!({"SSLId": "old", "DNSNames": ["a.com", "b.com"], "Relations": bound});
    let new = json!({"SSLId": "new", "DNSNames": ["a.com"], "Relations": null});
    let (address, actions) = odd_cloud(old, new);
    let clouds = Clouds::new();
    let args = [
        "--old",
        "old",
        "--new",
        "new",
        "--listener",
        "ls",
        "--endpoint",
        &address,
    ];
    let outcome = replace(&clouds, &[&args]).expect(8);
    let message = outcome.error()["message"].clone();
    assert_eq!(
        message,
        "new does not cover b.com, which old covers: it covers a.com"
    );
    assert_eq!(*actions.lock().expect("no panic"), ["read", "read"]);
}
