//! One change to the text of certctl's own file. Everything else in it stays as it is: comments,
//! order, white space, keys that certctl does not know.
//!
//! The text is changed where the parser says that things stand, and the outcome is parsed again:
//! it has to say what the old text said and the change, or nothing is done.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Why a change was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// What is there is not TOML.
    NotToml,
    /// A table stands where the value belongs.
    Table,
    /// It is written in a way that this cannot change.
    Form,
}

/// The text with the key at `path` set to `value`.
///
/// # Errors
/// Why that cannot be done; the text is to be left alone.
pub fn set(text: &str, path: &[&str], value: &str) -> Result<String, Refused> {
    let before = facts(text)?;
    let names: Vec<String> = path.iter().map(|name| (*name).to_owned()).collect();
    let mut wanted = before.clone();
    wanted.insert(names, format!("{:?}", DeValue::String(value.into())));
    let document = DeTable::parse(text).map_err(|_| Refused::NotToml)?;
    for changed in candidates(text, &document, path, value)? {
        if facts(&changed).is_ok_and(|after| after == wanted) {
            return Ok(changed);
        }
    }
    Err(Refused::Form)
}

/// The text without the key at `path`; nothing where it is not there. A comment beside it stays.
///
/// # Errors
/// Why that cannot be done; the text is to be left alone.
pub(super) fn unset(text: &str, path: &[&str]) -> Result<Option<String>, Refused> {
    let before = facts(text)?;
    let document = DeTable::parse(text).map_err(|_| Refused::NotToml)?;
    let Some((key, tables)) = path.split_last() else {
        return Err(Refused::Form);
    };
    let mut table = document.get_ref();
    for name in tables {
        table = match table.get(*name).map(|inner| inner.get_ref()) {
            Some(DeValue::Table(inner)) => inner,
            Some(_) => return Err(Refused::Form),
            None => return Ok(None),
        };
    }
    let Some((at, value)) = table.get_key_value(*key) else {
        return Ok(None);
    };
    if matches!(value.get_ref(), DeValue::Table(_)) {
        return Err(Refused::Table);
    }
    let mut wanted = before;
    wanted.retain(|names, _| !names.iter().eq(path.iter()));
    let entry = at.span().start..value.span().end;
    [without_line(text, entry.clone()), without_item(text, entry)]
        .into_iter()
        .find(|changed| facts(changed).is_ok_and(|after| after == wanted))
        .map(Some)
        .ok_or(Refused::Form)
}

/// What a text says: every value that is no table, by its path.
fn facts(text: &str) -> Result<BTreeMap<Vec<String>, String>, Refused> {
    fn collect(
        table: &DeTable<'_>,
        path: &mut Vec<String>,
        facts: &mut BTreeMap<Vec<String>, String>,
    ) {
        for (key, value) in table {
            path.push(key.get_ref().to_string());
            match value.get_ref() {
                DeValue::Table(inner) => collect(inner, path, facts),
                other => {
                    facts.insert(path.clone(), plain(other));
                }
            }
            path.pop();
        }
    }
    let document = DeTable::parse(text).map_err(|_| Refused::NotToml)?;
    let mut facts = BTreeMap::new();
    collect(document.get_ref(), &mut Vec::new(), &mut facts);
    Ok(facts)
}

/// A value without the places at which it and its parts stand.
fn plain(value: &DeValue<'_>) -> String {
    match value {
        DeValue::Array(items) => items
            .iter()
            .map(|item| plain(item.get_ref()) + ",")
            .collect(),
        DeValue::Table(table) => table
            .iter()
            .map(|(key, value)| format!("{:?}={},", key.get_ref(), plain(value.get_ref())))
            .collect(),
        other => format!("{other:?}"),
    }
}

