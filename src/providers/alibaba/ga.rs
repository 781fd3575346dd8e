//! Alibaba Cloud Global Accelerator, API version 2019-11-20.
//!
//! Every call goes to `cn-hangzhou`, wherever the accelerator is. Writes are asynchronous and
//! locked per accelerator: until it is `active` again, only queries work.

use serde::Deserialize;

use crate::cloud::Cloud;
use crate::providers::{Effect, Operation, Params, Service, Value};

/// The product's only endpoint.
pub static GA: Service = Service {
    cloud: Cloud::Alibaba,
    name: "ga",
    version: "2019-11-20",
    host: "ga.cn-hangzhou.aliyuncs.com",
    mainland_host: None,
    regional: &[],
};

/// The only region that the product's certificate actions take.
pub const REGION: &str = "cn-hangzhou";

/// The most certificate and domain pairs a call may carry.
pub const PAIR_LIMIT: usize = 10;

/// The longest client token, in ASCII characters.
pub const TOKEN_LIMIT: usize = 64;

/// The vendor documents no rate for this product; this is what its own tools stay below.
const RATE: u32 = 10;

/// A certificate for one domain of a listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The certificate's identifier, such as `123-cn-hangzhou`.
    pub certificate: String,
    /// The domain it serves; each domain has at most one additional certificate.
    pub domain: String,
}

/// Adds certificates to an HTTPS listener, one for each domain.
///
/// <https://www.alibabacloud.com/help/en/ga/developer-reference/api-ga-2019-11-20-associateadditionalcertificateswithlistener>
#[derive(Clone, Debug)]
pub struct AssociateAdditionalCertificatesWithListener<'a> {
    /// Makes a repeated call harmless; ASCII, at most [`TOKEN_LIMIT`].
    pub client_token: &'a str,
    /// The accelerator.
    pub accelerator_id: &'a str,
    /// The listener; HTTPS only.
    pub listener_id: &'a str,
    /// Up to [`PAIR_LIMIT`] pairs.
    pub certificates: &'a [Pair],
}

/// The answer names the listener again; nothing in it is used.
#[derive(Debug, Deserialize)]
pub struct Associated {}

impl Operation for AssociateAdditionalCertificatesWithListener<'_> {
    type Reply = Associated;
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
            .with("Certificates", Value::List(pairs.collect()))
    }

    fn waits_while_busy(&self) -> bool {
        false
    }
}

/// A state, in the vendor's words: `active`, `configuring`, `updating`, …
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StateOf {
    /// The state.
    pub state: String,
}

impl StateOf {
    /// Whether writes are accepted.
    pub fn is_active(&self) -> bool {
        self.state.eq_ignore_ascii_case("active")
    }
}

/// Reads a listener's state.
///
/// <https://www.alibabacloud.com/help/en/ga/developer-reference/api-ga-2019-11-20-describelistener>
#[derive(Clone, Debug)]
pub struct DescribeListener<'a> {
    /// The listener.
    pub listener_id: &'a str,
}

impl Operation for DescribeListener<'_> {
    type Reply = StateOf;
    const SERVICE: &'static Service = &GA;
    const ACTION: &'static str = "DescribeListener";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = RATE;

    fn params(&self) -> Params {
        Params::new()
            .text("RegionId", REGION)
            .text("ListenerId", self.listener_id)
    }
}

/// Reads an accelerator's state.
///
/// <https://www.alibabacloud.com/help/en/ga/developer-reference/api-ga-2019-11-20-describeaccelerator>
#[derive(Clone, Debug)]
pub struct DescribeAccelerator<'a> {
    /// The accelerator.
    pub accelerator_id: &'a str,
}

impl Operation for DescribeAccelerator<'_> {
    type Reply = StateOf;
    const SERVICE: &'static Service = &GA;
    const ACTION: &'static str = "DescribeAccelerator";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = RATE;

    fn params(&self) -> Params {
        Params::new()
            .text("RegionId", REGION)
            .text("AcceleratorId", self.accelerator_id)
    }
}
