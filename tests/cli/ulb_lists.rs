//! `certctl ulb list` and `certctl ulb certs`

use serde_json::{Value, json};

use crate::support::raw::{Raw, answer};
use crate::support::{Call, Clouds, Outcome};

fn ulb(clouds: &Clouds, args: &[&str]) -> Outcome {
    clouds.certctl(&[&["ulb"], args].concat()).run()
}

/// The members of each result, `-` where there is none.
fn rows(outcome: &Outcome, members: &[&str]) -> Vec<String> {
    let document = outcome.json();
    let results = document["results"].as_array().expect("results");
    let text = |value: &Value| match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let row = |row: &Value| members.iter().map(|member| text(&row[member])).collect();
    let rows = results.iter().map(row);
    rows.map(|row: Vec<String>| row.join(" ")).collect()
}

const PLACE: [&str; 6] = [
    "kind",
    "load_balancer",
    "listener",
    "protocol",
    "certificate",
    "default",
];

#[test]
fn both_families_are_in_one_view() {
    let clouds = Clouds::new();
    let outcome = ulb(&clouds, &["list"]).expect(0);
    assert_eq!(
        rows(&outcome, &PLACE),
        [
            "clb ulb-sandbox1 vserver-https1 HTTPS ssl-old0001 -",
            "clb ulb-sandbox1 vserver-https2 HTTPS ssl-old0001 -",
            "clb ulb-sandbox1 vserver-http1 HTTP - -",
            "clb ulb-sandbox1 vserver-tcp1 TCP - -",
            "clb ulb-sandbox2 vserver-https3 HTTPS ssl-old0001 -",
            "clb ulb-sandbox2 vserver-https4 HTTPS - -",
            "alb alb-sandbox1 als-https1 HTTPS ssl-old0001 true",
            "alb alb-sandbox1 als-https2 HTTPS ssl-other01 true",
            "alb alb-sandbox1 als-https2 HTTPS ssl-old0001 false",
            "alb alb-sandbox1 als-http1 HTTP - -",
        ]
    );
    let document = outcome.json();
    assert_eq!(document["command"], "ulb list");
    let row = &document["results"][6];
    assert_eq!(row["region"], "cn-bj2");
    assert_eq!(row["status"], "normal");
    assert_eq!(row["port"], 443);
    assert_eq!(row["certificate_name"], "example.com-old");
    assert_eq!(row["names"], json!(["example.com", "*.example.com"]));
    assert_eq!(row["days_left"], 9);
    let fingerprint = row["fingerprint"].as_str().expect("a fingerprint");
    assert_eq!(fingerprint.len(), 64);
    let expires = row["expires"].as_str().expect("a time");
    assert!(expires.ends_with('Z') && expires.len() == 20, "{expires}");
    // The listeners come with the ALBs only if they are asked for, and the numbers are texts there.
    let params = &clouds.calls("DescribeLoadBalancers")[0].params;
    assert_eq!(params["ShowDetail"], "true");
    assert_eq!(
        (&params["Limit"], &params["Offset"]),
        (&json!("100"), &json!("0"))
    );

    let table = ulb(&clouds, &["list", "-o", "table"]).expect(0).stdout;
    let header = table.lines().next().expect("a header");
    assert_eq!(
        header.split_whitespace().collect::<Vec<_>>().join(" "),
        "LOAD BALANCER KIND LISTENER PROTOCOL PORT CERTIFICATE DEFAULT NAMES EXPIRES DAYS LEFT"
    );
    assert!(table.contains("example.com,*.example.com"), "{table}");
}

#[test]
fn a_list_shows_what_is_asked_for() {
    let clouds = Clouds::new();
    let expiring = ["list", "--expiring", "30d"];
    let outcome = ulb(&clouds, &expiring).expect(0);
    let places = rows(&outcome, &["listener", "certificate"]);
    assert_eq!(
        places,
        [
            "vserver-https1 ssl-old0001",
            "vserver-https2 ssl-old0001",
            "vserver-https3 ssl-old0001",
            "als-https1 ssl-old0001",
            "als-https2 ssl-old0001",
        ]
    );
    assert_eq!(outcome.stderr, "");
    let sooner = ulb(&clouds, &["list", "--expiring", "9d"]).expect(0);
    assert!(rows(&sooner, &PLACE).is_empty());

    let outcome = ulb(&clouds, &["list", "--load-balancer", "alb-sandbox1"]).expect(0);
    assert_eq!(rows(&outcome, &["listener"]).len(), 4);
    let outcome = ulb(&clouds, &["list", "--load-balancer", "alb-none"]).expect(5);
    assert_eq!(
        outcome.error()["message"],
        "no load balancer alb-none in cn-bj2"
    );

    let clouds = Clouds::new();
    let outcome = ulb(&clouds, &["list", "--kind", "alb"]).expect(0);
    assert_eq!(rows(&outcome, &["kind"]), ["alb"; 4]);
    assert!(
        clouds.calls("DescribeULB").is_empty(),
        "what is left out is not read"
    );
}

