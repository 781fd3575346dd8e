//! The lists of what a certificate could be deployed to.

use serde_json::{Map, Value, json};

use super::edge;
use super::resources::{REGIONAL, Resource, Shape};
use crate::emulator::actions::ssl::{fields, of};
use crate::emulator::actions::{Account, Action, Call, Data, Handler};
use crate::emulator::reply::{Refusal, members};

/// A list that is cut by numbers.
const PAGED: &[&str] = &[
    "CertificateId",
    "IsCache",
    "Filters",
    "ResourceType",
    "OldCertificateId",
    "Offset",
    "Limit",
    "AsyncCache",
];

/// A list that is cut by numbers and has no `ResourceType`.
const UNTYPED: &[&str] = &[
    "CertificateId",
    "IsCache",
    "Filters",
    "OldCertificateId",
    "Offset",
    "Limit",
    "AsyncCache",
];

/// A list that is cut by numbers and has no `AsyncCache`.
const UNCACHED: &[&str] = &[
    "CertificateId",
    "IsCache",
    "Filters",
    "ResourceType",
    "OldCertificateId",
    "Offset",
    "Limit",
];

/// A list that comes whole.
const WHOLE: &[&str] = &[
    "CertificateId",
    "IsCache",
    "Filters",
    "ResourceType",
    "OldCertificateId",
];

/// As [`WHOLE`], without `OldCertificateId`.
const LIGHTHOUSE: &[&str] = &["CertificateId", "IsCache", "Filters", "ResourceType"];

/// What is emulated of these lists.
pub const ACTIONS: &[Action] = &[
    list("DescribeHostApiGatewayInstanceList", UNCACHED, |c, a| {
        listed(c, a, "apigateway", Paging::TextOffset)
    }),
    list("DescribeHostCdnInstanceList", PAGED, |c, a| {
        listed(c, a, "cdn", Paging::Numbers)
    }),
    list("DescribeHostClbInstanceList", UNTYPED, |c, a| {
        listed(c, a, "clb", Paging::Numbers)
    }),
    list("DescribeHostCosInstanceList", PAGED, |c, a| {
        listed(c, a, "cos", Paging::Numbers)
    }),
    list("DescribeHostDdosInstanceList", UNCACHED, |c, a| {
        listed(c, a, "ddos", Paging::Numbers)
    }),
    list("DescribeHostLighthouseInstanceList", LIGHTHOUSE, |c, a| {
        listed(c, a, "lighthouse", Paging::Whole)
    }),
    list("DescribeHostLiveInstanceList", WHOLE, |c, a| {
        listed(c, a, "live", Paging::Uncounted)
    }),
    list("DescribeHostTeoInstanceList", PAGED, |c, a| {
        listed(c, a, "teo", Paging::Numbers)
    }),
    list("DescribeHostTkeInstanceList", UNTYPED, |c, a| {
        listed(c, a, "tke", Paging::Numbers)
    }),
    list("DescribeHostVodInstanceList", WHOLE, |c, a| {
        listed(c, a, "vod", Paging::Whole)
    }),
    list("DescribeHostWafInstanceList", WHOLE, |c, a| {
        listed(c, a, "waf", Paging::Uncounted)
    }),
];

