//! The three clouds on loopback, in memory: strict where they are strict, and as nasty as a
//! [`Scenario`] says.
//!
//! It stands alone: it knows the wire from the vendors' documents and shares nothing with the code
//! that signs and sends, so that the two can contradict each other. `docs/sandbox.md` describes
//! the fixture account and the scenario file.

pub mod actions;
pub mod keys;
pub mod log;
pub mod pki;
pub mod reply;
pub mod request;
pub mod scenario;
pub mod verify;

mod clouds;
mod edge;
mod listen;
mod material;
mod metadata;
mod private_key;
mod untrue;

use std::fs;
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

pub use log::Entry;
pub use scenario::Scenario;

use clouds::Clouds;
use pki::Authority;

/// How to start an emulator.
pub struct Config {
    /// Where to listen; loopback only. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Serve HTTPS under a test authority instead of HTTP.
    pub tls: bool,
    /// How the account differs from the fixture and what goes wrong.
    pub scenario: Scenario,
    /// A file to which every request is written, one JSON line each.
    pub log: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            tls: false,
            scenario: Scenario::default(),
            log: None,
        }
    }
}

/// A running emulator; dropping it ends it.
pub struct Server {
    address: SocketAddr,
    edge: Vec<SocketAddr>,
    clouds: Arc<Mutex<Clouds>>,
    tls: bool,
    authority: TestAuthority,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

/// The authority's certificate, and the file that holds it while the emulator runs.
struct TestAuthority {
    pem: String,
    file: PathBuf,
}

impl Drop for TestAuthority {
    fn drop(&mut self) {
        // Left behind it harms no one: it is a public certificate.
        let _ = fs::remove_file(&self.file);
    }
}

/// Starts an emulator on its own thread.
///
/// # Errors
/// `InvalidInput` for an address beyond loopback; else what the system says of the socket, the log
/// file or the temporary directory.
pub fn start(config: Config) -> io::Result<Server> {
    if !config.listen.ip().is_loopback() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("{} is not a loopback address", config.listen.ip()),
        ));
    }
    let log = match &config.log {
        Some(path) => Some(fs::File::create(path)?),
        None => None,
    };
    let listener = TcpListener::bind(config.listen)?;
    let address = listener.local_addr()?;
    let authority = Authority::generate().map_err(io::Error::other)?;
    let (faulty, stale) = (config.scenario.tls, config.scenario.edge.stale);
    let clouds = Clouds::new(config.scenario, &authority, log).map_err(io::Error::other)?;
    let clouds = Arc::new(Mutex::new(clouds));
    let edges = edge::bind(config.listen.ip(), stale, &clouds)?;
    let edge = edges.iter().map(edge::Edge::address).collect();
    let pem = authority.pem();
    let file = write_new(address.port(), &pem)?;
    let tls = match config.tls {
        false => None,
        true => Some(listen::Tls::new(&authority, faulty)?),
    };
    let (stop, stopped) = oneshot::channel();
    let shared = clouds.clone();
    let thread = std::thread::Builder::new()
        .name("emulator".to_owned())
        .spawn(move || listen::serve(listener, tls, edges, shared, stopped))?;
    Ok(Server {
        address,
        edge,
        clouds,
        tls: config.tls,
        authority: TestAuthority { pem, file },
        stop: Some(stop),
        thread: Some(thread),
    })
}

impl Server {
    /// The one address of all three clouds.
    pub fn endpoint(&self) -> String {
        let scheme = match self.tls {
            true => "https",
            false => "http",
        };
        format!("{scheme}://{}", self.address)
    }

    /// What a program needs in its environment to use the emulator.
    pub fn env(&self) -> Vec<(&'static str, String)> {
        let mut env: Vec<_> = [
            ("ALIBABA_CLOUD_ACCESS_KEY_ID", keys::ALIBABA.id),
            ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", keys::ALIBABA.secret),
            ("TENCENTCLOUD_SECRET_ID", keys::TENCENT.id),
            ("TENCENTCLOUD_SECRET_KEY", keys::TENCENT.secret),
            ("UCLOUD_PUBLIC_KEY", keys::UCLOUD.id),
            ("UCLOUD_PRIVATE_KEY", keys::UCLOUD.secret),
            ("UCLOUD_PROJECT_ID", actions::ulb::PROJECT),
            ("UCLOUD_REGION", actions::ulb::REGION),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .into();
        env.insert(0, ("CERTCTL_ENDPOINT", self.endpoint()));
        env.insert(1, ("CERTCTL_METADATA_ENDPOINT", self.endpoint()));
        let edge: Vec<String> = self.edge.iter().map(SocketAddr::to_string).collect();
        let authority = self.authority.file.display().to_string();
        env.push(("CERTCTL_PROBE_CONNECT", edge.join(",")));
        env.push(("CERTCTL_PROBE_CA_BUNDLE", authority.clone()));
        if self.tls {
            env.push(("SSL_CERT_FILE", authority));
        }
        env
    }

    /// The certificate of the authority behind HTTPS and the edge.
    pub fn ca_pem(&self) -> &str {
        &self.authority.pem
    }

    /// What has arrived so far; of more than 10,000 requests the newest.
    pub fn log(&self) -> Vec<Entry> {
        self.clouds
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .log()
    }

    /// Ends it and waits until it has ended.
    ///
    /// # Errors
    /// What ended it before.
    pub fn shutdown(mut self) -> io::Result<()> {
        self.end()
    }

    fn end(&mut self) -> io::Result<()> {
        if let Some(stop) = self.stop.take() {
            // It may have ended by itself; the thread's result says why.
            let _ = stop.send(());
        }
        match self.thread.take().map(JoinHandle::join) {
            None => Ok(()),
            Some(Ok(result)) => result,
            Some(Err(_)) => Err(io::Error::other("the emulator's thread panicked")),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // No one is left to hear of it.
        let _ = self.end();
    }
}

/// Writes a temporary file of a name that is not taken. It does not follow what someone else may have
/// put there, nor stumble over what an emulator left behind that was killed.
fn write_new(port: u16, text: &str) -> io::Result<PathBuf> {
    let mut number = 0;
    loop {
        let name = format!("certctl-sandbox-{}-{port}-{number}.pem", std::process::id());
        let path = std::env::temp_dir().join(name);
        let file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path);
        match file {
            Ok(mut file) => {
                file.write_all(text.as_bytes())?;
                return Ok(path);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 1000 => {
                number += 1;
            }
            Err(error) => return Err(error),
        }
    }
}
