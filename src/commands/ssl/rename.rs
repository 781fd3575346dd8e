//! `certctl ssl rename`: another alias for a certificate.

use clap::Args;

use super::{SiteArgs, certificate_id};
use crate::cloud::Cloud;
use crate::commands::args::non_empty;
use crate::commands::wait::{Seen, WaitArgs};
use crate::commands::{Session, before_change, concluded, ends_run, fail_all, read_each};
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Document, Row, Status};
use crate::providers::Operation;
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::certificates::{DescribeCertificate, ModifyCertificateAlias};
use crate::transport::plan;

const COMMAND: &str = "ssl rename";

/// Give a certificate another alias
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ssl rename example1 --alias 'example.com, until summer'")]
pub struct RenameArgs {
    /// Id of the certificate
    #[arg(value_name = "ID", value_parser = certificate_id)]
    certificate: String,
    /// The alias
    #[arg(long, value_name = "NAME", value_parser = non_empty)]
    alias: String,
    #[command(flatten)]
    site: SiteArgs,
    #[command(flatten)]
    wait: WaitArgs,
}

/// Runs the command.
pub fn run(session: &Session<'_>, args: &RenameArgs) -> Result<Answer, Error> {
    let certificate = &args.certificate;
    let settings = args.site.settings(session)?;
    let call = ModifyCertificateAlias {
        certificate,
        alias: &args.alias,
    };
    let action = ModifyCertificateAlias::ACTION;
    let mut rows = vec![Row::new(Cloud::Tencent, SSL.name, action, certificate)];
    if session.globals.dry_run {
        let targets = || vec![certificate.clone()];
        let requests = vec![
            plan(&settings, &DescribeCertificate { certificate }, targets()),
            plan(&settings, &call, targets()),
        ];
        return Ok(Answer::Targets(Document::planned(COMMAND, rows, requests)));
    }
    session.online(&SSL, &settings, async |client| {
        let alias = async || {
            let read = DescribeCertificate { certificate };
            client.call(&read).await
        };
        let failure = match alias().await {
            Ok(done) if done.reply.alias == args.alias => {
                rows[0].settle(Status::Unchanged, done.request_id);
                None
            }
            // A key that may not read may still name.
            Err(failure) if failure.kind != Kind::Permission => Some(before_change(failure)),
            _ => match client.call(&call).await {
                Ok(done) => {
                    rows[0].settle(Status::Changed, done.request_id);
                    None
                }
                Err(failure) => Some(failure),
            },
        };
        if let Some(failure) = &failure {
            fail_all(&mut rows, failure);
        }
        let see = async |targets: &[usize]| {
            read_each(targets, async |_| {
                let seen = alias().await?.reply.alias;
                Ok(match seen == args.alias {
                    true => Seen::Confirmed,
                    false => Seen::Pending(format!("the alias is still '{seen}'")),
                })
            })
            .await
        };
        session.confirm(client, &args.wait, &mut rows, see).await;
        let ended = failure.filter(ends_run);
        Ok(concluded(COMMAND, rows, ended.as_ref(), client))
    })
}
