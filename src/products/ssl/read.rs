//! What certificates are bound to: the cloud looks for it, and it is read to its end.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;
use std::time::Duration;

use super::store::{all, store_id};
use crate::fault::Kind;
use crate::products::{self, Bears, Binding, Held, Product, Slot};
use crate::providers::page::MAX_PAGES;
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::bindings::{
    BINDING_LIMIT, BINDING_PAGE, CreateCertificateBindResourceSyncTask,
    DescribeCertificateBindResourceTaskDetail, DescribeCertificateBindResourceTaskResult, Found,
    Lookup, LookupResult,
};
use crate::providers::tencent::ssl::certificates::CertificateType;
use crate::providers::tencent::ssl::hosts::Place;
use crate::providers::tencent::ssl::resource::{Regions, ResourceType};
use crate::redact::Redactor;
use crate::transport::{Account, Boxed, Client, Failure, Fate};

/// How long a look-up may take.
const LOOKUP_LIMIT: Duration = Duration::from_secs(300);

/// A place that bears a certificate.
#[derive(Clone, Debug)]
pub struct Bound {
    /// The certificate.
    pub certificate: String,
    /// The place's type.
    pub of: ResourceType,
    /// Its region, where the type has regions.
    pub region: Option<String>,
    /// The place.
    pub place: Place,
}

/// Every place that bears a certificate of the store, with all that it bears.
pub fn read<'c, 'e>(
    account: &'c Rc<Account<'e>>,
    _region: Option<&'c str>,
) -> Boxed<'c, Result<Vec<Binding>, Failure>> {
    Box::pin(async move {
        let client = &account.client(&SSL)?;
        let certificates = all(client, Some(CertificateType::Svr)).await?.into_iter();
        // One without an end was never issued, and is nowhere.
        let issued = certificates.filter(|one| one.certificate.expires.is_some());
        let ids: Vec<String> = issued.map(|one| one.id.id).collect();
        let mut bindings: Vec<Binding> = Vec::new();
        let mut known: HashMap<products::Place, usize> = HashMap::new();
        for bound in Search::new(client, &[]).bindings(&ids).await? {
            let held = Held::Stored(store_id(&bound.certificate));
            let place = bound.place();
            let at = known.get(&place).copied();
            match at.map(|at| &mut bindings[at].bears) {
                Some(Bears::These(these)) => these.push(held),
                _ => {
                    known.insert(place.clone(), bindings.len());
                    bindings.push(bound.binding(place, held));
                }
            }
        }
        Ok(bindings)
    })
}

impl Bound {
    /// The place under its one text.
    fn place(&self) -> products::Place {
        let beside = self.of.regions() == Regions::Beside;
        products::Place {
            product: Product::Ssl(self.of),
            region: self.region.clone().filter(|_| beside),
            path: self.place.id.clone(),
            slot: Slot::Only,
        }
    }

    fn binding(self, place: products::Place, held: Held) -> Binding {
        let lacks_region = self.of.regions() == Regions::Beside && place.region.is_none();
        Binding {
            place,
            region: None,
            hosts: self.place.domains,
            bears: Bears::These(vec![held]),
            unsettled: match lacks_region {
                true => "its region is unknown".into(),
                false => String::new(),
            },
        }
    }
}

/// How bindings are looked for.
pub struct Search<'a> {
    /// Sends the calls.
    pub client: &'a Client<'a>,
    /// Whether a result of up to half an hour ago will do.
    pub cached: bool,
    /// Of these types only; none means all.
    pub types: &'a [ResourceType],
    /// So many of each type and region a call.
    pub page: usize,
}

impl<'a> Search<'a> {
    /// Looks for all bindings there are now.
    pub fn new(client: &'a Client<'a>, types: &'a [ResourceType]) -> Self {
        Search {
            client,
            cached: false,
            types,
            page: BINDING_PAGE,
        }
    }

