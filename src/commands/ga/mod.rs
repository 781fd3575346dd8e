//! `certctl ga`: certificates of Alibaba Cloud Global Accelerator listeners.

mod attach;
mod instance;

use clap::Subcommand;

use super::Session;
use super::args::id;
use crate::domain::Domain;
use crate::error::Error;
use crate::output::Answer;
use crate::providers::alibaba::ga::{Pair, TOKEN_LIMIT};

/// Manage certificates of Alibaba Cloud Global Accelerator listeners
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// Add certificates to an HTTPS listener, one for each domain
    Attach(attach::AttachArgs),
}

/// Runs a command of the group.
pub fn run(session: &Session<'_>, command: &Command) -> Result<Answer, Error> {
    match command {
        Command::Attach(args) => attach::run(session, args),
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
