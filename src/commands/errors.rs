//! `certctl errors`: the error-code table.

use clap::Args;

use super::args::id;
use super::targets::{Target, single};
use crate::cloud::Cloud;
use crate::error::Error;
use crate::fault::{self, Kind};
use crate::output::{Answer, Column};

/// Explain error codes of the clouds
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  certctl errors Throttling.User
  certctl errors --cloud tencent -o table
  certctl errors --query 'results[?retryable].code'")]
pub struct ErrorsArgs {
    #[command(flatten)]
    code: Target<Code>,
    /// List only the codes of this cloud
    #[arg(long, value_name = "CLOUD", value_parser = ["alibaba", "tencent", "ucloud"])]
    cloud: Option<String>,
}

single!(Code: String, "code", "CODE", "Explain only this code", optional, id);

const COLUMNS: &[Column] = &[
    ("CLOUD", "cloud"),
    ("CODE", "code"),
    ("KIND", "kind"),
    ("RETRY", "retryable"),
    ("EXIT", "exit_status"),
    ("MEANING", "meaning"),
    ("HINT", "hint"),
];

/// How many codes are suggested instead of one that is not in the table.
const SUGGESTIONS: usize = 5;

/// The table, or its rows for one code. A code that is not in it is `not-found`, with the nearest.
pub fn run(args: &ErrorsArgs) -> Result<Answer, Error> {
    let cloud: Option<Cloud> = args.cloud.as_deref().and_then(|name| name.parse().ok());
    let code = args.code.given();
    let entries = fault::entries(cloud, code.map(String::as_str));
    if let (Some(code), true) = (code, entries.is_empty()) {
        let nearest = fault::nearest(cloud, code, SUGGESTIONS);
        let nearest: Vec<String> = nearest
            .iter()
            .map(|row| format!("{} ({})", row.code, row.cloud))
            .collect();
        return Err(Error::new(
            Kind::NotFound,
            format!("unknown error code '{code}'"),
            format!("similar codes: {}", nearest.join(", ")),
        ));
    }
    Ok(Answer::list("errors", COLUMNS, entries))
}
