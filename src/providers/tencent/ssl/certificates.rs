//! The certificates of the account.

use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

use super::SSL;
use crate::providers::page::Page;
use crate::providers::time::{Time, china};
use crate::providers::{Effect, Operation, Params, Service, Value, id_as_text, null_as_default};
use crate::secret::Secret;

/// The most certificates that a page of [`DescribeCertificates`] has; a larger limit is taken for
/// this one.
pub const CERTIFICATE_PAGE: u32 = 1000;

/// For whom a certificate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateType {
    /// A server.
    Svr,
    /// An authority that signs clients' certificates.
    Ca,
}

impl CertificateType {
    /// The vendor's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            CertificateType::Svr => "SVR",
            CertificateType::Ca => "CA",
        }
    }
}

/// Puts a certificate into the store. One that is there already is found, not stored twice, unless
/// that is asked for: its id comes back.
///
/// A lost answer goes back to the caller: a repeated call finds what the first one stored, and
/// cannot say that it was not there before.
///
/// <https://www.tencentcloud.com/document/product/1007/36575>
#[derive(Clone, Debug)]
pub struct UploadCertificate<'a> {
    /// PEM: the leaf, then each issuer of the one before; 10 MiB for the whole call.
    pub chain: &'a str,
    /// PEM; an authority has none.
    pub key: Option<&'a Secret>,
    /// For whom it is.
    pub kind: CertificateType,
    /// A name for people. One that is there already keeps its own.
    pub alias: Option<&'a str>,
    /// The project, 0 where none is given.
    pub project: Option<u32>,
    /// Whether one that is there already is stored once more, under another id.
    pub repeatable: bool,
}

/// The answer to [`UploadCertificate`].
#[derive(Debug, Deserialize)]
pub struct UploadedCertificate {
    /// The certificate's id, be it new or not.
    #[serde(rename = "CertificateId", deserialize_with = "id_as_text")]
    pub certificate: String,
    /// The id of the one that was there already; empty where there was none.
    #[serde(rename = "RepeatCertId", default, deserialize_with = "id_as_text")]
    pub repeated: String,
}

impl Operation for UploadCertificate<'_> {
    type Reply = UploadedCertificate;
    const SERVICE: &'static Service = &SSL;
    const ACTION: &'static str = "UploadCertificate";
    const EFFECT: Effect = Effect::Reconciled;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        let params = Params::new()
            .text("CertificatePublicKey", self.chain)
            .secret("CertificatePrivateKey", self.key)
            .text("CertificateType", self.kind.as_str())
            .maybe("Alias", self.alias);
        let params = match self.project {
            Some(project) => params.int("ProjectId", project),
            None => params,
        };
        params.flag("Repeatable", self.repeatable)
    }
}

/// Lists certificates, the newest first.
///
/// <https://www.tencentcloud.com/document/product/1007/36574>
#[derive(Clone, Debug, Default)]
pub struct DescribeCertificates<'a> {
    /// How many to pass over.
    pub offset: usize,
    /// How many to list, up to [`CERTIFICATE_PAGE`].
    pub limit: u32,
    /// Part of an id, an alias or a domain.
    pub search: Option<&'a str>,
    /// For whom it is.
    pub kind: Option<CertificateType>,
    /// The vendor's numbers of statuses, see [`STATUSES`].
    pub statuses: &'a [i64],
    /// `upload` or `buy`.
    pub source: Option<&'a str>,
    /// The project.
    pub project: Option<u32>,
}

/// A page of [`DescribeCertificates`].
#[derive(Debug, Deserialize)]
pub struct CertificatePage {
    /// How many there are in all; the international site may leave it open.
    #[serde(rename = "TotalCount", default)]
    pub total: Option<usize>,
    /// Those of this page; may be null, but is there.
    #[serde(rename = "Certificates", deserialize_with = "null_as_default")]
    pub certificates: Vec<Certificate>,
}

impl From<CertificatePage> for Page<Certificate> {
    fn from(page: CertificatePage) -> Self {
        super::open_page(page.total, Some(page.certificates))
    }
}

