//! Whether a call is tried again, and when. Pure: randomness and the time left come in.
//!
//! Three questions decide. Was it sent at all? If the answer was lost, is repeating it harmless?
//! If it was answered, what kind of failure is it?
#![deny(clippy::disallowed_methods)]

use std::time::Duration;

use crate::fault::{Kind, Retry};
use crate::providers::Effect;

/// The first backoff's upper bound.
const BASE: Duration = Duration::from_millis(500);

/// The longest wait that a server's own retry-after is honoured for.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(120);

/// The upper bound that no backoff exceeds.
const CAP: Duration = Duration::from_secs(20);

/// How an attempt ended, when it did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It was never sent. Passing troubles only (nothing listens, a name does not resolve) are
    /// worth another attempt; a certificate that is not trusted stays so.
    NotSent {
        /// Whether the trouble may pass.
        passing: bool,
    },
    /// It was sent, and no usable answer came back.
    NoAnswer,
    /// The cloud refused.
    Refused {
        /// What the refusal means.
        kind: Kind,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
        /// Whether one more attempt is pointless where one is allowed: it was made already, or what
        /// is wrong could not be put right.
        pointless: bool,
    },
}

/// How long to wait before the next attempt; `None` gives up.
///
/// `attempt` counts from 1; `jitter` is uniform in 0..1; `left` is what remains of the deadline.
pub fn wait(
    ending: Ending,
    effect: Effect,
    attempt: u32,
    max_attempts: u32,
    jitter: f64,
    left: Option<Duration>,
) -> Option<Duration> {
    if attempt >= max_attempts {
        return None;
    }
    let harmless = effect != Effect::Reconciled;
    let wait = match ending {
        Ending::NotSent { passing: true } => backoff(attempt, jitter),
        Ending::NotSent { passing: false } => return None,
        Ending::NoAnswer if harmless => backoff(attempt, jitter),
        Ending::NoAnswer => return None,
        Ending::Refused { kind, .. } if kind.may_have_run() && !harmless => return None,
        Ending::Refused {
            kind,
            retry_after,
            pointless,
        } => match kind.retry() {
            Retry::Never => return None,
            Retry::Once if pointless => return None,
            Retry::Once => Duration::ZERO,
            Retry::Backoff => {
                let asked = retry_after.unwrap_or_default().min(MAX_RETRY_AFTER);
                backoff(attempt, jitter).max(asked)
            }
        },
    };
    match left {
        Some(left) if wait >= left => None,
        _ => Some(wait),
    }
}

/// Exponential backoff with full jitter: up to half a second, doubling, up to 20 s.
pub fn backoff(attempt: u32, jitter: f64) -> Duration {
    let bound = BASE.saturating_mul(1 << (attempt - 1).min(16)).min(CAP);
    bound.mul_f64(jitter.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(kind: Kind) -> Ending {
        Ending::Refused {
            kind,
            retry_after: None,
            pointless: false,
        }
    }

    fn ms(wait: Option<Duration>) -> Option<u128> {
        wait.map(|wait| wait.as_millis())
    }

    #[test]
    fn the_bound_doubles_up_to_twenty_seconds() {
        let bounds: Vec<_> = (1..8)
            .map(|attempt| {
                ms(wait(Ending::NoAnswer, Effect::Read, attempt, 99, 1.0, None)).unwrap()
            })
            .collect();
        assert_eq!(bounds, [500, 1000, 2000, 4000, 8000, 16000, 20000]);
        let none = wait(Ending::NoAnswer, Effect::Read, 3, 99, 0.0, None);
        assert_eq!(ms(none), Some(0));
    }

    #[test]
    fn a_lost_answer_is_repeated_only_where_that_is_harmless() {
        let again = |effect| wait(Ending::NoAnswer, effect, 1, 5, 0.5, None).is_some();
        assert!(again(Effect::Read));
        assert!(again(Effect::Repeatable));
        assert!(!again(Effect::Reconciled));
        let failed = |effect| wait(refused(Kind::ServerError), effect, 1, 5, 0.5, None).is_some();
        assert!(failed(Effect::Repeatable));
        assert!(!failed(Effect::Reconciled));
    }

    #[test]
    fn what_was_not_sent_is_repeated_unless_the_reason_stays() {
        let not_sent = |passing| Ending::NotSent { passing };
        assert!(wait(not_sent(true), Effect::Reconciled, 1, 5, 0.5, None).is_some());
        assert!(wait(not_sent(false), Effect::Read, 1, 5, 0.5, None).is_none());
    }

    #[test]
    fn the_kind_decides_on_an_answer() {
        let again = |kind| wait(refused(kind), Effect::Reconciled, 1, 5, 0.5, None);
        assert!(again(Kind::Throttled).is_some());
        assert!(again(Kind::Busy).is_some());
        assert!(again(Kind::NotFound).is_none());
        assert!(again(Kind::Signature).is_none());
        assert_eq!(again(Kind::Clock), Some(Duration::ZERO));
        let twice = Ending::Refused {
            kind: Kind::Clock,
            retry_after: None,
            pointless: true,
        };
        assert_eq!(wait(twice, Effect::Read, 2, 5, 0.5, None), None);
    }

    #[test]
    fn the_servers_word_is_honoured_up_to_two_minutes() {
        let asked = |seconds| Ending::Refused {
            kind: Kind::Throttled,
            retry_after: Some(Duration::from_secs(seconds)),
            pointless: false,
        };
        let first = |ending, left| ms(wait(ending, Effect::Read, 1, 5, 1.0, left));
        assert_eq!(first(asked(3), None), Some(3_000));
        assert_eq!(first(asked(600), None), Some(120_000));
        assert_eq!(first(asked(3), Some(Duration::from_secs(2))), None);
        assert_eq!(first(asked(3), Some(Duration::from_secs(3))), None);
        assert_eq!(first(asked(3), Some(Duration::from_secs(4))), Some(3_000));
    }

    #[test]
    fn attempts_are_counted() {
        assert!(wait(Ending::NoAnswer, Effect::Read, 4, 5, 0.5, None).is_some());
        assert!(wait(Ending::NoAnswer, Effect::Read, 5, 5, 0.5, None).is_none());
    }
}
