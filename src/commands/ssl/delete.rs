//! `certctl ssl delete`: certificates and their private keys out of the store.

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use clap::Args;
use futures_util::StreamExt;

use super::lookup::{Binding, Search};
use super::{SiteArgs, certificate_id};
use crate::cloud::Cloud;
use crate::commands::wait::{Seen, WaitArgs};
use crate::commands::{PARALLEL, Session, concluded, counted, ends_run, fail_all, list, read_each};
use crate::config::Site;
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Document, Row, RowError, Status};
use crate::providers::Operation;
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::bindings::CreateCertificateBindResourceSyncTask;
use crate::providers::tencent::ssl::certificates::DescribeCertificate;
use crate::providers::tencent::ssl::delete::{
    DeleteCertificate, DeleteTask, DescribeDeleteCertificatesTaskResult, TASK_LIMIT,
};
use crate::transport::{Client, Failure, Fate, plan};

const COMMAND: &str = "ssl delete";

/// How long a delete that looks for bound resources is waited for where nobody says.
const TASK_TIME: Duration = Duration::from_secs(300);

/// How many bindings are named.
const NAMED: usize = 3;

/// Delete certificates and their private keys
///
/// What is in use is kept: certctl looks for it, or on the mainland site the cloud itself.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ssl delete idle0001 --yes
  certctl ssl delete idle0001 expired1 --site mainland --yes
  certctl ssl delete example1 --force --yes")]
pub struct DeleteArgs {
    /// Certificate ids, several or comma-separated; - reads them from standard input
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// File with one id a line; - is standard input
    #[arg(long, value_name = "FILE")]
    ids_file: Option<PathBuf>,
    /// Delete even what is in use
    #[arg(long)]
    force: bool,
    /// Take an id that is not there for deleted
    #[arg(long)]
    missing_ok: bool,
    #[command(flatten)]
    site: SiteArgs,
    #[command(flatten)]
    wait: WaitArgs,
}

/// Runs the command.
pub fn run(session: &Session<'_>, args: &DeleteArgs) -> Result<Answer, Error> {
    let items = list::collect_arguments("ID", "ids", &args.ids, args.ids_file.as_deref())?;
    let ids = list::parse_distinct(items, certificate_id, String::clone)?;
    let whether = if args.force { ", in use or not" } else { "" };
    session.consent(&format!(
        "deleting {} and the private keys{whether}",
        counted(ids.len(), "certificate")
    ))?;
    let settings = args.site.settings(session)?;
    let mainland = settings.site.value == Site::Mainland;
    let check = mainland && !args.force;
    let look = !mainland && !args.force;
    let action = DeleteCertificate::ACTION;
    let row = |id: &String| Row::new(Cloud::Tencent, SSL.name, action, id);
    let mut rows: Vec<Row> = ids.iter().map(row).collect();
    if session.globals.dry_run {
        let mut requests = Vec::new();
        for id in &ids {
            let (certificate, targets) = (id.as_str(), || vec![id.clone()]);
            if look {
                let call = CreateCertificateBindResourceSyncTask {
                    certificate_ids: std::slice::from_ref(id),
                    cached: false,
                };
                requests.push(plan(&settings, &call, targets()));
            }
            let call = DeleteCertificate { certificate, check };
            requests.push(plan(&settings, &call, targets()));
        }
        return Ok(Answer::Targets(Document::planned(COMMAND, rows, requests)));
    }
    session.online(&SSL, &settings, async |client| {
        let deletion = Deletion {
            client,
            look,
            check,
            missing_ok: args.missing_ok,
            ended: RefCell::new(None),
        };
        let asked = deletion.ask_all(session, &ids, &mut rows).await;
        let wait = WaitArgs {
            wait: args.wait.wait.or(check.then_some(TASK_TIME)),
        };
        let see = async |targets: &[usize]| deletion.see(&ids, &asked, targets).await;
        session.confirm(client, &wait, &mut rows, see).await;
        let ended = deletion.ended.into_inner();
        Ok(concluded(COMMAND, rows, ended.as_ref(), client))
    })
}

/// What is known of a delete that was asked for.
#[derive(Clone, Debug, Default)]
struct Asked {
    /// The task that carries it out; empty where there is none.
    task: String,
    /// Whether an answer was lost before: another task may have been first.
    lost: bool,
}

/// Deleting certificates, and finding out what became of those whose answer was lost.
struct Deletion<'a> {
    client: &'a Client<'a>,
    /// Whether certctl looks for what is bound first.
    look: bool,
    /// Whether the cloud is asked to.
    check: bool,
    missing_ok: bool,
    /// The failure that holds for every further call as well.
    ended: RefCell<Option<Failure>>,
}

