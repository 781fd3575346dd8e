//! `certctl ssl deploy`: a certificate on chosen instances of a product.

mod bearing;
mod pair;
mod tasks;

use std::path::PathBuf;
use std::rc::Rc;

use clap::Args;

use self::pair::Asked;
use super::record::{Progress, Tasks, Watch, reason};
use super::store::{not_given, planned_store, stored};
use crate::cert::{Bundle, Certificate};
use crate::cloud::Cloud;
use crate::commands::args::id;
use crate::commands::certificate::{FileArgs, FitArgs, Given, UPLOADED, check_file_flags};
use crate::commands::wait::WaitArgs;
use crate::commands::{Place, Session, concluded, list};
use crate::config::{Settings, Site};
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Row};
use crate::products::Seen;
use crate::products::fit::misfit;
use crate::products::ssl::look_up;
use crate::products::{Reason, Settled};
use crate::providers::Operation;
use crate::providers::page::Cursor;
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::deploy::DeployCertificateInstance;
use crate::providers::tencent::ssl::records::{
    DescribeHostDeployRecord, Kind as RecordKind, RECORD_PAGE, State,
};
use crate::providers::tencent::ssl::resource::{Instance, Regions, ResourceType};
use crate::transport::{Client, Failure, PARALLEL, PlannedCall, ends_run, plan};
use futures_util::StreamExt;

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
    /// Certificate to deploy: its id, or its file, which goes with --key; to teo also two ids, ID,ID,
    /// one of each algorithm
    #[arg(value_name = "ID|FILE", value_parser = Asked::parse)]
    certificate: Asked,
    /// Product: cdn, clb, waf, live, ddos, teo, apigateway, vod, tke, tcb, tse, cos, lighthouse, mqtt or gaap
    #[arg(long, value_name = "TYPE", value_parser = deployable)]
    to: ResourceType,
    /// Instances, comma-separated or repeated; - reads them from standard input
    #[arg(long, value_name = "ID,…")]
    instances: Vec<String>,
    /// File with one instance a line; - is standard input
    #[arg(long, value_name = "FILE")]
    instances_file: Option<PathBuf>,
    /// Region of the instances that name none [env: TENCENTCLOUD_REGION]
    #[arg(long, value_name = "REGION", value_parser = id)]
    region: Option<String>,
    /// Site of the account: intl or mainland, which alone has deployments [default: intl]
    #[arg(long, value_name = "SITE", value_parser = ["intl", "mainland"])]
    site: Option<String>,
    #[command(flatten)]
    file: FileArgs,
    #[command(flatten)]
    fit: FitArgs,
    #[command(flatten)]
    wait: WaitArgs,
}

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
            format!("give one of {}", names.join(", "))
        })
}

fn deployable(text: &str) -> Result<ResourceType, String> {
    named_type(text, ResourceType::takes_deployments)
}

/// Where the certificate goes: who calls, and the instances, each with its region.
fn instances(session: &Session<'_>, args: &DeployArgs) -> Result<(Settings, Vec<Instance>), Error> {
    let items = list::collect("instances", &args.instances, args.instances_file.as_deref())?;
    let of = args.to;
    let asked = |instance: &Instance| (instance.region.clone(), instance.id());
    let instances = list::parse_distinct(items, |text| Instance::parse(of, text), asked)?;
    let place = Place {
        region: args.region.as_deref(),
        site: args.site.as_deref(),
        ..Place::default()
    };
    let settings = session.settings(Cloud::Tencent, place)?;
    let instances = placed(of, instances, &settings)?;
    Ok((settings, instances))
}

/// Runs the command.
pub fn run(session: &Session<'_>, args: &DeployArgs) -> Result<Answer, Error> {
    match &args.certificate {
        Asked::One(given) => deploy(session, args, given),
        Asked::Pair(ids) => pair::run(session, args, ids),
    }
}

