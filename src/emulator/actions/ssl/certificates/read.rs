//! Reading certificates, private keys included as in the vendor's answers.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{Certificate, Kind, Origin, Store, plain_time};
use crate::emulator::actions::ssl::fields;
use crate::emulator::actions::{Account, Call, Data};
use crate::emulator::reply::{Refusal, members};

/// What DescribeCertificates takes.
pub const LIST: &[&str] = &[
    "Offset",
    "Limit",
    "SearchKey",
    "CertificateType",
    "ProjectId",
    "ExpirationSort",
    "CertificateStatus",
    "Deployable",
    "Upload",
    "Renew",
    "FilterSource",
    "IsSM",
    "FilterExpiring",
    "Hostable",
    "Tags",
    "IsPendingIssue",
    "CertIds",
    "ServiceId",
];

/// What the vendor calls soon.
const EXPIRING: TimeDelta = TimeDelta::days(30);

/// DescribeCertificates: the newest first; more than 1000 are not listed at a time, whatever is
/// asked for.
///
/// # Errors
/// The vendor's refusals.
pub fn list(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let (offset, limit) = fields::page(call, 10, 1000)?;
    let filter = Filter::read(call)?;
    let sort = fields::word(call, "ExpirationSort", &["DESC", "ASC"])?;
    let store = &account.ssl.certificates;
    let mut chosen: Vec<&Certificate> = store
        .certificates
        .iter()
        .rev()
        .filter(|certificate| filter.admits(certificate, call.utc))
        .collect();
    match sort {
        Some("ASC") => chosen.sort_by_key(|certificate| certificate.facts.not_after),
        Some(_) => chosen.sort_by_key(|certificate| std::cmp::Reverse(certificate.facts.not_after)),
        None => {}
    }
    let rows: Vec<Value> = chosen
        .iter()
        .skip(offset)
        .take(limit)
        .map(|certificate| row(certificate, call.utc, store))
        .collect();
    let total = match store.nulls {
        true => Value::Null,
        false => json!(chosen.len()),
    };
    let rows = match store.nulls && rows.is_empty() {
        true => Value::Null,
        false => json!(rows),
    };
    Ok(members(
        json!({ "TotalCount": total, "Certificates": rows }),
    ))
}

struct Filter<'a> {
    search: &'a str,
    kind: Option<Kind>,
    project: Option<u64>,
    statuses: Option<Vec<u64>>,
    deployable: Option<bool>,
    source: Option<&'a str>,
    ids: Option<Vec<&'a str>>,
    tags: Vec<Vec<Option<&'a str>>>,
    expiring: bool,
    pending: bool,
    none: bool,
}

impl<'a> Filter<'a> {
    fn read(call: &'a Call<'_>) -> Result<Self, Refusal> {
        let kind = fields::word(call, "CertificateType", &["SVR", "CA"])?;
        let mut none = false;
        // There is nothing of these kinds in the account.
        for name in ["Upload", "Renew", "IsSM", "Hostable"] {
            none |= fields::bit(call, name)? == Some(true);
        }
        none |= fields::text(call, "ServiceId")?.is_some_and(|id| !id.is_empty());
        Ok(Filter {
            search: fields::text(call, "SearchKey")?.unwrap_or_default(),
            kind: kind.map(|kind| match kind {
                "CA" => Kind::Authority,
                _ => Kind::Server,
            }),
            project: fields::count(call, "ProjectId")?,
            statuses: fields::counts(call, "CertificateStatus")?,
            deployable: fields::bit(call, "Deployable")?,
            source: fields::word(call, "FilterSource", &["upload", "buy"])?,
            ids: fields::texts(call, "CertIds")?,
            tags: fields::structs(call, "Tags", &["TagKey", "TagValue"])?,
            expiring: fields::bit(call, "FilterExpiring")? == Some(true),
            pending: fields::bit(call, "IsPendingIssue")? == Some(true),
            none,
        })
    }

    fn admits(&self, certificate: &Certificate, now: DateTime<Utc>) -> bool {
        let found = |text: &str| text.contains(self.search);
        let names = &certificate.facts.names;
        let status = certificate.status(now);
        let bought = certificate.origin != Origin::Uploaded;
        let soon = status == 1 && certificate.facts.not_after < now + EXPIRING;
        let tagged = |tag: &Vec<Option<&str>>| {
            certificate.tags.iter().any(|(key, value)| {
                tag[0].is_none_or(|wanted| wanted == key)
                    && tag[1].is_none_or(|wanted| wanted == value)
            })
        };
        !self.none
            && (found(&certificate.id)
                || found(&certificate.alias)
                || names.iter().any(|name| found(name)))
            && self.kind.is_none_or(|kind| kind == certificate.kind)
            && self
                .project
                .is_none_or(|project| project == certificate.project)
            && self
                .statuses
                .as_ref()
                .is_none_or(|statuses| statuses.is_empty() || statuses.contains(&status))
            && self
                .deployable
                .is_none_or(|wanted| wanted == deployable(certificate, now))
            && self.source.is_none_or(|source| (source == "buy") == bought)
            && self
                .ids
                .as_ref()
                .is_none_or(|ids| ids.is_empty() || ids.contains(&certificate.id.as_str()))
            && self.tags.iter().all(tagged)
            && (!self.expiring || soon)
            && (!self.pending || status == 0)
    }
}

