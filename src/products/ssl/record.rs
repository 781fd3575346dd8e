//! The records of deployments and updates: which there are, how far one is, and what became of the
//! targets that the cloud works on in the background.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use crate::fault::Kind;
use crate::products::Settled;
use crate::providers::page::Cursor;
use crate::providers::tencent::ssl::records::{
    Counts, DescribeHostDeployRecord, DescribeHostDeployRecordDetail, DescribeHostUpdateRecord,
    DescribeHostUpdateRecordDetail, Details, Item, Kind as RecordKind, RECORD_PAGE, Record,
    Records, State,
};
use crate::providers::tencent::ssl::resource::ResourceType;
use crate::redact::Redactor;
use crate::transport::{Client, Failure, Fate};

/// How long another task of the same certificate may take until this one is given up.
pub const TASK_LIMIT: Duration = Duration::from_secs(600);

/// The longest reason of a failed item that is passed on, in characters.
const REASON_LIMIT: usize = 400;

/// Which records.
#[derive(Clone, Copy, Debug)]
pub enum Of<'a> {
    /// The deployments of a certificate, to one type or to any.
    Deploys(&'a str, Option<ResourceType>),
    /// The updates from a certificate, to one, or from one to another.
    Updates {
        /// The certificate that was replaced.
        from: Option<&'a str>,
        /// The one that was put in its place.
        to: Option<&'a str>,
    },
}

impl<'a> Of<'a> {
    /// What made them.
    pub const fn kind(self) -> RecordKind {
        match self {
            Of::Deploys(..) => RecordKind::Deploy,
            Of::Updates { .. } => RecordKind::Update,
        }
    }

    /// The call that lists deployments.
    pub fn deploys(
        certificate_id: &'a str,
        resource_type: Option<ResourceType>,
        cursor: &Cursor,
        limit: u32,
    ) -> DescribeHostDeployRecord<'a> {
        DescribeHostDeployRecord {
            certificate_id,
            resource_type,
            cursor: cursor.clone(),
            limit,
        }
    }

    /// The call that lists updates.
    pub fn updates(
        from: Option<&'a str>,
        to: Option<&'a str>,
        cursor: &Cursor,
        limit: u32,
    ) -> DescribeHostUpdateRecord<'a> {
        DescribeHostUpdateRecord {
            certificate_id: to,
            old_certificate_id: from,
            cursor: cursor.clone(),
            limit,
        }
    }

    /// All of them, with so many a page.
    ///
    /// # Errors
    /// What reading says.
    pub async fn list(self, client: &Client<'_>, limit: u32) -> Result<Vec<Record>, Failure> {
        match self {
            Of::Deploys(certificate, of) => {
                let page = |cursor: &Cursor| Of::deploys(certificate, of, cursor, limit);
                client.all(limit, page, Records::page, Record::key).await
            }
            Of::Updates { from, to } => {
                let page = |cursor: &Cursor| Of::updates(from, to, cursor, limit);
                client.all(limit, page, Records::page, Record::key).await
            }
        }
    }

    /// The ids of those that there are.
    ///
    /// # Errors
    /// What reading says.
    pub async fn ids(self, client: &Client<'_>) -> Result<Vec<String>, Failure> {
        let records = self.list(client, RECORD_PAGE).await?;
        Ok(records.into_iter().map(|record| record.id).collect())
    }

    /// The one that is under way.
    ///
    /// # Errors
    /// What reading says.
    pub async fn running(self, client: &Client<'_>) -> Result<Option<String>, Failure> {
        let records = self.list(client, RECORD_PAGE).await?;
        let running = records.into_iter().find(|record| record.status == 0);
        Ok(running.map(|record| record.id))
    }
}

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
    record: Rc<str>,
    page: u32,
    /// How often in a row nothing was under way.
    still: Cell<u32>,
}

