//! A sliding window: never more than so many calls in any one second, wherever it is cut.
//!
//! Pure: the instants come in. A call counts from the latest moment at which it may have reached
//! the cloud, and until its answer is here it counts as not yet arrived; so the spacing holds at
//! the receiving end, not only where the calls are queued.
#![deny(clippy::disallowed_methods)]

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How long a call occupies its place after it may have arrived: the vendors' one second and a
/// margin for what the network adds to one call and not to another.
const SPAN: Duration = Duration::from_millis(1012);

/// How long after a throttled answer nothing is sent, unless the server asks for more.
const PAUSE: Duration = Duration::from_millis(1012);

/// The calls of one action that count against its limit.
#[derive(Debug)]
pub struct Window {
    limit: usize,
    in_flight: usize,
    /// When each finished call stops counting, ascending.
    leaving: VecDeque<Instant>,
    not_before: Option<Instant>,
}

/// Why a call may not be sent yet.
#[derive(Debug, PartialEq, Eq)]
pub enum Full {
    /// A place is free at this instant at the latest.
    Until(Instant),
    /// Every place is held by a call that has not been answered.
    InFlight,
}

impl Window {
    /// A window for `limit` calls a second.
    pub fn new(limit: u32) -> Self {
        Window {
            limit: limit.max(1) as usize,
            in_flight: 0,
            leaving: VecDeque::new(),
            not_before: None,
        }
    }

    /// Takes a place for a call that is sent now, or says when to ask again.
    pub fn enter(&mut self, now: Instant) -> Result<(), Full> {
        while self.leaving.front().is_some_and(|leaves| *leaves <= now) {
            self.leaving.pop_front();
        }
        if let Some(not_before) = self.not_before.filter(|instant| *instant > now) {
            return Err(Full::Until(not_before));
        }
        if self.in_flight + self.leaving.len() < self.limit {
            self.in_flight += 1;
            return Ok(());
        }
        // A lowered limit may leave more calls in the window than it has places.
        let surplus = self.in_flight + self.leaving.len() - self.limit;
        match self.leaving.get(surplus) {
            Some(leaves) => Err(Full::Until(*leaves)),
            None => Err(Full::InFlight),
        }
    }

    /// The call was answered or given up; it reached the cloud at `arrived` at the latest.
    pub fn leave(&mut self, arrived: Instant) {
        self.in_flight -= 1;
        let leaves = arrived + SPAN;
        let place = self.leaving.partition_point(|other| *other <= leaves);
        self.leaving.insert(place, leaves);
    }

    /// The call was never sent, so it does not count.
    pub fn withdraw(&mut self) {
        self.in_flight -= 1;
    }

    /// The cloud throttled: others share the account, so this run takes less from now on, and
    /// sends nothing until `asked` is over. Calls that were under way together are throttled
    /// together, which is one lesson, not many.
    pub fn slow_down(&mut self, now: Instant, asked: Duration) {
        if self.not_before.is_none_or(|instant| instant <= now) {
            self.limit = (self.limit * 3 / 4).max(1);
        }
        self.not_before = self.not_before.max(Some(now + PAUSE.max(asked)));
    }

    /// The calls a second that are sent now.
    pub fn limit(&self) -> usize {
        self.limit
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "only as a point to count from")]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// Sends `calls` as fast as the window lets them, each answered after `latency`; returns when
    /// each was sent.
    fn simulate(limit: u32, calls: usize, latency: Duration) -> Vec<Duration> {
        let start = Instant::now();
        let mut window = Window::new(limit);
        let mut now = start;
        let mut in_flight: VecDeque<Instant> = VecDeque::new();
        let mut sent = Vec::new();
        while sent.len() < calls {
            while in_flight.front().is_some_and(|sent| *sent + latency <= now) {
                let sent = in_flight.pop_front().unwrap();
                window.leave((sent + latency).min(sent + 15 * MS));
            }
            match window.enter(now) {
                Ok(()) => {
                    in_flight.push_back(now);
                    sent.push(now - start);
                }
                Err(_) => now += MS,
            }
        }
        sent
    }

    fn most_in_a_second(sent: &[Duration]) -> usize {
        sent.iter()
            .map(|first| {
                let second = *first..*first + Duration::from_secs(1);
                sent.iter().filter(|other| second.contains(*other)).count()
            })
            .max()
            .unwrap()
    }

    #[test]
    fn two_hundred_calls_keep_below_ten_in_any_second() {
        for latency in [MS, 300 * MS] {
            let sent = simulate(10, 200, latency);
            assert_eq!(most_in_a_second(&sent), 10);
            assert!(sent[199] < Duration::from_millis(19_700), "{:?}", sent[199]);
        }
    }

    #[test]
    fn a_call_counts_until_it_is_answered() {
        let start = Instant::now();
        let mut window = Window::new(2);
        assert_eq!(window.enter(start), Ok(()));
        assert_eq!(window.enter(start), Ok(()));
        assert_eq!(window.enter(start + 5000 * MS), Err(Full::InFlight));
        window.leave(start + 5000 * MS);
        let free = start + 5000 * MS + SPAN;
        assert_eq!(window.enter(start + 5001 * MS), Err(Full::Until(free)));
        assert_eq!(window.enter(free), Ok(()));
    }

    #[test]
    fn whoever_arrived_first_is_the_first_that_counts_no_more() {
        let start = Instant::now();
        let mut window = Window::new(2);
        assert_eq!(window.enter(start), Ok(()));
        assert_eq!(window.enter(start), Ok(()));
        window.leave(start + 900 * MS);
        window.leave(start + 100 * MS);
        let first = start + 100 * MS + SPAN;
        assert_eq!(window.enter(start + 950 * MS), Err(Full::Until(first)));
        assert_eq!(window.enter(first), Ok(()));
        let second = start + 900 * MS + SPAN;
        assert_eq!(window.enter(first), Err(Full::Until(second)));
    }

    #[test]
    fn throttling_pauses_and_lowers_the_rate_for_good() {
        let start = Instant::now();
        let mut window = Window::new(10);
        window.slow_down(start, Duration::ZERO);
        assert_eq!(window.enter(start), Err(Full::Until(start + PAUSE)));
        assert_eq!(window.limit(), 7);
        let mut sent = 0;
        while window.enter(start + PAUSE).is_ok() {
            sent += 1;
        }
        assert_eq!(sent, 7);
        let throttled = start + PAUSE + 300 * MS;
        for _ in 0..7 {
            window.slow_down(throttled, 5000 * MS);
        }
        assert_eq!(window.limit(), 5, "all were under way at the same time");
        let asked = throttled + 5000 * MS;
        assert_eq!(window.enter(throttled + PAUSE), Err(Full::Until(asked)));
        for pauses in 1..20 {
            window.slow_down(asked + pauses * PAUSE, Duration::ZERO);
        }
        assert_eq!(window.limit(), 1);
    }

    #[test]
    fn a_call_that_was_never_sent_does_not_count() {
        let start = Instant::now();
        let mut window = Window::new(1);
        assert_eq!(window.enter(start), Ok(()));
        window.withdraw();
        assert_eq!(window.enter(start), Ok(()));
    }
}
