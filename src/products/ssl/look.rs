//! Whether an instance is deployed: as its record says, and what bears the certificate.

use std::cmp::Reverse;
use std::rc::Rc;

use super::bind::{Group, groups};
use super::hosts::{has_list, places};
use super::record::{Of, Progress, Watch, reason};
use crate::products::{Bind, Seen};
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::records::{Item, Kind as RecordKind, RECORD_PAGE, State};
use crate::providers::tencent::ssl::resource::{Instance, ResourceType};
use crate::transport::{Account, Boxed, Client, Failure, read_each};

/// How many records of a certificate and type are looked into, the newest first.
const LOOKED_INTO: usize = 20;

/// What a record says of some of its items. Where it has none of them, all have to be well.
pub fn of_items<'i>(items: impl IntoIterator<Item = &'i Item>, progress: &Progress) -> Seen {
    let items: Vec<&Item> = items.into_iter().collect();
    if let Some(failed) = items.iter().find(|item| item.state().is_failure()) {
        return Seen::Failed(reason(failed));
    }
    let is_through = match items.is_empty() {
        true => progress.is_over && progress.counts.failed == 0,
        false => items.iter().all(|item| item.state().is_settled()),
    };
    match is_through {
        true => Seen::Confirmed,
        false => Seen::Pending(progress.words()),
    }
}

/// What a deployment's record says of an instance.
pub fn of_instance(of: ResourceType, instance: &Instance, progress: &Progress) -> Seen {
    let items = progress.items.iter();
    let items: Vec<&Item> = items.filter(|item| item.is_of(of, instance)).collect();
    let has = |is: fn(State) -> bool| items.iter().any(|item| is(item.state()));
    match has(|state| state == State::RolledBack) && !has(State::is_failure) {
        true => Seen::Failed("it was rolled back: it has the old certificate again".into()),
        false => of_items(items, progress),
    }
}

/// The records of targets, each looked at once however many targets it has.
pub struct Watches<'a> {
    watches: Vec<Watch<'a>>,
    /// Which of them each target has.
    of: Vec<Option<usize>>,
}

impl<'a> Watches<'a> {
    /// Of targets with these records.
    pub fn new(client: &'a Client<'a>, kind: RecordKind, records: &[Option<Rc<str>>]) -> Self {
        let mut known: Vec<&Rc<str>> = Vec::new();
        let mut of = Vec::with_capacity(records.len());
        for record in records {
            of.push(record.as_ref().map(|record| {
                let at = known.iter().position(|known| *known == record);
                at.unwrap_or_else(|| {
                    known.push(record);
                    known.len() - 1
                })
            }));
        }
        let watches = known.iter().map(|id| Watch::new(client, kind, id));
        Watches {
            watches: watches.collect(),
            of,
        }
    }

    /// What `seen` makes of each target's record; those without one are left out.
    pub async fn see(
        &self,
        targets: &[usize],
        seen: impl Fn(usize, &Progress) -> Seen,
    ) -> Vec<(usize, Result<Seen, Failure>)> {
        let wanted = |at: &usize| targets.iter().any(|target| self.of[*target] == Some(*at));
        let watches: Vec<usize> = (0..self.watches.len()).filter(wanted).collect();
        let looks = read_each(&watches, async |at| self.watches[at].look().await).await;
        let of_target = |target: &usize| {
            let (_, look) = looks.iter().find(|(at, _)| self.of[*target] == Some(*at))?;
            let seen = |progress| seen(*target, progress);
            Some((*target, look.as_ref().map(seen).map_err(Clone::clone)))
        };
        targets.iter().filter_map(of_target).collect()
    }
}

/// Whether the places of the binds are as asked: a group is told by the newest records that name them.
pub fn look<'c, 'e>(
    account: &'c Rc<Account<'e>>,
    binds: &'c [Bind<'c>],
) -> Boxed<'c, Vec<Result<Seen, Failure>>> {
    Box::pin(async move {
        let mut seen = vec![Ok(Seen::Pending("not checked yet".into())); binds.len()];
        for at in groups(binds) {
            let of_group: Vec<Bind<'_>> = at.iter().map(|at| binds[*at]).collect();
            let told = match Group::of(&of_group) {
                Ok(group) => look_at(account, &group).await,
                Err(reason) => Ok(vec![Seen::Failed(reason.message.clone()); at.len()]),
            };
            for (nth, at) in at.into_iter().enumerate() {
                seen[at] = match &told {
                    Ok(told) => Ok(told[nth].clone()),
                    Err(failure) => Err(failure.clone()),
                };
            }
        }
        seen
    })
}

/// A record that went well says what was so then: it counts where nothing contradicts it now.
async fn look_at(account: &Rc<Account<'_>>, group: &Group) -> Result<Vec<Seen>, Failure> {
    let client = &account.client(&SSL)?;
    let recorded = by_records(client, group).await?;
    let is_open = |seen: &Option<Seen>| matches!(seen, None | Some(Seen::Confirmed));
    let certificates = (&*group.certificate, &[][..]);
    let listed = match recorded.iter().any(is_open) {
        true => places(client, group.of, certificates, true, group.region()).await?,
        false => Vec::new(),
    };
    let told = recorded.into_iter().zip(&group.instances);
    let told = told.map(|(recorded, instance)| {
        let id = instance.place(group.of);
        let place = listed.iter().find(|place| place.id == id);
        let borne = match (group.of, place) {
            // Nothing tells what it bears; its name is another one afterwards.
            (ResourceType::Lighthouse | ResourceType::Mqtt, _) => None,
            (_, Some(place)) => Some(place.bears(&group.certificate)),
            // A list has those only that the names match.
            (of, None) => (!has_list(of)).then_some(false),
        };
        match (recorded, borne) {
            (Some(seen), _) if seen != Seen::Confirmed => seen,
            (_, Some(true)) | (Some(_), None) => Seen::Confirmed,
            (_, Some(false)) => Seen::Pending("it does not have the certificate".into()),
            (None, None) => Seen::Pending("no record mentions it".into()),
        }
    });
    Ok(told.collect())
}

/// What the newest record that names an instance says of it.
async fn by_records(client: &Client<'_>, group: &Group) -> Result<Vec<Option<Seen>>, Failure> {
    let mut told = vec![None; group.instances.len()];
    let of = Of::Deploys(&group.certificate, Some(group.of));
    let mut records = of.list(client, RECORD_PAGE).await?;
    let here = |region: &str| region.is_empty() || group.region().is_none_or(|own| own == region);
    records.retain(|record| here(&record.region));
    records.sort_by_key(|record| Reverse(record.create_time.map(|time| time.0)));
    for record in records.iter().take(LOOKED_INTO) {
        let progress = Watch::new(client, of.kind(), &record.id).look().await?;
        let is_fresh = progress.items.is_empty() && !progress.is_over;
        for (told, instance) in told.iter_mut().zip(&group.instances) {
            let mut items = progress.items.iter();
            if told.is_none() && (is_fresh || items.any(|item| item.is_of(group.of, instance))) {
                *told = Some(of_instance(group.of, instance, &progress));
            }
        }
        if told.iter().all(Option::is_some) {
            break;
        }
    }
    Ok(told)
}
