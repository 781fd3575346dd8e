//! A certificate that a command of the group is given, by its id in the store or as a file.

use crate::cert::{Bundle, Certificate};
use crate::commands::certificate::{Given, UPLOADED, also_a_file, unread_names};
use crate::config::Settings;
use crate::error::Error;
use crate::fault::Kind;
use crate::products::ssl::{Placed, Put, Upload, ensure, look_into_or_up};
use crate::providers::tencent::ssl::certificates::DescribeCertificateDetail;
use crate::transport::{Client, Failure, PlannedCall, plan};

/// What is known of the certificate, where it is a file or its names are to be compared: its chain
/// too where the key may read that.
///
/// # Errors
/// Why its names cannot be read.
pub async fn known(
    client: &Client<'_>,
    given: &Given,
    bundle: Option<&Bundle>,
    checks: bool,
) -> Result<Option<Certificate>, Error> {
    match (given, bundle) {
        (_, Some(bundle)) => Ok(Some(bundle.certificate())),
        (Given::Id(given), None) if checks => {
            let read = look_into_or_up(client, &given.id).await;
            let stored = read.map_err(|failure| not_given(&given.id, failure))?;
            Ok(Some(stored.certificate))
        }
        _ => Ok(None),
    }
}

/// The id of the certificate in the store; a file is found there with its chain, or uploaded. Says
/// which.
///
/// # Errors
/// Why it is not there.
pub async fn in_store(
    client: &Client<'_>,
    given: &Given,
    bundle: Option<&Bundle>,
) -> Result<String, Failure> {
    let bundle = match (given, bundle) {
        (Given::Id(given), _) => return Ok(given.id.clone()),
        (Given::File(_), bundle) => bundle.expect("a file was read"),
    };
    let Placed { id, put, .. } = match ensure(client, &Upload::of(bundle)).await {
        // A dry run goes on without its id.
        Err(failure) if failure.is_planned() => return Ok(UPLOADED.to_owned()),
        placed => placed?,
    };
    client.note(&match put {
        Put::There {
            chain_is_known: true,
        } => format!("the certificate is already stored as {id}"),
        Put::There { .. } => {
            format!("the certificate is already stored as {id}; could not read its intermediates")
        }
        Put::Beside(other) => format!(
            "uploaded as {id}; {other} is the same certificate with other intermediates and is \
             kept"
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
            let read = DescribeCertificateDetail {
                certificate: &id.id,
            };
            vec![plan(settings, &read, Vec::new())]
        }
        (Given::File(_), Some(bundle)) => {
            let name = bundle.certificate().store_name();
            let upload = Upload::of(bundle);
            vec![plan(settings, &upload.call(&name), vec![given.shown()])]
        }
        _ => Vec::new(),
    }
}

/// Why the names of a certificate that was given by its id are not known.
fn not_given(id: &str, failure: Failure) -> Error {
    let is_absent = failure.kind == Kind::NotFound;
    let error = Error::from(unread_names(failure));
    match also_a_file(id).filter(|_| is_absent) {
        Some(hint) => Error { hint, ..error },
        None => error,
    }
}
