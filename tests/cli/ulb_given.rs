//! `certctl ulb bind`, `set-default` and `replace` with a certificate by its id or as a file: which
//! places it fits, and what is said of those that it does not.

use certctl::emulator::pki::Authority;
use serde_json::{Value, json};

use crate::support::raw::{Raw, answer};
use crate::support::{Clouds, Outcome, private};

const CREATE: &str = "CreateSSL";
const READ: &str = "DescribeSSLV2";

const BIND: [&str; 5] = [
    "bind",
    "--listener=vserver-https4",
    "--load-balancer=ulb-sandbox2",
    "--key=key.pem",
    "--cert=chain.pem",
];

/// A cloud, and a certificate for these names with its key in its home: `chain.pem` and `key.pem`.
fn with_file(scenario: Value, names: &[&str]) -> Clouds {
    let clouds = Clouds::with(scenario);
    let authority = Authority::generate().expect("an authority");
    let issued = authority.issue(names, 60).expect("a certificate");
    clouds.file("chain.pem", &issued.fullchain);
    private(&clouds.file("key.pem", &issued.key));
    clouds
}

fn ulb(clouds: &Clouds, args: &[&str]) -> Outcome {
    clouds.certctl(&[&["ulb"], args].concat()).run()
}

fn row(outcome: &Outcome) -> Value {
    outcome.json()["results"][0].clone()
}

/// What was called, without the reads.
fn changes(clouds: &Clouds) -> Vec<String> {
    let actions = clouds.log().into_iter().filter_map(|entry| entry.action);
    actions
        .filter(|action| !action.starts_with("Describe"))
        .collect()
}

fn refusing(action: &str) -> Value {
    let denied = json!({"code": "299", "message": "IAM permission denied"});
    json!({"faults": [{"match": {"action": action}, "do": denied}]})
}

/// Each command with a certificate for other names than its place has.
const MISFITS: [(&[&str], &str); 4] = [
    (
        &[
            "bind",
            "--cert=ssl-other01",
            "--listener=als-https1",
            "--load-balancer=alb-sandbox1",
        ],
        "ssl-other01 covers none of the names that als-https1 serves (example.com, \
         *.example.com): it covers example.org",
    ),
    (
        &[
            "bind",
            "--cert=ssl-other01",
            "--listener=vserver-https1",
            "--load-balancer=ulb-sandbox1",
        ],
        "ssl-other01 covers none of the names that vserver-https1 serves (example.com, \
         *.example.com): it covers example.org",
    ),
    (
        &[
            "set-default",
            "--cert=ssl-other01",
            "--listener=als-https1",
            "--load-balancer=alb-sandbox1",
        ],
        "ssl-other01 does not cover example.com, *.example.com, which ssl-old0001 covers: it \
         covers example.org",
    ),
    (
        &[
            "replace",
            "--old=ssl-old0001",
            "--new=ssl-other01",
            "--listener=vserver-https1",
        ],
        "ssl-other01 does not cover example.com, *.example.com, which ssl-old0001 covers: it \
         covers example.org",
    ),
];

/// The message of the one row, or of the whole command.
fn message(outcome: &Outcome) -> String {
    let error = match outcome.stdout.is_empty() {
        true => outcome.error(),
        false => row(outcome)["error"].clone(),
    };
    assert_eq!(error["kind"], "certificate");
    let hint = error["hint"].as_str().expect("a hint");
    assert!(hint.contains("--allow-name-mismatch"), "{hint}");
    error["message"].as_str().expect("a text").to_owned()
}

#[test]
fn names_that_a_place_has_are_covered() {
    for (args, said) in MISFITS {
        let clouds = Clouds::new();
        let outcome = ulb(&clouds, args).expect(8);
        assert_eq!(message(&outcome), said);
        if !outcome.stdout.is_empty() {
            assert_eq!(row(&outcome)["error"]["attempts"], 0);
        }
        assert!(changes(&clouds).is_empty());
    }
}

#[test]
fn a_file_for_other_names_is_not_even_uploaded() {
    for (args, _) in MISFITS {
        let clouds = with_file(json!({}), &["z.test", "www.z.test"]);
        let given = |arg: &&str| match arg.split_once("=ssl-other01") {
            Some((flag, _)) => format!("{flag}=chain.pem"),
            None => (*arg).to_owned(),
        };
        let args: Vec<String> = args.iter().map(given).collect();
        let mut args: Vec<&str> = args.iter().map(String::as_str).collect();
        args.push("--key=key.pem");
        let said = message(&ulb(&clouds, &args).expect(8));
        assert!(
            said.starts_with("chain.pem ") && said.ends_with("z.test, www.z.test"),
            "{said}"
        );
        assert!(changes(&clouds).is_empty());
    }
}

