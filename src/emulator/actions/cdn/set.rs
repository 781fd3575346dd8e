//! The setters of HTTPS, and what they refuse.

use std::sync::Arc;

use crate::emulator::actions::cas::{self, Certificate, HANGZHOU, Upload};
use crate::emulator::material::{self, Unfit};
use crate::emulator::reply::Refusal;
use crate::emulator::scenario::CdnRefusal;

use super::domain::{Domain, Serves};
use super::{Account, Call, Data, Store, bad, required};

/// What a call wishes the domains to be.
struct Wish<'a> {
    on: bool,
    chain: Option<&'a str>,
    key: Option<&'a str>,
    kind: Option<&'a str>,
    name: Option<&'a str>,
    cas_id: Option<&'a str>,
    region: Option<&'a str>,
    force: bool,
}

/// The codes in which the three setters differ.
struct Codes {
    status: &'static str,
    no_chain: &'static str,
    no_key: &'static str,
    chain: &'static str,
    key: &'static str,
    expired: &'static str,
    /// No name can be used twice.
    taken: &'static str,
    parameter: &'static str,
    kinds: &'static [&'static str],
}

const BATCH: Codes = Codes {
    status: "InvalidSSLProtocol.ValueNotSupported",
    no_chain: "SSLPub.MissingParameter",
    no_key: "SSLPri.MissingParameter",
    chain: "Certificate.FormatError",
    key: "InvalidSSLPri",
    expired: "Certificate.StatusError",
    taken: "Certificate.Duplicated",
    parameter: "SetDomainSSLPub.ParameterError",
    kinds: &["upload", "cas"],
};

const SINGLE: Codes = Codes {
    status: "InvalidServerCertificateStatus.ValueNotSupported",
    no_chain: "ServerCertificate.MissingParameter",
    no_key: "PrivateKey.MissingParameter",
    chain: "InvalidCertificate",
    key: "InvalidPrivateKey",
    expired: "Certificate.StatusError",
    taken: "Certificate.Duplicated",
    parameter: "SetDomainServerCertificate.ParameterError",
    kinds: &["upload", "cas", "free"],
};

const SSL: Codes = Codes {
    status: "InvalidSSLProtocol.ValueNotSupported",
    no_chain: "SSLPub.MissingParameter",
    no_key: "SSLPri.MissingParameter",
    chain: "InvalidSSLPub",
    key: "InvalidSSLPri",
    expired: "Certificate.Expired",
    taken: "CertNameAlreadyExists",
    parameter: "SetDomainCertificate.ParameterError",
    kinds: &["upload", "cas"],
};

/// BatchSetCdnDomainServerCertificate: one domain at fault refuses them all.
///
/// # Errors
/// The vendor's refusals.
pub fn batch_set(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let domains: Vec<_> = required(call, "DomainName")?.split(',').collect();
    let wish = Wish {
        on: switch(call, "SSLProtocol", &BATCH)?,
        chain: call.params.text("SSLPub"),
        key: call.params.text("SSLPri"),
        kind: call.params.filled("CertType"),
        name: call.params.filled("CertName"),
        cas_id: None,
        region: call.params.filled("Region"),
        force: forced(call, &BATCH)?,
    };
    if domains.len() > account.cdn.batch_limit {
        return Err(bad(BATCH.parameter, "Parameters have error."));
    }
    account
        .cdn
        .set(&mut account.cas, call, &domains, &wish, &BATCH)
}

/// SetDomainServerCertificate.
///
/// # Errors
/// The vendor's refusals.
pub fn set_single(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let domain = required(call, "DomainName")?;
    let wish = Wish {
        on: switch(call, "ServerCertificateStatus", &SINGLE)?,
        chain: call.params.text("ServerCertificate"),
        key: call.params.text("PrivateKey"),
        kind: call.params.filled("CertType"),
        name: call.params.filled("CertName"),
        cas_id: None,
        region: None,
        force: forced(call, &SINGLE)?,
    };
    account
        .cdn
        .set(&mut account.cas, call, &[domain], &wish, &SINGLE)
}

