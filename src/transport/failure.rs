//! Why a call did not succeed, and whether it may have run all the same.
#![deny(clippy::disallowed_methods)]

use std::rc::Rc;

use super::retry::Ending;
use super::shown::{EXCERPT_LIMIT, without_members};
use crate::fault::{Kind, Retry};
use crate::providers::Response;
use crate::redact::Redactor;

/// The longest part of a server's message that is passed on, in characters.
pub(super) const MESSAGE_LIMIT: usize = 400;

/// What became of a call that did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// No attempt was sent.
    NotSent,
    /// The cloud refused it: nothing was changed.
    NotRun,
    /// An attempt was sent, and whether it was executed is not known.
    Unknown,
    /// It was not to be sent: it is this one of the calls that a dry run shows.
    Planned(u16),
}

/// Why a call did not succeed, ready to be shown: every text in it is redacted.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What it means.
    pub kind: Kind,
    /// The vendor's code.
    pub code: Option<String>,
    /// What happened, in one line.
    pub message: String,
    /// What to do next.
    pub hint: &'static str,
    /// The vendor's id of the request.
    pub request_id: Option<Rc<str>>,
    /// The HTTP status of the last answer.
    pub http_status: Option<u16>,
    /// Attempts that were made.
    pub attempts: u32,
    /// Whether anything may have changed.
    pub fate: Fate,
    /// Whether it is the login that failed, and no call was made.
    pub login: bool,
}

impl Failure {
    /// A failure of a kind, in words that are still to be found.
    pub fn of(kind: Kind, fate: Fate) -> Self {
        Failure {
            kind,
            code: None,
            message: String::new(),
            hint: kind.hint(),
            request_id: None,
            http_status: None,
            attempts: 0,
            fate,
            login: false,
        }
    }

    /// A call that was only to be shown.
    pub(super) fn planned(call: u16) -> Self {
        Failure {
            message: "not sent: a dry run only reads".into(),
            ..Failure::of(Kind::Declined, Fate::Planned(call))
        }
    }

    /// Whether a dry run has shown the call instead of sending it.
    pub fn is_planned(&self) -> bool {
        matches!(self.fate, Fate::Planned(_))
    }

    /// In words: the vendor's code, where there is one, and what happened.
    pub fn in_words(&self) -> String {
        match &self.code {
            Some(code) => format!("{code}: {}", self.message),
            None => self.message.clone(),
        }
    }

    /// Whether the same command may succeed later.
    pub fn retryable(&self) -> bool {
        self.kind.retry() != Retry::Never || self.kind == Kind::Connection
    }

    /// This failure, of a call that was made before and `lost` its answer then: that one may have
    /// been executed, whatever is said of this one.
    pub fn after(self, lost: Option<Failure>) -> Failure {
        match lost {
            Some(lost) if self.never_tried() => lost,
            Some(_) => Failure {
                fate: Fate::Unknown,
                ..self
            },
            None => self,
        }
    }

    /// This failure, of a call that only reads: whatever became of it, nothing was changed, and
    /// what there is to do is to read again.
    pub(super) fn of_reading(self) -> Failure {
        let cut_off = matches!(self.kind, Kind::Interrupted | Kind::Deadline);
        let fate = match self.fate {
            Fate::Unknown if cut_off => Fate::NotSent,
            Fate::Unknown => Fate::NotRun,
            known => known,
        };
        let unanswered = self.kind == Kind::NoAnswer;
        let hint = match self.kind {
            Kind::NoAnswer | Kind::ServerError => Kind::Unavailable.hint(),
            Kind::State if self.hint == Kind::State.hint() => "check its state in the console",
            _ => self.hint,
        };
        Failure {
            kind: if unanswered {
                Kind::Unavailable
            } else {
                self.kind
            },
            message: match unanswered {
                true => format!("could not read anything: {}", self.message),
                false => self.message,
            },
            hint,
            fate,
            ..self
        }
    }

    /// Whether the run ended before the call was ever sent.
    pub fn never_tried(&self) -> bool {
        self.fate == Fate::NotSent && matches!(self.kind, Kind::Interrupted | Kind::Deadline)
    }
}

/// A refusal leaves everything as it was, unless the cloud failed inside.
pub(super) fn fate_of(kind: Kind) -> Fate {
    match kind.may_have_run() {
        true => Fate::Unknown,
        false => Fate::NotRun,
    }
}

/// An attempt whose fate is unknown stays so, unless a later refusal tells that the call could
/// never have been executed.
pub(super) fn conclude(mut failure: Failure, unknown: bool) -> Failure {
    let settled = matches!(
        failure.kind,
        Kind::NotFound
            | Kind::Parameter
            | Kind::Certificate
            | Kind::Unsupported
            | Kind::Permission
            | Kind::State
    );
    if unknown && !settled {
        failure.fate = Fate::Unknown;
    }
    failure
}

