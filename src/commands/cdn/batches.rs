//! Carrying `certctl cdn set` out: in batches, taken apart where they are refused.

use std::rc::Rc;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::Group;
use super::board::Board;
use super::preview::Preview;
use super::set::{CertType, Change, Setter};
use crate::cloud::Cloud;
use crate::commands::certificate::FitArgs;
use crate::commands::wait::WaitArgs;
use crate::commands::{Session, concluded};
use crate::config::Settings;
use crate::domain::Domain;
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Row};
use crate::products::Seen;
use crate::products::cdn::goal::{look, observe};
use crate::products::cdn::{self, Found};
use crate::products::{Outcome, Settled, StoreId, Stored};
use crate::providers::alibaba::cdn::{
    BatchSetCdnDomainServerCertificate, SetCdnDomainSSLCertificate, SetDomainServerCertificate,
    wire_name,
};
use crate::secret::Secret;
use crate::transport::{Client, Failure, Fate, PARALLEL, PlannedCall, plan_on, read_each};

/// Says that the certificate itself is in the store already, under whatever name.
const CONTENT_TAKEN: &str = "CertificateContent.Duplicated";

/// Some targets for one call.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) targets: Vec<usize>,
    pub(super) setter: Setter,
    pub(super) source: Source,
    /// No domain was set before it.
    pub(super) first: bool,
    /// The refused batch that this is a part of.
    pub(super) parent: Option<usize>,
}

/// How the certificate gets to the domains.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// As it was asked for; a file is uploaded under this name.
    Given(Option<Rc<str>>),
    /// From the store, which has it already.
    Stored(Rc<InStore>),
}

impl Source {
    /// Whether both are uploads under one name.
    pub(super) fn is_named_as(&self, other: &Source) -> bool {
        match (self, other) {
            (Source::Given(one), Source::Given(other)) => one == other,
            _ => false,
        }
    }
}

/// A certificate that is in the store.
#[derive(Debug)]
pub(super) struct InStore {
    pub(super) name: String,
    /// Its number and site, where they are known.
    pub(super) id: Option<StoreId>,
}

impl From<Stored> for InStore {
    fn from(stored: Stored) -> Self {
        InStore {
            name: stored.name,
            id: Some(stored.id),
        }
    }
}

/// What became of a call.
pub(super) enum Sent {
    /// It was accepted. Where the certificate is in the store now, if that was looked up.
    Done(Option<Rc<str>>, Option<Result<Found, Failure>>),
    Refused(Failure),
    /// The certificate's name or content is taken; by whom.
    Taken(Failure, Result<Found, Failure>),
    /// The outcome was not learnt; the targets that read back as asked all the same.
    Unknown(Failure, Vec<usize>),
}

/// Setting a change on domains.
pub(super) struct Run<'a> {
    pub(super) group: &'a Group,
    pub(super) change: &'a Change<'a>,
    pub(super) domains: &'a [Domain],
    pub(super) setter: Setter,
    /// Domains a call.
    pub(super) size: usize,
    /// Nobody chose the call, so another may do as well.
    pub(super) automatic: bool,
    pub(super) fit: FitArgs,
    pub(super) wait: WaitArgs,
}

/// What a call says of the certificate.
struct Material<'p> {
    chain: Option<&'p str>,
    key: Option<&'p Secret>,
    name: Option<&'p str>,
    kind: Option<&'static str>,
    id: Option<&'p StoreId>,
}

