//! A change of many domains: what is settled of it, and what is left to send. Refused batches are taken
//! apart until the domains at fault stand alone.

use std::collections::VecDeque;
use std::rc::Rc;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::bind::{CertType, Change, Sent, Setter, Source, read_back, wire};
use super::preview::Preview;
use super::store::Found;
use crate::domain::Domain;
use crate::fault::Kind;
use crate::products::{Current, Outcome, Settled};
use crate::providers::Operation;
use crate::providers::alibaba::cas::MAINLAND;
use crate::providers::alibaba::cdn::{NEWER_BATCH_LIMIT, SetCdnDomainSSLCertificate};
use crate::transport::{Client, Failure, Fate, PARALLEL, ends_run};

/// What became of a change.
pub struct Made {
    /// What became of each domain.
    pub settled: Vec<Settled>,
    /// The call that settled each.
    pub actions: Vec<&'static str>,
    /// What ended the run before its end.
    pub ended: Option<Failure>,
}

/// Makes a change of domains that were looked at before. `report` hears how many more are settled, and
/// how many of these are not as asked.
pub async fn set(
    client: &Client<'_>,
    change: &Change<'_>,
    domains: &[Domain],
    preview: Preview,
    report: &mut dyn FnMut(usize, usize),
) -> Made {
    let mut queue = Queue::new(client, change, domains.len(), preview, report);
    let mut under_way = FuturesUnordered::new();
    // The first batch goes alone, and what it is taken apart into: what is wrong with the key,
    // the clock, the certificate's name or the size shows there once, not sixteen times.
    let mut parallel = 1;
    loop {
        while under_way.len() < parallel {
            let Some(batch) = queue.next() else {
                break;
            };
            under_way.push(async move {
                let names: Vec<&str> = batch.targets.iter().map(|at| wire(&domains[*at])).collect();
                let sent = change
                    .send(client, batch.setter, &names, &batch.source)
                    .await;
                let more = batch.setter == Setter::Ssl && batch.first && domains.len() > 1;
                let place = match sent {
                    Sent::Done(_) if more => change.holder(client, &batch.source).await,
                    _ => Ok(Found::Nothing),
                };
                (batch, sent, place)
            });
        }
        let Some((batch, sent, place)) = under_way.next().await else {
            return queue.close();
        };
        queue.settle(batch, sent, place);
        if queue.is_under_way() {
            parallel = PARALLEL;
        }
    }
}

/// Some targets for one call.
#[derive(Debug)]
struct Batch {
    targets: Vec<usize>,
    setter: Setter,
    source: Source,
    /// No domain was set before it.
    first: bool,
    /// The refused batch that this is a part of.
    parent: Option<usize>,
}

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
struct Queue<'a> {
    client: &'a Client<'a>,
    change: &'a Change<'a>,
    report: &'a mut dyn FnMut(usize, usize),
    made: Made,
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
    /// What the domains had before.
    current: Current,
}

impl<'a> Queue<'a> {
    /// Nothing is sent yet.
    fn new(
        client: &'a Client<'a>,
        change: &'a Change<'a>,
        count: usize,
        preview: Preview,
        report: &'a mut dyn FnMut(usize, usize),
    ) -> Self {
        let mut settled = vec![Settled::default(); count];
        for target in &preview.unchanged {
            settled[*target] = Settled::unchanged();
        }
        for (target, failure) in preview.refused {
            settled[target] = Settled::failed(failure);
        }
        let fresh = (0..count).filter(|target| settled[*target].is_open());
        let mut queue = Queue {
            fresh: fresh.collect(),
            client,
            change,
            report,
            made: Made {
                settled,
                actions: vec![change.setter.action(); count],
                ended: None,
            },
            parts: VecDeque::new(),
            busy: VecDeque::new(),
            doubtful: Vec::new(),
            splits: Vec::new(),
            setter: change.setter,
            size: change.size,
            source: preview.source.clone(),
            set: 0,
            lost_in_a_row: 0,
            denied: 0,
            current: preview.current,
        };
        (queue.report)(preview.unchanged.len(), 0);
        if let source @ Source::Stored(..) = preview.source {
            queue.take_from_store(source);
        }
        if let Some(failure) = preview.ended
            && let Some(batch) = queue.fresh_batch()
        {
            queue.give_up(&batch, &batch.targets, failure.clone());
            queue.made.ended = Some(failure);
        }
        queue
    }

    /// Whether the run is known to work, and nothing of it has to be sent alone.
    fn is_under_way(&self) -> bool {
        self.set > 0 && self.parts.is_empty()
    }

    /// What became of it all, once nothing is left.
    fn close(mut self) -> Made {
        for (batch, failure) in std::mem::take(&mut self.doubtful) {
            self.give_up(&batch, &batch.targets, failure);
        }
        self.current.tell(&mut self.made.settled);
        self.made
    }

