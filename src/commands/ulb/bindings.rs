//! `certctl ulb bind`, `unbind` and `set-default`: a certificate on listeners of a load balancer.
//!
//! CLB and ALB have actions of their own for it; of which family the load balancer is, reading
//! tells. Everything is read, and a file uploaded, before the first change. The changes go one after
//! the other: they are made to the same load balancer.

use std::ops::ControlFlow;

use clap::Args;

use super::location::LocationArgs;
use super::{candidate, lacking, row_of, target_name, unread};
use crate::commands::args::id;
use crate::commands::ask::Question;
use crate::commands::certificate::{FileArgs, FitArgs, Given, NAMES_HINT, check_date};
use crate::commands::targets::{self, Targets};
use crate::commands::wait::WaitArgs;
use crate::commands::{Session, concluded, counted};
use crate::config::Settings;
use crate::error::Error;
use crate::fault::Kind;
use crate::output::Answer;
use crate::products::ulb::{
    Candidate, Family, Lack, Listeners, SPEC, Target, Write, location, place, planned_listeners,
    stored_id,
};
use crate::products::{Bind, Current, Event, Place, Settled, Slot, StoreId, drive};
use crate::providers::ucloud::ulb::{Location, ULB};
use crate::transport::{Client, Failure, ends_run};

/// A VServer has a certificate already.
const OCCUPIED: &str = "63072";

/// The listeners that a command is about.
#[derive(Debug, Args)]
pub struct ListenerArgs {
    #[command(flatten)]
    listeners: Targets<targets::Listeners>,
    /// Load balancer of the listeners
    #[arg(long, value_name = "ID", value_parser = id)]
    load_balancer: String,
    #[command(flatten)]
    location: LocationArgs,
    #[command(flatten)]
    wait: WaitArgs,
}

/// The listeners, each once, and where they are.
struct At<'a> {
    args: &'a ListenerArgs,
    listeners: Vec<String>,
}

/// Bind a certificate to listeners: VServers of a CLB, or an ALB's for SNI
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ulb bind --cert ssl-new0001 --listener vserver-https4 --load-balancer ulb-sandbox2
  certctl ulb bind --cert ssl-idle001 --listener als-https1,als-https2 --load-balancer alb-sandbox1
  certctl ulb bind --cert ssl-idle001 --listener als-https1 --load-balancer alb-sandbox1 --wait=2m
  certctl ulb bind --cert fullchain.pem --key privkey.pem --listener vserver-https4 --load-balancer ulb-sandbox2")]
pub struct BindArgs {
    /// Certificate id, or a PEM file, which is uploaded first if it is not stored yet
    #[arg(long, value_name = "ID|FILE", value_parser = Given::of_ulb)]
    cert: Given,
    #[command(flatten)]
    file: FileArgs,
    #[command(flatten)]
    target: ListenerArgs,
    #[command(flatten)]
    fit: FitArgs,
}

/// Take a certificate from listeners
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ulb unbind --cert ssl-old0001 --listener vserver-https1 --load-balancer ulb-sandbox1 --yes
  certctl ulb unbind --cert ssl-old0001 --listener als-https2 --load-balancer alb-sandbox1 --yes")]
pub struct UnbindArgs {
    /// Certificate
    #[arg(long, value_name = "ID", value_parser = id)]
    cert: String,
    #[command(flatten)]
    target: ListenerArgs,
}

/// Set the default certificate of an ALB's listeners
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ulb set-default --cert ssl-new0001 --listener als-https1 --load-balancer alb-sandbox1
  certctl ulb set-default --cert ssl-new0001 --listener als-https1 --load-balancer alb-sandbox1 --wait
  certctl ulb set-default --cert fullchain.pem --key privkey.pem --listener als-https1 --load-balancer alb-sandbox1")]
pub struct SetDefaultArgs {
    /// Certificate id, or a PEM file, which is uploaded first if it is not stored yet
    #[arg(long, value_name = "ID|FILE", value_parser = Given::of_ulb)]
    cert: Given,
    #[command(flatten)]
    file: FileArgs,
    #[command(flatten)]
    target: ListenerArgs,
    #[command(flatten)]
    fit: FitArgs,
}

/// What is to become of a certificate on a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    /// It is bound there; to an ALB's listener besides the default one.
    Bind,
    /// It is not bound there.
    Unbind,
    /// It is the default one there (ALB).
    SetDefault,
}

