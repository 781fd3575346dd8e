//! Alibaba Cloud, ACS3-HMAC-SHA256 ("V3"): the signature the vendor's own SDKs make today.
//!
//! <https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature>

use super::canonical::{Authorization, hmac_sha256, request, sha256_hex};
use super::{Credential, Draft, FORM, Method, Signed, Stamp, encode};
use crate::secret::Wiped;

const ALGORITHM: &str = "ACS3-HMAC-SHA256";

/// Signs a call. Parameters travel in the body (POST) or in the query (GET), everything else in
/// headers, all of which are signed.
///
/// # Panics
/// When the payload is not [`super::Payload::Params`].
pub fn sign(draft: &Draft, credential: &Credential, stamp: &Stamp) -> Signed {
    let mut params = draft.payload.params();
    params.sort_unstable();
    let mut headers = Vec::with_capacity(8);
    let (query, body) = match draft.method {
        Method::Get => (encode::query(&params), Wiped::default()),
        Method::Post => {
            headers.push(("content-type", FORM.to_owned()));
            (Wiped::default(), encode::form(&params))
        }
    };
    let body_sha256 = sha256_hex(&body);
    headers.extend([
        ("x-acs-action", draft.action.clone()),
        ("x-acs-content-sha256", body_sha256.clone()),
        ("x-acs-date", stamp.iso8601()),
        ("x-acs-signature-nonce", stamp.nonce.clone()),
        ("x-acs-version", draft.version.to_owned()),
    ]);
    if let Some(token) = &credential.token {
        headers.push(("x-acs-security-token", token.expose().to_owned()));
    }

    let mut signed_headers: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    signed_headers.push(("host", &draft.host));
    let authorization = authorize(
        draft.method,
        &query,
        &signed_headers,
        &body_sha256,
        credential,
    );
    authorization.signed(query, headers, body)
}

/// Signs a request made up of the encoded `query`, the `headers` to sign (names in lower case)
/// and the lower-case hex SHA-256 of the body.
pub fn authorize(
    method: Method,
    query: &str,
    headers: &[(&str, &str)],
    body_sha256: &str,
    credential: &Credential,
) -> Authorization {
    let (canonical, signed_headers) = request(method, query, headers, body_sha256);
    let string_to_sign = format!("{ALGORITHM}\n{}", sha256_hex(&canonical));
    let signature = encode::hex(&hmac_sha256(
        credential.secret.expose().as_bytes(),
        &string_to_sign,
    ));
    let header = format!(
        "{ALGORITHM} Credential={},SignedHeaders={signed_headers},Signature={signature}",
        credential.id
    );
    Authorization {
        canonical,
        string_to_sign,
        signature,
        header,
    }
}
