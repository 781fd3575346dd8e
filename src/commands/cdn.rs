//! `certctl cdn`: HTTPS of Alibaba Cloud CDN domains.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use clap::{Args, Subcommand, ValueEnum};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::args::{id, non_empty};
use super::{PARALLEL, Place, Session, concluded, counted, ends_run, fail_at, list, read_each};
use crate::cert::{Bundle, Family, leaf_fingerprint};
use crate::cloud::Cloud;
use crate::config::Settings;
use crate::domain::Domain;
use crate::error::{Error, is_pem};
use crate::fault::Kind;
use crate::output::{Answer, Document, Row, Status};
use crate::providers::Operation;
use crate::providers::alibaba::cdn::{
    BATCH_LIMIT, BatchSetCdnDomainServerCertificate, CDN, CERT_NAME_LIMIT, CertInfo,
    DescribeDomainCertificateInfo, NEWER_BATCH_LIMIT, SetCdnDomainSSLCertificate,
    SetDomainServerCertificate, Switch, wire_name,
};
use crate::redact::one_line;
use crate::secret::Secret;
use crate::transport::{Client, Failure, Fate, PlannedCall, plan};
use crate::ui::Progress;

/// Manage certificates of Alibaba Cloud CDN domains
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// Switch HTTPS on or off, or put a certificate on domains
    Set(Box<SetArgs>),
}

/// Switch HTTPS on or off, or put a certificate on domains
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl cdn set --domains a.com,b.com --on
  certctl cdn set --domains-file domains.txt --cert fullchain.pem --key privkey.pem
  certctl cdn set --domains a.com --cert-id 8089870 --cert-region cn-hangzhou
  certctl cdn set --domains a.com --off --yes")]
pub struct SetArgs {
    /// Domains, comma-separated or repeated; - reads them from standard input
    #[arg(long, value_name = "DOMAIN,…")]
    domains: Vec<String>,
    /// File with one domain a line; - is standard input
    #[arg(long, value_name = "FILE")]
    domains_file: Option<PathBuf>,
    /// Switch HTTPS on; without a certificate, with the one the domain already has
    #[arg(long)]
    on: bool,
    /// Switch HTTPS off
    #[arg(long, conflicts_with_all = ["on", "cert", "cert_id", "cert_name", "cert_type"])]
    off: bool,
    /// Certificate chain, PEM; implies --on
    #[arg(long, value_name = "FILE")]
    cert: Option<PathBuf>,
    /// Private key of the certificate, PEM, not encrypted
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,
    /// Name of the certificate in the store, at most 128 characters
    #[arg(long, value_name = "NAME", value_parser = non_empty)]
    cert_name: Option<String>,
    /// Where the certificate comes from
    #[arg(long, value_name = "TYPE", value_enum)]
    cert_type: Option<CertType>,
    /// Use this certificate of the store (CAS); implies --on
    #[arg(long, value_name = "ID", value_parser = store_number, conflicts_with = "cert")]
    cert_id: Option<String>,
    /// Region of the store [default: cn-hangzhou]
    #[arg(long, value_name = "REGION", value_parser = id, requires = "cert_id")]
    cert_region: Option<String>,
    /// Overwrite a certificate of the same name (ForceSet=1)
    #[arg(long)]
    force: bool,
    /// Region parameter of the batch call
    #[arg(long, value_name = "REGION", value_parser = id)]
    region: Option<String>,
    /// Call to use
    #[arg(long, value_enum, default_value_t, value_name = "CALL")]
    via: Via,
    /// Domains in a batch call, 1 to 50
    #[arg(long, value_name = "N", default_value_t = BATCH_LIMIT as u16, allow_negative_numbers = true,
          value_parser = clap::value_parser!(u16).range(1..=BATCH_LIMIT as i64))]
    batch_size: u16,
    /// Set the certificate on domains that it does not cover as well
    #[arg(long)]
    allow_name_mismatch: bool,
}

/// The certificate store's numbers; other products put a region behind them.
fn store_number(text: &str) -> Result<String, String> {
    let text = id(text)?;
    match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Ok(text),
        false => Err("it is not a number (of 123-cn-hangzhou, give 123)".into()),
    }
}

