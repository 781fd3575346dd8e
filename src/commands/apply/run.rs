//! Making a plan so: uploads first, of each product and account one place that is looked at before the
//! rest, then the rest side by side, then a look at all of them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::{ControlFlow, Range};
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::join_all;

use crate::cert::Bundle;
use crate::commands::Session;
use crate::commands::wait::WaitArgs;
use crate::commands::wanted::{Asked, Planned};
use crate::deploy::{Change, Upload, there};
use crate::fault::Kind;
use crate::products::{
    Bind, Event, Outcome, ProductSpec, Reason, Settled, StoreId, drive, spec_of, store_of,
};
use crate::transport::{Account, Client, Failure};
use crate::ui::Progress;

/// So many outcomes in a row that are not known, or failures that are not about their place, stop an
/// account.
const IN_A_ROW: usize = 3;

/// A plan that is made so.
pub struct Run<'r> {
    pub session: &'r Session<'r>,
    /// Any of the accounts: for waiting, and for signals.
    pub client: &'r Client<'r>,
    pub accounts: &'r [Result<Rc<Account<'r>>, Failure>],
    /// The files of each certificate.
    pub bundles: &'r [Option<Bundle>],
    pub planned: &'r Planned,
    /// Whether what stops an account does not.
    pub keep_going: bool,
    /// How long a change may take to be shown.
    pub limit: Duration,
}

/// What became of each change.
pub struct Made {
    pub settled: Vec<Settled>,
    /// The certificate that came, where one did.
    pub afters: Vec<Option<StoreId>>,
    /// Why the rest was not sent, where something stopped it.
    pub stopped: Option<Kind>,
}

/// The changes of a product in an account, in their order.
struct Lane {
    account: usize,
    spec: &'static ProductSpec,
    /// Their numbers, ascending.
    changes: Vec<usize>,
    settled: Vec<Settled>,
    /// The first that is not begun.
    next: usize,
    stop: Option<Stop>,
}

/// Why no more is sent.
#[derive(Clone)]
struct Stop {
    kind: Kind,
    why: String,
    /// Whether it holds for every account.
    everywhere: bool,
}

