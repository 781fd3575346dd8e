//! What is there before a change is made: which domains are as asked already, and whether the store has
//! a file's certificate.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::Hash;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::StreamExt;

use super::bind::{CertType, Change, Source, wire};
use super::look::{Goal, HTTPS_IS_OFF, HTTPS_IS_ON, observe, serves};
use super::read;
use super::store::{self, Found};
use crate::cert::Certificate;
use crate::domain::Domain;
use crate::fault::Kind;
use crate::products::{Current, Seen};
use crate::providers::Operation;
use crate::providers::alibaba::cdn::{
    DescribeCdnHttpsDomainList, DescribeUserDomains, HttpsDomain, ListedDomain, NO_HTTPS_DOMAIN,
    USER_DOMAINS_PAGE_LIMIT,
};
use crate::providers::page::{Page, Rest};
use crate::transport::{Boxed, Client, Failure, Fate, PARALLEL, ends_run, read_each};

/// So many domains are read one by one; of more a list tells.
pub const FEW: usize = PARALLEL;

/// How many pages of a list are read at a time: each is some hundred kilobytes in memory.
const SIDE_BY_SIDE: usize = 8;

/// The longest list that is believed, in items.
const LONGEST: usize = 1_000_000;

/// The list names no zone for its times.
const ZONES: TimeDelta = TimeDelta::hours(15);

/// At most so many certificates that domains serve are looked at: a second's worth of calls.
const LOOKED_AT: usize = 100;

/// What is said of a domain that the list of those with HTTPS does not have.
const NOT_LISTED: &str = "not listed with HTTPS on";

/// What was seen before anything is sent.
pub struct Preview {
    /// The domains that are as asked already.
    pub(super) unchanged: Vec<usize>,
    /// The domains that a dry run knows the change to be refused for, and why.
    pub(super) refused: Vec<(usize, Failure)>,
    /// What the others have.
    pub(super) current: Current,
    /// How the certificate gets to the others.
    pub(super) source: Source,
    /// Why nothing that is sent could succeed.
    pub(super) ended: Option<Failure>,
}

impl Preview {
    /// Nothing is looked at.
    pub fn none(change: &Change<'_>) -> Self {
        Preview {
            unchanged: Vec::new(),
            refused: Vec::new(),
            current: Current::default(),
            source: change.source(),
            ended: None,
        }
    }

    /// Looks at what is there. A read that fails here stops nothing: one note says so, and the
    /// change is sent. `known` is the certificate of the store that is asked for.
    pub async fn read(
        client: &Client<'_>,
        change: &Change<'_>,
        domains: &[Domain],
        known: Option<Certificate>,
    ) -> Self {
        let mut preview = Preview::none(change);
        let mut lost: Option<Failure> = None;
        match domains.len() <= FEW {
            _ if change.cert_type == Some(CertType::Free) => {}
            true => {
                preview
                    .look_at_each(client, change, domains, &mut lost)
                    .await
            }
            false => {
                let current = &mut preview.current;
                match as_asked_by_list(client, change, domains, known, current).await {
                    Ok(unchanged) => preview.unchanged = unchanged,
                    Err(failure) => lost = Some(failure),
                }
            }
        }
        let goes_on = |failure: &Failure| !ends_run(failure) || failure.kind == Kind::Unsupported;
        if lost.as_ref().is_none_or(goes_on)
            && preview.unchanged.len() < domains.len()
            && change.is_looked_for()
        {
            match in_store(client, change).await {
                Ok(Some(found)) => preview.source = found,
                Ok(None) => {}
                Err(failure) => lost = lost.or(Some(failure)),
            }
        }
        if let Some(failure) = lost {
            match goes_on(&failure) && client.halt().is_none() {
                true => client.note(&format!(
                    "could not read the current state, so every change is sent: {}",
                    failure.in_words()
                )),
                false => preview.ended = Some(unsent(failure)),
            }
        }
        preview
    }

