//! Alibaba Cloud CDN and its twin DCDN: what their domains serve over HTTPS, and the certificates that
//! there are for them. They read the store of both sites themselves, so that nothing else has to be
//! allowed.

pub mod goal;

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use chrono::{DateTime, Utc};
use futures_util::StreamExt;

use super::{StoreId, Stored, cas};
use crate::cert::{Certificate, Same};
use crate::fault::Kind;
use crate::providers::Operation;
use crate::providers::alibaba::cas::MAINLAND;
use crate::providers::alibaba::cdn::{
    CertInfo, DescribeCdnCertificateDetail, DescribeCdnCertificateDetailById,
    DescribeCdnHttpsDomainList, DescribeCdnSSLCertificateList, DescribeDomainCertificateInfo,
    DescribeUserDomains, HttpsDomain, ListedDomain, NO_HTTPS_DOMAIN, STORE_PAGE_LIMIT,
    StoreCertificate, StoreCertificates, StoredCertificate, USER_DOMAINS_PAGE_LIMIT,
};
use crate::providers::page::{Cursor, Page, Rest};
use crate::transport::{Boxed, Client, Done, Failure, Fate};

/// How many pages of a list are read at a time: each is some hundred kilobytes in memory.
const SIDE_BY_SIDE: usize = 8;

/// The longest list that is believed, in items.
const LONGEST: usize = 1_000_000;

/// What the store has of a certificate, or under a name.
#[derive(Clone, Debug)]
pub enum Found {
    /// This very certificate, with the same chain.
    This(Box<Stored>),
    /// This certificate, with another chain or none.
    Beside,
    /// Another certificate.
    Another,
    /// Nothing.
    Nothing,
}

/// What a domain serves; empty where HTTPS was never on.
///
/// # Errors
/// What the call says.
pub async fn certificates(
    client: &Client<'_>,
    domain_name: &str,
) -> Result<Vec<CertInfo>, Failure> {
    let read = DescribeDomainCertificateInfo { domain_name };
    Ok(client.call(&read).await?.reply.cert_infos.cert_info)
}

/// Fetches the certificates that were named by their number alone.
///
/// # Errors
/// What the call says.
pub async fn complete(client: &Client<'_>, infos: &mut [CertInfo]) -> Result<(), Failure> {
    for info in infos {
        if info.server_certificate.is_empty() && !info.cert_id.is_empty() {
            info.server_certificate = in_store(client, info).await?;
        }
    }
    Ok(())
}

/// The text of a certificate that a domain serves, as the store has it.
///
/// # Errors
/// What the call says.
pub async fn in_store(client: &Client<'_>, info: &CertInfo) -> Result<String, Failure> {
    let id = cas::id(&info.cert_id, &info.cert_region);
    Ok(detail(client, &id, &info.cert_name).await?.reply.cert)
}

/// A certificate of the store, by its number; `name` is what it is called there, empty where that is
/// not known. A twin reads certificates by their names alone: the list of the store has it.
///
/// # Errors
/// What the calls say; nothing, or another certificate, has the number.
pub async fn detail(
    client: &Client<'_>,
    id: &StoreId,
    name: &str,
) -> Result<Done<StoredCertificate>, Failure> {
    let by_id = DescribeCdnCertificateDetailById {
        cert_id: &id.id,
        cert_region: id.region.as_deref(),
    };
    if client.offers::<DescribeCdnCertificateDetailById>() {
        return client.call(&by_id).await;
    }
    let missing = |message: String| Failure {
        message,
        ..Failure::of(Kind::NotFound, Fate::NotRun)
    };
    let cert_name = match name {
        "" => {
            let site = id.region.as_deref().unwrap_or(MAINLAND);
            let mut listed = store(client, None).await?.into_iter();
            let is_it = |one: &StoreCertificate| {
                one.cert_id == id.id && (one.cert_region.is_empty() || one.cert_region == site)
            };
            let found = listed.find(is_it).map(|one| one.cert_name);
            found.ok_or_else(|| missing(format!("the store of {site} has no number {}", id.id)))?
        }
        name => name.to_owned(),
    };
    let by_name = DescribeCdnCertificateDetail {
        cert_name: &cert_name,
    };
    let done = client.call(&by_name).await?;
    match done.reply.cert_id.as_str() {
        "" => Ok(done),
        number if number == id.id => Ok(done),
        other => Err(missing(format!(
            "the store has {other} under the name {cert_name}, not {}",
            id.id
        ))),
    }
}

