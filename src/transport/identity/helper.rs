//! A program that gives keys: started without a shell, read, and ended with whatever it has started.

use std::ffi::OsStr;
use std::io;
use std::process::{ExitStatus, Stdio};

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use zeroize::Zeroizing;

/// The most that is kept of what a program prints; the rest is read and dropped, so that it does not
/// wait for a full pipe.
const LIMIT: usize = 256 * 1024;

/// A program that runs; with this its processes are gone.
pub(super) struct Helper {
    child: Child,
    stdout: Printed<ChildStdout>,
    stderr: Printed<ChildStderr>,
    /// Its process group, where it has one of its own.
    #[cfg(unix)]
    group: Option<rustix::process::Pid>,
}

/// A program that has ended.
pub(super) struct Ended {
    pub(super) status: io::Result<ExitStatus>,
    pub(super) stdout: Zeroizing<Vec<u8>>,
    pub(super) stderr: Zeroizing<Vec<u8>>,
}

impl Helper {
    /// Starts it. One that may ask the person at the terminal stays in our process group, for no
    /// other one may read from there; the others get one of their own.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn start(
        words: &[String],
        env: impl IntoIterator<Item = (impl AsRef<OsStr>, impl AsRef<OsStr>)>,
        may_ask: bool,
    ) -> io::Result<Self> {
        let [program, arguments @ ..] = words else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .envs(env)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        #[cfg(unix)]
        if !may_ask {
            command.process_group(0);
        }
        #[cfg(not(unix))]
        let _ = may_ask;
        let mut child = command.spawn()?;
        Ok(Helper {
            stdout: Printed::by(child.stdout.take()),
            stderr: Printed::by(child.stderr.take()),
            #[cfg(unix)]
            group: match may_ask {
                true => None,
                false => child
                    .id()
                    .and_then(|id| rustix::process::Pid::from_raw(id as i32)),
            },
            child,
        })
    }

    /// Waits for its end. What it has started may live on and hold the pipes: that is not waited
    /// for, and what the program itself has printed is in them by then.
    pub(super) async fn ended(mut self) -> Ended {
        let status = {
            let reading =
                async { tokio::join!(self.stdout.read_to_end(), self.stderr.read_to_end()) };
            tokio::select! {
                status = self.child.wait() => Some(status),
                _ = reading => None,
            }
        };
        let status = match status {
            Some(status) => status,
            None => self.child.wait().await,
        };
        self.stdout.what_is_there().await;
        self.stderr.what_is_there().await;
        Ended {
            status,
            stdout: std::mem::take(&mut self.stdout.bytes),
            stderr: std::mem::take(&mut self.stderr.bytes),
        }
    }
}

#[cfg(unix)]
impl Drop for Helper {
    fn drop(&mut self) {
        use rustix::process::{Signal, kill_process_group};
        if let Some(group) = self.group {
            // There may be nobody left in it.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// A stream of a program's, and what was read of it.
struct Printed<R> {
    source: Option<R>,
    bytes: Zeroizing<Vec<u8>>,
}

impl<R: AsyncRead + Unpin> Printed<R> {
    fn by(source: Option<R>) -> Self {
        let bytes = Zeroizing::new(Vec::with_capacity(4096));
        Printed { source, bytes }
    }

    /// Reads until nobody can write to it any more.
    async fn read_to_end(&mut self) {
        while self.once().await {}
    }

    /// Reads once; says whether there may be more.
    async fn once(&mut self) -> bool {
        let Some(source) = &mut self.source else {
            return false;
        };
        let mut chunk = Zeroizing::new([0; 4096]);
        match source.read(chunk.as_mut_slice()).await {
            Ok(size @ 1..) => {
                let room = LIMIT.saturating_sub(self.bytes.len());
                self.bytes.extend_from_slice(&chunk[..size.min(room)]);
                true
            }
            // What is missing shows in what was read.
            Ok(0) | Err(_) => {
                self.source = None;
                false
            }
        }
    }
}

#[cfg(unix)]
impl<R: AsyncRead + Unpin + std::os::fd::AsFd> Printed<R> {
    /// Reads what is in the pipe, and does not wait for more.
    async fn what_is_there(&mut self) {
        let left = |source: &R| rustix::io::ioctl_fionread(source).unwrap_or_default();
        while self.source.as_ref().is_some_and(|source| left(source) > 0) {
            self.once().await;
        }
    }
}

#[cfg(not(unix))]
impl<R: AsyncRead + Unpin> Printed<R> {
    /// Reads what is in the pipe, and does not wait for more for long.
    async fn what_is_there(&mut self) {
        let pause = std::time::Duration::from_millis(100);
        while matches!(tokio::time::timeout(pause, self.once()).await, Ok(true)) {}
    }
}
