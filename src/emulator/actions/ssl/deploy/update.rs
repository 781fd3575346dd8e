//! Replacing a certificate by another wherever it is deployed.

use std::time::Instant;

use serde_json::{Value, json};

use super::{
    Origin, PENDING, SUCCEEDED, instance_empty, pending, region_missing, settle, type_invalid,
    usable,
};
use crate::emulator::actions::ssl::certificates::write;
use crate::emulator::actions::ssl::{fields, of};
use crate::emulator::actions::{Account, Action, Call, Data};
use crate::emulator::reply::{Refusal, members};
use crate::emulator::scenario::PendingTask;

/// What is emulated of it.
pub const ACTIONS: &[Action] = &[of(
    "UpdateCertificateInstance",
    &[
        "OldCertificateId",
        "ResourceTypes",
        "CertificateId",
        "Regions",
        "ResourceTypesRegions",
        "CertificatePublicKey",
        "CertificatePrivateKey",
        "ExpiringNotificationSwitch",
        "Repeatable",
        "AllowDownload",
        "Tags",
        "ProjectId",
    ],
    update,
)];

/// The resource types that an update takes, and whether it has to be told their regions.
const TYPES: [(&str, bool); 16] = [
    ("clb", true),
    ("cdn", false),
    ("waf", true),
    ("live", false),
    ("ddos", false),
    ("teo", false),
    ("apigateway", true),
    ("vod", false),
    ("tke", true),
    ("tcb", true),
    ("tse", true),
    ("cos", true),
    ("mqtt", true),
    ("scf", true),
    ("tdmq", true),
    ("gaap", false),
];

/// An update whose instances are being collected.
pub struct Collecting {
    old: String,
    certificate: String,
    /// The new certificate's text, where that came instead of an id.
    chain: Option<String>,
    places: Vec<(String, Vec<String>)>,
    started: Instant,
}

/// UpdateCertificateInstance: no record until the instances are collected, so that the same call is
/// made again; then the record, and that one again as long as it is under way.
///
/// # Errors
/// The vendor's refusals.
pub fn update(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let old = fields::required_text(call, "OldCertificateId")?.to_owned();
    let kinds = fields::required_texts(call, "ResourceTypes", TYPES.len())?;
    fields::texts(call, "Regions")?;
    fields::bit(call, "ExpiringNotificationSwitch")?;
    let places = places(call, &kinds)?;
    settle(call, account);
    account.ssl.certificates.get(&old)?;
    let running =
        account.ssl.deploy.records.iter().find(|record| {
            record.origin == Origin::Update && record.old == old && record.is_running()
        });
    if let Some(record) = running {
        return match account.ssl.deploy.pending {
            PendingTask::Answer => Ok(answer(record.id, 0, &places, SUCCEEDED)),
            PendingTask::Refuse => Err(pending()),
        };
    }
    let certificate = match fields::text(call, "CertificateId")? {
        Some(id) => id.to_owned(),
        None => brought(call, account, &old, &places)?,
    };
    usable(call, account, &certificate)?;
    if old == certificate {
        return Err(Refusal::inside(
            "FailedOperation.InvalidParam",
            "The new certificate is the old one.",
        ));
    }
    let store = &mut account.ssl.deploy;
    let same =
        |one: &Collecting| one.old == old && one.certificate == certificate && one.places == places;
    let Some(at) = store.collecting.iter().position(same) else {
        let answer = answer(0, 0, &places, PENDING);
        store.collecting.push(Collecting {
            old,
            certificate,
            chain: fields::text(call, "CertificatePublicKey")?.map(str::to_owned),
            places,
            started: call.instant,
        });
        return Ok(answer);
    };
    if call.instant.duration_since(store.collecting[at].started) < store.settle / 2 {
        return Ok(answer(0, 0, &places, super::RUNNING));
    }
    store.collecting.remove(at);
    let targets: Vec<(usize, String)> = store
        .resources
        .iter()
        .enumerate()
        .filter(|(_, resource)| {
            let place = places.iter().find(|(kind, _)| kind == resource.kind);
            let here = place.is_some_and(|(_, regions)| {
                regions.is_empty() || regions.contains(&resource.region)
            });
            here && resource.bears(&old)
        })
        .map(|(index, _)| (index, certificate.clone()))
        .collect();
    if targets.is_empty() {
        return Err(instance_empty());
    }
    let record = store.record(call, Origin::Update, (&certificate, &old), targets);
    Ok(answer(record, 1, &places, SUCCEEDED))
}

