//! Alibaba Cloud's products, those that certctl has no commands of its own for included.
//!
//! <https://github.com/aliyun/aliyun-openapi-meta>

use super::{cas, cdn, dcdn, ga, sts};
use crate::cloud::Cloud;
use crate::providers::Service;

/// The products that speak RPC, by name.
pub static SERVICES: [&Service; 24] = [
    &product("alb", "2020-06-16", "alb.{region}.aliyuncs.com"),
    &product("alidns", "2015-01-09", "alidns.aliyuncs.com"),
    &cas::CAS,
    &cdn::CDN,
    &product("cloudapi", "2016-07-14", "apigateway.{region}.aliyuncs.com"),
    &dcdn::DCDN,
    &product("ddoscoo", "2020-01-01", "ddoscoo.cn-hangzhou.aliyuncs.com").with(&[
        ("cn-hangzhou", "ddoscoo.cn-hangzhou.aliyuncs.com"),
        ("ap-southeast-1", "ddoscoo.ap-southeast-1.aliyuncs.com"),
    ]),
    &product("domain", "2018-01-29", "domain.aliyuncs.com"),
    &product("ecs", "2014-05-26", "ecs.{region}.aliyuncs.com"),
    &product("esa", "2024-09-10", "esa.cn-hangzhou.aliyuncs.com").with(&[
        ("cn-hangzhou", "esa.cn-hangzhou.aliyuncs.com"),
        ("cn-*", "esa.cn-hangzhou.aliyuncs.com"),
        ("ap-southeast-1", "esa.ap-southeast-1.aliyuncs.com"),
    ]),
    &ga::GA,
    &product("gwlb", "2024-04-15", "gwlb.{region}.aliyuncs.com"),
    &product("ims", "2019-08-15", "ims.aliyuncs.com"),
    &product("kms", "2016-01-20", "kms.{region}.aliyuncs.com"),
    &product("live", "2016-11-01", "live.aliyuncs.com").with(&[
        ("cn-hangzhou", "live.aliyuncs.com"),
        ("cn-*", "live.aliyuncs.com"),
        ("ap-southeast-1", "live.ap-southeast-1.aliyuncs.com"),
        ("eu-central-1", "live.eu-central-1.aliyuncs.com"),
    ]),
    &product("mse", "2019-05-31", "mse.{region}.aliyuncs.com"),
    &product("nlb", "2022-04-30", "nlb.{region}.aliyuncs.com"),
    &product("quotas", "2020-05-10", "quotas.aliyuncs.com"),
    &product("ram", "2015-05-01", "ram.aliyuncs.com"),
    &product(
        "resourcemanager",
        "2020-03-31",
        "resourcemanager.aliyuncs.com",
    ),
    &product("slb", "2014-05-15", "slb.{region}.aliyuncs.com").with(&[
        ("ap-southeast-1", "slb.aliyuncs.com"),
        ("cn-beijing", "slb.aliyuncs.com"),
        ("cn-hangzhou", "slb.aliyuncs.com"),
        ("cn-hangzhou-finance", "slb.aliyuncs.com"),
        ("cn-hongkong", "slb.aliyuncs.com"),
        ("cn-north-2-gov-1", "slb.aliyuncs.com"),
        ("cn-qingdao", "slb.aliyuncs.com"),
        ("cn-shanghai", "slb.aliyuncs.com"),
        ("cn-shanghai-finance-1", "slb.aliyuncs.com"),
        ("cn-shenzhen", "slb.aliyuncs.com"),
        ("cn-shenzhen-finance-1", "slb.aliyuncs.com"),
        ("us-east-1", "slb.aliyuncs.com"),
        ("us-west-1", "slb.aliyuncs.com"),
    ]),
    &sts::STS,
    &product("vod", "2017-03-21", "vod.cn-shanghai.aliyuncs.com").with(&[
        ("ap-northeast-1", "vod.ap-northeast-1.aliyuncs.com"),
        ("ap-southeast-1", "vod.ap-southeast-1.aliyuncs.com"),
        ("ap-southeast-5", "vod.ap-southeast-5.aliyuncs.com"),
        ("cn-beijing", "vod.cn-beijing.aliyuncs.com"),
        ("cn-hangzhou", "vod.cn-shanghai.aliyuncs.com"),
        ("cn-hongkong", "vod.cn-hongkong.aliyuncs.com"),
        ("cn-north-2-gov-1", "vod.cn-north-2-gov-1.aliyuncs.com"),
        ("cn-shanghai", "vod.cn-shanghai.aliyuncs.com"),
        ("cn-shenzhen", "vod.cn-shenzhen.aliyuncs.com"),
        ("eu-central-1", "vod.eu-central-1.aliyuncs.com"),
        ("me-central-1", "vod.me-central-1.aliyuncs.com"),
        ("us-west-1", "vod.us-west-1.aliyuncs.com"),
    ]),
    &product("waf", "2021-10-01", "wafopenapi.cn-hangzhou.aliyuncs.com").with(&[
        ("cn-hangzhou", "wafopenapi.cn-hangzhou.aliyuncs.com"),
        ("ap-southeast-1", "wafopenapi.ap-southeast-1.aliyuncs.com"),
    ]),
];

/// Products whose actions want `RegionId` as well, though their host says the region: left out, it
/// is taken for cn-hangzhou.
pub const WANT_REGION_ID: [&str; 1] = ["waf"];

/// Products of another style: a path and a verb in place of an action, or a protocol of their own.
pub const NOT_RPC: [&str; 13] = [
    "apig",
    "cs",
    "edas",
    "elasticsearch",
    "fc",
    "log",
    "maxcompute",
    "mns",
    "oss",
    "ots",
    "sae",
    "sls",
    "tablestore",
];

const fn product(name: &'static str, version: &'static str, host: &'static str) -> Service {
    Service {
        cloud: Cloud::Alibaba,
        name,
        version,
        host,
        mainland_host: None,
        regional: &[],
        twin: None,
    }
}

impl Service {
    const fn with(self, regional: &'static [(&'static str, &'static str)]) -> Self {
        Service { regional, ..self }
    }
}
