//! `certctl cdn list`: the account's domains, joined with what they serve over HTTPS.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::Group;
use super::certs::{Search, stored};
use super::show::leaf_of;
use crate::cert::Certificate;
use crate::cloud::Cloud;
use crate::commands::args::{PageArgs, duration, non_empty};
use crate::commands::{Place, Session, expiring, planned_reads};
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Column};
use crate::products::cas;
use crate::products::cdn::certificates;
use crate::providers::alibaba::cdn::{
    CertInfo, DescribeCdnHttpsDomainList, DescribeUserDomains, HttpsDomain, ListedDomain,
    NO_HTTPS_DOMAIN, StoreCertificate, USER_DOMAINS_PAGE_LIMIT, usual_name, wire_name,
};
use crate::providers::page::{Cursor, Page};
use crate::providers::time::Time;
use crate::transport::{Client, Failure, ends_run, plan_on, read_each};

/// List the domains with their HTTPS state and certificate
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl cdn list
  certctl cdn list --expiring 30d
  certctl cdn list --status online --domain example.com -o csv
  certctl cdn list --query \"results[?https=='off'].domain\"")]
pub struct ListArgs {
    /// Only those whose certificate ends within this time, has ended, or has no known end: 30d, 12h
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    expiring: Option<Duration>,
    /// Only those in these states
    #[arg(long, value_name = "STATUS,…", value_enum, value_delimiter = ',')]
    status: Vec<DomainStatus>,
    /// Only those whose name has this in it
    #[arg(long, value_name = "TEXT", value_parser = non_empty)]
    domain: Option<String>,
    #[command(flatten)]
    page: PageArgs,
}

/// The state of a domain, in the vendor's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum DomainStatus {
    Online,
    Offline,
    Configuring,
    ConfigureFailed,
    Checking,
    CheckFailed,
    Stopping,
    Deleting,
}

impl DomainStatus {
    const fn as_str(self) -> &'static str {
        match self {
            DomainStatus::Online => "online",
            DomainStatus::Offline => "offline",
            DomainStatus::Configuring => "configuring",
            DomainStatus::ConfigureFailed => "configure_failed",
            DomainStatus::Checking => "checking",
            DomainStatus::CheckFailed => "check_failed",
            DomainStatus::Stopping => "stopping",
            DomainStatus::Deleting => "deleting",
        }
    }
}

const COLUMNS: &[Column] = &[
    ("DOMAIN", "domain"),
    ("STATUS", "status"),
    ("HTTPS", "https"),
    ("CERTIFICATE", "certificate_name"),
    ("CHECK", "certificate_status"),
    ("EXPIRES", "expires"),
    ("DAYS LEFT", "days_left"),
];

/// A domain and its certificate.
#[derive(Debug, Default, Serialize)]
struct DomainRow {
    domain: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    https: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identifier: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    common_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    days_left: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint_sha1: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cname: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    modified: Option<Time>,
}

/// Runs the command.
pub(super) fn run(session: &Session<'_>, group: &Group, args: &ListArgs) -> Result<Answer, Error> {
    let settings = session.settings(Cloud::Alibaba, Place::default())?;
    if session.globals.dry_run {
        let first = Cursor::default();
        let requests = vec![
            plan_on(
                group.service,
                &settings,
                &args.domains_call(&first),
                Vec::new(),
            ),
            plan_on(
                group.service,
                &settings,
                &args.https_call(&first),
                Vec::new(),
            ),
        ];
        return Ok(planned_reads(group.list, requests));
    }
    session.online(group.service, &settings, async |client| {
        let domains = args.domains(client).await?;
        let https = args.https(client).await?;
        let now = client.now();
        let mut rows = joined(domains, https, now);
        rows.retain(|row| args.wants(row));
        complete(session, client, &mut rows, now).await?;
        store(session, client, &mut rows).await?;
        if let Some(within) = args.expiring {
            rows.retain(DomainRow::is_on);
            expiring::keep(&mut rows, within, now, |row| row.expires);
        }
        Ok(Answer::list(group.list, COLUMNS, rows))
    })
}

