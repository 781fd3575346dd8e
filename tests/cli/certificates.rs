//! `certctl cdn set --cert FILE --key FILE`: what is fit arrives, what is unfit is refused here in
//! one line with nothing sent.

// The tables of cases are read as they stand.
#![allow(clippy::type_complexity)]

use std::path::PathBuf;

use serde_json::Value;

use crate::support::{Clouds, Outcome, private};

const BATCH: &str = "BatchSetCdnDomainServerCertificate";

/// A file of `tests/pki`.
fn pki(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/pki/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn text(name: &str) -> String {
    String::from_utf8(pki(name)).expect("UTF-8")
}

/// A certificate and the intermediate that signed it.
fn chain(name: &str) -> String {
    text(name) + &text("intermediate.pem")
}

fn key_file(clouds: &Clouds, content: impl AsRef<[u8]>) -> PathBuf {
    let path = clouds.file("key.pem", content);
    private(&path);
    path
}

/// Puts both files on `example.com`.
fn set(clouds: &Clouds, cert: impl AsRef<[u8]>, key: impl AsRef<[u8]>, more: &[&str]) -> Outcome {
    clouds.file("cert.pem", cert);
    key_file(clouds, key);
    let args = [
        "cdn",
        "set",
        "--domains",
        "example.com",
        "--cert",
        "cert.pem",
        "--key",
        "key.pem",
    ];
    clouds.certctl(&[&args[..], more].concat()).run()
}

/// The chain that arrived.
#[track_caller]
fn arrived(clouds: &Clouds) -> Value {
    let calls = clouds.calls(BATCH);
    assert_eq!(calls.len(), 1, "{calls:#?}");
    assert!(calls[0].applied, "{calls:#?}");
    assert_eq!(calls[0].params["SSLPri"], "****");
    assert_eq!(calls[0].params["CertType"], "upload");
    assert!(calls[0].secrets_in_query.is_empty());
    calls[0].params["SSLPub"].clone()
}

/// Refused as unfit: one line that holds all the fragments and no line of the key.
#[track_caller]
fn unfit(case: &str, clouds: &Clouds, outcome: Outcome, key: &[u8], fragments: &[&str]) {
    let outcome = outcome.expect(8);
    assert!(clouds.log().is_empty(), "{case}");
    assert_eq!(outcome.stdout, "", "{case}");
    let error = outcome.error();
    assert_eq!(error["kind"], "certificate", "{case}");
    let message = error["message"].as_str().expect("a message");
    assert_eq!(message.lines().count(), 1, "{case}: {message}");
    for fragment in fragments {
        assert!(message.contains(fragment), "{case}: {message}");
    }
    let hint = error["hint"].as_str().expect("a hint");
    assert!(!hint.is_empty(), "{case}");
    for line in String::from_utf8_lossy(key).lines() {
        if line.len() >= 32 && !line.contains("-----") {
            assert!(
                !outcome.stderr.contains(&line[..32]),
                "{case}: {outcome:#?}"
            );
        }
    }
}

#[test]
fn keys_in_every_encoding_arrive_with_their_chain() {
    for (name, encodings) in [
        ("rsa2048", &["key", "pkcs1"][..]),
        ("rsa4096", &["pkcs1"]),
        ("p256", &["key", "sec1", "sec1-parameters"]),
        ("p384", &["key", "sec1"]),
    ] {
        for encoding in encodings {
            let clouds = Clouds::new();
            let cert = chain(&format!("{name}.pem"));
            let key = text(&format!("{name}.{encoding}.pem"));
            let outcome = set(&clouds, &cert, key, &[]).expect(0);
            assert_eq!(arrived(&clouds), cert, "{name}.{encoding}");
            assert_eq!(outcome.talk(), "", "{name}.{encoding}");
        }
    }
    // Fit as far as can be seen here; the emulator does not know these.
    for key in ["p256.private-only", "p256.sec1-private-only"] {
        let clouds = Clouds::new();
        let name = key.split('.').next().expect("a name");
        let cert = chain(&format!("{name}.pem"));
        let outcome = set(&clouds, &cert, text(&format!("{key}.pem")), &["--dry-run"]).expect(0);
        assert_eq!(
            outcome.json()["requests"][2]["params"]["SSLPub"],
            cert,
            "{key}"
        );
    }
}

#[test]
fn forms_that_are_put_right() {
    let cert = chain("p256.pem");
    let key = text("p256.key.pem");
    let reversed = text("intermediate.pem") + &text("p256.pem");
    let with_root = chain("p256.pem") + &text("root.pem");
    for (form, given, warning) in [
        ("CRLF", cert.replace('\n', "\r\n"), None),
        ("BOM", format!("\u{feff}{cert}"), None),
        ("no last newline", cert.trim_end().to_owned(), None),
        (
            "text before",
            format!("subject=CN = example.com\n\n{cert}"),
            None,
        ),
        ("blank lines", cert.replace("-----\n", "-----\n\n"), None),
        ("reversed", reversed, Some("warning: ")),
        ("with the root", with_root, Some("warning: ")),
    ] {
        let clouds = Clouds::new();
        let crlf = key.replace('\n', "\r\n");
        let outcome = set(&clouds, &given, crlf, &[]).expect(0);
        assert_eq!(arrived(&clouds), cert, "{form}");
        match warning {
            None => assert_eq!(outcome.talk(), "", "{form}"),
            Some(start) => {
                assert!(outcome.stderr.starts_with(start), "{form}: {outcome:#?}");
                assert_eq!(outcome.talk().lines().count(), 1, "{form}: {outcome:#?}");
            }
        }
    }
    let clouds = Clouds::new();
    let dated = text("p256.pem") + &text("intermediate-expired.pem");
    let outcome = set(&clouds, &dated, &key, &[]).expect(0);
    assert!(
        outcome
            .stderr
            .contains("intermediate CN=Intermediate, O=Test expired at 2021-01-01"),
        "{outcome:#?}"
    );
    let clouds = Clouds::new();
    let outcome = set(&clouds, text("p256.pem"), &key, &[]);
    let said = "cert.pem has no intermediate certificate from its issuer (CN=Intermediate, \
                O=Test)";
    unfit("leaf only", &clouds, outcome, key.as_bytes(), &[said]);
    let alone = ["--allow-incomplete-chain"];
    let outcome = set(&clouds, text("p256.pem"), &key, &alone).expect(0);
    assert!(
        outcome.stderr.starts_with("warning: "),
        "leaf only: {outcome:#?}"
    );
    assert_eq!(arrived(&clouds), text("p256.pem"));
}

#[test]
fn what_is_unfit_is_named_with_its_two_facts() {
    let good = chain("p256.pem");
    let key = text("p256.key.pem");
    let long = text("p256.pem").replace("-----END", &format!("{}\n-----END", "QUJD".repeat(9)));
    let cut = good[..good.len() / 4].to_owned();
    let two_keys = text("p256.key.pem") + &text("rsa2048.key.pem");
    let cases: [(&str, Vec<u8>, Vec<u8>, &[&str]); 26] = [
        (
            "another's key",
            good.clone().into(),
            pki("other.key.pem"),
            &["key.pem", "cert.pem", "RSA 2048", "ECDSA P-256", "id "],
        ),
        (
            "expired",
            chain("expired.pem").into(),
            key.clone().into(),
            &["cert.pem:1", "expired at 2021-01-01", "now it is 20"],
        ),
        (
            "not yet valid",
            chain("not-yet-valid.pem").into(),
            key.clone().into(),
            &["cert.pem:1", "not valid before 2100-01-01", "now it is 20"],
        ),
        (
            "for no name",
            chain("cn-only.pem").into(),
            key.clone().into(),
            &[
                "cert.pem:1",
                "no DNS name in subjectAltName",
                "CN=example.com",
            ],
        ),
        (
            "a foreign one in the chain",
            (good.clone() + &text("root-ec.pem")).into(),
            key.clone().into(),
            &["cert.pem:", "does not belong to the chain"],
        ),
        (
            "an impostor as issuer",
            (text("p256.pem") + &text("intermediate-impostor.pem")).into(),
            key.clone().into(),
            &["cert.pem:", "did not sign"],
        ),
        (
            "a CA as leaf",
            pki("intermediate.pem"),
            key.clone().into(),
            &["cert.pem:1", "CA certificate (CA:TRUE)"],
        ),
        (
            "short RSA",
            chain("rsa1024.pem").into(),
            pki("rsa1024.key.pem"),
            &["cert.pem:1", "1024 bits", "2048"],
        ),
        (
            "Ed25519",
            chain("ed25519.pem").into(),
            pki("ed25519.key.pem"),
            &["cert.pem", "Ed25519", "RSA"],
        ),
        (
            "another curve",
            chain("k256.pem").into(),
            pki("k256.key.pem"),
            &["key.pem:1", "P-256"],
        ),
        (
            "encrypted, PKCS#8",
            good.clone().into(),
            pki("encrypted.pkcs8.pem"),
            &["key.pem:1", "encrypted with a passphrase"],
        ),
        (
            "encrypted, legacy",
            good.clone().into(),
            pki("encrypted.legacy.pem"),
            &["key.pem:1", "encrypted with a passphrase"],
        ),
        (
            "DER certificate",
            pki("certificate.der"),
            key.clone().into(),
            &["cert.pem", "DER"],
        ),
        (
            "DER key",
            good.clone().into(),
            pki("key-pkcs8.der"),
            &["key.pem", "DER"],
        ),
        (
            "PKCS#12",
            pki("bundle.p12"),
            key.clone().into(),
            &["cert.pem", "PKCS#12"],
        ),
        (
            "PKCS#7",
            pki("pkcs7.pem"),
            key.clone().into(),
            &["cert.pem:1", "PKCS7"],
        ),
        (
            "garbage",
            b"hello\n".to_vec(),
            key.clone().into(),
            &["cert.pem"],
        ),
        (
            "binary",
            vec![0, 159, 146, 150, 255, 0],
            key.clone().into(),
            &["cert.pem"],
        ),
        (
            "cut",
            cut.into(),
            key.clone().into(),
            &["cert.pem:1", "no END line"],
        ),
        (
            "too long inside",
            long.into(),
            key.clone().into(),
            &["cert.pem:1"],
        ),
        (
            "empty certificate",
            Vec::new(),
            key.clone().into(),
            &["cert.pem", "empty"],
        ),
        (
            "empty key",
            good.clone().into(),
            Vec::new(),
            &["key.pem", "empty"],
        ),
        (
            "swapped",
            key.clone().into(),
            good.clone().into(),
            &["cert.pem is a private key", "key.pem is a certificate"],
        ),
        (
            "public key",
            good.clone().into(),
            pki("public.pem"),
            &["key.pem:1", "PUBLIC KEY"],
        ),
        (
            "request",
            pki("request.pem"),
            key.clone().into(),
            &["cert.pem:1", "CERTIFICATE REQUEST"],
        ),
        (
            "two keys",
            good.clone().into(),
            two_keys.into(),
            &["key.pem", "two private keys"],
        ),
    ];
    for (case, cert, key, fragments) in cases {
        let clouds = Clouds::new();
        let outcome = set(&clouds, &cert, &key, &[]);
        unfit(case, &clouds, outcome, &key, fragments);
    }
}

#[test]
fn domains_that_the_certificate_does_not_cover() {
    let clouds = Clouds::new();
    let domains = [
        "--domains",
        "www.example.com,a.b.example.com,a.com,*.example.com",
    ];
    let outcome = set(&clouds, chain("p256.pem"), text("p256.key.pem"), &domains);
    unfit(
        "names",
        &clouds,
        outcome,
        b"",
        &[
            "cert.pem does not cover a.b.example.com and 1 more of the names: it covers \
             example.com, *.example.com",
        ],
    );
    let outcome = set(
        &clouds,
        chain("p256.pem"),
        text("p256.key.pem"),
        &["--domains", "a.com", "--allow-name-mismatch"],
    );
    let outcome = outcome.expect(0);
    assert!(
        outcome
            .stderr
            .starts_with("warning: cert.pem does not cover a.com: it covers example.com"),
        "{outcome:#?}"
    );
    assert_eq!(
        clouds.calls(BATCH)[0].params["DomainName"],
        "example.com,a.com"
    );
}

#[test]
fn files_that_cannot_be_read() {
    let clouds = Clouds::new();
    clouds.file("cert.pem", chain("p256.pem"));
    key_file(&clouds, text("p256.key.pem"));
    std::fs::create_dir(clouds.home().join("dir")).expect("a directory");
    clouds.file("big.pem", vec![b'x'; 1024 * 1024 + 1]);
    for (cert, key, message) in [
        ("none.pem", "key.pem", "none.pem: no such file"),
        ("cert.pem", "none.pem", "none.pem: no such file"),
        ("cert.pem/x", "key.pem", "cert.pem/x: "),
        ("./dir", "key.pem", "./dir: is a directory"),
        ("cert.pem", "dir", "dir: is a directory"),
        (
            "big.pem",
            "key.pem",
            "big.pem: too large: 1048577 bytes, the limit is 1048576",
        ),
        (
            "cert.pem",
            "big.pem",
            "big.pem: too large: 1048577 bytes, the limit is 1048576",
        ),
    ] {
        let args = [
            "cdn",
            "set",
            "--domains",
            "example.com",
            "--cert",
            cert,
            "--key",
            key,
        ];
        let outcome = clouds.certctl(&args).run().expect(11);
        let error = outcome.error();
        assert_eq!(error["kind"], "io");
        let said = error["message"].as_str().expect("a message");
        assert!(said.starts_with(message), "{said}");
        assert!(error["hint"].as_str().is_some_and(|hint| !hint.is_empty()));
    }
    assert!(clouds.log().is_empty());
}

#[cfg(unix)]
mod unix {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::process::Command;

    use super::*;

    #[test]
    fn links_that_lead_nowhere_and_files_that_may_not_be_read() {
        let clouds = Clouds::new();
        clouds.file("cert.pem", chain("p256.pem"));
        symlink("gone.pem", clouds.home().join("link.pem")).expect("a link");
        let args = [
            "cdn",
            "set",
            "--domains",
            "example.com",
            "--cert",
            "cert.pem",
            "--key",
        ];
        let outcome = clouds.certctl(&args).arg("link.pem").run().expect(11);
        assert_eq!(
            outcome.error()["message"],
            "link.pem: the link points to gone.pem, which does not exist"
        );
        let locked = key_file(&clouds, text("p256.key.pem"));
        fs::set_permissions(&locked, Permissions::from_mode(0o000)).expect("the mode");
        // The superuser may read it all the same.
        if fs::File::open(&locked).is_err() {
            let outcome = clouds.certctl(&args).arg("key.pem").run().expect(11);
            assert_eq!(outcome.error()["message"], "key.pem: permission denied");
        }
        assert!(clouds.log().is_empty());
    }

    #[test]
    fn a_key_that_others_can_read_is_warned_about() {
        for mode in [0o644, 0o640, 0o604] {
            let clouds = Clouds::new();
            clouds.file("cert.pem", chain("p256.pem"));
            let key = key_file(&clouds, text("p256.key.pem"));
            fs::set_permissions(&key, Permissions::from_mode(mode)).expect("the mode");
            symlink("key.pem", clouds.home().join("link.pem")).expect("a link");
            for name in ["key.pem", "link.pem"] {
                let args = [
                    "cdn",
                    "set",
                    "--dry-run",
                    "--domains",
                    "example.com",
                    "--cert",
                    "cert.pem",
                    "--key",
                    name,
                ];
                let outcome = clouds.certctl(&args).run().expect(0);
                assert_eq!(
                    outcome.talk(),
                    format!(
                        "warning: {name} can be read by others (mode {mode:04o}): chmod 600 {name}\n"
                    )
                );
            }
        }
    }

    #[test]
    fn one_file_for_both_flags() {
        let clouds = Clouds::new();
        let both = clouds.file("both.pem", text("p256.key.pem") + &chain("p256.pem"));
        private(&both);
        let args = [
            "cdn",
            "set",
            "--domains",
            "example.com",
            "--cert",
            "both.pem",
            "--key",
            "both.pem",
        ];
        let outcome = clouds.certctl(&args).run().expect(0);
        assert_eq!(
            arrived(&clouds),
            chain("p256.pem"),
            "the key stays out of the certificate"
        );
        assert_eq!(outcome.talk(), "");
    }

    #[test]
    fn pipes_and_standard_input() {
        let clouds = Clouds::new();
        clouds.file("cert.pem", chain("p256.pem"));
        key_file(&clouds, text("p256.key.pem"));
        // `<(…)` of a shell that has it.
        let mut call = clouds.certctl(&[]);
        let script = format!(
            "{} cdn set --domains example.com --cert <(cat cert.pem) --key <(cat key.pem)",
            env!("CARGO_BIN_EXE_certctl")
        );
        if Command::new("bash").arg("--version").output().is_ok() {
            let mut bash = Command::new("bash");
            bash.args(["-c", &script]).env_clear();
            for (name, value) in call.command.get_envs() {
                bash.env(name, value.expect("it is set"));
            }
            bash.env("PATH", "/usr/local/bin:/usr/bin:/bin")
                .current_dir(clouds.home());
            call.command = bash;
            let outcome = call.run().expect(0);
            assert_eq!(arrived(&clouds), chain("p256.pem"));
            assert_eq!(outcome.talk(), "");
        }
        let args = [
            "cdn",
            "set",
            "--domains",
            "example.com",
            "--cert",
            "cert.pem",
            "--key",
            "/dev/stdin",
        ];
        clouds
            .certctl(&args)
            .stdin(text("p256.key.pem"))
            .run()
            .expect(0);
    }
}
