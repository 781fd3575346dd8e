//! `certctl cdn set`: what is asked for, checked before anything is sent.

use chrono::Utc;
use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use super::Group;
use crate::cert::Bundle;
use crate::cloud::Cloud;
use crate::commands::args::{id, non_empty};
use crate::commands::ask::Question;
use crate::commands::certificate::{FileArgs, FitArgs, Given, check_file_flags};
use crate::commands::targets::{Domains, Targets};
use crate::commands::wait::WaitArgs;
use crate::commands::{Place, Session, concluded};
use crate::config::Settings;
use crate::domain::Domain;
use crate::error::Error;
use crate::output::{Answer, Row};
use crate::products::cdn::look::look;
use crate::products::cdn::{self, CertType, Change, Preview, Setter, wire};
use crate::products::{Outcome, Settled, Store, StoreId};
use crate::providers::alibaba::cdn::{BATCH_LIMIT, CERT_NAME_LIMIT, Switch};
use crate::transport::{Client, read_each};

/// Switch HTTPS on or off, or put a certificate on domains
#[derive(Debug, Args)]
pub struct SetArgs {
    #[command(flatten)]
    domains: Targets<Domains>,
    /// Switch HTTPS on; without a certificate option, keep the certificate of the domain
    #[arg(long)]
    on: bool,
    /// Switch HTTPS off
    #[arg(long, conflicts_with_all = ["on", "cert", "cert_id", "cert_name"])]
    off: bool,
    /// Certificate id from the store (CAS) in any spelling, or a PEM file with its chain; implies
    /// --on
    #[arg(long, value_name = "ID|FILE", value_parser = Given::of_cas)]
    cert: Option<Given>,
    #[command(flatten)]
    file: FileArgs,
    /// Name of the certificate in the store, at most 128 characters [default:
    /// certctl-NAME-FINGERPRINT]
    #[arg(long, value_name = "NAME", value_parser = non_empty)]
    cert_name: Option<String>,
    /// Use the certificate with this id from the store (CAS); implies --on
    #[arg(long, value_name = "ID", value_parser = stored, conflicts_with = "cert")]
    cert_id: Option<StoreId>,
    /// Region of the store, if the id does not contain it [default: cn-hangzhou]
    #[arg(long, value_name = "REGION", value_parser = id)]
    cert_region: Option<String>,
    #[command(flatten)]
    fit: FitArgs,
    #[command(flatten)]
    wait: WaitArgs,
}

/// What CDN alone has a choice of.
#[derive(Debug, Default, Args)]
pub struct How {
    /// Source of the certificate
    #[arg(long, value_name = "TYPE", value_enum, conflicts_with = "off")]
    cert_type: Option<CertType>,
    /// Overwrite a stored certificate with the same name (ForceSet=1)
    #[arg(long)]
    force: bool,
    /// Region parameter of the batch call
    #[arg(long, value_name = "REGION", value_parser = id)]
    region: Option<String>,
    /// API call to use
    #[arg(long, value_enum, default_value_t, value_name = "CALL")]
    via: Via,
    /// Number of domains per batch call, 1 to 50
    #[arg(long, value_name = "N", default_value_t = BATCH_LIMIT as u16, allow_negative_numbers = true,
          value_parser = clap::value_parser!(u16).range(1..=BATCH_LIMIT as i64))]
    batch_size: u16,
}

impl How {
    /// There is one setter, which takes one domain.
    pub(super) fn of_twin() -> Self {
        How {
            via: Via::Ssl,
            ..How::default()
        }
    }
}

/// Switch HTTPS on or off, or put a certificate on domains
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl cdn set a.com b.com --on
  certctl cdn set --domains-file domains.txt --cert fullchain.pem --key privkey.pem
  certctl cdn set --domains a.com --cert 1234567-cn-hangzhou
  certctl cdn set --domains a.com --cert-id 1234567 --wait=2m
  certctl cdn set a.com --off --yes")]
pub struct CdnArgs {
    #[command(flatten)]
    pub(super) set: SetArgs,
    #[command(flatten)]
    pub(super) how: How,
}

/// An id of the certificate store, in any spelling.
pub(super) fn stored(text: &str) -> Result<StoreId, String> {
    StoreId::of(Store::Cas, &id(text)?)
        .ok_or_else(|| "it is not a certificate id, such as 1234567".into())
}

/// The id that is given, by either flag, with its region.
pub(super) fn given_id(
    cert: Option<&Given>,
    cert_id: Option<&StoreId>,
    region: Option<&str>,
) -> Result<Option<StoreId>, Error> {
    let given = match cert {
        Some(Given::Id(id)) => Some(id),
        Some(Given::File(_)) | None => cert_id,
    };
    match (given, region) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(Error::usage(
            "--cert-region requires a certificate id",
            "add --cert-id ID, or remove --cert-region: nothing was sent",
        )),
        (Some(id), Some(region)) if id.region.as_deref().is_some_and(|own| own != region) => {
            Err(Error::usage(
                format!(
                    "{} contains its region, but --cert-region {region} is different",
                    id.identifier_or_id()
                ),
                "remove --cert-region, or use the number without the region: nothing was sent",
            ))
        }
        (Some(id), region) => Ok(Some(StoreId {
            region: id.region.clone().or_else(|| region.map(str::to_owned)),
            ..id.clone()
        })),
    }
}

