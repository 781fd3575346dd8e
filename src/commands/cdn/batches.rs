//! Carrying `certctl cdn set` out: in batches, taken apart where they are refused.

use std::rc::Rc;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::board::Board;
use super::goal::{certificates, look};
use super::set::{CertType, Change, Setter};
use crate::cloud::Cloud;
use crate::commands::wait::WaitArgs;
use crate::commands::{PARALLEL, Session, concluded, read_each};
use crate::config::Settings;
use crate::domain::Domain;
use crate::output::{Answer, Document, Row, Status};
use crate::providers::alibaba::cdn::{
    BatchSetCdnDomainServerCertificate, CDN, CERT_NAME_LIMIT, SetCdnDomainSSLCertificate,
    SetDomainServerCertificate, wire_name,
};
use crate::transport::{Client, Failure, Fate, PlannedCall, plan};

const COMMAND: &str = "cdn set";

/// A name in the store with a number, cut so that it stays within the limit.
fn numbered(name: &str, number: usize) -> String {
    let suffix = format!("-{number}");
    let kept = name.chars().take(CERT_NAME_LIMIT - suffix.len());
    kept.collect::<String>() + &suffix
}

/// Some targets for one call.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) targets: Vec<usize>,
    pub(super) setter: Setter,
    /// The name in the store is taken by this run's own upload: overwrite it.
    pub(super) renew: bool,
    /// The refused batch that this is a part of.
    pub(super) parent: Option<usize>,
}

/// What became of a call.
pub(super) enum Outcome {
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

/// Goes with a row whose call got no answer.
pub(super) const READ_BACK: &str = "confirmed by reading it back";

impl Run<'_> {
    pub(super) fn rows(&self) -> Vec<Row> {
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
        let mut board = Board::new(self, session);
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
            if board.is_under_way() {
                parallel = PARALLEL;
            }
        }
        let (mut rows, ended) = board.close();
        let see = async |targets: &[usize]| {
            let look = async |target: usize| look(client, &self.domains[target], goal).await;
            read_each(targets, look).await
        };
        let lost = self
            .wait
            .wait
            .map_or(Vec::new(), |_| taken_as_sent(&mut rows));
        session.confirm(client, &self.wait, &mut rows, see).await;
        for (target, row) in lost {
            match rows[target].status {
                Status::Changed => rows[target].note = Some(READ_BACK.into()),
                // What became of the call says more than what was seen last.
                Status::Unknown => rows[target] = row,
                _ => {}
            }
        }
        concluded(COMMAND, rows, ended.as_ref(), client)
    }
}

/// Lets what may have been changed be waited for as well; gives those rows as they were.
fn taken_as_sent(rows: &mut [Row]) -> Vec<(usize, Row)> {
    let mut lost = Vec::new();
    for (target, row) in rows.iter_mut().enumerate() {
        if row.status == Status::Unknown {
            lost.push((target, row.clone()));
            row.settle(Status::Changed, row.request_id.clone());
        }
    }
    lost
}
