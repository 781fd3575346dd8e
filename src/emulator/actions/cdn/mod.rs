//! Alibaba Cloud CDN, 2018-05-10: the domains and their certificates.

mod read;
mod set;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::cloud::Cloud;
use crate::emulator::reply::{Format, Refusal};
use crate::emulator::scenario::AccountChanges;

use super::cas::Certificate;
use super::{Account, Action, Call, Data, Handler, action, required};

const fn of(
    name: &'static str,
    per_second: usize,
    params: &'static [&'static str],
    handle: Handler,
) -> Action {
    Action {
        version: Some("2018-05-10"),
        per_second: Some(per_second),
        format: Format::Xml,
        ..action(Cloud::Alibaba, name, params, handle)
    }
}

/// What is emulated of CDN.
#[rustfmt::skip] // a line for the action and one for its parameters: a table, not calls
pub const ACTIONS: &[Action] = &[
    of("BatchSetCdnDomainServerCertificate", 10,
        &["DomainName", "SSLProtocol", "SSLPub", "SSLPri", "CertName", "CertType", "Region",
          "ForceSet"], set::batch_set),
    of("SetDomainServerCertificate", 10,
        &["DomainName", "ServerCertificateStatus", "ServerCertificate", "PrivateKey", "CertType",
          "CertName", "ForceSet"], set::set_single),
    of("SetCdnDomainSSLCertificate", 30,
        &["DomainName", "SSLProtocol", "SSLPub", "SSLPri", "CertName", "CertType", "CertId",
          "CertRegion", "Env"], set::set_ssl),
    of("DescribeDomainCertificateInfo", 100, &["DomainName"], read::describe_certificate),
    of("DescribeCdnDomainDetail", 30, &["DomainName"], read::describe_domain),
];

/// The account's domains; their certificates stand in the certificate store.
pub struct Store {
    domains: HashMap<String, Domain>,
    unknown: BTreeSet<String>,
    stored: Arc<Certificate>,
    batch_limit: usize,
    settle: Duration,
}

#[derive(Clone)]
struct Domain {
    state: State,
    https: bool,
    certificate: Option<Arc<Certificate>>,
    configuring_until: Option<Instant>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Online,
    Offline,
    Configuring,
    Denied,
    /// Online, and HTTPS must stay on.
    Locked,
}

impl Domain {
    fn configuring(&self, now: Instant) -> bool {
        self.configuring_until.is_some_and(|until| now < until)
    }
}

impl Store {
    /// The fixture's domains.
    pub fn new(stored: Arc<Certificate>, changes: &AccountChanges) -> Self {
        let fixture = |state, https, certified: bool| Domain {
            state,
            https,
            certificate: certified.then(|| stored.clone()),
            configuring_until: None,
        };
        let mut domains = HashMap::from([
            ("a.com".to_owned(), fixture(State::Online, true, true)),
            ("b.com".to_owned(), fixture(State::Online, false, true)),
            ("test.com".to_owned(), fixture(State::Online, false, true)),
            ("example.com".to_owned(), fixture(State::Online, true, true)),
        ]);
        let lists = [
            (&changes.domains, fixture(State::Online, false, true)),
            (
                &changes.uncertified_domains,
                fixture(State::Online, false, false),
            ),
            (
                &changes.offline_domains,
                fixture(State::Offline, false, true),
            ),
            (
                &changes.configuring_domains,
                fixture(State::Configuring, false, true),
            ),
            (&changes.denied_domains, fixture(State::Denied, false, true)),
        ];
        for (names, domain) in lists {
            domains.extend(names.iter().map(|name| (name.clone(), domain.clone())));
        }
        Store {
            domains,
            unknown: changes.unknown_domains.iter().cloned().collect(),
            stored,
            batch_limit: changes.batch_limit.unwrap_or(50),
            settle: Duration::from_millis(changes.cdn_settle_ms),
        }
    }

    /// The domain, made on demand under the names that are reserved for documentation.
    fn readable(&mut self, name: &str) -> Result<&Domain, Refusal> {
        if !self.domains.contains_key(name)
            && !self.unknown.contains(name)
            && let Some(domain) = self.on_demand(name)
        {
            self.domains.insert(name.to_owned(), domain);
        }
        match self.domains.get(name) {
            Some(domain) if domain.state == State::Denied => Err(Refusal::new(
                403,
                "IllegalOperation",
                "Illegal domain operate is not permitted.",
            )),
            Some(domain) if !self.unknown.contains(name) => Ok(domain),
            _ => Err(Refusal::new(
                404,
                "InvalidDomain.NotFound",
                "The domain provided does not belong to you.",
            )),
        }
    }

    fn on_demand(&self, name: &str) -> Option<Domain> {
        let reserved = ["example.com", "example.net", "example.org"];
        let documentation = reserved.iter().any(|zone| {
            name.strip_suffix(zone)
                .is_some_and(|front| front.is_empty() || front.ends_with('.'))
        });
        // A wildcard is spelled `.example.com`.
        let labels = name.strip_prefix('.').unwrap_or(name);
        let spelled = labels.split('.').all(|label| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        });
        if !documentation || !spelled || labels.starts_with("unknown") {
            return None;
        }
        let state = match labels {
            _ if labels.starts_with("offline") => State::Offline,
            _ if labels.starts_with("configuring") => State::Configuring,
            _ if labels.starts_with("denied") => State::Denied,
            _ if labels.starts_with("locked") => State::Locked,
            _ => State::Online,
        };
        Some(Domain {
            state,
            https: state == State::Locked,
            certificate: (!labels.starts_with("nocert")).then(|| self.stored.clone()),
            configuring_until: None,
        })
    }
}

fn bad(code: &str, message: &str) -> Refusal {
    Refusal::new(400, code, message)
}
