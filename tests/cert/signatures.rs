//! Signatures have three answers: good, wrong, and not verified.

use certctl::cert::{CertError, Content, Facts, Input, Note, inspect, is_verified_chain};

use super::keys::{case, later};
use crate::{armour, der, text};

fn notes(cert: &str) -> Vec<Note> {
    later(cert, None).expect("fit").notes().to_vec()
}

#[test]
fn a_link_is_ok_only_where_its_signature_was_verified() {
    let error = later(&case("p521-wrong-issuer.crt"), None).unwrap_err();
    assert!(matches!(error, CertError::NotSigned { .. }), "{error}");
    let key = case("p521-leaf.key");
    let right = later(&case("p521-right-issuer.crt"), Some(&key)).expect("fit");
    let is_unverified = |note: &Note| matches!(note, Note::Unverified { .. });
    assert!(
        !right.notes().iter().any(is_unverified),
        "{:?}",
        right.notes()
    );
    let blocks = |file: &str| -> Vec<Vec<u8>> {
        let text = case(file);
        let blocks = text.split_inclusive("-----END CERTIFICATE-----\n");
        blocks.map(der).collect()
    };
    assert!(is_verified_chain(&blocks("p521-right-issuer.crt")));
    assert!(!is_verified_chain(&blocks("p521-wrong-issuer.crt")));
}

#[test]
fn what_cannot_be_verified_is_said() {
    // Signed by a curve that nobody here computes with.
    let found = inspect(Input {
        name: "file",
        bytes: case("k256.crt").as_bytes(),
    });
    let Ok(Content::Certificate { facts, .. }) = &found[0].content else {
        panic!("{found:?}");
    };
    assert_eq!(facts.self_signed, None);
}

#[test]
fn self_signed_is_true_where_that_was_verified() {
    for name in [
        "self-md5",
        "self-sha1",
        "self-rsa1024",
        "self-pss-salt",
        "self-p521-sha256",
        "rsa-8192",
    ] {
        let good = der(&case(&format!("{name}.crt")));
        let facts = Facts::read(&good).expect("a certificate");
        assert_eq!(facts.self_signed, Some(true), "{name}");
        let mut wrong = good;
        *wrong.last_mut().expect("a byte") ^= 1;
        let facts = Facts::read(&wrong).expect("a certificate");
        assert_eq!(facts.self_signed, Some(false), "{name}");
    }
}

#[test]
fn what_clients_refuse_is_warned_of() {
    assert!(notes(&case("purpose-client.crt")).contains(&Note::NotForServers));
    assert!(notes(&case("usage-agreement.crt")).contains(&Note::NotForSignatures));
    for (name, hash) in [("self-md5", "MD5"), ("self-sha1", "SHA-1")] {
        let notes = notes(&case(&format!("{name}.crt")));
        let is_weak =
            |note: &Note| matches!(note, Note::WeakSignature { hash: found, .. } if *found == hash);
        assert!(notes.iter().any(is_weak), "{name}: {notes:?}");
    }
    let plain = notes(&text("p256.pem"));
    assert!(
        !plain.iter().any(|note| matches!(
            note,
            Note::NotForServers | Note::NotForSignatures | Note::WeakSignature { .. }
        )),
        "{plain:?}"
    );
    let error = later(&case("precertificate.crt"), None).unwrap_err();
    assert!(matches!(error, CertError::Precertificate { .. }), "{error}");
}

#[test]
fn a_name_in_common_is_no_signature() {
    // The subject and the issuer are one text, and another key signed.
    let facts = Facts::read(&der(&text("same-name.pem"))).expect("a certificate");
    assert_eq!(facts.self_signed, Some(false));
    let again = armour("CERTIFICATE", &der(&text("same-name.pem")));
    assert!(later(&again, None).is_ok());
}
