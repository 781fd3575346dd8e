//! Each source of keys once, from end to end.

use serde_json::{Value, json};

use super::*;

/// Runs a command with all that can be told, which succeeds with keys of that beginning.
#[track_caller]
fn logs_in(clouds: &Clouds, call: Call, key: &str) -> Outcome {
    let outcome = call.arg("-vv").run().expect(0);
    assert!(last_key(clouds).starts_with(key), "{:#?}", clouds.log());
    let refused = clouds
        .log()
        .into_iter()
        .filter(|entry| entry.code.is_some());
    assert_eq!(refused.count(), 0, "{:#?}", clouds.log());
    nothing_secret(&outcome);
    outcome
}

const ALIBABA_ISSUED: &str = "STS.sandboxIssued";
const TENCENT_ISSUED: &str = "AKIDsandboxIssued";
const UCLOUD_ISSUED: &str = "sandbox-issued-";

const ALIBABA_KEYS: &str = "access_key_id = 'LTAIsandboxMain00001'
access_key_secret = 'sandboxAlibabaSecret0000000001'
";
const TENCENT_KEYS: &str = "secret_id = 'AKIDsandboxMain0000000000000000001'
secret_key = 'sandboxTencentSecret000000000001'
";
const UCLOUD_KEYS: &str = "public_key = 'sandbox+main@example.com/0001=='
private_key = 'sandboxUcloudSecret000000000000000000001'
";

#[test]
fn own_profiles() {
    let cases = [
        ("alibaba", CDN, ALIBABA_ISSUED),
        ("tencent", SSL, TENCENT_ISSUED),
        ("ucloud", ULB, UCLOUD_ISSUED),
    ];
    for (cloud, args, issued) in cases {
        let (keys, role, name) = match cloud {
            "alibaba" => (ALIBABA_KEYS, ALIBABA_ROLE, "role_arn"),
            "tencent" => (TENCENT_KEYS, TENCENT_ROLE, "role_arn"),
            _ => (UCLOUD_KEYS, UCLOUD_ROLE, "role_urn"),
        };
        let role =
            format!("{name} = '{role}'\nrole_session_name = 'ci@1'\nduration_seconds = '900'\n");
        let printed = clouds_keys(cloud);
        let printer = format!("credential_process = \"printf '%s' '{printed}'\"\n");
        let main = match cloud {
            "alibaba" => "LTAIsandboxMain",
            "tencent" => "AKIDsandboxMain",
            _ => "sandbox+main",
        };
        let tables = [
            (keys.to_owned(), main),
            (format!("{keys}{role}"), issued),
            ("instance_role = 'auto'\n".to_owned(), issued),
            ("instance_role = 'sandbox-instance'\n".to_owned(), issued),
            (format!("instance_role = 'auto'\n{role}"), issued),
            (printer.clone(), main),
            (format!("{printer}{role}"), issued),
        ];
        for (table, key) in tables {
            let clouds = Clouds::new();
            own(&clouds, cloud, &table);
            logs_in(&clouds, keyless(&clouds, args), key);
        }
    }
}

/// What a command prints: each cloud's keys, as JSON that a TOML text of a command can hold.
fn clouds_keys(cloud: &str) -> String {
    let keys = match cloud {
        "alibaba" => json!({
            "mode": "AK", "access_key_id": "LTAIsandboxMain00001",
            "access_key_secret": "sandboxAlibabaSecret0000000001",
        }),
        "tencent" => json!({
            "secretId": "AKIDsandboxMain0000000000000000001",
            "secretKey": "sandboxTencentSecret000000000001",
        }),
        _ => json!({
            "public_key": "sandbox+main@example.com/0001==",
            "private_key": "sandboxUcloudSecret000000000000000000001",
        }),
    };
    keys.to_string().replace('"', "\\\"")
}

