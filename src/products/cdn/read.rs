//! The domains and what they serve over HTTPS: as lists tell it, where there are many, and domain by
//! domain.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::store;
use crate::cert::Certificate;
use crate::fault::Kind;
use crate::products::{Bears, Binding, Held, Place, Product, Slot, StoreId, cas};
use crate::providers::Service;
use crate::providers::alibaba::cdn::{
    CertInfo, DescribeCdnDomainDetail, DescribeCdnHttpsDomainList, DescribeDomainCertificateInfo,
    DescribeUserDomains, DomainModel, HttpsDomain, ListedDomain, NO_HTTPS_DOMAIN, StoreCertificate,
    USER_DOMAINS_PAGE_LIMIT, usual_name, wire_name,
};
use crate::providers::page::{Cursor, Page};
use crate::transport::{Account, Client, Failure, ends_run, read_each};

/// Stands for the number of a certificate that no store has.
const NO_NUMBER: &str = "0";

/// All domains.
pub const ALL: DescribeUserDomains<'static> = DescribeUserDomains {
    page_number: 1,
    page_size: USER_DOMAINS_PAGE_LIMIT,
    name_part: None,
    domain_status: None,
};

/// What a domain serves; empty where HTTPS was never on.
pub async fn certificates(
    client: &Client<'_>,
    domain_name: &str,
) -> Result<Vec<CertInfo>, Failure> {
    let read = DescribeDomainCertificateInfo { domain_name };
    Ok(client.call(&read).await?.reply.cert_infos.cert_info)
}

/// A domain's configuration, and what it serves.
pub async fn detail(
    client: &Client<'_>,
    domain_name: &str,
) -> Result<(DomainModel, Vec<CertInfo>), Failure> {
    let read = DescribeCdnDomainDetail { domain_name };
    let detail = client.call(&read).await?.reply;
    let mut infos = certificates(client, domain_name).await?;
    store::complete(client, &mut infos).await?;
    Ok((detail.get_domain_detail_model, infos))
}

/// A domain of either list, joined with what the other one and the store say.
#[derive(Debug, Default)]
pub struct Listed {
    /// Its name, as it is usually spelled.
    pub name: String,
    /// What the list of all domains says of it.
    pub domain: Option<ListedDomain>,
    /// What the list of those whose HTTPS is on says; of several certificates, of the one that ends
    /// first.
    pub https: Option<HttpsDomain>,
    /// Whether that list has several certificates of it.
    pub several: bool,
    /// The name of its certificate in the store; empty where nobody tells it.
    pub cert_name: String,
    /// Its certificate in the store, where that is known.
    pub id: Option<StoreId>,
    /// What is known of its certificate.
    pub certificate: Certificate,
    /// Why its own read, where one was needed, told nothing.
    pub unread: Option<Failure>,
}

impl Listed {
    /// `on` or `off`, where either list tells.
    pub fn switch(&self) -> Option<String> {
        let told = self.domain.as_ref().map(|domain| &domain.ssl_protocol);
        match told.filter(|word| !word.is_empty()) {
            Some(word) => Some(word.to_ascii_lowercase()),
            None => self.https.as_ref().map(|_| "on".to_owned()),
        }
    }

    /// Whether HTTPS is on.
    pub fn is_on(&self) -> bool {
        self.switch().as_deref() == Some("on")
    }

    /// Of several certificates of a domain the one that ends first counts.
    fn serve(&mut self, https: HttpsDomain) {
        self.several = self.https.is_some();
        let end = https.cert_expire_time.map(|end| end.0);
        let later = |earlier| end.is_none_or(|end| end >= earlier);
        if self.certificate.expires.is_some_and(later) {
            return;
        }
        self.cert_name.clone_from(&https.cert_name);
        self.certificate.expires = end;
        self.https = Some(https);
    }

    /// Takes over what the domain's own read says of the certificate that it serves.
    fn learn(&mut self, info: CertInfo) {
        self.certificate.expires = info.cert_expire_time.map(|end| end.0);
        if let Some(read) = Certificate::in_text(&info.server_certificate) {
            self.certificate.join(&read);
        }
        self.id = id_of(&info);
        if self.cert_name.is_empty() {
            self.cert_name = info.cert_name;
        }
    }

