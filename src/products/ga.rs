//! Alibaba Cloud Global Accelerator: a listener and its accelerator, which take one write at a time.

use std::time::{Duration, Instant};

use super::{Seen, Settled, Store, StoreId};
use crate::fault::Kind;
use crate::providers::Operation;
use crate::providers::alibaba::ga::{
    Binding, DescribeAccelerator, DescribeListener, ListListenerCertificates, PAGE_LIMIT, is_active,
};
use crate::transport::{Client, Failure, Fate, Patience, Reconciled, ends_run, reconcile};

/// How long a listener may take to accept writes again.
const SETTLE_LIMIT: Duration = Duration::from_secs(180);

/// A call that changes the listener, and the targets that it settles.
pub struct Write<O> {
    /// The call.
    pub call: O,
    /// The targets' places.
    pub targets: Vec<usize>,
}

/// A listener and its accelerator, which take one write at a time.
pub struct Instance<'a> {
    /// Who asks.
    pub client: &'a Client<'a>,
    /// The accelerator.
    pub accelerator_id: &'a str,
    /// The listener.
    pub listener_id: &'a str,
}

impl Instance<'_> {
    /// Makes the calls one after the other, each once the one before has taken effect; returns why
    /// the rest was not sent, if it was not. `is_done` says whether the listener's certificates show
    /// what a target was to become.
    pub async fn write_all(
        &self,
        writes: &[Write<impl Operation>],
        settled: &mut [Settled],
        is_done: impl Fn(usize, &[Binding]) -> bool,
    ) -> Option<Failure> {
        for (index, Write { call, targets }) in writes.iter().enumerate() {
            if index > 0
                && let Err(failure) = self.settled().await
            {
                return Some(failure);
            }
            let done = |bindings: &[Binding]| targets.iter().all(|at| is_done(*at, bindings));
            let one = self.write(call, done).await;
            for target in targets {
                settled[*target] = one.clone();
            }
            if let Some(failure) = one.failure().filter(|failure| ends_run(failure)) {
                return Some(failure.clone());
            }
        }
        None
    }

    /// Makes a call under a client token, again under the same one each time the instance was busy
    /// and became active. After a lost answer the certificates are read.
    pub async fn write(
        &self,
        call: &impl Operation,
        is_done: impl Fn(&[Binding]) -> bool,
    ) -> Settled {
        let started = Instant::now();
        let look = async || Ok(is_done(&self.bindings().await?).then_some(()));
        let mut lost: Option<Failure> = None;
        let mut attempt = 0;
        loop {
            attempt += 1;
            // The token makes a further call harmless.
            let patience = Patience::AT_THE_END;
            let failure = match reconcile(self.client, call, patience, &look).await {
                Ok(Reconciled::Answered(done)) => return Settled::accepted(done.request_id),
                Ok(Reconciled::Seen(())) => return Settled::read_back(),
                Err(failure) => failure,
            };
            // What is refused now may have been carried out by an earlier call.
            if lost.is_some()
                && failure.fate == Fate::NotRun
                && matches!(look().await, Ok(Some(())))
            {
                return Settled::read_back();
            }
            let mut failure = failure.after(lost.take());
            failure.attempts = failure.attempts.max(attempt);
            let waits = failure.kind == Kind::Busy && started.elapsed() < SETTLE_LIMIT;
            if !waits || !self.client.again_after(attempt).await || self.settled().await.is_err() {
                return Settled::failed(failure);
            }
            lost = (failure.fate == Fate::Unknown).then_some(failure);
        }
    }

    /// Waits until listener and accelerator accept writes, or for three minutes.
    pub async fn settled(&self) -> Result<(), Failure> {
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
        let mut active = true;
        for state in [self.listener_state().await, self.accelerator_state().await] {
            match state {
                Ok(state) => active &= is_active(&state),
                Err(failure) if ends_run(&failure) => return Err(failure),
                Err(_) => {}
            }
        }
        Ok(active)
    }

    async fn listener_state(&self) -> Result<String, Failure> {
        let listener_id = self.listener_id;
        let done = self.client.call(&DescribeListener { listener_id }).await?;
        Ok(done.reply.state)
    }

    async fn accelerator_state(&self) -> Result<String, Failure> {
        let accelerator_id = self.accelerator_id;
        let call = DescribeAccelerator { accelerator_id };
        Ok(self.client.call(&call).await?.reply.state)
    }

    /// The listener's certificates, all of them.
    pub async fn bindings(&self) -> Result<Vec<Binding>, Failure> {
        let (accelerator, listener) = (self.accelerator_id, self.listener_id);
        let page =
            |cursor: &_| ListListenerCertificates::page(accelerator, listener, cursor, PAGE_LIMIT);
        self.client
            .all(
                PAGE_LIMIT,
                page,
                ListListenerCertificates::open,
                Binding::key,
            )
            .await
    }

    /// [`Instance::bindings`] where reading only serves to leave alone what is so already: it stops
    /// no change, except for what would stop that as well.
    pub async fn glance(&self) -> Result<Option<Vec<Binding>>, Failure> {
        match self.bindings().await {
            Ok(bindings) => Ok(Some(bindings)),
            Err(failure) if ends_run(&failure) || failure.kind == Kind::NotFound => Err(failure),
            Err(failure) => {
                self.client.note(&format!(
                    "what {} has could not be read, so that it is changed without: {}",
                    self.listener_id, failure.message
                ));
                Ok(None)
            }
        }
    }

    /// What `see` makes of the certificates for each target; as long as listener or accelerator are not
    /// active, none is as asked.
    pub async fn look_at(
        &self,
        targets: &[usize],
        see: impl Fn(usize, &[Binding]) -> Seen,
    ) -> Vec<(usize, Result<Seen, Failure>)> {
        match self.look().await {
            Err(failure) => targets
                .iter()
                .map(|target| (*target, Err(failure.clone())))
                .collect(),
            Ok((settling, bindings)) => targets
                .iter()
                .map(|target| match (see(*target, &bindings), &settling) {
                    (Seen::Confirmed, Some(state)) => (*target, Ok(Seen::Pending(state.clone()))),
                    (seen, _) => (*target, Ok(seen)),
                })
                .collect(),
        }
    }

    /// The certificates, and which state there is where it is not `active`. The states are read
    /// first: what is active then has the certificates that are read afterwards.
    async fn look(&self) -> Result<(Option<String>, Vec<Binding>), Failure> {
        let (listener, accelerator) = (
            self.listener_state().await?,
            self.accelerator_state().await?,
        );
        let settling = match (is_active(&listener), is_active(&accelerator)) {
            (true, true) => None,
            (false, _) => Some(format!("the listener is {}", listener.to_lowercase())),
            (_, false) => Some(format!("the accelerator is {}", accelerator.to_lowercase())),
        };
        Ok((settling, self.bindings().await?))
    }
}

