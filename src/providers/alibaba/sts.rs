//! Alibaba Cloud STS: roles, and who we are.

use serde::Deserialize;

use crate::cloud::Cloud;
use crate::providers::issued::secret;
use crate::providers::time::{self, Time};
use crate::providers::{Effect, Operation, Params, Service};
use crate::secret::Secret;

/// One host for the world; each region has one of its own besides (`sts.<region>.aliyuncs.com`).
pub static STS: Service = Service {
    cloud: Cloud::Alibaba,
    name: "sts",
    version: "2015-04-01",
    host: "sts.aliyuncs.com",
    mainland_host: None,
    regional: &[],
    twin: None,
};

/// Issues the temporary keys of a role.
///
/// <https://www.alibabacloud.com/help/en/ram/developer-reference/api-sts-2015-04-01-assumerole>
#[derive(Clone, Debug)]
pub struct AssumeRole<'a> {
    /// The role's ARN.
    pub role_arn: &'a str,
    /// What the session is called.
    pub session: &'a str,
    /// For how many seconds, from 900; the cloud's default is 3600.
    pub seconds: Option<u32>,
    /// What the role's owner asks a third party for.
    pub external_id: Option<&'a str>,
}

/// Issues the temporary keys of a role in exchange for an OIDC token. The call is not signed.
///
/// <https://www.alibabacloud.com/help/en/ram/developer-reference/api-sts-2015-04-01-assumerolewithoidc>
#[derive(Clone, Debug)]
pub struct AssumeRoleWithOIDC<'a> {
    /// The role's ARN.
    pub role_arn: &'a str,
    /// What the session is called.
    pub session: &'a str,
    /// For how many seconds, from 900; the cloud's default is 3600.
    pub seconds: Option<u32>,
    /// The identity provider's ARN.
    pub provider: &'a str,
    /// The token that the provider issued.
    pub token: &'a Secret,
}

/// The answer to [`AssumeRole`] and [`AssumeRoleWithOIDC`].
#[derive(Debug, Deserialize)]
pub struct Assumed {
    /// The keys.
    #[serde(rename = "Credentials")]
    pub credentials: Keys,
}

/// Temporary keys.
#[derive(Debug, Deserialize)]
pub struct Keys {
    /// The key id.
    #[serde(rename = "AccessKeyId")]
    pub id: String,
    /// Its secret.
    #[serde(rename = "AccessKeySecret", deserialize_with = "secret")]
    pub secret: Secret,
    /// The token that has to go with them.
    #[serde(rename = "SecurityToken", deserialize_with = "secret")]
    pub token: Secret,
    /// When they end.
    #[serde(rename = "Expiration", default, deserialize_with = "time::utc")]
    pub expiration: Option<Time>,
}

/// Says whose keys these are.
///
/// <https://www.alibabacloud.com/help/en/ram/developer-reference/api-sts-2015-04-01-getcalleridentity>
#[derive(Clone, Debug)]
pub struct GetCallerIdentity;

/// The answer to [`GetCallerIdentity`].
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Caller {
    /// The account's number.
    #[serde(default)]
    pub account_id: String,
    /// The caller's ARN.
    #[serde(default)]
    pub arn: String,
    /// `Account`, `RAMUser` or `AssumedRoleUser`.
    #[serde(default)]
    pub identity_type: String,
}

impl Operation for AssumeRole<'_> {
    type Reply = Assumed;
    const SERVICE: &'static Service = &STS;
    const ACTION: &'static str = "AssumeRole";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = 100;

    fn params(&self) -> Params {
        Params::new()
            .text("RoleArn", self.role_arn)
            .text("RoleSessionName", self.session)
            .maybe("DurationSeconds", self.seconds.map(|s| s.to_string()))
            .maybe("ExternalId", self.external_id)
    }
}

impl Operation for AssumeRoleWithOIDC<'_> {
    type Reply = Assumed;
    const SERVICE: &'static Service = &STS;
    const ACTION: &'static str = "AssumeRoleWithOIDC";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = 100;

    fn params(&self) -> Params {
        Params::new()
            .text("OIDCProviderArn", self.provider)
            .secret("OIDCToken", Some(self.token))
            .text("RoleArn", self.role_arn)
            .text("RoleSessionName", self.session)
            .maybe("DurationSeconds", self.seconds.map(|s| s.to_string()))
    }
}

impl Operation for GetCallerIdentity {
    type Reply = Caller;
    const SERVICE: &'static Service = &STS;
    const ACTION: &'static str = "GetCallerIdentity";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = 100;

    fn params(&self) -> Params {
        Params::new()
    }
}