    /// What it bears, as far as the lists tell.
    fn bears(&self) -> Bears {
        match (&self.id, &self.unread) {
            _ if !self.is_on() => Bears::These(Vec::new()),
            (Some(id), _) => Bears::These(vec![Held::Stored(id.clone())]),
            (None, Some(failure)) => Bears::Unread(failure.clone()),
            (None, None) => Bears::These(vec![Held::Own(Box::new(self.certificate.clone()))]),
        }
    }

    /// Whether no list tells which certificate it is.
    fn is_open(&self) -> bool {
        let known = self.id.is_some() || self.certificate.sha256.is_some();
        self.is_on() && self.unread.is_none() && (self.several || !known)
    }

    /// Its state, where that is none in which it can be changed.
    fn unsettled(&self) -> String {
        let told = self.domain.as_ref().map(|domain| &domain.domain_status);
        let state = told.map(|state| state.to_ascii_lowercase());
        state.filter(|state| state != "online").unwrap_or_default()
    }
}

/// The store's id of a certificate that a domain serves.
fn id_of(info: &CertInfo) -> Option<StoreId> {
    let is_none = info.cert_id.is_empty() || info.cert_id == NO_NUMBER;
    (!is_none).then(|| cas::id(&info.cert_id, &info.cert_region))
}

/// The domains that are asked for and `wanted`, each with its certificate: one list of all domains, one
/// of those whose HTTPS is on, one of the store, which the second one calls by their names only. Only a
/// domain of whose certificate no list says when it ends is read by itself.
///
/// # Errors
/// What the calls say; a list that is not whole.
pub async fn list(
    client: &Client<'_>,
    asked: &DescribeUserDomains<'_>,
    wanted: impl Fn(&Listed) -> bool,
) -> Result<Vec<Listed>, Failure> {
    let page = |cursor: &Cursor| DescribeUserDomains {
        page_number: cursor.number,
        ..asked.clone()
    };
    let name = |domain: &ListedDomain| domain.domain_name.clone();
    let domains = client.all(asked.page_size, page, Page::from, name).await?;
    let mut all = joined(domains, https(client, asked.page_size).await?);
    all.retain(wanted);
    complete(client, &mut all).await?;
    identify(client, &mut all).await?;
    Ok(all)
}

/// The domains whose HTTPS is on. That there is none is said by a code.
async fn https(client: &Client<'_>, page_size: u32) -> Result<Vec<HttpsDomain>, Failure> {
    let page = |cursor: &Cursor| DescribeCdnHttpsDomainList {
        page_number: cursor.number,
        page_size,
    };
    // A domain may have several certificates.
    let key = |domain: &HttpsDomain| format!("{domain:?}");
    match client.all(page_size, page, Page::from, key).await {
        Err(failure) if failure.code.as_deref() == Some(NO_HTTPS_DOMAIN) => Ok(Vec::new()),
        other => other,
    }
}

/// One for each domain of either list, in the order of the first one. A domain may be in one of them
/// only: it has just been added, or its HTTPS has just been changed.
fn joined(domains: Vec<ListedDomain>, https: Vec<HttpsDomain>) -> Vec<Listed> {
    let mut all: Vec<Listed> = Vec::with_capacity(domains.len());
    let mut places: HashMap<String, usize> = HashMap::with_capacity(domains.len());
    for domain in domains {
        let name = usual_name(&domain.domain_name);
        places.insert(name.clone(), all.len());
        all.push(Listed {
            name,
            domain: Some(domain),
            ..Listed::default()
        });
    }
    for served in https {
        let name = usual_name(&served.domain_name);
        let place = *places.entry(name.clone()).or_insert_with(|| {
            all.push(Listed {
                name,
                ..Listed::default()
            });
            all.len() - 1
        });
        all[place].serve(served);
    }
    all
}

/// Reads the domains of whose certificates the list does not say when they end.
async fn complete(client: &Client<'_>, all: &mut [Listed]) -> Result<(), Failure> {
    let unknown = |at: &usize| all[*at].is_on() && all[*at].certificate.expires.is_none();
    let targets: Vec<usize> = (0..all.len()).filter(unknown).collect();
    let read = async |at: usize| certificates(client, wire_name(&all[at].name)).await;
    for (at, infos) in read_each(&targets, read).await {
        let one = &mut all[at];
        let why = match infos {
            Err(failure) if ends_run(&failure) => return Err(failure),
            Err(failure) => one.unread.insert(failure).message.clone(),
            Ok(infos) => {
                if let Some(info) = infos.into_iter().find(CertInfo::is_on) {
                    one.learn(info);
                }
                if one.certificate.expires.is_some() {
                    continue;
                }
                "the cloud does not report it".into()
            }
        };
        client.warn(&format!(
            "{}: HTTPS is on, but the expiry date of its certificate is unknown: {why}",
            one.name
        ));
    }
    Ok(())
}

