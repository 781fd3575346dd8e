//! Tencent Cloud SSL Certificates, 2019-12-05: certificate signing requests.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeZone, Utc};
use rcgen::{CertificateParams, DnType, KeyPair};
use serde_json::{Value, json};

use crate::emulator::reply::{Refusal, members};
use crate::emulator::scenario::{AccountChanges, UnknownCsr};

use super::certificates::plain_time;
use super::{fields, of};
use crate::emulator::actions::{Account, Action, Call, Data};

/// What is emulated of the signing requests.
pub const ACTIONS: &[Action] = &[
    of("BatchDeleteCSR", &["CSRIds"], batch_delete),
    of("CreateCSR", CREATE, create),
    of("DescribeCSR", &["CSRId"], describe),
    of(
        "DescribeCSRSet",
        &["Limit", "Offset", "Domain", "EncryptAlgo"],
        describe_set,
    ),
    of("ModifyCSR", MODIFY, modify),
];

const CREATE: &[&str] = &[
    "Domain",
    "Organization",
    "Department",
    "Email",
    "Province",
    "City",
    "Country",
    "EncryptAlgo",
    "KeyParameter",
    "Generate",
    "KeyPassword",
    "Remark",
    "Tags",
    "SubjectAltName",
];

const MODIFY: &[&str] = &[
    "CSRId",
    "Generate",
    "Domain",
    "Organization",
    "Department",
    "Email",
    "Province",
    "City",
    "Country",
    "EncryptAlgo",
    "KeyParameter",
    "KeyPassword",
    "Remark",
    "SubjectAltName",
];

/// RSA keys are slow to make, so that every RSA CSR has one of these.
const RSA_2048: &str = include_str!("../../rsa/2048.pem");
const RSA_4096: &str = include_str!("../../rsa/4096.pem");

/// The account's CSRs.
pub struct Store {
    csrs: BTreeMap<i64, Csr>,
    /// Ids that were deleted are not given again.
    last_id: i64,
    unknown: UnknownCsr,
    nulls: bool,
    /// The key of every fixture CSR.
    key: String,
}

#[derive(Clone)]
struct Csr {
    deletion: Deletion,
    form: Form,
    names: Vec<String>,
    password: Option<String>,
    made: Made,
    created: DateTime<Utc>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Deletion {
    Allowed,
    Refused,
}

/// The fields that are one text each, in the vendor's names.
#[derive(Clone, Default)]
struct Form {
    domain: String,
    organization: String,
    department: String,
    email: String,
    province: String,
    city: String,
    country: String,
    algorithm: String,
    parameter: String,
    remark: String,
}

/// How far a CSR is.
#[derive(Clone)]
enum Made {
    /// It can still be changed.
    Draft,
    /// Of the fixture: the request is made when it is read.
    Fixture,
    /// It is what it is.
    Generated { request: String, key: String },
}

impl Store {
    /// The fixture's CSRs: 11 is there to stay, so that the document's sample comes out as printed;
    /// 101 to 110 are not generated yet.
    ///
    /// # Errors
    /// What the generator of keys says.
    pub fn new(changes: &AccountChanges) -> Result<Self, rcgen::Error> {
        let fixture = [22, 33].into_iter().chain(101..=400).collect();
        let deletable = changes.csr_ids.clone().unwrap_or(fixture);
        let kept = changes.protected_csr_ids.clone().unwrap_or(vec![11]);
        let mut csrs: BTreeMap<_, _> = deletable
            .into_iter()
            .map(|id| (id, fixture_csr(id, Deletion::Allowed)))
            .collect();
        csrs.extend(
            kept.into_iter()
                .map(|id| (id, fixture_csr(id, Deletion::Refused))),
        );
        Ok(Store {
            last_id: csrs.keys().max().copied().unwrap_or(0).max(0),
            csrs,
            unknown: changes.unknown_csr,
            nulls: changes.ssl_nulls,
            key: KeyPair::generate()?.serialize_pem(),
        })
    }

