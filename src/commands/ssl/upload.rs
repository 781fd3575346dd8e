//! `certctl ssl upload`: a certificate into the store, once.

use chrono::Utc;
use clap::Args;

use super::SiteArgs;
use crate::cert::{Certificate, Content, Facts, Input, Same, inspect};
use crate::cloud::Cloud;
use crate::commands::Session;
use crate::commands::args::non_empty;
use crate::commands::certificate::{CertFile, FileArgs};
use crate::commands::targets::Target;
use crate::commands::wait::WaitArgs;
use crate::error::Error;
use crate::fault::Kind;
use crate::files;
use crate::output::{Answer, Row};
use crate::products::Seen;
use crate::products::Settled;
use crate::products::ssl::{Placed, Put, Upload, ensure, look_into, put};
use crate::providers::Operation;
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::certificates::{
    CertificateType, DescribeCertificate, UploadCertificate,
};
use crate::transport::{Client, Failure, plan};

const COMMAND: &str = "ssl upload";

/// Put a certificate into the store, once
///
/// A certificate that is in the store already with its chain is found: it keeps its id and its alias.
/// One that is there with other intermediates stays, and this one is put beside it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ssl upload --cert fullchain.pem --key privkey.pem --alias example.com
  certctl ssl upload --cert ca.pem --type ca --alias clients")]
pub struct UploadArgs {
    #[command(flatten)]
    cert: Target<CertFile>,
    #[command(flatten)]
    file: FileArgs,
    /// Alias of the certificate [default: certctl-NAME-FINGERPRINT]
    #[arg(long, value_name = "NAME", value_parser = non_empty)]
    alias: Option<String>,
    /// Project number [default: 0]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    project: Option<u32>,
    /// Type: svr, a server certificate, or ca, a CA certificate that signs client certificates
    #[arg(long = "type", value_name = "TYPE", default_value = "svr", value_parser = ["svr", "ca"])]
    kind: String,
    #[command(flatten)]
    site: SiteArgs,
    #[command(flatten)]
    wait: WaitArgs,
}

/// Runs the command.
pub fn run(session: &Session<'_>, args: &UploadArgs) -> Result<Answer, Error> {
    match args.kind.as_str() {
        "ca" => authority(session, args),
        _ => server(session, args),
    }
}

fn row(args: &UploadArgs) -> Row {
    let target = args.cert.one().display().to_string();
    Row::new(Cloud::Tencent, SSL.name, UploadCertificate::ACTION, &target)
}

/// A server's certificate, its chain and its key.
fn server(session: &Session<'_>, args: &UploadArgs) -> Result<Answer, Error> {
    if args.file.key.is_none() {
        return Err(Error::usage(
            "the private key is missing",
            "add --key FILE, or use --type ca for a CA certificate: nothing was sent",
        ));
    }
    let bundle = session.material(args.cert.one(), &args.file)?;
    let certificate = bundle.certificate();
    let settings = args.site.settings(session)?;
    let upload = Upload {
        bundle: &bundle,
        alias: args.alias.as_deref(),
        project: args.project,
    };
    if session.globals.sends_nothing() {
        let name = certificate.store_name();
        let requests = vec![plan(&settings, &upload.call(&name), vec![row(args).target])];
        return Ok(Answer::planned(COMMAND, vec![row(args)], requests));
    }
    session.online(&SSL, &settings, async |client| {
        let placed = ensure(client, &upload).await;
        Ok(conclude(session, client, args, placed, &certificate).await)
    })
}

/// What became of an upload, in words.
fn settled(placed: &Placed) -> Settled {
    let accepted = || Settled::accepted(placed.request_id.clone());
    match &placed.put {
        Put::New => accepted(),
        Put::Beside(other) => accepted().with(&format!(
            "{other} is the same certificate with other intermediates and is kept"
        )),
        Put::There { chain_is_known } => Settled {
            request_id: placed.request_id.clone(),
            ..Settled::unchanged().with(match chain_is_known {
                true => "is already in the store",
                false => "is already in the store; could not read its intermediates",
            })
        },
        Put::AfterLoss => accepted().with(
            "is in the store, although an answer was lost; it may have been there \
                             before",
        ),
    }
}

/// Whether reading shows the certificate and its chain under the id.
async fn seen(
    client: &Client<'_>,
    id: Option<&str>,
    wanted: &Certificate,
) -> Result<Seen, Failure> {
    let Some(id) = id else {
        return Ok(Seen::Pending("its id is unknown".into()));
    };
    let stored = look_into(client, id).await?.certificate;
    Ok(match stored.same(wanted) {
        Same::Yes => Seen::Confirmed,
        Same::LeafOnly => Seen::Failed("it is stored with other intermediates".into()),
        Same::No => Seen::Failed("another certificate has this id".into()),
        Same::Unknown => Seen::Pending("the certificate is not shown yet".into()),
    })
}

