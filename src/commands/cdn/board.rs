//! What is settled in a run of `certctl cdn set`, and what is left to send: refused batches are
//! taken apart until the domains at fault stand alone.

use std::collections::VecDeque;
use std::rc::Rc;

use super::batches::{Batch, Outcome, READ_BACK, Run};
use super::set::{CertType, Setter};
use crate::commands::{Session, ends_run, fail_at};
use crate::fault::Kind;
use crate::output::{Row, Status};
use crate::providers::alibaba::cdn::NEWER_BATCH_LIMIT;
use crate::transport::{Client, Failure, Fate};
use crate::ui::Progress;

/// A refused batch that was split: if every part of it is taken, its size was what was refused.
struct Split {
    parts_left: usize,
    part_size: usize,
    /// The refusal may be about the size, and so far no part was refused in turn.
    size_in_question: bool,
}

/// How many batches in a row may fail for want of an answer before the run ends.
const PATIENCE: u32 = 3;

/// How many domains may be refused alone for what is hardly their own fault, with none set, before
/// refused batches are taken apart only once a domain is set after all.
const DENIALS: u32 = 50;

/// The state of a run: what is settled, and what is left to send.
pub(super) struct Board<'a> {
    run: &'a Run<'a>,
    session: &'a Session<'a>,
    rows: Vec<Row>,
    /// Domains that are not in a batch yet.
    fresh: VecDeque<usize>,
    /// What refused batches were taken apart into: sent before anything else.
    parts: VecDeque<Batch>,
    /// Busy domains, each alone: they are waited for once there is nothing else to send.
    busy: VecDeque<Batch>,
    /// Batches that were refused like every domain before them.
    doubtful: Vec<(Batch, Failure)>,
    splits: Vec<Split>,
    setter: Setter,
    size: usize,
    /// Domains that are set: from the first one on, the run's certificate is in the store.
    set: usize,
    /// Batches in a row that failed for want of an answer.
    lost_in_a_row: u32,
    /// Domains that were refused alone for what is hardly their own fault.
    denied: u32,
    ended: Option<Failure>,
    progress: Progress,
}

impl<'a> Board<'a> {
    /// Nothing is sent yet.
    pub(super) fn new(run: &'a Run<'a>, session: &'a Session<'a>) -> Self {
        Board {
            run,
            session,
            rows: run.rows(),
            fresh: (0..run.domains.len()).collect(),
            parts: VecDeque::new(),
            busy: VecDeque::new(),
            doubtful: Vec::new(),
            splits: Vec::new(),
            setter: run.setter,
            size: run.size,
            set: 0,
            lost_in_a_row: 0,
            denied: 0,
            ended: None,
            progress: session.ui.progress(run.domains.len()),
        }
    }

    /// Whether the run is known to work, and nothing of it has to be sent alone.
    pub(super) fn is_under_way(&self) -> bool {
        self.set > 0 && self.parts.is_empty()
    }

    /// The rows, and what ended the run before its end.
    pub(super) fn close(mut self) -> (Vec<Row>, Option<Failure>) {
        for (batch, failure) in std::mem::take(&mut self.doubtful) {
            self.give_up(&batch, &batch.targets, failure);
        }
        (self.rows, self.ended)
    }

    /// The next batch to send.
    pub(super) fn next(&mut self, client: &Client<'_>) -> Option<Batch> {
        if self.ended.is_some() {
            return None;
        }
        if let Some(halt) = client.halt() {
            self.ended = Some(client.halted(halt, Fate::NotSent));
            return None;
        }
        if self.set > 0 {
            for (batch, failure) in std::mem::take(&mut self.doubtful) {
                self.split(batch, failure.kind);
            }
        }
        if let Some(part) = self.parts.pop_front() {
            return Some(part);
        }
        if self.fresh.is_empty() {
            return self.busy.pop_front();
        }
        let count = self.size.min(self.fresh.len());
        Some(Batch {
            targets: self.fresh.drain(..count).collect(),
            setter: self.setter,
            renew: false,
            parent: None,
        })
    }

    pub(super) fn settle(&mut self, batch: Batch, outcome: Outcome) {
        match outcome {
            Outcome::Done(request_id) => {
                self.lost_in_a_row = 0;
                self.succeed(&batch, &batch.targets, request_id, None);
                self.learn_size(&batch);
            }
            Outcome::Unknown(failure, seen) => {
                self.succeed(&batch, &seen, failure.request_id.clone(), Some(READ_BACK));
                let rest = batch.targets.iter().filter(|target| !seen.contains(target));
                let rest: Vec<usize> = rest.copied().collect();
                self.lost_in_a_row = match rest.is_empty() {
                    true => 0,
                    false => self.lost_in_a_row + 1,
                };
                self.give_up(&batch, &rest, failure);
            }
            Outcome::Refused(failure) => self.refused(batch, failure),
        }
    }

