//! `--wait`: a change counts once reading shows it.

use std::time::{Duration, Instant};

use clap::Args;

use super::args;
use super::{Session, concluded};
use crate::fault::Kind;
use crate::output::{Answer, Row};
use crate::products::{Bind, Outcome, ProductSpec, Reason, Seen, Settled};
use crate::transport::{Boxed, Client, Failure, Halt, ends_run};

/// The first pause between two looks; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// The longest pause between two looks.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

const UNREADABLE: &str = "it cannot be read back";
const LATE_BY_SIGNAL: &str = "not confirmed when interrupted";
const LATE_BY_DEADLINE: &str = "not confirmed when the deadline ran out";

/// How many targets are named while they are waited for.
const NAMED: usize = 3;

/// For every command that changes something.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct WaitArgs {
    /// Wait until each change is confirmed, at most DURATION [default: 5m]
    #[arg(long, value_name = "DURATION", num_args = 0..=1, require_equals = true,
          default_missing_value = "5m", value_parser = args::wait)]
    pub wait: Option<Duration>,
}

/// How waiting for a target ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Reading shows it as asked.
    Confirmed,
    /// The cloud took the change and did not carry it out; this is why.
    Refuted(Kind, String),
    /// It was not seen in time; this is why.
    Late(String),
}

/// Looks at targets.
type Look<'l> = dyn Fn(Vec<usize>) -> Boxed<'l, Vec<(usize, Result<Seen, Failure>)>> + 'l;

