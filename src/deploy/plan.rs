//! What has to be done so that places serve a certificate: pure, from what is wanted and what is there.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};

use super::guard::{self, Guard, Refusal};
use super::{Borne, World};
use crate::cert::{Certificate, Same};
use crate::products::{
    Bears, Place, ProductSpec, Slot, Store, StoreId, Undo, fit, spec_of, store_of,
};
use crate::sign::canonical::sha256_hex;

/// A certificate, and where it is wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// What people know it by: its file.
    pub called: String,
    /// What it is, with its chain.
    pub certificate: Certificate,
    /// The places that are named; with none, every place is found that it is for.
    pub places: Vec<Place>,
    /// Places that are left alone.
    pub except: Vec<Place>,
    /// The guards that do not count.
    pub allow: BTreeSet<Guard>,
}

/// A store of an account: in one region or site, where it has several.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shelf {
    /// The account, by its number.
    pub account: usize,
    /// Which of its stores.
    pub store: Store,
    /// The region or site; the account's own where none is named.
    pub region: Option<String>,
}

/// Where the wanted certificate is: its id in each store that was looked into, none where it is not
/// there with its chain.
pub type Shelved = HashMap<Shelf, Option<StoreId>>;

/// What is done with a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The place, by account and number.
    pub at: (usize, usize),
    /// The certificate that goes; none where the new one comes beside what is there, or what is there
    /// is in no store.
    pub before: Option<StoreId>,
    /// The store that the new one is in, or comes into; none where the old one only goes.
    pub after: Option<Shelf>,
    /// Whether the place can bear again what it bears.
    pub undo: Undo,
}

/// A place that is left as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// The place, by account and number.
    pub at: (usize, usize),
    /// Which guard says so.
    pub guard: Guard,
    /// Why.
    pub message: String,
}

/// What has to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The stores that the certificate is uploaded to.
    pub uploads: Vec<Shelf>,
    /// The places that are changed.
    pub changes: Vec<Change>,
    /// The places that serve it already.
    pub unchanged: Vec<(usize, usize)>,
    /// The places that a guard keeps as they are.
    pub blocked: Vec<Blocked>,
    /// The places that it is for and that serve no certificate.
    pub bare: Vec<(usize, usize)>,
    /// The places that were named and are nowhere.
    pub missing: Vec<Place>,
}

/// What a place needs.
enum Need {
    Nothing,
    Bare,
    Change(Vec<(Option<StoreId>, bool)>),
    Refused(Refusal),
}

/// The places that a certificate is wanted for: those that are named, else all that serve a
/// certificate and of whose names it covers one.
pub fn targets(wanted: &Wanted, world: &World) -> Vec<(usize, usize)> {
    let named: HashSet<&Place> = wanted.places.iter().collect();
    let except: HashSet<&Place> = wanted.except.iter().collect();
    let is_wanted = |at: &(usize, usize)| {
        let place = &world.binding(*at).place;
        let is_found = || {
            let names = names(world, *at, &[]);
            names
                .iter()
                .any(|name| wanted.certificate.covers(name) == Some(true))
        };
        !except.contains(place)
            && match named.is_empty() {
                true => is_found(),
                false => named.contains(place),
            }
    };
    world.places().filter(is_wanted).collect()
}

/// The store that a place takes its certificate from: in its own region, or the site of the
/// certificate that it serves now.
pub fn shelf(world: &World, at: (usize, usize)) -> Shelf {
    let binding = world.binding(at);
    let spec = spec_of(binding.place.product);
    let site = || {
        let borne = world.borne(at);
        let mut ids = borne.iter().filter_map(|one| one.id);
        ids.find_map(|id| id.region.clone())
    };
    let own = || {
        let sites = store_of(spec.store).sites;
        let region = world.holdings[at.0].region.as_deref();
        let own = sites.iter().find(|site| Some(**site) == region);
        own.or(sites.first()).map(|site| (*site).to_owned())
    };
    let fixed = spec.site.map(str::to_owned);
    let region = binding.region.clone().or(fixed);
    Shelf {
        account: at.0,
        store: spec.store,
        region: region.or_else(site).or_else(own),
    }
}

