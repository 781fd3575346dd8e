//! What `certctl cert probe` is pointed at: hosts, and addresses to connect to in their place.

use std::net::IpAddr;

use crate::domain::Domain;

/// The port of HTTPS.
pub(super) const HTTPS: u16 = 443;

/// The label under which a wildcard is asked for: a name that nobody has for anything else.
const PROBE_LABEL: &str = "certctl-probe";

/// A host, and its port if one was named.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) host: Host,
    pub(super) port: Option<u16>,
}

/// A host, by name or address.
#[derive(Clone, Debug)]
pub(super) enum Host {
    Name(Domain),
    Address(IpAddr),
}

impl Place {
    /// Reads `HOST`, `HOST:PORT`, `[IPv6]:PORT` or an address alone. The error says what is wrong in
    /// a phrase that goes after the text.
    pub(super) fn parse(text: &str) -> Result<Place, String> {
        if text.contains("://") {
            return match Domain::parse(text) {
                Err(reason) => Err(reason),
                Ok(_) => Err("is a URL, not a host".into()),
            };
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Place {
                host: Host::Address(address),
                port: None,
            });
        }
        if let Some(rest) = text.strip_prefix('[') {
            let (address, rest) = rest
                .split_once(']')
                .ok_or("has '[' without ']': write an IPv6 address as [::1]:443")?;
            let address = address
                .parse()
                .map_err(|_| "has no IPv6 address between '[' and ']'")?;
            let port = match rest.strip_prefix(':') {
                Some(port) => Some(self::port(port)?),
                None if rest.is_empty() => None,
                None => return Err("has something other than a port after ']'".into()),
            };
            return Ok(Place {
                host: Host::Address(IpAddr::V6(address)),
                port,
            });
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, _)) if host.contains(':') => {
                return Err("has several ':': write an IPv6 address as [::1]:443".into());
            }
            Some((host, port)) => (host, Some(self::port(port)?)),
            None => (text, None),
        };
        let host = match host.parse::<IpAddr>() {
            Ok(address) => Host::Address(address),
            Err(_) => Host::Name(Domain::parse(host)?),
        };
        Ok(Place { host, port })
    }

    /// As [`Place::parse`], of what is connected to: there a wildcard is none.
    pub(super) fn parse_concrete(text: &str) -> Result<Place, String> {
        let place = Place::parse(text)?;
        match &place.host {
            Host::Name(name) if name.ascii().starts_with("*.") => {
                Err("is a wildcard: it has no address to connect to".into())
            }
            _ => Ok(place),
        }
    }

    /// What tells it from others.
    pub(super) fn key(&self) -> (String, u16) {
        (self.host.ascii(), self.port.unwrap_or(HTTPS))
    }
}

impl Host {
    /// One spelling of it.
    pub(super) fn ascii(&self) -> String {
        match self {
            Host::Name(name) => name.ascii().to_owned(),
            Host::Address(address) => address.to_string(),
        }
    }

    /// The name that is asked for: of a wildcard one that it stands for.
    pub(super) fn concrete(&self) -> String {
        match self {
            Host::Name(name) => match name.ascii().strip_prefix("*.") {
                Some(parent) => format!("{PROBE_LABEL}.{parent}"),
                None => name.ascii().to_owned(),
            },
            Host::Address(address) => address.to_string(),
        }
    }

    /// Whether it means this machine, whoever resolves it.
    pub(super) fn is_local(&self) -> bool {
        match self {
            Host::Name(name) => {
                let name = name.ascii();
                name == "localhost" || name.ends_with(".localhost")
            }
            Host::Address(_) => true,
        }
    }
}

fn port(text: &str) -> Result<u16, String> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse::<u16>() {
        Ok(port) if digits && port > 0 => Ok(port),
        _ => Err("has no port from 1 to 65535 after ':'".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_in_every_spelling() {
        for (text, host, port) in [
            ("a.com", "a.com", None),
            ("A.com:8443", "a.com", Some(8443)),
            ("*.example.com", "*.example.com", None),
            (".example.com:1", "*.example.com", Some(1)),
            ("bücher.example:65535", "xn--bcher-kva.example", Some(65535)),
            ("192.0.2.1", "192.0.2.1", None),
            ("192.0.2.1:443", "192.0.2.1", Some(443)),
            ("::1", "::1", None),
            ("[::1]", "::1", None),
            ("[2001:DB8::1]:8443", "2001:db8::1", Some(8443)),
        ] {
            let place = Place::parse(text).unwrap_or_else(|reason| panic!("{text} {reason}"));
            assert_eq!((place.host.ascii().as_str(), place.port), (host, port));
        }
    }

    #[test]
    fn what_is_no_host_is_said() {
        for (text, reason) in [
            ("https://a.com", "remove https://"),
            ("https://a.com:443/x", "remove https://"),
            ("ftp://a.com", "':'"),
            ("a.com:", "no port"),
            ("a.com:0", "no port"),
            ("a.com:65536", "no port"),
            ("a.com:+443", "no port"),
            ("a.com:https", "no port"),
            ("[::1", "without ']'"),
            ("[::1]443", "after ']'"),
            ("[a.com]:443", "no IPv6 address"),
            ("2001:db8::1:x", "several ':'"),
            ("a b", "space"),
            (":443", "empty label"),
        ] {
            let error = Place::parse(text).unwrap_err();
            assert!(error.contains(reason), "{text:?}: {error}");
        }
        let error = Place::parse_concrete("*.a.com").unwrap_err();
        assert!(error.contains("wildcard"), "{error}");
    }

    #[test]
    fn a_wildcard_is_asked_for_under_a_label_of_our_own() {
        let concrete = |text| Place::parse(text).unwrap().host.concrete();
        assert_eq!(concrete("*.Example.com"), "certctl-probe.example.com");
        assert_eq!(concrete("example.com"), "example.com");
        assert_eq!(concrete("::1"), "::1");
    }
}
