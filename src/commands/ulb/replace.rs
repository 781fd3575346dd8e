//! `certctl ulb replace`

use std::rc::Rc;
use std::time::Duration;

use clap::Args;

use super::fit::{NAMES_HINT, check_date, lost_names};
use super::location::{LocationArgs, location};
use super::read::{describe, needed_certificate};
use crate::cloud::Cloud;
use crate::commands::args::id;
use crate::commands::wait::WaitArgs;
use crate::commands::{Session, concluded, counted, fail_all};
use crate::config::Settings;
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Document, Row, Status};
use crate::providers::Operation;
use crate::providers::ucloud::ulb::{Certificate, Location, Relation, ULB, UpdateSSLBinding};
use crate::transport::{Client, Failure, Fate, Patience, Reconciled, plan, reconcile};

/// Replace a certificate by another wherever it is bound
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ulb replace --old ssl-old0001 --new ssl-new0001 --listener vserver-https1
  certctl ulb replace --old ssl-old0001 --new ssl-new0001 --load-balancer alb-sandbox1 --yes
  certctl ulb replace --old ssl-old0001 --new ssl-new0001 --whole-project --yes --wait=5m")]
pub struct ReplaceArgs {
    /// Certificate that is bound now
    #[arg(long, value_name = "ID", value_parser = id)]
    old: String,
    /// Certificate to bind instead
    #[arg(long, value_name = "ID", value_parser = id)]
    new: String,
    /// Replace on this listener (VServer) only
    #[arg(long, value_name = "ID", value_parser = id)]
    listener: Option<String>,
    /// Replace on this load balancer; alone: on all its listeners
    #[arg(long, value_name = "ID", value_parser = id)]
    load_balancer: Option<String>,
    /// Replace on every load balancer of the project in the region
    #[arg(long, conflicts_with_all = ["listener", "load_balancer"])]
    whole_project: bool,
    /// Replace even if the new certificate lacks names of the old one
    #[arg(long)]
    allow_name_mismatch: bool,
    /// Read nothing before or after: for keys that may not
    #[arg(long)]
    no_preview: bool,
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
    if args.old == args.new {
        return Err(Error::usage(
            format!("--old and --new are the same certificate, {}", args.old),
            "give the certificate to bind instead as --new ID: nothing was sent",
        ));
    }
    if args.no_preview && args.wait.wait.is_some() {
        return Err(Error::usage(
            "--wait reads, and --no-preview forbids it",
            "leave one of the two out: nothing was sent",
        ));
    }
    let settings = args.location.settle(session)?;
    let call = UpdateSSLBinding {
        location: location(&settings),
        old_ssl_id: &args.old,
        new_ssl_id: &args.new,
        load_balancer_id: args.load_balancer.as_deref(),
        listener_id: args.listener.as_deref(),
    };
    if session.globals.dry_run {
        return Ok(planned(&settings, args, &call));
    }
    if args.listener.is_none() {
        let question = question(&call);
        match args.no_preview {
            true => session.consent(&question)?,
            // The question comes when it can be said what is touched.
            false => session.must_ask(&question).map(drop)?,
        }
    }
    session.online(&ULB, &settings, async |client| {
        let replacement = Replacement {
            session,
            client,
            args,
            call: &call,
        };
        let rows = match args.no_preview {
            true => replacement.unseen().await,
            false => replacement.seen().await?,
        };
        Ok(concluded(COMMAND, rows, None, client))
    })
}

fn planned(settings: &Settings, args: &ReplaceArgs, call: &UpdateSSLBinding<'_>) -> Answer {
    let targets = vec![scope_name(call)];
    let mut requests = Vec::new();
    if !args.no_preview {
        for ssl_id in [call.old_ssl_id, call.new_ssl_id] {
            let read = describe(call.location, ssl_id);
            requests.push(plan(settings, &read, targets.clone()));
        }
    }
    requests.push(plan(settings, call, targets));
    Answer::Targets(Document::planned(COMMAND, vec![scope_row(call)], requests))
}

