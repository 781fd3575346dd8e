//! Lists on the command line: comma-separated, repeated, from a file, from stdin.

use std::collections::HashSet;
use std::path::Path;

use crate::error::Error;
use crate::files;
use crate::redact::one_line;

/// The most that a list may measure.
const SIZE_LIMIT: u64 = 16 * 1024 * 1024;

/// An item and where it stands, for messages.
#[derive(Debug, PartialEq, Eq)]
pub struct Item {
    /// The text, without white space around it.
    pub text: String,
    /// `--domains, item 2` or `domains.txt, line 7`.
    pub place: String,
}

/// The items of `--NAME` and `--NAME-file`, in order. `-` in either place is stdin.
pub fn collect(name: &str, values: &[String], file: Option<&Path>) -> Result<Vec<Item>, Error> {
    items(&format!("--{name}"), name, values, file)
}

/// As [`collect`] where the items are the command's arguments, which its help calls `place`.
pub fn collect_arguments(
    place: &str,
    name: &str,
    values: &[String],
    file: Option<&Path>,
) -> Result<Vec<Item>, Error> {
    items(place, name, values, file)
}

fn items(
    flag: &str,
    name: &str,
    values: &[String],
    file: Option<&Path>,
) -> Result<Vec<Item>, Error> {
    let mut items = Vec::new();
    for value in values {
        if value == "-" {
            items.extend(read_lines(
                &files::read_stdin(SIZE_LIMIT)?,
                "standard input",
            )?);
            continue;
        }
        for text in value.split(',') {
            let place = format!("{flag}, item {}", items.len() + 1);
            let text = text.trim().to_owned();
            if text.is_empty() {
                return Err(Error::usage(
                    format!("{place} is empty"),
                    "check for an unset shell variable; nothing was sent",
                ));
            }
            items.push(Item { text, place });
        }
    }
    if let Some(path) = file {
        items.extend(match path.as_os_str() == "-" {
            true => read_lines(&files::read_stdin(SIZE_LIMIT)?, "standard input")?,
            false => {
                let bytes = files::read_limited(path, SIZE_LIMIT)?;
                read_lines(&bytes, &path.display().to_string())?
            }
        });
    }
    if items.is_empty() {
        return Err(Error::usage(
            format!("the list of {name} is empty"),
            format!("use {flag} a,b or --{name}-file FILE (one per line; - reads standard input)"),
        ));
    }
    Ok(items)
}

/// Parses each item and drops those that mean the same as an earlier one. The first that does
/// not parse is an error that names its place.
pub fn parse_distinct<T, K: std::hash::Hash + Eq>(
    items: Vec<Item>,
    parse: impl Fn(&str) -> Result<T, String>,
    key: impl Fn(&T) -> K,
) -> Result<Vec<T>, Error> {
    let mut seen = HashSet::with_capacity(items.len());
    let mut parsed = Vec::with_capacity(items.len());
    for item in items {
        let value = parse(&item.text).map_err(|reason| {
            let text = one_line(&item.text, 80);
            Error::usage(
                format!("{}: '{text}' {reason}", item.place),
                "correct it and run the command again: nothing was sent",
            )
        })?;
        if seen.insert(key(&value)) {
            parsed.push(value);
        }
    }
    Ok(parsed)
}

/// One item a line; `#` begins a comment, blank lines and a byte order mark are passed over.
pub fn read_lines(bytes: &[u8], place: &str) -> Result<Vec<Item>, Error> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count()
            + 1;
        Error::usage(
            format!("{place}, line {line} is not UTF-8"),
            "save the list as UTF-8: nothing was sent",
        )
    })?;
    let mut items = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let content = line.split('#').next().unwrap_or_default();
        for text in content.split(',').map(str::trim) {
            if !text.is_empty() {
                items.push(Item {
                    text: text.to_owned(),
                    place: format!("{place}, line {}", number + 1),
                });
            }
        }
    }
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(items: Vec<Item>) -> Vec<String> {
        items.into_iter().map(|item| item.text).collect()
    }

    #[test]
    fn files_may_have_comments_bom_and_crlf() {
        let bytes = b"\xEF\xBB\xBFa.com\r\n# all of them\r\n\r\n  b.com # prod\r\nc.com,d.com";
        let items = read_lines(bytes, "f").unwrap();
        assert_eq!(items[1].place, "f, line 4");
        assert_eq!(texts(items), ["a.com", "b.com", "c.com", "d.com"]);
        let error = read_lines(b"a.com\n\xFF\n", "f").unwrap_err();
        assert_eq!(error.message, "f, line 2 is not UTF-8");
    }

    #[test]
    fn empty_values_are_refused() {
        for value in ["", "a.com,", "a.com,,b.com", ","] {
            let error = collect("domains", &[value.to_owned()], None).unwrap_err();
            assert_eq!(error.kind, crate::fault::Kind::Usage, "{value:?}");
        }
        assert!(collect("domains", &[], None).is_err());
        let values = ["a.com, b.com".to_owned(), "c.com".to_owned()];
        let items = collect("domains", &values, None).unwrap();
        assert_eq!(texts(items), ["a.com", "b.com", "c.com"]);
    }

    #[test]
    fn duplicates_are_dropped_and_the_order_is_kept() {
        let values = ["b,a,B,a".to_owned()];
        let items = collect("ids", &values, None).unwrap();
        let parse = |text: &str| Ok(text.to_owned());
        let distinct = parse_distinct(items, parse, |text| text.to_lowercase()).unwrap();
        assert_eq!(distinct, ["b", "a"]);
    }
}
