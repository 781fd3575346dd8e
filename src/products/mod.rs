//! What the clouds' products have in common, for whatever is built on them: the ids of certificates
//! in stores, and what became of a target. Knows no command, no row and no person.

pub mod cas;
pub mod cdn;
pub mod fit;
pub mod ga;
mod outcome;
mod place;
pub mod ssl;
mod store_id;
pub mod ulb;

use crate::cert::Certificate;

pub use self::outcome::{Outcome, Reason, Seen, Settled};
pub use self::place::{Place, Product, Slot};
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
