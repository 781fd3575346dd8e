//! Tells the program which commit it is made from: `CERTCTL_VERSION` is `0.1.0 (96c9796 2026-11-28)`,
//! and `0.1.0` where there is no repository, as in a package.
//!
//! `CERTCTL_COMMIT` and `SOURCE_DATE_EPOCH` outrank the repository, so that a release can be built
//! again to the byte: <https://reproducible-builds.org/docs/source-date-epoch/>.

use std::env;
use std::path::Path;
use std::process::Command;

/// How much of a commit's hash is shown. `git rev-parse --short` shows more where more objects are
/// at hand, and a shallow clone would say something else than a full one.
const SHOWN: usize = 7;

/// What git changes when HEAD moves. A branch that only stands in `packed-refs` gets a file of its
/// own with the next commit; the log of HEAD tells that.
const WATCHED: [&str; 3] = ["HEAD", "logs/HEAD", "packed-refs"];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    for variable in ["CERTCTL_COMMIT", "SOURCE_DATE_EPOCH"] {
        println!("cargo:rerun-if-env-changed={variable}");
    }
    let repository = repository();
    let head = |format: &str| {
        let format = format!("--format={format}");
        repository.then(|| git(&["log", "-1", "--no-show-signature", &format]))?
    };
    let given = |variable: &str| env::var(variable).ok().filter(|value| !value.is_empty());
    let commit = given("CERTCTL_COMMIT").or_else(|| head("%H"));
    let seconds = given("SOURCE_DATE_EPOCH").or_else(|| head("%ct"));
    let package = env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let seconds = seconds.and_then(|seconds| seconds.parse().ok());
    let version = version(&package, commit.as_deref(), seconds);
    println!("cargo:rustc-env=CERTCTL_VERSION={version}");
}

/// Whether this folder is the root of a repository, and not one that lies in somebody else's:
/// `cargo package` unpacks below `target/`. Asks cargo to run this again when HEAD moves.
fn repository() -> bool {
    // Git answers an empty line at the root, and the way down from it elsewhere.
    if !git(&["rev-parse", "--show-prefix"]).is_some_and(|prefix| prefix.is_empty()) {
        return false;
    }
    let branch = git(&["symbolic-ref", "--quiet", "HEAD"]);
    for name in WATCHED.into_iter().chain(branch.as_deref()) {
        // A file that is not there would make cargo run this each time.
        if let Some(path) = git(&["rev-parse", "--git-path", name])
            && Path::new(&path).exists()
        {
            println!("cargo:rerun-if-changed={path}");
        }
    }
    true
}

/// What git prints, without the line's end; nothing where it fails or is not installed.
fn git(args: &[&str]) -> Option<String> {
    let output = Command::new("git").args(args).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// The version with the commit, if it is known, and its day.
pub(crate) fn version(package: &str, commit: Option<&str>, seconds: Option<i64>) -> String {
    let Some(commit) = commit else {
        return package.to_owned();
    };
    let shown: String = commit.chars().take(SHOWN).collect();
    match seconds {
        Some(seconds) => format!("{package} ({shown} {})", day(seconds)),
        None => format!("{package} ({shown})"),
    }
}

/// The day in UTC that Unix seconds are in:
/// <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>.
pub(crate) fn day(seconds: i64) -> String {
    let days = seconds.div_euclid(86_400) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    // Counted from March on, so that a leap day is the last one of its year.
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}