/// Where a certificate comes from, in the vendor's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum CertType {
    /// Uploaded here
    Upload,
    /// In the certificate store
    Cas,
    /// The vendor's free certificate
    Free,
}

impl CertType {
    const fn as_str(self) -> &'static str {
        match self {
            CertType::Upload => "upload",
            CertType::Cas => "cas",
            CertType::Free => "free",
        }
    }
}

/// Which call sets the certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Via {
    /// The one that fits: batch, single for --cert-type free, ssl for --cert-id; ssl where the
    /// gateway no longer knows the others
    #[default]
    Auto,
    /// BatchSetCdnDomainServerCertificate: many domains a call
    Batch,
    /// SetDomainServerCertificate: one domain a call
    Single,
    /// SetCdnDomainSSLCertificate: one domain a call
    Ssl,
}

const COMMAND: &str = "cdn set";

/// Runs a command of the group.
pub fn run(session: &Session<'_>, command: &Command) -> Result<Answer, Error> {
    match command {
        Command::Set(args) => set(session, args),
    }
}

fn set(session: &Session<'_>, args: &SetArgs) -> Result<Answer, Error> {
    args.check()?;
    let setter = args.setter()?;
    let items = list::collect("domains", &args.domains, args.domains_file.as_deref())?;
    let domains = list::parse_distinct(items, Domain::parse, |domain| domain.ascii().to_owned())?;
    let change = Change::new(session, args, &domains)?;
    if args.off {
        session.consent(&format!(
            "switching HTTPS off for {} (their stored certificates are dropped)",
            counted(domains.len(), "domain")
        ))?;
    }
    let settings = session.settings(Cloud::Alibaba, Place::default())?;
    let run = Run {
        change: &change,
        domains: &domains,
        setter,
        size: match setter {
            Setter::Batch => usize::from(args.batch_size),
            Setter::Single | Setter::Ssl => 1,
        },
        automatic: args.via == Via::Auto,
    };
    match session.globals.dry_run {
        true => Ok(run.plan(&settings)),
        false => session.online(&CDN, &settings, async |client| {
            Ok(run.send(session, client).await)
        }),
    }
}

impl SetArgs {
    /// Refuses what contradicts itself.
    fn check(&self) -> Result<(), Error> {
        if !(self.on || self.off || self.cert.is_some() || self.cert_id.is_some()) {
            return Err(Error::usage(
                "nothing to set: neither --on, --off nor a certificate is given",
                "add --on, --off, --cert FILE --key FILE or --cert-id ID",
            ));
        }
        if self.cert.is_some() && self.key.is_none() && self.cert_type != Some(CertType::Cas) {
            return Err(Error::usage("--cert needs --key", "add --key FILE"));
        }
        let mut files = [&self.cert, &self.key].into_iter().flatten();
        if files.any(|path| is_pem(&path.to_string_lossy())) {
            return Err(Error::pem_as_argument());
        }
        let contradiction = match self.cert_type {
            Some(CertType::Free) if self.cert.is_some() => {
                Some("--cert-type free asks for the vendor's certificate: --cert is another")
            }
            Some(CertType::Upload | CertType::Free) if self.cert_id.is_some() => {
                Some("--cert-id is a certificate of the store: its --cert-type is cas")
            }
            Some(CertType::Upload) if self.cert.is_none() => {
                Some("--cert-type upload has nothing to upload: --cert is not given")
            }
            _ => None,
        };
        if let Some(message) = contradiction {
            let hint = "leave one of the two out, or give --cert FILE --key FILE: nothing was sent";
            return Err(Error::usage(message, hint));
        }
        let name_length = self.cert_name.as_ref().map(|name| name.chars().count());
        match name_length {
            Some(length) if length > CERT_NAME_LIMIT => Err(Error::usage(
                format!(
                    "--cert-name has {length} characters; at most {CERT_NAME_LIMIT} are allowed"
                ),
                "shorten it: nothing was sent",
            )),
            _ => Ok(()),
        }
    }

