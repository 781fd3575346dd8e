//! Configuration: who wins, what is refused, what is told. Values in, values out; only the tests
//! of the loading edge touch files.

use std::path::Path;

use certctl::cloud::Cloud::{self, Alibaba, Tencent, Ucloud};
use certctl::config::{
    self, ConfigError, Env, Flags, Origin, Output, Settings, Signature, Site, Sources,
};
use certctl::sign::Credential;
use url::Url;

const OWN: &str = if cfg!(windows) {
    "/home/u/AppData/certctl/config.toml"
} else {
    "/home/u/.config/certctl/config.toml"
};
const ALIYUN: &str = "/home/u/.aliyun/config.json";
const TCCLI_KEYS: &str = "/home/u/.tccli/default.credential";
const TCCLI_CONFIGURE: &str = "/home/u/.tccli/default.configure";
const UCLOUD_CONFIG: &str = "/home/u/.ucloud/config.json";
const UCLOUD_KEYS: &str = "/home/u/.ucloud/credential.json";

const PROFILES: &str = r#"
current = "work"

[profiles.work]
output = "json"
[profiles.work.alibaba]
access_key_id = "own-id"
access_key_secret = "own-secret"
signature = "acs3"
endpoint = "https://own.example"
[profiles.work.tencent]
secret_id = "own-id"
secret_key = "own-secret"
token = "own-token"
site = "mainland"
[profiles.work.ucloud]
public_key = "own-id"
private_key = "own-secret"
project_id = "org-own"
region = "cn-own"

[profiles.other.alibaba]
access_key_id = "other-id"
access_key_secret = "other-secret"
"#;

const ALIYUN_FILE: &str = r#"{"current": "default", "meta_path": "", "later": 1, "profiles": [
    {"name": "default", "mode": "AK", "access_key_id": "aliyun-id", "access_key_secret": "aliyun-secret", "sts_token": ""},
    {"name": "sts", "mode": "StsToken", "access_key_id": "sts-id", "access_key_secret": "sts-secret", "sts_token": "sts-token"},
    {"name": "role", "mode": "RamRoleArn", "access_key_id": "role-id", "access_key_secret": "role-secret"}]}"#;

/// Variables and their values, or paths and their texts.
type Pairs<'a> = &'a [(&'a str, &'a str)];

fn env(pairs: Pairs) -> Env {
    let home = [
        ("HOME", "/home/u"),
        ("USERPROFILE", "/home/u"),
        ("APPDATA", "/home/u/AppData"),
    ];
    home.iter().chain(pairs).copied().collect()
}

fn files(contents: Pairs) -> Sources {
    Sources::of(
        contents
            .iter()
            .map(|(path, text)| (*path, text.as_bytes().to_vec())),
    )
}

/// The settings of a run that needs a credential: without one they are an error.
fn with_credential(found: Result<Settings, ConfigError>) -> Result<Settings, ConfigError> {
    let settings = found?;
    settings.login.clone()?;
    Ok(settings)
}

/// The keys, of a login that has them at hand.
#[track_caller]
fn keys(settings: &Settings) -> Credential {
    let login = &settings.login.as_ref().expect("a login").value;
    login.keys().expect("keys at hand").clone()
}

fn resolve(
    cloud: Cloud,
    flags: &Flags,
    variables: Pairs,
    contents: Pairs,
) -> Result<Settings, ConfigError> {
    with_credential(config::resolve(
        cloud,
        flags,
        &env(variables),
        &files(contents),
    ))
}

#[track_caller]
fn refused(result: Result<Settings, ConfigError>) -> ConfigError {
    let error = result.expect_err("this must be refused");
    for text in [error.to_string(), error.hint(), format!("{error:?}")] {
        assert!(!text.contains('\n'), "one line: {text}");
        for secret in ["sesame", "own-secret", "aliyun-secret", "role-secret"] {
            assert!(!text.contains(secret), "a secret is shown: {text}");
        }
    }
    error
}

const ALIBABA_ENV: [(&str, &str); 2] = [
    ("ALIBABA_CLOUD_ACCESS_KEY_ID", "env-id"),
    ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "sesame"),
];
const TENCENT_ENV: [(&str, &str); 2] = [
    ("TENCENTCLOUD_SECRET_ID", "env-id"),
    ("TENCENTCLOUD_SECRET_KEY", "sesame"),
];
const UCLOUD_ENV: [(&str, &str); 2] = [
    ("UCLOUD_PUBLIC_KEY", "env-id"),
    ("UCLOUD_PRIVATE_KEY", "sesame"),
];

fn with<'a>(base: &[(&'a str, &'a str)], more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    base.iter().chain(more).copied().collect()
}

#[test]
fn environment_outranks_profile_outranks_vendor() {
    let both = [(OWN, PROFILES), (ALIYUN, ALIYUN_FILE)];
    let cases: [(Pairs, Pairs, &str, &str); 3] = [
        (
            &ALIBABA_ENV,
            &both,
            "env-id",
            "environment variable ALIBABA_CLOUD_ACCESS_KEY_ID",
        ),
        (
            &[],
            &both,
            "own-id",
            "line 7: profiles.work.alibaba.access_key_id",
        ),
        (
            &[],
            &both[1..],
            "aliyun-id",
            "/home/u/.aliyun/config.json: profiles[0].access_key_id",
        ),
    ];
    for (variables, contents, id, origin) in cases {
        let settings = resolve(Alibaba, &Flags::default(), variables, contents).unwrap();
        assert_eq!(keys(&settings).id, id);
        let found = settings.login.unwrap().origin.to_string();
        assert!(found.ends_with(origin), "{found}");
    }
}

#[test]
fn each_cloud_takes_its_own_variables() {
    let cases = [
        (Alibaba, ALIBABA_ENV, "ALIBABA_CLOUD_SECURITY_TOKEN"),
        (Tencent, TENCENT_ENV, "TENCENTCLOUD_TOKEN"),
        (Ucloud, UCLOUD_ENV, "UCLOUD_SECURITY_TOKEN"),
    ];
    for (cloud, pair, token) in cases {
        let variables = with(&pair, &[(token, "env-token")]);
        let settings = resolve(cloud, &Flags::default(), &variables, &[]).unwrap();
        let credential = keys(&settings);
        assert_eq!(credential.id, "env-id");
        assert_eq!(credential.secret.expose(), "sesame");
        assert_eq!(credential.token.unwrap().expose(), "env-token");
        assert!(settings.warnings.is_empty());
    }
}

