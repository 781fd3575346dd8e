//! Trying again what failed of a record, and taking back what went well.

use std::rc::Rc;

use super::record::{Progress, Watch};
use crate::fault::Kind;
use crate::products::Settled;
use crate::providers::tencent::ssl::records::{
    DeployCertificateRecordRetry, DeployCertificateRecordRollback, Item, Kind as RecordKind,
    RecordRetry, State, UpdateCertificateRecordRetry, UpdateCertificateRecordRollback,
};
use crate::transport::{Client, Failure, Fate, Patience, Reconciled, reconcile};

/// Tries the items that have failed again; returns the id of the request that was answered. After a
/// lost answer it is begun once any of them has begun.
///
/// # Errors
/// Why it is not tried again; of unknown fate where it may be.
pub async fn retry(
    client: &Client<'_>,
    kind: RecordKind,
    call: RecordRetry,
    failed: &[&Item],
) -> Result<Option<Rc<str>>, Failure> {
    let watch = Watch::new(client, kind, &call.record.to_string());
    let look = async || {
        let progress = watch.look().await?;
        let is_ours = |item: &&Item| failed.iter().any(|failed| failed.id == item.id);
        let ours: Vec<&Item> = progress.items.iter().filter(is_ours).collect();
        match ours.is_empty() {
            true => Err(untold()),
            false => Ok(ours
                .iter()
                .find(|item| !item.state().is_failure())
                .map(drop)),
        }
    };
    // What is under way is not tried again: the cloud refuses that.
    let patience = Patience::AT_THE_END;
    match kind {
        RecordKind::Deploy => {
            let call = DeployCertificateRecordRetry(call);
            reconcile(client, &call, patience, look)
                .await
                .map(request_id)
        }
        RecordKind::Update => {
            let call = UpdateCertificateRecordRetry(call);
            reconcile(client, &call, patience, look)
                .await
                .map(request_id)
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

/// How it is known that a record was taken back.
pub enum Taken {
    /// The answer names the rollback's own record.
    Record(String, Option<Rc<str>>),
    /// The answer was lost, or named none; the items say so.
    Seen(Progress),
}

/// What an item says after an answer that was lost: one that is rolled back was, whichever record
/// did it.
pub fn seen_back(item: &Item, progress: &Progress) -> Settled {
    let now = progress.items.iter().find(|now| now.id == item.id);
    match now.is_some_and(|now| now.state() == State::RolledBack) {
        true => Settled::read_back().with("rolled back, although the answer was lost"),
        false => Settled::unknown(
            "the answer was lost, and the cloud does not report a rollback \
                                   yet",
        ),
    }
}

/// Makes the call. After a lost answer the items are read, for a while: only where each is still as
/// it was is the call made again, which puts the same certificates back.
///
/// # Errors
/// Why it is not taken back; of unknown fate where it may be.
pub async fn take_back(
    client: &Client<'_>,
    kind: RecordKind,
    record: i64,
    done: &[&Item],
) -> Result<Taken, Failure> {
    let watch = Watch::new(client, kind, &record.to_string());
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
            message: "the answer contains no record of the rollback".into(),
            hint: "check `certctl ssl deployments list` before you run the command again",
            request_id: done.request_id,
            http_status: Some(200),
            attempts: 1,
            ..Failure::of(Kind::NoAnswer, Fate::Unknown)
        }),
    }
}