    /// The call to use, if it can carry what is asked.
    fn setter(&self) -> Result<Setter, Error> {
        let free = self.cert_type == Some(CertType::Free);
        let setter = match self.via {
            Via::Auto if self.cert_id.is_some() => Setter::Ssl,
            Via::Auto if free => Setter::Single,
            Via::Auto | Via::Batch => Setter::Batch,
            Via::Single => Setter::Single,
            Via::Ssl => Setter::Ssl,
        };
        let misfit = match setter {
            Setter::Batch | Setter::Single if self.cert_id.is_some() => Some("--cert-id"),
            Setter::Batch | Setter::Ssl if free => Some("--cert-type free"),
            Setter::Single | Setter::Ssl if self.region.is_some() => Some("--region"),
            Setter::Ssl if self.force => Some("--force"),
            _ => None,
        };
        match misfit {
            None => Ok(setter),
            Some(flag) => Err(Error::usage(
                format!("{} has no parameter for {flag}", setter.action()),
                "leave one of the two out, or choose another --via: nothing was sent",
            )),
        }
    }
}

/// The call that sets a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Setter {
    Batch,
    Single,
    Ssl,
}

impl Setter {
    fn action(self) -> &'static str {
        match self {
            Setter::Batch => BatchSetCdnDomainServerCertificate::ACTION,
            Setter::Single => SetDomainServerCertificate::ACTION,
            Setter::Ssl => SetCdnDomainSSLCertificate::ACTION,
        }
    }
}

/// What is to be set on every domain.
struct Change<'a> {
    switch: Switch,
    bundle: Option<Bundle>,
    cert_name: Option<&'a str>,
    cert_type: Option<CertType>,
    cert_id: Option<&'a str>,
    cert_region: Option<&'a str>,
    region: Option<&'a str>,
    force: bool,
}

impl<'a> Change<'a> {
    fn new(session: &Session<'_>, args: &'a SetArgs, domains: &[Domain]) -> Result<Self, Error> {
        let bundle = match &args.cert {
            Some(cert) => Some(checked_bundle(session, args, cert, domains)?),
            None => None,
        };
        let implied = match (&bundle, &args.cert_id) {
            (Some(_), _) => Some(CertType::Upload),
            (None, Some(_)) => Some(CertType::Cas),
            (None, None) => None,
        };
        Ok(Change {
            switch: if args.off { Switch::Off } else { Switch::On },
            bundle,
            cert_name: args.cert_name.as_deref(),
            cert_type: args.cert_type.or(implied),
            cert_id: args.cert_id.as_deref(),
            cert_region: args.cert_region.as_deref(),
            region: args.region.as_deref(),
            force: args.force,
        })
    }

    fn chain(&self) -> Option<&str> {
        self.bundle.as_ref().map(Bundle::chain_pem)
    }

    fn key(&self) -> Option<&Secret> {
        self.bundle.as_ref().and_then(Bundle::key_pem)
    }

    /// Whether a domain that reads like this is as asked.
    fn is_seen_in(&self, infos: &[CertInfo]) -> bool {
        let on = |info: &&CertInfo| info.server_certificate_status.eq_ignore_ascii_case("on");
        let served = infos.iter().find(on);
        match (self.switch, served) {
            (Switch::Off, served) => served.is_none(),
            (Switch::On, None) => false,
            (Switch::On, Some(info)) => match (&self.bundle, self.cert_id, self.cert_name) {
                (Some(bundle), _, _) => {
                    leaf_fingerprint(info.server_certificate.as_bytes()).as_deref()
                        == Some(bundle.leaf().fingerprint.as_str())
                }
                (None, Some(id), _) => info.cert_id == id,
                (None, None, Some(name)) => info.cert_name == name,
                (None, None, None) => true,
            },
        }
    }
}

