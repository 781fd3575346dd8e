//! Who calls: refused keys, keys that are not there, files that hold them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Call, Clouds, Outcome};

const CDN: &[&str] = &[
    "cdn",
    "set",
    "--no-preview",
    "--domains=a.com,b.com",
    "--on",
    "--via=single",
];
const CDN_ACS3: &[&str] = &[
    "cdn",
    "set",
    "--no-preview",
    "--domains=a.com,b.com",
    "--on",
    "--via=single",
    "--signature=acs3",
];
const GA: &[&str] = &[
    "ga",
    "attach",
    "--accelerator=ga-bp1odcab8tmno0hdq****",
    "--listener=lsr-bp1bpn0kn908w4nbw****",
    "--cert=6092001-cn-hangzhou=www.example.com",
    "--no-preview",
];
const SSL: &[&str] = &["ssl", "csr", "delete", "--ids=22,33", "--yes"];
const ULB: &[&str] = &[
    "ulb",
    "replace",
    "--old=ssl-old0001",
    "--new=ssl-new0001",
    "--listener=vserver-https1",
];

/// A cloud's three variables.
struct Names {
    id: &'static str,
    secret: &'static str,
    token: &'static str,
}

const ALIBABA: Names = Names {
    id: "ALIBABA_CLOUD_ACCESS_KEY_ID",
    secret: "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    token: "ALIBABA_CLOUD_SECURITY_TOKEN",
};
const TENCENT: Names = Names {
    id: "TENCENTCLOUD_SECRET_ID",
    secret: "TENCENTCLOUD_SECRET_KEY",
    token: "TENCENTCLOUD_TOKEN",
};
const UCLOUD: Names = Names {
    id: "UCLOUD_PUBLIC_KEY",
    secret: "UCLOUD_PRIVATE_KEY",
    token: "UCLOUD_SECURITY_TOKEN",
};

/// Every group of commands, and both of Alibaba Cloud's schemes.
const COMMANDS: [(&Names, &[&str]); 5] = [
    (&ALIBABA, CDN),
    (&ALIBABA, CDN_ACS3),
    (&ALIBABA, GA),
    (&TENCENT, SSL),
    (&UCLOUD, ULB),
];

/// One command for each cloud.
const CLOUDS: [(&Names, &[&str]); 3] = [(&ALIBABA, CDN), (&TENCENT, SSL), (&UCLOUD, ULB)];

/// The error that a refused identity ends in, be there an answer or not.
#[track_caller]
fn refused(outcome: &Outcome) -> Value {
    match outcome.stdout.is_empty() {
        true => outcome.error(),
        false => outcome.json()["results"][0]["error"].clone(),
    }
}

#[test]
fn a_wrong_secret_is_one_request_and_status_4() {
    for (names, args) in COMMANDS {
        let clouds = Clouds::new();
        let outcome = clouds
            .certctl(args)
            .env(names.secret, "notTheSecret0001")
            .run()
            .expect(4);
        let log = clouds.log();
        assert_eq!(log.len(), 1, "no second try: {log:#?}");
        assert!(!log[0].applied);
        let error = refused(&outcome);
        assert_eq!(error["kind"], "signature", "{outcome:#?}");
        let hint = error["hint"].as_str().expect("a hint");
        assert!(
            hint.contains("config show") || hint.contains(names.secret),
            "{hint}"
        );
        assert!(!outcome.stderr.contains("notTheSecret"), "{outcome:#?}");
    }
}

#[test]
fn the_echo_of_a_request_is_left_out() {
    for args in [CDN, CDN_ACS3, GA] {
        let clouds = Clouds::new();
        let call = clouds
            .certctl(args)
            .env(ALIBABA.secret, "notTheSecret0001")
            .arg("-vv");
        let outcome = call.run().expect(4);
        let message = refused(&outcome)["message"]
            .as_str()
            .expect("a message")
            .to_owned();
        assert!(
            message.contains("(the request as the server saw it is left out)"),
            "{message}"
        );
        for echoed in ["a.com", "SignatureNonce", "x-acs-", "POST", "LTAI", "%25"] {
            assert!(!message.contains(echoed), "{echoed} in {message}");
        }
    }
}

