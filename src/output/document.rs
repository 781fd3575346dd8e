//! What became of each target: the document that scripts read (`docs/json.md`).
#![deny(clippy::disallowed_methods)]

use std::rc::Rc;

use serde::Serialize;
use serde_json::{Value as Json, json};

use super::grid::{Grid, Head, Look, painted};
use super::view::{find, lines};
use super::{Column, SCHEMA, escaped};
use crate::cloud::Cloud;
use crate::fault::Kind;
use crate::products::{Outcome, Reason, Settled};
use crate::transport::stop::exit_status;
use crate::transport::{Failure, Fate, PlannedCall};
use crate::ui::inert;

/// What became of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It is as asked now.
    Changed,
    /// It was as asked already.
    Unchanged,
    /// It is not as asked; the error says why.
    Failed,
    /// It was never sent.
    Skipped,
    /// It was sent, and the outcome was not learnt.
    Unknown,
    /// It would be sent (`--dry-run`).
    Planned,
}

impl Status {
    /// The word in JSON and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Status::Changed => "changed",
            Status::Unchanged => "unchanged",
            Status::Failed => "failed",
            Status::Skipped => "skipped",
            Status::Unknown => "unknown",
            Status::Planned => "planned",
        }
    }

    /// Whether nothing is left to do or to look at.
    pub const fn is_as_asked(self) -> bool {
        matches!(self, Status::Changed | Status::Unchanged | Status::Planned)
    }
}

/// One target.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The cloud.
    pub cloud: Cloud,
    /// The product.
    pub service: &'static str,
    /// The call that settled it; empty where none was to be made.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub action: &'static str,
    /// The target, as tables show it too: alone it tells a row from the others.
    pub target: String,
    /// The certificate that goes with the target, or came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// What other products call the certificate, where that differs from its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<String>,
    /// The load balancer that the target belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load_balancer: Option<String>,
    /// The id of the CSR that was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub csr: Option<i64>,
    /// The product that the target belongs to, where one call serves several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
    /// The account that the target is of, where targets of several may stand together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The target's region, where targets of several may stand together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The vendor's record of a change that is made in the background.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<Rc<str>>,
    /// What is there now, where a dry run has read that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<Rc<str>>,
    /// What became of it.
    pub status: Status,
    /// Whether reading has shown what is changed or was so already; else the cloud has only
    /// accepted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<bool>,
    /// The vendor's id of the request that settled it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<Rc<str>>,
    /// What is worth knowing beside the status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<Rc<str>>,
    /// Why it is not as asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Rc<RowError>>,
    /// Which of the calls that a dry run shows would settle it.
    #[serde(skip)]
    pub call: Option<usize>,
}

/// Why a target is not as asked.
#[derive(Clone, Debug, Serialize)]
pub struct RowError {
    /// The vendor's code, verbatim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What it means.
    pub kind: Kind,
    /// What happened.
    pub message: String,
    /// What to do next.
    pub hint: String,
    /// The HTTP status of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// Whether the same command may succeed later.
    pub retryable: bool,
    /// Attempts that were made.
    pub attempts: u32,
}

impl RowError {
    /// A reason in our own words, after so many calls.
    fn new(reason: &Reason, attempts: u32) -> Self {
        RowError {
            code: reason.code.clone(),
            kind: reason.kind,
            message: reason.message.clone(),
            hint: reason.hint.clone(),
            http_status: None,
            retryable: false,
            attempts,
        }
    }
}

impl From<&Failure> for RowError {
    fn from(failure: &Failure) -> Self {
        RowError {
            code: failure.code.clone(),
            kind: failure.kind,
            message: failure.message.clone(),
            hint: failure.hint.to_owned(),
            http_status: failure.http_status,
            retryable: failure.retryable(),
            attempts: failure.attempts,
        }
    }
}

impl Row {
    /// A target that nothing was sent for yet.
    pub fn new(cloud: Cloud, service: &'static str, action: &'static str, target: &str) -> Self {
        Row {
            cloud,
            service,
            action,
            target: target.to_owned(),
            certificate: None,
            identifier: None,
            load_balancer: None,
            csr: None,
            resource_type: None,
            account: None,
            region: None,
            record: None,
            current: None,
            status: Status::Skipped,
            confirmed: None,
            request_id: None,
            note: None,
            error: None,
            call: None,
        }
    }

