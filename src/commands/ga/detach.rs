//! `certctl ga detach`: the additional certificates of domains go; the listener's default one
//! answers for them then.

use std::path::PathBuf;

use clap::Args;

use super::listener::{ListenerArgs, confirm};
use super::pairs::row;
use crate::cloud::Cloud;
use crate::commands::wait::WaitArgs;
use crate::commands::{Place, Session, concluded, list, named_or_counted};
use crate::domain::Domain;
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Row};
use crate::products::Seen;
use crate::products::ga::{Write, additional, id_of};
use crate::products::{Reason, Settled};
use crate::providers::Operation;
use crate::providers::alibaba::ga::{
    Binding, DissociateAdditionalCertificatesFromListener, GA, PAIR_LIMIT,
};
use crate::transport::{nonce, plan};

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
    /// Domains, comma-separated or repeated; - reads them from standard input
    #[arg(long, value_name = "DOMAIN,…")]
    domains: Vec<String>,
    /// File with one domain a line; - is standard input
    #[arg(long, value_name = "FILE")]
    domains_file: Option<PathBuf>,
    /// Take a domain that has no additional certificate for detached
    #[arg(long)]
    missing_ok: bool,
    #[command(flatten)]
    wait: WaitArgs,
}

const COMMAND: &str = "ga detach";

const ACTION: &str = DissociateAdditionalCertificatesFromListener::ACTION;

/// Runs the command.
pub fn run(session: &Session<'_>, args: &DetachArgs) -> Result<Answer, Error> {
    let items = list::collect("domains", &args.domains, args.domains_file.as_deref())?;
    let domains = list::parse_distinct(items, Domain::parse, |domain| domain.ascii().to_owned())?;
    let domains: Vec<&str> = domains.iter().map(Domain::ascii).collect();
    let ListenerArgs {
        accelerator,
        listener,
    } = &args.listener;
    session.consent(&format!(
        "detaching {} from {listener}",
        named_or_counted("domain", &domains)
    ))?;
    let settings = session.settings(Cloud::Alibaba, Place::default())?;
    if session.globals.dry_run {
        let token = nonce();
        let targets = |domains: &[&str]| domains.iter().map(ToString::to_string).collect();
        let writes = domains.chunks(PAIR_LIMIT).map(|domains| {
            let call = call(&token, accelerator, listener, domains);
            plan(&settings, &call, targets(domains))
        });
        let mut requests = args.listener.planned(&settings, true);
        requests.extend(writes);
        let rows = domains.iter().map(|domain| row(ACTION, domain, None));
        return Ok(Answer::planned(COMMAND, rows.collect(), requests));
    }
    session.online(&GA, &settings, async |client| {
        let instance = args.listener.instance(client);
        // What is there goes in one call, which is refused as a whole for what is not.
        let (mut settled, bindings) = match instance.bindings().await {
            Ok(bindings) => (args.settle(&domains, &bindings), bindings),
            Err(failure) => {
                let failed = Settled::failed(failure);
                (vec![failed; domains.len()], Vec::new())
            }
        };
        let there: Vec<usize> = (0..domains.len())
            .filter(|target| settled[*target].is_open())
            .collect();
        let chunks: Vec<(String, Vec<&str>, &[usize])> = there
            .chunks(PAIR_LIMIT)
            .map(|targets| {
                let domains = targets.iter().map(|target| domains[*target]).collect();
                (nonce(), domains, targets)
            })
            .collect();
        let writes: Vec<_> = chunks
            .iter()
            .map(|(token, domains, targets)| Write {
                call: call(token, accelerator, listener, domains),
                targets: targets.to_vec(),
            })
            .collect();
        let is_gone = |target: usize, seen: &[Binding]| additional(seen, domains[target]).is_none();
        let ended = instance.write_all(&writes, &mut settled, is_gone).await;
        let see = |target: usize, seen: &[Binding]| match additional(seen, domains[target]) {
            None => Seen::Confirmed,
            Some(binding) => Seen::Pending(format!("it has {}", binding.certificate_id)),
        };
        let name = |target: usize| domains[target].to_owned();
        confirm(session, &instance, &args.wait, &mut settled, name, see).await;
        let made = |(domain, settled): (&&str, &Settled)| -> Row {
            let id = additional(&bindings, domain).and_then(id_of);
            row(ACTION, domain, id.as_ref()).of(settled)
        };
        let rows = domains.iter().zip(&settled).map(made).collect();
        Ok(concluded(COMMAND, rows, ended.as_ref(), client))
    })
}

fn call<'a>(
    client_token: &'a str,
    accelerator_id: &'a str,
    listener_id: &'a str,
    domains: &'a [&'a str],
) -> DissociateAdditionalCertificatesFromListener<'a> {
    DissociateAdditionalCertificatesFromListener {
        client_token,
        accelerator_id,
        listener_id,
        domains,
    }
}

impl DetachArgs {
    /// Settles the domains that have no additional certificate.
    fn settle(&self, domains: &[&str], bindings: &[Binding]) -> Vec<Settled> {
        let settle = |domain: &&str| match additional(bindings, domain) {
            Some(_) => Settled::default(),
            None if self.missing_ok => {
                Settled::unchanged().with("it had no additional certificate")
            }
            None => Settled::refused(missing(&self.listener.listener)),
        };
        domains.iter().map(settle).collect()
    }
}

/// A domain without an additional certificate.
pub(super) fn missing(listener: &str) -> Reason {
    Reason::new(
        Kind::NotFound,
        format!("it has no additional certificate on {listener}"),
        format!("`certctl ga show --listener {listener}` lists the domains that have one"),
    )
}
