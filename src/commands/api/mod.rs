//! `certctl api`: any action of any product of the three clouds.
//!
//! Nothing is known of the action, so a call counts as a write unless `--read` says otherwise: an
//! answer that is lost is not asked for twice.

mod answer;
mod call;
mod paging;
mod params;
mod product;
mod tree;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use self::call::Planned;
use self::params::Wanted;
use self::product::{Named, host, product, version};
use super::args::id;
use super::{Place, Session};
use crate::cloud::Cloud;
use crate::config::{Given, Origin, Settings, Signature};
use crate::error::Error;
use crate::fault::Kind;
use crate::output::Answer;
use crate::providers::alibaba::get;
use crate::providers::alibaba::services::WANT_REGION_ID;
use crate::providers::{Call, Effect, Params, Service, Value, services};
use crate::sign::Method;

/// Calls a second, where nothing is documented for the action.
const RATE: u32 = 10;

/// Call any action of the three clouds
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// Call an action of an Alibaba Cloud product
    #[command(after_help = "\
Examples:
  certctl api alibaba cdn DescribeDomainCertificateInfo DomainName=a.com --read
  certctl api alibaba cdn SetCdnDomainSSLCertificate DomainName=a.com SSLProtocol=on \\
    SSLPub=@fullchain.pem SSLPri=@privkey.pem
  certctl api alibaba ga DescribeListener RegionId=cn-hangzhou \\
    'ListenerId=lsr-bp1bpn0kn908w4nbw****' --read --query State")]
    Alibaba(AlibabaArgs),
    /// Call an action of a Tencent Cloud product
    #[command(after_help = "\
Examples:
  certctl api tencent ssl DescribeCSR CSRId:=22 --read
  certctl api tencent ssl BatchDeleteCSR 'CSRIds:=[22,33]'
  certctl api tencent ssl BatchDeleteCSR CSRIds.0:=22 CSRIds.1:=33 --dry-run")]
    Tencent(TencentArgs),
    /// Call an action of UCloud
    #[command(after_help = "\
Examples:
  certctl api ucloud DescribeSSLV2 SSLId=ssl-old0001 --read
  certctl api ucloud DescribeSSLV2 Limit=10 --paginate --query 'DataSet[].SSLId'")]
    Ucloud(UcloudArgs),
}

/// What to call.
#[derive(Debug, Args)]
pub struct CallArgs {
    /// Action, spelled as in the vendor's documentation
    #[arg(value_name = "ACTION", value_parser = action)]
    action: String,
    /// Parameters: KEY=TEXT, KEY:=JSON or KEY=@FILE (@- reads standard input)
    #[arg(value_name = "KEY=VALUE")]
    params: Vec<String>,
    /// Read parameters from this file with a JSON object; - reads standard input
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
    /// Mark the action as read-only, so that a lost call is repeated
    #[arg(long)]
    read: bool,
    /// Read all pages and print one answer; PATH is the path to the items (implies --read)
    #[arg(long, value_name = "PATH", num_args = 0..=1, require_equals = true,
          default_missing_value = "", value_parser = path)]
    paginate: Option<String>,
    /// Send empty parameters too
    #[arg(long)]
    allow_empty: bool,
}

/// Where a product is, if it is not one of those known by name.
#[derive(Debug, Args)]
pub struct ServiceArgs {
    /// Host of the product, such as cdn.aliyuncs.com
    #[arg(long, value_name = "HOST", value_parser = host)]
    host: Option<String>,
    /// API version of the product, such as 2018-05-10
    #[arg(long, value_name = "VERSION", value_parser = version)]
    version: Option<String>,
}

/// Call an action of an Alibaba Cloud product
#[derive(Debug, Args)]
pub struct AlibabaArgs {
    /// Product, such as cdn, dcdn, ga, cas, slb, alb, nlb, waf, live, vod, sts
    #[arg(value_name = "SERVICE", value_parser = Named(Cloud::Alibaba), hide_possible_values = true)]
    service: String,
    #[command(flatten)]
    call: CallArgs,
    #[command(flatten)]
    at: ServiceArgs,
    /// Region, which selects the host and is sent as RegionId to regional products
    #[arg(long, value_name = "REGION", value_parser = id)]
    region: Option<String>,
    /// HTTP method [default: the method of the action, otherwise post]
    #[arg(long, value_name = "VERB")]
    method: Option<Verb>,
}

