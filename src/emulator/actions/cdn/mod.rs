//! Alibaba Cloud CDN, 2018-05-10: the domains and their certificates.

mod domain;
mod list;
mod read;
mod set;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::cloud::Cloud;
use crate::emulator::material;
use crate::emulator::pki::Authority;
use crate::emulator::reply::{Format, Refusal};
use crate::emulator::scenario::{AccountChanges, CdnRefusal};

use super::cas::{self, Certificate, HANGZHOU, Source, Use};
use super::{Account, Action, Call, Data, Handler, action, required};
use domain::Domains;

/// An action of CDN.
pub(super) const fn of(
    name: &'static str,
    per_second: usize,
    params: &'static [&'static str],
    handle: Handler,
) -> Action {
    Action {
        version: Some("2018-05-10"),
        per_second: Some(per_second),
        format: Format::Xml,
        ..action(Cloud::Alibaba, name, params, handle)
    }
}

/// What is emulated of CDN.
#[rustfmt::skip] // a line for the action and one for its parameters: a table, not calls
pub const ACTIONS: &[Action] = &[
    of("BatchSetCdnDomainServerCertificate", 10,
        &["DomainName", "SSLProtocol", "SSLPub", "SSLPri", "CertName", "CertType", "Region",
          "ForceSet"], set::batch_set),
    of("SetDomainServerCertificate", 10,
        &["DomainName", "ServerCertificateStatus", "ServerCertificate", "PrivateKey", "CertType",
          "CertName", "ForceSet"], set::set_single),
    of("SetCdnDomainSSLCertificate", 30,
        &["DomainName", "SSLProtocol", "SSLPub", "SSLPri", "CertName", "CertType", "CertId",
          "CertRegion", "Env"], set::set_ssl),
    of("DescribeDomainCertificateInfo", 100, &["DomainName"], read::describe_certificate),
    of("DescribeCdnDomainDetail", 30, &["DomainName"], read::describe_domain),
    of("DescribeUserDomains", 100,
        &["PageNumber", "PageSize", "DomainName", "DomainSearchType", "DomainStatus", "CdnType",
          "Coverage", "CheckDomainShow", "ResourceGroupId", "Source", "ChangeStartTime",
          "ChangeEndTime", "Tag."], list::domains),
    of("DescribeCdnHttpsDomainList", 100, &["PageNumber", "PageSize", "Keyword"],
        list::https_domains),
    // No rate is published for these two; these are their elder siblings'.
    of("DescribeCdnSSLCertificateList", 30,
        &["DomainName", "SearchKeyword", "PageNumber", "PageSize"], list::certificates),
    of("DescribeCdnCertificateDetail", 20, &["CertName"], read::describe_named),
    of("DescribeCdnCertificateDetailById", 20, &["CertId", "CertRegion"],
        read::describe_stored),
];

/// The account's domains; their certificates stand in the certificate store.
pub struct Store {
    product: &'static str,
    domains: Domains,
    stored: Arc<Certificate>,
    refuses: Vec<CdnRefusal>,
    batch_limit: usize,
    settle: Duration,
}

impl Store {
    /// The fixture's domains, most of them with that certificate of the store.
    ///
    /// # Errors
    /// What the generator of keys says.
    pub fn new(
        product: &'static str,
        stored: &Arc<Certificate>,
        authority: &Authority,
        cas: &cas::Store,
        changes: &AccountChanges,
    ) -> Result<Self, rcgen::Error> {
        let issued = authority.issue(&["expiring.example.com"], 10)?;
        let facts = material::read(&issued.fullchain, &issued.key)
            .expect("the fixture's certificate is fit");
        // The vendor's free certificates have no number and are not in the certificate store.
        let free = Arc::new(Certificate {
            id: 0,
            name: "free-expiring.example.com".to_owned(),
            kind: "free",
            region: HANGZHOU,
            source: Source::Bought,
            pem: issued.fullchain,
            key: issued.key,
            facts,
        });
        let mut domains = Domains::new(changes, stored, &free);
        domains.add_sites(changes.cdn_sites, &cas.of_sites());
        Ok(Store {
            product,
            domains,
            stored: stored.clone(),
            refuses: changes.cdn_refuses.clone(),
            batch_limit: changes.batch_limit.unwrap_or(50),
            settle: Duration::from_millis(changes.cdn_settle_ms),
        })
    }

    /// Which domains have a certificate of the store, or will have it once a change is over.
    pub fn uses(&mut self, now: Instant) -> Vec<Use> {
        let (product, domains) = (self.product, self.domains.list(now));
        let borne = domains
            .iter()
            .flat_map(|(name, domain)| domain.bears().map(|serves| (*name, serves)));
        borne
            .filter_map(|(name, serves)| {
                let certificate = serves.certificate.as_ref().filter(|one| one.id != 0)?;
                Some(Use {
                    product,
                    certificate: certificate.id,
                    region: certificate.region.to_owned(),
                    domain: name.to_owned(),
                    instance: String::new(),
                    listener: String::new(),
                    port: String::new(),
                    https: serves.https,
                    default: false,
                })
            })
            .collect()
    }

    /// The certificate that the edge shows to who asks for a host; on an address that is stale the
    /// one that the account began with.
    pub fn shown(&mut self, host: &str, now: Instant, stale: bool) -> Option<Arc<Certificate>> {
        match stale {
            true => self
                .domains
                .read(host, now)
                .ok()
                .map(|_| self.stored.clone()),
            false => self.domains.shown(host, now),
        }
    }
}

fn bad(code: &str, message: &str) -> Refusal {
    Refusal::new(400, code, message)
}
