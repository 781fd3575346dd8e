//! What changes a listener's certificates. With its accelerator it takes one write at a time.

use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Instant;

use super::look::{SETTLE_LIMIT, at, is, is_made};
use super::{Instance, ListenerId};
use crate::config::Settings;
use crate::fault::Kind;
use crate::products::{Bears, Bind, Held, Place, Reason, Settled, Slot, Undo};
use crate::providers::Operation;
use crate::providers::alibaba::cas::MAINLAND;
use crate::providers::alibaba::ga::{
    AssociateAdditionalCertificatesWithListener, DissociateAdditionalCertificatesFromListener, GA,
    ListenerCertificate, PAIR_LIMIT, Pair, UpdateAdditionalCertificateWithListener, UpdateListener,
};
use crate::transport::{
    Account, Failure, Fate, Patience, PlannedCall, ends_run, nonce, plan, reconcile,
};

/// What is made of a certificate of a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A domain without an additional certificate gets one.
    Attach,
    /// A domain gets another one in place.
    Replace,
    /// The listener gets another default certificate.
    SetDefault,
    /// A domain loses its additional certificate.
    Detach,
}

/// What is worth knowing of a domain that has the certificate.
pub const ATTACHED: &str = "it already has this certificate";

/// Why a domain cannot be given a first certificate.
pub fn occupied(there: &ListenerCertificate) -> Reason {
    let message = format!("it already has {}", there.certificate_id);
    Reason::new(Kind::Conflict, message, REPLACE)
}

const REPLACE: &str = "replace its certificate with `certctl ga replace`";

impl Change {
    /// What a bind makes of it.
    pub fn of(bind: &Bind<'_>) -> Self {
        match (&bind.place.slot, bind.before, bind.after) {
            (Slot::Domain(_), _, None) => Change::Detach,
            (Slot::Domain(_), None, _) => Change::Attach,
            (Slot::Domain(_), Some(_), _) => Change::Replace,
            _ => Change::SetDefault,
        }
    }

    /// The action that makes it.
    pub const fn action(self) -> &'static str {
        match self {
            Change::Attach => AssociateAdditionalCertificatesWithListener::ACTION,
            Change::Replace => UpdateAdditionalCertificateWithListener::ACTION,
            Change::SetDefault => UpdateListener::ACTION,
            Change::Detach => DissociateAdditionalCertificatesFromListener::ACTION,
        }
    }

    /// How many certificates a call may be about.
    const fn limit(self) -> usize {
        match self {
            Change::Attach | Change::Detach => PAIR_LIMIT,
            Change::Replace | Change::SetDefault => 1,
        }
    }

    /// The calls that would be made, under a token of one's own or fresh ones.
    pub fn plan(
        self,
        settings: &Settings,
        id: ListenerId<'_>,
        pairs: &[Pair],
        token: Option<&str>,
    ) -> Vec<PlannedCall> {
        let planned = |pairs: &[Pair]| {
            let token = token.map_or_else(nonce, str::to_owned);
            let token = token.as_str();
            let write = Write { id, pairs, token };
            let domains = || pairs.iter().map(|pair| pair.domain.clone()).collect();
            match self {
                Change::Attach => plan(settings, &write.attach(), domains()),
                Change::Replace => plan(settings, &write.replace(), domains()),
                Change::SetDefault => {
                    plan(settings, &write.set_default(), vec![id.listener.to_owned()])
                }
                Change::Detach => plan(settings, &write.detach(), domains()),
            }
        };
        pairs.chunks(self.limit()).map(planned).collect()
    }
}

/// What a call says: of a default certificate the domain is empty, and of one that goes the id.
struct Write<'a> {
    id: ListenerId<'a>,
    pairs: &'a [Pair],
    token: &'a str,
}

