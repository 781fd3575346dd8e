//! Putting a certificate on domains, or switching their HTTPS: the three calls that do it, what goes
//! with each, and what became of one.

use std::rc::Rc;

use super::look::{Goal, observe};
use super::store::{self, Found};
use crate::cert::{Bundle, Certificate};
use crate::config::Settings;
use crate::domain::Domain;
use crate::fault::Kind;
use crate::products::{Bears, Bind, Held, Place, Seen, Settled, StoreId, Stored, Undo};
use crate::providers::alibaba::cdn::{
    BatchSetCdnDomainServerCertificate, SetCdnDomainSSLCertificate, SetDomainServerCertificate,
    Switch, wire_name,
};
use crate::providers::{Call, Operation, Service};
use crate::transport::{Account, Client, Failure, Fate, PlannedCall, in_order, plan_call};

/// Says that the certificate itself is in the store already, under whatever name.
const CONTENT_TAKEN: &str = "CertificateContent.Duplicated";

/// The call that sets a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setter {
    /// Many domains a call; newer gateways do not know it.
    Batch,
    /// One domain a call; the only one that knows the vendor's free certificate.
    Single,
    /// One domain a call, by the id of a store: the current one.
    Ssl,
}

impl Setter {
    /// The vendor's name of it.
    pub fn action(self) -> &'static str {
        match self {
            Setter::Batch => BatchSetCdnDomainServerCertificate::ACTION,
            Setter::Single => SetDomainServerCertificate::ACTION,
            Setter::Ssl => SetCdnDomainSSLCertificate::ACTION,
        }
    }
}

/// Where a certificate comes from, in the vendor's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertType {
    /// It goes with the call.
    Upload,
    /// The certificate store.
    Cas,
    /// The vendor's free certificate.
    Free,
}

impl CertType {
    /// The vendor's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            CertType::Upload => "upload",
            CertType::Cas => "cas",
            CertType::Free => "free",
        }
    }
}

/// What is to be set on every domain, and by which call.
pub struct Change<'a> {
    /// Whether HTTPS is to be on.
    pub switch: Switch,
    /// The file that is given.
    pub bundle: Option<&'a Bundle>,
    /// What is known of its certificate.
    pub certificate: Option<Certificate>,
    /// The certificate's name, as it is given.
    pub cert_name: Option<&'a str>,
    /// Where the certificate comes from.
    pub cert_type: Option<CertType>,
    /// The certificate of the store that is given.
    pub cert_id: Option<&'a StoreId>,
    /// The batch call's region.
    pub region: Option<&'a str>,
    /// Whether a certificate of the same name is overwritten.
    pub force: bool,
    /// Whether it is uploaded even where the store has it.
    pub upload_asked: bool,
    /// The call.
    pub setter: Setter,
    /// Domains a call.
    pub size: usize,
    /// Whether another call does as well, for nobody chose this one.
    pub automatic: bool,
}

/// How the certificate gets to the domains.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Source {
    /// As it was asked for; a file is uploaded under this name.
    Given(Option<Rc<str>>),
    /// From the store, which has it under this name; its number and site, where they are known.
    Stored(Rc<str>, Option<Rc<StoreId>>),
}

impl From<Stored> for Source {
    fn from(stored: Stored) -> Self {
        Source::Stored(stored.name.into(), Some(Rc::new(stored.id)))
    }
}

/// A call, with all that goes with it.
enum Setting<'s> {
    Batch(BatchSetCdnDomainServerCertificate<'s>),
    Single(SetDomainServerCertificate<'s>),
    Ssl(SetCdnDomainSSLCertificate<'s>),
}

impl Setting<'_> {
    /// The call as the service, or its twin, has it.
    fn call(&self, service: &Service) -> Call<'_> {
        match self {
            Setting::Batch(operation) => Call::on(service, operation),
            Setting::Single(operation) => Call::on(service, operation),
            Setting::Ssl(operation) => Call::on(service, operation),
        }
    }
}

/// What became of a call.
pub(super) enum Sent {
    /// It was accepted.
    Done(Option<Rc<str>>),
    /// Nothing was changed.
    Refused(Failure),
    /// The certificate's name or content is taken; by whom.
    Taken(Failure, Result<Found, Failure>),
    /// A dry run has shown it.
    Planned(Failure),
    /// The outcome was not learnt; those of the domains that read back as asked all the same.
    Unknown(Failure, Vec<usize>),
}