#[test]
fn own_profiles_with_a_token_of_an_identity_provider() {
    let clouds = Clouds::new();
    let token = oidc_token(&clouds);
    own(
        &clouds,
        "alibaba",
        &format!(
            "role_arn = '{ALIBABA_ROLE}'\noidc_provider_arn = '{ALIBABA_PROVIDER}'\noidc_token_file = '{token}'\n"
        ),
    );
    for scheme in ["rpc", "acs3"] {
        let call = keyless(&clouds, CDN).args(&["--signature", scheme]);
        logs_in(&clouds, call, ALIBABA_ISSUED);
    }
    own(
        &clouds,
        "tencent",
        &format!(
            "role_arn = '{TENCENT_ROLE}'\nprovider_id = 'sandbox'\nweb_identity_token_file = '{token}'\n"
        ),
    );
    logs_in(&clouds, keyless(&clouds, SSL), TENCENT_ISSUED);
    let asked = clouds.calls("AssumeRoleWithWebIdentity");
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].params["RoleSessionName"], "certctl");
    assert_eq!(asked[0].key_id.as_deref(), Some(""), "nobody signs it");

    let uri = format!(
        "credentials_uri = '{}/credentials-uri'\n",
        clouds.endpoint()
    );
    own(&clouds, "alibaba", &uri);
    logs_in(&clouds, keyless(&clouds, CDN), ALIBABA_ISSUED);
}

#[test]
fn what_a_role_asks_for_is_sent() {
    let clouds = Clouds::new();
    let role = "acs:ram::1234567890123456:role/external";
    let table = format!(
        "{ALIBABA_KEYS}role_arn = '{role}'\nrole_session_name = 'web.renewal'\nduration_seconds = '1800'\n"
    );
    own(&clouds, "alibaba", &table);
    let refused = keyless(&clouds, CDN).run().expect(4);
    assert_eq!(refused.error()["code"], "NoPermission");
    own(
        &clouds,
        "alibaba",
        &format!("{table}external_id = 'sandbox-external-id'\n"),
    );
    keyless(&clouds, CDN).run().expect(0);
    let asked = clouds.calls("AssumeRole").pop().expect("a call");
    let sent = |name: &str| asked.params[name].as_str().unwrap_or_default().to_owned();
    assert_eq!(sent("RoleSessionName"), "web.renewal");
    assert_eq!(sent("DurationSeconds"), "1800");
    assert_eq!(sent("ExternalId"), "sandbox-external-id");
}

#[test]
fn the_environment() {
    let clouds = Clouds::new();
    let token = oidc_token(&clouds);
    let uri = format!("{}/credentials-uri", clouds.endpoint());
    let secret = "sandboxAlibabaSecret0000000001";
    type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], &'a str);
    let cases: [Case; 8] = [
        (
            CDN,
            &[
                ("ALIBABACLOUD_ACCESS_KEY_ID", "LTAIsandboxMain00001"),
                ("ALIBABACLOUD_ACCESS_KEY_SECRET", secret),
            ],
            "LTAIsandboxMain",
        ),
        (
            CDN,
            &[
                ("ALICLOUD_ACCESS_KEY_ID", "STS.sandboxTemp00001"),
                (
                    "ALICLOUD_ACCESS_KEY_SECRET",
                    "sandboxAlibabaSecret0000000002",
                ),
                ("ALICLOUD_SECURITY_TOKEN", "sandbox-alibaba-token"),
            ],
            "STS.sandboxTemp",
        ),
        (
            CDN,
            &[
                ("ALIBABA_CLOUD_ROLE_ARN", ALIBABA_ROLE),
                ("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", ALIBABA_PROVIDER),
                ("ALIBABA_CLOUD_OIDC_TOKEN_FILE", &token),
                ("ALIBABA_CLOUD_ROLE_SESSION_NAME", "pipeline-7"),
            ],
            ALIBABA_ISSUED,
        ),
        (
            CDN,
            &[("ALIBABA_CLOUD_ECS_METADATA", "sandbox-instance")],
            ALIBABA_ISSUED,
        ),
        (
            CDN,
            &[("ALIBABA_CLOUD_CREDENTIALS_URI", &uri)],
            ALIBABA_ISSUED,
        ),
        (
            SSL,
            &[
                ("TKE_REGION", "ap-shanghai"),
                ("TKE_PROVIDER_ID", "sandbox"),
                ("TKE_WEB_IDENTITY_TOKEN_FILE", &token),
                ("TKE_ROLE_ARN", TENCENT_ROLE),
            ],
            TENCENT_ISSUED,
        ),
        (
            SSL,
            &[
                (
                    "TENCENTCLOUD_SECRET_ID",
                    "AKIDsandboxMain0000000000000000001",
                ),
                (
                    "TENCENTCLOUD_SECRET_KEY",
                    "sandboxTencentSecret000000000001",
                ),
                ("TENCENTCLOUD_ROLE_ARN", TENCENT_ROLE),
                ("TENCENTCLOUD_ROLE_SESSION_NAME", "pipeline"),
            ],
            TENCENT_ISSUED,
        ),
        (
            SSL,
            &[
                (
                    "TENCENTCLOUD_SECRET_ID",
                    "AKIDsandboxTemp0000000000000000001",
                ),
                (
                    "TENCENTCLOUD_SECRET_KEY",
                    "sandboxTencentSecret000000000002",
                ),
                ("TENCENTCLOUD_SECURITY_TOKEN", "sandbox-tencent-token"),
            ],
            "AKIDsandboxTemp",
        ),
    ];
    for (args, variables, key) in cases {
        let mut call = keyless(&clouds, args);
        if args == SSL {
            // 22 is there once.
            let id = 101 + clouds.log().len();
            call =
                keyless(&clouds, &["ssl", "csr", "delete", "--yes", "--ids"]).arg(id.to_string());
        }
        let call = variables
            .iter()
            .fold(call, |call, (name, value)| call.env(name, value));
        logs_in(&clouds, call, key);
    }
    let asked = clouds.calls("AssumeRoleWithOIDC");
    assert_eq!(asked[0].params["RoleSessionName"], "pipeline-7");
}