/// The texts to try, the best first.
fn candidates(
    text: &str,
    document: &Spanned<DeTable<'_>>,
    path: &[&str],
    value: &str,
) -> Result<Vec<String>, Refused> {
    let Some((key, tables)) = path.split_last() else {
        return Err(Refused::Form);
    };
    let value = quoted(value);
    let line = format!("{} = {value}", bare(key));
    let mut table = document.get_ref();
    let mut stands: Option<&Spanned<DeValue<'_>>> = None;
    for name in tables {
        let Some(inner) = table.get(*name) else {
            return Ok(vec![with_section(text, tables, &line)]);
        };
        let Some(found) = inner.get_ref().as_table() else {
            return Err(Refused::Form);
        };
        (table, stands) = (found, Some(inner));
    }
    if let Some(old) = table.get(*key) {
        return match old.get_ref() {
            DeValue::Table(_) => Err(Refused::Table),
            _ => Ok(vec![replaced(text, old.span(), &value)]),
        };
    }
    let mut texts = Vec::new();
    let own = stands.map(|table| table.span());
    let inline = own
        .clone()
        .filter(|span| text[span.clone()].starts_with('{'));
    if let Some(span) = inline {
        let inside = &text[span.start + 1..span.end.saturating_sub(1)];
        let end = span.start + 1 + inside.trim_end().len();
        let comma = if inside.trim().is_empty() { " " } else { ", " };
        let close = if inside.ends_with(' ') { "" } else { " " };
        texts.push(replaced(text, end..end, &format!("{comma}{line}{close}")));
        return Ok(texts);
    }
    // Below the last value of the same table, written as that one is.
    let last = table
        .iter()
        .filter(|(_, value)| !matches!(value.get_ref(), DeValue::Table(_)))
        .max_by_key(|(_, value)| value.span().end);
    if let Some((beside, value)) = last {
        let start = text[..beside.span().start]
            .rfind('\n')
            .map_or(0, |at| at + 1);
        let beginning = &text[start..beside.span().start];
        texts.push(below(text, value.span().end, &format!("{beginning}{line}")));
    }
    if let Some(span) = own {
        texts.push(below(text, span.end, &line));
    }
    texts.push(match tables {
        [] => on_top(text, &line),
        tables => with_section(text, tables, &line),
    });
    Ok(texts)
}

fn replaced(text: &str, span: Range<usize>, by: &str) -> String {
    format!("{}{by}{}", &text[..span.start], &text[span.end..])
}

/// Without an entry that has lines of its own, and with the comment that stands behind it.
fn without_line(text: &str, entry: Range<usize>) -> String {
    let start = text[..entry.start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[entry.end..]
        .find('\n')
        .map_or(text.len(), |at| entry.end + at + 1);
    let rest = text[entry.end..line_end].trim_start();
    match rest.is_empty() {
        true => replaced(text, start..line_end, ""),
        false => {
            let indent = text[start..].len() - text[start..].trim_start().len();
            let comment = line_end - rest.len();
            replaced(text, start + indent..comment, "")
        }
    }
}

/// Without an item of an inline table, and without the comma that it leaves behind.
fn without_item(text: &str, entry: Range<usize>) -> String {
    let start = text[..entry.start].rfind(['{', ',']).map_or(0, |at| at + 1);
    let rest = &text[entry.end..];
    let blank = rest.len() - rest.trim_start().len();
    if rest[blank..].starts_with(',') {
        return replaced(text, start..entry.end + blank + 1, "");
    }
    let start = match text[..start].ends_with(',') {
        true => start - 1,
        false => start,
    };
    replaced(text, start..entry.end, "")
}

/// A line below the one that a place is in.
fn below(text: &str, place: usize, line: &str) -> String {
    let end = text[place..].find('\n').map(|at| place + at + 1);
    let newline = newline(text);
    match end {
        Some(end) => replaced(text, end..end, &format!("{line}{newline}")),
        None => format!("{text}{newline}{line}{newline}"),
    }
}

/// A table of its own at the end.
fn with_section(text: &str, tables: &[&str], line: &str) -> String {
    let newline = newline(text);
    let gap = match text {
        "" => "",
        text if text.ends_with('\n') => newline,
        _ => &format!("{newline}{newline}"),
    };
    let header: Vec<_> = tables.iter().map(|name| bare(name)).collect();
    let header = header.join(".");
    format!("{text}{gap}[{header}]{newline}{line}{newline}")
}

/// Before everything but a comment that stands alone at the top.
fn on_top(text: &str, line: &str) -> String {
    let newline = newline(text);
    let mut end = 0;
    for comment in text.split_inclusive('\n') {
        if !comment.starts_with('#') {
            break;
        }
        end += comment.len();
    }
    let rest = &text[end..];
    let alone = end > 0 && (rest.is_empty() || rest.trim_start_matches('\r').starts_with('\n'));
    match alone {
        true => format!("{}{line}{newline}{rest}", &text[..end]),
        false if text.is_empty() => format!("{line}{newline}"),
        false => format!("{line}{newline}{newline}{text}"),
    }
}

fn newline(text: &str) -> &'static str {
    match text.contains("\r\n") {
        true => "\r\n",
        false => "\n",
    }
}

