//! Logins that fail: one line that says where and what next, the right status, nothing shown.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::json;

use super::*;
use crate::support::raw::{Raw, answer};

/// The one line of a login that failed before anything was tried.
#[track_caller]
fn refused(outcome: &Outcome, words: &[&str]) -> Value {
    assert_eq!(outcome.stdout, "", "{outcome:#?}");
    assert_eq!(outcome.stderr.lines().count(), 1, "{outcome:#?}");
    let error = outcome.error();
    let message = error["message"].as_str().expect("a message").to_owned();
    for word in words {
        assert!(message.contains(word), "{word}: {message}");
    }
    assert!(!error["hint"].as_str().expect("a hint").is_empty());
    nothing_secret(outcome);
    error
}

const KEYS_OF_ALIBABA: &str = "access_key_id = 'LTAIsandboxMain00001'
access_key_secret = 'sandboxAlibabaSecret0000000001'
";

#[test]
fn a_role_that_cannot_be_assumed() {
    for (name, code) in [
        ("nobody", "EntityNotExist.Role"),
        ("denied", "NoPermission"),
    ] {
        let clouds = Clouds::new();
        let role = format!("acs:ram::1234567890123456:role/{name}");
        own(
            &clouds,
            "alibaba",
            &format!("{KEYS_OF_ALIBABA}role_arn = '{role}'\n"),
        );
        let outcome = keyless(&clouds, CDN).run().expect(4);
        let error = refused(&outcome, &[code, &role]);
        assert_eq!(error["code"], code);
        assert_eq!(clouds.log().len(), 1, "one request: {:#?}", clouds.log());
    }
    let clouds = Clouds::new();
    let wrong = KEYS_OF_ALIBABA.replace("0001'\n", "0009'\n");
    own(
        &clouds,
        "alibaba",
        &format!("{wrong}role_arn = '{ALIBABA_ROLE}'\n"),
    );
    let outcome = keyless(&clouds, CDN).run().expect(4);
    assert_eq!(clouds.log().len(), 1);
    refused(&outcome, &[]);
}

#[test]
fn a_token_of_an_identity_provider_that_is_unfit() {
    let clouds = Clouds::new();
    let with = |file: &str| {
        keyless(&clouds, CDN)
            .env("ALIBABA_CLOUD_ROLE_ARN", ALIBABA_ROLE)
            .env("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", ALIBABA_PROVIDER)
            .env("ALIBABA_CLOUD_OIDC_TOKEN_FILE", file)
            .run()
    };
    let write = |text: &str| {
        let path = private(&clouds, "token", text);
        path.to_str().expect("UTF-8").to_owned()
    };
    refused(
        &with("/none/token").expect(3),
        &["/none/token", "no such file"],
    );
    refused(&with(&write("")).expect(3), &["is empty"]);
    refused(&with(&write("two tokens")).expect(3), &["more than one"]);
    assert_eq!(clouds.log().len(), 0);
    let expired = with(&write("sandbox-oidc-expired-token")).expect(4);
    refused(&expired, &["AuthenticationFail.OIDCToken.Expired"]);
    // The emulator sends it back, as servers do.
    let planted = "eyJhbGciOiJSUzI1NiJ9.cGxhbnRlZA.c2lnbmF0dXJl";
    let illegal = with(&write(planted)).expect(4);
    refused(&illegal, &["AuthenticationFail.OIDCToken.Invalid"]);
    assert!(!illegal.stderr.contains("cGxhbnRlZA"), "{illegal:#?}");

    for missing in ["ALIBABA_CLOUD_ROLE_ARN", "ALIBABA_CLOUD_OIDC_PROVIDER_ARN"] {
        let call = keyless(&clouds, CDN)
            .env("ALIBABA_CLOUD_ROLE_ARN", ALIBABA_ROLE)
            .env("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", ALIBABA_PROVIDER)
            .env("ALIBABA_CLOUD_OIDC_TOKEN_FILE", "/none");
        let outcome = call.without(missing).run().expect(3);
        refused(&outcome, &["ALIBABA_CLOUD_OIDC_TOKEN_FILE is set", missing]);
    }
}