#[test]
fn a_credential_is_never_mixed() {
    let contents = [(OWN, PROFILES), (ALIYUN, ALIYUN_FILE)];
    // The token of the profile does not join the keys of the environment.
    let settings = resolve(Tencent, &Flags::default(), &TENCENT_ENV, &contents).unwrap();
    assert!(keys(&settings).token.is_none());

    let cases: [(Pairs, &str, &str); 3] = [
        (
            &ALIBABA_ENV[..1],
            "ALIBABA_CLOUD_ACCESS_KEY_ID",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
        ),
        (
            &ALIBABA_ENV[1..],
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
            "ALIBABA_CLOUD_ACCESS_KEY_ID",
        ),
        (
            &[("ALIBABA_CLOUD_SECURITY_TOKEN", "sesame")],
            "ALIBABA_CLOUD_SECURITY_TOKEN",
            "ALIBABA_CLOUD_ACCESS_KEY_ID",
        ),
    ];
    for (variables, present, missing) in cases {
        let error = refused(resolve(Alibaba, &Flags::default(), variables, &contents));
        let message = format!("environment variable {present} is set, but {missing} is not");
        assert_eq!(error.to_string(), message);
        assert!(!error.is_usage());
    }

    let half = "[profiles.default.alibaba]\naccess_key_secret = \"sesame\"\n";
    let contents = [(OWN, half), (ALIYUN, ALIYUN_FILE)];
    let error = refused(resolve(Alibaba, &Flags::default(), &[], &contents));
    let missing = "but profiles.default.alibaba.access_key_id is not";
    assert!(error.to_string().ends_with(missing), "{error}");
}

#[test]
fn keys_with_stray_characters_are_refused_with_the_reason() {
    let cases = [
        ("", "is empty"),
        (" sesame", "starts with white space"),
        ("sesame ", "ends with white space"),
        ("sesame\u{a0}", "ends with white space"),
        ("sesame\n", "contains a line break"),
        ("sesame\r", "contains a line break"),
        ("\u{feff}sesame", "contains a byte order mark"),
        ("\"sesame\"", "is in quotation marks"),
        ("'sesame'", "is in quotation marks"),
        ("open sesame", "contains white space"),
        ("“sesame”", "contains a character that is not ASCII"),
        ("ses\u{7}ame", "contains a control character"),
    ];
    for (value, reason) in cases {
        for part in 0..2 {
            let mut variables = ALIBABA_ENV;
            variables[part].1 = value;
            let contents = [(OWN, PROFILES), (ALIYUN, ALIYUN_FILE)];
            let error = refused(resolve(Alibaba, &Flags::default(), &variables, &contents));
            let message = format!("environment variable {} {reason}", variables[part].0);
            assert_eq!(error.to_string(), message);
        }
        // JSON's escapes are TOML's too.
        let text = serde_json::to_string(value).unwrap();
        let own = format!("[profiles.default.ucloud]\npublic_key = \"id\"\nprivate_key = {text}\n");
        let error = refused(resolve(Ucloud, &Flags::default(), &[], &[(OWN, &own)]));
        let message = format!("{OWN}, line 3: profiles.default.ucloud.private_key {reason}");
        assert_eq!(error.to_string(), message);
    }
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_utf8_is_named() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let variables: Env = [
        (
            OsStr::new("UCLOUD_PUBLIC_KEY"),
            OsStr::from_bytes(b"id\xff"),
        ),
        (OsStr::new("UCLOUD_PRIVATE_KEY"), OsStr::new("sesame")),
    ]
    .into_iter()
    .collect();
    let found = with_credential(config::resolve(
        Ucloud,
        &Flags::default(),
        &variables,
        &Sources::default(),
    ));
    assert_eq!(
        refused(found).to_string(),
        "environment variable UCLOUD_PUBLIC_KEY is not UTF-8"
    );
}

#[test]
fn missing_credentials_list_the_three_ways() {
    let cases = [
        (
            Alibaba,
            [
                "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
                "access_key_secret",
                "`aliyun configure`",
            ],
        ),
        (
            Tencent,
            ["TENCENTCLOUD_SECRET_KEY", "secret_key", "`tccli configure`"],
        ),
        (
            Ucloud,
            ["UCLOUD_PRIVATE_KEY", "private_key", "`ucloud init`"],
        ),
    ];
    for (cloud, ways) in cases {
        let error = refused(resolve(cloud, &Flags::default(), &[], &[]));
        assert_eq!(error.to_string(), format!("no credentials for {cloud}"));
        for way in ways {
            assert!(error.hint().contains(way), "{} lacks {way}", error.hint());
        }
    }
    // A file full of profiles of which none is chosen: the hint says so.
    let unchosen = PROFILES.replace("current = \"work\"", "");
    let error = refused(resolve(
        Alibaba,
        &Flags::default(),
        &[],
        &[(OWN, &unchosen)],
    ));
    assert!(
        error
            .hint()
            .contains("other, work: choose one with --profile"),
        "{}",
        error.hint()
    );
}

#[test]
fn flags_outrank_everything() {
    let flags = Flags {
        endpoint: Some("https://flag.example:8443"),
        signature: Some("rpc"),
        region: Some("cn-flag"),
        project_id: Some("org-flag"),
        site: Some("mainland"),
        output: Some("table"),
        ..Flags::default()
    };
    let variables = [
        ("CERTCTL_ENDPOINT", "https://env.example"),
        ("TENCENTCLOUD_REGION", "ap-env"),
        ("UCLOUD_REGION", "cn-env"),
        ("UCLOUD_PROJECT_ID", "org-env"),
        ("CERTCTL_OUTPUT", "json"),
    ];
    for cloud in Cloud::ALL {
        let settings = resolve(cloud, &flags, &variables, &[(OWN, PROFILES)]).unwrap();
        let endpoint = settings.endpoint.unwrap();
        assert_eq!(endpoint.value.as_str(), "https://flag.example:8443/");
        assert_eq!(endpoint.origin, Origin::Flag { flag: "--endpoint" });
        assert_eq!(settings.region.unwrap().value, "cn-flag");
        assert_eq!(settings.project_id.unwrap().value, "org-flag");
        assert_eq!(settings.site.value, Site::Mainland);
        assert_eq!(settings.signature.value, Signature::Rpc);
        assert_eq!(settings.output.unwrap().value, Output::Table);
    }
    let settings = resolve(Ucloud, &Flags::default(), &variables, &[(OWN, PROFILES)]).unwrap();
    assert_eq!(
        settings.endpoint.unwrap().value.host_str(),
        Some("env.example")
    );
    assert_eq!(settings.region.unwrap().value, "cn-env");
    assert_eq!(settings.project_id.unwrap().value, "org-env");
    assert_eq!(settings.output.unwrap().value, Output::Json);
}

