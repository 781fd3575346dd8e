//! `certctl ga`: certificates of Alibaba Cloud Global Accelerator listeners.

mod attach;
mod detach;
mod instance;
mod list;
mod replace;
mod set_default;
mod show;

use std::rc::Rc;

use clap::Subcommand;

use super::Session;
use super::args::id;
use crate::cloud::Cloud;
use crate::domain::Domain;
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Row, RowError, Status};
use crate::providers::alibaba::ga::{GA, Pair, REGION, TOKEN_LIMIT};

/// Manage certificates of Alibaba Cloud Global Accelerator listeners
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// List accelerators, their listeners and the certificates of these
    List(list::ListArgs),
    /// Show an accelerator or a listener with its certificates
    Show(show::ShowArgs),
    /// Add certificates to an HTTPS listener, one for each domain
    Attach(attach::AttachArgs),
    /// Take the additional certificates of domains from a listener
    Detach(detach::DetachArgs),
    /// Give domains of a listener another certificate in place
    Replace(replace::ReplaceArgs),
    /// Give a listener another default certificate
    SetDefault(set_default::SetDefaultArgs),
}

/// Runs a command of the group.
pub fn run(session: &Session<'_>, command: &Command) -> Result<Answer, Error> {
    match command {
        Command::List(args) => list::run(session, args),
        Command::Show(args) => show::run(session, args),
        Command::Attach(args) => attach::run(session, args),
        Command::Detach(args) => detach::run(session, args),
        Command::Replace(args) => replace::run(session, args),
        Command::SetDefault(args) => set_default::run(session, args),
    }
}

fn pair(text: &str) -> Result<Pair, String> {
    let (certificate, domain) = text
        .split_once('=')
        .ok_or("give CERT_ID=DOMAIN, such as 123-cn-hangzhou=example.com")?;
    let certificate = id(certificate).map_err(|reason| format!("certificate id: {reason}"))?;
    let domain = Domain::parse(domain).map_err(|reason| format!("domain '{domain}' {reason}"))?;
    Ok(Pair {
        certificate,
        domain: domain.ascii().to_owned(),
    })
}

fn token(text: &str) -> Result<String, String> {
    let text = id(text)?;
    match text.len() {
        _ if !text.is_ascii() => Err("it has characters that are not ASCII".into()),
        length if length > TOKEN_LIMIT => Err(format!(
            "it has {length} characters; at most {TOKEN_LIMIT} are allowed"
        )),
        _ => Ok(text),
    }
}

/// Drops pairs that stand twice; a domain can have one additional certificate only.
fn distinct(given: &[Pair]) -> Result<Vec<Pair>, Error> {
    let mut pairs: Vec<Pair> = Vec::with_capacity(given.len());
    for pair in given {
        match pairs.iter().find(|other| other.domain == pair.domain) {
            None => pairs.push(pair.clone()),
            Some(other) if other == pair => {}
            Some(other) => {
                return Err(Error::usage(
                    format!(
                        "{} is given two certificates, {} and {}",
                        pair.domain, other.certificate, pair.certificate
                    ),
                    "a domain has one additional certificate; leave one of the two out: nothing was sent",
                ));
            }
        }
    }
    Ok(pairs)
}

/// Says of a certificate that the cloud refused and that was given as a bare number what to give
/// instead: CDN takes the number, Global Accelerator the identifier.
fn advise(rows: &mut [Row]) {
    for row in rows {
        let number = row
            .certificate
            .as_ref()
            .filter(|id| id.bytes().all(|byte| byte.is_ascii_digit()));
        if let (Some(number), Some(error)) = (number, &row.error)
            && row.status == Status::Failed
            && error.code.is_some()
            && error.kind != Kind::Conflict
        {
            row.error = Some(Rc::new(RowError {
                hint: format!("give the certificate with its site: {number}-{REGION}"),
                ..RowError::clone(error)
            }));
        }
    }
}

fn row(action: &'static str, pair: &Pair) -> Row {
    let mut row = Row::new(Cloud::Alibaba, GA.name, action, &pair.domain);
    row.certificate = Some(pair.certificate.clone());
    row
}