    /// What certificates are bound to, certificate by certificate in the order given.
    ///
    /// # Errors
    /// What a call says, and where something could not be looked through: never a shorter list.
    pub async fn bindings(&self, certificates: &[String]) -> Result<Vec<Bound>, Failure> {
        let mut bindings = Vec::new();
        for certificates in certificates.chunks(BINDING_LIMIT) {
            let lookups = self.begin(certificates).await?;
            let results = self.finish(&lookups).await?;
            for certificate in certificates {
                let found = lookups.iter().find(|lookup| lookup.cert_id == *certificate);
                let lookup = found.ok_or_else(|| {
                    incomplete(format!("the cloud started no search for {certificate}"))
                })?;
                let mut results = results.iter();
                let result = results.find(|result| result.task_id == lookup.task_id);
                if !result.is_some_and(|result| self.found_nothing(result)) {
                    bindings.extend(self.read(certificate, &lookup.task_id).await?);
                }
            }
        }
        Ok(bindings)
    }

    async fn begin(&self, certificates: &[String]) -> Result<Vec<Lookup>, Failure> {
        let call = CreateCertificateBindResourceSyncTask {
            certificate_ids: certificates,
            cached: self.cached,
        };
        Ok(self.client.call(&call).await?.reply.cert_task_ids)
    }

    /// Whether the counts of a look-up say that there is nothing of these types.
    fn found_nothing(&self, result: &LookupResult) -> bool {
        let counts = |of: &ResourceType| {
            let mut types = result.bind_resource_result.iter();
            types.find(|counted| counted.resource_type == of.as_str())
        };
        let is_none = |of: &ResourceType| {
            let regions = counts(of).map(|counted| &counted.bind_resource_region_result);
            let mut regions = regions.into_iter().flatten().peekable();
            regions.peek().is_some()
                && regions.all(|region| region.total_count == 0 && region.error.is_empty())
        };
        !self.types.is_empty() && self.types.iter().all(is_none)
    }

    /// Waits until each look-up is done; how much each of them found.
    async fn finish(&self, lookups: &[Lookup]) -> Result<Vec<LookupResult>, Failure> {
        let task_ids: Vec<String> = lookups.iter().map(|of| of.task_id.clone()).collect();
        let call = DescribeCertificateBindResourceTaskResult {
            task_ids: &task_ids,
        };
        let read = async || {
            let done = self.client.call(&call).await?;
            Ok(done.reply.sync_task_bind_resource_result)
        };
        let running = |results: &[LookupResult]| {
            let of = |id: &String| results.iter().find(|result| result.task_id == *id);
            let is_running = |id: &&String| of(id).is_none_or(|result| result.status == 0);
            task_ids.iter().filter(is_running).count()
        };
        let settled = |seen: &Result<Vec<LookupResult>, Failure>| match seen {
            Ok(results) => running(results) == 0,
            Err(_) => true,
        };
        let what = "the cloud to find the bindings";
        let seen = self.client.poll(what, LOOKUP_LIMIT, read, settled).await?;
        if let Some(halt) = self.client.halt() {
            return Err(self.client.halted(halt, Fate::NotSent));
        }
        if running(&seen) > 0 {
            let limit = LOOKUP_LIMIT.as_secs();
            return Err(incomplete(format!(
                "the search for bindings is not finished after {limit} s"
            )));
        }
        let is_failed = |result: &&LookupResult| result.status != 1;
        match seen.iter().find(is_failed) {
            None => Ok(seen),
            Some(failed) => Err(failure_of(failed, lookups)),
        }
    }

