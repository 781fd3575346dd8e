//! `certctl ulb bind`, `unbind` and `set-default`

use serde_json::{Value, json};

use crate::support::raw::{Raw, answer};
use crate::support::{Call, Clouds, Outcome};

fn ulb(clouds: &Clouds, args: &[&str]) -> Outcome {
    clouds.certctl(&[&["ulb"], args].concat()).run()
}

/// `ulb COMMAND --cert … --listener … --load-balancer …`, with consent.
fn change(clouds: &Clouds, command: &str, place: [&str; 3], more: &[&str]) -> Outcome {
    let [cert, listener, load_balancer] = place;
    let args = [
        command,
        "--yes",
        "--cert",
        cert,
        "--listener",
        listener,
        "--load-balancer",
        load_balancer,
    ];
    ulb(clouds, &[&args, more].concat())
}

/// The certificates of a listener as `ulb list` has them, `*` behind the default one.
fn certificates(clouds: &Clouds, listener: &str) -> Vec<String> {
    let query = format!("results[?listener=='{listener}' && certificate].[certificate, default]");
    let outcome = ulb(clouds, &["list", "--query", &query, "-o", "json"]).expect(0);
    let rows = outcome.json();
    let mark = |row: &Value| match row[1] == true {
        true => format!("{}*", row[0].as_str().expect("an id")),
        false => row[0].as_str().expect("an id").to_owned(),
    };
    rows.as_array().expect("rows").iter().map(mark).collect()
}

/// The parameters of the one call of an action, without the common ones.
#[track_caller]
fn sent(clouds: &Clouds, action: &str) -> Value {
    let calls = clouds.calls(action);
    assert_eq!(calls.len(), 1);
    let mut params = calls[0].params.clone();
    for (name, value) in [("Region", "cn-bj2"), ("ProjectId", "org-sandbox")] {
        assert_eq!(params.remove(name), Some(json!(value)));
    }
    for common in ["Action", "PublicKey"] {
        params.remove(common).expect("sent always");
    }
    Value::Object(params)
}

fn row(outcome: &Outcome) -> Value {
    outcome.json()["results"][0].clone()
}

fn actions(clouds: &Clouds) -> Vec<String> {
    clouds
        .log()
        .into_iter()
        .filter_map(|entry| entry.action)
        .collect()
}

/// The two families have actions of their own, which name the same things differently.
#[test]
fn each_family_is_called_by_its_own_names() {
    let clouds = Clouds::new();
    let clb = ["ssl-new0001", "vserver-https4", "ulb-sandbox2"];
    let outcome = change(&clouds, "bind", clb, &[]).expect(0);
    assert_eq!(
        sent(&clouds, "BindSSL"),
        json!({"ULBId": "ulb-sandbox2", "VServerId": "vserver-https4", "SSLId": "ssl-new0001"})
    );
    assert_eq!(row(&outcome)["action"], "BindSSL");
    assert_eq!(row(&outcome)["load_balancer"], "ulb-sandbox2");
    assert_eq!(certificates(&clouds, "vserver-https4"), ["ssl-new0001"]);
    // The vendor's answer calls itself BindSSLResponse.
    let outcome = change(&clouds, "unbind", clb, &[]).expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
    assert_eq!(
        sent(&clouds, "UnbindSSL"),
        json!({"ULBId": "ulb-sandbox2", "VServerId": "vserver-https4", "SSLId": "ssl-new0001"})
    );
    assert!(certificates(&clouds, "vserver-https4").is_empty());

    let alb = ["ssl-idle001", "als-https1", "alb-sandbox1"];
    change(&clouds, "bind", alb, &[]).expect(0);
    let binding = json!({"LoadBalancerId": "alb-sandbox1", "ListenerId": "als-https1",
                         "SSLIds.0": "ssl-idle001"});
    assert_eq!(sent(&clouds, "AddSSLBinding"), binding);
    assert_eq!(
        certificates(&clouds, "als-https1"),
        ["ssl-old0001*", "ssl-idle001"]
    );
    change(&clouds, "unbind", alb, &[]).expect(0);
    assert_eq!(sent(&clouds, "DeleteSSLBinding"), binding);
    assert_eq!(certificates(&clouds, "als-https1"), ["ssl-old0001*"]);

    change(&clouds, "set-default", alb, &[]).expect(0);
    assert_eq!(
        sent(&clouds, "UpdateListenerAttribute"),
        json!({"LoadBalancerId": "alb-sandbox1", "ListenerId": "als-https1",
               "Certificates.0": "ssl-idle001"})
    );
    assert_eq!(certificates(&clouds, "als-https1"), ["ssl-idle001*"]);
}

