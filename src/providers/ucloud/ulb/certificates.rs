//! Certificates of load balancers: reading, creating, renaming and deleting them.

use std::fmt;

use serde::{Deserialize, Deserializer};

use super::{Accepted, Content, Described, Location, Part, operation};
use crate::cert;
use crate::providers::null_as_default;
use crate::providers::time::{self, Time};
use crate::secret::Secret;

/// Reads certificates and what they are bound to, on CLB and ALB. The answer also carries
/// `SSLContent`, private key included, of which only the certificates are read.
///
/// <https://docs.ucloud.cn/api/ulb-api/describe_sslv2>
#[derive(Clone, Debug)]
pub struct DescribeSSLV2<'a> {
    /// Where.
    pub location: Location<'a>,
    /// One certificate; all of them where absent.
    pub ssl_id: Option<&'a str>,
    /// Which of them.
    pub part: Part,
}

operation!(DescribeSSLV2, Read, Described<Certificate>, |call| {
    let params = call.location.params().maybe("SSLId", call.ssl_id);
    call.part.add_to(params)
});

/// A certificate of a load balancer; every field may be absent.
#[derive(Clone, Debug, Deserialize)]
pub struct Certificate {
    /// Its id.
    #[serde(rename = "SSLId", default, deserialize_with = "null_as_default")]
    pub ssl_id: String,
    /// Its name; several may have the same.
    #[serde(rename = "SSLName", default, deserialize_with = "null_as_default")]
    pub name: String,
    #[serde(rename = "SSLContent", default)]
    content: Content,
    /// What it is bound to.
    #[serde(rename = "Relations", default, deserialize_with = "null_as_default")]
    pub relations: Vec<Relation>,
    /// The certificate of the USSL service that it was made of.
    #[serde(rename = "USSLId", default, deserialize_with = "null_as_default")]
    pub ussl_id: String,
    #[serde(rename = "Domains", default, deserialize_with = "names")]
    domains: Vec<String>,
    #[serde(rename = "DNSNames", default, deserialize_with = "names")]
    dns_names: Vec<String>,
    #[serde(rename = "NotBefore", default, deserialize_with = "time::utc")]
    not_before: Option<Time>,
    #[serde(rename = "NotAfter", default, deserialize_with = "time::utc")]
    not_after: Option<Time>,
}

impl Certificate {
    /// What is known of it: what stands in the certificate itself, with its names in lower case;
    /// where it cannot be read, what the cloud says of it, which may be nothing.
    pub fn certificate(&self) -> cert::Certificate {
        let mut known = self.content.certificate().cloned().unwrap_or_default();
        let listed = self.dns_names.iter().chain(&self.domains);
        known.join(&cert::Certificate {
            names: listed.cloned().collect(),
            starts: self.not_before.map(|time| time.0),
            expires: self.not_after.map(|time| time.0),
            ..cert::Certificate::default()
        });
        let mut names: Vec<String> = Vec::new();
        for name in &known.names {
            let name = name.to_ascii_lowercase();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        cert::Certificate { names, ..known }
    }

    /// Its binding to a listener, if it has that.
    pub fn relation(&self, load_balancer: &str, listener: &str) -> Option<&Relation> {
        let here = |relation: &&Relation| {
            relation.load_balancer_id == load_balancer && relation.listener_id == listener
        };
        self.relations.iter().find(here)
    }
}

/// One binding of a certificate to a listener.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Relation {
    /// The load balancer.
    #[serde(deserialize_with = "null_as_default")]
    pub load_balancer_id: String,
    /// The listener.
    #[serde(deserialize_with = "null_as_default")]
    pub listener_id: String,
    /// Whether it is the listener's default certificate (ALB).
    #[serde(deserialize_with = "null_as_default")]
    pub is_default: bool,
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.load_balancer_id, self.listener_id)
    }
}

/// Names come as one text with commas or as an array, and may be null.
fn names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
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

/// Makes a certificate. Sent twice it makes two: the cloud refuses no duplicate.
///
/// <https://docs.ucloud.cn/api/ulb-api/create_ssl>
#[derive(Clone, Debug)]
pub struct CreateSSL<'a> {
    /// Where.
    pub location: Location<'a>,
    /// Its name, up to [`NAME_LIMIT`](super::NAME_LIMIT) characters.
    pub name: &'a str,
    /// What it is made of.
    pub material: Material<'a>,
}

/// What a certificate is made of. One form a call: which of two counts is not documented.
#[derive(Clone, Copy, Debug)]
pub enum Material<'a> {
    /// PEM, in parts.
    Pem {
        /// The server's own certificate, alone.
        leaf: &'a str,
        /// Its issuers; empty where there are none.
        issuers: &'a str,
        /// Its private key, not encrypted.
        key: &'a Secret,
    },
    /// A certificate of the USSL service, which holds the key already.
    Ussl(&'a str),
}

operation!(CreateSSL, Reconciled, Created, |call| {
    let params = call.location.params().text("SSLName", call.name);
    match call.material {
        Material::Ussl(id) => params.text("USSLId", id),
        Material::Pem { leaf, issuers, key } => params
            .text("SSLType", "Pem")
            .text("UserCert", leaf)
            .secret("PrivateKey", Some(key))
            .maybe(
                "CaCert",
                Some(issuers).filter(|issuers| !issuers.is_empty()),
            ),
    }
});

/// The answer to [`CreateSSL`].
#[derive(Debug, Deserialize)]
pub struct Created {
    /// The id. Without one nobody knows what was made.
    #[serde(rename = "SSLId", deserialize_with = "some_id")]
    pub ssl_id: String,
}

fn some_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let id = String::deserialize(deserializer)?;
    match id.is_empty() {
        true => Err(serde::de::Error::custom("SSLId is empty")),
        false => Ok(id),
    }
}

/// Renames a certificate; its content cannot be replaced.
///
/// <https://docs.ucloud.cn/api/ulb-api/update_ssl_attribute>
#[derive(Clone, Debug)]
pub struct UpdateSSLAttribute<'a> {
    /// Where.
    pub location: Location<'a>,
    /// The certificate.
    pub ssl_id: &'a str,
    /// Its name from now on, up to [`NAME_LIMIT`](super::NAME_LIMIT) characters.
    pub name: &'a str,
}

operation!(UpdateSSLAttribute, Repeatable, Accepted, |call| {
    let params = call.location.params().text("SSLId", call.ssl_id);
    params.text("SSLName", call.name)
});

/// Deletes a certificate that is bound nowhere. One that came from USSL stays there.
///
/// <https://docs.ucloud.cn/api/ulb-api/delete_ssl>
#[derive(Clone, Debug)]
pub struct DeleteSSL<'a> {
    /// Where.
    pub location: Location<'a>,
    /// The certificate.
    pub ssl_id: &'a str,
}

operation!(DeleteSSL, Reconciled, Accepted, |call| {
    call.location.params().text("SSLId", call.ssl_id)
});