/// What the answers tell of a certificate. The private key that comes with some of them is not
/// read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Certificate {
    /// The id: eight letters and digits.
    #[serde(deserialize_with = "id_as_text")]
    pub certificate_id: String,
    /// The name for people.
    #[serde(default, deserialize_with = "null_as_default")]
    pub alias: String,
    /// The first name.
    #[serde(default, deserialize_with = "null_as_default")]
    pub domain: String,
    /// The names, in some answers without the first one.
    #[serde(default, deserialize_with = "null_as_default")]
    pub subject_alt_name: Vec<String>,
    /// The vendor's number, see [`STATUSES`].
    #[serde(default)]
    pub status: Option<i64>,
    /// What the vendor says of the status.
    #[serde(default, deserialize_with = "null_as_default")]
    pub status_msg: String,
    /// `SVR` or `CA`.
    #[serde(default, deserialize_with = "null_as_default")]
    pub certificate_type: String,
    /// `upload`, or whose certificate was bought: `trustasia`, `wosign`, `sheca`.
    #[serde(default, deserialize_with = "null_as_default")]
    pub from: String,
    /// The project's number, as text.
    #[serde(default, deserialize_with = "id_as_text")]
    pub project_id: String,
    /// The first second in which it is valid.
    #[serde(default, deserialize_with = "china")]
    pub cert_begin_time: Option<Time>,
    /// The last second in which it is valid.
    #[serde(default, deserialize_with = "china")]
    pub cert_end_time: Option<Time>,
    /// When it was uploaded or applied for.
    #[serde(default, deserialize_with = "china")]
    pub insert_time: Option<Time>,
    /// Whether it can be put on cloud resources.
    #[serde(default)]
    pub deployable: Option<bool>,
    /// The chain; only in the answer to [`DescribeCertificateDetail`].
    #[serde(default)]
    pub certificate_public_key: Option<String>,
    /// Whether a private key came along; its text is not read.
    #[serde(
        rename = "CertificatePrivateKey",
        default,
        deserialize_with = "is_there"
    )]
    pub has_private_key: bool,
}

impl Certificate {
    /// The names that it is for, the first one first, each once.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for name in std::iter::once(&self.domain).chain(&self.subject_alt_name) {
            if !name.is_empty() && !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }
}

/// Whether a text is there, without keeping it.
pub(super) fn is_there<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let value = Json::deserialize(deserializer)?;
    Ok(value.as_str().is_some_and(|text| !text.is_empty()))
}

/// The vendor's numbers of statuses, in words.
///
/// <https://www.tencentcloud.com/document/product/1007/36578>
pub const STATUSES: [(i64, &str); 16] = [
    (0, "reviewing"),
    (1, "issued"),
    (2, "review-failed"),
    (3, "expired"),
    (4, "dns-record-added"),
    (5, "awaiting-submission"),
    (6, "cancelling"),
    (7, "cancelled"),
    (8, "awaiting-confirmation-letter"),
    (9, "revoking"),
    (10, "revoked"),
    (11, "reissuing"),
    (12, "awaiting-revocation-letter"),
    (13, "awaiting-data"),
    (14, "refunded"),
    (15, "migrating"),
];

/// A status in words; one that is not documented keeps its number.
pub fn status_word(status: i64) -> String {
    let known = STATUSES.iter().find(|(number, _)| *number == status);
    known.map_or_else(
        || format!("status-{status}"),
        |(_, word)| (*word).to_owned(),
    )
}

impl Operation for DescribeCertificates<'_> {
    type Reply = CertificatePage;
    const SERVICE: &'static Service = &SSL;
    const ACTION: &'static str = "DescribeCertificates";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        let mut params = Params::new()
            .int("Offset", self.offset as i64)
            .int("Limit", self.limit)
            .maybe("SearchKey", self.search)
            .maybe("CertificateType", self.kind.map(CertificateType::as_str))
            .maybe("FilterSource", self.source);
        if let Some(project) = self.project {
            params = params.int("ProjectId", project);
        }
        if !self.statuses.is_empty() {
            let statuses = self.statuses.iter();
            let statuses = statuses.map(|status| Value::Int(*status));
            params = params.list("CertificateStatus", statuses);
        }
        params
    }
}

/// Reads what is known of a certificate, without the certificate itself.
///
/// <https://www.tencentcloud.com/document/product/1007/36578>
#[derive(Clone, Debug)]
pub struct DescribeCertificate<'a> {
    /// The id.
    pub certificate: &'a str,
}

