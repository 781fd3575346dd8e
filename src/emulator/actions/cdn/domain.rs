//! The domains: what state each is in, what it serves, and what a change makes of it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, Utc};

use crate::emulator::reply::Refusal;
use crate::emulator::scenario::{AccountChanges, DomainStatus};

use super::bad;
use crate::emulator::actions::cas::Certificate;

/// A domain of the account.
#[derive(Clone)]
pub struct Domain {
    /// Its id; lists are in this order.
    pub number: u64,
    state: State,
    /// What it serves now.
    pub serves: Serves,
    /// When it was changed last.
    pub modified: DateTime<Utc>,
    change: Option<Change>,
}

/// What is answered over HTTPS.
#[derive(Clone)]
pub struct Serves {
    /// Whether HTTPS is on.
    pub https: bool,
    /// The certificate, also while HTTPS is off.
    pub certificate: Option<Arc<Certificate>>,
}

/// A change that is being rolled out.
#[derive(Clone)]
struct Change {
    until: Instant,
    /// What the domain serves then; nothing new where the change does not take.
    then: Option<Serves>,
}

/// What a domain is like.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Online.
    Online,
    /// Online, and HTTPS must stay on.
    Locked,
    /// Online, and no change takes.
    Failing,
    /// Another account's.
    Denied,
    /// In this state for good, or until a change takes.
    Is(DomainStatus),
}

impl Domain {
    /// A domain that nothing is done to.
    pub fn new(state: State, serves: Serves, modified: DateTime<Utc>) -> Self {
        Domain {
            number: 0,
            state,
            serves,
            modified,
            change: None,
        }
    }

    /// The vendor's word for its state.
    pub fn status(&self) -> DomainStatus {
        match self.state {
            _ if self.change.is_some() => DomainStatus::Configuring,
            State::Is(status) => status,
            State::Online | State::Locked | State::Failing | State::Denied => DomainStatus::Online,
        }
    }

    /// What it serves, and what it will serve once a change is over.
    pub fn bears(&self) -> impl Iterator<Item = &Serves> {
        let coming = self.change.iter().filter_map(|change| change.then.as_ref());
        std::iter::once(&self.serves).chain(coming)
    }

    /// Whether HTTPS must stay on.
    pub fn is_locked(&self) -> bool {
        self.state == State::Locked
    }

    /// Whether it is the account's at all.
    pub fn is_ours(&self) -> bool {
        self.state != State::Denied
    }

    /// Begins a change that is over at `until`. Switching off is immediate, as the vendor's guide
    /// says; a certificate is served once the change is over.
    pub fn begin(&mut self, serves: Serves, until: Instant, now: (Instant, DateTime<Utc>)) {
        let (now, utc) = now;
        self.modified = utc;
        let fails = self.state == State::Failing;
        if !serves.https && !fails {
            self.serves = serves.clone();
        }
        if self.state == State::Is(DomainStatus::ConfigureFailed) {
            self.state = State::Online;
        }
        let then = (!fails).then_some(serves);
        self.change = Some(Change { until, then });
        self.settle(now);
    }

    /// Ends a change whose time is over.
    fn settle(&mut self, now: Instant) {
        let Some(change) = self.change.take_if(|change| change.until <= now) else {
            return;
        };
        match change.then {
            Some(serves) => self.serves = serves,
            None => self.state = State::Is(DomainStatus::ConfigureFailed),
        }
    }
}

/// The domains by name, as CDN spells them: a wildcard is `.example.com`.
pub struct Domains {
    by_name: HashMap<String, Domain>,
    unknown: BTreeSet<String>,
    stored: Arc<Certificate>,
    created: DateTime<Utc>,
}

impl Domains {
    /// The fixture's domains, with the scenario's.
    pub fn new(
        changes: &AccountChanges,
        stored: &Arc<Certificate>,
        free: &Arc<Certificate>,
    ) -> Self {
        let mut domains = Domains {
            by_name: HashMap::new(),
            unknown: changes.unknown_domains.iter().cloned().collect(),
            stored: stored.clone(),
            created: DateTime::from_timestamp(1_577_836_800, 0).unwrap_or_default(),
        };
        let certified = |https| Serves {
            https,
            certificate: Some(stored.clone()),
        };
        let soon = Serves {
            https: true,
            certificate: Some(free.clone()),
        };
        let bare = Serves {
            https: false,
            certificate: None,
        };
        let online = State::Online;
        for (name, serves) in [
            ("a.com", certified(true)),
            ("b.com", certified(false)),
            ("test.com", certified(false)),
            ("example.com", certified(true)),
            ("expiring.example.com", soon),
        ] {
            domains.add(name, online, serves);
        }
        let lists = [
            (&changes.domains, online, certified(false)),
            (&changes.https_domains, online, certified(true)),
            (&changes.uncertified_domains, online, bare),
            (
                &changes.offline_domains,
                State::Is(DomainStatus::Offline),
                certified(false),
            ),
            (
                &changes.configuring_domains,
                State::Is(DomainStatus::Configuring),
                certified(false),
            ),
            (&changes.denied_domains, State::Denied, certified(false)),
            (&changes.failing_domains, State::Failing, certified(false)),
        ];
        for (names, state, serves) in lists {
            for name in names {
                domains.add(name, state, serves.clone());
            }
        }
        for (name, status) in &changes.domain_statuses {
            domains.add(name, State::Is(*status), certified(false));
        }
        domains
    }

