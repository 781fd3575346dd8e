//! The lists: domains, what they serve over HTTPS, certificates. Each in pages.

use chrono::{DateTime, TimeDelta, Utc};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

use crate::emulator::material::Facts;
use crate::emulator::reply::{Refusal, members};
use crate::emulator::scenario::DomainStatus;

use crate::emulator::actions::cas::{HANGZHOU, SINGAPORE};

use super::domain::Domain;
use super::read::{CREATED, ORIGIN, RESOURCE_GROUP, cname, iso, switched};
use super::{Account, Call, Data, bad};

/// The last page that can be asked for.
const MAX_NUMBER: usize = 100_000;

/// A certificate that ends within this time is `expire_soon`.
const SOON: TimeDelta = TimeDelta::days(30);

/// What a caller asks to see of a list.
struct Page {
    number: usize,
    size: usize,
    /// The items that a page has: the size, or what the scenario allows of it.
    items: usize,
}

impl Page {
    fn of(call: &Call<'_>, default: usize, max: usize) -> Result<Self, Refusal> {
        let read = |name: &str, default: usize, max: usize| {
            let Some(text) = call.params.filled(name) else {
                return Ok(default);
            };
            let number = text
                .parse()
                .ok()
                .filter(|number| (1..=max).contains(number));
            number.ok_or_else(|| invalid(name))
        };
        let size = read("PageSize", default, max)?;
        Ok(Page {
            number: read("PageNumber", 1, MAX_NUMBER)?,
            size,
            items: call.page(size),
        })
    }

    fn cut<T>(&self, items: Vec<T>) -> Vec<T> {
        let start = (self.number - 1).saturating_mul(self.items);
        items.into_iter().skip(start).take(self.items).collect()
    }
}

/// DescribeUserDomains. Domains under review, refused there or not configured are shown where
/// `CheckDomainShow` or `DomainStatus` ask for them.
///
/// # Errors
/// The vendor's refusals.
pub fn domains(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let page = Page::of(call, 20, 500)?;
    let wanted = Wanted::of(call)?;
    let list = account.cdn.domains.list(call.instant);
    let found: Vec<_> = list
        .into_iter()
        .filter(|(name, domain)| wanted.has(name, domain))
        .collect();
    let total = found.len();
    let rows: Vec<_> = page
        .cut(found)
        .into_iter()
        .map(|(name, domain)| {
            json!({
                "DomainName": name,
                "DomainId": domain.number,
                "DomainStatus": domain.status(),
                "Cname": cname(name),
                "CdnType": "web",
                "Coverage": "domestic",
                "SslProtocol": switched(domain.serves.https),
                "Sandbox": "normal",
                "GmtCreated": CREATED,
                "GmtModified": iso(domain.modified),
                "Description": "",
                "ResourceGroupId": RESOURCE_GROUP,
                "Sources": { "Source": [
                    { "Content": ORIGIN, "Port": 80, "Priority": "20", "Type": "ipaddr",
                      "Weight": "10" },
                ]},
            })
        })
        .collect();
    Ok(members(json!({
        "PageNumber": page.number,
        "PageSize": page.size,
        "TotalCount": total,
        "Domains": { "PageData": rows },
    })))
}

/// Which domains a caller asks for.
struct Wanted<'a> {
    name: Option<&'a str>,
    search: &'a str,
    status: Option<DomainStatus>,
    under_review: bool,
    since: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
    /// Whether what all domains of the account have in common is asked for.
    common: bool,
}

impl<'a> Wanted<'a> {
    fn of(call: &'a Call<'_>) -> Result<Self, Refusal> {
        let given = |name: &str| call.params.filled(name);
        let time = |name: &str| match given(name) {
            None => Ok(None),
            Some(text) => DateTime::parse_from_rfc3339(text)
                .map(|time| Some(time.to_utc()))
                .map_err(|_| invalid(name)),
        };
        let search = given("DomainSearchType").unwrap_or("full_match");
        let known = ["fuzzy_match", "pre_match", "suf_match", "full_match"];
        if !known.contains(&search) {
            return Err(invalid("DomainSearchType"));
        }
        let status = match given("DomainStatus") {
            None => None,
            Some(word) => match serde_json::from_value(json!(word)) {
                Ok(status) => Some(status),
                Err(_) => return Err(invalid("DomainStatus")),
            },
        };
        let any_of = |name: &str, own: &str| {
            given(name).is_none_or(|list| list.split(',').any(|word| word == own))
        };
        let tagged = call
            .params
            .flat
            .iter()
            .any(|(name, _)| name.starts_with("Tag."));
        Ok(Wanted {
            name: given("DomainName"),
            search,
            status,
            under_review: given("CheckDomainShow")
                .is_some_and(|word| word.eq_ignore_ascii_case("true")),
            since: time("ChangeStartTime")?,
            until: time("ChangeEndTime")?,
            common: any_of("CdnType", "web")
                && any_of("Coverage", "domestic")
                && any_of("ResourceGroupId", RESOURCE_GROUP)
                && any_of("Source", ORIGIN)
                && !tagged,
        })
    }

