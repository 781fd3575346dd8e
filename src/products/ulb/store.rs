//! How a certificate comes into the store, once. The cloud refuses no duplicate, and its call is not
//! to be repeated: what is there already is found again by the certificate and its chain, never by
//! its name.

use std::cell::Cell;

use super::read::certificates;
use crate::cert::{self, Bundle, Same};
use crate::products::Settled;
use crate::providers::ucloud::ulb::{
    Certificate, CreateSSL, Location, Material, NAME_LIMIT, PAGE_LIMIT,
};
use crate::transport::{Client, Failure, Patience, Reconciled, reconcile};

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
            settled: Settled::accepted(done.request_id),
        },
        Reconciled::Seen(seen) => Ensured {
            id: seen.ssl_id,
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
            "{id} is the same certificate with another chain, and stays"
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
    let mut notes = vec![format!("there already, called {}", there.name)];
    if name.is_some_and(|name| name != there.name) {
        let id = &there.ssl_id;
        notes.push(format!(
            "`certctl ulb rename {id} --name NAME` gives it another name"
        ));
    }
    if matches!(source, Source::Pem(_)) && there.certificate().chain.is_none() {
        notes.push("its chain is not known".into());
    }
    Ensured {
        id: there.ssl_id,
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
            "a call before made {other} of it as well: `certctl ulb delete {other}`"
        ));
    }
    let (kept, extra) = match *id < other {
        true => (id.clone(), other),
        false => (other, id.clone()),
    };
    *id = kept;
    Some(format!(
        "another run made one of it at the same time: {id} and {extra} are the same, \
         `certctl ulb delete {extra}` deletes the second one"
    ))
}
