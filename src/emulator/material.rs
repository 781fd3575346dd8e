//! What the clouds look at in an uploaded certificate and key.

use chrono::{DateTime, Utc};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};
use x509_parser::public_key::PublicKey;

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
    if chain.len() > MAX_PEM {
        return Err(Unfit::TooLong);
    }
    let chain: Vec<_> = CertificateDer::pem_slice_iter(chain.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|_| Unfit::Certificate)?;
    let parsed: Vec<_> = chain
        .iter()
        .map(|der| X509Certificate::from_der(der).map(|(_, certificate)| certificate))
        .collect::<Result<_, _>>()
        .map_err(|_| Unfit::Certificate)?;
    let leaf = parsed.first().ok_or(Unfit::Certificate)?;
    let upwards = parsed
        .windows(2)
        .all(|pair| pair[0].issuer() == pair[1].subject());
    if !upwards || leaf.is_ca() {
        return Err(Unfit::Certificate);
    }
    if key.trim().is_empty() {
        return Err(Unfit::EmptyKey);
    }
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| Unfit::Key)?;
    let key = rustls::crypto::ring::sign::any_supported_type(&key).map_err(|_| Unfit::KeyKind)?;
    if key.algorithm() == rustls::SignatureAlgorithm::ED25519 {
        return Err(Unfit::KeyKind);
    }
    let public = key.public_key().ok_or(Unfit::KeyKind)?;
    if public.as_ref() != leaf.public_key().raw {
        return Err(Unfit::Mismatch);
    }
    Ok(facts(leaf, &chain[0]))
}

/// Reads the certificate of an authority.
///
/// # Errors
/// The first thing that is unfit.
pub fn read_authority(pem: &str) -> Result<Facts, Unfit> {
    if pem.len() > MAX_PEM {
        return Err(Unfit::TooLong);
    }
    let der = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_| Unfit::Certificate)?;
    match X509Certificate::from_der(&der) {
        Ok((_, certificate)) if certificate.is_ca() => Ok(facts(&certificate, &der)),
        _ => Err(Unfit::Certificate),
    }
}

fn facts(leaf: &X509Certificate<'_>, der: &[u8]) -> Facts {
    let common_name = |name: &x509_parser::x509::X509Name<'_>| {
        name.iter_common_name()
            .next()
            .and_then(|name| name.as_str().ok())
            .unwrap_or_default()
            .to_owned()
    };
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
    let time = |time: x509_parser::time::ASN1Time| DateTime::from_timestamp(time.timestamp(), 0);
    Facts {
        common_name: common_name(leaf.subject()),
        names,
        issuer: common_name(leaf.issuer()),
        not_before: time(leaf.validity().not_before).unwrap_or_default(),
        not_after: time(leaf.validity().not_after).unwrap_or_default(),
        serial: hex(leaf.raw_serial()),
        sha1: hex(digest(&SHA1_FOR_LEGACY_USE_ONLY, der).as_ref()),
        sha256: hex(digest(&SHA256, der).as_ref()),
        algorithm,
        key_bits,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
