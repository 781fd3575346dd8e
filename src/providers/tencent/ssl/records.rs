//! The records of deployments and updates: how far each item is, trying again what failed, and
//! taking back what went well.

mod item;
mod redo;

use serde::Deserialize;

pub use item::{Item, State};
pub use redo::{
    Accepted, DeployCertificateRecordRetry, DeployCertificateRecordRollback, RecordRetry,
    UpdateCertificateRecordRetry, UpdateCertificateRecordRollback,
};

use super::resource::ResourceType;
use super::{SSL, open_page};
use crate::providers::page::{Cursor, Page, Rest};
use crate::providers::time::{self, Time};
use crate::providers::{Effect, Operation, Params, Service, id_as_text, if_there, null_as_default};

/// The most records or items that a page may hold; the default is 10.
pub const RECORD_PAGE: u32 = 200;

/// What made a record. The two kinds are counted and read apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A deployment to chosen instances.
    Deploy,
    /// An update of whatever bears a certificate.
    Update,
}

impl Kind {
    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Deploy => "deploy",
            Kind::Update => "update",
        }
    }
}

/// Lists the deployments of a certificate.
#[derive(Clone, Debug)]
pub struct DescribeHostDeployRecord<'a> {
    /// The certificate that was deployed.
    pub certificate_id: &'a str,
    /// Of this type only.
    pub resource_type: Option<ResourceType>,
    /// The page.
    pub cursor: Cursor,
    /// How many it may hold, up to [`RECORD_PAGE`].
    pub limit: u32,
}

impl Operation for DescribeHostDeployRecord<'_> {
    type Reply = Records;
    const SERVICE: &'static Service = &SSL;
    const ACTION: &'static str = "DescribeHostDeployRecord";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        Params::new()
            .text("CertificateId", self.certificate_id)
            .maybe("ResourceType", self.resource_type.map(ResourceType::as_str))
            .int("Offset", self.cursor.offset as i64)
            .int("Limit", i64::from(self.limit))
    }
}

/// Lists the updates to a certificate, or away from one.
#[derive(Clone, Debug)]
pub struct DescribeHostUpdateRecord<'a> {
    /// The certificate that was put in place.
    pub certificate_id: Option<&'a str>,
    /// The certificate that was replaced.
    pub old_certificate_id: Option<&'a str>,
    /// The page.
    pub cursor: Cursor,
    /// How many it may hold, up to [`RECORD_PAGE`].
    pub limit: u32,
}

impl Operation for DescribeHostUpdateRecord<'_> {
    type Reply = Records;
    const SERVICE: &'static Service = &SSL;
    const ACTION: &'static str = "DescribeHostUpdateRecord";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        Params::new()
            .maybe("CertificateId", self.certificate_id)
            .maybe("OldCertificateId", self.old_certificate_id)
            .int("Offset", self.cursor.offset as i64)
            .int("Limit", i64::from(self.limit))
    }
}

/// A page of records.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Records {
    #[serde(default)]
    total_count: Option<usize>,
    /// May be null, but is there.
    #[serde(deserialize_with = "null_as_default")]
    deploy_record_list: Vec<Record>,
}

impl Records {
    /// The page.
    pub fn page(self) -> Page<Record> {
        open_page(self.total_count, Some(self.deploy_record_list))
    }
}

/// A record.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Record {
    /// Its id.
    #[serde(deserialize_with = "id_as_text")]
    pub id: String,
    /// The certificate that was put in place.
    #[serde(deserialize_with = "id_as_text")]
    pub cert_id: String,
    /// The certificate that was replaced, of an update.
    #[serde(deserialize_with = "id_as_text")]
    pub old_cert_id: String,
    /// The type, of a deployment.
    #[serde(deserialize_with = "null_as_default")]
    pub resource_type: String,
    /// The types, of an update.
    #[serde(deserialize_with = "null_as_default")]
    pub resource_types: Vec<String>,
    /// The region, of a deployment.
    #[serde(deserialize_with = "null_as_default")]
    pub region: String,
    /// The regions, of an update.
    #[serde(deserialize_with = "null_as_default")]
    pub regions: Vec<String>,
    /// 0 not through yet, 1 gone well, 2 failed.
    #[serde(deserialize_with = "null_as_default")]
    pub status: i64,
    /// When it began.
    #[serde(deserialize_with = "time::china")]
    pub create_time: Option<Time>,
    /// When it was last heard of.
    #[serde(deserialize_with = "time::china")]
    pub update_time: Option<Time>,
}

impl Record {
    /// Tells it from every other one of a list.
    pub fn key(&self) -> String {
        self.id.clone()
    }
}

