//! certctl-sandbox: the same command line against an emulator of the three clouds on loopback.
//! It needs no account; `docs/sandbox.md` is its manual.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};

use clap::{Args, Parser, Subcommand, ValueEnum};
use serde_json::{Map, json};
use tokio::sync::oneshot;

use certctl::commands::usable_clock;
use certctl::emulator::{self, Config, Scenario, Server, pki::Authority};
use certctl::files::{Access, Content, Existing, FileError, write_all};

/// Run certctl, or any program, against an emulator of the clouds on loopback
#[derive(Parser)]
#[command(name = "certctl-sandbox", version = env!("CERTCTL_VERSION"))]
struct Cli {
    #[command(subcommand)]
    command: Sub,
}

#[derive(Subcommand)]
enum Sub {
    /// Run a certctl command line and exit with its status
    Run {
        #[command(flatten)]
        emulator: EmulatorArgs,
        /// The arguments of certctl
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
    /// Run a program with the environment of the emulator and exit with its status
    Exec {
        #[command(flatten)]
        emulator: EmulatorArgs,
        /// The program and its arguments, after `--`
        #[arg(required = true, last = true)]
        command: Vec<OsString>,
    },
    /// Serve until SIGTERM or SIGINT, after one document with address and environment
    Serve {
        #[command(flatten)]
        emulator: EmulatorArgs,
        /// Where to listen, loopback only
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
        listen: SocketAddr,
        /// How to print address and environment
        #[arg(long, value_enum, default_value_t = Format::Json)]
        format: Format,
    },
    /// Make a certificate signed by a test authority
    Pki {
        /// The directory for fullchain.pem, privkey.pem and ca.pem
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// DNS names, `*.` in front for a wildcard
        #[arg(long, value_name = "NAME", value_delimiter = ',', required = true)]
        names: Vec<String>,
        /// For how many days it is good; 0 makes one that has expired
        #[arg(long, value_name = "N", default_value_t = 90)]
        days: u32,
        /// Overwrite what is there
        #[arg(long)]
        force: bool,
    },
}

#[derive(Args)]
struct EmulatorArgs {
    /// A JSON file that says how the account differs and what goes wrong
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// Serve HTTPS under a test authority
    #[arg(long)]
    tls: bool,
    /// Write every request to FILE, one JSON line each
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Json,
    Shell,
}

/// Why it ends without a status of the command's own; the statuses are certctl's.
enum Failure {
    Usage(String),
    Config(String),
    Io(String, io::Error),
    File(FileError),
    NotRun(String, io::Error),
}

/// What would lead past the emulator or spoil its keys, were it inherited.
const UNSET: [&str; 12] = [
    "ALIBABA_CLOUD_SECURITY_TOKEN",
    "CERTCTL_ALIBABA_ENDPOINT",
    "CERTCTL_CA_BUNDLE",
    "CERTCTL_PROFILE",
    "CERTCTL_TENCENT_ENDPOINT",
    "CERTCTL_UCLOUD_ENDPOINT",
    "TENCENTCLOUD_ROLE_ARN",
    "TENCENTCLOUD_ROLE_SESSION_NAME",
    "TENCENTCLOUD_SECURITY_TOKEN",
    "TENCENTCLOUD_SESSION_TOKEN",
    "TENCENTCLOUD_TOKEN",
    "UCLOUD_SECURITY_TOKEN",
];

fn main() -> ExitCode {
    let command = Cli::parse().command;
    let clock = usable_clock().map_err(|error| Failure::Config(error.message));
    let result = clock.and_then(|()| match command {
        Sub::Run { emulator, args } => run(&emulator, args),
        Sub::Exec { emulator, command } => exec(&emulator, &command),
        Sub::Serve {
            emulator,
            listen,
            format,
        } => serve(&emulator, listen, format),
        Sub::Pki {
            out,
            names,
            days,
            force,
        } => pki(&out, &names, days, force),
    });
    let (status, line) = match result {
        Ok(status) => return status.into(),
        Err(Failure::Usage(line)) => (2, line),
        Err(Failure::Config(line)) => (3, line),
        Err(Failure::File(error)) => (11, error.to_string()),
        Err(Failure::Io(subject, error)) => (11, format!("{subject}: {error}")),
        // As shells have it: there is no such program, or it is none.
        Err(Failure::NotRun(program, error)) => match error.kind() {
            io::ErrorKind::NotFound => (127, format!("{program}: {error}")),
            _ => (126, format!("{program}: {error}")),
        },
    };
    // With stderr closed, the status has to do.
    let _ = writeln!(io::stderr(), "certctl-sandbox: {line}");
    ExitCode::from(status)
}

fn run(args: &EmulatorArgs, command: Vec<OsString>) -> Result<u8, Failure> {
    let server = start(args, Config::default().listen)?;
    let mut env: BTreeMap<OsString, OsString> = std::env::vars_os()
        .filter(|(name, _)| !UNSET.iter().any(|unset| name == unset))
        .collect();
    env.extend(
        server
            .env()
            .into_iter()
            .map(|(name, value)| (name.into(), value.into())),
    );
    let argv = std::iter::once("certctl".into()).chain(command).collect();
    Ok(certctl::run(argv, env))
}

fn exec(args: &EmulatorArgs, command: &[OsString]) -> Result<u8, Failure> {
    let server = start(args, Config::default().listen)?;
    let mut program = Command::new(&command[0]);
    program.args(&command[1..]).envs(server.env());
    for name in UNSET {
        program.env_remove(name);
    }
    let runtime = runtime()?;
    // Signals are taken over before the program starts, so that none is lost.
    runtime.block_on(async {
        let mut signals = Signals::install()?;
        let mut child = program
            .spawn()
            .map_err(|error| Failure::NotRun(command[0].display().to_string(), error))?;
        let pid = child.id();
        let (ended, mut end) = oneshot::channel();
        std::thread::spawn(move || ended.send(child.wait()));
        loop {
            tokio::select! {
                status = &mut end => {
                    let status = status
                        .unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()))
                        .map_err(|error| Failure::Io("waiting for the program".into(), error))?;
                    return Ok(status_of(status));
                }
                signal = signals.next() => signal.forward(pid),
            }
        }
    })
}

