//! The records of deployments and updates: how far each item is, trying again what failed, and
//! taking back what went well.

use serde::Deserialize;

use super::SSL;
use super::deploy::Task;
use super::resource::{Instance, ResourceType};
use crate::providers::page::{Cursor, Page, Rest};
use crate::providers::time::{self, Time};
use crate::providers::{Effect, Operation, Params, Service, id_as_text, null_as_default};

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
    #[serde(default, deserialize_with = "null_as_default")]
    total_count: usize,
    #[serde(default, deserialize_with = "null_as_default")]
    deploy_record_list: Vec<Record>,
}

impl Records {
    /// The page.
    pub fn page(self) -> Page<Record> {
        Page {
            items: self.deploy_record_list,
            rest: Rest::Total(self.total_count),
        }
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
    #[serde(default, deserialize_with = "null_as_default")]
    total_count: usize,
    #[serde(default, deserialize_with = "null_as_default")]
    success_total_count: usize,
    #[serde(default, deserialize_with = "null_as_default")]
    failed_total_count: usize,
    #[serde(default, deserialize_with = "null_as_default")]
    running_total_count: usize,
    #[serde(default)]
    pending_total_count: Option<usize>,
    /// A deployment's.
    #[serde(default, deserialize_with = "null_as_default")]
    deploy_record_detail_list: Vec<Item>,
    /// An update's, by type.
    #[serde(default, deserialize_with = "null_as_default")]
    record_detail_list: Vec<TypeItems>,
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
        Counts {
            total: self.total_count,
            succeeded: self.success_total_count,
            failed: self.failed_total_count,
            running: self.running_total_count,
            // The international site leaves the last one out.
            pending: self.pending_total_count.unwrap_or_else(|| {
                let others =
                    self.success_total_count + self.failed_total_count + self.running_total_count;
                self.total_count.saturating_sub(others)
            }),
        }
    }

    /// The page.
    pub fn page(self) -> Page<Item> {
        let typed = self.record_detail_list.into_iter().flat_map(|of| {
            let name = of.resource_type;
            of.list.into_iter().map(move |mut item| {
                if item.resource_type.is_empty() {
                    item.resource_type.clone_from(&name);
                }
                item
            })
        });
        Page {
            rest: Rest::Total(self.total_count),
            items: self
                .deploy_record_detail_list
                .into_iter()
                .chain(typed)
                .collect(),
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

/// How far an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// 0: not begun.
    Pending,
    /// 1: gone well.
    Succeeded,
    /// 2: failed.
    Failed,
    /// 3: under way.
    Running,
    /// 4: the old certificate is in place again.
    RolledBack,
    /// 5: the old certificate could not be put back.
    RollbackFailed,
    /// 6: there was nothing to do.
    NothingToDo,
    /// A number that the vendor does not document.
    Other(i64),
}

impl State {
    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Succeeded => "succeeded",
            State::Failed => "failed",
            State::Running => "running",
            State::RolledBack => "rolled-back",
            State::RollbackFailed => "rollback-failed",
            State::NothingToDo => "nothing-to-do",
            State::Other(_) => "other",
        }
    }

    /// Whether it changes no more by itself.
    pub const fn is_settled(self) -> bool {
        !matches!(self, State::Pending | State::Running | State::Other(_))
    }

    /// Whether it went wrong.
    pub const fn is_failure(self) -> bool {
        matches!(self, State::Failed | State::RollbackFailed)
    }
}

