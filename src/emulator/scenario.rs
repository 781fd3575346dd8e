//! What a scenario file may say: how the account differs from the fixture and what goes wrong.
//! Every key is described in `docs/sandbox.md`.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::cloud::Cloud;

/// A scenario; the default one is the plain fixture account on a faultless network.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scenario {
    /// Where the pseudo-random sequence starts; equal seeds behave alike.
    pub seed: u64,
    /// How far the clouds' clock is ahead of this machine's, in seconds.
    pub clock_offset_seconds: i64,
    /// How long every answer waits, in milliseconds.
    pub latency_ms: u64,
    /// What is wrong with the TLS of an emulator that serves HTTPS.
    pub tls: Tls,
    /// The CDN's edge.
    pub edge: Edge,
    /// How the account differs from the fixture.
    pub account: AccountChanges,
    /// What goes wrong; the first fault that matches a request is the one that strikes.
    pub faults: Vec<Fault>,
}

impl Scenario {
    /// Reads a scenario from JSON text.
    ///
    /// # Errors
    /// One line naming what is not understood and where.
    pub fn parse(text: &str) -> Result<Self, String> {
        let scenario: Scenario =
            serde_json::from_str(text).map_err(|error| format!("scenario: {error}"))?;
        for (index, fault) in scenario.faults.iter().enumerate() {
            fault
                .valid()
                .map_err(|reason| format!("scenario: faults[{index}]: {reason}"))?;
        }
        Ok(scenario)
    }
}

/// The TLS of an emulator that serves HTTPS.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tls {
    /// What the server shows.
    pub certificate: ServerCertificate,
    /// The one version it speaks; by default 1.2 and 1.3.
    pub version: Option<TlsVersion>,
}

/// What the server shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerCertificate {
    /// A good certificate of the test authority.
    #[default]
    Good,
    /// One of the test authority that has expired.
    Expired,
    /// One of the test authority for another host.
    WrongHost,
    /// One of an authority that no one knows.
    UnknownAuthority,
    /// One that it signed itself.
    SelfSigned,
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum TlsVersion {
    /// Every newer client is turned away.
    #[serde(rename = "1.1")]
    V1_1,
    /// TLS 1.2.
    #[serde(rename = "1.2")]
    V1_2,
    /// TLS 1.3.
    #[serde(rename = "1.3")]
    V1_3,
}

/// The CDN's edge: where the domains' certificates are shown.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Edge {
    /// How many addresses there are besides that never learn of a change; `true` is one.
    #[serde(deserialize_with = "stale")]
    pub stale: u8,
}

/// How the account differs from the fixture.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AccountChanges {
    /// CDN domains to add: online, HTTPS off, a certificate stored.
    pub domains: Vec<String>,
    /// CDN domains that do not exist.
    pub unknown_domains: Vec<String>,
    /// CDN domains that are offline.
    pub offline_domains: Vec<String>,
    /// CDN domains that stay in `configuring`.
    pub configuring_domains: Vec<String>,
    /// CDN domains that the account may not operate.
    pub denied_domains: Vec<String>,
    /// CDN domains without a stored certificate.
    pub uncertified_domains: Vec<String>,
    /// CDN domains whose HTTPS is on.
    pub https_domains: Vec<String>,
    /// CDN domains on which no change takes: it is accepted, and they end `configure_failed`.
    pub failing_domains: Vec<String>,
    /// CDN domains that stay in a state.
    pub domain_statuses: BTreeMap<String, DomainStatus>,
    /// How many domains one CDN batch may name; default 50.
    pub batch_limit: Option<usize>,
    /// Whether as many calls a second are answered as come, to measure a client.
    pub unlimited_rate: bool,
    /// The most items that a page of any list has, whatever was asked for.
    pub max_page: Option<usize>,
    /// What CDN refuses of certificates that are uploaded.
    pub cdn_refuses: Vec<CdnRefusal>,
    /// So many CDN domains more, `site00001.example.com` and on, that serve `cas-example`.
    pub cdn_sites: usize,
    /// How long a CDN domain is `configuring` after a write, in milliseconds; default 0.
    pub cdn_settle_ms: u64,
    /// How long an accelerator is `configuring` after a write, in milliseconds; default 200.
    pub ga_settle_ms: Option<u64>,
    /// How many more accelerators there are, each with an HTTPS listener.
    pub ga_accelerators: u64,
    /// How many more certificates the certificate store of mainland China has.
    pub cas_certificates: u64,
    /// CSR ids in place of the fixture's.
    pub csr_ids: Option<Vec<i64>>,
    /// CSR ids that exist and cannot be deleted, in place of the fixture's.
    pub protected_csr_ids: Option<Vec<i64>>,
    /// What a delete does about a CSR id that does not exist.
    pub unknown_csr: UnknownCsr,
    /// Certificates of SSL Certificates that are in use, in place of the fixture's.
    pub ssl_bound_certificates: Option<Vec<String>>,
    /// Uploaded certificates to add to SSL Certificates.
    pub ssl_certificates: usize,
    /// By what SSL Certificates tells whether a certificate is there already.
    pub ssl_compares: Compared,
    /// How long a delete that looks for bound resources takes, in milliseconds; default 300.
    pub ssl_settle_ms: Option<u64>,
    /// Whether SSL Certificates answers null wherever it documents that it may.
    pub ssl_nulls: bool,
    /// So many certificates of load balancers more, `ssl-more0001` and on.
    pub ulb_certificates: usize,
    /// How long reading does not show a change to load balancers, in milliseconds; default 0.
    pub ulb_settle_ms: u64,
    /// How long a deployment, an update and a look-up of bindings take, in milliseconds; default 400.
    pub ssl_task_ms: Option<u64>,
    /// Instances on which no certificate takes, and certificates whose look-ups of bindings fail.
    pub ssl_failing_instances: Vec<String>,
    /// What is said of a deployment or an update while another one is under way.
    pub ssl_pending_task: PendingTask,
    /// Tencent Cloud CDN domains to add, `site0001.example.com` and so on, that bear nothing.
    pub ssl_sites: usize,
    /// Actions that the gateways no longer know.
    pub unknown_actions: Vec<String>,
    /// What the clouds think of the main key.
    pub standing: Standing,
    /// How many calls the token of the temporary key is good for.
    pub token_calls: Option<u64>,
    /// For how many seconds issued keys are good, whatever was asked for.
    pub issued_seconds: Option<i64>,
    /// How many calls the token of issued keys is good for.
    pub issued_calls: Option<u64>,
    /// Whether Alibaba Cloud's metadata service tells nothing without its token.
    pub metadata_token_required: bool,
}

