//! `certctl cert check`: everything that the commands which set a certificate refuse, all of it at
//! once.

use std::path::PathBuf;
use std::time::Duration;

use chrono::Utc;
use clap::Args;
use serde::Serialize;

use super::{Content, ends_too_soon, read, told};
use crate::cert::{Aspect, Examined, Input, Note, examine};
use crate::commands::args::days;
use crate::commands::certificate::{CheckedFile, WHOLE_CHAIN};
use crate::commands::targets::{Domains, Led};
use crate::domain::Domain;
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Column};
use crate::products::fit::incomplete;
use crate::providers::time::Time;
use crate::redact::one_line;

/// Check a certificate and its key before you deploy them
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl cert check --cert fullchain.pem --key privkey.pem
  certctl cert check --cert fullchain.pem --key privkey.pem --domains a.com,b.com --min-days 14
  certctl cert check --cert fullchain.pem --domains-file domains.txt")]
pub struct CheckArgs {
    #[command(flatten)]
    what: Led<CheckedFile, Domains>,
    /// File with the private key of the certificate, PEM, not encrypted
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// File with the intermediate certificates, PEM, if the certificate file does not contain them
    #[arg(long, value_name = "FILE")]
    chain: Option<PathBuf>,
    /// Accept a certificate without its intermediate certificate
    #[arg(long)]
    allow_incomplete_chain: bool,
    /// Fail if the certificate expires within this time: days, or with a unit, such as 36h or 2w
    #[arg(long, value_name = "DAYS", allow_negative_numbers = true, value_parser = days)]
    min_days: Option<Duration>,
}

const COMMAND: &str = "cert check";

const COLUMNS: &[Column] = &[
    ("CHECK", "check"),
    ("DOMAIN", "domain"),
    ("STATUS", "status"),
    ("DETAIL", "detail"),
];

/// A check and what it found.
#[derive(Debug, Serialize)]
struct Row {
    check: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    domain: Option<String>,
    status: &'static str,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Error>,
}

/// Examines the files and says of each check what became of it.
pub fn run(args: &CheckArgs) -> Result<Answer, Error> {
    // Without a list the certificate alone is checked.
    let domains = match args.what.targets.are_given() {
        false => Vec::new(),
        true => {
            let domains = args.what.targets.domains()?;
            if domains.is_empty() {
                return Ok(Answer::no_rows(COMMAND, COLUMNS));
            }
            domains
        }
    };
    let cert = read(&args.what.by)?;
    let above = args.chain.as_deref().map(read).transpose()?;
    let key = args.key.as_deref().map(read).transpose()?;
    let now = Utc::now();
    let certs: Vec<Input<'_>> = std::iter::once(&cert).chain(&above).map(input).collect();
    let examined = examine(&certs, key.as_ref().map(input), now);
    let lacking = incomplete(&examined.notes, &cert.name);

    let mut rows = Rows {
        examined: &examined,
        rows: Vec::new(),
        incomplete: lacking.filter(|_| !args.allow_incomplete_chain),
    };
    let leaf = examined.leaf.as_ref();
    let chain_length = examined.chain_length;
    rows.add("certificate", Aspect::Certificate, || {
        leaf.map(|leaf| leaf.subject.clone())
    });
    if let Some(key) = &key {
        if let Some(warning) = &key.open {
            rows.warn("key", warning.to_string());
        }
        rows.add("key", Aspect::Key, || {
            let key = examined.key.as_ref()?;
            Some(format!("{}, id {}", key.algorithm, key.id))
        });
        rows.add("pair", Aspect::Pair, || {
            examined.key.as_ref().and(leaf)?;
            Some("the key matches the certificate".into())
        });
    }
    rows.add("chain", Aspect::Chain, || {
        leaf.map(|_| match chain_length {
            1 => "the certificate only".into(),
            length => format!("{length} certificates, in order"),
        })
    });
    rows.add("algorithm", Aspect::Strength, || {
        leaf.map(|leaf| leaf.algorithm.to_string())
    });
    rows.add("dates", Aspect::Dates, || {
        leaf.map(|leaf| {
            let (expires, days) = (Time(leaf.not_after), leaf.days_left(now));
            format!("valid until {expires}, {days} days left")
        })
    });
    if let (Some(leaf), Some(least)) = (leaf, args.min_days)
        && !rows.failed("dates")
        && let Some(error) = ends_too_soon(leaf, least, now)
    {
        rows.fail("dates", None, error.message, error.hint);
    }
    rows.add("names", Aspect::Names, || {
        leaf.map(|leaf| one_line(&leaf.names.join(", "), 200))
    });
    for domain in &domains {
        rows.domain(&cert.name, domain);
    }

    let rows = rows.rows;
    let failed = rows.iter().filter_map(|row| row.error.as_ref());
    let failures = failed.map(|error| told(String::new(), error)).collect();
    let exit = match rows.iter().any(|row| row.error.is_some()) {
        true => Kind::Certificate.exit(),
        false => 0,
    };
    Ok(Answer::list(COMMAND, COLUMNS, rows).judged(exit, failures))
}

