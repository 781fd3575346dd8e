//! Changing the certificates of a listener: what the commands that do so have in common.

use super::certificates::{Certificates, Choice, Chosen};
use super::listener::ListenerArgs;
use crate::cloud::Cloud;
use crate::commands::certificate::unread_names;
use crate::commands::wait::WaitArgs;
use crate::commands::{Session, concluded};
use crate::config::Settings;
use crate::error::Error;
use crate::output::{Answer, Row};
use crate::products::ga::{Change, Instance, SPEC, at, id_of};
use crate::products::{Bind, Current, Place, Settled, Slot, StoreId};
use crate::providers::alibaba::ga::{GA, ListenerCertificate, Pair};
use crate::transport::{Client, Failure, PlannedCall, ends_run};

/// A certificate for a place of the listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The certificate.
    pub certificate: Chosen,
    /// The place.
    pub place: Place,
}

/// A command that changes places of a listener.
pub struct Task<'a> {
    /// Its name.
    pub command: &'static str,
    /// What it makes of each place.
    pub change: Change,
    /// The listener.
    pub listener: &'a ListenerArgs,
    /// A client token of one's own.
    pub token: Option<&'a str>,
    /// How long it waits.
    pub wait: &'a WaitArgs,
}

/// Places that are under way.
pub struct Run {
    /// The certificate that each is about, as far as there is one.
    pub ids: Vec<Option<StoreId>>,
    /// What became of each so far; what is open is to be sent.
    pub settled: Vec<Settled>,
    /// Why nothing more is to be sent, if that is so.
    pub ended: Option<Failure>,
    /// What each has now, as far as that was read.
    pub current: Current,
}

/// The domains' certificates. What stands twice counts once; a domain can have one certificate only.
pub fn distinct(
    certificates: &Certificates<'_>,
    listener: &ListenerArgs,
    chosen: Vec<Chosen>,
    domains: Vec<String>,
) -> Result<Vec<Wanted>, Error> {
    let mut all: Vec<Wanted> = Vec::with_capacity(domains.len());
    for (certificate, domain) in chosen.into_iter().zip(domains) {
        let place = listener.place(Slot::Domain(domain.clone()));
        let one = Wanted { certificate, place };
        match all.iter().find(|other| other.place == one.place) {
            None => all.push(one),
            Some(other) if *other == one => {}
            Some(other) => {
                let [first, second] =
                    [other, &one].map(|one| certificates.identifier(&one.certificate));
                return Err(Error::usage(
                    format!(
                        "{domain} has two certificates on the command line, {first} and \
                             {second}"
                    ),
                    "a domain can have only one additional certificate; remove one of the two: \
                     nothing was sent",
                ));
            }
        }
    }
    Ok(all)
}

/// What places of a listener have, of all the certificates that it has.
pub fn current<'p>(
    places: impl IntoIterator<Item = &'p Place>,
    present: &[ListenerCertificate],
) -> Current {
    let mut current = Current::default();
    for (target, place) in places.into_iter().enumerate() {
        match at(&place.slot, present) {
            Some(there) => current.put(target, &there.certificate_id),
            None => current.put(target, "no certificate of its own"),
        }
    }
    current
}

/// Takes what `--cert` says apart.
pub fn apart(given: &[(Choice, String)]) -> (Vec<Choice>, Vec<String>) {
    given.iter().cloned().unzip()
}