/// The state of a CDN domain, in the vendor's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DomainStatus {
    /// It serves.
    Online,
    /// It was stopped.
    Offline,
    /// A change is being rolled out.
    Configuring,
    /// A change could not be rolled out.
    ConfigureFailed,
    /// It is under review.
    Checking,
    /// It did not pass the review.
    CheckFailed,
    /// It is being stopped.
    Stopping,
    /// It is being removed.
    Deleting,
}

/// What CDN refuses of a certificate that is uploaded; its documents have the codes and not the cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CdnRefusal {
    /// A chain that the store has, under whatever name.
    SameContent,
    /// A name that is taken, also by the same chain.
    SameName,
    /// No name.
    NoName,
}

/// By what SSL Certificates tells whether a certificate is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compared {
    /// The leaf; of several that have it, the one with the same chain comes first.
    #[default]
    Leaf,
    /// The whole chain.
    Chain,
}

/// What is said of a deployment or an update while another one is under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PendingTask {
    /// Its record, with a status that says that no task was made.
    #[default]
    Answer,
    /// `FailedOperation.CertificateDeployHasPendingRecord`.
    Refuse,
}

/// What BatchDeleteCSR does about an id that does not exist; the vendor leaves it open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownCsr {
    /// Leave it out of `Success`.
    #[default]
    Omit,
    /// Refuse the whole call.
    Refuse,
}

/// What a cloud thinks of a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It may do everything.
    #[default]
    Good,
    /// Its policy allows nothing.
    Denied,
    /// It has been switched off.
    Disabled,
    /// Its account is in arrears.
    Suspended,
}

/// One thing that goes wrong, and for which requests.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Which requests it strikes.
    #[serde(default, rename = "match")]
    pub pattern: Pattern,
    /// What happens to them.
    #[serde(rename = "do", deserialize_with = "deed")]
    pub deed: Deed,
}

impl Fault {
    fn valid(&self) -> Result<(), &'static str> {
        let Pattern {
            every, probability, ..
        } = &self.pattern;
        if every == &Some(0) {
            return Err("`every` counts from 1");
        }
        if probability.is_some_and(|p| !(0.0..=1.0).contains(&p)) {
            return Err("`probability` lies between 0 and 1");
        }
        if self.deed.status.is_some_and(|s| !(200..=599).contains(&s)) {
            return Err("`status` lies between 200 and 599");
        }
        Ok(())
    }
}

/// Which requests a fault strikes; everything that is given must hold.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pattern {
    /// Only this cloud's.
    #[serde(deserialize_with = "cloud")]
    pub cloud: Option<Cloud>,
    /// Only this action's.
    pub action: Option<String>,
    /// Only requests one of whose parameters holds this value, alone or in a comma list.
    pub value: Option<String>,
    /// Of the requests that match so far, the ones at these places, from 1.
    pub nth: Option<Vec<u64>>,
    /// Of the requests that match so far, each n-th.
    pub every: Option<u64>,
    /// Strikes at most so often.
    pub times: Option<u64>,
    /// Strikes with this probability.
    pub probability: Option<f64>,
}