/// SetCdnDomainSSLCertificate.
///
/// # Errors
/// The vendor's refusals.
pub fn set_ssl(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let domain = required(call, "DomainName")?;
    let kind = call.params.filled("CertType");
    // CertId counts for `cas` alone; without it the call falls to the upload and lacks a key.
    if kind.is_none() && call.params.filled("CertId").is_some() {
        return Err(missing(SSL.no_key));
    }
    if !matches!(
        call.params.filled("CertRegion"),
        None | Some("cn-hangzhou" | "ap-southeast-1")
    ) {
        return Err(bad(
            "Abs.CertRegion.ValueNotSupported",
            "The specified value of CertRegion is not supported.",
        ));
    }
    let wish = Wish {
        on: switch(call, "SSLProtocol", &SSL)?,
        chain: call.params.text("SSLPub"),
        key: call.params.text("SSLPri"),
        kind,
        name: call.params.filled("CertName"),
        cas_id: call.params.filled("CertId"),
        region: call.params.filled("CertRegion"),
        force: false,
    };
    account
        .cdn
        .set(&mut account.cas, call, &[domain], &wish, &SSL)
}

impl Store {
    fn set(
        &mut self,
        cas: &mut cas::Store,
        call: &Call<'_>,
        names: &[&str],
        wish: &Wish<'_>,
        codes: &Codes,
    ) -> Result<Data, Refusal> {
        if wish.kind.is_some_and(|kind| !codes.kinds.contains(&kind)) {
            return Err(bad(codes.parameter, "Parameters have error."));
        }
        if wish.name.is_some_and(|name| name.chars().count() > 128) {
            return Err(bad(
                "InvalidCertName.TooLong",
                "The Certificate name you provided is over the max length 128!",
            ));
        }
        let mut domains = Vec::with_capacity(names.len());
        for name in names {
            let domain = self.domains.writable(name, call.instant)?;
            if !wish.on && domain.is_locked() {
                return Err(bad(
                    "Certificate.NotPermittedOff",
                    "Turn off certificate will change domain scheduling, please contact customer \
                     service.",
                ));
            }
            domains.push((*name, domain));
        }
        let chosen = match wish.on {
            true => self.chosen(cas, call, wish, codes)?,
            false => None,
        };
        let is_bare = |domain: &Domain| domain.serves.certificate.is_none();
        if wish.on && chosen.is_none() && domains.iter().any(|(_, domain)| is_bare(domain)) {
            return Err(missing(codes.no_chain));
        }
        for (name, mut domain) in domains {
            let certificate = match wish.on {
                true => chosen.clone().or(domain.serves.certificate.clone()),
                // Switching off drops certificate and key, as the vendor's guide says.
                false => None,
            };
            let serves = Serves {
                https: wish.on,
                certificate,
            };
            domain.begin(serves, call.instant + self.settle, (call.instant, call.utc));
            self.domains.put(name, domain);
        }
        Ok(Data::new())
    }

    /// The certificate the call brings or names; `None` if the domain is to keep its own.
    fn chosen(
        &self,
        cas: &mut cas::Store,
        call: &Call<'_>,
        wish: &Wish<'_>,
        codes: &Codes,
    ) -> Result<Option<Arc<Certificate>>, Refusal> {
        match wish.kind {
            Some("cas") => in_cas(cas, wish).map(Some),
            Some("free") => Ok(Some(self.stored.clone())),
            _ => match (wish.chain.unwrap_or_default(), wish.key) {
                ("", None) if wish.kind.is_none() => Ok(None),
                ("", _) => Err(missing(codes.no_chain)),
                (_, None) => Err(missing(codes.no_key)),
                (chain, Some(key)) => self.upload(cas, call, wish, (chain, key), codes).map(Some),
            },
        }
    }

