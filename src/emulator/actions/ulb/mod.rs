//! UCloud ULB: load balancers, their listeners and the certificates bound there.
//!
//! The actions of CLB name things `ULBId` and `VServerId`, those of ALB and UpdateSSLBinding
//! `LoadBalancerId` and `ListenerId`.

mod balancers;
mod bindings;
mod certificates;
mod store;

use serde_json::{Value, json};

use crate::cloud::Cloud;
use crate::emulator::reply::{Refusal, members};

use super::{Account, Action, Call, Data, Handler, action};

pub use store::{PROJECT, PROJECTS, REGION, Store};

const fn of(name: &'static str, params: &'static [&'static str], handle: Handler) -> Action {
    action(Cloud::Ucloud, name, params, handle)
}

/// What is emulated of the load balancers.
#[rustfmt::skip] // a line for the action and one for its parameters: a table, not calls
pub const ACTIONS: &[Action] = &[
    // Never `ULBId` and `VServerId`: ignored, they would widen the call to the whole project.
    of("UpdateSSLBinding", &["OldSSLId", "NewSSLId", "LoadBalancerId", "ListenerId"],
        bindings::update),
    of("BindSSL", &["ULBId", "VServerId", "SSLId"], bindings::bind),
    of("UnbindSSL", &["ULBId", "VServerId", "SSLId"], bindings::unbind),
    of("AddSSLBinding", &["LoadBalancerId", "ListenerId", "SSLIds."], bindings::add),
    of("DeleteSSLBinding", &["LoadBalancerId", "ListenerId", "SSLIds."], bindings::remove),
    of("UpdateListenerAttribute", &["LoadBalancerId", "ListenerId", "Name", "Remark", "Certificates.",
        "SecurityPolicyId", "IdleTimeout", "Scheduler", "StickinessConfig.", "HealthCheckConfig.",
        "CompressionEnabled", "HTTP2Enabled", "RedirectEnabled", "RedirectPort", "TargetProtocol"],
        bindings::update_listener),
    of("CreateSSL", &["SSLName", "SSLType", "SSLContent", "UserCert", "PrivateKey", "CaCert", "USSLId"],
        certificates::create),
    of("UpdateSSLAttribute", &["SSLId", "SSLName"], certificates::rename),
    of("DeleteSSL", &["SSLId"], certificates::delete),
    of("DescribeSSLV2", &["SSLId", "Limit", "Offset"], certificates::describe),
    of("DescribeSSL", &["SSLId", "Limit", "Offset"], certificates::describe_older),
    of("DescribeULBSimple", &["ULBId", "VPCId", "SubnetId", "BusinessId", "Limit", "Offset"],
        balancers::describe_ulb_simple),
    of("DescribeULB", &["ULBId", "VPCId", "SubnetId", "BusinessId", "Limit", "Offset"],
        balancers::describe_ulb),
    of("DescribeVServer", &["ULBId", "VServerId", "Limit", "Offset"], balancers::describe_vserver),
    of("DescribeLoadBalancers", &["Type", "ShowDetail", "LoadBalancerIds.", "VPCId", "SubnetId",
        "Limit", "Offset"], balancers::describe_load_balancers),
    of("DescribeListeners", &["ListenerId", "LoadBalancerId", "Limit", "Offset"],
        balancers::describe_listeners),
];

/// Some of the rows, as `Limit` and `Offset` say.
fn paged(call: &Call<'_>, member: &str, rows: Vec<Value>, default: usize) -> Result<Data, Refusal> {
    let number = |name: &str, default: usize| match call.params.filled(name) {
        None => Ok(default),
        Some(text) => text.parse().map_err(|_| not_available(name)),
    };
    let (limit, offset) = (number("Limit", default)?, number("Offset", 0)?);
    if limit == 0 {
        return Err(not_available("Limit"));
    }
    let total = rows.len();
    let page: Vec<_> = rows
        .into_iter()
        .skip(offset)
        .take(call.page(limit))
        .collect();
    Ok(members(json!({ "TotalCount": total, member: page })))
}

fn required<'a>(call: &'a Call<'_>, name: &str) -> Result<&'a str, Refusal> {
    call.params.filled(name).ok_or_else(|| missing(name))
}

/// The members of a list, `NAME.0` and on without a gap; at least one.
fn required_list<'a>(call: &'a Call<'_>, name: &str) -> Result<Vec<&'a str>, Refusal> {
    let prefix = format!("{name}.");
    let flat = call.params.flat.iter();
    let mut members = Vec::new();
    for (key, value) in flat {
        if let Some(index) = key.strip_prefix(&prefix) {
            let index: usize = index.parse().map_err(|_| not_available(key))?;
            members.push((index, value.as_str()));
        }
    }
    members.sort_unstable();
    let gapless = members
        .iter()
        .enumerate()
        .all(|(at, (index, value))| at == *index && !value.is_empty());
    match members.is_empty() {
        true => Err(missing(&format!("{name}.0"))),
        false if !gapless => Err(not_available(name)),
        false => Ok(members.into_iter().map(|(_, value)| value).collect()),
    }
}

fn missing(name: &str) -> Refusal {
    Refusal::inside("220", format!("Missing params [{name}]"))
}

fn not_available(name: &str) -> Refusal {
    Refusal::inside("230", format!("Params [{name}] not available"))
}

fn absent() -> Refusal {
    Refusal::inside("4210", "获取信息失败，资源不存在。")
}

fn no_listener() -> Refusal {
    Refusal::inside("4143", "指定Vserver不存在，请确认输入是否正确。")
}

fn in_use() -> Refusal {
    Refusal::inside("4108", "SSL证书已被占用，请释放后重试。")
}

fn unfit() -> Refusal {
    Refusal::inside("4111", "SSL证书内容无效，请确认证书内容正确。")
}
