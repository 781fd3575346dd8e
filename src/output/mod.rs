//! Answers: what they hold, as JSON and as a table, on stdout; and in words, where one has failed.

mod document;
mod table;

use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal, Write};

use serde::Serialize;

pub use document::{Document, Row, RowError, Status, Summary};
pub use table::table;

use crate::config::Env;
use crate::config::env::CERTCTL_OUTPUT;
use crate::error::Error;
use crate::ui::{Ui, Volume};

/// The version that every JSON document names.
pub const SCHEMA: &str = "certctl/v1";

/// How answers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One document, two-space indented.
    Json,
    /// For people.
    Table,
}

impl Format {
    /// What nobody asked about: a table on a terminal, JSON elsewhere.
    pub fn for_stdout() -> Self {
        match io::stdout().is_terminal() {
            true => Format::Table,
            false => Format::Json,
        }
    }

    /// What a command line asks for that was not understood as a whole.
    pub fn asked_for(args: &[OsString], env: &Env) -> Self {
        let mut texts = args.iter().map(|arg| arg.to_str().unwrap_or_default());
        while let Some(text) = texts.next() {
            let word = match text {
                "-o" | "--output" => texts.next(),
                _ => text.strip_prefix("--output=").or(text.strip_prefix("-o")),
            };
            if let Some(format) = word.and_then(Format::named) {
                return format;
            }
        }
        let variable = env.text(CERTCTL_OUTPUT).ok().flatten();
        variable
            .and_then(Format::named)
            .unwrap_or_else(Format::for_stdout)
    }

    fn named(word: &str) -> Option<Self> {
        match word {
            "json" => Some(Format::Json),
            "table" => Some(Format::Table),
            _ => None,
        }
    }
}

/// What a command returns: data, in the form it asks to be shown in.
#[derive(Debug)]
pub enum Answer {
    /// What became of each target.
    Targets(Document),
    /// A value, and the table that shows it.
    Data {
        /// For `-o json`.
        json: serde_json::Value,
        /// For `-o table`: the header row, then the rows.
        table: Vec<Vec<String>>,
    },
    /// Text for another program: completions, a man page.
    Text(String),
}

impl Answer {
    /// The process's exit status.
    pub fn exit(&self) -> u8 {
        match self {
            Answer::Targets(document) => document.exit(),
            Answer::Data { .. } | Answer::Text(_) => 0,
        }
    }
}

/// Writes the answer to stdout. A reader that has gone away is no error.
pub fn answer(answer: &Answer, format: Format) -> io::Result<()> {
    let written = write_answer(&mut BufWriter::new(io::stdout().lock()), answer, format);
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Tells the failed targets in words, below an answer that holds them all.
pub fn tell_failures(ui: &Ui, document: &Document) {
    const SHOWN: usize = 5;
    if ui.volume() == Volume::Quiet {
        return;
    }
    let failed: Vec<&Row> = document.not_as_asked().collect();
    for row in failed.iter().take(SHOWN) {
        ui.error(&row.sentence());
    }
    if failed.len() > SHOWN {
        ui.error(&format!(
            "and {} more: see the results",
            failed.len() - SHOWN
        ));
    }
    let mut hints: Vec<&str> = failed
        .iter()
        .filter_map(|row| row.error.as_deref())
        .map(|error| error.hint.as_str())
        .filter(|hint| !hint.is_empty())
        .collect();
    hints.sort_unstable();
    hints.dedup();
    for hint in hints.iter().take(SHOWN) {
        ui.hint(hint);
    }
}

/// Tells why a command could not even begin: one JSON line, or words.
pub fn tell_error(ui: &Ui, error: &Error, format: Format) {
    let error = error.redacted();
    match format {
        Format::Json => {
            let line = serde_json::json!({"schema": SCHEMA, "error": error});
            ui.show(&line.to_string());
        }
        Format::Table => {
            ui.error(&error.message);
            if !error.hint.is_empty() {
                ui.hint(&error.hint);
            }
        }
    }
}

fn write_answer(out: &mut impl Write, answer: &Answer, format: Format) -> io::Result<()> {
    match (answer, format) {
        (Answer::Targets(document), Format::Json) => json(out, document)?,
        (Answer::Targets(document), Format::Table) => out.write_all(document.table().as_bytes())?,
        (Answer::Data { json: value, .. }, Format::Json) => json(out, value)?,
        (Answer::Data { table: rows, .. }, Format::Table) => {
            out.write_all(table(rows).as_bytes())?;
        }
        (Answer::Text(text), _) => out.write_all(text.as_bytes())?,
    }
    out.flush()
}

fn json(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    out.write_all(b"\n")
}
