//! What stands in the cloud: certificates with what they are bound to, load balancers with their
//! listeners.

use std::fmt;
use std::rc::Rc;

use futures_util::future::try_join;

use super::bind::place;
use super::store::stored_id;
use crate::config::Settings;
use crate::fault::Kind;
use crate::products::{Bears, Binding, Held, Slot};
use crate::providers::ucloud::ulb::{
    Bound, Certificate, DescribeListeners, DescribeLoadBalancers, DescribeSSLV2, DescribeULB,
    DescribeVServer, Described, Listener, LoadBalancer, Location, PAGE_LIMIT, Part, ULB,
};
use crate::transport::{Account, Client, Failure, Fate, PlannedCall, plan};

/// The project of a call that does not exist: what was asked for is not what is missing.
const NO_SUCH_PROJECT: &str = "292";

/// The two families of load balancers, each with actions of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Classic: a listener is a VServer and has one certificate at most.
    Clb,
    /// Application: a listener has a default certificate, and others besides.
    Alb,
}

impl Family {
    /// What an id looks like. A hint and no more: the vendor fixes no form.
    pub fn hinted(load_balancer: &str) -> Self {
        match load_balancer.starts_with("alb-") {
            true => Family::Alb,
            false => Family::Clb,
        }
    }

    /// The slot of the certificates that a listener has beside its default one, or alone.
    pub const fn slot(self) -> Slot {
        match self {
            Family::Clb => Slot::Only,
            Family::Alb => Slot::Others,
        }
    }

    /// The other one of the two.
    pub const fn other(self) -> Self {
        match self {
            Family::Clb => Family::Alb,
            Family::Alb => Family::Clb,
        }
    }

    /// The word in JSON and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Family::Clb => "clb",
            Family::Alb => "alb",
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Family::Clb => "CLB",
            Family::Alb => "ALB",
        })
    }
}

/// Where calls go: the given region, else that of the settings, and their project.
pub fn location<'a>(settings: &'a Settings, region: Option<&'a str>) -> Location<'a> {
    let set = settings.region.as_ref().map(|region| region.value.as_str());
    Location {
        region: region.or(set).unwrap_or_default(),
        project_id: settings.project_id.as_ref().map(|id| id.value.as_str()),
    }
}

/// The read of one certificate.
pub fn describe<'a>(location: Location<'a>, ssl_id: &'a str) -> DescribeSSLV2<'a> {
    DescribeSSLV2 {
        location,
        ssl_id: Some(ssl_id),
        part: Part::FIRST,
    }
}

