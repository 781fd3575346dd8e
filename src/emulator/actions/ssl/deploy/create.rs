//! Deploying a certificate to chosen instances.

use serde_json::{Value, json};

use super::resources::{REGIONAL, Shape, form};
use super::{Origin, instance_empty, pending, region_missing, settle, type_invalid, usable};
use crate::emulator::actions::ssl::{fields, of};
use crate::emulator::actions::{Account, Action, Call, Data};
use crate::emulator::reply::{Refusal, members};
use crate::emulator::scenario::PendingTask;

/// What is emulated of it.
pub const ACTIONS: &[Action] = &[of(
    "DeployCertificateInstance",
    &[
        "CertificateId",
        "InstanceIdList",
        "ResourceType",
        "Status",
        "IsCache",
    ],
    deploy,
)];

/// DeployCertificateInstance: a task, unless one of the certificate and type is under way. One
/// instance at fault has the whole list refused.
///
/// # Errors
/// The vendor's refusals.
pub fn deploy(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let certificate = fields::required_text(call, "CertificateId")?;
    let ids = fields::required_texts(call, "InstanceIdList", 500)?;
    let kind = fields::text(call, "ResourceType")?.unwrap_or("clb");
    fields::bit(call, "IsCache")?;
    if let Some(status) = call.params.json.get("Status").filter(|v| !v.is_null()) {
        status
            .as_i64()
            .filter(|status| (-1..=1).contains(status))
            .ok_or_else(|| fields::mistyped("Status", "an integer, -1, 0 or 1,"))?;
    }
    settle(call, account);
    let (least, most) = form(kind).ok_or_else(|| type_invalid(kind))?;
    let region = call.params.region.as_deref();
    if REGIONAL.contains(&kind) && region.is_none() {
        return Err(region_missing());
    }
    usable(call, account, certificate)?;
    let running = account.ssl.deploy.records.iter().find(|record| {
        let same = record.certificate == certificate && record.kinds.iter().any(|of| of == kind);
        record.origin == Origin::Deploy && same && record.is_running()
    });
    if let Some(record) = running {
        return match account.ssl.deploy.pending {
            PendingTask::Answer => Ok(task(record.id, 0)),
            PendingTask::Refuse => Err(pending()),
        };
    }
    let mut targets = Vec::new();
    for id in ids {
        let parts: Vec<&str> = id.split('|').collect();
        let whole = (least..=most).contains(&parts.len()) && parts.iter().all(|p| !p.is_empty());
        let switched = kind != "cdn" || matches!(parts.last(), Some(&("on" | "off")));
        if !whole || !switched || id.contains('#') {
            return Err(malformed());
        }
        let at = find(account, kind, region, &parts)?;
        check(account, certificate, at)?;
        targets.push((at, certificate.to_owned()));
    }
    let record = account
        .ssl
        .deploy
        .record(call, Origin::Deploy, (certificate, ""), targets);
    Ok(task(record, 1))
}

/// What names a task: its record, and whether it was made now.
pub fn task(record: u64, status: u64) -> Data {
    members(json!({ "DeployRecordId": record, "DeployStatus": Value::from(status) }))
}

/// The resource of an id's parts.
fn find(
    account: &Account,
    kind: &str,
    region: Option<&str>,
    parts: &[&str],
) -> Result<usize, Refusal> {
    let resources = &account.ssl.deploy.resources;
    let here = |region_of: &str| !REGIONAL.contains(&kind) || region == Some(region_of);
    let found = resources.iter().position(|resource| {
        resource.kind == kind && here(&resource.region) && resource.is_named(parts)
    });
    found.ok_or_else(|| {
        // A listener with SNI is named with a domain, one without SNI alone.
        let of_listener = |resource: &super::Resource| {
            kind == "clb" && resource.parts.len() >= 2 && resource.parts[..2] == parts[..2]
        };
        match resources.iter().any(of_listener) {
            true => malformed(),
            false => instance_empty(),
        }
    })
}

fn check(account: &Account, certificate: &str, at: usize) -> Result<(), Refusal> {
    let resource = &account.ssl.deploy.resources[at];
    let facts = &account.ssl.certificates.get(certificate)?.facts;
    let bare = resource.shape == Shape::Listener && !resource.takes_certificates();
    let fits = resource.takes_certificates() && resource.is_matched(facts);
    match resource.bears(certificate) || bare || !fits {
        true => Err(Refusal::inside(
            "FailedOperation.CertificateNotDeployInstance",
            "The certificate cannot be deployed to the instance list.",
        )),
        false => Ok(()),
    }
}

fn malformed() -> Refusal {
    Refusal::inside(
        "FailedOperation.CertificateDeployInstanceFormatError",
        "The format of the instance list is incorrect.",
    )
}
