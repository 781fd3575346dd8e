//! `certctl ssl list` and `certctl ssl show`.

use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::Args;
use serde::Serialize;

use super::{CertificateId, SiteArgs};
use crate::cert::{Content, Facts, Input, inspect};
use crate::commands::args::{PageArgs, duration, non_empty};
use crate::commands::targets::Target;
use crate::commands::{Session, expiring, planned_reads};
use crate::error::Error;
use crate::output::{Answer, Column};
use crate::products::ssl::known;
use crate::providers::page::Cursor;
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::certificates::{
    CERTIFICATE_PAGE, Certificate, CertificatePage, CertificateType, DescribeCertificateDetail,
    DescribeCertificates, STATUSES, status_word,
};
use crate::providers::time::Time;
use crate::transport::plan;

const LIST: &str = "ssl list";
const SHOW: &str = "ssl show";

/// List the certificates of the store
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ssl list
  certctl ssl list --expiring 30d --status issued
  certctl ssl list --search example.com --source upload --columns certificate,expires")]
pub struct ListArgs {
    /// Show only certificates whose id, alias or domain contains this text
    #[arg(long, value_name = "TEXT", value_parser = non_empty)]
    search: Option<String>,
    /// Show only certificates that expire within DURATION, have expired, or have no known expiry
    /// date
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    expiring: Option<Duration>,
    /// Show only certificates with these statuses, such as issued,expired
    #[arg(long, value_name = "STATUS,…", value_delimiter = ',', value_parser = status)]
    status: Vec<i64>,
    /// Show only uploaded or only bought certificates: upload or buy
    #[arg(long, value_name = "SOURCE", value_parser = ["upload", "buy"])]
    source: Option<String>,
    /// Show only server certificates or only CA certificates: svr or ca
    #[arg(long = "type", value_name = "TYPE", value_parser = ["svr", "ca"])]
    kind: Option<String>,
    /// Show only certificates of this project
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    project: Option<u32>,
    #[command(flatten)]
    page: PageArgs,
    #[command(flatten)]
    site: SiteArgs,
}

fn status(word: &str) -> Result<i64, String> {
    let known = STATUSES.iter().find(|(_, known)| *known == word);
    known.map(|(number, _)| *number).ok_or_else(|| {
        let words = STATUSES.map(|(_, word)| word);
        format!("use one of {}", words.join(", "))
    })
}

const COLUMNS: &[Column] = &[
    ("CERTIFICATE", "certificate"),
    ("ALIAS", "alias"),
    ("DOMAIN", "domain"),
    ("NAMES", "names"),
    ("STATUS", "status"),
    ("EXPIRES", "expires"),
    ("DAYS LEFT", "days_left"),
];

/// A certificate as it is shown.
#[derive(Debug, Serialize)]
struct Shown {
    certificate: String,
    alias: String,
    domain: String,
    names: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    starts: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    days_left: Option<i64>,
    #[serde(rename = "type", skip_serializing_if = "String::is_empty")]
    kind: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    source: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    project: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    deployable: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<Time>,
}

impl Shown {
    fn of(certificate: Certificate, now: DateTime<Utc>) -> Self {
        let known = known(&certificate);
        let expires = known.expires.map(Time);
        Shown {
            names: known.names,
            certificate: certificate.certificate_id,
            alias: certificate.alias,
            domain: certificate.domain,
            status: certificate.status.map(status_word),
            starts: known.starts.map(Time),
            expires,
            days_left: expires.map(|end| end.days_left(now)),
            kind: certificate.certificate_type.to_lowercase(),
            source: certificate.from,
            project: certificate.project_id,
            deployable: certificate.deployable,
            created: certificate.insert_time,
        }
    }
}

/// Runs `ssl list`.
pub fn list(session: &Session<'_>, args: &ListArgs) -> Result<Answer, Error> {
    let settings = args.site.settings(session)?;
    let kind = args.kind.as_deref().map(|kind| match kind {
        "ca" => CertificateType::Ca,
        _ => CertificateType::Svr,
    });
    let limit = args.page.size(CERTIFICATE_PAGE);
    let call = |cursor: &Cursor| DescribeCertificates {
        offset: cursor.offset,
        limit,
        search: args.search.as_deref(),
        kind,
        statuses: &args.status,
        source: args.source.as_deref(),
        project: args.project,
    };
    if session.globals.sends_nothing() {
        let first = plan(&settings, &call(&Cursor::default()), Vec::new());
        return Ok(planned_reads(LIST, vec![first]));
    }
    session.online(&SSL, &settings, async |client| {
        let certificates = client
            .all(limit, call, CertificatePage::into, |one: &Certificate| {
                one.certificate_id.clone()
            })
            .await?;
        let now = client.now();
        let certificates = certificates.into_iter();
        let mut rows: Vec<Shown> = certificates.map(|one| Shown::of(one, now)).collect();
        // The cloud's own filter knows 30 days and nothing else.
        let name = |row: &Shown| row.certificate.clone();
        expiring::keep_and_name(
            session,
            &mut rows,
            args.expiring,
            now,
            |row| row.expires,
            name,
        );
        Ok(Answer::list(LIST, COLUMNS, rows))
    })
}

/// Show a certificate
///
/// Its private key is never shown: see `certctl ssl download`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ssl show example1
  certctl ssl show example1 --query 'results[0].fingerprint'")]
pub struct ShowArgs {
    #[command(flatten)]
    certificate: Target<CertificateId>,
    #[command(flatten)]
    site: SiteArgs,
}

/// A certificate with what it says of itself.
#[derive(Debug, Serialize)]
struct Detail {
    #[serde(flatten)]
    shown: Shown,
    #[serde(skip_serializing_if = "String::is_empty")]
    status_message: String,
    private_key: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    serial: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    algorithm: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint_sha1: Option<String>,
}

/// Runs `ssl show`.
pub fn show(session: &Session<'_>, args: &ShowArgs) -> Result<Answer, Error> {
    let settings = args.site.settings(session)?;
    let certificate = args.certificate.one();
    let call = DescribeCertificateDetail { certificate };
    if session.globals.sends_nothing() {
        let targets = vec![certificate.clone()];
        return Ok(planned_reads(SHOW, vec![plan(&settings, &call, targets)]));
    }
    session.online(&SSL, &settings, async |client| {
        let certificate = client.call(&call).await?.reply;
        let chain = certificate.certificate_public_key.clone();
        let facts = chain.and_then(|chain| leaf(&chain));
        let row = Detail {
            status_message: certificate.status_msg.clone(),
            private_key: certificate.has_private_key,
            shown: Shown::of(certificate, client.now()),
            issuer: facts.as_ref().map(|facts| facts.issuer.clone()),
            subject: facts.as_ref().map(|facts| facts.subject.clone()),
            serial: facts.as_ref().map(|facts| facts.serial.clone()),
            algorithm: facts.as_ref().map(|facts| facts.algorithm.to_string()),
            fingerprint: facts.as_ref().map(|facts| facts.fingerprint.clone()),
            fingerprint_sha1: facts.map(|facts| facts.fingerprint_sha1),
        };
        Ok(Answer::show(SHOW, vec![row]))
    })
}

/// What the first certificate of a chain says of itself.
fn leaf(chain: &str) -> Option<Facts> {
    let found = inspect(Input {
        name: "",
        bytes: chain.as_bytes(),
    });
    found.into_iter().find_map(|one| match one.content {
        Ok(Content::Certificate { facts, .. }) => Some(*facts),
        _ => None,
    })
}
