//! Private keys: their encodings, and the public half by which a key is compared to a certificate.

use std::fmt;

use pkcs8::der::asn1::{AnyRef, BitStringRef, Null};
use pkcs8::der::{Decode, Encode};
use pkcs8::spki::{AlgorithmIdentifier, SubjectPublicKeyInfo};
use pkcs8::{ObjectIdentifier, PrivateKeyInfoRef};
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};

use super::error::{CertError, Place};
use super::pem::{self, Block};
use crate::secret::Secret;
use crate::sign::canonical::sha256_hex;

/// The kind and size of a public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA (`rsaEncryption`).
    Rsa {
        /// Length of the modulus.
        bits: usize,
    },
    /// ECDSA over P-256 (`prime256v1`).
    EcdsaP256,
    /// ECDSA over P-384 (`secp384r1`).
    EcdsaP384,
    /// ECDSA over P-521 (`secp521r1`).
    EcdsaP521,
    /// Ed25519 (RFC 8410).
    Ed25519,
    /// Anything else, by its usual name or dotted object identifier.
    Other(String),
}

/// What a service accepts: it tells algorithms apart, not sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// RSA of any size.
    Rsa,
    /// ECDSA over any NIST curve.
    Ecdsa,
    /// Ed25519.
    Ed25519,
}

impl Algorithm {
    /// `None` for what no service here accepts.
    pub fn family(&self) -> Option<Family> {
        match self {
            Algorithm::Rsa { .. } => Some(Family::Rsa),
            Algorithm::EcdsaP256 | Algorithm::EcdsaP384 | Algorithm::EcdsaP521 => {
                Some(Family::Ecdsa)
            }
            Algorithm::Ed25519 => Some(Family::Ed25519),
            Algorithm::Other(_) => None,
        }
    }

    fn of_curve(oid: ObjectIdentifier) -> Algorithm {
        match oid {
            P256 => Algorithm::EcdsaP256,
            P384 => Algorithm::EcdsaP384,
            P521 => Algorithm::EcdsaP521,
            other => Algorithm::Other(name(other)),
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Algorithm::Rsa { bits } => write!(f, "RSA {bits}"),
            Algorithm::EcdsaP256 => f.write_str("ECDSA P-256"),
            Algorithm::EcdsaP384 => f.write_str("ECDSA P-384"),
            Algorithm::EcdsaP521 => f.write_str("ECDSA P-521"),
            Algorithm::Ed25519 => f.write_str("Ed25519"),
            Algorithm::Other(name) => f.write_str(name),
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Family::Rsa => "RSA",
            Family::Ecdsa => "ECDSA",
            Family::Ed25519 => "Ed25519",
        })
    }
}

/// A public key, whether it was read from a certificate or computed from a private key.
#[derive(Clone, Debug)]
pub(super) struct PublicKey {
    pub(super) algorithm: Algorithm,
    /// SHA-256 over the SubjectPublicKeyInfo, the first 16 hex digits: so begins what
    /// `openssl pkey -pubout -outform DER | openssl sha256` prints for the private key.
    pub(super) id: String,
    /// RSAPublicKey in DER, an uncompressed point, or the 32 bytes of Ed25519.
    bits: Vec<u8>,
}

/// A private key and the public half that was computed from it.
#[derive(Debug)]
pub(super) struct PrivateKey {
    pub(super) place: Place,
    pub(super) pem: Secret,
    pub(super) public: PublicKey,
}

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7); `None` if it is malformed.
    pub(super) fn from_spki(der: &[u8]) -> Option<PublicKey> {
        let spki = SubjectPublicKeyInfo::<AnyRef<'_>, BitStringRef<'_>>::from_der(der).ok()?;
        let bits = spki.subject_public_key.as_bytes()?;
        let (algorithm, bits) = match spki.algorithm.oid {
            RSA => (rsa_algorithm(bits)?, bits.to_vec()),
            EC => {
                let curve = spki.algorithm.parameters_oid().ok()?;
                let point = match curve {
                    P256 => p256::PublicKey::from_sec1_bytes(bits).map(|p| p.to_sec1_bytes()),
                    P384 => p384::PublicKey::from_sec1_bytes(bits).map(|p| p.to_sec1_bytes()),
                    P521 => p521::PublicKey::from_sec1_bytes(bits).map(|p| p.to_sec1_bytes()),
                    _ => Ok(bits.into()),
                };
                (Algorithm::of_curve(curve), point.ok()?.into_vec())
            }
            ED25519 => (Algorithm::Ed25519, bits.to_vec()),
            other => (Algorithm::Other(name(other)), bits.to_vec()),
        };
        let mut id = sha256_hex(der);
        id.truncate(16);
        Some(PublicKey {
            algorithm,
            id,
            bits,
        })
    }

    /// Whether both are the same key. Not by `id`: a point has two encodings.
    pub(super) fn is(&self, other: &PublicKey) -> bool {
        self.algorithm == other.algorithm && self.bits == other.bits
    }
}

/// Reads a block that [`is_key`] and computes its public half.
pub(super) fn read(block: &Block<'_>) -> Result<PrivateKey, CertError> {
    if block.encrypted || block.label == "ENCRYPTED PRIVATE KEY" {
        return Err(CertError::EncryptedKey {
            place: block.place.clone(),
        });
    }
    let der = block.der()?;
    let public = match block.label {
        "RSA PRIVATE KEY" => rsa(&der),
        "EC PRIVATE KEY" => ec(&der, None),
        _ => pkcs8(&der),
    };
    let place = || block.place.clone();
    let public = public.map_err(|fault| match fault {
        Fault::Unreadable => CertError::UnreadableKey { place: place() },
        Fault::Inconsistent => CertError::InconsistentKey { place: place() },
        Fault::Unsupported(algorithm) => CertError::UnsupportedKey {
            place: place(),
            algorithm,
        },
    })?;
    let mut text = String::new();
    pem::write(&mut text, block.label, &der);
    Ok(PrivateKey {
        place: place(),
        pem: Secret::new(text),
        public,
    })
}

