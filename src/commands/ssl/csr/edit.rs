//! `certctl ssl csr edit`

use clap::Args;

use super::CsrId;
use super::form::{FormArgs, domain};
use crate::cloud::Cloud;
use crate::commands::Session;
use crate::commands::ssl::SiteArgs;
use crate::commands::targets::Target;
use crate::commands::wait::WaitArgs;
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Row};
use crate::products::Seen;
use crate::products::{Reason, Settled};
use crate::providers::Operation;
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::csr::{Csr, DescribeCSR, ModifyCSR};
use crate::transport::{Client, Patience, Reconciled, plan, reconcile};

const COMMAND: &str = "ssl csr edit";

/// Change a CSR that is not generated yet
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ssl csr edit 101 --organization 'Example Ltd.' --remark 'for the new site'
  certctl ssl csr edit 101 --generate")]
pub struct EditArgs {
    #[command(flatten)]
    csr: Target<CsrId>,
    /// Common name; *.example.com is a wildcard
    #[arg(long, value_name = "DOMAIN", value_parser = domain)]
    domain: Option<String>,
    #[command(flatten)]
    form: FormArgs,
    /// Generate the CSR; it cannot be changed afterwards
    #[arg(long)]
    generate: bool,
    #[command(flatten)]
    site: SiteArgs,
    #[command(flatten)]
    wait: WaitArgs,
}

/// Runs the command.
pub fn run(session: &Session<'_>, args: &EditArgs) -> Result<Answer, Error> {
    let mut form = args.form.form(args.domain.as_ref());
    form.password = args.form.password(session)?;
    if form.is_empty() && !args.generate {
        return Err(Error::usage(
            "nothing to change",
            "add the new values for the CSR, or --generate: nothing was sent",
        ));
    }
    let settings = args.site.settings(session)?;
    let csr_id = *args.csr.one();
    let call = ModifyCSR {
        csr_id,
        form: &form,
        generate: args.generate,
    };
    let target = csr_id.to_string();
    let row = Row::new(Cloud::Tencent, SSL.name, ModifyCSR::ACTION, &target);
    if session.globals.sends_nothing() {
        let read = DescribeCSR { csr_id };
        let requests = vec![
            plan(&settings, &read, vec![target.clone()]),
            plan(&settings, &call, vec![target]),
        ];
        return Ok(Answer::planned(COMMAND, vec![row], requests));
    }
    session.online(&SSL, &settings, async |client| {
        let settled = edit(client, &call).await;
        let look = async || {
            let read = DescribeCSR { csr_id };
            let seen = client.call(&read).await?.reply.0;
            Ok(match is_met(&call, &seen) {
                true => Seen::Confirmed,
                false => Seen::Pending("it does not show the change yet".into()),
            })
        };
        let target = (row, settled);
        Ok(session
            .conclude_one(client, COMMAND, &args.wait, target, look)
            .await)
    })
}

/// Whether a CSR is as asked, as far as that can be read: a password cannot.
fn is_met(call: &ModifyCSR<'_>, csr: &Csr) -> bool {
    call.form.is_met_by(csr) && (!call.generate || !csr.request.is_empty())
}

/// What a look after a lost answer shows.
enum Found {
    /// It is as asked.
    Met,
    /// The lost call has generated it; what else it says cannot be compared as a whole.
    Generated,
}

/// Changes the CSR, unless it is as asked. After a lost answer it is read first: what is generated
/// by now was changed, and changing it once more would be refused.
async fn edit(client: &Client<'_>, call: &ModifyCSR<'_>) -> Settled {
    let read = DescribeCSR {
        csr_id: call.csr_id,
    };
    let is_as_asked = |csr: &Csr| call.form.password.is_none() && is_met(call, csr);
    let mut domain = None;
    match client.call(&read).await {
        Ok(done) if is_as_asked(&done.reply.0) => {
            return Settled {
                request_id: done.request_id,
                ..Settled::unchanged()
            };
        }
        Ok(done) if !done.reply.0.request.is_empty() => {
            return Settled {
                request_id: done.request_id,
                ..Settled::refused(frozen())
            };
        }
        Ok(done) => domain = Some(done.reply.0.domain.into()),
        // A key that may not read may still write.
        Err(failure) if failure.kind == Kind::Permission => {}
        Err(failure) => return Settled::failed(failure),
    }
    let look = async || {
        let csr = client.call(&read).await?.reply.0;
        Ok(match (is_as_asked(&csr), csr.request.is_empty()) {
            (true, _) => Some(Found::Met),
            (false, false) => Some(Found::Generated),
            (false, true) => None,
        })
    };
    match reconcile(client, call, Patience::AT_THE_END, look).await {
        Ok(Reconciled::Answered(done)) => Settled::accepted(done.request_id),
        Ok(Reconciled::Seen(Found::Met)) => {
            Settled::read_back().with("changed, although the answer was lost")
        }
        Ok(Reconciled::Seen(Found::Generated)) => {
            Settled::unknown("the answer was lost; the CSR is generated, possibly by this call")
        }
        Err(failure) => Settled {
            current: domain.filter(|_| failure.is_planned()),
            ..Settled::failed(failure)
        },
    }
}

/// The vendor changes nothing that is generated.
fn frozen() -> Reason {
    Reason::new(
        Kind::State,
        "it is generated and can no longer be changed: nothing was sent",
        "create another one: certctl ssl csr create",
    )
}
