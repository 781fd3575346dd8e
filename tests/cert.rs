//! `certctl::cert` over the keys and chains in `tests/pki`, which `tests/pki/make.sh` makes.

// The tables of cases are read as they stand.
#![allow(clippy::type_complexity)]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use certctl::cert::{Algorithm, Bundle, CertError, Input, Note, examine, inspect};
use chrono::{DateTime, Utc};
use proptest::prelude::*;

mod cert {
    mod bounds;
    mod hints;
    mod keys;
    mod signatures;
}

fn pki(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/pki/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn text(name: &str) -> String {
    String::from_utf8(pki(name)).unwrap()
}

/// Several files of `tests/pki`, one after the other.
fn join(names: &[&str]) -> String {
    names.iter().map(|name| text(name)).collect()
}

fn at(time: &str) -> DateTime<Utc> {
    time.parse().unwrap()
}

fn parse(cert: impl AsRef<[u8]>, key: Option<&[u8]>) -> Result<Bundle, CertError> {
    let cert = Input {
        name: "cert.pem",
        bytes: cert.as_ref(),
    };
    let key = key.map(|bytes| Input {
        name: "key.pem",
        bytes,
    });
    Bundle::parse(&[cert], key, at("2026-07-01T12:00:00Z"))
}

fn with_key(cert: impl AsRef<[u8]>, key: impl AsRef<[u8]>) -> Result<Bundle, CertError> {
    parse(cert, Some(key.as_ref()))
}

fn der(pem: &str) -> Vec<u8> {
    let body = pem.lines().filter(|line| !line.starts_with('-'));
    STANDARD.decode(body.collect::<String>()).unwrap()
}

fn armour(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines = text
        .as_bytes()
        .chunks(64)
        .map(|line| String::from_utf8_lossy(line));
    let body = lines.map(|line| format!("{line}\n")).collect::<String>();
    format!("-----BEGIN {label}-----\n{body}-----END {label}-----\n")
}

/// The key's DER with one bit of the byte at `index` turned; negative counts from the end.
fn damaged(label: &str, pem: &str, index: isize) -> String {
    let mut der = der(pem);
    let index = index.rem_euclid(der.len() as isize) as usize;
    der[index] ^= 1;
    armour(label, &der)
}

/// A message, a hint, each one line, the message with all the fragments, none with key material.
fn assert_refused(
    case: &str,
    result: Result<Bundle, CertError>,
    fragments: &[&str],
    secrets: &[&str],
) {
    let error = match result {
        Ok(bundle) => panic!("{case}: accepted: {bundle:?}"),
        Err(error) => error,
    };
    let shown = format!("{error}\n{}", error.hint());
    assert_eq!(error.to_string().lines().count(), 1, "{case}: {error}");
    assert_eq!(error.hint().lines().count(), 1, "{case}: {}", error.hint());
    for fragment in fragments {
        assert!(
            shown.contains(fragment),
            "{case}: no '{fragment}' in: {shown}"
        );
    }
    for secret in secrets {
        let body = secret
            .lines()
            .filter(|line| line.len() >= 16 && !line.contains("-----"));
        for line in body {
            assert!(
                !format!("{shown}{error:?}").contains(line),
                "{case}: leaks the key: {shown}"
            );
        }
    }
}

#[test]
fn every_kind_of_key_in_every_encoding() {
    #[rustfmt::skip]
    let cases: [(&str, Algorithm, &[&str]); 4] = [
        ("rsa2048", Algorithm::Rsa { bits: 2048 }, &["key", "pkcs1"]),
        ("rsa4096", Algorithm::Rsa { bits: 4096 }, &["key", "pkcs1"]),
        ("p256", Algorithm::EcdsaP256, &["key", "private-only", "sec1", "sec1-parameters", "sec1-private-only"]),
        ("p384", Algorithm::EcdsaP384, &["key", "private-only", "sec1", "sec1-parameters", "sec1-private-only"]),
    ];
    for (name, algorithm, encodings) in cases {
        for encoding in encodings {
            let case = format!("{name}.{encoding}");
            let key = text(&format!("{case}.pem"));
            let cert = join(&[&format!("{name}.pem"), "intermediate.pem"]);
            let bundle = with_key(&cert, &key).unwrap_or_else(|error| panic!("{case}: {error}"));
            assert_eq!(bundle.leaf().algorithm, algorithm, "{case}");
            assert_eq!(bundle.notes(), [], "{case}");
            assert_eq!(bundle.chain_pem(), cert, "{case}");
            // `EC PARAMETERS` is dropped, the key block itself stays as it was.
            let own = &key[key.rfind("-----BEGIN").unwrap()..];
            assert_eq!(bundle.key_pem().unwrap().expose(), own, "{case}");
            assert!(!format!("{bundle:?}").contains("PRIVATE"), "{case}");

            let other = with_key(text("self-signed.pem"), &key);
            if name != "p256" {
                let id = key_id(&key);
                assert_refused(
                    &case,
                    other,
                    &["does not match the certificate", &id],
                    &[&key],
                );
            }
        }
    }
}

/// The id that a mismatch names, found by asking for one.
fn key_id(key: &str) -> String {
    match with_key(text("self-signed.pem"), key) {
        Err(CertError::KeyMismatch { key, .. }) => key.id,
        other => panic!("{other:?}"),
    }
}

#[test]
fn ids_are_what_openssl_computes() {
    let error = with_key(text("p256.pem"), text("rsa2048.key.pem")).unwrap_err();
    let ids = text("ids.txt");
    let id = |name: &str| {
        ids.lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap()
            .trim()[..16]
            .to_owned()
    };
    assert_eq!(
        error.to_string(),
        format!(
            "the key in key.pem:1 (RSA 2048, id {}) does not match the certificate in cert.pem:1 \
             (ECDSA P-256, id {})",
            id("rsa2048"),
            id("p256"),
        )
    );
}

#[test]
fn what_the_leaf_says() {
    let bundle = parse(join(&["p256.pem", "intermediate.pem"]), None).unwrap();
    let leaf = bundle.leaf();
    assert_eq!(
        leaf.names,
        [
            "example.com",
            "*.example.com",
            "xn--bcher-kva.example",
            "*.xn--bcher-kva.example"
        ]
    );
    assert_eq!(leaf.subject, "CN=example.com");
    assert!(leaf.issuer.contains("CN=Intermediate"));
    assert_eq!(leaf.not_before, at("2020-01-01T00:00:00Z"));
    assert_eq!(leaf.not_after, at("2126-01-01T00:00:00Z"));
    let ids = text("ids.txt");
    let fingerprint = ids
        .lines()
        .find_map(|line| line.strip_prefix("fingerprint "))
        .unwrap();
    assert_eq!(leaf.fingerprint, fingerprint);
    assert!(bundle.key_pem().is_none());
}

#[test]
fn forms_of_pem_that_are_read() {
    let cert = join(&["p256.pem", "intermediate.pem"]);
    let key = text("p256.sec1-parameters.pem");
    let want = with_key(&cert, &key).unwrap();
    let bag = "Bag Attributes\n    friendlyName: caf\u{e9}\nsubject=CN = example.com\n\n";
    #[rustfmt::skip]
    let forms: [(&str, fn(&str) -> String); 9] = [
        ("CRLF", |pem| pem.replace('\n', "\r\n")),
        ("lone CR", |pem| pem.replace('\n', "\r")),
        ("BOM", |pem| format!("\u{feff}{pem}")),
        ("no last newline", |pem| pem.trim_end().to_owned()),
        ("blank lines", |pem| pem.replace('\n', "\n\n")),
        ("indented", |pem| pem.replace('\n', " \n\t  ")),
        ("no wrapping", |pem| pem.replace("-----\n", "-----\0").replace("\n-----", "\0-----").replace('\n', "").replace('\0', "\n")),
        ("narrow wrapping", |pem| {
            pem.lines()
                .flat_map(|line| match line.len() {
                    33.. if !line.starts_with('-') => vec![&line[..31], &line[31..]],
                    _ => vec![line],
                })
                .map(|line| format!("{line}\n"))
                .collect()
        }),
        ("no line break between blocks", |pem| pem.replace("-----\n-----BEGIN", "----------BEGIN")),
    ];
    for (form, make) in forms {
        let bundle =
            with_key(make(&cert), make(&key)).unwrap_or_else(|error| panic!("{form}: {error}"));
        assert_eq!(bundle.chain_pem(), want.chain_pem(), "{form}");
        assert_eq!(bundle.key_pem(), want.key_pem(), "{form}");
    }
    let commented = format!(
        "{bag}{}{bag}{}{bag}",
        text("p256.pem"),
        text("intermediate.pem")
    );
    assert_eq!(
        parse(commented, None).unwrap().chain_pem(),
        want.chain_pem()
    );
    let latin1 = [b"caf\xe9\n", text("p256.pem").as_bytes()].concat();
    assert!(parse(latin1, None).is_ok());
    let renamed = cert.replace("CERTIFICATE", "X509 CERTIFICATE");
    assert_eq!(parse(renamed, None).unwrap().chain_pem(), want.chain_pem());
    assert_eq!(want.chain_pem(), cert);
}

#[test]
fn one_file_for_both() {
    let both = join(&["p256.sec1-parameters.pem", "p256.pem", "intermediate.pem"]);
    let bundle = with_key(&both, &both).unwrap();
    assert_eq!(bundle.chain_pem(), join(&["p256.pem", "intermediate.pem"]));
    assert_eq!(bundle.key_pem().unwrap().expose(), text("p256.sec1.pem"));
    // A key beside the certificate is not read, let alone sent, where none was asked for.
    let damaged = text("p256.key.pem").replace('M', "!");
    let bundle = parse(format!("{damaged}{}", text("p256.pem")), None).unwrap();
    assert_eq!(bundle.chain_pem(), text("p256.pem"));
    assert!(bundle.key_pem().is_none());
}

#[test]
fn files_that_are_no_pem_of_the_right_kind() {
    let cert = text("p256.pem");
    let key = text("p256.key.pem");
    let utf16: Vec<u8> = "\u{feff}"
        .encode_utf16()
        .chain(key.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let bare: String = key
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect::<Vec<_>>()
        .join("\n");
    #[rustfmt::skip]
    let wrong: Vec<(&str, Vec<u8>, &str, &str, &str, &str)> = vec![
        // case, content, as the certificate: message, hint; as the key: message, hint
        ("empty", vec![], "an empty file", "ls -l cert.pem", "an empty file", "ls -l key.pem"),
        ("white space", b" \r\n\t\n".to_vec(), "an empty file", "", "an empty file", ""),
        ("BOM only", b"\xef\xbb\xbf\n".to_vec(), "an empty file", "", "an empty file", ""),
        ("text", b"hello\nworld\n".to_vec(), "text without a PEM block", "fullchain.pem", "text without a PEM block", "privkey.pem"),
        ("binary", vec![0, 1, 2, 0xff, 0x80], "binary data", "", "binary data", ""),
        ("half a sequence", vec![0x30, 0x82, 1, 0, 2, 1], "binary data", "", "binary data", ""),
        ("UTF-16", utf16, "UTF-16", "iconv -f UTF-16 -t UTF-8 cert.pem", "UTF-16", "iconv"),
        ("base64", bare.into_bytes(), "base64 without BEGIN", "BEGIN CERTIFICATE", "base64 without BEGIN", "BEGIN"),
        ("JKS", b"\xfe\xed\xfe\xed\0\0\0\x02".to_vec(), "Java keystore", "keytool", "Java keystore", "keytool"),
        ("DER certificate", pki("certificate.der"), "a certificate in DER", "openssl x509 -inform DER -in cert.pem", "a certificate in DER", "privkey.pem"),
        ("DER PKCS#8", pki("key-pkcs8.der"), "a private key in DER", "fullchain.pem", "a private key in DER", "openssl pkey -inform DER -in key.pem"),
        ("DER PKCS#1", pki("key-pkcs1.der"), "a private key in DER", "", "a private key in DER", "openssl pkey -inform DER"),
        ("DER SEC1", pki("key-sec1.der"), "a private key in DER", "", "a private key in DER", "openssl pkey -inform DER"),
        ("DER encrypted", pki("key-encrypted.der"), "an encrypted private key in DER", "", "an encrypted private key in DER", "openssl pkey -inform DER"),
        ("DER public key", pki("public.der"), "a public key in DER", "", "a public key in DER", ""),
        ("DER request", pki("request.der"), "a certificate signing request in DER", "to a CA", "a certificate signing request in DER", ""),
        ("DER PKCS#7", pki("pkcs7.der"), "a PKCS#7 file", "openssl pkcs7 -inform DER -print_certs", "a PKCS#7 file", ""),
        ("PKCS#12", pki("bundle.p12"), "a PKCS#12 file", "openssl pkcs12 -in cert.pem -nokeys", "a PKCS#12 file", "openssl pkcs12 -in key.pem -nocerts"),
        ("request", pki("request.pem"), "found CERTIFICATE REQUEST", "to a CA", "key.pem:1: expected a PEM private key, found CERTIFICATE REQUEST", ""),
        ("public key", pki("public.pem"), "found PUBLIC KEY", "", "found PUBLIC KEY", "the private key"),
        ("trusted", pki("trusted.pem"), "found TRUSTED CERTIFICATE", "openssl x509 -in cert.pem", "found TRUSTED CERTIFICATE", ""),
        ("PKCS#7", pki("pkcs7.pem"), "found PKCS7", "openssl pkcs7 -print_certs", "found PKCS7", ""),
        ("OpenSSH", armour("OPENSSH PRIVATE KEY", b"openssh-key-v1").into_bytes(), "found OPENSSH PRIVATE KEY", "", "found OPENSSH PRIVATE KEY", "ssh-keygen -p -m PKCS8"),
    ];
    for (case, bytes, cert_message, cert_hint, key_message, key_hint) in wrong {
        assert_refused(
            case,
            with_key(&bytes, &key),
            &[cert_message, cert_hint, "cert.pem"],
            &[&key],
        );
        assert_refused(
            case,
            with_key(&cert, &bytes),
            &[key_message, key_hint, "key.pem"],
            &[&key],
        );
    }
    assert_refused(
        "a key for a certificate",
        parse(&key, None),
        &[
            "cert.pem:1: expected a PEM certificate, found PRIVATE KEY",
            "fullchain.pem",
        ],
        &[&key],
    );
    assert_refused(
        "a certificate for a key",
        with_key(&cert, &cert),
        &["key.pem:1: expected a PEM private key, found CERTIFICATE"],
        &[],
    );
    assert_refused(
        "swapped",
        with_key(&key, &cert),
        &[
            "cert.pem is a private key and key.pem is a certificate",
            "--cert key.pem --key cert.pem",
        ],
        &[&key],
    );
    let params = &text("p256.sec1-parameters.pem")[..text("p256.sec1-parameters.pem")
        .find("-----BEGIN EC PRIVATE")
        .unwrap()];
    assert_refused(
        "parameters alone",
        with_key(&cert, params),
        &["found EC PARAMETERS"],
        &[],
    );
    assert_refused(
        "a request after the certificate",
        parse(join(&["p256.pem", "request.pem"]), None),
        &["found CERTIFICATE REQUEST"],
        &[],
    );
}

#[test]
fn pem_that_is_broken() {
    let key = text("rsa2048.key.pem");
    let lines: Vec<&str> = key.lines().collect();
    let count = lines.len();
    let without = |from: usize, to: usize| [&lines[..from], &lines[to..]].concat().join("\n");
    let replaced = |index: usize, line: &str| {
        let mut lines = lines.clone();
        lines[index] = line;
        lines.join("\n")
    };
    let short = &lines[5][..63];
    let padded = format!("{}=", &lines[5][..63]);
    #[rustfmt::skip]
    let cases: Vec<(&str, String, Vec<String>)> = vec![
        ("no END line", without(count - 1, count), vec!["key.pem:1: the PRIVATE KEY block that begins here has no END line".into()]),
        ("half an END line", replaced(count - 1, "-----END PRIV"), vec!["has no END line".into()]),
        ("BEGIN before END", format!("{}\n{key}", without(count - 1, count)), vec!["key.pem:1: the PRIVATE KEY block that begins here has no END line".into()]),
        ("no BEGIN line", without(0, 1), vec![format!("key.pem:{}: this END line has no BEGIN line", count - 1)]),
        ("another END label", replaced(count - 1, "-----END RSA PRIVATE KEY-----"), vec![format!("key.pem:{count}: END RSA PRIVATE KEY does not match BEGIN PRIVATE KEY on line 1")]),
        ("a foreign character", replaced(7, &lines[7].replace(&lines[7][3..4], "?")), vec!["key.pem:8: this line of the PRIVATE KEY block that begins on line 1 is not base64".into()]),
        ("padding in the middle", replaced(5, &padded), vec!["key.pem:6: this line".into()]),
        ("a character too few", replaced(5, short), vec!["key.pem:1: the PRIVATE KEY block is incomplete".into()]),
        ("a line too few", without(5, 6), vec!["key.pem:1: the PRIVATE KEY block is damaged: its content should be ".into(), " bytes long but is ".into()]),
        ("no content", format!("{}\n{}", lines[0], lines[count - 1]), vec!["does not contain a private key".into()]),
        ("all in one line", lines.join(" "), vec!["key.pem:1: the BEGIN line has text after its dashes".into(), "\"$VARIABLE\"".into()]),
        ("\\n spelt out", lines.join("\\n"), vec!["the file has \\n instead of line breaks".into(), "printf '%b'".into()]),
        ("garbage inside", armour("PRIVATE KEY", b"neither this nor that"), vec!["does not contain a private key of that kind".into(), "openssl pkey".into()]),
    ];
    for (case, pem, fragments) in cases {
        let fragments: Vec<&str> = fragments.iter().map(String::as_str).collect();
        assert_refused(
            case,
            with_key(text("rsa2048.pem"), pem),
            &fragments,
            &[&key],
        );
    }
    let garbage = armour("CERTIFICATE", b"neither this nor that");
    assert_refused(
        "garbage",
        parse(garbage, None),
        &[
            "cert.pem:1: the CERTIFICATE block does not contain an X.509 certificate",
            "openssl asn1parse",
        ],
        &[],
    );
    let second = format!(
        "{}{}",
        text("p256.pem"),
        text("intermediate.pem").replace("MII", "M!!")
    );
    let line = text("p256.pem").lines().count() + 2;
    assert_refused(
        "in the second block",
        parse(second, None),
        &[&format!("cert.pem:{line}: this line")],
        &[],
    );
    let mut crlf: Vec<String> = text("p256.pem").lines().map(str::to_owned).collect();
    crlf[2].replace_range(0..1, "%");
    assert_refused(
        "lines are counted once with CRLF",
        parse(crlf.join("\r\n"), None),
        &["cert.pem:3: this line"],
        &[],
    );
}

#[test]
fn keys_that_are_unfit() {
    let rsa = text("rsa2048.pkcs1.pem");
    #[rustfmt::skip]
    let cases: Vec<(&str, &str, String, &[&str])> = vec![
        ("encrypted PKCS#8", "p256.pem", text("encrypted.pkcs8.pem"), &["key.pem:1: the private key is encrypted with a passphrase", "openssl pkey -in key.pem"]),
        ("encrypted PKCS#1", "rsa2048.pem", text("encrypted.legacy.pem"), &["key.pem:1: the private key is encrypted with a passphrase"]),
        ("two keys", "p256.pem", join(&["p256.key.pem", "rsa2048.pkcs1.pem"]), &["key.pem: two private keys: PRIVATE KEY on line 1 and RSA PRIVATE KEY on line 6"]),
        ("another RSA key", "rsa2048.pem", text("other.key.pem"), &["the key in key.pem:1 (RSA 2048, id ", "certificate in cert.pem:1 (RSA 2048, id ", "openssl x509 -noout -pubkey -in cert.pem"]),
        ("another algorithm", "rsa2048.pem", text("p256.key.pem"), &["(ECDSA P-256, id ", "(RSA 2048, id "]),
        ("another curve", "p384.pem", text("p256.key.pem"), &["(ECDSA P-256, id ", "(ECDSA P-384, id "]),
        ("secp256k1", "k256.pem", text("k256.key.pem"), &["the private key is ECDSA secp256k1"]),
        ("secp256k1 in SEC1", "k256.pem", text("k256.sec1-private-only.pem"), &["the private key is ECDSA secp256k1"]),
        ("RSA, coefficient", "rsa2048.pem", damaged("RSA PRIVATE KEY", &rsa, -5), &["the RSA PRIVATE KEY is damaged", "openssl pkey -check"]),
        ("RSA, exponent 2", "rsa2048.pem", damaged("RSA PRIVATE KEY", &rsa, -160), &["the RSA PRIVATE KEY is damaged"]),
        ("RSA, prime 1", "rsa2048.pem", damaged("RSA PRIVATE KEY", &rsa, 600), &["the RSA PRIVATE KEY is damaged"]),
        ("RSA, modulus", "rsa2048.pem", damaged("RSA PRIVATE KEY", &rsa, 100), &["the RSA PRIVATE KEY is damaged"]),
        ("RSA in PKCS#8", "rsa2048.pem", damaged("PRIVATE KEY", &text("rsa2048.key.pem"), -5), &["the PRIVATE KEY is damaged"]),
        ("EC, public half", "p256.pem", damaged("EC PRIVATE KEY", &text("p256.sec1.pem"), -5), &["the EC PRIVATE KEY is damaged"]),
        ("EC, scalar", "p256.pem", damaged("PRIVATE KEY", &text("p256.key.pem"), 40), &["the PRIVATE KEY is damaged"]),
        ("EC, scalar, no public half", "p256.pem", damaged("PRIVATE KEY", &text("p256.private-only.pem"), -5), &["does not match the certificate"]),
    ];
    for (case, cert, key, fragments) in cases {
        assert_refused(case, with_key(text(cert), &key), fragments, &[&key]);
    }
}

#[test]
fn chains_that_are_put_right() {
    #[rustfmt::skip]
    let cases: [(&str, &[&str], &[&str], &[&str]); 13] = [
        // case, files, the chain, the notes
        ("a leaf of its issuer's name", &["same-name.pem", "intermediate.pem"], &["same-name.pem", "intermediate.pem"], &[]),
        ("in order", &["p256.pem", "intermediate.pem"], &["p256.pem", "intermediate.pem"], &[]),
        ("leaf only", &["p256.pem"], &["p256.pem"], &["without the intermediate"]),
        ("reversed", &["intermediate.pem", "p256.pem"], &["p256.pem", "intermediate.pem"], &["not in order"]),
        ("with root", &["p256.pem", "intermediate.pem", "root.pem"], &["p256.pem", "intermediate.pem"], &["the root "]),
        ("reversed with root", &["root.pem", "intermediate.pem", "p256.pem"], &["p256.pem", "intermediate.pem"], &["not in order", "the root "]),
        ("duplicate", &["p256.pem", "intermediate.pem", "p256.pem"], &["p256.pem", "intermediate.pem"], &["repeats line 1"]),
        ("ECDSA signatures", &["ec-chain.pem", "intermediate-ec.pem", "root-ec.pem"], &["ec-chain.pem", "intermediate-ec.pem"], &["the root "]),
        ("a signature by P-521", &["intermediate-p521.pem", "p521-chain.pem"], &["p521-chain.pem", "intermediate-p521.pem"], &["not in order"]),
        ("cross-signed", &["p256.pem", "root-cross.pem", "intermediate.pem", "root-ec.pem"], &["p256.pem", "intermediate.pem", "root-cross.pem"], &["not in order", "the root "]),
        ("cross-signed and its twin", &["p256.pem", "intermediate.pem", "root.pem", "root-cross.pem"], &["p256.pem", "intermediate.pem", "root-cross.pem"], &["the root "]),
        ("renewed intermediate and its twin", &["p256.pem", "intermediate-expired.pem", "intermediate.pem"], &["p256.pem", "intermediate.pem"], &["another certificate with the same name and key"]),
        ("expired intermediate", &["p256.pem", "intermediate-expired.pem"], &["p256.pem", "intermediate-expired.pem"], &["expired at 2021-01-01T00:00:00Z"]),
    ];
    for (case, files, chain, notes) in cases {
        let bundle = parse(join(files), None).unwrap_or_else(|error| panic!("{case}: {error}"));
        assert_eq!(bundle.chain_pem(), join(chain), "{case}");
        assert_notes(case, &bundle, notes);
    }
}

fn assert_notes(case: &str, bundle: &Bundle, fragments: &[&str]) {
    let notes: Vec<String> = bundle.notes().iter().map(Note::to_string).collect();
    assert_eq!(notes.len(), fragments.len(), "{case}: {notes:?}");
    for fragment in fragments {
        let fits = |note: &String| note.contains(fragment) && note.lines().count() == 1;
        assert!(
            notes.iter().any(fits),
            "{case}: no '{fragment}' in {notes:?}"
        );
    }
}

#[test]
fn chains_that_are_refused() {
    #[rustfmt::skip]
    let cases: [(&str, &[&str], &[&str]); 14] = [
        ("a short key in the chain", &["rsa1024-chain.pem", "intermediate-rsa1024.pem"], &["CN=Intermediate RSA 1024", "has an RSA key of 1024 bits"]),
        ("right and wrong key of one name", &["p256.pem", "intermediate-impostor.pem", "intermediate.pem"], &["cert.pem:18: CN=Intermediate", "does not belong to the chain"]),
        ("foreign", &["p256.pem", "intermediate-ec.pem"], &["cert.pem:18: ", "CN=Intermediate EC", "does not belong to the chain: CN=example.com was issued by ", "CN=Intermediate"]),
        ("another leaf", &["p256.pem", "intermediate.pem", "p384.pem"], &["CN=example.com does not belong to the chain: it is another server certificate", "/-----END/d' cert.pem"]),
        ("no intermediate, but the root", &["p256.pem", "root.pem"], &["CN=Root", "does not belong to the chain: CN=example.com was issued by"]),
        ("after a self-signed one", &["self-signed.pem", "intermediate.pem"], &["does not belong to the chain: the chain ends with CN=example.com, which is self-signed", "remove the block"]),
        ("the right name over the wrong key", &["p256.pem", "intermediate-impostor.pem"], &["has the name of the issuer, but its key did not sign CN=example.com (line 1)"]),
        ("issued by a leaf", &["by-leaf.pem", "rsa2048.pem", "intermediate.pem"], &["CN=example.com issued CN=deep.example.com but is not a CA certificate"]),
        ("an intermediate as leaf", &["intermediate.pem"], &["CN=Intermediate", "is a CA certificate (CA:TRUE)"]),
        ("an intermediate with names", &["intermediate-named.pem"], &["is a CA certificate (CA:TRUE)"]),
        ("a root as leaf", &["root.pem"], &["is a CA certificate (CA:TRUE)"]),
        ("intermediate and root", &["intermediate.pem", "root.pem"], &["CN=Intermediate", "is a CA certificate"]),
        ("a self-signed CA in company", &["self-signed-ca.pem", "root.pem"], &["CN=example.com is a CA certificate"]),
        ("a nameless self-signed CA", &["self-signed-ca-nameless.pem"], &["is a CA certificate"]),
    ];
    for (case, files, fragments) in cases {
        assert_refused(case, parse(join(files), None), fragments, &[]);
    }
}

#[test]
fn leaves_that_stand_alone() {
    let bundle = with_key(text("self-signed-ca.pem"), text("p256.key.pem")).unwrap();
    assert_notes(
        "self-signed CA",
        &bundle,
        &["CA:TRUE", "no digitalSignature"],
    );
    assert_eq!(bundle.chain_pem(), text("self-signed-ca.pem"));
    let bundle = with_key(text("self-signed.pem"), text("p256.key.pem")).unwrap();
    assert_notes("self-signed", &bundle, &["is self-signed"]);
    assert_eq!(bundle.chain_pem(), text("self-signed.pem"));
}

#[test]
fn the_key_tells_which_of_two_leaves_is_meant() {
    let both = join(&["p256.pem", "p384.pem"]);
    for key in ["p256.key.pem", "p384.key.pem"] {
        let Err(CertError::SecondServer { place, .. }) = with_key(&both, text(key)) else {
            panic!("{key}: not refused as foreign");
        };
        assert_eq!(place.line == 1, key == "p384.key.pem", "{key}: {place}");
    }
}

#[test]
fn certificates_that_are_unfit() {
    #[rustfmt::skip]
    let cases: [(&str, &[&str]); 7] = [
        ("rsa1024.pem", &["RSA key of 1024 bits; at least 2048", "rsa_keygen_bits:2048"]),
        ("expired.pem", &["cert.pem:1: CN=example.com expired at 2021-01-01T00:00:00Z; now it is 2026-07-01T12:00:00Z", "date -u"]),
        ("not-yet-valid.pem", &["not valid before 2100-01-01T00:00:00Z; now it is 2026-07-01T12:00:00Z", "date -u"]),
        ("cn-only.pem", &["no DNS name in subjectAltName; clients ignore its CN=example.com", "subjectAltName=DNS:"]),
        ("ip-only.pem", &["no DNS name in subjectAltName; clients ignore its CN=192.0.2.1"]),
        ("multi-line.pem", &["its CN=line one\u{fffd}line two"]),
        ("self-signed-ca-nameless.pem", &["CA:TRUE"]),
    ];
    for (file, fragments) in cases {
        assert_refused(file, parse(text(file), None), fragments, &[]);
    }
    assert_refused(
        "short key",
        with_key(text("rsa1024.pem"), text("rsa1024.key.pem")),
        &["RSA key of 1024 bits"],
        &[&text("rsa1024.key.pem")],
    );
    assert_eq!(
        parse(text("no-subject.pem"), None).unwrap().leaf().subject,
        "(no subject)"
    );
}

#[test]
fn the_last_week_is_noted_and_the_last_second_counts() {
    let at = |now| {
        let bytes = &join(&["p256.pem", "intermediate.pem"])[..];
        let input = Input {
            name: "cert.pem",
            bytes: bytes.as_bytes(),
        };
        Bundle::parse(&[input], None, self::at(now))
    };
    assert_notes("eight days", &at("2125-12-24T00:00:00Z").unwrap(), &[]);
    assert_notes("seven days", &at("2125-12-25T00:00:00Z").unwrap(), &[]);
    assert_notes(
        "less",
        &at("2125-12-25T00:00:01Z").unwrap(),
        &["expires soon, at 2126-01-01T00:00:00Z"],
    );
    assert!(at("2126-01-01T00:00:00Z").is_ok());
    assert_refused(
        "over",
        at("2126-01-01T00:00:01Z"),
        &["expired at 2126-01-01T00:00:00Z"],
        &[],
    );
    assert!(at("2020-01-01T00:00:00Z").is_ok());
    assert_refused(
        "early",
        at("2019-12-31T23:59:59Z"),
        &["not valid before 2020-01-01"],
        &[],
    );
}

#[test]
fn domains_that_are_covered() {
    let bundle = parse(text("p256.pem"), None).unwrap();
    #[rustfmt::skip]
    let covered = [
        "example.com",
        "EXAMPLE.com",
        "example.com.",
        "www.example.com",
        "a_b.example.com",
        "xn--bcher-kva.example.com",
        "bücher.example.com",
        "bücher.example",
        "BÜCHER.example",
        "xn--bcher-kva.example",
        "XN--BCHER-KVA.EXAMPLE",
        "www.bücher.example",
        "*.example.com",
        ".example.com",
        "*.bücher.example",
        ".bücher.example",
    ];
    #[rustfmt::skip]
    let not = [
        "a.b.example.com",
        "*.www.example.com",
        ".www.example.com",
        "com",
        "*.com",
        ".com",
        "xexample.com",
        "example.org",
        "example.com.org",
        "",
        ".",
        "*",
        "*.",
        "..",
        "*.*.example.com",
        "w*.example.com",
        "..example.com",
        "-",
        "192.0.2.1",
        "2001:db8::1",
        "[::1]",
        "www .example.com",
        " example.com",
        "example.com/",
        "example.com:443",
        "https://example.com",
        "bücher.de",
        "exa\0mple.com",
        "www.example.com..",
    ];
    for domain in covered {
        assert!(bundle.covers(domain), "{domain}");
    }
    for domain in not {
        assert!(!bundle.covers(domain), "{domain}");
    }
    let asked = [
        "example.com",
        "example.org",
        "b.example.com",
        "a.b.example.com",
    ];
    assert_eq!(bundle.uncovered(&asked), ["example.org", "a.b.example.com"]);
    assert_eq!(
        bundle.uncovered(&asked.map(String::from)),
        ["example.org", "a.b.example.com"]
    );
}

#[test]
fn a_wildcard_is_a_whole_label_and_the_first() {
    let bundle = parse(text("odd-names.pem"), None).unwrap();
    assert_eq!(
        bundle.leaf().names,
        ["*.com", "f*.example.net", "a.*.example.net", ".example.edu"]
    );
    assert!(bundle.covers("example.com"));
    for domain in [
        "foo.example.net",
        "f*.example.net",
        "a.b.example.net",
        "www.example.edu",
        "example.edu",
        ".example.edu",
        "com",
        "a.example.com",
    ] {
        assert!(!bundle.covers(domain), "{domain}");
    }
}

#[test]
fn keys_that_no_cloud_takes_are_refused() {
    for name in ["rsa2048", "rsa4096", "p256", "p384"] {
        let bundle = parse(text(&format!("{name}.pem")), None).unwrap();
        assert!(bundle.leaf().algorithm.is_taken(), "{name}");
    }
    for (name, shown) in [
        ("p521", "ECDSA P-521"),
        ("ed25519", "Ed25519"),
        ("k256", "ECDSA secp256k1"),
    ] {
        let error = parse(text(&format!("{name}.pem")), None).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "cert.pem:1: the key of the certificate is {shown}; the clouds accept only RSA \
                 from 2048 bits and ECDSA (P-256, P-384)"
            )
        );
        assert!(error.hint().contains("openssl genpkey"), "{}", error.hint());
    }
    // With its key it is the same: such a key is read, and is the certificate's.
    for name in ["p521", "ed25519"] {
        let key = text(&format!("{name}.key.pem"));
        let error = with_key(text(&format!("{name}.pem")), key).unwrap_err();
        assert!(
            matches!(error, CertError::AlgorithmRefused { .. }),
            "{error}"
        );
    }
}

