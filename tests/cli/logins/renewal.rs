//! Keys that end while calls are made.

use std::collections::BTreeSet;

use serde_json::json;

use super::*;

fn domains(count: usize) -> String {
    (1..=count).map(|n| format!("w{n}.example.com\n")).collect()
}

fn role(clouds: &Clouds) {
    own(
        clouds,
        "alibaba",
        &format!(
            "access_key_id = 'LTAIsandboxMain00001'\naccess_key_secret = 'sandboxAlibabaSecret0000000001'\nrole_arn = '{ALIBABA_ROLE}'\n"
        ),
    );
}

/// A run over so many domains, a call for each.
fn run(clouds: &Clouds, count: usize, more: &[&str]) -> Outcome {
    let list = clouds.file("domains.txt", domains(count));
    let args = [
        "cdn",
        "set",
        "--no-preview",
        "--on",
        "--via=single",
        "--domains-file",
    ];
    keyless(clouds, &args).arg(list).args(more).run()
}

fn keys_used(clouds: &Clouds) -> BTreeSet<String> {
    let calls = clouds.calls("SetDomainServerCertificate");
    calls.into_iter().filter_map(|entry| entry.key_id).collect()
}

#[test]
fn keys_are_renewed_before_they_end() {
    // Good for 5 s, renewed after 4 s; 45 calls at 8 a second take longer.
    let clouds = Clouds::with(json!({"account": {"issued_seconds": 5}}));
    role(&clouds);
    let outcome = run(&clouds, 45, &["--rate=8"]).expect(0);
    assert!(outcome.statuses().iter().all(|status| status == "changed"));
    let assumed = clouds.calls("AssumeRole").len();
    assert!((2..=4).contains(&assumed), "{assumed}");
    assert_eq!(keys_used(&clouds).len(), assumed);
    let refused = clouds
        .log()
        .into_iter()
        .filter(|entry| entry.code.is_some());
    assert_eq!(refused.count(), 0, "{:#?}", clouds.log());
    assert!(!outcome.stderr.contains("warning"), "{outcome:#?}");
}

#[test]
fn calls_whose_token_has_expired_share_one_renewal() {
    for source in ["role", "instance", "uri"] {
        // Each pair is good for 20 calls; up to 16 are under way when it is used up.
        let account = json!({"issued_calls": 20, "unlimited_rate": true});
        let clouds = Clouds::with(json!({"account": account, "latency_ms": 20}));
        let action = match source {
            "role" => {
                role(&clouds);
                "AssumeRole"
            }
            "instance" => {
                own(&clouds, "alibaba", "instance_role = 'sandbox-instance'\n");
                "MetadataKeys"
            }
            _ => {
                let uri = format!(
                    "credentials_uri = '{}/credentials-uri'\n",
                    clouds.endpoint()
                );
                own(&clouds, "alibaba", &uri);
                "CredentialsURI"
            }
        };
        let outcome = run(&clouds, 50, &["--rate=1000"]).expect(0);
        assert!(outcome.statuses().iter().all(|status| status == "changed"));
        let calls = clouds.calls("SetDomainServerCertificate");
        let refused = calls.iter().filter(|entry| entry.code.is_some()).count();
        assert!(refused >= 2, "several at a time: {refused}");
        assert_eq!(calls.len(), 50 + refused, "each refused call once more");
        // A pair for each 20 calls that went through, and none besides.
        assert_eq!(clouds.calls(action).len(), 3, "{source}");
        assert_eq!(keys_used(&clouds).len(), 3, "{source}");
        nothing_secret(&outcome);
    }
}

#[test]
fn a_token_that_is_refused_again_ends_the_run() {
    let clouds = Clouds::with(json!({"account": {"issued_calls": 0}}));
    role(&clouds);
    let outcome = run(&clouds, 20, &[]).expect(4);
    assert_eq!(clouds.calls("AssumeRole").len(), 2);
    assert_eq!(clouds.calls("SetDomainServerCertificate").len(), 2);
    let document = outcome.json();
    let error = &document["results"][0]["error"];
    assert_eq!(error["code"], "InvalidSecurityToken.Expired");
    assert_eq!(error["attempts"], 2);
    assert_eq!(outcome.statuses()[1..], ["skipped"; 19]);

    let clouds = Clouds::with(json!({"account": {"issued_calls": 0}}));
    role(&clouds);
    run(&clouds, 1, &["--max-attempts=1"]).expect(4);
    assert_eq!(clouds.calls("AssumeRole").len(), 1, "one attempt is one");
}

#[test]
fn a_renewal_that_is_refused_ends_the_run_once_and_keeps_what_is_done() {
    let refusal = json!({"match": {"action": "AssumeRole", "nth": [2, 3, 4, 5, 6, 7, 8, 9]},
                         "do": {"code": "NoPermission", "http": 403}});
    let account = json!({"issued_calls": 20, "unlimited_rate": true});
    let clouds = Clouds::with(json!({"account": account, "faults": [refusal], "latency_ms": 20}));
    role(&clouds);
    let outcome = run(&clouds, 60, &["--rate=1000"]).expect(9);
    let statuses = outcome.statuses();
    let count = |wanted: &str| statuses.iter().filter(|status| *status == wanted).count();
    assert_eq!((statuses.len(), count("changed")), (60, 20), "{outcome:#?}");
    assert!(
        count("failed") <= 16 && count("skipped") >= 24,
        "{outcome:#?}"
    );
    assert_eq!(
        clouds.calls("AssumeRole").len(),
        2,
        "all hear of one refusal"
    );
    let document = outcome.json();
    let mut rows = document["results"].as_array().expect("rows").iter();
    let failed = rows.find(|row| row["status"] == "failed").expect("one");
    assert_eq!(failed["error"]["code"], "NoPermission");
    assert!(
        failed["error"]["message"]
            .to_string()
            .contains(ALIBABA_ROLE)
    );
}

