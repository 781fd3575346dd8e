//! Trying again what failed, and taking back what went well.

use std::rc::Rc;

use super::{RECORD_PAGE, RecordArgs, RetryArgs, RollbackArgs, find, planned_looks};
use crate::cloud::Cloud;
use crate::commands::ssl::record::{Key, Progress, Tasks, Watch, confirm_items, item_row};
use crate::commands::{Session, concluded, counted};
use crate::config::Settings;
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Row};
use crate::products::Settled;
use crate::providers::Operation;
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::records::{
    DeployCertificateRecordRetry, DeployCertificateRecordRollback, Item, Kind as RecordKind,
    RecordRetry, State, UpdateCertificateRecordRetry, UpdateCertificateRecordRollback,
};
use crate::transport::{
    Client, Failure, Fate, Patience, PlannedCall, Reconciled, ends_run, plan, reconcile,
};

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
    Row::new(Cloud::Tencent, SSL.name, action, &of.record.to_string())
}

/// A dry run: the reads, and the change itself once its kind is known.
fn planned(
    command: &'static str,
    settings: &Settings,
    of: &RecordArgs,
    action: impl Fn(RecordKind) -> &'static str,
    change: impl Fn(RecordKind, Vec<String>) -> PlannedCall,
) -> Answer {
    let record = of.record.to_string();
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
        record: args.of.record,
        item: args.item,
    };
    if session.globals.dry_run {
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
        let record = args.of.record.to_string();
        let (kind, progress) = find(client, &record, args.of.kind, RECORD_PAGE).await?;
        let action = retry_action(kind);
        let failed = chosen(&progress, args)?;
        if failed.is_empty() && progress.is_over {
            let settled = Settled::unchanged().with("nothing of it has failed");
            let row = record_row(&args.of, action).of(&settled);
            return Ok(concluded(RETRY, vec![row], None, client));
        }
        let targets: Vec<Row> = match failed.is_empty() {
            true => vec![record_row(&args.of, action)],
            false => failed.iter().map(|item| item_row(action, item)).collect(),
        };
        let keys: Vec<Key> = failed.iter().map(|item| Key::id(item)).collect();
        let watch = Watch::new(client, kind, &record);
        let retrial = Retrial {
            client,
            kind,
            call,
            watch: &watch,
            keys: &keys,
        };
        let sent = retrial.send().await;
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
        if !keys.is_empty() {
            let settled = &mut tasks.settled;
            confirm_items(session, &watch, &args.wait, &keys, &targets, settled).await;
        }
        Ok(concluded(
            RETRY,
            tasks.rows(targets),
            ended.as_ref(),
            client,
        ))
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
            format!("record {} has no item {id}", args.of.record),
            "see `certctl ssl deployments show` with the record: nothing was changed",
        )),
        Some(item) if item.state().is_failure() => Ok(vec![item]),
        Some(_) => Ok(Vec::new()),
    }
}

/// Trying again, and finding out whether it was taken after a lost answer.
struct Retrial<'a> {
    client: &'a Client<'a>,
    kind: RecordKind,
    call: RecordRetry,
    watch: &'a Watch<'a>,
    keys: &'a [Key],
}

impl Retrial<'_> {
    /// Makes the call; returns the id of the request that was answered.
    async fn send(&self) -> Result<Option<Rc<str>>, Failure> {
        let look = async || Ok(self.is_begun().await?.then_some(()));
        // What is under way is not tried again: the cloud refuses that.
        let patience = Patience::AT_THE_END;
        let call = self.call.clone();
        match self.kind {
            RecordKind::Deploy => {
                let call = DeployCertificateRecordRetry(call);
                let sent = reconcile(self.client, &call, patience, look).await?;
                Ok(request_id(sent))
            }
            RecordKind::Update => {
                let call = UpdateCertificateRecordRetry(call);
                let sent = reconcile(self.client, &call, patience, look).await?;
                Ok(request_id(sent))
            }
        }
    }

    /// Whether any of the items that had failed has begun again.
    async fn is_begun(&self) -> Result<bool, Failure> {
        let progress = self.watch.look().await?;
        let of_ours = |item: &&Item| self.keys.contains(&Key::id(item));
        let ours: Vec<&Item> = progress.items.iter().filter(of_ours).collect();
        match ours.is_empty() {
            true => Err(untold()),
            false => Ok(ours.iter().any(|item| !item.state().is_failure())),
        }
    }
}

fn request_id<R>(sent: Reconciled<R, ()>) -> Option<Rc<str>> {
    match sent {
        Reconciled::Answered(done) => done.request_id,
        Reconciled::Seen(()) => None,
    }
}

