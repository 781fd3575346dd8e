//! `certctl apply`: every place gets the certificate, whatever happens in between.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use certctl::emulator::Entry;
use serde_json::{Value, json};

use crate::support::terminal::Terminal;
use crate::support::{Call, Clouds, Outcome, is_read};

/// A certificate for every name of the fixture account.
const NAMES: [&str; 8] = [
    "a.com",
    "b.com",
    "example.com",
    "*.example.com",
    "test.com",
    "*.test.com",
    "example.net",
    "*.example.net",
];

/// Places of the fixture account that cannot be changed: they are made to fail, are being changed by
/// somebody else, or can only be changed with all others of their type.
const BROKEN: [&str; 6] = [
    "ssl cdn failing.example.com",
    "ssl cdn flaky.example.com",
    "ssl scf scf.example.com",
    "ssl tdmq amqp-sandbox1",
    "ga ga-bp1odcab8tmno0hdq****/lsr-bp1sandboxupdating1 default",
    "ga ga-bp1sandboxbinding001/lsr-bp1sandboxbinding01 default",
];

/// A new certificate and its key.
struct New {
    cert: PathBuf,
    key: PathBuf,
}

impl New {
    fn of(clouds: &Clouds, names: &[&str]) -> Self {
        let authority = certctl::emulator::pki::Authority::generate().expect("an authority");
        let issued = authority.issue(names, 90).expect("a certificate");
        let key = clouds.file("privkey.pem", &issued.key);
        crate::support::private(&key);
        New {
            cert: clouds.file("fullchain.pem", &issued.fullchain),
            key,
        }
    }

    fn plan(&self, clouds: &Clouds, args: &[&str]) -> Call {
        let cert = self.cert.to_str().expect("UTF-8");
        clouds.certctl(&[&["plan", "--cert", cert], args].concat())
    }

    fn apply(&self, clouds: &Clouds, args: &[&str]) -> Call {
        let (cert, key) = (self.cert.to_str(), self.key.to_str());
        let (cert, key) = (cert.expect("UTF-8"), key.expect("UTF-8"));
        clouds.certctl(&[&["apply", "--cert", cert, "--key", key, "--yes"], args].concat())
    }
}

/// Leaves out what cannot be changed in the fixture account.
fn without_broken() -> Vec<&'static str> {
    BROKEN
        .iter()
        .flat_map(|place| ["--except", *place])
        .collect()
}

fn rows(outcome: &Outcome) -> Vec<Value> {
    outcome.json()["results"]
        .as_array()
        .expect("results")
        .clone()
}

fn row(outcome: &Outcome, target: &str) -> Value {
    let mut rows = rows(outcome).into_iter();
    let found = rows.find(|row| row["target"] == target);
    found.unwrap_or_else(|| panic!("{target} is not in {}", outcome.stdout))
}

/// What was carried out, and is no read.
fn writes(clouds: &Clouds) -> Vec<Entry> {
    let mut log = clouds.log();
    log.retain(|entry| {
        let action = entry.action.as_deref().unwrap_or_default();
        entry.applied && !is_read(action) && action != "AssumeRole"
    });
    log
}

/// How many certificates the stores of an account got that were not in the fixture.
fn uploads(clouds: &Clouds) -> Vec<String> {
    let mut made: Vec<String> = writes(clouds)
        .into_iter()
        .filter_map(|entry| entry.action)
        .filter(|action| action.starts_with("Upload") || action == "CreateSSL")
        .collect();
    made.sort_unstable();
    made
}

