//! What every command does with a certificate that it is given.

use certctl::emulator::pki::{Authority, Issued};
use serde_json::json;

use super::table::{COMMANDS, Change, Nature};
use super::{actions, are_reads, each, nothing_changed, rows, run};
use crate::support::{Clouds, private};

/// Names that fit every place of the table.
const NAMES: [&str; 7] = [
    "a.com",
    "b.com",
    "example.com",
    "*.example.com",
    "example.org",
    "test.com",
    "*.a.com",
];

/// A command's arguments, with files of a certificate in place of the words for them.
pub struct Fitting {
    args: Vec<String>,
}

impl Fitting {
    /// With a certificate that fits every place.
    pub fn of(clouds: &Clouds, change: &Change) -> Self {
        Fitting::with(clouds, change, &issued(&NAMES, 90))
    }

    /// With this certificate.
    pub fn with(clouds: &Clouds, change: &Change, issued: &Issued) -> Self {
        Fitting::files(clouds, change, &issued.fullchain, &issued.key)
    }

    /// With files of this content.
    pub fn files(clouds: &Clouds, change: &Change, cert: &str, key: &str) -> Self {
        let cert = clouds.file("given.pem", cert).display().to_string();
        let key_file = clouds.file("given.key", key);
        private(&key_file);
        let key = key_file.display().to_string();
        let put = |arg: &&str| match *arg {
            "KEY" => key.clone(),
            arg => arg.replace("FILE", &cert),
        };
        Fitting {
            args: change.args.iter().map(put).collect(),
        }
    }

    pub fn args(&self) -> Vec<&str> {
        self.args.iter().map(String::as_str).collect()
    }
}

pub fn issued(names: &[&str], days: u32) -> Issued {
    let authority = Authority::generate().expect("an authority");
    authority.issue(names, days).expect("a certificate")
}

/// The commands that take a certificate as a file.
fn takers() -> impl Iterator<Item = (&'static str, &'static Change)> {
    COMMANDS.iter().filter_map(|one| match &one.nature {
        Nature::Changes(change) if change.args.contains(&"KEY") => Some((one.words, change)),
        _ => None,
    })
}

/// The commands that take a certificate by its id, with one that is for other names.
fn by_id() -> impl Iterator<Item = (&'static str, &'static Change)> {
    COMMANDS.iter().filter_map(|one| match &one.nature {
        Nature::Changes(change) => change.ids.as_ref().map(|_| (one.words, change)),
        _ => None,
    })
}

/// An account with a place that no stored certificate is for.
fn with_another_place() -> Clouds {
    Clouds::with(json!({"account": {"domains": ["z.test"]}}))
}

/// Refused with 8 before anything is changed.
#[track_caller]
fn refused(clouds: &Clouds, words: &str, args: &[&str], wanted: &[&str]) {
    let outcome = run(clouds, words, args);
    let about = format!("{words} {args:?}: {outcome:#?}");
    assert_eq!(outcome.status, 8, "{about}");
    assert!(nothing_changed(clouds), "{about}");
    for text in wanted {
        assert!(
            outcome.stderr.contains(text) || outcome.stdout.contains(text),
            "{text}: {about}"
        );
    }
}

#[test]
fn a_leaf_without_its_chain_is_refused() {
    each(takers(), |words, change| {
        let clouds = Clouds::new();
        let issued = issued(&NAMES, 90);
        let end = "-----END CERTIFICATE-----\n";
        let (leaf, chain) = issued
            .fullchain
            .split_at(issued.fullchain.find(end).unwrap() + end.len());
        let alone = Fitting::files(&clouds, change, leaf, &issued.key);
        refused(
            &clouds,
            words,
            &alone.args(),
            &["--chain", "--allow-incomplete-chain"],
        );
        let allowed = [&alone.args()[..], &["--allow-incomplete-chain"]].concat();
        assert_eq!(run(&clouds, words, &allowed).status, 0, "{words}");
        let clouds = Clouds::new();
        let alone = Fitting::files(&clouds, change, leaf, &issued.key);
        let chain = clouds.file("chain.pem", chain).display().to_string();
        let apart = [&alone.args()[..], &["--chain", &chain]].concat();
        let outcome = run(&clouds, words, &apart);
        assert_eq!(outcome.status, 0, "{words}: {outcome:#?}");
    });
}

