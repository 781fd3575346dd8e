//! The only place that prints: answers to stdout, talk to stderr.
//!
//! Rules of the talk: one line each; `error:`, `warning:`, `hint:` begin it; nothing is said only
//! by colour; nothing but errors with `-q`.

mod document;
mod progress;
mod table;

use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal, Write};

use serde::Serialize;

pub use document::{Document, Row, RowError, Status, Summary};
pub use progress::Progress;
pub use table::table;

use crate::config::Env;
use crate::config::env::CERTCTL_OUTPUT;
use crate::error::Error;

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
        let texts = args.iter().map(|arg| arg.to_str().unwrap_or_default());
        let after_flag = texts.clone().skip(1).zip(texts.clone());
        let separate = after_flag.filter(|(_, flag)| matches!(*flag, "-o" | "--output"));
        let joined =
            texts.filter_map(|text| text.strip_prefix("--output=").or(text.strip_prefix("-o")));
        let variable = env.text(CERTCTL_OUTPUT).ok().flatten();
        let asked = separate.map(|(word, _)| word).chain(joined).chain(variable);
        asked
            .filter_map(|word| match word {
                "json" => Some(Format::Json),
                "table" => Some(Format::Table),
                _ => None,
            })
            .next()
            .unwrap_or_else(Format::for_stdout)
    }
}

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
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
        /// The exit status.
        exit: u8,
    },
    /// Text for another program: completions, a man page.
    Text(String),
}

impl Answer {
    /// The process's exit status.
    pub fn exit(&self) -> u8 {
        match self {
            Answer::Targets(document) => document.exit(),
            Answer::Data { exit, .. } => *exit,
            Answer::Text(_) => 0,
        }
    }
}

/// Talks to the person on stderr.
#[derive(Clone, Copy, Debug)]
pub struct Ui {
    verbose: u8,
    quiet: bool,
    color: bool,
    terminal: bool,
}

impl Ui {
    /// How loud, and in colour or not.
    pub fn new(verbose: u8, quiet: bool, color: Color, no_color: bool) -> Self {
        let terminal = io::stderr().is_terminal();
        Ui {
            verbose,
            quiet,
            terminal,
            color: match color {
                Color::Always => true,
                Color::Never => false,
                Color::Auto => terminal && !no_color,
            },
        }
    }

    /// Something to know about, though the command goes on.
    pub fn warn(&self, text: &str) {
        if !self.quiet {
            self.line("warning", "33", text);
        }
    }

    /// Something the command does that was not asked for in so many words.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.line("note", "36", text);
        }
    }

    /// A step, with `-v`.
    pub fn step(&self, text: impl FnOnce() -> String) {
        if self.verbose >= 1 {
            say(&text());
        }
    }

    /// A request or an answer, redacted, with `-vv`.
    pub fn detail(&self, text: impl FnOnce() -> String) {
        if self.verbose >= 2 {
            say(&text());
        }
    }

    /// Shows how far a command is that goes through `total` things.
    pub fn progress(&self, total: usize) -> Progress {
        Progress::new(total, self.terminal, self.quiet)
    }

    /// Asks on the terminal; anything but `y` or `yes` is a no.
    pub fn ask(&self, question: &str) -> io::Result<bool> {
        write!(io::stderr(), "{question} [y/N] ")?;
        let mut line = String::new();
        io::stdin().read_line(&mut line)?;
        Ok(matches!(line.trim(), "y" | "Y" | "yes" | "Yes" | "YES"))
    }

    /// Whether somebody is there to be asked.
    pub fn can_ask(&self) -> bool {
        self.terminal && io::stdin().is_terminal()
    }

    /// Lines to read before a question, without a prefix.
    pub fn show(&self, text: &str) {
        say(text);
    }

    /// The failed targets in words, below an answer that holds them all.
    pub fn failures(&self, document: &Document) {
        const SHOWN: usize = 5;
        if self.quiet {
            return;
        }
        let failed: Vec<&Row> = document.not_as_asked().collect();
        for row in failed.iter().take(SHOWN) {
            self.line("error", "31", &row.sentence());
        }
        if failed.len() > SHOWN {
            let more = failed.len() - SHOWN;
            self.line("error", "31", &format!("and {more} more: see the results"));
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
            self.line("hint", "36", hint);
        }
    }

    /// Why a command could not even begin.
    pub fn error(&self, error: &Error, format: Format) {
        let error = error.redacted();
        match format {
            Format::Json => say(&error.json()),
            Format::Table => {
                self.line("error", "31", &error.message);
                if !error.hint.is_empty() {
                    self.line("hint", "36", &error.hint);
                }
            }
        }
    }

    fn line(&self, word: &str, colour: &str, text: &str) {
        match self.color {
            true => say(&format!("\x1b[1;{colour}m{word}:\x1b[0m {text}")),
            false => say(&format!("{word}: {text}")),
        }
    }
}

/// Writes a line to stderr. Where that cannot be done there is nobody to tell; the command goes on.
fn say(line: &str) {
    let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
}

/// Says that certctl itself is at fault, and where. What the panic says is left out: it may quote
/// a secret.
pub fn bug(place: &std::panic::Location<'_>) {
    say(&format!(
        "certctl: bug: it gave up at {}:{}; please report this line and the command",
        place.file(),
        place.line()
    ));
}

/// Writes the answer to stdout. A reader that has gone away is no error.
pub fn answer(answer: &Answer, format: Format) -> io::Result<()> {
    let written = write_answer(&mut BufWriter::new(io::stdout().lock()), answer, format);
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

fn write_answer(out: &mut impl Write, answer: &Answer, format: Format) -> io::Result<()> {
    match (answer, format) {
        (Answer::Targets(document), Format::Json) => json(out, document)?,
        (Answer::Targets(document), Format::Table) => out.write_all(document.table().as_bytes())?,
        (Answer::Data { json: value, .. }, Format::Json) => json(out, value)?,
        (Answer::Data { table: rows, .. }, Format::Table) => {
            out.write_all(table(rows).as_bytes())?
        }
        (Answer::Text(text), _) => out.write_all(text.as_bytes())?,
    }
    out.flush()
}

fn json(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    out.write_all(b"\n")
}
