//! Keys in every spelling: what is fine is fit, and what contradicts itself is damaged, at any size.

use std::process::{Command, Stdio};

use certctl::cert::{Bundle, CertError, Content, Input, inspect};
use crypto_bigint::{BoxedUint, NonZero};
use pkcs8::der::{Decode, Encode};
use proptest::prelude::*;

use crate::{armour, der, text};

/// A file of `tests/data/keys`.
pub fn case(name: &str) -> String {
    let path = format!("{}/tests/data/keys/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// When all of them are valid.
pub fn later(cert: &str, key: Option<&str>) -> Result<Bundle, CertError> {
    let cert = Input {
        name: "cert.pem",
        bytes: cert.as_bytes(),
    };
    let key = key.map(|key| Input {
        name: "key.pem",
        bytes: key.as_bytes(),
    });
    Bundle::parse(
        &[cert],
        key,
        "2030-01-01T00:00:00Z".parse().expect("a time"),
    )
}

fn id(key: &str) -> Result<String, CertError> {
    let input = Input {
        name: "key.pem",
        bytes: key.as_bytes(),
    };
    match inspect(input).remove(0).content? {
        Content::Key { id, .. } => Ok(id),
        other => panic!("{other:?}"),
    }
}

#[test]
fn keys_that_are_fine_are_fit() {
    for name in [
        "ec-p256-scalar-33-bytes",
        "ec-p256-pkcs8-version-1",
        "ec-pkcs8-labelled-ec",
        "rsa-3000",
        "rsa-2048-unequal-primes",
        "rsa-2056",
        "rsa-8192",
        "rsa-3-primes",
    ] {
        let key = case(&format!("{name}.key"));
        let bundle = later(&case(&format!("{name}.crt")), Some(&key));
        let bundle = bundle.unwrap_or_else(|error| panic!("{name}: {error}"));
        let sent = bundle.key_pem().expect("a key").expose().to_owned();
        assert_eq!(sent == key, !name.starts_with("ec-"), "{name}");
        assert_eq!(
            id(&sent).expect("a key"),
            id(&key).expect("a key"),
            "{name}"
        );
        let read = openssl(&["pkey", "-noout", "-check"], &sent);
        assert!(read.unwrap_or(true), "{name}: {sent}");
    }
}

/// Whether openssl takes what is put in; `None` where this machine has none.
fn openssl(args: &[&str], input: &str) -> Option<bool> {
    use std::io::Write;
    let mut command = Command::new("openssl");
    command
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::null());
    let mut child = command.stderr(Stdio::null()).spawn().ok()?;
    child.stdin.take()?.write_all(input.as_bytes()).ok()?;
    Some(child.wait().ok()?.success())
}

#[test]
fn written_out_curves_are_named_with_a_remedy_that_works() {
    let (cert, key) = (
        case("ec-explicit-parameters.crt"),
        case("ec-explicit-parameters.key"),
    );
    let error = later(&cert, Some(&key)).unwrap_err();
    assert!(
        error.to_string().starts_with(
            "cert.pem:1: the key of the certificate contains the parameters of its curve"
        ),
        "{error}"
    );
    assert!(
        error.hint().contains("request a certificate"),
        "{}",
        error.hint()
    );
    for key in [key.clone(), pkcs8_of_explicit(&key)] {
        let error = id(&key).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("key.pem:1: the private key contains the parameters"),
            "{error}"
        );
        let hint = error.hint();
        let command = hint.split_once(": ").expect("a command").1;
        let folder = tempfile::tempdir().expect("a directory");
        std::fs::write(folder.path().join("key.pem"), &key).expect("written");
        if openssl(&["version"], "").is_some() {
            let mut shell = Command::new("sh");
            shell
                .args(["-c", command])
                .current_dir(folder.path())
                .stderr(Stdio::null());
            assert!(shell.status().expect("sh").success(), "{command}");
            let named = std::fs::read_to_string(folder.path().join("new-key.pem")).expect("a key");
            assert!(id(&named).is_ok(), "{command}");
        }
    }
}

