//! Whether a key made a certificate's signature. There are three answers: an algorithm that cannot
//! be computed here proves nothing, either way.

use md5::Md5;
use ring::signature::{ED25519, UnparsedPublicKey};
use rsa::signature::Verifier;
use rsa::signature::hazmat::PrehashVerifier;
use rsa::{BoxedUint, PublicKey as RsaKey, pss};
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use x509_parser::prelude::X509Certificate;
use x509_parser::signature_algorithm::RsaSsaPssParams;
use x509_parser::x509::AlgorithmIdentifier;

use super::key::{Algorithm, PublicKey};

/// What became of checking a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Signature {
    Good,
    /// Made with an algorithm that cannot be checked here: it may be good.
    Unverified,
    Bad,
}

/// The lengths of RSA moduli whose signatures are checked: what authorities have had, and no more
/// than takes a moment.
const RSA_BITS: std::ops::RangeInclusive<usize> = 512..=8192;

/// What it takes to verify a signature, roughly in tenths of a millisecond: RSA 4096 is 8.
pub(super) fn work(key: &PublicKey) -> usize {
    match &key.algorithm {
        Algorithm::EcdsaP256 => 7,
        Algorithm::EcdsaP384 => 15,
        Algorithm::EcdsaP521 => 30,
        Algorithm::EcdsaExplicit | Algorithm::Ed25519 => 1,
        Algorithm::Rsa { .. } | Algorithm::Other(_) => match numbers(key) {
            Some((modulus, exponent)) if RSA_BITS.contains(&(modulus.len() * 8)) => {
                let squares = (modulus.len() / 128).pow(2) / 2;
                1 + squares * exponent.len().div_ceil(3)
            }
            _ => 1,
        },
    }
}

/// RSASSA-PKCS1-v1_5 by object identifier (RFC 8017, appendix A.2.4, and OIW's for SHA-1).
type Pkcs1 = fn(&RsaKey, &[u8], &[u8]) -> rsa::Result<()>;
const PKCS1: [(&str, Pkcs1); 7] = [
    ("1.2.840.113549.1.1.4", RsaKey::pkcs1v15_verify::<Md5>),
    ("1.2.840.113549.1.1.5", RsaKey::pkcs1v15_verify::<Sha1>),
    ("1.3.14.3.2.29", RsaKey::pkcs1v15_verify::<Sha1>),
    ("1.2.840.113549.1.1.11", RsaKey::pkcs1v15_verify::<Sha256>),
    ("1.2.840.113549.1.1.12", RsaKey::pkcs1v15_verify::<Sha384>),
    ("1.2.840.113549.1.1.13", RsaKey::pkcs1v15_verify::<Sha512>),
    ("1.2.840.113549.1.1.14", RsaKey::pkcs1v15_verify::<Sha224>),
];

/// ECDSA by object identifier (RFC 5758, section 3.2).
type Hash = fn(&[u8]) -> Vec<u8>;
const ECDSA: [(&str, Hash); 5] = [
    ("1.2.840.10045.4.1", hash::<Sha1>),
    ("1.2.840.10045.4.3.1", hash::<Sha224>),
    ("1.2.840.10045.4.3.2", hash::<Sha256>),
    ("1.2.840.10045.4.3.3", hash::<Sha384>),
    ("1.2.840.10045.4.3.4", hash::<Sha512>),
];

/// RSASSA-PSS by the hash that its parameters name.
type Pss = fn(RsaKey, usize, &[u8], &[u8]) -> bool;
const PSS: [(&str, Pss); 5] = [
    (SHA1, pss_verify::<Sha1>),
    ("2.16.840.1.101.3.4.2.1", pss_verify::<Sha256>),
    ("2.16.840.1.101.3.4.2.2", pss_verify::<Sha384>),
    ("2.16.840.1.101.3.4.2.3", pss_verify::<Sha512>),
    ("2.16.840.1.101.3.4.2.4", pss_verify::<Sha224>),
];

const SHA1: &str = "1.3.14.3.2.26";
const RSASSA_PSS: &str = "1.2.840.113549.1.1.10";
const ED25519_SIGNATURE: &str = "1.3.101.112";

/// Whether `key` made the signature of `own`.
pub(super) fn verify(own: &X509Certificate<'_>, key: &PublicKey) -> Signature {
    let message: &[u8] = own.tbs_certificate.as_ref();
    let signature: &[u8] = &own.signature_value.data;
    let oid = own.signature_algorithm.algorithm.to_id_string();
    let answer = |is_good| match is_good {
        true => Signature::Good,
        false => Signature::Bad,
    };
    if oid == RSASSA_PSS {
        let found = rsa_key(key).and_then(|rsa| {
            let (verify, salt) = pss(&own.signature_algorithm)?;
            Some((rsa?, verify, salt))
        });
        return match found {
            _ if is_of_other_kind(key, Kind::Rsa) => Signature::Bad,
            Some((rsa, verify, salt)) => answer(verify(rsa, salt, message, signature)),
            None => Signature::Unverified,
        };
    }
    if let Some((_, verify)) = PKCS1.iter().find(|(known, _)| *known == oid) {
        return match rsa_key(key) {
            Some(Some(rsa)) => answer(verify(&rsa, message, signature).is_ok()),
            Some(None) => Signature::Unverified,
            None if is_of_other_kind(key, Kind::Rsa) => Signature::Bad,
            None => Signature::Unverified,
        };
    }
    if let Some((_, hash)) = ECDSA.iter().find(|(known, _)| *known == oid) {
        let digest = hash(message);
        return match &key.algorithm {
            Algorithm::EcdsaP256 => answer(p256(&key.bits, digest, signature).is_some()),
            Algorithm::EcdsaP384 => answer(p384(&key.bits, digest, signature).is_some()),
            Algorithm::EcdsaP521 => answer(p521(&key.bits, digest, signature).is_some()),
            _ if is_of_other_kind(key, Kind::Ecdsa) => Signature::Bad,
            _ => Signature::Unverified,
        };
    }
    match (oid == ED25519_SIGNATURE, &key.algorithm) {
        (true, Algorithm::Ed25519) => {
            let key = UnparsedPublicKey::new(&ED25519, &key.bits);
            answer(key.verify(message, signature).is_ok())
        }
        (true, _) if is_of_other_kind(key, Kind::Ed25519) => Signature::Bad,
        _ => Signature::Unverified,
    }
}

