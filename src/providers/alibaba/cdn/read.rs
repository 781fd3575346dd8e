//! The calls that read domains and their certificates.

use serde::Deserialize;

use super::CDN;
use crate::providers::time::{self, Time};
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
    #[serde(default, alias = "SSLProtocol", deserialize_with = "null_as_default")]
    pub server_certificate_status: String,
    /// The certificate chain, PEM.
    #[serde(default, alias = "SSLPub", deserialize_with = "null_as_default")]
    pub server_certificate: String,
    /// The certificate's number in the store.
    #[serde(default, deserialize_with = "id_as_text")]
    pub cert_id: String,
    /// Where the store is that has it.
    #[serde(default, deserialize_with = "null_as_default")]
    pub cert_region: String,
    /// The certificate's name in the store.
    #[serde(default, deserialize_with = "id_as_text")]
    pub cert_name: String,
    /// `upload`, `cas` or `free`.
    #[serde(default, deserialize_with = "null_as_default")]
    pub cert_type: String,
    /// The name that the certificate is for.
    #[serde(default, deserialize_with = "null_as_default")]
    pub cert_domain_name: String,
    /// Who issued it.
    #[serde(default, deserialize_with = "null_as_default")]
    pub cert_org: String,
    /// From when it is valid.
    #[serde(default, deserialize_with = "time::utc")]
    pub cert_start_time: Option<Time>,
    /// Until when it is valid.
    #[serde(default, deserialize_with = "time::utc")]
    pub cert_expire_time: Option<Time>,
    /// When it was set.
    #[serde(default, deserialize_with = "time::utc")]
    pub cert_update_time: Option<Time>,
    /// `success`; other words are steps in the issuing of a free certificate.
    #[serde(default, deserialize_with = "null_as_default")]
    pub status: String,
    /// Whether the domain points to the CDN: `ok`, `cname_error`, …
    #[serde(default, deserialize_with = "null_as_default")]
    pub domain_cname_status: String,
}

impl CertInfo {
    /// Whether HTTPS is on with this certificate.
    pub fn is_on(&self) -> bool {
        self.server_certificate_status.eq_ignore_ascii_case("on")
    }
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

/// Reads a domain's configuration and whether a change is still being rolled out.
///
/// <https://www.alibabacloud.com/help/en/cdn/developer-reference/api-cdn-2018-05-10-describecdndomaindetail>
#[derive(Clone, Debug)]
pub struct DescribeCdnDomainDetail<'a> {
    /// The domain in the CDN's spelling.
    pub domain_name: &'a str,
}

/// The answer to [`DescribeCdnDomainDetail`].
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DomainDetail {
    /// The wrapper around everything.
    #[serde(alias = "DomainDetail")]
    pub get_domain_detail_model: DomainModel,
}

/// A domain's configuration.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DomainModel {
    /// `online`, `offline`, `configuring`, `configure_failed`, `checking`, `check_failed`,
    /// `stopping`, `deleting`.
    pub domain_status: String,
    /// What the domain is to point to.
    #[serde(default, deserialize_with = "null_as_default")]
    pub cname: String,
    /// The same for HTTPS, where it is another.
    #[serde(default, deserialize_with = "null_as_default")]
    pub https_cname: String,
    /// `domestic`, `overseas` or `global`.
    #[serde(default, deserialize_with = "null_as_default")]
    pub scope: String,
    /// `web`, `download` or `video`; of DCDN `apiscene`, `webservicescene`, `staticscene`.
    #[serde(default, alias = "Scene", deserialize_with = "null_as_default")]
    pub cdn_type: String,
    /// `on` or `off`.
    #[serde(default, alias = "SSLProtocol", deserialize_with = "null_as_default")]
    pub server_certificate_status: String,
    /// When it was added.
    #[serde(default, deserialize_with = "time::utc")]
    pub gmt_created: Option<Time>,
    /// When it was changed last.
    #[serde(default, deserialize_with = "time::utc")]
    pub gmt_modified: Option<Time>,
    /// A remark.
    #[serde(default, deserialize_with = "null_as_default")]
    pub description: String,
    /// The resource group.
    #[serde(default, deserialize_with = "null_as_default")]
    pub resource_group_id: String,
    /// The origins.
    #[serde(default, alias = "Sources", deserialize_with = "null_as_default")]
    pub source_models: SourceModels,
}

/// CDN wraps its lists twice.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SourceModels {
    /// One entry for each origin.
    #[serde(default, alias = "Source", deserialize_with = "null_as_default")]
    pub source_model: Vec<SourceModel>,
}

/// An origin.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SourceModel {
    /// A host name, an address or a bucket.
    #[serde(default, deserialize_with = "null_as_default")]
    pub content: String,
    /// The port.
    #[serde(default, deserialize_with = "id_as_text")]
    pub port: String,
}

impl Operation for DescribeCdnDomainDetail<'_> {
    type Reply = DomainDetail;
    const SERVICE: &'static Service = &CDN;
    const ACTION: &'static str = "DescribeCdnDomainDetail";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = 30;

    fn params(&self) -> Params {
        Params::new().text("DomainName", self.domain_name)
    }
}

/// Reads a certificate of the store. The vendor documents no rate; this is that of the same call
/// by name.
///
/// <https://www.alibabacloud.com/help/en/cdn/developer-reference/api-cdn-2018-05-10-describecdncertificatedetailbyid>
#[derive(Clone, Debug)]
pub struct DescribeCdnCertificateDetailById<'a> {
    /// The certificate's number in the store.
    pub cert_id: &'a str,
    /// Where the store is; `cn-hangzhou` where none is given.
    pub cert_region: Option<&'a str>,
}

/// The answer to [`DescribeCdnCertificateDetailById`] and [`DescribeCdnCertificateDetail`]. Its `Key` is said to be the public key; it
/// is left alone.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StoredCertificate {
    /// The certificate chain, PEM.
    pub cert: String,
    /// Its number.
    #[serde(default, deserialize_with = "id_as_text")]
    pub cert_id: String,
    /// Its name.
    #[serde(default, deserialize_with = "id_as_text")]
    pub cert_name: String,
}

impl Operation for DescribeCdnCertificateDetailById<'_> {
    type Reply = StoredCertificate;
    const SERVICE: &'static Service = &CDN;
    const ACTION: &'static str = "DescribeCdnCertificateDetailById";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = 20;

    fn params(&self) -> Params {
        Params::new()
            .text("CertId", self.cert_id)
            .maybe("CertRegion", self.cert_region)
    }
}

/// Reads a certificate of the store by its name, which is unique in its site's store only. CDN looks
/// in the one of mainland China.
///
/// <https://www.alibabacloud.com/help/en/cdn/developer-reference/api-cdn-2018-05-10-describecdncertificatedetail>
#[derive(Clone, Debug)]
pub struct DescribeCdnCertificateDetail<'a> {
    /// The certificate's name.
    pub cert_name: &'a str,
}

impl Operation for DescribeCdnCertificateDetail<'_> {
    type Reply = StoredCertificate;
    const SERVICE: &'static Service = &CDN;
    const ACTION: &'static str = "DescribeCdnCertificateDetail";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = 20;

    fn params(&self) -> Params {
        Params::new().text("CertName", self.cert_name)
    }
}
