//! Trying again what failed, and taking back what went well.

use super::{RECORD_PAGE, RecordArgs, RetryArgs, RollbackArgs, find, planned_looks};
use crate::cloud::Cloud;
use crate::commands::ask::Question;
use crate::commands::ssl::record::{confirm, item_row, rows};
use crate::commands::{Session, concluded, counted};
use crate::config::Settings;
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Row};
use crate::products::ssl::look::of_items;
use crate::products::ssl::record::{Progress, Tasks};
use crate::products::ssl::redo::{Taken, retry as retry_of, seen_back, take_back};
use crate::products::{Current, Settled};
use crate::providers::Operation;
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::records::{
    DeployCertificateRecordRetry, DeployCertificateRecordRollback, Item, Kind as RecordKind,
    RecordRetry, State, UpdateCertificateRecordRetry, UpdateCertificateRecordRollback,
};
use crate::transport::{PlannedCall, ends_run, plan};

const RETRY: &str = "ssl deployments retry";
const ROLLBACK: &str = "ssl deployments rollback";

const fn retry_action(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::Deploy => DeployCertificateRecordRetry::ACTION,
        RecordKind::Update => UpdateCertificateRecordRetry::ACTION,
    }
}

const fn rollback_action(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::Deploy => DeployCertificateRecordRollback::ACTION,
        RecordKind::Update => UpdateCertificateRecordRollback::ACTION,
    }
}

/// The whole record as a target: where its items are not known.
fn record_row(of: &RecordArgs, action: &'static str) -> Row {
    Row::new(
        Cloud::Tencent,
        SSL.name,
        action,
        &of.record.one().to_string(),
    )
}

/// A dry run: the reads, and the change itself once its kind is known.
fn planned(
    command: &'static str,
    settings: &Settings,
    of: &RecordArgs,
    action: impl Fn(RecordKind) -> &'static str,
    change: impl Fn(RecordKind, Vec<String>) -> PlannedCall,
) -> Answer {
    let record = of.record.one().to_string();
    let mut requests = planned_looks(settings, &record, of.kind, RECORD_PAGE);
    let kind = of.kind.map_or(RecordKind::Deploy, RecordKind::from);
    if of.kind.is_some() {
        requests.push(change(kind, vec![record]));
    }
    let rows = vec![record_row(of, action(kind))];
    Answer::planned(command, rows, requests)
}

/// `certctl ssl deployments retry`
pub fn retry(session: &Session<'_>, args: &RetryArgs) -> Result<Answer, Error> {
    let settings = args.of.site.settings(session)?;
    let call = RecordRetry {
        record: *args.of.record.one(),
        item: args.item,
    };
    if session.globals.sends_nothing() {
        let change = |kind, targets| match kind {
            RecordKind::Deploy => plan(
                &settings,
                &DeployCertificateRecordRetry(call.clone()),
                targets,
            ),
            RecordKind::Update => plan(
                &settings,
                &UpdateCertificateRecordRetry(call.clone()),
                targets,
            ),
        };
        return Ok(planned(RETRY, &settings, &args.of, retry_action, change));
    }
    session.online(&SSL, &settings, async |client| {
        let record = args.of.record.one().to_string();
        let (kind, progress) = find(client, &record, args.of.kind, RECORD_PAGE).await?;
        let action = retry_action(kind);
        let failed = chosen(&progress, args)?;
        if failed.is_empty() && progress.is_over {
            let settled = Settled::unchanged().with("no item of it failed");
            let row = record_row(&args.of, action).of(&settled);
            return Ok(concluded(RETRY, vec![row], None, client));
        }
        let targets: Vec<Row> = match failed.is_empty() {
            true => vec![record_row(&args.of, action)],
            false => failed.iter().map(|item| item_row(action, item)).collect(),
        };
        let sent = retry_of(client, kind, call, &failed).await;
        let mut tasks = Tasks::new(targets.len());
        let ended = match sent {
            Ok(request_id) => {
                tasks.accept(0..targets.len(), &record, request_id.as_ref());
                None
            }
            Err(failure) => {
                tasks.fail_open(&failure);
                ends_run(&failure).then_some(failure)
            }
        };
        current(&failed, |item| &item.old_cert_id).tell(&mut tasks.settled);
        if !failed.is_empty() {
            let seen = |at: usize, now: &Progress| {
                let is_it = |item: &&Item| item.id == failed[at].id;
                of_items(now.items.iter().find(is_it), now)
            };
            let name = |at: usize| targets[at].target.clone();
            confirm(session, (client, kind), &args.wait, &mut tasks, name, seen).await;
        }
        let rows = rows(tasks, targets);
        Ok(concluded(RETRY, rows, ended.as_ref(), client))
    })
}

