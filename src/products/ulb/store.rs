//! How a certificate comes into the store, once. The cloud refuses no duplicate, and its call is not
//! to be repeated: what is there already is found again by the certificate and its chain, never by
//! its name.

use std::cell::Cell;
use std::rc::Rc;

use super::read::{Lack, certificate, certificates, location, look_up};
use crate::cert::{self, Bundle, Same};
use crate::fault::Kind;
use crate::products::{Reason, Settled, Store, StoreId, Stored};
use crate::providers::ucloud::ulb::{
    Certificate, CreateSSL, DeleteSSL, Location, Material, NAME_LIMIT, PAGE_LIMIT, Relation, ULB,
};
use crate::transport::{Account, Client, Failure, Patience, Reconciled, reconcile};

/// How many bindings a message names.
const NAMED: usize = 5;

const END: &str = "-----END CERTIFICATE-----\n";

/// What a certificate of the store is made of, and found again by.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// A certificate with its chain and its key.
    Pem(&'a Bundle),
    /// A certificate of the USSL service, which holds the key already.
    Ussl(&'a str),
}

/// What the store has of a source.
#[derive(Debug, Default)]
pub struct Found {
    /// The certificate itself, with its chain.
    pub there: Option<Certificate>,
    /// The same certificate with another chain, which is another one to whoever is served it.
    pub beside: Option<Certificate>,
}

/// A certificate that is in the store.
#[derive(Debug)]
pub struct Ensured {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What was done for it, with what is worth knowing.
    pub settled: Settled,
}

impl<'a> Source<'a> {
    /// The call that makes a certificate of it.
    pub fn call(self, location: Location<'a>, name: &'a str) -> CreateSSL<'a> {
        let material = match self {
            Source::Pem(bundle) => {
                let chain = bundle.chain_pem();
                let end = chain.find(END).map_or(chain.len(), |at| at + END.len());
                let (leaf, issuers) = chain.split_at(end);
                Material::Pem {
                    leaf,
                    issuers,
                    key: bundle
                        .key_pem()
                        .expect("a bundle that was read with its key"),
                }
            }
            Source::Ussl(id) => Material::Ussl(id),
        };
        CreateSSL {
            location,
            name,
            material,
        }
    }

    /// A name that tells what it is; the cloud wants one. `beside` where the same certificate is
    /// there with another chain.
    pub fn default_name(self, beside: bool) -> String {
        match self {
            Source::Pem(bundle) if beside => bundle.certificate().store_name_beside(),
            Source::Pem(bundle) => bundle.certificate().store_name(),
            Source::Ussl(id) => format!("certctl-{id}").chars().take(NAME_LIMIT).collect(),
        }
    }

    /// Whether a certificate of the store is this one.
    pub fn same(self, stored: &Certificate) -> Same {
        match self {
            Source::Pem(bundle) => of_stored(&bundle.certificate(), &stored.certificate()),
            Source::Ussl(id) if stored.ussl_id == id => Same::Yes,
            Source::Ussl(_) => Same::No,
        }
    }

    fn among(self, stored: Vec<Certificate>) -> Found {
        let mut found = Found::default();
        for one in stored {
            let place = match self.same(&one) {
                Same::Yes => &mut found.there,
                Same::LeafOnly => &mut found.beside,
                Same::No | Same::Unknown => continue,
            };
            // Of several, all who look take the same one.
            if place.as_ref().is_none_or(|other| one.ssl_id < other.ssl_id) {
                *place = Some(one);
            }
        }
        found
    }
}

/// As [`cert::Certificate::same`]; a chain that the store does not tell is taken as the right one.
fn of_stored(own: &cert::Certificate, stored: &cert::Certificate) -> Same {
    match own.same(stored) {
        Same::Unknown if own.is_leaf_of(stored) == Some(true) => Same::Yes,
        same => same,
    }
}

/// What the store has of a source.
///
/// # Errors
/// Why it cannot be read.
pub async fn find(
    client: &Client<'_>,
    location: Location<'_>,
    source: Source<'_>,
) -> Result<Found, Failure> {
    Ok(source.among(certificates(client, location, PAGE_LIMIT).await?))
}

