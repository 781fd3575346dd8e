//! `certctl ulb replace`

use std::time::Duration;

use clap::Args;

use super::given::GivenCertificate;
use super::location::{LocationArgs, location};
use super::{absent, settled, unread};
use crate::cert;
use crate::cloud::Cloud;
use crate::commands::args::id;
use crate::commands::certificate::{FileArgs, FitArgs, Given, NAMES_HINT};
use crate::commands::wait::WaitArgs;
use crate::commands::{Session, concluded, counted};
use crate::config::Settings;
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Row};
use crate::products::Settled;
use crate::products::fit::lost_names;
use crate::products::ulb::{Lack, certificate, describe, look_up};
use crate::providers::Operation;
use crate::providers::ucloud::ulb::{
    Certificate, CreateSSL, Location, Relation, ULB, UpdateSSLBinding,
};
use crate::transport::{Client, Failure, Patience, plan, reconcile};

/// Replace a certificate by another wherever it is bound
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ulb replace --old ssl-old0001 --new ssl-new0001 --listener vserver-https1
  certctl ulb replace --old ssl-old0001 --new ssl-new0001 --load-balancer alb-sandbox1 --yes
  certctl ulb replace --old ssl-old0001 --new ssl-new0001 --whole-project --yes --wait=5m
  certctl ulb replace --old ssl-old0001 --new fullchain.pem --key privkey.pem --whole-project --yes")]
pub struct ReplaceArgs {
    /// Certificate that is bound now
    #[arg(long, value_name = "ID", value_parser = id)]
    old: String,
    /// Certificate to bind instead: its id, or a file, which is uploaded first unless it is there
    #[arg(long, value_name = "ID|FILE", value_parser = Given::of_ulb)]
    new: Given,
    #[command(flatten)]
    file: FileArgs,
    /// Replace on this listener (VServer) only
    #[arg(long, value_name = "ID", value_parser = id)]
    listener: Option<String>,
    /// Replace on this load balancer; alone: on all its listeners
    #[arg(long, value_name = "ID", value_parser = id)]
    load_balancer: Option<String>,
    /// Replace on every load balancer of the project in the region
    #[arg(long, conflicts_with_all = ["listener", "load_balancer"])]
    whole_project: bool,
    #[command(flatten)]
    fit: FitArgs,
    #[command(flatten)]
    location: LocationArgs,
    #[command(flatten)]
    wait: WaitArgs,
}

/// How long the bindings may take to show, where nothing is said of it.
const SHOW_LIMIT: Duration = Duration::from_secs(120);

const COMMAND: &str = "ulb replace";

/// Runs the command.
pub fn run(session: &Session<'_>, args: &ReplaceArgs) -> Result<Answer, Error> {
    if args.listener.is_none() && args.load_balancer.is_none() && !args.whole_project {
        return Err(Error::usage(
            "no scope: where is the certificate to be replaced?",
            "add --listener ID, --load-balancer ID or --whole-project: nothing was sent",
        ));
    }
    if matches!(&args.new, Given::Id(new) if new.id == args.old) {
        return Err(Error::usage(
            format!("--old and --new are the same certificate, {}", args.old),
            "give the certificate to bind instead as --new ID: nothing was sent",
        ));
    }
    if args.fit.no_preview && args.wait.wait.is_some() {
        return Err(Error::usage(
            "--wait reads, and --no-preview forbids it",
            "remove one of the two options: nothing was sent",
        ));
    }
    let new = GivenCertificate::read(session, &args.new, &args.file)?;
    let settings = args.location.settle(session)?;
    let scope = Scope {
        location: location(&settings),
        load_balancer: args.load_balancer.as_deref(),
        listener: args.listener.as_deref(),
    };
    if session.globals.dry_run {
        return Ok(planned(&settings, args, &new, scope));
    }
    let question = format!(
        "replacing {} by {} on {}",
        args.old,
        new.called,
        scope.in_words()
    );
    if args.listener.is_none() {
        match args.fit.no_preview {
            true => session.consent(&question)?,
            // The question comes when it can be said what is touched.
            false => session.must_ask(&question).map(drop)?,
        }
    }
    session.online(&ULB, &settings, async |client| {
        let mut replacement = Replacement {
            session,
            client,
            args,
            scope,
            question: &question,
            new,
        };
        let rows = match args.fit.no_preview {
            true => replacement.unseen().await,
            false => replacement.seen().await?,
        };
        Ok(concluded(COMMAND, rows, None, client))
    })
}

fn planned(
    settings: &Settings,
    args: &ReplaceArgs,
    new: &GivenCertificate,
    scope: Scope<'_>,
) -> Answer {
    let targets = vec![scope.name()];
    let reads = !args.fit.no_preview;
    let mut requests = Vec::new();
    if reads {
        let read = describe(scope.location, &args.old);
        requests.push(plan(settings, &read, targets.clone()));
    }
    let (calls, new_ssl_id) = new.planned(settings, scope.location, reads, &targets);
    requests.extend(calls);
    requests.push(plan(settings, &scope.call(&args.old, &new_ssl_id), targets));
    Answer::planned(COMMAND, vec![scope.row()], requests)
}