impl Deletion<'_> {
    /// Asks for every delete, the first alone, so that a wrong key costs one request.
    async fn ask_all(&self, session: &Session<'_>, ids: &[String], rows: &mut [Row]) -> Vec<Asked> {
        let mut progress = session.ui.progress(ids.len());
        let mut asked = vec![Asked::default(); ids.len()];
        let mut all = ids.iter().zip(&mut *rows).zip(&mut asked);
        if let Some(((id, row), asked)) = all.next() {
            *asked = self.ask(id, row).await;
            progress.settle(1, usize::from(!row.status.is_as_asked()));
        }
        let calls = all.map(async |((id, row), asked)| {
            if self.ended.borrow().is_none() {
                *asked = self.ask(id, row).await;
            }
            usize::from(!row.status.is_as_asked())
        });
        let mut calls = futures_util::stream::iter(calls).buffer_unordered(PARALLEL);
        while let Some(failed) = calls.next().await {
            progress.settle(1, failed);
        }
        drop(calls);
        asked
    }

    async fn ask(&self, id: &str, row: &mut Row) -> Asked {
        if self.look && !self.is_free(id, row).await {
            return Asked::default();
        }
        let call = DeleteCertificate {
            certificate: id,
            check: self.check,
        };
        let mut lost: Option<Failure> = None;
        let mut attempt = 0;
        loop {
            let failure = match self.client.call(&call).await {
                Ok(done) => {
                    row.settle(Status::Changed, done.request_id);
                    if !done.reply.deleted && done.reply.task.is_empty() {
                        self.unsaid(id, row).await;
                    }
                    return Asked {
                        task: done.reply.task,
                        lost: lost.is_some(),
                    };
                }
                Err(failure) => failure,
            };
            if failure.kind == Kind::NotFound {
                self.missing(row, &failure, lost.is_some());
                return Asked::default();
            }
            let unanswered = failure.fate == Fate::Unknown;
            let failure = failure.after(lost.take());
            fail_all([&mut *row], &failure);
            if !unanswered || self.client.halt().is_some() {
                if ends_run(&failure) {
                    self.ended.borrow_mut().get_or_insert(failure);
                }
                return Asked::default();
            }
            match self.is_there(id).await {
                Ok(true) => {}
                Ok(false) => {
                    settle_lost(row);
                    return Asked::default();
                }
                Err(_) => return Asked::default(),
            }
            attempt += 1;
            if !self.client.again_after(attempt).await {
                return Asked::default();
            }
            lost = Some(failure);
        }
    }

    /// Whether nothing is bound to a certificate. Where something is, or nobody can tell, the row
    /// says so.
    async fn is_free(&self, id: &str, row: &mut Row) -> bool {
        let ids = [id.to_owned()];
        let failure = match Search::new(self.client, &[]).bindings(&ids).await {
            Ok(bindings) if bindings.is_empty() => return true,
            Ok(bindings) => {
                refuse(row, Kind::Conflict, in_use(&bindings), 0);
                return false;
            }
            // Deleting it will say so too.
            Err(failure) if failure.kind == Kind::NotFound => return true,
            Err(failure) => failure,
        };
        let failure = Failure {
            message: format!("{} (--force deletes without looking)", failure.message),
            ..failure
        };
        fail_all([row], &failure);
        if ends_run(&failure) {
            self.ended.borrow_mut().get_or_insert(failure);
        }
        false
    }

    /// Settles an id of which the answer says neither that it is deleted nor that it will be.
    async fn unsaid(&self, id: &str, row: &mut Row) {
        match self.is_there(id).await {
            Ok(false) => {}
            Ok(true) => {
                let message = "not deleted, and the answer gives no reason".into();
                refuse(row, Kind::State, message, 1);
            }
            Err(failure) => {
                row.status = Status::Unknown;
                let why = &failure.message;
                row.note =
                    Some(format!("the answer does not say, nor can it be read: {why}").into());
            }
        }
    }

    /// Settles an id that is not there.
    fn missing(&self, row: &mut Row, failure: &Failure, lost: bool) {
        match (lost, self.missing_ok) {
            (true, _) => settle_lost(row),
            (false, true) => {
                row.settle(Status::Unchanged, failure.request_id.clone());
                row.note = Some("was not there".into());
            }
            (false, false) => row.fail(failure, &Rc::new(RowError::from(failure))),
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

    /// Looks what became of the deletes: at their tasks, or whether the certificate is there.
    async fn see(
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
                true => Seen::Pending("it is still there".into()),
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
                return Ok(Seen::Pending("the cloud looks whether it is in use".into()));
            }
            // The task of the call whose answer was lost may have come first.
            Some(_) if lost && !self.is_there(id).await? => return Ok(Seen::Confirmed),
            Some(3) => {
                "not deleted: the role SSL_QCSLinkedRoleInReplaceLoadCertificate has to be \
                        authorised in the console, once"
            }
            Some(4) => {
                "not deleted: cloud resources are bound to it; see `certctl ssl bindings`, or \
                        --force"
            }
            Some(5) => "not deleted: looking for bound resources took the cloud too long",
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
fn in_use(bindings: &[Binding]) -> String {
    let named: Vec<String> = bindings
        .iter()
        .take(NAMED)
        .map(|binding| format!("{} {}", binding.of.as_str(), binding.place.id))
        .collect();
    let more = match bindings.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "not deleted: it is bound to {}{more}; see `certctl ssl bindings`, or --force",
        named.join(", ")
    )
}

/// The answer was lost, and it is gone.
fn settle_lost(row: &mut Row) {
    row.settle(Status::Changed, None);
    row.note = Some("gone, though the answer was lost".into());
}

/// It is not deleted, after so many calls.
fn refuse(row: &mut Row, kind: Kind, message: String, attempts: u32) {
    row.status = Status::Failed;
    row.error = Some(Rc::new(RowError {
        code: None,
        kind,
        message,
        hint: kind.hint().to_owned(),
        http_status: None,
        retryable: false,
        attempts,
    }));
}
