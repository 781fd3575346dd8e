//! `certctl ssl csr create`, `list`, `show`, `edit`, `download`: a CSR's life up to its end.

use serde_json::{Value, json};

use crate::support::{Call, Clouds, Outcome, private};

fn csr(clouds: &Clouds, args: &[&str]) -> Outcome {
    call(clouds, args).run()
}

fn call(clouds: &Clouds, args: &[&str]) -> Call {
    clouds.certctl(&[&["ssl", "csr"], args].concat())
}

const CREATE: [&str; 15] = [
    "create",
    "--domain",
    "shop.example.com",
    "--organization",
    "Example",
    "--department",
    "Web",
    "--email",
    "admin@example.com",
    "--province",
    "Guangdong",
    "--city",
    "Shenzhen",
    "--country",
    "cn",
];

fn row(outcome: &Outcome) -> Value {
    outcome.json()["results"][0].clone()
}

fn id_of(outcome: &Outcome) -> String {
    row(outcome)["csr"].to_string()
}

/// The whole life: a draft is made, shown, changed, generated, written out and deleted.
#[test]
fn from_create_to_delete() {
    let clouds = Clouds::new();
    let draft = [
        "--draft",
        "--key-type",
        "p256",
        "--remark",
        "for the shop",
        "--wait=20s",
    ];
    let made = csr(&clouds, &[&CREATE[..], &draft].concat()).expect(0);
    assert_eq!(made.statuses(), ["changed"]);
    assert_eq!(row(&made)["target"], "shop.example.com");
    let id = &id_of(&made);
    let params = Value::Object(clouds.calls("CreateCSR")[0].params.clone());
    assert_eq!(
        params,
        json!({
            "Domain": "shop.example.com", "Organization": "Example", "Department": "Web",
            "Email": "admin@example.com", "Province": "Guangdong", "City": "Shenzhen",
            "Country": "CN", "EncryptAlgo": "ECC", "KeyParameter": "prime256v1",
            "Remark": "for the shop", "Generate": false,
        })
    );

    let shown = row(&csr(&clouds, &["show", id]).expect(0));
    assert_eq!(shown["generated"], false);
    assert_eq!(shown["private_key"], false);
    assert_eq!(shown["key_type"], "p256");
    assert_eq!(shown.get("request"), None);
    let early = csr(&clouds, &["download", id, "--out", "."]).expect(6);
    assert!(early.error()["hint"].to_string().contains("--generate"));

    let edit = ["edit", id, "--organization", "Example Ltd.", "--wait=20s"];
    assert_eq!(csr(&clouds, &edit).expect(0).statuses(), ["changed"]);
    assert_eq!(csr(&clouds, &edit).expect(0).statuses(), ["unchanged"]);
    let generate = ["edit", id, "--generate", "--wait=20s"];
    assert_eq!(csr(&clouds, &generate).expect(0).statuses(), ["changed"]);
    assert_eq!(csr(&clouds, &generate).expect(0).statuses(), ["unchanged"]);
    assert_eq!(clouds.calls("ModifyCSR").len(), 2);
    let late = csr(&clouds, &["edit", id, "--city", "Beijing"]).expect(6);
    let message = row(&late)["error"]["message"].to_string();
    assert!(message.contains("can no longer be changed"), "{message}");
    assert_eq!(clouds.calls("ModifyCSR").len(), 2, "not sent");

    let shown = row(&csr(&clouds, &["show", id]).expect(0));
    assert_eq!(shown["organization"], "Example Ltd.");
    assert_eq!(shown["remark"], "for the shop");
    assert_eq!(shown["generated"], true);
    let request = shown["request"].as_str().expect("the request");
    assert!(request.starts_with("-----BEGIN CERTIFICATE REQUEST-----\n"));

    let written = csr(&clouds, &["download", id, "--out", ".", "--key"]).expect(0);
    assert_eq!(
        written.json()["results"],
        json!([
            {"csr": id.parse::<i64>().expect("a number"), "domain": "shop.example.com",
             "content": "request", "file": "./shop.example.com.csr"},
            {"csr": id.parse::<i64>().expect("a number"), "domain": "shop.example.com",
             "content": "private-key", "file": "./shop.example.com.key"},
        ])
    );
    let file = clouds.home().join("shop.example.com.csr");
    let text = std::fs::read_to_string(&file).expect("the file");
    assert_eq!(text.trim_end(), request.trim_end());
    let inspected = clouds
        .certctl(&["cert", "inspect"])
        .arg(&file)
        .run()
        .expect(0);
    assert!(inspected.stdout.contains("Example Ltd."), "{inspected:#?}");

    let delete = ["delete", "--ids", id, "--yes", "--wait=20s"];
    assert_eq!(csr(&clouds, &delete).expect(0).statuses(), ["changed"]);
    csr(&clouds, &["show", id]).expect(5);
}