#[test]
fn half_a_way_and_two_ways() {
    let clouds = Clouds::new();
    for (table, words) in [
        (
            format!("role_arn = '{ALIBABA_ROLE}'\n"),
            ["role_arn is set", "access_key_id is not"],
        ),
        (
            format!("{KEYS_OF_ALIBABA}role_session_name = 'x1'\n"),
            ["role_session_name is set", "role_arn is not"],
        ),
        (
            format!("{KEYS_OF_ALIBABA}instance_role = 'auto'\n"),
            ["line 4", "second way to log in"],
        ),
        (
            "credential_process = \"a 'b\"\n".to_owned(),
            ["line 2", "not closed"],
        ),
        (
            "credentials_uri = 'http://example.com/keys'\n".to_owned(),
            ["line 2", "plain http to another machine"],
        ),
        (
            format!("{KEYS_OF_ALIBABA}role_arn = '{ALIBABA_ROLE}'\nduration_seconds = '60'\n"),
            ["line 5", "is not a valid lifetime for keys"],
        ),
    ] {
        own(&clouds, "alibaba", &table);
        let outcome = keyless(&clouds, CDN).run().expect(3);
        refused(&outcome, &words);
    }
    let outcome = clouds
        .certctl(SSL)
        .env("TENCENTCLOUD_ROLE_ARN", TENCENT_ROLE)
        .run()
        .expect(3);
    refused(&outcome, &["TENCENTCLOUD_ROLE_SESSION_NAME is not"]);
    assert_eq!(clouds.log().len(), 0);
}

#[test]
fn profiles_of_the_vendors_that_cannot_be_used() {
    let clouds = Clouds::new();
    let at = |seconds: i64| chrono::Utc::now().timestamp() + seconds;
    let cached = |mode: &str, expires: i64| {
        json!({"name": "default", "mode": mode, "access_key_id": "STS.x", "access_key_secret": "s",
               "sts_token": "t", "sts_expiration": expires})
    };
    let cases = [
        (
            json!([cached("OAuth", at(-5))]),
            vec![
                "the login stored by the vendor's CLI expired at",
                "aliyun configure --profile default --mode OAuth",
            ],
        ),
        (
            json!([cached("CloudSSO", at(-86_400))]),
            vec![
                "the login stored by the vendor's CLI expired at",
                "aliyun configure --profile default --mode CloudSSO",
            ],
        ),
        (
            json!([{"name": "default", "mode": "OAuth", "oauth_site_type": "CN"}]),
            vec!["access_key_id", "you are not logged in", "aliyun configure"],
        ),
        (
            json!([{"name": "default", "mode": "RsaKeyPair"}]),
            vec!["RsaKeyPair is not supported"],
        ),
        (
            json!([{"name": "default", "mode": "BearerToken"}]),
            vec!["BearerToken is not supported"],
        ),
        (
            json!([{"name": "default", "mode": "Magic"}]),
            vec!["Magic is not a mode"],
        ),
        (
            json!([{"name": "default", "mode": "RamRoleArn", "access_key_id": "i",
                    "access_key_secret": "s", "ram_role_arn": 7}]),
            vec!["profiles[0].ram_role_arn", "must be a string"],
        ),
        (
            json!([{"name": "default", "mode": "ChainableRamRoleArn", "source_profile": "default",
                    "ram_role_arn": ALIBABA_ROLE}]),
            vec!["refers to itself", "default -> default"],
        ),
        (
            json!([{"name": "default", "mode": "ChainableRamRoleArn", "source_profile": "b", "ram_role_arn": "r"},
                   {"name": "b", "mode": "ChainableRamRoleArn", "source_profile": "c", "ram_role_arn": "r"},
                   {"name": "c", "mode": "chainableramrolearn", "source_profile": "b", "ram_role_arn": "r"}]),
            vec!["refers to itself", "default -> b -> c -> b"],
        ),
        (
            json!([{"name": "default", "mode": "ChainableRamRoleArn", "source_profile": "gone", "ram_role_arn": "r"}]),
            vec!["refers to 'gone', which is not in the file"],
        ),
    ];
    for (profiles, words) in cases {
        aliyun(&clouds, &profiles);
        let outcome = keyless(&clouds, CDN).run().expect(3);
        refused(&outcome, &words);
    }
    let expired = json!({"type": "sso", "secretId": "i", "secretKey": "s", "token": "t", "expiresAt": at(-1)});
    private(&clouds, ".tccli/ci.credential", &expired.to_string());
    let outcome = keyless(&clouds, SSL).arg("--profile=ci").run().expect(3);
    refused(&outcome, &["expired at", "tccli sso login --profile ci"]);
    for (text, words) in [
        (
            "[default]\nsecret_id = i\n",
            ["default.secret_key", "missing"],
        ),
        ("secret_id = i\n", ["line 1", "neither"]),
        (
            "[default\nsecret_id = i\n",
            ["line 1", "without a closing bracket"],
        ),
    ] {
        private(&clouds, ".tencentcloud/credentials", text);
        let outcome = keyless(&clouds, SSL).run().expect(3);
        refused(&outcome, &words);
    }
    private(
        &clouds,
        ".ucloud/config.json",
        r#"[{"profile": "p", "active": true}]"#,
    );
    private(
        &clouds,
        ".ucloud/credential.json",
        r#"[{"profile": "p", "public_key": "i", "private_key": "s", "auth_mode": "oauth", "access_token": "t"}]"#,
    );
    let outcome = keyless(&clouds, ULB).run().expect(3);
    refused(&outcome, &["oauth is not supported", "cannot sign calls"]);
    assert_eq!(clouds.log().len(), 0, "nothing was sent");
}

