//! `certctl cert probe` against servers of every kind: each address has its row, whatever it does.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rcgen::{Certificate, CertifiedIssuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::{TLS12, TLS13};
use rustls::{ServerConfig, SupportedProtocolVersion};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::tls::{BOTH, Leaf, authority, params};
use crate::support::{Call, Outcome};

pub const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// What a connection was used for.
#[derive(Clone, Debug, Default)]
pub struct Visit {
    /// The name that was asked for.
    name: Option<String>,
    /// How many bytes came inside of TLS.
    inside: usize,
}

/// A server on loopback; it runs until the tests end.
pub struct Server {
    pub address: SocketAddr,
    visits: Arc<Mutex<Vec<Visit>>>,
}

impl Server {
    /// Hands each connection to `serve`, with its number from 0.
    pub fn raw(
        ip: IpAddr,
        serve: impl Fn(TcpStream, usize) -> Visit + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((ip, 0)).expect("a free port");
        Server::on(listener, serve)
    }

    pub fn on(
        listener: TcpListener,
        serve: impl Fn(TcpStream, usize) -> Visit + Send + Sync + 'static,
    ) -> Self {
        let address = listener.local_addr().expect("an address");
        let visits: Arc<Mutex<Vec<Visit>>> = Arc::default();
        let (serve, kept) = (Arc::new(serve), Arc::clone(&visits));
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().flatten().enumerate() {
                let (serve, kept) = (Arc::clone(&serve), Arc::clone(&kept));
                std::thread::spawn(move || {
                    let visit = serve(stream, number);
                    kept.lock().expect("no panic").push(visit);
                });
            }
        });
        Server { address, visits }
    }

    pub fn tls(config: Arc<ServerConfig>) -> Self {
        Server::raw(LOOPBACK, move |stream, _| shake(&config, stream))
    }

    pub fn at(&self) -> String {
        self.address.to_string()
    }

    /// The visits, once there are so many.
    #[track_caller]
    pub fn visits(&self, count: usize) -> Vec<Visit> {
        for _ in 0..500 {
            let visits = self.visits.lock().expect("no panic").clone();
            if visits.len() >= count {
                return visits;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("{count} visits did not end");
    }
}

/// Shakes hands and counts what comes inside of TLS until the client hangs up.
pub fn shake(config: &Arc<ServerConfig>, mut stream: TcpStream) -> Visit {
    let mut tls = rustls::ServerConnection::new(Arc::clone(config)).expect("a connection");
    while tls.is_handshaking() {
        if tls.complete_io(&mut stream).is_err() {
            break;
        }
    }
    let name = tls.server_name().map(str::to_owned);
    let mut stream = rustls::Stream::new(&mut tls, &mut stream);
    let mut inside = 0;
    let mut chunk = [0; 1024];
    while let Ok(length @ 1..) = stream.read(&mut chunk) {
        inside += length;
    }
    Visit { name, inside }
}

/// A test authority, and a folder that holds its certificate.
pub struct Scene {
    pub authority: CertifiedIssuer<'static, KeyPair>,
    pub folder: TempDir,
}

/// A certificate with its key.
pub struct Issued {
    pub certificate: Certificate,
    pub key: KeyPair,
}

impl Scene {
    pub fn new() -> Self {
        let scene = Scene {
            authority: authority("ours"),
            folder: tempfile::tempdir().expect("a directory"),
        };
        scene.file("ca.pem", &scene.authority.pem());
        scene
    }

    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        path
    }

    /// From yesterday, for so many days.
    pub fn issue(&self, names: &[&'static str], days: i64) -> Issued {
        let leaf = Leaf {
            names: names.to_vec(),
            from: -1,
            to: days,
        };
        self.issued(&leaf)
    }

    pub fn issued(&self, leaf: &Leaf) -> Issued {
        let key = KeyPair::generate().expect("a key");
        let certificate = params(leaf)
            .signed_by(&key, &self.authority)
            .expect("a leaf");
        Issued { certificate, key }
    }

    pub fn probe(&self, args: &[&str]) -> Call {
        let mut call = Call::new(&[&["cert", "probe", "--ca-bundle", "ca.pem"], args].concat());
        call.command.current_dir(self.folder.path());
        call
    }
}

impl Issued {
    pub fn config(&self) -> Arc<ServerConfig> {
        self.config_with(BOTH, &[])
    }

    pub fn config_with(
        &self,
        versions: &[&'static SupportedProtocolVersion],
        above: &[CertificateDer<'static>],
    ) -> Arc<ServerConfig> {
        let own = CertificateDer::from(self.certificate.der().to_vec());
        let chain = std::iter::once(own).chain(above.iter().cloned()).collect();
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).expect("a key");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .expect("a certificate and its key");
        Arc::new(config)
    }
}

pub fn rows(outcome: &Outcome) -> Vec<Value> {
    let json = outcome.json();
    json["results"].as_array().expect("results").clone()
}

#[track_caller]
pub fn message(row: &Value) -> &str {
    assert_eq!(row["status"], "failed", "{row}");
    row["error"]["message"].as_str().expect("a message")
}

#[test]
fn what_is_served_is_shown_and_nothing_is_sent() {
    let scene = Scene::new();
    let issued = scene.issue(&["a.example.com"], 20);
    let server = Server::tls(issued.config());
    let outcome = scene
        .probe(&["a.example.com", "--connect", &server.at()])
        .run()
        .expect(0);
    assert_eq!(outcome.stderr, "");
    assert_eq!(outcome.json()["ok"], true);
    let rows = rows(&outcome);
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    assert_eq!(row["host"], "a.example.com");
    assert_eq!(row["servername"], "a.example.com");
    assert_eq!(row["address"], server.at());
    assert_eq!(row["status"], "ok");
    assert_eq!(row["tls"], "1.3");
    assert_eq!(row["trusted"], true);
    assert_eq!(row["covers_host"], true);
    assert_eq!(row["names"], json!(["a.example.com"]));
    assert_eq!(row["days_left"], 19);
    let der = issued.certificate.der().to_vec();
    let fingerprint = certctl::sign::canonical::sha256_hex(der);
    assert_eq!(row["fingerprint"], fingerprint);
    assert_eq!(row["served"][0]["fingerprint"], fingerprint);
    assert_eq!(row["served"].as_array().expect("a chain").len(), 1);
    assert_eq!(row["expected"], Value::Null);
    let visit = &server.visits(1)[0];
    assert_eq!(visit.name.as_deref(), Some("a.example.com"));
    assert_eq!(visit.inside, 0);
}

#[test]
fn an_end_that_is_too_near_is_refused_where_asked_for() {
    let scene = Scene::new();
    let issued = scene.issue(&["a.com"], 20);
    scene.file("one.pem", &issued.certificate.pem());
    let server = Server::tls(issued.config());
    let args = ["a.com", "--connect", &server.at()];
    for expect in [&[][..], &["--expect", "one.pem"]] {
        let probe = |days| scene.probe(&[&args[..], expect, &["--min-days", days]].concat());
        probe("19").run().expect(0);
        let outcome = probe("20").run().expect(8);
        assert!(message(&rows(&outcome)[0]).contains("in 19 days: at least 20"));
    }
}

/// Serves what is in a PEM text, as it stands there.
pub fn serving(chain: &str, key: &str) -> Arc<ServerConfig> {
    use rustls::pki_types::pem::PemObject;
    let chain = CertificateDer::pem_slice_iter(chain.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .expect("certificates");
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("a pair");
    Arc::new(config)
}

#[test]
fn each_version_of_tls_is_told() {
    let scene = Scene::new();
    let issued = scene.issue(&["a.example.com"], 20);
    for (versions, told) in [(&[&TLS12][..], "1.2"), (&[&TLS13], "1.3")] {
        let server = Server::tls(issued.config_with(versions, &[]));
        let outcome = scene
            .probe(&["a.example.com", "--connect", &server.at()])
            .run()
            .expect(0);
        assert_eq!(rows(&outcome)[0]["tls"], told);
        assert_eq!(server.visits(1)[0].inside, 0);
    }
}

/// In TLS 1.2 the handshake is over only when the client has shown a certificate, too.
#[test]
fn a_server_that_wants_a_certificate_has_shown_its_own() {
    use rustls::server::WebPkiClientVerifier;
    let scene = Scene::new();
    let issued = scene.issue(&["a.example.com"], 20);
    let mut roots = rustls::RootCertStore::empty();
    let root = CertificateDer::from(scene.authority.der().to_vec());
    roots.add(root).expect("a root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let clients =
        WebPkiClientVerifier::builder_with_provider(roots.into(), Arc::clone(&provider)).build();
    for (versions, cut_short) in [(&[&TLS12][..], true), (&[&TLS13], false)] {
        let chain = vec![CertificateDer::from(issued.certificate.der().to_vec())];
        let key = PrivateKeyDer::try_from(issued.key.serialize_der()).expect("a key");
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(versions)
            .expect("versions")
            .with_client_cert_verifier(clients.clone().expect("a verifier"))
            .with_single_cert(chain, key)
            .expect("a pair");
        let server = Server::tls(Arc::new(config));
        let outcome = scene
            .probe(&["a.example.com", "--connect", &server.at()])
            .run()
            .expect(0);
        let row = &rows(&outcome)[0];
        assert_eq!(row["trusted"], true, "{row}");
        assert_eq!(row["days_left"], 19);
        assert_eq!(row["note"].is_string(), cut_short, "{row}");
        if cut_short {
            let note = row["note"].as_str().expect("a note");
            assert!(note.contains("TLS alert"), "{note}");
        }
    }
}

#[test]
fn what_is_no_tls_is_told_apart() {
    let scene = Scene::new();
    let issued = scene.issue(&["a.example.com"], 20);
    let good = Server::tls(issued.config());
    let http = Server::raw(LOOPBACK, |mut stream, _| {
        let mut chunk = [0; 1024];
        let _ = stream.read(&mut chunk);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        Visit::default()
    });
    let banner = Server::raw(LOOPBACK, |mut stream, _| {
        let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.9\r\n");
        let _ = stream.read(&mut [0; 1024]);
        Visit::default()
    });
    let closing = Server::raw(LOOPBACK, |mut stream, _| {
        let _ = stream.read(&mut [0; 4096]);
        Visit::default()
    });
    let old = Server::raw(LOOPBACK, |mut stream, _| {
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(&[0x15, 3, 2, 0, 2, 2, 70]);
        Visit::default()
    });
    let refusing = Server::raw(LOOPBACK, |mut stream, _| {
        let _ = stream.read(&mut [0; 4096]);
        // unrecognized_name (RFC 6066, section 3)
        let _ = stream.write_all(&[0x15, 3, 3, 0, 2, 2, 112]);
        Visit::default()
    });
    let choosy = Server::raw(LOOPBACK, |mut stream, _| {
        let _ = stream.read(&mut [0; 4096]);
        // handshake_failure (RFC 8446, section 6.2)
        let _ = stream.write_all(&[0x15, 3, 3, 0, 2, 2, 40]);
        Visit::default()
    });
    let silent = Server::raw(LOOPBACK, |mut stream, _| {
        while let Ok(1..) = stream.read(&mut [0; 1024]) {}
        Visit::default()
    });
    let nobody = {
        let listener = TcpListener::bind((LOOPBACK, 0)).expect("a port");
        listener.local_addr().expect("an address").to_string()
    };
    let cases = [
        (http.at(), "does not speak TLS"),
        (banner.at(), "does not speak TLS"),
        (closing.at(), "closed the connection"),
        (old.at(), "no TLS 1.2 or newer"),
        (
            refusing.at(),
            "does not know this name (TLS alert unrecognized_name)",
        ),
        (
            choosy.at(),
            "no cipher suite, group or signature algorithm in common",
        ),
        (silent.at(), "no TLS handshake within 2 s"),
        (nobody, "connection refused"),
    ];
    let all: Vec<&str> = cases.iter().map(|(address, _)| address.as_str()).collect();
    let good_at = good.at();
    let mut connect = vec![good_at.as_str()];
    connect.extend(&all);
    let list = connect.join(",");
    let started = Instant::now();
    let outcome = scene
        .probe(&["a.example.com", "--connect", &list, "--timeout", "2"])
        .run()
        .expect(9);
    // Side by side: the silent one holds up nobody.
    assert!(started.elapsed() < Duration::from_secs(8));
    let rows = rows(&outcome);
    assert_eq!(rows.len(), 9);
    assert_eq!(rows[0]["status"], "ok");
    for (row, (address, reason)) in rows[1..].iter().zip(&cases) {
        assert_eq!(row["address"], address.as_str());
        assert!(message(row).contains(reason), "{address}: {row}");
        assert_eq!(row["error"]["kind"], "connection", "{row}");
        assert!(!row["error"]["hint"].as_str().unwrap().is_empty());
        assert_eq!(row["fingerprint"], Value::Null);
    }
    // None of them: nothing could be learnt.
    let list = all.join(",");
    scene
        .probe(&["a.example.com", "--connect", &list, "--timeout", "0.5"])
        .run()
        .expect(7);
}

/// A key exchange that no client of ours has.
#[derive(Debug)]
struct Unheard;

impl rustls::crypto::SupportedKxGroup for Unheard {
    fn start(&self) -> Result<Box<dyn rustls::crypto::ActiveKeyExchange>, rustls::Error> {
        Err(rustls::Error::General("nobody gets here".into()))
    }

    fn name(&self) -> rustls::NamedGroup {
        rustls::NamedGroup::secp521r1
    }
}

/// By real servers, which choose their alerts themselves.
#[test]
fn nothing_in_common_is_told_from_a_name_that_is_not_known() {
    use rustls::crypto::ring::{cipher_suite, default_provider};
    let scene = Scene::new();
    let issued = scene.issue(&["a.com"], 20);
    let with = |provider: rustls::crypto::CryptoProvider| {
        let builder = ServerConfig::builder_with_provider(Arc::new(provider));
        let builder = builder.with_safe_default_protocol_versions();
        builder.expect("versions").with_no_client_auth()
    };
    let pair = || {
        let chain = vec![CertificateDer::from(issued.certificate.der().to_vec())];
        let key = PrivateKeyDer::try_from(issued.key.serialize_der()).expect("a key");
        (chain, key)
    };
    let groups = rustls::crypto::CryptoProvider {
        kx_groups: vec![&Unheard],
        ..default_provider()
    };
    // Suites for RSA, and a certificate with an EC key.
    let suites = rustls::crypto::CryptoProvider {
        cipher_suites: vec![cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256],
        ..default_provider()
    };
    let single = |provider| {
        let (chain, key) = pair();
        let config = with(provider).with_single_cert(chain, key);
        Server::tls(Arc::new(config.expect("a pair")))
    };
    let (groups, suites) = (single(groups), {
        let builder = ServerConfig::builder_with_provider(Arc::new(suites));
        let builder = builder.with_protocol_versions(&[&TLS12]).expect("versions");
        let (chain, key) = pair();
        let config = builder.with_no_client_auth().with_single_cert(chain, key);
        Server::tls(Arc::new(config.expect("a pair")))
    });
    let named = {
        let mut resolver = rustls::server::ResolvesServerCertUsingSni::new();
        let (chain, key) = pair();
        let key = rustls::crypto::ring::sign::any_supported_type(&key).expect("a key");
        let certified = rustls::sign::CertifiedKey::new(chain, key);
        resolver.add("a.com", certified).expect("a name");
        let config = with(default_provider()).with_cert_resolver(Arc::new(resolver));
        Server::tls(Arc::new(config))
    };
    for server in [&groups, &suites] {
        let outcome = scene
            .probe(&["a.com", "--connect", &server.at()])
            .run()
            .expect(7);
        let row = &rows(&outcome)[0];
        let message = message(row);
        assert!(
            message.contains("no cipher suite, group or signature algorithm in common"),
            "{row}"
        );
        assert!(
            row["error"]["hint"]
                .as_str()
                .expect("a hint")
                .contains("X25519"),
            "{row}"
        );
    }
    scene
        .probe(&["a.com", "--connect", &named.at()])
        .run()
        .expect(0);
    let outcome = scene
        .probe(&["b.com", "--connect", &named.at()])
        .run()
        .expect(7);
    let row = &rows(&outcome)[0];
    assert!(message(row).contains("refused access"), "{row}");
    let hint = row["error"]["hint"].as_str().expect("a hint");
    assert!(hint.contains("no certificate for this name"), "{hint}");
    assert!(!hint.contains("X25519"), "{hint}");
}

#[test]
fn whom_no_client_would_trust_is_seen_and_told() {
    let scene = Scene::new();
    let name = || vec!["a.example.com"];
    let good = scene.issue(&["a.example.com"], 20);
    let expired = scene.issued(&Leaf {
        names: name(),
        from: -30,
        to: -2,
    });
    let early = scene.issued(&Leaf {
        names: name(),
        from: 2,
        to: 30,
    });
    let elsewhere = scene.issue(&["b.example.com"], 20);
    let own = {
        let key = KeyPair::generate().expect("a key");
        let leaf = Leaf {
            names: name(),
            from: -1,
            to: 20,
        };
        let certificate = params(&leaf).self_signed(&key).expect("a leaf");
        Issued { certificate, key }
    };
    let stranger = Scene::new().issue(&["a.example.com"], 20);
    let without_intermediate = {
        let public = certctl::emulator::pki::Authority::generate().expect("a CA");
        let issued = public.issue(&["a.example.com"], 20).expect("a leaf");
        scene.file("public-ca.pem", &(public.pem() + &scene.authority.pem()));
        let first = issued.fullchain.find("-----END").expect("an end") + 25;
        (issued.fullchain[..first].to_owned(), issued.key)
    };
    let cut = { Server::tls(serving(&without_intermediate.0, &without_intermediate.1)) };
    let servers = [&good, &expired, &early, &elsewhere, &own, &stranger]
        .map(|issued| Server::tls(issued.config()));
    let mut connect: Vec<String> = servers.iter().map(Server::at).collect();
    connect.push(cut.at());
    let mut call = Call::new(&[
        "cert",
        "probe",
        "a.example.com",
        "--ca-bundle",
        "public-ca.pem",
        "--connect",
        &connect.join(","),
    ]);
    call.command.current_dir(scene.folder.path());
    let outcome = call.run().expect(9);
    let rows = rows(&outcome);
    assert_eq!(rows.len(), 7);
    assert_eq!(rows[0]["status"], "ok", "{}", rows[0]);
    for (row, trusted, covers, reason) in [
        (&rows[1], false, true, "has expired"),
        (&rows[2], false, true, "not valid yet"),
        (
            &rows[3],
            true,
            false,
            "does not cover a.example.com: it covers b.example.com",
        ),
        (&rows[4], false, true, "self-signed"),
        (&rows[5], false, true, "unknown authority"),
        (&rows[6], false, true, "unknown authority"),
    ] {
        assert!(message(row).contains(reason), "{row}");
        assert_eq!(row["trusted"], trusted, "{row}");
        assert_eq!(row["distrust"].is_string(), !trusted, "{row}");
        assert_eq!(row["covers_host"], covers, "{row}");
        assert_eq!(row["error"]["kind"], "certificate");
        // Seen all the same.
        assert_eq!(
            row["fingerprint"].as_str().expect("a fingerprint").len(),
            64
        );
        assert!(row["expires"].is_string());
    }
    assert!(rows[1]["days_left"].as_i64().expect("days") < 0);
    assert!(message(&rows[6]).contains("the server sends no intermediate certificate"));
    assert!(!message(&rows[4]).contains("intermediate"), "{}", rows[4]);
}

#[test]
fn who_is_trusted_follows_the_rules_of_every_call() {
    let scene = Scene::new();
    let issued = scene.issue(&["a.example.com"], 20);
    let server = Server::tls(issued.config());
    let stranger = scene.file("stranger.pem", &authority("another").pem());
    let ours = scene.folder.path().join("ca.pem");
    let at = server.at();
    let args = ["cert", "probe", "a.example.com", "--connect", &at];
    let trusted = |call: Call| {
        let outcome = call.run();
        rows(&outcome)[0]["trusted"].as_bool().expect("a verdict")
    };
    assert!(!trusted(Call::new(&args)));
    assert!(trusted(Call::new(&args).env("SSL_CERT_FILE", &ours)));
    assert!(!trusted(Call::new(&args).env("SSL_CERT_FILE", &stranger)));
    let both = || Call::new(&args).env("SSL_CERT_FILE", &stranger);
    assert!(trusted(both().env("CERTCTL_PROBE_CA_BUNDLE", &ours)));
    let flag = both().env("CERTCTL_PROBE_CA_BUNDLE", &stranger);
    assert!(trusted(flag.arg("--ca-bundle").arg(&ours)));
    let outcome = both()
        .env("CERTCTL_PROBE_CA_BUNDLE", "none.pem")
        .run()
        .expect(3);
    assert!(
        outcome.error()["message"]
            .as_str()
            .unwrap()
            .contains("CERTCTL_PROBE_CA_BUNDLE")
    );
}

#[test]
fn long_chains_are_counted_and_endless_ones_named() {
    let scene = Scene::new();
    let issued = scene.issue(&["a.example.com"], 20);
    let more = |count: usize| -> Vec<CertificateDer<'static>> {
        let other = authority("one more");
        vec![CertificateDer::from(other.der().to_vec()); count]
    };
    let long = Server::tls(issued.config_with(BOTH, &more(60)));
    let outcome = scene
        .probe(&["a.example.com", "--connect", &long.at()])
        .run()
        .expect(0);
    let row = &rows(&outcome)[0];
    assert_eq!(row["served"].as_array().expect("a chain").len(), 61);
    for versions in [&[&TLS12][..], &[&TLS13]] {
        let endless = Server::tls(issued.config_with(versions, &more(400)));
        let outcome = scene
            .probe(&["a.example.com", "--connect", &endless.at()])
            .run()
            .expect(7);
        let row = &rows(&outcome)[0];
        assert!(message(row).contains("64 KiB"), "{row}");
    }
}

#[test]
fn a_wildcard_is_probed_below_and_needs_its_own_name() {
    let scene = Scene::new();
    let wide = scene.issue(&["*.example.com"], 20);
    let narrow = scene.issue(&["certctl-probe.example.com", "example.com"], 20);
    let (good, bad) = (Server::tls(wide.config()), Server::tls(narrow.config()));
    for target in ["*.example.com", ".example.com"] {
        let connect = format!("{},{}", good.at(), bad.at());
        let outcome = scene
            .probe(&[target, "--connect", &connect])
            .run()
            .expect(9);
        let rows = rows(&outcome);
        for row in &rows {
            assert_eq!(row["host"], target);
            assert_eq!(row["servername"], "certctl-probe.example.com");
        }
        assert_eq!(
            (&rows[0]["status"], &rows[0]["covers_host"]),
            (&"ok".into(), &true.into())
        );
        assert_eq!(rows[1]["covers_host"], false, "{rows:#?}");
    }
    let asked = good.visits(2);
    assert!(
        asked
            .iter()
            .all(|visit| visit.name.as_deref() == Some("certctl-probe.example.com"))
    );
}

#[test]
fn names_in_other_scripts_and_other_names() {
    let scene = Scene::new();
    let issued = scene.issue(&["xn--bcher-kva.example", "www.example.com"], 20);
    let server = Server::tls(issued.config());
    let outcome = scene
        .probe(&["Bücher.example", "--connect", &server.at()])
        .run()
        .expect(0);
    let row = &rows(&outcome)[0];
    assert_eq!(
        (&row["host"], &row["servername"]),
        (&"Bücher.example".into(), &"xn--bcher-kva.example".into())
    );
    let renamed = [
        "other.example.org",
        "--servername",
        "www.example.com",
        "--connect",
        &server.at(),
    ];
    let outcome = scene.probe(&renamed).run().expect(0);
    let row = &rows(&outcome)[0];
    assert_eq!(
        (&row["host"], &row["servername"]),
        (&"other.example.org".into(), &"www.example.com".into())
    );
    let mut names: Vec<_> = server
        .visits(2)
        .into_iter()
        .map(|visit| visit.name)
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            Some("www.example.com".into()),
            Some("xn--bcher-kva.example".to_owned())
        ]
    );
}

#[test]
fn addresses_are_asked_without_a_name() {
    let scene = Scene::new();
    let issued = scene.issue(&["127.0.0.1", "::1"], 20);
    let server = Server::tls(issued.config());
    let outcome = scene.probe(&[&server.at()]).run().expect(0);
    let row = &rows(&outcome)[0];
    assert_eq!(row["covers_host"], true);
    assert_eq!(row["ip_addresses"], json!(["127.0.0.1", "::1"]));
    assert_eq!(server.visits(1)[0].name, None);
    let other = scene.issue(&["127.0.0.9"], 20);
    let server = Server::tls(other.config());
    let outcome = scene.probe(&[&server.at()]).run().expect(8);
    assert!(message(&rows(&outcome)[0]).contains("does not cover 127.0.0.1"));
    // Where the machine has no IPv6, not even on loopback, there is nothing to be seen.
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok() {
        let config = issued.config();
        let server = Server::raw(Ipv6Addr::LOCALHOST.into(), move |stream, _| {
            shake(&config, stream)
        });
        let target = format!("[::1]:{}", server.address.port());
        let outcome = scene.probe(&[&target]).run().expect(0);
        assert_eq!(rows(&outcome)[0]["address"], target);
        let none = scene.probe(&[&target, "--ipv4"]).run().expect(7);
        assert!(message(&rows(&none)[0]).contains("no IPv4 address"));
    }
}

#[test]
fn names_are_resolved_each_address_once() {
    let scene = Scene::new();
    let issued = scene.issue(&["localhost"], 20);
    let server = Server::tls(issued.config());
    let target = format!("localhost:{}", server.address.port());
    let outcome = scene.probe(&[&target, "-4"]).run().expect(0);
    let rows = rows(&outcome);
    assert_eq!(rows.len(), 1, "{rows:#?}");
    assert_eq!(rows[0]["address"], server.at());
    let outcome = scene.probe(&["no-such-host.invalid"]).run().expect(7);
    let row = &self::rows(&outcome)[0];
    assert!(message(row).contains("no-such-host.invalid"), "{row}");
    assert_eq!(row["address"], Value::Null);
}

#[test]
fn several_hosts_from_everywhere_in_the_order_asked() {
    let scene = Scene::new();
    let issued = scene.issue(&["*.example.com"], 20);
    let server = Server::tls(issued.config());
    scene.file(
        "hosts.txt",
        "\u{feff}c.example.com\r\n# none\r\na.example.com:443\r\n",
    );
    let outcome = scene
        .probe(&[
            "b.example.com,A.example.com",
            "--domains-file",
            "hosts.txt",
            "--connect",
            &server.at(),
        ])
        .run()
        .expect(0);
    let hosts: Vec<Value> = rows(&outcome)
        .iter()
        .map(|row| row["host"].clone())
        .collect();
    assert_eq!(hosts, ["b.example.com", "A.example.com", "c.example.com"]);
    let call = scene
        .probe(&["-", "--connect", &server.at()])
        .stdin("z.example.com\ny.example.com\n");
    let hosts: Vec<Value> = rows(&call.run().expect(0))
        .iter()
        .map(|row| row["host"].clone())
        .collect();
    assert_eq!(hosts, ["z.example.com", "y.example.com"]);
}

#[test]
fn a_deadline_ends_the_rest_as_skipped() {
    let scene = Scene::new();
    let issued = scene.issue(&["a.example.com"], 20);
    let good = Server::tls(issued.config());
    let silent = Server::raw(LOOPBACK, |mut stream, _| {
        while let Ok(1..) = stream.read(&mut [0; 1024]) {}
        Visit::default()
    });
    let connect = format!("{},{}", good.at(), silent.at());
    let outcome = scene
        .probe(&["a.example.com", "--connect", &connect, "--deadline", "2"])
        .run()
        .expect(9);
    assert_eq!(outcome.statuses(), ["ok", "skipped"]);
    assert_eq!(rows(&outcome)[1]["error"]["kind"], "deadline");
}

#[cfg(unix)]
#[test]
fn an_interrupt_shows_what_was_seen() {
    let scene = Scene::new();
    let issued = scene.issue(&["a.example.com"], 20);
    let good = Server::tls(issued.config());
    let (sender, receiver) = std::sync::mpsc::channel();
    let silent = Server::raw(LOOPBACK, move |mut stream, _| {
        let _ = stream.read(&mut [0; 1024]);
        sender.send(()).expect("the test waits");
        while let Ok(1..) = stream.read(&mut [0; 1024]) {}
        Visit::default()
    });
    let connect = format!("{},{}", good.at(), silent.at());
    let child = scene
        .probe(&["a.example.com", "--connect", &connect])
        .spawn();
    receiver.recv().expect("it was asked");
    good.visits(1);
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("it runs");
    let outcome = Outcome::of(child).expect(130);
    assert_eq!(outcome.statuses(), ["ok", "skipped"]);
    assert_eq!(rows(&outcome)[1]["error"]["kind"], "interrupted");
}

#[test]
fn no_proxy_is_used_and_that_is_said() {
    let scene = Scene::new();
    let proxy = Server::raw(LOOPBACK, |_, _| Visit::default());
    let address = format!("http://{}", proxy.at());
    let call = scene
        .probe(&["no-such-host.invalid"])
        .env("HTTPS_PROXY", &address);
    let outcome = call.run().expect(7);
    assert!(
        outcome.stderr.contains("do not use HTTPS_PROXY"),
        "{outcome:#?}"
    );
    assert!(proxy.visits.lock().expect("no panic").is_empty());
}

#[test]
fn a_dry_run_connects_nowhere() {
    let scene = Scene::new();
    let server = Server::raw(LOOPBACK, |_, _| Visit::default());
    let outcome = scene
        .probe(&["a.example.com", "[::1]:8443", "*.b.com:8443", "--dry-run"])
        .run()
        .expect(0);
    let rows = rows(&outcome);
    assert_eq!(outcome.statuses(), ["planned"; 3]);
    assert_eq!(rows[0]["address"], Value::Null);
    assert_eq!(rows[1]["address"], "[::1]:8443");
    assert_eq!(rows[2]["servername"], "certctl-probe.b.com");
    let args = ["a.example.com", "--connect", &server.at(), "--dry-run"];
    let outcome = scene.probe(&args).run().expect(0);
    assert_eq!(self::rows(&outcome)[0]["address"], server.at());
    assert!(server.visits.lock().expect("no panic").is_empty());
}

#[test]
fn what_is_no_host_is_refused_before_anything_is_asked() {
    for (args, fragment) in [
        (&[][..], "the list of domains is empty"),
        (&[""], "HOST, item 1"),
        (&["a.com,"], "HOST, item 2"),
        (&["https://a.com"], "remove https://"),
        (&["a.com:99999"], "no port from 1 to 65535"),
        (&["a.com", "a b"], "space"),
        (&["a.com", "--connect", ""], "--connect"),
        (&["a.com", "--connect", "*.a.com"], "wildcard"),
        (&["a.com", "--servername", "*.a.com"], "wildcard"),
        (&["a.com", "--servername", ""], "empty"),
        (&["a.com", "-4", "-6"], "cannot be used with"),
        (&["a.com", "--wait=soon"], "90s"),
    ] {
        let outcome = Call::new(&[&["cert", "probe"], args].concat())
            .run()
            .expect(2);
        assert_eq!(outcome.stdout, "", "{args:?}");
        let error = outcome.error();
        let message = error["message"].as_str().expect("a message");
        assert!(message.contains(fragment), "{args:?}: {message}");
    }
    let call = Call::new(&["cert", "probe", "a.com"]).env("CERTCTL_PROBE_CONNECT", "127.0.0.1:x");
    let outcome = call.run().expect(2);
    let error = outcome.error();
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("CERTCTL_PROBE_CONNECT"),
        "{error}"
    );
}
