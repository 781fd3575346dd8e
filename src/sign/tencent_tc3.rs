//! Tencent Cloud, TC3-HMAC-SHA256: a key derived for one UTC day and one product.
//!
//! <https://www.tencentcloud.com/document/api/1007/36574>

use chrono::{DateTime, Utc};
use zeroize::Zeroizing;

use super::canonical::{Authorization, hmac_sha256, request, sha256_hex};
use super::{Credential, Draft, Method, Signed, Stamp, encode};
use crate::secret::Wiped;

const ALGORITHM: &str = "TC3-HMAC-SHA256";
const JSON: &str = "application/json";

/// Signs a call, `content-type` and `host` like the vendor's SDKs; the body is the JSON as given.
/// The token and the region are sent, not signed.
///
/// # Panics
/// When the payload is not [`super::Payload::Json`].
pub fn sign(draft: &Draft, credential: &Credential, stamp: &Stamp) -> Signed {
    let body = draft.payload.json();
    let authorization = authorize(
        draft.method,
        "",
        &[("content-type", JSON), ("host", &draft.host)],
        body,
        draft.service,
        credential,
        stamp.time,
    );
    let mut headers = common(draft, stamp);
    if let Some(token) = &credential.token {
        headers.push(("x-tc-token", token.expose().to_owned()));
    }
    authorization.signed(Wiped::default(), headers, body.clone())
}

/// A call that proves by what it carries who calls.
/// <https://cloud.tencent.com/document/product/1312/73070>
///
/// # Panics
/// When the payload is not [`super::Payload::Json`].
pub fn unsigned(draft: &Draft, stamp: &Stamp) -> Signed {
    let mut headers = common(draft, stamp);
    headers.push(("authorization", "SKIP".to_owned()));
    Signed::nothing(Wiped::default(), headers, draft.payload.json().clone())
}

fn common(draft: &Draft, stamp: &Stamp) -> Vec<(&'static str, String)> {
    let mut headers = vec![
        ("content-type", JSON.to_owned()),
        ("x-tc-action", draft.action.clone()),
        ("x-tc-language", "en-US".to_owned()),
        ("x-tc-timestamp", stamp.time.timestamp().to_string()),
        ("x-tc-version", draft.version.to_owned()),
    ];
    if let Some(region) = &draft.region {
        headers.push(("x-tc-region", region.clone()));
    }
    headers
}

/// Signs a request made up of the encoded `query`, the `headers` to sign (names in lower case)
/// and the `body`.
pub fn authorize(
    method: Method,
    query: &str,
    headers: &[(&str, &str)],
    body: &str,
    service: &str,
    credential: &Credential,
    time: DateTime<Utc>,
) -> Authorization {
    // Step 1: the canonical request.
    let (canonical, signed_headers) = request(method, query, headers, &sha256_hex(body));

    // Step 2: the string to sign. The date is UTC's, of the very second that is sent.
    let date = time.format("%Y-%m-%d").to_string();
    let scope = format!("{date}/{service}/tc3_request");
    let string_to_sign = format!(
        "{ALGORITHM}\n{}\n{scope}\n{}",
        time.timestamp(),
        sha256_hex(&canonical)
    );

    // Step 3: the signature. Step 4: the header.
    let key = signing_key(credential, &date, service);
    let signature = encode::hex(&hmac_sha256(&*key, &string_to_sign));
    let header = format!(
        "{ALGORITHM} Credential={}/{scope}, SignedHeaders={signed_headers}, Signature={signature}",
        credential.id
    );
    Authorization {
        canonical,
        string_to_sign,
        signature,
        header,
    }
}

/// Derives the key that signs for one UTC `date` (`2019-02-25`) and one `service`.
pub fn signing_key(credential: &Credential, date: &str, service: &str) -> Zeroizing<[u8; 32]> {
    let secret = Zeroizing::new(format!("TC3{}", credential.secret.expose()));
    let for_date = Zeroizing::new(hmac_sha256(secret.as_bytes(), date));
    let for_service = Zeroizing::new(hmac_sha256(&*for_date, service));
    Zeroizing::new(hmac_sha256(&*for_service, "tc3_request"))
}
