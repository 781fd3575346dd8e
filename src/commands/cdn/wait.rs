//! `certctl cdn wait`: until domains are online and serve what they are to serve.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::Group;
use super::set::{given_id, stored};
use crate::cert::{Bundle, Certificate, Note};
use crate::cloud::Cloud;
use crate::commands::args::{duration, id, non_empty};
use crate::commands::certificate::Given;
use crate::commands::targets::{Domains, Targets};
use crate::commands::wait::Verdict;
use crate::commands::{Place, Session, concluded};
use crate::domain::Domain;
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Row};
use crate::products::Seen;
use crate::products::cdn::look::{Goal, look};
use crate::products::cdn::wire;
use crate::products::{Outcome, Reason, Settled, StoreId};
use crate::providers::Operation;
use crate::providers::alibaba::cdn::{DescribeCdnDomainDetail, DescribeDomainCertificateInfo};
use crate::transport::{Client, Failure, read_each};

/// Wait until domains are online and serve the expected certificate
///
/// This command changes nothing. Without --on, --off or a certificate option, it only waits until
/// each domain is online and its last change is complete.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl cdn wait a.com b.com
  certctl cdn wait a.com --cert-id 1000001 --for 5m
  certctl cdn wait --domains-file domains.txt --for 30s")]
pub struct WaitArgs {
    #[command(flatten)]
    domains: Targets<Domains>,
    /// Wait until HTTPS is on, with any certificate
    #[arg(long)]
    on: bool,
    /// Wait until HTTPS is off
    #[arg(long, conflicts_with_all = ["on", "cert", "cert_id", "cert_name"])]
    off: bool,
    /// Wait for this certificate: an id from the store (CAS), or a PEM file with its chain
    #[arg(long, value_name = "ID|FILE", value_parser = Given::of_cas,
          conflicts_with_all = ["cert_id", "cert_name"])]
    cert: Option<Given>,
    /// File with the intermediate certificates, PEM, if the certificate file does not contain them
    #[arg(long, value_name = "FILE")]
    chain: Option<PathBuf>,
    /// Wait for the certificate with this id from the store (CAS)
    #[arg(long, value_name = "ID", value_parser = stored, conflicts_with = "cert_name")]
    cert_id: Option<StoreId>,
    /// Region of the store, if the id does not contain it
    #[arg(long, value_name = "REGION", value_parser = id)]
    cert_region: Option<String>,
    /// Wait for the certificate with this name
    #[arg(long, value_name = "NAME", value_parser = non_empty)]
    cert_name: Option<String>,
    /// Maximum time to wait
    #[arg(long = "for", value_name = "DURATION", default_value = "2m", value_parser = duration)]
    limit: Duration,
}

/// Runs the command.
pub(super) fn run(session: &Session<'_>, group: &Group, args: &WaitArgs) -> Result<Answer, Error> {
    let cert_region = args.cert_region.as_deref();
    let cert_id = given_id(args.cert.as_ref(), args.cert_id.as_ref(), cert_region)?;
    let domains = args.domains.domains()?;
    if domains.is_empty() {
        return Ok(Answer::no_targets(group.wait));
    }
    let bundle = match &args.cert {
        Some(Given::File(path)) => Some(session.bundle_of(path, args.chain.as_deref(), None)?),
        _ if args.chain.is_some() => {
            return Err(Error::usage(
                "--chain requires a certificate file",
                "add --cert FILE, or remove --chain",
            ));
        }
        Some(Given::Id(_)) | None => None,
    };
    let mut certificate = bundle.as_ref().map(Bundle::certificate);
    // A certificate alone says nothing of its chain: that there is one is what is waited for.
    let is_bare = |note: &Note| matches!(note, Note::LeafOnly { .. });
    if let Some(certificate) = &mut certificate
        && bundle.iter().flat_map(Bundle::notes).any(is_bare)
    {
        certificate.chain = None;
    }
    let goal = args.goal(certificate.as_ref(), cert_id.as_ref());
    let settings = session.settings(Cloud::Alibaba, Place::default())?;
    let action = match goal {
        Goal::Online => DescribeCdnDomainDetail::ACTION,
        _ => DescribeDomainCertificateInfo::ACTION,
    };
    let action = group.service.named(action);
    let row =
        |domain: &Domain| Row::new(Cloud::Alibaba, group.service.name, action, domain.asked());
    let rows: Vec<Row> = domains.iter().map(row).collect();
    if session.globals.sends_nothing() {
        let reads = domains.iter();
        let requests = reads.flat_map(|domain| goal.planned(group.service, &settings, domain));
        return Ok(Answer::planned(group.wait, rows, requests.collect()));
    }
    session.online(group.service, &settings, async |client| {
        let wait = Wait {
            group,
            session,
            client,
            domains: &domains,
            goal,
        };
        Ok(wait.run(rows, args.limit).await)
    })
}