/// What is so already costs reads only.
#[test]
fn what_is_so_already_stays() {
    let clouds = Clouds::new();
    for (command, place, note) in [
        (
            "bind",
            ["ssl-old0001", "vserver-https1", "ulb-sandbox1"],
            Value::Null,
        ),
        (
            "bind",
            ["ssl-old0001", "als-https2", "alb-sandbox1"],
            Value::Null,
        ),
        (
            "bind",
            ["ssl-old0001", "als-https1", "alb-sandbox1"],
            json!("as its default certificate"),
        ),
        (
            "unbind",
            ["ssl-new0001", "vserver-https1", "ulb-sandbox1"],
            Value::Null,
        ),
        (
            "unbind",
            ["ssl-new0001", "als-https1", "alb-sandbox1"],
            Value::Null,
        ),
        (
            "set-default",
            ["ssl-other01", "als-https2", "alb-sandbox1"],
            Value::Null,
        ),
    ] {
        let outcome = change(&clouds, command, place, &["--wait"]).expect(0);
        assert_eq!(outcome.statuses(), ["unchanged"], "{command} {place:?}");
        assert_eq!(row(&outcome)["note"], note);
    }
    assert!(
        actions(&clouds)
            .iter()
            .all(|action| action.starts_with("Describe"))
    );
}

/// A prefix is a hint and no more: the vendor's sample has ids of letters alone.
#[test]
fn the_family_is_found_out_by_reading() {
    let clouds = Clouds::new();
    let place = ["wezHQFgd", "FvbeTLVk", "pecWyopE"];
    let sample = ["--region", "rlOKcLRx", "--project-id", "fFdbMoEE"];
    let unbind = ["CbnyEXQg", "FvbeTLVk", "pecWyopE"];
    change(&clouds, "unbind", unbind, &sample).expect(0);
    change(&clouds, "bind", place, &sample).expect(0);
    assert_eq!(clouds.calls("BindSSL").len(), 1);

    // An ALB with another name than the vendor's, whose CLB actions say that there is none.
    for absent in [
        json!({"RetCode": 4210, "Message": "not found"}),
        json!({"RetCode": 0, "TotalCount": 0, "DataSet": []}),
    ] {
        let raw = odd_alb(absent);
        let args = [
            "bind",
            "--cert=ssl-1",
            "--listener=ls-1",
            "--load-balancer=lb-1",
        ];
        let outcome = against(&raw, &args).expect(0);
        assert_eq!(row(&outcome)["action"], "AddSSLBinding");
    }
    // In neither family.
    let nowhere = ["ssl-new0001", "x", "alb-none"];
    let outcome = change(&clouds, "bind", nowhere, &[]).expect(5);
    let message = outcome.error()["message"]
        .as_str()
        .expect("a text")
        .to_owned();
    assert!(
        message.starts_with("no load balancer alb-none with listeners"),
        "{message}"
    );
    assert_eq!(outcome.stdout, "");
}

fn odd_alb(absent: Value) -> Raw {
    Raw::http(move |request| {
        let body = String::from_utf8_lossy(&request.body);
        let reply = if body.contains("Action=DescribeSSLV2") {
            json!({"RetCode": 0, "TotalCount": 1, "DataSet": [{"SSLId": "ssl-1"}]})
        } else if body.contains("Action=DescribeVServer") {
            absent.clone()
        } else if body.contains("Action=DescribeListeners") {
            json!({"RetCode": "0", "TotalCount": 1, "Listeners": [
                {"ListenerId": "ls-1", "ListenerProtocol": "https", "Certificates": null}]})
        } else {
            assert!(body.contains("Action=AddSSLBinding"), "{body}");
            json!({"RetCode": "0"})
        };
        answer(200, "", reply.to_string())
    })
}

