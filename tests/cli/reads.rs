//! What is read before anything is changed, and lists in pages, from clouds and gateways that do not
//! answer as they should.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::support::raw::{Raw, Request, answer};
use crate::support::{Clouds, Outcome};

/// Every command whose first call is a read.
const READ_FIRST: [&str; 24] = [
    "cdn list",
    "cdn certs",
    "cdn show a.com",
    "ga list",
    "ga replace --accelerator ga-1 --listener lsr-1 --cert 1-cn-hangzhou=a.com --yes",
    "ga detach --accelerator ga-1 --listener lsr-1 --domains a.com --yes",
    "ga set-default --accelerator ga-1 --listener lsr-1 --cert 1-cn-hangzhou",
    "cas list",
    "cas show 7",
    "cas delete 7 --yes",
    "ssl list",
    "ssl show example1",
    "ssl bindings example1",
    "ssl rename example1 --alias x",
    "ssl delete example1 --yes",
    "ssl update --old example1 --new example2 --types cdn,teo --yes",
    "ssl deploy example2 --to cdn --instances a.com|on",
    "ssl deployments show 7",
    "ssl csr list",
    "ssl csr edit 101 --generate",
    "ulb list",
    "ulb delete ssl-1 --yes",
    "ulb unbind --cert ssl-1 --listener vserver-1 --load-balancer ulb-1 --yes",
    "ulb replace --old ssl-1 --new ssl-2 --whole-project --yes",
];

fn run(raw: &Raw, line: &str) -> Outcome {
    let clouds = Clouds::new();
    let args: Vec<&str> = line.split(' ').collect();
    let call = clouds
        .certctl(&args)
        .env("CERTCTL_ENDPOINT", raw.endpoint());
    call.run()
}

/// The error that a command ends with, wherever it stands.
fn error(outcome: &Outcome) -> Value {
    match outcome.stdout.is_empty() {
        true => outcome.error(),
        false => outcome.json()["results"][0]["error"].clone(),
    }
}

