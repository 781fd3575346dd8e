//! CDN's edge on loopback: servers that show each host the certificate which its domain has now,
//! and servers that never learn of a change.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::clouds::Clouds;
use super::private_key;

/// How long a connection may say nothing.
const PATIENCE: Duration = Duration::from_secs(10);

/// An address of the edge.
pub struct Edge {
    listener: TcpListener,
    address: SocketAddr,
    resolver: Arc<Resolver>,
}

/// Finds the certificate for who asks.
struct Resolver {
    clouds: Arc<Mutex<Clouds>>,
    stale: bool,
}

/// Binds the one address that is always as the account is, and those that are stale.
///
/// # Errors
/// What the system says of the sockets.
pub fn bind(ip: IpAddr, stale: u8, clouds: &Arc<Mutex<Clouds>>) -> io::Result<Vec<Edge>> {
    (0..=stale)
        .map(|number| {
            let listener = TcpListener::bind((ip, 0))?;
            Ok(Edge {
                address: listener.local_addr()?,
                listener,
                resolver: Arc::new(Resolver {
                    clouds: clouds.clone(),
                    stale: number > 0,
                }),
            })
        })
        .collect()
}

impl Edge {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Shakes hands until the runtime ends.
    ///
    /// # Errors
    /// If the socket cannot be used.
    pub async fn serve(self) -> io::Result<()> {
        self.listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(self.listener)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_cert_resolver(self.resolver);
        let acceptor = TlsAcceptor::from(Arc::new(config));
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    tokio::spawn(tokio::time::timeout(
                        PATIENCE,
                        shake(acceptor.clone(), stream),
                    ));
                }
                // The client has gone, or there are too many of them: this one can wait.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }
}

/// There is nothing but the certificate: whoever says more is hung up on.
async fn shake(acceptor: TlsAcceptor, stream: TcpStream) {
    if let Ok(mut stream) = acceptor.accept(stream).await {
        // How the connection ends is for the client to judge.
        let _ = stream.read(&mut [0; 64]).await;
    }
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let host = hello.server_name()?.to_ascii_lowercase();
        let mut clouds = self.clouds.lock().unwrap_or_else(PoisonError::into_inner);
        let (chain, key) = clouds.shown(&host, self.stale)?;
        let chain = CertificateDer::pem_slice_iter(chain.as_bytes()).collect::<Result<_, _>>();
        let key = private_key::read(&key).ok()?.signer()?;
        Some(Arc::new(CertifiedKey::new(chain.ok()?, key)))
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver")
            .field("stale", &self.stale)
            .finish_non_exhaustive()
    }
}