impl Session<'_> {
    /// Looks at the targets that were changed, side by side, until each is confirmed. What is not
    /// confirmed when time runs out or the run ends becomes unknown, with what was seen last.
    /// `name` is for people.
    pub async fn confirm(
        &self,
        client: &Client<'_>,
        wait: &WaitArgs,
        settled: &mut [Settled],
        name: impl Fn(usize) -> String,
        see: impl AsyncFn(&[usize]) -> Vec<(usize, Result<Seen, Failure>)>,
    ) {
        let Some(limit) = wait.wait else { return };
        let changed = (0..settled.len()).filter(|target| settled[*target].is_changed());
        let pending = changed.map(|target| (target, name(target))).collect();
        for (target, verdict) in self.verdicts(client, limit, pending, see).await {
            let settled = &mut settled[target];
            match verdict {
                Verdict::Confirmed => settled.outcome = Outcome::Changed { confirmed: true },
                Verdict::Refuted(kind, why) => {
                    let reason = Reason::new(kind, why, kind.hint());
                    settled.outcome = Outcome::Refuted(reason);
                    settled.note = None;
                }
                Verdict::Late(why) => {
                    settled.outcome = Outcome::Unknown;
                    settled.note = Some(format!("accepted, {why}").into());
                }
            }
        }
    }

    /// [`Session::confirm`] of changes to places of a product.
    pub async fn confirm_binds(
        &self,
        client: &Client<'_>,
        wait: &WaitArgs,
        spec: &ProductSpec,
        binds: &[Bind<'_>],
        settled: &mut [Settled],
        name: impl Fn(usize) -> String,
    ) {
        let see = async |targets: &[usize]| {
            let binds: Vec<Bind<'_>> = targets.iter().map(|at| binds[*at]).collect();
            let seen = (spec.look)(client.account(), &binds).await;
            targets.iter().copied().zip(seen).collect()
        };
        self.confirm(client, wait, settled, name, see).await;
    }

    /// [`Session::confirm`] of one target; what became of it.
    pub async fn confirm_one(
        &self,
        client: &Client<'_>,
        wait: &WaitArgs,
        settled: Settled,
        name: &str,
        see: impl AsyncFn() -> Result<Seen, Failure>,
    ) -> Settled {
        let mut all = [settled];
        let name = |_| name.to_owned();
        let see = async |targets: &[usize]| {
            let mut seen = Vec::with_capacity(targets.len());
            for target in targets {
                seen.push((*target, see().await));
            }
            seen
        };
        self.confirm(client, wait, &mut all, name, see).await;
        let [settled] = all;
        settled
    }

    /// The answer of a command with one target, once it is as asked, where that is waited for.
    pub async fn conclude_one(
        &self,
        client: &Client<'_>,
        command: &'static str,
        wait: &WaitArgs,
        (row, settled): (Row, Settled),
        see: impl AsyncFn() -> Result<Seen, Failure>,
    ) -> Answer {
        let settled = self
            .confirm_one(client, wait, settled, &row.target, see)
            .await;
        let ended = settled.failure().filter(|failure| ends_run(failure));
        concluded(command, vec![row.of(&settled)], ended, client)
    }

    /// Looks at targets until each is as asked, time runs out or the run ends; says how it ended for
    /// each of them.
    pub async fn verdicts(
        &self,
        client: &Client<'_>,
        limit: Duration,
        targets: Vec<(usize, String)>,
        see: impl AsyncFn(&[usize]) -> Vec<(usize, Result<Seen, Failure>)>,
    ) -> Vec<(usize, Verdict)> {
        let see = &see;
        let look =
            |targets: Vec<usize>| -> Boxed<'_, _> { Box::pin(async move { see(&targets).await }) };
        self.keep_looking(client, limit, targets, &look).await
    }

    async fn keep_looking<'l>(
        &self,
        client: &Client<'_>,
        limit: Duration,
        targets: Vec<(usize, String)>,
        look: &Look<'l>,
    ) -> Vec<(usize, Verdict)> {
        let started = Instant::now();
        let too_late = format!("not confirmed within {} s", limit.as_secs());
        let mut pending: Vec<Pending> = targets
            .into_iter()
            .map(|(target, name)| Pending {
                target,
                name,
                seen: String::from("not checked yet"),
            })
            .collect();
        let mut verdicts: Vec<(usize, Verdict)> = Vec::with_capacity(pending.len());
        let mut confirmed = 0;
        let mut progress = self.ui.progress(pending.len());
        let mut pause = FIRST_PAUSE;
        while !pending.is_empty() {
            let targets: Vec<usize> = pending.iter().map(|one| one.target).collect();
            let mut ended = None;
            for (target, seen) in look(targets).await {
                let Some(at) = pending.iter().position(|one| one.target == target) else {
                    continue;
                };
                let verdict = match seen {
                    Ok(Seen::Confirmed) => {
                        confirmed += 1;
                        Verdict::Confirmed
                    }
                    Ok(Seen::Failed(why)) => Verdict::Refuted(Kind::State, why),
                    Ok(Seen::InUse(why)) => Verdict::Refuted(Kind::Conflict, why),
                    Ok(Seen::Pending(what)) => {
                        pending[at].seen = what;
                        continue;
                    }
                    Err(failure) => match failure.kind {
                        // Time does not change these.
                        Kind::Permission
                        | Kind::Parameter
                        | Kind::Unsupported
                        | Kind::Unexpected => {
                            Verdict::Late(format!("{UNREADABLE}: {}", failure.in_words()))
                        }
                        kind => {
                            match kind {
                                Kind::Interrupted => ended = Some(LATE_BY_SIGNAL),
                                Kind::Deadline => ended = Some(LATE_BY_DEADLINE),
                                _ if ends_run(&failure) => ended = Some(UNREADABLE),
                                _ => {}
                            }
                            if !matches!(kind, Kind::Interrupted | Kind::Deadline) {
                                pending[at].seen = failure.in_words();
                            }
                            continue;
                        }
                    },
                };
                pending.remove(at);
                verdicts.push((target, verdict));
            }
            if pending.is_empty() {
                break;
            }
            let left = limit.saturating_sub(started.elapsed());
            if left.is_zero() {
                ended = ended.or(Some(too_late.as_str()));
            }
            if ended.is_none() {
                progress.tell(confirmed, &waited_for(&pending));
                ended = match client.pause(pause.min(left)).await {
                    Ok(()) => None,
                    Err(Halt::Interrupted) => Some(LATE_BY_SIGNAL),
                    Err(Halt::Deadline) => Some(LATE_BY_DEADLINE),
                };
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            if let Some(why) = ended {
                let late = pending.into_iter();
                let late =
                    late.map(|one| (one.target, Verdict::Late(format!("{why}: {}", one.seen))));
                verdicts.extend(late);
                break;
            }
        }
        verdicts
    }
}

/// A target that is waited for.
struct Pending {
    target: usize,
    name: String,
    /// What was seen last.
    seen: String,
}

/// `a.com (configuring), b.com (online) and 7 more`
fn waited_for(pending: &[Pending]) -> String {
    let named: Vec<String> = pending
        .iter()
        .take(NAMED)
        .map(|one| format!("{} ({})", one.name, one.seen))
        .collect();
    match pending.len() - named.len() {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}
