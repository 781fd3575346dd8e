//! What accelerators and listeners read like.

use serde_json::{Value, json};

use crate::emulator::reply::{Refusal, members};

use super::{Accelerator, Account, Call, Data, Listener, Store, bad, region, required};

/// When everything here was made, in milliseconds since the epoch.
const CREATED: i64 = 1_577_836_800_000;

/// ListAccelerators.
///
/// # Errors
/// The vendor's refusals.
pub fn list_accelerators(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    region(call)?;
    let only = call.params.filled("AcceleratorId");
    let state = call.params.filled("State");
    let rows: Vec<Value> = account
        .ga
        .accelerators
        .iter()
        .filter(|(id, _)| only.is_none_or(|only| only == id.as_str()))
        .map(|(id, accelerator)| described(id, accelerator, call))
        .filter(|row| state.is_none_or(|state| row["State"] == state))
        .collect();
    numbered(call, rows, "Accelerators")
}

/// DescribeAccelerator.
///
/// # Errors
/// The vendor's refusals.
pub fn describe_accelerator(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    region(call)?;
    let id = required(call, "AcceleratorId")?;
    let accelerator = account.ga.accelerator(id)?;
    Ok(members(described(id, accelerator, call)))
}

fn described(id: &str, accelerator: &Accelerator, call: &Call<'_>) -> Value {
    let state = match accelerator.busy(call.instant) {
        true => "configuring",
        false => accelerator.state,
    };
    json!({
        "AcceleratorId": id,
        "Name": "sandbox",
        "Description": "",
        "State": state,
        "RegionId": "cn-hangzhou",
        "Spec": "1",
        "InstanceChargeType": "PREPAY",
        "DnsName": format!("{}.aliyunga0017.com", id.trim_end_matches('*')),
        "CreateTime": CREATED,
        "ExpiredTime": 4_102_444_800_000_i64,
    })
}

/// ListListeners: protocols in lower case, times as numbers, the default certificate only.
///
/// # Errors
/// The vendor's refusals.
pub fn list_listeners(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    region(call)?;
    let accelerator = required(call, "AcceleratorId")?;
    let protocol = call.params.filled("Protocol");
    let store = &account.ga;
    store.accelerator(accelerator)?;
    let rows: Vec<Value> = store
        .listeners
        .iter()
        .filter(|(_, listener)| listener.accelerator == accelerator)
        .filter(|(_, listener)| {
            protocol.is_none_or(|protocol| listener.protocol.eq_ignore_ascii_case(protocol))
        })
        .map(|(id, listener)| {
            let mut row = members(listener_of(store, id, listener, call));
            row.insert("Protocol".into(), listener.protocol.to_lowercase().into());
            row.insert("CreateTime".into(), CREATED.into());
            Value::Object(row)
        })
        .collect();
    numbered(call, rows, "Listeners")
}

/// DescribeListener.
///
/// # Errors
/// The vendor's refusals.
pub fn describe_listener(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    region(call)?;
    let id = required(call, "ListenerId")?;
    let listener = account.ga.listener(id)?;
    Ok(members(listener_of(&account.ga, id, listener, call)))
}

fn listener_of(store: &Store, id: &str, listener: &Listener, call: &Call<'_>) -> Value {
    let certificates: Vec<_> = listener
        .default
        .iter()
        .map(|certificate| json!({ "Id": certificate, "Type": "Server" }))
        .collect();
    json!({
        "ListenerId": id,
        "AcceleratorId": listener.accelerator,
        "Name": listener.name,
        "Description": listener.description,
        "Protocol": listener.protocol,
        "State": store.states(listener, call.instant).1,
        "Certificates": certificates,
        "PortRanges": [{ "FromPort": listener.port, "ToPort": listener.port }],
        "SecurityPolicyId": "tls_cipher_policy_1_2",
        "HttpVersion": "http2",
        "Type": "Standard",
        "CreateTime": CREATED.to_string(),
    })
}

/// ListListenerCertificates.
///
/// # Errors
/// The vendor's refusals.
pub fn list_certificates(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    region(call)?;
    let accelerator = required(call, "AcceleratorId")?;
    let id = required(call, "ListenerId")?;
    let listener = account.ga.listener_of(accelerator, id)?;
    let state = match account.ga.states(listener, call.instant).1 {
        "active" => "active",
        _ => "updating",
    };
    let role = call.params.filled("Role");
    let mut rows: Vec<Value> = Vec::new();
    if role != Some("additional") {
        rows.extend(listener.default.iter().map(|certificate| {
            json!({ "CertificateId": certificate, "IsDefault": true, "State": state })
        }));
    }
    if role != Some("default") {
        rows.extend(listener.additional.iter().map(|(domain, certificate)| {
            json!({
                "CertificateId": certificate, "Domain": domain, "IsDefault": false, "State": state,
            })
        }));
    }
    let size = count(call, "MaxResults", 20, 50)?;
    let size = call.page(size);
    let start = match call.params.filled("NextToken") {
        None => 0,
        Some(text) => text
            .parse::<usize>()
            .map_err(|_| bad("InvalidParameter", "The specified NextToken is invalid."))?,
    };
    let next = (start + size < rows.len()).then(|| (start + size).to_string());
    Ok(members(json!({
        "TotalCount": rows.len(),
        "MaxResults": size,
        "NextToken": next.unwrap_or_default(),
        "Certificates": rows.into_iter().skip(start).take(size).collect::<Vec<_>>(),
    })))
}

fn numbered(call: &Call<'_>, rows: Vec<Value>, list: &str) -> Result<Data, Refusal> {
    let page = count(call, "PageNumber", 1, 1_000_000)?;
    let size = call.page(count(call, "PageSize", 10, 50)?);
    Ok(members(json!({
        "TotalCount": rows.len(),
        "PageNumber": page,
        "PageSize": size,
        list: rows.into_iter().skip((page - 1) * size).take(size).collect::<Vec<_>>(),
    })))
}

fn count(call: &Call<'_>, name: &str, default: usize, most: usize) -> Result<usize, Refusal> {
    match call.params.filled(name) {
        None => Ok(default),
        Some(text) => text
            .parse::<usize>()
            .ok()
            .filter(|number| (1..=most).contains(number))
            .ok_or_else(|| {
                bad(
                    "InvalidParameter",
                    &format!("The specified {name} is invalid."),
                )
            }),
    }
}