#[test]
fn an_alias_of_a_token_counts_beside_keys_of_the_environment_only() {
    let clouds = Clouds::new();
    own(&clouds, "tencent", TENCENT_KEYS);
    let call = keyless(&clouds, SSL).env("TENCENTCLOUD_SECURITY_TOKEN", "sandbox-tencent-token");
    logs_in(&clouds, call, "AKIDsandboxMain");
}

#[test]
fn keys_outrank_what_a_pod_is_given() {
    let clouds = Clouds::new();
    let call = clouds
        .certctl(CDN)
        .env("ALIBABA_CLOUD_ROLE_ARN", ALIBABA_ROLE)
        .env("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", ALIBABA_PROVIDER)
        .env("ALIBABA_CLOUD_OIDC_TOKEN_FILE", "/none");
    logs_in(&clouds, call, "LTAIsandboxMain");
    let call = keyless(&clouds, CDN)
        .env("ALIBABA_CLOUD_ECS_METADATA", "sandbox-instance")
        .env("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true");
    call.run().expect(3);
    assert_eq!(clouds.calls("MetadataKeys").len(), 0, "it was switched off");
}

fn profile(mode: &str, more: Value) -> Value {
    let mut profile =
        json!({"name": "default", "mode": mode, "region_id": "cn-hangzhou", "later": {}});
    let members = profile.as_object_mut().expect("an object");
    members.extend(more.as_object().expect("an object").clone());
    profile
}

fn in_an_hour() -> i64 {
    chrono::Utc::now().timestamp() + 3600
}

