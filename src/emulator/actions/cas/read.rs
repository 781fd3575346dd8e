//! What the certificate store says of its certificates, and of who uses them.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::emulator::reply::{Refusal, members};

use super::{Account, Call, Certificate, Data, Source, bad, find, site};

/// ListUserCertificateOrder: `CERT` has all certificates, `UPLOAD` those that were brought; both
/// without the expired ones unless these are asked for. The rest of the types has orders, which are
/// those of bought certificates here.
///
/// # Errors
/// The vendor's refusals.
pub fn list_orders(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let kind = call.params.filled("OrderType").unwrap_or("CPACK");
    let status = call.params.filled("Status");
    let keyword = call.params.filled("Keyword").unwrap_or_default();
    let wanted = |certificate: &&std::sync::Arc<Certificate>| {
        let (expired, soon) = (
            certificate.expired(call.utc),
            certificate.expires_soon(call.utc),
        );
        let in_status = match status {
            None => kind == "CPACK" || kind == "BUY" || !expired,
            Some("ISSUED") => !expired && !soon,
            Some("WILLEXPIRED") => soon,
            Some("EXPIRED") => expired,
            Some(_) => false,
        };
        let of_kind =
            kind == "CERT" || (kind == "UPLOAD") == (certificate.source == Source::Uploaded);
        of_kind && in_status && certificate.holds(keyword)
    };
    let certificates = account.cas.of(site(call)).filter(wanted);
    let rows: Vec<Value> = match kind {
        "CERT" | "UPLOAD" => certificates.map(|one| listed(one, call.utc)).collect(),
        "CPACK" | "BUY" => certificates.map(|one| ordered(one)).collect(),
        _ => return Err(bad("InvalidParameter", "OrderType is not valid.")),
    };
    paged(call, rows, 50, "CertificateOrderList", "TotalCount")
}

fn listed(certificate: &Certificate, now: DateTime<Utc>) -> Value {
    let facts = &certificate.facts;
    json!({
        "CertificateId": certificate.id,
        "Name": certificate.name,
        "CommonName": facts.common_name,
        "Sans": facts.names.join(","),
        "StartDate": facts.not_before.format("%Y-%m-%d").to_string(),
        "EndDate": facts.not_after.format("%Y-%m-%d").to_string(),
        "Expired": certificate.expired(now),
        "Upload": certificate.source == Source::Uploaded,
        "Fingerprint": facts.sha1.to_uppercase(),
        "Sha2": facts.sha256.to_uppercase(),
        // The real one pads serial numbers.
        "SerialNo": format!("00{}", facts.serial),
        "Issuer": facts.issuer,
        "InstanceId": certificate.instance(),
        "ResourceGroupId": "rg-sandbox",
        "OrgName": "",
        "City": "",
        "Country": "",
        "Province": "",
    })
}

fn ordered(certificate: &Certificate) -> Value {
    let facts = &certificate.facts;
    json!({
        "OrderId": certificate.id + 7_000_000,
        "InstanceId": certificate.instance(),
        "Domain": facts.common_name,
        "Algorithm": facts.algorithm,
        "CertStartTime": facts.not_before.timestamp_millis(),
        "CertEndTime": facts.not_after.timestamp_millis(),
        "CertType": "DV",
        "ProductCode": "digicert-free-1-free",
        "SourceType": "cpack",
        "Status": "ISSUED",
        "TrusteeStatus": "unTrustee",
    })
}

/// ListCertificates: the expired ones are in it, and the id is text.
///
/// # Errors
/// The vendor's refusals.
pub fn list_certificates(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let source = call.params.filled("CertificateSource");
    let status = call.params.filled("CertificateStatus");
    let keyword = call.params.filled("Keyword").unwrap_or_default();
    let instance = call.params.filled("InstanceId");
    let rows: Vec<Value> = account
        .cas
        .of(site(call))
        .filter(|one| source.is_none_or(|source| source == source_of(one)))
        .filter(|one| status.is_none_or(|status| status == status_of(one, call.utc)))
        .filter(|one| instance.is_none_or(|instance| instance == one.instance()))
        .filter(|one| one.holds(keyword))
        .map(|certificate| Value::Object(described(certificate, call.utc)))
        .collect();
    paged(call, rows, 10, "CertificateList", "TotalCount")
}

