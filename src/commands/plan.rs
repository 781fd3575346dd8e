//! `certctl plan`: what would be changed so that every place serves a certificate.

use clap::Args;

use super::Session;
use super::wanted::WantedArgs;
use crate::error::Error;
use crate::fault::Kind;
use crate::output::Answer;

/// Show what would be changed so that every place serves a certificate
#[derive(Debug, Args)]
#[command(after_help = "Nothing is changed, and no private key is needed.

Examples:
  certctl plan --cert fullchain.pem
  certctl plan --cert fullchain.pem --product cdn,ga --full
  certctl plan --cert fullchain.pem --place 'cdn www.example.com' --place 'ulb alb-sandbox1/als-https1 default'
  certctl plan --cert fullchain.pem --allow issuer -o json
  certctl plan -f certs.toml")]
pub struct PlanArgs {
    #[command(flatten)]
    wanted: WantedArgs,
    /// Show every line: do not fold lines that are alike
    #[arg(long)]
    full: bool,
    /// Exit with 20 if places would be changed, 22 if `apply` would refuse the whole plan
    #[arg(long)]
    detailed_exitcode: bool,
}

const COMMAND: &str = "plan";

/// The exit status of `--detailed-exitcode` where something would be changed.
const PENDING: u8 = 20;

/// Runs the command.
///
/// # Errors
/// A broken value, a certificate that cannot be read, no login, nothing that could be read.
pub fn run(session: &Session<'_>, args: &PlanArgs) -> Result<Answer, Error> {
    if session.globals.sends_nothing() {
        return Err(Error::usage(
            "a plan changes nothing: there is nothing that --dry-run could leave out",
            "run it without --dry-run: nothing was sent",
        ));
    }
    let asked = args.wanted.asked(session, None)?;
    session.with_accounts(&asked.settings(), async |accounts| {
        let planned = asked.planned(accounts).await?;
        planned.tell_gaps(session);
        let plan = &planned.plan;
        let is_refused = !plan.refused.is_empty() || plan.finds_nothing();
        let exit = match (is_refused, plan.is_empty()) {
            _ if !args.detailed_exitcode => 0,
            (true, _) => Kind::Guard.exit(),
            (false, false) => PENDING,
            (false, true) => 0,
        };
        for (_, message) in &plan.refused {
            session.ui.warn(message);
        }
        let shown = planned.shown();
        Ok(Answer::Plan {
            command: COMMAND,
            json: shown.json(),
            rows: shown.rows(),
            text: shown.text(args.full),
            exit,
        })
    })
}
