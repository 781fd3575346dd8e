//! Tencent Cloud's products, those that certctl has no commands of its own for included.
//!
//! <https://github.com/TencentCloud/tencentcloud-cli>

use super::{ssl, sts, teo};
use crate::cloud::Cloud;
use crate::providers::Service;

/// A product's hosts are made of its name, on either site.
macro_rules! product {
    ($name:literal, $version:literal) => {
        &Service {
            cloud: Cloud::Tencent,
            name: $name,
            version: $version,
            host: concat!($name, ".intl.tencentcloudapi.com"),
            mainland_host: Some(concat!($name, ".tencentcloudapi.com")),
            regional: &[],
            twin: None,
        }
    };
}

/// The products, by name; of several API versions the one that the vendor's own tool takes.
pub static SERVICES: [&Service; 35] = [
    product!("antiddos", "2020-03-09"),
    product!("apigateway", "2018-08-08"),
    product!("as", "2018-04-19"),
    product!("billing", "2018-07-09"),
    product!("cam", "2019-01-16"),
    product!("cbs", "2017-03-12"),
    product!("cdn", "2018-06-06"),
    product!("clb", "2018-03-17"),
    product!("cls", "2020-10-16"),
    product!("cvm", "2017-03-12"),
    product!("dnspod", "2021-03-23"),
    product!("domain", "2018-08-08"),
    product!("ecdn", "2019-10-12"),
    product!("gaap", "2018-05-29"),
    product!("kms", "2019-01-18"),
    product!("lighthouse", "2020-03-24"),
    product!("live", "2018-08-01"),
    product!("monitor", "2018-07-24"),
    product!("organization", "2021-03-31"),
    product!("privatedns", "2020-10-28"),
    product!("region", "2022-06-27"),
    product!("scf", "2018-04-16"),
    &ssl::SSL,
    product!("ssm", "2019-09-23"),
    &sts::STS,
    product!("tag", "2018-08-13"),
    product!("tcb", "2018-06-08"),
    product!("tcr", "2019-09-24"),
    product!("tdmq", "2020-02-17"),
    &teo::TEO,
    product!("tke", "2018-05-25"),
    product!("tse", "2020-12-07"),
    product!("vod", "2018-07-17"),
    product!("vpc", "2017-03-12"),
    product!("waf", "2018-01-25"),
];
