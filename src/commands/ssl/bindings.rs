//! `certctl ssl bindings`: what certificates are bound to.

use clap::Args;
use serde::Serialize;

use super::deploy::named_type;
use super::{SiteArgs, certificate_id};
use crate::commands::args::PageArgs;
use crate::commands::targets::{Certificates, Targets};
use crate::commands::{Session, planned_reads};
use crate::error::Error;
use crate::output::{Answer, Column};
use crate::products::ssl::read::{Bound, Search};
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::bindings::{
    BINDING_LIMIT, BINDING_PAGE, CreateCertificateBindResourceSyncTask,
};
use crate::providers::tencent::ssl::resource::ResourceType;
use crate::transport::plan;

/// List the resources that certificates are bound to
#[derive(Debug, Args)]
#[command(
    after_help = "The cloud searches for them in the background, which takes some time.

Examples:
  certctl ssl bindings example1
  certctl ssl bindings example1 example2 --types clb,cdn -o json"
)]
pub struct BindingsArgs {
    #[command(flatten)]
    certificates: Targets<Certificates>,
    /// Search only these products, such as cdn,clb
    #[arg(long, value_name = "TYPE,…", value_delimiter = ',', value_parser = bindable)]
    types: Vec<ResourceType>,
    /// Use a result of the last 30 minutes, if the cloud has one
    #[arg(long)]
    cached: bool,
    #[command(flatten)]
    page: PageArgs,
    #[command(flatten)]
    site: SiteArgs,
}

const COMMAND: &str = "ssl bindings";

const COLUMNS: &[Column] = &[
    ("CERTIFICATE", "certificate"),
    ("RESOURCE TYPE", "resource_type"),
    ("REGION", "region"),
    ("INSTANCE", "instance"),
    ("DOMAINS", "domains"),
];

/// A binding, as scripts read it.
#[derive(Debug, Serialize)]
struct Row {
    certificate: String,
    resource_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    instance: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    load_balancer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    listener: Option<String>,
    domains: Vec<String>,
}

impl From<Bound> for Row {
    fn from(binding: Bound) -> Self {
        Row {
            certificate: binding.certificate,
            resource_type: binding.of.as_str(),
            region: binding.region,
            instance: binding.place.id,
            load_balancer: binding.place.load_balancer,
            listener: binding.place.listener,
            domains: binding.place.domains,
        }
    }
}

fn bindable(text: &str) -> Result<ResourceType, String> {
    named_type(text, ResourceType::takes_updates)
}

/// Runs the command.
pub fn run(session: &Session<'_>, args: &BindingsArgs) -> Result<Answer, Error> {
    let certificates = args.certificates.distinct(certificate_id, String::clone)?;
    if certificates.is_empty() {
        return Ok(Answer::no_rows(COMMAND, COLUMNS));
    }
    let settings = args.site.settings(session)?;
    if session.globals.sends_nothing() {
        let lookups = certificates.chunks(BINDING_LIMIT).map(|certificate_ids| {
            let call = CreateCertificateBindResourceSyncTask {
                certificate_ids,
                cached: args.cached,
            };
            plan(&settings, &call, certificate_ids.to_vec())
        });
        return Ok(planned_reads(COMMAND, lookups.collect()));
    }
    session.online(&SSL, &settings, async |client| {
        let search = Search {
            cached: args.cached,
            page: args.page.size(BINDING_PAGE as u32) as usize,
            ..Search::new(client, &args.types)
        };
        let bindings = search.bindings(&certificates).await?;
        let rows: Vec<Row> = bindings.into_iter().map(Row::from).collect();
        Ok(Answer::list(COMMAND, COLUMNS, rows))
    })
}
