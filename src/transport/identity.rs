//! Who calls: the keys at hand, or those that a login gets and renews while calls are made.
//!
//! Keys that are issued for a while are renewed before they end, and once where a call is told
//! that their token has expired. Calls that are under way side by side wait for one renewal.

mod fetch;
mod helper;

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Mutex;

use super::failure::{Failure, Fate, MESSAGE_LIMIT};
use super::{Client, Halt, Memory};
use crate::config::{Login, Settings};
use crate::fault::{Kind, Retry};
use crate::providers::issued::Issued;
use crate::providers::{Service, spec};
use crate::sign::Credential;

/// Keys are renewed this long before they end, or at a fifth of their time where that is less.
const MARGIN: Duration = Duration::from_secs(300);

/// The pause after a renewal that failed while the keys are still good.
const NEXT_TRY: Duration = Duration::from_secs(30);

/// Who calls, and what is known of the keys.
pub(super) struct Identity<'a> {
    /// Nobody, for calls that prove by what they carry who calls.
    login: Option<Login>,
    held: RefCell<Option<Held>>,
    /// Whose turn it is to get keys.
    turn: Mutex<()>,
    /// Why nobody who was waiting then got any.
    failed: RefCell<Option<(Instant, Failure)>>,
    warned: Cell<bool>,
    /// Assumes roles.
    sts: Option<Box<Client<'a>>>,
    memory: &'a Memory,
}

/// The keys that calls are signed with.
struct Held {
    credential: Rc<Credential>,
    expires: Option<DateTime<Utc>>,
    /// When to renew them, and when they are no longer good.
    times: Option<(Instant, Instant)>,
    /// A call was told that their token has expired.
    refused: bool,
}

impl Held {
    fn is_fresh(&self) -> bool {
        !self.refused && self.times.is_none_or(|(renew, _)| Instant::now() < renew)
    }

    fn is_good(&self) -> bool {
        !self.refused && self.times.is_none_or(|(_, end)| Instant::now() < end)
    }
}

/// What the clouds' clock is to ours, as far as this run has learnt it.
#[derive(Default)]
pub(super) struct Clock {
    /// What is added to the time that is signed.
    pub(super) offset: Cell<TimeDelta>,
    /// What the last answer said.
    pub(super) seen: Cell<Option<TimeDelta>>,
}

impl<'a> Identity<'a> {
    /// The keys that the login has already are known before anybody sends anything.
    pub(super) fn new(
        login: Option<Login>,
        sts: Option<Box<Client<'a>>>,
        memory: &'a Memory,
    ) -> Self {
        let identity = Identity {
            login: None,
            held: RefCell::default(),
            turn: Mutex::default(),
            failed: RefCell::default(),
            warned: Cell::default(),
            sts,
            memory,
        };
        match &login {
            Some(Login::Keys(credential)) => {
                identity.hold(credential.clone(), None, None);
            }
            Some(Login::Cached { credential, .. }) => identity.learn(credential),
            _ => {}
        }
        Identity { login, ..identity }
    }

    fn hold(
        &self,
        credential: Credential,
        expires: Option<DateTime<Utc>>,
        times: Option<(Instant, Instant)>,
    ) -> Rc<Credential> {
        self.learn(&credential);
        let credential = Rc::new(credential);
        *self.held.borrow_mut() = Some(Held {
            credential: Rc::clone(&credential),
            expires,
            times,
            refused: false,
        });
        credential
    }

    /// Remembers keys, and their id.
    fn learn(&self, credential: &Credential) {
        self.memory.learn_id(&credential.id);
        self.memory.learn(&credential.secret);
        credential
            .token
            .iter()
            .for_each(|token| self.memory.learn(token));
    }

    /// Takes note that the token of these keys has expired, if new ones can be had. Others may have
    /// got them already.
    pub(super) fn expire(&self, used: Option<&Rc<Credential>>) -> bool {
        let (Some(used), true) = (used, self.login.as_ref().is_some_and(Login::is_renewable))
        else {
            return false;
        };
        if let Some(held) = self.held.borrow_mut().as_mut()
            && Rc::ptr_eq(&held.credential, used)
        {
            held.refused = true;
        }
        true
    }
}

/// The service that says who we are, and the settings to ask it with: an endpoint that is the host
/// of one of the vendor's products is not where it stands.
pub fn token_service(settings: &Settings) -> (&'static Service, Settings) {
    let settings = Settings {
        endpoint: fetch::sts_endpoint(settings, None),
        ..settings.clone()
    };
    (spec(settings.cloud).sts, settings)
}

/// What a login's role is assumed with: the settings of who is asked, and who asks, if anybody.
pub(super) fn assumed_with(
    settings: &Settings,
    login: Option<&Login>,
) -> Option<(&'static Service, Settings, Option<Login>)> {
    let (role, base) = match login? {
        Login::Role { base, role } => (role, Some(base.as_ref().clone())),
        Login::WebIdentity { role, .. } => (role, None),
        _ => return None,
    };
    let settings = Settings {
        endpoint: fetch::sts_endpoint(settings, Some(role)),
        ..settings.clone()
    };
    Some((spec(settings.cloud).sts, settings, base))
}

