//! Manifests: those in the documents are read, and the schema says what certctl says.

use std::path::Path;

use certctl::deploy::Manifest;
use regex::Regex;
use serde_json::{Map, Value as Json};

use super::super::{pages, read};

const SCHEMA: &str = "docs/schema/manifest-v1.json";

/// What the schema is checked against beside the documents: every key, each in its other forms.
const MORE: [&str; 2] = [
    r#"
version = 1
"$schema" = "manifest-v1.json"
[accounts."the shop's"]
cloud = "tencent"
site = "mainland"
[accounts.web]
cloud = "ucloud"
regions = "all"
[certificates.a]
cert = "a.pem"
chain = "chain.pem"
key = { env = "A_KEY" }
on = [{ account = "web", find = ["ulb"], expect = 0, lose = ["bücher.example", ".a.com"] }]
[certificates.b]
stored = { account = "the shop's", id = "12e45678" }
names = ["*.b.com"]
[[certificates.b.on]]
account = "the shop's"
find = ["ssl"]
places = ["ssl clb ap-guangzhou lb-1|lbl-1|a.com", "  ssl  cdn  a.com"]
expect = "3"
wide = true
on = false
"#,
    r#"{"version": 1, "accounts": {"a": {"cloud": "alibaba"}}, "certificates":
        {"c": {"cert": "c", "on": [{"account": "a", "find": ["dcdn", "ga"], "except": ["ga a/l default"]}]}}}"#,
];

#[test]
fn manifests_in_the_documents_are_manifests() {
    let mut found = 0;
    for page in pages() {
        for fence in read(&page).split("```toml\n").skip(1) {
            let text = fence.split("\n```").next().expect("a text");
            if !(text.contains("version = 1") && text.contains("[accounts.")) {
                continue;
            }
            found += 1;
            let parsed = Manifest::parse(text, Path::new(""));
            parsed.unwrap_or_else(|error| panic!("{page}: {error}; {}", error.hint));
            assert_eq!(flaw(&json_of(text)), None, "{page}");
        }
    }
    assert!(found > 0, "no page has a manifest");
}

/// The error that docs/manifest.md shows.
#[test]
fn the_error_of_the_page_is_real() {
    let page = read("docs/manifest.md");
    let example = page.split("```toml\n").nth(1).expect("an example");
    let text = example.split("\n```").next().expect("a text");
    let refused = Manifest::parse(&text.replace("\nnames =", "\nnams ="), Path::new(""));
    let refused = refused.expect_err("an unknown key");
    let shown = format!("error: certs.toml:{refused}\nhint: {}\n", refused.hint);
    assert!(page.contains(&shown), "{shown}");
}

#[test]
fn the_schema_lets_through_what_is_read() {
    for text in MORE {
        Manifest::parse(text, Path::new("")).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(flaw(&json_of(text)), None, "{text}");
    }
}

#[test]
fn the_schema_refuses_what_is_refused() {
    let tests = read("src/deploy/manifest/tests.rs");
    let small = tests.split("const SMALL: &str = r#\"").nth(1);
    let small = small.and_then(|rest| rest.split("\"#").next());
    let small = small.expect("the manifest that is changed");
    let mut refused = 0;
    for part in read("src/deploy/manifest/refusals.txt")
        .split("\n== ")
        .skip(1)
    {
        let (title, cases) = part.split_once("\n\n").expect("cases");
        let expected = match title {
            "what the schema refuses too" => true,
            "what the schema cannot tell" => false,
            _ => continue,
        };
        for case in cases.split("\n\n") {
            let lines = |mark: &str| -> String {
                let marked = case.lines().filter_map(|line| line.strip_prefix(mark));
                marked.collect::<Vec<_>>().join("\n")
            };
            let document = json_of(&small.replacen(&lines("- "), &lines("+ "), 1));
            assert_eq!(flaw(&document).is_some(), expected, "{case}");
            refused += usize::from(expected);
        }
    }
    assert!(refused > 90, "{refused}");
}

/// Each object of the schema knows the keys that certctl lists where one is unknown.
#[test]
fn the_schema_has_every_key() {
    let schema = schema();
    let keys = |pointer: &str| -> Vec<String> {
        let of = schema
            .pointer(pointer)
            .and_then(|of| of["properties"].as_object());
        let mut keys: Vec<String> = of.expect("keys").keys().cloned().collect();
        keys.sort_unstable();
        keys
    };
    let page = read("docs/manifest.md");
    for (pointer, text) in [
        ("", "version = 1\nqqq = 1"),
        ("/$defs/account", "version = 1\n[accounts.a]\nqqq = 1"),
        (
            "/$defs/certificate",
            "version = 1\n[accounts.a]\ncloud = 'alibaba'\n[certificates.c]\nqqq = 1",
        ),
        (
            "/$defs/block",
            "version = 1\n[accounts.a]\ncloud = 'alibaba'\n[certificates.c]\ncert = 'c'\non = [{ qqq = 1 }]",
        ),
    ] {
        let refused = Manifest::parse(text, Path::new("")).expect_err("an unknown key");
        let known = refused.hint.strip_prefix("known keys: ");
        let known = known.unwrap_or_else(|| panic!("{refused}; {}", refused.hint));
        let mut known: Vec<&str> = known.split(", ").collect();
        known.sort_unstable();
        assert_eq!(known, keys(pointer));
        for key in known {
            let told = [format!("| `{key}` |"), format!("| `{key}.NAME` |")];
            let is_told = told.iter().any(|row| page.contains(row));
            assert!(is_told, "docs/manifest.md does not tell of {key}");
        }
    }
}