#[test]
fn profile_supplies_what_nothing_stronger_does() {
    let own = [(OWN, PROFILES)];
    let alibaba = resolve(Alibaba, &Flags::default(), &ALIBABA_ENV, &own).unwrap();
    assert_eq!(keys(&alibaba).id, "env-id");
    assert_eq!(alibaba.signature.value, Signature::Acs3);
    assert_eq!(
        alibaba.endpoint.unwrap().value.host_str(),
        Some("own.example")
    );
    assert_eq!(alibaba.output.unwrap().value, Output::Json);
    assert_eq!(alibaba.profile.unwrap().value, "work");
    let tencent = resolve(Tencent, &Flags::default(), &[], &own).unwrap();
    assert_eq!(tencent.site.value, Site::Mainland);
    assert_eq!(keys(&tencent).token.unwrap().expose(), "own-token");
    let defaults = resolve(Tencent, &Flags::default(), &TENCENT_ENV, &[]).unwrap();
    assert_eq!(
        (defaults.site.value, defaults.site.origin),
        (Site::Intl, Origin::Default)
    );
    assert_eq!(defaults.signature.value, Signature::Rpc);
}

#[test]
fn a_clouds_own_endpoint_outranks_the_common_one() {
    let pairs = [
        (Alibaba, "CERTCTL_ALIBABA_ENDPOINT"),
        (Tencent, "CERTCTL_TENCENT_ENDPOINT"),
        (Ucloud, "CERTCTL_UCLOUD_ENDPOINT"),
    ];
    for (cloud, variable) in pairs {
        let variables = [
            ("CERTCTL_ENDPOINT", "https://all.example"),
            (variable, "https://one.example"),
        ];
        let settings = resolve(cloud, &Flags::default(), &variables, &[(OWN, PROFILES)]).unwrap();
        let endpoint = settings.endpoint.unwrap();
        assert_eq!(endpoint.value.host_str(), Some("one.example"));
        assert_eq!(endpoint.origin, Origin::Env { variable });
    }
}

#[test]
fn endpoints() {
    let taken = [
        "https://cdn.aliyuncs.com",
        "https://cdn.aliyuncs.com/",
        "HTTPS://cdn.aliyuncs.com:8443",
        "http://127.0.0.1:1",
        "http://127.8.9.10",
        "http://localhost:8080/",
        "http://LOCALHOST",
        "http://[::1]:8080",
    ];
    let not_a_url = "is not an http or https URL";
    let plain = "uses plain http to another machine: keys would be sent unencrypted";
    let refused_ones = [
        ("", "is empty"),
        ("https://cdn.aliyuncs.com\n", "contains a line break"),
        (" https://cdn.aliyuncs.com", "starts with white space"),
        ("cdn.aliyuncs.com", not_a_url),
        ("localhost:8080", not_a_url),
        ("//cdn.aliyuncs.com", not_a_url),
        ("https:cdn.aliyuncs.com", not_a_url),
        ("https:\\\\cdn.aliyuncs.com", not_a_url),
        ("ftp://cdn.aliyuncs.com", not_a_url),
        ("file:///etc/passwd", not_a_url),
        ("https://", "is not a URL: empty host"),
        ("https://a:99999", "is not a URL: invalid port number"),
        (
            "https://u@cdn.aliyuncs.com",
            "contains a user name or password",
        ),
        (
            "https://u:sesame@cdn.aliyuncs.com",
            "contains a user name or password",
        ),
        (
            "https://:sesame@cdn.aliyuncs.com",
            "contains a user name or password",
        ),
        (
            "https://cdn.aliyuncs.com/?",
            "contains a query or a fragment",
        ),
        (
            "https://cdn.aliyuncs.com/#a",
            "contains a query or a fragment",
        ),
        ("https://cdn.aliyuncs.com/v1", "contains a path"),
        ("http://cdn.aliyuncs.com", plain),
        ("http://128.0.0.1", plain),
        ("http://0.0.0.0", plain),
        ("http://localhost.example", plain),
        ("http://127.0.0.1.example", plain),
        ("http://[::2]", plain),
    ];
    let flag = |endpoint, allow_http| Flags {
        endpoint: Some(endpoint),
        allow_http,
        ..Flags::default()
    };
    for endpoint in taken {
        let settings = resolve(Alibaba, &flag(endpoint, false), &ALIBABA_ENV, &[]).unwrap();
        assert!(settings.endpoint.is_some(), "{endpoint}");
    }
    for (endpoint, reason) in refused_ones {
        let error = refused(resolve(Alibaba, &flag(endpoint, false), &ALIBABA_ENV, &[]));
        assert_eq!(error.to_string(), format!("--endpoint {reason}"));
        assert!(error.is_usage(), "{endpoint}");

        let variables = with(&ALIBABA_ENV, &[("CERTCTL_ENDPOINT", endpoint)]);
        let error = refused(resolve(Alibaba, &Flags::default(), &variables, &[]));
        assert_eq!(
            error.to_string(),
            format!("environment variable CERTCTL_ENDPOINT {reason}")
        );
        assert!(!error.is_usage());
    }
    let allowed = resolve(Alibaba, &flag("http://10.0.0.1", true), &ALIBABA_ENV, &[]).unwrap();
    assert_eq!(allowed.endpoint.unwrap().value.as_str(), "http://10.0.0.1/");
}

