//! DownloadCertificate: a certificate and its private key in the forms of several servers, zipped.

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rawzip::{CompressionMethod, DataDescriptorOutput, ZipArchiveWriter};
use serde_json::{Value, json};

use super::{Certificate, Origin};
use crate::emulator::actions::ssl::fields;
use crate::emulator::actions::{Account, Call, Data};
use crate::emulator::reply::{Refusal, members};

/// DownloadCertificate.
///
/// # Errors
/// The vendor's refusals.
pub fn download(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let id = fields::required_text(call, "CertificateId")?;
    let store = &account.ssl.certificates;
    let certificate = store.get(id)?;
    let content = match (&certificate.key, certificate.origin) {
        (Some(key), _) => {
            let zipped = zip(certificate, key).map_err(|_| {
                Refusal::inside("FailedOperation.SystemError", "The archive cannot be made.")
            })?;
            json!(STANDARD.encode(zipped))
        }
        (None, Origin::Reviewing) if store.nulls => Value::Null,
        (None, Origin::Reviewing) => {
            return Err(Refusal::inside(
                "FailedOperation.CertificateStatusNotAllowDownload",
                "The certificate's status does not allow a download.",
            ));
        }
        (None, _) => {
            return Err(Refusal::inside(
                "FailedOperation.CertificateNotAllowDownload",
                "The certificate cannot be downloaded.",
            ));
        }
    };
    let media = match content {
        Value::Null => Value::Null,
        _ => json!("application/zip"),
    };
    Ok(members(json!({ "Content": content, "ContentType": media })))
}

fn zip(certificate: &Certificate, key: &str) -> Result<Vec<u8>, io::Error> {
    let first = certificate.facts.names.first();
    let domain = first
        .unwrap_or(&certificate.facts.common_name)
        .replace('*', "_");
    let chain = &certificate.chain;
    let end = "-----END CERTIFICATE-----\n";
    let (leaf, issuers) = chain.split_at(chain.find(end).map_or(chain.len(), |at| at + end.len()));
    let mut archive = ZipArchiveWriter::new(Vec::new());
    for (name, text) in [
        (format!("Nginx/1_{domain}_bundle.crt"), chain.as_str()),
        (format!("Nginx/2_{domain}.key"), key),
        ("Apache/1_root_bundle.crt".to_owned(), issuers),
        (format!("Apache/2_{domain}.crt"), leaf),
        (format!("Apache/3_{domain}.key"), key),
    ] {
        let file = archive.new_file(name.as_str());
        let file = file.compression_method(CompressionMethod::DEFLATE);
        let (mut entry, _) = file.start().map_err(io::Error::other)?;
        entry.write_all(&miniz_oxide::deflate::compress_to_vec(text.as_bytes(), 6))?;
        let sum = rawzip::crc32(text.as_bytes());
        let descriptor = DataDescriptorOutput::new(sum, text.len() as u64);
        entry.finish(descriptor).map_err(io::Error::other)?;
    }
    archive.finish().map_err(io::Error::other)
}
