//! The commands: parse, call, return an [`Answer`]. One file for each
//! group; what they share stands here.

mod across;
pub mod api;
pub mod apply;
pub mod args;
pub mod ask;
pub mod cas;
pub mod cdn;
pub mod cert;
pub mod certificate;
pub mod config;
pub mod errors;
mod expiring;
pub mod ga;
pub mod inventory;
pub mod keys;
pub mod list;
mod listed;
pub mod plan;
pub mod shell;
pub mod ssl;
pub mod targets;
pub mod ulb;
pub mod variables;
pub mod wait;
mod wanted;

use std::cell::Cell;
use std::path::Path;
use std::rc::Rc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use chrono::Utc;
use futures_util::future::join_all;
use zeroize::Zeroizing;

use self::args::{Globals, MAX_ATTEMPTS};
use crate::cert::{Bundle, Input};
use crate::cloud::Cloud;
use crate::config::{
    ConfigError, Env, Flags, Given, Origin, Settings, env, is_loopback, load, output, resolve,
};
use crate::deploy::KeySource;
use crate::error::{Error, is_pem};
use crate::fault::Kind;
use crate::files;
use crate::output::{Answer, Document, Format, Row, Status};
use crate::products::PRODUCTS;
use crate::providers::{Service, spec};
use crate::signals;
use crate::transport::http::Network;
use crate::transport::stop::Stop;
use crate::transport::tls::{CaBundle, Trust};
use crate::transport::{self, Account, Boxed, Client, Failure, Limits, Memory, PlannedCall};
use crate::ui::Ui;

/// The largest file of authorities.
const CA_BUNDLE_LIMIT: u64 = 8 * 1024 * 1024;

/// What every command is handed.
pub struct Session<'a> {
    /// The flags for every command.
    pub globals: &'a Globals,
    /// The environment, as a value.
    pub env: &'a Env,
    /// Talks to the person.
    pub ui: Ui,
    /// Which of the given profiles is used.
    pub profile: Cell<usize>,
    /// When the process began: the deadline counts from here.
    pub started: Instant,
    /// What must not be seen, of all accounts: taught by whoever makes calls.
    pub secrets: Memory,
}

/// The flags that only some commands have.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place<'a> {
    /// The profile, where another one is meant than that of the command line.
    pub profile: Option<&'a str>,
    /// `--region`
    pub region: Option<&'a str>,
    /// `--project-id`
    pub project_id: Option<&'a str>,
    /// `--site`
    pub site: Option<&'a str>,
}

/// What a command does with its client.
trait Work {
    fn run<'s>(&'s mut self, client: &'s Client<'_>) -> Boxed<'s, Result<(), Error>>;
}

/// Work that is done once, and what it makes.
struct Once<W, T> {
    work: Option<W>,
    done: Option<T>,
}

impl<W, T> Work for Once<W, T>
where
    W: AsyncFnOnce(&Client<'_>) -> Result<T, Error>,
{
    fn run<'s>(&'s mut self, client: &'s Client<'_>) -> Boxed<'s, Result<(), Error>> {
        Box::pin(async move {
            let work = self.work.take().expect("the work is done once");
            self.done = Some(work(client).await?);
            Ok(())
        })
    }
}

