//! SIGINT, SIGTERM and SIGHUP: the first asks to stop, the second ends the process at once.

use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

pub use crate::signals::exit_status;
use crate::signals::{self, HANGUP, INTERRUPT, TERMINATE};

/// How long a call that is under way may take once a stop was asked for.
pub const GRACE: Duration = Duration::from_secs(2);

/// Whether a stop was asked for.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<Option<u8>>);

/// Whoever listens in this process hears the same.
static ASKED: Mutex<Option<watch::Sender<Option<u8>>>> = Mutex::new(None);

impl Stop {
    /// Starts listening. The first signal asks whoever listens to stop; where nobody does any more,
    /// the document has [`GRACE`] to be printed. The second one ends the process at once.
    ///
    /// # Errors
    /// The system has no room for it.
    pub fn listen() -> io::Result<Self> {
        let mut asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = &*asked {
            return Ok(Stop(sender.subscribe()));
        }
        let (sender, receiver) = watch::channel(None);
        let heard = {
            let sender = sender.clone();
            move |signal| {
                if sender.send_replace(Some(signal)).is_some() {
                    signals::end(signal);
                }
                if sender.receiver_count() == 0 {
                    std::thread::spawn(move || {
                        std::thread::sleep(GRACE);
                        signals::end(signal)
                    });
                }
            }
        };
        // What was started with nohup goes on when the terminal is closed.
        let kinds = match signals::is_ignored(HANGUP) {
            true => &[INTERRUPT, TERMINATE][..],
            false => &[INTERRUPT, TERMINATE, HANGUP],
        };
        signals::listen(kinds, heard)?;
        *asked = Some(sender);
        Ok(Stop(receiver))
    }

    /// The signal, if one came.
    pub fn signal(&self) -> Option<u8> {
        *self.0.borrow()
    }

    /// Returns when a signal comes.
    pub async fn asked(&self) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(Option::is_some).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