/// The public half of a private key in DER, whichever of the three encodings it has.
pub(super) fn public_half(der: &[u8]) -> Option<PublicKey> {
    let read = pkcs8(der).or_else(|_| rsa(der)).or_else(|_| ec(der, None));
    read.ok()
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
    Unsupported(String),
}

/// OneAsymmetricKey, RFC 5958.
fn pkcs8(der: &[u8]) -> Result<PublicKey, Fault> {
    // First with ring's reader: it also takes the public half under the wrong tag that ring itself
    // used to write.
    if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
        return public(ED25519, None, pair.public_key().as_ref());
    }
    let info = PrivateKeyInfoRef::from_der(der).map_err(|_| Fault::Unreadable)?;
    match info.algorithm.oid {
        RSA => rsa(info.private_key.as_bytes()),
        EC => {
            let curve = info.algorithm.parameters_oid();
            ec(
                info.private_key.as_bytes(),
                Some(curve.map_err(|_| Fault::Unreadable)?),
            )
        }
        ED25519 if info.public_key.is_some() => Err(Fault::Inconsistent),
        ED25519 => Err(Fault::Unreadable),
        other => Err(Fault::Unsupported(name(other))),
    }
}

/// RSAPrivateKey, RFC 8017, appendix A.1.2.
fn rsa(der: &[u8]) -> Result<PublicKey, Fault> {
    let key = pkcs1::RsaPrivateKeyRef::from_der(der).map_err(|_| Fault::Unreadable)?;
    if key.other_prime_infos.is_some() {
        return Err(Fault::Unsupported("RSA with more than two primes".into()));
    }
    let bits = key.public_key().to_der().map_err(|_| Fault::Unreadable)?;
    match RsaKeyPair::from_der(der) {
        // The exponents of the Chinese remainder theorem are only checked by using them. The
        // padding takes no randomness; the argument is there for others that do.
        Ok(pair) => pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                b"",
                &mut vec![0; pair.public().modulus_len()],
            )
            .map_err(|_| Fault::Inconsistent)?,
        // Sizes and exponents beyond what ring computes with: such a key goes unchecked.
        Err(rejected) if matches!(rejected.to_string().as_str(), "TooSmall" | "TooLarge") => {}
        Err(_) => return Err(Fault::Inconsistent),
    }
    public(RSA, Some(Null.into()), &bits)
}

/// ECPrivateKey, RFC 5915. Its public half is optional, and so is the curve inside PKCS#8.
fn ec(der: &[u8], curve: Option<ObjectIdentifier>) -> Result<PublicKey, Fault> {
    let key = sec1::EcPrivateKey::from_der(der).map_err(|_| Fault::Unreadable)?;
    let own = key
        .parameters
        .and_then(|parameters| parameters.named_curve());
    let curve = match (curve, own) {
        (Some(curve), Some(own)) if curve != own => return Err(Fault::Inconsistent),
        (curve, own) => curve.or(own).ok_or(Fault::Unreadable)?,
    };
    let scalar = key.private_key;
    let computed = match curve {
        P256 => p256::SecretKey::from_slice(scalar).map(|key| key.public_key().to_sec1_bytes()),
        P384 => p384::SecretKey::from_slice(scalar).map(|key| key.public_key().to_sec1_bytes()),
        P521 => p521::SecretKey::from_slice(scalar).map(|key| key.public_key().to_sec1_bytes()),
        other => return Err(Fault::Unsupported(name(other))),
    };
    let computed = computed.map_err(|_| Fault::Inconsistent)?;
    let parameters = Some(AnyRef::from(&curve));
    let computed = public(EC, parameters, &computed)?;
    if let Some(stated) = key.public_key {
        let stated = public(EC, parameters, stated).map_err(|_| Fault::Inconsistent)?;
        if !stated.is(&computed) {
            return Err(Fault::Inconsistent);
        }
    }
    Ok(computed)
}

/// By way of SubjectPublicKeyInfo, so that keys and certificates come out alike.
fn public(
    oid: ObjectIdentifier,
    parameters: Option<AnyRef<'_>>,
    bits: &[u8],
) -> Result<PublicKey, Fault> {
    let spki = SubjectPublicKeyInfo {
        algorithm: AlgorithmIdentifier { oid, parameters },
        subject_public_key: BitStringRef::from_bytes(bits).map_err(|_| Fault::Unreadable)?,
    };
    let der = spki.to_der().map_err(|_| Fault::Unreadable)?;
    PublicKey::from_spki(&der).ok_or(Fault::Unreadable)
}

fn rsa_algorithm(public: &[u8]) -> Option<Algorithm> {
    let public = pkcs1::RsaPublicKeyRef::from_der(public).ok()?;
    let modulus = public.modulus.as_bytes();
    let unused = modulus.first()?.leading_zeros() as usize;
    Some(Algorithm::Rsa {
        bits: modulus.len() * 8 - unused,
    })
}

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// The name of an algorithm or curve that is met now and then and not handled here.
fn name(oid: ObjectIdentifier) -> String {
    let dotted = oid.to_string();
    match dotted.as_str() {
        "1.2.840.113549.1.1.10" => "RSASSA-PSS".into(),
        "1.2.840.10040.4.1" => "DSA".into(),
        "1.3.101.113" => "Ed448".into(),
        "1.3.132.0.10" => "ECDSA secp256k1".into(),
        "1.2.156.10197.1.301" => "SM2".into(),
        _ => dotted,
    }
}
