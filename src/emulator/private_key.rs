//! Private keys as the clouds take them: whichever of the three encodings the label promises, and
//! numbers that belong together. What they are refused for here is what `docs/sandbox.md` says.

use std::sync::Arc;

use num_bigint::BigUint;
use ring::digest::{Context, SHA256, SHA256_OUTPUT_LEN, digest};
use ring::rand::{SecureRandom as _, SystemRandom};
use rustls::sign::{Signer, SigningKey};
use rustls::{SignatureAlgorithm, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer};

use super::material::Unfit;

/// The shortest RSA modulus that is taken.
const MIN_RSA: u64 = 2048;

const OID_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const OID_EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const OID_P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const OID_P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const FIRST: u8 = 0xa0;
const SECOND: u8 = 0xa1;

/// A private key of a kind that is taken.
pub enum PrivateKey {
    /// RSA with two primes.
    Rsa(Rsa),
    /// ECDSA over P-256.
    P256(p256::SecretKey),
    /// ECDSA over P-384.
    P384(p384::SecretKey),
}

/// The numbers of an RSA key.
pub struct Rsa {
    modulus: BigUint,
    public: BigUint,
    private: BigUint,
    /// PKCS#1.
    der: Vec<u8>,
}

/// Reads the first private key of a PEM text.
///
/// # Errors
/// [`Unfit::Key`] for what cannot be read or contradicts itself, [`Unfit::KeyKind`] for a kind or
/// size that is not taken.
pub fn read(pem: &str) -> Result<PrivateKey, Unfit> {
    let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| Unfit::Key)?;
    let mut outer = Parts::of(key.secret_der())?;
    outer.take(INTEGER)?;
    // Whatever the label says: in PKCS#8 an algorithm comes second, in SEC1 the scalar, in PKCS#1 the
    // modulus.
    match outer.next_tag() {
        Some(SEQUENCE) => {
            let mut algorithm = Parts(outer.take(SEQUENCE)?);
            let kind = algorithm.take(OID)?;
            let key = outer.take(OCTET_STRING)?;
            match kind {
                OID_RSA => rsa(key),
                OID_EC => ec(key, Some(algorithm.take(OID).map_err(|_| Unfit::KeyKind)?)),
                _ => Err(Unfit::KeyKind),
            }
        }
        Some(OCTET_STRING) => ec(key.secret_der(), None),
        _ => rsa(key.secret_der()),
    }
}

/// RSAPrivateKey, RFC 8017, appendix A.1.2.
fn rsa(der: &[u8]) -> Result<PrivateKey, Unfit> {
    let mut parts = Parts::of(der)?;
    let version = parts.number()?;
    let mut numbers = Vec::with_capacity(8);
    for _ in 0..8 {
        numbers.push(parts.number()?);
    }
    let [n, e, d, p, q, dp, dq, qi] = &numbers[..] else {
        return Err(Unfit::Key);
    };
    if version != BigUint::ZERO {
        return Err(Unfit::KeyKind);
    }
    let one = BigUint::from(1_u8);
    if p <= &one || q <= &one {
        return Err(Unfit::Key);
    }
    let (below_p, below_q) = (p - &one, q - &one);
    let holds = &(p * q) == n
        && (e * d) % &below_p == one
        && (e * d) % &below_q == one
        && &(d % &below_p) == dp
        && &(d % &below_q) == dq
        && (q * qi) % p == one;
    match holds {
        false => Err(Unfit::Key),
        true if n.bits() < MIN_RSA => Err(Unfit::KeyKind),
        true => Ok(PrivateKey::Rsa(Rsa {
            modulus: n.clone(),
            public: e.clone(),
            private: d.clone(),
            der: der.to_vec(),
        })),
    }
}

/// ECPrivateKey, RFC 5915: the curve can stand outside, the public half can be missing, and the
/// scalar can have more or fewer zeros in front than the standard says.
fn ec(der: &[u8], outside: Option<&[u8]>) -> Result<PrivateKey, Unfit> {
    let mut parts = Parts::of(der)?;
    parts.take(INTEGER)?;
    let scalar = parts.take(OCTET_STRING)?;
    let inside = match parts.next_tag() {
        Some(FIRST) => Some(Parts(parts.take(FIRST)?).take(OID)),
        _ => None,
    };
    // A curve that is written out instead of named.
    let inside = inside.transpose().map_err(|_| Unfit::KeyKind)?;
    let stated = match parts.next_tag() {
        Some(SECOND) => Some(Parts(parts.take(SECOND)?).bits()?),
        _ => None,
    };
    let curve = match (outside, inside) {
        (Some(outside), Some(inside)) if outside != inside => return Err(Unfit::Key),
        (outside, inside) => outside.or(inside).ok_or(Unfit::Key)?,
    };
    let key = match curve {
        OID_P256 => p256::SecretKey::from_slice(&padded::<32>(scalar)?).map(PrivateKey::P256),
        OID_P384 => p384::SecretKey::from_slice(&padded::<48>(scalar)?).map(PrivateKey::P384),
        _ => return Err(Unfit::KeyKind),
    };
    let key = key.map_err(|_| Unfit::Key)?;
    match stated {
        Some(point) if !key.has_point(point) => Err(Unfit::Key),
        _ => Ok(key),
    }
}

