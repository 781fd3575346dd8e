//! Hostile files: one clear error, whatever there is too much of.

use certctl::cert::{Bundle, CertError, Input, examine, inspect};
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};

use super::keys::case;
use crate::text;

fn input(text: &str) -> Input<'_> {
    Input {
        name: "file",
        bytes: text.as_bytes(),
    }
}

#[track_caller]
fn too_many(file: &str) {
    let found = inspect(input(file));
    assert_eq!(found.len(), 1, "one error for the whole file");
    let error = found[0].content.as_ref().unwrap_err();
    assert!(matches!(error, CertError::TooMany { .. }), "{error}");
    let now = "2026-07-01T12:00:00Z".parse().expect("a time");
    let examined = examine(&[input(file)], None, now);
    assert_eq!(examined.findings.len(), 1, "{:?}", examined.findings);
    let error = Bundle::parse(&[input(file)], None, now).unwrap_err();
    assert!(matches!(error, CertError::TooMany { .. }), "{error}");
}

#[test]
fn thousands_of_blocks_are_refused() {
    too_many(&text("p256.pem").repeat(500));
    too_many(&"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n".repeat(10_000));
}

#[test]
fn certificates_that_may_all_have_issued_each_other_are_refused() {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, "Same");
    let key = KeyPair::generate().expect("a key");
    let mut parameters = CertificateParams::new(["a.com".to_owned()]).expect("names");
    parameters.distinguished_name = name;
    let issuer = rcgen::Issuer::new(parameters.clone(), KeyPair::generate().expect("a key"));
    let one = || {
        parameters
            .signed_by(&key, &issuer)
            .expect("a certificate")
            .pem()
    };
    let many: String = (0..30).map(|_| one()).collect();
    // Copies of the same would be dropped: each has a serial number of its own.
    too_many(&many);
    let few: String = (0..3).map(|_| one()).collect();
    assert_eq!(inspect(input(&few)).len(), 3);
}

#[test]
fn bundles_of_authorities_are_large_and_not_refused() {
    assert_eq!(inspect(input(&text("root.pem").repeat(350))).len(), 350);
}

#[test]
fn primes_without_number_are_not_computed_with() {
    let found = inspect(Input {
        name: "key.pem",
        bytes: case("rsa-20-primes.key").as_bytes(),
    });
    let error = found[0].content.as_ref().unwrap_err();
    assert!(matches!(error, CertError::UnsupportedKey { .. }), "{error}");
    assert!(
        error.to_string().contains("of more than 16 primes"),
        "{error}"
    );
}

#[test]
fn a_name_of_a_thousand_parts_is_told_by_its_hash() {
    let mut parameters = CertificateParams::new(["a.com".to_owned()]).expect("names");
    let unit = "x".repeat(20_000);
    parameters
        .distinguished_name
        .push(DnType::OrganizationName, unit);
    let cert = parameters
        .self_signed(&KeyPair::generate().expect("a key"))
        .expect("a certificate");
    let facts = certctl::cert::Facts::read(cert.der()).expect("a certificate");
    assert!(
        facts.subject.starts_with("(a name of 20"),
        "{}",
        facts.subject
    );
}
