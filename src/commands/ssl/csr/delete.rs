//! `certctl ssl csr delete`

use std::cell::RefCell;
use std::rc::Rc;

use clap::Args;

use super::csr_id;
use crate::cloud::Cloud;
use crate::commands::ask::{Named, Question};
use crate::commands::ssl::SiteArgs;
use crate::commands::targets::{Requests, Targets};
use crate::commands::wait::WaitArgs;
use crate::commands::{Session, concluded};
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Row};
use crate::products::Seen;
use crate::products::{Outcome, Reason, Settled};
use crate::providers::Operation;
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::csr::{
    BatchDeleteCSR, CSR_ID_LIMIT, DeletedCSRs, DescribeCSR, INVALID_CSR_ID,
};
use crate::transport::{
    Client, Done, Failure, PARALLEL, Patience, Reconciled, Turn, ends_run, first_alone, plan,
    read_each, reconcile,
};

/// Delete CSRs and their private keys
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ssl csr delete 22 33 --yes --wait
  certctl ssl csr delete --ids-file ids.txt --missing-ok --yes")]
pub struct DeleteArgs {
    #[command(flatten)]
    ids: Targets<Requests>,
    /// Treat missing ids as already deleted
    #[arg(long)]
    missing_ok: bool,
    #[command(flatten)]
    site: SiteArgs,
    #[command(flatten)]
    wait: WaitArgs,
}

const COMMAND: &str = "ssl csr delete";

/// Runs the command.
pub fn run(session: &Session<'_>, args: &DeleteArgs) -> Result<Answer, Error> {
    let ids = args.ids.distinct(csr_id, |id| *id)?;
    if ids.is_empty() {
        return Ok(Answer::no_targets(COMMAND));
    }
    let deed = match ids.len() {
        1 => "deleting 1 CSR and its private key".to_owned(),
        count => format!("deleting {count} CSRs and their private keys"),
    };
    let question = Question::new(deed).naming(ids.iter().map(ToString::to_string));
    let asks = session.must_ask(&question)?;
    let settings = args.site.settings(session)?;
    let rows: Vec<Row> = ids.iter().map(row).collect();
    if session.globals.sends_nothing() {
        let requests = ids
            .chunks(CSR_ID_LIMIT)
            .map(|ids| {
                let targets = ids.iter().map(ToString::to_string).collect();
                plan(&settings, &BatchDeleteCSR { csr_ids: ids }, targets)
            })
            .collect();
        return Ok(Answer::planned(COMMAND, rows, requests));
    }
    session.online(&SSL, &settings, async |client| {
        let name = async |at: usize| {
            let read = DescribeCSR { csr_id: ids[at] };
            Ok(client.call(&read).await?.reply.0.domain)
        };
        let named = Named::read(client, asks, ids.len(), name).await;
        if asks {
            let question = question.naming(named.labels(&ids));
            session.ask(&question, client).await?;
        }
        let mut progress = session.ui.progress(ids.len());
        let deletion = Deletion {
            client,
            named: &named,
            missing_ok: args.missing_ok,
        };
        let mut settled = vec![Settled::default(); ids.len()];
        let mut ended = None;
        let chunks: Vec<&[i64]> = ids.chunks(CSR_ID_LIMIT).collect();
        let work = async |at: usize| deletion.delete(chunks[at], at * CSR_ID_LIMIT).await;
        first_alone(chunks.len(), PARALLEL, work, |turn| {
            let Turn::Ended(at, (became, failure)) = turn else {
                return true;
            };
            let open = became.iter().filter(|one| !one.is_as_asked()).count();
            progress.settle(became.len(), open);
            settled[at * CSR_ID_LIMIT..][..became.len()].clone_from_slice(&became);
            ended = ended.take().or(failure);
            ended.is_none()
        })
        .await;
        named.current().tell(&mut settled);
        let see = async |targets: &[usize]| deletion.see(&ids, targets).await;
        let name = |target: usize| ids[target].to_string();
        session
            .confirm(client, &args.wait, &mut settled, name, see)
            .await;
        let rows = rows.into_iter().zip(&settled);
        let rows = rows.map(|(row, settled)| row.of(settled)).collect();
        Ok(concluded(COMMAND, rows, ended.as_ref(), client))
    })
}

fn row(id: &i64) -> Row {
    Row::new(
        Cloud::Tencent,
        SSL.name,
        BatchDeleteCSR::ACTION,
        &id.to_string(),
    )
}

/// What a read says of a CSR.
enum Presence {
    Present,
    Absent(Failure),
    Unread(Failure),
}

/// Deleting CSRs, and finding out what became of those that an answer does not list.
struct Deletion<'a> {
    client: &'a Client<'a>,
    named: &'a Named,
    missing_ok: bool,
}

