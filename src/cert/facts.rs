//! What a certificate says of itself, whoever shows it: a file, a server, a cloud.

use chrono::{DateTime, Utc};

use super::error::Place;
use super::key::Algorithm;
use super::x509;

/// What is known of a certificate.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The DNS names of subjectAltName as they stand there.
    pub names: Vec<String>,
    /// The IP addresses of subjectAltName.
    pub addresses: Vec<String>,
    /// The subject, on one line.
    pub subject: String,
    /// The issuer, on one line.
    pub issuer: String,
    /// The serial number, in lower-case hex.
    pub serial: String,
    /// The first second in which it is valid.
    pub not_before: DateTime<Utc>,
    /// The last second in which it is valid.
    pub not_after: DateTime<Utc>,
    /// SHA-256 of the certificate, in lower-case hex.
    pub fingerprint: String,
    /// SHA-1 of the certificate, in lower-case hex: what some consoles still show.
    pub fingerprint_sha1: String,
    /// The algorithm of its key.
    pub algorithm: Algorithm,
    /// SHA-256 over its public key (SubjectPublicKeyInfo), the first 16 hex digits.
    pub key_id: String,
    /// Whether it may sign others (`CA:TRUE`).
    pub authority: bool,
    /// Whether its own key signed it; `None` where it says so and that cannot be verified here.
    pub self_signed: Option<bool>,
}

impl Facts {
    /// Reads a certificate in DER; `None` where it is none.
    pub fn read(der: &[u8]) -> Option<Facts> {
        let place = Place::new("", "CERTIFICATE", 1);
        x509::parse(der, &place).map(|certificate| certificate.facts())
    }

    /// Whether clients accept it for `domain`: see [`super::covers`].
    pub fn covers(&self, domain: &str) -> bool {
        super::covers(&self.names, domain)
    }

    /// The whole days until it ends; below 0 once it has.
    pub fn days_left(&self, now: DateTime<Utc>) -> i64 {
        (self.not_after - now).num_seconds().div_euclid(86_400)
    }

    /// The share of its lifetime that is left, from 0 to 1.
    pub fn share_left(&self, now: DateTime<Utc>) -> f64 {
        let seconds = |from: DateTime<Utc>| (self.not_after - from).num_seconds() as f64;
        let lifetime = seconds(self.not_before);
        match lifetime > 0.0 {
            true => (seconds(now) / lifetime).clamp(0.0, 1.0),
            false => 0.0,
        }
    }
}
