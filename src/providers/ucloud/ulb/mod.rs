//! UCloud load balancers (ULB: CLB and ALB).
//!
//! The actions come in families that name the same things differently: those of CLB say `ULBId`
//! and `VServerId`, those of ALB and UpdateSSLBinding `LoadBalancerId` and `ListenerId`. A name of
//! the other family is no parameter, and leaving a scope's parameter out widens the scope.

mod balancers;
mod bindings;
mod certificates;
mod content;

use serde::Deserialize;
use serde::de::DeserializeOwned;

pub use balancers::{
    Bound, DescribeListeners, DescribeLoadBalancers, DescribeULB, DescribeVServer, Listener,
    LoadBalancer,
};
pub use bindings::{
    AddSSLBinding, BindSSL, DeleteSSLBinding, UnbindSSL, UpdateListenerAttribute, UpdateSSLBinding,
};
pub use certificates::{
    Certificate, CreateSSL, DeleteSSL, DescribeSSLV2, Material, Relation, UpdateSSLAttribute,
};
pub use content::Content;

use crate::cloud::Cloud;
use crate::providers::page::{Cursor, Page, Rest};
use crate::providers::{Params, Service, null_as_default};

/// The one endpoint of all products.
pub static ULB: Service = Service {
    cloud: Cloud::Ucloud,
    name: "ulb",
    version: "",
    host: "api.ucloud.cn",
    mainland_host: None,
    regional: &[],
    twin: None,
};

/// The most items that are asked for at a time. The vendor documents no limit; its users' tools
/// ask for so many.
pub const PAGE_LIMIT: u32 = 100;

/// The longest name of a certificate, in characters (RetCode 4114).
pub const NAME_LIMIT: usize = 50;

/// The vendor documents no rate; this keeps well below what its own tools send.
const RATE: u32 = 10;

/// Where certificates and load balancers are: every call sees one project in one region.
#[derive(Clone, Copy, Debug)]
pub struct Location<'a> {
    /// The region.
    pub region: &'a str,
    /// The project; the account's default one where absent.
    pub project_id: Option<&'a str>,
}

impl Location<'_> {
    fn params(self) -> Params {
        Params::new()
            .text("Region", self.region)
            .maybe("ProjectId", self.project_id)
    }
}

/// Which items of a list are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// How many.
    pub limit: u32,
    /// How many are passed over.
    pub offset: usize,
}

impl Part {
    /// The first ones, where there are hardly more.
    pub const FIRST: Part = Part {
        limit: PAGE_LIMIT,
        offset: 0,
    };

    /// The page of a list that begins at the cursor.
    pub fn at(cursor: &Cursor, limit: u32) -> Self {
        Part {
            limit,
            offset: cursor.offset,
        }
    }

    fn add_to(self, params: Params) -> Params {
        params
            .text("Limit", self.limit.to_string())
            .text("Offset", self.offset.to_string())
    }
}

/// What a Describe action answers: some of what there is.
#[derive(Debug, Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
pub struct Described<T> {
    #[serde(rename = "TotalCount")]
    total: Option<usize>,
    #[serde(
        default,
        alias = "DataSet",
        alias = "LoadBalancers",
        alias = "Listeners",
        deserialize_with = "null_as_default"
    )]
    items: Vec<T>,
}

impl<T> Described<T> {
    /// The items, where one is asked for by its id; none where the answer tells neither items nor that
    /// there are none.
    pub fn told(self) -> Option<Vec<T>> {
        (self.total.is_some() || !self.items.is_empty()).then_some(self.items)
    }

    /// The answer as a page of a list. The vendor lets every field be absent; where it is the
    /// total, nobody knows whether the list is whole.
    pub fn page(self) -> Page<T> {
        Page {
            items: self.items,
            rest: self.total.map_or(Rest::Unsaid, Rest::Total),
        }
    }
}

/// The answer of an action that says nothing beyond success.
#[derive(Debug, Deserialize)]
pub struct Accepted {}

/// The [`Operation`](crate::providers::Operation) of one of these actions, but for its parameters.
macro_rules! operation {
    ($action:ident, $effect:ident, $reply:ty, $params:expr) => {
        impl crate::providers::Operation for $action<'_> {
            type Reply = $reply;
            const SERVICE: &'static crate::providers::Service = &super::ULB;
            const ACTION: &'static str = stringify!($action);
            const EFFECT: crate::providers::Effect = crate::providers::Effect::$effect;
            const RATE: u32 = super::RATE;

            fn params(&self) -> crate::providers::Params {
                let params: fn(&Self) -> crate::providers::Params = $params;
                params(self)
            }
        }
    };
}
use operation;
