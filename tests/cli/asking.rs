//! The question before what destroys or reaches wide: it names what is touched, on a terminal, and in
//! the refusal where there is none.

use super::arguments::{REPLACE, with};
use crate::support::{Clouds, Outcome};

/// The message and the hint of a refusal, before which nothing was sent.
#[track_caller]
fn refused(clouds: &Clouds, outcome: Outcome) -> (String, String) {
    let outcome = outcome.expect(2);
    assert_eq!(outcome.stdout, "", "{outcome:#?}");
    assert!(clouds.log().is_empty(), "{outcome:#?}");
    let error = outcome.error();
    let text = |name: &str| error[name].as_str().expect("a text").to_owned();
    (text("message"), text("hint"))
}

#[test]
fn consent_is_needed_for_what_destroys_or_reaches_wide() {
    for (args, question, action) in [
        (
            &["cdn", "set", "--domains", "a.com,b.com", "--off"][..],
            "switching HTTPS off for 2 domains and dropping their certificates (a.com, b.com)",
            "BatchSetCdnDomainServerCertificate",
        ),
        (
            &["cdn", "set", "--domains", "a.com", "--off"],
            "switching HTTPS off for 1 domain and dropping its certificate (a.com)",
            "BatchSetCdnDomainServerCertificate",
        ),
        (
            &["ssl", "csr", "delete", "--ids", "22"],
            "deleting 1 CSR and its private key (22)",
            "BatchDeleteCSR",
        ),
        (
            &["ssl", "csr", "delete", "--ids", "22,33"],
            "deleting 2 CSRs and their private keys (22, 33)",
            "BatchDeleteCSR",
        ),
        (
            &with(&REPLACE, &["--load-balancer", "ulb-sandbox1"]),
            "replacing ssl-old0001 with ssl-new0001 on every listener of ulb-sandbox1",
            "UpdateSSLBinding",
        ),
        (
            &with(&REPLACE, &["--whole-project"]),
            "replacing ssl-old0001 with ssl-new0001 on every listener of project org-sandbox in cn-bj2",
            "UpdateSSLBinding",
        ),
        (
            &with(&REPLACE, &["--whole-project", "--no-preview"]),
            "replacing ssl-old0001 with ssl-new0001 on every listener of project org-sandbox in cn-bj2",
            "UpdateSSLBinding",
        ),
    ] {
        let clouds = Clouds::new();
        let (message, hint) = refused(&clouds, clouds.certctl(args).run());
        assert_eq!(
            message,
            format!("{question} requires --yes when stdin is not a terminal")
        );
        assert!(hint.contains("--dry-run=live, then add --yes"), "{hint}");
        // A yes on standard input is not a person's.
        refused(&clouds, clouds.certctl(args).stdin("y\n").run());
        let planned = clouds.certctl(&with(args, &["--dry-run"])).run().expect(0);
        assert_eq!(planned.json()["ok"], true);
        assert!(clouds.log().is_empty());
        clouds.certctl(&with(args, &["--yes"])).run().expect(0);
        assert_eq!(clouds.calls(action).len(), 1);
    }
    // What touches one listener or switches on does not ask.
    let clouds = Clouds::new();
    let one = with(&REPLACE, &["--listener", "vserver-https1"]);
    clouds.certctl(&one).run().expect(0);
    let on = ["cdn", "set", "--domains", "b.com", "--on"];
    clouds.certctl(&on).run().expect(0);
}

#[test]
fn a_long_list_is_named_in_part() {
    let clouds = Clouds::new();
    let ids: Vec<String> = (1..=25).map(|id| id.to_string()).collect();
    let ids = ids.join(",");
    let call = clouds.certctl(&["ssl", "csr", "delete", "--ids", &ids]);
    let (message, _) = refused(&clouds, call.run());
    assert!(
        message.contains("25 CSRs") && message.contains(" 20 and 5 more)"),
        "{message}"
    );
}

#[cfg(target_os = "linux")]
mod terminal {
    use super::{REPLACE, with};
    use crate::support::Clouds;
    use crate::support::terminal::Terminal;

    /// Asks, answers and says how it ended; `None` where nobody can be asked.
    #[track_caller]
    fn answered(clouds: &Clouds, args: &[&str], keys: &str) -> Option<(i32, String)> {
        let mut terminal = Terminal::start(&clouds.certctl(args))?;
        terminal.until("Continue? [y/N] ");
        terminal.types(keys);
        let outcome = terminal.end();
        Some((outcome.status, outcome.stdout))
    }

    /// What is asked names ids and names; nothing but a yes goes on. `changes` is the call that a yes
    /// makes.
    #[track_caller]
    fn asks(args: &[&str], questions: &[&str], changes: &str) {
        for (keys, is_yes) in [
            ("n\n", false),
            ("\n", false),
            ("\u{4}", false),
            ("maybe\n", false),
            ("y\n", true),
            ("yes\n", true),
        ] {
            let clouds = Clouds::new();
            let Some((status, shown)) = answered(&clouds, args, keys) else {
                return;
            };
            for question in questions {
                assert!(shown.contains(question), "{question}: {shown}");
            }
            let about = format!("{args:?}, {keys:?}: {shown}");
            assert_eq!(status, i32::from(!is_yes), "{about}");
            assert_eq!(clouds.calls(changes).len(), usize::from(is_yes), "{about}");
            assert_eq!(
                shown.contains("not confirmed: nothing was changed"),
                !is_yes,
                "{about}"
            );
        }
    }

