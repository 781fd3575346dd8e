//! `certctl ssl deploy`: a certificate on chosen instances of a product.

mod bearing;
mod pair;

use std::cell::RefCell;

use clap::Args;

use self::pair::Asked;
use super::record::{confirm, rows};
use super::store::{in_store, known, planned_store};
use crate::cert::{Bundle, Certificate};
use crate::cloud::Cloud;
use crate::commands::args::id;
use crate::commands::certificate::{FileArgs, FitArgs, Given, UPLOADED, check_file_flags};
use crate::commands::list::without_foreign_comma;
use crate::commands::targets::{Instances, Led, single};
use crate::commands::wait::WaitArgs;
use crate::commands::{Place, Session, concluded};
use crate::config::{Settings, Site};
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Row};
use crate::products::fit::misfit;
use crate::products::ssl::bind::{self, grouped};
use crate::products::ssl::look::of_instance;
use crate::products::ssl::record::{Of, Tasks};
use crate::products::{Current, Reason, Settled};
use crate::providers::Operation;
use crate::providers::page::Cursor;
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::deploy::DeployCertificateInstance;
use crate::providers::tencent::ssl::records::{Kind as RecordKind, RECORD_PAGE};
use crate::providers::tencent::ssl::resource::{Instance, Regions, ResourceType};
use crate::transport::{Client, Failure, PlannedCall, ends_run, plan};

/// Deploy a certificate to instances of a product
#[derive(Debug, Args)]
#[command(
    after_help = "Instances are written with '|' between their parts: quote them for the shell.
  cdn         DOMAIN|on or DOMAIN|off (HTTPS billing)
  clb         LOAD-BALANCER|LISTENER, or with SNI LOAD-BALANCER|LISTENER|DOMAIN
  ddos        INSTANCE|DOMAIN|PORT
  live, teo, vod, waf  DOMAIN
  apigateway  SERVICE|DOMAIN          cos         REGION|BUCKET|DOMAIN
  gaap        INSTANCE|LISTENER       lighthouse  REGION|INSTANCE|DOMAIN
  mqtt        INSTANCE|CERTIFICATE    tcb         TYPE|REGION|ENVIRONMENT|DOMAIN
  tke         CLUSTER|NAMESPACE|SECRET            tse  GATEWAY|CERTIFICATE
clb, waf, apigateway, tke, tse and mqtt are regional: --region, or REGION/ before an instance.

Examples:
  certctl ssl deploy example2 --to cdn --instances 'a.com|on,b.com|on'
  certctl ssl deploy fullchain.pem --key privkey.pem --to teo --instances teo.example.com
  certctl ssl deploy example2,idle0001 --to teo --instances idle.example.com --wait
  certctl ssl deploy example2 --to clb --region ap-guangzhou --instances 'lb-sandbox1|lbl-https01' --wait
  certctl ssl deploy example2 --to clb --instances 'ap-shanghai/lb-sandbox3|lbl-sni0003|shop.example.com'"
)]
pub struct DeployArgs {
    #[command(flatten)]
    what: Led<Deployed, Instances>,
    /// Product: cdn, clb, waf, live, ddos, teo, apigateway, vod, tke, tcb, tse, cos, lighthouse,
    /// mqtt or gaap
    #[arg(long, value_name = "TYPE", value_parser = deployable)]
    to: ResourceType,
    /// Region of instances written without a region [env: TENCENTCLOUD_REGION]
    #[arg(long, value_name = "REGION", value_parser = id)]
    region: Option<String>,
    /// Site of the account: intl or mainland; only mainland has deployments [default: intl]
    #[arg(long, value_name = "SITE", value_parser = ["intl", "mainland"])]
    site: Option<String>,
    #[command(flatten)]
    file: FileArgs,
    #[command(flatten)]
    fit: FitArgs,
    #[command(flatten)]
    wait: WaitArgs,
}

single!(
    Deployed: Asked,
    "cert",
    "ID|FILE",
    "Certificate to deploy: its id, or its file with --key; for teo also two ids ID,ID, one per \
     algorithm",
    required,
    Asked::parse
);

const COMMAND: &str = "ssl deploy";

/// A resource type by its name; the error lists those that fit.
pub(super) fn named_type(
    text: &str,
    fits: impl Fn(ResourceType) -> bool,
) -> Result<ResourceType, String> {
    let known = ResourceType::ALL.into_iter().filter(|of| fits(*of));
    ResourceType::named(text)
        .filter(|of| fits(*of))
        .ok_or_else(|| {
            let names: Vec<&str> = known.map(ResourceType::as_str).collect();
            format!("use one of {}", names.join(", "))
        })
}

fn deployable(text: &str) -> Result<ResourceType, String> {
    named_type(text, ResourceType::takes_deployments)
}

/// Where the certificate goes: who calls, and the instances, each with its region.
fn placed_on(
    session: &Session<'_>,
    args: &DeployArgs,
    instances: Vec<Instance>,
) -> Result<(Settings, Vec<Instance>), Error> {
    let place = Place {
        region: args.region.as_deref(),
        site: args.site.as_deref(),
        ..Place::default()
    };
    let settings = session.settings(Cloud::Tencent, place)?;
    let instances = placed(args.to, instances, &settings)?;
    Ok((settings, instances))
}

