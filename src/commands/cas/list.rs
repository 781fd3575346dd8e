//! `certctl cas list`: the certificates of the store.

use std::collections::HashSet;
use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use serde::Serialize;

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
    /// Only those that end within this time, have ended, or have no known end: 30d, 12h
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    expiring: Option<Duration>,
    /// Only those that have not ended, or that have
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

#[derive(Serialize)]
struct Row {
    certificate: String,
    identifier: String,
    region: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    names: Vec<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    issuer: String,
    source: &'static str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    days_left: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint_sha1: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    serial: String,
}

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
    if session.globals.dry_run {
        let first = |validity: &Validity| {
            let call = ListUserCertificateOrder::page(*validity, &Cursor::default(), size);
            plan(&settings, &call, Vec::new())
        };
        return Ok(planned_reads(COMMAND, parts.iter().map(first).collect()));
    }
    session.online(&CAS, &settings, async |client| {
        let mut stored = Vec::new();
        for validity in parts {
            let part = cas::list(client, *validity, size).await?;
            stored.extend(part.into_iter().map(|one| StoredCertificate {
                expired: one.expired || *validity == Validity::Expired,
                ..one
            }));
        }
        // What ends between the two reads is in both lists.
        let mut seen = HashSet::new();
        stored.retain(|one| seen.insert(one.certificate_id.clone()));
        let now = client.now();
        let stored = stored.into_iter();
        let mut rows: Vec<Row> = stored.map(|one| row(one, site, now)).collect();
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

fn row(stored: StoredCertificate, site: &'static str, now: DateTime<Utc>) -> Row {
    let known = cas::of_list(&stored, site);
    let certificate = known.certificate;
    Row {
        identifier: known.id.identifier_or_id(),
        certificate: stored.certificate_id,
        region: site,
        name: stored.name,
        names: certificate.names,
        issuer: stored.issuer,
        source: match stored.upload {
            true => "upload",
            false => "bought",
        },
        status: match stored.expired {
            true => "expired",
            false => "valid",
        },
        days_left: stored.end_date.map(|end| end.days_left(now)),
        expires: stored.end_date,
        fingerprint: certificate.sha256,
        fingerprint_sha1: certificate.sha1,
        serial: certificate.serial.unwrap_or_default(),
    }
}
