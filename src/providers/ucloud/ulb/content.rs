//! What is public in an `SSLContent`.

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use crate::cert::Certificate;

/// The certificate of an `SSLContent`, with its chain. The text holds the private key in clear beside
/// them, in any order: it is never kept, and what stands outside of CERTIFICATE blocks is not looked
/// at.
#[derive(Clone, Debug, Default)]
pub struct Content(Option<Certificate>);

impl Content {
    /// What is known of the server's own certificate and of what comes with it; nothing where there
    /// is none that can be read.
    pub fn certificate(&self) -> Option<&Certificate> {
        self.0.as_ref()
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?.map(Zeroizing::new);
        Ok(Content(text.and_then(|text| Certificate::in_text(&text))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cert::Same;

    const LEAF: &str = include_str!("../../../../tests/pki/p256.pem");
    const ISSUER: &str = include_str!("../../../../tests/pki/intermediate.pem");

    #[test]
    fn only_certificates_are_read_whatever_stands_around_them() {
        let (leaf, issuer) = (LEAF.trim(), ISSUER.trim());
        let key = "-----BEGIN RSA PRIVATE KEY-----\nMIIE+broken\n-----END RSA PRIVATE KEY-----";
        let wanted = Certificate::in_text(&format!("{leaf}\n{issuer}\n")).unwrap();
        for text in [
            format!("{key}\n{leaf}\n{issuer}\n"),
            format!("{leaf}\n{key}\n{issuer}"),
            format!("{issuer}{leaf}{key}"),
            format!("{leaf} {issuer}")
                .replace("\n", " ")
                .replace("-----END", "\r\n\r\n-----END"),
        ] {
            let content: Content = serde_json::from_value(text.clone().into()).unwrap();
            let found = content.certificate().unwrap();
            assert_eq!(found.same(&wanted), Same::Yes, "{text}");
            assert!(!format!("{content:?}").contains("broken"));
        }
        for text in [
            "",
            "suFedZgn",
            key,
            "-----BEGIN CERTIFICATE-----",
            "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----",
        ] {
            let content: Content = serde_json::from_value(text.into()).unwrap();
            assert!(content.certificate().is_none(), "{text}");
        }
        let content: Content = serde_json::from_value(serde_json::Value::Null).unwrap();
        assert!(content.certificate().is_none());
    }
}
