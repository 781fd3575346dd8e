//! The encodings that the schemes share, each written once.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Appends `text` percent-encoded: the unreserved characters of RFC 3986 section 2.3 stay, every
/// other byte of its UTF-8 becomes `%XY` with upper-case digits. A space is `%20`.
pub fn percent(text: &str, out: &mut String) {
    escape(text, "%20", out);
}

/// Joins name and value pairs with `=` and `&`, both percent-encoded, in the order given.
pub fn query(params: &[(&str, &str)]) -> String {
    join(params, "%20")
}

/// As [`query`], with a space as `+`: `application/x-www-form-urlencoded`.
pub fn form(params: &[(&str, &str)]) -> String {
    join(params, "+")
}

/// Lower-case hexadecimal digits, two for each byte.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    out
}

/// Base64 with the standard alphabet and padding (RFC 4648 section 4).
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

fn join(params: &[(&str, &str)], space: &str) -> String {
    let size: usize = params
        .iter()
        .map(|(name, value)| name.len() + value.len() + 2)
        .sum();
    let mut out = String::with_capacity(size + size / 8);
    for (name, value) in params {
        if !out.is_empty() {
            out.push('&');
        }
        escape(name, space, &mut out);
        out.push('=');
        escape(value, space, &mut out);
    }
    out
}

/// Copies runs of unreserved characters whole: a PEM block is almost nothing else.
fn escape(text: &str, space: &str, out: &mut String) {
    let reserved = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~'));
    let mut copied = 0;
    for (at, found) in text.match_indices(reserved) {
        out.push_str(&text[copied..at]);
        copied = at + found.len();
        if found == " " {
            out.push_str(space);
            continue;
        }
        for byte in found.bytes() {
            write!(out, "%{byte:02X}").expect("a String takes every write");
        }
    }
    out.push_str(&text[copied..]);
}
