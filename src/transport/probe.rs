//! What a server serves: a TLS handshake that is seen through whatever certificate comes, and
//! nothing after it. No proxy is used: what is asked about is the server itself.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;

use super::tls::{self, TlsError, Trust, Verifier};
use super::tls_words::{self, About, Alert};

/// A name or an address that a server is asked for; addresses are not sent.
#[derive(Clone, Debug)]
pub struct Name(ServerName<'static>);

impl Name {
    /// `None` for what cannot be asked for.
    pub fn parse(text: &str) -> Option<Self> {
        ServerName::try_from(text.to_owned()).ok().map(Name)
    }
}

/// Asks servers for their certificates and judges them as a client of some trust would.
pub struct Prober {
    verifier: Arc<Verifier>,
    provider: Arc<CryptoProvider>,
    timeout: Duration,
}

/// What a server serves.
#[derive(Debug)]
pub struct Served {
    /// The version of TLS that was agreed on: `1.2` or `1.3`.
    pub version: &'static str,
    /// The certificates as they came, DER.
    pub chain: Vec<Vec<u8>>,
    /// Why a client does not trust the certificate, its name aside.
    pub distrust: Option<Distrust>,
    /// Whether a client refuses it for the name that was asked for. Where it is distrusted, nobody
    /// looked at its name.
    pub is_for_another: bool,
    /// How the handshake ended where it did so before its end, once the server had shown its
    /// certificate and that it has the key: it may want one of the client.
    pub cut_short: Option<String>,
}

/// Why a client does not trust a certificate.
#[derive(Clone, Debug)]
pub struct Distrust {
    /// What is wrong, in one line.
    pub reason: String,
    /// Whether that is only that nobody who is trusted here is found to have issued it: a client
    /// with other authorities, or with more algorithms, may trust it.
    pub is_of_unknown: bool,
}

/// Why nothing was served.
#[derive(Clone, Debug)]
pub struct Unserved {
    /// What happened, in one line.
    pub message: String,
    /// What to do next.
    pub hint: &'static str,
}

impl Prober {
    /// A prober; `timeout` is for each address: connection and handshake together.
    ///
    /// # Errors
    /// The authorities cannot be read.
    pub fn new(trust: &Trust, timeout: Duration) -> Result<Self, TlsError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = Verifier::of(trust, Arc::clone(&provider))?;
        Ok(Prober {
            verifier: Arc::new(verifier),
            provider,
            timeout,
        })
    }

    /// The addresses of a host, in a stable order: IPv4 before IPv6, each once.
    ///
    /// # Errors
    /// There is none, or the resolver did not answer in time.
    pub async fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, Unserved> {
        let deadline = Instant::now() + self.timeout;
        let found = timeout_at(deadline, tokio::net::lookup_host((host, port))).await;
        let mut addresses: Vec<SocketAddr> = match found {
            Ok(Ok(found)) => found.collect(),
            Ok(Err(error)) => {
                return Err(Unserved {
                    message: format!("no address found for {host} ({error})"),
                    hint: "check the name and its A and AAAA records with nslookup, or set an \
                           address with --connect",
                });
            }
            Err(_) => {
                return Err(Unserved {
                    message: format!(
                        "the name lookup for {host} did not finish within {} s",
                        self.timeout.as_secs_f64()
                    ),
                    hint: "check the DNS settings of this machine (/etc/resolv.conf), or set an \
                           address with --connect",
                });
            }
        };
        addresses.sort();
        addresses.dedup();
        Ok(addresses)
    }

    /// Connects, shakes hands for `name` and hangs up.
    ///
    /// # Errors
    /// No handshake came about.
    pub async fn probe(&self, address: SocketAddr, name: &Name) -> Result<Served, Unserved> {
        let deadline = Instant::now() + self.timeout;
        let seconds = self.timeout.as_secs_f64();
        let stream = match timeout_at(deadline, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(unconnected(&error)),
            Err(_) => {
                return Err(Unserved {
                    message: format!("no connection within {seconds} s"),
                    hint: "check the address and any firewall before it, or allow more time with \
                           --timeout",
                });
            }
        };
        let witness = Arc::new(Witness {
            verifier: Arc::clone(&self.verifier),
            seen: Mutex::default(),
        });
        let mut config = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| unserved(tls::reason(&error)))?
            // Not to trust more: the verdict is recorded and told, and nothing is sent.
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&witness) as Arc<_>)
            .with_no_client_auth();
        // A resumed session shows no certificate.
        config.resumption = Resumption::disabled();
        let connector = TlsConnector::from(Arc::new(config));
        let shaken = timeout_at(deadline, connector.connect(name.0.clone(), stream)).await;
        let ended = match shaken {
            // Dropped with that: nothing is said inside of TLS, not even goodbye.
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some(unshaken(&error)),
            Err(_) => Some(Unserved {
                message: format!("connected, but no TLS handshake within {seconds} s"),
                hint: "check that the port serves TLS, or allow more time with --timeout",
            }),
        };
        let mut seen = witness.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match (seen.version, ended) {
            (Some(version), ended) => Ok(Served {
                version,
                chain: std::mem::take(&mut seen.chain),
                distrust: seen.distrust.take(),
                is_for_another: seen.is_for_another,
                cut_short: ended.map(|ended| ended.message),
            }),
            (None, Some(ended)) => Err(ended),
            (None, None) => Err(unserved("the server sent no certificate".into())),
        }
    }
}

