//! Calls whose answer may be lost: what became of them is read, and they are made again only where
//! reading shows nothing of them.

use std::time::Duration;

use super::{Client, Done, Failure, Fate};
use crate::providers::{Effect, Operation};

/// How it is known that a call was carried out.
#[derive(Debug)]
pub enum Reconciled<R, S> {
    /// The cloud said so.
    Answered(Done<R>),
    /// Its answer was lost; reading shows what it did.
    Seen(S),
}

/// How long a change that may have been made is looked for: the clouds take a while to show it.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Before the call is made again.
    again: Duration,
    /// Before its outcome is given up.
    end: Duration,
}

/// So long is waited for what is to show.
const WHILE: Duration = Duration::from_secs(5);

impl Patience {
    /// One look, or none that could show anything.
    pub const NONE: Patience = Patience {
        again: Duration::ZERO,
        end: Duration::ZERO,
    };
    /// Where a second call does no harm.
    pub const AT_THE_END: Patience = Patience {
        again: Duration::ZERO,
        end: WHILE,
    };
    /// Where a second call would leave something behind.
    pub const ALWAYS: Patience = Patience {
        again: WHILE,
        end: WHILE,
    };
}

/// Makes a call. After a lost answer `look` says what can be seen of it, with `patience`; only where
/// that is nothing is the call made again, and where nothing can be read its outcome stays unknown.
///
/// # Errors
/// Why the call did not succeed; of unknown fate where it may have been carried out all the same.
pub async fn reconcile<O: Operation, S>(
    client: &Client<'_>,
    call: &O,
    patience: Patience,
    look: impl AsyncFn() -> Result<Option<S>, Failure>,
) -> Result<Reconciled<O::Reply, S>, Failure> {
    let mut lost: Option<Failure> = None;
    let mut attempt = 0;
    loop {
        attempt += 1;
        let failure = match client.call(call).await {
            Ok(done) => return Ok(Reconciled::Answered(done)),
            Err(failure) => failure,
        };
        let unanswered = failure.fate == Fate::Unknown;
        let mut failure = failure.after(lost.take());
        failure.attempts = failure.attempts.max(attempt);
        if failure.fate != Fate::Unknown || client.halt().is_some() {
            return Err(failure);
        }
        // What may be repeated, the client has repeated.
        let repeat = unanswered && O::EFFECT == Effect::Reconciled;
        let again = repeat && client.again_after(attempt).await;
        let limit = if again { patience.again } else { patience.end };
        let is_known = |seen: &Result<Option<S>, Failure>| !matches!(seen, Ok(None));
        match client
            .poll("the change to show", limit, &look, is_known)
            .await
        {
            Ok(Some(seen)) => return Ok(Reconciled::Seen(seen)),
            Ok(None) if again && client.halt().is_none() => lost = Some(failure),
            _ => return Err(failure),
        }
    }
}
