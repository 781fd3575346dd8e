//! Tencent Cloud SSL Certificates, 2019-12-05: putting certificates on the account's resources, as
//! tasks that take their time.

pub mod bindings;
pub mod create;
pub mod edge;
pub mod hosts;
pub mod records;
pub mod resources;
pub mod update;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::{DateTime, FixedOffset, SecondsFormat, Utc};

use super::fields;
use crate::emulator::actions::{Account, Call};
use crate::emulator::reply::Refusal;
use crate::emulator::scenario::{AccountChanges, PendingTask};

use resources::Resource;

/// How long a task takes, unless the scenario says otherwise.
const SETTLE: Duration = Duration::from_millis(400);

/// What the account's certificates are put on, and how that goes.
pub struct Store {
    resources: Vec<Resource>,
    records: Vec<Record>,
    collecting: Vec<update::Collecting>,
    lookups: BTreeMap<String, bindings::Lookup>,
    ids: u64,
    /// EdgeOne's domains whose certificates were set, and when.
    rolling: BTreeMap<usize, Instant>,
    settle: Duration,
    /// Resources, as a deployment names them, on which no certificate takes.
    failing: Vec<String>,
    pending: PendingTask,
    /// Whether whatever the vendor documents as "may be null" is null.
    nulls: bool,
}

/// What made a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    Deploy,
    Update,
}

/// A deployment or an update, or one's rollback.
struct Record {
    id: u64,
    origin: Origin,
    certificate: String,
    old: String,
    kinds: Vec<String>,
    regions: Vec<String>,
    created: DateTime<Utc>,
    started: Instant,
    items: Vec<Item>,
}

/// One resource's part of a record.
struct Item {
    id: u64,
    /// Which of the resources.
    resource: usize,
    certificate: String,
    old: String,
    /// When it was begun, or begun again.
    started: Instant,
    begun: DateTime<Utc>,
    tries: u32,
    outcome: Option<Outcome>,
}

/// What became of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Succeeded,
    Failed,
    RolledBack,
}

/// How far an item is, in the vendor's numbers.
const PENDING: u64 = 0;
const SUCCEEDED: u64 = 1;
const FAILED: u64 = 2;
const RUNNING: u64 = 3;
const ROLLED_BACK: u64 = 4;

impl Store {
    /// The fixture's resources.
    pub fn new(changes: &AccountChanges) -> Self {
        let mut store = Store {
            resources: resources::fixture(changes.ssl_sites),
            records: Vec::new(),
            collecting: Vec::new(),
            lookups: BTreeMap::new(),
            ids: 264_000,
            rolling: BTreeMap::new(),
            settle: changes.ssl_task_ms.map_or(SETTLE, Duration::from_millis),
            failing: changes.ssl_failing_instances.clone(),
            pending: changes.ssl_pending_task,
            nulls: changes.ssl_nulls,
        };
        let half = &[
            ("a.com", Outcome::Succeeded),
            ("flaky.example.com", Outcome::Failed),
        ];
        store.past(Origin::Deploy, "", half);
        store.past(Origin::Update, "example2", &[("b.com", Outcome::Succeeded)]);
        store
    }

    /// A record of the fixture: of CDN domains that bore `example2` and were to bear `example1`.
    fn past(&mut self, origin: Origin, old: &str, domains: &[(&str, Outcome)]) {
        let time = DateTime::from_timestamp(1_790_000_000, 0).unwrap_or_default();
        let now = Instant::now();
        let id = self.id();
        let item = |(domain, outcome): &(&str, Outcome)| {
            let mut resources = self.resources.iter();
            let resource = resources.position(|of| of.kind == "cdn" && of.parts[0] == *domain)?;
            self.ids += 1;
            Some(Item {
                id: self.ids,
                resource,
                certificate: "example1".to_owned(),
                old: "example2".to_owned(),
                started: now,
                begun: time,
                tries: 1,
                outcome: Some(*outcome),
            })
        };
        let items = domains.iter().filter_map(item).collect();
        self.records.push(Record {
            id,
            origin,
            certificate: "example1".to_owned(),
            old: old.to_owned(),
            kinds: vec!["cdn".to_owned()],
            regions: Vec::new(),
            created: time,
            started: now,
            items,
        });
    }

    /// Whether a resource bears a certificate.
    pub fn bears(&self, certificate: &str) -> bool {
        let mut resources = self.resources.iter();
        resources.any(|resource| resource.bears(certificate))
    }

    fn id(&mut self) -> u64 {
        self.ids += 1;
        self.ids
    }

    /// Makes a record of these resources: which one, the certificate to put there, the one there now.
    fn record(
        &mut self,
        call: &Call<'_>,
        origin: Origin,
        (certificate, old): (&str, &str),
        targets: Vec<(usize, String)>,
    ) -> u64 {
        let id = self.id();
        let mut kinds: Vec<String> = Vec::new();
        let mut regions: Vec<String> = Vec::new();
        let mut items = Vec::new();
        for (resource, put) in targets {
            let (kind, region, borne) = {
                let of = &self.resources[resource];
                (
                    of.kind.to_owned(),
                    of.region.clone(),
                    of.certificate.clone(),
                )
            };
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
            if !region.is_empty() && !regions.contains(&region) {
                regions.push(region);
            }
            items.push(Item {
                id: self.id(),
                resource,
                certificate: put,
                old: borne,
                started: call.instant,
                begun: call.utc,
                tries: 1,
                outcome: None,
            });
        }
        self.records.push(Record {
            id,
            origin,
            certificate: certificate.to_owned(),
            old: old.to_owned(),
            kinds,
            regions,
            created: call.utc,
            started: call.instant,
            items,
        });
        id
    }