/// The certificate of this number; its chain is known.
///
/// # Errors
/// What the call says; an answer without a certificate in it.
pub async fn by_id(client: &Client<'_>, id: &StoreId) -> Result<Stored, Failure> {
    called(client, id, "").await
}

/// [`by_id`] where its name may be known as well: see [`detail`].
async fn called(client: &Client<'_>, id: &StoreId, name: &str) -> Result<Stored, Failure> {
    let done = detail(client, id, name).await?;
    match Certificate::in_text(&done.reply.cert) {
        Some(certificate) => Ok(Stored {
            id: id.clone(),
            name: done.reply.cert_name,
            certificate,
        }),
        None => Err(Failure {
            message: format!(
                "{}: no certificate can be read in what is told of {}",
                client.named::<DescribeCdnCertificateDetailById>(),
                id.identifier_or_id()
            ),
            request_id: done.request_id,
            ..Failure::of(Kind::Unavailable, Fate::NotRun)
        }),
    }
}

/// The certificate of this name: of the site that is asked for, else of mainland China, else of the
/// other one.
///
/// # Errors
/// What the calls say.
pub async fn by_name(
    client: &Client<'_>,
    name: &str,
    region: Option<&str>,
) -> Result<Option<Stored>, Failure> {
    let mut listed = named(client, name).await?;
    let rank = |one: &StoreCertificate| match one.cert_region.as_str() {
        own if Some(own) == region => 0,
        "" | MAINLAND => 1,
        _ => 2,
    };
    listed.sort_by_key(rank);
    match listed.first() {
        Some(first) => called(client, &id_of(first), name).await.map(Some),
        None => Ok(None),
    }
}

/// Who has a name in the store: this certificate, or another one.
///
/// # Errors
/// What the calls say.
pub async fn holder(
    client: &Client<'_>,
    wanted: &Certificate,
    name: &str,
) -> Result<Found, Failure> {
    let listed = named(client, name).await?;
    let taken = !listed.is_empty();
    Ok(match among(client, wanted, listed).await? {
        Found::Nothing if taken => Found::Another,
        found => found,
    })
}

/// Looks for a certificate in the whole store, by its hash and its chain.
///
/// # Errors
/// What the calls say.
pub async fn find(client: &Client<'_>, wanted: &Certificate) -> Result<Found, Failure> {
    let listed = store(client, None).await?;
    among(client, wanted, listed).await
}

/// Which of the listed certificates is the wanted one.
async fn among(
    client: &Client<'_>,
    wanted: &Certificate,
    listed: Vec<StoreCertificate>,
) -> Result<Found, Failure> {
    let mut found = Found::Nothing;
    for one in listed {
        let told = Certificate::default().with_hashes(&[&one.fingerprint]);
        if told.is_leaf_of(wanted) != Some(true) {
            continue;
        }
        let stored = called(client, &id_of(&one), &one.cert_name).await?;
        match stored.certificate.same(wanted) {
            Same::Yes => {
                return Ok(Found::This(Box::new(Stored {
                    name: one.cert_name,
                    ..stored
                })));
            }
            Same::LeafOnly => found = Found::Beside,
            Same::No | Same::Unknown => {}
        }
    }
    Ok(found)
}

/// The certificates of the store that have exactly this name: one in each site at most.
async fn named(client: &Client<'_>, name: &str) -> Result<Vec<StoreCertificate>, Failure> {
    let mut listed = store(client, Some(name)).await?;
    listed.retain(|one| one.cert_name == name);
    Ok(listed)
}

async fn store(
    client: &Client<'_>,
    keyword: Option<&str>,
) -> Result<Vec<StoreCertificate>, Failure> {
    let page = |cursor: &Cursor| DescribeCdnSSLCertificateList {
        page_number: cursor.number,
        page_size: STORE_PAGE_LIMIT,
        domain_name: None,
        search_keyword: keyword,
    };
    // A number is of its region.
    let key = |one: &StoreCertificate| format!("{} {}", one.cert_region, one.cert_id);
    client
        .all(STORE_PAGE_LIMIT, page, StoreCertificates::page, key)
        .await
}