fn schema() -> Json {
    serde_json::from_str(&read(SCHEMA)).expect("JSON")
}

fn json_of(text: &str) -> Json {
    match text.trim_start().starts_with('{') {
        true => serde_json::from_str(text).expect("JSON"),
        false => toml::from_str(text).expect("TOML"),
    }
}

/// What is wrong with a manifest by the schema.
fn flaw(document: &Json) -> Option<String> {
    let schema = schema();
    refuse(&schema, &schema, document).err()
}

/// JSON Schema (draft 2020-12), as far as this schema uses it: a keyword that is not known here fails
/// the test. <https://json-schema.org/draft/2020-12/json-schema-validation>
fn refuse(root: &Json, schema: &Json, value: &Json) -> Result<(), String> {
    let keywords = match schema {
        Json::Bool(true) => return Ok(()),
        Json::Bool(false) => return Err(format!("{value} has no place here")),
        Json::Object(keywords) => keywords,
        other => panic!("{other} is no schema"),
    };
    for (keyword, rule) in keywords {
        let fits = match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" | "else" => true,
            "$ref" => {
                let pointer = rule.as_str().and_then(|text| text.strip_prefix('#'));
                let other = pointer.and_then(|pointer| root.pointer(pointer));
                refuse(root, other.expect("a definition"), value)?;
                true
            }
            "if" => {
                let is_so = refuse(root, rule, value).is_ok();
                if let (false, Some(other)) = (is_so, keywords.get("else")) {
                    refuse(root, other, value)?;
                }
                true
            }
            "allOf" => {
                for one in list(rule) {
                    refuse(root, one, value)?;
                }
                true
            }
            "anyOf" => list(rule)
                .iter()
                .any(|one| refuse(root, one, value).is_ok()),
            "oneOf" => {
                let fitting = list(rule).iter();
                fitting
                    .filter(|one| refuse(root, one, value).is_ok())
                    .count()
                    == 1
            }
            "const" => same(rule, value),
            "enum" => list(rule).contains(value),
            "type" => is_a(rule.as_str().expect("a type"), value),
            _ => match value {
                Json::String(text) => of_text(keyword, rule, text),
                Json::Array(items) => of_list(root, keyword, rule, items)?,
                Json::Object(members) => of_object(root, keywords, keyword, rule, members)?,
                _ => keyword != "minimum" || value.as_f64() >= rule.as_f64(),
            },
        };
        if !fits {
            return Err(format!("{value} breaks {keyword} {rule}"));
        }
    }
    Ok(())
}

const OF_TEXT: [&str; 2] = ["minLength", "pattern"];
const OF_LISTS: [&str; 3] = ["minItems", "uniqueItems", "items"];
const OF_OBJECTS: [&str; 6] = [
    "required",
    "properties",
    "additionalProperties",
    "propertyNames",
    "minProperties",
    "dependentRequired",
];

/// Of another kind of value than this, so that it says nothing.
fn is_elsewhere(keyword: &str) -> bool {
    let all = [&OF_TEXT[..], &OF_LISTS, &OF_OBJECTS, &["minimum"]].concat();
    assert!(all.contains(&keyword), "the keyword {keyword} is not known");
    true
}

fn of_text(keyword: &str, rule: &Json, text: &str) -> bool {
    match keyword {
        "minLength" => text.chars().count() as u64 >= number(rule),
        "pattern" => {
            let pattern = Regex::new(rule.as_str().expect("a pattern")).expect("a pattern");
            pattern.is_match(text)
        }
        other => is_elsewhere(other),
    }
}

fn of_list(root: &Json, keyword: &str, rule: &Json, items: &[Json]) -> Result<bool, String> {
    Ok(match keyword {
        "minItems" => items.len() as u64 >= number(rule),
        "uniqueItems" => (1..items.len()).all(|at| !items[..at].contains(&items[at])),
        "items" => {
            for item in items {
                refuse(root, rule, item)?;
            }
            true
        }
        other => is_elsewhere(other),
    })
}

fn of_object(
    root: &Json,
    keywords: &Map<String, Json>,
    keyword: &str,
    rule: &Json,
    members: &Map<String, Json>,
) -> Result<bool, String> {
    let has_all = |names: &Json| {
        let mut names = list(names).iter().filter_map(Json::as_str);
        names.all(|name| members.contains_key(name))
    };
    Ok(match keyword {
        "required" => has_all(rule),
        "minProperties" => members.len() as u64 >= number(rule),
        "properties" => {
            for (name, inner) in rule.as_object().expect("properties") {
                if let Some(value) = members.get(name) {
                    refuse(root, inner, value)?;
                }
            }
            true
        }
        "additionalProperties" => {
            let own = keywords.get("properties").and_then(Json::as_object);
            for (name, value) in members {
                if own.is_none_or(|own| !own.contains_key(name)) {
                    refuse(root, rule, value)?;
                }
            }
            true
        }
        "propertyNames" => {
            for name in members.keys() {
                refuse(root, rule, &Json::String(name.clone()))?;
            }
            true
        }
        "dependentRequired" => {
            let rules = rule.as_object().expect("rules").iter();
            rules
                .filter(|(name, _)| members.contains_key(*name))
                .all(|(_, others)| has_all(others))
        }
        other => is_elsewhere(other),
    })
}

fn is_a(kind: &str, value: &Json) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        other => panic!("the type {other} is not known"),
    }
}

/// Numbers are compared by what they are: 1.0 is 1.
fn same(one: &Json, other: &Json) -> bool {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

fn list(rule: &Json) -> &Vec<Json> {
    rule.as_array().expect("a list")
}

fn number(rule: &Json) -> u64 {
    rule.as_u64().expect("a number")
}