/// Reads the certificate and checks it against what the CDN takes and against the domains.
fn checked_bundle(
    session: &Session<'_>,
    args: &SetArgs,
    cert: &Path,
    domains: &[Domain],
) -> Result<Bundle, Error> {
    let bundle = session.bundle(cert, args.key.as_deref())?;
    bundle
        .leaf()
        .accepted_by(&[Family::Rsa, Family::Ecdsa])
        .map_err(|error| {
            let message = format!("{}: {error}", cert.display());
            Error::new(Kind::Certificate, message, error.hint())
        })?;
    let outside: Vec<&str> = domains
        .iter()
        .filter(|domain| !bundle.covers(domain.ascii()))
        .map(Domain::asked)
        .collect();
    let Some(first) = outside.first() else {
        return Ok(bundle);
    };
    let others = match outside.len() - 1 {
        0 => String::new(),
        others => format!(" and {others} more of the domains"),
    };
    let names = bundle.leaf().names.join(", ");
    let message = format!(
        "{} does not cover {first}{others}: it is for {}",
        cert.display(),
        one_line(&names, 200)
    );
    if args.allow_name_mismatch {
        session.ui.warn(&message);
        return Ok(bundle);
    }
    Err(Error::new(
        Kind::Certificate,
        message,
        "give a certificate for these names, or --allow-name-mismatch: nothing was sent",
    ))
}

/// A name in the store with a number, cut so that it stays within the limit.
fn numbered(name: &str, number: usize) -> String {
    let suffix = format!("-{number}");
    let kept = name.chars().take(CERT_NAME_LIMIT - suffix.len());
    kept.collect::<String>() + &suffix
}

/// Some targets for one call.
#[derive(Debug)]
struct Batch {
    targets: Vec<usize>,
    setter: Setter,
    /// The name in the store is taken by this run's own upload: overwrite it.
    renew: bool,
    /// The refused batch that this is a part of.
    parent: Option<usize>,
}

/// A refused batch that was split: if every part of it is taken, its size was what was refused.
struct Split {
    parts_left: usize,
    part_size: usize,
    /// The refusal may be about the size, and so far no part was refused in turn.
    size_in_question: bool,
}

/// What became of a call.
enum Outcome {
    Done(Option<Rc<str>>),
    Refused(Failure),
    /// The outcome was not learnt; the targets that read back as asked all the same.
    Unknown(Failure, Vec<usize>),
}

/// Setting a change on domains.
struct Run<'a> {
    change: &'a Change<'a>,
    domains: &'a [Domain],
    setter: Setter,
    /// Domains a call.
    size: usize,
    /// Nobody chose the call, so another may do as well.
    automatic: bool,
}

/// How many batches in a row may fail for want of an answer before the run ends.
const PATIENCE: u32 = 3;

/// How many domains may be refused alone for what is hardly their own fault, with none set, before
/// refused batches are taken apart only once a domain is set after all.
const DENIALS: u32 = 50;

