//! `certctl plan`: what would be changed so that every place serves a certificate.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::rc::Rc;

use chrono::Utc;
use clap::Args;
use futures_util::future::join_all;

use super::Session;
use super::across::{AcrossArgs, Party};
use crate::cert::Bundle;
use crate::deploy::{Guard, Plan, Shelf, Shelved, Shown, Wanted, World, plan, shelf, targets};
use crate::error::Error;
use crate::output::Answer;
use crate::products::{Place, store_of};
use crate::transport::{Account, Failure};

/// Show what would be changed so that every place serves a certificate
#[derive(Debug, Args)]
#[command(after_help = "Nothing is changed, and no private key is needed.

Examples:
  certctl plan --cert fullchain.pem
  certctl plan --cert fullchain.pem --product cdn,ga --full
  certctl plan --cert fullchain.pem --place 'cdn www.example.com' --place 'ulb alb-sandbox1/als-https1 default'
  certctl plan --cert fullchain.pem --allow issuer -o json")]
pub struct PlanArgs {
    #[command(flatten)]
    wanted: WantedArgs,
    /// Show every line: do not fold lines that are alike
    #[arg(long)]
    full: bool,
    /// Exit with 20 if places would be changed, 22 if no place was found
    #[arg(long)]
    detailed_exitcode: bool,
}

/// A certificate, and where it is wanted.
#[derive(Debug, Args)]
pub struct WantedArgs {
    /// Certificate file, with its intermediates
    #[arg(long, value_name = "FILE")]
    cert: PathBuf,
    /// File of the intermediates, where they are apart
    #[arg(long, value_name = "FILE")]
    chain: Option<PathBuf>,
    /// Change this place only, as `certctl inventory --places` writes it; may be repeated [default:
    /// every place that the certificate covers a name of]
    #[arg(long, value_name = "PLACE")]
    place: Vec<String>,
    /// Leave this place alone; may be repeated
    #[arg(long, value_name = "PLACE")]
    except: Vec<String>,
    /// Do not let these guards block a place
    #[arg(long, value_name = "GUARD,…", value_delimiter = ',',
          value_parser = ["names", "older", "short", "issuer", "algorithm", "chain"])]
    allow: Vec<String>,
    #[command(flatten)]
    across: AcrossArgs,
}

const COMMAND: &str = "plan";

/// Exit statuses of `--detailed-exitcode`.
const PENDING: u8 = 20;
const REFUSED: u8 = 22;

/// What was planned, and from what.
pub struct Planned {
    /// What is wanted.
    pub wanted: Wanted,
    /// What is there.
    pub world: World,
    /// Where the certificate is already.
    pub shelved: Shelved,
    /// What has to be done.
    pub plan: Plan,
}

/// Runs the command.
///
/// # Errors
/// A broken value, a certificate that cannot be read, no login, nothing that could be read.
pub fn run(session: &Session<'_>, args: &PlanArgs) -> Result<Answer, Error> {
    if session.globals.sends_nothing() {
        return Err(Error::usage(
            "a plan changes nothing: there is nothing that --dry-run could leave out",
            "run it without --dry-run: nothing was sent",
        ));
    }
    let wanted = &args.wanted;
    let bundle = session.chain(&wanted.cert, wanted.chain.as_deref())?;
    let parties = wanted.across.parties(session)?;
    let settings: Vec<_> = parties.iter().map(|party| party.settings.clone()).collect();
    session.with_accounts(&settings, async |accounts| {
        let planned = wanted.planned(session, &bundle, &parties, accounts).await?;
        let shown = planned.shown();
        let exit = match (args.detailed_exitcode, shown.plan.is_empty()) {
            (false, _) => 0,
            (true, false) => PENDING,
            (true, true) if planned.finds_nothing() => REFUSED,
            (true, true) => 0,
        };
        if planned.finds_nothing() {
            session.ui.warn(&format!(
                "{} is for no place that was found",
                planned.wanted.called
            ));
        }
        Ok(Answer::Plan {
            command: COMMAND,
            json: shown.json(),
            rows: shown.rows(),
            text: shown.text(args.full),
            exit,
        })
    })
}

impl WantedArgs {
    /// What is wanted, in values.
    ///
    /// # Errors
    /// A place that is not written as one.
    fn wanted(&self, bundle: &Bundle) -> Result<Wanted, Error> {
        let places = |flag: &str, texts: &[String]| -> Result<Vec<Place>, Error> {
            let parse = |text: &String| {
                text.parse().map_err(|why| {
                    Error::usage(
                        format!("--{flag} '{}': {why}", crate::redact::one_line(text, 80)),
                        "`certctl inventory --places` lists them: nothing was sent",
                    )
                })
            };
            texts.iter().map(parse).collect()
        };
        let guards = self.allow.iter().filter_map(|name| Guard::named(name));
        Ok(Wanted {
            called: self.cert.display().to_string(),
            certificate: bundle.certificate(),
            places: places("place", &self.place)?,
            except: places("except", &self.except)?,
            allow: guards.collect::<BTreeSet<_>>(),
        })
    }

    /// Reads what is there, and plans.
    ///
    /// # Errors
    /// A broken value; nothing at all could be read.
    pub async fn planned(
        &self,
        session: &Session<'_>,
        bundle: &Bundle,
        parties: &[Party],
        accounts: &[Result<Rc<Account<'_>>, Failure>],
    ) -> Result<Planned, Error> {
        let wanted = self.wanted(bundle)?;
        let mut world = self.across.world(session, parties, accounts, true).await?;
        let shelved = shelved(session, bundle, &wanted, &mut world, accounts).await;
        let plan = plan(&wanted, &world, &shelved, Utc::now());
        Ok(Planned {
            wanted,
            world,
            shelved,
            plan,
        })
    }
}

/// Looks for the certificate in each store that a place takes its certificate from. A store that
/// cannot be read is a gap of its account: the certificate counts as not there.
async fn shelved(
    session: &Session<'_>,
    bundle: &Bundle,
    wanted: &Wanted,
    world: &mut World,
    accounts: &[Result<Rc<Account<'_>>, Failure>],
) -> Shelved {
    let mut shelves: Vec<Shelf> = targets(wanted, world)
        .into_iter()
        .map(|at| shelf(world, at))
        .collect();
    shelves.sort_unstable();
    shelves.dedup();
    let look = shelves.iter().map(async |shelf| {
        let account = accounts[shelf.account].as_ref().map_err(Clone::clone)?;
        (store_of(shelf.store).find)(account, bundle, shelf.region.as_deref()).await
    });
    let found = join_all(look).await;
    let mut shelved = Shelved::new();
    for (shelf, found) in shelves.into_iter().zip(found) {
        let there = found.unwrap_or_else(|failure| {
            session.ui.warn(&format!(
                "{}: whether {} has the certificate already could not be read: {}",
                world.holdings[shelf.account].name(),
                shelf.store.as_str(),
                failure.in_words()
            ));
            None
        });
        shelved.insert(shelf, there.map(|stored| stored.id));
    }
    shelved
}

impl Planned {
    /// As it is shown.
    pub fn shown(&self) -> Shown<'_> {
        Shown {
            plan: &self.plan,
            wanted: &self.wanted,
            world: &self.world,
            made: Utc::now(),
        }
    }

    /// Whether the certificate is for no place at all.
    pub fn finds_nothing(&self) -> bool {
        let plan = &self.plan;
        plan.changes.is_empty() && plan.unchanged.is_empty() && plan.blocked.is_empty()
    }
}
