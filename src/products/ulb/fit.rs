//! Whether a certificate fits the listeners that it is put on: the names that they serve today.

use std::collections::BTreeMap;

use super::read::{certificate, certificates, default_of};
use super::{Candidate, Family};
use crate::cert;
use crate::products::fit::{lost_names, none_served};
use crate::providers::ucloud::ulb::{Certificate, Listener, Location, PAGE_LIMIT};
use crate::transport::{Client, Failure};

/// The listeners of a load balancer, and what was read of the certificates there.
pub struct Listeners<'a> {
    client: &'a Client<'a>,
    location: Location<'a>,
    load_balancer: &'a str,
    /// By id; of one that is not there nothing is known.
    read: BTreeMap<String, cert::Certificate>,
    /// Listener and certificate, where that one stays beside the given one for the same names.
    pub twins: Vec<(String, String)>,
}

impl<'a> Listeners<'a> {
    /// Those of a load balancer; nothing is read yet.
    pub fn of(client: &'a Client<'a>, location: Location<'a>, load_balancer: &'a str) -> Self {
        Listeners {
            client,
            location,
            load_balancer,
            read: BTreeMap::new(),
            twins: Vec::new(),
        }
    }

    /// Why a certificate that is bound beside others, or to a VServer, does not fit there: it is for
    /// nothing that is served there today.
    ///
    /// # Errors
    /// What is served there cannot be read.
    pub async fn misfit(
        &mut self,
        listener: &Listener,
        family: Family,
        given: &Candidate,
    ) -> Result<Option<String>, Failure> {
        let mut served = listener.domains.clone();
        let mut shown = Vec::new();
        for bound in &listener.certificates {
            let id = bound.ssl_id.as_str();
            shown.push(id);
            let known = self.known(id).await?;
            let loses_nothing = known
                .lost_to(given.known())
                .is_some_and(|lost| lost.is_empty());
            if family == Family::Alb && loses_nothing {
                self.twins.push((listener.id.clone(), id.to_owned()));
            }
            served.extend(known.names);
        }
        let is_useless = |served: &[String]| given.known().serves_any(served) == Some(false);
        if is_useless(&served) && family == Family::Alb {
            // The vendor calls what a listener shows its default certificate: there may be others.
            for one in self.all().await? {
                let is_here = one.relation(self.load_balancer, &listener.id).is_some();
                if is_here && !shown.contains(&one.ssl_id.as_str()) {
                    served.extend(one.certificate().names);
                }
            }
        }
        self.warn_unknown(given, &served, &listener.id);
        let message = none_served(given.known(), given.called(), &listener.id, &served);
        Ok(message)
    }

    /// Why a certificate does not fit in the place of a listener's default one: names are lost.
    ///
    /// # Errors
    /// The default one cannot be read.
    pub async fn lost_default(
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
        let Some(id) = id.filter(|id| given.id() != Some(id.as_str())) else {
            return Ok(None);
        };
        let old = self.known(&id).await?;
        self.warn_unknown(given, &old.names, &listener.id);
        Ok(lost_names((&old, &id), (given.known(), given.called())))
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
        if given.known().names.is_empty() && !served.is_empty() {
            self.client.warn(&format!(
                "the names of {} are not known: they are not compared with those of {listener}",
                given.called()
            ));
        }
    }
}
