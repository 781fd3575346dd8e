//! Private keys: read by what they hold, whatever label they have, and written in the ordinary
//! spelling where they came in an odd one.

use p256::elliptic_curve;
use pkcs8::der::asn1::{AnyRef, BitStringRef, Null, OctetStringRef};
use pkcs8::der::{Decode, Encode, Reader, SliceReader, Tag, TagNumber, Tagged};
use pkcs8::spki::AlgorithmIdentifierRef;
use pkcs8::{ObjectIdentifier, PrivateKeyInfoRef};
use ring::signature::{Ed25519KeyPair, KeyPair};
use zeroize::Zeroizing;

use super::error::{CertError, Place, Purpose};
use super::key::{EC, ED25519, P256, P384, P521, PublicKey, RSA, is_explicit, name};
use super::pem::{self, Block};
use super::rsa;
use crate::secret::Secret;

/// A private key and the public half that was computed from it.
#[derive(Debug)]
pub(super) struct PrivateKey {
    pub(super) place: Place,
    pub(super) pem: Secret,
    pub(super) public: PublicKey,
}

/// Reads a block that [`is_key`] and computes its public half.
pub(super) fn read(block: &Block<'_>) -> Result<PrivateKey, CertError> {
    let place = || block.place.clone();
    if block.encrypted || block.label == "ENCRYPTED PRIVATE KEY" {
        return Err(CertError::EncryptedKey { place: place() });
    }
    let der = block.der()?;
    let key = decode(&der).map_err(|fault| match fault {
        Fault::Unreadable => CertError::UnreadableKey { place: place() },
        Fault::Inconsistent => CertError::InconsistentKey { place: place() },
        Fault::Encrypted => CertError::EncryptedKey { place: place() },
        Fault::Explicit => CertError::ExplicitCurve {
            place: place(),
            of: Purpose::Key,
        },
        Fault::Unsupported(algorithm) => CertError::UnsupportedKey {
            place: place(),
            algorithm,
        },
    })?;
    let mut text = String::new();
    let content = key.anew.as_ref().unwrap_or(&der);
    pem::write(&mut text, key.label, content);
    Ok(PrivateKey {
        place: place(),
        pem: Secret::new(text),
        public: key.public,
    })
}

/// The public half of a private key in DER, whichever of the three encodings it has.
pub(super) fn public_half(der: &[u8]) -> Option<PublicKey> {
    decode(der).ok().map(|key| key.public)
}

/// Whether this is a private key in DER by its structure, also one that cannot be used.
pub(super) fn is_private_key(der: &[u8]) -> bool {
    !matches!(decode(der), Err(Fault::Unreadable | Fault::Encrypted))
}

/// Whether a block of this label is a private key that can be read here, or could without its
/// passphrase.
pub(super) fn is_key(label: &str) -> bool {
    matches!(
        label,
        "PRIVATE KEY" | "ENCRYPTED PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY"
    )
}

enum Fault {
    Unreadable,
    Inconsistent,
    Encrypted,
    Explicit,
    Unsupported(String),
}

/// A key as it was understood.
struct Decoded {
    public: PublicKey,
    /// The label that belongs to its encoding.
    label: &'static str,
    /// Its ordinary spelling, where it came in one that not every program reads.
    anew: Option<Zeroizing<Vec<u8>>>,
}

/// Tells the encodings apart by their second member: labels are wrong now and then.
fn decode(der: &[u8]) -> Result<Decoded, Fault> {
    let members = members(der).ok_or(Fault::Unreadable)?;
    let tags: Vec<Tag> = members.iter().map(Tagged::tag).collect();
    match tags[..] {
        [Tag::Integer, Tag::Sequence, Tag::OctetString, ..] => pkcs8(der, &members),
        [Tag::Integer, Tag::Integer, ..] => Ok(Decoded {
            public: pkcs1(der)?,
            label: "RSA PRIVATE KEY",
            anew: None,
        }),
        [Tag::Integer, Tag::OctetString, ..] => {
            let (public, anew) = sec1(&members, None)?;
            Ok(Decoded {
                public,
                label: "EC PRIVATE KEY",
                anew,
            })
        }
        [Tag::Sequence, Tag::OctetString] => Err(Fault::Encrypted),
        _ => Err(Fault::Unreadable),
    }
}