impl<'a> Watch<'a> {
    /// Of a record.
    pub fn new(client: &'a Client<'a>, kind: RecordKind, record: &str) -> Self {
        Watch {
            client,
            kind,
            record: record.into(),
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
        let (counts, items) = self.read().await?;
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

    /// Waits until it has items, or is over, at most for `limit`. Of an update the items are all that
    /// tells what it reaches.
    ///
    /// # Errors
    /// What reading says.
    pub async fn begun(&self, limit: Duration) -> Result<Progress, Failure> {
        let what = format!("the instances of record {}", self.record);
        let read = async || self.look().await;
        let settled = |seen: &Result<Progress, Failure>| match seen {
            Ok(progress) if self.kind == RecordKind::Update => {
                !progress.items.is_empty() || progress.is_over
            }
            Ok(progress) => progress.counts.total > 0 || progress.is_over,
            Err(_) => true,
        };
        let seen = self.client.poll(&what, limit, read, settled).await;
        seen.map_err(|failure| Failure {
            message: format!("could not read record {}: {}", self.record, failure.message),
            ..failure
        })
    }

    /// Waits until it is over, at most for [`TASK_LIMIT`].
    ///
    /// # Errors
    /// What reading says; that it takes too long; that the run ends.
    pub async fn over(&self) -> Result<(), Failure> {
        let kind = self.kind.as_str();
        let what = format!("{kind} record {} to finish", self.record);
        let read = async || self.look().await;
        let settled = |seen: &Result<Progress, Failure>| match seen {
            Ok(progress) => progress.is_over,
            Err(failure) => failure.code.is_some() || self.client.halt().is_some(),
        };
        let progress = self.client.poll(&what, TASK_LIMIT, read, settled).await?;
        match self.client.halt() {
            _ if progress.is_over => Ok(()),
            Some(halt) => Err(self.client.halted(halt, Fate::NotSent)),
            None => Err(Failure {
                message: format!(
                    "{kind} record {} of this certificate is still running: {}",
                    self.record,
                    progress.words()
                ),
                hint: "check it with `certctl ssl deployments show`, and run the command again \
                       when it is finished",
                attempts: 1,
                ..Failure::of(Kind::Busy, Fate::NotSent)
            }),
        }
    }

    /// Reads the items and their counts.
    async fn read(&self) -> Result<(Counts, Vec<Item>), Failure> {
        let (record, limit) = (&*self.record, self.page);
        let counts = RefCell::new(Counts::default());
        let counted = |details: Details| {
            counts.replace(details.counts());
            details
        };
        let items = match self.kind {
            RecordKind::Deploy => {
                let page = |cursor: &Cursor| DescribeHostDeployRecordDetail {
                    record,
                    cursor: cursor.clone(),
                    limit,
                };
                let open = |details| counted(details).page();
                self.client.all(limit, page, open, Item::key).await?
            }
            RecordKind::Update => {
                let page = |cursor: &Cursor| DescribeHostUpdateRecordDetail {
                    record,
                    cursor: cursor.clone(),
                    limit,
                };
                let open = |details| counted(details).parts();
                self.client.all(limit, page, open, Item::key).await?
            }
        };
        Ok((counts.into_inner(), items))
    }
}

/// What an item's failure is called: in the product's words, where it has any.
pub fn reason(item: &Item) -> String {
    let said = Redactor::new().line(&item.error_msg, REASON_LIMIT);
    match (said.as_str(), item.state()) {
        ("", State::RollbackFailed) => "the old certificate could not be restored".into(),
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

    /// Those of these targets of which nothing was decided yet share a failure.
    pub fn fail(&mut self, targets: impl IntoIterator<Item = usize>, failure: &Failure) {
        let failed = Settled::failed(failure.clone());
        for target in targets {
            if self.settled[target].is_open() {
                self.settled[target] = failed.clone();
            }
        }
    }

    /// The targets of which nothing was decided yet share a failure.
    pub fn fail_open(&mut self, failure: &Failure) {
        self.fail(0..self.settled.len(), failure);
    }
}
