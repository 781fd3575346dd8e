//! The listeners of a load balancer that a certificate is put on: whether it may be, and whether it
//! fits the names that they serve today.

use std::collections::BTreeMap;

use super::bind::Target;
use super::look::{Hold, is_done};
use super::read::{certificate, certificates, default_of, listeners};
use super::{Candidate, Family};
use crate::cert;
use crate::fault::Kind;
use crate::products::fit::{lost_names, none_served};
use crate::products::{Bind, Reason, Settled, Slot};
use crate::providers::ucloud::ulb::{Certificate, Listener, Location, PAGE_LIMIT};
use crate::transport::{Client, Failure};

/// The listeners of a load balancer, and what was read of the certificates there.
pub struct Listeners<'a> {
    client: &'a Client<'a>,
    location: Location<'a>,
    load_balancer: &'a str,
    /// Of which family it is.
    pub family: Family,
    listeners: Vec<Listener>,
    /// By id; of one that is not there nothing is known.
    read: BTreeMap<String, cert::Certificate>,
    /// Listener and certificate, where that one stays beside the given one for the same names.
    pub twins: Vec<(String, String)>,
}

impl<'a> Listeners<'a> {
    /// Those of a load balancer; none where there is no such one, or it has none.
    ///
    /// # Errors
    /// Why they cannot be read.
    pub async fn read(
        client: &'a Client<'a>,
        location: Location<'a>,
        load_balancer: &'a str,
    ) -> Result<Option<Self>, Failure> {
        let found = listeners(client, location, load_balancer).await?;
        Ok(found.map(|(family, listeners)| Listeners {
            client,
            location,
            load_balancer,
            family,
            listeners,
            read: BTreeMap::new(),
            twins: Vec::new(),
        }))
    }

    /// The certificate that a listener has, or the first one of several.
    pub fn occupant(&self, listener: &str) -> Option<&str> {
        let found = self.listeners.iter().find(|one| one.id == listener)?;
        Some(found.certificates.first()?.ssl_id.as_str())
    }

    /// The certificates that a listener has, in words; none where there is no such listener.
    pub fn bound(&self, listener: &str) -> Option<String> {
        let found = self.listeners.iter().find(|one| one.id == listener)?;
        let ids = found.certificates.iter().map(|one| one.ssl_id.as_str());
        Some(match ids.collect::<Vec<_>>().join(", ") {
            none if none.is_empty() => "no certificate".to_owned(),
            ids => ids,
        })
    }

    /// What can be said of a place before anything is sent: that it is as asked, or cannot become so.
    /// Names are compared where there is a hint, on what to do where they do not fit.
    ///
    /// # Errors
    /// What that takes cannot be read.
    pub async fn judge(
        &mut self,
        bind: &Bind<'_>,
        given: &Candidate,
        names_hint: Option<&str>,
    ) -> Result<Option<Settled>, Failure> {
        let refused =
            |kind, why: String, hint: &str| Settled::refused(Reason::new(kind, why, hint));
        let target = Target::of(bind.place);
        let Target {
            load_balancer,
            listener,
        } = target;
        let Some(found) = self.listeners.iter().find(|one| one.id == listener) else {
            let why = format!("{load_balancer} has no listener {listener}");
            let hint = "run `certctl ulb list`: nothing was sent for it";
            return Ok(Some(refused(Kind::NotFound, why, hint)));
        };
        // Where the two do not agree, one of them lags: bound is what either says is bound.
        let hold = match (Hold::of(given.stored.as_ref(), target), &given.id) {
            (Hold::No, Some(id)) => Hold::on(found, id),
            (hold, _) => hold,
        };
        let is_default = bind.place.slot == Slot::Others && hold == Hold::Default;
        let held = |id: Option<_>| id.map(|_| hold);
        if is_done(&bind.place.slot, held(bind.before), held(bind.after)) {
            let settled = Settled::unchanged();
            return Ok(Some(match is_default && bind.after.is_some() {
                true => settled.with("as its default certificate"),
                false => settled,
            }));
        }
        if !found.can_have_certificates() {
            let why = format!(
                "{listener} is {}: only HTTPS listeners have certificates",
                found.protocol
            );
            let hint = "use an HTTPS listener, see `certctl ulb list`: nothing was sent for it";
            return Ok(Some(refused(Kind::Parameter, why, hint)));
        }
        if is_default {
            let why = format!(
                "{} is the default certificate of {listener}, which cannot be removed",
                given.called
            );
            let hint = format!(
                "set another one: `certctl ulb set-default --cert ID --listener {listener} --load-balancer {load_balancer}`"
            );
            return Ok(Some(refused(Kind::State, why, &hint)));
        }
        let (Some(hint), Some(_)) = (names_hint, bind.after) else {
            return Ok(None);
        };
        let found = found.clone();
        let misfit = match bind.place.slot {
            Slot::Default => self.lost_default(&found, given).await?,
            _ => self.misfit(&found, given).await?,
        };
        Ok(misfit.map(|why| refused(Kind::Certificate, why, hint)))
    }

