//! Whether listeners have what they are to have, going by what the certificates say, and whether the
//! store has it.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::bind::Target;
use super::read::{certificate, location};
use super::store::Source;
use crate::cert::Same;
use crate::products::{Bind, Seen, Slot, StoreId};
use crate::providers::ucloud::ulb::{Certificate, Listener, Location, ULB};
use crate::transport::{Account, Client, Failure, in_order};

/// How a certificate is bound to a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Not at all.
    No,
    /// As one of several, or the only one of a CLB's.
    Bound,
    /// As the default one.
    Default,
}

impl Hold {
    /// What a certificate says; one that is not there is bound nowhere.
    pub fn of(certificate: Option<&Certificate>, target: Target<'_>) -> Self {
        match certificate.and_then(|one| one.relation(target.load_balancer, target.listener)) {
            None => Hold::No,
            Some(relation) if relation.is_default => Hold::Default,
            Some(_) => Hold::Bound,
        }
    }

    /// What a listener says.
    pub fn on(listener: &Listener, ssl_id: &str) -> Self {
        let mut certificates = listener.certificates.iter();
        match certificates.find(|one| one.ssl_id == ssl_id) {
            None => Hold::No,
            Some(bound) if bound.is_default == Some(true) => Hold::Default,
            Some(_) => Hold::Bound,
        }
    }
}

/// Whether a slot is as asked, by how what goes and what comes is held.
pub fn is_done(slot: &Slot, before: Option<Hold>, after: Option<Hold>) -> bool {
    let is_there = |hold| match slot {
        Slot::Default => hold == Hold::Default,
        _ => hold != Hold::No,
    };
    before.is_none_or(|hold| hold == Hold::No) && after.is_none_or(is_there)
}

/// Whether the store shows what was put there under an id.
///
/// # Errors
/// Why it cannot be read.
pub async fn see(
    client: &Client<'_>,
    location: Location<'_>,
    source: Source<'_>,
    id: &str,
) -> Result<Seen, Failure> {
    let stored = certificate(client, location, id).await?;
    Ok(match stored.map(|one| source.same(&one)) {
        Some(Same::Yes) => Seen::Confirmed,
        Some(Same::LeafOnly) => Seen::Pending(format!("{id} has another chain")),
        Some(Same::No) => Seen::Pending(format!("{id} is another certificate")),
        Some(Same::Unknown) => Seen::Pending(format!("the cloud returns {id} without its content")),
        None => Seen::Pending(format!("{id} cannot be read yet")),
    })
}

/// Whether each place is as asked by now.
pub async fn look(account: &Rc<Account<'_>>, binds: &[Bind<'_>]) -> Vec<Result<Seen, Failure>> {
    match account.client(&ULB) {
        Ok(client) => look_with(&client, binds).await,
        Err(error) => vec![Err(error.into()); binds.len()],
    }
}

/// [`look`] with the client that there is: each certificate is read once.
pub async fn look_with(client: &Client<'_>, binds: &[Bind<'_>]) -> Vec<Result<Seen, Failure>> {
    let mut ids: Vec<(Option<&str>, &str)> = Vec::new();
    for bind in binds {
        let asked = [bind.before, bind.after].into_iter().flatten();
        ids.extend(asked.map(|id| (bind.region, id.id.as_str())));
    }
    ids.sort_unstable();
    ids.dedup();
    let settings = client.account().settings();
    let read = async |at: usize| {
        let (region, id) = ids[at];
        certificate(client, location(settings, region), id).await
    };
    let read = in_order(ids.len(), read).await;
    let read: BTreeMap<_, _> = ids.iter().copied().zip(read).collect();
    let judge = |bind: &Bind<'_>| {
        let hold = |id: Option<&StoreId>| -> Result<_, Failure> {
            let Some(id) = id else { return Ok(None) };
            let found = read[&(bind.region, id.id.as_str())].as_ref();
            let found = found.map_err(Failure::clone)?.as_ref();
            Ok(Some(Hold::of(found, Target::of(bind.place))))
        };
        let (before, after) = (hold(bind.before)?, hold(bind.after)?);
        Ok(match is_done(&bind.place.slot, before, after) {
            true => Seen::Confirmed,
            false => Seen::Pending("the cloud does not show it yet".into()),
        })
    };
    binds.iter().map(judge).collect()
}
