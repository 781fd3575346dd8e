//! What the clouds look at in an uploaded certificate and key.

use chrono::{DateTime, Utc};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};
use x509_parser::public_key::PublicKey;

use super::private_key;

/// The longest certificate text that is taken; the vendors publish no figure.
const MAX_PEM: usize = 64 * 1024;

/// What is known of a certificate.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The subject's common name.
    pub common_name: String,
    /// The DNS names.
    pub names: Vec<String>,
    /// The issuer's common name.
    pub issuer: String,
    /// From when it is good.
    pub not_before: DateTime<Utc>,
    /// Until when it is good.
    pub not_after: DateTime<Utc>,
    /// The serial number, in lower-case hex.
    pub serial: String,
    /// SHA-1 of the certificate, in lower-case hex.
    pub sha1: String,
    /// SHA-256 of the certificate, in lower-case hex.
    pub sha256: String,
    /// `RSA` or `ECC`.
    pub algorithm: &'static str,
    /// The size of its key.
    pub key_bits: usize,
    /// The certificate and those that came with it, upwards.
    pub chain: Vec<Link>,
}

impl Facts {
    /// Whether the other one is the same certificate with the same chain, however both are written.
    pub fn is_same_chain(&self, other: &Facts) -> bool {
        let links = self.chain.iter().map(|link| &link.sha256);
        links.eq(other.chain.iter().map(|link| &link.sha256))
    }
}

/// One certificate of a chain.
#[derive(Clone, Debug)]
pub struct Link {
    /// The subject's common name.
    pub subject: String,
    /// The issuer's common name.
    pub issuer: String,
    /// From when it is good.
    pub not_before: DateTime<Utc>,
    /// Until when it is good.
    pub not_after: DateTime<Utc>,
    /// SHA-256 of it, in lower-case hex.
    pub sha256: String,
}

/// Why a certificate or key is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// No PEM, or no certificate in it, or a chain that does not lead upwards.
    Certificate,
    /// The certificate text is too long.
    TooLong,
    /// The key is there and empty.
    EmptyKey,
    /// No PEM, or no key in it.
    Key,
    /// A key of a kind that is not supported.
    KeyKind,
    /// The key belongs to another certificate.
    Mismatch,
}

/// Reads a chain, leaf first, and sees whether the key belongs to the leaf.
///
/// # Errors
/// The first thing that is unfit.
pub fn read(chain: &str, key: &str) -> Result<Facts, Unfit> {
    let ders = certificates(chain)?;
    let parsed = parsed(&ders)?;
    let leaf = parsed.first().ok_or(Unfit::Certificate)?;
    let upwards = parsed.windows(2).all(|pair| leads(&pair[0], &pair[1]));
    if !upwards || leaf.is_ca() {
        return Err(Unfit::Certificate);
    }
    if key.trim().is_empty() {
        return Err(Unfit::EmptyKey);
    }
    if !private_key::read(key)?.owns(leaf.public_key().raw) {
        return Err(Unfit::Mismatch);
    }
    Ok(facts(&parsed, &ders))
}

/// Whether the upper one can have signed the lower one: by its name, and by its key where that is of
/// the usual kinds.
fn leads(lower: &X509Certificate<'_>, upper: &X509Certificate<'_>) -> bool {
    // ecdsa-with-SHA256 and -SHA384; sha256, sha384 and sha512WithRSAEncryption.
    const VERIFIED: [&str; 5] = [
        "1.2.840.10045.4.3.2",
        "1.2.840.10045.4.3.3",
        "1.2.840.113549.1.1.11",
        "1.2.840.113549.1.1.12",
        "1.2.840.113549.1.1.13",
    ];
    let algorithm = lower.signature_algorithm.algorithm.to_id_string();
    let usual = match upper.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => (2048..=8192).contains(&key.key_size()),
        Ok(PublicKey::EC(point)) => matches!(point.key_size(), 256 | 384),
        _ => false,
    };
    lower.issuer() == upper.subject()
        && (!usual
            || !VERIFIED.contains(&algorithm.as_str())
            || lower.verify_signature(Some(upper.public_key())).is_ok())
}

/// SHA-256 of each certificate of a chain, in lower-case hex.
///
/// # Errors
/// As [`read`], of the text alone.
pub fn links(chain: &str) -> Result<Vec<String>, Unfit> {
    let ders = certificates(chain)?;
    Ok(ders.iter().map(sha256).collect())
}

fn sha256(der: &CertificateDer<'_>) -> String {
    hex(digest(&SHA256, der).as_ref())
}

fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, Unfit> {
    if pem.len() > MAX_PEM {
        return Err(Unfit::TooLong);
    }
    CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|_| Unfit::Certificate)
}

fn parsed<'a>(ders: &'a [CertificateDer<'_>]) -> Result<Vec<X509Certificate<'a>>, Unfit> {
    let parse = |der: &'a CertificateDer<'_>| X509Certificate::from_der(der);
    ders.iter()
        .map(|der| match parse(der) {
            Ok(([], certificate)) => Ok(certificate),
            _ => Err(Unfit::Certificate),
        })
        .collect()
}

/// Reads the certificate of an authority.
///
/// # Errors
/// The first thing that is unfit.
pub fn read_authority(pem: &str) -> Result<Facts, Unfit> {
    let ders = certificates(pem)?;
    let parsed = parsed(&ders)?;
    match parsed.first() {
        Some(authority) if authority.is_ca() => Ok(facts(&parsed, &ders)),
        _ => Err(Unfit::Certificate),
    }
}

fn common_name(name: &x509_parser::x509::X509Name<'_>) -> String {
    name.iter_common_name()
        .next()
        .and_then(|name| name.as_str().ok())
        .unwrap_or_default()
        .to_owned()
}

/// Of a chain that is not empty.
fn facts(chain: &[X509Certificate<'_>], ders: &[CertificateDer<'_>]) -> Facts {
    let (leaf, der) = (&chain[0], &ders[0]);
    let names = match leaf.subject_alternative_name() {
        Ok(Some(extension)) => extension
            .value
            .general_names
            .iter()
            .filter_map(|name| match name {
                GeneralName::DNSName(name) => Some((*name).to_owned()),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    };
    let (algorithm, key_bits) = match leaf.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => ("RSA", key.key_size()),
        Ok(PublicKey::EC(point)) => ("ECC", point.key_size()),
        _ => ("", 0),
    };
    let time = |time: x509_parser::time::ASN1Time| {
        DateTime::from_timestamp(time.timestamp(), 0).unwrap_or_default()
    };
    let link = |(one, der): (&X509Certificate<'_>, &CertificateDer<'_>)| Link {
        subject: common_name(one.subject()),
        issuer: common_name(one.issuer()),
        not_before: time(one.validity().not_before),
        not_after: time(one.validity().not_after),
        sha256: sha256(der),
    };
    Facts {
        common_name: common_name(leaf.subject()),
        names,
        issuer: common_name(leaf.issuer()),
        not_before: time(leaf.validity().not_before),
        not_after: time(leaf.validity().not_after),
        serial: hex(leaf.raw_serial()),
        sha1: hex(digest(&SHA1_FOR_LEGACY_USE_ONLY, der).as_ref()),
        sha256: sha256(der),
        algorithm,
        key_bits,
        chain: chain.iter().zip(ders).map(link).collect(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