/// The scope as a target: the listener, the load balancer, or the project.
fn scope_name(call: &UpdateSSLBinding<'_>) -> String {
    call.listener_id
        .or(call.load_balancer_id)
        .or(call.location.project_id)
        .unwrap_or("default project")
        .to_owned()
}

fn question(call: &UpdateSSLBinding<'_>) -> String {
    let (old, new) = (call.old_ssl_id, call.new_ssl_id);
    format!("replacing {old} by {new} on {}", scope_words(call))
}

fn scope_words(call: &UpdateSSLBinding<'_>) -> String {
    let Location { region, project_id } = call.location;
    match (call.listener_id, call.load_balancer_id, project_id) {
        (Some(listener), _, _) => format!("listener {listener}"),
        (None, Some(load_balancer), _) => format!("every listener of {load_balancer}"),
        (None, None, Some(project)) => {
            format!("every listener of project {project} in {region}")
        }
        (None, None, None) => format!("every listener of the default project in {region}"),
    }
}

fn scope_row(call: &UpdateSSLBinding<'_>) -> Row {
    let mut row = Row::new(
        Cloud::Ucloud,
        ULB.name,
        UpdateSSLBinding::ACTION,
        &scope_name(call),
    );
    if call.listener_id.is_some() {
        row.load_balancer = call.load_balancer_id.map(str::to_owned);
    }
    row
}

