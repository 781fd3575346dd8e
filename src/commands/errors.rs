//! `certctl errors`: the error-code table.

use clap::Args;

use super::args::id;
use crate::cloud::Cloud;
use crate::error::Error;
use crate::fault::{self, Entry, Kind};
use crate::output::{Answer, SCHEMA};

/// Explain the clouds' error codes
#[derive(Debug, Args)]
pub struct ErrorsArgs {
    /// Explain this code only
    #[arg(value_parser = id)]
    code: Option<String>,
    /// List one cloud's codes only
    #[arg(long, value_name = "CLOUD", value_parser = ["alibaba", "tencent", "ucloud"])]
    cloud: Option<String>,
}

/// How many codes are suggested instead of one that is not in the table.
const SUGGESTIONS: usize = 5;

/// The table, or its rows for one code. A code that is not in it is `not-found`, with the nearest.
pub fn run(args: &ErrorsArgs) -> Result<Answer, Error> {
    let cloud: Option<Cloud> = args.cloud.as_deref().and_then(|name| name.parse().ok());
    let entries = fault::entries(cloud, args.code.as_deref());
    if let (Some(code), true) = (&args.code, entries.is_empty()) {
        let nearest = fault::nearest(cloud, code, SUGGESTIONS);
        let nearest: Vec<String> = nearest
            .iter()
            .map(|row| format!("{} ({})", row.code, row.cloud))
            .collect();
        return Err(Error::new(
            Kind::NotFound,
            format!("no code '{code}' in the table"),
            format!("nearest: {}", nearest.join(", ")),
        ));
    }
    let header = ["CLOUD", "CODE", "KIND", "RETRY", "EXIT", "MEANING", "HINT"];
    let mut table = vec![header.map(str::to_owned).to_vec()];
    table.extend(entries.iter().map(cells));
    Ok(Answer::Data {
        json: serde_json::json!({"schema": SCHEMA, "command": "errors", "results": entries}),
        table,
    })
}

fn cells(entry: &Entry) -> Vec<String> {
    vec![
        entry.cloud.to_string(),
        entry.code.to_owned(),
        entry.kind.as_str().to_owned(),
        if entry.retryable { "yes" } else { "no" }.to_owned(),
        entry.exit_status.to_string(),
        entry.meaning.to_owned(),
        entry.hint.to_owned(),
    ]
}
