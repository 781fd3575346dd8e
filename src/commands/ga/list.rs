//! `certctl ga list`: what is bound where, in one view.

use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::Args;
use serde::Serialize;

use crate::cloud::Cloud;
use crate::commands::args::{PageArgs, duration, id};
use crate::commands::{Place, Session, expiring, planned_reads};
use crate::error::Error;
use crate::output::{Answer, Column};
use crate::products::ga::{self, Accelerator, Listener, id_of};
use crate::products::{StoreId, cas};
use crate::providers::alibaba::cas::{CertificateDetail, MAINLAND};
use crate::providers::alibaba::ga::{
    AcceleratorInfo, DescribeAccelerator, GA, ListAccelerators, ListenerCertificate, ListenerInfo,
    PAGE_LIMIT, PortRange,
};
use crate::providers::page::Cursor;
use crate::providers::time::Time;
use crate::transport::plan;

/// List accelerators, their listeners and the certificates of these
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ga list
  certctl ga list --expiring 30d
  certctl ga list --accelerator ga-bp1sandboxsecond0001 -o csv
  certctl ga list --query \"results[?certificate=='1000001'].listener\"")]
pub struct ListArgs {
    /// Show only this accelerator; repeatable
    #[arg(long, value_name = "ID", value_parser = id, value_delimiter = ',')]
    accelerator: Vec<String>,
    /// Show only certificates that expire within DURATION, have expired, or have no known expiry
    /// date
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    expiring: Option<Duration>,
    #[command(flatten)]
    page: PageArgs,
}

const COMMAND: &str = "ga list";

const COLUMNS: [Column; 10] = [
    ("ACCELERATOR", "accelerator"),
    ("LISTENER", "listener"),
    ("PROTOCOL", "protocol"),
    ("PORTS", "ports"),
    ("DOMAIN", "domain"),
    ("CERTIFICATE", "certificate"),
    ("NAMES", "names"),
    ("EXPIRES", "expires"),
    ("DAYS LEFT", "days_left"),
    ("STATUS", "status"),
];

/// A certificate of a listener; a listener without certificates; an accelerator without listeners.
#[derive(Clone, Default, Serialize)]
struct Row {
    accelerator: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    accelerator_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    listener: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    listener_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    protocol: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ports: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    domain: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identifier: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    names: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    days_left: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint_sha1: Option<String>,
    /// Of the innermost that the row is about.
    status: String,
}

/// Runs the command.
pub fn run(session: &Session<'_>, args: &ListArgs) -> Result<Answer, Error> {
    let settings = session.settings(Cloud::Alibaba, Place::default())?;
    let size = args.page.size(PAGE_LIMIT);
    if session.globals.sends_nothing() {
        let first = ListAccelerators::page(&Cursor::default(), size);
        let describe = |accelerator_id: &String| {
            let call = DescribeAccelerator { accelerator_id };
            plan(&settings, &call, vec![accelerator_id.clone()])
        };
        let requests = match args.accelerator.is_empty() {
            true => vec![plan(&settings, &first, Vec::new())],
            false => args.accelerator.iter().map(describe).collect(),
        };
        return Ok(planned_reads(COMMAND, requests));
    }
    session.online(&GA, &settings, async |client| {
        let found = ga::accelerators(client, &args.accelerator, size).await?;
        // Global Accelerator knows the certificates' ids only.
        let mut ids: Vec<StoreId> = Vec::new();
        let listeners = found.iter().flat_map(|one| &one.listeners);
        for id in listeners.flat_map(|one| one.certificates.iter().filter_map(id_of)) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        let known = cas::known(client, &ids).await?;
        let now = client.now();
        let mut rows = Vec::new();
        for Accelerator { info, listeners } in &found {
            let bare = of_accelerator(info);
            if listeners.is_empty() {
                rows.push(bare.clone());
            }
            for Listener { info, certificates } in listeners {
                let bare = of_listener(&bare, info);
                if certificates.is_empty() {
                    rows.push(bare.clone());
                }
                for one in certificates {
                    let detail = id_of(one).and_then(|id| known.get(&id));
                    rows.push(of_certificate(&bare, one).described(detail, now));
                }
            }
        }
        if args.expiring.is_some() {
            rows.retain(|row| row.certificate.is_some());
        }
        let name = |row: &Row| row.identifier.clone().unwrap_or_default();
        let end = |row: &Row| row.expires;
        expiring::keep_and_name(session, &mut rows, args.expiring, now, end, name);
        Ok(Answer::list(COMMAND, &COLUMNS, rows))
    })
}

impl Row {
    /// With what the certificate store says, if it does.
    fn described(self, detail: Option<&CertificateDetail>, now: DateTime<Utc>) -> Self {
        let Some(detail) = detail else { return self };
        let stored = cas::of_detail(detail, MAINLAND);
        let ends = detail.ends();
        Row {
            certificate_name: Some(stored.name).filter(|name| !name.is_empty()),
            names: Some(stored.certificate.names),
            expires: ends,
            days_left: ends.map(|end| end.days_left(now)),
            fingerprint: stored.certificate.sha256,
            fingerprint_sha1: stored.certificate.sha1,
            ..self
        }
    }
}

/// `443`, `8000-8100`
pub(super) fn ports(ranges: &[PortRange]) -> Option<String> {
    let range = |range: &PortRange| match range.from_port == range.to_port {
        true => range.from_port.to_string(),
        false => format!("{}-{}", range.from_port, range.to_port),
    };
    let ranges: Vec<String> = ranges.iter().map(range).collect();
    (!ranges.is_empty()).then(|| ranges.join(","))
}

fn of_accelerator(accelerator: &AcceleratorInfo) -> Row {
    Row {
        accelerator: accelerator.accelerator_id.clone(),
        accelerator_name: accelerator.name.clone(),
        status: accelerator.state.to_lowercase(),
        ..Row::default()
    }
}

fn of_listener(accelerator: &Row, listener: &ListenerInfo) -> Row {
    let protocol = listener.protocol.to_lowercase();
    Row {
        listener: Some(listener.listener_id.clone()),
        listener_name: listener.name.clone(),
        protocol: (!protocol.is_empty()).then_some(protocol),
        ports: ports(&listener.port_ranges),
        status: listener.state.to_lowercase(),
        ..accelerator.clone()
    }
}

fn of_certificate(listener: &Row, one: &ListenerCertificate) -> Row {
    let number = id_of(one).map_or_else(|| one.certificate_id.clone(), |id| id.id);
    let mut row = Row {
        domain: one.domain.clone(),
        certificate: Some(number),
        identifier: Some(one.certificate_id.clone()),
        default: Some(one.is_default),
        ..listener.clone()
    };
    if !one.state.is_empty() {
        row.status = one.state.to_lowercase();
    }
    row
}
