//! Alibaba Cloud CDN, API version 2018-05-10.
//!
//! The batch and the single setter left the vendor's SDKs in 2024, so a gateway may answer that it
//! does not know them; `SetCdnDomainSSLCertificate` is the current one.

mod list;
mod read;
mod set;

pub use self::list::{
    DescribeCdnHttpsDomainList, DescribeCdnSSLCertificateList, DescribeUserDomains, HttpsDomain,
    HttpsDomains, ListedDomain, ListedDomains, NO_HTTPS_DOMAIN, STORE_PAGE_LIMIT, StoreCertificate,
    StoreCertificates, USER_DOMAINS_PAGE_LIMIT,
};
pub use self::read::{
    CertInfo, CertInfos, DescribeCdnCertificateDetail, DescribeCdnCertificateDetailById,
    DescribeCdnDomainDetail, DescribeDomainCertificateInfo, DomainCertificateInfo, DomainDetail,
    DomainModel, SourceModel, SourceModels, StoredCertificate,
};
pub use self::set::{
    Accepted, BatchSetCdnDomainServerCertificate, SetCdnDomainSSLCertificate,
    SetDomainServerCertificate,
};
use crate::cloud::Cloud;
use crate::providers::Service;

/// The product's endpoint, the same for both sites.
pub static CDN: Service = Service {
    cloud: Cloud::Alibaba,
    name: "cdn",
    version: "2018-05-10",
    host: "cdn.aliyuncs.com",
    mainland_host: None,
    regional: &[],
    twin: None,
};

/// The most domains that a batch may name, by the oldest of the vendor's documents. Newer ones
/// say [`NEWER_BATCH_LIMIT`].
pub const BATCH_LIMIT: usize = 50;

/// The most domains that a batch may name by the documents since 2024.
pub const NEWER_BATCH_LIMIT: usize = 10;

/// The longest certificate name, in characters (`InvalidCertName.TooLong`).
pub const CERT_NAME_LIMIT: usize = 128;

/// Whether HTTPS is to be on or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// `on`
    On,
    /// `off`
    Off,
}

impl Switch {
    /// The vendor's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Switch::On => "on",
            Switch::Off => "off",
        }
    }
}

/// The domain's name as CDN spells it: `*.example.com` is `.example.com` here.
pub fn wire_name(domain: &str) -> &str {
    domain.strip_prefix('*').unwrap_or(domain)
}

/// The other way round: what CDN spells `.example.com` is `*.example.com` elsewhere.
pub fn usual_name(domain: &str) -> String {
    match domain.starts_with('.') {
        true => format!("*{domain}"),
        false => domain.to_owned(),
    }
}