/// GetCertificateDetail: the same of one certificate, with its whole chain; no key, and no PEM. That the
/// chain begins with the certificate itself is a guess: the vendor's page leaves it open.
///
/// # Errors
/// The vendor's refusals.
pub fn certificate_detail(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let certificate = find(call, account, "CertificateId")?;
    let mut answer = described(&certificate, call.utc);
    let links = certificate.facts.chain.iter();
    let links: Vec<_> = links
        .map(|link| {
            json!({
                "Subject": link.subject,
                "Issuer": link.issuer,
                "NotBefore": link.not_before.timestamp_millis(),
                "NotAfter": link.not_after.timestamp_millis(),
                "RemainDay": remaining(link.not_after, call.utc),
            })
        })
        .collect();
    answer.insert("CertificateChainList".to_owned(), json!(links));
    answer.insert("Tags".to_owned(), json!([]));
    Ok(answer)
}

fn remaining(end: DateTime<Utc>, now: DateTime<Utc>) -> i64 {
    (end - now).num_days().max(0)
}

/// What the newer actions show of a certificate.
fn described(certificate: &Certificate, now: DateTime<Utc>) -> Data {
    let facts = &certificate.facts;
    members(json!({
        "CertificateId": certificate.id.to_string(),
        "CertIdentifier": certificate.identifier(),
        "CertificateName": certificate.name,
        "CertificateSource": source_of(certificate),
        "CertificateStatus": status_of(certificate, now),
        "CommonName": facts.common_name,
        "Domain": facts.names.join(","),
        "SubjectAlternativeNames": facts.names,
        "FingerPrint": facts.sha1.to_uppercase(),
        "Serial": format!("00{}", facts.serial),
        "Issuer": facts.issuer,
        "Algorithm": facts.algorithm,
        "KeySize": facts.key_bits,
        "NotBefore": facts.not_before.timestamp_millis(),
        "NotAfter": facts.not_after.timestamp_millis(),
        "ExistPrivateKey": true,
        "InstanceId": certificate.instance(),
    }))
}

fn source_of(certificate: &Certificate) -> &'static str {
    match certificate.source {
        Source::Bought => "BUY",
        Source::Uploaded => "UPLOAD",
    }
}

fn status_of(certificate: &Certificate, now: DateTime<Utc>) -> &'static str {
    match (certificate.expired(now), certificate.expires_soon(now)) {
        (true, _) => "expired",
        (_, true) => "willExpire",
        _ => "issued",
    }
}

/// GetUserCertificateDetail: with the private key, unless `CertFilter` keeps it back.
///
/// # Errors
/// The vendor's refusals.
pub fn detail(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let certificate = find(call, account, "CertId")?;
    let filtered = match call.params.filled("CertFilter") {
        None => false,
        Some(text) if text.eq_ignore_ascii_case("true") => true,
        Some(text) if text.eq_ignore_ascii_case("false") => false,
        Some(_) => return Err(bad("InvalidParameter", "CertFilter is not valid.")),
    };
    let facts = &certificate.facts;
    let date = |time: DateTime<Utc>| time.format("%Y-%m-%d").to_string();
    let links = facts.chain.iter();
    let chain: Vec<_> = links
        .map(|link| {
            json!({
                "CommonName": link.subject,
                "IssuerCommonName": link.issuer,
                "NotBefore": link.not_before.timestamp_millis(),
                "NotAfter": link.not_after.timestamp_millis(),
                "RemainDay": remaining(link.not_after, call.utc),
            })
        })
        .collect();
    let mut answer = members(json!({
        "Id": certificate.id,
        "CertIdentifier": certificate.identifier(),
        "Name": certificate.name,
        "Common": facts.common_name,
        "Sans": facts.names.join(","),
        "Issuer": facts.issuer,
        "StartDate": date(facts.not_before),
        "EndDate": date(facts.not_after),
        "NotBefore": facts.not_before.timestamp_millis(),
        "NotAfter": facts.not_after.timestamp_millis(),
        "SerialNo": format!("00{}", facts.serial),
        "Fingerprint": facts.sha1.to_uppercase(),
        "Sha2": facts.sha256.to_uppercase(),
        "CertSha2": facts.sha256.to_uppercase(),
        "Algorithm": facts.algorithm,
        "BuyInAliyun": certificate.source == Source::Bought,
        "Expired": certificate.expired(call.utc),
        "InstanceId": certificate.instance(),
        "OrderId": certificate.id + 7_000_000,
        "ResourceGroupId": "rg-sandbox",
        "CertChain": chain,
        "Tags": [],
    }));
    if !filtered {
        answer.insert("Cert".to_owned(), json!(certificate.pem));
        answer.insert("Key".to_owned(), json!(certificate.key));
    }
    Ok(answer)
}

