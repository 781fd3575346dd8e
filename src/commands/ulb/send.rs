//! Rows settled by what became of their calls.

use std::rc::Rc;

use crate::output::{Row, RowError, Status};
use crate::transport::{Failure, Reconciled};

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
