//! `certctl ulb list`: which certificate is where.

use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::Args;
use serde::Serialize;

use super::location::LocationArgs;
use crate::commands::args::{PageArgs, duration, id};
use crate::commands::{Session, expiring, planned_reads};
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Column};
use crate::products::ulb::{Family, Unread, View, describe_all, location};
use crate::providers::time::Time;
use crate::providers::ucloud::ulb::{
    Certificate, DescribeLoadBalancers, DescribeULB, Location, PAGE_LIMIT, Part, ULB,
};
use crate::transport::plan;

/// List load balancers, listeners and their certificates, CLB and ALB in one view
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ulb list
  certctl ulb list --expiring 30d
  certctl ulb list --load-balancer alb-sandbox1 -o json")]
pub struct ListArgs {
    /// Show only this load balancer
    #[arg(long, value_name = "ID", value_parser = id)]
    load_balancer: Option<String>,
    /// Show only CLB or only ALB [default: both]
    #[arg(long, value_name = "KIND", value_parser = ["clb", "alb"])]
    kind: Option<String>,
    /// Show only certificates that expire within DURATION, have expired, or have no known expiry
    /// date
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    expiring: Option<Duration>,
    #[command(flatten)]
    page: PageArgs,
    #[command(flatten)]
    location: LocationArgs,
}

const COMMAND: &str = "ulb list";

const COLUMNS: &[Column] = &[
    ("LOAD BALANCER", "load_balancer"),
    ("KIND", "kind"),
    ("LISTENER", "listener"),
    ("PROTOCOL", "protocol"),
    ("PORT", "port"),
    ("CERTIFICATE", "certificate"),
    ("DEFAULT", "default"),
    ("NAMES", "names"),
    ("EXPIRES", "expires"),
    ("DAYS LEFT", "days_left"),
];

/// A certificate on a listener; a listener without one; a load balancer without listeners.
#[derive(Debug, Default, Serialize)]
struct Row {
    region: String,
    load_balancer: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    load_balancer_name: String,
    kind: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    listener: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    listener_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    protocol: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
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
}

/// Runs the command.
pub fn run(session: &Session<'_>, args: &ListArgs) -> Result<Answer, Error> {
    let settings = args.location.settle(session)?;
    let location = location(&settings, None);
    let limit = args.page.size(PAGE_LIMIT);
    let families = args.families();
    if session.globals.sends_nothing() {
        let part = Part { limit, offset: 0 };
        let mut requests: Vec<_> = families
            .iter()
            .map(|family| match family {
                Family::Clb => plan(&settings, &DescribeULB { location, part }, vec![]),
                Family::Alb => plan(&settings, &DescribeLoadBalancers { location, part }, vec![]),
            })
            .collect();
        requests.push(plan(&settings, &describe_all(location, part), vec![]));
        return Ok(planned_reads(COMMAND, requests));
    }
    session.online(&ULB, &settings, async |client| {
        let view = View::read(client, location, &families, limit).await;
        let view = view.map_err(unread)?;
        if let Some(wanted) = &args.load_balancer
            && !view.balancers.iter().any(|(_, one)| one.id == *wanted)
        {
            return Err(Error::new(
                Kind::NotFound,
                format!("no load balancer {wanted} in {}", location.region),
                "run `certctl ulb list`, and check --region and --project-id",
            ));
        }
        let now = client.now();
        let mut rows = rows(&view, location, now);
        if let Some(wanted) = &args.load_balancer {
            rows.retain(|row| row.load_balancer == *wanted);
        }
        if args.expiring.is_some() {
            rows.retain(|row| row.certificate.is_some());
        }
        let name = |row: &Row| row.certificate.clone().unwrap_or_default();
        let end = |row: &Row| row.expires;
        expiring::keep_and_name(session, &mut rows, args.expiring, now, end, name);
        Ok(Answer::list(COMMAND, COLUMNS, rows))
    })
}

impl ListArgs {
    fn families(&self) -> Vec<Family> {
        let mut families = vec![Family::Clb, Family::Alb];
        if let Some(kind) = &self.kind {
            families.retain(|family| family.as_str() == kind);
        }
        families
    }
}

/// A row for each certificate; for a listener or a load balancer where there is none.
fn rows(view: &View, location: Location<'_>, now: DateTime<Utc>) -> Vec<Row> {
    let mut rows = Vec::new();
    for (family, balancer) in &view.balancers {
        let of_balancer = || Row {
            region: location.region.to_owned(),
            load_balancer: balancer.id.clone(),
            load_balancer_name: balancer.name.clone(),
            kind: family.as_str(),
            status: balancer.status.to_ascii_lowercase(),
            ..Row::default()
        };
        if balancer.listeners.is_empty() {
            rows.push(of_balancer());
        }
        for listener in &balancer.listeners {
            let of_listener = || Row {
                listener: Some(listener.id.clone()),
                listener_name: some(&listener.name),
                protocol: some(&listener.protocol),
                port: listener.port,
                ..of_balancer()
            };
            let bound = view.bound(*family, balancer, listener);
            if bound.is_empty() {
                rows.push(of_listener());
            }
            rows.extend(bound.into_iter().map(|(ssl_id, default)| {
                let certificate = view.certificates.iter().find(|one| one.ssl_id == ssl_id);
                let known = certificate.map(Certificate::certificate);
                let expires = known.as_ref().and_then(|known| known.expires).map(Time);
                Row {
                    certificate_name: certificate.and_then(|one| some(&one.name)),
                    names: known.as_ref().map(|known| known.names.clone()),
                    expires,
                    days_left: expires.map(|expires| expires.days_left(now)),
                    fingerprint: known.and_then(|known| known.sha256),
                    certificate: Some(ssl_id.to_owned()),
                    default,
                    ..of_listener()
                }
            }));
        }
    }
    rows
}

/// What could not be read, and how it is left out: not every region and identity has both families.
fn unread(unread: Unread) -> Error {
    let alone = matches!(unread.failure.kind, Kind::Unsupported | Kind::Permission);
    let mut error = Error::from(unread.failure);
    if let Some(family) = unread.family {
        error.message = format!("could not read the {family}s: {}", error.message);
        if alone {
            let other = family.other().as_str();
            error.hint = format!(
                "{}; use `--kind {other}` to list only the others",
                error.hint
            );
        }
    }
    error
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}