/// Runs `ulb bind`.
pub fn bind(session: &Session<'_>, args: &BindArgs) -> Result<Answer, Error> {
    let Some(at) = args.target.at()? else {
        return Ok(Answer::no_targets(Change::Bind.command()));
    };
    let given = candidate(session, &args.cert, &args.file)?;
    let (file, fit) = (&args.file, args.fit);
    run(session, Change::Bind, given, &at, (file, fit), None)
}

/// Runs `ulb unbind`.
pub fn unbind(session: &Session<'_>, args: &UnbindArgs) -> Result<Answer, Error> {
    let Some(at) = args.target.at()? else {
        return Ok(Answer::no_targets(Change::Unbind.command()));
    };
    let deed = format!(
        "removing {} from {} of {}",
        args.cert,
        counted(at.listeners.len(), "listener"),
        args.target.load_balancer
    );
    let question = Question::new(deed).naming(at.listeners.iter().cloned());
    session.must_ask(&question)?;
    let given = Candidate::stored(&args.cert);
    let (file, fit) = (&FileArgs::default(), FitArgs::default());
    let asked = Some(&question);
    run(session, Change::Unbind, given, &at, (file, fit), asked)
}

/// Runs `ulb set-default`.
pub fn set_default(session: &Session<'_>, args: &SetDefaultArgs) -> Result<Answer, Error> {
    let Some(at) = args.target.at()? else {
        return Ok(Answer::no_targets(Change::SetDefault.command()));
    };
    let given = candidate(session, &args.cert, &args.file)?;
    let (file, fit) = (&args.file, args.fit);
    run(session, Change::SetDefault, given, &at, (file, fit), None)
}

impl ListenerArgs {
    /// The listeners, unless there are none and none are asked for.
    fn at(&self) -> Result<Option<At<'_>>, Error> {
        let phrase = |text: &str| id(text).map_err(|_| "is not an id".to_owned());
        let listeners = self.listeners.distinct(phrase, String::clone)?;
        let args = self;
        Ok((!listeners.is_empty()).then_some(At { args, listeners }))
    }
}

impl Change {
    /// The command that makes it.
    const fn command(self) -> &'static str {
        match self {
            Change::Bind => "ulb bind",
            Change::Unbind => "ulb unbind",
            Change::SetDefault => "ulb set-default",
        }
    }

    /// What it is made to: the listeners of a load balancer.
    fn places(self, family: Family, at: &At<'_>) -> Vec<Place> {
        let slot = match self {
            Change::SetDefault => Slot::Default,
            Change::Bind | Change::Unbind => family.slot(),
        };
        let owner = &at.args.load_balancer;
        let place = |listener: &String| place(owner, listener, slot.clone());
        at.listeners.iter().map(place).collect()
    }

    /// What becomes of the certificate at a place.
    fn bind<'a>(self, place: &'a Place, id: &'a StoreId) -> Bind<'a> {
        let (before, after) = match self {
            Change::Unbind => (Some(id), None),
            Change::Bind | Change::SetDefault => (None, Some(id)),
        };
        Bind {
            place,
            region: None,
            before,
            after,
        }
    }
}

