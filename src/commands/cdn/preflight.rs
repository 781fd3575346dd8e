//! What `certctl cdn set` reads before it sends anything: as a dry run shows it, and whether a
//! certificate of the store covers the domains.

use super::set::Run;
use crate::cert::Certificate;
use crate::commands::Session;
use crate::commands::certificate::{also_a_file, unread_names};
use crate::config::Settings;
use crate::error::Error;
use crate::fault::Kind;
use crate::products::cdn::look::{Goal, planned_read};
use crate::products::cdn::{CertType, FEW, read, store};
use crate::products::{StoreId, Stored};
use crate::providers::Operation;
use crate::providers::alibaba::cas::{INTERNATIONAL, MAINLAND};
use crate::providers::alibaba::cdn::{
    DescribeCdnCertificateDetailById, DescribeCdnHttpsDomainList, DescribeCdnSSLCertificateList,
};
use crate::transport::{Client, PlannedCall, plan_on};

const BY_ID: &str = DescribeCdnCertificateDetailById::ACTION;

impl Run<'_> {
    /// The reads that come first, as a dry run shows them.
    pub(super) fn planned_reads(&self, settings: &Settings) -> Vec<PlannedCall> {
        let mut calls = Vec::new();
        let (change, service) = (self.change, self.group.service);
        let list = |search_keyword| {
            let read = DescribeCdnSSLCertificateList {
                search_keyword,
                ..store::ALL
            };
            plan_on(service, settings, &read, Vec::new())
        };
        if self.fit.checks() {
            match (change.bundle, change.cert_id, change.cert_name) {
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
                calls.push(plan_on(service, settings, &read::ALL, Vec::new()));
            }
            (false, _) => {
                let read = DescribeCdnHttpsDomainList {
                    page_number: 1,
                    page_size: read::ALL.page_size,
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
        let (stored, called) = match (change.bundle, change.cert_id, change.cert_name) {
            (None, Some(id), _) => (by_id(client, id).await?, id.identifier_or_id()),
            (None, None, Some(name)) if change.cert_type == Some(CertType::Cas) => {
                (by_name(client, name, change.region).await?, name.to_owned())
            }
            _ => return Ok(None),
        };
        let names = self.domains.iter().map(|domain| domain.asked());
        let called = format!("certificate {called}");
        session.fit(&stored.certificate, &called, names, &self.fit, client.now())?;
        self.file.check_stored(&stored.certificate, &called)?;
        Ok(Some(stored.certificate))
    }
}

/// The certificate of this number. One that only the other site has is said so.
async fn by_id(client: &Client<'_>, id: &StoreId) -> Result<Stored, Error> {
    let failure = match store::by_id(client, id).await {
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
    if store::by_id(client, &elsewhere).await.is_ok() {
        return Err(Error::new(
            Kind::NotFound,
            format!(
                "certificate {} is in the store of {other}, not in the store of {site}",
                id.id
            ),
            format!(
                "use `--cert {}`: nothing was sent",
                elsewhere.identifier(other)
            ),
        ));
    }
    let (error, group) = (Error::from(failure), client.service().name);
    let hint = match also_a_file(&id.id) {
        Some(file) => file,
        None => {
            format!("list the certificates with `certctl {group} certs`: nothing was sent")
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
    match store::by_name(client, name, region).await {
        Ok(Some(stored)) => Ok(stored),
        Ok(None) => Err(Error::new(
            Kind::NotFound,
            format!("no certificate in the store is named {name}"),
            format!(
                "list the names with `certctl {} certs`: nothing was sent",
                client.service().name
            ),
        )),
        Err(failure) => Err(unread_names(failure).into()),
    }
}
