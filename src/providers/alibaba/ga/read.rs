//! What accelerators and listeners are, and which certificates they have.

use serde::Deserialize;

use super::{GA, RATE, REGION};
use crate::providers::page::{Cursor, Page, Rest};
use crate::providers::time::{self, Time};
use crate::providers::{Effect, Operation, Params, Service, null_as_default};

/// Whether a state, in the vendor's word, is the one in which writes are accepted.
pub fn is_active(state: &str) -> bool {
    state.eq_ignore_ascii_case("active")
}

/// Reads the account's accelerators, page by page.
///
/// <https://www.alibabacloud.com/help/en/ga/developer-reference/api-ga-2019-11-20-listaccelerators>
#[derive(Clone, Debug)]
pub struct ListAccelerators {
    /// The page, from 1.
    pub page_number: u32,
    /// Up to [`super::PAGE_LIMIT`].
    pub page_size: u32,
}

/// A page of accelerators.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Accelerators {
    #[serde(default, deserialize_with = "null_as_default")]
    accelerators: Vec<AcceleratorInfo>,
    total_count: usize,
}

/// An accelerator.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AcceleratorInfo {
    /// Its id.
    pub accelerator_id: String,
    /// Its name.
    #[serde(default, deserialize_with = "null_as_default")]
    pub name: String,
    /// `active`, `configuring`, `binding`, …
    pub state: String,
    /// The name that the domains' CNAME records point to.
    #[serde(default, deserialize_with = "null_as_default")]
    pub dns_name: String,
    /// The size that was bought.
    #[serde(default, deserialize_with = "null_as_default")]
    pub spec: String,
    /// When it was made.
    #[serde(default, deserialize_with = "time::utc")]
    pub create_time: Option<Time>,
    /// When what was paid for ends.
    #[serde(default, deserialize_with = "time::utc")]
    pub expired_time: Option<Time>,
}

impl AcceleratorInfo {
    /// Tells it from every other one of a list.
    pub fn key(&self) -> String {
        self.accelerator_id.clone()
    }
}

impl ListAccelerators {
    /// The call for a page.
    pub fn page(cursor: &Cursor, page_size: u32) -> Self {
        ListAccelerators {
            page_number: cursor.number,
            page_size,
        }
    }

    /// A page, opened.
    pub fn open(reply: Accelerators) -> Page<AcceleratorInfo> {
        Page {
            items: reply.accelerators,
            rest: Rest::Total(reply.total_count),
        }
    }
}

impl Operation for ListAccelerators {
    type Reply = Accelerators;
    const SERVICE: &'static Service = &GA;
    const ACTION: &'static str = "ListAccelerators";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = RATE;

    fn params(&self) -> Params {
        Params::new()
            .text("RegionId", REGION)
            .int("PageNumber", self.page_number)
            .int("PageSize", self.page_size)
    }
}

/// Reads an accelerator.
///
/// <https://www.alibabacloud.com/help/en/ga/developer-reference/api-ga-2019-11-20-describeaccelerator>
#[derive(Clone, Debug)]
pub struct DescribeAccelerator<'a> {
    /// The accelerator.
    pub accelerator_id: &'a str,
}

impl Operation for DescribeAccelerator<'_> {
    type Reply = AcceleratorInfo;
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

/// Reads the listeners of an accelerator, page by page.
///
/// <https://www.alibabacloud.com/help/en/ga/developer-reference/api-ga-2019-11-20-listlisteners>
#[derive(Clone, Debug)]
pub struct ListListeners<'a> {
    /// The accelerator.
    pub accelerator_id: &'a str,
    /// The page, from 1.
    pub page_number: u32,
    /// Up to [`super::PAGE_LIMIT`].
    pub page_size: u32,
}

/// A page of listeners.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Listeners {
    #[serde(default, deserialize_with = "null_as_default")]
    listeners: Vec<ListenerInfo>,
    total_count: usize,
}

/// A listener.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListenerInfo {
    /// Its id.
    pub listener_id: String,
    /// Its accelerator; not in every answer.
    #[serde(default, deserialize_with = "null_as_default")]
    pub accelerator_id: String,
    /// Its name.
    #[serde(default, deserialize_with = "null_as_default")]
    pub name: String,
    /// `HTTPS`, `http`, …: the case differs from call to call.
    #[serde(default, deserialize_with = "null_as_default")]
    pub protocol: String,
    /// `active`, `init`, `updating`, `configuring` or `deleting`.
    pub state: String,
    /// The ports.
    #[serde(default, deserialize_with = "null_as_default")]
    pub port_ranges: Vec<PortRange>,
    /// What TLS it speaks, as the vendor's policies are called.
    #[serde(default, deserialize_with = "null_as_default")]
    pub security_policy_id: String,
    /// When it was made: a number here, text there.
    #[serde(default, deserialize_with = "time::utc")]
    pub create_time: Option<Time>,
}

