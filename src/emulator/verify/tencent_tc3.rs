//! Tencent Cloud's signature in headers, `TC3-HMAC-SHA256`.
//! <https://www.tencentcloud.com/document/api/1007/36575>

use std::collections::BTreeMap;

use chrono::DateTime;
use serde_json::{Map, Value};

use crate::cloud::Cloud;
use crate::emulator::actions::sts::is_unsigned;
use crate::emulator::reply::{Format, Refusal};
use crate::emulator::request::{Params, Received};

use super::{Claim, authorization_part, hex, hmac_sha256, sha256_hex};

/// Reads the `X-TC-*` headers and the parameters, a JSON body or a GET's query.
///
/// # Errors
/// As the gateway: `AuthFailure.InvalidAuthorization`, `MissingParameter`, `InvalidParameter`.
pub fn claim(received: &Received) -> Result<Claim, Refusal> {
    let required = |name: &str| {
        received
            .header(name)
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
            .ok_or_else(|| {
                Refusal::inside(
                    "MissingParameter",
                    format!("The request is missing the required header `{name}`."),
                )
            })
    };
    let action = required("x-tc-action")?;
    let version = required("x-tc-version")?;
    let timestamp: i64 = required("x-tc-timestamp")?
        .parse()
        .map_err(|_| invalid("X-TC-Timestamp is not a Unix time."))?;
    let authorization = required("authorization")?;
    let unsigned = authorization == "SKIP" && is_unsigned(Cloud::Tencent, &action);
    if unsigned {
        return Ok(Claim {
            action,
            version: Some(version),
            key_id: String::new(),
            token: None,
            time: Some(timestamp),
            nonce: None,
            format: Some(Format::Json),
            params: params(received)?,
            unsigned,
        });
    }
    let scope = Scope::read(&authorization)?;
    let date = DateTime::from_timestamp(timestamp, 0)
        .map(|time| time.format("%Y-%m-%d").to_string())
        .unwrap_or_default();
    if scope.date != date {
        return Err(failure(
            "the date of the credential is not the UTC date of X-TC-Timestamp",
        ));
    }
    let service = match version.as_str() {
        "2018-08-13" => "sts",
        "2022-09-01" => "teo",
        _ => "ssl",
    };
    if scope.service != service {
        let reason = format!("the service of the credential is not `{service}`");
        return Err(failure(&reason));
    }
    Ok(Claim {
        action,
        version: Some(version),
        key_id: scope.key_id.to_owned(),
        token: received.header("x-tc-token").map(str::to_owned),
        time: Some(timestamp),
        nonce: None,
        format: Some(Format::Json),
        params: params(received)?,
        unsigned,
    })
}

fn params(received: &Received) -> Result<Params, Refusal> {
    let json = match received.method.as_str() {
        "POST" if received.is_type("application/json") => received.object().map_err(invalid)?,
        "GET" => nested(received.pairs().map_err(invalid)?)?,
        _ => {
            return Err(Refusal::inside(
                "UnsupportedProtocol",
                "The request must be a GET, or a POST of application/json.",
            ));
        }
    };
    Ok(Params {
        json,
        region: received
            .header("x-tc-region")
            .filter(|region| !region.is_empty())
            .map(str::to_owned),
        ..Params::default()
    })
}

/// Recomputes the signature over exactly the bytes that came.
///
/// # Errors
/// `AuthFailure.SignatureFailure`.
pub fn check(received: &Received, secret: &str) -> Result<(), Refusal> {
    let authorization = received.header("authorization").unwrap_or_default();
    let scope = Scope::read(authorization)?;
    // The vendor's SDK for Node.js signs the host without the port that it sends.
    let host = received.header("host").unwrap_or_default().trim();
    let digits = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    let parts = host.rsplit_once(':');
    let bare = parts.filter(|(_, port)| digits(port)).map(|(bare, _)| bare);
    let hosts = std::iter::once(host).chain(bare);
    for host in hosts {
        if signature(received, &scope, host, secret)? == scope.signature {
            return Ok(());
        }
    }
    Err(failure("please check your SecretKey and signature method"))
}

