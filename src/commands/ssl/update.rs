//! `certctl ssl update`: a certificate in the place of another wherever that is deployed.

mod task;

use clap::Args;

use super::deploy::named_type;
use super::lookup::{Binding, Search};
use super::record::{Key, Watch, accepted, confirm_items, item_row};
use super::{SiteArgs, certificate_id};
use crate::cloud::Cloud;
use crate::commands::wait::WaitArgs;
use crate::commands::{Session, concluded, counted, ends_run, fail_all};
use crate::config::Settings;
use crate::error::Error;
use crate::output::{Answer, Document, Row, Status};
use crate::providers::Operation;
use crate::providers::page::Cursor;
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::bindings::CreateCertificateBindResourceSyncTask;
use crate::providers::tencent::ssl::deploy::INSTANCE_EMPTY;
use crate::providers::tencent::ssl::records::{
    DescribeHostUpdateRecord, Item, Kind as RecordKind, RECORD_PAGE,
};
use crate::providers::tencent::ssl::resource::ResourceType;
use crate::providers::tencent::ssl::update::UpdateCertificateInstance;
use crate::transport::{Client, Failure, PlannedCall, plan};

/// Replace a certificate by another wherever it is deployed
#[derive(Debug, Args)]
#[command(
    after_help = "Every instance of these products that bears the old certificate gets the new one.
clb, waf, apigateway, tke, tcb, tse, cos, mqtt, scf and tdmq are regional: without --regions, the
regions are those in which the old certificate is bound.

Examples:
  certctl ssl update --old example1 --new example2 --types cdn,teo --yes
  certctl ssl update --old example1 --new example2 --types clb --regions clb=ap-shanghai --yes --wait"
)]
pub struct UpdateArgs {
    /// Certificate that is deployed now
    #[arg(long, value_name = "ID", value_parser = certificate_id)]
    old: String,
    /// Certificate to deploy instead
    #[arg(long, value_name = "ID", value_parser = certificate_id)]
    new: String,
    /// Products, such as cdn,clb,live
    #[arg(long, value_name = "TYPE,…", required = true, value_delimiter = ',',
          value_parser = updatable)]
    types: Vec<ResourceType>,
    /// Only these regions of a product; repeats [default: wherever the old one is bound]
    #[arg(long, value_name = "TYPE=REGION,…", value_delimiter = ',', value_parser = type_region)]
    regions: Vec<(ResourceType, String)>,
    #[command(flatten)]
    site: SiteArgs,
    #[command(flatten)]
    wait: WaitArgs,
}

const COMMAND: &str = "ssl update";

fn updatable(text: &str) -> Result<ResourceType, String> {
    named_type(text, ResourceType::takes_updates)
}

fn type_region(text: &str) -> Result<(ResourceType, String), String> {
    let (of, region) = text
        .split_once('=')
        .ok_or("give TYPE=REGION, such as clb=ap-guangzhou")?;
    let of = updatable(of)?;
    if !of.updates_by_region() {
        return Err(format!("{of} has no regions: leave it out here"));
    }
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    match region.contains('-') && region.chars().all(fits) {
        true => Ok((of, region.to_owned())),
        false => Err("give TYPE=REGION, such as clb=ap-guangzhou".into()),
    }
}

/// The types in the order given, each with the regions that are given for it.
type Places = Vec<(ResourceType, Vec<String>)>;

fn places(args: &UpdateArgs) -> Result<Places, Error> {
    let mut places: Places = Vec::new();
    for of in &args.types {
        if !places.iter().any(|(known, _)| known == of) {
            places.push((*of, Vec::new()));
        }
    }
    for (of, region) in &args.regions {
        let Some((_, regions)) = places.iter_mut().find(|(known, _)| known == of) else {
            return Err(Error::usage(
                format!("--regions names {of}, which is not among --types"),
                format!("add {of} to --types, or leave {of}={region} out: nothing was sent"),
            ));
        };
        if !regions.contains(region) {
            regions.push(region.clone());
        }
    }
    Ok(places)
}

/// Whether a type's regions have to be found out.
fn is_open((of, regions): &(ResourceType, Vec<String>)) -> bool {
    of.updates_by_region() && regions.is_empty()
}

