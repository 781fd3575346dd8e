//! The only sender: stamp, sign, send, open, and again where that is right.

mod account;
mod each;
mod failure;
pub mod http;
mod identity;
mod memory;
pub mod probe;
mod reconcile;
pub mod retry;
mod shown;
pub mod stop;
pub mod throttle;
pub mod tls;
mod tls_words;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::rc::Rc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::Value as Json;
use tokio::sync::Notify;
use url::Url;

pub use self::account::Account;
pub use self::each::{PARALLEL, Turn, each, first_alone, in_order, read_each};
pub use self::failure::{Failure, Fate, ends_run};
use self::failure::{
    MESSAGE_LIMIT, asked_to_wait, conclude, fate_of, is_of_one_call, misshapen, replayed,
    unreadable,
};
use self::http::{Exchange, Http, Lost, Network};
pub use self::identity::token_service;
use self::identity::{Clock, Identity, assumed_with};
pub use self::memory::Memory;
pub use self::reconcile::{Patience, Reconciled, reconcile};
use self::retry::Ending;
use self::stop::{GRACE, Stop};
use self::throttle::{Full, Window};
use self::tls::TlsError;
use crate::cloud::Cloud;
use crate::config::{ConfigError, Login, Settings};
use crate::fault::{Kind, Meaning, find, token_expired};
use crate::providers::page::{Broken, Cursor, Page, Pages, READINGS};
use crate::providers::{Call, Effect, Opened, Operation, Params, Response, Service, reply, spec};
use crate::redact::Redactor;
use crate::secret::Secret;
use crate::sign::{Credential, Draft, Method, Signed, Signer, Stamp};
use crate::ui::Ui;

/// Which calls a run sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sends {
    /// All of them.
    #[default]
    Everything,
    /// Those that read; the others are only shown (`--dry-run=live`).
    Reads,
}

/// What a run may do and spend.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Which calls it sends.
    pub sends: Sends,
    /// Attempts for one call, the first included.
    pub max_attempts: u32,
    /// Calls a second instead of the documented ones.
    pub rate: Option<u32>,
    /// When the command must have ended.
    pub deadline: Option<Instant>,
}

/// A call that succeeded.
#[derive(Debug)]
pub struct Done<R> {
    /// The reply.
    pub reply: R,
    /// The vendor's id of the request.
    pub request_id: Option<Rc<str>>,
}

/// A call as `--dry-run` shows it; secrets are masked.
#[derive(Debug, Serialize)]
pub struct PlannedCall {
    /// The vendor's name of the call.
    pub action: &'static str,
    /// The HTTP verb.
    pub method: &'static str,
    /// The address.
    pub url: String,
    /// The headers.
    pub headers: BTreeMap<String, String>,
    /// The business parameters.
    pub params: Json,
    /// The targets of this call.
    pub targets: Vec<String>,
}

/// A future on the heap, its type forgotten: awaiting it costs little code.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Takes the reply of a call that succeeded, if it has the documented shape.
type Read<'a> = dyn FnMut(Json) -> serde_json::Result<()> + 'a;

/// Sends the calls of one service, within its limits.
pub struct Client<'a> {
    account: Rc<Account<'a>>,
    service: &'static Service,
    base: Url,
    host: String,
    http: Rc<Http>,
}

impl<'a> Client<'a> {
    /// A client; nothing is built, read or connected before the first call.
    ///
    /// # Errors
    /// Nobody says who calls; the proxy's variable is broken.
    pub fn new(
        service: &'static Service,
        settings: &'a Settings,
        network: Network<'a>,
        limits: Limits,
        memory: &'a Memory,
        stop: &'a Stop,
        ui: &'a Ui,
    ) -> Result<Self, ConfigError> {
        let login = Some(settings.login.clone()?.value);
        let (settings, clock) = (Cow::Borrowed(settings), Rc::default());
        Client::build(
            service, settings, login, network, limits, clock, memory, stop, ui,
        )
    }