#[test]
fn every_mode_of_the_aliyun_cli() {
    let clouds = Clouds::with(json!({"account": {"unlimited_rate": true}}));
    let token = oidc_token(&clouds);
    let keys = json!({
        "access_key_id": "LTAIsandboxMain00001",
        "access_key_secret": "sandboxAlibabaSecret0000000001",
    });
    let with = |more: Value| {
        let mut all = keys.clone();
        let members = all.as_object_mut().expect("an object");
        members.extend(more.as_object().expect("an object").clone());
        all
    };
    let temporary = json!({
        "access_key_id": "STS.sandboxTemp00001",
        "access_key_secret": "sandboxAlibabaSecret0000000002",
        "sts_token": "sandbox-alibaba-token", "sts_expiration": in_an_hour(),
    });
    let role =
        json!({"ram_role_arn": ALIBABA_ROLE, "ram_session_name": "cli", "expired_seconds": 900});
    let script = private(&clouds, "print keys;", "");
    let script = script.with_file_name("keys.sh");
    let printed = json!({
        "mode": "StsToken", "access_key_id": "STS.sandboxTemp00001",
        "access_key_secret": "sandboxAlibabaSecret0000000002",
        "sts_token": "sandbox-alibaba-token",
    });
    std::fs::write(&script, format!("cat <<'EOF'\n{printed}\nEOF\n")).expect("the script");
    let temp = "STS.sandboxTemp";
    let cases = [
        ("AK", keys.clone(), "LTAIsandboxMain"),
        ("ststoken", temporary.clone(), temp),
        ("RamRoleArn", with(role.clone()), ALIBABA_ISSUED),
        (
            "EcsRamRole",
            json!({"ram_role_name": "sandbox-instance"}),
            ALIBABA_ISSUED,
        ),
        ("EcsRamRole", json!({}), ALIBABA_ISSUED),
        (
            "RamRoleArnWithRoleName",
            json!({"ram_role_name": "", "ram_role_arn": ALIBABA_ROLE, "ram_session_name": "cli"}),
            ALIBABA_ISSUED,
        ),
        (
            "OIDC",
            json!({"oidc_provider_arn": ALIBABA_PROVIDER, "oidc_token_file": token,
                   "ram_role_arn": ALIBABA_ROLE, "ram_session_name": "cli"}),
            ALIBABA_ISSUED,
        ),
        (
            "External",
            json!({"process_command": format!("sh {}", script.display())}),
            temp,
        ),
        (
            "CredentialsURI",
            json!({"credentials_uri": format!("{}/credentials-uri", clouds.endpoint())}),
            ALIBABA_ISSUED,
        ),
        ("OAuth", temporary.clone(), temp),
        ("CloudSSO", temporary, temp),
    ];
    for (mode, more, key) in cases {
        aliyun(&clouds, &json!([profile(mode, more)]));
        logs_in(&clouds, keyless(&clouds, CDN), key);
    }
    // A chain of two roles, each assumed with the keys of the one before.
    let second = "acs:ram::1234567890123456:role/second";
    let chain = json!([
        profile("ChainableRamRoleArn", json!({"source_profile": "middle", "ram_role_arn": second, "ram_session_name": "end"})),
        {"name": "middle", "mode": "ChainableRamRoleArn", "source_profile": "base",
         "ram_role_arn": ALIBABA_ROLE, "ram_session_name": "middle"},
        {"name": "base", "mode": "AK", "access_key_id": "LTAIsandboxMain00001",
         "access_key_secret": "sandboxAlibabaSecret0000000001"},
    ]);
    aliyun(&clouds, &chain);
    let before = clouds.calls("AssumeRole").len();
    logs_in(&clouds, keyless(&clouds, CDN), ALIBABA_ISSUED);
    let asked = clouds.calls("AssumeRole").split_off(before);
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].key_id.as_deref(), Some("LTAIsandboxMain00001"));
    assert_eq!(asked[0].params["RoleSessionName"], "middle");
    assert!(
        asked[1]
            .key_id
            .as_deref()
            .is_some_and(|id| id.starts_with(ALIBABA_ISSUED))
    );
    assert_eq!(asked[1].params["RoleArn"], second);
}

