//! A certificate that a command of the group is given, by its id in the store or as a file.

use crate::cert::Bundle;
use crate::commands::certificate::{Given, also_a_file, unread_names};
use crate::config::Settings;
use crate::error::Error;
use crate::fault::Kind;
use crate::products::ssl::{Placed, Put, Upload, ensure};
use crate::providers::tencent::ssl::certificates::DescribeCertificate;
use crate::transport::{Client, Failure, PlannedCall, plan};

/// The id of a certificate in the store; it is found there with its chain, or uploaded. Says which.
///
/// # Errors
/// Why it is not there.
pub async fn stored(client: &Client<'_>, bundle: &Bundle) -> Result<String, Failure> {
    let upload = Upload {
        bundle,
        alias: None,
        project: None,
    };
    let Placed { id, put, .. } = ensure(client, &upload).await?;
    client.note(&match put {
        Put::There {
            chain_is_known: true,
        } => format!("the certificate is in the store as {id}"),
        Put::There { .. } => {
            format!("the certificate is in the store as {id}; its intermediates could not be read")
        }
        Put::Beside(other) => format!(
            "uploaded as {id}; {other} is the same certificate with other intermediates, and stays"
        ),
        Put::New | Put::AfterLoss => format!("uploaded as {id}"),
    });
    Ok(id)
}

/// The calls that bring a certificate into the store, or read its names, as a dry run shows them.
pub fn planned_store(
    settings: &Settings,
    given: &Given,
    bundle: Option<&Bundle>,
    checks: bool,
) -> Vec<PlannedCall> {
    match (given, bundle) {
        (Given::Id(id), _) if checks => {
            let read = DescribeCertificate {
                certificate: &id.id,
            };
            vec![plan(settings, &read, Vec::new())]
        }
        (Given::File(_), Some(bundle)) => {
            let upload = Upload {
                bundle,
                alias: None,
                project: None,
            };
            let name = bundle.certificate().store_name();
            vec![plan(settings, &upload.call(&name), vec![given.shown()])]
        }
        _ => Vec::new(),
    }
}

/// Why the names of a certificate that was given by its id are not known.
pub fn not_given(id: &str, failure: Failure) -> Error {
    let is_absent = failure.kind == Kind::NotFound;
    let error = Error::from(unread_names(failure));
    match also_a_file(id).filter(|_| is_absent) {
        Some(hint) => Error { hint, ..error },
        None => error,
    }
}
