//! Tencent Cloud SSL Certificates, 2019-12-05.

pub mod certificates;
pub mod csr;
pub mod deploy;
mod fields;

use crate::cloud::Cloud;
use crate::emulator::pki::Authority;
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
    certificates: certificates::Store,
    csrs: csr::Store,
    deploy: deploy::Store,
    /// The certificates that are in use, where the scenario says which.
    bound: Option<Vec<String>>,
}

impl Store {
    /// The fixture with a scenario's changes.
    ///
    /// # Errors
    /// What the generator of keys says.
    pub fn new(authority: &Authority, changes: &AccountChanges) -> Result<Self, rcgen::Error> {
        Ok(Store {
            certificates: certificates::Store::new(authority, changes)?,
            csrs: csr::Store::new(changes)?,
            deploy: deploy::Store::new(changes),
            bound: changes.ssl_bound_certificates.clone(),
        })
    }

    /// Whether cloud resources are bound to a certificate.
    fn is_bound(&self, certificate: &str) -> bool {
        match &self.bound {
            Some(bound) => bound.iter().any(|bound| bound == certificate),
            None => self.deploy.bears(certificate),
        }
    }
}
