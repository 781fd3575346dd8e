//! What a certificate could be deployed to: the instances of each resource type, with the
//! certificate that each bears now.

use std::collections::HashMap;
use std::marker::PhantomData;

use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

use super::resource::ResourceType;
use super::{SSL, open_page};
use crate::providers::page::{Cursor, Page};
use crate::providers::{Effect, Operation, Params, Service, Value, id_as_text, null_as_default};

/// The most instances that a page may hold; the default is 10.
pub const HOST_PAGE: u32 = 200;

/// How a list is cut into pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paging {
    /// `Offset` and `Limit` are numbers.
    Numbers,
    /// `Limit` is a number and `Offset` a text.
    TextOffset,
    /// It comes whole.
    Whole,
}

/// A list of instances of one type.
pub trait HostType {
    /// The vendor's name of the call.
    const ACTION: &'static str;
    /// How it is cut into pages.
    const PAGING: Paging;
}

/// Lists the instances of a type that a certificate's names match, or those that they do not.
///
/// <https://cloud.tencent.com/document/product/400>, `DescribeHost…InstanceList`
#[derive(Clone, Debug)]
pub struct DescribeHostInstanceList<'a, T> {
    /// The certificate that is to be deployed.
    pub certificate_id: &'a str,
    /// Those that its names match, or the others.
    pub matching: bool,
    /// The region, of the types that have regions.
    pub region: Option<&'a str>,
    /// The page, where there are pages.
    pub cursor: Cursor,
    /// The list's type.
    pub of: PhantomData<T>,
}

impl<T: HostType> Operation for DescribeHostInstanceList<'_, T> {
    type Reply = Hosts;
    const SERVICE: &'static Service = &SSL;
    const ACTION: &'static str = T::ACTION;
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        let filter = Params::new()
            .text("FilterKey", "domainMatch")
            .text("FilterValue", if self.matching { "1" } else { "0" });
        let params = Params::new()
            .text("CertificateId", self.certificate_id)
            // What was read up to half an hour ago would pass for what holds now.
            .int("IsCache", 0)
            .list("Filters", [Value::Struct(filter)]);
        let offset = self.cursor.offset;
        match T::PAGING {
            Paging::Numbers => params
                .int("Offset", offset as i64)
                .int("Limit", i64::from(HOST_PAGE)),
            Paging::TextOffset => params
                .text("Offset", offset.to_string())
                .int("Limit", i64::from(HOST_PAGE)),
            Paging::Whole => params,
        }
    }

    fn region(&self) -> Option<&str> {
        self.region
    }
}

