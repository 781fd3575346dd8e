//! What `certctl cdn set` reads before it sends anything: whether a certificate of the store covers
//! the domains, which domains are as asked already, and whether a file is in the store already.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use chrono::TimeDelta;

use super::batches::{InStore, Run, Source};
use super::set::CertType;
use crate::cert::Certificate;
use crate::commands::Session;
use crate::commands::certificate::{also_a_file, unread_names};
use crate::config::Settings;
use crate::error::Error;
use crate::fault::Kind;
use crate::products::Seen;
use crate::products::cdn::goal::{Goal, observe, planned_read};
use crate::products::cdn::{self, Found};
use crate::products::{StoreId, Stored};
use crate::providers::Operation;
use crate::providers::alibaba::cas::{INTERNATIONAL, MAINLAND};
use crate::providers::alibaba::cdn::{
    DescribeCdnCertificateDetailById, DescribeCdnHttpsDomainList, DescribeCdnSSLCertificateList,
    DescribeUserDomains, STORE_PAGE_LIMIT, USER_DOMAINS_PAGE_LIMIT,
};
use crate::transport::{
    Client, Failure, Fate, PARALLEL, PlannedCall, ends_run, plan_on, read_each,
};

/// So many domains are read one by one; of more a list tells.
const FEW: usize = PARALLEL;

/// The list names no zone for its times.
const ZONES: TimeDelta = TimeDelta::hours(15);

/// At most so many certificates that domains serve are looked at: a second's worth of calls.
const LOOKED_AT: usize = 100;

const BY_ID: &str = DescribeCdnCertificateDetailById::ACTION;

/// What was seen before anything is sent.
pub(super) struct Preview {
    /// The domains that are as asked already.
    pub(super) unchanged: Vec<usize>,
    /// How the certificate gets to the others.
    pub(super) source: Source,
    /// Why nothing that is sent could succeed.
    pub(super) ended: Option<Failure>,
}