#[cfg(unix)]
#[test]
fn files_are_for_their_owner_and_replace_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let clouds = Clouds::new();
    let key = clouds.file("example.com.key", "theirs");
    let download = ["download", "22", "--out", ".", "--key"];
    let outcome = csr(&clouds, &download).expect(11);
    assert!(
        outcome.error()["message"]
            .to_string()
            .contains("example.com.key")
    );
    assert!(
        !clouds.home().join("example.com.csr").exists(),
        "both or none"
    );
    assert_eq!(std::fs::read(&key).expect("the key"), b"theirs");
    csr(&clouds, &[&download[..], &["--force"]].concat()).expect(0);
    for name in ["example.com.csr", "example.com.key"] {
        let metadata = clouds.home().join(name).metadata().expect("the file");
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{name}");
    }
    let text = std::fs::read_to_string(&key).expect("the key");
    assert!(text.starts_with("-----BEGIN PRIVATE KEY-----\n") && !text.contains('\r'));
    // Without --key there is none.
    let other = Clouds::new();
    csr(&other, &["download", "22", "--out", "."]).expect(0);
    let names = std::fs::read_dir(other.home()).expect("home").count();
    assert_eq!(names, 1);
}

#[test]
fn a_folder_that_cannot_be_written_costs_no_call() {
    let clouds = Clouds::new();
    clouds.file("file", "");
    for out in ["file", "none", "file/below"] {
        csr(&clouds, &["download", "22", "--out", out, "--key"]).expect(11);
    }
    csr(&clouds, &["download", "22", "--out", "-"]).expect(2);
    assert_eq!(clouds.log().len(), 0);
}

#[test]
fn the_list_is_whole() {
    let clouds = Clouds::with(json!({"account": {"unlimited_rate": true}}));
    let all = csr(&clouds, &["list"]).expect(0).json()["results"].clone();
    assert_eq!(all.as_array().map(Vec::len), Some(303));
    assert_eq!(clouds.calls("DescribeCSRSet").len(), 4);
    let paged = csr(&clouds, &["list", "--page-size", "20"]).expect(0);
    assert_eq!(paged.json()["results"], all);
    assert_eq!(clouds.calls("DescribeCSRSet").len(), 4 + 16);
    // A page is never larger than the cloud allows.
    let large = csr(&clouds, &["list", "--page-size", "1000"]).expect(0);
    assert_eq!(large.json()["results"], all);
    let small = Clouds::with(json!({"account": {"max_page": 7, "unlimited_rate": true}}));
    let clamped = csr(&small, &["list", "--rate", "1000"]).expect(0);
    assert_eq!(clamped.json()["results"], all);
    let one = csr(&clouds, &["list", "--domain", "host101.example.com"]).expect(0);
    assert_eq!(row(&one)["csr"], 101);
    let none = csr(&clouds, &["list", "--key-type", "rsa"]).expect(0);
    assert_eq!(none.json()["results"], json!([]));
}

#[test]
fn a_list_cut_short_is_an_error() {
    let pattern = json!({"action": "DescribeCSRSet", "nth": [3, 4, 5]});
    for deed in [
        json!("empty_object"),
        json!({"cut_chunk": 200}),
        json!({"throttle": {}}),
    ] {
        let clouds = Clouds::with(json!({"faults": [{"match": pattern, "do": deed}]}));
        let outcome = csr(&clouds, &["list", "--max-attempts", "1"]);
        assert!(
            outcome.status != 0 && outcome.stdout.is_empty(),
            "{deed}: {outcome:#?}"
        );
    }
}

#[test]
fn rsa_by_default_and_wildcards_by_their_own_name() {
    let clouds = Clouds::new();
    let mut args = CREATE;
    args[2] = "*.example.com";
    let made = csr(&clouds, &args).expect(0);
    let id = &id_of(&made);
    let params = &clouds.calls("CreateCSR")[0].params;
    assert_eq!(
        (&params["EncryptAlgo"], &params["KeyParameter"]),
        (&json!("RSA"), &json!("2048"))
    );
    assert_eq!(params["Generate"], true);
    csr(&clouds, &["download", id, "--out", ".", "--key"]).expect(0);
    let key = clouds.home().join("_.example.com.key");
    let inspected = clouds
        .certctl(&["cert", "inspect"])
        .arg(&key)
        .run()
        .expect(0);
    assert!(inspected.stdout.contains("2048"), "{inspected:#?}");
    assert!(clouds.home().join("_.example.com.csr").exists());
}

