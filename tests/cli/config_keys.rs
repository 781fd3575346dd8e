//! `certctl config get` and `unset`: single keys.

use std::fs;

use crate::support::{Call, Clouds, private};

const FILE: &str = "certctl.toml";

const TEXT: &str = "# my clouds\n[profiles.default]\noutput = \"csv\" # for the sheet\n\n\
[profiles.default.tencent]\n# the bot's\nsecret_id = \"AKIDofTheBot\"\nsecret_key = \"planted-value\"\n\
region = \"ap-guangzhou\"\n";

fn call(clouds: &Clouds, words: &[&str]) -> Call {
    let call = clouds.certctl(words).unasked();
    call.without("TENCENTCLOUD_SECRET_ID")
        .without("TENCENTCLOUD_SECRET_KEY")
        .env("CERTCTL_CONFIG", clouds.home().join(FILE))
}

fn with_file() -> Clouds {
    let clouds = Clouds::new();
    private(&clouds.file(FILE, TEXT));
    clouds
}

#[test]
fn a_value_is_printed_as_it_is() {
    let clouds = with_file();
    // Without a form in the file, it is the bare value.
    private(&clouds.file(FILE, TEXT.replace("output", "#")));
    let get = |key: &str| call(&clouds, &["config", "get", key]);
    for (key, value) in [
        ("tencent.region", "ap-guangzhou\n"),
        ("tencent.site", "intl\n"),
        ("tencent.secret_id", "AKID****\n"),
    ] {
        let outcome = get(key).run().expect(0);
        assert_eq!(
            (outcome.stdout.as_str(), outcome.stderr.as_str()),
            (value, "")
        );
    }
    let outcome = get("tencent.region")
        .env("TENCENTCLOUD_REGION", "ap-beijing")
        .run();
    assert_eq!(outcome.expect(0).stdout, "ap-beijing\n");
    let json = get("tencent.region")
        .args(&["-o", "json"])
        .run()
        .expect(0)
        .json();
    let row = &json["results"][0];
    assert_eq!(json["command"], "config get");
    assert_eq!(
        (&row["key"], &row["value"]),
        (&"tencent.region".into(), &"ap-guangzhou".into())
    );
    assert_eq!(row["origin"]["field"], "profiles.default.tencent.region");
    let value = get("tencent.region")
        .args(&["--query", "results[0].value"])
        .run();
    assert_eq!(value.expect(0).stdout, "\"ap-guangzhou\"\n");
}

#[test]
fn a_secret_is_only_said_to_be_set() {
    let clouds = with_file();
    for more in [&[][..], &["-o", "json"], &["-o", "table"], &["-vv"]] {
        let outcome = call(&clouds, &["config", "get", "tencent.secret_key"])
            .args(more)
            .run();
        let outcome = outcome.expect(0);
        assert!(!format!("{outcome:?}").contains("planted"), "{outcome:#?}");
    }
    let words = ["config", "get", "tencent.secret_key", "-o", "json"];
    let row = call(&clouds, &words).run().json()["results"][0].clone();
    assert_eq!(
        (&row["value"], &row["origin"]["line"]),
        (&"****".into(), &8.into())
    );
    let env = clouds
        .certctl(&["config", "get", "ucloud.private_key"])
        .unasked();
    let said = env.run().expect(0).stdout;
    assert_eq!(
        said,
        "ucloud.private_key is set and not shown: environment variable UCLOUD_PRIVATE_KEY\n"
    );
}

#[test]
fn what_is_not_set_is_not_found() {
    let clouds = Clouds::new();
    for key in [
        "output",
        "tencent.region",
        "tencent.token",
        "tencent.secret_key",
        "ucloud.role_urn",
    ] {
        let call = clouds.certctl(&["config", "get", key]);
        let call = call
            .without("TENCENTCLOUD_SECRET_ID")
            .without("TENCENTCLOUD_SECRET_KEY");
        let call = call.without("TENCENTCLOUD_REGION").unasked();
        let outcome = call.run().expect(5);
        assert_eq!(outcome.stdout, "");
        assert!(
            outcome
                .stderr
                .starts_with(&format!("error: {key} is not set\n")),
            "{outcome:#?}"
        );
    }
    // Half a login is no reason to keep the half to itself.
    private(&clouds.file(
        FILE,
        "[profiles.default.tencent]\nsecret_id = \"AKIDalone\"\n",
    ));
    let outcome = call(&clouds, &["config", "get", "tencent.secret_id"])
        .run()
        .expect(0);
    assert_eq!(outcome.stdout, "AKID****\n");
}

#[test]
fn unset_takes_out_one_key_and_nothing_else() {
    let clouds = with_file();
    let read = || fs::read_to_string(clouds.home().join(FILE)).expect("the file");
    let unset = |key: &str| call(&clouds, &["config", "unset", key, "-o", "json"]);
    let planned = unset("tencent.secret_key").arg("--dry-run").run().expect(0);
    assert_eq!(planned.statuses(), ["planned"]);
    assert_eq!(read(), TEXT);
    let mut expected = TEXT.to_owned();
    for (key, line, left) in [
        ("tencent.secret_key", "secret_key = \"planted-value\"\n", ""),
        ("tencent.secret_id", "secret_id = \"AKIDofTheBot\"\n", ""),
        (
            "output",
            "output = \"csv\" # for the sheet\n",
            "# for the sheet\n",
        ),
    ] {
        let outcome = unset(key).run().expect(0);
        assert_eq!(outcome.json()["command"], "config unset");
        assert_eq!(outcome.statuses(), ["changed"], "{key}");
        assert_eq!(outcome.json()["results"][0]["key"], key);
        assert!(!outcome.stdout.contains("planted"), "{outcome:#?}");
        expected = expected.replace(line, left);
        assert_eq!(read(), expected);
        assert_eq!(
            unset(key).run().expect(0).statuses(),
            ["unchanged"],
            "{key}"
        );
        assert_eq!(read(), expected);
    }
    let error = unset("tencent.regio").run().expect(2).error();
    assert_eq!(error["hint"], "did you mean tencent.region?");
}

#[test]
fn where_there_is_no_file_unset_makes_none() {
    let clouds = Clouds::new();
    let outcome = clouds
        .certctl(&["config", "unset", "output"])
        .run()
        .expect(0);
    assert_eq!(outcome.statuses(), ["unchanged"]);
    assert!(!clouds.home().join(".config/certctl/config.toml").exists());
}