/// Finds the certificates of the domains in the store, by one list of it, whatever the number of
/// domains. A key that may not read it has no ids.
async fn identify(client: &Client<'_>, all: &mut [Listed]) -> Result<(), Failure> {
    let wanting = |one: &Listed| one.id.is_none() && !one.cert_name.is_empty();
    if !all.iter().any(wanting) {
        return Ok(());
    }
    let stored = match store::list(client, &store::ALL).await {
        Ok(stored) => stored,
        Err(failure) if matches!(failure.kind, Kind::Interrupted | Kind::Deadline) => {
            return Err(failure);
        }
        Err(failure) => {
            client.note(&format!(
                "certificate ids are missing: could not read the store: {}",
                failure.message
            ));
            return Ok(());
        }
    };
    let mut by_name: HashMap<&str, Vec<&StoreCertificate>> = HashMap::new();
    for one in &stored {
        by_name.entry(&one.cert_name).or_default().push(one);
    }
    for one in all.iter_mut().filter(|one| wanting(one)) {
        // A name is unique in its region's store only.
        let Some([found]) = by_name.get(one.cert_name.as_str()).map(Vec::as_slice) else {
            continue;
        };
        let told = one
            .https
            .as_ref()
            .map_or("", |https| &https.cert_common_name);
        if !told.is_empty() && !found.common.is_empty() && told != found.common {
            continue;
        }
        one.id = Some(store::id_of(found));
        one.certificate = std::mem::take(&mut one.certificate).with_hashes(&[&found.fingerprint]);
    }
    Ok(())
}

/// The domains as places, and what they bear. Where the store does not tell by the name which of its
/// certificates it is, one domain of those that are alike is read.
///
/// # Errors
/// What the calls say; a list that is not whole.
pub async fn bindings(
    account: &Rc<Account<'_>>,
    service: &'static Service,
    product: Product,
) -> Result<Vec<Binding>, Failure> {
    let client = &account.client(service)?;
    let all = list(client, &ALL, |_| true).await?;
    let mut bears: Vec<Bears> = all.iter().map(Listed::bears).collect();
    let mut alike: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (at, one) in all.iter().enumerate().filter(|(_, one)| one.is_open()) {
        let https = one.https.as_ref();
        let told = https.map(|https| (&https.cert_type, &https.cert_common_name));
        // Of these nobody knows whether two are one.
        let alone = (one.several || one.cert_name.is_empty()).then_some(at);
        let key = (&one.cert_name, told, one.certificate.expires, alone);
        alike.entry(key).or_default().push(at);
    }
    let firsts: Vec<usize> = alike.values().map(|group| group[0]).collect();
    let read = async |at: usize| certificates(client, wire_name(&all[at].name)).await;
    let mut read: HashMap<_, _> = read_each(&firsts, read).await.into_iter().collect();
    for group in alike.into_values() {
        let told = match read.remove(&group[0]) {
            Some(Err(failure)) if ends_run(&failure) => return Err(failure),
            Some(Err(failure)) => Bears::Unread(failure),
            Some(Ok(infos)) => Bears::These(held(&infos)),
            None => continue,
        };
        for at in group {
            bears[at] = told.clone();
        }
    }
    let bound = all.into_iter().zip(bears);
    let bound = bound.map(|(one, bears)| Binding {
        unsettled: one.unsettled(),
        place: Place {
            product,
            region: None,
            path: one.name.to_ascii_lowercase(),
            slot: Slot::Only,
        },
        region: None,
        hosts: vec![one.name],
        bears,
    });
    Ok(bound.collect())
}

/// The certificates that a domain serves, by its own read.
fn held(infos: &[CertInfo]) -> Vec<Held> {
    let on = infos.iter().filter(|info| info.is_on());
    on.map(|info| match id_of(info) {
        Some(id) => Held::Stored(id),
        None => {
            let read = Certificate::in_text(&info.server_certificate);
            Held::Own(Box::new(read.unwrap_or_else(|| Certificate {
                expires: info.cert_expire_time.map(|end| end.0),
                ..Certificate::default()
            })))
        }
    })
    .collect()
}