/// A number of so many bytes, with the zeros in front that it needs.
fn padded<const SIZE: usize>(number: &[u8]) -> Result<[u8; SIZE], Unfit> {
    let start = number.iter().position(|byte| *byte != 0);
    let digits = &number[start.unwrap_or(number.len())..];
    let mut padded = [0; SIZE];
    let zeros = SIZE.checked_sub(digits.len()).ok_or(Unfit::Key)?;
    padded[zeros..].copy_from_slice(digits);
    Ok(padded)
}

impl PrivateKey {
    /// Whether this is the key of a certificate with that SubjectPublicKeyInfo, in DER.
    pub fn owns(&self, public: &[u8]) -> bool {
        self.compared(public) == Ok(true)
    }

    fn compared(&self, public: &[u8]) -> Result<bool, Unfit> {
        let mut outer = Parts::of(public)?;
        let mut algorithm = Parts(outer.take(SEQUENCE)?);
        let kind = algorithm.take(OID)?;
        let bits = outer.bits()?;
        Ok(match self {
            PrivateKey::Rsa(own) if kind == OID_RSA => {
                let mut numbers = Parts::of(bits)?;
                numbers.number()? == own.modulus && numbers.number()? == own.public
            }
            PrivateKey::P256(_) if kind == OID_EC && algorithm.take(OID)? == OID_P256 => {
                self.has_point(bits)
            }
            PrivateKey::P384(_) if kind == OID_EC && algorithm.take(OID)? == OID_P384 => {
                self.has_point(bits)
            }
            _ => false,
        })
    }

    /// Whether a point, compressed or not, is its public half.
    fn has_point(&self, point: &[u8]) -> bool {
        match self {
            PrivateKey::Rsa(_) => false,
            PrivateKey::P256(own) => {
                p256::PublicKey::from_sec1_bytes(point).is_ok_and(|point| point == own.public_key())
            }
            PrivateKey::P384(own) => {
                p384::PublicKey::from_sec1_bytes(point).is_ok_and(|point| point == own.public_key())
            }
        }
    }

    /// What signs with it in a handshake.
    pub fn signer(self) -> Option<Arc<dyn SigningKey>> {
        let usual = match &self {
            PrivateKey::Rsa(own) => PrivatePkcs1KeyDer::from(own.der.clone()).into(),
            PrivateKey::P256(own) => {
                pkcs8(OID_P256, &own.to_bytes(), &own.public_key().to_sec1_bytes())
            }
            PrivateKey::P384(own) => {
                pkcs8(OID_P384, &own.to_bytes(), &own.public_key().to_sec1_bytes())
            }
        };
        let usual = rustls::crypto::ring::sign::any_supported_type(&usual);
        match (usual, self) {
            (Ok(key), _) => Some(key),
            // A length of modulus or primes that the library does not compute with.
            (Err(_), PrivateKey::Rsa(own)) => Some(Arc::new(Unusual(Arc::new(own)))),
            (Err(_), _) => None,
        }
    }
}

/// The one spelling of an EC key that every library reads.
fn pkcs8(curve: &[u8], scalar: &[u8], point: &[u8]) -> PrivateKeyDer<'static> {
    let algorithm = written(
        SEQUENCE,
        &[&written(OID, &[OID_EC]), &written(OID, &[curve])],
    );
    let point = written(SECOND, &[&written(BIT_STRING, &[&[0], point])]);
    let scalar = written(OCTET_STRING, &[scalar]);
    let key = written(SEQUENCE, &[&written(INTEGER, &[&[1]]), &scalar, &point]);
    let key = written(OCTET_STRING, &[&key]);
    let whole = written(SEQUENCE, &[&written(INTEGER, &[&[0]]), &algorithm, &key]);
    PrivatePkcs8KeyDer::from(whole).into()
}

fn written(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut der = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short @ ..=0x7f) => der.push(short),
        Ok(long) => der.extend([0x81, long]),
        Err(_) => {
            der.push(0x82);
            der.extend((content.len() as u16).to_be_bytes());
        }
    }
    der.extend(content);
    der
}

/// What is left of a run of DER elements.
struct Parts<'a>(&'a [u8]);

