//! `certctl ga attach`: additional certificates for the domains of a listener.

use clap::Args;

use super::certificates::{CertArgs, Certificates, Choice, pair};
use super::change::{Task, apart, distinct};
use super::listener::ListenerArgs;
use super::token;
use crate::cloud::Cloud;
use crate::commands::Session;
use crate::commands::list::parsed;
use crate::commands::targets::{Pairs, Targets};
use crate::commands::wait::WaitArgs;
use crate::error::Error;
use crate::output::Answer;
use crate::products::Settled;
use crate::products::ga::{ATTACHED, Change, is, occupied};
use crate::providers::alibaba::ga::PAIR_LIMIT;

/// Add certificates to an HTTPS listener, one for each domain
///
/// A certificate has to cover its domain. One that is given as a file is uploaded to the store first,
/// or found again there.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ga attach --accelerator ga-bp1sandboxsecond0001 --listener lsr-bp1sandboxsecond001 \\
    --cert 1234567-cn-hangzhou=example.com --cert 1456789=b.example.com
  certctl ga attach --accelerator ga-bp1sandboxsecond0001 --listener lsr-bp1sandboxsecond001 \\
    --cert fullchain.pem=example.com --key privkey.pem --wait")]
pub struct AttachArgs {
    #[command(flatten)]
    listener: ListenerArgs,
    #[command(flatten)]
    pairs: Targets<Pairs>,
    #[command(flatten)]
    with: CertArgs,
    /// Idempotency token of the call, at most 64 ASCII characters [default: a new token per call]
    #[arg(long, value_name = "TOKEN", value_parser = token)]
    client_token: Option<String>,
    #[command(flatten)]
    wait: WaitArgs,
}

const COMMAND: &str = "ga attach";

/// Runs the command.
pub fn run(session: &Session<'_>, args: &AttachArgs) -> Result<Answer, Error> {
    let read = |text: &str| pair(text).map_err(|reason| format!("is no pair: {reason}"));
    let pairs = args.pairs.items()?.into_iter();
    let pairs = pairs.map(|item| parsed(&item, read));
    let pairs: Vec<(Choice, String)> = pairs.collect::<Result<_, _>>()?;
    if pairs.is_empty() {
        return Ok(Answer::no_targets(COMMAND));
    }
    let settings = session.settings(Cloud::Alibaba, args.with.place())?;
    let (choices, domains) = apart(&pairs);
    let (certificates, chosen) = Certificates::new(session, &args.with, &settings, &choices)?;
    let wanted = distinct(&certificates, &args.listener, chosen, domains)?;
    if args.client_token.is_some() && wanted.len() > PAIR_LIMIT {
        return Err(Error::usage(
            format!(
                "--client-token works for one call with up to {PAIR_LIMIT} pairs, not for {}",
                wanted.len()
            ),
            "remove it (every call gets its own token), or split the command: nothing was sent",
        ));
    }
    let task = Task {
        command: COMMAND,
        change: Change::Attach,
        listener: &args.listener,
        token: args.client_token.as_deref(),
        wait: &args.wait,
    };
    // What the listener has for a domain settles some pairs.
    task.put(session, &settings, &certificates, &wanted, |there, id| {
        let there = there?;
        Some(match is(there, id) {
            true => Settled::unchanged().with(ATTACHED),
            false => Settled::refused(occupied(there)),
        })
    })
}