/// Whoever knows better: nothing is read for it, not even of the certificate that is there.
#[test]
fn names_may_be_passed_over() {
    for (args, _) in MISFITS {
        let is_replace = args[0] == "replace";
        let clouds = Clouds::new();
        let outcome = ulb(&clouds, &[args, &["--allow-name-mismatch"]].concat());
        // What is bound to a VServer already the cloud refuses to bind beside.
        let occupied = args[2] == "--listener=vserver-https1" && !is_replace;
        let outcome = outcome.expect(if occupied { 6 } else { 0 });
        if !occupied {
            assert_eq!(outcome.statuses(), ["changed"]);
        }
        let read = clouds.calls(READ);
        let others = read
            .iter()
            .filter(|read| read.params["SSLId"] != "ssl-other01");
        assert_eq!(others.count() > 0, is_replace, "{args:?}");
    }
}

/// A key that may not read is told how it is done without; then nothing is read before the change.
#[test]
fn a_key_that_may_not_read_may_change() {
    for (args, _) in MISFITS {
        for action in [READ, "DescribeListeners", "DescribeVServer"] {
            let clouds = Clouds::with(refusing(action));
            let reads_it = match (args[0], args[2]) {
                _ if action == READ => true,
                ("replace", _) => false,
                (_, listener) => listener.contains("als") == (action == "DescribeListeners"),
            };
            if !reads_it {
                continue;
            }
            let outcome = ulb(&clouds, args).expect(4);
            let hint = outcome.error()["hint"].as_str().expect("a hint").to_owned();
            assert!(hint.contains("--no-preview"), "{hint}");
            assert!(changes(&clouds).is_empty());
        }
        let clouds = Clouds::new();
        let outcome = ulb(&clouds, &[args, &["--no-preview"]].concat());
        assert_eq!(clouds.log().len(), 1, "{args:?}");
        if outcome.status == 0 {
            assert_eq!(row(&outcome)["confirmed"], false);
            assert!(outcome.stderr.contains("not confirmed"), "{outcome:#?}");
        }
    }
}

/// Where names are not compared, reading only serves to say what is so already: what cannot be read
/// keeps nothing from being changed.
#[test]
fn a_read_that_can_be_done_without_stops_nothing() {
    for denied in [
        json!([{"match": {"action": READ}, "do": {"code": "299"}}]),
        json!([{"match": {"action": "DescribeListeners"}, "do": {"code": "4100"}},
               {"match": {"action": READ}, "do": {"code": "299"}}]),
    ] {
        let clouds = Clouds::with(json!({ "faults": denied }));
        let args = [MISFITS[0].0, &["--allow-name-mismatch", "--max-attempts=1"]].concat();
        let outcome = ulb(&clouds, &args).expect(0);
        assert_eq!(outcome.statuses(), ["changed"]);
        assert_eq!(changes(&clouds), ["AddSSLBinding"]);
        let notes = outcome.stderr.matches("the change is sent").count();
        assert_eq!(notes, 1, "{}", outcome.stderr);
    }
    let clouds = Clouds::with(refusing(READ));
    let rename = ["rename", "ssl-new0001", "--name=x"];
    let outcome = ulb(&clouds, &rename).expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
    assert!(
        outcome.stderr.contains("the change is sent"),
        "{outcome:#?}"
    );
}