impl Client<'_> {
    /// Gets the keys, so that a login that fails is known before anything is tried.
    ///
    /// # Errors
    /// Why there are none.
    pub async fn log_in(&self) -> Result<(), Failure> {
        self.credential().await.map(drop)
    }

    /// Until when the keys are good that calls are signed with now.
    pub fn keys_expire(&self) -> Option<DateTime<Utc>> {
        self.account.identity.held.borrow().as_ref()?.expires
    }

    /// The id of the keys that calls are signed with now.
    pub fn key_id(&self) -> Option<String> {
        let held = self.account.identity.held.borrow();
        Some(held.as_ref()?.credential.id.clone())
    }

    /// How far the cloud's clock is ahead of ours, by the last answer that told.
    pub fn clock_offset(&self) -> Option<TimeDelta> {
        self.account.clock.seen.get()
    }

    /// The keys to sign the next call with; none where it is not signed.
    pub(super) async fn credential(&self) -> Result<Option<Rc<Credential>>, Failure> {
        if self.account.identity.login.is_none() {
            return Ok(None);
        }
        let fresh = {
            let held = self.account.identity.held.borrow();
            let fresh = held.as_ref().filter(|held| held.is_fresh());
            fresh.map(|held| Rc::clone(&held.credential))
        };
        match fresh {
            Some(credential) => Ok(Some(credential)),
            None => self.acquire().await.map(Some),
        }
    }

    /// Gets keys, or waits for who is doing so.
    fn acquire(&self) -> Pin<Box<dyn Future<Output = Result<Rc<Credential>, Failure>> + '_>> {
        Box::pin(async {
            let asked = Instant::now();
            let _turn = tokio::select! {
                biased;
                turn = self.account.identity.turn.lock() => turn,
                halt = self.stopped() => return Err(self.halted(halt, Fate::NotSent)),
            };
            if let Some(held) = &*self.account.identity.held.borrow()
                && held.is_fresh()
            {
                return Ok(Rc::clone(&held.credential));
            }
            // What was refused for good is not asked for again by each call of the run.
            if let Some((at, failure)) = &*self.account.identity.failed.borrow()
                && (*at > asked || !failure.retryable())
            {
                return Err(failure.clone());
            }
            match self.obtain().await.and_then(|issued| self.take(issued)) {
                Ok(credential) => Ok(credential),
                Err(failure) => self.make_do(failure),
            }
        })
    }

    /// Takes over keys that were issued.
    fn take(&self, issued: Issued) -> Result<Rc<Credential>, Failure> {
        let Issued {
            credential,
            expires,
        } = issued;
        let Some(end) = expires else {
            return Ok(self.account.identity.hold(credential, None, None));
        };
        let offset = self.account.clock.seen.get().unwrap_or_default();
        let left = (end - Utc::now() - offset).to_std().unwrap_or_default();
        if left.is_zero() {
            let message = format!("the keys expired at {}", end.format("%Y-%m-%dT%H:%M:%SZ"));
            return Err(self.no_login(Kind::Auth, message));
        }
        let now = Instant::now();
        let times = (now + left - MARGIN.min(left / 5), now + left);
        self.account
            .ui
            .step(|| format!("received keys for {} s", left.as_secs()));
        Ok(self
            .account
            .identity
            .hold(credential, Some(end), Some(times)))
    }

    /// Goes on with keys that are still good where there are no new ones.
    fn make_do(&self, failure: Failure) -> Result<Rc<Credential>, Failure> {
        let ends = matches!(failure.kind, Kind::Interrupted | Kind::Deadline);
        if let Some(held) = &mut *self.account.identity.held.borrow_mut()
            && held.is_good()
            && !ends
        {
            if let Some((renew, end)) = &mut held.times {
                let left = end.saturating_duration_since(Instant::now());
                *renew = Instant::now() + NEXT_TRY.min(left / 2);
            }
            if !self.account.identity.warned.replace(true) {
                self.account.ui.warn(&format!(
                    "could not renew the keys yet: {}",
                    failure.message
                ));
            }
            return Ok(Rc::clone(&held.credential));
        }
        *self.account.identity.failed.borrow_mut() = Some((Instant::now(), failure.clone()));
        Err(failure)
    }

    /// A login that has failed.
    fn no_login(&self, kind: Kind, message: impl AsRef<str>) -> Failure {
        Failure {
            message: self.redactor().line(message.as_ref(), MESSAGE_LIMIT),
            login: true,
            ..Failure::of(kind, Fate::NotSent)
        }
    }

    /// What became of a call that was made for the login. It says nothing of the call that the
    /// keys are for: that one was not sent.
    fn login_refused(&self, what: &str, failure: Failure) -> Failure {
        let kind = match failure.kind {
            Kind::NoAnswer | Kind::ServerError => Kind::Unavailable,
            kind if kind.retry() == Retry::Backoff => kind,
            kind @ (Kind::Connection
            | Kind::Deadline
            | Kind::Interrupted
            | Kind::Config
            | Kind::Signature
            | Kind::Clock
            | Kind::Permission
            | Kind::Account
            | Kind::Unsupported) => kind,
            _ => Kind::Auth,
        };
        let message = match failure.login {
            true => failure.message,
            false => format!("{} ({what})", failure.message),
        };
        let hint = match kind == failure.kind {
            true => failure.hint,
            false if failure.hint == failure.kind.hint() => kind.hint(),
            false => failure.hint,
        };
        Failure {
            kind,
            message,
            hint,
            fate: Fate::NotSent,
            login: true,
            ..failure
        }
    }

    fn cut_short(&self, halt: Halt) -> Failure {
        Failure {
            login: true,
            ..self.halted(halt, Fate::NotSent)
        }
    }
}