    /// The row of a target by what became of it.
    pub fn of(mut self, settled: &Settled) -> Self {
        match &settled.outcome {
            Outcome::NotSent => {}
            Outcome::Changed { confirmed } => {
                self.status = Status::Changed;
                self.confirmed = Some(*confirmed);
            }
            Outcome::Unchanged => {
                self.status = Status::Unchanged;
                self.confirmed = Some(true);
            }
            Outcome::Refused(reason) => {
                self.status = Status::Failed;
                self.error = Some(Rc::new(RowError::new(reason, 0)));
            }
            // It stays skipped.
            Outcome::Left(reason) => {
                self.error = Some(Rc::new(RowError::new(reason, 0)));
            }
            Outcome::Refuted(reason) => {
                self.status = Status::Failed;
                self.error = Some(Rc::new(RowError::new(reason, 1)));
            }
            Outcome::Failed(failure) => {
                self.status = match failure.fate {
                    _ if failure.never_tried() => Status::Skipped,
                    Fate::Unknown => Status::Unknown,
                    Fate::NotSent | Fate::NotRun => Status::Failed,
                    Fate::Planned(call) => {
                        self.call = Some(call.into());
                        Status::Planned
                    }
                };
                let error = || Rc::new(RowError::from(failure.as_ref()));
                let has_failed = !matches!(self.status, Status::Skipped | Status::Planned);
                self.error = has_failed.then(error);
            }
            Outcome::Unknown => self.status = Status::Unknown,
        }
        if let (Some(hint), Some(error)) = (&settled.hint, &self.error) {
            self.error = Some(Rc::new(RowError {
                hint: hint.to_string(),
                ..RowError::clone(error)
            }));
        }
        if settled.current.is_some() {
            self.current.clone_from(&settled.current);
        }
        self.request_id.clone_from(&settled.request_id);
        self.note.clone_from(&settled.note);
        self
    }

    /// What stands in a dry run for the id of an upload is no certificate's id.
    pub fn forget_placeholders(&mut self) {
        for id in [&mut self.certificate, &mut self.identifier] {
            id.take_if(|id| id.starts_with('('));
        }
    }

    /// The failure in one line: what, where, why.
    pub fn sentence(&self) -> String {
        let mut text = format!(
            "{}: {} ({} {}",
            self.target,
            self.status.as_str(),
            self.cloud,
            self.service,
        );
        if !self.action.is_empty() {
            text.push_str(&format!(" {}", self.action));
        }
        if let Some(id) = &self.request_id {
            text.push_str(&format!(", request {id}"));
        }
        text.push(')');
        match (&self.error, &self.note) {
            (Some(error), _) => {
                let code = error.code.as_deref().map(|code| format!(" {code}:"));
                text.push_str(&format!(":{} {}", code.unwrap_or_default(), error.message));
            }
            (None, Some(note)) => text.push_str(&format!(": {note}")),
            (None, None) => {}
        }
        text
    }
}

/// How many targets ended in which status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// All of them.
    pub total: usize,
    /// As asked now.
    pub changed: usize,
    /// As asked already.
    pub unchanged: usize,
    /// Not as asked.
    pub failed: usize,
    /// Never sent.
    pub skipped: usize,
    /// Outcome not learnt.
    pub unknown: usize,
    /// Would be sent.
    pub planned: usize,
}

/// The answer of a command that acts on targets: a row for each, in the order asked.
#[derive(Debug)]
pub struct Document {
    command: &'static str,
    pub(super) rows: Vec<Row>,
    requests: Vec<PlannedCall>,
    plan: Option<String>,
    stopped: Option<Kind>,
    signal: Option<u8>,
}

impl Document {
    /// Takes the plan of another account as well.
    pub(super) fn join(&mut self, other: Document) {
        self.rows.extend(other.rows);
        self.requests.extend(other.requests);
    }

