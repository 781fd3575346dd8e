//! `certctl ga replace`: another certificate for domains that have an additional one, in place.

use clap::Args;

use super::certificates::{CertArgs, Certificates, Choice, choice, pair};
use super::change::{Task, distinct};
use super::detach::missing;
use super::listener::ListenerArgs;
use crate::cloud::Cloud;
use crate::commands::Session;
use crate::commands::targets::{Domains, Targets};
use crate::commands::wait::WaitArgs;
use crate::error::Error;
use crate::output::Answer;
use crate::products::Settled;
use crate::products::ga::{ATTACHED, Change, is};

/// Give domains of a listener another certificate in place
///
/// At no moment is a domain without a certificate. Each must have an additional one already:
/// `certctl ga attach` gives the first. The new certificate has to cover the domain; one that is
/// given as a file is uploaded to the store first, or found again there.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ga replace --accelerator ga-bp1sandboxsecond0001 --listener lsr-bp1sandboxsecond001 \\
    --domains www.example.com --cert 1456789-cn-hangzhou
  certctl ga replace --accelerator ga-bp1sandboxsecond0001 --listener lsr-bp1sandboxsecond001 \\
    --cert 1456789-cn-hangzhou=www.example.com --wait
  certctl ga replace --accelerator ga-bp1sandboxsecond0001 --listener lsr-bp1sandboxsecond001 \\
    --domains www.example.com --cert fullchain.pem --key privkey.pem")]
pub struct ReplaceArgs {
    #[command(flatten)]
    listener: ListenerArgs,
    /// New certificate of --domains, as id or file, or pairs of certificate and domain; repeatable
    #[arg(long, value_name = "CERT[=DOMAIN]", required = true, value_delimiter = ',',
          value_parser = certificate)]
    cert: Vec<Wish>,
    #[command(flatten)]
    with: CertArgs,
    #[command(flatten)]
    domains: Targets<Domains>,
    #[command(flatten)]
    wait: WaitArgs,
}

/// What `--cert` says.
#[derive(Clone, Debug)]
enum Wish {
    /// A certificate alone.
    Bare(Choice),
    /// A certificate for a domain.
    Pair(Choice, String),
}

fn certificate(text: &str) -> Result<Wish, String> {
    match text.contains('=') {
        true => pair(text).map(|(choice, domain)| Wish::Pair(choice, domain)),
        false => choice(text).map(Wish::Bare),
    }
}

const COMMAND: &str = "ga replace";

/// Runs the command.
pub fn run(session: &Session<'_>, args: &ReplaceArgs) -> Result<Answer, Error> {
    let (choices, domains) = args.pairs()?;
    if domains.is_empty() {
        return Ok(Answer::no_targets(COMMAND));
    }
    let settings = session.settings(Cloud::Alibaba, args.with.place())?;
    let (certificates, chosen) = Certificates::new(session, &args.with, &settings, &choices)?;
    let wanted = distinct(&certificates, &args.listener, chosen, domains)?;
    let task = Task {
        command: COMMAND,
        change: Change::Replace,
        listener: &args.listener,
        token: None,
        wait: &args.wait,
    };
    task.put(
        session,
        &settings,
        &certificates,
        &wanted,
        |there, id| match there {
            None => Some(Settled::refused(missing(&args.listener.listener))),
            Some(there) => is(there, id).then(|| Settled::unchanged().with(ATTACHED)),
        },
    )
}

impl ReplaceArgs {
    /// The certificates, and the domain that each is for.
    fn pairs(&self) -> Result<(Vec<Choice>, Vec<String>), Error> {
        let listed = self.domains.are_given() || self.domains.may_be_none();
        match (&self.cert[..], listed) {
            ([Wish::Bare(choice)], true) => {
                let domains = self.domains.domains()?;
                let ascii = domains.iter().map(|domain| domain.ascii().to_owned());
                let domains: Vec<String> = ascii.collect();
                Ok((vec![choice.clone(); domains.len()], domains))
            }
            (wishes, _) if !self.domains.are_given() => {
                let pair = |wish: &Wish| match wish {
                    Wish::Pair(choice, domain) => Ok((choice.clone(), domain.clone())),
                    Wish::Bare(choice) => Err(Error::usage(
                        format!("--cert {} has no domain", choice.text()),
                        "write CERT=DOMAIN, or use one certificate with --domains: nothing was \
                         sent",
                    )),
                };
                let pairs: Vec<_> = wishes.iter().map(pair).collect::<Result<_, _>>()?;
                Ok(pairs.into_iter().unzip())
            }
            _ => Err(Error::usage(
                "--domains requires one certificate without a domain",
                "use --cert CERT --domains A,B, or only --cert CERT=DOMAIN: nothing was sent",
            )),
        }
    }
}
