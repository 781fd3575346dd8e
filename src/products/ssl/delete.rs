//! Certificates out of the store, and what became of those whose answer was lost.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use super::read::{Bound, Search};
use crate::config::Site;
use crate::fault::Kind;
use crate::products::{Outcome, Reason, Seen, Settled, StoreId};
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::certificates::DescribeCertificate;
use crate::providers::tencent::ssl::delete::{
    DeleteCertificate, DeleteTask, DescribeDeleteCertificatesTaskResult, TASK_LIMIT,
};
use crate::transport::{
    Account, Boxed, Client, Failure, Patience, Reconciled, read_each, reconcile,
};

/// How long a delete that looks for bound resources may take.
pub const DELETE_LIMIT: Duration = Duration::from_secs(300);

/// How many bindings are named.
const NAMED: usize = 3;

/// How carefully certificates are deleted.
#[derive(Clone, Copy)]
pub struct Deletion<'a> {
    /// Sends the calls.
    pub client: &'a Client<'a>,
    /// Whether bindings are looked for first.
    pub looks: bool,
    /// Whether the cloud is told to look for them.
    pub check: bool,
}

/// A delete that was asked for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// What became of it.
    pub settled: Settled,
    /// The task that carries it out; empty where there is none.
    task: String,
    /// Whether an answer was lost before: another task may have been first.
    lost: bool,
}

impl From<Settled> for Asked {
    fn from(settled: Settled) -> Self {
        Asked {
            settled,
            ..Asked::default()
        }
    }
}

