//! A plan that was made before: read, and turned into what is asked for again.

use std::collections::HashMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::Utc;
use serde::Deserialize;

use crate::cert::Bundle;
use crate::cloud::Cloud;
use crate::commands::across::Party;
use crate::commands::wanted::{Asked, Goes, Key};
use crate::commands::{Place as Narrowed, Session};
use crate::deploy::{Block, Files, Guard, KeySource, SCHEMA, Wanted, account_number};
use crate::error::Error;
use crate::fault::Kind;
use crate::files;
use crate::products::{Place, STORES, StoreId, spec_of};
use crate::providers::time::{self, Time};
use crate::redact::one_line;

/// The largest plan that is read: one of ten thousand places has about 5 MB.
const LIMIT: u64 = 64 * 1024 * 1024;

/// A plan, as far as it is made again.
#[derive(Deserialize)]
struct Document {
    id: String,
    #[serde(deserialize_with = "time::utc")]
    made: Option<Time>,
    accounts: Vec<Account>,
    certificates: Vec<Certificate>,
    steps: Vec<Step>,
    unchanged: Vec<Row>,
    refused: Vec<Refusal>,
}

#[derive(Deserialize)]
struct Account {
    account: String,
    cloud: String,
    profile: Option<String>,
    identity: String,
    project: Option<String>,
    site: Option<String>,
    #[serde(default)]
    regions: Vec<String>,
}

#[derive(Deserialize)]
struct Certificate {
    certificate: String,
    cert_file: Option<PathBuf>,
    chain_file: Option<PathBuf>,
    key: Option<KeyOf>,
    stored: Option<Stored>,
    fingerprint: Option<String>,
    chain: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum KeyOf {
    File(PathBuf),
    Env(String),
}

#[derive(Deserialize)]
struct Stored {
    account: String,
    id: String,
}

#[derive(Deserialize)]
struct Step {
    r#do: String,
    certificate: String,
    account: String,
    place: Option<String>,
    region: Option<String>,
    before: Option<String>,
    #[serde(default, deserialize_with = "time::utc")]
    before_expires: Option<Time>,
}

#[derive(Deserialize)]
struct Row {
    certificate: String,
    account: String,
    place: String,
}

#[derive(Deserialize)]
struct Refusal {
    guard: String,
    message: String,
}

/// A plan that was made before.
pub struct Carried {
    /// Its id.
    pub id: String,
    /// What it was made of.
    pub asked: Asked,
    /// What was to go, at each place.
    pub agreed: HashMap<Key, Vec<Goes>>,
}

impl Carried {
    /// Reads a plan, and the files of its certificates. The key of the one that has none of its own is in
    /// `key`.
    ///
    /// # Errors
    /// It is none, or a newer one; it is older than `max_age`; a certificate is another one now; a guard
    /// was against the whole.
    pub fn read(
        session: &Session<'_>,
        path: &Path,
        key: Option<&Path>,
        max_age: Duration,
    ) -> Result<Self, Error> {
        let (shown, text) = files::read_or_stdin(path, LIMIT)?;
        let document = document(&text, &shown)?;
        let made = document.made.map(|made| made.0);
        let made = made.ok_or_else(|| no_plan(&shown, "does not say when it was made"))?;
        let age = Utc::now() - made;
        if age.to_std().is_ok_and(|age| age > max_age) {
            return Err(Error::new(
                Kind::Moved,
                format!(
                    "{shown} was made on {}: it is too old",
                    made.format("%Y-%m-%dT%H:%M:%SZ")
                ),
                "make a new plan, or raise --max-age: nothing was sent",
            ));
        }
        if let Some(Refusal { guard, message }) = document.refused.first() {
            return Err(Error::new(
                Kind::Guard,
                format!(
                    "{shown}: {}: {}",
                    one_line(guard, 40),
                    one_line(message, 200)
                ),
                "docs/rotation.md says what lifts each guard: nothing was sent",
            ));
        }
        let mut carried = Carried {
            id: document.id.clone(),
            asked: Asked {
                parties: Vec::new(),
                wanted: Vec::new(),
                bundles: Vec::new(),
            },
            agreed: HashMap::new(),
        };
        for account in &document.accounts {
            let party = party(session, account, &document, &shown)?;
            carried.asked.parties.push(party);
        }
        for certificate in &document.certificates {
            let files = certificate.files(key);
            let bundle = match &files {
                Some(files) => Some(certificate.bundle(session, files, &shown)?),
                None => None,
            };
            let on = blocks(&document, certificate, &shown)?;
            carried.asked.wanted.push(Wanted {
                called: certificate.certificate.clone(),
                certificate: bundle.as_ref().map(Bundle::certificate).unwrap_or_default(),
                files,
                stored: certificate.stored(&document, &shown)?,
                on,
                // They were looked at when the plan was made; what has moved since is left alone.
                allow: Guard::LIFTED.into(),
            });
            carried.asked.bundles.push(bundle);
        }
        for step in &document.steps {
            let Some(text) = &step.place else { continue };
            let key = (
                document.account(&step.account, &shown)?,
                place(text, &shown)?,
                step.region.clone(),
            );
            let goes = Goes {
                id: step.before.clone(),
                expires: step.before_expires.map(|end| end.0),
                certificate: document.certificate(&step.certificate, &shown)?,
            };
            carried.agreed.entry(key).or_default().push(goes);
        }
        Ok(carried)
    }
}

fn document(text: &[u8], shown: &str) -> Result<Document, Error> {
    #[derive(Deserialize)]
    struct Version {
        schema: String,
    }
    let version: Version = serde_json::from_slice(text)
        .map_err(|_| no_plan(shown, "is not a plan: it is no JSON, or names no schema"))?;
    if version.schema != SCHEMA {
        let schema = one_line(&version.schema, 40);
        return Err(no_plan(shown, format!("is {schema}, not {SCHEMA}")));
    }
    serde_json::from_slice(text).map_err(|error| {
        // Its own words quote what was found.
        let at = format!("line {}, column {}", error.line(), error.column());
        no_plan(shown, format!("is no whole plan: {at}"))
    })
}

fn no_plan(shown: &str, why: impl Display) -> Error {
    Error::usage(
        format!("{shown} {why}"),
        "`certctl plan -o json > plan.json` writes one: nothing was sent",
    )
}

fn place(text: &str, shown: &str) -> Result<Place, Error> {
    text.parse()
        .map_err(|why| no_plan(shown, format!("has '{}': {why}", one_line(text, 80))))
}

impl Document {
    fn account(&self, name: &str, shown: &str) -> Result<usize, Error> {
        let at = self.accounts.iter().position(|one| one.account == name);
        at.ok_or_else(|| no_plan(shown, format!("names no account '{}'", one_line(name, 80))))
    }

