//! `certctl cert`: certificates in files and on servers. No cloud is called.

mod check;
mod inspect;
mod probe;

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::Subcommand;
use serde::Serialize;
use zeroize::Zeroizing;

use super::Session;
use crate::cert::Facts;
use crate::error::{Error, is_pem};
use crate::fault::Kind;
use crate::files::{self, MAX_PEM, OpenToOthers};
use crate::output::{Answer, Told};
use crate::providers::time::Time;

/// Inspect, check and probe certificates in files and on servers
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// Show the content of certificate and key files
    Inspect(inspect::InspectArgs),
    /// Check a certificate and its key before you deploy them
    Check(Box<check::CheckArgs>),
    /// Show the certificate that each address of a server sends
    Probe(Box<probe::ProbeArgs>),
}

/// Runs a command of the group.
pub fn run(session: &Session<'_>, command: &Command) -> Result<Answer, Error> {
    match command {
        Command::Inspect(args) => inspect::run(session, args),
        Command::Check(args) => check::run(args),
        Command::Probe(args) => probe::run(session, args),
    }
}

/// The certificate's part of a row.
#[derive(Clone, Debug, Serialize)]
struct Shown {
    subject: String,
    issuer: String,
    names: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ip_addresses: Vec<String>,
    serial: String,
    starts: Time,
    expires: Time,
    days_left: i64,
    /// The share of the lifetime, to a thousandth.
    lifetime_left: f64,
    algorithm: String,
    key_id: String,
    fingerprint: String,
    fingerprint_sha1: String,
    authority: bool,
    /// Null where it says so and that cannot be verified.
    self_signed: Option<bool>,
}

impl Shown {
    fn of(facts: &Facts, now: DateTime<Utc>) -> Self {
        Shown {
            subject: facts.subject.clone(),
            issuer: facts.issuer.clone(),
            names: facts.names.clone(),
            ip_addresses: facts.addresses.clone(),
            serial: facts.serial.clone(),
            starts: Time(facts.not_before),
            expires: Time(facts.not_after),
            days_left: facts.days_left(now),
            lifetime_left: (facts.share_left(now) * 1000.0).round() / 1000.0,
            algorithm: facts.algorithm.to_string(),
            key_id: facts.key_id.clone(),
            fingerprint: facts.fingerprint.clone(),
            fingerprint_sha1: facts.fingerprint_sha1.clone(),
            authority: facts.authority,
            self_signed: facts.self_signed,
        }
    }
}

/// The refusal of a certificate that ends before `least` is over, if it does.
fn ends_too_soon(facts: &Facts, least: Duration, now: DateTime<Utc>) -> Option<Error> {
    let days = facts.days_left(now);
    let (whole, rest) = (least.as_secs() / 86_400, least.as_secs() % 86_400);
    let asked = match rest {
        0 => format!("at least {whole} days are required"),
        _ => format!(
            "at least {:.2} days are required",
            least.as_secs_f64() / 86_400.0
        ),
    };
    let message = format!(
        "{} expires at {}, in {days} days: {asked}",
        facts.subject,
        Time(facts.not_after)
    );
    let too_soon = (facts.not_after - now)
        .to_std()
        .is_ok_and(|left| left < least)
        || facts.not_after < now;
    too_soon.then(|| Error::new(Kind::Certificate, message, "renew the certificate").redacted())
}

/// A file's content, which may hold a key.
struct Content {
    name: String,
    bytes: Zeroizing<Vec<u8>>,
    /// The file's mode lets others read it.
    open: Option<OpenToOthers>,
}

/// Reads a file; `-` is standard input.
fn read(path: &Path) -> Result<Content, Error> {
    if is_pem(&path.to_string_lossy()) {
        return Err(Error::pem_as_argument());
    }
    if path.as_os_str() != "-" {
        let (bytes, open) = files::read_secret_file(path)?;
        let name = path.display().to_string();
        return Ok(Content { name, bytes, open });
    }
    Ok(Content {
        name: "standard input".into(),
        bytes: files::read_stdin(MAX_PEM)?,
        open: None,
    })
}

/// The exit status of rows with these errors: 0 where there is none, 9 where some have none, else
/// the first one's.
fn verdict<'e>(errors: impl IntoIterator<Item = Option<&'e Error>>) -> u8 {
    let errors: Vec<_> = errors.into_iter().collect();
    let failed = errors.iter().flatten().count();
    match errors.iter().flatten().next() {
        None => 0,
        Some(_) if failed < errors.len() => 9,
        Some(first) => first.exit(),
    }
}

/// What is told of an error in a row; `subject` is put before it.
fn told(subject: String, error: &Error) -> Told {
    Told {
        sentence: subject + &error.message,
        hint: error.hint.clone(),
    }
}
