//! The calls that read domains and their certificates.

use serde::Deserialize;

use super::CDN;
use crate::providers::{Effect, Operation, Params, Service, id_as_text, null_as_default};

/// Reads what a domain serves.
///
/// <https://www.alibabacloud.com/help/en/cdn/developer-reference/api-cdn-2018-05-10-describedomaincertificateinfo>
#[derive(Clone, Debug)]
pub struct DescribeDomainCertificateInfo<'a> {
    /// The domain in the CDN's spelling.
    pub domain_name: &'a str,
}

/// The answer to [`DescribeDomainCertificateInfo`]; the list may be empty, absent or null where
/// HTTPS was never on, and so may every field.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DomainCertificateInfo {
    /// The wrapper around the list.
    #[serde(default, deserialize_with = "null_as_default")]
    pub cert_infos: CertInfos,
}

/// CDN wraps its lists twice.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CertInfos {
    /// One entry for each certificate.
    #[serde(default, deserialize_with = "null_as_default")]
    pub cert_info: Vec<CertInfo>,
}

/// A domain's certificate.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CertInfo {
    /// `on` or `off`.
    #[serde(default, deserialize_with = "null_as_default")]
    pub server_certificate_status: String,
    /// The certificate chain, PEM.
    #[serde(default, deserialize_with = "null_as_default")]
    pub server_certificate: String,
    /// The certificate's number in the store.
    #[serde(default, deserialize_with = "id_as_text")]
    pub cert_id: String,
    /// The certificate's name in the store.
    #[serde(default, deserialize_with = "null_as_default")]
    pub cert_name: String,
}

impl Operation for DescribeDomainCertificateInfo<'_> {
    type Reply = DomainCertificateInfo;
    const SERVICE: &'static Service = &CDN;
    const ACTION: &'static str = "DescribeDomainCertificateInfo";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = 100;

    fn params(&self) -> Params {
        Params::new().text("DomainName", self.domain_name)
    }
}