#[test]
fn other_values_are_checked_where_they_stand() {
    let cases: [(Cloud, &str, &str, &str); 6] = [
        (
            Ucloud,
            "UCLOUD_PROJECT_ID",
            "org-x/Name",
            "contains the name of the project after its id",
        ),
        (Ucloud, "UCLOUD_PROJECT_ID", "", "is empty"),
        (
            Ucloud,
            "UCLOUD_REGION",
            "cn.evil/",
            "is not a region id: use letters, digits and '-' only",
        ),
        (Ucloud, "UCLOUD_REGION", "", "is empty"),
        (Ucloud, "CERTCTL_OUTPUT", "yaml", "is not a known value"),
        (Ucloud, "CERTCTL_PROFILE", "", "is empty"),
    ];
    for (cloud, variable, value, reason) in cases {
        let variables = with(&UCLOUD_ENV, &[(variable, value)]);
        let error = refused(resolve(cloud, &Flags::default(), &variables, &[]));
        assert_eq!(
            error.to_string(),
            format!("environment variable {variable} {reason}")
        );
    }
    let flags = Flags {
        project_id: Some("org-x/Name"),
        ..Flags::default()
    };
    let error = refused(resolve(Ucloud, &flags, &UCLOUD_ENV, &[]));
    assert!(
        error.is_usage() && error.hint().contains("use only the id"),
        "{}",
        error.hint()
    );
    let flags = Flags {
        site: Some("moon"),
        ..Flags::default()
    };
    let error = refused(resolve(Tencent, &flags, &TENCENT_ENV, &[]));
    assert_eq!(error.hint(), "use mainland or intl");
}

#[test]
fn profiles_are_chosen_by_flag_then_variable_then_current() {
    let contents = [(OWN, PROFILES), (ALIYUN, ALIYUN_FILE)];
    let named = |name| Flags {
        profile: Some(name),
        ..Flags::default()
    };
    let variable = [("CERTCTL_PROFILE", "other")];
    let cases: [(Flags, Pairs, &str); 5] = [
        (Flags::default(), &[], "own-id"),
        (Flags::default(), &variable, "other-id"),
        (named("work"), &variable, "own-id"),
        // Only the vendor's file has this one.
        (named("sts"), &[], "sts-id"),
        (named("default"), &[], "aliyun-id"),
    ];
    for (flags, variables, id) in cases {
        let settings = resolve(Alibaba, &flags, variables, &contents).unwrap();
        assert_eq!(keys(&settings).id, id);
    }

    let error = refused(resolve(Alibaba, &named("wrok"), &[], &contents));
    assert_eq!(
        error.to_string(),
        "unknown profile 'wrok' (set by --profile)"
    );
    assert_eq!(error.hint(), "there is default, other, role, sts, work");
    assert!(!error.is_usage());
    // Also where the environment has a credential: the name must mean something.
    refused(resolve(Alibaba, &named("wrok"), &ALIBABA_ENV, &contents));
    // A profile that says nothing about a cloud does not lead to the vendor's default profile.
    let error = refused(resolve(
        Ucloud,
        &named("other"),
        &[],
        &ucloud_files(UCLOUD_PLAIN),
    ));
    assert_eq!(
        error.to_string(),
        "unknown profile 'other' (set by --profile)"
    );
    let both = with(&[(OWN, PROFILES)], &ucloud_files(UCLOUD_PLAIN));
    let error = refused(resolve(Ucloud, &named("other"), &[], &both));
    assert_eq!(error.to_string(), "no credentials for ucloud");

    let dangling = [
        (OWN, "current = \"gone\"\n[profiles.work]\n"),
        (ALIYUN, ALIYUN_FILE),
    ];
    let error = refused(resolve(Alibaba, &Flags::default(), &[], &dangling));
    let message = format!("unknown profile 'gone' (set by {OWN}, line 1: current)");
    assert_eq!(error.to_string(), message);
}

#[test]
fn an_outranked_profile_is_told() {
    let flags = Flags {
        profile: Some("other"),
        ..Flags::default()
    };
    let settings = resolve(Alibaba, &flags, &ALIBABA_ENV, &[(OWN, PROFILES)]).unwrap();
    assert_eq!(keys(&settings).id, "env-id");
    let warning = "the alibaba credentials in the environment override those of profile 'other'";
    assert_eq!(settings.warnings, [warning]);
}

#[test]
fn unknown_keys_are_told_with_the_nearest_known_one() {
    let own = "curent = \"x\"\n[profiles.default]\nalibabba = {}\n[profiles.default.alibaba]\n\
               acess_key_id = \"sesame\"\naccess_key_id = \"id\"\naccess_key_secret = \"sesame\"\n\
               comment = \"sesame\"\n";
    let settings = resolve(Alibaba, &Flags::default(), &[], &[(OWN, own)]).unwrap();
    let expected = [
        "line 1: unknown key curent; did you mean current?",
        "line 3: unknown key profiles.default.alibabba; did you mean alibaba?",
        "line 5: unknown key profiles.default.alibaba.acess_key_id; did you mean access_key_id?",
        "line 8: unknown key profiles.default.alibaba.comment",
    ];
    assert_eq!(
        settings.warnings,
        expected.map(|text| format!("{OWN}, {text}"))
    );
}

#[test]
fn a_broken_file_of_ours_is_never_stepped_over() {
    let cases = [
        (
            "current = 5",
            "line 1: current must be a string, not: integer",
        ),
        (
            "profiles = \"x\"",
            "line 1: profiles must be a table, not: string",
        ),
        (
            "[profiles]\ndefault = 1",
            "line 2: profiles.default must be a table, not: integer",
        ),
        (
            "[profiles.default.alibaba]\naccess_key_secret = 12345",
            "line 2: profiles.default.alibaba.access_key_secret must be a string, not: integer",
        ),
        (
            "[profiles.default]\nalibaba = \"sesame\"",
            "line 2: profiles.default.alibaba must be a table, not: string",
        ),
        ("[profiles.default.alib", "line 1: is not TOML: "),
        (
            "[profiles.default.alibaba]\naccess_key_secret = \"sesame",
            "line 2: is not TOML: ",
        ),
        (
            "[profiles.default.alibaba]\naccess_key_secret = sesame\n",
            "line 2: is not TOML: ",
        ),
        (
            "[profiles.default.alibaba]\naccess_key_secret =",
            "line 2: is not TOML: ",
        ),
        ("a = \"sesame\"\na = \"sesame\"", "line 2: is not TOML: "),
    ];
    for (own, reason) in cases {
        let contents = [(OWN, own), (ALIYUN, ALIYUN_FILE)];
        let error = refused(resolve(Alibaba, &Flags::default(), &[], &contents));
        let message = error.to_string();
        assert!(
            message.starts_with(&format!("{OWN}, {reason}")),
            "{message}"
        );
        assert!(!message.contains("12345"), "{message}");
        assert!(!error.is_usage());
    }
    let latin1 = Sources::of([(OWN, b"current = \"work\"\n# caf\xe9\n".to_vec())]);
    let found = config::resolve(Alibaba, &Flags::default(), &env(&[]), &latin1);
    assert_eq!(
        refused(found).to_string(),
        format!("{OWN}, line 2: is not UTF-8")
    );
    // What an editor puts in front is no fault.
    let marked = format!("\u{feff}{PROFILES}");
    resolve(Alibaba, &Flags::default(), &[], &[(OWN, &marked)]).unwrap();
    resolve(Alibaba, &Flags::default(), &ALIBABA_ENV, &[(OWN, "")]).unwrap();
}