/// Plans: what has to be done so that the places of [`targets`] serve the certificate.
pub fn plan(wanted: &Wanted, world: &World, shelved: &Shelved, now: DateTime<Utc>) -> Plan {
    let mut plan = Plan::default();
    let refused = guard::of_certificate(&wanted.certificate, &wanted.called, now)
        .filter(|(guard, _)| !wanted.allow.contains(guard));
    let mut uploads: Vec<Shelf> = Vec::new();
    let targets = targets(wanted, world);
    for &at in &targets {
        let shelf = shelf(world, at);
        let there = shelved.get(&shelf).and_then(Option::as_ref);
        let need = match (need(wanted, world, at, there), &refused) {
            (Need::Change(_), Some(refusal)) => Need::Refused(refusal.clone()),
            (need, _) => need,
        };
        match need {
            Need::Nothing => plan.unchanged.push(at),
            Need::Bare => plan.bare.push(at),
            Need::Refused((guard, message)) => plan.blocked.push(Blocked { at, guard, message }),
            Need::Change(members) => {
                if there.is_none() && members.iter().any(|(_, comes)| *comes) {
                    uploads.push(shelf.clone());
                }
                let binding = world.binding(at);
                let undo = (spec_of(binding.place.product).undo)(&binding.place, &binding.bears);
                plan.changes
                    .extend(members.into_iter().map(|(before, comes)| Change {
                        at,
                        before,
                        after: comes.then(|| shelf.clone()),
                        undo,
                    }));
            }
        }
    }
    uploads.sort_unstable();
    uploads.dedup();
    plan.uploads = uploads;
    let seen: HashSet<&Place> = targets.iter().map(|at| &world.binding(*at).place).collect();
    let missing = wanted.places.iter().filter(|place| !seen.contains(place));
    plan.missing = missing.cloned().collect();
    plan
}

/// What one place needs. `there` is the certificate's id in the store of the place.
fn need(wanted: &Wanted, world: &World, at: (usize, usize), there: Option<&StoreId>) -> Need {
    let binding = world.binding(at);
    if let Bears::Unread(failure) = &binding.bears {
        let message = format!("what it serves could not be read: {}", failure.in_words());
        return Need::Refused((Guard::Unread, message));
    }
    let borne = world.borne(at);
    let mut is_there = false;
    let mut olds: Vec<&Borne<'_>> = Vec::new();
    for one in &borne {
        match is_new(wanted, one, there) {
            Some(true) => is_there = true,
            Some(false) => olds.push(one),
            None => {
                let message = format!(
                    "it serves {}, with a chain that is not known",
                    wanted.called
                );
                return Need::Refused((Guard::Unread, message));
            }
        }
    }
    let is_set = binding.place.slot == Slot::Others;
    if is_set {
        // Of a set only what the new one is for gives way.
        olds.retain(|one| {
            let names = &one.known.certificate.names;
            names
                .iter()
                .any(|name| wanted.certificate.covers(name) == Some(true))
        });
    }
    let spec = spec_of(binding.place.product);
    match (is_there, &olds[..]) {
        (true, []) => return Need::Nothing,
        (false, []) if borne.is_empty() && !is_set => return Need::Bare,
        _ => {}
    }
    match refusal(wanted, world, at, &olds, spec) {
        Some(refusal) => Need::Refused(refusal),
        None => {
            let mut comes = !is_there;
            let mut members: Vec<(Option<StoreId>, bool)> = Vec::new();
            for old in olds {
                members.push((old.id.cloned(), comes));
                comes = false;
            }
            if comes {
                members.push((None, true));
            }
            Need::Change(members)
        }
    }
}

