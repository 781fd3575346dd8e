//! `certctl ssl delete`: certificates and their private keys out of the store.

use clap::Args;

use super::{SiteArgs, certificate_id};
use crate::cloud::Cloud;
use crate::commands::ask::{Named, deleting_certificates};
use crate::commands::targets::{Certificates, Targets};
use crate::commands::wait::WaitArgs;
use crate::commands::{Session, concluded};
use crate::config::Site;
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Row};
use crate::products::Settled;
use crate::products::ssl::delete::{Asked, DELETE_LIMIT, Deletion};
use crate::products::ssl::look_up;
use crate::providers::Operation;
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::bindings::CreateCertificateBindResourceSyncTask;
use crate::providers::tencent::ssl::delete::DeleteCertificate;
use crate::transport::{Failure, Fate, PARALLEL, Turn, ends_run, first_alone, plan};

const COMMAND: &str = "ssl delete";

/// Delete certificates and their private keys
///
/// What is in use is kept: certctl looks for it, or on the mainland site the cloud itself.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ssl delete idle0001 --yes
  certctl ssl delete idle0001 expired1 --site mainland --yes
  certctl ssl delete example1 --force --yes")]
pub struct DeleteArgs {
    #[command(flatten)]
    ids: Targets<Certificates>,
    /// Delete certificates even if they are in use
    #[arg(long)]
    force: bool,
    /// Treat missing ids as already deleted
    #[arg(long)]
    missing_ok: bool,
    #[command(flatten)]
    site: SiteArgs,
    #[command(flatten)]
    wait: WaitArgs,
}

/// Runs the command.
pub fn run(session: &Session<'_>, args: &DeleteArgs) -> Result<Answer, Error> {
    let ids = args.ids.distinct(certificate_id, String::clone)?;
    if ids.is_empty() {
        return Ok(Answer::no_targets(COMMAND));
    }
    let question = deleting_certificates(&ids, args.force);
    let asks = session.must_ask(&question)?;
    let settings = args.site.settings(session)?;
    let mainland = settings.site.value == Site::Mainland;
    let check = mainland && !args.force;
    let looks = !mainland && !args.force;
    let action = DeleteCertificate::ACTION;
    let row = |id: &String| Row::new(Cloud::Tencent, SSL.name, action, id);
    let rows: Vec<Row> = ids.iter().map(row).collect();
    if session.globals.sends_nothing() {
        let mut requests = Vec::new();
        for id in &ids {
            let (certificate, targets) = (id.as_str(), || vec![id.clone()]);
            if looks {
                let call = CreateCertificateBindResourceSyncTask {
                    certificate_ids: std::slice::from_ref(id),
                    cached: false,
                };
                requests.push(plan(&settings, &call, targets()));
            }
            let call = DeleteCertificate { certificate, check };
            requests.push(plan(&settings, &call, targets()));
        }
        return Ok(Answer::planned(COMMAND, rows, requests));
    }
    session.online(&SSL, &settings, async |client| {
        let name = async |at: usize| Ok(look_up(client, &ids[at]).await?.called());
        let named = Named::read(client, asks, ids.len(), name).await;
        if asks {
            let question = question.naming(named.labels(&ids));
            session.ask(&question, client).await?;
        }
        let deletion = Deletion {
            client,
            looks,
            check,
        };
        let (asked, ended) = ask_all(session, &deletion, &ids, &named, args.missing_ok).await;
        let mut settled: Vec<Settled> = asked.iter().map(|one| one.settled.clone()).collect();
        named.current().tell(&mut settled);
        let wait = WaitArgs {
            wait: args.wait.wait.or(check.then_some(DELETE_LIMIT)),
        };
        let see = async |targets: &[usize]| deletion.see(&ids, &asked, targets).await;
        let name = |target: usize| ids[target].clone();
        session
            .confirm(client, &wait, &mut settled, name, see)
            .await;
        let rows = rows.into_iter().zip(&settled);
        let rows = rows.map(|(row, settled)| row.of(settled)).collect();
        Ok(concluded(COMMAND, rows, ended.as_ref(), client))
    })
}

/// Asks for every delete, the first alone, so that a wrong key costs one request; returns the failure
/// that holds for every further call as well.
async fn ask_all(
    session: &Session<'_>,
    deletion: &Deletion<'_>,
    ids: &[String],
    named: &Named,
    missing_ok: bool,
) -> (Vec<Asked>, Option<Failure>) {
    let mut progress = session.ui.progress(ids.len());
    let mut asked = vec![Asked::default(); ids.len()];
    let mut ended = None;
    let work = async |at: usize| {
        let mut one = match named.absent(deletion.client, at) {
            Some(failure) => Settled::failed(failure).into(),
            None => deletion.ask(&ids[at]).await,
        };
        if missing_ok {
            one.settled = not_missing(one.settled);
        }
        one
    };
    first_alone(ids.len(), PARALLEL, work, |turn| {
        let Turn::Ended(at, became) = turn else {
            return true;
        };
        let settled = &became.settled;
        progress.settle(1, usize::from(!settled.is_as_asked()));
        let failure = settled.failure().filter(|failure| ends_run(failure));
        if let Some(failure) = failure {
            ended.get_or_insert(failure.clone());
        }
        asked[at] = became;
        ended.is_none()
    })
    .await;
    (asked, ended)
}

/// An id that was not there is deleted, where that will do.
fn not_missing(settled: Settled) -> Settled {
    match settled.failure() {
        Some(failure) if failure.kind == Kind::NotFound && failure.fate != Fate::Unknown => {
            Settled {
                request_id: settled.request_id,
                ..Settled::unchanged().with("did not exist")
            }
        }
        _ => settled,
    }
}