impl<'a> Write<'a> {
    fn attach(&self) -> AssociateAdditionalCertificatesWithListener<'a> {
        AssociateAdditionalCertificatesWithListener {
            client_token: self.token,
            accelerator_id: self.id.accelerator,
            listener_id: self.id.listener,
            certificates: self.pairs,
        }
    }

    fn replace(&self) -> UpdateAdditionalCertificateWithListener<'a> {
        UpdateAdditionalCertificateWithListener {
            client_token: self.token,
            accelerator_id: self.id.accelerator,
            listener_id: self.id.listener,
            pair: &self.pairs[0],
        }
    }

    fn set_default(&self) -> UpdateListener<'a> {
        UpdateListener {
            client_token: self.token,
            listener_id: self.id.listener,
            certificate_id: &self.pairs[0].certificate,
        }
    }

    fn detach(&self) -> DissociateAdditionalCertificatesFromListener<'a> {
        DissociateAdditionalCertificatesFromListener {
            client_token: self.token,
            accelerator_id: self.id.accelerator,
            listener_id: self.id.listener,
            domains: self.pairs.iter().map(|pair| &*pair.domain).collect(),
        }
    }
}

/// A certificate and its domain, as calls have them: Global Accelerator wants the store's site.
fn pair(bind: &Bind<'_>) -> Pair {
    let certificate = bind.after.map(|id| id.identifier(MAINLAND));
    Pair {
        certificate: certificate.unwrap_or_default(),
        domain: match &bind.place.slot {
            Slot::Domain(domain) => domain.clone(),
            _ => String::new(),
        },
    }
}