/// Says what differs of a certificate that was there, waits for what is asked for, and makes the answer.
async fn conclude(
    session: &Session<'_>,
    client: &Client<'_>,
    args: &UploadArgs,
    placed: Result<Placed, Failure>,
    certificate: &Certificate,
) -> Answer {
    let id = placed.as_ref().ok().map(|placed| placed.id.clone());
    if let (Some(id), Ok(Put::There { .. })) = (&id, placed.as_ref().map(|placed| &placed.put)) {
        compare(session, client, args, id).await;
    }
    let settled = placed.map_or_else(Settled::failed, |placed| settled(&placed));
    let look = async || seen(client, id.as_deref(), certificate).await;
    let row = Row {
        certificate: id.clone(),
        ..row(args)
    };
    let target = (row, settled);
    session
        .conclude_one(client, COMMAND, &args.wait, target, look)
        .await
}

/// A certificate that was there already keeps its alias and its project: says so where others were
/// asked for.
async fn compare(session: &Session<'_>, client: &Client<'_>, args: &UploadArgs, certificate: &str) {
    if args.alias.is_none() && args.project.is_none() {
        return;
    }
    let read = DescribeCertificate { certificate };
    let stored = match client.call(&read).await {
        Ok(done) => done.reply,
        Err(failure) => {
            session.ui.note(&format!(
                "could not read the alias and project of {certificate}: {}",
                failure.message
            ));
            return;
        }
    };
    if let Some(alias) = args.alias.as_ref().filter(|alias| **alias != stored.alias) {
        let own = match stored.alias.as_str() {
            "" => "no alias".to_owned(),
            own => format!("the alias '{}'", client.redacted(own)),
        };
        session.ui.warn(&format!(
            "{certificate} is already stored with {own}: to change it, run `certctl ssl rename \
             {certificate} --alias '{alias}'`"
        ));
    }
    // The default project is 0, also where the answer names none.
    let own = match stored.project_id.as_str() {
        "" => "0".to_owned(),
        own => client.redacted(own),
    };
    if let Some(project) = args.project.filter(|project| project.to_string() != own) {
        session.ui.warn(&format!(
            "{certificate} is already stored in project {own}: to move it, run `certctl api \
             tencent ssl ModifyCertificateProject 'CertificateIdList:=[\"{certificate}\"]' \
             ProjectId:={project}`"
        ));
    }
}

/// An authority's certificates, which have no key. The store finds them again by itself.
fn authority(session: &Session<'_>, args: &UploadArgs) -> Result<Answer, Error> {
    let (chain, certificate) = authorities(args)?;
    let settings = args.site.settings(session)?;
    let call = UploadCertificate {
        chain: &chain,
        key: None,
        kind: CertificateType::Ca,
        alias: args.alias.as_deref(),
        project: args.project,
        repeatable: false,
    };
    if session.globals.sends_nothing() {
        let requests = vec![plan(&settings, &call, vec![row(args).target])];
        return Ok(Answer::planned(COMMAND, vec![row(args)], requests));
    }
    session.online(&SSL, &settings, async |client| {
        let placed = put(client, &call).await;
        Ok(conclude(session, client, args, placed, &certificate).await)
    })
}

/// The text of an authority's certificates, and the first of them.
fn authorities(args: &UploadArgs) -> Result<(String, Certificate), Error> {
    if args.file.key.is_some() {
        return Err(Error::usage(
            "a CA certificate is uploaded without its private key",
            "remove --key: nothing was sent",
        ));
    }
    let bytes = files::read_limited(args.cert.one(), files::MAX_PEM)?;
    let name = args.cert.one().display().to_string();
    let found = inspect(Input {
        name: &name,
        bytes: &bytes,
    });
    let mut first = None;
    for one in found {
        match (one.line, one.content?) {
            (Some(_), Content::Certificate { facts, .. }) if facts.authority => {
                fit(&name, &facts)?;
                first.get_or_insert(());
            }
            (Some(line), Content::Certificate { .. }) => {
                return Err(unfit(
                    format!("{name}, line {line}: this is not a CA certificate"),
                    "upload a server certificate with --type svr and its key",
                ));
            }
            (Some(line), _) => {
                return Err(unfit(
                    format!("{name}, line {line}: this is not a certificate"),
                    "keep only CA certificates in the file",
                ));
            }
            (None, _) => {
                return Err(unfit(
                    format!("{name}: this is not PEM"),
                    "convert it: openssl x509 -inform der -in FILE -out FILE.pem",
                ));
            }
        }
    }
    let text = String::from_utf8(bytes).ok();
    text.filter(|_| first.is_some())
        .and_then(|text| {
            let certificate = Certificate::in_text(&text)?;
            Some((text, certificate))
        })
        .ok_or_else(|| {
            unfit(
                format!("{name}: contains no certificate"),
                "use a PEM file with the CA certificate",
            )
        })
}

fn fit(name: &str, facts: &Facts) -> Result<(), Error> {
    let now = Utc::now();
    match facts.not_after < now {
        true => Err(unfit(
            format!("{name}: the CA certificate expired on {}", facts.not_after),
            "get the current certificate of the CA",
        )),
        false => Ok(()),
    }
}

fn unfit(message: String, hint: &'static str) -> Error {
    Error::new(Kind::Certificate, message, hint)
}