/// The members of a SEQUENCE, each a DER value.
fn members(der: &[u8]) -> Option<Vec<AnyRef<'_>>> {
    /// More than any private key has.
    const MOST: usize = 16;
    let sequence = AnyRef::from_der(der).ok()?;
    if sequence.tag() != Tag::Sequence {
        return None;
    }
    let mut reader = SliceReader::new(sequence.value()).ok()?;
    let mut members = Vec::new();
    while !reader.is_finished() && members.len() < MOST {
        members.push(AnyRef::decode(&mut reader).ok()?);
    }
    reader.is_finished().then_some(members)
}

/// The value of the member under a context-specific tag.
fn tagged<'a>(members: &[AnyRef<'a>], number: u32) -> Option<AnyRef<'a>> {
    let is = |tag| matches!(tag, Tag::ContextSpecific { number: n, .. } if n == TagNumber(number));
    members.iter().find(|member| is(member.tag())).copied()
}

/// PrivateKeyInfo and OneAsymmetricKey, RFC 5958. What stands around the key is read leniently: some
/// write version 1 and no public half, ring had the public half under a tag of its own.
fn pkcs8(der: &[u8], members: &[AnyRef<'_>]) -> Result<Decoded, Fault> {
    let algorithm = members[1].decode_as::<AlgorithmIdentifierRef<'_>>();
    let algorithm = algorithm.map_err(|_| Fault::Unreadable)?;
    let inner = members[2].value();
    let stated = match tagged(members, 1) {
        None => None,
        // IMPLICIT: a bit string begins with the count of its unused bits.
        Some(bits) => Some(match bits.value() {
            [0, bits @ ..] => bits,
            _ if algorithm.oid == ED25519 => &[],
            _ => return Err(Fault::Unreadable),
        }),
    };
    let (public, inner_anew) = match algorithm.oid {
        RSA => (pkcs1(inner)?, None),
        EC => {
            let members = self::members(inner).ok_or(Fault::Unreadable)?;
            if is_explicit(algorithm.parameters) {
                return Err(Fault::Explicit);
            }
            sec1(&members, algorithm.parameters_oid().ok())?
        }
        ED25519 => (ed25519(der, stated.is_some())?, None),
        other => return Err(Fault::Unsupported(name(other))),
    };
    let agrees = |stated| match algorithm.oid {
        // Its reader has compared them.
        ED25519 => true,
        oid => PublicKey::new(oid, algorithm.parameters, stated)
            .is_some_and(|stated| stated.is(&public)),
    };
    if !stated.is_none_or(agrees) {
        return Err(Fault::Inconsistent);
    }
    // Version 1 is what many readers refuse: OpenSSL with a public half, others without one.
    let is_odd = members[0].value() != [0] && algorithm.oid != ED25519;
    let anew = match is_odd || inner_anew.is_some() {
        false => None,
        true => {
            let inner = inner_anew.as_deref().map_or(inner, Vec::as_slice);
            let inner = OctetStringRef::new(inner).map_err(|_| Fault::Unreadable)?;
            encoded(&PrivateKeyInfoRef::new(algorithm, inner))
        }
    };
    Ok(Decoded {
        public,
        label: "PRIVATE KEY",
        anew,
    })
}

/// RFC 8410, by ring's reader.
fn ed25519(der: &[u8], has_public_half: bool) -> Result<PublicKey, Fault> {
    match Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
        Ok(pair) => {
            PublicKey::new(ED25519, None, pair.public_key().as_ref()).ok_or(Fault::Unreadable)
        }
        Err(_) if has_public_half => Err(Fault::Inconsistent),
        Err(_) => Err(Fault::Unreadable),
    }
}

/// RSAPrivateKey, RFC 8017, appendix A.1.2.
fn pkcs1(der: &[u8]) -> Result<PublicKey, Fault> {
    let key = pkcs1::RsaPrivateKeyRef::from_der(der).map_err(|_| Fault::Unreadable)?;
    let bits = key.public_key().to_der().map_err(|_| Fault::Unreadable)?;
    let public = PublicKey::new(RSA, Some(Null.into()), &bits).ok_or(Fault::Unreadable)?;
    match rsa::verdict(&key) {
        rsa::Verdict::Consistent => Ok(public),
        rsa::Verdict::Inconsistent => Err(Fault::Inconsistent),
        rsa::Verdict::TooLong => Err(Fault::Unsupported(public.algorithm.to_string())),
        rsa::Verdict::TooManyPrimes => Err(Fault::Unsupported(format!(
            "{} of more than {} primes",
            public.algorithm,
            rsa::MOST_PRIMES
        ))),
    }
}

