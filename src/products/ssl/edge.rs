//! Two certificates on domains of EdgeOne, by its own call: the store's deployments take one at a time.

use std::collections::BTreeMap;

use super::hosts::listed;
use crate::fault::Kind;
use crate::products::Settled;
use crate::providers::tencent::ssl::hosts::TeoHosts;
use crate::providers::tencent::teo::ModifyHostsCertificate;
use crate::transport::{Client, Failure, Patience, ends_run, reconcile};

/// The most domains that one call names; the vendor does not say how many it takes.
const HOSTS_AT_A_TIME: usize = 20;

/// A domain of EdgeOne as it is now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EdgeHost {
    /// Its zone.
    pub zone: String,
    /// The certificates that it bears.
    pub certificates: Vec<String>,
    /// How far each of them is, in the vendor's words.
    pub states: Vec<String>,
    /// Whether the certificate's names match it, as the cloud sees it.
    pub matches: bool,
}

impl EdgeHost {
    /// Whether it bears these and no others.
    pub fn bears(&self, certificates: &[&str]) -> bool {
        let borne = |id: &&str| self.certificates.iter().any(|borne| borne == id);
        self.certificates.len() == certificates.len() && certificates.iter().all(borne)
    }

    /// Whether what it bears is served, as far as the cloud tells.
    pub fn is_deployed(&self) -> bool {
        let deployed = |state: &String| state.eq_ignore_ascii_case("deployed");
        self.states.iter().all(deployed)
    }
}

/// A pair of certificates of different algorithms, on its way to domains.
pub struct Pair<'a> {
    /// Calls the store.
    pub store: &'a Client<'a>,
    /// Calls EdgeOne.
    pub edge: &'a Client<'a>,
    /// The certificates.
    pub certificates: [&'a str; 2],
}

impl Pair<'_> {
    /// What these domains are now; one that is not there is left out. The list has an entry for each
    /// certificate of a domain. Those that the names match are read first, and the others only where
    /// one is missing.
    ///
    /// # Errors
    /// What reading says.
    pub async fn look(&self, names: &[&str]) -> Result<BTreeMap<String, EdgeHost>, Failure> {
        let mut found: BTreeMap<String, EdgeHost> = BTreeMap::new();
        for matches in [true, false] {
            if names.iter().all(|name| found.contains_key(*name)) {
                break;
            }
            let of = self.certificates[0];
            for host in listed::<TeoHosts>(self.store, of, matches, None).await? {
                let (name, zone, certificate, state) = host.edge();
                let name = name.to_ascii_lowercase();
                if !names.contains(&name.as_str()) {
                    continue;
                }
                let known = found.entry(name).or_default();
                known.matches |= matches;
                if known.zone.is_empty() {
                    zone.clone_into(&mut known.zone);
                }
                if !certificate.is_empty() && !known.certificates.iter().any(|id| id == certificate)
                {
                    known.certificates.push(certificate.to_owned());
                    known.states.push(state.to_owned());
                }
            }
        }
        Ok(found)
    }

    /// Gives domains of a zone the pair; what became of each, in their order, and why nothing more may
    /// be sent, where that is so. A call that is refused for one of them is taken apart.
    pub async fn put(&self, zone: &str, hosts: &[&str]) -> (Vec<Settled>, Option<Failure>) {
        let mut settled = vec![Settled::default(); hosts.len()];
        let all: Vec<usize> = (0..hosts.len()).collect();
        let mut parts: Vec<&[usize]> = all.chunks(HOSTS_AT_A_TIME).rev().collect();
        while let Some(part) = parts.pop() {
            let names: Vec<&str> = part.iter().map(|at| hosts[*at]).collect();
            let failure = match self.send(zone, &names).await {
                Ok(made) => {
                    part.iter().for_each(|at| settled[*at] = made.clone());
                    continue;
                }
                Err(failure) => failure,
            };
            if part.len() > 1 && is_of_one(&failure) {
                let (first, second) = part.split_at(part.len() / 2);
                parts.extend([second, first]);
                continue;
            }
            let ends = ends_run(&failure) || self.edge.halt().is_some();
            let failed = Settled::failed(failure.clone());
            part.iter().for_each(|at| settled[*at] = failed.clone());
            if ends {
                return (settled, Some(failure));
            }
        }
        (settled, None)
    }

    async fn send(&self, zone: &str, hosts: &[&str]) -> Result<Settled, Failure> {
        let call = ModifyHostsCertificate {
            zone,
            hosts,
            certificates: &self.certificates,
        };
        let look = async || {
            let seen = self.look(hosts).await?;
            let bears = |host: &&str| {
                let host = seen.get(*host);
                host.is_some_and(|host| host.bears(&self.certificates))
            };
            Ok(hosts.iter().all(bears).then_some(()))
        };
        let made = reconcile(self.edge, &call, Patience::AT_THE_END, look).await?;
        Ok(made.into())
    }
}

/// Whether a refusal may be due to one domain of several, not to the certificates, the zone or the
/// caller.
fn is_of_one(refusal: &Failure) -> bool {
    const OF_ALL: [&str; 8] = [
        "FailedOperation.CertificateHasExpired",
        "FailedOperation.CertificateNotFound",
        "InvalidParameter.CertToExpire",
        "InvalidParameter.CertTooShortKeySize",
        "InvalidParameter.InvalidCertInfo",
        "InvalidParameter.ZoneNotFound",
        "ResourceUnavailable.CertNotFound",
        "ResourceUnavailable.ZoneNotFound",
    ];
    let code = refusal.code.as_deref().unwrap_or_default();
    let kinds = [
        Kind::Certificate,
        Kind::Conflict,
        Kind::NotFound,
        Kind::Parameter,
        Kind::Refused,
        Kind::State,
    ];
    !code.is_empty() && kinds.contains(&refusal.kind) && !OF_ALL.contains(&code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_bears_a_pair_in_any_order_and_nothing_beside_it() {
        let of = |certificates: &[&str]| EdgeHost {
            certificates: certificates.iter().map(|id| (*id).to_owned()).collect(),
            ..EdgeHost::default()
        };
        let pair = ["a", "b"];
        assert!(of(&["b", "a"]).bears(&pair));
        for other in [&["a"][..], &["a", "c"], &["a", "b", "c"], &[]] {
            assert!(!of(other).bears(&pair), "{other:?}");
        }
        let state = |states: &[&str]| EdgeHost {
            states: states.iter().map(|state| (*state).to_owned()).collect(),
            ..EdgeHost::default()
        };
        assert!(state(&["deployed", "Deployed"]).is_deployed());
        assert!(!state(&["deployed", "processing"]).is_deployed());
    }
}
