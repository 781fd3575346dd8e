//! `certctl ssl update`: a certificate in the place of another wherever that is deployed.

use clap::Args;

use super::algorithms::{Displaced, name_other_algorithms};
use super::deploy::named_type;
use super::record::{confirm, item_row, rows as rows_of};
use super::store::{in_store, known, planned_store};
use super::{SiteArgs, certificate_id};
use crate::cert::{Bundle, Certificate};
use crate::cloud::Cloud;
use crate::commands::ask::Question;
use crate::commands::certificate::{
    FileArgs, FitArgs, Given, NAMES_HINT, UPLOADED, check_file_flags, unread_names,
};
use crate::commands::targets::{Target, single};
use crate::commands::wait::WaitArgs;
use crate::commands::{Session, concluded, counted};
use crate::config::Settings;
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Row};
use crate::products::Settled;
use crate::products::fit::lost_names;
use crate::products::ssl::look::of_items;
use crate::products::ssl::names::named;
use crate::products::ssl::read::{Bound, Search};
use crate::products::ssl::record::{Of, Progress, Tasks};
use crate::products::ssl::update::{Begun, Update};
use crate::providers::Operation;
use crate::providers::page::Cursor;
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::bindings::CreateCertificateBindResourceSyncTask;
use crate::providers::tencent::ssl::deploy::INSTANCE_EMPTY;
use crate::providers::tencent::ssl::records::{Item, Kind as RecordKind, RECORD_PAGE};
use crate::providers::tencent::ssl::resource::ResourceType;
use crate::providers::tencent::ssl::update::UpdateCertificateInstance;
use crate::transport::{Client, Failure, PlannedCall, ends_run, plan};

/// Replace a certificate with another wherever it is deployed
#[derive(Debug, Args)]
#[command(
    after_help = "Every instance of these products that has the old certificate gets the new one.
clb, waf, apigateway, tke, tcb, tse, cos, mqtt, scf and tdmq are regional: without --regions, the
regions are those in which the old certificate is bound.

Examples:
  certctl ssl update --old example1 --new example2 --types cdn,teo --yes
  certctl ssl update --old example1 --new fullchain.pem --key privkey.pem --types cdn --yes --allow-name-mismatch
  certctl ssl update --old example1 --new example2 --types clb --regions clb=ap-shanghai --yes --wait"
)]
pub struct UpdateArgs {
    #[command(flatten)]
    old: Target<Old>,
    /// New certificate: its id, or its file with --key
    #[arg(long, value_name = "ID|FILE", value_parser = Given::of_ssl)]
    new: Given,
    /// Products, such as cdn,clb,live
    #[arg(long, value_name = "TYPE,…", required = true, value_delimiter = ',',
          value_parser = updatable)]
    types: Vec<ResourceType>,
    /// Regions of a product; repeatable [default: the regions in which the old certificate is
    /// bound]
    #[arg(long, value_name = "TYPE=REGION,…", value_delimiter = ',', value_parser = type_region)]
    regions: Vec<(ResourceType, String)>,
    #[command(flatten)]
    file: FileArgs,
    #[command(flatten)]
    fit: FitArgs,
    #[command(flatten)]
    site: SiteArgs,
    #[command(flatten)]
    wait: WaitArgs,
}

single!(Old: String, "old", "ID", "Old certificate, which is deployed now", required, certificate_id);

const COMMAND: &str = "ssl update";

fn updatable(text: &str) -> Result<ResourceType, String> {
    named_type(text, ResourceType::takes_updates)
}