    /// What the forms that are lines show of a row.
    pub(super) const COLUMNS: &[Column] = &[
        ("CLOUD", "cloud"),
        ("SERVICE", "service"),
        ("ACTION", "action"),
        ("TARGET", "target"),
        ("CERTIFICATE", "certificate"),
        ("IDENTIFIER", "identifier"),
        ("LOAD BALANCER", "load_balancer"),
        ("CSR", "csr"),
        ("RESOURCE TYPE", "resource_type"),
        ("ACCOUNT", "account"),
        ("REGION", "region"),
        ("RECORD", "record"),
        ("CURRENT", "current"),
        ("STATUS", "status"),
        ("CONFIRMED", "confirmed"),
        ("REQUEST", "request_id"),
        ("NOTE", "note"),
        ("CODE", "error.code"),
        ("MESSAGE", "error.message"),
    ];

    /// The answer of `command`.
    pub fn new(command: &'static str, rows: Vec<Row>) -> Self {
        Document {
            command,
            rows,
            requests: Vec::new(),
            plan: None,
            stopped: None,
            signal: None,
        }
    }

    /// The answer of a dry run: every target planned, and the calls that would be made.
    pub fn planned(command: &'static str, mut rows: Vec<Row>, requests: Vec<PlannedCall>) -> Self {
        rows.iter_mut().for_each(|row| row.status = Status::Planned);
        Document {
            requests,
            ..Document::new(command, rows)
        }
    }

    /// With the calls that a run has shown instead of sending them, each for the targets that it
    /// would settle.
    pub fn showing(mut self, mut requests: Vec<PlannedCall>) -> Self {
        for row in &self.rows {
            if let Some(call) = row.call.and_then(|at| requests.get_mut(at)) {
                call.targets.push(row.target.clone());
            }
        }
        self.requests.append(&mut requests);
        self
    }

    /// With the id of the plan that was made so.
    pub fn of_plan(mut self, id: String) -> Self {
        self.plan = Some(id);
        self
    }

    /// Why the rest was skipped, and the signal, if that was one.
    pub fn stopped(mut self, kind: Option<Kind>, signal: Option<u8>) -> Self {
        self.stopped = kind;
        self.signal = signal;
        self
    }

