//! A hint is a command that works: where this machine has openssl, it is run.

use std::path::Path;
use std::process::{Command, Stdio};

use certctl::cert::{Bundle, CertError, Input};

use super::keys::case;
use crate::{der, pki, text};

fn parse(cert: &[u8], key: Option<&[u8]>) -> Result<Bundle, CertError> {
    let input = |name, bytes| Input { name, bytes };
    let key = key.map(|key| input("key.pem", key));
    Bundle::parse(
        &[input("cert.pem", cert)],
        key,
        "2030-01-01T00:00:00Z".parse().expect("a time"),
    )
}

fn has_openssl() -> bool {
    let mut version = Command::new("openssl");
    version.arg("version").stdout(Stdio::null());
    version.status().is_ok_and(|status| status.success())
}

fn run(folder: &Path, command: &str) {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", command])
        .current_dir(folder)
        .stderr(Stdio::null());
    assert!(shell.status().expect("sh").success(), "{command}");
}

/// The command of a hint: what stands after the last `: `, before a remark in brackets.
fn command(error: &CertError) -> String {
    let hint = error.hint();
    let hint = hint.split(" (").next().expect("a hint");
    hint.rsplit_once(": ").expect("a command").1.to_owned()
}

#[test]
fn other_forms_are_converted_as_the_hint_says() {
    if !has_openssl() {
        return;
    }
    let folder = tempfile::tempdir().expect("a directory");
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("p256.pem"), pki("p256.pem")).expect("written");
    std::fs::write(at("p256.key"), pki("p256.key.pem")).expect("written");
    let old = "openssl pkcs12 -export -legacy -in p256.pem -inkey p256.key -passout pass:secret -out old.p12";
    run(folder.path(), old);
    let old = std::fs::read(at("old.p12")).expect("made");
    // What the file is, and the option that it needs.
    for (store, legacy) in [(old, true), (pki("bundle.p12"), false)] {
        std::fs::write(at("cert.pem"), &store).expect("written");
        std::fs::write(at("key.pem"), &store).expect("written");
        let cert = parse(&store, None).unwrap_err();
        let key = parse(&pki("p256.pem"), Some(&store)).unwrap_err();
        for error in [&cert, &key] {
            assert_eq!(
                error.hint().contains(" -legacy "),
                legacy,
                "{}",
                error.hint()
            );
            run(
                folder.path(),
                &format!("{} -passin pass:secret", command(error)),
            );
        }
        let cert = std::fs::read(at("new-cert.pem")).expect("made");
        let key = std::fs::read(at("new-key.pem")).expect("made");
        parse(&cert, Some(&key)).expect("fit");
    }
    for (name, cert) in [
        ("key-pkcs8.der", "p256.pem"),
        ("key-sec1.der", "p256.pem"),
        ("key-pkcs1.der", "rsa2048.pem"),
        ("key-encrypted.der", "p256.pem"),
    ] {
        std::fs::write(at("key.pem"), pki(name)).expect("written");
        let error = parse(&pki(cert), Some(&pki(name))).unwrap_err();
        let with_password = match name {
            "key-encrypted.der" => " -passin pass:secret",
            _ => "",
        };
        run(folder.path(), &(command(&error) + with_password));
        let key = std::fs::read(at("new-key.pem")).expect("made");
        parse(&pki(cert), Some(&key)).expect(name);
    }
}

#[test]
fn a_key_in_der_is_known_in_every_spelling() {
    for name in [
        "ec-p256-scalar-33-bytes",
        "ec-p256-pkcs8-version-1",
        "rsa-3-primes",
    ] {
        let key = der(&case(&format!("{name}.key")));
        let error = parse(&pki("p256.pem"), Some(&key)).unwrap_err();
        assert!(
            error.to_string().contains("a private key in DER"),
            "{name}: {error}"
        );
    }
}

#[test]
fn a_second_servers_certificate_goes_as_the_hint_says() {
    for files in [
        ["p256.pem", "intermediate.pem", "p384.pem"],
        ["p384.pem", "p256.pem", "intermediate.pem"],
    ] {
        let file: String = files.iter().map(|name| text(name)).collect();
        let key = text("p256.key.pem");
        let error = parse(file.as_bytes(), Some(key.as_bytes())).unwrap_err();
        let folder = tempfile::tempdir().expect("a directory");
        std::fs::write(folder.path().join("cert.pem"), &file).expect("written");
        run(folder.path(), &command(&error));
        let left = std::fs::read(folder.path().join("new-cert.pem")).expect("made");
        let bundle = parse(&left, Some(key.as_bytes())).expect("fit");
        assert_eq!(
            bundle.chain_pem(),
            text("p256.pem") + &text("intermediate.pem")
        );
    }
}