fn run(
    session: &Session<'_>,
    change: Change,
    given: Candidate,
    at: &At<'_>,
    (file, fit): (&FileArgs, FitArgs),
    question: Option<&Question>,
) -> Result<Answer, Error> {
    let args = at.args;
    let settings = args.location.settle(session)?;
    let location = location(&settings, None);
    if session.globals.sends_nothing() {
        return Ok(planned(&settings, change, &given, at, fit));
    }
    session.online(&ULB, &settings, async |client| {
        if let Some(question) = question {
            session.ask(question, client).await?;
        }
        let mut run = Run {
            session,
            client,
            location,
            change,
            fit,
            given,
            load_balancer: &args.load_balancer,
            listeners: None,
        };
        if !fit.no_preview {
            run.look().await?;
        }
        let hinted = Family::hinted(&args.load_balancer);
        let family = run.listeners.as_ref().map_or(hinted, |read| read.family);
        let places = change.places(family, at);
        let mut all = run.judge(&places).await?;
        let is_open = all.iter().any(Settled::is_open);
        if is_open && change != Change::Unbind && !run.given.is_file() {
            file.check_stored(&run.given.known, &run.given.called)?;
        }
        let ended = match is_open {
            true => run.given.ensure(client, location).await.err(),
            false => None,
        };
        let id = run.given.store_id(location);
        let binds: Vec<Bind<'_>> = places.iter().map(|one| change.bind(one, &id)).collect();
        let ended = match ended {
            None => run.change(&binds, &mut all).await,
            Some(failure) => {
                let open = all.iter_mut().filter(|one| one.is_open());
                open.for_each(|one| *one = Settled::failed(failure.clone()));
                Some(failure)
            }
        };
        run.current(&places).tell(&mut all);
        let name = |at: usize| places[at].path.clone();
        session
            .confirm_binds(client, &args.wait, &SPEC, &binds, &mut all, name)
            .await;
        let row = |(bind, settled): (&Bind<'_>, &Settled)| {
            let action = write(location, *bind).action();
            let target = Target::of(bind.place);
            let owner = Some(target.load_balancer);
            row_of(&run.given, action, target.listener, owner, settled)
        };
        let rows = binds.iter().zip(&all).map(row).collect();
        Ok(concluded(change.command(), rows, ended.as_ref(), client))
    })
}

/// What would be sent to a load balancer of the family that its id hints at.
fn planned(
    settings: &Settings,
    change: Change,
    given: &Candidate,
    at: &At<'_>,
    fit: FitArgs,
) -> Answer {
    let location = location(settings, None);
    let load_balancer = at.args.load_balancer.as_str();
    let family = match change {
        Change::SetDefault => Family::Alb,
        Change::Bind | Change::Unbind => Family::hinted(load_balancer),
    };
    let name = |listener: &String| target_name(Some(load_balancer), listener);
    let targets: Vec<String> = at.listeners.iter().map(name).collect();
    let reads = !fit.no_preview;
    let (mut requests, ssl_id) = given.planned(settings, location, reads, &targets);
    if reads {
        let read = planned_listeners(settings, load_balancer, family, targets);
        // Everything is read before anything is uploaded.
        requests.insert(1, read);
    }
    let note = match reads {
        true => format!(
            "if {load_balancer} is a {family} (certctl reads the family before the \
                         change)"
        ),
        false => format!("as a {family}, judging by the id {load_balancer}"),
    };
    let id = stored_id(location, &ssl_id);
    let mut rows = Vec::new();
    for place in change.places(family, at) {
        let listener = Target::of(&place).listener;
        let call = write(location, change.bind(&place, &id));
        requests.push(call.plan(settings, vec![place.path.clone()]));
        let (action, settled) = (call.action(), Settled::default().with(&note));
        rows.push(row_of(
            given,
            action,
            listener,
            Some(load_balancer),
            &settled,
        ));
    }
    Answer::planned(change.command(), rows, requests)
}

fn write<'a>(location: Location<'a>, bind: Bind<'a>) -> Write<'a> {
    Write::of(location, bind).expect("a certificate comes or goes")
}

/// A change to listeners of one load balancer.
struct Run<'a> {
    session: &'a Session<'a>,
    client: &'a Client<'a>,
    location: Location<'a>,
    change: Change,
    fit: FitArgs,
    given: Candidate,
    load_balancer: &'a str,
    /// As they were read, if they were.
    listeners: Option<Listeners<'a>>,
}

