//! `certctl cas list`: the certificates of the store.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::row::{Row, State};
use super::store::SiteArgs;
use crate::commands::args::{PageArgs, duration};
use crate::commands::{Session, expiring, planned_reads};
use crate::error::Error;
use crate::output::{Answer, Column};
use crate::products::cas;
use crate::providers::alibaba::cas::{
    CAS, ListUserCertificateOrder, PAGE_LIMIT, StoredCertificate, Validity,
};
use crate::providers::page::Cursor;
use crate::providers::time::Time;
use crate::transport::plan;

/// List the certificates of the store
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl cas list
  certctl cas list --expiring 30d
  certctl cas list --status valid -o csv --columns certificate,name,expires
  certctl cas list --query \"results[?source=='upload'].identifier\"")]
pub struct ListArgs {
    /// Show only certificates that expire within DURATION (30d, 12h), have expired, or have no
    /// known expiry date
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    expiring: Option<Duration>,
    /// Show only valid or only expired certificates
    #[arg(long, value_name = "STATUS", value_enum)]
    status: Option<Status>,
    #[command(flatten)]
    site: SiteArgs,
    #[command(flatten)]
    page: PageArgs,
}

/// Whether a certificate has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Status {
    Valid,
    Expired,
}

const COMMAND: &str = "cas list";

const COLUMNS: &[Column] = &[
    ("CERTIFICATE", "certificate"),
    ("NAME", "name"),
    ("NAMES", "names"),
    ("SOURCE", "source"),
    ("STATUS", "status"),
    ("EXPIRES", "expires"),
    ("DAYS LEFT", "days_left"),
];

/// Runs the command.
pub fn run(session: &Session<'_>, args: &ListArgs) -> Result<Answer, Error> {
    let (settings, site) = args.site.settle(session)?;
    let size = args.page.size(PAGE_LIMIT);
    // One list leaves the expired certificates out, the other has nothing else.
    let parts: &[Validity] = match args.status {
        None => &[Validity::Valid, Validity::Expired],
        Some(Status::Valid) => &[Validity::Valid],
        Some(Status::Expired) => &[Validity::Expired],
    };
    if session.globals.sends_nothing() {
        let first = |validity: &Validity| {
            let call = ListUserCertificateOrder::page(*validity, &Cursor::default(), size);
            plan(&settings, &call, Vec::new())
        };
        return Ok(planned_reads(COMMAND, parts.iter().map(first).collect()));
    }
    session.online(&CAS, &settings, async |client| {
        let listed = cas::list_all(client, parts, size).await?;
        let now = client.now();
        let row = |one: StoredCertificate| {
            let state = State {
                bought: !one.upload,
                expired: one.expired,
                ends: one.end_date,
            };
            Row::new(cas::of_list(&one, site), site, state, now)
        };
        let mut rows: Vec<Row> = listed.into_iter().map(row).collect();
        let name = |row: &Row| row.certificate.clone();
        // An end still to come of one that has ended is none that is known.
        let end = |row: &Row| {
            let fits = |end: &Time| row.status != "expired" || end.0 <= now;
            row.expires.filter(fits)
        };
        expiring::keep_and_name(session, &mut rows, args.expiring, now, end, name);
        Ok(Answer::list(COMMAND, COLUMNS, rows))
    })
}
