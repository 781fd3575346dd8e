//! What bears a certificate already: deploying it there once more is refused, and the whole list
//! with it.

use super::{Deployment, uncovered};
use crate::commands::certificate::unread_names;
use crate::commands::ssl::algorithms::{Displaced, name_other_algorithms};
use crate::config::Settings;
use crate::fault::Kind;
use crate::products::fit::misfit;
use crate::products::ssl::hosts::{self, has_list};
use crate::products::ssl::names::{self, Candidates, Named, Told};
use crate::products::ssl::store::every;
use crate::products::{Reason, Settled};
use crate::providers::page::Cursor;
use crate::providers::tencent::ssl::bindings::CreateCertificateBindResourceSyncTask;
use crate::providers::tencent::ssl::certificates::{CertificateType, DescribeCertificate};
use crate::providers::tencent::ssl::hosts::Place;
use crate::providers::tencent::ssl::resource::{Instance, ResourceType};
use crate::transport::{Failure, PlannedCall, ends_run, plan};

/// The first call of the list of a region, or where the product has no list, of a look-up; before
/// that of what is read for the names of these instances.
pub fn planned(
    settings: &Settings,
    of: ResourceType,
    certificate: &String,
    instances: &[&Instance],
    checks: bool,
) -> Vec<PlannedCall> {
    let region = instances.first().and_then(|one| one.region.as_deref());
    if let Some(list) = hosts::planned(settings, of, certificate, region) {
        return vec![list];
    }
    let candidates = match checks {
        true => Candidates::of(of, instances),
        false => Candidates::None,
    };
    let mut certificate_ids = vec![certificate.clone()];
    let mut calls = Vec::new();
    match candidates {
        Candidates::None => {}
        Candidates::Store => {
            let servers = every(Some(CertificateType::Svr), &Cursor::default());
            calls.push(plan(settings, &servers, Vec::new()));
        }
        Candidates::These(ids) => {
            for id in ids {
                let read = DescribeCertificate { certificate: id };
                calls.push(plan(settings, &read, Vec::new()));
                if id != certificate {
                    certificate_ids.push(id.to_owned());
                }
            }
        }
    }
    let call = CreateCertificateBindResourceSyncTask {
        certificate_ids: &certificate_ids,
        cached: false,
    };
    calls.push(plan(settings, &call, Vec::new()));
    calls
}

