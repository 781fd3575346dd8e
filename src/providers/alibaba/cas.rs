//! Alibaba Cloud Certificate Management Service, API version 2020-04-07: the account's certificate
//! store, one in each of two sites that do not see each other's certificates.
//!
//! Its RAM actions are called `yundun-cert:…`. Codes may be bare numbers and messages Chinese.

use chrono::TimeDelta;
use serde::Deserialize;

use crate::cloud::Cloud;
use crate::providers::page::{Cursor, Page, Rest};
use crate::providers::time::{self, Time};
use crate::providers::{Effect, Operation, Params, Service, id_as_text, null_as_default};
use crate::secret::Secret;

/// The site of mainland China, which is meant where none is named.
pub const MAINLAND: &str = "cn-hangzhou";

/// The international site.
pub const INTERNATIONAL: &str = "ap-southeast-1";

/// The product's endpoints. The store of mainland China and that of Singapore are the two sites;
/// the other regions' hosts are in `aliyun-openapi-meta`.
pub static CAS: Service = Service {
    cloud: Cloud::Alibaba,
    name: "cas",
    version: "2020-04-07",
    host: "cas.aliyuncs.com",
    mainland_host: None,
    regional: &[
        (MAINLAND, "cas.aliyuncs.com"),
        ("cn-*", "cas.aliyuncs.com"),
        (INTERNATIONAL, "cas.ap-southeast-1.aliyuncs.com"),
        ("ap-northeast-1", "cas.ap-northeast-1.aliyuncs.com"),
        ("ap-south-1", "cas.ap-south-1.aliyuncs.com"),
        ("ap-southeast-2", "cas.ap-southeast-2.aliyuncs.com"),
        ("ap-southeast-3", "cas.ap-southeast-3.aliyuncs.com"),
        ("ap-southeast-5", "cas.ap-southeast-5.aliyuncs.com"),
        ("cn-hongkong", "cas.cn-hongkong.aliyuncs.com"),
        ("eu-central-1", "cas.eu-central-1.aliyuncs.com"),
        ("me-east-1", "cas.me-east-1.aliyuncs.com"),
    ],
    twin: None,
};

/// The longest certificate name, in characters; names are unique in an account.
pub const NAME_LIMIT: usize = 63;

/// The page of a list that is asked for: the vendor's default, for it publishes no limit.
pub const PAGE_LIMIT: u32 = 50;

/// Uploads a certificate with its key.
///
/// The client token is newer than most of the vendor's tools, so a gateway may not heed it: after
/// a lost answer the store is read.
///
/// <https://www.alibabacloud.com/help/en/ssl-certificate/developer-reference/api-cas-2020-04-07-uploadusercertificate>
#[derive(Clone, Debug)]
pub struct UploadUserCertificate<'a> {
    /// Up to [`NAME_LIMIT`] characters, unique in the account.
    pub name: &'a str,
    /// The certificate chain, PEM.
    pub cert: &'a str,
    /// The private key, PEM.
    pub key: Option<&'a Secret>,
    /// Makes a repeated call harmless; ASCII, at most 64 characters.
    pub client_token: &'a str,
}

/// The answer to an upload.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Uploaded {
    /// The certificate's number.
    #[serde(deserialize_with = "id_as_text")]
    pub cert_id: String,
}

impl Operation for UploadUserCertificate<'_> {
    type Reply = Uploaded;
    const SERVICE: &'static Service = &CAS;
    const ACTION: &'static str = "UploadUserCertificate";
    const EFFECT: Effect = Effect::Reconciled;
    const RATE: u32 = 100;

    fn params(&self) -> Params {
        Params::new()
            .text("Name", self.name)
            .text("Cert", self.cert)
            .secret("Key", self.key)
            .text("ClientToken", self.client_token)
    }
}

/// Deletes an uploaded or expired certificate, whether it is in use or not.
///
/// <https://www.alibabacloud.com/help/en/ssl-certificate/developer-reference/api-cas-2020-04-07-deleteusercertificate>
#[derive(Clone, Debug)]
pub struct DeleteUserCertificate<'a> {
    /// The certificate's number.
    pub cert_id: i64,
    /// Makes a repeated call harmless; ASCII, at most 64 characters.
    pub client_token: &'a str,
}

