//! The listener that a command is about, and waiting for it.

use clap::Args;

use crate::commands::Session;
use crate::commands::args::id;
use crate::commands::wait::WaitArgs;
use crate::config::Settings;
use crate::products::ga::Instance;
use crate::products::{Seen, Settled};
use crate::providers::alibaba::ga::{Binding, ListListenerCertificates, PAGE_LIMIT};
use crate::providers::page::Cursor;
use crate::transport::{Client, PlannedCall, plan};

/// Which listener a command is about.
#[derive(Debug, Args)]
pub struct ListenerArgs {
    /// Accelerator
    #[arg(long, value_name = "ID", value_parser = id)]
    pub accelerator: String,
    /// Listener, HTTPS only
    #[arg(long, value_name = "ID", value_parser = id)]
    pub listener: String,
}

impl ListenerArgs {
    /// The listener, to be talked to by `client`.
    pub fn instance<'a>(&'a self, client: &'a Client<'a>) -> Instance<'a> {
        Instance {
            client,
            accelerator_id: &self.accelerator,
            listener_id: &self.listener,
        }
    }

    /// The read of the listener's certificates before a change, for a dry run; none where nothing is
    /// to be read.
    pub fn planned(&self, settings: &Settings, previews: bool) -> Vec<PlannedCall> {
        let (accelerator, listener) = (&self.accelerator, &self.listener);
        let first = Cursor::default();
        let call = ListListenerCertificates::page(accelerator, listener, &first, PAGE_LIMIT);
        let read = previews.then(|| plan(settings, &call, Vec::new()));
        read.into_iter().collect()
    }
}

/// Waits until reading shows each target that was changed: listener and accelerator active, and what
/// `see` makes of the certificates.
pub async fn confirm(
    session: &Session<'_>,
    instance: &Instance<'_>,
    wait: &WaitArgs,
    settled: &mut [Settled],
    name: impl Fn(usize) -> String,
    see: impl Fn(usize, &[Binding]) -> Seen,
) {
    let look = async |targets: &[usize]| instance.look_at(targets, &see).await;
    session
        .confirm(instance.client, wait, settled, name, look)
        .await;
}
