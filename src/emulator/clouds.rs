//! From a received request to an answer: the gate (key, clock, token, signature, nonce,
//! permission), the limits, the scenario's faults, the action, the envelope.

use std::collections::{HashMap, VecDeque};
use std::io::Write as _;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};

use crate::cloud::Cloud;

use super::actions::{Account, Action, Call, Data, find, sts};
use super::keys::{self, Lifetime, Token};
use super::log::Entry;
use super::metadata;
use super::pki::Authority;
use super::reply::{self, Format, Refusal, Reply};
use super::request::{Params, Received};
use super::scenario::{Deed, Fault, Scenario, Standing};
use super::untrue;
use super::verify::{self, Claim, Scheme};

/// The span in which the documented numbers of calls are counted.
const WINDOW: Duration = Duration::from_secs(1);

/// How far apart the clocks may be, in seconds: Alibaba Cloud 15 minutes, Tencent Cloud 5.
const ALIBABA_CLOCK: u64 = 15 * 60;
const TENCENT_CLOCK: u64 = 5 * 60;

/// How many of the newest requests are remembered; `--log` writes them all.
const LOG_KEPT: usize = 10_000;

/// The three clouds and everything they remember.
pub struct Clouds {
    scenario: Scenario,
    account: Account,
    nonces: Nonces,
    admitted: HashMap<&'static str, VecDeque<Instant>>,
    strikes: Vec<Strikes>,
    chance: Random,
    ids: Random,
    token_calls: u64,
    started: Instant,
    log: VecDeque<Entry>,
    log_file: Option<std::fs::File>,
}

/// The nonces that a clock cannot refuse yet.
#[derive(Default)]
struct Nonces {
    /// Key id and nonce, with the Unix time that was signed with them.
    used: HashMap<(String, String), i64>,
    /// At so many the old ones are dropped.
    full: usize,
}

impl Nonces {
    /// Remembers a nonce; false if it was used before.
    fn use_up(&mut self, key_id: &str, nonce: &str, time: i64, now: i64) -> bool {
        if self.used.len() >= self.full {
            let stale = |time: i64| time.saturating_add_unsigned(ALIBABA_CLOCK) < now;
            self.used.retain(|_, time| !stale(*time));
            // Twice what is needed, so that every nonce is looked at a few times only.
            self.full = 2 * self.used.len().max(1000);
        }
        let pair = (key_id.to_owned(), nonce.to_owned());
        self.used.insert(pair, time).is_none()
    }
}

/// How often a fault's pattern has matched, and how often it has struck.
#[derive(Clone, Copy, Default)]
struct Strikes {
    matched: u64,
    struck: u64,
}

/// A reply and how it is to be delivered.
pub struct Answer {
    /// What to write.
    pub reply: Reply,
    /// What befalls it on the way.
    pub deed: Deed,
}

/// What becomes of a request, for answer and log alike.
struct Outcome {
    reply: Result<Data, Refusal>,
    fault: Option<usize>,
    applied: bool,
}

impl Outcome {
    fn refused(refusal: Refusal) -> Self {
        Outcome {
            reply: Err(refusal),
            fault: None,
            applied: false,
        }
    }
}

impl Clouds {
    /// The fixture account with the scenario's changes.
    ///
    /// # Errors
    /// What the generator of keys says.
    pub fn new(
        scenario: Scenario,
        authority: &Authority,
        log_file: Option<std::fs::File>,
    ) -> Result<Self, rcgen::Error> {
        Ok(Clouds {
            account: Account::new(authority, &scenario.account)?,
            nonces: Nonces::default(),
            admitted: HashMap::new(),
            strikes: vec![Strikes::default(); scenario.faults.len()],
            chance: Random(scenario.seed),
            ids: Random(!scenario.seed),
            token_calls: 0,
            started: Instant::now(),
            log: VecDeque::new(),
            log_file,
            scenario,
        })
    }

    /// What has arrived so far, of very many requests the newest.
    pub fn log(&self) -> Vec<Entry> {
        self.log.iter().cloned().collect()
    }