/// Call an action of a Tencent Cloud product
#[derive(Debug, Args)]
pub struct TencentArgs {
    /// Product, such as ssl, cdn, clb, teo, waf, live, vod, cvm, cam, sts
    #[arg(value_name = "SERVICE", value_parser = Named(Cloud::Tencent), hide_possible_values = true)]
    service: String,
    #[command(flatten)]
    call: CallArgs,
    #[command(flatten)]
    at: ServiceArgs,
    /// Region, for actions that require one [env: TENCENTCLOUD_REGION]
    #[arg(long, value_name = "REGION", value_parser = id)]
    region: Option<String>,
    /// Site of the account: intl or mainland [default: intl]
    #[arg(long, value_name = "SITE", value_parser = ["intl", "mainland"])]
    site: Option<String>,
}

/// Call an action of UCloud
#[derive(Debug, Args)]
pub struct UcloudArgs {
    #[command(flatten)]
    call: CallArgs,
    /// Region, sent as Region [env: UCLOUD_REGION]
    #[arg(long, value_name = "REGION", value_parser = id)]
    region: Option<String>,
    /// Project id, without the name, sent as ProjectId [env: UCLOUD_PROJECT_ID]
    #[arg(long, value_name = "ID", value_parser = id)]
    project_id: Option<String>,
}

/// An HTTP verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Verb {
    Post,
    Get,
}

/// Runs a command of the group.
pub fn run(session: &Session<'_>, command: &Command) -> Result<Answer, Error> {
    match command {
        Command::Alibaba(args) => alibaba(session, args),
        Command::Tencent(args) => tencent(session, args),
        Command::Ucloud(args) => ucloud(session, args),
    }
}

fn alibaba(session: &Session<'_>, args: &AlibabaArgs) -> Result<Answer, Error> {
    let service = product(Cloud::Alibaba, &args.service, &args.at)?;
    let mut params = args.call.params(Cloud::Alibaba, service.name, session)?;
    let place = Place {
        region: args.region.as_deref(),
        ..Place::default()
    };
    let mut settings = session.settings(Cloud::Alibaba, place)?;
    if service.wants_region() {
        params = in_region(service, args, &mut settings, params)?;
    } else if service.has_sites() {
        params = at_site(service, args, &mut settings, params)?;
    }
    let method = match args.method {
        Some(Verb::Post) => Method::Post,
        None if !get::only(service.name, &args.call.action) => Method::Post,
        None | Some(Verb::Get) => {
            if !params.secrets().is_empty() {
                return Err(secret_in_address(args));
            }
            // The older scheme puts key id, token and signature into the address.
            settings.signature.value = Signature::Acs3;
            Method::Get
        }
    };
    Planned {
        command: "api alibaba",
        service,
        method,
        region: None,
    }
    .run(session, &settings, &args.call, params)
}

fn tencent(session: &Session<'_>, args: &TencentArgs) -> Result<Answer, Error> {
    let service = product(Cloud::Tencent, &args.service, &args.at)?;
    let params = args.call.params(Cloud::Tencent, service.name, session)?;
    let place = Place {
        region: args.region.as_deref(),
        site: args.site.as_deref(),
        ..Place::default()
    };
    let settings = session.settings(Cloud::Tencent, place)?;
    Planned {
        command: "api tencent",
        service,
        method: Method::Post,
        region: settings.region.as_ref().map(|given| given.value.as_str()),
    }
    .run(session, &settings, &args.call, params)
}

fn ucloud(session: &Session<'_>, args: &UcloudArgs) -> Result<Answer, Error> {
    let mut params = args.call.params(Cloud::Ucloud, "ulb", session)?;
    let place = Place {
        profile: None,
        region: args.region.as_deref(),
        project_id: args.project_id.as_deref(),
        site: None,
    };
    let settings = session.settings(Cloud::Ucloud, place)?;
    for (name, flag, given) in [
        ("Region", "--region", &settings.region),
        ("ProjectId", "--project-id", &settings.project_id),
    ] {
        let Some(given) = given else { continue };
        match params.find(name) {
            None => params = params.text(name, &given.value),
            Some(_) if !matches!(given.origin, Origin::Flag { .. }) => {}
            Some(_) => return Err(twice(name, flag)),
        }
    }
    let service = services::find(Cloud::Ucloud, "ulb").expect("UCloud has one endpoint");
    Planned {
        command: "api ucloud",
        service,
        method: Method::Post,
        region: None,
    }
    .run(session, &settings, &args.call, params)
}

