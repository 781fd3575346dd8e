//! Signing requests.

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

use super::SSL;
use super::certificates::{is_there, secret};
use crate::providers::page::Page;
use crate::providers::time::{Time, china};
use crate::providers::{
    Effect, Operation, Params, Service, Value, id_as_text, null_as_default, reply,
};
use crate::secret::Secret;

/// The most CSR ids a call may carry.
pub const CSR_ID_LIMIT: usize = 100;

/// The most CSRs that a page of [`DescribeCSRSet`] has.
pub const CSR_PAGE: u32 = 100;

/// The code for an id that is not there, or not the caller's.
pub const INVALID_CSR_ID: &str = "InvalidParameter.InvalidCSRId";

/// Deletes CSRs. Success does not mean that all were deleted: the answer lists those that were,
/// and gives no reason for the others. Run twice, it no longer lists what the first run deleted.
///
/// <https://www.tencentcloud.com/document/product/1007/56820>
#[derive(Clone, Debug)]
pub struct BatchDeleteCSR<'a> {
    /// Up to [`CSR_ID_LIMIT`] ids.
    pub csr_ids: &'a [i64],
}

/// The answer to [`BatchDeleteCSR`].
#[derive(Debug, Deserialize)]
pub struct DeletedCSRs {
    /// The ids that were deleted, in no particular order.
    #[serde(rename = "Success", default, deserialize_with = "null_as_default")]
    pub success: Vec<i64>,
}

impl Operation for BatchDeleteCSR<'_> {
    type Reply = DeletedCSRs;
    const SERVICE: &'static Service = &SSL;
    const ACTION: &'static str = "BatchDeleteCSR";
    const EFFECT: Effect = Effect::Reconciled;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        let ids = self.csr_ids.iter().map(|id| Value::Int(*id)).collect();
        Params::new().with("CSRIds", Value::List(ids))
    }
}

/// Reads one CSR. The answer carries its private key and the key's password in clear, which are
/// not read; see [`DescribeCSRKey`].
///
/// <https://www.tencentcloud.com/document/product/1007/56818>
#[derive(Clone, Debug)]
pub struct DescribeCSR {
    /// The id.
    pub csr_id: i64,
}

/// What the answers tell of a CSR.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Csr {
    /// The id.
    #[serde(default)]
    pub id: Option<i64>,
    /// The common name.
    #[serde(default, deserialize_with = "null_as_default")]
    pub domain: String,
    /// The names besides; the mainland site has them.
    #[serde(default, deserialize_with = "null_as_default")]
    pub subject_alt_name: Vec<String>,
    /// The organization.
    #[serde(default, deserialize_with = "null_as_default")]
    pub organization: String,
    /// The department.
    #[serde(default, deserialize_with = "null_as_default")]
    pub department: String,
    /// The address for mail.
    #[serde(default, deserialize_with = "null_as_default")]
    pub email: String,
    /// The province.
    #[serde(default, deserialize_with = "null_as_default")]
    pub province: String,
    /// The city.
    #[serde(default, deserialize_with = "null_as_default")]
    pub city: String,
    /// The country's code (ISO 3166).
    #[serde(default, deserialize_with = "null_as_default")]
    pub country: String,
    /// `RSA` or `ECC`.
    #[serde(default, deserialize_with = "null_as_default")]
    pub encrypt_algo: String,
    /// `2048`, `4096` or `prime256v1`.
    #[serde(default, deserialize_with = "id_as_text")]
    pub key_parameter: String,
    /// The remark.
    #[serde(default, deserialize_with = "null_as_default")]
    pub remarks: String,
    /// The vendor's number; what the numbers mean is not documented.
    #[serde(default)]
    pub status: Option<i64>,
    /// When it was made.
    #[serde(default, deserialize_with = "china")]
    pub create_time: Option<Time>,
    /// The request in PEM, once it is generated; lists leave it out.
    #[serde(rename = "CSR", default, deserialize_with = "null_as_default")]
    pub request: String,
    /// Whether a private key came along; its text is not read.
    #[serde(rename = "PrivateKey", default, deserialize_with = "is_there")]
    pub has_private_key: bool,
    /// Whether a password came along; its text is not read.
    #[serde(rename = "KeyPassword", default, deserialize_with = "is_there")]
    pub has_password: bool,
}

