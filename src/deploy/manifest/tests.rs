use std::path::Path;

use proptest::prelude::*;
use serde_json::Value as Json;

use super::*;

mod written;

/// Of every kind of thing one; `refusals.txt` changes lines of it.
const SMALL: &str = r#"version = 1
[accounts.shop]
cloud = "alibaba"
[accounts.web]
cloud = "ucloud"
[accounts.edge]
cloud = "tencent"
[certificates.star]
cert = "a.pem"
[[certificates.star.on]]
account = "shop"
find = ["cdn"]
"#;

/// Every key.
const FULL: &str = r#"#:schema ./docs/schema/manifest-v1.json
version = 1
"$schema" = "manifest-v1.json"

[accounts.web]
cloud = "ucloud"
profile = "shop"
identity = "50123456"
project = "org-web001"
regions = ["cn-bj2", "cn-sh2"]

[accounts."the shop's"]
cloud = "alibaba"

[accounts.everywhere]
cloud = "ucloud"
regions = "all"

[accounts.edge]
cloud = "tencent"
site = "mainland"

[certificates.star]
cert = "live/fullchain.pem"
chain = "/etc/chain.pem"
key = "live/privkey.pem"
names = ["*.Shop.example.com", "bücher.example"]

[[certificates.star.on]]
account = "the shop's"
find = ["cdn", "ga"]
places = ["dcdn .A.com"]
except = ["cdn beta.shop.example.com"]
expect = "30..40"
lose = ["old.a.com"]

[[certificates.star.on]]
account = "web"
places = ["ulb ulb-a1/vserver-1", "ulb  alb-a1/als-1  default"]
expect = 2
wide = true
on = true

[certificates.alone]
cert = "alone.pem"
key = { env = "ALONE_KEY" }
on = [{ account = "web", find = ["ulb"], expect = "3" }]

[certificates.bought]
stored = { account = "edge", id = "12e45678" }
on = [{ account = "edge", places = ["ssl clb ap-guangzhou lb-1|lbl-1|a.com"] }]
"#;

/// The texts and verdicts of `refusals.txt`: what is changed, the error, the hint.
fn refusals() -> Vec<(String, String, String)> {
    let mut refusals = Vec::new();
    for case in include_str!("refusals.txt").split("\n\n").skip(1) {
        let lines = |mark: &str| -> String {
            let marked = case.lines().filter_map(|line| line.strip_prefix(mark));
            marked.collect::<Vec<_>>().join("\n")
        };
        let (from, to, hint) = (lines("- "), lines("+ "), lines("  "));
        if from.is_empty() {
            assert!(case.starts_with("== "), "{case}");
            continue;
        }
        assert!(SMALL.contains(&from), "{from}");
        let is_error = |line: &&str| line.starts_with(|c: char| c.is_ascii_digit());
        let error = case.lines().find(is_error).expect("an error");
        refusals.push((SMALL.replacen(&from, &to, 1), error.to_owned(), hint));
    }
    assert!(refusals.len() > 120);
    refusals
}

fn parse(text: &str) -> Result<Manifest, ManifestError> {
    Manifest::parse(text, Path::new(""))
}

/// The same content as JSON.
fn as_json(toml: &str) -> Option<String> {
    let table: Json = toml::from_str(toml).ok()?;
    Some(serde_json::to_string_pretty(&table).expect("JSON"))
}

