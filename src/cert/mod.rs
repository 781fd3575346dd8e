//! Certificates: PEM in, a [`Bundle`] whose parts are known to belong together.
//!
//! [`Bundle::parse`] is the only way to a bundle, and nothing is checked again after it. It gets
//! bytes and the time; reading files (`crate::files`) and printing notes is left to the caller.
#![deny(clippy::disallowed_methods)]

mod error;
mod form;
mod key;
mod note;
mod pem;
mod x509;

use std::cmp::Reverse;
use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};

pub(crate) use self::error::shell_word;
pub use self::error::{CertError, KeyFacts, Place, Purpose};
pub use self::form::Form;
pub use self::key::{Algorithm, Family};
use self::key::{PrivateKey, PublicKey};
pub use self::note::Note;
use self::pem::Block;
use self::x509::{Certificate, Role, Signature};
use crate::secret::Secret;
use crate::sign::canonical::sha256_hex;

/// The shortest RSA modulus that CAs, browsers and the clouds accept.
pub const MIN_RSA_BITS: usize = 2048;

/// A certificate that ends sooner than this is worth a note.
const SOON: TimeDelta = TimeDelta::days(7);

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
    leaf: Leaf,
    notes: Vec<Note>,
}

/// What is known of the server's own certificate.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// The DNS names of subjectAltName as they stand there; never empty.
    pub names: Vec<String>,
    /// The subject, on one line.
    pub subject: String,
    /// The issuer, on one line.
    pub issuer: String,
    /// The first second in which it is valid.
    pub not_before: DateTime<Utc>,
    /// The last second in which it is valid.
    pub not_after: DateTime<Utc>,
    /// SHA-256 of the certificate, in lower-case hex.
    pub fingerprint: String,
    /// The algorithm of its key.
    pub algorithm: Algorithm,
}

impl Bundle {
    /// Reads a certificate file and, if given, its key file (which may be the same file).
    ///
    /// # Errors
    /// Whatever makes the certificate or the key unfit, see [`CertError`].
    pub fn parse(
        cert: Input<'_>,
        key: Option<Input<'_>>,
        now: DateTime<Utc>,
    ) -> Result<Bundle, CertError> {
        let cert_blocks = blocks(cert, Purpose::Certificate)?;
        let key_blocks = key.map(|key| blocks(key, Purpose::Key)).transpose()?;
        if let (Some(key), Some(key_blocks)) = (key, &key_blocks)
            && holds_only(&cert_blocks, key::is_key)
            && holds_only(key_blocks, is_certificate)
        {
            return Err(CertError::Swapped {
                cert: cert.name.to_owned(),
                key: key.name.to_owned(),
            });
        }
        let certificates = certificates(&cert_blocks)?;
        let key = key_blocks.as_deref().map(private_key).transpose()?;

        let mut notes = Vec::new();
        let chain = chain(certificates, key.as_ref(), &mut notes)?;
        let leaf = &chain[0];
        if let Some(key) = &key
            && !key.public.is(&leaf.key)
        {
            let facts = |place: &Place, key: &PublicKey| {
                Box::new(KeyFacts {
                    place: place.clone(),
                    algorithm: key.algorithm.clone(),
                    id: key.id.clone(),
                })
            };
            return Err(CertError::KeyMismatch {
                cert: facts(&leaf.place, &leaf.key),
                key: facts(&key.place, &key.public),
            });
        }
        check_lengths(&chain)?;
        check_names(leaf)?;
        check_dates(&chain, now, &mut notes)?;

        let mut chain_pem = String::new();
        for certificate in &chain {
            pem::write(&mut chain_pem, "CERTIFICATE", &certificate.der);
        }
        Ok(Bundle {
            chain_pem,
            key_pem: key.map(|key| key.pem),
            leaf: Leaf {
                names: leaf.dns_names.clone(),
                subject: leaf.subject.clone(),
                issuer: leaf.issuer.clone(),
                not_before: leaf.not_before,
                not_after: leaf.not_after,
                fingerprint: sha256_hex(&leaf.der),
                algorithm: leaf.key.algorithm.clone(),
            },
            notes,
        })
    }

    /// The chain as clouds and servers take it: the leaf, then each issuer of the one before; LF,
    /// 64 columns, no blank lines. A root is left out: clients have it or do not trust it.
    pub fn chain_pem(&self) -> &str {
        &self.chain_pem
    }

    /// The private key block alone, in the encoding that it was given in.
    pub fn key_pem(&self) -> Option<&Secret> {
        self.key_pem.as_ref()
    }

