//! `--expiring`: what ends soon, and what nobody knows the end of.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Session, counted};
use crate::providers::time::Time;

/// The most certificates that a warning names.
const NAMED: usize = 10;

/// Keeps of a list what ends within a time, and what has ended. What has no end that is known may
/// be what the list is read for: it stays, and is named. Without a time everything stays.
pub fn keep_and_name<T>(
    session: &Session<'_>,
    rows: &mut Vec<T>,
    within: Option<Duration>,
    now: DateTime<Utc>,
    end: impl Fn(&T) -> Option<Time>,
    name: impl Fn(&T) -> String,
) {
    let Some(within) = within else { return };
    keep(rows, within, now, &end);
    let mut unknown: Vec<String> = Vec::new();
    for row in rows.iter().filter(|row| end(row).is_none()) {
        let name = name(row);
        if !unknown.contains(&name) {
            unknown.push(name);
        }
    }
    if !unknown.is_empty() {
        session.ui.warn(&warning(&unknown));
    }
}

/// [`keep_and_name`] for a list that has named what has no end that is known.
pub fn keep<T>(
    rows: &mut Vec<T>,
    within: Duration,
    now: DateTime<Utc>,
    end: impl Fn(&T) -> Option<Time>,
) {
    let within = TimeDelta::from_std(within).unwrap_or(TimeDelta::MAX);
    rows.retain(|row| end(row).is_none_or(|end| end.0 - now <= within));
}

fn warning(unknown: &[String]) -> String {
    let count = counted(unknown.len(), "certificate");
    let named = unknown[..unknown.len().min(NAMED)].join(", ");
    let more = match unknown.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("the expiry date of {count} is unknown: {named}{more}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_names_so_many_and_counts_the_rest() {
        let names = |count: usize| (1..=count).map(|n| format!("c{n}")).collect::<Vec<_>>();
        assert_eq!(
            warning(&names(1)),
            "the expiry date of 1 certificate is unknown: c1"
        );
        assert_eq!(
            warning(&names(12)),
            "the expiry date of 12 certificates is unknown: \
             c1, c2, c3, c4, c5, c6, c7, c8, c9, c10 and 2 more"
        );
    }
}
