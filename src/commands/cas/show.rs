//! `certctl cas show`: a certificate of the store and what uses it.

use chrono::{DateTime, Utc};
use clap::Args;
use serde::Serialize;

use super::store::{self, SiteArgs, number, of_site, uses};
use crate::commands::args::non_empty;
use crate::commands::{Session, planned_reads};
use crate::error::Error;
use crate::output::Answer;
use crate::products::{StoreId, cas};
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
    id: StoreId,
    #[command(flatten)]
    site: SiteArgs,
}

const COMMAND: &str = "cas show";

fn id(text: &str) -> Result<StoreId, String> {
    let text = non_empty(text)?;
    store::id(&text).map_err(|reason| format!("it {reason}"))
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
    let id = of_site(&args.id, site)?;
    let number = number(&id);
    let call = GetUserCertificateDetail { cert_id: &id.id };
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
        let row = row(detail, site, used_by, client.now());
        Ok(Answer::show(COMMAND, vec![row]))
    })
}

fn row(
    detail: CertificateDetail,
    site: &'static str,
    used_by: Option<Vec<Use>>,
    now: DateTime<Utc>,
) -> Row {
    let known = cas::of_detail(&detail, site);
    let certificate = known.certificate;
    let (starts, expires) = (detail.starts(), detail.ends());
    Row {
        identifier: known.id.identifier_or_id(),
        certificate: detail.id,
        region: site,
        name: detail.name,
        names: certificate.names,
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
        days_left: expires.map(|end| end.days_left(now)),
        algorithm: detail.algorithm,
        fingerprint: certificate.sha256,
        fingerprint_sha1: certificate.sha1,
        serial: certificate.serial.unwrap_or_default(),
        used_by,
    }
}