    /// The server's own certificate.
    pub fn leaf(&self) -> &Leaf {
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

impl Leaf {
    /// Refuses a certificate whose key is of none of the `accepted` algorithms.
    ///
    /// # Errors
    /// [`CertError::AlgorithmRefused`].
    pub fn accepted_by(&self, accepted: &[Family]) -> Result<(), CertError> {
        match self.algorithm.family() {
            Some(family) if accepted.contains(&family) => Ok(()),
            _ => Err(CertError::AlgorithmRefused {
                found: self.algorithm.clone(),
                accepted: accepted.to_vec(),
            }),
        }
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
/// to be compared with [`Leaf::fingerprint`].
pub fn leaf_fingerprint(pem: &[u8]) -> Option<String> {
    let input = Input {
        name: "",
        bytes: pem,
    };
    let blocks = pem::blocks(input).ok()?;
    let first = blocks.iter().find(|block| is_certificate(block.label))?;
    Some(sha256_hex(&*first.der().ok()?))
}

fn blocks(input: Input<'_>, wanted: Purpose) -> Result<Vec<Block<'_>>, CertError> {
    let blocks = pem::blocks(input)?;
    if blocks.is_empty() {
        return Err(CertError::NotPem {
            file: input.name.to_owned(),
            form: form::recognise(input.bytes),
            wanted,
        });
    }
    Ok(blocks)
}

/// RFC 7468, section 5.1, has the second label as what some old software writes.
fn is_certificate(label: &str) -> bool {
    matches!(label, "CERTIFICATE" | "X509 CERTIFICATE")
}

/// What `openssl ecparam -genkey` and older servers keep in the same file: no use, no harm.
fn is_parameters(label: &str) -> bool {
    matches!(label, "EC PARAMETERS" | "DH PARAMETERS")
}

fn holds_only(blocks: &[Block<'_>], fits: fn(&str) -> bool) -> bool {
    blocks
        .iter()
        .all(|block| fits(block.label) || is_parameters(block.label))
        && blocks.iter().any(|block| fits(block.label))
}

fn certificates(blocks: &[Block<'_>]) -> Result<Vec<Certificate>, CertError> {
    let passed = |label: &str| is_parameters(label) || label.ends_with("PRIVATE KEY");
    let own: Vec<&Block<'_>> = select(blocks, is_certificate, passed, Purpose::Certificate)?;
    own.into_iter().map(Certificate::read).collect()
}

fn private_key(blocks: &[Block<'_>]) -> Result<PrivateKey, CertError> {
    let passed = |label: &str| is_parameters(label) || is_certificate(label);
    match select(blocks, key::is_key, passed, Purpose::Key)?[..] {
        [first, second, ..] => Err(CertError::TwoKeys {
            first: first.place.clone(),
            second: second.place.clone(),
        }),
        [only] => key::read(only),
        [] => unreachable!("`select` gives at least one block"),
    }
}

/// The blocks that are `wanted`, at least one; those that are not even `passed` by are refused.
fn select<'a, 'b>(
    blocks: &'a [Block<'b>],
    wanted: fn(&str) -> bool,
    passed: impl Fn(&str) -> bool,
    purpose: Purpose,
) -> Result<Vec<&'a Block<'b>>, CertError> {
    let stray = |block: &&Block<'_>| !wanted(block.label) && !passed(block.label);
    let own: Vec<_> = blocks.iter().filter(|block| wanted(block.label)).collect();
    let wrong = match blocks.iter().find(stray) {
        None if own.is_empty() => blocks.first(),
        stray => stray,
    };
    match wrong {
        Some(block) => Err(CertError::WrongBlock {
            place: block.place.clone(),
            wanted: purpose,
        }),
        None => Ok(own),
    }
}

/// Puts the certificates in order, leaf first, each signed by the next, without a root.
fn chain(
    mut rest: Vec<Certificate>,
    key: Option<&PrivateKey>,
    notes: &mut Vec<Note>,
) -> Result<Vec<Certificate>, CertError> {
    drop_duplicates(&mut rest, notes);
    let alone = rest.len() == 1;
    let leaf = rest.remove(leaf_index(&rest, key));
    if leaf.role == Role::Authority {
        let test_certificate = alone && leaf.self_signed && !leaf.dns_names.is_empty();
        if !test_certificate {
            return Err(CertError::AuthorityAsLeaf {
                place: leaf.place,
                subject: leaf.subject,
            });
        }
    }
    let mut chain = vec![leaf];
    while let Some(index) = issuer_index(&chain[chain.len() - 1], &rest)? {
        chain.push(rest.remove(index));
    }
    drop_twins(&mut rest, &chain, notes);
    let last = &chain[chain.len() - 1];
    if let Some(foreign) = rest.first() {
        return Err(CertError::Foreign {
            place: foreign.place.clone(),
            found: foreign.subject.clone(),
            last: last.subject.clone(),
            wanted: (!last.self_signed).then(|| last.issuer.clone()),
        });
    }
    if !chain.is_sorted_by_key(|one| one.place.line) {
        notes.push(Note::Reordered);
    }
    let leaf = &chain[0];
    match (leaf.self_signed, leaf.role) {
        (true, Role::Authority) => notes.push(Note::SelfSignedAuthority),
        (true, _) => notes.push(Note::SelfSigned),
        (false, _) if alone => notes.push(Note::LeafOnly {
            issuer: leaf.issuer.clone(),
        }),
        (false, _) => {}
    }
    if chain.len() > 1
        && let Some(root) = chain.pop_if(|last| last.self_signed)
    {
        notes.push(Note::RootDropped {
            subject: root.subject,
        });
    }
    Ok(chain)
}

fn drop_duplicates(certificates: &mut Vec<Certificate>, notes: &mut Vec<Note>) {
    let mut kept: Vec<Certificate> = Vec::with_capacity(certificates.len());
    for certificate in certificates.drain(..) {
        match kept.iter().find(|one| one.der == certificate.der) {
            Some(first) => notes.push(Note::DuplicateDropped {
                subject: certificate.subject,
                line: certificate.place.line,
                first_line: first.place.line,
            }),
            None => kept.push(certificate),
        }
    }
    *certificates = kept;
}

/// The certificate that issued none of the others; where several did not, the one of the key, then
/// one that is no authority, then the first.
fn leaf_index(certificates: &[Certificate], key: Option<&PrivateKey>) -> usize {
    let rank = |index: &usize| {
        let own = &certificates[*index];
        let issued = certificates
            .iter()
            .any(|other| other.der != own.der && other.issuer == own.subject);
        let is_key = key.is_some_and(|key| key.public.is(&own.key));
        (issued, !is_key, own.role == Role::Authority)
    };
    (0..certificates.len()).min_by_key(rank).unwrap_or_default()
}

/// Which of `others` issued `certificate`, by name and signature; of several (a cross-signed
/// authority has one certificate from each parent) the one that leads further and lasts longer.
fn issuer_index(
    certificate: &Certificate,
    others: &[Certificate],
) -> Result<Option<usize>, CertError> {
    if certificate.self_signed {
        return Ok(None);
    }
    let named = || {
        let others = others.iter().enumerate();
        others.filter(|(_, other)| other.subject == certificate.issuer)
    };
    let signer = named()
        .filter(|(_, other)| certificate.signed_by(other) != Signature::Bad)
        .min_by_key(|(_, other)| {
            let lasts = Reverse(other.not_after);
            (other.self_signed, lasts, &other.der)
        });
    match (signer, named().next()) {
        (Some((_, issuer)), _) if issuer.role == Role::EndEntity => {
            Err(CertError::IssuerNotAuthority {
                place: issuer.place.clone(),
                issuer: issuer.subject.clone(),
                subject: certificate.subject.clone(),
            })
        }
        (Some((index, _)), _) => Ok(Some(index)),
        (None, Some((_, named))) => Err(CertError::NotSigned {
            place: named.place.clone(),
            issuer: named.subject.clone(),
            subject: certificate.subject.clone(),
            line: certificate.place.line,
        }),
        (None, None) => Ok(None),
    }
}

/// An authority may have several certificates for one name and key: cross-signed ones beside its
/// root, or a renewed one. One is in the chain, the others go.
fn drop_twins(rest: &mut Vec<Certificate>, chain: &[Certificate], notes: &mut Vec<Note>) {
    rest.retain(|one| {
        let mut issuers = chain[1..].iter();
        let is_twin = issuers.any(|it| it.subject == one.subject && it.key.is(&one.key));
        let subject = || one.subject.clone();
        if is_twin && one.self_signed {
            notes.push(Note::RootDropped { subject: subject() });
        } else if is_twin {
            notes.push(Note::TwinDropped {
                subject: subject(),
                line: one.place.line,
            });
        }
        !is_twin
    });
}

fn check_lengths(chain: &[Certificate]) -> Result<(), CertError> {
    for one in chain {
        match one.key.algorithm {
            Algorithm::Rsa { bits } if bits < MIN_RSA_BITS => {
                return Err(CertError::ShortRsa {
                    place: one.place.clone(),
                    subject: one.subject.clone(),
                    bits,
                });
            }
            _ => {}
        }
    }
    Ok(())
}

fn check_names(leaf: &Certificate) -> Result<(), CertError> {
    if leaf.dns_names.is_empty() {
        return Err(CertError::NoNames {
            place: leaf.place.clone(),
            common_name: leaf.common_name.clone(),
        });
    }
    Ok(())
}

/// Of an intermediate only a note is made: old clients still build other paths over expired ones.
fn check_dates(
    chain: &[Certificate],
    now: DateTime<Utc>,
    notes: &mut Vec<Note>,
) -> Result<(), CertError> {
    let leaf = &chain[0];
    if now < leaf.not_before {
        return Err(CertError::NotYetValid {
            place: leaf.place.clone(),
            subject: leaf.subject.clone(),
            not_before: leaf.not_before,
            now,
        });
    }
    if now > leaf.not_after {
        return Err(CertError::Expired {
            place: leaf.place.clone(),
            subject: leaf.subject.clone(),
            not_after: leaf.not_after,
            now,
        });
    }
    if leaf.not_after - now < SOON {
        notes.push(Note::ExpiresSoon {
            not_after: leaf.not_after,
        });
    }
    for one in &chain[1..] {
        if now > one.not_after {
            notes.push(Note::IntermediateExpired {
                subject: one.subject.clone(),
                not_after: one.not_after,
            });
        }
    }
    Ok(())
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
