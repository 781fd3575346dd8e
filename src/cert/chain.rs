//! The order of certificates: which one is the server's own, and who issued whom.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::error::CertError;
use super::examine::{Aspect, Finding};
use super::note::Note;
use super::private::PrivateKey;
use super::signature::{self, Signature};
use super::x509::{Certificate, Role};

/// The most signatures that are verified to find out who issued whom: many authorities of one name
/// would otherwise take minutes.
const MOST_PAIRS: usize = 400;

/// The most work that is put into the signatures of a file, in signatures of RSA 4096: a bundle of all
/// public authorities takes a quarter of it.
const MOST_WORK: usize = 400;

/// Adds up the work that the signatures of a file take, as its certificates are read.
#[derive(Default)]
pub(super) struct Effort(usize);

impl Effort {
    /// Counts what it takes to read a certificate: whether it signed itself is verified then.
    pub(super) fn read(&mut self, certificate: &Certificate, file: &str) -> Result<(), CertError> {
        match certificate.subject == certificate.issuer {
            true => self.add(signature::work(&certificate.key), file),
            false => Ok(()),
        }
    }

    fn add(&mut self, work: usize, file: &str) -> Result<(), CertError> {
        self.0 += work;
        match self.0 > MOST_WORK * 8 {
            true => Err(CertError::TooMany {
                file: file.to_owned(),
                what: "signatures to verify, counted in RSA 4096",
                limit: MOST_WORK,
            }),
            false => Ok(()),
        }
    }
}

/// Refuses certificates among which too many may have issued each other, going by their names.
pub(super) fn bound(certificates: &[Certificate], file: &str) -> Result<(), CertError> {
    // How many there are of a name, and what it takes to verify a signature by each.
    let mut named: HashMap<&str, (usize, usize)> = HashMap::new();
    let mut effort = Effort::default();
    for certificate in certificates {
        effort.read(certificate, file)?;
        let (count, work) = named.entry(&certificate.subject).or_default();
        *count += 1;
        *work += signature::work(&certificate.key);
    }
    let issued = certificates.iter().filter(|one| !one.is_self_issued());
    let mut pairs = 0;
    for (count, work) in issued.filter_map(|one| named.get(one.issuer.as_str())) {
        pairs += count;
        effort.add(*work, file)?;
    }
    match pairs > MOST_PAIRS {
        true => Err(CertError::TooMany {
            file: file.to_owned(),
            what: "certificates that may have issued each other by their names",
            limit: MOST_PAIRS,
        }),
        false => Ok(()),
    }
}

