//! `certctl ga replace`: another certificate for domains that have an additional one, in place.

use std::path::PathBuf;
use std::rc::Rc;

use clap::Args;

use super::instance::{ListenerArgs, Write, additional, seen};
use super::{advise, detach, distinct, pair, row};
use crate::cloud::Cloud;
use crate::commands::args::id;
use crate::commands::wait::WaitArgs;
use crate::commands::{Place, Session, concluded, fail_all, list};
use crate::domain::Domain;
use crate::error::Error;
use crate::output::{Answer, Document, Row, Status};
use crate::providers::Operation;
use crate::providers::alibaba::ga::{GA, Pair, UpdateAdditionalCertificateWithListener};
use crate::transport::{nonce, plan};

/// Give domains of a listener another certificate in place
///
/// At no moment is a domain without a certificate. Each must have an additional one already:
/// `certctl ga attach` gives the first.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ga replace --accelerator ga-bp1sandboxsecond0001 --listener lsr-bp1sandboxsecond001 \\
    --domains www.example.com --cert 1456789-cn-hangzhou
  certctl ga replace --accelerator ga-bp1sandboxsecond0001 --listener lsr-bp1sandboxsecond001 \\
    --cert 1456789-cn-hangzhou=www.example.com --wait")]
pub struct ReplaceArgs {
    #[command(flatten)]
    listener: ListenerArgs,
    /// The new certificate of --domains, or pairs of certificate and domain; repeats
    #[arg(long, value_name = "CERT_ID[=DOMAIN]", required = true, value_delimiter = ',',
          value_parser = certificate)]
    cert: Vec<Wanted>,
    /// Domains that get the one certificate, comma-separated or repeated
    #[arg(long, alias = "domain", value_name = "DOMAIN,…")]
    domains: Vec<String>,
    /// File with one domain a line; - is standard input
    #[arg(long, value_name = "FILE")]
    domains_file: Option<PathBuf>,
    #[command(flatten)]
    wait: WaitArgs,
}

/// What `--cert` says.
#[derive(Clone, Debug)]
enum Wanted {
    /// A certificate alone.
    Bare(String),
    /// A certificate for a domain.
    Pair(Pair),
}

fn certificate(text: &str) -> Result<Wanted, String> {
    match text.contains('=') {
        true => pair(text).map(Wanted::Pair),
        false => id(text).map(Wanted::Bare),
    }
}

const COMMAND: &str = "ga replace";

/// Runs the command.
pub fn run(session: &Session<'_>, args: &ReplaceArgs) -> Result<Answer, Error> {
    let pairs = args.pairs()?;
    let settings = session.settings(Cloud::Alibaba, Place::default())?;
    let action = UpdateAdditionalCertificateWithListener::ACTION;
    let mut rows: Vec<Row> = pairs.iter().map(|pair| row(action, pair)).collect();
    let tokens: Vec<String> = pairs.iter().map(|_| nonce()).collect();
    let call = |target: usize| UpdateAdditionalCertificateWithListener {
        client_token: &tokens[target],
        accelerator_id: &args.listener.accelerator,
        listener_id: &args.listener.listener,
        pair: &pairs[target],
    };
    if session.globals.dry_run {
        let write = |target| plan(&settings, &call(target), vec![pairs[target].domain.clone()]);
        let reading = plan(&settings, &args.listener.reading(), Vec::new());
        let writes = (0..pairs.len()).map(write);
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
        let mut writes = Vec::new();
        for (target, row) in rows.iter_mut().enumerate() {
            let Pair {
                certificate,
                domain,
            } = &pairs[target];
            match additional(&bindings, domain) {
                Some(binding) if binding.certificate_id == *certificate => {
                    row.settle(Status::Unchanged, None);
                    row.note = Some("it has this certificate already".into());
                }
                Some(_) => writes.push(Write {
                    call: call(target),
                    targets: vec![target],
                }),
                None => {
                    row.status = Status::Failed;
                    row.error = Some(Rc::new(detach::missing(&args.listener.listener)));
                }
            }
        }
        let ended = instance.write_all(&writes, &mut rows).await;
        let see = |target: usize, bindings: &[_]| {
            let pair = &pairs[target];
            seen(additional(bindings, &pair.domain), &pair.certificate)
        };
        instance.confirm(session, &args.wait, &mut rows, see).await;
        advise(&mut rows);
        Ok(concluded(COMMAND, rows, ended.as_ref(), client))
    })
}

impl ReplaceArgs {
    fn pairs(&self) -> Result<Vec<Pair>, Error> {
        let listed = !self.domains.is_empty() || self.domains_file.is_some();
        match (&self.cert[..], listed) {
            ([Wanted::Bare(certificate)], true) => {
                let items = list::collect("domains", &self.domains, self.domains_file.as_deref())?;
                let ascii = |domain: &Domain| domain.ascii().to_owned();
                let domains = list::parse_distinct(items, Domain::parse, ascii)?;
                let pair = |domain: &Domain| Pair {
                    certificate: certificate.clone(),
                    domain: domain.ascii().to_owned(),
                };
                Ok(domains.iter().map(pair).collect())
            }
            (wanted, false) => {
                let pair = |wanted: &Wanted| match wanted {
                    Wanted::Pair(pair) => Ok(pair.clone()),
                    Wanted::Bare(certificate) => Err(Error::usage(
                        format!("--cert {certificate} names no domain"),
                        "give CERT_ID=DOMAIN, or one certificate and --domains: nothing was sent",
                    )),
                };
                let pairs: Vec<Pair> = wanted.iter().map(pair).collect::<Result<_, _>>()?;
                distinct(&pairs)
            }
            (_, true) => Err(Error::usage(
                "--domains goes with one certificate, given without a domain",
                "give --cert CERT_ID --domains A,B, or --cert CERT_ID=DOMAIN alone: nothing was sent",
            )),
        }
    }
}