#[test]
fn a_named_file_must_exist() {
    let flag = Flags {
        config: Some(Path::new("/no/such.toml")),
        ..Flags::default()
    };
    let error = refused(resolve(Alibaba, &flag, &ALIBABA_ENV, &[]));
    assert_eq!(
        error.to_string(),
        "/no/such.toml does not exist (set by --config)"
    );
    assert!(!error.is_usage());
    let variables = with(&ALIBABA_ENV, &[("CERTCTL_CONFIG", "/no/such.toml")]);
    refused(resolve(Alibaba, &Flags::default(), &variables, &[]));
    let variables = with(&ALIBABA_ENV, &[("CERTCTL_CONFIG", "")]);
    let error = refused(resolve(Alibaba, &Flags::default(), &variables, &[]));
    assert_eq!(
        error.to_string(),
        "environment variable CERTCTL_CONFIG is empty"
    );
    let flag = Flags {
        config: Some(Path::new("")),
        ..Flags::default()
    };
    assert!(refused(resolve(Alibaba, &flag, &ALIBABA_ENV, &[])).is_usage());
}

#[cfg(unix)]
#[test]
fn places_of_our_file() {
    let flag = Flags {
        config: Some(Path::new("/flag.toml")),
        ..Flags::default()
    };
    let xdg = ("XDG_CONFIG_HOME", "/xdg");
    let variable = ("CERTCTL_CONFIG", "/env.toml");
    let cases: [(Flags, Pairs, &str); 6] = [
        (flag, &[variable, xdg], "/flag.toml"),
        (Flags::default(), &[variable, xdg], "/env.toml"),
        (Flags::default(), &[xdg], "/xdg/certctl/config.toml"),
        (Flags::default(), &[("XDG_CONFIG_HOME", "")], OWN),
        (Flags::default(), &[("XDG_CONFIG_HOME", "relative")], OWN),
        (Flags::default(), &[], OWN),
    ];
    for (flags, variables, path) in cases {
        let settings = resolve(Alibaba, &flags, variables, &[(path, PROFILES)]).unwrap();
        assert_eq!(keys(&settings).id, "own-id", "{path}");
    }
    let homeless: Env = ALIBABA_ENV.into_iter().chain([("HOME", "")]).collect();
    config::resolve(Alibaba, &Flags::default(), &homeless, &Sources::default()).unwrap();
}

#[test]
fn aliyun_profiles() {
    let cases = [
        ("default", "aliyun-id", None),
        ("sts", "sts-id", Some("sts-token")),
    ];
    for (name, id, token) in cases {
        let flags = Flags {
            profile: Some(name),
            ..Flags::default()
        };
        let settings = resolve(Alibaba, &flags, &[], &[(ALIYUN, ALIYUN_FILE)]).unwrap();
        let credential = keys(&settings);
        assert_eq!(credential.id, id);
        assert_eq!(credential.token.as_ref().map(|token| token.expose()), token);
    }
    let broken = [
        (
            ALIYUN_FILE.replace("\"current\": \"default\"", "\"current\": \"role\""),
            "profiles[2].ram_role_arn (profile 'role') is missing or empty",
        ),
        (
            ALIYUN_FILE.replace("\"current\": \"default\"", "\"current\": \"gone\""),
            "current refers to a profile that is not in the file",
        ),
        (
            ALIYUN_FILE.replace("\"aliyun-secret\"", "\"\""),
            "profiles[0].access_key_secret (profile 'default') is missing or empty",
        ),
        (
            ALIYUN_FILE.replace("\"aliyun-secret\"", "12345"),
            "profiles[0].access_key_secret (profile 'default') must be a string",
        ),
        (
            ALIYUN_FILE.replace("aliyun-secret", "sesame "),
            "profiles[0].access_key_secret ends with white space",
        ),
        (
            ALIYUN_FILE
                .replace("\"AK\"", "\"ak\"")
                .replace("\"aliyun-id\"", "null"),
            "profiles[0].access_key_id (profile 'default') is missing or empty",
        ),
        ("{\"profiles\": {}}".into(), "profiles must be a list"),
        ("[]".into(), "is not an object"),
    ];
    for (text, reason) in broken {
        let error = refused(resolve(Alibaba, &Flags::default(), &[], &[(ALIYUN, &text)]));
        assert_eq!(error.to_string(), format!("{ALIYUN}: {reason}"));
    }
    let cut = &ALIYUN_FILE[..ALIYUN_FILE.len() / 2];
    let error = refused(resolve(Alibaba, &Flags::default(), &[], &[(ALIYUN, cut)]));
    assert_eq!(
        error.to_string(),
        format!("{ALIYUN}, line 3: is incomplete")
    );
    let error = refused(resolve(
        Alibaba,
        &Flags::default(),
        &[],
        &[(ALIYUN, "{sesame}")],
    ));
    assert_eq!(error.to_string(), format!("{ALIYUN}, line 1: is not JSON"));
    let marked = format!("\u{feff}{ALIYUN_FILE}");
    resolve(Alibaba, &Flags::default(), &[], &[(ALIYUN, &marked)]).unwrap();
    // Where something stronger has the credential, the file is not looked into.
    resolve(
        Alibaba,
        &Flags::default(),
        &[],
        &[(OWN, PROFILES), (ALIYUN, cut)],
    )
    .unwrap();
}

