//! Imports point down: the order of the layers stands in the head of `src/lib.rs`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What has neither clock, randomness, environment, files nor network, so that all of it can be
/// tested with values: each carries the attribute that makes clippy hold that (`.clippy.toml`).
const PURE: [&str; 18] = [
    "src/cert/mod.rs",
    "src/cloud.rs",
    "src/deploy/mod.rs",
    "src/domain.rs",
    "src/error.rs",
    "src/fault/mod.rs",
    "src/output/document.rs",
    "src/output/listing.rs",
    "src/output/grid.rs",
    "src/output/view.rs",
    "src/providers/mod.rs",
    "src/redact/mod.rs",
    "src/secret.rs",
    "src/sign/mod.rs",
    "src/transport/failure.rs",
    "src/transport/retry.rs",
    "src/transport/shown.rs",
    "src/transport/throttle.rs",
];

/// The layer that stands alone, and what it may know.
const ALONE: (&str, &str) = ("emulator", "cloud");

/// What talks to nobody: whoever calls it does.
const MUTE: (&str, &str) = ("products", "ui");

#[test]
fn imports_point_down() {
    let layers = layers(&source("src/lib.rs"));
    let mut offences = Vec::new();
    for file in rust_files(Path::new("src")) {
        let Some(module) = module_of(&file) else {
            continue;
        };
        let text = source(&file);
        for (line, other) in imports(&file, &text) {
            if !may_import(&layers, module.as_str(), &other) {
                offences.push(format!("{file}:{line}: {module} imports {other}"));
            }
        }
    }
    assert!(
        offences.is_empty(),
        "imports that do not point down:\n{}",
        offences.join("\n")
    );
}

#[test]
fn every_module_has_a_layer() {
    let lib = source("src/lib.rs");
    let layers = layers(&lib);
    let declared = lib.lines().filter_map(|line| {
        let name = line.trim_start_matches("pub ").strip_prefix("mod ")?;
        name.strip_suffix(';')
    });
    for module in declared {
        assert!(
            module == ALONE.0 || layers.contains_key(module),
            "{module} has no place in the list of layers in src/lib.rs"
        );
    }
}

#[test]
fn pure_modules_are_held_pure() {
    for file in PURE {
        assert!(
            source(file).contains("#![deny(clippy::disallowed_methods)]"),
            "{file} is pure and lacks #![deny(clippy::disallowed_methods)]"
        );
    }
}

/// What is told apart here has to be seen: each of these would be an upward import.
#[test]
fn upward_imports_are_seen() {
    let seen = |file: &str, text: &str| -> Vec<(usize, String)> { imports(file, text).collect() };
    let found = |line: usize, name: &str| vec![(line, name.to_owned())];
    assert_eq!(
        seen("src/sign/mod.rs", "\nuse crate::providers::spec;"),
        found(2, "providers")
    );
    assert_eq!(
        seen(
            "src/sign/mod.rs",
            "fn f() { crate::transport::nonce(); } // why"
        ),
        found(1, "transport")
    );
    assert_eq!(
        seen("src/sign/encode.rs", "use super::super::cli::Cli;"),
        found(1, "cli")
    );
    assert_eq!(
        seen("src/secret.rs", "use super::error;"),
        found(1, "error")
    );
    let group = "use crate::{cloud::{Cloud, Other}, cli};";
    let names: Vec<String> = imports("src/sign/mod.rs", group).map(|(_, n)| n).collect();
    assert_eq!(names, ["cloud", "cli"]);
    let quiet = "//! [`crate::cli`]\n/// crate::cli\n// crate::cli\npub(crate) fn f() {}\n\
                 #[cfg(test)]\nmod tests {\n    use super::*;\n}\n";
    assert_eq!(seen("src/secret.rs", quiet), []);
}