impl ListenerInfo {
    /// Tells it from every other one of a list.
    pub fn key(&self) -> String {
        self.listener_id.clone()
    }

    /// Whether it has certificates.
    pub fn is_https(&self) -> bool {
        self.protocol.eq_ignore_ascii_case("https")
    }
}

/// Ports from one to another, both included.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PortRange {
    /// The first.
    pub from_port: u32,
    /// The last.
    pub to_port: u32,
}

impl<'a> ListListeners<'a> {
    /// The call for a page.
    pub fn page(accelerator_id: &'a str, cursor: &Cursor, page_size: u32) -> Self {
        ListListeners {
            accelerator_id,
            page_number: cursor.number,
            page_size,
        }
    }

    /// A page, opened.
    pub fn open(reply: Listeners) -> Page<ListenerInfo> {
        Page {
            items: reply.listeners,
            rest: Rest::Total(reply.total_count),
        }
    }
}

impl Operation for ListListeners<'_> {
    type Reply = Listeners;
    const SERVICE: &'static Service = &GA;
    const ACTION: &'static str = "ListListeners";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = RATE;

    fn params(&self) -> Params {
        Params::new()
            .text("RegionId", REGION)
            .text("AcceleratorId", self.accelerator_id)
            .int("PageNumber", self.page_number)
            .int("PageSize", self.page_size)
    }
}

/// Reads a listener.
///
/// <https://www.alibabacloud.com/help/en/ga/developer-reference/api-ga-2019-11-20-describelistener>
#[derive(Clone, Debug)]
pub struct DescribeListener<'a> {
    /// The listener.
    pub listener_id: &'a str,
}

impl Operation for DescribeListener<'_> {
    type Reply = ListenerInfo;
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

/// Reads the certificates of a listener, the default one and the additional ones, page by page.
///
/// <https://www.alibabacloud.com/help/en/ga/developer-reference/api-ga-2019-11-20-listlistenercertificates>
#[derive(Clone, Debug)]
pub struct ListListenerCertificates<'a> {
    /// The accelerator.
    pub accelerator_id: &'a str,
    /// The listener.
    pub listener_id: &'a str,
    /// Up to [`super::PAGE_LIMIT`].
    pub max_results: u32,
    /// What the page before gave.
    pub next_token: Option<String>,
}

/// A page of certificates.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Certificates {
    certificates: Vec<ListenerCertificate>,
    #[serde(default, deserialize_with = "null_as_default")]
    next_token: String,
}

/// A certificate of a listener.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListenerCertificate {
    /// The certificate's identifier, such as `123-cn-hangzhou`.
    pub certificate_id: String,
    /// The domain that it is for; the default one has none.
    #[serde(default, deserialize_with = "null_as_default")]
    pub domain: String,
    /// Whether it answers for every other domain.
    pub is_default: bool,
    /// `active`, or `updating` while it is being replaced.
    #[serde(default, deserialize_with = "null_as_default")]
    pub state: String,
}

impl ListenerCertificate {
    /// Tells it from every other one of a list: a domain has one certificate, and there is one
    /// default certificate.
    pub fn key(&self) -> String {
        match self.is_default {
            true => format!("{} (default)", self.certificate_id),
            false => format!("{} {}", self.certificate_id, self.domain),
        }
    }
}

impl<'a> ListListenerCertificates<'a> {
    /// The call for a page.
    pub fn page(accelerator_id: &'a str, listener_id: &'a str, cursor: &Cursor, size: u32) -> Self {
        ListListenerCertificates {
            accelerator_id,
            listener_id,
            max_results: size,
            next_token: cursor.token.clone(),
        }
    }

    /// A page, opened. Its `TotalCount` is not relied on: the page of the action has it for the
    /// number of entries that were returned.
    pub fn open(reply: Certificates) -> Page<ListenerCertificate> {
        Page {
            items: reply.certificates,
            rest: Rest::Token(Some(reply.next_token)),
        }
    }
}

impl Operation for ListListenerCertificates<'_> {
    type Reply = Certificates;
    const SERVICE: &'static Service = &GA;
    const ACTION: &'static str = "ListListenerCertificates";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = RATE;

    fn params(&self) -> Params {
        Params::new()
            .text("RegionId", REGION)
            .text("AcceleratorId", self.accelerator_id)
            .text("ListenerId", self.listener_id)
            .int("MaxResults", self.max_results)
            .maybe("NextToken", self.next_token.clone())
    }
}