    fn get(&self, id: i64) -> Result<&Csr, Refusal> {
        self.csrs.get(&id).ok_or_else(unknown_id)
    }
}

fn fixture_csr(id: i64, deletion: Deletion) -> Csr {
    let draft = (101..=110).contains(&id);
    let domain = match id {
        ..=100 => "example.com".to_owned(),
        _ => format!("host{id}.example.com"),
    };
    Csr {
        deletion,
        form: Form {
            domain,
            organization: "Example".to_owned(),
            department: "Web".to_owned(),
            email: "admin@example.com".to_owned(),
            province: "Guangdong".to_owned(),
            city: "Shenzhen".to_owned(),
            country: "CN".to_owned(),
            algorithm: "ECC".to_owned(),
            parameter: "prime256v1".to_owned(),
            remark: String::new(),
        },
        names: Vec::new(),
        password: (!draft).then(|| "sandbox-key-password".to_owned()),
        made: match draft {
            true => Made::Draft,
            false => Made::Fixture,
        },
        created: Utc
            .with_ymd_and_hms(2024, 12, 31, 16, 0, 0)
            .single()
            .unwrap_or_default(),
    }
}

/// CreateCSR. Two calls make two.
///
/// # Errors
/// The vendor's refusals.
pub fn create(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let generate = fields::switch(call, "Generate")?.ok_or_else(|| fields::missing("Generate"))?;
    for name in &CREATE[..9] {
        fields::required_text(call, name)?;
    }
    fields::structs(call, "Tags", &["TagKey", "TagValue"])?;
    let mut csr = Csr {
        deletion: Deletion::Allowed,
        form: Form::default(),
        names: Vec::new(),
        password: None,
        made: Made::Draft,
        created: call.utc,
    };
    csr.fill(call)?;
    csr.check("FailedOperation.InvalidParam")?;
    if generate {
        csr.generate()?;
    }
    let store = &mut account.ssl.csrs;
    store.last_id += 1;
    store.csrs.insert(store.last_id, csr);
    Ok(members(json!({ "Id": store.last_id })))
}

/// ModifyCSR: a request that is generated stays as it is.
///
/// # Errors
/// The vendor's refusals.
pub fn modify(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    const DETAIL: &str = "InvalidParameter.WithDetailReason";
    let id = fields::required_int(call, "CSRId")?;
    let generate = fields::switch(call, "Generate")?.ok_or_else(|| fields::missing("Generate"))?;
    let store = &mut account.ssl.csrs;
    let mut csr = store.get(id)?.clone();
    if !matches!(csr.made, Made::Draft) {
        let message = "The CSR has been generated and can no longer be changed.";
        return Err(Refusal::inside(DETAIL, message));
    }
    csr.fill(call)?;
    csr.check(DETAIL)?;
    if generate {
        csr.generate()?;
    }
    store.csrs.insert(id, csr);
    Ok(members(json!({ "Id": id })))
}

impl Csr {
    /// Takes over what the call gives.
    fn fill(&mut self, call: &Call<'_>) -> Result<(), Refusal> {
        let form = &mut self.form;
        let texts = [
            ("Domain", &mut form.domain),
            ("Organization", &mut form.organization),
            ("Department", &mut form.department),
            ("Email", &mut form.email),
            ("Province", &mut form.province),
            ("City", &mut form.city),
            ("Country", &mut form.country),
            ("EncryptAlgo", &mut form.algorithm),
            ("KeyParameter", &mut form.parameter),
            ("Remark", &mut form.remark),
        ];
        for (name, field) in texts {
            if let Some(text) = fields::text(call, name)? {
                text.clone_into(field);
            }
        }
        if let Some(names) = fields::texts(call, "SubjectAltName")? {
            self.names = names.into_iter().map(str::to_owned).collect();
        }
        if let Some(password) = fields::text(call, "KeyPassword")? {
            self.password = Some(password.to_owned()).filter(|password| !password.is_empty());
        }
        Ok(())
    }

    fn check(&self, code: &str) -> Result<(), Refusal> {
        let form = &self.form;
        let key = (form.algorithm.as_str(), form.parameter.as_str());
        let country = form.country.as_bytes();
        let reason = match key {
            _ if form.domain.is_empty() => "Domain is empty",
            _ if country.len() != 2 || !country.iter().all(u8::is_ascii_uppercase) => {
                "Country is not a code of ISO 3166"
            }
            ("RSA", "2048" | "4096") | ("ECC", "prime256v1") => return Ok(()),
            ("RSA" | "ECC", _) => "KeyParameter does not go with EncryptAlgo",
            _ => "EncryptAlgo is neither RSA nor ECC",
        };
        Err(Refusal::inside(code, format!("{reason}.")))
    }

    fn generate(&mut self) -> Result<(), Refusal> {
        let key = match self.form.parameter.as_str() {
            "2048" => KeyPair::from_pem(RSA_2048),
            "4096" => KeyPair::from_pem(RSA_4096),
            _ => KeyPair::generate(),
        };
        let key = key.map_err(|_| broken())?;
        self.made = Made::Generated {
            request: self.request(&key)?,
            key: key.serialize_pem(),
        };
        Ok(())
    }

