//! `certctl ga detach`: the additional certificates of domains go; the listener's default one
//! answers for them then.

use std::path::PathBuf;
use std::rc::Rc;

use clap::Args;

use super::instance::{ListenerArgs, Write, additional};
use crate::cloud::Cloud;
use crate::commands::wait::{Seen, WaitArgs};
use crate::commands::{Place, Session, concluded, counted, fail_all, list};
use crate::domain::Domain;
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Document, Row, RowError, Status};
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
        counted(domains.len(), "domain")
    ))?;
    let settings = session.settings(Cloud::Alibaba, Place::default())?;
    let mut rows: Vec<Row> = domains.iter().map(|domain| row(domain)).collect();
    if session.globals.dry_run {
        let token = nonce();
        let targets = |domains: &[&str]| domains.iter().map(ToString::to_string).collect();
        let writes = domains.chunks(PAIR_LIMIT).map(|domains| {
            let call = call(&token, accelerator, listener, domains);
            plan(&settings, &call, targets(domains))
        });
        let reading = plan(&settings, &args.listener.reading(), Vec::new());
        let requests = std::iter::once(reading).chain(writes).collect();
        return Ok(Answer::Targets(Document::planned(COMMAND, rows, requests)));
    }
    session.online(&GA, &settings, async |client| {
        let instance = args.listener.instance(client);
        let bindings = match instance.bindings().await {
            Ok(bindings) => bindings,
            Err(failure) => {
                fail_all(&mut rows, &failure);
                return Ok(concluded(COMMAND, rows, Some(&failure), client));
            }
        };
        let there = args.present(&domains, &bindings, &mut rows);
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
        let ended = instance.write_all(&writes, &mut rows).await;
        let see = |target: usize, bindings: &[Binding]| match additional(bindings, domains[target])
        {
            None => Seen::Confirmed,
            Some(binding) => Seen::Pending(format!("it has {}", binding.certificate_id)),
        };
        instance.confirm(session, &args.wait, &mut rows, see).await;
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

fn row(domain: &str) -> Row {
    let action = DissociateAdditionalCertificatesFromListener::ACTION;
    Row::new(Cloud::Alibaba, GA.name, action, domain)
}

impl DetachArgs {
    /// The domains that have an additional certificate; the rows of the others are settled.
    fn present(&self, domains: &[&str], bindings: &[Binding], rows: &mut [Row]) -> Vec<usize> {
        let mut there = Vec::new();
        for (target, row) in rows.iter_mut().enumerate() {
            match additional(bindings, domains[target]) {
                Some(binding) => {
                    row.certificate = Some(binding.certificate_id.clone());
                    there.push(target);
                }
                None if self.missing_ok => {
                    row.settle(Status::Unchanged, None);
                    row.note = Some("it had no additional certificate".into());
                }
                None => {
                    row.status = Status::Failed;
                    row.error = Some(Rc::new(missing(&self.listener.listener)));
                }
            }
        }
        there
    }
}

/// A domain without an additional certificate.
pub(super) fn missing(listener: &str) -> RowError {
    RowError {
        code: None,
        kind: Kind::NotFound,
        message: format!("it has no additional certificate on {listener}"),
        hint: format!("`certctl ga show --listener {listener}` lists the domains that have one"),
        http_status: None,
        retryable: false,
        attempts: 0,
    }
}
