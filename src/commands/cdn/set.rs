//! `certctl cdn set`: what is asked for, checked before anything is sent.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::batches::Run;
use super::goal::Goal;
use crate::cert::Bundle;
use crate::cloud::Cloud;
use crate::commands::args::{id, non_empty};
use crate::commands::wait::WaitArgs;
use crate::commands::{Place, Session, counted, list};
use crate::domain::Domain;
use crate::error::{Error, is_pem};
use crate::fault::Kind;
use crate::output::Answer;
use crate::providers::Operation;
use crate::providers::alibaba::cdn::{
    BATCH_LIMIT, BatchSetCdnDomainServerCertificate, CDN, CERT_NAME_LIMIT,
    SetCdnDomainSSLCertificate, SetDomainServerCertificate, Switch,
};
use crate::redact::one_line;
use crate::secret::Secret;

/// Switch HTTPS on or off, or put a certificate on domains
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl cdn set --domains a.com,b.com --on
  certctl cdn set --domains-file domains.txt --cert fullchain.pem --key privkey.pem
  certctl cdn set --domains a.com --cert-id 1234567 --cert-region cn-hangzhou
  certctl cdn set --domains a.com --cert-id 1234567 --wait=2m
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
    #[command(flatten)]
    wait: WaitArgs,
}

/// The certificate store's numbers; other products put a region behind them.
pub(super) fn store_number(text: &str) -> Result<String, String> {
    let text = id(text)?;
    match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Ok(text),
        false => Err("it is not a number (of 123-cn-hangzhou, give 123)".into()),
    }
}

/// Where a certificate comes from, in the vendor's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum CertType {
    /// Uploaded here
    Upload,
    /// In the certificate store
    Cas,
    /// The vendor's free certificate
    Free,
}

impl CertType {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            CertType::Upload => "upload",
            CertType::Cas => "cas",
            CertType::Free => "free",
        }
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
pub fn run(session: &Session<'_>, args: &SetArgs) -> Result<Answer, Error> {
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
        wait: args.wait,
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
pub(super) enum Setter {
    Batch,
    Single,
    Ssl,
}

impl Setter {
    pub(super) fn action(self) -> &'static str {
        match self {
            Setter::Batch => BatchSetCdnDomainServerCertificate::ACTION,
            Setter::Single => SetDomainServerCertificate::ACTION,
            Setter::Ssl => SetCdnDomainSSLCertificate::ACTION,
        }
    }
}

/// What is to be set on every domain.
pub(super) struct Change<'a> {
    pub(super) switch: Switch,
    pub(super) bundle: Option<Bundle>,
    pub(super) cert_name: Option<&'a str>,
    pub(super) cert_type: Option<CertType>,
    pub(super) cert_id: Option<&'a str>,
    pub(super) cert_region: Option<&'a str>,
    pub(super) region: Option<&'a str>,
    pub(super) force: bool,
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

    pub(super) fn chain(&self) -> Option<&str> {
        self.bundle.as_ref().map(Bundle::chain_pem)
    }

    pub(super) fn key(&self) -> Option<&Secret> {
        self.bundle.as_ref().and_then(Bundle::key_pem)
    }

    /// What a domain reads like once this is done.
    pub(super) fn goal(&self) -> Goal<'_> {
        match (self.switch, &self.bundle, self.cert_id, self.cert_name) {
            (Switch::Off, ..) => Goal::Off,
            (Switch::On, Some(bundle), ..) => Goal::Leaf(&bundle.leaf().fingerprint),
            (Switch::On, None, Some(id), _) => Goal::Numbered {
                id,
                region: self.cert_region,
            },
            (Switch::On, None, None, Some(name)) => Goal::Named(name),
            (Switch::On, None, None, None) => Goal::On,
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
