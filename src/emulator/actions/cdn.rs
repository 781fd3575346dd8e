//! Alibaba Cloud CDN, 2018-05-10: the domains and their certificates.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::SecondsFormat;
use serde_json::json;

use crate::cloud::Cloud;
use crate::emulator::material::{self, Facts, Unfit};
use crate::emulator::pki::{Authority, Issued};
use crate::emulator::reply::{Format, Refusal, members};
use crate::emulator::scenario::AccountChanges;

use super::{Account, Action, Call, Data, Handler, action, required};

const fn of(
    name: &'static str,
    per_second: usize,
    params: &'static [&'static str],
    handle: Handler,
) -> Action {
    Action {
        version: Some("2018-05-10"),
        per_second: Some(per_second),
        format: Format::Xml,
        ..action(Cloud::Alibaba, name, params, handle)
    }
}

/// What is emulated of CDN.
#[rustfmt::skip] // a line for the action and one for its parameters: a table, not calls
pub const ACTIONS: &[Action] = &[
    of("BatchSetCdnDomainServerCertificate", 10,
        &["DomainName", "SSLProtocol", "SSLPub", "SSLPri", "CertName", "CertType", "Region",
          "ForceSet"], batch_set),
    of("SetDomainServerCertificate", 10,
        &["DomainName", "ServerCertificateStatus", "ServerCertificate", "PrivateKey", "CertType",
          "CertName", "ForceSet"], set_single),
    of("SetCdnDomainSSLCertificate", 30,
        &["DomainName", "SSLProtocol", "SSLPub", "SSLPri", "CertName", "CertType", "CertId",
          "CertRegion", "Env"], set_ssl),
    of("DescribeDomainCertificateInfo", 100, &["DomainName"], describe_certificate),
    of("DescribeCdnDomainDetail", 30, &["DomainName"], describe_domain),
];

/// The account's domains and certificates.
pub struct Store {
    domains: HashMap<String, Domain>,
    unknown: BTreeSet<String>,
    stored: Arc<Certificate>,
    cas: Vec<Arc<Certificate>>,
    uploads: HashMap<String, Arc<Certificate>>,
    next_id: u64,
    batch_limit: usize,
    settle: Duration,
}

#[derive(Clone)]
struct Domain {
    state: State,
    https: bool,
    certificate: Option<Arc<Certificate>>,
    configuring_until: Option<Instant>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Online,
    Offline,
    Configuring,
    Denied,
    /// Online, and HTTPS must stay on.
    Locked,
}

struct Certificate {
    id: u64,
    name: String,
    kind: &'static str,
    region: &'static str,
    pem: String,
    facts: Facts,
}

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
    account.cdn.set(call, &domains, &wish, &BATCH)
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
    account.cdn.set(call, &[domain], &wish, &SINGLE)
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
    account.cdn.set(call, &[domain], &wish, &SSL)
}

/// DescribeDomainCertificateInfo: a domain that never had a certificate has an empty list.
///
/// # Errors
/// The vendor's refusals.
pub fn describe_certificate(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let name = required(call, "DomainName")?;
    let domain = account.cdn.readable(name)?;
    let status = if domain.https { "on" } else { "off" };
    let infos: Vec<_> = domain
        .certificate
        .iter()
        .map(|certificate| {
            let facts = &certificate.facts;
            let time = |time: chrono::DateTime<chrono::Utc>| {
                time.to_rfc3339_opts(SecondsFormat::Secs, true)
            };
            json!({
                "DomainName": name,
                "ServerCertificateStatus": status,
                "Status": "success",
                "CertType": certificate.kind,
                "CertName": certificate.name,
                "CertId": certificate.id.to_string(),
                "CertRegion": certificate.region,
                "CertDomainName": facts.common_name,
                "CertOrg": facts.issuer,
                "CertLife": "months",
                "CertStartTime": time(facts.not_before),
                "CertExpireTime": time(facts.not_after),
                "CertUpdateTime": time(call.utc),
                "DomainCnameStatus": "ok",
                "ServerCertificate": certificate.pem,
            })
        })
        .collect();
    Ok(members(json!({ "CertInfos": { "CertInfo": infos } })))
}

