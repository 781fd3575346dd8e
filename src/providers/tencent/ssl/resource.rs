//! What a certificate is deployed to: the vendor's resource types, and how an instance of each is
//! written.
//!
//! <https://cloud.tencent.com/document/product/400/91667>

use crate::domain::Domain;

/// A product that takes certificates: the vendor's `ResourceType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceType {
    /// API Gateway.
    ApiGateway,
    /// Content Delivery Network.
    Cdn,
    /// Cloud Load Balancer.
    Clb,
    /// Cloud Object Storage.
    Cos,
    /// Anti-DDoS.
    Ddos,
    /// Global Application Acceleration.
    Gaap,
    /// Lighthouse.
    Lighthouse,
    /// Live streaming.
    Live,
    /// Message queue for MQTT.
    Mqtt,
    /// Serverless Cloud Function.
    Scf,
    /// Cloud Base.
    Tcb,
    /// Message queue for RabbitMQ.
    Tdmq,
    /// EdgeOne.
    Teo,
    /// Kubernetes Engine.
    Tke,
    /// Microservices Engine.
    Tse,
    /// Video on demand.
    Vod,
    /// Web Application Firewall.
    Waf,
}

/// Where the region of an instance comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Regions {
    /// The product has none.
    None,
    /// It goes beside the parameters.
    Beside,
    /// It is this part of the instance's id, from 0, and goes beside the parameters as well.
    Part(usize),
}

/// A part of an instance's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// An id or a name, as it is.
    Id(&'static str),
    /// A domain.
    Domain,
    /// A domain that may be left out.
    MaybeDomain,
    /// A region.
    Region,
    /// A port.
    Port,
    /// `on` or `off`.
    Billing,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Part::Id(name) => name,
            Part::Domain => "DOMAIN",
            Part::MaybeDomain => "[DOMAIN]",
            Part::Region => "REGION",
            Part::Port => "PORT",
            Part::Billing => "on or off",
        }
    }
}

impl ResourceType {
    /// Every type, by name.
    pub const ALL: [ResourceType; 17] = [
        ResourceType::ApiGateway,
        ResourceType::Cdn,
        ResourceType::Clb,
        ResourceType::Cos,
        ResourceType::Ddos,
        ResourceType::Gaap,
        ResourceType::Lighthouse,
        ResourceType::Live,
        ResourceType::Mqtt,
        ResourceType::Scf,
        ResourceType::Tcb,
        ResourceType::Tdmq,
        ResourceType::Teo,
        ResourceType::Tke,
        ResourceType::Tse,
        ResourceType::Vod,
        ResourceType::Waf,
    ];