fn deploy(session: &Session<'_>, args: &DeployArgs, given: &Given) -> Result<Answer, Error> {
    check_file_flags([given], &args.file)?;
    let (settings, instances) = instances(session, args)?;
    let rows: Vec<Row> = instances.iter().map(row).collect();
    let groups = by_region(&instances);
    let bundle = match given {
        Given::File(path) => Some(session.material(path, &args.file)?),
        Given::Id(_) => None,
    };
    let bundle = bundle.as_ref();
    if session.globals.dry_run {
        let requests = planned(&settings, (args, given), bundle, &instances, &groups);
        return Ok(Answer::planned(COMMAND, rows, requests));
    }
    session.online(&SSL, &settings, async |client| {
        let known = args.known(client, given, bundle).await?;
        let called = given.shown();
        let mut tasks = Tasks::new(instances.len());
        if let Some(known) = &known {
            session.fit(known, &called, [], &args.fit, client.now())?;
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
                    };
                    ended = deployment.run(&groups, &mut tasks).await;
                    deployment.confirm(&args.wait, &mut tasks).await;
                }
                Err(failure) => {
                    tasks.fail_open(&failure);
                    ended = Some(failure);
                }
            }
        }
        let ended = ended.map(|failure| on_site(failure, &settings));
        let rows = tasks.rows(rows);
        Ok(concluded(COMMAND, rows, ended.as_ref(), client))
    })
}

impl DeployArgs {
    /// What is known of the certificate, where it is a file or its names are to be compared.
    async fn known(
        &self,
        client: &Client<'_>,
        given: &Given,
        bundle: Option<&Bundle>,
    ) -> Result<Option<Certificate>, Error> {
        match (given, bundle) {
            (_, Some(bundle)) => Ok(Some(bundle.certificate())),
            (Given::Id(given), None) if self.fit.checks() => {
                let read = look_up(client, &given.id).await;
                let stored = read.map_err(|failure| not_given(&given.id, failure))?;
                Ok(Some(stored.certificate))
            }
            _ => Ok(None),
        }
    }
}

/// The id of the certificate in the store; a file is found there or uploaded.
async fn in_store(
    client: &Client<'_>,
    given: &Given,
    bundle: Option<&Bundle>,
) -> Result<String, Failure> {
    match (given, bundle) {
        (Given::Id(given), _) => Ok(given.id.clone()),
        (Given::File(_), Some(bundle)) => stored(client, bundle).await,
        (Given::File(_), None) => unreachable!("a file was read"),
    }
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
    let hint = "give a certificate for these names, or --allow-name-mismatch: nothing was sent \
                for this instance";
    Reason::new(Kind::Certificate, message, hint)
}

/// The international site has no deployments: what to do there.
fn on_site(failure: Failure, settings: &Settings) -> Failure {
    match (failure.kind, settings.site.value) {
        (Kind::Unsupported, Site::Intl) => Failure {
            hint: "the international site has no deployments: add `--site mainland` if the account is one there, else use `certctl ssl update`",
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
                    format!("{of} is regional: in which region is '{}'?", instance.asked),
                    "give --region REGION or TENCENTCLOUD_REGION, or write REGION/ before the instance: nothing was sent",
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
                    "leave one of the two out: nothing was sent",
                ));
            }
        }
    }
    Ok(placed)
}

/// The instances of one region, by their places in the list.
struct Group {
    region: Option<String>,
    targets: Vec<usize>,
}

/// One region a call, in the order in which they appear.
fn by_region(instances: &[Instance]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (target, instance) in instances.iter().enumerate() {
        match groups
            .iter_mut()
            .find(|group| group.region == instance.region)
        {
            Some(group) => group.targets.push(target),
            None => groups.push(Group {
                region: instance.region.clone(),
                targets: vec![target],
            }),
        }
    }
    groups
}