#[test]
fn an_unknown_key() {
    for (names, args) in COMMANDS {
        let clouds = Clouds::new();
        let outcome = clouds
            .certctl(args)
            .env(names.id, "LTAIunknown")
            .run()
            .expect(4);
        assert_eq!(clouds.log().len(), 1);
        assert_eq!(refused(&outcome)["kind"], "auth", "{outcome:#?}");
    }
}

#[test]
fn a_key_that_may_not() {
    let standings = [
        ("denied", ["permission", "permission", "permission"]),
        ("disabled", ["auth", "auth", "auth"]),
        ("suspended", ["account", "permission", "permission"]),
    ];
    for (standing, kinds) in standings {
        for ((_, args), kind) in CLOUDS.iter().zip(kinds) {
            let clouds = Clouds::with(json!({"account": {"standing": standing}}));
            let outcome = clouds.certctl(args).run().expect(4);
            assert_eq!(refused(&outcome)["kind"], kind, "{standing}: {outcome:#?}");
            assert!(clouds.log().iter().all(|entry| !entry.applied));
        }
    }
}

/// The temporary keys of the fixture account: id, secret, token.
const TEMPORARY: [(&Names, &[&str], [&str; 3]); 4] = [
    (
        &ALIBABA,
        CDN,
        [
            "STS.sandboxTemp00001",
            "sandboxAlibabaSecret0000000002",
            "sandbox-alibaba-token",
        ],
    ),
    (
        &ALIBABA,
        CDN_ACS3,
        [
            "STS.sandboxTemp00001",
            "sandboxAlibabaSecret0000000002",
            "sandbox-alibaba-token",
        ],
    ),
    (
        &TENCENT,
        SSL,
        [
            "AKIDsandboxTemp0000000000000000001",
            "sandboxTencentSecret000000000002",
            "sandbox-tencent-token",
        ],
    ),
    (
        &UCLOUD,
        ULB,
        [
            "sandbox-temp-0001",
            "sandboxUcloudSecret000000000000000000002",
            "sandbox-ucloud-token",
        ],
    ),
];

fn with_keys(call: Call, names: &Names, [id, secret, token]: [&str; 3]) -> Call {
    call.env(names.id, id)
        .env(names.secret, secret)
        .env(names.token, token)
}

#[test]
fn temporary_keys_work_with_their_token_only() {
    for (names, args, keys) in TEMPORARY {
        let clouds = Clouds::new();
        with_keys(clouds.certctl(args), names, keys).run().expect(0);
        assert!(
            clouds
                .log()
                .iter()
                .all(|entry| entry.secrets_in_query.is_empty())
        );

        let clouds = Clouds::new();
        let outcome = with_keys(clouds.certctl(args), names, keys)
            .without(names.token)
            .run();
        assert_eq!(refused(&outcome.expect(4))["kind"], "auth");
        let [id, secret, _] = keys;
        let outcome = with_keys(clouds.certctl(args), names, [id, secret, "another-token"]).run();
        assert_eq!(refused(&outcome.expect(4))["kind"], "auth");
    }
}

#[test]
fn an_expired_token() {
    for (names, args, [id, secret, token]) in TEMPORARY {
        let id = id.replace("Temp0000000000000000001", "Expired0000000000000001");
        let id = id
            .replace("Temp00001", "Expired01")
            .replace("temp", "expired");
        let secret = format!("{}3", &secret[..secret.len() - 1]);
        let token = token.replace("-token", "-expired-token");
        let clouds = Clouds::new();
        let call = with_keys(clouds.certctl(args), names, [&id, &secret, &token]);
        let outcome = call.run().expect(4);
        assert_eq!(clouds.log().len(), 1, "{:#?}", clouds.log());
        assert_eq!(refused(&outcome)["kind"], "auth");
    }
}

