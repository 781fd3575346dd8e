//! The certificates of `certctl ga attach`, `replace` and `set-default`: by id in every spelling or
//! by file, found to cover what they are for, and left alone where they are already.

use certctl::emulator::pki::Authority;
use serde_json::{Value, json};

use crate::support::{Clouds, Outcome, private};

const ASSOCIATE: &str = "AssociateAdditionalCertificatesWithListener";
const REPLACE: &str = "UpdateAdditionalCertificateWithListener";
const DEFAULT: &str = "UpdateListener";
const BINDINGS: &str = "ListListenerCertificates";
const DETAIL: &str = "GetUserCertificateDetail";
const UPLOAD: &str = "UploadUserCertificate";
const LIST: &str = "ListUserCertificateOrder";

const LISTENER: &str = "lsr-bp1sandboxsecond001";

fn ga(clouds: &Clouds, command: &str, more: &[&str]) -> Outcome {
    let base = [
        "ga",
        command,
        "--accelerator",
        "ga-bp1sandboxsecond0001",
        "--listener",
        LISTENER,
    ];
    clouds.certctl(&[&base[..], more].concat()).run()
}

fn row(outcome: &Outcome) -> Value {
    outcome.json()["results"][0].clone()
}

fn actions(clouds: &Clouds) -> Vec<String> {
    let log = clouds.log();
    let named = log.iter().map(|entry| entry.action.clone());
    named.map(|action| action.expect("an action")).collect()
}

fn writes(clouds: &Clouds) -> usize {
    [ASSOCIATE, REPLACE, DEFAULT, UPLOAD]
        .iter()
        .map(|action| clouds.calls(action).len())
        .sum()
}

/// `fullchain.pem` and `privkey.pem`.
fn file(clouds: &Clouds, names: &[&str]) {
    let issued = Authority::generate()
        .and_then(|authority| authority.issue(names, 60))
        .expect("a certificate");
    clouds.file("fullchain.pem", &issued.fullchain);
    private(&clouds.file("privkey.pem", &issued.key));
}

/// Each command with a certificate that does not fit its place.
const UNFIT: [(&str, &[&str], &str); 3] = [
    ("attach", &["--cert", "1234567=z.test"], "z.test"),
    (
        "replace",
        &["--cert", "2000001=www.example.com"],
        "www.example.com",
    ),
    ("set-default", &["--cert", "2000001"], "a.com"),
];

/// An account whose store has 2000001, which is for z.test alone.
fn with_another() -> Clouds {
    let clouds = Clouds::new();
    file(&clouds, &["z.test"]);
    let args = ["--cert", "fullchain.pem", "--key", "privkey.pem"];
    let upload = clouds.certctl(&[&["cas", "upload"], &args[..]].concat());
    upload.run().expect(0);
    clouds
}

#[test]
fn a_certificate_by_id_has_to_cover_its_place() {
    for (command, args, name) in UNFIT {
        let clouds = with_another();
        let before = writes(&clouds);
        let refused = ga(&clouds, command, args).expect(8);
        assert_eq!(refused.stdout, "");
        let error = refused.error();
        let message = error["message"].as_str().expect("a message");
        assert!(
            message.contains(&format!("does not cover {name}")),
            "{message}"
        );
        let for_names = match command {
            "attach" => "it covers a.com, b.com",
            _ => "it covers z.test",
        };
        assert!(message.contains(for_names), "{message}");
        assert_eq!(error["kind"], "certificate");
        let hint = error["hint"].as_str().expect("a hint");
        assert!(hint.contains("--allow-name-mismatch"), "{hint}");
        assert_eq!(writes(&clouds), before, "{command}");

        let reads = clouds.calls(DETAIL).len();
        let lifted = [args, &["--allow-name-mismatch"]].concat();
        assert_eq!(
            ga(&clouds, command, &lifted).expect(0).statuses(),
            ["changed"]
        );
        assert_eq!(clouds.calls(DETAIL).len(), reads, "nothing is read for it");

        let clouds = with_another();
        let seen = clouds.log().len();
        let unread = [args, &["--no-preview"]].concat();
        assert_eq!(
            ga(&clouds, command, &unread).expect(0).statuses(),
            ["changed"]
        );
        assert_eq!(
            clouds.log().len(),
            seen + 1,
            "nothing but the change is sent"
        );
    }
}

