//! Alibaba Cloud Certificate Management Service, 2020-04-07: the one certificate store, where what
//! is uploaded through other products lands as well.

mod read;
mod write;

pub use read::Use;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::cloud::Cloud;
use crate::emulator::material::{self, Facts};
use crate::emulator::pki::{Authority, Issued};
use crate::emulator::reply::Refusal;
use crate::emulator::scenario::AccountChanges;

use super::{Account, Action, Call, Data, Handler, action, required};

const fn of(
    name: &'static str,
    per_second: usize,
    params: &'static [&'static str],
    handle: Handler,
) -> Action {
    Action {
        version: Some("2020-04-07"),
        per_second: Some(per_second),
        ..action(Cloud::Alibaba, name, params, handle)
    }
}

/// What is emulated of the certificate store. Where no rate is published, 100 is what most of its
/// actions have.
#[rustfmt::skip] // a line for the action and one for its parameters: a table, not calls
pub const ACTIONS: &[Action] = &[
    of("UploadUserCertificate", 100,
        &["Name", "Cert", "Key", "EncryptCert", "EncryptPrivateKey", "SignCert", "SignPrivateKey",
          "ResourceGroupId", "Tags.", "ClientToken"], write::upload),
    of("DeleteUserCertificate", 100, &["CertId", "ClientToken"], write::delete),
    of("ListUserCertificateOrder", 10,
        &["OrderType", "Keyword", "Status", "CurrentPage", "ShowSize", "ResourceGroupId"],
        read::list_orders),
    of("ListCertificates", 100,
        &["CertificateSource", "CertificateStatus", "Keyword", "InstanceId", "ResourceGroupId",
          "CurrentPage", "ShowSize"], read::list_certificates),
    of("GetUserCertificateDetail", 100, &["CertId", "CertFilter"], read::detail),
    of("GetCertificateDetail", 100, &["CertificateId"], read::certificate_detail),
    of("ListCloudResources", 100,
        &["CloudName", "CloudProduct", "Keyword", "CertIds", "SecretId", "CurrentPage",
          "ShowSize"], read::list_resources),
];

/// The site of mainland China, and the one that is meant where none is named.
pub const HANGZHOU: &str = "cn-hangzhou";
/// The international site; it does not see the certificates of the other one.
pub const SINGAPORE: &str = "ap-southeast-1";

/// What the vendor's samples mean.
const SAMPLE: &str = "1234567";

/// From how long before its end a certificate is about to expire.
const SOON: TimeDelta = TimeDelta::days(30);

/// The account's certificates, and what client tokens have done to them.
pub struct Store {
    certificates: Vec<Arc<Certificate>>,
    next_id: u64,
    tokens: HashMap<String, (Vec<(String, String)>, Data)>,
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
    /// How the account came to have it.
    pub source: Source,
    /// The chain.
    pub pem: String,
    /// The private key.
    pub key: String,
    /// What the chain says.
    pub facts: Facts,
}

/// How an account comes to have a certificate.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Bought here; not to be deleted before its end.
    Bought,
    /// Brought from elsewhere.
    Uploaded,
}

impl Certificate {
    /// What other products call it: the number with the site.
    pub fn identifier(&self) -> String {
        format!("{}-{}", self.id, self.region)
    }

    fn expired(&self, now: DateTime<Utc>) -> bool {
        self.facts.not_after < now
    }

    fn expires_soon(&self, now: DateTime<Utc>) -> bool {
        !self.expired(now) && self.facts.not_after - now <= SOON
    }