/// Verifies as ever and lets everything pass, so that it can be told.
#[derive(Debug)]
struct Witness {
    verifier: Arc<Verifier>,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// As they came, DER.
    chain: Vec<Vec<u8>>,
    /// The version of TLS, once the server has signed with the certificate's key.
    version: Option<&'static str>,
    distrust: Option<Distrust>,
    is_for_another: bool,
}

impl Witness {
    /// Records a reason that holds for every client; the first one stays.
    fn distrust(&self, reason: String) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let first = seen.distrust.get_or_insert(Distrust {
            reason,
            is_of_unknown: false,
        });
        first.is_of_unknown = false;
    }

    /// The signature shows that the server has the key of the certificate that it shows.
    fn proven(
        &self,
        version: &'static str,
        verdict: Result<HandshakeSignatureValid, rustls::Error>,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.version = Some(version);
        drop(seen);
        match verdict {
            Ok(_) => {}
            Err(rustls::Error::PeerMisbehaved(_)) => self.distrust(
                "the server signs with an algorithm that most clients do not support (P-521)"
                    .into(),
            ),
            Err(error) => self.distrust(format!(
                "could not verify that the server has the key of its certificate: {}",
                tls_words::handshake(&error)
            )),
        }
        Ok(HandshakeSignatureValid::assertion())
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verdict = self.verifier.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        let all = std::iter::once(end_entity).chain(intermediates);
        let chain = all.map(|one| one.to_vec()).collect();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.chain = chain;
        match verdict {
            Ok(_) => {}
            // The name is looked at last: all else is in order.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => {
                seen.is_for_another = true;
            }
            Err(error) => {
                seen.distrust = Some(Distrust {
                    reason: tls::reason(&error),
                    is_of_unknown: tls::is_of_unknown(&error),
                });
            }
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let verdict = self.verifier.verify_tls12_signature(message, cert, dss);
        self.proven("1.2", verdict)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let verdict = self.verifier.verify_tls13_signature(message, cert, dss);
        self.proven("1.3", verdict)
    }

    /// P-521 besides, which cannot be verified here: a server that has nothing else would hang up.
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let mut schemes = self.verifier.supported_verify_schemes();
        if !schemes.contains(&SignatureScheme::ECDSA_NISTP521_SHA512) {
            schemes.push(SignatureScheme::ECDSA_NISTP521_SHA512);
        }
        schemes
    }
}

fn unserved(message: String) -> Unserved {
    Unserved {
        message,
        hint: "check that this host and port serve TLS",
    }
}

fn unconnected(error: &io::Error) -> Unserved {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Unserved {
            message: "connection refused: nothing listens on this port".into(),
            hint: "check the port, and that the server is running",
        },
        io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::AddrNotAvailable => Unserved {
            message: format!("not reachable from this machine ({error})"),
            hint: "check the network of this machine, or skip unreachable addresses with --ipv4 \
                   or --ipv6",
        },
        _ => Unserved {
            message: format!("no connection: {error}"),
            hint: "check the address and any firewall before it",
        },
    }
}

fn unshaken(error: &io::Error) -> Unserved {
    let alert = error.get_ref().and_then(|inner| inner.downcast_ref());
    if let Some(rustls::Error::AlertReceived(alert)) = alert {
        return Unserved {
            message: tls_words::alert(*alert),
            hint: match Alert::find(*alert).map(|alert| alert.about) {
                Some(About::Name) => {
                    "it may have no certificate for this name: check the name, or request another \
                     one with --servername"
                }
                // Some servers say so where they have no certificate for the name.
                Some(About::Common) => {
                    "check the TLS settings of the server: certctl supports TLS 1.2 and 1.3 with \
                     AES-GCM or ChaCha20, X25519, P-256 or P-384; if --servername with another \
                     name works, the server has no certificate for this name"
                }
                Some(About::Client) => {
                    "this server requires a client certificate, but certctl has none"
                }
                Some(About::Other) | None => "check that this host and port serve TLS",
            },
        };
    }
    if let Some(rustls::Error::PeerIncompatible(_)) = alert {
        return Unserved {
            message: tls::describe(error).unwrap_or_default(),
            hint: "change the TLS settings of the server: certctl supports TLS 1.2 and 1.3 with \
                   AES-GCM or ChaCha20, X25519, P-256 or P-384",
        };
    }
    if let Some(reason) = tls::describe(error) {
        return unserved(reason);
    }
    unserved(match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            "the server closed the connection during the handshake".into()
        }
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
            "the server reset the connection during the handshake".into()
        }
        _ => format!("the handshake failed: {error}"),
    })
}
