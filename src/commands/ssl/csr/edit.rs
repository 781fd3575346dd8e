//! `certctl ssl csr edit`

use std::rc::Rc;

use clap::Args;

use super::csr_id;
use super::form::FormArgs;
use crate::cloud::Cloud;
use crate::commands::ssl::SiteArgs;
use crate::commands::wait::{Seen, WaitArgs};
use crate::commands::{Session, concluded, ends_run, fail_all, read_each};
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Document, Row, RowError, Status};
use crate::providers::Operation;
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::csr::{Csr, DescribeCSR, ModifyCSR};
use crate::transport::{Client, Failure, Fate, plan};

const COMMAND: &str = "ssl csr edit";

/// Change a CSR that is not generated yet
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ssl csr edit 101 --organization 'Example Ltd.' --remark 'for the new site'
  certctl ssl csr edit 101 --generate")]
pub struct EditArgs {
    /// Id of the CSR
    #[arg(value_name = "ID", value_parser = csr_id, allow_negative_numbers = true)]
    csr: i64,
    #[command(flatten)]
    form: FormArgs,
    /// Generate it: it cannot be changed any more then
    #[arg(long)]
    generate: bool,
    #[command(flatten)]
    site: SiteArgs,
    #[command(flatten)]
    wait: WaitArgs,
}

/// Runs the command.
pub fn run(session: &Session<'_>, args: &EditArgs) -> Result<Answer, Error> {
    let mut form = args.form.form();
    form.password = args.form.password(session)?;
    if form.is_empty() && !args.generate {
        return Err(Error::usage(
            "nothing is to be changed",
            "give what the CSR shall say, or --generate: nothing was sent",
        ));
    }
    let settings = args.site.settings(session)?;
    let call = ModifyCSR {
        csr_id: args.csr,
        form: &form,
        generate: args.generate,
    };
    let target = args.csr.to_string();
    let row = Row::new(Cloud::Tencent, SSL.name, ModifyCSR::ACTION, &target);
    let mut rows = vec![row];
    if session.globals.dry_run {
        let read = DescribeCSR { csr_id: args.csr };
        let requests = vec![
            plan(&settings, &read, vec![target.clone()]),
            plan(&settings, &call, vec![target]),
        ];
        return Ok(Answer::Targets(Document::planned(COMMAND, rows, requests)));
    }
    session.online(&SSL, &settings, async |client| {
        let ended = edit(client, &call, &mut rows[0]).await;
        let see = async |targets: &[usize]| {
            read_each(targets, async |_| {
                let seen = client
                    .call(&DescribeCSR { csr_id: args.csr })
                    .await?
                    .reply
                    .0;
                Ok(match is_met(&call, &seen) {
                    true => Seen::Confirmed,
                    false => Seen::Pending("it does not show the change yet".into()),
                })
            })
            .await
        };
        session.confirm(client, &args.wait, &mut rows, see).await;
        Ok(concluded(COMMAND, rows, ended.as_ref(), client))
    })
}

/// Whether a CSR is as asked, as far as that can be read: a password cannot.
fn is_met(call: &ModifyCSR<'_>, csr: &Csr) -> bool {
    call.form.is_met_by(csr) && (!call.generate || !csr.request.is_empty())
}

/// Changes the CSR, unless it is as asked. After a lost answer it is read first: what is generated
/// by now was changed, and changing it once more would be refused. Returns the failure that ended
/// the run.
async fn edit(client: &Client<'_>, call: &ModifyCSR<'_>, row: &mut Row) -> Option<Failure> {
    let read = DescribeCSR {
        csr_id: call.csr_id,
    };
    let mut lost: Option<Failure> = None;
    let mut attempt = 0;
    loop {
        match client.call(&read).await {
            Ok(done) if is_met(call, &done.reply.0) && call.form.password.is_none() => {
                match lost {
                    None => row.settle(Status::Unchanged, done.request_id),
                    Some(_) => {
                        row.settle(Status::Changed, done.request_id);
                        row.note = Some("changed, though the answer was lost".into());
                    }
                }
                return None;
            }
            Ok(done) if !done.reply.0.request.is_empty() && lost.is_none() => {
                frozen(row);
                row.request_id = done.request_id;
                return None;
            }
            // What the lost call has generated cannot be compared as a whole.
            Ok(done) if !done.reply.0.request.is_empty() => return None,
            Ok(_) => {}
            // A key that may not read may still write.
            Err(failure) if failure.kind == Kind::Permission && lost.is_none() => {}
            Err(failure) => {
                let failure = failure.after(lost);
                fail_all([row], &failure);
                return ends_run(&failure).then_some(failure);
            }
        }
        let failure = match client.call(call).await {
            Ok(done) => {
                row.settle(Status::Changed, done.request_id);
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

/// The vendor changes nothing that is generated.
fn frozen(row: &mut Row) {
    row.status = Status::Failed;
    row.error = Some(Rc::new(RowError {
        code: None,
        kind: Kind::State,
        message: "it is generated and can no longer be changed: nothing was sent".into(),
        hint: "make another one: certctl ssl csr create".into(),
        http_status: None,
        retryable: false,
        attempts: 0,
    }));
}
