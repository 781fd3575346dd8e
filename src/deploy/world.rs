//! What all accounts have, joined: each certificate once, with the ids and the places that it has.

use std::collections::HashMap;

use crate::cert::Certificate;
use crate::cloud::Cloud;
use crate::products::{Bears, Binding, Held, Inventory, Store, StoreId};

/// An account, and what was read of it.
#[derive(Clone, Debug)]
pub struct Holding {
    /// Its cloud.
    pub cloud: Cloud,
    /// The profile that it is called with, where one was given.
    pub profile: Option<String>,
    /// Who the cloud says it is, with its project; empty where nobody asked.
    pub identity: String,
    /// Its region, where it has one of its own.
    pub region: Option<String>,
    /// What was read of it, where that was narrowed.
    pub scope: Scope,
    /// The account that it has to be, where that was pinned.
    pub pinned: Option<String>,
    /// The name of the account in the manifest, where one has it.
    pub label: Option<String>,
    /// What it has.
    pub inventory: Inventory,
}

/// What narrows an account down, beside its login.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The project, where the cloud has projects.
    pub project: Option<String>,
    /// The site, where the cloud has sites.
    pub site: Option<String>,
    /// The regions that are read; the account's own with none.
    pub regions: Vec<String>,
}

impl Holding {
    /// What people know it by: `alibaba`, `alibaba shop`.
    pub fn name(&self) -> String {
        match self.label.as_ref().or(self.profile.as_ref()) {
            Some(name) => format!("{} {name}", self.cloud),
            None => self.cloud.to_string(),
        }
    }
}

/// The account's number of an identity, which has the project behind it where there are projects.
pub fn account_number(identity: &str) -> &str {
    identity.split('/').next().unwrap_or_default()
}

/// A certificate, wherever it is.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// What its stores and places tell of it, together.
    pub certificate: Certificate,
    /// The accounts' stores that have it, and its id and name there.
    pub stored: Vec<(usize, StoreId, String)>,
    /// The places that bear it, as account and binding.
    pub places: Vec<(usize, usize)>,
}

/// What one place bears.
#[derive(Clone, Copy, Debug)]
pub struct Borne<'w> {
    /// The certificate.
    pub known: &'w Known,
    /// Its id in the account's store; none where it is in no store, or nobody says in which.
    pub id: Option<&'w StoreId>,
}

/// All accounts that were read.
#[derive(Debug)]
pub struct World {
    /// The accounts, in the order they were given.
    pub holdings: Vec<Holding>,
    certificates: Vec<Known>,
    /// What a place bears, by account and binding: certificates by their index.
    borne: HashMap<(usize, usize), Vec<usize>>,
}

impl World {
    /// Joins what the accounts have.
    pub fn new(holdings: Vec<Holding>) -> Self {
        let mut joined = Joined::default();
        for (account, holding) in holdings.iter().enumerate() {
            for one in &holding.inventory.stored {
                let at = joined.find_or_add(&one.certificate);
                joined.store(at, account, &one.id, &one.name);
            }
        }
        let mut borne = HashMap::new();
        for (account, holding) in holdings.iter().enumerate() {
            for (place, binding) in holding.inventory.bindings.iter().enumerate() {
                let certificates: Vec<usize> = held(binding)
                    .iter()
                    .map(|held| joined.of(account, held))
                    .collect();
                for at in &certificates {
                    joined.certificates[*at].places.push((account, place));
                }
                borne.insert((account, place), certificates);
            }
        }
        World {
            holdings,
            certificates: joined.certificates,
            borne,
        }
    }

    /// Every certificate, each once.
    pub fn certificates(&self) -> &[Known] {
        &self.certificates
    }

    /// A place, by account and number.
    pub fn binding(&self, (account, place): (usize, usize)) -> &Binding {
        &self.holdings[account].inventory.bindings[place]
    }