#[test]
fn a_token_that_expires_in_the_middle_ends_the_run() {
    let clouds = Clouds::with(json!({"account": {"token_calls": 2}}));
    let domains: Vec<String> = (1..=30).map(|n| format!("w{n}.example.com")).collect();
    let list = clouds.file("domains.txt", domains.join("\n"));
    let args = [
        "cdn",
        "set",
        "--no-preview",
        "--on",
        "--via=single",
        "--rate=100",
        "--domains-file",
    ];
    let (names, _, keys) = TEMPORARY[0];
    let call = with_keys(clouds.certctl(&args), names, keys).arg(list);
    let outcome = call.run().expect(9);
    let statuses = outcome.statuses();
    let count = |wanted: &str| statuses.iter().filter(|status| *status == wanted).count();
    assert_eq!((statuses.len(), count("changed")), (30, 2), "{outcome:#?}");
    assert_eq!(clouds.log().iter().filter(|entry| entry.applied).count(), 2);
    // Those under way are refused; nothing is sent after that.
    assert_eq!(count("failed") + 2, clouds.log().len());
    assert!(
        count("failed") <= 16 && count("skipped") >= 12,
        "{outcome:#?}"
    );
    let document = outcome.json();
    for row in document["results"].as_array().expect("rows") {
        match row["status"].as_str() {
            Some("failed") => assert_eq!(row["error"]["code"], "InvalidSecurityToken.Expired"),
            Some("skipped") => {
                let note = row["note"].as_str().expect("a note");
                assert_eq!(
                    note,
                    "not sent: the command stopped at InvalidSecurityToken.Expired"
                );
            }
            _ => assert_eq!(row["status"], "changed"),
        }
    }
}

#[test]
fn keys_that_are_absent_or_broken_are_status_3_and_named() {
    let clouds = Clouds::new();
    for (names, args) in CLOUDS {
        let absent = clouds
            .certctl(args)
            .without(names.id)
            .without(names.secret)
            .run()
            .expect(3);
        let error = absent.error();
        assert_eq!(error["kind"], "config");
        let hint = error["hint"].as_str().expect("a hint");
        assert!(
            hint.contains(names.id) && hint.contains(names.secret),
            "{hint}"
        );

        for (there, missing) in [(names.id, names.secret), (names.secret, names.id)] {
            let half = clouds.certctl(args).without(missing).run().expect(3);
            let message = half.error()["message"].to_string();
            let expected = format!("{there} is set, but {missing} is not");
            assert!(message.contains(&expected), "{message}");
        }
        for name in [names.id, names.secret, names.token] {
            for (value, flaw) in [
                ("", "is empty"),
                (" planted-value", "starts with white space"),
                ("planted-value ", "ends with white space"),
                ("planted value", "contains white space"),
                ("planted-value\n", "contains a line break"),
                ("planted-value\r", "contains a line break"),
                ("\u{feff}planted-value", "contains a byte order mark"),
                ("\"planted-value\"", "is in quotation marks"),
                ("planted\u{7}value", "contains a control character"),
                ("planted–value", "contains a character that is not ASCII"),
            ] {
                let outcome = clouds.certctl(args).env(name, value).run().expect(3);
                assert_eq!(
                    (outcome.stdout.as_str(), outcome.stderr.lines().count()),
                    ("", 1)
                );
                let message = outcome.error()["message"].to_string();
                let expected = format!("environment variable {name} {flaw}");
                assert!(message.contains(&expected), "{message}");
                assert!(!outcome.stderr.contains("value\""), "{outcome:#?}");
                assert!(!outcome.stderr.contains("planted"), "{outcome:#?}");
            }
        }
    }
    assert_eq!(clouds.log().len(), 0);
}

/// Without the keys that the environment has.
fn keyless(mut call: Call) -> Call {
    for names in [&ALIBABA, &TENCENT, &UCLOUD] {
        call = call.without(names.id).without(names.secret);
    }
    call
}

const OWN: &str = r#"current = "main"

[profiles.main.alibaba]
access_key_id = "LTAIsandboxMain00001"
access_key_secret = "sandboxAlibabaSecret0000000001"

