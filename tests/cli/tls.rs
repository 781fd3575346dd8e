//! Servers that can and cannot be trusted: what cannot gets no byte of the request.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
};
use rustls::SupportedProtocolVersion;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::{TLS12, TLS13};
use time::{Duration, OffsetDateTime};

use crate::support::raw::{Raw, Request, answer};
use crate::support::{Call, Clouds, Outcome};

const SET: [&str; 8] = [
    "cdn",
    "set",
    "--no-preview",
    "--domains",
    "a.com",
    "--on",
    "--via",
    "single",
];
const DONE: &str = r#"{"RequestId":"0AEDAF20-4DDF-4165-8750-47FF9C1929C9"}"#;
pub const BOTH: &[&SupportedProtocolVersion] = &[&TLS12, &TLS13];

pub struct Leaf {
    pub names: Vec<&'static str>,
    /// In days from now.
    pub from: i64,
    pub to: i64,
}

/// For 127.0.0.1, from yesterday to the day after tomorrow.
const GOOD: fn() -> Leaf = || Leaf {
    names: vec!["127.0.0.1", "localhost"],
    from: -1,
    to: 2,
};

pub fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a CA")
}

pub fn params(leaf: &Leaf) -> CertificateParams {
    let names: Vec<String> = leaf.names.iter().map(ToString::to_string).collect();
    let mut params = CertificateParams::new(names).expect("names");
    let now = OffsetDateTime::now_utc();
    params.not_before = now + Duration::days(leaf.from);
    params.not_after = now + Duration::days(leaf.to);
    params
}

