//! `certctl ga attach`: additional certificates for the domains of a listener.

use clap::Args;

use super::instance::Instance;
use super::{distinct, pair, token};
use crate::cloud::Cloud;
use crate::commands::args::id;
use crate::commands::{Place, Session, concluded};
use crate::error::Error;
use crate::output::{Answer, Document, Row};
use crate::providers::Operation;
use crate::providers::alibaba::ga::{
    AssociateAdditionalCertificatesWithListener, GA, PAIR_LIMIT, Pair,
};
use crate::transport::{nonce, plan};

/// Add certificates to an HTTPS listener, one for each domain
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ga attach --accelerator ga-bp1odcab8tmno0hdq --listener lsr-bp1bpn0kn908w4nbw \\
    --cert 6092-cn-hangzhou=example.com --cert 6093-cn-hangzhou=www.example.com")]
pub struct AttachArgs {
    /// Accelerator
    #[arg(long, value_name = "ID", value_parser = id)]
    accelerator: String,
    /// Listener, HTTPS only
    #[arg(long, value_name = "ID", value_parser = id)]
    listener: String,
    /// Certificate and the domain it serves; repeats
    #[arg(long, value_name = "CERT_ID=DOMAIN", required = true, value_delimiter = ',',
          value_parser = pair)]
    cert: Vec<Pair>,
    /// Token that makes a repeated call harmless: ASCII, at most 64 [default: a fresh one a call]
    #[arg(long, value_name = "TOKEN", value_parser = token)]
    client_token: Option<String>,
}

const COMMAND: &str = "ga attach";

/// Runs the command.
pub fn run(session: &Session<'_>, args: &AttachArgs) -> Result<Answer, Error> {
    let pairs = distinct(&args.cert)?;
    if args.client_token.is_some() && pairs.len() > PAIR_LIMIT {
        return Err(Error::usage(
            format!(
                "--client-token is for one call of up to {PAIR_LIMIT} pairs; {} are given",
                pairs.len()
            ),
            "leave it out (every call gets its own), or split the command: nothing was sent",
        ));
    }
    let settings = session.settings(Cloud::Alibaba, Place::default())?;
    let mut rows: Vec<Row> = pairs.iter().map(row).collect();
    let chunks = pairs.chunks(PAIR_LIMIT);
    let token = |_| args.client_token.clone().unwrap_or_else(nonce);
    let tokens: Vec<String> = chunks.clone().map(token).collect();
    let call = |(certificates, client_token)| AssociateAdditionalCertificatesWithListener {
        client_token,
        accelerator_id: &args.accelerator,
        listener_id: &args.listener,
        certificates,
    };
    let calls: Vec<_> = chunks
        .zip(tokens.iter().map(String::as_str))
        .map(call)
        .collect();
    if session.globals.dry_run {
        let targets = |pairs: &[Pair]| pairs.iter().map(|pair| pair.domain.clone()).collect();
        let requests = calls
            .iter()
            .map(|call| plan(&settings, call, targets(call.certificates)))
            .collect();
        return Ok(Answer::Targets(Document::planned(COMMAND, rows, requests)));
    }
    session.online(&GA, &settings, async |client| {
        let instance = Instance {
            client,
            accelerator_id: &args.accelerator,
            listener_id: &args.listener,
        };
        let ended = instance.write_all(&calls, &mut rows).await;
        Ok(concluded(COMMAND, rows, ended.as_ref(), client))
    })
}

fn row(pair: &Pair) -> Row {
    let action = AssociateAdditionalCertificatesWithListener::ACTION;
    let mut row = Row::new(Cloud::Alibaba, GA.name, action, &pair.domain);
    row.certificate = Some(pair.certificate.clone());
    row
}
