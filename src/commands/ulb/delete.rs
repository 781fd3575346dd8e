//! `certctl ulb delete`: certificates that no listener has.

use std::path::PathBuf;

use clap::Args;

use super::location::{LocationArgs, location};
use super::read::{Lack, certificate, describe, look_up};
use super::send::settle;
use super::{already, refuse};
use crate::cloud::Cloud;
use crate::commands::args::id;
use crate::commands::wait::{Seen, WaitArgs};
use crate::commands::{Session, concluded, counted, ends_run, fail_all, list, read_each};
use crate::config::Settings;
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Document, Row};
use crate::providers::Operation;
use crate::providers::ucloud::ulb::{Certificate, DeleteSSL, Location, Relation, ULB};
use crate::transport::{Client, Failure, Patience, Reconciled, plan, reconcile};

/// How many bindings a message names.
const NAMED: usize = 5;

/// Delete certificates that no listener has
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ulb delete ssl-idle001 --yes
  certctl ulb delete ssl-idle001 ssl-expired --yes --wait=2m
  certctl ulb delete ssl-idle001,ssl-gone --missing-ok --yes")]
pub struct DeleteArgs {
    /// Certificates, also comma-separated; - reads them from standard input
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// File with one id a line; - is standard input
    #[arg(long, value_name = "FILE")]
    ids_file: Option<PathBuf>,
    /// Take a certificate that is not there for deleted
    #[arg(long)]
    missing_ok: bool,
    #[command(flatten)]
    location: LocationArgs,
    #[command(flatten)]
    wait: WaitArgs,
}

const COMMAND: &str = "ulb delete";

/// Runs the command.
pub fn run(session: &Session<'_>, args: &DeleteArgs) -> Result<Answer, Error> {
    let items = list::collect_arguments("ID", "ids", &args.ids, args.ids_file.as_deref())?;
    let parse = |text: &str| match id(text) {
        Ok(id) => Ok(id),
        Err(_) => Err("is not an id".to_owned()),
    };
    let ids = list::parse_distinct(items, parse, String::clone)?;
    session.consent(&format!("deleting {}", counted(ids.len(), "certificate")))?;
    let settings = args.location.settle(session)?;
    let location = location(&settings);
    let mut rows: Vec<Row> = ids.iter().map(|id| row(id)).collect();
    if session.globals.dry_run {
        return Ok(planned(&settings, location, &ids, rows));
    }
    session.online(&ULB, &settings, async |client| {
        let deletion = Deletion {
            session,
            client,
            location,
            missing_ok: args.missing_ok,
        };
        let ended = deletion.settle(&ids, &mut rows).await;
        let see = async |targets: &[usize]| {
            let read = async |target: usize| {
                let found = certificate(client, location, &ids[target]).await?;
                Ok(match found {
                    None => Seen::Confirmed,
                    Some(_) => Seen::Pending("it is still there".into()),
                })
            };
            read_each(targets, read).await
        };
        session.confirm(client, &args.wait, &mut rows, see).await;
        Ok(concluded(COMMAND, rows, ended.as_ref(), client))
    })
}

fn row(id: &str) -> Row {
    Row::new(Cloud::Ucloud, ULB.name, DeleteSSL::ACTION, id)
}

fn planned(settings: &Settings, location: Location<'_>, ids: &[String], rows: Vec<Row>) -> Answer {
    let mut requests = Vec::new();
    for ssl_id in ids {
        let targets = || vec![ssl_id.clone()];
        requests.push(plan(settings, &describe(location, ssl_id), targets()));
        requests.push(plan(settings, &DeleteSSL { location, ssl_id }, targets()));
    }
    Answer::Targets(Document::planned(COMMAND, rows, requests))
}

struct Deletion<'a> {
    session: &'a Session<'a>,
    client: &'a Client<'a>,
    location: Location<'a>,
    missing_ok: bool,
}

impl Deletion<'_> {
    /// Settles each certificate, until a failure holds for all that are left.
    async fn settle(&self, ids: &[String], rows: &mut [Row]) -> Option<Failure> {
        let mut progress = self.session.ui.progress(ids.len());
        for (id, row) in ids.iter().zip(rows) {
            let failure = match look_up(self.client, self.location, id).await {
                Ok(found) => self.delete(&found, row).await,
                Err(Lack::Absent(_)) if self.missing_ok => {
                    already(row);
                    row.note = Some("was not there".into());
                    None
                }
                Err(Lack::Absent(error)) => {
                    refuse(row, error);
                    None
                }
                Err(Lack::Unread(failure)) => {
                    fail_all([&mut *row], &failure);
                    Some(failure)
                }
            };
            progress.settle(1, usize::from(!row.status.is_as_asked()));
            if let Some(failure) = failure.filter(ends_run) {
                return Some(failure);
            }
        }
        None
    }

    async fn delete(&self, found: &Certificate, row: &mut Row) -> Option<Failure> {
        let id = found.ssl_id.as_str();
        if !found.relations.is_empty() {
            refuse(row, bound(found));
            return None;
        }
        let call = DeleteSSL {
            location: self.location,
            ssl_id: id,
        };
        let look = async || {
            let found = certificate(self.client, self.location, id).await?;
            Ok(found.is_none().then_some(()))
        };
        let sent = reconcile(self.client, &call, Patience::AT_THE_END, look).await;
        let is_seen = matches!(sent, Ok(Reconciled::Seen(())));
        let failure = settle(row, sent);
        if is_seen {
            row.note = Some("gone, though the answer was lost".into());
        }
        failure
    }
}

/// Why a certificate that listeners have is not deleted.
fn bound(certificate: &Certificate) -> Error {
    let id = &certificate.ssl_id;
    Error::new(
        Kind::Conflict,
        format!("{id} is bound to {}", named(&certificate.relations)),
        format!(
            "put another one in its place: `certctl ulb replace --old {id} --new ID --whole-project`; nothing was deleted"
        ),
    )
}

/// `ulb-1/vserver-1, ulb-1/vserver-2 and 7 more`
fn named(relations: &[Relation]) -> String {
    let named: Vec<String> = relations
        .iter()
        .take(NAMED)
        .map(Relation::to_string)
        .collect();
    match relations.len() - named.len() {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}
