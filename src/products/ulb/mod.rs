//! Load balancers of UCloud and the certificates that they have: what is there, how a certificate
//! comes into their store, and how it comes to their listeners.

mod bind;
mod candidate;
mod listeners;
mod look;
mod read;
mod store;

pub use self::bind::{Target, Write, place, replace};
pub use self::candidate::Candidate;
pub use self::listeners::Listeners;
pub use self::look::{look, see};
pub use self::read::{
    Family, Lack, Unread, View, certificate, certificates, describe, describe_all, location,
    look_up, planned_listeners,
};
pub use self::store::{Ensured, Found, Source, delete, ensure, find, stored_id};

use super::{Bears, ProductSpec, Slot, Store, StoreSpec, Undo};
use crate::providers::ucloud::ulb::ULB;

/// The listeners. A load balancer takes one change after the other.
pub static SPEC: ProductSpec = ProductSpec {
    word: "ulb",
    service: &ULB,
    store: Store::Ulb,
    regional: true,
    site: None,
    side_by_side: 1,
    waits: false,
    read: |account, region| Box::pin(read::bindings(account, region)),
    groups: |binds| (0..binds.len()).map(|at| vec![at]).collect(),
    bind: |account, binds| Box::pin(bind::make_all(account, binds)),
    action: bind::action,
    look: |account, binds| Box::pin(look(account, binds)),
    never_alone: |_| None,
    undo: |place, bears| match (&place.slot, bears) {
        (_, Bears::Unread(_)) => Undo::Unknown("could not read its certificate"),
        (Slot::Default, Bears::These(none)) if none.is_empty() => {
            Undo::No("the default certificate of an ALB listener can only be replaced")
        }
        _ => Undo::Yes,
    },
};

/// Their certificates, of a project in a region.
pub static STORE: StoreSpec = StoreSpec {
    store: Store::Ulb,
    service: &ULB,
    regional: true,
    sites: &[],
    list: |account, region| Box::pin(store::list(account, region)),
    find: |account, bundle, region| Box::pin(store::find_bundle(account, bundle, region)),
    put: |account, bundle, region| Box::pin(store::put(account, bundle, region)),
    delete: |account, id| Box::pin(store::take_away(account, id)),
};
