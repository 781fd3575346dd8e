//! Tables for people: each column as wide as what it holds, or as far as a terminal lets it.
#![deny(clippy::disallowed_methods)]

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::ui::inert;

/// What stands between two columns.
const GAP: usize = 2;

/// How much a cell keeps while there are columns that can go.
const ROOMY: usize = 20;

/// The same of a cell that is an id or a name: half of one is none.
const ROOMY_NAME: usize = 40;

/// How much a cell keeps once no column can go any more.
const NARROW: usize = 12;

/// Keys whose values are ids and names.
const NAMES: [&str; 11] = [
    "target",
    "place",
    "domain",
    "host",
    "instance",
    "listener",
    "load_balancer",
    "accelerator",
    "certificate",
    "code",
    "file",
];

/// The keys that a narrow table can do without, those that go first in front. What is not among them
/// goes last, from the right.
const DISPENSABLE: [&str; 46] = [
    "fingerprint",
    "issuer",
    "source",
    "trust",
    "proxy",
    "remark",
    "clock_offset_seconds",
    "tls",
    "protocol",
    "regions",
    "region",
    "retryable",
    "action",
    "alias",
    "name",
    "accelerator_name",
    "certificate_name",
    "covers_host",
    "trusted",
    "created",
    "last_time",
    "key_type",
    "origin",
    "identity.account",
    "port",
    "ports",
    "expires",
    "common_name",
    "names",
    "default",
    "organization",
    "old_certificate",
    "kind",
    "resource_types",
    "tool",
    "cloud",
    "login",
    "listeners",
    "certificate_status",
    "accelerator",
    "https",
    "hint",
    "accounts",
    "account",
    "certificates",
    "used_by",
];

/// How a table looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// The width that it has to fit; any width where there is none.
    pub width: Option<usize>,
    /// Whether status words are coloured.
    pub color: bool,
    /// Whether every column is shown, and every list whole (`-o wide`).
    pub wide: bool,
}

/// A column's header, and the key of what it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) title: String,
    pub(super) key: String,
}

impl Head {
    pub(super) fn new(title: &str, key: &str) -> Self {
        Head {
            title: title.to_owned(),
            key: key.to_owned(),
        }
    }

    /// A column that was chosen by its key.
    pub(super) fn of_key(key: &str) -> Self {
        Head::new(&key.to_uppercase(), key)
    }
}

/// A table without lines: headers, and cells.
pub(super) struct Grid {
    heads: Vec<Head>,
    /// Of each line as many cells as there are headers.
    lines: Vec<Vec<String>>,
    /// Whether columns may be left out to fit.
    may_lose: bool,
}

impl Grid {
    pub(super) fn new(heads: Vec<Head>, lines: Vec<Vec<String>>) -> Self {
        let inert = |text: String| match inert(&text) {
            Cow::Owned(clean) => clean,
            Cow::Borrowed(_) => text,
        };
        let heads = heads.into_iter().map(|head| Head {
            title: inert(head.title),
            key: head.key,
        });
        let lines = lines
            .into_iter()
            .map(|line| line.into_iter().map(inert).collect());
        Grid {
            heads: heads.collect(),
            lines: lines.collect(),
            may_lose: true,
        }
    }

    /// With columns that somebody chose: they stay as long as they can.
    pub(super) fn chosen(self) -> Self {
        Grid {
            may_lose: false,
            ..self
        }
    }

    /// The table, and the keys of the columns for which there was no room. Ends in a newline.
    pub(super) fn text(&self, look: Look) -> (String, Vec<&str>) {
        let natural: Vec<usize> = (0..self.heads.len()).map(|at| self.width_of(at)).collect();
        let (kept, widths) = match look.width {
            Some(room) => self.fit(&natural, room),
            None => ((0..self.heads.len()).collect(), natural),
        };
        let mut text = String::new();
        let titles: Vec<&str> = self.heads.iter().map(|head| head.title.as_str()).collect();
        self.write(&mut text, &titles, &kept, &widths, false);
        for line in &self.lines {
            let cells: Vec<&str> = line.iter().map(String::as_str).collect();
            self.write(&mut text, &cells, &kept, &widths, look.color);
        }
        let lost = (0..self.heads.len()).filter(|at| !kept.contains(at));
        (text, lost.map(|at| self.heads[at].key.as_str()).collect())
    }

