//! Signing requests.

use serde::Deserialize;

use super::SSL;
use crate::providers::{Effect, Operation, Params, Service, Value, null_as_default};

/// The most CSR ids a call may carry.
pub const CSR_ID_LIMIT: usize = 100;

/// The code for an id that is not there, or not the caller's.
pub const INVALID_CSR_ID: &str = "InvalidParameter.InvalidCSRId";

/// Deletes CSRs. Success does not mean that all were deleted: the answer lists those that were,
/// and gives no reason for the others. Run twice, it no longer lists what the first run deleted.
///
/// <https://www.tencentcloud.com/document/product/1007/56820>
#[derive(Clone, Debug)]
pub struct BatchDeleteCSR<'a> {
    /// Up to [`CSR_ID_LIMIT`] ids.
    pub csr_ids: &'a [i64],
}

/// The answer to [`BatchDeleteCSR`].
#[derive(Debug, Deserialize)]
pub struct DeletedCSRs {
    /// The ids that were deleted, in no particular order.
    #[serde(rename = "Success", default, deserialize_with = "null_as_default")]
    pub success: Vec<i64>,
}

impl Operation for BatchDeleteCSR<'_> {
    type Reply = DeletedCSRs;
    const SERVICE: &'static Service = &SSL;
    const ACTION: &'static str = "BatchDeleteCSR";
    const EFFECT: Effect = Effect::Reconciled;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        let ids = self.csr_ids.iter().map(|id| Value::Int(*id)).collect();
        Params::new().with("CSRIds", Value::List(ids))
    }
}

/// Reads one CSR: here only whether it is there. The answer carries its private key and the key's
/// password in clear, which are not read.
///
/// <https://www.tencentcloud.com/document/product/1007/56818>
#[derive(Clone, Debug)]
pub struct DescribeCSR {
    /// The id.
    pub csr_id: i64,
}

/// The answer to [`DescribeCSR`].
#[derive(Debug, Deserialize)]
pub struct Csr {}

impl Operation for DescribeCSR {
    type Reply = Csr;
    const SERVICE: &'static Service = &SSL;
    const ACTION: &'static str = "DescribeCSR";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        Params::new().with("CSRId", Value::Int(self.csr_id))
    }
}