    /// The clouds' own clock.
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now() + TimeDelta::seconds(self.scenario.clock_offset_seconds)
    }

    /// The certificate that CDN's edge shows to who asks for a host, with its key, both PEM.
    pub fn shown(&mut self, host: &str, stale: bool) -> Option<(String, String)> {
        self.account.shown(host, Instant::now(), stale)
    }

    /// How long every answer waits.
    pub fn latency(&self) -> Duration {
        Duration::from_millis(self.scenario.latency_ms)
    }

    /// Deals with a request and writes it down.
    pub fn receive(&mut self, received: &Received) -> Answer {
        let arrival = Instant::now();
        let since = arrival.duration_since(self.started).as_micros();
        if let Some(request) = metadata::Request::of(received) {
            return self.hand_out(request, received, since as u64);
        }
        let Some(scheme) = verify::scheme_of(received) else {
            let request_id = self.ids.uuid();
            let entry = Entry::arrival(since as u64, received, &request_id);
            let reply = Reply {
                status: 400,
                headers: vec![("content-type", "text/plain".to_owned())],
                body: b"This is none of the three clouds' requests.\n".to_vec(),
            };
            return self.conclude(entry, reply, Deed::default());
        };
        let cloud = scheme.cloud();
        let request_id = match cloud {
            Cloud::Alibaba => self.ids.uuid().to_uppercase(),
            Cloud::Tencent | Cloud::Ucloud => self.ids.uuid(),
        };
        let mut entry = Entry::arrival(since as u64, received, &request_id);
        entry.cloud = Some(cloud);
        entry.scheme = Some(scheme.as_str());
        let claim = verify::claim(scheme, received);
        let (action, format) = match &claim {
            Ok(claim) => {
                entry.action = Some(claim.action.clone());
                entry.key_id = Some(claim.key_id.clone());
                entry.params = Entry::masked(&claim.params);
                let product = find(cloud, &claim.action).map_or(Format::Json, |row| row.format);
                (claim.action.clone(), claim.format.unwrap_or(product))
            }
            Err(_) => (String::new(), Format::Json),
        };
        let outcome = match &claim {
            Ok(claim) => self.act(scheme, received, claim, arrival, &request_id),
            Err(refusal) => Outcome::refused(refusal.clone()),
        };
        entry.fault = outcome.fault;
        entry.applied = outcome.applied;
        let deed = outcome
            .fault
            .map(|index| self.scenario.faults[index].deed.clone())
            .unwrap_or_default();
        let request_id = deed.request_id.clone().unwrap_or(request_id);
        entry.request_id.clone_from(&request_id);
        let reply = match instead(cloud, &action, &deed).map_or(outcome.reply, Err) {
            Ok(data) => {
                let data = untrue::data(data, &deed);
                reply::success(cloud, format, &action, &request_id, data)
            }
            Err(refusal) => {
                let host = received.header("host").unwrap_or_default();
                let reply = reply::refused(cloud, format, host, &action, &request_id, &refusal);
                entry.code = Some(refusal.code);
                reply
            }
        };
        self.conclude(entry, spoiled(reply, &deed), deed)
    }

    fn conclude(&mut self, mut entry: Entry, reply: Reply, deed: Deed) -> Answer {
        let reset = deed.reset_before || deed.reset_after;
        entry.http = (!reset).then_some(reply.status);
        if let Some(file) = &mut self.log_file {
            let line = serde_json::to_string(&entry).expect("an entry is plain data");
            // A log that cannot be written must not change what the clouds answer.
            let _ = writeln!(file, "{line}");
        }
        if self.log.len() == LOG_KEPT {
            self.log.pop_front();
        }
        self.log.push_back(entry);
        Answer { reply, deed }
    }

    fn act(
        &mut self,
        scheme: Scheme,
        received: &Received,
        claim: &Claim,
        arrival: Instant,
        request_id: &str,
    ) -> Outcome {
        if let Err(refusal) = self.gate(scheme, received, claim) {
            return Outcome::refused(refusal);
        }
        let action = match self.known(scheme, claim) {
            Ok(action) => action,
            Err(refusal) => return Outcome::refused(refusal),
        };
        if let Err(refusal) = self.admit(action, arrival) {
            return Outcome::refused(refusal);
        }
        let fault = self.strike(scheme.cloud(), &claim.action, &claim.params);
        let deed = fault.map(|index| self.scenario.faults[index].deed.clone());
        if deed.as_ref().is_some_and(|deed| !deed.applies()) {
            // The deed gives the answer; where it leaves that to the action, the answer is a lie.
            return Outcome {
                reply: Ok(Data::new()),
                fault,
                applied: false,
            };
        }
        let first_page = deed.as_ref().is_some_and(|deed| deed.first_page);
        let first_page = first_page.then(|| untrue::of_first_page(&claim.params));
        let call = Call {
            params: first_page.as_ref().unwrap_or(&claim.params),
            key_id: &claim.key_id,
            host: received.header("host").unwrap_or_default(),
            utc: self.now(),
            instant: arrival,
            request_id,
            max_page: self.scenario.account.max_page,
            partial: deed
                .as_ref()
                .and_then(|deed| deed.partial_success.as_deref()),
        };
        if deed.as_ref().is_some_and(|deed| deed.twin) {
            let twin = Call {
                params: &untrue::of_another(call.params),
                request_id: &self.ids.uuid(),
                ..call
            };
            // Whatever becomes of it, nobody here is told.
            let _ = (action.handle)(&twin, &mut self.account);
        }
        let reply = (action.handle)(&call, &mut self.account);
        Outcome {
            applied: reply.is_ok(),
            reply,
            fault,
        }
    }

    /// Who is it, is it now, is it signed, is it the first time, is it allowed.
    fn gate(&mut self, scheme: Scheme, received: &Received, claim: &Claim) -> Result<(), Refusal> {
        let cloud = scheme.cloud();
        if claim.unsigned {
            let clock = claim.time.map(|time| self.punctual(cloud, time));
            return clock.unwrap_or(Ok(()));
        }
        let standing = match self.account.sts.find(cloud, &claim.key_id) {
            None => self.fixture_key(scheme, received, claim)?,
            Some(keys) => {
                if let Some(time) = claim.time {
                    self.punctual(cloud, time)?;
                }
                verify::check(scheme, received, &keys.secret)?;
                let token = keys.token.clone();
                let now = self.now();
                let lifetime = self.account.sts.lifetime(cloud, &claim.key_id, now);
                keys::check_token(cloud, Some(&token), claim.token.as_deref(), lifetime)?;
                Standing::Good
            }
        };
        if let (Some(nonce), Some(time)) = (&claim.nonce, claim.time) {
            let now = self.now().timestamp();
            if !self.nonces.use_up(&claim.key_id, nonce, time, now) {
                return Err(Refusal::new(
                    400,
                    "SignatureNonceUsed",
                    "Specified signature nonce was used already.",
                ));
            }
        }
        match standing {
            Standing::Denied | Standing::Suspended if sts::is_open(&claim.action) => Ok(()),
            standing => keys::check_standing(cloud, standing, &claim.action),
        }
    }

    /// Checks a call that the fixture's keys sign.
    fn fixture_key(
        &mut self,
        scheme: Scheme,
        received: &Received,
        claim: &Claim,
    ) -> Result<Standing, Refusal> {
        let cloud = scheme.cloud();
        let key = keys::find(cloud, &claim.key_id)?;
        if let Some(time) = claim.time {
            self.punctual(cloud, time)?;
        }
        verify::check(scheme, received, key.secret)?;
        let limit = self.scenario.account.token_calls;
        let worn = limit.is_some_and(|limit| self.token_calls >= limit);
        let (token, lifetime) = match key.token {
            None => (None, Lifetime::Good),
            Some(Token::Expired(token)) => (Some(token), Lifetime::Over),
            Some(Token::Fresh(token)) if worn => (Some(token), Lifetime::Over),
            Some(Token::Fresh(token)) => (Some(token), Lifetime::Good),
        };
        keys::check_token(cloud, token, claim.token.as_deref(), lifetime)?;
        if key.token.is_some() {
            self.token_calls += 1;
        }
        Ok(key.standing.unwrap_or(self.scenario.account.standing))
    }

    /// Deals with what is no call of an API: keys that are handed out.
    fn hand_out(
        &mut self,
        request: metadata::Request<'_>,
        received: &Received,
        since: u64,
    ) -> Answer {
        let request_id = self.ids.uuid();
        let mut entry = Entry::arrival(since, received, &request_id);
        entry.cloud = Some(request.cloud());
        entry.action = Some(request.name().to_owned());
        let fault = self.strike(request.cloud(), request.name(), &Params::default());
        entry.fault = fault;
        let deed = fault
            .map(|index| self.scenario.faults[index].deed.clone())
            .unwrap_or_default();
        let hardened = self.scenario.account.metadata_token_required;
        let now = self.now();
        let reply = request.answer(received, hardened, &mut self.account.sts, now);
        entry.applied = reply.status == 200;
        self.conclude(entry, spoiled(reply, &deed), deed)
    }

    fn punctual(&self, cloud: Cloud, time: i64) -> Result<(), Refusal> {
        let apart = self.now().timestamp().abs_diff(time);
        match cloud {
            Cloud::Alibaba if apart > ALIBABA_CLOCK => Err(Refusal::new(
                400,
                "InvalidTimeStamp.Expired",
                "Specified time stamp or date value is expired.",
            )),
            Cloud::Tencent if apart > TENCENT_CLOCK => Err(Refusal::inside(
                "AuthFailure.SignatureExpire",
                format!("Signature expired: the difference of the clocks is {apart} seconds."),
            )),
            _ => Ok(()),
        }
    }

    /// The action, if it exists in that version and has every parameter that came.
    fn known(&self, scheme: Scheme, claim: &Claim) -> Result<&'static Action, Refusal> {
        let cloud = scheme.cloud();
        let retired = self
            .scenario
            .account
            .unknown_actions
            .contains(&claim.action);
        let action = find(cloud, &claim.action).filter(|_| !retired);
        let action = action.ok_or_else(|| match cloud {
            Cloud::Alibaba => Refusal::new(
                404,
                "InvalidAction.NotFound",
                "Specified api is not found, please check your url and method.",
            ),
            Cloud::Tencent => Refusal::inside(
                "InvalidAction",
                format!("The action `{}` is not valid.", claim.action),
            ),
            Cloud::Ucloud => Refusal::inside("161", format!("Action [{}] not found", claim.action)),
        })?;
        if action.version.is_some() && action.version != claim.version.as_deref() {
            return Err(match cloud {
                Cloud::Tencent => Refusal::inside(
                    "NoSuchVersion",
                    "The version of the product does not exist.",
                ),
                _ => Refusal::new(
                    400,
                    "InvalidVersion",
                    "Specified parameter Version is not valid.",
                ),
            });
        }
        match action.foreign(scheme, &claim.params) {
            None => Ok(action),
            Some(name) => Err(unknown_parameter(cloud, name)),
        }
    }

    /// No more calls of an action than documented in any second, wherever it is cut. Calls that
    /// are refused here do not count.
    fn admit(&mut self, action: &Action, now: Instant) -> Result<(), Refusal> {
        let unlimited = self.scenario.account.unlimited_rate;
        let Some(limit) = action.per_second.filter(|_| !unlimited) else {
            return Ok(());
        };
        let admitted = self.admitted.entry(action.name).or_default();
        while admitted
            .front()
            .is_some_and(|earlier| now.duration_since(*earlier) >= WINDOW)
        {
            admitted.pop_front();
        }
        match admitted.front() {
            Some(oldest) if admitted.len() >= limit => {
                let wait = WINDOW - now.duration_since(*oldest);
                let wait = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX) + 1;
                Err(throttled(action.cloud, Some(wait)))
            }
            _ => {
                admitted.push_back(now);
                Ok(())
            }
        }
    }

    /// The first fault that matches; every pattern that matches counts on.
    fn strike(&mut self, cloud: Cloud, action: &str, params: &Params) -> Option<usize> {
        let mut struck = None;
        for (index, Fault { pattern, .. }) in self.scenario.faults.iter().enumerate() {
            let applies = pattern.cloud.is_none_or(|only| only == cloud)
                && pattern.action.as_ref().is_none_or(|only| only == action)
                && pattern
                    .value
                    .as_ref()
                    .is_none_or(|value| holds(params, value));
            if !applies {
                continue;
            }
            let strikes = &mut self.strikes[index];
            strikes.matched += 1;
            let place = strikes.matched;
            let due = pattern.nth.as_ref().is_none_or(|nth| nth.contains(&place))
                && pattern
                    .every
                    .is_none_or(|every| place.is_multiple_of(every))
                && pattern.times.is_none_or(|times| strikes.struck < times)
                && pattern.probability.is_none_or(|p| self.chance.unit() < p);
            if due && struck.is_none() {
                strikes.struck += 1;
                struck = Some(index);
            }
        }
        struck
    }
}