impl ValueEnum for CertType {
    fn value_variants<'v>() -> &'v [Self] {
        &[CertType::Upload, CertType::Cas, CertType::Free]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            CertType::Upload => "An uploaded file",
            CertType::Cas => "A certificate from the store (CAS)",
            CertType::Free => "A free certificate from the vendor",
        };
        Some(PossibleValue::new(self.as_str()).help(help))
    }
}

/// Which call sets the certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Via {
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

/// Runs the command.
pub(super) fn run(
    session: &Session<'_>,
    group: &Group,
    args: &SetArgs,
    how: &How,
) -> Result<Answer, Error> {
    args.check(how)?;
    let cert_region = args.cert_region.as_deref();
    let cert_id = given_id(args.cert.as_ref(), args.cert_id.as_ref(), cert_region)?;
    let setter = args.setter(how)?;
    let domains = args.domains.domains()?;
    if domains.is_empty() {
        return Ok(Answer::no_targets(group.set));
    }
    let bundle = args.checked_bundle(session, &domains)?;
    let change = args.change(how, setter, bundle.as_ref(), cert_id.as_ref());
    let question = args.off.then(|| switching_off(&domains));
    if let Some(question) = &question {
        session.must_ask(question)?;
    }
    let settings = session.settings(Cloud::Alibaba, Place::default())?;
    let run = Run {
        group,
        change: &change,
        domains: &domains,
        file: &args.file,
        fit: args.fit,
        wait: args.wait,
    };
    match session.globals.sends_nothing() {
        true => Ok(run.plan(&settings)),
        false => session.online(group.service, &settings, async |client| {
            if let Some(question) = &question {
                session.ask(question, client).await?;
            }
            run.send(session, client).await
        }),
    }
}

/// What is asked before HTTPS is switched off: the cloud forgets the certificates.
fn switching_off(domains: &[Domain]) -> Question {
    let deed = match domains.len() {
        1 => "switching HTTPS off for 1 domain and dropping its certificate".to_owned(),
        count => {
            format!("switching HTTPS off for {count} domains and dropping their certificates")
        }
    };
    Question::new(deed).naming(domains.iter().map(Domain::asked))
}

impl SetArgs {
    /// Whether a certificate of the store is given by its id.
    fn is_by_id(&self) -> bool {
        self.cert_id.is_some() || matches!(self.cert, Some(Given::Id(_)))
    }

    /// Refuses what contradicts itself.
    fn check(&self, how: &How) -> Result<(), Error> {
        let is_file = matches!(self.cert, Some(Given::File(_)));
        let keyless = is_file && self.file.key.is_none() && how.cert_type == Some(CertType::Cas);
        if !keyless {
            check_file_flags(&self.cert, &self.file)?;
        }
        if !(self.on || self.off || self.cert.is_some() || self.cert_id.is_some()) {
            return Err(Error::usage(
                "nothing to set: add --on, --off or a certificate",
                "use --on, --off, --cert FILE --key FILE or --cert ID",
            ));
        }
        let contradiction = match how.cert_type {
            Some(CertType::Upload | CertType::Free) if self.is_by_id() => {
                Some("a certificate id requires --cert-type cas")
            }
            Some(CertType::Free) if is_file => Some(
                "--cert-type free uses the vendor's certificate, so --cert cannot be used \
                      with it",
            ),
            Some(CertType::Upload) if !is_file => {
                Some("--cert-type upload requires a certificate to upload: --cert is missing")
            }
            _ => None,
        };
        if let Some(message) = contradiction {
            let hint = "remove one of the two options, or use --cert FILE --key FILE: nothing was \
                        sent";
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
    fn setter(&self, how: &How) -> Result<Setter, Error> {
        let free = how.cert_type == Some(CertType::Free);
        let setter = match how.via {
            Via::Auto if self.is_by_id() => Setter::Ssl,
            Via::Auto if free => Setter::Single,
            Via::Auto | Via::Batch => Setter::Batch,
            Via::Single => Setter::Single,
            Via::Ssl => Setter::Ssl,
        };
        let misfit = match setter {
            Setter::Batch | Setter::Single if self.is_by_id() => Some("a certificate id"),
            Setter::Batch | Setter::Ssl if free => Some("--cert-type free"),
            Setter::Single | Setter::Ssl if how.region.is_some() => Some("--region"),
            Setter::Ssl if how.force => Some("--force"),
            _ => None,
        };
        match misfit {
            None => Ok(setter),
            Some(flag) => Err(Error::usage(
                format!("{} does not support {flag}", setter.action()),
                "remove one of the two options, or choose another --via: nothing was sent",
            )),
        }
    }

    /// Reads the certificate and checks it against what the CDN takes and against the domains.
    fn checked_bundle(
        &self,
        session: &Session<'_>,
        domains: &[Domain],
    ) -> Result<Option<Bundle>, Error> {
        let Some(Given::File(cert)) = &self.cert else {
            return Ok(None);
        };
        let bundle = session.material(cert, &self.file)?;
        let names = domains.iter().map(Domain::asked);
        let called = cert.display().to_string();
        session.fit(&bundle.certificate(), &called, names, &self.fit, Utc::now())?;
        Ok(Some(bundle))
    }

    fn change<'a>(
        &'a self,
        how: &'a How,
        setter: Setter,
        bundle: Option<&'a Bundle>,
        cert_id: Option<&'a StoreId>,
    ) -> Change<'a> {
        let implied = match (bundle, cert_id) {
            (Some(_), _) => Some(CertType::Upload),
            (None, Some(_)) => Some(CertType::Cas),
            (None, None) => None,
        };
        Change {
            switch: if self.off { Switch::Off } else { Switch::On },
            certificate: bundle.map(Bundle::certificate),
            bundle,
            cert_name: self.cert_name.as_deref(),
            cert_type: how.cert_type.or(implied),
            cert_id,
            region: how.region.as_deref(),
            force: how.force,
            upload_asked: how.cert_type == Some(CertType::Upload),
            setter,
            size: match setter {
                Setter::Batch => usize::from(how.batch_size),
                Setter::Single | Setter::Ssl => 1,
            },
            automatic: how.via == Via::Auto,
        }
    }
}

