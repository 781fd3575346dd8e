//! The certificates that a server shows: who issued whom among them, as far as that can be verified.

use super::chain;
use super::error::{CertError, Place};
use super::facts::Facts;
use super::signature::Signature;
use super::x509::{self, Certificate};

/// The way upwards from a server's own certificate, among those that it shows.
#[derive(Debug)]
pub struct Path {
    /// The issuer of the server's certificate, the issuer of that one and so on.
    pub above: Vec<Facts>,
    /// Where the way ends.
    pub end: End,
}

/// Where the way upwards ends.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// At a certificate that is its own issuer.
    Root,
    /// At a certificate whose issuer is not shown.
    Open,
    /// At a certificate that is shown under the name of an issuer, and is not the issuer.
    Broken {
        /// The subject of the certificate that is shown.
        shown: String,
        /// The subject of the certificate that it did not issue.
        below: String,
    },
    /// More certificates than can be looked at may have issued each other.
    Unknown,
}

/// Follows the certificates that a server shows, DER, its own first. Their order does not count, and
/// what cannot be read is passed over; `None` where that is the server's own.
pub fn path(chain: &[Vec<u8>]) -> Option<Path> {
    let place = Place::new("", "CERTIFICATE", 1);
    let mut read = chain.iter().map(|der| x509::parse(der, &place));
    let mut last = read.next()??;
    let mut rest: Vec<Certificate> = read.flatten().collect();
    let mut above = Vec::new();
    if chain::bound(&rest, "").is_err() {
        return Some(Path {
            above,
            end: End::Unknown,
        });
    }
    let end = loop {
        match chain::issuer_index(&last, &rest) {
            Ok(Some((index, _))) => {
                last = rest.swap_remove(index);
                above.push(last.facts());
            }
            Ok(None) if last.is_self_issued() => break End::Root,
            Ok(None) => break End::Open,
            Err(
                CertError::NotSigned {
                    issuer, subject, ..
                }
                | CertError::IssuerNotAuthority {
                    issuer, subject, ..
                },
            ) => {
                break End::Broken {
                    shown: issuer,
                    below: subject,
                };
            }
            Err(_) => break End::Unknown,
        }
    };
    Some(Path { above, end })
}

/// Whether each of these certificates, in DER and in this order, was signed by the next one, as far as
/// that could be verified.
pub fn is_verified_chain(chain: &[Vec<u8>]) -> bool {
    let place = Place::new("", "CERTIFICATE", 1);
    let read = chain.iter().map(|der| x509::parse(der, &place));
    let Some(read) = read.collect::<Option<Vec<_>>>() else {
        return false;
    };
    let mut pairs = read.windows(2);
    pairs.all(|pair| pair[0].signed_by(&pair[1]) == Signature::Good)
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn der(pem: &str) -> Vec<u8> {
        let base64: String = pem
            .lines()
            .filter(|line| !line.starts_with("-----"))
            .collect();
        STANDARD.decode(base64).unwrap()
    }

    fn shown() -> (Vec<u8>, Vec<u8>, Vec<u8>) {
        (
            der(include_str!("../../tests/pki/p256.pem")),
            der(include_str!("../../tests/pki/intermediate.pem")),
            der(include_str!("../../tests/pki/root.pem")),
        )
    }

    #[test]
    fn the_way_goes_up_as_far_as_it_is_shown() {
        let (leaf, intermediate, root) = shown();
        let of = |chain: &[&Vec<u8>]| {
            let chain: Vec<_> = chain.iter().map(|&one| one.clone()).collect();
            let path = path(&chain).unwrap();
            (path.above.len(), path.end)
        };
        assert_eq!(of(&[&leaf]), (0, End::Open));
        assert_eq!(of(&[&leaf, &intermediate]), (1, End::Open));
        assert_eq!(of(&[&leaf, &root, &intermediate]), (2, End::Root));
        assert_eq!(of(&[&root]), (0, End::Root));
        assert!(path(&[]).is_none() && path(&[vec![0x30, 0]]).is_none());
        let in_order = |chain: &[&Vec<u8>]| {
            is_verified_chain(&chain.iter().map(|&one| one.clone()).collect::<Vec<_>>())
        };
        assert!(in_order(&[&leaf, &intermediate, &root]));
        assert!(!in_order(&[&leaf, &root, &intermediate]));
    }

    #[test]
    fn who_bears_the_name_and_did_not_sign_is_told() {
        let (leaf, intermediate, _) = shown();
        let impostor = der(include_str!("../../tests/pki/intermediate-impostor.pem"));
        let end = path(&[leaf.clone(), impostor.clone()]).unwrap().end;
        assert!(matches!(end, End::Broken { .. }), "{end:?}");
        // The right one beside it is found.
        let both = path(&[leaf, impostor, intermediate]).unwrap();
        assert_eq!(both.above.len(), 1);
    }
}
