//! Domain names as people write them and as the clouds take them.
#![deny(clippy::disallowed_methods)]

use std::fmt;

/// A domain that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    asked: String,
    ascii: String,
}

/// The commas of Chinese and Japanese keyboards, which some tables of IDNA let through.
pub const FOREIGN_COMMAS: [char; 5] = ['，', '、', '､', '﹐', '﹑'];

/// The longest name, without a wildcard (RFC 1035).
const NAME_LIMIT: usize = 253;

/// The longest label (RFC 1035).
const LABEL_LIMIT: usize = 63;

impl Domain {
    /// Reads a host name. `*.example.com` and the CDN's own `.example.com` name the wildcard;
    /// names in other scripts become A-labels (RFC 5890). The error says what is wrong in a
    /// phrase that goes after the name.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(scheme) = ["https://", "http://"]
            .iter()
            .find(|s| text.starts_with(**s))
        {
            return Err(format!("is a URL, not a domain: remove {scheme}"));
        }
        if let Some(bad) = text.chars().find(|c| c.is_whitespace() || c.is_control()) {
            return Err(match bad {
                ' ' => "contains a space".into(),
                other => format!("contains the character U+{:04X}", u32::from(other)),
            });
        }
        if let Some(bad) = text
            .chars()
            .find(|c| "/:?#@%\\\"'<>[]{}|^`;=,&()!$+~".contains(*c) || FOREIGN_COMMAS.contains(c))
        {
            return Err(format!("contains '{bad}': use the host name only"));
        }
        let (wildcard, host) = match text.strip_prefix("*.").or(text.strip_prefix('.')) {
            Some(host) => (true, host),
            None => (false, text),
        };
        if host.contains('*') {
            return Err("has '*' in another place than the whole first label".into());
        }
        let ascii = match host.is_ascii() {
            true => host.to_ascii_lowercase(),
            false => match url::Host::parse(host) {
                Ok(url::Host::Domain(ascii)) => ascii,
                _ => return Err("is not a valid international domain name (RFC 5891)".into()),
            },
        };
        check_labels(&ascii)?;
        let ascii = match wildcard {
            true => format!("*.{ascii}"),
            false => ascii,
        };
        let asked = text.to_owned();
        Ok(Domain { asked, ascii })
    }

    /// The name as it was asked for.
    pub fn asked(&self) -> &str {
        &self.asked
    }

    /// Lower case, A-labels; a wildcard begins `*.`.
    pub fn ascii(&self) -> &str {
        &self.ascii
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.asked)
    }
}

fn check_labels(ascii: &str) -> Result<(), String> {
    if ascii.len() > NAME_LIMIT {
        return Err(format!(
            "is {} characters long; at most {NAME_LIMIT}",
            ascii.len()
        ));
    }
    for label in ascii.split('.') {
        if label.is_empty() {
            return Err("has an empty label (two dots, or a dot at an end)".into());
        }
        if label.len() > LABEL_LIMIT {
            let length = label.len();
            return Err(format!(
                "has a label of {length} characters; at most {LABEL_LIMIT}"
            ));
        }
        if label.starts_with('-') || label.ends_with('-') {
            return Err("has a label that begins or ends with '-'".into());
        }
        if let Some(bad) = label
            .chars()
            .find(|c| !(c.is_ascii_alphanumeric() || *c == '-' || *c == '_'))
        {
            return Err(format!("contains '{bad}'"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ascii(text: &str) -> String {
        Domain::parse(text).unwrap().ascii().to_owned()
    }

    #[test]
    fn names_are_brought_to_one_spelling() {
        assert_eq!(ascii("A.Example.COM"), "a.example.com");
        assert_eq!(ascii("*.example.com"), "*.example.com");
        assert_eq!(ascii(".example.com"), "*.example.com");
        assert_eq!(ascii("bücher.example"), "xn--bcher-kva.example");
        assert_eq!(ascii("_acme.example.com"), "_acme.example.com");
        let domain = Domain::parse("A.com").unwrap();
        assert_eq!(
            (domain.asked(), domain.to_string()),
            ("A.com", "A.com".into())
        );
    }

    #[test]
    fn names_may_be_as_long_as_dns_lets_them() {
        for longest in [
            format!("{}.com", "a".repeat(63)),
            format!("{}a", "a.".repeat(126)),
        ] {
            assert_eq!(ascii(&longest), longest);
        }
    }

    #[test]
    fn malformed_names_are_named() {
        let long = format!("{}.com", "a".repeat(64));
        let too_long = format!("{}com", "a.".repeat(126));
        for (text, reason) in [
            ("https://a.com", "remove https://"),
            ("a.com/path", "'/'"),
            ("a.com:443", "':'"),
            ("a b.com", "space"),
            ("a\tb.com", "U+0009"),
            ("a..com", "empty label"),
            ("a.com.", "empty label"),
            ("", "empty label"),
            ("a.com，b.com", "'，'"),
            ("a.com、b.com", "'、'"),
            ("*.*.com", "'*'"),
            ("a.*.com", "'*'"),
            ("*", "'*'"),
            ("-a.com", "'-'"),
            (long.as_str(), "64 characters"),
            (too_long.as_str(), "at most 253"),
        ] {
            let error = Domain::parse(text).unwrap_err();
            assert!(error.contains(reason), "{text:?}: {error}");
        }
    }
}
