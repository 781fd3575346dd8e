//! `certctl ssl csr download`: a CSR, and its private key if asked for, into files.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use zeroize::Zeroizing;

use super::CsrId;
use crate::commands::ssl::SiteArgs;
use crate::commands::targets::Target;
use crate::commands::{Session, planned_reads};
use crate::error::Error;
use crate::fault::Kind;
use crate::files::{Access, Content, Existing, NewFile, write_all};
use crate::output::{Answer, Column};
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::csr::DescribeCSRKey;
use crate::transport::plan;

const COMMAND: &str = "ssl csr download";

/// Write a CSR, and its private key if asked for, into files
///
/// The files are named after the domain: example.com.csr and example.com.key, a wildcard's
/// _.example.com.csr. Nobody but their owner can read them.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ssl csr download 22 --out .
  certctl ssl csr download 22 --out . --key")]
pub struct DownloadArgs {
    #[command(flatten)]
    csr: Target<CsrId>,
    /// Folder to write into
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Write the private key too
    #[arg(long)]
    key: bool,
    /// Overwrite existing files
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    site: SiteArgs,
}

const COLUMNS: &[Column] = &[
    ("CSR", "csr"),
    ("DOMAIN", "domain"),
    ("CONTENT", "content"),
    ("FILE", "file"),
];

#[derive(Serialize)]
struct Written {
    csr: i64,
    domain: String,
    content: &'static str,
    file: String,
}

/// Runs the command.
pub fn run(session: &Session<'_>, args: &DownloadArgs) -> Result<Answer, Error> {
    if args.out.as_os_str() == "-" {
        return Err(Error::usage(
            "--out must be a folder, not standard output",
            "use --out DIR, or run `certctl ssl csr show`: nothing was sent",
        ));
    }
    let settings = args.site.settings(session)?;
    let csr = *args.csr.one();
    let call = DescribeCSRKey { csr_id: csr };
    if session.globals.is_dry() {
        let targets = vec![csr.to_string()];
        let requests = vec![plan(&settings, &call, targets)];
        return Ok(planned_reads(COMMAND, requests));
    }
    // What cannot be written is known before the key is asked for.
    let room = NewFile::inside(&args.out)?;
    let found = session.online(&SSL, &settings, async |client| {
        Ok(client.call(&call).await?.reply)
    })?;
    if found.csr.0.request.is_empty() {
        return Err(Error::new(
            Kind::State,
            format!("CSR {csr} is not generated yet"),
            format!("generate it: certctl ssl csr edit {csr} --generate"),
        ));
    }
    let key = match (args.key, &found.key) {
        (true, None) => {
            return Err(Error::new(
                Kind::State,
                format!("the cloud returned CSR {csr} without a private key: nothing was written"),
                "remove --key",
            ));
        }
        (true, Some(key)) => Some(key),
        (false, _) => None,
    };
    let existing = match args.force {
        true => Existing::Replace,
        false => Existing::Keep,
    };
    let domain = &found.csr.0.domain;
    let stem = stem(domain);
    drop(room);
    let mut texts = vec![(
        "request",
        "csr",
        Zeroizing::new(unix_lines(&found.csr.0.request)),
    )];
    texts.extend(key.map(|key| {
        (
            "private-key",
            "key",
            Zeroizing::new(unix_lines(key.expose())),
        )
    }));
    let files: Vec<Content<'_>> = texts
        .iter()
        .map(|(_, ending, text)| Content {
            path: args.out.join(format!("{stem}.{ending}")),
            bytes: text.as_bytes(),
            access: Access::Owner,
        })
        .collect();
    write_all(&files, existing)?;
    let rows: Vec<Written> = files
        .iter()
        .zip(&texts)
        .map(|(file, (content, ..))| Written {
            csr,
            domain: domain.clone(),
            content,
            file: file.path.display().to_string(),
        })
        .collect();
    Ok(Answer::list(COMMAND, COLUMNS, rows))
}

/// What the files of a domain are called, whatever the cloud says that the domain is.
fn stem(domain: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let name: String = domain
        .chars()
        .take(255)
        .map(|c| if safe(c) { c } else { '_' })
        .collect();
    match name.trim_start_matches('.') {
        "" => "csr".to_owned(),
        name => name.to_owned(),
    }
}

/// The vendor's lines end in CRLF, and its last one perhaps in nothing.
fn unix_lines(pem: &str) -> String {
    let mut text = pem.trim_end().replace("\r\n", "\n");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_stay_in_their_folder() {
        for (domain, name) in [
            ("example.com", "example.com"),
            ("*.example.com", "_.example.com"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("..", "csr"),
            ("", "csr"),
        ] {
            assert_eq!(stem(domain), name, "{domain}");
        }
    }
}