    /// Reads what a look-up found, page by page. Each type and region has a count of its own, so a
    /// page goes on where the one that has come least far stands.
    async fn read(&self, certificate: &str, task_id: &str) -> Result<Vec<Bound>, Failure> {
        let mut bindings = Vec::new();
        let mut read: BTreeMap<(ResourceType, String), (usize, usize)> = BTreeMap::new();
        let mut seen = HashSet::new();
        let mut offset = 0;
        // The younger types cannot be asked for by name.
        let asked = match self.types.iter().all(|of| of.is_bound_by_name()) {
            true => self.types,
            false => &[],
        };
        for _ in 0..MAX_PAGES {
            let call = DescribeCertificateBindResourceTaskDetail {
                task_id,
                offset,
                limit: self.page,
                types: asked,
            };
            let done = self.client.call(&call).await?;
            if done.reply.status != Some(1) {
                return Err(incomplete(format!(
                    "the answer does not contain the bindings of {certificate}: its status is not \
                     1"
                )));
            }
            let mut progressed = false;
            let wanted = |found: &Found| self.types.is_empty() || self.types.contains(&found.of);
            for found in done.reply.found().into_iter().filter(wanted) {
                if !found.error.is_empty() {
                    return Err(unread(&found));
                }
                let key = (found.of, found.among.clone());
                let (have, total) = read.entry(key).or_insert((0, found.total));
                *total = found.total;
                let known = have.saturating_sub(offset);
                let fresh = found.instances.len().saturating_sub(known);
                *have += fresh;
                progressed |= fresh > 0;
                let region = Some(found.region.clone()).filter(|region| !region.is_empty());
                let fresh = found.instances.into_iter().skip(known);
                let fresh: Vec<Vec<Place>> = fresh.collect();
                for places in &fresh {
                    let one = (found.of, found.among.clone(), format!("{places:?}"));
                    if !seen.insert(one) {
                        return Err(incomplete(format!(
                            "the bindings of {certificate} repeat: the cloud ignores the \
                             requested page"
                        )));
                    }
                }
                let fresh = fresh.into_iter();
                let places = fresh.flat_map(|places| bearing(places, certificate));
                bindings.extend(places.map(|place| Bound {
                    certificate: certificate.to_owned(),
                    of: found.of,
                    region: region.clone(),
                    place,
                }));
            }
            let behind = read.values().filter(|(have, total)| have < total);
            let Some(least) = behind.clone().map(|(have, _)| *have).min() else {
                return Ok(bindings);
            };
            if !progressed {
                let missing: usize = behind.map(|(have, total)| total - have).sum();
                return Err(incomplete(format!(
                    "the bindings of {certificate} are incomplete: {missing} instances are \
                     missing"
                )));
            }
            offset = least;
        }
        Err(incomplete(format!(
            "the bindings of {certificate} do not end: read {MAX_PAGES} pages"
        )))
    }
}

/// The places of a bound instance that bear the certificate. An instance that is said to be bound
/// without telling where counts whole.
fn bearing(places: Vec<Place>, certificate: &str) -> Vec<Place> {
    match places.iter().any(|place| place.bears(certificate)) {
        true => places
            .into_iter()
            .filter(|place| place.bears(certificate))
            .collect(),
        false => places,
    }
}

fn unread(found: &Found) -> Failure {
    let place = match found.region.as_str() {
        "" => String::new(),
        region => format!(" in {region}"),
    };
    let reason = Redactor::new().line(&found.error, 200);
    incomplete(format!("could not search {}{place}: {reason}", found.of))
}

fn failure_of(result: &LookupResult, lookups: &[Lookup]) -> Failure {
    let of = lookups
        .iter()
        .find(|lookup| lookup.task_id == result.task_id);
    let certificate = of.map_or("a certificate", |lookup| &lookup.cert_id);
    let redactor = Redactor::new();
    let error = result.error.clone();
    let (code, message) = error.map_or_else(Default::default, |error| (error.code, error.message));
    Failure {
        code: Some(redactor.line(&code, 100)).filter(|code| !code.is_empty()),
        ..incomplete(format!(
            "the search for the bindings of {certificate} failed: {}",
            redactor.line(&message, 200)
        ))
    }
}

/// A list that would be shorter than the truth is none.
fn incomplete(message: String) -> Failure {
    Failure {
        message,
        attempts: 1,
        ..Failure::of(Kind::Unavailable, Fate::NotRun)
    }
}