/// The answer is lost once the CSR is made: it is looked for, and not made a second time.
#[test]
fn a_create_whose_answer_is_lost_makes_one() {
    for (deed, calls) in [("reset_after", 1), ("reset_before", 2)] {
        let fault = json!({"match": {"action": "CreateCSR", "nth": [1]}, "do": deed});
        let clouds = Clouds::with(json!({"faults": [fault]}));
        let outcome = csr(&clouds, &CREATE).expect(0);
        assert_eq!(outcome.statuses(), ["changed"], "{deed}");
        assert_eq!(clouds.calls("CreateCSR").len(), calls, "{deed}");
        assert_eq!(row(&outcome)["confirmed"], calls == 1, "{deed}");
        let listed = csr(&clouds, &["list", "--domain", "shop.example.com"]).expect(0);
        assert_eq!(
            listed.json()["results"].as_array().map(Vec::len),
            Some(1),
            "{deed}"
        );
        assert_eq!(row(&listed)["csr"], row(&outcome)["csr"], "{deed}");
    }
}

/// One of the same that was there before is not taken for the one that was asked for.
#[test]
fn what_was_there_before_is_told_apart() {
    let fault = json!({"match": {"action": "CreateCSR", "nth": [2]}, "do": "reset_after"});
    let clouds = Clouds::with(json!({"faults": [fault]}));
    let first = csr(&clouds, &CREATE).expect(0);
    let second = csr(&clouds, &CREATE).expect(0);
    assert_ne!(row(&first)["csr"], row(&second)["csr"]);
    assert!(
        row(&second)["note"]
            .to_string()
            .contains("although the answer was lost")
    );
    assert_eq!(clouds.calls("CreateCSR").len(), 2);
}

#[test]
fn a_create_that_cannot_be_looked_for_is_unknown() {
    let faults = json!([
        {"match": {"action": "CreateCSR"}, "do": "reset_after"},
        {"match": {"action": "DescribeCSRSet", "nth": [2, 3, 4]}, "do": {"status": 503}},
    ]);
    let clouds = Clouds::with(json!({"faults": faults}));
    let outcome = csr(&clouds, &[&CREATE[..], &["--max-attempts", "2"]].concat()).expect(10);
    assert_eq!(outcome.statuses(), ["unknown"]);
    assert_eq!(clouds.calls("CreateCSR").len(), 1, "not made twice");
}

#[test]
fn an_edit_whose_answer_is_lost_is_found_out_by_reading() {
    let fault = json!({"match": {"action": "ModifyCSR", "nth": [1]}, "do": "reset_after"});
    let clouds = Clouds::with(json!({"faults": [fault]}));
    let args = ["edit", "101", "--city", "Beijing", "--generate"];
    let outcome = csr(&clouds, &args).expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
    assert_eq!(row(&outcome)["confirmed"], true);
    assert_eq!(clouds.calls("ModifyCSR").len(), 1);
    let fault = json!({"match": {"action": "ModifyCSR"}, "do": "reset_before"});
    let clouds = Clouds::with(json!({"faults": [fault]}));
    let outcome = csr(&clouds, &[&args[..], &["--max-attempts", "2"]].concat()).expect(10);
    assert_eq!(outcome.statuses(), ["unknown"]);
}

const PASSWORD: &str = "correct-horse-battery";