impl<'a> Change<'a> {
    /// A certificate of the store, or none: HTTPS off.
    fn to(id: Option<&'a StoreId>) -> Self {
        Change {
            switch: id.map_or(Switch::Off, |_| Switch::On),
            bundle: None,
            certificate: None,
            cert_name: None,
            cert_type: id.map(|_| CertType::Cas),
            cert_id: id,
            region: None,
            force: false,
            upload_asked: false,
            setter: Setter::Ssl,
            size: 1,
            automatic: false,
        }
    }

    /// Whether a certificate is brought with the call.
    fn uploads(&self) -> bool {
        self.bundle.is_some() && self.cert_type == Some(CertType::Upload)
    }

    /// Whether the store may have what would be uploaded. Overwriting is asked for by name.
    pub fn is_looked_for(&self) -> bool {
        self.uploads() && !self.force && !self.upload_asked
    }

    /// How the certificate gets to the domains where nothing is known of the store. An upload always
    /// has a name: some gateways refuse one without.
    pub(super) fn source(&self) -> Source {
        let own = self.certificate.as_ref().filter(|_| self.uploads());
        let name = match (self.cert_name, own) {
            (Some(name), _) => Some(Rc::from(name)),
            (None, Some(own)) => Some(Rc::from(own.store_name())),
            (None, None) => None,
        };
        Source::Given(name)
    }

    /// The same where the store has the certificate with another chain; none where the user has
    /// chosen the name.
    pub(super) fn source_beside(&self) -> Option<Source> {
        match (self.cert_name, &self.certificate) {
            (None, Some(own)) => Some(Source::Given(Some(Rc::from(own.store_name_beside())))),
            _ => None,
        }
    }

    /// What a domain reads like once this is done.
    pub fn goal(&self) -> Goal<'_> {
        match (self.switch, &self.certificate, self.cert_id, self.cert_name) {
            (Switch::Off, ..) => Goal::Off,
            (Switch::On, Some(certificate), ..) => Goal::Certificate(certificate),
            (Switch::On, None, Some(id), _) => Goal::stored(id),
            (Switch::On, None, None, Some(name)) => Goal::Named(name),
            (Switch::On, None, None, None) => Goal::On,
        }
    }

    /// The call for these domains where nothing is known of the store, as a dry run shows it.
    pub fn planned(
        &self,
        service: &'static Service,
        settings: &Settings,
        domains: &[Domain],
    ) -> PlannedCall {
        let names: Vec<&str> = domains.iter().map(wire).collect();
        let asked = domains.iter().map(|domain| domain.asked().to_owned());
        let source = self.source();
        let setting = self.setting(self.setter, &names, &source);
        plan_call(service, settings, &setting.call(service), asked.collect())
    }

    fn setting<'s>(&'s self, setter: Setter, names: &[&'s str], source: &'s Source) -> Setting<'s> {
        let given = self.bundle.filter(|_| matches!(source, Source::Given(_)));
        let (chain, key) = (
            given.map(Bundle::chain_pem),
            given.and_then(Bundle::key_pem),
        );
        let (cert_name, cert_type, id) = match source {
            Source::Given(name) => (name.as_deref(), self.cert_type, self.cert_id),
            Source::Stored(name, id) => (Some(&**name), Some(CertType::Cas), id.as_deref()),
        };
        let cert_type = cert_type.map(CertType::as_str);
        match setter {
            Setter::Batch => Setting::Batch(BatchSetCdnDomainServerCertificate {
                domain_names: names.to_vec(),
                ssl_protocol: self.switch,
                ssl_pub: chain,
                ssl_pri: key,
                cert_name,
                cert_type,
                region: self.region,
                force_set: self.force,
            }),
            Setter::Single => Setting::Single(SetDomainServerCertificate {
                domain_name: names[0],
                server_certificate_status: self.switch,
                server_certificate: chain,
                private_key: key,
                cert_type,
                cert_name,
                force_set: self.force,
            }),
            Setter::Ssl => Setting::Ssl(SetCdnDomainSSLCertificate {
                domain_name: names[0],
                ssl_protocol: self.switch,
                ssl_pub: chain,
                ssl_pri: key,
                // The number says it all; the name was the user's, or goes with an upload.
                cert_name: match source {
                    Source::Stored(_, Some(_)) => None,
                    _ => cert_name,
                },
                cert_type,
                cert_id: id.map(|id| id.id.as_str()),
                cert_region: id.and_then(|id| id.region.as_deref()),
            }),
        }
    }

    /// Makes the call for these domains, in the CDN's spelling. Where an upload's name or content is
    /// taken, the store is read; where the answer is lost, the domains are.
    pub(super) async fn send(
        &self,
        client: &Client<'_>,
        setter: Setter,
        names: &[&str],
        source: &Source,
    ) -> Sent {
        let setting = self.setting(setter, names, source);
        let failure = match client.send(&setting.call(client.service())).await {
            Ok(done) => return Sent::Done(done.request_id),
            Err(failure) => failure,
        };
        if failure.kind == Kind::Conflict && self.uploaded(source).is_some() {
            let found = match failure.code.as_deref() {
                Some(CONTENT_TAKEN) => Ok(Found::Nothing),
                _ => self.holder(client, source).await,
            };
            let found = match (found, &self.certificate) {
                (Ok(Found::Nothing), Some(certificate)) => store::find(client, certificate).await,
                (found, _) => found,
            };
            if failure.fate != Fate::Unknown || matches!(found, Ok(Found::This(_) | Found::Beside))
            {
                return Sent::Taken(failure, found);
            }
        }
        match failure.fate {
            Fate::Unknown => {
                let seen = self.read_back(client, names).await;
                Sent::Unknown(failure, seen)
            }
            Fate::NotSent | Fate::NotRun => Sent::Refused(failure),
            Fate::Planned(_) => Sent::Planned(failure),
        }
    }

    /// The name under which a call uploads the certificate, if it does.
    pub(super) fn uploaded<'s>(&self, source: &'s Source) -> Option<&'s str> {
        match source {
            Source::Given(name) if self.uploads() => name.as_deref(),
            Source::Given(_) | Source::Stored(..) => None,
        }
    }

    /// Who has the name in the store under which a call uploads the certificate.
    pub(super) async fn holder(
        &self,
        client: &Client<'_>,
        source: &Source,
    ) -> Result<Found, Failure> {
        match (&self.certificate, self.uploaded(source)) {
            (Some(certificate), Some(name)) => store::holder(client, certificate, name).await,
            _ => Ok(Found::Nothing),
        }
    }

    /// The domains that are as asked by now; what cannot be read is not among them.
    async fn read_back(&self, client: &Client<'_>, names: &[&str]) -> Vec<usize> {
        let read = async |at: usize| observe(client, names[at], self.goal()).await;
        let seen = in_order(names.len(), read).await.into_iter().enumerate();
        seen.filter_map(|(at, seen)| matches!(seen, Ok(Seen::Confirmed)).then_some(at))
            .collect()
    }
}

