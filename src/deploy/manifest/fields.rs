//! A table, read key by key: what is missing, unknown or of another kind is refused where it stands.

use std::collections::HashMap;
use std::hash::Hash;

use super::ManifestError;
use super::node::{Key, Node, Text, Value};
use super::unfit::{Unfit, brief};
use crate::config::edit::bare;
use crate::config::nearest;
use crate::redact::names_secret;

/// The hint for a key that is called as secrets are.
const NO_SECRET: &str = "a manifest holds no secret: name a profile for a login, and for a private \
                         key a file or { env = NAME }";

/// A table.
pub(super) struct Fields<'n, 't> {
    text: &'n Text<'t>,
    /// Its path: `certificates.shop.on`.
    path: String,
    /// Where it stands.
    at: usize,
    entries: &'n [(Key<'t>, Node<'t>)],
}

impl<'n, 't> Fields<'n, 't> {
    /// The table of a node.
    pub(super) fn of(
        text: &'n Text<'t>,
        path: String,
        at: usize,
        node: &'n Node<'t>,
    ) -> Result<Self, ManifestError> {
        match &node.value {
            Value::Table(entries) => Ok(Fields {
                text,
                path,
                at,
                entries,
            }),
            other => {
                let message = format!("{path} must be a table, not {}", other.kind());
                Err(text.error(node.at, message, "see docs/manifest.md for the format"))
            }
        }
    }

    /// Refuses keys that are none of these.
    pub(super) fn only(self, known: &[&str]) -> Result<Self, ManifestError> {
        let mut keys = self.entries.iter().map(|(key, _)| key);
        match keys.find(|key| !known.contains(&&*key.name)) {
            None => Ok(self),
            Some(key) => {
                let hint = match nearest(&key.name, known) {
                    Some(near) => format!("did you mean {near}?"),
                    None if names_secret(&key.name) => NO_SECRET.to_owned(),
                    None => format!("known keys: {}", known.join(", ")),
                };
                let message = format!("unknown key {}", self.path_of(&key.name));
                Err(self.text.error(key.at, message, hint))
            }
        }
    }

    /// A key, with where it and its value stand.
    pub(super) fn entry(&self, key: &str) -> Option<(usize, &'n Node<'t>)> {
        let mut entries = self.entries.iter();
        let (at, node) = entries.find(|(other, _)| other.name == key)?;
        Some((at.at, node))
    }

    /// The value of a key.
    pub(super) fn node(&self, key: &str) -> Option<&'n Node<'t>> {
        self.entry(key).map(|(_, node)| node)
    }

    /// The table of a key.
    pub(super) fn inner(
        &self,
        key: &str,
        at: usize,
        node: &'n Node<'t>,
    ) -> Result<Self, ManifestError> {
        Fields::of(self.text, self.path_of(key), at, node)
    }

