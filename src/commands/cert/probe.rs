//! `certctl cert probe`: what servers really serve, address by address. The handshake is seen
//! through whatever certificate comes, and nothing is sent after it.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use clap::Args;
use futures_util::StreamExt;
use rustls::pki_types::ServerName;
use serde::Serialize;
use url::Url;

use super::target::{HTTPS, Host, Place, server_name};
use super::{Shown, read, told, verdict};
use crate::cert::{self, Facts, Input, examine};
use crate::commands::args::{duration, non_empty};
use crate::commands::list::{self, Item};
use crate::commands::{PARALLEL, Session, counted};
use crate::config::{env, proxy_for};
use crate::domain::Domain;
use crate::error::Error;
use crate::fault::Kind;
use crate::files;
use crate::output::{Answer, Column};
use crate::providers::time::Time;
use crate::transport::probe::{Prober, Served, Unserved};
use crate::transport::stop::{Stop, exit_status};
use crate::transport::tls::{CaBundle, Trust};

/// Show what servers really serve, address by address
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl cert probe a.com
  certctl cert probe a.com example.com:443 -o table
  certctl cdn set --domains-file domains.txt --on && certctl cert probe --domains-file domains.txt
  certctl cdn set --domains a.com --cert fullchain.pem --key privkey.pem && \\
    certctl cert probe a.com --expect fullchain.pem --wait=10m

Nothing is sent after the handshake, and no proxy is used. --timeout is for each address
[default: 10].")]
pub struct ProbeArgs {
    /// Hosts, each with a port if it is not 443; - reads them from standard input
    #[arg(value_name = "HOST[:PORT]")]
    hosts: Vec<String>,
    /// File with one host a line; - is standard input
    #[arg(long, value_name = "FILE")]
    domains_file: Option<PathBuf>,
    /// Compare what is served with this certificate, PEM
    #[arg(long, value_name = "FILE")]
    expect: Option<PathBuf>,
    /// Ask for this name instead of the host's
    #[arg(long, value_name = "NAME", value_parser = non_empty)]
    servername: Option<String>,
    /// Connect to this address instead of resolving the host; can be repeated
    #[arg(long, value_name = "ADDRESS[:PORT],…")]
    connect: Vec<String>,
    /// Leave out IPv6 addresses
    #[arg(short = '4', long, conflicts_with = "ipv6")]
    ipv4: bool,
    /// Leave out IPv4 addresses
    #[arg(short = '6', long)]
    ipv6: bool,
    /// Probe again until every address is as asked, at most so long [default: 5m]
    #[arg(long, value_name = "DURATION", num_args = 0..=1, require_equals = true,
          default_missing_value = "5m", value_parser = duration)]
    wait: Option<Duration>,
}

/// How long an address may take where `--timeout` says nothing.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The pauses between the rounds of `--wait`: the first, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(10));

const COLUMNS: &[Column] = &[
    ("HOST", "host"),
    ("ADDRESS", "address"),
    ("STATUS", "status"),
    ("TLS", "tls"),
    ("TRUSTED", "trusted"),
    ("COVERED", "covers_host"),
    ("EXPIRES", "expires"),
    ("DAYS", "days_left"),
    ("SHA-256", "fingerprint"),
    ("DETAIL", "error.message"),
];

const COLUMNS_EXPECTED: &[Column] = &[
    ("HOST", "host"),
    ("ADDRESS", "address"),
    ("STATUS", "status"),
    ("EXPECTED", "expected"),
    ("TLS", "tls"),
    ("EXPIRES", "expires"),
    ("DAYS", "days_left"),
    ("SHA-256", "fingerprint"),
    ("DETAIL", "error.message"),
];

/// An address and what it serves.
#[derive(Debug, Serialize)]
struct Row {
    host: String,
    servername: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<SocketAddr>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trusted: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    distrust: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    covers_host: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<bool>,
    #[serde(flatten)]
    certificate: Option<Shown>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    chain: Vec<Link>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Error>,
}