#[test]
fn a_read_that_fails_before_any_change_is_tried_later() {
    let html = "<html>please log in</html>";
    let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{\"RequestId\":";
    let answers: [(&str, Vec<u8>); 4] = [
        ("reset", Vec::new()),
        ("empty", answer(200, "", "")),
        ("html", answer(200, "Content-Type: text/html\r\n", html)),
        ("cut", cut.to_vec()),
    ];
    for (name, bytes) in answers {
        let raw = Raw::http(move |_| bytes.clone());
        for line in READ_FIRST {
            let outcome = run(&raw, &format!("{line} --max-attempts 1")).expect(7);
            if !outcome.stdout.is_empty() {
                let statuses = outcome.statuses();
                let unsent = |status: &String| matches!(status.as_str(), "failed" | "skipped");
                assert!(statuses.iter().all(unsent), "{name} {line}: {outcome:#?}");
            }
            let error = error(&outcome);
            assert_eq!(error["kind"], "unavailable", "{name} {line}: {error}");
            assert_ne!(error["retryable"], false, "{name} {line}");
            let hint = error["hint"].as_str().expect("a hint");
            assert!(!hint.contains("change"), "{name} {line}: {hint}");
        }
    }
}

fn body(request: &Request) -> String {
    String::from_utf8_lossy(&request.body).into_owned() + &request.head
}

fn tencent(response: Value) -> Vec<u8> {
    answer(200, "", json!({ "Response": response }).to_string())
}

/// A gateway that gives the first page whatever page is asked for, and one with a page too large.
#[test]
fn a_list_is_whole_or_an_error() {
    let ids = |from: usize, to: usize| -> Vec<String> {
        (from..to).map(|n| format!("id{n:06}")).collect()
    };
    let ssl = |ids: &[String], total: usize| {
        let rows: Vec<Value> = ids.iter().map(|id| json!({"CertificateId": id})).collect();
        tencent(json!({"RequestId": "r", "TotalCount": total, "Certificates": rows}))
    };
    let ulb = |ids: &[String], total: usize| {
        let rows: Vec<Value> = ids.iter().map(|id| json!({"SSLId": id})).collect();
        answer(
            200,
            "",
            json!({"RetCode": 0, "TotalCount": total, "DataSet": rows}).to_string(),
        )
    };
    let cas = |ids: &[String], total: usize| {
        let rows: Vec<Value> = ids.iter().map(|id| json!({"CertificateId": id})).collect();
        let answered = json!({"RequestId": "r", "TotalCount": total, "CertificateOrderList": rows});
        answer(200, "", answered.to_string())
    };
    let first = ids(0, 2);
    for (command, bytes) in [
        ("ssl list --page-size 2", ssl(&first, 4)),
        ("ulb certs --page-size 2", ulb(&first, 4)),
        ("cas list --page-size 2", cas(&first, 4)),
        // The total counts the page: it is not the whole list.
        ("cas list --page-size 2", cas(&first, 2)),
        ("ssl list --page-size 2", ssl(&ids(0, 3), 4)),
        ("ssl list --page-size 2", ssl(&["a".into(), "a".into()], 2)),
        ("ulb certs --page-size 2", ulb(&ids(0, 2), 1)),
    ] {
        let raw = Raw::http(move |_| bytes.clone());
        let outcome = run(&raw, command).expect(7);
        assert_eq!(outcome.stdout, "", "{command}");
        assert_eq!(outcome.error()["kind"], "unavailable", "{command}");
    }
    // Where each page's count is its own, the list goes on to the page that is not full.
    let raw = Raw::http(move |request| {
        let text = body(request);
        let page = match () {
            _ if text.contains("EXPIRED") => ids(0, 0),
            _ if text.contains("CurrentPage=1") => ids(0, 2),
            _ if text.contains("CurrentPage=2") => ids(2, 4),
            _ => ids(4, 5),
        };
        cas(&page, page.len())
    });
    let outcome = run(&raw, "cas list --page-size 2").expect(0);
    assert_eq!(outcome.json()["results"].as_array().map(Vec::len), Some(5));
}

/// The vendor's sample has eleven items of a type under a limit of ten, of six types on a page.
#[test]
fn an_updates_items_are_paged_by_type() {
    let offsets = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = std::sync::Arc::clone(&offsets);
    let raw = Raw::http(move |request| {
        let asked: Value = serde_json::from_slice(&request.body).expect("JSON");
        let offset: u64 = asked["Offset"]
            .as_str()
            .expect("text")
            .parse()
            .expect("a number");
        seen.lock().expect("no panic").push(offset);
        let item = |n: u64| json!({"Id": n, "CertId": "new00001", "Status": 1, "Domains": [format!("d{n}.com")]});
        let list = |of: &str, numbers: std::ops::Range<u64>| {
            let items: Vec<Value> = numbers.map(item).collect();
            json!({"ResourceType": of, "List": items, "TotalCount": 15})
        };
        let lists = match offset {
            0 => json!([list("cdn", 0..11), list("live", 100..103)]),
            _ => json!([list("cdn", 10..15), list("live", 103..103)]),
        };
        tencent(
            json!({"RequestId": offset.to_string(), "TotalCount": 18, "SuccessTotalCount": 18,
                       "FailedTotalCount": 0, "RunningTotalCount": 0, "RecordDetailList": lists}),
        )
    });
    let outcome = run(&raw, "ssl deployments show 7 --kind update --page-size 10").expect(0);
    let document = outcome.json();
    let rows = document["results"][0]["items"].as_array().expect("items");
    let distinct: BTreeSet<String> = rows.iter().map(Value::to_string).collect();
    assert_eq!((rows.len(), distinct.len()), (18, 18), "{document:#}");
    assert_eq!(*offsets.lock().expect("no panic"), [0, 10]);
}

#[test]
fn numbers_as_text_are_read_and_another_shape_is_said() {
    let raw = Raw::http(|request| {
        let text = body(request);
        let reply = match () {
            _ if text.contains("DescribeLoadBalancers") => json!({
                "RetCode": "0", "TotalCount": "1", "LoadBalancers": [{
                    "LoadBalancerId": "alb-1", "Listeners": [{
                        "ListenerId": "als-1", "ListenerPort": "443", "ListenerProtocol": "HTTPS",
                        "Certificates": [{"SSLId": "ssl-1", "IsDefault": "true"}],
                    }],
                }],
            }),
            _ if text.contains("DescribeULB") => json!({"RetCode": 0, "TotalCount": "0"}),
            _ => json!({"RetCode": 0, "TotalCount": "1", "DataSet": [{"SSLId": 7}]}),
        };
        answer(200, "", reply.to_string())
    });
    let document = run(&raw, "ulb list").expect(0).json();
    let row = &document["results"][0];
    assert_eq!(
        (&row["port"], &row["default"]),
        (&json!(443), &json!(true)),
        "{document:#}"
    );
    let document = run(&raw, "ulb certs").expect(0).json();
    assert_eq!(document["results"][0]["certificate"], "7");

    let calls = std::sync::Arc::new(AtomicUsize::new(0));
    let counted = std::sync::Arc::clone(&calls);
    let raw = Raw::http(move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        tencent(json!({"RequestId": "r", "TotalCount": "many", "Certificates": []}))
    });
    let outcome = run(&raw, "ssl list").expect(7);
    assert_eq!(
        (outcome.stdout.as_str(), calls.load(Ordering::Relaxed)),
        ("", 1)
    );
    let error = outcome.error();
    assert_eq!(error["kind"], "unexpected-answer");
    let said = format!("{} {}", error["message"], error["hint"]);
    assert!(said.contains("not have the documented format"), "{said}");
    assert!(!said.contains("in a few minutes"), "{said}");
}