    #[test]
    fn a_person_is_asked_and_told_the_names() {
        asks(
            &["cdn", "set", "--domains", "a.com", "--off"],
            &["Switching HTTPS off for 1 domain and dropping its certificate (a.com). Continue?"],
            "BatchSetCdnDomainServerCertificate",
        );
        asks(
            &["ssl", "csr", "delete", "--ids", "22"],
            &["Deleting 1 CSR and its private key (22 \"example.com\"). Continue?"],
            "BatchDeleteCSR",
        );
        asks(
            &["cas", "delete", "1456789"],
            &["Deleting 1 certificate and its private key (1456789 \"cas-soon\"). Continue?"],
            "DeleteUserCertificate",
        );
    }

    #[test]
    fn each_group_names_what_it_deletes_or_replaces() {
        for (args, names) in [
            (
                &["ssl", "delete", "idle0001", "nowhere1"][..],
                &["(idle0001 \"idle0001\", nowhere1)"][..],
            ),
            (
                &["ulb", "delete", "ssl-idle001"],
                &["ssl-idle001 \"example.com-idle\""],
            ),
            (
                &[
                    "ssl", "update", "--old", "example1", "--new", "example2", "--types",
                    "teo,live",
                ],
                &["teo teo.example.com", "live live.example.com"],
            ),
            (
                &["ssl", "deployments", "rollback", "264001"],
                &["a.com: example1 back to example2"],
            ),
            (
                &with(&REPLACE, &["--load-balancer", "ulb-sandbox1", "-q"]),
                &["(ulb-sandbox1/vserver-https1, ulb-sandbox1/vserver-https2)"],
            ),
        ] {
            let clouds = Clouds::new();
            let Some((status, shown)) = answered(&clouds, args, "n\n") else {
                return;
            };
            assert_eq!(status, 1, "{args:?}: {shown}");
            for name in names {
                assert!(shown.contains(name), "{name}: {shown}");
            }
        }
    }

    /// Names come from outside: they cannot drive the terminal.
    #[test]
    fn a_name_cannot_drive_the_terminal() {
        let clouds = Clouds::new();
        let alias = ["ssl", "rename", "idle0001", "--alias", "a\u{202e}moc.b"];
        clouds.certctl(&alias).run().expect(0);
        let args = ["ssl", "delete", "idle0001"];
        let Some((_, shown)) = answered(&clouds, &args, "n\n") else {
            return;
        };
        assert!(shown.contains("moc.b"), "{shown}");
        assert!(!shown.contains('\u{202e}'), "{shown}");
    }

    #[test]
    fn a_question_can_be_interrupted_and_leaves_the_terminal_as_it_was() {
        let clouds = Clouds::new();
        let call = clouds.certctl(&with(&REPLACE, &["--load-balancer", "ulb-sandbox1"]));
        let line = "trap : INT; before=$(stty -g); CALL; echo \"ended $?\"; \
                    test \"$before\" = \"$(stty -g)\" && echo unharmed";
        let Some(mut terminal) = Terminal::after(&call, line) else {
            return;
        };
        terminal.until("[y/N] ");
        terminal.types("\u{3}");
        let outcome = terminal.end();
        let shown = &outcome.stdout;
        for text in ["interrupted", "ended 130", "unharmed"] {
            assert!(shown.contains(text), "{text}: {shown}");
        }
        assert!(clouds.calls("UpdateSSLBinding").is_empty());
    }

    /// What is asked stands on stderr: an answer that goes into a file is whole.
    #[test]
    fn the_question_is_not_part_of_the_answer() {
        let clouds = Clouds::new();
        let call = clouds.certctl(&["ssl", "csr", "delete", "--ids", "22"]);
        let Some(mut terminal) = Terminal::after(&call, "CALL > answer.json") else {
            return;
        };
        terminal.until("[y/N] ");
        terminal.types("y\n");
        terminal.end();
        let answer = std::fs::read_to_string(clouds.home().join("answer.json")).expect("a file");
        let document: serde_json::Value = serde_json::from_str(&answer).expect("JSON alone");
        assert_eq!(document["results"][0]["status"], "changed");
        // Without a terminal for the question there is nobody to ask.
        let clouds = Clouds::new();
        let call = clouds.certctl(&["ssl", "csr", "delete", "--ids", "22"]);
        let Some(terminal) = Terminal::after(&call, "CALL 2> log; cat log") else {
            return;
        };
        let outcome = terminal.end();
        assert!(
            outcome.stdout.contains("when stderr is not a terminal"),
            "{outcome:#?}"
        );
        assert!(clouds.log().is_empty());
    }
}