    /// How far an item is.
    fn status(&self, item: &Item, now: Instant) -> u64 {
        match item.outcome {
            Some(Outcome::Succeeded) => SUCCEEDED,
            Some(Outcome::Failed) => FAILED,
            Some(Outcome::RolledBack) => ROLLED_BACK,
            None if now.duration_since(item.started) < self.settle / 2 => PENDING,
            None => RUNNING,
        }
    }
}

impl Record {
    fn is_running(&self) -> bool {
        self.items.iter().any(|item| item.outcome.is_none())
    }

    fn is_failed(&self) -> bool {
        let mut items = self.items.iter();
        items.any(|item| item.outcome == Some(Outcome::Failed))
    }

    /// The number in the lists of records: 0 not through, 1 gone well, 2 failed.
    fn status(&self) -> u64 {
        match (self.is_running(), self.is_failed()) {
            (true, _) => 0,
            (false, false) => 1,
            (false, true) => 2,
        }
    }
}

/// Carries out the items whose time has come.
fn settle(call: &Call<'_>, account: &mut Account) {
    let certificates = &account.ssl.certificates;
    let store = &mut account.ssl.deploy;
    let due = |item: &Item| {
        let over = call.instant.duration_since(item.started) >= store.settle;
        item.outcome.is_none() && over
    };
    for record in &mut store.records {
        for item in record.items.iter_mut().filter(|item| due(item)) {
            let resource = &mut store.resources[item.resource];
            let label = resource.label();
            let unmatched = certificates
                .find(&item.certificate)
                .is_some_and(|certificate| !resource.is_matched(&certificate.facts));
            let failing = label == "failing"
                || label == "flaky" && item.tries == 1
                || store.failing.contains(&resource.parts.join("|"));
            item.outcome = Some(match failing || unmatched {
                true => Outcome::Failed,
                false => {
                    resource.put(&item.certificate, &record.old);
                    Outcome::Succeeded
                }
            });
        }
    }
}

/// `Offset`, and `Limit`: 10 by default, 200 at most.
fn page(call: &Call<'_>) -> Result<(usize, usize), Refusal> {
    let offset = fields::count(call, "Offset")?.unwrap_or(0);
    Ok((offset as usize, limit(fields::count(call, "Limit")?)?))
}

fn limit(asked: Option<u64>) -> Result<usize, Refusal> {
    match asked.unwrap_or(10) {
        limit @ 1..=200 => Ok(limit as usize),
        _ => Err(fields::unfit("Limit", "it is from 1 to 200")),
    }
}

/// A number that is sent as a text.
fn digits(call: &Call<'_>, name: &str) -> Result<Option<usize>, Refusal> {
    let text = fields::text(call, name)?;
    let number = |text: &str| {
        text.parse()
            .map_err(|_| fields::unfit(name, "it is no number"))
    };
    text.map(number).transpose()
}

/// A certificate that can be put on resources.
fn usable(call: &Call<'_>, account: &Account, id: &str) -> Result<(), Refusal> {
    let certificate = account.ssl.certificates.get(id)?;
    let server = certificate.kind == super::certificates::Kind::Server;
    match server && certificate.status(call.utc) == 1 {
        true => Ok(()),
        false => Err(Refusal::inside(
            "FailedOperation.CertificateNotAvailable",
            "The certificate is not available.",
        )),
    }
}

fn type_invalid(kind: &str) -> Refusal {
    Refusal::inside(
        "FailedOperation.CertificateHostResourceTypeInvalid",
        format!("The cloud resource type `{kind}` is invalid."),
    )
}

fn region_missing() -> Refusal {
    Refusal::inside(
        "InvalidParameter.RegionNotEmpty",
        "The region cannot be empty.",
    )
}

fn instance_empty() -> Refusal {
    Refusal::inside(
        "FailedOperation.CertificateDeployInstanceEmpty",
        "There are no instances of the selected cloud resource.",
    )
}

fn pending() -> Refusal {
    Refusal::inside(
        "FailedOperation.CertificateDeployHasPendingRecord",
        "A deployment task of the certificate is in progress. Try again once it is through.",
    )
}

fn unknown_record() -> Refusal {
    Refusal::inside(
        "FailedOperation.CertificateDeployNotExist",
        "The certificate deployment record does not exist.",
    )
}

/// A time in the lists: China Standard Time, and no zone named.
fn list_time(time: DateTime<Utc>) -> String {
    let china = FixedOffset::east_opt(8 * 3600).expect("a zone");
    let local = time.with_timezone(&china);
    local.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// A time in a record's details.
fn detail_time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}