/// A cache gives the answer of a read to the change: nobody knows whether that was made.
#[test]
fn an_answer_that_came_before_is_none() {
    let raw = Raw::http(|request| {
        let reply = match body(request).contains("DescribeSSLV2") {
            true => json!({"RetCode": 0, "TotalCount": 1, "DataSet": [{"SSLId": "ssl-1"}]}),
            false => json!({"RetCode": 0}),
        };
        answer(
            200,
            "X-UCLOUD-REQUEST-UUID: 0aed2f1c\r\n",
            reply.to_string(),
        )
    });
    let outcome = run(&raw, "ulb delete ssl-1 --yes --max-attempts 1").expect(10);
    assert_eq!(outcome.statuses(), ["unknown"]);
    let message = error(&outcome)["message"].clone();
    assert!(
        message
            .as_str()
            .is_some_and(|text| text.contains("earlier call")),
        "{message}"
    );
}

/// A refusal that came before is as little an answer to another change. What a gateway says of any call
/// is believed all the same.
#[test]
fn a_refusal_that_came_before_is_none() {
    let server = |code: i64| {
        Raw::http(move |request| {
            let body = body(request);
            let read = body.contains("DescribeSSLV2");
            let known = ["ssl-1", "ssl-2"].map(|id| json!({"SSLId": id}));
            let reply = match read {
                true => json!({"RetCode": 0, "TotalCount": 2, "DataSet": known}),
                false => json!({"RetCode": code, "Message": "m"}),
            };
            let id = match read {
                true => certctl::transport::nonce(),
                false => "0aed2f1c".to_owned(),
            };
            answer(
                200,
                &format!("X-UCLOUD-REQUEST-UUID: {id}\r\n"),
                reply.to_string(),
            )
        })
    };
    let line = "ulb delete ssl-1 ssl-2 --yes --max-attempts 1";
    let statuses = |code: i64| run(&server(code), line).statuses();
    // 230: parameters; 299: no permission.
    assert_eq!(statuses(230), ["failed", "unknown"]);
    assert_eq!(statuses(299), ["failed", "failed"]);
}

/// An answer that says nothing but that it is one is no empty list.
#[test]
fn an_answer_that_tells_nothing_is_no_empty_list() {
    let raw = Raw::http(|_| {
        // An envelope for each of the clouds, each with nothing in it.
        let told = json!({"RequestId": "r", "RetCode": 0, "Response": {"RequestId": "r"}});
        answer(200, "X-UCLOUD-REQUEST-UUID: r\r\n", told.to_string())
    });
    let more = [
        "dcdn list",
        "dcdn certs",
        "ga show ga-1",
        "ssl deployments list example1",
        "ssl deployments show 7 --kind deploy",
        "ssl deployments show 7 --kind update",
        "ssl csr show 101",
        "ulb certs",
    ];
    let mut taken = Vec::new();
    for line in READ_FIRST.iter().chain(&more) {
        let outcome = run(&raw, line);
        if outcome.status != 7 {
            taken.push(format!("{line}: {outcome:#?}"));
        }
    }
    assert!(taken.is_empty(), "{}", taken.join("\n"));
}

/// After a corrected clock, days left count by the cloud's time.
#[test]
fn days_left_count_by_the_corrected_clock() {
    let days = |ahead: i64| -> i64 {
        let refused = AtomicUsize::new(usize::from(ahead == 0));
        let raw = Raw::http(move |request| {
            let now = chrono::Utc::now() + chrono::TimeDelta::days(ahead);
            let date = format!("Date: {}\r\n", now.format("%a, %d %b %Y %H:%M:%S GMT"));
            if refused.fetch_add(1, Ordering::Relaxed) == 0 {
                let refusal =
                    json!({"RequestId": "r", "Code": "InvalidTimeStamp.Expired", "Message": "m"});
                return answer(400, &date, refusal.to_string());
            }
            let rows = match body(request).contains("EXPIRED") {
                true => json!([]),
                false => json!([{"CertificateId": 7, "EndDate": "2099-01-01"}]),
            };
            let total = rows.as_array().map(Vec::len);
            let reply =
                json!({"RequestId": "s", "TotalCount": total, "CertificateOrderList": rows});
            answer(200, &date, reply.to_string())
        });
        let document = run(&raw, "cas list").expect(0).json();
        document["results"][0]["days_left"]
            .as_i64()
            .expect("a number")
    };
    let earlier = days(0) - days(100);
    assert!((99..=101).contains(&earlier), "{earlier}");
}