/// What such a server presents.
pub fn config(
    certificate: &rcgen::Certificate,
    key: &KeyPair,
    versions: &[&'static SupportedProtocolVersion],
) -> Arc<rustls::ServerConfig> {
    let chain = vec![CertificateDer::from(certificate.der().to_vec())];
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("a certificate and its key");
    Arc::new(config)
}

/// Speaks TLS on a connection and answers its one request; keeps what arrived inside of TLS, which
/// is nothing where the handshake failed.
pub fn speak(config: &Arc<rustls::ServerConfig>, mut stream: TcpStream, keep: &dyn Fn(Request)) {
    let mut tls = rustls::ServerConnection::new(Arc::clone(config)).expect("a connection");
    let mut stream = rustls::Stream::new(&mut tls, &mut stream);
    let request = Request::read(&mut stream);
    let arrived = !request.head.is_empty();
    keep(request);
    if arrived {
        let _ = stream.write_all(&answer(200, "", DONE));
        stream.conn.send_close_notify();
        let _ = stream.flush();
    }
}

fn server(
    certificate: &rcgen::Certificate,
    key: &KeyPair,
    versions: &[&'static SupportedProtocolVersion],
) -> Raw {
    let config = config(certificate, key, versions);
    Raw::connections(move |stream, keep| speak(&config, stream, keep))
}

struct Scene {
    server: Raw,
    clouds: Clouds,
    ca: PathBuf,
}

/// A server under the tests' authority, which `ca` holds.
fn scene(leaf: &Leaf, versions: &[&'static SupportedProtocolVersion]) -> Scene {
    let authority = authority("ours");
    let key = KeyPair::generate().expect("a key");
    let certificate = params(leaf).signed_by(&key, &authority).expect("a leaf");
    let clouds = Clouds::new();
    let ca = clouds.file("ca.pem", authority.pem());
    Scene {
        server: server(&certificate, &key, versions),
        clouds,
        ca,
    }
}

impl Scene {
    fn set(&self) -> Call {
        set(&self.clouds, &self.server, "127.0.0.1").env("SSL_CERT_FILE", &self.ca)
    }
}

fn set(clouds: &Clouds, server: &Raw, host: &str) -> Call {
    let endpoint = format!("https://{host}:{}", server.port());
    clouds.certctl(&SET).env("CERTCTL_ENDPOINT", endpoint)
}

/// One connection, nothing inside of it, and a line that says why.
#[track_caller]
fn refused(outcome: Outcome, server: &Raw, reason: &str) {
    let outcome = outcome.expect(7);
    let requests = server.wait_for(1);
    assert_eq!(requests.len(), 1, "not tried again: {requests:#?}");
    assert_eq!(requests[0].head, "", "nothing was sent: {requests:#?}");
    let document = outcome.json();
    let row = &document["results"][0];
    assert_eq!(row["status"], "failed");
    assert_eq!(row["error"]["kind"], "connection");
    let message = row["error"]["message"].as_str().expect("a message");
    assert!(message.starts_with(reason), "{message}");
    assert_eq!(message.lines().count(), 1);
    assert!(outcome.stderr.contains(reason), "{outcome:#?}");
}

#[test]
fn tls_1_2_and_1_3_are_spoken_and_the_request_arrives() {
    for version in [&TLS12, &TLS13] {
        let scene = scene(&GOOD(), &[version]);
        let outcome = scene.set().run().expect(0);
        assert_eq!(outcome.statuses(), ["changed"]);
        let requests = scene.server.requests();
        assert_eq!(requests.len(), 1);
        assert!(
            requests[0].head.starts_with("POST / HTTP/1.1"),
            "{requests:#?}"
        );
    }
}

#[test]
fn the_sandbox_over_https() {
    let clouds = Clouds::with_tls(serde_json::json!({}));
    let outcome = clouds.certctl(&SET).run().expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
    // The flag outranks the variable.
    let bundle = std::fs::read(clouds.certctl(&[]).value("SSL_CERT_FILE")).expect("the CA");
    let bundle = clouds.file("own.pem", bundle);
    let call = clouds.certctl(&SET).arg("--ca-bundle").arg(bundle);
    call.env("SSL_CERT_FILE", "/nowhere.pem").run().expect(0);
    assert_eq!(clouds.calls("SetDomainServerCertificate").len(), 2);
}

#[test]
fn an_unknown_authority() {
    let reason = "TLS: the server's certificate is signed by an unknown authority";
    // The second has the right name and another key.
    for trusted in ["another", "ours"] {
        let scene = scene(&GOOD(), BOTH);
        let other = scene.clouds.file("other.pem", authority(trusted).pem());
        let outcome = scene.set().env("SSL_CERT_FILE", other).run();
        refused(outcome, &scene.server, reason);
    }
    // The system's store does not know it.
    let scene = scene(&GOOD(), BOTH);
    let outcome = scene.set().without("SSL_CERT_FILE").run();
    refused(outcome, &scene.server, reason);
}

#[test]
fn an_expired_certificate() {
    let scene = scene(
        &Leaf {
            from: -9,
            to: -2,
            ..GOOD()
        },
        BOTH,
    );
    let reason = "TLS: the server's certificate has expired";
    refused(scene.set().run(), &scene.server, reason);
}

#[test]
fn a_certificate_that_is_not_valid_yet() {
    let scene = scene(
        &Leaf {
            from: 1,
            to: 9,
            ..GOOD()
        },
        BOTH,
    );
    let reason = "TLS: the server's certificate is not valid yet";
    refused(scene.set().run(), &scene.server, reason);
}

#[test]
fn a_certificate_for_another_host() {
    let names = vec!["cdn.example.com", "*.example.net"];
    let scene = scene(&Leaf { names, ..GOOD() }, BOTH);
    let outcome = scene.set().run();
    assert!(outcome.stderr.contains("127.0.0.1"), "{outcome:#?}");
    let reason = "TLS: the server's certificate is for another host";
    refused(outcome, &scene.server, reason);
}

#[test]
fn a_self_signed_certificate() {
    let key = KeyPair::generate().expect("a key");
    let mut params = params(&GOOD());
    params.distinguished_name.push(DnType::CommonName, "itself");
    let certificate = params.self_signed(&key).expect("a certificate");
    let server = server(&certificate, &key, BOTH);
    let clouds = Clouds::new();
    let other = clouds.file("ca.pem", authority("another").pem());
    let reason = "TLS: the server's certificate is self-signed";
    let outcome = set(&clouds, &server, "127.0.0.1").env("SSL_CERT_FILE", other);
    refused(outcome.run(), &server, reason);
}

#[test]
fn plain_http_on_the_port() {
    let server = Raw::connections(|mut stream, keep| {
        let mut hello = [0; 5];
        stream.read_exact(&mut hello).expect("a ClientHello");
        let inside = String::from_utf8_lossy(&hello).into_owned();
        // 22, 3: a TLS handshake record.
        let head = if hello[..2] == [22, 3] {
            String::new()
        } else {
            inside
        };
        keep(Request {
            head,
            body: Vec::new(),
        });
        let _ = stream.write_all(&answer(400, "", "Client sent an HTTP request"));
        drain(stream);
    });
    let outcome = set(&Clouds::new(), &server, "127.0.0.1").run();
    refused(
        outcome,
        &server,
        "TLS: the server does not speak TLS on this port",
    );
}

#[test]
fn tls_1_1_only() {
    let alert = Raw::connections(|mut stream, keep| {
        let mut hello = [0; 5];
        stream.read_exact(&mut hello).expect("a ClientHello");
        keep(Request::default());
        // Fatal alert protocol_version, in a record of TLS 1.1: what such a server answers.
        let _ = stream.write_all(&[21, 3, 2, 0, 2, 2, 70]);
        drain(stream);
    });
    let reason = "TLS: the server offers no TLS 1.2 or newer";
    refused(
        set(&Clouds::new(), &alert, "127.0.0.1").run(),
        &alert,
        reason,
    );

    let hello_1_1 = Raw::connections(|mut stream, keep| {
        let mut hello = [0; 5];
        stream.read_exact(&mut hello).expect("a ClientHello");
        keep(Request::default());
        // A ServerHello that chooses TLS 1.1 against the client's offer.
        let mut message = vec![3, 2];
        message.extend_from_slice(&[7; 32]);
        message.extend_from_slice(&[0, 0xc0, 0x13, 0]);
        let mut record = vec![
            22,
            3,
            2,
            0,
            message.len() as u8 + 4,
            2,
            0,
            0,
            message.len() as u8,
        ];
        record.extend(message);
        let _ = stream.write_all(&record);
        drain(stream);
    });
    refused(
        set(&Clouds::new(), &hello_1_1, "127.0.0.1").run(),
        &hello_1_1,
        reason,
    );
}

/// Reads what is left, so that closing does not reset what was written.
fn drain(mut stream: TcpStream) {
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let _ = stream.read_to_end(&mut Vec::new());
}

#[test]
fn a_bundle_that_cannot_be_used_is_a_configuration_error() {
    let clouds = Clouds::new();
    let half = authority("ours").pem();
    let files = [
        ("missing", "no such file", None),
        ("directory", "is a directory", None),
        ("empty.pem", "no usable certificate", Some(String::new())),
        (
            "words.pem",
            "no usable certificate",
            Some("not a certificate\n".into()),
        ),
        (
            "key.pem",
            "no usable certificate",
            Some(KeyPair::generate().expect("a key").serialize_pem()),
        ),
        ("cut.pem", "", Some(half[..half.len() / 2].to_owned())),
        (
            "garbage.pem",
            "",
            Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".into()),
        ),
    ];
    std::fs::create_dir(clouds.home().join("directory")).expect("a directory");
    let endpoint = clouds.endpoint().replace("http:", "https:");
    for (name, reason, content) in files {
        let path = clouds.home().join(name);
        if let Some(content) = content {
            clouds.file(name, content);
        }
        for by_flag in [true, false] {
            let call = clouds.certctl(&SET).env("CERTCTL_ENDPOINT", &endpoint);
            let call = match by_flag {
                true => call.arg("--ca-bundle").arg(&path),
                false => call.env("SSL_CERT_FILE", &path),
            };
            let outcome = call.run().expect(3);
            assert_eq!(outcome.stdout, "", "{name}");
            assert_eq!(outcome.stderr.lines().count(), 1, "{outcome:#?}");
            let error = outcome.error();
            assert_eq!(error["kind"], "config");
            let message = error["message"].as_str().expect("a message");
            let named = if by_flag {
                "--ca-bundle"
            } else {
                "SSL_CERT_FILE"
            };
            assert!(
                message.contains(name) && message.contains(reason),
                "{message}"
            );
            assert!(message.contains(named), "{message}");
        }
    }
    assert_eq!(clouds.log().len(), 0);
}

#[test]
fn plain_http_beyond_this_machine_is_refused() {
    let clouds = Clouds::new();
    let by_flag = clouds
        .certctl(&SET)
        .arg("--endpoint")
        .arg("http://cdn.invalid");
    let outcome = by_flag.run().expect(2);
    let message = outcome.error()["message"].to_string();
    assert!(message.contains("--endpoint uses plain http"), "{message}");
    assert!(outcome.error()["hint"].to_string().contains("--allow-http"));

    let by_variable = clouds
        .certctl(&SET)
        .env("CERTCTL_ENDPOINT", "http://cdn.invalid");
    let outcome = by_variable.run().expect(3);
    let message = outcome.error()["message"].to_string();
    assert!(
        message.contains("CERTCTL_ENDPOINT uses plain http"),
        "{message}"
    );

    // 127.0.0.2 is this machine too; so is localhost.
    let port = clouds
        .endpoint()
        .rsplit_once(':')
        .expect("a port")
        .1
        .to_owned();
    let localhost = clouds
        .certctl(&SET)
        .env("CERTCTL_ENDPOINT", format!("http://localhost:{port}"));
    localhost.run().expect(0);
    assert_eq!(clouds.log().len(), 1);
}

#[test]
fn with_allow_http_it_is_said_and_tried() {
    let clouds = Clouds::new();
    let outcome = clouds
        .certctl(&SET)
        .env("CERTCTL_ENDPOINT", "http://cdn.invalid")
        .arg("--allow-http")
        .arg("--max-attempts=1")
        .run()
        .expect(7);
    assert!(
        outcome
            .stderr
            .contains("warning: http://cdn.invalid/ uses plain HTTP"),
        "{outcome:#?}"
    );
    assert_eq!(outcome.statuses(), ["failed"]);
    let document = outcome.json();
    let message = document["results"][0]["error"]["message"]
        .as_str()
        .expect("a message");
    assert!(
        message.starts_with("no connection: the host name does not resolve"),
        "{message}"
    );
}
