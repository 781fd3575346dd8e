//! What certificates are bound to: look-ups that are made in the background.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::{Map, Value, json};

use super::edge;
use super::hosts::{balancers, clusters, item};
use super::resources::Resource;
use super::{Store, digits, list_time, settle};
use crate::emulator::actions::ssl::certificates::Store as Certificates;
use crate::emulator::actions::ssl::{fields, of};
use crate::emulator::actions::{Account, Action, Call, Data};
use crate::emulator::reply::{Refusal, members};

/// What is emulated of the look-ups.
pub const ACTIONS: &[Action] = &[
    of(
        "CreateCertificateBindResourceSyncTask",
        &["CertificateIds", "IsCache"],
        create,
    ),
    of(
        "DescribeCertificateBindResourceTaskResult",
        &["TaskIds"],
        result,
    ),
    of(
        "DescribeCertificateBindResourceTaskDetail",
        &["TaskId", "Limit", "Offset", "ResourceTypes", "Regions"],
        detail,
    ),
];

/// A look-up.
pub struct Lookup {
    certificate: String,
    started: Instant,
}

/// The types that are looked through, each under its name in the details.
const TYPES: [&str; 16] = [
    "clb",
    "cdn",
    "waf",
    "ddos",
    "live",
    "vod",
    "tke",
    "apigateway",
    "tcb",
    "teo",
    "tse",
    "cos",
    "tdmq",
    "mqtt",
    "gaap",
    "scf",
];

/// The types whose details come region by region.
const BY_REGION: [&str; 10] = [
    "clb",
    "waf",
    "tke",
    "apigateway",
    "tcb",
    "tse",
    "cos",
    "tdmq",
    "mqtt",
    "scf",
];

/// How far a look-up is.
const RUNNING: u64 = 0;
const DONE: u64 = 1;
const FAILED: u64 = 2;

/// CreateCertificateBindResourceSyncTask.
///
/// # Errors
/// The vendor's refusals.
pub fn create(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let ids = fields::required_texts(call, "CertificateIds", usize::MAX)?;
    let cached = fields::bit(call, "IsCache")?.ok_or_else(|| fields::missing("IsCache"))?;
    if ids.len() > 100 {
        return Err(Refusal::inside(
            "FailedOperation.CertificateSyncTaskCertificateIdCountInvalid",
            "There are more than 100 certificate IDs.",
        ));
    }
    for id in &ids {
        account.ssl.certificates.get(id)?;
    }
    let store = &mut account.ssl.deploy;
    let mut tasks = Vec::new();
    for id in ids {
        let known = store.lookups.iter().rev().find(|(_, lookup)| {
            cached && lookup.certificate == id && status(store, lookup, call) == DONE
        });
        let task = known.map(|(task, _)| task.clone()).unwrap_or_else(|| {
            let task = store.id().to_string();
            let lookup = Lookup {
                certificate: id.to_owned(),
                started: call.instant,
            };
            store.lookups.insert(task.clone(), lookup);
            task
        });
        tasks.push(json!({ "CertId": id, "TaskId": task }));
    }
    Ok(members(json!({ "CertTaskIds": tasks })))
}

fn status(store: &Store, lookup: &Lookup, call: &Call<'_>) -> u64 {
    match call.instant.duration_since(lookup.started) < store.settle {
        true => RUNNING,
        false if store.failing.contains(&lookup.certificate) => FAILED,
        false => DONE,
    }
}

/// DescribeCertificateBindResourceTaskResult.
///
/// # Errors
/// The vendor's refusals.
pub fn result(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let ids = fields::required_texts(call, "TaskIds", 100)?;
    settle(call, account);
    let store = &account.ssl.deploy;
    let one = |id: &&str| {
        let lookup = store.lookups.get(*id).ok_or_else(unknown)?;
        let status = status(store, lookup, call);
        let found = match status {
            DONE => TYPES
                .iter()
                .map(|kind| counted(store, lookup, kind))
                .collect(),
            _ => Vec::new(),
        };
        let error = match status {
            FAILED => json!({ "Code": "InternalError", "Message": "The look-up failed." }),
            _ => Value::Null,
        };
        Ok(json!({
            "TaskId": id, "Status": status, "BindResourceResult": found, "Error": error,
            "CacheTime": list_time(call.utc),
        }))
    };
    let results = ids.iter().map(one).collect::<Result<Vec<_>, Refusal>>()?;
    Ok(members(json!({ "SyncTaskBindResourceResult": results })))
}

fn counted(store: &Store, lookup: &Lookup, kind: &'static str) -> Value {
    let mut regions: BTreeMap<&str, usize> = BTreeMap::new();
    if !BY_REGION.contains(&kind) {
        regions.insert("", 0);
    }
    for resource in bound(store, lookup, kind) {
        let region = if BY_REGION.contains(&kind) {
            resource.region.as_str()
        } else {
            ""
        };
        *regions.entry(region).or_default() += 1;
    }
    let region = |(region, count)| json!({ "Region": region, "TotalCount": count, "Error": "" });
    let regions: Vec<Value> = regions.into_iter().map(region).collect();
    json!({ "ResourceType": kind, "BindResourceRegionResult": regions })
}