impl Operation for DescribeCertificate<'_> {
    type Reply = Certificate;
    const SERVICE: &'static Service = &SSL;
    const ACTION: &'static str = "DescribeCertificate";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        Params::new().text("CertificateId", self.certificate)
    }
}

/// Reads a certificate with its chain. The answer carries its private key in clear, which is not
/// read.
///
/// <https://www.tencentcloud.com/document/product/1007/36577>
#[derive(Clone, Debug)]
pub struct DescribeCertificateDetail<'a> {
    /// The id.
    pub certificate: &'a str,
}

impl Operation for DescribeCertificateDetail<'_> {
    type Reply = Certificate;
    const SERVICE: &'static Service = &SSL;
    const ACTION: &'static str = "DescribeCertificateDetail";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        Params::new().text("CertificateId", self.certificate)
    }
}

/// Reads a certificate with its private key, in the forms of several servers, as a ZIP archive.
///
/// <https://www.tencentcloud.com/document/product/1007/36576>
#[derive(Clone, Debug)]
pub struct DownloadCertificate<'a> {
    /// The id.
    pub certificate: &'a str,
}

/// The answer to [`DownloadCertificate`].
#[derive(Debug, Deserialize)]
pub struct DownloadedCertificate {
    /// The archive in base64; the international site may send none. There is a private key in it.
    #[serde(rename = "Content", default, deserialize_with = "secret")]
    pub content: Option<Secret>,
}

/// Takes a text over as a secret.
pub(super) fn secret<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Secret>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.filter(|text| !text.is_empty()).map(Secret::new))
}

impl Operation for DownloadCertificate<'_> {
    type Reply = DownloadedCertificate;
    const SERVICE: &'static Service = &SSL;
    const ACTION: &'static str = "DownloadCertificate";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        Params::new().text("CertificateId", self.certificate)
    }
}

/// Names a certificate.
///
/// <https://www.tencentcloud.com/document/product/1007/36572>
#[derive(Clone, Debug)]
pub struct ModifyCertificateAlias<'a> {
    /// The id.
    pub certificate: &'a str,
    /// The new name.
    pub alias: &'a str,
}

/// The answer to [`ModifyCertificateAlias`].
#[derive(Debug, Deserialize)]
pub struct NamedCertificate {}

impl Operation for ModifyCertificateAlias<'_> {
    type Reply = NamedCertificate;
    const SERVICE: &'static Service = &SSL;
    const ACTION: &'static str = "ModifyCertificateAlias";
    const EFFECT: Effect = Effect::Repeatable;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        Params::new()
            .text("CertificateId", self.certificate)
            .text("Alias", self.alias)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::providers::page::Rest;

    /// Every member that may be null is, and a private key that comes is not kept.
    #[test]
    fn nulls_are_absence() {
        let answer = json!({
            "CertificateId": "CyQfAvFQ", "Alias": null, "Domain": null, "SubjectAltName": null,
            "Status": null, "StatusMsg": null, "CertificateType": null, "From": null,
            "ProjectId": null, "CertBeginTime": null, "CertEndTime": "", "InsertTime": null,
            "Deployable": null, "CertificatePublicKey": null, "CertificatePrivateKey": null,
        });
        let certificate: Certificate = serde_json::from_value(answer).unwrap();
        assert_eq!(certificate.names(), [""; 0]);
        assert_eq!(certificate.cert_end_time, None);
        assert!(!certificate.has_private_key);
        let page: CertificatePage =
            serde_json::from_value(json!({"TotalCount": null, "Certificates": null})).unwrap();
        assert_eq!(Page::from(page).rest, Rest::Open);
    }

    #[test]
    fn names_are_whole_whether_the_first_one_is_repeated_or_not() {
        for others in [json!(["a.com", "b.com"]), json!(["b.com"])] {
            let answer = json!({
                "CertificateId": "CyQfAvFQ", "Domain": "a.com", "SubjectAltName": others,
                "CertEndTime": "2026-02-01 07:59:59", "CertificatePrivateKey": "secret",
            });
            let certificate: Certificate = serde_json::from_value(answer).unwrap();
            assert_eq!(certificate.names(), ["a.com", "b.com"]);
            let end = certificate.cert_end_time.unwrap().to_string();
            assert_eq!(end, "2026-01-31T23:59:59Z");
            assert!(certificate.has_private_key);
            assert!(!format!("{certificate:?}").contains("secret"));
        }
    }
}
