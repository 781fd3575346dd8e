//! The records of deployments and updates: lists, details, trying again, taking back.

use serde_json::{Value, json};

use super::create::task;
use super::{
    FAILED, Item, Origin, Outcome, PENDING, RUNNING, Record, SUCCEEDED, Store, detail_time, digits,
    limit, list_time, page, settle, unknown_record,
};
use crate::emulator::actions::ssl::{fields, of};
use crate::emulator::actions::{Account, Action, Call, Data};
use crate::emulator::reply::{Refusal, members};

/// What is emulated of the records.
pub const ACTIONS: &[Action] = &[
    of(
        "DescribeHostDeployRecord",
        &["CertificateId", "Offset", "Limit", "ResourceType"],
        deploys,
    ),
    of(
        "DescribeHostUpdateRecord",
        &["CertificateId", "OldCertificateId", "Offset", "Limit"],
        updates,
    ),
    of(
        "DescribeHostDeployRecordDetail",
        &["DeployRecordId", "Offset", "Limit"],
        deploy_detail,
    ),
    of(
        "DescribeHostUpdateRecordDetail",
        &["DeployRecordId", "Offset", "Limit"],
        update_detail,
    ),
    of(
        "DeployCertificateRecordRetry",
        &["DeployRecordId", "DeployRecordDetailId"],
        |call, account| retry(call, account, Origin::Deploy),
    ),
    of(
        "UpdateCertificateRecordRetry",
        &["DeployRecordId", "DeployRecordDetailId"],
        |call, account| retry(call, account, Origin::Update),
    ),
    of(
        "DeployCertificateRecordRollback",
        &["DeployRecordId"],
        |call, account| rollback(call, account, Origin::Deploy),
    ),
    of(
        "UpdateCertificateRecordRollback",
        &["DeployRecordId"],
        |call, account| rollback(call, account, Origin::Update),
    ),
];

/// DescribeHostDeployRecord, newest first.
///
/// # Errors
/// The vendor's refusals.
pub fn deploys(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let certificate = fields::required_text(call, "CertificateId")?;
    let kind = fields::text(call, "ResourceType")?;
    let (offset, limit) = page(call)?;
    settle(call, account);
    let of_kind =
        |record: &Record| kind.is_none_or(|kind| record.kinds.iter().any(|of| of == kind));
    let rows = listed(&account.ssl.deploy, |record| {
        record.origin == Origin::Deploy && record.certificate == certificate && of_kind(record)
    });
    let row = |record: &&Record| {
        json!({
            "Id": record.id, "CertId": record.certificate,
            "ResourceType": record.kinds.first(), "Region": record.regions.first().map_or("", |r| r),
            "Status": record.status(),
            "CreateTime": list_time(record.created), "UpdateTime": list_time(record.created),
        })
    };
    Ok(paged(call, rows.iter().map(row).collect(), offset, limit))
}

/// DescribeHostUpdateRecord, newest first.
///
/// # Errors
/// The vendor's refusals.
pub fn updates(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let certificate = fields::text(call, "CertificateId")?;
    let old = fields::text(call, "OldCertificateId")?;
    let (offset, limit) = page(call)?;
    settle(call, account);
    let rows = listed(&account.ssl.deploy, |record| {
        record.origin == Origin::Update
            && certificate.is_none_or(|id| record.certificate == id)
            && old.is_none_or(|id| record.old == id)
    });
    let row = |record: &&Record| {
        json!({
            "Id": record.id, "CertId": record.certificate, "OldCertId": record.old,
            "ResourceTypes": record.kinds, "Regions": record.regions,
            "Status": record.status(),
            "CreateTime": list_time(record.created), "UpdateTime": list_time(record.created),
        })
    };
    Ok(paged(call, rows.iter().map(row).collect(), offset, limit))
}

fn listed(store: &Store, fits: impl Fn(&Record) -> bool) -> Vec<&Record> {
    let mut records: Vec<&Record> = store.records.iter().filter(|r| fits(r)).collect();
    records.reverse();
    records
}

fn paged(call: &Call<'_>, rows: Vec<Value>, offset: usize, limit: usize) -> Data {
    let total = rows.len();
    let rows: Vec<Value> = rows
        .into_iter()
        .skip(offset)
        .take(call.page(limit))
        .collect();
    members(json!({ "TotalCount": total, "DeployRecordList": rows }))
}