/// Runs the command.
pub fn run(session: &Session<'_>, args: &UpdateArgs) -> Result<Answer, Error> {
    if args.old == args.new {
        return Err(Error::usage(
            format!("--old and --new are the same certificate, {}", args.old),
            "give the certificate to deploy instead as --new ID: nothing was sent",
        ));
    }
    let places = places(args)?;
    let names: Vec<&str> = places.iter().map(|(of, _)| of.as_str()).collect();
    let question = format!(
        "replacing {} by {} wherever it is deployed in {}",
        args.old,
        args.new,
        names.join(", ")
    );
    let asks = session.must_ask(&question)?;
    let settings = args.site.settings(session)?;
    let looks = asks || places.iter().any(is_open);
    if session.globals.dry_run {
        let rows = places.iter().map(|(of, _)| type_row(*of)).collect();
        let requests = planned(&settings, args, &places, looks);
        return Ok(Answer::Targets(Document::planned(COMMAND, rows, requests)));
    }
    session.online(&SSL, &settings, async |client| {
        let update = Update {
            session,
            client,
            args,
        };
        let bindings = match looks {
            true => Some(update.bindings(&places).await?),
            false => None,
        };
        let mut rows = Vec::new();
        let places = match &bindings {
            Some(bindings) => {
                update.announce(bindings);
                bound_places(&places, bindings, &args.old, &mut rows)
            }
            None => places,
        };
        if !places.is_empty() {
            session.consent_online(&question, client).await?;
        }
        let ended = update.run(&places, &mut rows).await;
        let of_type = |row: &Row| {
            let name = row.resource_type.as_deref().unwrap_or(&row.target);
            args.types.iter().position(|of| of.as_str() == name)
        };
        rows.sort_by_key(of_type);
        Ok(concluded(COMMAND, rows, ended.as_ref(), client))
    })
}

/// A type as a target: where its instances are not known.
fn type_row(of: ResourceType) -> Row {
    let action = UpdateCertificateInstance::ACTION;
    Row::new(Cloud::Tencent, SSL.name, action, of.as_str())
}

/// The calls that are known before the first answer.
fn planned(
    settings: &Settings,
    args: &UpdateArgs,
    places: &[(ResourceType, Vec<String>)],
    looks: bool,
) -> Vec<PlannedCall> {
    let names = |places: &[(ResourceType, Vec<String>)]| {
        let name = |(of, _): &(ResourceType, Vec<String>)| of.as_str().to_owned();
        places.iter().map(name).collect::<Vec<_>>()
    };
    let mut requests = Vec::new();
    if looks {
        let call = CreateCertificateBindResourceSyncTask {
            certificate_ids: std::slice::from_ref(&args.old),
            cached: false,
        };
        requests.push(plan(settings, &call, names(places)));
    }
    let records = DescribeHostUpdateRecord {
        certificate_id: Some(&args.new),
        old_certificate_id: Some(&args.old),
        cursor: Cursor::default(),
        limit: RECORD_PAGE,
    };
    requests.push(plan(settings, &records, Vec::new()));
    // Of the others the regions are not known yet.
    let known = places.iter().filter(|place| !is_open(place));
    let known: Places = known.cloned().collect();
    if !known.is_empty() {
        let call = UpdateCertificateInstance {
            old_certificate_id: &args.old,
            certificate_id: &args.new,
            types: &known,
        };
        requests.push(plan(settings, &call, names(&known)));
    }
    requests
}

/// The types in which the old certificate is bound, with its regions; the others are as asked.
fn bound_places(
    places: &[(ResourceType, Vec<String>)],
    bindings: &[Binding],
    old: &str,
    rows: &mut Vec<Row>,
) -> Places {
    let mut bound = Vec::new();
    for (of, regions) in places {
        let here = bindings.iter().filter(|binding| binding.of == *of);
        let mut found: Vec<String> = Vec::new();
        let mut count = 0;
        for binding in here {
            let region = binding.region.as_ref();
            if regions.is_empty() || region.is_some_and(|region| regions.contains(region)) {
                count += 1;
                found.extend(region.filter(|region| !found.contains(region)).cloned());
            }
        }
        match (count, of.updates_by_region()) {
            (0, _) => rows.push(nothing_bound(*of, old)),
            (_, true) => bound.push((*of, found)),
            (_, false) => bound.push((*of, Vec::new())),
        }
    }
    bound
}

