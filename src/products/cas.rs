//! Alibaba Cloud's certificate store: a certificate is looked up by its id, found again by what it
//! is, or uploaded. A private key is never read.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Reason, Settled, Store, StoreId, Stored};
use crate::cert::{Bundle, Certificate, Facts, Same};
use crate::fault::Kind;
use crate::providers::alibaba::cas::{
    CertificateDetail, ChainLink, GetCertificateDetail, GetUserCertificateDetail,
    ListUserCertificateOrder, PAGE_LIMIT, StoredCertificate, UploadUserCertificate, Validity,
};
use crate::providers::page::Cursor;
use crate::transport::{Client, Done, Failure, Fate, Patience, Reconciled, nonce, reconcile};

/// The certificates of the store, all of them.
///
/// # Errors
/// The list cannot be read, or not whole.
pub async fn list(
    cas: &Client<'_>,
    validity: Validity,
    size: u32,
) -> Result<Vec<StoredCertificate>, Failure> {
    let page = |cursor: &Cursor| ListUserCertificateOrder::page(validity, cursor, size);
    let key = |one: &StoredCertificate| one.certificate_id.clone();
    cas.all(size, page, ListUserCertificateOrder::open, key)
        .await
}

/// A certificate of the store by its id: names, hashes, serial number, dates. What comes with it is
/// not among them: see [`with_chain`].
///
/// # Errors
/// It is not there ([`Kind::NotFound`]), or cannot be read.
pub async fn look_up(cas: &Client<'_>, id: &StoreId, site: &str) -> Result<Stored, Failure> {
    let call = GetUserCertificateDetail { cert_id: &id.id };
    let detail = cas.call(&call).await?.reply;
    Ok(of_detail(&detail, site))
}

/// [`look_up`] with what comes with it, as [`with_chain`] tells it.
///
/// # Errors
/// As there.
pub async fn look_up_with_chain(
    cas: &Client<'_>,
    id: &StoreId,
    site: &str,
    like: &Bundle,
) -> Result<Stored, Failure> {
    let call = GetUserCertificateDetail { cert_id: &id.id };
    let detail = cas.call(&call).await?.reply;
    let mut stored = of_detail(&detail, site);
    stored.certificate.chain = chain(cas, &id.id, detail.cert_chain, like).await?;
    Ok(stored)
}

/// Reads what comes with a certificate, told in hashes of those in `like` where it is one of them.
/// It stays not known where the store does not tell, or may not be asked.
///
/// # Errors
/// The store does not answer, or has the certificate no more.
pub async fn with_chain(
    cas: &Client<'_>,
    stored: &mut Stored,
    like: &Bundle,
) -> Result<(), Failure> {
    let cert_id = &stored.id.id;
    let detail = told(cas.call(&GetUserCertificateDetail { cert_id }).await)?;
    let filtered = detail.and_then(|detail| detail.cert_chain);
    stored.certificate.chain = chain(cas, cert_id, filtered, like).await?;
    Ok(())
}

async fn chain(
    cas: &Client<'_>,
    cert_id: &str,
    mut links: Option<Vec<ChainLink>>,
    like: &Bundle,
) -> Result<Option<Vec<String>>, Failure> {
    // The filter that keeps the private key back may have left it out.
    if links.as_ref().is_none_or(Vec::is_empty) {
        let call = GetCertificateDetail {
            certificate_id: cert_id,
        };
        let newer = told(cas.call(&call).await)?;
        links = newer.and_then(|newer| newer.certificate_chain_list);
    }
    Ok(links.and_then(|links| by_hashes(&links, like)))
}

/// An answer; none where the cloud says that it does not give one.
fn told<R>(answer: Result<Done<R>, Failure>) -> Result<Option<R>, Failure> {
    match answer {
        Ok(done) => Ok(Some(done.reply)),
        Err(failure) => match failure.kind {
            Kind::Permission | Kind::Unsupported | Kind::Parameter | Kind::Refused
                if failure.code.is_some() =>
            {
                Ok(None)
            }
            _ => Err(failure),
        },
    }
}