#[test]
fn a_file_is_uploaded_once_and_bound() {
    let clouds = with_file(json!({}), &["shop.example.com"]);
    let first = ulb(&clouds, &BIND).expect(0);
    assert_eq!(first.statuses(), ["changed"]);
    assert_eq!(changes(&clouds), [CREATE, "BindSSL"]);
    let id = row(&first)["certificate"]
        .as_str()
        .expect("an id")
        .to_owned();
    assert_eq!(clouds.calls("BindSSL")[0].params["SSLId"], id);
    assert_eq!(row(&first)["target"], "ulb-sandbox2/vserver-https4");
    assert!(
        first
            .stderr
            .contains(&format!("chain.pem is {id}: uploaded")),
        "{first:#?}"
    );

    let again = ulb(&clouds, &BIND).expect(0);
    assert_eq!(again.statuses(), ["unchanged"]);
    assert_eq!(row(&again)["certificate"], id);
    assert_eq!(row(&again)["confirmed"], true);
    assert_eq!(changes(&clouds).len(), 2);

    // It takes the place of the one on another listener, in either of the ways.
    let default = [
        "set-default",
        "--cert=chain.pem",
        "--key=key.pem",
        "--listener=als-https1",
        "--load-balancer=alb-sandbox1",
        "--allow-name-mismatch",
    ];
    assert_eq!(row(&ulb(&clouds, &default).expect(0))["certificate"], id);
    let replace = [
        "replace",
        "--old=ssl-old0001",
        "--new=chain.pem",
        "--key=key.pem",
        "--load-balancer=ulb-sandbox1",
        "--allow-name-mismatch",
        "--yes",
    ];
    let outcome = ulb(&clouds, &replace).expect(0);
    assert_eq!(outcome.statuses(), ["changed", "changed"]);
    assert_eq!(row(&outcome)["certificate"], id);
    let again = ulb(&clouds, &replace).expect(0);
    assert_eq!(again.statuses(), ["unchanged"]);
    assert_eq!(row(&again)["note"], format!("{id} is already bound here"));
    assert_eq!(clouds.calls(CREATE).len(), 1);
    let itself = [
        "replace",
        "--new=chain.pem",
        "--key=key.pem",
        "--whole-project",
        "-y",
    ];
    let itself = ulb(&clouds, &[&itself[..], &["--old", &id]].concat()).expect(0);
    assert_eq!(row(&itself)["note"], format!("chain.pem is {id} itself"));
}

/// An upload that fails leaves nothing to bind; one whose outcome nobody knows is no failure.
#[test]
fn a_file_that_does_not_arrive_is_not_bound() {
    let replace = [
        "replace",
        "--old=ssl-old0001",
        "--listener=vserver-https1",
        "--new=chain.pem",
        "--key=key.pem",
    ];
    let set_default = [
        "set-default",
        "--listener=als-https1",
        "--load-balancer=alb-sandbox1",
        "--cert=chain.pem",
        "--key=key.pem",
    ];
    for args in [&BIND[..], &replace, &set_default] {
        for (faults, status, said) in [
            (
                json!([{"match": {"action": CREATE}, "do": {"code": "4207"}}]),
                6,
                "failed",
            ),
            (
                json!([{"match": {"action": CREATE}, "do": "reset_after"},
                       {"match": {"action": CREATE, "nth": [1]}, "do": "reset_after"},
                       {"match": {"action": READ, "nth": [2, 3, 4]}, "do": {"code": "299"}}]),
                10,
                "unknown",
            ),
        ] {
            let names = ["example.com", "*.example.com"];
            let clouds = with_file(json!({ "faults": faults }), &names);
            // Replacing reads one more before.
            let outcome = ulb(&clouds, args);
            if args[0] == "replace" || args[0] == "set-default" {
                assert_ne!(outcome.status, 0);
                assert_eq!(
                    changes(&clouds).last().map_or(CREATE, String::as_str),
                    CREATE
                );
                continue;
            }
            let outcome = outcome.expect(status);
            assert_eq!(outcome.statuses(), [said]);
            assert_eq!(row(&outcome)["action"], CREATE);
            assert_eq!(row(&outcome).get("certificate"), None);
            assert_eq!(changes(&clouds), [CREATE]);
        }
    }
}

#[test]
fn without_a_preview_a_file_is_uploaded_unseen() {
    let clouds = with_file(json!({}), &["shop.example.com"]);
    let outcome = ulb(&clouds, &[&BIND[..], &["--no-preview"]].concat()).expect(0);
    let actions: Vec<String> = clouds.log().into_iter().filter_map(|e| e.action).collect();
    assert_eq!(actions, [CREATE, "BindSSL"]);
    assert_eq!(row(&outcome)["confirmed"], false);
    let wait = [&BIND[..], &["--no-preview", "--wait=1m"]].concat();
    let clouds = with_file(json!({}), &["shop.example.com"]);
    assert_eq!(row(&ulb(&clouds, &wait).expect(0))["confirmed"], true);
}