impl ListArgs {
    /// The text that is looked for, as CDN spells it.
    fn name_part(&self) -> Option<&str> {
        self.domain.as_deref().map(wire_name)
    }

    fn domains_call(&self, cursor: &Cursor) -> DescribeUserDomains<'_> {
        DescribeUserDomains {
            page_number: cursor.number,
            page_size: self.page.size(USER_DOMAINS_PAGE_LIMIT),
            name_part: self.name_part(),
            // Several are picked out here: the call takes one.
            domain_status: match self.status.as_slice() {
                [status] => Some(status.as_str()),
                _ => None,
            },
        }
    }

    fn https_call(&self, cursor: &Cursor) -> DescribeCdnHttpsDomainList {
        DescribeCdnHttpsDomainList {
            page_number: cursor.number,
            page_size: self.page.size(USER_DOMAINS_PAGE_LIMIT),
        }
    }

    async fn domains(&self, client: &Client<'_>) -> Result<Vec<ListedDomain>, Failure> {
        let page = |cursor: &Cursor| self.domains_call(cursor);
        let name = |domain: &ListedDomain| domain.domain_name.clone();
        let size = self.page.size(USER_DOMAINS_PAGE_LIMIT);
        client.all(size, page, Page::from, name).await
    }

    /// The domains whose HTTPS is on. That there is none is said by a code.
    async fn https(&self, client: &Client<'_>) -> Result<Vec<HttpsDomain>, Failure> {
        let page = |cursor: &Cursor| self.https_call(cursor);
        // A domain may have several certificates.
        let key = |domain: &HttpsDomain| format!("{domain:?}");
        let size = self.page.size(USER_DOMAINS_PAGE_LIMIT);
        match client.all(size, page, Page::from, key).await {
            Err(failure) if failure.code.as_deref() == Some(NO_HTTPS_DOMAIN) => Ok(Vec::new()),
            other => other,
        }
    }

    /// Whether name and state are among those asked for. A domain that is in one list only has no
    /// state that is known.
    fn wants(&self, row: &DomainRow) -> bool {
        let named = self
            .name_part()
            .is_none_or(|part| wire_name(&row.domain).contains(&part.to_ascii_lowercase()));
        let is = |status: &DomainStatus| row.status.as_deref() == Some(status.as_str());
        named && (self.status.is_empty() || self.status.iter().any(is))
    }
}

impl DomainRow {
    fn is_on(&self) -> bool {
        self.https.as_deref() == Some("on")
    }

    fn listed(domain: ListedDomain) -> Self {
        DomainRow {
            domain: usual_name(&domain.domain_name),
            status: word(&domain.domain_status),
            https: word(&domain.ssl_protocol),
            cname: text(domain.cname),
            kind: word(&domain.cdn_type),
            coverage: word(&domain.coverage),
            created: domain.gmt_created,
            modified: domain.gmt_modified,
            ..DomainRow::default()
        }
    }

    /// Of several certificates of a domain the one that ends first counts.
    fn serve(&mut self, https: HttpsDomain, now: DateTime<Utc>) {
        let later = |earlier: Time| https.cert_expire_time.is_none_or(|end| end >= earlier);
        if self.expires.is_some_and(later) {
            return;
        }
        self.https.get_or_insert_with(|| "on".into());
        self.certificate_name = text(https.cert_name);
        self.certificate_type = word(&https.cert_type);
        self.certificate_status = word(&https.cert_status);
        self.common_name = text(https.cert_common_name);
        self.updated = https.cert_update_time;
        self.ends(https.cert_expire_time, now);
    }

    fn is_stored(&mut self, certificate: String, region: &str) {
        self.certificate = text(certificate).filter(|id| id != "0");
        let id = self.certificate.as_deref().filter(|_| !region.is_empty());
        self.identifier = id.map(|id| cas::id(id, region).identifier_or_id());
    }

    fn ends(&mut self, expires: Option<Time>, now: DateTime<Utc>) {
        self.expires = expires;
        self.days_left = expires.map(|expires| expires.days_left(now));
    }
}

