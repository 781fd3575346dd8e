//! Talk, on stderr: for the person, never for a program.
//!
//! Its rules: one line each; `error:`, `warning:`, `note:`, `hint:` begin it; nothing is said only
//! by colour; nothing but errors with `-q`.
mod progress;

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};

pub use progress::Progress;

use crate::redact::one_line;

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
            say(&inert(&text()));
        }
    }

    /// A request or an answer, redacted, with `-vv`.
    pub fn detail(&self, text: impl FnOnce() -> String) {
        if self.verbose >= 2 {
            say(&inert(&text()));
        }
    }

    /// Shows how far a command is that goes through `total` things.
    pub fn progress(&self, total: usize) -> Progress {
        Progress::new(total, self.terminal, self.quiet)
    }

    /// Asks on the terminal; anything but `y` or `yes` is a no.
    pub fn ask(&self, question: &str) -> io::Result<bool> {
        write!(io::stderr(), "{} [y/N] ", inert(question))?;
        let mut line = String::new();
        io::stdin().read_line(&mut line)?;
        Ok(matches!(line.trim(), "y" | "Y" | "yes" | "Yes" | "YES"))
    }

    /// Whether somebody is there to be asked.
    pub fn can_ask(&self) -> bool {
        self.terminal && io::stdin().is_terminal()
    }

    /// Lines as they are, without a prefix: a list before a question, an error as JSON.
    pub fn show(&self, text: &str) {
        say(&inert(text));
    }

    /// What went wrong.
    pub fn error(&self, text: &str) {
        self.line("error", "31", text);
    }

    /// What to do next.
    pub fn hint(&self, text: &str) {
        self.line("hint", "36", text);
    }

    /// Whether only errors are to be told.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    fn line(&self, word: &str, colour: &str, text: &str) {
        let text = inert(text);
        match self.color {
            true => say(&format!("\x1b[1;{colour}m{word}:\x1b[0m {text}")),
            false => say(&format!("{word}: {text}")),
        }
    }
}

/// A text as it may reach a terminal: names from outside (a server's, a file's) cannot drive it.
pub fn inert(text: &str) -> Cow<'_, str> {
    match text.contains(char::is_control) {
        true => Cow::Owned(one_line(text, usize::MAX)),
        false => Cow::Borrowed(text),
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