    /// Two columns, of which the second goes on below where it is too long: of one thing nothing is
    /// left out.
    pub(super) fn wrapped(&self, look: Look) -> String {
        let Some(room) = look.width else {
            return self.text(look).0;
        };
        let name = self.width_of(0).min(room / 2);
        let room = room.saturating_sub(name + GAP).max(1);
        let mut text = String::new();
        let titles: Vec<&str> = self.heads.iter().map(|head| head.title.as_str()).collect();
        let lines = self.lines.iter();
        let lines = lines.map(|line| line.iter().map(String::as_str).collect());
        for cells in std::iter::once(titles).chain(lines) {
            let [field, value] = cells[..] else { continue };
            let is_status = look.color && field == "status";
            for (number, part) in parts(value, room).into_iter().enumerate() {
                let start = text.len();
                let field = if number == 0 { field } else { "" };
                push(&mut text, field, name, false);
                match is_status {
                    true => text.push_str(&painted(part)),
                    false => text.push_str(part),
                }
                end_line(&mut text, start);
            }
        }
        text
    }

    fn width_of(&self, at: usize) -> usize {
        let cells = self.lines.iter().map(|line| width(&line[at]));
        cells.fold(width(&self.heads[at].title), usize::max)
    }

    /// Which columns stay, and how wide they become. First columns go, then cells are cut.
    fn fit(&self, natural: &[usize], room: usize) -> (Vec<usize>, Vec<usize>) {
        let roomy = |at: usize| match NAMES.contains(&self.heads[at].key.as_str()) {
            true => natural[at].min(ROOMY_NAME),
            false => natural[at].min(ROOMY),
        };
        let narrow = |at: usize| natural[at].min(NARROW);
        let mut kept: Vec<usize> = (0..self.heads.len()).collect();
        if self.may_lose {
            for key in DISPENSABLE {
                if needed(&kept, roomy) <= room || kept.len() == 1 {
                    break;
                }
                kept.retain(|at| self.heads[*at].key != key);
            }
        }
        let is_roomy = needed(&kept, roomy) <= room;
        while kept.len() > 1 && !is_roomy && needed(&kept, narrow) > room {
            kept.pop();
        }
        let least = |at: usize| match is_roomy {
            true => roomy(at),
            false => narrow(at),
        };
        let mut widths: Vec<usize> = kept.iter().map(|at| natural[*at].min(room)).collect();
        let gaps = GAP * kept.len().saturating_sub(1);
        while widths.iter().sum::<usize>() + gaps > room {
            let can_give = |at: &usize| kept.len() == 1 || widths[*at] > least(kept[*at]);
            let Some(widest) = (0..kept.len())
                .filter(can_give)
                .max_by_key(|at| widths[*at])
            else {
                break;
            };
            widths[widest] -= 1;
        }
        (kept, widths)
    }

    fn write(
        &self,
        text: &mut String,
        cells: &[&str],
        kept: &[usize],
        widths: &[usize],
        color: bool,
    ) {
        let start = text.len();
        for (at, room) in kept.iter().zip(widths) {
            let is_status = color && self.heads[*at].key.ends_with("status");
            push(text, cells[*at], *room, is_status);
        }
        end_line(text, start);
    }
}

/// Ends the line that begins at `start`, without blanks.
fn end_line(text: &mut String, start: usize) {
    text.truncate(start + text[start..].trim_end().len());
    text.push('\n');
}

/// How much columns need, each in its least width.
fn needed(kept: &[usize], least: impl Fn(usize) -> usize) -> usize {
    let widths: usize = kept.iter().map(|at| least(*at)).sum();
    widths + GAP * kept.len().saturating_sub(1)
}

/// A cell, cut where it is too long, and filled up to the next one.
fn push(text: &mut String, cell: &str, room: usize, is_status: bool) {
    let shown = shortened(cell, room);
    let fill = room.saturating_sub(width(&shown)) + GAP;
    match color_of(cell).filter(|_| is_status) {
        Some(color) => text.push_str(&format!("\x1b[{color}m{shown}\x1b[0m")),
        None => text.push_str(&shown),
    }
    text.extend(std::iter::repeat_n(' ', fill));
}