    fn certificate(&self, name: &str, shown: &str) -> Result<usize, Error> {
        let mut all = self.certificates.iter();
        let at = all.position(|one| one.certificate == name);
        at.ok_or_else(|| {
            no_plan(
                shown,
                format!("has no certificate '{}'", one_line(name, 80)),
            )
        })
    }

    /// The places of an account that serve a certificate, or are to.
    fn places<'d>(&'d self, account: &'d str) -> impl Iterator<Item = (&'d str, &'d str, bool)> {
        let steps = self
            .steps
            .iter()
            .filter(move |step| step.account == account);
        let changed = steps.filter_map(|step| {
            let place = step.place.as_deref()?;
            Some((step.certificate.as_str(), place, step.r#do == "switch-on"))
        });
        let rows = self
            .unchanged
            .iter()
            .filter(move |row| row.account == account);
        changed.chain(rows.map(|row| (row.certificate.as_str(), row.place.as_str(), false)))
    }
}

impl Certificate {
    fn files(&self, key: Option<&Path>) -> Option<Files> {
        Some(Files {
            cert: self.cert_file.clone()?,
            chain: self.chain_file.clone(),
            key: match (&self.key, key) {
                (Some(KeyOf::File(path)), _) => Some(KeySource::File(path.clone())),
                (Some(KeyOf::Env(name)), _) => Some(KeySource::Env(name.clone())),
                (None, given) => given.map(|path| KeySource::File(path.to_owned())),
            },
        })
    }

    /// Its files, if they hold the certificate that was planned with.
    fn bundle(&self, session: &Session<'_>, files: &Files, shown: &str) -> Result<Bundle, Error> {
        let chain = files.chain.as_deref();
        let bundle = session.bundle_of(&files.cert, chain, None)?;
        let now = bundle.certificate();
        if now.sha256 == self.fingerprint && now.chain == self.chain {
            return Ok(bundle);
        }
        Err(Error::new(
            Kind::Moved,
            format!(
                "{} is not the certificate any more that {shown} was made for",
                files.cert.display()
            ),
            "make a new plan: nothing was sent",
        ))
    }

    fn stored(&self, document: &Document, shown: &str) -> Result<Option<(usize, StoreId)>, Error> {
        let Some(stored) = &self.stored else {
            return Ok(None);
        };
        let account = document.account(&stored.account, shown)?;
        let cloud = document.accounts[account].cloud.as_str();
        let mut stores = STORES.iter();
        let store = stores.find(|store| store.service.cloud.as_str() == cloud);
        let id = store.and_then(|store| StoreId::of(store.store, &stored.id));
        let id = id.ok_or_else(|| no_plan(shown, "has an id of no store"))?;
        Ok(Some((account, id)))
    }
}

/// An account, as it was called, and pinned to who it was.
fn party(
    session: &Session<'_>,
    account: &Account,
    document: &Document,
    shown: &str,
) -> Result<Party, Error> {
    let mut clouds = Cloud::ALL.into_iter();
    let cloud = clouds.find(|cloud| cloud.as_str() == account.cloud);
    let cloud = cloud.ok_or_else(|| no_plan(shown, "names a cloud that is unknown"))?;
    let settings = session.settings(
        cloud,
        Narrowed {
            profile: account.profile.as_deref(),
            region: account.regions.first().map(String::as_str),
            project_id: account.project.as_deref(),
            site: account.site.as_deref(),
        },
    )?;
    if let Err(error) = &settings.login {
        return Err(error.clone().into());
    }
    let mut products = Vec::new();
    for (_, text, _) in document.places(&account.account) {
        let word = spec_of(place(text, shown)?.product).word.to_owned();
        if !products.contains(&word) {
            products.push(word);
        }
    }
    let called = account.account.strip_prefix(&account.cloud);
    Ok(Party {
        profile: account.profile.clone(),
        label: called
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(str::to_owned),
        pinned: Some(account_number(&account.identity).to_owned()),
        settings,
        products,
        regions: account.regions.clone(),
    })
}

/// The places of a certificate, account by account.
fn blocks(
    document: &Document,
    certificate: &Certificate,
    shown: &str,
) -> Result<Vec<Block>, Error> {
    let mut blocks = Vec::new();
    for (at, account) in document.accounts.iter().enumerate() {
        for switches_on in [false, true] {
            let mut places = Vec::new();
            for (of, text, is_first) in document.places(&account.account) {
                if of == certificate.certificate && is_first == switches_on {
                    places.push(place(text, shown)?);
                }
            }
            if !places.is_empty() {
                blocks.push(Block {
                    account: Some(at),
                    places,
                    on: switches_on,
                    ..Block::default()
                });
            }
        }
    }
    Ok(blocks)
}
