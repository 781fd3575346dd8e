//! The calls that list: domains, what they serve over HTTPS, the certificate store. Each in pages
//! that are counted by number.

use serde::Deserialize;

use super::CDN;
use crate::providers::page::{Page, Rest};
use crate::providers::time::{self, Time};
use crate::providers::{Effect, Operation, Params, Service, id_as_text, null_as_default};

/// The most domains in a page.
pub const USER_DOMAINS_PAGE_LIMIT: u32 = 500;

/// The most certificates in a page.
pub const STORE_PAGE_LIMIT: u32 = 1000;

/// Says that no domain's HTTPS is on, where an empty list would.
pub const NO_HTTPS_DOMAIN: &str = "NoHttpsDomain";

/// Lists the account's domains.
///
/// <https://www.alibabacloud.com/help/en/cdn/developer-reference/api-cdn-2018-05-10-describeuserdomains>
#[derive(Clone, Debug)]
pub struct DescribeUserDomains<'a> {
    /// The page, from 1.
    pub page_number: u32,
    /// Domains a page, at most [`USER_DOMAINS_PAGE_LIMIT`].
    pub page_size: u32,
    /// Only those whose name has this in it.
    pub name_part: Option<&'a str>,
    /// Only those in this state.
    pub domain_status: Option<&'a str>,
}

/// The answer to [`DescribeUserDomains`].
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListedDomains {
    /// How many there are in all.
    pub total_count: usize,
    /// The wrapper around the list.
    #[serde(default, deserialize_with = "null_as_default")]
    domains: PageData,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PageData {
    #[serde(default, deserialize_with = "null_as_default")]
    page_data: Vec<ListedDomain>,
}

/// A domain of the account.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListedDomain {
    /// Its name in the CDN's spelling.
    pub domain_name: String,
    /// `online`, `offline`, `configuring`, `configure_failed`, `checking`, `check_failed`,
    /// `stopping`, `deleting`.
    #[serde(default, deserialize_with = "null_as_default")]
    pub domain_status: String,
    /// `on` or `off`.
    #[serde(default, alias = "SSLProtocol", deserialize_with = "null_as_default")]
    pub ssl_protocol: String,
    /// What the domain is to point to.
    #[serde(default, deserialize_with = "null_as_default")]
    pub cname: String,
    /// `domestic`, `overseas` or `global`.
    #[serde(default, deserialize_with = "null_as_default")]
    pub coverage: String,
    /// `web`, `download` or `video`; of DCDN `apiscene`, `webservicescene`, `staticscene`.
    #[serde(default, alias = "Scene", deserialize_with = "null_as_default")]
    pub cdn_type: String,
    /// When it was added.
    #[serde(default, deserialize_with = "time::utc")]
    pub gmt_created: Option<Time>,
    /// When it was changed last.
    #[serde(default, deserialize_with = "time::utc")]
    pub gmt_modified: Option<Time>,
}

impl From<ListedDomains> for Page<ListedDomain> {
    fn from(reply: ListedDomains) -> Self {
        Page {
            items: reply.domains.page_data,
            rest: Rest::Total(reply.total_count),
        }
    }
}

impl Operation for DescribeUserDomains<'_> {
    type Reply = ListedDomains;
    const SERVICE: &'static Service = &CDN;
    const ACTION: &'static str = "DescribeUserDomains";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = 100;

    fn params(&self) -> Params {
        Params::new()
            .int("PageNumber", self.page_number)
            .int("PageSize", self.page_size)
            .maybe("DomainName", self.name_part)
            .maybe("DomainSearchType", self.name_part.map(|_| "fuzzy_match"))
            .maybe("DomainStatus", self.domain_status)
            // Otherwise domains under review, refused there or not configured are left out.
            .flag("CheckDomainShow", true)
    }
}

/// Lists the domains whose HTTPS is on, with their certificates.
///
/// <https://www.alibabacloud.com/help/en/cdn/developer-reference/api-cdn-2018-05-10-describecdnhttpsdomainlist>
#[derive(Clone, Debug)]
pub struct DescribeCdnHttpsDomainList {
    /// The page, from 1.
    pub page_number: u32,
    /// Domains a page. The vendor documents no limit; that of [`DescribeUserDomains`] is what the
    /// same call of its sibling product takes.
    pub page_size: u32,
}

