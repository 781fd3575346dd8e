//! What the program depends on is what `deny.toml` lets it: licences, bans and sources. Advisories are
//! for the hosted workflow, for their database is not to be had everywhere.

use std::process::Command;

use serde_json::Value as Json;
use toml::Value as Toml;

fn rules() -> Toml {
    let text = std::fs::read_to_string("deny.toml").expect("deny.toml");
    toml::from_str(&text).expect("deny.toml is TOML")
}

/// Every package of the lock file, on any system.
fn packages() -> Vec<Json> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--offline", "--format-version=1"])
        .output()
        .expect("cargo runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let document: Json = serde_json::from_slice(&output.stdout).expect("JSON");
    document["packages"].as_array().expect("packages").clone()
}

fn strings<'t>(rules: &'t Toml, table: &str, key: &str) -> Vec<&'t str> {
    let list = rules[table][key].as_array().expect("a list");
    list.iter()
        .map(|item| item.as_str().expect("text"))
        .collect()
}

/// Whether one of the allowed licences will do for an expression. `WITH` and brackets do not ask for
/// more than their parts do here.
fn fits(expression: &str, allowed: &[&str]) -> bool {
    let plain = expression.replace(['(', ')'], " ").replace('/', " OR ");
    plain.split(" AND ").all(|part| {
        let mut choices = part.split(" OR ").map(str::trim);
        choices.any(|choice| allowed.contains(&choice))
    })
}

#[test]
fn licences_bans_and_sources_are_as_agreed() {
    let rules = rules();
    let allowed = strings(&rules, "licenses", "allow");
    let sources = strings(&rules, "sources", "allow-registry");
    let banned = rules["bans"]["deny"].as_array().expect("a list");
    let banned: Vec<&str> = banned
        .iter()
        .map(|ban| ban["crate"].as_str().expect("a name"))
        .collect();
    let mut offences = Vec::new();
    let packages = packages();
    assert!(packages.len() > 100, "only {} packages", packages.len());
    for package in packages {
        let name = package["name"].as_str().expect("a name");
        let licence = package["license"].as_str().unwrap_or_default();
        if !fits(licence, &allowed) {
            offences.push(format!("{name}: licence '{licence}'"));
        }
        if banned.contains(&name) {
            offences.push(format!("{name}: is banned"));
        }
        let source = package["source"].as_str();
        let known = source.is_none_or(|source| {
            source
                .strip_prefix("registry+")
                .is_some_and(|registry| sources.contains(&registry))
        });
        if !known {
            offences.push(format!("{name}: comes from {source:?}"));
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn licences_that_do_and_do_not() {
    let allowed = ["MIT", "Apache-2.0", "ISC"];
    for (expression, fit) in [
        ("MIT", true),
        ("MIT/Apache-2.0", true),
        ("GPL-3.0-only OR MIT", true),
        ("Apache-2.0 AND ISC", true),
        ("(MIT OR Apache-2.0) AND ISC", true),
        ("GPL-3.0-only", false),
        ("MIT AND GPL-3.0-only", false),
        ("", false),
    ] {
        assert_eq!(fits(expression, &allowed), fit, "{expression}");
    }
}

/// A tag can be moved to other code, a commit cannot.
#[test]
fn actions_are_pinned_to_commits() {
    // They are in the repository, not in the package.
    let Ok(workflows) = std::fs::read_dir(".github/workflows") else {
        return;
    };
    for entry in workflows {
        let path = entry.expect("a file").path();
        let text = std::fs::read_to_string(&path).expect("text");
        for line in text.lines() {
            let Some((_, used)) = line.split_once("uses: ") else {
                continue;
            };
            let pinned = used.split_once('@').and_then(|(_, rest)| {
                let (commit, version) = rest.split_once(" # v")?;
                let is_commit = commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit());
                (is_commit && !version.is_empty()).then_some(())
            });
            assert!(pinned.is_some(), "{}: {used}", path.display());
        }
    }
}