impl<'a> Parts<'a> {
    /// The elements of a sequence that is the whole of it.
    fn of(der: &'a [u8]) -> Result<Self, Unfit> {
        let mut outer = Parts(der);
        let parts = outer.take(SEQUENCE)?;
        match outer.0 {
            [] => Ok(Parts(parts)),
            _ => Err(Unfit::Key),
        }
    }

    fn next_tag(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// The content of the next element, where it has this tag.
    fn take(&mut self, tag: u8) -> Result<&'a [u8], Unfit> {
        let (length, rest) = match *self.0 {
            [own, short @ ..=0x7f, ref rest @ ..] if own == tag => (usize::from(short), rest),
            [own, 0x81, long, ref rest @ ..] if own == tag => (usize::from(long), rest),
            [own, 0x82, high, low, ref rest @ ..] if own == tag => {
                (usize::from(u16::from_be_bytes([high, low])), rest)
            }
            _ => return Err(Unfit::Key),
        };
        let (content, rest) = rest.split_at_checked(length).ok_or(Unfit::Key)?;
        self.0 = rest;
        Ok(content)
    }

    fn number(&mut self) -> Result<BigUint, Unfit> {
        match self.take(INTEGER)? {
            [] | [0x80..=0xff, ..] => Err(Unfit::Key),
            bytes => Ok(BigUint::from_bytes_be(bytes)),
        }
    }

    fn bits(&mut self) -> Result<&'a [u8], Unfit> {
        match self.take(BIT_STRING)? {
            [0, bytes @ ..] => Ok(bytes),
            _ => Err(Unfit::Key),
        }
    }
}

/// RSA of a length that the TLS library leaves out. It signs slowly and without any care for side
/// channels, with keys that only the sandbox sees.
#[derive(Clone)]
struct Unusual(Arc<Rsa>);

impl std::fmt::Debug for Unusual {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Unusual")
    }
}

impl SigningKey for Unusual {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let offered = offered.contains(&SignatureScheme::RSA_PSS_SHA256);
        offered.then(|| Box::new(self.clone()) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::RSA
    }
}

impl Signer for Unusual {
    /// RSASSA-PSS, RFC 8017, section 8.1.1, with SHA-256 and a salt of its length.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        let mut salt = [0; SHA256_OUTPUT_LEN];
        let random = SystemRandom::new();
        random
            .fill(&mut salt)
            .map_err(|_| rustls::Error::FailedToGetRandomBytes)?;
        let Rsa {
            modulus, private, ..
        } = &*self.0;
        let bits = modulus.bits() as usize - 1;
        let encoded = pss(message, &salt, bits);
        let signature = BigUint::from_bytes_be(&encoded).modpow(private, modulus);
        let signature = signature.to_bytes_be();
        let zeros = (modulus.bits() as usize).div_ceil(8) - signature.len();
        Ok([vec![0; zeros], signature].concat())
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::RSA_PSS_SHA256
    }
}

/// EMSA-PSS-ENCODE, RFC 8017, section 9.1.1.
fn pss(message: &[u8], salt: &[u8], bits: usize) -> Vec<u8> {
    let mut context = Context::new(&SHA256);
    context.update(&[0; 8]);
    context.update(digest(&SHA256, message).as_ref());
    context.update(salt);
    let hash = context.finish();
    let length = bits.div_ceil(8);
    let mut encoded = vec![0; length - salt.len() - hash.as_ref().len() - 2];
    encoded.push(1);
    encoded.extend(salt);
    let mask = (0_u32..).flat_map(|count| {
        let mut context = Context::new(&SHA256);
        context.update(hash.as_ref());
        context.update(&count.to_be_bytes());
        context.finish().as_ref().to_vec()
    });
    for (byte, mask) in encoded.iter_mut().zip(mask) {
        *byte ^= mask;
    }
    encoded[0] &= 0xff >> (8 * length - bits);
    encoded.extend(hash.as_ref());
    encoded.push(0xbc);
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn der_that_is_cut_or_goes_on_is_no_key() {
        let whole = written(SEQUENCE, &[&written(INTEGER, &[&[0]])]);
        assert!(Parts::of(&whole).is_ok());
        assert!(Parts::of(&whole[..whole.len() - 1]).is_err());
        assert!(Parts::of(&[&whole[..], &[0]].concat()).is_err());
    }

    #[test]
    fn a_scalar_has_as_many_zeros_as_it_needs() {
        assert_eq!(padded::<4>(&[0, 0, 1, 2, 3, 4]), Ok([1, 2, 3, 4]));
        assert_eq!(padded::<4>(&[7]), Ok([0, 0, 0, 7]));
        assert_eq!(padded::<4>(&[1, 2, 3, 4, 5]), Err(Unfit::Key));
    }
}
