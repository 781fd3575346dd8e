//! Answers: what they hold, as JSON and as a table, on stdout; and in words, where one has failed.

mod document;
mod grid;
mod listing;
mod mask;
#[cfg(test)]
mod tests;
mod view;

use std::borrow::Cow;
use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use serde::Serialize;
use terminal_size::terminal_size_of;

pub use document::{Document, Row, RowError, Status, Summary};
pub use grid::Look;
use grid::{Grid, Head};
pub use listing::{Column, Listing, Told};
pub use view::View;
use view::fields;

use crate::config::env::{CERTCTL_OUTPUT, COLUMNS};
use crate::config::{Env, Flags, Output, load, output, refuse_irregular};
use crate::error::Error;
use crate::redact::is_invisible;
use crate::transport::PlannedCall;
use crate::ui::{Color, Ui};

/// The version that every JSON document names.
pub const SCHEMA: &str = "certctl/v1";

/// How answers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One document, two-space indented.
    Json,
    /// For people; on a terminal it fits the width.
    Table,
    /// For people, with every column, however wide.
    Wide,
    /// A header line, then a line for each result (RFC 4180).
    Csv,
    /// A JSON object on a line of its own for each result.
    Ndjson,
}

impl Format {
    /// What nobody asked about: a table on a terminal, JSON elsewhere.
    pub fn for_stdout() -> Self {
        match io::stdout().is_terminal() {
            true => Format::Table,
            false => Format::Json,
        }
    }

    /// The form that the command line, the environment or the profile asks for, of a command line
    /// that was not understood as a whole.
    pub fn asked_for(args: &[OsString], env: &Env) -> Option<Self> {
        let mut asked = Flags::default();
        let mut named = None;
        let texts = args.iter().map(|arg| arg.to_str().unwrap_or_default());
        let mut texts = texts.skip(1).take_while(|text| *text != "--");
        while let Some(text) = texts.next() {
            let (name, value) = match text.strip_prefix("--") {
                Some(long) => match long.split_once('=') {
                    Some((name, value)) => (name, Some(value)),
                    None => (long, None),
                },
                // Before it may stand those that take no value: `-yo json`.
                None => match text
                    .trim_start_matches(['-', 'q', 'v', 'y'])
                    .split_at_checked(1)
                {
                    Some(("o", value)) if text.starts_with('-') => {
                        let value = value.strip_prefix('=').unwrap_or(value);
                        ("output", Some(value).filter(|value| !value.is_empty()))
                    }
                    _ => continue,
                },
            };
            let place = match name {
                "output" => &mut named,
                "profile" => &mut asked.profile,
                "config" => {
                    asked.config = value.or_else(|| texts.next()).map(Path::new);
                    continue;
                }
                _ => continue,
            };
            *place = value.or_else(|| texts.next());
        }
        let variable = || env.text(CERTCTL_OUTPUT).ok().flatten();
        let word = named.and_then(Format::named);
        word.or_else(|| Format::named(variable()?)).or_else(|| {
            // A pipe or the like is not read for this: it may never end.
            refuse_irregular(&asked, env).ok()?;
            let output = output(&asked, env, &load(&[], &asked, env));
            Some(Format::from(output.ok()??.value))
        })
    }

    fn named(word: &str) -> Option<Self> {
        let choice = Output::CHOICES.iter().find(|(name, _)| *name == word);
        choice.map(|(_, output)| Format::from(*output))
    }
}

impl From<Output> for Format {
    fn from(output: Output) -> Self {
        match output {
            Output::Json => Format::Json,
            Output::Table => Format::Table,
            Output::Wide => Format::Wide,
            Output::Csv => Format::Csv,
            Output::Ndjson => Format::Ndjson,
        }
    }
}

/// What a command returns: data, in the form it asks to be shown in.
#[derive(Debug)]
pub enum Answer {
    /// What became of each target.
    Targets(Document),
    /// What there is.
    List(Listing),
    /// A value, and the table that shows it.
    Data {
        /// For `-o json`.
        json: serde_json::Value,
        /// For `-o table`: the headers, then the rows.
        table: Vec<Vec<String>>,
    },
    /// A cloud's own answer.
    Raw {
        /// As it came.
        json: serde_json::Value,
        /// Whether a table was asked for; on a terminal alone it is JSON too.
        table: bool,
    },
    /// What would be changed.
    Plan {
        /// The command.
        command: &'static str,
        /// The document.
        json: serde_json::Value,
        /// For lines and columns: a row for each place.
        rows: Vec<serde_json::Value>,
        /// For people.
        text: String,
        /// The process's exit status.
        exit: u8,
    },
    /// Text for another program: completions, a man page.
    Text(String),
}

impl Answer {
    /// Says of each row of a list whose account it is from.
    pub fn of_profile(mut self, profile: &str) -> Self {
        if let Answer::List(listing) = &mut self {
            listing.of_profile(profile);
        }
        self
    }

