//! `certctl cas show`: a certificate of the store and what uses it.

use clap::Args;

use super::row::{Row, State, Use};
use super::store::{self, SiteArgs, of_site};
use crate::commands::args::non_empty;
use crate::commands::targets::{Target, single};
use crate::commands::{Session, planned_reads};
use crate::error::Error;
use crate::output::Answer;
use crate::products::{StoreId, cas};
use crate::providers::alibaba::cas::{CAS, GetUserCertificateDetail, ListCloudResources};
use crate::providers::page::Cursor;
use crate::transport::plan;

/// Show a certificate and what uses it
///
/// Its private key is never read.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl cas show 1234567
  certctl cas show 1234567-cn-hangzhou --query 'results[0].used_by'")]
pub struct ShowArgs {
    #[command(flatten)]
    id: Target<Id>,
    #[command(flatten)]
    site: SiteArgs,
}

single!(Id: StoreId, "id", "ID", "Certificate number or identifier", required, id);

const COMMAND: &str = "cas show";

fn id(text: &str) -> Result<StoreId, String> {
    let text = non_empty(text)?;
    store::id(&text).map_err(|reason| format!("it {reason}"))
}

/// Runs the command.
pub fn run(session: &Session<'_>, args: &ShowArgs) -> Result<Answer, Error> {
    let (settings, site) = args.site.settle(session)?;
    let id = of_site(args.id.one(), site)?;
    let number = id.id.as_str();
    if session.globals.sends_nothing() {
        let targets = || vec![number.to_owned()];
        let call = GetUserCertificateDetail { cert_id: number };
        let numbers = [number];
        let uses = ListCloudResources::page(&numbers, &Cursor::default());
        let requests = vec![
            plan(&settings, &call, targets()),
            plan(&settings, &uses, targets()),
        ];
        return Ok(planned_reads(COMMAND, requests));
    }
    session.online(&CAS, &settings, async |client| {
        let detail = cas::detail(client, &id).await?;
        let state = State {
            bought: detail.buy_in_aliyun,
            expired: detail.expired,
            ends: detail.ends(),
        };
        let mut row = Row::new(cas::of_detail(&detail, site), site, state, client.now());
        match cas::uses(client, &[number]).await {
            Ok(uses) => row.used_by = Some(uses.into_iter().map(Use::from).collect()),
            // The certificate is what was asked for; not every key may look into other products.
            Err(failure) => client.warn(&format!(
                "cannot read where {number} is used: {}",
                failure.message
            )),
        }
        Ok(Answer::show(COMMAND, vec![row]))
    })
}
