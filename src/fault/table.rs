//! The error-code table: what each code of each cloud means to us.
//!
//! One file per cloud; together they are one table, sorted by cloud and then by code. Retry, exit
//! status and the general hint follow from the [`Kind`], so a row cannot contradict another. What
//! the rows do not name, [`super::find`] derives.

mod alibaba;
mod tencent;
mod ucloud;

use super::Kind;
use crate::cloud::Cloud;

/// One code of one cloud.
#[derive(Debug)]
pub struct Row {
    /// The cloud that answers with it.
    pub cloud: Cloud,
    /// The code, spelt exactly as the cloud spells it; UCloud's numbers as text.
    pub code: &'static str,
    /// What it means to us.
    pub kind: Kind,
    /// What it says, in a few words, without a full stop.
    pub meaning: &'static str,
    /// What to type or check, or "" where [`Kind::hint`] says all there is to say.
    pub hint: &'static str,
}

impl Row {
    const fn new(cloud: Cloud, code: &'static str, kind: Kind, meaning: &'static str) -> Self {
        Row {
            cloud,
            code,
            kind,
            meaning,
            hint: "",
        }
    }

    const fn hint(mut self, hint: &'static str) -> Self {
        self.hint = hint;
        self
    }

    /// What to type or check: the row's own hint, or else its kind's.
    pub const fn advice(&self) -> &'static str {
        if self.hint.is_empty() {
            self.kind.hint()
        } else {
            self.hint
        }
    }
}

/// The rows of one cloud, in the byte order of their codes.
pub fn rows(cloud: Cloud) -> &'static [Row] {
    match cloud {
        Cloud::Alibaba => alibaba::ROWS,
        Cloud::Tencent => tencent::ROWS,
        Cloud::Ucloud => ucloud::ROWS,
    }
}

/// The row of exactly this code, or else of its longest dotted prefix that has one:
/// `Throttling.User.Minute` inherits from `Throttling.User`.
pub fn inherited(cloud: Cloud, code: &str) -> Option<&'static Row> {
    let rows = rows(cloud);
    let mut prefix = code;
    loop {
        if let Ok(at) = rows.binary_search_by(|row| row.code.cmp(prefix)) {
            return Some(&rows[at]);
        }
        prefix = &prefix[..prefix.rfind('.')?];
    }
}

const fn strictly_ascending(rows: &[Row]) -> bool {
    let mut i = 1;
    while i < rows.len() {
        if !precedes(rows[i - 1].code.as_bytes(), rows[i].code.as_bytes()) {
            return false;
        }
        i += 1;
    }
    true
}

const fn precedes(a: &[u8], b: &[u8]) -> bool {
    let mut i = 0;
    while i < a.len() && i < b.len() {
        if a[i] != b[i] {
            return a[i] < b[i];
        }
        i += 1;
    }
    a.len() < b.len()
}

// The binary search stands on this: a row out of place does not compile.
const _: () = {
    assert!(
        strictly_ascending(alibaba::ROWS),
        "alibaba.rs: a code stands twice or out of order"
    );
    assert!(
        strictly_ascending(tencent::ROWS),
        "tencent.rs: a code stands twice or out of order"
    );
    assert!(
        strictly_ascending(ucloud::ROWS),
        "ucloud.rs: a code stands twice or out of order"
    );
};
