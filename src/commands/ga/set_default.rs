//! `certctl ga set-default`: the certificate that answers for every domain without one of its own.

use clap::Args;

use super::instance::{ListenerArgs, Write, seen};
use super::{advise, token};
use crate::cloud::Cloud;
use crate::commands::args::id;
use crate::commands::wait::WaitArgs;
use crate::commands::{Place, Session, concluded, fail_all};
use crate::error::Error;
use crate::output::{Answer, Document, Row, Status};
use crate::providers::Operation;
use crate::providers::alibaba::ga::{Binding, GA, UpdateListener};
use crate::transport::{nonce, plan};

/// Give a listener another default certificate
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ga set-default --accelerator ga-bp1sandboxsecond0001 --listener lsr-bp1sandboxsecond001 \\
    --cert 1234567-cn-hangzhou --wait")]
pub struct SetDefaultArgs {
    #[command(flatten)]
    listener: ListenerArgs,
    /// Certificate
    #[arg(long, value_name = "CERT_ID", value_parser = id)]
    cert: String,
    /// Token that makes a repeated call harmless: ASCII, at most 64 [default: a fresh one]
    #[arg(long, value_name = "TOKEN", value_parser = token)]
    client_token: Option<String>,
    #[command(flatten)]
    wait: WaitArgs,
}

const COMMAND: &str = "ga set-default";

/// Runs the command.
pub fn run(session: &Session<'_>, args: &SetDefaultArgs) -> Result<Answer, Error> {
    let settings = session.settings(Cloud::Alibaba, Place::default())?;
    let listener_id = &args.listener.listener;
    let mut row = Row::new(Cloud::Alibaba, GA.name, UpdateListener::ACTION, listener_id);
    row.certificate = Some(args.cert.clone());
    let mut rows = vec![row];
    let token = args.client_token.clone().unwrap_or_else(nonce);
    let call = UpdateListener {
        client_token: &token,
        listener_id,
        certificate_id: &args.cert,
    };
    if session.globals.dry_run {
        let requests = vec![
            plan(&settings, &args.listener.reading(), Vec::new()),
            plan(&settings, &call, vec![listener_id.clone()]),
        ];
        return Ok(Answer::Targets(Document::planned(COMMAND, rows, requests)));
    }
    session.online(&GA, &settings, async |client| {
        let instance = args.listener.instance(client);
        let bindings = match instance.bindings().await {
            Ok(bindings) => bindings,
            Err(failure) => {
                fail_all(&mut rows, &failure);
                return Ok(concluded(COMMAND, rows, Some(&failure), client));
            }
        };
        let mut ended = None;
        match default(&bindings) {
            Some(binding) if binding.certificate_id == args.cert => {
                rows[0].settle(Status::Unchanged, None);
                rows[0].note = Some("it is the default certificate already".into());
            }
            _ => {
                let targets = vec![0];
                ended = instance
                    .write_all(&[Write { call, targets }], &mut rows)
                    .await;
            }
        }
        let see = |_, bindings: &[Binding]| seen(default(bindings), &args.cert);
        instance.confirm(session, &args.wait, &mut rows, see).await;
        advise(&mut rows);
        Ok(concluded(COMMAND, rows, ended.as_ref(), client))
    })
}

fn default(bindings: &[Binding]) -> Option<&Binding> {
    bindings.iter().find(|binding| binding.is_default)
}