#[test]
fn hints_quote_file_names_for_the_shell() {
    let input = Input {
        name: "it's mine.der",
        bytes: &pki("certificate.der"),
    };
    let error = Bundle::parse(&[input], None, at("2026-07-01T12:00:00Z")).unwrap_err();
    assert!(
        error.hint().contains(r"-in 'it'\''s mine.der' -out"),
        "{}",
        error.hint()
    );
}

/// ring writes the public half of Ed25519 under a tag of its own.
#[test]
fn keys_as_ring_and_rcgen_write_them() {
    for algorithm in [
        &rcgen::PKCS_ECDSA_P256_SHA256,
        &rcgen::PKCS_ECDSA_P384_SHA384,
    ] {
        let key = rcgen::KeyPair::generate_for(algorithm).unwrap();
        let parameters = rcgen::CertificateParams::new(["example.com".to_owned()]).unwrap();
        let cert = parameters.self_signed(&key).unwrap().pem();
        let bundle = with_key(&cert, key.serialize_pem()).unwrap();
        assert_eq!(bundle.leaf().names, ["example.com"]);
    }
}

/// Files as they are, and cut, repeated and overwritten: near enough to the real to get deep in.
fn mangled() -> impl Strategy<Value = Vec<u8>> {
    let files = [
        "p256.pem",
        "rsa2048.pem",
        "root.pem",
        "p256.key.pem",
        "ed25519.key.pem",
        "rsa2048.pkcs1.pem",
        "encrypted.legacy.pem",
        "certificate.der",
        "key-pkcs8.der",
        "bundle.p12",
    ];
    let file = prop::sample::select(files.to_vec()).prop_map(pki);
    let files = prop::collection::vec(file, 1..3).prop_map(|files| files.concat());
    (
        files,
        prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        any::<prop::sample::Index>(),
        any::<bool>(),
    )
        .prop_map(|(mut bytes, edits, cut, whole)| {
            for (index, byte) in edits {
                let index = index.index(bytes.len());
                bytes[index] = byte;
            }
            if !whole {
                bytes.truncate(cut.index(bytes.len()));
            }
            bytes
        })
}