    /// The tables in the table of a key, with their names. There is one at least.
    pub(super) fn tables(
        &self,
        key: &str,
        hint: &str,
    ) -> Result<Vec<(String, Fields<'n, 't>)>, ManifestError> {
        let (at, node) = self.entry(key).ok_or_else(|| self.missing(key, hint))?;
        let table = self.inner(key, at, node)?;
        if table.entries.is_empty() {
            return Err(self
                .text
                .error(at, format!("{} is empty", table.path), hint));
        }
        let named = |(key, node): &'n (Key<'t>, Node<'t>)| {
            let name = key.name.to_string();
            if name.is_empty() || name.contains(char::is_control) {
                let message = format!("{}: a name is empty or has a control character", table.path);
                let hint = "use any other text, such as shop";
                return Err(self.text.error(key.at, message, hint));
            }
            let fields = Fields::of(self.text, table.path_of(&name), key.at, node)?;
            Ok((name, fields))
        };
        table.entries.iter().map(named).collect()
    }

    /// The tables in the list of a key. There is one at least.
    pub(super) fn blocks(
        &self,
        key: &str,
        hint: &str,
    ) -> Result<Vec<Fields<'n, 't>>, ManifestError> {
        let node = self.needed(key, hint)?;
        let form = "write [[certificates.NAME.on]], with two brackets";
        let items = self.items(key, node, form, hint)?;
        let table = |item: &'n Node<'t>| match &item.value {
            Value::Table(_) => Fields::of(self.text, self.path_of(key), item.at, item),
            _ => Err(self.wrong_item(key, item, "a table", form)),
        };
        items.iter().map(table).collect()
    }

    /// The value of a key that has to be there.
    pub(super) fn needed(&self, key: &str, hint: &str) -> Result<&'n Node<'t>, ManifestError> {
        self.node(key).ok_or_else(|| self.missing(key, hint))
    }

    /// A text, as what `read` makes of it.
    pub(super) fn text<T>(
        &self,
        key: &str,
        read: impl FnOnce(&str) -> Result<T, Unfit>,
    ) -> Result<Option<T>, ManifestError> {
        let of = |node| self.read(key, node, read);
        self.node(key).map(of).transpose()
    }

    /// A text that has to be there, as what `read` makes of it.
    pub(super) fn needed_text<T>(
        &self,
        key: &str,
        hint: &str,
        read: impl FnOnce(&str) -> Result<T, Unfit>,
    ) -> Result<T, ManifestError> {
        self.read(key, self.needed(key, hint)?, read)
    }

    /// True or false; false where it is not said.
    pub(super) fn flag(&self, key: &str) -> Result<bool, ManifestError> {
        match self.node(key) {
            None => Ok(false),
            Some(node) => match node.value {
                Value::Bool(flag) => Ok(flag),
                _ => Err(self.wrong(
                    key,
                    node,
                    "true or false",
                    "write it without quotation marks",
                )),
            },
        }
    }

    /// A list of texts, each as what `read` makes of it, with where it stands; none twice. Nothing
    /// where the key is not there, but an empty list is refused.
    pub(super) fn list<T: Clone + Eq + Hash>(
        &self,
        key: &str,
        read: impl Fn(&str) -> Result<T, Unfit>,
    ) -> Result<Vec<(usize, T)>, ManifestError> {
        let Some(node) = self.node(key) else {
            return Ok(Vec::new());
        };
        let mut found: Vec<(usize, T)> = Vec::new();
        let mut seen: HashMap<T, usize> = HashMap::new();
        let (form, fill) = (
            "put it in brackets: [\"…\"]",
            "remove the key, or fill the list",
        );
        for item in self.items(key, node, form, fill)? {
            let Value::Text(text) = &item.value else {
                return Err(self.wrong_item(key, item, "text", "put it in quotation marks"));
            };
            let value = self.read(key, item, &read)?;
            if let Some(first) = seen.insert(value.clone(), item.at) {
                let reason = format!("is already listed, on line {}", self.text.line(first));
                let unfit = Unfit::new(text, reason, "remove one of the two");
                return Err(self.unfit(key, item.at, unfit));
            }
            found.push((item.at, value));
        }
        Ok(found)
    }

    /// Refuses the value of a key.
    pub(super) fn unfit(&self, key: &str, at: usize, unfit: Unfit) -> ManifestError {
        let message = format!("{}: {}", self.path_of(key), unfit.message);
        self.text.error(at, message, unfit.hint)
    }

    /// Refuses the table itself, at a byte of it or where it begins.
    pub(super) fn refused(&self, at: Option<usize>, why: &str, hint: &str) -> ManifestError {
        let colon = if self.path.is_empty() { "" } else { ": " };
        let message = format!("{}{colon}{why}", self.path);
        self.text.error(at.unwrap_or(self.at), message, hint)
    }

    /// Refuses a key that has nothing to say here.
    pub(super) fn none_of(&self, key: &str, why: &str, hint: &str) -> Result<(), ManifestError> {
        match self.entry(key) {
            None => Ok(()),
            Some((at, _)) => {
                let message = format!("{} {why}", self.path_of(key));
                Err(self.text.error(at, message, hint))
            }
        }
    }

    /// Refuses a value of another kind.
    pub(super) fn wrong(
        &self,
        key: &str,
        node: &Node<'t>,
        wanted: &str,
        hint: &str,
    ) -> ManifestError {
        let found = node.value.kind();
        let message = format!("{} must be {wanted}, not {found}", self.path_of(key));
        self.text.error(node.at, message, hint)
    }

    /// Refuses an item of another kind.
    fn wrong_item(&self, key: &str, item: &Node<'t>, wanted: &str, hint: &str) -> ManifestError {
        let found = item.value.kind();
        let path = self.path_of(key);
        let message = format!("{path}: each item must be {wanted}, not {found}");
        self.text.error(item.at, message, hint)
    }

    /// The items of a list. `form` says how one is written, `fill` what to put into an empty one.
    fn items(
        &self,
        key: &str,
        node: &'n Node<'t>,
        form: &str,
        fill: &str,
    ) -> Result<&'n [Node<'t>], ManifestError> {
        match &node.value {
            Value::List(items) if items.is_empty() => {
                let message = format!("{} is empty", self.path_of(key));
                Err(self.text.error(node.at, message, fill))
            }
            Value::List(items) => Ok(items),
            _ => Err(self.wrong(key, node, "a list", form)),
        }
    }

    fn read<T>(
        &self,
        key: &str,
        node: &Node<'t>,
        read: impl FnOnce(&str) -> Result<T, Unfit>,
    ) -> Result<T, ManifestError> {
        match &node.value {
            Value::Text(text) => read(text).map_err(|unfit| self.unfit(key, node.at, unfit)),
            _ => Err(self.wrong(key, node, "text", "put it in quotation marks")),
        }
    }

    /// Refuses the table for the key that it lacks.
    fn missing(&self, key: &str, hint: &str) -> ManifestError {
        let message = format!("{} is missing", self.path_of(key));
        self.text.error(self.at, message, hint)
    }

    fn path_of(&self, key: &str) -> String {
        let key = brief(&bare(key));
        match self.path.is_empty() {
            true => key,
            false => format!("{}.{key}", self.path),
        }
    }
}

/// `a, b and c`.
pub(super) fn listed(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