#[test]
fn certificates_tell_where_they_are_bound() {
    let clouds = Clouds::new();
    let outcome = ulb(&clouds, &["certs"]).expect(0);
    assert_eq!(
        rows(&outcome, &["certificate", "name", "days_left"]),
        [
            "ssl-old0001 example.com-old 9",
            "ssl-new0001 example.com-new 89",
            "ssl-idle001 example.com-idle 89",
            "ssl-other01 example.org 89",
            "ssl-expired example.com-expired -1",
        ]
    );
    let old = &outcome.json()["results"][0];
    assert_eq!(
        old["bindings"][3],
        json!({"load_balancer": "alb-sandbox1", "listener": "als-https1", "default": true})
    );
    let listeners = old["listeners"].as_array().expect("listeners");
    assert_eq!(listeners.len(), 5);
    assert_eq!(listeners[4], "alb-sandbox1/als-https2");
    assert!(
        old["issuer"]
            .as_str()
            .expect("an issuer")
            .contains("intermediate")
    );

    let outcome = ulb(&clouds, &["certs", "--expiring=30d"]).expect(0);
    assert_eq!(
        rows(&outcome, &["certificate"]),
        ["ssl-old0001", "ssl-expired"]
    );
    let outcome = ulb(&clouds, &["certs", "--unbound"]).expect(0);
    assert_eq!(
        rows(&outcome, &["certificate"]),
        ["ssl-new0001", "ssl-idle001", "ssl-expired"]
    );
    let csv = ["certs", "-o", "csv", "--columns", "certificate,listeners"];
    let csv = ulb(&clouds, &csv).expect(0).stdout;
    assert!(
        csv.contains("\nssl-other01,alb-sandbox1/als-https2\n"),
        "{csv}"
    );
    let query = "results[?length(bindings)==`0`].certificate";
    let names = ulb(&clouds, &["certs", "--query", query, "-o", "table"]).expect(0);
    assert_eq!(names.stdout, "ssl-new0001\nssl-idle001\nssl-expired\n");
}

/// Each region and project has its own, and an empty list is one.
#[test]
fn a_place_without_anything_gives_an_empty_list() {
    let clouds = Clouds::new();
    for command in ["list", "certs"] {
        for place in [["--region", "cn-gd"], ["--project-id", "org-sandbox2"]] {
            let outcome = ulb(&clouds, &[&[command][..], &place].concat()).expect(0);
            assert_eq!(outcome.json()["results"], json!([]), "{place:?}");
        }
        let outcome = ulb(&clouds, &[command, "--region", "cn-nowhere"]).expect(4);
        assert_eq!(outcome.error()["code"], "293");
    }
}

