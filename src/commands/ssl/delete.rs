//! `certctl ssl delete`: certificates and their private keys out of the store.

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use futures_util::StreamExt;

use super::{SiteArgs, certificate_id};
use crate::cloud::Cloud;
use crate::commands::wait::WaitArgs;
use crate::commands::{Session, concluded, list, named_or_counted};
use crate::config::Site;
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Row};
use crate::products::Seen;
use crate::products::ssl::lookup::{Binding, Search};
use crate::products::{Outcome, Reason, Settled};
use crate::providers::Operation;
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::bindings::CreateCertificateBindResourceSyncTask;
use crate::providers::tencent::ssl::certificates::DescribeCertificate;
use crate::providers::tencent::ssl::delete::{
    DeleteCertificate, DeleteTask, DescribeDeleteCertificatesTaskResult, TASK_LIMIT,
};
use crate::transport::{
    Client, Failure, PARALLEL, Patience, Reconciled, ends_run, plan, read_each, reconcile,
};

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
        named_or_counted("certificate", &ids)
    ))?;
    let settings = args.site.settings(session)?;
    let mainland = settings.site.value == Site::Mainland;
    let check = mainland && !args.force;
    let look = !mainland && !args.force;
    let action = DeleteCertificate::ACTION;
    let row = |id: &String| Row::new(Cloud::Tencent, SSL.name, action, id);
    let rows: Vec<Row> = ids.iter().map(row).collect();
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
        return Ok(Answer::planned(COMMAND, rows, requests));
    }
    session.online(&SSL, &settings, async |client| {
        let deletion = Deletion {
            client,
            look,
            check,
            missing_ok: args.missing_ok,
            ended: RefCell::new(None),
        };
        let (mut settled, asked) = deletion.ask_all(session, &ids).await;
        let wait = WaitArgs {
            wait: args.wait.wait.or(check.then_some(TASK_TIME)),
        };
        let see = async |targets: &[usize]| deletion.see(&ids, &asked, targets).await;
        let name = |target: usize| ids[target].clone();
        session
            .confirm(client, &wait, &mut settled, name, see)
            .await;
        let rows = rows.into_iter().zip(&settled);
        let rows = rows.map(|(row, settled)| row.of(settled)).collect();
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
    async fn ask_all(&self, session: &Session<'_>, ids: &[String]) -> (Vec<Settled>, Vec<Asked>) {
        let mut progress = session.ui.progress(ids.len());
        let mut settled = vec![Settled::default(); ids.len()];
        let mut asked = vec![Asked::default(); ids.len()];
        let Some((first, others)) = ids.split_first() else {
            return (settled, asked);
        };
        (settled[0], asked[0]) = self.ask(first).await;
        progress.settle(1, usize::from(!settled[0].is_as_asked()));
        let calls = others.iter().enumerate().map(async |(at, id)| {
            let is_over = self.ended.borrow().is_some();
            match is_over {
                true => (at + 1, Default::default()),
                false => (at + 1, self.ask(id).await),
            }
        });
        let mut calls = futures_util::stream::iter(calls).buffer_unordered(PARALLEL);
        while let Some((at, (became, task))) = calls.next().await {
            progress.settle(1, usize::from(!became.is_as_asked()));
            (settled[at], asked[at]) = (became, task);
        }
        drop(calls);
        (settled, asked)
    }

    async fn ask(&self, id: &str) -> (Settled, Asked) {
        if self.look
            && let Some(kept) = self.kept(id).await
        {
            return (kept, Asked::default());
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
        let settled = match reconcile(self.client, &call, Patience::AT_THE_END, look).await {
            Ok(Reconciled::Answered(done)) => {
                let asked = Asked {
                    task: done.reply.task,
                    lost: lost.get(),
                };
                let accepted = Settled::accepted(done.request_id);
                let settled = match done.reply.deleted || !asked.task.is_empty() {
                    true => accepted,
                    false => self.unsaid(id, accepted).await,
                };
                return (settled, asked);
            }
            Ok(Reconciled::Seen(())) => {
                Settled::read_back().with("gone, though the answer was lost")
            }
            Err(failure) if failure.kind == Kind::NotFound && !lost.get() => self.missing(failure),
            Err(failure) => self.failed(failure),
        };
        (settled, Asked::default())
    }

    fn failed(&self, failure: Failure) -> Settled {
        if ends_run(&failure) {
            self.ended.borrow_mut().get_or_insert(failure.clone());
        }
        Settled::failed(failure)
    }

    /// Why a certificate is kept: something is bound to it, or nobody can tell.
    async fn kept(&self, id: &str) -> Option<Settled> {
        let ids = [id.to_owned()];
        let failure = match Search::new(self.client, &[]).bindings(&ids).await {
            Ok(bindings) if bindings.is_empty() => return None,
            Ok(bindings) => {
                let kind = Kind::Conflict;
                let reason = Reason::new(kind, in_use(&bindings), kind.hint());
                return Some(Settled::refused(reason));
            }
            // Deleting it will say so too.
            Err(failure) if failure.kind == Kind::NotFound => return None,
            Err(failure) => failure,
        };
        Some(self.failed(Failure {
            message: format!("{} (--force deletes without looking)", failure.message),
            ..failure
        }))
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
                let note = format!("the answer does not say, nor can it be read: {why}");
                (Outcome::Unknown, Some(note.into()))
            }
        };
        Settled {
            outcome,
            note,
            ..accepted
        }
    }

    /// An id that is not there.
    fn missing(&self, failure: Failure) -> Settled {
        match self.missing_ok {
            true => Settled {
                request_id: failure.request_id,
                ..Settled::unchanged().with("was not there")
            },
            false => Settled::failed(failure),
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
