//! Certificates come in and go.

use serde_json::json;

use crate::emulator::material::{self, Unfit};
use crate::emulator::reply::{Refusal, members};

use super::{Account, Call, Data, Source, Upload, bad, find, required, site};

/// The longest name, in characters.
const MAX_NAME: usize = 63;

/// UploadUserCertificate; the ShangMi pair is not emulated.
///
/// # Errors
/// The vendor's refusals. Of their codes none is published; the messages are what users quote, the
/// codes the emulator's own.
pub fn upload(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let name = required(call, "Name")?;
    if name.chars().count() > MAX_NAME {
        return Err(bad("InvalidParameter.Name", "证书名称过长，请重新输入。"));
    }
    let (cert, key) = (required(call, "Cert")?, required(call, "Key")?);
    let asked = ["Name", "Cert", "Key"];
    if let Some(answer) = repeated(call, account, &asked)? {
        return Ok(answer);
    }
    let facts = material::read(cert, key).map_err(|unfit| match unfit {
        Unfit::Mismatch => bad("CertKeyNotMatch", "证书和私钥不匹配，请检查输入内容。"),
        _ => bad("-1008", "证书格式异常，请检查输入内容。"),
    })?;
    let region = site(call);
    if account.cas.named(region, name).is_some() {
        return Err(bad("NameRepeat", "名称重复，请重新输入。"));
    }
    let certificate = account.cas.add(Upload {
        name: Some(name),
        kind: "cas",
        region,
        pem: cert,
        key,
        facts,
    });
    let answer = members(json!({
        "RequestId": call.request_id,
        "CertId": certificate.id,
        "ResourceId": certificate.instance(),
    }));
    remember(call, account, &asked, &answer);
    Ok(answer)
}

/// DeleteUserCertificate: whether it is in use is not asked.
///
/// # Errors
/// As [`upload`]; a bought one that has not expired stays.
pub fn delete(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let asked = ["CertId"];
    if let Some(answer) = repeated(call, account, &asked)? {
        return Ok(answer);
    }
    let certificate = find(call, account, "CertId")?;
    if certificate.source == Source::Bought && !certificate.expired(call.utc) {
        return Err(bad("CertStatusError", "证书未过期，不支持删除。"));
    }
    account.cas.remove(certificate.id);
    let answer = members(json!({ "RequestId": call.request_id }));
    remember(call, account, &asked, &answer);
    Ok(answer)
}

/// What the same call under the same token was answered.
fn repeated(call: &Call<'_>, account: &Account, asked: &[&str]) -> Result<Option<Data>, Refusal> {
    let Some(token) = call.params.filled("ClientToken") else {
        return Ok(None);
    };
    if !token.is_ascii() || token.len() > 64 {
        return Err(bad(
            "InvalidParameter",
            "The specified ClientToken is invalid.",
        ));
    }
    match account.cas.tokens.get(token) {
        None => Ok(None),
        Some((earlier, answer)) if *earlier == business(call, asked) => Ok(Some(answer.clone())),
        Some(_) => Err(bad(
            "IdempotentParameterMismatch",
            "The request uses the same client token as a previous, but non-identical request.",
        )),
    }
}

fn remember(call: &Call<'_>, account: &mut Account, asked: &[&str], answer: &Data) {
    if let Some(token) = call.params.filled("ClientToken") {
        let done = (business(call, asked), answer.clone());
        account.cas.tokens.insert(token.to_owned(), done);
    }
}

fn business(call: &Call<'_>, asked: &[&str]) -> Vec<(String, String)> {
    let given = |name: &&str| {
        let value = call.params.text(name)?;
        Some(((*name).to_owned(), value.to_owned()))
    };
    asked.iter().filter_map(given).collect()
}