    /// The next batch to send.
    fn next(&mut self) -> Option<Batch> {
        if self.made.ended.is_some() {
            return None;
        }
        if let Some(halt) = self.client.halt() {
            self.made.ended = Some(self.client.halted(halt, Fate::NotSent));
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

    /// Takes in what became of a batch, and where the certificate is in the store now.
    fn settle(&mut self, batch: Batch, sent: Sent, place: Result<Found, Failure>) {
        match sent {
            Sent::Done(request_id) => {
                self.lost_in_a_row = 0;
                self.succeed(&batch, &batch.targets, &Settled::accepted(request_id));
                self.learn_size(&batch);
                self.learn_place(place);
            }
            Sent::Taken(failure, found) => self.taken(batch, failure, found),
            Sent::Unknown(failure, seen) => {
                let seen: Vec<usize> = seen.iter().map(|at| batch.targets[*at]).collect();
                self.succeed(&batch, &seen, &read_back(&failure));
                let rest = batch.targets.iter().filter(|target| !seen.contains(target));
                let rest: Vec<usize> = rest.copied().collect();
                self.lost_in_a_row = match rest.is_empty() {
                    true => 0,
                    false => self.lost_in_a_row + 1,
                };
                self.give_up(&batch, &rest, failure);
            }
            Sent::Refused(failure) => self.refused(batch, failure),
            Sent::Planned(failure) => self.give_up(&batch, &batch.targets, failure),
        }
    }

    fn succeed(&mut self, batch: &Batch, targets: &[usize], settled: &Settled) {
        for target in targets {
            self.made.actions[*target] = batch.setter.action();
            self.made.settled[*target] = settled.clone();
        }
        self.set += targets.len();
        (self.report)(targets.len(), 0);
    }

    /// The targets are settled by a failure; the run ends if it holds for every other call too.
    fn give_up(&mut self, batch: &Batch, targets: &[usize], failure: Failure) {
        let failure = Rc::new(failure);
        for target in targets {
            self.made.actions[*target] = batch.setter.action();
            self.made.settled[*target] = Settled {
                request_id: failure.request_id.clone(),
                outcome: Outcome::Failed(Rc::clone(&failure)),
                ..Settled::default()
            };
        }
        let failed = match failure.is_planned() {
            true => 0,
            false => targets.len(),
        };
        (self.report)(targets.len(), failed);
        if self.is_for_all(&failure) || self.lost_in_a_row >= PATIENCE {
            let ended = &mut self.made.ended;
            ended.get_or_insert_with(|| Failure::clone(&failure));
        }
    }

    /// Where the certificate is after a first upload; the other domains get it from there.
    fn learn_place(&mut self, place: Result<Found, Failure>) {
        match place {
            Ok(Found::This(stored)) => self.take_from_store(Source::from(*stored)),
            Err(failure) => self.client.note(&format!(
                "could not find the certificate in the store, so it is uploaded for each domain: \
                 {}",
                failure.in_words()
            )),
            Ok(Found::Beside | Found::Another | Found::Nothing) => {}
        }
    }

    /// Goes on with the certificate that is in the store: by its number where few domains are left
    /// or no other call finds it, else by its name, many domains a call.
    fn take_from_store(&mut self, source: Source) {
        let left = self.made.settled.iter().filter(|one| one.is_open()).count();
        let few = left <= SetCdnDomainSSLCertificate::RATE as usize;
        let abroad = |region: &str| region != MAINLAND;
        if self.change.automatic
            && let Source::Stored(_, Some(id)) = &source
            && (few || id.region.as_deref().is_some_and(abroad))
        {
            self.one_by_one();
        }
        self.source = source;
    }

    fn one_by_one(&mut self) {
        self.setter = Setter::Ssl;
        self.size = 1;
    }

    /// The name or the content of an upload is taken. Where it is taken by this very certificate,
    /// that one is used; where by the same with another chain, this one gets a name of its own.
    fn taken(&mut self, batch: Batch, failure: Failure, found: Result<Found, Failure>) {
        if matches!(self.source, Source::Stored(..)) {
            return self.again(batch);
        }
        match found {
            Ok(Found::This(stored)) => {
                self.client.note(&format!(
                    "the certificate is already in the store as {} ({}): using the stored one",
                    stored.id.identifier_or_id(),
                    stored.name
                ));
                self.take_from_store(Source::from(*stored));
                return self.again(batch);
            }
            Ok(Found::Beside) => {
                let beside = self.change.source_beside();
                if let Some(beside) = beside.filter(|beside| batch.source != *beside) {
                    self.source = beside;
                    return self.again(batch);
                }
            }
            // The run itself has uploaded it under this name.
            Err(_) if self.set > 0 && batch.setter != Setter::Ssl => {
                if let Source::Given(Some(name)) = &batch.source {
                    self.take_from_store(Source::Stored(Rc::clone(name), None));
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
        if self.change.automatic
            && batch.setter != Setter::Ssl
            && failure.code.as_deref() == Some(NOT_THERE)
            && matches!(batch.source, Source::Stored(_, Some(_)))
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
        let taken = failure.kind == Kind::Conflict && self.change.bundle.is_some();
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
            self.client.note(&format!(
                "the cloud refuses larger batches: using {} domains per call from now on",
                self.size
            ));
        }
    }

    /// Goes over to the current call where the gateway no longer knows the older ones.
    fn fall_back(&mut self, batch: &Batch, failure: &Failure) -> bool {
        let change = self.change;
        let free = change.cert_type == Some(CertType::Free);
        if !self.change.automatic || batch.setter == Setter::Ssl || free {
            return false;
        }
        if self.setter != Setter::Ssl {
            let left_out = match (change.force, change.region) {
                (false, None) => "",
                (true, None) => ", which has no ForceSet",
                (false, Some(_)) => ", which has no Region",
                (true, Some(_)) => ", which has neither ForceSet nor Region",
            };
            self.client.note(&format!(
                "the cloud does not know {} ({}): using {}{left_out}",
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