/// The signature that belongs to a request whose host is spelt so.
fn signature(
    received: &Received,
    scope: &Scope<'_>,
    host: &str,
    secret: &str,
) -> Result<String, Refusal> {
    let mut headers = String::new();
    for name in scope.signed.split(';') {
        let value = received
            .header(name)
            .ok_or_else(|| failure("a signed header was not sent"))?
            .trim();
        // The one value that is signed in another case than it is sent in.
        let value = match name {
            "x-tc-action" => value.to_lowercase(),
            "host" => host.to_owned(),
            _ => value.to_owned(),
        };
        headers.push_str(&format!("{name}:{value}\n"));
    }
    let unsigned = received.header("x-tc-content-sha256") == Some("UNSIGNED-PAYLOAD");
    let payload = match (received.method.as_str(), unsigned) {
        (_, true) => sha256_hex(b"UNSIGNED-PAYLOAD"),
        ("GET", false) => sha256_hex(b""),
        (_, false) => sha256_hex(&received.body),
    };
    let canonical = format!(
        "{}\n{}\n{}\n{headers}\n{}\n{payload}",
        received.method, received.path, received.query, scope.signed,
    );
    let text = format!(
        "TC3-HMAC-SHA256\n{}\n{}/{}/tc3_request\n{}",
        received.header("x-tc-timestamp").unwrap_or_default(),
        scope.date,
        scope.service,
        sha256_hex(canonical.as_bytes()),
    );
    let date = hmac_sha256(format!("TC3{secret}").as_bytes(), scope.date.as_bytes());
    let service = hmac_sha256(date.as_ref(), scope.service.as_bytes());
    let signing = hmac_sha256(service.as_ref(), b"tc3_request");
    Ok(hex(hmac_sha256(signing.as_ref(), text.as_bytes()).as_ref()))
}

/// The parts of an `Authorization` field.
struct Scope<'a> {
    key_id: &'a str,
    date: &'a str,
    service: &'a str,
    signed: &'a str,
    signature: &'a str,
}

impl<'a> Scope<'a> {
    fn read(authorization: &'a str) -> Result<Self, Refusal> {
        let invalid = || {
            Refusal::inside(
                "AuthFailure.InvalidAuthorization",
                "The `Authorization` in the request header does not conform to the standard.",
            )
        };
        if !authorization.starts_with("TC3-HMAC-SHA256 ") {
            return Err(invalid());
        }
        let part = |name| authorization_part(authorization, name).ok_or_else(invalid);
        let credential: Vec<_> = part("Credential")?.split('/').collect();
        let [key_id, date, service, "tc3_request"] = credential[..] else {
            return Err(invalid());
        };
        let signed = part("SignedHeaders")?;
        let names: Vec<_> = signed.split(';').collect();
        let complete = ["content-type", "host"]
            .iter()
            .all(|must| names.contains(must));
        if !complete || !names.is_sorted_by(|a, b| a < b) {
            return Err(invalid());
        }
        Ok(Scope {
            key_id,
            date,
            service,
            signed,
            signature: part("Signature")?,
        })
    }
}

fn failure(reason: &str) -> Refusal {
    Refusal::inside(
        "AuthFailure.SignatureFailure",
        format!("The provided credentials could not be validated: {reason}."),
    )
}

/// A GET carries `Name=…` and `Name.0=…`; digits stand for numbers there.
fn nested(pairs: Vec<(String, String)>) -> Result<Map<String, Value>, Refusal> {
    let mut members = Map::new();
    let mut lists: BTreeMap<String, BTreeMap<usize, Value>> = BTreeMap::new();
    for (name, text) in pairs {
        let value = text.parse::<i64>().map_or(Value::String(text), Value::from);
        let doubled = match name.split_once('.') {
            None => members.insert(name.clone(), value),
            Some((list, index)) => {
                let index = index
                    .parse()
                    .map_err(|_| invalid(format!("`{name}` has no index.")))?;
                let items = lists.entry(list.to_owned()).or_default();
                items.insert(index, value)
            }
        };
        if doubled.is_some() {
            return Err(invalid(format!("`{name}` is given more than once.")));
        }
    }
    for (list, items) in lists {
        if !items.keys().copied().eq(0..items.len()) {
            return Err(invalid(format!(
                "`{list}` is not counted from 0 without gaps."
            )));
        }
        members.insert(list, items.into_values().collect());
    }
    Ok(members)
}

fn invalid(reason: impl Into<String>) -> Refusal {
    Refusal::inside("InvalidParameter", reason)
}
