//! `certctl cas delete`: certificates that nothing uses go.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::PathBuf;

use clap::Args;
use futures_util::StreamExt;

use super::store::{self, SiteArgs, named, number, of_site, uses};
use crate::cloud::Cloud;
use crate::commands::wait::WaitArgs;
use crate::commands::{Session, concluded, list, named_or_counted};
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Row};
use crate::products::Seen;
use crate::products::{Reason, Settled, StoreId};
use crate::providers::Operation;
use crate::providers::alibaba::cas::{
    CAS, DeleteUserCertificate, GetUserCertificateDetail, ListCloudResources,
};
use crate::providers::page::Cursor;
use crate::transport::{
    Client, Failure, PARALLEL, Patience, Reconciled, ends_run, nonce, plan, read_each, reconcile,
};

/// Delete certificates that nothing uses
///
/// A certificate that a resource of the account still has is refused. The store learns of new uses
/// with some delay.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl cas delete 1456789 --yes
  certctl cas delete 1456789-cn-hangzhou 1567890 --yes --wait
  certctl cas delete --ids-file ids.txt --missing-ok --yes")]
pub struct DeleteArgs {
    /// Certificates: numbers or identifiers; - reads them from standard input
    #[arg(value_name = "ID", allow_negative_numbers = true)]
    ids: Vec<String>,
    /// File with one certificate a line; - is standard input
    #[arg(long, value_name = "FILE")]
    ids_file: Option<PathBuf>,
    /// Delete them also where they are in use: the cloud does not ask
    #[arg(long)]
    force: bool,
    /// Take a certificate that is not there for deleted
    #[arg(long)]
    missing_ok: bool,
    #[command(flatten)]
    site: SiteArgs,
    #[command(flatten)]
    wait: WaitArgs,
}

const COMMAND: &str = "cas delete";

/// How many certificates one look for their uses is about.
const CHUNK: usize = 50;

/// How many uses are named.
const NAMED: usize = 3;

/// Runs the command.
pub fn run(session: &Session<'_>, args: &DeleteArgs) -> Result<Answer, Error> {
    let items = list::collect_arguments("ID", "ids", &args.ids, args.ids_file.as_deref())?;
    let ids = list::parse_distinct(items, store::id, |id| id.id.clone())?;
    let (settings, site) = args.site.settle(session)?;
    let ids: Vec<StoreId> = ids
        .iter()
        .map(|id| of_site(id, site))
        .collect::<Result<_, _>>()?;
    let numbers: Vec<i64> = ids.iter().map(number).collect();
    let what = named_or_counted("certificate", &numbers);
    session.consent(&match args.force {
        true => format!("deleting {what} and the private keys, in use or not,"),
        false => format!("deleting {what} and the private keys"),
    })?;
    let rows = ids.iter().map(row);
    let tokens: Vec<String> = numbers.iter().map(|_| nonce()).collect();
    let call = |at: usize| DeleteUserCertificate {
        cert_id: numbers[at],
        client_token: &tokens[at],
    };
    if session.globals.dry_run {
        let targets = |numbers: &[i64]| numbers.iter().map(ToString::to_string).collect();
        let look = |numbers: &[i64]| {
            let call = ListCloudResources::page(numbers, &Cursor::default());
            plan(&settings, &call, targets(numbers))
        };
        let looks: Vec<_> = match args.force {
            true => Vec::new(),
            false => numbers.chunks(CHUNK).map(look).collect(),
        };
        let deletions =
            (0..numbers.len()).map(|at| plan(&settings, &call(at), targets(&numbers[at..=at])));
        let requests = looks.into_iter().chain(deletions).collect();
        return Ok(Answer::planned(COMMAND, rows.collect(), requests));
    }
    session.online(&CAS, &settings, async |client| {
        let deletion = Deletion {
            client,
            ids: &ids,
            missing_ok: args.missing_ok,
            ended: RefCell::new(None),
        };
        let mut settled = vec![Settled::default(); ids.len()];
        if !args.force {
            deletion.hold_back(&numbers, &mut settled).await;
        }
        let mut progress = session.ui.progress(ids.len());
        let mut due = settled
            .iter_mut()
            .enumerate()
            .filter(|(_, settled)| settled.is_open());
        // The first call goes alone, so that a wrong key costs one request.
        if let Some((at, one)) = due.next() {
            *one = deletion.delete(at, &call(at)).await;
            progress.settle(1, usize::from(!one.is_as_asked()));
        }
        let calls = due.map(async |(at, one)| {
            *one = deletion.delete(at, &call(at)).await;
            usize::from(!one.is_as_asked())
        });
        let mut calls = futures_util::stream::iter(calls).buffer_unordered(PARALLEL);
        while let Some(failed) = calls.next().await {
            progress.settle(1, failed);
        }
        drop(calls);
        drop(progress);
        let see = async |at: usize| match deletion.is_gone(at).await {
            Ok(true) => Ok(Seen::Confirmed),
            Ok(false) => Ok(Seen::Pending("it is still in the store".into())),
            Err(failure) => Err(failure),
        };
        let see = async |targets: &[usize]| read_each(targets, see).await;
        let name = |at: usize| ids[at].id.clone();
        session
            .confirm(client, &args.wait, &mut settled, name, see)
            .await;
        let ended = deletion.ended.into_inner();
        let rows = rows.zip(&settled).map(|(row, one)| row.of(one));
        Ok(concluded(COMMAND, rows.collect(), ended.as_ref(), client))
    })
}