fn against(raw: &Raw, args: &[&str]) -> Outcome {
    let home = tempfile::tempdir().expect("a directory");
    Call::new(&[&["ulb"], args].concat())
        .env("HOME", home.path())
        .env("CERTCTL_ENDPOINT", raw.endpoint())
        .env("UCLOUD_PUBLIC_KEY", "key")
        .env("UCLOUD_PRIVATE_KEY", "secret-of-the-key")
        .env("UCLOUD_REGION", "cn-bj2")
        .env("UCLOUD_PROJECT_ID", "org-x")
        .run()
}

/// What the certificate says of its listeners and what a listener says of its certificates may lag,
/// each by itself: what either shows is bound.
#[test]
fn what_either_side_shows_is_bound() {
    let raw = Raw::http(|request| {
        let body = String::from_utf8_lossy(&request.body);
        let reply = if body.contains("Action=DescribeSSLV2") {
            json!({"RetCode": 0, "TotalCount": 1, "DataSet": [{"SSLId": "ssl-1"}]})
        } else if body.contains("Action=DescribeListeners") {
            json!({"RetCode": 0, "TotalCount": 2, "Listeners": [
                {"ListenerId": "ls-1", "Certificates": [{"SSLId": "ssl-1", "IsDefault": false}]},
                {"ListenerId": "ls-2", "Certificates": [{"SSLId": "ssl-1", "IsDefault": true}]}]})
        } else {
            assert!(body.contains("Action=DeleteSSLBinding") && body.contains("ls-1"));
            json!({"RetCode": 0})
        };
        answer(200, "", reply.to_string())
    });
    let on = |command, listener| {
        let listener = format!("--listener={listener}");
        let args = [
            command,
            "-y",
            "--cert=ssl-1",
            "--load-balancer=alb-1",
            &listener,
        ];
        against(&raw, &args)
    };
    assert_eq!(on("bind", "ls-1").expect(0).statuses(), ["unchanged"]);
    assert_eq!(
        on("set-default", "ls-2").expect(0).statuses(),
        ["unchanged"]
    );
    assert_eq!(on("unbind", "ls-1").expect(0).statuses(), ["changed"]);
    let default = on("unbind", "ls-2").expect(6);
    assert_eq!(row(&default)["error"]["kind"], "state");
}

#[test]
fn a_certificate_beside_one_for_the_same_names_is_named() {
    let clouds = Clouds::new();
    let place = ["ssl-new0001", "als-https1", "alb-sandbox1"];
    let outcome = change(&clouds, "bind", place, &[]).expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
    let replace = "ulb replace --old ssl-old0001 --new ssl-new0001 --listener als-https1 \
                   --load-balancer alb-sandbox1";
    let said = format!(
        "has ssl-old0001 for the same names; to replace it with ssl-new0001: `certctl {replace}`"
    );
    assert!(outcome.stderr.contains(&said), "{}", outcome.stderr);
    // The line that is given can be typed.
    let replace: Vec<&str> = replace.split_whitespace().chain(["--dry-run"]).collect();
    clouds.certctl(&replace).run().expect(0);

    let clouds = Clouds::new();
    let place = ["ssl-other01", "als-https1", "alb-sandbox1"];
    let outcome = change(&clouds, "bind", place, &["--allow-name-mismatch"]).expect(0);
    assert!(!outcome.stderr.contains("same names"), "{}", outcome.stderr);
}