#[test]
fn where_there_is_no_metadata_service_a_second_is_enough() {
    let clouds = Clouds::new();
    // It takes connections and never says a word.
    let silent = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let silent = format!("http://{}", silent.local_addr().expect("an address"));
    for (cloud, args) in [("alibaba", CDN), ("tencent", SSL), ("ucloud", ULB)] {
        own(&clouds, cloud, "instance_role = 'auto'\n");
        for address in [silent.as_str(), "http://127.0.0.1:9"] {
            let began = Instant::now();
            let call = keyless(&clouds, args).env("CERTCTL_METADATA_ENDPOINT", address);
            let outcome = call.run().expect(3);
            assert!(
                began.elapsed() < Duration::from_secs(3),
                "{:?}",
                began.elapsed()
            );
            refused(
                &outcome,
                &["metadata service (127.0.0.1)", "does not answer"],
            );
        }
        own(&clouds, cloud, "instance_role = 'another'\n");
        refused(&keyless(&clouds, args).run().expect(3), &["HTTP 404"]);
    }
    // Nobody asks for it: nobody is asked.
    own(&clouds, "tencent", "");
    keyless(&clouds, CDN).run().expect(3);
    let asked = clouds.log().len();
    keyless(&clouds, SSL).run().expect(3);
    assert_eq!(clouds.log().len(), asked);
}

#[test]
fn the_second_version_of_the_metadata_service_is_the_one_that_is_used() {
    let hardened = json!({"account": {"metadata_token_required": true}});
    let clouds = Clouds::with(hardened);
    own(&clouds, "alibaba", "instance_role = 'auto'\n");
    keyless(&clouds, CDN).run().expect(0);
    assert_eq!(clouds.calls("MetadataToken").len(), 1);

    let broken = json!({"match": {"action": "MetadataToken"}, "do": {"status": 404}});
    let clouds = Clouds::with(json!({"faults": [broken]}));
    own(&clouds, "alibaba", "instance_role = 'auto'\n");
    keyless(&clouds, CDN).run().expect(0);
    let call = keyless(&clouds, CDN).env("ALIBABA_CLOUD_IMDSV1_DISABLED", "true");
    refused(&call.run().expect(3), &["returns no token"]);
    let asked = clouds.log().len();
    let call = keyless(&clouds, CDN).env("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true");
    refused(
        &call.run().expect(3),
        &["ALIBABA_CLOUD_ECS_METADATA_DISABLED"],
    );
    assert_eq!(clouds.log().len(), asked);
}

