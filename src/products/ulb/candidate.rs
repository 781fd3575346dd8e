//! A certificate that is to be put on listeners: one of the store, or one that comes into it first.

use super::read::{Lack, describe, describe_all, look_up};
use super::store::{Found, Source, ensure, find, stored_id};
use crate::cert::{self, Bundle};
use crate::config::Settings;
use crate::products::StoreId;
use crate::providers::ucloud::ulb::{Certificate, Location, Part, Relation};
use crate::transport::{Client, Failure, PlannedCall, plan};

/// A certificate that is to be put on listeners.
#[derive(Default)]
pub struct Candidate {
    /// What people know it by: its id, or the name of its file.
    pub called: String,
    /// Its id; of a file none before it was found or uploaded.
    pub id: Option<String>,
    /// What is known of it; of one that is given by its id nothing before it was read.
    pub known: cert::Certificate,
    /// How it stands in the store, once that was read.
    pub stored: Option<Certificate>,
    /// The file's certificate with its key.
    bundle: Option<Bundle>,
    /// What the store has of the file, once that was read.
    found: Option<Found>,
}

impl Candidate {
    /// One of the store.
    pub fn stored(id: &str) -> Self {
        Candidate {
            called: id.to_owned(),
            id: Some(id.to_owned()),
            ..Candidate::default()
        }
    }

    /// One of a file, which people know by its name.
    pub fn file(name: String, bundle: Bundle) -> Self {
        Candidate {
            called: name,
            known: bundle.certificate(),
            bundle: Some(bundle),
            ..Candidate::default()
        }
    }

    /// Its id as others name it; empty where it did not come into the store.
    pub fn store_id(&self, location: Location<'_>) -> StoreId {
        stored_id(location, self.id.as_deref().unwrap_or_default())
    }

    /// Whether it comes from a file, whose id nobody knows beforehand.
    pub fn is_file(&self) -> bool {
        self.bundle.is_some()
    }

    /// What it was bound to.
    pub fn relations(&self) -> &[Relation] {
        self.stored.as_ref().map_or(&[], |stored| &stored.relations)
    }

    fn source(&self) -> Option<Source<'_>> {
        self.bundle.as_ref().map(Source::Pem)
    }

    /// The calls that bring it into the store and show it there, and the id that further ones name.
    pub fn planned(
        &self,
        settings: &Settings,
        location: Location<'_>,
        reads: bool,
        targets: &[String],
    ) -> (Vec<PlannedCall>, String) {
        let mut calls = Vec::new();
        if reads {
            let read = match &self.id {
                Some(id) => describe(location, id),
                None => describe_all(location, Part::FIRST),
            };
            calls.push(plan(settings, &read, targets.to_vec()));
        }
        if let Some(source) = self.source() {
            let name = source.default_name(false);
            let create = source.call(location, &name);
            calls.push(plan(settings, &create, vec![self.called.clone()]));
        }
        let unknown = || self.placeholder();
        (calls, self.id.clone().unwrap_or_else(unknown))
    }

    /// Stands in a dry run for the id that an upload will give.
    fn placeholder(&self) -> String {
        format!("(the id of {})", self.called)
    }

    /// Reads how it stands in the store.
    ///
    /// # Errors
    /// There is no such id; it cannot be read.
    pub async fn look(&mut self, client: &Client<'_>, location: Location<'_>) -> Result<(), Lack> {
        let stored = match self.source() {
            None => {
                let id = self.id.as_deref().unwrap_or_default();
                Some(look_up(client, location, id).await?)
            }
            Some(source) => {
                let found = find(client, location, source).await;
                let found = found.map_err(Lack::Unread)?;
                let there = found.there.clone();
                self.found = Some(found);
                there
            }
        };
        if let Some(stored) = stored {
            self.id = Some(stored.ssl_id.clone());
            if self.bundle.is_none() {
                self.known = stored.certificate();
            }
            self.stored = Some(stored);
        }
        Ok(())
    }

    /// Sees to it that it is in the store, and says which one it is there.
    ///
    /// # Errors
    /// Why it could not be uploaded.
    pub async fn ensure(
        &mut self,
        client: &Client<'_>,
        location: Location<'_>,
    ) -> Result<(), Failure> {
        let found = self.found.take();
        let Some(source) = self.source() else {
            return Ok(());
        };
        let ensured = match ensure(client, location, source, None, found).await {
            // A dry run goes on without its id.
            Err(failure) if failure.is_planned() => {
                self.id = Some(self.placeholder());
                return Ok(());
            }
            ensured => ensured?,
        };
        let how = match (ensured.settled.is_changed(), &ensured.settled.note) {
            (true, None) => "uploaded".to_owned(),
            (true, Some(note)) => format!("uploaded; {note}"),
            (false, note) => note.as_deref().unwrap_or_default().to_owned(),
        };
        client.note(&format!("{} is {}: {how}", self.called, ensured.id));
        self.id = Some(ensured.id);
        Ok(())
    }
}
