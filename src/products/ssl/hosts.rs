//! The lists of what a certificate could be deployed to, with what each instance bears now.

use std::marker::PhantomData;

use super::read::Search;
use crate::config::Settings;
use crate::fault::Kind;
use crate::providers::Operation;
use crate::providers::page::Cursor;
use crate::providers::tencent::ssl::hosts::{
    ApiGatewayHosts, CdnHosts, ClbHosts, CosHosts, DdosHosts, DescribeHostInstanceList, HOST_PAGE,
    Host, HostType, Hosts, LighthouseHosts, LiveHosts, Paging, Place, TeoHosts, TkeHosts, VodHosts,
    WafHosts, merged,
};
use crate::providers::tencent::ssl::resource::ResourceType;
use crate::transport::{Client, Failure, Fate, PlannedCall, plan};

/// Does something with the list of a type, where it has one.
macro_rules! with_list {
    ($of:expr, $list:ident => $then:expr, none => $none:expr) => {
        with_list!(
            $of, $list, $then, $none;
            ApiGateway ApiGatewayHosts, Cdn CdnHosts, Clb ClbHosts, Cos CosHosts, Ddos DdosHosts,
            Lighthouse LighthouseHosts, Live LiveHosts, Teo TeoHosts, Tke TkeHosts, Vod VodHosts,
            Waf WafHosts
        )
    };
    ($of:expr, $list:ident, $then:expr, $none:expr; $($type:ident $hosts:ident),*) => {
        match $of {
            $(ResourceType::$type => {
                type $list = $hosts;
                $then
            })*
            _ => $none,
        }
    };
}

/// Whether there is a list of a type's instances, with their domains where they have any.
pub fn has_list(of: ResourceType) -> bool {
    with_list!(of, List => !List::ACTION.is_empty(), none => false)
}

/// The first call of the list of a type, where it has one.
pub fn planned(
    settings: &Settings,
    of: ResourceType,
    certificate: &str,
    region: Option<&str>,
) -> Option<PlannedCall> {
    with_list!(of, List => {
        let call = list::<List>(certificate, true, region, &Cursor::default());
        Some(plan(settings, &call, Vec::new()))
    }, none => None)
}

/// The places that the certificate's names match, or the others. Where the product has no list, the
/// places that bear the certificate or one of the `others`.
///
/// # Errors
/// What reading says: never a shorter list.
pub async fn places(
    client: &Client<'_>,
    of: ResourceType,
    (certificate, others): (&str, &[&str]),
    matching: bool,
    region: Option<&str>,
) -> Result<Vec<Place>, Failure> {
    with_list!(of, List => {
        let hosts = listed::<List>(client, certificate, matching, region).await?;
        Ok(merged(hosts.iter().flat_map(|host| host.places(of, region))))
    }, none => {
        if !matching {
            return Ok(Vec::new());
        }
        let others = others.iter().filter(|other| **other != certificate);
        let certificates: Vec<String> =
            std::iter::once(&certificate).chain(others).map(|id| (*id).to_owned()).collect();
        let found = Search::new(client, &[of]).bindings(&certificates).await?;
        let here = found.into_iter().filter(|bound| {
            bound.region.is_none() || region.is_none_or(|region| bound.region.as_deref() == Some(region))
        });
        Ok(merged(here.map(|bound| bound.place)))
    })
}

fn list<'a, T: HostType>(
    certificate: &'a str,
    matching: bool,
    region: Option<&'a str>,
    cursor: &Cursor,
) -> DescribeHostInstanceList<'a, T> {
    DescribeHostInstanceList {
        certificate_id: certificate,
        matching,
        region,
        cursor: cursor.clone(),
        of: PhantomData,
    }
}

/// A list, read to its end.
///
/// # Errors
/// What reading says: never a shorter list.
pub(super) async fn listed<T: HostType>(
    client: &Client<'_>,
    certificate: &str,
    matching: bool,
    region: Option<&str>,
) -> Result<Vec<Host>, Failure> {
    match T::PAGING {
        Paging::Numbers | Paging::TextOffset => {
            let page = |cursor: &Cursor| list::<T>(certificate, matching, region, cursor);
            let key = |host: &Host| format!("{host:?}");
            client.all(HOST_PAGE, page, Hosts::page, key).await
        }
        Paging::Whole => {
            let call = list::<T>(certificate, matching, region, &Cursor::default());
            let hosts = client.call(&call).await?.reply;
            let have = hosts.instance_list.len();
            if let Some(total) = hosts.total_count.filter(|total| *total > have) {
                return Err(Failure {
                    message: format!(
                        "{}: the list is incomplete: received {have} of {total} items",
                        DescribeHostInstanceList::<T>::ACTION
                    ),
                    attempts: 1,
                    ..Failure::of(Kind::Unavailable, Fate::NotRun)
                });
            }
            Ok(hosts.instance_list)
        }
    }
}
