//! `certctl cas delete`: certificates that nothing uses go.

use clap::Args;

use super::store::{self, SiteArgs, of_site};
use crate::cloud::Cloud;
use crate::commands::ask::{Named, deleting_certificates};
use crate::commands::targets::{Certificates, Targets};
use crate::commands::wait::WaitArgs;
use crate::commands::{Session, concluded};
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Row};
use crate::products::cas::{self, USES_A_CALL};
use crate::products::{Seen, Settled, StoreId};
use crate::providers::Operation;
use crate::providers::alibaba::cas::{CAS, DeleteUserCertificate, ListCloudResources};
use crate::providers::page::Cursor;
use crate::transport::{PARALLEL, Turn, ends_run, first_alone, nonce, plan, read_each};

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
    #[command(flatten)]
    ids: Targets<Certificates>,
    /// Delete certificates even if they are in use
    #[arg(long)]
    force: bool,
    /// Treat missing certificates as already deleted
    #[arg(long)]
    missing_ok: bool,
    #[command(flatten)]
    site: SiteArgs,
    #[command(flatten)]
    wait: WaitArgs,
}

const COMMAND: &str = "cas delete";

/// Runs the command.
pub fn run(session: &Session<'_>, args: &DeleteArgs) -> Result<Answer, Error> {
    let ids = args.ids.distinct(store::id, |id| id.id.clone())?;
    if ids.is_empty() {
        return Ok(Answer::no_targets(COMMAND));
    }
    let (settings, site) = args.site.settle(session)?;
    let ids: Vec<StoreId> = ids
        .iter()
        .map(|id| of_site(id, site))
        .collect::<Result<_, _>>()?;
    let numbers: Vec<&str> = ids.iter().map(|id| id.id.as_str()).collect();
    let question = deleting_certificates(&numbers, args.force);
    let asks = session.must_ask(&question)?;
    let rows = ids.iter().map(row);
    if session.globals.sends_nothing() {
        let targets = |numbers: &[&str]| numbers.iter().map(ToString::to_string).collect();
        let look = |numbers: &[&str]| {
            let call = ListCloudResources::page(numbers, &Cursor::default());
            plan(&settings, &call, targets(numbers))
        };
        let delete = |id: &StoreId| {
            let token = nonce();
            plan(&settings, &cas::deleting(id, &token), targets(&[&id.id]))
        };
        let looked_at = if args.force { &[] } else { &numbers[..] };
        let looks = looked_at.chunks(USES_A_CALL).map(look);
        let requests = looks.chain(ids.iter().map(delete)).collect();
        return Ok(Answer::planned(COMMAND, rows.collect(), requests));
    }
    session.online(&CAS, &settings, async |client| {
        let name = async |at: usize| Ok(cas::look_up(client, &ids[at], site).await?.called());
        let named = Named::read(client, asks, ids.len(), name).await;
        if asks {
            let question = question.naming(named.labels(&numbers));
            session.ask(&question, client).await?;
        }
        let mut settled = match args.force {
            true => vec![Settled::default(); ids.len()],
            false => cas::hold_back(client, &ids).await,
        };
        for (at, one) in settled.iter_mut().enumerate() {
            if let Some(failure) = named.absent(client, at) {
                *one = args.judge(Settled::failed(failure));
            }
        }
        let ends = |one: &Settled| one.failure().filter(|failure| ends_run(failure)).cloned();
        // The failure that holds for every further call as well.
        let mut ended = settled.iter().find_map(ends);
        let mut progress = session.ui.progress(ids.len());
        let due = (0..ids.len()).filter(|at| ended.is_none() && settled[*at].is_open());
        let due: Vec<usize> = due.collect();
        let work = async |at: usize| args.judge(cas::delete(client, &ids[due[at]]).await);
        first_alone(due.len(), PARALLEL, work, |turn| {
            let Turn::Ended(at, one) = turn else {
                return true;
            };
            progress.settle(1, usize::from(!one.is_as_asked()));
            ended = ended.take().or_else(|| ends(&one));
            settled[due[at]] = one;
            ended.is_none()
        })
        .await;
        drop(progress);
        named.current().tell(&mut settled);
        let see = async |at: usize| match cas::is_gone(client, &ids[at]).await? {
            true => Ok(Seen::Confirmed),
            false => Ok(Seen::Pending("it is still in the store".into())),
        };
        let see = async |targets: &[usize]| read_each(targets, see).await;
        let name = |at: usize| ids[at].id.clone();
        session
            .confirm(client, &args.wait, &mut settled, name, see)
            .await;
        let rows = rows.zip(&settled).map(|(row, one)| row.of(one));
        Ok(concluded(COMMAND, rows.collect(), ended.as_ref(), client))
    })
}

impl DeleteArgs {
    /// What became of a certificate, where one that is not there may count as deleted.
    fn judge(&self, settled: Settled) -> Settled {
        let missing = settled.failure().map(|failure| failure.kind) == Some(Kind::NotFound);
        match missing && self.missing_ok {
            true => Settled {
                request_id: settled.request_id,
                ..Settled::unchanged().with("did not exist")
            },
            false => settled,
        }
    }
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
