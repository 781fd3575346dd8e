//! Talk, on stderr: for the person, never for a program.
//!
//! Its rules: one line each; `error:`, `warning:`, `note:`, `hint:` begin it; nothing is said only
//! by colour; nothing but errors with `-q`.

mod hidden;
mod progress;

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

pub use progress::Progress;
use progress::Shown;

use zeroize::Zeroizing;

use self::hidden::Hidden;
use crate::files::{FileError, within};
use crate::redact::{is_invisible, one_line};
use crate::secret::Secret;

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Color {
    /// On a terminal.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How much is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Volume {
    /// Errors (`-q`).
    Quiet,
    /// Warnings, notes and progress as well.
    #[default]
    Normal,
    /// Each step as well (`-v`).
    Steps,
    /// Each request and answer as well, redacted (`-vv`).
    Details,
}

/// Talks to the person on stderr.
#[derive(Clone, Copy, Debug)]
pub struct Ui {
    volume: Volume,
    color: bool,
    terminal: bool,
}

impl Ui {
    /// How loud, and in colour or not.
    pub fn new(volume: Volume, color: Color) -> Self {
        let terminal = io::stderr().is_terminal();
        Ui {
            volume,
            terminal,
            color: match color {
                Color::Always => true,
                Color::Never => false,
                Color::Auto => terminal,
            },
        }
    }

    /// Something to know about, though the command goes on.
    pub fn warn(&self, text: &str) {
        if self.volume >= Volume::Normal {
            self.line("warning", "33", text);
        }
    }

    /// Something the command does that was not asked for in so many words.
    pub fn note(&self, text: &str) {
        if self.volume >= Volume::Normal {
            self.line("note", "36", text);
        }
    }

    /// A step, with `-v`.
    pub fn step(&self, text: impl FnOnce() -> String) {
        if self.volume >= Volume::Steps {
            say(&inert(&text()));
        }
    }

    /// A request or an answer, redacted, with `-vv`.
    pub fn detail(&self, text: impl FnOnce() -> String) {
        if self.volume >= Volume::Details {
            say(&inert(&text()));
        }
    }

    /// Shows how far a command is that goes through `total` things.
    pub fn progress(&self, total: usize) -> Progress {
        let shown = match self.terminal {
            _ if self.volume == Volume::Quiet => Shown::Nothing,
            true => Shown::Bar(None),
            false => Shown::Lines,
        };
        Progress::new(total, shown)
    }

    /// Asks on the terminal; anything but `y` or `yes` is a no, and so is the end of the input. Whoever
    /// calls it sees to the deadline.
    pub fn ask(&self, question: &str) -> io::Result<bool> {
        let lines: Vec<Cow<'_, str>> = question.split('\n').map(inert).collect();
        // In one piece: what is typed ahead is echoed beside it, not inside.
        let prompt = format!("{} [y/N] ", lines.join("\n"));
        io::stderr().write_all(prompt.as_bytes())?;
        let mut line = String::new();
        if io::stdin().read_line(&mut line)? == 0 {
            // Nothing has ended the line of the question.
            say("");
        }
        Ok(matches!(line.trim(), "y" | "Y" | "yes" | "Yes" | "YES"))
    }

    /// Asks on the terminal for what must not be seen: nothing of it is shown.
    ///
    /// # Errors
    /// It cannot be hidden, or what is typed cannot be read; nothing was until the deadline.
    pub fn ask_secret(&self, question: &str) -> Result<Secret, FileError> {
        let hidden = Hidden::ask(inert(question).into_owned());
        let _hidden = hidden.map_err(|source| FileError::Io {
            path: Path::new("the terminal").into(),
            source,
        })?;
        let line = typed()?;
        Ok(Secret::new(line.trim_end_matches(['\r', '\n']).to_owned()))
    }

    /// Whether somebody is there to be asked; else the stream that is no terminal.
    ///
    /// # Errors
    /// Nobody reads the question, or nobody can answer.
    pub fn who_can_be_asked(&self) -> Result<(), &'static str> {
        match (io::stdin().is_terminal(), self.terminal) {
            (true, true) => Ok(()),
            (false, _) => Err("stdin"),
            (true, false) => Err("stderr"),
        }
    }

    /// Lines as they are, without a prefix: a list before a question, an error as JSON.
    pub fn show(&self, text: &str) {
        say(&inert(text));
    }

    /// A help page of ours.
    pub fn page(&self, text: &str) {
        say(text.trim_end());
    }

    /// What went wrong.
    pub fn error(&self, text: &str) {
        self.line("error", "31", text);
    }

    /// What to do next.
    pub fn hint(&self, text: &str) {
        self.line("hint", "36", text);
    }

    /// How much is told.
    pub fn volume(&self) -> Volume {
        self.volume
    }

    fn line(&self, word: &str, colour: &str, text: &str) {
        let text = inert(text);
        match self.color {
            true => say(&format!("\x1b[1;{colour}m{word}:\x1b[0m {text}")),
            false => say(&format!("{word}: {text}")),
        }
    }
}

/// A line of what is typed.
fn typed() -> Result<Zeroizing<String>, FileError> {
    let terminal = Path::new("the terminal");
    within(terminal, || {
        // Room for a secret at once: growing would leave copies of it behind in freed memory.
        let mut line = Zeroizing::new(String::with_capacity(4096));
        let read = io::stdin().read_line(&mut line);
        read.map_err(|source| FileError::Io {
            path: terminal.into(),
            source,
        })?;
        Ok(line)
    })
}

/// A text as it may reach a terminal: names from outside (a server's, a file's) cannot drive it.
pub fn inert(text: &str) -> Cow<'_, str> {
    match text.contains(is_invisible) {
        true => Cow::Owned(one_line(text, usize::MAX)),
        false => Cow::Borrowed(text),
    }
}

/// Writes a line to stderr. Where that cannot be done there is nobody to tell; the command goes on.
fn say(line: &str) {
    let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
}

/// Writes a part of a line to stderr, as [`say`].
fn say_part(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Says that certctl itself is at fault, and where. What the panic says is left out: it may quote
/// a secret.
pub fn bug(place: &std::panic::Location<'_>) {
    say(&format!(
        "certctl: bug: stopped at {}:{}; please report this line and the command",
        place.file(),
        place.line()
    ));
}