#[test]
fn a_vserver_has_one_certificate() {
    let clouds = Clouds::new();
    let place = ["ssl-new0001", "vserver-https1", "ulb-sandbox1"];
    let outcome = change(&clouds, "bind", place, &[]).expect(6);
    let error = &row(&outcome)["error"];
    assert_eq!(error["code"], "63072");
    assert_eq!(error["kind"], "conflict");
    let hint = error["hint"].as_str().expect("a text");
    assert!(
        hint.contains(
            "certctl ulb replace --old ssl-old0001 --new ssl-new0001 --listener vserver-https1 \
             --load-balancer ulb-sandbox1"
        ),
        "{hint}"
    );
    // What the hint says works as it stands.
    let line = hint.split('`').nth(1).expect("a command");
    let args: Vec<&str> = line.split(' ').skip(1).collect();
    clouds.certctl(&args).run().expect(0);
    assert_eq!(certificates(&clouds, "vserver-https1"), ["ssl-new0001"]);
}

#[test]
fn each_listener_has_its_row_in_the_order_asked() {
    let clouds = Clouds::new();
    let listeners = "vserver-none,vserver-https4,vserver-https3,vserver-https4";
    let place = ["ssl-idle001", listeners, "ulb-sandbox2"];
    let outcome = change(&clouds, "bind", place, &["--listener", "als-https1"]).expect(9);
    let document = outcome.json();
    let rows = document["results"].as_array().expect("rows");
    let shown: Vec<String> = rows
        .iter()
        .map(|row| {
            let text = |name: &str| row[name].as_str().expect("a text").to_owned();
            let error = row["error"]["kind"].as_str().unwrap_or("-");
            format!("{} {} {error}", text("target"), text("status"))
        })
        .collect();
    assert_eq!(
        shown,
        [
            "ulb-sandbox2/vserver-none failed not-found",
            "ulb-sandbox2/vserver-https4 changed -",
            "ulb-sandbox2/vserver-https3 failed conflict",
            "ulb-sandbox2/als-https1 failed not-found",
        ]
    );
    assert_eq!(clouds.calls("BindSSL").len(), 2);
}

#[test]
fn what_cannot_be_is_refused_before_it_is_sent() {
    for (command, place, kind, message) in [
        (
            "bind",
            ["ssl-new0001", "vserver-http1", "ulb-sandbox1"],
            "parameter",
            "vserver-http1 is HTTP: only HTTPS listeners have certificates",
        ),
        (
            "bind",
            ["ssl-new0001", "vserver-tcp1", "ulb-sandbox1"],
            "parameter",
            "vserver-tcp1 is TCP: only HTTPS listeners have certificates",
        ),
        (
            "set-default",
            ["ssl-new0001", "als-http1", "alb-sandbox1"],
            "parameter",
            "als-http1 is HTTP: only HTTPS listeners have certificates",
        ),
        (
            "unbind",
            ["ssl-other01", "als-https2", "alb-sandbox1"],
            "state",
            "ssl-other01 is the default certificate of als-https2, which cannot be removed",
        ),
        (
            "set-default",
            ["ssl-other01", "als-https1", "alb-sandbox1"],
            "certificate",
            "ssl-other01 does not cover example.com, *.example.com, which ssl-old0001 covers: it \
             covers example.org",
        ),
    ] {
        let clouds = Clouds::new();
        let outcome = change(&clouds, command, place, &[]);
        let error = row(&outcome)["error"].clone();
        assert_eq!(error["kind"], kind, "{outcome:#?}");
        assert_eq!(error["message"], message);
        assert_eq!(outcome.statuses(), ["failed"]);
        assert_eq!(outcome.status, if kind == "certificate" { 8 } else { 6 });
        assert!(
            actions(&clouds)
                .iter()
                .all(|action| action.starts_with("Describe"))
        );
    }
    // Of the whole command.
    for (command, place, status, message) in [
        (
            "set-default",
            ["ssl-new0001", "vserver-https1", "ulb-sandbox1"],
            6,
            "ulb-sandbox1 is a CLB",
        ),
        (
            "bind",
            ["ssl-expired", "vserver-https4", "ulb-sandbox2"],
            8,
            "ssl-expired expired on 20",
        ),
        (
            "set-default",
            ["ssl-expired", "als-https1", "alb-sandbox1"],
            8,
            "ssl-expired expired on 20",
        ),
        (
            "bind",
            ["ssl-none", "vserver-https4", "ulb-sandbox2"],
            5,
            "no certificate ssl-none in cn-bj2",
        ),
    ] {
        let clouds = Clouds::new();
        let outcome = change(&clouds, command, place, &[]).expect(status);
        let said = outcome.error()["message"]
            .as_str()
            .expect("a text")
            .to_owned();
        assert!(said.starts_with(message), "{said}");
        assert_eq!(outcome.stdout, "");
        assert!(
            actions(&clouds)
                .iter()
                .all(|action| action.starts_with("Describe"))
        );
    }
}