#[test]
fn a_certificate_is_read_once_and_what_covers_is_sent() {
    let clouds = Clouds::new();
    let args = [
        "--cert",
        "1234567=a.com,1234567-cn-hangzhou=b.com,1456789=x.example.com",
    ];
    let done = ga(&clouds, "attach", &args).expect(0);
    assert_eq!(done.statuses(), ["changed"; 3]);
    assert_eq!(actions(&clouds), [BINDINGS, DETAIL, DETAIL, ASSOCIATE]);
    let details = clouds.calls(DETAIL);
    assert!(
        details
            .iter()
            .all(|call| call.params["CertFilter"] == "true")
    );
    // Its names are those of the present default one.
    let clouds = Clouds::new();
    let done = ga(&clouds, "set-default", &["--cert", "1456789"]).expect(0);
    assert_eq!(done.statuses(), ["changed"]);
    assert_eq!(actions(&clouds), [BINDINGS, DETAIL, DETAIL, DEFAULT]);
}

/// What has a certificate of its own does not fall to the default one.
#[test]
fn the_default_certificate_serves_what_has_no_other() {
    let clouds = Clouds::new();
    file(&clouds, &["a.com", "b.com", "test.com", "example.com"]);
    let args = ["--cert", "fullchain.pem", "--key", "privkey.pem"];
    let refused = ga(&clouds, "set-default", &args).expect(8);
    let message = refused.error()["message"]
        .as_str()
        .expect("a text")
        .to_owned();
    assert!(
        message.contains("does not cover *.example.com"),
        "{message}"
    );
    let own = ["--cert", "1234567=*.example.com", "--wait"];
    ga(&clouds, "attach", &own).expect(0);
    ga(&clouds, "set-default", &args).expect(0);
}

#[test]
fn a_read_of_names_that_is_refused_says_what_to_do_without() {
    for (command, args, _) in UNFIT {
        let denied = json!({"match": {"action": DETAIL},
                            "do": {"code": "NoPermission", "http": 403}});
        let clouds = Clouds::with(json!({"faults": [denied]}));
        let refused = ga(&clouds, command, args).expect(4);
        let hint = refused.error()["hint"].as_str().expect("a hint").to_owned();
        assert!(hint.contains("--no-preview"), "{hint}");
        assert_eq!(writes(&clouds), 0);
        let lost = json!({"match": {"action": DETAIL}, "do": "reset_before"});
        let clouds = Clouds::with(json!({"faults": [lost]}));
        let args = [args, &["--max-attempts", "2"]].concat();
        ga(&clouds, command, &args).expect(7);
        assert_eq!(writes(&clouds), 0);
    }
    let denied =
        json!({"match": {"action": BINDINGS}, "do": {"code": "NoPermission", "http": 403}});
    let clouds = Clouds::with(json!({"faults": [denied]}));
    let refused = ga(&clouds, "set-default", &["--cert", "1234567"]).expect(4);
    let hint = row(&refused)["error"]["hint"]
        .as_str()
        .expect("a hint")
        .to_owned();
    assert!(hint.contains("--no-preview"), "{hint}");
    assert_eq!(writes(&clouds), 0);
    // For a domain of one's own it only serves to leave alone what is so already.
    let done = ga(&clouds, "attach", &["--cert", "1234567=a.com"]).expect(0);
    assert_eq!(done.statuses(), ["changed"]);
    assert_eq!(
        done.stderr.matches("could not read").count(),
        1,
        "{}",
        done.stderr
    );
}

#[test]
fn what_is_not_there_or_over_is_not_sent() {
    let clouds = Clouds::new();
    clouds.file("7777777", "");
    for (command, domain) in [
        ("attach", "=a.com"),
        ("replace", "=www.example.com"),
        ("set-default", ""),
    ] {
        let with = |id: &str| format!("{id}{domain}");
        let missing = ga(&clouds, command, &["--cert", &with("77")]).expect(5);
        let error = missing.error();
        assert_eq!(
            error["message"],
            "certificate 77 is not in the store of cn-hangzhou"
        );
        let hint = error["hint"].as_str().expect("a hint");
        assert!(hint.contains("--region ap-southeast-1"), "{hint}");
        let missing = ga(&clouds, command, &["--cert", &with("7777777")]).expect(5);
        assert_eq!(
            missing.error()["hint"],
            "there is a file named 7777777: to use it, write ./7777777"
        );
        let over = ga(&clouds, command, &["--cert", &with("1567890")]).expect(8);
        let message = over.error()["message"].as_str().expect("a text").to_owned();
        assert!(
            message.starts_with("certificate 1567890-cn-hangzhou expired on "),
            "{message}"
        );
        let before = clouds.log().len();
        let other = ga(
            &clouds,
            command,
            &["--cert", &with("2345678-ap-southeast-1")],
        )
        .expect(2);
        let error = other.error();
        assert_eq!(
            error["message"],
            "2345678-ap-southeast-1 belongs to another store than cn-hangzhou"
        );
        assert_eq!(
            error["hint"],
            "use `--region ap-southeast-1`: nothing was sent"
        );
        assert_eq!(clouds.log().len(), before);
    }
    assert_eq!(writes(&clouds), 0);
}