/// The columns that a text takes on a terminal.
pub(super) fn width(text: &str) -> usize {
    match text.is_ascii() {
        true => text.len(),
        false => text.width(),
    }
}

/// A text in at most so many columns: of a longer one the middle is left out.
pub(super) fn shortened(text: &str, room: usize) -> Cow<'_, str> {
    if width(text) <= room {
        return Cow::Borrowed(text);
    }
    let Some(kept) = room.checked_sub(1) else {
        return Cow::Borrowed("");
    };
    let head = beginning(text, kept.div_ceil(2));
    let tail = ending(&text[head.len()..], kept / 2);
    Cow::Owned(format!("{head}…{tail}"))
}

/// The longest beginning that takes at most so many columns.
fn beginning(text: &str, room: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find(|(at, c)| {
        used += c.width().unwrap_or(0);
        // Some characters are wider beside others than alone.
        used > room || width(&text[..at + c.len_utf8()]) > room
    });
    end.map_or(text, |(at, _)| &text[..at])
}

/// The longest end that takes at most so many columns, and begins with a character of its own.
fn ending(text: &str, room: usize) -> &str {
    let mut used = 0;
    let start = text.char_indices().rev().find(|(at, c)| {
        used += c.width().unwrap_or(0);
        used > room || width(&text[*at..]) > room
    });
    let tail = start.map_or(text, |(at, c)| &text[at + c.len_utf8()..]);
    tail.trim_start_matches(|c: char| c.width().unwrap_or(0) == 0)
}

/// A text in parts that take at most so many columns each, broken behind commas and blanks where
/// there are any.
fn parts(text: &str, room: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while width(rest) > room {
        let mut part = beginning(rest, room);
        if part.is_empty() {
            // Not even one character fits.
            part = &rest[..rest.chars().next().map_or(0, char::len_utf8)];
        }
        if let Some(at) = part.rfind([',', ' '])
            && at > 0
        {
            part = &part[..=at];
        }
        parts.push(part.trim_end());
        rest = rest[part.len()..].trim_start();
    }
    parts.push(rest);
    parts
}

/// Status words in their colours: as asked, not as asked, in between.
const COLORS: [(&str, &[&str]); 4] = [
    (
        "32",
        &[
            "changed",
            "unchanged",
            "ok",
            "active",
            "online",
            "valid",
            "normal",
            "issued",
            "success",
            "succeeded",
        ],
    ),
    (
        "31",
        &[
            "failed", "expired", "mismatch", "revoked", "arrears", "offline", "refused",
        ],
    ),
    (
        "33",
        &[
            "unknown",
            "skipped",
            "absent",
            "expire_soon",
            "updating",
            "configuring",
            "checking",
            "pending",
            "running",
        ],
    ),
    ("36", &["planned"]),
];

fn color_of(word: &str) -> Option<&'static str> {
    let known = COLORS.iter().find(|(_, words)| words.contains(&word));
    known.map(|(color, _)| *color)
}