    /// The counts.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary {
            total: self.rows.len(),
            ..Summary::default()
        };
        for row in &self.rows {
            *match row.status {
                Status::Changed => &mut summary.changed,
                Status::Unchanged => &mut summary.unchanged,
                Status::Failed => &mut summary.failed,
                Status::Skipped => &mut summary.skipped,
                Status::Unknown => &mut summary.unknown,
                Status::Planned => &mut summary.planned,
            } += 1;
        }
        summary
    }

    /// The rows that are not as asked.
    pub fn not_as_asked(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| !row.status.is_as_asked())
    }

    /// How many changes the cloud has only accepted.
    pub fn unseen(&self) -> usize {
        let unseen = |row: &&Row| row.confirmed == Some(false);
        self.rows.iter().filter(unseen).count()
    }

    /// The exit status: a signal's where one came before everything was as asked; 10 where an outcome
    /// is unknown; 9 where some are as asked and some are not; else the first failure's.
    pub fn exit(&self) -> u8 {
        let summary = self.summary();
        if summary.failed + summary.skipped + summary.unknown == 0 {
            return 0;
        }
        match self.signal {
            Some(signal) => return exit_status(signal),
            _ if summary.unknown > 0 => return Kind::NoAnswer.exit(),
            _ if summary.changed + summary.unchanged + summary.planned > 0 => return 9,
            _ => {}
        }
        let first = self.not_as_asked().find_map(|row| row.error.as_deref());
        first
            .map(|error| error.kind)
            .or(self.stopped)
            .map_or(1, Kind::exit)
    }

    /// The document as a table, the calls of a dry run, and a line that sums it up.
    pub fn table(&self, look: Look) -> String {
        let mut text = match look.wide {
            true => self.wide(look),
            false => self.grid().text(look).0,
        };
        for request in &self.requests {
            let params = serde_json::to_string_pretty(&request.params).unwrap_or_default();
            text.push_str(&format!(
                "\n{} {} {}\n{}\n",
                request.method,
                inert(&request.url),
                inert(request.action),
                escaped(&params)
            ));
        }
        let total = self.rows.len();
        let counts = self.counted(|word| match look.color {
            true => painted(word).into_owned(),
            false => word.to_owned(),
        });
        text.push_str(&format!("\n{total} in all: {counts}\n"));
        text
    }

    /// What became of each target, with what came of it.
    fn grid(&self) -> Grid {
        let made = [
            ("CERTIFICATE", "certificate"),
            ("CSR", "csr"),
            ("RECORD", "record"),
        ];
        let of = |row: &Row| {
            [
                row.certificate.clone(),
                row.csr.map(|id| id.to_string()),
                row.record.as_deref().map(str::to_owned),
            ]
        };
        let mut has = [false; 3];
        for row in &self.rows {
            for (has, text) in has.iter_mut().zip(of(row)) {
                *has |= text.is_some();
            }
        }
        let shown = |all: [Option<String>; 3]| {
            let shown = all.into_iter().zip(has).filter(|(_, has)| *has);
            shown.map(|(text, _)| text.unwrap_or_else(|| "-".into()))
        };
        let mut heads = vec![Head::new("TARGET", "target"), Head::new("STATUS", "status")];
        let made = made.iter().zip(has).filter(|(_, has)| *has);
        heads.extend(made.map(|((title, key), _)| Head::new(title, key)));
        heads.extend([Head::new("ACTION", "action"), Head::new("DETAIL", "detail")]);
        let line = |row: &Row| {
            let now = row.current.iter().map(|current| format!("now: {current}"));
            let told: Vec<String> = now
                .chain(row.note.iter().map(|note| note.to_string()))
                .collect();
            let told = Some(told.join("; ")).filter(|told| !told.is_empty());
            let detail = match (&row.error, told, &row.request_id) {
                (Some(error), _, _) => error.code.as_ref().unwrap_or(&error.message).clone(),
                (None, Some(told), _) => told,
                (None, None, Some(id)) => format!("request {id}"),
                (None, None, None) => String::new(),
            };
            let mut cells = vec![row.target.clone(), row.status.as_str().to_owned()];
            cells.extend(shown(of(row)));
            cells.extend([row.action.to_owned(), detail]);
            cells
        };
        Grid::new(heads, self.rows.iter().map(line).collect())
    }

    /// Everything that is known of any target.
    fn wide(&self, look: Look) -> String {
        let rows: Vec<Json> = self.rows.iter().map(|row| json!(row)).collect();
        let has = |(_, key): &&Column| rows.iter().any(|row| find(row, key).is_some());
        let columns: Vec<Column> = Document::COLUMNS.iter().filter(has).copied().collect();
        lines(&rows, &columns, look)
    }

    /// The counts in words: `2 changed, 1 failed`.
    pub fn counts(&self) -> String {
        self.counted(str::to_owned)
    }

    fn counted(&self, shown: impl Fn(&str) -> String) -> String {
        let summary = self.summary();
        let counts = [
            (summary.changed, "changed"),
            (summary.unchanged, "unchanged"),
            (summary.failed, "failed"),
            (summary.skipped, "skipped"),
            (summary.unknown, "unknown"),
            (summary.planned, "planned"),
        ];
        let counts: Vec<String> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {}", shown(word)))
            .collect();
        match counts.is_empty() {
            true => "nothing to do".into(),
            false => counts.join(", "),
        }
    }
}

impl Serialize for Document {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut fields = serializer.serialize_struct("Document", 7)?;
        fields.serialize_field("schema", SCHEMA)?;
        fields.serialize_field("command", self.command)?;
        if let Some(plan) = &self.plan {
            fields.serialize_field("plan", plan)?;
        }
        fields.serialize_field("ok", &(self.exit() == 0))?;
        fields.serialize_field("summary", &self.summary())?;
        fields.serialize_field("results", &self.rows)?;
        if !self.requests.is_empty() {
            fields.serialize_field("requests", &self.requests)?;
        }
        fields.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn failure(kind: Kind, fate: Fate) -> Failure {
        Failure {
            code: Some("Code".into()),
            message: "what happened".into(),
            hint: "what to do",
            http_status: Some(400),
            attempts: 3,
            ..Failure::of(kind, fate)
        }
    }

    fn row(settled: Settled) -> Row {
        Row::new(Cloud::Alibaba, "cdn", "Set", "a.com").of(&settled)
    }

    fn reason(kind: Kind) -> Reason {
        Reason::new(kind, "what", "then")
    }