/// The calls that are known before the first answer: what is read, and the deployments as they are
/// if nothing bears the certificate yet.
fn planned(
    settings: &Settings,
    (args, given): (&DeployArgs, &Given),
    bundle: Option<&Bundle>,
    instances: &[Instance],
    groups: &[Group],
) -> Vec<PlannedCall> {
    let certificate = &match given {
        Given::Id(given) => given.id.clone(),
        Given::File(_) => UPLOADED.to_owned(),
    };
    let mut requests = planned_store(settings, given, bundle, args.fit.checks());
    let previewed = if args.fit.no_preview { &[] } else { groups };
    for group in previewed {
        let region = group.region.as_deref();
        let of_group: Vec<&Instance> = group.targets.iter().map(|at| &instances[*at]).collect();
        let checks = args.fit.checks();
        let reads = bearing::planned(settings, args.to, certificate, region, &of_group, checks);
        requests.extend(reads);
    }
    let records = DescribeHostDeployRecord {
        certificate_id: certificate,
        resource_type: Some(args.to),
        cursor: Cursor::default(),
        limit: RECORD_PAGE,
    };
    if !args.fit.no_preview {
        requests.push(plan(settings, &records, Vec::new()));
    }
    for group in groups {
        let of_group = || group.targets.iter().map(|target| &instances[*target]);
        let ids: Vec<String> = of_group().map(Instance::id).collect();
        let call = DeployCertificateInstance {
            certificate_id: certificate,
            resource_type: args.to,
            instances: &ids,
            region: group.region.as_deref(),
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
}

impl Deployment<'_> {
    /// Deploys region by region; returns why the rest was not sent, if it was not.
    async fn run(&self, groups: &[Group], tasks: &mut Tasks) -> Option<Failure> {
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
        let known = match self.fit.no_preview {
            true => Ok(None),
            false => self.known_records().await.map(Some),
        };
        let known = match known {
            Ok(known) => known,
            Err(failure) if ends_run(&failure) || failure.code.is_none() => {
                tasks.fail_open(&failure);
                return Some(failure);
            }
            Err(failure) => {
                self.session.ui.warn(&format!(
                    "the records of {} could not be read: {}; an answer that is lost cannot be looked up",
                    self.certificate, failure.message
                ));
                None
            }
        };
        let mut past = Vec::new();
        for (group, targets) in groups.iter().zip(wanting) {
            let mut run = tasks::Run {
                region: group.region.as_deref(),
                known: known.as_deref(),
                past: &mut past,
                tasks: &mut *tasks,
            };
            if let Err(failure) = self.deploy(targets, &mut run).await {
                return Some(failure);
            }
        }
        None
    }

    /// Waits until the records say that each instance is through.
    async fn confirm(&self, wait: &WaitArgs, tasks: &mut Tasks) {
        let Tasks { settled, records } = tasks;
        let name = |target: usize| self.instances[target].asked.clone();
        let see = async |targets: &[usize]| self.see(targets, records).await;
        self.session
            .confirm(self.client, wait, settled, name, see)
            .await;
    }

    /// Looks how far the records of these targets are, and what that means for each of them.
    async fn see(
        &self,
        targets: &[usize],
        of: &[Option<Rc<str>>],
    ) -> Vec<(usize, Result<Seen, Failure>)> {
        let mut records: Vec<&str> = Vec::new();
        for record in targets.iter().filter_map(|target| of[*target].as_deref()) {
            if !records.contains(&record) {
                records.push(record);
            }
        }
        let looks = records.iter().map(async |record| {
            let watch = Watch::new(self.client, RecordKind::Deploy, record);
            (*record, watch.look().await)
        });
        let looks: Vec<_> = futures_util::stream::iter(looks)
            .buffer_unordered(PARALLEL)
            .collect()
            .await;
        let mut seen = Vec::with_capacity(targets.len());
        for target in targets {
            let record = of[*target].as_deref();
            if let Some((_, look)) = looks.iter().find(|(known, _)| Some(*known) == record) {
                let of_target = match look {
                    Ok(progress) => Ok(self.seen(&self.instances[*target], progress)),
                    Err(failure) => Err(failure.clone()),
                };
                seen.push((*target, of_target));
            }
        }
        seen
    }

    /// What a record says of an instance.
    fn seen(&self, instance: &Instance, progress: &Progress) -> Seen {
        let of_instance = || {
            progress
                .items
                .iter()
                .filter(|item| item.is_of(self.of, instance))
        };
        if let Some(failed) = of_instance().find(|item| item.state().is_failure()) {
            return Seen::Failed(reason(failed));
        }
        if of_instance().any(|item| item.state() == State::RolledBack) {
            return Seen::Failed("it was rolled back: the old certificate is in place".into());
        }
        let through = |state| matches!(state, State::Succeeded | State::NothingToDo);
        let named = of_instance().count() > 0;
        match named {
            true if of_instance().all(|item| through(item.state())) => Seen::Confirmed,
            // No item of the record can be told to be the instance's: all have to be well.
            false if progress.is_over && progress.counts.failed == 0 => Seen::Confirmed,
            _ => Seen::Pending(progress.words()),
        }
    }
}