/// Settles the region of a product that has a host in each, and sends it as `RegionId`.
fn in_region(
    service: &Service,
    args: &AlibabaArgs,
    settings: &mut Settings,
    params: Params,
) -> Result<Params, Error> {
    match (params.find("RegionId"), &settings.region) {
        (Some(_), _) if args.region.is_some() => Err(twice("RegionId", "--region")),
        (Some(Value::Text(region)), _) => {
            settings.region = Some(Given {
                value: region_id(region)?,
                origin: Origin::Flag { flag: "RegionId" },
            });
            Ok(params)
        }
        (Some(_), _) => Err(Error::usage(
            "RegionId is not text",
            "write RegionId=REGION: nothing was sent",
        )),
        (None, Some(region)) => {
            let region = region.value.clone();
            Ok(params.text("RegionId", region))
        }
        (None, None) => Err(Error::new(
            Kind::Config,
            format!(
                "no region: {} has a different host in each region",
                service.name
            ),
            "add --region REGION, such as cn-hangzhou: nothing was sent",
        )),
    }
}

/// Settles the region of a product whose regions are sites apart from each other: `--region`, else
/// `RegionId`, else the configuration's, else the product's first.
fn at_site(
    service: &Service,
    args: &AlibabaArgs,
    settings: &mut Settings,
    params: Params,
) -> Result<Params, Error> {
    let given = params.find("RegionId");
    if let (None, Some(Value::Text(region))) = (&args.region, given) {
        settings.region = Some(Given {
            value: region.clone(),
            origin: Origin::Flag { flag: "RegionId" },
        });
    }
    let Some(region) = &settings.region else {
        return Ok(params);
    };
    if !service.serves(&region.value) {
        let regions: Vec<_> = service.regions().collect();
        return Err(Error::usage(
            format!(
                "{} has no host in region {} ({})",
                service.name, region.value, region.origin
            ),
            format!(
                "use --region with one of {}, or set the host with --host: nothing was sent",
                regions.join(", ")
            ),
        ));
    }
    match given.is_none() && WANT_REGION_ID.contains(&service.name) {
        true => Ok(params.text("RegionId", region.value.clone())),
        false => Ok(params),
    }
}

/// A call by GET would carry a secret in its address.
fn secret_in_address(args: &AlibabaArgs) -> Error {
    let hint = match args.method {
        Some(_) => "remove --method: nothing was sent",
        None => {
            "use --method post to send it in the body, if the action allows that: nothing was \
                 sent"
        }
    };
    Error::usage(
        "GET puts the parameters in the URL, where a secret does not belong",
        hint,
    )
}

/// A region that becomes part of a host's name.
fn region_id(text: &str) -> Result<String, Error> {
    match text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        true => Ok(text.to_owned()),
        false => Err(Error::usage(
            "RegionId is not a region id: use letters, digits and '-' only",
            "use an id such as cn-hangzhou: nothing was sent",
        )),
    }
}

fn twice(name: &str, flag: &str) -> Error {
    Error::usage(
        format!("{name} is given twice: as a parameter and as {flag}"),
        "remove one of the two: nothing was sent",
    )
}

impl CallArgs {
    fn params(&self, cloud: Cloud, service: &str, session: &Session<'_>) -> Result<Params, Error> {
        let wanted = Wanted {
            cloud,
            service,
            words: &self.params,
            body: self.body.as_deref(),
            allow_empty: self.allow_empty,
        };
        wanted.read(session)
    }

    fn effect(&self) -> Effect {
        match self.read || self.paginate.is_some() {
            true => Effect::Read,
            false => Effect::Reconciled,
        }
    }

    fn call<'a>(&self, method: Method, region: Option<&'a str>, params: Params) -> Call<'a> {
        Call {
            action: self.action.clone().leak(),
            method,
            effect: self.effect(),
            rate: RATE,
            params,
            region,
            waits_while_busy: true,
        }
    }
}

fn action(text: &str) -> Result<String, String> {
    match text.split_once('=') {
        Some(_) => Err("this is a parameter; write the service and the action first".into()),
        None if text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && text.starts_with(|c: char| c.is_ascii_alphabetic()) =>
        {
            Ok(text.to_owned())
        }
        None => Err("an action has letters and digits only, such as DescribeUserDomains".into()),
    }
}

/// A place in an answer: keys with dots between them. Nothing where none was given.
fn path(text: &str) -> Result<String, String> {
    match text.is_empty() || text.split('.').all(|key| !key.is_empty()) {
        true => Ok(text.to_owned()),
        false => Err("write the path to the list, such as Domains.PageData".into()),
    }
}
