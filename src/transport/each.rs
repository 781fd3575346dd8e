//! Many calls side by side.

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::{Boxed, Failure, ends_run};

/// The most calls of a run that are under way at a time.
pub const PARALLEL: usize = 16;

/// Reads each target, several at a time. Where nobody answers for the first one, or the answer holds
/// for every call, the others are not asked about: its failure is theirs.
pub async fn read_each<T>(
    targets: &[usize],
    read: impl AsyncFn(usize) -> Result<T, Failure>,
) -> Vec<(usize, Result<T, Failure>)> {
    let Some((first, others)) = targets.split_first() else {
        return Vec::new();
    };
    let answered = read(*first).await;
    if let Err(failure) = &answered
        && (failure.code.is_none() || ends_run(failure))
    {
        let unread = |target: &usize| (*target, Err(failure.clone()));
        return targets.iter().map(unread).collect();
    }
    let mut seen = vec![(*first, answered)];
    let read = &read;
    let reads = others
        .iter()
        .map(|target| -> Boxed<'_, _> { Box::pin(async move { (*target, read(*target).await) }) });
    let mut reads = futures_util::stream::iter(reads).buffer_unordered(PARALLEL);
    while let Some(other) = reads.next().await {
        seen.push(other);
    }
    seen
}

/// [`read_each`] of `count` things, in their order.
pub async fn in_order<T>(
    count: usize,
    read: impl AsyncFn(usize) -> Result<T, Failure>,
) -> Vec<Result<T, Failure>> {
    let all: Vec<usize> = (0..count).collect();
    let mut answers = read_each(&all, read).await;
    answers.sort_by_key(|(at, _)| *at);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

/// [`in_order`] where one that cannot be read is the failure of all.
///
/// # Errors
/// What the first one that cannot be read says.
pub async fn each<T>(
    count: usize,
    read: impl AsyncFn(usize) -> Result<T, Failure>,
) -> Result<Vec<T>, Failure> {
    in_order(count, read).await.into_iter().collect()
}

/// What [`first_alone`] comes to.
#[derive(Debug)]
pub enum Turn<T> {
    /// This one is about to begin.
    Begins(usize),
    /// This one ended so.
    Ended(usize, T),
}

/// Makes changes, the first alone, so that what is wrong with the login costs one call, and then
/// several at a time. `report` hears of each before it begins and as it ends, and says whether to go on:
/// if not, nothing more is begun, and what is under way comes to its end.
pub async fn first_alone<T>(
    count: usize,
    several: usize,
    work: impl AsyncFn(usize) -> T,
    mut report: impl FnMut(Turn<T>) -> bool,
) {
    let work = &work;
    let mut under_way = FuturesUnordered::new();
    let (mut next, mut at_a_time) = (0, 1);
    let mut goes_on = true;
    loop {
        while goes_on && next < count && under_way.len() < at_a_time {
            let at = next;
            next += 1;
            goes_on = report(Turn::Begins(at));
            if goes_on {
                let one: Boxed<'_, _> = Box::pin(async move { (at, work(at).await) });
                under_way.push(one);
            }
        }
        let Some((at, became)) = under_way.next().await else {
            return;
        };
        at_a_time = several;
        goes_on &= report(Turn::Ended(at, became));
    }
}
