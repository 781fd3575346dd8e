//! What has to be done so that places serve a certificate: pure, from what is wanted and what is there.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::RangeInclusive;
use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::guard::{self, Guard, Refusal};
use super::{Borne, World};
use crate::cert::{Certificate, Same};
use crate::products::{Bears, Place, Slot, Store, StoreId, Undo, fit, spec_of, store_of};
use crate::sign::canonical::sha256_hex;

/// A certificate, and where it is wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// What people know it by: its file, or its name in the manifest.
    pub called: String,
    /// What it is, with its chain.
    pub certificate: Certificate,
    /// The files that it comes from, where it does.
    pub files: Option<Files>,
    /// Its id, where it lives in the store of an account and is wanted for places of that one alone.
    pub stored: Option<(usize, StoreId)>,
    /// Where it is wanted.
    pub on: Vec<Block>,
    /// The guards that do not count.
    pub allow: BTreeSet<Guard>,
}

/// The files of a certificate. What is in them is read elsewhere, and the key's by `apply` alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// The certificate, with its intermediates.
    pub cert: PathBuf,
    /// The intermediates, where they are apart.
    pub chain: Option<PathBuf>,
    /// Where the private key is.
    pub key: Option<KeySource>,
}

/// Where a private key is; never the key itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// In this file.
    File(PathBuf),
    /// In this environment variable.
    Env(String),
}

/// Places of one account, or of all, that are to serve a certificate.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// The account, by its number; none for all of them.
    pub account: Option<usize>,
    /// The products whose places are searched for those that the certificate is for, all with an empty
    /// list; none where only what is named counts.
    pub find: Option<Vec<String>>,
    /// Places that are named.
    pub places: Vec<Place>,
    /// Places that are left alone.
    pub except: Vec<Place>,
    /// How many places there have to be, those that serve the certificate already included.
    pub expect: Option<RangeInclusive<usize>>,
    /// Names that the places may lose.
    pub lose: Vec<String>,
    /// Whether HTTPS is switched on where a place that is named serves no certificate.
    pub on: bool,
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

/// A certificate in a store.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Upload {
    /// Which of the wanted certificates.
    pub certificate: usize,
    /// Which store.
    pub shelf: Shelf,
}

/// Where the wanted certificates are: the id in each store that was looked into, none where it is not
/// there with its chain.
pub type Shelved = HashMap<Upload, Option<StoreId>>;

/// A place that is to serve a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target {
    /// Which of the wanted certificates.
    pub certificate: usize,
    /// Which of its blocks.
    pub block: usize,
    /// The place, by account and number.
    pub at: (usize, usize),
    /// Whether it was named, and not found.
    pub is_named: bool,
}

/// What is done with a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The place.
    pub target: Target,
    /// The certificate that goes; none where the new one comes beside what is there, or what is there
    /// is in no store.
    pub before: Option<StoreId>,
    /// The store that the new one is in, or comes into; none where the old one only goes.
    pub after: Option<Shelf>,
    /// Whether the place serves nothing yet.
    pub is_first: bool,
    /// Whether the place can bear again what it bears.
    pub undo: Undo,
}

/// A place that is left as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// The place.
    pub target: Target,
    /// Which guard says so.
    pub guard: Guard,
    /// Why.
    pub message: String,
}

/// A place that was named and is nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Which of the wanted certificates.
    pub certificate: usize,
    /// The account that it was looked for in; none where that is any.
    pub account: Option<usize>,
    /// The place.
    pub place: Place,
}

/// What has to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The certificates that are uploaded, and where to.
    pub uploads: Vec<Upload>,
    /// The places that are changed.
    pub changes: Vec<Change>,
    /// The places that serve it already.
    pub unchanged: Vec<Target>,
    /// The places that a guard keeps as they are.
    pub blocked: Vec<Blocked>,
    /// The places that it is for and that serve no certificate.
    pub bare: Vec<Target>,
    /// The places that were named and are nowhere.
    pub missing: Vec<Missing>,
    /// What is against the whole: nothing is changed then.
    pub refused: Vec<Refusal>,
}

