//! `certctl ulb delete`: certificates that no listener has.

use clap::Args;

use super::location::LocationArgs;
use super::{absent, row};
use crate::commands::args::id;
use crate::commands::ask::{Named, deleting_certificates};
use crate::commands::targets::{Certificates, Targets};
use crate::commands::wait::WaitArgs;
use crate::commands::{Session, concluded};
use crate::config::Settings;
use crate::error::Error;
use crate::output::Answer;
use crate::products::ulb::{certificate, delete, describe, location, look_up};
use crate::products::{Seen, Settled};
use crate::providers::Operation;
use crate::providers::ucloud::ulb::{DeleteSSL, Location, ULB};
use crate::transport::{ends_run, plan, read_each};

/// Delete certificates that no listener uses
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ulb delete ssl-idle001 --yes
  certctl ulb delete ssl-idle001 ssl-expired --yes --wait=2m
  certctl ulb delete ssl-idle001,ssl-gone --missing-ok --yes")]
pub struct DeleteArgs {
    #[command(flatten)]
    ids: Targets<Certificates>,
    /// Treat missing certificates as already deleted
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
    let parse = |text: &str| match id(text) {
        Ok(id) => Ok(id),
        Err(_) => Err("is not an id".to_owned()),
    };
    let ids = args.ids.distinct(parse, String::clone)?;
    if ids.is_empty() {
        return Ok(Answer::no_targets(COMMAND));
    }
    let question = deleting_certificates(&ids, false);
    let asks = session.must_ask(&question)?;
    let settings = args.location.settle(session)?;
    let location = location(&settings, None);
    if session.globals.sends_nothing() {
        return Ok(planned(&settings, location, &ids));
    }
    session.online(&ULB, &settings, async |client| {
        let name = async |at: usize| match look_up(client, location, &ids[at]).await {
            Ok(found) => Ok(found.name),
            // The deletion looks itself, and says more.
            Err(_) => Ok(String::new()),
        };
        let named = Named::read(client, asks, ids.len(), name).await;
        if asks {
            let question = question.naming(named.labels(&ids));
            session.ask(&question, client).await?;
        }
        let mut all = vec![Settled::default(); ids.len()];
        let mut ended = None;
        let mut progress = session.ui.progress(ids.len());
        for (id, settled) in ids.iter().zip(&mut all) {
            *settled = match delete(client, location, id).await {
                Ok(settled) => settled,
                Err(_) if args.missing_ok => Settled::unchanged().with("did not exist"),
                Err(said) => Settled {
                    request_id: said.as_ref().and_then(|said| said.request_id.clone()),
                    ..Settled::refused(absent(location, id, said).into())
                },
            };
            progress.settle(1, usize::from(!settled.is_as_asked()));
            ended = settled
                .failure()
                .filter(|failure| ends_run(failure))
                .cloned();
            if ended.is_some() {
                break;
            }
        }
        drop(progress);
        named.current().tell(&mut all);
        let see = async |targets: &[usize]| {
            let read = async |target: usize| {
                let found = certificate(client, location, &ids[target]).await?;
                Ok(match found {
                    None => Seen::Confirmed,
                    Some(_) => Seen::Pending("it still exists".into()),
                })
            };
            read_each(targets, read).await
        };
        let name = |target: usize| ids[target].clone();
        session
            .confirm(client, &args.wait, &mut all, name, see)
            .await;
        let rows = ids.iter().zip(&all);
        let rows = rows
            .map(|(id, settled)| row(DeleteSSL::ACTION, id).of(settled))
            .collect();
        Ok(concluded(COMMAND, rows, ended.as_ref(), client))
    })
}

fn planned(settings: &Settings, location: Location<'_>, ids: &[String]) -> Answer {
    let mut requests = Vec::new();
    for ssl_id in ids {
        let targets = || vec![ssl_id.clone()];
        requests.push(plan(settings, &describe(location, ssl_id), targets()));
        requests.push(plan(settings, &DeleteSSL { location, ssl_id }, targets()));
    }
    let rows = ids.iter().map(|id| row(DeleteSSL::ACTION, id)).collect();
    Answer::planned(COMMAND, rows, requests)
}