    /// What a place bears; nothing also where it could not be read.
    pub fn borne(&self, at: (usize, usize)) -> Vec<Borne<'_>> {
        let certificates = self.borne.get(&at).map(Vec::as_slice).unwrap_or_default();
        let held = held(self.binding(at)).iter();
        certificates
            .iter()
            .zip(held)
            .map(|(certificate, held)| Borne {
                known: &self.certificates[*certificate],
                id: match held {
                    Held::Stored(id) => Some(id),
                    Held::Own(_) => None,
                },
            })
            .collect()
    }

    /// The certificate of a place that a change takes away: the one of this id, or the one without.
    pub fn goes(&self, at: (usize, usize), id: Option<&StoreId>) -> Option<&Certificate> {
        let mut borne = self.borne(at).into_iter();
        let is_it = |one: &Borne<'_>| one.id.map(|id| &id.id) == id.map(|id| &id.id);
        let old = borne.find(is_it)?;
        Some(&old.known.certificate)
    }

    /// Whether a place is known to serve no certificate.
    pub fn is_bare(&self, at: (usize, usize)) -> bool {
        matches!(&self.binding(at).bears, Bears::These(these) if these.is_empty())
    }

    /// The names that a place serves: its host names where they are known whole, else those of the
    /// certificates that it bears.
    pub fn names(&self, at: (usize, usize)) -> Vec<&str> {
        let binding = self.binding(at);
        if !binding.hosts.is_empty() {
            return binding.hosts.iter().map(String::as_str).collect();
        }
        self.certificate_names(at)
    }

    /// The names of the certificates that a place bears, each once.
    pub fn certificate_names(&self, at: (usize, usize)) -> Vec<&str> {
        let mut names = Vec::new();
        for borne in self.borne(at) {
            for name in &borne.known.certificate.names {
                if !names.contains(&name.as_str()) {
                    names.push(name);
                }
            }
        }
        names
    }

    /// Every place, by account and number.
    pub fn places(&self) -> impl Iterator<Item = (usize, usize)> {
        let of = |(account, holding): (usize, &Holding)| {
            (0..holding.inventory.bindings.len()).map(move |place| (account, place))
        };
        self.holdings.iter().enumerate().flat_map(of)
    }

    /// Whether every list was read whole.
    pub fn is_complete(&self) -> bool {
        let whole = |holding: &Holding| holding.inventory.gaps.is_empty();
        self.holdings.iter().all(whole)
    }
}

fn held(binding: &Binding) -> &[Held] {
    match &binding.bears {
        Bears::These(these) => these,
        Bears::Unread(_) => &[],
    }
}

/// The certificates so far, and how they are found again.
#[derive(Default)]
struct Joined {
    certificates: Vec<Known>,
    /// By what tells a certificate from all others.
    marks: HashMap<String, usize>,
    /// By account, store and id.
    ids: HashMap<(usize, Store, String), usize>,
}

impl Joined {
    /// The certificate, which takes over what is new of it.
    fn find_or_add(&mut self, certificate: &Certificate) -> usize {
        let marks = marks(certificate);
        let found = marks
            .iter()
            .filter_map(|mark| self.marks.get(mark))
            .find(|at| {
                let there = &self.certificates[**at].certificate;
                there.is_leaf_of(certificate) == Some(true)
            });
        let at = match found {
            Some(at) => *at,
            None => {
                self.certificates.push(Known::default());
                self.certificates.len() - 1
            }
        };
        let known = &mut self.certificates[at].certificate;
        match found {
            Some(_) => known.join(certificate),
            None => known.clone_from(certificate),
        }
        for mark in marks {
            self.marks.entry(mark).or_insert(at);
        }
        at
    }

    fn store(&mut self, at: usize, account: usize, id: &StoreId, name: &str) {
        let stored = (account, id.clone(), name.to_owned());
        self.certificates[at].stored.push(stored);
        self.ids.insert((account, id.store, id.id.clone()), at);
    }

    /// What a place bears. An id that no list has is a certificate of which nothing else is known.
    fn of(&mut self, account: usize, held: &Held) -> usize {
        match held {
            Held::Own(certificate) => self.find_or_add(certificate),
            Held::Stored(id) => match self.ids.get(&(account, id.store, id.id.clone())) {
                Some(at) => *at,
                None => {
                    self.certificates.push(Known::default());
                    let at = self.certificates.len() - 1;
                    self.store(at, account, id, "");
                    at
                }
            },
        }
    }
}

