//! Certificates in the store: found by id, found again by what they are, uploaded once.

use std::cell::Cell;
use std::convert::Infallible;
use std::rc::Rc;

use crate::cert::{Bundle, Certificate, Same};
use crate::fault::Kind;
use crate::products::{Settled, Store, StoreId, Stored};
use crate::providers::page::Cursor;
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::certificates::{
    self as store, CERTIFICATE_PAGE, CertificatePage, CertificateType, DescribeCertificate,
    DescribeCertificateDetail, DescribeCertificates, UploadCertificate,
};
use crate::transport::{Account, Boxed, Client, Failure, Fate, Patience, Reconciled, reconcile};

/// How many certificates of the same name and end are looked into for their chain.
const LOOKED_INTO: usize = 20;

/// What the store tells of a certificate, without its chain.
///
/// # Errors
/// What the read says; `NotFound` where there is none.
pub async fn look_up(client: &Client<'_>, id: &str) -> Result<Stored, Failure> {
    let read = DescribeCertificate { certificate: id };
    Ok(stored(id, &client.call(&read).await?.reply))
}

/// A certificate of the store with its chain. The answer carries the private key, which the decoder
/// passes over.
///
/// # Errors
/// As [`look_up`]; keys may well be allowed that read and not this one.
pub async fn look_into(client: &Client<'_>, id: &str) -> Result<Stored, Failure> {
    let read = DescribeCertificateDetail { certificate: id };
    Ok(stored(id, &client.call(&read).await?.reply))
}

/// A certificate of the store with its chain, or without it where the key may not read that.
///
/// # Errors
/// As [`look_up`].
pub async fn look_into_or_up(client: &Client<'_>, id: &str) -> Result<Stored, Failure> {
    match look_into(client, id).await {
        Err(failure) if matches!(failure.kind, Kind::Permission | Kind::Unsupported) => {
            let stored = look_up(client, id).await?;
            client.note(&format!("the intermediates of {id} could not be read"));
            Ok(stored)
        }
        read => read,
    }
}

/// The id of a certificate of this store.
pub fn store_id(id: &str) -> StoreId {
    StoreId {
        store: Store::Ssl,
        id: id.to_owned(),
        region: None,
    }
}

/// What is known of a certificate, as the store tells it.
pub fn known(told: &store::Certificate) -> Certificate {
    let chain = told.certificate_public_key.as_deref();
    let mut certificate = chain.and_then(Certificate::in_text).unwrap_or_default();
    certificate.join(&Certificate {
        names: told.names(),
        starts: told.cert_begin_time.map(|time| time.0),
        expires: told.cert_end_time.map(|time| time.0),
        ..Certificate::default()
    });
    certificate
}

fn stored(id: &str, told: &store::Certificate) -> Stored {
    Stored {
        id: store_id(id),
        name: told.alias.clone(),
        certificate: known(told),
    }
}

/// Every certificate of the store.
pub fn list<'c, 'e>(
    account: &'c Rc<Account<'e>>,
    _site: Option<&'c str>,
) -> Boxed<'c, Result<Vec<Stored>, Failure>> {
    Box::pin(async move { all(&account.client(&SSL)?, None).await })
}

/// Every certificate of the store, or of one kind.
///
/// # Errors
/// What reading says: never a shorter list.
pub async fn all(
    client: &Client<'_>,
    kind: Option<CertificateType>,
) -> Result<Vec<Stored>, Failure> {
    let page = |cursor: &Cursor| every(kind, cursor);
    let key = |one: &store::Certificate| one.certificate_id.clone();
    let all = client
        .all(CERTIFICATE_PAGE, page, CertificatePage::into, key)
        .await?;
    Ok(all
        .iter()
        .map(|one| stored(&one.certificate_id, one))
        .collect())
}

/// The call that lists the certificates of a kind.
pub fn every(kind: Option<CertificateType>, cursor: &Cursor) -> DescribeCertificates<'static> {
    DescribeCertificates {
        offset: cursor.offset,
        limit: CERTIFICATE_PAGE,
        kind,
        ..DescribeCertificates::default()
    }
}

