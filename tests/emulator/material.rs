//! Certificates and keys as the clouds take them: by the rules of `certctl cert check`, whichever
//! cloud is asked, and shown again as they came.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use certctl::emulator::Server;
use certctl::emulator::pki::Authority;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use serde_json::json;

use crate::{Alibaba, plain, serve, tencent, ucloud};

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What each of the four that take certificates says; empty where it takes one.
fn answers(server: &Server, chain: &str, key: &str) -> [String; 4] {
    let mut random = [0; 8];
    getrandom::fill(&mut random).unwrap();
    let name = format!("n{:016x}", u64::from_ne_bytes(random));
    let cas = [("Name", name.as_str()), ("Cert", chain), ("Key", key)];
    let cdn = [
        ("DomainName", "www.example.com"),
        ("SSLProtocol", "on"),
        ("CertName", &name),
        ("SSLPub", chain),
        ("SSLPri", key),
    ];
    let ssl = json!({ "CertificatePublicKey": chain, "CertificatePrivateKey": key });
    let ulb = [
        ("SSLName", name.as_str()),
        ("UserCert", chain),
        ("PrivateKey", key),
    ];
    let ulb = ucloud(server, "CreateSSL", &ulb).code();
    let ssl = tencent(server, "UploadCertificate", &ssl.to_string()).unwrap();
    [
        Alibaba::new("UploadUserCertificate", &cas).code(server),
        Alibaba::new("SetCdnDomainSSLCertificate", &cdn).code(server),
        ssl.code(),
        ulb.trim_matches('0').to_owned(),
    ]
}

fn any_rate() -> Server {
    serve(json!({ "account": { "unlimited_rate": true } }))
}

/// Spellings that some tools write, and sizes that few use.
#[test]
fn keys_that_are_fine_are_taken_however_they_are_written() {
    let server = any_rate();
    for name in [
        "data/keys/ec-p256-scalar-33-bytes",
        "data/keys/ec-p256-pkcs8-version-1",
        "data/keys/ec-pkcs8-labelled-ec",
        "data/keys/rsa-3000",
        "data/keys/rsa-2048-unequal-primes",
    ] {
        let (chain, key) = (file(&format!("{name}.crt")), file(&format!("{name}.key")));
        assert_eq!(answers(&server, &chain, &key), [""; 4], "{name}");
    }
    for (leaf, key) in [
        ("p256", "p256.key"),
        ("p256", "p256.private-only"),
        ("p256", "p256.sec1"),
        ("p256", "p256.sec1-parameters"),
        ("p256", "p256.sec1-private-only"),
        ("p384", "p384.key"),
        ("p384", "p384.private-only"),
        ("p384", "p384.sec1-private-only"),
        ("rsa2048", "rsa2048.key"),
        ("rsa2048", "rsa2048.pkcs1"),
        ("rsa4096", "rsa4096.pkcs1"),
    ] {
        let chain = file(&format!("pki/{leaf}.pem"));
        let key = file(&format!("pki/{key}.pem"));
        assert_eq!(answers(&server, &chain, &key), [""; 4], "{leaf} {key}");
    }
}

#[test]
fn keys_that_no_cloud_takes_are_refused_by_each() {
    const KIND: [&str; 4] = [
        "-1008",
        "Key.Malformed",
        "FailedOperation.CertificateParseError",
        "4111",
    ];
    const DAMAGED: [&str; 4] = [
        "-1008",
        "InvalidSSLPri",
        "FailedOperation.CertificateParseError",
        "4111",
    ];
    const ANOTHER: [&str; 4] = [
        "CertKeyNotMatch",
        "Certificate.MissMatch",
        "FailedOperation.CertificateMatchError",
        "4111",
    ];
    let server = any_rate();
    for (chain, key, expected) in [
        ("pki/p521.pem", "pki/p521.key.pem", KIND),
        ("pki/p521.pem", "pki/p521.sec1.pem", KIND),
        ("pki/ed25519.pem", "pki/ed25519.key.pem", KIND),
        ("pki/k256.pem", "pki/k256.key.pem", KIND),
        ("pki/rsa1024.pem", "pki/rsa1024.key.pem", KIND),
        ("pki/rsa1024.pem", "pki/rsa1024.pkcs1.pem", KIND),
        ("pki/p256.pem", "data/keys/ec-explicit-parameters.key", KIND),
        ("pki/p256.pem", "pki/encrypted.pkcs8.pem", DAMAGED),
        ("pki/rsa2048.pem", "pki/encrypted.legacy.pem", DAMAGED),
        ("pki/p256.pem", "pki/p384.key.pem", ANOTHER),
        ("pki/p256.pem", "pki/other.key.pem", ANOTHER),
        ("pki/rsa2048.pem", "pki/p256.key.pem", ANOTHER),
        ("pki/rsa2048.pem", "pki/rsa4096.key.pem", ANOTHER),
    ] {
        let answers = answers(&server, &file(chain), &file(key));
        assert_eq!(answers, expected, "{chain} {key}");
    }
}

