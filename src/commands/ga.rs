//! `certctl ga`: certificates of Alibaba Cloud Global Accelerator listeners.

use std::rc::Rc;
use std::time::{Duration, Instant};

use clap::{Args, Subcommand};

use super::args::id;
use super::{Place, Session, concluded, ends_run, fail_all};
use crate::cloud::Cloud;
use crate::domain::Domain;
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Document, Row, Status};
use crate::providers::Operation;
use crate::providers::alibaba::ga::{
    AssociateAdditionalCertificatesWithListener, DescribeAccelerator, DescribeListener, GA,
    PAIR_LIMIT, Pair, TOKEN_LIMIT,
};
use crate::transport::{Client, Failure, Fate, nonce, plan};

/// Manage certificates of Alibaba Cloud Global Accelerator listeners
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// Add certificates to an HTTPS listener, one for each domain
    Attach(AttachArgs),
}

/// Add certificates to an HTTPS listener, one for each domain
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ga attach --accelerator ga-bp1odcab8tmno0hdq --listener lsr-bp1bpn0kn908w4nbw \\
    --cert 6092-cn-hangzhou=example.com --cert 6093-cn-hangzhou=www.example.com")]
pub struct AttachArgs {
    /// Accelerator
    #[arg(long, value_name = "ID", value_parser = id)]
    accelerator: String,
    /// Listener, HTTPS only
    #[arg(long, value_name = "ID", value_parser = id)]
    listener: String,
    /// Certificate and the domain it serves; repeats
    #[arg(long, value_name = "CERT_ID=DOMAIN", required = true, value_delimiter = ',',
          value_parser = pair)]
    cert: Vec<Pair>,
    /// Token that makes a repeated call harmless: ASCII, at most 64 [default: a fresh one a call]
    #[arg(long, value_name = "TOKEN", value_parser = token)]
    client_token: Option<String>,
}

/// How long a listener may take to accept writes again.
const SETTLE_LIMIT: Duration = Duration::from_secs(180);

fn pair(text: &str) -> Result<Pair, String> {
    let (certificate, domain) = text
        .split_once('=')
        .ok_or("give CERT_ID=DOMAIN, such as 123-cn-hangzhou=example.com")?;
    let certificate = id(certificate).map_err(|reason| format!("certificate id: {reason}"))?;
    let domain = Domain::parse(domain).map_err(|reason| format!("domain '{domain}' {reason}"))?;
    Ok(Pair {
        certificate,
        domain: domain.ascii().to_owned(),
    })
}

fn token(text: &str) -> Result<String, String> {
    let text = id(text)?;
    match text.len() {
        _ if !text.is_ascii() => Err("it has characters that are not ASCII".into()),
        length if length > TOKEN_LIMIT => Err(format!(
            "it has {length} characters; at most {TOKEN_LIMIT} are allowed"
        )),
        _ => Ok(text),
    }
}

const COMMAND: &str = "ga attach";

/// Runs a command of the group.
pub fn run(session: &Session<'_>, command: &Command) -> Result<Answer, Error> {
    match command {
        Command::Attach(args) => attach(session, args),
    }
}

fn attach(session: &Session<'_>, args: &AttachArgs) -> Result<Answer, Error> {
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
    let mut rows: Vec<Row> = pairs.iter().map(row).collect();
    let chunks = pairs.chunks(PAIR_LIMIT);
    let token = |_| args.client_token.clone().unwrap_or_else(nonce);
    let tokens: Vec<String> = chunks.clone().map(token).collect();
    let call = |(certificates, client_token)| AssociateAdditionalCertificatesWithListener {
        client_token,
        accelerator_id: &args.accelerator,
        listener_id: &args.listener,
        certificates,
    };
    let calls: Vec<_> = chunks
        .zip(tokens.iter().map(String::as_str))
        .map(call)
        .collect();
    if session.globals.dry_run {
        let targets = |pairs: &[Pair]| pairs.iter().map(|pair| pair.domain.clone()).collect();
        let requests = calls
            .iter()
            .map(|call| plan(&settings, call, targets(call.certificates)))
            .collect();
        return Ok(Answer::Targets(Document::planned(COMMAND, rows, requests)));
    }
    session.online(&GA, &settings, async |client| {
        let instance = Instance {
            client,
            accelerator_id: &args.accelerator,
            listener_id: &args.listener,
        };
        let ended = instance.write_all(&calls, &mut rows).await;
        Ok(concluded(COMMAND, rows, ended.as_ref(), client))
    })
}

