//! What changes a listener's certificates. Each call is asynchronous, and harmless to repeat under
//! its client token.

use serde::Deserialize;

use super::{GA, Pair, RATE, REGION};
use crate::providers::{Effect, Operation, Params, Service, Value};

/// The answer names the listener again, if anything; nothing in it is used.
#[derive(Debug, Deserialize)]
pub struct Accepted {}

/// Adds certificates to an HTTPS listener, one for each domain.
///
/// <https://www.alibabacloud.com/help/en/ga/developer-reference/api-ga-2019-11-20-associateadditionalcertificateswithlistener>
#[derive(Clone, Debug)]
pub struct AssociateAdditionalCertificatesWithListener<'a> {
    /// Makes a repeated call harmless; ASCII, at most [`super::TOKEN_LIMIT`].
    pub client_token: &'a str,
    /// The accelerator.
    pub accelerator_id: &'a str,
    /// The listener; HTTPS only.
    pub listener_id: &'a str,
    /// Up to [`super::PAIR_LIMIT`] pairs.
    pub certificates: &'a [Pair],
}

impl Operation for AssociateAdditionalCertificatesWithListener<'_> {
    type Reply = Accepted;
    const SERVICE: &'static Service = &GA;
    const ACTION: &'static str = "AssociateAdditionalCertificatesWithListener";
    const EFFECT: Effect = Effect::Repeatable;
    const RATE: u32 = RATE;

    fn params(&self) -> Params {
        let pairs = self.certificates.iter().map(|pair| {
            Value::Struct(
                Params::new()
                    .text("Id", &pair.certificate)
                    .text("Domain", &pair.domain),
            )
        });
        Params::new()
            .text("RegionId", REGION)
            .text("ClientToken", self.client_token)
            .text("AcceleratorId", self.accelerator_id)
            .text("ListenerId", self.listener_id)
            .list("Certificates", pairs)
    }

    fn waits_while_busy(&self) -> bool {
        false
    }
}

/// Takes the additional certificates of domains from a listener; its default one answers for them
/// then.
///
/// <https://www.alibabacloud.com/help/en/ga/developer-reference/api-ga-2019-11-20-dissociateadditionalcertificatesfromlistener>
#[derive(Clone, Debug)]
pub struct DissociateAdditionalCertificatesFromListener<'a> {
    /// Makes a repeated call harmless; ASCII, at most [`super::TOKEN_LIMIT`].
    pub client_token: &'a str,
    /// The accelerator.
    pub accelerator_id: &'a str,
    /// The listener; HTTPS only.
    pub listener_id: &'a str,
    /// Up to [`super::PAIR_LIMIT`] domains.
    pub domains: Vec<&'a str>,
}

impl Operation for DissociateAdditionalCertificatesFromListener<'_> {
    type Reply = Accepted;
    const SERVICE: &'static Service = &GA;
    const ACTION: &'static str = "DissociateAdditionalCertificatesFromListener";
    const EFFECT: Effect = Effect::Repeatable;
    const RATE: u32 = RATE;

    fn params(&self) -> Params {
        Params::new()
            .text("RegionId", REGION)
            .text("ClientToken", self.client_token)
            .text("AcceleratorId", self.accelerator_id)
            .text("ListenerId", self.listener_id)
            .list(
                "Domains",
                self.domains.iter().map(|domain| Value::from(*domain)),
            )
    }

    fn waits_while_busy(&self) -> bool {
        false
    }
}

/// Gives a domain of a listener another certificate in place: at no moment is it without one.
///
/// <https://www.alibabacloud.com/help/en/ga/developer-reference/api-ga-2019-11-20-updateadditionalcertificatewithlistener>
#[derive(Clone, Debug)]
pub struct UpdateAdditionalCertificateWithListener<'a> {
    /// Makes a repeated call harmless; ASCII, at most [`super::TOKEN_LIMIT`].
    pub client_token: &'a str,
    /// The accelerator.
    pub accelerator_id: &'a str,
    /// The listener; HTTPS only.
    pub listener_id: &'a str,
    /// The domain, which has an additional certificate already, and its new one.
    pub pair: &'a Pair,
}

impl Operation for UpdateAdditionalCertificateWithListener<'_> {
    type Reply = Accepted;
    const SERVICE: &'static Service = &GA;
    const ACTION: &'static str = "UpdateAdditionalCertificateWithListener";
    const EFFECT: Effect = Effect::Repeatable;
    const RATE: u32 = RATE;

    fn params(&self) -> Params {
        Params::new()
            .text("RegionId", REGION)
            .text("ClientToken", self.client_token)
            .text("AcceleratorId", self.accelerator_id)
            .text("ListenerId", self.listener_id)
            .text("Domain", &self.pair.domain)
            .text("CertificateId", &self.pair.certificate)
    }

    fn waits_while_busy(&self) -> bool {
        false
    }
}

/// Gives a listener another default certificate. What is not named stays as it is.
///
/// <https://www.alibabacloud.com/help/en/ga/developer-reference/api-ga-2019-11-20-updatelistener>
#[derive(Clone, Debug)]
pub struct UpdateListener<'a> {
    /// Makes a repeated call harmless; ASCII, at most [`super::TOKEN_LIMIT`].
    pub client_token: &'a str,
    /// The listener; HTTPS only.
    pub listener_id: &'a str,
    /// The certificate's identifier, such as `123-cn-hangzhou`.
    pub certificate_id: &'a str,
}

impl Operation for UpdateListener<'_> {
    type Reply = Accepted;
    const SERVICE: &'static Service = &GA;
    const ACTION: &'static str = "UpdateListener";
    const EFFECT: Effect = Effect::Repeatable;
    const RATE: u32 = RATE;

    fn params(&self) -> Params {
        let certificate = Value::Struct(Params::new().text("Id", self.certificate_id));
        Params::new()
            .text("RegionId", REGION)
            .text("ClientToken", self.client_token)
            .text("ListenerId", self.listener_id)
            .list("Certificates", [certificate])
    }

    fn waits_while_busy(&self) -> bool {
        false
    }
}
