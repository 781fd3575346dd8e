//! `docs/json.md`: every key that a document can have is described, and every key that is
//! described is shown by a document there, which `examples` holds to be real.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::read;

/// Keys whose members are not ours: what the clouds are sent.
const THEIRS: [&str; 2] = ["requests[].headers", "requests[].params"];

#[test]
fn json_md_describes_every_key() {
    let page = read("docs/json.md");
    let mut used = BTreeSet::new();
    for document in documents(&page) {
        keys(&document, "", &mut used);
    }
    let described: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .filter(|key| {
            key.chars()
                .all(|c| c.is_ascii_lowercase() || "_.[]".contains(c))
        })
        .map(str::to_owned)
        .collect();
    let missing: Vec<_> = used.difference(&described).collect();
    let unseen: Vec<_> = described.difference(&used).collect();
    assert!(
        missing.is_empty(),
        "docs/json.md does not describe {missing:?}"
    );
    assert!(
        unseen.is_empty(),
        "no document of docs/json.md has {unseen:?}"
    );
}

/// The documents that the page's commands print.
fn documents(page: &str) -> Vec<Value> {
    let mut documents = Vec::new();
    let mut text = String::new();
    for line in page.lines() {
        if text.is_empty() && !line.starts_with('{') {
            continue;
        }
        text.push_str(line);
        text.push('\n');
        if let Ok(document) = serde_json::from_str(&text) {
            documents.push(document);
            text.clear();
        }
    }
    assert!(
        text.is_empty(),
        "a document of docs/json.md does not end:\n{text}"
    );
    documents
}

/// The paths of a document's keys: `results[].error.kind`.
fn keys(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) if !THEIRS.contains(&path) => {
            for (name, member) in members {
                let path = match path {
                    "" => name.clone(),
                    path => format!("{path}.{name}"),
                };
                found.insert(path.clone());
                keys(member, &path, found);
            }
        }
        Value::Array(items) => {
            for item in items {
                keys(item, &format!("{path}[]"), found);
            }
        }
        _ => {}
    }
}
