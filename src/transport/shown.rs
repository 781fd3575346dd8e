//! Requests and answers as they may be shown: with `-vv`, in a plan, in a failure. Secrets are
//! masked.
#![deny(clippy::disallowed_methods)]

use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use url::Url;

use crate::providers::{Params, Response};
use crate::redact::Redactor;
use crate::secret::MASK;
use crate::sign::Signed;

/// The first part of an unreadable answer that is shown, in characters.
pub(super) const EXCERPT_LIMIT: usize = 120;

/// The first part of an answer that `-vv` shows, in characters.
const ANSWER_LIMIT: usize = 2000;

/// Headers that carry a signature or a token.
const SECRET_HEADERS: [&str; 3] = ["authorization", "x-acs-security-token", "x-tc-token"];

/// Members in which the clouds send private keys, their passwords and tokens back.
const SECRET_MEMBERS: [&str; 10] = [
    "AccessKeySecret",
    "CertificateKey",
    "CertificatePrivateKey",
    "EncryptPrivateKey",
    "Key",
    "KeyPassword",
    "PrivateKey",
    "SSLContent",
    "SecurityToken",
    "Token",
];

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
pub(super) fn request(base: &Url, signed: &Signed, params: &Params) -> String {
    let headers: String = headers(signed)
        .iter()
        .map(|(name, value)| format!(" {name}: {value};"))
        .collect();
    format!("> POST {base}{headers} {}", params.masked_json())
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
