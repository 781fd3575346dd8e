//! What changes a listener's certificates: under a client token, one change an accelerator at a time.

use std::collections::BTreeMap;

use serde_json::json;

use crate::emulator::reply::{Refusal, members};

use super::{Account, Call, Data, Listener, Store, bad, missing, region, required};

/// Additional certificates of one listener.
const MAX_ADDITIONAL: usize = 25;
/// Pairs, or domains, in one call.
const MAX_PAIRS: usize = 10;

/// AssociateAdditionalCertificatesWithListener.
///
/// # Errors
/// The vendor's refusals. For a certificate that does not exist, a domain that has another one and
/// too many of them no code is published; the codes here are the emulator's own.
pub fn associate(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    region(call)?;
    let accelerator = required(call, "AcceleratorId")?;
    let listener = required(call, "ListenerId")?;
    let pairs = pairs(call)?;
    let store = &mut account.ga;
    let change = |listener: &mut Listener| {
        for (id, domain) in pairs {
            exists(&id)?;
            let earlier = listener.additional.insert(domain, id.clone());
            if earlier.is_some_and(|earlier| earlier != id) {
                return Err(bad(
                    "Exist.AdditionalCertificate",
                    "The domain has an additional certificate already.",
                ));
            }
        }
        match listener.additional.len() > MAX_ADDITIONAL {
            true => Err(bad(
                "QuotaExceeded.AdditionalCertificate",
                "The maximum number of additional certificates is exceeded.",
            )),
            false => Ok(()),
        }
    };
    let answer = json!({ "RequestId": call.request_id, "ListenerId": listener });
    store.write(
        call,
        "associate",
        (Some(accelerator), listener),
        answer,
        change,
    )
}

/// DissociateAdditionalCertificatesFromListener.
///
/// # Errors
/// As [`associate`].
pub fn dissociate(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    region(call)?;
    let accelerator = required(call, "AcceleratorId")?;
    let listener = required(call, "ListenerId")?;
    let domains = domains(call)?;
    let change = |listener: &mut Listener| {
        for domain in domains {
            if listener.additional.remove(&domain).is_none() {
                return Err(absent());
            }
        }
        Ok(())
    };
    let answer = json!({ "RequestId": call.request_id });
    let store = &mut account.ga;
    store.write(
        call,
        "dissociate",
        (Some(accelerator), listener),
        answer,
        change,
    )
}

/// UpdateAdditionalCertificateWithListener. A dry run that passes is refused, as its page says.
///
/// # Errors
/// As [`associate`].
pub fn update_additional(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    region(call)?;
    let accelerator = required(call, "AcceleratorId")?;
    let listener = required(call, "ListenerId")?;
    let domain = required(call, "Domain")?;
    let certificate = required(call, "CertificateId")?;
    let dry_run = match call.params.filled("DryRun") {
        None => false,
        Some(text) if text.eq_ignore_ascii_case("false") => false,
        Some(text) if text.eq_ignore_ascii_case("true") => true,
        Some(_) => {
            return Err(bad("InvalidParameter", "The specified DryRun is invalid."));
        }
    };
    let change = |listener: &mut Listener| {
        exists(certificate)?;
        match listener.additional.get_mut(domain) {
            None => return Err(absent()),
            Some(current) => *current = certificate.to_owned(),
        }
        match dry_run {
            true => Err(bad(
                "DryRunOperation",
                "Request validation has been passed with DryRun flag set.",
            )),
            false => Ok(()),
        }
    };
    let answer = json!({ "RequestId": call.request_id, "ListenerId": listener });
    let store = &mut account.ga;
    store.write(
        call,
        "update",
        (Some(accelerator), listener),
        answer,
        change,
    )
}

/// UpdateListener: name, description and default certificate.
///
/// # Errors
/// As [`associate`].
pub fn update_listener(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    if call.params.filled("RegionId").is_some() {
        region(call)?;
    }
    let listener = required(call, "ListenerId")?;
    let mut given: Vec<_> = call
        .params
        .flat
        .iter()
        .filter(|(name, _)| name.starts_with("Certificates"))
        .collect();
    let certificate = match (given.pop(), given.pop()) {
        (None, _) => None,
        (Some((name, id)), None) if name == "Certificates.1.Id" => Some(id.as_str()),
        _ => {
            return Err(bad(
                "InvalidParameter",
                "The specified Certificates is invalid.",
            ));
        }
    };
    let change = |listener: &mut Listener| {
        if let Some(certificate) = certificate {
            https(listener)?;
            exists(certificate)?;
            listener.default = Some(certificate.to_owned());
        }
        if let Some(name) = call.params.filled("Name") {
            listener.name = name.to_owned();
        }
        if let Some(description) = call.params.text("Description") {
            listener.description = description.to_owned();
        }
        Ok(())
    };
    let answer = json!({ "RequestId": call.request_id });
    account
        .ga
        .write(call, "listener", (None, listener), answer, change)
}

