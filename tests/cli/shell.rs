//! `certctl completions` and `certctl man`

use std::process::{Command, Stdio};

use crate::support::Call;

/// Whether a program takes the text; `None` where there is no such program.
fn taken_by(program: &str, args: &[&str], text: &str) -> Option<bool> {
    use std::io::Write;
    let child = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.ok()?;
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(text.as_bytes()).expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    Some(output.status.success() && output.stderr.is_empty())
}

#[test]
fn every_shell_gets_a_script_with_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let outcome = Call::new(&["completions", shell]).run().expect(0);
        assert_eq!(outcome.stderr, "", "{shell}");
        for word in [
            "attach",
            "replace",
            "domains-file",
            "client-token",
            "whole-project",
        ] {
            assert!(outcome.stdout.contains(word), "{shell}: {word}");
        }
        let program = if shell == "powershell" { "pwsh" } else { shell };
        let check: &[&str] = match shell {
            "bash" | "zsh" | "fish" => &["-n"],
            _ => continue,
        };
        assert_ne!(
            taken_by(program, check, &outcome.stdout),
            Some(false),
            "{shell}"
        );
    }
    let outcome = Call::new(&["completions", "tcsh"]).run().expect(2);
    let error = outcome.error();
    let message = error["message"].as_str().expect("a message");
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        assert!(message.contains(shell), "{message}");
    }
    Call::new(&["completions"]).run().expect(2);
}

#[cfg(unix)]
#[test]
fn bash_completes_with_the_script() {
    let script = Call::new(&["completions", "bash"]).run().expect(0).stdout;
    let probe = "\nCOMP_WORDS=(certctl cdn se); COMP_CWORD=2; _certctl certctl se cdn; \
                 [ \"${COMPREPLY[*]}\" = set ]\n";
    assert_ne!(
        taken_by("bash", &["--norc"], &format!("{script}{probe}")),
        Some(false)
    );
}

#[test]
fn the_manual_has_every_command_and_its_flags() {
    let outcome = Call::new(&["man"]).run().expect(0);
    assert!(
        outcome.stdout.starts_with(".ie"),
        "{}",
        &outcome.stdout[..80]
    );
    for text in [
        "certctl\\-cdn\\-set",
        "certctl\\-ssl\\-csr\\-delete",
        "certctl\\-ulb\\-replace",
        "\\-\\-domains",
        "\\-\\-whole\\-project",
        "\\-\\-client\\-token",
        "Exit status",
    ] {
        assert!(outcome.stdout.contains(text), "{text}");
    }
    assert_ne!(taken_by("man", &["-l", "-"], &outcome.stdout), Some(false));
}
