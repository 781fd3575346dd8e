//! What `--version` says of the commit, and `build.rs`, which finds it out.

#[allow(dead_code, clippy::print_stdout)]
#[path = "../build.rs"]
mod build;

use std::process::Command;

#[test]
fn a_version_names_its_commit_and_the_day() {
    let hash = "96c9796f0e1d2c3b4a5968778695a4b3c2d1e0f9";
    for (commit, seconds, expected) in [
        (
            Some(hash),
            Some(1_795_824_000),
            "0.1.0 (96c9796 2026-11-28)",
        ),
        (Some("96c9796"), Some(0), "0.1.0 (96c9796 1970-01-01)"),
        (Some(hash), None, "0.1.0 (96c9796)"),
        (None, Some(1_795_824_000), "0.1.0"),
        (None, None, "0.1.0"),
    ] {
        assert_eq!(build::version("0.1.0", commit, seconds), expected);
    }
}

#[test]
fn days_are_those_of_the_calendar() {
    for (seconds, expected) in [
        (-1, "1969-12-31"),
        (86_399, "1970-01-01"),
        (951_782_400, "2000-02-29"),
        (951_868_800, "2000-03-01"),
        (1_709_164_800, "2024-02-29"),
        (1_735_689_599, "2024-12-31"),
        (1_735_689_600, "2025-01-01"),
        (4_107_542_400, "2100-03-01"),
    ] {
        assert_eq!(build::day(seconds), expected, "{seconds}");
    }
}

/// Both binaries, in one line, with what git says here, or with the number alone where this is no
/// repository.
#[test]
fn the_version_is_that_of_the_repository() {
    let git = |args: &[&str]| {
        let folder = env!("CARGO_MANIFEST_DIR");
        let output = Command::new("git")
            .arg("-C")
            .arg(folder)
            .args(args)
            .output();
        let output = output.ok().filter(|output| output.status.success())?;
        Some(
            String::from_utf8(output.stdout)
                .expect("UTF-8")
                .trim()
                .to_owned(),
        )
    };
    let is_root = git(&["rev-parse", "--show-prefix"]).is_some_and(|prefix| prefix.is_empty());
    let number = env!("CARGO_PKG_VERSION");
    let expected = match is_root
        .then(|| git(&["log", "-1", "--format=%H %ct"]))
        .flatten()
    {
        Some(head) => {
            let (hash, seconds) = head.split_once(' ').expect("two words");
            let seconds: i64 = seconds.parse().expect("a number");
            let chrono = chrono::DateTime::from_timestamp(seconds, 0).expect("a time");
            format!("{number} ({} {})", &hash[..7], chrono.format("%Y-%m-%d"))
        }
        None => number.to_owned(),
    };
    for (binary, name) in [
        (env!("CARGO_BIN_EXE_certctl"), "certctl"),
        (env!("CARGO_BIN_EXE_certctl-sandbox"), "certctl-sandbox"),
    ] {
        for flag in ["--version", "-V"] {
            let output = Command::new(binary).arg(flag).output().expect("it runs");
            assert!(output.status.success() && output.stderr.is_empty());
            let said = String::from_utf8(output.stdout).expect("UTF-8");
            assert_eq!(said.replace("\r\n", "\n"), format!("{name} {expected}\n"));
        }
    }
}