    /// A row for each outcome, with its status and how many attempts its error has.
    fn rows() -> Vec<(Row, &'static str, Option<u32>)> {
        let failed = |kind, fate| Settled::failed(failure(kind, fate));
        [
            (Settled::default(), "skipped", None),
            (Settled::accepted(Some("7f".into())), "changed", None),
            (Settled::read_back(), "changed", None),
            (Settled::unchanged(), "unchanged", None),
            (Settled::refused(reason(Kind::State)), "failed", Some(0)),
            (
                Outcome::Refuted(reason(Kind::State)).into(),
                "failed",
                Some(1),
            ),
            (failed(Kind::NotFound, Fate::NotRun), "failed", Some(3)),
            (failed(Kind::Connection, Fate::NotSent), "failed", Some(3)),
            (failed(Kind::NoAnswer, Fate::Unknown), "unknown", Some(3)),
            (failed(Kind::Deadline, Fate::NotSent), "skipped", None),
            (Settled::unknown("why"), "unknown", None),
        ]
        .map(|(settled, status, attempts)| (row(settled), status, attempts))
        .into()
    }

    #[test]
    fn the_status_follows_from_what_became_of_a_target() {
        for (row, status, attempts) in rows() {
            assert_eq!(row.status.as_str(), status);
            assert_eq!(json!(row)["status"], status);
            assert_eq!(row.error.map(|error| error.attempts), attempts, "{status}");
        }
        for (status, settled) in [
            (Status::Changed, true),
            (Status::Unchanged, true),
            (Status::Planned, true),
            (Status::Failed, false),
            (Status::Skipped, false),
            (Status::Unknown, false),
        ] {
            assert_eq!(status.is_as_asked(), settled, "{status:?}");
        }
        assert_eq!(Status::Planned.as_str(), "planned");
        let confirmed = |settled| row(settled).confirmed;
        assert_eq!(confirmed(Settled::accepted(None)), Some(false));
        assert_eq!(confirmed(Settled::read_back()), Some(true));
        assert_eq!(confirmed(Settled::unchanged()), Some(true));
        assert_eq!(confirmed(Settled::unknown("why")), None);
    }

    #[test]
    fn a_row_tells_what_is_known_and_nothing_else() {
        let failed = failure(Kind::Throttled, Fate::NotRun);
        let settled = Settled {
            request_id: Some("7f".into()),
            ..Settled::failed(failed)
        };
        assert_eq!(
            json!(row(settled.clone())),
            json!({
                "cloud": "alibaba", "service": "cdn", "action": "Set", "target": "a.com",
                "status": "failed", "request_id": "7f",
                "error": {"code": "Code", "kind": "throttled", "message": "what happened",
                          "hint": "what to do", "http_status": 400, "retryable": true,
                          "attempts": 3},
            })
        );
        assert_eq!(
            row(settled.clone()).sentence(),
            "a.com: failed (alibaba cdn Set, request 7f): Code: what happened"
        );
        let hinted = row(settled.hinting("better"));
        assert_eq!(hinted.error.unwrap().hint, "better");
        let refused = row(Settled::refused(reason(Kind::State)));
        assert_eq!(
            json!(refused)["error"],
            json!({"kind": "state", "message": "what", "hint": "then", "retryable": false,
                   "attempts": 0})
        );
        assert_eq!(refused.sentence(), "a.com: failed (alibaba cdn Set): what");
        let unknown = row(Settled::unknown("why"));
        assert_eq!(unknown.sentence(), "a.com: unknown (alibaba cdn Set): why");
        let skipped = row(Settled::default());
        assert_eq!(skipped.sentence(), "a.com: skipped (alibaba cdn Set)");
        assert_eq!(json!(skipped).get("error"), None);
    }

