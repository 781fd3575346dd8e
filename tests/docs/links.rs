//! Links between the documents.

use super::super::{pages, path, read};

#[test]
fn links_lead_somewhere() {
    let mut dead = Vec::new();
    for page in pages().into_iter().chain([
        "CHANGELOG.md".to_owned(),
        ".github/CONTRIBUTING.md".to_owned(),
    ]) {
        let text = read(&page);
        let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
        for link in text.split("](").skip(1) {
            let target = link.split(')').next().unwrap_or_default();
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            if target.contains("://") {
                continue;
            }
            let linked = match file {
                "" => page.clone(),
                file => format!("{folder}/{file}")
                    .trim_start_matches('/')
                    .to_owned(),
            };
            if !path(&linked).exists() {
                dead.push(format!("{page}: {target}"));
            } else if !heading.is_empty() && !headings(&read(&linked)).any(|own| own == heading) {
                dead.push(format!("{page}: {target}: no such heading"));
            }
        }
    }
    assert!(
        dead.is_empty(),
        "links that lead nowhere:\n{}",
        dead.join("\n")
    );
}

/// The headings as links spell them.
fn headings(text: &str) -> impl Iterator<Item = String> + '_ {
    let lines = text.lines().filter(|line| line.starts_with('#'));
    lines.map(|line| {
        line.trim_start_matches('#')
            .trim()
            .to_lowercase()
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
            .map(|c| if c == ' ' { '-' } else { c })
            .collect()
    })
}