    /// The vendor's name, as in requests.
    pub const fn as_str(self) -> &'static str {
        match self {
            ResourceType::ApiGateway => "apigateway",
            ResourceType::Cdn => "cdn",
            ResourceType::Clb => "clb",
            ResourceType::Cos => "cos",
            ResourceType::Ddos => "ddos",
            ResourceType::Gaap => "gaap",
            ResourceType::Lighthouse => "lighthouse",
            ResourceType::Live => "live",
            ResourceType::Mqtt => "mqtt",
            ResourceType::Scf => "scf",
            ResourceType::Tcb => "tcb",
            ResourceType::Tdmq => "tdmq",
            ResourceType::Teo => "teo",
            ResourceType::Tke => "tke",
            ResourceType::Tse => "tse",
            ResourceType::Vod => "vod",
            ResourceType::Waf => "waf",
        }
    }

    /// The type of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|of| of.as_str() == name)
    }

    /// Where an instance's region comes from when a certificate is deployed to it.
    pub const fn regions(self) -> Regions {
        match self {
            ResourceType::ApiGateway
            | ResourceType::Clb
            | ResourceType::Mqtt
            | ResourceType::Tke
            | ResourceType::Tse
            | ResourceType::Waf => Regions::Beside,
            ResourceType::Cos | ResourceType::Lighthouse => Regions::Part(0),
            ResourceType::Tcb => Regions::Part(1),
            ResourceType::Cdn
            | ResourceType::Ddos
            | ResourceType::Gaap
            | ResourceType::Live
            | ResourceType::Scf
            | ResourceType::Tdmq
            | ResourceType::Teo
            | ResourceType::Vod => Regions::None,
        }
    }

    /// Whether a certificate can be deployed to chosen instances of it.
    pub const fn takes_deployments(self) -> bool {
        !matches!(self, ResourceType::Scf | ResourceType::Tdmq)
    }

    /// Whether it is among those where a certificate is replaced by another.
    pub const fn takes_updates(self) -> bool {
        !matches!(self, ResourceType::Lighthouse)
    }

    /// Whether an update has to be told the regions of it.
    pub const fn updates_by_region(self) -> bool {
        matches!(
            self,
            ResourceType::ApiGateway
                | ResourceType::Clb
                | ResourceType::Cos
                | ResourceType::Mqtt
                | ResourceType::Scf
                | ResourceType::Tcb
                | ResourceType::Tdmq
                | ResourceType::Tke
                | ResourceType::Tse
                | ResourceType::Waf
        )
    }

    /// Whether a look-up of bindings can be asked for it by name.
    pub const fn is_bound_by_name(self) -> bool {
        !matches!(
            self,
            ResourceType::Gaap
                | ResourceType::Lighthouse
                | ResourceType::Mqtt
                | ResourceType::Scf
                | ResourceType::Tdmq
        )
    }

    const fn parts(self) -> &'static [Part] {
        use Part::{Billing, Domain, Id, MaybeDomain, Port, Region};
        match self {
            ResourceType::ApiGateway => &[Id("SERVICE"), Domain],
            ResourceType::Cdn => &[Domain, Billing],
            ResourceType::Clb => &[Id("LOAD-BALANCER"), Id("LISTENER"), MaybeDomain],
            ResourceType::Cos => &[Region, Id("BUCKET"), Domain],
            ResourceType::Ddos => &[Id("INSTANCE"), Domain, Port],
            ResourceType::Gaap => &[Id("INSTANCE"), Id("LISTENER")],
            ResourceType::Lighthouse => &[Region, Id("INSTANCE"), Domain],
            ResourceType::Mqtt => &[Id("INSTANCE"), Id("CERTIFICATE")],
            ResourceType::Tcb => &[Id("TYPE"), Region, Id("ENVIRONMENT"), Domain],
            ResourceType::Tke => &[Id("CLUSTER"), Id("NAMESPACE"), Id("SECRET")],
            ResourceType::Tse => &[Id("GATEWAY"), Id("CERTIFICATE")],
            ResourceType::Live | ResourceType::Teo | ResourceType::Vod | ResourceType::Waf => {
                &[Domain]
            }
            ResourceType::Scf | ResourceType::Tdmq => &[],
        }
    }

    /// How an instance is written: `INSTANCE|DOMAIN|PORT`.
    pub fn form(self) -> String {
        match self {
            ResourceType::Cdn => "DOMAIN|on or DOMAIN|off".to_owned(),
            ResourceType::Clb => "LOAD-BALANCER|LISTENER or, with SNI, \
                                  LOAD-BALANCER|LISTENER|DOMAIN"
                .to_owned(),
            _ => {
                let names: Vec<&str> = self.parts().iter().map(|part| part.name()).collect();
                names.join("|")
            }
        }
    }
}

impl std::fmt::Display for ResourceType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// An instance that a certificate is to be deployed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// As it was asked for.
    pub asked: String,
    /// The parts of the id, each as it is sent.
    pub parts: Vec<String>,
    /// Its region, where it was given with it.
    pub region: Option<String>,
}

impl Instance {
    /// Reads an instance of a type, `REGION/` before it where the product has regions that are no
    /// part of the id. The error says what is wrong in a phrase that goes after the text.
    pub fn parse(of: ResourceType, text: &str) -> Result<Self, String> {
        let form = of.form();
        if text.contains('#') && !text.contains('|') {
            return Err(format!(
                "contains '#', the old form: write a {of} instance as {form}"
            ));
        }
        // A slash further behind belongs to the id.
        let before = text
            .split_once('/')
            .filter(|(before, _)| !before.contains('|'));
        let (region, id) = match before {
            None => (None, text),
            Some((region, id)) => match of.regions() {
                Regions::Beside => (Some(checked_region(region)?), id),
                Regions::None => {
                    return Err(format!(
                        "has a region or a path before '/', but {of} has neither"
                    ));
                }
                Regions::Part(_) => {
                    return Err(format!(
                        "contains '/', but the region of {of} is part of the id: {form}"
                    ));
                }
            },
        };
        let wanted = of.parts();
        let given: Vec<&str> = id.split('|').collect();
        let optional = usize::from(wanted.last() == Some(&Part::MaybeDomain));
        let lengths = wanted.len() - optional..=wanted.len();
        if !lengths.contains(&given.len()) {
            return Err(match (of, given.len()) {
                (ResourceType::Cdn, 1) => "has no switch for HTTPS billing: write a cdn instance \
                                           as DOMAIN|on or DOMAIN|off"
                    .to_owned(),
                (_, 1) => format!("has only one part: write a {of} instance as {form}"),
                (_, count) => format!("has {count} parts: write a {of} instance as {form}"),
            });
        }
        let parts = wanted
            .iter()
            .zip(given)
            .map(|(part, text)| checked_part(*part, text))
            .collect::<Result<Vec<_>, _>>()?;
        let region = match of.regions() {
            Regions::Part(at) => Some(parts[at].clone()),
            Regions::Beside | Regions::None => region,
        };
        Ok(Instance {
            asked: text.to_owned(),
            parts,
            region,
        })
    }

