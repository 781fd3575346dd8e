//! Reading load balancers and their listeners.

use serde_json::{Map, Value, json};

use crate::emulator::reply::Refusal;

use super::store::{Balancer, Certificate, Family, Listener, State};
use super::{Account, Call, Data, missing, no_listener, not_available, paged};

/// DescribeULB: the classic load balancers.
///
/// # Errors
/// The vendor's refusals.
pub fn describe_ulb(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let state = account.ulb.place(call)?.seen(call.instant);
    let mut rows = classic(call, state);
    for row in &mut rows {
        let of = |balancer: &&Balancer| row["ULBId"] == balancer.id;
        let balancer = state.balancers.iter().find(of);
        let listeners = balancer.iter().flat_map(|balancer| {
            let listeners = balancer.listeners.iter();
            listeners.map(|one| vserver(state, balancer, one))
        });
        row["VServerSet"] = listeners.collect();
    }
    paged(call, "DataSet", rows, 20)
}

/// DescribeULBSimple: the same without the listeners, and all of them at once.
///
/// # Errors
/// The vendor's refusals.
pub fn describe_ulb_simple(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let state = account.ulb.place(call)?.seen(call.instant);
    paged(call, "DataSet", classic(call, state), 10_000)
}

/// The classic load balancers that are asked for, without their listeners.
fn classic(call: &Call<'_>, state: &State) -> Vec<Value> {
    let wanted = call.params.filled("ULBId");
    of_family(state, Family::Clb)
        .filter(|balancer| wanted.is_none_or(|wanted| wanted == balancer.id))
        .map(|balancer| {
            json!({
                "ULBId": balancer.id,
                "Name": balancer.id,
                "Tag": "Default",
                "Remark": "",
                "ULBType": "OuterMode",
                "ListenType": "RequestProxy",
                "IPVersion": "IPv4",
                "IPSet": [],
            })
        })
        .collect()
}

/// DescribeVServer: of one load balancer, or of all.
///
/// # Errors
/// The vendor's refusals.
pub fn describe_vserver(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let state = account.ulb.place(call)?.seen(call.instant);
    let balancer = call.params.filled("ULBId");
    if let Some(id) = balancer {
        state.balancer(id, Family::Clb)?;
    }
    let wanted = call.params.filled("VServerId");
    let rows = of_family(state, Family::Clb)
        .filter(|one| balancer.is_none_or(|id| id == one.id))
        .flat_map(|balancer| balancer.listeners.iter().map(move |one| (balancer, one)))
        .filter(|(_, listener)| wanted.is_none_or(|id| id == listener.id))
        .map(|(balancer, listener)| vserver(state, balancer, listener))
        .collect();
    paged(call, "DataSet", rows, 20)
}

/// DescribeLoadBalancers: the application load balancers; there are no network ones. Of the filters
/// only the ids are looked at: nothing here stands in a VPC.
///
/// # Errors
/// The vendor's refusals.
pub fn describe_load_balancers(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let state = account.ulb.place(call)?.seen(call.instant);
    let family = match call.params.filled("Type") {
        None | Some("Application") => Some(Family::Alb),
        Some("Network") => None,
        Some(_) => return Err(not_available("Type")),
    };
    let detail = match call.params.filled("ShowDetail") {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(not_available("ShowDetail")),
    };
    let wanted: Vec<&str> = call
        .params
        .flat
        .iter()
        .filter(|(name, _)| name.starts_with("LoadBalancerIds."))
        .map(|(_, id)| id.as_str())
        .collect();
    let rows = state
        .balancers
        .iter()
        .filter(|balancer| Some(balancer.family) == family)
        .filter(|balancer| wanted.is_empty() || wanted.contains(&balancer.id))
        .map(|balancer| {
            let listeners = balancer.listeners.iter().filter(|_| detail);
            let listeners: Vec<_> = listeners.map(|one| listener(state, one)).collect();
            json!({
                "LoadBalancerId": balancer.id,
                "Name": balancer.id,
                "Type": "Application",
                "Tag": "Default",
                "Remark": "",
                "IPVersion": "IPv4",
                "Status": "Normal",
                "Listeners": listeners,
            })
        })
        .collect();
    paged(call, "LoadBalancers", rows, 100)
}

