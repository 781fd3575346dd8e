//! What the documents say is so: pages made from the code are fresh, every example runs, every
//! link leads somewhere. `CERTCTL_BLESS=1 cargo test --test docs` rewrites what is made.

mod docs {
    mod cli_page;
    #[cfg(unix)]
    mod examples;
    #[cfg(unix)]
    mod help_examples;
    mod json_page;
    mod links;
    mod manifests;
    mod permissions;
}

use std::fs;
use std::path::PathBuf;

/// The exit statuses, in words. `docs/cli.md` and `docs/exit-status.md` hold this table.
const EXIT_STATUSES: [(&str, &str); 19] = [
    ("0", "every target is as asked"),
    ("1", "another failure, or a question was answered with no"),
    ("2", "usage error: refused here, nothing sent"),
    (
        "3",
        "configuration or credentials missing or broken: nothing sent",
    ),
    (
        "4",
        "the cloud refused the identity: key, signature, clock or permission",
    ),
    ("5", "not found"),
    (
        "6",
        "the cloud refused the request: state, conflict, parameter or quota",
    ),
    (
        "7",
        "try later: throttled, busy, unavailable or no connection; no change is known",
    ),
    (
        "8",
        "certificate or key not usable (found here, or reported by the cloud)",
    ),
    (
        "9",
        "partly done: some targets are as asked, others are not",
    ),
    (
        "10",
        "outcome unknown: a request was sent and its result is not known",
    ),
    ("11", "local input or output failed"),
    ("20", "`plan --detailed-exitcode`: places would be changed"),
    (
        "21",
        "what is there is not what the plan says, and nothing is as asked",
    ),
    ("22", "a guard forbids it, and nothing is as asked"),
    ("70", "a bug in certctl"),
    ("129", "the terminal was closed (SIGHUP)"),
    ("130", "interrupted (SIGINT)"),
    ("143", "terminated (SIGTERM)"),
];

fn exit_status_table() -> String {
    let mut table = String::from("| status | meaning |\n|---|---|\n");
    for (status, meaning) in EXIT_STATUSES {
        table.push_str(&format!("| {status} | {meaning} |\n"));
    }
    table
}

#[test]
fn every_exit_status_is_in_the_table() {
    let told: Vec<u8> = EXIT_STATUSES
        .iter()
        .map(|(status, _)| status.parse().expect("a status"))
        .collect();
    for kind in certctl::fault::Kind::ALL {
        assert!(told.contains(&kind.exit()), "{kind:?}");
    }
    let page = read("docs/exit-status.md");
    assert!(
        page.contains(&exit_status_table()),
        "docs/exit-status.md lacks this table:\n{}",
        exit_status_table()
    );
}

fn path(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file)
}

/// A file of the repository; a checkout may have turned the line ends.
fn read(file: &str) -> String {
    fs::read_to_string(path(file))
        .unwrap_or_else(|error| panic!("{file}: {error}"))
        .replace("\r\n", "\n")
}

/// README.md and every page of docs/.
fn pages() -> Vec<String> {
    let folder = fs::read_dir(path("docs")).expect("docs/");
    let mut pages: Vec<String> = folder
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .filter(|name| name.ends_with(".md"))
        .map(|name| format!("docs/{name}"))
        .collect();
    pages.push("README.md".into());
    pages.sort();
    pages
}

/// Holds a file to what it ought to say, or rewrites it where that is asked for.
fn hold(file: &str, fresh: &str) {
    if std::env::var_os("CERTCTL_BLESS").is_some_and(|value| value == "1") {
        fs::write(path(file), fresh).unwrap_or_else(|error| panic!("{file}: {error}"));
        return;
    }
    let stands = match path(file).exists() {
        true => read(file),
        false => String::new(),
    };
    let lines = stands.lines().map(Some).chain(std::iter::repeat(None));
    let wanted = fresh.lines().map(Some).chain([None]);
    for (at, (line, wanted)) in lines.zip(wanted).enumerate() {
        assert_eq!(
            line,
            wanted,
            "{file} line {} is stale (left: the file, right: what the code says); \
             CERTCTL_BLESS=1 cargo test --test docs rewrites it",
            at + 1
        );
    }
}