/// A reply without content: the cloud took the request.
#[derive(Debug, Deserialize)]
pub struct Deleted {}

impl Operation for DeleteUserCertificate<'_> {
    type Reply = Deleted;
    const SERVICE: &'static Service = &CAS;
    const ACTION: &'static str = "DeleteUserCertificate";
    const EFFECT: Effect = Effect::Reconciled;
    const RATE: u32 = 100;

    fn params(&self) -> Params {
        Params::new()
            .int("CertId", self.cert_id)
            .text("ClientToken", self.client_token)
    }
}

/// Which of the certificates a list has. Without a status the vendor leaves the expired ones out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// Those that have not expired.
    Valid,
    /// Those that have.
    Expired,
}

/// Reads the store's certificates, bought and uploaded ones, page by page.
///
/// <https://www.alibabacloud.com/help/en/ssl-certificate/developer-reference/api-cas-2020-04-07-listusercertificateorder>
#[derive(Clone, Debug)]
pub struct ListUserCertificateOrder {
    /// Which of them.
    pub validity: Validity,
    /// The page, from 1.
    pub current_page: u32,
    /// Certificates a page.
    pub show_size: u32,
}

/// A page of certificates.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Orders {
    #[serde(default, deserialize_with = "null_as_default")]
    certificate_order_list: Vec<StoredCertificate>,
    total_count: usize,
}

/// A certificate of the store.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StoredCertificate {
    /// Its number.
    #[serde(deserialize_with = "id_as_text")]
    pub certificate_id: String,
    /// Its name.
    #[serde(default, deserialize_with = "null_as_default")]
    pub name: String,
    /// The subject's common name.
    #[serde(default, deserialize_with = "null_as_default")]
    pub common_name: String,
    /// Its names, comma-separated.
    #[serde(default, deserialize_with = "null_as_default")]
    pub sans: String,
    /// The day on which it ends.
    #[serde(default, deserialize_with = "time::utc")]
    pub end_date: Option<Time>,
    /// Whether it has ended.
    #[serde(default, deserialize_with = "null_as_default")]
    pub expired: bool,
    /// Whether it was brought from elsewhere.
    #[serde(default, deserialize_with = "null_as_default")]
    pub upload: bool,
    /// A hash of the certificate, in hex: SHA-1 in every sample.
    #[serde(default, deserialize_with = "null_as_default")]
    pub fingerprint: String,
    /// The SHA-256 of the certificate, in hex.
    #[serde(default, deserialize_with = "null_as_default")]
    pub sha2: String,
    /// The serial number in hex, padded with zeros.
    #[serde(default, deserialize_with = "null_as_default")]
    pub serial_no: String,
    /// The issuer.
    #[serde(default, deserialize_with = "null_as_default")]
    pub issuer: String,
}

impl ListUserCertificateOrder {
    /// The call for a page.
    pub fn page(validity: Validity, cursor: &Cursor, show_size: u32) -> Self {
        ListUserCertificateOrder {
            validity,
            current_page: cursor.number,
            show_size,
        }
    }

    /// A page, opened.
    pub fn open(reply: Orders) -> Page<StoredCertificate> {
        Page {
            items: reply.certificate_order_list,
            rest: Rest::Total(reply.total_count),
        }
    }
}

impl Operation for ListUserCertificateOrder {
    type Reply = Orders;
    const SERVICE: &'static Service = &CAS;
    const ACTION: &'static str = "ListUserCertificateOrder";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        let status = match self.validity {
            Validity::Valid => None,
            Validity::Expired => Some("EXPIRED"),
        };
        Params::new()
            // Left out it means orders, which are no certificates.
            .text("OrderType", "CERT")
            .maybe("Status", status)
            .int("CurrentPage", self.current_page)
            .int("ShowSize", self.show_size)
    }
}

