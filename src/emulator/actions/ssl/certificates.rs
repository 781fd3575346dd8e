//! Tencent Cloud SSL Certificates, 2019-12-05: the account's certificates.

pub mod delete;
pub mod download;
pub mod read;
pub mod write;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use sha1::{Digest, Sha1};

use crate::emulator::actions::Action;
use crate::emulator::material::{self, Facts};
use crate::emulator::pki::Authority;
use crate::emulator::reply::Refusal;
use crate::emulator::scenario::{AccountChanges, Compared};

use super::of;

/// What is emulated of the certificates.
pub const ACTIONS: &[Action] = &[
    of("UploadCertificate", write::UPLOAD, write::upload),
    of(
        "ModifyCertificateAlias",
        &["CertificateId", "Alias"],
        write::rename,
    ),
    of("DescribeCertificates", read::LIST, read::list),
    of("DescribeCertificate", &["CertificateId"], read::describe),
    of(
        "DescribeCertificateDetail",
        &["CertificateId"],
        read::detail,
    ),
    of(
        "DownloadCertificate",
        &["CertificateId"],
        download::download,
    ),
    of(
        "CheckCertificateExist",
        &["CertificatePublicKey"],
        read::exists,
    ),
    of(
        "DeleteCertificate",
        &["CertificateId", "IsCheckResource"],
        delete::one,
    ),
    of(
        "DeleteCertificates",
        &["CertificateIds", "IsSync"],
        delete::batch,
    ),
    of(
        "DescribeDeleteCertificatesTaskResult",
        &["TaskIds"],
        delete::tasks,
    ),
];

/// How long a delete that looks for bound resources takes, unless the scenario says otherwise.
const SETTLE: Duration = Duration::from_millis(300);

/// The account's certificates, in the order in which they were applied for.
pub struct Store {
    certificates: Vec<Certificate>,
    tasks: BTreeMap<String, Task>,
    tasks_so_far: u64,
    settle: Duration,
    compares: Compared,
    /// Whether whatever the vendor documents as "may be null" is null.
    nulls: bool,
}

/// A certificate of the account.
#[derive(Clone)]
pub struct Certificate {
    /// Eight letters and digits.
    pub id: String,
    /// Its name for people.
    pub alias: String,
    /// Where it comes from, and how far its order is.
    pub origin: Origin,
    /// For whom it is.
    pub kind: Kind,
    /// The project, 0 by default.
    pub project: u64,
    /// The names of tags and their values.
    pub tags: Vec<(String, String)>,
    /// What it was said to be for.
    pub purpose: String,
    /// Names and dates, and for an order that is not through the names alone.
    pub facts: Facts,
    /// Leaf first; nothing before it is issued.
    pub chain: String,
    /// The private key; a client authority has none.
    pub key: Option<String>,
    /// When it was uploaded or applied for.
    pub inserted: DateTime<Utc>,
}

/// Where a certificate comes from, and how far its order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The user brought it.
    Uploaded,
    /// Bought here and issued.
    Bought,
    /// Bought here and under review: no certificate yet.
    Reviewing,
}

/// For whom a certificate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A server, `SVR`.
    Server,
    /// An authority of clients, `CA`.
    Authority,
}

/// A delete that looks for bound resources first.
pub struct Task {
    id: String,
    /// Whose delete it is.
    certificate: String,
    names: Vec<String>,
    /// When it will have looked.
    due: Instant,
    outcome: Outcome,
}

/// How far a delete is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Running,
    Deleted,
    Bound,
    Missing,
}

impl Store {
    /// The fixture's certificates.
    ///
    /// # Errors
    /// What the generator of keys says.
    pub fn new(authority: &Authority, changes: &AccountChanges) -> Result<Self, rcgen::Error> {
        let mut store = Store {
            certificates: Vec::new(),
            tasks: BTreeMap::new(),
            tasks_so_far: 0,
            settle: changes.ssl_settle_ms.map_or(SETTLE, Duration::from_millis),
            compares: changes.ssl_compares,
            nulls: changes.ssl_nulls,
        };
        let names = ["example.com", "*.example.com", "a.com", "b.com"];
        store.fixture(authority, "example1", &names, 60, Origin::Uploaded)?;
        store.fixture(authority, "example2", &names, 89, Origin::Uploaded)?;
        let idle = ["idle.example.com"];
        store.fixture(authority, "idle0001", &idle, 80, Origin::Uploaded)?;
        let expired = ["expired.example.com"];
        store.fixture(authority, "expired1", &expired, 0, Origin::Uploaded)?;
        let expiring = ["expiring.example.com"];
        store.fixture(authority, "expiring", &expiring, 10, Origin::Uploaded)?;
        let bought = ["example.org", "www.example.org"];
        store.fixture(authority, "bought01", &bought, 70, Origin::Bought)?;
        let review = ["review.example.org"];
        store.fixture(authority, "review01", &review, 90, Origin::Reviewing)?;
        store.many(authority, changes.ssl_certificates)?;
        store.add(Certificate {
            id: "clientca".to_owned(),
            alias: "clientca".to_owned(),
            origin: Origin::Uploaded,
            kind: Kind::Authority,
            project: 0,
            tags: Vec::new(),
            purpose: String::new(),
            facts: material::read_authority(&authority.pem())
                .map_err(|_| rcgen::Error::CouldNotParseCertificate)?,
            chain: authority.pem(),
            key: None,
            inserted: Utc::now() - TimeDelta::days(30),
        });
        Ok(store)
    }