/// Every number of a key counts: whichever one is off by one bit, and whatever is cut off or added.
#[test]
fn damaged_keys_are_refused() {
    let server = any_rate();
    for (leaf, key, label) in [
        ("rsa2048", "rsa2048.pkcs1", "RSA PRIVATE KEY"),
        ("p256", "p256.sec1", "EC PRIVATE KEY"),
    ] {
        let (chain, pem) = (
            file(&format!("pki/{leaf}.pem")),
            file(&format!("pki/{key}.pem")),
        );
        let text: String = pem.lines().filter(|line| !line.contains("--")).collect();
        let der = BASE64_STANDARD.decode(text).unwrap();
        let written = |der: &[u8]| {
            let text = BASE64_STANDARD.encode(der);
            format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
        };
        assert_eq!(answers(&server, &chain, &written(&der)), [""; 4], "{leaf}");
        let step = der.len() / 9;
        let flipped = (1..9).map(|part| {
            let mut der = der.clone();
            // Within a number, for they are longer than their tags.
            der[part * step + 3] ^= 1;
            der
        });
        let cut = der[..der.len() - 1].to_vec();
        let longer = [&der[..], &[0]].concat();
        for (number, der) in flipped.chain([cut, longer]).enumerate() {
            let answers = answers(&server, &chain, &written(&der));
            assert!(
                answers.iter().all(|code| !code.is_empty()),
                "{leaf} {number}"
            );
        }
    }
}

#[test]
fn a_chain_that_another_authority_signed_is_refused() {
    let server = any_rate();
    let [one, two] = [(); 2].map(|()| {
        let authority = Authority::generate().unwrap();
        authority.issue(&["case.example.com"], 30).unwrap()
    });
    let end = "-----END CERTIFICATE-----\n";
    let (leaf, _) = one.fullchain.split_once(end).unwrap();
    let (_, issuer) = two.fullchain.split_once(end).unwrap();
    // Both authorities have the same name.
    let mixed = format!("{leaf}{end}{issuer}");
    assert_eq!(
        answers(&server, &mixed, &one.key),
        [
            "-1008",
            "InvalidSSLPub",
            "FailedOperation.CertificateInvalid",
            "4111"
        ]
    );
    assert_eq!(answers(&server, &one.fullchain, &one.key), [""; 4]);
}

/// Takes whatever is shown, but has the key proved.
#[derive(Debug)]
struct Witness {
    provider: Arc<CryptoProvider>,
    chain: Mutex<Vec<CertificateDer<'static>>>,
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let shown = std::iter::once(leaf).chain(others);
        *self.chain.lock().unwrap() = shown.map(|one| one.clone().into_owned()).collect();
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, leaf, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, leaf, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let known = &self.provider.signature_verification_algorithms;
        known.supported_schemes()
    }
}

/// The chain that the edge shows for a host, its key proved.
fn shown(server: &Server, host: &str) -> Vec<CertificateDer<'static>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let witness = Arc::new(Witness {
        provider: provider.clone(),
        chain: Mutex::default(),
    });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(witness.clone())
        .with_no_client_auth();
    let env = server.env();
    let (_, edge) = env
        .iter()
        .find(|(name, _)| *name == "CERTCTL_PROBE_CONNECT")
        .unwrap();
    let mut socket = TcpStream::connect(edge).unwrap();
    let name = ServerName::try_from(host.to_owned()).unwrap();
    let mut connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = rustls::Stream::new(&mut connection, &mut socket);
    stream.write_all(b"x").unwrap();
    // There is nothing to read; the handshake is through once the end has come.
    let _ = stream.read(&mut [0; 1]);
    witness.chain.lock().unwrap().clone()
}

#[test]
fn the_edge_shows_the_chain_that_was_set_and_nothing_else() {
    let server = any_rate();
    let authority = Authority::generate().unwrap();
    let issued = authority.issue(&["www.example.com"], 30).unwrap();
    let end = "-----END CERTIFICATE-----\n";
    let leaf = format!("{}{end}", issued.fullchain.split_once(end).unwrap().0);
    let pair = |name: &str| {
        let name = format!("data/keys/{name}");
        (file(&format!("{name}.crt")), file(&format!("{name}.key")))
    };
    for (chain, key) in [
        (issued.fullchain.clone(), issued.key.clone()),
        (leaf, issued.key),
        pair("ec-p256-scalar-33-bytes"),
        pair("ec-p256-pkcs8-version-1"),
        pair("ec-pkcs8-labelled-ec"),
        pair("rsa-3000"),
        pair("rsa-2048-unequal-primes"),
        (file("pki/p384.pem"), file("pki/p384.private-only.pem")),
    ] {
        assert_eq!(answers(&server, &chain, &key)[1], "");
        let set: Vec<_> = CertificateDer::pem_slice_iter(chain.as_bytes())
            .map(Result::unwrap)
            .collect();
        assert_eq!(shown(&server, "www.example.com"), set);
    }
}

