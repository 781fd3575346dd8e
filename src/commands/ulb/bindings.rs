//! `certctl ulb bind`, `unbind` and `set-default`: a certificate on listeners of a load balancer.
//!
//! CLB and ALB have actions of their own for it; of which family the load balancer is, reading
//! tells. The calls go one after the other: they change the same load balancer.

use std::rc::Rc;

use clap::Args;

use super::change::{Change, Hold, Target, Write};
use super::fit::{NAMES_HINT, check_date, lost_names};
use super::location::{LocationArgs, location};
use super::read::{Family, certificate, describe, listeners, needed_certificate};
use super::send::settle;
use super::{already, refuse};
use crate::cloud::Cloud;
use crate::commands::args::id;
use crate::commands::wait::{Seen, WaitArgs};
use crate::commands::{Session, concluded, counted, ends_run, fail_all};
use crate::config::Settings;
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Document, Row, RowError};
use crate::providers::ucloud::ulb::{
    Certificate, DescribeListeners, DescribeVServer, Listener, Location, Part, ULB,
};
use crate::transport::{Client, Failure, plan};

/// A VServer has a certificate already.
const OCCUPIED: &str = "63072";

/// A certificate and the listeners that it is about.
#[derive(Debug, Args)]
pub struct TargetArgs {
    /// Certificate
    #[arg(long, value_name = "ID", value_parser = id)]
    cert: String,
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
  certctl ulb bind --cert ssl-idle001 --listener als-https1 --load-balancer alb-sandbox1 --wait=2m")]
pub struct BindArgs {
    #[command(flatten)]
    target: TargetArgs,
}

/// Take a certificate from listeners
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ulb unbind --cert ssl-old0001 --listener vserver-https1 --load-balancer ulb-sandbox1 --yes
  certctl ulb unbind --cert ssl-old0001 --listener als-https2 --load-balancer alb-sandbox1 --yes")]
pub struct UnbindArgs {
    #[command(flatten)]
    target: TargetArgs,
}

/// Set the default certificate of an ALB's listeners
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ulb set-default --cert ssl-new0001 --listener als-https1 --load-balancer alb-sandbox1
  certctl ulb set-default --cert ssl-new0001 --listener als-https1 --load-balancer alb-sandbox1 --wait")]
pub struct SetDefaultArgs {
    #[command(flatten)]
    target: TargetArgs,
    /// Set it even if it lacks names of the default certificate so far
    #[arg(long)]
    allow_name_mismatch: bool,
}

/// Runs `ulb bind`.
pub fn bind(session: &Session<'_>, args: &BindArgs) -> Result<Answer, Error> {
    run(session, Change::Bind, &args.target)
}

/// Runs `ulb unbind`.
pub fn unbind(session: &Session<'_>, args: &UnbindArgs) -> Result<Answer, Error> {
    let TargetArgs {
        cert,
        load_balancer,
        ..
    } = &args.target;
    let listeners = counted(args.target.listeners().len(), "listener");
    session.consent(&format!(
        "taking {cert} from {listeners} of {load_balancer}"
    ))?;
    run(session, Change::Unbind, &args.target)
}

/// Runs `ulb set-default`.
pub fn set_default(session: &Session<'_>, args: &SetDefaultArgs) -> Result<Answer, Error> {
    let change = Change::SetDefault {
        any_names: args.allow_name_mismatch,
    };
    run(session, change, &args.target)
}

impl TargetArgs {
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

fn run(session: &Session<'_>, change: Change, args: &TargetArgs) -> Result<Answer, Error> {
    let settings = args.location.settle(session)?;
    let location = location(&settings);
    if session.globals.dry_run {
        return Ok(planned(&settings, change, args));
    }
    session.online(&ULB, &settings, async |client| {
        let certificate = needed_certificate(client, location, &args.cert).await?;
        if !matches!(change, Change::Unbind) {
            check_date(&certificate, client.now())?;
        }
        let (family, listeners) = listeners(client, location, &args.load_balancer).await?;
        if let (Change::SetDefault { .. }, Family::Clb) = (change, family) {
            return Err(Error::new(
                Kind::Parameter,
                format!(
                    "{} is a CLB: its VServers have no default certificate, only one each",
                    args.load_balancer
                ),
                "use `certctl ulb bind` where there is none yet, and `certctl ulb replace` where there is: nothing was changed",
            ));
        }
        let run = Run {
            session,
            client,
            location,
            change,
            family,
            certificate: &certificate,
            load_balancer: &args.load_balancer,
            listeners: &listeners,
        };
        let asked = args.listeners();
        let mut rows: Vec<Row> = asked.iter().map(|one| run.row(one)).collect();
        let ended = run.settle(&asked, &mut rows).await;
        let see = async |targets: &[usize]| run.see(&asked, targets).await;
        session.confirm(client, &args.wait, &mut rows, see).await;
        Ok(concluded(change.command(), rows, ended.as_ref(), client))
    })
}

/// What would be sent to a load balancer of the family that its id hints at.
fn planned(settings: &Settings, change: Change, args: &TargetArgs) -> Answer {
    let location = location(settings);
    let load_balancer = args.load_balancer.as_str();
    let family = match change {
        Change::SetDefault { .. } => Family::Alb,
        Change::Bind | Change::Unbind => Family::hinted(load_balancer),
    };
    let asked = args.listeners();
    let targets = || asked.iter().map(|one| (*one).to_owned()).collect();
    let part = Part::FIRST;
    let mut requests = vec![plan(settings, &describe(location, &args.cert), targets())];
    requests.push(match family {
        Family::Clb => {
            let read = DescribeVServer {
                location,
                ulb_id: load_balancer,
                part,
            };
            plan(settings, &read, targets())
        }
        Family::Alb => {
            let read = DescribeListeners {
                location,
                load_balancer_id: load_balancer,
                part,
            };
            plan(settings, &read, targets())
        }
    });
    let mut rows = Vec::new();
    for listener in asked {
        let target = Target {
            load_balancer,
            listener,
        };
        let call = change.call(family, location, &args.cert, target);
        requests.push(call.plan(settings, vec![listener.to_owned()]));
        let mut row = Row::new(Cloud::Ucloud, ULB.name, call.action(), listener);
        row.load_balancer = Some(load_balancer.to_owned());
        row.note = Some(format!("if {load_balancer} is a {family}, which reading tells").into());
        rows.push(row);
    }
    Answer::Targets(Document::planned(change.command(), rows, requests))
}

/// A change to listeners of one load balancer.
struct Run<'a> {
    session: &'a Session<'a>,
    client: &'a Client<'a>,
    location: Location<'a>,
    change: Change,
    family: Family,
    certificate: &'a Certificate,
    load_balancer: &'a str,
    listeners: &'a [Listener],
}

impl Run<'_> {
    fn target<'p>(&'p self, listener: &'p str) -> Target<'p> {
        Target {
            load_balancer: self.load_balancer,
            listener,
        }
    }

