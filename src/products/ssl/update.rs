//! Making the task of an update: the same call until it names a record, after any other update of the
//! old certificate, and found again where an answer was lost.

use std::rc::Rc;
use std::time::Duration;

use super::record::{Of, Progress, TASK_LIMIT, Watch};
use crate::fault::Kind;
use crate::providers::tencent::ssl::deploy::INSTANCE_EMPTY;
use crate::providers::tencent::ssl::records::{Item, Kind as RecordKind};
use crate::providers::tencent::ssl::resource::ResourceType;
use crate::providers::tencent::ssl::update::UpdateCertificateInstance;
use crate::transport::{Client, Failure, Fate, Patience, Reconciled, ends_run, reconcile};

/// How long a new record may be without items.
const ITEMS_LIMIT: Duration = Duration::from_secs(30);

/// A certificate on its way into another's places.
#[derive(Clone, Copy)]
pub struct Update<'a> {
    /// Sends the calls.
    pub client: &'a Client<'a>,
    /// The certificate that is replaced.
    pub old: &'a str,
    /// The one that takes its places.
    pub new: &'a str,
    /// The types, each with the regions of it.
    pub places: &'a [(ResourceType, Vec<String>)],
    /// Whether the records may be read before anything is sent.
    pub looks: bool,
}

/// An update that the cloud works on.
#[derive(Debug)]
pub struct Begun {
    /// Its record.
    pub record: String,
    /// The request that was answered with it.
    pub request_id: Option<Rc<str>>,
    /// How far it is, with the items that it has.
    pub progress: Progress,
}

impl Update<'_> {
    /// Makes the call until it names the record of this update.
    ///
    /// # Errors
    /// Why there is none; of unknown fate where there may be.
    pub async fn begin(&self) -> Result<Begun, Failure> {
        let call = UpdateCertificateInstance {
            old_certificate_id: self.old,
            certificate_id: self.new,
            types: self.places,
        };
        let known = match self.looks {
            true => self.known_records().await?,
            false => None,
        };
        let made = async || self.made(known.as_deref()).await;
        let mut past: Vec<String> = Vec::new();
        let mut attempt = 0;
        loop {
            attempt += 1;
            let read = async || reconcile(self.client, &call, Patience::NONE, &made).await;
            let what = "the cloud to collect the instances";
            let seen = self.client.poll(what, TASK_LIMIT, read, |seen| match seen {
                Ok(Reconciled::Answered(done)) => done.reply.record().is_some(),
                _ => true,
            });
            let done = match seen.await {
                Ok(Reconciled::Answered(done)) => done,
                Ok(Reconciled::Seen(record)) => return self.begun(record).await,
                Err(failure) if failure.kind == Kind::Busy && failure.fate == Fate::NotRun => {
                    let updates = Of::Updates {
                        from: Some(self.old),
                        to: None,
                    };
                    match updates.running(self.client).await? {
                        Some(record) => self.watch(&record).over().await?,
                        None if self.client.again_after(attempt).await => {}
                        None => return Err(failure),
                    }
                    continue;
                }
                // After a call whose answer was lost there may be nothing more to do.
                Err(failure) if failure.code.as_deref() == Some(INSTANCE_EMPTY) => {
                    return match made().await {
                        Ok(Some(record)) if self.client.halt().is_none() => {
                            self.begun(record).await
                        }
                        _ => Err(failure),
                    };
                }
                Err(failure) => return Err(failure),
            };
            let Some(record) = done.reply.record() else {
                return Err(self.uncollected());
            };
            let progress = self.items(record).await?;
            let foreign = |item: &Item| item.cert_id != self.new;
            if !progress.items.iter().any(foreign) {
                return Ok(Begun {
                    record: record.to_owned(),
                    request_id: done.request_id,
                    progress,
                });
            }
            // Another update of the old certificate: this one begins once that is through.
            if past.iter().any(|known| known == record) {
                return Err(Failure {
                    message: format!(
                        "record {record}, which replaces {} with another certificate, still \
                         blocks the change",
                        self.old
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

    fn watch(&self, record: &str) -> Watch<'_> {
        Watch::new(self.client, RecordKind::Update, record)
    }

    /// An update whose answer was lost.
    async fn begun(&self, record: String) -> Result<Begun, Failure> {
        Ok(Begun {
            progress: self.items(&record).await?,
            record,
            request_id: None,
        })
    }

    /// A record's items, as soon as it has any.
    async fn items(&self, record: &str) -> Result<Progress, Failure> {
        match self.watch(record).begun(ITEMS_LIMIT).await {
            // The record is there; what it has can be looked at later.
            Err(failure) if failure.code.is_some() && !ends_run(&failure) => {
                Ok(Progress::default())
            }
            Err(failure) => Err(Failure {
                fate: Fate::Unknown,
                ..failure
            }),
            Ok(progress) => Ok(progress),
        }
    }

    /// The record that a call has made whose answer was lost, where it can be told from those that
    /// are `known` from before.
    async fn made(&self, known: Option<&[String]>) -> Result<Option<String>, Failure> {
        let Some(known) = known else { return Ok(None) };
        let records = self.records().ids(self.client).await?;
        Ok(records.into_iter().find(|record| !known.contains(record)))
    }

    /// The records of this update that there are before anything is sent; none where they may not be
    /// read: what a lost call has made is not found again then.
    async fn known_records(&self) -> Result<Option<Vec<String>>, Failure> {
        match self.records().ids(self.client).await {
            Ok(records) => Ok(Some(records)),
            Err(failure) if failure.code.is_none() || ends_run(&failure) => Err(failure),
            Err(_) => Ok(None),
        }
    }

    /// The updates from the one certificate to the other.
    fn records(&self) -> Of<'_> {
        Of::Updates {
            from: Some(self.old),
            to: Some(self.new),
        }
    }

    /// The cloud was told, and had no record yet when time ran out or the run ended.
    fn uncollected(&self) -> Failure {
        let kind = match self.client.halt() {
            Some(halt) => self.client.halted(halt, Fate::Unknown).kind,
            None => Kind::NoAnswer,
        };
        Failure {
            message:
                "the cloud is still collecting the instances: it is unknown whether the update \
                 will begin"
                    .into(),
            hint: "run the command again: it continues from here",
            attempts: 1,
            ..Failure::of(kind, Fate::Unknown)
        }
    }
}