fn input(content: &Content) -> Input<'_> {
    Input {
        name: &content.name,
        bytes: &content.bytes,
    }
}

struct Rows<'a> {
    examined: &'a Examined,
    rows: Vec<Row>,
    /// That an intermediate is missing, where that is refused.
    incomplete: Option<String>,
}

impl Rows<'_> {
    /// What was found of an aspect; else that all is well, if it could be looked at.
    fn add(&mut self, check: &'static str, aspect: Aspect, well: impl FnOnce() -> Option<String>) {
        let before = self.rows.len();
        let findings = self.examined.findings.iter();
        for finding in findings.filter(|finding| finding.aspect == aspect) {
            let error = &finding.error;
            self.fail(check, None, error.to_string(), error.hint());
        }
        let notes = self.examined.notes.iter();
        for note in notes.filter(|note| about(note) == aspect) {
            match (note, self.incomplete.take()) {
                (Note::LeafOnly { .. }, Some(message)) => {
                    self.fail(check, None, message, WHOLE_CHAIN.into());
                }
                (note, incomplete) => {
                    self.incomplete = incomplete;
                    self.warn(check, note.to_string());
                }
            }
        }
        if self.rows.len() == before {
            let (status, detail) = match well() {
                Some(detail) => ("ok", detail),
                None => ("skipped", "not checked: see the failed checks".into()),
            };
            self.rows.push(Row {
                check,
                domain: None,
                status,
                detail,
                error: None,
            });
        }
    }

    fn domain(&mut self, file: &str, domain: &Domain) {
        let row = |status, detail| Row {
            check: "domain",
            domain: Some(domain.asked().to_owned()),
            status,
            detail,
            error: None,
        };
        let Some(leaf) = &self.examined.leaf else {
            self.rows
                .push(row("skipped", "not checked: see the failed checks".into()));
            return;
        };
        if leaf.covers(domain.ascii()) {
            self.rows.push(row("ok", "covered".into()));
            return;
        }
        let message = match leaf.names.is_empty() {
            true => format!("{file} does not cover {domain}: it has no names"),
            false => format!(
                "{file} does not cover {domain}: it covers {}",
                one_line(&leaf.names.join(", "), 200)
            ),
        };
        let hint = "use a certificate for these names";
        let asked = Some(domain.asked().to_owned());
        self.fail("domain", asked, message, hint.into());
    }

    fn warn(&mut self, check: &'static str, detail: String) {
        self.rows.push(Row {
            check,
            domain: None,
            status: "warning",
            detail,
            error: None,
        });
    }

    fn fail(&mut self, check: &'static str, domain: Option<String>, message: String, hint: String) {
        // Of a check that fails nothing is "ok".
        self.rows
            .retain(|row| row.check != check || row.domain != domain || row.status != "ok");
        let error = Error::new(Kind::Certificate, message, hint).redacted();
        self.rows.push(Row {
            check,
            domain,
            status: "failed",
            detail: error.message.clone(),
            error: Some(error),
        });
    }

    fn failed(&self, check: &str) -> bool {
        self.rows
            .iter()
            .any(|row| row.check == check && row.error.is_some())
    }
}

fn about(note: &Note) -> Aspect {
    match note {
        Note::ExpiresSoon { .. } => Aspect::Dates,
        Note::NotForServers | Note::NotForSignatures => Aspect::Certificate,
        Note::WeakSignature { .. } => Aspect::Strength,
        Note::LeafOnly { .. }
        | Note::RootDropped { .. }
        | Note::DuplicateDropped { .. }
        | Note::TwinDropped { .. }
        | Note::Reordered
        | Note::Unverified { .. }
        | Note::IntermediateExpired { .. }
        | Note::SelfSigned
        | Note::SelfSignedAuthority => Aspect::Chain,
    }
}
