//! What the account's domains and certificates read like.

use chrono::SecondsFormat;
use serde_json::json;

use crate::emulator::reply::{Refusal, members};

use super::{Account, Call, Data, State, required};

/// DescribeDomainCertificateInfo: a domain that never had a certificate has an empty list.
///
/// # Errors
/// The vendor's refusals.
pub fn describe_certificate(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let name = required(call, "DomainName")?;
    let domain = account.cdn.readable(name)?;
    let status = if domain.https { "on" } else { "off" };
    let infos: Vec<_> = domain
        .certificate
        .iter()
        .map(|certificate| {
            let facts = &certificate.facts;
            let time = |time: chrono::DateTime<chrono::Utc>| {
                time.to_rfc3339_opts(SecondsFormat::Secs, true)
            };
            json!({
                "DomainName": name,
                "ServerCertificateStatus": status,
                "Status": "success",
                "CertType": certificate.kind,
                "CertName": certificate.name,
                "CertId": certificate.id.to_string(),
                "CertRegion": certificate.region,
                "CertDomainName": facts.common_name,
                "CertOrg": facts.issuer,
                "CertLife": "months",
                "CertStartTime": time(facts.not_before),
                "CertExpireTime": time(facts.not_after),
                "CertUpdateTime": time(call.utc),
                "DomainCnameStatus": "ok",
                "ServerCertificate": certificate.pem,
            })
        })
        .collect();
    Ok(members(json!({ "CertInfos": { "CertInfo": infos } })))
}

/// DescribeCdnDomainDetail.
///
/// # Errors
/// The vendor's refusals.
pub fn describe_domain(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let name = required(call, "DomainName")?;
    let domain = account.cdn.readable(name)?;
    let status = match domain.state {
        State::Offline => "offline",
        State::Configuring => "configuring",
        _ if domain.configuring(call.instant) => "configuring",
        _ => "online",
    };
    Ok(members(json!({ "GetDomainDetailModel": {
        "DomainName": name,
        "DomainStatus": status,
        "Cname": format!("{name}.w.kunlunsl.com"),
        "HttpsCname": format!("{name}.w.kunlunsl.com"),
        "Scope": "domestic",
        "CdnType": "web",
        "ServerCertificateStatus": if domain.https { "on" } else { "off" },
        "GmtCreated": "2020-01-01T00:00:00Z",
        "GmtModified": "2020-01-01T00:00:00Z",
        "Description": "",
        "ResourceGroupId": "rg-sandbox",
        "SourceModels": { "SourceModel": [
            { "Content": "192.0.2.1", "Port": 80, "Priority": "20", "Type": "ipaddr",
              "Weight": "10", "Enabled": "online" },
        ]},
    }})))
}