/// The certificate that was brought instead of an id: uploaded with the first of the calls.
fn brought(
    call: &Call<'_>,
    account: &mut Account,
    old: &str,
    places: &[(String, Vec<String>)],
) -> Result<String, Refusal> {
    fields::switch(call, "AllowDownload")?;
    let chain = fields::required_text(call, "CertificatePublicKey")?;
    let known =
        account.ssl.deploy.collecting.iter().find(|one| {
            one.old == old && one.places == places && one.chain.as_deref() == Some(chain)
        });
    if let Some(one) = known {
        return Ok(one.certificate.clone());
    }
    let uploaded = write::upload(call, account)?;
    if uploaded["RepeatCertId"]
        .as_str()
        .is_some_and(|id| !id.is_empty())
    {
        return Err(Refusal::inside(
            "FailedOperation.CertificateExists",
            "The certificate already exists.",
        ));
    }
    let id = uploaded["CertificateId"].as_str().unwrap_or_default();
    Ok(id.to_owned())
}

fn answer(record: u64, status: u64, places: &[(String, Vec<String>)], progress: u64) -> Data {
    let types: Vec<Value> = places
        .iter()
        .map(|(kind, regions)| {
            let region = |region: &String| {
                json!({ "Region": region, "TotalCount": 0, "OffsetCount": 0, "Status": progress })
            };
            let regions: Vec<Value> = regions.iter().map(region).collect();
            json!({
                "ResourceType": kind, "UpdateSyncProgressRegions": regions, "Status": progress,
            })
        })
        .collect();
    members(json!({
        "DeployRecordId": record, "DeployStatus": status, "UpdateSyncProgress": types,
    }))
}

/// The types, each with its regions; an empty list stands for a type without any.
fn places(call: &Call<'_>, kinds: &[&str]) -> Result<Vec<(String, Vec<String>)>, Refusal> {
    let regions = regions(call)?;
    let place = |kind: &&str| {
        let known = TYPES.iter().find(|(name, _)| name == kind);
        let (_, regional) = known.ok_or_else(|| type_invalid(kind))?;
        let own = regions.iter().find(|(of, _)| of == kind);
        let own = own.map(|(_, regions)| regions.clone()).unwrap_or_default();
        match *regional && own.is_empty() {
            true => Err(region_missing()),
            false => Ok(((*kind).to_owned(), own)),
        }
    };
    kinds.iter().map(place).collect()
}

/// `ResourceTypesRegions`.
fn regions(call: &Call<'_>) -> Result<Vec<(String, Vec<String>)>, Refusal> {
    const NAME: &str = "ResourceTypesRegions";
    let items = match call.params.json.get(NAME) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(items)) => items,
        Some(_) => return Err(fields::mistyped(NAME, "a list of structures")),
    };
    let read = |item: &Value| {
        let of = item.as_object()?;
        let kind = of.get("ResourceType")?.as_str()?.to_owned();
        let regions = of.get("Regions")?.as_array()?.iter();
        let regions: Option<Vec<String>> = regions.map(|r| Some(r.as_str()?.to_owned())).collect();
        (of.len() == 2).then_some((kind, regions?))
    };
    let items = items.iter().map(read).collect::<Option<_>>();
    items.ok_or_else(|| fields::mistyped(NAME, "a list of a ResourceType and its Regions"))
}