/// One row for each domain of either list, in the order of the first one. A domain may be in one of
/// them only: it has just been added, or its HTTPS has just been changed.
fn joined(
    domains: Vec<ListedDomain>,
    https: Vec<HttpsDomain>,
    now: DateTime<Utc>,
) -> Vec<DomainRow> {
    let mut rows: Vec<DomainRow> = Vec::with_capacity(domains.len());
    let mut places: HashMap<String, usize> = HashMap::with_capacity(domains.len());
    for domain in domains {
        let row = DomainRow::listed(domain);
        places.insert(row.domain.clone(), rows.len());
        rows.push(row);
    }
    for served in https {
        let domain = usual_name(&served.domain_name);
        let place = *places.entry(domain.clone()).or_insert_with(|| {
            rows.push(DomainRow {
                domain,
                ..DomainRow::default()
            });
            rows.len() - 1
        });
        rows[place].serve(served, now);
    }
    rows
}

/// Reads the certificates that are served and of which the list does not say when they end.
async fn complete(
    session: &Session<'_>,
    client: &Client<'_>,
    rows: &mut [DomainRow],
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let unknown = |target: &usize| rows[*target].is_on() && rows[*target].expires.is_none();
    let targets: Vec<usize> = (0..rows.len()).filter(unknown).collect();
    let read = async |target: usize| certificates(client, wire_name(&rows[target].domain)).await;
    for (target, infos) in read_each(&targets, read).await {
        let row = &mut rows[target];
        let why = match infos {
            Err(failure) if ends_run(&failure) => return Err(failure),
            Err(failure) => failure.message,
            Ok(infos) => {
                if let Some(info) = infos.into_iter().find(CertInfo::is_on) {
                    row.ends(info.cert_expire_time, now);
                    if let Some((facts, _)) = leaf_of(&info.server_certificate) {
                        row.fingerprint = Some(facts.fingerprint);
                        row.fingerprint_sha1 = Some(facts.fingerprint_sha1);
                    }
                    row.is_stored(info.cert_id, &info.cert_region);
                    row.certificate_name = row.certificate_name.take().or(text(info.cert_name));
                }
                if row.expires.is_some() {
                    continue;
                }
                "the cloud does not say".into()
            }
        };
        session.ui.warn(&format!(
            "{}: HTTPS is on, and when its certificate ends is not known: {why}",
            row.domain
        ));
    }
    Ok(())
}

/// Finds the certificates of the domains in the store, which the list calls by their names only:
/// one list of the store, whatever the number of domains. A key that may not read it has no ids.
async fn store(
    session: &Session<'_>,
    client: &Client<'_>,
    rows: &mut [DomainRow],
) -> Result<(), Error> {
    let wanting = |row: &DomainRow| row.certificate.is_none() && row.certificate_name.is_some();
    if !rows.iter().any(wanting) {
        return Ok(());
    }
    let stored = match stored(client, &Search::default()).await {
        Ok(stored) => stored,
        Err(failure) if matches!(failure.kind, Kind::Interrupted | Kind::Deadline) => {
            return Err(failure.into());
        }
        Err(failure) => {
            session.ui.note(&format!(
                "the certificates' ids are left out: the store could not be read: {}",
                failure.message
            ));
            return Ok(());
        }
    };
    let mut by_name: HashMap<&str, Vec<&StoreCertificate>> = HashMap::new();
    for one in &stored {
        by_name.entry(&one.cert_name).or_default().push(one);
    }
    for row in rows.iter_mut().filter(|row| wanting(row)) {
        let name = row.certificate_name.as_deref().unwrap_or_default();
        // A name is unique in its region's store only.
        let Some([one]) = by_name.get(name).map(Vec::as_slice) else {
            continue;
        };
        let differs = |name: &String| *name != one.common && !one.common.is_empty();
        if row.common_name.as_ref().is_some_and(differs) {
            continue;
        }
        row.is_stored(one.cert_id.clone(), &one.cert_region);
        let certificate = Certificate::default().with_hashes(&[&one.fingerprint]);
        (row.fingerprint, row.fingerprint_sha1) = (certificate.sha256, certificate.sha1);
    }
    Ok(())
}

/// A text that says something.
pub(super) fn text(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// One of the vendor's words, in lower case.
pub(super) fn word(word: &str) -> Option<String> {
    text(word.to_ascii_lowercase())
}
