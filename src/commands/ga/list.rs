//! `certctl ga list`: what is bound where, in one view.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::Args;
use serde::Serialize;

use crate::cloud::Cloud;
use crate::commands::args::{PageArgs, duration, id};
use crate::commands::cas::store::known;
use crate::commands::{Place, Session, expiring, planned_reads};
use crate::error::Error;
use crate::output::{Answer, Column};
use crate::products::ga::id_of;
use crate::products::{Store, StoreId, cas};
use crate::providers::alibaba::cas::{CertificateDetail, MAINLAND};
use crate::providers::alibaba::ga::{
    AcceleratorInfo, Binding, DescribeAccelerator, GA, ListAccelerators, ListListenerCertificates,
    ListListeners, ListenerInfo, PAGE_LIMIT, PortRange,
};
use crate::providers::page::Cursor;
use crate::providers::time::Time;
use crate::transport::{Client, Failure, each, plan};

/// List accelerators, their listeners and the certificates of these
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ga list
  certctl ga list --expiring 30d
  certctl ga list --accelerator ga-bp1sandboxsecond0001 -o csv
  certctl ga list --query \"results[?certificate=='1000001'].listener\"")]
pub struct ListArgs {
    /// Only this accelerator; repeats
    #[arg(long, value_name = "ID", value_parser = id, value_delimiter = ',')]
    accelerator: Vec<String>,
    /// Only certificates that end within this time, have ended, or have no known end
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
#[derive(Default, Serialize)]
struct Row {
    accelerator: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    accelerator_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    listener: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
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
    if session.globals.dry_run {
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
        let accelerators = match args.accelerator.is_empty() {
            true => {
                let page = |cursor: &Cursor| ListAccelerators::page(cursor, size);
                client
                    .all(size, page, ListAccelerators::open, AcceleratorInfo::key)
                    .await?
            }
            false => {
                let read = async |at: usize| {
                    let accelerator_id = &args.accelerator[at];
                    let done = client.call(&DescribeAccelerator { accelerator_id }).await?;
                    Ok(done.reply)
                };
                each(args.accelerator.len(), read).await?
            }
        };
        let read =
            async |at: usize| listeners(client, &accelerators[at].accelerator_id, size).await;
        let listeners = each(accelerators.len(), read).await?;
        let flat: Vec<(&AcceleratorInfo, &ListenerInfo)> = accelerators
            .iter()
            .zip(&listeners)
            .flat_map(|(accelerator, own)| own.iter().map(move |one| (accelerator, one)))
            .collect();
        let read = async |at: usize| {
            let (accelerator, listener) = flat[at];
            certificates(client, &accelerator.accelerator_id, listener, size).await
        };
        let bindings = each(flat.len(), read).await?;
        let mut of_listeners = flat.iter().zip(bindings);
        let mut rows = Vec::new();
        for (accelerator, own) in accelerators.iter().zip(&listeners) {
            if own.is_empty() {
                rows.push(of_accelerator(accelerator));
            }
            for ((_, listener), bindings) in of_listeners.by_ref().take(own.len()) {
                let bare = of_listener(accelerator, listener);
                match bindings.is_empty() {
                    true => rows.push(bare),
                    false => rows.extend(bindings.iter().map(|one| of_binding(&bare, one))),
                }
            }
        }
        let now = client.now();
        describe(session, client, &mut rows, now).await?;
        if args.expiring.is_some() {
            rows.retain(|row| row.certificate.is_some());
        }
        let name = |row: &Row| row.identifier.clone().unwrap_or_default();
        expiring::keep_and_name(
            session,
            &mut rows,
            args.expiring,
            now,
            |row| row.expires,
            name,
        );
        Ok(Answer::list(COMMAND, &COLUMNS, rows))
    })
}

/// Adds what the certificate store says of the certificates: GA knows their ids only.
async fn describe(
    session: &Session<'_>,
    client: &Client<'_>,
    rows: &mut [Row],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let id_of = |row: &Row| StoreId::of(Store::Cas, row.identifier.as_deref()?);
    let mut ids: Vec<StoreId> = Vec::new();
    for id in rows.iter().filter_map(id_of) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let known: HashMap<StoreId, CertificateDetail> = known(session, client, &ids).await?;
    for row in rows {
        let Some(detail) = id_of(row).and_then(|id| known.get(&id)) else {
            continue;
        };
        let certificate = cas::of_detail(detail, MAINLAND).certificate;
        row.certificate_name = Some(detail.name.clone()).filter(|name| !name.is_empty());
        row.names = Some(certificate.names);
        row.expires = detail.ends();
        row.days_left = row.expires.map(|end| end.days_left(now));
        (row.fingerprint, row.fingerprint_sha1) = (certificate.sha256, certificate.sha1);
    }
    Ok(())
}

/// The listeners of an accelerator.
pub(super) async fn listeners(
    client: &Client<'_>,
    accelerator: &str,
    size: u32,
) -> Result<Vec<ListenerInfo>, Failure> {
    let page = |cursor: &Cursor| ListListeners::page(accelerator, cursor, size);
    client
        .all(size, page, ListListeners::open, ListenerInfo::key)
        .await
}

/// The certificates of a listener; none but HTTPS has any.
pub(super) async fn certificates(
    client: &Client<'_>,
    accelerator: &str,
    listener: &ListenerInfo,
    size: u32,
) -> Result<Vec<Binding>, Failure> {
    if !listener.is_https() {
        return Ok(Vec::new());
    }
    let id = &listener.listener_id;
    let page = |cursor: &Cursor| ListListenerCertificates::page(accelerator, id, cursor, size);
    client
        .all(size, page, ListListenerCertificates::open, Binding::key)
        .await
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

fn of_listener(accelerator: &AcceleratorInfo, listener: &ListenerInfo) -> Row {
    let protocol = listener.protocol.to_lowercase();
    Row {
        listener: Some(listener.listener_id.clone()),
        name: listener.name.clone(),
        protocol: (!protocol.is_empty()).then_some(protocol),
        ports: ports(&listener.port_ranges),
        status: listener.state.to_lowercase(),
        ..of_accelerator(accelerator)
    }
}

fn of_binding(listener: &Row, binding: &Binding) -> Row {
    let state = match binding.state.is_empty() {
        true => listener.status.clone(),
        false => binding.state.to_lowercase(),
    };
    Row {
        accelerator: listener.accelerator.clone(),
        accelerator_name: listener.accelerator_name.clone(),
        listener: listener.listener.clone(),
        name: listener.name.clone(),
        protocol: listener.protocol.clone(),
        ports: listener.ports.clone(),
        domain: binding.domain.clone(),
        certificate: Some(
            id_of(binding).map_or_else(|| binding.certificate_id.clone(), |id| id.id),
        ),
        identifier: Some(binding.certificate_id.clone()),
        default: Some(binding.is_default),
        status: state,
        ..Row::default()
    }
}
