//! Public keys: what a certificate has, and by which a private key is compared to it.

use std::fmt;

use pkcs8::ObjectIdentifier;
use pkcs8::der::asn1::{AnyRef, BitStringRef};
use pkcs8::der::{Decode, Encode, Tag, Tagged};
use pkcs8::spki::{AlgorithmIdentifier, SubjectPublicKeyInfo};

use crate::sign::canonical::sha256_hex;

/// The shortest RSA modulus that CAs, browsers and the clouds accept.
pub const MIN_RSA_BITS: usize = 2048;

/// The longest RSA modulus that OpenSSL, and with it most servers, computes with.
pub const MAX_RSA_BITS: usize = 16_384;

/// The keys that the clouds take, in words: [`Algorithm::is_taken`].
pub(super) const TAKEN: &str = "RSA from 2048 bits and ECDSA (P-256, P-384)";

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
    /// ECDSA over a curve whose parameters are written out instead of its name.
    EcdsaExplicit,
    /// Ed25519 (RFC 8410).
    Ed25519,
    /// Anything else, by its usual name or dotted object identifier.
    Other(String),
}

impl Algorithm {
    /// Whether the clouds take such a key for a server. One rule for all three of them,
    /// and for every product.
    pub fn is_taken(&self) -> bool {
        match self {
            Algorithm::Rsa { bits } => (MIN_RSA_BITS..=MAX_RSA_BITS).contains(bits),
            Algorithm::EcdsaP256 | Algorithm::EcdsaP384 => true,
            Algorithm::EcdsaP521
            | Algorithm::EcdsaExplicit
            | Algorithm::Ed25519
            | Algorithm::Other(_) => false,
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
            Algorithm::EcdsaExplicit => f.write_str("ECDSA with explicit curve parameters"),
            Algorithm::Ed25519 => f.write_str("Ed25519"),
            Algorithm::Other(name) => f.write_str(name),
        }
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
    pub(super) bits: Vec<u8>,
}

impl PublicKey {
    /// By way of SubjectPublicKeyInfo, so that private keys and certificates come out alike.
    pub(super) fn new(
        oid: ObjectIdentifier,
        parameters: Option<AnyRef<'_>>,
        bits: &[u8],
    ) -> Option<PublicKey> {
        let spki = SubjectPublicKeyInfo {
            algorithm: AlgorithmIdentifier { oid, parameters },
            subject_public_key: BitStringRef::from_bytes(bits).ok()?,
        };
        PublicKey::from_spki(&spki.to_der().ok()?)
    }

    /// Reads a SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7); `None` if it is malformed.
    pub(super) fn from_spki(der: &[u8]) -> Option<PublicKey> {
        let spki = SubjectPublicKeyInfo::<AnyRef<'_>, BitStringRef<'_>>::from_der(der).ok()?;
        let bits = spki.subject_public_key.as_bytes()?;
        let (algorithm, bits) = match spki.algorithm.oid {
            RSA => (rsa_algorithm(bits)?, bits.to_vec()),
            EC if is_explicit(spki.algorithm.parameters) => {
                (Algorithm::EcdsaExplicit, bits.to_vec())
            }
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

/// Whether a curve is written out (SpecifiedECDomain, SEC 1, appendix C.2) where its name should be.
pub(super) fn is_explicit(parameters: Option<AnyRef<'_>>) -> bool {
    parameters.is_some_and(|parameters| parameters.tag() == Tag::Sequence)
}

fn rsa_algorithm(public: &[u8]) -> Option<Algorithm> {
    let public = pkcs1::RsaPublicKeyRef::from_der(public).ok()?;
    let modulus = public.modulus.as_bytes();
    let unused = modulus.first()?.leading_zeros() as usize;
    Some(Algorithm::Rsa {
        bits: modulus.len() * 8 - unused,
    })
}

pub(super) const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
pub(super) const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
pub(super) const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
pub(super) const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
pub(super) const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
pub(super) const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// The name of an algorithm or curve that is met now and then and not handled here.
pub(super) fn name(oid: ObjectIdentifier) -> String {
    let dotted = oid.to_string();
    match dotted.as_str() {
        "1.2.840.113549.1.1.10" => "RSASSA-PSS".into(),
        "1.2.840.10040.4.1" => "DSA".into(),
        "1.3.101.113" => "Ed448".into(),
        "1.3.132.0.10" => "ECDSA secp256k1".into(),
        "1.3.132.0.33" => "ECDSA P-224".into(),
        "1.2.840.10045.3.1.1" => "ECDSA P-192".into(),
        "1.3.36.3.3.2.8.1.1.7" => "ECDSA brainpoolP256r1".into(),
        "1.3.36.3.3.2.8.1.1.11" => "ECDSA brainpoolP384r1".into(),
        "1.3.36.3.3.2.8.1.1.13" => "ECDSA brainpoolP512r1".into(),
        "1.3.101.110" => "X25519".into(),
        "1.2.156.10197.1.301" => "SM2".into(),
        _ => dotted,
    }
}
