//! Alibaba Cloud CDN and its twin DCDN: what their domains serve over HTTPS, the certificates that
//! there are for them, and putting one on them. They read the store of both sites themselves, so that
//! nothing else has to be allowed.

mod batches;
mod bind;
pub mod look;
mod preview;
pub mod read;
pub mod store;

pub use self::batches::{Made, set};
pub use self::bind::{CertType, Change, Setter, wire};
pub use self::preview::{FEW, Preview};
use super::{Product, ProductSpec, Store};
use crate::providers::alibaba::{cdn, dcdn};
use crate::transport::PARALLEL;

/// CDN.
pub static SPEC: ProductSpec = ProductSpec {
    word: "cdn",
    service: &cdn::CDN,
    store: Store::Cas,
    regional: false,
    site: None,
    side_by_side: PARALLEL,
    waits: false,
    read: |account, _| Box::pin(read::bindings(account, &cdn::CDN, Product::Cdn)),
    groups: bind::each_alone,
    bind: |account, binds| Box::pin(bind::bind(account, &cdn::CDN, binds)),
    action: |_| bind::Setter::Ssl.action(),
    look: |account, binds| Box::pin(look::looks(account, &cdn::CDN, binds)),
    never_alone: |_| None,
    undo: bind::undo,
};

/// DCDN: the same functions, of its own service.
pub static DCDN: ProductSpec = ProductSpec {
    word: "dcdn",
    service: &dcdn::DCDN,
    read: |account, _| Box::pin(read::bindings(account, &dcdn::DCDN, Product::Dcdn)),
    bind: |account, binds| Box::pin(bind::bind(account, &dcdn::DCDN, binds)),
    look: |account, binds| Box::pin(look::looks(account, &dcdn::DCDN, binds)),
    ..SPEC
};