fn deployable(certificate: &Certificate, now: DateTime<Utc>) -> bool {
    certificate.kind == Kind::Server && certificate.status(now) == 1
}

/// DescribeCertificate: what is known without the certificate itself.
///
/// # Errors
/// The vendor's refusals.
pub fn describe(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let id = fields::required_text(call, "CertificateId")?;
    let store = &account.ssl.certificates;
    Ok(members(row(store.get(id)?, call.utc, store)))
}

/// DescribeCertificateDetail: with the chain, and the private key in clear.
///
/// # Errors
/// The vendor's refusals.
pub fn detail(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let id = fields::required_text(call, "CertificateId")?;
    let store = &account.ssl.certificates;
    let certificate = store.get(id)?;
    let mut detail = members(row(certificate, call.utc, store));
    let issued = !certificate.chain.is_empty();
    let own = |text: String| issued.then_some(text);
    // Here the names stand without the first one.
    let others: Vec<_> = certificate.facts.names.iter().skip(1).collect();
    detail.extend(members(json!({
        "SubjectAltName": others,
        "TypeName": detail.get("PackageTypeName"),
        "OrderId": Value::Null,
        "CertificatePublicKey": own(certificate.chain.clone()),
        "CertificatePrivateKey": certificate.key,
        "DvAuthDetail": Value::Null,
        "VulnerabilityReport": Value::Null,
        "SubmittedData": Value::Null,
        "RootCert": { "Sign": Value::Null, "Encrypt": Value::Null, "Standard": Value::Null },
        "EncryptCert": Value::Null,
        "EncryptPrivateKey": Value::Null,
        "CertFingerprint": own(certificate.fingerprint()),
        "EncryptCertFingerprint": Value::Null,
        "EncryptAlgorithm": certificate.facts.algorithm,
        "DvRevokeAuthDetail": Value::Null,
        "CertChainInfo": Value::Null,
        "DomainType": if others.is_empty() { 1 } else { 2 },
        "CertType": "DV",
        "UseCrossSignRoot": false,
        "HostingStatus": -1,
    })));
    Ok(detail)
}

/// CheckCertificateExist.
///
/// # Errors
/// The vendor's refusals.
pub fn exists(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let chain = fields::required_text(call, "CertificatePublicKey")?;
    let same = account.ssl.certificates.same(chain);
    let id = same.map_or("", |certificate| &certificate.id);
    Ok(members(json!({ "RepeatCertId": id })))
}

/// The members that the answers share.
fn row(certificate: &Certificate, now: DateTime<Utc>, store: &Store) -> Value {
    let status = certificate.status(now);
    let issued = certificate.origin != Origin::Reviewing;
    let bought = certificate.origin != Origin::Uploaded;
    let facts = &certificate.facts;
    let time = |time: DateTime<Utc>| match (issued, store.nulls) {
        (true, _) => json!(plain_time(time)),
        (false, true) => Value::Null,
        (false, false) => json!(""),
    };
    let months = (facts.not_after - facts.not_before).num_days() / 30;
    let tags: Vec<_> = certificate
        .tags
        .iter()
        .map(|(key, value)| json!({ "TagKey": key, "TagValue": value }))
        .collect();
    json!({
        "OwnerUin": "100000000001",
        "ProjectId": certificate.project.to_string(),
        "From": if bought { "trustasia" } else { "upload" },
        "PackageType": if bought { json!("2") } else { Value::Null },
        "CertificateType": match certificate.kind { Kind::Server => "SVR", Kind::Authority => "CA" },
        "ProductZhName": if bought { "TrustAsia TLS RSA CA" } else { "" },
        "Domain": facts.names.first().unwrap_or(&facts.common_name),
        "Alias": match (certificate.alias.is_empty(), store.nulls) {
            (true, true) => Value::Null,
            _ => json!(certificate.alias),
        },
        "Status": status,
        "CertificateExtra": Value::Null,
        "VulnerabilityStatus": "INACTIVE",
        "StatusMsg": "",
        "VerifyType": if bought { json!("DNS") } else { Value::Null },
        "CertBeginTime": time(facts.not_before),
        "CertEndTime": time(facts.not_after),
        "ValidityPeriod": months.to_string(),
        "InsertTime": plain_time(certificate.inserted),
        "CertificateId": certificate.id,
        "SubjectAltName": facts.names,
        "PackageTypeName": if bought { "TrustAsia TLS RSA CA" } else { "" },
        "StatusName": match status { 0 => "Under review", 1 => "Issued", _ => "Expired" },
        "IsVip": bought,
        "IsDv": bought,
        "IsWildcard": facts.names.iter().any(|name| name.starts_with("*.")),
        "IsVulnerability": false,
        "RenewAble": false,
        "ProjectInfo": Value::Null,
        "BoundResource": [],
        "Deployable": deployable(certificate, now),
        "Tags": if tags.is_empty() && store.nulls { Value::Null } else { json!(tags) },
        "IsIgnore": false,
        "IsSM": false,
        "EncryptAlgorithm": certificate.facts.algorithm,
        "AutoRenewFlag": 0,
        "HostingStatus": -1,
        "HostingCompleteTime": "",
        "HostingRenewCertId": "",
        "IsExpiring": status == 1 && facts.not_after < now + EXPIRING,
        "AllowDownload": issued && certificate.kind == Kind::Server,
    })
}
