//! UCloud load balancers (ULB: CLB and ALB).
//!
//! Certificates are regional, and every call sees one project.

use serde::Deserialize;

use crate::cloud::Cloud;
use crate::providers::{Effect, Operation, Params, Service, null_as_default};

/// The one endpoint of all products.
pub static ULB: Service = Service {
    cloud: Cloud::Ucloud,
    name: "ulb",
    version: "",
    host: "api.ucloud.cn",
    mainland_host: None,
    regional: &[],
};

/// The vendor documents no rate; this keeps well below what its own tools send.
const RATE: u32 = 10;

/// Replaces a certificate by another wherever it is bound in the scope: the listener, the load
/// balancer, or, with neither given, the whole project in that region. The answer does not say
/// what changed.
///
/// The parameters are `LoadBalancerId` and `ListenerId`. `ULBId` and `VServerId`, which the
/// vendor's first sample shows, are not parameters of this action and would leave it without a
/// scope.
///
/// <https://docs.ucloud.cn/api/ulb-api/update_ssl_binding>
#[derive(Clone, Debug)]
pub struct UpdateSSLBinding<'a> {
    /// The region.
    pub region: &'a str,
    /// The project; the account's default one where absent.
    pub project_id: Option<&'a str>,
    /// The certificate that is bound now.
    pub old_ssl_id: &'a str,
    /// The certificate to bind instead.
    pub new_ssl_id: &'a str,
    /// Narrows the scope to a load balancer.
    pub load_balancer_id: Option<&'a str>,
    /// Narrows the scope to a listener (a VServer of a CLB, a listener of an ALB).
    pub listener_id: Option<&'a str>,
}

/// The answer says nothing beyond success.
#[derive(Debug, Deserialize)]
pub struct Updated {}

impl Operation for UpdateSSLBinding<'_> {
    type Reply = Updated;
    const SERVICE: &'static Service = &ULB;
    const ACTION: &'static str = "UpdateSSLBinding";
    const EFFECT: Effect = Effect::Reconciled;
    const RATE: u32 = RATE;

    fn params(&self) -> Params {
        Params::new()
            .text("Region", self.region)
            .maybe("ProjectId", self.project_id)
            .text("OldSSLId", self.old_ssl_id)
            .text("NewSSLId", self.new_ssl_id)
            .maybe("LoadBalancerId", self.load_balancer_id)
            .maybe("ListenerId", self.listener_id)
    }
}

/// Reads a certificate and what it is bound to, on CLB and ALB. The answer also carries
/// `SSLContent`, private key included, which is not read.
///
/// <https://docs.ucloud.cn/api/ulb-api/describe_sslv2>
#[derive(Clone, Debug)]
pub struct DescribeSSLV2<'a> {
    /// The region.
    pub region: &'a str,
    /// The project; the account's default one where absent.
    pub project_id: Option<&'a str>,
    /// The certificate.
    pub ssl_id: &'a str,
}

/// The answer to [`DescribeSSLV2`]; every field may be absent.
#[derive(Debug, Deserialize)]
pub struct Certificates {
    /// The certificates.
    #[serde(rename = "DataSet", default, deserialize_with = "null_as_default")]
    pub data_set: Vec<Certificate>,
}

/// A certificate of a load balancer.
#[derive(Clone, Debug, Deserialize)]
pub struct Certificate {
    /// Its id.
    #[serde(rename = "SSLId", default)]
    pub ssl_id: String,
    /// What it is bound to.
    #[serde(rename = "Relations", default, deserialize_with = "null_as_default")]
    pub relations: Vec<Relation>,
    /// Its common name, sometimes with others.
    #[serde(rename = "Domains", default, deserialize_with = "names")]
    pub domains: Vec<String>,
    /// Its alternative names.
    #[serde(rename = "DNSNames", default, deserialize_with = "names")]
    pub dns_names: Vec<String>,
    /// The end of its validity in epoch seconds; 0 where not known.
    #[serde(rename = "NotAfter", default, deserialize_with = "null_as_default")]
    pub not_after: i64,
}

impl Certificate {
    /// Every name it is known to cover.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for name in self.dns_names.iter().chain(&self.domains) {
            let name = name.to_ascii_lowercase();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

/// Names come as one text with commas or as an array, and may be null.
fn names<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Names {
        Text(String),
        List(Vec<String>),
    }
    let texts = match Option::<Names>::deserialize(deserializer)? {
        None => Vec::new(),
        Some(Names::Text(text)) => vec![text],
        Some(Names::List(texts)) => texts,
    };
    let names = texts.iter().flat_map(|text| text.split(',')).map(str::trim);
    Ok(names
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect())
}

/// One binding of a certificate to a listener.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Relation {
    /// The load balancer.
    pub load_balancer_id: String,
    /// The listener.
    pub listener_id: String,
    /// Whether it is the listener's default certificate (ALB).
    pub is_default: bool,
}

impl Operation for DescribeSSLV2<'_> {
    type Reply = Certificates;
    const SERVICE: &'static Service = &ULB;
    const ACTION: &'static str = "DescribeSSLV2";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = RATE;

    fn params(&self) -> Params {
        Params::new()
            .text("Region", self.region)
            .maybe("ProjectId", self.project_id)
            .text("SSLId", self.ssl_id)
            .text("Limit", "100")
            .text("Offset", "0")
    }
}