#[test]
fn an_algorithm_that_no_cloud_takes_is_refused() {
    each(takers(), |words, change| {
        for name in ["ed25519", "p521"] {
            let clouds = Clouds::new();
            let read = |file: &str| {
                std::fs::read_to_string(format!("tests/pki/{file}")).expect("a fixture")
            };
            let chain = read(&format!("{name}.pem")) + &read("intermediate.pem");
            let key = read(&format!("{name}.key.pem"));
            let fitting = Fitting::files(&clouds, change, &chain, &key);
            let args = [&fitting.args()[..], &["--allow-incomplete-chain"]].concat();
            refused(&clouds, words, &args, &[]);
        }
    });
}

#[test]
fn what_has_expired_or_has_another_key_is_refused() {
    each(takers(), |words, change| {
        let clouds = Clouds::new();
        let expired = Fitting::with(&clouds, change, &issued(&NAMES, 0));
        refused(&clouds, words, &expired.args(), &["expired"]);
        let other = issued(&NAMES, 90).key;
        let pair = Fitting::files(&clouds, change, &issued(&NAMES, 90).fullchain, &other);
        refused(&clouds, words, &pair.args(), &[]);
    });
}

#[test]
fn a_certificate_for_other_names_is_refused() {
    each(takers(), |words, change| {
        let Some(place) = change.place else { return };
        let clouds = Clouds::new();
        let fitting = Fitting::with(&clouds, change, &issued(&["z.test"], 90));
        refused(
            &clouds,
            words,
            &fitting.args(),
            &[place, "z.test", "--allow-name-mismatch"],
        );
        let allowed = [&fitting.args()[..], &["--allow-name-mismatch"]].concat();
        let outcome = run(&clouds, words, &allowed);
        assert!([0, 6, 8].contains(&outcome.status), "{words}: {outcome:#?}");
        assert!(!nothing_changed(&clouds), "{words}: {outcome:#?}");
    });
}

#[test]
fn a_stored_certificate_for_other_names_is_refused() {
    each(by_id(), |words, change| {
        let ids = change.ids.as_ref().expect("an id");
        let clouds = with_another_place();
        let args: Vec<String> = ids
            .args
            .iter()
            .map(|arg| arg.replace("ID", ids.misfit))
            .collect();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        refused(&clouds, words, &args, &["--allow-name-mismatch"]);
        refused(&clouds, words, &[&args[..], &["--wait"]].concat(), &[]);
        let allowed = run(
            &clouds,
            words,
            &[&args[..], &["--allow-name-mismatch"]].concat(),
        );
        assert_eq!(allowed.status, 0, "{words}: {allowed:#?}");
        let clouds = with_another_place();
        let unread = run(&clouds, words, &[&args[..], &["--no-preview"]].concat());
        assert_eq!(unread.status, 0, "{words}: {unread:#?}");
        let writes = super::actions(&clouds);
        assert!(
            !writes[0].starts_with("Describe") && !writes[0].starts_with("List"),
            "{writes:?}"
        );
    });
}