/// The id of a certificate, with its region: the store of another one does not have it.
pub fn stored_id(location: Location<'_>, id: &str) -> StoreId {
    StoreId {
        store: Store::Ulb,
        id: id.to_owned(),
        region: Some(location.region.to_owned()),
    }
}

/// The certificates of a region.
///
/// # Errors
/// Why they cannot be read.
pub async fn list(account: &Rc<Account<'_>>, region: Option<&str>) -> Result<Vec<Stored>, Failure> {
    let client = account.client(&ULB)?;
    let location = location(account.settings(), region);
    let listed = certificates(&client, location, PAGE_LIMIT).await?;
    let stored = listed.into_iter().map(|one| Stored {
        id: stored_id(location, &one.ssl_id),
        certificate: one.certificate(),
        name: one.name,
    });
    Ok(stored.collect())
}

/// Finds a certificate with its chain in the store of a region.
///
/// # Errors
/// Why it cannot be read.
pub async fn find_bundle(
    account: &Rc<Account<'_>>,
    bundle: &Bundle,
    region: Option<&str>,
) -> Result<Option<Stored>, Failure> {
    let location = location(account.settings(), region);
    let client = account.client(&ULB)?;
    let found = find(&client, location, Source::Pem(bundle)).await?;
    Ok(found.there.map(|one| Stored {
        id: stored_id(location, &one.ssl_id),
        certificate: one.certificate(),
        name: one.name,
    }))
}

/// Sees to it that a certificate is in the store of a region, found again or uploaded.
///
/// # Errors
/// What became of it instead.
pub async fn put(
    account: &Rc<Account<'_>>,
    bundle: &Bundle,
    region: Option<&str>,
) -> Result<Stored, Settled> {
    let location = location(account.settings(), region);
    let put = async {
        let client = account.client(&ULB)?;
        let source = Source::Pem(bundle);
        let found = find(&client, location, source).await?;
        ensure(&client, location, source, None, Some(found)).await
    };
    let ensured = put.await.map_err(Settled::failed)?;
    Ok(Stored {
        id: stored_id(location, &ensured.id),
        name: ensured.name,
        certificate: bundle.certificate(),
    })
}

/// Deletes a certificate; one that is not there is as asked.
pub async fn take_away(account: &Rc<Account<'_>>, id: &StoreId) -> Settled {
    let location = location(account.settings(), id.region.as_deref());
    match account.client(&ULB) {
        Ok(client) => match delete(&client, location, &id.id).await {
            Ok(settled) => settled,
            Err(_) => Settled::unchanged().with("did not exist"),
        },
        Err(error) => Settled::failed(error.into()),
    }
}

/// Deletes a certificate that no listener has.
///
/// # Errors
/// There is none; what the cloud said, where it said so.
pub async fn delete(
    client: &Client<'_>,
    location: Location<'_>,
    ssl_id: &str,
) -> Result<Settled, Option<Failure>> {
    let found = match look_up(client, location, ssl_id).await {
        Ok(found) => found,
        Err(Lack::Absent(said)) => return Err(said),
        Err(Lack::Unread(failure)) => return Ok(Settled::failed(failure)),
    };
    if !found.relations.is_empty() {
        return Ok(Settled::refused(bound(&found)));
    }
    let call = DeleteSSL { location, ssl_id };
    let look = async || {
        let found = certificate(client, location, ssl_id).await?;
        Ok(found.is_none().then_some(()))
    };
    let sent = reconcile(client, &call, Patience::AT_THE_END, look).await;
    Ok(match sent {
        Ok(Reconciled::Seen(())) => {
            Settled::read_back().with("deleted, although the answer was lost")
        }
        sent => sent.into(),
    })
}

/// Why a certificate that listeners have is not deleted.
fn bound(certificate: &Certificate) -> Reason {
    let id = &certificate.ssl_id;
    Reason::new(
        Kind::Conflict,
        format!("{id} is bound to {}", named(&certificate.relations)),
        format!(
            "replace it first: `certctl ulb replace --old {id} --new ID --whole-project`; nothing \
             was deleted"
        ),
    )
}

