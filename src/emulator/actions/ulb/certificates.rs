//! Certificates: created, renamed, deleted and shown.

use serde_json::{Value, json};

use crate::emulator::material::{self, Unfit};
use crate::emulator::reply::{Refusal, members};

use super::balancers::ssl_set;
use super::store::Certificate;
use super::{Account, Call, Data, absent, in_use, missing, not_available, paged, required, unfit};

/// The longest name, in characters.
const NAME_LIMIT: usize = 50;

/// DescribeSSLV2: the private key stands in `SSLContent`, as in the vendor's answer.
///
/// # Errors
/// The vendor's refusals.
pub fn describe(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let state = account.ulb.place(call)?.seen(call.instant);
    let wanted = call.params.filled("SSLId");
    let rows: Vec<_> = state
        .certificates
        .iter()
        .filter(|certificate| wanted.is_none_or(|id| id == certificate.id))
        .map(|certificate| {
            let relations: Vec<_> = state
                .bindings
                .iter()
                .filter(|binding| binding.certificate == certificate.id)
                .map(|binding| {
                    json!({
                        "LoadBalancerId": binding.balancer,
                        "LoadBalancerName": binding.balancer,
                        "ListenerId": binding.listener,
                        "ListenerName": binding.listener,
                        "IsDefault": binding.default,
                    })
                })
                .collect();
            let mut row = certificate.summary();
            row.insert("Relations".to_owned(), json!(relations));
            Value::Object(row)
        })
        .collect();
    if wanted.is_some() && rows.is_empty() {
        return Err(absent());
    }
    paged(call, "DataSet", rows, 20)
}

/// DescribeSSL, the older one: it shows what a certificate is bound to on CLBs alone, and no
/// alternative names.
///
/// # Errors
/// The vendor's refusals.
pub fn describe_older(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let state = account.ulb.place(call)?.seen(call.instant);
    let wanted = call.params.filled("SSLId");
    let certificates = state.certificates.iter();
    let rows: Vec<_> = certificates
        .filter(|certificate| wanted.is_none_or(|id| id == certificate.id))
        .map(|certificate| ssl_set(state, certificate))
        .collect();
    if wanted.is_some() && rows.is_empty() {
        return Err(absent());
    }
    paged(call, "DataSet", rows, 20)
}

/// CreateSSL: every call makes another certificate, of whatever content.
///
/// # Errors
/// The vendor's refusals. The emulator's own: 230 where more than one of the three forms is given,
/// 4111 for whatever is unfit, an unknown certificate of USSL is 4210.
pub fn create(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    account.ulb.place(call)?;
    let name = name(call)?;
    if call
        .params
        .filled("SSLType")
        .is_some_and(|kind| kind != "Pem")
    {
        return Err(not_available("SSLType"));
    }
    let id = format!("ssl-{}", &call.request_id[..8]);
    let content = call.params.filled("SSLContent");
    let parts = ["UserCert", "PrivateKey", "CaCert"].map(|part| call.params.filled(part));
    let ussl = call.params.filled("USSLId");
    let in_parts = parts.iter().any(Option::is_some);
    let made = match (content, in_parts, ussl) {
        (Some(content), false, None) => Certificate {
            id,
            name,
            facts: material::read(content, content).map_err(refused)?,
            content: content.to_owned(),
            ussl: None,
        },
        (None, true, None) => {
            let leaf = parts[0].ok_or_else(|| missing("UserCert"))?;
            let key = parts[1].ok_or_else(|| missing("PrivateKey"))?;
            let issuers = parts[2].unwrap_or_default();
            let chain = lines(leaf) + &lines(issuers);
            Certificate {
                id,
                name,
                facts: material::read(&chain, key).map_err(refused)?,
                content: lines(leaf) + &lines(key) + &lines(issuers),
                ussl: None,
            }
        }
        (None, false, Some(ussl)) => Certificate {
            id,
            name,
            ussl: Some(ussl.to_owned()),
            ..account.ulb.ussl(ussl)?
        },
        (None, false, None) => return Err(missing("SSLContent")),
        (Some(_), ..) => return Err(not_available("SSLContent")),
        (None, true, Some(_)) => return Err(not_available("USSLId")),
    };
    let answer = json!({ "SSLId": made.id });
    let state = account.ulb.place(call)?.change(call.instant);
    state.certificates.push(made);
    Ok(members(answer))
}

/// UpdateSSLAttribute: the name, nothing else.
///
/// # Errors
/// The vendor's refusals.
pub fn rename(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let place = account.ulb.place(call)?;
    let id = required(call, "SSLId")?;
    place.now().certificate(id)?;
    let name = name(call)?;
    let state = place.change(call.instant);
    for certificate in &mut state.certificates {
        if certificate.id == id {
            certificate.name.clone_from(&name);
        }
    }
    Ok(Data::new())
}

/// DeleteSSL.
///
/// # Errors
/// The vendor's refusals; 4108 while the certificate is bound.
pub fn delete(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let place = account.ulb.place(call)?;
    let id = required(call, "SSLId")?;
    place.now().certificate(id)?;
    if place
        .now()
        .bindings
        .iter()
        .any(|binding| binding.certificate == id)
    {
        return Err(in_use());
    }
    let state = place.change(call.instant);
    state
        .certificates
        .retain(|certificate| certificate.id != id);
    Ok(Data::new())
}

/// The name: letters, digits, Chinese characters and `-_.`.
fn name(call: &Call<'_>) -> Result<String, Refusal> {
    let name = required(call, "SSLName")?;
    if name.chars().count() > NAME_LIMIT {
        return Err(Refusal::inside("4114", "名称长度最大支持50个字符。"));
    }
    let allowed = |c: char| match c.is_ascii() {
        true => c.is_ascii_alphanumeric() || "-_.".contains(c),
        false => c.is_alphabetic(),
    };
    match name.chars().all(allowed) {
        true => Ok(name.to_owned()),
        false => Err(Refusal::inside("4997", "string包含非法字符")),
    }
}

fn refused(reason: Unfit) -> Refusal {
    match reason {
        Unfit::TooLong => Refusal::inside("4993", "string长度超过限制范围"),
        _ => unfit(),
    }
}

/// A text that ends in a line break, if it is one at all.
fn lines(text: &str) -> String {
    match text.trim_end() {
        "" => String::new(),
        text => format!("{text}\n"),
    }
}