    fn call<'p>(&'p self, listener: &'p str) -> Write<'p> {
        let ssl_id = &self.certificate.ssl_id;
        let target = self.target(listener);
        self.change.call(self.family, self.location, ssl_id, target)
    }

    fn row(&self, listener: &str) -> Row {
        let action = self.call(listener).action();
        let mut row = Row::new(Cloud::Ucloud, ULB.name, action, listener);
        row.load_balancer = Some(self.load_balancer.to_owned());
        row
    }

    /// Settles each listener, until a failure holds for all that are left.
    async fn settle(&self, asked: &[&str], rows: &mut [Row]) -> Option<Failure> {
        let mut progress = self.session.ui.progress(rows.len());
        for (listener, row) in asked.iter().zip(rows) {
            let failure = match self.is_settled(listener, row).await {
                Ok(true) => None,
                Ok(false) => self.change(listener, row).await,
                Err(failure) => {
                    fail_all([&mut *row], &failure);
                    Some(failure)
                }
            };
            progress.settle(1, usize::from(!row.status.is_as_asked()));
            if let Some(failure) = failure.filter(ends_run) {
                return Some(failure);
            }
        }
        None
    }

    /// Settles a listener that nothing has to be sent for, or nothing may.
    async fn is_settled(&self, listener: &str, row: &mut Row) -> Result<bool, Failure> {
        let load_balancer = self.load_balancer;
        let Some(found) = self.listeners.iter().find(|one| one.id == listener) else {
            let why = format!("{load_balancer} has no listener {listener}");
            let hint = "see `certctl ulb list`: nothing was sent for it";
            refuse(row, Error::new(Kind::NotFound, why, hint));
            return Ok(true);
        };
        // Where the two do not agree, one of them lags: bound is what either says is bound.
        let hold = match Hold::of(Some(self.certificate), self.target(listener)) {
            Hold::No => Hold::on(found, &self.certificate.ssl_id),
            hold => hold,
        };
        let is_default = self.family == Family::Alb && hold == Hold::Default;
        if self.change.is_done(hold) {
            already(row);
            if is_default && matches!(self.change, Change::Bind) {
                row.note = Some("as its default certificate".into());
            }
            return Ok(true);
        }
        if !found.protocol.is_empty() && !found.is_https() {
            let why = format!(
                "{listener} is {}: only HTTPS has certificates",
                found.protocol
            );
            let hint = "give an HTTPS listener, see `certctl ulb list`: nothing was sent for it";
            refuse(row, Error::new(Kind::Parameter, why, hint));
            return Ok(true);
        }
        match self.change {
            Change::Unbind if is_default => {
                let ssl_id = &self.certificate.ssl_id;
                let why = format!(
                    "{ssl_id} is the default certificate of {listener}, which cannot be taken away"
                );
                let hint = format!(
                    "set another one: `certctl ulb set-default --cert ID --listener {listener} --load-balancer {load_balancer}`"
                );
                refuse(row, Error::new(Kind::State, why, hint));
                Ok(true)
            }
            Change::SetDefault { any_names } => self.loses_names(found, any_names, row).await,
            Change::Bind => {
                self.name_twin(found).await;
                Ok(false)
            }
            Change::Unbind => Ok(false),
        }
    }

