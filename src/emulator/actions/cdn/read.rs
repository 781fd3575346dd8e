//! What the account's domains and certificates read like.

use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use chrono::{DateTime, SecondsFormat, Utc};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde_json::json;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::emulator::reply::{Refusal, members};

use crate::emulator::actions::cas::{Certificate, HANGZHOU};

use super::{Account, Call, Data, bad, required};

/// DescribeDomainCertificateInfo: a domain that never had a certificate has an empty list.
///
/// # Errors
/// The vendor's refusals.
pub fn describe_certificate(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let name = required(call, "DomainName")?;
    let domain = account.cdn.domains.read(name, call.instant)?;
    let infos: Vec<_> = domain
        .serves
        .certificate
        .iter()
        .map(|certificate| {
            let facts = &certificate.facts;
            json!({
                "DomainName": name,
                "ServerCertificateStatus": switched(domain.serves.https),
                "Status": "success",
                "CertType": certificate.kind,
                "CertName": certificate.name,
                "CertId": numbered(certificate.id),
                "CertRegion": certificate.region,
                "CertDomainName": facts.common_name,
                "CertOrg": facts.issuer,
                "CertLife": "months",
                "CertStartTime": iso(facts.not_before),
                "CertExpireTime": iso(facts.not_after),
                "CertUpdateTime": iso(domain.modified),
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
    let domain = account.cdn.domains.read(name, call.instant)?;
    Ok(members(json!({ "GetDomainDetailModel": {
        "DomainName": name,
        "DomainStatus": domain.status(),
        "Cname": cname(name),
        "HttpsCname": cname(name),
        "Scope": "domestic",
        "CdnType": "web",
        "ServerCertificateStatus": switched(domain.serves.https),
        "GmtCreated": CREATED,
        "GmtModified": iso(domain.modified),
        "Description": "",
        "ResourceGroupId": RESOURCE_GROUP,
        "SourceModels": { "SourceModel": [
            { "Content": ORIGIN, "Port": 80, "Priority": "20", "Type": "ipaddr",
              "Weight": "10", "Enabled": "online" },
        ]},
    }})))
}

/// DescribeCdnCertificateDetailById. `Key` is the public key, whatever its name says. The code for
/// an id that does not exist is the emulator's own: the vendor publishes none.
///
/// # Errors
/// The vendor's refusals.
pub fn describe_stored(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let id = required(call, "CertId")?;
    let region = call.params.filled("CertRegion").unwrap_or(HANGZHOU);
    stored(account.cas.numbered(region, id))
}

/// DescribeCdnCertificateDetail: the same by the name, of mainland China's site.
///
/// # Errors
/// The vendor's refusals.
pub fn describe_named(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let name = required(call, "CertName")?;
    stored(account.cas.named(HANGZHOU, name))
}

fn stored(certificate: Option<&Arc<Certificate>>) -> Result<Data, Refusal> {
    let certificate =
        certificate.ok_or_else(|| bad("Certificate.NotFind", "Not find the certificate info."))?;
    Ok(members(json!({
        "CertId": certificate.id,
        "CertName": certificate.name,
        "Cert": certificate.pem,
        "Key": public_key(&certificate.pem),
    })))
}

/// When every domain of the fixture was created.
pub const CREATED: &str = "2020-01-01T00:00:00Z";
/// The resource group of every domain.
pub const RESOURCE_GROUP: &str = "rg-sandbox";
/// The origin of every domain.
pub const ORIGIN: &str = "192.0.2.1";

/// A certificate's number where CDN writes it as text; the free ones have none.
fn numbered(id: u64) -> String {
    match id {
        0 => String::new(),
        id => id.to_string(),
    }
}

/// What a domain's traffic is to be pointed at.
pub fn cname(domain: &str) -> String {
    format!("{}.w.kunlunsl.com", domain.trim_start_matches('.'))
}

/// The vendor's words for a switch.
pub fn switched(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

/// One of the vendor's five ways to write a time.
pub fn iso(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The leaf's public key, PEM.
fn public_key(chain: &str) -> String {
    let leaf = CertificateDer::from_pem_slice(chain.as_bytes());
    let key = leaf.ok().and_then(|der| {
        let (_, leaf) = X509Certificate::from_der(&der).ok()?;
        Some(BASE64_STANDARD.encode(leaf.public_key().raw))
    });
    let text = key.unwrap_or_default();
    let lines: Vec<_> = text
        .as_bytes()
        .chunks(64)
        .map(String::from_utf8_lossy)
        .collect();
    format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        lines.join("\n")
    )
}
