//! Runs the real binary in a cleared environment, against an emulator of its own.
#![allow(dead_code)]

#[cfg(unix)]
pub mod pty;
pub mod raw;
#[cfg(target_os = "linux")]
pub mod terminal;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use certctl::config::{Env, Settings};
use certctl::emulator::{Config, Entry, Scenario, Server, start};
use certctl::providers::Service;
use certctl::transport::http::Network;
use certctl::transport::stop::Stop;
use certctl::transport::tls::Trust;
use certctl::transport::{Client, Limits, Memory, Sends};
use certctl::ui::Ui;
use serde_json::Value;
use tempfile::TempDir;

/// The three clouds, as a scenario wants them, and a home of its own for whoever calls them.
pub struct Clouds {
    server: Server,
    home: TempDir,
}

impl Clouds {
    /// The fixture account, behaving.
    pub fn new() -> Self {
        Clouds::with(serde_json::json!({}))
    }

    /// With what a scenario file would hold.
    pub fn with(scenario: Value) -> Self {
        Clouds::start(scenario, false)
    }

    /// Over HTTPS, under a test authority that `SSL_CERT_FILE` names.
    pub fn with_tls(scenario: Value) -> Self {
        Clouds::start(scenario, true)
    }

    fn start(scenario: Value, tls: bool) -> Self {
        let scenario = Scenario::parse(&scenario.to_string()).expect("the scenario is valid");
        let config = Config {
            tls,
            scenario,
            ..Config::default()
        };
        Clouds {
            server: start(config).expect("the emulator starts"),
            home: tempfile::tempdir().expect("a temporary directory"),
        }
    }

    /// The binary with the emulator's address and keys, and nothing else, in its environment.
    pub fn certctl(&self, args: &[&str]) -> Call {
        let mut call = Call::new(args);
        call.command
            .envs(self.server.env())
            .env("HOME", self.home.path())
            .current_dir(self.home.path());
        call
    }

    /// A file in the home directory, for certificates and lists.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.home.path().join(name);
        std::fs::write(&path, content).expect("the file can be written");
        path
    }

    /// The home directory.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// `http://127.0.0.1:PORT`
    pub fn endpoint(&self) -> String {
        self.server.endpoint()
    }

    /// The variables with the emulator's addresses and keys.
    pub fn env(&self) -> Vec<(&'static str, String)> {
        self.server.env()
    }

    /// Every request that arrived.
    pub fn log(&self) -> Vec<Entry> {
        self.server.log()
    }

    /// Nothing that changes anything has arrived.
    #[track_caller]
    pub fn assert_only_reads(&self) {
        for entry in self.log() {
            let action = entry.action.unwrap_or_default();
            assert!(is_read(&action), "{action}");
        }
    }

    /// The requests of one action.
    pub fn calls(&self, action: &str) -> Vec<Entry> {
        let mut log = self.log();
        log.retain(|entry| entry.action.as_deref() == Some(action));
        log
    }
}

/// Whether an action changes nothing, as the vendors name theirs. Tencent Cloud looks bindings up in
/// a task, which a call named `Create…` starts.
pub fn is_read(action: &str) -> bool {
    let reads = ["Describe", "List", "Get", "CreateCertificateBindResource"];
    reads.iter().any(|read| action.starts_with(read))
}

/// A client of the library's, for what no command shows.
pub fn client<'a>(
    service: &'static Service,
    settings: &'a Settings,
    env: &'a Env,
    memory: &'a Memory,
    stop: &'a Stop,
    ui: &'a Ui,
) -> Client<'a> {
    let network = Network {
        timeout: Duration::from_secs(10),
        trust: Trust::Nobody,
        env,
    };
    let limits = Limits {
        sends: Sends::Everything,
        max_attempts: 3,
        rate: None,
        deadline: None,
    };
    Client::new(service, settings, network, limits, memory, stop, ui).expect("a client")
}

/// A call of the binary that is being prepared.
pub struct Call {
    pub command: Command,
    stdin: Vec<u8>,
}