impl Session<'_> {
    /// The flags that configure.
    pub fn flags<'f>(&'f self, place: Place<'f>) -> Flags<'f> {
        let globals = self.globals;
        Flags {
            profile: place
                .profile
                .or_else(|| globals.profile.get(self.profile.get()).map(String::as_str)),
            config: globals.config.as_deref(),
            output: globals.output.as_deref(),
            endpoint: globals.endpoint.as_deref(),
            signature: globals.signature.as_deref(),
            region: place.region,
            project_id: place.project_id,
            site: place.site,
            allow_http: globals.allow_http,
        }
    }

    /// The form of the answer that a flag, the environment or the profile asks for.
    ///
    /// # Errors
    /// There is no such form; the configuration is broken.
    pub fn format(&self) -> Result<Option<Format>, Error> {
        let flags = self.flags(Place::default());
        let sources = load(&[], &flags, self.env);
        let given = output(&flags, self.env, &sources)?;
        Ok(given.map(|given| Format::from(given.value)))
    }

    /// Settles who calls, and where. Without a credential only a dry run goes on.
    pub fn settings(&self, cloud: Cloud, place: Place<'_>) -> Result<Settings, Error> {
        let flags = self.flags(place);
        let sources = load(&[cloud], &flags, self.env);
        let settings = resolve(cloud, &flags, self.env, &sources)?;
        if self.globals.profiles().len() > 1
            && let Ok(Given {
                origin: Origin::Env { variable },
                ..
            }) = &settings.login
        {
            return Err(Error::new(
                Kind::Config,
                format!(
                    "{variable} overrides every profile: all of them would use the same \
                         account"
                ),
                "remove the credentials from the environment, or use one --profile: nothing was \
                 sent",
            ));
        }
        if let Some(keys) = settings
            .login
            .as_ref()
            .ok()
            .and_then(|login| login.value.keys())
        {
            self.secrets.learn(&keys.secret);
            keys.token
                .iter()
                .for_each(|token| self.secrets.learn(token));
        }
        for warning in &settings.warnings {
            self.ui.warn(warning);
        }
        Ok(settings)
    }

    /// Runs `work` with a client of `service`, on a runtime of its own.
    pub fn online<T>(
        &self,
        service: &'static Service,
        settings: &Settings,
        work: impl AsyncFnOnce(&Client<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut once = Once {
            work: Some(work),
            done: None,
        };
        self.run(service, settings, &mut once)?;
        Ok(once.done.expect("work that succeeds leaves what it made"))
    }

    /// [`Session::online`] without a type of its own: it is in the program once.
    fn run(
        &self,
        service: &'static Service,
        settings: &Settings,
        work: &mut dyn Work,
    ) -> Result<(), Error> {
        let network = self.network(service, settings)?;
        let work: Boxed<'_, _> = Box::pin(async {
            let stop = Stop::listen().map_err(no_runtime)?;
            let client = self.client(service, settings, network, &stop)?;
            let done = match ready(&client).await {
                Ok(()) => work.run(&client).await,
                Err(error) => Err(error),
            };
            done.map_err(|error| Error {
                signal: stop.signal(),
                ..error
            })
        });
        self.block_on(work)
    }

    /// Runs `work` with several accounts side by side, each with a login, a clock and rate windows of
    /// its own, on one runtime. Of an account that cannot log in `work` is handed the reason.
    pub fn with_accounts<T>(
        &self,
        settings: &[Settings],
        work: impl AsyncFnOnce(&[Result<Rc<Account<'_>>, Failure>]) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut networks = Vec::with_capacity(settings.len());
        for one in settings {
            networks.push(self.network(main_service(one.cloud), one)?);
        }
        self.block_on(async {
            let stop = Stop::listen().map_err(no_runtime)?;
            let mut clients = Vec::with_capacity(settings.len());
            for (one, network) in settings.iter().zip(networks) {
                let service = main_service(one.cloud);
                let client = self.client(service, one, network, &stop)?;
                client.prepare()?;
                clients.push(client);
            }
            let log_in = clients.iter().map(async |client| {
                let account = client.log_in().await;
                account.map(|()| Rc::clone(client.account()))
            });
            let accounts = join_all(log_in).await;
            let done = work(&accounts).await;
            done.map_err(|error| Error {
                signal: stop.signal(),
                ..error
            })
        })
    }

    fn client<'c>(
        &'c self,
        service: &'static Service,
        settings: &'c Settings,
        network: Network<'c>,
        stop: &'c Stop,
    ) -> Result<Client<'c>, ConfigError> {
        let limits = self.limits();
        Client::new(
            service,
            settings,
            network,
            limits,
            &self.secrets,
            stop,
            &self.ui,
        )
    }

    /// Runs work on this thread, on a runtime of its own.
    fn block_on<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let runtime = signals::runtime().map_err(no_runtime)?;
        let done = runtime.block_on(work);
        // A name server that does not answer must not hold up the end.
        runtime.shutdown_background();
        done
    }

    fn limits(&self) -> Limits {
        Limits {
            sends: self.globals.sends(),
            max_attempts: self.globals.max_attempts.unwrap_or(MAX_ATTEMPTS),
            rate: self.globals.rate,
            deadline: self.globals.deadline.map(|after| self.started + after),
        }
    }

    fn network(&self, service: &Service, settings: &Settings) -> Result<Network<'_>, Error> {
        let target = transport::address(service, settings);
        let timeout = self.globals.timeout;
        let timeout = timeout.unwrap_or(spec(service.cloud).timeout);
        if target.scheme() == "http" && !is_loopback(&target) {
            self.ui.warn(&format!(
                "{target} uses plain HTTP: signatures and keys are sent unencrypted"
            ));
        }
        // A login may lead to other addresses.
        let login = settings.login.as_ref().ok();
        let keys = login.is_some_and(|login| login.value.keys().is_some());
        Ok(Network {
            timeout,
            trust: match target.scheme() {
                "http" if keys => Trust::Nobody,
                _ => self.trust()?,
            },
            env: self.env,
        })
    }

    /// Whom we trust, for people.
    pub fn trust_in_words(&self) -> String {
        match (
            &self.globals.ca_bundle,
            self.env.non_empty(env::SSL_CERT_FILE),
        ) {
            (Some(path), _) => format!("{} {}", self.ca_bundle_origin(), path.display()),
            (None, Some(path)) => format!("{} {}", env::SSL_CERT_FILE, Path::new(path).display()),
            (None, None) => "the system store, or the built-in one".to_owned(),
        }
    }

    /// Who names the authorities, where the global flag is set.
    fn ca_bundle_origin(&self) -> &'static str {
        match self.globals.set_by_env.origin("--ca-bundle") {
            Origin::Env { variable } => variable,
            _ => "--ca-bundle",
        }
    }

    fn trust(&self) -> Result<Trust, Error> {
        let (path, origin) = match &self.globals.ca_bundle {
            Some(path) => (path.as_path(), self.ca_bundle_origin()),
            None => match self.env.non_empty(env::SSL_CERT_FILE) {
                Some(path) => (Path::new(path), env::SSL_CERT_FILE),
                None => return Ok(Trust::System),
            },
        };
        let pem = read_ca_bundle(path, origin)?;
        Ok(Trust::Bundle(CaBundle {
            origin: format!("{origin} {}", path.display()),
            pem,
        }))
    }

    /// Reads a certificate and its key and checks that they belong together and are valid now.
    pub fn bundle(&self, cert: &Path, key: Option<&Path>) -> Result<Bundle, Error> {
        self.bundle_of(cert, None, key)
    }

    /// Reads a certificate with its intermediates, and its key where one is given.
    ///
    /// # Errors
    /// What makes them unfit; a file that cannot be read.
    pub fn bundle_of(
        &self,
        cert: &Path,
        chain: Option<&Path>,
        key: Option<&Path>,
    ) -> Result<Bundle, Error> {
        let key = key.map(|key| KeySource::File(key.to_owned()));
        self.bundle_with(cert, chain, key.as_ref())
    }

    /// [`Session::bundle_of`], wherever the key is.
    ///
    /// # Errors
    /// What makes them unfit; a file or a variable that cannot be read.
    pub fn bundle_with(
        &self,
        cert: &Path,
        chain: Option<&Path>,
        key: Option<&KeySource>,
    ) -> Result<Bundle, Error> {
        let key_path = match key {
            Some(KeySource::File(path)) => Some(path.as_path()),
            Some(KeySource::Env(_)) | None => None,
        };
        let mut given = std::iter::once(cert).chain(chain).chain(key_path);
        if given.any(|path| is_pem(&path.to_string_lossy())) {
            return Err(Error::pem_as_argument());
        }
        let mut parts = Vec::new();
        for path in std::iter::once(cert).chain(chain) {
            let bytes = files::read_limited(path, files::MAX_PEM)?;
            parts.push((path.display().to_string(), bytes));
        }
        let certs: Vec<Input<'_>> = parts
            .iter()
            .map(|(name, bytes)| Input { name, bytes })
            .collect();
        let key = key.map(|key| self.key_in(key)).transpose()?;
        let key_input = key.as_ref().map(|(name, bytes)| Input { name, bytes });
        let bundle = Bundle::parse(&certs, key_input, Utc::now())?;
        for note in bundle.notes() {
            self.ui.warn(&note.to_string());
        }
        Ok(bundle)
    }

    /// Reads a private key; it comes with what people know it by.
    fn key_in(&self, key: &KeySource) -> Result<(String, Zeroizing<Vec<u8>>), Error> {
        match key {
            KeySource::File(path) => {
                let (bytes, warning) = files::read_secret_file(path)?;
                if let Some(warning) = warning {
                    self.ui.warn(&warning.to_string());
                }
                Ok((path.display().to_string(), bytes))
            }
            KeySource::Env(name) => match self.env.non_empty(name) {
                Some(value) => Ok((
                    format!("environment variable {name}"),
                    Zeroizing::new(value.as_encoded_bytes().to_vec()),
                )),
                None => Err(Error::new(
                    Kind::Config,
                    format!("environment variable {name}, which has the private key, is not set"),
                    "set it, or name another one in the manifest: nothing was sent",
                )),
            },
        }
    }
}