/// Every place of every product, and the plan after it is empty.
#[test]
fn every_place_gets_it_and_the_plan_is_empty() {
    let clouds = Clouds::new();
    let new = New::of(&clouds, &NAMES);
    let args = without_broken();
    let planned = new.plan(&clouds, &args).run().expect(0).json();
    let made = new.apply(&clouds, &args).run().expect(0);
    let document = made.json();
    assert_eq!(document["plan"], planned["id"]);
    assert_eq!(document["summary"]["total"], document["summary"]["changed"]);
    assert_eq!(document["summary"]["changed"], planned["summary"]["change"]);
    for row in rows(&made) {
        assert_eq!(
            (&row["status"], &row["confirmed"]),
            (&json!("changed"), &json!(true)),
            "{row}"
        );
    }
    let products: BTreeSet<String> = rows(&made)
        .iter()
        .map(|row| row["service"].as_str().expect("a text").to_owned())
        .collect();
    assert_eq!(
        Vec::from_iter(products),
        ["cdn", "dcdn", "ga", "ssl", "ulb"]
    );
    assert_eq!(
        uploads(&clouds),
        ["CreateSSL", "UploadCertificate", "UploadUserCertificate"]
    );
    let sent = clouds.log().len();
    new.plan(&clouds, &[&args[..], &["--detailed-exitcode"]].concat())
        .run()
        .expect(0);
    let again = new.apply(&clouds, &args).run().expect(0).json();
    assert_eq!(
        again["summary"]["unchanged"],
        document["summary"]["changed"]
    );
    let later = &clouds.log()[sent..];
    let only_reads = later
        .iter()
        .all(|one| is_read(one.action.as_deref().unwrap_or_default()));
    assert!(only_reads, "what is done is not done again");
}

/// Of each product one place is changed and looked at before any other one is changed.
#[test]
fn one_place_is_looked_at_before_the_rest() {
    let clouds = Clouds::new();
    let new = New::of(&clouds, &NAMES);
    new.apply(&clouds, &["--product", "cdn"]).run().expect(0);
    let actions: Vec<String> = clouds
        .log()
        .into_iter()
        .filter_map(|one| one.action)
        .collect();
    let set = |action: &&String| *action == "SetCdnDomainSSLCertificate";
    let first = actions.iter().position(|one| set(&one)).expect("a change");
    let next = &actions[first + 1..first + 3];
    assert_eq!(
        next,
        ["DescribeCdnDomainDetail", "DescribeDomainCertificateInfo"]
    );
    assert_eq!(actions.iter().filter(set).count(), 3);
    let upload = actions
        .iter()
        .position(|one| one == "UploadUserCertificate");
    assert!(upload.expect("an upload") < first);
}

/// A certificate that a product does not take reaches one place, not all of them.
#[test]
fn what_the_first_place_shows_stops_the_rest() {
    let refused = json!({"match": {"action": "SetCdnDomainSSLCertificate"},
                         "do": {"code": "Certificate.FormatError", "http": 400}});
    let clouds = Clouds::with(json!({"faults": [refused]}));
    let new = New::of(&clouds, &NAMES);
    let made = new.apply(&clouds, &["--product", "cdn"]).run().expect(8);
    assert_eq!(made.statuses(), ["failed", "skipped", "skipped"]);
    let note = row(&made, "cdn example.com")["note"].clone();
    let note = note.as_str().expect("a note");
    assert!(
        note.starts_with("not sent: cdn a.com, the first one, is not as asked"),
        "{note}"
    );
    assert_eq!(clouds.calls("SetCdnDomainSSLCertificate").len(), 1);
}

/// What is wrong with a place alone keeps no other one from being changed.
#[test]
fn a_place_that_fails_is_passed_over() {
    let refused = json!({"match": {"action": "SetCdnDomainSSLCertificate", "value": "a.com"},
                         "do": {"code": "InvalidDomain.Offline", "http": 400}});
    let clouds = Clouds::with(json!({"faults": [refused]}));
    let new = New::of(&clouds, &NAMES);
    let made = new.apply(&clouds, &["--product", "cdn"]).run().expect(9);
    assert_eq!(made.statuses(), ["failed", "changed", "changed"]);
}