impl Instance<'_> {
    /// Makes what is open so, as many a call as it takes, each once the one before has taken effect;
    /// returns why the rest was not sent, if it was not. Each call has a token of its own, unless one
    /// is given.
    ///
    /// A call is refused as a whole: of domains that get a first certificate those at fault are found
    /// by reading what is there, then by halves, so that every other one gets its own. Not under a
    /// given token, which is for one call.
    pub async fn make(
        &self,
        change: Change,
        binds: &[Bind<'_>],
        settled: &mut [Settled],
        token: Option<&str>,
    ) -> Option<Failure> {
        let open: Vec<usize> = (0..binds.len())
            .filter(|at| settled[*at].is_open())
            .collect();
        let mut queue: VecDeque<Vec<usize>> =
            open.chunks(change.limit()).map(<[_]>::to_vec).collect();
        let mut written = false;
        while let Some(targets) = queue.pop_front() {
            if written && let Err(failure) = self.settled().await {
                return Some(failure);
            }
            let chosen: Vec<Bind<'_>> = targets.iter().map(|at| binds[*at]).collect();
            let own = token.map_or_else(nonce, str::to_owned);
            let one = self.send(change, &chosen, &own).await;
            for at in &targets {
                settled[*at] = one.clone();
            }
            let Some(failure) = one.failure() else {
                written = true;
                continue;
            };
            written |= failure.fate == Fate::Unknown;
            if ends_run(failure) {
                return Some(failure.clone());
            }
            if change != Change::Attach || !is_about_a_pair(failure) {
                continue;
            }
            let left = self.sort_out(&targets, binds, settled, failure).await;
            if token.is_some() || left.is_empty() {
                continue;
            }
            if left.len() < targets.len() {
                queue.push_front(left);
            } else if left.len() > 1 {
                let (first, second) = left.split_at(left.len() / 2);
                queue.push_front(second.to_vec());
                queue.push_front(first.to_vec());
            }
        }
        None
    }

    async fn send(&self, change: Change, binds: &[Bind<'_>], token: &str) -> Settled {
        let pairs: Vec<Pair> = binds.iter().map(pair).collect();
        let write = Write {
            id: self.id,
            pairs: &pairs,
            token,
        };
        match change {
            Change::Attach => self.write(&write.attach(), binds).await,
            Change::Replace => self.write(&write.replace(), binds).await,
            Change::SetDefault => self.write(&write.set_default(), binds).await,
            Change::Detach => self.write(&write.detach(), binds).await,
        }
    }

    /// Makes a call under a client token, again under the same one each time the instance was busy
    /// and became active. After a lost answer the certificates are read.
    async fn write(&self, call: &impl Operation, binds: &[Bind<'_>]) -> Settled {
        let started = Instant::now();
        let look = async || {
            let certificates = self.certificates().await?;
            let all = binds.iter().all(|bind| is_made(bind, &certificates));
            Ok(all.then_some(()))
        };
        let mut lost: Option<Failure> = None;
        let mut attempt = 0;
        loop {
            attempt += 1;
            // The token makes a further call harmless.
            let patience = Patience::AT_THE_END;
            let failure = match reconcile(self.client, call, patience, &look).await {
                Ok(made) => return made.into(),
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

    /// Settles those of a refused call that reading explains: what is there already, and what would
    /// take another certificate's place. Returns the others; all where nothing could be read.
    async fn sort_out(
        &self,
        targets: &[usize],
        binds: &[Bind<'_>],
        settled: &mut [Settled],
        failure: &Failure,
    ) -> Vec<usize> {
        let Ok(certificates) = self.certificates().await else {
            return targets.to_vec();
        };
        let mut left = Vec::new();
        for target in targets {
            let bind = &binds[*target];
            settled[*target] = match at(&bind.place.slot, &certificates) {
                None => {
                    left.push(*target);
                    continue;
                }
                Some(there) if bind.after.is_some_and(|wanted| is(there, wanted)) => Settled {
                    request_id: failure.request_id.clone(),
                    ..Settled::unchanged().with(ATTACHED)
                },
                Some(there) => Settled::failed(Failure {
                    kind: Kind::Conflict,
                    message: occupied(there).message,
                    hint: REPLACE,
                    ..failure.clone()
                }),
            };
        }
        left
    }
}

/// Whether a refusal may be the fault of one pair of several. What is said of the listener or the
/// accelerator holds for each of them, and so does a quota that is used up.
fn is_about_a_pair(failure: &Failure) -> bool {
    let code = failure.code.as_deref().unwrap_or_default();
    let of_instance = [".Listener", ".Accelerator", "ListenerId", "AcceleratorId"];
    failure.fate == Fate::NotRun
        && matches!(
            failure.kind,
            Kind::Refused | Kind::Conflict | Kind::NotFound | Kind::Parameter | Kind::State
        )
        && !code.is_empty()
        && !of_instance.iter().any(|end| code.ends_with(end))
}

/// The first certificates of a listener's domains go together, everything else alone.
pub(super) fn groups(binds: &[Bind<'_>]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (at, bind) in binds.iter().enumerate() {
        let joins = |group: &&mut Vec<usize>| {
            let other = &binds[group[0]];
            [bind, other].map(Change::of) == [Change::Attach; 2]
                && bind.place.path == other.place.path
                && group.len() < PAIR_LIMIT
        };
        match groups.iter_mut().find(joins) {
            Some(group) => group.push(at),
            None => groups.push(vec![at]),
        }
    }
    groups
}

const DEFAULT_STAYS: &str = "the default certificate of a listener can be replaced but not \
                             removed";

/// Makes the change of a group, once whatever was under way has taken effect.
pub(super) async fn bind(account: &Rc<Account<'_>>, binds: &[Bind<'_>]) -> Vec<Settled> {
    let mut settled = vec![Settled::default(); binds.len()];
    let Some(first) = binds.first() else {
        return settled;
    };
    if (&first.place.slot, first.after) == (&Slot::Default, None) {
        let hint = "set another certificate: nothing was sent";
        settled[0] = Settled::refused(Reason::new(Kind::Parameter, DEFAULT_STAYS, hint));
        return settled;
    }
    let ended = match account.client(&GA) {
        Err(error) => Some(error.into()),
        Ok(client) => {
            let instance = Instance {
                client: &client,
                id: ListenerId::of(&first.place.path),
            };
            match instance.settled().await {
                Err(failure) => Some(failure),
                Ok(()) => {
                    let change = Change::of(first);
                    instance.make(change, binds, &mut settled, None).await
                }
            }
        }
    };
    if let Some(failure) = ended {
        for one in settled.iter_mut().filter(|one| one.is_open()) {
            *one = Settled::failed(failure.clone());
        }
    }
    settled
}

/// Whether a certificate of a listener can be given back what it was.
pub(super) fn undo(place: &Place, bears: &Bears) -> Undo {
    match (bears, &place.slot) {
        (Bears::These(these), Slot::Domain(_)) if these.is_empty() => Undo::Unknown(
            "cannot check that the default certificate of the listener covers the domain",
        ),
        (Bears::These(these), _) => match &these[..] {
            [Held::Stored(_)] => Undo::Yes,
            [] => Undo::No(DEFAULT_STAYS),
            _ => Undo::No("its certificate has no id in the certificate store"),
        },
        (Bears::Unread(_), _) => Undo::Unknown("could not read its certificate"),
    }
}
