//! Which certificate a listener has: one on a VServer of a CLB; on a listener of an ALB a default
//! one, always, and others besides.

use serde_json::json;

use crate::emulator::reply::{Refusal, members};

use super::store::{Binding, Family, Listener, State, binding};
use super::{
    Account, Call, Data, absent, in_use, no_listener, not_available, required, required_list, unfit,
};

/// How many certificates an ALB has besides its default ones.
const SNI_LIMIT: usize = 25;

/// The longest name of a listener, in characters.
const LISTENER_NAME_LIMIT: usize = 255;

/// UpdateSSLBinding: neither id moves every binding of the project in that region, one narrows it
/// to a load balancer or a listener, with both the listener must belong to the load balancer.
///
/// # Errors
/// The vendor's refusals. Its page lists no codes of this action: an unknown certificate, load
/// balancer or binding is 4210, a listener of another load balancer 4143, old as new 230, an
/// expired certificate 4111.
pub fn update(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    for scope in ["LoadBalancerId", "ListenerId"] {
        if call.params.text(scope) == Some("") {
            return Err(not_available(scope));
        }
    }
    let place = account.ulb.place(call)?;
    let state = place.now();
    let old = &state.certificate(required(call, "OldSSLId")?)?.id;
    let new = good(state, call, required(call, "NewSSLId")?)?;
    if new == *old {
        return Err(not_available("NewSSLId"));
    }
    let balancer = call.params.filled("LoadBalancerId");
    let listener = call.params.filled("ListenerId");
    if let Some(id) = balancer
        && !state.balancers.iter().any(|balancer| balancer.id == id)
    {
        return Err(absent());
    }
    if let Some(id) = listener {
        let belongs = state.balancers.iter().any(|owner| {
            owner.listeners.iter().any(|listener| listener.id == id)
                && balancer.is_none_or(|balancer| balancer == owner.id)
        });
        if !belongs {
            return Err(no_listener());
        }
    }
    let old = old.clone();
    let in_scope = |bound: &Binding| {
        bound.certificate == old
            && balancer.is_none_or(|id| id == bound.balancer)
            && listener.is_none_or(|id| id == bound.listener)
    };
    if !state.bindings.iter().any(in_scope) {
        return Err(absent());
    }
    let state = place.change(call.instant);
    let (moved, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut state.bindings)
        .into_iter()
        .partition(in_scope);
    state.bindings = kept;
    for mut bound in moved {
        bound.certificate.clone_from(&new);
        // A listener has a certificate once; as its default one, if it is both.
        let twin =
            |other: &&mut Binding| other.listener == bound.listener && other.certificate == new;
        match state.bindings.iter_mut().find(twin) {
            Some(other) => other.default |= bound.default,
            None => state.bindings.push(bound),
        }
    }
    Ok(Data::new())
}

/// BindSSL.
///
/// # Errors
/// The vendor's refusals; 63072 where the VServer has a certificate. The emulator's own: 230 for a
/// VServer that is not HTTPS, 4111 for an expired certificate.
pub fn bind(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let place = account.ulb.place(call)?;
    let state = place.now();
    let (ulb, vserver) = vserver(call, state)?;
    let ssl = good(state, call, required(call, "SSLId")?)?;
    if let Some(bound) = state.bound_to(&vserver).next() {
        let message = format!("vserver {vserver} alredy has ssl {}", bound.certificate);
        return Err(Refusal::inside("63072", message));
    }
    let bound = binding(&ulb, &vserver, &ssl, true);
    place.change(call.instant).bindings.push(bound);
    Ok(Data::new())
}

/// UnbindSSL, whose answer calls itself another action's, as the vendor's sample has it.
///
/// # Errors
/// The vendor's refusals. The emulator's own: 4210 where that certificate is not bound there.
pub fn unbind(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let place = account.ulb.place(call)?;
    let state = place.now();
    let (_, vserver) = vserver(call, state)?;
    let ssl = &state.certificate(required(call, "SSLId")?)?.id;
    if !state
        .bound_to(&vserver)
        .any(|bound| bound.certificate == *ssl)
    {
        return Err(absent());
    }
    let bindings = &mut place.change(call.instant).bindings;
    bindings.retain(|bound| bound.listener != vserver);
    Ok(members(json!({ "Action": "BindSSLResponse" })))
}

