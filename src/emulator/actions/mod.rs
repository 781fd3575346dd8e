//! What the clouds do: one handler for each action, in one table.

pub mod cdn;
pub mod ga;
pub mod ssl;
pub mod ulb;

use std::time::Instant;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::cloud::Cloud;

use super::pki::Authority;
use super::reply::{Format, Refusal};
use super::request::Params;
use super::scenario::AccountChanges;
use super::verify::Scheme;

/// The members that an answer has besides the vendor's common ones.
pub type Data = Map<String, Value>;

/// A call that has passed the gate.
pub struct Call<'a> {
    /// What it was given.
    pub params: &'a Params,
    /// The clouds' clock.
    pub utc: DateTime<Utc>,
    /// For how long a change is under way.
    pub instant: Instant,
    /// The id of this request.
    pub request_id: &'a str,
    /// The scenario's `partial_success`.
    pub partial: Option<&'a [i64]>,
}

/// An action of an API.
pub struct Action {
    /// Whose.
    pub cloud: Cloud,
    /// The vendor's name for it.
    pub name: &'static str,
    /// The API version that has it; UCloud has no versions.
    pub version: Option<&'static str>,
    /// The documented number of calls a second.
    pub per_second: Option<usize>,
    /// How the product answers when no format is asked for.
    pub format: Format,
    /// The parameters of its page, besides the common ones; `Name.` stands for a list's members.
    pub params: &'static [&'static str],
    /// Carries it out.
    pub handle: Handler,
}

/// Carries an action out.
pub type Handler = fn(&Call<'_>, &mut Account) -> Result<Data, Refusal>;

impl Action {
    /// The first parameter that is neither its own nor common to its cloud.
    pub fn foreign<'a>(&self, scheme: Scheme, params: &'a Params) -> Option<&'a str> {
        let common = scheme.common_params();
        let known = |name: &str| {
            let listed =
                |known: &&str| *known == name || (known.ends_with('.') && name.starts_with(known));
            common.contains(&name) || self.params.iter().any(listed)
        };
        let names = params.flat.iter().map(|(name, _)| name);
        let mut names = names.chain(params.json.keys()).map(String::as_str);
        names.find(|name| !known(name))
    }
}

const fn cdn(
    name: &'static str,
    per_second: usize,
    params: &'static [&'static str],
    handle: Handler,
) -> Action {
    Action {
        cloud: Cloud::Alibaba,
        name,
        version: Some("2018-05-10"),
        per_second: Some(per_second),
        format: Format::Xml,
        params,
        handle,
    }
}

/// The vendor publishes no rates for GA; 100 is what most reads of its other products have.
const fn ga(name: &'static str, params: &'static [&'static str], handle: Handler) -> Action {
    Action {
        version: Some("2019-11-20"),
        format: Format::Json,
        ..cdn(name, 100, params, handle)
    }
}

const fn ssl(name: &'static str, params: &'static [&'static str], handle: Handler) -> Action {
    Action {
        cloud: Cloud::Tencent,
        name,
        version: Some("2019-12-05"),
        per_second: Some(10),
        format: Format::Json,
        params,
        handle,
    }
}

const fn ulb(name: &'static str, params: &'static [&'static str], handle: Handler) -> Action {
    Action {
        cloud: Cloud::Ucloud,
        name,
        version: None,
        per_second: None,
        format: Format::Json,
        params,
        handle,
    }
}

/// Every action that is emulated.
#[rustfmt::skip] // a line for the action and one for its parameters: a table, not calls
pub static ACTIONS: [Action; 16] = [
    cdn("BatchSetCdnDomainServerCertificate", 10,
        &["DomainName", "SSLProtocol", "SSLPub", "SSLPri", "CertName", "CertType", "Region",
          "ForceSet"], cdn::batch_set),
    cdn("SetDomainServerCertificate", 10,
        &["DomainName", "ServerCertificateStatus", "ServerCertificate", "PrivateKey", "CertType",
          "CertName", "ForceSet"], cdn::set_single),
    cdn("SetCdnDomainSSLCertificate", 30,
        &["DomainName", "SSLProtocol", "SSLPub", "SSLPri", "CertName", "CertType", "CertId",
          "CertRegion", "Env"], cdn::set_ssl),
    cdn("DescribeDomainCertificateInfo", 100, &["DomainName"], cdn::describe_certificate),
    cdn("DescribeCdnDomainDetail", 30, &["DomainName"], cdn::describe_domain),
    ga("AssociateAdditionalCertificatesWithListener",
        &["ClientToken", "AcceleratorId", "ListenerId", "Certificates."], ga::associate),
    ga("DescribeListener", &["ListenerId"], ga::describe_listener),
    ga("DescribeAccelerator", &["AcceleratorId"], ga::describe_accelerator),
    ga("ListListenerCertificates",
        &["AcceleratorId", "ListenerId", "Role", "MaxResults", "NextToken"],
        ga::list_certificates),
    ssl("BatchDeleteCSR", &["CSRIds"], ssl::batch_delete),
    ssl("DescribeCSR", &["CSRId"], ssl::describe),
    ssl("DescribeCSRSet", &["Limit", "Offset", "Domain", "EncryptAlgo"], ssl::describe_set),
    // Never `ULBId` and `VServerId`: ignored, they would widen the call to the whole project.
    ulb("UpdateSSLBinding", &["OldSSLId", "NewSSLId", "LoadBalancerId", "ListenerId"],
        ulb::update_binding),
    ulb("DescribeSSLV2", &["SSLId", "Limit", "Offset"], ulb::describe_ssl),
    ulb("DescribeULB", &["ULBId", "VPCId", "SubnetId", "BusinessId", "Limit", "Offset"],
        ulb::describe_ulb),
    ulb("DescribeVServer", &["ULBId", "VServerId", "Limit", "Offset"], ulb::describe_vserver),
];

/// The state of the fixture account.
pub struct Account {
    cdn: cdn::Store,
    ga: ga::Store,
    ssl: ssl::Store,
    ulb: ulb::Store,
}

impl Account {
    /// The fixture with a scenario's changes.
    ///
    /// # Errors
    /// What the generator of keys says.
    pub fn new(authority: &Authority, changes: &AccountChanges) -> Result<Self, rcgen::Error> {
        Ok(Account {
            cdn: cdn::Store::new(authority, changes)?,
            ga: ga::Store::new(changes),
            ssl: ssl::Store::new(changes)?,
            ulb: ulb::Store::new(authority)?,
        })
    }
}

/// A required parameter of Alibaba Cloud.
fn required<'a>(call: &'a Call<'_>, name: &str) -> Result<&'a str, Refusal> {
    call.params.filled(name).ok_or_else(|| {
        Refusal::new(
            400,
            format!("Missing{name}"),
            format!("{name} is mandatory for this action."),
        )
    })
}
