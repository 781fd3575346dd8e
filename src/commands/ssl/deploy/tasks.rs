//! Making the tasks of a deployment: one at a time for a certificate and type, each refused as a
//! whole where one instance is at fault, and never made twice after a lost answer.

use std::rc::Rc;

use super::Deployment;
use crate::commands::ssl::record::{TASK_LIMIT, Tasks, Watch};
use crate::fault::Kind;
use crate::providers::page::Cursor;
use crate::providers::tencent::ssl::deploy::DeployCertificateInstance;
use crate::providers::tencent::ssl::records::{
    DescribeHostDeployRecord, Kind as RecordKind, RECORD_PAGE, Record, Records,
};
use crate::transport::{Failure, Fate, ends_run};

/// What became of a call for some targets.
enum Sent {
    /// A record has all of them, or they are settled otherwise.
    Settled,
    /// Another task was in the way, and is through: these are still to be sent.
    Again(Vec<usize>),
    /// One of them has the others refused with it.
    Split(Failure),
}

/// What the tasks of one region share.
pub struct Run<'r> {
    /// The region.
    pub region: Option<&'r str>,
    /// The records that there were before, where they could be read.
    pub known: Option<&'r [String]>,
    /// The records that were waited for.
    pub past: &'r mut Vec<String>,
    /// What becomes of the targets.
    pub tasks: &'r mut Tasks,
}

impl Run<'_> {
    /// Whether a record was neither there before nor made by a call of this run.
    fn is_new(&self, record: &str) -> bool {
        let ours = |one: &Option<Rc<str>>| one.as_deref() == Some(record);
        let before = |known: &[String]| known.iter().any(|known| known == record);
        self.known.is_some_and(|known| !before(known)) && !self.tasks.records.iter().any(ours)
    }
}