/// Runs the command.
pub fn run(session: &Session<'_>, args: &DeployArgs) -> Result<Answer, Error> {
    let parse = |text: &str| Instance::parse(args.to, without_foreign_comma(text)?);
    let asked = |instance: &Instance| (instance.region.clone(), instance.id());
    let instances = args.what.targets.distinct(parse, asked)?;
    if instances.is_empty() {
        return Ok(Answer::no_targets(COMMAND));
    }
    match &args.what.by {
        Asked::One(given) => deploy(session, args, given, instances),
        Asked::Pair(ids) => pair::run(session, args, ids, instances),
    }
}

fn deploy(
    session: &Session<'_>,
    args: &DeployArgs,
    given: &Given,
    instances: Vec<Instance>,
) -> Result<Answer, Error> {
    check_file_flags([given], &args.file)?;
    let (settings, instances) = placed_on(session, args, instances)?;
    let targets: Vec<Row> = instances.iter().map(row).collect();
    let groups = grouped(instances.iter().map(|instance| instance.region.as_deref()));
    let bundle = match given {
        Given::File(path) => Some(session.material(path, &args.file)?),
        Given::Id(_) => None,
    };
    let bundle = bundle.as_ref();
    if session.globals.sends_nothing() {
        let requests = planned(&settings, (args, given), bundle, &instances, &groups);
        return Ok(Answer::planned(COMMAND, targets, requests));
    }
    session.online(&SSL, &settings, async |client| {
        let known = known(client, given, bundle, args.fit.checks()).await?;
        let called = given.shown();
        let mut tasks = Tasks::new(instances.len());
        if let Some(known) = &known {
            session.fit(known, &called, [], &args.fit, client.now())?;
            if bundle.is_none() {
                args.file.check_stored(known, &called)?;
            }
            let certificate = (known, called.as_str());
            refuse_misfits(session, args, certificate, &instances, &mut tasks.settled);
        }
        let mut ended = None;
        if tasks.settled.iter().any(Settled::is_open) {
            match in_store(client, given, bundle).await {
                Ok(id) => {
                    let deployment = Deployment {
                        session,
                        client,
                        of: args.to,
                        certificate: &id,
                        called: &called,
                        known: known.as_ref(),
                        fit: &args.fit,
                        instances: &instances,
                        current: RefCell::default(),
                    };
                    ended = deployment.run(&groups, &mut tasks).await;
                    let name = |at: usize| instances[at].asked.clone();
                    let seen =
                        |at: usize, progress: &_| of_instance(args.to, &instances[at], progress);
                    let records = (client, RecordKind::Deploy);
                    confirm(session, records, &args.wait, &mut tasks, name, seen).await;
                }
                Err(failure) => {
                    tasks.fail_open(&failure);
                    ended = Some(failure);
                }
            }
        }
        let ended = ended.map(|failure| on_site(failure, &settings));
        let rows = rows(tasks, targets);
        Ok(concluded(COMMAND, rows, ended.as_ref(), client))
    })
}

/// Refuses the instances whose domains the certificate does not cover, as far as their ids tell
/// them, before anything is uploaded.
fn refuse_misfits(
    session: &Session<'_>,
    args: &DeployArgs,
    (certificate, called): (&Certificate, &str),
    instances: &[Instance],
    settled: &mut [Settled],
) {
    let domains = instances.iter().map(|instance| instance.domain(args.to));
    if args.fit.allow_name_mismatch {
        if let Some(message) = misfit(certificate, called, domains.flatten()) {
            session.ui.warn(&message);
        }
        return;
    }
    for (domain, settled) in domains.zip(settled) {
        if !settled.is_open() {
            continue;
        }
        if let Some(message) = misfit(certificate, called, domain) {
            *settled = Settled::refused(uncovered(message));
        }
    }
}

/// Why a certificate is not put on an instance.
fn uncovered(message: String) -> Reason {
    let hint = "use a certificate for these names, or add --allow-name-mismatch: nothing was sent \
                for this instance";
    Reason::new(Kind::Certificate, message, hint)
}

/// The international site has no deployments: what to do there.
fn on_site(failure: Failure, settings: &Settings) -> Failure {
    match (failure.kind, settings.site.value) {
        (Kind::Unsupported, Site::Intl) => Failure {
            hint: "the international site has no deployments: add `--site mainland` for an \
                   account of the mainland site, otherwise use `certctl ssl update`",
            ..failure
        },
        _ => failure,
    }
}

fn row(instance: &Instance) -> Row {
    let action = DeployCertificateInstance::ACTION;
    Row::new(Cloud::Tencent, SSL.name, action, &instance.asked)
}

