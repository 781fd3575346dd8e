//! Alibaba Cloud's signature in headers, `ACS3-HMAC-SHA256`.
//! <https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature>

use crate::emulator::reply::{Format, Refusal};
use crate::emulator::request::{Params, Received, decode_pairs};

use super::{Claim, authorization_part, hex, hmac_sha256, percent, sha256_hex};

/// Reads the `x-acs-*` headers and the parameters of query and form body.
///
/// # Errors
/// As the gateway: a missing header, or one that ought to be signed and is not.
pub fn claim(received: &Received) -> Result<Claim, Refusal> {
    let required = |name: &str| {
        received
            .header(name)
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
            .ok_or_else(|| incomplete(format!("The header {name} is missing.")))
    };
    let action = required("x-acs-action")?;
    let version = required("x-acs-version")?;
    let date = required("x-acs-date")?;
    let nonce = required("x-acs-signature-nonce")?;
    required("x-acs-content-sha256")?;
    let authorization = required("authorization")?;
    if !authorization.starts_with("ACS3-HMAC-SHA256 ") {
        return Err(Refusal::new(
            400,
            "InvalidSignatureMethod",
            "The request signature method is not supported.",
        ));
    }
    let part = |name: &str| {
        authorization_part(&authorization, name)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| incomplete(format!("Authorization has no {name}.")))
    };
    part("Signature")?;
    let signed: Vec<_> = part("SignedHeaders")?.split(';').collect();
    if !signed.is_sorted_by(|a, b| a < b) {
        return Err(incomplete("SignedHeaders is not in order.".to_owned()));
    }
    for (name, _) in &received.headers {
        let must = name == "host" || name == "content-type" || name.starts_with("x-acs-");
        if must && !signed.contains(&name.as_str()) {
            return Err(incomplete(format!("The header {name} is not signed.")));
        }
    }
    Ok(Claim {
        action,
        version: Some(version),
        key_id: part("Credential")?.to_owned(),
        token: received.header("x-acs-security-token").map(str::to_owned),
        time: Some(super::alibaba_rpc::time(&date)?),
        nonce: Some(nonce),
        format: Some(Format::Json),
        params: Params {
            flat: super::alibaba_rpc::pairs(received)?,
            ..Params::default()
        },
        unsigned: false,
    })
}

/// Recomputes hash and signature.
///
/// # Errors
/// `SignatureDoesNotMatch`, its message showing the string to sign.
pub fn check(received: &Received, secret: &str) -> Result<(), Refusal> {
    let authorization = received.header("authorization").unwrap_or_default();
    let signed = authorization_part(authorization, "SignedHeaders").unwrap_or_default();
    let mut query = decode_pairs(&received.query)
        .map_err(|reason| Refusal::new(400, "InvalidParameter", reason))?;
    query.sort();
    let query: Vec<_> = query
        .iter()
        .map(|(name, value)| format!("{}={}", percent(name), percent(value)))
        .collect();
    let mut headers = String::new();
    for name in signed.split(';') {
        let value = received
            .header(name)
            .ok_or_else(|| incomplete(format!("The signed header {name} was not sent.")))?;
        headers.push_str(&format!("{name}:{}\n", value.trim()));
    }
    let payload = sha256_hex(&received.body);
    let canonical = format!(
        "{}\n{}\n{}\n{headers}\n{signed}\n{payload}",
        received.method,
        received.path,
        query.join("&"),
    );
    let text = format!("ACS3-HMAC-SHA256\n{}", sha256_hex(canonical.as_bytes()));
    let expected = hex(hmac_sha256(secret.as_bytes(), text.as_bytes()).as_ref());
    let hashed = received.header("x-acs-content-sha256") == Some(payload.as_str());
    if hashed && authorization_part(authorization, "Signature") == Some(expected.as_str()) {
        return Ok(());
    }
    Err(super::alibaba_rpc::does_not_match(&text))
}

fn incomplete(message: String) -> Refusal {
    Refusal::new(400, "IncompleteSignature", message)
}