    /// The request, with the line ends of the vendor's sample.
    fn request(&self, key: &KeyPair) -> Result<String, Refusal> {
        let form = &self.form;
        let names = std::iter::once(&form.domain).chain(&self.names);
        let names: Vec<String> = names.cloned().collect();
        let mut params = CertificateParams::new(names).map_err(|_| broken())?;
        params.distinguished_name = Default::default();
        for (kind, value) in [
            (DnType::CountryName, &form.country),
            (DnType::StateOrProvinceName, &form.province),
            (DnType::LocalityName, &form.city),
            (DnType::OrganizationName, &form.organization),
            (DnType::OrganizationalUnitName, &form.department),
            (DnType::CommonName, &form.domain),
        ] {
            params.distinguished_name.push(kind, value);
        }
        let request = params.serialize_request(key).map_err(|_| broken())?;
        let pem = request.pem().map_err(|_| broken())?;
        Ok(pem.replace("\r\n", "\n").replace('\n', "\r\n"))
    }
}

/// BatchDeleteCSR: names what it deleted, and says nothing of the rest.
///
/// # Errors
/// The vendor's refusals.
pub fn batch_delete(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let ids = fields::ints(call, "CSRIds")?.ok_or_else(|| fields::missing("CSRIds"))?;
    if ids.is_empty() || ids.len() > 100 {
        return Err(Refusal::inside(
            "InvalidParameterValue",
            "The number of `CSRIds` must be from 1 to 100.",
        ));
    }
    let store = &mut account.ssl.csrs;
    let stranger = ids.iter().any(|id| !store.csrs.contains_key(id));
    if stranger && store.unknown == UnknownCsr::Refuse {
        return Err(unknown_id());
    }
    let mut deleted = Vec::new();
    for id in ids {
        let told = call.partial.is_none_or(|chosen| chosen.contains(&id));
        let csr = store.csrs.get(&id);
        if told && csr.is_some_and(|csr| csr.deletion == Deletion::Allowed) {
            store.csrs.remove(&id);
            deleted.push(id);
        }
    }
    let named = call.partial.map_or(deleted, <[i64]>::to_vec);
    Ok(members(json!({ "Success": named })))
}

/// DescribeCSR, private key and its password included as in the vendor's answer.
///
/// # Errors
/// The vendor's refusals.
pub fn describe(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let id = fields::required_int(call, "CSRId")?;
    let store = &account.ssl.csrs;
    let csr = store.get(id)?;
    let (request, key) = match &csr.made {
        Made::Draft => (None, None),
        Made::Generated { request, key } => (Some(request.clone()), Some(key.clone())),
        Made::Fixture => {
            let key = KeyPair::from_pem(&store.key).map_err(|_| broken())?;
            (Some(csr.request(&key)?), Some(store.key.clone()))
        }
    };
    let mut answer = members(row(id, csr, store.nulls));
    answer.extend(members(json!({
        "CSR": request, "PrivateKey": key, "KeyPassword": csr.password,
        "SubjectAltName": csr.names,
    })));
    Ok(answer)
}

/// DescribeCSRSet.
///
/// # Errors
/// The vendor's refusals.
pub fn describe_set(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    if fields::count(call, "Limit")?.is_some_and(|limit| !(1..=100).contains(&limit)) {
        return Err(fields::unfit("Limit", "it is from 1 to 100"));
    }
    let (offset, limit) = fields::page(call, 10, 100)?;
    let domain = fields::text(call, "Domain")?.unwrap_or_default();
    let algorithm = fields::text(call, "EncryptAlgo")?.unwrap_or_default();
    let store = &account.ssl.csrs;
    let admitted = |(_, csr): &(&i64, &Csr)| {
        csr.form.domain.contains(domain)
            && (algorithm.is_empty() || csr.form.algorithm == algorithm)
    };
    let rows: Vec<_> = store
        .csrs
        .iter()
        .filter(admitted)
        .map(|(id, csr)| row(*id, csr, store.nulls))
        .collect();
    Ok(members(json!({
        "Total": rows.len(),
        "Set": rows.into_iter().skip(offset).take(limit).collect::<Vec<_>>(),
    })))
}

fn row(id: i64, csr: &Csr, nulls: bool) -> Value {
    let form = &csr.form;
    let remark = match form.remark.is_empty() && nulls {
        true => Value::Null,
        false => json!(form.remark),
    };
    json!({
        "Id": id,
        "OwnerUin": "100000000001",
        "Domain": form.domain,
        "Organization": form.organization,
        "Department": form.department,
        "Email": form.email,
        "Province": form.province,
        "City": form.city,
        "Country": form.country,
        "EncryptAlgo": form.algorithm,
        "KeyParameter": form.parameter,
        "Remarks": remark,
        "Status": if matches!(csr.made, Made::Draft) { 0 } else { 1 },
        "CreateTime": plain_time(csr.created),
    })
}

fn unknown_id() -> Refusal {
    Refusal::inside("InvalidParameter.InvalidCSRId", "Incorrect CSR ID.")
}

fn broken() -> Refusal {
    Refusal::inside("FailedOperation.SystemError", "The CSR cannot be made.")
}
