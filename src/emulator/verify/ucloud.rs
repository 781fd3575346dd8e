//! UCloud's signature: SHA-1 over the sorted names and values and the private key.
//! <https://docs.ucloud.cn/api/summary/signature>

use serde_json::Value;

use crate::emulator::reply::{Format, Refusal};
use crate::emulator::request::{Params, Received};

use super::{Claim, hex};

/// Reads the parameters of query, form body or JSON body.
///
/// # Errors
/// RetCode 160 without an action, 170 without a signature, 230 for what cannot be read.
pub fn claim(received: &Received) -> Result<Claim, Refusal> {
    let flat = flat(received)?;
    for (index, (name, value)) in flat.iter().enumerate() {
        let differs = |(earlier, other): &(String, String)| earlier == name && other != value;
        if flat[..index].iter().any(differs) {
            return Err(Refusal::inside(
                "230",
                format!("Params [{name}] not available: given with two values"),
            ));
        }
    }
    let params = Params {
        flat,
        ..Params::default()
    };
    let required = |name: &str, code: &str| {
        params
            .filled(name)
            .map(str::to_owned)
            .ok_or_else(|| Refusal::inside(code, format!("Missing {name}")))
    };
    required("Signature", "170")?;
    Ok(Claim {
        action: required("Action", "160")?,
        version: None,
        key_id: required("PublicKey", "172")?,
        token: params.filled("SecurityToken").map(str::to_owned),
        time: None,
        nonce: None,
        format: Some(Format::Json),
        params,
        unsigned: false,
    })
}

/// Recomputes the signature.
///
/// # Errors
/// RetCode 171.
pub fn check(received: &Received, secret: &str) -> Result<(), Refusal> {
    let mut pairs = signed(received)?;
    pairs.sort();
    pairs.dedup();
    let mut text = String::new();
    for (name, value) in pairs.iter().filter(|(name, _)| name != "Signature") {
        text.push_str(name);
        text.push_str(value);
    }
    text.push_str(secret);
    let digest = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes());
    let expected = hex(digest.as_ref());
    let given = pairs.iter().find(|(name, _)| name == "Signature");
    if given.is_some_and(|(_, signature)| *signature == expected) {
        return Ok(());
    }
    Err(Refusal::inside("171", "Signature VerifyAC Error"))
}

/// What is signed: the pairs themselves, and a JSON body's members with nested values run together
/// (names and values of inner objects sorted, no dots, no indices).
fn signed(received: &Received) -> Result<Vec<(String, String)>, Refusal> {
    let mut pairs = received.pairs().map_err(unreadable)?;
    if received.is_type("application/json") {
        let body = received.object().map_err(unreadable)?;
        let members = body.iter();
        pairs.extend(members.map(|(name, value)| (name.clone(), run_together(value))));
    }
    Ok(pairs)
}

fn run_together(value: &Value) -> String {
    match value {
        Value::Array(items) => items.iter().map(run_together).collect(),
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| name.as_str());
            members
                .into_iter()
                .map(|(name, value)| format!("{name}{}", run_together(value)))
                .collect()
        }
        plain => scalar(plain),
    }
}

/// A whole number has no fraction, and no number is written with an exponent.
fn scalar(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => number
            .as_f64()
            .map_or(String::new(), |number| number.to_string()),
        plain => plain.to_string(),
    }
}

/// Every parameter as text; members of a JSON body under dotted names, lists from `.0`.
fn flat(received: &Received) -> Result<Vec<(String, String)>, Refusal> {
    let mut pairs = received.pairs().map_err(unreadable)?;
    if received.is_type("application/json") {
        for (name, value) in received.object().map_err(unreadable)? {
            flatten(&name, &value, &mut pairs);
        }
    }
    Ok(pairs)
}

fn flatten(name: &str, value: &Value, pairs: &mut Vec<(String, String)>) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                flatten(&format!("{name}.{index}"), item, pairs);
            }
        }
        Value::Object(members) => {
            for (member, value) in members {
                flatten(&format!("{name}.{member}"), value, pairs);
            }
        }
        Value::Null => {}
        plain => pairs.push((name.to_owned(), scalar(plain))),
    }
}

fn unreadable(reason: String) -> Refusal {
    Refusal::inside("230", format!("Params not available: {reason}"))
}
