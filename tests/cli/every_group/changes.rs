//! What every command that changes something does when reading or writing goes wrong.

use serde_json::json;

use super::certificates::Fitting;
use super::table::{Again, COMMANDS, Change, Nature};
use super::{call, each, nothing_changed, rows, run};
use crate::support::{Call, Clouds};

fn changes() -> impl Iterator<Item = (&'static str, &'static Change)> {
    COMMANDS.iter().filter_map(|one| match &one.nature {
        Nature::Changes(change) => Some((one.words, change)),
        _ => None,
    })
}

fn faulty(action: &str, more: serde_json::Value, deed: &str) -> Clouds {
    let mut pattern = json!({"action": action});
    for (key, value) in more.as_object().expect("an object") {
        pattern[key] = value.clone();
    }
    Clouds::with(json!({"faults": [{"match": pattern, "do": deed}]}))
}

/// Nothing was changed, for what is there could not be read: try later.
#[test]
fn a_read_that_fails_before_any_change_ends_with_7() {
    each(changes(), |words, change| {
        for read in change.needs {
            for deed in ["reset_after", "empty", "html_200"] {
                let clouds = faulty(read, json!({}), deed);
                let fitting = Fitting::of(&clouds, change);
                let args = [&fitting.args()[..], &["--max-attempts", "2"]].concat();
                let outcome = run(&clouds, words, &args);
                let about = format!("{words}, {read} {deed}: {outcome:#?}");
                assert_eq!(outcome.status, 7, "{about}");
                assert!(clouds.calls(change.action).is_empty(), "{about}");
                // Tencent Cloud's lists are asked for with the id of a stored certificate: a file
                // whose names fit is stored first.
                assert!(
                    words == "ssl deploy" || nothing_changed(&clouds),
                    "{about}\n{:?}",
                    super::actions(&clouds)
                );
                for said in [&outcome.stdout, &outcome.stderr] {
                    assert!(!said.contains("no-answer"), "{about}");
                    assert!(!said.contains("\"unknown\": 1"), "{about}");
                }
            }
        }
    });
}

/// The change was made, and its answer did not come: it is found, or made again harmlessly.
#[test]
fn an_answer_lost_after_the_change_is_no_failure() {
    each(changes(), |words, change| {
        let clouds = faulty(change.action, json!({"nth": [1]}), "reset_after");
        let fitting = Fitting::of(&clouds, change);
        let outcome = run(&clouds, words, &fitting.args());
        let about = format!("{words}: {outcome:#?}");
        assert_eq!(outcome.status, 0, "{about}");
        for row in rows(&outcome) {
            assert_ne!(row["status"], "failed", "{about}");
            assert_ne!(row["status"], "unknown", "{about}");
        }
    });
}

/// The change was not made, and no answer came: it is made.
#[test]
fn an_answer_lost_before_the_change_is_made_good() {
    each(changes(), |words, change| {
        let clouds = faulty(change.action, json!({"nth": [1]}), "reset_before");
        let fitting = Fitting::of(&clouds, change);
        let outcome = run(&clouds, words, &fitting.args());
        let about = format!("{words}: {outcome:#?}");
        assert_eq!(outcome.status, 0, "{about}");
        assert!(clouds.calls(change.action).len() >= 2, "{about}");
    });
}

/// No answer to the change ever comes, nor to what is read afterwards.
#[test]
fn what_nobody_can_tell_is_unknown() {
    each(changes(), |words, change| {
        let clouds = faulty(change.action, json!({}), "reset_after");
        let fitting = Fitting::of(&clouds, change);
        let args = [&fitting.args()[..], &["--max-attempts", "1"]].concat();
        let outcome = run(&clouds, words, &args);
        let about = format!("{words}: {outcome:#?}");
        // Reading may have shown it all the same.
        assert!([0, 10].contains(&outcome.status), "{about}");
        let seen = rows(&outcome);
        assert!(
            seen.iter()
                .all(|row| row["status"] != "failed" && row["status"] != "skipped"),
            "{about}"
        );
    });
}

/// Running a command again is harmless, and says so.
#[test]
fn a_second_run_says_what_is_so() {
    each(changes(), |words, change| {
        let clouds = Clouds::new();
        let fitting = Fitting::of(&clouds, change);
        let first = call(&clouds, words, &fitting.args()).arg("--wait").run();
        assert_eq!(first.status, 0, "{words}: {first:#?}");
        for row in rows(&first) {
            assert!(row["confirmed"].is_boolean(), "{words}: {first:#?}");
        }
        let sent = clouds.calls(change.action).len();
        let second = run(&clouds, words, &fitting.args());
        let about = format!("{words}: {second:#?}");
        match change.again {
            Again::Unchanged => {
                assert_eq!(second.status, 0, "{about}");
                for row in rows(&second) {
                    assert_eq!(row["status"], "unchanged", "{about}");
                    assert_eq!(row["confirmed"], true, "{about}");
                }
                let stores = ["ssl upload"].contains(&words);
                assert!(
                    stores || clouds.calls(change.action).len() == sent,
                    "{about}"
                );
            }
            Again::Gone => assert_eq!(second.status, 5, "{about}"),
            Again::Another => {}
        }
    });
}

/// What was accepted and not read back says so, in the row and in one line.
#[test]
fn accepted_is_told_from_seen() {
    each(changes(), |words, change| {
        let clouds = Clouds::new();
        let fitting = Fitting::of(&clouds, change);
        let outcome = run(&clouds, words, &fitting.args());
        let about = format!("{words}: {outcome:#?}");
        assert_eq!(outcome.status, 0, "{about}");
        let unseen = rows(&outcome).iter().any(|row| row["confirmed"] == false);
        let lines = outcome.stderr.lines();
        let said = lines.filter(|line| line.contains("not confirmed")).count();
        assert_eq!(said, usize::from(unseen), "{about}");
    });
}