/// The instances, each with the region that it is in; those that mean the same only once.
fn placed(
    of: ResourceType,
    instances: Vec<Instance>,
    settings: &Settings,
) -> Result<Vec<Instance>, Error> {
    let region = settings.region.as_ref().map(|region| &region.value);
    let mut placed: Vec<Instance> = Vec::with_capacity(instances.len());
    for mut instance in instances {
        if of.regions() == Regions::Beside && instance.region.is_none() {
            let Some(region) = region else {
                return Err(Error::usage(
                    format!(
                        "{of} is regional: the region of '{}' is missing",
                        instance.asked
                    ),
                    "add --region REGION, set TENCENTCLOUD_REGION, or write REGION/ before the \
                     instance: nothing was sent",
                ));
            };
            instance.region = Some(region.clone());
        }
        let same = |other: &&Instance| {
            other.region == instance.region && other.place(of) == instance.place(of)
        };
        match placed.iter().find(same) {
            None => placed.push(instance),
            Some(other) if other.id() == instance.id() => {}
            Some(other) => {
                return Err(Error::usage(
                    format!(
                        "'{}' and '{}' contradict each other",
                        other.asked, instance.asked
                    ),
                    "remove one of the two: nothing was sent",
                ));
            }
        }
    }
    Ok(placed)
}

/// The calls that are known before the first answer: what is read, and the deployments as they are
/// if nothing bears the certificate yet.
fn planned(
    settings: &Settings,
    (args, given): (&DeployArgs, &Given),
    bundle: Option<&Bundle>,
    instances: &[Instance],
    groups: &[Vec<usize>],
) -> Vec<PlannedCall> {
    let certificate = &match given {
        Given::Id(given) => given.id.clone(),
        Given::File(_) => UPLOADED.to_owned(),
    };
    let mut requests = planned_store(settings, given, bundle, args.fit.checks());
    let previewed = if args.fit.no_preview { &[] } else { groups };
    for group in previewed {
        let of_group: Vec<&Instance> = group.iter().map(|at| &instances[*at]).collect();
        let checks = args.fit.checks();
        let reads = bearing::planned(settings, args.to, certificate, &of_group, checks);
        requests.extend(reads);
    }
    let first = Cursor::default();
    let records = Of::deploys(certificate, Some(args.to), &first, RECORD_PAGE);
    if !args.fit.no_preview {
        requests.push(plan(settings, &records, Vec::new()));
    }
    for group in groups {
        let of_group = || group.iter().map(|target| &instances[*target]);
        let ids: Vec<String> = of_group().map(Instance::id).collect();
        let call = DeployCertificateInstance {
            certificate_id: certificate,
            resource_type: args.to,
            instances: &ids,
            region: instances[group[0]].region.as_deref(),
        };
        let targets = of_group().map(|instance| instance.asked.clone()).collect();
        requests.push(plan(settings, &call, targets));
    }
    requests
}

/// A certificate on its way to instances.
struct Deployment<'a> {
    session: &'a Session<'a>,
    client: &'a Client<'a>,
    of: ResourceType,
    /// Its id in the store.
    certificate: &'a str,
    /// What people know it by.
    called: &'a str,
    /// What is known of it, where its names are compared.
    known: Option<&'a Certificate>,
    fit: &'a FitArgs,
    instances: &'a [Instance],
    /// What they bear, as far as that was read.
    current: RefCell<Current>,
}

impl Deployment<'_> {
    /// Whether it can be looked what bears the certificate: the cloud takes no id that it does not
    /// have, so that a dry run cannot where the file is not in the store.
    fn looks(&self) -> bool {
        !self.fit.no_preview && self.certificate != UPLOADED
    }

    /// Deploys region by region; returns why the rest was not sent, if it was not.
    async fn run(&self, groups: &[Vec<usize>], tasks: &mut Tasks) -> Option<Failure> {
        let mut wanting = Vec::with_capacity(groups.len());
        let mut untold = Vec::new();
        for group in groups {
            let settled = &mut tasks.settled;
            match self.without_bearers(group, settled, &mut untold).await {
                Ok(targets) => wanting.push(targets),
                Err(failure) => {
                    tasks.fail_open(&failure);
                    return Some(failure);
                }
            }
        }
        if wanting.iter().all(Vec::is_empty) {
            return None;
        }
        self.name_untold(&untold);
        let known = match self.looks() {
            false => Ok(None),
            true => {
                let records = Of::Deploys(self.certificate, Some(self.of));
                records.ids(self.client).await.map(Some)
            }
        };
        let known = match known {
            Ok(known) => known,
            Err(failure) if ends_run(&failure) || failure.code.is_none() => {
                tasks.fail_open(&failure);
                return Some(failure);
            }
            Err(failure) => {
                self.session.ui.warn(&format!(
                    "could not read the records of {}: {}; if an answer is lost, its outcome \
                     stays unknown",
                    self.certificate, failure.message
                ));
                None
            }
        };
        let mut deployment = bind::Deployment {
            client: self.client,
            certificate: self.certificate,
            of: self.of,
            instances: self.instances,
            known,
            past: Vec::new(),
            tasks,
        };
        for targets in wanting {
            if let Err(failure) = deployment.deploy(targets).await {
                return Some(failure);
            }
        }
        self.current.take().tell(&mut tasks.settled);
        None
    }
}