/// A status word in its colour.
pub(super) fn painted(word: &str) -> Cow<'_, str> {
    match color_of(word) {
        Some(color) => Cow::Owned(format!("\x1b[{color}m{word}\x1b[0m")),
        None => Cow::Borrowed(word),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn grid(keys: &[&str], lines: &[&[&str]]) -> Grid {
        let heads = keys.iter().map(|key| Head::of_key(key)).collect();
        let line = |line: &&[&str]| line.iter().map(|cell| (*cell).to_owned()).collect();
        Grid::new(heads, lines.iter().map(line).collect())
    }

    fn text(grid: &Grid, width: usize) -> String {
        let width = Some(width);
        grid.text(Look {
            width,
            ..Look::default()
        })
        .0
    }

    #[test]
    fn cells_are_cut_a_little_and_columns_go() {
        let grid = grid(
            &["domain", "status", "names", "issuer", "days_left"],
            &[
                &[
                    "www.example.com",
                    "online",
                    "www.example.com,example.com,a.example.com",
                    "C=US, O=Let's Encrypt, CN=R11",
                    "30",
                ],
                &["a.com", "offline", "-", "-", "-3"],
            ],
        );
        let whole = grid.text(Look::default());
        assert!(
            whole.0.lines().nth(1).unwrap().ends_with("CN=R11  30"),
            "{}",
            whole.0
        );
        assert!(whole.1.is_empty());
        assert_eq!(
            text(&grid, 80),
            "DOMAIN           STATUS   NAMES                  ISSUER                DAYS_LEFT\n\
             www.example.com  online   www.exampl…xample.com  C=US, O=Le…t, CN=R11  30\n\
             a.com            offline  -                      -                     -3\n"
        );
        assert_eq!(
            text(&grid, 60),
            "DOMAIN           STATUS   NAMES                    DAYS_LEFT\n\
             www.example.com  online   www.example…example.com  30\n\
             a.com            offline  -                        -3\n"
        );
        assert_eq!(
            text(&grid, 40),
            "DOMAIN           STATUS   DAYS_LEFT\n\
             www.example.com  online   30\n\
             a.com            offline  -3\n"
        );
        assert_eq!(
            text(&grid, 24),
            "DOMAIN           STATUS\n\
             www.example.com  online\n\
             a.com            offline\n"
        );
        assert_eq!(text(&grid, 9), "DOMAIN\nwww.….com\na.com\n");
    }

    #[test]
    fn chosen_columns_stay_as_long_as_they_can() {
        let line: &[&str] = &["a-rather-long-issuer-name", "30"];
        let grid = grid(&["issuer", "days_left"], &[line]).chosen();
        let look = |width| Look {
            width: Some(width),
            ..Look::default()
        };
        assert_eq!(
            grid.text(look(26)),
            (
                "ISSUER           DAYS_LEFT\na-rathe…er-name  30\n".to_owned(),
                vec![]
            )
        );
        assert_eq!(grid.text(look(20)).1, ["days_left"]);
    }

    #[test]
    fn the_middle_is_left_out() {
        for (text, room, short) in [
            ("abcdef", 6, "abcdef"),
            ("abcdefg", 6, "abc…fg"),
            ("abcdefg", 1, "…"),
            ("abcdefg", 0, ""),
            ("证书名称", 8, "证书名称"),
            ("证书名称", 7, "证…称"),
            ("证书名称", 6, "证…称"),
            ("证书名称", 2, "…"),
            ("e\u{301}e\u{301}e\u{301}e\u{301}", 3, "e\u{301}…e\u{301}"),
        ] {
            assert_eq!(shortened(text, room), short, "{text} in {room}");
        }
    }

    #[test]
    fn a_long_value_goes_on_below() {
        let grid = grid(
            &["FIELD", "VALUE"],
            &[&["names", "a.com,b.com,c.com"], &["id", "0123456789abcdef"]],
        );
        let look = Look {
            width: Some(19),
            ..Look::default()
        };
        assert_eq!(
            grid.wrapped(look),
            "FIELD  VALUE\nnames  a.com,b.com,\n       c.com\nid     0123456789ab\n       cdef\n"
        );
    }

    #[test]
    fn a_status_word_is_coloured_and_nothing_else() {
        let grid = grid(
            &["target", "status"],
            &[&["changed", "changed"], &["b", "odd"]],
        );
        let look = Look {
            color: true,
            ..Look::default()
        };
        assert_eq!(
            grid.text(look).0,
            "TARGET   STATUS\nchanged  \x1b[32mchanged\x1b[0m\nb        odd\n"
        );
    }

    proptest! {
        /// Whatever the cells hold, a line is never longer than the terminal is wide.
        #[test]
        fn a_table_fits(
            cells in prop::collection::vec(prop::collection::vec("\\PC{0,40}", 4), 1..5),
            room in 1_usize..100,
            keys in prop::sample::subsequence(vec!["domain", "names", "zzz", "issuer", "status", "hint"], 4),
        ) {
            let lines: Vec<Vec<&str>> = cells.iter().map(|line| line.iter().map(String::as_str).collect()).collect();
            let lines: Vec<&[&str]> = lines.iter().map(Vec::as_slice).collect();
            let grid = grid(&keys, &lines);
            for shown in [text(&grid, room), text(&grid.chosen(), room)] {
                for line in shown.lines() {
                    prop_assert!(width(line) <= room, "{line} is wider than {room}");
                }
            }
        }
    }
}
