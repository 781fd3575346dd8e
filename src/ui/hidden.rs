//! A terminal that does not show what is typed, for as long as a secret is asked for: whatever
//! ends or stops the process meanwhile, the terminal is left as it was.

use std::io;

use super::say_part;

#[cfg(unix)]
pub(super) use self::unix::Hidden;

#[cfg(unix)]
mod unix {
    use std::sync::{Mutex, MutexGuard, PoisonError};

    use rustix::process::{Signal, getpid, kill_process};
    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

    use super::{io, say_part};
    use crate::signals::{self, PutRightFirst};

    /// What ends a process that does not know better.
    const ENDING: [Signal; 7] = [
        Signal::HUP,
        Signal::INT,
        Signal::QUIT,
        Signal::ALARM,
        Signal::TERM,
        Signal::USR1,
        Signal::USR2,
    ];

    /// The terminal as it was, and the question; while something is hidden.
    static ASKED: Mutex<Option<(Termios, String)>> = Mutex::new(None);

    /// Whether the signals are listened to, which then do nothing by themselves any more.
    static LISTENING: Mutex<bool> = Mutex::new(false);

    /// A question whose answer is not shown, until this is dropped.
    pub(in super::super) struct Hidden(PutRightFirst);

    impl Hidden {
        /// Asks.
        ///
        /// # Errors
        /// Standard input is no terminal; signals cannot be heard.
        pub(in super::super) fn ask(question: String) -> io::Result<Self> {
            let before = tcgetattr(io::stdin())?;
            listen()?;
            *asked() = Some((before, question));
            let hidden = Hidden(signals::put_right_first(show));
            hide()?;
            Ok(hidden)
        }
    }

    impl Drop for Hidden {
        fn drop(&mut self) {
            show();
            *asked() = None;
        }
    }

    /// Hides what is typed, and asks.
    fn hide() -> io::Result<()> {
        if let Some((before, question)) = &*asked() {
            let mut hidden = before.clone();
            hidden.local_modes.remove(LocalModes::ECHO);
            tcsetattr(io::stdin(), OptionalActions::Flush, &hidden)?;
            say_part(question);
        }
        Ok(())
    }

    /// Leaves the terminal as it was, on a line of its own.
    fn show() {
        if let Some((before, _)) = &*asked() {
            // Without it there is nobody left to show anything to.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
            // The line's end was not shown either.
            say_part("\n");
        }
    }

    fn listen() -> io::Result<()> {
        let mut listening = LISTENING.lock().unwrap_or_else(PoisonError::into_inner);
        if *listening {
            return Ok(());
        }
        let pausing = [Signal::TSTP, Signal::CONT];
        let kinds: Vec<i32> = ENDING
            .iter()
            .chain(&pausing)
            .map(|signal| signal.as_raw())
            // What was started with nohup goes on.
            .filter(|&signal| signal != signals::HANGUP || !signals::is_ignored(signal))
            .collect();
        signals::listen(&kinds, |signal| match i32::from(signal) {
            stop if stop == Signal::TSTP.as_raw() => {
                show();
                // Nobody catches this one: it does what the first one was to do.
                let _ = kill_process(getpid(), Signal::STOP);
            }
            // The shell may have set the terminal meanwhile. From the background it cannot be.
            on if on == Signal::CONT.as_raw() => drop(hide()),
            _ => signals::end(signal),
        })?;
        *listening = true;
        Ok(())
    }

    fn asked() -> MutexGuard<'static, Option<(Termios, String)>> {
        ASKED.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Elsewhere what is typed cannot be hidden.
#[cfg(not(unix))]
pub(super) struct Hidden;

#[cfg(not(unix))]
impl Hidden {
    pub(super) fn ask(_: String) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