/// `ulb-1/vserver-1, ulb-1/vserver-2 and 7 more`
fn named(relations: &[Relation]) -> String {
    let named = relations.iter().take(NAMED).map(Relation::to_string);
    let named = named.collect::<Vec<_>>().join(", ");
    match relations.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

/// Sees to it that a source is in the store: it is made unless it was `found` there, under `name` or
/// one that tells what it is. Where nobody looked (`None`), nothing is read afterwards either.
///
/// # Errors
/// Why it could not be made; of unknown fate where it may be there all the same.
pub async fn ensure(
    client: &Client<'_>,
    location: Location<'_>,
    source: Source<'_>,
    name: Option<&str>,
    found: Option<Found>,
) -> Result<Ensured, Failure> {
    let looks = found.is_some();
    let Found { there, beside } = found.unwrap_or_default();
    if let Some(there) = there {
        return Ok(already(source, there, name));
    }
    let name = match name {
        Some(name) => name.to_owned(),
        None => source.default_name(beside.is_some()),
    };
    let call = source.call(location, &name);
    let all = async || {
        let mut all = certificates(client, location, PAGE_LIMIT).await?;
        all.retain(|one| source.same(one) == Same::Yes);
        all.sort_by(|one, other| one.ssl_id.cmp(&other.ssl_id));
        Ok::<_, Failure>(all)
    };
    let looked = Cell::new(false);
    let look = async || {
        looked.set(true);
        Ok(all().await?.into_iter().next())
    };
    // Another one would stay for good.
    let sent = reconcile(client, &call, Patience::ALWAYS, look).await?;
    let mut made = match sent {
        Reconciled::Answered(done) => Ensured {
            id: done.reply.ssl_id,
            name,
            settled: Settled::accepted(done.request_id),
        },
        Reconciled::Seen(seen) => Ensured {
            id: seen.ssl_id,
            name: seen.name,
            settled: Settled::read_back(),
        },
    };
    let mut notes: Vec<String> = made
        .settled
        .note
        .iter()
        .map(|note| note.to_string())
        .collect();
    if let Some(beside) = &beside {
        let id = &beside.ssl_id;
        notes.push(format!(
            "{id} is the same certificate with another chain and is kept"
        ));
    }
    if looks
        && client.halt().is_none()
        && let Ok(all) = all().await
    {
        if all.iter().any(|one| one.ssl_id == made.id) {
            made.settled = made.settled.confirmed();
        }
        notes.extend(twin(&all, &mut made.id, looked.get()));
    }
    if !notes.is_empty() {
        made.settled = made.settled.with(&notes.join("; "));
    }
    Ok(made)
}

/// What is to be known of a certificate that is there already.
fn already(source: Source<'_>, there: Certificate, name: Option<&str>) -> Ensured {
    let mut notes = vec![format!("already stored as {}", there.name)];
    if name.is_some_and(|name| name != there.name) {
        let id = &there.ssl_id;
        notes.push(format!(
            "rename it with `certctl ulb rename {id} --name NAME`"
        ));
    }
    if matches!(source, Source::Pem(_)) && there.certificate().chain.is_none() {
        notes.push("its chain is unknown".into());
    }
    Ensured {
        id: there.ssl_id,
        name: there.name,
        settled: Settled::unchanged().with(&notes.join("; ")),
    }
}

/// One that was made of the same source besides: by the call whose answer was lost, or by another
/// run at the same time. Two runs that see each other name the same one as too many, and both go on
/// with the other.
fn twin(all: &[Certificate], id: &mut String, lost: bool) -> Option<String> {
    let other = all.iter().find(|one| one.ssl_id != *id)?.ssl_id.clone();
    if lost {
        return Some(format!(
            "an earlier call also created {other}: delete it with `certctl ulb delete {other}`"
        ));
    }
    let (kept, extra) = match *id < other {
        true => (id.clone(), other),
        false => (other, id.clone()),
    };
    *id = kept;
    Some(format!(
        "another run uploaded it at the same time: {id} and {extra} are the same; delete the \
         second with `certctl ulb delete {extra}`"
    ))
}