/// Where a certificate is replaced: on a listener, on a load balancer, or in the whole project.
#[derive(Clone, Copy)]
struct Scope<'a> {
    location: Location<'a>,
    load_balancer: Option<&'a str>,
    listener: Option<&'a str>,
}

impl<'a> Scope<'a> {
    fn call(self, old_ssl_id: &'a str, new_ssl_id: &'a str) -> UpdateSSLBinding<'a> {
        UpdateSSLBinding {
            location: self.location,
            old_ssl_id,
            new_ssl_id,
            load_balancer_id: self.load_balancer,
            listener_id: self.listener,
        }
    }

    /// As a target: the listener, the load balancer, or the project.
    fn name(self) -> String {
        self.listener
            .or(self.load_balancer)
            .or(self.location.project_id)
            .unwrap_or("default project")
            .to_owned()
    }

    fn in_words(self) -> String {
        let Location { region, project_id } = self.location;
        match (self.listener, self.load_balancer, project_id) {
            (Some(listener), _, _) => format!("listener {listener}"),
            (None, Some(load_balancer), _) => format!("every listener of {load_balancer}"),
            (None, None, Some(project)) => {
                format!("every listener of project {project} in {region}")
            }
            (None, None, None) => format!("every listener of the default project in {region}"),
        }
    }

    fn row(self) -> Row {
        let action = UpdateSSLBinding::ACTION;
        let mut row = Row::new(Cloud::Ucloud, ULB.name, action, &self.name());
        if self.listener.is_some() {
            row.load_balancer = self.load_balancer.map(str::to_owned);
        }
        row
    }

    fn of(self, relations: &[Relation]) -> Vec<Relation> {
        let wanted = |id: Option<&str>, actual: &str| id.is_none_or(|id| id == actual);
        relations
            .iter()
            .filter(|relation| {
                wanted(self.load_balancer, &relation.load_balancer_id)
                    && wanted(self.listener, &relation.listener_id)
            })
            .cloned()
            .collect()
    }
}

/// Replacing a certificate, looking before and after.
struct Replacement<'a> {
    session: &'a Session<'a>,
    client: &'a Client<'a>,
    args: &'a ReplaceArgs,
    scope: Scope<'a>,
    question: &'a str,
    new: GivenCertificate,
}

/// How the bindings in scope stand.
struct Bindings {
    old: Vec<Relation>,
    new: Vec<Relation>,
}

impl Bindings {
    fn is_moved(&self, relation: &Relation) -> bool {
        let same = |other: &Relation| {
            other.listener_id == relation.listener_id
                && other.load_balancer_id == relation.load_balancer_id
        };
        self.new.iter().any(same) && !self.old.iter().any(same)
    }

    fn are_moved(&self, relations: &[Relation]) -> bool {
        relations.iter().all(|relation| self.is_moved(relation))
    }
}