    #[expect(clippy::too_many_arguments, reason = "each is a field")]
    fn build(
        service: &'static Service,
        settings: Cow<'a, Settings>,
        login: Option<Login>,
        network: Network<'a>,
        limits: Limits,
        clock: Rc<Clock>,
        memory: &'a Memory,
        stop: &'a Stop,
        ui: &'a Ui,
    ) -> Result<Self, ConfigError> {
        let base = address(service, &settings);
        let sts = match assumed_with(&settings, login.as_ref()) {
            None => None,
            Some((service, settings, base)) => Some(Box::new(Client::build(
                service,
                Cow::Owned(settings),
                base,
                network.clone(),
                limits.clone(),
                Rc::clone(&clock),
                memory,
                stop,
                ui,
            )?)),
        };
        memory.add_account();
        let account = Account {
            service,
            settings,
            identity: Identity::new(login, sts, memory),
            network,
            links: RefCell::default(),
            memory,
            planned: RefCell::default(),
            answered: RefCell::default(),
            limits,
            windows: RefCell::default(),
            freed: Notify::new(),
            clock,
            stop,
            ui,
        };
        Client::on(Rc::new(account), service, base)
    }

    fn on(
        account: Rc<Account<'a>>,
        service: &'static Service,
        base: Url,
    ) -> Result<Self, ConfigError> {
        let options = account.network.options(&base)?;
        if let Some(password) = options
            .proxy
            .as_ref()
            .and_then(|proxy| proxy.password.as_ref())
        {
            account.memory.learn(password);
        }
        let link = || Rc::new(Http::new(options));
        let http = {
            let mut links = account.links.borrow_mut();
            Rc::clone(links.entry(base.to_string()).or_insert_with(link))
        };
        Ok(Client {
            service,
            host: authority(&base),
            base,
            http,
            account,
        })
    }