#[test]
fn names_may_be_given_up_knowingly() {
    let clouds = Clouds::new();
    let place = ["ssl-other01", "als-https1", "alb-sandbox1"];
    let outcome = change(&clouds, "set-default", place, &["--allow-name-mismatch"]).expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
    // Nothing is read of the certificate whose place it takes.
    let reads = clouds.calls("DescribeSSLV2");
    assert!(
        reads
            .iter()
            .all(|read| read.params["SSLId"] == "ssl-other01")
    );
    assert_eq!(certificates(&clouds, "als-https1"), ["ssl-other01*"]);
    // One that was there besides becomes the default one.
    let place = ["ssl-old0001", "als-https2", "alb-sandbox1"];
    change(&clouds, "set-default", place, &["--allow-name-mismatch"]).expect(0);
    assert_eq!(certificates(&clouds, "als-https2"), ["ssl-old0001*"]);
}

/// What the change of each command is called, and a place for it.
const CHANGES: [(&str, &str, [&str; 3]); 5] = [
    (
        "bind",
        "BindSSL",
        ["ssl-new0001", "vserver-https4", "ulb-sandbox2"],
    ),
    (
        "unbind",
        "UnbindSSL",
        ["ssl-old0001", "vserver-https1", "ulb-sandbox1"],
    ),
    (
        "bind",
        "AddSSLBinding",
        ["ssl-idle001", "als-https1", "alb-sandbox1"],
    ),
    (
        "unbind",
        "DeleteSSLBinding",
        ["ssl-old0001", "als-https2", "alb-sandbox1"],
    ),
    (
        "set-default",
        "UpdateListenerAttribute",
        ["ssl-new0001", "als-https1", "alb-sandbox1"],
    ),
];

fn striking(action: &str, deed: &Value) -> Clouds {
    let faults = json!([{"match": {"action": action, "nth": [1]}, "do": deed}]);
    Clouds::with(json!({ "faults": faults }))
}

#[test]
fn a_change_whose_answer_is_lost_is_looked_for() {
    for (command, action, place) in CHANGES {
        // A setting may be repeated; the others are looked for first.
        let repeated = action == "UpdateListenerAttribute";
        for deed in [
            json!("reset_after"),
            json!({"code": "110", "applied": true}),
        ] {
            let clouds = striking(action, &deed);
            let outcome = change(&clouds, command, place, &[]).expect(0);
            assert_eq!(outcome.statuses(), ["changed"], "{action} {deed}");
            let calls = clouds.calls(action).len();
            assert_eq!(calls, if repeated { 2 } else { 1 }, "{action} {deed}");
            if !repeated {
                assert_eq!(row(&outcome)["note"], "confirmed by reading it back");
            }
        }
        let clouds = striking(action, &json!("reset_before"));
        let outcome = change(&clouds, command, place, &[]).expect(0);
        assert_eq!(outcome.statuses(), ["changed"], "{action}");
        assert_eq!(clouds.calls(action).len(), 2);
    }
}

