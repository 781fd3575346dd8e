//! What stands in the cloud: certificates with what they are bound to, load balancers with their
//! listeners.

use std::fmt;

use crate::error::Error;
use crate::fault::Kind;
use crate::providers::ucloud::ulb::{
    Certificate, DescribeListeners, DescribeLoadBalancers, DescribeSSLV2, DescribeULB,
    DescribeVServer, Listener, LoadBalancer, Location, PAGE_LIMIT, Part,
};
use crate::transport::{Client, Failure};

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

    fn other(self) -> Self {
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
pub enum Lack {
    /// There is none.
    Absent(Error),
    /// It could not be read.
    Unread(Failure),
}

/// One certificate.
pub async fn look_up(
    client: &Client<'_>,
    location: Location<'_>,
    ssl_id: &str,
) -> Result<Certificate, Lack> {
    let absent = Error::new(
        Kind::NotFound,
        format!("no certificate {ssl_id} in {}", location.region),
        "check --region and --project-id: certificates are regional, and each belongs to a project",
    );
    match client.call(&describe(location, ssl_id)).await {
        Ok(done) => {
            let mut items = done.reply.items.into_iter();
            let found = items.find(|certificate| certificate.ssl_id == ssl_id);
            found.ok_or(Lack::Absent(absent))
        }
        Err(failure) if says_absent(&failure) => {
            let said = Error::from(failure);
            Err(Lack::Absent(Error {
                message: format!("{}: {}", absent.message, said.message),
                hint: absent.hint,
                ..said
            }))
        }
        Err(failure) => Err(Lack::Unread(failure)),
    }
}

/// One certificate; none where there is none.
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

/// One certificate that a command cannot do without.
pub async fn needed_certificate(
    client: &Client<'_>,
    location: Location<'_>,
    ssl_id: &str,
) -> Result<Certificate, Error> {
    look_up(client, location, ssl_id)
        .await
        .map_err(|lack| match lack {
            Lack::Absent(error) => error,
            Lack::Unread(failure) => about(
                &format!(
                    "certificate {ssl_id} could not be read in {}",
                    location.region
                ),
                failure,
            ),
        })
}

/// A failure, with what it kept from being known.
fn about(what: &str, failure: Failure) -> Error {
    let error = Error::from(failure);
    let message = format!("{what}: {}", error.message);
    Error { message, ..error }
}

/// Every load balancer of a family, with its listeners.
pub async fn load_balancers(
    client: &Client<'_>,
    location: Location<'_>,
    family: Family,
    limit: u32,
) -> Result<Vec<LoadBalancer>, Error> {
    let key = |one: &LoadBalancer| one.id.clone();
    let read = match family {
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
    };
    read.map_err(|failure| {
        // Not every region and identity has both families.
        let hint = match failure.kind {
            Kind::Unsupported | Kind::Permission => {
                let other = family.other().as_str();
                format!("{}; `--kind {other}` leaves them out", failure.hint)
            }
            _ => failure.hint.to_owned(),
        };
        let error = about(&format!("the {family}s could not be read"), failure);
        Error { hint, ..error }
    })
}

/// The listeners of a load balancer, and of which family it is: the one that its id hints at is
/// asked first, the other one where it is not there.
pub async fn listeners(
    client: &Client<'_>,
    location: Location<'_>,
    load_balancer: &str,
) -> Result<(Family, Vec<Listener>), Error> {
    let hinted = Family::hinted(load_balancer);
    for family in [hinted, hinted.other()] {
        match listeners_of(client, location, load_balancer, family).await {
            Ok(listeners) if listeners.is_empty() => {}
            Ok(listeners) => return Ok((family, listeners)),
            Err(failure) if says_absent(&failure) => {}
            Err(failure) => {
                let what = format!("the listeners of {load_balancer} could not be read");
                return Err(about(&what, failure));
            }
        }
    }
    Err(Error::new(
        Kind::NotFound,
        format!(
            "no load balancer {load_balancer} with listeners in {}",
            location.region
        ),
        "see `certctl ulb list`, and check --region and --project-id: nothing was changed",
    ))
}

async fn listeners_of(
    client: &Client<'_>,
    location: Location<'_>,
    load_balancer: &str,
    family: Family,
) -> Result<Vec<Listener>, Failure> {
    let key = |one: &Listener| one.id.clone();
    match family {
        Family::Clb => {
            let page = |cursor: &_| DescribeVServer {
                location,
                ulb_id: load_balancer,
                part: Part::at(cursor, PAGE_LIMIT),
            };
            client
                .all(PAGE_LIMIT, page, |reply| reply.page(), key)
                .await
        }
        Family::Alb => {
            let page = |cursor: &_| DescribeListeners {
                location,
                load_balancer_id: load_balancer,
                part: Part::at(cursor, PAGE_LIMIT),
            };
            client
                .all(PAGE_LIMIT, page, |reply| reply.page(), key)
                .await
        }
    }
}

fn says_absent(failure: &Failure) -> bool {
    failure.kind == Kind::NotFound && failure.code.as_deref() != Some(NO_SUCH_PROJECT)
}
