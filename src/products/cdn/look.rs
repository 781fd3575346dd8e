//! What a domain is to read like, and whether it does by now: before anything is sent, after a lost
//! answer, and where it is waited for.

use std::rc::Rc;

use super::read::certificates;
use super::store::{complete, in_store};
use crate::cert::{Certificate, Same};
use crate::config::Settings;
use crate::domain::Domain;
use crate::products::{Bind, Seen, StoreId};
use crate::providers::Service;
use crate::providers::alibaba::cas::MAINLAND;
use crate::providers::alibaba::cdn::{
    CertInfo, DescribeCdnDomainDetail, DescribeDomainCertificateInfo, wire_name,
};
use crate::redact::one_line;
use crate::transport::{Account, Client, Failure, PlannedCall, in_order, plan_on};

/// The longest part of a server's word that is shown, in characters.
const WORD_LIMIT: usize = 80;

/// What a domain is to read like.
#[derive(Clone, Copy, Debug)]
pub enum Goal<'a> {
    /// Online, whatever it serves.
    Online,
    /// HTTPS is off.
    Off,
    /// HTTPS is on, with whatever certificate.
    On,
    /// HTTPS is on with this certificate and its chain; where that is not known, with any.
    Certificate(&'a Certificate),
    /// HTTPS is on with this certificate of the store.
    Numbered {
        /// Its number.
        id: &'a str,
        /// Where the store is.
        region: Option<&'a str>,
    },
    /// HTTPS is on with the certificate of this name.
    Named(&'a str),
}

impl<'a> Goal<'a> {
    /// HTTPS is on with this certificate of the store, by default the one of mainland China.
    pub fn stored(id: &'a StoreId) -> Self {
        Goal::Numbered {
            id: &id.id,
            region: Some(id.region.as_deref().unwrap_or(MAINLAND)),
        }
    }

    /// The calls that [`look`] makes, as a dry run shows them.
    pub fn planned(
        &self,
        service: &'static Service,
        settings: &Settings,
        domain: &Domain,
    ) -> Vec<PlannedCall> {
        let domain_name = wire_name(domain.ascii());
        let asked = vec![domain.asked().to_owned()];
        let read = DescribeCdnDomainDetail { domain_name };
        let mut calls = vec![plan_on(service, settings, &read, asked)];
        if !matches!(self, Goal::Online) {
            calls.push(planned_read(service, settings, domain));
        }
        calls
    }

    /// What the certificates of a domain show.
    fn seen(&self, infos: &[CertInfo]) -> Seen {
        let mut served = infos.iter().filter(|info| info.is_on());
        let met = match *self {
            Goal::Online => true,
            Goal::Off => served.next().is_none(),
            Goal::On => served.next().is_some(),
            Goal::Certificate(wanted) => return seen_of(wanted, infos),
            Goal::Numbered { id, region } => served.any(|info| {
                let elsewhere = |region: &str| {
                    !info.cert_region.is_empty() && !info.cert_region.eq_ignore_ascii_case(region)
                };
                info.cert_id == id && !region.is_some_and(elsewhere)
            }),
            Goal::Named(name) => served.any(|info| info.cert_name == name),
        };
        match met {
            true => Seen::Confirmed,
            false => Seen::Pending(shown(infos)),
        }
    }
}

/// The read of what a domain serves, as a dry run shows it.
pub fn planned_read(
    service: &'static Service,
    settings: &Settings,
    domain: &Domain,
) -> PlannedCall {
    let read = DescribeDomainCertificateInfo {
        domain_name: wire_name(domain.ascii()),
    };
    plan_on(service, settings, &read, vec![domain.asked().to_owned()])
}

/// How what is served stands to a certificate: the same with its chain, or, where that is not known,
/// with any.
fn seen_of(wanted: &Certificate, infos: &[CertInfo]) -> Seen {
    let mut instead = None;
    for info in infos.iter().filter(|info| info.is_on()) {
        let Some(served) = Certificate::in_text(&info.server_certificate) else {
            continue;
        };
        let bare = served.chain.as_ref().is_none_or(Vec::is_empty);
        match (served.same(wanted), served.is_leaf_of(wanted)) {
            (Same::Yes, _) => return Seen::Confirmed,
            (_, Some(true)) if bare => {
                instead = Some("it serves this certificate without its intermediates");
            }
            (_, Some(true)) if wanted.chain.is_none() => return Seen::Confirmed,
            (_, Some(true)) => instead = Some("it serves this certificate with another chain"),
            (_, Some(false) | None) => {}
        }
    }
    Seen::Pending(instead.map_or_else(|| shown(infos), str::to_owned))
}

/// Whether the domains of the binds are as asked by now, in their order.
pub(super) async fn looks(
    account: &Rc<Account<'_>>,
    service: &'static Service,
    binds: &[Bind<'_>],
) -> Vec<Result<Seen, Failure>> {
    let client = match account.client(service) {
        Ok(client) => client,
        Err(error) => return vec![Err(error.into()); binds.len()],
    };
    let read = async |at: usize| {
        let Bind { place, after, .. } = binds[at];
        let goal = after.map_or(Goal::Off, Goal::stored);
        look(&client, wire_name(&place.path), goal).await
    };
    in_order(binds.len(), read).await
}

/// Reads whether a change of the domain, in the CDN's spelling, is over, and whether it is as wanted.
pub async fn look(client: &Client<'_>, domain_name: &str, goal: Goal<'_>) -> Result<Seen, Failure> {
    let detail = client
        .call(&DescribeCdnDomainDetail { domain_name })
        .await?;
    let status = detail.reply.get_domain_detail_model.domain_status;
    match status.to_ascii_lowercase().as_str() {
        "online" => {}
        "configure_failed" => {
            return Ok(Seen::Failed(
                "the domain is configure_failed: the cloud could not apply the change".into(),
            ));
        }
        // None of these becomes online by itself.
        word @ ("offline" | "check_failed" | "stopping" | "deleting") => {
            return Ok(Seen::Failed(format!("the domain is {word}")));
        }
        "" => return Ok(Seen::Pending("its state is unknown".into())),
        word => return Ok(Seen::Pending(one_line(word, WORD_LIMIT))),
    }
    match goal {
        Goal::Online => Ok(Seen::Confirmed),
        _ => observe(client, domain_name, goal).await,
    }
}

/// Reads whether the domain serves what is wanted.
pub async fn observe(
    client: &Client<'_>,
    domain_name: &str,
    goal: Goal<'_>,
) -> Result<Seen, Failure> {
    let mut infos = certificates(client, domain_name).await?;
    if let Goal::Certificate(wanted) = goal {
        infos.retain(CertInfo::is_on);
        complete(client, &mut infos).await?;
        let alone = wanted.chain.as_ref().is_some_and(Vec::is_empty);
        for info in infos.iter_mut().filter(|_| !alone) {
            // What is told of a domain may be the certificate without its chain. The store has all
            // of it; where that may not be read, what was told stands.
            if is_bare(wanted, info)
                && let Ok(text) = in_store(client, info).await
            {
                info.server_certificate = text;
            }
        }
    }
    Ok(goal.seen(&infos))
}

/// Whether it is the wanted certificate, without a chain, and in the store.
fn is_bare(wanted: &Certificate, info: &CertInfo) -> bool {
    let served = Certificate::in_text(&info.server_certificate);
    !info.cert_id.is_empty()
        && served.is_some_and(|served| {
            served.is_leaf_of(wanted) == Some(true)
                && served.chain.as_ref().is_some_and(Vec::is_empty)
        })
}

/// What is said of a domain without HTTPS.
pub(super) const HTTPS_IS_OFF: &str = "HTTPS is off";

/// What is said of one with HTTPS, whatever its certificate.
pub(super) const HTTPS_IS_ON: &str = "HTTPS is on";

/// What is served instead, in words.
fn shown(infos: &[CertInfo]) -> String {
    match infos.iter().find(|info| info.is_on()) {
        None => HTTPS_IS_OFF.into(),
        Some(info) if info.cert_name.is_empty() => serves(&info.cert_id),
        Some(info) => serves(&info.cert_name),
    }
}

/// What is served, in words: a certificate by its name or id.
pub(super) fn serves(certificate: &str) -> String {
    match certificate {
        "" => HTTPS_IS_ON.into(),
        name => format!("it serves certificate {}", one_line(name, WORD_LIMIT)),
    }
}
