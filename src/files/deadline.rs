//! The deadline (`--deadline`) for what may never come to an end by itself: opening a FIFO that
//! nobody writes to, reading from a pipe or a terminal.

use std::path::Path;
use std::sync::OnceLock;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Instant;

use super::{FileError, failure};

/// The process has one, whatever it reads: as an argument it would be missing somewhere, and what
/// is read there would hang.
static END: OnceLock<Instant> = OnceLock::new();

/// Sets when the process must have ended. The first one stays.
pub fn end_by(end: Instant) {
    // The sandbox runs one command as well.
    let _ = END.set(end);
}

/// When the process must have ended.
pub(super) fn end() -> Option<Instant> {
    END.get().copied()
}

/// Does what may block, until the deadline; without one, until a signal ends the process.
///
/// # Errors
/// [`FileError::Late`]; what `work` says. Work that is late goes on beside, to nobody's eyes.
pub fn within<T: Send + 'static>(
    path: &Path,
    work: impl FnOnce() -> Result<T, FileError> + Send + 'static,
) -> Result<T, FileError> {
    let Some(end) = end() else { return work() };
    let (sender, done) = channel();
    let waiting = thread::Builder::new().spawn(move || sender.send(work()));
    waiting.map_err(|source| failure(path, source))?;
    let left = end.saturating_duration_since(Instant::now());
    done.recv_timeout(left).unwrap_or_else(|error| {
        debug_assert_eq!(error, RecvTimeoutError::Timeout);
        Err(FileError::Late { path: path.into() })
    })
}