#[test]
fn the_files_of_alibabas_sdks() {
    for name in [".alibabacloud/credentials", ".alibabacloud/credentials.ini"] {
        let clouds = Clouds::new();
        let token = oidc_token(&clouds);
        let text = format!(
            "# keys\n[default]\ntype = access_key\naccess_key_id = LTAIsandboxMain00001 # main\n\
             access_key_secret = sandboxAlibabaSecret0000000001\n\n[instance]\ntype=ecs_ram_role\n\
             role_name=sandbox-instance\n[role]\ntype = ram_role_arn\naccess_key_id = LTAIsandboxMain00001\n\
             access_key_secret = sandboxAlibabaSecret0000000001\nrole_arn = {ALIBABA_ROLE}\n\
             role_session_name = ini\n[oidc]\ntype = oidc_role_arn\nrole_arn = {ALIBABA_ROLE}\n\
             oidc_provider_arn = {ALIBABA_PROVIDER}\noidc_token_file_path = {token}\n"
        );
        private(&clouds, name, &text);
        logs_in(&clouds, keyless(&clouds, CDN), "LTAIsandboxMain");
        for section in ["instance", "role", "oidc"] {
            let call = keyless(&clouds, CDN).env("ALIBABA_CLOUD_PROFILE", section);
            logs_in(&clouds, call, ALIBABA_ISSUED);
            let call = keyless(&clouds, CDN).args(&["--profile", section]);
            logs_in(&clouds, call, ALIBABA_ISSUED);
        }
        // The CLI's own file comes first.
        aliyun(&clouds, &json!([profile("EcsRamRole", json!({}))]));
        logs_in(&clouds, keyless(&clouds, CDN), ALIBABA_ISSUED);
        let call = keyless(&clouds, CDN).env("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "true");
        logs_in(&clouds, call, "LTAIsandboxMain");
    }
}

#[test]
fn every_type_of_the_tencent_cli_and_the_sdks_file() {
    let keys = json!({
        "secretId": "AKIDsandboxMain0000000000000000001",
        "secretKey": "sandboxTencentSecret000000000001",
    });
    let temporary = json!({
        "secretId": "AKIDsandboxTemp0000000000000000001",
        "secretKey": "sandboxTencentSecret000000000002",
        "token": "sandbox-tencent-token", "expiresAt": in_an_hour(),
    });
    let with = |of: &Value, more: Value| {
        let mut all = of.clone();
        let members = all.as_object_mut().expect("an object");
        members.extend(more.as_object().expect("an object").clone());
        all
    };
    let cases = [
        (keys.clone(), "AKIDsandboxMain"),
        (
            with(&keys, json!({"type": "default", "token": null})),
            "AKIDsandboxMain",
        ),
        (
            with(
                &keys,
                json!({"role-arn": TENCENT_ROLE, "role-session-name": "cli"}),
            ),
            TENCENT_ISSUED,
        ),
        (json!({"type": "cvm-role"}), TENCENT_ISSUED),
        (
            with(&temporary, json!({"type": "oauth", "oauth": {}})),
            "AKIDsandboxTemp",
        ),
        (
            with(&temporary, json!({"type": "sso", "sso": {}})),
            "AKIDsandboxTemp",
        ),
    ];
    for (credential, key) in cases {
        let clouds = Clouds::new();
        private(&clouds, ".tccli/ci.credential", &credential.to_string());
        let call = keyless(&clouds, SSL).env("TCCLI_PROFILE", "ci");
        logs_in(&clouds, call, key);
        keyless(&clouds, SSL).run().expect(3);
    }
    for quote in ["", "\"", "'"] {
        let clouds = Clouds::new();
        let text = format!(
            "; keys\n[default]\nsecret_id = {quote}AKIDsandboxMain0000000000000000001{quote}\n\
             secret_key = {quote}sandboxTencentSecret000000000001{quote}\n"
        );
        private(&clouds, ".tencentcloud/credentials", &text);
        logs_in(&clouds, keyless(&clouds, SSL), "AKIDsandboxMain");
    }
}

#[test]
fn the_profile_of_ucloud_that_its_variable_names() {
    let clouds = Clouds::new();
    private(
        &clouds,
        ".ucloud/config.json",
        r#"[{"profile": "active", "active": true}, {"profile": "ci", "active": false}]"#,
    );
    private(
        &clouds,
        ".ucloud/credential.json",
        r#"[{"profile": "active", "public_key": "nobody", "private_key": "nothing"},
            {"profile": "ci", "public_key": "sandbox+main@example.com/0001==",
             "private_key": "sandboxUcloudSecret000000000000000000001"}]"#,
    );
    let call = keyless(&clouds, ULB).env("UCLOUD_PROFILE", "ci");
    logs_in(&clouds, call, "sandbox+main");
    keyless(&clouds, ULB).run().expect(4);
    let unknown = keyless(&clouds, ULB)
        .env("UCLOUD_PROFILE", "cd")
        .run()
        .expect(3);
    let message = unknown.error()["message"].to_string();
    assert!(
        message.contains("'cd'") && message.contains("UCLOUD_PROFILE"),
        "{message}"
    );
}

#[test]
fn a_dry_run_fetches_nothing() {
    let clouds = Clouds::new();
    own(
        &clouds,
        "alibaba",
        &format!("credential_process = 'sh -c \"touch ran\"'\nrole_arn = '{ALIBABA_ROLE}'\n"),
    );
    let outcome = keyless(&clouds, CDN).arg("--dry-run").run().expect(0);
    assert_eq!(outcome.statuses(), ["planned"]);
    keyless(
        &clouds,
        &["config", "check", "--cloud=alibaba", "--dry-run"],
    )
    .run()
    .expect(0);
    assert!(!clouds.home().join("ran").exists());
    assert_eq!(clouds.log().len(), 0);
}