impl Deletion<'_> {
    /// Deletes up to [`CSR_ID_LIMIT`] ids; says what became of each, and which failure holds for every
    /// other call of the run as well. Where reading shows that some are gone, after a lost answer or
    /// after one that refuses all ids for one of them, the next call is for the others.
    /// `first` is the place of the first id among all.
    async fn delete(&self, ids: &[i64], first: usize) -> (Vec<Settled>, Option<Failure>) {
        let mut settled = vec![Settled::default(); ids.len()];
        let mut left: Vec<usize> = (0..ids.len()).collect();
        let mut lost = false;
        left.retain(|at| match self.named.absent(self.client, first + at) {
            None => true,
            Some(failure) => {
                settled[*at] = self.explain(Presence::Absent(failure), lost, None);
                false
            }
        });
        if left.is_empty() {
            return (settled, None);
        }
        loop {
            let csr_ids: Vec<i64> = left.iter().map(|index| ids[*index]).collect();
            let call = BatchDeleteCSR { csr_ids: &csr_ids };
            let seen = RefCell::new(Vec::new());
            let look = async || {
                let now = self.look(ids, &left).await;
                let mut unread = now.iter().filter_map(|(_, presence)| match presence {
                    Presence::Unread(failure) => Some(failure.clone()),
                    _ => None,
                });
                let is_gone = |(_, presence): &_| matches!(presence, Presence::Absent(_));
                let answer = match unread.next() {
                    Some(failure) => Err(failure),
                    None => Ok(now.iter().any(is_gone).then_some(())),
                };
                drop(unread);
                seen.replace(now);
                answer
            };
            let sent = reconcile(self.client, &call, Patience::NONE, look).await;
            let mut seen = seen.into_inner();
            lost |= !seen.is_empty();
            let refusal = match sent {
                Ok(Reconciled::Answered(done)) => {
                    self.settle_listed(ids, &left, &mut settled, done, lost)
                        .await;
                    return (settled, None);
                }
                Ok(Reconciled::Seen(())) => None,
                Err(failure) => Some(failure),
            };
            // One id that is not there has the whole call refused.
            let is_for_one = |failure: &&Failure| failure.code.as_deref() == Some(INVALID_CSR_ID);
            let for_one = refusal.as_ref().filter(is_for_one).is_some();
            if for_one && seen.is_empty() && self.client.halt().is_none() {
                seen = self.look(ids, &left).await;
            }
            let asked = left.len();
            for (index, presence) in seen {
                if matches!(presence, Presence::Absent(_)) {
                    settled[index] = self.explain(presence, lost, None);
                    left.retain(|left| *left != index);
                }
            }
            if let Some(failure) = refusal.filter(|_| !for_one || left.len() == asked) {
                let failed = Settled::failed(failure.clone());
                for index in left {
                    settled[index] = failed.clone();
                }
                return (settled, ends_run(&failure).then_some(failure));
            }
            if left.is_empty() {
                return (settled, None);
            }
        }
    }

    /// Settles ids by an answer: what it does not list is read. A call that was `lost` before may
    /// have deleted it after it had been looked for.
    async fn settle_listed(
        &self,
        ids: &[i64],
        asked: &[usize],
        settled: &mut [Settled],
        done: Done<DeletedCSRs>,
        lost: bool,
    ) {
        let request_id = done.request_id;
        let deleted = done.reply.success;
        let is_asked = |id: &i64| asked.iter().any(|index| ids[*index] == *id);
        self.report_strangers(deleted.iter().filter(|id| !is_asked(id)));
        let (gone, kept): (Vec<usize>, Vec<usize>) = asked
            .iter()
            .partition(|index| deleted.contains(&ids[**index]));
        for index in gone {
            settled[index] = Settled::accepted(request_id.clone());
        }
        for (index, presence) in self.look(ids, &kept).await {
            settled[index] = self.explain(presence, lost, request_id.as_ref());
        }
    }

    /// Reads which of the ids are there.
    async fn look(&self, ids: &[i64], indices: &[usize]) -> Vec<(usize, Presence)> {
        let read = async |index: usize| {
            let read = DescribeCSR { csr_id: ids[index] };
            self.client.call(&read).await
        };
        let seen = read_each(indices, read).await.into_iter();
        seen.map(|(index, answered)| match answered {
            Ok(_) => (index, Presence::Present),
            Err(failure) if failure.kind == Kind::NotFound => (index, Presence::Absent(failure)),
            Err(failure) => (index, Presence::Unread(failure)),
        })
        .collect()
    }

    /// Looks whether what was deleted is gone.
    async fn see(&self, ids: &[i64], targets: &[usize]) -> Vec<(usize, Result<Seen, Failure>)> {
        let looked = self.look(ids, targets).await.into_iter();
        looked
            .map(|(index, presence)| match presence {
                Presence::Absent(_) => (index, Ok(Seen::Confirmed)),
                Presence::Present => (index, Ok(Seen::Pending("it still exists".into()))),
                Presence::Unread(failure) => (index, Err(failure)),
            })
            .collect()
    }

    /// What became of an id that the cloud did not list as deleted, after a call that was `lost` or
    /// none.
    fn explain(&self, presence: Presence, lost: bool, request_id: Option<&Rc<str>>) -> Settled {
        let settled = match presence {
            Presence::Absent(_) if lost => {
                return Settled::read_back().with("deleted, although the answer was lost");
            }
            Presence::Absent(_) if self.missing_ok => Settled::unchanged().with("did not exist"),
            Presence::Absent(failure) => return Settled::failed(failure),
            Presence::Present => Outcome::Refuted(Reason::new(
                Kind::State,
                "not deleted: it still exists, and the answer gives no reason",
                "it may be protected or in use: see `certctl errors` and the console",
            ))
            .into(),
            Presence::Unread(failure) => Outcome::Refuted(Reason {
                code: failure.code,
                ..Reason::new(
                    failure.kind,
                    format!(
                        "not deleted; could not read the reason: {}",
                        failure.message
                    ),
                    failure.hint,
                )
            })
            .into(),
        };
        Settled {
            request_id: request_id.cloned(),
            ..settled
        }
    }

    fn report_strangers<'i>(&self, mut strangers: impl Iterator<Item = &'i i64>) {
        const SHOWN: usize = 5;
        for id in strangers.by_ref().take(SHOWN) {
            let warning = format!(
                "the answer reports CSR {id} as deleted, which was not \
                                   requested"
            );
            self.client.warn(&warning);
        }
        let more = strangers.count();
        if more > 0 {
            let warning = format!("the answer reports {more} more that were not requested");
            self.client.warn(&warning);
        }
    }
}
