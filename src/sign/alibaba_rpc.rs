//! Alibaba Cloud, RPC signature version 1: HMAC-SHA1 over the sorted parameters.
//!
//! Older than [`super::alibaba_acs3`] and understood by every gateway, private ones included.
//! <https://www.alibabacloud.com/help/en/sdk/product-overview/rpc-mechanism>

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use zeroize::Zeroizing;

use super::{Credential, Draft, Signed, Stamp, encode};

/// Signs a call. Common parameters that the draft does not name itself are added; all parameters
/// and the signature travel together, in the body (POST) or in the query (GET).
///
/// # Panics
/// When the payload is not [`super::Payload::Params`].
pub fn sign(draft: &Draft, credential: &Credential, stamp: &Stamp) -> Signed {
    let time = stamp.iso8601();
    let token = credential.token.as_ref().map(|token| token.expose());
    let params = with_common(
        draft,
        &[
            ("AccessKeyId", Some(credential.id.as_str())),
            ("SecurityToken", token),
            ("SignatureMethod", Some("HMAC-SHA1")),
            ("SignatureNonce", Some(stamp.nonce.as_str())),
            ("SignatureVersion", Some("1.0")),
            ("Timestamp", Some(time.as_str())),
        ],
    );

    let canonical = encode::query(&params);
    let string_to_sign = encode::percent(&[draft.method.as_str(), "&%2F&"], &canonical);

    let key = Zeroizing::new(format!("{}&", credential.secret.expose()));
    let mut mac =
        Hmac::<Sha1>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(string_to_sign.as_bytes());
    let signature = encode::base64(&mac.finalize().into_bytes());

    let sent = encode::percent(&[&canonical, "&Signature="], &signature);
    let (query, headers, body) = draft.method.place(sent);
    Signed {
        query,
        headers,
        body,
        canonical,
        string_to_sign,
        signature,
    }
}

/// A call that proves by what it carries who calls: nothing is signed, and the time is sent
/// all the same.
///
/// # Panics
/// When the payload is not [`super::Payload::Params`].
pub fn unsigned(draft: &Draft, stamp: &Stamp) -> Signed {
    let time = stamp.iso8601();
    let params = with_common(
        draft,
        &[
            ("SignatureNonce", Some(stamp.nonce.as_str())),
            ("Timestamp", Some(time.as_str())),
        ],
    );
    let (query, headers, body) = draft.method.place(encode::query(&params));
    Signed::nothing(query, headers, body)
}

/// The draft's parameters, sorted, with the common ones that it does not name itself.
fn with_common<'a>(
    draft: &'a Draft,
    common: &[(&'a str, Option<&'a str>)],
) -> Vec<(&'a str, &'a str)> {
    let mut params = draft.payload.params();
    let always = [
        ("Action", Some(draft.action.as_str())),
        ("Format", Some("JSON")),
        ("Version", Some(draft.version)),
    ];
    for &(name, value) in common.iter().chain(&always) {
        if let Some(value) = value
            && !params.iter().any(|(named, _)| *named == name)
        {
            params.push((name, value));
        }
    }
    params.sort_unstable();
    params
}
