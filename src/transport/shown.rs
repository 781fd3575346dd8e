//! Requests and answers as they may be shown: with `-vv`, in a plan, in a failure. Secrets are
//! masked.
#![deny(clippy::disallowed_methods)]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use serde_json::Value as Json;
use url::Url;

use crate::providers::{Params, Response};
use crate::redact::Redactor;
use crate::secret::MASK;
use crate::sign::{Method, Signed};

/// The first part of an unreadable answer that is shown, in characters.
pub(super) const EXCERPT_LIMIT: usize = 120;

/// The first part of an answer that `-vv` shows, in characters.
const ANSWER_LIMIT: usize = 2000;

/// Headers that carry a signature or a token.
const SECRET_HEADERS: [&str; 3] = ["authorization", "x-acs-security-token", "x-tc-token"];

/// Members in which the clouds send private keys, their passwords and tokens back.
const SECRET_MEMBERS: [&str; 17] = [
    "AccessKeySecret",
    "CertificateKey",
    "CertificatePrivateKey",
    "Content",
    "EncryptPrivateKey",
    "Key",
    "KeyPassword",
    "Password",
    "PrivateKey",
    "SSLContent",
    "SSLPri",
    "SecretAccessKey",
    "SecretKey",
    "SecurityToken",
    "SignPrivateKey",
    "TmpSecretKey",
    "Token",
];

/// Further members that are secret in an answer to any action, by the end of their names.
const SECRET_ENDINGS: [&str; 5] = [
    "KeySecret",
    "Password",
    "PrivateKey",
    "SecretKey",
    "SignKey",
];

/// The shortest `Key` that may be a private one; shorter ones are the names of tags.
const KEY_LENGTH: usize = 200;

/// How base64 of a ZIP archive begins: downloads of certificates, keys included.
const ARCHIVE: &str = "UEsDB";

/// Masks what is secret in an answer: by the names of the members, by the look of the values.
pub(super) fn mask_members(answer: &mut Json, redactor: &Redactor) {
    mask_member("", answer, redactor);
}

fn mask_member(name: &str, value: &mut Json, redactor: &Redactor) {
    match value {
        Json::String(text) if is_secret(name, text) => MASK.clone_into(text),
        Json::String(text) => {
            if let Cow::Owned(masked) = redactor.mask(text) {
                *text = masked;
            }
        }
        Json::Array(items) => {
            for item in items {
                mask_member(name, item, redactor);
            }
        }
        Json::Object(members) => {
            for (name, value) in members {
                mask_member(name, value, redactor);
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

fn is_secret(name: &str, text: &str) -> bool {
    match name {
        _ if text.is_empty() => false,
        _ if text.starts_with(ARCHIVE) => true,
        "Key" => text.len() >= KEY_LENGTH,
        // Elsewhere than in a download it is what a record or an origin holds.
        "Content" => false,
        _ if SECRET_MEMBERS.contains(&name) => true,
        _ => SECRET_ENDINGS.iter().any(|end| name.ends_with(end)),
    }
}

/// The headers, those that carry a signature or a token masked.
pub(super) fn headers(signed: &Signed) -> BTreeMap<String, String> {
    let shown = |(name, value): &(&'static str, String)| {
        let secret = SECRET_HEADERS
            .iter()
            .any(|other| other.eq_ignore_ascii_case(name));
        let value = if secret { MASK } else { value };
        ((*name).to_owned(), value.to_owned())
    };
    signed.headers.iter().map(shown).collect()
}

/// A request in one line.
pub(super) fn request(base: &Url, method: Method, signed: &Signed, params: &Params) -> String {
    let headers: String = headers(signed)
        .iter()
        .map(|(name, value)| format!(" {name}: {value};"))
        .collect();
    let method = method.as_str();
    format!("> {method} {base}{headers} {}", params.masked_json())
}

/// An answer in one line.
pub(super) fn answer(answer: &Response, redactor: &Redactor) -> String {
    let text = without_members(&answer.body);
    let text = redactor.line(&text, ANSWER_LIMIT);
    format!("< HTTP {} {text}", answer.status)
}

/// An answer's text with the values of [`SECRET_MEMBERS`] masked, be it whole or not.
pub(super) fn without_members(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let mut shown = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some(value) = secret_value(rest) {
        shown.push_str(&rest[..value.start]);
        shown.push_str(MASK);
        rest = &rest[value.end..];
    }
    shown + rest
}

/// Where the text of the first secret member stands; up to the end where it is cut short.
fn secret_value(text: &str) -> Option<Range<usize>> {
    text.match_indices('"').find_map(|(quote, _)| {
        let rest = &text[quote + 1..];
        let named = |name: &&str| rest.strip_prefix(*name)?.strip_prefix('"');
        let rest = SECRET_MEMBERS.iter().find_map(named)?;
        let rest = rest.trim_start().strip_prefix(':')?;
        let value = rest.trim_start().strip_prefix('"')?;
        let mut escaped = false;
        let size = value.find(|c| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        let start = text.len() - value.len();
        Some(start..start + size.unwrap_or(value.len()))
    })
}

/// A request's id, fit to be shown. Like all that comes from outside it may echo a secret, unless
/// it has the form that the clouds give it: a UUID.
pub(super) fn id(id: &str, redactor: impl FnOnce() -> Redactor) -> Rc<str> {
    match is_uuid(id) {
        true => Rc::from(id),
        false => Rc::from(redactor().line(id, EXCERPT_LIMIT)),
    }
}

fn is_uuid(text: &str) -> bool {
    let fits = |(at, byte): (usize, u8)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    text.len() == 36 && text.bytes().enumerate().all(fits)
}
