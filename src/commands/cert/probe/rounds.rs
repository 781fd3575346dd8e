//! Rounds of `certctl cert probe`: every address of every host, side by side.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use chrono::Utc;
use futures_util::StreamExt;

use super::rows::Row;
use super::target::{HTTPS, Host};
use super::{Probes, Target, Version};
use crate::commands::{Session, counted};
use crate::fault::Kind;
use crate::transport::PARALLEL;
use crate::transport::probe::{Prober, Unserved};
use crate::transport::stop::Stop;

/// The pauses between the rounds of `--wait`: the first, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(10));

impl Probes {
    /// Round after round until all is as asked, or time is up.
    pub(super) async fn run(
        &self,
        session: &Session<'_>,
        wait: Option<Duration>,
        prober: &Prober,
        stop: &Stop,
    ) -> Vec<Row> {
        let started = Instant::now();
        let deadline = session
            .globals
            .deadline
            .map(|after| session.started + after);
        let mut pause = PAUSES.0;
        let mut progress = None;
        loop {
            let (rows, whole) = self.round(session, prober, stop, deadline).await;
            let waited_for: Vec<String> = rows
                .iter()
                .filter(|row| row.error.is_some())
                .map(Row::place)
                .collect();
            let left = wait.map_or(Duration::ZERO, |limit| {
                limit.saturating_sub(started.elapsed())
            });
            if waited_for.is_empty() || left.is_zero() || !whole {
                return rows;
            }
            let progress = progress.get_or_insert_with(|| session.ui.progress(rows.len()));
            progress.tell(rows.len() - waited_for.len(), &brief(&waited_for));
            let pausing = tokio::time::sleep(pause.min(left));
            tokio::select! {
                () = pausing => {}
                _ = halted(stop, deadline) => return rows,
            }
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    /// Every address of every target once, in the order asked; and whether nothing stopped it.
    async fn round(
        &self,
        session: &Session<'_>,
        prober: &Prober,
        stop: &Stop,
        deadline: Option<Instant>,
    ) -> (Vec<Row>, bool) {
        let now = Utc::now();
        let resolved: RefCell<Vec<Option<Vec<Row>>>> =
            RefCell::new(self.targets.iter().map(|_| None).collect());
        let resolving = futures_util::stream::iter(self.targets.iter().enumerate())
            .for_each_concurrent(PARALLEL, async |(at, target)| {
                let rows = self.addresses(prober, target).await;
                resolved.borrow_mut()[at] = Some(rows);
            });
        let mut halt = tokio::select! {
            () = resolving => None,
            halt = halted(stop, deadline) => Some(halt),
        };
        let resolved = resolved.into_inner().into_iter().zip(&self.targets);
        let rows: Vec<(usize, Row)> = resolved
            .enumerate()
            .flat_map(|(at, (rows, target))| {
                let rows = rows.unwrap_or_else(|| vec![Row::of(target)]);
                rows.into_iter().map(move |row| (at, row))
            })
            .collect();
        let rows: Vec<(usize, RefCell<Row>)> = rows
            .into_iter()
            .map(|(at, row)| (at, RefCell::new(row)))
            .collect();
        if halt.is_none() {
            let pending = rows.iter().filter(|(_, row)| row.borrow().error.is_none());
            let probing = futures_util::stream::iter(pending).for_each_concurrent(
                PARALLEL,
                async |(at, row)| {
                    let address = row.borrow().address;
                    let Some(address) = address else { return };
                    let target = &self.targets[*at];
                    session.ui.step(|| {
                        format!(
                            "{}: handshake with {address} for {}",
                            target.asked, target.concrete
                        )
                    });
                    let served = prober.probe(address, &target.name).await;
                    row.borrow_mut().settle(target, &self.wanted, served, now);
                },
            );
            halt = tokio::select! {
                () = probing => None,
                halt = halted(stop, deadline) => Some(halt),
            };
        }
        let rows = rows.into_iter().map(|(_, row)| row.into_inner());
        let rows = rows.map(|row| match halt {
            Some(kind) => row.unless_probed(kind),
            None => row,
        });
        (rows.collect(), halt.is_none())
    }

    /// A row for each address of a target, or the one that says why there is none.
    async fn addresses(&self, prober: &Prober, target: &Target) -> Vec<Row> {
        let places = match self.is_overridden(target) {
            true => &self.connect[..],
            false => std::slice::from_ref(&target.place),
        };
        let mut rows: Vec<Row> = Vec::new();
        for place in places {
            let port = place.port.or(target.place.port).unwrap_or(HTTPS);
            let found = match &place.host {
                Host::Address(address) => Ok(vec![SocketAddr::new(*address, port)]),
                Host::Name(_) => prober.resolve(&place.host.concrete(), port).await,
            };
            let fit = |address: &SocketAddr| self.only.is_none_or(|only| only.is_of(address));
            let found = found.and_then(|found| {
                let found: Vec<_> = found.into_iter().filter(fit).collect();
                match found.is_empty() {
                    false => Ok(found),
                    true => Err(Unserved {
                        message: format!(
                            "{} has no IPv{} address",
                            place.host.concrete(),
                            if self.only == Some(Version::V4) { 4 } else { 6 }
                        ),
                        hint: "remove --ipv4 or --ipv6",
                    }),
                }
            });
            match found {
                Ok(found) => {
                    for address in found {
                        if !rows.iter().any(|row| row.address == Some(address)) {
                            rows.push(Row::at(target, address));
                        }
                    }
                }
                Err(why) => rows.push(Row::unserved(target, why)),
            }
        }
        rows
    }
}

/// Returns once a signal has come or the deadline has passed, with which of them.
async fn halted(stop: &Stop, deadline: Option<Instant>) -> Kind {
    let late = async {
        match deadline {
            Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = stop.asked() => Kind::Interrupted,
        () = late => Kind::Deadline,
    }
}

/// The first of them, and how many more there are.
fn brief(places: &[String]) -> String {
    const NAMED: usize = 3;
    let named = places[..places.len().min(NAMED)].join(", ");
    match places.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {}", counted(more, "other address")),
    }
}