#[test]
fn every_key_is_read() {
    let manifest = Manifest::parse(FULL, Path::new("/etc/certctl")).unwrap();
    let account = |name: &str, cloud| AccountEntry {
        name: name.into(),
        cloud,
        profile: None,
        identity: None,
        project: None,
        regions: Regions::Own,
        site: None,
    };
    let accounts = vec![
        AccountEntry {
            profile: Some("shop".into()),
            identity: Some("50123456".into()),
            project: Some("org-web001".into()),
            regions: Regions::These(vec!["cn-bj2".into(), "cn-sh2".into()]),
            ..account("web", Cloud::Ucloud)
        },
        account("the shop's", Cloud::Alibaba),
        AccountEntry {
            regions: Regions::All,
            ..account("everywhere", Cloud::Ucloud)
        },
        AccountEntry {
            site: Some(Site::Mainland),
            ..account("edge", Cloud::Tencent)
        },
    ];
    assert_eq!(manifest.accounts, accounts);
    let places =
        |texts: &[&str]| -> Vec<Place> { texts.iter().map(|text| text.parse().unwrap()).collect() };
    let block = |account: &str| Block {
        account: account.into(),
        find: vec![],
        places: vec![],
        except: vec![],
        expect: None,
        lose: vec![],
        wide: false,
        on: false,
    };
    let star = CertificateEntry {
        name: "star".into(),
        source: Source::Files {
            cert: "/etc/certctl/live/fullchain.pem".into(),
            chain: Some("/etc/chain.pem".into()),
            key: Some(KeySource::File("/etc/certctl/live/privkey.pem".into())),
        },
        names: vec!["*.shop.example.com".into(), "xn--bcher-kva.example".into()],
        on: vec![
            Block {
                find: vec!["cdn", "ga"],
                places: places(&["dcdn *.a.com"]),
                except: places(&["cdn beta.shop.example.com"]),
                expect: Some(30..=40),
                lose: vec!["old.a.com".into()],
                ..block("the shop's")
            },
            Block {
                places: places(&["ulb ulb-a1/vserver-1", "ulb alb-a1/als-1 default"]),
                expect: Some(2..=2),
                wide: true,
                on: true,
                ..block("web")
            },
        ],
    };
    let alone = CertificateEntry {
        name: "alone".into(),
        source: Source::Files {
            cert: "/etc/certctl/alone.pem".into(),
            chain: None,
            key: Some(KeySource::Env("ALONE_KEY".into())),
        },
        names: vec![],
        on: vec![Block {
            find: vec!["ulb"],
            expect: Some(3..=3),
            ..block("web")
        }],
    };
    let bought = CertificateEntry {
        name: "bought".into(),
        source: Source::Stored {
            account: "edge".into(),
            id: StoreId::parse("12e45678").unwrap(),
        },
        names: vec![],
        on: vec![Block {
            places: places(&["ssl clb ap-guangzhou lb-1|lbl-1|a.com"]),
            ..block("edge")
        }],
    };
    assert_eq!(manifest.certificates, [star, alone, bought]);
    assert_eq!(manifest.account("web"), accounts.first());
    assert_eq!(manifest.account("shop"), None);
}

#[test]
fn every_refusal_is_one_line_with_its_place() {
    for (text, error, hint) in refusals() {
        let refused = parse(&text).expect_err(&text);
        assert_eq!((refused.to_string(), refused.hint), (error, hint), "{text}");
    }
}

#[test]
fn json_is_refused_in_the_same_words() {
    // Of two lines that are named, JSON has others.
    let words = |message: &str| message.split(", on line ").next().map(str::to_owned);
    let mut compared = 0;
    for (text, error, _) in refusals() {
        let Some(json) = as_json(&text).filter(|_| !text.contains("2026-01-01")) else {
            continue;
        };
        let refused = parse(&json).expect_err(&json);
        let (_, message) = error.split_once(": ").expect("a place");
        assert_eq!(words(&refused.message), words(message), "{json}");
        compared += 1;
    }
    assert!(compared > 110, "{compared}");
}

