//! Rows settled by what became of their calls.

use std::rc::Rc;

use crate::fault::Kind;
use crate::output::{Row, RowError, Status};
use crate::transport::{Failure, Fate, Reconciled};

/// Settles a row by what became of its call; returns the failure, if it was one.
pub fn settle<R, S>(row: &mut Row, sent: Result<Reconciled<R, S>, Failure>) -> Option<Failure> {
    match sent {
        Ok(Reconciled::Answered(done)) => row.settle(Status::Changed, done.request_id),
        Ok(Reconciled::Seen(_)) => {
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

/// Settles a row whose state could not be read, so that nothing was sent that changes anything.
pub fn unread(row: &mut Row, failure: &Failure) {
    let cut_off = matches!(failure.kind, Kind::Interrupted | Kind::Deadline);
    let fate = if cut_off { Fate::NotSent } else { Fate::NotRun };
    let failure = Failure {
        fate,
        ..failure.clone()
    };
    row.fail(&failure, &Rc::new(RowError::from(&failure)));
}
