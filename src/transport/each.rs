//! Reading many things side by side.

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

/// [`read_each`] of `count` things, into their order; one that cannot be read is the failure of all.
///
/// # Errors
/// What the first one that cannot be read says.
pub async fn each<T>(
    count: usize,
    read: impl AsyncFn(usize) -> Result<T, Failure>,
) -> Result<Vec<T>, Failure> {
    let all: Vec<usize> = (0..count).collect();
    let mut answers = read_each(&all, read).await;
    answers.sort_by_key(|(at, _)| *at);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

/// Makes changes, the first alone, so that what is wrong with the login costs one call, and then
/// several at a time. `report` hears of each as it ends, and says whether nothing more may be begun.
pub async fn first_alone<T>(
    count: usize,
    work: impl AsyncFn(usize) -> T,
    mut report: impl FnMut(usize, T) -> bool,
) {
    let work = &work;
    let mut under_way = FuturesUnordered::new();
    let (mut next, mut at_a_time, mut ended) = (0, 1, false);
    loop {
        while next < count && under_way.len() < at_a_time && !ended {
            let at = next;
            next += 1;
            let one: Boxed<'_, _> = Box::pin(async move { (at, work(at).await) });
            under_way.push(one);
        }
        let Some((at, became)) = under_way.next().await else {
            return;
        };
        at_a_time = PARALLEL;
        ended |= report(at, became);
    }
}