/// A key as it is written.
pub fn bare(key: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    match !key.is_empty() && key.chars().all(plain) {
        true => key.to_owned(),
        false => quoted(key),
    }
}

/// A basic string (<https://toml.io/en/v1.0.0#string>).
pub fn quoted(value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 2);
    text.push('"');
    for c in value.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            c if c.is_control() => text.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => text.push(c),
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [&str; 4] = ["profiles", "work", "alibaba", "access_key_id"];

    #[track_caller]
    fn becomes(before: &str, path: &[&str], after: &str) {
        assert_eq!(set(before, path, "new").unwrap(), after);
    }

    #[test]
    fn a_value_is_replaced_where_it_stands() {
        becomes(
            "# mine\ncurrent = 'work' # c\n\n[profiles.work.alibaba]\n  access_key_id=\"old\"# why\nodd = 1\n",
            &KEY,
            "# mine\ncurrent = 'work' # c\n\n[profiles.work.alibaba]\n  access_key_id=\"new\"# why\nodd = 1\n",
        );
        becomes(
            "profiles = { work = { alibaba = { access_key_id = 7, x = [1, 2] } } }",
            &KEY,
            "profiles = { work = { alibaba = { access_key_id = \"new\", x = [1, 2] } } }",
        );
        becomes(
            "profiles.work.alibaba.access_key_id = \"\"\"\na\nb\"\"\"\n",
            &KEY,
            "profiles.work.alibaba.access_key_id = \"new\"\n",
        );
    }

    #[test]
    fn a_key_joins_its_table() {
        becomes(
            "[profiles.work.alibaba]\n\tother = \"x\" # c\n\n[profiles.z]\n",
            &KEY,
            "[profiles.work.alibaba]\n\tother = \"x\" # c\n\taccess_key_id = \"new\"\n\n[profiles.z]\n",
        );
        becomes(
            "[profiles.work.alibaba] # empty\n[profiles.z]\n",
            &KEY,
            "[profiles.work.alibaba] # empty\naccess_key_id = \"new\"\n[profiles.z]\n",
        );
        becomes(
            "[profiles.work]\nalibaba.other = \"x\"",
            &KEY,
            "[profiles.work]\nalibaba.other = \"x\"\nalibaba.access_key_id = \"new\"\n",
        );
        becomes(
            "[profiles]\nwork = { alibaba = {} }\n",
            &KEY,
            "[profiles]\nwork = { alibaba = { access_key_id = \"new\" } }\n",
        );
        becomes(
            "[profiles.work]\nalibaba = { other = 'x' }\n",
            &KEY,
            "[profiles.work]\nalibaba = { other = 'x', access_key_id = \"new\" }\n",
        );
        becomes(
            "[profiles.work.alibaba]\r\nother = [\r\n 1,\r\n]\r\n# end\r\n",
            &KEY,
            "[profiles.work.alibaba]\r\nother = [\r\n 1,\r\n]\r\naccess_key_id = \"new\"\r\n# end\r\n",
        );
    }

    #[test]
    fn a_table_is_begun_where_there_is_none() {
        let section = "[profiles.work.alibaba]\naccess_key_id = \"new\"\n";
        becomes("", &KEY, section);
        becomes("a = 1", &KEY, &format!("a = 1\n\n{section}"));
        let other = "[profiles.work.tencent]\nx = 1\n";
        becomes(other, &KEY, &format!("{other}\n{section}"));
        // A table that only its inner ones imply has no line of its own yet.
        becomes(
            other,
            &["profiles", "work", "output"],
            &format!("{other}\n[profiles.work]\noutput = \"new\"\n"),
        );
        becomes(
            "[profiles.\"a b\".ucloud]\n",
            &["profiles", "a b", "output"],
            "[profiles.\"a b\".ucloud]\n\n[profiles.\"a b\"]\noutput = \"new\"\n",
        );
    }

    #[test]
    fn what_belongs_on_top_goes_there() {
        let path = ["current"];
        becomes("", &path, "current = \"new\"\n");
        becomes("[a]\n", &path, "current = \"new\"\n\n[a]\n");
        becomes("# a's\n[a]\n", &path, "current = \"new\"\n\n# a's\n[a]\n");
        becomes(
            "# head\n\n[a]\n",
            &path,
            "# head\ncurrent = \"new\"\n\n[a]\n",
        );
        becomes("x = 1\n[a]\n", &path, "x = 1\ncurrent = \"new\"\n[a]\n");
    }

    #[test]
    fn a_value_may_hold_anything() {
        for value in ["a\"b\\c", "é名", "\u{7f}\u{1}", "'", "a = [b]\n# c"] {
            let text = set("x = 1\n", &["current"], value).unwrap();
            let table: toml::Table = toml::from_str(&text).unwrap();
            assert_eq!(table["current"].as_str(), Some(value));
        }
    }

    #[test]
    fn what_cannot_be_changed_is_left_alone() {
        assert_eq!(set("x = \n", &["current"], "v"), Err(Refused::NotToml));
        assert_eq!(set("[current]\n", &["current"], "v"), Err(Refused::Table));
        assert_eq!(set("profiles = 1\n", &KEY, "v"), Err(Refused::Form));
        assert_eq!(set("[[profiles]]\nx = 1\n", &KEY, "v"), Err(Refused::Form));
        assert_eq!(
            set("profiles = { work = {} }\n", &KEY, "v"),
            Err(Refused::Form)
        );
    }

    #[test]
    fn a_key_is_taken_out_and_all_else_stays() {
        for (before, after) in [
            (
                "# mine\n[profiles.work.alibaba]\n# why\n  access_key_id = \"old\"\nodd = 1 # c\n",
                "# mine\n[profiles.work.alibaba]\n# why\nodd = 1 # c\n",
            ),
            (
                "[profiles.work.alibaba]\n\taccess_key_id = 'a#b' # the bot's\n",
                "[profiles.work.alibaba]\n\t# the bot's\n",
            ),
            (
                "[profiles.work.alibaba]\r\naccess_key_id = 'x'\r\nb = 1\r\n",
                "[profiles.work.alibaba]\r\nb = 1\r\n",
            ),
            (
                "[profiles.work.alibaba]\nb = 1\naccess_key_id = \"\"\"\na\nb\"\"\"",
                "[profiles.work.alibaba]\nb = 1\n",
            ),
            (
                "[profiles.work]\nalibaba.\"access_key_id\" = 'x'\nalibaba.b = 1\n",
                "[profiles.work]\nalibaba.b = 1\n",
            ),
            (
                "profiles = { work = { alibaba = { access_key_id = 7, x = [1, 2] } } }\n",
                "profiles = { work = { alibaba = { x = [1, 2] } } }\n",
            ),
            (
                "profiles = { work = { alibaba = { x = [1, 2], access_key_id = '}' } } }\n",
                "profiles = { work = { alibaba = { x = [1, 2] } } }\n",
            ),
            (
                "[profiles]\nwork = { alibaba.access_key_id = 'x', output = 'csv' }\n",
                "[profiles]\nwork = { output = 'csv' }\n",
            ),
            (
                "[profiles.work]\nalibaba = { access_key_id = 'x' }\n",
                "[profiles.work]\nalibaba = { }\n",
            ),
        ] {
            assert_eq!(unset(before, &KEY).unwrap().as_deref(), Some(after));
            assert_eq!(unset(after, &KEY), Ok(None), "{after}");
        }
    }

    #[test]
    fn nothing_is_taken_out_where_nothing_is() {
        for text in [
            "",
            "x = 1\n",
            "[profiles.work]\n",
            "[profiles.work.alibaba]\nb = 1\n",
        ] {
            assert_eq!(unset(text, &KEY), Ok(None), "{text}");
        }
        assert_eq!(unset("x = \n", &KEY), Err(Refused::NotToml));
        assert_eq!(unset("[current]\n", &["current"]), Err(Refused::Table));
        assert_eq!(unset("profiles = 1\n", &KEY), Err(Refused::Form));
    }

    /// What [`set`] adds, [`unset`] takes out again.
    #[test]
    fn setting_and_unsetting_leads_back() {
        for before in [
            "[profiles.work.alibaba]\n\tother = \"x\" # c\n\n[profiles.z]\n",
            "[profiles.work]\nalibaba = { other = 'x' }\n",
            "[profiles.work]\nalibaba.other = \"x\"\n",
        ] {
            let text = set(before, &KEY, "new").unwrap();
            assert_eq!(unset(&text, &KEY).unwrap().as_deref(), Some(before));
        }
    }
}