/// DescribeListeners: one, or all of an application load balancer.
///
/// # Errors
/// The vendor's refusals.
pub fn describe_listeners(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let state = account.ulb.place(call)?.seen(call.instant);
    let found: Vec<&Listener> = match (
        call.params.filled("ListenerId"),
        call.params.filled("LoadBalancerId"),
    ) {
        (Some(id), _) => of_family(state, Family::Alb)
            .flat_map(|balancer| &balancer.listeners)
            .filter(|listener| listener.id == id)
            .collect(),
        (None, Some(id)) => state.balancer(id, Family::Alb)?.listeners.iter().collect(),
        (None, None) => return Err(missing("LoadBalancerId")),
    };
    if found.is_empty() {
        return Err(no_listener());
    }
    let rows = found.into_iter().map(|one| listener(state, one)).collect();
    paged(call, "Listeners", rows, 100)
}

fn of_family(state: &State, family: Family) -> impl Iterator<Item = &Balancer> {
    let balancers = state.balancers.iter();
    balancers.filter(move |balancer| balancer.family == family)
}

fn vserver(state: &State, balancer: &Balancer, listener: &Listener) -> Value {
    let bound: Vec<_> = state
        .bound_to(listener.id)
        .filter_map(|binding| state.certificate(&binding.certificate).ok())
        .map(|certificate| ssl_set(state, certificate))
        .collect();
    json!({
        "VServerId": listener.id,
        "VServerName": listener.name,
        "ULBId": balancer.id,
        "Protocol": listener.protocol,
        "FrontendPort": listener.port,
        "ListenType": "RequestProxy",
        "Method": "Roundrobin",
        "MonitorType": "Port",
        "PersistenceType": "None",
        "SSLSet": bound,
    })
}

fn listener(state: &State, listener: &Listener) -> Value {
    let bound: Vec<_> = state
        .bound_to(listener.id)
        .map(|binding| json!({ "SSLId": binding.certificate, "IsDefault": binding.default }))
        .collect();
    json!({
        "ListenerId": listener.id,
        "Name": listener.name,
        "ListenerPort": listener.port,
        "ListenerProtocol": listener.protocol,
        "Certificates": bound,
        "SecurityPolicyId": "Default",
        "Scheduler": "Roundrobin",
        "State": "Healthy",
    })
}

/// A certificate as the older actions show it: without its alternative names, with what it is bound
/// to on CLBs only. The private key stands in `SSLContent` here, too.
pub fn ssl_set(state: &State, certificate: &Certificate) -> Value {
    let targets: Vec<_> = state
        .bindings
        .iter()
        .filter(|binding| binding.certificate == certificate.id)
        .filter(|binding| state.balancer(&binding.balancer, Family::Clb).is_ok())
        .map(|binding| {
            json!({
                "ULBId": binding.balancer,
                "ULBName": binding.balancer,
                "VServerId": binding.listener,
                "VServerName": binding.listener,
            })
        })
        .collect();
    let mut set = certificate.summary();
    set.remove("DNSNames");
    set.insert("BindedTargetSet".to_owned(), json!(targets));
    Value::Object(set)
}

impl Certificate {
    /// What every action shows of it.
    pub fn summary(&self) -> Map<String, Value> {
        let facts = &self.facts;
        let summary = json!({
            "SSLId": self.id,
            "SSLName": self.name,
            "SSLType": "Pem",
            "SSLContent": self.content,
            "HashValue": facts.sha256[..32],
            "SSLSource": i32::from(self.ussl.is_some()),
            "USSLId": self.ussl.as_deref().unwrap_or_default(),
            "CreateTime": facts.not_before.timestamp(),
            "Domains": facts.common_name,
            "DNSNames": facts.names.join(","),
            "NotBefore": facts.not_before.timestamp(),
            "NotAfter": facts.not_after.timestamp(),
        });
        crate::emulator::reply::members(summary)
    }
}