impl Csr {
    /// Tells it from every other one of a list.
    pub fn key(&self) -> String {
        self.id.map(|id| id.to_string()).unwrap_or_default()
    }
}

/// The answer to [`DescribeCSR`]: unlike in lists, the id has to be there.
#[derive(Debug)]
pub struct DescribedCsr(pub Csr);

impl<'de> Deserialize<'de> for DescribedCsr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let csr = Csr::deserialize(deserializer)?;
        match csr.id {
            Some(_) => Ok(DescribedCsr(csr)),
            None => Err(serde::de::Error::missing_field("Id")),
        }
    }
}

impl Operation for DescribeCSR {
    type Reply = DescribedCsr;
    const SERVICE: &'static Service = &SSL;
    const ACTION: &'static str = "DescribeCSR";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        Params::new().int("CSRId", self.csr_id)
    }
}

/// Reads one CSR with its private key: [`DescribeCSR`], for the one command that writes the key
/// into a file.
#[derive(Clone, Debug)]
pub struct DescribeCSRKey {
    /// The id.
    pub csr_id: i64,
}

/// The answer to [`DescribeCSRKey`].
#[derive(Debug)]
pub struct CsrKey {
    /// All but the key.
    pub csr: DescribedCsr,
    /// The private key in PEM, once it is generated.
    pub key: Option<Secret>,
}

impl<'de> Deserialize<'de> for CsrKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut answer = Json::deserialize(deserializer)?;
        let key = answer.get_mut("PrivateKey").map(Json::take);
        let key = secret(key.unwrap_or_default()).map_err(D::Error::custom)?;
        let mut csr: DescribedCsr = reply::read(answer).map_err(D::Error::custom)?;
        csr.0.has_private_key = key.is_some();
        Ok(CsrKey { csr, key })
    }
}

impl Operation for DescribeCSRKey {
    type Reply = CsrKey;
    const SERVICE: &'static Service = &SSL;
    const ACTION: &'static str = DescribeCSR::ACTION;
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = DescribeCSR::RATE;

    fn params(&self) -> Params {
        Params::new().int("CSRId", self.csr_id)
    }
}

/// Lists CSRs.
///
/// <https://www.tencentcloud.com/document/product/1007/56817>
#[derive(Clone, Debug)]
pub struct DescribeCSRSet<'a> {
    /// How many to pass over.
    pub offset: usize,
    /// How many to list, up to [`CSR_PAGE`].
    pub limit: u32,
    /// Part of the domain.
    pub domain: Option<&'a str>,
    /// `RSA` or `ECC`.
    pub algorithm: Option<&'a str>,
}

/// A page of [`DescribeCSRSet`].
#[derive(Debug, Deserialize)]
pub struct CsrPage {
    /// How many there are in all.
    #[serde(rename = "Total", default)]
    pub total: Option<usize>,
    /// Those of this page; may be null, but is there.
    #[serde(rename = "Set", deserialize_with = "null_as_default")]
    pub csrs: Vec<Csr>,
}

impl From<CsrPage> for Page<Csr> {
    fn from(page: CsrPage) -> Self {
        super::open_page(page.total, Some(page.csrs))
    }
}

impl Operation for DescribeCSRSet<'_> {
    type Reply = CsrPage;
    const SERVICE: &'static Service = &SSL;
    const ACTION: &'static str = "DescribeCSRSet";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        Params::new()
            .int("Limit", self.limit)
            .int("Offset", self.offset as i64)
            .maybe("Domain", self.domain)
            .maybe("EncryptAlgo", self.algorithm)
    }
}

/// What a CSR says, as far as it is given.
#[derive(Clone, Debug, Default)]
pub struct CsrForm {
    /// The common name.
    pub domain: Option<String>,
    /// The names besides.
    pub names: Vec<String>,
    /// The organization.
    pub organization: Option<String>,
    /// The department.
    pub department: Option<String>,
    /// The address for mail.
    pub email: Option<String>,
    /// The province.
    pub province: Option<String>,
    /// The city.
    pub city: Option<String>,
    /// The country's code (ISO 3166).
    pub country: Option<String>,
    /// `RSA` or `ECC`.
    pub algorithm: Option<String>,
    /// `2048`, `4096` or `prime256v1`.
    pub key_parameter: Option<String>,
    /// The private key's password.
    pub password: Option<Secret>,
    /// The remark.
    pub remark: Option<String>,
}

