//! Trying again what failed, and taking back what went well.

use std::rc::Rc;

use super::{RECORD_PAGE, RecordArgs, RetryArgs, RollbackArgs, find, planned_looks};
use crate::cloud::Cloud;
use crate::commands::ssl::record::{Key, Progress, Watch, accepted, confirm_items, item_row};
use crate::commands::{Session, concluded, counted, ends_run, fail_all};
use crate::config::Settings;
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Document, Row, Status};
use crate::providers::Operation;
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::records::{
    DeployCertificateRecordRetry, DeployCertificateRecordRollback, Item, Kind as RecordKind,
    RecordRetry, State, UpdateCertificateRecordRetry, UpdateCertificateRecordRollback,
};
use crate::transport::{Client, Failure, Fate, PlannedCall, plan};

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
    Answer::Targets(Document::planned(command, rows, requests))
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
            let mut row = record_row(&args.of, action);
            row.settle(Status::Unchanged, None);
            row.note = Some("nothing of it has failed".into());
            return Ok(concluded(RETRY, vec![row], None, client));
        }
        let mut rows: Vec<Row> = match failed.is_empty() {
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
        let ended = settle(&mut rows, sent, &record);
        if !keys.is_empty() {
            confirm_items(session, &watch, &args.wait, &keys, &mut rows).await;
        }
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
            format!("record {} has no item {id}", args.of.record),
            "see `certctl ssl deployments show` with the record: nothing was changed",
        )),
        Some(item) if item.state().is_failure() => Ok(vec![item]),
        Some(_) => Ok(Vec::new()),
    }
}

/// Settles all rows by what became of the call; returns a failure that ended the run.
fn settle(
    rows: &mut [Row],
    sent: Result<(String, Option<Rc<str>>), Failure>,
    record: &str,
) -> Option<Failure> {
    match sent {
        Ok((own, request_id)) => {
            let record = if own.is_empty() { record } else { &own };
            for row in rows {
                row.settle(Status::Changed, request_id.clone());
                accepted(row, record);
            }
            None
        }
        Err(failure) => {
            fail_all(rows, &failure);
            ends_run(&failure).then_some(failure)
        }
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
    async fn send(&self) -> Result<(String, Option<Rc<str>>), Failure> {
        let mut lost: Option<Failure> = None;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let call = self.call.clone();
            let sent = match self.kind {
                RecordKind::Deploy => {
                    let call = DeployCertificateRecordRetry(call);
                    self.client.call(&call).await.map(|done| done.request_id)
                }
                RecordKind::Update => {
                    let call = UpdateCertificateRecordRetry(call);
                    self.client.call(&call).await.map(|done| done.request_id)
                }
            };
            let refusal = match sent {
                Ok(request_id) => return Ok((String::new(), request_id)),
                Err(refusal) => refusal,
            };
            let unanswered = refusal.fate == Fate::Unknown;
            let failure = refusal.after(lost.take());
            if failure.fate != Fate::Unknown || self.client.halt().is_some() {
                return Err(failure);
            }
            match self.is_begun().await {
                Some(true) => return Ok((String::new(), None)),
                Some(false) if !unanswered => {
                    return Err(Failure {
                        fate: Fate::NotRun,
                        ..failure
                    });
                }
                Some(false) => {}
                None => return Err(failure),
            }
            if !self.client.again_after(attempt).await {
                return Err(failure);
            }
            lost = Some(failure);
        }
    }

    /// Whether any of the items that had failed has begun again; none where that cannot be read.
    async fn is_begun(&self) -> Option<bool> {
        let progress = self.watch.look().await.ok()?;
        let of_ours = |item: &&Item| self.keys.contains(&Key::id(item));
        let ours: Vec<&Item> = progress.items.iter().filter(of_ours).collect();
        let begun = ours.iter().any(|item| !item.state().is_failure());
        (!ours.is_empty()).then_some(begun)
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
            let mut row = record_row(&args.of, action);
            row.settle(Status::Unchanged, None);
            row.note = Some(match back {
                0 => "nothing of it went well: there is nothing to put back".into(),
                back => format!("{} rolled back already", counted(back, "instance")).into(),
            });
            return Ok(concluded(ROLLBACK, vec![row], None, client));
        }
        announce(session, &done);
        session.consent_online(&question, client).await?;
        let mut rows: Vec<Row> = match done.is_empty() {
            true => vec![record_row(&args.of, action)],
            false => done.iter().map(|item| item_row(action, item)).collect(),
        };
        let sent = take_back(client, kind, id).await;
        let is_lost = sent
            .as_ref()
            .is_err_and(|failure| failure.fate == Fate::Unknown);
        let ended = settle(&mut rows, sent, &record);
        if is_lost && client.halt().is_none() {
            let watch = Watch::new(client, kind, &record);
            look_back(&watch, &done, &mut rows).await;
        }
        let own = rows.first().and_then(|row| row.record.clone());
        if let Some(own) = own.filter(|_| !done.is_empty()) {
            let keys: Vec<Key> = done.iter().map(|item| Key::place(item)).collect();
            let watch = Watch::new(client, kind, &own);
            confirm_items(session, &watch, &args.wait, &keys, &mut rows).await;
        }
        Ok(concluded(ROLLBACK, rows, ended.as_ref(), client))
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

/// After a lost answer: an item that is said to be rolled back was, whichever record did it. Of the
/// others nothing is known.
async fn look_back(watch: &Watch<'_>, done: &[&Item], rows: &mut [Row]) {
    let Ok(progress) = watch.look().await else {
        return;
    };
    for (item, row) in done.iter().zip(rows) {
        let now = progress.items.iter().find(|now| now.id == item.id);
        if now.is_some_and(|now| now.state() == State::RolledBack) {
            row.settle(Status::Changed, None);
            row.note = Some("rolled back, though the answer was lost".into());
        }
    }
}

/// Makes the call, once; returns the record of the rollback. A second call would be refused, or put
/// something else back.
async fn take_back(
    client: &Client<'_>,
    kind: RecordKind,
    record: i64,
) -> Result<(String, Option<Rc<str>>), Failure> {
    let done = match kind {
        RecordKind::Deploy => {
            client
                .call(&DeployCertificateRecordRollback { record })
                .await?
        }
        RecordKind::Update => {
            client
                .call(&UpdateCertificateRecordRollback { record })
                .await?
        }
    };
    match done.reply.record() {
        Some(own) => Ok((own.to_owned(), done.request_id)),
        None => Err(Failure {
            kind: Kind::NoAnswer,
            message: "the answer names no record of the rollback".into(),
            hint: "look at `certctl ssl deployments list` before running the command again",
            request_id: done.request_id,
            http_status: Some(200),
            attempts: 1,
            ..Failure::of(Kind::NoAnswer, Fate::Unknown)
        }),
    }
}