    /// The answer of the same command for two accounts.
    pub fn and(mut self, other: Answer) -> Self {
        match (&mut self, other) {
            (Answer::List(listing), Answer::List(other)) => listing.join(other),
            (Answer::Targets(document), Answer::Targets(other)) => document.join(other),
            // One command answers in one form.
            _ => {}
        }
        self
    }

    /// The answer of a dry run: the targets, and the calls that would be made for them.
    pub fn planned(command: &'static str, rows: Vec<Row>, requests: Vec<PlannedCall>) -> Self {
        Answer::Targets(Document::planned(command, rows, requests))
    }

    /// The answer of a command that lists what there is.
    pub fn list(
        command: &'static str,
        columns: &'static [Column],
        rows: Vec<impl Serialize>,
    ) -> Self {
        Answer::List(Listing::new(command, columns, rows))
    }

    /// The answer of a command that was asked about single things: tables show every field.
    pub fn show(command: &'static str, rows: Vec<impl Serialize>) -> Self {
        Answer::List(Listing {
            single: true,
            ..Listing::new(command, &[], rows)
        })
    }

    /// The answer of a command that acts on targets, and has none.
    pub fn no_targets(command: &'static str) -> Self {
        Answer::Targets(Document::new(command, Vec::new()))
    }

    /// The answer of a command that reads, and has nothing to read.
    pub fn no_rows(command: &'static str, columns: &'static [Column]) -> Self {
        Answer::list(command, columns, Vec::<()>::new()).judged(0, Vec::new())
    }

    /// [`Listing::judged`] and [`Listing::telling`], for an answer that is a list.
    pub fn judged(self, exit: u8, failures: Vec<Told>) -> Self {
        match self {
            Answer::List(listing) => Answer::List(listing.judged(exit).telling(failures)),
            other => other,
        }
    }

    /// The process's exit status.
    pub fn exit(&self) -> u8 {
        match self {
            Answer::Targets(document) => document.exit(),
            Answer::List(listing) => listing.exit.unwrap_or(0),
            Answer::Plan { exit, .. } => *exit,
            Answer::Data { .. } | Answer::Raw { .. } | Answer::Text(_) => 0,
        }
    }
}

/// Writes a text to stdout. A reader that has gone away is no error.
pub fn write(text: &str) -> io::Result<()> {
    forgiving(to_stdout(|out| out.write_all(text.as_bytes())))
}

/// Writes the answer to stdout as it is. A reader that has gone away is no error.
pub fn answer(answer: &Answer, format: Format, look: Look) -> io::Result<()> {
    forgiving(to_stdout(|out| write_answer(out, answer, format, look)))
}

impl Look {
    /// How an answer looks on stdout in this form. Off a terminal tables are whole, and without colour
    /// unless that is asked for.
    pub fn on_stdout(format: Format, color: Color, env: &Env) -> Self {
        let is_table = matches!(format, Format::Table | Format::Wide);
        if !is_table {
            return Look::default();
        }
        let is_terminal = io::stdout().is_terminal();
        Look {
            width: (format == Format::Table && is_terminal).then(|| terminal_width(env)),
            color: match color {
                Color::Auto => is_terminal,
                Color::Always => true,
                Color::Never => false,
            },
            wide: format == Format::Wide,
        }
    }
}

/// The terminal's width: as `COLUMNS` says, else as the terminal itself does, else that of old.
fn terminal_width(env: &Env) -> usize {
    let said = env.non_empty(COLUMNS).and_then(|text| text.to_str());
    let said = said.and_then(|text| text.parse().ok());
    let own = || terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0));
    let known = said.or_else(own).filter(|width| *width > 0);
    known.unwrap_or(80)
}

/// The answer as `view` shows it, perhaps with a warning; none where it is shown as it is, and no
/// lines were asked for.
///
/// # Errors
/// The query cannot be asked of the answer.
pub fn viewed(
    answer: &Answer,
    format: Format,
    view: &View,
    look: Look,
) -> Result<Option<(String, Option<String>)>, Error> {
    let of = |(header, key): &Column| ((*header).to_owned(), (*key).to_owned());
    let format = match (answer, format) {
        (Answer::Raw { table: false, .. }, Format::Table) => Format::Json,
        (_, format) => format,
    };
    let as_it_is = !matches!(format, Format::Csv | Format::Ndjson) && view.is_plain();
    let (document, columns) = match answer {
        _ if as_it_is => return Ok(None),
        Answer::Text(_) => return Ok(None),
        Answer::Targets(document) => (
            serde_json::to_value(document).unwrap_or_default(),
            Document::COLUMNS.iter().map(of).collect(),
        ),
        Answer::List(listing) => (listing.json(), listing.columns.iter().map(of).collect()),
        Answer::Plan { json, rows, .. } => {
            let mut document = json.clone();
            // Lines and columns are those of the places; a query is asked of the plan itself.
            if format != Format::Json {
                document["results"] = rows.clone().into();
            }
            (document, Vec::new())
        }
        Answer::Data { json, .. } | Answer::Raw { json, .. } => (json.clone(), Vec::new()),
    };
    view.render(document, &columns, format, look).map(Some)
}

