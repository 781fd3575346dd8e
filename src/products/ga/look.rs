//! Whether a certificate of a listener is as asked, and whether listener and accelerator take writes.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use super::read::certificates;
use crate::fault::Kind;
use crate::products::{Bind, Seen, Slot, Store, StoreId};
use crate::providers::alibaba::ga::{
    DescribeAccelerator, DescribeListener, GA, ListenerCertificate, PAGE_LIMIT, is_active,
};
use crate::transport::{Account, Client, Failure, Fate, ends_run, in_order};

/// How long a listener may take to accept writes again.
pub(super) const SETTLE_LIMIT: Duration = Duration::from_secs(180);

/// A listener and the accelerator that it is of.
#[derive(Clone, Copy, Debug)]
pub struct ListenerId<'a> {
    /// The accelerator.
    pub accelerator: &'a str,
    /// The listener.
    pub listener: &'a str,
}

impl<'a> ListenerId<'a> {
    /// The listener of a place's path.
    pub(super) fn of(path: &'a str) -> Self {
        let (accelerator, listener) = path.split_once('/').unwrap_or((path, ""));
        ListenerId {
            accelerator,
            listener,
        }
    }
}

/// A listener and its accelerator, which take one write at a time.
pub struct Instance<'a> {
    /// Who asks.
    pub client: &'a Client<'a>,
    /// Which listener.
    pub id: ListenerId<'a>,
}

/// What a look at a listener shows.
struct State {
    /// As [`unsettled`] says.
    unsettled: String,
    certificates: Vec<ListenerCertificate>,
}

impl Instance<'_> {
    /// The listener's certificates, all of them.
    ///
    /// # Errors
    /// They cannot be read.
    pub async fn certificates(&self) -> Result<Vec<ListenerCertificate>, Failure> {
        let ListenerId {
            accelerator,
            listener,
        } = self.id;
        certificates(self.client, accelerator, listener, PAGE_LIMIT).await
    }

    /// [`Instance::certificates`] where reading only serves to leave alone what is so already: it stops
    /// no change, except for what would stop that as well.
    ///
    /// # Errors
    /// What would stop the change as well.
    pub async fn glance(&self) -> Result<Option<Vec<ListenerCertificate>>, Failure> {
        match self.certificates().await {
            Ok(certificates) => Ok(Some(certificates)),
            Err(failure) if ends_run(&failure) || failure.kind == Kind::NotFound => Err(failure),
            Err(failure) => {
                self.client.note(&format!(
                    "could not read the certificates of {}, so the change is sent: {}",
                    self.id.listener, failure.message
                ));
                Ok(None)
            }
        }
    }

    /// The states are read first: what is active then has the certificates that are read afterwards.
    async fn look(&self) -> Result<State, Failure> {
        let (listener, accelerator) = (
            self.listener_state().await?,
            self.accelerator_state().await?,
        );
        Ok(State {
            unsettled: unsettled(&accelerator, &listener),
            certificates: self.certificates().await?,
        })
    }

    /// Waits until listener and accelerator accept writes, or for three minutes.
    ///
    /// # Errors
    /// The write would fail for the same.
    pub(super) async fn settled(&self) -> Result<(), Failure> {
        let read = async || self.accepts_writes().await;
        let settled = |seen: &Result<bool, Failure>| !matches!(seen, Ok(false));
        let ListenerId {
            accelerator,
            listener,
        } = self.id;
        let what = format!("{accelerator} and {listener} to be active");
        let seen = self.client.poll(&what, SETTLE_LIMIT, read, settled).await;
        match (seen, self.client.halt()) {
            (Err(failure), _) => Err(failure),
            (Ok(false), Some(halt)) => Err(self.client.halted(halt, Fate::NotSent)),
            (Ok(_), _) => Ok(()),
        }
    }

    /// Whether both are active. What cannot be read counts as active, for the write itself will
    /// tell; an error is a failure that the write would meet as well.
    async fn accepts_writes(&self) -> Result<bool, Failure> {
        let mut active = true;
        for state in [self.listener_state().await, self.accelerator_state().await] {
            match state {
                Ok(state) => active &= is_active(&state),
                Err(failure) if ends_run(&failure) => return Err(failure),
                Err(_) => {}
            }
        }
        Ok(active)
    }

    async fn listener_state(&self) -> Result<String, Failure> {
        let listener_id = self.id.listener;
        let done = self.client.call(&DescribeListener { listener_id }).await?;
        Ok(done.reply.state)
    }

    async fn accelerator_state(&self) -> Result<String, Failure> {
        let accelerator_id = self.id.accelerator;
        let call = DescribeAccelerator { accelerator_id };
        Ok(self.client.call(&call).await?.reply.state)
    }
}

