//! Making the task of an update: the same call until it names a record, after any other update of the
//! old certificate, and found again where an answer was lost.

use std::rc::Rc;
use std::time::Duration;

use super::Update;
use crate::commands::ssl::record::{Progress, TASK_LIMIT, Watch};
use crate::fault::Kind;
use crate::providers::page::Cursor;
use crate::providers::tencent::ssl::deploy::INSTANCE_EMPTY;
use crate::providers::tencent::ssl::records::{
    DescribeHostUpdateRecord, Item, Kind as RecordKind, RECORD_PAGE, Record, Records,
};
use crate::providers::tencent::ssl::resource::ResourceType;
use crate::providers::tencent::ssl::update::UpdateCertificateInstance;
use crate::transport::{Failure, Fate, ends_run};

/// How long a new record may be without items.
const ITEMS_LIMIT: Duration = Duration::from_secs(30);

impl Update<'_> {
    /// Makes the call until it names the record of this update; returns that, with the items it has.
    pub(super) async fn begin(
        &self,
        places: &[(ResourceType, Vec<String>)],
    ) -> Result<(String, Option<Rc<str>>, Progress), Failure> {
        let call = UpdateCertificateInstance {
            old_certificate_id: &self.args.old,
            certificate_id: self.new,
            types: places,
        };
        let known = match self.args.fit.no_preview {
            true => None,
            false => self.known_records().await?,
        };
        let mut past: Vec<String> = Vec::new();
        let mut attempt = 0;
        loop {
            attempt += 1;
            let read = async || self.client.call(&call).await;
            let what = "the cloud to collect the instances";
            let seen = self
                .client
                .poll(what, TASK_LIMIT, read, |seen| match seen {
                    Ok(done) => done.reply.record().is_some(),
                    Err(_) => true,
                })
                .await;
            let done = match seen {
                Ok(done) => done,
                Err(failure) if failure.kind == Kind::Busy && failure.fate == Fate::NotRun => {
                    match self.running().await? {
                        Some(record) => self.watch(&record).over().await?,
                        None if self.client.again_after(attempt).await => {}
                        None => return Err(failure),
                    }
                    continue;
                }
                Err(failure) => match self.adopted(known.as_deref(), &failure).await {
                    Some(record) => {
                        let progress = self.items(&record).await?;
                        return Ok((record, None, progress));
                    }
                    None => return Err(failure),
                },
            };
            let Some(record) = done.reply.record() else {
                return Err(self.uncollected());
            };
            let progress = self.items(record).await?;
            let foreign = |item: &&Item| item.cert_id != self.new;
            if progress.items.iter().find(foreign).is_none() {
                return Ok((record.to_owned(), done.request_id, progress));
            }
            // Another update of the old certificate: this one begins once that is through.
            if past.iter().any(|known| known == record) {
                return Err(Failure {
                    message: format!(
                        "record {record} puts another certificate in the place of {}, and is still said to be in the way",
                        self.args.old
                    ),
                    request_id: done.request_id,
                    attempts: attempt,
                    ..Failure::of(Kind::Busy, Fate::NotRun)
                });
            }
            self.watch(record).over().await?;
            past.push(record.to_owned());
        }
    }

    fn watch<'w>(&'w self, record: &'w str) -> Watch<'w> {
        Watch::new(self.client, RecordKind::Update, record)
    }

    /// A record's items, as soon as it has any.
    async fn items(&self, record: &str) -> Result<Progress, Failure> {
        let watch = self.watch(record);
        let read = async || watch.look().await;
        let what = format!("the instances of record {record}");
        let seen = self
            .client
            .poll(&what, ITEMS_LIMIT, read, |seen| match seen {
                Ok(progress) => !progress.items.is_empty() || progress.is_over,
                Err(_) => true,
            })
            .await;
        match seen {
            Ok(progress) => Ok(progress),
            // The record is there; what it has can be looked at later.
            Err(failure) if failure.code.is_some() && !ends_run(&failure) => {
                Ok(Progress::default())
            }
            Err(failure) => Err(Failure {
                message: format!("record {record} cannot be read: {}", failure.message),
                fate: Fate::Unknown,
                ..failure
            }),
        }
    }

    /// The update of the old certificate that is under way.
    async fn running(&self) -> Result<Option<String>, Failure> {
        let records = self.records(None).await?;
        let running = records.into_iter().find(|record| record.status == 0);
        Ok(running.map(|record| record.id))
    }

    /// The record that a call has made whose answer was lost: the call that came after it found
    /// nothing more to do, or was lost as well.
    async fn adopted(&self, known: Option<&[String]>, failure: &Failure) -> Option<String> {
        let is_empty = failure.code.as_deref() == Some(INSTANCE_EMPTY);
        if !is_empty && failure.fate != Fate::Unknown || self.client.halt().is_some() {
            return None;
        }
        let known = known?;
        let records = self.records(Some(self.new)).await.ok()?;
        let new = records
            .into_iter()
            .find(|record| !known.contains(&record.id));
        new.map(|record| record.id)
    }

    /// The records of this update that there are before anything is sent; none where they may not be
    /// read: what a lost call has made is not found again then.
    async fn known_records(&self) -> Result<Option<Vec<String>>, Failure> {
        match self.records(Some(self.new)).await {
            Ok(records) => Ok(Some(records.into_iter().map(|record| record.id).collect())),
            Err(failure) if failure.code.is_none() || ends_run(&failure) => Err(failure),
            Err(_) => Ok(None),
        }
    }

    /// The updates of the old certificate, all of them or those to one certificate.
    async fn records(&self, to: Option<&str>) -> Result<Vec<Record>, Failure> {
        let page = |cursor: &Cursor| DescribeHostUpdateRecord {
            certificate_id: to,
            old_certificate_id: Some(&self.args.old),
            cursor: cursor.clone(),
            limit: RECORD_PAGE,
        };
        self.client
            .all(RECORD_PAGE, page, Records::page, Record::key)
            .await
    }

    /// The cloud was told, and had no record yet when time ran out or the run ended.
    fn uncollected(&self) -> Failure {
        let kind = match self.client.halt() {
            Some(halt) => self.client.halted(halt, Fate::Unknown).kind,
            None => Kind::NoAnswer,
        };
        Failure {
            message:
                "the cloud is still collecting the instances: whether an update begins is not known"
                    .into(),
            hint: "run the command again: it goes on where it stands",
            attempts: 1,
            ..Failure::of(kind, Fate::Unknown)
        }
    }
}