/// Setting a change on domains.
pub(super) struct Run<'a> {
    pub(super) group: &'a Group,
    pub(super) change: &'a Change<'a>,
    pub(super) domains: &'a [Domain],
    pub(super) file: &'a FileArgs,
    pub(super) fit: FitArgs,
    wait: WaitArgs,
}

impl Run<'_> {
    fn row(&self, domain: &Domain, action: &'static str) -> Row {
        let service = self.group.service;
        let action = service.named(action);
        Row::new(Cloud::Alibaba, service.name, action, domain.asked())
    }

    fn plan(&self, settings: &Settings) -> Answer {
        let (change, service) = (self.change, self.group.service);
        let mut requests = self.planned_reads(settings);
        let setters = self.domains.chunks(change.size);
        requests.extend(setters.map(|domains| change.planned(service, settings, domains)));
        if self.wait.wait.is_some() {
            let goal = change.goal();
            let reads = self.domains.iter();
            requests.extend(reads.flat_map(|domain| goal.planned(service, settings, domain)));
        }
        let rows = self.domains.iter();
        let rows = rows.map(|domain| self.row(domain, change.setter.action()));
        Answer::planned(self.group.set, rows.collect(), requests)
    }

    async fn send(&self, session: &Session<'_>, client: &Client<'_>) -> Result<Answer, Error> {
        let (change, domains) = (self.change, self.domains);
        let known = match self.fit.checks() {
            true => self.check_names(session, client).await?,
            false => None,
        };
        let preview = match self.fit.no_preview {
            true => Preview::none(change),
            false => Preview::read(client, change, domains, known).await,
        };
        let mut progress = session.ui.progress(domains.len());
        let mut report = |count, failed| progress.settle(count, failed);
        let mut made = cdn::set(client, change, domains, preview, &mut report).await;
        drop(progress);
        let settled = &mut made.settled;
        let lost = self
            .wait
            .wait
            .map_or(Vec::new(), |_| taken_as_sent(settled));
        let name = |target: usize| domains[target].asked().to_owned();
        let see = async |targets: &[usize]| {
            let look =
                async |target: usize| look(client, wire(&domains[target]), change.goal()).await;
            read_each(targets, look).await
        };
        session
            .confirm(client, &self.wait, settled, name, see)
            .await;
        for (target, before) in lost {
            let now = &mut settled[target];
            if now.is_changed() {
                *now = Settled {
                    request_id: before.request_id,
                    ..Settled::read_back()
                };
            } else if now.is_unknown() {
                // What became of the call says more than what was seen last.
                *now = before;
            }
        }
        let rows = domains.iter().zip(made.actions).zip(&made.settled);
        let rows = rows.map(|((domain, action), settled)| self.row(domain, action).of(settled));
        Ok(concluded(
            self.group.set,
            rows.collect(),
            made.ended.as_ref(),
            client,
        ))
    }
}

/// Lets what may have been changed be waited for as well; gives those targets as they were.
fn taken_as_sent(settled: &mut [Settled]) -> Vec<(usize, Settled)> {
    let mut lost = Vec::new();
    for (target, settled) in settled.iter_mut().enumerate() {
        if settled.is_unknown() {
            lost.push((target, settled.clone()));
            settled.outcome = Outcome::Changed { confirmed: false };
        }
    }
    lost
}