fn holds(params: &Params, wanted: &str) -> bool {
    let flat = params
        .flat
        .iter()
        .any(|(_, value)| value.split(',').any(|item| item == wanted));
    let json = wanted.parse().is_ok_and(|wanted: i64| {
        params.json.values().any(|value| match value {
            serde_json::Value::Array(items) => {
                items.iter().any(|item| item.as_i64() == Some(wanted))
            }
            plain => plain.as_i64() == Some(wanted),
        })
    });
    flat || json
}

/// Tencent Cloud does refuse what it does not know. The others are stricter here than they are in
/// truth, for a parameter that is misspelt and ignored changes what a call means.
fn unknown_parameter(cloud: Cloud, name: &str) -> Refusal {
    match cloud {
        Cloud::Alibaba => Refusal::new(
            400,
            "UnsupportedParameter",
            format!("The parameter {name} is not supported."),
        ),
        Cloud::Tencent => Refusal::inside(
            "UnknownParameter",
            format!("The parameter `{name}` is not recognized."),
        ),
        Cloud::Ucloud => Refusal::inside("230", format!("Params [{name}] not available")),
    }
}

fn throttled(cloud: Cloud, retry_after_ms: Option<u64>) -> Refusal {
    match cloud {
        Cloud::Alibaba => Refusal {
            retry_after_ms,
            ..Refusal::new(
                400,
                "Throttling.User",
                "Request was denied due to user flow control.",
            )
        },
        Cloud::Tencent => Refusal::inside(
            "RequestLimitExceeded",
            "Your current request times equals to `11` in a second, which exceeds the frequency \
             limit `10` for a second. Please reduce the frequency of calls.",
        ),
        Cloud::Ucloud => Refusal::inside("153", "Request rate limited"),
    }
}