    fn upload(
        &self,
        cas: &mut cas::Store,
        call: &Call<'_>,
        wish: &Wish<'_>,
        (chain, key): (&str, &str),
        codes: &Codes,
    ) -> Result<Arc<Certificate>, Refusal> {
        let facts = material::read(chain, key).map_err(|unfit| match unfit {
            Unfit::Certificate => bad(codes.chain, "The Certificate you provided is malformed!"),
            Unfit::TooLong => bad(
                "InvalidCertificate.TooLong",
                "The Certificate you provided is over the max length!",
            ),
            Unfit::EmptyKey => bad("Certificate.KeyNull", "The private key is not null."),
            Unfit::Key => bad(codes.key, "The Private Key you provided is malformed!"),
            Unfit::KeyKind => bad("Key.Malformed", "The private key format is error."),
            Unfit::Mismatch => bad(
                "Certificate.MissMatch",
                "The Private Key does not math the specified Certificate!",
            ),
        })?;
        if facts.not_after < call.utc {
            return Err(bad(codes.expired, "The certificate status is error."));
        }
        let refuses = |case| self.refuses.contains(&case);
        let has = |certificate: &&Arc<Certificate>| certificate.facts.is_same_chain(&facts);
        if refuses(CdnRefusal::NoName) && wish.name.is_none() {
            return Err(nameless());
        }
        if refuses(CdnRefusal::SameContent) && cas.of(HANGZHOU).any(|one| has(&one)) {
            return Err(bad(
                "CertificateContent.Duplicated",
                "The certificate content is duplicated.",
            ));
        }
        // Unless the scenario says otherwise the same certificate under its own name again is a
        // repetition, not a conflict: how else could one certificate be set on domain after domain.
        match wish.name.and_then(|name| cas.named(HANGZHOU, name)) {
            Some(earlier) if has(&earlier) && !refuses(CdnRefusal::SameName) => {
                return Ok(earlier.clone());
            }
            Some(_) if !wish.force => {
                let code = match refuses(CdnRefusal::SameName) {
                    true => codes.taken,
                    false => "Certificate.Duplicated",
                };
                return Err(bad(code, "The certificate name is duplicated."));
            }
            _ => {}
        }
        Ok(cas.add(Upload {
            name: wish.name,
            kind: "upload",
            region: HANGZHOU,
            pem: chain,
            key,
            facts,
        }))
    }
}

fn in_cas(cas: &cas::Store, wish: &Wish<'_>) -> Result<Arc<Certificate>, Refusal> {
    let region = wish.region.unwrap_or(HANGZHOU);
    let certificate = match (wish.cas_id, wish.name) {
        (Some(id), _) => cas.numbered(region, id),
        (None, Some(name)) => cas.named(region, name),
        (None, None) => {
            return Err(nameless());
        }
    };
    let certificate =
        certificate.ok_or_else(|| bad("Certificate.NotFind", "Not find the certificate info."))?;
    Ok(Arc::new(Certificate {
        kind: "cas",
        ..Certificate::clone(certificate)
    }))
}

fn switch(call: &Call<'_>, name: &str, codes: &Codes) -> Result<bool, Refusal> {
    match required(call, name)? {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(bad(
            codes.status,
            "The specified value of parameter Enable is not supported.",
        )),
    }
}

fn forced(call: &Call<'_>, codes: &Codes) -> Result<bool, Refusal> {
    match call.params.filled("ForceSet") {
        None | Some("0") => Ok(false),
        Some("1") => Ok(true),
        Some(_) => Err(bad(codes.parameter, "Parameters have error.")),
    }
}

fn nameless() -> Refusal {
    Refusal::new(
        404,
        "CertName.MissingParameter",
        "An input parameter CertName that is mandatory is not supplied.",
    )
}

fn missing(code: &'static str) -> Refusal {
    let parameter = code.split('.').next().unwrap_or(code);
    bad(
        code,
        &format!(
            "An input parameter {parameter} that is mandatory for processing the request is not \
             supplied."
        ),
    )
}
