//! `certctl ulb replace`

use std::time::Duration;

use clap::Args;

use super::location::LocationArgs;
use super::{candidate, lacking, row_of, target_name};
use crate::cert;
use crate::commands::args::id;
use crate::commands::ask::Question;
use crate::commands::certificate::{FileArgs, FitArgs, Given, NAMES_HINT, check_date};
use crate::commands::targets::{Target, single};
use crate::commands::wait::WaitArgs;
use crate::commands::{Session, concluded, counted};
use crate::config::Settings;
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Row};
use crate::products::fit::lost_names;
use crate::products::ulb::{Candidate, Write, describe, location, look_up, replace};
use crate::products::{Current, Settled};
use crate::providers::Operation;
use crate::providers::ucloud::ulb::{Certificate, Location, Relation, ULB, UpdateSSLBinding};
use crate::transport::{Client, Patience, plan};

/// Replace a certificate by another wherever it is bound
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ulb replace --old ssl-old0001 --new ssl-new0001 --listener vserver-https1
  certctl ulb replace --old ssl-old0001 --new ssl-new0001 --load-balancer alb-sandbox1 --yes
  certctl ulb replace --old ssl-old0001 --new ssl-new0001 --whole-project --yes --wait=5m
  certctl ulb replace --old ssl-old0001 --new fullchain.pem --key privkey.pem --whole-project --yes")]
pub struct ReplaceArgs {
    /// Old certificate, which is bound now
    #[arg(long, value_name = "ID", value_parser = id)]
    old: String,
    /// New certificate: its id, or a file, which is uploaded first if it is not stored yet
    #[arg(long, value_name = "ID|FILE", value_parser = Given::of_ulb)]
    new: Given,
    #[command(flatten)]
    file: FileArgs,
    #[command(flatten)]
    listener: Target<Listener>,
    /// Replace on this load balancer, or on all its listeners if --listener is missing
    #[arg(long, value_name = "ID", value_parser = id)]
    load_balancer: Option<String>,
    /// Replace on every load balancer of the project in the region
    #[arg(long, conflicts_with_all = ["targets", "listener", "load_balancer"])]
    whole_project: bool,
    #[command(flatten)]
    fit: FitArgs,
    #[command(flatten)]
    location: LocationArgs,
    #[command(flatten)]
    wait: WaitArgs,
}

single!(
    Listener: String,
    "listener",
    "LISTENER",
    "Replace only on this listener (VServer)",
    optional,
    id
);

/// How long the bindings may take to show, where nothing is said of it.
const SHOW_LIMIT: Duration = Duration::from_secs(120);

const COMMAND: &str = "ulb replace";

/// Runs the command.
pub fn run(session: &Session<'_>, args: &ReplaceArgs) -> Result<Answer, Error> {
    if args.listener.given().is_none() && args.load_balancer.is_none() && !args.whole_project {
        return Err(Error::usage(
            "the scope is missing: where should the certificate be replaced?",
            "add --listener ID, --load-balancer ID or --whole-project: nothing was sent",
        ));
    }
    if matches!(&args.new, Given::Id(new) if new.id == args.old) {
        return Err(Error::usage(
            format!("--old and --new are the same certificate, {}", args.old),
            "use --new ID for the certificate to bind: nothing was sent",
        ));
    }
    if args.fit.no_preview && args.wait.wait.is_some() {
        return Err(Error::usage(
            "--wait needs to read, but --no-preview forbids reading",
            "remove one of the two options: nothing was sent",
        ));
    }
    let new = candidate(session, &args.new, &args.file)?;
    let settings = args.location.settle(session)?;
    let scope = Scope {
        location: location(&settings, None),
        load_balancer: args.load_balancer.as_deref(),
        listener: args.listener.given().map(String::as_str),
    };
    if session.globals.sends_nothing() {
        return Ok(planned(&settings, args, &new, scope));
    }
    // The question comes when it can be said what is touched.
    let question = args.listener.given().is_none().then(|| {
        let (old, new, scope) = (&args.old, &new.called, scope.in_words());
        Question::new(format!("replacing {old} with {new} on {scope}"))
    });
    if let Some(question) = &question {
        session.must_ask(question)?;
    }
    session.online(&ULB, &settings, async |client| {
        let mut replacement = Replacement {
            session,
            client,
            args,
            scope,
            question,
            new,
        };
        let rows = match args.fit.no_preview {
            true => replacement.unseen().await?,
            false => replacement.seen().await?,
        };
        Ok(concluded(COMMAND, rows, None, client))
    })
}

fn planned(settings: &Settings, args: &ReplaceArgs, new: &Candidate, scope: Scope<'_>) -> Answer {
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
    let row = scope.row(new, &Settled::default());
    Answer::planned(COMMAND, vec![row], requests)
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
        target_name(self.listener.and(self.load_balancer), self.innermost())
    }

    fn innermost(self) -> &'a str {
        self.listener
            .or(self.load_balancer)
            .or(self.location.project_id)
            .unwrap_or("default project")
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

    fn row(self, new: &Candidate, settled: &Settled) -> Row {
        let load_balancer = self.listener.and(self.load_balancer);
        let action = UpdateSSLBinding::ACTION;
        row_of(new, action, self.innermost(), load_balancer, settled)
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
    question: Option<Question>,
    new: Candidate,
}