#[test]
fn what_is_given_is_told_by_its_shape() {
    let clouds = with_file(json!({}), &["shop.example.com"]);
    let bind = |cert: &str, more: &[&str]| {
        let place = ["--listener=vserver-https4", "--load-balancer=ulb-sandbox2"];
        ulb(
            &clouds,
            &[&["bind", "--cert", cert], &place[..], more].concat(),
        )
    };
    for (cert, more, said) in [
        ("1234567", &[][..], "certctl cas"),
        ("19580016-cas.aliyuncs.com", &[], "certctl cas"),
        ("chain.pem", &[], "--key is required"),
        (
            "ssl-new0001",
            &["--key=key.pem"],
            "--key requires a certificate file",
        ),
        (
            "ssl-new0001",
            &["--chain=chain.pem"],
            "--chain requires a certificate file",
        ),
        ("-----BEGIN CERTIFICATE-----", &[], "PEM text"),
    ] {
        let outcome = bind(cert, more).expect(2);
        let message = outcome.error()["message"].to_string();
        assert!(message.contains(said), "{message}");
    }
    assert!(clouds.log().is_empty());
    // What could be an id is taken as one, and a file of that name is remembered.
    clouds.file("wildcard", "");
    let outcome = bind("wildcard", &[]).expect(5);
    let hint = outcome.error()["hint"].to_string();
    assert!(hint.contains("write ./wildcard"), "{hint}");
    let outcome = bind("uI1rdSju", &[]).expect(5);
    let hint = outcome.error()["hint"].to_string();
    assert!(hint.contains("Tencent Cloud"), "{hint}");

    let pki = |name: &str| format!("{}/tests/pki/{name}", env!("CARGO_MANIFEST_DIR"));
    let key = pki("p256.key.pem");
    let before = clouds.log().len();
    for cert in ["expired.pem", "p256.pem"] {
        bind(&pki(cert), &["--key", &key]).expect(8);
    }
    assert_eq!(clouds.log().len(), before, "an unfit file sends nothing");
}

/// What a listener serves today: the certificates that it shows, those that only they themselves know
/// of, and the domains of its rules.
#[test]
fn a_listener_serves_what_its_certificates_and_rules_say() {
    let serving = |rules: Value, others: Value| {
        Raw::http(move |request| {
            let body = String::from_utf8_lossy(&request.body);
            let own = json!({"SSLId": "ssl-1", "DNSNames": "api.example.net"});
            let old = json!({"SSLId": "ssl-2", "DNSNames": "example.com"});
            let of = |items: Value| {
                let total = items.as_array().map_or(0, Vec::len);
                json!({"RetCode": 0, "TotalCount": total, "DataSet": items})
            };
            let reply = if body.contains("SSLId=ssl-1&") || body.contains("SSLId=ssl-1 ") {
                of(json!([own]))
            } else if body.contains("Action=DescribeSSLV2") && body.contains("SSLId=ssl-2") {
                of(json!([old]))
            } else if body.contains("Action=DescribeSSLV2") && body.contains("SSLId=ssl-1") {
                of(json!([own]))
            } else if body.contains("Action=DescribeSSLV2") {
                of(others.clone())
            } else if body.contains("Action=DescribeListeners") {
                json!({"RetCode": 0, "TotalCount": 1, "Listeners": [
                    {"ListenerId": "als-1", "ListenerProtocol": "HTTPS", "Rules": rules,
                     "Certificates": [{"SSLId": "ssl-2", "IsDefault": true}]}]})
            } else {
                assert!(body.contains("Action=AddSSLBinding"), "{body}");
                json!({"RetCode": 0})
            };
            answer(200, "", reply.to_string())
        })
    };
    let host = |host: &str| json!([{"RuleConditions": [{"Type": "Host", "HostConfig": {"Values": [host]}}]}]);
    let hidden = |names: &str, listener: &str| {
        json!([{"SSLId": "ssl-3", "DNSNames": names,
                "Relations": [{"LoadBalancerId": "alb-1", "ListenerId": listener}]}])
    };
    for (rules, others, status) in [
        (json!([]), json!([]), 8),
        (host("api.example.net"), json!([]), 0),
        (host("*.example.net"), json!([]), 0),
        (host("www.example.net"), json!([]), 8),
        (json!([]), hidden("api.example.net", "als-1"), 0),
        (json!([]), hidden("api.example.net", "als-2"), 8),
        (json!([]), hidden("*.example.net", "als-1"), 0),
    ] {
        let raw = serving(rules.clone(), others.clone());
        let clouds = Clouds::new();
        let outcome = ulb(
            &clouds,
            &[
                "bind",
                "--cert=ssl-1",
                "--listener=als-1",
                "--load-balancer=alb-1",
                "--endpoint",
                &raw.endpoint(),
            ],
        );
        assert_eq!(outcome.status, status, "{rules} {others}: {outcome:#?}");
    }
}

