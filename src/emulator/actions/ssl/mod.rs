//! Tencent Cloud SSL Certificates, 2019-12-05.

pub mod csr;

use crate::cloud::Cloud;
use crate::emulator::scenario::AccountChanges;

use super::{Action, Handler, action};

const fn of(name: &'static str, params: &'static [&'static str], handle: Handler) -> Action {
    Action {
        version: Some("2019-12-05"),
        per_second: Some(10),
        ..action(Cloud::Tencent, name, params, handle)
    }
}

/// What the account has of SSL Certificates.
pub struct Store {
    csrs: csr::Store,
}

impl Store {
    /// The fixture with a scenario's changes.
    ///
    /// # Errors
    /// What the generator of keys says.
    pub fn new(changes: &AccountChanges) -> Result<Self, rcgen::Error> {
        Ok(Store {
            csrs: csr::Store::new(changes)?,
        })
    }
}