#[test]
fn an_address_that_answers_with_something_else() {
    let clouds = Clouds::new();
    let good = r#"{"Code":"Success","AccessKeyId":"STS.x","AccessKeySecret":"planted-value-1","SecurityToken":"t"}"#;
    let cases = [
        (200, "", 3, "is empty"),
        (200, "<html>planted-value-1</html>", 3, "is not JSON"),
        (200, "[]", 3, "not an object"),
        (200, &good[..60], 3, "incomplete"),
        (
            200,
            r#"{"Code":"Failed","AccessKeySecret":"planted-value-1"}"#,
            3,
            "reports Failed",
        ),
        (
            200,
            r#"{"Code":"Success","AccessKeySecret":"planted-value-1"}"#,
            3,
            "no key id",
        ),
        (404, good, 3, "HTTP 404"),
        (302, good, 3, "HTTP 302"),
        (500, good, 7, "HTTP 500"),
    ];
    for (status, body, exit, word) in cases {
        let server = Raw::http(move |_| answer(status, "Location: http://127.0.0.1:9/\r\n", body));
        let uri = format!("{}/keys?token=planted-value-2", server.endpoint());
        let call = keyless(&clouds, CDN).env("ALIBABA_CLOUD_CREDENTIALS_URI", uri);
        let outcome = call.run().expect(exit);
        refused(&outcome, &[word, "/keys"]);
        assert!(!outcome.stderr.contains("planted"), "{outcome:#?}");
        assert_eq!(server.requests().len(), 1);
    }
    let call = keyless(&clouds, CDN).env("ALIBABA_CLOUD_CREDENTIALS_URI", "http://127.0.0.1:9/");
    refused(&call.run().expect(7), &["no connection"]);
    let past = r#"{"Code":"Success","AccessKeyId":"STS.x","AccessKeySecret":"s","SecurityToken":"t","Expiration":"2020-01-01T00:00:00Z"}"#;
    let server = Raw::http(move |_| answer(200, "", past));
    let call = keyless(&clouds, CDN).env("ALIBABA_CLOUD_CREDENTIALS_URI", server.endpoint());
    refused(&call.run().expect(4), &["expired at 2020-01-01T00:00:00Z"]);
    assert_eq!(clouds.log().len(), 0);
}

#[test]
fn a_command_that_does_not_give_keys() {
    let clouds = Clouds::new();
    let cases = [
        ("/none/such --flag", vec!["/none/such", "cannot be started"]),
        (
            "sh -c 'echo planted-value-1; exit 3'",
            vec!["sh", "ended with status 3"],
        ),
        ("echo planted-value-1", vec!["echo", "is not JSON"]),
        ("true", vec!["true", "is empty"]),
        ("sh -c 'kill -9 $$'", vec!["was ended by a signal"]),
    ];
    for (command, words) in cases {
        own(
            &clouds,
            "alibaba",
            &format!("credential_process = \"{command}\"\n"),
        );
        let outcome = keyless(&clouds, CDN).arg("-vv").run().expect(3);
        let last = outcome.stderr.lines().last().expect("a line");
        for word in words {
            assert!(last.contains(word), "{word}: {outcome:#?}");
        }
        let shown = format!("{}{}", outcome.stdout, outcome.stderr);
        assert!(!shown.contains("planted-value-1"), "{outcome:#?}");
    }
    assert_eq!(clouds.log().len(), 0);
}

#[test]
fn what_a_command_says_is_passed_on_without_the_keys() {
    let clouds = Clouds::new();
    let script = private(
        &clouds,
        "keys.sh",
        "echo 'hello from the helper' >&2\n\
         echo 'the secret is sandboxAlibabaSecret0000000001' >&2\n\
         test \"$1\" = '$HOME' || exit 4\n\
         echo '{\"AccessKeyId\":\"LTAIsandboxMain00001\",\"AccessKeySecret\":\"sandboxAlibabaSecret0000000001\"}'\n",
    );
    // No shell is in between: nothing is expanded.
    let command = format!("credential_process = \"sh {} $HOME\"\n", script.display());
    own(&clouds, "alibaba", &command);
    let outcome = keyless(&clouds, CDN).run().expect(0);
    assert!(
        outcome.stderr.contains("note: sh: hello from the helper"),
        "{outcome:#?}"
    );
    assert!(
        outcome.stderr.contains("the secret is ****"),
        "{outcome:#?}"
    );
    nothing_secret(&outcome);
    let quiet = keyless(&clouds, CDN).arg("-q").run().expect(0);
    assert_eq!(quiet.stderr, "");
    // A `$HOME` of another's would be expanded.
    let shell = format!(
        "credential_process = \"sh -c 'exec sh {} $HOME'\"\n",
        script.display()
    );
    own(&clouds, "alibaba", &shell);
    keyless(&clouds, CDN).run().expect(3);
}