impl Run<'_> {
    /// The reads that come first, as a dry run shows them.
    pub(super) fn planned_reads(&self, settings: &Settings) -> Vec<PlannedCall> {
        let mut calls = Vec::new();
        let (change, service) = (self.change, self.group.service);
        let list = |search_keyword| {
            let read = DescribeCdnSSLCertificateList {
                page_number: 1,
                page_size: STORE_PAGE_LIMIT,
                domain_name: None,
                search_keyword,
            };
            plan_on(service, settings, &read, Vec::new())
        };
        if self.fit.checks() {
            match (&change.bundle, &change.cert_id, change.cert_name) {
                // A twin has to look the number's name up first.
                (None, Some(_), _) if service.action(BY_ID).is_none() => calls.push(list(None)),
                (None, Some(id), _) => {
                    let read = DescribeCdnCertificateDetailById {
                        cert_id: &id.id,
                        cert_region: id.region.as_deref(),
                    };
                    calls.push(plan_on(service, settings, &read, Vec::new()));
                }
                (None, None, Some(name)) if change.cert_type == Some(CertType::Cas) => {
                    calls.push(list(Some(name)));
                }
                _ => {}
            }
        }
        if self.fit.no_preview {
            return calls;
        }
        match (self.domains.len() <= FEW, change.goal()) {
            _ if change.cert_type == Some(CertType::Free) => {}
            (true, _) => {
                let reads = self.domains.iter();
                calls.extend(reads.map(|domain| planned_read(service, settings, domain)));
            }
            (false, Goal::On | Goal::Off) => {
                let read = DescribeUserDomains {
                    page_number: 1,
                    page_size: USER_DOMAINS_PAGE_LIMIT,
                    name_part: None,
                    domain_status: None,
                };
                calls.push(plan_on(service, settings, &read, Vec::new()));
            }
            (false, _) => {
                let read = DescribeCdnHttpsDomainList {
                    page_number: 1,
                    page_size: USER_DOMAINS_PAGE_LIMIT,
                };
                calls.push(plan_on(service, settings, &read, Vec::new()));
            }
        }
        if change.is_looked_for() {
            calls.push(list(None));
        }
        calls
    }

    /// Refuses a certificate of the store that is not there or does not cover the domains. Gives
    /// what is known of it.
    pub(super) async fn check_names(
        &self,
        session: &Session<'_>,
        client: &Client<'_>,
    ) -> Result<Option<Certificate>, Error> {
        let change = self.change;
        let (stored, called) = match (&change.bundle, &change.cert_id, change.cert_name) {
            (None, Some(id), _) => (by_id(client, id).await?, id.identifier_or_id()),
            (None, None, Some(name)) if change.cert_type == Some(CertType::Cas) => {
                (by_name(client, name, change.region).await?, name.to_owned())
            }
            _ => return Ok(None),
        };
        let names = self.domains.iter().map(|domain| domain.asked());
        let called = format!("certificate {called}");
        session.fit(&stored.certificate, &called, names, &self.fit, client.now())?;
        Ok(Some(stored.certificate))
    }

    /// Looks at what is there. A read that fails here stops nothing: one note says so, and the
    /// change is sent. `known` is the certificate of the store that is asked for.
    pub(super) async fn preview(
        &self,
        session: &Session<'_>,
        client: &Client<'_>,
        known: Option<Certificate>,
    ) -> Preview {
        let mut lost: Option<Failure> = None;
        let mut source = self.change.source();
        let unchanged = match self.domains.len() <= FEW {
            _ if self.change.cert_type == Some(CertType::Free) => Vec::new(),
            true => self.as_asked_by_each(client, &mut lost).await,
            false => match self.as_asked_by_list(client, known).await {
                Ok(unchanged) => unchanged,
                Err(failure) => {
                    lost = Some(failure);
                    Vec::new()
                }
            },
        };
        let goes_on = |failure: &Failure| !ends_run(failure) || failure.kind == Kind::Unsupported;
        if lost.as_ref().is_none_or(goes_on)
            && unchanged.len() < self.domains.len()
            && self.change.is_looked_for()
        {
            match self.in_store(client).await {
                Ok(Some(found)) => source = found,
                Ok(None) => {}
                Err(failure) => lost = lost.or(Some(failure)),
            }
        }
        let mut ended = None;
        if let Some(failure) = lost {
            match goes_on(&failure) && client.halt().is_none() {
                true => session.ui.note(&format!(
                    "what is there already could not be read, so that everything is sent: {}",
                    said(&failure)
                )),
                false => ended = Some(unsent(failure)),
            }
        }
        Preview {
            unchanged,
            source,
            ended,
        }
    }

    /// Reads domain by domain which of them are as asked.
    async fn as_asked_by_each(
        &self,
        client: &Client<'_>,
        lost: &mut Option<Failure>,
    ) -> Vec<usize> {
        let targets: Vec<usize> = (0..self.domains.len()).collect();
        let goal = self.change.goal();
        let read = async |target: usize| observe(client, self.wire(target), goal).await;
        let mut unchanged = Vec::new();
        for (target, seen) in read_each(&targets, read).await {
            match seen {
                Ok(Seen::Confirmed) => unchanged.push(target),
                Ok(_) => {}
                // The change will be told the same of this domain.
                Err(failure) if matches!(failure.kind, Kind::NotFound | Kind::State) => {}
                Err(failure) => *lost = lost.take().or(Some(failure)),
            }
        }
        unchanged
    }

    /// Finds in the list of all domains which of them are as asked. The list names certificates;
    /// of each that may be the one, one domain is looked at.
    async fn as_asked_by_list(
        &self,
        client: &Client<'_>,
        known: Option<Certificate>,
    ) -> Result<Vec<usize>, Failure> {
        let goal = self.change.goal();
        let asked: HashMap<&str, usize> = (0..self.domains.len())
            .map(|target| (self.wire(target), target))
            .collect();
        let wanted = match goal {
            Goal::On | Goal::Off => {
                let on = matches!(goal, Goal::On);
                let switches = cdn::switches(client).await?;
                let as_asked = asked
                    .iter()
                    .filter(|(name, _)| switches.get(**name) == Some(&on));
                return Ok(as_asked.map(|(_, target)| *target).collect());
            }
            Goal::Certificate(wanted) | Goal::Leaf(wanted) => Some(wanted.clone()),
            Goal::Numbered { .. } if known.is_none() => match &self.change.cert_id {
                Some(id) => Some(cdn::by_id(client, id).await?.certificate),
                None => None,
            },
            _ => known,
        };
        let ends = wanted.and_then(|wanted| wanted.expires);
        let mut alike: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for served in cdn::served(client).await? {
            let Some(target) = asked.get(served.domain.as_str()) else {
                continue;
            };
            let end = served.ends;
            let other = ends
                .zip(end)
                .is_some_and(|(own, end)| (own - end).abs() > ZONES);
            let misnamed = matches!(goal, Goal::Named(name) if served.name != name);
            if other || misnamed {
                continue;
            }
            // Without a name nobody knows whether two are one.
            let nameless = served.name.is_empty().then_some(*target);
            let key = (served.name, served.kind, end, nameless);
            alike.entry(key).or_default().push(*target);
        }
        let alike: Vec<Vec<usize>> = alike.into_values().take(LOOKED_AT).collect();
        let firsts: Vec<usize> = alike.iter().map(|targets| targets[0]).collect();
        let read = async |target: usize| observe(client, self.wire(target), goal).await;
        let mut unchanged = Vec::new();
        for (first, seen) in read_each(&firsts, read).await {
            if seen? == Seen::Confirmed {
                let of_first = alike.iter().find(|targets| targets[0] == first);
                unchanged.extend(of_first.into_iter().flatten());
            }
        }
        Ok(unchanged)
    }

    /// Looks for the certificate of the file in the store: it is taken from there, or uploaded under
    /// a name of its own where it is there with another chain.
    async fn in_store(&self, client: &Client<'_>) -> Result<Option<Source>, Failure> {
        let Some(certificate) = &self.change.certificate else {
            return Ok(None);
        };
        Ok(match cdn::find(client, certificate).await? {
            Found::This(stored) => Some(Source::Stored(Rc::new(InStore::from(*stored)))),
            Found::Beside => self.change.source_beside(),
            Found::Another | Found::Nothing => None,
        })
    }
}