impl Run<'_> {
    /// Makes the changes.
    pub async fn make(&self) -> Made {
        let changes = &self.planned.plan.changes;
        let uploaded = self.upload().await;
        let mut afters = Vec::with_capacity(changes.len());
        let mut lanes: Vec<Lane> = Vec::new();
        for (at, change) in changes.iter().enumerate() {
            let (after, settled) = match self.after(change, &uploaded) {
                Ok(id) => (id, Settled::default()),
                Err(reason) => (None, Settled::refused(reason)),
            };
            afters.push(after);
            let account = change.target.at.0;
            let binding = self.planned.world.binding(change.target.at);
            let spec = spec_of(binding.place.product);
            let is_of = |lane: &&mut Lane| (lane.account, lane.spec.word) == (account, spec.word);
            let lane = match lanes.iter_mut().find(is_of) {
                Some(lane) => lane,
                None => {
                    lanes.push(Lane {
                        account,
                        spec,
                        changes: Vec::new(),
                        settled: Vec::new(),
                        next: 0,
                        stop: None,
                    });
                    lanes.last_mut().expect("it was put there")
                }
            };
            lane.changes.push(at);
            lane.settled.push(settled);
        }
        let binds: Vec<Bind<'_>> = changes
            .iter()
            .zip(&afters)
            .map(|one| self.bind(one))
            .collect();
        let progress = RefCell::new(self.session.ui.progress(changes.len()));
        let (binds, progress) = (&binds, &progress);
        join_all(
            lanes
                .iter_mut()
                .map(|lane| self.begin(lane, binds, progress)),
        )
        .await;
        let mut stops = lanes.iter().filter_map(|lane| lane.stop.as_ref());
        let everywhere = stops.find(|stop| stop.everywhere).cloned();
        join_all(lanes.iter_mut().map(async |lane| {
            lane.stop = lane.stop.take().or_else(|| everywhere.clone());
            if lane.stop.is_none() {
                self.drive(lane, lane.next..lane.changes.len(), binds, progress)
                    .await;
            }
        }))
        .await;
        let mut made = Made {
            settled: vec![Settled::default(); changes.len()],
            afters: Vec::new(),
            stopped: None,
        };
        for lane in &mut lanes {
            made.stopped = made.stopped.or(lane.stop.as_ref().map(|stop| stop.kind));
            for (at, settled) in lane.changes.iter().zip(lane.settled.drain(..)) {
                let note = lane.stop.as_ref().filter(|_| settled.is_open());
                made.settled[*at] = match note {
                    Some(stop) => settled.with(&format!("not sent: {}", stop.why)),
                    None => settled,
                };
            }
        }
        self.confirm(&lanes, binds, &mut made.settled).await;
        made.afters = afters;
        made
    }

    /// Uploads what is in no store yet, each once. What is not as it should be concerns the places that
    /// need it.
    async fn upload(&self) -> HashMap<&Upload, Result<StoreId, Reason>> {
        let uploads = self.planned.plan.uploads.iter();
        let put = uploads.map(async |upload| {
            let shelf = &upload.shelf;
            let bundle = self.bundles[upload.certificate].as_ref();
            let put = match (&self.accounts[shelf.account], bundle) {
                (Ok(account), Some(bundle)) => {
                    let region = shelf.region.as_deref();
                    (store_of(shelf.store).put)(account, bundle, region).await
                }
                (Err(failure), _) => Err(Settled::failed(failure.clone())),
                (_, None) => Err(Settled::default()),
            };
            let id = put.map(|stored| stored.id);
            (upload, id.map_err(|settled| not_uploaded(&settled, upload)))
        });
        join_all(put).await.into_iter().collect()
    }

    /// The certificate that comes with a change.
    fn after(
        &self,
        change: &Change,
        uploaded: &HashMap<&Upload, Result<StoreId, Reason>>,
    ) -> Result<Option<StoreId>, Reason> {
        let Some(shelf) = &change.after else {
            return Ok(None);
        };
        let upload = Upload {
            certificate: change.target.certificate,
            shelf: shelf.clone(),
        };
        let there = there(&self.planned.wanted, &self.planned.shelved, &upload);
        match (there, uploaded.get(&upload)) {
            (Some(id), _) => Ok(Some(id.clone())),
            (None, Some(id)) => id.clone().map(Some),
            (None, None) => Err(Reason::new(
                Kind::Bug,
                "its certificate was not uploaded",
                Kind::Bug.hint(),
            )),
        }
    }

    fn bind<'b>(&'b self, (change, after): (&'b Change, &'b Option<StoreId>)) -> Bind<'b> {
        let binding = self.planned.world.binding(change.target.at);
        Bind {
            place: &binding.place,
            region: binding.region.as_deref(),
            before: change.before.as_ref(),
            after: after.as_ref(),
        }
    }

    /// Changes places of a lane one by one until one shows the change: what is wrong with the certificate
    /// or the product shows there, before it is everywhere.
    async fn begin(&self, lane: &mut Lane, binds: &[Bind<'_>], progress: &RefCell<Progress>) {
        while lane.next < lane.changes.len() && lane.stop.is_none() {
            let at = lane.next;
            lane.next += 1;
            if !lane.settled[at].is_open() {
                continue;
            }
            self.drive(lane, at..at + 1, binds, progress).await;
            let place = binds[lane.changes[at]].place.to_string();
            if lane.settled[at].is_changed()
                && let Ok(account) = &self.accounts[lane.account]
                && let Ok(client) = account.client(lane.spec.service)
            {
                let bind = [binds[lane.changes[at]]];
                let mut canary = [std::mem::take(&mut lane.settled[at])];
                let (wait, name) = (self.wait(), |_| place.clone());
                let confirmed =
                    self.session
                        .confirm_binds(&client, &wait, lane.spec, &bind, &mut canary, name);
                confirmed.await;
                [lane.settled[at]] = canary;
            }
            let one = &lane.settled[at];
            match &one.outcome {
                Outcome::Changed { .. } => return,
                Outcome::Unchanged => continue,
                _ if is_of_place(one) || self.keep_going => continue,
                _ => {}
            }
            lane.stop = lane.stop.take().or_else(|| {
                let (kind, why) = why_not(one);
                Some(Stop {
                    kind,
                    why: format!("{place}, the first one, is not as asked: {why}"),
                    everywhere: one.failure().is_none() || one.is_unknown(),
                })
            });
        }
    }

    fn wait(&self) -> WaitArgs {
        WaitArgs {
            wait: Some(self.limit),
        }
    }

    /// Makes some changes of a lane.
    async fn drive(
        &self,
        lane: &mut Lane,
        range: Range<usize>,
        binds: &[Bind<'_>],
        progress: &RefCell<Progress>,
    ) {
        let account = match &self.accounts[lane.account] {
            Ok(account) => account,
            Err(failure) => {
                lane.stop = Some(Stop::of(failure));
                return;
            }
        };
        let chosen: Vec<Bind<'_>> = lane.changes[range.clone()]
            .iter()
            .map(|at| binds[*at])
            .collect();
        let mut in_a_row = 0;
        let mut stop = None;
        let report = |event: Event<'_>| {
            let Event::Settled(_, one) = event else {
                return ControlFlow::Continue(());
            };
            progress
                .borrow_mut()
                .settle(1, usize::from(!one.is_as_asked()));
            in_a_row = match one.is_as_asked() || is_of_place(one) {
                true => 0,
                false => in_a_row + 1,
            };
            if in_a_row < IN_A_ROW || self.keep_going {
                return ControlFlow::Continue(());
            }
            stop = Some(Stop {
                kind: why_not(one).0,
                why: format!("{IN_A_ROW} changes in a row failed or are unknown"),
                everywhere: false,
            });
            ControlFlow::Break(())
        };
        let settled = &mut lane.settled[range];
        let ended = drive(lane.spec, account, &chosen, settled, report).await;
        lane.stop = ended.as_ref().map(Stop::of).or(stop);
    }

    /// Looks at all that was changed until it is shown.
    async fn confirm(&self, lanes: &[Lane], binds: &[Bind<'_>], settled: &mut [Settled]) {
        let mut unseen: Vec<Settled> = Vec::new();
        let mut at_of: Vec<usize> = Vec::new();
        for (at, one) in settled.iter_mut().enumerate() {
            if matches!(one.outcome, Outcome::Changed { confirmed: false }) {
                at_of.push(at);
                unseen.push(std::mem::take(one));
            }
        }
        let see = async |targets: &[usize]| {
            let looks = lanes.iter().filter_map(|lane| {
                let of: Vec<usize> = targets
                    .iter()
                    .copied()
                    .filter(|target| lane.changes.binary_search(&at_of[*target]).is_ok())
                    .collect();
                let account = self.accounts[lane.account].as_ref().ok()?;
                let chosen: Vec<Bind<'_>> = of.iter().map(|target| binds[at_of[*target]]).collect();
                Some(async move {
                    let seen = (lane.spec.look)(account, &chosen).await;
                    of.into_iter().zip(seen).collect::<Vec<_>>()
                })
            });
            join_all(looks).await.into_iter().flatten().collect()
        };
        let wait = self.wait();
        let name = |target: usize| binds[at_of[target]].place.to_string();
        self.session
            .confirm(self.client, &wait, &mut unseen, name, see)
            .await;
        for (at, one) in at_of.iter().zip(unseen) {
            settled[*at] = one;
        }
    }

    /// Plans again: a place whose outcome is not known may be seen to serve the certificate, and one that
    /// was changed may have been changed again by somebody else.
    pub async fn verified(&self, asked: &Asked, mut made: Made) -> Made {
        let was_sent =
            |one: &Settled| !one.is_open() && !matches!(one.outcome, Outcome::Refused(_));
        if self.client.halt().is_some() || !made.settled.iter().any(was_sent) {
            return made;
        }
        let now = match asked.planned(self.accounts).await {
            Ok(now) => now,
            Err(error) => {
                let why = format!("could not look at the places again: {}", error.message);
                self.session.ui.warn(&why);
                return made;
            }
        };
        let (as_wanted, open) = (now.as_wanted(), now.changes());
        let changes = self.planned.plan.changes.iter();
        for (change, one) in changes.zip(&mut made.settled) {
            let key = self.planned.key(change.target.at);
            let is_as_wanted = as_wanted.contains(&key);
            if is_as_wanted && (one.is_unknown() || one.failure().is_some_and(was_tried)) {
                *one = Settled::read_back();
            }
            if !is_as_wanted && one.is_changed() && open.contains_key(&key) {
                let reason = Reason::new(
                    Kind::Moved,
                    "it was changed, and serves another certificate again",
                    "see who else changes it; `certctl plan` shows what it serves",
                );
                *one = Settled::from(Outcome::Refuted(reason));
            }
        }
        made
    }
}

impl Stop {
    fn of(failure: &Failure) -> Self {
        Stop {
            kind: failure.kind,
            why: failure.in_words(),
            everywhere: matches!(failure.kind, Kind::Interrupted | Kind::Deadline),
        }
    }
}

fn was_tried(failure: &Failure) -> bool {
    !failure.never_tried()
}

/// Whether a failure is about its place alone, so that others may well be changed.
fn is_of_place(one: &Settled) -> bool {
    match &one.outcome {
        Outcome::Refused(_) | Outcome::Left(_) => true,
        Outcome::Failed(failure) => matches!(
            failure.kind,
            Kind::NotFound | Kind::State | Kind::Conflict | Kind::Busy
        ),
        _ => false,
    }
}

/// Why something is not as asked, in words.
fn why_not(settled: &Settled) -> (Kind, String) {
    match &settled.outcome {
        Outcome::Failed(failure) => (failure.kind, failure.in_words()),
        Outcome::Refused(reason) | Outcome::Refuted(reason) | Outcome::Left(reason) => {
            (reason.kind, reason.message.clone())
        }
        _ => {
            let note = settled.note.as_deref().unwrap_or("the outcome is unknown");
            (Kind::NoAnswer, note.to_owned())
        }
    }
}

/// Why the places of an upload cannot be changed.
fn not_uploaded(settled: &Settled, upload: &Upload) -> Reason {
    let store = upload.shelf.store.as_str();
    let (kind, why) = why_not(settled);
    let hint = match settled.failure() {
        Some(failure) if !settled.is_unknown() => failure.hint,
        _ => "run the command again: it looks for the certificate first",
    };
    let message = format!("its certificate did not come into the {store} store: {why}");
    Reason::new(kind, message, hint)
}
