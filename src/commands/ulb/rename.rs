//! `certctl ulb rename`

use clap::Args;

use super::location::{LocationArgs, location};
use super::read::{certificate, describe, needed_certificate};
use super::send::settle;
use super::{already, certificate_name};
use crate::cloud::Cloud;
use crate::commands::args::id;
use crate::commands::wait::{Seen, WaitArgs};
use crate::commands::{Session, concluded};
use crate::error::Error;
use crate::output::{Answer, Document, Row};
use crate::providers::Operation;
use crate::providers::ucloud::ulb::{Certificate, ULB, UpdateSSLAttribute};
use crate::transport::{Patience, plan, reconcile};

/// Give a certificate another name
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ulb rename ssl-new0001 --name example.com-2026
  certctl ulb rename ssl-new0001 --name example.com-2026 --wait")]
pub struct RenameArgs {
    /// Certificate
    #[arg(value_name = "ID", value_parser = id)]
    id: String,
    /// Its name from now on, up to 50 letters, digits, Chinese characters and -_.
    #[arg(long, value_name = "NAME", value_parser = certificate_name)]
    name: String,
    #[command(flatten)]
    location: LocationArgs,
    #[command(flatten)]
    wait: WaitArgs,
}

const COMMAND: &str = "ulb rename";

/// Runs the command.
pub fn run(session: &Session<'_>, args: &RenameArgs) -> Result<Answer, Error> {
    let settings = args.location.settle(session)?;
    let location = location(&settings);
    let call = UpdateSSLAttribute {
        location,
        ssl_id: &args.id,
        name: &args.name,
    };
    let action = UpdateSSLAttribute::ACTION;
    let mut row = Row::new(Cloud::Ucloud, ULB.name, action, &args.id);
    if session.globals.dry_run {
        let targets = || vec![args.id.clone()];
        let requests = vec![
            plan(&settings, &describe(location, &args.id), targets()),
            plan(&settings, &call, targets()),
        ];
        return Ok(Answer::Targets(Document::planned(
            COMMAND,
            vec![row],
            requests,
        )));
    }
    session.online(&ULB, &settings, async |client| {
        let found = needed_certificate(client, location, &args.id).await?;
        let is_done = |found: &Certificate| found.name == args.name;
        if is_done(&found) {
            already(&mut row);
            return Ok(concluded(COMMAND, vec![row], None, client));
        }
        let look = async || {
            let found = certificate(client, location, &args.id).await?;
            Ok(found.filter(is_done))
        };
        settle(
            &mut row,
            reconcile(client, &call, Patience::AT_THE_END, look).await,
        );
        let mut rows = vec![row];
        let see = async |targets: &[usize]| {
            let found = certificate(client, location, &args.id).await;
            let seen = found.map(|found| match found {
                Some(found) if is_done(&found) => Seen::Confirmed,
                Some(found) => Seen::Pending(format!("it is still called {}", found.name)),
                None => Seen::Pending("it is not there any more".into()),
            });
            targets
                .iter()
                .map(|target| (*target, seen.clone()))
                .collect()
        };
        session.confirm(client, &args.wait, &mut rows, see).await;
        Ok(concluded(COMMAND, rows, None, client))
    })
}
