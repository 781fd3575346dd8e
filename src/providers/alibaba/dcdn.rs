//! Alibaba Cloud DCDN (Dynamic Route for CDN), API version 2018-01-15: the twin of [`super::cdn`]. It
//! has a setter for one domain a call, and none that takes many.
//!
//! <https://www.alibabacloud.com/help/en/edge-security-acceleration/dcdn/developer-reference/api-dcdn-2018-01-15-overview>

use crate::cloud::Cloud;
use crate::providers::Service;

/// The product's endpoint, the same for both sites. Where the vendor documents no rate, it is that of
/// CDN's call.
pub static DCDN: Service = Service {
    cloud: Cloud::Alibaba,
    name: "dcdn",
    version: "2018-01-15",
    host: "dcdn.aliyuncs.com",
    mainland_host: None,
    regional: &[],
    twin: Some(&[
        (
            "DescribeCdnCertificateDetail",
            "DescribeDcdnCertificateDetail",
        ),
        ("DescribeCdnDomainDetail", "DescribeDcdnDomainDetail"),
        ("DescribeCdnHttpsDomainList", "DescribeDcdnHttpsDomainList"),
        (
            "DescribeCdnSSLCertificateList",
            "DescribeDcdnSSLCertificateList",
        ),
        (
            "DescribeDomainCertificateInfo",
            "DescribeDcdnDomainCertificateInfo",
        ),
        ("DescribeUserDomains", "DescribeDcdnUserDomains"),
        ("SetCdnDomainSSLCertificate", "SetDcdnDomainSSLCertificate"),
    ]),
};
