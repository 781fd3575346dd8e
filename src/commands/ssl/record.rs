//! How far a deployment or an update is: its record, read to its end.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use crate::cloud::Cloud;
use crate::commands::Session;
use crate::commands::wait::WaitArgs;
use crate::fault::Kind;
use crate::output::Row;
use crate::products::Seen;
use crate::products::{Outcome, Settled};
use crate::providers::page::Cursor;
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::records::{
    Counts, DescribeHostDeployRecordDetail, DescribeHostUpdateRecordDetail, Details, Item,
    Kind as RecordKind, RECORD_PAGE, State,
};
use crate::redact::Redactor;
use crate::transport::{Client, Failure, Fate};

/// How long another task of the same certificate may take until this one is given up.
pub const TASK_LIMIT: Duration = Duration::from_secs(600);

/// The longest reason of a failed item that is passed on, in characters.
const REASON_LIMIT: usize = 400;

/// How far a record is.
#[derive(Debug, Default)]
pub struct Progress {
    /// How many items are how far.
    pub counts: Counts,
    /// Each of them.
    pub items: Vec<Item>,
    /// Whether nothing changes any more by itself.
    pub is_over: bool,
}

impl Progress {
    /// `2 of 5 done, 1 failed`
    pub fn words(&self) -> String {
        let Counts {
            total,
            succeeded,
            failed,
            ..
        } = self.counts;
        match (total, failed) {
            (0, _) => "no instances yet".into(),
            (_, 0) => format!("{succeeded} of {total} done"),
            _ => format!("{succeeded} of {total} done, {failed} failed"),
        }
    }
}

/// A record that is looked at until it is over.
pub struct Watch<'a> {
    client: &'a Client<'a>,
    kind: RecordKind,
    record: &'a str,
    page: u32,
    /// How often in a row nothing was under way.
    still: Cell<u32>,
}

impl<'a> Watch<'a> {
    /// Of a record.
    pub fn new(client: &'a Client<'a>, kind: RecordKind, record: &'a str) -> Self {
        Watch {
            client,
            kind,
            record,
            page: RECORD_PAGE,
            still: Cell::new(0),
        }
    }

    /// With so many items a call.
    pub fn paged(mut self, page: u32) -> Self {
        self.page = page;
        self
    }

    /// Reads how far it is. It is over once each item is through. What was rolled back, or needed
    /// nothing, may be in neither of the vendor's two counts: two looks at which nothing is under way
    /// end it as well.
    ///
    /// # Errors
    /// What reading says.
    pub async fn look(&self) -> Result<Progress, Failure> {
        let (counts, items) = read(self.client, self.kind, self.record, self.page).await?;
        let is_still = counts.are_still();
        self.still
            .set(if is_still { self.still.get() + 1 } else { 0 });
        let settled = !items.is_empty()
            && items.len() >= counts.total
            && items.iter().all(|item| item.state().is_settled());
        Ok(Progress {
            counts,
            items,
            is_over: counts.are_through() || settled || self.still.get() >= 2,
        })
    }

    /// Waits until it is over, at most for [`TASK_LIMIT`].
    ///
    /// # Errors
    /// What reading says; that it takes too long; that the run ends.
    pub async fn over(&self) -> Result<(), Failure> {
        let what = format!(
            "{} record {} to be through",
            self.kind.as_str(),
            self.record
        );
        let read = async || self.look().await;
        let settled = |seen: &Result<Progress, Failure>| match seen {
            Ok(progress) => progress.is_over,
            Err(failure) => failure.code.is_some() || self.client.halt().is_some(),
        };
        match self.client.poll(&what, TASK_LIMIT, read, settled).await {
            Err(failure) => Err(failure),
            Ok(progress) if progress.is_over => Ok(()),
            Ok(progress) => Err(match self.client.halt() {
                Some(halt) => self.client.halted(halt, Fate::NotSent),
                None => Failure {
                    message: format!(
                        "{} record {} of this certificate is still under way: {}",
                        self.kind.as_str(),
                        self.record,
                        progress.words()
                    ),
                    hint: "look at it with `certctl ssl deployments show`, and run the command again once it is through",
                    attempts: 1,
                    ..Failure::of(Kind::Busy, Fate::NotSent)
                },
            }),
        }
    }
}

/// Reads a record's items and their counts.
async fn read(
    client: &Client<'_>,
    kind: RecordKind,
    record: &str,
    limit: u32,
) -> Result<(Counts, Vec<Item>), Failure> {
    let counts = RefCell::new(Counts::default());
    let items = match kind {
        RecordKind::Deploy => {
            let page = |cursor: &Cursor| DescribeHostDeployRecordDetail {
                record,
                cursor: cursor.clone(),
                limit,
            };
            let open = |details: Details| {
                counts.replace(details.counts());
                details.page()
            };
            client.all(limit, page, open, Item::key).await?
        }
        RecordKind::Update => {
            let page = |cursor: &Cursor| DescribeHostUpdateRecordDetail {
                record,
                cursor: cursor.clone(),
                limit,
            };
            let open = |details: Details| {
                counts.replace(details.counts());
                details.parts()
            };
            client.all(limit, page, open, Item::key).await?
        }
    };
    Ok((counts.into_inner(), items))
}