/// Name to height, 0 at the bottom. Layers that share a height do not know each other.
fn layers(lib: &str) -> BTreeMap<String, usize> {
    let head: String = lib
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .collect();
    let list = head
        .split_once("[`cloud`]")
        .and_then(|(_, rest)| rest.split_once('.'))
        .map(|(list, _)| format!("[`cloud`]{list}"))
        .expect("the list of layers in the head of src/lib.rs");
    let mut layers = BTreeMap::new();
    for (height, group) in list.split('·').enumerate() {
        for name in group.split("[`").skip(1) {
            let (name, _) = name.split_once("`]").expect("a closed link");
            layers.insert(name.to_owned(), height);
        }
    }
    assert!(layers.len() > 10, "only {layers:?} were found");
    layers
}

fn may_import(layers: &BTreeMap<String, usize>, from: &str, to: &str) -> bool {
    if from == to {
        return true;
    }
    if from == ALONE.0 {
        return to == ALONE.1;
    }
    match (layers.get(from), layers.get(to)) {
        _ if (from, to) == MUTE => false,
        (Some(from), Some(to)) => to < from,
        _ => false,
    }
}

/// The layer a file belongs to; none for what stands above them all.
fn module_of(file: &str) -> Option<String> {
    let path = file.strip_prefix("src/").expect("a file of src/");
    let first = path.split('/').next().expect("a name");
    let name = first.trim_end_matches(".rs");
    (!matches!(name, "lib" | "main" | "bin")).then(|| name.to_owned())
}

/// The modules of the crate's root that a text names, with their lines.
fn imports<'a>(file: &'a str, text: &'a str) -> impl Iterator<Item = (usize, String)> + 'a {
    let parts = file
        .trim_start_matches("src/")
        .trim_end_matches(".rs")
        .trim_end_matches("/mod");
    let depth = parts.split('/').count();
    let tests = text
        .find("\nmod tests {")
        .map_or(usize::MAX, |at| text[..at].matches('\n').count() + 1);
    text.lines().enumerate().flat_map(move |(index, line)| {
        let code = line.split("//").next().unwrap_or_default();
        let depth = depth + usize::from(index >= tests);
        let up = "super::".repeat(depth);
        let roots = code
            .match_indices("crate::")
            .map(|(at, word)| (at, word.len()));
        let climbs = code
            .match_indices(&up)
            .map(|(at, word)| (at, word.len()))
            .collect::<Vec<_>>();
        let names: Vec<String> = roots
            .chain(climbs)
            .flat_map(|(at, length)| names(&code[at + length..]))
            .collect();
        names.into_iter().map(move |name| (index + 1, name))
    })
}

/// The first names of what follows `crate::`, one or a group in braces.
fn names(rest: &str) -> Vec<String> {
    let name = |text: &str| -> String {
        text.trim_start()
            .chars()
            .take_while(|c| c.is_ascii_lowercase() || matches!(c, '_' | '0'..='9'))
            .collect()
    };
    let Some(group) = rest.strip_prefix('{') else {
        return Some(name(rest))
            .filter(|name| !name.is_empty())
            .into_iter()
            .collect();
    };
    let mut nested = 0;
    let mut items = vec![String::new()];
    for c in group.chars() {
        match c {
            '}' if nested == 0 => break,
            '{' => nested += 1,
            '}' => nested -= 1,
            ',' if nested == 0 => items.push(String::new()),
            c if nested == 0 => items.last_mut().expect("one").push(c),
            _ => {}
        }
    }
    items
        .iter()
        .map(|item| name(item))
        .filter(|name| !name.is_empty())
        .collect()
}

fn rust_files(folder: &Path) -> Vec<String> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder)).expect("a folder of the sources") {
            let entry = entry.expect("an entry");
            let path = folder.join(entry.file_name());
            match entry.file_type().expect("a type").is_dir() {
                true => folders.push(path),
                false if path.extension().is_some_and(|end| end == "rs") => {
                    files.push(path.to_str().expect("UTF-8").replace('\\', "/"));
                }
                false => {}
            }
        }
    }
    files.sort();
    files
}

fn source(file: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file);
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{file}: {error}"))
}