/// What a place needs.
enum Need {
    Nothing,
    Bare,
    Change(Vec<(Option<StoreId>, bool)>),
    Refused(Refusal),
}

/// The places that certificates are wanted for, each once: those that are named, and those that are
/// searched for, serve a certificate and have a name that it covers. What is against the search comes
/// with them.
pub fn targets(wanted: &[Wanted], world: &World) -> (Vec<Target>, Vec<Refusal>) {
    let mut refused = guard::of_accounts(world);
    let mut claims: BTreeMap<(usize, usize), Vec<Target>> = BTreeMap::new();
    for (certificate, one) in wanted.iter().enumerate() {
        for (block, on) in one.on.iter().enumerate() {
            let mut found = 0;
            for target in of_block(world, one, on) {
                found += usize::from(target.is_named || !world.is_bare(target.at));
                let target = Target {
                    certificate,
                    block,
                    ..target
                };
                let claims = claims.entry(target.at).or_default();
                // Two blocks of one certificate want the same.
                match claims
                    .iter_mut()
                    .find(|other| other.certificate == certificate)
                {
                    Some(other) => other.is_named |= target.is_named,
                    None => claims.push(target),
                }
            }
            refused.extend(guard::of_count(one, on, found));
        }
    }
    let mut targets = Vec::with_capacity(claims.len());
    for (at, claims) in claims {
        let named: Vec<&Target> = claims.iter().filter(|one| one.is_named).collect();
        let only = match (&claims[..], &named[..]) {
            ([only], _) => Some(*only),
            (_, [only]) => Some(**only),
            _ => None,
        };
        targets.push(match only {
            Some(only) => only,
            None => {
                let place = &world.binding(at).place;
                let called: Vec<&str> = claims
                    .iter()
                    .map(|one| wanted[one.certificate].called.as_str())
                    .collect();
                let message = format!("{place} is claimed by {}", called.join(" and "));
                refused.push((Guard::Claimed, message));
                claims[0]
            }
        });
    }
    (targets, refused)
}

/// The places of a block: as its certificate's first.
fn of_block<'w>(
    world: &'w World,
    wanted: &'w Wanted,
    on: &'w Block,
) -> impl Iterator<Item = Target> + 'w {
    let named: HashSet<&Place> = on.places.iter().collect();
    let except: HashSet<&Place> = on.except.iter().collect();
    let covers = |name: &&str| wanted.certificate.covers(name) == Some(true);
    world.places().filter_map(move |at| {
        let place = &world.binding(at).place;
        let word = place.product.word();
        let is_named = named.contains(place);
        let is_searched = on
            .find
            .as_ref()
            .is_some_and(|words| words.is_empty() || words.iter().any(|one| one == word));
        let is_wanted = on.account.is_none_or(|account| account == at.0)
            && !except.contains(place)
            && (is_named || is_searched && names(world, at, &[]).iter().any(covers));
        is_wanted.then_some(Target {
            certificate: 0,
            block: 0,
            at,
            is_named,
        })
    })
}

/// The store that a place takes its certificate from: in its own region, or the site of the
/// certificate that it serves now.
pub fn shelf(world: &World, at: (usize, usize)) -> Shelf {
    let binding = world.binding(at);
    let spec = spec_of(binding.place.product);
    let answering = &world.holdings[at.0].inventory.sites;
    let answers = |site: &String| answering.is_empty() || answering.contains(site);
    let site = || {
        let borne = world.borne(at);
        let mut ids = borne.iter().filter_map(|one| one.id);
        ids.find_map(|id| id.region.clone()).filter(answers)
    };
    let own = || {
        let sites = store_of(spec.store).sites;
        let region = world.holdings[at.0].region.as_deref();
        let own = sites.iter().find(|site| Some(**site) == region);
        let own = own.or(sites.first()).map(|site| (*site).to_owned());
        own.filter(answers).or_else(|| answering.first().cloned())
    };
    let fixed = spec.site.map(str::to_owned);
    let region = binding.region.clone().or(fixed);
    Shelf {
        account: at.0,
        store: spec.store,
        region: region.or_else(site).or_else(own),
    }
}