/// Whether a refusal is about what one call asks for, so that it has an id of its own. What a gateway
/// says of any call it may say under one id.
pub(super) fn is_of_one_call(refusal: Kind) -> bool {
    matches!(
        refusal,
        Kind::NotFound
            | Kind::State
            | Kind::Conflict
            | Kind::Parameter
            | Kind::Quota
            | Kind::Refused
            | Kind::Busy
    )
}

/// An answer that came before in this run: a cache or a gateway gave it once more. It says nothing
/// of this call.
pub(super) fn replayed(answer: &Response, id: &str) -> (Failure, Ending) {
    let failure = Failure {
        message: format!(
            "a cache or gateway repeated the answer of an earlier call (request {id}): the result \
             of this call is unknown"
        ),
        http_status: Some(answer.status),
        ..Failure::of(Kind::NoAnswer, Fate::Unknown)
    };
    (failure, Ending::NoAnswer)
}

/// A read whose answer has another shape than documented: the next one would have it too.
pub(super) fn misshapen(failure: Failure) -> (Failure, Ending) {
    let kind = Kind::Unexpected;
    let failure = Failure {
        kind,
        hint: kind.hint(),
        fate: Fate::NotRun,
        ..failure
    };
    let ending = Ending::Refused {
        kind,
        retry_after: None,
        pointless: true,
    };
    (failure, ending)
}

/// The ending of a read that was not answered by the cloud, where it is said how long to wait.
pub(super) fn asked_to_wait(ending: Ending, answer: &Response) -> Ending {
    match ending {
        Ending::NoAnswer => Ending::Refused {
            kind: Kind::Unavailable,
            retry_after: answer.retry_after,
            pointless: false,
        },
        ending => ending,
    }
}

/// An answer that is not this API's. What stands in front of it (a proxy, a redirect, a login
/// page) refused it where the status says so; otherwise nobody knows what became of the call.
pub(super) fn unreadable(
    answer: &Response,
    reason: &str,
    redactor: &Redactor,
) -> (Failure, Ending) {
    let excerpt = without_members(&answer.body);
    let excerpt = redactor.line(&excerpt, EXCERPT_LIMIT);
    let reason = match answer.status {
        300..400 => "a redirect, which certctl does not follow",
        _ => reason,
    };
    // A reason may quote the answer: a header's value, a member of the wrong type.
    let reason = redactor.line(reason, EXCERPT_LIMIT);
    let mut message = format!("HTTP {}: {reason}", answer.status);
    if !excerpt.is_empty() {
        message = format!("{message}; it begins: {excerpt}");
    }
    let (kind, fate, hint) = match answer.status {
        300..400 => (
            Kind::Refused,
            Fate::NotRun,
            "check --endpoint and the proxy",
        ),
        429 => (Kind::Throttled, Fate::NotRun, Kind::Throttled.hint()),
        400..500 => (
            Kind::Refused,
            Fate::NotRun,
            "another server answered instead of the cloud: check --endpoint and the proxy",
        ),
        _ => (Kind::NoAnswer, Fate::Unknown, Kind::NoAnswer.hint()),
    };
    let failure = Failure {
        message,
        hint,
        http_status: Some(answer.status),
        ..Failure::of(kind, fate)
    };
    let ending = match fate {
        Fate::Unknown => Ending::NoAnswer,
        _ => Ending::Refused {
            kind,
            retry_after: answer.retry_after,
            pointless: false,
        },
    };
    (failure, ending)
}