/// The answer of a command that only reads, when it may not even do that: the calls that are known
/// before the first answer.
pub fn planned_reads(command: &'static str, requests: Vec<PlannedCall>) -> Answer {
    Answer::planned(command, Vec::new(), requests)
}

/// The service whose host a cloud's endpoint is taken for, where several products are asked.
fn main_service(cloud: Cloud) -> &'static Service {
    let mut products = PRODUCTS.iter().map(|spec| spec.service);
    let main = products.find(|service| service.cloud == cloud);
    main.expect("every cloud has a product")
}

/// Refuses a clock that tells no time that can be signed, or compared with a certificate's.
///
/// # Errors
/// It shows a time before 1970 or after 9999.
pub fn usable_clock() -> Result<(), Error> {
    const YEAR_10000: u64 = 253_402_300_800;
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let side = match since.map(|since| since.as_secs()) {
        Ok(0..YEAR_10000) => return Ok(()),
        Ok(_) => "after 9999",
        Err(_) => "before 1970",
    };
    Err(Error::new(
        Kind::Config,
        format!("this machine's clock shows a time {side}"),
        "set the clock (NTP; `date` shows it): nothing was sent",
    ))
}

/// Reads a file of authorities that something names.
fn read_ca_bundle(path: &Path, origin: &str) -> Result<Vec<u8>, Error> {
    files::read_limited(path, CA_BUNDLE_LIMIT).map_err(|error| {
        let error = Error {
            message: format!("{origin} {error}"),
            ..Error::from(error)
        };
        match error.kind {
            Kind::Io => Error {
                kind: Kind::Config,
                ..error
            },
            _ => error,
        }
    })
}

