//! What the store has, and what is said of it elsewhere. A private key is never read.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::chain::{chain, is_alone, links};
use crate::cert::{Bundle, Certificate, Same};
use crate::fault::Kind;
use crate::products::{Seen, Store, StoreId, Stored};
use crate::providers::alibaba::cas::{
    CAS, CertificateDetail, GetUserCertificateDetail, INTERNATIONAL, ListCloudResources,
    ListUserCertificateOrder, MAINLAND, PAGE_LIMIT, Resource, StoredCertificate, Validity,
};
use crate::providers::page::Cursor;
use crate::transport::{Client, Failure, read_each};

/// The certificates of the store, all of them.
///
/// # Errors
/// The list cannot be read, or not whole.
pub async fn list(
    cas: &Client<'_>,
    validity: Validity,
    size: u32,
) -> Result<Vec<StoredCertificate>, Failure> {
    let page = |cursor: &Cursor| ListUserCertificateOrder::page(validity, cursor, size);
    let key = |one: &StoredCertificate| one.certificate_id.clone();
    cas.all(size, page, ListUserCertificateOrder::open, key)
        .await
}

/// [`list`] of several parts, each certificate once: what ends between the two reads is in both.
///
/// # Errors
/// As there.
pub async fn list_all(
    cas: &Client<'_>,
    parts: &[Validity],
    size: u32,
) -> Result<Vec<StoredCertificate>, Failure> {
    let mut seen = HashSet::new();
    let mut all = Vec::new();
    for validity in parts {
        for mut one in list(cas, *validity, size).await? {
            one.expired |= *validity == Validity::Expired;
            if seen.insert(one.certificate_id.clone()) {
                all.push(one);
            }
        }
    }
    Ok(all)
}

/// A certificate of the store by its id, as the store tells it. What comes with it may be left out.
///
/// # Errors
/// It is not there ([`Kind::NotFound`]), or cannot be read.
pub async fn detail(cas: &Client<'_>, id: &StoreId) -> Result<CertificateDetail, Failure> {
    let call = GetUserCertificateDetail { cert_id: &id.id };
    Ok(cas.call(&call).await?.reply)
}

/// A certificate of the store by its id: names, hashes, serial number, dates, and whether it is there
/// without its intermediates, as far as the store tells.
///
/// # Errors
/// As those of [`detail`].
pub async fn look_up(cas: &Client<'_>, id: &StoreId, site: &str) -> Result<Stored, Failure> {
    let mut read = detail(cas, id).await?;
    read.cert_chain = links(cas, &id.id, read.cert_chain).await?;
    Ok(of_detail(&read, site))
}

/// Whether the store has a certificate with its chain under the id that it gave.
///
/// # Errors
/// It cannot be read.
pub async fn see(cas: &Client<'_>, id: &StoreId, bundle: &Bundle) -> Result<Seen, Failure> {
    let read = match detail(cas, id).await {
        Ok(read) => read,
        Err(failure) if failure.kind == Kind::NotFound => {
            return Ok(Seen::Pending("it is not in the store yet".into()));
        }
        Err(failure) => return Err(failure),
    };
    let mut there = of_detail(&read, "").certificate;
    there.chain = chain(cas, &id.id, read.cert_chain, bundle).await?;
    let own = bundle.certificate();
    Ok(match (there.same(&own), there.is_leaf_of(&own)) {
        (Same::Yes, _) => Seen::Confirmed,
        (Same::No, _) => Seen::Failed(format!("{} is another certificate", id.id)),
        (Same::LeafOnly, _) => Seen::Pending("it is stored with another chain".into()),
        (Same::Unknown, Some(true)) => {
            cas.note(&format!(
                "the chain of {} in the store is unknown: confirmed without comparing the chain",
                id.id
            ));
            Seen::Confirmed
        }
        (Same::Unknown, _) => Seen::Pending("the store does not return its content".into()),
    })
}

/// Whether a certificate is in the store no more.
///
/// # Errors
/// It cannot be read.
pub async fn is_gone(cas: &Client<'_>, id: &StoreId) -> Result<bool, Failure> {
    match detail(cas, id).await {
        Ok(_) => Ok(false),
        Err(failure) if failure.kind == Kind::NotFound => Ok(true),
        Err(failure) => Err(failure),
    }
}