/// Plans: what has to be done so that the [`targets`] serve the certificates.
pub fn plan(
    wanted: &[Wanted],
    world: &World,
    (targets, refused): (Vec<Target>, Vec<Refusal>),
    shelved: &Shelved,
    now: DateTime<Utc>,
) -> Plan {
    let mut plan = Plan {
        refused,
        missing: missing(wanted, world),
        ..Plan::default()
    };
    let unfit: Vec<Option<Refusal>> = wanted
        .iter()
        .map(|one| {
            guard::of_certificate(&one.certificate, &one.called, now)
                .filter(|(guard, _)| !one.allow.contains(guard))
        })
        .collect();
    let mut uploads = BTreeSet::new();
    for target in targets {
        let one = &wanted[target.certificate];
        let upload = Upload {
            certificate: target.certificate,
            shelf: shelf(world, target.at),
        };
        let there = there(wanted, shelved, &upload);
        let is_bare = world.is_bare(target.at);
        let need = match (need(one, world, &target, there), &unfit[target.certificate]) {
            (Need::Change(_), Some(refusal)) => Need::Refused(refusal.clone()),
            (need, _) => need,
        };
        match need {
            Need::Nothing => plan.unchanged.push(target),
            Need::Bare => plan.bare.push(target),
            Need::Refused((guard, message)) => plan.blocked.push(Blocked {
                target,
                guard,
                message,
            }),
            Need::Change(members) => {
                if there.is_none() && members.iter().any(|(_, comes)| *comes) {
                    uploads.insert(upload.clone());
                }
                let binding = world.binding(target.at);
                let undo = (spec_of(binding.place.product).undo)(&binding.place, &binding.bears);
                plan.changes
                    .extend(members.into_iter().map(|(before, comes)| Change {
                        target,
                        before,
                        after: comes.then(|| upload.shelf.clone()),
                        is_first: is_bare,
                        undo,
                    }));
            }
        }
    }
    plan.uploads = uploads.into_iter().collect();
    plan
}

/// The id that a certificate has in a store already.
pub fn there<'w>(
    wanted: &'w [Wanted],
    shelved: &'w Shelved,
    upload: &Upload,
) -> Option<&'w StoreId> {
    match &wanted[upload.certificate].stored {
        Some((_, id)) => Some(id),
        None => shelved.get(upload)?.as_ref(),
    }
}

/// The places that are named and that no list has.
fn missing(wanted: &[Wanted], world: &World) -> Vec<Missing> {
    let mut there: HashMap<&Place, Vec<usize>> = HashMap::new();
    for at in world.places() {
        there
            .entry(&world.binding(at).place)
            .or_default()
            .push(at.0);
    }
    let is_there = |account: Option<usize>, place: &Place| match (there.get(place), account) {
        (Some(accounts), Some(own)) => accounts.contains(&own),
        (accounts, _) => accounts.is_some(),
    };
    let mut missing = Vec::new();
    for (certificate, one) in wanted.iter().enumerate() {
        for on in &one.on {
            let lacking = on
                .places
                .iter()
                .filter(|place| !is_there(on.account, place));
            missing.extend(lacking.map(|place| Missing {
                certificate,
                account: on.account,
                place: place.clone(),
            }));
        }
    }
    missing
}

