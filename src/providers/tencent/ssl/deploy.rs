//! Deploying a certificate to chosen instances.

use serde::Deserialize;

use super::SSL;
use super::resource::ResourceType;
use crate::providers::{Effect, Operation, Params, Service, Value, id_as_text, null_as_default};

/// The code for a task that no instance is left for: of an update, because nothing bears the old
/// certificate.
pub const INSTANCE_EMPTY: &str = "FailedOperation.CertificateDeployInstanceEmpty";

/// Deploys a certificate to instances of one type and, where the type has regions, of one region.
/// Success means that a task exists, no more. One instance at fault has the whole list refused.
///
/// <https://cloud.tencent.com/document/product/400/91667>
#[derive(Clone, Debug)]
pub struct DeployCertificateInstance<'a> {
    /// The certificate.
    pub certificate_id: &'a str,
    /// The instances' type.
    pub resource_type: ResourceType,
    /// Their ids.
    pub instances: &'a [String],
    /// Their region.
    pub region: Option<&'a str>,
}

/// The answer to [`DeployCertificateInstance`], to an update, and to a rollback.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Task {
    /// The task's record. Of a deployment with status 0 it is an older task, that may have other
    /// instances; of an update, `0` says that its instances are still being collected.
    #[serde(default, deserialize_with = "id_as_text")]
    pub deploy_record_id: String,
    /// 1 where a task was made, 0 where another one is under way.
    #[serde(default, deserialize_with = "null_as_default")]
    pub deploy_status: i64,
}

impl Task {
    /// The record, where there is one.
    pub fn record(&self) -> Option<&str> {
        let id = self.deploy_record_id.as_str();
        (!id.is_empty() && id != "0").then_some(id)
    }
}

impl Operation for DeployCertificateInstance<'_> {
    type Reply = Task;
    const SERVICE: &'static Service = &SSL;
    const ACTION: &'static str = "DeployCertificateInstance";
    const EFFECT: Effect = Effect::Reconciled;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        let instances = self.instances.iter().map(|id| Value::from(id.as_str()));
        let params = Params::new()
            .text("CertificateId", self.certificate_id)
            .list("InstanceIdList", instances)
            .text("ResourceType", self.resource_type.as_str())
            // Left out, a list of instances that is up to half an hour old decides.
            .int("IsCache", 0);
        match self.resource_type {
            // HTTPS is to be on afterwards.
            ResourceType::Live => params.int("Status", 1),
            _ => params,
        }
    }

    fn region(&self) -> Option<&str> {
        self.region
    }

    fn waits_while_busy(&self) -> bool {
        false
    }
}