/// What the stores say of certificates that other products bear, each read once. A certificate that
/// is not there, and a store that may not be read, are told in one note and left out.
///
/// # Errors
/// The run ended meanwhile.
pub async fn known(
    client: &Client<'_>,
    ids: &[StoreId],
) -> Result<HashMap<StoreId, CertificateDetail>, Failure> {
    let mut stores: BTreeMap<&str, Client<'_>> = BTreeMap::new();
    for id in ids {
        let site = id.region.as_deref().unwrap_or(MAINLAND);
        if !stores.contains_key(site) {
            stores.insert(site, client.beside_in(&CAS, site)?);
        }
    }
    let read = async |at: usize| {
        let site = ids[at].region.as_deref().unwrap_or(MAINLAND);
        detail(&stores[site], &ids[at]).await
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
                    return Err(failure);
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
        let first = ids[*at].identifier_or_id();
        let certificates = match ids.len() - known.len() {
            1 => format!("certificate {first}"),
            count => format!("{count} certificates, such as {first}"),
        };
        client.note(&format!(
            "could not read {certificates} from the certificate store: {}",
            failure.message
        ));
    }
    Ok(known)
}

/// What uses these certificates, as far as the store knows.
///
/// # Errors
/// It cannot be read, or not whole.
pub async fn uses(cas: &Client<'_>, numbers: &[&str]) -> Result<Vec<Resource>, Failure> {
    let page = |cursor: &Cursor| ListCloudResources::page(numbers, cursor);
    let mut resources = cas
        .all(PAGE_LIMIT, page, ListCloudResources::open, Resource::key)
        .await?;
    // Whoever does not heed the filter lists the uses of other certificates as well.
    resources.retain(|resource| numbers.contains(&resource.cert_id.as_str()));
    Ok(resources)
}

/// The site of a store: that of mainland China, unless the other one is named.
pub fn site(region: Option<&str>) -> &'static str {
    match region {
        Some(INTERNATIONAL) => INTERNATIONAL,
        _ => MAINLAND,
    }
}

/// What is known of an entry of the store's list.
pub fn of_list(listed: &StoredCertificate, site: &str) -> Stored {
    let certificate = Certificate {
        names: names(&listed.sans, &listed.common_name),
        issuer: (!listed.issuer.is_empty()).then(|| listed.issuer.clone()),
        expires: listed.end_date.map(|end| end.0),
        ..Certificate::default()
    };
    Stored {
        id: id(&listed.certificate_id, site),
        name: listed.name.clone(),
        certificate: certificate
            .with_hashes(&[&listed.fingerprint, &listed.sha2])
            .with_serial(&listed.serial_no),
    }
}

/// What is known of a certificate that was read by its id.
pub fn of_detail(detail: &CertificateDetail, site: &str) -> Stored {
    let certificate = Certificate {
        names: names(&detail.sans, &detail.common),
        issuer: (!detail.issuer.is_empty()).then(|| detail.issuer.clone()),
        algorithm: (!detail.algorithm.is_empty()).then(|| detail.algorithm.clone()),
        starts: detail.starts().map(|start| start.0),
        expires: detail.last_second().map(|end| end.0),
        lacks: is_alone(detail).then(|| detail.issuer.clone()),
        ..Certificate::default()
    };
    let identified = StoreId::of(Store::Cas, &detail.cert_identifier);
    Stored {
        id: identified
            .filter(|read| read.region.is_some())
            .unwrap_or_else(|| id(&detail.id, site)),
        name: detail.name.clone(),
        certificate: certificate
            .with_hashes(&[&detail.fingerprint, &detail.sha2, &detail.cert_sha2])
            .with_serial(&detail.serial_no),
    }
}

/// The id of a certificate in the store of a site, which is empty where nobody tells it.
pub fn id(number: &str, site: &str) -> StoreId {
    StoreId {
        store: Store::Cas,
        id: number.to_owned(),
        region: Some(site.to_owned()).filter(|site| !site.is_empty()),
    }
}

/// The names of a comma list.
fn names(sans: &str, common_name: &str) -> Vec<String> {
    let listed = sans.split(',').map(str::trim);
    let names: Vec<String> = listed
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    match names.is_empty() && !common_name.is_empty() {
        true => vec![common_name.to_owned()],
        false => names,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_a_comma_list() {
        assert_eq!(names("a.com, *.a.com,", "x"), ["a.com", "*.a.com"]);
        assert_eq!(names("", "x"), ["x"]);
        assert!(names("", "").is_empty());
    }
}
