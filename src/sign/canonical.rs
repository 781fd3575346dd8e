//! What ACS3 and TC3 share: a canonical request over chosen headers, and SHA-256.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::{Method, Signed, encode};
use crate::secret::Wiped;

/// The outcome of signing a canonical request, step by step.
#[derive(Clone)]
pub struct Authorization {
    /// The canonical request.
    pub canonical: Wiped,
    /// What the signature is computed over.
    pub string_to_sign: String,
    /// The signature, in lower-case hex.
    pub signature: String,
    /// The value of the `Authorization` header.
    pub header: String,
}

impl Authorization {
    /// The signed call: what is sent, with this authorization among the headers.
    pub(super) fn signed(
        self,
        query: Wiped,
        mut headers: Vec<(&'static str, String)>,
        body: Wiped,
    ) -> Signed {
        headers.push(("authorization", self.header));
        Signed {
            query,
            headers,
            body,
            canonical: self.canonical,
            string_to_sign: self.string_to_sign.into(),
            signature: self.signature,
        }
    }
}

/// Builds the canonical request of a call to `/` and the `;`-joined names of its headers.
///
/// `query` is encoded as it is sent; the names of `headers` are in lower case, their order does
/// not matter, and white space around a value is not signed.
pub(super) fn request(
    method: Method,
    query: &str,
    headers: &[(&str, &str)],
    body_sha256: &str,
) -> (Wiped, String) {
    let mut headers = headers.to_vec();
    headers.sort_unstable();
    let sizes = headers
        .iter()
        .map(|(name, value)| 2 * name.len() + value.len() + 3);
    let size = query.len() + body_sha256.len() + sizes.sum::<usize>() + 16;
    let mut canonical = Wiped::new(String::with_capacity(size));
    canonical.extend([method.as_str(), "\n/\n", query, "\n"]);
    for (name, value) in &headers {
        canonical.extend([name, ":", value.trim(), "\n"]);
    }
    let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    let signed_headers = names.join(";");
    canonical.extend(["\n", &signed_headers, "\n", body_sha256]);
    (canonical, signed_headers)
}

/// The SHA-256 of text or bytes, in lower-case hex.
pub fn sha256_hex(data: impl AsRef<[u8]>) -> String {
    encode::hex(&Sha256::digest(data))
}

/// HMAC-SHA256 (RFC 2104), raw bytes.
pub(super) fn hmac_sha256(key: &[u8], text: &str) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text that grows leaves a copy of what it held behind, which nobody wipes. What is reserved
    /// beyond it is a few bytes, whatever the lengths of the parts.
    #[test]
    fn the_request_is_made_in_one_piece() {
        let long = "SSLPri=".to_owned() + &"%2B".repeat(500);
        let token = "token".repeat(60);
        let names: Vec<String> = (0..9).map(|at| format!("x-acs-header-{at}")).collect();
        let mut headers: Vec<(&str, &str)> =
            names.iter().map(|name| (name.as_str(), "v")).collect();
        headers.push(("x-acs-security-token", &token));
        for (method, query, headers) in [
            (Method::Get, long.as_str(), &headers[..]),
            (Method::Post, "", &headers[..]),
            (Method::Post, "", &headers[..1]),
            (Method::Get, "", &[]),
        ] {
            let (made, signed) = request(method, query, headers, &sha256_hex(""));
            let spare = made.capacity() - made.len();
            assert!(spare <= 16, "{spare} of {}", made.capacity());
            assert_eq!(signed.matches(';').count() + 1, headers.len().max(1));
        }
    }
}
