//! A place that bears certificates, under the one text that it has everywhere: the group's word as in
//! the command tree, then what the product needs.
//!
//! | text | |
//! |---|---|
//! | `cdn www.a.com`, `dcdn *.a.com` | a domain |
//! | `ga ga-1/lsr-1 default` | the default certificate of a listener |
//! | `ga ga-1/lsr-1 api.a.com` | its additional certificate for a domain |
//! | `ulb ulb-1/vserver-1` | a listener with one certificate (CLB) |
//! | `ulb alb-1/als-1 default`, `ulb alb-1/als-1 sni` | of an ALB the default one, and the others |
//! | `ssl cdn www.a.com` | a resource of Tencent Cloud |
//! | `ssl clb ap-guangzhou lb-1\|lbl-1\|a.com` | the same where its type has regions |

use std::fmt;
use std::str::FromStr;

use crate::domain::Domain;
use crate::providers::tencent::ssl::resource::{Regions, ResourceType};

/// A product that puts certificates where traffic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Product {
    /// Alibaba Cloud CDN.
    Cdn,
    /// Alibaba Cloud DCDN.
    Dcdn,
    /// Alibaba Cloud Global Accelerator.
    Ga,
    /// What Tencent Cloud SSL Certificates deploys to.
    Ssl(ResourceType),
    /// UCloud's load balancers.
    Ulb,
}

impl Product {
    /// The group's word.
    pub const fn word(self) -> &'static str {
        match self {
            Product::Cdn => "cdn",
            Product::Dcdn => "dcdn",
            Product::Ga => "ga",
            Product::Ssl(_) => "ssl",
            Product::Ulb => "ulb",
        }
    }
}

/// Which of the certificates of a place is meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slot {
    /// There is one.
    Only,
    /// The one for whoever names no host, or another one.
    Default,
    /// One for this domain.
    Domain(String),
    /// Those that are chosen by the names they are for; nobody says which is for which.
    Others,
}

/// A place that bears certificates.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Whose it is.
    pub product: Product,
    /// Its region, where the product asks for one beside the rest.
    pub region: Option<String>,
    /// What it is: a domain, `LOAD-BALANCER/LISTENER`, an instance.
    pub path: String,
    /// Which of its certificates.
    pub slot: Slot,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.product.word())?;
        if let Product::Ssl(of) = self.product {
            write!(f, " {of}")?;
        }
        if let Some(region) = &self.region {
            write!(f, " {region}")?;
        }
        write!(f, " {}", self.path)?;
        match &self.slot {
            Slot::Only => Ok(()),
            Slot::Default => f.write_str(" default"),
            Slot::Domain(domain) => write!(f, " {domain}"),
            Slot::Others => f.write_str(" sni"),
        }
    }
}

impl FromStr for Place {
    type Err = String;

    /// Reads a place; the error is a phrase that goes behind the text.
    fn from_str(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let alone = |product, path: String| Place {
            product,
            region: None,
            path,
            slot: Slot::Only,
        };
        match words[..] {
            [word @ ("cdn" | "dcdn"), name] => {
                let product = if word == "cdn" {
                    Product::Cdn
                } else {
                    Product::Dcdn
                };
                Ok(alone(product, domain(name)?))
            }
            ["ga", path, slot] => Ok(Place {
                slot: match slot {
                    "default" => Slot::Default,
                    name => Slot::Domain(domain(name)?),
                },
                ..alone(Product::Ga, listener(path)?)
            }),
            ["ulb", path] => Ok(alone(Product::Ulb, listener(path)?)),
            ["ulb", path, slot @ ("default" | "sni")] => Ok(Place {
                slot: if slot == "sni" {
                    Slot::Others
                } else {
                    Slot::Default
                },
                ..alone(Product::Ulb, listener(path)?)
            }),
            ["ssl", of, ref rest @ ..] => {
                let of = ResourceType::named(of).ok_or("its resource type is unknown")?;
                let has_regions = of.regions() == Regions::Beside;
                match (has_regions, rest) {
                    (true, [region, path]) => Ok(Place {
                        region: Some((*region).to_owned()),
                        ..alone(Product::Ssl(of), (*path).to_owned())
                    }),
                    (false, [path]) => Ok(alone(Product::Ssl(of), (*path).to_owned())),
                    (true, _) => Err(format!("write it as `ssl {of} REGION INSTANCE`")),
                    (false, _) => Err(format!("write it as `ssl {of} INSTANCE`")),
                }
            }
            ["ssl"] => Err("write it as `ssl TYPE [REGION] INSTANCE`".into()),
            ["cdn" | "dcdn", ..] => Err("write it as `cdn DOMAIN`".into()),
            ["ga", ..] => Err("write it as `ga ACCELERATOR/LISTENER default|DOMAIN`".into()),
            ["ulb", ..] => Err("write it as `ulb LOAD-BALANCER/LISTENER [default|sni]`".into()),
            _ => Err("it does not begin with cdn, dcdn, ga, ulb or ssl".into()),
        }
    }
}