#[test]
fn tccli_profiles() {
    let written = r#"{"secretId": "tccli-id", "secretKey": "sesame", "token": null}"#;
    let configure = r#"{"_sys_param": {"region": "ap-guangzhou", "output": "json"},
                        "ssl": {"endpoint": "ssl.intl.tencentcloudapi.com", "version": "2019-12-05"}}"#;
    let contents = [(TCCLI_KEYS, written), (TCCLI_CONFIGURE, configure)];
    let settings = resolve(Tencent, &Flags::default(), &[], &contents).unwrap();
    assert_eq!(keys(&settings).id, "tccli-id");
    assert_eq!(settings.region.unwrap().value, "ap-guangzhou");
    assert_eq!(settings.site.value, Site::Intl);
    assert!(
        settings
            .site
            .origin
            .to_string()
            .ends_with("default.configure: ssl.endpoint")
    );

    let mainland = configure.replace(".intl.", ".");
    let contents = [(TCCLI_KEYS, written), (TCCLI_CONFIGURE, mainland.as_str())];
    let settings = resolve(Tencent, &Flags::default(), &[], &contents).unwrap();
    assert_eq!(settings.site.value, Site::Mainland);

    // The environment's identity does not take the other's region and site along.
    let settings = resolve(Tencent, &Flags::default(), &TENCENT_ENV, &contents).unwrap();
    assert_eq!((settings.region, settings.site.value), (None, Site::Intl));

    let broken = [
        (
            r#"{"secretId": "a", "secretKey": "sesame", "type": "oauth"}"#,
            "token (profile 'default') is missing or empty",
        ),
        (
            r#"{"secretId": "a", "secretKey": "sesame", "type": "mfa"}"#,
            "type (profile 'default') mfa is not supported",
        ),
        (
            r#"{"secretId": "a"}"#,
            "secretKey (profile 'default') is missing or empty",
        ),
    ];
    for (text, reason) in broken {
        let error = refused(resolve(
            Tencent,
            &Flags::default(),
            &[],
            &[(TCCLI_KEYS, text)],
        ));
        assert_eq!(error.to_string(), format!("{TCCLI_KEYS}: {reason}"));
    }
    let kept = r#"{"secretId": "tccli-id", "secretKey": "sesame", "type": "default"}"#;
    resolve(Tencent, &Flags::default(), &[], &[(TCCLI_KEYS, kept)]).unwrap();
    // A name that would leave the folder is the name of no profile.
    let flags = Flags {
        profile: Some("../.tccli/default"),
        ..Flags::default()
    };
    let contents = [("/home/u/.tccli/../.tccli/default.credential", written)];
    refused(resolve(Tencent, &flags, &[], &contents));
}

const UCLOUD_PLAIN: &str = r#"[
    {"profile": "idle", "public_key": "idle-id", "private_key": "sesame"},
    {"profile": "busy", "public_key": "busy-id", "private_key": "sesame", "auth_mode": "", "cookie": "c"}]"#;

fn ucloud_files(keys: &str) -> [(&'static str, &str); 2] {
    let config = r#"[
        {"profile": "idle", "active": false, "region": "hk"},
        {"profile": "busy", "active": true, "project_id": "org-x/Name", "region": "cn-bj2",
         "base_url": "https://api.ucloud.cn/", "timeout_sec": 15, "max_retry_times": null}]"#;
    [(UCLOUD_CONFIG, config), (UCLOUD_KEYS, keys)]
}

#[test]
fn ucloud_profiles() {
    let settings = resolve(Ucloud, &Flags::default(), &[], &ucloud_files(UCLOUD_PLAIN)).unwrap();
    assert_eq!(keys(&settings).id, "busy-id");
    assert_eq!(settings.project_id.unwrap().value, "org-x");
    assert_eq!(settings.region.unwrap().value, "cn-bj2");
    assert_eq!(
        settings.endpoint.unwrap().value.as_str(),
        "https://api.ucloud.cn/"
    );
    let flags = Flags {
        profile: Some("idle"),
        ..Flags::default()
    };
    let settings = resolve(Ucloud, &flags, &[], &ucloud_files(UCLOUD_PLAIN)).unwrap();
    assert_eq!(keys(&settings).id, "idle-id");
    assert_eq!(settings.project_id, None);

    let oauth = UCLOUD_PLAIN.replace("\"auth_mode\": \"\"", "\"auth_mode\": \"oauth\"");
    let error = refused(resolve(
        Ucloud,
        &Flags::default(),
        &[],
        &ucloud_files(&oauth),
    ));
    let reason = "[1].auth_mode (profile 'busy') oauth is not supported: a browser login cannot \
                  sign calls, and any keys left in this profile belong to another identity";
    assert_eq!(error.to_string(), format!("{UCLOUD_KEYS}: {reason}"));

    let cases = [
        (
            "{\"public_key\": \"a\"}",
            "is not a list of profiles: it may come from a CLI older than 0.1.8",
        ),
        (
            "[{\"profile\": \"busy\", \"active\": false}]",
            "has no active profile",
        ),
        (
            "[{\"profile\": \"gone\", \"active\": true}]",
            "profile 'gone' has no keys in credential.json",
        ),
        ("[{\"active\": true}]", "[0].profile is missing or empty"),
        (
            "[{\"profile\": \"busy\", \"active\": true, \"channel_key\": \"k\"}]",
            "[0].channel_key (profile 'busy') requires a dedicated channel, which is not \
             supported",
        ),
    ];
    for (config, reason) in cases {
        let contents = [(UCLOUD_CONFIG, config), (UCLOUD_KEYS, UCLOUD_PLAIN)];
        let error = refused(resolve(Ucloud, &Flags::default(), &[], &contents));
        assert_eq!(error.to_string(), format!("{UCLOUD_CONFIG}: {reason}"));
    }
    let empty = [(UCLOUD_CONFIG, "[]"), (UCLOUD_KEYS, "[]")];
    let error = refused(resolve(Ucloud, &Flags::default(), &[], &empty));
    assert_eq!(error.to_string(), "no credentials for ucloud");
}