    fn has(&self, name: &str, domain: &Domain) -> bool {
        let named = self.name.is_none_or(|wanted| match self.search {
            "fuzzy_match" => name.contains(wanted),
            "pre_match" => name.starts_with(wanted),
            "suf_match" => name.ends_with(wanted),
            _ => name == wanted,
        });
        let hidden = matches!(
            domain.status(),
            DomainStatus::Checking | DomainStatus::CheckFailed | DomainStatus::ConfigureFailed
        );
        let status = match self.status {
            Some(wanted) => domain.status() == wanted,
            None => self.under_review || !hidden,
        };
        let since = self.since.is_none_or(|since| domain.modified >= since);
        let until = self.until.is_none_or(|until| domain.modified <= until);
        self.common && named && status && since && until
    }
}

/// DescribeCdnHttpsDomainList: the domains whose HTTPS is on. Its times name no zone. The vendor
/// publishes no highest page size; 500 is its sibling's of another product.
///
/// # Errors
/// The vendor's refusals.
pub fn https_domains(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let page = Page::of(call, 20, 500)?;
    let keyword = call.params.filled("Keyword").unwrap_or_default();
    let list = account.cdn.domains.list(call.instant);
    let found: Vec<_> = list
        .into_iter()
        .filter(|(_, domain)| domain.serves.https)
        .filter_map(|(name, domain)| Some((name, domain, domain.serves.certificate.as_deref()?)))
        .filter(|(name, _, certificate)| {
            name.contains(keyword) || certificate.name.contains(keyword)
        })
        .collect();
    let total = found.len();
    let rows: Vec<_> = page
        .cut(found)
        .into_iter()
        .map(|(name, domain, certificate)| {
            let facts = &certificate.facts;
            json!({
                "DomainName": name,
                "CertName": certificate.name,
                "CertType": certificate.kind,
                "CertStatus": status(name, facts, call.utc),
                "CertCommonName": facts.common_name,
                "CertStartTime": zoneless(facts.not_before),
                "CertExpireTime": zoneless(facts.not_after),
                "CertUpdateTime": zoneless(domain.modified),
            })
        })
        .collect();
    Ok(members(
        json!({ "TotalCount": total, "CertInfos": { "CertInfo": rows } }),
    ))
}

/// DescribeCdnSSLCertificateList: the certificates that a domain could be given, or all of them.
/// The vendor's documents contradict each other about `LastTime`; here it is the end, in seconds.
///
/// # Errors
/// The vendor's refusals.
pub fn certificates(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let page = Page::of(call, 20, 1000)?;
    let domain = call.params.filled("DomainName");
    let keyword = call.params.filled("SearchKeyword").unwrap_or_default();
    let cas = &account.cas;
    let all = [HANGZHOU, SINGAPORE]
        .into_iter()
        .flat_map(|region| cas.of(region));
    let mut found: Vec<_> = all.collect();
    found.retain(|certificate| {
        certificate.name.contains(keyword)
            && domain.is_none_or(|domain| covers(&certificate.facts, domain))
    });
    let total = found.len();
    let rows: Vec<Value> = page
        .cut(found)
        .iter()
        .map(|certificate| {
            let facts = &certificate.facts;
            json!({
                "CertId": certificate.id,
                "CertName": certificate.name,
                "CertRegion": certificate.region,
                "Common": facts.common_name,
                "Fingerprint": fingerprint(&certificate.pem),
                "Issuer": facts.issuer,
                "LastTime": facts.not_after.timestamp(),
            })
        })
        .collect();
    Ok(members(json!({ "CertificateListModel": {
        "Count": total,
        "PageNumber": page.number,
        "PageSize": page.size,
        "CertList": { "Cert": rows },
    }})))
}

fn status(domain: &str, facts: &Facts, now: DateTime<Utc>) -> &'static str {
    match facts.not_after {
        end if end < now => "expired",
        _ if !covers(facts, domain) => "mismatch",
        end if end < now + SOON => "expire_soon",
        _ => "ok",
    }
}

/// A wildcard stands for one label; CDN spells `*.example.com` as `.example.com`.
fn covers(facts: &Facts, domain: &str) -> bool {
    let wildcard = |domain: &str| domain.split_once('.').map(|(_, zone)| format!("*.{zone}"));
    facts.names.iter().any(|name| {
        name == domain
            || name.strip_prefix('*') == Some(domain)
            || wildcard(domain).as_ref() == Some(name)
    })
}

fn fingerprint(chain: &str) -> String {
    let leaf = CertificateDer::from_pem_slice(chain.as_bytes());
    let digest = leaf.map(|leaf| Sha1::digest(&leaf)).unwrap_or_default();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One of the vendor's five ways to write a time.
fn zoneless(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// The code is the emulator's own: the vendor publishes none for these.
fn invalid(name: &str) -> Refusal {
    bad(
        "InvalidParameter",
        &format!("The specified {name} is invalid."),
    )
}