impl Deployment<'_> {
    /// The targets of a group that do not bear the certificate; those that do are settled, and so
    /// are those that cannot.
    ///
    /// # Errors
    /// A failure that holds for the whole run, and what keeps names from being compared that only
    /// reading tells. What else keeps a list from being read is warned of.
    pub(super) async fn without_bearers(
        &self,
        group: &[usize],
        settled: &mut [Settled],
        untold: &mut Vec<usize>,
    ) -> Result<Vec<usize>, Failure> {
        let region = group
            .first()
            .and_then(|at| self.instances[*at].region.as_deref());
        let open = group.iter().copied();
        let open: Vec<usize> = open.filter(|at| settled[*at].is_open()).collect();
        if !self.looks() || open.is_empty() {
            return Ok(open);
        }
        let instances: Vec<&Instance> = open.iter().map(|at| &self.instances[*at]).collect();
        let candidates = match self.fit.checks() {
            true => Candidates::of(self.of, &instances),
            false => Candidates::None,
        };
        let named = candidates.named(self.client).await.map_err(unread_names)?;
        let matching = match self.places(true, region, &named).await {
            Ok(places) => places,
            Err(failure) if failure.kind == Kind::NotFound => return Err(failure),
            Err(failure) => {
                self.goes_on_without(failure, &open, "deployed without checking first")?;
                return Ok(open);
            }
        };
        let mut wanting = Vec::new();
        let mut unlisted = Vec::new();
        let mut unnamed = Vec::new();
        let mut displaced = Displaced::new();
        for target in open {
            let instance = &self.instances[target];
            let id = instance.place(self.of);
            match matching.iter().find(|place| place.id == id) {
                Some(place) if place.bears(self.certificate) => {
                    let note = format!("already has {}", self.certificate);
                    settled[target] = Settled::unchanged().with(&note);
                }
                Some(place) => {
                    wanting.push(target);
                    let bears = match place.certificates.join(", ") {
                        none if none.is_empty() => "no certificate".to_owned(),
                        ids => ids,
                    };
                    self.current.borrow_mut().put(target, bears);
                    // The cloud has compared the domains that its lists tell.
                    let compared = has_list(self.of) && !place.domains.is_empty();
                    if instance.domain(self.of).is_none() && !compared {
                        unnamed.push((target, place));
                    }
                    for old in &place.certificates {
                        let places = displaced.entry(old.clone()).or_default();
                        places.push(instance.asked.clone());
                    }
                }
                None => unlisted.push(target),
            }
        }
        if !unlisted.is_empty() {
            let others = match self.places(false, region, &named).await {
                Ok(others) => others,
                Err(failure) => {
                    let then = "the cloud checks the others";
                    self.goes_on_without(failure, &unlisted, then)?;
                    Vec::new()
                }
            };
            for target in unlisted {
                let instance = &self.instances[target];
                match self.misfit(instance, &matching, &others) {
                    Some(reason) => settled[target] = Settled::refused(reason),
                    // Lists may leave out what is offline: the cloud will say.
                    None => {
                        wanting.push(target);
                        if instance.domain(self.of).is_none() {
                            untold.push(target);
                        }
                    }
                }
            }
            wanting.sort_unstable();
        }
        if let Some(known) = self.known.filter(|_| self.fit.checks()) {
            let named = self.with_names(named, &unnamed).await?;
            for (target, place) in unnamed {
                match names::compare(place, &named, (known, self.called)) {
                    Told::Fits => {}
                    Told::Unfit(message) => settled[target] = Settled::refused(uncovered(message)),
                    Told::Nothing => untold.push(target),
                }
            }
            wanting.retain(|target| settled[*target].is_open());
        }
        name_other_algorithms(
            self.session,
            self.client,
            self.certificate,
            self.known,
            &displaced,
        )
        .await;
        Ok(wanting)
    }

    /// What only says what is so already stops nothing where it cannot be read: it is warned of.
    ///
    /// # Errors
    /// A failure that holds for every call, one of the connection, and one that keeps the names of
    /// these targets from being compared.
    fn goes_on_without(
        &self,
        failure: Failure,
        targets: &[usize],
        then: &str,
    ) -> Result<(), Failure> {
        if ends_run(&failure) || failure.code.is_none() {
            return Err(failure);
        }
        // Such as a listener without SNI: its names stand in the list alone.
        let unnamed = |target: &usize| self.instances[*target].domain(self.of).is_none();
        if self.fit.checks() && targets.iter().any(unnamed) {
            return Err(unread_names(failure));
        }
        self.session.ui.warn(&format!(
            "could not read which instances already have {}: {}; {then}",
            self.certificate, failure.message
        ));
        Ok(())
    }

    /// Why an instance that the matching ones lack cannot take the certificate, where that is known.
    fn misfit(&self, instance: &Instance, matching: &[Place], others: &[Place]) -> Option<Reason> {
        let id = instance.place(self.of);
        if let Some(place) = others.iter().find(|place| place.id == id) {
            return match self.fit.allow_name_mismatch {
                true => None,
                false => Some(uncovered(self.uncovered_at(place))),
            };
        }
        if self.of != ResourceType::Clb {
            return None;
        }
        let listener = instance.parts[..2].join("|");
        let mut all = matching.iter().chain(others);
        match instance.parts.len() {
            3 if all.any(|place| place.id == listener) => Some(Reason::new(
                Kind::Parameter,
                "not sent: the listener has no SNI, so all its domains share one certificate",
                format!("write the instance without a domain: {listener}"),
            )),
            2 => {
                let under = format!("{listener}|");
                let named: Vec<&str> = all
                    .filter_map(|place| place.id.strip_prefix(&under))
                    .collect();
                (!named.is_empty()).then(|| {
                    Reason::new(
                        Kind::Parameter,
                        "not sent: the listener has SNI, so each domain has its own certificate",
                        format!("write {listener}|DOMAIN with one of {}", named.join(", ")),
                    )
                })
            }
            _ => None,
        }
    }

    /// Which names of a place the certificate does not cover: as its own names tell, else as the
    /// cloud does, which has the place among those that they do not match.
    fn uncovered_at(&self, place: &Place) -> String {
        let domains = place.domains.iter().map(String::as_str);
        let told = self
            .known
            .and_then(|known| misfit(known, self.called, domains));
        told.unwrap_or_else(|| {
            let names = match place.domains.is_empty() {
                true => place.id.clone(),
                false => place.domains.join(", "),
            };
            format!(
                "the cloud reports that {} does not cover {names}",
                self.called
            )
        })
    }

    /// The names of what these places bear, those that are known included.
    async fn with_names(
        &self,
        mut named: Named,
        places: &[(usize, &Place)],
    ) -> Result<Named, Failure> {
        let mut ids: Vec<&str> = Vec::new();
        let bare = places.iter().filter(|(_, place)| place.domains.is_empty());
        for id in bare.flat_map(|(_, place)| &place.certificates) {
            if !named.contains_key(id) && !ids.contains(&id.as_str()) {
                ids.push(id);
            }
        }
        let more = names::named(self.client, &ids).await;
        named.extend(more.map_err(unread_names)?);
        Ok(named)
    }

    /// Says of which of these targets the names are not known.
    pub(super) fn name_untold(&self, targets: &[usize]) {
        const NAMED: usize = 3;
        if targets.is_empty() || !self.fit.checks() {
            return;
        }
        let first = targets.iter().take(NAMED);
        let first: Vec<&str> = first.map(|at| self.instances[*at].asked.as_str()).collect();
        let more = match targets.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        self.session.ui.warn(&format!(
            "the names that {}{more} serve are unknown: certctl could not compare them with those \
             of {}",
            first.join(", "),
            self.called
        ));
    }

    /// The places that the certificate's names match, or the others. Where the product has no list,
    /// the places that bear the certificate or one of `named`.
    async fn places(
        &self,
        matching: bool,
        region: Option<&str>,
        named: &Named,
    ) -> Result<Vec<Place>, Failure> {
        let others: Vec<&str> = named.keys().map(String::as_str).collect();
        let certificates = (self.certificate, &others[..]);
        hosts::places(self.client, self.of, certificates, matching, region).await
    }
}
