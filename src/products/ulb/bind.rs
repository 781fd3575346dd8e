//! The calls that change what a listener has: CLB and ALB have actions of their own, which name the
//! same things differently; one replaces a certificate on both.

use std::rc::Rc;
use std::time::Duration;

use super::look::look_with;
use super::read::{Family, location};
use super::store::stored_id;
use crate::config::Settings;
use crate::products::{Bind, Place, Product, Seen, Settled, Slot};
use crate::providers::Operation;
use crate::providers::ucloud::ulb::{
    Accepted, AddSSLBinding, BindSSL, DeleteSSLBinding, Location, Relation, ULB, UnbindSSL,
    UpdateListenerAttribute, UpdateSSLBinding,
};
use crate::transport::{
    Account, Client, Failure, Patience, PlannedCall, Reconciled, plan, reconcile,
};

/// What is waited for after a replacement.
const SHOWING: &str = "the bindings to show";

/// A listener of a load balancer.
#[derive(Clone, Copy)]
pub struct Target<'a> {
    /// The load balancer.
    pub load_balancer: &'a str,
    /// The listener.
    pub listener: &'a str,
}

impl<'a> Target<'a> {
    /// The listener that a place is of.
    pub fn of(place: &'a Place) -> Self {
        let (load_balancer, listener) = place.path.split_once('/').unwrap_or((&place.path, ""));
        Target {
            load_balancer,
            listener,
        }
    }
}

/// A place of a listener.
pub fn place(load_balancer: &str, listener: &str, slot: Slot) -> Place {
    Place {
        product: Product::Ulb,
        region: None,
        path: format!("{load_balancer}/{listener}"),
        slot,
    }
}

