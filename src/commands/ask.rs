//! Asking before what destroys or reaches wide: the one question, which names what would be touched.

use std::fmt;
use std::io;

use tokio::sync::oneshot;

use super::Session;
use crate::error::Error;
use crate::fault::Kind;
use crate::products::Current;
use crate::transport::{Client, Failure, Fate, in_order};

/// How many things a question names: the rest is counted, and shown by `--dry-run=live`.
pub const NAMED: usize = 20;

/// Up to so many things stand in one line.
const IN_A_LINE: usize = 5;

/// What needs consent: a deed, and each thing that it touches, as far as that is known.
#[derive(Clone, Debug)]
pub struct Question {
    deed: String,
    things: Vec<String>,
    /// What shows it without doing it.
    preview: &'static str,
}

impl Question {
    /// A deed, such as `deleting 2 CSRs`.
    pub fn new(deed: impl Into<String>) -> Self {
        Question {
            deed: deed.into(),
            things: Vec::new(),
            preview: "--dry-run=live",
        }
    }

    /// The deed, where another command shows it.
    pub fn previewed_by(self, preview: &'static str) -> Self {
        Question { preview, ..self }
    }

    /// The deed with the things that it touches, by their ids and names.
    pub fn naming(self, things: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Question {
            things: things.into_iter().map(Into::into).collect(),
            ..self
        }
    }

    fn shown(&self) -> Vec<String> {
        let mut shown = self.things.clone();
        shown.truncate(NAMED);
        shown
    }

    fn more(&self) -> usize {
        self.things.len().saturating_sub(NAMED)
    }

    /// As a person is asked: a long list line by line.
    fn asked(&self) -> String {
        let mut text = match self.things.len() {
            ..=IN_A_LINE => format!("{self}. "),
            _ => {
                let mut lines = vec![format!("{}:", self.deed)];
                lines.extend(self.shown().iter().map(|thing| format!("  {thing}")));
                if self.more() > 0 {
                    lines.push(format!("  and {} more", self.more()));
                }
                lines.join("\n") + "\n"
            }
        };
        if let Some(first) = text.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        text + "Continue?"
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.deed)?;
        if self.things.is_empty() {
            return Ok(());
        }
        write!(f, " ({}", self.shown().join(", "))?;
        match self.more() {
            0 => f.write_str(")"),
            more => write!(f, " and {more} more)"),
        }
    }
}

/// The question before certificates are deleted, `ids` alone: they are named once they are read.
pub fn deleting_certificates(ids: &[impl ToString], force: bool) -> Question {
    let deed = match ids.len() {
        1 => "deleting 1 certificate and its private key".to_owned(),
        count => format!("deleting {count} certificates and their private keys"),
    };
    let in_use = if force { ", in use or not" } else { "" };
    Question::new(deed + in_use).naming(ids.iter().map(ToString::to_string))
}

impl Session<'_> {
    /// Whether consent has still to be asked for; an error where it is needed and nobody can be
    /// asked, so that nothing is sent there.
    ///
    /// # Errors
    /// Nobody can be asked.
    pub fn must_ask(&self, question: &Question) -> Result<bool, Error> {
        if self.globals.yes || self.globals.is_dry() {
            return Ok(false);
        }
        match self.ui.who_can_be_asked() {
            Ok(()) => Ok(true),
            Err(stream) => Err(Error::usage(
                format!("{question} requires --yes when {stream} is not a terminal"),
                format!(
                    "see what it would touch with {}, then add --yes: nothing was sent",
                    question.preview
                ),
            )),
        }
    }

    /// Asks, where that has still to be done; a signal and the deadline may end it.
    ///
    /// # Errors
    /// The answer was no; it could not be asked; the run ends.
    pub async fn ask(&self, question: &Question, client: &Client<'_>) -> Result<(), Error> {
        if !self.must_ask(question)? {
            return Ok(());
        }
        let (ui, text) = (self.ui, question.asked());
        let (sender, answer) = oneshot::channel();
        // Reading a line here would keep the runtime from hearing a signal. Nobody listens to the
        // thread any more once one came.
        std::thread::spawn(move || sender.send(ui.ask(&text)));
        tokio::select! {
            answer = answer => confirmed(answer.unwrap_or(Ok(false))),
            halt = client.stopped() => {
                // What is said next does not stand behind the question.
                self.ui.show("");
                Err(client.halted(halt, Fate::NotSent).into())
            }
        }
    }
}

