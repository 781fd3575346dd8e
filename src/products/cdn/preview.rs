//! What is there before a change is made: which domains are as asked already, and whether the store has
//! a file's certificate.

use std::collections::{BTreeMap, HashMap};

use chrono::TimeDelta;

use super::bind::{CertType, Change, Source, wire};
use super::look::{Goal, observe};
use super::store::{self, Found};
use super::{read, said};
use crate::cert::Certificate;
use crate::domain::Domain;
use crate::fault::Kind;
use crate::products::Seen;
use crate::transport::{Client, Failure, Fate, PARALLEL, ends_run, read_each};

/// So many domains are read one by one; of more a list tells.
pub const FEW: usize = PARALLEL;

/// The list names no zone for its times.
const ZONES: TimeDelta = TimeDelta::hours(15);

/// At most so many certificates that domains serve are looked at: a second's worth of calls.
const LOOKED_AT: usize = 100;

/// What was seen before anything is sent.
pub struct Preview {
    /// The domains that are as asked already.
    pub(super) unchanged: Vec<usize>,
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
            true => preview.unchanged = as_asked_by_each(client, change, domains, &mut lost).await,
            false => match as_asked_by_list(client, change, domains, known).await {
                Ok(unchanged) => preview.unchanged = unchanged,
                Err(failure) => lost = Some(failure),
            },
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
                    "what is there already could not be read, so that everything is sent: {}",
                    said(&failure)
                )),
                false => preview.ended = Some(unsent(failure)),
            }
        }
        preview
    }
}

/// Reads domain by domain which of them are as asked.
async fn as_asked_by_each(
    client: &Client<'_>,
    change: &Change<'_>,
    domains: &[Domain],
    lost: &mut Option<Failure>,
) -> Vec<usize> {
    let targets: Vec<usize> = (0..domains.len()).collect();
    let read = async |at: usize| observe(client, wire(&domains[at]), change.goal()).await;
    let mut unchanged = Vec::new();
    for (target, seen) in read_each(&targets, read).await {
        match seen {
            Ok(Seen::Confirmed) => unchanged.push(target),
            Ok(_) => {}
            // The change will be told the same of this domain.
            Err(failure) if matches!(failure.kind, Kind::NotFound | Kind::State) => {}
            Err(failure) => *lost = lost.take().or(Some(failure)),
        }
    }
    unchanged
}

/// Finds in the list of all domains which of them are as asked. The list names certificates; of each
/// that may be the one, one domain is looked at.
async fn as_asked_by_list(
    client: &Client<'_>,
    change: &Change<'_>,
    domains: &[Domain],
    known: Option<Certificate>,
) -> Result<Vec<usize>, Failure> {
    let goal = change.goal();
    let asked: HashMap<&str, usize> = domains.iter().map(wire).zip(0..).collect();
    let wanted = match goal {
        Goal::On | Goal::Off => {
            let on = matches!(goal, Goal::On);
            let switches = read::switches(client).await?;
            let as_asked = asked
                .iter()
                .filter(|(name, _)| switches.get(**name) == Some(&on));
            return Ok(as_asked.map(|(_, target)| *target).collect());
        }
        Goal::Certificate(wanted) => Some(wanted.clone()),
        Goal::Numbered { .. } if known.is_none() => match change.cert_id {
            Some(id) => Some(store::by_id(client, id).await?.certificate),
            None => None,
        },
        _ => known,
    };
    let ends = wanted.and_then(|wanted| wanted.expires);
    let mut alike: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for served in read::served(client).await? {
        let Some(target) = asked.get(served.domain.as_str()) else {
            continue;
        };
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
