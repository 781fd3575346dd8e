//! The order of certificates: which one is the server's own, and who issued whom.

use std::cmp::Reverse;

use super::error::CertError;
use super::examine::{Aspect, Finding};
use super::key::PrivateKey;
use super::note::Note;
use super::x509::{Certificate, Role, Signature};

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
        let test_certificate = alone && leaf.self_signed && !leaf.dns_names.is_empty();
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
            Ok(Some(index)) => chain.push(rest.remove(index)),
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
            error: CertError::Foreign {
                place: foreign.place.clone(),
                found: foreign.subject.clone(),
                last: last.subject.clone(),
                wanted: (!last.self_signed).then(|| last.issuer.clone()),
            },
        })),
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
    Some(chain)
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

/// Which of `others` issued `certificate`, by name and signature; of several (a cross-signed
/// authority has one certificate from each parent) the one that leads further and lasts longer.
pub(super) fn issuer_index(
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
