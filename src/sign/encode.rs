//! The encodings that the schemes share, each written once.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::secret::Wiped;

/// `text` percent-encoded, after parts that stay as they are: the unreserved characters of RFC 3986
/// section 2.3 stay, every other byte of its UTF-8 becomes `%XY` with upper-case digits. A space is `%20`.
pub fn percent(before: &[&str], text: &str) -> Wiped {
    let size = before.iter().map(|part| part.len()).sum::<usize>() + escaped_len(text);
    let mut out = Wiped::new(String::with_capacity(size));
    before.iter().for_each(|part| out.push_str(part));
    escape(text, "%20", &mut out);
    out
}

/// Joins name and value pairs with `=` and `&`, both percent-encoded, in the order given.
pub fn query(params: &[(&str, &str)]) -> Wiped {
    join(params, "%20")
}

/// As [`query`], with a space as `+`: `application/x-www-form-urlencoded`.
pub fn form(params: &[(&str, &str)]) -> Wiped {
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

fn join(params: &[(&str, &str)], space: &str) -> Wiped {
    let sizes = params.iter();
    let sizes = sizes.map(|(name, value)| escaped_len(name) + escaped_len(value) + 2);
    // All of it at once: what a text leaves behind where it grows is not wiped.
    let mut out = Wiped::new(String::with_capacity(sizes.sum()));
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

/// Whether a character is sent as it is (RFC 3986, section 2.3).
fn is_unreserved(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~')
}

/// How long a text becomes at most, in bytes.
fn escaped_len(text: &str) -> usize {
    let sizes = text.chars().map(|c| match is_unreserved(c) {
        true => 1,
        false => 3 * c.len_utf8(),
    });
    sizes.sum()
}

/// Copies runs of unreserved characters whole: a PEM block is almost nothing else.
fn escape(text: &str, space: &str, out: &mut String) {
    let mut copied = 0;
    for (at, found) in text.match_indices(|c| !is_unreserved(c)) {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Text that grows leaves a copy of what it held behind, which nobody wipes.
    #[test]
    fn what_may_hold_a_secret_is_made_in_one_piece() {
        let secret = "-----BEGIN PRIVATE KEY-----\n+/=é".repeat(200);
        let params = [("DomainName", "a.com"), ("SSLPri", secret.as_str())];
        let reserved: usize = params
            .iter()
            .map(|(name, value)| escaped_len(name) + escaped_len(value) + 2)
            .sum();
        for made in [query(&params), form(&params)] {
            assert!(made.len() <= reserved && made.capacity() == reserved);
        }
        let made = query(&params);
        let signed = percent(&["POST", "&%2F&"], &made);
        assert!(signed.capacity() <= 9 + escaped_len(&made) && signed.starts_with("POST&%2F&"));
    }
}
