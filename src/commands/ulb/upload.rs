//! `certctl ulb upload`: a certificate of one's own, or one of USSL, for load balancers, unless it is
//! there already.

use clap::Args;

use super::location::LocationArgs;
use super::{certificate_name, row};
use crate::commands::args::id;
use crate::commands::certificate::{FileArgs, Given, MaybeCertFile, check_file_flags};
use crate::commands::targets::Target;
use crate::commands::wait::WaitArgs;
use crate::commands::{Session, concluded};
use crate::error::Error;
use crate::output::{Answer, Row};
use crate::products::Settled;
use crate::products::ulb::{Source, describe_all, ensure, find, location, see};
use crate::providers::Operation;
use crate::providers::ucloud::ulb::{CreateSSL, Part, ULB};
use crate::transport::plan;

/// Upload a certificate, or take one over from USSL, unless it is there already
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ulb upload --cert fullchain.pem --key privkey.pem
  certctl ulb upload --cert fullchain.pem --key privkey.pem --name example.com-2026
  certctl ulb upload --ussl usecure_ussl-sandbox1")]
pub struct UploadArgs {
    #[command(flatten)]
    cert: Target<MaybeCertFile>,
    #[command(flatten)]
    file: FileArgs,
    /// Copy this certificate from the USSL service; its key does not leave the cloud
    #[arg(long, value_name = "ID", value_parser = id,
          conflicts_with_all = ["targets", "cert", "key", "chain", "allow_incomplete_chain"])]
    ussl: Option<String>,
    /// Name in the store, at most 50 letters, digits, Chinese characters and -_. [default:
    /// certctl-DOMAIN-FINGERPRINT]
    #[arg(long, value_name = "NAME", value_parser = certificate_name)]
    name: Option<String>,
    #[command(flatten)]
    location: LocationArgs,
    #[command(flatten)]
    wait: WaitArgs,
}

const COMMAND: &str = "ulb upload";

/// Runs the command.
pub fn run(session: &Session<'_>, args: &UploadArgs) -> Result<Answer, Error> {
    let cert = args.cert.given();
    check_file_flags(&cert.cloned().map(Given::File), &args.file)?;
    let bundle = cert.map(|cert| session.material(cert, &args.file));
    let bundle = bundle.transpose()?;
    let (source, target) = match (&bundle, cert, &args.ussl) {
        (Some(bundle), Some(path), _) => (Source::Pem(bundle), path.display().to_string()),
        (_, _, Some(id)) => (Source::Ussl(id), id.clone()),
        _ => {
            return Err(Error::usage(
                "no certificate is given",
                "use FILE with --key, or --ussl ID: nothing was sent",
            ));
        }
    };
    let settings = args.location.settle(session)?;
    let location = location(&settings, None);
    let row = row(CreateSSL::ACTION, &target);
    let name = args.name.as_deref();
    if session.globals.sends_nothing() {
        let read = describe_all(location, Part::FIRST);
        let name = name.map_or_else(|| source.default_name(false), str::to_owned);
        let targets = || vec![target.clone()];
        let requests = vec![
            plan(&settings, &read, targets()),
            plan(&settings, &source.call(location, &name), targets()),
        ];
        return Ok(Answer::planned(COMMAND, vec![row], requests));
    }
    session.online(&ULB, &settings, async |client| {
        let found = find(client, location, source).await?;
        let ensured = ensure(client, location, source, name, Some(found)).await;
        let (id, settled) = match ensured {
            Ok(ensured) => (Some(ensured.id), ensured.settled),
            Err(failure) => (None, Settled::failed(failure)),
        };
        let see = async || see(client, location, source, id.as_deref().unwrap_or_default()).await;
        let settled = session
            .confirm_one(client, &args.wait, settled, &target, see)
            .await;
        let row = Row {
            certificate: id.clone(),
            ..row.of(&settled)
        };
        Ok(concluded(COMMAND, vec![row], None, client))
    })
}
