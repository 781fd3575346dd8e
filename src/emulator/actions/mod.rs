//! What the clouds do: one handler for each action, in one table.

pub mod cas;
pub mod cdn;
pub mod dcdn;
pub mod ga;
pub mod ssl;
pub mod sts;
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
    /// The public half of the caller's key; empty where nobody has to be known.
    pub key_id: &'a str,
    /// The host that was called.
    pub host: &'a str,
    /// The clouds' clock.
    pub utc: DateTime<Utc>,
    /// For how long a change is under way.
    pub instant: Instant,
    /// The id of this request.
    pub request_id: &'a str,
    /// The scenario's `max_page`: the most items that a page has, whatever was asked for.
    pub max_page: Option<usize>,
    /// The scenario's `partial_success`.
    pub partial: Option<&'a [i64]>,
}

impl Call<'_> {
    /// How many items a page has where `asked` for so many.
    pub fn page(&self, asked: usize) -> usize {
        self.max_page.map_or(asked, |most| most.min(asked))
    }
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

/// An action of a product; its page gives the rest.
const fn action(
    cloud: Cloud,
    name: &'static str,
    params: &'static [&'static str],
    handle: Handler,
) -> Action {
    Action {
        cloud,
        name,
        version: None,
        per_second: None,
        format: Format::Json,
        params,
        handle,
    }
}

/// Every service's actions: each stands with its handlers.
static ACTIONS: &[&[Action]] = &[
    cas::ACTIONS,
    cdn::ACTIONS,
    dcdn::ACTIONS,
    ga::ACTIONS,
    ssl::certificates::ACTIONS,
    ssl::csr::ACTIONS,
    ssl::deploy::bindings::ACTIONS,
    ssl::deploy::create::ACTIONS,
    ssl::deploy::edge::ACTIONS,
    ssl::deploy::hosts::ACTIONS,
    ssl::deploy::records::ACTIONS,
    ssl::deploy::update::ACTIONS,
    sts::ACTIONS,
    ulb::ACTIONS,
];

/// The action of that name.
pub fn find(cloud: Cloud, name: &str) -> Option<&'static Action> {
    let mut actions = ACTIONS.iter().copied().flatten();
    actions.find(|action| action.cloud == cloud && action.name == name)
}

/// The state of the fixture account.
pub struct Account {
    cas: cas::Store,
    cdn: cdn::Store,
    dcdn: cdn::Store,
    ga: ga::Store,
    ssl: ssl::Store,
    /// The keys that were issued.
    pub(in crate::emulator) sts: sts::Store,
    ulb: ulb::Store,
}

impl Account {
    /// The fixture with a scenario's changes.
    ///
    /// # Errors
    /// What the generator of keys says.
    pub fn new(authority: &Authority, changes: &AccountChanges) -> Result<Self, rcgen::Error> {
        let cas = cas::Store::new(authority, changes)?;
        Ok(Account {
            cdn: cdn::Store::new("CDN", &cas.stored(), authority, &cas, changes)?,
            dcdn: cdn::Store::new("DCDN", &cas.of_dcdn(), authority, &cas, changes)?,
            cas,
            ga: ga::Store::new(changes),
            ssl: ssl::Store::new(authority, changes)?,
            sts: sts::Store::new(changes),
            ulb: ulb::Store::new(authority, changes)?,
        })
    }

    /// The certificate that CDN's edge shows to who asks for a host, with its key, both PEM.
    pub fn shown(&mut self, host: &str, now: Instant, stale: bool) -> Option<(String, String)> {
        let certificate = self.cdn.shown(host, now, stale)?;
        Some((certificate.pem.clone(), certificate.key.clone()))
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
