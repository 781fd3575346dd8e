//! `certctl ga attach`: additional certificates for the domains of a listener.

use std::collections::VecDeque;

use clap::Args;

use super::certificates::{CertArgs, Certificates, Choice, pair};
use super::listener::ListenerArgs;
use super::pairs::{Ids, apart, distinct, planned, prepare, row};
use super::token;
use crate::cloud::Cloud;
use crate::commands::Session;
use crate::commands::wait::WaitArgs;
use crate::error::Error;
use crate::fault::Kind;
use crate::output::Answer;
use crate::products::ga::{Instance, additional, is};
use crate::products::{Reason, Settled, StoreId};
use crate::providers::Operation;
use crate::providers::alibaba::ga::{
    AssociateAdditionalCertificatesWithListener, Binding, GA, PAIR_LIMIT, Pair,
};
use crate::transport::{Failure, Fate, ends_run, nonce, plan};

/// Add certificates to an HTTPS listener, one for each domain
///
/// A certificate has to cover its domain. One that is given as a file is uploaded to the store first,
/// or found again there.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ga attach --accelerator ga-bp1sandboxsecond0001 --listener lsr-bp1sandboxsecond001 \\
    --cert 1234567-cn-hangzhou=example.com --cert 1456789=b.example.com
  certctl ga attach --accelerator ga-bp1sandboxsecond0001 --listener lsr-bp1sandboxsecond001 \\
    --cert fullchain.pem=example.com --key privkey.pem --wait")]
pub struct AttachArgs {
    #[command(flatten)]
    listener: ListenerArgs,
    /// Certificate, by id or file, and the domain that it serves; repeats
    #[arg(long, value_name = "CERT=DOMAIN", required = true, value_delimiter = ',',
          value_parser = pair)]
    cert: Vec<(Choice, String)>,
    #[command(flatten)]
    with: CertArgs,
    /// Token that makes a repeated call harmless: ASCII, at most 64 [default: a fresh one a call]
    #[arg(long, value_name = "TOKEN", value_parser = token)]
    client_token: Option<String>,
    #[command(flatten)]
    wait: WaitArgs,
}

const COMMAND: &str = "ga attach";

const ACTION: &str = AssociateAdditionalCertificatesWithListener::ACTION;

/// Runs the command.
pub fn run(session: &Session<'_>, args: &AttachArgs) -> Result<Answer, Error> {
    let settings = session.settings(Cloud::Alibaba, args.with.place())?;
    let (choices, domains) = apart(&args.cert);
    let (certificates, chosen) = Certificates::new(session, &args.with, &settings, &choices)?;
    let wanted = distinct(&certificates, chosen, domains)?;
    if args.client_token.is_some() && wanted.len() > PAIR_LIMIT {
        return Err(Error::usage(
            format!(
                "--client-token is for one call of up to {PAIR_LIMIT} pairs; {} are given",
                wanted.len()
            ),
            "leave it out (every call gets its own), or split the command: nothing was sent",
        ));
    }
    if session.globals.dry_run {
        let chosen: Vec<_> = wanted.iter().map(|one| one.certificate.clone()).collect();
        let rows = wanted
            .iter()
            .map(|one| row(ACTION, &one.domain, one.certificate.id(None)));
        let pairs = planned(&certificates, &wanted);
        let write = |pairs: &[Pair]| {
            let token = args.token();
            let targets = pairs.iter().map(|pair| pair.domain.clone()).collect();
            plan(&settings, &args.call(&token, pairs), targets)
        };
        let mut requests = args.listener.planned(&settings, certificates.previews());
        requests.extend(certificates.planned(&settings, &chosen));
        requests.extend(pairs.chunks(PAIR_LIMIT).map(write));
        return Ok(Answer::planned(COMMAND, rows.collect(), requests));
    }
    session.online(&GA, &settings, async |client| {
        let instance = args.listener.instance(client);
        let mut done = prepare(&certificates, &instance, &wanted, decide).await?;
        if done.ended.is_none() {
            let open = done.ids.open(&wanted, &done.settled);
            let settled = &mut done.settled;
            done.ended = args.attach(&instance, &done.ids, &open, settled).await;
        }
        let command = (COMMAND, ACTION);
        Ok(done
            .conclude(command, session, &instance, &args.wait, &wanted)
            .await)
    })
}

/// What the listener has for a domain settles some pairs.
fn decide(domain: &str, id: &StoreId, bindings: &[Binding]) -> Option<Settled> {
    let binding = additional(bindings, domain)?;
    Some(match is(binding, id) {
        true => Settled::unchanged().with(ATTACHED),
        false => Settled::refused(Reason::new(Kind::Conflict, occupied(binding), REPLACE)),
    })
}

