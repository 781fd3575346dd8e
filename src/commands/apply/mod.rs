//! `certctl apply`: plan, ask, upload, change, look, and plan again.

mod carried;
mod run;

use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use clap::Args;

use self::carried::Carried;
use self::run::{Made, Run};
use super::ask::Question;
use super::wanted::{Planned, WantedArgs};
use super::{Session, args, counted, main_service};
use crate::deploy::{Holding, Wanted};
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Document, Row};
use crate::products::{Bind, Gap, PRODUCTS, Reason, Settled, Store, StoreId, spec_of};
use crate::transport::{Account, Client, Failure};
use crate::ui::Volume;

/// Change every place so that it serves a certificate
#[derive(Debug, Args)]
#[command(
    after_help = "The plan is shown, and nothing is changed before it is confirmed; without a terminal
that takes --yes. Run the same command again to finish what was interrupted: places that are done
are not changed again.

Examples:
  certctl apply --cert fullchain.pem --key privkey.pem --product cdn --yes
  certctl apply -f certs.toml --yes
  certctl plan -f certs.toml -o json > plan.json && certctl apply plan.json --yes"
)]
pub struct ApplyArgs {
    /// Make exactly this plan, as `certctl plan -o json` writes it; - reads standard input
    #[arg(value_name = "PLAN", conflicts_with_all = ["file", "cert", "allow", "cloud", "product",
          "region", "project_id", "site"])]
    plan: Option<PathBuf>,
    #[command(flatten)]
    wanted: WantedArgs,
    /// File with the private key; needed where the certificate is in no store yet
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    key: Option<PathBuf>,
    /// Refuse a plan that is older than DURATION [default: 24h]
    #[arg(long, value_name = "DURATION", value_parser = args::duration, requires = "plan")]
    max_age: Option<Duration>,
    /// Go on only if the plan is still this one, as `certctl plan` prints it
    #[arg(long, value_name = "ID")]
    expect_plan: Option<String>,
    /// Go on after places whose outcome is unknown or that failed for another reason than their own
    #[arg(long)]
    keep_going: bool,
    /// Wait at most DURATION until the clouds show a change [default: 10m]
    #[arg(long, value_name = "DURATION", value_parser = args::wait)]
    wait: Option<Duration>,
    /// Show every line of the plan: do not fold lines that are alike
    #[arg(long)]
    full: bool,
}

const COMMAND: &str = "apply";

/// How long a change may take to be shown, where nothing else is asked for.
const SHOWN_WITHIN: Duration = Duration::from_secs(600);

/// How old a plan may be, where nothing else is asked for.
const MAX_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// Runs the command.
///
/// # Errors
/// A broken value, a certificate that cannot be read, no login; a guard of the whole plan; no consent.
pub fn run(session: &Session<'_>, args: &ApplyArgs) -> Result<Answer, Error> {
    if session.globals.is_dry() {
        return Err(Error::usage(
            "apply has no dry run",
            "`certctl plan` shows what it would change: nothing was sent",
        ));
    }
    let key = args.key.as_deref();
    let (mut asked, carried) = match &args.plan {
        Some(path) => {
            let max_age = args.max_age.unwrap_or(MAX_AGE);
            let carried = Carried::read(session, path, key, max_age)?;
            (carried.asked, Some((carried.id, carried.agreed)))
        }
        None => {
            let mut asked = args.wanted.asked(session, key)?;
            // A manifest names its accounts.
            let is_named = args.wanted.file.is_some() || !session.globals.profiles().is_empty();
            if !is_named && session.ui.who_can_be_asked().is_err() {
                asked.keep_named(session)?;
            }
            (asked, None)
        }
    };
    session.with_accounts(&asked.settings(), async |accounts| {
        let mut planned = asked.planned(accounts).await?;
        let mut id = planned.id();
        if let Some((carried, agreed)) = carried {
            planned = planned.held_to(&agreed);
            id = carried;
        }
        planned.tell_gaps(session);
        let client = first_client(accounts)?;
        show(session, &planned.shown().text(args.full));
        refuse(&planned, &id, args.expect_plan.as_deref())?;
        asked.read_keys(session, &planned.plan.uploads)?;
        if !planned.plan.is_empty() {
            let question = question(&planned, &id);
            let asks = session.must_ask(&question)?;
            session.ask(&question, &client).await?;
            if asks {
                // What somebody has changed while the question stood is left alone.
                planned = asked.planned(accounts).await?.held_to(&planned.changes());
                refuse(&planned, &id, None)?;
            }
        }
        let run = Run {
            session,
            client: &client,
            accounts,
            bundles: &asked.bundles,
            planned: &planned,
            keep_going: args.keep_going,
            limit: args.wait.unwrap_or(SHOWN_WITHIN),
        };
        let made = run.make().await;
        let made = run.verified(&asked, made).await;
        let document = Document::new(COMMAND, rows(&planned, &made)).of_plan(id);
        let document = document.stopped(made.stopped, client.signal());
        Ok(Answer::Targets(document))
    })
}

/// A client of the first account that is logged in: it waits, and hears signals.
fn first_client<'a>(accounts: &[Result<Rc<Account<'a>>, Failure>]) -> Result<Client<'a>, Error> {
    let mut failure = None;
    for account in accounts {
        match account {
            Ok(account) => return Ok(account.client(main_service(account.settings().cloud))?),
            Err(why) => failure = failure.or(Some(why)),
        }
    }
    let failure = failure.expect("there is an account, and it cannot log in");
    Err(failure.clone().into())
}

