//! Tencent Cloud SSL Certificates: a store, and what it deploys certificates to. Every type of resource
//! is one row of the table, for a place says which it is.

pub mod bind;
pub mod delete;
pub mod edge;
pub mod hosts;
pub mod look;
pub mod names;
pub mod read;
pub mod record;
pub mod redo;
pub mod store;
pub mod update;

pub use self::store::{
    Placed, Put, Upload, ensure, known, look_into, look_into_or_up, look_up, put,
};
use super::{ProductSpec, Store, StoreSpec};
use crate::providers::Operation;
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::deploy::DeployCertificateInstance;

/// What certificates are deployed to.
pub static SPEC: ProductSpec = ProductSpec {
    word: "ssl",
    service: &SSL,
    store: Store::Ssl,
    regional: false,
    site: None,
    // The cloud takes one task of a certificate and type at a time.
    side_by_side: 1,
    waits: false,
    read: read::read,
    groups: bind::groups,
    bind: bind::bind,
    action: |_| DeployCertificateInstance::ACTION,
    look: look::look,
    never_alone: bind::never_alone,
    undo: bind::undo,
};

/// The store.
pub static STORE: StoreSpec = StoreSpec {
    store: Store::Ssl,
    service: &SSL,
    regional: false,
    sites: &[],
    list: store::list,
    find: store::find_bundle,
    put: store::put_bundle,
    delete: delete::delete,
};
