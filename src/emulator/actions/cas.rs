//! Alibaba Cloud Certificate Management Service, 2020-04-07: the one certificate store, where what
//! is uploaded through other products lands as well.

use std::sync::Arc;

use crate::emulator::material::{self, Facts};
use crate::emulator::pki::Authority;

/// The site of mainland China, and the one that is meant where none is named.
pub const HANGZHOU: &str = "cn-hangzhou";
/// The international site; it does not see the certificates of the other one.
pub const SINGAPORE: &str = "ap-southeast-1";

/// The account's certificates.
pub struct Store {
    certificates: Vec<Arc<Certificate>>,
    next_id: u64,
}

/// A certificate with its key.
#[derive(Clone)]
pub struct Certificate {
    /// Its number, without the site.
    pub id: u64,
    /// Its name, unique in its site.
    pub name: String,
    /// Its `CertType` in CDN's words.
    pub kind: &'static str,
    /// Its site.
    pub region: &'static str,
    /// The chain.
    pub pem: String,
    /// The private key.
    pub key: String,
    /// What the chain says.
    pub facts: Facts,
}

/// A certificate that comes in.
pub struct Upload<'a> {
    /// Its name; one is made from its number where there is none.
    pub name: Option<&'a str>,
    /// Its `CertType` in CDN's words.
    pub kind: &'static str,
    /// Its site.
    pub region: &'static str,
    /// The chain.
    pub pem: &'a str,
    /// The private key.
    pub key: &'a str,
    /// What the chain says.
    pub facts: Facts,
}

/// The fixture's certificates: number, name, `CertType`, site.
const FIXTURE: [(u64, &str, &str, &str); 3] = [
    (1_000_001, "stored", "upload", HANGZHOU),
    (1_234_567, "cas-example", "cas", HANGZHOU),
    (2_345_678, "cas-intl", "cas", SINGAPORE),
];

impl Store {
    /// The fixture's certificates.
    ///
    /// # Errors
    /// What the generator of keys says.
    pub fn new(authority: &Authority) -> Result<Self, rcgen::Error> {
        let names = ["a.com", "b.com", "test.com", "example.com", "*.example.com"];
        let mut certificates = Vec::new();
        for (id, name, kind, region) in FIXTURE {
            let issued = authority.issue(&names, 60)?;
            let facts = material::read(&issued.fullchain, &issued.key)
                .expect("the fixture's certificate is fit");
            certificates.push(Arc::new(Certificate {
                id,
                name: name.to_owned(),
                kind,
                region,
                pem: issued.fullchain,
                key: issued.key,
                facts,
            }));
        }
        Ok(Store {
            certificates,
            next_id: 2_000_001,
        })
    }

    /// The certificate that the fixture's domains and listeners have.
    pub fn stored(&self) -> Arc<Certificate> {
        self.certificates[0].clone()
    }

    /// The certificates of a site, in the order in which they came.
    pub fn of(&self, region: &str) -> impl Iterator<Item = &Arc<Certificate>> {
        let certificates = self.certificates.iter();
        certificates.filter(move |certificate| certificate.region == region)
    }

    /// The certificate of that number.
    pub fn numbered(&self, region: &str, id: &str) -> Option<&Arc<Certificate>> {
        self.of(region)
            .find(|certificate| certificate.id.to_string() == id)
    }

    /// The certificate of that name.
    pub fn named(&self, region: &str, name: &str) -> Option<&Arc<Certificate>> {
        self.of(region).find(|certificate| certificate.name == name)
    }

    /// Takes a certificate in, in place of one of the same name.
    pub fn add(&mut self, upload: Upload<'_>) -> Arc<Certificate> {
        let id = self.next_id;
        self.next_id += 1;
        let certificate = Arc::new(Certificate {
            id,
            name: match upload.name {
                Some(name) => name.to_owned(),
                None => format!("cert-{id}"),
            },
            kind: upload.kind,
            region: upload.region,
            pem: upload.pem.to_owned(),
            key: upload.key.to_owned(),
            facts: upload.facts,
        });
        self.certificates
            .retain(|other| other.region != certificate.region || other.name != certificate.name);
        self.certificates.push(certificate.clone());
        certificate
    }
}