/// Reads a certificate; never its key.
///
/// <https://www.alibabacloud.com/help/en/ssl-certificate/developer-reference/api-cas-2020-04-07-getusercertificatedetail>
#[derive(Clone, Debug)]
pub struct GetUserCertificateDetail<'a> {
    /// The certificate's number.
    pub cert_id: &'a str,
}

/// A certificate. `Cert` and `Key` are not among the fields: they are not to be in memory, also
/// where a server sends them unasked.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CertificateDetail {
    /// Its number.
    #[serde(deserialize_with = "id_as_text")]
    pub id: String,
    /// What other products call it, such as `123-cn-hangzhou`.
    #[serde(default, deserialize_with = "null_as_default")]
    pub cert_identifier: String,
    /// Its name.
    #[serde(default, deserialize_with = "null_as_default")]
    pub name: String,
    /// The subject's common name.
    #[serde(default, deserialize_with = "null_as_default")]
    pub common: String,
    /// Its names, comma-separated.
    #[serde(default, deserialize_with = "null_as_default")]
    pub sans: String,
    /// The issuer.
    #[serde(default, deserialize_with = "null_as_default")]
    pub issuer: String,
    #[serde(default, deserialize_with = "time::utc")]
    not_before: Option<Time>,
    #[serde(default, deserialize_with = "time::utc")]
    not_after: Option<Time>,
    #[serde(default, deserialize_with = "time::utc")]
    start_date: Option<Time>,
    #[serde(default, deserialize_with = "time::utc")]
    end_date: Option<Time>,
    /// Whether it has ended.
    #[serde(default, deserialize_with = "null_as_default")]
    pub expired: bool,
    /// Whether it was bought here.
    #[serde(default, deserialize_with = "null_as_default")]
    pub buy_in_aliyun: bool,
    /// The serial number in hex, padded with zeros.
    #[serde(default, deserialize_with = "null_as_default")]
    pub serial_no: String,
    /// A hash of the certificate, in hex: SHA-1 in every sample.
    #[serde(default, deserialize_with = "null_as_default")]
    pub fingerprint: String,
    /// The SHA-256 of the certificate, in hex.
    #[serde(default, deserialize_with = "null_as_default")]
    pub sha2: String,
    /// The same, as far as is known.
    #[serde(default, deserialize_with = "null_as_default")]
    pub cert_sha2: String,
    /// The algorithm of its key.
    #[serde(default, deserialize_with = "null_as_default")]
    pub algorithm: String,
    /// What comes with it.
    #[serde(default)]
    pub cert_chain: Option<Vec<ChainLink>>,
}

/// A certificate of a chain, as far as the store tells: with the leaf or without, with the root or
/// without.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ChainLink {
    /// The subject's common name.
    #[serde(default, alias = "CommonName", deserialize_with = "null_as_default")]
    pub subject: String,
    /// The issuer's common name.
    #[serde(
        default,
        alias = "IssuerCommonName",
        deserialize_with = "null_as_default"
    )]
    pub issuer: String,
    /// The last second of its validity.
    #[serde(default, deserialize_with = "time::utc")]
    pub not_after: Option<Time>,
}

impl CertificateDetail {
    /// From when it is good.
    pub fn starts(&self) -> Option<Time> {
        finer(self.not_before, self.start_date)
    }

    /// Until when it is good.
    pub fn ends(&self) -> Option<Time> {
        finer(self.not_after, self.end_date)
    }

    /// [`CertificateDetail::ends`] as the last moment at which it may be good: where the store tells
    /// the day alone, the end of that day.
    pub fn last_second(&self) -> Option<Time> {
        let ends = self.ends()?;
        match self.end_date == Some(ends) {
            true => Some(Time(ends.0 + TimeDelta::seconds(86_399))),
            false => Some(ends),
        }
    }
}

/// A time to the second, where it falls on about the same day as the date. The vendor's own sample
/// has a count that is none, so the date is what counts.
fn finer(exact: Option<Time>, date: Option<Time>) -> Option<Time> {
    match (exact, date) {
        (Some(exact), Some(date)) if (exact.0 - date.0).num_days().abs() > 1 => Some(date),
        (Some(exact), _) => Some(exact),
        (None, date) => date,
    }
}