/// The public half, and the key in its ordinary spelling where it was given in another.
type Respelled = (PublicKey, Option<Zeroizing<Vec<u8>>>);

/// ECPrivateKey, RFC 5915. Its public half is optional, and so is the curve inside PKCS#8. With the
/// public half comes the ordinary spelling, where the key has another: the scalar as long as the
/// field is, after the curve's name.
fn sec1(members: &[AnyRef<'_>], outer: Option<ObjectIdentifier>) -> Result<Respelled, Fault> {
    let scalar = match members {
        [version, scalar, ..] if version.tag() == Tag::Integer => scalar,
        _ => return Err(Fault::Unreadable),
    };
    let scalar = match scalar.tag() {
        Tag::OctetString => scalar.value(),
        _ => return Err(Fault::Unreadable),
    };
    let own = tagged(members, 0).map(|own| AnyRef::from_der(own.value()));
    let own = own.transpose().map_err(|_| Fault::Unreadable)?;
    if is_explicit(own) {
        return Err(Fault::Explicit);
    }
    let own = own.map(|own| own.decode_as::<ObjectIdentifier>());
    let own = own.transpose().map_err(|_| Fault::Unreadable)?;
    let stated = tagged(members, 1).map(|stated| BitStringRef::from_der(stated.value()));
    let stated = stated.transpose().map_err(|_| Fault::Unreadable)?;
    let stated = stated.and_then(|stated| stated.as_bytes());
    let curve = match (outer, own) {
        (Some(outer), Some(own)) if outer != own => return Err(Fault::Inconsistent),
        (outer, own) => outer.or(own).ok_or(Fault::Unreadable)?,
    };
    let size = match curve {
        P256 => 32,
        P384 => 48,
        P521 => 66,
        other => return Err(Fault::Unsupported(name(other))),
    };
    let padded = padded(scalar, size).ok_or(Fault::Inconsistent)?;
    let point = point(curve, &padded).map_err(|_| Fault::Inconsistent)?;
    let parameters = Some(AnyRef::from(&curve));
    let computed = PublicKey::new(EC, parameters, &point).ok_or(Fault::Unreadable)?;
    if let Some(stated) = stated {
        let stated = PublicKey::new(EC, parameters, stated);
        if !stated.is_some_and(|stated| stated.is(&computed)) {
            return Err(Fault::Inconsistent);
        }
    }
    let is_odd = scalar.len() != size;
    let anew = is_odd.then(|| {
        encoded(&sec1::EcPrivateKey {
            private_key: &padded,
            parameters: outer
                .is_none()
                .then_some(sec1::EcParameters::NamedCurve(curve)),
            public_key: Some(&point),
        })
    });
    Ok((computed, anew.flatten()))
}

/// A number at the length of its field; `None` where it is longer than that.
fn padded(scalar: &[u8], size: usize) -> Option<Zeroizing<Vec<u8>>> {
    let zeros = scalar.iter().take_while(|octet| **octet == 0).count();
    let significant = &scalar[zeros..];
    let missing = size.checked_sub(significant.len())?;
    let mut padded = Zeroizing::new(vec![0; size]);
    padded[missing..].copy_from_slice(significant);
    Some(padded)
}

/// The public point of a scalar that is as long as the field.
fn point(curve: ObjectIdentifier, scalar: &[u8]) -> Result<Box<[u8]>, elliptic_curve::Error> {
    match curve {
        P256 => p256::SecretKey::from_slice(scalar).map(|key| key.public_key().to_sec1_bytes()),
        P384 => p384::SecretKey::from_slice(scalar).map(|key| key.public_key().to_sec1_bytes()),
        _ => p521::SecretKey::from_slice(scalar).map(|key| key.public_key().to_sec1_bytes()),
    }
}

fn encoded(value: &impl Encode) -> Option<Zeroizing<Vec<u8>>> {
    value.to_der().ok().map(Zeroizing::new)
}
