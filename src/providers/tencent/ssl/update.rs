//! Replacing a certificate by another wherever it is deployed.

use super::SSL;
use super::deploy::Task;
use super::resource::ResourceType;
use crate::providers::{Effect, Operation, Params, Service, Value};

/// Replaces a certificate by another on every instance of the given types and regions that bears
/// it. The same call is made again until it names a record: until then the cloud collects the
/// instances. Made once more it finds the update that is under way.
///
/// <https://cloud.tencent.com/document/product/400/91649>
#[derive(Clone, Debug)]
pub struct UpdateCertificateInstance<'a> {
    /// The certificate that is deployed now.
    pub old_certificate_id: &'a str,
    /// The certificate to deploy instead.
    pub certificate_id: &'a str,
    /// The types, each with its regions; none for a type without regions.
    pub types: &'a [(ResourceType, Vec<String>)],
}

impl Operation for UpdateCertificateInstance<'_> {
    type Reply = Task;
    const SERVICE: &'static Service = &SSL;
    const ACTION: &'static str = "UpdateCertificateInstance";
    const EFFECT: Effect = Effect::Repeatable;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        let types = self.types.iter().map(|(of, _)| Value::from(of.as_str()));
        let regional = self.types.iter().filter(|(_, regions)| !regions.is_empty());
        let regional: Vec<Value> = regional
            .map(|(of, regions)| {
                let regions = regions.iter().map(|region| Value::from(region.as_str()));
                let fields = Params::new().text("ResourceType", of.as_str());
                Value::Struct(fields.list("Regions", regions))
            })
            .collect();
        let params = Params::new()
            .text("OldCertificateId", self.old_certificate_id)
            .text("CertificateId", self.certificate_id)
            .list("ResourceTypes", types);
        match regional.is_empty() {
            true => params,
            false => params.list("ResourceTypesRegions", regional),
        }
    }

    fn waits_while_busy(&self) -> bool {
        false
    }
}
