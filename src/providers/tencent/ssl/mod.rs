//! Tencent Cloud SSL Certificates, API version 2019-12-05.

pub mod bindings;
pub mod certificates;
pub mod csr;
pub mod delete;
pub mod deploy;
pub mod hosts;
pub mod records;
pub mod resource;
pub mod update;

use crate::cloud::Cloud;
use crate::providers::Service;
use crate::providers::page::{Page, Rest};

/// The product's endpoints.
pub static SSL: Service = Service {
    cloud: Cloud::Tencent,
    name: "ssl",
    version: "2019-12-05",
    host: "ssl.intl.tencentcloudapi.com",
    mainland_host: Some("ssl.tencentcloudapi.com"),
    regional: &[],
    twin: None,
};

/// A page, and how many items there are in all, which the international site may leave open. Where neither
/// is told, the answer is one to something else.
fn open_page<T>(total: Option<usize>, items: Option<Vec<T>>) -> Page<T> {
    Page {
        rest: match (total, &items) {
            (Some(total), _) => Rest::Total(total),
            (None, Some(_)) => Rest::Open,
            (None, None) => Rest::Unsaid,
        },
        items: items.unwrap_or_default(),
    }
}
