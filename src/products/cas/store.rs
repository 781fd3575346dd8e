//! A certificate comes into the store once: it is found again there by what it is, or uploaded. And
//! it goes, if nothing uses it.

use std::collections::HashMap;

use super::chain::with_chain;
use super::read::{id, is_gone, list, of_list, uses};
use crate::cert::{Bundle, Certificate, Same};
use crate::fault::Kind;
use crate::products::{Reason, Settled, StoreId, Stored};
use crate::providers::alibaba::cas::{
    DeleteUserCertificate, ListUserCertificateOrder, PAGE_LIMIT, Resource, UploadUserCertificate,
    Validity,
};
use crate::providers::page::Cursor;
use crate::transport::{Client, Failure, Fate, Patience, Reconciled, ends_run, nonce, reconcile};

/// Whether the store is read before a certificate is uploaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beforehand {
    /// It is: what is there is not uploaded a second time.
    Look,
    /// It is not, for keys that may not: a name that is taken leads to what has it.
    Nothing,
}

/// A certificate that was to be in the store, and what became of that.
#[derive(Debug)]
pub struct Kept {
    /// Where it is; none where it is not there, or nobody knows.
    pub stored: Option<Stored>,
    /// Whether it was there before, is now, or why not.
    pub settled: Settled,
}

/// Sees to it that the store has a certificate with its chain: it is found again by both, whatever
/// it is called there, else uploaded, as `name` or as [`Certificate::store_name`]. Where the store
/// has the leaf with another chain it is uploaded beside that one, and the note says so.
pub async fn ensure(
    cas: &Client<'_>,
    bundle: &Bundle,
    name: Option<&str>,
    site: &str,
    beforehand: Beforehand,
) -> Kept {
    let upload = Upload {
        cas,
        bundle,
        own: bundle.certificate(),
        site,
    };
    upload
        .make(name, beforehand)
        .await
        .unwrap_or_else(|failure| Kept {
            stored: None,
            settled: Settled::failed(failure),
        })
}

/// Finds a certificate with its chain in the store, whatever it is called there.
///
/// # Errors
/// The store cannot be read.
pub async fn find(
    cas: &Client<'_>,
    bundle: &Bundle,
    site: &str,
) -> Result<Option<Stored>, Failure> {
    let upload = Upload {
        cas,
        bundle,
        own: bundle.certificate(),
        site,
    };
    match upload.find(&upload.valid().await?).await? {
        Found::There(stored) => Ok(Some(stored)),
        Found::OtherChain(_) | Found::Nothing => Ok(None),
    }
}

/// The read that [`ensure`] begins with where it looks.
pub fn first_page() -> ListUserCertificateOrder {
    ListUserCertificateOrder::page(Validity::Valid, &Cursor::default(), PAGE_LIMIT)
}

/// The upload that [`ensure`] makes.
pub fn uploading<'a>(
    bundle: &'a Bundle,
    name: &'a str,
    token: &'a str,
) -> UploadUserCertificate<'a> {
    UploadUserCertificate {
        name,
        cert: bundle.chain_pem(),
        key: bundle.key_pem(),
        client_token: token,
    }
}

/// An upload that is under way.
struct Upload<'a> {
    cas: &'a Client<'a>,
    bundle: &'a Bundle,
    own: Certificate,
    site: &'a str,
}

/// What the store has of a certificate.
enum Found {
    /// The certificate with its chain; or with one that is not known.
    There(Stored),
    /// The certificate with another chain.
    OtherChain(Stored),
    Nothing,
}