/// What two tellings of one certificate may have in common.
fn marks(certificate: &Certificate) -> Vec<String> {
    let parts = [
        ("sha256", &certificate.sha256),
        ("sha1", &certificate.sha1),
        ("serial", &certificate.serial),
    ];
    let mark = |(kind, text): (&str, &Option<String>)| Some(format!("{kind} {}", text.as_ref()?));
    parts.into_iter().filter_map(mark).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::tests::{account, binding, id};
    use crate::products::Stored;

    fn certificate(sha1: &str, serial: &str, names: &[&str]) -> Certificate {
        let told = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Certificate {
            sha1: told(sha1),
            serial: told(serial),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            ..Certificate::default()
        }
    }

    fn stored(id: StoreId, certificate: Certificate) -> Stored {
        Stored {
            id,
            name: "a name".to_owned(),
            certificate,
        }
    }

    const SERIAL: &str = "0123456789abcdef01";

    #[test]
    fn a_certificate_is_there_once() {
        let (cas, ssl) = (id(Store::Cas, "1234567"), id(Store::Ssl, "abcd1234"));
        let whole = certificate("aa", SERIAL, &["a.com"]);
        let world = World::new(vec![
            account(
                Cloud::Alibaba,
                vec![stored(cas.clone(), certificate("aa", "", &["a.com"]))],
                vec![
                    binding("cdn a.com", &["a.com"], vec![Held::Stored(cas)]),
                    binding("cdn b.com", &["b.com"], vec![Held::Own(Box::new(whole))]),
                ],
            ),
            account(
                Cloud::Tencent,
                vec![stored(ssl, certificate("", SERIAL, &[]))],
                Vec::new(),
            ),
        ]);
        // The stores are joined before the places: what only a place tells of both comes too late.
        let ids = |known: &Known| {
            known
                .stored
                .iter()
                .map(|(_, id, _)| id.id.clone())
                .collect()
        };
        let all: Vec<Vec<String>> = world.certificates().iter().map(ids).collect();
        assert_eq!(all, [["1234567"], ["abcd1234"]]);
        let known = &world.certificates()[0];
        assert_eq!(known.places, [(0, 0), (0, 1)]);
        assert_eq!(known.certificate.serial.as_deref(), Some(SERIAL));
        assert_eq!(
            world.borne((0, 0))[0].id.map(|id| id.id.as_str()),
            Some("1234567")
        );
        assert!(world.borne((0, 1))[0].id.is_none());
    }

    #[test]
    fn ids_are_an_accounts_own() {
        let one = id(Store::Ulb, "ssl-1");
        let of = |sha1: &str| {
            account(
                Cloud::Ucloud,
                vec![stored(one.clone(), certificate(sha1, "", &[sha1]))],
                vec![binding(
                    "ulb ulb-1/vserver-1",
                    &[],
                    vec![Held::Stored(one.clone())],
                )],
            )
        };
        let world = World::new(vec![of("aa"), of("bb")]);
        assert_eq!(world.certificates().len(), 2);
        assert_eq!(world.names((0, 0)), ["aa"]);
        assert_eq!(world.names((1, 0)), ["bb"]);
        assert_eq!(world.places().collect::<Vec<_>>(), [(0, 0), (1, 0)]);
    }

    #[test]
    fn what_no_list_has_is_known_by_its_id() {
        let gone = Held::Stored(id(Store::Cas, "7"));
        let bindings = vec![
            binding("cdn a.com", &[], vec![gone.clone()]),
            binding("cdn b.com", &[], vec![gone]),
        ];
        let world = World::new(vec![account(Cloud::Alibaba, Vec::new(), bindings)]);
        assert_eq!(world.certificates().len(), 1);
        assert_eq!(world.certificates()[0].places.len(), 2);
        assert!(world.names((0, 0)).is_empty());
    }

    /// Two small numbers of two authorities are not one certificate, nor are two without any mark.
    #[test]
    fn what_cannot_be_told_apart_is_not_joined() {
        let some = [
            certificate("", "01", &["a.com"]),
            certificate("", "01", &["b.com"]),
            certificate("", "", &["c.com"]),
            certificate("", "", &["c.com"]),
        ];
        let stored = some.into_iter().enumerate();
        let stored = stored
            .map(|(number, one)| stored_as(number, one))
            .collect::<Vec<_>>();
        let world = World::new(vec![account(Cloud::Alibaba, stored, Vec::new())]);
        assert_eq!(world.certificates().len(), 4);
    }

    fn stored_as(number: usize, certificate: Certificate) -> Stored {
        stored(id(Store::Cas, &number.to_string()), certificate)
    }
}