/// DescribeHostDeployRecordDetail: the record's id is a text here.
///
/// # Errors
/// The vendor's refusals.
pub fn deploy_detail(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let id = fields::required_text(call, "DeployRecordId")?;
    let (offset, limit) = page(call)?;
    settle(call, account);
    let store = &account.ssl.deploy;
    let record = find(store, Origin::Deploy, id)?;
    let (mut answer, items) = detail(call, store, record);
    let rows: Vec<Value> = items
        .into_iter()
        .skip(offset)
        .take(call.page(limit))
        .map(|item| row(store, item, call, Origin::Deploy))
        .collect();
    answer.insert("DeployRecordDetailList".to_owned(), Value::Array(rows));
    Ok(answer)
}

/// DescribeHostUpdateRecordDetail: not only the record's id but the page as well is texts here. The
/// page is cut out of each type's items.
///
/// # Errors
/// The vendor's refusals.
pub fn update_detail(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let id = fields::required_text(call, "DeployRecordId")?;
    let offset = digits(call, "Offset")?.unwrap_or(0);
    let limit = limit(digits(call, "Limit")?.map(|limit| limit as u64))?;
    settle(call, account);
    let store = &account.ssl.deploy;
    let record = find(store, Origin::Update, id)?;
    let (mut answer, items) = detail(call, store, record);
    let kind_of = |item: &Item| store.resources[item.resource].kind;
    let mut kinds: Vec<&str> = Vec::new();
    for item in &items {
        if !kinds.contains(&kind_of(item)) {
            kinds.push(kind_of(item));
        }
    }
    let group = |kind: &&str| {
        let of_kind = || items.iter().filter(|item| kind_of(item) == *kind);
        let page = of_kind().skip(offset).take(call.page(limit));
        let rows: Vec<Value> = page
            .map(|item| row(store, item, call, Origin::Update))
            .collect();
        json!({ "ResourceType": kind, "List": rows, "TotalCount": of_kind().count() })
    };
    let groups: Vec<Value> = kinds.iter().map(group).collect();
    answer.insert("RecordDetailList".to_owned(), Value::Array(groups));
    Ok(answer)
}

fn find<'a>(store: &'a Store, origin: Origin, id: &str) -> Result<&'a Record, Refusal> {
    let mut records = store.records.iter();
    records
        .find(|record| record.origin == origin && record.id.to_string() == id)
        .ok_or_else(unknown_record)
}

/// The counts and the items. A record that was made just now has none yet.
fn detail<'a>(call: &Call<'_>, store: &Store, record: &'a Record) -> (Data, Vec<&'a Item>) {
    let young = call.instant.duration_since(record.started) < store.settle / 4;
    let first = |item: &Item| item.started == record.started && item.outcome.is_none();
    let fresh = young && record.items.iter().all(first);
    let items: Vec<&Item> = match fresh {
        true => Vec::new(),
        false => record.items.iter().collect(),
    };
    let count = |status| {
        let of = |item: &&&Item| store.status(item, call.instant) == status;
        items.iter().filter(of).count()
    };
    let answer = members(json!({
        "TotalCount": items.len(),
        "SuccessTotalCount": count(SUCCEEDED), "FailedTotalCount": count(FAILED),
        "RunningTotalCount": count(RUNNING),
        // The international site has no such member.
        "PendingTotalCount": if store.nulls { Value::Null } else { json!(count(PENDING)) },
    }));
    (answer, items)
}

