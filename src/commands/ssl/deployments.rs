//! `certctl ssl deployments`: the records of deployments and updates.

mod change;
mod list;

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use super::{SiteArgs, certificate_id};
use crate::commands::args::PageArgs;
use crate::commands::targets::{Target, single};
use crate::commands::wait::WaitArgs;
use crate::commands::{Session, planned_reads};
use crate::config::Settings;
use crate::error::Error;
use crate::fault::Kind;
use crate::output::Answer;
use crate::products::ssl::record::{Progress, Watch, reason};
use crate::providers::page::Cursor;
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::records::{
    DescribeHostDeployRecordDetail, DescribeHostUpdateRecordDetail, Item, Kind as RecordKind,
    RECORD_PAGE,
};
use crate::providers::time::Time;
use crate::transport::{Client, PlannedCall, plan};

/// Follow deployments and updates, try them again, take them back
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// List the deployments and updates of a certificate
    List(ListArgs),
    /// Show how far a deployment or an update is
    Show(ShowArgs),
    /// Try again what failed of a deployment or an update
    Retry(RetryArgs),
    /// Put the old certificates back where a deployment or an update went well
    Rollback(RollbackArgs),
}

impl Command {
    /// Whether it only tells what is there.
    pub fn reads(&self) -> bool {
        matches!(self, Command::List(_) | Command::Show(_))
    }
}

/// What made a record, as it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum KindArg {
    /// `certctl ssl deploy`
    Deploy,
    /// `certctl ssl update`
    Update,
}

impl From<KindArg> for RecordKind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Deploy => RecordKind::Deploy,
            KindArg::Update => RecordKind::Update,
        }
    }
}

/// List the deployments and updates of a certificate
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ssl deployments list example2
  certctl ssl deployments list example1 --kind update -o json")]
pub struct ListArgs {
    #[command(flatten)]
    certificate: Target<Certificate>,
    /// Show only deployments or only updates
    #[arg(long, value_name = "KIND")]
    kind: Option<KindArg>,
    #[command(flatten)]
    page: PageArgs,
    #[command(flatten)]
    site: SiteArgs,
}

single!(
    Certificate: String,
    "cert",
    "CERT",
    "Certificate id, as the new or the old certificate of a record",
    required,
    certificate_id
);

single!(RecordId: i64, "id", "RECORD", "Record number, as printed by deploy or update", required, record_id);

/// A record, and on which site.
#[derive(Debug, Args)]
struct RecordArgs {
    #[command(flatten)]
    record: Target<RecordId>,
    /// Kind of the record: deploy or update [default: the one that exists]
    #[arg(long, value_name = "KIND")]
    kind: Option<KindArg>,
    #[command(flatten)]
    site: SiteArgs,
}

/// Show how far a deployment or an update is
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ssl deployments show 264001
  certctl ssl deployments show 264001 --kind deploy -o json")]
pub struct ShowArgs {
    #[command(flatten)]
    of: RecordArgs,
    #[command(flatten)]
    page: PageArgs,
}

/// Try again what failed of a deployment or an update
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ssl deployments retry 264001
  certctl ssl deployments retry 264001 --item 264003 --wait")]
pub struct RetryArgs {
    #[command(flatten)]
    of: RecordArgs,
    /// Use only this item of the record
    #[arg(long, value_name = "ID", value_parser = record_id)]
    item: Option<i64>,
    #[command(flatten)]
    wait: WaitArgs,
}

/// Put the old certificates back where a deployment or an update went well
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ssl deployments rollback 264001 --yes
  certctl ssl deployments rollback 264001 --kind deploy --yes --wait")]
pub struct RollbackArgs {
    #[command(flatten)]
    of: RecordArgs,
    #[command(flatten)]
    wait: WaitArgs,
}

const SHOW: &str = "ssl deployments show";

/// A record's or an item's id.
fn record_id(text: &str) -> Result<i64, String> {
    match text.parse::<i64>() {
        Ok(id) if id > 0 => Ok(id),
        _ => Err("use the record number that the command printed, such as 264001".into()),
    }
}

/// Runs a command of the group.
pub fn run(session: &Session<'_>, command: &Command) -> Result<Answer, Error> {
    match command {
        Command::List(args) => list::run(session, args),
        Command::Show(args) => show(session, args),
        Command::Retry(args) => change::retry(session, args),
        Command::Rollback(args) => change::rollback(session, args),
    }
}

/// How far a record is, as scripts read it.
#[derive(Debug, Serialize)]
struct ProgressRow {
    record: String,
    kind: &'static str,
    status: &'static str,
    total: usize,
    succeeded: usize,
    failed: usize,
    running: usize,
    pending: usize,
    items: Vec<ItemRow>,
}