impl Store {
    /// Makes a change to a copy of the listener, which takes the listener's place if all went well.
    fn write(
        &mut self,
        call: &Call<'_>,
        action: &str,
        (accelerator_id, listener_id): (Option<&str>, &str),
        answer: serde_json::Value,
        change: impl FnOnce(&mut Listener) -> Result<(), Refusal>,
    ) -> Result<Data, Refusal> {
        let token = call.params.filled("ClientToken");
        if token.is_some_and(|token| !token.is_ascii() || token.len() > 64) {
            return Err(bad(
                "InvalidParameter",
                "The specified ClientToken is invalid.",
            ));
        }
        let asked = business(call, action);
        if let Some((earlier, answer)) = token.and_then(|token| self.tokens.get(token)) {
            return match *earlier == asked {
                true => Ok(answer.clone()),
                false => Err(bad(
                    "IdempotentParameterMismatch",
                    "The request uses the same client token as a previous, but non-identical \
                     request.",
                )),
            };
        }
        let listener = match accelerator_id {
            Some(accelerator) => self.listener_of(accelerator, listener_id)?,
            None => self.listener(listener_id)?,
        };
        let accelerator = self.accelerator(&listener.accelerator)?;
        if accelerator.state != "active" || accelerator.busy(call.instant) {
            return Err(bad(
                "StateError.Accelerator",
                "The state of the accelerated instance is invalid.",
            ));
        }
        if listener.state != "active" {
            return Err(bad("NotActive.Listener", "The listener is not active."));
        }
        if accelerator_id.is_some() {
            https(listener)?;
        }
        let mut changed = Listener {
            accelerator: listener.accelerator.clone(),
            name: listener.name.clone(),
            description: listener.description.clone(),
            default: listener.default.clone(),
            additional: BTreeMap::clone(&listener.additional),
            ..*listener
        };
        change(&mut changed)?;
        let until = call.instant + self.settle;
        if let Some(accelerator) = self.accelerators.get_mut(&changed.accelerator) {
            accelerator.busy_until = Some(until);
        }
        self.listeners.insert(listener_id.to_owned(), changed);
        let answer = members(answer);
        if let Some(token) = token {
            self.tokens
                .insert(token.to_owned(), (asked, answer.clone()));
        }
        Ok(answer)
    }
}

fn https(listener: &Listener) -> Result<(), Refusal> {
    match listener.protocol {
        "HTTPS" => Ok(()),
        _ => Err(bad(
            "ProtocalIllegal.Listener",
            "The specified listener protocol is invalid.",
        )),
    }
}

fn exists(certificate: &str) -> Result<(), Refusal> {
    let number = certificate.strip_suffix("-cn-hangzhou");
    let exists = number.is_some_and(|number| {
        !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit() || b == b'*')
    });
    match exists {
        true => Ok(()),
        false => Err(bad(
            "NotExist.Certificate",
            "The certificate does not exist.",
        )),
    }
}

fn absent() -> Refusal {
    bad(
        "NotExist.AdditionalCertificate",
        "The domain has no additional certificate.",
    )
}

/// `Certificates.N.Id` and `Certificates.N.Domain`, counted from 1 without gaps.
fn pairs(call: &Call<'_>) -> Result<Vec<(String, String)>, Refusal> {
    let given = given(call, "Certificates");
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
    distinct(pairs.iter().map(|(_, domain)| domain))?;
    Ok(pairs)
}

/// `Domains.N`, counted from 1 without gaps.
fn domains(call: &Call<'_>) -> Result<Vec<String>, Refusal> {
    let numbered = (1..).map_while(|n| call.params.filled(&format!("Domains.{n}")));
    let domains: Vec<String> = numbered.map(str::to_owned).collect();
    if domains.is_empty() {
        return Err(missing("Domains"));
    }
    if given(call, "Domains") != domains.len() || domains.len() > MAX_PAIRS {
        return Err(bad("InvalidParameter", "The specified Domains is invalid."));
    }
    distinct(domains.iter())?;
    Ok(domains)
}

fn given(call: &Call<'_>, list: &str) -> usize {
    let names = call.params.flat.iter();
    names.filter(|(name, _)| name.starts_with(list)).count()
}

fn distinct<'a>(domains: impl Iterator<Item = &'a String>) -> Result<(), Refusal> {
    let mut domains: Vec<_> = domains.collect();
    domains.sort();
    match domains.windows(2).any(|pair| pair[0] == pair[1]) {
        true => Err(bad("InvalidParameter", "A domain is given more than once.")),
        false => Ok(()),
    }
}

/// What a repeated token must find unchanged: everything but what each attempt renews.
fn business(call: &Call<'_>, action: &str) -> Vec<(String, String)> {
    const OWN: [&str; 10] = [
        "RegionId",
        "AcceleratorId",
        "ListenerId",
        "Certificates.",
        "Domains.",
        "Domain",
        "CertificateId",
        "DryRun",
        "Name",
        "Description",
    ];
    let mut asked: Vec<_> = call
        .params
        .flat
        .iter()
        .filter(|(name, _)| {
            let own = |own: &&str| name == own || own.ends_with('.') && name.starts_with(*own);
            OWN.iter().any(own)
        })
        .cloned()
        .collect();
    asked.push(("Action".to_owned(), action.to_owned()));
    asked.sort();
    asked
}
