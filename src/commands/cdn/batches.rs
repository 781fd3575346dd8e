//! Carrying `certctl cdn set` out: in batches, taken apart where they are refused.

use std::collections::VecDeque;
use std::rc::Rc;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::goal::{certificates, look};
use super::set::{CertType, Change, Setter};
use crate::cloud::Cloud;
use crate::commands::wait::WaitArgs;
use crate::commands::{PARALLEL, Session, concluded, ends_run, fail_at, read_each};
use crate::config::Settings;
use crate::domain::Domain;
use crate::fault::Kind;
use crate::output::{Answer, Document, Row, Status};
use crate::providers::alibaba::cdn::{
    BatchSetCdnDomainServerCertificate, CDN, CERT_NAME_LIMIT, NEWER_BATCH_LIMIT,
    SetCdnDomainSSLCertificate, SetDomainServerCertificate, wire_name,
};
use crate::transport::{Client, Failure, Fate, PlannedCall, plan};
use crate::ui::Progress;

const COMMAND: &str = "cdn set";

/// A name in the store with a number, cut so that it stays within the limit.
fn numbered(name: &str, number: usize) -> String {
    let suffix = format!("-{number}");
    let kept = name.chars().take(CERT_NAME_LIMIT - suffix.len());
    kept.collect::<String>() + &suffix
}

/// Some targets for one call.
#[derive(Debug)]
struct Batch {
    targets: Vec<usize>,
    setter: Setter,
    /// The name in the store is taken by this run's own upload: overwrite it.
    renew: bool,
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

/// What became of a call.
enum Outcome {
    Done(Option<Rc<str>>),
    Refused(Failure),
    /// The outcome was not learnt; the targets that read back as asked all the same.
    Unknown(Failure, Vec<usize>),
}

/// Setting a change on domains.
pub(super) struct Run<'a> {
    pub(super) change: &'a Change<'a>,
    pub(super) domains: &'a [Domain],
    pub(super) setter: Setter,
    /// Domains a call.
    pub(super) size: usize,
    /// Nobody chose the call, so another may do as well.
    pub(super) automatic: bool,
    pub(super) wait: WaitArgs,
}

/// How many batches in a row may fail for want of an answer before the run ends.
const PATIENCE: u32 = 3;

/// How many domains may be refused alone for what is hardly their own fault, with none set, before
/// refused batches are taken apart only once a domain is set after all.
const DENIALS: u32 = 50;