/// DescribeCdnDomainDetail.
///
/// # Errors
/// The vendor's refusals.
pub fn describe_domain(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let name = required(call, "DomainName")?;
    let domain = account.cdn.readable(name)?;
    let status = match domain.state {
        State::Offline => "offline",
        State::Configuring => "configuring",
        _ if domain.configuring(call.instant) => "configuring",
        _ => "online",
    };
    Ok(members(json!({ "GetDomainDetailModel": {
        "DomainName": name,
        "DomainStatus": status,
        "Cname": format!("{name}.w.kunlunsl.com"),
        "HttpsCname": format!("{name}.w.kunlunsl.com"),
        "Scope": "domestic",
        "CdnType": "web",
        "ServerCertificateStatus": if domain.https { "on" } else { "off" },
        "GmtCreated": "2020-01-01T00:00:00Z",
        "GmtModified": "2020-01-01T00:00:00Z",
        "Description": "",
        "ResourceGroupId": "rg-sandbox",
        "SourceModels": { "SourceModel": [
            { "Content": "192.0.2.1", "Port": 80, "Priority": "20", "Type": "ipaddr",
              "Weight": "10", "Enabled": "online" },
        ]},
    }})))
}

impl Domain {
    fn configuring(&self, now: Instant) -> bool {
        self.configuring_until.is_some_and(|until| now < until)
    }
}

impl Store {
    /// The fixture's domains.
    ///
    /// # Errors
    /// What the generator of keys says.
    pub fn new(authority: &Authority, changes: &AccountChanges) -> Result<Self, rcgen::Error> {
        let certificate = |id, name: &str, kind, region, issued: Issued| {
            let facts = material::read(&issued.fullchain, &issued.key)
                .expect("the fixture's certificate is fit");
            Arc::new(Certificate {
                id,
                name: name.to_owned(),
                kind,
                region,
                pem: issued.fullchain,
                facts,
            })
        };
        let names = ["a.com", "b.com", "test.com", "example.com", "*.example.com"];
        let issued = authority.issue(&names, 60)?;
        let stored = certificate(1_000_001, "stored", "upload", HANGZHOU, issued.clone());
        let cas = vec![
            certificate(1_234_567, "cas-example", "cas", HANGZHOU, issued.clone()),
            certificate(2_345_678, "cas-intl", "cas", "ap-southeast-1", issued),
        ];
        let fixture = |state, https, certified: bool| Domain {
            state,
            https,
            certificate: certified.then(|| stored.clone()),
            configuring_until: None,
        };
        let mut domains = HashMap::from([
            ("a.com".to_owned(), fixture(State::Online, true, true)),
            ("b.com".to_owned(), fixture(State::Online, false, true)),
            ("test.com".to_owned(), fixture(State::Online, false, true)),
            ("example.com".to_owned(), fixture(State::Online, true, true)),
        ]);
        let lists = [
            (&changes.domains, fixture(State::Online, false, true)),
            (
                &changes.uncertified_domains,
                fixture(State::Online, false, false),
            ),
            (
                &changes.offline_domains,
                fixture(State::Offline, false, true),
            ),
            (
                &changes.configuring_domains,
                fixture(State::Configuring, false, true),
            ),
            (&changes.denied_domains, fixture(State::Denied, false, true)),
        ];
        for (names, domain) in lists {
            domains.extend(names.iter().map(|name| (name.clone(), domain.clone())));
        }
        Ok(Store {
            domains,
            unknown: changes.unknown_domains.iter().cloned().collect(),
            stored,
            cas,
            uploads: HashMap::new(),
            next_id: 2_000_001,
            batch_limit: changes.batch_limit.unwrap_or(50),
            settle: Duration::from_millis(changes.cdn_settle_ms),
        })
    }

    fn set(
        &mut self,
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
        for name in names {
            let domain = self.writable(name, call.instant)?;
            if !wish.on && domain.state == State::Locked {
                return Err(bad(
                    "Certificate.NotPermittedOff",
                    "Turn off certificate will change domain scheduling, please contact customer \
                     service.",
                ));
            }
        }
        let certificate = match wish.on {
            true => self.chosen(call, wish, codes)?,
            false => None,
        };
        if wish.on && certificate.is_none() {
            let bare = |name: &&&str| {
                let domain = self.domains.get(**name);
                domain.is_none_or(|domain| domain.certificate.is_none())
            };
            if names.iter().any(|name| bare(&name)) {
                return Err(missing(codes.no_chain));
            }
        }
        let until = (!self.settle.is_zero()).then(|| call.instant + self.settle);
        for name in names {
            let domain = self
                .domains
                .get_mut(*name)
                .expect("writable() has put it there");
            domain.https = wish.on;
            domain.configuring_until = until;
            match (wish.on, &certificate) {
                (true, Some(certificate)) => domain.certificate = Some(certificate.clone()),
                (true, None) => {}
                // Switching off drops certificate and key, as the vendor's guide says.
                (false, _) => domain.certificate = None,
            }
        }
        Ok(Data::new())
    }

