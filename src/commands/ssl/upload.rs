//! `certctl ssl upload`: a certificate into the store, once.

use std::path::PathBuf;

use chrono::Utc;
use clap::Args;

use super::{SiteArgs, certificate_id};
use crate::cert::{Content, Facts, Family, Input, inspect, leaf_fingerprint};
use crate::cloud::Cloud;
use crate::commands::args::non_empty;
use crate::commands::wait::{Seen, WaitArgs};
use crate::commands::{Session, concluded, ends_run, fail_all, read_each};
use crate::error::Error;
use crate::fault::Kind;
use crate::files;
use crate::output::{Answer, Document, Row, Status};
use crate::providers::Operation;
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::certificates::{
    CertificateType, DescribeCertificateDetail, UploadCertificate, UploadedCertificate,
};
use crate::secret::Secret;
use crate::transport::{Client, Done, Failure, Fate, plan};

const COMMAND: &str = "ssl upload";

/// Put a certificate into the store, once
///
/// A certificate that is in the store already is found by its fingerprint: it keeps its id and its
/// alias.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ssl upload --cert fullchain.pem --key privkey.pem --alias example.com
  certctl ssl upload --cert ca.pem --type ca --alias clients")]
pub struct UploadArgs {
    /// File with the certificate and its chain, PEM
    #[arg(long, value_name = "FILE")]
    cert: PathBuf,
    /// File with the private key, PEM
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Name for people
    #[arg(long, value_name = "NAME", value_parser = non_empty)]
    alias: Option<String>,
    /// Number of the project [default: 0]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    project: Option<u32>,
    /// For whom it is: svr, a server, or ca, an authority that signs clients' certificates
    #[arg(long = "type", value_name = "TYPE", default_value = "svr", value_parser = ["svr", "ca"])]
    kind: String,
    #[command(flatten)]
    site: SiteArgs,
    #[command(flatten)]
    wait: WaitArgs,
}

/// What is uploaded.
struct Material {
    chain: String,
    key: Option<Secret>,
    kind: CertificateType,
    fingerprint: String,
}

/// Runs the command.
pub fn run(session: &Session<'_>, args: &UploadArgs) -> Result<Answer, Error> {
    let material = match args.kind.as_str() {
        "ca" => authority(args)?,
        _ => server(session, args)?,
    };
    let settings = args.site.settings(session)?;
    let call = UploadCertificate {
        chain: &material.chain,
        key: material.key.as_ref(),
        kind: material.kind,
        alias: args.alias.as_deref(),
        project: args.project,
    };
    let target = args.cert.display().to_string();
    let row = Row::new(Cloud::Tencent, SSL.name, UploadCertificate::ACTION, &target);
    let mut rows = vec![row];
    if session.globals.dry_run {
        let requests = vec![plan(&settings, &call, vec![target])];
        return Ok(Answer::Targets(Document::planned(COMMAND, rows, requests)));
    }
    session.online(&SSL, &settings, async |client| {
        let ended = upload(client, &call, &mut rows[0]).await;
        let certificate = rows[0].certificate.clone().unwrap_or_default();
        let see = async |targets: &[usize]| {
            let read = DescribeCertificateDetail {
                certificate: &certificate,
            };
            read_each(targets, async |_| {
                let seen = client.call(&read).await?.reply;
                let chain = seen.certificate_public_key.unwrap_or_default();
                Ok(match leaf_fingerprint(chain.as_bytes()) {
                    Some(found) if found == material.fingerprint => Seen::Confirmed,
                    Some(_) => Seen::Failed("another certificate has this id".into()),
                    None => Seen::Pending("the certificate is not shown yet".into()),
                })
            })
            .await
        };
        session.confirm(client, &args.wait, &mut rows, see).await;
        Ok(concluded(COMMAND, rows, ended.as_ref(), client))
    })
}