/// Reads how far a deployment is.
///
/// <https://cloud.tencent.com/document/product/400/91658>
#[derive(Clone, Debug)]
pub struct DescribeHostDeployRecordDetail<'a> {
    /// The record: a text here, though it is answered as a number.
    pub record: &'a str,
    /// The page.
    pub cursor: Cursor,
    /// How many items it may hold, up to [`RECORD_PAGE`].
    pub limit: u32,
}

impl Operation for DescribeHostDeployRecordDetail<'_> {
    type Reply = Details;
    const SERVICE: &'static Service = &SSL;
    const ACTION: &'static str = "DescribeHostDeployRecordDetail";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        Params::new()
            .text("DeployRecordId", self.record)
            .int("Offset", self.cursor.offset as i64)
            .int("Limit", i64::from(self.limit))
    }
}

/// Reads how far an update is.
#[derive(Clone, Debug)]
pub struct DescribeHostUpdateRecordDetail<'a> {
    /// The record: a text here, though it is answered as a number.
    pub record: &'a str,
    /// The page.
    pub cursor: Cursor,
    /// How many items it may hold, up to [`RECORD_PAGE`].
    pub limit: u32,
}

impl Operation for DescribeHostUpdateRecordDetail<'_> {
    type Reply = Details;
    const SERVICE: &'static Service = &SSL;
    const ACTION: &'static str = "DescribeHostUpdateRecordDetail";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        Params::new()
            .text("DeployRecordId", self.record)
            // Texts here, numbers of a deployment's record.
            .text("Limit", self.limit.to_string())
            .text("Offset", self.cursor.offset.to_string())
    }
}

/// A page of a record's items, and the counts of all of them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Details {
    #[serde(default)]
    total_count: Option<usize>,
    #[serde(default, deserialize_with = "null_as_default")]
    success_total_count: usize,
    #[serde(default, deserialize_with = "null_as_default")]
    failed_total_count: usize,
    #[serde(default, deserialize_with = "null_as_default")]
    running_total_count: usize,
    #[serde(default)]
    pending_total_count: Option<usize>,
    /// A deployment's.
    #[serde(default, deserialize_with = "if_there")]
    deploy_record_detail_list: Option<Vec<Item>>,
    /// An update's, by type.
    #[serde(default, deserialize_with = "if_there")]
    record_detail_list: Option<Vec<TypeItems>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TypeItems {
    #[serde(default, deserialize_with = "null_as_default")]
    resource_type: String,
    #[serde(default, deserialize_with = "null_as_default")]
    list: Vec<Item>,
}

impl Details {
    /// The counts of all items.
    pub fn counts(&self) -> Counts {
        let total = self.total_count.unwrap_or_default();
        Counts {
            total,
            succeeded: self.success_total_count,
            failed: self.failed_total_count,
            running: self.running_total_count,
            // The international site leaves the last one out.
            pending: self.pending_total_count.unwrap_or_else(|| {
                let others =
                    self.success_total_count + self.failed_total_count + self.running_total_count;
                total.saturating_sub(others)
            }),
        }
    }

    /// A page of a deployment's items.
    pub fn page(self) -> Page<Item> {
        open_page(self.total_count, self.deploy_record_detail_list)
    }

    /// A page of an update's items: those of each type that the offset and the limit leave, or
    /// whatever the cloud makes of the limit. Its sample has 11 of a type under a limit of 10.
    pub fn parts(self) -> Page<Item> {
        let is_told = self.record_detail_list.is_some();
        let lists = self.record_detail_list.unwrap_or_default();
        let longest = lists.iter().map(|of| of.list.len()).max();
        let longest = longest.unwrap_or_default();
        let typed = lists.into_iter().flat_map(|of| {
            let name = of.resource_type;
            of.list.into_iter().map(move |mut item| {
                if item.resource_type.is_empty() {
                    item.resource_type.clone_from(&name);
                }
                item
            })
        });
        Page {
            items: typed.collect(),
            rest: match (self.total_count, is_told) {
                (Some(total), _) => Rest::Parts { total, longest },
                (None, true) => Rest::Open,
                (None, false) => Rest::Unsaid,
            },
        }
    }
}

/// How many of a record's items are how far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them; 0 right after the record was made.
    pub total: usize,
    /// Gone well.
    pub succeeded: usize,
    /// Failed.
    pub failed: usize,
    /// Under way.
    pub running: usize,
    /// Not begun.
    pub pending: usize,
}

impl Counts {
    /// Whether every item is through, by the vendor's two counts. Items that were rolled back, or
    /// where nothing was to be done, may be in neither.
    pub fn are_through(&self) -> bool {
        self.total > 0 && self.succeeded + self.failed >= self.total
    }

    /// Whether nothing is under way any more, though something was to be done.
    pub fn are_still(&self) -> bool {
        self.total > 0 && self.running + self.pending == 0
    }
}
