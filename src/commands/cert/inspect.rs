//! `certctl cert inspect`: what files hold. A key is never shown: its algorithm and the id of its
//! public half are, which is also its certificate's.

use chrono::{DateTime, Utc};
use clap::Args;
use serde::Serialize;

use super::{Shown, read, told, verdict};
use crate::cert::{self, Content, Found, Input};
use crate::commands::Session;
use crate::commands::targets::{Files, Targets};
use crate::error::Error;
use crate::output::Answer;

/// Show the content of certificate and key files
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl cert inspect fullchain.pem
  certctl cert inspect fullchain.pem privkey.pem ca.pem -o csv --columns file,kind,subject,days_left,key_id
  certctl cert inspect - < fullchain.pem
  certctl cert inspect fullchain.pem --query 'results[0].fingerprint'")]
pub struct InspectArgs {
    #[command(flatten)]
    files: Targets<Files>,
}

const COMMAND: &str = "cert inspect";

/// Something that a file holds, or why that cannot be told.
#[derive(Debug, Default, Serialize)]
struct Row {
    file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    status: &'static str,
    #[serde(flatten)]
    certificate: Option<Shown>,
    /// The subjects of its issuer, of that one's issuer and so on, as far as the file holds them.
    #[serde(skip_serializing_if = "Option::is_none")]
    chain: Option<Vec<String>>,
    /// Whether each signature of the chain was verified; left out where there is no chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    chain_verified: Option<bool>,
    #[serde(flatten)]
    key: Option<KeyPart>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encrypted: Option<bool>,
    #[serde(flatten)]
    request: Option<RequestPart>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Error>,
}

#[derive(Debug, Serialize)]
struct KeyPart {
    algorithm: String,
    key_id: String,
}

#[derive(Debug, Serialize)]
struct RequestPart {
    subject: String,
    names: Vec<String>,
}

/// Reads every file and shows what each holds.
pub fn run(session: &Session<'_>, args: &InspectArgs) -> Result<Answer, Error> {
    let now = Utc::now();
    let files = args.files.paths()?;
    if files.is_empty() {
        return Ok(Answer::no_rows(COMMAND, &[]));
    }
    let mut rows = Vec::new();
    for path in &files {
        match read(path) {
            Ok(content) => {
                let input = Input {
                    name: &content.name,
                    bytes: &content.bytes,
                };
                let own = cert::inspect(input).into_iter();
                let own: Vec<Row> = own.map(|found| row(&content.name, found, now)).collect();
                let holds_key = own.iter().any(|row| row.kind == Some("key"));
                if let Some(warning) = content.open.filter(|_| holds_key) {
                    session.ui.warn(&warning.to_string());
                }
                rows.extend(own);
            }
            Err(error) => rows.push(Row {
                file: path.display().to_string(),
                status: "failed",
                error: Some(error.redacted()),
                ..Row::default()
            }),
        }
    }
    let failed = rows.iter().filter_map(|row| row.error.as_ref());
    let failures = failed.map(|error| told(String::new(), error)).collect();
    let exit = verdict(rows.iter().map(|row| row.error.as_ref()));
    Ok(Answer::show(COMMAND, rows).judged(exit, failures))
}

fn row(file: &str, found: Found, now: DateTime<Utc>) -> Row {
    let row = Row {
        file: file.to_owned(),
        line: found.line,
        status: "ok",
        ..Row::default()
    };
    let key = |algorithm: &cert::Algorithm, id: String| {
        Some(KeyPart {
            algorithm: algorithm.to_string(),
            key_id: id,
        })
    };
    match found.content {
        Ok(Content::Certificate {
            facts,
            chain,
            verified,
        }) => Row {
            kind: Some("certificate"),
            certificate: Some(Shown::of(&facts, now)),
            chain_verified: (!chain.is_empty()).then_some(verified),
            chain: Some(chain),
            ..row
        },
        Ok(Content::Key { algorithm, id }) => Row {
            kind: Some("key"),
            key: key(&algorithm, id),
            ..row
        },
        Ok(Content::EncryptedKey) => Row {
            kind: Some("key"),
            encrypted: Some(true),
            ..row
        },
        Ok(Content::Request {
            subject,
            names,
            algorithm,
            id,
        }) => Row {
            kind: Some("request"),
            request: Some(RequestPart { subject, names }),
            key: key(&algorithm, id),
            ..row
        },
        Ok(Content::PublicKey { algorithm, id }) => Row {
            kind: Some("public-key"),
            key: key(&algorithm, id),
            ..row
        },
        Ok(Content::Parameters) => Row {
            kind: Some("parameters"),
            ..row
        },
        Err(error) => Row {
            status: "failed",
            error: Some(Error::from(error).redacted()),
            ..row
        },
    }
}
