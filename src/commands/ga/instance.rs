//! A listener and its accelerator, which take one write at a time.

use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::commands::{ends_run, fail_all};
use crate::fault::Kind;
use crate::output::{Row, Status};
use crate::providers::Operation;
use crate::providers::alibaba::ga::{DescribeAccelerator, DescribeListener, PAIR_LIMIT};
use crate::transport::{Client, Failure, Fate};

/// How long a listener may take to accept writes again.
const SETTLE_LIMIT: Duration = Duration::from_secs(180);

/// A listener and its accelerator, which take one write at a time.
pub struct Instance<'a> {
    pub client: &'a Client<'a>,
    pub accelerator_id: &'a str,
    pub listener_id: &'a str,
}

impl Instance<'_> {
    /// Makes the calls one after the other, each for [`PAIR_LIMIT`] of the rows; returns why the
    /// rest was not sent, if it was not.
    pub async fn write_all(&self, calls: &[impl Operation], rows: &mut [Row]) -> Option<Failure> {
        for (index, (call, rows)) in calls.iter().zip(rows.chunks_mut(PAIR_LIMIT)).enumerate() {
            if index > 0
                && let Err(failure) = self.settled().await
            {
                return Some(failure);
            }
            match self.write(call).await {
                Ok(request_id) => {
                    for row in rows {
                        row.settle(Status::Changed, request_id.clone());
                    }
                }
                Err(failure) => {
                    fail_all(rows, &failure);
                    if ends_run(&failure) {
                        return Some(failure);
                    }
                }
            }
        }
        None
    }

    /// Makes a call under a client token, again under the same one each time the instance was busy
    /// and became active. Returns the request's id.
    async fn write(&self, call: &impl Operation) -> Result<Option<Rc<str>>, Failure> {
        let started = Instant::now();
        let mut lost: Option<Failure> = None;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let mut failure = match self.client.call(call).await {
                Ok(done) => return Ok(done.request_id),
                Err(failure) => failure.after(lost.take()),
            };
            failure.attempts = failure.attempts.max(attempt);
            if failure.kind != Kind::Busy || started.elapsed() >= SETTLE_LIMIT {
                return Err(failure);
            }
            if !self.client.again_after(attempt).await || self.settled().await.is_err() {
                return Err(failure);
            }
            lost = (failure.fate == Fate::Unknown).then_some(failure);
        }
    }

    /// Waits until listener and accelerator accept writes, or for [`SETTLE_LIMIT`].
    async fn settled(&self) -> Result<(), Failure> {
        let read = async || self.accepts_writes().await;
        let settled = |seen: &Result<bool, Failure>| !matches!(seen, Ok(false));
        let what = format!(
            "{} and {} to be active",
            self.accelerator_id, self.listener_id
        );
        let seen = self.client.poll(&what, SETTLE_LIMIT, read, settled).await;
        match (seen, self.client.halt()) {
            (Err(failure), _) => Err(failure),
            (Ok(false), Some(halt)) => Err(self.client.halted(halt, Fate::NotSent)),
            (Ok(_), _) => Ok(()),
        }
    }

    /// Whether both are active. What cannot be read counts as active, for the write itself will
    /// tell; an error is a failure that the write would meet as well.
    async fn accepts_writes(&self) -> Result<bool, Failure> {
        let listener = DescribeListener {
            listener_id: self.listener_id,
        };
        let accelerator = DescribeAccelerator {
            accelerator_id: self.accelerator_id,
        };
        let reads = [
            self.client.call(&listener).await,
            self.client.call(&accelerator).await,
        ];
        let mut active = true;
        for read in reads {
            match read {
                Ok(done) => active &= done.reply.is_active(),
                Err(failure) if ends_run(&failure) => return Err(failure),
                Err(_) => {}
            }
        }
        Ok(active)
    }
}