/// One type for each list.
macro_rules! host_types {
    ($($(#[$doc:meta])* $name:ident: $action:literal, $paging:ident;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug)]
            pub struct $name;

            impl HostType for $name {
                const ACTION: &'static str = $action;
                const PAGING: Paging = Paging::$paging;
            }
        )*
    };
}

host_types! {
    /// API Gateway's domains.
    ApiGatewayHosts: "DescribeHostApiGatewayInstanceList", TextOffset;
    /// CDN's domains.
    CdnHosts: "DescribeHostCdnInstanceList", Numbers;
    /// Load balancers and their listeners.
    ClbHosts: "DescribeHostClbInstanceList", Numbers;
    /// Buckets' domains.
    CosHosts: "DescribeHostCosInstanceList", Numbers;
    /// Anti-DDoS' forwarding rules.
    DdosHosts: "DescribeHostDdosInstanceList", Numbers;
    /// Lighthouse instances; what they bear is not said.
    LighthouseHosts: "DescribeHostLighthouseInstanceList", Whole;
    /// Live streaming's domains.
    LiveHosts: "DescribeHostLiveInstanceList", Whole;
    /// EdgeOne's domains.
    TeoHosts: "DescribeHostTeoInstanceList", Numbers;
    /// Clusters and their secrets.
    TkeHosts: "DescribeHostTkeInstanceList", Numbers;
    /// Video on demand's domains.
    VodHosts: "DescribeHostVodInstanceList", Whole;
    /// The firewall's domains.
    WafHosts: "DescribeHostWafInstanceList", Whole;
}

/// The answer to [`DescribeHostInstanceList`].
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Hosts {
    /// A page of them; may be null, but is there.
    #[serde(deserialize_with = "null_as_default")]
    pub instance_list: Vec<Host>,
    /// How many there are in all; two of the lists do not say.
    #[serde(default)]
    pub total_count: Option<usize>,
}

impl Hosts {
    /// The page.
    pub fn page(self) -> Page<Host> {
        open_page(self.total_count, Some(self.instance_list))
    }
}

/// An instance as the lists show it: the members of all types in one, for each type has other ones.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Host {
    /// One, or of Lighthouse several.
    #[serde(deserialize_with = "one_or_many")]
    domain: Vec<String>,
    /// EdgeOne's domain.
    #[serde(deserialize_with = "id_as_text")]
    host: String,
    /// EdgeOne's.
    #[serde(deserialize_with = "id_as_text")]
    zone_id: String,
    /// A text of EdgeOne, and of other types perhaps a number.
    #[serde(deserialize_with = "id_as_text")]
    status: String,
    #[serde(deserialize_with = "id_as_text")]
    cert_id: String,
    /// Cloud functions'.
    #[serde(deserialize_with = "id_as_text")]
    certificate_id: String,
    #[serde(deserialize_with = "id_as_text")]
    instance_id: String,
    #[serde(deserialize_with = "id_as_text")]
    service_id: String,
    #[serde(deserialize_with = "id_as_text")]
    gateway_id: String,
    #[serde(deserialize_with = "id_as_text")]
    bucket: String,
    #[serde(deserialize_with = "id_as_text")]
    region: String,
    #[serde(deserialize_with = "id_as_text")]
    virtual_port: String,
    #[serde(deserialize_with = "id_as_text")]
    load_balancer_id: String,
    #[serde(deserialize_with = "null_as_default")]
    listeners: Vec<Listener>,
    #[serde(deserialize_with = "id_as_text")]
    cluster_id: String,
    #[serde(deserialize_with = "null_as_default")]
    namespace_list: Vec<Namespace>,
    #[serde(deserialize_with = "null_as_default")]
    certificate_list: Vec<GatewayCertificate>,
    #[serde(deserialize_with = "null_as_default")]
    server_cert_id_list: Vec<String>,
    #[serde(deserialize_with = "null_as_default")]
    listener_list: Vec<AcceleratorListener>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Listener {
    #[serde(deserialize_with = "id_as_text")]
    listener_id: String,
    #[serde(deserialize_with = "null_as_default")]
    sni_switch: u64,
    #[serde(deserialize_with = "null_as_default")]
    certificate: Certificate,
    #[serde(deserialize_with = "null_as_default")]
    rules: Vec<Rule>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Rule {
    #[serde(deserialize_with = "id_as_text")]
    domain: String,
    #[serde(deserialize_with = "null_as_default")]
    certificate: Certificate,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Certificate {
    #[serde(deserialize_with = "id_as_text")]
    cert_id: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Namespace {
    #[serde(deserialize_with = "id_as_text")]
    name: String,
    #[serde(deserialize_with = "null_as_default")]
    secret_list: Vec<Secret>,
}

/// A Kubernetes secret: its name and the certificate's id, never the key.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Secret {
    #[serde(deserialize_with = "id_as_text")]
    name: String,
    #[serde(deserialize_with = "id_as_text")]
    cert_id: String,
    #[serde(deserialize_with = "null_as_default")]
    ingress_list: Vec<Ingress>,
}

/// Where a secret is used.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Ingress {
    #[serde(deserialize_with = "null_as_default")]
    tls_domains: Vec<String>,
    #[serde(deserialize_with = "null_as_default")]
    domains: Vec<String>,
}

impl Ingress {
    /// The domains that it serves with the secret: those under TLS, where they are told.
    fn served(&self) -> &[String] {
        match self.tls_domains.as_slice() {
            [] => &self.domains,
            told => told,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct GatewayCertificate {
    #[serde(deserialize_with = "id_as_text")]
    id: String,
    #[serde(deserialize_with = "null_as_default")]
    bind_domains: Vec<String>,
    #[serde(deserialize_with = "id_as_text")]
    cert_id: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct AcceleratorListener {
    #[serde(deserialize_with = "id_as_text")]
    listener_id: String,
    #[serde(deserialize_with = "null_as_default")]
    cert_id_list: Vec<String>,
}

/// A place that bears a certificate, or could.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Written as an instance of a deployment, without CDN's billing switch.
    pub id: String,
    /// Its domains.
    pub domains: Vec<String>,
    /// The certificates that it bears now; most places bear one at most.
    pub certificates: Vec<String>,
    /// A load balancer's id.
    pub load_balancer: Option<String>,
    /// The id of its listener.
    pub listener: Option<String>,
}

impl Place {
    /// A place that bears a certificate, or with an empty text none.
    pub fn new(id: String, domains: Vec<String>, certificate: &str) -> Self {
        let certificates = [certificate].into_iter().filter(|id| !id.is_empty());
        Place {
            id,
            domains,
            certificates: certificates.map(str::to_owned).collect(),
            ..Place::default()
        }
    }

    /// Whether it bears the certificate.
    pub fn bears(&self, certificate: &str) -> bool {
        self.certificates.iter().any(|borne| borne == certificate)
    }
}

/// Places, each once: one that bears several certificates may come with each of them anew.
pub fn merged(places: impl IntoIterator<Item = Place>) -> Vec<Place> {
    let mut merged: Vec<Place> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for place in places {
        match known.get(&place.id) {
            None => {
                known.insert(place.id.clone(), merged.len());
                merged.push(place);
            }
            Some(at) => {
                for certificate in place.certificates {
                    if !merged[*at].bears(&certificate) {
                        merged[*at].certificates.push(certificate);
                    }
                }
            }
        }
    }
    merged
}

impl Host {
    /// A domain of EdgeOne, its zone, the certificate of this entry, and how far that is.
    pub fn edge(&self) -> (&str, &str, &str, &str) {
        (&self.host, &self.zone_id, &self.cert_id, &self.status)
    }

    /// The places of an instance of a type, in a region where the list has been asked for one.
    pub fn places(&self, of: ResourceType, region: Option<&str>) -> Vec<Place> {
        let bearing =
            |id: String, domain: &str| vec![Place::new(id, vec![domain.to_owned()], &self.cert_id)];
        let domain = self.domain.first().map_or("", String::as_str);
        let here = match self.region.as_str() {
            "" => region.unwrap_or_default(),
            own => own,
        };
        match of {
            ResourceType::Cdn | ResourceType::Live | ResourceType::Vod | ResourceType::Waf => {
                bearing(domain.to_owned(), domain)
            }
            ResourceType::Teo => bearing(self.host.clone(), &self.host),
            ResourceType::ApiGateway => bearing(format!("{}|{domain}", self.service_id), domain),
            ResourceType::Cos => bearing(format!("{here}|{}|{domain}", self.bucket), domain),
            ResourceType::Ddos => bearing(
                format!("{}|{domain}|{}", self.instance_id, self.virtual_port),
                domain,
            ),
            ResourceType::Lighthouse => {
                let place = |domain: &String| {
                    let id = format!("{here}|{}|{domain}", self.instance_id);
                    Place::new(id, vec![domain.clone()], "")
                };
                self.domain.iter().map(place).collect()
            }
            ResourceType::Clb => {
                let listeners = self.listeners.iter();
                listeners
                    .flat_map(|listener| self.served(listener))
                    .collect()
            }
            ResourceType::Tke => self.secrets(),
            ResourceType::Tse => {
                let place = |slot: &GatewayCertificate| {
                    let id = format!("{}|{}", self.gateway_id, slot.id);
                    Place::new(id, slot.bind_domains.clone(), &slot.cert_id)
                };
                self.certificate_list.iter().map(place).collect()
            }
            ResourceType::Mqtt => {
                let place = |borne: &String| {
                    let id = format!("{}|{borne}", self.instance_id);
                    Place::new(id, Vec::new(), borne)
                };
                self.server_cert_id_list.iter().map(place).collect()
            }
            ResourceType::Gaap => {
                let place = |listener: &AcceleratorListener| Place {
                    id: format!("{}|{}", self.instance_id, listener.listener_id),
                    certificates: listener.cert_id_list.clone(),
                    listener: Some(listener.listener_id.clone()),
                    ..Place::default()
                };
                self.listener_list.iter().map(place).collect()
            }
            ResourceType::Scf => vec![Place::new(
                domain.to_owned(),
                vec![domain.to_owned()],
                &self.certificate_id,
            )],
            ResourceType::Tdmq => vec![Place::new(
                self.instance_id.clone(),
                Vec::new(),
                &self.cert_id,
            )],
            // Environments have a shape of their own.
            ResourceType::Tcb => Vec::new(),
        }
    }

    /// The places of a listener: itself, or with SNI each of its domains.
    fn served(&self, listener: &Listener) -> Vec<Place> {
        let id = format!("{}|{}", self.load_balancer_id, listener.listener_id);
        let domains: Vec<String> = listener
            .rules
            .iter()
            .map(|rule| rule.domain.clone())
            .collect();
        let mut places = match listener.sni_switch {
            0 => vec![Place::new(id, domains, &listener.certificate.cert_id)],
            _ => {
                let place = |rule: &Rule| {
                    let id = format!("{id}|{}", rule.domain);
                    Place::new(id, vec![rule.domain.clone()], &rule.certificate.cert_id)
                };
                listener.rules.iter().map(place).collect()
            }
        };
        // Two paths of a domain are two rules with one certificate.
        places.dedup();
        for place in &mut places {
            place.load_balancer = Some(self.load_balancer_id.clone());
            place.listener = Some(listener.listener_id.clone());
        }
        places
    }

    fn secrets(&self) -> Vec<Place> {
        let of = |namespace: &Namespace| {
            let place = |secret: &Secret| {
                let id = format!("{}|{}|{}", self.cluster_id, namespace.name, secret.name);
                let mut domains: Vec<String> = Vec::new();
                for domain in secret.ingress_list.iter().flat_map(Ingress::served) {
                    if !domain.is_empty() && !domains.contains(domain) {
                        domains.push(domain.clone());
                    }
                }
                Place::new(id, domains, &secret.cert_id)
            };
            namespace.secret_list.iter().map(place).collect::<Vec<_>>()
        };
        self.namespace_list.iter().flat_map(of).collect()
    }
}

fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    use serde::de::Error;
    match Json::deserialize(deserializer)? {
        Json::Null => Ok(Vec::new()),
        Json::String(text) => Ok(vec![text]),
        list @ Json::Array(_) => serde_json::from_value(list).map_err(D::Error::custom),
        _ => Err(D::Error::custom("a domain that is neither text nor a list")),
    }
}