/// A domain's name in the CDN's spelling.
pub fn wire(domain: &Domain) -> &str {
    wire_name(domain.ascii())
}

/// A call takes one domain.
pub(super) fn each_alone(binds: &[Bind<'_>]) -> Vec<Vec<usize>> {
    (0..binds.len()).map(|at| vec![at]).collect()
}

/// Puts certificates of the store on domains, or switches their HTTPS off.
pub(super) async fn bind(
    account: &Rc<Account<'_>>,
    service: &'static Service,
    binds: &[Bind<'_>],
) -> Vec<Settled> {
    let client = match account.client(service) {
        Ok(client) => client,
        Err(error) => return vec![Settled::failed(error.into()); binds.len()],
    };
    let mut made = Vec::with_capacity(binds.len());
    for Bind { place, after, .. } in binds {
        let (change, names) = (Change::to(*after), [wire_name(&place.path)]);
        let (setter, source) = (change.setter, change.source());
        made.push(match change.send(&client, setter, &names, &source).await {
            Sent::Done(request_id) => Settled::accepted(request_id),
            Sent::Unknown(failure, seen) if !seen.is_empty() => read_back(&failure),
            Sent::Refused(failure)
            | Sent::Planned(failure)
            | Sent::Taken(failure, _)
            | Sent::Unknown(failure, _) => Settled::failed(failure),
        });
    }
    made
}

/// Reading shows the change, though its answer was lost.
pub(super) fn read_back(lost: &Failure) -> Settled {
    Settled {
        request_id: lost.request_id.clone(),
        ..Settled::read_back()
    }
}

/// The same call puts a certificate of the store back, or switches HTTPS off again.
pub(super) fn undo(_: &Place, bore: &Bears) -> Undo {
    let held = match bore {
        Bears::These(held) => held.as_slice(),
        Bears::Unread(_) => return Undo::Unknown("could not read its previous certificate"),
    };
    match held {
        [] | [Held::Stored(_)] => Undo::Yes,
        [Held::Own(_)] => Undo::No(
            "its certificate is in no store: only its uploader or the vendor has the private key",
        ),
        [_, _, ..] => Undo::Unknown("it had several certificates, but a call sets only one"),
    }
}