    /// Who calls: further clients stand on the same account.
    pub fn account(&self) -> &Rc<Account<'a>> {
        &self.account
    }

    /// [`Account::client`]
    ///
    /// # Errors
    /// As there.
    pub fn beside(&self, service: &'static Service) -> Result<Self, ConfigError> {
        self.account.client(service)
    }

    /// [`Account::client_in`]
    ///
    /// # Errors
    /// As there.
    pub fn beside_in(&self, service: &'static Service, region: &str) -> Result<Self, ConfigError> {
        self.account.client_in(service, region)
    }

    /// Whose calls these are.
    pub fn service(&self) -> &'static Service {
        self.service
    }

    /// What an operation's action is called by this service.
    pub fn named<O: Operation>(&self) -> &'static str {
        self.service.named(O::ACTION)
    }

    /// Whether this service has an operation's action.
    pub fn offers<O: Operation>(&self) -> bool {
        self.service.action(O::ACTION).is_some()
    }

    /// Builds the HTTP client and reads the trust roots, so that what is wrong with them is known
    /// before anything is tried.
    pub fn prepare(&self) -> Result<(), TlsError> {
        self.http.prepare().map(drop)
    }

    /// The signal that asks the run to end, if one came.
    pub fn signal(&self) -> Option<u8> {
        self.account.stop.signal()
    }

    /// Tells the person something, on a line of its own.
    pub fn note(&self, text: &str) {
        self.account.ui.note(text);
    }

    /// Warns the person of something, on a line of its own.
    pub fn warn(&self, text: &str) {
        self.account.ui.warn(text);
    }

    /// Why nothing new may be sent, if that is so.
    pub fn halt(&self) -> Option<Halt> {
        match self.left() {
            _ if self.account.stop.signal().is_some() => Some(Halt::Interrupted),
            Some(Duration::ZERO) => Some(Halt::Deadline),
            _ => None,
        }
    }

    /// For commands that repeat a call themselves after reading: waits as long as before any next
    /// attempt and says whether to make it. Not after the last one, nor once the run ends.
    pub async fn again_after(&self, attempt: u32) -> bool {
        attempt < self.account.limits.max_attempts
            && self
                .pause(retry::backoff(attempt, random_fraction()))
                .await
                .is_ok()
    }

    /// Reads until what is read is `settled`, with pauses that grow up to 3 s; at most for `limit`,
    /// and not beyond the run's end. Returns what was read last. A wait of more than a second says
    /// once what it is for.
    pub async fn poll<T>(
        &self,
        what: &str,
        limit: Duration,
        read: impl AsyncFn() -> T,
        settled: impl Fn(&T) -> bool,
    ) -> T {
        let started = Instant::now();
        let mut pause = Duration::from_millis(250);
        let mut told = false;
        loop {
            let seen = read().await;
            if settled(&seen) || started.elapsed() >= limit || self.pause(pause).await.is_err() {
                return seen;
            }
            if !told && started.elapsed() >= Duration::from_secs(1) {
                told = true;
                let limit = limit.as_secs();
                self.account
                    .ui
                    .note(&format!("waiting for {what}, at most {limit} s"));
            }
            pause = (pause * 2).min(Duration::from_secs(3));
        }
    }

    /// Makes a call, with as many attempts as its effect and its failures allow.
    pub async fn call<O: Operation>(&self, operation: &O) -> Result<Done<O::Reply>, Failure> {
        let mut reply = None;
        let mut read = |json| {
            reply = Some(reply::read(json)?);
            Ok(())
        };
        let request_id = self
            .make(&Call::on(self.service, operation), &mut read)
            .await?;
        Ok(Done {
            reply: reply.expect("a call that succeeds has read its reply"),
            request_id,
        })
    }

    /// Makes a call that has no type of its own; the reply is the answer as it came.
    pub async fn send(&self, call: &Call<'_>) -> Result<Done<Json>, Failure> {
        let mut reply = Json::Null;
        let mut read = |json| {
            reply = json;
            Ok(())
        };
        let request_id = self.make(call, &mut read).await?;
        Ok(Done { reply, request_id })
    }

    /// Masks what is secret in an answer that is to be shown as it came.
    pub fn mask(&self, answer: &mut Json) {
        shown::mask_members(answer, &self.redactor());
    }

    /// Reads a list to its end, page by page, `size` items a page; `key` tells them apart. A list
    /// that changes while it is read is read again.
    ///
    /// # Errors
    /// What a page's call says; a list that is not whole. Never a shorter list, nor a doubled one.
    pub async fn all<O: Operation, T>(
        &self,
        size: u32,
        page: impl Fn(&Cursor) -> O,
        open: impl Fn(O::Reply) -> Page<T>,
        key: impl Fn(&T) -> String,
    ) -> Result<Vec<T>, Failure> {
        let mut reading = 1;
        loop {
            let (broken, request_id) = match self.read_once(size, &page, &open, &key).await? {
                Ok(items) => return Ok(items),
                Err(broken) => broken,
            };
            if broken.passing && reading < READINGS && self.halt().is_none() {
                reading += 1;
                self.account
                    .ui
                    .step(|| format!("{}: {}; reading again", self.named::<O>(), broken.reason));
                continue;
            }
            return Err(Failure {
                message: self.redacted(&format!("{}: {}", self.named::<O>(), broken.reason)),
                request_id,
                attempts: reading,
                ..Failure::of(Kind::Unavailable, Fate::NotRun)
            });
        }
    }

    async fn read_once<O: Operation, T>(
        &self,
        size: u32,
        page: &impl Fn(&Cursor) -> O,
        open: &impl Fn(O::Reply) -> Page<T>,
        key: &impl Fn(&T) -> String,
    ) -> Result<Result<Vec<T>, (Broken, Option<Rc<str>>)>, Failure> {
        let mut pages = Pages::new(size as usize);
        loop {
            let done = self.call(&page(pages.cursor())).await?;
            match pages.take(open(done.reply), key) {
                Ok(true) => {}
                Ok(false) => return Ok(Ok(pages.into_items())),
                Err(broken) => return Ok(Err((broken, done.request_id))),
            }
        }
    }

    /// Whether changes are only shown.
    pub fn only_reads(&self) -> bool {
        self.account.limits.sends == Sends::Reads
    }

    /// The changes that were shown so far instead of being sent, on all services of the account.
    pub fn take_planned(&self) -> Vec<PlannedCall> {
        self.account.planned.take()
    }

    /// Takes note of a call instead of sending it.
    fn hold_back(&self, call: &Call<'_>) -> Failure {
        let settings = &self.account.settings;
        let base = self.base.clone();
        let shown = planned(self.service, settings, call, Vec::new(), base);
        let mut all = self.account.planned.borrow_mut();
        all.push(shown);
        // So many calls nobody looks through: the last ones are shown without their targets.
        Failure::planned(u16::try_from(all.len() - 1).unwrap_or(u16::MAX))
    }

    /// Makes a call and lets `read` take its reply; returns the request's id. The one place where a
    /// run that only reads keeps a change back.
    /// Boxed: dozens of commands await it, and none of them has to hold its state.
    fn make<'s>(
        &'s self,
        call: &'s Call<'s>,
        read: &'s mut Read<'s>,
    ) -> Boxed<'s, Result<Option<Rc<str>>, Failure>> {
        Box::pin(async move {
            if self.only_reads() && call.effect != Effect::Read {
                return Err(self.hold_back(call));
            }
            let made = self.attempts(call, read).await;
            made.map_err(|failure| match call.effect {
                Effect::Read => failure.of_reading(),
                Effect::Repeatable | Effect::Reconciled => failure,
            })
        })
    }

    async fn attempts(
        &self,
        call: &Call<'_>,
        read: &mut Read<'_>,
    ) -> Result<Option<Rc<str>>, Failure> {
        let draft = draft(self.service, &self.host, call);
        let mut unknown = false;
        let mut answered: Vec<Kind> = Vec::new();
        let mut renewed = false;
        let mut last: Option<Failure> = None;
        let mut attempt = 0;
        loop {
            if let Err(halt) = self.enter(call.action, call.rate).await {
                let failure = last.unwrap_or_else(|| self.halted(halt, Fate::NotSent));
                return Err(conclude(failure, unknown));
            }
            // Not before: whoever waited for a place may have outlived the keys.
            let credential = match self.credential().await {
                Ok(credential) => credential,
                Err(failure) => {
                    self.leave(call.action, None);
                    return Err(conclude(failure, unknown));
                }
            };
            attempt += 1;
            self.account
                .ui
                .step(|| format!("{} {}: attempt {attempt}", call.action, self.base));
            let (mut failure, mut ending) = match self
                .attempt(call, &draft, credential.as_deref(), read)
                .await
            {
                Ok(done) => return Ok(done),
                Err(failed) => failed,
            };
            failure.attempts = attempt;
            unknown |= failure.fate == Fate::Unknown;
            if let Ending::Refused {
                kind,
                pointless,
                retry_after,
            } = &mut ending
            {
                *pointless |= answered.contains(kind);
                answered.push(*kind);
                if *kind == Kind::Throttled {
                    self.slow_down(call.action, retry_after.unwrap_or_default());
                }
            }
            let expired = failure.code.as_deref();
            if expired.is_some_and(|code| token_expired(self.service.cloud, code))
                && !std::mem::replace(&mut renewed, true)
                && attempt < self.account.limits.max_attempts
                && self.account.identity.expire(credential.as_ref())
            {
                self.account.ui.step(|| {
                    format!(
                        "{}: the token has expired; trying again with new keys",
                        call.action
                    )
                });
                last = Some(failure);
                continue;
            }
            let wait = match failure.kind == Kind::Busy && !call.waits_while_busy {
                true => None,
                false => retry::wait(
                    ending,
                    call.effect,
                    attempt,
                    self.account.limits.max_attempts,
                    random_fraction(),
                    self.left(),
                ),
            };
            self.account.ui.step(|| {
                let next = match wait {
                    Some(wait) => format!("trying again in {:.1} s", wait.as_secs_f32()),
                    None => "no more attempts".into(),
                };
                format!("{}: {}; {next}", call.action, failure.message)
            });
            let Some(wait) = wait else {
                return Err(conclude(failure, unknown));
            };
            if self.pause(wait).await.is_err() {
                return Err(conclude(failure, unknown));
            }
            last = Some(failure);
        }
    }

    /// Waits, unless the run ends before.
    pub async fn pause(&self, wait: Duration) -> Result<(), Halt> {
        tokio::select! {
            biased;
            halt = self.stopped() => Err(halt),
            () = tokio::time::sleep(wait) => Ok(()),
        }
    }

    /// Returns when nothing new may be sent any more.
    pub async fn stopped(&self) -> Halt {
        let deadline = self
            .account
            .limits
            .deadline
            .map(tokio::time::Instant::from_std);
        tokio::select! {
            biased;
            () = self.account.stop.asked() => Halt::Interrupted,
            () = until(deadline) => Halt::Deadline,
        }
    }

    /// What remains of the deadline.
    fn left(&self) -> Option<Duration> {
        let deadline = self.account.limits.deadline?;
        Some(deadline.saturating_duration_since(Instant::now()))
    }

    /// The failure of a call that the run's end kept from being made, or cut off.
    pub fn halted(&self, halt: Halt, fate: Fate) -> Failure {
        let (kind, message) = match halt {
            Halt::Interrupted => (Kind::Interrupted, "interrupted"),
            Halt::Deadline => (Kind::Deadline, "the deadline ran out (--deadline)"),
        };
        let message = match fate {
            Fate::Unknown => format!("sent, but no answer yet when {message}"),
            _ => message.to_owned(),
        };
        Failure {
            message,
            ..Failure::of(kind, fate)
        }
    }

    /// The time, by the cloud's clock where ours was found to be off: what days are left and
    /// what has ended is counted by it.
    pub fn now(&self) -> DateTime<Utc> {
        self.account.now()
    }

    fn stamp(&self) -> Stamp {
        Stamp {
            time: self.now(),
            nonce: nonce(),
        }
    }

    /// One attempt: signed, sent and opened.
    async fn attempt(
        &self,
        call: &Call<'_>,
        draft: &Draft,
        credential: Option<&Credential>,
        read: &mut Read<'_>,
    ) -> Result<Option<Rc<str>>, (Failure, Ending)> {
        let stamp = self.stamp();
        let signed = match credential {
            Some(credential) => {
                signer(self.service, &self.account.settings)(draft, credential, &stamp)
            }
            None => (spec(self.service.cloud).unsigned)(draft, &stamp),
        };
        self.remember(&call.params, &signed);
        self.account
            .ui
            .detail(|| shown::request(&self.base, call.method, &signed, &call.params));
        let mut answer = self.exchange(call.action, draft.method, &signed).await?;
        answer.settle_retry(self.now());
        if let Some(date) = answer.date {
            self.account.clock.seen.set(Some(date - Utc::now()));
        }
        self.account
            .ui
            .detail(|| shown::answer(&answer, &self.redactor()));
        self.open(call.effect, &answer, read)
    }

    /// Sends a signed call, unless the run ends before it is answered.
    async fn exchange(
        &self,
        action: &'static str,
        method: Method,
        signed: &Signed,
    ) -> Result<Response, (Failure, Ending)> {
        let Exchange { result, arrived } = tokio::select! {
            biased;
            exchange = self.http.exchange(method, &self.base, signed) => exchange,
            halt = self.cut_off() => return Err(self.abandoned(action, halt)),
        };
        self.leave(action, arrived);
        result.map_err(|lost| {
            let (reason, kind, fate, ending) = match lost {
                Lost::NotSent { passing, reason } => {
                    let ending = Ending::NotSent { passing };
                    (reason, Kind::Connection, Fate::NotSent, ending)
                }
                Lost::NoAnswer { reason } => {
                    (reason, Kind::NoAnswer, Fate::Unknown, Ending::NoAnswer)
                }
            };
            let failure = Failure {
                message: self.redactor().line(&reason, MESSAGE_LIMIT),
                ..Failure::of(kind, fate)
            };
            (failure, ending)
        })
    }

    /// A call that the run's end cut off; where no connection was ever made, it was not sent.
    fn abandoned(&self, action: &'static str, halt: Halt) -> (Failure, Ending) {
        let (arrived, fate, ending) = match self.http.has_connected() {
            true => (Some(Instant::now()), Fate::Unknown, Ending::NoAnswer),
            false => (None, Fate::NotSent, Ending::NotSent { passing: false }),
        };
        self.leave(action, arrived);
        (self.halted(halt, fate), ending)
    }

    /// Opens an answer, and looks up what a refusal means.
    fn open(
        &self,
        effect: Effect,
        answer: &Response,
        read: &mut Read<'_>,
    ) -> Result<Option<Rc<str>>, (Failure, Ending)> {
        let redactor = || self.redactor();
        let opened = (spec(self.service.cloud).open)(answer);
        // What an answer under the id of an earlier one is worth to a change.
        let replay = |id: &Option<String>| {
            let id = id.as_ref()?;
            let is_new = self.account.answered.borrow_mut().insert(id.clone());
            (!is_new && effect != Effect::Read).then(|| replayed(answer, &shown::id(id, redactor)))
        };
        match opened {
            Opened::Success { reply, request_id } => {
                if let Some(lost) = replay(&request_id) {
                    return Err(lost);
                }
                let Err(error) = read(reply) else {
                    return Ok(request_id.map(|id| shown::id(&id, redactor)));
                };
                let reason = format!("the answer does not have the documented format: {error}");
                let (failure, ending) = unreadable(answer, &reason, &redactor());
                match effect {
                    Effect::Read => Err(misshapen(failure)),
                    Effect::Repeatable | Effect::Reconciled => Err((failure, ending)),
                }
            }
            Opened::Unreadable(reason) => {
                let (failure, ending) = unreadable(answer, &reason, &redactor());
                match (effect, answer.retry_after) {
                    // A read may wait as long as whoever stands in front of the cloud asks for.
                    (Effect::Read, Some(_)) => Err((failure, asked_to_wait(ending, answer))),
                    _ => Err((failure, ending)),
                }
            }
            Opened::Refused {
                code,
                message,
                request_id,
            } => {
                let lost = replay(&request_id);
                let redactor = redactor();
                let code = redactor.line(&code, MESSAGE_LIMIT);
                let Meaning { kind, hint, .. } = find(self.service.cloud, &code, answer.status);
                if let Some(lost) = lost.filter(|_| is_of_one_call(kind)) {
                    return Err(lost);
                }
                let ending = Ending::Refused {
                    kind,
                    retry_after: answer.retry_after,
                    pointless: kind == Kind::Clock && !self.correct_clock(answer.date),
                };
                let failure = Failure {
                    code: Some(code),
                    message: redactor.line(&message, MESSAGE_LIMIT),
                    hint,
                    request_id: request_id.map(|id| shown::id(&id, || redactor)),
                    http_status: Some(answer.status),
                    ..Failure::of(kind, fate_of(kind))
                };
                Err((failure, ending))
            }
        }
    }

    /// Returns when a call that is under way has to be given up.
    async fn cut_off(&self) -> Halt {
        let stopped = async {
            self.account.stop.asked().await;
            tokio::time::sleep(GRACE).await;
        };
        let deadline = self
            .account
            .limits
            .deadline
            .map(tokio::time::Instant::from_std);
        tokio::select! {
            () = stopped => Halt::Interrupted,
            () = until(deadline) => Halt::Deadline,
        }
    }

    /// Waits for a place in the action's window.
    async fn enter(&self, action: &'static str, rate: u32) -> Result<(), Halt> {
        loop {
            if let Some(halt) = self.halt() {
                return Err(halt);
            }
            let full = {
                let mut windows = self.account.windows.borrow_mut();
                let window = windows
                    .entry((self.service.name, action))
                    .or_insert_with(|| Window::new(self.account.limits.rate.unwrap_or(rate)));
                match window.enter(Instant::now()) {
                    Ok(()) => return Ok(()),
                    Err(full) => full,
                }
            };
            let wait = match full {
                Full::Until(instant) => instant.saturating_duration_since(Instant::now()),
                Full::InFlight => Duration::MAX,
            };
            tokio::select! {
                paused = self.pause(wait) => paused?,
                () = self.account.freed.notified() => {}
            }
        }
    }

    fn leave(&self, action: &'static str, arrived: Option<Instant>) {
        if let Some(window) = self
            .account
            .windows
            .borrow_mut()
            .get_mut(&(self.service.name, action))
        {
            match arrived {
                Some(arrived) => window.leave(arrived),
                None => window.withdraw(),
            }
        }
        self.account.freed.notify_waiters();
    }

    fn slow_down(&self, action: &'static str, asked: Duration) {
        if let Some(window) = self
            .account
            .windows
            .borrow_mut()
            .get_mut(&(self.service.name, action))
        {
            window.slow_down(Instant::now(), asked.min(retry::MAX_RETRY_AFTER));
            let limit = window.limit();
            self.account.ui.step(|| {
                format!("{action}: throttled, using {limit} calls per second from now on")
            });
        }
    }

    /// Takes the server's time over; says whether there was one to take.
    fn correct_clock(&self, date: Option<DateTime<Utc>>) -> bool {
        let Some(date) = date else { return false };
        let offset = date - Utc::now();
        let known = self.account.clock.offset.replace(offset);
        if (known - offset).abs() > TimeDelta::seconds(5) {
            let (seconds, side) = match offset.num_seconds() {
                behind @ 0.. => (behind, "behind"),
                ahead => (-ahead, "ahead of"),
            };
            self.account.ui.warn(&format!(
                "the clock of this machine is {seconds} s {side} the cloud; corrected for this \
                 run, but set the clock (NTP)"
            ));
        }
        true
    }

    fn remember(&self, params: &Params, signed: &Signed) {
        let memory = self.account.memory;
        params
            .secrets()
            .iter()
            .for_each(|secret| memory.learn(secret));
        memory.learn_signature(&signed.signature);
    }

    /// A text out of an answer as it may be shown: on one line, without what this run has sent that
    /// must not be seen.
    pub fn redacted(&self, text: &str) -> String {
        self.redactor().line(text, MESSAGE_LIMIT)
    }

    fn redactor(&self) -> Redactor {
        self.account.memory.message_redactor()
    }
}