fn type_region(text: &str) -> Result<(ResourceType, String), String> {
    let (of, region) = text
        .split_once('=')
        .ok_or("write TYPE=REGION, such as clb=ap-guangzhou")?;
    let of = updatable(of)?;
    if !of.updates_by_region() {
        return Err(format!("{of} has no regions: remove it here"));
    }
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    match region.contains('-') && region.chars().all(fits) {
        true => Ok((of, region.to_owned())),
        false => Err("write TYPE=REGION, such as clb=ap-guangzhou".into()),
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
                format!("--regions contains {of}, but --types does not"),
                format!("add {of} to --types, or remove {of}={region}: nothing was sent"),
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
    check_file_flags([&args.new], &args.file)?;
    if matches!(&args.new, Given::Id(new) if new.id == *args.old.one()) {
        return Err(Error::usage(
            format!(
                "--old and --new are the same certificate, {}",
                args.old.one()
            ),
            "use --new ID for the certificate to deploy: nothing was sent",
        ));
    }
    let bundle = match &args.new {
        Given::File(path) => Some(session.material(path, &args.file)?),
        Given::Id(_) => None,
    };
    let places = places(args)?;
    if let Some((of, _)) = places.iter().find(|place| is_open(place))
        && args.fit.no_preview
    {
        return Err(Error::usage(
            format!(
                "--no-preview reads nothing, but certctl must read the regions in which {of} has \
                 the old certificate"
            ),
            format!("add the regions, such as --regions {of}=ap-guangzhou: nothing was sent"),
        ));
    }
    let names: Vec<&str> = places.iter().map(|(of, _)| of.as_str()).collect();
    let question = Question::new(format!(
        "replacing {} with {} wherever it is deployed in {}",
        args.old.one(),
        args.new.shown(),
        names.join(", ")
    ));
    let asks = session.must_ask(&question)?;
    let settings = args.site.settings(session)?;
    let names_places = asks || session.globals.is_dry();
    let looks =
        !args.fit.no_preview && (names_places || args.fit.checks()) || places.iter().any(is_open);
    if session.globals.sends_nothing() {
        let rows = places.iter().map(|(of, _)| type_row(*of)).collect();
        let requests = planned(&settings, args, bundle.as_ref(), &places, looks);
        return Ok(Answer::planned(COMMAND, rows, requests));
    }
    session.online(&SSL, &settings, async |client| {
        let bundle = bundle.as_ref();
        let certificate = known(client, &args.new, bundle, args.fit.checks()).await?;
        let bindings = match looks {
            true => Some(bindings(client, args.old.one(), &places).await?),
            false => None,
        };
        let mut rows = Vec::new();
        let places = match &bindings {
            Some(bindings) => {
                announce(session, args.old.one(), bindings);
                bound_places(&places, bindings, args.old.one(), &mut rows)
            }
            None => places,
        };
        if let (Some(certificate), Some(bindings)) = (&certificate, &bindings) {
            let domains = bindings.iter().flat_map(|binding| &binding.place.domains);
            let domains = domains.map(String::as_str);
            session.fit(
                certificate,
                &args.new.shown(),
                domains,
                &args.fit,
                client.now(),
            )?;
            if bundle.is_none() {
                args.file.check_stored(certificate, &args.new.shown())?;
            }
            let untold = |binding: &Bound| binding.place.domains.is_empty();
            if bindings.iter().any(untold) {
                fit_old(client, args, certificate).await?;
            }
        }
        let mut ended = None;
        if !places.is_empty() {
            let things = bindings.iter().flatten().map(called);
            session.ask(&question.naming(things), client).await?;
            match in_store(client, &args.new, bundle).await {
                Ok(new) => {
                    // Of a file that a dry run does not store the cloud has nothing to tell.
                    let looks = !args.fit.no_preview && new != UPLOADED;
                    if looks {
                        let everywhere = vec!["wherever it is deployed".to_owned()];
                        let displaced = Displaced::from([(args.old.one().clone(), everywhere)]);
                        let known = certificate.as_ref();
                        name_other_algorithms(session, client, &new, known, &displaced).await;
                    }
                    let update = Update {
                        client,
                        old: args.old.one(),
                        new: &new,
                        places: &places,
                        looks,
                    };
                    let bindings = bindings.as_deref();
                    ended = replace(session, &args.wait, update, bindings, &mut rows).await;
                }
                Err(failure) => {
                    let failed = Settled::failed(failure.clone());
                    rows.extend(places.iter().map(|(of, _)| type_row(*of).of(&failed)));
                    ended = Some(failure);
                }
            }
        }
        let of_type = |row: &Row| {
            let name = row.resource_type.as_deref().unwrap_or(&row.target);
            args.types.iter().position(|of| of.as_str() == name)
        };
        rows.sort_by_key(of_type);
        Ok(concluded(COMMAND, rows, ended.as_ref(), client))
    })
}

/// Refuses a certificate that does not cover the names of the old one: of places whose names nothing
/// else tells.
async fn fit_old(client: &Client<'_>, args: &UpdateArgs, new: &Certificate) -> Result<(), Error> {
    if !args.fit.checks() {
        return Ok(());
    }
    let named = named(client, &[args.old.one()])
        .await
        .map_err(unread_names)?;
    let new = (new, args.new.shown());
    let old = named
        .get(args.old.one())
        .map(|old| (old, args.old.one().as_str()));
    match old.and_then(|old| lost_names(old, (new.0, &new.1))) {
        None => Ok(()),
        Some(message) => Err(Error::new(Kind::Certificate, message, NAMES_HINT)),
    }
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
    bundle: Option<&Bundle>,
    places: &[(ResourceType, Vec<String>)],
    looks: bool,
) -> Vec<PlannedCall> {
    let new = match &args.new {
        Given::Id(new) => new.id.as_str(),
        Given::File(_) => UPLOADED,
    };
    let names = |places: &[(ResourceType, Vec<String>)]| {
        let name = |(of, _): &(ResourceType, Vec<String>)| of.as_str().to_owned();
        places.iter().map(name).collect::<Vec<_>>()
    };
    let mut requests = planned_store(settings, &args.new, bundle, args.fit.checks());
    if looks {
        let call = CreateCertificateBindResourceSyncTask {
            certificate_ids: std::slice::from_ref(args.old.one()),
            cached: false,
        };
        requests.push(plan(settings, &call, names(places)));
    }
    let first = Cursor::default();
    let records = Of::updates(Some(args.old.one()), Some(new), &first, RECORD_PAGE);
    if !args.fit.no_preview {
        requests.push(plan(settings, &records, Vec::new()));
    }
    // Of the others the regions are not known yet.
    let known = places.iter().filter(|place| !is_open(place));
    let known: Places = known.cloned().collect();
    if !known.is_empty() {
        let call = UpdateCertificateInstance {
            old_certificate_id: args.old.one(),
            certificate_id: new,
            types: &known,
        };
        requests.push(plan(settings, &call, names(&known)));
    }
    requests
}

/// The types in which the old certificate is bound, with its regions; the others are as asked.
fn bound_places(
    places: &[(ResourceType, Vec<String>)],
    bindings: &[Bound],
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
    let note = format!("no instance has {old}");
    type_row(of).of(&Settled::unchanged().with(&note))
}

/// What the old certificate is bound to.
async fn bindings(
    client: &Client<'_>,
    old: &str,
    places: &[(ResourceType, Vec<String>)],
) -> Result<Vec<Bound>, Failure> {
    let types: Vec<ResourceType> = places.iter().map(|(of, _)| *of).collect();
    let certificates = [old.to_owned()];
    let mut bindings = Search::new(client, &types).bindings(&certificates).await?;
    bindings.retain(|binding| places.iter().any(|place| is_in(place, binding)));
    Ok(bindings)
}

/// Whether a binding is of a type, and in one of its regions where some are given.
fn is_in((of, regions): &(ResourceType, Vec<String>), binding: &Bound) -> bool {
    let region = binding.region.as_ref();
    let inside = regions.is_empty() || region.is_none_or(|region| regions.contains(region));
    binding.of == *of && inside
}

/// Tells what is touched where nobody is asked about it.
fn announce(session: &Session<'_>, old: &str, bindings: &[Bound]) {
    let say = |text: String| session.ui.step(|| text);
    say(format!(
        "{old} is bound in {}:",
        counted(bindings.len(), "place")
    ));
    for binding in bindings {
        say(format!("  {}", called(binding)));
    }
}

/// `clb lb-1|lbl-1 (ap-guangzhou)`
fn called(binding: &Bound) -> String {
    let region = binding.region.as_deref();
    let region = region.map(|region| format!(" ({region})"));
    let region = region.unwrap_or_default();
    format!("{} {}{region}", binding.of, binding.place.id)
}

/// A place as a target.
fn bound_row(binding: &Bound) -> Row {
    let action = UpdateCertificateInstance::ACTION;
    Row {
        resource_type: Some(binding.of.as_str().to_owned()),
        region: binding.region.clone(),
        ..Row::new(Cloud::Tencent, SSL.name, action, &binding.place.id)
    }
}

/// Updates the places, a row for each instance that the record has; returns what ended the run.
async fn replace(
    session: &Session<'_>,
    wait: &WaitArgs,
    update: Update<'_>,
    bindings: Option<&[Bound]>,
    rows: &mut Vec<Row>,
) -> Option<Failure> {
    let of_types = || update.places.iter().map(|(of, _)| type_row(*of));
    let begun = match update.begin().await {
        Ok(begun) => begun,
        Err(failure) if failure.code.as_deref() == Some(INSTANCE_EMPTY) => {
            explain_empty(update, &failure, rows).await;
            return None;
        }
        // What is touched is known beforehand, where that was read.
        Err(failure) if failure.is_planned() && bindings.is_some() => {
            let mut planned = Settled::failed(failure);
            planned.current = Some(update.old.into());
            let touched = bindings.into_iter().flatten();
            let touched = touched.filter(|one| update.places.iter().any(|at| is_in(at, one)));
            rows.extend(touched.map(|one| bound_row(one).of(&planned)));
            return None;
        }
        Err(failure) => {
            let failed = Settled::failed(failure.clone());
            rows.extend(of_types().map(|target| target.of(&failed)));
            return ends_run(&failure).then_some(failure);
        }
    };
    let Begun {
        record,
        request_id,
        progress: Progress { items, .. },
    } = begun;
    let targets: Vec<Row> = match items.is_empty() {
        true => of_types().collect(),
        false => items.iter().map(item_row_of_update).collect(),
    };
    for (of, _) in update.places {
        let is_touched = items.iter().any(|item| item.resource_type == of.as_str());
        if !items.is_empty() && !is_touched {
            rows.push(nothing_bound(*of, update.old));
        }
    }
    let mut tasks = Tasks::new(targets.len());
    tasks.accept(0..targets.len(), &record, request_id.as_ref());
    let name = |at: usize| targets[at].target.clone();
    let seen = |at: usize, progress: &Progress| {
        let is_it = |item: &&Item| items.get(at).is_some_and(|known| known.id == item.id);
        of_items(progress.items.iter().find(is_it), progress)
    };
    let records = (update.client, RecordKind::Update);
    confirm(session, records, wait, &mut tasks, name, seen).await;
    rows.extend(rows_of(tasks, targets));
    None
}

/// No instance takes the certificate: what the old one is not bound to is as asked.
async fn explain_empty(update: Update<'_>, failure: &Failure, rows: &mut Vec<Row>) {
    let bindings = bindings(update.client, update.old, update.places).await;
    for place in update.places {
        let is_here = |bound: &Bound| is_in(place, bound);
        rows.push(match &bindings {
            Ok(bindings) if !bindings.iter().any(is_here) => nothing_bound(place.0, update.old),
            _ => type_row(place.0).of(&Settled::failed(failure.clone())),
        });
    }
}

fn item_row_of_update(item: &Item) -> Row {
    item_row(UpdateCertificateInstance::ACTION, item)
}
