//! What a place bears, and what it is to bear.

use super::{Place, StoreId};
use crate::cert::Certificate;
use crate::transport::Failure;

/// A certificate that a place bears.
#[derive(Clone, Debug)]
pub enum Held {
    /// One of a store.
    Stored(StoreId),
    /// One that is in no store, or nobody says in which: what is known of it.
    Own(Box<Certificate>),
}

/// The certificates of a slot: a set, since some bear several for the same names.
#[derive(Clone, Debug)]
pub enum Bears {
    /// These; none where there is none.
    These(Vec<Held>),
    /// What it bears could not be read.
    Unread(Failure),
}

/// A place and what it bears.
#[derive(Clone, Debug)]
pub struct Binding {
    /// The place.
    pub place: Place,
    /// The region that it was read in, where a call sees one region alone.
    pub region: Option<String>,
    /// The host names that it serves, where they are known whole.
    pub hosts: Vec<String>,
    /// What it bears.
    pub bears: Bears,
    /// What keeps it from being changed now, such as a state; empty where nothing does.
    pub unsettled: String,
}

/// A certificate for a place: what one step makes of it.
#[derive(Clone, Copy, Debug)]
pub struct Bind<'a> {
    /// The place.
    pub place: &'a Place,
    /// Its region, where a call sees one region alone.
    pub region: Option<&'a str>,
    /// The certificate that goes; none where the slot is empty, has one that is in no store, or keeps
    /// what it has beside the new one.
    pub before: Option<&'a StoreId>,
    /// The certificate that it is to bear, with its site where the store has sites; none takes away
    /// the one that goes.
    pub after: Option<&'a StoreId>,
}

/// Whether a place can bear again what it bore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undo {
    /// By the same call.
    Yes,
    /// It cannot; this is why.
    No(&'static str),
    /// Nobody can tell; this is why.
    Unknown(&'static str),
}

/// A list that could not be read whole.
#[derive(Clone, Debug)]
pub struct Gap {
    /// Whose it is: `cdn`, `ulb cn-bj2`, `cas certificates`.
    pub of: String,
    /// Why.
    pub failure: Failure,
}
