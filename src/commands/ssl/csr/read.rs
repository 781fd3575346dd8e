//! `certctl ssl csr list` and `certctl ssl csr show`.

use clap::Args;
use serde::Serialize;

use super::CsrId;
use super::form::key_type;
use crate::commands::args::{PageArgs, non_empty};
use crate::commands::ssl::SiteArgs;
use crate::commands::targets::Target;
use crate::commands::{Session, planned_reads};
use crate::error::Error;
use crate::output::{Answer, Column};
use crate::providers::page::Cursor;
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::csr::{CSR_PAGE, Csr, CsrPage, DescribeCSR, DescribeCSRSet};
use crate::providers::time::Time;
use crate::transport::plan;

const LIST: &str = "ssl csr list";
const SHOW: &str = "ssl csr show";

/// List the CSRs
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ssl csr list
  certctl ssl csr list --domain host101.example.com --key-type ecc -o json")]
pub struct ListArgs {
    /// Show only CSRs whose domain contains this text
    #[arg(long, value_name = "TEXT", value_parser = non_empty)]
    domain: Option<String>,
    /// Show only CSRs with this kind of key: rsa or ecc
    #[arg(long, value_name = "TYPE", value_parser = ["rsa", "ecc"])]
    key_type: Option<String>,
    #[command(flatten)]
    page: PageArgs,
    #[command(flatten)]
    site: SiteArgs,
}

const COLUMNS: &[Column] = &[
    ("CSR", "csr"),
    ("DOMAIN", "domain"),
    ("ORGANIZATION", "organization"),
    ("KEY TYPE", "key_type"),
    ("STATUS", "status"),
    ("CREATED", "created"),
    ("REMARK", "remark"),
];

/// A CSR as it is shown.
#[derive(Debug, Serialize)]
struct Shown {
    #[serde(skip_serializing_if = "Option::is_none")]
    csr: Option<i64>,
    domain: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    names: Vec<String>,
    organization: String,
    department: String,
    email: String,
    province: String,
    city: String,
    country: String,
    key_type: String,
    remark: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<Time>,
}

impl From<Csr> for Shown {
    fn from(csr: Csr) -> Self {
        Shown {
            csr: csr.id,
            domain: csr.domain,
            names: csr.subject_alt_name,
            organization: csr.organization,
            department: csr.department,
            email: csr.email,
            province: csr.province,
            city: csr.city,
            country: csr.country,
            key_type: key_type(&csr.encrypt_algo, &csr.key_parameter),
            remark: csr.remarks,
            status: csr.status,
            created: csr.create_time,
        }
    }
}

/// Runs `ssl csr list`.
pub fn list(session: &Session<'_>, args: &ListArgs) -> Result<Answer, Error> {
    let settings = args.site.settings(session)?;
    let algorithm = args.key_type.as_deref().map(str::to_uppercase);
    let limit = args.page.size(CSR_PAGE);
    let call = |cursor: &Cursor| DescribeCSRSet {
        offset: cursor.offset,
        limit,
        domain: args.domain.as_deref(),
        algorithm: algorithm.as_deref(),
    };
    if session.globals.sends_nothing() {
        let first = plan(&settings, &call(&Cursor::default()), Vec::new());
        return Ok(planned_reads(LIST, vec![first]));
    }
    session.online(&SSL, &settings, async |client| {
        let csrs = client.all(limit, call, CsrPage::into, Csr::key).await?;
        let rows: Vec<Shown> = csrs.into_iter().map(Shown::from).collect();
        Ok(Answer::list(LIST, COLUMNS, rows))
    })
}

/// Show a CSR
///
/// Its private key is never shown: see `certctl ssl csr download --key`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ssl csr show 22
  certctl ssl csr show 22 --query 'results[0].request'")]
pub struct ShowArgs {
    #[command(flatten)]
    csr: Target<CsrId>,
    #[command(flatten)]
    site: SiteArgs,
}

/// A CSR with its text.
#[derive(Debug, Serialize)]
struct Detail {
    #[serde(flatten)]
    shown: Shown,
    generated: bool,
    private_key: bool,
    key_password: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    request: String,
}

/// Runs `ssl csr show`.
pub fn show(session: &Session<'_>, args: &ShowArgs) -> Result<Answer, Error> {
    let settings = args.site.settings(session)?;
    let csr_id = *args.csr.one();
    let call = DescribeCSR { csr_id };
    if session.globals.sends_nothing() {
        let targets = vec![csr_id.to_string()];
        return Ok(planned_reads(SHOW, vec![plan(&settings, &call, targets)]));
    }
    session.online(&SSL, &settings, async |client| {
        let csr = client.call(&call).await?.reply.0;
        let row = Detail {
            generated: !csr.request.is_empty(),
            private_key: csr.has_private_key,
            key_password: csr.has_password,
            request: only_request(&csr.request),
            shown: Shown::from(csr),
        };
        Ok(Answer::show(SHOW, vec![row]))
    })
}

/// The request's own block, whatever else came with it, in lines as on Unix.
fn only_request(pem: &str) -> String {
    const LABELS: [&str; 2] = ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"];
    let block = LABELS.iter().find_map(|label| {
        let end = format!("-----END {label}-----");
        let from = pem.find(&format!("-----BEGIN {label}-----"))?;
        let until = from + pem[from..].find(&end)? + end.len();
        Some(pem[from..until].replace("\r\n", "\n") + "\n")
    });
    block.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_beside_the_request_is_left_out() {
        let request = "-----BEGIN CERTIFICATE REQUEST-----\r\nMIIB\r\n\
                       -----END CERTIFICATE REQUEST-----\r\n";
        let both = format!(
            "-----BEGIN PRIVATE KEY-----\r\nMIIE\r\n-----END PRIVATE KEY-----\r\n{request}"
        );
        let expected = request.replace("\r\n", "\n");
        assert_eq!(only_request(&both), expected);
        assert_eq!(only_request(request), expected);
        assert_eq!(only_request("-----BEGIN PRIVATE KEY-----\nMIIE\n"), "");
    }
}