/// The certificate of this number. One that only the other site has is said so.
async fn by_id(client: &Client<'_>, id: &StoreId) -> Result<Stored, Error> {
    let failure = match cdn::by_id(client, id).await {
        Ok(stored) => return Ok(stored),
        Err(failure) => failure,
    };
    if failure.kind != Kind::NotFound {
        return Err(unread_names(failure).into());
    }
    let site = id.region.as_deref().unwrap_or(MAINLAND);
    let other = match site {
        INTERNATIONAL => MAINLAND,
        _ => INTERNATIONAL,
    };
    let elsewhere = StoreId {
        region: Some(other.to_owned()),
        ..id.clone()
    };
    if cdn::by_id(client, &elsewhere).await.is_ok() {
        return Err(Error::new(
            Kind::NotFound,
            format!(
                "certificate {} is in the store of {other}, not of {site}",
                id.id
            ),
            format!(
                "give `--cert {}`: nothing was sent",
                elsewhere.identifier(other)
            ),
        ));
    }
    let (error, group) = (Error::from(failure), client.service().name);
    let hint = match also_a_file(&id.id) {
        Some(file) => file,
        None => {
            format!(
                "`certctl {group} certs` lists the certificates that there are: nothing was sent"
            )
        }
    };
    Err(Error {
        message: format!(
            "certificate {} is not in the store: {}",
            id.identifier_or_id(),
            error.message
        ),
        hint,
        ..error
    })
}

/// The certificate of this name.
async fn by_name(client: &Client<'_>, name: &str, region: Option<&str>) -> Result<Stored, Error> {
    match cdn::by_name(client, name, region).await {
        Ok(Some(stored)) => Ok(stored),
        Ok(None) => Err(Error::new(
            Kind::NotFound,
            format!("no certificate of the store is called {name}"),
            format!(
                "`certctl {} certs` lists their names: nothing was sent",
                client.service().name
            ),
        )),
        Err(failure) => Err(unread_names(failure).into()),
    }
}

/// A failure in words.
pub(super) fn said(failure: &Failure) -> String {
    match &failure.code {
        Some(code) => format!("{code}: {}", failure.message),
        None => failure.message.clone(),
    }
}

/// A read that the run's end cut off: nothing was sent that changes anything.
fn unsent(failure: Failure) -> Failure {
    match failure.kind {
        Kind::Interrupted | Kind::Deadline => Failure {
            fate: Fate::NotSent,
            ..failure
        },
        _ => failure,
    }
}
