//! Alibaba Cloud Global Accelerator, API version 2019-11-20.
//!
//! Every call goes to `cn-hangzhou`, wherever the accelerator is. Writes are asynchronous and
//! locked per accelerator: until it is `active` again, only queries work.

mod read;
mod write;

pub use read::{
    AcceleratorInfo, DescribeAccelerator, DescribeListener, ListAccelerators,
    ListListenerCertificates, ListListeners, ListenerCertificate, ListenerInfo, PortRange,
    is_active,
};
pub use write::{
    Accepted, AssociateAdditionalCertificatesWithListener,
    DissociateAdditionalCertificatesFromListener, UpdateAdditionalCertificateWithListener,
    UpdateListener,
};

use crate::cloud::Cloud;
use crate::providers::Service;

/// The product's only endpoint.
pub static GA: Service = Service {
    cloud: Cloud::Alibaba,
    name: "ga",
    version: "2019-11-20",
    host: "ga.cn-hangzhou.aliyuncs.com",
    mainland_host: None,
    regional: &[],
    twin: None,
};

/// The only region that the product's certificate actions take.
pub const REGION: &str = "cn-hangzhou";

/// The most certificate and domain pairs, or domains, that a call may carry.
pub const PAIR_LIMIT: usize = 10;

/// The longest client token, in ASCII characters.
pub const TOKEN_LIMIT: usize = 64;

/// The longest page of every list.
pub const PAGE_LIMIT: u32 = 50;

/// The vendor documents no rate for this product; this is what its own tools stay below.
const RATE: u32 = 10;

/// A certificate for one domain of a listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The certificate's identifier, such as `123-cn-hangzhou`.
    pub certificate: String,
    /// The domain it serves; each domain has at most one additional certificate.
    pub domain: String,
}