/// The read of a part of all certificates.
pub fn describe_all(location: Location<'_>, part: Part) -> DescribeSSLV2<'_> {
    DescribeSSLV2 {
        location,
        ssl_id: None,
        part,
    }
}

/// Every certificate of the project in the region.
///
/// # Errors
/// Why they cannot be read.
pub async fn certificates(
    client: &Client<'_>,
    location: Location<'_>,
    limit: u32,
) -> Result<Vec<Certificate>, Failure> {
    let page = |cursor: &_| describe_all(location, Part::at(cursor, limit));
    let key = |one: &Certificate| one.ssl_id.clone();
    client.all(limit, page, |reply| reply.page(), key).await
}

/// Why a certificate is not in hand.
#[derive(Debug)]
pub enum Lack {
    /// There is none; what the cloud said, where it said so.
    Absent(Option<Failure>),
    /// It could not be read.
    Unread(Failure),
}

/// One certificate.
///
/// # Errors
/// Why it is not in hand.
pub async fn look_up(
    client: &Client<'_>,
    location: Location<'_>,
    ssl_id: &str,
) -> Result<Certificate, Lack> {
    match client.call(&describe(location, ssl_id)).await {
        Ok(done) => {
            let Some(items) = done.reply.told() else {
                return Err(Lack::Unread(Failure {
                    message: format!("the answer does not show whether {ssl_id} exists"),
                    request_id: done.request_id,
                    ..Failure::of(Kind::Unexpected, Fate::NotRun)
                }));
            };
            let mut items = items.into_iter();
            let found = items.find(|certificate| certificate.ssl_id == ssl_id);
            found.ok_or(Lack::Absent(None))
        }
        Err(failure) if says_absent(&failure) => Err(Lack::Absent(Some(failure))),
        Err(failure) => Err(Lack::Unread(failure)),
    }
}

/// One certificate; none where there is none.
///
/// # Errors
/// Why it cannot be read.
pub async fn certificate(
    client: &Client<'_>,
    location: Location<'_>,
    ssl_id: &str,
) -> Result<Option<Certificate>, Failure> {
    match look_up(client, location, ssl_id).await {
        Ok(certificate) => Ok(Some(certificate)),
        Err(Lack::Absent(_)) => Ok(None),
        Err(Lack::Unread(failure)) => Err(failure),
    }
}

/// Every load balancer of a family, with its listeners.
///
/// # Errors
/// Why they cannot be read.
pub async fn load_balancers(
    client: &Client<'_>,
    location: Location<'_>,
    family: Family,
    limit: u32,
) -> Result<Vec<LoadBalancer>, Failure> {
    let key = |one: &LoadBalancer| one.id.clone();
    match family {
        Family::Clb => {
            let page = |cursor: &_| DescribeULB {
                location,
                part: Part::at(cursor, limit),
            };
            client.all(limit, page, |reply| reply.page(), key).await
        }
        Family::Alb => {
            let page = |cursor: &_| DescribeLoadBalancers {
                location,
                part: Part::at(cursor, limit),
            };
            client.all(limit, page, |reply| reply.page(), key).await
        }
    }
}

/// The listeners of a load balancer, and of which family it is: the one that its id hints at is
/// asked first, the other one where it is not there. None where it is in neither, or has none.
///
/// # Errors
/// Why they cannot be read.
pub async fn listeners(
    client: &Client<'_>,
    location: Location<'_>,
    load_balancer: &str,
) -> Result<Option<(Family, Vec<Listener>)>, Failure> {
    let hinted = Family::hinted(load_balancer);
    for family in [hinted, hinted.other()] {
        match listeners_of(client, location, load_balancer, family).await {
            Ok(listeners) if listeners.is_empty() => {}
            Ok(listeners) => return Ok(Some((family, listeners))),
            Err(failure) if says_absent(&failure) => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(None)
}

/// The first read of the listeners of a load balancer of this family, as a dry run shows it.
pub fn planned_listeners(
    settings: &Settings,
    load_balancer: &str,
    family: Family,
    targets: Vec<String>,
) -> PlannedCall {
    let (location, part) = (location(settings, None), Part::FIRST);
    match family {
        Family::Clb => {
            let read = DescribeVServer {
                location,
                ulb_id: load_balancer,
                part,
            };
            plan(settings, &read, targets)
        }
        Family::Alb => {
            let read = DescribeListeners {
                location,
                load_balancer_id: load_balancer,
                part,
            };
            plan(settings, &read, targets)
        }
    }
}

async fn listeners_of(
    client: &Client<'_>,
    location: Location<'_>,
    load_balancer: &str,
    family: Family,
) -> Result<Vec<Listener>, Failure> {
    let key = |one: &Listener| one.id.clone();
    let open = |reply: Described<Listener>| reply.page();
    match family {
        Family::Clb => {
            let page = |cursor: &_| DescribeVServer {
                location,
                ulb_id: load_balancer,
                part: Part::at(cursor, PAGE_LIMIT),
            };
            client.all(PAGE_LIMIT, page, open, key).await
        }
        Family::Alb => {
            let page = |cursor: &_| DescribeListeners {
                location,
                load_balancer_id: load_balancer,
                part: Part::at(cursor, PAGE_LIMIT),
            };
            client.all(PAGE_LIMIT, page, open, key).await
        }
    }
}

/// The default certificate of a listener: the one that is called so, else the only one.
pub fn default_of(listener: &Listener) -> Option<&Bound> {
    let mut certificates = listener.certificates.iter();
    let called = certificates.find(|one| one.is_default == Some(true));
    called.or(match listener.certificates.as_slice() {
        [only] if only.is_default.is_none() => Some(only),
        _ => None,
    })
}

/// Load balancers with their listeners, and the certificates that these have.
#[derive(Debug)]
pub struct View {
    /// Of either family.
    pub balancers: Vec<(Family, LoadBalancer)>,
    /// All of them.
    pub certificates: Vec<Certificate>,
}

/// What of a [`View`] could not be read.
#[derive(Debug)]
pub struct Unread {
    /// The load balancers of a family; else the certificates.
    pub family: Option<Family>,
    /// Why.
    pub failure: Failure,
}

impl View {
    /// Reads it, `limit` at a time.
    ///
    /// # Errors
    /// What could not be read.
    pub async fn read(
        client: &Client<'_>,
        location: Location<'_>,
        families: &[Family],
        limit: u32,
    ) -> Result<Self, Unread> {
        let read = async |family: Family| {
            let unread = |failure| Unread {
                family: Some(family),
                failure,
            };
            let balancers = load_balancers(client, location, family, limit).await;
            let balancers = balancers.map_err(unread)?.into_iter();
            Ok(balancers.map(|one| (family, one)).collect::<Vec<_>>())
        };
        // The first list goes alone: what is wrong with the key shows there once.
        let mut balancers = match families.first() {
            Some(family) => read(*family).await?,
            None => Vec::new(),
        };
        let others = async {
            let mut others = Vec::new();
            for family in families.iter().skip(1) {
                others.extend(read(*family).await?);
            }
            Ok(others)
        };
        let certificates = async {
            let certificates = certificates(client, location, limit).await;
            certificates.map_err(|failure| Unread {
                family: None,
                failure,
            })
        };
        let (others, certificates) = try_join(others, certificates).await?;
        balancers.extend(others);
        Ok(View {
            balancers,
            certificates,
        })
    }

    /// The certificates of a listener, and whether each is the default one of an ALB's. What the
    /// listener does not show (the vendor calls its list that of the default certificate) the
    /// certificates know.
    pub fn bound<'v>(
        &'v self,
        family: Family,
        balancer: &LoadBalancer,
        listener: &'v Listener,
    ) -> Vec<(&'v str, Option<bool>)> {
        let default = |is: Option<bool>| is.filter(|_| family == Family::Alb);
        let shown = listener.certificates.iter();
        let mut bound: Vec<_> = shown
            .map(|one| (one.ssl_id.as_str(), default(one.is_default)))
            .collect();
        for certificate in &self.certificates {
            let id = certificate.ssl_id.as_str();
            if let Some(relation) = certificate.relation(&balancer.id, &listener.id)
                && !bound.iter().any(|(ssl_id, _)| *ssl_id == id)
            {
                bound.push((id, default(Some(relation.is_default))));
            }
        }
        bound
    }
}

/// What the listeners of a region have: of those that have certificates.
///
/// # Errors
/// Why that cannot be read.
pub async fn bindings(
    account: &Rc<Account<'_>>,
    region: Option<&str>,
) -> Result<Vec<Binding>, Failure> {
    let client = account.client(&ULB)?;
    let location = location(account.settings(), region);
    let families = [Family::Clb, Family::Alb];
    let view = View::read(&client, location, &families, PAGE_LIMIT).await;
    let view = view.map_err(|unread| unread.failure)?;
    let mut bindings = Vec::new();
    for (family, balancer) in &view.balancers {
        let listeners = balancer.listeners.iter();
        for listener in listeners.filter(|one| one.can_have_certificates()) {
            let bound = view.bound(*family, balancer, listener);
            let default = default_of(listener).map(|one| one.ssl_id.as_str());
            let is_default =
                |(id, is): &(&str, Option<bool>)| *is == Some(true) || default == Some(*id);
            let mut binding = |slot, bound: Vec<(&str, Option<bool>)>| {
                let held = bound.iter();
                let held = held.map(|(id, _)| Held::Stored(stored_id(location, id)));
                bindings.push(Binding {
                    place: place(&balancer.id, &listener.id, slot),
                    region: Some(location.region.to_owned()),
                    hosts: listener.domains.clone(),
                    bears: Bears::These(held.collect()),
                    unsettled: String::new(),
                });
            };
            match family {
                Family::Clb => binding(family.slot(), bound),
                Family::Alb => {
                    let (default, others) = bound.into_iter().partition(is_default);
                    binding(Slot::Default, default);
                    binding(family.slot(), others);
                }
            }
        }
    }
    Ok(bindings)
}

fn says_absent(failure: &Failure) -> bool {
    failure.kind == Kind::NotFound && failure.code.as_deref() != Some(NO_SUCH_PROJECT)
}
