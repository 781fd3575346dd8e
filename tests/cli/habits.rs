//! Habits of a command line that every group has: help for a group alone, other tools' words, and what
//! `-q` leaves.

use certctl::cli::Cli;
use clap::CommandFactory;

use crate::support::{Call, Clouds};

/// The words that lead to each group, none for certctl itself.
fn groups() -> Vec<Vec<String>> {
    fn collect(command: &clap::Command, path: &[String], found: &mut Vec<Vec<String>>) {
        found.push(path.to_vec());
        for inner in command.get_subcommands().filter(|it| it.has_subcommands()) {
            collect(
                inner,
                &[path, &[inner.get_name().to_owned()]].concat(),
                found,
            );
        }
    }
    let mut root = Cli::command();
    root.build();
    let mut found = Vec::new();
    collect(&root, &[], &mut found);
    assert!(found.len() > 10);
    found
}

#[test]
fn a_group_alone_is_answered_with_its_help() {
    for group in groups() {
        let group: Vec<&str> = group.iter().map(String::as_str).collect();
        let help = Call::new(&group).arg("--help").run().expect(0).stdout;
        assert!(help.contains("Commands:"), "{help}");
        for flags in [&[][..], &["-q"], &["--profile", "cdn"], &["-o", "table"]] {
            let outcome = Call::new(&group).args(flags).unasked().run().expect(2);
            assert_eq!(outcome.stdout, "", "{group:?}");
            assert_eq!(outcome.stderr, help, "{group:?}");
            let outcome = Call::new(flags).args(&group).unasked().run().expect(2);
            assert_eq!(outcome.stderr, help, "{flags:?} {group:?}");
        }
        // Where JSON is asked for, it is JSON.
        let outcome = Call::new(&group).unasked().args(&["-o", "json"]).run();
        let outcome = outcome.expect(2);
        assert_eq!(outcome.error()["kind"], "usage");
        let name = ["certctl"]
            .iter()
            .chain(&group)
            .copied()
            .collect::<Vec<_>>();
        let hint = format!("see `{} --help`", name.join(" "));
        assert_eq!(outcome.error()["hint"], hint);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn on_a_terminal_the_help_of_a_group_is_an_answer() {
    use crate::support::terminal::Terminal;
    for words in ["", "cdn", "ssl csr", "-v ulb"] {
        let clouds = Clouds::new();
        let words: Vec<&str> = words.split_whitespace().collect();
        let Some(terminal) = Terminal::start(&clouds.certctl(&words)) else {
            return;
        };
        let outcome = terminal.end();
        let (status, shown) = (outcome.status, outcome.stdout);
        assert_eq!(status, 0, "{words:?}: {shown}");
        assert!(shown.contains("Commands:"), "{words:?}: {shown}");
        assert!(!shown.contains("error:"), "{words:?}: {shown}");
    }
}

#[test]
fn other_tools_words_are_understood() {
    let clouds = Clouds::new();
    for (words, command) in [
        (&["cdn", "ls"][..], "cdn list"),
        (&["-q", "cdn", "ls"], "cdn list"),
        (&["cdn", "get", "a.com"], "cdn show"),
        (&["cdn", "describe", "a.com"], "cdn show"),
        (&["ssl", "csr", "ls"], "ssl csr list"),
        (&["-o", "json", "ssl", "-q", "csr", "ls"], "ssl csr list"),
        (
            &["ssl", "csr", "rm", "--ids", "22", "--yes"],
            "ssl csr delete",
        ),
        (&["ulb", "ls"], "ulb list"),
        (&["config", "ls"], "config list"),
        (&["config", "describe"], "config show"),
    ] {
        let outcome = clouds.certctl(words).run().expect(0);
        assert_eq!(outcome.json()["command"], command, "{words:?}");
    }
    // A group's own command of that name is that one.
    let outcome = clouds.certctl(&["config", "get", "tencent.site"]).run();
    assert_eq!(outcome.expect(0).json()["command"], "config get");
    // Where the group lacks the command too, the word is none.
    for words in [
        &["cdn", "rm"][..],
        &["ls"],
        &["cert", "get"],
        &["config", "rm"],
    ] {
        let outcome = clouds.certctl(words).run().expect(2);
        let word = words.last().expect("a word");
        let message = format!("unrecognized subcommand '{word}'");
        assert_eq!(outcome.error()["message"], message, "{words:?}");
    }
}

#[test]
fn a_reading_word_is_not_led_to_a_change() {
    for (words, hint) in [
        (&["cdn", "gett"][..], "see `certctl cdn --help`"),
        (&["cdn", "see"], "see `certctl cdn --help`"),
        (&["cdn", "lits"], "did you mean `certctl cdn list`?"),
        (&["cdn", "sett"], "did you mean `certctl cdn set`?"),
        (&["ssl", "read"], "see `certctl ssl --help`"),
        (&["ssl", "renmae"], "did you mean `certctl ssl rename`?"),
    ] {
        let error = Call::new(words).run().expect(2).error();
        assert_eq!(error["hint"], hint, "{words:?}");
    }
}

/// `-q` is for progress and notes: what failed is told, in the same words as without it.
#[test]
fn quiet_hides_no_failure() {
    for (words, status) in [
        (
            &["cdn", "set", "--domains", "a.com,nosuch.test", "--on"][..],
            9,
        ),
        (&["cdn", "set", "--domains", "nosuch.test", "--on"], 5),
        (&["ssl", "csr", "delete", "--ids", "22,999", "--yes"], 9),
        (&["cdn", "show", "a.com", "nosuch.test"], 5),
        (&["cdn", "set", "--domains", "", "--on"], 2),
        (&["cdn", "nosuch"], 2),
        (&["config", "get", "output"], 5),
    ] {
        let told = |quiet: &[&str]| {
            let clouds = Clouds::new();
            let outcome = clouds.certctl(words).args(quiet).unasked().run();
            let lines = outcome.stderr.lines();
            let kept: Vec<String> = lines
                .filter(|line| line.starts_with("error:") || line.starts_with("hint:"))
                .map(str::to_owned)
                .collect();
            (outcome.status, kept, outcome.stderr)
        };
        let (loud, quiet) = (told(&[]), told(&["-q"]));
        assert_eq!(quiet.0, loud.0, "{words:?}");
        assert_eq!(quiet.0, status, "{words:?} {}", quiet.2);
        assert!(!quiet.1.is_empty(), "{words:?}: {}", quiet.2);
        assert_eq!(quiet.1, loud.1, "{words:?}");
        // And nothing else.
        assert_eq!(quiet.1.len(), quiet.2.lines().count(), "{}", quiet.2);
    }
}