impl Replacement<'_> {
    /// Without reading: the answer alone has to tell.
    async fn unseen(&mut self) -> Vec<Row> {
        let settled = match self.upload().await {
            Ok(()) => self.send(Patience::NONE, async || None).await,
            Err(failure) => return vec![self.not_uploaded(self.scope.row(), failure)],
        };
        let settled = match settled.is_changed() {
            true => settled.with("accepted; not read back (--no-preview)"),
            false => settled,
        };
        vec![self.row(self.scope.row(), &settled)]
    }

    /// Reads both certificates, says what will be touched, replaces, and reads back.
    async fn seen(&mut self) -> Result<Vec<Row>, Error> {
        let location = self.scope.location;
        let old = match look_up(self.client, location, &self.args.old).await {
            Ok(old) => old,
            Err(Lack::Absent(said)) => return Err(absent(location, &self.args.old, said)),
            Err(Lack::Unread(failure)) => return Err(unread(failure)),
        };
        self.new.look(self.client, location).await?;
        let affected = self.scope.of(&old.relations);
        if let Some(settled) = self.as_asked(&old, &affected) {
            return Ok(vec![self.row(self.scope.row(), &settled)]);
        }
        self.check(&old.certificate())?;
        if self.scope.listener.is_none() {
            self.announce(&affected);
            self.session
                .consent_online(self.question, self.client)
                .await?;
        }
        let rows = affected.iter().map(row_of);
        if let Err(failure) = self.upload().await {
            let failed = |row| self.not_uploaded(row, failure.clone());
            return Ok(rows.map(failed).collect());
        }
        let all_moved = async || {
            let bindings = self.bindings().await?;
            bindings.are_moved(&affected).then_some(())
        };
        let settled = self.send(Patience::AT_THE_END, all_moved).await;
        let bindings = match (settled.is_changed(), settled.is_unknown()) {
            (true, _) => self.shown(&affected).await,
            (_, true) if self.client.halt().is_none() => self.bindings().await,
            _ => None,
        };
        let rows = affected.iter().zip(rows).map(|(relation, row)| {
            let moved = bindings.as_ref().map(|all| all.is_moved(relation));
            self.row(row, &shown(&settled, moved))
        });
        Ok(rows.collect())
    }

    /// What is left to say where nothing is to be replaced.
    fn as_asked(&self, old: &Certificate, affected: &[Relation]) -> Option<Settled> {
        let (old, new) = (&old.ssl_id, &self.new.called);
        let note = match self.new.id() {
            Some(id) if id == old => format!("{new} is {old} itself"),
            Some(id) if affected.is_empty() && !self.scope.of(self.new.relations()).is_empty() => {
                format!("{id} is bound here already")
            }
            _ if affected.is_empty() => format!("{old} is not bound here"),
            _ => return None,
        };
        Some(Settled::unchanged().with(&note))
    }

    /// The new certificate must be valid and cover what the old one covers.
    fn check(&self, old: &cert::Certificate) -> Result<(), Error> {
        self.new.check_date(self.client.now())?;
        let Some(message) = lost_names((old, &self.args.old), (self.new.known(), &self.new.called))
        else {
            return Ok(());
        };
        if self.args.fit.allow_name_mismatch {
            self.session.ui.warn(&message);
            return Ok(());
        }
        Err(Error::new(Kind::Certificate, message, NAMES_HINT))
    }

    fn announce(&self, affected: &[Relation]) {
        let ui = &self.session.ui;
        // What is asked about is shown, however quiet.
        let say = |text: &str| match self.session.globals.yes {
            true => ui.note(text),
            false => ui.show(text),
        };
        say(&format!(
            "{} is replaced by {} on {}:",
            self.args.old,
            self.new.called,
            counted(affected.len(), "listener")
        ));
        for relation in affected {
            let default = if relation.is_default {
                " (default certificate)"
            } else {
                ""
            };
            say(&format!(
                "  {} / {}{default}",
                relation.load_balancer_id, relation.listener_id
            ));
        }
    }

    async fn upload(&mut self) -> Result<(), Failure> {
        let location = self.scope.location;
        self.new.ensure(self.session, self.client, location).await
    }

    /// Replaces; again after a lost answer, unless `look` shows it by then. A replacement that is
    /// made twice ends in the same state, so that it is made again too where nothing can be read.
    async fn send(&self, patience: Patience, look: impl AsyncFn() -> Option<()>) -> Settled {
        let new = self.new.id().unwrap_or_default();
        let call = self.scope.call(&self.args.old, new);
        let look = async || Ok(look().await);
        settled(reconcile(self.client, &call, patience, look).await)
    }

    /// How the bindings stand; `None` where they cannot be read.
    async fn bindings(&self) -> Option<Bindings> {
        let relations = async |id: &str| {
            let read = certificate(self.client, self.scope.location, id).await;
            Some(self.scope.of(&read.ok()??.relations))
        };
        Some(Bindings {
            old: relations(&self.args.old).await?,
            new: relations(self.new.id()?).await?,
        })
    }

    /// The cloud accepted: how the bindings stand once reading shows the change.
    async fn shown(&self, affected: &[Relation]) -> Option<Bindings> {
        let is_settled = |seen: &Option<Bindings>| match seen {
            Some(bindings) => bindings.old.is_empty() && bindings.are_moved(affected),
            None => true,
        };
        let read = async || self.bindings().await;
        let limit = self.args.wait.wait.unwrap_or(SHOW_LIMIT);
        self.client
            .poll("the bindings to show", limit, read, is_settled)
            .await
    }

    fn row(&self, mut row: Row, settled: &Settled) -> Row {
        if self.new.is_file() {
            row.certificate = self.new.id().map(str::to_owned);
        }
        row.of(settled)
    }

    /// Nothing could be replaced by what did not come into the store.
    fn not_uploaded(&self, mut row: Row, failure: Failure) -> Row {
        row.action = CreateSSL::ACTION;
        self.row(row, &Settled::failed(failure))
    }
}

/// What became of one listener: it counts as changed once reading shows it, though the answer may
/// have been lost.
fn shown(settled: &Settled, moved: Option<bool>) -> Settled {
    let request_id = settled.request_id.clone();
    let unknown = |why| Settled {
        request_id,
        ..Settled::unknown(why)
    };
    match (settled.is_changed(), moved) {
        (true, Some(true)) => settled.clone().confirmed(),
        (true, Some(false)) => unknown("accepted, but reading still shows the old certificate"),
        (true, None) => unknown("accepted, but it could not be read back"),
        (false, Some(true)) => Settled::read_back(),
        (false, _) => settled.clone(),
    }
}

fn row_of(relation: &Relation) -> Row {
    let action = UpdateSSLBinding::ACTION;
    let mut row = Row::new(Cloud::Ucloud, ULB.name, action, &relation.listener_id);
    row.load_balancer = Some(relation.load_balancer_id.clone());
    row
}
