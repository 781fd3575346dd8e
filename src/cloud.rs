//! The clouds, and nothing else: everything in which they differ stands with its own subject.
#![deny(clippy::disallowed_methods)]

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// A cloud whose API certctl speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Cloud {
    /// Alibaba Cloud: CDN, Global Accelerator, Certificate Management Service.
    Alibaba,
    /// Tencent Cloud: SSL Certificates.
    Tencent,
    /// UCloud: load balancers (ULB).
    Ucloud,
}

impl Cloud {
    /// Every cloud, in the order in which tables list them.
    pub const ALL: [Cloud; 3] = [Cloud::Alibaba, Cloud::Tencent, Cloud::Ucloud];

    /// The name used on the command line, in profiles and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Cloud::Alibaba => "alibaba",
            Cloud::Tencent => "tencent",
            Cloud::Ucloud => "ucloud",
        }
    }
}

impl fmt::Display for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Cloud {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Cloud::ALL
            .into_iter()
            .find(|cloud| cloud.as_str() == name)
            .ok_or_else(|| format!("unknown cloud '{name}': use alibaba, tencent or ucloud"))
    }
}
