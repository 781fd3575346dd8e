//! `certctl ssl deploy`: a certificate on chosen instances of a product.

mod bearing;
mod tasks;

use std::path::PathBuf;

use clap::Args;

use super::certificate_id;
use super::record::{Progress, Watch, forget_acceptance, reason};
use crate::cloud::Cloud;
use crate::commands::args::id;
use crate::commands::wait::{Seen, WaitArgs};
use crate::commands::{PARALLEL, Place, Session, concluded, ends_run, list};
use crate::config::{Settings, Site};
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Document, Row, Status};
use crate::providers::Operation;
use crate::providers::page::Cursor;
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::deploy::DeployCertificateInstance;
use crate::providers::tencent::ssl::records::{
    DescribeHostDeployRecord, Kind as RecordKind, RECORD_PAGE, State,
};
use crate::providers::tencent::ssl::resource::{Instance, Regions, ResourceType};
use crate::transport::{Client, Failure, PlannedCall, plan};
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
  certctl ssl deploy example2 --to clb --region ap-guangzhou --instances 'lb-sandbox1|lbl-https01' --wait
  certctl ssl deploy example2 --to clb --instances 'ap-shanghai/lb-sandbox3|lbl-sni0003|shop.example.com'"
)]
pub struct DeployArgs {
    /// Certificate to deploy
    #[arg(value_name = "CERT", value_parser = certificate_id)]
    certificate: String,
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

/// Runs the command.
pub fn run(session: &Session<'_>, args: &DeployArgs) -> Result<Answer, Error> {
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
    let rows: Vec<Row> = instances.iter().map(row).collect();
    let groups = by_region(&instances);
    if session.globals.dry_run {
        let requests = planned(&settings, args, &instances, &groups);
        return Ok(Answer::Targets(Document::planned(COMMAND, rows, requests)));
    }
    session.online(&SSL, &settings, async |client| {
        let deployment = Deployment {
            session,
            client,
            of,
            certificate: &args.certificate,
            instances: &instances,
        };
        let mut rows = rows;
        let ended = deployment.run(&groups, &mut rows).await;
        if args.wait.wait.is_some() {
            // What the rows say of records is read while they are settled.
            let accepted = rows.clone();
            let see = async |targets: &[usize]| deployment.see(targets, &accepted).await;
            session.confirm(client, &args.wait, &mut rows, see).await;
            forget_acceptance(&mut rows);
        }
        let ended = ended.map(|failure| on_site(failure, &settings));
        Ok(concluded(COMMAND, rows, ended.as_ref(), client))
    })
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
    args: &DeployArgs,
    instances: &[Instance],
    groups: &[Group],
) -> Vec<PlannedCall> {
    let certificate = &args.certificate;
    let mut requests = Vec::new();
    for group in groups {
        let region = group.region.as_deref();
        requests.extend(bearing::planned(settings, args.to, certificate, region));
    }
    let records = DescribeHostDeployRecord {
        certificate_id: certificate,
        resource_type: Some(args.to),
        cursor: Cursor::default(),
        limit: RECORD_PAGE,
    };
    requests.push(plan(settings, &records, Vec::new()));
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
    certificate: &'a str,
    instances: &'a [Instance],
}

impl Deployment<'_> {
    /// Deploys region by region; returns why the rest was not sent, if it was not.
    async fn run(&self, groups: &[Group], rows: &mut [Row]) -> Option<Failure> {
        let mut wanting = Vec::with_capacity(groups.len());
        for group in groups {
            match self.without_bearers(group, rows).await {
                Ok(targets) => wanting.push(targets),
                Err(failure) => return Some(self.give_up(rows, failure)),
            }
        }
        if wanting.iter().all(Vec::is_empty) {
            return None;
        }
        let known = match self.known_records().await {
            Ok(known) => Some(known),
            Err(failure) if ends_run(&failure) || failure.code.is_none() => {
                return Some(self.give_up(rows, failure));
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
                rows,
            };
            if let Err(failure) = self.deploy(targets, &mut run).await {
                return Some(failure);
            }
        }
        None
    }

    /// Nothing was sent that changes anything: every instance that is not settled shares the failure.
    fn give_up(&self, rows: &mut [Row], failure: Failure) -> Failure {
        let open = rows.iter_mut().filter(|row| row.status == Status::Skipped);
        crate::commands::fail_all(open, &failure);
        failure
    }

    /// Looks how far the records of these targets are, and what that means for each of them.
    async fn see(&self, targets: &[usize], rows: &[Row]) -> Vec<(usize, Result<Seen, Failure>)> {
        let mut records: Vec<&str> = Vec::new();
        for record in targets
            .iter()
            .filter_map(|target| rows[*target].record.as_deref())
        {
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
            let record = rows[*target].record.as_deref();
            if let Some((_, look)) = looks.iter().find(|(of, _)| Some(*of) == record) {
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