/// The refusal that a deed puts in place of the action's answer.
fn instead(cloud: Cloud, action: &str, deed: &Deed) -> Option<Refusal> {
    if deed.denied {
        return keys::check_standing(cloud, Standing::Denied, action).err();
    }
    if let Some(throttle) = &deed.throttle {
        return Some(throttled(cloud, throttle.retry_after_ms));
    }
    let code = deed.code.as_ref()?;
    let http = match cloud {
        Cloud::Alibaba => 400,
        Cloud::Tencent | Cloud::Ucloud => 200,
    };
    Some(Refusal::new(
        deed.http.unwrap_or(http),
        code,
        deed.message.as_deref().unwrap_or("As the scenario says."),
    ))
}

/// The reply as the deed leaves it; what concerns its delivery is not done here.
fn spoiled(mut reply: Reply, deed: &Deed) -> Reply {
    let html = |text: &str| format!("<!DOCTYPE html><html><body>{text}</body></html>").into_bytes();
    let page = vec![("content-type", "text/html; charset=utf-8".to_owned())];
    if let Some(status) = deed.status {
        reply.status = status;
        (reply.headers, reply.body) = match deed.html {
            true => (page, html(&format!("<h1>{status}</h1>"))),
            false => (Vec::new(), Vec::new()),
        };
    } else if let Some(address) = &deed.redirect {
        reply.status = 302;
        reply.headers = vec![("location", address.clone())];
        reply.body = Vec::new();
    } else if deed.html_200 {
        reply.status = 200;
        (reply.headers, reply.body) = (page, html("<h1>Please log in</h1>"));
    } else if deed.empty {
        reply.status = 200;
        reply.body = Vec::new();
    } else if deed.no_content {
        reply.status = 204;
        (reply.headers, reply.body) = (Vec::new(), Vec::new());
    } else if deed.not_json {
        reply.status = 200;
        reply.body = b"OK".to_vec();
    } else if deed.null {
        reply.body = b"null".to_vec();
    } else if deed.empty_object {
        reply.body = b"{}".to_vec();
    } else if deed.empty_array {
        reply.body = b"[]".to_vec();
    } else if deed.not_utf8 {
        reply.body = b"{\"RequestId\":\"\xff\xfe\",\"RetCode\":0}".to_vec();
    } else if deed.bom {
        reply.body.splice(0..0, *b"\xef\xbb\xbf");
    }
    if deed.numbers_as_text {
        reply.body = untrue::numbers_as_text(&reply.body);
    }
    if deed.bad_gzip {
        reply.headers.push(("content-encoding", "gzip".to_owned()));
    }
    if let Some(media) = &deed.content_type {
        reply.headers.retain(|(name, _)| *name != "content-type");
        reply.headers.push(("content-type", media.clone()));
    }
    reply
}

/// SplitMix64: a sequence that a seed repeats is all that is asked of it.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 up to, not including, 1.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn uuid(&mut self) -> String {
        let (a, b) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            a >> 32,
            (a >> 16) & 0xffff,
            a & 0xfff,
            0x8000 | (b >> 50),
            b & 0xffff_ffff_ffff,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonces_are_kept_while_their_time_is_good_and_no_longer() {
        let mut nonces = Nonces::default();
        for second in 0..20_000 {
            let fresh = nonces.use_up("key", &second.to_string(), second, second);
            assert!(fresh, "{second}");
            let earliest = (second - ALIBABA_CLOCK as i64).max(0);
            let replayed = nonces.use_up("key", &earliest.to_string(), earliest, second);
            assert!(!replayed, "{earliest} at {second}");
        }
        assert!(nonces.used.len() <= 2000, "{}", nonces.used.len());
    }
}