/// PKCS#8 with the parameters of the SEC1 key in its algorithm.
fn pkcs8_of_explicit(sec1: &str) -> String {
    let sec1 = der(sec1);
    // SEQUENCE, INTEGER 1 and the scalar of 32 octets go before [0].
    let parameters = &sec1[4 + 3 + 34 + 3..][..247 + 3];
    let oid = EC_OID.to_der().expect("DER");
    let algorithm = tlv(0x30, &[&oid, parameters].concat());
    let key = tlv(0x30, &[&tlv(2, &[1]), &sec1[7..41]].concat::<u8>());
    let content = [tlv(2, &[0]), algorithm, tlv(4, &key)].concat();
    armour("PRIVATE KEY", &tlv(0x30, &content))
}

#[test]
fn keys_of_other_kinds_are_named_and_not_damaged() {
    for (name, shown) in [
        ("p224", "ECDSA P-224"),
        ("brainpool", "ECDSA brainpoolP256r1"),
        ("k256", "ECDSA secp256k1"),
    ] {
        let key = case(&format!("{name}.key"));
        let error = id(&key).unwrap_err().to_string();
        assert!(
            error.contains(&format!(
                "the private key is {shown}; the clouds accept only"
            )),
            "{error}"
        );
        let error = later(&case(&format!("{name}.crt")), None)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(&format!(
                "the key of the certificate is {shown}; the clouds accept only"
            )),
            "{error}"
        );
    }
}

#[test]
fn absurd_lengths_cost_nothing() {
    for size in [2049, 100_000] {
        let mut modulus = vec![0xff; size];
        modulus[0] = 0x7f;
        let numbers: Vec<Vec<u8>> = [
            &[0][..],
            &modulus,
            &[1, 0, 1],
            &modulus,
            &modulus,
            &modulus,
            &[3],
            &[3],
            &[3],
        ]
        .iter()
        .map(|number| tlv(2, number))
        .collect();
        let key = armour("RSA PRIVATE KEY", &tlv(0x30, &numbers.concat()));
        let error = id(&key).unwrap_err();
        assert!(matches!(error, CertError::UnsupportedKey { .. }), "{error}");
    }
}

const EC_OID: pkcs8::ObjectIdentifier = pkcs8::ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const LABELS: [&str; 3] = ["PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"];

/// A DER value.
fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut out = vec![tag];
    match length {
        0..0x80 => out.push(length as u8),
        0x80..0x100 => out.extend([0x81, length as u8]),
        0x100..0x1_0000 => out.extend([0x82, (length >> 8) as u8, length as u8]),
        _ => out.extend([
            0x83,
            (length >> 16) as u8,
            (length >> 8) as u8,
            length as u8,
        ]),
    }
    out.extend(content);
    out
}

/// An unsigned number as an INTEGER.
fn integer(octets: &[u8]) -> Vec<u8> {
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    let mut content = octets[zeros.min(octets.len() - 1)..].to_vec();
    if content[0] >= 0x80 {
        content.insert(0, 0);
    }
    tlv(2, &content)
}

/// How a key is wrapped.
#[derive(Clone, Copy, Debug)]
struct Wrapping {
    pkcs8: bool,
    version: u8,
    outer_public: bool,
    label: &'static str,
}

fn wrapping() -> impl Strategy<Value = Wrapping> {
    let label = prop::sample::select(LABELS.to_vec());
    (any::<bool>(), 0..2u8, any::<bool>(), label).prop_map(|(pkcs8, version, public, label)| {
        Wrapping {
            pkcs8,
            version,
            outer_public: public && version == 1,
            label,
        }
    })
}

fn wrap(how: Wrapping, algorithm: &[u8], key: &[u8], public: &[u8]) -> String {
    if !how.pkcs8 {
        return armour(how.label, key);
    }
    let mut content = [tlv(2, &[how.version]), tlv(0x30, algorithm), tlv(4, key)].concat();
    if how.outer_public {
        content.extend(tlv(0x81, &[&[0], public].concat()));
    }
    armour(how.label, &tlv(0x30, &content))
}

