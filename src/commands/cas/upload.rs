//! `certctl cas upload`: a certificate and its key into the store, once.

use clap::Args;

use super::store::SiteArgs;
use crate::cloud::Cloud;
use crate::commands::Session;
use crate::commands::args::non_empty;
use crate::commands::certificate::{CertFile, FileArgs, Given, check_file_flags};
use crate::commands::targets::Target;
use crate::commands::wait::WaitArgs;
use crate::error::Error;
use crate::output::{Answer, Row};
use crate::products::cas::{self, Beforehand, Kept};
use crate::products::{Seen, Stored};
use crate::providers::Operation;
use crate::providers::alibaba::cas::{CAS, NAME_LIMIT, UploadUserCertificate};
use crate::transport::{nonce, plan};

/// Upload a certificate, unless it is there already
///
/// A certificate that the store has with its chain is found by both, whatever it is called there,
/// and not uploaded a second time. Where the store has it with another chain, or with none, it is
/// uploaded beside that one.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl cas upload --cert fullchain.pem --key privkey.pem
  certctl cas upload --cert fullchain.pem --key privkey.pem --name www-2026 --wait")]
pub struct UploadArgs {
    #[command(flatten)]
    cert: Target<CertFile>,
    #[command(flatten)]
    file: FileArgs,
    /// Name in the store, at most 63 characters [default: certctl-DOMAIN-FINGERPRINT]
    #[arg(long, value_name = "NAME", value_parser = name)]
    name: Option<String>,
    #[command(flatten)]
    site: SiteArgs,
    #[command(flatten)]
    wait: WaitArgs,
}

const COMMAND: &str = "cas upload";

fn name(text: &str) -> Result<String, String> {
    let text = non_empty(text)?;
    match text.chars().count() {
        length if length > NAME_LIMIT => Err(format!(
            "it has {length} characters; at most {NAME_LIMIT} are allowed"
        )),
        _ => Ok(text),
    }
}

/// Runs the command.
pub fn run(session: &Session<'_>, args: &UploadArgs) -> Result<Answer, Error> {
    let cert = args.cert.one();
    check_file_flags([&Given::File(cert.clone())], &args.file)?;
    let bundle = session.material(cert, &args.file)?;
    let (settings, site) = args.site.settle(session)?;
    let target = cert.display().to_string();
    let action = UploadUserCertificate::ACTION;
    let mut row = Row::new(Cloud::Alibaba, CAS.name, action, &target);
    let (name, look) = (args.name.as_deref(), Beforehand::Look);
    if session.globals.sends_nothing() {
        let name = name.map_or_else(|| bundle.certificate().store_name(), str::to_owned);
        let token = nonce();
        let upload = cas::uploading(&bundle, &name, &token);
        let requests = vec![
            plan(&settings, &cas::first_page(), Vec::new()),
            plan(&settings, &upload, vec![target]),
        ];
        return Ok(Answer::planned(COMMAND, vec![row], requests));
    }
    session.online(&CAS, &settings, async |client| {
        let Kept { stored, settled } = cas::ensure(client, &bundle, name, site, look).await;
        let id = stored.map(|Stored { id, .. }| id);
        if let Some(id) = &id {
            row.identifier = Some(id.identifier_or_id());
            row.certificate = Some(id.id.clone());
        }
        let see = async || match &id {
            Some(id) => cas::see(client, id, &bundle).await,
            None => Ok(Seen::Pending("its number is unknown".into())),
        };
        let target = (row, settled);
        Ok(session
            .conclude_one(client, COMMAND, &args.wait, target, see)
            .await)
    })
}