    #[test]
    fn the_exit_status_follows_from_the_rows() {
        let exit = |settled: &[&Settled]| {
            let rows = settled.iter().map(|one| row((*one).clone()));
            Document::new("cdn set", rows.collect()).exit()
        };
        let failed = |kind| Settled::failed(failure(kind, Fate::NotRun));
        let (changed, unchanged) = (&Settled::accepted(None), &Settled::unchanged());
        let (missing, busy) = (&failed(Kind::NotFound), &failed(Kind::Busy));
        let (unknown, skipped) = (&Settled::unknown("why"), &Settled::default());
        for (settled, status) in [
            (&[][..], 0),
            (&[changed, unchanged], 0),
            (&[changed, missing], 9),
            (&[unchanged, skipped], 9),
            (&[missing, busy], 5),
            (&[busy, missing], 7),
            (&[skipped, busy], 7),
            (&[skipped], 1),
            (&[changed, missing, unknown], 10),
        ] {
            assert_eq!(exit(settled), status, "{settled:?}");
        }
        let of = |settled: &Settled, kind, signal| {
            let document = Document::new("cdn set", vec![row(settled.clone())]);
            document.stopped(kind, signal).exit()
        };
        assert_eq!(of(skipped, Some(Kind::Auth), None), 4);
        assert_eq!(of(missing, Some(Kind::Auth), None), 5);
        assert_eq!(of(unknown, None, Some(2)), 130);
        assert_eq!(of(changed, None, Some(15)), 0, "it came too late to matter");
    }

    #[test]
    fn everything_is_counted_once() {
        let rows: Vec<Row> = rows().into_iter().map(|(row, ..)| row).collect();
        let document = Document::new("cdn set", rows.clone());
        let summary = json!(document.summary());
        assert_eq!(
            summary,
            json!({"total": 11, "changed": 2, "unchanged": 1, "failed": 4, "skipped": 2,
                   "unknown": 2, "planned": 0})
        );
        assert_eq!(
            document.counts(),
            "2 changed, 1 unchanged, 4 failed, 2 skipped, 2 unknown"
        );
        assert_eq!(document.not_as_asked().count(), 8);
        assert_eq!(document.unseen(), 1);
        let shown = json!(document);
        assert_eq!(
            (&shown["schema"], &shown["ok"]),
            (&json!(SCHEMA), &json!(false))
        );
        assert_eq!(shown["command"], "cdn set");
        assert_eq!(shown["results"].as_array().map(Vec::len), Some(11));
        assert_eq!(shown.get("requests"), None::<&Value>);
        let seen = Document::new("cdn set", vec![row(Settled::unchanged())]);
        assert_eq!(seen.unseen(), 0);
        let call = || PlannedCall {
            action: "Set",
            method: "POST",
            url: "https://cdn.example/".into(),
            headers: std::collections::BTreeMap::new(),
            params: json!({"DomainName": "a.com"}),
            targets: vec!["a.com".into()],
        };
        let mut planned = Document::planned("cdn set", rows.clone(), vec![call()]);
        assert_eq!((planned.summary().planned, planned.exit()), (11, 0));
        planned.join(Document::planned("cdn set", rows, vec![call()]));
        let shown = json!(planned);
        assert_eq!(shown["summary"]["planned"], 22);
        assert_eq!(shown["requests"].as_array().map(Vec::len), Some(2));
        assert!(
            planned
                .table(Look::default())
                .contains("POST https://cdn.example/ Set")
        );
    }

    #[test]
    fn a_table_has_a_line_for_each_target_and_one_that_sums_up() {
        let mut rows = vec![
            row(Settled::accepted(Some("7f".into()))),
            row(Settled::unknown("why")),
            row(Settled::failed(failure(Kind::NotFound, Fate::NotRun))),
            row(Settled::refused(reason(Kind::State))),
            row(Settled::default()),
        ];
        rows[3].certificate = Some("7".into());
        let text = Document::new("cdn set", rows).table(Look::default());
        let lines: Vec<Vec<&str>> = text
            .lines()
            .map(|line| line.split_whitespace().collect())
            .collect();
        assert_eq!(
            lines,
            [
                &["TARGET", "STATUS", "CERTIFICATE", "ACTION", "DETAIL"][..],
                &["a.com", "changed", "-", "Set", "request", "7f"],
                &["a.com", "unknown", "-", "Set", "why"],
                &["a.com", "failed", "-", "Set", "Code"],
                &["a.com", "failed", "7", "Set", "what"],
                &["a.com", "skipped", "-", "Set"],
                &[],
                &[
                    "5", "in", "all:", "1", "changed,", "2", "failed,", "1", "skipped,", "1",
                    "unknown"
                ],
            ]
        );
    }
}
