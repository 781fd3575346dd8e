//! `certctl cert probe`: what servers really serve, address by address. The handshake is seen
//! through whatever certificate comes, and nothing is sent after it.

mod expect;
mod rounds;
mod rows;
mod target;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use url::Url;

use self::expect::Expected;
use self::rows::Row;
use self::target::{HTTPS, Host, Place};
use super::{told, verdict};
use crate::cert::Facts;
use crate::commands::args::{self, days, non_empty};
use crate::commands::list::{self, Item};
use crate::commands::targets::{Hosts, Targets};
use crate::commands::{Session, counted, no_runtime, read_ca_bundle};
use crate::config::{env, proxy_for};
use crate::domain::Domain;
use crate::error::Error;
use crate::output::{Answer, Column};
use crate::transport::probe::{Name, Prober};
use crate::transport::stop::{Stop, exit_status};
use crate::transport::tls::{CaBundle, Trust};

/// Show the certificate that each address of a server sends
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl cert probe a.com
  certctl cert probe a.com example.com:443 -o table
  certctl cdn set --domains-file domains.txt --on && certctl cert probe --domains-file domains.txt
  certctl cdn set --domains a.com --cert fullchain.pem --key privkey.pem && \\
    certctl cert probe a.com --expect fullchain.pem --wait=10m

certctl sends nothing after the handshake and uses no proxy. --timeout applies to each
address [default: 10].")]
pub struct ProbeArgs {
    #[command(flatten)]
    hosts: Targets<Hosts>,
    /// Require the server to send this certificate and its chain; repeatable
    #[arg(long, value_name = "FILE")]
    expect: Vec<PathBuf>,
    /// Fail if the certificate expires within this time: days, or with a unit, such as 36h or 2w
    #[arg(long, value_name = "DAYS", allow_negative_numbers = true, value_parser = days)]
    min_days: Option<Duration>,
    /// Request this name instead of the host name
    #[arg(long, value_name = "NAME", value_parser = non_empty)]
    servername: Option<String>,
    /// Connect to this address instead of resolving the host; repeatable
    #[arg(long, value_name = "ADDRESS[:PORT],…")]
    connect: Vec<String>,
    /// Skip IPv6 addresses
    #[arg(short = '4', long, conflicts_with = "ipv6")]
    ipv4: bool,
    /// Skip IPv4 addresses
    #[arg(short = '6', long)]
    ipv6: bool,
    /// Probe again until every address has the expected result, at most DURATION [default: 5m]
    #[arg(long, value_name = "DURATION", num_args = 0..=1, require_equals = true,
          default_missing_value = "5m", value_parser = args::wait)]
    wait: Option<Duration>,
}

/// How long an address may take where `--timeout` says nothing.
const TIMEOUT: Duration = Duration::from_secs(10);

const COLUMNS: &[Column] = &[
    ("HOST", "host"),
    ("ADDRESS", "address"),
    ("STATUS", "status"),
    ("TLS", "tls"),
    ("TRUSTED", "trusted"),
    ("COVERED", "covers_host"),
    ("NAMES", "names"),
    ("EXPIRES", "expires"),
    ("DAYS LEFT", "days_left"),
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
    ("DAYS LEFT", "days_left"),
    ("SHA-256", "fingerprint"),
    ("DETAIL", "error.message"),
];

/// A host, with what is asked of its servers.
struct Target {
    asked: String,
    place: Place,
    concrete: String,
    name: Name,
    /// `--servername`
    renamed: Option<Domain>,
}

/// What was asked for.
struct Probes {
    targets: Vec<Target>,
    wanted: Wanted,
    /// Where to connect instead of resolving.
    connect: Vec<Place>,
    /// Whether that came from the environment: addresses and this machine's names stay themselves.
    ambient: bool,
    only: Option<Version>,
}