#[test]
fn show_tells_every_value_and_hides_every_secret() {
    let variables = with(&UCLOUD_ENV[..1], &[]);
    let contents = [(OWN, PROFILES)];
    let (rows, _) = config::show(
        &Cloud::ALL,
        &Flags::default(),
        &env(&variables),
        &files(&contents),
    );
    let json = serde_json::to_value(&rows).unwrap();
    let row = |cloud: Option<&str>, name: &str| {
        let rows = json.as_array().unwrap();
        rows.iter()
            .find(|row| row["cloud"].as_str() == cloud && row["name"] == name)
            .unwrap()
    };
    assert_eq!(row(None, "profile")["value"], "work");
    assert_eq!(row(None, "output")["value"], "json");
    assert_eq!(row(Some("alibaba"), "access_key_id")["value"], "own-****");
    assert_eq!(row(Some("alibaba"), "access_key_id")["origin"]["line"], 7);
    assert_eq!(
        row(Some("alibaba"), "access_key_id")["origin"]["profile"],
        "work"
    );
    assert_eq!(row(Some("alibaba"), "access_key_secret")["value"], "****");
    assert_eq!(row(Some("alibaba"), "security_token")["reason"], "not set");
    assert_eq!(
        row(Some("alibaba"), "endpoint")["value"],
        "https://own.example"
    );
    assert_eq!(row(Some("tencent"), "token")["value"], "****");
    assert_eq!(row(Some("tencent"), "site")["value"], "mainland");
    // Half a credential breaks its rows and no others.
    let reason = "environment variable UCLOUD_PUBLIC_KEY is set, but UCLOUD_PRIVATE_KEY is not";
    for name in ["public_key", "private_key", "security_token"] {
        assert!(row(Some("ucloud"), name)["value"].is_null());
        assert_eq!(row(Some("ucloud"), name)["reason"], reason);
    }
    assert_eq!(row(Some("ucloud"), "region")["value"], "cn-own");
    let text = json.to_string();
    for hidden in ["own-id", "own-secret", "own-token", "env-id"] {
        assert!(!text.contains(hidden), "{text}");
    }
}

#[test]
fn show_survives_a_broken_file() {
    let contents = [
        (OWN, "[profiles.default.alibaba]\naccess_key_id = 5"),
        (ALIYUN, ALIYUN_FILE),
    ];
    let (rows, _) = config::show(
        &Cloud::ALL,
        &Flags::default(),
        &env(&TENCENT_ENV),
        &files(&contents),
    );
    let row = |cloud, name| {
        rows.iter()
            .find(|row| row.cloud == Some(cloud) && row.name == name)
    };
    let broken = row(Alibaba, "access_key_id").unwrap();
    let reason = "profiles.default.alibaba.access_key_id must be a string, not: integer";
    assert_eq!(
        broken.reason.as_deref(),
        Some(format!("{OWN}, line 2: {reason}").as_str())
    );
    assert_eq!(
        row(Tencent, "secret_id").unwrap().value.as_deref(),
        Some("env-****")
    );
    let missing = row(Ucloud, "public_key").unwrap();
    assert_eq!(missing.reason.as_deref(), Some("no credentials for ucloud"));
}

#[test]
fn proxies() {
    let (https, http) = ("https://cdn.aliyuncs.com", "http://10.1.2.3:8080");
    let proxy = ("HTTPS_PROXY", "http://upper:1");
    let cases: [(Pairs, &str, Option<&str>); 24] = [
        (&[], https, None),
        (&[proxy], https, Some("http://upper:1/ (HTTPS_PROXY)")),
        (&[proxy], http, None),
        (
            &[proxy, ("https_proxy", "lower:2")],
            https,
            Some("http://lower:2/ (https_proxy)"),
        ),
        (
            &[proxy, ("https_proxy", "")],
            https,
            Some("http://upper:1/ (HTTPS_PROXY)"),
        ),
        (
            &[("HTTP_PROXY", "http://upper:1")],
            http,
            Some("http://upper:1/ (HTTP_PROXY)"),
        ),
        (&[("HTTP_PROXY", "http://upper:1")], https, None),
        (
            &[("ALL_PROXY", "https://all:3")],
            https,
            Some("https://all:3/ (ALL_PROXY)"),
        ),
        (
            &[proxy, ("ALL_PROXY", "https://all:3")],
            https,
            Some("http://upper:1/ (HTTPS_PROXY)"),
        ),
        (
            &[("HTTPS_PROXY", "http://u:sesame@p:1")],
            https,
            Some("http://p:1/ (HTTPS_PROXY)"),
        ),
        (&[proxy], "https://localhost:1", None),
        (&[proxy], "https://127.0.0.1:1", None),
        (&[proxy], "https://[::1]:1", None),
        (&[proxy, ("NO_PROXY", "*")], https, None),
        (&[proxy, ("NO_PROXY", "a.com, aliyuncs.com")], https, None),
        (&[proxy, ("NO_PROXY", ".ALIYUNCS.com")], https, None),
        (&[proxy, ("NO_PROXY", "cdn.aliyuncs.com:443")], https, None),
        (
            &[
                proxy,
                (
                    "NO_PROXY",
                    "cdn.aliyuncs.com:8443,yuncs.com,x.cdn.aliyuncs.com,,",
                ),
            ],
            https,
            Some("http://upper:1/ (HTTPS_PROXY)"),
        ),
        (
            &[proxy, ("no_proxy", "b.com"), ("NO_PROXY", "*")],
            https,
            Some("http://upper:1/ (HTTPS_PROXY)"),
        ),
        (
            &[("http_proxy", "p:1"), ("NO_PROXY", "10.0.0.0/8")],
            http,
            None,
        ),
        (
            &[("http_proxy", "p:1"), ("NO_PROXY", "10.0.0.0/15")],
            http,
            None,
        ),
        (
            &[("http_proxy", "p:1"), ("NO_PROXY", "10.0.0.0/16")],
            http,
            Some("http://p:1/ (http_proxy)"),
        ),
        (
            &[("http_proxy", "p:1"), ("NO_PROXY", "10.1.2.3:8080")],
            http,
            None,
        ),
        (
            &[("http_proxy", "p:1"), ("NO_PROXY", "10.2.0.0/16,10.1.2.30")],
            http,
            Some("http://p:1/ (http_proxy)"),
        ),
    ];
    for (variables, target, expected) in cases {
        let target = Url::parse(target).unwrap();
        let found = config::proxy_for(&env(variables), &target).unwrap();
        let found = found.map(|proxy| {
            assert!(!format!("{proxy:?}").contains("sesame"));
            proxy.to_string()
        });
        assert_eq!(found.as_deref(), expected, "{variables:?} {target}");
    }
    let v6 = Url::parse("https://[fd00::7]:8443").unwrap();
    for list in ["fd00::7", "[fd00::7]", "[fd00::7]:8443", "fd00::/8"] {
        let found = config::proxy_for(&env(&[proxy, ("NO_PROXY", list)]), &v6).unwrap();
        assert_eq!(found, None, "{list}");
    }
    let login = env(&[("HTTPS_PROXY", "http://u:sesame@p:1")]);
    let found = config::proxy_for(&login, &Url::parse(https).unwrap())
        .unwrap()
        .unwrap();
    assert_eq!(found.url.expose(), "http://u:sesame@p:1/");

    for value in [
        "socks5://u:sesame@p:1",
        "http://u:sesame@",
        "http://u:sesame@p:x",
        " p:1",
        "p:1\n",
    ] {
        let variables = env(&[("ALL_PROXY", value)]);
        let error = config::proxy_for(&variables, &Url::parse(https).unwrap()).unwrap_err();
        let message = error.to_string();
        assert!(
            message.starts_with("environment variable ALL_PROXY "),
            "{message}"
        );
        assert!(
            !format!("{error:?}{}", error.hint()).contains("sesame"),
            "{error:?}"
        );
    }
}