#[test]
fn a_signal_ends_a_login_and_its_command() {
    let clouds = Clouds::new();
    let mark = clouds.home().join("begun");
    let script = private(&clouds, "keys.sh", "touch begun; exec sleep 30\n");
    own(
        &clouds,
        "alibaba",
        &format!("credential_process = \"sh {}\"\n", script.display()),
    );
    let child = keyless(&clouds, CDN).spawn();
    let began = Instant::now();
    while !mark.exists() {
        assert!(began.elapsed() < Duration::from_secs(20), "it never began");
        std::thread::yield_now();
    }
    let pid = i32::try_from(child.id()).expect("a process id");
    let pid = rustix::process::Pid::from_raw(pid).expect("a process");
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("the signal");
    let outcome = Outcome::of(child);
    assert_eq!(outcome.status, 143, "{outcome:#?}");
    assert!(began.elapsed() < Duration::from_secs(20));
    assert_eq!(outcome.error()["kind"], "interrupted");
    assert_eq!(clouds.log().len(), 0);
}

#[test]
fn config_show_tells_the_way_and_hides_its_secrets() {
    let clouds = Clouds::new();
    let uri = format!(
        "credentials_uri = '{}/keys?token=planted'\n",
        clouds.endpoint()
    );
    for (table, name, value) in [
        (
            format!("{KEYS_OF_ALIBABA}role_arn = '{ALIBABA_ROLE}'\n"),
            "role_arn",
            ALIBABA_ROLE.to_owned(),
        ),
        (
            "credential_process = 'helper --password planted'\n".to_owned(),
            "credential_process",
            "helper …".to_owned(),
        ),
        (
            uri,
            "credentials_uri",
            format!("{}/keys", clouds.endpoint()),
        ),
    ] {
        own(&clouds, "alibaba", &table);
        let outcome = keyless(&clouds, &["config", "show"]).run().expect(0);
        let document = outcome.json();
        let rows = document["results"].as_array().expect("rows");
        let row = rows
            .iter()
            .find(|row| row["name"] == name)
            .expect("the row");
        assert_eq!(row["value"], value);
        assert!(!outcome.stdout.contains("planted"), "{outcome:#?}");
        nothing_secret(&outcome);
        let others = rows.iter().filter(|row| row["name"] == "instance_role");
        assert_eq!(others.count(), 0, "only the way that is taken");
    }
    assert_eq!(clouds.log().len(), 0);
}

#[test]
fn a_deadline_ends_a_login() {
    let clouds = Clouds::new();
    own(&clouds, "alibaba", "credential_process = 'sleep 30'\n");
    let began = Instant::now();
    let outcome = keyless(&clouds, CDN).arg("--deadline=0.5").run().expect(7);
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(outcome.error()["kind"], "deadline");
}

/// A helper that has answered leaves a child behind which holds the pipes and, with a group of its
/// own, lives on: nobody waits for it. What stays in the helper's group is ended.
#[test]
fn a_helper_that_has_answered_is_not_waited_for() {
    let clouds = Clouds::new();
    let script = private(
        &clouds,
        "keys.sh",
        "setsid sleep 1000 & echo $! >apart\nsleep 1000 & echo $! >inside\n\
         echo '{\"AccessKeyId\":\"LTAIsandboxMain00001\",\"AccessKeySecret\":\"sandboxAlibabaSecret0000000001\"}'\n",
    );
    let command = format!("credential_process = \"sh {}\"\n", script.display());
    own(&clouds, "alibaba", &command);
    keyless(&clouds, CDN).run().expect(0);
    let pid = |name: &str| {
        let text = fs::read_to_string(clouds.home().join(name)).expect("a number");
        rustix::process::Pid::from_raw(text.trim().parse().expect("a number")).expect("a process")
    };
    // It may take a moment until a process that was killed is gone.
    while rustix::process::test_kill_process(pid("inside")).is_ok() {
        let state = fs::read_to_string(format!("/proc/{}/stat", pid("inside").as_raw_nonzero()));
        if state.is_ok_and(|state| state.contains(") Z ")) {
            break;
        }
        std::thread::yield_now();
    }
    let apart = pid("apart");
    rustix::process::kill_process(apart, rustix::process::Signal::KILL).expect("it lived on");
}

