//! `certctl ssl download`: a certificate and its private key into a file.

use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use serde::Serialize;
use zeroize::Zeroizing;

use super::{SiteArgs, certificate_id};
use crate::commands::{Session, planned_reads};
use crate::error::Error;
use crate::fault::Kind;
use crate::files::{Existing, NewFile};
use crate::output::{Answer, Column};
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::certificates::DownloadCertificate;
use crate::transport::plan;

const COMMAND: &str = "ssl download";

/// Write a certificate and its private key into a file
///
/// The file is a ZIP archive with the forms of several servers. Nobody but its owner can read it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ssl download example1 --out example1.zip
  certctl ssl download example1 --out . --force")]
pub struct DownloadArgs {
    /// Id of the certificate
    #[arg(value_name = "ID", value_parser = certificate_id)]
    certificate: String,
    /// File to write, or a folder that gets ID.zip
    #[arg(long, value_name = "FILE|DIR")]
    out: PathBuf,
    /// Replace the file if it is there
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    site: SiteArgs,
}

const COLUMNS: &[Column] = &[
    ("CERTIFICATE", "certificate"),
    ("FILE", "file"),
    ("BYTES", "bytes"),
];

#[derive(Serialize)]
struct Written {
    certificate: String,
    file: String,
    bytes: usize,
}

/// Runs the command.
pub fn run(session: &Session<'_>, args: &DownloadArgs) -> Result<Answer, Error> {
    if args.out.as_os_str() == "-" {
        return Err(Error::usage(
            "there is a private key in it, which is not written to standard output",
            "give --out FILE: nothing was sent",
        ));
    }
    let settings = args.site.settings(session)?;
    let call = DownloadCertificate {
        certificate: &args.certificate,
    };
    if session.globals.dry_run {
        let targets = vec![args.certificate.clone()];
        let requests = vec![plan(&settings, &call, targets)];
        return Ok(planned_reads(COMMAND, requests));
    }
    let path = match args.out.is_dir() {
        true => args.out.join(format!("{}.zip", args.certificate)),
        false => args.out.clone(),
    };
    let existing = match args.force {
        true => Existing::Replace,
        false => Existing::Keep,
    };
    let room = NewFile::at(&path, existing)?;
    let archive = session.online(&SSL, &settings, async |client| {
        let done = client.call(&call).await?;
        let content = done.reply.content.as_ref();
        let archive = content.and_then(|content| STANDARD.decode(content.expose().trim()).ok());
        match archive.map(Zeroizing::new) {
            Some(archive) if archive.starts_with(b"PK") => Ok(archive),
            _ => Err(Error {
                request_id: done.request_id,
                ..Error::new(
                    Kind::Unavailable,
                    format!(
                        "DownloadCertificate: no archive came for {}",
                        args.certificate
                    ),
                    "see `certctl ssl show` whether the certificate is issued, and try again later",
                )
            }),
        }
    })?;
    let name = path.file_name().unwrap_or_default();
    room.place(name, &archive, existing)?;
    let row = Written {
        certificate: args.certificate.clone(),
        file: path.display().to_string(),
        bytes: archive.len(),
    };
    Ok(Answer::list(COMMAND, COLUMNS, vec![row]))
}