/// What one place needs. `there` is the certificate's id in the store of the place.
fn need(wanted: &Wanted, world: &World, target: &Target, there: Option<&StoreId>) -> Need {
    let at = target.at;
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
    let switches_on = wanted.on[target.block].on && target.is_named;
    match (is_there, &olds[..]) {
        (true, []) => return Need::Nothing,
        (false, []) if borne.is_empty() && !is_set && !switches_on => return Need::Bare,
        _ => {}
    }
    match refusal(wanted, world, target, &olds) {
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
    target: &Target,
    olds: &[&Borne<'_>],
) -> Option<Refusal> {
    let binding = world.binding(target.at);
    let spec = spec_of(binding.place.product);
    if !binding.unsettled.is_empty() && !spec.waits {
        return Some((Guard::State, binding.unsettled.clone()));
    }
    if let Some(why) = (spec.never_alone)(&binding.place) {
        return Some((Guard::Wide, why.to_owned()));
    }
    if let Some((account, id)) = &wanted.stored
        && (*account != target.at.0 || id.store != spec.store)
    {
        let message = format!(
            "{} is in another store than this place takes",
            wanted.called
        );
        return Some((Guard::Store, message));
    }
    let new = (&wanted.certificate, wanted.called.as_str());
    let lose = &wanted.on[target.block].lose;
    let mut names = names(world, target.at, olds);
    names.retain(|name| !lose.iter().any(|lost| lost.eq_ignore_ascii_case(name)));
    let mut refusals: Vec<Refusal> = Vec::new();
    if olds.len() > 1 && binding.place.slot != Slot::Others {
        let message = format!(
            "it serves {} certificates at once, and one would take the place of all",
            olds.len()
        );
        refusals.push((Guard::Algorithm, message));
    }
    for old in olds {
        refusals.extend(guard::of_place(new, old.known, &names, target.is_named));
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

    /// Whether it is about no place at all.
    pub fn finds_nothing(&self) -> bool {
        self.changes.is_empty() && self.unchanged.is_empty() && self.blocked.is_empty()
    }

    /// How many places are changed.
    pub fn changed_places(&self) -> usize {
        let mut places: Vec<_> = self.changes.iter().map(|change| change.target.at).collect();
        places.dedup();
        places.len()
    }

    /// What tells this plan from every other: the first 12 digits of a SHA-256 over the accounts, the
    /// certificates, what is done, what is blocked or refused, and what is allowed; `7f3c-91ab-02de`. Two
    /// machines that see the same world make the same.
    pub fn id(&self, wanted: &[Wanted], world: &World) -> String {
        let identity = |account: usize| world.holdings[account].identity.as_str();
        let place = |at: (usize, usize)| {
            let binding = world.binding(at);
            let region = binding.region.as_deref().unwrap_or_default();
            format!("{} {} {region}", identity(at.0), binding.place)
        };
        let leaf = |certificate: usize| {
            let own = &wanted[certificate];
            match &own.stored {
                Some((_, id)) => &id.id,
                None => own.certificate.sha256.as_deref().unwrap_or_default(),
            }
        };
        let accounts = world.holdings.iter();
        let mut lines: Vec<String> = accounts
            .map(|one| format!("account {} {}", one.cloud, one.identity))
            .collect();
        for (at, one) in wanted.iter().enumerate() {
            let mut chain = one.certificate.chain.clone().unwrap_or_default();
            chain.sort_unstable();
            lines.push(format!("certificate {} {}", leaf(at), chain.join(" ")));
            let lost = one.on.iter().flat_map(|on| &on.lose);
            lines.extend(lost.map(|name| format!("lose {} {name}", leaf(at))));
            let allowed = one.allow.iter();
            lines.extend(allowed.map(|guard| format!("allow {} {}", leaf(at), guard.as_str())));
        }
        for upload in &self.uploads {
            let shelf = &upload.shelf;
            lines.push(format!(
                "upload {} {} {} {}",
                leaf(upload.certificate),
                identity(shelf.account),
                shelf.store.as_str(),
                shelf.region.as_deref().unwrap_or_default()
            ));
        }
        for change in &self.changes {
            let goes = change.before.as_ref().map_or("-", |id| id.id.as_str());
            let comes = change
                .after
                .as_ref()
                .map_or("-", |_| leaf(change.target.certificate));
            lines.push(format!("bind {} {goes} {comes}", place(change.target.at)));
        }
        for blocked in &self.blocked {
            let (place, guard) = (place(blocked.target.at), blocked.guard.as_str());
            lines.push(format!("blocked {place} {guard}"));
        }
        let refused = self.refused.iter();
        lines.extend(
            refused.map(|(guard, message)| format!("refused {} {message}", guard.as_str())),
        );
        lines.sort_unstable();
        let hash = sha256_hex(lines.join("\n"));
        format!("{}-{}-{}", &hash[..4], &hash[4..8], &hash[8..12])
    }
}
