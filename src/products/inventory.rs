//! What an account has, whatever its products are: every list side by side.

use std::rc::Rc;

use futures_util::future::join_all;

use super::{Binding, Gap, PRODUCTS, STORES, Stored};
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
}

/// A list of an account.
enum List {
    Places(Result<Vec<Binding>, Failure>),
    Store(Result<Vec<Stored>, Failure>),
}

impl Inventory {
    /// Reads the lists of all products and stores of the account's cloud, in the order of the tables.
    /// Of a product whose calls see one region alone each of `regions` is read, or with none the
    /// account's own; whatever cannot be read whole is a gap, and keeps nothing else from being read.
    pub async fn read(account: &Rc<Account<'_>>, regions: &[&str]) -> Self {
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
        for spec in PRODUCTS.iter().filter(|one| one.service.cloud == cloud) {
            for region in own(spec.regional) {
                let of = called(spec.word, region);
                lists.push(Box::pin(async move {
                    (of, List::Places((spec.read)(account, region).await))
                }));
            }
        }
        for spec in STORES.iter().filter(|one| one.service.cloud == cloud) {
            for region in own(spec.regional) {
                let of = called(&format!("{} certificates", spec.service.name), region);
                lists.push(Box::pin(async move {
                    (of, List::Store((spec.list)(account, region).await))
                }));
            }
        }
        let mut inventory = Inventory::default();
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
            inventory.gaps.push(Gap { of, failure });
        }
        inventory
    }
}