/// Any bytes in the place of a block's content.
fn armoured() -> impl Strategy<Value = Vec<u8>> {
    let labels = [
        "CERTIFICATE",
        "PRIVATE KEY",
        "EC PRIVATE KEY",
        "RSA PRIVATE KEY",
    ];
    let sources = [
        "p256.pem",
        "rsa2048.pem",
        "ed25519.key.pem",
        "p256.sec1.pem",
        "rsa2048.pkcs1.pem",
        "p521.key.pem",
    ];
    (
        prop::sample::select(labels.to_vec()),
        prop::sample::select(sources.to_vec()),
        prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    )
        .prop_map(|(label, source, edits)| {
            let mut der = der(&text(source));
            for (index, byte) in edits {
                let index = index.index(der.len());
                der[index] = byte;
            }
            armour(label, &der).into_bytes()
        })
}

proptest! {
    #[test]
    fn any_bytes_are_answered(
        cert in prop_oneof![any::<Vec<u8>>(), mangled(), armoured()],
        key in prop::option::of(prop_oneof![any::<Vec<u8>>(), mangled(), armoured()]),
    ) {
        if let Err(error) = parse(&cert, key.as_deref()) {
            prop_assert_eq!(error.to_string().lines().count(), 1);
            prop_assert_eq!(error.hint().lines().count(), 1);
        }
    }

    /// Whatever the bytes are, each finding is told, and a bundle is refused for the first of them.
    #[test]
    fn what_is_refused_is_what_was_found(
        cert in prop_oneof![any::<Vec<u8>>(), mangled(), armoured()],
        key in prop_oneof![any::<Vec<u8>>(), mangled(), armoured()],
    ) {
        let input = |name, bytes| Input { name, bytes };
        let (cert_input, key_input) = (input("cert.pem", &cert), input("key.pem", &key));
        let examined = examine(&[cert_input], Some(key_input), at("2026-07-01T12:00:00Z"));
        for finding in &examined.findings {
            prop_assert_eq!(finding.error.to_string().lines().count(), 1);
        }
        let first = examined.findings.first().map(|finding| finding.error.clone());
        prop_assert_eq!(parse(&cert, Some(&key)).err(), first);
    }

    #[test]
    fn any_file_holds_something_or_says_why_not(
        bytes in prop_oneof![any::<Vec<u8>>(), mangled(), armoured()],
    ) {
        let found = inspect(Input { name: "file", bytes: &bytes });
        prop_assert!(!found.is_empty());
        for one in found {
            if let Err(error) = one.content {
                prop_assert_eq!(error.to_string().lines().count(), 1);
                prop_assert!(!error.hint().is_empty());
            }
        }
    }

    #[test]
    fn any_order_gives_the_same_chain(
        files in Just(vec!["p256.pem", "intermediate.pem", "root.pem", "root-cross.pem", "root-ec.pem", "intermediate.pem"]).prop_shuffle(),
    ) {
        let bundle = with_key(join(&files), text("p256.key.pem")).unwrap();
        let want = join(&["p256.pem", "intermediate.pem", "root-cross.pem"]);
        prop_assert_eq!(bundle.chain_pem(), want);
    }

    #[test]
    fn any_domain_is_answered(domain in "[a-zü*.\\-%\\[0-9:]{0,12}(\\.example\\.com)?") {
        let bundle = parse(text("p256.pem"), None).unwrap();
        if bundle.covers(&domain) {
            let plain = domain.trim_end_matches('.').trim_start_matches("*.").trim_start_matches('.');
            prop_assert!(plain.ends_with("example.com") && plain.split('.').count() <= 3, "{}", domain);
        }
    }
}