    fn instance(&self) -> String {
        match self.source {
            Source::Bought => format!("cas-ivauto-{}", self.id),
            Source::Uploaded => format!("cas-upload-{}", self.id),
        }
    }
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

/// The fixture's certificates: number, name, `CertType`, site, source, days to go.
const FIXTURE: [(u64, &str, &str, &str, Source, u32); 6] = [
    (
        1_000_001,
        "stored",
        "upload",
        HANGZHOU,
        Source::Uploaded,
        60,
    ),
    (
        1_234_567,
        "cas-example",
        "cas",
        HANGZHOU,
        Source::Uploaded,
        60,
    ),
    (1_345_678, "cas-bought", "cas", HANGZHOU, Source::Bought, 60),
    (1_456_789, "cas-soon", "cas", HANGZHOU, Source::Uploaded, 20),
    (
        1_567_890,
        "cas-expired",
        "cas",
        HANGZHOU,
        Source::Uploaded,
        0,
    ),
    (
        2_345_678,
        "cas-intl",
        "cas",
        SINGAPORE,
        Source::Uploaded,
        60,
    ),
];

impl Store {
    /// The fixture's certificates, and as many more as the scenario asks for.
    ///
    /// # Errors
    /// What the generator of keys says.
    pub fn new(authority: &Authority, changes: &AccountChanges) -> Result<Self, rcgen::Error> {
        let names = ["a.com", "b.com", "test.com", "example.com", "*.example.com"];
        let mut certificates = Vec::new();
        for (id, name, kind, region, source, days) in FIXTURE {
            let issued = authority.issue(&names, days)?;
            certificates.push(certificate(id, name, kind, region, source, issued));
        }
        for n in 1..=changes.cas_certificates {
            let issued = authority.issue(&[&format!("c{n}.example.net")], 60)?;
            let (id, name) = (3_000_000 + n, format!("more-{n}"));
            let source = Source::Uploaded;
            certificates.push(certificate(id, &name, "cas", HANGZHOU, source, issued));
        }
        Ok(Store {
            certificates,
            next_id: 2_000_001,
            tokens: HashMap::new(),
        })
    }

    /// The certificate that the fixture's domains and listeners have.
    pub fn stored(&self) -> Arc<Certificate> {
        self.certificates[0].clone()
    }

    /// The certificate that the scenario's sites have.
    pub fn of_sites(&self) -> Arc<Certificate> {
        self.certificates[1].clone()
    }

    /// The certificate that the domains of DCDN have: the one of the other site.
    pub fn of_dcdn(&self) -> Arc<Certificate> {
        self.certificates[5].clone()
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
            source: Source::Uploaded,
            pem: upload.pem.to_owned(),
            key: upload.key.to_owned(),
            facts: upload.facts,
        });
        self.certificates
            .retain(|other| other.region != certificate.region || other.name != certificate.name);
        self.certificates.push(certificate.clone());
        certificate
    }

    fn remove(&mut self, id: u64) {
        self.certificates.retain(|certificate| certificate.id != id);
    }
}

fn certificate(
    id: u64,
    name: &str,
    kind: &'static str,
    region: &'static str,
    source: Source,
    issued: Issued,
) -> Arc<Certificate> {
    let facts = material::read(&issued.fullchain, &issued.key)
        .expect("the emulator's own certificate is fit");
    Arc::new(Certificate {
        id,
        name: name.to_owned(),
        kind,
        region,
        source,
        pem: issued.fullchain,
        key: issued.key,
        facts,
    })
}

/// The site that was called, by its host; any other address is the mainland's.
fn site(call: &Call<'_>) -> &'static str {
    match call.host.starts_with("cas.ap-southeast-1.") {
        true => SINGAPORE,
        false => HANGZHOU,
    }
}

/// The certificate that a parameter names: the number alone, in none of the spellings that other
/// products have for it.
fn find(call: &Call<'_>, account: &Account, name: &str) -> Result<Arc<Certificate>, Refusal> {
    let id = required(call, name)?;
    // The vendor's samples mask the end of numbers: any of them stands for one certificate here.
    let id = match id.ends_with("**") {
        true => SAMPLE,
        false => id,
    };
    if id.parse::<u64>().is_err() {
        return Err(bad("InvalidParameter", &format!("{name} is not a number.")));
    }
    account
        .cas
        .numbered(site(call), id)
        .cloned()
        .ok_or_else(|| bad("NotFound", "证书不存在。"))
}

fn bad(code: &str, message: &str) -> Refusal {
    Refusal::new(400, code, message)
}