/// Deletes a certificate that nothing bears, and waits until that is so.
pub fn delete<'c, 'e>(account: &'c Rc<Account<'e>>, id: &'c StoreId) -> Boxed<'c, Settled> {
    Box::pin(async move {
        let client = match account.client(&SSL) {
            Ok(client) => client,
            Err(error) => return Settled::failed(error.into()),
        };
        let deletion = Deletion::careful(&client);
        let asked = [deletion.ask(&id.id).await];
        let ids = [id.id.clone()];
        if asked[0].task.is_empty() {
            let [asked] = asked;
            return asked.settled;
        }
        let read = async || deletion.see(&ids, &asked, &[0]).await.pop();
        let pending = |seen: &Option<(usize, Result<Seen, Failure>)>| {
            matches!(seen, Some((_, Ok(Seen::Pending(_)))))
        };
        let what = "the cloud to look for bound resources";
        let seen = client.poll(what, DELETE_LIMIT, read, |seen| !pending(seen));
        let refuted = |kind: Kind, why| Outcome::Refuted(Reason::new(kind, why, kind.hint()));
        match seen.await.map(|(_, seen)| seen) {
            Some(Ok(Seen::Confirmed)) => asked[0].settled.clone().confirmed(),
            Some(Ok(Seen::InUse(why))) => refuted(Kind::Conflict, why).into(),
            Some(Ok(Seen::Failed(why))) => refuted(Kind::State, why).into(),
            Some(Ok(Seen::Pending(why))) => Settled::unknown(&why),
            Some(Err(failure)) => Settled::unknown(&failure.message),
            None => Settled::unknown("its task was not checked"),
        }
    })
}

impl<'a> Deletion<'a> {
    /// One of what is not in use: the mainland site looks for that itself.
    pub fn careful(client: &'a Client<'a>) -> Self {
        let check = client.account().settings().site.value == Site::Mainland;
        Deletion {
            client,
            looks: !check,
            check,
        }
    }

    /// Asks for a delete.
    pub async fn ask(&self, id: &str) -> Asked {
        if self.looks
            && let Some(kept) = self.kept(id).await
        {
            return kept.into();
        }
        let call = DeleteCertificate {
            certificate: id,
            check: self.check,
        };
        let lost = Cell::new(false);
        let look = async || {
            lost.set(true);
            Ok((!self.is_there(id).await?).then_some(()))
        };
        match reconcile(self.client, &call, Patience::AT_THE_END, look).await {
            Ok(Reconciled::Answered(done)) => {
                let accepted = Settled::accepted(done.request_id);
                let is_said = done.reply.deleted || !done.reply.task.is_empty();
                Asked {
                    settled: match is_said {
                        true => accepted,
                        false => self.unsaid(id, accepted).await,
                    },
                    task: done.reply.task,
                    lost: lost.get(),
                }
            }
            Ok(Reconciled::Seen(())) => Settled::read_back()
                .with("deleted, although the answer was lost")
                .into(),
            Err(failure) => Settled::failed(failure).into(),
        }
    }

    /// Why a certificate is kept: something is bound to it, or nobody can tell.
    async fn kept(&self, id: &str) -> Option<Settled> {
        let ids = [id.to_owned()];
        match Search::new(self.client, &[]).bindings(&ids).await {
            Ok(bindings) if bindings.is_empty() => None,
            Ok(bindings) => {
                let kind = Kind::Conflict;
                let reason = Reason::new(kind, in_use(&bindings), kind.hint());
                Some(Settled::refused(reason))
            }
            // Deleting it will say so too.
            Err(failure) if failure.kind == Kind::NotFound => None,
            Err(failure) => Some(Settled::failed(Failure {
                message: format!("{} (--force deletes without checking)", failure.message),
                ..failure
            })),
        }
    }

    /// An id of which the answer says neither that it is deleted nor that it will be.
    async fn unsaid(&self, id: &str, accepted: Settled) -> Settled {
        let (outcome, note) = match self.is_there(id).await {
            Ok(false) => (Outcome::Changed { confirmed: true }, None),
            Ok(true) => {
                let message = "not deleted, and the answer gives no reason";
                let reason = Reason::new(Kind::State, message, Kind::State.hint());
                (Outcome::Refuted(reason), None)
            }
            Err(failure) => {
                let why = &failure.message;
                let note = format!("the answer does not show it, and it could not be read: {why}");
                (Outcome::Unknown, Some(note.into()))
            }
        };
        Settled {
            outcome,
            note,
            ..accepted
        }
    }

    async fn is_there(&self, id: &str) -> Result<bool, Failure> {
        let read = DescribeCertificate { certificate: id };
        match self.client.call(&read).await {
            Ok(_) => Ok(true),
            Err(failure) if failure.kind == Kind::NotFound => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    /// Looks what became of deletes: at their tasks, or whether the certificate is there.
    pub async fn see(
        &self,
        ids: &[String],
        asked: &[Asked],
        targets: &[usize],
    ) -> Vec<(usize, Result<Seen, Failure>)> {
        let (queued, at_once): (Vec<usize>, Vec<usize>) = targets
            .iter()
            .partition(|target| !asked[**target].task.is_empty());
        let mut seen = read_each(&at_once, async |target| {
            Ok(match self.is_there(&ids[target]).await? {
                true => Seen::Pending("it still exists".into()),
                false => Seen::Confirmed,
            })
        })
        .await;
        for targets in queued.chunks(TASK_LIMIT) {
            let tasks: Vec<String> = targets.iter().map(|at| asked[*at].task.clone()).collect();
            let read = DescribeDeleteCertificatesTaskResult { tasks: &tasks };
            let answered = self.client.call(&read).await;
            for target in targets {
                let found = answered.as_ref().map_err(Clone::clone).map(|done| {
                    let known = &done.reply.tasks;
                    known.iter().find(|task| task.task == asked[*target].task)
                });
                let result = match found {
                    Ok(Some(task)) => self.judge(&ids[*target], task, asked[*target].lost).await,
                    Ok(None) => Ok(Seen::Pending("the task is not shown yet".into())),
                    Err(failure) => Err(failure),
                };
                seen.push((*target, result));
            }
        }
        seen
    }

    async fn judge(&self, id: &str, task: &DeleteTask, lost: bool) -> Result<Seen, Failure> {
        let why = match task.status {
            Some(1) => return Ok(Seen::Confirmed),
            None | Some(0) => {
                return Ok(Seen::Pending(
                    "the cloud is checking whether it is in use".into(),
                ));
            }
            // The task of the call whose answer was lost may have come first.
            Some(_) if lost && !self.is_there(id).await? => return Ok(Seen::Confirmed),
            Some(3) => {
                "not deleted: first authorize the role SSL_QCSLinkedRoleInReplaceLoadCertificate \
                 in the console"
            }
            Some(4) => {
                "not deleted: cloud resources use it; list them with `certctl ssl bindings`, or \
                 use --force"
            }
            Some(5) => "not deleted: the cloud took too long to look for bound resources",
            Some(_) => "not deleted: the cloud's task failed",
        };
        let why = match task.error.as_str() {
            "" => why.to_owned(),
            error => format!("{why}: {}", self.client.redacted(error)),
        };
        Ok(match task.status {
            Some(4) => Seen::InUse(why),
            _ => Seen::Failed(why),
        })
    }
}

/// What a certificate is bound to, in words.
fn in_use(bindings: &[Bound]) -> String {
    let named: Vec<String> = bindings
        .iter()
        .take(NAMED)
        .map(|bound| format!("{} {}", bound.of.as_str(), bound.place.id))
        .collect();
    let more = match bindings.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "not deleted: it is bound to {}{more}; list all with `certctl ssl bindings`, or use \
         --force",
        named.join(", ")
    )
}