/// An item of a record: one instance. Which members it has depends on the type.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Item {
    /// Its id, by which it alone is tried again.
    #[serde(deserialize_with = "id_as_text")]
    pub id: String,
    /// The certificate to be put in place.
    #[serde(deserialize_with = "id_as_text")]
    pub cert_id: String,
    /// The certificate that was there.
    #[serde(deserialize_with = "id_as_text")]
    pub old_cert_id: String,
    /// The type; a deployment's record leaves it out.
    #[serde(deserialize_with = "null_as_default")]
    pub resource_type: String,
    /// The region.
    #[serde(deserialize_with = "null_as_default")]
    pub region: String,
    /// Why it failed.
    #[serde(deserialize_with = "null_as_default")]
    pub error_msg: String,
    /// When it was last heard of.
    #[serde(deserialize_with = "time::utc")]
    pub update_time: Option<Time>,
    #[serde(deserialize_with = "null_as_default")]
    status: i64,
    #[serde(deserialize_with = "id_as_text")]
    instance_id: String,
    #[serde(deserialize_with = "id_as_text")]
    listener_id: String,
    /// CDN's with the billing switch behind: `a.com|on`.
    #[serde(deserialize_with = "null_as_default")]
    domains: Vec<String>,
    #[serde(deserialize_with = "id_as_text")]
    bucket: String,
    #[serde(deserialize_with = "id_as_text")]
    namespace: String,
    #[serde(deserialize_with = "id_as_text")]
    secret_name: String,
    /// A number, or a text of digits; 0 where there is none.
    #[serde(deserialize_with = "id_as_text")]
    port: String,
    #[serde(deserialize_with = "id_as_text")]
    env_id: String,
    #[serde(rename = "TCBType", deserialize_with = "id_as_text")]
    tcb_type: String,
}

impl Item {
    /// How far it is.
    pub fn state(&self) -> State {
        match self.status {
            0 => State::Pending,
            1 => State::Succeeded,
            2 => State::Failed,
            3 => State::Running,
            4 => State::RolledBack,
            5 => State::RollbackFailed,
            6 => State::NothingToDo,
            other => State::Other(other),
        }
    }

    /// Its domains, without CDN's billing switch.
    pub fn domains(&self) -> impl Iterator<Item = &str> {
        let bare = |domain: &'_ String| domain.split('|').next().map(str::len);
        self.domains
            .iter()
            .filter_map(move |domain| Some(&domain[..bare(domain)?]))
    }

    /// What it is, as far as its members tell; parts that it lacks are left out.
    pub fn place(&self) -> String {
        let port = Some(self.port.as_str()).filter(|port| *port != "0");
        let domain = self.domains().collect::<Vec<_>>().join(",");
        let parts = [
            self.tcb_type.as_str(),
            match self.tcb_type.is_empty() {
                true => "",
                false => &self.region,
            },
            &self.env_id,
            &self.instance_id,
            &self.listener_id,
            &self.bucket,
            &self.namespace,
            &self.secret_name,
            &domain,
            port.unwrap_or_default(),
        ];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join("|")
    }

    /// Whether it is an instance's. Of a listener without SNI it names the domains, which are no
    /// part of the instance.
    pub fn is_of(&self, of: ResourceType, instance: &Instance) -> bool {
        let part = |at: usize| instance.parts.get(at).map_or("", String::as_str);
        let has_domain = |at: usize| {
            let wanted = part(at);
            wanted.is_empty()
                || self
                    .domains()
                    .any(|domain| domain.eq_ignore_ascii_case(wanted))
        };
        match of {
            ResourceType::Cdn
            | ResourceType::Live
            | ResourceType::Teo
            | ResourceType::Vod
            | ResourceType::Waf => has_domain(0),
            ResourceType::Clb => {
                self.instance_id == part(0) && self.listener_id == part(1) && has_domain(2)
            }
            ResourceType::Ddos => {
                let port = ["", "0", part(2)].contains(&self.port.as_str());
                self.instance_id == part(0) && has_domain(1) && port
            }
            ResourceType::ApiGateway => self.instance_id == part(0) && has_domain(1),
            ResourceType::Cos => self.bucket == part(1) && has_domain(2),
            ResourceType::Lighthouse => self.instance_id == part(1) && has_domain(2),
            ResourceType::Tcb => self.env_id == part(2) && has_domain(3),
            ResourceType::Tke => {
                self.instance_id == part(0)
                    && self.namespace == part(1)
                    && self.secret_name == part(2)
            }
            ResourceType::Tse | ResourceType::Gaap => {
                self.instance_id == part(0) && self.listener_id == part(1)
            }
            ResourceType::Mqtt => self.instance_id == part(0),
            ResourceType::Scf | ResourceType::Tdmq => false,
        }
    }
}

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