    /// Says where a listener has another certificate for the same names, which stays beside the new
    /// one: most often that was to be replaced.
    async fn name_twin(&self, listener: &Listener) {
        let sorted = |certificate: &Certificate| {
            let names = certificate.names().into_iter();
            let mut names: Vec<String> = names.map(|name| name.to_ascii_lowercase()).collect();
            names.sort_unstable();
            names
        };
        let (new, own) = (&self.certificate.ssl_id, sorted(self.certificate));
        let others = listener.certificates.iter().map(|one| &one.ssl_id);
        for old in others.filter(|old| *old != new) {
            // What cannot be read stops nothing.
            let Ok(Some(other)) = certificate(self.client, self.location, old).await else {
                continue;
            };
            if !own.is_empty() && sorted(&other) == own {
                let (listener, load_balancer) = (&listener.id, self.load_balancer);
                self.session.ui.warn(&format!(
                    "{listener} has {old} for the same names; to put {new} in its place: `certctl \
                     ulb replace --old {old} --new {new} --listener {listener} --load-balancer \
                     {load_balancer}`"
                ));
            }
        }
    }

    /// Refuses to take the place of a default certificate whose names would be lost.
    async fn loses_names(
        &self,
        listener: &Listener,
        any_names: bool,
        row: &mut Row,
    ) -> Result<bool, Failure> {
        let mut certificates = listener.certificates.iter();
        let default = certificates.find(|one| one.is_default == Some(true));
        let Some(default) = default.filter(|one| one.ssl_id != self.certificate.ssl_id) else {
            return Ok(false);
        };
        let old = certificate(self.client, self.location, &default.ssl_id).await?;
        let lost = old.and_then(|old| lost_names(&old, self.certificate));
        match lost {
            Some(lost) if any_names => {
                self.session.ui.warn(&format!("{}: {lost}", listener.id));
                Ok(false)
            }
            Some(lost) => {
                refuse(row, Error::new(Kind::Certificate, lost, NAMES_HINT));
                Ok(true)
            }
            None => Ok(false),
        }
    }

    async fn change(&self, listener: &str, row: &mut Row) -> Option<Failure> {
        let look = async || {
            let seen = certificate(self.client, self.location, &self.certificate.ssl_id).await?;
            let hold = Hold::of(seen.as_ref(), self.target(listener));
            Ok(self.change.is_done(hold).then_some(()))
        };
        let sent = self.call(listener).send(self.client, look).await;
        let failure = settle(row, sent)?;
        if failure.code.as_deref() == Some(OCCUPIED) {
            self.name_occupant(listener, row);
        }
        Some(failure)
    }

    /// Says which certificate is in the way, and how to put the new one in its place.
    fn name_occupant(&self, listener: &str, row: &mut Row) {
        let found = self.listeners.iter().find(|one| one.id == listener);
        let occupant = found.and_then(|one| one.certificates.first());
        if let (Some(occupant), Some(error)) = (occupant, &row.error) {
            let (old, new) = (&occupant.ssl_id, &self.certificate.ssl_id);
            let load_balancer = self.load_balancer;
            row.error = Some(Rc::new(RowError {
                hint: format!(
                    "swap the two: `certctl ulb replace --old {old} --new {new} --listener {listener} --load-balancer {load_balancer}`"
                ),
                ..RowError::clone(error)
            }));
        }
    }

    /// Whether reading shows the change by now.
    async fn see(&self, asked: &[&str], targets: &[usize]) -> Vec<(usize, Result<Seen, Failure>)> {
        let seen = certificate(self.client, self.location, &self.certificate.ssl_id).await;
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
