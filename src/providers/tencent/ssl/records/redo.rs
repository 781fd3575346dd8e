//! Trying again what failed of a record, and taking back what went well.

use serde::Deserialize;

use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::deploy::Task;
use crate::providers::{Effect, Operation, Params, Service};

/// Tries again what failed of a record, or one item of it: numbers here, though reading takes texts.
#[derive(Clone, Debug)]
pub struct RecordRetry {
    /// The record.
    pub record: i64,
    /// The one item.
    pub item: Option<i64>,
}

impl RecordRetry {
    fn params(&self) -> Params {
        let params = Params::new().int("DeployRecordId", self.record);
        match self.item {
            Some(item) => params.int("DeployRecordDetailId", item),
            None => params,
        }
    }
}

/// Nothing but a request's id.
#[derive(Debug, Deserialize)]
pub struct Accepted {}

/// [`RecordRetry`] of a deployment.
#[derive(Clone, Debug)]
pub struct DeployCertificateRecordRetry(pub RecordRetry);

impl Operation for DeployCertificateRecordRetry {
    type Reply = Accepted;
    const SERVICE: &'static Service = &SSL;
    const ACTION: &'static str = "DeployCertificateRecordRetry";
    const EFFECT: Effect = Effect::Reconciled;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        self.0.params()
    }
}

/// [`RecordRetry`] of an update.
#[derive(Clone, Debug)]
pub struct UpdateCertificateRecordRetry(pub RecordRetry);

impl Operation for UpdateCertificateRecordRetry {
    type Reply = Accepted;
    const SERVICE: &'static Service = &SSL;
    const ACTION: &'static str = "UpdateCertificateRecordRetry";
    const EFFECT: Effect = Effect::Reconciled;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        self.0.params()
    }
}

/// Puts the old certificates back on the instances of a deployment that went well: a record of its
/// own.
///
/// <https://cloud.tencent.com/document/product/400/91665>
#[derive(Clone, Debug)]
pub struct DeployCertificateRecordRollback {
    /// The record.
    pub record: i64,
}

impl Operation for DeployCertificateRecordRollback {
    type Reply = Task;
    const SERVICE: &'static Service = &SSL;
    const ACTION: &'static str = "DeployCertificateRecordRollback";
    const EFFECT: Effect = Effect::Reconciled;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        Params::new().int("DeployRecordId", self.record)
    }
}

/// As [`DeployCertificateRecordRollback`], of an update.
#[derive(Clone, Debug)]
pub struct UpdateCertificateRecordRollback {
    /// The record.
    pub record: i64,
}

impl Operation for UpdateCertificateRecordRollback {
    type Reply = Task;
    const SERVICE: &'static Service = &SSL;
    const ACTION: &'static str = "UpdateCertificateRecordRollback";
    const EFFECT: Effect = Effect::Reconciled;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        Params::new().int("DeployRecordId", self.record)
    }
}
