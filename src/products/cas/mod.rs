//! Alibaba Cloud's certificate store, one in each of two sites: a certificate is looked up by its id,
//! found again by what it is, uploaded, or deleted.

mod chain;
mod read;
mod store;

use std::rc::Rc;

pub use self::read::{
    detail, id, is_gone, known, list, list_all, look_up, of_detail, of_list, see, site, uses,
};
pub use self::store::{
    Beforehand, Kept, USES_A_CALL, delete, deleting, ensure, find, first_page, hold_back, uploading,
};
use super::{Settled, Store, StoreId, StoreSpec, Stored};
use crate::cert::Bundle;
use crate::providers::alibaba::cas::{CAS, INTERNATIONAL, MAINLAND, PAGE_LIMIT, Validity};
use crate::transport::{Account, Client, Failure};

/// The row of the table of stores. A region is a site.
pub static STORE: StoreSpec = StoreSpec {
    store: Store::Cas,
    service: &CAS,
    regional: false,
    sites: &[MAINLAND, INTERNATIONAL],
    list: |account, region| Box::pin(all(account, region)),
    find: |account, bundle, region| Box::pin(find_bundle(account, bundle, region)),
    put: |account, bundle, region| Box::pin(put(account, bundle, region)),
    delete: |account, id| Box::pin(delete_unused(account, id)),
};

/// A client of the store of a site: the given one, else that of the account's region.
fn store_in<'a>(
    account: &Rc<Account<'a>>,
    region: Option<&str>,
) -> Result<(Client<'a>, &'static str), Failure> {
    let own = account.settings().region.as_ref();
    let site = site(region.or(own.map(|given| given.value.as_str())));
    Ok((account.client_in(&CAS, site)?, site))
}

async fn all(account: &Rc<Account<'_>>, region: Option<&str>) -> Result<Vec<Stored>, Failure> {
    let (cas, site) = store_in(account, region)?;
    let parts = [Validity::Valid, Validity::Expired];
    let listed = list_all(&cas, &parts, PAGE_LIMIT).await?;
    Ok(listed.iter().map(|one| of_list(one, site)).collect())
}

async fn find_bundle(
    account: &Rc<Account<'_>>,
    bundle: &Bundle,
    region: Option<&str>,
) -> Result<Option<Stored>, Failure> {
    let (cas, site) = store_in(account, region)?;
    find(&cas, bundle, site).await
}

async fn put(
    account: &Rc<Account<'_>>,
    bundle: &Bundle,
    region: Option<&str>,
) -> Result<Stored, Settled> {
    let (cas, site) = store_in(account, region).map_err(Settled::failed)?;
    let Kept { stored, settled } = ensure(&cas, bundle, None, site, Beforehand::Look).await;
    stored.ok_or(settled)
}

async fn delete_unused(account: &Rc<Account<'_>>, id: &StoreId) -> Settled {
    let cas = match store_in(account, id.region.as_deref()) {
        Ok((cas, _)) => cas,
        Err(failure) => return Settled::failed(failure),
    };
    let held = hold_back(&cas, std::slice::from_ref(id)).await;
    match held.into_iter().find(|one| !one.is_open()) {
        Some(held) => held,
        None => delete(&cas, id).await,
    }
}