/// A call as it would be sent, secrets masked. Needs no credential: what depends on one is masked
/// anyway, and time and nonce would not be those of the real call.
pub fn plan<O: Operation>(settings: &Settings, operation: &O, targets: Vec<String>) -> PlannedCall {
    plan_on(O::SERVICE, settings, operation, targets)
}

/// [`plan`] for a call of that service, which may be a twin of the operation's own.
pub fn plan_on<O: Operation>(
    service: &'static Service,
    settings: &Settings,
    operation: &O,
    targets: Vec<String>,
) -> PlannedCall {
    plan_call(service, settings, &Call::on(service, operation), targets)
}

/// [`plan`] for a call of a client that [`Client::beside`] gives.
pub fn plan_beside<O: Operation>(
    settings: &Settings,
    operation: &O,
    targets: Vec<String>,
) -> PlannedCall {
    let base = address_beside(O::SERVICE, settings);
    planned(O::SERVICE, settings, &Call::of(operation), targets, base)
}

/// [`plan`] for a call that has no type of its own.
pub fn plan_call(
    service: &'static Service,
    settings: &Settings,
    call: &Call<'_>,
    targets: Vec<String>,
) -> PlannedCall {
    planned(service, settings, call, targets, address(service, settings))
}

fn planned(
    service: &'static Service,
    settings: &Settings,
    call: &Call<'_>,
    targets: Vec<String>,
    base: Url,
) -> PlannedCall {
    let draft = draft(service, &authority(&base), call);
    let nobody = Credential {
        id: String::new(),
        secret: Secret::new(String::new()),
        token: None,
    };
    let stamp = Stamp {
        time: Utc::now(),
        nonce: nonce(),
    };
    let signed = signer(service, settings)(&draft, &nobody, &stamp);
    PlannedCall {
        action: call.action,
        method: draft.method.as_str(),
        url: base.to_string(),
        headers: shown::headers(&signed),
        params: call.params.masked_json(),
        targets,
    }
}

