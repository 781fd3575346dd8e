//! What the clouds' products do with certificates, for whatever is built on them: a table of products
//! and stores, the places that bear certificates, and what became of a target. Knows no command, no
//! row and no person.

mod binding;
pub mod cas;
pub mod cdn;
mod drive;
pub mod fit;
pub mod ga;
pub mod identity;
mod inventory;
mod outcome;
mod place;
mod spec;
pub mod ssl;
mod store_id;
pub mod ulb;

use crate::cert::Certificate;

pub use self::binding::{Bears, Bind, Binding, Gap, Held, Undo};
pub use self::drive::{Event, drive};
pub use self::inventory::Inventory;
pub use self::outcome::{Current, Outcome, Reason, Seen, Settled};
pub use self::place::{Place, Product, Slot};
pub use self::spec::{ProductSpec, StoreSpec};
pub use self::store_id::{Store, StoreId};

/// A certificate of a store, as far as the store tells.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its id.
    pub id: StoreId,
    /// Its name in the store.
    pub name: String,
    /// What it is.
    pub certificate: Certificate,
}

impl Stored {
    /// What people know it by: its name, else the domains that it is for.
    pub fn called(&self) -> String {
        match self.name.as_str() {
            "" => self.certificate.names.join(", "),
            name => name.to_owned(),
        }
    }
}

/// Every product, in the order of their words.
pub static PRODUCTS: &[&ProductSpec] = &[&cdn::SPEC, &cdn::DCDN, &ga::SPEC, &ssl::SPEC, &ulb::SPEC];

/// The row of a product.
pub fn spec_of(product: Product) -> &'static ProductSpec {
    let mut specs = PRODUCTS.iter();
    let own = specs.find(|spec| spec.word == product.word());
    own.expect("every product has a row")
}

/// The row of a store.
pub fn store_of(store: Store) -> &'static StoreSpec {
    let mut specs = STORES.iter();
    let own = specs.find(|spec| spec.store == store);
    own.expect("every store has a row")
}

/// Every store.
pub static STORES: &[&StoreSpec] = &[&cas::STORE, &ssl::STORE, &ulb::STORE];