/// An upload that fails changes nothing at the places that need it, and the others are changed.
#[test]
fn nothing_is_changed_without_its_upload() {
    let full = json!({"match": {"action": "CreateSSL"}, "do": {"code": "63004", "http": 200}});
    let clouds = Clouds::with(json!({"faults": [full]}));
    let new = New::of(&clouds, &NAMES);
    let made = new
        .apply(&clouds, &["--product", "ulb,cdn"])
        .run()
        .expect(9);
    for row in rows(&made) {
        let wanted = match row["service"] == "ulb" {
            true => "failed",
            false => "changed",
        };
        assert_eq!(row["status"], wanted, "{row}");
    }
    let message = row(&made, "ulb ulb-sandbox1/vserver-https1")["error"]["message"].clone();
    let message = message.as_str().expect("a message");
    assert!(
        message.starts_with("its certificate did not come into the ulb store"),
        "{message}"
    );
    assert!(clouds.calls("UpdateSSLBinding").is_empty());
}

/// Guards of a place: nothing is sent to it, and where nothing else is done the status says so.
#[test]
fn guarded_places_are_left_alone() {
    let clouds = Clouds::new();
    let new = New::of(&clouds, &["example.com"]);
    let place = "ulb ulb-sandbox1/vserver-https1";
    let made = new.apply(&clouds, &["--place", place]).run().expect(22);
    let row = row(&made, place);
    assert_eq!(
        (&row["status"], &row["error"]["kind"]),
        (&json!("skipped"), &json!("guard"))
    );
    let message = row["error"]["message"].as_str().expect("a message");
    assert!(message.starts_with("names: "), "{message}");
    clouds.assert_only_reads();
    assert!(
        made.stderr.contains("x ulb ulb-sandbox1/vserver-https1"),
        "the plan is shown"
    );
    let allowed = new
        .apply(&clouds, &["--place", place, "--allow", "names"])
        .run()
        .expect(0);
    assert_eq!(allowed.statuses(), ["changed"]);
}

/// Guards of the run: nothing is sent at all.
#[test]
fn a_search_that_finds_nothing_is_refused() {
    let clouds = Clouds::new();
    let new = New::of(&clouds, &["nowhere.test"]);
    let refused = new.apply(&clouds, &["-o", "json"]).run().expect(22);
    assert_eq!(refused.error()["kind"], "guard");
    assert_eq!(refused.stdout, "");
    assert!(refused.stderr.contains("0 to change"), "the plan is shown");
    clouds.assert_only_reads();
    let missing = new
        .apply(&clouds, &["--place", "cdn nowhere.test"])
        .run()
        .expect(5);
    assert_eq!(missing.statuses(), ["failed"]);
}

/// Approval by the id: another world is another plan.
#[test]
fn only_the_plan_that_was_agreed_on_is_made() {
    let clouds = Clouds::new();
    let new = New::of(&clouds, &NAMES);
    let args = ["--product", "cdn"];
    let id = new.plan(&clouds, &args).run().expect(0).json()["id"].clone();
    let id = id.as_str().expect("an id");
    let other = new.apply(
        &clouds,
        &["--product", "cdn", "--expect-plan", "0000-0000-0000"],
    );
    let other = other.run().expect(21);
    assert!(
        other
            .stderr
            .contains(&format!("this is plan {id}, not 0000-0000-0000"))
    );
    clouds.assert_only_reads();
    new.apply(&clouds, &["--product", "cdn", "--expect-plan", id])
        .run()
        .expect(0);
    let again = new
        .apply(&clouds, &["--product", "cdn", "--expect-plan", id])
        .run()
        .expect(21);
    assert!(
        again.stderr.contains("nothing was changed"),
        "{}",
        again.stderr
    );
}

/// A place that somebody else changes while the question stands is left alone.
#[test]
fn what_moves_while_the_question_stands_is_left_alone() {
    let clouds = Clouds::new();
    let new = New::of(&clouds, &NAMES);
    let (cert, key) = (
        new.cert.to_str().expect("UTF-8"),
        new.key.to_str().expect("UTF-8"),
    );
    let words = ["apply", "--cert", cert, "--key", key, "--product", "ulb"];
    let Some(mut terminal) = Terminal::start(&clouds.certctl(&words)) else {
        return;
    };
    terminal.until("Continue?");
    let other = "ulb replace --old ssl-old0001 --new ssl-new0001 --yes --allow-name-mismatch \
                 --listener vserver-https2 --load-balancer ulb-sandbox1";
    let other: Vec<&str> = other.split_whitespace().collect();
    clouds.certctl(&other).run().expect(0);
    terminal.types("y\n");
    let made = terminal.end();
    assert_eq!(made.status, 9, "{}", made.stdout);
    let moved = "moved: somebody else has changed it since this was planned";
    assert!(made.stdout.contains(moved), "{}", made.stdout);
    let set: Vec<Value> = writes(&clouds)
        .into_iter()
        .filter(|one| one.params.get("ListenerId") == Some(&json!("vserver-https2")))
        .map(|one| one.params["NewSSLId"].clone())
        .collect();
    assert_eq!(
        set,
        ["ssl-new0001"],
        "what somebody else has put there stays"
    );
}