fn signer(service: &Service, settings: &Settings) -> Signer {
    (spec(service.cloud).signer)(settings.signature.value)
}

/// Why no further attempt may start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Halt {
    /// A signal asked to stop.
    Interrupted,
    /// The deadline ran out.
    Deadline,
}

fn draft(service: &Service, host: &str, call: &Call<'_>) -> Draft {
    Draft {
        method: call.method,
        host: host.to_owned(),
        service: service.name,
        action: call.action.to_owned(),
        version: service.version,
        region: call.region.map(str::to_owned),
        payload: (spec(service.cloud).encode)(&call.params),
    }
}

/// Where a service's calls go: the given endpoint, else the product's own host.
pub fn address(service: &Service, settings: &Settings) -> Url {
    match &settings.endpoint {
        Some(endpoint) => endpoint.value.clone(),
        None => {
            let region = settings.region.as_ref().map(|region| region.value.as_str());
            own_address(service, settings, region)
        }
    }
}

/// Where the calls of a further service of an account go: to the given endpoint as well, unless
/// that is the host of another product.
pub fn address_beside(service: &Service, settings: &Settings) -> Url {
    let region = settings.region.as_ref().map(|region| region.value.as_str());
    beside_or(service, settings, region)
}

fn beside_or(service: &Service, settings: &Settings, region: Option<&str>) -> Url {
    match &settings.endpoint {
        Some(endpoint) if !is_of_vendor(&endpoint.value) => endpoint.value.clone(),
        _ => own_address(service, settings, region),
    }
}

fn own_address(service: &Service, settings: &Settings, region: Option<&str>) -> Url {
    let host = service.host(settings.site.value, region);
    Url::parse(&format!("https://{host}/")).expect("the services' hosts are valid")
}

/// Whether an address is that of one of the vendors' products, each of which has its own.
fn is_of_vendor(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let mut domains = Cloud::ALL
        .into_iter()
        .filter_map(|cloud| spec(cloud).domain);
    domains.any(|domain| host.ends_with(domain))
}

/// The host as the HTTP client puts it on the wire: with the port where it is not the default.
fn authority(base: &Url) -> String {
    let host = base.host_str().unwrap_or_default();
    match base.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

async fn until(deadline: Option<tokio::time::Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// A random number that no other attempt of any process has.
pub fn nonce() -> String {
    format!("{:016x}{:016x}", random(), random())
}

fn random() -> u64 {
    getrandom::u64().expect("the system gives randomness")
}

fn random_fraction() -> f64 {
    (random() >> 11) as f64 / (1u64 << 53) as f64
}