impl Task<'_> {
    /// Puts certificates on places. What the listener has at a place settles by `decide` whether
    /// anything is to be sent.
    ///
    /// # Errors
    /// A certificate does not fit; nothing was sent.
    pub fn put(
        &self,
        session: &Session<'_>,
        settings: &Settings,
        certificates: &Certificates<'_>,
        wanted: &[Wanted],
        decide: impl Fn(Option<&ListenerCertificate>, &StoreId) -> Option<Settled>,
    ) -> Result<Answer, Error> {
        let places: Vec<Place> = wanted.iter().map(|one| one.place.clone()).collect();
        if session.globals.sends_nothing() {
            let chosen: Vec<Chosen> = wanted.iter().map(|one| one.certificate.clone()).collect();
            let ids = chosen.iter().map(|one| one.id(None).cloned()).collect();
            let texts = chosen.iter().map(|one| certificates.identifier(one));
            let read = certificates
                .previews()
                .then(|| self.listener.planned(settings));
            let before = read
                .into_iter()
                .chain(certificates.planned(settings, &chosen));
            return Ok(self.planned(settings, &places, ids, texts.collect(), before.collect()));
        }
        session.online(&GA, settings, async |client| {
            let instance = self.instance(client);
            let run = self
                .prepare(certificates, &instance, wanted, decide)
                .await?;
            Ok(self.make(session, &instance, &places, run).await)
        })
    }

    /// The listener, talked to by `client`.
    pub fn instance<'c>(&'c self, client: &'c Client<'c>) -> Instance<'c> {
        let id = self.listener.id();
        Instance { client, id }
    }

    /// The answer of a dry run: what is read and uploaded `before`, and the changes. `texts` are the
    /// certificates as far as they are known.
    pub fn planned(
        &self,
        settings: &Settings,
        places: &[Place],
        ids: Vec<Option<StoreId>>,
        texts: Vec<String>,
        before: Vec<PlannedCall>,
    ) -> Answer {
        let pair = |(place, certificate): (&Place, String)| Pair {
            certificate,
            domain: match &place.slot {
                Slot::Domain(domain) => domain.clone(),
                _ => String::new(),
            },
        };
        let pairs: Vec<Pair> = places.iter().zip(texts).map(pair).collect();
        let mut requests = before;
        requests.extend(
            self.change
                .plan(settings, self.listener.id(), &pairs, self.token),
        );
        let rows = places
            .iter()
            .zip(&ids)
            .map(|(place, id)| self.row(place, id));
        Answer::planned(self.command, rows.collect(), requests)
    }

    /// Looks at what the listener has and settles by `decide` what that shows, checks the certificates
    /// of the others, and sees to it that they are in the store.
    async fn prepare(
        &self,
        certificates: &Certificates<'_>,
        instance: &Instance<'_>,
        wanted: &[Wanted],
        decide: impl Fn(Option<&ListenerCertificate>, &StoreId) -> Option<Settled>,
    ) -> Result<Run, Error> {
        let known = wanted.iter().map(|one| one.certificate.id(None).cloned());
        let mut run = Run::of(known.collect());
        let strict = self.change == Change::SetDefault && certificates.checks();
        let read = match (certificates.previews(), strict) {
            (false, _) => Ok(None),
            // Which names it has to serve is read from what is there.
            (true, true) => instance
                .certificates()
                .await
                .map(Some)
                .map_err(unread_names),
            (true, false) => instance.glance().await,
        };
        let present = match read {
            Ok(present) => present,
            Err(failure) => {
                run.settled.fill(Settled::failed(failure.clone()));
                run.ended = Some(failure);
                return Ok(run);
            }
        };
        let apply = |run: &mut Run| {
            let Some(present) = &present else { return };
            for (at_place, one) in wanted.iter().enumerate() {
                if run.settled[at_place].is_open()
                    && let Some(id) = &run.ids[at_place]
                    && let Some(settled) = decide(at(&one.place.slot, present), id)
                {
                    run.settled[at_place] = settled;
                }
            }
        };
        if let Some(present) = &present {
            let places = wanted.iter().map(|one| &one.place);
            run.current = current(places, present);
        }
        apply(&mut run);
        let open = wanted.iter().zip(&run.settled);
        let open = open.filter(|(_, settled)| settled.is_open());
        let open: Vec<&Wanted> = open.map(|(one, _)| one).collect();
        if open.is_empty() {
            return Ok(run);
        }
        let cas = certificates.store(instance.client)?;
        let present = present.as_deref().unwrap_or_default();
        let mut fits: Vec<(&Chosen, Vec<String>)> = Vec::new();
        for one in &open {
            let names = match &one.place.slot {
                Slot::Domain(domain) => vec![domain.clone()],
                slot if certificates.checks() => {
                    let default = at(slot, present).and_then(id_of);
                    let mut names = match default {
                        Some(id) => certificates.names_of(&cas, &id).await?,
                        None => Vec::new(),
                    };
                    // What has a certificate of its own does not fall to the default one.
                    names.retain(|name| at(&Slot::Domain(name.clone()), present).is_none());
                    names
                }
                _ => Vec::new(),
            };
            fits.push((&one.certificate, names));
        }
        certificates.check(&cas, &fits).await?;
        if open.iter().any(|one| one.certificate == Chosen::File) {
            let uploaded = certificates.upload(&cas).await;
            for (at, one) in wanted.iter().enumerate() {
                match (&one.certificate, &uploaded) {
                    (Chosen::File, Ok(id)) => run.ids[at].clone_from(id),
                    (Chosen::File, Err(settled)) => run.settled[at] = Settled::clone(settled),
                    (Chosen::Id(_), _) => {}
                }
            }
            if let Err(settled) = uploaded {
                let failure = settled.failure().filter(|failure| ends_run(failure));
                run.ended = failure.cloned();
            }
            apply(&mut run);
        }
        Ok(run)
    }

    /// Makes what is open, waits for what was changed, where that is asked for, and tells of each
    /// place.
    pub async fn make(
        &self,
        session: &Session<'_>,
        instance: &Instance<'_>,
        places: &[Place],
        mut run: Run,
    ) -> Answer {
        let bind = |(place, id)| match self.change {
            Change::Detach => Bind {
                place,
                region: None,
                before: id,
                after: None,
            },
            _ => Bind {
                place,
                region: None,
                before: None,
                after: id,
            },
        };
        let ids = run.ids.iter().map(Option::as_ref);
        let binds: Vec<Bind<'_>> = places.iter().zip(ids).map(bind).collect();
        let settled = &mut run.settled;
        let mut ended = run.ended;
        if ended.is_none() {
            ended = instance
                .make(self.change, &binds, settled, self.token)
                .await;
        }
        run.current.tell(settled);
        let name = |at: usize| self.name(&places[at]).to_owned();
        session
            .confirm_binds(instance.client, self.wait, &SPEC, &binds, settled, name)
            .await;
        let rows = places.iter().zip(&run.ids).zip(&*settled);
        let rows = rows.map(|((place, id), settled)| self.row(place, id).of(settled));
        concluded(
            self.command,
            rows.collect(),
            ended.as_ref(),
            instance.client,
        )
    }

    /// What a place is called in the answer.
    fn name<'p>(&'p self, place: &'p Place) -> &'p str {
        match &place.slot {
            Slot::Domain(domain) => domain,
            _ => &self.listener.listener,
        }
    }

    /// A place before anything became of it.
    fn row(&self, place: &Place, id: &Option<StoreId>) -> Row {
        let (action, target) = (self.change.action(), self.name(place));
        let mut row = Row::new(Cloud::Alibaba, GA.name, action, target);
        if let Some(id) = id {
            row.certificate = Some(id.id.clone());
            row.identifier = Some(id.identifier_or_id());
        }
        row
    }
}

impl Run {
    /// Nothing became of them yet.
    pub fn of(ids: Vec<Option<StoreId>>) -> Self {
        Run {
            settled: vec![Settled::default(); ids.len()],
            ids,
            ended: None,
            current: Current::default(),
        }
    }
}
