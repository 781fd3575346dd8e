//! The store that is meant, and the ids of its certificates.

use std::collections::{BTreeMap, HashMap};

use clap::Args;

use crate::cloud::Cloud;
use crate::commands::{Place, Session};
use crate::config::Settings;
use crate::error::Error;
use crate::fault::Kind;
use crate::products::{Store, StoreId, cas};
use crate::providers::alibaba::cas::{
    CAS, CertificateDetail, GetUserCertificateDetail, INTERNATIONAL, ListCloudResources, MAINLAND,
    PAGE_LIMIT, Resource,
};
use crate::providers::page::Cursor;
use crate::transport::{Client, Failure, read_each};

/// Which of the two stores.
#[derive(Debug, Args)]
pub struct SiteArgs {
    /// Site of the store: cn-hangzhou or ap-southeast-1 [default: cn-hangzhou]
    #[arg(long, value_name = "REGION", value_parser = [MAINLAND, INTERNATIONAL])]
    pub region: Option<String>,
}

impl SiteArgs {
    /// The settings for the store that is meant, and its site.
    pub fn settle(&self, session: &Session<'_>) -> Result<(Settings, &'static str), Error> {
        let place = Place {
            region: self.region.as_deref(),
            ..Place::default()
        };
        let settings = session.settings(Cloud::Alibaba, place)?;
        let site = match settings.region.as_ref().map(|given| given.value.as_str()) {
            None | Some(MAINLAND) => MAINLAND,
            Some(INTERNATIONAL) => INTERNATIONAL,
            Some(other) => {
                return Err(Error::new(
                    Kind::Config,
                    format!("the region {other} has no certificate store"),
                    format!("give `--region {MAINLAND}` or `--region {INTERNATIONAL}`"),
                ));
            }
        };
        Ok((settings, site))
    }
}

/// Reads an id, in every spelling; the error is a phrase that goes after it.
pub fn id(text: &str) -> Result<StoreId, String> {
    match StoreId::of(Store::Cas, text) {
        Some(id) if !id.id.contains('*') => Ok(id),
        _ if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            match text.trim_start_matches('0') {
                "" => Err(NO_ID.into()),
                _ => Err("is larger than any certificate id".into()),
            }
        }
        _ => Err(NO_ID.into()),
    }
}

const NO_ID: &str =
    "is not a certificate id: give a number, or one with its site, such as 123-cn-hangzhou";

/// The id with its site. One of the other site is refused.
///
/// # Errors
/// It is in the store of another site.
pub fn of_site(id: &StoreId, site: &str) -> Result<StoreId, Error> {
    match id.region.as_deref() {
        Some(other) if other != site => Err(Error::usage(
            format!("{} is not in the store of {site}", id.identifier_or_id()),
            match [MAINLAND, INTERNATIONAL].contains(&other) {
                true => format!("give `--region {other}`: nothing was sent"),
                false => format!(
                    "the stores are those of {MAINLAND} and {INTERNATIONAL}: nothing was sent"
                ),
            },
        )),
        _ => Ok(cas::id(&id.id, site)),
    }
}

/// An id as the calls have it that want a number.
pub fn number(id: &StoreId) -> i64 {
    id.id.parse().expect("the parser takes numbers alone")
}

/// What the store says of certificates that other products bear, each read once. A certificate that
/// is not there, and a store that may not be read, are told in one note and left out.
///
/// # Errors
/// The run ended meanwhile.
pub async fn known(
    session: &Session<'_>,
    client: &Client<'_>,
    ids: &[StoreId],
) -> Result<HashMap<StoreId, CertificateDetail>, Error> {
    let mut sites: BTreeMap<&str, Client<'_>> = BTreeMap::new();
    for id in ids {
        let site = id.region.as_deref().unwrap_or(MAINLAND);
        if !sites.contains_key(site) {
            sites.insert(site, client.beside_in(&CAS, site)?);
        }
    }
    let read = async |at: usize| {
        let id = &ids[at];
        let store = &sites[id.region.as_deref().unwrap_or(MAINLAND)];
        let cert_id = &id.id;
        let done = store.call(&GetUserCertificateDetail { cert_id }).await?;
        Ok(done.reply)
    };
    let mut known = HashMap::new();
    let mut unread: Vec<(usize, Failure)> = Vec::new();
    let all: Vec<usize> = (0..ids.len()).collect();
    // The first one alone: what is wrong with the key for all of them shows there once.
    let (first, others) = all.split_at(all.len().min(1));
    for part in [first, others] {
        for (at, answer) in read_each(part, &read).await {
            match answer {
                Ok(detail) => drop(known.insert(ids[at].clone(), detail)),
                Err(failure) if matches!(failure.kind, Kind::Interrupted | Kind::Deadline) => {
                    return Err(failure.into());
                }
                Err(failure) => unread.push((at, failure)),
            }
        }
        let refused = |(_, failure): &(usize, Failure)| failure.kind != Kind::NotFound;
        if unread.iter().any(refused) {
            break;
        }
    }
    if let Some((at, failure)) = unread.first() {
        let certificates = match ids.len() - known.len() {
            1 => format!("certificate {}", ids[*at].identifier_or_id()),
            count => format!(
                "{count} certificates, {} first",
                ids[*at].identifier_or_id()
            ),
        };
        session.ui.note(&format!(
            "the certificate store says nothing of {certificates}: {}",
            failure.message
        ));
    }
    Ok(known)
}

/// What uses these certificates, as far as the store knows.
pub async fn uses(client: &Client<'_>, numbers: &[i64]) -> Result<Vec<Resource>, Failure> {
    let page = |cursor: &Cursor| ListCloudResources::page(numbers, cursor);
    let mut resources = client
        .all(PAGE_LIMIT, page, ListCloudResources::open, Resource::key)
        .await?;
    // Whoever does not heed the filter lists the uses of other certificates as well.
    let asked: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    resources.retain(|resource| asked.contains(&resource.cert_id));
    Ok(resources)
}

/// `CDN a.com`, `GA ga-1/lsr-1 b.com`
pub fn named(resource: &Resource) -> String {
    let mut text = resource.cloud_product.clone();
    if !resource.instance_id.is_empty() {
        text = format!("{text} {}", resource.instance_id);
    }
    if !resource.listener_id.is_empty() {
        text = format!("{text}/{}", resource.listener_id);
    }
    if !resource.domain.is_empty() {
        text = format!("{text} {}", resource.domain);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_with_their_site_or_without() {
        let parsed = |text: &str| id(text).map(|id| (number(&id), id.region));
        let of = |site: &str| Some(site.to_owned());
        assert_eq!(parsed("123"), Ok((123, None)));
        assert_eq!(parsed("123-cn-hangzhou"), Ok((123, of(MAINLAND))));
        assert_eq!(parsed("123-cas.aliyuncs.com"), Ok((123, of(MAINLAND))));
        assert_eq!(parsed("123-ap-southeast-1"), Ok((123, of(INTERNATIONAL))));
        for text in ["", "0", "-5", "12x", "123-", "12**", "-cn-hangzhou", "1 2"] {
            assert!(parsed(text).is_err(), "{text}");
        }
        let far = parsed("100000000000000000000").unwrap_err();
        assert_eq!(far, "is larger than any certificate id");
        let at_home = |text: &str| of_site(&id(text).unwrap(), MAINLAND).ok();
        assert_eq!(at_home("7-ap-southeast-1"), None);
        assert_eq!(at_home("7-eu-central-1"), None);
        assert_eq!(at_home("7-cn-hangzhou"), at_home("7"));
    }
}