impl CsrForm {
    fn params(&self, params: Params) -> Params {
        let params = params
            .maybe("Domain", self.domain.as_deref())
            .maybe("Organization", self.organization.as_deref())
            .maybe("Department", self.department.as_deref())
            .maybe("Email", self.email.as_deref())
            .maybe("Province", self.province.as_deref())
            .maybe("City", self.city.as_deref())
            .maybe("Country", self.country.as_deref())
            .maybe("EncryptAlgo", self.algorithm.as_deref())
            .maybe("KeyParameter", self.key_parameter.as_deref())
            .secret("KeyPassword", self.password.as_ref())
            .maybe("Remark", self.remark.as_deref());
        match self.names.is_empty() {
            true => params,
            false => params.list(
                "SubjectAltName",
                self.names.iter().cloned().map(Value::from),
            ),
        }
    }

    /// Whether nothing is given.
    pub fn is_empty(&self) -> bool {
        let texts = [
            &self.domain,
            &self.organization,
            &self.department,
            &self.email,
            &self.province,
            &self.city,
            &self.country,
            &self.algorithm,
            &self.key_parameter,
            &self.remark,
        ];
        texts.iter().all(|text| text.is_none()) && self.names.is_empty() && self.password.is_none()
    }

    /// Whether a CSR says what is given here. A password cannot be compared: it is not read.
    pub fn is_met_by(&self, csr: &Csr) -> bool {
        let met = |given: &Option<String>, has: &str| given.as_deref().is_none_or(|g| g == has);
        met(&self.domain, &csr.domain)
            && met(&self.organization, &csr.organization)
            && met(&self.department, &csr.department)
            && met(&self.email, &csr.email)
            && met(&self.province, &csr.province)
            && met(&self.city, &csr.city)
            && met(&self.country, &csr.country)
            && met(&self.algorithm, &csr.encrypt_algo)
            && met(&self.key_parameter, &csr.key_parameter)
            && met(&self.remark, &csr.remarks)
            && (self.names.is_empty() || self.names == csr.subject_alt_name)
    }
}

/// Makes a CSR; the private key is made and kept by the cloud. Run twice, it makes two.
///
/// <https://www.tencentcloud.com/document/product/1007/56819>
#[derive(Clone, Debug)]
pub struct CreateCSR<'a> {
    /// Everything but password, remark and names has to be given.
    pub form: &'a CsrForm,
    /// Whether the request is generated now; it cannot be changed any more then.
    pub generate: bool,
    /// Tags and their values.
    pub tags: &'a [(String, String)],
}

/// The answer to [`CreateCSR`] and [`ModifyCSR`].
#[derive(Debug, Deserialize)]
pub struct CsrId {
    /// The id.
    #[serde(rename = "Id")]
    pub id: i64,
}

impl Operation for CreateCSR<'_> {
    type Reply = CsrId;
    const SERVICE: &'static Service = &SSL;
    const ACTION: &'static str = "CreateCSR";
    const EFFECT: Effect = Effect::Reconciled;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        let params = self.form.params(Params::new());
        let params = params.flag("Generate", self.generate);
        if self.tags.is_empty() {
            return params;
        }
        let tag = |(key, value): &(String, String)| {
            let tag = Params::new().text("TagKey", key).text("TagValue", value);
            Value::Struct(tag)
        };
        params.list("Tags", self.tags.iter().map(tag))
    }
}

/// Changes a CSR that is not generated yet, and may generate it.
///
/// <https://www.tencentcloud.com/document/product/1007/56816>
#[derive(Clone, Debug)]
pub struct ModifyCSR<'a> {
    /// The id.
    pub csr_id: i64,
    /// What is given is changed, the rest stays.
    pub form: &'a CsrForm,
    /// Whether the request is generated now; it cannot be changed any more then.
    pub generate: bool,
}

impl Operation for ModifyCSR<'_> {
    type Reply = CsrId;
    const SERVICE: &'static Service = &SSL;
    const ACTION: &'static str = "ModifyCSR";
    const EFFECT: Effect = Effect::Reconciled;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        let params = Params::new().int("CSRId", self.csr_id);
        self.form.params(params.flag("Generate", self.generate))
    }
}
