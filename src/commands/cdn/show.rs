//! `certctl cdn show`: domains with what they serve over HTTPS.

use chrono::{DateTime, Utc};
use clap::Args;
use serde::Serialize;

use super::Group;
use super::list::{text, word};
use crate::cert::{Content, Facts, Input, inspect};
use crate::cloud::Cloud;
use crate::commands::targets::{Domains, Targets};
use crate::commands::{Place, Session, planned_reads};
use crate::domain::Domain;
use crate::error::Error;
use crate::output::Answer;
use crate::products::cdn::look::Goal;
use crate::products::cdn::read::detail;
use crate::products::cdn::wire;
use crate::providers::alibaba::cdn::{CertInfo, DomainModel};
use crate::providers::time::Time;
use crate::transport::{Failure, in_order};

/// Show domains with their HTTPS settings and certificate
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl cdn show a.com
  certctl cdn show a.com b.com -o json
  certctl cdn show a.com --query 'results[0].expires'")]
pub struct ShowArgs {
    #[command(flatten)]
    domains: Targets<Domains>,
}

/// A domain, its configuration and its certificate.
#[derive(Debug, Serialize)]
struct DomainRow {
    domain: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    https: &'static str,
    #[serde(flatten)]
    certificate: Option<Served>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    https_cname: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    origins: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    modified: Option<Time>,
}

/// The certificate of a domain. What the certificate itself says goes before what is said of it.
#[derive(Debug, Serialize)]
struct Served {
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    domain_cname_status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    common_name: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    names: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    covers_domain: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    chain: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    algorithm: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    starts: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    days_left: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint_sha1: Option<String>,
}

/// Runs the command.
pub(super) fn run(session: &Session<'_>, group: &Group, args: &ShowArgs) -> Result<Answer, Error> {
    let domains = args.domains.domains()?;
    if domains.is_empty() {
        return Ok(Answer::no_rows(group.show, &[]));
    }
    let settings = session.settings(Cloud::Alibaba, Place::default())?;
    if session.globals.sends_nothing() {
        let reads = domains.iter();
        let requests = reads.flat_map(|domain| Goal::On.planned(group.service, &settings, domain));
        return Ok(planned_reads(group.show, requests.collect()));
    }
    session.online(group.service, &settings, async |client| {
        let read = async |target: usize| detail(client, wire(&domains[target])).await;
        let read = in_order(domains.len(), read).await;
        let mut rows = Vec::with_capacity(read.len());
        for (domain, read) in domains.iter().zip(read) {
            let (model, infos) = read.map_err(|failure| unread(domain, failure))?;
            rows.push(DomainRow::new(domain, model, infos, client.now()));
        }
        Ok(Answer::show(group.show, rows))
    })
}

fn unread(domain: &Domain, failure: Failure) -> Error {
    let error = Error::from(failure);
    let message = format!("could not read {domain}: {}", error.message);
    Error { message, ..error }
}

impl DomainRow {
    fn new(domain: &Domain, model: DomainModel, infos: Vec<CertInfo>, now: DateTime<Utc>) -> Self {
        let on = infos.iter().any(CertInfo::is_on)
            || (infos.is_empty() && model.server_certificate_status.eq_ignore_ascii_case("on"));
        // What is served goes before what is merely kept.
        let served = infos.iter().position(CertInfo::is_on).unwrap_or_default();
        let info = infos.into_iter().nth(served);
        let origins = model.source_models.source_model.into_iter();
        DomainRow {
            domain: domain.ascii().to_owned(),
            status: word(&model.domain_status),
            https: if on { "on" } else { "off" },
            certificate: info.map(|info| Served::new(domain, info, now)),
            cname: text(model.cname),
            https_cname: text(model.https_cname),
            kind: word(&model.cdn_type),
            coverage: word(&model.scope),
            origins: origins
                .map(|origin| match origin.port.as_str() {
                    "" => origin.content,
                    port => format!("{}:{port}", origin.content),
                })
                .collect(),
            resource_group: text(model.resource_group_id),
            description: text(model.description),
            created: model.gmt_created,
            modified: model.gmt_modified,
        }
    }
}

impl Served {
    fn new(domain: &Domain, info: CertInfo, now: DateTime<Utc>) -> Self {
        let (facts, chain) = leaf_of(&info.server_certificate).unzip();
        let said = |of: fn(&Facts) -> Time, else_said| facts.as_ref().map(of).or(else_said);
        let starts = said(|facts| Time(facts.not_before), info.cert_start_time);
        let expires = said(|facts| Time(facts.not_after), info.cert_expire_time);
        let own = |of: fn(&Facts) -> String| facts.as_ref().map(of);
        Served {
            certificate: text(info.cert_id),
            certificate_name: text(info.cert_name),
            certificate_type: word(&info.cert_type),
            certificate_region: text(info.cert_region),
            certificate_state: word(&info.status),
            domain_cname_status: word(&info.domain_cname_status),
            common_name: text(info.cert_domain_name),
            names: facts
                .as_ref()
                .map_or(Vec::new(), |facts| facts.names.clone()),
            covers_domain: facts.as_ref().map(|facts| facts.covers(domain.ascii())),
            issuer: own(|facts| facts.issuer.clone()).or(text(info.cert_org)),
            chain: chain.unwrap_or_default(),
            algorithm: own(|facts| facts.algorithm.to_string()),
            starts,
            expires,
            days_left: expires.map(|expires| expires.days_left(now)),
            updated: info.cert_update_time,
            fingerprint: own(|facts| facts.fingerprint.clone()),
            fingerprint_sha1: own(|facts| facts.fingerprint_sha1.clone()),
        }
    }
}

/// The first certificate of a chain that a cloud shows, and the subjects above it.
fn leaf_of(pem: &str) -> Option<(Facts, Vec<String>)> {
    let input = Input {
        name: "",
        bytes: pem.as_bytes(),
    };
    let mut found = inspect(input).into_iter();
    found.find_map(|found| match found.content {
        Ok(Content::Certificate { facts, chain, .. }) => Some((*facts, chain)),
        _ => None,
    })
}
