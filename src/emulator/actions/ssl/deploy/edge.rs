//! Tencent Cloud EdgeOne, 2022-09-01: the certificates of its domains, which are those that the store's
//! deployments know. A domain bears up to two, of different algorithms.

use std::time::Instant;

use serde_json::{Value, json};

use super::resources::Resource;
use super::{Store, settle};
use crate::cloud::Cloud;
use crate::emulator::actions::ssl::certificates::Store as Certificates;
use crate::emulator::actions::ssl::fields;
use crate::emulator::actions::{Account, Action, Call, Data, action};
use crate::emulator::reply::Refusal;

/// What is emulated of it.
pub const ACTIONS: &[Action] = &[Action {
    version: Some("2022-09-01"),
    per_second: Some(10),
    ..action(
        Cloud::Tencent,
        "ModifyHostsCertificate",
        &["ZoneId", "Hosts", "Mode", "ServerCertInfo", "ApplyType"],
        modify,
    )
}];

/// The members of a certificate; only its id says anything.
const CERTIFICATE: [&str; 7] = [
    "CertId",
    "Alias",
    "Type",
    "ExpireTime",
    "DeployTime",
    "SignAlgo",
    "CommonName",
];

/// The most certificates of a domain.
const MOST: usize = 2;

/// The zone of a domain; the fixture has two.
fn zone(host: &str) -> &'static str {
    match host.ends_with("example.com") {
        true => "zone-sandbox00001",
        false => "zone-sandbox00002",
    }
}

/// ModifyHostsCertificate: what the domains bore before is taken away. A domain whose last change is
/// still rolled out takes no other one.
fn modify(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let zone_id = fields::required_text(call, "ZoneId")?;
    let hosts = fields::required_texts(call, "Hosts", 200)?;
    let mode = fields::required_text(call, "Mode")?;
    fields::word(call, "ApplyType", &["none", "apply"])?;
    let given = fields::structs(call, "ServerCertInfo", &CERTIFICATE)?;
    settle(call, account);
    let certificates = match mode {
        "disable" if given.is_empty() => Vec::new(),
        "disable" => return Err(fields::unfit("ServerCertInfo", "nothing is set up")),
        "sslcert" => given
            .iter()
            .map(|members| members[0].ok_or_else(|| fields::missing("ServerCertInfo.N.CertId")))
            .collect::<Result<Vec<_>, _>>()?,
        "eofreecert" | "eofreecert_manual" => {
            return Err(Refusal::inside(
                "UnsupportedOperation",
                "Free certificates are not emulated.",
            ));
        }
        _ => return Err(fields::unfit("Mode", "disable or sslcert")),
    };
    if mode == "sslcert" && !(1..=MOST).contains(&certificates.len()) {
        return Err(invalid("it takes one certificate, or two"));
    }
    let targets = targets(&account.ssl.deploy, zone_id, &hosts)?;
    check(call, account, &certificates, &targets)?;
    let store = &mut account.ssl.deploy;
    for at in targets {
        let mut ids = certificates.iter().map(|id| (*id).to_owned());
        let resource = &mut store.resources[at];
        resource.certificate = ids.next().unwrap_or_default();
        resource.second = ids.next().unwrap_or_default();
        store.rolling.insert(at, call.instant);
    }
    Ok(Data::new())
}

/// The domains, each of which is in the zone.
fn targets(store: &Store, zone_id: &str, hosts: &[&str]) -> Result<Vec<usize>, Refusal> {
    let edge = || {
        let all = store.resources.iter().enumerate();
        all.filter(|(_, resource)| resource.kind == "teo")
    };
    if !edge().any(|(_, resource)| zone(&resource.parts[0]) == zone_id) {
        return Err(Refusal::inside(
            "InvalidParameter.ZoneNotFound",
            "The site does not exist.",
        ));
    }
    let target = |host: &&str| {
        let of = |resource: &Resource| resource.parts[0] == *host && zone(host) == zone_id;
        let found = edge().find(|(_, resource)| of(resource));
        found.map(|(at, _)| at).ok_or_else(|| {
            Refusal::inside(
                "InvalidParameter.HostNotFound",
                "The domain name does not exist.",
            )
        })
    };
    hosts.iter().map(target).collect()
}

fn check(
    call: &Call<'_>,
    account: &Account,
    certificates: &[&str],
    targets: &[usize],
) -> Result<(), Refusal> {
    let store = &account.ssl.deploy;
    let mut algorithms = Vec::new();
    for id in certificates {
        let certificate = account.ssl.certificates.get(id)?;
        if certificate.status(call.utc) != 1 {
            return Err(Refusal::inside(
                "FailedOperation.CertificateHasExpired",
                "The edge HTTPS certificate has expired.",
            ));
        }
        if algorithms.contains(&certificate.facts.algorithm) {
            return Err(invalid("two certificates have one algorithm"));
        }
        algorithms.push(certificate.facts.algorithm);
        let unmatched = |at: &&usize| !store.resources[**at].is_matched(&certificate.facts);
        if targets.iter().any(|at| unmatched(&at)) {
            return Err(Refusal::inside(
                "InvalidParameter.CertNotMatchDomain",
                "The certificate does not match the domain name.",
            ));
        }
    }
    for at in targets {
        if store.failing.contains(&store.resources[*at].parts[0]) {
            return Err(Refusal::inside(
                "FailedOperation.ModifyFailed",
                "Operation failed.",
            ));
        }
        if is_rolling(store, *at, call.instant) {
            return Err(Refusal::inside(
                "InvalidParameter.ActionInProgress",
                "Operations are too frequent. Please try again later.",
            ));
        }
    }
    Ok(())
}

fn is_rolling(store: &Store, at: usize, now: Instant) -> bool {
    let begun = store.rolling.get(&at);
    begun.is_some_and(|begun| now.duration_since(*begun) < store.settle)
}

fn invalid(why: &str) -> Refusal {
    Refusal::inside(
        "InvalidParameter.InvalidCertInfo",
        format!("Invalid edge HTTPS certificate information: {why}."),
    )
}

/// A domain in the lists: an entry for each certificate that it bears, or one that names none.
pub fn items(
    store: &Store,
    certificates: &Certificates,
    resource: &Resource,
    now: Instant,
) -> Vec<Value> {
    let host = &resource.parts[0];
    let at = store
        .resources
        .iter()
        .position(|of| of.parts == resource.parts && of.kind == "teo");
    let rolling = at.is_some_and(|at| is_rolling(store, at, now));
    let item = |id: &String| {
        let algorithm = certificates.find(id).map_or("", |of| of.facts.algorithm);
        json!({
            "Host": host, "CertId": id, "ZoneId": zone(host),
            "Status": if rolling { "processing" } else { "deployed" }, "Algorithm": algorithm,
        })
    };
    let second = Some(&resource.second).filter(|second| !second.is_empty());
    [&resource.certificate]
        .into_iter()
        .chain(second)
        .map(item)
        .collect()
}
