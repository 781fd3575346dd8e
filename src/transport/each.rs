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

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// Makes `count` changes, `several` at a time; says in which order they began (`+`) and ended
    /// (`-`). `until` says of each turn whether to go on.
    fn turns(count: usize, several: usize, until: impl Fn(&str) -> bool) -> Vec<String> {
        let told = RefCell::new(Vec::new());
        // Whatever began later takes longer.
        let work = async |at| {
            for _ in 0..=at {
                tokio::task::yield_now().await;
            }
        };
        let report = |turn| {
            let text = match turn {
                Turn::Begins(at) => format!("+{at}"),
                Turn::Ended(at, ()) => format!("-{at}"),
            };
            let goes_on = until(&text);
            told.borrow_mut().push(text);
            goes_on
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let made = first_alone(count, several, work, report);
        runtime.expect("a runtime").block_on(made);
        told.into_inner()
    }

    #[test]
    fn the_first_change_is_made_alone_and_the_others_side_by_side() {
        let whole = turns(4, 2, |_| true);
        assert_eq!(whole, ["+0", "-0", "+1", "+2", "-1", "+3", "-2", "-3"]);
        let locked = turns(3, 1, |_| true);
        assert_eq!(locked, ["+0", "-0", "+1", "-1", "+2", "-2"]);
        assert!(turns(0, 2, |_| true).is_empty());
    }

    #[test]
    fn once_told_to_stop_nothing_more_is_begun() {
        let at_the_first = turns(4, 2, |turn| turn != "-0");
        assert_eq!(at_the_first, ["+0", "-0"]);
        // It was not begun, and what is under way comes to its end.
        let before_one = turns(4, 2, |turn| turn != "+2");
        assert_eq!(before_one, ["+0", "-0", "+1", "+2", "-1"]);
        let later = turns(5, 2, |turn| turn != "-1");
        assert_eq!(later, ["+0", "-0", "+1", "+2", "-1", "-2"]);
    }
}
