//! The calls that set HTTPS of domains.

use serde::Deserialize;

use super::{CDN, Switch};
use crate::providers::{Effect, Operation, Params, Service};
use crate::secret::Secret;

/// A reply without content: the cloud took the request.
#[derive(Debug, Deserialize)]
pub struct Accepted {}

/// Sets HTTPS for up to [`BATCH_LIMIT`](super::BATCH_LIMIT) domains; refused as a whole when one of them is at fault.
///
/// <https://www.alibabacloud.com/help/en/cdn/developer-reference/api-cdn-2018-05-10-batchsetcdndomainservercertificate>
#[derive(Clone, Debug)]
pub struct BatchSetCdnDomainServerCertificate<'a> {
    /// Domains in the CDN's spelling.
    pub domain_names: Vec<&'a str>,
    /// Whether HTTPS is to be on.
    pub ssl_protocol: Switch,
    /// The certificate chain, PEM.
    pub ssl_pub: Option<&'a str>,
    /// The private key, PEM.
    pub ssl_pri: Option<&'a Secret>,
    /// The certificate's name in the store, unique there.
    pub cert_name: Option<&'a str>,
    /// `upload` or `cas`.
    pub cert_type: Option<&'a str>,
    /// The region.
    pub region: Option<&'a str>,
    /// Overwrites a certificate of the same name.
    pub force_set: bool,
}

impl Operation for BatchSetCdnDomainServerCertificate<'_> {
    type Reply = Accepted;
    const SERVICE: &'static Service = &CDN;
    const ACTION: &'static str = "BatchSetCdnDomainServerCertificate";
    const EFFECT: Effect = Effect::Repeatable;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        Params::new()
            .text("DomainName", self.domain_names.join(","))
            .text("SSLProtocol", self.ssl_protocol.as_str())
            .maybe("SSLPub", self.ssl_pub)
            .secret("SSLPri", self.ssl_pri)
            .maybe("CertName", self.cert_name)
            .maybe("CertType", self.cert_type)
            .maybe("Region", self.region)
            .maybe("ForceSet", self.force_set.then_some("1"))
    }

    fn waits_while_busy(&self) -> bool {
        self.domain_names.len() == 1
    }
}

/// Sets HTTPS for one domain; the only setter with the `free` certificate type.
///
/// <https://www.alibabacloud.com/help/en/cdn/developer-reference/api-cdn-2018-05-10-setdomainservercertificate>
#[derive(Clone, Debug)]
pub struct SetDomainServerCertificate<'a> {
    /// The domain in the CDN's spelling.
    pub domain_name: &'a str,
    /// Whether HTTPS is to be on.
    pub server_certificate_status: Switch,
    /// The certificate chain, PEM.
    pub server_certificate: Option<&'a str>,
    /// The private key, PEM.
    pub private_key: Option<&'a Secret>,
    /// `upload`, `cas` or `free`.
    pub cert_type: Option<&'a str>,
    /// The certificate's name in the store, unique there.
    pub cert_name: Option<&'a str>,
    /// Overwrites a certificate of the same name.
    pub force_set: bool,
}

impl Operation for SetDomainServerCertificate<'_> {
    type Reply = Accepted;
    const SERVICE: &'static Service = &CDN;
    const ACTION: &'static str = "SetDomainServerCertificate";
    const EFFECT: Effect = Effect::Repeatable;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        Params::new()
            .text("DomainName", self.domain_name)
            .text(
                "ServerCertificateStatus",
                self.server_certificate_status.as_str(),
            )
            .maybe("ServerCertificate", self.server_certificate)
            .secret("PrivateKey", self.private_key)
            .maybe("CertType", self.cert_type)
            .maybe("CertName", self.cert_name)
            .maybe("ForceSet", self.force_set.then_some("1"))
    }
}

/// Sets HTTPS for one domain: the current setter, and the only one that takes an id of the
/// certificate store.
///
/// <https://www.alibabacloud.com/help/en/cdn/developer-reference/api-cdn-2018-05-10-setcdndomainsslcertificate>
#[derive(Clone, Debug)]
pub struct SetCdnDomainSSLCertificate<'a> {
    /// The domain in the CDN's spelling.
    pub domain_name: &'a str,
    /// Whether HTTPS is to be on.
    pub ssl_protocol: Switch,
    /// The certificate chain, PEM.
    pub ssl_pub: Option<&'a str>,
    /// The private key, PEM.
    pub ssl_pri: Option<&'a Secret>,
    /// The certificate's name in the store, unique there.
    pub cert_name: Option<&'a str>,
    /// `upload` or `cas`.
    pub cert_type: Option<&'a str>,
    /// The certificate's number in the store.
    pub cert_id: Option<&'a str>,
    /// Where the store is: `cn-hangzhou` (the vendor's default) or `ap-southeast-1`.
    pub cert_region: Option<&'a str>,
}

impl Operation for SetCdnDomainSSLCertificate<'_> {
    type Reply = Accepted;
    const SERVICE: &'static Service = &CDN;
    const ACTION: &'static str = "SetCdnDomainSSLCertificate";
    const EFFECT: Effect = Effect::Repeatable;
    const RATE: u32 = 30;

    fn params(&self) -> Params {
        Params::new()
            .text("DomainName", self.domain_name)
            .text("SSLProtocol", self.ssl_protocol.as_str())
            .maybe("SSLPub", self.ssl_pub)
            .secret("SSLPri", self.ssl_pri)
            .maybe("CertName", self.cert_name)
            .maybe("CertType", self.cert_type)
            .maybe("CertId", self.cert_id)
            .maybe("CertRegion", self.cert_region)
    }
}
