//! Tencent Cloud SSL Certificates, API version 2019-12-05.

pub mod csr;

use crate::cloud::Cloud;
use crate::providers::Service;

/// The product's endpoints.
pub static SSL: Service = Service {
    cloud: Cloud::Tencent,
    name: "ssl",
    version: "2019-12-05",
    host: "ssl.intl.tencentcloudapi.com",
    mainland_host: Some("ssl.tencentcloudapi.com"),
    regional: &[],
};