impl Replacement<'_> {
    /// Without reading: the answer alone has to tell.
    async fn unseen(&mut self) -> Result<Vec<Row>, Error> {
        if let Some(question) = &self.question {
            self.session.ask(question, self.client).await?;
        }
        let settled = match self.new.ensure(self.client, self.scope.location).await {
            Ok(()) => {
                let call = Write::Replace(self.call());
                call.send(self.client, Patience::NONE, async || Ok(None))
                    .await
            }
            Err(failure) => Settled::failed(failure),
        };
        let settled = match settled.is_changed() {
            true => settled.with("accepted; not confirmed (--no-preview)"),
            false => settled,
        };
        Ok(vec![self.scope.row(&self.new, &settled)])
    }

    /// Reads both certificates, says what will be touched, replaces, and reads back.
    async fn seen(&mut self) -> Result<Vec<Row>, Error> {
        let location = self.scope.location;
        let old = look_up(self.client, location, &self.args.old).await;
        let old = old.map_err(|lack| lacking(location, &self.args.old, lack))?;
        let new = self.new.look(self.client, location).await;
        new.map_err(|lack| lacking(location, &self.new.called, lack))?;
        let affected = self.scope.of(&old.relations);
        if let Some(settled) = self.as_asked(&old, &affected) {
            return Ok(vec![self.scope.row(&self.new, &settled)]);
        }
        self.check(&old.certificate())?;
        if let Some(question) = self.question.take() {
            self.announce(&affected);
            let question = question.naming(affected.iter().map(Relation::to_string));
            self.session.ask(&question, self.client).await?;
        }
        let limit = self.args.wait.wait.unwrap_or(SHOW_LIMIT);
        let mut all = match self.new.ensure(self.client, location).await {
            Ok(()) => replace(self.client, self.call(), &affected, limit).await,
            Err(failure) => vec![Settled::failed(failure); affected.len()],
        };
        let mut current = Current::default();
        for (target, relation) in affected.iter().enumerate() {
            let as_default = if relation.is_default {
                " as the default certificate"
            } else {
                ""
            };
            current.put(target, format!("{}{as_default}", self.args.old));
        }
        current.tell(&mut all);
        let rows = affected.iter().zip(&all).map(|(relation, settled)| {
            let (listener, owner) = (&relation.listener_id, &relation.load_balancer_id);
            let action = UpdateSSLBinding::ACTION;
            row_of(&self.new, action, listener, Some(owner), settled)
        });
        Ok(rows.collect())
    }

    fn call(&self) -> UpdateSSLBinding<'_> {
        let new = self.new.id.as_deref().unwrap_or_default();
        self.scope.call(&self.args.old, new)
    }

    /// What is left to say where nothing is to be replaced.
    fn as_asked(&self, old: &Certificate, affected: &[Relation]) -> Option<Settled> {
        let (old, new) = (&old.ssl_id, &self.new.called);
        let note = match &self.new.id {
            Some(id) if id == old => format!("{new} is {old} itself"),
            Some(id) if affected.is_empty() && !self.scope.of(self.new.relations()).is_empty() => {
                format!("{id} is already bound here")
            }
            _ if affected.is_empty() => format!("{old} is not bound here"),
            _ => return None,
        };
        Some(Settled::unchanged().with(&note))
    }

    /// The new certificate must be valid and cover what the old one covers.
    fn check(&self, old: &cert::Certificate) -> Result<(), Error> {
        let new = (&self.new.known, self.new.called.as_str());
        check_date(new.0, new.1, self.client.now())?;
        if !self.new.is_file() {
            self.args.file.check_stored(new.0, new.1)?;
        }
        let Some(message) = lost_names((old, &self.args.old), new) else {
            return Ok(());
        };
        if self.args.fit.allow_name_mismatch {
            self.session.ui.warn(&message);
            return Ok(());
        }
        Err(Error::new(Kind::Certificate, message, NAMES_HINT))
    }

    /// Tells what is touched where nobody is asked about it.
    fn announce(&self, affected: &[Relation]) {
        if !self.session.globals.yes {
            return;
        }
        let say = |text: &str| self.session.ui.note(text);
        say(&format!(
            "{} is replaced with {} on {}:",
            self.args.old,
            self.new.called,
            counted(affected.len(), "listener")
        ));
        for relation in affected {
            let (owner, listener) = (&relation.load_balancer_id, &relation.listener_id);
            say(&match relation.is_default {
                true => format!("  {owner} / {listener} (default certificate)"),
                false => format!("  {owner} / {listener}"),
            });
        }
    }
}
