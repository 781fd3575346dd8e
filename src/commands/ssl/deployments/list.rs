//! The records of a certificate: its deployments, and the updates to it and away from it.

use serde::Serialize;

use super::ListArgs;
use crate::commands::{Session, planned_reads};
use crate::config::Settings;
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Column};
use crate::products::ssl::record::Of;
use crate::providers::page::Cursor;
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::records::{Kind as RecordKind, RECORD_PAGE, Record};
use crate::providers::time::Time;
use crate::transport::{PlannedCall, plan};

const LIST: &str = "ssl deployments list";

const COLUMNS: &[Column] = &[
    ("RECORD", "record"),
    ("KIND", "kind"),
    ("STATUS", "status"),
    ("CERTIFICATE", "certificate"),
    ("INSTEAD OF", "old_certificate"),
    ("TYPES", "resource_types"),
    ("REGIONS", "regions"),
    ("CREATED", "created"),
];

/// A record, as scripts read it.
#[derive(Debug, Serialize)]
struct RecordRow {
    record: String,
    kind: &'static str,
    status: &'static str,
    certificate: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    old_certificate: Option<String>,
    resource_types: Vec<String>,
    regions: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated: Option<Time>,
}

fn record_row(kind: RecordKind, record: Record) -> RecordRow {
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    let all = |one: String, mut others: Vec<String>| {
        others.splice(0..0, some(one));
        others.retain(|text| !text.is_empty());
        others
    };
    RecordRow {
        record: record.id,
        kind: kind.as_str(),
        status: match record.status {
            0 => "pending",
            1 => "succeeded",
            2 => "failed",
            _ => "other",
        },
        certificate: record.cert_id,
        old_certificate: some(record.old_cert_id),
        resource_types: all(record.resource_type, record.resource_types),
        regions: all(record.region, record.regions),
        created: record.create_time,
        updated: record.update_time,
    }
}

/// The first call of a list.
fn planned(settings: &Settings, of: Of<'_>, limit: u32) -> PlannedCall {
    let first = Cursor::default();
    match of {
        Of::Deploys(certificate, of) => {
            let call = Of::deploys(certificate, of, &first, limit);
            plan(settings, &call, Vec::new())
        }
        Of::Updates { from, to } => {
            let call = Of::updates(from, to, &first, limit);
            plan(settings, &call, Vec::new())
        }
    }
}

/// Runs the command.
pub fn run(session: &Session<'_>, args: &ListArgs) -> Result<Answer, Error> {
    let settings = args.site.settings(session)?;
    let (certificate, limit) = (args.certificate.one().as_str(), args.page.size(RECORD_PAGE));
    let lists = [
        Of::Deploys(certificate, None),
        Of::Updates {
            from: None,
            to: Some(certificate),
        },
        Of::Updates {
            from: Some(certificate),
            to: None,
        },
    ];
    let wanted = |of: &&Of<'_>| args.kind.is_none_or(|kind| of.kind() == kind.into());
    if session.globals.sends_nothing() {
        let plans = lists.iter().filter(wanted);
        let plans = plans.map(|of| planned(&settings, *of, limit));
        return Ok(planned_reads(LIST, plans.collect()));
    }
    session.online(&SSL, &settings, async |client| {
        let mut rows: Vec<RecordRow> = Vec::new();
        for of in lists.iter().filter(wanted) {
            let records = match of.list(client, limit).await {
                Ok(records) => records,
                // The international site has updates only.
                Err(failure) if failure.kind == Kind::Unsupported && args.kind.is_none() => {
                    session
                        .ui
                        .note("this site has no deployments: only updates are listed");
                    continue;
                }
                Err(failure) => return Err(failure.into()),
            };
            for record in records {
                let row = record_row(of.kind(), record);
                let known =
                    |other: &RecordRow| (&other.record, other.kind) == (&row.record, row.kind);
                if !rows.iter().any(known) {
                    rows.push(row);
                }
            }
        }
        // Newest first, whatever their kind.
        rows.sort_by_key(|row| std::cmp::Reverse(row.created.map(|time| time.0)));
        Ok(Answer::list(LIST, COLUMNS, rows))
    })
}