    /// The id as it is sent.
    pub fn id(&self) -> String {
        self.parts.join("|")
    }

    /// The domain in the id, where it has one.
    pub fn domain(&self, of: ResourceType) -> Option<&str> {
        let is_domain = |part: &Part| matches!(part, Part::Domain | Part::MaybeDomain);
        let at = of.parts().iter().position(is_domain)?;
        self.parts.get(at).map(String::as_str)
    }

    /// The place without what is said about it: CDN's billing switch is no part of what it is.
    pub fn place(&self, of: ResourceType) -> String {
        match of {
            ResourceType::Cdn => self.parts[0].clone(),
            _ => self.id(),
        }
    }
}

fn checked_part(part: Part, text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err("has an empty part; check for an unset shell variable".into());
    }
    match part {
        Part::Id(name) => match text.chars().find(|c| c.is_whitespace() || c.is_control()) {
            Some(_) => Err(format!("has white space in its {name}")),
            None => Ok(text.to_owned()),
        },
        Part::Domain | Part::MaybeDomain => match Domain::parse(text) {
            Ok(domain) => Ok(domain.ascii().to_owned()),
            Err(reason) => Err(format!("is not an instance: its domain {reason}")),
        },
        Part::Region => checked_region(text),
        Part::Port => match text.parse::<u16>() {
            Ok(port) if port > 0 => Ok(port.to_string()),
            _ => Err("has no port from 1 to 65535 at its end".into()),
        },
        Part::Billing => match text {
            "on" | "off" => Ok(text.to_owned()),
            _ => Err("does not end in on or off, the switch for HTTPS billing".into()),
        },
    }
}

/// A region is sent as a header: a narrow alphabet.
fn checked_region(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    match !text.is_empty() && text.contains('-') && text.chars().all(fits) {
        true => Ok(text.to_owned()),
        false => Err("has no region, such as ap-guangzhou, in the required place".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_of_every_type() {
        for (of, text, id, region) in [
            (ResourceType::Cdn, "A.com|on", "a.com|on", None),
            (ResourceType::Clb, "lb-1|lbl-2", "lb-1|lbl-2", None),
            (
                ResourceType::Clb,
                "ap-shanghai/lb-1|lbl-2|*.a.com",
                "lb-1|lbl-2|*.a.com",
                Some("ap-shanghai"),
            ),
            (ResourceType::Ddos, "ip|a.com|0443", "ip|a.com|443", None),
            (ResourceType::Live, "a.com", "a.com", None),
            (
                ResourceType::Cos,
                "ap-hongkong|b-1|a.com",
                "ap-hongkong|b-1|a.com",
                Some("ap-hongkong"),
            ),
            (
                ResourceType::Tcb,
                "AccessService|ap-shanghai|e|a.com",
                "AccessService|ap-shanghai|e|a.com",
                Some("ap-shanghai"),
            ),
            (ResourceType::Gaap, "ga-1|lsr-1", "ga-1|lsr-1", None),
        ] {
            let instance = Instance::parse(of, text).unwrap();
            assert_eq!(
                (instance.id().as_str(), instance.region.as_deref()),
                (id, region)
            );
        }
    }

    #[test]
    fn what_is_no_instance_is_told() {
        for (of, text, reason) in [
            (ResourceType::Cdn, "a.com", "has no switch"),
            (ResourceType::Cdn, "a.com|yes", "does not end in on or off"),
            (ResourceType::Cdn, "a.com#on", "contains '#'"),
            (ResourceType::Cdn, "https://a.com|on", "before '/'"),
            (ResourceType::Clb, "lb-1", "has only one part"),
            (ResourceType::Clb, "lb-1|lbl-1|a.com|/x", "has 4 parts"),
            (ResourceType::Clb, "lb-1|", "an empty part"),
            (ResourceType::Clb, "nowhere/lb-1|lbl-1", "has no region"),
            (ResourceType::Ddos, "ip|a.com|65536", "has no port"),
            (ResourceType::Cos, "ap-1/b|a.com", "part of the id"),
            (ResourceType::Live, "a b.com", "its domain contains a space"),
            (ResourceType::Tke, "c|n s|s", "white space in its NAMESPACE"),
        ] {
            let told = Instance::parse(of, text).unwrap_err();
            assert!(told.contains(reason), "{text}: {told}");
        }
    }

    #[test]
    fn names_lead_back_to_their_types() {
        for of in ResourceType::ALL {
            assert_eq!(ResourceType::named(of.as_str()), Some(of));
        }
        assert_eq!(ResourceType::named("CLB"), None);
    }
}