fn row(id: &StoreId) -> Row {
    let mut row = Row::new(
        Cloud::Alibaba,
        CAS.name,
        DeleteUserCertificate::ACTION,
        &id.id,
    );
    row.identifier = Some(id.identifier_or_id());
    row
}

/// Certificates that are being deleted.
struct Deletion<'a> {
    client: &'a Client<'a>,
    ids: &'a [StoreId],
    missing_ok: bool,
    /// The failure that holds for every further call as well.
    ended: RefCell<Option<Failure>>,
}

impl Deletion<'_> {
    /// Settles certificates that are in use, or of which that cannot be read.
    async fn hold_back(&self, numbers: &[i64], settled: &mut [Settled]) {
        let places: Vec<usize> = (0..numbers.len()).collect();
        for places in places.chunks(CHUNK) {
            let asked: Vec<i64> = places.iter().map(|at| numbers[*at]).collect();
            let resources = match uses(self.client, &asked).await {
                Ok(resources) => resources,
                Err(failure) => {
                    // What cannot be looked at may be in use.
                    for at in places {
                        settled[*at] = Settled::failed(failure.clone());
                    }
                    if ends_run(&failure) {
                        self.ended.borrow_mut().get_or_insert(failure);
                        return;
                    }
                    continue;
                }
            };
            let mut by_number: HashMap<&str, Vec<String>> = HashMap::new();
            for resource in &resources {
                let uses = by_number.entry(&resource.cert_id).or_default();
                uses.push(named(resource));
            }
            for at in places {
                if let Some(uses) = by_number.get(self.ids[*at].id.as_str()) {
                    settled[*at] = Settled::refused(in_use(uses));
                }
            }
        }
    }

    /// Deletes a certificate, unless the run has ended before.
    async fn delete(&self, at: usize, call: &DeleteUserCertificate<'_>) -> Settled {
        if self.ended.borrow().is_some() {
            return Settled::default();
        }
        let look = async || Ok(self.is_gone(at).await?.then_some(()));
        let failure = match reconcile(self.client, call, Patience::AT_THE_END, look).await {
            Ok(Reconciled::Answered(done)) => return Settled::accepted(done.request_id),
            Ok(Reconciled::Seen(())) => {
                return Settled::read_back().with("gone, though the answer was lost");
            }
            Err(failure) => failure,
        };
        if failure.kind == Kind::NotFound && self.missing_ok {
            return Settled {
                request_id: failure.request_id,
                ..Settled::unchanged().with("was not there")
            };
        }
        if ends_run(&failure) {
            self.ended.borrow_mut().get_or_insert(failure.clone());
        }
        Settled::failed(failure)
    }

    /// Whether a certificate is in the store no more.
    async fn is_gone(&self, at: usize) -> Result<bool, Failure> {
        let cert_id = &self.ids[at].id;
        match self
            .client
            .call(&GetUserCertificateDetail { cert_id })
            .await
        {
            Ok(_) => Ok(false),
            Err(failure) if failure.kind == Kind::NotFound => Ok(true),
            Err(failure) => Err(failure),
        }
    }
}

fn in_use(uses: &[String]) -> Reason {
    let mut shown = uses[..uses.len().min(NAMED)].join(", ");
    if uses.len() > NAMED {
        shown = format!("{shown} and {} more", uses.len() - NAMED);
    }
    Reason::new(
        Kind::Conflict,
        format!("not deleted: in use by {shown}"),
        "give these another certificate first; `--force` deletes it all the same",
    )
}
