//! `certctl ssl csr delete`

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;

use clap::Args;
use futures_util::StreamExt;

use super::csr_id;
use crate::cloud::Cloud;
use crate::commands::ssl::SiteArgs;
use crate::commands::wait::WaitArgs;
use crate::commands::{Session, concluded, list, named_or_counted};
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
use crate::transport::{Client, Done, Failure, Fate, PARALLEL, ends_run, plan, read_each};

/// Delete CSRs and their private keys
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ssl csr delete --ids 22,33 --yes --wait
  certctl ssl csr delete --ids-file ids.txt --missing-ok --yes")]
pub struct DeleteArgs {
    /// CSR ids, comma-separated or repeated; - reads them from standard input
    #[arg(long, value_name = "ID,…", allow_hyphen_values = true)]
    ids: Vec<String>,
    /// File with one id a line; - is standard input
    #[arg(long, value_name = "FILE")]
    ids_file: Option<PathBuf>,
    /// Take an id that is not there for deleted
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
    let items = list::collect("ids", &args.ids, args.ids_file.as_deref())?;
    let ids = list::parse_distinct(items, csr_id, |id| *id)?;
    session.consent(&format!(
        "deleting {} and the private keys",
        named_or_counted("CSR", &ids)
    ))?;
    let settings = args.site.settings(session)?;
    let rows: Vec<Row> = ids.iter().map(row).collect();
    if session.globals.dry_run {
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
        let mut progress = session.ui.progress(ids.len());
        let deletion = Deletion {
            client,
            session,
            missing_ok: args.missing_ok,
            ended: RefCell::new(None),
        };
        let mut settled = vec![Settled::default(); ids.len()];
        let mut chunks = ids
            .chunks(CSR_ID_LIMIT)
            .zip(settled.chunks_mut(CSR_ID_LIMIT));
        // The first call goes alone, so that a wrong key costs one request.
        if let Some((ids, settled)) = chunks.next() {
            deletion.delete(ids, settled).await;
            progress.settle(ids.len(), not_as_asked(settled));
        }
        let calls = chunks.map(async |(ids, settled)| {
            deletion.delete(ids, settled).await;
            (ids.len(), not_as_asked(settled))
        });
        let mut calls = futures_util::stream::iter(calls).buffer_unordered(PARALLEL);
        while let Some((count, failed)) = calls.next().await {
            progress.settle(count, failed);
        }
        drop(calls);
        let see = async |targets: &[usize]| deletion.see(&ids, targets).await;
        let name = |target: usize| ids[target].to_string();
        session
            .confirm(client, &args.wait, &mut settled, name, see)
            .await;
        let rows = rows.into_iter().zip(&settled);
        let rows = rows.map(|(row, settled)| row.of(settled)).collect();
        let ended = deletion.ended.into_inner();
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

fn not_as_asked(settled: &[Settled]) -> usize {
    settled.iter().filter(|one| !one.is_as_asked()).count()
}

/// These targets share a failure.
fn fail(settled: &mut [Settled], targets: &[usize], failure: &Failure) {
    let failed = Settled::failed(failure.clone());
    for target in targets {
        settled[*target] = failed.clone();
    }
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
    session: &'a Session<'a>,
    missing_ok: bool,
    /// The failure that holds for every further call as well.
    ended: RefCell<Option<Failure>>,
}

impl Deletion<'_> {
    /// Settles up to [`CSR_ID_LIMIT`] ids, unless the run has ended before.
    async fn delete(&self, ids: &[i64], settled: &mut [Settled]) {
        if self.ended.borrow().is_some() {
            return;
        }
        if let Some(failure) = self.settle_ids(ids, settled).await {
            self.ended.borrow_mut().get_or_insert(failure);
        }
    }

    /// Settles ids; returns the failure that holds for every other call of the run as well, if
    /// there was one.
    ///
    /// This is no [`crate::transport::reconcile`]: after a lost answer, and after one that refuses
    /// all ids for one of them, the next call is made for those only that are still there.
    async fn settle_ids(&self, ids: &[i64], settled: &mut [Settled]) -> Option<Failure> {
        let mut left: Vec<usize> = (0..ids.len()).collect();
        let mut lost: Option<Failure> = None;
        let mut attempt = 0;
        loop {
            let csr_ids: Vec<i64> = left.iter().map(|index| ids[*index]).collect();
            let call = BatchDeleteCSR { csr_ids: &csr_ids };
            let failure = match self.client.call(&call).await {
                Ok(done) => {
                    self.settle_listed(ids, &left, settled, done, lost.as_ref())
                        .await;
                    return None;
                }
                Err(failure) => failure,
            };
            let unanswered = failure.fate == Fate::Unknown;
            // One id that is not there has the whole call refused.
            let refused_for_one = failure.code.as_deref() == Some(INVALID_CSR_ID);
            let failure = failure.after(lost.take());
            if !unanswered && !refused_for_one || self.client.halt().is_some() {
                fail(settled, &left, &failure);
                return ends_run(&failure).then_some(failure);
            }
            let present = self.sort_out(ids, &left, settled, &failure).await;
            let all_present = present.len() == left.len();
            left = present;
            // Until the next try says otherwise.
            fail(settled, &left, &failure);
            if left.is_empty() || refused_for_one && all_present {
                return None;
            }
            if unanswered {
                attempt += 1;
                if !self.client.again_after(attempt).await {
                    return None;
                }
            }
            lost = (failure.fate == Fate::Unknown).then_some(failure);
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
        lost: Option<&Failure>,
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

    /// Settles ids after a failure that says nothing of any one of them, by reading what is there
    /// and what is not; returns those that are there.
    async fn sort_out(
        &self,
        ids: &[i64],
        asked: &[usize],
        settled: &mut [Settled],
        failure: &Failure,
    ) -> Vec<usize> {
        let lost = (failure.fate == Fate::Unknown).then_some(failure);
        let mut present = Vec::new();
        for (index, presence) in self.look(ids, asked).await {
            match presence {
                Presence::Present => present.push(index),
                Presence::Absent(_) => settled[index] = self.explain(presence, lost, None),
                Presence::Unread(_) => fail(settled, &[index], failure),
            }
        }
        present
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
                Presence::Present => (index, Ok(Seen::Pending("it is still there".into()))),
                Presence::Unread(failure) => (index, Err(failure)),
            })
            .collect()
    }

    /// What became of an id that the cloud did not list as deleted, after a call that was `lost` or
    /// none.
    fn explain(
        &self,
        presence: Presence,
        lost: Option<&Failure>,
        request_id: Option<&Rc<str>>,
    ) -> Settled {
        let settled = match presence {
            Presence::Absent(_) if lost.is_some() => {
                return Settled::read_back().with("gone, though the answer was lost");
            }
            Presence::Absent(_) if self.missing_ok => Settled::unchanged().with("was not there"),
            Presence::Absent(failure) => return Settled::failed(failure),
            Presence::Present => Outcome::Refuted(Reason::new(
                Kind::State,
                "not deleted: it is still there, and the answer gives no reason",
                "it may be protected or in use: see `certctl errors` and the console",
            ))
            .into(),
            Presence::Unread(failure) => Outcome::Refuted(Reason {
                code: failure.code,
                ..Reason::new(
                    failure.kind,
                    format!("not deleted; why could not be read: {}", failure.message),
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
            let warning = format!("the answer lists CSR {id} as deleted, which was not asked for");
            self.session.ui.warn(&warning);
        }
        let more = strangers.count();
        if more > 0 {
            let warning = format!("the answer lists {more} more that were not asked for");
            self.session.ui.warn(&warning);
        }
    }
}