/// The answer to [`DescribeCdnHttpsDomainList`].
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct HttpsDomains {
    /// How many there are in all.
    pub total_count: usize,
    /// The wrapper around the list.
    #[serde(default, deserialize_with = "null_as_default")]
    cert_infos: HttpsDomainList,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct HttpsDomainList {
    #[serde(default, deserialize_with = "null_as_default")]
    cert_info: Vec<HttpsDomain>,
}

/// A domain whose HTTPS is on. Its times name no zone; they are read as UTC.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct HttpsDomain {
    /// Its name in the CDN's spelling.
    pub domain_name: String,
    /// The certificate's name in the store.
    #[serde(default, deserialize_with = "id_as_text")]
    pub cert_name: String,
    /// `upload`, `cas` or `free`.
    #[serde(default, deserialize_with = "null_as_default")]
    pub cert_type: String,
    /// `ok`, `mismatch`, `expired` or `expire_soon`.
    #[serde(default, deserialize_with = "null_as_default")]
    pub cert_status: String,
    /// The name that the certificate is for.
    #[serde(default, deserialize_with = "null_as_default")]
    pub cert_common_name: String,
    /// Until when it is valid.
    #[serde(default, deserialize_with = "time::utc")]
    pub cert_expire_time: Option<Time>,
    /// When it was set.
    #[serde(default, deserialize_with = "time::utc")]
    pub cert_update_time: Option<Time>,
}

impl From<HttpsDomains> for Page<HttpsDomain> {
    fn from(reply: HttpsDomains) -> Self {
        Page {
            items: reply.cert_infos.cert_info,
            rest: Rest::Total(reply.total_count),
        }
    }
}

impl Operation for DescribeCdnHttpsDomainList {
    type Reply = HttpsDomains;
    const SERVICE: &'static Service = &CDN;
    const ACTION: &'static str = "DescribeCdnHttpsDomainList";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = 100;

    fn params(&self) -> Params {
        Params::new()
            .int("PageNumber", self.page_number)
            .int("PageSize", self.page_size)
    }
}

/// Lists the certificate store as CDN sees it. The vendor documents no rate; this is that of the
/// call it replaced.
///
/// <https://www.alibabacloud.com/help/en/cdn/developer-reference/api-cdn-2018-05-10-describecdnsslcertificatelist>
#[derive(Clone, Debug)]
pub struct DescribeCdnSSLCertificateList<'a> {
    /// The page, from 1.
    pub page_number: u32,
    /// Certificates a page, at most [`STORE_PAGE_LIMIT`].
    pub page_size: u32,
    /// Only those that fit this domain, in the CDN's spelling.
    pub domain_name: Option<&'a str>,
    /// Only those whose name has this in it.
    pub search_keyword: Option<&'a str>,
}

/// The answer to [`DescribeCdnSSLCertificateList`].
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StoreCertificates {
    certificate_list_model: StoreModel,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StoreModel {
    count: usize,
    #[serde(default, deserialize_with = "null_as_default")]
    cert_list: StoreList,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StoreList {
    #[serde(default, deserialize_with = "null_as_default")]
    cert: Vec<StoreCertificate>,
}

/// A certificate of the store.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StoreCertificate {
    /// Its number.
    #[serde(deserialize_with = "id_as_text")]
    pub cert_id: String,
    /// Its name.
    #[serde(default, deserialize_with = "id_as_text")]
    pub cert_name: String,
    /// Where the store is.
    #[serde(default, deserialize_with = "null_as_default")]
    pub cert_region: String,
    /// The name that it is for.
    #[serde(default, deserialize_with = "null_as_default")]
    pub common: String,
    /// SHA-1, as the documents' samples have it.
    #[serde(default, deserialize_with = "null_as_default")]
    pub fingerprint: String,
    /// Who issued it.
    #[serde(default, deserialize_with = "null_as_default")]
    pub issuer: String,
    /// Its end by one of the vendor's pages, its last change by another.
    #[serde(default, deserialize_with = "time::utc")]
    pub last_time: Option<Time>,
}

impl StoreCertificates {
    /// The page. The documents leave open whether `Count` counts this page or all of them.
    pub fn page(self) -> Page<StoreCertificate> {
        let StoreModel { count, cert_list } = self.certificate_list_model;
        Page {
            items: cert_list.cert,
            rest: Rest::Total(count),
        }
    }
}

impl Operation for DescribeCdnSSLCertificateList<'_> {
    type Reply = StoreCertificates;
    const SERVICE: &'static Service = &CDN;
    const ACTION: &'static str = "DescribeCdnSSLCertificateList";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = 30;

    fn params(&self) -> Params {
        Params::new()
            .int("PageNumber", self.page_number)
            .int("PageSize", self.page_size)
            .maybe("DomainName", self.domain_name)
            .maybe("SearchKeyword", self.search_keyword)
    }
}
