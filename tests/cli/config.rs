//! `certctl config`: set, use, list and check.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use serde_json::{Value, json};

use crate::support::{Call, Clouds, Outcome};

const FILE: &str = ".config/certctl/config.toml";

fn read(clouds: &Clouds) -> String {
    fs::read_to_string(clouds.home().join(FILE)).expect("the file")
}

fn mode(clouds: &Clouds) -> u32 {
    let metadata = fs::metadata(clouds.home().join(FILE)).expect("the file");
    metadata.permissions().mode() & 0o777
}

fn write(clouds: &Clouds, text: &str, mode: u32) {
    let path = clouds.home().join(FILE);
    fs::create_dir_all(path.parent().expect("a folder")).expect("the folder");
    fs::write(&path, text).expect("the file");
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("its mode");
}

fn set(clouds: &Clouds, args: &[&str]) -> Call {
    clouds.certctl(&["config", "set"]).args(args)
}

#[track_caller]
fn status(outcome: &Outcome) -> Value {
    outcome.json()["results"][0]["status"].clone()
}

#[test]
fn a_profile_is_made_value_by_value_and_works() {
    let clouds = Clouds::new();
    let work = ["--profile", "work"];
    let outcome = set(&clouds, &["alibaba.access_key_id", "LTAIsandboxMain00001"])
        .args(&work)
        .run()
        .expect(0);
    assert_eq!(status(&outcome), "changed");
    let row = &outcome.json()["results"][0];
    assert_eq!(row["profile"], "work");
    assert_eq!(row["key"], "alibaba.access_key_id");
    // A secret comes in by a pipe, with a line's end or without.
    let secret = set(&clouds, &["alibaba.access_key_secret"])
        .args(&work)
        .stdin("sandboxAlibabaSecret0000000001\n");
    let outcome = secret.run().expect(0);
    assert!(
        !format!("{outcome:?}").contains("sandboxAlibaba"),
        "{outcome:#?}"
    );
    assert_eq!(mode(&clouds), 0o600);
    let folder = clouds.home().join(".config/certctl");
    let folder = fs::metadata(folder).expect("the folder").permissions();
    assert_eq!(folder.mode() & 0o777, 0o700);

    clouds.certctl(&["config", "use", "work"]).run().expect(0);
    assert!(read(&clouds).starts_with("current = \"work\"\n"));
    let call = clouds
        .certctl(&["cdn", "set", "--no-preview", "--domains=a.com", "--on"])
        .without("ALIBABA_CLOUD_ACCESS_KEY_ID")
        .without("ALIBABA_CLOUD_ACCESS_KEY_SECRET");
    call.run().expect(0);
    // The same again changes nothing.
    let before = read(&clouds);
    let again = set(&clouds, &["alibaba.access_key_secret", "--from-file=-"])
        .stdin("sandboxAlibabaSecret0000000001")
        .run()
        .expect(0);
    assert_eq!(status(&again), "unchanged");
    assert_eq!(read(&clouds), before);
}

const KEPT: &str = "# my clouds\n# (ask Ann)\n\nold = true # from 0.1\ncurrent = 'work'\n\n\
[profiles.work] # the one\nlater = [1, 2]\n\n[profiles.work.tencent]\n\t# the id\n\
\tsecret_id = \"before\" # of the bot\n\tcolour = 'red'\n\n[profiles.other.ucloud]\n\
region = \"hk\"\n\n[tool.else]\nx = { y = 1 }\n";