/// A server's certificate on its way into the store.
#[derive(Clone, Copy, Debug)]
pub struct Upload<'a> {
    /// The certificate, its chain and its key.
    pub bundle: &'a Bundle,
    /// Its name for people; [`Certificate::store_name`] where none is given.
    pub alias: Option<&'a str>,
    /// The project, 0 where none is given.
    pub project: Option<u32>,
}

/// How a certificate came to be in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Put {
    /// It was uploaded.
    New,
    /// It was uploaded beside this one, which is the same certificate with another chain.
    Beside(String),
    /// It was there already; whether with this chain may not be known.
    There {
        /// Whether its chain was read.
        chain_is_known: bool,
    },
    /// It is there after an answer that was lost; perhaps it was before.
    AfterLoss,
}

/// A certificate that is in the store now.
#[derive(Debug)]
pub struct Placed {
    /// Its id.
    pub id: String,
    /// How it came there.
    pub put: Put,
    /// The request that put it there.
    pub request_id: Option<Rc<str>>,
}

impl<'a> Upload<'a> {
    /// One without a name or a project of its own.
    pub fn of(bundle: &'a Bundle) -> Self {
        Upload {
            bundle,
            alias: None,
            project: None,
        }
    }

    /// The first call: one that stores nothing twice.
    pub fn call<'c>(&'c self, alias: &'c str) -> UploadCertificate<'c> {
        UploadCertificate {
            chain: self.bundle.chain_pem(),
            key: self.bundle.key_pem(),
            kind: CertificateType::Svr,
            alias: Some(self.alias.unwrap_or(alias)),
            project: self.project,
            repeatable: false,
        }
    }
}

/// Finds a certificate with its chain in the store, or uploads it. One that is there with another
/// chain stays, and this one is put beside it.
///
/// # Errors
/// Why it is not in the store; of unknown fate where it may be.
pub async fn ensure(client: &Client<'_>, upload: &Upload<'_>) -> Result<Placed, Failure> {
    let wanted = upload.bundle.certificate();
    let name = wanted.store_name();
    let placed = match put(client, &upload.call(&name)).await {
        // The upload itself tells what is there. A dry run, which makes none, looks.
        Err(planned) if planned.is_planned() => {
            return match find(client, &wanted).await? {
                Some(id) => Ok(Placed {
                    id,
                    put: Put::There {
                        chain_is_known: true,
                    },
                    request_id: None,
                }),
                None => Err(planned),
            };
        }
        placed => placed?,
    };
    if !matches!(placed.put, Put::There { .. }) {
        return Ok(placed);
    }
    let there = look_into(client, &placed.id).await;
    match there.map(|there| there.certificate.same(&wanted)) {
        Ok(Same::LeafOnly) => beside(client, upload, &wanted, placed.id).await,
        same => Ok(Placed {
            put: Put::There {
                chain_is_known: matches!(same, Ok(Same::Yes)),
            },
            ..placed
        }),
    }
}

/// Makes a call that stores nothing twice, again after a lost answer: the same call once more finds
/// what the first one stored.
///
/// # Errors
/// As [`ensure`].
pub async fn put(client: &Client<'_>, call: &UploadCertificate<'_>) -> Result<Placed, Failure> {
    let lost = Cell::new(false);
    let look = async || {
        lost.set(true);
        Ok(None::<Infallible>)
    };
    let done = match reconcile(client, call, Patience::NONE, look).await? {
        Reconciled::Answered(done) => done,
        Reconciled::Seen(nothing) => match nothing {},
    };
    let put = match (done.reply.repeated.is_empty(), lost.get()) {
        (true, _) => Put::New,
        (false, true) => Put::AfterLoss,
        (false, false) => Put::There {
            chain_is_known: true,
        },
    };
    Ok(Placed {
        id: some_id(&done.reply, done.request_id.clone())?,
        put,
        request_id: done.request_id,
    })
}