#[test]
fn a_change_that_nobody_can_look_for_is_unknown() {
    for (command, action, place) in CHANGES {
        let faults = json!([
            {"match": {"action": action}, "do": "reset_after"},
            // The last read before the call may be one more, of the certificate so far.
            {"match": {"action": "DescribeSSLV2", "value": place[0], "nth": [2]},
             "do": {"code": "299", "message": "IAM permission denied"}},
        ]);
        let clouds = Clouds::with(json!({ "faults": faults }));
        let outcome = change(&clouds, command, place, &["--max-attempts=2"]).expect(10);
        assert_eq!(outcome.statuses(), ["unknown"], "{action}");
        // Without a look, nothing but a setting is sent twice.
        let calls = clouds.calls(action).len();
        let repeated = action == "UpdateListenerAttribute";
        assert_eq!(calls, if repeated { 2 } else { 1 }, "{action}");
    }
}

/// Lost, not to be seen yet, then refused because the first one did it: a refusal of one's own doing
/// is no failure.
#[test]
fn a_refusal_after_a_lost_answer_is_looked_into() {
    let faults = json!([{"match": {"action": "BindSSL", "nth": [1]}, "do": "reset_after"}]);
    let place = ["ssl-new0001", "vserver-https4", "ulb-sandbox2"];
    let account = json!({"ulb_settle_ms": 60_000});
    let clouds = Clouds::with(json!({"account": account, "faults": faults}));
    let outcome = change(&clouds, "bind", place, &[]).expect(10);
    assert_eq!(outcome.statuses(), ["unknown"]);
    assert_eq!(row(&outcome)["error"]["code"], "63072");
    assert_eq!(clouds.calls("BindSSL").len(), 2);
}

#[test]
fn a_change_is_waited_for() {
    let waits = |(command, action, place): (&str, &str, [&str; 3])| {
        let clouds = Clouds::with(json!({"account": {"ulb_settle_ms": 2000}}));
        let outcome = change(&clouds, command, place, &["--wait=60s"]).expect(0);
        assert_eq!(outcome.statuses(), ["changed"], "{action}");
        assert_eq!(row(&outcome).get("note"), None);
        let log = actions(&clouds);
        let at = log.iter().position(|name| name == action).expect("sent");
        assert!(log.len() - at > 2, "read until it showed: {log:?}");
    };
    std::thread::scope(|scope| {
        for one in CHANGES {
            scope.spawn(move || waits(one));
        }
    });
    let (command, _, place) = CHANGES[0];
    let clouds = Clouds::with(json!({"account": {"ulb_settle_ms": 60_000}}));
    let outcome = change(&clouds, command, place, &["--wait=1s"]).expect(10);
    assert_eq!(outcome.statuses(), ["unknown"]);
    assert_eq!(
        row(&outcome)["note"],
        "accepted, not confirmed within 1 s: the cloud does not show it yet"
    );
    // Without --wait the cloud's word is enough.
    let clouds = Clouds::with(json!({"account": {"ulb_settle_ms": 60_000}}));
    let outcome = change(&clouds, command, place, &[]).expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
    assert_eq!(actions(&clouds).last().map(String::as_str), Some("BindSSL"));
}

/// A replacement reads back as long as `--wait` says.
#[test]
fn a_replacement_waits_as_long_as_it_is_told() {
    let args = ["replace", "--old=ssl-old0001", "--new=ssl-new0001"];
    let place = ["--listener=vserver-https1", "--load-balancer=ulb-sandbox1"];
    let replace = |settle: u64, more: &[&str]| {
        let clouds = Clouds::with(json!({"account": {"ulb_settle_ms": settle}}));
        ulb(&clouds, &[&args[..], &place, more].concat())
    };
    assert_eq!(
        replace(1500, &["--wait=60s"]).expect(0).statuses(),
        ["changed"]
    );
    let outcome = replace(60_000, &["--wait=1s"]).expect(10);
    assert_eq!(
        row(&outcome)["note"],
        "accepted, but reading still shows the old certificate"
    );
    replace(0, &["--wait", "--no-preview"]).expect(2);
}