fn row(store: &Store, item: &Item, call: &Call<'_>, origin: Origin) -> Value {
    let resource = &store.resources[item.resource];
    let status = store.status(item, call.instant);
    let error = match status {
        FAILED => "The product refused the certificate.",
        _ => "",
    };
    let part = |at: usize| resource.parts.get(at).map_or("", String::as_str);
    let mut row = members(json!({
        "Id": item.id, "CertId": item.certificate, "OldCertId": item.old, "Status": status,
        "ErrorMsg": error, "Domains": resource.domains,
        "CreateTime": detail_time(item.begun), "UpdateTime": detail_time(item.begun),
        "InstanceId": "", "InstanceName": "", "ListenerId": "", "ListenerName": "",
        "Protocol": "", "SniSwitch": 0, "Bucket": "", "Namespace": "", "SecretName": "",
        "Port": 0, "EnvId": "", "TCBType": "", "Region": "",
    }));
    if origin == Origin::Update {
        row.insert("ResourceType".to_owned(), json!(resource.kind));
        row.insert("Region".to_owned(), json!(resource.region));
        if store.nulls {
            for name in [
                "InstanceName",
                "ListenerName",
                "Bucket",
                "Namespace",
                "SecretName",
            ] {
                row.insert(name.to_owned(), Value::Null);
            }
        }
    }
    let shown = match resource.kind {
        "cdn" if origin == Origin::Deploy => {
            json!({ "Domains": [format!("{}|on", part(0))] })
        }
        "clb" => json!({
            "InstanceId": part(0), "InstanceName": "sandbox", "ListenerId": part(1),
            "ListenerName": "sandbox", "Protocol": "HTTPS",
            "SniSwitch": u8::from(resource.parts.len() == 3),
        }),
        // A text in the vendor's own sample, though a number is documented.
        "ddos" => json!({ "InstanceId": part(0), "Port": part(2), "Protocol": "https" }),
        "apigateway" => json!({ "InstanceId": part(0), "Protocol": "http&https" }),
        "cos" => json!({ "Bucket": part(1) }),
        "lighthouse" => json!({ "InstanceId": part(1) }),
        "tke" => json!({
            "InstanceId": part(0), "Namespace": part(1), "SecretName": part(2), "Domains": [],
        }),
        "tse" | "gaap" => json!({ "InstanceId": part(0), "ListenerId": part(1) }),
        "tcb" => json!({ "TCBType": part(0), "Region": part(1), "EnvId": part(2) }),
        "mqtt" | "tdmq" => json!({ "InstanceId": part(0), "Domains": [] }),
        _ => json!({}),
    };
    row.extend(members(shown));
    Value::Object(row)
}

/// …RecordRetry: what failed of a record, or one item of it, begins again. Numbers here.
fn retry(call: &Call<'_>, account: &mut Account, origin: Origin) -> Result<Data, Refusal> {
    let record = fields::count(call, "DeployRecordId")?;
    let item = fields::count(call, "DeployRecordDetailId")?;
    if record.is_none() && item.is_none() {
        return Err(fields::missing("DeployRecordId"));
    }
    settle(call, account);
    let mut records = account.ssl.deploy.records.iter_mut();
    let found = records.find(|found| {
        let holds = |id: u64| found.items.iter().any(|item| item.id == id);
        found.origin == origin && record.is_none_or(|id| found.id == id) && item.is_none_or(holds)
    });
    let found = found.ok_or_else(unknown_record)?;
    let failed =
        |it: &&mut Item| it.outcome == Some(Outcome::Failed) && item.is_none_or(|id| it.id == id);
    if found.is_running() || found.items.iter_mut().filter(failed).count() == 0 {
        return Err(Refusal::inside(
            "FailedOperation.CertificateDeployRetryStatusInvalid",
            "Only a failed record can be retried.",
        ));
    }
    for item in found.items.iter_mut().filter(failed) {
        item.outcome = None;
        item.started = call.instant;
        item.tries += 1;
    }
    Ok(Data::new())
}

/// …RecordRollback: a record of its own, of what went well.
fn rollback(call: &Call<'_>, account: &mut Account, origin: Origin) -> Result<Data, Refusal> {
    let id =
        fields::count(call, "DeployRecordId")?.ok_or_else(|| fields::missing("DeployRecordId"))?;
    settle(call, account);
    let store = &mut account.ssl.deploy;
    let mut records = store.records.iter_mut();
    let found = records.find(|record| record.origin == origin && record.id == id);
    let found = found.ok_or_else(unknown_record)?;
    let succeeded = |item: &&mut Item| item.outcome == Some(Outcome::Succeeded);
    if found.is_running() || found.items.iter_mut().filter(succeeded).count() == 0 {
        return Err(Refusal::inside(
            "FailedOperation.CertificateDeployRollbackStatusInvalid",
            "Only a record with successful deployments can be rolled back.",
        ));
    }
    let mut targets = Vec::new();
    for item in found.items.iter_mut().filter(succeeded) {
        item.outcome = Some(Outcome::RolledBack);
        targets.push((item.resource, item.old.clone()));
    }
    let (certificate, old) = (found.certificate.clone(), found.old.clone());
    let record = store.record(call, origin, (&certificate, &old), targets);
    // What took once takes what was there before.
    let own = store.records.last_mut().into_iter();
    own.flat_map(|record| &mut record.items)
        .for_each(|item| item.tries = 2);
    Ok(members(
        json!({ "DeployRecordId": task(record, 1)["DeployRecordId"] }),
    ))
}