/// Puts a certificate beside `other`, which has another chain, unless that was done before.
async fn beside(
    client: &Client<'_>,
    upload: &Upload<'_>,
    wanted: &Certificate,
    other: String,
) -> Result<Placed, Failure> {
    if let Some(id) = find(client, wanted).await? {
        return Ok(Placed {
            id,
            put: Put::There {
                chain_is_known: true,
            },
            request_id: None,
        });
    }
    let name = wanted.store_name_beside();
    let call = UploadCertificate {
        repeatable: true,
        ..upload.call(&name)
    };
    let look = async || find(client, wanted).await;
    Ok(
        match reconcile(client, &call, Patience::ALWAYS, look).await? {
            Reconciled::Answered(done) => Placed {
                id: some_id(&done.reply, done.request_id.clone())?,
                put: Put::Beside(other),
                request_id: done.request_id,
            },
            Reconciled::Seen(id) => Placed {
                id,
                put: Put::Beside(other),
                request_id: None,
            },
        },
    )
}

/// The uploaded certificate that is this one, chain included.
async fn find(client: &Client<'_>, wanted: &Certificate) -> Result<Option<String>, Failure> {
    let first = wanted.names.first().map(String::as_str);
    let page = |cursor: &Cursor| DescribeCertificates {
        search: first,
        source: Some("upload"),
        ..every(Some(CertificateType::Svr), cursor)
    };
    let key = |one: &store::Certificate| one.certificate_id.clone();
    let all = client
        .all(CERTIFICATE_PAGE, page, CertificatePage::into, key)
        .await?;
    let ends = |one: &&store::Certificate| {
        let end = one.cert_end_time.map(|time| time.0);
        end.is_none() || end == wanted.expires
    };
    for one in all.iter().filter(ends).take(LOOKED_INTO) {
        let seen = look_into(client, &one.certificate_id).await?;
        if seen.certificate.same(wanted) == Same::Yes {
            return Ok(Some(one.certificate_id.clone()));
        }
    }
    Ok(None)
}

/// The id that an answer names: text from outside, of which files are named.
fn some_id(
    reply: &store::UploadedCertificate,
    request_id: Option<Rc<str>>,
) -> Result<String, Failure> {
    let id = match reply.certificate.as_str() {
        "" => &reply.repeated,
        id => id,
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    match (1..=64).contains(&id.len()) && id.chars().all(plain) {
        true => Ok(id.to_owned()),
        false => Err(Failure {
            message: "the answer contains no certificate id".into(),
            request_id,
            http_status: Some(200),
            attempts: 1,
            ..Failure::of(Kind::NoAnswer, Fate::Unknown)
        }),
    }
}

/// Finds a certificate with its chain among those that were uploaded.
pub fn find_bundle<'c, 'e>(
    account: &'c Rc<Account<'e>>,
    bundle: &'c Bundle,
    _site: Option<&'c str>,
) -> Boxed<'c, Result<Option<Stored>, Failure>> {
    Box::pin(async move {
        let certificate = bundle.certificate();
        let found = find(&account.client(&SSL)?, &certificate).await?;
        Ok(found.map(|id| Stored {
            id: store_id(&id),
            name: certificate.store_name(),
            certificate,
        }))
    })
}

/// Sees to it that a certificate with its chain is there.
pub fn put_bundle<'c, 'e>(
    account: &'c Rc<Account<'e>>,
    bundle: &'c Bundle,
    _site: Option<&'c str>,
) -> Boxed<'c, Result<Stored, Settled>> {
    Box::pin(async move {
        let upload = Upload::of(bundle);
        let placed = match account.client(&SSL) {
            Ok(client) => ensure(&client, &upload).await,
            Err(error) => Err(error.into()),
        };
        let certificate = bundle.certificate();
        Ok(Stored {
            id: store_id(&placed.map_err(Settled::failed)?.id),
            name: certificate.store_name(),
            certificate,
        })
    })
}
