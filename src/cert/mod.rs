//! Certificates: PEM in, a [`Bundle`] whose parts are known to belong together.
//!
//! [`Bundle::parse`] is the only way to a bundle, and nothing is checked again after it. It gets
//! bytes and the time; reading files (`crate::files`) and printing notes is left to the caller.
#![deny(clippy::disallowed_methods)]

mod certificate;
mod chain;
mod error;
mod examine;
mod facts;
mod form;
mod hint;
mod inspect;
mod key;
mod note;
mod pem;
mod private;
mod rsa;
mod served;
mod signature;
mod x509;

use std::net::IpAddr;

use chrono::{DateTime, Utc};

pub use self::certificate::{Certificate, Same};
pub use self::error::{CertError, KeyFacts, Place, Purpose};
pub use self::examine::{Aspect, Examined, Finding, examine};
pub use self::facts::Facts;
pub use self::form::Form;
pub(crate) use self::hint::shell_word;
pub use self::inspect::{Content, Found, inspect};
pub use self::key::{Algorithm, MAX_RSA_BITS, MIN_RSA_BITS};
pub use self::note::Note;
pub use self::served::{End, Path, is_verified_chain, path};
use crate::secret::Secret;
use crate::sign::canonical::sha256_hex;

/// A file's content with the name that messages call it by.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// The path as the user gave it.
    pub name: &'a str,
    /// What is in it.
    pub bytes: &'a [u8],
}

/// A server certificate, the intermediates that lead to its root, and its private key.
#[derive(Clone, Debug)]
pub struct Bundle {
    chain_pem: String,
    key_pem: Option<Secret>,
    leaf: Facts,
    notes: Vec<Note>,
}

impl Bundle {
    /// Reads a certificate file, the files of its chain where that is apart, and if given its key
    /// file (which may be the same file).
    ///
    /// # Errors
    /// Whatever makes the certificate or the key unfit, see [`CertError`].
    pub fn parse(
        cert: &[Input<'_>],
        key: Option<Input<'_>>,
        now: DateTime<Utc>,
    ) -> Result<Bundle, CertError> {
        examine(cert, key, now).into_bundle()
    }

    /// The chain as clouds and servers take it: the leaf, then each issuer of the one before; LF,
    /// 64 columns, no blank lines. A root is left out: clients have it or do not trust it.
    pub fn chain_pem(&self) -> &str {
        &self.chain_pem
    }

    /// The private key block alone, in the encoding that it was given in; an odd spelling of it is
    /// put right, so that every program can read it.
    pub fn key_pem(&self) -> Option<&Secret> {
        self.key_pem.as_ref()
    }

    /// The server's own certificate.
    pub fn leaf(&self) -> &Facts {
        &self.leaf
    }

    /// What is worth a warning, in the order in which it was found.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Whether clients accept the certificate for `domain`: see [`covers`].
    pub fn covers(&self, domain: &str) -> bool {
        covers(&self.leaf.names, domain)
    }

    /// Those of `domains` that the certificate does not cover, in their order.
    pub fn uncovered<'a, D: AsRef<str>>(&self, domains: &'a [D]) -> Vec<&'a str> {
        let domains = domains.iter().map(AsRef::as_ref);
        domains.filter(|domain| !self.covers(domain)).collect()
    }
}

/// Whether clients accept a certificate with these `names` for `domain` (RFC 9525, section 6.3):
/// a wildcard stands for exactly one whole label, the left-most. `*.example.com`, which CDNs spell
/// `.example.com`, asks for all of them and needs that very name. Case and the spelling of
/// internationalised names do not matter.
pub fn covers(names: &[String], domain: &str) -> bool {
    let wildcard = domain.strip_prefix('.').map(|rest| format!("*.{rest}"));
    let Some(domain) = normal(wildcard.as_deref().unwrap_or(domain)) else {
        return false;
    };
    names.iter().filter_map(|name| normal(name)).any(|name| {
        name == domain
            || match (name.strip_prefix("*."), domain.split_once('.')) {
                (Some(parent), Some((_, rest))) => parent == rest,
                _ => false,
            }
    })
}

/// SHA-256 of the first certificate of a PEM text, in lower-case hex: what a cloud says it serves,
/// to be compared with [`Facts::fingerprint`].
pub fn leaf_fingerprint(pem: &[u8]) -> Option<String> {
    let input = Input {
        name: "",
        bytes: pem,
    };
    let blocks = pem::blocks(input).ok()?;
    let first = blocks.iter().find(|block| is_certificate(block.label))?;
    Some(sha256_hex(&*first.der().ok()?))
}

/// RFC 7468, section 5.1, has the second label as what some old software writes.
fn is_certificate(label: &str) -> bool {
    matches!(label, "CERTIFICATE" | "X509 CERTIFICATE")
}

/// What `openssl ecparam -genkey` and older servers keep in the same file: no use, no harm.
fn is_parameters(label: &str) -> bool {
    matches!(label, "EC PARAMETERS" | "DH PARAMETERS")
}

/// A domain in lower case, its labels as A-labels; `None` for what is no domain.
fn normal(domain: &str) -> Option<String> {
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    let (wildcard, rest) = match domain.strip_prefix("*.") {
        Some(rest) => ("*.", rest),
        None => ("", domain),
    };
    let rest = if rest.is_ascii() {
        rest.to_ascii_lowercase()
    } else {
        match url::Host::parse(rest).ok()? {
            url::Host::Domain(rest) => rest,
            url::Host::Ipv4(_) | url::Host::Ipv6(_) => return None,
        }
    };
    let is_label = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    };
    let is_domain = rest.parse::<IpAddr>().is_err() && rest.split('.').all(is_label);
    is_domain.then(|| format!("{wildcard}{rest}"))
}