[profiles.temporary.alibaba]
access_key_id = "STS.sandboxTemp00001"
access_key_secret = "sandboxAlibabaSecret0000000002"
security_token = "sandbox-alibaba-token"
signature = "acs3"
"#;

fn private(path: &Path, content: &str) {
    fs::create_dir_all(path.parent().expect("a directory")).expect("the directory");
    fs::write(path, content).expect("the file");
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("its mode");
}

#[test]
fn profiles_of_certctls_own_file() {
    let clouds = Clouds::new();
    let path = clouds.home().join(".config/certctl/config.toml");
    private(&path, OWN);
    let outcome = keyless(clouds.certctl(CDN)).run().expect(0);
    assert_eq!(outcome.talk(), "");
    for call in [
        keyless(clouds.certctl(CDN)).arg("--profile=temporary"),
        keyless(clouds.certctl(CDN)).env("CERTCTL_PROFILE", "temporary"),
    ] {
        call.run().expect(0);
    }
    // The flag outranks the profile's own word.
    keyless(clouds.certctl(CDN))
        .args(&["--profile=temporary", "--signature=rpc"])
        .run()
        .expect(0);
    let log = clouds.log();
    let made: Vec<_> = log
        .iter()
        .map(|entry| {
            (
                entry.key_id.as_deref().unwrap_or_default(),
                entry.scheme.unwrap_or_default(),
            )
        })
        .collect();
    let temporary = "STS.sandboxTemp00001";
    assert_eq!(made[0], ("LTAIsandboxMain00001", "alibaba-rpc"));
    assert_eq!(made[2], (temporary, "alibaba-acs3"));
    assert_eq!(made[4], (temporary, "alibaba-acs3"));
    assert_eq!(made[6], (temporary, "alibaba-rpc"));

    let unknown = keyless(clouds.certctl(CDN))
        .arg("--profile=nobody")
        .run()
        .expect(3);
    assert!(
        unknown.error()["message"]
            .to_string()
            .contains("unknown profile 'nobody'")
    );
    assert!(
        unknown.error()["hint"].to_string().contains("main"),
        "{unknown:#?}"
    );

    // The environment outranks a named profile, and says so.
    let both = clouds
        .certctl(CDN)
        .arg("--profile=temporary")
        .run()
        .expect(0);
    assert!(
        both.stderr
            .contains("warning: the alibaba credentials in the environment override")
    );
    assert_eq!(
        clouds.log().last().expect("a call").key_id.as_deref(),
        Some("LTAIsandboxMain00001")
    );
}

#[test]
fn a_file_that_is_broken_is_named_with_its_line() {
    let clouds = Clouds::new();
    let path = clouds.home().join("own.toml");
    let cut = &OWN[..OWN.find("0001\"\n").expect("the id") + 2];
    for (content, line, what) in [
        (cut, 4, "is not TOML"),
        (
            "[profiles.default.alibaba]\naccess_key_id = 7\n",
            2,
            "access_key_id must be a string",
        ),
        (
            "[profiles.default.alibaba]\naccess_key_id = ' x'\naccess_key_secret = 'y'\n",
            2,
            "starts with white space",
        ),
        (
            "[profiles.default.alibaba]\naccess_key_id = 'x'\naccess_key_secret = ''\n",
            3,
            "is empty",
        ),
    ] {
        private(&path, content);
        for by_flag in [true, false] {
            let call = keyless(clouds.certctl(CDN));
            let call = match by_flag {
                true => call.arg("--config").arg(&path),
                false => call.env("CERTCTL_CONFIG", &path),
            };
            let outcome = call.run().expect(3);
            let message = outcome.error()["message"]
                .as_str()
                .expect("a message")
                .to_owned();
            let place = format!("own.toml, line {line}");
            assert!(
                message.contains(&place) && message.contains(what),
                "{message}"
            );
            assert_eq!(outcome.stderr.lines().count(), 1);
        }
    }
    let gone = keyless(clouds.certctl(CDN))
        .arg("--config=gone.toml")
        .run()
        .expect(3);
    assert!(
        gone.error()["message"]
            .to_string()
            .contains("gone.toml does not exist")
    );
    assert_eq!(clouds.log().len(), 0);
}

