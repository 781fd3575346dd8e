//! `certctl ulb bind`, `unbind` and `set-default`: a certificate on listeners of a load balancer.
//!
//! CLB and ALB have actions of their own for it; of which family the load balancer is, reading
//! tells. Everything is read, and a file uploaded, before the first change. The changes go one after
//! the other: they are made to the same load balancer.

use std::collections::BTreeMap;

use clap::Args;

use super::given::{GivenCertificate, Unseen};
use super::location::{LocationArgs, location};
use super::place::Places;
use super::{settled, unread};
use crate::cloud::Cloud;
use crate::commands::args::id;
use crate::commands::certificate::{FileArgs, FitArgs, Given};
use crate::commands::wait::WaitArgs;
use crate::commands::{Session, concluded};
use crate::config::Settings;
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Row};
use crate::products::Seen;
use crate::products::ulb::change::{Change, Hold, Target, Write};
use crate::products::ulb::{Family, certificate, listeners};
use crate::products::{Reason, Settled, Store, StoreId};
use crate::providers::Operation;
use crate::providers::ucloud::ulb::{
    CreateSSL, DescribeListeners, DescribeVServer, Listener, Location, Part, ULB,
};
use crate::transport::{Client, Failure, ends_run, plan};

/// A VServer has a certificate already.
const OCCUPIED: &str = "63072";

/// The listeners that a command is about.
#[derive(Debug, Args)]
pub struct ListenerArgs {
    /// Listeners (VServers), comma-separated or repeated
    #[arg(long, value_name = "ID,…", required = true, value_delimiter = ',', value_parser = id)]
    listener: Vec<String>,
    /// Load balancer that they belong to
    #[arg(long, value_name = "ID", value_parser = id)]
    load_balancer: String,
    #[command(flatten)]
    location: LocationArgs,
    #[command(flatten)]
    wait: WaitArgs,
}

/// Bind a certificate to listeners: VServers of a CLB, or an ALB's for SNI
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ulb bind --cert ssl-new0001 --listener vserver-https4 --load-balancer ulb-sandbox2
  certctl ulb bind --cert ssl-idle001 --listener als-https1,als-https2 --load-balancer alb-sandbox1
  certctl ulb bind --cert ssl-idle001 --listener als-https1 --load-balancer alb-sandbox1 --wait=2m
  certctl ulb bind --cert fullchain.pem --key privkey.pem --listener vserver-https4 --load-balancer ulb-sandbox2")]
pub struct BindArgs {
    /// Certificate: its id, or a file, which is uploaded first unless it is there
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
    /// Certificate: its id, or a file, which is uploaded first unless it is there
    #[arg(long, value_name = "ID|FILE", value_parser = Given::of_ulb)]
    cert: Given,
    #[command(flatten)]
    file: FileArgs,
    #[command(flatten)]
    target: ListenerArgs,
    #[command(flatten)]
    fit: FitArgs,
}

/// Runs `ulb bind`.
pub fn bind(session: &Session<'_>, args: &BindArgs) -> Result<Answer, Error> {
    let given = GivenCertificate::read(session, &args.cert, &args.file)?;
    run(session, Change::Bind, given, &args.target, args.fit)
}

/// Runs `ulb unbind`.
pub fn unbind(session: &Session<'_>, args: &UnbindArgs) -> Result<Answer, Error> {
    let target = &args.target;
    session.consent(&format!(
        "taking {} from {} of {}",
        args.cert,
        target.listeners().join(", "),
        target.load_balancer
    ))?;
    let given = Given::Id(StoreId {
        store: Store::Ulb,
        id: args.cert.clone(),
        region: None,
    });
    let given = GivenCertificate::read(session, &given, &FileArgs::default())?;
    run(session, Change::Unbind, given, target, FitArgs::default())
}

/// Runs `ulb set-default`.
pub fn set_default(session: &Session<'_>, args: &SetDefaultArgs) -> Result<Answer, Error> {
    let given = GivenCertificate::read(session, &args.cert, &args.file)?;
    run(session, Change::SetDefault, given, &args.target, args.fit)
}

impl ListenerArgs {
    /// Each listener once, in the order in which they were given.
    fn listeners(&self) -> Vec<&str> {
        let mut listeners: Vec<&str> = Vec::new();
        for listener in &self.listener {
            if !listeners.contains(&listener.as_str()) {
                listeners.push(listener);
            }
        }
        listeners
    }
}

