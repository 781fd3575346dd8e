//! `certctl ssl rename`: another alias for a certificate.

use clap::Args;

use super::{CertificateId, SiteArgs};
use crate::cloud::Cloud;
use crate::commands::Session;
use crate::commands::args::non_empty;
use crate::commands::targets::Target;
use crate::commands::wait::WaitArgs;
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Row};
use crate::products::Seen;
use crate::products::{Current, Settled};
use crate::providers::Operation;
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::certificates::{DescribeCertificate, ModifyCertificateAlias};
use crate::transport::{Patience, plan, reconcile};

const COMMAND: &str = "ssl rename";

/// Give a certificate another alias
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ssl rename example1 --alias 'example.com, until summer'")]
pub struct RenameArgs {
    #[command(flatten)]
    certificate: Target<CertificateId>,
    /// New alias
    #[arg(long, value_name = "NAME", value_parser = non_empty)]
    alias: String,
    #[command(flatten)]
    site: SiteArgs,
    #[command(flatten)]
    wait: WaitArgs,
}

/// Runs the command.
pub fn run(session: &Session<'_>, args: &RenameArgs) -> Result<Answer, Error> {
    let certificate = args.certificate.one();
    let settings = args.site.settings(session)?;
    let call = ModifyCertificateAlias {
        certificate,
        alias: &args.alias,
    };
    let action = ModifyCertificateAlias::ACTION;
    let row = Row::new(Cloud::Tencent, SSL.name, action, certificate);
    if session.globals.sends_nothing() {
        let targets = || vec![certificate.clone()];
        let requests = vec![
            plan(&settings, &DescribeCertificate { certificate }, targets()),
            plan(&settings, &call, targets()),
        ];
        return Ok(Answer::planned(COMMAND, vec![row], requests));
    }
    session.online(&SSL, &settings, async |client| {
        let alias = async || {
            let read = DescribeCertificate { certificate };
            client.call(&read).await
        };
        let is_so = async || {
            let seen = alias().await?.reply.alias;
            Ok((seen == args.alias).then_some(()))
        };
        let mut current = Current::default();
        let sent = match alias().await {
            Ok(done) if done.reply.alias == args.alias => Ok(Settled {
                request_id: done.request_id,
                ..Settled::unchanged()
            }),
            // A key that may not read may still name.
            Err(failure) if failure.kind != Kind::Permission => Err(failure),
            before => {
                if let Ok(done) = before {
                    current.put(0, done.reply.alias);
                }
                reconcile(client, &call, Patience::AT_THE_END, is_so)
                    .await
                    .map(Settled::from)
            }
        };
        let mut settled = sent.unwrap_or_else(Settled::failed);
        current.tell(std::slice::from_mut(&mut settled));
        let look = async || {
            let seen = alias().await?.reply.alias;
            Ok(match seen == args.alias {
                true => Seen::Confirmed,
                false => Seen::Pending(format!("the alias is still '{seen}'")),
            })
        };
        let target = (row, settled);
        Ok(session
            .conclude_one(client, COMMAND, &args.wait, target, look)
            .await)
    })
}