/// The password comes from a file or the environment, never from the command line, and goes
/// nowhere but into the call.
#[test]
fn the_password_is_a_secret() {
    let clouds = Clouds::new();
    private(&clouds.file("password", format!("{PASSWORD}\r\n")));
    let from_file = [&CREATE[..], &["--key-password-file", "password", "-vv"]].concat();
    let made = csr(&clouds, &from_file).expect(0);
    let planned = csr(&clouds, &[&from_file[..], &["--dry-run"]].concat()).expect(0);
    let from_env = call(&clouds, &CREATE)
        .env("CERTCTL_KEY_PASSWORD", PASSWORD)
        .arg("-vv")
        .run()
        .expect(0);
    assert_eq!(clouds.calls("CreateCSR").len(), 2);
    let id = &id_of(&made);
    let shown = csr(&clouds, &["show", id, "-vv"]).expect(0);
    assert_eq!(row(&shown)["key_password"], true);
    let listed = csr(&clouds, &["list", "-vv"]).expect(0);
    let edited = csr(
        &clouds,
        &["edit", "102", "--key-password-file", "password", "-vv"],
    )
    .expect(0);
    let written = csr(&clouds, &["download", id, "--out", ".", "--key", "-vv"]).expect(0);
    let key = std::fs::read_to_string(clouds.home().join("shop.example.com.key")).expect("a key");
    for outcome in [
        &made, &planned, &from_env, &shown, &listed, &edited, &written,
    ] {
        let said = format!("{}{}", outcome.stdout, outcome.stderr);
        assert!(
            !said.contains(PASSWORD) && !said.contains("sandbox-key-password"),
            "{said}"
        );
        for line in key.lines().filter(|line| !line.starts_with("-----")) {
            assert!(!said.contains(&line[..line.len().min(16)]), "{said}");
        }
    }
    let piped = [&CREATE[..], &["--key-password-file", "-"]].concat();
    call(&clouds, &piped)
        .stdin(format!("{PASSWORD}\n"))
        .run()
        .expect(0);
    call(&clouds, &piped).stdin("").run().expect(2);
    let sent = clouds.calls("CreateCSR").len();
    for content in ["", "\n", "two\nlines\n", "\u{7}"] {
        private(&clouds.file("password", content));
        csr(&clouds, &from_file).expect(2);
    }
    call(&clouds, &CREATE)
        .env("CERTCTL_KEY_PASSWORD", "")
        .run()
        .expect(3);
    assert_eq!((sent, clouds.calls("CreateCSR").len()), (3, 3));
}

#[test]
fn what_is_missing_or_malformed_is_not_sent() {
    let clouds = Clouds::new();
    let bare = csr(&clouds, &["create", "--domain", "a.com", "--country", "CN"]).expect(2);
    assert_eq!(
        bare.error()["message"],
        "a CSR requires --organization, --department, --email, --province, --city"
    );
    for (flag, value) in [
        ("--domain", "not a domain"),
        ("--email", "nobody"),
        ("--country", "China"),
        ("--key-type", "rsa1024"),
        ("--names", "a.com,,b.com"),
        ("--organization", ""),
        ("--tag", "novalue"),
    ] {
        let mut args = CREATE.to_vec();
        args.retain(|arg| *arg != flag);
        csr(&clouds, &[&CREATE[..1], &[flag, value]].concat()).expect(2);
    }
    csr(&clouds, &["edit", "101"]).expect(2);
    for id in ["0", "-5", "12x", "100000000000000000000"] {
        csr(&clouds, &["show", id]).expect(2);
    }
    assert_eq!(clouds.log().len(), 0);
    csr(&clouds, &["edit", "999999", "--city", "Beijing"]).expect(5);
}

#[test]
fn dry_runs_send_nothing_and_show_every_call() {
    let clouds = Clouds::new();
    for (args, actions) in [
        (CREATE.to_vec(), vec!["DescribeCSRSet", "CreateCSR"]),
        (vec!["list"], vec!["DescribeCSRSet"]),
        (vec!["show", "22"], vec!["DescribeCSR"]),
        (
            vec!["edit", "101", "--generate"],
            vec!["DescribeCSR", "ModifyCSR"],
        ),
        (vec!["download", "22", "--out", "."], vec!["DescribeCSR"]),
        (vec!["delete", "--ids", "22"], vec!["BatchDeleteCSR"]),
    ] {
        let outcome = csr(&clouds, &[&args[..], &["--dry-run"]].concat()).expect(0);
        let document = outcome.json();
        let requests = document["requests"].as_array().expect("requests").iter();
        let sent: Vec<_> = requests.map(|request| request["action"].clone()).collect();
        assert_eq!(sent, actions, "{args:?}");
    }
    assert_eq!(clouds.log().len(), 0);
}

#[test]
fn names_and_tags_travel() {
    let clouds = Clouds::new();
    let more = [
        "--names",
        "b.com,c.com",
        "--tag",
        "team=web",
        "--tag",
        "env=prod",
    ];
    let made = csr(&clouds, &[&CREATE[..], &more].concat()).expect(0);
    let params = &clouds.calls("CreateCSR")[0].params;
    assert_eq!(params["SubjectAltName"], json!(["b.com", "c.com"]));
    let tags = json!([
        {"TagKey": "team", "TagValue": "web"}, {"TagKey": "env", "TagValue": "prod"},
    ]);
    assert_eq!(params["Tags"], tags);
    let shown = row(&csr(&clouds, &["show", &id_of(&made)]).expect(0));
    assert_eq!(shown["names"], json!(["b.com", "c.com"]));
}