fn run(
    session: &Session<'_>,
    change: Change,
    given: GivenCertificate,
    args: &ListenerArgs,
    fit: FitArgs,
) -> Result<Answer, Error> {
    let settings = args.location.settle(session)?;
    let location = location(&settings);
    if session.globals.dry_run {
        return Ok(planned(&settings, change, &given, args, fit));
    }
    session.online(&ULB, &settings, async |client| {
        let mut run = Run {
            session,
            client,
            location,
            change,
            fit,
            given,
            load_balancer: &args.load_balancer,
            family: Family::hinted(&args.load_balancer),
            listeners: None,
            twins: Vec::new(),
        };
        if !fit.no_preview {
            run.look().await?;
        }
        let asked = args.listeners();
        let mut rows = run.judge(&asked).await?;
        let ended = run.change(&asked, &mut rows).await;
        let name = |target: usize| asked[target].to_owned();
        let see = async |targets: &[usize]| run.see(&asked, targets).await;
        session
            .confirm(client, &args.wait, &mut rows, name, see)
            .await;
        let rows = asked.iter().zip(&rows);
        let rows = rows.map(|(listener, settled)| run.row(listener, settled));
        let rows = rows.collect();
        Ok(concluded(command(change), rows, ended.as_ref(), client))
    })
}

/// What would be sent to a load balancer of the family that its id hints at.
fn planned(
    settings: &Settings,
    change: Change,
    given: &GivenCertificate,
    args: &ListenerArgs,
    fit: FitArgs,
) -> Answer {
    let location = location(settings);
    let load_balancer = args.load_balancer.as_str();
    let family = match change {
        Change::SetDefault => Family::Alb,
        Change::Bind | Change::Unbind => Family::hinted(load_balancer),
    };
    let asked = args.listeners();
    let targets: Vec<String> = asked.iter().map(|one| (*one).to_owned()).collect();
    let part = Part::FIRST;
    let (mut requests, ssl_id) = given.planned(settings, location, !fit.no_preview, &targets);
    let read = match family {
        _ if fit.no_preview => None,
        Family::Clb => {
            let read = DescribeVServer {
                location,
                ulb_id: load_balancer,
                part,
            };
            Some(plan(settings, &read, targets.clone()))
        }
        Family::Alb => {
            let read = DescribeListeners {
                location,
                load_balancer_id: load_balancer,
                part,
            };
            Some(plan(settings, &read, targets.clone()))
        }
    };
    // Everything is read before anything is uploaded.
    let reads = usize::from(!fit.no_preview);
    if let Some(read) = read {
        requests.insert(reads, read);
    }
    let mut rows = Vec::new();
    for listener in asked {
        let target = Target {
            load_balancer,
            listener,
        };
        let call = change.call(family, location, &ssl_id, target);
        requests.push(call.plan(settings, vec![listener.to_owned()]));
        let mut row = Row::new(Cloud::Ucloud, ULB.name, call.action(), listener);
        row.load_balancer = Some(load_balancer.to_owned());
        row.note = Some(match fit.no_preview {
            true => {
                format!("as a {family}, which is what the id {load_balancer} looks like").into()
            }
            false => format!("if {load_balancer} is a {family}, which reading tells").into(),
        });
        rows.push(row);
    }
    Answer::planned(command(change), rows, requests)
}

/// A change to listeners of one load balancer.
struct Run<'a> {
    session: &'a Session<'a>,
    client: &'a Client<'a>,
    location: Location<'a>,
    change: Change,
    fit: FitArgs,
    given: GivenCertificate,
    load_balancer: &'a str,
    family: Family,
    /// As they were read, if they were.
    listeners: Option<Vec<Listener>>,
    /// Listener and certificate, where that one stays bound for the same names.
    twins: Vec<(String, String)>,
}

