//! The certificate that a command of the group is about, given by its id or as a file.

use chrono::{DateTime, Utc};

use super::{absent, unread};
use crate::cert::{self, Bundle};
use crate::commands::Session;
use crate::commands::certificate::{FileArgs, Given, check_date, check_file_flags};
use crate::config::Settings;
use crate::error::Error;
use crate::products::ulb::change::{Hold, Target};
use crate::products::ulb::{Found, Lack, Source, describe, ensure, find, look_up};
use crate::providers::ucloud::ulb::{Certificate, DescribeSSLV2, Location, Part, Relation};
use crate::transport::{Client, Failure, PlannedCall, plan};

/// A certificate that was given to a command.
pub struct GivenCertificate {
    /// Its id, or the name of its file.
    pub called: String,
    /// The file's certificate with its key.
    bundle: Option<Bundle>,
    id: Option<String>,
    /// What the store has of the file, once that was read.
    found: Option<Found>,
    /// How it stands in the store, once that was read.
    stored: Option<Certificate>,
    /// What is known of it; of one that is given by its id nothing before it was read.
    known: cert::Certificate,
}

impl GivenCertificate {
    /// Takes an id as it is; reads a file, and checks it before anything is sent.
    pub fn read(session: &Session<'_>, given: &Given, files: &FileArgs) -> Result<Self, Error> {
        check_file_flags([given], files)?;
        let (id, bundle) = match given {
            Given::Id(id) => (Some(id.id.clone()), None),
            Given::File(path) => (None, Some(session.material(path, files)?)),
        };
        let known = bundle.as_ref().map(Bundle::certificate);
        Ok(GivenCertificate {
            called: given.shown(),
            bundle,
            id,
            found: None,
            stored: None,
            known: known.unwrap_or_default(),
        })
    }

    /// Its id; of a file none before it was found or uploaded.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// What is known of it.
    pub fn known(&self) -> &cert::Certificate {
        &self.known
    }

    /// Whether it comes from a file, whose id nobody knows beforehand.
    pub fn is_file(&self) -> bool {
        self.bundle.is_some()
    }

    /// What it was bound to.
    pub fn relations(&self) -> &[Relation] {
        self.stored.as_ref().map_or(&[], |stored| &stored.relations)
    }

    /// How it was bound to a listener.
    pub fn hold(&self, target: Target<'_>) -> Hold {
        Hold::of(self.stored.as_ref(), target)
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
            let read = match self.id() {
                Some(id) => describe(location, id),
                None => DescribeSSLV2 {
                    location,
                    ssl_id: None,
                    part: Part::FIRST,
                },
            };
            calls.push(plan(settings, &read, targets.to_vec()));
        }
        if let Some(source) = self.source() {
            let name = source.default_name(false);
            let create = source.call(location, &name);
            calls.push(plan(settings, &create, vec![self.called.clone()]));
        }
        let unknown = || format!("(the id of {})", self.called);
        (calls, self.id.clone().unwrap_or_else(unknown))
    }

    /// Reads how it stands in the store.
    ///
    /// # Errors
    /// There is no such id; it cannot be read.
    pub async fn look(
        &mut self,
        client: &Client<'_>,
        location: Location<'_>,
    ) -> Result<(), Unseen> {
        let stored = match self.source() {
            None => {
                let id = self.id.clone().unwrap_or_default();
                let stored = look_up(client, location, &id).await;
                Some(stored.map_err(|lack| match lack {
                    Lack::Absent(said) => Unseen::Absent(absent(location, &id, said)),
                    Lack::Unread(failure) => Unseen::Unread(failure),
                })?)
            }
            Some(source) => {
                let found = find(client, location, source)
                    .await
                    .map_err(Unseen::Unread)?;
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

    /// Refuses one that has expired.
    pub fn check_date(&self, now: DateTime<Utc>) -> Result<(), Error> {
        check_date(&self.known, &self.called, now)
    }

    /// Sees to it that it is in the store, and says which one it is there.
    ///
    /// # Errors
    /// Why it could not be uploaded.
    pub async fn ensure(
        &mut self,
        session: &Session<'_>,
        client: &Client<'_>,
        location: Location<'_>,
    ) -> Result<(), Failure> {
        let found = self.found.take();
        let Some(source) = self.source() else {
            return Ok(());
        };
        let ensured = ensure(client, location, source, None, found).await?;
        let how = match (ensured.settled.is_changed(), &ensured.settled.note) {
            (true, None) => "uploaded".to_owned(),
            (true, Some(note)) => format!("uploaded; {note}"),
            (false, note) => note.as_deref().unwrap_or_default().to_owned(),
        };
        session
            .ui
            .note(&format!("{} is {}: {how}", self.called, ensured.id));
        self.id = Some(ensured.id);
        Ok(())
    }
}

/// Why a certificate is not in hand.
pub enum Unseen {
    /// There is none of that id.
    Absent(Error),
    /// It could not be read.
    Unread(Failure),
}

impl From<Unseen> for Error {
    fn from(unseen: Unseen) -> Self {
        match unseen {
            Unseen::Absent(error) => error,
            Unseen::Unread(failure) => unread(failure),
        }
    }
}
