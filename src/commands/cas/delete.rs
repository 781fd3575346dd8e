//! `certctl cas delete`: certificates that nothing uses go.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;

use clap::Args;
use futures_util::StreamExt;

use super::store::{CertificateId, SiteArgs, identifier, named, uses};
use crate::cloud::Cloud;
use crate::commands::wait::{Seen, WaitArgs};
use crate::commands::{
    PARALLEL, Session, before_change, concluded, counted, ends_run, fail_at, list, read_each,
};
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Document, Row, RowError, Status};
use crate::providers::Operation;
use crate::providers::alibaba::cas::{
    CAS, DeleteUserCertificate, GetUserCertificateDetail, ListCloudResources,
};
use crate::providers::page::Cursor;
use crate::transport::{Client, Failure, Fate, nonce, plan};

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
    let ids = list::parse_distinct(items, CertificateId::parse, |id| id.number)?;
    let (settings, site) = args.site.settle(session)?;
    let numbers: Vec<i64> = ids
        .iter()
        .map(|id| id.of_site(site))
        .collect::<Result<_, _>>()?;
    let what = counted(numbers.len(), "certificate");
    session.consent(&match args.force {
        true => format!("deleting {what} and the private keys, in use or not,"),
        false => format!("deleting {what} and the private keys"),
    })?;
    let mut rows: Vec<Row> = numbers.iter().map(|number| row(*number, site)).collect();
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
        return Ok(Answer::Targets(Document::planned(COMMAND, rows, requests)));
    }
    session.online(&CAS, &settings, async |client| {
        let deletion = Deletion {
            client,
            missing_ok: args.missing_ok,
            ended: RefCell::new(None),
        };
        if !args.force {
            deletion.hold_back(&numbers, &mut rows).await;
        }
        let mut progress = session.ui.progress(rows.len());
        let mut due = rows
            .iter_mut()
            .enumerate()
            .filter(|(_, row)| row.status == Status::Skipped);
        // The first call goes alone, so that a wrong key costs one request.
        if let Some((at, row)) = due.next() {
            deletion.delete(&call(at), row).await;
            progress.settle(1, usize::from(!row.status.is_as_asked()));
        }
        let calls = due.map(async |(at, row)| {
            deletion.delete(&call(at), row).await;
            usize::from(!row.status.is_as_asked())
        });
        let mut calls = futures_util::stream::iter(calls).buffer_unordered(PARALLEL);
        while let Some(failed) = calls.next().await {
            progress.settle(1, failed);
        }
        drop(calls);
        drop(progress);
        let see = async |at: usize| match deletion.look(numbers[at]).await {
            Ok(()) => Ok(Seen::Pending("it is still in the store".into())),
            Err(failure) if failure.kind == Kind::NotFound => Ok(Seen::Confirmed),
            Err(failure) => Err(failure),
        };
        let see = async |targets: &[usize]| read_each(targets, see).await;
        session.confirm(client, &args.wait, &mut rows, see).await;
        let ended = deletion.ended.into_inner();
        Ok(concluded(COMMAND, rows, ended.as_ref(), client))
    })
}

fn row(number: i64, site: &str) -> Row {
    let number = number.to_string();
    let mut row = Row::new(
        Cloud::Alibaba,
        CAS.name,
        DeleteUserCertificate::ACTION,
        &number,
    );
    row.identifier = Some(identifier(&number, site));
    row
}

/// Certificates that are being deleted.
struct Deletion<'a> {
    client: &'a Client<'a>,
    missing_ok: bool,
    /// The failure that holds for every further call as well.
    ended: RefCell<Option<Failure>>,
}

impl Deletion<'_> {
    /// Settles the rows of certificates that are in use, or of which that cannot be read.
    async fn hold_back(&self, numbers: &[i64], rows: &mut [Row]) {
        let places: Vec<usize> = (0..numbers.len()).collect();
        for places in places.chunks(CHUNK) {
            let asked: Vec<i64> = places.iter().map(|at| numbers[*at]).collect();
            let resources = match uses(self.client, &asked).await {
                Ok(resources) => resources,
                Err(failure) => {
                    // What cannot be looked at may be in use.
                    let failure = before_change(failure);
                    fail_at(rows, places, &failure);
                    if ends_run(&failure) {
                        self.ended.borrow_mut().get_or_insert(failure);
                        return;
                    }
                    continue;
                }
            };
            let mut by_number: HashMap<String, Vec<String>> = HashMap::new();
            for resource in &resources {
                let number = resource.cert_id.clone();
                by_number.entry(number).or_default().push(named(resource));
            }
            for at in places {
                if let Some(uses) = by_number.get(&numbers[*at].to_string()) {
                    rows[*at].status = Status::Failed;
                    rows[*at].error = Some(Rc::new(in_use(uses)));
                }
            }
        }
    }

    /// Deletes a certificate, unless the run has ended before.
    async fn delete(&self, call: &DeleteUserCertificate<'_>, row: &mut Row) {
        if self.ended.borrow().is_some() {
            return;
        }
        if let Err(failure) = self.settle(call, row).await {
            row.fail(&failure, &Rc::new(RowError::from(&failure)));
            if ends_run(&failure) {
                self.ended.borrow_mut().get_or_insert(failure);
            }
        }
    }

    /// Deletes a certificate, again after an answer that was lost and a look that finds it there.
    async fn settle(&self, call: &DeleteUserCertificate<'_>, row: &mut Row) -> Result<(), Failure> {
        let mut lost: Option<Failure> = None;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let failure = match self.client.call(call).await {
                Ok(done) => {
                    row.settle(Status::Changed, done.request_id);
                    return Ok(());
                }
                Err(failure) => failure,
            };
            match failure.kind {
                Kind::NotFound if lost.is_some() => {
                    row.settle(Status::Changed, failure.request_id);
                    row.note = Some("gone, though the answer was lost".into());
                    return Ok(());
                }
                Kind::NotFound if self.missing_ok => {
                    row.settle(Status::Unchanged, failure.request_id);
                    row.note = Some("was not there".into());
                    return Ok(());
                }
                _ => {}
            }
            let mut failure = failure.after(lost.take());
            failure.attempts = failure.attempts.max(attempt);
            if failure.fate != Fate::Unknown || self.client.halt().is_some() {
                return Err(failure);
            }
            match self.look(call.cert_id).await {
                Err(read) if read.kind == Kind::NotFound => {
                    row.settle(Status::Changed, None);
                    row.note = Some("gone, though the answer was lost".into());
                    return Ok(());
                }
                Ok(()) if self.client.again_after(attempt).await => {}
                Ok(()) | Err(_) => return Err(failure),
            }
            lost = Some(failure);
        }
    }

    /// Reads whether a certificate is there.
    async fn look(&self, cert_id: i64) -> Result<(), Failure> {
        let read = GetUserCertificateDetail { cert_id };
        self.client.call(&read).await.map(drop)
    }
}

fn in_use(uses: &[String]) -> RowError {
    let mut shown = uses[..uses.len().min(NAMED)].join(", ");
    if uses.len() > NAMED {
        shown = format!("{shown} and {} more", uses.len() - NAMED);
    }
    RowError {
        code: None,
        kind: Kind::Conflict,
        message: format!("not deleted: in use by {shown}"),
        hint: "give these another certificate first; `--force` deletes it all the same".into(),
        http_status: None,
        retryable: false,
        attempts: 0,
    }
}
