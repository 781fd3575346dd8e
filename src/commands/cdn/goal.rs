//! What a domain is to read like, and whether it does by now: for `cdn set` after a lost answer and
//! with `--wait`, and for `cdn wait`.

use crate::cert::leaf_fingerprint;
use crate::commands::wait::Seen;
use crate::config::Settings;
use crate::domain::Domain;
use crate::providers::alibaba::cdn::{
    CertInfo, DescribeCdnCertificateDetailById, DescribeCdnDomainDetail,
    DescribeDomainCertificateInfo, wire_name,
};
use crate::redact::one_line;
use crate::transport::{Client, Failure, PlannedCall, plan};

/// The longest part of a server's word that is shown, in characters.
const WORD_LIMIT: usize = 80;

/// What a domain is to read like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal<'a> {
    /// Online, whatever it serves.
    Online,
    /// HTTPS is off.
    Off,
    /// HTTPS is on, with whatever certificate.
    On,
    /// HTTPS is on with the certificate of this SHA-256.
    Leaf(&'a str),
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

impl Goal<'_> {
    /// The calls that [`look`] makes, as a dry run shows them.
    pub(super) fn planned(&self, settings: &Settings, domain: &Domain) -> Vec<PlannedCall> {
        let domain_name = wire_name(domain.ascii());
        let asked = || vec![domain.asked().to_owned()];
        let mut calls = vec![plan(
            settings,
            &DescribeCdnDomainDetail { domain_name },
            asked(),
        )];
        if *self != Goal::Online {
            let read = DescribeDomainCertificateInfo { domain_name };
            calls.push(plan(settings, &read, asked()));
        }
        calls
    }

    /// Whether a domain whose certificates read like this is as wanted.
    pub(super) fn is_met_by(&self, infos: &[CertInfo]) -> bool {
        let mut served = infos.iter().filter(|info| info.is_on());
        match *self {
            Goal::Online => true,
            Goal::Off => served.next().is_none(),
            Goal::On => served.next().is_some(),
            Goal::Leaf(fingerprint) => served.any(|info| {
                let pem = info.server_certificate.as_bytes();
                leaf_fingerprint(pem).as_deref() == Some(fingerprint)
            }),
            Goal::Numbered { id, region } => served.any(|info| {
                let elsewhere = |region: &str| {
                    !info.cert_region.is_empty() && !info.cert_region.eq_ignore_ascii_case(region)
                };
                info.cert_id == id && !region.is_some_and(elsewhere)
            }),
            Goal::Named(name) => served.any(|info| info.cert_name == name),
        }
    }
}

/// Reads whether a change of the domain is over, and whether it is as wanted.
pub(super) async fn look(
    client: &Client<'_>,
    domain: &Domain,
    goal: Goal<'_>,
) -> Result<Seen, Failure> {
    let domain_name = wire_name(domain.ascii());
    let detail = client
        .call(&DescribeCdnDomainDetail { domain_name })
        .await?;
    let status = detail.reply.get_domain_detail_model.domain_status;
    match status.to_ascii_lowercase().as_str() {
        "online" => {}
        "configure_failed" => {
            return Ok(Seen::Failed(
                "the domain is configure_failed: the change could not be rolled out".into(),
            ));
        }
        // None of these becomes online by itself.
        word @ ("offline" | "check_failed" | "stopping" | "deleting") => {
            return Ok(Seen::Failed(format!("the domain is {word}")));
        }
        "" => return Ok(Seen::Pending("its state is not told".into())),
        word => return Ok(Seen::Pending(one_line(word, WORD_LIMIT))),
    }
    if goal == Goal::Online {
        return Ok(Seen::Confirmed);
    }
    let mut infos = certificates(client, domain_name).await?;
    if matches!(goal, Goal::Leaf(_)) {
        complete(client, &mut infos).await?;
    }
    Ok(match goal.is_met_by(&infos) {
        true => Seen::Confirmed,
        false => Seen::Pending(shown(&infos)),
    })
}

/// What a domain serves; empty where HTTPS was never on.
pub(super) async fn certificates(
    client: &Client<'_>,
    domain_name: &str,
) -> Result<Vec<CertInfo>, Failure> {
    let read = DescribeDomainCertificateInfo { domain_name };
    Ok(client.call(&read).await?.reply.cert_infos.cert_info)
}

/// Fetches the certificates that were named by their number alone.
pub(super) async fn complete(client: &Client<'_>, infos: &mut [CertInfo]) -> Result<(), Failure> {
    for info in infos {
        if !info.server_certificate.is_empty() || info.cert_id.is_empty() {
            continue;
        }
        let region = Some(info.cert_region.as_str()).filter(|region| !region.is_empty());
        let read = DescribeCdnCertificateDetailById {
            cert_id: &info.cert_id,
            cert_region: region,
        };
        info.server_certificate = client.call(&read).await?.reply.cert;
    }
    Ok(())
}

/// What is served instead, in words.
fn shown(infos: &[CertInfo]) -> String {
    let Some(info) = infos.iter().find(|info| info.is_on()) else {
        return "HTTPS is off".into();
    };
    let name = match (info.cert_name.as_str(), info.cert_id.as_str()) {
        ("", "") => return "HTTPS is on".into(),
        ("", id) => id,
        (name, _) => name,
    };
    format!("it serves certificate {}", one_line(name, WORD_LIMIT))
}