#[test]
fn json_says_where() {
    for (text, expected) in [
        (
            "{\n \"version\": 2}",
            "2:13: version 2 is unknown: this certctl reads version 1",
        ),
        (" {}", "1:1: version is missing"),
        (
            "{\"version\": 1, \"é\": 0, \"version\": 1}",
            "1:24: this key is here twice",
        ),
        (
            "{\"version\": 1,\n  \"é\\n\\\"\": 0}",
            "2:3: unknown key \"é\\u000A\\\"\"",
        ),
        (
            "{\"version\": null}",
            "1:13: version must be a whole number, not null",
        ),
        (
            "{\"version\": 18446744073709551615}",
            "1:13: version must be a whole number, not a number that is too large",
        ),
        (
            "{\"version\": [], \"a\": [{}, {\"b\": []}, 1.5]}",
            "1:13: version must be a whole number, not a list",
        ),
        (
            "{\"version\": 1 \"b\"}",
            "1:15: this is not JSON: expected `,` or `}`",
        ),
        (
            "{\"version\": 1",
            "1:13: this is not JSON: EOF while parsing an object",
        ),
        (
            "{\"version\": 1}\n}",
            "2:1: this is not JSON: trailing characters",
        ),
        (
            "{\"version\": 1, \"accounts\": { }}",
            "1:16: accounts is empty",
        ),
    ] {
        let refused = parse(text).expect_err(text);
        assert_eq!(refused.to_string(), expected, "{text}");
    }
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_text() {
    assert_eq!(parse(&format!("\u{feff}{SMALL}")), parse(SMALL));
    let refused = parse("\u{feff}version = 2").unwrap_err();
    assert_eq!((refused.line, refused.column), (1, 11));
}

#[test]
fn toml_and_json_say_the_same() {
    // The tables of `toml` are sorted.
    let mut sorted = parse(FULL).unwrap();
    sorted.accounts.sort_by(|a, b| a.name.cmp(&b.name));
    sorted.certificates.sort_by(|a, b| a.name.cmp(&b.name));
    assert_eq!(parse(&as_json(FULL).unwrap()), Ok(sorted));
}

#[test]
fn no_depth_is_too_deep() {
    for text in [
        "a = ".to_owned() + &"[".repeat(100_000),
        "a = ".to_owned() + &"{ a = ".repeat(100_000),
        format!("version = 1\n{}a = 1", "a.".repeat(100_000)),
        format!("version = 1\n[{}a]", "a.".repeat(100_000)),
        "{\"a\": ".repeat(100_000),
        format!("{{\"a\": {}", "[".repeat(100_000)),
    ] {
        assert!(parse(&text).is_err());
    }
}

/// Wherever a key or a secret is pasted in, nothing of it is said.
#[test]
fn no_secret_is_repeated() {
    const BODY: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgt3Vx9qZ0pKf1h7Yz";
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{BODY}\n-----END PRIVATE KEY-----\n");
    let pasted = [
        format!("{pem:?}"),
        format!("'''{pem}'''"),
        format!("\"{pem}\""),
        pem.clone(),
        format!("\"{}\"", pem.replace('\n', " ")),
        format!("\"{BODY}AbCdEfGh0123\""),
        "\"sandboxAlibabaSecret0000000001\"".to_owned(),
        "[\"sandboxAlibabaSecret0000000001\"]".to_owned(),
        "{ sandboxAlibabaSecret0000000001 = \"cdn sandboxAlibabaSecret0000000001\" }".to_owned(),
        "[\"cdn sandboxAlibabaSecret0000000001/a\"]".to_owned(),
        format!("{{ env = {pem:?} }}"),
    ];
    let mut refused = 0;
    let values = FULL.lines().filter_map(|line| {
        let (key, value) = line.split_once(" = ")?;
        Some((key, value, line))
    });
    for (key, value, line) in values {
        for secret in &pasted {
            for text in [
                FULL.replacen(line, &format!("{key} = {secret}"), 1),
                FULL.replacen(value, &format!("{value}\n{secret} = 1"), 1),
            ] {
                let Err(error) = parse(&text) else { continue };
                refused += 1;
                let said = format!("{error} {}", error.hint);
                for part in ["MIGHAgEA", "t3Vx9qZ0", "sandboxAlibaba", "Secret00"] {
                    assert!(!said.contains(part), "{text}\n{said}");
                }
            }
        }
    }
    assert!(refused > 300, "{refused}");
}

/// Whether an error is a line that points into the text.
fn check(text: &str, outcome: Result<Manifest, ManifestError>) -> Result<(), TestCaseError> {
    let Err(error) = outcome else { return Ok(()) };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let line = text.split('\n').nth(error.line - 1);
    prop_assert!(line.is_some(), "{error}");
    let length = line.unwrap_or_default().chars().count();
    prop_assert!((1..=length + 1).contains(&error.column), "{error}");
    for said in [error.to_string(), error.hint] {
        prop_assert!(
            !said.is_empty() && !said.contains(char::is_control),
            "{said:?}"
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_is_too_odd(text in "\\PC{0,40}|[{\\[]?[\\x00-\\x7f\u{feff}é]{0,60}") {
        check(&text, parse(&text))?;
    }

    #[test]
    fn no_change_of_a_manifest_is_too_odd(
        as_toml in any::<bool>(),
        at in any::<prop::sample::Index>(),
        gone in 0..12usize,
        come in "[\\[\\]{}\"'=,.:#\\n a0-]{0,4}|\\PC{0,3}",
    ) {
        let json = as_json(FULL).unwrap();
        let text: Vec<char> = if as_toml { FULL } else { &json }.chars().collect();
        let at = at.index(text.len());
        let (before, after) = (&text[..at], &text[(at + gone).min(text.len())..]);
        let changed: String = before.iter().copied().chain(come.chars()).chain(after.iter().copied()).collect();
        check(&changed, parse(&changed))?;
    }
}
