//! `--profile` given more than once: the lists of several accounts in one answer.

use serde_json::{Value, json};

use crate::support::{Call, Clouds, private};

const ROLE: &str = "acs:ram::1234567890123456:role/sandbox";

/// Two accounts, `one` with a domain more than `two`, and a file with their profiles.
pub fn two() -> (Clouds, Clouds, String) {
    let one = Clouds::with(json!({"account": {"domains": ["one.test"]}}));
    let two = Clouds::new();
    let profile = |name: &str, clouds: &Clouds| {
        let keys: Vec<String> = clouds
            .env()
            .into_iter()
            .filter_map(|(variable, value)| {
                let (cloud, key) = match variable {
                    "ALIBABA_CLOUD_ACCESS_KEY_ID" => ("alibaba", "access_key_id"),
                    "ALIBABA_CLOUD_ACCESS_KEY_SECRET" => ("alibaba", "access_key_secret"),
                    "TENCENTCLOUD_SECRET_ID" => ("tencent", "secret_id"),
                    "TENCENTCLOUD_SECRET_KEY" => ("tencent", "secret_key"),
                    "UCLOUD_PUBLIC_KEY" => ("ucloud", "public_key"),
                    "UCLOUD_PRIVATE_KEY" => ("ucloud", "private_key"),
                    "UCLOUD_PROJECT_ID" => ("ucloud", "project_id"),
                    "UCLOUD_REGION" => ("ucloud", "region"),
                    _ => return None,
                };
                Some(format!("profiles.{name}.{cloud}.{key} = '{value}'\n"))
            })
            .collect();
        let endpoint = clouds.endpoint();
        let clouds = ["alibaba", "tencent", "ucloud"];
        let ends = clouds.map(|cloud| format!("profiles.{name}.{cloud}.endpoint = '{endpoint}'\n"));
        keys.concat() + &ends.concat()
    };
    let role = format!("profiles.one.alibaba.role_arn = '{ROLE}'\n");
    let text = profile("one", &one) + &role + &profile("two", &two);
    let file = one.file("profiles.toml", text);
    private(&file);
    let file = file.display().to_string();
    (one, two, file)
}

pub fn certctl(clouds: &Clouds, file: &str, words: &str) -> Call {
    let words: Vec<&str> = words.split(' ').collect();
    let call = Call::new(&[&words[..], &["--config", file]].concat());
    call.env("HOME", clouds.home())
}

fn rows(document: &Value, profile: &str) -> usize {
    let rows = document["results"].as_array().expect("results");
    rows.iter().filter(|row| row["profile"] == profile).count()
}

/// Every list and every `show`, with as many rows as both accounts have alone.
#[test]
fn lists_are_those_of_all_profiles() {
    let (one, two, file) = two();
    for words in [
        "cdn list",
        "cdn show a.com",
        "cdn certs",
        "dcdn list",
        "ga list",
        "ga show ga-bp1sandboxsecond0001",
        "cas list",
        "cas show 1234567",
        "ssl list",
        "ssl show example1",
        "ssl bindings example1",
        "ssl deployments list example1",
        "ssl csr list",
        "ssl csr show 101",
        "ulb list",
        "ulb certs",
    ] {
        let both = format!("{words} --profile one --profile two --profile one -o json");
        let document = certctl(&one, &file, &both).run().expect(0).json();
        for profile in ["one", "two"] {
            let alone = format!("{words} --profile {profile} -o json");
            let alone = certctl(&one, &file, &alone).run().expect(0).json();
            let count = alone["results"].as_array().expect("results").len();
            assert_eq!(rows(&document, profile), count, "{words}");
            assert!(alone["results"][0].get("profile").is_none(), "{words}");
        }
        assert_eq!(document["results"][0]["profile"], "one", "{words}");
        let command = document["command"].as_str().expect("a command");
        assert!(words.starts_with(command), "{words}: {command}");
    }
    assert!(!two.log().is_empty());
    let table = "cdn list --profile one --profile two -o table";
    let table = certctl(&one, &file, table).run().expect(0).stdout;
    assert!(table.starts_with("PROFILE  DOMAIN"), "{table}");
    assert!(table.contains("one      one.test"), "{table}");
}

/// A role is assumed once an account, however many calls there are.
#[test]
fn a_role_is_assumed_once_an_account() {
    let (one, two, file) = two();
    let words = "cdn list --page-size 2 --profile one --profile two";
    certctl(&one, &file, words).run().expect(0);
    assert_eq!(one.calls("AssumeRole").len(), 1);
    assert!(two.calls("AssumeRole").is_empty());
}

#[test]
fn a_failure_names_its_profile() {
    let (one, _two, file) = two();
    let words = "cdn show one.test --profile one --profile two -o json";
    let outcome = certctl(&one, &file, words).run().expect(5);
    let message = outcome.error()["message"].clone();
    let message = message.as_str().unwrap_or_default();
    assert!(
        message.starts_with("profile two: could not read one.test"),
        "{message}"
    );
    let words = "cdn list --profile one --profile none";
    let outcome = certctl(&one, &file, words).run().expect(3);
    assert!(outcome.stderr.contains("none"), "{}", outcome.stderr);
}

/// What changes something, or is no list, takes one.
#[test]
fn what_does_more_than_read_takes_one_profile() {
    let (one, two, file) = two();
    for words in [
        "cdn set --domains a.com --on",
        "cdn wait a.com",
        "ssl csr delete --ids 22 --yes",
        "ulb delete ssl-idle001 --yes",
        "api alibaba cdn DescribeUserDomains",
        "config show",
    ] {
        let words = format!("{words} --profile one --profile two");
        let outcome = certctl(&one, &file, &words).run().expect(2);
        assert!(outcome.stderr.contains("2 profiles"), "{}", outcome.stderr);
    }
    assert!(one.log().is_empty() && two.log().is_empty());
}

#[test]
fn a_dry_run_shows_the_calls_of_all() {
    let (one, two, file) = two();
    let words = "cdn list --profile one --profile two --dry-run -o json";
    let document = certctl(&one, &file, words).run().expect(0).json();
    let requests = document["requests"].as_array().expect("requests");
    let to = |clouds: &Clouds| {
        let at = clouds.endpoint();
        let here = |request: &&Value| {
            request["url"]
                .as_str()
                .is_some_and(|url| url.starts_with(&at))
        };
        requests.iter().filter(here).count()
    };
    assert_eq!((to(&one), to(&two)), (2, 2));
    assert!(one.log().is_empty() && two.log().is_empty());
}

/// Keys of the environment outrank those of every profile, which would be one account under two names.
#[test]
fn keys_of_the_environment_are_refused_beside_several_profiles() {
    let (one, _two, file) = two();
    let call = certctl(&one, &file, "cdn list --profile one --profile two");
    let call = call.env("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAI5tAnother");
    let call = call.env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "another-secret");
    let outcome = call.run().expect(3);
    let about = &outcome.stderr;
    assert!(
        about.contains("ALIBABA_CLOUD_ACCESS_KEY_ID overrides every profile"),
        "{about}"
    );
    assert!(one.log().is_empty());
}