fn serve(args: &EmulatorArgs, listen: SocketAddr, format: Format) -> Result<u8, Failure> {
    let server = start(args, listen)?;
    let runtime = runtime()?;
    runtime.block_on(async {
        let mut signals = Signals::install()?;
        let text = match format {
            Format::Json => {
                let env: Map<_, _> = server
                    .env()
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), json!(value)))
                    .collect();
                format!("{}\n", json!({ "endpoint": server.endpoint(), "env": env }))
            }
            Format::Shell => server
                .env()
                .into_iter()
                .map(|(name, value)| format!("export {name}='{}'\n", value.replace('\'', r"'\''")))
                .collect(),
        };
        let mut stdout = io::stdout().lock();
        stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush())
            .map_err(|error| Failure::Io("stdout".into(), error))?;
        signals.next().await;
        Ok::<_, Failure>(())
    })?;
    server
        .shutdown()
        .map_err(|error| Failure::Io("the emulator".into(), error))?;
    Ok(0)
}

fn pki(out: &Path, names: &[String], days: u32, force: bool) -> Result<u8, Failure> {
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    if names.iter().any(|name| name.trim().is_empty()) {
        return Err(Failure::Usage("--names: a name is empty".into()));
    }
    let unfit = |error| Failure::Usage(format!("--names: {error}"));
    let authority = Authority::generate().map_err(unfit)?;
    // It ends with a day, and is good for so many whole ones.
    let days = if days == 0 { 0 } else { days.saturating_add(1) };
    let issued = authority.issue(&names, days).map_err(unfit)?;
    let ca = authority.pem();
    let files = [
        ("fullchain.pem", &issued.fullchain, Access::Anybody),
        ("privkey.pem", &issued.key, Access::Owner),
        ("ca.pem", &ca, Access::Anybody),
    ];
    let files = files.map(|(name, text, access)| Content {
        path: out.join(name),
        bytes: text.as_bytes(),
        access,
    });
    let existing = match force {
        true => Existing::Replace,
        false => Existing::Keep,
    };
    write_all(&files, existing).map_err(|error| match error {
        FileError::Exists { path } => {
            Failure::Usage(format!("{} exists: --force overwrites it", path.display()))
        }
        error => Failure::File(error),
    })?;
    Ok(0)
}

fn start(args: &EmulatorArgs, listen: SocketAddr) -> Result<Server, Failure> {
    let scenario = match &args.scenario {
        None => Scenario::default(),
        Some(path) => {
            let text = fs::read_to_string(path)
                .map_err(|error| Failure::Io(path.display().to_string(), error))?;
            Scenario::parse(&text)
                .map_err(|reason| Failure::Usage(format!("{}: {reason}", path.display())))?
        }
    };
    emulator::start(Config {
        listen,
        tls: args.tls,
        scenario,
        log: args.log.clone(),
    })
    .map_err(|error| match error.kind() {
        io::ErrorKind::InvalidInput => Failure::Usage(format!("--listen: {error}")),
        _ => Failure::Io("the emulator".into(), error),
    })
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Io("the runtime".into(), error))
}

/// The signals that end a program politely.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn install() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |kind| signal(kind).map_err(|error| Failure::Io("signals".into(), error));
        Ok(Signals {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> Received {
        tokio::select! {
            _ = self.interrupt.recv() => Received(rustix::process::Signal::INT),
            _ = self.terminate.recv() => Received(rustix::process::Signal::TERM),
        }
    }
}

#[cfg(unix)]
struct Received(rustix::process::Signal);

#[cfg(unix)]
impl Received {
    /// A terminal interrupts the whole group, the program included; twice would be once too often.
    fn forward(self, pid: u32) {
        use rustix::process::{Pid, Signal, kill_process};
        if self.0 == Signal::INT && io::stdin().is_terminal() {
            return;
        }
        if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
            // It may just have ended.
            let _ = kill_process(pid, self.0);
        }
    }
}

/// Elsewhere the console tells every program of the group itself.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn install() -> Result<Self, Failure> {
        Ok(Signals)
    }

    async fn next(&mut self) -> Received {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Received
    }
}

#[cfg(not(unix))]
struct Received;

#[cfg(not(unix))]
impl Received {
    fn forward(self, _pid: u32) {}
}

/// The program's status; 128 and the number of the signal that killed it, as shells say it.
fn status_of(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return u8::try_from(128 + signal).unwrap_or(1);
    }
    status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(1)
}
