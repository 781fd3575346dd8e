//! Tencent Cloud SSL Certificates, 2019-12-05: certificate signing requests.

use std::collections::BTreeMap;

use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};

use crate::emulator::reply::{Refusal, members};
use crate::emulator::scenario::{AccountChanges, UnknownCsr};

use super::{fields, of};
use crate::emulator::actions::{Account, Action, Call, Data};

/// What is emulated of the signing requests.
pub const ACTIONS: &[Action] = &[
    of("BatchDeleteCSR", &["CSRIds"], batch_delete),
    of("DescribeCSR", &["CSRId"], describe),
    of(
        "DescribeCSRSet",
        &["Limit", "Offset", "Domain", "EncryptAlgo"],
        describe_set,
    ),
];

/// The account's CSRs.
pub struct Store {
    csrs: BTreeMap<i64, Deletion>,
    unknown: UnknownCsr,
    request: String,
    key: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Deletion {
    Allowed,
    Refused,
}

impl Store {
    /// The fixture's CSRs: 11 is there to stay, so that the document's sample comes out as printed.
    ///
    /// # Errors
    /// What the generator of keys says.
    pub fn new(changes: &AccountChanges) -> Result<Self, rcgen::Error> {
        let fixture = [22, 33].into_iter().chain(101..=400).collect();
        let deletable = changes.csr_ids.clone().unwrap_or(fixture);
        let kept = changes.protected_csr_ids.clone().unwrap_or(vec![11]);
        let mut csrs: BTreeMap<_, _> = deletable
            .into_iter()
            .map(|id| (id, Deletion::Allowed))
            .collect();
        csrs.extend(kept.into_iter().map(|id| (id, Deletion::Refused)));
        let key = KeyPair::generate()?;
        let params = CertificateParams::new(vec!["example.com".to_owned()])?;
        Ok(Store {
            csrs,
            unknown: changes.unknown_csr,
            request: params.serialize_request(&key)?.pem()?,
            key: key.serialize_pem(),
        })
    }
}

/// BatchDeleteCSR: names what it deleted, and says nothing of the rest.
///
/// # Errors
/// The vendor's refusals.
pub fn batch_delete(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let Some(list) = call.params.json.get("CSRIds") else {
        return Err(Refusal::inside(
            "MissingParameter",
            "The request is missing the required parameter `CSRIds`.",
        ));
    };
    let ids: Vec<i64> = list
        .as_array()
        .ok_or_else(|| mistyped("CSRIds", "a list"))?
        .iter()
        .map(|id| id.as_i64().ok_or_else(|| mistyped("CSRIds", "integers")))
        .collect::<Result<_, _>>()?;
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
        if told && store.csrs.get(&id) == Some(&Deletion::Allowed) {
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
    if !store.csrs.contains_key(&id) {
        return Err(unknown_id());
    }
    let mut csr = members(row(id));
    csr.extend(members(json!({
        "CSR": store.request, "PrivateKey": store.key, "KeyPassword": "sandbox-key-password",
    })));
    Ok(csr)
}

/// DescribeCSRSet.
///
/// # Errors
/// The vendor's refusals.
pub fn describe_set(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let number = |name: &str, default: u64| match call.params.json.get(name) {
        None | Some(Value::Null) => Ok(default),
        Some(value) => value.as_u64().ok_or_else(|| mistyped(name, "an integer")),
    };
    let limit = number("Limit", 10)?;
    let offset = number("Offset", 0)?;
    if !(1..=100).contains(&limit) {
        return Err(Refusal::inside(
            "InvalidParameterValue",
            "`Limit` must be from 1 to 100.",
        ));
    }
    let text = |name: &str| match call.params.json.get(name) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(mistyped(name, "a string")),
    };
    let (domain, algorithm) = (text("Domain")?, text("EncryptAlgo")?);
    let rows: Vec<_> = account
        .ssl
        .csrs
        .csrs
        .keys()
        .map(|id| row(*id))
        .filter(|row| row["Domain"].as_str().is_some_and(|d| d.contains(&domain)))
        .filter(|row| algorithm.is_empty() || row["EncryptAlgo"] == algorithm.as_str())
        .collect();
    Ok(members(json!({
        "Total": rows.len(),
        "Set": rows.into_iter().skip(offset as usize).take(call.page(limit as usize)).collect::<Vec<_>>(),
    })))
}

fn row(id: i64) -> Value {
    json!({
        "Id": id,
        "OwnerUin": "100000000001",
        "Domain": "example.com",
        "Organization": "Example",
        "Department": "Web",
        "Email": "admin@example.com",
        "Province": "Guangdong",
        "City": "Shenzhen",
        "Country": "CN",
        "EncryptAlgo": "ECC",
        "KeyParameter": "prime256v1",
        "Remarks": "",
        "Status": 1,
        "CreateTime": "2025-01-01 00:00:00",
    })
}

fn mistyped(name: &str, wanted: &str) -> Refusal {
    Refusal::inside(
        "InvalidParameter",
        format!("The value type of parameter `{name}` is not valid: {wanted} expected."),
    )
}

fn unknown_id() -> Refusal {
    Refusal::inside("InvalidParameter.InvalidCSRId", "Incorrect CSR ID.")
}