    fn fixture(
        &mut self,
        authority: &Authority,
        id: &str,
        names: &[&str],
        days: u32,
        origin: Origin,
    ) -> Result<(), rcgen::Error> {
        let issued = match id {
            // One of another algorithm than the others have.
            "idle0001" => authority.issue_rsa(names, days)?,
            _ => authority.issue(names, days)?,
        };
        let facts = material::read(&issued.fullchain, &issued.key)
            .map_err(|_| rcgen::Error::CouldNotParseCertificate)?;
        let (chain, key) = match origin {
            Origin::Reviewing => (String::new(), None),
            Origin::Uploaded | Origin::Bought => (issued.fullchain, Some(issued.key)),
        };
        self.add(Certificate {
            id: id.to_owned(),
            alias: id.to_owned(),
            origin,
            kind: Kind::Server,
            project: 0,
            tags: Vec::new(),
            purpose: String::new(),
            facts,
            chain,
            key,
            inserted: Utc::now() - TimeDelta::days(40 - self.certificates.len() as i64),
        });
        Ok(())
    }

    /// So many more that share a chain, `sbx00001` and so on.
    fn many(&mut self, authority: &Authority, count: usize) -> Result<(), rcgen::Error> {
        if count > 0 {
            let origin = Origin::Uploaded;
            self.fixture(authority, "sbx00001", &["many.example.net"], 50, origin)?;
        }
        for number in 2..=count {
            let first = self.find("sbx00001").cloned();
            self.certificates.extend(first.map(|first| Certificate {
                id: format!("sbx{number:05}"),
                ..first
            }));
        }
        Ok(())
    }

    /// Adds the newest one.
    pub fn add(&mut self, certificate: Certificate) {
        self.certificates.push(certificate);
    }

    /// The certificate of that id.
    pub fn find(&self, id: &str) -> Option<&Certificate> {
        self.certificates
            .iter()
            .find(|certificate| certificate.id == id)
    }

    /// The certificate of that id, or the vendor's refusal.
    ///
    /// # Errors
    /// `FailedOperation.CertificateNotFound`.
    pub fn get(&self, id: &str) -> Result<&Certificate, Refusal> {
        self.find(id).ok_or_else(not_found)
    }

    /// The certificate that the vendor takes for the same.
    fn same(&self, chain: &str) -> Option<&Certificate> {
        let wanted = material::links(chain).ok()?;
        let leaf = wanted.first()?;
        let issued = || {
            let certificates = self.certificates.iter();
            certificates.filter(|certificate| !certificate.chain.is_empty())
        };
        let links = |certificate: &Certificate| {
            let links = certificate.facts.chain.iter();
            links.map(|link| link.sha256.clone()).collect::<Vec<_>>()
        };
        let whole = issued().find(|certificate| links(certificate) == wanted);
        match self.compares {
            Compared::Chain => whole,
            Compared::Leaf => {
                whole.or_else(|| issued().find(|certificate| certificate.facts.sha256 == *leaf))
            }
        }
    }
}

impl Certificate {
    /// The vendor's number for how it stands.
    pub fn status(&self, now: DateTime<Utc>) -> u64 {
        match self.origin {
            Origin::Reviewing => 0,
            _ if self.facts.not_after < now => 3,
            _ => 1,
        }
    }

    /// SHA-1 of the leaf, upper-case hex.
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.chain)
    }
}

/// SHA-1 of a chain's leaf, upper-case hex; empty where there is none.
fn fingerprint(chain: &str) -> String {
    CertificateDer::from_pem_slice(chain.as_bytes()).map_or(String::new(), |der| {
        let digest = Sha1::digest(&der);
        digest.iter().map(|byte| format!("{byte:02X}")).collect()
    })
}

/// A time as the vendor writes it: China's, and no zone.
pub fn plain_time(time: DateTime<Utc>) -> String {
    let china = FixedOffset::east_opt(8 * 3600).expect("an offset within a day");
    time.with_timezone(&china)
        .format("%Y-%m-%d %H:%M:%S")
        .to_string()
}

fn not_found() -> Refusal {
    Refusal::inside(
        "FailedOperation.CertificateNotFound",
        "The certificate does not exist.",
    )
}
