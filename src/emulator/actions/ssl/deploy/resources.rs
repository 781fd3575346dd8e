//! What the account's certificates can be deployed to, and what each bears.

use crate::emulator::material::Facts;

/// An instance of a product: what a deployment names.
#[derive(Clone, Debug)]
pub struct Resource {
    /// The vendor's resource type.
    pub kind: &'static str,
    /// Where it is; empty for products without regions.
    pub region: String,
    /// Its id's parts as a deployment names them, without CDN's billing switch.
    pub parts: Vec<String>,
    /// The domains that it serves.
    pub domains: Vec<String>,
    /// The certificate that it bears; empty where there is none.
    pub certificate: String,
    /// The one that a domain of EdgeOne bears beside it; empty where there is none.
    pub second: String,
    /// What it is beside that.
    pub shape: Shape,
}

/// What distinguishes an instance from others of its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Nothing.
    Plain,
    /// A listener of layer 7 without SNI: one certificate for all its rules.
    Listener,
    /// A rule of a listener with SNI: a certificate of its own.
    Rule,
    /// A listener of layer 4.
    Layer4,
}

/// The regional types: a call for them names a region.
pub const REGIONAL: [&str; 9] = [
    "clb",
    "waf",
    "apigateway",
    "cos",
    "lighthouse",
    "tke",
    "tse",
    "tcb",
    "mqtt",
];

/// The resource types that a deployment takes, with the lengths of their instances' ids.
const FORMS: [(&str, usize, usize); 15] = [
    ("clb", 2, 3),
    ("cdn", 2, 2),
    ("ddos", 3, 3),
    ("live", 1, 1),
    ("vod", 1, 1),
    ("waf", 1, 1),
    ("teo", 1, 1),
    ("apigateway", 2, 2),
    ("mqtt", 2, 2),
    ("cos", 3, 3),
    ("lighthouse", 3, 3),
    ("tke", 3, 3),
    ("tse", 2, 2),
    ("tcb", 4, 4),
    ("gaap", 2, 2),
];

/// How many parts an instance's id has, at least and at most; none for no type of a deployment.
pub fn form(kind: &str) -> Option<(usize, usize)> {
    let found = FORMS.iter().find(|(name, _, _)| *name == kind);
    found.map(|(_, least, most)| (*least, *most))
}

/// The certificate of the fixture that is in use.
const BORNE: &str = "example1";

/// Type, region, id, domains (space-separated), what it bears, shape.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    Shape,
);

#[rustfmt::skip] // a line for each: a table
const FIXTURE: &[Row] = &[
    ("cdn", "", "a.com", "a.com", BORNE, Shape::Plain),
    ("cdn", "", "b.com", "b.com", BORNE, Shape::Plain),
    ("cdn", "", "cdn.example.com", "cdn.example.com", "", Shape::Plain),
    ("cdn", "", "failing.example.com", "failing.example.com", BORNE, Shape::Plain),
    ("cdn", "", "flaky.example.com", "flaky.example.com", BORNE, Shape::Plain),
    ("cdn", "", "www.example.net", "www.example.net", "", Shape::Plain),
    ("clb", "ap-guangzhou", "lb-sandbox1|lbl-sni0001|www.example.com", "www.example.com", BORNE, Shape::Rule),
    ("clb", "ap-guangzhou", "lb-sandbox1|lbl-sni0001|api.example.com", "api.example.com", BORNE, Shape::Rule),
    ("clb", "ap-guangzhou", "lb-sandbox1|lbl-sni0001|~*.example.com", "~*.example.com", "", Shape::Rule),
    ("clb", "ap-guangzhou", "lb-sandbox1|lbl-https01", "a.com b.com", BORNE, Shape::Listener),
    ("clb", "ap-guangzhou", "lb-sandbox1|lbl-mixed01", "a.com www.example.net", BORNE, Shape::Listener),
    ("clb", "ap-guangzhou", "lb-sandbox1|lbl-norules", "", "", Shape::Listener),
    ("clb", "ap-guangzhou", "lb-sandbox2|lbl-tcpssl1", "", BORNE, Shape::Layer4),
    ("clb", "ap-shanghai", "lb-sandbox3|lbl-sni0003|shop.example.com", "shop.example.com", BORNE, Shape::Rule),
    ("live", "", "live.example.com", "live.example.com", BORNE, Shape::Plain),
    ("live", "", "idle-live.example.com", "idle-live.example.com", "", Shape::Plain),
    ("waf", "ap-guangzhou", "waf.example.com", "waf.example.com", BORNE, Shape::Plain),
    ("ddos", "", "bgpip-000001ms|ddos.example.com|443", "ddos.example.com", BORNE, Shape::Plain),
    ("teo", "", "teo.example.com", "teo.example.com", BORNE, Shape::Plain),
    ("teo", "", "teo2.example.com", "teo2.example.com", "", Shape::Plain),
    ("teo", "", "idle.example.com", "idle.example.com", "", Shape::Plain),
    ("teo", "", "b.com", "b.com", "", Shape::Plain),
    ("apigateway", "ap-guangzhou", "service-sandbox1|apigw.example.com", "apigw.example.com", BORNE, Shape::Plain),
    ("vod", "", "vod.example.com", "vod.example.com", BORNE, Shape::Plain),
    ("tke", "ap-guangzhou", "cls-sandbox1|default|tls-example", "tke.example.com", BORNE, Shape::Plain),
    ("tke", "ap-guangzhou", "cls-sandbox2|default|tls-unused", "", "", Shape::Plain),
    ("cos", "ap-guangzhou", "ap-guangzhou|static-1250000000|cos.example.com", "cos.example.com", BORNE, Shape::Plain),
    ("lighthouse", "ap-shanghai", "ap-shanghai|lhins-sandbox1|lh.example.com", "lh.example.com", "", Shape::Plain),
    ("tse", "ap-guangzhou", "gateway-sandbox1|fa61bc05-cc54-4eea-c932-24de52577372", "tse.example.com", BORNE, Shape::Plain),
    ("tcb", "ap-shanghai", "AccessService|ap-shanghai|env-sandbox1|tcb.example.com", "tcb.example.com", BORNE, Shape::Plain),
    ("mqtt", "ap-guangzhou", "mqtt-sandbox1|example1", "mqtt.example.com", BORNE, Shape::Plain),
    ("gaap", "", "ga-sandbox1|lsr-sandbox1", "gaap.example.com", BORNE, Shape::Plain),
    ("scf", "ap-guangzhou", "scf.example.com", "scf.example.com", BORNE, Shape::Plain),
    ("tdmq", "ap-guangzhou", "amqp-sandbox1", "tdmq.example.com", BORNE, Shape::Plain),
];