    /// Why a certificate that is bound beside others, or to a VServer, does not fit there: it is for
    /// nothing that is served there today.
    async fn misfit(
        &mut self,
        listener: &Listener,
        given: &Candidate,
    ) -> Result<Option<String>, Failure> {
        let is_alb = self.family == Family::Alb;
        let mut served = listener.domains.clone();
        let mut shown = Vec::new();
        for bound in &listener.certificates {
            let id = bound.ssl_id.as_str();
            shown.push(id);
            let known = self.known(id).await?;
            let loses_nothing = known
                .lost_to(&given.known)
                .is_some_and(|lost| lost.is_empty());
            if is_alb && loses_nothing {
                self.twins.push((listener.id.clone(), id.to_owned()));
            }
            served.extend(known.names);
        }
        let is_useless = |served: &[String]| given.known.serves_any(served) == Some(false);
        if is_useless(&served) && is_alb {
            // The vendor calls what a listener shows its default certificate: there may be others.
            for one in self.all().await? {
                let is_here = one.relation(self.load_balancer, &listener.id).is_some();
                if is_here && !shown.contains(&one.ssl_id.as_str()) {
                    served.extend(one.certificate().names);
                }
            }
        }
        self.warn_unknown(given, &served, &listener.id);
        let message = none_served(&given.known, &given.called, &listener.id, &served);
        Ok(message)
    }

    /// Why a certificate does not fit in the place of a listener's default one: names are lost.
    async fn lost_default(
        &mut self,
        listener: &Listener,
        given: &Candidate,
    ) -> Result<Option<String>, Failure> {
        let id = match default_of(listener) {
            Some(default) => Some(default.ssl_id.clone()),
            None => {
                let mut all = self.all().await?.into_iter();
                let is_default = |one: &Certificate| {
                    let relation = one.relation(self.load_balancer, &listener.id);
                    relation.is_some_and(|relation| relation.is_default)
                };
                all.find(is_default).map(|one| one.ssl_id)
            }
        };
        let Some(id) = id.filter(|id| given.id.as_ref() != Some(id)) else {
            return Ok(None);
        };
        let old = self.known(&id).await?;
        self.warn_unknown(given, &old.names, &listener.id);
        Ok(lost_names((&old, &id), (&given.known, &given.called)))
    }

    /// What is known of a certificate.
    async fn known(&mut self, id: &str) -> Result<cert::Certificate, Failure> {
        if let Some(known) = self.read.get(id) {
            return Ok(known.clone());
        }
        let read = certificate(self.client, self.location, id).await?;
        let known = read.map(|one| one.certificate()).unwrap_or_default();
        self.read.insert(id.to_owned(), known.clone());
        Ok(known)
    }

    async fn all(&self) -> Result<Vec<Certificate>, Failure> {
        certificates(self.client, self.location, PAGE_LIMIT).await
    }

    fn warn_unknown(&self, given: &Candidate, served: &[String], listener: &str) {
        if given.known.names.is_empty() && !served.is_empty() {
            self.client.warn(&format!(
                "the names of {} are unknown: they are not compared with those of {listener}",
                given.called
            ));
        }
    }
}