/// A plan in a file is made as it is, once and again, and nothing beside it.
#[test]
fn a_plan_file_is_made_as_it_is() {
    let clouds = Clouds::new();
    let new = New::of(&clouds, &NAMES);
    let key = new.key.to_str().expect("UTF-8");
    let planned = new.plan(&clouds, &["--product", "cdn,ulb"]).run().expect(0);
    let file = clouds.file("plan.json", &planned.stdout);
    let file = file.to_str().expect("UTF-8");
    let id = planned.json()["id"].clone();
    let moved = "ulb replace --old ssl-old0001 --new ssl-new0001 --yes --allow-name-mismatch \
                 --listener vserver-https2 --load-balancer ulb-sandbox1";
    let moved: Vec<&str> = moved.split_whitespace().collect();
    clouds.certctl(&moved).run().expect(0);
    let apply = || clouds.certctl(&["apply", file, "--key", key, "--yes"]);
    let made = apply().run().expect(9);
    assert_eq!(made.json()["plan"], id);
    let place = row(&made, "ulb ulb-sandbox1/vserver-https2");
    assert_eq!(
        (&place["status"], &place["error"]["kind"]),
        (&json!("skipped"), &json!("moved"))
    );
    let summary = &made.json()["summary"];
    assert_eq!(
        (&summary["changed"], &summary["skipped"]),
        (&json!(7), &json!(1))
    );
    let products: BTreeSet<String> = rows(&made)
        .iter()
        .map(|row| row["service"].as_str().expect("a text").to_owned())
        .collect();
    assert_eq!(Vec::from_iter(products), ["cdn", "ulb"]);
    let again = apply().run().expect(9).json();
    assert_eq!(again["summary"]["unchanged"], 7);
    let stdin = clouds.certctl(&["apply", "-", "--key", key, "--yes"]);
    let stdin = stdin.stdin(planned.stdout).run().expect(9).json();
    assert_eq!(stdin["summary"]["unchanged"], 7);
}

/// What is no plan, too old, of another account or for another certificate is refused before a change.
#[test]
fn a_plan_file_that_does_not_fit_is_refused() {
    let clouds = Clouds::new();
    let new = New::of(&clouds, &NAMES);
    let key = new.key.to_str().expect("UTF-8").to_owned();
    let planned = new
        .plan(&clouds, &["--product", "cdn"])
        .run()
        .expect(0)
        .json();
    let refused = |plan: &str, status: i32, says: &str| {
        let file = clouds.file("plan.json", plan);
        let words = [
            "apply",
            file.to_str().expect("UTF-8"),
            "--key",
            &key,
            "--yes",
        ];
        let outcome = clouds.certctl(&words).run().expect(status);
        assert!(outcome.stderr.contains(says), "{says}: {}", outcome.stderr);
    };
    let with = |change: &dyn Fn(&mut Value)| {
        let mut plan = planned.clone();
        change(&mut plan);
        plan.to_string()
    };
    refused("", 2, "is not a plan");
    refused(
        "{\"schema\":\"certctl-plan/v2\"}",
        2,
        "is certctl-plan/v2, not certctl-plan/v1",
    );
    refused("{\"schema\":\"certctl-plan/v1\"}", 2, "is no whole plan");
    refused(
        &with(&|plan| plan["made"] = json!("2026-01-01T00:00:00Z")),
        21,
        "it is too old",
    );
    refused(
        &with(&|plan| plan["steps"][1]["place"] = json!("cdn")),
        2,
        "has 'cdn'",
    );
    refused(
        &with(&|plan| plan["steps"][1]["account"] = json!("x")),
        2,
        "names no account 'x'",
    );
    refused(
        &with(&|plan| plan["refused"] = json!([{"guard": "expect", "message": "no place"}])),
        22,
        "expect: no place",
    );
    refused(
        &with(&|plan| plan["accounts"][0]["identity"] = json!("7")),
        22,
        "has to be account 7",
    );
    let other = certctl::emulator::pki::Authority::generate().expect("an authority");
    let other = other.issue(&NAMES, 90).expect("a certificate");
    clouds.file("fullchain.pem", &other.fullchain);
    crate::support::private(&clouds.file("privkey.pem", &other.key));
    refused(&planned.to_string(), 21, "is not the certificate any more");
    clouds.assert_only_reads();
}