fn no_runtime(error: std::io::Error) -> Error {
    Error::new(
        Kind::Io,
        format!("cannot start the command: {error}"),
        "check the limits of this process, such as open files: ulimit -a",
    )
}

/// Finds out what is wrong with the trust roots or the credential before anything is tried.
async fn ready(client: &Client<'_>) -> Result<(), Error> {
    client.prepare()?;
    Ok(client.log_in().await?)
}

/// The answer of a run that is over. Where a failure ended it, the targets that were never sent
/// say so.
fn concluded(
    command: &'static str,
    mut rows: Vec<Row>,
    ended: Option<&Failure>,
    client: &Client<'_>,
) -> Answer {
    if let Some(failure) = ended {
        explain_skipped(&mut rows, failure);
    }
    if client.only_reads() {
        rows.iter_mut().for_each(Row::forget_placeholders);
    }
    let kind = ended.map(|failure| failure.kind);
    let document = Document::new(command, rows).showing(client.take_planned());
    Answer::Targets(document.stopped(kind, client.signal()))
}

fn explain_skipped(rows: &mut [Row], failure: &Failure) {
    let reason: Rc<str> = Rc::from(match &failure.code {
        Some(code) => format!("not sent: the command stopped at {code}"),
        None => format!("not sent: {}", failure.message),
    });
    for row in rows {
        if row.status == Status::Skipped && row.note.is_none() {
            row.note = Some(Rc::clone(&reason));
        }
    }
}

/// `1 domain`, `2 domains`.
fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}
