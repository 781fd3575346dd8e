//! Everything that is wrong with a certificate file and its key file, and what is worth a note.

use chrono::{DateTime, TimeDelta, Utc};

use super::chain::Effort;
use super::error::{CertError, KeyFacts, Place, Purpose};
use super::key::{Algorithm, MIN_RSA_BITS, PublicKey};
use super::pem::{self, Block};
use super::private::{self, PrivateKey};
use super::x509::Certificate;
use super::{Bundle, Facts, Input, Note, chain, form, is_certificate, is_parameters};

/// A certificate that ends sooner than this is worth a note.
const SOON: TimeDelta = TimeDelta::days(7);

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aspect {
    /// The certificate file can be read and holds a server's certificate.
    Certificate,
    /// The key file can be read and holds one private key.
    Key,
    /// The key is the certificate's.
    Pair,
    /// The certificates lead upwards from the server's, each signed by the next.
    Chain,
    /// The keys are long enough.
    Strength,
    /// The certificate names domains.
    Names,
    /// The certificate is valid now.
    Dates,
}

/// Something that makes a certificate or its key unfit.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What it is about.
    pub aspect: Aspect,
    /// What is wrong.
    pub error: CertError,
}

/// What an examination brought to light.
#[derive(Debug)]
pub struct Examined {
    /// The server's own certificate, if it can be told which one that is.
    pub leaf: Option<Facts>,
    /// How many certificates are sent to clients: the leaf, and those above it without the root.
    pub chain_length: usize,
    /// The algorithm and id of the private key, where one was given that can be read.
    pub key: Option<KeyFacts>,
    /// Everything that is unfit, the gravest first: what follows from an earlier one is left out.
    pub findings: Vec<Finding>,
    /// What is worth a warning.
    pub notes: Vec<Note>,
    chain_pem: String,
    private_key: Option<PrivateKey>,
}

impl Examined {
    /// The certificates that are sent to clients: the leaf, and those above it without the root.
    pub fn chain(&self) -> Vec<Facts> {
        Facts::all_in(&self.chain_pem)
    }

    pub(super) fn into_bundle(self) -> Result<Bundle, CertError> {
        match (self.findings.into_iter().next(), self.leaf) {
            (None, Some(leaf)) => Ok(Bundle {
                chain_pem: self.chain_pem,
                key_pem: self.private_key.map(|key| key.pem),
                leaf,
                notes: self.notes,
            }),
            (Some(finding), _) => Err(finding.error),
            (None, None) => unreachable!("without a finding there is a leaf"),
        }
    }

    fn find(&mut self, aspect: Aspect, error: CertError) {
        self.findings.push(Finding { aspect, error });
    }

    /// The value, or a finding.
    fn keep<T>(&mut self, aspect: Aspect, result: Result<T, CertError>) -> Option<T> {
        result.map_err(|error| self.find(aspect, error)).ok()
    }
}

