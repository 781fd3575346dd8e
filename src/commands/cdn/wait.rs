//! `certctl cdn wait`: until domains are online and serve what they are to serve.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use clap::Args;

use super::goal::{Goal, look};
use super::set::store_number;
use crate::cert::Bundle;
use crate::cloud::Cloud;
use crate::commands::args::{duration, id, non_empty};
use crate::commands::list::{collect_arguments, parse_distinct};
use crate::commands::wait::Seen;
use crate::commands::{Place, Session, concluded, read_each};
use crate::domain::Domain;
use crate::error::{Error, is_pem};
use crate::fault::Kind;
use crate::output::{Answer, Document, Row, RowError, Status};
use crate::providers::Operation;
use crate::providers::alibaba::cdn::{CDN, DescribeCdnDomainDetail, DescribeDomainCertificateInfo};
use crate::transport::{Client, Failure};

/// Wait until domains are online and serve what they are to serve
///
/// Changes nothing. Without --on, --off or a certificate a domain only has to be online, its last
/// change rolled out.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl cdn wait a.com b.com
  certctl cdn wait a.com --cert-id 1000001 --for 5m
  certctl cdn wait --domains-file domains.txt --for 30s")]
pub struct WaitArgs {
    /// Domains, also comma-separated; - reads them from standard input
    #[arg(value_name = "DOMAIN", required_unless_present = "domains_file")]
    domains: Vec<String>,
    /// File with one domain a line; - is standard input
    #[arg(long, value_name = "FILE")]
    domains_file: Option<PathBuf>,
    /// HTTPS is to be on, with whatever certificate
    #[arg(long)]
    on: bool,
    /// HTTPS is to be off
    #[arg(long, conflicts_with_all = ["on", "cert", "cert_id", "cert_name"])]
    off: bool,
    /// This certificate is to be served: PEM, its chain may follow
    #[arg(long, value_name = "FILE", conflicts_with_all = ["cert_id", "cert_name"])]
    cert: Option<PathBuf>,
    /// This certificate of the store (CAS) is to be served
    #[arg(long, value_name = "ID", value_parser = store_number, conflicts_with = "cert_name")]
    cert_id: Option<String>,
    /// Region of the store
    #[arg(long, value_name = "REGION", value_parser = id, requires = "cert_id")]
    cert_region: Option<String>,
    /// The certificate of this name is to be served
    #[arg(long, value_name = "NAME", value_parser = non_empty)]
    cert_name: Option<String>,
    /// Wait at most so long
    #[arg(long = "for", value_name = "DURATION", default_value = "2m", value_parser = duration)]
    limit: Duration,
}

const COMMAND: &str = "cdn wait";

/// Runs the command.
pub fn run(session: &Session<'_>, args: &WaitArgs) -> Result<Answer, Error> {
    let domains = domains(&args.domains, args.domains_file.as_deref())?;
    let bundle = match &args.cert {
        Some(path) if is_pem(&path.to_string_lossy()) => return Err(Error::pem_as_argument()),
        Some(path) => Some(session.bundle(path, None)?),
        None => None,
    };
    let goal = args.goal(bundle.as_ref());
    let settings = session.settings(Cloud::Alibaba, Place::default())?;
    let action = match goal {
        Goal::Online => DescribeCdnDomainDetail::ACTION,
        _ => DescribeDomainCertificateInfo::ACTION,
    };
    let row = |domain: &Domain| Row::new(Cloud::Alibaba, CDN.name, action, domain.asked());
    let rows: Vec<Row> = domains.iter().map(row).collect();
    if session.globals.dry_run {
        let reads = domains.iter();
        let requests = reads.flat_map(|domain| goal.planned(&settings, domain));
        let document = Document::planned(COMMAND, rows, requests.collect());
        return Ok(Answer::Targets(document));
    }
    session.online(&CDN, &settings, async |client| {
        let vigil = Vigil {
            session,
            client,
            domains: &domains,
            goal,
        };
        Ok(vigil.keep(rows, args.limit).await)
    })
}

/// The domains of a command whose arguments they are.
pub(super) fn domains(values: &[String], file: Option<&Path>) -> Result<Vec<Domain>, Error> {
    let items = collect_arguments("DOMAIN", "domains", values, file)?;
    parse_distinct(items, Domain::parse, |domain| domain.ascii().to_owned())
}

impl WaitArgs {
    fn goal<'a>(&'a self, bundle: Option<&'a Bundle>) -> Goal<'a> {
        match (bundle, &self.cert_id, &self.cert_name) {
            _ if self.off => Goal::Off,
            (Some(bundle), ..) => Goal::Leaf(&bundle.leaf().fingerprint),
            (None, Some(id), _) => Goal::Numbered {
                id,
                region: self.cert_region.as_deref(),
            },
            (None, None, Some(name)) => Goal::Named(name),
            (None, None, None) if self.on => Goal::On,
            (None, None, None) => Goal::Online,
        }
    }
}

/// Domains that are waited for.
struct Vigil<'a> {
    session: &'a Session<'a>,
    client: &'a Client<'a>,
    domains: &'a [Domain],
    goal: Goal<'a>,
}

impl Vigil<'_> {
    /// Waits, and answers with a row for each domain: `unchanged` where it is as wanted.
    async fn keep(&self, mut rows: Vec<Row>, limit: Duration) -> Answer {
        // What is watched are rows that were changed, by whomever.
        rows.iter_mut().for_each(|row| row.status = Status::Changed);
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
        let watched = self.session.watch(self.client, limit, &mut rows, see);
        for (target, why) in watched.await {
            rows[target].status = Status::Unknown;
            rows[target].note = Some(why.into());
        }
        for row in &mut rows {
            if row.status == Status::Changed {
                row.status = Status::Unchanged;
            }
        }
        for (target, failure) in refused.into_inner() {
            rows[target].fail(&failure, &Rc::new(RowError::from(&failure)));
        }
        concluded(COMMAND, rows, None, self.client)
    }

    async fn see(&self, targets: &[usize]) -> Vec<(usize, Result<Seen, Failure>)> {
        let look = async |target: usize| look(self.client, &self.domains[target], self.goal).await;
        read_each(targets, look).await
    }
}

/// Whether a domain that cannot be read now will not be readable in two minutes either.
fn is_final(failure: &Failure) -> bool {
    let ended = matches!(failure.kind, Kind::Interrupted | Kind::Deadline);
    !ended && !failure.retryable()
}