/// The record does not show the items that would tell.
fn untold() -> Failure {
    Failure {
        message: "the record does not show its items".into(),
        ..Failure::of(Kind::Unexpected, Fate::NotRun)
    }
}

/// `certctl ssl deployments rollback`
pub fn rollback(session: &Session<'_>, args: &RollbackArgs) -> Result<Answer, Error> {
    let question = format!(
        "putting the old certificates of record {} back",
        args.of.record
    );
    session.must_ask(&question)?;
    let settings = args.of.site.settings(session)?;
    let id = args.of.record;
    if session.globals.dry_run {
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
                0 => "nothing of it went well: there is nothing to put back".to_owned(),
                back => format!("{} rolled back already", counted(back, "instance")),
            });
            let row = record_row(&args.of, action).of(&settled);
            return Ok(concluded(ROLLBACK, vec![row], None, client));
        }
        announce(session, &done);
        session.consent_online(&question, client).await?;
        let targets: Vec<Row> = match done.is_empty() {
            true => vec![record_row(&args.of, action)],
            false => done.iter().map(|item| item_row(action, item)).collect(),
        };
        let mut tasks = Tasks::new(targets.len());
        let watch = Watch::new(client, kind, &record);
        let ended = match take_back(client, kind, id, &watch, &done).await {
            Ok(Taken::Record(own, request_id)) => {
                tasks.accept(0..targets.len(), &own, request_id.as_ref());
                if !done.is_empty() {
                    let keys: Vec<Key> = done.iter().map(|item| Key::place(item)).collect();
                    let watch = Watch::new(client, kind, &own);
                    let settled = &mut tasks.settled;
                    confirm_items(session, &watch, &args.wait, &keys, &targets, settled).await;
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
        Ok(concluded(
            ROLLBACK,
            tasks.rows(targets),
            ended.as_ref(),
            client,
        ))
    })
}

/// What is about to be put back, before the question.
fn announce(session: &Session<'_>, items: &[&Item]) {
    for item in items {
        let old = match item.old_cert_id.as_str() {
            "" => "none",
            id => id,
        };
        let line = format!("  {}: {} back to {old}", item.place(), item.cert_id);
        match session.globals.yes {
            true => session.ui.step(|| line),
            false => session.ui.show(&line),
        }
    }
}

/// How it is known that a record was taken back.
enum Taken {
    /// The answer names the rollback's own record.
    Record(String, Option<Rc<str>>),
    /// The answer was lost, or named none; the items say so.
    Seen(Progress),
}

/// What an item says after an answer that was lost: one that is rolled back was, whichever record
/// did it.
fn seen_back(item: &Item, progress: &Progress) -> Settled {
    let now = progress.items.iter().find(|now| now.id == item.id);
    match now.is_some_and(|now| now.state() == State::RolledBack) {
        true => Settled::read_back().with("rolled back, though the answer was lost"),
        false => Settled::unknown("the answer was lost, and it is not said to be rolled back yet"),
    }
}

/// Makes the call. After a lost answer the items are read, for a while: only where each is still as
/// it was is the call made again, which puts the same certificates back.
async fn take_back(
    client: &Client<'_>,
    kind: RecordKind,
    record: i64,
    watch: &Watch<'_>,
    done: &[&Item],
) -> Result<Taken, Failure> {
    let look = async || {
        let progress = watch.look().await?;
        let now = |item: &&&Item| progress.items.iter().find(|now| now.id == item.id);
        if done.is_empty() || done.iter().any(|item| now(&item).is_none()) {
            return Err(untold());
        }
        let is_begun = done
            .iter()
            .any(|item| now(&item).is_some_and(|now| now.state() != State::Succeeded));
        Ok(is_begun.then_some(progress))
    };
    let patience = Patience::ALWAYS;
    let sent = match kind {
        RecordKind::Deploy => {
            let call = DeployCertificateRecordRollback { record };
            reconcile(client, &call, patience, &look).await?
        }
        RecordKind::Update => {
            let call = UpdateCertificateRecordRollback { record };
            reconcile(client, &call, patience, &look).await?
        }
    };
    let done = match sent {
        Reconciled::Answered(done) => done,
        Reconciled::Seen(progress) => return Ok(Taken::Seen(progress)),
    };
    if let Some(own) = done.reply.record() {
        return Ok(Taken::Record(own.to_owned(), done.request_id));
    }
    match look().await {
        Ok(Some(progress)) => Ok(Taken::Seen(progress)),
        _ => Err(Failure {
            message: "the answer names no record of the rollback".into(),
            hint: "look at `certctl ssl deployments list` before running the command again",
            request_id: done.request_id,
            http_status: Some(200),
            attempts: 1,
            ..Failure::of(Kind::NoAnswer, Fate::Unknown)
        }),
    }
}
