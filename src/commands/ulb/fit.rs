//! Whether a certificate may take a place.

use chrono::{DateTime, Utc};

use crate::cert::covers;
use crate::error::Error;
use crate::fault::Kind;
use crate::providers::ucloud::ulb::Certificate;

/// Refuses a certificate that has expired.
pub fn check_date(certificate: &Certificate, now: DateTime<Utc>) -> Result<(), Error> {
    match certificate.not_after() {
        Some(not_after) if not_after.0 <= now => Err(Error::new(
            Kind::Certificate,
            format!("{} expired on {not_after}", certificate.ssl_id),
            "give a certificate that is valid: nothing was changed",
        )),
        _ => Ok(()),
    }
}

/// What is lost where `new` takes the place of `old`: its names, in one line; none if nothing is.
pub fn lost_names(old: &Certificate, new: &Certificate) -> Option<String> {
    let new_names = new.names();
    let missing: Vec<String> = old
        .names()
        .into_iter()
        .filter(|name| !covers(&new_names, name))
        .collect();
    (!missing.is_empty()).then(|| {
        format!(
            "{} does not cover {}, which {} covers: it is for {}",
            new.ssl_id,
            missing.join(", "),
            old.ssl_id,
            new_names.join(", ")
        )
    })
}

/// What to do about [`lost_names`].
pub const NAMES_HINT: &str =
    "give a certificate for these names, or --allow-name-mismatch: nothing was changed";