/// What happens to a request: a word for one of the switches, or an object of keys.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Deed {
    /// The vendor's refusal of a call over the limit. Not applied.
    pub throttle: Option<Throttle>,
    /// An HTTP status with a proxy's body instead of the cloud's. Not applied.
    pub status: Option<u16>,
    /// With `status`: the body is HTML, otherwise it is empty.
    pub html: bool,
    /// The vendor's envelope with this code. Not applied.
    pub code: Option<String>,
    /// With `code`: the HTTP status.
    pub http: Option<u16>,
    /// With `code`: the message.
    pub message: Option<String>,
    /// A redirect to this address. Not applied.
    pub redirect: Option<String>,
    /// A captive portal's page with status 200. Not applied.
    pub html_200: bool,
    /// The vendor's refusal of a caller that may not do this. Not applied.
    pub denied: bool,
    /// A TCP reset. Not applied.
    pub reset_before: bool,
    /// A TCP reset once the change is made.
    pub reset_after: bool,
    /// Milliseconds of silence before the answer.
    pub stall_ms: Option<u64>,
    /// Milliseconds between the bytes of the body.
    pub slow_ms_per_byte: Option<u64>,
    /// The connection ends after so many bytes of a body whose length was announced.
    pub cut_body: Option<usize>,
    /// The connection ends after so many bytes of a chunked body.
    pub cut_chunk: Option<usize>,
    /// Status 200 without a body.
    pub empty: bool,
    /// Status 204.
    pub no_content: bool,
    /// Status 200 and plain text.
    pub not_json: bool,
    /// Declared as gzip, and none.
    pub bad_gzip: bool,
    /// JSON with bytes that are not UTF-8.
    pub not_utf8: bool,
    /// The answer behind a byte-order mark.
    pub bom: bool,
    /// The answer under another media type.
    pub content_type: Option<String>,
    /// JSON of so many MiB.
    pub huge_mib: Option<u64>,
    /// The body `null`.
    pub null: bool,
    /// The body `{}`.
    pub empty_object: bool,
    /// The body `[]`.
    pub empty_array: bool,
    /// BatchDeleteCSR deletes those of these ids that were asked for, and names them all.
    pub partial_success: Option<Vec<i64>>,
    /// The page that is asked for is ignored: the first one is answered.
    pub first_page: bool,
    /// The answer counts its items wrongly.
    pub total: Option<Total>,
    /// Every number of the answer is written as text.
    pub numbers_as_text: bool,
    /// The id of the request in the answer, whichever request it is.
    pub request_id: Option<String>,
    /// Somebody else makes the same call just before.
    pub twin: bool,
    /// The connection is closed without notice after the answer.
    pub close_idle: bool,
    /// Overrules whether the change is made.
    pub applied: Option<bool>,
}

impl Deed {
    /// True if the request is carried out although its answer suffers.
    pub fn applies(&self) -> bool {
        let prevents = self.throttle.is_some()
            || self.status.is_some()
            || self.code.is_some()
            || self.denied
            || self.redirect.is_some()
            || self.html_200
            || self.reset_before;
        self.applied.unwrap_or(!prevents)
    }
}

/// How an answer counts the items of its list wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Total {
    /// It counts those of the page.
    Page,
    /// So many more, or fewer, than there are.
    OffBy(i64),
}

/// How a call is refused as one too many.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Throttle {
    /// Alibaba Cloud's advice, in milliseconds.
    pub retry_after_ms: Option<u64>,
}

fn deed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Deed, D::Error> {
    let keys = match Value::deserialize(deserializer)? {
        Value::String(word) if word == "throttle" => serde_json::json!({ word: {} }),
        Value::String(word) => serde_json::json!({ word: true }),
        keys => keys,
    };
    Deed::deserialize(keys).map_err(D::Error::custom)
}

fn stale<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    const MOST: u64 = 16;
    match Value::deserialize(deserializer)? {
        Value::Bool(stale) => Ok(u8::from(stale)),
        Value::Number(count) if count.as_u64().is_some_and(|count| count <= MOST) => {
            Ok(count.as_u64().unwrap_or_default() as u8)
        }
        _ => Err(D::Error::custom(
            "`stale` is true, false or a number up to 16",
        )),
    }
}

fn cloud<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Cloud>, D::Error> {
    String::deserialize(deserializer)?
        .parse()
        .map(Some)
        .map_err(D::Error::custom)
}
