//! Tencent Cloud EdgeOne, API version 2022-09-01: the certificates of its domains.

use serde::Deserialize;

use crate::cloud::Cloud;
use crate::providers::{Effect, Operation, Params, Service, Value};

/// The product's endpoints.
pub static TEO: Service = Service {
    cloud: Cloud::Tencent,
    name: "teo",
    version: "2022-09-01",
    host: "teo.intl.tencentcloudapi.com",
    mainland_host: Some("teo.tencentcloudapi.com"),
    regional: &[],
    twin: None,
};

/// Gives domains of a zone these certificates of the store and no others: whatever they bore before is
/// taken away. Of each algorithm there can be one.
///
/// <https://cloud.tencent.com/document/product/1552/80764>
#[derive(Clone, Debug)]
pub struct ModifyHostsCertificate<'a> {
    /// The zone.
    pub zone: &'a str,
    /// Its domains.
    pub hosts: &'a [&'a str],
    /// The certificates.
    pub certificates: &'a [&'a str],
}

/// The answer to [`ModifyHostsCertificate`], which says nothing.
#[derive(Debug, Deserialize)]
pub struct Accepted {}

impl Operation for ModifyHostsCertificate<'_> {
    type Reply = Accepted;
    const SERVICE: &'static Service = &TEO;
    const ACTION: &'static str = "ModifyHostsCertificate";
    // Made once more while the first change rolls out, it may be refused: what it did is read instead.
    const EFFECT: Effect = Effect::Reconciled;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        let certificate = |id: &&str| Value::Struct(Params::new().text("CertId", *id));
        Params::new()
            .text("ZoneId", self.zone)
            .list("Hosts", self.hosts.iter().map(|host| Value::from(*host)))
            .text("Mode", "sslcert")
            .list("ServerCertInfo", self.certificates.iter().map(certificate))
    }
}