/// What is uploaded keeps its whole chain, and every cloud's answer shows it.
#[test]
fn stored_chains_are_shown_as_they_came() {
    let server = any_rate();
    let authority = Authority::generate().unwrap();
    let issued = authority.issue(&["chain.example.com"], 30).unwrap();
    let end = "-----END CERTIFICATE-----\n";
    let leaf = format!("{}{end}", issued.fullchain.split_once(end).unwrap().0);
    let alibaba = |action, params: &[(&str, &str)]| {
        let answer = Alibaba::new(action, params).send(&server).unwrap();
        assert_eq!(answer.code(), "", "{action}");
        answer.json()
    };
    for (name, chain, links) in [("leaf", &leaf, 1), ("whole", &issued.fullchain, 2)] {
        let pair = [
            ("Name", name),
            ("Cert", chain.as_str()),
            ("Key", &issued.key),
        ];
        let id = alibaba("UploadUserCertificate", &pair)["CertId"].to_string();
        let newer = alibaba("GetCertificateDetail", &[("CertificateId", &id)]);
        let list = newer["CertificateChainList"].as_array().unwrap();
        assert_eq!(list.len(), links, "{name}");
        assert_eq!(list[0]["Subject"], "chain.example.com");
        assert_eq!(list[0]["Issuer"], "certctl sandbox test CA, intermediate");
        if let Some(upper) = list.get(1) {
            assert_eq!(upper["Subject"], "certctl sandbox test CA, intermediate");
            assert_eq!(upper["Issuer"], "certctl sandbox test CA");
            assert!(upper["RemainDay"].as_i64() > Some(3000));
        }
        let text = newer.to_string();
        assert!(!text.contains("PRIVATE KEY") && !text.contains("BEGIN"));
        assert_eq!(
            newer["SubjectAlternativeNames"],
            json!(["chain.example.com"])
        );
        let filter = [("CertId", id.as_str()), ("CertFilter", "true")];
        let older = alibaba("GetUserCertificateDetail", &filter);
        assert_eq!(older["CertChain"].as_array().unwrap().len(), links);
        assert_eq!((older.get("Cert"), older.get("Key")), (None, None));
        let all = alibaba("GetUserCertificateDetail", &[("CertId", &id)]);
        assert_eq!(all["Cert"], chain.as_str());
        let cdn = alibaba("DescribeCdnCertificateDetailById", &[("CertId", &id)]);
        assert_eq!(cdn["Cert"], chain.as_str());
        let named = alibaba("DescribeCdnCertificateDetail", &[("CertName", name)]);
        assert_eq!(
            (&named["Cert"], &named["CertId"]),
            (&cdn["Cert"], &cdn["CertId"])
        );

        let body = json!({ "CertificatePublicKey": chain, "CertificatePrivateKey": issued.key });
        let answer = tencent(&server, "UploadCertificate", &body.to_string()).unwrap();
        let id = answer.json()["Response"]["CertificateId"].clone();
        let body = json!({ "CertificateId": id }).to_string();
        let answer = tencent(&server, "DescribeCertificateDetail", &body).unwrap();
        let detail = &answer.json()["Response"];
        assert_eq!(detail["CertificatePublicKey"], chain.as_str());
        assert_eq!(detail["CertificatePrivateKey"], issued.key.as_str());
    }
}

/// Every certificate of the fixture can be read, with the intermediate that leads to the root.
#[test]
fn every_certificate_of_the_fixture_has_its_chain() {
    let server = plain();
    let links =
        |pem: &serde_json::Value| pem.as_str().unwrap().matches("BEGIN CERTIFICATE").count();
    for id in ["1000001", "1234567", "1345678", "1456789", "1567890"] {
        let detail = Alibaba::new("DescribeCdnCertificateDetailById", &[("CertId", id)]);
        assert_eq!(
            links(&detail.send(&server).unwrap().json()["Cert"]),
            2,
            "{id}"
        );
    }
    for id in [
        "example1", "example2", "idle0001", "expired1", "expiring", "bought01",
    ] {
        let body = json!({ "CertificateId": id }).to_string();
        let detail = tencent(&server, "DescribeCertificateDetail", &body).unwrap();
        let detail = &detail.json()["Response"];
        assert_eq!(links(&detail["CertificatePublicKey"]), 2, "{id}");
    }
    let all = ucloud(&server, "DescribeSSLV2", &[("Limit", "100")]).json();
    for row in all["DataSet"].as_array().unwrap() {
        assert_eq!(links(&row["SSLContent"]), 2, "{}", row["SSLId"]);
    }
}