    fn succeed(
        &mut self,
        batch: &Batch,
        targets: &[usize],
        request_id: Option<Rc<str>>,
        note: Option<&str>,
    ) {
        for target in targets {
            let row = &mut self.rows[*target];
            row.action = batch.setter.action();
            row.note = note.map(Rc::from);
            row.settle(Status::Changed, request_id.clone());
        }
        self.set += targets.len();
        self.progress.settle(targets.len(), 0);
    }

    /// The targets are settled by a failure; the run ends if it holds for every other call too.
    fn give_up(&mut self, batch: &Batch, targets: &[usize], failure: Failure) {
        for target in targets {
            self.rows[*target].action = batch.setter.action();
        }
        fail_at(&mut self.rows, targets, &failure);
        self.progress.settle(targets.len(), targets.len());
        if self.is_for_all(&failure) || self.lost_in_a_row >= PATIENCE {
            self.ended.get_or_insert(failure);
        }
    }

    fn refused(&mut self, batch: Batch, failure: Failure) {
        if failure.kind == Kind::Unsupported && self.fall_back(&batch, &failure) {
            return;
        }
        if failure.kind == Kind::Conflict && self.is_our_own_name(&batch) {
            self.parts.push_front(Batch {
                renew: true,
                ..batch
            });
            return;
        }
        if matches!(failure.kind, Kind::Throttled | Kind::Unavailable) {
            self.lost_in_a_row += 1;
            return self.give_up(&batch, &batch.targets, failure);
        }
        self.lost_in_a_row = 0;
        if let Some(split) = batch.parent {
            self.splits[split].size_in_question = false;
        }
        let own_fault = matches!(failure.kind, Kind::NotFound | Kind::State | Kind::Busy);
        if batch.targets.len() == 1 || self.is_for_all(&failure) {
            self.denied += u32::from(!own_fault);
            return self.give_up(&batch, &batch.targets, failure);
        }
        if !own_fault && self.set == 0 && self.denied >= DENIALS {
            return self.doubtful.push((batch, failure));
        }
        self.split(batch, failure.kind);
    }

    /// Whether every other call would meet the same failure. A name or content that is taken is the
    /// certificate's, which goes with every call.
    fn is_for_all(&self, failure: &Failure) -> bool {
        let taken = failure.kind == Kind::Conflict && self.run.change.bundle.is_some();
        taken || ends_run(failure)
    }

    /// Takes a refused batch apart: into what newer gateways allow a call, then into halves.
    fn split(&mut self, batch: Batch, reason: Kind) {
        let part_size = match batch.targets.len() {
            length if length > NEWER_BATCH_LIMIT => NEWER_BATCH_LIMIT,
            length => length.div_ceil(2),
        };
        let parts = batch.targets.chunks(part_size);
        let parent = Some(self.splits.len());
        self.splits.push(Split {
            parts_left: parts.len(),
            part_size,
            size_in_question: matches!(reason, Kind::Parameter | Kind::Quota | Kind::Refused),
        });
        for targets in parts.rev() {
            let part = Batch {
                targets: targets.to_vec(),
                setter: batch.setter,
                renew: batch.renew,
                parent,
            };
            match reason {
                Kind::Busy if part_size == 1 => self.busy.push_back(part),
                _ => self.parts.push_front(part),
            }
        }
    }

    /// Where every part of a refused batch is taken, no domain was at fault: the batch was too
    /// large, and the ones to come are made smaller.
    fn learn_size(&mut self, batch: &Batch) {
        let Some(split) = batch.parent.map(|parent| &mut self.splits[parent]) else {
            return;
        };
        split.parts_left -= 1;
        if split.parts_left == 0 && split.size_in_question && split.part_size < self.size {
            self.size = split.part_size;
            self.session.ui.note(&format!(
                "larger batches are refused here: {} domains a call from now on",
                self.size
            ));
        }
    }

    /// Whether the name that is taken was taken by this run.
    fn is_our_own_name(&self, batch: &Batch) -> bool {
        let change = self.run.change;
        self.set > 0 && change.bundle.is_some() && change.cert_name.is_some() && !batch.renew
    }

    /// Goes over to the current call where the gateway no longer knows the older ones.
    fn fall_back(&mut self, batch: &Batch, failure: &Failure) -> bool {
        let change = self.run.change;
        let free = change.cert_type == Some(CertType::Free);
        if !self.run.automatic || batch.setter == Setter::Ssl || free {
            return false;
        }
        if self.setter != Setter::Ssl {
            let left_out = match (change.force, change.region) {
                (false, None) => "",
                (true, None) => ", which has no ForceSet",
                (false, Some(_)) => ", which has no Region",
                (true, Some(_)) => ", which has neither ForceSet nor Region",
            };
            self.session.ui.note(&format!(
                "{} is not known here ({}): going on with {}{left_out}",
                batch.setter.action(),
                failure.code.as_deref().unwrap_or_default(),
                Setter::Ssl.action()
            ));
            self.setter = Setter::Ssl;
            self.size = 1;
        }
        for target in batch.targets.iter().rev() {
            self.fresh.push_front(*target);
        }
        true
    }
}
