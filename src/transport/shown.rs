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
use crate::redact::{Redactor, is_switch, names_secret};
use crate::secret::MASK;
use crate::sign::{Method, Signed};

/// The first part of an unreadable answer that is shown, in characters.
pub(super) const EXCERPT_LIMIT: usize = 120;

/// The first part of an answer that `-vv` shows, in characters.
const ANSWER_LIMIT: usize = 2000;

/// Headers that carry a signature or a token.
const SECRET_HEADERS: [&str; 3] = ["authorization", "x-acs-security-token", "x-tc-token"];

/// Members beside those that [`names_secret`] in which the clouds send private keys and downloads.
const SECRET_MEMBERS: [&str; 2] = ["Content", "Key"];

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
            members
                .iter_mut()
                .for_each(|(name, value)| mask_member(name, value, redactor));
            redactor.mask_names(members);
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

fn is_secret(name: &str, text: &str) -> bool {
    match name {
        _ if text.is_empty() || is_switch(text) => false,
        _ if text.starts_with(ARCHIVE) => true,
        "Key" => text.len() >= KEY_LENGTH,
        // Elsewhere than in a download it is what a record or an origin holds.
        "Content" => false,
        _ => names_secret(name),
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

/// An answer's text with the values of secret members masked, be it whole or not.
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
    const LONGEST_NAME: usize = 64;
    text.match_indices('"').find_map(|(quote, _)| {
        let rest = &text[quote + 1..];
        let (name, rest) = rest.split_at_checked(
            rest.bytes()
                .take(LONGEST_NAME)
                .position(|byte| byte == b'"')?,
        )?;
        let rest = rest[1..].trim_start().strip_prefix(':')?;
        let value = rest.trim_start().strip_prefix('"')?;
        if !SECRET_MEMBERS.contains(&name) && !names_secret(name) {
            return None;
        }
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
