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
};

/// A page, and how many items there are in all. Where nobody says, the first empty page is the end.
fn open_page<T>(total: Option<usize>, items: Vec<T>) -> Page<T> {
    let rest = match total {
        Some(total) => total,
        None if items.is_empty() => 0,
        None => usize::MAX,
    };
    Page {
        items,
        rest: Rest::Total(rest),
    }
}