impl Run<'_> {
    fn rows(&self) -> Vec<Row> {
        let action = self.setter.action();
        let row = |domain: &Domain| Row::new(Cloud::Alibaba, CDN.name, action, domain.asked());
        self.domains.iter().map(row).collect()
    }

    fn plan(&self, settings: &Settings) -> Answer {
        let targets: Vec<usize> = (0..self.domains.len()).collect();
        let requests = targets
            .chunks(self.size)
            .map(|targets| self.planned_call(settings, targets))
            .collect();
        Answer::Targets(Document::planned(COMMAND, self.rows(), requests))
    }

    fn planned_call(&self, settings: &Settings, targets: &[usize]) -> PlannedCall {
        let asked = targets
            .iter()
            .map(|target| self.domains[*target].asked().to_owned())
            .collect();
        match self.setter {
            Setter::Batch => plan(settings, &self.batch_call(targets, false), asked),
            Setter::Single => plan(settings, &self.single_call(targets[0], false), asked),
            Setter::Ssl => plan(
                settings,
                &self.ssl_call(targets[0], self.change.cert_name),
                asked,
            ),
        }
    }

    fn wire(&self, target: usize) -> &str {
        wire_name(self.domains[target].ascii())
    }

    fn batch_call(&self, targets: &[usize], renew: bool) -> BatchSetCdnDomainServerCertificate<'_> {
        BatchSetCdnDomainServerCertificate {
            domain_names: targets.iter().map(|target| self.wire(*target)).collect(),
            ssl_protocol: self.change.switch,
            ssl_pub: self.change.chain(),
            ssl_pri: self.change.key(),
            cert_name: self.change.cert_name,
            cert_type: self.change.cert_type.map(CertType::as_str),
            region: self.change.region,
            force_set: self.change.force || renew,
        }
    }

    fn single_call(&self, target: usize, renew: bool) -> SetDomainServerCertificate<'_> {
        SetDomainServerCertificate {
            domain_name: self.wire(target),
            server_certificate_status: self.change.switch,
            server_certificate: self.change.chain(),
            private_key: self.change.key(),
            cert_type: self.change.cert_type.map(CertType::as_str),
            cert_name: self.change.cert_name,
            force_set: self.change.force || renew,
        }
    }

    fn ssl_call<'s>(
        &'s self,
        target: usize,
        cert_name: Option<&'s str>,
    ) -> SetCdnDomainSSLCertificate<'s> {
        SetCdnDomainSSLCertificate {
            domain_name: self.wire(target),
            ssl_protocol: self.change.switch,
            ssl_pub: self.change.chain(),
            ssl_pri: self.change.key(),
            cert_name,
            cert_type: self.change.cert_type.map(CertType::as_str),
            cert_id: self.change.cert_id,
            cert_region: self.change.cert_region,
        }
    }

    async fn call(&self, client: &Client<'_>, batch: &Batch) -> Outcome {
        let result = match batch.setter {
            Setter::Batch => client
                .call(&self.batch_call(&batch.targets, batch.renew))
                .await
                .map(|done| done.request_id),
            Setter::Single => client
                .call(&self.single_call(batch.targets[0], batch.renew))
                .await
                .map(|done| done.request_id),
            Setter::Ssl => {
                // This call cannot overwrite, so a name that the run itself took gets a number.
                let other_name = self
                    .change
                    .cert_name
                    .filter(|_| batch.renew)
                    .map(|name| numbered(name, batch.targets[0] + 1));
                let cert_name = other_name.as_deref().or(self.change.cert_name);
                client
                    .call(&self.ssl_call(batch.targets[0], cert_name))
                    .await
                    .map(|done| done.request_id)
            }
        };
        match result {
            Ok(request_id) => Outcome::Done(request_id),
            Err(failure) if failure.fate == Fate::Unknown => {
                let seen = self.read_back(client, &batch.targets).await;
                Outcome::Unknown(failure, seen)
            }
            Err(failure) => Outcome::Refused(failure),
        }
    }

    /// The targets that are as asked by now; what cannot be read is not among them.
    async fn read_back(&self, client: &Client<'_>, targets: &[usize]) -> Vec<usize> {
        let read = async |target: usize| {
            let read = DescribeDomainCertificateInfo {
                domain_name: self.wire(target),
            };
            let infos = client.call(&read).await?.reply.cert_infos.cert_info;
            Ok(self.change.is_seen_in(&infos))
        };
        let seen = read_each(targets, read).await.into_iter();
        seen.filter_map(|(target, as_asked)| as_asked.unwrap_or(false).then_some(target))
            .collect()
    }

    async fn send(&self, session: &Session<'_>, client: &Client<'_>) -> Answer {
        let mut board = Board {
            run: self,
            session,
            rows: self.rows(),
            fresh: (0..self.domains.len()).collect(),
            parts: VecDeque::new(),
            busy: VecDeque::new(),
            doubtful: Vec::new(),
            splits: Vec::new(),
            setter: self.setter,
            size: self.size,
            set: 0,
            lost_in_a_row: 0,
            denied: 0,
            ended: None,
            progress: session.ui.progress(self.domains.len()),
        };
        let mut under_way = FuturesUnordered::new();
        // The first batch goes alone, and what it is taken apart into: what is wrong with the key,
        // the clock, the certificate's name or the size shows there once, not sixteen times.
        let mut parallel = 1;
        loop {
            while under_way.len() < parallel {
                let Some(batch) = board.next(client) else {
                    break;
                };
                under_way.push(async move {
                    let outcome = self.call(client, &batch).await;
                    (batch, outcome)
                });
            }
            let Some((batch, outcome)) = under_way.next().await else {
                break;
            };
            board.settle(batch, outcome);
            if board.set > 0 && board.parts.is_empty() {
                parallel = PARALLEL;
            }
        }
        for (batch, failure) in std::mem::take(&mut board.doubtful) {
            board.give_up(&batch, &batch.targets, failure);
        }
        concluded(COMMAND, board.rows, board.ended.as_ref(), client)
    }
}