impl Run<'_> {
    fn target<'p>(&'p self, listener: &'p str) -> Target<'p> {
        Target {
            load_balancer: self.load_balancer,
            listener,
        }
    }

    fn call<'p>(&'p self, listener: &'p str) -> Write<'p> {
        let ssl_id = self.given.id().unwrap_or_default();
        let target = self.target(listener);
        self.change.call(self.family, self.location, ssl_id, target)
    }

    fn row(&self, listener: &str, settled: &Settled) -> Row {
        // Where a file did not come into the store, there was nothing that could be bound.
        let uploaded = self.given.id().is_some();
        let action = match settled.failure() {
            Some(_) if !uploaded => CreateSSL::ACTION,
            _ => self.call(listener).action(),
        };
        let mut row = Row::new(Cloud::Ucloud, ULB.name, action, listener);
        row.load_balancer = Some(self.load_balancer.to_owned());
        if self.given.is_file() {
            row.certificate = self.given.id().map(str::to_owned);
        }
        row.of(settled)
    }

    /// Reads the certificate and the listeners. Where names are not compared, that only serves to
    /// say what is so already, and what is not read does not keep the change from being made.
    async fn look(&mut self) -> Result<(), Error> {
        let mut passed_over: Option<Failure> = None;
        let dispensable = |failure: &Failure| self.fit.allow_name_mismatch && !ends_run(failure);
        match self.given.look(self.client, self.location).await {
            Ok(()) => {}
            // A file that is not looked for would be uploaded each time.
            Err(Unseen::Unread(failure)) if !self.given.is_file() && dispensable(&failure) => {
                passed_over = Some(failure);
            }
            Err(unseen) => return Err(unseen.into()),
        }
        if self.change != Change::Unbind {
            self.given.check_date(self.client.now())?;
        }
        match listeners(self.client, self.location, self.load_balancer).await {
            Ok(Some((family, listeners))) => {
                self.family = family;
                self.listeners = Some(listeners);
            }
            Ok(None) => {
                return Err(Error::new(
                    Kind::NotFound,
                    format!(
                        "no load balancer {} with listeners in {}",
                        self.load_balancer, self.location.region
                    ),
                    "see `certctl ulb list`, and check --region and --project-id: nothing was changed",
                ));
            }
            Err(failure) if dispensable(&failure) => passed_over = Some(failure),
            Err(failure) => return Err(unread(failure)),
        }
        if let Some(failure) = passed_over {
            self.session.ui.note(&format!(
                "whether it is so already could not be read, and the change is sent: {}",
                failure.message
            ));
        }
        if (self.change, self.family) == (Change::SetDefault, Family::Clb)
            && self.listeners.is_some()
        {
            return Err(Error::new(
                Kind::Parameter,
                format!(
                    "{} is a CLB: its VServers have no default certificate, only one each",
                    self.load_balancer
                ),
                "use `certctl ulb bind` where there is none yet, and `certctl ulb replace` where there is: nothing was changed",
            ));
        }
        Ok(())
    }

    /// Settles the listeners that nothing has to be sent for, or nothing may. Where what that takes
    /// cannot be read, nothing is changed at all.
    async fn judge(&mut self, asked: &[&str]) -> Result<Vec<Settled>, Error> {
        let mut places = Places {
            session: self.session,
            client: self.client,
            location: self.location,
            load_balancer: self.load_balancer,
            read: BTreeMap::new(),
            twins: Vec::new(),
        };
        let mut rows = Vec::new();
        for listener in asked {
            let settled = self.judge_one(listener, &mut places).await;
            rows.push(settled.map_err(unread)?.unwrap_or_default());
        }
        self.twins = places.twins;
        Ok(rows)
    }

    async fn judge_one(
        &self,
        listener: &str,
        places: &mut Places<'_>,
    ) -> Result<Option<Settled>, Failure> {
        let load_balancer = self.load_balancer;
        let refused = |kind, why: String, hint: &str| {
            Ok(Some(Settled::refused(Reason::new(kind, why, hint))))
        };
        let Some(listeners) = &self.listeners else {
            return Ok(None);
        };
        let Some(found) = listeners.iter().find(|one| one.id == listener) else {
            let why = format!("{load_balancer} has no listener {listener}");
            let hint = "see `certctl ulb list`: nothing was sent for it";
            return refused(Kind::NotFound, why, hint);
        };
        // Where the two do not agree, one of them lags: bound is what either says is bound.
        let hold = match (self.given.hold(self.target(listener)), self.given.id()) {
            (Hold::No, Some(id)) => Hold::on(found, id),
            (hold, _) => hold,
        };
        let is_default = self.family == Family::Alb && hold == Hold::Default;
        if self.change.is_done(hold) {
            let settled = Settled::unchanged();
            return Ok(Some(match is_default && self.change == Change::Bind {
                true => settled.with("as its default certificate"),
                false => settled,
            }));
        }
        if !found.protocol.is_empty() && !found.is_https() {
            let why = format!(
                "{listener} is {}: only HTTPS has certificates",
                found.protocol
            );
            let hint = "give an HTTPS listener, see `certctl ulb list`: nothing was sent for it";
            return refused(Kind::Parameter, why, hint);
        }
        if self.change == Change::Unbind {
            let Some(id) = self.given.id().filter(|_| is_default) else {
                return Ok(None);
            };
            let why = format!(
                "{id} is the default certificate of {listener}, which cannot be taken away"
            );
            let hint = format!(
                "set another one: `certctl ulb set-default --cert ID --listener {listener} --load-balancer {load_balancer}`"
            );
            return refused(Kind::State, why, &hint);
        }
        if !self.fit.checks() {
            return Ok(None);
        }
        let misfit = match self.change {
            Change::SetDefault => places.lost_default(found, &self.given).await?,
            Change::Bind | Change::Unbind => places.misfit(found, self.family, &self.given).await?,
        };
        Ok(misfit.map(Settled::refused))
    }

    /// Brings the certificate into the store, and makes the change to each listener that is not
    /// settled, until a failure holds for all that are left.
    async fn change(&mut self, asked: &[&str], rows: &mut [Settled]) -> Option<Failure> {
        if !rows.iter().any(Settled::is_open) {
            return None;
        }
        let uploaded = self.given.ensure(self.session, self.client, self.location);
        if let Err(failure) = uploaded.await {
            let failed = Settled::failed(failure.clone());
            for row in rows.iter_mut().filter(|row| row.is_open()) {
                row.clone_from(&failed);
            }
            return Some(failure);
        }
        let mut progress = self.session.ui.progress(rows.len());
        for (listener, row) in asked.iter().zip(rows) {
            if row.is_open() {
                *row = self.change_one(listener).await;
            }
            progress.settle(1, usize::from(!row.is_as_asked()));
            if let Some(failure) = row.failure().filter(|failure| ends_run(failure)) {
                return Some(failure.clone());
            }
        }
        None
    }

    async fn change_one(&self, listener: &str) -> Settled {
        let id = self.given.id().unwrap_or_default();
        if self.change == Change::Bind {
            self.name_twins(listener);
        }
        let look = async || {
            let seen = certificate(self.client, self.location, id).await?;
            let hold = Hold::of(seen.as_ref(), self.target(listener));
            Ok(self.change.is_done(hold).then_some(()))
        };
        let settled = settled(self.call(listener).send(self.client, look).await);
        let code = settled
            .failure()
            .and_then(|failure| failure.code.as_deref());
        match (code, self.occupant(listener)) {
            (Some(OCCUPIED), Some(old)) => settled.hinting(&format!(
                "swap the two: {}",
                self.replace_line(old, listener)
            )),
            _ => settled,
        }
    }

    /// Says which certificates stay bound to a listener beside this one, for names that it has too.
    fn name_twins(&self, listener: &str) {
        let new = self.given.id().unwrap_or_default();
        for (_, old) in self.twins.iter().filter(|(place, _)| place == listener) {
            self.session.ui.warn(&format!(
                "{listener} has {old} for the same names; to put {new} in its place: {}",
                self.replace_line(old, listener)
            ));
        }
    }

    fn replace_line(&self, old: &str, listener: &str) -> String {
        format!(
            "`certctl ulb replace --old {old} --new {} --listener {listener} --load-balancer {}`",
            self.given.id().unwrap_or_default(),
            self.load_balancer
        )
    }

    /// The certificate that a listener has.
    fn occupant(&self, listener: &str) -> Option<&str> {
        let mut listeners = self.listeners.iter().flatten();
        let found = listeners.find(|one| one.id == listener)?;
        Some(found.certificates.first()?.ssl_id.as_str())
    }

    /// Whether reading shows the change by now.
    async fn see(&self, asked: &[&str], targets: &[usize]) -> Vec<(usize, Result<Seen, Failure>)> {
        let id = self.given.id().unwrap_or_default();
        let seen = certificate(self.client, self.location, id).await;
        let judge = |index: &usize| {
            let target = self.target(asked[*index]);
            let seen = match &seen {
                Ok(seen) if self.change.is_done(Hold::of(seen.as_ref(), target)) => {
                    Ok(Seen::Confirmed)
                }
                Ok(_) => Ok(Seen::Pending("reading does not show it yet".into())),
                Err(failure) => Err(failure.clone()),
            };
            (*index, seen)
        };
        targets.iter().map(judge).collect()
    }
}

/// The command that makes a change.
const fn command(change: Change) -> &'static str {
    match change {
        Change::Bind => "ulb bind",
        Change::Unbind => "ulb unbind",
        Change::SetDefault => "ulb set-default",
    }
}