impl Deployment<'_> {
    /// The records of this certificate and type that there are before anything is sent.
    pub(super) async fn known_records(&self) -> Result<Vec<String>, Failure> {
        let records = self.records().await?;
        Ok(records.into_iter().map(|record| record.id).collect())
    }

    async fn records(&self) -> Result<Vec<Record>, Failure> {
        let page = |cursor: &Cursor| DescribeHostDeployRecord {
            certificate_id: self.certificate,
            resource_type: Some(self.of),
            cursor: cursor.clone(),
            limit: RECORD_PAGE,
        };
        self.client
            .all(RECORD_PAGE, page, Records::page, Record::key)
            .await
    }

    /// Deploys to targets of one region. A list that is refused for one instance is taken apart until
    /// the instances at fault stand alone.
    ///
    /// # Errors
    /// Why nothing more may be sent.
    pub(super) async fn deploy(
        &self,
        targets: Vec<usize>,
        run: &mut Run<'_>,
    ) -> Result<(), Failure> {
        let mut parts = vec![targets];
        while let Some(part) = parts.pop() {
            if part.is_empty() {
                continue;
            }
            match self.send(&part, run).await? {
                Sent::Settled => {}
                Sent::Again(rest) => parts.push(rest),
                Sent::Split(failure) if part.len() == 1 => run.tasks.fail(part, &failure),
                Sent::Split(_) => {
                    let (first, second) = part.split_at(part.len() / 2);
                    parts.push(second.to_vec());
                    parts.push(first.to_vec());
                }
            }
        }
        Ok(())
    }

    /// Makes one call for targets, and finds out what became of it. More than a lost answer may come
    /// between, which is why this is no [`crate::transport::reconcile`]: another task that has to be
    /// waited for or has some of the targets, and a list that one of them has refused.
    async fn send(&self, targets: &[usize], run: &mut Run<'_>) -> Result<Sent, Failure> {
        let ids: Vec<String> = targets
            .iter()
            .map(|target| self.instances[*target].id())
            .collect();
        let call = DeployCertificateInstance {
            certificate_id: self.certificate,
            resource_type: self.of,
            instances: &ids,
            region: run.region,
        };
        let mut lost: Option<Failure> = None;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let refusal = match self.client.call(&call).await {
                Ok(done) => match (done.reply.record(), done.reply.deploy_status) {
                    (Some(record), 1) => {
                        let request_id = done.request_id.as_ref();
                        run.tasks
                            .accept(targets.iter().copied(), record, request_id);
                        return Ok(Sent::Settled);
                    }
                    (Some(record), _) => {
                        return self.beside(record, targets, done.request_id, run).await;
                    }
                    (None, _) => nameless(done.request_id),
                },
                Err(failure) => failure,
            };
            let unanswered = refusal.fate == Fate::Unknown;
            let failure = refusal.clone().after(lost.clone());
            if failure.fate == Fate::Unknown {
                if self.client.halt().is_some() {
                    run.tasks.fail(targets.iter().copied(), &failure);
                    return Err(failure);
                }
                // Never again blindly: the lost call may have made its task.
                match self.new_record(run).await {
                    Ok(Some(record)) => return self.beside(&record, targets, None, run).await,
                    Ok(None) => {}
                    Err(unread) => {
                        run.tasks.fail(targets.iter().copied(), &failure);
                        return match ends_run(&unread) {
                            true => Err(unread),
                            false => Ok(Sent::Settled),
                        };
                    }
                }
            }
            if unanswered {
                if !self.client.again_after(attempt).await {
                    run.tasks.fail(targets.iter().copied(), &failure);
                    return match self.client.halt() {
                        Some(halt) => Err(self.client.halted(halt, Fate::NotSent)),
                        None => Ok(Sent::Settled),
                    };
                }
                lost = Some(failure);
                continue;
            }
            // There is no new record: a call that was lost made none, and this one was refused.
            if refusal.kind == Kind::Busy {
                let running = match self.running_record().await {
                    Ok(running) => running,
                    Err(unread) => {
                        run.tasks.fail(targets.iter().copied(), &unread);
                        return Err(unread);
                    }
                };
                if let Some(record) = running {
                    let watch = Watch::new(self.client, RecordKind::Deploy, &record);
                    if let Err(failure) = watch.over().await {
                        run.tasks.fail(targets.iter().copied(), &failure);
                        return Err(failure);
                    }
                    continue;
                }
                if self.client.again_after(attempt).await {
                    continue;
                }
            }
            if ends_run(&refusal) {
                run.tasks.fail(targets.iter().copied(), &refusal);
                return Err(refusal);
            }
            if is_of_the_list(&refusal) {
                return Ok(Sent::Split(refusal));
            }
            run.tasks.fail(targets.iter().copied(), &refusal);
            return Ok(Sent::Settled);
        }
    }

    /// Another record was answered than one of this call. What it has of the targets is on its way;
    /// the others are sent once it is through.
    async fn beside(
        &self,
        record: &str,
        targets: &[usize],
        request_id: Option<Rc<str>>,
        run: &mut Run<'_>,
    ) -> Result<Sent, Failure> {
        if run.past.iter().any(|past| past == record) {
            let failure = still_answered(record, request_id);
            run.tasks.fail(targets.iter().copied(), &failure);
            return Ok(Sent::Settled);
        }
        let watch = Watch::new(self.client, RecordKind::Deploy, record);
        let read = async || watch.look().await;
        let what = format!("the instances of record {record}");
        let listed = self
            .client
            .poll(&what, TASK_LIMIT, read, |seen| match seen {
                Ok(progress) => progress.counts.total > 0 || progress.is_over,
                Err(_) => true,
            })
            .await;
        let progress = match listed {
            Ok(progress) => progress,
            Err(failure) => {
                let failure = Failure {
                    message: format!("record {record} cannot be read: {}", failure.message),
                    // A record that was not there before is that of a call whose answer was lost.
                    fate: match run.is_new(record) {
                        true => Fate::Unknown,
                        false => failure.fate,
                    },
                    ..failure
                };
                run.tasks.fail(targets.iter().copied(), &failure);
                return match ends_run(&failure) {
                    true => Err(failure),
                    false => Ok(Sent::Settled),
                };
            }
        };
        let whole = run.is_new(record) && progress.counts.total == targets.len();
        let has = |target: &usize| {
            let instance = &self.instances[*target];
            let items = progress.items.iter();
            let mut own = items.filter(|item| item.cert_id == self.certificate);
            whole || own.any(|item| item.is_of(self.of, instance))
        };
        let (on_its_way, rest): (Vec<usize>, Vec<usize>) = targets.iter().partition(|t| has(t));
        run.tasks.accept(on_its_way, record, request_id.as_ref());
        if rest.is_empty() {
            return Ok(Sent::Settled);
        }
        if let Some(halt) = self.client.halt() {
            return Err(self.client.halted(halt, Fate::NotSent));
        }
        match watch.over().await {
            Ok(()) => {
                run.past.push(record.to_owned());
                Ok(Sent::Again(rest))
            }
            Err(failure) => {
                run.tasks.fail(rest, &failure);
                Err(failure)
            }
        }
    }

    /// A record that was neither there before nor made by a call of this run; fails where that cannot
    /// be told.
    async fn new_record(&self, run: &Run<'_>) -> Result<Option<String>, Failure> {
        if run.known.is_none() {
            return Err(Failure::of(Kind::Permission, Fate::NotSent));
        }
        let records = self.records().await?;
        let new = records.into_iter().find(|record| run.is_new(&record.id));
        Ok(new.map(|record| record.id))
    }

    async fn running_record(&self) -> Result<Option<String>, Failure> {
        let records = self.records().await?;
        let running = records.into_iter().find(|record| record.status == 0);
        Ok(running.map(|record| record.id))
    }
}

/// An answer without a record proves nothing.
fn nameless(request_id: Option<Rc<str>>) -> Failure {
    Failure {
        message: "the answer names no record: whether a task was made is not known".into(),
        hint: "look at `certctl ssl deployments list` before running the command again",
        request_id,
        http_status: Some(200),
        attempts: 1,
        ..Failure::of(Kind::NoAnswer, Fate::Unknown)
    }
}

/// A task that is through is still said to be in the way.
fn still_answered(record: &str, request_id: Option<Rc<str>>) -> Failure {
    Failure {
        message: format!("record {record} is through, and still said to be in the way"),
        hint: "run the command again in a few minutes",
        request_id,
        http_status: Some(200),
        attempts: 1,
        ..Failure::of(Kind::Busy, Fate::NotRun)
    }
}

/// Whether a refusal may be due to one instance of the list, not to the certificate or the caller.
fn is_of_the_list(refusal: &Failure) -> bool {
    const WHOLE: [&str; 5] = [
        "FailedOperation.CertificateHostDeployCanNotAllow",
        "FailedOperation.CertificateHostResourceTypeInvalid",
        "FailedOperation.CertificateNotAvailable",
        "FailedOperation.InvalidCertificateStatusCode",
        "InvalidParameter.RegionNotEmpty",
    ];
    let code = refusal.code.as_deref().unwrap_or_default();
    matches!(refusal.kind, Kind::State | Kind::Parameter | Kind::Refused)
        && !code.is_empty()
        && !WHOLE.contains(&code)
}
