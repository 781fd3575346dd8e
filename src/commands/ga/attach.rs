//! `certctl ga attach`: additional certificates for the domains of a listener.

use std::collections::VecDeque;
use std::rc::Rc;

use clap::Args;

use super::instance::{Instance, ListenerArgs, additional, seen};
use super::{advise, distinct, pair, row, token};
use crate::cloud::Cloud;
use crate::commands::wait::WaitArgs;
use crate::commands::{Place, Session, concluded, ends_run, fail_at};
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Document, Row, RowError, Status};
use crate::providers::Operation;
use crate::providers::alibaba::ga::{
    AssociateAdditionalCertificatesWithListener, GA, PAIR_LIMIT, Pair,
};
use crate::transport::{Failure, Fate, nonce, plan};

/// Add certificates to an HTTPS listener, one for each domain
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ga attach --accelerator ga-bp1sandboxsecond0001 --listener lsr-bp1sandboxsecond001 \\
    --cert 6092-cn-hangzhou=example.com --cert 6093-cn-hangzhou=b.example.com
  certctl ga attach --accelerator ga-bp1sandboxsecond0001 --listener lsr-bp1sandboxsecond001 \\
    --cert 6092-cn-hangzhou=example.com --wait")]
pub struct AttachArgs {
    #[command(flatten)]
    listener: ListenerArgs,
    /// Certificate and the domain it serves; repeats
    #[arg(long, value_name = "CERT_ID=DOMAIN", required = true, value_delimiter = ',',
          value_parser = pair)]
    cert: Vec<Pair>,
    /// Token that makes a repeated call harmless: ASCII, at most 64 [default: a fresh one a call]
    #[arg(long, value_name = "TOKEN", value_parser = token)]
    client_token: Option<String>,
    #[command(flatten)]
    wait: WaitArgs,
}

const COMMAND: &str = "ga attach";

/// Runs the command.
pub fn run(session: &Session<'_>, args: &AttachArgs) -> Result<Answer, Error> {
    let pairs = distinct(&args.cert)?;
    if args.client_token.is_some() && pairs.len() > PAIR_LIMIT {
        return Err(Error::usage(
            format!(
                "--client-token is for one call of up to {PAIR_LIMIT} pairs; {} are given",
                pairs.len()
            ),
            "leave it out (every call gets its own), or split the command: nothing was sent",
        ));
    }
    let settings = session.settings(Cloud::Alibaba, Place::default())?;
    let action = AssociateAdditionalCertificatesWithListener::ACTION;
    let mut rows: Vec<Row> = pairs.iter().map(|pair| row(action, pair)).collect();
    if session.globals.dry_run {
        let planned = |pairs: &[Pair]| {
            let token = args.token();
            let targets = pairs.iter().map(|pair| pair.domain.clone()).collect();
            plan(&settings, &args.call(&token, pairs), targets)
        };
        let requests = pairs.chunks(PAIR_LIMIT).map(planned).collect();
        return Ok(Answer::Targets(Document::planned(COMMAND, rows, requests)));
    }
    session.online(&GA, &settings, async |client| {
        let instance = args.listener.instance(client);
        let ended = args.attach(&instance, &pairs, &mut rows).await;
        let see = |target: usize, bindings: &[_]| {
            let Pair {
                certificate,
                domain,
            } = &pairs[target];
            seen(additional(bindings, domain), certificate)
        };
        instance.confirm(session, &args.wait, &mut rows, see).await;
        advise(&mut rows);
        Ok(concluded(COMMAND, rows, ended.as_ref(), client))
    })
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

    /// Adds the pairs, up to [`PAIR_LIMIT`] a call; returns why the rest was not sent, if it was
    /// not. A call is refused as a whole: the pairs at fault are found by reading what is there,
    /// then by halves, so that every other one is added.
    async fn attach(
        &self,
        instance: &Instance<'_>,
        pairs: &[Pair],
        rows: &mut [Row],
    ) -> Option<Failure> {
        let all: Vec<usize> = (0..pairs.len()).collect();
        let mut queue: VecDeque<Vec<usize>> = all.chunks(PAIR_LIMIT).map(<[_]>::to_vec).collect();
        let mut written = false;
        while let Some(targets) = queue.pop_front() {
            if written && let Err(failure) = instance.settled().await {
                return Some(failure);
            }
            let asked: Vec<Pair> = targets
                .iter()
                .map(|target| pairs[*target].clone())
                .collect();
            let failure = match instance.write(&self.call(&self.token(), &asked)).await {
                Ok(request_id) => {
                    for target in targets {
                        rows[target].settle(Status::Changed, request_id.clone());
                    }
                    written = true;
                    continue;
                }
                Err(failure) => failure,
            };
            fail_at(rows, &targets, &failure);
            if ends_run(&failure) {
                return Some(failure);
            }
            if !is_about_a_pair(&failure) {
                continue;
            }
            let left = sort_out(instance, pairs, &targets, rows, &failure).await;
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
    pairs: &[Pair],
    targets: &[usize],
    rows: &mut [Row],
    failure: &Failure,
) -> Vec<usize> {
    let Ok(bindings) = instance.bindings().await else {
        return targets.to_vec();
    };
    let mut left = Vec::new();
    for target in targets {
        let (row, pair) = (&mut rows[*target], &pairs[*target]);
        match additional(&bindings, &pair.domain) {
            None => left.push(*target),
            Some(binding) if binding.certificate_id == pair.certificate => {
                row.settle(Status::Unchanged, failure.request_id.clone());
                row.note = Some("it has this certificate already".into());
            }
            Some(binding) => {
                row.error = Some(Rc::new(RowError {
                    kind: Kind::Conflict,
                    message: format!("it has {} already", binding.certificate_id),
                    hint: "give it another one in place with `certctl ga replace`".into(),
                    ..RowError::from(failure)
                }));
            }
        }
    }
    left
}
