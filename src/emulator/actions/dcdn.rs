//! Alibaba Cloud DCDN, 2018-01-15: what CDN does, for domains of its own and under other names. The
//! fixture has domains of the same names in both; a real account has each in one of them.

use std::mem;

use serde_json::{Map, Value};

use crate::emulator::reply::Refusal;

use super::{Account, Action, Call, Data, Handler, cdn};

/// The actions: what they are called, what they are called by CDN, calls a second, parameters.
#[rustfmt::skip] // a line for the action and one for its parameters: a table, not calls
pub const ACTIONS: &[Action] = &[
    of("SetDcdnDomainSSLCertificate", 30,
        &["DomainName", "SSLProtocol", "SSLPub", "SSLPri", "CertName", "CertType", "CertId",
          "CertRegion"], |call, account| as_cdn("SetCdnDomainSSLCertificate", call, account)),
    of("DescribeDcdnDomainCertificateInfo", 100, &["DomainName"],
        |call, account| as_cdn("DescribeDomainCertificateInfo", call, account)),
    of("DescribeDcdnDomainDetail", 30, &["DomainName"],
        |call, account| as_cdn("DescribeCdnDomainDetail", call, account)),
    of("DescribeDcdnUserDomains", 100,
        &["PageNumber", "PageSize", "DomainName", "DomainSearchType", "DomainStatus", "Coverage",
          "CheckDomainShow", "ResourceGroupId", "ChangeStartTime", "ChangeEndTime", "WebSiteType",
          "Tag."], |call, account| as_cdn("DescribeUserDomains", call, account)),
    of("DescribeDcdnHttpsDomainList", 100, &["PageNumber", "PageSize", "Keyword"],
        |call, account| as_cdn("DescribeCdnHttpsDomainList", call, account)),
    of("DescribeDcdnSSLCertificateList", 30,
        &["DomainName", "SearchKeyword", "PageNumber", "PageSize"],
        |call, account| as_cdn("DescribeCdnSSLCertificateList", call, account)),
    of("DescribeDcdnCertificateDetail", 20, &["CertName"],
        |call, account| as_cdn("DescribeCdnCertificateDetail", call, account)),
];

const fn of(
    name: &'static str,
    per_second: usize,
    params: &'static [&'static str],
    handle: Handler,
) -> Action {
    Action {
        version: Some("2018-01-15"),
        ..cdn::of(name, per_second, params, handle)
    }
}

/// What DCDN calls the members of CDN's answers.
const MEMBERS: [(&str, &str); 7] = [
    ("CdnType", "Scene"),
    ("GetDomainDetailModel", "DomainDetail"),
    ("ServerCertificate", "SSLPub"),
    ("ServerCertificateStatus", "SSLProtocol"),
    ("SourceModel", "Source"),
    ("SourceModels", "Sources"),
    ("SslProtocol", "SSLProtocol"),
];

/// The members of CDN's answers that DCDN's have not.
const LEFT_OUT: [&str; 3] = ["Coverage", "DomainCnameStatus", "HttpsCname"];

/// Carries out the call that CDN has under that name, with DCDN's domains.
fn as_cdn(name: &str, call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let same = cdn::ACTIONS.iter().find(|action| action.name == name);
    let same = same.expect("an action of CDN");
    mem::swap(&mut account.cdn, &mut account.dcdn);
    let done = (same.handle)(call, account);
    mem::swap(&mut account.cdn, &mut account.dcdn);
    done.map(renamed)
}

fn renamed(members: Data) -> Data {
    let kept = members
        .into_iter()
        .filter(|(name, _)| !LEFT_OUT.contains(&name.as_str()));
    kept.map(|(name, value)| {
        let own = MEMBERS.iter().find(|(of, _)| *of == name);
        let name = own.map_or(name, |(_, own)| (*own).to_owned());
        let value = match name.as_str() {
            "Scene" => Value::from("webservicescene"),
            _ => inside(value),
        };
        (name, value)
    })
    .collect::<Map<_, _>>()
}

fn inside(value: Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(renamed(members)),
        Value::Array(items) => items.into_iter().map(inside).collect(),
        other => other,
    }
}