impl WaitArgs {
    fn goal<'a>(
        &'a self,
        certificate: Option<&'a Certificate>,
        cert_id: Option<&'a StoreId>,
    ) -> Goal<'a> {
        match (certificate, cert_id, &self.cert_name) {
            _ if self.off => Goal::Off,
            (Some(certificate), ..) => Goal::Certificate(certificate),
            (None, Some(id), _) => Goal::Numbered {
                id: &id.id,
                region: id.region.as_deref(),
            },
            (None, None, Some(name)) => Goal::Named(name),
            (None, None, None) if self.on => Goal::On,
            (None, None, None) => Goal::Online,
        }
    }
}

/// Domains that are waited for.
struct Wait<'a> {
    group: &'a Group,
    session: &'a Session<'a>,
    client: &'a Client<'a>,
    domains: &'a [Domain],
    goal: Goal<'a>,
}

impl Wait<'_> {
    /// Waits, and answers with a row for each domain: `unchanged` where it is as wanted.
    async fn run(&self, rows: Vec<Row>, limit: Duration) -> Answer {
        let refused = RefCell::new(BTreeMap::new());
        let see = async |targets: &[usize]| {
            let mut seen = self.see(targets).await;
            for (target, seen) in &mut seen {
                if let Err(failure) = seen
                    && is_final(failure)
                {
                    let why = Seen::Failed(failure.message.clone());
                    if let Err(failure) = std::mem::replace(seen, Ok(why)) {
                        refused.borrow_mut().insert(*target, failure);
                    }
                }
            }
            seen
        };
        let named = self.domains.iter().map(|domain| domain.asked().to_owned());
        let named = named.enumerate().collect();
        let mut settled = vec![Settled::unchanged(); rows.len()];
        let verdicts = self.session.verdicts(self.client, limit, named, see).await;
        for (target, verdict) in verdicts {
            settled[target] = match verdict {
                Verdict::Confirmed => Settled::unchanged(),
                Verdict::Refuted(kind, why) => {
                    Outcome::Refuted(Reason::new(kind, why, kind.hint())).into()
                }
                Verdict::Late(why) => Settled::unknown(&why),
            };
        }
        for (target, failure) in refused.into_inner() {
            settled[target] = Settled::failed(failure);
        }
        let rows = rows.into_iter().zip(&settled);
        let rows = rows.map(|(row, settled)| row.of(settled)).collect();
        concluded(self.group.wait, rows, None, self.client)
    }

    async fn see(&self, targets: &[usize]) -> Vec<(usize, Result<Seen, Failure>)> {
        let look =
            async |target: usize| look(self.client, wire(&self.domains[target]), self.goal).await;
        read_each(targets, look).await
    }
}

/// Whether a domain that cannot be read now will not be readable in two minutes either.
fn is_final(failure: &Failure) -> bool {
    // An answer that says nothing of the domain leaves open how it is.
    let untold = matches!(
        failure.kind,
        Kind::Interrupted | Kind::Deadline | Kind::Unexpected
    );
    !untold && !failure.retryable()
}
