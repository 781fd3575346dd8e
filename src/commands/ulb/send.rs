//! Calls whose answer may be lost.

use std::rc::Rc;

use crate::output::{Row, RowError, Status};
use crate::providers::{Effect, Operation};
use crate::transport::{Client, Done, Failure, Fate};

/// How it is known that a call was carried out.
pub enum Outcome<R, S> {
    /// The cloud said so.
    Answered(Done<R>),
    /// Its answer was lost; reading shows what it did.
    Seen(S),
}

/// Makes a call. After a lost answer `look` says what can be seen of it; only where that is
/// nothing is the call made again, and where nothing can be read its outcome stays unknown.
pub async fn send<O: Operation, S>(
    client: &Client<'_>,
    call: &O,
    look: impl AsyncFn() -> Result<Option<S>, Failure>,
) -> Result<Outcome<O::Reply, S>, Failure> {
    let mut lost: Option<Failure> = None;
    let mut attempt = 0;
    loop {
        attempt += 1;
        let failure = match client.call(call).await {
            Ok(done) => return Ok(Outcome::Answered(done)),
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
        match look().await {
            Ok(Some(seen)) => return Ok(Outcome::Seen(seen)),
            Ok(None) if again && client.halt().is_none() => lost = Some(failure),
            _ => return Err(failure),
        }
    }
}

/// Settles a row by what became of its call; returns the failure, if it was one.
pub fn settle<R, S>(row: &mut Row, sent: Result<Outcome<R, S>, Failure>) -> Option<Failure> {
    match sent {
        Ok(Outcome::Answered(done)) => row.settle(Status::Changed, done.request_id),
        Ok(Outcome::Seen(_)) => {
            row.settle(Status::Changed, None);
            row.note = Some("confirmed by reading it back".into());
        }
        Err(failure) => {
            row.fail(&failure, &Rc::new(RowError::from(&failure)));
            return Some(failure);
        }
    }
    None
}
