//! What bears a certificate already: deploying it there once more is refused, and the whole list
//! with it.

use std::marker::PhantomData;
use std::rc::Rc;

use super::{Deployment, Group};
use crate::commands::ends_run;
use crate::commands::ssl::lookup::Search;
use crate::config::Settings;
use crate::fault::Kind;
use crate::output::{Row, RowError, Status};
use crate::providers::Operation;
use crate::providers::page::{Cursor, Page, Rest};
use crate::providers::tencent::ssl::bindings::CreateCertificateBindResourceSyncTask;
use crate::providers::tencent::ssl::hosts::{
    ApiGatewayHosts, CdnHosts, ClbHosts, CosHosts, DdosHosts, DescribeHostInstanceList, HOST_PAGE,
    Host, HostType, Hosts, LighthouseHosts, LiveHosts, Paging, Place, TeoHosts, TkeHosts, VodHosts,
    WafHosts,
};
use crate::providers::tencent::ssl::resource::{Instance, ResourceType};
use crate::transport::{Client, Failure, Fate, PlannedCall, plan};

/// Does something with the list of a type, where it has one.
macro_rules! with_list {
    ($of:expr, $list:ident => $then:expr, none => $none:expr) => {
        match $of {
            ResourceType::ApiGateway => {
                type $list = ApiGatewayHosts;
                $then
            }
            ResourceType::Cdn => {
                type $list = CdnHosts;
                $then
            }
            ResourceType::Clb => {
                type $list = ClbHosts;
                $then
            }
            ResourceType::Cos => {
                type $list = CosHosts;
                $then
            }
            ResourceType::Ddos => {
                type $list = DdosHosts;
                $then
            }
            ResourceType::Lighthouse => {
                type $list = LighthouseHosts;
                $then
            }
            ResourceType::Live => {
                type $list = LiveHosts;
                $then
            }
            ResourceType::Teo => {
                type $list = TeoHosts;
                $then
            }
            ResourceType::Tke => {
                type $list = TkeHosts;
                $then
            }
            ResourceType::Vod => {
                type $list = VodHosts;
                $then
            }
            ResourceType::Waf => {
                type $list = WafHosts;
                $then
            }
            _ => $none,
        }
    };
}

