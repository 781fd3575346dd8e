//! A certificate of the store, for people: what the list shows, and what is shown of one besides.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::products::Stored;
use crate::providers::alibaba::cas::Resource;
use crate::providers::time::Time;

/// A certificate.
#[derive(Serialize)]
pub struct Row {
    pub certificate: String,
    identifier: String,
    region: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    names: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<String>,
    source: &'static str,
    pub status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    starts: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    days_left: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    algorithm: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint_sha1: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    serial: Option<String>,
    /// Left out where it cannot be read, and in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_by: Option<Vec<Use>>,
}

/// What the store says of a certificate beside what it is.
pub struct State {
    /// Whether it was bought here.
    pub bought: bool,
    /// Whether it has ended.
    pub expired: bool,
    /// When it ends, as the store tells it: maybe the day alone.
    pub ends: Option<Time>,
}

/// What uses a certificate.
#[derive(Serialize)]
pub struct Use {
    #[serde(skip_serializing_if = "String::is_empty")]
    cloud: String,
    product: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    region: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    instance: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    listener: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    domain: String,
}

impl Row {
    /// A certificate of the store of `site`.
    pub fn new(stored: Stored, site: &'static str, state: State, now: DateTime<Utc>) -> Self {
        let certificate = stored.certificate;
        Row {
            identifier: stored.id.identifier_or_id(),
            certificate: stored.id.id,
            region: site,
            name: stored.name,
            names: certificate.names,
            issuer: certificate.issuer,
            source: if state.bought { "bought" } else { "upload" },
            status: if state.expired { "expired" } else { "valid" },
            starts: certificate.starts.map(Time),
            expires: state.ends,
            days_left: state.ends.map(|end| end.days_left(now)),
            algorithm: certificate.algorithm,
            fingerprint: certificate.sha256,
            fingerprint_sha1: certificate.sha1,
            serial: certificate.serial,
            used_by: None,
        }
    }
}

impl From<Resource> for Use {
    fn from(resource: Resource) -> Self {
        Use {
            cloud: resource.cloud_name,
            product: resource.cloud_product,
            region: resource.region_id,
            instance: resource.instance_id,
            listener: resource.listener_id,
            domain: resource.domain,
        }
    }
}