fn id_of(listed: &StoreCertificate) -> StoreId {
    cas::id(&listed.cert_id, &listed.cert_region)
}

/// Which of the account's domains have HTTPS on, and which have it off, by their name in the CDN's
/// spelling.
///
/// # Errors
/// What the calls say; a list that is not whole.
pub async fn switches(client: &Client<'_>) -> Result<HashMap<String, bool>, Failure> {
    let call = |page_number: u32| DescribeUserDomains {
        page_number,
        page_size: USER_DOMAINS_PAGE_LIMIT,
        name_part: None,
        domain_status: None,
    };
    let keep = |domain: ListedDomain| {
        let on = match domain.ssl_protocol.to_ascii_lowercase().as_str() {
            "on" => Some(true),
            "off" => Some(false),
            _ => None,
        };
        (domain.domain_name, on)
    };
    let listed = whole(client, call, keep).await?;
    let told = listed.into_iter();
    Ok(told.filter_map(|(name, on)| Some((name, on?))).collect())
}

/// What the list of domains whose HTTPS is on says of a certificate that one of them has.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Served {
    /// The domain in the CDN's spelling.
    pub domain: String,
    /// The certificate's name in the store.
    pub name: String,
    /// `upload`, `cas` or `free`.
    pub kind: String,
    /// Until when it is valid, in a zone that is not told.
    pub ends: Option<DateTime<Utc>>,
}

/// The domains whose HTTPS is on, with the names of their certificates; a domain may have several.
///
/// # Errors
/// What the calls say; a list that is not whole.
pub async fn served(client: &Client<'_>) -> Result<HashSet<Served>, Failure> {
    let call = |page_number: u32| DescribeCdnHttpsDomainList {
        page_number,
        page_size: USER_DOMAINS_PAGE_LIMIT,
    };
    let keep = |domain: HttpsDomain| Served {
        domain: domain.domain_name,
        name: domain.cert_name,
        kind: domain.cert_type,
        ends: domain.cert_expire_time.map(|end| end.0),
    };
    match whole(client, call, keep).await {
        Err(failure) if failure.code.as_deref() == Some(NO_HTTPS_DOMAIN) => Ok(HashSet::new()),
        other => other,
    }
}

/// A list, its pages side by side after the first one; of each item only what is kept stays in
/// memory. How many come in a page is the gateway's to say, so that the first one tells how many
/// pages there are.
async fn whole<O, T, K>(
    client: &Client<'_>,
    call: impl Fn(u32) -> O,
    keep: impl Fn(T) -> K,
) -> Result<HashSet<K>, Failure>
where
    O: Operation,
    Page<T>: From<O::Reply>,
    K: Eq + Hash,
{
    let read = async |number: u32| {
        let done = client.call(&call(number)).await?;
        let page = Page::from(done.reply);
        let came = page.items.len();
        let kept: Vec<K> = page.items.into_iter().map(&keep).collect();
        Ok::<_, Failure>((kept, came, page.rest))
    };
    let (first, size, rest) = read(1).await?;
    let total = match rest {
        Rest::Total(total) => total,
        Rest::Parts { .. } | Rest::Token(_) | Rest::Open | Rest::Unsaid => size,
    };
    let torn = |have: usize| Failure {
        message: format!(
            "{}: the list is not whole or changes while it is read: of {total} items {have} came",
            client.named::<O>()
        ),
        ..Failure::of(Kind::Unavailable, Fate::NotRun)
    };
    let mut came = size;
    let mut items: HashSet<K> = first.into_iter().collect();
    if size < total {
        if size == 0 || total > LONGEST {
            return Err(torn(size));
        }
        let last = u32::try_from(total.div_ceil(size)).unwrap_or(u32::MAX);
        let read = &read;
        let reads = (2..=last)
            .map(|number| -> Boxed<'_, _> { Box::pin(async move { read(number).await }) });
        let mut reads = futures_util::stream::iter(reads).buffer_unordered(SIDE_BY_SIDE);
        while let Some(page) = reads.next().await {
            let (page, count, _) = page?;
            came += count;
            items.extend(page);
        }
    }
    // An item that came twice has kept another one from coming.
    match came == total && items.len() == total {
        true => Ok(items),
        false => Err(torn(items.len())),
    }
}
