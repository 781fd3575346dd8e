//! Load balancers and their listeners, classic ones (CLB) and application ones (ALB). The families
//! name the same fields differently, and never mix the names; here they are one.

use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

use super::{Described, Location, Part, operation};
use crate::domain::Domain;
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
    /// The domains that its rules forward by: those that are names, and no patterns beyond a
    /// wildcard's.
    #[serde(
        alias = "PolicySet",
        alias = "Rules",
        default,
        deserialize_with = "domains"
    )]
    pub domains: Vec<String>,
}

impl Listener {
    /// Whether it is one that can have certificates, as far as is told.
    pub fn can_have_certificates(&self) -> bool {
        self.protocol.is_empty() || self.protocol.eq_ignore_ascii_case("HTTPS")
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

/// The domains in the rules of a CLB's VServer (`Type` and `Match`) or an ALB's listener (conditions
/// with a `HostConfig`). A regular expression, or whatever has another form, names no domain.
fn domains<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let rules = Json::deserialize(deserializer)?;
    let list = |value: &Json| value.as_array().cloned().unwrap_or_default();
    let mut domains: Vec<String> = Vec::new();
    for rule in list(&rules) {
        let policy = (rule["Type"] == "Domain").then(|| rule["Match"].clone());
        let conditions = list(&rule["RuleConditions"]);
        let hosts = conditions
            .iter()
            .flat_map(|one| list(&one["HostConfig"]["Values"]));
        for host in policy.into_iter().chain(hosts) {
            let name = host.as_str().and_then(|host| Domain::parse(host).ok());
            let name = name.map(|name| name.ascii().to_owned());
            domains.extend(name.filter(|name| name.contains('.') && !domains.contains(name)));
        }
    }
    Ok(domains)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_tell_domains_in_the_form_of_each_family() {
        let read = |listener: Json| -> Vec<String> {
            let listener: Listener = serde_json::from_value(listener).unwrap();
            listener.domains
        };
        let policies = serde_json::json!({"VServerId": "v", "PolicySet": [
            {"PolicyType": "Default", "Type": "", "Match": ""},
            {"PolicyType": "Custom", "Type": "Domain", "Match": "A.example.com"},
            {"PolicyType": "Custom", "Type": "Domain", "Match": "*.example.org"},
            {"PolicyType": "Custom", "Type": "Path", "Match": "b.example.com"}]});
        assert_eq!(read(policies), ["a.example.com", "*.example.org"]);
        let rules = serde_json::json!({"ListenerId": "l", "Rules": [
            {"IsDefault": true, "RuleConditions": [
                {"Type": "Path", "PathConfig": {"Values": ["/"]}}]},
            {"RuleConditions": [
                {"Type": "Host", "HostConfig": {"MatchMode": "Wildcard", "Values": ["*.a.com"]}},
                {"Type": "Host", "HostConfig": {"MatchMode": "Regular", "Values": ["www.*.com"]}},
                {"Type": "Host", "HostConfig": {"Values": ["www.a.com", "www.a.com"]}}]}]});
        assert_eq!(read(rules), ["*.a.com", "www.a.com"]);
        for odd in [
            serde_json::json!(null),
            serde_json::json!("x"),
            serde_json::json!([1, {}]),
        ] {
            assert!(read(serde_json::json!({ "Rules": odd })).is_empty());
        }
    }
}