/// Uploads, again after a lost answer: what is there is found and not stored twice. Returns the
/// failure that ended the run.
async fn upload(
    client: &Client<'_>,
    call: &UploadCertificate<'_>,
    row: &mut Row,
) -> Option<Failure> {
    let mut lost: Option<Failure> = None;
    let mut attempt = 0;
    loop {
        let failure = match client.call(call).await {
            Ok(done) => {
                settle(row, done, lost.is_some());
                return None;
            }
            Err(failure) => failure,
        };
        let unanswered = failure.fate == Fate::Unknown;
        let failure = failure.after(lost.take());
        fail_all([&mut *row], &failure);
        attempt += 1;
        if !unanswered || !client.again_after(attempt).await {
            return ends_run(&failure).then_some(failure);
        }
        lost = Some(failure);
    }
}

fn settle(row: &mut Row, done: Done<UploadedCertificate>, lost: bool) {
    let UploadedCertificate {
        certificate,
        repeated,
    } = done.reply;
    let found = !repeated.is_empty();
    let id = match certificate.is_empty() {
        true => repeated,
        false => certificate,
    };
    let (status, note) = match (found, lost) {
        // Text from outside, which goes into the answer.
        _ if certificate_id(&id).is_err() => {
            (Status::Unknown, Some("the answer names no certificate"))
        }
        (false, _) => (Status::Changed, None),
        (true, false) => (Status::Unchanged, Some("is in the store already")),
        (true, true) => (
            Status::Changed,
            Some("is in the store, though an answer was lost; perhaps it was before"),
        ),
    };
    row.settle(status, done.request_id);
    row.note = note.map(Into::into);
    row.certificate = certificate_id(&id).ok();
}

fn server(session: &Session<'_>, args: &UploadArgs) -> Result<Material, Error> {
    let Some(key) = &args.key else {
        return Err(Error::usage(
            "the private key is missing",
            "give --key FILE, or --type ca for an authority's certificate: nothing was sent",
        ));
    };
    let bundle = session.bundle(&args.cert, Some(key))?;
    bundle.leaf().accepted_by(&[Family::Rsa, Family::Ecdsa])?;
    Ok(Material {
        chain: bundle.chain_pem().to_owned(),
        key: bundle.key_pem().cloned(),
        kind: CertificateType::Svr,
        fingerprint: bundle.leaf().fingerprint.clone(),
    })
}

/// An authority's certificates, and nothing else.
fn authority(args: &UploadArgs) -> Result<Material, Error> {
    if args.key.is_some() {
        return Err(Error::usage(
            "an authority's private key is not uploaded",
            "leave --key out: nothing was sent",
        ));
    }
    let bytes = files::read_limited(&args.cert, files::MAX_PEM)?;
    let name = args.cert.display().to_string();
    let found = inspect(Input {
        name: &name,
        bytes: &bytes,
    });
    let mut first: Option<Facts> = None;
    for one in found {
        match (one.line, one.content?) {
            (Some(_), Content::Certificate { facts, .. }) if facts.authority => {
                fit(&name, &facts)?;
                first.get_or_insert(*facts);
            }
            (Some(line), Content::Certificate { .. }) => {
                return Err(unfit(
                    format!("{name}, line {line}: this is not an authority's certificate"),
                    "upload a server's certificate with --type svr and its key",
                ));
            }
            (Some(line), _) => {
                return Err(unfit(
                    format!("{name}, line {line}: this is no certificate"),
                    "leave nothing but the authorities' certificates in the file",
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
    let text = String::from_utf8(bytes);
    let (Some(facts), Ok(chain)) = (first, text) else {
        return Err(unfit(
            format!("{name}: there is no certificate in it"),
            "give a PEM file of the authority's certificate",
        ));
    };
    Ok(Material {
        chain,
        key: None,
        kind: CertificateType::Ca,
        fingerprint: facts.fingerprint,
    })
}

fn fit(name: &str, facts: &Facts) -> Result<(), Error> {
    let now = Utc::now();
    match facts.not_after < now {
        true => Err(unfit(
            format!(
                "{name}: the authority's certificate expired on {}",
                facts.not_after
            ),
            "get the authority's present certificate",
        )),
        false => Ok(()),
    }
}

fn unfit(message: String, hint: &'static str) -> Error {
    Error::new(Kind::Certificate, message, hint)
}