    /// The certificate the call brings or names; `None` if the domain is to keep its own.
    fn chosen(
        &mut self,
        call: &Call<'_>,
        wish: &Wish<'_>,
        codes: &Codes,
    ) -> Result<Option<Arc<Certificate>>, Refusal> {
        match wish.kind {
            Some("cas") => self.in_cas(wish).map(Some),
            Some("free") => Ok(Some(self.stored.clone())),
            _ => match (wish.chain.unwrap_or_default(), wish.key) {
                ("", None) if wish.kind.is_none() => Ok(None),
                ("", _) => Err(missing(codes.no_chain)),
                (_, None) => Err(missing(codes.no_key)),
                (chain, Some(key)) => self.upload(call, wish, chain, key, codes).map(Some),
            },
        }
    }

    fn in_cas(&self, wish: &Wish<'_>) -> Result<Arc<Certificate>, Refusal> {
        if wish.cas_id.is_none() && wish.name.is_none() {
            return Err(Refusal::new(
                404,
                "CertName.MissingParameter",
                "An input parameter CertName that is mandatory is not supplied.",
            ));
        }
        let region = wish.region.unwrap_or(HANGZHOU);
        self.cas
            .iter()
            .find(|certificate| {
                certificate.region == region
                    && match wish.cas_id {
                        Some(id) => certificate.id.to_string() == id,
                        None => Some(certificate.name.as_str()) == wish.name,
                    }
            })
            .cloned()
            .ok_or_else(|| bad("Certificate.NotFind", "Not find the certificate info."))
    }

    fn upload(
        &mut self,
        call: &Call<'_>,
        wish: &Wish<'_>,
        chain: &str,
        key: &str,
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
        let id = self.next_id;
        let name = match wish.name {
            Some(name) => name.to_owned(),
            None => format!("cert-{id}"),
        };
        // The same certificate under its own name again is a repetition, not a conflict: how else
        // could one certificate be set on domain after domain.
        match self.uploads.get(&name) {
            Some(earlier) if earlier.pem == chain => return Ok(earlier.clone()),
            Some(_) if !wish.force => {
                return Err(bad(
                    "Certificate.Duplicated",
                    "The certificate name is duplicated.",
                ));
            }
            _ => {}
        }
        self.next_id += 1;
        let certificate = Arc::new(Certificate {
            id,
            name: name.clone(),
            kind: "upload",
            region: HANGZHOU,
            pem: chain.to_owned(),
            facts,
        });
        self.uploads.insert(name, certificate.clone());
        Ok(certificate)
    }

    fn writable(&mut self, name: &str, now: Instant) -> Result<&Domain, Refusal> {
        let domain = self.readable(name)?;
        match domain.state {
            State::Offline => Err(bad(
                "InvalidDomain.Offline",
                "The domain provided is offline.",
            )),
            State::Online | State::Locked if !domain.configuring(now) => Ok(domain),
            _ => Err(Refusal::new(
                403,
                "ServiceBusy",
                "The specified Domain is configuring, please retry later.",
            )),
        }
    }

    /// The domain, made on demand under the names that are reserved for documentation.
    fn readable(&mut self, name: &str) -> Result<&Domain, Refusal> {
        if !self.domains.contains_key(name)
            && !self.unknown.contains(name)
            && let Some(domain) = self.on_demand(name)
        {
            self.domains.insert(name.to_owned(), domain);
        }
        match self.domains.get(name) {
            Some(domain) if domain.state == State::Denied => Err(Refusal::new(
                403,
                "IllegalOperation",
                "Illegal domain operate is not permitted.",
            )),
            Some(domain) if !self.unknown.contains(name) => Ok(domain),
            _ => Err(Refusal::new(
                404,
                "InvalidDomain.NotFound",
                "The domain provided does not belong to you.",
            )),
        }
    }

    fn on_demand(&self, name: &str) -> Option<Domain> {
        let reserved = ["example.com", "example.net", "example.org"];
        let documentation = reserved.iter().any(|zone| {
            name.strip_suffix(zone)
                .is_some_and(|front| front.is_empty() || front.ends_with('.'))
        });
        // A wildcard is spelled `.example.com`.
        let labels = name.strip_prefix('.').unwrap_or(name);
        let spelled = labels.split('.').all(|label| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        });
        if !documentation || !spelled || labels.starts_with("unknown") {
            return None;
        }
        let state = match labels {
            _ if labels.starts_with("offline") => State::Offline,
            _ if labels.starts_with("configuring") => State::Configuring,
            _ if labels.starts_with("denied") => State::Denied,
            _ if labels.starts_with("locked") => State::Locked,
            _ => State::Online,
        };
        Some(Domain {
            state,
            https: state == State::Locked,
            certificate: (!labels.starts_with("nocert")).then(|| self.stored.clone()),
            configuring_until: None,
        })
    }
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

const HANGZHOU: &str = "cn-hangzhou";

fn bad(code: &str, message: &str) -> Refusal {
    Refusal::new(400, code, message)
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
