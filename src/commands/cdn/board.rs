//! What is settled in a run of `certctl cdn set`, and what is left to send: refused batches are
//! taken apart until the domains at fault stand alone.

use std::collections::VecDeque;
use std::rc::Rc;

use super::batches::{Batch, InStore, Run, Sent, Source};
use super::preview::{Preview, said};
use super::set::{CertType, Setter};
use crate::commands::Session;
use crate::fault::Kind;
use crate::products::cdn::Found;
use crate::products::{Outcome, Settled};
use crate::providers::Operation;
use crate::providers::alibaba::cas::MAINLAND;
use crate::providers::alibaba::cdn::{NEWER_BATCH_LIMIT, SetCdnDomainSSLCertificate};
use crate::transport::{Client, Failure, Fate, ends_run};
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

/// A call by name says this of a certificate that its site of the store does not have.
const NOT_THERE: &str = "Certificate.NotFind";

/// The state of a run: what is settled, and what is left to send.
pub(super) struct Board<'a> {
    run: &'a Run<'a>,
    session: &'a Session<'a>,
    settled: Vec<Settled>,
    /// The call that settled each target.
    actions: Vec<&'static str>,
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
    /// How the certificate gets to the domains that are still to be sent.
    source: Source,
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
    pub(super) fn new(run: &'a Run<'a>, session: &'a Session<'a>, preview: Preview) -> Self {
        let count = run.domains.len();
        let mut settled = vec![Settled::default(); count];
        for target in &preview.unchanged {
            settled[*target] = Settled::unchanged();
        }
        let fresh = (0..count).filter(|target| settled[*target].is_open());
        let mut board = Board {
            fresh: fresh.collect(),
            run,
            session,
            settled,
            actions: vec![run.setter.action(); count],
            parts: VecDeque::new(),
            busy: VecDeque::new(),
            doubtful: Vec::new(),
            splits: Vec::new(),
            setter: run.setter,
            size: run.size,
            source: preview.source.clone(),
            set: 0,
            lost_in_a_row: 0,
            denied: 0,
            ended: None,
            progress: session.ui.progress(count),
        };
        board.progress.settle(preview.unchanged.len(), 0);
        if let Source::Stored(stored) = preview.source {
            board.take_from_store(stored);
        }
        if let Some(failure) = preview.ended
            && let Some(batch) = board.fresh_batch()
        {
            board.give_up(&batch, &batch.targets, failure.clone());
            board.ended = Some(failure);
        }
        board
    }

    /// Whether the run is known to work, and nothing of it has to be sent alone.
    pub(super) fn is_under_way(&self) -> bool {
        self.set > 0 && self.parts.is_empty()
    }

    /// What became of each target, by which call, and what ended the run before its end.
    pub(super) fn close(mut self) -> (Vec<Settled>, Vec<&'static str>, Option<Failure>) {
        for (batch, failure) in std::mem::take(&mut self.doubtful) {
            self.give_up(&batch, &batch.targets, failure);
        }
        (self.settled, self.actions, self.ended)
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
        self.fresh_batch().or_else(|| self.busy.pop_front())
    }

    fn fresh_batch(&mut self) -> Option<Batch> {
        let count = self.size.min(self.fresh.len());
        let targets: Vec<usize> = self.fresh.drain(..count).collect();
        (!targets.is_empty()).then(|| Batch {
            targets,
            setter: self.setter,
            source: self.source.clone(),
            first: self.set == 0,
            parent: None,
        })
    }

    pub(super) fn settle(&mut self, batch: Batch, sent: Sent) {
        match sent {
            Sent::Done(request_id, stored) => {
                self.lost_in_a_row = 0;
                self.succeed(&batch, &batch.targets, &Settled::accepted(request_id));
                self.learn_size(&batch);
                self.learn_place(stored);
            }
            Sent::Taken(failure, found) => self.taken(batch, failure, found),
            Sent::Unknown(failure, seen) => {
                let read_back = Settled {
                    request_id: failure.request_id.clone(),
                    ..Settled::read_back()
                };
                self.succeed(&batch, &seen, &read_back);
                let rest = batch.targets.iter().filter(|target| !seen.contains(target));
                let rest: Vec<usize> = rest.copied().collect();
                self.lost_in_a_row = match rest.is_empty() {
                    true => 0,
                    false => self.lost_in_a_row + 1,
                };
                self.give_up(&batch, &rest, failure);
            }
            Sent::Refused(failure) => self.refused(batch, failure),
        }
    }

    fn succeed(&mut self, batch: &Batch, targets: &[usize], settled: &Settled) {
        for target in targets {
            self.actions[*target] = batch.setter.action();
            self.settled[*target] = settled.clone();
        }
        self.set += targets.len();
        self.progress.settle(targets.len(), 0);
    }

    /// The targets are settled by a failure; the run ends if it holds for every other call too.
    fn give_up(&mut self, batch: &Batch, targets: &[usize], failure: Failure) {
        let failure = Rc::new(failure);
        for target in targets {
            self.actions[*target] = batch.setter.action();
            self.settled[*target] = Settled {
                request_id: failure.request_id.clone(),
                outcome: Outcome::Failed(Rc::clone(&failure)),
                ..Settled::default()
            };
        }
        self.progress.settle(targets.len(), targets.len());
        if self.is_for_all(&failure) || self.lost_in_a_row >= PATIENCE {
            self.ended.get_or_insert_with(|| Failure::clone(&failure));
        }
    }

    /// Where the certificate is after a first upload; the other domains get it from there.
    fn learn_place(&mut self, stored: Option<Result<Found, Failure>>) {
        match stored {
            Some(Ok(Found::This(stored))) => self.take_from_store(Rc::new((*stored).into())),
            Some(Err(failure)) => self.session.ui.note(&format!(
                "where the certificate is in the store could not be read, so that it is uploaded \
                 for each domain: {}",
                said(&failure)
            )),
            _ => {}
        }
    }

    /// Goes on with the certificate that is in the store: by its number where few domains are left
    /// or no other call finds it, else by its name, many domains a call.
    fn take_from_store(&mut self, stored: Rc<InStore>) {
        let left = self.settled.iter().filter(|one| one.is_open()).count();
        let few = left <= SetCdnDomainSSLCertificate::RATE as usize;
        let abroad = |region: &str| region != MAINLAND;
        if self.run.automatic
            && let Some(id) = &stored.id
            && (few || id.region.as_deref().is_some_and(abroad))
        {
            self.one_by_one();
        }
        self.source = Source::Stored(stored);
    }

    fn one_by_one(&mut self) {
        self.setter = Setter::Ssl;
        self.size = 1;
    }

    /// The name or the content of an upload is taken. Where it is taken by this very certificate,
    /// that one is used; where by the same with another chain, this one gets a name of its own.
    fn taken(&mut self, batch: Batch, failure: Failure, found: Result<Found, Failure>) {
        if matches!(self.source, Source::Stored(_)) {
            return self.again(batch);
        }
        match found {
            Ok(Found::This(stored)) => {
                self.session.ui.note(&format!(
                    "the certificate is in the store already, as {} ({}): it is taken from there",
                    stored.id.identifier_or_id(),
                    stored.name
                ));
                self.take_from_store(Rc::new((*stored).into()));
                return self.again(batch);
            }
            Ok(Found::Beside) => {
                let beside = self.run.change.source_beside();
                if let Some(beside) = beside.filter(|beside| !batch.source.is_named_as(beside)) {
                    self.source = beside;
                    return self.again(batch);
                }
            }
            // The run itself has uploaded it under this name.
            Err(_) if self.set > 0 && batch.setter != Setter::Ssl => {
                if let Source::Given(Some(name)) = &batch.source {
                    let name = name.to_string();
                    self.take_from_store(Rc::new(InStore { name, id: None }));
                    return self.again(batch);
                }
            }
            Ok(Found::Another | Found::Nothing) | Err(_) => {}
        }
        self.give_up(&batch, &batch.targets, failure);
    }

    /// The targets of a refused batch are sent again in the way that is known by now.
    fn again(&mut self, batch: Batch) {
        match self.setter == batch.setter {
            true => self.parts.push_front(Batch {
                source: self.source.clone(),
                ..batch
            }),
            false => batch
                .targets
                .iter()
                .rev()
                .for_each(|target| self.fresh.push_front(*target)),
        }
    }

    fn refused(&mut self, batch: Batch, failure: Failure) {
        if failure.kind == Kind::Unsupported && self.fall_back(&batch, &failure) {
            return;
        }
        if self.run.automatic
            && batch.setter != Setter::Ssl
            && failure.code.as_deref() == Some(NOT_THERE)
            && matches!(&batch.source, Source::Stored(stored) if stored.id.is_some())
        {
            self.one_by_one();
            return self.again(batch);
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
                source: batch.source.clone(),
                first: batch.first,
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
            self.one_by_one();
        }
        for target in batch.targets.iter().rev() {
            self.fresh.push_front(*target);
        }
        true
    }
}
