//! What a cloud said went wrong, and what that means to us.
//!
//! The [`Kind`] of a refusal comes from the error-code [`table`]: exact code, then dotted prefix,
//! then the shape of the code, then the HTTP status; retry, exit status and general hint come from
//! the kind. Everything here is pure; [`listing`] is the table for readers.
#![deny(clippy::disallowed_methods)]

pub mod kind;
pub mod listing;
pub mod table;

pub use kind::{Kind, Retry};
pub use listing::{Entry, entries, markdown};
pub use table::Row;

use crate::cloud::Cloud;

/// What a code means.
#[derive(Clone, Copy, Debug)]
pub struct Meaning {
    /// What it means to us.
    pub kind: Kind,
    /// What to type or check.
    pub hint: &'static str,
    /// The row it was found in, its own or that of its dotted prefix.
    pub row: Option<&'static Row>,
}

/// Looks a code up; `http_status` decides only where nothing is known of the code, for a status
/// lies (Alibaba throttles with 400, Tencent and UCloud refuse with 200).
pub fn find(cloud: Cloud, code: &str, http_status: u16) -> Meaning {
    if let Some(row) = table::inherited(cloud, code) {
        return Meaning {
            kind: row.kind,
            hint: row.advice(),
            row: Some(row),
        };
    }
    let kind = shape(cloud, code)
        .or_else(|| http_class(http_status))
        .unwrap_or(Kind::Refused);
    Meaning {
        kind,
        hint: kind.hint(),
        row: None,
    }
}

/// Whether a code says that a session token is no longer good, so that new keys may help.
pub fn token_expired(cloud: Cloud, code: &str) -> bool {
    code == match cloud {
        Cloud::Alibaba => "InvalidSecurityToken.Expired",
        Cloud::Tencent => "AuthFailure.TokenFailure",
        Cloud::Ucloud => "174",
    }
}

/// How Alibaba's products build codes that no page lists, the most telling beginning first.
const SHAPES: [(&str, Kind); 12] = [
    ("Throttling", Kind::Throttled),
    ("Forbidden", Kind::Permission),
    ("NoPermission", Kind::Permission),
    ("QuotaExceeded", Kind::Quota),
    ("NotFound", Kind::NotFound),
    ("NotExist", Kind::NotFound),
    ("StateError", Kind::Busy),
    ("NotActive", Kind::Busy),
    ("InvalidAccessKeyId", Kind::Auth),
    ("InvalidSecurityToken", Kind::Auth),
    ("Invalid", Kind::Parameter),
    ("Missing", Kind::Parameter),
];

fn shape(cloud: Cloud, code: &str) -> Option<Kind> {
    if cloud != Cloud::Alibaba {
        return None;
    }
    SHAPES
        .iter()
        .find(|(beginning, _)| code.starts_with(beginning))
        .map(|&(_, kind)| match kind {
            // `InvalidDomain.NotFound` is the family's model: the value is well-formed, the thing absent.
            Kind::Parameter if code.ends_with(".NotFound") => Kind::NotFound,
            kind => kind,
        })
}

fn http_class(status: u16) -> Option<Kind> {
    match status {
        401 | 403 => Some(Kind::Permission),
        404 => Some(Kind::NotFound),
        409 => Some(Kind::Conflict),
        429 => Some(Kind::Throttled),
        503 => Some(Kind::Unavailable),
        500..=599 => Some(Kind::ServerError),
        _ => None,
    }
}

/// The `n` rows whose codes are nearest to a mistyped one, the nearest first: by edit distance
/// without regard to case, a code that contains the text before one that does not.
pub fn nearest(cloud: Option<Cloud>, code: &str, n: usize) -> Vec<&'static Row> {
    let wanted = code.to_ascii_lowercase();
    let mut rows: Vec<_> = Cloud::ALL
        .into_iter()
        .filter(|&c| cloud.is_none_or(|only| c == only))
        .flat_map(table::rows)
        .map(|row| {
            let candidate = row.code.to_ascii_lowercase();
            let contains = candidate.contains(&wanted);
            (
                !contains,
                strsim::damerau_levenshtein(&candidate, &wanted),
                row,
            )
        })
        .collect();
    rows.sort_by_key(|&(lacks, distance, _)| (lacks, distance));
    rows.into_iter().take(n).map(|(.., row)| row).collect()
}
