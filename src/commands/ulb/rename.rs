//! `certctl ulb rename`

use clap::Args;

use super::location::LocationArgs;
use super::{absent, certificate_name, row};
use crate::commands::args::id;
use crate::commands::targets::{Target, single};
use crate::commands::wait::WaitArgs;
use crate::commands::{Session, concluded};
use crate::error::Error;
use crate::fault::Kind;
use crate::output::Answer;
use crate::products::ulb::{Lack, certificate, describe, location, look_up};
use crate::products::{Current, Seen, Settled};
use crate::providers::Operation;
use crate::providers::ucloud::ulb::{Certificate, ULB, UpdateSSLAttribute};
use crate::transport::{Patience, plan, reconcile};

/// Give a certificate another name
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ulb rename ssl-new0001 --name example.com-2026
  certctl ulb rename ssl-new0001 --name example.com-2026 --wait")]
pub struct RenameArgs {
    #[command(flatten)]
    id: Target<Id>,
    /// New name, at most 50 letters, digits, Chinese characters and -_.
    #[arg(long, value_name = "NAME", value_parser = certificate_name)]
    name: String,
    #[command(flatten)]
    location: LocationArgs,
    #[command(flatten)]
    wait: WaitArgs,
}

single!(Id: String, "id", "ID", "Certificate", required, id);

const COMMAND: &str = "ulb rename";

/// Runs the command.
pub fn run(session: &Session<'_>, args: &RenameArgs) -> Result<Answer, Error> {
    let id = args.id.one();
    let settings = args.location.settle(session)?;
    let location = location(&settings, None);
    let call = UpdateSSLAttribute {
        location,
        ssl_id: id,
        name: &args.name,
    };
    let row = row(UpdateSSLAttribute::ACTION, id);
    if session.globals.sends_nothing() {
        let targets = || vec![id.clone()];
        let requests = vec![
            plan(&settings, &describe(location, id), targets()),
            plan(&settings, &call, targets()),
        ];
        return Ok(Answer::planned(COMMAND, vec![row], requests));
    }
    session.online(&ULB, &settings, async |client| {
        let is_done = |found: &Certificate| found.name == args.name;
        let change = async || {
            let look = async || {
                let found = certificate(client, location, id).await?;
                Ok(found.filter(is_done))
            };
            Settled::from(reconcile(client, &call, Patience::AT_THE_END, look).await)
        };
        let mut current = Current::default();
        let mut settled = match look_up(client, location, id).await {
            Ok(found) if is_done(&found) => Settled::unchanged(),
            Ok(found) => {
                current.put(0, found.name);
                change().await
            }
            Err(Lack::Absent(said)) => return Err(absent(location, id, said)),
            // The name so far only serves to say that nothing has to be changed.
            Err(Lack::Unread(failure)) if failure.kind == Kind::Permission => {
                session.ui.note(&format!(
                    "could not read its current name, so the change is sent: {}",
                    failure.message
                ));
                change().await
            }
            Err(Lack::Unread(failure)) => return Err(failure.into()),
        };
        current.tell(std::slice::from_mut(&mut settled));
        let see = async || {
            let found = certificate(client, location, id).await?;
            Ok(match found {
                Some(found) if is_done(&found) => Seen::Confirmed,
                Some(found) => Seen::Pending(format!("its name is still {}", found.name)),
                None => Seen::Pending("it no longer exists".into()),
            })
        };
        let settled = session
            .confirm_one(client, &args.wait, settled, id, see)
            .await;
        Ok(concluded(COMMAND, vec![row.of(&settled)], None, client))
    })
}