/// A dry run sends nothing and needs nobody to log in.
#[test]
fn a_dry_run_shows_the_change_and_sends_nothing() {
    each(changes(), |words, change| {
        let clouds = Clouds::new();
        let fitting = Fitting::of(&clouds, change);
        let words_and_args = [&words.split(' ').collect::<Vec<_>>()[..], &fitting.args()].concat();
        let dry = Call::new(&words_and_args)
            .arg("--dry-run")
            .env("UCLOUD_REGION", "cn-bj2")
            .env("HOME", clouds.home());
        let outcome = dry.run();
        let about = format!("{words}: {outcome:#?}");
        assert_eq!(outcome.status, 0, "{about}");
        assert!(clouds.log().is_empty(), "{about}");
        let json = outcome.json();
        let planned = json["requests"].as_array().expect("requests");
        let shown = planned.iter().any(|call| call["action"] == change.action);
        // Of which kind a record is, and what a list names, only reading tells.
        assert!(shown || words.starts_with("ssl deployments"), "{about}");
    });
}

/// A dry run that reads shows each place, and changes nothing: only what reads arrives.
#[test]
fn a_live_dry_run_only_reads() {
    each(changes(), |words, change| {
        let clouds = Clouds::new();
        let fitting = Fitting::of(&clouds, change);
        let args: Vec<&str> = fitting
            .args()
            .into_iter()
            .filter(|arg| *arg != "--yes")
            .collect();
        let outcome = call(&clouds, words, &args).arg("--dry-run=live").run();
        let about = format!("{words}: {outcome:#?}\n{:?}", super::actions(&clouds));
        assert_eq!(outcome.status, 0, "{about}");
        assert!(nothing_changed(&clouds), "{about}");
        assert!(!clouds.log().is_empty(), "{about}");
        let shown = rows(&outcome);
        assert!(!shown.is_empty(), "{about}");
        for row in &shown {
            assert_eq!(row["status"], "planned", "{about}");
            assert!(row.get("error").is_none(), "{about}");
        }
        let json = outcome.json();
        let calls = json["requests"].as_array().expect("requests");
        assert!(
            calls.iter().any(|one| one["action"] == change.action),
            "{about}"
        );
        let named: Vec<&serde_json::Value> = calls
            .iter()
            .flat_map(|one| one["targets"].as_array().expect("targets"))
            .collect();
        for row in &shown {
            assert!(named.contains(&&row["target"]), "{about}");
        }
        // What makes something new has nothing in its place.
        let makes = ["upload", "create"]
            .iter()
            .any(|word| words.ends_with(word));
        let untold = makes || words == "ssl deploy";
        for row in shown.iter().filter(|_| !untold) {
            assert!(row["current"].is_string(), "{about}");
        }
        // What is so already says so, and the real run is the same as without.
        let real = run(&clouds, words, &fitting.args());
        assert_eq!(real.status, 0, "{words}: {real:#?}");
        assert!(rows(&real).iter().all(|row| row.get("current").is_none()));
        let sent = super::actions(&clouds).len();
        let mut again = call(&clouds, words, &args).arg("--dry-run=live").run();
        // Some clouds carry out later what they have accepted.
        for _ in 0..40 {
            if change.again != Again::Unchanged
                || rows(&again).iter().all(|row| row["status"] == "unchanged")
            {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(250));
            again = call(&clouds, words, &args).arg("--dry-run=live").run();
        }
        let about = format!("{words}: {again:#?}");
        assert!(
            super::are_reads(&super::actions(&clouds)[sent..]),
            "{about}"
        );
        match change.again {
            Again::Unchanged => {
                let is_so = rows(&again).iter().all(|row| row["status"] == "unchanged");
                assert!(is_so, "{about}");
            }
            Again::Gone => assert_eq!(again.status, 5, "{about}"),
            Again::Another => {}
        }
    });
}

/// Without `--yes` and a terminal the refusal names what would be destroyed or touched, and sends
/// nothing.
#[test]
fn what_asks_names_its_targets_where_nobody_can_be_asked() {
    let asks = changes().filter(|(_, change)| change.args.contains(&"--yes"));
    each(asks, |words, change| {
        let clouds = Clouds::new();
        let args = change.args.iter().filter(|arg| **arg != "--yes");
        let args: Vec<&str> = args.copied().collect();
        let outcome = run(&clouds, words, &args);
        let about = format!("{words}: {outcome:#?}");
        assert_eq!(outcome.status, 2, "{about}");
        assert!(clouds.log().is_empty(), "{about}");
        assert_eq!(outcome.stdout, "", "{about}");
        let said = &outcome.stderr;
        assert!(
            said.contains("requires --yes when stdin is not a terminal"),
            "{about}"
        );
        assert!(said.contains("--dry-run=live"), "{about}");
        for target in change.asked {
            assert!(said.contains(target), "{target}: {about}");
        }
        assert!(!change.asked.is_empty(), "{words}: what does it touch?");
    });
}

/// What cannot be asked about is not done.
#[test]
fn an_empty_value_is_refused_before_anything_is_sent() {
    each(changes(), |words, change| {
        let clouds = Clouds::new();
        let fitting = Fitting::of(&clouds, change);
        let args = fitting.args();
        for at in 0..args.len() {
            if args[at].starts_with("--") {
                continue;
            }
            let mut emptied = args.clone();
            emptied[at] = "";
            let outcome = run(&clouds, words, &emptied);
            let about = format!("{words} {emptied:?}: {outcome:#?}");
            assert_eq!(outcome.status, 2, "{about}");
            assert!(clouds.log().is_empty(), "{about}");
        }
    });
}
