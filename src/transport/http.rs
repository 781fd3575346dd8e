//! HTTP over TLS: the only file that names reqwest.
//!
//! One request in, one whole answer out, or the reason why there is none, told apart by the one
//! thing that matters afterwards: whether the request was sent.

use std::cell::{Cell, OnceCell};
use std::error::Error as StdError;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDateTime, Utc};
use hyper::body::Bytes;
use reqwest::header::{CONTENT_ENCODING, DATE, HeaderMap, RETRY_AFTER};
use tower_layer::Layer;
use tower_service::Service;
use url::Url;

use super::tls::{self, TlsError, Trust};
use crate::config::{ConfigError, Env, Proxy, proxy_for};
use crate::providers::Response;
use crate::sign::{Method, Signed};

/// The most that is read of an answer.
pub const ANSWER_LIMIT: usize = 8 * 1024 * 1024;

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What the way to the cloud may take longer for one request than for another without the answer
/// showing it.
const TRANSIT: Duration = Duration::from_millis(15);

/// How many trips it takes before the quickest of them says something of the others.
const ENOUGH_TRIPS: u32 = 10;

/// What requests go through, decided before the first one.
#[derive(Clone, Debug)]
pub struct Options {
    /// For one request, from the first byte sent to the last byte received.
    pub timeout: Duration,
    /// Whom to trust.
    pub trust: Trust,
    /// The proxy for this endpoint.
    pub proxy: Option<Proxy>,
}

/// What requests of a run go through, whatever their address.
#[derive(Clone)]
pub struct Network<'a> {
    /// For one request.
    pub timeout: Duration,
    /// Whom to trust where it is https.
    pub trust: Trust,
    /// Names the proxies.
    pub env: &'a Env,
}

impl Network<'_> {
    /// What requests to this address go through.
    ///
    /// # Errors
    /// The proxy's variable is broken.
    pub fn options(&self, target: &Url) -> Result<Options, ConfigError> {
        Ok(Options {
            timeout: self.timeout,
            trust: match target.scheme() {
                "https" => self.trust.clone(),
                _ => Trust::Nobody,
            },
            proxy: proxy_for(self.env, target)?,
        })
    }
}

/// The verb of a request that is not a call: see [`Http::plain`].
#[derive(Clone, Copy, Debug)]
pub enum Verb {
    /// `GET`
    Get,
    /// `PUT`
    Put,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Lost {
    /// Nothing was sent.
    NotSent {
        /// Whether another attempt may fare better.
        passing: bool,
        /// What happened, in one line.
        reason: String,
    },
    /// The request was sent, wholly or in part.
    NoAnswer {
        /// What happened, in one line.
        reason: String,
    },
}

/// A client for one endpoint. Nothing is built before the first request.
pub struct Http {
    options: Options,
    client: OnceCell<reqwest::Client>,
    connected: Arc<AtomicBool>,
    trips: Cell<Trips>,
}

/// An exchange that ended: how, and when its request had reached the server at the latest.
pub struct Exchange {
    /// The answer, or why there is none.
    pub result: Result<Response, Lost>,
    /// For the rate window; `None` where nothing was sent.
    pub arrived: Option<Instant>,
}

/// How long it took from a request to its answer, with the connection there.
#[derive(Clone, Copy, Default)]
struct Trips {
    counted: u32,
    quickest: Duration,
    slowest: Duration,
}

impl Trips {
    fn count(&mut self, took: Duration) {
        self.quickest = match self.counted {
            0 => took,
            _ => self.quickest.min(took),
        };
        self.slowest = self.slowest.max(took);
        self.counted += 1;
    }

    /// How much of a trip may have been over before the request arrived: all of it, until there
    /// are enough to compare it with. The more they differ, the quicker one may still come.
    fn longest_way(&self, took: Duration) -> Duration {
        if self.counted < ENOUGH_TRIPS {
            return took;
        }
        let doubt = (self.slowest - self.quickest) * 2 / self.counted;
        took.saturating_sub(self.quickest) + TRANSIT + doubt
    }
}

impl Http {
    /// A client with these options.
    pub fn new(options: Options) -> Self {
        Http {
            options,
            client: OnceCell::new(),
            connected: Arc::default(),
            trips: Cell::default(),
        }
    }

    /// Sends one request and reads its answer.
    pub async fn exchange(&self, method: Method, url: &Url, signed: &Signed) -> Exchange {
        let client = match self.prepare() {
            Ok(client) => client,
            Err(error) => {
                let reason = error.to_string();
                return Exchange {
                    result: Err(Lost::NotSent {
                        passing: false,
                        reason,
                    }),
                    arrived: None,
                };
            }
        };
        let sent = Instant::now();
        let work = async {
            let work = self.send(client, method, url, signed);
            let result = tokio::time::timeout(self.options.timeout, work).await;
            (result, CONNECTED.with(Cell::get))
        };
        let (result, connected) = CONNECTED.scope(Cell::new(None), work).await;
        let result = match result {
            Ok(result) => result,
            Err(_) if !self.has_connected() => Err(Lost::NotSent {
                passing: true,
                reason: "no connection: timed out".into(),
            }),
            Err(_) => Err(Lost::NoAnswer {
                reason: format!(
                    "no answer within {} s (--timeout)",
                    self.options.timeout.as_secs_f32()
                ),
            }),
        };
        let arrived = match &result {
            Err(Lost::NotSent { .. }) => None,
            Err(Lost::NoAnswer { .. }) => Some(Instant::now()),
            Ok(_) => Some(self.arrival(connected.unwrap_or(sent), Instant::now())),
        };
        Exchange { result, arrived }
    }

