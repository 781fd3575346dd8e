//! No command shows a secret: each of them, in every form, against a cloud that behaves and against
//! one that sends back what it was sent.

use std::sync::Mutex;

use super::every_group::table::{COMMANDS, Nature};
use super::secrets::{ECHOES, SHAPES, TOKENS, Vault, signature};
use crate::support::raw::Raw;

/// Arguments with which the commands get to work that change nothing.
const ARGUMENTS: &[(&str, &[&str])] = &[
    (
        "api alibaba",
        &[
            "cdn",
            "SetCdnDomainSSLCertificate",
            "DomainName=a.com",
            "SSLPri=@KEY",
        ],
    ),
    (
        "api tencent",
        &["ssl", "UploadCertificate", "CertificatePrivateKey=@KEY"],
    ),
    ("api ucloud", &["CreateSSL", "SSLName=n", "PrivateKey=@KEY"]),
    ("cas list", &[]),
    ("cas show", &["1456789"]),
    ("cdn certs", &[]),
    ("cdn list", &[]),
    ("cdn show", &["a.com"]),
    ("cdn wait", &["a.com", "--on", "--for", "0s"]),
    ("cert check", &["--cert", "CERT", "--key", "KEY"]),
    ("cert inspect", &["CERT"]),
    ("cert probe", &["a.com", "--connect", "127.0.0.1:1"]),
    ("completions", &["bash"]),
    ("config check", &[]),
    ("config get", &["alibaba.access_key_secret"]),
    ("config list", &[]),
    ("config set", &["tencent.region", "ap-guangzhou"]),
    ("config show", &[]),
    ("config unset", &["tencent.region"]),
    ("config use", &["default"]),
    ("dcdn certs", &[]),
    ("dcdn list", &[]),
    ("dcdn show", &["a.com"]),
    ("dcdn wait", &["a.com", "--on", "--for", "0s"]),
    ("errors", &[]),
    ("ga list", &[]),
    ("ga show", &["--listener", "lsr-bp1bpn0kn908w4nbw****"]),
    ("inventory", &[]),
    ("man", &[]),
    ("plan", &["--cert", "CERT"]),
    ("apply", &["--cert", "CERT", "--key", "KEY", "--yes"]),
    ("ssl bindings", &["example1"]),
    ("ssl csr download", &["101", "--out", "."]),
    ("ssl csr list", &[]),
    ("ssl csr show", &["101"]),
    ("ssl deployments list", &["example2", "--site", "mainland"]),
    ("ssl deployments show", &["264001"]),
    ("ssl download", &["example1", "--out", "."]),
    ("ssl list", &[]),
    ("ssl show", &["example1"]),
    ("ulb certs", &[]),
    ("ulb list", &[]),
];

/// Each command with its arguments. The table has every command of the command tree, and one that has no
/// arguments here fails.
fn commands() -> Vec<Vec<&'static str>> {
    let with_arguments = |(words, nature): (&'static str, &'static Nature)| {
        let args = match nature {
            Nature::Changes(change) => change.args.to_vec(),
            Nature::Local | Nature::Reads | Nature::Across => {
                let known = ARGUMENTS.iter().find(|(other, _)| *other == words);
                known
                    .unwrap_or_else(|| panic!("no arguments for {words}"))
                    .1
                    .to_vec()
            }
        };
        // What the table calls FILE is called CERT among the secrets.
        let args = args.into_iter().map(|arg| match arg {
            "FILE" => "CERT",
            "FILE=b.example.com" => "CERT=b.example.com",
            "FILE=www.example.com" => "CERT=www.example.com",
            other => other,
        });
        words.split(' ').chain(args).collect()
    };
    let all = COMMANDS.iter().map(|one| (one.words, &one.nature));
    all.map(with_arguments).collect()
}

const FORMS: [&[&str]; 7] = [
    &[],
    &["-vv"],
    &["-o", "json"],
    &["-o", "table", "-vv"],
    &["-o", "csv"],
    &["-o", "ndjson"],
    &["--dry-run"],
];

/// Runs commands side by side, a share of them each.
pub fn side_by_side(run: impl Fn(usize, &[&'static str]) + Sync) {
    let all = commands();
    let next = Mutex::new(all.iter().enumerate());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let one = next.lock().expect("no panic").next();
                    let Some((at, args)) = one else { return };
                    run(at, args);
                }
            });
        }
    });
}

#[test]
fn no_command_shows_a_secret_of_its_own() {
    side_by_side(|_, args| {
        let vault = Vault::new();
        for form in FORMS {
            let outcome = vault.certctl(&[args, form].concat()).run();
            let what = format!("{args:?} {form:?}");
            assert!(outcome.status < 70, "{what}: {outcome:#?}");
            vault.hides(&what, &(outcome.stdout + &outcome.stderr), &[]);
        }
        vault.hides_in_files(vault.clouds.home());
    });
}

#[test]
fn no_command_shows_what_is_sent_back() {
    side_by_side(|at, args| {
        let vault = Vault::new();
        for (number, form) in FORMS.iter().enumerate() {
            // Each command has its turn with every echo over time, each form with some.
            let turns = (0..3).map(|turn| (at + number * 3 + turn) % ECHOES.len());
            for turn in turns {
                let said = Mutex::new(String::new());
                let shape = SHAPES[(at + number + turn) % SHAPES.len()].1;
                let server = Raw::http(move |request| {
                    let mut said = said.lock().expect("no panic");
                    let body = String::from_utf8_lossy(&request.body);
                    said.push_str(&format!("{}\n\n{body}\n", request.head));
                    shape(&ECHOES[turn](&said))
                });
                let mut call = vault.certctl(&[args, form].concat());
                call = call.env("CERTCTL_ENDPOINT", server.endpoint());
                for (name, token) in TOKENS {
                    call = call.env(name, token);
                }
                let outcome = call
                    .args(&["--max-attempts=1", "--timeout=2", "--deadline=20"])
                    .run();
                let requests = server.requests();
                let signatures: Vec<String> = requests.iter().filter_map(signature).collect();
                let what = format!("{args:?} {form:?}, echo {turn}");
                assert!(outcome.status < 70, "{what}: {outcome:#?}");
                vault.hides(&what, &(outcome.stdout + &outcome.stderr), &signatures);
            }
        }
        vault.hides_in_files(vault.clouds.home());
    });
}