/// The call that makes a change.
pub enum Write<'a> {
    /// To a VServer.
    Bind(BindSSL<'a>),
    /// From a VServer.
    Unbind(UnbindSSL<'a>),
    /// To an ALB's listener.
    Add(AddSSLBinding<'a>),
    /// From an ALB's listener.
    Remove(DeleteSSLBinding<'a>),
    /// To an ALB's listener, as its default one.
    SetDefault(UpdateListenerAttribute<'a>),
    /// In the place of another one.
    Replace(UpdateSSLBinding<'a>),
}

/// Does the same with the call of each kind.
macro_rules! with_call {
    ($write:expr, $call:ident => $done:expr) => {
        match $write {
            Write::Bind($call) => $done,
            Write::Unbind($call) => $done,
            Write::Add($call) => $done,
            Write::Remove($call) => $done,
            Write::SetDefault($call) => $done,
            Write::Replace($call) => $done,
        }
    };
}

impl<'a> Write<'a> {
    /// The call that makes a place so; none where nothing goes and nothing comes. The slot tells the
    /// family of the load balancer: a listener of a CLB has one alone.
    pub fn of(location: Location<'a>, bind: Bind<'a>) -> Option<Self> {
        let Target {
            load_balancer,
            listener,
        } = Target::of(bind.place);
        let before = bind.before.map(|id| id.id.as_str());
        let after = bind.after.map(|id| id.id.as_str());
        Some(match (&bind.place.slot, before, after) {
            (_, None, None) => return None,
            (_, Some(old_ssl_id), Some(new_ssl_id)) => Write::Replace(UpdateSSLBinding {
                location,
                old_ssl_id,
                new_ssl_id,
                load_balancer_id: Some(load_balancer),
                listener_id: Some(listener),
            }),
            (Slot::Only, None, Some(ssl_id)) => Write::Bind(BindSSL {
                location,
                ulb_id: load_balancer,
                vserver_id: listener,
                ssl_id,
            }),
            (Slot::Only, Some(ssl_id), None) => Write::Unbind(UnbindSSL {
                location,
                ulb_id: load_balancer,
                vserver_id: listener,
                ssl_id,
            }),
            (Slot::Default, None, Some(default_ssl_id)) => {
                Write::SetDefault(UpdateListenerAttribute {
                    location,
                    load_balancer_id: load_balancer,
                    listener_id: listener,
                    default_ssl_id,
                })
            }
            (_, None, Some(ssl_id)) => Write::Add(AddSSLBinding {
                location,
                load_balancer_id: load_balancer,
                listener_id: listener,
                ssl_id,
            }),
            // The cloud refuses it for the default one.
            (_, Some(ssl_id), None) => Write::Remove(DeleteSSLBinding {
                location,
                load_balancer_id: load_balancer,
                listener_id: listener,
                ssl_id,
            }),
        })
    }

    /// The vendor's name for it.
    pub fn action(&self) -> &'static str {
        with_call!(self, call => action_of(call))
    }

    /// The call as a dry run shows it.
    pub fn plan(&self, settings: &Settings, targets: Vec<String>) -> PlannedCall {
        with_call!(self, call => plan(settings, call, targets))
    }

    /// Makes the call; after a lost answer `look` says whether it was carried out. A replacement that
    /// is made twice ends in the same state, so that it is made again also where nothing can be read.
    pub async fn send(
        &self,
        client: &Client<'_>,
        patience: Patience,
        look: impl AsyncFn() -> Result<Option<()>, Failure>,
    ) -> Settled {
        let repeats = matches!(self, Write::Replace(_));
        let look = async || match look().await {
            Err(_) if repeats => Ok(None),
            seen => seen,
        };
        let sent: Result<Reconciled<Accepted, ()>, Failure> =
            with_call!(self, call => reconcile(client, call, patience, look).await);
        sent.into()
    }
}

/// The vendor's name of the call that makes a change.
pub fn action(bind: &Bind<'_>) -> &'static str {
    let location = Location {
        region: "",
        project_id: None,
    };
    // Nothing is changed where nothing goes and nothing comes.
    Write::of(location, *bind).map_or("", |write| write.action())
}

const fn action_of<O: Operation>(_: &O) -> &'static str {
    O::ACTION
}

/// Makes changes one after the other.
pub async fn make_all(account: &Rc<Account<'_>>, binds: &[Bind<'_>]) -> Vec<Settled> {
    let mut made = Vec::with_capacity(binds.len());
    for bind in binds {
        made.push(match account.client(&ULB) {
            Ok(client) => make(&client, bind).await,
            Err(error) => Settled::failed(error.into()),
        });
    }
    made
}

async fn make(client: &Client<'_>, bind: &Bind<'_>) -> Settled {
    let location = location(client.account().settings(), bind.region);
    let Some(write) = Write::of(location, *bind) else {
        return Settled::unchanged();
    };
    let look = async || all_done(client, std::slice::from_ref(bind)).await;
    write.send(client, Patience::AT_THE_END, look).await
}

/// Whether reading shows all of them as asked.
async fn all_done(client: &Client<'_>, binds: &[Bind<'_>]) -> Result<Option<()>, Failure> {
    let seen = look_with(client, binds).await.into_iter();
    let seen: Vec<Seen> = seen.collect::<Result<_, _>>()?;
    Ok(seen.iter().all(|one| *one == Seen::Confirmed).then_some(()))
}

/// Replaces a certificate wherever the call says, and reads what became of each of these bindings,
/// until all show it or `limit` is over. Each counts as changed once reading shows it, though the
/// answer may have been lost.
pub async fn replace(
    client: &Client<'_>,
    call: UpdateSSLBinding<'_>,
    affected: &[Relation],
    limit: Duration,
) -> Vec<Settled> {
    let location = call.location;
    let old = stored_id(location, call.old_ssl_id);
    let new = stored_id(location, call.new_ssl_id);
    let place = |relation: &Relation| {
        let (owner, listener) = (&relation.load_balancer_id, &relation.listener_id);
        place(owner, listener, Family::hinted(owner).slot())
    };
    let places: Vec<Place> = affected.iter().map(place).collect();
    let bind = |place| Bind {
        place,
        region: Some(location.region),
        before: Some(&old),
        after: Some(&new),
    };
    let binds: &Vec<Bind<'_>> = &places.iter().map(bind).collect();
    let look = async || all_done(client, binds).await;
    let call = Write::Replace(call);
    let sent = call.send(client, Patience::AT_THE_END, look).await;
    let read = async || look_with(client, binds).await;
    let is_over = |seen: &Vec<_>| {
        let mut seen = seen.iter();
        seen.all(|one| matches!(one, Ok(Seen::Confirmed) | Err(_)))
    };
    let seen = match (sent.is_changed(), sent.is_unknown()) {
        (true, _) => client.poll(SHOWING, limit, read, is_over).await,
        (_, true) if client.halt().is_none() => read().await,
        _ => return vec![sent; binds.len()],
    };
    let settled = |seen: Result<Seen, _>| {
        let unknown = |why| Settled {
            request_id: sent.request_id.clone(),
            ..Settled::unknown(why)
        };
        match (sent.is_changed(), seen.map(|seen| seen == Seen::Confirmed)) {
            (true, Ok(true)) => sent.clone().confirmed(),
            (true, Ok(false)) => unknown("accepted, but reading still shows the old certificate"),
            (true, Err(_)) => unknown("accepted, but it could not be read back"),
            (false, Ok(true)) => Settled::read_back(),
            (false, _) => sent.clone(),
        }
    };
    seen.into_iter().map(settled).collect()
}
