//! Lists on the command line: comma-separated, repeated, from a file, from stdin.

use std::collections::HashSet;
use std::path::Path;

use crate::domain::FOREIGN_COMMAS;
use crate::error::Error;
use crate::files;
use crate::redact::one_line;

/// The most that a list may measure.
const SIZE_LIMIT: u64 = 16 * 1024 * 1024;

/// A comma of another keyboard, if one is in the text: it separates nothing.
pub fn foreign_comma(text: &str) -> Option<char> {
    text.chars().find(|c| FOREIGN_COMMAS.contains(c))
}

/// Refuses a [`foreign_comma`]; the error is a phrase that goes after the text.
pub fn without_foreign_comma(text: &str) -> Result<&str, String> {
    match foreign_comma(text) {
        None => Ok(text),
        Some(comma) => Err(format!(
            "contains the comma '{comma}': {}",
            comma_hint(comma)
        )),
    }
}

/// What to do about a [`foreign_comma`].
pub fn comma_hint(comma: char) -> String {
    format!("type ',' instead of '{comma}'")
}

/// An item and where it stands, for messages.
#[derive(Debug, PartialEq, Eq)]
pub struct Item {
    /// The text, without white space around it.
    pub text: String,
    /// `--domains, item 2` or `domains.txt, line 7`.
    pub place: String,
}

/// A list that is put together.
#[derive(Debug)]
pub struct List {
    noun: &'static str,
    allow_empty: bool,
    items: Vec<Item>,
}

impl List {
    /// A list of `noun`, such as `domains`. An empty one is most often an unset shell variable or a
    /// broken pipe, and an error unless it is allowed.
    pub fn new(noun: &'static str, allow_empty: bool) -> Self {
        List {
            noun,
            allow_empty,
            items: Vec::new(),
        }
    }

    /// Adds the values that are given at `place`, such as `--domains`: items with commas between
    /// them, or `-` for stdin.
    pub fn add<'v>(
        &mut self,
        place: &str,
        values: impl IntoIterator<Item = &'v str>,
    ) -> Result<(), Error> {
        let mut count = 0;
        for value in values {
            if value == "-" {
                self.add_stdin()?;
                continue;
            }
            if self.allow_empty && value.trim().is_empty() {
                continue;
            }
            for text in value.split(',') {
                count += 1;
                let place = format!("{place}, item {count}");
                let text = text.trim().to_owned();
                if text.is_empty() {
                    return Err(Error::usage(
                        format!("{place} is empty"),
                        "check for an unset shell variable; nothing was sent",
                    ));
                }
                self.items.push(Item { text, place });
            }
        }
        Ok(())
    }

    /// Adds the lines of a file; `-` is stdin.
    pub fn add_file(&mut self, path: &Path) -> Result<(), Error> {
        if path.as_os_str() == "-" {
            return self.add_stdin();
        }
        let bytes = files::read_limited(path, SIZE_LIMIT)?;
        self.add_lines(&bytes, &path.display().to_string())
    }

    fn add_stdin(&mut self) -> Result<(), Error> {
        self.add_lines(&files::read_stdin(SIZE_LIMIT)?, "standard input")
    }

    fn add_lines(&mut self, bytes: &[u8], place: &str) -> Result<(), Error> {
        let items = read_lines(bytes, place)?;
        if items.is_empty() && !self.allow_empty {
            return Err(Error::usage(
                format!("the list of {} is empty: {place} has no items", self.noun),
                "check the command that writes it, or add --allow-empty: nothing was sent",
            ));
        }
        self.items.extend(items);
        Ok(())
    }

    /// The items, in order; `how` says how they are given.
    ///
    /// # Errors
    /// There is none.
    pub fn items(self, how: impl FnOnce() -> String) -> Result<Vec<Item>, Error> {
        match self.items.is_empty() && !self.allow_empty {
            true => Err(Error::usage(
                format!("the list of {} is empty", self.noun),
                how(),
            )),
            false => Ok(self.items),
        }
    }
}

/// The items of a flag whose values are a list, and no targets; none where it is not given.
pub fn of_flag(name: &'static str, values: &[String]) -> Result<Vec<Item>, Error> {
    let mut list = List::new(name, values.is_empty());
    list.add(&format!("--{name}"), values.iter().map(String::as_str))?;
    list.items(String::new)
}