    /// Reads domain by domain which of them are as asked, and what the others have.
    async fn look_at_each(
        &mut self,
        client: &Client<'_>,
        change: &Change<'_>,
        domains: &[Domain],
        lost: &mut Option<Failure>,
    ) {
        let targets: Vec<usize> = (0..domains.len()).collect();
        let read = async |at: usize| observe(client, wire(&domains[at]), change.goal()).await;
        for (target, seen) in read_each(&targets, read).await {
            match seen {
                Ok(Seen::Confirmed) => self.unchanged.push(target),
                Ok(Seen::Pending(what) | Seen::Failed(what) | Seen::InUse(what)) => {
                    self.current.put(target, what);
                }
                // The change will be told the same of this domain; in a dry run there is none.
                Err(failure) if matches!(failure.kind, Kind::NotFound | Kind::State) => {
                    if client.only_reads() {
                        self.refused.push((target, failure));
                    }
                }
                Err(failure) => *lost = lost.take().or(Some(failure)),
            }
        }
    }
}

/// Finds in the list of all domains which of them are as asked. The list names certificates; of each
/// that may be the one, one domain is looked at.
async fn as_asked_by_list(
    client: &Client<'_>,
    change: &Change<'_>,
    domains: &[Domain],
    known: Option<Certificate>,
    current: &mut Current,
) -> Result<Vec<usize>, Failure> {
    let goal = change.goal();
    let asked: HashMap<&str, usize> = domains.iter().map(wire).zip(0..).collect();
    let wanted = match goal {
        Goal::On => return switched(client, &asked, "on", current).await,
        Goal::Off => return switched(client, &asked, "off", current).await,
        Goal::Certificate(wanted) => Some(wanted.clone()),
        Goal::Numbered { .. } if known.is_none() => match change.cert_id {
            Some(id) => Some(store::by_id(client, id).await?.certificate),
            None => None,
        },
        _ => known,
    };
    let ends = wanted.and_then(|wanted| wanted.expires);
    let mut alike: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    if client.only_reads() {
        asked.values().for_each(|at| current.put(*at, NOT_LISTED));
    }
    for served in served(client).await? {
        let Some(target) = asked.get(served.domain.as_str()) else {
            continue;
        };
        if client.only_reads() {
            current.put(*target, serves(&served.name));
        }
        let end = served.ends;
        let other = ends
            .zip(end)
            .is_some_and(|(own, end)| (own - end).abs() > ZONES);
        let misnamed = matches!(goal, Goal::Named(name) if served.name != name);
        if other || misnamed {
            continue;
        }
        // Without a name nobody knows whether two are one.
        let nameless = served.name.is_empty().then_some(*target);
        let key = (served.name, served.kind, end, nameless);
        alike.entry(key).or_default().push(*target);
    }
    let alike: Vec<Vec<usize>> = alike.into_values().take(LOOKED_AT).collect();
    let firsts: Vec<usize> = alike.iter().map(|targets| targets[0]).collect();
    let read = async |at: usize| observe(client, wire(&domains[at]), goal).await;
    let mut unchanged = Vec::new();
    for (first, seen) in read_each(&firsts, read).await {
        if seen? == Seen::Confirmed {
            let of_first = alike.iter().find(|targets| targets[0] == first);
            unchanged.extend(of_first.into_iter().flatten());
        }
    }
    Ok(unchanged)
}

/// Those of the domains that the list of all domains says are switched so.
async fn switched(
    client: &Client<'_>,
    asked: &HashMap<&str, usize>,
    to: &str,
    current: &mut Current,
) -> Result<Vec<usize>, Failure> {
    let call = |page_number: u32| DescribeUserDomains {
        page_number,
        ..read::ALL
    };
    let keep = |domain: ListedDomain| {
        let is_so = domain.ssl_protocol.eq_ignore_ascii_case(to);
        (domain.domain_name, is_so)
    };
    let listed = whole(client, call, keep).await?;
    let instead = match to {
        "on" => HTTPS_IS_OFF,
        _ => HTTPS_IS_ON,
    };
    for at in listed
        .iter()
        .filter_map(|(name, _)| asked.get(name.as_str()))
    {
        current.put(*at, instead);
    }
    let so = listed.iter().filter(|(_, is_so)| *is_so);
    Ok(so
        .filter_map(|(name, _)| asked.get(name.as_str()).copied())
        .collect())
}