#[test]
fn unknown_keys_and_readers_are_warned_about() {
    let clouds = Clouds::new();
    let path = clouds.home().join("own.toml");
    private(
        &path,
        &OWN.replace(
            "access_key_secret",
            "acess_key_secret = 'x'\naccess_key_secret",
        ),
    );
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("its mode");
    let outcome = keyless(clouds.certctl(CDN))
        .arg("--config")
        .arg(&path)
        .run()
        .expect(0);
    assert!(
        outcome
            .stderr
            .contains("can be read by others (mode 0644): chmod 600"),
        "{outcome:#?}"
    );
    assert!(
        outcome
            .stderr
            .contains("unknown key profiles.main.alibaba.acess_key_secret"),
        "{outcome:#?}"
    );
    assert!(
        outcome.stderr.contains("did you mean access_key_secret?"),
        "{outcome:#?}"
    );
    assert_eq!(outcome.talk().lines().count(), 2, "{outcome:#?}");
    let quiet = keyless(clouds.certctl(CDN))
        .arg("-q")
        .arg("--config")
        .arg(&path);
    assert_eq!(quiet.run().expect(0).stderr, "");
}

#[test]
fn the_files_of_the_vendors_own_tools() {
    let clouds = Clouds::new();
    let home = clouds.home();
    private(
        &home.join(".aliyun/config.json"),
        r#"{"current":"default","profiles":[
            {"name":"default","mode":"AK","access_key_id":"LTAIsandboxMain00001",
             "access_key_secret":"sandboxAlibabaSecret0000000001","sts_token":""},
            {"name":"sts","mode":"StsToken","access_key_id":"STS.sandboxTemp00001",
             "access_key_secret":"sandboxAlibabaSecret0000000002","sts_token":"sandbox-alibaba-token"},
            {"name":"role","mode":"RamRoleArn","access_key_id":"x","access_key_secret":"y"}]}"#,
    );
    private(
        &home.join(".tccli/default.credential"),
        r#"{"secretId":"AKIDsandboxMain0000000000000000001",
            "secretKey":"sandboxTencentSecret000000000001"}"#,
    );
    private(
        &home.join(".ucloud/config.json"),
        r#"[{"profile":"default","active":true,"project_id":"org-sandbox/Name","region":"cn-bj2"}]"#,
    );
    private(
        &home.join(".ucloud/credential.json"),
        r#"[{"profile":"default","public_key":"sandbox+main@example.com/0001==",
             "private_key":"sandboxUcloudSecret000000000000000000001"}]"#,
    );
    for (_, args) in CLOUDS {
        let call = keyless(clouds.certctl(args)).without("UCLOUD_PROJECT_ID");
        let outcome = call.without("UCLOUD_REGION").run().expect(0);
        assert_eq!(outcome.talk(), "");
    }
    keyless(clouds.certctl(CDN))
        .arg("--profile=sts")
        .run()
        .expect(0);
    let role = keyless(clouds.certctl(CDN))
        .arg("--profile=role")
        .run()
        .expect(3);
    assert!(
        role.error()["message"]
            .to_string()
            .contains("ram_role_arn (profile 'role') is missing or empty")
    );
    // Cut short.
    private(
        &home.join(".aliyun/config.json"),
        r#"{"current":"default","profiles":[{"na"#,
    );
    let cut = keyless(clouds.certctl(CDN)).run().expect(3);
    let message = cut.error()["message"].to_string();
    assert!(
        message.contains(".aliyun/config.json, line 1: is incomplete"),
        "{message}"
    );
}

