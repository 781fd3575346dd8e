//! The listener that a command is about.

use clap::Args;

use crate::commands::args::id;
use crate::commands::targets::{Target, single};
use crate::config::Settings;
use crate::products::ga::ListenerId;
use crate::products::{Place, Product, Slot};
use crate::providers::alibaba::ga::{ListListenerCertificates, PAGE_LIMIT};
use crate::providers::page::Cursor;
use crate::transport::{PlannedCall, plan};

/// Which listener a command is about.
#[derive(Debug, Args)]
pub struct ListenerArgs {
    /// Accelerator id
    #[arg(long, value_name = "ID", value_parser = id)]
    pub accelerator: String,
    /// Id of an HTTPS listener
    #[arg(long, value_name = "ID", value_parser = id)]
    pub listener: String,
}

single!(Listener: String, "listener", "LISTENER", "Id of an HTTPS listener", required, id);

/// [`ListenerArgs`] of a command that is about the listener itself.
#[derive(Debug, Args)]
pub struct ListenerTarget {
    /// Accelerator id
    #[arg(long, value_name = "ID", value_parser = id)]
    accelerator: String,
    #[command(flatten)]
    listener: Target<Listener>,
}

impl ListenerTarget {
    /// The listener.
    pub fn listener(&self) -> ListenerArgs {
        ListenerArgs {
            accelerator: self.accelerator.clone(),
            listener: self.listener.one().clone(),
        }
    }
}

impl ListenerArgs {
    /// Its ids.
    pub fn id(&self) -> ListenerId<'_> {
        ListenerId {
            accelerator: &self.accelerator,
            listener: &self.listener,
        }
    }

    /// The place of a certificate of it.
    pub fn place(&self, slot: Slot) -> Place {
        Place {
            product: Product::Ga,
            region: None,
            path: format!("{}/{}", self.accelerator, self.listener),
            slot,
        }
    }

    /// The read of the listener's certificates before a change, for a dry run.
    pub fn planned(&self, settings: &Settings) -> PlannedCall {
        let (accelerator, listener) = (&self.accelerator, &self.listener);
        let first = Cursor::default();
        let call = ListListenerCertificates::page(accelerator, listener, &first, PAGE_LIMIT);
        plan(settings, &call, Vec::new())
    }
}