/// A certificate of the chain as it is served.
#[derive(Clone, Debug, Serialize)]
struct Link {
    subject: String,
    issuer: String,
    expires: Time,
    fingerprint: String,
}

/// A host, with what is asked of its servers.
struct Target {
    asked: String,
    place: Place,
    concrete: String,
    name: ServerName<'static>,
    /// `--servername`
    renamed: Option<Domain>,
}

/// What was asked for.
struct Probes {
    targets: Vec<Target>,
    /// Where to connect instead of resolving.
    connect: Vec<Place>,
    /// Whether that came from the environment: addresses and this machine's names stay themselves.
    ambient: bool,
    expected: Option<Facts>,
    only: Option<Version>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    V4,
    V6,
}

impl Version {
    fn is_of(self, address: &SocketAddr) -> bool {
        address.is_ipv4() == (self == Version::V4)
    }
}

/// Probes every address of every host, with `--wait` until all of them are as asked.
pub fn run(session: &Session<'_>, args: &ProbeArgs) -> Result<Answer, Error> {
    let probes = Probes::new(session, args)?;
    let columns = match probes.expected {
        Some(_) => COLUMNS_EXPECTED,
        None => COLUMNS,
    };
    let command = "cert probe";
    if session.globals.dry_run {
        return Ok(Answer::list(command, columns, probes.planned()).judged(0, Vec::new()));
    }
    let timeout = session.globals.timeout.unwrap_or(TIMEOUT);
    let prober = Prober::new(&trust(session)?, timeout)?;
    let runtime = session.runtime()?;
    let (rows, signal) = runtime.block_on(async {
        let stop = Stop::listen();
        let rows = probes.run(session, args.wait, &prober, &stop).await;
        (rows, stop.signal())
    });
    // A resolver that does not answer must not hold up the end.
    runtime.shutdown_background();

    let failed = rows
        .iter()
        .filter_map(|row| Some((row, row.error.as_ref()?)));
    let failures = failed
        .map(|(row, error)| told(row.subject(), error))
        .collect();
    let exit = match verdict(rows.iter().map(|row| row.error.as_ref())) {
        0 => 0,
        exit => signal.map_or(exit, exit_status),
    };
    Ok(Answer::list(command, columns, rows).judged(exit, failures))
}

impl Probes {
    fn new(session: &Session<'_>, args: &ProbeArgs) -> Result<Self, Error> {
        let items = hosts(args)?;
        let renamed = args.servername.as_deref().map(renamed).transpose()?;
        let parse = |text: &str| {
            let place = Place::parse(text)?;
            let concrete = match &renamed {
                Some(name) => name.ascii().to_owned(),
                None => place.host.concrete(),
            };
            Ok(Target {
                asked: text.to_owned(),
                name: server_name(&concrete)?,
                concrete,
                place,
                renamed: renamed.clone(),
            })
        };
        let targets = list::parse_distinct(items, parse, |target| target.place.key())?;
        let (connect, ambient) = connect(session, args)?;
        let expected = args.expect.as_deref().map(expected).transpose()?;
        let probes = Probes {
            targets,
            connect,
            ambient,
            expected,
            only: match (args.ipv4, args.ipv6) {
                (true, _) => Some(Version::V4),
                (_, true) => Some(Version::V6),
                _ => None,
            },
        };
        probes.tell_proxy(session)?;
        Ok(probes)
    }

    /// A probe that went through a proxy would say what the proxy sees, or not come through at all.
    fn tell_proxy(&self, session: &Session<'_>) -> Result<(), Error> {
        for target in &self.targets {
            let Ok(url) = Url::parse(&format!("https://{}/", target.concrete)) else {
                continue;
            };
            if !self.is_overridden(target)
                && let Some(proxy) = proxy_for(session.env, &url)?
            {
                session.ui.note(&format!(
                    "probes connect directly: {} is not used",
                    proxy.variable
                ));
                return Ok(());
            }
        }
        Ok(())
    }

