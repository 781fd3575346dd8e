//! `certctl ssl download`: a certificate and its private key into a file.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use serde::Serialize;
use zeroize::Zeroizing;

use super::{CertificateId, SiteArgs};
use crate::commands::targets::Target;
use crate::commands::{Session, planned_reads};
use crate::error::Error;
use crate::fault::Kind;
use crate::files::{Access, Content, Existing, NewFile, archive, write_all};
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
  certctl ssl download example1 --out . --extract")]
pub struct DownloadArgs {
    #[command(flatten)]
    certificate: Target<CertificateId>,
    /// File to write, or a folder for ID.zip or its content
    #[arg(long, value_name = "FILE|DIR")]
    out: PathBuf,
    /// Extract the archive into the folder instead of saving it
    #[arg(long)]
    extract: bool,
    /// Overwrite existing files
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
            "the archive contains a private key, which certctl does not write to standard output",
            "add --out FILE: nothing was sent",
        ));
    }
    let certificate = args.certificate.one();
    let settings = args.site.settings(session)?;
    let call = DownloadCertificate { certificate };
    if session.globals.is_dry() {
        let targets = vec![certificate.clone()];
        let requests = vec![plan(&settings, &call, targets)];
        return Ok(planned_reads(COMMAND, requests));
    }
    let existing = match args.force {
        true => Existing::Replace,
        false => Existing::Keep,
    };
    let path = match args.out.is_dir() {
        true => args.out.join(format!("{certificate}.zip")),
        false => args.out.clone(),
    };
    // What cannot be written is known before the key is asked for.
    let room = match args.extract {
        true => NewFile::inside(&args.out)?,
        false => NewFile::at(&path, existing)?,
    };
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
                    format!("DownloadCertificate: the cloud returned no archive for {certificate}"),
                    "check with `certctl ssl show` that the certificate is issued, and try again \
                     later",
                )
            }),
        }
    })?;
    let written = |path: PathBuf, bytes: usize| Written {
        certificate: certificate.clone(),
        file: path.display().to_string(),
        bytes,
    };
    if args.extract {
        drop(room);
        let rows = extract(&archive, &args.out, existing)?;
        let rows: Vec<Written> = rows.into_iter().map(|(p, n)| written(p, n)).collect();
        return Ok(Answer::list(COMMAND, COLUMNS, rows));
    }
    let name = path.file_name().unwrap_or_default();
    room.place(name, &archive, existing)?;
    let rows = vec![written(path.clone(), archive.len())];
    Ok(Answer::list(COMMAND, COLUMNS, rows))
}

/// Writes what is in the archive below a folder; nothing where one of the files may not be.
fn extract(
    archive: &[u8],
    folder: &Path,
    existing: Existing,
) -> Result<Vec<(PathBuf, usize)>, Error> {
    let members = archive::members(archive).map_err(|reason| {
        let hint = "remove --extract to get the original archive";
        Error::new(
            Kind::Unavailable,
            format!("DownloadCertificate: {reason}"),
            hint,
        )
    })?;
    let files: Vec<Content<'_>> = members
        .iter()
        .map(|member| Content {
            path: folder.join(&member.path),
            bytes: &member.bytes,
            access: Access::Owner,
        })
        .collect();
    write_all(&files, existing)?;
    let rows = files.into_iter().map(|file| (file.path, file.bytes.len()));
    Ok(rows.collect())
}