/// ListCloudResources: the domains and listeners of this account that have a certificate.
///
/// # Errors
/// The vendor's refusals.
pub fn list_resources(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let cloud = call.params.filled("CloudName");
    let product = call.params.filled("CloudProduct");
    let keyword = call.params.filled("Keyword").unwrap_or_default();
    let ids = cert_ids(call)?;
    let mut uses = account.cdn.uses(call.instant);
    uses.extend(account.ga.uses());
    uses.extend(account.dcdn.uses(call.instant));
    let cas = &account.cas;
    let rows: Vec<Value> = uses
        .into_iter()
        .enumerate()
        .filter(|(_, _)| cloud.is_none_or(|cloud| cloud.eq_ignore_ascii_case("aliyun")))
        .filter(|(_, one)| product.is_none_or(|name| name.eq_ignore_ascii_case(one.product)))
        .filter(|(_, one)| one.domain.contains(keyword) || one.instance.contains(keyword))
        .filter(|(_, one)| one.region == site(call))
        .filter(|(_, one)| {
            ids.as_ref()
                .is_none_or(|ids| ids.contains(&one.certificate))
        })
        .map(|(index, one)| {
            let stored = cas.numbered(&one.region, &one.certificate.to_string());
            let time = |time: fn(&Certificate) -> DateTime<Utc>| {
                stored.map(|stored| time(stored).timestamp().to_string())
            };
            json!({
                "Id": 20_001 + index,
                "CloudName": "aliyun",
                "CloudProduct": one.product,
                "CloudRegion": one.region,
                "RegionId": one.region,
                "Domain": one.domain,
                "InstanceId": one.instance,
                "ListenerId": one.listener,
                "ListenerPort": one.port,
                "CertId": one.certificate,
                "CertName": stored.map(|stored| stored.name.as_str()),
                "CertStartTime": time(|one| one.facts.not_before),
                "CertEndTime": time(|one| one.facts.not_after),
                "EnableHttps": i32::from(one.https),
                "DefaultResource": i32::from(one.default),
                "UseSsl": 1,
                "Status": "normal",
                "UserId": 1_000_000_000_000_001_i64,
            })
        })
        .collect();
    paged(call, rows, 20, "Data", "Total")
}

/// A use of a certificate by a product.
pub struct Use {
    /// The product.
    pub product: &'static str,
    /// The certificate's number.
    pub certificate: u64,
    /// The certificate's site.
    pub region: String,
    /// The domain; empty for a listener's default certificate.
    pub domain: String,
    /// The instance, where the product has instances.
    pub instance: String,
    /// The listener, where there is one.
    pub listener: String,
    /// The listener's port.
    pub port: String,
    /// Whether HTTPS is on.
    pub https: bool,
    /// Whether it is a listener's default certificate.
    pub default: bool,
}

/// `CertIds` is one parameter with the text of a JSON array of numbers.
fn cert_ids(call: &Call<'_>) -> Result<Option<Vec<u64>>, Refusal> {
    let Some(text) = call.params.filled("CertIds") else {
        return Ok(None);
    };
    let ids: Option<Vec<u64>> = serde_json::from_str(text).ok();
    match ids {
        Some(ids) => Ok(Some(ids)),
        None => Err(bad("InvalidParameter", "CertIds is not a list of ids.")),
    }
}

impl Certificate {
    fn holds(&self, keyword: &str) -> bool {
        let names = self.facts.names.iter().any(|name| name.contains(keyword));
        names || self.name.contains(keyword) || self.instance().contains(keyword)
    }
}

fn paged(
    call: &Call<'_>,
    rows: Vec<Value>,
    size: usize,
    list: &str,
    total: &str,
) -> Result<Data, Refusal> {
    let number = |name: &str, default: usize| match call.params.filled(name) {
        None => Ok(default),
        Some(text) => text
            .parse::<usize>()
            .ok()
            .filter(|number| (1..=1_000_000).contains(number))
            .ok_or_else(|| bad("InvalidParameter", &format!("{name} is not valid."))),
    };
    let page = number("CurrentPage", 1)?;
    let size = call.page(number("ShowSize", size)?);
    Ok(members(json!({
        "RequestId": call.request_id,
        total: rows.len(),
        "CurrentPage": page,
        "ShowSize": size,
        list: rows.into_iter().skip((page - 1) * size).take(size).collect::<Vec<_>>(),
    })))
}
