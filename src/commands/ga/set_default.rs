//! `certctl ga set-default`: the certificate that answers for every domain without one of its own.

use clap::Args;

use super::certificates::{CertArgs, Certificates, Choice, choice};
use super::change::{Task, Wanted};
use super::listener::ListenerTarget;
use super::token;
use crate::cloud::Cloud;
use crate::commands::Session;
use crate::commands::wait::WaitArgs;
use crate::error::Error;
use crate::output::Answer;
use crate::products::ga::{Change, is};
use crate::products::{Settled, Slot};

/// Give a listener another default certificate
///
/// It has to cover the names of the present one, except for those that have an additional certificate.
/// One that is given as a file is uploaded to the store first, or found again there.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ga set-default --accelerator ga-bp1sandboxsecond0001 --listener lsr-bp1sandboxsecond001 \\
    --cert 1234567-cn-hangzhou --wait
  certctl ga set-default --accelerator ga-bp1sandboxsecond0001 --listener lsr-bp1sandboxsecond001 \\
    --cert fullchain.pem --key privkey.pem --allow-name-mismatch")]
pub struct SetDefaultArgs {
    #[command(flatten)]
    at: ListenerTarget,
    /// Certificate id or file
    #[arg(long, value_name = "CERT", value_parser = choice)]
    cert: Choice,
    #[command(flatten)]
    with: CertArgs,
    /// Idempotency token of the call, at most 64 ASCII characters [default: a new token]
    #[arg(long, value_name = "TOKEN", value_parser = token)]
    client_token: Option<String>,
    #[command(flatten)]
    wait: WaitArgs,
}

/// Runs the command.
pub fn run(session: &Session<'_>, args: &SetDefaultArgs) -> Result<Answer, Error> {
    let listener = &args.at.listener();
    let settings = session.settings(Cloud::Alibaba, args.with.place())?;
    let choices = [args.cert.clone()];
    let (certificates, chosen) = Certificates::new(session, &args.with, &settings, &choices)?;
    let place = listener.place(Slot::Default);
    let wanted = chosen.into_iter().map(|certificate| Wanted {
        certificate,
        place: place.clone(),
    });
    let wanted: Vec<Wanted> = wanted.collect();
    let task = Task {
        command: "ga set-default",
        change: Change::SetDefault,
        listener,
        token: args.client_token.as_deref(),
        wait: &args.wait,
    };
    task.put(session, &settings, &certificates, &wanted, |there, id| {
        let note = "it is already the default certificate";
        is(there?, id).then(|| Settled::unchanged().with(note))
    })
}
