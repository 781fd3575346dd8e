//! Signals, heard on a thread of their own: they hold whatever else the process waits for, be it a
//! name server, a pipe or a person.

use std::io;
use std::sync::{Mutex, PoisonError};
use std::thread;

use tokio::runtime::{Builder, Runtime};

/// SIGHUP: whoever started the process is gone.
pub const HANGUP: i32 = 1;
/// SIGINT: Ctrl-C.
pub const INTERRUPT: i32 = 2;
/// SIGTERM.
pub const TERMINATE: i32 = 15;

/// What is put right before a signal ends the process.
type PutRight = Box<dyn Fn() + Send>;

static LAST: Mutex<Option<PutRight>> = Mutex::new(None);

/// The exit status of a command that a signal ended.
pub const fn exit_status(signal: u8) -> u8 {
    128 + signal
}

/// A runtime on the thread that runs it.
///
/// # Errors
/// The system has too few file descriptors left.
pub fn runtime() -> io::Result<Runtime> {
    room()?;
    Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
}

/// Finds out whether there are as many file descriptors as a runtime needs: tokio gives up, with
/// the whole process, where it finds none for its signals.
fn room() -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::net::UnixStream;
        let pairs: io::Result<Vec<_>> = (0..3).map(|_| UnixStream::pair()).collect();
        drop(pairs?);
    }
    Ok(())
}

/// Has `heard` called with the number of each of these signals that comes. From here on they do not
/// end the process by themselves.
///
/// # Errors
/// The system has no room for it.
#[cfg(unix)]
pub fn listen(signals: &[i32], mut heard: impl FnMut(u8) + Send + 'static) -> io::Result<()> {
    use std::future::poll_fn;
    use std::task::Poll;

    use tokio::signal::unix::{Signal, SignalKind, signal};
    let runtime = runtime()?;
    let mut streams = {
        let _inside = runtime.enter();
        let stream = |&number: &i32| -> io::Result<(u8, Signal)> {
            Ok((number as u8, signal(SignalKind::from_raw(number))?))
        };
        signals.iter().map(stream).collect::<io::Result<Vec<_>>>()?
    };
    let listening = async move {
        loop {
            let next = poll_fn(|context| {
                let came = streams.iter_mut().find_map(|(number, stream)| {
                    stream.poll_recv(context).is_ready().then_some(*number)
                });
                came.map_or(Poll::Pending, Poll::Ready)
            });
            heard(next.await);
        }
    };
    let thread = thread::Builder::new().name("signals".into());
    thread.spawn(move || runtime.block_on(listening)).map(drop)
}

/// Elsewhere there is Ctrl-C.
#[cfg(not(unix))]
pub fn listen(_: &[i32], mut heard: impl FnMut(u8) + Send + 'static) -> io::Result<()> {
    let runtime = runtime()?;
    let listening = async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            heard(INTERRUPT as u8);
        }
    };
    let thread = thread::Builder::new().name("signals".into());
    thread.spawn(move || runtime.block_on(listening)).map(drop)
}

/// Whether whoever started the process wants a signal passed over, as `nohup` does of SIGHUP.
pub fn is_ignored(signal: i32) -> bool {
    // Other systems tell only those who may change it.
    let status = match cfg!(target_os = "linux") {
        true => std::fs::read_to_string("/proc/self/status").unwrap_or_default(),
        false => return false,
    };
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|set| u64::from_str_radix(set.trim(), 16).ok());
    ignored.is_some_and(|set| set >> (signal - 1) & 1 == 1)
}

/// What a signal must not leave as it is, such as a terminal that shows nothing; until dropped.
pub struct PutRightFirst(());

/// Has `put_right` called before a signal ends the process. One at a time.
pub fn put_right_first(put_right: impl Fn() + Send + 'static) -> PutRightFirst {
    *last() = Some(Box::new(put_right));
    PutRightFirst(())
}

impl Drop for PutRightFirst {
    fn drop(&mut self) {
        *last() = None;
    }
}

/// Ends the process as a signal that nobody can answer any more does.
pub fn end(signal: u8) -> ! {
    if let Some(put_right) = &*last() {
        put_right();
    }
    std::process::exit(exit_status(signal).into());
}

fn last() -> std::sync::MutexGuard<'static, Option<PutRight>> {
    LAST.lock().unwrap_or_else(PoisonError::into_inner)
}