#[test]
fn taking_a_certificate_away_needs_consent() {
    let clouds = Clouds::new();
    let args = [
        "unbind",
        "--cert=ssl-old0001",
        "--load-balancer=ulb-sandbox1",
    ];
    let listeners = ["--listener", "vserver-https1,vserver-https2"];
    let outcome = ulb(&clouds, &[&args[..], &listeners].concat()).expect(2);
    let message = outcome.error()["message"]
        .as_str()
        .expect("a text")
        .to_owned();
    assert!(
        message.starts_with(
            "removing ssl-old0001 from 2 listeners of ulb-sandbox1 (vserver-https1, vserver-https2) \
             requires --yes"
        ),
        "{message}"
    );
    assert!(clouds.log().is_empty());
}

#[test]
fn a_failure_that_holds_for_all_ends_the_run() {
    let faults = json!([{"match": {"action": "BindSSL"}, "do": {"code": "161"}}]);
    let clouds = Clouds::with(json!({ "faults": faults }));
    let place = [
        "ssl-new0001",
        "vserver-https4,vserver-https3",
        "ulb-sandbox2",
    ];
    let outcome = change(&clouds, "bind", place, &[]).expect(6);
    assert_eq!(outcome.statuses(), ["failed", "skipped"]);
    assert_eq!(clouds.calls("BindSSL").len(), 1);

    let clouds = Clouds::new();
    let call = clouds.certctl(&[
        "ulb",
        "bind",
        "--cert=a",
        "--listener=b",
        "--load-balancer=c",
    ]);
    let outcome = call.without("UCLOUD_PROJECT_ID").run().expect(4);
    let error = outcome.error();
    assert_eq!(error["code"], "299");
    assert!(
        error["hint"]
            .as_str()
            .expect("a text")
            .contains("--project-id")
    );
    assert_eq!(clouds.log().len(), 1);
}

#[test]
fn a_dry_run_shows_the_calls_of_the_likely_family() {
    let clouds = Clouds::new();
    for (command, action, place) in CHANGES {
        let outcome = change(&clouds, command, place, &["--dry-run"]).expect(0);
        let document = outcome.json();
        let requests = document["requests"].as_array().expect("requests");
        let name = |request: &Value| request["action"].as_str().expect("a name").to_owned();
        let names: Vec<String> = requests.iter().map(name).collect();
        let read = match place[2].starts_with("alb") {
            true => "DescribeListeners",
            false => "DescribeVServer",
        };
        assert_eq!(names, ["DescribeSSLV2", read, action]);
        assert_eq!(outcome.statuses(), ["planned"]);
        assert_eq!(row(&outcome)["action"], action);
        let params = &requests[2]["params"];
        assert_eq!(params["ProjectId"], "org-sandbox");
        let named = |name: &str| params[name] == place[1];
        assert!(named("VServerId") != named("ListenerId"), "{params}");
    }
    assert!(clouds.log().is_empty());
}

#[test]
fn empty_values_are_refused() {
    let clouds = Clouds::new();
    for command in ["bind", "unbind", "set-default"] {
        for empty in [
            "--cert",
            "--listener",
            "--load-balancer",
            "--region",
            "--project-id",
        ] {
            let mut args = vec![command, "--yes"];
            for flag in [
                "--cert",
                "--listener",
                "--load-balancer",
                "--region",
                "--project-id",
            ] {
                args.extend([flag, if flag == empty { "" } else { "x" }]);
            }
            let outcome = ulb(&clouds, &args).expect(2);
            assert_eq!(outcome.error()["kind"], "usage", "{args:?}");
        }
        for missing in ["--cert=x", "--listener=x", "--load-balancer=x"] {
            let all = ["--cert=x", "--listener=x", "--load-balancer=x"];
            let rest = all.into_iter().filter(|flag| *flag != missing);
            let args: Vec<&str> = [command, "--yes"].into_iter().chain(rest).collect();
            ulb(&clouds, &args).expect(2);
        }
        ulb(
            &clouds,
            &[
                command,
                "-y",
                "--cert=x",
                "--load-balancer=x",
                "--listener=a,,b",
            ],
        )
        .expect(2);
    }
    assert!(clouds.log().is_empty());
}