/// There is nobody to ask, and nothing is sent.
#[test]
fn consent_is_needed() {
    let clouds = Clouds::new();
    let new = New::of(&clouds, &NAMES);
    let (cert, key) = (
        new.cert.to_str().expect("UTF-8"),
        new.key.to_str().expect("UTF-8"),
    );
    let words = ["apply", "--cert", cert, "--key", key, "--product", "cdn"];
    let unasked = clouds.certctl(&words).run().expect(2);
    assert!(
        unasked.stderr.contains("changing 3 places after 1 upload"),
        "{}",
        unasked.stderr
    );
    clouds.assert_only_reads();
    let dry = new.apply(&clouds, &["--dry-run"]).run().expect(2);
    assert!(dry.stderr.contains("certctl plan"), "{}", dry.stderr);
    let keyless = clouds
        .certctl(&["apply", "--cert", cert, "--product", "cdn", "--yes"])
        .run()
        .expect(2);
    assert!(keyless.stderr.contains("--key FILE"), "{}", keyless.stderr);
    clouds.assert_only_reads();
}

/// Keys that may not read one product: the others are done, and what is found is not less for it.
#[test]
fn what_cannot_be_read_is_said_and_the_rest_is_done() {
    let denied = json!({"match": {"action": "ListAccelerators"}, "do": {"code": "NoPermission", "http": 403}});
    let clouds = Clouds::with(json!({"faults": [denied]}));
    let new = New::of(&clouds, &NAMES);
    let made = new.apply(&clouds, &["--cloud", "alibaba"]).run().expect(9);
    let gap = row(&made, "ga");
    assert_eq!(
        (&gap["status"], &gap["error"]["kind"]),
        (&json!("skipped"), &json!("permission"))
    );
    assert_eq!(row(&made, "cdn a.com")["status"], "changed");
}

/// What every answer that goes wrong does: each place ends in a word, and the second run finishes.
#[test]
fn bad_days_end_in_a_word_each() {
    for deed in [
        json!("reset_after"),
        json!("reset_before"),
        json!({"status": 502, "html": true}),
        json!({"code": "Throttling.User", "http": 400}),
        json!("not_json"),
        json!({"cut_body": 20}),
    ] {
        let pattern = json!({"probability": 0.15, "times": 12});
        let fault = json!({"match": pattern, "do": deed});
        let clouds = Clouds::with(json!({"seed": 5, "faults": [fault]}));
        let new = New::of(&clouds, &NAMES);
        let args = ["--product", "cdn,dcdn,ulb"];
        let first = new.apply(&clouds, &args).run();
        let status = first.status;
        assert!(
            [0, 7, 9, 10].contains(&status),
            "{deed}: {status} {}",
            first.stderr
        );
        for _ in 0..3 {
            if new.apply(&clouds, &args).run().status == 0 {
                break;
            }
        }
        let done = new
            .plan(&clouds, &[&args[..], &["--detailed-exitcode"]].concat())
            .run();
        assert_eq!(done.status, 0, "{deed}: {}", done.stdout);
        assert_eq!(
            uploads(&clouds),
            ["CreateSSL", "UploadUserCertificate"],
            "{deed}"
        );
    }
}

