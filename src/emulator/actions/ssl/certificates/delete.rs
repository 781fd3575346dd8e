//! Deleting certificates: at once, or as a task that looks for bound resources first.

use serde_json::{Value, json};

use super::{Certificate, Origin, Outcome, Task};
use crate::emulator::actions::ssl::fields;
use crate::emulator::actions::{Account, Call, Data};
use crate::emulator::reply::{Refusal, members};

/// DeleteCertificate. With `IsCheckResource` the answer is a task, and `DeleteResult` is false.
///
/// # Errors
/// The vendor's refusals.
pub fn one(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let id = fields::required_text(call, "CertificateId")?;
    let checked = fields::switch(call, "IsCheckResource")?.unwrap_or(false);
    settle(call, account);
    deletable(account.ssl.certificates.get(id)?)?;
    Ok(members(match checked {
        true => json!({ "DeleteResult": false, "TaskId": queue(call, account, id) }),
        false => {
            remove(account, id);
            json!({ "DeleteResult": true, "TaskId": Value::Null })
        }
    }))
}

/// DeleteCertificates. Despite its name, `IsSync` makes tasks that look for bound resources.
///
/// # Errors
/// The vendor's refusals.
pub fn batch(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let ids = fields::required_texts(call, "CertificateIds", 100)?;
    let checked = fields::switch(call, "IsSync")?.unwrap_or(false);
    settle(call, account);
    let (mut success, mut fail, mut tasks) = (Vec::new(), Vec::new(), Vec::new());
    for id in ids {
        let certificate = account.ssl.certificates.get(id);
        match certificate.and_then(deletable) {
            Err(refusal) => fail.push(json!({ "CertId": id, "Msg": refusal.message })),
            Ok(()) if checked => {
                let task = queue(call, account, id);
                tasks.push(json!({ "CertId": id, "TaskId": task }));
            }
            Ok(()) => {
                remove(account, id);
                success.push(json!(id));
            }
        }
    }
    let list = |items: Vec<Value>| match account.ssl.certificates.nulls && items.is_empty() {
        true => Value::Null,
        false => Value::Array(items),
    };
    Ok(members(json!({
        "Success": list(success), "Fail": list(fail), "CertTaskIds": list(tasks),
    })))
}

/// DescribeDeleteCertificatesTaskResult.
///
/// # Errors
/// The vendor's refusals.
pub fn tasks(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let ids = fields::required_texts(call, "TaskIds", 100)?;
    settle(call, account);
    let store = &account.ssl.certificates;
    let known = ids.iter().filter_map(|id| store.tasks.get(*id));
    let results: Vec<Value> = known
        .map(|task| {
            let (status, error) = match task.outcome {
                Outcome::Running => (0, ""),
                Outcome::Deleted => (1, ""),
                Outcome::Missing => (2, "The certificate does not exist."),
                Outcome::Bound => (4, "Cloud resources are bound to the certificate."),
            };
            json!({
                "TaskId": task.id, "CertId": task.certificate, "Status": status, "Error": error,
                "CacheTime": "", "Domains": task.names,
            })
        })
        .collect();
    Ok(members(json!({ "DeleteTaskResult": results })))
}

/// Carries out the tasks whose time has come.
fn settle(call: &Call<'_>, account: &mut Account) {
    let running = account.ssl.certificates.tasks.values();
    let due: Vec<(String, String)> = running
        .filter(|task| task.outcome == Outcome::Running && task.due <= call.instant)
        .map(|task| (task.id.clone(), task.certificate.clone()))
        .collect();
    for (task, certificate) in due {
        let outcome = match account.ssl.certificates.find(&certificate) {
            None => Outcome::Missing,
            Some(_) if account.ssl.is_bound(&certificate) => Outcome::Bound,
            Some(_) => {
                remove(account, &certificate);
                Outcome::Deleted
            }
        };
        if let Some(task) = account.ssl.certificates.tasks.get_mut(&task) {
            task.outcome = outcome;
        }
    }
}

fn queue(call: &Call<'_>, account: &mut Account, id: &str) -> String {
    let store = &mut account.ssl.certificates;
    store.tasks_so_far += 1;
    let task = format!("{}", 90_000_000 + store.tasks_so_far);
    let names = store
        .find(id)
        .map(|certificate| certificate.facts.names.clone());
    let queued = Task {
        id: task.clone(),
        certificate: id.to_owned(),
        names: names.unwrap_or_default(),
        due: call.instant + store.settle,
        outcome: Outcome::Running,
    };
    store.tasks.insert(task.clone(), queued);
    task
}

fn remove(account: &mut Account, id: &str) {
    let certificates = &mut account.ssl.certificates.certificates;
    certificates.retain(|certificate| certificate.id != id);
}

/// A bought certificate that is still good has to be revoked first.
fn deletable(certificate: &Certificate) -> Result<(), Refusal> {
    match certificate.origin {
        Origin::Uploaded => Ok(()),
        Origin::Bought => Err(Refusal::inside(
            "FailedOperation.CannotBeDeletedIssued",
            "An issued certificate cannot be deleted.",
        )),
        Origin::Reviewing => Err(Refusal::inside(
            "FailedOperation.InvalidCertificateStatusCode",
            "A certificate under review cannot be deleted.",
        )),
    }
}
