//! The certificate store as CDN sees it: a certificate by its number, by its name or by what it is.

use crate::cert::{Certificate, Same};
use crate::fault::Kind;
use crate::products::{StoreId, Stored, cas};
use crate::providers::alibaba::cas::MAINLAND;
use crate::providers::alibaba::cdn::{
    CertInfo, DescribeCdnCertificateDetail, DescribeCdnCertificateDetailById,
    DescribeCdnSSLCertificateList, STORE_PAGE_LIMIT, StoreCertificate, StoreCertificates,
    StoredCertificate,
};
use crate::providers::page::Cursor;
use crate::transport::{Client, Done, Failure, Fate};

/// The whole store.
pub const ALL: DescribeCdnSSLCertificateList<'static> = DescribeCdnSSLCertificateList {
    page_number: 1,
    page_size: STORE_PAGE_LIMIT,
    domain_name: None,
    search_keyword: None,
};

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

/// The certificates of the store, as CDN lists them.
///
/// # Errors
/// What the calls say; a list that is not whole.
pub async fn list(
    client: &Client<'_>,
    search: &DescribeCdnSSLCertificateList<'_>,
) -> Result<Vec<StoreCertificate>, Failure> {
    let call = |cursor: &Cursor| DescribeCdnSSLCertificateList {
        page_number: cursor.number,
        ..search.clone()
    };
    // A number is of its region.
    let key = |one: &StoreCertificate| format!("{} {}", one.cert_region, one.cert_id);
    client
        .all(search.page_size, call, StoreCertificates::page, key)
        .await
}

/// Fetches the certificates that were named by their number alone.
pub async fn complete(client: &Client<'_>, infos: &mut [CertInfo]) -> Result<(), Failure> {
    for info in infos {
        if info.server_certificate.is_empty() && !info.cert_id.is_empty() {
            info.server_certificate = in_store(client, info).await?;
        }
    }
    Ok(())
}

/// The text of a certificate that a domain serves, as the store has it.
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
            let mut listed = list(client, &ALL).await?.into_iter();
            let is_it = |one: &StoreCertificate| {
                one.cert_id == id.id && (one.cert_region.is_empty() || one.cert_region == site)
            };
            let found = listed.find(is_it).map(|one| one.cert_name);
            found.ok_or_else(|| {
                missing(format!("the store of {site} has no certificate {}", id.id))
            })?
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
            "in the store, the name {cert_name} belongs to {other}, not to {}",
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
                "{}: the answer about {} contains no valid certificate",
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
pub async fn find(client: &Client<'_>, wanted: &Certificate) -> Result<Found, Failure> {
    let listed = list(client, &ALL).await?;
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
    let search = DescribeCdnSSLCertificateList {
        search_keyword: Some(name),
        ..ALL
    };
    let mut listed = list(client, &search).await?;
    listed.retain(|one| one.cert_name == name);
    Ok(listed)
}

/// The id of a listed certificate.
pub fn id_of(listed: &StoreCertificate) -> StoreId {
    cas::id(&listed.cert_id, &listed.cert_region)
}