/// A certificate beside another one for the same names is most likely meant to take its place.
#[test]
fn a_bound_certificate_with_the_same_names_is_named() {
    let clouds = Clouds::new();
    let place = [
        "--listener=als-https1,als-https2",
        "--load-balancer=alb-sandbox1",
    ];
    let bind = [&["bind", "--cert=ssl-idle001"], &place[..]].concat();
    let outcome = ulb(&clouds, &bind).expect(0);
    let lines: Vec<&str> = outcome.stderr.matches("`certctl ulb replace").collect();
    assert_eq!(lines.len(), 2, "{}", outcome.stderr);
    let line = outcome.stderr.split('`').nth(1).expect("a command");
    assert_eq!(
        line,
        "certctl ulb replace --old ssl-old0001 --new ssl-idle001 --listener als-https1 \
         --load-balancer alb-sandbox1"
    );
    assert!(
        outcome
            .stderr
            .contains("has ssl-old0001 for the same names")
    );
    // What it says works as it stands.
    let args: Vec<&str> = line.split(' ').skip(1).collect();
    clouds.certctl(&args).run().expect(0);
    let query = "results[?listener=='als-https1'].certificate";
    let listed = ulb(&clouds, &["list", "--query", query, "-o", "json"]).expect(0);
    assert_eq!(listed.json(), json!(["ssl-idle001"]));
    // Beside one with other names there is nothing to be said.
    let clouds = Clouds::new();
    let other = ["bind", "--cert=ssl-idle001", "--listener=vserver-https4"];
    let outcome = ulb(
        &clouds,
        &[&other[..], &["--load-balancer=ulb-sandbox2"]].concat(),
    );
    assert!(!outcome.expect(0).stderr.contains("ulb replace"));
}

/// What reading has shown is confirmed, what the cloud only accepted is not.
#[test]
fn seen_is_told_from_accepted() {
    let replace = [
        "replace",
        "--old=ssl-old0001",
        "--new=ssl-new0001",
        "--listener=vserver-https1",
    ];
    let confirmed = |outcome: Outcome| row(&outcome.expect(0))["confirmed"].clone();
    assert_eq!(confirmed(ulb(&Clouds::new(), &replace)), true);
    let unseen = [&replace[..], &["--no-preview"]].concat();
    assert_eq!(confirmed(ulb(&Clouds::new(), &unseen)), false);
    let bind = [
        "bind",
        "--cert=ssl-new0001",
        "--listener=vserver-https4",
        "--load-balancer=ulb-sandbox2",
    ];
    let clouds = Clouds::new();
    assert_eq!(confirmed(ulb(&clouds, &bind)), false);
    assert_eq!(confirmed(ulb(&clouds, &bind)), true, "unchanged");
    let wait = [&bind[..], &["--wait"]].concat();
    assert_eq!(confirmed(ulb(&Clouds::new(), &wait)), true);
    for args in [
        &["rename", "ssl-new0001", "--name=x"][..],
        &["delete", "ssl-idle001", "--yes"],
    ] {
        assert_eq!(confirmed(ulb(&Clouds::new(), args)), false, "{args:?}");
        let wait = [args, &["--wait"]].concat();
        assert_eq!(confirmed(ulb(&Clouds::new(), &wait)), true, "{args:?}");
    }
}

#[test]
fn a_dry_run_of_a_file_shows_reads_and_writes() {
    let clouds = with_file(json!({}), &["shop.example.com"]);
    let actions = |args: &[&str]| -> Vec<String> {
        let outcome = ulb(&clouds, &[args, &["--dry-run"]].concat()).expect(0);
        let document = outcome.json();
        let requests = document["requests"].as_array().expect("requests");
        let last = requests.last().expect("one")["params"].to_string();
        assert!(last.contains("(the id of chain.pem)"), "{last}");
        let name = |request: &Value| request["action"].as_str().expect("a name").to_owned();
        requests.iter().map(name).collect()
    };
    assert_eq!(actions(&BIND), [READ, "DescribeVServer", CREATE, "BindSSL"]);
    let unseen = [&BIND[..], &["--no-preview"]].concat();
    assert_eq!(actions(&unseen), [CREATE, "BindSSL"]);
    let replace = [
        "replace",
        "--old=ssl-old0001",
        "--listener=vserver-https1",
        "--new=chain.pem",
        "--key=key.pem",
    ];
    assert_eq!(actions(&replace), [READ, READ, CREATE, "UpdateSSLBinding"]);
    assert!(clouds.log().is_empty());
}
