//! `certctl ulb replace`

use std::rc::Rc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::Args;

use crate::cert::covers;
use crate::cloud::Cloud;
use crate::commands::args::id;
use crate::commands::{Place, Session, concluded, counted, fail_all};
use crate::config::Settings;
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Document, Row, Status};
use crate::providers::Operation;
use crate::providers::ucloud::ulb::{Certificate, DescribeSSLV2, Relation, ULB, UpdateSSLBinding};
use crate::transport::{Client, Failure, Fate, plan};

/// Replace a certificate by another wherever it is bound
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ulb replace --old ssl-old --new ssl-new --listener vserver-1 --load-balancer ulb-1
  certctl ulb replace --old ssl-old --new ssl-new --load-balancer alb-1 --yes
  certctl ulb replace --old ssl-old --new ssl-new --whole-project --yes")]
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
    /// Region of the certificates [env: UCLOUD_REGION]
    #[arg(long, value_name = "REGION", value_parser = id)]
    region: Option<String>,
    /// Project, the bare id [env: UCLOUD_PROJECT_ID]
    #[arg(long, value_name = "ID", value_parser = id)]
    project_id: Option<String>,
    /// Replace even if the new certificate lacks names of the old one
    #[arg(long)]
    allow_name_mismatch: bool,
    /// Read nothing before or after: for keys that may not
    #[arg(long)]
    no_preview: bool,
}

/// How long the bindings may take to show.
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
    let place = Place {
        region: args.region.as_deref(),
        project_id: args.project_id.as_deref(),
        site: None,
    };
    let settings = session.settings(Cloud::Ucloud, place)?;
    let Some(region) = &settings.region else {
        return Err(Error::new(
            Kind::Config,
            "no region: certificates of load balancers are regional",
            "give --region REGION or UCLOUD_REGION, such as cn-bj2: nothing was sent",
        ));
    };
    if settings.project_id.is_none() {
        session.ui.warn("no project given (--project-id, UCLOUD_PROJECT_ID): the account's default one is meant");
    }
    let call = UpdateSSLBinding {
        region: &region.value,
        project_id: settings.project_id.as_ref().map(|id| id.value.as_str()),
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
            requests.push(plan(settings, &describe(call, ssl_id), targets.clone()));
        }
    }
    requests.push(plan(settings, call, targets));
    Answer::Targets(Document::planned(COMMAND, vec![scope_row(call)], requests))
}

/// The scope as a target: the listener, the load balancer, or the project.
fn scope_name(call: &UpdateSSLBinding<'_>) -> String {
    call.listener_id
        .or(call.load_balancer_id)
        .or(call.project_id)
        .unwrap_or("default project")
        .to_owned()
}

fn question(call: &UpdateSSLBinding<'_>) -> String {
    let (old, new) = (call.old_ssl_id, call.new_ssl_id);
    format!("replacing {old} by {new} on {}", scope_words(call))
}

fn scope_words(call: &UpdateSSLBinding<'_>) -> String {
    match (call.listener_id, call.load_balancer_id, call.project_id) {
        (Some(listener), _, _) => format!("listener {listener}"),
        (None, Some(load_balancer), _) => format!("every listener of {load_balancer}"),
        (None, None, Some(project)) => {
            format!("every listener of project {project} in {}", call.region)
        }
        (None, None, None) => format!("every listener of the default project in {}", call.region),
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

fn describe<'a>(call: &UpdateSSLBinding<'a>, ssl_id: &'a str) -> DescribeSSLV2<'a> {
    DescribeSSLV2 {
        region: call.region,
        project_id: call.project_id,
        ssl_id,
    }
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
        match self.send(async || false).await {
            Ok(request_id) => {
                row.settle(Status::Changed, request_id);
                row.note = Some("accepted; not read back (--no-preview)".into());
            }
            Err(failure) => fail_all([&mut row], &failure),
        }
        vec![row]
    }

    /// Replaces; again after a lost answer, unless `is_done` by then. Returns the request's id.
    async fn send(&self, is_done: impl AsyncFn() -> bool) -> Result<Option<Rc<str>>, Failure> {
        let mut lost: Option<Failure> = None;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let failure = match self.client.call(self.call).await {
                Ok(done) => return Ok(done.request_id),
                Err(failure) => failure,
            };
            let unanswered = failure.fate == Fate::Unknown;
            let mut failure = failure.after(lost.take());
            failure.attempts = failure.attempts.max(attempt);
            if !unanswered {
                return Err(failure);
            }
            if self.client.halt().is_none() && is_done().await {
                return Ok(failure.request_id);
            }
            if !self.client.again_after(attempt).await {
                return Err(failure);
            }
            lost = Some(failure);
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
        match self.send(all_moved).await {
            Ok(request_id) => self.confirm(&affected, &mut rows, request_id).await,
            Err(failure) if failure.fate == Fate::Unknown => {
                self.sort_out(&affected, &mut rows, &failure).await;
            }
            Err(failure) => fail_all(&mut rows, &failure),
        }
        Ok(rows)
    }

    async fn certificate(&self, ssl_id: &str) -> Result<Certificate, Error> {
        let region = self.call.region;
        let found = self.client.call(&describe(self.call, ssl_id)).await;
        let found = found.map_err(|failure| {
            let error = Error::from(failure);
            let message = format!(
                "certificate {ssl_id} could not be read in {region}: {}",
                error.message
            );
            Error { message, ..error }
        })?;
        let mut certificates = found.reply.data_set.into_iter();
        certificates
            .find(|certificate| certificate.ssl_id == ssl_id)
            .ok_or_else(|| {
                Error::new(
                    Kind::NotFound,
                    format!("no certificate {ssl_id} in {region}"),
                    "check --region and --project-id: certificates are regional, and each belongs to a project",
                )
            })
    }

    /// The new certificate must be valid and cover what the old one covers.
    fn check(&self, old: &Certificate, new: &Certificate) -> Result<(), Error> {
        let not_after = DateTime::from_timestamp(new.not_after, 0);
        if let Some(not_after) = not_after.filter(|_| new.not_after > 0)
            && not_after <= Utc::now()
        {
            return Err(Error::new(
                Kind::Certificate,
                format!("{} expired on {}", new.ssl_id, not_after.to_rfc3339()),
                "give a certificate that is valid: nothing was changed",
            ));
        }
        let new_names = new.names();
        let missing: Vec<String> = old
            .names()
            .into_iter()
            .filter(|name| !covers(&new_names, name))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let message = format!(
            "{} does not cover {}, which {} covers: it is for {}",
            new.ssl_id,
            missing.join(", "),
            old.ssl_id,
            new_names.join(", ")
        );
        if self.args.allow_name_mismatch {
            self.session.ui.warn(&message);
            return Ok(());
        }
        Err(Error::new(
            Kind::Certificate,
            message,
            "give a certificate for these names, or --allow-name-mismatch: nothing was changed",
        ))
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
        let bindings = self
            .client
            .poll("the bindings to show", SHOW_LIMIT, read, settled)
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