impl Run<'_> {
    /// Reads the certificate and the listeners. Where names are not compared, that only serves to
    /// say what is so already, and what is not read does not keep the change from being made.
    async fn look(&mut self) -> Result<(), Error> {
        let mut passed_over: Option<Failure> = None;
        let dispensable = |failure: &Failure| self.fit.allow_name_mismatch && !ends_run(failure);
        match self.given.look(self.client, self.location).await {
            Ok(()) => {}
            // A file that is not looked for would be uploaded each time.
            Err(Lack::Unread(failure)) if !self.given.is_file() && dispensable(&failure) => {
                passed_over = Some(failure);
            }
            Err(lack) => return Err(lacking(self.location, &self.given.called, lack)),
        }
        if self.change != Change::Unbind {
            check_date(&self.given.known, &self.given.called, self.client.now())?;
        }
        match Listeners::read(self.client, self.location, self.load_balancer).await {
            Ok(Some(read)) => self.listeners = Some(read),
            Ok(None) => {
                return Err(Error::new(
                    Kind::NotFound,
                    format!(
                        "no load balancer {} with listeners in {}",
                        self.load_balancer, self.location.region
                    ),
                    "run `certctl ulb list`, and check --region and --project-id: nothing was \
                     changed",
                ));
            }
            Err(failure) if dispensable(&failure) => passed_over = Some(failure),
            Err(failure) => return Err(unread(failure)),
        }
        if let Some(failure) = passed_over {
            self.session.ui.note(&format!(
                "could not read the current state, so the change is sent: {}",
                failure.message
            ));
        }
        let family = self.listeners.as_ref().map(|read| read.family);
        if (self.change, family) == (Change::SetDefault, Some(Family::Clb)) {
            return Err(Error::new(
                Kind::Parameter,
                format!(
                    "{} is a CLB: a VServer has one certificate and no default certificate",
                    self.load_balancer
                ),
                "use `certctl ulb bind` for the first certificate, or `certctl ulb replace` for \
                 another one: nothing was changed",
            ));
        }
        Ok(())
    }

    /// Settles the listeners that nothing has to be sent for, or nothing may. Where what that takes
    /// cannot be read, nothing is changed at all.
    async fn judge(&mut self, places: &[Place]) -> Result<Vec<Settled>, Error> {
        let id = self.given.store_id(self.location);
        let names_hint = self.fit.checks().then_some(NAMES_HINT);
        let mut all = vec![Settled::default(); places.len()];
        let Some(listeners) = &mut self.listeners else {
            return Ok(all);
        };
        for (place, one) in places.iter().zip(&mut all) {
            let bind = self.change.bind(place, &id);
            let judged = listeners.judge(&bind, &self.given, names_hint).await;
            *one = judged.map_err(unread)?.unwrap_or_default();
        }
        Ok(all)
    }

    /// What the places have now, as far as that was read.
    fn current(&self, places: &[Place]) -> Current {
        let mut current = Current::default();
        let Some(listeners) = &self.listeners else {
            return current;
        };
        for (target, place) in places.iter().enumerate() {
            if let Some(bound) = listeners.bound(Target::of(place).listener) {
                current.put(target, bound);
            }
        }
        current
    }

    /// Makes the change to each listener that is not settled, until a failure holds for all that are
    /// left.
    async fn change(&self, binds: &[Bind<'_>], all: &mut [Settled]) -> Option<Failure> {
        let listener = |at: usize| Target::of(binds[at].place).listener;
        let mut progress = self.session.ui.progress(all.len());
        for one in all.iter().filter(|one| !one.is_open()) {
            progress.settle(1, usize::from(!one.is_as_asked()));
        }
        let report = |event: Event<'_>| {
            match event {
                Event::Sending(group) => group.iter().for_each(|at| self.name_twins(listener(*at))),
                Event::Settled(_, one) => progress.settle(1, usize::from(!one.is_as_asked())),
            }
            ControlFlow::Continue(())
        };
        let ended = drive(&SPEC, self.client.account(), binds, all, report).await;
        for (at, one) in all.iter_mut().enumerate() {
            let code = one.failure().and_then(|failure| failure.code.as_deref());
            let read = self.listeners.as_ref();
            let occupant = read.and_then(|read| read.occupant(listener(at)));
            if let (Some(OCCUPIED), Some(old)) = (code, occupant) {
                let hint = format!(
                    "replace the old certificate: {}",
                    self.replace_line(old, listener(at))
                );
                *one = std::mem::take(one).hinting(&hint);
            }
        }
        ended
    }

    /// Says which certificates stay bound to a listener beside this one, for names that it has too.
    fn name_twins(&self, listener: &str) {
        let twins = self.listeners.iter().flat_map(|read| &read.twins);
        for (_, old) in twins.filter(|(place, _)| place == listener) {
            self.session.ui.warn(&format!(
                "{listener} also has {old} for the same names; to replace it with {}: {}",
                self.given.id.as_deref().unwrap_or_default(),
                self.replace_line(old, listener)
            ));
        }
    }

    fn replace_line(&self, old: &str, listener: &str) -> String {
        format!(
            "`certctl ulb replace --old {old} --new {} --listener {listener} --load-balancer {}`",
            self.given.id.as_deref().unwrap_or_default(),
            self.load_balancer
        )
    }
}