/// Shows the plan before anything is asked; not where nobody is asked and nobody wants to hear of it.
fn show(session: &Session<'_>, text: &str) {
    if session.globals.yes && session.ui.volume() == Volume::Quiet {
        return;
    }
    for line in session.secrets.redactor().mask(text).lines() {
        session.ui.show(line);
    }
}

/// What keeps the whole plan from being made.
///
/// # Errors
/// It is another plan than was expected; a guard of the whole.
fn refuse(planned: &Planned, id: &str, expected: Option<&str>) -> Result<(), Error> {
    if let Some(expected) = expected.filter(|expected| *expected != id) {
        return Err(Error::new(
            Kind::Moved,
            format!("this is plan {id}, not {expected}"),
            "look at it, and give --expect-plan its id: nothing was changed",
        ));
    }
    match planned.plan.refused.first() {
        Some((guard, message)) => Err(Error::new(
            Kind::Guard,
            format!("{}: {message}", guard.as_str()),
            "docs/rotation.md says what lifts each guard: nothing was changed",
        )),
        None => Ok(()),
    }
}

fn question(planned: &Planned, id: &str) -> Question {
    let plan = &planned.plan;
    let changes = format!("changing {}", counted(plan.changed_places(), "place"));
    let deed = match plan.uploads.len() {
        0 => changes,
        count => format!("{changes} after {}", counted(count, "upload")),
    };
    Question::new(format!("{deed}, plan {id}")).previewed_by("`certctl plan`")
}

/// A row for each place, in the order in which they were read, then those that were not found.
fn rows(planned: &Planned, made: &Made) -> Vec<Row> {
    let plan = &planned.plan;
    let mut rows: Vec<((usize, usize), Row)> = Vec::new();
    let changes = plan.changes.iter().zip(&made.settled).zip(&made.afters);
    for ((change, settled), after) in changes {
        let at = change.target.at;
        let mut row = row(planned, at, after.as_ref().or(change.before.as_ref())).of(settled);
        row.certificate = after.as_ref().map(|id| id.id.clone());
        let named = after.as_ref().filter(|id| id.store == Store::Cas);
        row.identifier = named.map(StoreId::identifier_or_id);
        match rows.last_mut() {
            // Of a set that changes in steps the one that is not as asked counts.
            Some((last, other)) if *last == at => {
                if other.status.is_as_asked() {
                    row.certificate = row.certificate.or(other.certificate.take());
                    row.identifier = row.identifier.or(other.identifier.take());
                    *other = row;
                }
            }
            _ => rows.push((at, row)),
        }
    }
    for target in &plan.unchanged {
        let row = row(planned, target.at, None).of(&Settled::unchanged());
        rows.push((target.at, row));
    }
    for blocked in &plan.blocked {
        let message = format!("{}: {}", blocked.guard.as_str(), blocked.message);
        let reason = Reason::new(blocked.guard.kind(), message, blocked.guard.kind().hint());
        let row = row(planned, blocked.target.at, None).of(&Settled::left(reason));
        rows.push((blocked.target.at, row));
    }
    for target in plan.bare.iter().filter(|target| target.is_named) {
        let reason = Reason::new(
            Kind::State,
            "it serves no certificate",
            "switch HTTPS on with the command of its group",
        );
        rows.push((
            target.at,
            row(planned, target.at, None).of(&Settled::left(reason)),
        ));
    }
    rows.sort_by_key(|(at, _)| *at);
    let searches = |wanted: &Wanted| wanted.on.iter().any(|on| on.find.is_some());
    let is_search = planned.wanted.iter().any(searches);
    let unread = planned.world.holdings.iter().filter(|_| is_search);
    let mut rows: Vec<Row> = rows.into_iter().map(|(_, row)| row).collect();
    // A search that was not whole is not done.
    for holding in unread {
        rows.extend(
            holding
                .inventory
                .gaps
                .iter()
                .map(|gap| unread_list(holding, gap)),
        );
    }
    rows.extend(plan.missing.iter().map(|missing| {
        let spec = spec_of(missing.place.product);
        let row = Row::new(
            spec.service.cloud,
            spec.service.name,
            "",
            &missing.place.to_string(),
        );
        let reason = Reason::new(
            Kind::NotFound,
            "no such place in any list that was read",
            "`certctl inventory --places` lists them",
        );
        row.of(&Settled::refused(reason))
    }));
    rows
}

/// The row of a list whose places are not known.
fn unread_list(holding: &Holding, gap: &Gap) -> Row {
    let word = gap.of.split(' ').next().unwrap_or_default();
    let mut specs = PRODUCTS
        .iter()
        .filter(|spec| spec.service.cloud == holding.cloud);
    let spec = specs.find(|spec| spec.word == word);
    let service = spec.map_or_else(|| main_service(holding.cloud), |spec| spec.service);
    let mut row = Row::new(holding.cloud, service.name, "", &gap.of);
    row.account = Some(holding.name());
    let reason = Reason {
        code: gap.failure.code.clone(),
        ..Reason::new(
            gap.failure.kind,
            format!("could not be read: {}", gap.failure.message),
            gap.failure.hint,
        )
    };
    row.of(&Settled::left(reason))
}

fn row(planned: &Planned, at: (usize, usize), id: Option<&StoreId>) -> Row {
    let binding = planned.world.binding(at);
    let spec = spec_of(binding.place.product);
    let action = (spec.action)(&Bind {
        place: &binding.place,
        region: None,
        before: id,
        after: id,
    });
    let action = spec.service.named(action);
    let mut row = Row::new(
        spec.service.cloud,
        spec.service.name,
        action,
        &binding.place.to_string(),
    );
    row.account = Some(planned.world.holdings[at.0].name());
    row.region.clone_from(&binding.region);
    row
}
