//! `src/help.txt` is what clap would say, and certctl answers it.

use std::path::Path;
use std::process::Command;

use certctl::cli::Cli;
use clap::CommandFactory;

#[test]
fn the_help_that_is_kept_is_claps_own() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/help.txt");
    let says = |arg: &str| {
        let command = Cli::command().term_width(80);
        let answer = command.try_get_matches_from(["certctl", arg]);
        answer.expect_err("help ends the parsing").to_string()
    };
    let fresh = says("--help");
    if std::env::var_os("CERTCTL_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(&path, &fresh).expect("src/help.txt can be written");
    }
    let kept = std::fs::read_to_string(&path)
        .expect("src/help.txt")
        .replace("\r\n", "\n");
    assert_eq!(kept, fresh, "run CERTCTL_BLESS=1 cargo test --test help");
    assert_eq!(kept, says("-h"), "-h and --help have grown apart");
}

#[test]
fn help_and_version_are_answers() {
    let say = |arg: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_certctl"))
            .arg(arg)
            .output()
            .expect("it runs");
        assert!(output.status.success() && output.stderr.is_empty());
        String::from_utf8(output.stdout)
            .expect("UTF-8")
            .replace("\r\n", "\n")
    };
    assert_eq!(
        say("--help"),
        include_str!("../src/help.txt").replace("\r\n", "\n")
    );
    assert_eq!(say("-h"), say("--help"));
    assert_eq!(say("--version"), Cli::command().render_version());
    assert_eq!(say("-V"), say("--version"));
}