fn bound<'a>(store: &'a Store, lookup: &Lookup, kind: &str) -> Vec<&'a Resource> {
    let resources = store.resources.iter();
    resources
        .filter(|resource| resource.kind == kind && resource.bears(&lookup.certificate))
        .collect()
}

/// DescribeCertificateBindResourceTaskDetail: a page holds so many instances of each type and
/// region. The page's numbers are texts here.
///
/// # Errors
/// The vendor's refusals.
pub fn detail(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let id = fields::required_text(call, "TaskId")?;
    let offset = digits(call, "Offset")?.unwrap_or(0);
    let limit = match digits(call, "Limit")?.unwrap_or(10) {
        limit @ 1..=100 => call.page(limit),
        _ => return Err(fields::unfit("Limit", "it is from 1 to 100")),
    };
    let kinds = fields::texts(call, "ResourceTypes")?;
    let regions = fields::texts(call, "Regions")?;
    settle(call, account);
    let (store, certificates) = (&account.ssl.deploy, &account.ssl.certificates);
    let lookup = store.lookups.get(id).ok_or_else(unknown)?;
    let status = status(store, lookup, call);
    let mut answer = members(json!({ "Status": status, "CacheTime": list_time(call.utc) }));
    for kind in TYPES {
        let asked = kinds.as_ref().is_none_or(|kinds| kinds.contains(&kind));
        let groups = match asked && status == DONE {
            true => groups(
                call,
                (store, certificates),
                lookup,
                kind,
                regions.as_deref(),
                (offset, limit),
            ),
            false => Vec::new(),
        };
        let groups = match groups.is_empty() && store.nulls {
            true => Value::Null,
            false => Value::Array(groups),
        };
        answer.insert(kind.to_uppercase(), groups);
    }
    Ok(answer)
}

fn groups(
    call: &Call<'_>,
    (store, certificates): (&Store, &Certificates),
    lookup: &Lookup,
    kind: &'static str,
    regions: Option<&[&str]>,
    (offset, limit): (usize, usize),
) -> Vec<Value> {
    let mut groups: BTreeMap<&str, Vec<&Resource>> = BTreeMap::new();
    let by_region = BY_REGION.contains(&kind);
    if !by_region {
        groups.insert("", Vec::new());
    }
    for resource in bound(store, lookup, kind) {
        let region = if by_region {
            resource.region.as_str()
        } else {
            ""
        };
        let wanted = !by_region || regions.is_none_or(|regions| regions.contains(&region));
        if wanted {
            groups.entry(region).or_default().push(resource);
        }
    }
    let group = |(region, found): (&str, Vec<&Resource>)| {
        let items = match kind {
            "clb" => balancers(&found),
            "tke" => clusters(&found),
            "teo" => {
                let items = found.iter();
                let items = items.flat_map(|of| edge::items(store, certificates, of, call.instant));
                let bound = |item: &Value| item["CertId"] == lookup.certificate.as_str();
                items.filter(bound).collect()
            }
            "tcb" => found
                .iter()
                .map(|resource| environment_host(resource))
                .collect(),
            _ => found.iter().map(|resource| item(resource)).collect(),
        };
        let total = items.len();
        let page: Vec<Value> = items.into_iter().skip(offset).take(limit).collect();
        let mut group = Map::new();
        if by_region {
            group.insert("Region".to_owned(), json!(region));
        }
        match kind {
            "tcb" => {
                let id = found
                    .first()
                    .map_or("", |resource| resource.parts[2].as_str());
                group.insert(
                    "Environments".to_owned(),
                    json!([{
                        "Environment": {
                            "ID": id, "Source": "qcloud", "Name": "sandbox", "Status": "NORMAL",
                        },
                        "AccessService": { "InstanceList": page, "TotalCount": total },
                        "HostService": { "InstanceList": [], "TotalCount": 0 },
                    }]),
                );
            }
            _ => {
                group.insert("InstanceList".to_owned(), Value::Array(page));
                group.insert("TotalCount".to_owned(), json!(total));
            }
        }
        group.insert("Error".to_owned(), json!(""));
        Value::Object(group)
    };
    groups.into_iter().map(group).collect()
}

fn environment_host(resource: &Resource) -> Value {
    json!({
        "Domain": resource.parts[3], "Status": 1, "UnionStatus": 1, "IsPreempted": false,
        "ICPStatus": 0, "OldCertificateId": resource.certificate,
    })
}

fn unknown() -> Refusal {
    Refusal::inside(
        "FailedOperation.CertificateSyncTaskIdInvalid",
        "The task ID of the bound resources is invalid.",
    )
}
