//! Alibaba Cloud Global Accelerator: accelerators, their listeners, and the certificates of these. An
//! HTTPS listener has a default certificate and additional ones, each for a domain.

mod bind;
mod look;
mod read;

pub use self::bind::{ATTACHED, Change, occupied};
pub use self::look::{Instance, ListenerId, at, id_of, is};
pub use self::read::{Accelerator, Listener, accelerators, listener};
use super::{ProductSpec, Store};
use crate::providers::alibaba::cas::MAINLAND;
use crate::providers::alibaba::ga::GA;

/// The row of the table of products.
pub static SPEC: ProductSpec = ProductSpec {
    word: "ga",
    service: &GA,
    store: Store::Cas,
    regional: false,
    site: Some(MAINLAND),
    // The cloud locks an accelerator during each write; its newer pages say the account.
    side_by_side: 1,
    waits: true,
    read: |account, _| Box::pin(read::places(account)),
    groups: bind::groups,
    bind: |account, binds| Box::pin(bind::bind(account, binds)),
    action: |bind| bind::Change::of(bind).action(),
    look: |account, binds| Box::pin(look::look(account, binds)),
    never_alone: |_| None,
    undo: bind::undo,
};