/// Whether a failure holds for every further call of the run as well. An address that redirects
/// one call is none that answers another.
pub fn ends_run(failure: &Failure) -> bool {
    let redirected = failure
        .http_status
        .is_some_and(|status| (300..400).contains(&status));
    redirected
        || failure.login
        || matches!(
            failure.kind,
            Kind::Auth
                | Kind::Signature
                | Kind::Clock
                | Kind::Account
                | Kind::Config
                | Kind::Unsupported
                | Kind::Connection
                | Kind::Deadline
                | Kind::Interrupted
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(kind: Kind, fate: Fate) -> Failure {
        Failure::of(kind, fate)
    }

    #[test]
    fn a_lost_answer_leaves_the_fate_open_whatever_is_said_later() {
        let lost = || Some(failure(Kind::NoAnswer, Fate::Unknown));
        for kind in [Kind::Conflict, Kind::Parameter, Kind::NotFound] {
            let refused = failure(kind, Fate::NotRun);
            assert_eq!(refused.clone().after(None).fate, Fate::NotRun);
            let after = refused.after(lost());
            assert_eq!((after.kind, after.fate), (kind, Fate::Unknown));
        }
        // The run ended before the second call: what is known is the first one's.
        for kind in [Kind::Interrupted, Kind::Deadline] {
            let ended = failure(kind, Fate::NotSent);
            assert_eq!(ended.clone().after(lost()).kind, Kind::NoAnswer);
            assert_eq!(ended.after(None).kind, kind);
            let cut_off = failure(kind, Fate::Unknown).after(lost());
            assert_eq!(cut_off.kind, kind, "it was sent");
        }
        let unreachable = failure(Kind::Connection, Fate::NotSent).after(lost());
        assert_eq!(
            (unreachable.kind, unreachable.fate),
            (Kind::Connection, Fate::Unknown)
        );
    }

    #[test]
    fn a_call_of_unknown_fate_is_settled_only_by_what_could_never_have_run() {
        for (kind, fate) in [
            (Kind::NotFound, Fate::NotRun),
            (Kind::Parameter, Fate::NotRun),
            (Kind::Certificate, Fate::NotRun),
            (Kind::Unsupported, Fate::NotRun),
            (Kind::Permission, Fate::NotRun),
            (Kind::State, Fate::NotRun),
            (Kind::Conflict, Fate::Unknown),
            (Kind::Refused, Fate::Unknown),
            (Kind::Throttled, Fate::Unknown),
            (Kind::Quota, Fate::Unknown),
            (Kind::Auth, Fate::Unknown),
        ] {
            let refused = failure(kind, Fate::NotRun);
            assert_eq!(conclude(refused.clone(), true).fate, fate, "{kind:?}");
            assert_eq!(conclude(refused, false).fate, Fate::NotRun, "{kind:?}");
        }
    }

    #[test]
    fn what_may_succeed_later_is_said() {
        for (kind, later) in [
            (Kind::Throttled, true),
            (Kind::Connection, true),
            (Kind::NotFound, false),
            (Kind::Permission, false),
        ] {
            assert_eq!(failure(kind, Fate::NotRun).retryable(), later, "{kind:?}");
        }
        assert_eq!(fate_of(Kind::ServerError), Fate::Unknown);
        assert_eq!(fate_of(Kind::Conflict), Fate::NotRun);
    }

    #[test]
    fn only_what_the_end_of_the_run_kept_back_was_never_tried() {
        for (kind, fate, never) in [
            (Kind::Interrupted, Fate::NotSent, true),
            (Kind::Deadline, Fate::NotSent, true),
            (Kind::Deadline, Fate::Unknown, false),
            (Kind::Connection, Fate::NotSent, false),
        ] {
            assert_eq!(
                failure(kind, fate).never_tried(),
                never,
                "{kind:?} {fate:?}"
            );
        }
    }

    #[test]
    fn an_answer_that_is_no_answer_is_judged_by_its_status() {
        let read = |status, body: &[u8]| {
            let answer = Response {
                status,
                body: body.to_vec(),
                encoding: None,
                request_id: None,
                retry_after: None,
                retry_at: None,
                date: None,
            };
            unreadable(&answer, "no JSON", &Redactor::new())
        };
        for (status, kind, fate) in [
            (200, Kind::NoAnswer, Fate::Unknown),
            (299, Kind::NoAnswer, Fate::Unknown),
            (300, Kind::Refused, Fate::NotRun),
            (399, Kind::Refused, Fate::NotRun),
            (400, Kind::Refused, Fate::NotRun),
            (429, Kind::Throttled, Fate::NotRun),
            (499, Kind::Refused, Fate::NotRun),
            (500, Kind::NoAnswer, Fate::Unknown),
        ] {
            let (failure, ending) = read(status, b"<html>");
            assert_eq!((failure.kind, failure.fate), (kind, fate), "{status}");
            assert_eq!(failure.http_status, Some(status));
            let refused =
                matches!(ending, Ending::Refused { kind: of, pointless: false, .. } if of == kind);
            assert_eq!(refused, fate == Fate::NotRun, "{status}: {ending:?}");
            assert_eq!(
                ending == Ending::NoAnswer,
                fate == Fate::Unknown,
                "{status}"
            );
        }
        let message = |status, body: &[u8]| read(status, body).0.message;
        assert_eq!(message(502, b""), "HTTP 502: no JSON");
        assert_eq!(message(502, b"<p>x"), "HTTP 502: no JSON; it begins: <p>x");
        assert_eq!(
            message(302, b""),
            "HTTP 302: a redirect, which certctl does not follow"
        );
        let long = message(502, &[b'x'; 5000]);
        assert!(
            long.ends_with("xxx…") && long.chars().count() < 160,
            "{long}"
        );
    }

    #[test]
    fn a_read_changes_nothing_whatever_became_of_it() {
        let read = |kind, fate| Failure::of(kind, fate).of_reading();
        for (kind, fate, shown, left) in [
            (
                Kind::NoAnswer,
                Fate::Unknown,
                Kind::Unavailable,
                Fate::NotRun,
            ),
            (
                Kind::ServerError,
                Fate::Unknown,
                Kind::ServerError,
                Fate::NotRun,
            ),
            (
                Kind::Interrupted,
                Fate::Unknown,
                Kind::Interrupted,
                Fate::NotSent,
            ),
            (Kind::Deadline, Fate::Unknown, Kind::Deadline, Fate::NotSent),
            (
                Kind::Connection,
                Fate::NotSent,
                Kind::Connection,
                Fate::NotSent,
            ),
            (Kind::NotFound, Fate::NotRun, Kind::NotFound, Fate::NotRun),
        ] {
            let failure = read(kind, fate);
            assert_eq!((failure.kind, failure.fate), (shown, left), "{kind:?}");
        }
        let told = |kind, message: &str, hint| {
            let message = message.to_owned();
            let failure = Failure {
                message,
                hint,
                ..Failure::of(kind, Fate::Unknown)
            };
            let failure = failure.of_reading();
            (failure.message, failure.hint)
        };
        let own = "what the code means";
        let again = Kind::Unavailable.hint();
        let lost = told(Kind::NoAnswer, "cut off", own);
        assert_eq!(lost, ("could not read anything: cut off".into(), again));
        assert_eq!(told(Kind::ServerError, "m", own), ("m".into(), again));
        assert_eq!(told(Kind::State, "m", own), ("m".into(), own));
        let (_, hint) = told(Kind::State, "m", Kind::State.hint());
        assert_eq!(hint, "check its state in the console");
        assert_eq!(told(Kind::NotFound, "m", own), ("m".into(), own));
    }

    #[test]
    fn an_answer_of_another_call_leaves_this_one_open() {
        let answer = |status| Response {
            status,
            body: Vec::new(),
            encoding: None,
            request_id: None,
            retry_after: None,
            retry_at: None,
            date: None,
        };
        let (failure, ending) = replayed(&answer(200), "7f");
        assert_eq!(
            (failure.kind, failure.fate),
            (Kind::NoAnswer, Fate::Unknown)
        );
        assert_eq!(failure.http_status, Some(200));
        assert!(failure.message.contains("request 7f"), "{failure:?}");
        assert_eq!(ending, Ending::NoAnswer);
        for kind in Kind::ALL {
            let of_any = matches!(
                kind,
                Kind::Auth | Kind::Signature | Kind::Clock | Kind::Throttled | Kind::Permission
            );
            assert!(!(of_any && is_of_one_call(kind)), "{kind:?}");
        }
        assert!(is_of_one_call(Kind::Parameter) && is_of_one_call(Kind::Busy));
        let unread = unreadable(&answer(404), "no JSON", &Redactor::new()).0;
        let hint = "another server answered instead of the cloud: check --endpoint and the proxy";
        assert_eq!(unread.hint, hint);
        let (failure, ending) = misshapen(unread);
        assert_eq!(
            (failure.kind, failure.fate),
            (Kind::Unexpected, Fate::NotRun)
        );
        assert_eq!(failure.hint, Kind::Unexpected.hint());
        let pointless = Ending::Refused {
            kind: Kind::Unexpected,
            retry_after: None,
            pointless: true,
        };
        assert_eq!(ending, pointless);
    }

    #[test]
    fn what_holds_for_every_call_ends_the_run() {
        let ends = |kind| ends_run(&Failure::of(kind, Fate::NotRun));
        for kind in [
            Kind::Auth,
            Kind::Signature,
            Kind::Clock,
            Kind::Account,
            Kind::Config,
            Kind::Unsupported,
            Kind::Connection,
            Kind::Deadline,
            Kind::Interrupted,
        ] {
            assert!(ends(kind), "{kind:?}");
        }
        for kind in [
            Kind::NotFound,
            Kind::Parameter,
            Kind::Conflict,
            Kind::State,
            Kind::Permission,
            Kind::Throttled,
            Kind::Busy,
            Kind::NoAnswer,
            Kind::Refused,
        ] {
            assert!(!ends(kind), "{kind:?}");
            let at = |http_status| Failure {
                http_status,
                ..Failure::of(kind, Fate::NotRun)
            };
            assert!(ends_run(&at(Some(302))), "{kind:?}");
            assert!(
                !ends_run(&at(Some(299))) && !ends_run(&at(Some(400))),
                "{kind:?}"
            );
            let login = Failure {
                login: true,
                ..at(None)
            };
            assert!(ends_run(&login), "{kind:?}");
        }
    }
}
