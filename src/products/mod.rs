//! What the clouds' products have in common, for whatever is built on them: the ids of certificates
//! in stores, and what became of a target. Knows no command, no row and no person.

mod outcome;
mod store_id;

pub use self::outcome::{Outcome, Reason, Settled};
pub use self::store_id::{Store, StoreId};
