//! JSON, with the place of everything. The parser judges the text; what it has let through is gone
//! through once more, only to see where things stand.

use std::collections::HashSet;

use serde_json::Value as Json;

use super::ManifestError;
use super::node::{DECIMAL, Key, Node, TOO_LARGE, Text, Value};

/// Reads JSON.
pub(super) fn parse<'t>(text: &Text<'t>) -> Result<Node<'t>, ManifestError> {
    match serde_json::from_str::<Json>(text.text) {
        Ok(_) => {
            let mut scan = Scan { text, at: 0 };
            scan.node()
        }
        Err(error) => {
            let mut lines = text.text.split_inclusive('\n');
            let before: usize = lines
                .by_ref()
                .take(error.line().saturating_sub(1))
                .map(str::len)
                .sum();
            let at = before + error.column().saturating_sub(1);
            let said = error.to_string();
            let why = said.split(" at line ").next().unwrap_or_default();
            Err(text.broken(at, "JSON", why))
        }
    }
}

/// Where it stands in a text that is JSON.
struct Scan<'s, 't> {
    text: &'s Text<'t>,
    at: usize,
}

impl<'t> Scan<'_, 't> {
    fn node(&mut self) -> Result<Node<'t>, ManifestError> {
        self.skip_space();
        let at = self.at;
        let value = match self.rest().as_bytes().first() {
            Some(b'{') => self.table()?,
            Some(b'[') => self.list()?,
            Some(b'"') => Value::Text(self.string().into()),
            _ => self.word(),
        };
        Ok(Node { at, value })
    }

    fn table(&mut self) -> Result<Value<'t>, ManifestError> {
        let mut entries = Vec::new();
        let mut names = HashSet::new();
        while self.goes_on('}') {
            let at = self.at;
            let name = self.string();
            if !names.insert(name.clone()) {
                let hint = "remove one of the two";
                return Err(self.text.error(at, "this key is here twice", hint));
            }
            self.skip_space();
            // The colon.
            self.at += 1;
            let name = name.into();
            entries.push((Key { at, name }, self.node()?));
        }
        Ok(Value::Table(entries))
    }

    fn list(&mut self) -> Result<Value<'t>, ManifestError> {
        let mut items = Vec::new();
        while self.goes_on(']') {
            items.push(self.node()?);
        }
        Ok(Value::List(items))
    }

    /// Steps over the opening bracket or a comma to the next item; over the closing bracket, where
    /// there is none.
    fn goes_on(&mut self, close: char) -> bool {
        self.skip_space();
        let is_end = self.rest().starts_with(close);
        self.at += 1;
        self.skip_space();
        let is_empty = !is_end && self.rest().starts_with(close);
        if is_empty {
            self.at += 1;
        }
        !is_end && !is_empty && !self.rest().is_empty()
    }

    fn string(&mut self) -> String {
        let bytes = self.rest().as_bytes();
        let mut end = 1;
        while bytes.get(end).is_some_and(|byte| *byte != b'"') {
            end += match bytes[end] {
                b'\\' => 2,
                _ => 1,
            };
        }
        let token = self.token(end + 1);
        serde_json::from_str(token).unwrap_or_default()
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self) -> Value<'t> {
        let is_end = |c: char| matches!(c, ',' | ']' | '}') || c.is_ascii_whitespace();
        let end = self.rest().find(is_end).unwrap_or(self.rest().len());
        match serde_json::from_str(self.token(end)) {
            Ok(Json::Bool(flag)) => Value::Bool(flag),
            Ok(Json::Number(number)) => match number.as_i64() {
                Some(number) => Value::Integer(number),
                None if number.is_u64() => Value::Other(TOO_LARGE),
                None => Value::Other(DECIMAL),
            },
            _ => Value::Other("null"),
        }
    }

    fn token(&mut self, length: usize) -> &'t str {
        let rest = self.rest();
        let length = length.min(rest.len());
        self.at += length;
        &rest[..length]
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn rest(&self) -> &'t str {
        self.text.text.get(self.at..).unwrap_or_default()
    }
}
