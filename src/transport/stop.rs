//! SIGINT and SIGTERM: the first asks to stop, the second ends the process at once.

use std::time::Duration;

use tokio::sync::watch;

/// How long a call that is under way may take once a stop was asked for.
pub const GRACE: Duration = Duration::from_secs(2);

/// Whether a stop was asked for.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<Option<u8>>);

impl Stop {
    /// Starts listening; from here on the first signal no longer ends the process.
    /// Must be called inside a runtime.
    pub fn listen() -> Self {
        let (sender, receiver) = watch::channel(None);
        tokio::spawn(async move {
            let first = signal().await;
            // Whoever waited is gone when the command has ended.
            let _ = sender.send(Some(first));
            std::process::exit(i32::from(exit_status(signal().await)));
        });
        Stop(receiver)
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

/// The exit status of a command that a signal stopped.
pub const fn exit_status(signal: u8) -> u8 {
    128 + signal
}

#[cfg(unix)]
async fn signal() -> u8 {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => 2,
        _ = terminate.recv() => 15,
    }
}

#[cfg(not(unix))]
async fn signal() -> u8 {
    match tokio::signal::ctrl_c().await {
        Ok(()) => 2,
        Err(_) => std::future::pending().await,
    }
}