#[test]
fn config_show_names_each_values_own_origin_and_hides_it() {
    let clouds = Clouds::new();
    private(&clouds.home().join(".config/certctl/config.toml"), OWN);
    let show = || clouds.certctl(&["config", "show"]);
    let row = |document: &Value, cloud: &str, name: &str| -> Value {
        let rows = document["results"].as_array().expect("rows");
        let row = rows
            .iter()
            .find(|row| row["cloud"] == cloud && row["name"] == name);
        row.expect("the row").clone()
    };
    let outcome = show()
        .env(TENCENT.token, "sandbox-tencent-token")
        .run()
        .expect(0);
    let document = outcome.json();
    let expected = [
        ("alibaba", "access_key_id", "LTAI****", ALIBABA.id),
        ("alibaba", "access_key_secret", "****", ALIBABA.secret),
        ("tencent", "secret_id", "AKID****", TENCENT.id),
        ("tencent", "secret_key", "****", TENCENT.secret),
        ("tencent", "token", "****", TENCENT.token),
        ("ucloud", "public_key", "sand****", UCLOUD.id),
        ("ucloud", "private_key", "****", UCLOUD.secret),
    ];
    for (cloud, name, value, variable) in expected {
        let row = row(&document, cloud, name);
        assert_eq!(row["value"], value);
        assert_eq!(
            row["origin"],
            json!({"source": "env", "variable": variable})
        );
    }
    assert_eq!(
        row(&document, "alibaba", "security_token")["reason"],
        "not set"
    );

    let outcome = keyless(show()).arg("--profile=temporary").run().expect(0);
    let document = outcome.json();
    for (name, line) in [
        ("access_key_id", 8),
        ("access_key_secret", 9),
        ("security_token", 10),
    ] {
        let origin = &row(&document, "alibaba", name)["origin"];
        assert_eq!(
            origin["field"],
            format!("profiles.temporary.alibaba.{name}")
        );
        assert_eq!(origin["line"], line);
    }
    let table = show().arg("-otable").run().expect(0);
    let line = format!("environment variable {}", ALIBABA.secret);
    assert!(table.stdout.contains(&line), "{table:#?}");
    assert!(!table.stdout.contains("sandboxAlibaba"), "{table:#?}");
    assert_eq!(clouds.log().len(), 0);
}

#[test]
fn a_clouds_own_address_outranks_the_common_one() {
    let clouds = Clouds::new();
    let variables = [
        "CERTCTL_ALIBABA_ENDPOINT",
        "CERTCTL_TENCENT_ENDPOINT",
        "CERTCTL_UCLOUD_ENDPOINT",
    ];
    // Port 9 is "discard": nobody answers there.
    let nowhere = "http://127.0.0.1:9";
    for ((_, args), variable) in CLOUDS.iter().zip(variables) {
        let call = clouds.certctl(args).env("CERTCTL_ENDPOINT", nowhere);
        call.env(variable, clouds.endpoint()).run().expect(0);
        let before = clouds.log().len();
        let call = clouds.certctl(args).env(variable, clouds.endpoint());
        let call = call.args(&["--endpoint", nowhere, "--max-attempts=1"]);
        call.run().expect(7);
        assert_eq!(clouds.log().len(), before, "the flag outranks both");
        for value in ["", "ftp://h", "https://h/path", "https://u:p@h", "h"] {
            let outcome = clouds.certctl(args).env(variable, value).run().expect(3);
            let message = outcome.error()["message"].to_string();
            assert!(message.contains(variable), "{message}");
        }
    }
}

#[test]
fn region_and_project_come_from_the_environment_unless_a_flag_says_otherwise() {
    let clouds = Clouds::new();
    clouds.certctl(ULB).run().expect(0);
    let asked = |place: usize, name: &str| clouds.log()[place].params[name].clone();
    assert_eq!(asked(0, "Region"), "cn-bj2");
    assert_eq!(asked(0, "ProjectId"), "org-sandbox");
    let before = clouds.log().len();
    let call = clouds
        .certctl(ULB)
        .args(&["--region=cn-sh2", "--project-id=org-sandbox2"]);
    assert_ne!(call.run().status, 0);
    assert_eq!(asked(before, "Region"), "cn-sh2");
    assert_eq!(asked(before, "ProjectId"), "org-sandbox2");
}
