//! `certctl cdn list`: the account's domains, joined with what they serve over HTTPS.

use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::Group;
use crate::cloud::Cloud;
use crate::commands::args::{PageArgs, duration, non_empty};
use crate::commands::{Place, Session, expiring, planned_reads};
use crate::error::Error;
use crate::output::{Answer, Column};
use crate::products::StoreId;
use crate::products::cdn::read::{self, Listed};
use crate::providers::alibaba::cdn::{
    DescribeCdnHttpsDomainList, DescribeUserDomains, HttpsDomain, ListedDomain,
    USER_DOMAINS_PAGE_LIMIT, wire_name,
};
use crate::providers::time::Time;
use crate::transport::plan_on;

/// List the domains with their HTTPS state and certificate
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl cdn list
  certctl cdn list --expiring 30d
  certctl cdn list --status online --domain example.com -o csv
  certctl cdn list --query \"results[?https=='off'].domain\"")]
pub struct ListArgs {
    /// Show only domains whose certificate expires within DURATION (30d, 12h), has expired, or has
    /// no known expiry date
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    expiring: Option<Duration>,
    /// Show only domains with these states
    #[arg(long, value_name = "STATUS,…", value_enum, value_delimiter = ',')]
    status: Vec<DomainStatus>,
    /// Show only names that contain this text
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
    ("CERTIFICATE NAME", "certificate_name"),
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
    let asked = args.asked();
    if session.globals.sends_nothing() {
        let https = DescribeCdnHttpsDomainList {
            page_number: asked.page_number,
            page_size: asked.page_size,
        };
        let requests = vec![
            plan_on(group.service, &settings, &asked, Vec::new()),
            plan_on(group.service, &settings, &https, Vec::new()),
        ];
        return Ok(planned_reads(group.list, requests));
    }
    session.online(group.service, &settings, async |client| {
        let listed = read::list(client, &asked, |one| args.wants(one)).await?;
        let now = client.now();
        let mut rows: Vec<DomainRow> = listed
            .into_iter()
            .map(|one| DomainRow::new(one, now))
            .collect();
        if let Some(within) = args.expiring {
            rows.retain(|row| row.https.as_deref() == Some("on"));
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

    fn asked(&self) -> DescribeUserDomains<'_> {
        DescribeUserDomains {
            page_size: self.page.size(USER_DOMAINS_PAGE_LIMIT),
            name_part: self.name_part(),
            // Several are picked out here: the call takes one.
            domain_status: match self.status.as_slice() {
                [status] => Some(status.as_str()),
                _ => None,
            },
            ..read::ALL
        }
    }

    /// Whether name and state are among those asked for. A domain that is in one list only has no
    /// state that is known.
    fn wants(&self, one: &Listed) -> bool {
        let named = self
            .name_part()
            .is_none_or(|part| wire_name(&one.name).contains(&part.to_ascii_lowercase()));
        let state = one.domain.as_ref().map(|domain| &domain.domain_status);
        let is = |status: &DomainStatus| {
            state.is_some_and(|state| state.eq_ignore_ascii_case(status.as_str()))
        };
        named && (self.status.is_empty() || self.status.iter().any(is))
    }
}

impl DomainRow {
    fn new(one: Listed, now: DateTime<Utc>) -> Self {
        let https = one.switch();
        let expires = one.certificate.expires.map(Time);
        let row = DomainRow {
            domain: one.name,
            https,
            identifier: one.id.as_ref().and_then(identifier),
            certificate: one.id.map(|id| id.id),
            certificate_name: text(one.cert_name),
            expires,
            days_left: expires.map(|expires| expires.days_left(now)),
            fingerprint: one.certificate.sha256,
            fingerprint_sha1: one.certificate.sha1,
            ..DomainRow::default()
        };
        row.served(one.https).listed(one.domain)
    }

    fn served(self, https: Option<HttpsDomain>) -> Self {
        let Some(https) = https else { return self };
        DomainRow {
            certificate_type: word(&https.cert_type),
            certificate_status: word(&https.cert_status),
            common_name: text(https.cert_common_name),
            updated: https.cert_update_time,
            ..self
        }
    }

    fn listed(self, domain: Option<ListedDomain>) -> Self {
        let Some(domain) = domain else { return self };
        DomainRow {
            status: word(&domain.domain_status),
            cname: text(domain.cname),
            kind: word(&domain.cdn_type),
            coverage: word(&domain.coverage),
            created: domain.gmt_created,
            modified: domain.gmt_modified,
            ..self
        }
    }
}

/// What other products call a certificate of the store, where its site is known.
pub(super) fn identifier(id: &StoreId) -> Option<String> {
    id.region.as_ref().map(|_| id.identifier_or_id())
}

/// A text that says something.
pub(super) fn text(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// One of the vendor's words, in lower case.
pub(super) fn word(word: &str) -> Option<String> {
    text(word.to_ascii_lowercase())
}
