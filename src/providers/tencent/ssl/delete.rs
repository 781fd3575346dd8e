//! Deleting certificates.

use serde::Deserialize;

use super::SSL;
use crate::providers::{Effect, Operation, Params, Service, Value, id_as_text, null_as_default};

/// The most tasks that a call may ask about.
pub const TASK_LIMIT: usize = 100;

/// The code for a certificate that is not there, or not the caller's.
pub const CERTIFICATE_NOT_FOUND: &str = "FailedOperation.CertificateNotFound";

/// Deletes a certificate and its private key. Run twice, it says that there is none.
///
/// <https://www.tencentcloud.com/document/product/1007/36582>
#[derive(Clone, Debug)]
pub struct DeleteCertificate<'a> {
    /// The id.
    pub certificate: &'a str,
    /// Whether cloud resources that use it are looked for first, as a task: see
    /// [`DescribeDeleteCertificatesTaskResult`], which the international site does not have.
    pub check: bool,
}

/// The answer to [`DeleteCertificate`].
#[derive(Debug, Deserialize)]
pub struct DeletedCertificate {
    /// Whether it is gone. Not so is no failure where there is a task.
    #[serde(rename = "DeleteResult", default, deserialize_with = "null_as_default")]
    pub deleted: bool,
    /// The task that looks first and deletes then; empty where there is none.
    #[serde(rename = "TaskId", default, deserialize_with = "id_as_text")]
    pub task: String,
}

impl Operation for DeleteCertificate<'_> {
    type Reply = DeletedCertificate;
    const SERVICE: &'static Service = &SSL;
    const ACTION: &'static str = "DeleteCertificate";
    const EFFECT: Effect = Effect::Reconciled;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        let params = Params::new().text("CertificateId", self.certificate);
        match self.check {
            true => params.flag("IsCheckResource", true),
            false => params,
        }
    }
}

/// Reads how far deletes are.
///
/// <https://cloud.tencent.com/document/api/400/114427>
#[derive(Clone, Debug)]
pub struct DescribeDeleteCertificatesTaskResult<'a> {
    /// Up to [`TASK_LIMIT`] tasks.
    pub tasks: &'a [String],
}

/// The answer to [`DescribeDeleteCertificatesTaskResult`].
#[derive(Debug, Deserialize)]
pub struct DeleteTasks {
    /// The tasks, in no particular order.
    #[serde(
        rename = "DeleteTaskResult",
        default,
        deserialize_with = "null_as_default"
    )]
    pub tasks: Vec<DeleteTask>,
}

/// How far a delete is.
#[derive(Debug, Deserialize)]
pub struct DeleteTask {
    /// The task.
    #[serde(rename = "TaskId", deserialize_with = "id_as_text")]
    pub task: String,
    /// 0 running, 1 deleted, 2 failed, 3 the service's role is not authorised, 4 resources are
    /// bound, 5 looking for them took too long.
    #[serde(rename = "Status", default)]
    pub status: Option<i64>,
    /// Why it failed.
    #[serde(rename = "Error", default, deserialize_with = "null_as_default")]
    pub error: String,
}

impl Operation for DescribeDeleteCertificatesTaskResult<'_> {
    type Reply = DeleteTasks;
    const SERVICE: &'static Service = &SSL;
    const ACTION: &'static str = "DescribeDeleteCertificatesTaskResult";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        let tasks = self.tasks.iter().map(|task| Value::from(task.as_str()));
        Params::new().list("TaskIds", tasks)
    }
}