/// The state of a run: what is settled, and what is left to send.
struct Board<'a> {
    run: &'a Run<'a>,
    session: &'a Session<'a>,
    rows: Vec<Row>,
    /// Domains that are not in a batch yet.
    fresh: VecDeque<usize>,
    /// What refused batches were taken apart into: sent before anything else.
    parts: VecDeque<Batch>,
    /// Busy domains, each alone: they are waited for once there is nothing else to send.
    busy: VecDeque<Batch>,
    /// Batches that were refused like every domain before them.
    doubtful: Vec<(Batch, Failure)>,
    splits: Vec<Split>,
    setter: Setter,
    size: usize,
    /// Domains that are set: from the first one on, the run's certificate is in the store.
    set: usize,
    /// Batches in a row that failed for want of an answer.
    lost_in_a_row: u32,
    /// Domains that were refused alone for what is hardly their own fault.
    denied: u32,
    ended: Option<Failure>,
    progress: Progress,
}

impl Board<'_> {
    /// The next batch to send.
    fn next(&mut self, client: &Client<'_>) -> Option<Batch> {
        if self.ended.is_some() {
            return None;
        }
        if let Some(halt) = client.halt() {
            self.ended = Some(client.halted(halt, Fate::NotSent));
            return None;
        }
        if self.set > 0 {
            for (batch, failure) in std::mem::take(&mut self.doubtful) {
                self.split(batch, failure.kind);
            }
        }
        if let Some(part) = self.parts.pop_front() {
            return Some(part);
        }
        if self.fresh.is_empty() {
            return self.busy.pop_front();
        }
        let count = self.size.min(self.fresh.len());
        Some(Batch {
            targets: self.fresh.drain(..count).collect(),
            setter: self.setter,
            renew: false,
            parent: None,
        })
    }

    fn settle(&mut self, batch: Batch, outcome: Outcome) {
        match outcome {
            Outcome::Done(request_id) => {
                self.lost_in_a_row = 0;
                self.succeed(&batch, &batch.targets, request_id, None);
                self.learn_size(&batch);
            }
            Outcome::Unknown(failure, seen) => {
                let note = "confirmed by reading it back";
                self.succeed(&batch, &seen, failure.request_id.clone(), Some(note));
                let rest = batch.targets.iter().filter(|target| !seen.contains(target));
                let rest: Vec<usize> = rest.copied().collect();
                self.lost_in_a_row = match rest.is_empty() {
                    true => 0,
                    false => self.lost_in_a_row + 1,
                };
                self.give_up(&batch, &rest, failure);
            }
            Outcome::Refused(failure) => self.refused(batch, failure),
        }
    }

    fn succeed(
        &mut self,
        batch: &Batch,
        targets: &[usize],
        request_id: Option<Rc<str>>,
        note: Option<&str>,
    ) {
        for target in targets {
            let row = &mut self.rows[*target];
            row.action = batch.setter.action();
            row.note = note.map(Rc::from);
            row.settle(Status::Changed, request_id.clone());
        }
        self.set += targets.len();
        self.progress.settle(targets.len(), 0);
    }

    /// The targets are settled by a failure; the run ends if it holds for every other call too.
    fn give_up(&mut self, batch: &Batch, targets: &[usize], failure: Failure) {
        for target in targets {
            self.rows[*target].action = batch.setter.action();
        }
        fail_at(&mut self.rows, targets, &failure);
        self.progress.settle(targets.len(), targets.len());
        if self.is_for_all(&failure) || self.lost_in_a_row >= PATIENCE {
            self.ended.get_or_insert(failure);
        }
    }

    fn refused(&mut self, batch: Batch, failure: Failure) {
        if failure.kind == Kind::Unsupported && self.fall_back(&batch, &failure) {
            return;
        }
        if failure.kind == Kind::Conflict && self.is_our_own_name(&batch) {
            self.parts.push_front(Batch {
                renew: true,
                ..batch
            });
            return;
        }
        if matches!(failure.kind, Kind::Throttled | Kind::Unavailable) {
            self.lost_in_a_row += 1;
            return self.give_up(&batch, &batch.targets, failure);
        }
        self.lost_in_a_row = 0;
        if let Some(split) = batch.parent {
            self.splits[split].size_in_question = false;
        }
        let own_fault = matches!(failure.kind, Kind::NotFound | Kind::State | Kind::Busy);
        if batch.targets.len() == 1 || self.is_for_all(&failure) {
            self.denied += u32::from(!own_fault);
            return self.give_up(&batch, &batch.targets, failure);
        }
        if !own_fault && self.set == 0 && self.denied >= DENIALS {
            return self.doubtful.push((batch, failure));
        }
        self.split(batch, failure.kind);
    }

    /// Whether every other call would meet the same failure. A name or content that is taken is the
    /// certificate's, which goes with every call.
    fn is_for_all(&self, failure: &Failure) -> bool {
        let taken = failure.kind == Kind::Conflict && self.run.change.bundle.is_some();
        taken || ends_run(failure)
    }

    /// Takes a refused batch apart: into what newer gateways allow a call, then into halves.
    fn split(&mut self, batch: Batch, reason: Kind) {
        let part_size = match batch.targets.len() {
            length if length > NEWER_BATCH_LIMIT => NEWER_BATCH_LIMIT,
            length => length.div_ceil(2),
        };
        let parts = batch.targets.chunks(part_size);
        let parent = Some(self.splits.len());
        self.splits.push(Split {
            parts_left: parts.len(),
            part_size,
            size_in_question: matches!(reason, Kind::Parameter | Kind::Quota | Kind::Refused),
        });
        for targets in parts.rev() {
            let part = Batch {
                targets: targets.to_vec(),
                setter: batch.setter,
                renew: batch.renew,
                parent,
            };
            match reason {
                Kind::Busy if part_size == 1 => self.busy.push_back(part),
                _ => self.parts.push_front(part),
            }
        }
    }

    /// Where every part of a refused batch is taken, no domain was at fault: the batch was too
    /// large, and the ones to come are made smaller.
    fn learn_size(&mut self, batch: &Batch) {
        let Some(split) = batch.parent.map(|parent| &mut self.splits[parent]) else {
            return;
        };
        split.parts_left -= 1;
        if split.parts_left == 0 && split.size_in_question && split.part_size < self.size {
            self.size = split.part_size;
            self.session.ui.note(&format!(
                "larger batches are refused here: {} domains a call from now on",
                self.size
            ));
        }
    }

    /// Whether the name that is taken was taken by this run.
    fn is_our_own_name(&self, batch: &Batch) -> bool {
        let change = self.run.change;
        self.set > 0 && change.bundle.is_some() && change.cert_name.is_some() && !batch.renew
    }

    /// Goes over to the current call where the gateway no longer knows the older ones.
    fn fall_back(&mut self, batch: &Batch, failure: &Failure) -> bool {
        let change = self.run.change;
        let free = change.cert_type == Some(CertType::Free);
        if !self.run.automatic || batch.setter == Setter::Ssl || free {
            return false;
        }
        if self.setter != Setter::Ssl {
            let left_out = match (change.force, change.region) {
                (false, None) => "",
                (true, None) => ", which has no ForceSet",
                (false, Some(_)) => ", which has no Region",
                (true, Some(_)) => ", which has neither ForceSet nor Region",
            };
            self.session.ui.note(&format!(
                "{} is not known here ({}): going on with {}{left_out}",
                batch.setter.action(),
                failure.code.as_deref().unwrap_or_default(),
                Setter::Ssl.action()
            ));
            self.setter = Setter::Ssl;
            self.size = 1;
        }
        for target in batch.targets.iter().rev() {
            self.fresh.push_front(*target);
        }
        true
    }
}
