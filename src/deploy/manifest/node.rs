//! What is read of a text before anyone asks what it means: a tree in which everything knows where it
//! stands. TOML becomes one here, JSON in `json`.

use std::borrow::Cow;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::ManifestError;
use super::unfit::{NEVER_THE_KEY, hidden};
use crate::redact::{is_pem, one_line};

/// The longest message, in characters: what a person still reads.
const MESSAGE_LIMIT: usize = 500;

/// A manifest as it is written.
pub(super) struct Text<'t> {
    pub(super) text: &'t str,
}

/// A value, and the byte that it begins with.
pub(super) struct Node<'t> {
    pub(super) at: usize,
    pub(super) value: Value<'t>,
}

/// The name of a value in a table, and the byte that it begins with.
pub(super) struct Key<'t> {
    pub(super) at: usize,
    pub(super) name: Cow<'t, str>,
}

/// The values that TOML and JSON both have, and the others by their kind.
pub(super) enum Value<'t> {
    Text(Cow<'t, str>),
    Integer(i64),
    Bool(bool),
    List(Vec<Node<'t>>),
    /// In the order of the text.
    Table(Vec<(Key<'t>, Node<'t>)>),
    Other(&'static str),
}

/// What else a number can be.
pub(super) const DECIMAL: &str = "a decimal number";
pub(super) const TOO_LARGE: &str = "a number that is too large";

impl<'t> Text<'t> {
    /// The text, without the byte order mark that an editor may put in front.
    pub(super) fn of(text: &'t str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Text { text }
    }

    /// Whether it is JSON: TOML never begins so.
    pub(super) fn is_json(&self) -> bool {
        self.text.trim_start().starts_with('{')
    }

    /// The line of a byte, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        1 + self.before(at).matches('\n').count()
    }

    /// Refuses what begins with this byte. What may be a secret is in neither text.
    pub(super) fn error(
        &self,
        at: usize,
        message: impl AsRef<str>,
        hint: impl AsRef<str>,
    ) -> ManifestError {
        let before = self.before(at);
        let line = before.rfind('\n').map_or(before, |end| &before[end + 1..]);
        ManifestError {
            line: self.line(at),
            column: 1 + line.chars().count(),
            message: one_line(&hidden(message.as_ref()), MESSAGE_LIMIT),
            hint: one_line(&hidden(hint.as_ref()), MESSAGE_LIMIT),
        }
    }

    /// Refuses a text that is none in its language. A key that was pasted in is the likely reason where
    /// there is one.
    pub(super) fn broken(&self, at: usize, language: &str, why: &str) -> ManifestError {
        let message = format!("this is not {language}: {why}");
        let hint = match is_pem(self.text) {
            true => NEVER_THE_KEY,
            false => "correct the file; it may be incomplete",
        };
        self.error(at, message, hint)
    }

    /// The text up to a byte, or to the beginning of the character that the byte is a part of.
    fn before(&self, at: usize) -> &'t str {
        let mut end = at.min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        &self.text[..end]
    }
}

impl Value<'_> {
    /// What it is, for people.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Value::Text(_) => "text",
            Value::Integer(_) => "a number",
            Value::Bool(_) => "true or false",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
            Value::Other(kind) => kind,
        }
    }
}

/// Reads TOML.
pub(super) fn parse_toml<'t>(text: &Text<'t>) -> Result<Node<'t>, ManifestError> {
    match DeTable::parse(text.text) {
        Ok(table) => Ok(Node {
            at: 0,
            value: table_of(table.into_inner()),
        }),
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            Err(text.broken(at, "TOML", error.message()))
        }
    }
}

fn table_of<'t>(table: DeTable<'t>) -> Value<'t> {
    let entry = |(key, value): (Spanned<Cow<'t, str>>, Spanned<DeValue<'t>>)| {
        let at = key.span().start;
        let name = key.into_inner();
        (Key { at, name }, node_of(value))
    };
    let mut entries: Vec<_> = table.into_iter().map(entry).collect();
    entries.sort_by_key(|(key, _)| key.at);
    Value::Table(entries)
}

fn node_of(value: Spanned<DeValue<'_>>) -> Node<'_> {
    let at = value.span().start;
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Value::Other(TOO_LARGE), Value::Integer),
        DeValue::Float(_) => Value::Other(DECIMAL),
        DeValue::Boolean(flag) => Value::Bool(flag),
        DeValue::Datetime(_) => Value::Other("a date"),
        DeValue::Array(items) => Value::List(items.into_iter().map(node_of).collect()),
        DeValue::Table(table) => table_of(table),
    };
    Node { at, value }
}
