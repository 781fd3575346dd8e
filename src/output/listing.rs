//! Lists: rows that were read, shown as they are.
#![deny(clippy::disallowed_methods)]

use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::SCHEMA;
use super::grid::Look;
use super::view::{fields, further, lines};

/// A column of a table: its header, and the key of the rows that it shows; dots lead inwards.
pub type Column = (&'static str, &'static str);

/// The answer of a command that reads: a row for each thing there is.
#[derive(Debug)]
pub struct Listing {
    pub(super) command: &'static str,
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Json>,
    /// Whether one thing was asked about: its table has a line for each field.
    pub(super) single: bool,
    pub(super) exit: Option<u8>,
    pub(super) failures: Vec<Told>,
    /// What the document says beside its results.
    pub(super) beside: Map<String, Json>,
}

/// A failure in words, told on stderr below the answer that holds it too.
#[derive(Debug)]
pub struct Told {
    /// What happened, and to what.
    pub sentence: String,
    /// What to do next; may be empty.
    pub hint: String,
}

impl Listing {
    /// The rows of `command`; tables show `columns` unless told otherwise.
    pub fn new(
        command: &'static str,
        columns: &'static [Column],
        rows: Vec<impl Serialize>,
    ) -> Self {
        let row = |row| serde_json::to_value(row).expect("a row is plain data");
        Listing {
            command,
            columns: columns.to_vec(),
            rows: rows.into_iter().map(row).collect(),
            single: false,
            exit: None,
            failures: Vec::new(),
            beside: Map::new(),
        }
    }

    /// What the document says beside its results, before them.
    pub fn beside(mut self, key: &str, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value).expect("it is plain data");
        self.beside.insert(key.to_owned(), value);
        self
    }

    /// For commands that also judge what they read: the verdict as an exit status. The document
    /// says `ok` then.
    pub fn judged(mut self, exit: u8) -> Self {
        self.exit = Some(exit);
        self
    }

    /// What is to be told of the rows that are not as they should be.
    pub fn telling(mut self, failures: Vec<Told>) -> Self {
        self.failures = failures;
        self
    }

    /// Says of each row whose account it is from.
    pub(super) fn of_profile(&mut self, profile: &str) {
        self.columns.insert(0, ("PROFILE", "profile"));
        for row in &mut self.rows {
            if let Json::Object(members) = row {
                members.shift_insert(0, "profile".into(), profile.into());
            }
        }
    }

    /// Takes the rows of another account as well.
    pub(super) fn join(&mut self, other: Listing) {
        self.rows.extend(other.rows);
        self.failures.extend(other.failures);
        self.exit = self.exit.max(other.exit);
    }

    /// The rows as a table, or each of them as one.
    pub(super) fn table(&self, look: Look) -> String {
        if self.single {
            let fields = self.rows.iter().map(|row| fields(row, look));
            return fields.collect::<Vec<_>>().join("\n");
        }
        let owned = |(title, key): &Column| ((*title).to_owned(), (*key).to_owned());
        let mut columns: Vec<_> = self.columns.iter().map(owned).collect();
        if look.wide {
            further(&self.rows, &mut columns);
        }
        lines(&self.rows, &columns, look)
    }

    /// The document that scripts read.
    pub fn json(&self) -> Json {
        let mut document = Map::new();
        document.insert("schema".into(), SCHEMA.into());
        document.insert("command".into(), self.command.into());
        if let Some(exit) = self.exit {
            document.insert("ok".into(), (exit == 0).into());
        }
        document.extend(self.beside.clone());
        document.insert("results".into(), self.rows.clone().into());
        Json::Object(document)
    }
}