impl Call {
    /// The binary in an environment without clouds, keys and home, that asks for JSON, so that errors
    /// are JSON too; see [`Call::unasked`].
    pub fn new(args: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certctl"));
        command.args(args).env_clear().env("CERTCTL_OUTPUT", "json");
        // Windows finds its sockets by it.
        if let Some(root) = std::env::var_os("SystemRoot") {
            command.env("SystemRoot", root);
        }
        Call {
            command,
            stdin: Vec::new(),
        }
    }

    /// Sets a variable.
    pub fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Asks for no form: an answer is JSON off a terminal, and an error is text.
    pub fn unasked(self) -> Self {
        self.without("CERTCTL_OUTPUT")
    }

    /// The same call, made by a program in front of it, such as `nohup`; it reads nothing.
    pub fn by(&self, program: &str, before: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(before)
            .arg(self.command.get_program())
            .args(self.command.get_args())
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for (name, value) in self.command.get_envs() {
            command.env(name, value.expect("it is set"));
        }
        if let Some(folder) = self.command.get_current_dir() {
            command.current_dir(folder);
        }
        command
    }

    /// Removes a variable.
    pub fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Adds an argument.
    pub fn arg(mut self, arg: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    /// Adds arguments.
    pub fn args(mut self, args: &[&str]) -> Self {
        self.command.args(args);
        self
    }

    /// The value of a variable that was set.
    pub fn value(&self, name: &str) -> std::ffi::OsString {
        let set = self.command.get_envs().find(|(set, _)| *set == name);
        let value = set.and_then(|(_, value)| value);
        value.expect("the variable is set").to_owned()
    }

    /// Runs it in a folder.
    pub fn dir(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// What it reads from standard input, which is empty otherwise.
    pub fn stdin(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.stdin = text.into();
        self
    }

    /// Starts it with pipes.
    pub fn spawn(mut self) -> Child {
        let mut child = self
            .command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        // It may end without reading.
        let _ = stdin.write_all(&self.stdin);
        child
    }

    /// Runs it to its end.
    pub fn run(self) -> Outcome {
        Outcome::of(self.spawn())
    }
}

/// What a call left behind.
#[derive(Debug)]
pub struct Outcome {
    /// The exit status; 128 and the signal's number where one ended the process.
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

/// What several processes leave behind that run at the same time.
pub fn at_once(times: usize, call: impl Fn() -> Call) -> impl Iterator<Item = Outcome> {
    let started: Vec<Child> = (0..times).map(|_| call().spawn()).collect();
    started.into_iter().map(Outcome::of)
}

impl Outcome {
    /// Waits for a started call.
    pub fn of(child: Child) -> Self {
        let output = child.wait_with_output().expect("the binary ends");
        Outcome {
            status: exit_status(&output.status),
            stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
        }
    }

    /// The document on stdout.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    /// The `error` of the JSON line that ends stderr.
    #[track_caller]
    pub fn error(&self) -> Value {
        let line = self.stderr.lines().last().unwrap_or_default();
        let document: Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {self:#?}"));
        assert_eq!(document["schema"], "certctl/v1");
        document["error"].clone()
    }

    /// What was said on stderr, but for the line about what was accepted and not read back.
    pub fn talk(&self) -> String {
        let lines = self.stderr.split_inclusive('\n');
        lines
            .filter(|line| !line.contains("not confirmed yet"))
            .collect()
    }

    /// The statuses of the results, in order.
    #[track_caller]
    pub fn statuses(&self) -> Vec<String> {
        let json = self.json();
        let results = json["results"].as_array().expect("results");
        let status = |row: &Value| row["status"].as_str().expect("a status").to_owned();
        results.iter().map(status).collect()
    }

    /// Fails with everything that is known unless the status is the expected one.
    #[track_caller]
    pub fn expect(self, status: i32) -> Self {
        assert_eq!(self.status, status, "{self:#?}");
        self
    }
}

#[cfg(unix)]
fn exit_status(status: &std::process::ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status
        .code()
        .or(status.signal().map(|signal| 128 + signal))
        .expect("it ended")
}

#[cfg(not(unix))]
fn exit_status(status: &std::process::ExitStatus) -> i32 {
    status.code().expect("it ended")
}

/// Takes a key file from the others of the machine, so that no warning is due.
pub fn private(_path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(_path, mode).expect("the mode can be set");
    }
}

/// Reads a stream to its end.
pub fn read_all(mut stream: impl Read) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("UTF-8");
    text
}