impl Run<'_> {
    fn row(&self, target: usize, action: &'static str) -> Row {
        let (asked, service) = (self.domains[target].asked(), self.group.service);
        Row::new(Cloud::Alibaba, service.name, service.named(action), asked)
    }

    pub(super) fn plan(&self, settings: &Settings) -> Answer {
        let targets: Vec<usize> = (0..self.domains.len()).collect();
        let mut requests = self.planned_reads(settings);
        let setters = targets.chunks(self.size);
        requests.extend(setters.map(|targets| self.planned_call(settings, targets)));
        if self.wait.wait.is_some() {
            let goal = self.change.goal();
            let reads = self.domains.iter();
            requests.extend(
                reads.flat_map(|domain| goal.planned(self.group.service, settings, domain)),
            );
        }
        let action = self.setter.action();
        let rows = targets.iter().map(|target| self.row(*target, action));
        Answer::planned(self.group.set, rows.collect(), requests)
    }

    fn planned_call(&self, settings: &Settings, targets: &[usize]) -> PlannedCall {
        let asked = targets
            .iter()
            .map(|target| self.domains[*target].asked().to_owned())
            .collect();
        let (source, service) = (self.change.source(), self.group.service);
        match self.setter {
            Setter::Batch => plan_on(service, settings, &self.batch_call(targets, &source), asked),
            Setter::Single => plan_on(
                service,
                settings,
                &self.single_call(targets[0], &source),
                asked,
            ),
            Setter::Ssl => plan_on(
                service,
                settings,
                &self.ssl_call(targets[0], &source),
                asked,
            ),
        }
    }

    /// The domain's name in the CDN's spelling.
    pub(super) fn wire(&self, target: usize) -> &str {
        wire_name(self.domains[target].ascii())
    }

    fn material<'p>(&'p self, source: &'p Source) -> Material<'p> {
        let change = self.change;
        match source {
            Source::Given(name) => Material {
                chain: change.chain(),
                key: change.key(),
                name: name.as_deref(),
                kind: change.cert_type.map(CertType::as_str),
                id: change.cert_id.as_ref(),
            },
            Source::Stored(stored) => Material {
                chain: None,
                key: None,
                name: Some(&stored.name),
                kind: Some(CertType::Cas.as_str()),
                id: stored.id.as_ref(),
            },
        }
    }

    fn batch_call<'s>(
        &'s self,
        targets: &[usize],
        source: &'s Source,
    ) -> BatchSetCdnDomainServerCertificate<'s> {
        let material = self.material(source);
        BatchSetCdnDomainServerCertificate {
            domain_names: targets.iter().map(|target| self.wire(*target)).collect(),
            ssl_protocol: self.change.switch,
            ssl_pub: material.chain,
            ssl_pri: material.key,
            cert_name: material.name,
            cert_type: material.kind,
            region: self.change.region,
            force_set: self.change.force,
        }
    }

    fn single_call<'s>(
        &'s self,
        target: usize,
        source: &'s Source,
    ) -> SetDomainServerCertificate<'s> {
        let material = self.material(source);
        SetDomainServerCertificate {
            domain_name: self.wire(target),
            server_certificate_status: self.change.switch,
            server_certificate: material.chain,
            private_key: material.key,
            cert_type: material.kind,
            cert_name: material.name,
            force_set: self.change.force,
        }
    }

    fn ssl_call<'s>(&'s self, target: usize, source: &'s Source) -> SetCdnDomainSSLCertificate<'s> {
        let material = self.material(source);
        // The number says it all; the name was the user's, or goes with an upload.
        let by_number = matches!(source, Source::Stored(stored) if stored.id.is_some());
        SetCdnDomainSSLCertificate {
            domain_name: self.wire(target),
            ssl_protocol: self.change.switch,
            ssl_pub: material.chain,
            ssl_pri: material.key,
            cert_name: material.name.filter(|_| !by_number),
            cert_type: material.kind,
            cert_id: material.id.map(|id| id.id.as_str()),
            cert_region: material.id.and_then(|id| id.region.as_deref()),
        }
    }

    async fn call(&self, client: &Client<'_>, batch: &Batch) -> Sent {
        let (targets, source) = (&batch.targets, &batch.source);
        let result = match batch.setter {
            Setter::Batch => client
                .call(&self.batch_call(targets, source))
                .await
                .map(|done| done.request_id),
            Setter::Single => client
                .call(&self.single_call(targets[0], source))
                .await
                .map(|done| done.request_id),
            Setter::Ssl => client
                .call(&self.ssl_call(targets[0], source))
                .await
                .map(|done| done.request_id),
        };
        let uploaded = match source {
            Source::Given(Some(name)) if self.change.uploads() => Some(&**name),
            _ => None,
        };
        let failure = match result {
            Ok(request_id) => {
                let more = batch.setter == Setter::Ssl && batch.first && self.domains.len() > 1;
                let stored = match uploaded.filter(|_| more) {
                    Some(name) => Some(self.holder(client, name).await),
                    None => None,
                };
                return Sent::Done(request_id, stored);
            }
            Err(failure) => failure,
        };
        if let Some(name) = uploaded.filter(|_| failure.kind == Kind::Conflict) {
            let found = match failure.code.as_deref() {
                Some(CONTENT_TAKEN) => Ok(Found::Nothing),
                _ => self.holder(client, name).await,
            };
            let found = match found {
                Ok(Found::Nothing) => self.find(client).await,
                found => found,
            };
            if failure.fate != Fate::Unknown || matches!(found, Ok(Found::This(_) | Found::Beside))
            {
                return Sent::Taken(failure, found);
            }
        }
        match failure.fate {
            Fate::Unknown => {
                let seen = self.read_back(client, targets).await;
                Sent::Unknown(failure, seen)
            }
            Fate::NotSent | Fate::NotRun => Sent::Refused(failure),
        }
    }

    async fn holder(&self, client: &Client<'_>, name: &str) -> Result<Found, Failure> {
        match &self.change.certificate {
            Some(certificate) => cdn::holder(client, certificate, name).await,
            None => Ok(Found::Nothing),
        }
    }

    async fn find(&self, client: &Client<'_>) -> Result<Found, Failure> {
        match &self.change.certificate {
            Some(certificate) => cdn::find(client, certificate).await,
            None => Ok(Found::Nothing),
        }
    }

    /// The targets that are as asked by now; what cannot be read is not among them.
    async fn read_back(&self, client: &Client<'_>, targets: &[usize]) -> Vec<usize> {
        let goal = self.change.goal();
        let read = async |target: usize| observe(client, self.wire(target), goal).await;
        let seen = read_each(targets, read).await.into_iter();
        seen.filter_map(|(target, seen)| matches!(seen, Ok(Seen::Confirmed)).then_some(target))
            .collect()
    }

    pub(super) async fn send(
        &self,
        session: &Session<'_>,
        client: &Client<'_>,
    ) -> Result<Answer, Error> {
        let known = match self.fit.checks() {
            true => self.check_names(session, client).await?,
            false => None,
        };
        let preview = match self.fit.no_preview {
            true => Preview {
                unchanged: Vec::new(),
                source: self.change.source(),
                ended: None,
            },
            false => self.preview(session, client, known).await,
        };
        let mut board = Board::new(self, session, preview);
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
                    let sent = self.call(client, &batch).await;
                    (batch, sent)
                });
            }
            let Some((batch, sent)) = under_way.next().await else {
                break;
            };
            board.settle(batch, sent);
            if board.is_under_way() {
                parallel = PARALLEL;
            }
        }
        let (mut settled, actions, ended) = board.close();
        let see = async |targets: &[usize]| {
            let look = async |target: usize| look(client, &self.domains[target], goal).await;
            read_each(targets, look).await
        };
        let lost = self
            .wait
            .wait
            .map_or(Vec::new(), |_| taken_as_sent(&mut settled));
        let name = |target: usize| self.domains[target].asked().to_owned();
        session
            .confirm(client, &self.wait, &mut settled, name, see)
            .await;
        for (target, before) in lost {
            let now = &mut settled[target];
            if now.is_changed() {
                *now = Settled {
                    request_id: before.request_id,
                    ..Settled::read_back()
                };
            } else if now.is_unknown() {
                // What became of the call says more than what was seen last.
                *now = before;
            }
        }
        let rows = settled.iter().zip(actions).enumerate();
        let rows = rows.map(|(target, (settled, action))| self.row(target, action).of(settled));
        Ok(concluded(
            self.group.set,
            rows.collect(),
            ended.as_ref(),
            client,
        ))
    }
}

/// Lets what may have been changed be waited for as well; gives those targets as they were.
fn taken_as_sent(settled: &mut [Settled]) -> Vec<(usize, Settled)> {
    let mut lost = Vec::new();
    for (target, settled) in settled.iter_mut().enumerate() {
        if settled.is_unknown() {
            lost.push((target, settled.clone()));
            settled.outcome = Outcome::Changed { confirmed: false };
        }
    }
    lost
}
