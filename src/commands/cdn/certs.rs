//! `certctl cdn certs`: the certificate store as CDN sees it.

use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::Group;
use super::list::identifier;
use crate::cert::Certificate;
use crate::cloud::Cloud;
use crate::commands::args::{PageArgs, duration, non_empty};
use crate::commands::{Place, Session, expiring, planned_reads};
use crate::domain::Domain;
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Column};
use crate::products::cas;
use crate::products::cdn::{store, wire};
use crate::providers::alibaba::cdn::{
    DescribeCdnSSLCertificateList, STORE_PAGE_LIMIT, StoreCertificate,
};
use crate::providers::time::Time;
use crate::transport::{Client, plan_on, read_each};

/// List the certificates that are available for domains
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl cdn certs
  certctl cdn certs --domain www.example.com
  certctl cdn certs --search cas --details -o json")]
pub struct CertsArgs {
    /// Show only certificates that match this domain
    #[arg(long, value_name = "DOMAIN", value_parser = Domain::parse)]
    domain: Option<Domain>,
    /// Show only names that contain this text
    #[arg(long, value_name = "TEXT", value_parser = non_empty)]
    search: Option<String>,
    /// Show only certificates that expire within DURATION, have expired, or have no known expiry
    /// date (implies --details)
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    expiring: Option<Duration>,
    /// Also show names, expiry date and SHA-256 of each certificate (one call per certificate)
    #[arg(long)]
    details: bool,
    #[command(flatten)]
    page: PageArgs,
}

const COLUMNS: &[Column] = &[
    ("CERTIFICATE", "certificate"),
    ("NAME", "name"),
    ("REGION", "region"),
    ("COMMON NAME", "common_name"),
    ("ISSUER", "issuer"),
    ("LAST TIME", "last_time"),
];

const DETAIL_COLUMNS: &[Column] = &[
    ("CERTIFICATE", "certificate"),
    ("NAME", "name"),
    ("REGION", "region"),
    ("NAMES", "names"),
    ("ISSUER", "issuer"),
    ("EXPIRES", "expires"),
    ("DAYS LEFT", "days_left"),
];

/// A certificate of the store.
#[derive(Debug, Serialize)]
struct CertificateRow {
    certificate: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    identifier: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    region: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    common_name: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    names: Vec<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    issuer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    days_left: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint_sha1: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_time: Option<Time>,
}

impl From<StoreCertificate> for CertificateRow {
    fn from(stored: StoreCertificate) -> Self {
        let hashes = Certificate::default().with_hashes(&[&stored.fingerprint]);
        CertificateRow {
            identifier: identifier(&store::id_of(&stored)),
            certificate: stored.cert_id,
            name: stored.cert_name,
            region: stored.cert_region,
            common_name: stored.common,
            names: Vec::new(),
            issuer: stored.issuer,
            expires: None,
            days_left: None,
            fingerprint: hashes.sha256,
            fingerprint_sha1: hashes.sha1,
            last_time: stored.last_time,
        }
    }
}

/// Runs the command.
pub(super) fn run(session: &Session<'_>, group: &Group, args: &CertsArgs) -> Result<Answer, Error> {
    let settings = session.settings(Cloud::Alibaba, Place::default())?;
    let search = args.search();
    if session.globals.sends_nothing() {
        let requests = vec![plan_on(group.service, &settings, &search, Vec::new())];
        return Ok(planned_reads(group.certs, requests));
    }
    session.online(group.service, &settings, async |client| {
        let listed = store::list(client, &search).await?.into_iter();
        let mut rows: Vec<CertificateRow> = listed.map(CertificateRow::from).collect();
        if args.details || args.expiring.is_some() {
            examine(session, client, &mut rows).await?;
            let name = |row: &CertificateRow| row.certificate.clone();
            let now = client.now();
            expiring::keep_and_name(
                session,
                &mut rows,
                args.expiring,
                now,
                |row| row.expires,
                name,
            );
            return Ok(Answer::list(group.certs, DETAIL_COLUMNS, rows));
        }
        Ok(Answer::list(group.certs, COLUMNS, rows))
    })
}

impl CertsArgs {
    fn search(&self) -> DescribeCdnSSLCertificateList<'_> {
        let domain = self.domain.as_ref();
        DescribeCdnSSLCertificateList {
            page_size: self.page.size(STORE_PAGE_LIMIT),
            domain_name: domain.map(wire),
            search_keyword: self.search.as_deref(),
            ..store::ALL
        }
    }
}

/// Reads each certificate itself.
async fn examine(
    session: &Session<'_>,
    client: &Client<'_>,
    rows: &mut [CertificateRow],
) -> Result<(), Error> {
    let targets: Vec<usize> = (0..rows.len()).collect();
    let read = async |target: usize| {
        let row = &rows[target];
        let id = cas::id(&row.certificate, &row.region);
        Ok(store::detail(client, &id, &row.name).await?.reply.cert)
    };
    let now = client.now();
    for (target, pem) in read_each(&targets, read).await {
        let row = &mut rows[target];
        let unread = |why: &str| format!("could not read certificate {}: {why}", row.certificate);
        let pem = match pem {
            Ok(pem) => pem,
            // A twin has a name for each of its certificates, and reads those of one site by it.
            Err(failure) if failure.kind == Kind::NotFound => {
                session.ui.warn(&unread(&failure.message));
                continue;
            }
            Err(failure) => {
                let error = Error::from(failure);
                let message = unread(&error.message);
                return Err(Error { message, ..error });
            }
        };
        let Some(read) = Certificate::in_text(&pem) else {
            session.ui.warn(&format!(
                "certificate {}: the cloud has no valid certificate under this number",
                row.certificate
            ));
            continue;
        };
        row.expires = read.expires.map(Time);
        row.days_left = row.expires.map(|expires| expires.days_left(now));
        row.fingerprint = read.sha256;
        row.fingerprint_sha1 = read.sha1;
        row.names = read.names;
    }
    Ok(())
}