/// What is known of an entry of the store's list.
pub fn of_list(listed: &StoredCertificate, site: &str) -> Stored {
    let certificate = Certificate {
        names: names(&listed.sans, &listed.common_name),
        issuer: (!listed.issuer.is_empty()).then(|| listed.issuer.clone()),
        expires: listed.end_date.map(|end| end.0),
        ..Certificate::default()
    };
    Stored {
        id: id(&listed.certificate_id, site),
        name: listed.name.clone(),
        certificate: certificate
            .with_hashes(&[&listed.fingerprint, &listed.sha2])
            .with_serial(&listed.serial_no),
    }
}

/// What is known of a certificate that was read by its id.
pub fn of_detail(detail: &CertificateDetail, site: &str) -> Stored {
    let certificate = Certificate {
        names: names(&detail.sans, &detail.common),
        issuer: (!detail.issuer.is_empty()).then(|| detail.issuer.clone()),
        algorithm: (!detail.algorithm.is_empty()).then(|| detail.algorithm.clone()),
        starts: detail.starts().map(|start| start.0),
        expires: detail.last_second().map(|end| end.0),
        ..Certificate::default()
    };
    let identified = StoreId::of(Store::Cas, &detail.cert_identifier);
    Stored {
        id: identified
            .filter(|read| read.region.is_some())
            .unwrap_or_else(|| id(&detail.id, site)),
        name: detail.name.clone(),
        certificate: certificate
            .with_hashes(&[&detail.fingerprint, &detail.sha2, &detail.cert_sha2])
            .with_serial(&detail.serial_no),
    }
}

/// The id of a certificate in the store of a site, which is empty where nobody tells it.
pub fn id(number: &str, site: &str) -> StoreId {
    StoreId {
        store: Store::Cas,
        id: number.to_owned(),
        region: Some(site.to_owned()).filter(|site| !site.is_empty()),
    }
}

/// The names of a comma list.
fn names(sans: &str, common_name: &str) -> Vec<String> {
    let listed = sans.split(',').map(str::trim);
    let names: Vec<String> = listed
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    match names.is_empty() && !common_name.is_empty() {
        true => vec![common_name.to_owned()],
        false => names,
    }
}

/// A chain by hashes. The store tells names and dates alone, with the leaf or without: each link is
/// looked for among the certificates that are known here, and one that is none of them keeps its
/// name, which no hash equals. `None` where it tells nothing of a link.
fn by_hashes(links: &[ChainLink], like: &Bundle) -> Option<Vec<String>> {
    let known = Facts::all_in(like.chain_pem());
    let mut chain = Vec::new();
    for link in links {
        if link.subject.is_empty() && link.not_after.is_none() {
            return None;
        }
        match known.iter().position(|facts| is_of(link, facts)) {
            Some(0) => {}
            Some(at) => chain.push(known[at].fingerprint.clone()),
            // A root, which is nobody's intermediate.
            None if link.subject == link.issuer => {}
            None => chain.push(format!("{} of {}", link.subject, link.issuer)),
        }
    }
    Some(chain)
}

fn is_of(link: &ChainLink, facts: &Facts) -> bool {
    let subject = is_called(&facts.subject, &link.subject)
        || (!facts.authority && facts.names.contains(&link.subject));
    let same_end = |end: DateTime<Utc>| (end - facts.not_after).abs() <= TimeDelta::days(1);
    subject
        && (link.issuer.is_empty() || is_called(&facts.issuer, &link.issuer))
        && link.not_after.is_none_or(|end| same_end(end.0))
}

/// Whether a name that a store tells is the whole of a distinguished name, or an attribute of it.
fn is_called(name: &str, told: &str) -> bool {
    let attribute = format!("={told}");
    // A name may have a comma in it: what comes behind one has to be an attribute.
    let ends = |rest: &str| {
        let next = rest.strip_prefix(", ").or(rest.strip_prefix(" + "));
        let key = next.and_then(|next| next.split_once('='));
        rest.is_empty() || key.is_some_and(|(key, _)| !key.contains([' ', ',']))
    };
    let mut found = name.match_indices(&attribute);
    name == told || found.any(|(at, _)| ends(&name[at + attribute.len()..]))
}

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
            format!(", beside {number}, which is the same certificate with another chain")
        });
        let (stored, settled) =
            match reconcile(self.cas, &call, Patience::AT_THE_END, &look).await? {
                Reconciled::Seen(stored) => (Some(stored), Settled::read_back()),
                Reconciled::Answered(done) if done.reply.cert_id.is_empty() => match look().await {
                    Ok(Some(stored)) => (Some(stored), Settled::read_back()),
                    _ => {
                        let why = "the answer names no certificate, and the store does not show it";
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
            (Some(stored), None) => format!("called {}{beside}", stored.name),
            (Some(stored), Some(note)) => format!("{note}, called {}{beside}", stored.name),
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
            _ => "another one",
        };
        let (name, number) = (&other.name, &other.id.id);
        let message = format!("the name {name} is that of certificate {number}, which is {which}");
        Reason::new(Kind::Conflict, message, OTHER_NAME)
    }
}