#[test]
fn all_else_in_the_file_stays() {
    let clouds = Clouds::new();
    write(&clouds, KEPT, 0o600);
    set(&clouds, &["tencent.secret_id", "after"])
        .run()
        .expect(0);
    let expected = KEPT.replace("\"before\"", "\"after\"");
    assert_eq!(read(&clouds), expected);
    set(&clouds, &["tencent.region", "ap-guangzhou"])
        .run()
        .expect(0);
    let expected = expected.replace(
        "\tcolour = 'red'\n",
        "\tcolour = 'red'\n\tregion = \"ap-guangzhou\"\n",
    );
    assert_eq!(read(&clouds), expected);
    set(&clouds, &["output", "table", "--profile=other"])
        .run()
        .expect(0);
    let expected = format!("{expected}\n[profiles.other]\noutput = \"table\"\n");
    assert_eq!(read(&clouds), expected);
    clouds.certctl(&["config", "use", "other"]).run().expect(0);
    assert_eq!(read(&clouds), expected.replace("'work'", "\"other\""));
}

#[test]
fn a_file_keeps_its_mode_and_links_stay_links() {
    let clouds = Clouds::new();
    write(&clouds, KEPT, 0o640);
    set(&clouds, &["output", "json"]).run().expect(0);
    assert_eq!(mode(&clouds), 0o640);

    let real = clouds.home().join("dotfiles.toml");
    fs::rename(clouds.home().join(FILE), &real).expect("moved");
    symlink(&real, clouds.home().join(FILE)).expect("linked");
    set(&clouds, &["output", "csv"]).run().expect(0);
    let link = fs::symlink_metadata(clouds.home().join(FILE)).expect("the link");
    assert!(link.file_type().is_symlink());
    assert!(
        fs::read_to_string(&real)
            .expect("the file")
            .contains("output = \"csv\"")
    );
    let left: Vec<_> = fs::read_dir(clouds.home())
        .expect("the folder")
        .filter(|entry| {
            let name = entry.as_ref().expect("an entry").file_name();
            name.to_string_lossy().ends_with(".tmp")
        })
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_secret_never_stands_on_the_command_line() {
    let clouds = Clouds::new();
    for key in [
        "alibaba.access_key_secret",
        "alibaba.security_token",
        "tencent.secret_key",
        "tencent.token",
        "ucloud.private_key",
        "ucloud.security_token",
    ] {
        let outcome = set(&clouds, &[key, "planted-value"]).run().expect(2);
        let error = outcome.error();
        let message = error["message"].as_str().expect("a message");
        assert!(
            message.contains(key) && message.contains("command line"),
            "{message}"
        );
        assert!(error["hint"].to_string().contains("--from-file"));
        assert!(!outcome.stderr.contains("planted"), "{outcome:#?}");

        let file = clouds.file("value", format!("value-of-{key}\r\n"));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("its mode");
        let outcome = set(&clouds, &[key, "--from-file"])
            .arg(&file)
            .run()
            .expect(0);
        assert_eq!(outcome.stderr, "");
        assert!(read(&clouds).contains(&format!("= \"value-of-{key}\"\n")));
        for (value, flaw) in [
            ("", "is empty"),
            ("two\nlines", "contains a line break"),
            (" x", "starts with white space"),
            ("\"x\"", "is in quotation marks"),
        ] {
            let outcome = set(&clouds, &[key]).stdin(value).run().expect(2);
            assert!(
                outcome.error()["message"].to_string().contains(flaw),
                "{outcome:#?}"
            );
        }
    }
    let open = clouds.file("open", "x");
    fs::set_permissions(&open, fs::Permissions::from_mode(0o644)).expect("its mode");
    let outcome = set(&clouds, &["tencent.token", "--from-file"])
        .arg(&open)
        .run()
        .expect(0);
    assert!(
        outcome.stderr.contains("can be read by others"),
        "{outcome:#?}"
    );
}

#[test]
fn keys_and_values_that_are_none() {
    let clouds = Clouds::new();
    write(&clouds, KEPT, 0o600);
    for (args, exit, words) in [
        (
            &["alibaba.acces_key_id", "x"][..],
            2,
            "did you mean alibaba.access_key_id?",
        ),
        (&["secret_id", "x"], 2, "did you mean tencent.secret_id?"),
        (
            &["region", "x"],
            2,
            "alibaba.region or tencent.region or ucloud.region",
        ),
        (&["nonsense", "x"], 2, "docs/configuration.md"),
        (&["tencent.region"], 2, "needs a value"),
        (&["tencent.region", "eu west"], 2, "is not a region id"),
        (&["tencent.site", "moon"], 2, "use mainland or intl"),
        (&["ucloud.project_id", "org-x/Name"], 2, "use only the id"),
        (&["alibaba.endpoint", "http://example.com"], 2, "plain http"),
        (
            &["alibaba.endpoint", "ftp://x"],
            2,
            "not an http or https URL",
        ),
        (&["alibaba.duration_seconds", "5"], 2, "900 to 43200"),
        (&["alibaba.credential_process", "'x"], 2, "not closed"),
        (&["output", "xml"], 2, "use json or table or wide"),
    ] {
        let outcome = set(&clouds, args).run().expect(exit);
        assert!(outcome.stderr.contains(words), "{args:?}: {outcome:#?}");
        assert_eq!(outcome.stdout, "");
    }
    let outcome = clouds.certctl(&["config", "use", "wrok"]).run().expect(3);
    let error = outcome.error();
    assert!(error["message"].to_string().contains("'wrok'"), "{error}");
    assert!(error["hint"].to_string().contains("work"), "{error}");
    assert_eq!(read(&clouds), KEPT);
}

#[test]
fn a_file_that_cannot_be_changed_is_left_alone() {
    let clouds = Clouds::new();
    let cut = &KEPT[..KEPT.len() - 3];
    write(&clouds, cut, 0o600);
    let outcome = set(&clouds, &["output", "json"]).run().expect(3);
    assert!(
        outcome.error()["message"]
            .to_string()
            .contains("is not TOML")
    );
    assert_eq!(read(&clouds), cut);
    let inline = "current = 'a'\nprofiles = { a = {} }\n";
    write(&clouds, inline, 0o600);
    let outcome = set(&clouds, &["tencent.region", "x"]).run().expect(3);
    assert!(
        outcome.error()["hint"].to_string().contains("editor"),
        "{outcome:#?}"
    );
    assert_eq!(read(&clouds), inline);
}

#[test]
fn where_nothing_can_be_written_the_status_is_11() {
    let clouds = Clouds::new();
    // A file where a folder should be: that stops the superuser too.
    clouds.file("blocked", "");
    for folder in ["blocked", "blocked/deeper"] {
        let call = set(&clouds, &["output", "json"]);
        let call = call.env("XDG_CONFIG_HOME", clouds.home().join(folder));
        let outcome = call.run().expect(11);
        assert_eq!(outcome.error()["kind"], "io");
        assert!(
            outcome.error()["message"]
                .to_string()
                .contains("cannot write the configuration")
        );
    }
    write(&clouds, KEPT, 0o600);
    let folder = clouds.home().join(".config/certctl");
    let with_mode = |mode| fs::set_permissions(&folder, fs::Permissions::from_mode(mode));
    with_mode(0o500).expect("read-only");
    // The superuser may write all the same.
    if fs::write(folder.join("probe"), "").is_err() {
        set(&clouds, &["output", "json"]).run().expect(11);
        assert_eq!(read(&clouds), KEPT);
    }
    with_mode(0o700).expect("writable");
}

#[test]
fn only_a_regular_file_is_changed() {
    use std::os::unix::fs::FileTypeExt;
    use std::os::unix::net::UnixListener;
    let clouds = Clouds::new();
    let at = |name: &str| clouds.home().join(name);
    let made = std::process::Command::new("mkfifo")
        .arg(at("fifo"))
        .status();
    assert!(made.expect("mkfifo").success());
    let _socket = UnixListener::bind(at("socket")).expect("a socket");
    fs::create_dir(at("folder")).expect("a folder");
    for (name, target) in [("link", "/dev/null"), ("round", "round")] {
        symlink(target, at(name)).expect("a link");
    }
    let write = ["set", "output", "json"];
    for args in [
        &write[..],
        &["set", "output", "json", "--dry-run"],
        &["use", "work"],
    ] {
        for name in ["/dev/null", "fifo", "socket", "folder", "link", "round"] {
            let config = at(name);
            let call = clouds
                .certctl(&["config"])
                .args(args)
                .arg("--config")
                .arg(&config);
            let outcome = call.run().expect(11);
            assert_eq!(outcome.stdout, "");
            let named = outcome.stderr.contains(&*config.to_string_lossy());
            assert!(named && outcome.error()["hint"] != "", "{outcome:#?}");
        }
    }
    for (name, is_still) in [
        (
            "/dev/null",
            fs::FileType::is_char_device as fn(&fs::FileType) -> bool,
        ),
        ("fifo", fs::FileType::is_fifo),
        ("socket", fs::FileType::is_socket),
        ("folder", fs::FileType::is_dir),
        ("link", fs::FileType::is_symlink),
    ] {
        let found = fs::symlink_metadata(at(name)).expect("it is there");
        assert!(is_still(&found.file_type()), "{name}");
    }
}

#[test]
fn a_link_to_nothing_leads_to_a_new_file() {
    let clouds = Clouds::new();
    let link = clouds.home().join(FILE);
    fs::create_dir_all(link.parent().expect("a folder")).expect("the folder");
    symlink("../../dotfiles.toml", &link).expect("a link");
    set(&clouds, &["output", "json"]).run().expect(0);
    assert!(fs::symlink_metadata(&link).expect("the link").is_symlink());
    let made = clouds.home().join("dotfiles.toml");
    assert_eq!(
        fs::read_to_string(&made).expect("made"),
        "[profiles.default]\noutput = \"json\"\n"
    );
    assert_eq!(
        fs::metadata(&made).expect("made").permissions().mode() & 0o777,
        0o600
    );
    // A folder is not made where a link leads.
    fs::remove_file(&link).expect("the link");
    symlink("none/dotfiles.toml", &link).expect("a link");
    let outcome = set(&clouds, &["output", "json"]).run().expect(11);
    assert!(
        outcome.stderr.contains("none: no such file"),
        "{outcome:#?}"
    );
}

/// Each process makes its change to what the one before has left, from no file on.
#[test]
fn changes_side_by_side_lose_nothing() {
    let clouds = Clouds::new();
    // What a process that was killed leaves behind stops nobody.
    let folder = clouds
        .home()
        .join(FILE)
        .parent()
        .expect("a folder")
        .to_owned();
    fs::create_dir_all(&folder).expect("the folder");
    fs::write(folder.join(".config.toml.lock"), "").expect("a lock");
    let names: Vec<String> = (0..24).map(|number| format!("p{number}")).collect();
    let started: Vec<_> = names
        .iter()
        .map(|name| set(&clouds, &["output", "json", "--profile", name]).spawn())
        .collect();
    for mut child in started {
        assert!(child.wait().expect("it ends").success());
    }
    let text = read(&clouds);
    for name in &names {
        assert!(
            text.contains(&format!("[profiles.{name}]\n")),
            "{name} in {text}"
        );
    }
    assert_eq!(text.matches("output = \"json\"").count(), names.len());
    let left: Vec<_> = fs::read_dir(&folder)
        .expect("the folder")
        .flatten()
        .collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn a_dry_run_writes_nothing() {
    let clouds = Clouds::new();
    let outcome = set(&clouds, &["output", "json", "--dry-run"])
        .run()
        .expect(0);
    assert_eq!(status(&outcome), "planned");
    assert!(!clouds.home().join(FILE).exists());
}

#[test]
fn the_profiles_are_listed_with_the_one_in_use() {
    let clouds = Clouds::new();
    write(&clouds, KEPT, 0o600);
    let home = clouds.home();
    for (name, text) in [
        (
            ".aliyun/config.json",
            r#"{"current":"a","profiles":[{"name":"a"},{"name":"b"}]}"#,
        ),
        (".tccli/ci.credential", "{}"),
        (".ucloud/config.json", r#"[{"profile":"u","active":true}]"#),
    ] {
        let path = home.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder");
        fs::write(path, text).expect("the file");
    }
    let names = |call: Call| -> Vec<(String, String, Value)> {
        let document = call.run().expect(0).json();
        let rows = document["results"].as_array().expect("rows").clone();
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        rows.iter()
            .map(|row| {
                (
                    text(&row["tool"]),
                    text(&row["profile"]),
                    row["current"].clone(),
                )
            })
            .collect()
    };
    let row = |tool: &str, name: &str, current: Value| (tool.to_owned(), name.to_owned(), current);
    let vendors = [
        row("aliyun", "a", Value::Null),
        row("aliyun", "b", Value::Null),
        row("tccli", "ci", Value::Null),
        row("ucloud", "u", Value::Null),
    ];
    let listed = names(clouds.certctl(&["config", "list"]));
    let own = [
        row("certctl", "other", json!(false)),
        row("certctl", "work", json!(true)),
    ];
    assert_eq!(listed, [&own[..], &vendors].concat());
    let listed = names(clouds.certctl(&["config", "list", "--profile=other"]));
    let own = [
        row("certctl", "other", json!(true)),
        row("certctl", "work", json!(false)),
    ];
    assert_eq!(listed[..2], own);
    let table = clouds
        .certctl(&["config", "list", "-otable"])
        .run()
        .expect(0);
    assert!(table.stdout.contains("tencent"), "{table:#?}");
}

fn checked(outcome: &Outcome, cloud: &str) -> Value {
    let document = outcome.json();
    let rows = document["results"].as_array().expect("rows");
    let row = rows.iter().find(|row| row["cloud"] == cloud);
    row.expect("the cloud").clone()
}

#[test]
fn check_says_who_we_are_by_one_read_each() {
    let clouds = Clouds::with_tls(json!({}));
    let outcome = clouds.certctl(&["config", "check"]).run().expect(0);
    assert_eq!(outcome.json()["ok"], true);
    let actions: Vec<_> = clouds
        .log()
        .into_iter()
        .filter_map(|entry| entry.action)
        .collect();
    assert_eq!(
        actions,
        ["GetCallerIdentity", "GetCallerIdentity", "GetUserInfo"]
    );
    for (cloud, account, name, id) in [
        (
            "alibaba",
            "1234****",
            "acs:ram::1234****:user/sandbox",
            "LTAI****",
        ),
        (
            "tencent",
            "1000****",
            "qcs::cam::uin/1000****:uin/1000****",
            "AKID****",
        ),
        ("ucloud", "5000****", "sandbox", "sand****"),
    ] {
        let row = checked(&outcome, cloud);
        assert_eq!(row["status"], "ok");
        assert_eq!(row["identity"]["account"], account);
        assert_eq!(row["identity"]["name"], name);
        assert_eq!(row["login_key"], id);
        assert_eq!(row["login"], "keys");
        assert!(
            row["clock_offset_seconds"]
                .as_i64()
                .is_some_and(|off| off.abs() < 3)
        );
        assert!(
            row["trust"].to_string().contains("SSL_CERT_FILE /"),
            "{row}"
        );
        assert!(
            row["endpoint"].to_string().contains("https://127.0.0.1"),
            "{row}"
        );
        let values = row["values"].as_array().expect("values");
        assert!(values.iter().all(|value| value["cloud"] == cloud));
        assert_eq!(values[1]["value"], "****");
        assert_eq!(values[1]["origin"]["source"], "env");
    }
    assert!(!outcome.stdout.contains("sandboxAlibaba"), "{outcome:#?}");
    assert_eq!(outcome.stderr, "");
}

#[test]
fn check_ends_with_the_first_failure_and_tells_each() {
    let clouds = Clouds::new();
    let outcome = clouds
        .certctl(&["config", "check"])
        .env("TENCENTCLOUD_SECRET_KEY", "notTheSecret0001")
        .env("UCLOUD_PUBLIC_KEY", "")
        .run()
        .expect(4);
    assert_eq!(outcome.json()["ok"], false);
    assert_eq!(checked(&outcome, "alibaba")["status"], "ok");
    let tencent = checked(&outcome, "tencent");
    assert_eq!(
        (&tencent["status"], &tencent["error"]["kind"]),
        (&json!("failed"), &json!("signature"))
    );
    assert!(
        tencent["error"]["hint"]
            .as_str()
            .is_some_and(|hint| !hint.is_empty())
    );
    let ucloud = checked(&outcome, "ucloud");
    assert_eq!(ucloud["error"]["kind"], "config");
    assert!(
        ucloud["error"]["message"]
            .to_string()
            .contains("UCLOUD_PUBLIC_KEY is empty")
    );
    assert_eq!(outcome.stderr.matches("error: ").count(), 2, "{outcome:#?}");
    assert_eq!(outcome.stderr.matches("hint: ").count(), 2, "{outcome:#?}");

    let nowhere = clouds
        .certctl(&["config", "check", "--cloud=alibaba", "--max-attempts=1"])
        .env("CERTCTL_ENDPOINT", "http://127.0.0.1:9")
        .run()
        .expect(7);
    assert_eq!(checked(&nowhere, "alibaba")["error"]["kind"], "connection");
}

#[test]
fn check_takes_a_cloud_without_credentials_as_a_failure_only_if_asked() {
    let clouds = Clouds::new();
    let without = |args: &[&str]| {
        let call = clouds.certctl(&["config", "check"]).args(args);
        call.without("UCLOUD_PUBLIC_KEY")
            .without("UCLOUD_PRIVATE_KEY")
    };
    let outcome = without(&[]).run().expect(0);
    let row = checked(&outcome, "ucloud");
    assert_eq!(row["status"], "absent");
    assert!(
        row["error"]["hint"]
            .to_string()
            .contains("UCLOUD_PUBLIC_KEY"),
        "{row}"
    );
    let outcome = without(&["--cloud=ucloud"]).run().expect(3);
    assert_eq!(checked(&outcome, "ucloud")["status"], "failed");
}

#[test]
fn check_shows_a_role_its_end_and_the_clock() {
    let clouds = Clouds::with(json!({"clock_offset_seconds": 1200}));
    write(
        &clouds,
        "[profiles.default.alibaba]\naccess_key_id = 'LTAIsandboxMain00001'\n\
         access_key_secret = 'sandboxAlibabaSecret0000000001'\n\
         role_arn = 'acs:ram::1234567890123456:role/sandbox'\n",
        0o600,
    );
    let outcome = clouds
        .certctl(&["config", "check", "--cloud=alibaba"])
        .without("ALIBABA_CLOUD_ACCESS_KEY_ID")
        .without("ALIBABA_CLOUD_ACCESS_KEY_SECRET")
        .run()
        .expect(0);
    let row = checked(&outcome, "alibaba");
    assert_eq!(row["login_kind"], "role");
    assert!(row["login"].to_string().contains("role/sandbox"), "{row}");
    assert_eq!(
        row["identity"]["name"],
        "acs:ram::1234****:assumed-role/sandbox/certctl"
    );
    assert!(
        row["expires"]
            .as_str()
            .is_some_and(|end| end.ends_with('Z')),
        "{row}"
    );
    let offset = row["clock_offset_seconds"].as_i64().expect("a number");
    assert!((1195..=1205).contains(&offset), "{row}");
    assert!(
        outcome
            .stderr
            .contains("warning: the clock of this machine"),
        "{outcome:#?}"
    );
}
