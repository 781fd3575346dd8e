//! Load balancers and their listeners, classic ones (CLB) and application ones (ALB). The families
//! name the same fields differently, and never mix the names; here they are one.

use serde::Deserialize;

use super::{Described, Location, Part, operation};
use crate::providers::null_as_default;

/// Reads CLBs with their VServers.
///
/// <https://docs.ucloud.cn/api/ulb-api/describe_ulb>
#[derive(Clone, Debug)]
pub struct DescribeULB<'a> {
    /// Where.
    pub location: Location<'a>,
    /// Which of them.
    pub part: Part,
}

operation!(DescribeULB, Read, Described<LoadBalancer>, |call| {
    call.part.add_to(call.location.params())
});

/// Reads ALBs with their listeners.
///
/// <https://docs.ucloud.cn/api/ulb-api/describe_load_balancers>
#[derive(Clone, Debug)]
pub struct DescribeLoadBalancers<'a> {
    /// Where.
    pub location: Location<'a>,
    /// Which of them.
    pub part: Part,
}

operation!(
    DescribeLoadBalancers,
    Read,
    Described<LoadBalancer>,
    |call| {
        let params = call.location.params();
        let params = params.text("Type", "Application").flag("ShowDetail", true);
        call.part.add_to(params)
    }
);

/// A load balancer.
#[derive(Clone, Debug, Deserialize)]
pub struct LoadBalancer {
    /// Its id.
    #[serde(
        alias = "ULBId",
        alias = "LoadBalancerId",
        default,
        deserialize_with = "null_as_default"
    )]
    pub id: String,
    /// Its name.
    #[serde(rename = "Name", default, deserialize_with = "null_as_default")]
    pub name: String,
    /// `Normal` or `Arrears`; only of an ALB.
    #[serde(rename = "Status", default, deserialize_with = "null_as_default")]
    pub status: String,
    /// Its listeners.
    #[serde(
        alias = "VServerSet",
        alias = "Listeners",
        default,
        deserialize_with = "null_as_default"
    )]
    pub listeners: Vec<Listener>,
}

/// Reads the VServers of a CLB.
///
/// <https://docs.ucloud.cn/api/ulb-api/describe_vserver>
#[derive(Clone, Debug)]
pub struct DescribeVServer<'a> {
    /// Where.
    pub location: Location<'a>,
    /// The load balancer.
    pub ulb_id: &'a str,
    /// Which of them.
    pub part: Part,
}

operation!(DescribeVServer, Read, Described<Listener>, |call| {
    let params = call.location.params().text("ULBId", call.ulb_id);
    call.part.add_to(params)
});

/// Reads the listeners of an ALB.
///
/// <https://docs.ucloud.cn/api/ulb-api/describe_listeners>
#[derive(Clone, Debug)]
pub struct DescribeListeners<'a> {
    /// Where.
    pub location: Location<'a>,
    /// The load balancer.
    pub load_balancer_id: &'a str,
    /// Which of them.
    pub part: Part,
}

operation!(DescribeListeners, Read, Described<Listener>, |call| {
    let params = call.location.params();
    let params = params.text("LoadBalancerId", call.load_balancer_id);
    call.part.add_to(params)
});

/// A listener of a load balancer: of a CLB a VServer. Its answer also carries the `SSLContent` of
/// its certificates, private key included, which is not read.
#[derive(Clone, Debug, Deserialize)]
pub struct Listener {
    /// Its id.
    #[serde(
        alias = "VServerId",
        alias = "ListenerId",
        default,
        deserialize_with = "null_as_default"
    )]
    pub id: String,
    /// Its name.
    #[serde(
        alias = "VServerName",
        alias = "Name",
        default,
        deserialize_with = "null_as_default"
    )]
    pub name: String,
    /// `HTTP` or `HTTPS`; of a CLB also `TCP` or `UDP`.
    #[serde(
        alias = "Protocol",
        alias = "ListenerProtocol",
        default,
        deserialize_with = "null_as_default"
    )]
    pub protocol: String,
    /// The port that it listens on.
    #[serde(alias = "FrontendPort", alias = "ListenerPort", default)]
    pub port: Option<u32>,
    /// Its certificates; of a CLB at most one, in spite of the array.
    #[serde(
        alias = "SSLSet",
        alias = "Certificates",
        default,
        deserialize_with = "null_as_default"
    )]
    pub certificates: Vec<Bound>,
}

impl Listener {
    /// Whether it is one that has certificates.
    pub fn is_https(&self) -> bool {
        self.protocol.eq_ignore_ascii_case("HTTPS")
    }
}

/// A certificate that a listener has.
#[derive(Clone, Debug, Deserialize)]
pub struct Bound {
    /// The certificate.
    #[serde(rename = "SSLId", default, deserialize_with = "null_as_default")]
    pub ssl_id: String,
    /// Whether it is the default one; only of an ALB.
    #[serde(rename = "IsDefault", default)]
    pub is_default: Option<bool>,
}