/// What is sent is what every program reads: the label of its content, version 0, whole scalars.
fn is_ordinary(pem: &str) -> bool {
    let der = der(pem);
    let label = pem.lines().next().expect("a line").trim_matches('-');
    match label {
        "BEGIN PRIVATE KEY" => {
            let info = pkcs8::PrivateKeyInfoRef::from_der(&der).expect("PKCS#8");
            info.public_key.is_none() && der[4..8].windows(3).any(|v| v == [2, 1, 0])
                || der[2..6].windows(3).any(|v| v == [2, 1, 0])
        }
        "BEGIN EC PRIVATE KEY" => {
            let key = sec1::EcPrivateKey::from_der(&der).expect("SEC1");
            [32, 48].contains(&key.private_key.len()) && key.parameters.is_some()
        }
        "BEGIN RSA PRIVATE KEY" => pkcs1::RsaPrivateKeyRef::from_der(&der).is_ok(),
        _ => false,
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum PublicHalf {
    Left,
    Whole,
    Compressed,
    Wrong,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn an_ec_key_is_the_same_in_every_spelling(
        seed in any::<[u8; 48]>(),
        zeros in 0..5usize,
        is_p384 in any::<bool>(),
        spelt in 0..4usize,
        half in prop::sample::select(vec![PublicHalf::Left, PublicHalf::Whole, PublicHalf::Compressed, PublicHalf::Wrong]),
        how in wrapping(),
    ) {
        let size = if is_p384 { 48 } else { 32 };
        let mut scalar = seed[..size].to_vec();
        // Below the order, with zeros at the beginning.
        scalar[0] = 0x7f.min(scalar[0]);
        scalar[..zeros].fill(0);
        scalar[size - 1] |= 1;
        let (oid, point, short, other) = match is_p384 {
            false => {
                let public = p256::SecretKey::from_slice(&scalar).expect("a scalar").public_key();
                let other = p256::SecretKey::from_slice(&[3; 32]).expect("a scalar").public_key();
                ("1.2.840.10045.3.1.7", public.to_sec1_bytes(), compressed(&public.to_sec1_bytes()), other.to_sec1_bytes())
            }
            true => {
                let public = p384::SecretKey::from_slice(&scalar).expect("a scalar").public_key();
                let other = p384::SecretKey::from_slice(&[3; 48]).expect("a scalar").public_key();
                ("1.3.132.0.34", public.to_sec1_bytes(), compressed(&public.to_sec1_bytes()), other.to_sec1_bytes())
            }
        };
        let curve = pkcs8::ObjectIdentifier::new_unwrap(oid).to_der().expect("DER");
        let trimmed: Vec<u8> = scalar.iter().copied().skip_while(|octet| *octet == 0).collect();
        let spelling = match spelt {
            0 => scalar.clone(),
            1 => trimmed,
            2 => [&[0][..], &scalar].concat(),
            _ => [&[0; 9][..], &scalar].concat(),
        };
        let sec1 = |spelling: &[u8], half: PublicHalf, named: bool| {
            let mut content = [tlv(2, &[1]), tlv(4, spelling)].concat();
            if named {
                content.extend(tlv(0xa0, &curve));
            }
            let bits = |point: &[u8]| tlv(0xa1, &tlv(3, &[&[0], point].concat()));
            match half {
                PublicHalf::Left => {}
                PublicHalf::Whole => content.extend(bits(&point)),
                PublicHalf::Compressed => content.extend(bits(&short)),
                PublicHalf::Wrong => content.extend(bits(&other)),
            }
            tlv(0x30, &content)
        };
        let algorithm = [EC_OID.to_der().expect("DER"), curve.clone()].concat();
        let key = wrap(how, &algorithm, &sec1(&spelling, half, !how.pkcs8), &point);
        let plain = Wrapping { pkcs8: true, version: 0, outer_public: false, label: "PRIVATE KEY" };
        let plain = wrap(plain, &algorithm, &sec1(&scalar, PublicHalf::Whole, false), &point);

        if half == PublicHalf::Wrong {
            let error = id(&key).unwrap_err();
            prop_assert!(matches!(error, CertError::InconsistentKey { .. }), "{error}");
            return Ok(());
        }
        prop_assert_eq!(id(&key).expect("a key"), id(&plain).expect("a key"));
        let pair = rcgen::KeyPair::from_pem(&plain).expect("a pair");
        let parameters = rcgen::CertificateParams::new(["a.com".to_owned()]).expect("names");
        let cert = parameters.self_signed(&pair).expect("a certificate").pem();
        let bundle = later(&cert, Some(&key)).expect("fit");
        let sent = bundle.key_pem().expect("a key").expose().to_owned();
        prop_assert!(is_ordinary(&sent), "{}", sent);
        prop_assert_eq!(id(&sent).expect("a key"), id(&plain).expect("a key"));
    }

    #[test]
    fn an_rsa_key_is_the_same_in_every_spelling(
        name in prop::sample::select(vec!["rsa-2056", "rsa-2048-unequal-primes", "rsa-8192", "rsa-3-primes"]),
        how in wrapping(),
        swapped in any::<bool>(),
        damaged in prop::option::of(1..9usize),
    ) {
        let file = case(&format!("{name}.key"));
        let content = der(&file);
        let read = pkcs1::RsaPrivateKeyRef::from_der(&content).expect("PKCS#1");
        let has_more = read.other_prime_infos.is_some();
        let octets = |number: pkcs1::UintRef<'_>| number.as_bytes().to_vec();
        let [p, q, dp, dq] = [read.prime1, read.prime2, read.exponent1, read.exponent2].map(octets);
        let mut numbers = vec![vec![u8::from(has_more)], octets(read.modulus), octets(read.public_exponent), octets(read.private_exponent)];
        match swapped {
            false => numbers.extend([p, q, dp, dq, octets(read.coefficient)]),
            true => {
                let inverse = inverse(&p, &q);
                numbers.extend([q, p, dq, dp, inverse]);
            }
        }
        if let Some(at) = damaged {
            let last = numbers[at].len() - 1;
            numbers[at][last] ^= 2;
        }
        let mut body: Vec<u8> = numbers.iter().flat_map(|number| integer(number)).collect();
        if let Some(more) = &read.other_prime_infos {
            body.extend(more.to_der().expect("DER"));
        }
        let key = tlv(0x30, &body);
        let public = tlv(0x30, &[integer(&numbers[1]), integer(&numbers[2])].concat());
        let oid = pkcs8::ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
        let algorithm = [oid.to_der().expect("DER"), vec![5, 0]].concat();
        let key = wrap(how, &algorithm, &key, &public);
        match damaged {
            Some(_) => {
                let error = id(&key).unwrap_err();
                prop_assert!(matches!(error, CertError::InconsistentKey { .. }), "{error}");
            }
            None => {
                let bundle = later(&case(&format!("{name}.crt")), Some(&key)).expect("fit");
                prop_assert!(bundle.leaf().algorithm.is_taken());
                let sent = bundle.key_pem().expect("a key").expose().to_owned();
                prop_assert!(is_ordinary(&sent), "{}", sent);
                prop_assert_eq!(id(&sent).expect("a key"), id(&file).expect("a key"));
            }
        }
    }
}

/// A point as its x and the parity of its y.
fn compressed(point: &[u8]) -> Vec<u8> {
    let half = point.len() / 2;
    let sign = 2 + (point[point.len() - 1] & 1);
    [&[sign][..], &point[1..=half]].concat()
}

fn inverse(number: &[u8], modulus: &[u8]) -> Vec<u8> {
    let bits = 8 * number.len().max(modulus.len()) as u32;
    let [number, modulus] =
        [number, modulus].map(|n| BoxedUint::from_be_slice(n, bits).expect("fits"));
    let modulus = NonZero::new(modulus).expect("a prime");
    let reduced = number.rem(&modulus);
    let inverse: Option<BoxedUint> = reduced.invert_mod(&modulus).into();
    inverse.expect("coprime").to_be_bytes().to_vec()
}

#[test]
fn a_label_that_is_wrong_is_put_right() {
    let key = text("p256.sec1.pem").replace("EC PRIVATE KEY", "PRIVATE KEY");
    let bundle = later(&text("p256.pem"), Some(&key)).expect("fit");
    assert_eq!(
        bundle.key_pem().expect("a key").expose(),
        text("p256.sec1.pem")
    );
    let encrypted = text("encrypted.pkcs8.pem").replace("ENCRYPTED ", "");
    let error = later(&text("p256.pem"), Some(&encrypted)).unwrap_err();
    assert!(matches!(error, CertError::EncryptedKey { .. }), "{error}");
}
