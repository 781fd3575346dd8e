//! Uploading certificates and naming them.

use serde_json::{Value, json};

use super::{Certificate, Kind, Origin, not_found};
use crate::emulator::actions::ssl::fields;
use crate::emulator::actions::{Account, Call, Data};
use crate::emulator::material::{self, Facts, Unfit};
use crate::emulator::reply::{Refusal, members};

/// What UploadCertificate takes.
pub const UPLOAD: &[&str] = &[
    "CertificatePublicKey",
    "CertificatePrivateKey",
    "CertificateType",
    "Alias",
    "ProjectId",
    "CertificateUse",
    "Tags",
    "Repeatable",
    "KeyPassword",
];

/// UploadCertificate. A certificate that is there already is uploaded once more, unless
/// `Repeatable` is false: then both ids are that of the first.
///
/// # Errors
/// The vendor's refusals.
pub fn upload(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let chain = fields::required_text(call, "CertificatePublicKey")?;
    let key = fields::text(call, "CertificatePrivateKey")?;
    let kind = match fields::word(call, "CertificateType", &["SVR", "CA"])? {
        Some("CA") => Kind::Authority,
        _ => Kind::Server,
    };
    let alias = fields::text(call, "Alias")?.unwrap_or_default();
    let project = fields::count(call, "ProjectId")?.unwrap_or(0);
    let purpose = fields::text(call, "CertificateUse")?.unwrap_or_default();
    let repeatable = fields::switch(call, "Repeatable")?.unwrap_or(true);
    fields::text(call, "KeyPassword")?;
    let tags = tags(call)?;
    let (facts, key) = match kind {
        Kind::Server => {
            let key = key.ok_or_else(|| fields::missing("CertificatePrivateKey"))?;
            (read_server(chain, key)?, Some(key.to_owned()))
        }
        Kind::Authority => {
            let facts = material::read_authority(chain).map_err(|_| {
                Refusal::inside(
                    "FailedOperation.CertificateCaError",
                    "The certificate is not that of an authority.",
                )
            })?;
            (facts, None)
        }
    };
    let store = &mut account.ssl.certificates;
    if let Some(same) = store.same(chain).filter(|_| !repeatable) {
        return Ok(members(
            json!({ "CertificateId": same.id, "RepeatCertId": same.id }),
        ));
    }
    let id = fresh_id(call.request_id);
    store.add(Certificate {
        id: id.clone(),
        alias: alias.to_owned(),
        origin: Origin::Uploaded,
        kind,
        project,
        tags,
        purpose: purpose.to_owned(),
        facts,
        chain: chain.to_owned(),
        key,
        inserted: call.utc,
    });
    let none = match store.nulls {
        true => Value::Null,
        false => json!(""),
    };
    Ok(members(
        json!({ "CertificateId": id, "RepeatCertId": none }),
    ))
}

fn tags(call: &Call<'_>) -> Result<Vec<(String, String)>, Refusal> {
    let pairs = fields::structs(call, "Tags", &["TagKey", "TagValue"])?;
    let text = |text: &Option<&str>| text.unwrap_or_default().to_owned();
    Ok(pairs
        .iter()
        .map(|pair| (text(&pair[0]), text(&pair[1])))
        .collect())
}

fn read_server(chain: &str, key: &str) -> Result<Facts, Refusal> {
    material::read(chain, key).map_err(|unfit| {
        let (code, message) = match unfit {
            Unfit::TooLong | Unfit::Certificate if material::read_authority(chain).is_ok() => (
                "FailedOperation.CertificateCaError",
                "An authority's certificate is none of a server.",
            ),
            Unfit::Certificate | Unfit::TooLong => (
                "FailedOperation.CertificateInvalid",
                "The certificate is not valid.",
            ),
            Unfit::EmptyKey | Unfit::Key | Unfit::KeyKind => (
                "FailedOperation.CertificateParseError",
                "The private key cannot be read.",
            ),
            Unfit::Mismatch => (
                "FailedOperation.CertificateMatchError",
                "Certificate and private key do not match.",
            ),
        };
        Refusal::inside(code, message)
    })
}

/// ModifyCertificateAlias.
///
/// # Errors
/// The vendor's refusals.
pub fn rename(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let id = fields::required_text(call, "CertificateId")?;
    let alias = fields::text(call, "Alias")?.unwrap_or_default();
    let mut certificates = account.ssl.certificates.certificates.iter_mut();
    let found = certificates.find(|certificate| certificate.id == id);
    found.ok_or_else(not_found)?.alias = alias.to_owned();
    Ok(members(json!({ "CertificateId": id })))
}

/// Eight letters and digits, made of the request's own id.
fn fresh_id(request_id: &str) -> String {
    const DIGITS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let hex: String = request_id.chars().filter(char::is_ascii_hexdigit).collect();
    let mut number = u64::from_str_radix(&hex[..hex.len().min(16)], 16).unwrap_or_default();
    let mut id = String::new();
    for _ in 0..8 {
        id.push(char::from(DIGITS[(number % 62) as usize]));
        number /= 62;
    }
    id
}