/// What a certificate has to be like.
struct Wanted {
    /// One of these; where there is none, one that a client takes.
    expected: Vec<Expected>,
    /// Good for this time.
    min_days: Option<Duration>,
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
    let columns = match probes.wanted.expected.is_empty() {
        true => COLUMNS,
        false => COLUMNS_EXPECTED,
    };
    let command = "cert probe";
    if probes.targets.is_empty() {
        return Ok(Answer::no_rows(command, columns));
    }
    if session.globals.sends_nothing() {
        return Ok(Answer::list(command, columns, probes.planned()).judged(0, Vec::new()));
    }
    let timeout = session.globals.timeout.unwrap_or(TIMEOUT);
    let prober = Prober::new(&trust(session)?, timeout)?;
    let (rows, signal) = session.block_on(async {
        let stop = Stop::listen().map_err(no_runtime)?;
        let rows = probes.run(session, args.wait, &prober, &stop).await;
        Ok((rows, stop.signal()))
    })?;

    let failed = rows
        .iter()
        .filter_map(|row| Some((row, row.error.as_ref()?)));
    let failures = failed
        .map(|(row, error)| told(row.subject(), error))
        .collect();
    tell_unverified(session, &rows);
    let exit = match verdict(rows.iter().map(|row| row.error.as_ref())) {
        0 => 0,
        exit => signal.map_or(exit, exit_status),
    };
    Ok(Answer::list(command, columns, rows).judged(exit, failures))
}

impl Probes {
    fn new(session: &Session<'_>, args: &ProbeArgs) -> Result<Self, Error> {
        let renamed = args.servername.as_deref().map(renamed).transpose()?;
        let parse = |text: &str| {
            let place = Place::parse(text)?;
            let concrete = match &renamed {
                Some(name) => name.ascii().to_owned(),
                None => place.host.concrete(),
            };
            Ok(Target {
                asked: text.to_owned(),
                name: Name::parse(&concrete).ok_or("is not a name that TLS can request")?,
                concrete,
                place,
                renamed: renamed.clone(),
            })
        };
        let targets = args.hosts.distinct(parse, |target| target.place.key())?;
        let (connect, ambient) = connect(session, args)?;
        let expected = args
            .expect
            .iter()
            .map(|file| Expected::read(file))
            .collect::<Result<_, _>>()?;
        let probes = Probes {
            targets,
            wanted: Wanted {
                expected,
                min_days: args.min_days,
            },
            connect,
            ambient,
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
                    "probes connect directly and do not use {}",
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
                Row::planned(target, address)
            });
            rows.collect::<Vec<_>>()
        });
        rows.collect()
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

/// One line about rows that are as expected and whose chain nobody here trusts.
fn tell_unverified(session: &Session<'_>, rows: &[Row]) {
    let mut unverified = rows.iter().filter(|row| row.is_unverified());
    let Some((first, note)) = unverified.next().and_then(|row| Some((row, row.note()?))) else {
        return;
    };
    let others = match unverified.count() {
        0 => String::new(),
        others => format!(" (and {})", counted(others, "other address")),
    };
    session
        .ui
        .note(&format!("{}{others}: {note}", first.place()));
}

fn renamed(text: &str) -> Result<Domain, Error> {
    let flawed = |reason: String| {
        let hint = "use a host name, such as www.example.com: nothing was sent";
        Error::usage(format!("--servername: '{text}' {reason}"), hint)
    };
    let name = Domain::parse(text).map_err(flawed)?;
    match name.ascii().starts_with("*.") {
        true => Err(flawed(
            "is a wildcard: a client never requests a wildcard".into(),
        )),
        false => Ok(name),
    }
}

/// Where to connect instead of resolving, and whether the environment says so.
fn connect(session: &Session<'_>, args: &ProbeArgs) -> Result<(Vec<Place>, bool), Error> {
    let flag = list::of_flag("connect", &args.connect)?;
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

/// Whom a probe trusts: `--ca-bundle`, then the variable of its own, then as every call does.
fn trust(session: &Session<'_>) -> Result<Trust, Error> {
    let own = session.env.text(env::CERTCTL_PROBE_CA_BUNDLE)?;
    let globals = session.globals;
    let by_flag = globals.ca_bundle.is_some() && !globals.set_by_env.has("--ca-bundle");
    let Some(path) = own.filter(|_| !by_flag) else {
        return session.trust();
    };
    let origin = env::CERTCTL_PROBE_CA_BUNDLE;
    let pem = read_ca_bundle(Path::new(path), origin)?;
    Ok(Trust::Bundle(CaBundle {
        origin: format!("{origin} {path}"),
        pem,
    }))
}
