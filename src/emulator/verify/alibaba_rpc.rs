//! Alibaba Cloud's signature of the RPC form, version 1.0.
//! <https://www.alibabacloud.com/help/en/sdk/product-overview/rpc-mechanism>

use base64::Engine;
use chrono::NaiveDateTime;

use crate::cloud::Cloud;
use crate::emulator::actions::sts::is_unsigned;
use crate::emulator::reply::{Format, Refusal};
use crate::emulator::request::{Params, Received};

use super::{Claim, percent};

/// Reads the common parameters out of query and form body.
///
/// # Errors
/// As the gateway: a missing, malformed or doubled common parameter.
pub fn claim(received: &Received) -> Result<Claim, Refusal> {
    let params = Params {
        flat: pairs(received)?,
        ..Params::default()
    };
    let required = |name: &str| {
        params.filled(name).map(str::to_owned).ok_or_else(|| {
            Refusal::new(
                400,
                format!("Missing{name}"),
                format!("{name} is mandatory for this action."),
            )
        })
    };
    let action = required("Action")?;
    let version = required("Version")?;
    if is_unsigned(Cloud::Alibaba, &action) && params.text("AccessKeyId").is_none() {
        let timestamp = required("Timestamp")?;
        return Ok(Claim {
            action,
            version: Some(version),
            key_id: String::new(),
            token: None,
            time: Some(time(&timestamp)?),
            nonce: None,
            format: Some(Format::Json),
            params,
            unsigned: true,
        });
    }
    let key_id = required("AccessKeyId")?;
    let timestamp = required("Timestamp")?;
    let nonce = required("SignatureNonce")?;
    if required("SignatureMethod")? != "HMAC-SHA1" {
        return Err(Refusal::new(
            400,
            "InvalidSignatureMethod",
            "The request signature method is not supported.",
        ));
    }
    if required("SignatureVersion")? != "1.0" || params.filled("Signature").is_none() {
        return Err(Refusal::new(
            400,
            "IncompleteSignature",
            "The request signature does not conform to Alibaba Cloud standards.",
        ));
    }
    let format = match params.text("Format") {
        None => None,
        Some(name) if name.eq_ignore_ascii_case("json") => Some(Format::Json),
        Some(name) if name.eq_ignore_ascii_case("xml") => Some(Format::Xml),
        Some(_) => {
            return Err(Refusal::new(
                400,
                "InvalidFormat",
                "The specified value of Format is not supported.",
            ));
        }
    };
    Ok(Claim {
        action,
        version: Some(version),
        key_id,
        token: params.filled("SecurityToken").map(str::to_owned),
        time: Some(time(&timestamp)?),
        nonce: Some(nonce),
        format,
        params,
        unsigned: false,
    })
}

/// Recomputes the signature over every parameter but itself.
///
/// # Errors
/// `SignatureDoesNotMatch`, its message showing the whole string to sign as the gateway's does.
pub fn check(received: &Received, secret: &str) -> Result<(), Refusal> {
    let pairs = pairs(received)?;
    let text = string_to_sign(&received.method, &pairs);
    let key = ring::hmac::Key::new(
        ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        format!("{secret}&").as_bytes(),
    );
    let expected =
        base64::engine::general_purpose::STANDARD.encode(ring::hmac::sign(&key, text.as_bytes()));
    let given = pairs.iter().find(|(name, _)| name == "Signature");
    if given.is_some_and(|(_, signature)| *signature == expected) {
        return Ok(());
    }
    Err(does_not_match(&text))
}

/// `SignatureDoesNotMatch` as the gateway words it.
pub(super) fn does_not_match(text: &str) -> Refusal {
    Refusal::new(
        400,
        "SignatureDoesNotMatch",
        format!(
            "Specified signature is not matched with our calculation. \
             server string to sign is:{text}"
        ),
    )
}

/// Reads `YYYY-MM-DDThh:mm:ssZ`, every figure with all its digits.
pub(super) fn time(text: &str) -> Result<i64, Refusal> {
    const FORM: &str = "%Y-%m-%dT%H:%M:%SZ";
    NaiveDateTime::parse_from_str(text, FORM)
        .ok()
        .filter(|time| time.format(FORM).to_string() == text)
        .map(|time| time.and_utc().timestamp())
        .ok_or_else(|| {
            Refusal::new(
                400,
                "InvalidTimeStamp.Format",
                "Specified time stamp or date value is not well formatted.",
            )
        })
}

fn string_to_sign(method: &str, pairs: &[(String, String)]) -> String {
    let mut signed: Vec<_> = pairs
        .iter()
        .filter(|(name, _)| name != "Signature")
        .collect();
    signed.sort();
    let canonical: Vec<_> = signed
        .iter()
        .map(|(name, value)| format!("{}={}", percent(name), percent(value)))
        .collect();
    format!("{method}&%2F&{}", percent(&canonical.join("&")))
}

/// The parameters of query and form body.
///
/// # Errors
/// `InvalidParameter` for a broken encoding and a parameter that stands twice.
pub(super) fn pairs(received: &Received) -> Result<Vec<(String, String)>, Refusal> {
    let invalid = |reason| Refusal::new(400, "InvalidParameter", reason);
    let pairs = received.pairs().map_err(invalid)?;
    for (index, (name, _)) in pairs.iter().enumerate() {
        if pairs[..index].iter().any(|(earlier, _)| earlier == name) {
            return Err(invalid(format!(
                "The parameter {name} is given more than once."
            )));
        }
    }
    Ok(pairs)
}