/// CDN takes the number of a certificate, OSS the store's host behind it, Global Accelerator the site.
#[test]
fn an_id_may_be_spelled_as_elsewhere() {
    for (command, domain, action) in [
        ("attach", "=a.com", ASSOCIATE),
        ("replace", "=www.example.com", REPLACE),
        ("set-default", "", DEFAULT),
    ] {
        for (spelled, said) in [
            ("1456789", true),
            ("1456789-cas.aliyuncs.com", true),
            ("1456789-cn-hangzhou", false),
        ] {
            let clouds = Clouds::new();
            let done = ga(&clouds, command, &["--cert", &format!("{spelled}{domain}")]).expect(0);
            let sent = clouds.calls(action)[0].params.clone();
            let sent = serde_json::to_string(&sent).expect("parameters");
            assert!(sent.contains("1456789-cn-hangzhou"), "{sent}");
            let note =
                format!("note: {spelled} has the id 1456789-cn-hangzhou in Global Accelerator\n");
            assert_eq!(done.stderr.contains(&note), said, "{}", done.stderr);
            let row = row(&done);
            assert_eq!(row["certificate"], "1456789");
            assert_eq!(row["identifier"], "1456789-cn-hangzhou");
        }
    }
}

/// The store of the other site has its own host; here a proxy leads to the same emulator.
#[test]
fn the_site_of_the_store_can_be_given() {
    let clouds = Clouds::new();
    let args = [
        "--cert",
        "2345678=a.com",
        "--region",
        "ap-southeast-1",
        "--dry-run",
    ];
    let base = [
        "ga",
        "attach",
        "--accelerator",
        "ga-1",
        "--listener",
        "lsr-1",
    ];
    let call = clouds.certctl(&[&base[..], &args].concat());
    let document = call.without("CERTCTL_ENDPOINT").run().expect(0).json();
    assert_eq!(
        document["results"][0]["identifier"],
        "2345678-ap-southeast-1"
    );
    let urls: Vec<_> = document["requests"]
        .as_array()
        .expect("requests")
        .iter()
        .map(|one| one["url"].as_str().expect("an address"))
        .collect();
    assert_eq!(
        urls,
        [
            "https://ga.cn-hangzhou.aliyuncs.com/",
            "https://cas.ap-southeast-1.aliyuncs.com/",
            "https://ga.cn-hangzhou.aliyuncs.com/"
        ]
    );
}

#[test]
fn what_is_so_already_is_left_alone() {
    let clouds = Clouds::new();
    let same = ["--cert", "1234567=www.example.com"];
    for (command, args) in [
        ("attach", &same[..]),
        ("replace", &same),
        ("set-default", &["--cert", "1000001"]),
    ] {
        let before = clouds.log().len();
        let left = ga(&clouds, command, args).expect(0);
        let row = row(&left);
        assert_eq!(
            (&row["status"], &row["confirmed"]),
            (&json!("unchanged"), &json!(true))
        );
        assert_eq!(clouds.log().len(), before + 1, "{command}: it is read once");
    }
    let gone = ["--domains", "b.com", "--missing-ok", "--yes"];
    assert_eq!(
        ga(&clouds, "detach", &gone).expect(0).statuses(),
        ["unchanged"]
    );
    assert!(
        clouds
            .log()
            .iter()
            .all(|entry| entry.action.as_deref() == Some(BINDINGS))
    );
    // Another one has the place.
    let taken = row(&ga(&clouds, "attach", &["--cert", "1456789=www.example.com"]).expect(6));
    assert_eq!(taken["error"]["kind"], "conflict");
    assert_eq!(
        taken["error"]["message"],
        "it already has 1234567-cn-hangzhou"
    );
    assert_eq!(taken["error"]["attempts"], 0);
    assert_eq!(writes(&clouds), 0);
}