/// The fixture's resources, and so many CDN domains `site0001.example.com` more that bear nothing.
pub fn fixture(sites: usize) -> Vec<Resource> {
    let row = |row: &Row| {
        let (kind, region, id, domains, certificate, shape) = *row;
        Resource {
            kind,
            region: region.to_owned(),
            parts: id.split('|').map(str::to_owned).collect(),
            domains: domains.split_whitespace().map(str::to_owned).collect(),
            certificate: certificate.to_owned(),
            second: String::new(),
            shape,
        }
    };
    let site = |number| {
        let domain = format!("site{number:04}.example.com");
        Resource {
            kind: "cdn",
            region: String::new(),
            parts: vec![domain.clone()],
            domains: vec![domain],
            certificate: String::new(),
            second: String::new(),
            shape: Shape::Plain,
        }
    };
    let sites = (1..=sites).map(site);
    FIXTURE.iter().map(row).chain(sites).collect()
}

impl Resource {
    /// Whether a deployment means it by these parts of an id.
    pub fn is_named(&self, parts: &[&str]) -> bool {
        let parts = match self.kind {
            "cdn" => &parts[..parts.len() - 1],
            _ => parts,
        };
        self.parts.iter().eq(parts.iter())
    }

    /// Whether it bears a certificate.
    pub fn bears(&self, certificate: &str) -> bool {
        self.certificate == certificate || !certificate.is_empty() && self.second == certificate
    }

    /// Gives it a certificate: in the place of `old` where it bears that, else of all that it bears.
    pub fn put(&mut self, certificate: &str, old: &str) {
        match !old.is_empty() && self.second == old {
            true => certificate.clone_into(&mut self.second),
            false => {
                if self.certificate != old {
                    self.second.clear();
                }
                certificate.clone_into(&mut self.certificate);
            }
        }
    }

    /// Whether a certificate is for its domains. What has none takes any.
    pub fn is_matched(&self, certificate: &Facts) -> bool {
        let matched = |domain: &String| certificate.names.iter().any(|name| covers(name, domain));
        self.domains.iter().all(matched)
    }

    /// Whether a certificate can be put here at all.
    pub fn takes_certificates(&self) -> bool {
        let rules = self.shape != Shape::Listener || !self.domains.is_empty();
        rules && !self.domains.iter().any(|domain| domain.starts_with('~'))
    }

    /// The first label of its domain; the fixture's `failing` and `flaky` are told by it.
    pub fn label(&self) -> &str {
        let domain = self.domains.first().map_or("", String::as_str);
        domain.split('.').next().unwrap_or_default()
    }
}

/// Whether a certificate's name is good for a domain.
fn covers(name: &str, domain: &str) -> bool {
    let under = |suffix: &str| {
        let label = domain.strip_suffix(suffix)?.strip_suffix('.')?;
        (!label.is_empty() && !label.contains('.')).then_some(())
    };
    name == domain || name.strip_prefix("*.").and_then(under).is_some()
}
