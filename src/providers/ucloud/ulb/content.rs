//! What is public in an `SSLContent`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use crate::cert::Facts;
use crate::sign::canonical::sha256_hex;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// The certificates of an `SSLContent`. The text holds the private key in clear beside them, in
/// any order: it is never kept, and what stands outside of CERTIFICATE blocks is not looked at.
#[derive(Clone, Debug, Default)]
pub struct Content {
    fingerprints: Vec<String>,
    leaf: Option<Facts>,
}

impl Content {
    /// What is known of the server's own certificate; nothing where there is none that can be read.
    pub fn leaf(&self) -> Option<&Facts> {
        self.leaf.as_ref()
    }

    /// SHA-256 of every certificate in it, in lower-case hex, in the order of the text.
    pub fn fingerprints(&self) -> &[String] {
        &self.fingerprints
    }

    fn read(text: &str) -> Self {
        let blocks: Vec<Vec<u8>> = certificates(text).collect();
        let leaves: Vec<Facts> = blocks.iter().filter_map(|der| Facts::read(der)).collect();
        let issued_another = |one: &Facts| {
            leaves
                .iter()
                .any(|other| other.fingerprint != one.fingerprint && other.issuer == one.subject)
        };
        let leaf = leaves.iter().find(|one| !issued_another(one));
        Content {
            fingerprints: blocks.iter().map(sha256_hex).collect(),
            leaf: leaf.cloned(),
        }
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?.map(Zeroizing::new);
        Ok(text.map_or_else(Content::default, |text| Content::read(&text)))
    }
}

/// Each certificate in DER. White space is passed over, wherever the cloud left it.
fn certificates(text: &str) -> impl Iterator<Item = Vec<u8>> {
    let bodies = text.split(BEGIN).skip(1);
    bodies.filter_map(|rest| {
        let (body, _) = rest.split_once(END)?;
        let base64: String = body.split_whitespace().collect();
        STANDARD.decode(base64).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cert::leaf_fingerprint;

    const LEAF: &str = include_str!("../../../../tests/pki/p256.pem");
    const ISSUER: &str = include_str!("../../../../tests/pki/intermediate.pem");

    #[test]
    fn only_certificates_are_read_whatever_stands_around_them() {
        let (leaf, issuer) = (LEAF.trim(), ISSUER.trim());
        let key = "-----BEGIN RSA PRIVATE KEY-----\nMIIE+broken\n-----END RSA PRIVATE KEY-----";
        let wanted = leaf_fingerprint(leaf.as_bytes()).unwrap();
        let issuing = leaf_fingerprint(issuer.as_bytes()).unwrap();
        for (text, fingerprints) in [
            (format!("{key}\n{leaf}\n{issuer}\n"), [&wanted, &issuing]),
            (format!("{leaf}\n{key}\n{issuer}"), [&wanted, &issuing]),
            (format!("{issuer}{leaf}{key}"), [&issuing, &wanted]),
            (
                format!("{leaf} {issuer}")
                    .replace("\n", " ")
                    .replace("-----END", "\r\n\r\n-----END"),
                [&wanted, &issuing],
            ),
        ] {
            let content: Content = serde_json::from_value(text.clone().into()).unwrap();
            let found: Vec<&String> = content.fingerprints().iter().collect();
            assert_eq!(found, fingerprints, "{text}");
            assert_eq!(content.leaf().unwrap().fingerprint, wanted, "{text}");
            assert!(!format!("{content:?}").contains("broken"));
        }
        for text in [
            "",
            "suFedZgn",
            key,
            BEGIN,
            "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----",
        ] {
            let content: Content = serde_json::from_value(text.into()).unwrap();
            assert!(
                content.leaf().is_none() && content.fingerprints().is_empty(),
                "{text}"
            );
        }
    }
}