impl Operation for GetUserCertificateDetail<'_> {
    type Reply = CertificateDetail;
    const SERVICE: &'static Service = &CAS;
    const ACTION: &'static str = "GetUserCertificateDetail";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = 100;

    fn params(&self) -> Params {
        Params::new()
            .text("CertId", self.cert_id)
            // Without it the private key comes back.
            .flag("CertFilter", true)
    }
}

/// Reads what comes with a certificate: the newer action, whose answer has no key at all.
///
/// <https://www.alibabacloud.com/help/en/ssl-certificate/developer-reference/api-cas-2020-04-07-getcertificatedetail>
#[derive(Clone, Debug)]
pub struct GetCertificateDetail<'a> {
    /// The certificate's number.
    pub certificate_id: &'a str,
}

/// A certificate's chain; what else the answer has, [`CertificateDetail`] has as well.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CertificateChain {
    /// What comes with the certificate.
    #[serde(default)]
    pub certificate_chain_list: Option<Vec<ChainLink>>,
}

impl Operation for GetCertificateDetail<'_> {
    type Reply = CertificateChain;
    const SERVICE: &'static Service = &CAS;
    const ACTION: &'static str = "GetCertificateDetail";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = 100;

    fn params(&self) -> Params {
        Params::new().text("CertificateId", self.certificate_id)
    }
}

/// Reads which resources of the account's products have one of these certificates, page by page.
///
/// <https://www.alibabacloud.com/help/en/ssl-certificate/developer-reference/api-cas-2020-04-07-listcloudresources>
#[derive(Clone, Debug)]
pub struct ListCloudResources<'a> {
    /// The certificates' numbers.
    pub cert_ids: &'a [&'a str],
    /// The page, from 1.
    pub current_page: u32,
    /// Resources a page.
    pub show_size: u32,
}

/// A page of resources.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Resources {
    #[serde(default, deserialize_with = "null_as_default")]
    data: Vec<Resource>,
    total: usize,
}

/// A resource that has a certificate.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Resource {
    /// The binding's own number.
    #[serde(default, deserialize_with = "id_as_text")]
    id: String,
    /// The certificate's number.
    #[serde(default, deserialize_with = "id_as_text")]
    pub cert_id: String,
    /// Whose: `aliyun`, `Tencent`, …
    #[serde(default, deserialize_with = "null_as_default")]
    pub cloud_name: String,
    /// `CDN`, `GA`, `SLB`, …
    #[serde(default, deserialize_with = "null_as_default")]
    pub cloud_product: String,
    /// The domain, where it has one.
    #[serde(default, deserialize_with = "null_as_default")]
    pub domain: String,
    /// The instance, where the product has instances.
    #[serde(default, deserialize_with = "null_as_default")]
    pub instance_id: String,
    /// The listener, where there is one.
    #[serde(default, deserialize_with = "null_as_default")]
    pub listener_id: String,
    /// The region.
    #[serde(default, deserialize_with = "null_as_default")]
    pub region_id: String,
}

impl Resource {
    /// Tells it from every other one of a list.
    pub fn key(&self) -> String {
        match self.id.is_empty() {
            true => format!("{self:?}"),
            false => self.id.clone(),
        }
    }
}

impl<'a> ListCloudResources<'a> {
    /// The call for a page.
    pub fn page(cert_ids: &'a [&'a str], cursor: &Cursor) -> Self {
        ListCloudResources {
            cert_ids,
            current_page: cursor.number,
            show_size: PAGE_LIMIT,
        }
    }

    /// A page, opened.
    pub fn open(reply: Resources) -> Page<Resource> {
        Page {
            items: reply.data,
            rest: Rest::Total(reply.total),
        }
    }
}

impl Operation for ListCloudResources<'_> {
    type Reply = Resources;
    const SERVICE: &'static Service = &CAS;
    const ACTION: &'static str = "ListCloudResources";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        // One parameter that holds a JSON array.
        Params::new()
            .text("CertIds", format!("[{}]", self.cert_ids.join(",")))
            .int("CurrentPage", self.current_page)
            .int("ShowSize", self.show_size)
    }
}
