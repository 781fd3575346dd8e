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
    /// Carries it out.
    pub handle: fn(&Call<'_>, &mut Account) -> Result<Data, Refusal>,
}

const fn cdn(name: &'static str, per_second: usize, handle: Handler) -> Action {
    Action {
        cloud: Cloud::Alibaba,
        name,
        version: Some("2018-05-10"),
        per_second: Some(per_second),
        format: Format::Xml,
        handle,
    }
}

/// The vendor publishes no rates for GA; 100 is what most reads of its other products have.
const fn ga(name: &'static str, handle: Handler) -> Action {
    Action {
        version: Some("2019-11-20"),
        format: Format::Json,
        ..cdn(name, 100, handle)
    }
}

const fn ssl(name: &'static str, handle: Handler) -> Action {
    Action {
        cloud: Cloud::Tencent,
        name,
        version: Some("2019-12-05"),
        per_second: Some(10),
        format: Format::Json,
        handle,
    }
}

const fn ulb(name: &'static str, handle: Handler) -> Action {
    Action {
        cloud: Cloud::Ucloud,
        name,
        version: None,
        per_second: None,
        format: Format::Json,
        handle,
    }
}

type Handler = fn(&Call<'_>, &mut Account) -> Result<Data, Refusal>;

/// Every action that is emulated.
pub static ACTIONS: [Action; 16] = [
    cdn("BatchSetCdnDomainServerCertificate", 10, cdn::batch_set),
    cdn("SetDomainServerCertificate", 10, cdn::set_single),
    cdn("SetCdnDomainSSLCertificate", 30, cdn::set_ssl),
    cdn(
        "DescribeDomainCertificateInfo",
        100,
        cdn::describe_certificate,
    ),
    cdn("DescribeCdnDomainDetail", 30, cdn::describe_domain),
    ga("AssociateAdditionalCertificatesWithListener", ga::associate),
    ga("DescribeListener", ga::describe_listener),
    ga("DescribeAccelerator", ga::describe_accelerator),
    ga("ListListenerCertificates", ga::list_certificates),
    ssl("BatchDeleteCSR", ssl::batch_delete),
    ssl("DescribeCSR", ssl::describe),
    ssl("DescribeCSRSet", ssl::describe_set),
    ulb("UpdateSSLBinding", ulb::update_binding),
    ulb("DescribeSSLV2", ulb::describe_ssl),
    ulb("DescribeULB", ulb::describe_ulb),
    ulb("DescribeVServer", ulb::describe_vserver),
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