/// Replacing a certificate, looking before and after.
struct Replacement<'a> {
    session: &'a Session<'a>,
    client: &'a Client<'a>,
    args: &'a ReplaceArgs,
    call: &'a UpdateSSLBinding<'a>,
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
    async fn unseen(&self) -> Vec<Row> {
        let mut row = scope_row(self.call);
        match self.send(Patience::NONE, async || false).await {
            Ok(request_id) => {
                row.settle(Status::Changed, request_id);
                row.note = Some("accepted; not read back (--no-preview)".into());
            }
            Err(failure) => fail_all([&mut row], &failure),
        }
        vec![row]
    }

    /// Replaces; again after a lost answer, unless `is_done` by then. Returns the request's id. A
    /// replacement that is made twice ends in the same state, so that it is made again too where
    /// nothing can be read.
    async fn send(
        &self,
        patience: Patience,
        is_done: impl AsyncFn() -> bool,
    ) -> Result<Option<Rc<str>>, Failure> {
        let look = async || Ok(is_done().await.then_some(()));
        match reconcile(self.client, self.call, patience, look).await? {
            Reconciled::Answered(done) => Ok(done.request_id),
            Reconciled::Seen(()) => Ok(None),
        }
    }

    /// Reads both certificates, says what will be touched, replaces, and reads back.
    async fn seen(&self) -> Result<Vec<Row>, Error> {
        let old = self.certificate(self.call.old_ssl_id).await?;
        let new = self.certificate(self.call.new_ssl_id).await?;
        self.check(&old, &new)?;
        let affected = self.in_scope(&old.relations);
        if affected.is_empty() {
            let mut row = scope_row(self.call);
            row.settle(Status::Unchanged, None);
            let bound = !self.in_scope(&new.relations).is_empty();
            row.note = Some(match bound {
                true => format!("{} is bound here already", new.ssl_id).into(),
                false => format!("{} is not bound here", old.ssl_id).into(),
            });
            return Ok(vec![row]);
        }
        if self.call.listener_id.is_none() {
            self.announce(&affected);
            self.session
                .consent_online(&question(self.call), self.client)
                .await?;
        }
        let mut rows = self.rows(&affected);
        let all_moved = async || {
            let bindings = self.bindings().await;
            bindings.is_some_and(|bindings| bindings.are_moved(&affected))
        };
        match self.send(Patience::AT_THE_END, all_moved).await {
            Ok(request_id) => self.confirm(&affected, &mut rows, request_id).await,
            Err(failure) if failure.fate == Fate::Unknown => {
                self.sort_out(&affected, &mut rows, &failure).await;
            }
            Err(failure) => fail_all(&mut rows, &failure),
        }
        Ok(rows)
    }

    async fn certificate(&self, ssl_id: &str) -> Result<Certificate, Error> {
        needed_certificate(self.client, self.call.location, ssl_id).await
    }

    /// The new certificate must be valid and cover what the old one covers.
    fn check(&self, old: &Certificate, new: &Certificate) -> Result<(), Error> {
        check_date(new, self.client.now())?;
        let Some(message) = lost_names(old, new) else {
            return Ok(());
        };
        if self.args.allow_name_mismatch {
            self.session.ui.warn(&message);
            return Ok(());
        }
        Err(Error::new(Kind::Certificate, message, NAMES_HINT))
    }

    fn in_scope(&self, relations: &[Relation]) -> Vec<Relation> {
        let wanted = |id: Option<&str>, actual: &str| id.is_none_or(|id| id == actual);
        relations
            .iter()
            .filter(|relation| {
                wanted(self.call.load_balancer_id, &relation.load_balancer_id)
                    && wanted(self.call.listener_id, &relation.listener_id)
            })
            .cloned()
            .collect()
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
            self.call.old_ssl_id,
            self.call.new_ssl_id,
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

    fn rows(&self, affected: &[Relation]) -> Vec<Row> {
        let row = |relation: &Relation| {
            let mut row = Row::new(
                Cloud::Ucloud,
                ULB.name,
                UpdateSSLBinding::ACTION,
                &relation.listener_id,
            );
            row.load_balancer = Some(relation.load_balancer_id.clone());
            row
        };
        affected.iter().map(row).collect()
    }

    /// How the bindings stand; `None` where they cannot be read.
    async fn bindings(&self) -> Option<Bindings> {
        let old = self.certificate(self.call.old_ssl_id).await.ok()?;
        let new = self.certificate(self.call.new_ssl_id).await.ok()?;
        Some(Bindings {
            old: self.in_scope(&old.relations),
            new: self.in_scope(&new.relations),
        })
    }

    /// The cloud accepted: a listener counts as changed once reading shows it.
    async fn confirm(&self, affected: &[Relation], rows: &mut [Row], request_id: Option<Rc<str>>) {
        let settled = |seen: &Option<Bindings>| match seen {
            Some(bindings) => bindings.old.is_empty() && bindings.are_moved(affected),
            None => true,
        };
        let read = async || self.bindings().await;
        let limit = self.args.wait.wait.unwrap_or(SHOW_LIMIT);
        let bindings = self
            .client
            .poll("the bindings to show", limit, read, settled)
            .await;
        for (relation, row) in affected.iter().zip(rows) {
            let moved = bindings
                .as_ref()
                .map(|bindings| bindings.is_moved(relation));
            let status = match moved {
                Some(true) => Status::Changed,
                _ => Status::Unknown,
            };
            row.settle(status, request_id.clone());
            row.note = match moved {
                Some(true) => None,
                Some(false) => Some("accepted, but reading still shows the old certificate".into()),
                None => Some("accepted, but it could not be read back".into()),
            };
        }
    }

    /// The answer was lost for good: what is moved is changed, the rest is not known.
    async fn sort_out(&self, affected: &[Relation], rows: &mut [Row], failure: &Failure) {
        let bindings = match self.client.halt() {
            Some(_) => None,
            None => self.bindings().await,
        };
        fail_all(rows.iter_mut(), failure);
        for (relation, row) in affected.iter().zip(rows) {
            if bindings
                .as_ref()
                .is_some_and(|bindings| bindings.is_moved(relation))
            {
                row.settle(Status::Changed, None);
                row.note = Some("confirmed by reading it back".into());
            }
        }
    }
}