/// The process is killed at a request, before the cloud has carried it out or after; the same command
/// again finishes. Some points of a rotation over all products; with `CERTCTL_KILL_ALL` all of them.
#[test]
fn killed_anywhere_the_same_command_finishes() {
    let quiet = Clouds::new();
    let new = New::of(&quiet, &NAMES);
    let args = without_broken();
    new.apply(&quiet, &args).run().expect(0);
    let total = quiet.log().len();
    assert!(total > 100, "{total}");
    let deployed = deployed(&quiet);
    let points: Vec<usize> = match std::env::var_os("CERTCTL_KILL_ALL") {
        Some(_) => (1..=total).collect(),
        // While places are changed, and while they are looked at.
        None => vec![total / 3, total * 2 / 3],
    };
    for point in points {
        for is_applied in [false, true] {
            let clouds = killed_at(point, is_applied, &args);
            assert_eq!(
                self::deployed(&clouds),
                deployed,
                "request {point}, carried out: {is_applied}"
            );
        }
    }
}

/// Every resource of Tencent Cloud that a task has put the certificate on, each as often as that was
/// done.
fn deployed(clouds: &Clouds) -> Vec<String> {
    let calls = clouds.calls("DeployCertificateInstance");
    let id = calls[0].params["CertificateId"].as_str().expect("an id");
    let records = clouds.certctl(&["ssl", "deployments", "list", id]);
    let mut deployed = Vec::new();
    for record in rows(&records.run().expect(0)) {
        let number = record["record"].as_str().expect("a number");
        let shown = clouds.certctl(&["ssl", "deployments", "show", number]);
        let shown = shown.run().expect(0);
        let items = rows(&shown)[0]["items"].as_array().expect("items").clone();
        let of = &record["resource_types"];
        deployed.extend(
            items
                .iter()
                .map(|item| format!("{of} {}", item["instance"])),
        );
    }
    deployed.sort_unstable();
    deployed
}

fn killed_at(point: usize, is_applied: bool, args: &[&str]) -> Clouds {
    let at = format!("request {point}, carried out: {is_applied}");
    let deed = json!({"stall_ms": 600_000, "applied": is_applied});
    let fault = json!({"match": {"nth": [point]}, "do": deed});
    let clouds = Clouds::with(json!({"faults": [fault]}));
    let new = New::of(&clouds, &NAMES);
    let mut child = new.apply(&clouds, args).spawn();
    let is_struck = || clouds.log().iter().any(|entry| entry.fault.is_some());
    while !is_struck() {
        let ended = child.try_wait().expect("a child");
        assert!(ended.is_none(), "{at}: it ended before: {ended:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().expect("it can be killed");
    child.wait().expect("a child");
    new.apply(&clouds, args).run().expect(0);
    let done = new
        .plan(&clouds, &[args, &["--detailed-exitcode"]].concat())
        .run();
    assert_eq!(done.status, 0, "{at}: {}", done.stdout);
    assert_eq!(
        uploads(&clouds),
        ["CreateSSL", "UploadCertificate", "UploadUserCertificate"],
        "{at}"
    );
    let mut seen = BTreeSet::new();
    for entry in writes(&clouds) {
        let action = entry.action.clone().unwrap_or_default();
        let takes_away = ["Delete", "Unbind", "Dissociate"];
        assert!(
            !takes_away.iter().any(|word| action.starts_with(word)),
            "{at}: {action}"
        );
        assert_ne!(entry.params.get("SSLProtocol"), Some(&json!("off")), "{at}");
        let mut params = entry.params.clone();
        let fresh = ["ClientToken", "Timestamp", "SignatureNonce", "Nonce"];
        params.retain(|name, _| !fresh.contains(&name.as_str()));
        let call = format!("{action} {}", json!(params));
        // While a task is under way another one is not made: that is asked for again.
        let is_new = seen.insert(call.clone()) || action == "DeployCertificateInstance";
        assert!(is_new, "{at}: done twice: {call}");
    }
    clouds
}
