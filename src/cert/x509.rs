//! What is read from one certificate, and whether one certificate signed another (RFC 5280).

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use sha1::{Digest, Sha1};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate, X509Version};
use x509_parser::x509::X509Name;

use super::error::{CertError, Place};
use super::facts::Facts;
use super::key::PublicKey;
use super::pem::Block;
use super::signature::{self, Signature};
use crate::sign::canonical::sha256_hex;
use crate::sign::encode::hex;

/// The extension of a precertificate.
const POISON: &str = "1.3.6.1.4.1.11129.2.4.3";

pub(super) struct Certificate {
    pub(super) der: Vec<u8>,
    pub(super) place: Place,
    pub(super) subject: String,
    pub(super) issuer: String,
    pub(super) common_name: Option<String>,
    pub(super) dns_names: Vec<String>,
    addresses: Vec<String>,
    serial: String,
    pub(super) not_before: DateTime<Utc>,
    pub(super) not_after: DateTime<Utc>,
    pub(super) role: Role,
    pub(super) key: PublicKey,
    /// Whether its own key signed it; `None` where it says so and that cannot be verified.
    pub(super) self_signed: Option<bool>,
    /// The hash of its signature, where clients no longer take it.
    pub(super) weak_hash: Option<&'static str>,
    pub(super) usage: Usage,
}

/// What it may be used for, and may not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Usage {
    /// `serverAuth`, or nothing is said of purposes.
    pub(super) server: bool,
    /// `digitalSignature`, or nothing is said of uses.
    pub(super) signatures: bool,
    /// It has the poison extension (RFC 6962, section 3.1): a draft that an authority shows to logs.
    pub(super) is_precertificate: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// `CA:TRUE`.
    Authority,
    /// Says that it is none, or says nothing.
    EndEntity,
    /// From before the extension that says it (X.509 v1).
    Unsaid,
}

impl Certificate {
    pub(super) fn read(block: &Block<'_>) -> Result<Certificate, CertError> {
        parse(&block.der()?, &block.place).ok_or_else(|| CertError::UnreadableCertificate {
            place: block.place.clone(),
        })
    }

    pub(super) fn facts(&self) -> Facts {
        Facts {
            names: self.dns_names.clone(),
            addresses: self.addresses.clone(),
            subject: self.subject.clone(),
            issuer: self.issuer.clone(),
            serial: self.serial.clone(),
            not_before: self.not_before,
            not_after: self.not_after,
            fingerprint: sha256_hex(&self.der),
            fingerprint_sha1: hex(&Sha1::digest(&self.der)),
            algorithm: self.key.algorithm.clone(),
            key_id: self.key.id.clone(),
            authority: self.role == Role::Authority,
            self_signed: self.self_signed,
        }
    }

    /// Whether `issuer`'s key made this certificate's signature. Names are not looked at.
    pub(super) fn signed_by(&self, issuer: &Certificate) -> Signature {
        match X509Certificate::from_der(&self.der) {
            Ok((_, own)) => signature::verify(&own, &issuer.key),
            Err(_) => Signature::Bad,
        }
    }

    /// Whether it ends a chain: it signed itself, as far as that can be told.
    pub(super) fn is_self_issued(&self) -> bool {
        self.self_signed != Some(false)
    }
}

pub(super) fn parse(der: &[u8], place: &Place) -> Option<Certificate> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let time = |time: x509_parser::time::ASN1Time| DateTime::from_timestamp(time.timestamp(), 0);
    let role = match certificate.basic_constraints().ok()? {
        Some(constraints) if constraints.value.ca => Role::Authority,
        None if certificate.version() == X509Version::V1 => Role::Unsaid,
        _ => Role::EndEntity,
    };
    let general_names = certificate.subject_alternative_name().ok()?;
    let (dns_names, addresses) = match &general_names {
        Some(extension) => alternative_names(&extension.value.general_names),
        None => Default::default(),
    };
    let common_name = certificate.subject().iter_common_name().next();
    let key = PublicKey::from_spki(certificate.public_key().raw)?;
    let (subject, issuer) = (name(certificate.subject()), name(certificate.issuer()));
    Some(Certificate {
        der: der.to_vec(),
        place: place.clone(),
        self_signed: match subject == issuer {
            true => match signature::verify(&certificate, &key) {
                Signature::Good => Some(true),
                Signature::Unverified => None,
                Signature::Bad => Some(false),
            },
            false => Some(false),
        },
        weak_hash: signature::weak_hash(&certificate.signature_algorithm),
        usage: usage(&certificate)?,
        subject,
        issuer,
        common_name: common_name
            .and_then(|name| name.as_str().ok())
            .map(one_line),
        dns_names,
        addresses,
        serial: serial(certificate.raw_serial()),
        not_before: time(certificate.validity().not_before)?,
        not_after: time(certificate.validity().not_after)?,
        role,
        key,
    })
}

fn usage(certificate: &X509Certificate<'_>) -> Option<Usage> {
    let purposes = certificate.extended_key_usage().ok()?;
    let uses = certificate.key_usage().ok()?;
    Some(Usage {
        server: purposes.is_none_or(|purposes| purposes.value.server_auth || purposes.value.any),
        signatures: uses.is_none_or(|uses| uses.value.digital_signature()),
        is_precertificate: certificate
            .extensions()
            .iter()
            .any(|extension| extension.oid.to_id_string() == POISON),
    })
}

/// Without the zero that keeps a large number from being read as a negative one.
fn serial(octets: &[u8]) -> String {
    match octets {
        [0, rest @ ..] if !rest.is_empty() => hex(rest),
        octets => hex(octets),
    }
}

/// The DNS names and the IP addresses among the names of subjectAltName.
pub(super) fn alternative_names(names: &[GeneralName<'_>]) -> (Vec<String>, Vec<String>) {
    let (mut dns_names, mut addresses) = (Vec::new(), Vec::new());
    for name in names {
        match name {
            GeneralName::DNSName(name) => dns_names.push(one_line(name)),
            GeneralName::IPAddress(octets) => addresses.extend(address(octets)),
            _ => {}
        }
    }
    (dns_names, addresses)
}

fn address(octets: &[u8]) -> Option<String> {
    let v4 = <[u8; 4]>::try_from(octets).map(IpAddr::from);
    let v6 = <[u8; 16]>::try_from(octets).map(IpAddr::from);
    v4.or(v6).ok().map(|address| address.to_string())
}

/// A name in one line. One that nobody could read is told by its hash.
pub(super) fn name(name: &X509Name<'_>) -> String {
    /// Those of real certificates have some hundred bytes.
    const LONGEST: usize = 16 * 1024;
    let raw = name.as_raw();
    if raw.len() > LONGEST {
        return format!(
            "(a name of {} bytes, SHA-256 {})",
            raw.len(),
            sha256_hex(raw)
        );
    }
    match name.to_string() {
        empty if empty.is_empty() => "(no subject)".into(),
        text => one_line(&text),
    }
}

/// A certificate's text goes into messages: no line breaks, no terminal control.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}
