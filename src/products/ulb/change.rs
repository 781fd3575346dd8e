//! What may become of a certificate on a listener, and the call that makes it so: CLB and ALB have
//! actions of their own, which name the same things differently.

use super::Family;
use crate::config::Settings;
use crate::providers::Operation;
use crate::providers::ucloud::ulb::{
    Accepted, AddSSLBinding, BindSSL, Certificate, DeleteSSLBinding, Listener, Location, UnbindSSL,
    UpdateListenerAttribute,
};
use crate::transport::{Client, Failure, Patience, PlannedCall, Reconciled, plan, reconcile};

/// What is to become of a certificate on a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is bound there; to an ALB's listener besides the default one.
    Bind,
    /// It is not bound there.
    Unbind,
    /// It is the default one there (ALB).
    SetDefault,
}

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

impl Change {
    /// Whether it is so where the certificate is held like this.
    pub fn is_done(self, hold: Hold) -> bool {
        match self {
            Change::Bind => hold != Hold::No,
            Change::Unbind => hold == Hold::No,
            Change::SetDefault => hold == Hold::Default,
        }
    }

    /// The call that makes it so.
    pub fn call<'a>(
        self,
        family: Family,
        location: Location<'a>,
        ssl_id: &'a str,
        target: Target<'a>,
    ) -> Write<'a> {
        let Target {
            load_balancer,
            listener,
        } = target;
        match (self, family) {
            (Change::Bind, Family::Clb) => Write::Bind(BindSSL {
                location,
                ulb_id: load_balancer,
                vserver_id: listener,
                ssl_id,
            }),
            (Change::Unbind, Family::Clb) => Write::Unbind(UnbindSSL {
                location,
                ulb_id: load_balancer,
                vserver_id: listener,
                ssl_id,
            }),
            (Change::Bind, Family::Alb) => Write::Add(AddSSLBinding {
                location,
                load_balancer_id: load_balancer,
                listener_id: listener,
                ssl_id,
            }),
            (Change::Unbind, Family::Alb) => Write::Remove(DeleteSSLBinding {
                location,
                load_balancer_id: load_balancer,
                listener_id: listener,
                ssl_id,
            }),
            (Change::SetDefault, _) => Write::SetDefault(UpdateListenerAttribute {
                location,
                load_balancer_id: load_balancer,
                listener_id: listener,
                default_ssl_id: ssl_id,
            }),
        }
    }
}

/// A listener of a load balancer.
#[derive(Clone, Copy)]
pub struct Target<'a> {
    /// The load balancer.
    pub load_balancer: &'a str,
    /// The listener.
    pub listener: &'a str,
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
}

impl Write<'_> {
    /// The vendor's name for it.
    pub const fn action(&self) -> &'static str {
        match self {
            Write::Bind(_) => BindSSL::ACTION,
            Write::Unbind(_) => UnbindSSL::ACTION,
            Write::Add(_) => AddSSLBinding::ACTION,
            Write::Remove(_) => DeleteSSLBinding::ACTION,
            Write::SetDefault(_) => UpdateListenerAttribute::ACTION,
        }
    }

    /// The call as a dry run shows it.
    pub fn plan(&self, settings: &Settings, targets: Vec<String>) -> PlannedCall {
        match self {
            Write::Bind(call) => plan(settings, call, targets),
            Write::Unbind(call) => plan(settings, call, targets),
            Write::Add(call) => plan(settings, call, targets),
            Write::Remove(call) => plan(settings, call, targets),
            Write::SetDefault(call) => plan(settings, call, targets),
        }
    }

    /// Makes the call; after a lost answer `look` says whether it was carried out.
    pub async fn send(
        &self,
        client: &Client<'_>,
        look: impl AsyncFn() -> Result<Option<()>, Failure>,
    ) -> Result<Reconciled<Accepted, ()>, Failure> {
        match self {
            Write::Bind(call) => reconcile(client, call, Patience::AT_THE_END, look).await,
            Write::Unbind(call) => reconcile(client, call, Patience::AT_THE_END, look).await,
            Write::Add(call) => reconcile(client, call, Patience::AT_THE_END, look).await,
            Write::Remove(call) => reconcile(client, call, Patience::AT_THE_END, look).await,
            Write::SetDefault(call) => reconcile(client, call, Patience::AT_THE_END, look).await,
        }
    }
}
