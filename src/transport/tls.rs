//! Whom we trust, and what went wrong when we could not.
//!
//! TLS 1.2 or newer. Trusted is what `--ca-bundle` or `SSL_CERT_FILE` names, else the system's
//! store, else (none there) compiled-in roots.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, OtherError, RootCertStore,
    SignatureScheme,
};

use super::tls_words;

/// Authorities to trust instead of the system's.
#[derive(Clone, Debug)]
pub struct CaBundle {
    /// Who named it, for messages: `--ca-bundle ca.pem`.
    pub origin: String,
    /// The file's content, PEM.
    pub pem: Vec<u8>,
}

/// Whom a client trusts.
#[derive(Clone, Debug)]
pub enum Trust {
    /// Nobody: the endpoint is plain HTTP.
    Nobody,
    /// The system's store, else the compiled-in roots.
    System,
    /// These authorities only.
    Bundle(CaBundle),
}

/// Why no TLS client could be made.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The bundle holds nothing to trust.
    #[error("{0}: contains no usable certificate")]
    EmptyBundle(String),
    /// The bundle is not PEM.
    #[error("{0}: {1}")]
    BadBundle(String, String),
    /// The client could not be built.
    #[error("{0}")]
    Client(String),
}

/// The TLS configuration of a client.
pub fn client_config(trust: &Trust) -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsError::Client(error.to_string()))?;
    if let Trust::Nobody = trust {
        return Ok(builder
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth());
    }
    let verifier = Verifier::new(roots(trust)?, provider)?;
    Ok(builder
        // Not to verify less: the standard verifier does it all, and this one adds to its refusal
        // whether the certificate was self-signed.
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

fn roots(trust: &Trust) -> Result<RootCertStore, TlsError> {
    match trust {
        Trust::Nobody => Ok(RootCertStore::empty()),
        Trust::System => Ok(system_roots()),
        Trust::Bundle(bundle) => bundle_roots(bundle),
    }
}

fn bundle_roots(bundle: &CaBundle) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&bundle.pem) {
        let certificate = certificate
            .map_err(|error| TlsError::BadBundle(bundle.origin.clone(), error.to_string()))?;
        roots
            .add(certificate)
            .map_err(|error| TlsError::BadBundle(bundle.origin.clone(), error.to_string()))?;
    }
    match roots.is_empty() {
        true => Err(TlsError::EmptyBundle(bundle.origin.clone())),
        false => Ok(roots),
    }
}

fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    roots
}

/// The standard verifier, which also tells whether a certificate that is not trusted was
/// self-signed.
#[derive(Debug)]
pub(super) struct Verifier(Arc<WebPkiServerVerifier>);

impl Verifier {
    /// Trusts whom a client of `trust` would.
    pub(super) fn of(trust: &Trust, provider: Arc<CryptoProvider>) -> Result<Self, TlsError> {
        Verifier::new(roots(trust)?, provider)
    }

    fn new(roots: RootCertStore, provider: Arc<CryptoProvider>) -> Result<Self, TlsError> {
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .map(Verifier)
            .map_err(|error| TlsError::Client(error.to_string()))
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verdict =
            self.0
                .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        verdict.map_err(|error| match error {
            rustls::Error::InvalidCertificate(
                CertificateError::UnknownIssuer | CertificateError::Other(_),
            ) if is_self_signed(end_entity) => rustls::Error::InvalidCertificate(
                CertificateError::Other(OtherError(Arc::new(SelfSigned))),
            ),
            other => other,
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

fn is_self_signed(certificate: &CertificateDer<'_>) -> bool {
    x509_parser::parse_x509_certificate(certificate)
        .is_ok_and(|(_, parsed)| parsed.issuer().as_raw() == parsed.subject().as_raw())
}

#[derive(Debug)]
struct SelfSigned;

impl fmt::Display for SelfSigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("self-signed")
    }
}

impl StdError for SelfSigned {}

/// What a failed handshake means, if `error` is one.
pub fn describe(error: &(dyn StdError + 'static)) -> Option<String> {
    let mut cause = Some(error);
    while let Some(at) = cause {
        if let Some(error) = at.downcast_ref::<rustls::Error>() {
            return Some(reason(error));
        }
        if let Some(inner) = at.downcast_ref::<io::Error>().and_then(io::Error::get_ref)
            && let Some(reason) = describe(inner)
        {
            return Some(reason);
        }
        cause = at.source();
    }
    None
}

/// Whether a certificate is refused only since nobody who is trusted is found to have issued it. A
/// signature that does not fit is one of those: see [`reason`].
pub(super) fn is_of_unknown(error: &rustls::Error) -> bool {
    use CertificateError as C;
    match error {
        rustls::Error::InvalidCertificate(C::Other(other)) => other.0.is::<SelfSigned>(),
        rustls::Error::InvalidCertificate(error) => matches!(
            error,
            C::UnknownIssuer
                | C::BadSignature
                | C::UnsupportedSignatureAlgorithmContext { .. }
                | C::UnsupportedSignatureAlgorithmForPublicKeyContext { .. }
        ),
        _ => false,
    }
}

pub(super) fn reason(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::Other(other))
            if other.0.is::<SelfSigned>() =>
        {
            "TLS: the server's certificate is self-signed and not trusted".into()
        }
        // Also where the signature does not fit: somebody else's authority may bear the name of a
        // trusted one.
        rustls::Error::InvalidCertificate(certificate) => {
            format!(
                "TLS: the server's certificate {}",
                tls_words::certificate(certificate)
            )
        }
        other => format!("TLS: {}", tls_words::handshake(other)),
    }
}