const OTHER_NAME: &str = "give another `--name`, or none for one that is not taken";

/// It was in the store before.
fn there(stored: Stored) -> Kept {
    let note = match stored.certificate.chain {
        Some(_) => format!("there already, called {}", stored.name),
        None => format!(
            "there already, called {}; which chain it has there is not known",
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cert::Input;

    const LEAF: &str = include_str!("../../tests/pki/p256.pem");
    const ISSUER: &str = include_str!("../../tests/pki/intermediate.pem");

    fn bundle() -> Bundle {
        let whole = [LEAF, ISSUER].concat();
        let input = Input {
            name: "fullchain.pem",
            bytes: whole.as_bytes(),
        };
        let leaf = &Facts::all_in(LEAF)[0];
        Bundle::parse(&[input], None, leaf.not_after - TimeDelta::days(1)).unwrap()
    }

    fn link(subject: &str, issuer: &str, end: DateTime<Utc>) -> ChainLink {
        ChainLink {
            subject: subject.to_owned(),
            issuer: issuer.to_owned(),
            not_after: Some(crate::providers::time::Time(end)),
        }
    }

    #[test]
    fn a_chain_is_told_by_names_and_ends() {
        let bundle = bundle();
        let known = Facts::all_in(bundle.chain_pem());
        let [leaf, issuer] = &known[..] else {
            panic!("{known:?}");
        };
        let of = |facts: &Facts| {
            let name = |text: &str| text.rsplit("CN=").next().unwrap().to_owned();
            link(&name(&facts.subject), &name(&facts.issuer), facts.not_after)
        };
        let (own, above) = (of(leaf), of(issuer));
        let root = link(&above.issuer, &above.issuer, issuer.not_after);
        let hashes = |links: &[&ChainLink]| {
            let links: Vec<ChainLink> = links.iter().map(|link| (*link).clone()).collect();
            by_hashes(&links, &bundle)
        };
        let whole = Some(vec![issuer.fingerprint.clone()]);
        assert_eq!(hashes(&[&own, &above]), whole);
        assert_eq!(
            hashes(&[&above, &root]),
            whole,
            "without the leaf, with the root"
        );
        assert_eq!(hashes(&[&own]), Some(Vec::new()));
        assert_eq!(hashes(&[]), Some(Vec::new()));
        let untold = ChainLink {
            not_after: None,
            ..link("", "", issuer.not_after)
        };
        assert_eq!(hashes(&[&own, &untold]), None);
        // Another certificate of the same name.
        let renewed = link(
            &above.subject,
            &above.issuer,
            issuer.not_after + TimeDelta::days(9),
        );
        let other = hashes(&[&own, &renewed]).unwrap();
        assert!(!other.contains(&issuer.fingerprint), "{other:?}");
        assert_eq!(other.len(), 1);
    }

    #[test]
    fn a_name_is_an_attribute_of_its_own() {
        let name = "C=US, O=Let's Encrypt, CN=R3";
        for told in ["R3", "Let's Encrypt", name] {
            assert!(is_called(name, told), "{told}");
        }
        for told in ["", "R", "Let's", "Encrypt"] {
            assert!(!is_called(name, told), "{told}");
        }
        assert!(!is_called("CN=test CA, intermediate", "test CA"));
        assert!(is_called(
            "CN=test CA, intermediate",
            "test CA, intermediate"
        ));
    }

    #[test]
    fn names_are_a_comma_list() {
        assert_eq!(names("a.com, *.a.com,", "x"), ["a.com", "*.a.com"]);
        assert_eq!(names("", "x"), ["x"]);
        assert!(names("", "").is_empty());
    }
}
