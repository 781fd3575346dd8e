//! Alibaba Cloud Global Accelerator, 2019-11-20: listeners and their additional certificates.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cloud::Cloud;
use crate::emulator::reply::{Refusal, members};
use crate::emulator::scenario::AccountChanges;

use super::{Account, Action, Call, Data, Handler, action, required};

/// The vendor publishes no rates for GA; 100 is what most reads of its other products have.
const fn of(name: &'static str, params: &'static [&'static str], handle: Handler) -> Action {
    Action {
        version: Some("2019-11-20"),
        per_second: Some(100),
        ..action(Cloud::Alibaba, name, params, handle)
    }
}

/// What is emulated of Global Accelerator.
#[rustfmt::skip] // a line for the action and one for its parameters: a table, not calls
pub const ACTIONS: &[Action] = &[
    of("AssociateAdditionalCertificatesWithListener",
        &["ClientToken", "AcceleratorId", "ListenerId", "Certificates."], associate),
    of("DescribeListener", &["ListenerId"], describe_listener),
    of("DescribeAccelerator", &["AcceleratorId"], describe_accelerator),
    of("ListListenerCertificates",
        &["AcceleratorId", "ListenerId", "Role", "MaxResults", "NextToken"], list_certificates),
];

/// Additional certificates of one listener.
const MAX_ADDITIONAL: usize = 25;
/// Pairs in one call.
const MAX_PAIRS: usize = 10;

/// The account's accelerators and what their client tokens have done.
pub struct Store {
    accelerators: BTreeMap<&'static str, Accelerator>,
    listeners: BTreeMap<&'static str, Listener>,
    tokens: HashMap<String, (Vec<(String, String)>, Data)>,
    settle: Duration,
}

struct Accelerator {
    state: &'static str,
    busy_until: Option<Instant>,
}

struct Listener {
    accelerator: &'static str,
    protocol: &'static str,
    state: &'static str,
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

const LISTENERS: [(&str, &str, &str, &str); 6] = [
    (
        "lsr-bp1bpn0kn908w4nbw****",
        "ga-bp1odcab8tmno0hdq****",
        "HTTPS",
        "active",
    ),
    (
        "lsr-bp1sandboxhttps0002",
        "ga-bp1odcab8tmno0hdq****",
        "HTTPS",
        "active",
    ),
    (
        "lsr-bp1sandboxhttp00001",
        "ga-bp1odcab8tmno0hdq****",
        "HTTP",
        "active",
    ),
    (
        "lsr-bp1sandboxupdating1",
        "ga-bp1odcab8tmno0hdq****",
        "HTTPS",
        "updating",
    ),
    (
        "lsr-bp1sandboxsecond001",
        "ga-bp1sandboxsecond0001",
        "HTTPS",
        "active",
    ),
    (
        "lsr-bp1sandboxbinding01",
        "ga-bp1sandboxbinding001",
        "HTTPS",
        "active",
    ),
];

/// The certificate every HTTPS listener answers with by default.
const DEFAULT_CERTIFICATE: &str = "1000001-cn-hangzhou";

impl Store {
    /// The fixture's accelerators.
    pub fn new(changes: &AccountChanges) -> Self {
        Store {
            accelerators: ACCELERATORS
                .into_iter()
                .map(|(id, state)| {
                    let accelerator = Accelerator {
                        state,
                        busy_until: None,
                    };
                    (id, accelerator)
                })
                .collect(),
            listeners: LISTENERS
                .into_iter()
                .map(|(id, accelerator, protocol, state)| {
                    let listener = Listener {
                        accelerator,
                        protocol,
                        state,
                        additional: BTreeMap::new(),
                    };
                    (id, listener)
                })
                .collect(),
            tokens: HashMap::new(),
            settle: Duration::from_millis(changes.ga_settle_ms.unwrap_or(200)),
        }
    }

    fn states(&self, listener: &Listener, now: Instant) -> (&'static str, &'static str) {
        let accelerator = &self.accelerators[listener.accelerator];
        match accelerator.busy(now) {
            true => ("configuring", "updating"),
            false => (accelerator.state, listener.state),
        }
    }
}

/// AssociateAdditionalCertificatesWithListener.
///
/// # Errors
/// The vendor's refusals. For a certificate that does not exist, a domain that has another one and
/// too many of them no code is published; the codes here are the emulator's own.
pub fn associate(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let store = &mut account.ga;
    region(call)?;
    let accelerator_id = required(call, "AcceleratorId")?;
    let listener_id = required(call, "ListenerId")?;
    let pairs = pairs(call)?;
    let token = call.params.filled("ClientToken");
    if token.is_some_and(|token| !token.is_ascii() || token.len() > 64) {
        return Err(bad(
            "InvalidParameter",
            "The specified ClientToken is invalid.",
        ));
    }
    let asked = business(call);
    if let Some((earlier, answer)) = token.and_then(|token| store.tokens.get(token)) {
        return match *earlier == asked {
            true => Ok(answer.clone()),
            false => Err(bad(
                "IdempotentParameterMismatch",
                "The request uses the same client token as a previous, but non-identical request.",
            )),
        };
    }
    let now = call.instant;
    let accelerator = store.accelerators.get(accelerator_id).ok_or_else(|| {
        bad(
            "NotExist.Accelerator",
            "The accelerated instance does not exist.",
        )
    })?;
    let listener = store
        .listeners
        .get(listener_id)
        .filter(|listener| listener.accelerator == accelerator_id)
        .ok_or_else(|| bad("NotExist.Listener", "The listener does not exist."))?;
    if accelerator.state != "active" || accelerator.busy(now) {
        return Err(bad(
            "StateError.Accelerator",
            "The state of the accelerated instance is invalid.",
        ));
    }
    if listener.state != "active" {
        return Err(bad("NotActive.Listener", "The listener is not active."));
    }
    if listener.protocol != "HTTPS" {
        return Err(bad(
            "ProtocalIllegal.Listener",
            "The specified listener protocol is invalid.",
        ));
    }
    let mut additional = listener.additional.clone();
    for (id, domain) in &pairs {
        let exists = id.strip_suffix("-cn-hangzhou").is_some_and(|number| {
            !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit() || b == b'*')
        });
        if !exists {
            return Err(bad(
                "NotExist.Certificate",
                "The certificate does not exist.",
            ));
        }
        let earlier = additional.insert(domain.clone(), id.clone());
        if earlier.is_some_and(|earlier| earlier != *id) {
            return Err(bad(
                "Exist.AdditionalCertificate",
                "The domain has an additional certificate already.",
            ));
        }
    }
    if additional.len() > MAX_ADDITIONAL {
        return Err(bad(
            "QuotaExceeded.AdditionalCertificate",
            "The maximum number of additional certificates is exceeded.",
        ));
    }
    if let Some(listener) = store.listeners.get_mut(listener_id) {
        listener.additional = additional;
    }
    if let Some(accelerator) = store.accelerators.get_mut(accelerator_id) {
        accelerator.busy_until = Some(now + store.settle);
    }
    let answer = members(json!({ "RequestId": call.request_id, "ListenerId": listener_id }));
    if let Some(token) = token {
        store
            .tokens
            .insert(token.to_owned(), (asked, answer.clone()));
    }
    Ok(answer)
}

/// DescribeListener.
///
/// # Errors
/// The vendor's refusals.
pub fn describe_listener(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    region(call)?;
    let id = required(call, "ListenerId")?;
    let listener = account
        .ga
        .listeners
        .get(id)
        .ok_or_else(|| bad("NotExist.Listener", "The listener does not exist."))?;
    let certificates: Vec<_> = (listener.protocol == "HTTPS")
        .then(|| json!({ "Id": DEFAULT_CERTIFICATE, "Type": "Server" }))
        .into_iter()
        .collect();
    Ok(members(json!({
        "ListenerId": id,
        "AcceleratorId": listener.accelerator,
        "Name": "sandbox",
        "Description": "",
        "Protocol": listener.protocol,
        "State": account.ga.states(listener, call.instant).1,
        "Certificates": certificates,
        "PortRanges": [{ "FromPort": 443, "ToPort": 443 }],
        "SecurityPolicyId": "tls_cipher_policy_1_2",
        "CreateTime": "1577836800000",
    })))
}

/// DescribeAccelerator.
///
/// # Errors
/// The vendor's refusals.
pub fn describe_accelerator(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    region(call)?;
    let id = required(call, "AcceleratorId")?;
    let accelerator = account.ga.accelerators.get(id).ok_or_else(|| {
        bad(
            "NotExist.Accelerator",
            "The accelerated instance does not exist.",
        )
    })?;
    let state = match accelerator.busy(call.instant) {
        true => "configuring",
        false => accelerator.state,
    };
    Ok(members(json!({
        "AcceleratorId": id,
        "Name": "sandbox",
        "State": state,
        "RegionId": "cn-hangzhou",
        "Spec": "1",
        "InstanceChargeType": "PREPAY",
        "DnsName": format!("{}.aliyunga0017.com", id.trim_end_matches('*')),
        "CreateTime": 1_577_836_800_000_i64,
    })))
}

/// ListListenerCertificates.
///
/// # Errors
/// The vendor's refusals.
pub fn list_certificates(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    region(call)?;
    let accelerator = required(call, "AcceleratorId")?;
    let id = required(call, "ListenerId")?;
    let listener = account
        .ga
        .listeners
        .get(id)
        .filter(|listener| listener.accelerator == accelerator)
        .ok_or_else(|| bad("NotExist.Listener", "The listener does not exist."))?;
    let state = account.ga.states(listener, call.instant).1;
    let role = call.params.filled("Role");
    let default = json!({
        "CertificateId": DEFAULT_CERTIFICATE, "IsDefault": true, "State": state,
    });
    let mut rows: Vec<Value> = Vec::new();
    if role != Some("additional") && listener.protocol == "HTTPS" {
        rows.push(default);
    }
    if role != Some("default") {
        rows.extend(listener.additional.iter().map(|(domain, certificate)| {
            json!({
                "CertificateId": certificate, "Domain": domain, "IsDefault": false, "State": state,
            })
        }));
    }
    let number = |name: &str, default: usize| match call.params.filled(name) {
        None => Ok(default),
        Some(text) => text
            .parse::<usize>()
            .map_err(|_| bad("InvalidParameter", "A number is not valid.")),
    };
    let size = number("MaxResults", 20)?;
    if !(1..=50).contains(&size) {
        return Err(bad(
            "InvalidParameter",
            "The specified MaxResults is invalid.",
        ));
    }
    let size = call.page(size);
    let start = number("NextToken", 0)?;
    let next = (start + size < rows.len()).then(|| (start + size).to_string());
    Ok(members(json!({
        "TotalCount": rows.len(),
        "MaxResults": size,
        "NextToken": next.unwrap_or_default(),
        "Certificates": rows.into_iter().skip(start).take(size).collect::<Vec<_>>(),
    })))
}

/// `Certificates.N.Id` and `Certificates.N.Domain`, counted from 1 without gaps.
fn pairs(call: &Call<'_>) -> Result<Vec<(String, String)>, Refusal> {
    let given = call
        .params
        .flat
        .iter()
        .filter(|(name, _)| name.starts_with("Certificates"))
        .count();
    let mut pairs = Vec::new();
    loop {
        let member = |member: &str| {
            let name = format!("Certificates.{}.{member}", pairs.len() + 1);
            call.params.filled(&name).map(str::to_owned)
        };
        match (member("Id"), member("Domain")) {
            (Some(id), Some(domain)) => pairs.push((id, domain)),
            (None, None) => break,
            _ => return Err(missing("Certificates")),
        }
    }
    if pairs.is_empty() {
        return Err(missing("Certificates"));
    }
    if given != pairs.len() * 2 || pairs.len() > MAX_PAIRS {
        return Err(bad(
            "InvalidParameter",
            "The specified Certificates is invalid.",
        ));
    }
    let mut domains: Vec<_> = pairs.iter().map(|(_, domain)| domain).collect();
    domains.sort();
    if domains.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(bad("InvalidParameter", "A domain is given more than once."));
    }
    Ok(pairs)
}

/// What a repeated token must find unchanged: everything but what each attempt renews.
fn business(call: &Call<'_>) -> Vec<(String, String)> {
    let own = ["RegionId", "AcceleratorId", "ListenerId"];
    let mut asked: Vec<_> = call
        .params
        .flat
        .iter()
        .filter(|(name, _)| own.contains(&name.as_str()) || name.starts_with("Certificates."))
        .cloned()
        .collect();
    asked.sort();
    asked
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