/// Puts the certificates in order, leaf first, each signed by the next, without a root. What is
/// unfit about the order goes to `findings`; nothing comes back where no leaf can be told.
pub(super) fn build(
    mut rest: Vec<Certificate>,
    key: Option<&PrivateKey>,
    notes: &mut Vec<Note>,
    findings: &mut Vec<Finding>,
) -> Option<Vec<Certificate>> {
    drop_duplicates(&mut rest, notes);
    let alone = rest.len() == 1;
    let leaf = rest.remove(leaf_index(&rest, key)?);
    if leaf.role == Role::Authority {
        let test_certificate = alone && leaf.is_self_issued() && !leaf.dns_names.is_empty();
        if !test_certificate {
            findings.push(Finding {
                aspect: Aspect::Certificate,
                error: CertError::AuthorityAsLeaf {
                    place: leaf.place,
                    subject: leaf.subject,
                },
            });
            return None;
        }
    }
    let mut chain = vec![leaf];
    let broken = loop {
        match issuer_index(&chain[chain.len() - 1], &rest) {
            Ok(Some((index, signature))) => {
                let issuer = rest.remove(index);
                if signature == Signature::Unverified {
                    notes.push(unverified(&chain[chain.len() - 1], &issuer));
                }
                chain.push(issuer);
            }
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    drop_twins(&mut rest, &chain, notes);
    let last = &chain[chain.len() - 1];
    match broken {
        // What is left over would follow from this.
        Some(error) => findings.push(Finding {
            aspect: Aspect::Chain,
            error,
        }),
        None => findings.extend(rest.iter().map(|foreign| Finding {
            aspect: Aspect::Chain,
            error: match foreign.role {
                Role::EndEntity => CertError::SecondServer {
                    place: foreign.place.clone(),
                    found: foreign.subject.clone(),
                },
                Role::Authority | Role::Unsaid => CertError::Foreign {
                    place: foreign.place.clone(),
                    found: foreign.subject.clone(),
                    last: last.subject.clone(),
                    wanted: (!last.is_self_issued()).then(|| last.issuer.clone()),
                },
            },
        })),
    }
    if !chain.is_sorted_by_key(|one| one.place.line) {
        notes.push(Note::Reordered);
    }
    let leaf = &chain[0];
    if leaf.self_signed.is_none() {
        notes.push(unverified(leaf, leaf));
    }
    match (leaf.is_self_issued(), leaf.role) {
        (true, Role::Authority) => notes.push(Note::SelfSignedAuthority),
        (true, _) => notes.push(Note::SelfSigned),
        (false, _) if alone => notes.push(Note::LeafOnly {
            issuer: leaf.issuer.clone(),
        }),
        (false, _) => {}
    }
    if chain.len() > 1
        && let Some(root) = chain.pop_if(|last| last.is_self_issued())
    {
        notes.push(Note::RootDropped {
            subject: root.subject,
        });
    }
    Some(chain)
}

fn unverified(certificate: &Certificate, issuer: &Certificate) -> Note {
    Note::Unverified {
        subject: certificate.subject.clone(),
        issuer: issuer.subject.clone(),
        algorithm: issuer.key.algorithm.clone(),
    }
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
fn leaf_index(certificates: &[Certificate], key: Option<&PrivateKey>) -> Option<usize> {
    let rank = |index: &usize| {
        let own = &certificates[*index];
        let issued = certificates
            .iter()
            .any(|other| other.der != own.der && other.issuer == own.subject);
        let is_key = key.is_some_and(|key| key.public.is(&own.key));
        (issued, !is_key, own.role == Role::Authority)
    };
    (0..certificates.len()).min_by_key(rank)
}

/// Which of `others` issued `certificate`, by name and signature, and whether the signature could be
/// verified; of several (a cross-signed authority has one certificate from each parent) the one that
/// leads further and lasts longer.
pub(super) fn issuer_index(
    certificate: &Certificate,
    others: &[Certificate],
) -> Result<Option<(usize, Signature)>, CertError> {
    if certificate.is_self_issued() {
        return Ok(None);
    }
    let named = || {
        let others = others.iter().enumerate();
        others.filter(|(_, other)| other.subject == certificate.issuer)
    };
    let signer = named()
        .map(|(index, other)| (index, other, certificate.signed_by(other)))
        .filter(|(_, _, signature)| *signature != Signature::Bad)
        .min_by_key(|(_, other, signature)| {
            let lasts = Reverse(other.not_after);
            (*signature, other.is_self_issued(), lasts, &other.der)
        });
    match (signer, named().next()) {
        (Some((_, issuer, _)), _) if issuer.role == Role::EndEntity => {
            Err(CertError::IssuerNotAuthority {
                place: issuer.place.clone(),
                issuer: issuer.subject.clone(),
                subject: certificate.subject.clone(),
            })
        }
        (Some((index, _, signature)), _) => Ok(Some((index, signature))),
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
        if is_twin && one.is_self_issued() {
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

#[cfg(test)]
mod tests {
    use super::super::x509;
    use super::super::{Input, error::Place, pem};
    use super::*;

    fn read(text: &str) -> Certificate {
        let input = Input {
            name: "",
            bytes: text.as_bytes(),
        };
        let der = pem::blocks(input).unwrap()[0].der().unwrap().to_vec();
        x509::parse(&der, &Place::new("", "CERTIFICATE", 1)).unwrap()
    }

    #[test]
    fn signatures_that_take_long_count_for_more() {
        let own = read(include_str!("../../tests/data/keys/self-p521-sha256.crt"));
        let mut effort = Effort::default();
        let fit = (0..1000).take_while(|_| effort.read(&own, "file").is_ok());
        assert_eq!(fit.count(), 106);
        let long = read(include_str!("../../tests/data/keys/rsa-8192.crt"));
        assert_eq!(signature::work(&long.key), 33);
        let usual = read(include_str!("../../tests/pki/root.pem"));
        assert_eq!(signature::work(&usual.key), 3);
        // Nothing is verified of what does not name itself.
        let leaf = read(include_str!("../../tests/pki/p256.pem"));
        let mut effort = Effort::default();
        assert!((0..1000).all(|_| effort.read(&leaf, "file").is_ok()));
    }

    #[test]
    fn pairs_of_long_keys_are_refused_before_one_is_verified() {
        let of = |count: usize| -> Vec<Certificate> {
            let issuer = include_str!("../../tests/pki/intermediate-p521.pem");
            let leaf = include_str!("../../tests/pki/p521-chain.pem");
            let both = [issuer, leaf];
            both.iter()
                .flat_map(|text| (0..count).map(|_| read(text)))
                .collect()
        };
        assert!(bound(&of(10), "file").is_ok());
        let error = bound(&of(12), "file").unwrap_err();
        assert!(
            error.to_string().contains("signatures to verify"),
            "{error}"
        );
    }
}
