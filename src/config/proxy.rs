//! Which proxy, if any, stands between us and an address: the variables that curl reads.

use std::fmt;
use std::net::IpAddr;

use percent_encoding::percent_decode_str;
use url::{Host, Url};

use super::env::{self, Env};
use super::error::ConfigError;
use super::value::{Flaw, Origin, is_loopback};
use crate::secret::Secret;

/// An HTTP proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// The proxy with the user name and password that it wants, if any.
    pub url: Secret,
    /// The password in it, decoded.
    pub password: Option<Secret>,
    /// The same without them, fit to be shown.
    pub address: Url,
    /// The variable that names it.
    pub variable: &'static str,
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.address, self.variable)
    }
}

/// The proxy to reach `target` through. Loopback is never proxied.
///
/// `https_proxy` or `http_proxy` by the target's scheme, else `all_proxy`, unless `no_proxy`
/// covers the host; the lower-case spelling of each wins over the upper-case one, and a variable
/// set to nothing counts as unset.
///
/// # Errors
/// The variable whose value is not the address of an http or https proxy. Never the value: it may
/// hold a password.
pub fn proxy_for(env: &Env, target: &Url) -> Result<Option<Proxy>, ConfigError> {
    if is_loopback(target) {
        return Ok(None);
    }
    let scheme = if target.scheme() == "https" {
        env::HTTPS_PROXY
    } else {
        env::HTTP_PROXY
    };
    let Some((variable, text)) = first(env, scheme.into_iter().chain(env::ALL_PROXY))? else {
        return Ok(None);
    };
    if let Some((_, list)) = first(env, env::NO_PROXY)?
        && is_exempt(target, list)
    {
        return Ok(None);
    }
    parse(variable, text).map(Some)
}

fn first(
    env: &Env,
    variables: impl IntoIterator<Item = &'static str>,
) -> Result<Option<(&'static str, &str)>, ConfigError> {
    let mut set = variables
        .into_iter()
        .filter_map(|name| Some((name, env.non_empty(name)?)));
    let Some((variable, value)) = set.next() else {
        return Ok(None);
    };
    let origin = Origin::Env { variable };
    match value.to_str() {
        Some(text) => Ok(Some((variable, text))),
        None => Err(ConfigError::Flawed {
            origin,
            flaw: Flaw::NotUtf8,
        }),
    }
}

fn parse(variable: &'static str, text: &str) -> Result<Proxy, ConfigError> {
    let origin = Origin::Env { variable };
    if let Some(flaw) = Flaw::in_text(text) {
        return Err(ConfigError::Flawed { origin, flaw });
    }
    // A bare `proxy:3128` means http, as with curl.
    let url = match text.contains("://") {
        true => Url::parse(text),
        false => Url::parse(&format!("http://{text}")),
    };
    let url = url
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"));
    let Some(url) = url else {
        return Err(ConfigError::Invalid {
            origin,
            reason: "is not the URL of an http or https proxy".into(),
            hint: format!("set {variable} to http://HOST:PORT, or unset it"),
        });
    };
    let password = url.password().map(|password| {
        let password = percent_decode_str(password).decode_utf8_lossy();
        Secret::new(password.into_owned())
    });
    let mut address = url.clone();
    // Both fail only where there is no host, which http and https always have.
    let _ = address
        .set_username("")
        .and_then(|()| address.set_password(None));
    Ok(Proxy {
        url: Secret::new(url.into()),
        password,
        address,
        variable,
    })
}

/// Whether a `no_proxy` list covers a target: `*`, `example.com` (with all below it, also written
/// `.example.com`), an address, a network (`10.0.0.0/8`), each but the network with `:port`.
fn is_exempt(target: &Url, list: &str) -> bool {
    let host = match target.host() {
        Some(Host::Ipv4(ip)) => Ok(IpAddr::V4(ip)),
        Some(Host::Ipv6(ip)) => Ok(IpAddr::V6(ip)),
        Some(Host::Domain(name)) => Err(name.trim_end_matches('.')),
        None => return false,
    };
    list.split([',', ' ', '\t'])
        .filter(|entry| !entry.is_empty())
        .any(|entry| {
            if entry == "*" {
                return true;
            }
            let (name, port) = split_port(entry);
            if port.is_some() && port != target.port_or_known_default() {
                return false;
            }
            let name = name.trim_start_matches('[').trim_end_matches(']');
            match host {
                Ok(ip) => name.parse() == Ok(ip) || in_network(ip, name),
                Err(host) => is_below(host, name),
            }
        })
}

/// An entry's name and port. More than one colon and no bracket is an IPv6 address.
fn split_port(entry: &str) -> (&str, Option<u16>) {
    match entry
        .rsplit_once(':')
        .map(|(name, port)| (name, port.parse()))
    {
        Some((name, Ok(port))) if !name.contains(':') || name.ends_with(']') => (name, Some(port)),
        _ => (entry, None),
    }
}

fn is_below(host: &str, entry: &str) -> bool {
    let entry = entry
        .trim_start_matches("*.")
        .trim_start_matches('.')
        .trim_end_matches('.');
    let at = host.len().checked_sub(entry.len());
    at.is_some_and(|at| {
        let (below, end) = (host.get(..at), host.get(at..));
        !entry.is_empty()
            && end.is_some_and(|end| end.eq_ignore_ascii_case(entry))
            && below.is_some_and(|below| below.is_empty() || below.ends_with('.'))
    })
}

fn in_network(ip: IpAddr, network: &str) -> bool {
    let Some((base, bits)) = network.split_once('/') else {
        return false;
    };
    let (Ok(base), Ok(bits)) = (base.parse::<IpAddr>(), bits.parse::<u32>()) else {
        return false;
    };
    let differing = match (ip, base) {
        (IpAddr::V4(ip), IpAddr::V4(base)) => u128::from(ip.to_bits() ^ base.to_bits()) << 96,
        (IpAddr::V6(ip), IpAddr::V6(base)) => ip.to_bits() ^ base.to_bits(),
        _ => return false,
    };
    differing.leading_zeros() >= bits
}