/// The answer may be larger than a pipe holds, and the helper's last words come with its end.
#[test]
fn all_that_a_helper_printed_is_read() {
    let clouds = Clouds::new();
    let script = private(
        &clouds,
        "keys.sh",
        "sleep 1000 &\nhead -c 200000 /dev/zero | tr '\\0' ' '\n\
         echo '{\"AccessKeyId\":\"LTAIsandboxMain00001\",\"AccessKeySecret\":\"sandboxAlibabaSecret0000000001\"}'\n\
         echo 'last words' >&2\n",
    );
    let command = format!("credential_process = \"sh {}\"\n", script.display());
    own(&clouds, "alibaba", &command);
    let outcome = keyless(&clouds, CDN).run().expect(0);
    assert!(outcome.stderr.contains("last words"), "{outcome:#?}");
}

/// What a helper has started ends with the run as well.
#[test]
fn the_deadline_ends_a_helper_with_its_children() {
    let clouds = Clouds::new();
    let script = private(&clouds, "keys.sh", "sleep 1000 & echo $! >inside\nwait\n");
    let command = format!("credential_process = \"sh {}\"\n", script.display());
    own(&clouds, "alibaba", &command);
    let outcome = keyless(&clouds, CDN).arg("--deadline=1").run().expect(7);
    assert_eq!(outcome.error()["kind"], "deadline");
    let pid = fs::read_to_string(clouds.home().join("inside")).expect("a number");
    let state = format!("/proc/{}/stat", pid.trim());
    while fs::read_to_string(&state).is_ok_and(|state| !state.contains(") Z ")) {
        std::thread::yield_now();
    }
}

#[test]
fn a_deadline_holds_while_a_token_is_read() {
    let clouds = Clouds::new();
    let path = clouds.home().join("token");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.expect("mkfifo runs").success());
    let outcome = keyless(&clouds, CDN)
        .env("ALIBABA_CLOUD_ROLE_ARN", ALIBABA_ROLE)
        .env("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", ALIBABA_PROVIDER)
        .env("ALIBABA_CLOUD_OIDC_TOKEN_FILE", "token")
        .arg("--deadline=0.3")
        .run()
        .expect(7);
    assert_eq!(outcome.error()["kind"], "deadline");
    assert_eq!(clouds.log().len(), 0);
}

/// Whoever can change the file could have us run anything: as with ssh, its owner and mode are looked
/// at, and those of the folders on the way to it.
#[test]
fn a_file_that_others_can_change_names_no_program() {
    use std::os::unix::fs::PermissionsExt;
    let clouds = Clouds::new();
    let mode = |path: &str, mode| {
        let path = clouds.home().join(path);
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("the mode");
    };
    own(&clouds, "alibaba", "credential_process = 'touch ran'\n");
    for (path, open, closed) in [
        (".config/certctl/config.toml", 0o620, 0o600),
        (".config/certctl/config.toml", 0o602, 0o600),
        (".config/certctl", 0o777, 0o700),
        (".config", 0o770, 0o700),
    ] {
        mode(path, open);
        let outcome = keyless(&clouds, CDN).run().expect(3);
        mode(path, closed);
        let error = outcome.error();
        let text = format!("{}; {}", error["message"], error["hint"]);
        for word in [
            "credential_process",
            path,
            &format!("{open:04o}"),
            "chmod go-w",
        ] {
            assert!(text.contains(word), "{word}: {text}");
        }
        assert!(!clouds.home().join("ran").exists());
    }
    // With nothing open it runs; so it does in a folder like /tmp.
    mode(".config", 0o1777);
    keyless(&clouds, CDN).run().expect(3);
    assert!(clouds.home().join("ran").exists());
    fs::remove_file(clouds.home().join("ran")).expect("it is there");
    // What names no program is read as ever.
    let keys = "access_key_id = 'LTAIsandboxMain00001'\n\
                access_key_secret = 'sandboxAlibabaSecret0000000001'\n";
    own(&clouds, "alibaba", keys);
    mode(".config/certctl/config.toml", 0o620);
    keyless(&clouds, CDN).run().expect(0);

    fs::remove_file(clouds.home().join(".config/certctl/config.toml")).expect("it is there");
    let external = serde_json::json!([
        {"name": "default", "mode": "External", "process_command": "touch ran"}
    ]);
    aliyun(&clouds, &external);
    mode(".aliyun/config.json", 0o666);
    let outcome = keyless(&clouds, CDN).run().expect(3);
    let message = outcome.error()["message"].to_string();
    assert!(
        message.contains(".aliyun/config.json (mode 0666)"),
        "{message}"
    );
    assert!(!clouds.home().join("ran").exists());
}
