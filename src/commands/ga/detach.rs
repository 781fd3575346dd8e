//! `certctl ga detach`: the additional certificates of domains go; the listener's default one
//! answers for them then.

use clap::Args;

use super::change::{Run, Task, current};
use super::listener::ListenerArgs;
use crate::cloud::Cloud;
use crate::commands::ask::Question;
use crate::commands::targets::{Domains, Targets};
use crate::commands::wait::WaitArgs;
use crate::commands::{self, Session};
use crate::domain::Domain;
use crate::error::Error;
use crate::fault::Kind;
use crate::output::Answer;
use crate::products::ga::{Change, at, id_of};
use crate::products::{Place, Reason, Settled, Slot};
use crate::providers::alibaba::ga::{GA, ListenerCertificate};

/// Take the additional certificates of domains from a listener
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ga detach --accelerator ga-bp1sandboxsecond0001 --listener lsr-bp1sandboxsecond001 \\
    --domains www.example.com --yes
  certctl ga detach --accelerator ga-bp1sandboxsecond0001 --listener lsr-bp1sandboxsecond001 \\
    --domains-file domains.txt --missing-ok --yes")]
pub struct DetachArgs {
    #[command(flatten)]
    listener: ListenerArgs,
    #[command(flatten)]
    domains: Targets<Domains>,
    /// Treat domains without an additional certificate as already detached
    #[arg(long)]
    missing_ok: bool,
    #[command(flatten)]
    wait: WaitArgs,
}

const COMMAND: &str = "ga detach";

/// Runs the command.
pub fn run(session: &Session<'_>, args: &DetachArgs) -> Result<Answer, Error> {
    let domains = args.domains.domains()?;
    if domains.is_empty() {
        return Ok(Answer::no_targets(COMMAND));
    }
    let domains: Vec<&str> = domains.iter().map(Domain::ascii).collect();
    let listener = &args.listener.listener;
    let deed = match domains.len() {
        1 => format!("detaching the certificate of 1 domain from {listener}"),
        count => format!("detaching the certificates of {count} domains from {listener}"),
    };
    let question = Question::new(deed).naming(domains.iter().copied());
    session.must_ask(&question)?;
    let settings = session.settings(Cloud::Alibaba, commands::Place::default())?;
    let place = |domain: &&str| args.listener.place(Slot::Domain((*domain).to_owned()));
    let places: Vec<Place> = domains.iter().map(place).collect();
    let task = Task {
        command: COMMAND,
        change: Change::Detach,
        listener: &args.listener,
        token: None,
        wait: &args.wait,
    };
    if session.globals.sends_nothing() {
        let (ids, texts) = places.iter().map(|_| (None, String::new())).unzip();
        let before = vec![args.listener.planned(&settings)];
        return Ok(task.planned(&settings, &places, ids, texts, before));
    }
    session.online(&GA, &settings, async |client| {
        session.ask(&question, client).await?;
        let instance = task.instance(client);
        // What is there goes in one call, which is refused as a whole for what is not.
        let run = match instance.certificates().await {
            Ok(present) => {
                let there: Vec<_> = places.iter().map(|one| at(&one.slot, &present)).collect();
                Run {
                    ids: there.iter().map(|one| one.and_then(id_of)).collect(),
                    settled: there.iter().map(|one| args.settle(*one)).collect(),
                    ended: None,
                    current: current(&places, &present),
                }
            }
            Err(failure) => {
                let mut run = Run::of(vec![None; places.len()]);
                run.settled.fill(Settled::failed(failure.clone()));
                run.ended = Some(failure);
                run
            }
        };
        Ok(task.make(session, &instance, &places, run).await)
    })
}

impl DetachArgs {
    /// What becomes of a domain by what it has.
    fn settle(&self, there: Option<&ListenerCertificate>) -> Settled {
        match there {
            Some(_) => Settled::default(),
            None if self.missing_ok => {
                Settled::unchanged().with("it had no additional certificate")
            }
            None => Settled::refused(missing(&self.listener.listener)),
        }
    }
}

/// A domain without an additional certificate.
pub(super) fn missing(listener: &str) -> Reason {
    Reason::new(
        Kind::NotFound,
        format!("it has no additional certificate on {listener}"),
        format!("list the domains that have one with `certctl ga show --listener {listener}`"),
    )
}