/// The items that failed, or the one that is asked for.
fn chosen<'p>(progress: &'p Progress, args: &RetryArgs) -> Result<Vec<&'p Item>, Error> {
    let failed = progress
        .items
        .iter()
        .filter(|item| item.state().is_failure());
    let Some(item) = args.item else {
        return Ok(failed.collect());
    };
    let id = item.to_string();
    let known = progress.items.iter().find(|item| item.id == id);
    match known {
        None => Err(Error::new(
            Kind::NotFound,
            format!("record {} has no item {id}", args.of.record.one()),
            "list the items with `certctl ssl deployments show`: nothing was changed",
        )),
        Some(item) if item.state().is_failure() => Ok(vec![item]),
        Some(_) => Ok(Vec::new()),
    }
}

/// `certctl ssl deployments rollback`
pub fn rollback(session: &Session<'_>, args: &RollbackArgs) -> Result<Answer, Error> {
    let question = Question::new(format!(
        "restoring the old certificates of record {}",
        args.of.record.one()
    ));
    session.must_ask(&question)?;
    let settings = args.of.site.settings(session)?;
    let id = *args.of.record.one();
    if session.globals.sends_nothing() {
        let change = |kind, targets| match kind {
            RecordKind::Deploy => plan(
                &settings,
                &DeployCertificateRecordRollback { record: id },
                targets,
            ),
            RecordKind::Update => plan(
                &settings,
                &UpdateCertificateRecordRollback { record: id },
                targets,
            ),
        };
        return Ok(planned(
            ROLLBACK,
            &settings,
            &args.of,
            rollback_action,
            change,
        ));
    }
    session.online(&SSL, &settings, async |client| {
        let record = id.to_string();
        let (kind, progress) = find(client, &record, args.of.kind, RECORD_PAGE).await?;
        let action = rollback_action(kind);
        let has = |state: State| {
            progress
                .items
                .iter()
                .filter(move |item| item.state() == state)
        };
        let done: Vec<&Item> = has(State::Succeeded).collect();
        let back = has(State::RolledBack).count();
        if done.is_empty() && progress.is_over {
            let settled = Settled::unchanged().with(&match back {
                0 => "no item of it succeeded: there is nothing to restore".to_owned(),
                back => format!("{} already rolled back", counted(back, "instance")),
            });
            let row = record_row(&args.of, action).of(&settled);
            return Ok(concluded(ROLLBACK, vec![row], None, client));
        }
        announce(session, &done);
        let things = done.iter().map(|item| taken_back(item));
        session.ask(&question.naming(things), client).await?;
        let targets: Vec<Row> = match done.is_empty() {
            true => vec![record_row(&args.of, action)],
            false => done.iter().map(|item| item_row(action, item)).collect(),
        };
        let mut tasks = Tasks::new(targets.len());
        let ended = match take_back(client, kind, id, &done).await {
            Ok(Taken::Record(own, request_id)) => {
                tasks.accept(0..targets.len(), &own, request_id.as_ref());
                if !done.is_empty() {
                    let seen = |at: usize, now: &Progress| {
                        let is_it = |item: &&Item| {
                            item.resource_type == done[at].resource_type
                                && item.place() == done[at].place()
                        };
                        of_items(now.items.iter().find(is_it), now)
                    };
                    let name = |at: usize| targets[at].target.clone();
                    confirm(session, (client, kind), &args.wait, &mut tasks, name, seen).await;
                }
                None
            }
            Ok(Taken::Seen(progress)) => {
                for (item, settled) in done.iter().zip(&mut tasks.settled) {
                    *settled = seen_back(item, &progress);
                }
                None
            }
            Err(failure) => {
                tasks.fail_open(&failure);
                ends_run(&failure).then_some(failure)
            }
        };
        current(&done, |item| &item.cert_id).tell(&mut tasks.settled);
        let rows = rows(tasks, targets);
        Ok(concluded(ROLLBACK, rows, ended.as_ref(), client))
    })
}

/// Tells what is put back where nobody is asked about it.
fn announce(session: &Session<'_>, items: &[&Item]) {
    for item in items {
        session.ui.step(|| format!("  {}", taken_back(item)));
    }
}

/// `a.com: new00001 back to old00001`
fn taken_back(item: &Item) -> String {
    let old = match item.old_cert_id.as_str() {
        "" => "none",
        id => id,
    };
    format!("{}: {} back to {old}", item.place(), item.cert_id)
}

/// What items bear now, where the record tells.
fn current(items: &[&Item], bears: impl Fn(&Item) -> &str) -> Current {
    let mut current = Current::default();
    for (target, item) in items.iter().enumerate() {
        if !bears(item).is_empty() {
            current.put(target, bears(item));
        }
    }
    current
}
