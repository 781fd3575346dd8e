//! What stands in the cloud: certificates with what they are bound to, load balancers with their
//! listeners.

use std::fmt;

use crate::fault::Kind;
use crate::providers::ucloud::ulb::{
    Bound, Certificate, DescribeListeners, DescribeLoadBalancers, DescribeSSLV2, DescribeULB,
    DescribeVServer, Described, Listener, LoadBalancer, Location, PAGE_LIMIT, Part,
};
use crate::transport::{Client, Failure, Fate};

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

/// The read of one certificate.
pub fn describe<'a>(location: Location<'a>, ssl_id: &'a str) -> DescribeSSLV2<'a> {
    DescribeSSLV2 {
        location,
        ssl_id: Some(ssl_id),
        part: Part::FIRST,
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
    let page = |cursor: &_| DescribeSSLV2 {
        location,
        ssl_id: None,
        part: Part::at(cursor, limit),
    };
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
                    message: format!("the answer does not tell whether there is {ssl_id}"),
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

fn says_absent(failure: &Failure) -> bool {
    failure.kind == Kind::NotFound && failure.code.as_deref() != Some(NO_SUCH_PROJECT)
}
