//! Alibaba Cloud Global Accelerator, 2019-11-20: accelerators, listeners and their certificates.

mod read;
mod write;

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use crate::cloud::Cloud;
use crate::emulator::reply::Refusal;
use crate::emulator::scenario::AccountChanges;

use super::cas::Use;
use super::{Account, Action, Call, Data, Handler, action, required};

/// The vendor publishes no rates for GA; 100 is what most reads of its other products have.
const fn of(name: &'static str, params: &'static [&'static str], handle: Handler) -> Action {
    Action {
        version: Some("2019-11-20"),
        per_second: Some(100),
        ..action(Cloud::Alibaba, name, params, handle)
    }
}

/// What is emulated of Global Accelerator. Of UpdateListener's parameters only those are taken that
/// have an effect here.
#[rustfmt::skip] // a line for the action and one for its parameters: a table, not calls
pub const ACTIONS: &[Action] = &[
    of("AssociateAdditionalCertificatesWithListener",
        &["ClientToken", "AcceleratorId", "ListenerId", "Certificates."], write::associate),
    of("DissociateAdditionalCertificatesFromListener",
        &["ClientToken", "AcceleratorId", "ListenerId", "Domains."], write::dissociate),
    of("UpdateAdditionalCertificateWithListener",
        &["ClientToken", "AcceleratorId", "ListenerId", "Domain", "CertificateId", "DryRun"],
        write::update_additional),
    of("UpdateListener",
        &["ClientToken", "ListenerId", "Certificates.", "Name", "Description"],
        write::update_listener),
    of("ListAccelerators", &["AcceleratorId", "State", "PageNumber", "PageSize"],
        read::list_accelerators),
    of("DescribeAccelerator", &["AcceleratorId"], read::describe_accelerator),
    of("ListListeners", &["AcceleratorId", "Protocol", "PageNumber", "PageSize"],
        read::list_listeners),
    of("DescribeListener", &["ListenerId"], read::describe_listener),
    of("ListListenerCertificates",
        &["AcceleratorId", "ListenerId", "Role", "MaxResults", "NextToken"],
        read::list_certificates),
];

/// The account's accelerators and what their client tokens have done.
pub struct Store {
    accelerators: BTreeMap<String, Accelerator>,
    listeners: BTreeMap<String, Listener>,
    tokens: HashMap<String, (Vec<(String, String)>, Data)>,
    settle: Duration,
}

struct Accelerator {
    state: &'static str,
    busy_until: Option<Instant>,
}

struct Listener {
    accelerator: String,
    name: String,
    description: String,
    protocol: &'static str,
    port: u16,
    state: &'static str,
    /// An HTTPS listener's.
    default: Option<String>,
    /// Certificates by domain.
    additional: BTreeMap<String, String>,
}

impl Accelerator {
    fn busy(&self, now: Instant) -> bool {
        self.busy_until.is_some_and(|until| now < until)
    }
}

/// The document's own samples, and one of each state that refuses.
const ACCELERATORS: [(&str, &str); 3] = [
    ("ga-bp1odcab8tmno0hdq****", "active"),
    ("ga-bp1sandboxsecond0001", "active"),
    ("ga-bp1sandboxbinding001", "binding"),
];

/// Listener, accelerator, protocol, port, state.
#[rustfmt::skip] // one listener a line
const LISTENERS: [(&str, &str, &str, u16, &str); 6] = [
    ("lsr-bp1bpn0kn908w4nbw****", "ga-bp1odcab8tmno0hdq****", "HTTPS", 443, "active"),
    ("lsr-bp1sandboxhttps0002", "ga-bp1odcab8tmno0hdq****", "HTTPS", 8443, "active"),
    ("lsr-bp1sandboxhttp00001", "ga-bp1odcab8tmno0hdq****", "HTTP", 80, "active"),
    ("lsr-bp1sandboxupdating1", "ga-bp1odcab8tmno0hdq****", "HTTPS", 9443, "updating"),
    ("lsr-bp1sandboxsecond001", "ga-bp1sandboxsecond0001", "HTTPS", 443, "active"),
    ("lsr-bp1sandboxbinding01", "ga-bp1sandboxbinding001", "HTTPS", 443, "active"),
];

/// What the second accelerator's listener has besides its default certificate.
const ADDITIONAL: (&str, &str, &str) = (
    "lsr-bp1sandboxsecond001",
    "www.example.com",
    "1234567-cn-hangzhou",
);

/// The certificate every HTTPS listener answers with by default.
const DEFAULT_CERTIFICATE: &str = "1000001-cn-hangzhou";

impl Store {
    /// The fixture's accelerators, and as many more as the scenario asks for.
    pub fn new(changes: &AccountChanges) -> Self {
        let fixture = ACCELERATORS.map(|(id, state)| (id.to_owned(), state));
        let more = (1..=changes.ga_accelerators).map(|n| (format!("ga-more{n:04}"), "active"));
        let accelerator = |state| Accelerator {
            state,
            busy_until: None,
        };
        let accelerators: BTreeMap<_, _> = fixture
            .into_iter()
            .chain(more.clone())
            .map(|(id, state)| (id, accelerator(state)))
            .collect();
        let listener = |accelerator: &str, protocol, port, state| Listener {
            accelerator: accelerator.to_owned(),
            name: "sandbox".to_owned(),
            description: String::new(),
            protocol,
            port,
            state,
            default: (protocol == "HTTPS").then(|| DEFAULT_CERTIFICATE.to_owned()),
            additional: BTreeMap::new(),
        };
        let mut listeners: BTreeMap<_, _> = LISTENERS
            .into_iter()
            .map(|(id, accelerator, protocol, port, state)| {
                let listener = listener(accelerator, protocol, port, state);
                (id.to_owned(), listener)
            })
            .collect();
        listeners.extend(more.map(|(accelerator, state)| {
            let id = accelerator.replace("ga-", "lsr-");
            (id, listener(&accelerator, "HTTPS", 443, state))
        }));
        let (id, domain, certificate) = ADDITIONAL;
        if let Some(listener) = listeners.get_mut(id) {
            let (domain, certificate) = (domain.to_owned(), certificate.to_owned());
            listener.additional.insert(domain, certificate);
        }
        Store {
            accelerators,
            listeners,
            tokens: HashMap::new(),
            settle: Duration::from_millis(changes.ga_settle_ms.unwrap_or(200)),
        }
    }

    /// Which listeners have which certificate, for the products that ask.
    pub fn uses(&self) -> Vec<Use> {
        let of = |id: &str, listener: &Listener, identifier: &str, domain: Option<&str>| {
            let (number, region) = identifier.split_once('-')?;
            Some(Use {
                product: "GA",
                certificate: number.parse().ok()?,
                region: region.to_owned(),
                domain: domain.unwrap_or_default().to_owned(),
                instance: listener.accelerator.clone(),
                listener: id.to_owned(),
                port: listener.port.to_string(),
                https: true,
                default: domain.is_none(),
            })
        };
        let mut uses = Vec::new();
        for (id, listener) in &self.listeners {
            let default = listener.default.iter();
            uses.extend(default.filter_map(|certificate| of(id, listener, certificate, None)));
            let additional = listener.additional.iter();
            uses.extend(
                additional.filter_map(|(domain, certificate)| {
                    of(id, listener, certificate, Some(domain))
                }),
            );
        }
        uses
    }

    fn states(&self, listener: &Listener, now: Instant) -> (&'static str, &'static str) {
        let accelerator = &self.accelerators[&listener.accelerator];
        match accelerator.busy(now) {
            true => ("configuring", "updating"),
            false => (accelerator.state, listener.state),
        }
    }

    fn accelerator(&self, id: &str) -> Result<&Accelerator, Refusal> {
        self.accelerators.get(id).ok_or_else(|| {
            bad(
                "NotExist.Accelerator",
                "The accelerated instance does not exist.",
            )
        })
    }

    fn listener(&self, id: &str) -> Result<&Listener, Refusal> {
        self.listeners
            .get(id)
            .ok_or_else(|| bad("NotExist.Listener", "The listener does not exist."))
    }

    /// The listener, where it is one of the accelerator's.
    fn listener_of(&self, accelerator: &str, id: &str) -> Result<&Listener, Refusal> {
        self.accelerator(accelerator)?;
        match self.listener(id)? {
            listener if listener.accelerator == accelerator => Ok(listener),
            _ => Err(bad("NotExist.Listener", "The listener does not exist.")),
        }
    }
}

fn region(call: &Call<'_>) -> Result<(), Refusal> {
    match required(call, "RegionId")? {
        "cn-hangzhou" => Ok(()),
        _ => Err(Refusal::new(
            404,
            "InvalidRegion.NotFound",
            "The specified RegionId does not exist.",
        )),
    }
}

fn missing(name: &str) -> Refusal {
    bad(
        &format!("Missing{name}"),
        &format!("{name} is mandatory for this action."),
    )
}

fn bad(code: &str, message: &str) -> Refusal {
    Refusal::new(400, code, message)
}