    fn add(&mut self, name: &str, state: State, serves: Serves) {
        self.put(name, Domain::new(state, serves, self.created));
    }

    /// So many domains with HTTPS on and one certificate.
    pub fn add_sites(&mut self, count: usize, certificate: &Arc<Certificate>) {
        for number in 1..=count {
            let serves = Serves {
                https: true,
                certificate: Some(certificate.clone()),
            };
            let name = format!("site{number:05}.example.com");
            self.add(&name, State::Online, serves);
        }
    }

    /// Puts a domain in its place; a new one is the last of the list.
    pub fn put(&mut self, name: &str, mut domain: Domain) {
        domain.number = match self.by_name.get(name) {
            Some(earlier) => earlier.number,
            None => 11_000_001 + self.by_name.len() as u64,
        };
        self.by_name.insert(name.to_owned(), domain);
    }

    /// The account's domains, in order.
    pub fn list(&mut self, now: Instant) -> Vec<(&str, &Domain)> {
        for domain in self.by_name.values_mut() {
            domain.settle(now);
        }
        let named = self
            .by_name
            .iter()
            .filter(|(name, domain)| domain.is_ours() && !self.unknown.contains(name.as_str()));
        let mut list: Vec<_> = named
            .map(|(name, domain)| (name.as_str(), domain))
            .collect();
        list.sort_by_key(|(_, domain)| domain.number);
        list
    }

    /// The domain as it is now; under the names that are reserved for documentation there is one
    /// for every name.
    ///
    /// # Errors
    /// The vendor's refusals of a domain that is nobody's or another account's.
    pub fn read(&mut self, name: &str, now: Instant) -> Result<Domain, Refusal> {
        let found = match self.by_name.get_mut(name) {
            _ if self.unknown.contains(name) => None,
            Some(domain) => {
                domain.settle(now);
                Some(domain.clone())
            }
            None => self.on_demand(name),
        };
        match found {
            Some(domain) if domain.is_ours() => Ok(domain),
            Some(_) => Err(Refusal::new(
                403,
                "IllegalOperation",
                "Illegal domain operate is not permitted.",
            )),
            None => Err(Refusal::new(
                404,
                "InvalidDomain.NotFound",
                "The domain provided does not belong to you.",
            )),
        }
    }

    /// The certificate that is shown to who asks for a host: that of its domain, else that of the
    /// wildcard above it; none while HTTPS is off.
    pub fn shown(&mut self, host: &str, now: Instant) -> Option<Arc<Certificate>> {
        let wildcard = host.split_once('.').map(|(_, parent)| format!(".{parent}"));
        let wildcard = wildcard.filter(|name| self.by_name.contains_key(name));
        let name = match wildcard {
            Some(name) if !self.by_name.contains_key(host) => name,
            _ => host.to_owned(),
        };
        let serves = self.read(&name, now).ok()?.serves;
        serves.certificate.filter(|_| serves.https)
    }

    /// [`Domains::read`], where the domain takes a change now.
    ///
    /// # Errors
    /// The vendor's refusals of a domain in another state than online.
    pub fn writable(&mut self, name: &str, now: Instant) -> Result<Domain, Refusal> {
        let domain = self.read(name, now)?;
        match domain.status() {
            DomainStatus::Online | DomainStatus::ConfigureFailed => Ok(domain),
            DomainStatus::Configuring => Err(Refusal::new(
                403,
                "ServiceBusy",
                "The specified Domain is configuring, please retry later.",
            )),
            DomainStatus::Offline => Err(bad(
                "InvalidDomain.Offline",
                "The domain provided is offline.",
            )),
            _ => Err(bad(
                "InvalidDomain.notOnline",
                "The domain provided is not online, please check and try again.",
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
            _ if labels.starts_with("offline") => State::Is(DomainStatus::Offline),
            _ if labels.starts_with("configuring") => State::Is(DomainStatus::Configuring),
            _ if labels.starts_with("denied") => State::Denied,
            _ if labels.starts_with("locked") => State::Locked,
            _ if labels.starts_with("failing") => State::Failing,
            _ => State::Online,
        };
        let serves = Serves {
            https: state == State::Locked,
            certificate: (!labels.starts_with("nocert")).then(|| self.stored.clone()),
        };
        Some(Domain::new(state, serves, self.created))
    }
}