/// In one spelling, so that a place is compared by its text.
fn domain(name: &str) -> Result<String, String> {
    Ok(Domain::parse(name)?.ascii().to_owned())
}

fn listener(path: &str) -> Result<String, String> {
    let parts: Vec<&str> = path.split('/').collect();
    match parts[..] {
        [balancer, listener] if !balancer.is_empty() && !listener.is_empty() => Ok(path.to_owned()),
        _ => Err(format!(
            "{path} does not have the form LOAD-BALANCER/LISTENER"
        )),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    const SAMPLES: [&str; 9] = [
        "cdn www.a.com",
        "dcdn *.a.com",
        "ga ga-1/lsr-1 default",
        "ga ga-1/lsr-1 api.a.com",
        "ulb ulb-1/vserver-1",
        "ulb alb-1/als-1 default",
        "ulb alb-1/als-1 sni",
        "ssl clb ap-guangzhou lb-1|lbl-1|a.com",
        "ssl cdn www.a.com",
    ];

    #[test]
    fn every_form_is_read_and_written_the_same() {
        for text in SAMPLES {
            let place: Place = text.parse().unwrap_or_else(|why| panic!("{text}: {why}"));
            assert_eq!(place.to_string(), text);
        }
        let spelled: Place = "  cdn   .A.com ".parse().unwrap();
        assert_eq!(spelled.to_string(), "cdn *.a.com");
    }

    #[test]
    fn what_is_no_place_says_how_it_is_written() {
        for (text, why) in [
            ("", "begin with"),
            ("oss a.com", "begin with"),
            ("cdn", "cdn DOMAIN"),
            ("cdn a.com b.com", "cdn DOMAIN"),
            ("cdn https://a.com", "https://"),
            ("ga ga-1/lsr-1", "default|DOMAIN"),
            ("ga ga-1 default", "LOAD-BALANCER/LISTENER"),
            ("ga ga-1/ default", "LOAD-BALANCER/LISTENER"),
            ("ulb a/b/c", "LOAD-BALANCER/LISTENER"),
            ("ulb a/b third", "[default|sni]"),
            ("ssl", "TYPE"),
            ("ssl cnd a.com", "is unknown"),
            ("ssl clb lb-1", "REGION INSTANCE"),
            ("ssl cdn ap-guangzhou a.com", "ssl cdn INSTANCE"),
        ] {
            let error = text.parse::<Place>().unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    fn places() -> impl Strategy<Value = Place> {
        let name = "[a-z]{1,8}(\\.[a-z]{2,5}){1,3}";
        let id = "[a-z]{2,4}-[a-z0-9]{1,10}";
        let of = |product, region, path, slot| Place {
            product,
            region,
            path,
            slot,
        };
        let domains = (select(vec![Product::Cdn, Product::Dcdn]), name)
            .prop_map(move |(product, path)| of(product, None, path, Slot::Only));
        let slots = prop_oneof![Just(Slot::Default), name.prop_map(Slot::Domain)];
        let accelerators = (id, id, slots)
            .prop_map(move |(one, two, slot)| of(Product::Ga, None, format!("{one}/{two}"), slot));
        let slots = select(vec![Slot::Only, Slot::Default, Slot::Others]);
        let balancers = (id, id, slots)
            .prop_map(move |(one, two, slot)| of(Product::Ulb, None, format!("{one}/{two}"), slot));
        let types = select(vec![
            ResourceType::Cdn,
            ResourceType::Clb,
            ResourceType::Waf,
        ]);
        let resources = (types, id, id).prop_map(move |(kind, region, path)| {
            let region = (kind.regions() == Regions::Beside).then_some(region);
            of(Product::Ssl(kind), region, path, Slot::Only)
        });
        prop_oneof![domains, accelerators, balancers, resources]
    }

    proptest! {
        #[test]
        fn a_place_is_what_its_text_says(place in places()) {
            prop_assert_eq!(place.to_string().parse(), Ok(place));
        }

        #[test]
        fn no_text_is_too_odd(text in "(cdn|dcdn|ga|ulb|ssl|ssl clb)?[ -~]{0,30}") {
            if let Ok(place) = text.parse::<Place>() {
                prop_assert_eq!(place.to_string().parse(), Ok(place));
            }
        }
    }
}
