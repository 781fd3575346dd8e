//! `certctl ga set-default`: the certificate that answers for every domain without one of its own.

use clap::Args;

use super::certificates::{CertArgs, Certificates, Choice, Chosen, choice};
use super::listener::{ListenerArgs, confirm};
use super::pairs::row;
use super::token;
use crate::cloud::Cloud;
use crate::commands::certificate::unread_names;
use crate::commands::wait::WaitArgs;
use crate::commands::{Session, concluded};
use crate::error::Error;
use crate::output::Answer;
use crate::products::ga::{Instance, Write, additional, default, id_of, is, seen};
use crate::products::{Settled, StoreId};
use crate::providers::Operation;
use crate::providers::alibaba::ga::{Binding, GA, UpdateListener};
use crate::transport::{ends_run, nonce, plan};

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
    listener: ListenerArgs,
    /// Certificate, by id or file
    #[arg(long, value_name = "CERT", value_parser = choice)]
    cert: Choice,
    #[command(flatten)]
    with: CertArgs,
    /// Token that makes a repeated call harmless: ASCII, at most 64 [default: a fresh one]
    #[arg(long, value_name = "TOKEN", value_parser = token)]
    client_token: Option<String>,
    #[command(flatten)]
    wait: WaitArgs,
}

const COMMAND: &str = "ga set-default";

/// Runs the command.
pub fn run(session: &Session<'_>, args: &SetDefaultArgs) -> Result<Answer, Error> {
    let settings = session.settings(Cloud::Alibaba, args.with.place())?;
    let choices = [args.cert.clone()];
    let (certificates, chosen) = Certificates::new(session, &args.with, &settings, &choices)?;
    let chosen = &chosen[0];
    let listener_id = &args.listener.listener;
    let token = args.client_token.clone().unwrap_or_else(nonce);
    let row = |id: Option<&StoreId>| row(UpdateListener::ACTION, listener_id, id);
    if session.globals.dry_run {
        let call = UpdateListener {
            client_token: &token,
            listener_id,
            certificate_id: &certificates.identifier(chosen),
        };
        let mut requests = args.listener.planned(&settings, certificates.previews());
        requests.extend(certificates.planned(&settings, std::slice::from_ref(chosen)));
        requests.push(plan(&settings, &call, vec![listener_id.clone()]));
        let rows = vec![row(chosen.id(None))];
        return Ok(Answer::planned(COMMAND, rows, requests));
    }
    session.online(&GA, &settings, async |client| {
        let instance = args.listener.instance(client);
        let (id, settled) = prepare(&certificates, &instance, chosen).await?;
        let mut settled = [settled];
        let mut ended = None;
        if let (Some(id), true) = (&id, settled[0].is_open()) {
            let is_done =
                |_, bindings: &[Binding]| default(bindings).is_some_and(|binding| is(binding, id));
            let identifier = id.identifier_or_id();
            let call = UpdateListener {
                client_token: &token,
                listener_id,
                certificate_id: &identifier,
            };
            let targets = vec![0];
            ended = instance
                .write_all(&[Write { call, targets }], &mut settled, is_done)
                .await;
        }
        let is_wanted = |binding: &Binding| id.as_ref().is_some_and(|id| is(binding, id));
        let see = |_, bindings: &[Binding]| seen(default(bindings), is_wanted);
        let name = |_| listener_id.clone();
        confirm(session, &instance, &args.wait, &mut settled, name, see).await;
        let [settled] = settled;
        let failure = settled.failure().filter(|failure| ends_run(failure));
        let ended = ended.as_ref().or(failure);
        let rows = vec![row(id.as_ref()).of(&settled)];
        Ok(concluded(COMMAND, rows, ended, client))
    })
}

/// Looks at what the listener has, checks the certificate against the names that the present one
/// serves, and sees to it that it is in the store. Returns its id, and what became of the listener if
/// nothing is to be sent.
async fn prepare(
    certificates: &Certificates<'_>,
    instance: &Instance<'_>,
    chosen: &Chosen,
) -> Result<(Option<StoreId>, Settled), Error> {
    let unchanged = |bindings: &Option<Vec<Binding>>, id: Option<&StoreId>| {
        let bound = default(bindings.as_deref()?)?;
        let note = "it is the default certificate already";
        is(bound, id?).then(|| Settled::unchanged().with(note))
    };
    let known = chosen.id(None).cloned();
    let read = match (certificates.previews(), certificates.checks()) {
        (false, _) => Ok(None),
        // Which names it has to serve is read from what is there.
        (true, true) => instance.bindings().await.map(Some),
        (true, false) => instance.glance().await,
    };
    let bindings = match read {
        Ok(bindings) => bindings,
        Err(failure) => return Ok((known, Settled::failed(unread_names(failure)))),
    };
    if let Some(settled) = unchanged(&bindings, known.as_ref()) {
        return Ok((known, settled));
    }
    let cas = certificates.store(instance.client)?;
    let names = match &bindings {
        Some(bindings) if certificates.checks() => match default(bindings).and_then(id_of) {
            Some(present) => certificates.names_of(&cas, &present).await?,
            None => Vec::new(),
        },
        _ => Vec::new(),
    };
    let falls_to_it = |name: &&str| {
        let bindings = bindings.as_deref().unwrap_or_default();
        additional(bindings, name).is_none()
    };
    let names = names
        .iter()
        .map(String::as_str)
        .filter(falls_to_it)
        .collect();
    certificates.check(&cas, &[(chosen, names)]).await?;
    match certificates.upload(&cas).await {
        Err(settled) => Ok((None, *settled)),
        Ok(uploaded) => {
            let id = chosen.id(uploaded.as_ref()).cloned();
            let settled = unchanged(&bindings, id.as_ref()).unwrap_or_default();
            Ok((id, settled))
        }
    }
}
