//! The records of a certificate: its deployments, and the updates to it and away from it.

use serde::Serialize;

use super::{KindArg, ListArgs};
use crate::commands::{Session, planned_reads};
use crate::config::Settings;
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Column};
use crate::providers::page::Cursor;
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::records::{
    DescribeHostDeployRecord, DescribeHostUpdateRecord, Kind as RecordKind, RECORD_PAGE, Record,
    Records,
};
use crate::providers::time::Time;
use crate::transport::{Client, Failure, PlannedCall, plan};

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

/// Which records of a certificate.
#[derive(Clone, Copy)]
enum Of {
    /// Its deployments.
    Deploys,
    /// The updates to it.
    UpdatesTo,
    /// The updates away from it.
    UpdatesFrom,
}

impl Of {
    const fn kind(self) -> RecordKind {
        match self {
            Of::Deploys => RecordKind::Deploy,
            Of::UpdatesTo | Of::UpdatesFrom => RecordKind::Update,
        }
    }

    fn deploys<'a>(
        certificate: &'a str,
        cursor: &Cursor,
        limit: u32,
    ) -> DescribeHostDeployRecord<'a> {
        DescribeHostDeployRecord {
            certificate_id: certificate,
            resource_type: None,
            cursor: cursor.clone(),
            limit,
        }
    }

    fn updates<'a>(
        self,
        certificate: &'a str,
        cursor: &Cursor,
        limit: u32,
    ) -> DescribeHostUpdateRecord<'a> {
        let is_from = matches!(self, Of::UpdatesFrom);
        DescribeHostUpdateRecord {
            certificate_id: (!is_from).then_some(certificate),
            old_certificate_id: is_from.then_some(certificate),
            cursor: cursor.clone(),
            limit,
        }
    }

    async fn read(
        self,
        client: &Client<'_>,
        certificate: &str,
        limit: u32,
    ) -> Result<Vec<Record>, Failure> {
        match self {
            Of::Deploys => {
                let page = |cursor: &Cursor| Of::deploys(certificate, cursor, limit);
                client.all(limit, page, Records::page, Record::key).await
            }
            Of::UpdatesTo | Of::UpdatesFrom => {
                let page = |cursor: &Cursor| self.updates(certificate, cursor, limit);
                client.all(limit, page, Records::page, Record::key).await
            }
        }
    }

    fn planned(self, settings: &Settings, certificate: &str, limit: u32) -> PlannedCall {
        let first = Cursor::default();
        match self {
            Of::Deploys => plan(
                settings,
                &Of::deploys(certificate, &first, limit),
                Vec::new(),
            ),
            Of::UpdatesTo | Of::UpdatesFrom => plan(
                settings,
                &self.updates(certificate, &first, limit),
                Vec::new(),
            ),
        }
    }
}

/// Runs the command.
pub fn run(session: &Session<'_>, args: &ListArgs) -> Result<Answer, Error> {
    let settings = args.site.settings(session)?;
    let lists: &[Of] = match args.kind {
        None => &[Of::Deploys, Of::UpdatesTo, Of::UpdatesFrom],
        Some(KindArg::Deploy) => &[Of::Deploys],
        Some(KindArg::Update) => &[Of::UpdatesTo, Of::UpdatesFrom],
    };
    let (certificate, limit) = (args.certificate.as_str(), args.page.size(RECORD_PAGE));
    if session.globals.dry_run {
        let plans = lists
            .iter()
            .map(|of| of.planned(&settings, certificate, limit));
        return Ok(planned_reads(LIST, plans.collect()));
    }
    session.online(&SSL, &settings, async |client| {
        let mut rows: Vec<RecordRow> = Vec::new();
        for of in lists {
            let records = match of.read(client, certificate, limit).await {
                Ok(records) => records,
                // The international site has updates only.
                Err(failure) if failure.kind == Kind::Unsupported && lists.len() > 2 => {
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