/// An item of it.
#[derive(Debug, Serialize)]
struct ItemRow {
    item: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    instance: String,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    certificate: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    old_certificate: Option<String>,
    domains: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated: Option<Time>,
}

impl From<&Item> for ItemRow {
    fn from(item: &Item) -> Self {
        let some = |text: &String| (!text.is_empty()).then(|| text.clone());
        ItemRow {
            item: item.id.clone(),
            resource_type: some(&item.resource_type),
            region: some(&item.region),
            instance: item.place(),
            status: item.state().as_str(),
            reason: item.state().is_failure().then(|| reason(item)),
            certificate: item.cert_id.clone(),
            old_certificate: some(&item.old_cert_id),
            domains: item.domains().map(str::to_owned).collect(),
            updated: item.update_time,
        }
    }
}

fn progress_row(record: String, kind: RecordKind, progress: &Progress) -> ProgressRow {
    let counts = progress.counts;
    let is_failed =
        counts.failed > 0 || progress.items.iter().any(|item| item.state().is_failure());
    ProgressRow {
        record,
        kind: kind.as_str(),
        status: match (progress.is_over, is_failed) {
            (false, _) => "running",
            (true, false) => "succeeded",
            (true, true) => "failed",
        },
        total: counts.total,
        succeeded: counts.succeeded,
        failed: counts.failed,
        running: counts.running,
        pending: counts.pending,
        items: progress.items.iter().map(ItemRow::from).collect(),
    }
}

fn show(session: &Session<'_>, args: &ShowArgs) -> Result<Answer, Error> {
    let settings = args.of.site.settings(session)?;
    let limit = args.page.size(RECORD_PAGE);
    let record = args.of.record.one().to_string();
    if session.globals.sends_nothing() {
        let reads = planned_looks(&settings, &record, args.of.kind, limit);
        return Ok(planned_reads(SHOW, reads));
    }
    session.online(&SSL, &settings, async |client| {
        let (kind, progress) = find(client, &record, args.of.kind, limit).await?;
        let row = progress_row(record.clone(), kind, &progress);
        Ok(Answer::show(SHOW, vec![row]))
    })
}

/// The reads that tell how far a record is.
fn planned_looks(
    settings: &Settings,
    record: &str,
    kind: Option<KindArg>,
    limit: u32,
) -> Vec<PlannedCall> {
    let deploy = DescribeHostDeployRecordDetail {
        record,
        cursor: Cursor::default(),
        limit,
    };
    let update = DescribeHostUpdateRecordDetail {
        record,
        cursor: Cursor::default(),
        limit,
    };
    let targets = || vec![record.to_owned()];
    match kind {
        Some(KindArg::Deploy) => vec![plan(settings, &deploy, targets())],
        Some(KindArg::Update) => vec![plan(settings, &update, targets())],
        None => vec![
            plan(settings, &deploy, targets()),
            plan(settings, &update, targets()),
        ],
    }
}

/// A record of the kind that is asked for, or of whichever kind there is.
async fn find(
    client: &Client<'_>,
    record: &str,
    kind: Option<KindArg>,
    limit: u32,
) -> Result<(RecordKind, Progress), Error> {
    let look = async |kind| Watch::new(client, kind, record).paged(limit).look().await;
    if let Some(kind) = kind {
        return Ok((kind.into(), look(kind.into()).await?));
    }
    let mut found = Vec::new();
    for kind in [RecordKind::Deploy, RecordKind::Update] {
        match look(kind).await {
            Ok(progress) => found.push((kind, progress)),
            // One of the kinds has no such record, or the site has none of the kind.
            Err(failure) if matches!(failure.kind, Kind::NotFound | Kind::Unsupported) => {}
            Err(failure) => return Err(failure.into()),
        }
    }
    let has_items = |(_, progress): &(RecordKind, Progress)| !progress.items.is_empty();
    if found.iter().filter(|one| has_items(one)).count() > 1 {
        return Err(Error::usage(
            format!("record {record} exists as a deployment and as an update"),
            "add --kind deploy or --kind update: nothing was changed",
        ));
    }
    let at = found.iter().position(has_items);
    let at = at.or((found.len() == 1).then_some(0));
    at.map(|at| found.swap_remove(at)).ok_or_else(|| {
        Error::new(
            Kind::NotFound,
            format!("no deployment or update has record {record}"),
            "run `certctl ssl deployments list` with the certificate id; the record may belong to \
             the other site: `--site mainland` or `--site intl`",
        )
    })
}