fn nothing_bound(of: ResourceType, old: &str) -> Row {
    let mut row = type_row(of);
    row.settle(Status::Unchanged, None);
    row.note = Some(format!("no instance bears {old}").into());
    row
}

/// A certificate on its way into another's places.
struct Update<'a> {
    session: &'a Session<'a>,
    client: &'a Client<'a>,
    args: &'a UpdateArgs,
}

impl Update<'_> {
    async fn bindings(
        &self,
        places: &[(ResourceType, Vec<String>)],
    ) -> Result<Vec<Binding>, Failure> {
        let types: Vec<ResourceType> = places.iter().map(|(of, _)| *of).collect();
        let certificates = [self.args.old.clone()];
        Search::new(self.client, &types)
            .bindings(&certificates)
            .await
    }

    /// What is about to be touched, before the question.
    fn announce(&self, bindings: &[Binding]) {
        let ui = &self.session.ui;
        let say = |text: String| match self.session.globals.yes {
            true => ui.step(|| text),
            false => ui.show(&text),
        };
        let places = counted(bindings.len(), "place");
        say(format!("{} is bound in {places}:", self.args.old));
        for binding in bindings {
            let region = binding
                .region
                .as_deref()
                .map(|region| format!(" ({region})"));
            let region = region.unwrap_or_default();
            say(format!("  {} {}{region}", binding.of, binding.place.id));
        }
    }

    /// Updates the places, a row for each instance that the record has; returns what ended the run.
    async fn run(
        &self,
        places: &[(ResourceType, Vec<String>)],
        rows: &mut Vec<Row>,
    ) -> Option<Failure> {
        if places.is_empty() {
            return None;
        }
        let mut own: Vec<Row> = places.iter().map(|(of, _)| type_row(*of)).collect();
        match self.begin(places).await {
            Ok((record, request_id, progress)) => {
                let watch = Watch::new(self.client, RecordKind::Update, &record);
                let mut keys = Vec::new();
                if !progress.items.is_empty() {
                    keys = progress.items.iter().map(Key::id).collect();
                    own = progress.items.iter().map(item_row_of_update).collect();
                    let touched = |of: ResourceType| {
                        progress
                            .items
                            .iter()
                            .any(|item| item.resource_type == of.as_str())
                    };
                    let others = places.iter().filter(|(of, _)| !touched(*of));
                    rows.extend(others.map(|(of, _)| nothing_bound(*of, &self.args.old)));
                }
                for row in &mut own {
                    row.settle(Status::Changed, request_id.clone());
                    accepted(row, &record);
                }
                confirm_items(self.session, &watch, &self.args.wait, &keys, &mut own).await;
                rows.append(&mut own);
                None
            }
            Err(failure) if failure.code.as_deref() == Some(INSTANCE_EMPTY) => {
                self.explain_empty(places, own, &failure, rows).await;
                None
            }
            Err(failure) => {
                fail_all(&mut own, &failure);
                rows.append(&mut own);
                ends_run(&failure).then_some(failure)
            }
        }
    }

    /// No instance takes the certificate: what the old one is not bound to is as asked.
    async fn explain_empty(
        &self,
        places: &[(ResourceType, Vec<String>)],
        own: Vec<Row>,
        failure: &Failure,
        rows: &mut Vec<Row>,
    ) {
        let bindings = self.bindings(places).await;
        for ((of, regions), mut row) in places.iter().zip(own) {
            let is_here = |binding: &Binding| {
                let region = binding.region.as_ref();
                let inside = regions.is_empty() || region.is_none_or(|r| regions.contains(r));
                binding.of == *of && inside
            };
            match &bindings {
                Ok(bindings) if !bindings.iter().any(is_here) => {
                    rows.push(nothing_bound(*of, &self.args.old));
                }
                _ => {
                    fail_all([&mut row], failure);
                    rows.push(row);
                }
            }
        }
    }
}

fn item_row_of_update(item: &Item) -> Row {
    item_row(UpdateCertificateInstance::ACTION, item)
}
