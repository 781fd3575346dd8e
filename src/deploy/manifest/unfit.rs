//! Values that do not fit, and how much of them may be said.

use crate::redact::{is_pem, looks_secret, one_line};
use crate::secret::MASK;

/// The hint where a private key may stand in the file.
pub(super) const NEVER_THE_KEY: &str =
    "key is a path or { env = NAME }, never the key itself; replace a key that was in this file";

/// The longest value that is repeated, in characters.
const VALUE_LIMIT: usize = 80;

/// Why a value does not fit.
pub(super) struct Unfit {
    /// The value in quotation marks, where it may be said, and the reason.
    pub(super) message: String,
    /// What to write instead.
    pub(super) hint: String,
}

impl Unfit {
    /// The reason is a phrase that goes behind the value, and may hold a part of it.
    pub(super) fn new(value: &str, reason: impl AsRef<str>, hint: impl Into<String>) -> Self {
        let message = match is_pem(value) {
            false => format!("'{}' {}", brief(value), reason.as_ref()),
            true => "PEM text is not allowed here".to_owned(),
        };
        let hint = hint.into();
        Unfit { message, hint }
    }

    /// Of a value that is never repeated.
    pub(super) fn unsaid(message: impl Into<String>, hint: impl Into<String>) -> Self {
        let (message, hint) = (message.into(), hint.into());
        Unfit { message, hint }
    }
}

/// What may be said of a text that stands in the file: a line, with words hidden that may be secrets.
pub(super) fn brief(text: &str) -> String {
    one_line(&hidden(text), VALUE_LIMIT)
}

/// A text with every word masked that is made as secrets are.
pub(super) fn hidden(text: &str) -> String {
    let is_end = |c: char| !(c.is_ascii_alphanumeric() || "+/=-_.".contains(c));
    let shown = |part: &str| {
        let word = part.trim_end_matches(is_end);
        match may_be_secret(word) {
            true => part.replacen(word, MASK, 1),
            false => part.to_owned(),
        }
    };
    text.split_inclusive(is_end).map(shown).collect()
}

/// Whether a word is made as secrets are.
pub(super) fn may_be_secret(word: &str) -> bool {
    looks_secret(word) || word.split('.').any(looks_secret)
}

/// Whether a text is a private key rather than the path of one: PEM, or base64 that begins as a key
/// does (the DER of a sequence).
pub(super) fn is_key_itself(text: &str) -> bool {
    const SHORTEST: usize = 60;
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    let body: String = text.split_whitespace().collect();
    is_pem(text) || body.len() >= SHORTEST && body.starts_with("MI") && body.chars().all(is_base64)
}