impl Upload<'_> {
    async fn make(&self, name: Option<&str>, beforehand: Beforehand) -> Result<Kept, Failure> {
        let mut before = Vec::new();
        let mut beside = None;
        if beforehand == Beforehand::Look {
            before = self.valid().await?;
            match self.find(&before).await? {
                Found::There(stored) => return Ok(there(stored)),
                Found::OtherChain(stored) => beside = Some(stored),
                Found::Nothing => {}
            }
        }
        loop {
            let own_name = match &beside {
                Some(_) => self.own.store_name_beside(),
                None => self.own.store_name(),
            };
            let name_now = name.unwrap_or(&own_name);
            if let Some(other) = before.iter().find(|one| one.name == name_now) {
                return Ok(Kept {
                    stored: None,
                    settled: Settled::refused(self.name_taken(other)),
                });
            }
            let failure = match self.send(name_now, &before, beside.as_ref()).await {
                Ok(kept) => return Ok(kept),
                Err(failure) => failure,
            };
            if !may_be_there(&failure) {
                return Err(failure);
            }
            // Another process may have been faster. Which code says so is not published.
            let Ok(now) = self.valid().await else {
                return Err(failure);
            };
            match self.find(&now).await {
                Ok(Found::There(stored)) => return Ok(there(stored)),
                Ok(Found::OtherChain(stored)) if name.is_none() && beside.is_none() => {
                    (before, beside) = (now, Some(stored));
                }
                _ => return Err(self.explained(failure, name_now, now).await),
            }
        }
    }

    /// Uploads it. After a lost answer the store is read, and only where it is not there is it
    /// uploaded again: under the same name, of which there can be one.
    async fn send(
        &self,
        name: &str,
        before: &[Stored],
        beside: Option<&Stored>,
    ) -> Result<Kept, Failure> {
        let token = nonce();
        let call = uploading(self.bundle, name, &token);
        let look = async || {
            let mut now = self.valid().await?;
            now.retain(|one| before.iter().all(|other| other.id != one.id));
            match self.find(&now).await? {
                Found::There(stored) => Ok(Some(stored)),
                Found::OtherChain(_) | Found::Nothing => Ok(None),
            }
        };
        let beside = beside.map_or_else(String::new, |other| {
            let number = &other.id.id;
            format!(", next to {number}, which is the same certificate with another chain")
        });
        let (stored, settled) =
            match reconcile(self.cas, &call, Patience::AT_THE_END, &look).await? {
                Reconciled::Seen(stored) => (Some(stored), Settled::read_back()),
                Reconciled::Answered(done) if done.reply.cert_id.is_empty() => match look().await {
                    Ok(Some(stored)) => (Some(stored), Settled::read_back()),
                    _ => {
                        let why = "the answer contains no certificate id, and the store does not \
                                   show the certificate";
                        (None, Settled::unknown(why))
                    }
                },
                Reconciled::Answered(done) => {
                    let stored = Stored {
                        id: id(&done.reply.cert_id, self.site),
                        name: name.to_owned(),
                        certificate: self.own.clone(),
                    };
                    (Some(stored), Settled::accepted(done.request_id))
                }
            };
        let note = match (&stored, &settled.note) {
            (None, _) => return Ok(Kept { stored, settled }),
            (Some(stored), None) => format!("named {}{beside}", stored.name),
            (Some(stored), Some(note)) => format!("{note}, named {}{beside}", stored.name),
        };
        let settled = settled.with(&note);
        Ok(Kept { stored, settled })
    }

    /// The store's certificates that have not expired: this one has not.
    async fn valid(&self) -> Result<Vec<Stored>, Failure> {
        let listed = list(self.cas, Validity::Valid, PAGE_LIMIT).await?;
        Ok(listed.iter().map(|one| of_list(one, self.site)).collect())
    }

    /// The certificate among those of the store, whatever it is called there. One with its chain
    /// goes before one whose chain is not known.
    async fn find(&self, all: &[Stored]) -> Result<Found, Failure> {
        let mut found = Found::Nothing;
        let is_leaf = |one: &&Stored| one.certificate.is_leaf_of(&self.own) == Some(true);
        for one in all.iter().filter(is_leaf) {
            let mut one = one.clone();
            match with_chain(self.cas, &mut one, self.bundle).await {
                // It went meanwhile.
                Err(failure) if failure.kind == Kind::NotFound => continue,
                read => read?,
            }
            let known = one.certificate.chain.is_some();
            match one.certificate.same(&self.own) {
                Same::Yes => return Ok(Found::There(one)),
                Same::LeafOnly if one.name != self.own.store_name_beside() => {
                    if matches!(found, Found::Nothing) {
                        found = Found::OtherChain(one);
                    }
                }
                // It was uploaded with this chain: its name has the chain's hash, however the
                // store tells of it.
                Same::LeafOnly => found = Found::There(one),
                _ if !known => found = Found::There(one),
                _ => {}
            }
        }
        Ok(found)
    }

    /// Says of a refusal whether it is for the name.
    async fn explained(&self, failure: Failure, name: &str, mut all: Vec<Stored>) -> Failure {
        // Expired certificates keep their names.
        if let Ok(expired) = list(self.cas, Validity::Expired, PAGE_LIMIT).await {
            all.extend(expired.iter().map(|one| of_list(one, self.site)));
        }
        match all.iter().find(|one| one.name == name) {
            None => failure,
            Some(other) => Failure {
                kind: Kind::Conflict,
                message: self.name_taken(other).message,
                hint: OTHER_NAME,
                ..failure
            },
        }
    }

    fn name_taken(&self, other: &Stored) -> Reason {
        let which = match other.certificate.is_leaf_of(&self.own) {
            Some(true) => "the same with another chain",
            _ => "a different certificate",
        };
        let (name, number) = (&other.name, &other.id.id);
        let message = format!("the name {name} belongs to certificate {number}, which is {which}");
        Reason::new(Kind::Conflict, message, OTHER_NAME)
    }
}