    /// Whether a connection was ever established: before that, nothing can have been sent.
    pub fn has_connected(&self) -> bool {
        self.connected.load(Ordering::Relaxed)
    }

    /// When a request that was answered had arrived at the latest. The answer proves it; but where
    /// every answer takes its time, what even the quickest took was spent after the arrival.
    fn arrival(&self, written: Instant, answered: Instant) -> Instant {
        let took = answered.saturating_duration_since(written);
        let mut trips = self.trips.get();
        trips.count(took);
        self.trips.set(trips);
        (written + trips.longest_way(took)).min(answered)
    }

    async fn send(
        &self,
        client: &reqwest::Client,
        method: Method,
        url: &Url,
        signed: &Signed,
    ) -> Result<Response, Lost> {
        let mut url = url.clone();
        if !signed.query.is_empty() {
            url.set_query(Some(&signed.query));
        }
        let mut request = match method {
            Method::Get => client.get(url),
            // Wiped when the last of its owners is done with it.
            Method::Post => client
                .post(url)
                .body(Bytes::from_owner(signed.body.clone())),
        };
        for (name, value) in &signed.headers {
            request = request.header(*name, value);
        }
        receive(request).await
    }

    /// Sends a request without a body that is no call of an API, and reads its answer.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn plain(
        &self,
        verb: Verb,
        url: &Url,
        headers: &[(&'static str, &str)],
    ) -> Result<Response, Lost> {
        let not_sent = |reason: String| Lost::NotSent {
            passing: false,
            reason,
        };
        let client = self
            .prepare()
            .map_err(|error| not_sent(error.to_string()))?;
        let mut request = match verb {
            Verb::Get => client.get(url.clone()),
            Verb::Put => client.put(url.clone()),
        };
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = tokio::time::timeout(self.options.timeout, receive(request)).await;
        answer.unwrap_or_else(|_| {
            let seconds = self.options.timeout.as_secs_f32();
            Err(not_sent(format!("no answer within {seconds} s")))
        })
    }

    /// Builds the client if it is not there yet: the trust roots are read here.
    pub fn prepare(&self) -> Result<&reqwest::Client, TlsError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let tls = tls::client_config(&self.options.trust)?;
        let timeout = self.options.timeout.mul_f32(0.9).min(CONNECT_TIMEOUT);
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .http1_only()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(timeout)
            .user_agent(concat!("certctl/", env!("CARGO_PKG_VERSION")))
            .connector_layer(Connected(Arc::clone(&self.connected)));
        if let Some(proxy) = &self.options.proxy {
            let proxy = reqwest::Proxy::all(proxy.url.expose())
                .map_err(|_| TlsError::Client("the URL of the proxy is not valid".into()))?;
            builder = builder.proxy(proxy);
        }
        let client = builder
            .build()
            .map_err(|error| TlsError::Client(innermost(&error)))?;
        Ok(self.client.get_or_init(|| client))
    }
}

/// Sends a request and reads its answer to the end.
async fn receive(request: reqwest::RequestBuilder) -> Result<Response, Lost> {
    let mut response = request.send().await.map_err(|error| lost(&error))?;
    let mut answer = Response {
        status: response.status().as_u16(),
        encoding: header(response.headers(), CONTENT_ENCODING.as_str())
            .filter(|encoding| encoding != "identity"),
        request_id: header(response.headers(), "x-ucloud-request-uuid"),
        retry_after: retry_after(response.headers()),
        retry_at: header(response.headers(), RETRY_AFTER.as_str()).and_then(http_date),
        date: header(response.headers(), DATE.as_str()).and_then(http_date),
        body: Vec::new(),
    };
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if answer.body.len() + chunk.len() > ANSWER_LIMIT => {
                return Err(Lost::NoAnswer {
                    reason: format!(
                        "HTTP {}: the answer is larger than {} MiB",
                        answer.status,
                        ANSWER_LIMIT >> 20
                    ),
                });
            }
            Ok(Some(chunk)) => answer.body.extend_from_slice(&chunk),
            Ok(None) => return Ok(answer),
            Err(error) => {
                return Err(Lost::NoAnswer {
                    reason: format!(
                        "HTTP {}: the answer ended after {} bytes ({})",
                        answer.status,
                        answer.body.len(),
                        innermost(&error)
                    ),
                });
            }
        }
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// A time as HTTP writes it, in any of its three formats.
fn http_date(text: String) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if let Ok(time) = DateTime::parse_from_rfc2822(text) {
        return Some(time.to_utc());
    }
    ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .map(|time| time.and_utc())
}