#[test]
fn lists_are_read_to_their_end() {
    let account = json!({"ulb_certificates": 295});
    let clouds = Clouds::with(json!({ "account": account }));
    let outcome = ulb(&clouds, &["certs", "--page-size", "20"]).expect(0);
    let all = rows(&outcome, &["certificate"]);
    assert_eq!(all.len(), 300);
    assert_eq!(all[299], "ssl-more0295");
    let offsets: Vec<String> = clouds
        .calls("DescribeSSLV2")
        .iter()
        .map(|call| {
            assert_eq!(call.params["Limit"], "20");
            call.params["Offset"].as_str().expect("a text").to_owned()
        })
        .collect();
    let wanted: Vec<String> = (0..15).map(|page| (page * 20).to_string()).collect();
    assert_eq!(offsets, wanted);

    // However few the cloud gives, whatever was asked for.
    let account = json!({"ulb_certificates": 20, "max_page": 2});
    let clouds = Clouds::with(json!({ "account": account }));
    let outcome = ulb(&clouds, &["certs"]).expect(0);
    assert_eq!(rows(&outcome, &["certificate"]).len(), 25);
    assert_eq!(clouds.calls("DescribeSSLV2").len(), 13);

    let clouds = Clouds::with(json!({ "account": {"max_page": 1} }));
    let outcome = ulb(&clouds, &["list"]).expect(0);
    assert_eq!(rows(&outcome, &PLACE).len(), 10);
    assert_eq!(clouds.calls("DescribeULB").len(), 2);
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

fn json_answer(body: &Value) -> Vec<u8> {
    answer(200, "", body.to_string())
}

#[test]
fn a_list_that_is_cut_short_is_an_error() {
    // More is announced than comes.
    let raw = Raw::http(|request| {
        let first = String::from_utf8_lossy(&request.body).contains("Offset=0");
        let items = match first {
            true => json!([{"SSLId": "ssl-1"}]),
            false => json!([]),
        };
        json_answer(&json!({"RetCode": 0, "TotalCount": 3, "DataSet": items}))
    });
    let outcome = against(&raw, &["certs"]).expect(7);
    assert_eq!(outcome.stdout, "");
    assert_eq!(
        outcome.error()["message"],
        "DescribeSSLV2: the list is incomplete: received 1 of 3 items"
    );

    // Nobody says how many there are: it may be all, or not.
    for body in [
        json!({"RetCode": 0, "DataSet": [{"SSLId": "ssl-1"}]}),
        json!({"RetCode": 0}),
        json!({"RetCode": 0, "TotalCount": null, "DataSet": null}),
    ] {
        let raw = Raw::http(move |_| json_answer(&body));
        let outcome = against(&raw, &["certs"]).expect(7);
        assert_eq!(
            outcome.error()["message"],
            "DescribeSSLV2: the answer does not contain the number of items"
        );
        assert_eq!(outcome.stdout, "");
    }
}

/// Every field may be absent or null, and numbers may come as text.
#[test]
fn what_the_cloud_leaves_out_is_left_out() {
    let raw = Raw::http(|_| {
        json_answer(&json!({"RetCode": "0", "TotalCount": 3, "DataSet": [
            {"SSLId": "ssl-1", "SSLName": null, "Relations": null, "SSLContent": null,
             "Domains": "a.com", "NotAfter": 0},
            {"SSLId": "ssl-2", "DNSNames": "A.com,b.com", "Domains": "a.com",
             "NotBefore": 1577836800, "NotAfter": 1577836801, "SSLContent": "no certificate"},
            {"SSLId": "ssl-3", "USSLId": "usecure_ussl-1", "SSLSource": 1},
        ]}))
    });
    let outcome = against(&raw, &["certs"]).expect(0);
    let empty: [Value; 0] = [];
    assert_eq!(
        outcome.json()["results"],
        json!([
            {"region": "cn-bj2", "certificate": "ssl-1", "name": "", "names": ["a.com"],
             "listeners": empty, "bindings": empty},
            {"region": "cn-bj2", "certificate": "ssl-2", "name": "", "names": ["a.com", "b.com"],
             "starts": "2020-01-01T00:00:00Z", "expires": "2020-01-01T00:00:01Z",
             "days_left": outcome.json()["results"][1]["days_left"], "listeners": empty,
             "bindings": empty},
            {"region": "cn-bj2", "certificate": "ssl-3", "name": "", "names": empty,
             "ussl": "usecure_ussl-1", "listeners": empty, "bindings": empty},
        ])
    );
    let outcome = against(&raw, &["certs", "--expiring", "30d"]).expect(0);
    assert_eq!(
        rows(&outcome, &["certificate"]),
        ["ssl-1", "ssl-2", "ssl-3"]
    );
    assert_eq!(
        outcome.stderr,
        "warning: the expiry date of 2 certificates is unknown: ssl-1, ssl-3\n"
    );
}

/// The vendor calls an ALB listener's list that of its default certificate: others are known by
/// what the certificates say.
#[test]
fn a_binding_that_only_the_certificate_shows_is_shown() {
    let raw = Raw::http(|request| {
        let body = String::from_utf8_lossy(&request.body);
        let answer = if body.contains("Action=DescribeSSLV2") {
            json!({"RetCode": 0, "TotalCount": 2, "DataSet": [
                {"SSLId": "ssl-1", "Relations": [
                    {"LoadBalancerId": "lb", "ListenerId": "ls", "IsDefault": true}]},
                {"SSLId": "ssl-2", "Relations": [
                    {"LoadBalancerId": "lb", "ListenerId": "ls", "IsDefault": false},
                    {"LoadBalancerId": "other", "ListenerId": "ls", "IsDefault": false}]},
            ]})
        } else if body.contains("Action=DescribeLoadBalancers") {
            json!({"RetCode": 0, "TotalCount": 1, "LoadBalancers": [{"LoadBalancerId": "lb",
                "Listeners": [{"ListenerId": "ls", "ListenerProtocol": "HTTPS",
                               "Certificates": [{"SSLId": "ssl-1", "IsDefault": true}]}]}]})
        } else {
            json!({"RetCode": 0, "TotalCount": 0})
        };
        json_answer(&answer)
    });
    let outcome = against(&raw, &["list"]).expect(0);
    assert_eq!(
        rows(&outcome, &["listener", "certificate", "default"]),
        ["ls ssl-1 true", "ls ssl-2 false"]
    );
}

#[test]
fn a_family_that_cannot_be_read_can_be_left_out() {
    let account = json!({"unknown_actions": ["DescribeLoadBalancers"]});
    let clouds = Clouds::with(json!({ "account": account }));
    let outcome = ulb(&clouds, &["list"]).expect(6);
    let error = outcome.error();
    let message = error["message"].as_str().expect("a text");
    assert!(
        message.starts_with("could not read the ALBs: 161"),
        "{message}"
    );
    assert!(
        error["hint"]
            .as_str()
            .expect("a text")
            .contains("--kind clb")
    );
    assert_eq!(outcome.stdout, "");
    let outcome = ulb(&clouds, &["list", "--kind=clb"]).expect(0);
    assert_eq!(rows(&outcome, &PLACE).len(), 6);
}

#[test]
fn reads_survive_a_bad_network() {
    for deed in [
        json!("reset_before"),
        json!("not_json"),
        json!("bad_gzip"),
        json!("empty_object"),
        json!({"cut_body": 40}),
        json!({"status": 502, "html": true}),
        json!({"code": "4079"}),
        json!("throttle"),
    ] {
        let faults = json!([{"match": {"cloud": "ucloud", "every": 2}, "do": deed}]);
        let clouds = Clouds::with(json!({ "faults": faults }));
        let outcome = ulb(&clouds, &["list"]).expect(0);
        assert_eq!(rows(&outcome, &PLACE).len(), 10, "{deed}");
    }
}

/// What is wrong with the key costs one request.
#[test]
fn the_first_read_goes_alone() {
    for command in ["list", "certs"] {
        let clouds = Clouds::new();
        let call = clouds.certctl(&["ulb", command]);
        let outcome = call.env("UCLOUD_PRIVATE_KEY", "wrong").run().expect(4);
        assert_eq!(outcome.error()["code"], "171");
        assert_eq!(clouds.log().len(), 1);
    }
}

#[test]
fn a_dry_run_shows_the_first_pages() {
    let clouds = Clouds::new();
    for (command, actions) in [
        (
            "list",
            &["DescribeULB", "DescribeLoadBalancers", "DescribeSSLV2"][..],
        ),
        ("certs", &["DescribeSSLV2"]),
    ] {
        let outcome = ulb(&clouds, &[command, "--dry-run", "--page-size=7"]).expect(0);
        let document = outcome.json();
        let requests = document["requests"].as_array().expect("requests");
        let named: Vec<&str> = requests
            .iter()
            .map(|request| {
                assert_eq!(request["params"]["Limit"], "7");
                assert_eq!(request["params"]["ProjectId"], "org-sandbox");
                request["action"].as_str().expect("a name")
            })
            .collect();
        assert_eq!(named, actions);
    }
    assert!(clouds.log().is_empty());
}

#[test]
fn empty_values_are_refused() {
    let clouds = Clouds::new();
    for args in [
        &["list", "--load-balancer", ""][..],
        &["list", "--region", ""],
        &["list", "--project-id", ""],
        &["list", "--expiring", ""],
        &["list", "--expiring", "soon"],
        &["list", "--kind", ""],
        &["list", "--page-size", "0"],
        &["certs", "--expiring", "-1d"],
        &["certs", "--region", " "],
    ] {
        let outcome = ulb(&clouds, args).expect(2);
        assert_eq!(outcome.error()["kind"], "usage", "{args:?}");
    }
    assert!(clouds.log().is_empty());
}