/// A store that tells what comes with a certificate tells that nothing does.
#[test]
fn a_stored_leaf_without_its_chain_is_refused() {
    each(by_id(), |words, change| {
        let clouds = with_another_place();
        let issued = issued(&[&NAMES[..], &["z.test"]].concat(), 90);
        let end = "-----END CERTIFICATE-----\n";
        let (leaf, _) = issued
            .fullchain
            .split_at(issued.fullchain.find(end).unwrap() + end.len());
        let leaf = clouds.file("leaf.pem", leaf).display().to_string();
        let key = clouds.file("leaf.key", &issued.key);
        crate::support::private(&key);
        let key = key.display().to_string();
        let store = match words.split(' ').next() {
            Some("ulb") => "ulb upload",
            Some("ssl") => "ssl upload",
            _ => "cas upload",
        };
        let files = ["--cert", &leaf, "--key", &key, "--allow-incomplete-chain"];
        let uploaded = run(&clouds, store, &files);
        assert_eq!(uploaded.status, 0, "{uploaded:#?}");
        let id = uploaded.json()["results"][0]["certificate"].clone();
        let id = id.as_str().expect("an id").to_owned();
        let ids = change.ids.as_ref().expect("an id");
        let args: Vec<String> = ids.args.iter().map(|arg| arg.replace("ID", &id)).collect();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let calls = actions(&clouds).len();
        let outcome = run(&clouds, words, &args);
        assert_eq!(outcome.status, 8, "{words}: {outcome:#?}");
        let hint = "--allow-incomplete-chain";
        assert!(outcome.stderr.contains(hint), "{words}: {outcome:#?}");
        let sent = &actions(&clouds)[calls..];
        assert!(are_reads(sent), "{words}: {sent:?}");
        let allowed = run(&clouds, words, &[&args[..], &[hint]].concat());
        assert_eq!(allowed.status, 0, "{words}: {allowed:#?}");
    });
}

/// An unknown id is said before anything is sent that changes something.
#[test]
fn an_unknown_id_is_not_found() {
    each(by_id(), |words, change| {
        let ids = change.ids.as_ref().expect("an id");
        let clouds = with_another_place();
        let unknown = match ids.misfit.as_bytes() {
            [b'0'..=b'9', ..] => "7654321",
            [b's', b's', b'l', b'-', ..] => "ssl-nowhere1",
            _ => "nowhere1",
        };
        let args: Vec<String> = ids
            .args
            .iter()
            .map(|arg| arg.replace("ID", unknown))
            .collect();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let outcome = run(&clouds, words, &args);
        assert_eq!(outcome.status, 5, "{words}: {outcome:#?}");
        assert!(nothing_changed(&clouds), "{words}: {outcome:#?}");
    });
}

/// A key that stands on the command line is in no output.
#[test]
fn a_key_as_text_on_the_command_line_is_refused_and_not_shown() {
    each(takers(), |words, change| {
        let clouds = Clouds::new();
        let issued = issued(&NAMES, 90);
        let fitting = Fitting::with(&clouds, change, &issued);
        let body = issued.key.lines().nth(1).expect("a line of the key");
        let args = fitting.args();
        let key = args
            .iter()
            .position(|arg| arg.ends_with("given.key"))
            .expect("--key");
        for text in [&issued.key, &issued.key.replace('\n', "\\n")] {
            let mut with_key = args.clone();
            with_key[key] = text;
            let outcome = run(&clouds, words, &with_key);
            assert_eq!(outcome.status, 2, "{words}: {outcome:#?}");
            assert!(clouds.log().is_empty(), "{words}");
            let said = outcome.stdout + &outcome.stderr;
            assert!(!said.contains(&body[..16]), "{words}: {said}");
        }
    });
}

/// What somebody else uploads at the same moment is there, once or named twice.
#[test]
fn two_at_once_leave_no_surprise() {
    for words in ["cas upload", "ssl upload", "ulb upload"] {
        let (_, change) = takers()
            .find(|(other, _)| *other == words)
            .expect("in the table");
        let clouds = Clouds::with(json!({"latency_ms": 150}));
        let fitting = Fitting::of(&clouds, change);
        let both = [(); 2].map(|()| super::call(&clouds, words, &fitting.args()).spawn());
        let ended = both.map(crate::support::Outcome::of);
        let mut certificates: Vec<String> = Vec::new();
        for outcome in &ended {
            assert_eq!(outcome.status, 0, "{words}: {outcome:#?}");
            for row in rows(outcome) {
                certificates.push(row["certificate"].as_str().expect("an id").to_owned());
            }
        }
        certificates.dedup();
        let named = ended.iter().any(|outcome| {
            certificates
                .iter()
                .all(|id| outcome.stdout.contains(id.as_str()))
        });
        assert!(certificates.len() == 1 || named, "{words}: {ended:#?}");
    }
}
