//! The table as `certctl errors` and `docs/errors.md` show it: every column joined.

use std::fmt::Write as _;

use serde::Serialize;

use super::{Kind, Retry, Row, table};
use crate::cloud::Cloud;

/// A row with the columns that follow from its kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The cloud that answers with the code.
    pub cloud: Cloud,
    /// The code, spelt as the cloud spells it.
    pub code: &'static str,
    /// What it means to us.
    pub kind: Kind,
    /// Whether certctl tries again by itself.
    pub retryable: bool,
    /// The process's exit status when this is why the command failed.
    pub exit_status: u8,
    /// What the code says.
    pub meaning: &'static str,
    /// What to type or check.
    pub hint: &'static str,
}

impl From<&Row> for Entry {
    fn from(row: &Row) -> Self {
        Entry {
            cloud: row.cloud,
            code: row.code,
            kind: row.kind,
            retryable: row.kind.retry() != Retry::Never,
            exit_status: row.kind.exit(),
            meaning: row.meaning,
            hint: row.advice(),
        }
    }
}

/// The entries of one cloud or of all, in the order of the table; with a `code` only its own, in
/// whatever case it is written, or else that of its longest dotted prefix. Empty when nothing is
/// known of the code: [`super::nearest`] then names what may have been meant.
pub fn entries(cloud: Option<Cloud>, code: Option<&str>) -> Vec<Entry> {
    let clouds = || {
        Cloud::ALL
            .into_iter()
            .filter(move |&c| cloud.is_none_or(|only| c == only))
    };
    let all = clouds().flat_map(table::rows);
    let Some(code) = code else {
        return all.map(Entry::from).collect();
    };
    let exact: Vec<_> = all
        .filter(|row| row.code.eq_ignore_ascii_case(code))
        .map(Entry::from)
        .collect();
    if !exact.is_empty() {
        return exact;
    }
    clouds()
        .filter_map(|cloud| table::inherited(cloud, code))
        .map(Entry::from)
        .collect()
}

const INTRO: &str = "\
# Error codes

What certctl makes of the clouds' error codes. `certctl errors CODE` prints a row of these tables.

A code is looked up exactly as the cloud spells it, misspellings included. A code that is not
listed inherits from its dotted prefix: `Throttling.Minute` means what `Throttling` means. Failing
that, the beginning of an Alibaba Cloud code decides (such as `Missing…` and `Invalid…`: parameter;
`Throttling…`: throttled; `Forbidden…`: permission; `QuotaExceeded…`: quota), then the HTTP status.
What is still unknown is `refused` and not tried again.

## Kinds

The kind decides whether a call is tried again, the exit status, and the hint where the code has
none of its own. *backoff*: up to `--max-attempts` times, after growing waits. *once*: after what
the answer complained of was put right, that is with a fresh nonce or the server's time. Where the
call *may have run*, it is repeated only if that is harmless; otherwise its outcome is read back.

`connection` and `no-answer` are not answers: what was not sent is tried again, and what was sent
and not answered counts as a call that may have run.
";

/// `docs/errors.md`, whole.
pub fn markdown() -> String {
    let mut page = String::from(INTRO);
    page.push_str(
        "\n| kind | tried again | may have run | exit status | hint |\n|---|---|---|---|---|\n",
    );
    for kind in Kind::ALL {
        let ran = if kind.may_have_run() { "yes" } else { "no" };
        line(
            &mut page,
            &[
                &code(kind.as_str()),
                tried_again(kind),
                ran,
                &kind.exit().to_string(),
                kind.hint(),
            ],
        );
    }
    for cloud in Cloud::ALL {
        let title = match cloud {
            Cloud::Alibaba => "Alibaba Cloud",
            Cloud::Tencent => "Tencent Cloud",
            Cloud::Ucloud => "UCloud",
        };
        let _ = write!(page, "\n## {title}\n\n");
        page.push_str("| code | kind | tried again | exit status | meaning | hint |\n|---|---|---|---|---|---|\n");
        for row in table::rows(cloud) {
            line(
                &mut page,
                &[
                    &code(row.code),
                    row.kind.as_str(),
                    tried_again(row.kind),
                    &row.kind.exit().to_string(),
                    row.meaning,
                    row.advice(),
                ],
            );
        }
    }
    page
}

fn tried_again(kind: Kind) -> &'static str {
    match kind.retry() {
        Retry::Never => "no",
        Retry::Once => "once",
        Retry::Backoff => "backoff",
    }
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn line(page: &mut String, cells: &[&str]) {
    for cell in cells {
        // A bar would end the cell, in code too.
        page.push_str("| ");
        page.push_str(&cell.replace('|', "\\|"));
        page.push(' ');
    }
    page.push_str("|\n");
}