/// The additional certificate of a domain.
pub fn additional<'b>(bindings: &'b [Binding], domain: &str) -> Option<&'b Binding> {
    bindings
        .iter()
        .find(|binding| !binding.is_default && binding.domain.eq_ignore_ascii_case(domain))
}

/// The default certificate.
pub fn default(bindings: &[Binding]) -> Option<&Binding> {
    bindings.iter().find(|binding| binding.is_default)
}

/// The id of a certificate of a listener; none where it has no such form.
pub fn id_of(binding: &Binding) -> Option<StoreId> {
    StoreId::of(Store::Cas, &binding.certificate_id)
}

/// Whether a certificate is the one that is wanted, which comes with its site.
pub fn is(binding: &Binding, wanted: &StoreId) -> bool {
    id_of(binding)
        .is_some_and(|id| id.id == wanted.id && (id.region.is_none() || id.region == wanted.region))
}

/// Whether a certificate is the one that `is_wanted`, and in effect.
pub fn seen(binding: Option<&Binding>, is_wanted: impl Fn(&Binding) -> bool) -> Seen {
    match binding {
        None => Seen::Pending("it has no certificate yet".into()),
        Some(binding) if !is_wanted(binding) => {
            Seen::Pending(format!("it has {}", binding.certificate_id))
        }
        Some(binding) if !binding.state.is_empty() && !is_active(&binding.state) => Seen::Pending(
            format!("the certificate is {}", binding.state.to_lowercase()),
        ),
        Some(_) => Seen::Confirmed,
    }
}