#[test]
fn the_guides_example_is_valid() {
    let guide = include_str!("../docs/configuration.md");
    let (_, rest) = guide.split_once("```toml\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    let example = example.replace('…', "x");
    for cloud in Cloud::ALL {
        let settings = resolve(cloud, &Flags::default(), &[], &[(OWN, &example)]).unwrap();
        assert!(settings.warnings.is_empty(), "{:?}", settings.warnings);
        assert!(keys(&settings).token.is_some() && settings.endpoint.is_some());
        let (rows, _) = config::show(
            &[cloud],
            &Flags::default(),
            &env(&[]),
            &files(&[(OWN, &example)]),
        );
        for row in rows.iter().filter(|row| row.cloud.is_some()) {
            let place = row.origin.as_ref().map(Origin::to_string);
            assert!(
                place.is_some_and(|at| at.starts_with(OWN)),
                "the guide lacks {}",
                row.name
            );
        }
    }
}

/// The loading edge, on real files.
mod load {
    use std::fs;
    use std::path::Path;

    use super::*;

    fn home(contents: Pairs) -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        for (path, text) in contents {
            let path = home.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            mode(&path, 0o600);
        }
        home
    }

    #[cfg(unix)]
    fn mode(path: &Path, mode: u32) {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[cfg(not(unix))]
    fn mode(_: &Path, _: u32) {}

    fn env(home: &Path, pairs: Pairs) -> Env {
        let home = home.to_str().unwrap();
        let places = [("HOME", home), ("USERPROFILE", home)];
        let pairs = places
            .iter()
            .chain(pairs)
            .map(|(name, value)| (*name, *value));
        let appdata = format!("{home}/.config");
        pairs.chain([("APPDATA", appdata.as_str())]).collect()
    }

    fn run(cloud: Cloud, flags: &Flags, env: &Env) -> Result<Settings, ConfigError> {
        with_credential(config::resolve(
            cloud,
            flags,
            env,
            &config::load(&[cloud], flags, env),
        ))
    }

    #[test]
    fn reads_our_file_and_the_vendors() {
        let home = home(&[
            (".config/certctl/config.toml", PROFILES),
            (".aliyun/config.json", ALIYUN_FILE),
            (
                ".tccli/prod.credential",
                r#"{"secretId": "prod-id", "secretKey": "sesame"}"#,
            ),
        ]);
        let env = env(home.path(), &[]);
        let named = |name| Flags {
            profile: Some(name),
            ..Flags::default()
        };
        let id = |found: Result<Settings, _>| keys(&found.unwrap()).id;
        assert_eq!(id(run(Alibaba, &Flags::default(), &env)), "own-id");
        assert_eq!(id(run(Alibaba, &named("sts"), &env)), "sts-id");
        assert_eq!(id(run(Tencent, &named("prod"), &env)), "prod-id");
        let error = refused(run(Tencent, &named("gone"), &env));
        assert_eq!(error.hint(), "there is other, prod, work");
    }

    #[test]
    fn nothing_is_there() {
        let home = home(&[("file", "")]);
        for place in ["", "missing", "file"] {
            let env = env(&home.path().join(place), &[]);
            for cloud in Cloud::ALL {
                let error = refused(run(cloud, &Flags::default(), &env));
                assert_eq!(error.to_string(), format!("no credentials for {cloud}"));
            }
        }
    }

    #[test]
    fn a_vendors_file_that_cannot_be_read_is_told_where_it_counts() {
        let home = home(&[(".aliyun/config.json/inside", "")]);
        run(Alibaba, &Flags::default(), &env(home.path(), &ALIBABA_ENV)).unwrap();
        let error = refused(run(Alibaba, &Flags::default(), &env(home.path(), &[])));
        assert!(
            error.to_string().contains("config.json: cannot be read: "),
            "{error}"
        );
    }

    #[test]
    fn a_named_file_that_cannot_be_read_is_told() {
        let home = home(&[("huge.toml", &"#\n".repeat(600_000))]);
        let huge = home.path().join("huge.toml");
        for (path, reason) in [
            (huge.as_path(), "it is larger than 1 MiB"),
            (home.path(), ""),
        ] {
            let flags = Flags {
                config: Some(path),
                ..Flags::default()
            };
            let error = refused(run(Alibaba, &flags, &env(home.path(), &ALIBABA_ENV)));
            let message = error.to_string();
            let expected = format!("{}: cannot be read: {reason}", path.display());
            assert!(message.starts_with(&expected), "{message}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_readable_file_with_a_secret_is_told() {
        let path = ".config/certctl/config.toml";
        let home = home(&[(path, PROFILES), (".aliyun/config.json", ALIYUN_FILE)]);
        let own = home.path().join(path);
        let env = env(home.path(), &[]);
        let warnings = || run(Alibaba, &Flags::default(), &env).unwrap().warnings;
        assert!(warnings().is_empty());
        mode(&own, 0o640);
        let file = own.display();
        let expected = format!("{file} can be read by others (mode 0640): chmod 600 {file}");
        assert_eq!(warnings(), [expected]);
        // No secret in it, nothing to tell.
        fs::write(&own, "[profiles.default]\noutput = \"json\"\n").unwrap();
        assert!(warnings().is_empty());
        mode(&home.path().join(".aliyun/config.json"), 0o644);
        assert_eq!(warnings().len(), 1);
    }
}