/// A file is uploaded once, whatever is done with it how often.
#[test]
fn a_file_is_uploaded_first_or_found_again() {
    let clouds = Clouds::new();
    file(&clouds, &["a.com", "www.example.com"]);
    let with = ["--key", "privkey.pem"];
    let twice = ["--cert", "./fullchain.pem=a.com,1234567=b.com", "--wait"];
    let done = ga(&clouds, "attach", &[&twice[..], &with].concat()).expect(0);
    let first = row(&done);
    assert_eq!(first["certificate"], "2000001");
    assert_eq!(first["identifier"], "2000001-cn-hangzhou");
    assert!(
        done.stderr
            .contains("./fullchain.pem is 2000001-cn-hangzhou in the store: named certctl-"),
        "{}",
        done.stderr
    );
    let sent = clouds.calls(ASSOCIATE)[0].params.clone();
    assert_eq!(sent["Certificates.1.Id"], "2000001-cn-hangzhou");
    let again = ga(&clouds, "attach", &[&twice[..], &with].concat()).expect(0);
    assert_eq!(again.statuses(), ["unchanged", "unchanged"]);
    let domains = [
        "--cert",
        "fullchain.pem",
        "--domains",
        "a.com,www.example.com",
    ];
    let put = ga(&clouds, "replace", &[&domains[..], &with].concat()).expect(0);
    assert_eq!(put.statuses(), ["unchanged", "changed"]);
    assert_eq!(clouds.calls(UPLOAD).len(), 1);
    // Where nothing may be read before, the name that is taken leads to it.
    let blind = ["--cert", "fullchain.pem=a.com", "--no-preview"];
    let lists = clouds.calls(LIST).len();
    ga(&clouds, "replace", &[&blind[..], &with].concat()).expect(0);
    assert_eq!(clouds.calls(UPLOAD).len(), 2);
    assert!(clouds.calls(LIST).len() > lists);
    let store = clouds.certctl(&["cas", "list"]).run().expect(0).json();
    assert_eq!(store["results"].as_array().map(Vec::len), Some(5 + 1));
}

#[test]
fn a_file_that_does_not_fit_is_not_uploaded() {
    let clouds = Clouds::new();
    file(&clouds, &["z.test"]);
    for (command, args) in [
        ("attach", &["--cert", "fullchain.pem=a.com"][..]),
        ("replace", &["--cert", "fullchain.pem=www.example.com"]),
        ("set-default", &["--cert", "fullchain.pem"]),
    ] {
        let args = [args, &["--key", "privkey.pem"]].concat();
        let refused = ga(&clouds, command, &args).expect(8);
        let message = refused.error()["message"]
            .as_str()
            .expect("a text")
            .to_owned();
        assert!(
            message.starts_with("fullchain.pem does not cover "),
            "{message}"
        );
        // Its names are known without reading.
        if command != "set-default" {
            ga(&clouds, command, &[&args[..], &["--no-preview"]].concat()).expect(8);
        }
        ga(&clouds, command, &args[..2]).expect(2);
        let key_alone = ["--cert", "1234567=a.com", "--key", "privkey.pem"];
        ga(&clouds, "attach", &key_alone).expect(2);
    }
    assert_eq!(writes(&clouds), 0);
}

/// Where the upload fails, what does not need it is done all the same.
#[test]
fn an_upload_that_is_refused_fails_its_places_alone() {
    let no = json!({"match": {"action": UPLOAD}, "do": {"code": "QuotaExceeded", "message": "no"}});
    let clouds = Clouds::with(json!({"faults": [no]}));
    file(&clouds, &["a.com"]);
    let args = [
        "--cert",
        "fullchain.pem=a.com,1234567=b.com",
        "--key",
        "privkey.pem",
    ];
    let outcome = ga(&clouds, "attach", &args).expect(9);
    assert_eq!(outcome.statuses(), ["failed", "changed"]);
    assert_eq!(row(&outcome)["error"]["code"], "QuotaExceeded");
    let lost = json!({"match": {"action": UPLOAD}, "do": "reset_before"});
    let clouds = Clouds::with(json!({"faults": [lost]}));
    file(&clouds, &["a.com"]);
    let args = [
        "--cert",
        "fullchain.pem=a.com",
        "--key",
        "privkey.pem",
        "--max-attempts",
        "2",
    ];
    assert_eq!(
        ga(&clouds, "attach", &args).expect(10).statuses(),
        ["unknown"]
    );
    assert!(clouds.calls(ASSOCIATE).is_empty());
}
