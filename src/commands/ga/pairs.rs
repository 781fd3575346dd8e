//! Certificates for the domains of a listener: what `attach` and `replace` have in common.

use super::certificates::{Certificates, Choice, Chosen};
use super::listener::confirm;
use crate::cloud::Cloud;
use crate::commands::wait::WaitArgs;
use crate::commands::{Session, concluded};
use crate::error::Error;
use crate::output::{Answer, Row};
use crate::products::ga::{Instance, additional, is, seen};
use crate::products::{Settled, StoreId};
use crate::providers::alibaba::ga::{Binding, GA, Pair};
use crate::transport::{Failure, ends_run};

/// A certificate for a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The certificate.
    pub certificate: Chosen,
    /// The domain that it is to serve.
    pub domain: String,
}

/// Takes what `--cert` says apart, and together again.
pub fn apart(given: &[(Choice, String)]) -> (Vec<Choice>, Vec<String>) {
    given.iter().cloned().unzip()
}

/// Drops pairs that stand twice; a domain can have one additional certificate only.
pub fn distinct(
    certificates: &Certificates<'_>,
    chosen: Vec<Chosen>,
    domains: Vec<String>,
) -> Result<Vec<Wanted>, Error> {
    let mut pairs: Vec<Wanted> = Vec::with_capacity(domains.len());
    for (certificate, domain) in chosen.into_iter().zip(domains) {
        let pair = Wanted {
            certificate,
            domain,
        };
        match pairs.iter().find(|other| other.domain == pair.domain) {
            None => pairs.push(pair),
            Some(other) if *other == pair => {}
            Some(other) => {
                let [first, second] =
                    [other, &pair].map(|one| certificates.identifier(&one.certificate));
                return Err(Error::usage(
                    format!(
                        "{} is given two certificates, {first} and {second}",
                        pair.domain
                    ),
                    "a domain has one additional certificate; leave one of the two out: nothing was sent",
                ));
            }
        }
    }
    Ok(pairs)
}

/// The pairs as they would be sent.
pub fn planned(certificates: &Certificates<'_>, wanted: &[Wanted]) -> Vec<Pair> {
    let pair = |one: &Wanted| Pair {
        certificate: certificates.identifier(&one.certificate),
        domain: one.domain.clone(),
    };
    wanted.iter().map(pair).collect()
}

/// The ids of the pairs' certificates, as far as there is one.
pub struct Ids(Vec<Option<StoreId>>);

/// Pairs that were looked at.
pub struct Prepared {
    /// The certificates.
    pub ids: Ids,
    /// What became of each so far; what is open is to be sent.
    pub settled: Vec<Settled>,
    /// Why nothing is to be sent, if that is so.
    pub ended: Option<Failure>,
}

/// Looks at what the listener has and settles by `decide` what that shows, checks the certificates
/// of the others, and sees to it that they are in the store.
pub async fn prepare(
    certificates: &Certificates<'_>,
    instance: &Instance<'_>,
    wanted: &[Wanted],
    decide: impl Fn(&str, &StoreId, &[Binding]) -> Option<Settled>,
) -> Result<Prepared, Error> {
    let known = wanted.iter().map(|one| one.certificate.id(None).cloned());
    let mut prepared = Prepared {
        ids: Ids(known.collect()),
        settled: vec![Settled::default(); wanted.len()],
        ended: None,
    };
    let bindings = match certificates.previews() {
        false => Ok(None),
        true => instance.glance().await,
    };
    let bindings = match bindings {
        Ok(bindings) => bindings,
        Err(failure) => {
            prepared.settled = vec![Settled::failed(failure.clone()); wanted.len()];
            prepared.ended = Some(failure);
            return Ok(prepared);
        }
    };
    let decided = |one: &Wanted, id: &Option<StoreId>| {
        decide(&one.domain, id.as_ref()?, bindings.as_deref()?)
    };
    let apply = |prepared: &mut Prepared| {
        for (at, one) in wanted.iter().enumerate() {
            if prepared.settled[at].is_open()
                && let Some(settled) = decided(one, &prepared.ids.0[at])
            {
                prepared.settled[at] = settled;
            }
        }
    };
    apply(&mut prepared);
    let open: Vec<&Wanted> = wanted
        .iter()
        .zip(&prepared.settled)
        .filter(|(_, settled)| settled.is_open())
        .map(|(one, _)| one)
        .collect();
    let cas = certificates.store(instance.client)?;
    let places: Vec<(&Chosen, Vec<&str>)> = open
        .iter()
        .map(|one| (&one.certificate, vec![one.domain.as_str()]))
        .collect();
    certificates.check(&cas, &places).await?;
    if open.iter().any(|one| one.certificate == Chosen::File) {
        let uploaded = certificates.upload(&cas).await;
        for (at, one) in wanted.iter().enumerate() {
            match (&one.certificate, &uploaded) {
                (Chosen::File, Ok(id)) => prepared.ids.0[at].clone_from(id),
                (Chosen::File, Err(settled)) => prepared.settled[at] = Settled::clone(settled),
                (Chosen::Id(_), _) => {}
            }
        }
        if let Err(settled) = uploaded {
            let failure = settled.failure().filter(|failure| ends_run(failure));
            prepared.ended = failure.cloned();
        }
        apply(&mut prepared);
    }
    Ok(prepared)
}

impl Prepared {
    /// Waits for what was changed, where that is asked for, and makes the answer of a command and its
    /// action.
    pub async fn conclude(
        mut self,
        (command, action): (&'static str, &'static str),
        session: &Session<'_>,
        instance: &Instance<'_>,
        wait: &WaitArgs,
        wanted: &[Wanted],
    ) -> Answer {
        let ids = &self.ids;
        let see = |at: usize, bindings: &[Binding]| {
            let bound = additional(bindings, &wanted[at].domain);
            seen(bound, |binding| ids.is_wanted(at, binding))
        };
        let name = |at: usize| wanted[at].domain.clone();
        confirm(session, instance, wait, &mut self.settled, name, see).await;
        let rows = ids.rows(action, wanted, &self.settled);
        concluded(command, rows, self.ended.as_ref(), instance.client)
    }
}

impl Ids {
    /// The pairs that are to be sent, with their places.
    pub fn open(&self, wanted: &[Wanted], settled: &[Settled]) -> Vec<(usize, Pair)> {
        let open = (0..wanted.len()).filter(|at| settled[*at].is_open());
        open.filter_map(|at| {
            let pair = Pair {
                certificate: self.0[at].as_ref()?.identifier_or_id(),
                domain: wanted[at].domain.clone(),
            };
            Some((at, pair))
        })
        .collect()
    }

    /// Whether a certificate of the listener is the one that a pair wants.
    pub fn is_wanted(&self, at: usize, binding: &Binding) -> bool {
        self.0[at].as_ref().is_some_and(|id| is(binding, id))
    }

    /// The rows.
    fn rows(&self, action: &'static str, wanted: &[Wanted], settled: &[Settled]) -> Vec<Row> {
        let made = wanted.iter().zip(&self.0).zip(settled);
        made.map(|((one, id), settled)| row(action, &one.domain, id.as_ref()).of(settled))
            .collect()
    }
}

/// A target before anything became of it.
pub fn row(action: &'static str, target: &str, id: Option<&StoreId>) -> Row {
    let mut row = Row::new(Cloud::Alibaba, GA.name, action, target);
    if let Some(id) = id {
        row.certificate = Some(id.id.clone());
        row.identifier = Some(id.identifier_or_id());
    }
    row
}