/// Alibaba's own header counts milliseconds, the standard one seconds.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let number = |name| header(headers, name)?.trim().parse::<u64>().ok();
    number("x-acs-retry-after")
        .map(Duration::from_millis)
        .or_else(|| number(RETRY_AFTER.as_str()).map(Duration::from_secs))
}

/// Whether a request was sent when this came of it.
fn lost(error: &reqwest::Error) -> Lost {
    if error.is_connect() {
        if let Some(reason) = tls::describe(error) {
            let passing = false;
            return Lost::NotSent { passing, reason };
        }
        return Lost::NotSent {
            passing: true,
            reason: format!("no connection: {}", connect_reason(error)),
        };
    }
    if error.is_builder() {
        return Lost::NotSent {
            passing: false,
            reason: innermost(error),
        };
    }
    Lost::NoAnswer {
        reason: format!("sent, but no answer: {}", innermost(error)),
    }
}

fn connect_reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "timed out".into();
    }
    let mut cause: Option<&dyn StdError> = Some(error);
    let mut resolving = false;
    while let Some(at) = cause {
        resolving |= at.to_string().contains("dns error");
        cause = at.source();
    }
    let reason = innermost(error);
    match reason.strip_prefix("tunnel error: ") {
        _ if resolving => format!("the host name does not resolve ({reason})"),
        Some("proxy authorization required") => {
            "the proxy requires a user name and password".into()
        }
        Some(detail) => format!("the proxy refuses to connect to the host ({detail})"),
        None => reason,
    }
}

/// The last cause: the one that says what happened. The outer ones repeat the address.
fn innermost(error: &(dyn StdError + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if let Some(error) = cause.downcast_ref::<io::Error>()
        && let Some(inner) = error.get_ref()
    {
        return inner.to_string();
    }
    cause.to_string()
}

tokio::task_local! {
    /// When the connection of the request that is being sent was established, if one had to be.
    static CONNECTED: Cell<Option<Instant>>;
}

/// Notes when a connection was established: a request on a fresh connection arrives that
/// much later than one on a kept one, and the rate window has to know.
#[derive(Clone)]
struct Connected(Arc<AtomicBool>);

impl<S> Layer<S> for Connected {
    type Service = NoteConnection<S>;

    fn layer(&self, inner: S) -> Self::Service {
        NoteConnection {
            inner,
            connected: Arc::clone(&self.0),
        }
    }
}

#[derive(Clone)]
struct NoteConnection<S> {
    inner: S,
    connected: Arc<AtomicBool>,
}

impl<S, R> Service<R> for NoteConnection<S>
where
    S: Service<R>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future =
        Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send + 'static>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let connecting = self.inner.call(request);
        let connected = Arc::clone(&self.connected);
        Box::pin(async move {
            let connection = connecting.await?;
            connected.store(true, Ordering::Relaxed);
            // Elsewhere than in a request's own task where another connection came first.
            let _ = CONNECTED.try_with(|instant| instant.set(Some(Instant::now())));
            Ok(connection)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn trips(took: impl IntoIterator<Item = u32>) -> Trips {
        let mut trips = Trips::default();
        for took in took {
            trips.count(took * MS);
        }
        trips
    }

    #[test]
    fn a_time_of_http_has_three_formats() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            let time = http_date(text.into()).map(|time| time.timestamp());
            assert_eq!(time, Some(784_111_777), "{text}");
        }
        for text in ["", "3", "soon", "1994-11-06T08:49:37Z"] {
            assert_eq!(http_date(text.into()), None, "{text}");
        }
    }

    #[test]
    fn a_time_until_which_to_wait_is_a_wait_by_the_servers_clock() {
        let at = |seconds| DateTime::from_timestamp(1_000_000 + seconds, 0);
        let wait = |until: i64, date: Option<i64>, now: i64| {
            let mut answer = Response {
                status: 503,
                encoding: None,
                request_id: None,
                retry_after: None,
                retry_at: at(until),
                date: date.and_then(at),
                body: Vec::new(),
            };
            answer.settle_retry(at(now).unwrap());
            answer.retry_after
        };
        assert_eq!(wait(30, Some(10), 0), Some(20 * 1000 * MS));
        assert_eq!(wait(30, None, 5), Some(25 * 1000 * MS));
        assert_eq!(wait(30, Some(40), 0), Some(Duration::ZERO));
    }

    #[test]
    fn the_whole_trip_counts_until_others_are_known() {
        assert_eq!(trips([300; 9]).longest_way(300 * MS), 300 * MS);
        assert_eq!(trips([300; 10]).longest_way(300 * MS), TRANSIT);
    }

    #[test]
    fn trips_that_differ_leave_a_doubt_that_shrinks() {
        let few = trips((0..10).map(|n| 200 + 20 * n));
        assert_eq!(few.longest_way(200 * MS), TRANSIT + 36 * MS);
        assert_eq!(few.longest_way(380 * MS), TRANSIT + 36 * MS + 180 * MS);
        let many = trips((0..100).map(|n| 200 + 2 * n));
        assert!(many.longest_way(200 * MS) < TRANSIT + 5 * MS);
    }
}
