//! Nothing lies in `tests/` that nobody runs or reads.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders of cases of the vendors' SDKs, as `tests/peers/run.sh` goes through them.
const PEERS: &str = "tests/peers";

/// The fuzz targets, as `.ci/more fuzz` runs them.
const FUZZ: &str = "tests/fuzz";

/// Folders whose files tests read by name.
const DATA: [&str; 4] = ["tests/data", "tests/emulator", "tests/pki", "tests/vectors"];

/// What makes the files beside it, and is run by hand.
const MAKERS: [&str; 1] = ["tests/pki/make.sh"];

#[test]
fn every_test_file_is_run() {
    let all: BTreeSet<String> = files("tests", "rs").into_iter().collect();
    let mut run = BTreeSet::new();
    for target in fs::read_dir(at("tests")).expect("tests/") {
        let name = target.expect("an entry").file_name();
        let file = format!("tests/{}", name.to_str().expect("UTF-8"));
        if all.contains(&file) {
            modules(&file, "tests", &mut run);
            run.insert(file);
        }
    }
    // Fuzz targets are a workspace of their own, which the package goes without.
    if at(FUZZ).is_dir() {
        let manifest = text(&format!("{FUZZ}/Cargo.toml"));
        run.extend(files(FUZZ, "rs").into_iter().filter(|file| {
            let inside = file.strip_prefix(FUZZ).expect("below");
            manifest.contains(&format!("path = \"{}\"", inside.trim_start_matches('/')))
        }));
    }
    let forgotten: Vec<_> = all.difference(&run).collect();
    assert!(
        forgotten.is_empty(),
        "in no test target, so that nobody runs them: {forgotten:?}"
    );
}

#[test]
fn every_case_of_the_peers_is_played() {
    // The package goes without them.
    if !at(PEERS).is_dir() {
        return;
    }
    let script = text(&format!("{PEERS}/run.sh"));
    let played = script
        .lines()
        .find_map(|line| line.strip_prefix("for folder in ")?.strip_suffix("; do"));
    let played: BTreeSet<&str> = played
        .expect("a loop over the folders")
        .split(' ')
        .filter_map(|folder| folder.split(':').next())
        .collect();
    assert!(script.contains(r#"for file in "$here/$cases"/*.py; do"#));
    let mut count = 0;
    for file in files(PEERS, "py") {
        let inside = file
            .strip_prefix(PEERS)
            .expect("below")
            .trim_start_matches('/');
        match inside.split_once('/') {
            None => assert_eq!(inside, "peers.py", "no cases: nobody plays it"),
            // Virtual environments.
            Some((folder, _)) if folder.starts_with('.') => {}
            Some((folder, name)) => {
                count += 1;
                assert!(
                    played.contains(folder) && !name.contains('/'),
                    "{file}: nobody plays it"
                );
                assert!(
                    text(&file).contains("\ndef cases(peers):\n"),
                    "{file}: no cases"
                );
            }
        }
    }
    assert!(count > 8, "{count}");
}

#[test]
fn every_file_of_data_is_read() {
    let readers = files("tests", "rs").into_iter().chain(files("src", "rs"));
    let code: String = readers.map(|file| text(&file)).collect();
    let mut unread = Vec::new();
    for file in DATA.iter().flat_map(|folder| files(folder, "")) {
        let (_, name) = file.rsplit_once('/').expect("a folder");
        // A stem stands alone where one test goes through several forms of a file.
        let stem = name.split('.').next().unwrap_or(name);
        let named = [
            format!("{name}\""),
            format!("/{name}"),
            format!("\"{stem}\""),
            format!("\"{stem}."),
        ];
        let is_code = name.ends_with(".rs") || MAKERS.contains(&file.as_str());
        if !is_code && !named.iter().any(|name| code.contains(name)) {
            unread.push(file);
        }
    }
    assert!(unread.is_empty(), "no test reads them: {unread:?}");
}

/// The files of the modules that a file declares, and theirs; `folder` is where it has them.
fn modules(file: &str, folder: &str, found: &mut BTreeSet<String>) {
    let source = text(file);
    // Modules in braces around a line, as rustfmt indents them.
    let mut around: Vec<&str> = Vec::new();
    for line in source.lines() {
        let depth = (line.len() - line.trim_start().len()) / 4;
        if line.trim() == "}" && depth < around.len() {
            around.truncate(depth);
        }
        let line = line.trim_start().trim_start_matches("pub ");
        let Some(declared) = line.strip_prefix("mod ") else {
            continue;
        };
        if let Some(name) = declared.strip_suffix(" {") {
            around.truncate(depth);
            around.push(name);
        }
        let Some(name) = declared.strip_suffix(';') else {
            continue;
        };
        let inside = [&[folder], &around[..], &[name]].concat().join("/");
        for (file, folder) in [
            (format!("{inside}.rs"), inside.clone()),
            (format!("{inside}/mod.rs"), inside.clone()),
        ] {
            if at(&file).is_file() && found.insert(file.clone()) {
                modules(&file, &folder, found);
            }
        }
    }
}

/// The files below a folder whose names end so; all of them where `end` is empty.
fn files(folder: &str, end: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(at(&folder)).expect("a folder") {
            let entry = entry.expect("an entry");
            let path = format!("{folder}/{}", entry.file_name().to_str().expect("UTF-8"));
            match entry.file_type().expect("a type").is_dir() {
                true => folders.push(path),
                false if end.is_empty() => found.push(path),
                false if Path::new(&path).extension().is_some_and(|it| it == end) => {
                    found.push(path)
                }
                false => {}
            }
        }
    }
    found.sort();
    found
}

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn text(file: &str) -> String {
    fs::read_to_string(at(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}
