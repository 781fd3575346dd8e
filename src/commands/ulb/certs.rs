//! `certctl ulb certs`: the certificates of a project in a region.

use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::Args;
use serde::Serialize;

use super::location::LocationArgs;
use crate::commands::args::{PageArgs, duration};
use crate::commands::{Session, expiring, planned_reads};
use crate::error::Error;
use crate::output::{Answer, Column};
use crate::products::ulb::{certificates, describe_all, location};
use crate::providers::time::Time;
use crate::providers::ucloud::ulb::{Certificate, Location, PAGE_LIMIT, Part, Relation, ULB};
use crate::transport::plan;

/// List certificates with their names, expiry and the listeners that have them
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ulb certs
  certctl ulb certs --expiring 30d
  certctl ulb certs --unbound -o csv --columns certificate,name,expires")]
pub struct CertsArgs {
    /// Show only certificates that expire within DURATION, have expired, or have no known expiry
    /// date
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    expiring: Option<Duration>,
    /// Show only certificates that no listener uses
    #[arg(long)]
    unbound: bool,
    #[command(flatten)]
    page: PageArgs,
    #[command(flatten)]
    location: LocationArgs,
}

const COMMAND: &str = "ulb certs";

const COLUMNS: &[Column] = &[
    ("CERTIFICATE", "certificate"),
    ("NAME", "name"),
    ("NAMES", "names"),
    ("EXPIRES", "expires"),
    ("DAYS LEFT", "days_left"),
    ("LISTENERS", "listeners"),
];

#[derive(Debug, Serialize)]
struct Row {
    region: String,
    certificate: String,
    name: String,
    names: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    starts: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    days_left: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ussl: Option<String>,
    /// `load balancer/listener` of each binding, for tables.
    listeners: Vec<String>,
    bindings: Vec<Binding>,
}

#[derive(Debug, Serialize)]
struct Binding {
    load_balancer: String,
    listener: String,
    default: bool,
}

/// Runs the command.
pub fn run(session: &Session<'_>, args: &CertsArgs) -> Result<Answer, Error> {
    let settings = args.location.settle(session)?;
    let location = location(&settings, None);
    let limit = args.page.size(PAGE_LIMIT);
    if session.globals.sends_nothing() {
        let read = describe_all(location, Part { limit, offset: 0 });
        return Ok(planned_reads(COMMAND, vec![plan(&settings, &read, vec![])]));
    }
    session.online(&ULB, &settings, async |client| {
        let now = client.now();
        let certificates = certificates(client, location, limit).await?;
        let wanted = |one: &&Certificate| one.relations.is_empty() || !args.unbound;
        let rows = certificates.iter().filter(wanted);
        let mut rows: Vec<Row> = rows.map(|one| row(one, location, now)).collect();
        let name = |row: &Row| row.certificate.clone();
        let end = |row: &Row| row.expires;
        expiring::keep_and_name(session, &mut rows, args.expiring, now, end, name);
        Ok(Answer::list(COMMAND, COLUMNS, rows))
    })
}

fn row(certificate: &Certificate, location: Location<'_>, now: DateTime<Utc>) -> Row {
    let known = certificate.certificate();
    let expires = known.expires.map(Time);
    let relations = &certificate.relations;
    Row {
        region: location.region.to_owned(),
        certificate: certificate.ssl_id.clone(),
        name: certificate.name.clone(),
        names: known.names,
        issuer: known.issuer,
        starts: known.starts.map(Time),
        expires,
        days_left: expires.map(|expires| expires.days_left(now)),
        fingerprint: known.sha256,
        ussl: Some(certificate.ussl_id.clone()).filter(|id| !id.is_empty()),
        listeners: relations.iter().map(Relation::to_string).collect(),
        bindings: relations
            .iter()
            .map(|relation| Binding {
                load_balancer: relation.load_balancer_id.clone(),
                listener: relation.listener_id.clone(),
                default: relation.is_default,
            })
            .collect(),
    }
}