fn confirmed(answer: io::Result<bool>) -> Result<(), Error> {
    match answer {
        Ok(true) => Ok(()),
        Ok(false) => Err(Error::new(
            Kind::Declined,
            "not confirmed: nothing was changed",
            Kind::Declined.hint(),
        )),
        Err(error) => Err(Error::new(
            Kind::Io,
            format!("cannot read the answer to the question: {error}"),
            "add --yes where stdin is not a terminal: nothing was changed",
        )),
    }
}

/// Things that are given by their ids, with the names that people know them by, as far as these were
/// read.
#[derive(Debug, Default)]
pub struct Named {
    names: Vec<Result<String, Failure>>,
}

impl Named {
    /// Reads the names where somebody is asked, as many as the question names, or where a dry run
    /// reads, all of them.
    pub async fn read(
        client: &Client<'_>,
        asks: bool,
        count: usize,
        name: impl AsyncFn(usize) -> Result<String, Failure>,
    ) -> Self {
        let count = match (asks, client.only_reads()) {
            (_, true) => count,
            (true, false) => count.min(NAMED),
            (false, false) => 0,
        };
        Named {
            names: in_order(count, name).await,
        }
    }

    /// The ids, each with its name where that is known: `12345 "example.com 2026"`.
    pub fn labels(&self, ids: &[impl ToString]) -> Vec<String> {
        let label = |(at, id): (usize, String)| match self.names.get(at) {
            Some(Ok(name)) if !name.is_empty() => format!("{id} \"{name}\""),
            _ => id,
        };
        let ids = ids.iter().map(ToString::to_string);
        ids.enumerate().map(label).collect()
    }

    /// What each is called, for a dry run.
    pub fn current(&self) -> Current {
        let mut current = Current::default();
        for (at, name) in self.names.iter().enumerate() {
            if let Ok(name) = name {
                current.put(at, name);
            }
        }
        current
    }

    /// Why a dry run knows of one that its change would fail: there is none of that id.
    pub fn absent(&self, client: &Client<'_>, at: usize) -> Option<Failure> {
        let failure = self.names.get(at)?.as_ref().err()?;
        let is_absent = failure.kind == Kind::NotFound && client.only_reads();
        is_absent.then(|| failure.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_names_what_it_is_about() {
        let about = |count: usize| {
            let things = (1..=count).map(|at| at.to_string());
            Question::new(format!("deleting {count}")).naming(things)
        };
        assert_eq!(about(0).to_string(), "deleting 0");
        assert_eq!(about(2).to_string(), "deleting 2 (1, 2)");
        let all = about(20).to_string();
        assert!(all.ends_with(", 19, 20)"), "{all}");
        let many = about(23).to_string();
        assert!(many.ends_with(", 19, 20 and 3 more)"), "{many}");
        assert_eq!(about(2).asked(), "Deleting 2 (1, 2). Continue?");
        let lines = about(23).asked();
        assert!(lines.starts_with("Deleting 23:\n  1\n  2\n"), "{lines}");
        assert!(lines.ends_with("  20\n  and 3 more\nContinue?"), "{lines}");
    }

    #[test]
    fn one_certificate_has_one_key() {
        let asked = |ids: &[&str], force| deleting_certificates(ids, force).to_string();
        assert_eq!(
            asked(&["7"], false),
            "deleting 1 certificate and its private key (7)"
        );
        assert_eq!(
            asked(&["7", "8"], true),
            "deleting 2 certificates and their private keys, in use or not (7, 8)"
        );
    }

    #[test]
    fn what_is_known_by_name_is_named() {
        let failure = Failure::of(Kind::NotFound, Fate::NotRun);
        let named = Named {
            names: vec![Ok("a.com 2026".into()), Err(failure), Ok(String::new())],
        };
        let labels = named.labels(&[1, 2, 3, 4]);
        assert_eq!(labels, ["1 \"a.com 2026\"", "2", "3", "4"]);
    }
}