fn to_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    write(&mut out)?;
    out.flush()
}

fn forgiving(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Tells below an answer which targets were only accepted, and those that failed, in words.
pub fn tell_failures(ui: &Ui, answer: &Answer) {
    match answer {
        Answer::Targets(document) => {
            let unseen = document.unseen();
            if unseen > 0 {
                let changes = if unseen == 1 { "change" } else { "changes" };
                ui.note(&format!(
                    "{unseen} {changes} accepted by the cloud but not confirmed yet; add --wait \
                     to confirm"
                ));
            }
            let failed: Vec<&Row> = document.not_as_asked().collect();
            let errors = failed.iter().filter_map(|row| row.error.as_deref());
            let hints = errors.map(|error| error.hint.as_str());
            tell(ui, failed.iter().map(|row| row.sentence()), hints.collect());
        }
        Answer::List(Listing { failures, .. }) => {
            let hints = failures.iter().map(|told| told.hint.as_str());
            let sentences = failures.iter().map(|told| told.sentence.clone());
            tell(ui, sentences, hints.collect());
        }
        Answer::Plan { .. } | Answer::Data { .. } | Answer::Raw { .. } | Answer::Text(_) => {}
    }
}

fn tell(ui: &Ui, sentences: impl ExactSizeIterator<Item = String>, mut hints: Vec<&str>) {
    const SHOWN: usize = 5;
    let more = sentences.len().saturating_sub(SHOWN);
    for sentence in sentences.take(SHOWN) {
        ui.error(&sentence);
    }
    if more > 0 {
        ui.error(&format!("and {more} more: see the results"));
    }
    hints.retain(|hint| !hint.is_empty());
    hints.sort_unstable();
    hints.dedup();
    for hint in hints.iter().take(SHOWN) {
        ui.hint(hint);
    }
}

/// Tells why a command could not even begin: in words, or as one JSON line where JSON was asked for.
/// A pipe does not ask: people read the logs of CI.
pub fn tell_error(ui: &Ui, error: &Error, asked: Option<Format>) {
    let error = error.redacted();
    match asked {
        Some(Format::Json | Format::Ndjson) => {
            let line = serde_json::json!({"schema": SCHEMA, "error": error});
            ui.show(&line.to_string());
        }
        Some(Format::Table | Format::Wide | Format::Csv) | None => {
            let request = error.request_id.as_deref();
            let request = request.map(|id| format!(" (request {id})"));
            ui.error(&format!("{}{}", error.message, request.unwrap_or_default()));
            if !error.hint.is_empty() {
                ui.hint(&error.hint);
            }
        }
    }
}

fn write_answer(
    mut out: &mut dyn Write,
    answer: &Answer,
    format: Format,
    look: Look,
) -> io::Result<()> {
    use Format::{Table, Wide};
    match (answer, format) {
        (Answer::Text(text), _) => out.write_all(text.as_bytes()),
        (Answer::Targets(document), Table | Wide) => out.write_all(document.table(look).as_bytes()),
        (Answer::List(listing), Table | Wide) => out.write_all(listing.table(look).as_bytes()),
        (Answer::Plan { text, .. }, Table | Wide) => out.write_all(text.as_bytes()),
        (Answer::Data { table, .. }, Table | Wide) => {
            out.write_all(data_table(table, look).as_bytes())
        }
        (Answer::Raw { json, table: true }, Table | Wide) | (Answer::Raw { json, .. }, Wide) => {
            out.write_all(fields(json, look).as_bytes())
        }
        (Answer::Targets(document), _) => json(&mut out, document),
        (Answer::List(listing), _) => json(&mut out, &listing.json()),
        (
            Answer::Data { json: value, .. }
            | Answer::Raw { json: value, .. }
            | Answer::Plan { json: value, .. },
            _,
        ) => json(&mut out, value),
    }
}

/// A table that a command has made itself: headers, then rows.
fn data_table(rows: &[Vec<String>], look: Look) -> String {
    let Some((header, rows)) = rows.split_first() else {
        return String::new();
    };
    let head = |title: &String| Head::new(title, &title.to_lowercase());
    let heads = header.iter().map(head).collect();
    Grid::new(heads, rows.to_vec()).text(look).0
}

fn json(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    let text = serde_json::to_string_pretty(value)?;
    out.write_all(escaped(&text).as_bytes())?;
    out.write_all(b"\n")
}

/// JSON whose texts cannot drive or mislead a terminal: what is invisible is written as an escape.
/// Between its texts JSON has no such character but the ends of its lines.
fn escaped(json: &str) -> Cow<'_, str> {
    let is_special = |c: char| c != '\n' && is_invisible(c);
    if !json.contains(is_special) {
        return Cow::Borrowed(json);
    }
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        match is_special(c) {
            false => text.push(c),
            true => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    text.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    Cow::Owned(text)
}