/// The hash of a signature that clients no longer take, if it is one of those.
pub(super) fn weak_hash(algorithm: &AlgorithmIdentifier<'_>) -> Option<&'static str> {
    match algorithm.algorithm.to_id_string().as_str() {
        "1.2.840.113549.1.1.2" => Some("MD2"),
        "1.2.840.113549.1.1.4" => Some("MD5"),
        "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" | "1.2.840.10045.4.1" | "1.2.840.10040.4.3" => {
            Some("SHA-1")
        }
        RSASSA_PSS => {
            let parameters = RsaSsaPssParams::try_from(algorithm.parameters.as_ref()?).ok()?;
            let is_sha1 = parameters.hash_algorithm_oid().to_id_string() == SHA1;
            is_sha1.then_some("SHA-1")
        }
        _ => None,
    }
}

enum Kind {
    Rsa,
    Ecdsa,
    Ed25519,
}

/// Whether the key is known to be of a kind that makes no signature of the one that is asked for.
fn is_of_other_kind(key: &PublicKey, kind: Kind) -> bool {
    match &key.algorithm {
        Algorithm::Rsa { .. } => !matches!(kind, Kind::Rsa),
        Algorithm::EcdsaP256
        | Algorithm::EcdsaP384
        | Algorithm::EcdsaP521
        | Algorithm::EcdsaExplicit => !matches!(kind, Kind::Ecdsa),
        Algorithm::Ed25519 => !matches!(kind, Kind::Ed25519),
        Algorithm::Other(_) => false,
    }
}

/// The RSA key of a certificate, which may be one for PSS alone. `Some(None)` where it is one that is
/// not computed with.
fn rsa_key(key: &PublicKey) -> Option<Option<RsaKey>> {
    let is_rsa = matches!(key.algorithm, Algorithm::Rsa { .. });
    if !is_rsa && key.algorithm != Algorithm::Other("RSASSA-PSS".into()) {
        return None;
    }
    let (bits, limit) = (RSA_BITS, *RSA_BITS.end() / 8);
    let numbers = numbers(key).filter(|(modulus, _)| modulus.len() <= limit);
    Some(numbers.and_then(|(modulus, exponent)| {
        let number = BoxedUint::from_be_slice_vartime;
        RsaKey::new_with_size_limits(number(modulus), number(exponent), bits).ok()
    }))
}

/// The modulus and the exponent of an RSA key, without leading zeros.
fn numbers(key: &PublicKey) -> Option<(&[u8], &[u8])> {
    let read = <pkcs1::RsaPublicKeyRef<'_> as pkcs8::der::Decode<'_>>::from_der(&key.bits);
    let read = read.ok()?;
    Some((read.modulus.as_bytes(), read.public_exponent.as_bytes()))
}

/// How a signature by PSS is verified, and the length of its salt. None where its mask is made with
/// another hash, which nobody does.
fn pss(algorithm: &AlgorithmIdentifier<'_>) -> Option<(Pss, usize)> {
    let parameters = RsaSsaPssParams::try_from(algorithm.parameters.as_ref()?).ok()?;
    let hash = parameters.hash_algorithm_oid().to_id_string();
    let mask = parameters.mask_gen_algorithm().ok()?;
    if mask.hash.to_id_string() != hash {
        return None;
    }
    let (_, verify) = PSS.iter().find(|(known, _)| *known == hash)?;
    Some((*verify, usize::try_from(parameters.salt_length()).ok()?))
}

fn pss_verify<D>(key: RsaKey, salt: usize, message: &[u8], signature: &[u8]) -> bool
where
    D: Digest + rsa::signature::digest::FixedOutputReset,
{
    pss::Signature::try_from(signature).is_ok_and(|signature| {
        let key = pss::VerifyingKey::<D>::new_with_salt_len(key, salt);
        key.verify(message, &signature).is_ok()
    })
}

fn hash<D: Digest>(message: &[u8]) -> Vec<u8> {
    D::digest(message).to_vec()
}

/// A digest that is shorter than the field is the same number with zeros before it (FIPS 186-5,
/// section 6.4.2); the crates want half of the field's length at least.
fn widened(mut digest: Vec<u8>, least: usize) -> Vec<u8> {
    let missing = least.saturating_sub(digest.len());
    digest.splice(..0, std::iter::repeat_n(0, missing));
    digest
}

fn p256(point: &[u8], digest: Vec<u8>, signature: &[u8]) -> Option<()> {
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
    let signature = p256::ecdsa::Signature::from_der(signature).ok()?;
    key.verify_prehash(&widened(digest, 16), &signature).ok()
}

fn p384(point: &[u8], digest: Vec<u8>, signature: &[u8]) -> Option<()> {
    let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
    let signature = p384::ecdsa::Signature::from_der(signature).ok()?;
    key.verify_prehash(&widened(digest, 24), &signature).ok()
}

fn p521(point: &[u8], digest: Vec<u8>, signature: &[u8]) -> Option<()> {
    let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
    let signature = p521::ecdsa::Signature::from_der(signature).ok()?;
    key.verify_prehash(&widened(digest, 33), &signature).ok()
}