impl Run<'_> {
    fn rows(&self) -> Vec<Row> {
        let action = self.setter.action();
        let row = |domain: &Domain| Row::new(Cloud::Alibaba, CDN.name, action, domain.asked());
        self.domains.iter().map(row).collect()
    }

    pub(super) fn plan(&self, settings: &Settings) -> Answer {
        let targets: Vec<usize> = (0..self.domains.len()).collect();
        let setters = targets.chunks(self.size);
        let mut requests: Vec<PlannedCall> = setters
            .map(|targets| self.planned_call(settings, targets))
            .collect();
        if self.wait.wait.is_some() {
            let goal = self.change.goal();
            let reads = self.domains.iter();
            requests.extend(reads.flat_map(|domain| goal.planned(settings, domain)));
        }
        Answer::Targets(Document::planned(COMMAND, self.rows(), requests))
    }

    fn planned_call(&self, settings: &Settings, targets: &[usize]) -> PlannedCall {
        let asked = targets
            .iter()
            .map(|target| self.domains[*target].asked().to_owned())
            .collect();
        match self.setter {
            Setter::Batch => plan(settings, &self.batch_call(targets, false), asked),
            Setter::Single => plan(settings, &self.single_call(targets[0], false), asked),
            Setter::Ssl => plan(
                settings,
                &self.ssl_call(targets[0], self.change.cert_name),
                asked,
            ),
        }
    }

    fn wire(&self, target: usize) -> &str {
        wire_name(self.domains[target].ascii())
    }

    fn batch_call(&self, targets: &[usize], renew: bool) -> BatchSetCdnDomainServerCertificate<'_> {
        BatchSetCdnDomainServerCertificate {
            domain_names: targets.iter().map(|target| self.wire(*target)).collect(),
            ssl_protocol: self.change.switch,
            ssl_pub: self.change.chain(),
            ssl_pri: self.change.key(),
            cert_name: self.change.cert_name,
            cert_type: self.change.cert_type.map(CertType::as_str),
            region: self.change.region,
            force_set: self.change.force || renew,
        }
    }

    fn single_call(&self, target: usize, renew: bool) -> SetDomainServerCertificate<'_> {
        SetDomainServerCertificate {
            domain_name: self.wire(target),
            server_certificate_status: self.change.switch,
            server_certificate: self.change.chain(),
            private_key: self.change.key(),
            cert_type: self.change.cert_type.map(CertType::as_str),
            cert_name: self.change.cert_name,
            force_set: self.change.force || renew,
        }
    }

    fn ssl_call<'s>(
        &'s self,
        target: usize,
        cert_name: Option<&'s str>,
    ) -> SetCdnDomainSSLCertificate<'s> {
        SetCdnDomainSSLCertificate {
            domain_name: self.wire(target),
            ssl_protocol: self.change.switch,
            ssl_pub: self.change.chain(),
            ssl_pri: self.change.key(),
            cert_name,
            cert_type: self.change.cert_type.map(CertType::as_str),
            cert_id: self.change.cert_id,
            cert_region: self.change.cert_region,
        }
    }

    async fn call(&self, client: &Client<'_>, batch: &Batch) -> Outcome {
        let result = match batch.setter {
            Setter::Batch => client
                .call(&self.batch_call(&batch.targets, batch.renew))
                .await
                .map(|done| done.request_id),
            Setter::Single => client
                .call(&self.single_call(batch.targets[0], batch.renew))
                .await
                .map(|done| done.request_id),
            Setter::Ssl => {
                // This call cannot overwrite, so a name that the run itself took gets a number.
                let other_name = self
                    .change
                    .cert_name
                    .filter(|_| batch.renew)
                    .map(|name| numbered(name, batch.targets[0] + 1));
                let cert_name = other_name.as_deref().or(self.change.cert_name);
                client
                    .call(&self.ssl_call(batch.targets[0], cert_name))
                    .await
                    .map(|done| done.request_id)
            }
        };
        match result {
            Ok(request_id) => Outcome::Done(request_id),
            Err(failure) if failure.fate == Fate::Unknown => {
                let seen = self.read_back(client, &batch.targets).await;
                Outcome::Unknown(failure, seen)
            }
            Err(failure) => Outcome::Refused(failure),
        }
    }

    /// The targets that are as asked by now; what cannot be read is not among them.
    async fn read_back(&self, client: &Client<'_>, targets: &[usize]) -> Vec<usize> {
        let read = async |target: usize| {
            let infos = certificates(client, self.wire(target)).await?;
            Ok(self.change.goal().is_met_by(&infos))
        };
        let seen = read_each(targets, read).await.into_iter();
        seen.filter_map(|(target, as_asked)| as_asked.unwrap_or(false).then_some(target))
            .collect()
    }

    pub(super) async fn send(&self, session: &Session<'_>, client: &Client<'_>) -> Answer {
        let mut board = Board {
            run: self,
            session,
            rows: self.rows(),
            fresh: (0..self.domains.len()).collect(),
            parts: VecDeque::new(),
            busy: VecDeque::new(),
            doubtful: Vec::new(),
            splits: Vec::new(),
            setter: self.setter,
            size: self.size,
            set: 0,
            lost_in_a_row: 0,
            denied: 0,
            ended: None,
            progress: session.ui.progress(self.domains.len()),
        };
        let goal = self.change.goal();
        let mut under_way = FuturesUnordered::new();
        // The first batch goes alone, and what it is taken apart into: what is wrong with the key,
        // the clock, the certificate's name or the size shows there once, not sixteen times.
        let mut parallel = 1;
        loop {
            while under_way.len() < parallel {
                let Some(batch) = board.next(client) else {
                    break;
                };
                under_way.push(async move {
                    let outcome = self.call(client, &batch).await;
                    (batch, outcome)
                });
            }
            let Some((batch, outcome)) = under_way.next().await else {
                break;
            };
            board.settle(batch, outcome);
            if board.set > 0 && board.parts.is_empty() {
                parallel = PARALLEL;
            }
        }
        for (batch, failure) in std::mem::take(&mut board.doubtful) {
            board.give_up(&batch, &batch.targets, failure);
        }
        let Board {
            mut rows,
            ended,
            progress,
            ..
        } = board;
        // Waiting shows its own.
        drop(progress);
        let see = async |targets: &[usize]| {
            let look = async |target: usize| look(client, &self.domains[target], goal).await;
            read_each(targets, look).await
        };
        session.confirm(client, &self.wait, &mut rows, see).await;
        concluded(COMMAND, rows, ended.as_ref(), client)
    }
}

/// The state of a run: what is settled, and what is left to send.
struct Board<'a> {
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

impl Board<'_> {
    /// The next batch to send.
    fn next(&mut self, client: &Client<'_>) -> Option<Batch> {
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

    fn settle(&mut self, batch: Batch, outcome: Outcome) {
        match outcome {
            Outcome::Done(request_id) => {
                self.lost_in_a_row = 0;
                self.succeed(&batch, &batch.targets, request_id, None);
                self.learn_size(&batch);
            }
            Outcome::Unknown(failure, seen) => {
                let note = "confirmed by reading it back";
                self.succeed(&batch, &seen, failure.request_id.clone(), Some(note));
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