/// Examines a certificate file, the files of its chain where that is apart, and if given its key
/// file (which may be the same file).
pub fn examine(certs: &[Input<'_>], key: Option<Input<'_>>, now: DateTime<Utc>) -> Examined {
    let mut found = Examined {
        leaf: None,
        chain_length: 0,
        key: None,
        findings: Vec::new(),
        notes: Vec::new(),
        chain_pem: String::new(),
        private_key: None,
    };
    let of_certs = certs
        .iter()
        .map(|cert| blocks(*cert, Purpose::Certificate))
        .collect::<Result<Vec<_>, _>>()
        .map(|files| files.into_iter().flatten().collect::<Vec<_>>());
    let cert_blocks = found.keep(Aspect::Certificate, of_certs);
    let key_blocks = key.and_then(|key| found.keep(Aspect::Key, blocks(key, Purpose::Key)));
    if let (Some(key), Some(cert_blocks), Some(key_blocks)) = (key, &cert_blocks, &key_blocks)
        && holds_only(cert_blocks, private::is_key)
        && holds_only(key_blocks, is_certificate)
    {
        let swapped = CertError::Swapped {
            cert: certs.first().map_or("", |cert| cert.name).to_owned(),
            key: key.name.to_owned(),
        };
        found.find(Aspect::Certificate, swapped);
        return found;
    }
    let certificates = cert_blocks.and_then(|blocks| certificates(&blocks, &mut found));
    found.private_key = key_blocks.and_then(|blocks| {
        let key = private_key(&blocks);
        found.keep(Aspect::Key, key)
    });
    found.key = found.private_key.as_ref().map(|key| KeyFacts {
        place: key.place.clone(),
        algorithm: key.public.algorithm.clone(),
        id: key.public.id.clone(),
    });
    let chain = certificates.and_then(|certificates| {
        let file = certs.first().map_or("", |cert| cert.name);
        found.keep(Aspect::Chain, chain::bound(&certificates, file))?;
        let key = found.private_key.as_ref();
        chain::build(certificates, key, &mut found.notes, &mut found.findings)
    });
    if let Some(chain) = chain {
        check(&chain, now, &mut found);
        warn(&chain, &mut found.notes);
        found.leaf = Some(chain[0].facts());
        found.chain_length = chain.len();
        for certificate in &chain {
            pem::write(&mut found.chain_pem, "CERTIFICATE", &certificate.der);
        }
    }
    found
}

fn check(chain: &[Certificate], now: DateTime<Utc>, found: &mut Examined) {
    let leaf = &chain[0];
    if let Some(key) = &found.private_key
        && !key.public.is(&leaf.key)
    {
        let facts = |place: &Place, key: &PublicKey| {
            Box::new(KeyFacts {
                place: place.clone(),
                algorithm: key.algorithm.clone(),
                id: key.id.clone(),
            })
        };
        let mismatch = CertError::KeyMismatch {
            cert: facts(&leaf.place, &leaf.key),
            key: facts(&key.place, &key.public),
        };
        found.find(Aspect::Pair, mismatch);
    }
    for one in chain {
        if let Algorithm::Rsa { bits } = one.key.algorithm
            && bits < MIN_RSA_BITS
        {
            let short = CertError::ShortRsa {
                place: one.place.clone(),
                subject: one.subject.clone(),
                bits,
            };
            found.find(Aspect::Strength, short);
        }
    }
    let has_own_finding = |algorithm: &Algorithm| match algorithm {
        Algorithm::Rsa { bits } => *bits < MIN_RSA_BITS,
        algorithm => *algorithm == Algorithm::EcdsaExplicit,
    };
    if !leaf.key.algorithm.is_taken() && !has_own_finding(&leaf.key.algorithm) {
        let refused = CertError::AlgorithmRefused {
            place: leaf.place.clone(),
            found: leaf.key.algorithm.clone(),
        };
        found.find(Aspect::Strength, refused);
    }
    if leaf.dns_names.is_empty() {
        let nameless = CertError::NoNames {
            place: leaf.place.clone(),
            common_name: leaf.common_name.clone(),
        };
        found.find(Aspect::Names, nameless);
    }
    let dated = check_dates(chain, now, &mut found.notes);
    found.keep(Aspect::Dates, dated);
}

/// What clients refuse and clouds take all the same.
fn warn(chain: &[Certificate], notes: &mut Vec<Note>) {
    let leaf = &chain[0];
    if !leaf.usage.server {
        notes.push(Note::NotForServers);
    }
    if !leaf.usage.signatures {
        notes.push(Note::NotForSignatures);
    }
    for one in chain {
        if let Some(hash) = one.weak_hash {
            notes.push(Note::WeakSignature {
                subject: one.subject.clone(),
                hash,
            });
        }
    }
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

fn holds_only(blocks: &[Block<'_>], fits: fn(&str) -> bool) -> bool {
    blocks
        .iter()
        .all(|block| fits(block.label) || is_parameters(block.label))
        && blocks.iter().any(|block| fits(block.label))
}

/// The certificates of a file; none where one of them cannot be read, so that nothing is concluded
/// from its absence.
fn certificates(blocks: &[Block<'_>], found: &mut Examined) -> Option<Vec<Certificate>> {
    let passed = |label: &str| is_parameters(label) || label.ends_with("PRIVATE KEY");
    let own = match select(blocks, is_certificate, passed, Purpose::Certificate) {
        Ok(own) => own,
        Err(wrong) => {
            for error in wrong {
                found.find(Aspect::Certificate, error);
            }
            return None;
        }
    };
    let mut effort = Effort::default();
    let mut read = Vec::with_capacity(own.len());
    for block in own {
        let one = found.keep(Aspect::Certificate, Certificate::read(block));
        if let Some(one) = &one
            && let Err(error) = effort.read(one, &block.place.file)
        {
            found.find(Aspect::Certificate, error);
            return None;
        }
        read.push(one);
    }
    for one in read.iter().flatten() {
        if one.key.algorithm == Algorithm::EcdsaExplicit {
            let explicit = CertError::ExplicitCurve {
                place: one.place.clone(),
                of: Purpose::Certificate,
            };
            found.find(Aspect::Certificate, explicit);
        }
        if one.usage.is_precertificate {
            let draft = CertError::Precertificate {
                place: one.place.clone(),
                subject: one.subject.clone(),
            };
            found.find(Aspect::Certificate, draft);
        }
    }
    read.into_iter().collect()
}

fn private_key(blocks: &[Block<'_>]) -> Result<PrivateKey, CertError> {
    let passed = |label: &str| is_parameters(label) || is_certificate(label);
    let own = select(blocks, private::is_key, passed, Purpose::Key);
    match own.map_err(|mut wrong| wrong.remove(0))?[..] {
        [first, second, ..] => Err(CertError::TwoKeys {
            first: first.place.clone(),
            second: second.place.clone(),
        }),
        [only] => private::read(only),
        [] => unreachable!("`select` gives at least one block"),
    }
}

/// The blocks that are `wanted`, at least one; or what is wrong with those that are not even
/// `passed` by, at least one as well.
fn select<'a, 'b>(
    blocks: &'a [Block<'b>],
    wanted: fn(&str) -> bool,
    passed: impl Fn(&str) -> bool,
    purpose: Purpose,
) -> Result<Vec<&'a Block<'b>>, Vec<CertError>> {
    let stray = |block: &&Block<'_>| !wanted(block.label) && !passed(block.label);
    let own: Vec<_> = blocks.iter().filter(|block| wanted(block.label)).collect();
    let mut wrong: Vec<_> = blocks.iter().filter(stray).collect();
    if own.is_empty() && wrong.is_empty() {
        wrong.extend(blocks.first());
    }
    if wrong.is_empty() {
        return Ok(own);
    }
    let refused = wrong.into_iter().map(|block| CertError::WrongBlock {
        place: block.place.clone(),
        wanted: purpose,
    });
    Err(refused.collect())
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
