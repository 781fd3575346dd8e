//! The policies at the end of each group's page name every action that the group calls, and no other.

use std::collections::BTreeSet;
use std::fs;

use super::super::{path, read};

/// A page's part with two policies: its heading, the provider's files, the prefix of its actions,
/// and what else it needs (`+` only to change something).
struct Policies {
    page: &'static str,
    heading: &'static str,
    files: &'static [&'static str],
    prefix: &'static str,
    beside: &'static [&'static str],
}

const POLICIES: [Policies; 6] = [
    Policies {
        page: "docs/cdn.md",
        heading: "## Permissions\n",
        files: &["src/providers/alibaba/cdn"],
        prefix: "cdn:",
        beside: &[],
    },
    Policies {
        page: "docs/cdn.md",
        heading: "### Permissions for DCDN\n",
        files: &["src/providers/alibaba/cdn"],
        prefix: "dcdn:",
        beside: &[],
    },
    Policies {
        page: "docs/ga.md",
        heading: "## Permissions\n",
        files: &["src/providers/alibaba/ga"],
        prefix: "ga:",
        beside: &[
            "yundun-cert:GetUserCertificateDetail",
            "+yundun-cert:GetCertificateDetail",
            "+yundun-cert:ListUserCertificateOrder",
            "+yundun-cert:UploadUserCertificate",
        ],
    },
    Policies {
        page: "docs/cas.md",
        heading: "## Permissions\n",
        files: &["src/providers/alibaba/cas.rs"],
        prefix: "yundun-cert:",
        beside: &[],
    },
    Policies {
        page: "docs/ssl.md",
        heading: "## Permissions\n",
        files: &["src/providers/tencent/ssl"],
        prefix: "ssl:",
        beside: &["+teo:ModifyHostsCertificate"],
    },
    Policies {
        page: "docs/ulb.md",
        heading: "## Permissions\n",
        files: &["src/providers/ucloud/ulb"],
        prefix: "",
        beside: &[],
    },
];

/// A read that hands out a private key: not for a key that only reads.
const HANDS_OUT_A_KEY: &str = "DownloadCertificate";

/// CDN reads a certificate by its number; the call by name is DCDN's alone.
const OF_THE_TWIN: &str = "DescribeCdnCertificateDetail";

#[test]
fn policies_name_what_the_commands_call() {
    for part in &POLICIES {
        let mut reads = BTreeSet::new();
        let mut all = BTreeSet::new();
        for (action, is_read) in part.files.iter().flat_map(|file| actions(file)) {
            let Some(action) = renamed(part.prefix, &action) else {
                continue;
            };
            if is_read && action != HANDS_OUT_A_KEY {
                reads.insert(format!("{}{action}", part.prefix));
            }
            all.insert(format!("{}{action}", part.prefix));
        }
        assert!(!reads.is_empty(), "{}: no actions found", part.page);
        for other in part.beside {
            if !other.starts_with('+') {
                reads.insert((*other).to_owned());
            }
            all.insert(other.trim_start_matches('+').to_owned());
        }
        let place = format!("{}, {}", part.page, part.heading.trim_end());
        let [reading, changing] = policies(&read(part.page), part.heading);
        assert_eq!(reading, reads, "{place}: to read only");
        assert_eq!(changing, all, "{place}: to read and change");
    }
}

/// The name of an action of CDN's in this product; none where it does not call it.
fn renamed(prefix: &str, action: &str) -> Option<String> {
    match prefix {
        "dcdn:" => {
            let table = read("src/providers/alibaba/dcdn.rs");
            let words: Vec<&str> = table.split('"').skip(1).step_by(2).collect();
            let at = words.iter().position(|word| *word == action)?;
            Some(words[at + 1].to_owned())
        }
        _ if action == OF_THE_TWIN => None,
        _ => Some(action.to_owned()),
    }
}

/// The actions that a provider's file, or those of its folder, declare, and whether each only reads.
fn actions(file: &str) -> Vec<(String, bool)> {
    let place = path(file);
    if place.is_dir() {
        let entries = fs::read_dir(place).expect("a folder");
        let names = entries.map(|one| one.expect("an entry").file_name());
        return names
            .flat_map(|name| actions(&format!("{file}/{}", name.to_str().expect("UTF-8"))))
            .collect();
    }
    let text = read(file);
    let mut found = Vec::new();
    for part in text.split("const ACTION: &'static str = \"").skip(1) {
        let effect = part.split("const EFFECT: Effect = Effect::").nth(1);
        let effect = effect.unwrap_or_else(|| panic!("{file}: an action without an effect"));
        let action = part.split('"').next().unwrap_or_default();
        found.push((action.to_owned(), effect.starts_with("Read;")));
    }
    for part in text.split("operation!(").skip(1) {
        let mut words = part.split(',').map(str::trim);
        let (action, effect) = (words.next(), words.next());
        found.push((
            action.unwrap_or_default().to_owned(),
            effect == Some("Read"),
        ));
    }
    let lists = text.split(": \"DescribeHost").skip(1);
    found.extend(lists.map(|part| {
        let rest = part.split('"').next().unwrap_or_default();
        (format!("DescribeHost{rest}"), true)
    }));
    found
}

/// The actions of the two fences after a heading: JSON, or a list with one a line.
fn policies(page: &str, heading: &str) -> [BTreeSet<String>; 2] {
    let (_, after) = page.split_once(heading).expect("the heading");
    let mut fences = after.split("```").skip(1).step_by(2).map(|fence| {
        let (language, body) = fence.split_once('\n').expect("a body");
        match language {
            "json" => {
                let policy: serde_json::Value = serde_json::from_str(body).expect("JSON");
                let statement = policy.get("Statement").or(policy.get("statement"));
                let statement = &statement.expect("a statement")[0];
                let actions = statement.get("Action").or(statement.get("action"));
                let actions = actions.and_then(|list| list.as_array()).expect("actions");
                let names = actions.iter().filter_map(|one| one.as_str());
                names.map(str::to_owned).collect()
            }
            _ => body.lines().map(str::to_owned).collect(),
        }
    });
    [
        fences.next().expect("a policy to read"),
        fences.next().expect("a policy to change"),
    ]
}