const OTHER_NAME: &str = "use another `--name`, or remove `--name` to get a free one";

/// It was in the store before.
fn there(stored: Stored) -> Kept {
    let note = match stored.certificate.chain {
        Some(_) => format!("already stored as {}", stored.name),
        None => format!(
            "already stored as {}; its chain in the store is unknown",
            stored.name
        ),
    };
    Kept {
        stored: Some(stored),
        settled: Settled::unchanged().with(&note),
    }
}

/// Whether an upload may have been refused for what is in the store already.
fn may_be_there(failure: &Failure) -> bool {
    let kind = matches!(
        failure.kind,
        Kind::Refused | Kind::Conflict | Kind::Parameter | Kind::State
    );
    kind && failure.fate == Fate::NotRun && failure.code.is_some()
}

/// How many certificates one look for their uses is about.
pub const USES_A_CALL: usize = 50;

/// How many uses are named.
const NAMED: usize = 3;

/// What keeps certificates from being deleted: each is open that nothing uses. What cannot be looked
/// at may be in use; where that holds for every call, the others are left as they are.
pub async fn hold_back(cas: &Client<'_>, ids: &[StoreId]) -> Vec<Settled> {
    let mut settled = vec![Settled::default(); ids.len()];
    let parts = ids.chunks(USES_A_CALL).zip(settled.chunks_mut(USES_A_CALL));
    for (ids, settled) in parts {
        let numbers: Vec<&str> = ids.iter().map(|id| id.id.as_str()).collect();
        let resources = match uses(cas, &numbers).await {
            Ok(resources) => resources,
            Err(failure) => {
                settled.fill(Settled::failed(failure.clone()));
                if ends_run(&failure) {
                    break;
                }
                continue;
            }
        };
        let mut by_number: HashMap<&str, Vec<String>> = HashMap::new();
        for resource in &resources {
            let uses = by_number.entry(&resource.cert_id).or_default();
            uses.push(named(resource));
        }
        for (number, one) in numbers.into_iter().zip(settled) {
            if let Some(uses) = by_number.get(number) {
                *one = Settled::refused(in_use(uses));
            }
        }
    }
    settled
}

/// `CDN a.com`, `GA ga-1/lsr-1 b.com`
fn named(resource: &Resource) -> String {
    let mut text = resource.cloud_product.clone();
    if !resource.instance_id.is_empty() {
        text = format!("{text} {}", resource.instance_id);
    }
    if !resource.listener_id.is_empty() {
        text = format!("{text}/{}", resource.listener_id);
    }
    if !resource.domain.is_empty() {
        text = format!("{text} {}", resource.domain);
    }
    text
}

fn in_use(uses: &[String]) -> Reason {
    let mut shown = uses[..uses.len().min(NAMED)].join(", ");
    if uses.len() > NAMED {
        shown = format!("{shown} and {} more", uses.len() - NAMED);
    }
    Reason::new(
        Kind::Conflict,
        format!("not deleted: in use by {shown}"),
        "put another certificate there first, or use `--force` to delete it anyway",
    )
}

/// The deletion of a certificate.
pub fn deleting<'a>(id: &StoreId, token: &'a str) -> DeleteUserCertificate<'a> {
    DeleteUserCertificate {
        // No certificate has the number 0.
        cert_id: id.id.parse().unwrap_or_default(),
        client_token: token,
    }
}

/// Deletes a certificate, in use or not. After a lost answer the store is read.
pub async fn delete(cas: &Client<'_>, id: &StoreId) -> Settled {
    let token = nonce();
    let call = deleting(id, &token);
    let look = async || Ok(is_gone(cas, id).await?.then_some(()));
    match reconcile(cas, &call, Patience::AT_THE_END, look).await {
        Ok(Reconciled::Seen(())) => {
            Settled::read_back().with("deleted, although the answer was lost")
        }
        Ok(answered) => answered.into(),
        Err(failure) => Settled::failed(failure),
    }
}
