//! What may become of a certificate on a listener, and the call that makes it so: CLB and ALB have
//! actions of their own, which name the same things differently.

use std::time::Duration;

use super::read::Family;
use super::send::{Outcome, send};
use crate::config::Settings;
use crate::providers::Operation;
use crate::providers::ucloud::ulb::{
    Accepted, AddSSLBinding, BindSSL, Certificate, DeleteSSLBinding, Location, UnbindSSL,
    UpdateListenerAttribute,
};
use crate::transport::{Client, Failure, PlannedCall, plan};

/// What is to become of the certificate on each listener.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    Bind,
    Unbind,
    SetDefault {
        /// The certificate may lack names of the one whose place it takes.
        any_names: bool,
    },
}

impl Change {
    pub const fn command(self) -> &'static str {
        match self {
            Change::Bind => "ulb bind",
            Change::Unbind => "ulb unbind",
            Change::SetDefault { .. } => "ulb set-default",
        }
    }

    /// Whether it is so by what reading shows of the certificate.
    pub fn is_done(self, certificate: Option<&Certificate>, place: Place<'_>) -> bool {
        let bound = certificate.and_then(|one| one.relation(place.load_balancer, place.listener));
        match self {
            Change::Bind => bound.is_some(),
            Change::Unbind => bound.is_none(),
            Change::SetDefault { .. } => bound.is_some_and(|relation| relation.is_default),
        }
    }

    pub fn call<'a>(
        self,
        family: Family,
        location: Location<'a>,
        ssl_id: &'a str,
        place: Place<'a>,
    ) -> Write<'a> {
        let Place {
            load_balancer,
            listener,
        } = place;
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
            (Change::SetDefault { .. }, _) => Write::SetDefault(UpdateListenerAttribute {
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
pub struct Place<'a> {
    pub load_balancer: &'a str,
    pub listener: &'a str,
}

/// The call that makes a change.
pub enum Write<'a> {
    Bind(BindSSL<'a>),
    Unbind(UnbindSSL<'a>),
    Add(AddSSLBinding<'a>),
    Remove(DeleteSSLBinding<'a>),
    SetDefault(UpdateListenerAttribute<'a>),
}

impl Write<'_> {
    pub const fn action(&self) -> &'static str {
        match self {
            Write::Bind(_) => BindSSL::ACTION,
            Write::Unbind(_) => UnbindSSL::ACTION,
            Write::Add(_) => AddSSLBinding::ACTION,
            Write::Remove(_) => DeleteSSLBinding::ACTION,
            Write::SetDefault(_) => UpdateListenerAttribute::ACTION,
        }
    }

    pub fn plan(&self, settings: &Settings, targets: Vec<String>) -> PlannedCall {
        match self {
            Write::Bind(call) => plan(settings, call, targets),
            Write::Unbind(call) => plan(settings, call, targets),
            Write::Add(call) => plan(settings, call, targets),
            Write::Remove(call) => plan(settings, call, targets),
            Write::SetDefault(call) => plan(settings, call, targets),
        }
    }

    pub async fn send(
        &self,
        client: &Client<'_>,
        look: impl AsyncFn() -> Result<Option<()>, Failure>,
    ) -> Result<Outcome<Accepted, ()>, Failure> {
        match self {
            Write::Bind(call) => send(client, call, Duration::ZERO, look).await,
            Write::Unbind(call) => send(client, call, Duration::ZERO, look).await,
            Write::Add(call) => send(client, call, Duration::ZERO, look).await,
            Write::Remove(call) => send(client, call, Duration::ZERO, look).await,
            Write::SetDefault(call) => send(client, call, Duration::ZERO, look).await,
        }
    }
}
