//! The products that are called by their short names.
//!
//! Hosts and versions are the vendors' own: Alibaba Cloud's `aliyun-openapi-meta` and SDKs,
//! Tencent Cloud's `tccli`. What is not here can be called by host and version.

use super::{Service, spec};
use crate::cloud::Cloud;

/// How far a mistyped name may be from the one that is meant, as a similarity from 0 to 1.
const ALIKE: f64 = 0.7;

/// The product of that name; UCloud's one endpoint serves all of its own.
pub fn find(cloud: Cloud, name: &str) -> Option<&'static Service> {
    of(cloud).find(|service| service.name == name)
}

/// A cloud's products, in the order of their names.
pub fn of(cloud: Cloud) -> impl Iterator<Item = &'static Service> {
    spec(cloud).services.iter().copied()
}

/// The candidate that is most like a mistyped name, if one is like it at all.
pub fn nearest<'c>(candidates: impl IntoIterator<Item = &'c str>, name: &str) -> Option<&'c str> {
    let wanted = name.to_ascii_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            let alike = strsim::jaro_winkler(&candidate.to_ascii_lowercase(), &wanted);
            (alike, candidate)
        })
        .filter(|(alike, _)| *alike > ALIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::config::Site;

    #[test]
    fn the_tables_are_sorted_and_well_formed() {
        for cloud in Cloud::ALL {
            let names: Vec<_> = of(cloud).map(|service| service.name).collect();
            let sorted: BTreeSet<_> = names.iter().copied().collect();
            assert_eq!(names, sorted.into_iter().collect::<Vec<_>>(), "{cloud}");
            for service in of(cloud) {
                assert_eq!(service.cloud, cloud, "{}", service.name);
                let regions = [None, Some("cn-hangzhou"), Some("ap-southeast-1")];
                for region in regions {
                    if region.is_none() && service.wants_region() {
                        continue;
                    }
                    for site in [Site::Intl, Site::Mainland] {
                        let host = service.host(site, region);
                        let url = url::Url::parse(&format!("https://{host}/"));
                        let url = url.unwrap_or_else(|error| panic!("{host}: {error}"));
                        assert_eq!(url.host_str(), Some(&*host));
                    }
                }
                let version = chrono::NaiveDate::parse_from_str(service.version, "%Y-%m-%d");
                assert_eq!(version.is_ok(), cloud != Cloud::Ucloud, "{}", service.name);
            }
        }
    }

    #[test]
    fn a_region_is_put_into_hosts_that_have_a_place_for_it() {
        let host = |name, region| {
            let service = find(Cloud::Alibaba, name).expect("a product");
            service.host(Site::Intl, region).into_owned()
        };
        assert_eq!(
            host("alb", Some("eu-central-1")),
            "alb.eu-central-1.aliyuncs.com"
        );
        assert_eq!(host("slb", Some("cn-beijing")), "slb.aliyuncs.com");
        assert_eq!(host("slb", Some("eu-west-1")), "slb.eu-west-1.aliyuncs.com");
        assert_eq!(host("sts", Some("eu-west-1")), "sts.aliyuncs.com");
        assert!(find(Cloud::Alibaba, "alb").is_some_and(Service::wants_region));
        let ssl = find(Cloud::Tencent, "clb").expect("a product");
        assert_eq!(
            ssl.host(Site::Mainland, Some("ap-guangzhou")),
            "clb.tencentcloudapi.com"
        );
        assert_eq!(ssl.host(Site::Intl, None), "clb.intl.tencentcloudapi.com");
    }

    #[test]
    fn the_nearest_name_is_found_if_one_is_near() {
        let names = || of(Cloud::Alibaba).map(|service| service.name);
        assert_eq!(nearest(names(), "dcnd"), Some("dcdn"));
        assert_eq!(nearest(names(), "CDN"), Some("cdn"));
        assert_eq!(nearest(names(), "qqqq"), None);
    }
}
