//! `certctl cas show`: a certificate of the store and what uses it.

use chrono::Utc;
use clap::Args;
use serde::Serialize;

use super::store::{CertificateId, Fingerprints, SiteArgs, identifier, names, serial, uses};
use crate::commands::args::non_empty;
use crate::commands::{Session, planned_reads};
use crate::error::Error;
use crate::output::Answer;
use crate::providers::alibaba::cas::{
    CAS, CertificateDetail, GetUserCertificateDetail, ListCloudResources, Resource,
};
use crate::providers::page::Cursor;
use crate::providers::time::Time;
use crate::transport::plan;

/// Show a certificate and what uses it
///
/// Its private key is never read.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl cas show 1234567
  certctl cas show 1234567-cn-hangzhou --query 'results[0].used_by'")]
pub struct ShowArgs {
    /// Certificate: its number, or its identifier
    #[arg(value_name = "ID", value_parser = id, allow_negative_numbers = true)]
    id: CertificateId,
    #[command(flatten)]
    site: SiteArgs,
}

const COMMAND: &str = "cas show";

fn id(text: &str) -> Result<CertificateId, String> {
    let text = non_empty(text)?;
    CertificateId::parse(&text).map_err(|reason| format!("it {reason}"))
}

#[derive(Serialize)]
struct Row {
    certificate: String,
    identifier: String,
    region: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    names: Vec<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    issuer: String,
    source: &'static str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    starts: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    days_left: Option<i64>,
    #[serde(skip_serializing_if = "String::is_empty")]
    algorithm: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint_sha1: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    serial: String,
    /// Left out where it cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    used_by: Option<Vec<Use>>,
}

#[derive(Serialize)]
struct Use {
    #[serde(skip_serializing_if = "String::is_empty")]
    cloud: String,
    product: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    region: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    instance: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    listener: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    domain: String,
}

impl From<Resource> for Use {
    fn from(resource: Resource) -> Self {
        Use {
            cloud: resource.cloud_name,
            product: resource.cloud_product,
            region: resource.region_id,
            instance: resource.instance_id,
            listener: resource.listener_id,
            domain: resource.domain,
        }
    }
}

/// Runs the command.
pub fn run(session: &Session<'_>, args: &ShowArgs) -> Result<Answer, Error> {
    let (settings, site) = args.site.settle(session)?;
    let number = args.id.of_site(site)?;
    let call = GetUserCertificateDetail { cert_id: number };
    if session.globals.dry_run {
        let targets = || vec![number.to_string()];
        let numbers = [number];
        let uses = ListCloudResources::page(&numbers, &Cursor::default());
        let requests = vec![
            plan(&settings, &call, targets()),
            plan(&settings, &uses, targets()),
        ];
        return Ok(planned_reads(COMMAND, requests));
    }
    session.online(&CAS, &settings, async |client| {
        let detail = client.call(&call).await?.reply;
        let used_by = match uses(client, &[number]).await {
            Ok(resources) => Some(resources.into_iter().map(Use::from).collect()),
            // The certificate is what was asked for; not every key may look into other products.
            Err(failure) => {
                let warning = format!("what uses {number} cannot be read: {}", failure.message);
                session.ui.warn(&warning);
                None
            }
        };
        Ok(Answer::show(COMMAND, vec![row(detail, site, used_by)]))
    })
}

fn row(detail: CertificateDetail, site: &'static str, used_by: Option<Vec<Use>>) -> Row {
    let hashes = [&detail.fingerprint, &detail.sha2, &detail.cert_sha2].map(String::as_str);
    let prints = Fingerprints::read(&hashes);
    let (starts, expires) = (detail.starts(), detail.ends());
    Row {
        identifier: match detail.cert_identifier.is_empty() {
            true => identifier(&detail.id, site),
            false => detail.cert_identifier,
        },
        certificate: detail.id,
        region: site,
        name: detail.name,
        names: names(&detail.sans, &detail.common),
        issuer: detail.issuer,
        source: match detail.buy_in_aliyun {
            true => "bought",
            false => "upload",
        },
        status: match detail.expired {
            true => "expired",
            false => "valid",
        },
        starts,
        expires,
        days_left: expires.map(|end| end.days_left(Utc::now())),
        algorithm: detail.algorithm,
        fingerprint: prints.sha256,
        fingerprint_sha1: prints.sha1,
        serial: serial(&detail.serial_no),
        used_by,
    }
}