const fn list(name: &'static str, params: &'static [&'static str], handle: Handler) -> Action {
    of(name, params, handle)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Paging {
    Numbers,
    TextOffset,
    Whole,
    /// Whole, and not even the number of instances is told.
    Uncounted,
}

/// The instances of a type: those that a certificate's names match, unless the filter says which.
fn listed(
    call: &Call<'_>,
    account: &mut Account,
    kind: &'static str,
    paging: Paging,
) -> Result<Data, Refusal> {
    let certificate = fields::text(call, "CertificateId")?;
    fields::bit(call, "IsCache")?;
    fields::bit(call, "AsyncCache")?;
    let old = fields::text(call, "OldCertificateId")?;
    if let Some(other) = fields::text(call, "ResourceType")?.filter(|other| *other != kind) {
        return Err(super::type_invalid(other));
    }
    let matching = matching(call)?;
    let (offset, limit) = match paging {
        Paging::Numbers => super::page(call)?,
        Paging::TextOffset => {
            let limit = super::limit(fields::count(call, "Limit")?)?;
            (super::digits(call, "Offset")?.unwrap_or(0), limit)
        }
        Paging::Whole | Paging::Uncounted => (0, usize::MAX),
    };
    super::settle(call, account);
    let facts = match certificate {
        Some(id) => Some(account.ssl.certificates.get(id)?.facts.clone()),
        None => None,
    };
    // Without a region all of them are listed; the vendor does not say what happens there.
    let here = |resource: &&Resource| {
        let region = call
            .params
            .region
            .as_deref()
            .filter(|_| REGIONAL.contains(&kind));
        resource.kind == kind && region.is_none_or(|region| resource.region == region)
    };
    let fits = |resource: &&Resource| {
        let matched = facts
            .as_ref()
            .is_none_or(|facts| resource.is_matched(facts));
        matched == matching && old.is_none_or(|old| resource.bears(old))
    };
    let resources = account.ssl.deploy.resources.iter();
    let found: Vec<&Resource> = resources.filter(here).filter(fits).collect();
    let items = match kind {
        "clb" => balancers(&found),
        "tke" => clusters(&found),
        "teo" => {
            let (store, certificates) = (&account.ssl.deploy, &account.ssl.certificates);
            let items = |of: &&Resource| edge::items(store, certificates, of, call.instant);
            found.iter().flat_map(items).collect()
        }
        _ => found.iter().map(|resource| item(resource)).collect(),
    };
    let total = items.len();
    let page = match paging {
        Paging::Numbers | Paging::TextOffset => call.page(limit),
        Paging::Whole | Paging::Uncounted => limit,
    };
    let items: Vec<Value> = items.into_iter().skip(offset).take(page).collect();
    let mut answer = Map::from_iter([("InstanceList".to_owned(), Value::Array(items))]);
    if paging != Paging::Uncounted {
        answer.insert("TotalCount".to_owned(), json!(total));
    }
    if ["cdn", "clb", "cos", "tke"].contains(&kind) {
        answer.extend(members(json!({
            "AsyncTotalNum": 0, "AsyncOffset": 0, "AsyncCacheTime": "",
        })));
    }
    Ok(answer)
}

/// The filter `domainMatch`: `1` where none is given.
fn matching(call: &Call<'_>) -> Result<bool, Refusal> {
    let filters = fields::structs(call, "Filters", &["FilterKey", "FilterValue"])?;
    let mut matching = true;
    for filter in filters {
        match (filter[0], filter[1]) {
            (Some(key), Some("1")) if key.eq_ignore_ascii_case("domainMatch") => matching = true,
            (Some(key), Some("0")) if key.eq_ignore_ascii_case("domainMatch") => matching = false,
            _ => return Err(fields::unfit("Filters", "domainMatch is 0 or 1")),
        }
    }
    Ok(matching)
}

/// An instance as the lists and the look-ups of bindings show it.
pub fn item(resource: &Resource) -> Value {
    let part = |at: usize| resource.parts.get(at).map_or("", String::as_str);
    let certificate = &resource.certificate;
    let borne = match certificate.is_empty() {
        true => Value::Null,
        false => json!(certificate),
    };
    match resource.kind {
        "cdn" => json!({
            "Domain": part(0), "CertId": certificate, "Status": "online",
            "HttpsBillingSwitch": if certificate.is_empty() { "off" } else { "on" },
        }),
        "live" => json!({
            "Domain": part(0), "CertId": borne,
            "Status": if certificate.is_empty() { -1 } else { 1 },
        }),
        "waf" => json!({ "Domain": part(0), "CertId": borne, "Keepalive": 1 }),
        "vod" => json!({ "Domain": part(0), "CertId": certificate }),
        "ddos" => json!({
            "InstanceId": part(0), "Domain": part(1), "VirtualPort": part(2),
            "Protocol": "https", "CertId": certificate,
        }),
        "apigateway" => json!({
            "ServiceId": part(0), "ServiceName": "sandbox", "Domain": part(1),
            "CertId": certificate, "Protocol": "http&https",
        }),
        "cos" => json!({
            "Region": part(0), "Bucket": part(1), "Domain": part(2), "CertId": certificate,
            "Status": "ENABLED",
        }),
        "lighthouse" => json!({
            "InstanceId": part(1), "InstanceName": "sandbox", "IP": ["192.0.2.1"],
            "Domain": resource.domains,
        }),
        "tse" => json!({
            "GatewayId": part(0), "GatewayName": "sandbox",
            "CertificateList": [{
                "Id": part(1), "Name": "sandbox", "BindDomains": resource.domains,
                "CertSource": "ssl", "CertId": certificate,
            }],
        }),
        "mqtt" => json!({
            "InstanceId": part(0), "InstanceName": "sandbox", "InstanceStatus": "RUNNING",
            "NoMatchDomains": [], "ServerCertIdList": [certificate], "CaCertIdList": Value::Null,
        }),
        "gaap" => json!({
            "InstanceId": part(0), "InstanceName": "sandbox",
            "ListenerList": [{
                "ListenerId": part(1), "ListenerName": "sandbox", "ListenerStatus": "ACTIVE",
                "NoMatchDomains": Value::Null, "CertIdList": [certificate], "Protocol": "HTTPS",
            }],
        }),
        "scf" => json!({
            "Domain": part(0), "CertificateId": certificate, "Protocol": "HTTP&HTTPS",
            "Region": resource.region,
        }),
        _ => json!({
            "InstanceId": part(0), "InstanceName": "sandbox", "InstanceStatus": "HEALTHY",
            "CertId": certificate, "CaCertId": "", "NoMatchDomains": [],
        }),
    }
}

/// Listeners and rules, gathered under their load balancers.
pub fn balancers(found: &[&Resource]) -> Vec<Value> {
    let mut balancers: Vec<Value> = Vec::new();
    for resource in found {
        let id = &resource.parts[0];
        let at = balancers
            .iter()
            .position(|balancer| balancer["LoadBalancerId"] == id.as_str());
        let at = at.unwrap_or_else(|| {
            balancers.push(json!({
                "LoadBalancerId": id, "LoadBalancerName": "sandbox", "Listeners": [], "Forward": 1,
            }));
            balancers.len() - 1
        });
        if let Some(listeners) = balancers[at]["Listeners"].as_array_mut() {
            add_listener(listeners, resource);
        }
    }
    balancers
}

fn add_listener(listeners: &mut Vec<Value>, resource: &Resource) {
    let certificate = match resource.certificate.as_str() {
        "" => Value::Null,
        id => json!({
            "CertId": id, "DnsNames": resource.domains, "CertCaId": Value::Null,
            "SSLMode": "UNIDIRECTIONAL",
        }),
    };
    let sni = resource.shape == Shape::Rule;
    let rules: Vec<Value> = resource
        .domains
        .iter()
        .map(|domain| {
            let own = if sni {
                certificate.clone()
            } else {
                Value::Null
            };
            json!({
                "LocationId": format!("loc-{domain}"), "Domain": domain, "IsMatch": true,
                "Certificate": own, "NoMatchDomains": [], "Url": "/",
            })
        })
        .collect();
    let id = &resource.parts[1];
    let known = listeners
        .iter_mut()
        .find(|listener| listener["ListenerId"] == id.as_str());
    match known.and_then(|listener| listener["Rules"].as_array_mut()) {
        Some(others) => others.extend(rules),
        None => listeners.push(json!({
            "ListenerId": id, "ListenerName": "sandbox", "SniSwitch": u8::from(sni),
            "Protocol": if resource.shape == Shape::Layer4 { "TCP_SSL" } else { "HTTPS" },
            "Certificate": if sni { Value::Null } else { certificate },
            "Rules": rules, "NoMatchDomains": [],
        })),
    }
}

/// Secrets, each in a namespace of a cluster.
pub fn clusters(found: &[&Resource]) -> Vec<Value> {
    let cluster = |resource: &&Resource| {
        json!({
            "ClusterId": resource.parts[0], "ClusterName": "sandbox",
            "ClusterType": "MANAGED_CLUSTER", "ClusterVersion": "1.30.0",
            "NamespaceList": [{
                "Name": resource.parts[1],
                "SecretList": [{
                    "Name": resource.parts[2], "CertId": resource.certificate,
                    "IngressList": [{
                        "IngressName": "sandbox", "TlsDomains": resource.domains,
                        "Domains": resource.domains,
                    }],
                    "NoMatchDomains": Value::Null,
                }],
            }],
        })
    };
    found.iter().map(cluster).collect()
}