/// What the list of domains whose HTTPS is on says of a certificate that one of them has.
#[derive(PartialEq, Eq, Hash)]
struct Served {
    /// The domain in the CDN's spelling.
    domain: String,
    /// The certificate's name in the store.
    name: String,
    /// `upload`, `cas` or `free`.
    kind: String,
    /// Until when it is valid, in a zone that is not told.
    ends: Option<DateTime<Utc>>,
}

/// The domains whose HTTPS is on, with the names of their certificates; a domain may have several.
async fn served(client: &Client<'_>) -> Result<HashSet<Served>, Failure> {
    let call = |page_number: u32| DescribeCdnHttpsDomainList {
        page_number,
        page_size: USER_DOMAINS_PAGE_LIMIT,
    };
    let keep = |domain: HttpsDomain| Served {
        domain: domain.domain_name,
        name: domain.cert_name,
        kind: domain.cert_type,
        ends: domain.cert_expire_time.map(|end| end.0),
    };
    match whole(client, call, keep).await {
        Err(failure) if failure.code.as_deref() == Some(NO_HTTPS_DOMAIN) => Ok(HashSet::new()),
        other => other,
    }
}

/// A list, its pages side by side after the first one; of each item only what is kept stays in
/// memory. How many come in a page is the gateway's to say, so that the first one tells how many
/// pages there are.
async fn whole<O, T, K>(
    client: &Client<'_>,
    call: impl Fn(u32) -> O,
    keep: impl Fn(T) -> K,
) -> Result<HashSet<K>, Failure>
where
    O: Operation,
    Page<T>: From<O::Reply>,
    K: Eq + Hash,
{
    let read = async |number: u32| {
        let done = client.call(&call(number)).await?;
        let page = Page::from(done.reply);
        let came = page.items.len();
        let kept: Vec<K> = page.items.into_iter().map(&keep).collect();
        Ok::<_, Failure>((kept, came, page.rest))
    };
    let (first, size, rest) = read(1).await?;
    let total = match rest {
        Rest::Total(total) => total,
        Rest::Parts { .. } | Rest::Token(_) | Rest::Open | Rest::Unsaid => size,
    };
    let torn = |have: usize| Failure {
        message: format!(
            "{}: the list is incomplete or changed during reading: received {have} of {total} \
             items",
            client.named::<O>()
        ),
        ..Failure::of(Kind::Unavailable, Fate::NotRun)
    };
    let mut came = size;
    let mut items: HashSet<K> = first.into_iter().collect();
    if size < total {
        if size == 0 || total > LONGEST {
            return Err(torn(size));
        }
        let last = u32::try_from(total.div_ceil(size)).unwrap_or(u32::MAX);
        let read = &read;
        let reads = (2..=last)
            .map(|number| -> Boxed<'_, _> { Box::pin(async move { read(number).await }) });
        let mut reads = futures_util::stream::iter(reads).buffer_unordered(SIDE_BY_SIDE);
        while let Some(page) = reads.next().await {
            let (page, count, _) = page?;
            came += count;
            items.extend(page);
        }
    }
    // An item that came twice has kept another one from coming.
    match came == total && items.len() == total {
        true => Ok(items),
        false => Err(torn(items.len())),
    }
}

/// Looks for the certificate of the file in the store: it is taken from there, or uploaded under
/// a name of its own where it is there with another chain.
async fn in_store(client: &Client<'_>, change: &Change<'_>) -> Result<Option<Source>, Failure> {
    let Some(certificate) = &change.certificate else {
        return Ok(None);
    };
    Ok(match store::find(client, certificate).await? {
        Found::This(stored) => Some(Source::from(*stored)),
        Found::Beside => change.source_beside(),
        Found::Another | Found::Nothing => None,
    })
}

/// A read that the run's end cut off: nothing was sent that changes anything.
fn unsent(failure: Failure) -> Failure {
    match failure.kind {
        Kind::Interrupted | Kind::Deadline => Failure {
            fate: Fate::NotSent,
            ..failure
        },
        _ => failure,
    }
}
