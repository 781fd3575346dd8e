//! What an account has, whatever its products are: every list side by side.

use std::rc::Rc;

use futures_util::future::join_all;

use super::{Binding, Gap, PRODUCTS, STORES, Stored};
use crate::fault::Kind;
use crate::providers::Service;
use crate::transport::{Account, Boxed, Failure};

/// What an account has.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    /// The certificates of its stores.
    pub stored: Vec<Stored>,
    /// The places that bear certificates, or could.
    pub bindings: Vec<Binding>,
    /// What is missing in either.
    pub gaps: Vec<Gap>,
    /// The sites of the stores that answer: where all calls go to one address it is one.
    pub sites: Vec<String>,
}

/// A list of an account.
enum List {
    Places(Result<Vec<Binding>, Failure>),
    Store(Result<Vec<Stored>, Failure>),
}

impl Inventory {
    /// Reads the lists of the products that are `wanted` by their words, or with none of all products,
    /// and of all stores of the account's cloud, in the order of the tables. Of a product whose calls
    /// see one region alone each of `regions` is read, or with none the account's own. Whatever cannot
    /// be read whole is a gap, and keeps nothing else from being read; a product that the account has
    /// not opened has nothing.
    pub async fn read(account: &Rc<Account<'_>>, wanted: &[&str], regions: &[&str]) -> Self {
        let cloud = account.settings().cloud;
        let own = |regional: bool| -> Vec<Option<&str>> {
            match regional && !regions.is_empty() {
                true => regions.iter().copied().map(Some).collect(),
                false => vec![None],
            }
        };
        let called = |word: &str, region: Option<&str>| match region {
            Some(region) => format!("{word} {region}"),
            None => word.to_owned(),
        };
        let mut lists: Vec<Boxed<'_, (String, List)>> = Vec::new();
        let is_wanted = |word: &str| wanted.is_empty() || wanted.contains(&word);
        let own_products = PRODUCTS.iter().filter(|one| one.service.cloud == cloud);
        for spec in own_products.filter(|one| is_wanted(one.word)) {
            for region in own(spec.regional) {
                let of = called(spec.word, region);
                lists.push(Box::pin(async move {
                    (of, List::Places((spec.read)(account, region).await))
                }));
            }
        }
        let mut sites = Vec::new();
        for spec in STORES.iter().filter(|one| one.service.cloud == cloud) {
            let regions = match spec.sites {
                [] => own(spec.regional),
                all => {
                    let own = of_sites(account, spec.service, all);
                    sites.extend(own.iter().flatten().map(|site| (*site).to_owned()));
                    own
                }
            };
            for region in regions {
                let of = called(&format!("{} certificates", spec.service.name), region);
                lists.push(Box::pin(async move {
                    (of, List::Store((spec.list)(account, region).await))
                }));
            }
        }
        let mut inventory = Inventory {
            sites,
            ..Inventory::default()
        };
        for (of, list) in join_all(lists).await {
            let failure = match list {
                List::Places(Ok(bindings)) => {
                    inventory.bindings.extend(bindings);
                    continue;
                }
                List::Store(Ok(stored)) => {
                    inventory.stored.extend(stored);
                    continue;
                }
                List::Places(Err(failure)) | List::Store(Err(failure)) => failure,
            };
            if !is_unopened(&failure) {
                inventory.gaps.push(Gap { of, failure });
            }
        }
        inventory
    }
}

/// The sites of a store that are to be read: the account's own first, and those that are at another
/// host. Where all calls go to one address it answers for one site.
fn of_sites<'s>(
    account: &Account<'_>,
    service: &Service,
    sites: &[&'s str],
) -> Vec<Option<&'s str>> {
    let mut sites = sites.to_vec();
    let own = account.settings().region.as_ref();
    sites.sort_by_key(|site| own.is_none_or(|own| own.value != *site));
    let mut hosts = Vec::new();
    sites.retain(|site| {
        let host = account.address_in(service, site);
        let is_new = !hosts.contains(&host);
        hosts.push(host);
        is_new
    });
    sites.into_iter().map(Some).collect()
}

/// Whether the account has never opened the product: there is nothing of it then. The vendor's code
/// for CDN is `CdnServiceNotFound`; those of its other products are made alike.
fn is_unopened(failure: &Failure) -> bool {
    let code = failure.code.as_deref().unwrap_or_default();
    failure.kind == Kind::Account && code.ends_with("ServiceNotFound")
}