    fn is_overridden(&self, target: &Target) -> bool {
        match self.ambient && target.place.host.is_local() {
            true => false,
            false => !self.connect.is_empty(),
        }
    }

    /// One row for each address that can be known without asking anybody.
    fn planned(&self) -> Vec<Row> {
        let row = |target: &Target, address| Row {
            address,
            status: "planned",
            ..self.row(target)
        };
        let rows = self.targets.iter().flat_map(|target| {
            let places = match self.is_overridden(target) {
                true => &self.connect[..],
                false => std::slice::from_ref(&target.place),
            };
            let rows = places.iter().map(|place| {
                let port = place.port.or(target.place.port).unwrap_or(HTTPS);
                let address = match place.host {
                    Host::Address(address) => Some(SocketAddr::new(address, port)),
                    Host::Name(_) => None,
                };
                row(target, address)
            });
            rows.collect::<Vec<_>>()
        });
        rows.collect()
    }

    /// Round after round until all is as asked, or time is up.
    async fn run(
        &self,
        session: &Session<'_>,
        wait: Option<Duration>,
        prober: &Prober,
        stop: &Stop,
    ) -> Vec<Row> {
        let started = Instant::now();
        let deadline = session
            .globals
            .deadline
            .map(|after| session.started + after);
        let mut pause = PAUSES.0;
        let mut progress = None;
        loop {
            let (rows, whole) = self.round(session, prober, stop, deadline).await;
            let waited_for: Vec<String> = rows
                .iter()
                .filter(|row| row.error.is_some())
                .map(Row::place)
                .collect();
            let left = wait.map_or(Duration::ZERO, |limit| {
                limit.saturating_sub(started.elapsed())
            });
            if waited_for.is_empty() || left.is_zero() || !whole {
                return rows;
            }
            let progress = progress.get_or_insert_with(|| session.ui.progress(rows.len()));
            progress.tell(rows.len() - waited_for.len(), &brief(&waited_for));
            let pausing = tokio::time::sleep(pause.min(left));
            tokio::select! {
                () = pausing => {}
                _ = halted(stop, deadline) => return rows,
            }
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    /// Every address of every target once, in the order asked; and whether nothing stopped it.
    async fn round(
        &self,
        session: &Session<'_>,
        prober: &Prober,
        stop: &Stop,
        deadline: Option<Instant>,
    ) -> (Vec<Row>, bool) {
        let now = Utc::now();
        let resolved: RefCell<Vec<Option<Vec<Row>>>> =
            RefCell::new(self.targets.iter().map(|_| None).collect());
        let resolving = futures_util::stream::iter(self.targets.iter().enumerate())
            .for_each_concurrent(PARALLEL, async |(at, target)| {
                let rows = self.addresses(prober, target).await;
                resolved.borrow_mut()[at] = Some(rows);
            });
        let mut halt = tokio::select! {
            () = resolving => None,
            halt = halted(stop, deadline) => Some(halt),
        };
        let resolved = resolved.into_inner().into_iter().zip(&self.targets);
        let rows: Vec<(usize, Row)> = resolved
            .enumerate()
            .flat_map(|(at, (rows, target))| {
                let rows = rows.unwrap_or_else(|| vec![self.row(target)]);
                rows.into_iter().map(move |row| (at, row))
            })
            .collect();
        let rows: Vec<(usize, RefCell<Row>)> = rows
            .into_iter()
            .map(|(at, row)| (at, RefCell::new(row)))
            .collect();
        if halt.is_none() {
            let pending = rows.iter().filter(|(_, row)| row.borrow().error.is_none());
            let probing = futures_util::stream::iter(pending).for_each_concurrent(
                PARALLEL,
                async |(at, row)| {
                    let address = row.borrow().address;
                    let Some(address) = address else { return };
                    let target = &self.targets[*at];
                    session.ui.step(|| {
                        format!(
                            "{}: handshake with {address} for {}",
                            target.asked, target.concrete
                        )
                    });
                    let served = prober.probe(address, &target.name).await;
                    self.settle(&mut row.borrow_mut(), target, served, now);
                },
            );
            halt = tokio::select! {
                () = probing => None,
                halt = halted(stop, deadline) => Some(halt),
            };
        }
        let rows = rows.into_iter().map(|(_, row)| row.into_inner());
        let rows = rows.map(|row| match halt {
            Some(kind) if row.status == "skipped" => Row {
                error: Some(unprobed(kind)),
                ..row
            },
            _ => row,
        });
        (rows.collect(), halt.is_none())
    }

    /// A row for each address of a target, or the one that says why there is none.
    async fn addresses(&self, prober: &Prober, target: &Target) -> Vec<Row> {
        let places = match self.is_overridden(target) {
            true => &self.connect[..],
            false => std::slice::from_ref(&target.place),
        };
        let mut rows: Vec<Row> = Vec::new();
        for place in places {
            let port = place.port.or(target.place.port).unwrap_or(HTTPS);
            let found = match &place.host {
                Host::Address(address) => Ok(vec![SocketAddr::new(*address, port)]),
                Host::Name(_) => prober.resolve(&place.host.concrete(), port).await,
            };
            let fit = |address: &SocketAddr| self.only.is_none_or(|only| only.is_of(address));
            let found = found.and_then(|found| {
                let found: Vec<_> = found.into_iter().filter(fit).collect();
                match found.is_empty() {
                    false => Ok(found),
                    true => Err(Unserved {
                        message: format!(
                            "{} has no IPv{} address",
                            place.host.concrete(),
                            if self.only == Some(Version::V4) { 4 } else { 6 }
                        ),
                        hint: "leave --ipv4 or --ipv6 out",
                    }),
                }
            });
            match found {
                Ok(found) => {
                    for address in found {
                        if !rows.iter().any(|row| row.address == Some(address)) {
                            rows.push(Row {
                                address: Some(address),
                                ..self.row(target)
                            });
                        }
                    }
                }
                Err(why) => rows.push(Row {
                    status: "failed",
                    error: Some(unserved(why)),
                    ..self.row(target)
                }),
            }
        }
        rows
    }

    /// A row of which nothing is known yet.
    fn row(&self, target: &Target) -> Row {
        Row {
            host: target.asked.clone(),
            servername: target.concrete.clone(),
            address: None,
            status: "skipped",
            tls: None,
            trusted: None,
            distrust: None,
            covers_host: None,
            expected: None,
            certificate: None,
            chain: Vec::new(),
            note: None,
            error: None,
        }
    }

    fn settle(
        &self,
        row: &mut Row,
        target: &Target,
        served: Result<Served, Unserved>,
        now: DateTime<Utc>,
    ) {
        row.status = "failed";
        let served = match served {
            Ok(served) => served,
            Err(why) => {
                row.error = Some(unserved(why));
                return;
            }
        };
        row.tls = Some(served.version);
        row.trusted = Some(served.distrust.is_none());
        let distrust = served.distrust.as_deref();
        row.distrust = distrust.map(|reason| reason.trim_start_matches("TLS: ").to_owned());
        row.note = served.cut_short.map(|why| {
            let why = why.trim_start_matches("TLS: ");
            format!("it showed its certificate and ended the handshake then: {why}")
        });
        let chain: Vec<Option<Facts>> = served.chain.iter().map(|der| Facts::read(der)).collect();
        row.chain = chain.iter().flatten().map(Link::of).collect();
        let Some(Some(leaf)) = chain.into_iter().next() else {
            row.error = Some(Error::new(
                Kind::Certificate,
                "what the server shows as its certificate cannot be read",
                "have the server's certificate issued anew",
            ));
            return;
        };
        row.certificate = Some(Shown::of(&leaf, now));
        let covers = !served.is_for_another && target.is_covered_by(&leaf);
        row.covers_host = Some(covers);
        row.expected = self
            .expected
            .as_ref()
            .map(|expected| expected.fingerprint == leaf.fingerprint);
        row.error = match &self.expected {
            Some(expected) if expected.fingerprint == leaf.fingerprint => None,
            Some(expected) => Some(another(&leaf, expected)),
            None => unacceptable(target, &leaf, row.distrust.as_deref(), covers),
        };
        if row.error.is_none() {
            row.status = "ok";
        }
    }
}

impl Target {
    /// Whether the certificate is one for what was asked about. A wildcard needs that very name:
    /// one of its own for the label that was probed is not enough.
    fn is_covered_by(&self, leaf: &Facts) -> bool {
        match (&self.renamed, &self.place.host) {
            (Some(name), _) => leaf.covers(name.ascii()),
            (None, Host::Name(name)) => leaf.covers(name.ascii()),
            (None, Host::Address(address)) => leaf.addresses.contains(&address.to_string()),
        }
    }
}

impl Row {
    /// `a.com at 192.0.2.1:443`
    fn place(&self) -> String {
        match self.address {
            Some(address) => format!("{} at {address}", self.host),
            None => self.host.clone(),
        }
    }

    fn subject(&self) -> String {
        format!("{}: ", self.place())
    }
}

impl Link {
    fn of(facts: &Facts) -> Self {
        Link {
            subject: facts.subject.clone(),
            issuer: facts.issuer.clone(),
            expires: Time(facts.not_after),
            fingerprint: facts.fingerprint.clone(),
        }
    }
}

/// Why a client would not accept the certificate, in one line; none where it would.
fn unacceptable(
    target: &Target,
    leaf: &Facts,
    distrust: Option<&str>,
    covers: bool,
) -> Option<Error> {
    let mut reasons: Vec<String> = distrust.map(str::to_owned).into_iter().collect();
    if !covers {
        let asked = match &target.renamed {
            Some(name) => name.asked(),
            None => &target.asked,
        };
        let names: Vec<&str> = leaf
            .names
            .iter()
            .chain(&leaf.addresses)
            .map(String::as_str)
            .collect();
        reasons.push(format!(
            "the server's certificate does not cover {asked}: it is for {}",
            match names.is_empty() {
                true => "no name".to_owned(),
                false => names.join(", "),
            }
        ));
    }
    let hint = match distrust {
        Some(_) => {
            "put another certificate there; --ca-bundle trusts other authorities, --expect FILE asks for a certificate whoever issued it"
        }
        None => "put a certificate for this name there; --servername asks for another name",
    };
    (!reasons.is_empty())
        .then(|| Error::new(Kind::Certificate, reasons.join("; "), hint).redacted())
}

/// The address serves another certificate than the one that is expected.
fn another(leaf: &Facts, expected: &Facts) -> Error {
    let message = format!(
        "another certificate is served: {} valid until {}, SHA-256 {}…; expected was {}…, valid until {}",
        leaf.subject,
        Time(leaf.not_after),
        &leaf.fingerprint[..16],
        &expected.fingerprint[..16],
        Time(expected.not_after),
    );
    let hint =
        "where it was changed just now, look again with --wait; else put the certificate there";
    Error::new(Kind::Certificate, message, hint).redacted()
}

fn unserved(why: Unserved) -> Error {
    let message = why.message.trim_start_matches("TLS: ");
    Error::new(Kind::Connection, message, why.hint).redacted()
}

fn unprobed(kind: Kind) -> Error {
    let message = match kind {
        Kind::Deadline => "not probed: --deadline ran out",
        _ => "not probed: interrupted",
    };
    Error::new(kind, message, kind.hint())
}

/// Returns once a signal has come or the deadline has passed, with which of them.
async fn halted(stop: &Stop, deadline: Option<Instant>) -> Kind {
    let late = async {
        match deadline {
            Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = stop.asked() => Kind::Interrupted,
        () = late => Kind::Deadline,
    }
}

fn hosts(args: &ProbeArgs) -> Result<Vec<Item>, Error> {
    let file = args.domains_file.as_deref();
    list::collect_arguments("HOST", "domains", &args.hosts, file)
}

fn renamed(text: &str) -> Result<Domain, Error> {
    let flawed = |reason: String| {
        let hint = "give a host name, such as www.example.com: nothing was sent";
        Error::usage(format!("--servername: '{text}' {reason}"), hint)
    };
    let name = Domain::parse(text).map_err(flawed)?;
    match name.ascii().starts_with("*.") {
        true => Err(flawed("is a wildcard: no client asks for it".into())),
        false => Ok(name),
    }
}

/// Where to connect instead of resolving, and whether the environment says so.
fn connect(session: &Session<'_>, args: &ProbeArgs) -> Result<(Vec<Place>, bool), Error> {
    let flag = match args.connect.is_empty() {
        true => Vec::new(),
        false => list::collect("connect", &args.connect, None)?,
    };
    let (items, ambient) = match (
        flag.is_empty(),
        session.env.text(env::CERTCTL_PROBE_CONNECT)?,
    ) {
        (true, Some(text)) => {
            let name = env::CERTCTL_PROBE_CONNECT;
            let items = text.split(',').map(|text| Item {
                text: text.trim().to_owned(),
                place: name.to_owned(),
            });
            (items.collect(), true)
        }
        _ => (flag, false),
    };
    let places = list::parse_distinct(items, Place::parse_concrete, Place::key)?;
    Ok((places, ambient))
}

/// The leaf of a file: the one certificate in it, or the server's own of a chain.
fn expected(path: &Path) -> Result<Facts, Error> {
    let content = read(path)?;
    let input = Input {
        name: &content.name,
        bytes: &content.bytes,
    };
    let mut certificates =
        cert::inspect(input)
            .into_iter()
            .filter_map(|found| match found.content {
                Ok(cert::Content::Certificate { facts, .. }) => Some(facts),
                _ => None,
            });
    if let (Some(only), None) = (certificates.next(), certificates.next()) {
        return Ok(*only);
    }
    let examined = examine(input, None, Utc::now());
    match (examined.leaf, examined.findings.into_iter().next()) {
        (Some(leaf), _) => Ok(leaf),
        (None, Some(finding)) => Err(finding.error.into()),
        (None, None) => Err(Error::new(
            Kind::Certificate,
            format!("{}: no certificate in it", content.name),
            Kind::Certificate.hint(),
        )),
    }
}

/// Whom a probe trusts: `--ca-bundle`, then the variable of its own, then as every call does.
fn trust(session: &Session<'_>) -> Result<Trust, Error> {
    let own = session.env.text(env::CERTCTL_PROBE_CA_BUNDLE)?;
    let (None, Some(path)) = (&session.globals.ca_bundle, own) else {
        return session.trust();
    };
    let origin = env::CERTCTL_PROBE_CA_BUNDLE;
    let pem = files::read_limited(Path::new(path), crate::commands::CA_BUNDLE_LIMIT)
        .map_err(|error| Error::new(Kind::Config, format!("{origin} {error}"), error.hint()))?;
    Ok(Trust::Bundle(CaBundle {
        origin: format!("{origin} {path}"),
        pem,
    }))
}

/// The first of them, and how many more there are.
fn brief(places: &[String]) -> String {
    const NAMED: usize = 3;
    let named = places[..places.len().min(NAMED)].join(", ");
    match places.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {}", counted(more, "other address")),
    }
}
