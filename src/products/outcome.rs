//! What became of a target, as a value: a run decides by it, and the row is made from it at the end.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::fault::Kind;
use crate::transport::{Failure, Fate, Reconciled};

/// Why certctl itself refuses a target, or calls it failed.
#[derive(Clone, Debug)]
pub struct Reason {
    /// What it means.
    pub kind: Kind,
    /// What, and where.
    pub message: String,
    /// What to do next.
    pub hint: String,
    /// The vendor's code, where one says so.
    pub code: Option<String>,
}

impl Reason {
    /// A reason in our own words.
    pub fn new(kind: Kind, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Reason {
            kind,
            message: message.into(),
            hint: hint.into(),
            code: None,
        }
    }
}

/// What became of a target.
#[derive(Clone, Debug, Default)]
pub enum Outcome {
    /// Nothing was sent for it.
    #[default]
    NotSent,
    /// It is as asked now.
    Changed {
        /// Whether reading has shown it; else the cloud has only accepted it.
        confirmed: bool,
    },
    /// Reading shows that it was as asked already.
    Unchanged,
    /// It cannot become as asked, and nothing was sent for it.
    Refused(Reason),
    /// It is left as it is, for this reason; nothing was sent for it.
    Left(Reason),
    /// The change was accepted and not carried out.
    Refuted(Reason),
    /// The call failed; whether it may have run its fate tells.
    Failed(Rc<Failure>),
    /// It was accepted, and whether it was carried out is not known.
    Unknown,
}

/// What a look at a target shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It is as asked.
    Confirmed,
    /// Not yet; this is seen instead.
    Pending(String),
    /// It will not become so; this is why.
    Failed(String),
    /// It will not become so, for something uses it; this is what.
    InUse(String),
}

/// What targets have before a change, as far as reading told: a dry run shows it.
#[derive(Clone, Debug, Default)]
pub struct Current(BTreeMap<usize, String>);

impl Current {
    /// Takes note of what a target has.
    pub fn put(&mut self, target: usize, what: impl Into<String>) {
        self.0.insert(target, what.into());
    }

    /// Tells it of the targets whose change was only shown.
    pub fn tell(self, settled: &mut [Settled]) {
        for (target, what) in self.0 {
            if let Some(one) = settled.get_mut(target).filter(|one| one.is_planned()) {
                one.current = Some(what.into());
            }
        }
    }
}

/// What became of a target, with what is worth telling of it.
#[derive(Clone, Debug, Default)]
pub struct Settled {
    /// What became of it.
    pub outcome: Outcome,
    /// The vendor's id of the request that settled it.
    pub request_id: Option<Rc<str>>,
    /// What is worth knowing beside it.
    pub note: Option<Rc<str>>,
    /// What to do next, where that is known better than from the failure.
    pub hint: Option<Rc<str>>,
    /// What is there now, where a dry run has read that.
    pub current: Option<Rc<str>>,
}

impl Settled {
    /// The cloud has accepted the change.
    pub fn accepted(request_id: Option<Rc<str>>) -> Self {
        let outcome = Outcome::Changed { confirmed: false };
        Settled {
            request_id,
            ..Settled::from(outcome)
        }
    }

    /// Reading shows the change, though its answer was lost.
    pub fn read_back() -> Self {
        Settled::from(Outcome::Changed { confirmed: true }).with("confirmed by reading it back")
    }

    /// Reading shows that it was so already.
    pub fn unchanged() -> Self {
        Outcome::Unchanged.into()
    }

    /// Nothing is sent for it.
    pub fn refused(reason: Reason) -> Self {
        Outcome::Refused(reason).into()
    }

    /// It is left as it is.
    pub fn left(reason: Reason) -> Self {
        Outcome::Left(reason).into()
    }

    /// The call failed.
    pub fn failed(failure: Failure) -> Self {
        Settled {
            request_id: failure.request_id.clone(),
            ..Settled::from(Outcome::Failed(Rc::new(failure)))
        }
    }

    /// It was accepted, and what became of it is not known; `why` says so.
    pub fn unknown(why: &str) -> Self {
        Settled::from(Outcome::Unknown).with(why)
    }

    /// Reading has shown it, if it was changed.
    pub fn confirmed(self) -> Self {
        match self.outcome {
            Outcome::Changed { .. } => Settled {
                outcome: Outcome::Changed { confirmed: true },
                ..self
            },
            _ => self,
        }
    }

    /// With something worth knowing.
    pub fn with(self, note: &str) -> Self {
        Settled {
            note: Some(note.into()),
            ..self
        }
    }

    /// With what to do next.
    pub fn hinting(self, hint: &str) -> Self {
        Settled {
            hint: Some(hint.into()),
            ..self
        }
    }

    /// Whether a dry run has shown the call that would settle it.
    pub fn is_planned(&self) -> bool {
        self.failure().is_some_and(Failure::is_planned)
    }

    /// Whether it was changed by this run.
    pub fn is_changed(&self) -> bool {
        matches!(self.outcome, Outcome::Changed { .. })
    }

    /// Whether nothing is left to do or to look at.
    pub fn is_as_asked(&self) -> bool {
        self.is_changed() || self.is_planned() || matches!(self.outcome, Outcome::Unchanged)
    }

    /// Whether nothing was decided about it yet.
    pub fn is_open(&self) -> bool {
        match &self.outcome {
            Outcome::NotSent => true,
            Outcome::Failed(failure) => failure.never_tried(),
            _ => false,
        }
    }

    /// Whether it may have been changed, and nobody knows.
    pub fn is_unknown(&self) -> bool {
        match &self.outcome {
            Outcome::Unknown => true,
            Outcome::Failed(failure) => failure.fate == Fate::Unknown && !failure.never_tried(),
            _ => false,
        }
    }

    /// The failure that settled it.
    pub fn failure(&self) -> Option<&Failure> {
        match &self.outcome {
            Outcome::Failed(failure) => Some(failure),
            _ => None,
        }
    }
}

/// A call that was reconciled: accepted where it was answered, shown by reading where it was not.
impl<R, S> From<Reconciled<R, S>> for Settled {
    fn from(reconciled: Reconciled<R, S>) -> Self {
        match reconciled {
            Reconciled::Answered(done) => Settled::accepted(done.request_id),
            Reconciled::Seen(_) => Settled::read_back(),
        }
    }
}

/// What became of a call that was reconciled, or failed.
impl<R, S> From<Result<Reconciled<R, S>, Failure>> for Settled {
    fn from(sent: Result<Reconciled<R, S>, Failure>) -> Self {
        sent.map_or_else(Settled::failed, Settled::from)
    }
}

impl From<Outcome> for Settled {
    fn from(outcome: Outcome) -> Self {
        Settled {
            outcome,
            ..Settled::default()
        }
    }
}