#[test]
fn each_clouds_word_for_an_expired_token_is_understood() {
    let tencent = format!(
        "secret_id = 'AKIDsandboxMain0000000000000000001'\nsecret_key = 'sandboxTencentSecret000000000001'\nrole_arn = '{TENCENT_ROLE}'\n"
    );
    let ucloud = format!(
        "public_key = 'sandbox+main@example.com/0001=='\nprivate_key = 'sandboxUcloudSecret000000000000000000001'\nrole_urn = '{UCLOUD_ROLE}'\n"
    );
    for (cloud, table, args, code) in [
        ("tencent", tencent, SSL, "AuthFailure.TokenFailure"),
        ("ucloud", ucloud, ULB, "174"),
    ] {
        let expired =
            json!({"match": {"action": args_action(args), "nth": [1]}, "do": {"code": code}});
        let clouds = Clouds::with(json!({"faults": [expired]}));
        own(&clouds, cloud, &table);
        keyless(&clouds, args).run().expect(0);
        assert_eq!(clouds.calls("AssumeRole").len(), 2, "{cloud}");
    }
}

fn args_action(args: &[&str]) -> &'static str {
    match args[0] {
        "ssl" => "BatchDeleteCSR",
        _ => "UpdateSSLBinding",
    }
}

#[test]
fn ten_thousand_domains_outlast_their_token() {
    let account = json!({"issued_calls": 60, "unlimited_rate": true});
    let clouds = Clouds::with(json!({"account": account}));
    role(&clouds);
    let list = clouds.file("domains.txt", domains(10_000));
    let outcome = keyless(
        &clouds,
        &[
            "cdn",
            "set",
            "--no-preview",
            "--on",
            "--rate=1000",
            "--domains-file",
        ],
    )
    .arg(list)
    .run()
    .expect(0);
    assert_eq!(outcome.json()["summary"]["changed"], 10_000);
    assert!(clouds.calls("AssumeRole").len() >= 4);
}

#[test]
fn keys_that_are_still_good_are_used_while_no_new_ones_come() {
    // From the second on no keys are issued; the first are to be renewed after 4.8 s of their 6.
    let outage = json!({"match": {"action": "AssumeRole", "nth": [2, 3, 4, 5, 6]},
                        "do": {"code": "ServiceUnavailable", "http": 503}});
    let clouds = Clouds::with(json!({"account": {"issued_seconds": 6}, "faults": [outage]}));
    role(&clouds);
    // Whether the last ones are quick enough is not what is looked at.
    let outcome = run(&clouds, 44, &["--rate=8", "--max-attempts=1"]);
    let told = outcome
        .stderr
        .matches("could not renew the keys yet")
        .count();
    assert_eq!(told, 1, "{outcome:#?}");
    let log = clouds.log();
    let refused = |entry: &certctl::emulator::Entry| {
        entry.action.as_deref() == Some("AssumeRole") && entry.code.is_some()
    };
    let failed = log.iter().position(refused).expect("a renewal");
    assert!(
        log[failed..].iter().any(|entry| entry.applied),
        "{outcome:#?}"
    );
}

#[test]
fn a_clock_that_is_off_is_corrected_for_the_login_as_well() {
    let token_of = |clouds: &Clouds| {
        let token = oidc_token(clouds);
        format!(
            "role_arn = '{ALIBABA_ROLE}'\noidc_provider_arn = '{ALIBABA_PROVIDER}'\noidc_token_file = '{token}'\n"
        )
    };
    for offset in [1200, -1200, 400_000] {
        for oidc in [false, true] {
            let clouds = Clouds::with(json!({"clock_offset_seconds": offset}));
            match oidc {
                true => own(&clouds, "alibaba", &token_of(&clouds)),
                false => role(&clouds),
            }
            let outcome = keyless(&clouds, CDN).run().expect(0);
            assert_eq!(
                outcome.stderr.matches("warning: ").count(),
                1,
                "{outcome:#?}"
            );
            assert!(outcome.stderr.contains("clock"), "{outcome:#?}");
            let refused = clouds
                .log()
                .into_iter()
                .filter(|entry| entry.code.is_some());
            assert_eq!(refused.count(), 1, "only the first: {:#?}", clouds.log());
        }
        // Tencent Cloud: more than 5 minutes.
        let clouds = Clouds::with(json!({"clock_offset_seconds": offset / 3}));
        own(
            &clouds,
            "tencent",
            &format!(
                "secret_id = 'AKIDsandboxMain0000000000000000001'\nsecret_key = 'sandboxTencentSecret000000000001'\nrole_arn = '{TENCENT_ROLE}'\n"
            ),
        );
        let outcome = keyless(&clouds, SSL).run().expect(0);
        assert_eq!(
            outcome.stderr.matches("warning: ").count(),
            1,
            "{outcome:#?}"
        );
    }
}