/// The first guard that keeps a place from being changed.
fn refusal(
    wanted: &Wanted,
    world: &World,
    at: (usize, usize),
    olds: &[&Borne<'_>],
    spec: &ProductSpec,
) -> Option<Refusal> {
    let binding = world.binding(at);
    if !binding.unsettled.is_empty() {
        return Some((Guard::State, binding.unsettled.clone()));
    }
    if let Some(why) = (spec.never_alone)(&binding.place) {
        return Some((Guard::Wide, why.to_owned()));
    }
    let new = (&wanted.certificate, wanted.called.as_str());
    let is_named = !wanted.places.is_empty();
    let names = names(world, at, olds);
    let mut refusals: Vec<Refusal> = Vec::new();
    if olds.len() > 1 && binding.place.slot != Slot::Others {
        let message = format!(
            "it serves {} certificates at once, and one would take the place of all",
            olds.len()
        );
        refusals.push((Guard::Algorithm, message));
    }
    for old in olds {
        refusals.extend(guard::of_place(new, old.known, &names, is_named));
    }
    if olds.is_empty()
        && let Some(message) = fit::misfit(new.0, new.1, names.iter().copied())
    {
        refusals.push((Guard::Names, message));
    }
    refusals
        .into_iter()
        .find(|(guard, _)| !wanted.allow.contains(guard))
}

/// The names that a place serves: the domain of its slot, its host names where they are known, else
/// those of the certificates that go, or of all that it serves.
fn names<'w>(world: &'w World, at: (usize, usize), olds: &[&Borne<'w>]) -> Vec<&'w str> {
    let binding = world.binding(at);
    if let Slot::Domain(domain) = &binding.place.slot {
        return vec![domain];
    }
    match (&binding.place.slot, olds) {
        (Slot::Others, [_, ..]) => {
            let names = olds.iter().flat_map(|old| &old.known.certificate.names);
            names.map(String::as_str).collect()
        }
        _ => world.names(at),
    }
}

/// Whether what a place serves is the certificate that is wanted, with its chain; `None` where the
/// chain is not known.
fn is_new(wanted: &Wanted, borne: &Borne<'_>, there: Option<&StoreId>) -> Option<bool> {
    if let (Some(id), Some(there)) = (borne.id, there) {
        return Some(id.store == there.store && id.id == there.id);
    }
    let own = &borne.known.certificate;
    match own.same(&wanted.certificate) {
        Same::Yes => Some(true),
        Same::LeafOnly | Same::No => Some(false),
        // What is in a store was looked for there with its chain, and is not this one.
        Same::Unknown if borne.id.is_some() => Some(false),
        Same::Unknown => match own.is_leaf_of(&wanted.certificate) {
            Some(true) => None,
            _ => Some(false),
        },
    }
}

impl Plan {
    /// Whether nothing is to be done.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// What tells this plan from every other: the first 12 digits of a SHA-256 over the accounts, the
    /// certificate, what is done, what is blocked and what is allowed; `7f3c-91ab-02de`. Two machines
    /// that see the same world make the same.
    pub fn id(&self, wanted: &Wanted, world: &World) -> String {
        let mut lines: Vec<String> = Vec::new();
        let place = |at: &(usize, usize)| {
            let binding = world.binding(*at);
            let region = binding.region.as_deref().unwrap_or_default();
            format!(
                "{} {} {region}",
                world.holdings[at.0].identity, binding.place
            )
        };
        lines.extend(
            world
                .holdings
                .iter()
                .map(|one| format!("account {} {}", one.cloud, one.identity)),
        );
        let certificate = &wanted.certificate;
        let mut chain = certificate.chain.clone().unwrap_or_default();
        chain.sort_unstable();
        let leaf = certificate.sha256.as_deref().unwrap_or_default();
        lines.push(format!("certificate {leaf} {}", chain.join(" ")));
        let id = |id: &Option<StoreId>| id.as_ref().map_or("-", |id| id.id.as_str()).to_owned();
        for shelf in &self.uploads {
            let identity = &world.holdings[shelf.account].identity;
            let region = shelf.region.as_deref().unwrap_or_default();
            lines.push(format!(
                "upload {identity} {} {region}",
                shelf.store.as_str()
            ));
        }
        for change in &self.changes {
            let comes = if change.after.is_some() { leaf } else { "-" };
            lines.push(format!(
                "bind {} {} {comes}",
                place(&change.at),
                id(&change.before)
            ));
        }
        for blocked in &self.blocked {
            lines.push(format!(
                "blocked {} {}",
                place(&blocked.at),
                blocked.guard.as_str()
            ));
        }
        lines.extend(
            wanted
                .allow
                .iter()
                .map(|guard| format!("allow {}", guard.as_str())),
        );
        lines.sort_unstable();
        let hash = sha256_hex(lines.join("\n"));
        format!("{}-{}-{}", &hash[..4], &hash[4..8], &hash[8..12])
    }
}