/// Which of the two is not active; empty where both are.
pub(super) fn unsettled(accelerator: &str, listener: &str) -> String {
    match (is_active(listener), is_active(accelerator)) {
        (true, true) => String::new(),
        (false, _) => format!("the listener is {}", listener.to_lowercase()),
        (_, false) => format!("the accelerator is {}", accelerator.to_lowercase()),
    }
}

/// The certificate that a listener has in a slot.
pub fn at<'c>(
    slot: &Slot,
    certificates: &'c [ListenerCertificate],
) -> Option<&'c ListenerCertificate> {
    let is_there = |one: &&ListenerCertificate| match slot {
        Slot::Domain(domain) => !one.is_default && one.domain.eq_ignore_ascii_case(domain),
        _ => one.is_default,
    };
    certificates.iter().find(is_there)
}

/// The id of a certificate of a listener; none where it has no such form.
pub fn id_of(certificate: &ListenerCertificate) -> Option<StoreId> {
    StoreId::of(Store::Cas, &certificate.certificate_id)
}

/// Whether a certificate is the one that is wanted, which comes with its site.
pub fn is(certificate: &ListenerCertificate, wanted: &StoreId) -> bool {
    id_of(certificate)
        .is_some_and(|id| id.id == wanted.id && (id.region.is_none() || id.region == wanted.region))
}

/// Whether the certificates show what was to become, in effect or not yet.
pub(super) fn is_made(bind: &Bind<'_>, certificates: &[ListenerCertificate]) -> bool {
    match (at(&bind.place.slot, certificates), bind.after) {
        (Some(there), Some(wanted)) => is(there, wanted),
        (there, wanted) => there.is_none() && wanted.is_none(),
    }
}

fn seen(state: &Result<State, Failure>, bind: &Bind<'_>) -> Result<Seen, Failure> {
    let state = state.as_ref().map_err(Failure::clone)?;
    let there = at(&bind.place.slot, &state.certificates);
    let is_made = is_made(bind, &state.certificates);
    Ok(match there {
        None if !is_made => Seen::Pending("it has no certificate yet".into()),
        Some(there) if !is_made => Seen::Pending(format!("it has {}", there.certificate_id)),
        Some(there) if !there.state.is_empty() && !is_active(&there.state) => {
            Seen::Pending(format!("the certificate is {}", there.state.to_lowercase()))
        }
        _ if !state.unsettled.is_empty() => Seen::Pending(state.unsettled.clone()),
        _ => Seen::Confirmed,
    })
}

/// Whether each is as asked; as long as listener or accelerator are not active, none is. Each listener
/// is looked at once.
pub(super) async fn look(
    account: &Rc<Account<'_>>,
    binds: &[Bind<'_>],
) -> Vec<Result<Seen, Failure>> {
    let client = match account.client(&GA) {
        Ok(client) => client,
        Err(error) => {
            let failure = Failure::from(error);
            return binds.iter().map(|_| Err(failure.clone())).collect();
        }
    };
    let mut paths: Vec<&str> = binds.iter().map(|bind| &*bind.place.path).collect();
    paths.sort_unstable();
    paths.dedup();
    let read = async |at: usize| {
        let instance = Instance {
            client: &client,
            id: ListenerId::of(paths[at]),
        };
        instance.look().await
    };
    let states = in_order(paths.len(), read).await;
    let states: HashMap<&str, _> = paths.iter().copied().zip(states).collect();
    let see = |bind: &Bind<'_>| seen(&states[&*bind.place.path], bind);
    binds.iter().map(see).collect()
}