/// What an item's failure is called: in the product's words, where it has any.
pub fn reason(item: &Item) -> String {
    let said = Redactor::new().line(&item.error_msg, REASON_LIMIT);
    match (said.as_str(), item.state()) {
        ("", State::RollbackFailed) => "the old certificate could not be put back".into(),
        ("", _) => "the product gives no reason".into(),
        (said, _) => said.to_owned(),
    }
}

/// What became of targets that the cloud works on in the background.
#[derive(Debug)]
pub struct Tasks {
    /// What became of each.
    pub settled: Vec<Settled>,
    /// The record of each that was accepted.
    pub records: Vec<Option<Rc<str>>>,
}

impl Tasks {
    /// So many targets, of which nothing was sent yet.
    pub fn new(count: usize) -> Self {
        Tasks {
            settled: vec![Settled::default(); count],
            records: vec![None; count],
        }
    }

    /// The cloud has made a record of these targets; the note says where to look at it.
    pub fn accept(
        &mut self,
        targets: impl IntoIterator<Item = usize>,
        record: &str,
        request_id: Option<&Rc<str>>,
    ) {
        let record: Rc<str> = record.into();
        let note: Rc<str> =
            format!("accepted: record {record}; see certctl ssl deployments show {record}").into();
        for target in targets {
            self.settled[target] = Settled {
                note: Some(Rc::clone(&note)),
                ..Settled::accepted(request_id.cloned())
            };
            self.records[target] = Some(Rc::clone(&record));
        }
    }

    /// These targets share a failure.
    pub fn fail(&mut self, targets: impl IntoIterator<Item = usize>, failure: &Failure) {
        let failed = Settled::failed(failure.clone());
        for target in targets {
            self.settled[target] = failed.clone();
        }
    }

    /// The targets of which nothing was decided yet share a failure.
    pub fn fail_open(&mut self, failure: &Failure) {
        let open = |target: &usize| self.settled[*target].is_open();
        let open: Vec<usize> = (0..self.settled.len()).filter(open).collect();
        self.fail(open, failure);
    }

    /// The row of each target. What was confirmed needs no advice where to look.
    pub fn rows(self, targets: impl IntoIterator<Item = Row>) -> Vec<Row> {
        let settled = self.settled.into_iter().zip(self.records);
        let row = |(target, (settled, record)): (Row, (Settled, Option<Rc<str>>))| {
            let is_confirmed = matches!(settled.outcome, Outcome::Changed { confirmed: true });
            let mut row = target.of(&settled);
            if is_confirmed && record.is_some() {
                row.note = None;
            }
            Row { record, ..row }
        };
        targets.into_iter().zip(settled).map(row).collect()
    }
}

/// By what a record's item is known again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// By its id, in the record that it was read from.
    Id(String),
    /// By what it is, in another record.
    Place(String, String),
}

impl Key {
    /// By id.
    pub fn id(item: &Item) -> Self {
        Key::Id(item.id.clone())
    }

    /// By type and place.
    pub fn place(item: &Item) -> Self {
        Key::Place(item.resource_type.clone(), item.place())
    }

    fn is_of(&self, item: &Item) -> bool {
        match self {
            Key::Id(_) => *self == Key::id(item),
            Key::Place(..) => *self == Key::place(item),
        }
    }
}

/// A row for an item of a record.
pub fn item_row(action: &'static str, item: &Item) -> Row {
    let place = match item.place() {
        place if place.is_empty() => format!("item {}", item.id),
        place => place,
    };
    let some = |text: &String| (!text.is_empty()).then(|| text.clone());
    Row {
        resource_type: some(&item.resource_type),
        region: some(&item.region),
        ..Row::new(Cloud::Tencent, SSL.name, action, &place)
    }
}

/// Waits until each target's item is through, as the record tells; one without a key waits for all.
pub async fn confirm_items(
    session: &Session<'_>,
    watch: &Watch<'_>,
    wait: &WaitArgs,
    keys: &[Key],
    targets: &[Row],
    settled: &mut [Settled],
) {
    let see = async |targets: &[usize]| {
        let progress = match watch.look().await {
            Ok(progress) => progress,
            Err(failure) => {
                let unread = |target: &usize| (*target, Err(failure.clone()));
                return targets.iter().map(unread).collect();
            }
        };
        let seen = |target: &usize| {
            let key = keys.get(*target);
            let item = key.and_then(|key| progress.items.iter().find(|item| key.is_of(item)));
            (*target, Ok(seen(item, &progress)))
        };
        targets.iter().map(seen).collect()
    };
    let name = |target: usize| targets[target].target.clone();
    session
        .confirm(watch.client, wait, settled, name, see)
        .await;
}

fn seen(item: Option<&Item>, progress: &Progress) -> Seen {
    let Some(item) = item else {
        return match progress.is_over && progress.counts.failed == 0 {
            true => Seen::Confirmed,
            false => Seen::Pending(progress.words()),
        };
    };
    match item.state() {
        State::Failed | State::RollbackFailed => Seen::Failed(reason(item)),
        State::Succeeded | State::RolledBack | State::NothingToDo => Seen::Confirmed,
        State::Pending | State::Running | State::Other(_) => Seen::Pending(progress.words()),
    }
}