/// The first call of the list of a region, or where the product has no list, of a look-up.
pub fn planned(
    settings: &Settings,
    of: ResourceType,
    certificate: &String,
    region: Option<&str>,
) -> Option<PlannedCall> {
    with_list!(of, List => {
        let call = list::<List>(certificate, true, region, &Cursor::default());
        Some(plan(settings, &call, Vec::new()))
    }, none => {
        let call = CreateCertificateBindResourceSyncTask {
            certificate_ids: std::slice::from_ref(certificate),
            cached: false,
        };
        Some(plan(settings, &call, Vec::new()))
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
async fn read<T: HostType>(
    client: &Client<'_>,
    of: ResourceType,
    certificate: &str,
    matching: bool,
    region: Option<&str>,
) -> Result<Vec<Place>, Failure> {
    let hosts = match T::PAGING {
        Paging::Numbers | Paging::TextOffset => {
            let page = |cursor: &Cursor| list::<T>(certificate, matching, region, cursor);
            let open = |hosts: Hosts| Page {
                rest: hosts.total_count.map_or(Rest::Open, Rest::Total),
                items: hosts.instance_list,
            };
            let key = |host: &Host| format!("{host:?}");
            client.all(HOST_PAGE, page, open, key).await?
        }
        Paging::Whole => {
            let call = list::<T>(certificate, matching, region, &Cursor::default());
            let hosts = client.call(&call).await?.reply;
            let have = hosts.instance_list.len();
            if hosts.total_count.is_some_and(|total| total > have) {
                let total = hosts.total_count.unwrap_or_default();
                return Err(Failure {
                    message: format!(
                        "{}: the list is cut short: {have} of {total} items came",
                        DescribeHostInstanceList::<T>::ACTION
                    ),
                    attempts: 1,
                    ..Failure::of(Kind::Unavailable, Fate::NotRun)
                });
            }
            hosts.instance_list
        }
    };
    let places = hosts.iter().flat_map(|host| host.places(of, region));
    Ok(places.collect())
}

impl Deployment<'_> {
    /// The targets of a group that do not bear the certificate; those that do are settled, and so
    /// are those that cannot.
    ///
    /// # Errors
    /// A failure that holds for the whole run. What else keeps the list from being read is warned of.
    pub(super) async fn without_bearers(
        &self,
        group: &Group,
        rows: &mut [Row],
    ) -> Result<Vec<usize>, Failure> {
        let region = group.region.as_deref();
        let matching = match self.places(true, region).await {
            Ok(places) => places,
            Err(failure) if ends_run(&failure) || failure.code.is_none() => return Err(failure),
            Err(failure) if failure.kind == Kind::NotFound => return Err(failure),
            Err(failure) => {
                self.session.ui.warn(&format!(
                    "what bears {} already could not be read: {}; deployed without looking",
                    self.certificate, failure.message
                ));
                return Ok(group.targets.clone());
            }
        };
        let mut wanting = Vec::new();
        let mut unlisted = Vec::new();
        for target in &group.targets {
            let instance = &self.instances[*target];
            let id = instance.place(self.of);
            match matching.iter().find(|place| place.id == id) {
                Some(place) if place.bears(self.certificate) => {
                    rows[*target].settle(Status::Unchanged, None);
                    rows[*target].note = Some(format!("bears {} already", self.certificate).into());
                }
                Some(_) => wanting.push(*target),
                None => unlisted.push(*target),
            }
        }
        if !unlisted.is_empty() {
            let others = self.places(false, region).await.unwrap_or_default();
            for target in unlisted {
                let instance = &self.instances[target];
                match self.misfit(instance, &matching, &others) {
                    Some(error) => {
                        rows[target].status = Status::Failed;
                        rows[target].error = Some(Rc::new(error));
                    }
                    // Lists may leave out what is offline: the cloud will say.
                    None => wanting.push(target),
                }
            }
            wanting.sort_unstable();
        }
        Ok(wanting)
    }

    /// Why an instance that the matching ones lack cannot take the certificate, where that is known.
    fn misfit(
        &self,
        instance: &Instance,
        matching: &[Place],
        others: &[Place],
    ) -> Option<RowError> {
        let id = instance.place(self.of);
        let error = |kind, message, hint: String| RowError {
            code: None,
            kind,
            message,
            hint,
            http_status: None,
            retryable: false,
            attempts: 0,
        };
        if let Some(place) = others.iter().find(|place| place.id == id) {
            let names = match place.domains.is_empty() {
                true => id,
                false => place.domains.join(", "),
            };
            return Some(error(
                Kind::Certificate,
                format!("not sent: {} is not for {names}", self.certificate),
                "deploy a certificate that has all of these names".into(),
            ));
        }
        if self.of != ResourceType::Clb {
            return None;
        }
        let listener = instance.parts[..2].join("|");
        let mut all = matching.iter().chain(others);
        match instance.parts.len() {
            3 if all.any(|place| place.id == listener) => Some(error(
                Kind::Parameter,
                "not sent: the listener has no SNI, and one certificate for all its domains".into(),
                format!("write it without a domain: {listener}"),
            )),
            2 => {
                let under = format!("{listener}|");
                let named: Vec<&str> = all
                    .filter_map(|place| place.id.strip_prefix(&under))
                    .collect();
                (!named.is_empty()).then(|| {
                    error(
                        Kind::Parameter,
                        "not sent: the listener has SNI, and a certificate for each domain".into(),
                        format!("write {listener}|DOMAIN for one of {}", named.join(", ")),
                    )
                })
            }
            _ => None,
        }
    }

    /// The places that the certificate's names match, or the others. Where the product has no list,
    /// the places that bear the certificate.
    async fn places(&self, matching: bool, region: Option<&str>) -> Result<Vec<Place>, Failure> {
        let (client, of, certificate) = (self.client, self.of, self.certificate);
        with_list!(of, List => {
            read::<List>(client, of, certificate, matching, region).await
        }, none => {
            if !matching {
                return Ok(Vec::new());
            }
            let types = std::slice::from_ref(&self.of);
            let certificates = [certificate.to_owned()];
            let found = Search::new(client, types).bindings(&certificates).await?;
            let here = found.into_iter().filter(|binding| {
                binding.region.is_none() || region.is_none_or(|region| binding.region.as_deref() == Some(region))
            });
            Ok(here.map(|binding| binding.place).collect())
        })
    }
}
