//! The table of products and stores: what is built above them works by these columns alone.
#![expect(
    clippy::type_complexity,
    reason = "a column is a function with two lifetimes, and stands here once"
)]

use std::rc::Rc;

use super::{Bears, Bind, Binding, Place, Seen, Settled, Store, StoreId, Stored, Undo};
use crate::cert::Bundle;
use crate::providers::Service;
use crate::transport::{Account, Boxed, Failure};

/// A product that puts certificates where traffic is.
pub struct ProductSpec {
    /// The group's word, as in the command tree.
    pub word: &'static str,
    /// Its API.
    pub service: &'static Service,
    /// Whose ids it takes.
    pub store: Store,
    /// Whether a call sees one region alone.
    pub regional: bool,
    /// The site of the store that it takes certificates of; that of the certificate that a place bears,
    /// else the account's own, where it takes those of any.
    pub site: Option<&'static str>,
    /// How many groups may be under way at a time; 1 where the cloud locks.
    pub side_by_side: usize,
    /// Whether a change waits by itself until a place that is being changed takes it.
    pub waits: bool,
    /// Its places, all of them in the region, or an error: never a shorter list.
    pub read: for<'c, 'e> fn(
        &'c Rc<Account<'e>>,
        Option<&'c str>,
    ) -> Boxed<'c, Result<Vec<Binding>, Failure>>,
    /// What makes one call or one task: the places of the binds, each in one group.
    pub groups: for<'c> fn(&'c [Bind<'c>]) -> Vec<Vec<usize>>,
    /// Makes the change of a group; what became of each bind, in their order.
    pub bind: for<'c, 'e> fn(&'c Rc<Account<'e>>, &'c [Bind<'c>]) -> Boxed<'c, Vec<Settled>>,
    /// The call that makes a change.
    pub action: fn(&Bind<'_>) -> &'static str,
    /// Whether each bind is as asked by now, in their order.
    pub look: for<'c, 'e> fn(
        &'c Rc<Account<'e>>,
        &'c [Bind<'c>],
    ) -> Boxed<'c, Vec<Result<Seen, Failure>>>,
    /// Why a place cannot be changed alone; none where it can.
    pub never_alone: fn(&Place) -> Option<&'static str>,
    /// Whether a place can bear again what it bore.
    pub undo: fn(&Place, &Bears) -> Undo,
}

/// A store of certificates.
pub struct StoreSpec {
    /// Which.
    pub store: Store,
    /// Its API.
    pub service: &'static Service,
    /// Whether a call sees one region alone.
    pub regional: bool,
    /// Its sites, where it has some: a call sees the certificates of one of them.
    pub sites: &'static [&'static str],
    /// Its certificates, all of them in the region or site, or an error: never a shorter list.
    pub list: for<'c, 'e> fn(
        &'c Rc<Account<'e>>,
        Option<&'c str>,
    ) -> Boxed<'c, Result<Vec<Stored>, Failure>>,
    /// Finds a certificate with its chain, whatever it is called there; the key is not needed.
    pub find: for<'c, 'e> fn(
        &'c Rc<Account<'e>>,
        &'c Bundle,
        Option<&'c str>,
    ) -> Boxed<'c, Result<Option<Stored>, Failure>>,
    /// Sees to it that a certificate with its chain is there: found again, else uploaded.
    pub put: for<'c, 'e> fn(
        &'c Rc<Account<'e>>,
        &'c Bundle,
        Option<&'c str>,
    ) -> Boxed<'c, Result<Stored, Settled>>,
    /// Takes one away that nothing bears.
    pub delete: for<'c, 'e> fn(&'c Rc<Account<'e>>, &'c StoreId) -> Boxed<'c, Settled>,
}