/// Parses an item.
pub fn parsed<T>(item: &Item, parse: impl Fn(&str) -> Result<T, String>) -> Result<T, Error> {
    parse(&item.text).map_err(|reason| {
        let text = one_line(&item.text, 80);
        let (message, hint) = match foreign_comma(&item.text) {
            Some(comma) => (
                format!("{}: '{text}' contains the comma '{comma}'", item.place),
                format!("{}: nothing was sent", comma_hint(comma)),
            ),
            None => (
                format!("{}: '{text}' {reason}", item.place),
                "correct it and run the command again: nothing was sent".into(),
            ),
        };
        Error::usage(message, hint)
    })
}

/// Parses each item and drops those that mean the same as an earlier one. The first that does
/// not parse is an error that names its place.
pub fn parse_distinct<T, K: std::hash::Hash + Eq>(
    items: Vec<Item>,
    parse: impl Fn(&str) -> Result<T, String>,
    key: impl Fn(&T) -> K,
) -> Result<Vec<T>, Error> {
    let mut seen = HashSet::with_capacity(items.len());
    let mut distinct = Vec::with_capacity(items.len());
    for item in items {
        let value = parsed(&item, &parse)?;
        if seen.insert(key(&value)) {
            distinct.push(value);
        }
    }
    Ok(distinct)
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

    fn given(values: &[&str], allow_empty: bool) -> Result<Vec<Item>, Error> {
        let mut list = List::new("domains", allow_empty);
        list.add("--domains", values.iter().copied())?;
        list.items(String::new)
    }

    #[test]
    fn empty_values_are_refused() {
        for value in ["", " ", "a.com,", "a.com,,b.com", ",", ",a.com"] {
            let error = given(&[value], false).unwrap_err();
            assert_eq!(error.kind, crate::fault::Kind::Usage, "{value:?}");
        }
        assert!(given(&[], false).is_err());
        let items = given(&["a.com, b.com", "c.com"], false).unwrap();
        assert_eq!(items[2].place, "--domains, item 3");
        assert_eq!(texts(items), ["a.com", "b.com", "c.com"]);
        let mut list = List::new("domains", false);
        let error = list.add_lines(b"# none\r\n\r\n", "f").unwrap_err();
        assert_eq!(
            error.message,
            "the list of domains is empty: f has no items"
        );
    }

    /// A list may be empty then; an item of it still may not.
    #[test]
    fn an_empty_list_is_none_where_that_is_allowed() {
        for values in [&[][..], &[""], &[" ", ""]] {
            assert!(given(values, true).unwrap().is_empty(), "{values:?}");
        }
        assert_eq!(texts(given(&["", "a.com"], true).unwrap()), ["a.com"]);
        for value in ["a.com,", ",", "a.com,,b.com"] {
            assert!(given(&[value], true).is_err(), "{value:?}");
        }
        let mut list = List::new("domains", true);
        list.add_lines(b"\xEF\xBB\xBF\r\n", "f").unwrap();
        assert!(list.items(String::new).unwrap().is_empty());
    }

    #[test]
    fn the_comma_of_another_keyboard_is_named() {
        for comma in FOREIGN_COMMAS {
            let items = given(&[&format!("a.com{comma}b.com")], false).unwrap();
            let parse = |text: &str| without_foreign_comma(text).map(str::to_owned);
            let error = parse_distinct(items, parse, String::clone);
            let error = error.unwrap_err();
            assert!(error.message.contains(&format!("'{comma}'")), "{error:?}");
            assert!(error.hint.contains("type ','"), "{error:?}");
        }
        assert_eq!(foreign_comma("a.com,bücher.example。com"), None);
    }

    #[test]
    fn duplicates_are_dropped_and_the_order_is_kept() {
        let items = given(&["b,a,B,a"], false).unwrap();
        let parse = |text: &str| Ok(text.to_owned());
        let distinct = parse_distinct(items, parse, |text| text.to_lowercase()).unwrap();
        assert_eq!(distinct, ["b", "a"]);
    }
}