/// Drops pairs that stand twice; a domain can have one additional certificate only.
fn distinct(given: &[Pair]) -> Result<Vec<Pair>, Error> {
    let mut pairs: Vec<Pair> = Vec::with_capacity(given.len());
    for pair in given {
        match pairs.iter().find(|other| other.domain == pair.domain) {
            None => pairs.push(pair.clone()),
            Some(other) if other == pair => {}
            Some(other) => {
                return Err(Error::usage(
                    format!(
                        "{} is given two certificates, {} and {}",
                        pair.domain, other.certificate, pair.certificate
                    ),
                    "a domain has one additional certificate; leave one of the two out: nothing was sent",
                ));
            }
        }
    }
    Ok(pairs)
}

fn row(pair: &Pair) -> Row {
    let action = AssociateAdditionalCertificatesWithListener::ACTION;
    let mut row = Row::new(Cloud::Alibaba, GA.name, action, &pair.domain);
    row.certificate = Some(pair.certificate.clone());
    row
}

/// A listener and its accelerator, which take one write at a time.
struct Instance<'a> {
    client: &'a Client<'a>,
    accelerator_id: &'a str,
    listener_id: &'a str,
}

impl Instance<'_> {
    /// Makes the calls one after the other, each for [`PAIR_LIMIT`] of the rows; returns why the
    /// rest was not sent, if it was not.
    async fn write_all(&self, calls: &[impl Operation], rows: &mut [Row]) -> Option<Failure> {
        for (index, (call, rows)) in calls.iter().zip(rows.chunks_mut(PAIR_LIMIT)).enumerate() {
            if index > 0
                && let Err(failure) = self.settled().await
            {
                return Some(failure);
            }
            match self.write(call).await {
                Ok(request_id) => {
                    for row in rows {
                        row.settle(Status::Changed, request_id.clone());
                    }
                }
                Err(failure) => {
                    fail_all(rows, &failure);
                    if ends_run(&failure) {
                        return Some(failure);
                    }
                }
            }
        }
        None
    }

    /// Makes a call under a client token, again under the same one each time the instance was busy
    /// and became active. Returns the request's id.
    async fn write(&self, call: &impl Operation) -> Result<Option<Rc<str>>, Failure> {
        let started = Instant::now();
        let mut lost: Option<Failure> = None;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let mut failure = match self.client.call(call).await {
                Ok(done) => return Ok(done.request_id),
                Err(failure) => failure.after(lost.take()),
            };
            failure.attempts = failure.attempts.max(attempt);
            if failure.kind != Kind::Busy || started.elapsed() >= SETTLE_LIMIT {
                return Err(failure);
            }
            if !self.client.again_after(attempt).await || self.settled().await.is_err() {
                return Err(failure);
            }
            lost = (failure.fate == Fate::Unknown).then_some(failure);
        }
    }

    /// Waits until listener and accelerator accept writes, or for [`SETTLE_LIMIT`].
    async fn settled(&self) -> Result<(), Failure> {
        let read = async || self.accepts_writes().await;
        let settled = |seen: &Result<bool, Failure>| !matches!(seen, Ok(false));
        let what = format!(
            "{} and {} to be active",
            self.accelerator_id, self.listener_id
        );
        let seen = self.client.poll(&what, SETTLE_LIMIT, read, settled).await;
        match (seen, self.client.halt()) {
            (Err(failure), _) => Err(failure),
            (Ok(false), Some(halt)) => Err(self.client.halted(halt, Fate::NotSent)),
            (Ok(_), _) => Ok(()),
        }
    }

    /// Whether both are active. What cannot be read counts as active, for the write itself will
    /// tell; an error is a failure that the write would meet as well.
    async fn accepts_writes(&self) -> Result<bool, Failure> {
        let listener = DescribeListener {
            listener_id: self.listener_id,
        };
        let accelerator = DescribeAccelerator {
            accelerator_id: self.accelerator_id,
        };
        let reads = [
            self.client.call(&listener).await,
            self.client.call(&accelerator).await,
        ];
        let mut active = true;
        for read in reads {
            match read {
                Ok(done) => active &= done.reply.is_active(),
                Err(failure) if ends_run(&failure) => return Err(failure),
                Err(_) => {}
            }
        }
        Ok(active)
    }
}