const ATTACHED: &str = "it has this certificate already";

const REPLACE: &str = "give it another one in place with `certctl ga replace`";

fn occupied(binding: &Binding) -> String {
    format!("it has {} already", binding.certificate_id)
}

impl AttachArgs {
    fn token(&self) -> String {
        self.client_token.clone().unwrap_or_else(nonce)
    }

    fn call<'a>(
        &'a self,
        client_token: &'a str,
        certificates: &'a [Pair],
    ) -> AssociateAdditionalCertificatesWithListener<'a> {
        AssociateAdditionalCertificatesWithListener {
            client_token,
            accelerator_id: &self.listener.accelerator,
            listener_id: &self.listener.listener,
            certificates,
        }
    }

    /// Adds pairs, up to [`PAIR_LIMIT`] a call; returns why the rest was not sent, if it was not. A call
    /// is refused as a whole: the pairs at fault are found by reading what is
    /// there, then by halves, so that every other one is added.
    async fn attach(
        &self,
        instance: &Instance<'_>,
        ids: &Ids,
        open: &[(usize, Pair)],
        settled: &mut [Settled],
    ) -> Option<Failure> {
        let mut queue: VecDeque<Vec<(usize, Pair)>> =
            open.chunks(PAIR_LIMIT).map(<[_]>::to_vec).collect();
        let mut written = false;
        while let Some(targets) = queue.pop_front() {
            if written && let Err(failure) = instance.settled().await {
                return Some(failure);
            }
            let asked: Vec<Pair> = targets.iter().map(|(_, pair)| pair.clone()).collect();
            let done = |bindings: &[Binding]| {
                targets.iter().all(|(at, pair)| {
                    let bound = additional(bindings, &pair.domain);
                    bound.is_some_and(|binding| ids.is_wanted(*at, binding))
                })
            };
            let one = instance
                .write(&self.call(&self.token(), &asked), done)
                .await;
            for (at, _) in &targets {
                settled[*at] = one.clone();
            }
            let Some(failure) = one.failure() else {
                written = true;
                continue;
            };
            if ends_run(failure) {
                return Some(failure.clone());
            }
            if !is_about_a_pair(failure) {
                continue;
            }
            let left = sort_out(instance, &targets, ids, settled, failure).await;
            // A token of one's own is for one call.
            if self.client_token.is_some() || left.is_empty() {
                continue;
            }
            if left.len() < targets.len() {
                queue.push_front(left);
            } else if left.len() > 1 {
                let (first, second) = left.split_at(left.len() / 2);
                queue.push_front(second.to_vec());
                queue.push_front(first.to_vec());
            }
        }
        None
    }
}

/// Whether a refusal may be the fault of one pair of several. What is said of the listener or the
/// accelerator holds for each of them, and so does a quota that is used up.
fn is_about_a_pair(failure: &Failure) -> bool {
    let code = failure.code.as_deref().unwrap_or_default();
    let of_instance = [".Listener", ".Accelerator", "ListenerId", "AcceleratorId"];
    failure.fate == Fate::NotRun
        && matches!(
            failure.kind,
            Kind::Refused | Kind::Conflict | Kind::NotFound | Kind::Parameter | Kind::State
        )
        && !code.is_empty()
        && !of_instance.iter().any(|end| code.ends_with(end))
}

/// Settles the pairs of a refused call that reading explains: what is there already, and what would
/// take another certificate's place. Returns the others; all where nothing could be read.
async fn sort_out(
    instance: &Instance<'_>,
    targets: &[(usize, Pair)],
    ids: &Ids,
    settled: &mut [Settled],
    failure: &Failure,
) -> Vec<(usize, Pair)> {
    let Ok(bindings) = instance.bindings().await else {
        return targets.to_vec();
    };
    let mut left = Vec::new();
    for (at, pair) in targets {
        settled[*at] = match additional(&bindings, &pair.domain) {
            None => {
                left.push((*at, pair.clone()));
                continue;
            }
            Some(binding) if ids.is_wanted(*at, binding) => Settled {
                request_id: failure.request_id.clone(),
                ..Settled::unchanged().with(ATTACHED)
            },
            Some(binding) => Settled::failed(Failure {
                kind: Kind::Conflict,
                message: occupied(binding),
                hint: REPLACE,
                ..failure.clone()
            }),
        };
    }
    left
}