/// AddSSLBinding: all of them or none.
///
/// # Errors
/// The vendor's refusals. The emulator's own: 230 for a listener that is not HTTPS, 4108 where a
/// certificate is bound there already, 4207 above 25 on the load balancer, 4111 for an expired one.
pub fn add(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let place = account.ulb.place(call)?;
    let state = place.now();
    let (balancer, listener) = alb_listener(call, state)?;
    let mut added = Vec::new();
    for id in required_list(call, "SSLIds")? {
        let id = good(state, call, id)?;
        let bound = state
            .bound_to(&listener)
            .any(|bound| bound.certificate == id);
        if bound || added.iter().any(|other: &Binding| other.certificate == id) {
            return Err(in_use());
        }
        added.push(binding(&balancer, &listener, &id, false));
    }
    let besides = state
        .bindings
        .iter()
        .filter(|bound| bound.balancer == balancer && !bound.default);
    if besides.count() + added.len() > SNI_LIMIT {
        return Err(Refusal::inside("4207", "配额不足。"));
    }
    place.change(call.instant).bindings.extend(added);
    Ok(Data::new())
}

/// DeleteSSLBinding: all of them or none.
///
/// # Errors
/// The vendor's refusals. The emulator's own: 4210 for a certificate that is not bound there, 4108
/// for the default one.
pub fn remove(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let place = account.ulb.place(call)?;
    let state = place.now();
    let (_, listener) = alb_listener(call, state)?;
    let ids = required_list(call, "SSLIds")?;
    for id in &ids {
        let mut bound = state.bound_to(&listener);
        match bound.find(|bound| bound.certificate == *id) {
            None => return Err(absent()),
            Some(bound) if bound.default => return Err(in_use()),
            Some(_) => {}
        }
    }
    let bindings = &mut place.change(call.instant).bindings;
    bindings
        .retain(|bound| bound.listener != listener || !ids.contains(&bound.certificate.as_str()));
    Ok(Data::new())
}

/// UpdateListenerAttribute: the default certificate and the name; the rest is taken and forgotten.
///
/// # Errors
/// The vendor's refusals. The emulator's own: 230 for more than one certificate and for a listener
/// that is not HTTPS, 4111 for an expired one. A certificate that was bound besides becomes the
/// default one.
pub fn update_listener(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let place = account.ulb.place(call)?;
    let state = place.now();
    let balancer = state.balancer(required(call, "LoadBalancerId")?, Family::Alb)?;
    let listener = found(&balancer.listeners, required(call, "ListenerId")?)?;
    let name = call.params.filled("Name");
    if name.is_some_and(|name| name.chars().count() > LISTENER_NAME_LIMIT) {
        return Err(not_available("Name"));
    }
    let asked = call
        .params
        .flat
        .iter()
        .any(|(name, _)| name.starts_with("Certificates."));
    let default = match asked {
        false => None,
        true => match required_list(call, "Certificates")?[..] {
            [id] if listener.protocol == "HTTPS" => Some(good(state, call, id)?),
            _ => return Err(not_available("Certificates")),
        },
    };
    let (balancer, id) = (balancer.id, listener.id);
    let state = place.change(call.instant);
    if let Some(default) = default {
        state
            .bindings
            .retain(|bound| bound.listener != id || !bound.default && bound.certificate != default);
        state.bindings.push(binding(balancer, id, &default, true));
    }
    if let Some(name) = name {
        let listeners = state
            .balancers
            .iter_mut()
            .flat_map(|one| &mut one.listeners);
        for listener in listeners.filter(|listener| listener.id == id) {
            name.clone_into(&mut listener.name);
        }
    }
    Ok(Data::new())
}

/// The HTTPS VServer that a call names, with its load balancer.
fn vserver(call: &Call<'_>, state: &State) -> Result<(String, String), Refusal> {
    let balancer = state.balancer(required(call, "ULBId")?, Family::Clb)?;
    let listener = found(&balancer.listeners, required(call, "VServerId")?)?;
    match listener.protocol {
        "HTTPS" => Ok((balancer.id.to_owned(), listener.id.to_owned())),
        _ => Err(not_available("VServerId")),
    }
}

/// The HTTPS listener that a call names, with its load balancer.
fn alb_listener(call: &Call<'_>, state: &State) -> Result<(String, String), Refusal> {
    let balancer = state.balancer(required(call, "LoadBalancerId")?, Family::Alb)?;
    let listener = found(&balancer.listeners, required(call, "ListenerId")?)?;
    match listener.protocol {
        "HTTPS" => Ok((balancer.id.to_owned(), listener.id.to_owned())),
        _ => Err(not_available("ListenerId")),
    }
}

fn found<'a>(listeners: &'a [Listener], id: &str) -> Result<&'a Listener, Refusal> {
    let mut listeners = listeners.iter();
    listeners
        .find(|listener| listener.id == id)
        .ok_or_else(no_listener)
}

/// The id of a certificate that exists and has not expired.
fn good(state: &State, call: &Call<'_>, id: &str) -> Result<String, Refusal> {
    let certificate = state.certificate(id)?;
    match certificate.facts.not_after < call.utc {
        true => Err(unfit()),
        false => Ok(certificate.id.clone()),
    }
}
