//! Tencent Cloud STS: roles, and who we are.

use serde::Deserialize;

use crate::cloud::Cloud;
use crate::providers::issued::secret;
use crate::providers::time::{self, Time};
use crate::providers::{Effect, Operation, Params, Service};
use crate::secret::Secret;

/// STS, one host for each site.
pub static STS: Service = Service {
    cloud: Cloud::Tencent,
    name: "sts",
    version: "2018-08-13",
    host: "sts.intl.tencentcloudapi.com",
    mainland_host: Some("sts.tencentcloudapi.com"),
    regional: &[],
    twin: None,
};

/// The region where nobody names one, as in the vendor's SDKs.
const REGION: &str = "ap-guangzhou";

/// Issues the temporary keys of a role.
///
/// <https://www.tencentcloud.com/document/product/1150/49452>
#[derive(Clone, Debug)]
pub struct AssumeRole<'a> {
    /// The role, `qcs::cam::uin/…:roleName/…`.
    pub role_arn: &'a str,
    /// What the session is called.
    pub session: &'a str,
    /// For how many seconds, at most 43200; the cloud's default is 7200.
    pub seconds: Option<u32>,
    /// What the role's owner asks a third party for.
    pub external_id: Option<&'a str>,
    /// The region that is asked.
    pub region: Option<&'a str>,
}

/// Issues the temporary keys of a role in exchange for an OIDC token. The call is not signed.
///
/// <https://cloud.tencent.com/document/product/1312/73070>
#[derive(Clone, Debug)]
pub struct AssumeRoleWithWebIdentity<'a> {
    /// The role, `qcs::cam::uin/…:roleName/…`.
    pub role_arn: &'a str,
    /// What the session is called.
    pub session: &'a str,
    /// For how many seconds, at most 43200; the cloud's default is 7200.
    pub seconds: Option<u32>,
    /// The identity provider's name.
    pub provider: &'a str,
    /// The token that the provider issued.
    pub token: &'a Secret,
    /// The region that is asked.
    pub region: Option<&'a str>,
}

/// The answer to [`AssumeRole`] and [`AssumeRoleWithWebIdentity`].
#[derive(Debug, Deserialize)]
pub struct Assumed {
    /// The keys.
    #[serde(rename = "Credentials")]
    pub credentials: Keys,
    /// When they end.
    #[serde(rename = "ExpiredTime", default, deserialize_with = "time::utc")]
    pub expires: Option<Time>,
}

/// Temporary keys.
#[derive(Debug, Deserialize)]
pub struct Keys {
    /// The key id.
    #[serde(rename = "TmpSecretId")]
    pub id: String,
    /// Its secret.
    #[serde(rename = "TmpSecretKey", deserialize_with = "secret")]
    pub secret: Secret,
    /// The token that has to go with them.
    #[serde(rename = "Token", deserialize_with = "secret")]
    pub token: Secret,
}

/// Says whose keys these are.
///
/// <https://cloud.tencent.com/document/product/1312/48199>
#[derive(Clone, Debug)]
pub struct GetCallerIdentity;

/// The answer to [`GetCallerIdentity`].
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Caller {
    /// The main account's number.
    #[serde(default)]
    pub account_id: String,
    /// The caller, in six segments.
    #[serde(default)]
    pub arn: String,
    /// `CAMUser`, `CAMRole` and the like.
    #[serde(default)]
    pub r#type: String,
}

impl Operation for AssumeRole<'_> {
    type Reply = Assumed;
    const SERVICE: &'static Service = &STS;
    const ACTION: &'static str = "AssumeRole";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = 100;

    fn params(&self) -> Params {
        let params = Params::new()
            .text("RoleArn", self.role_arn)
            .text("RoleSessionName", self.session)
            .maybe("ExternalId", self.external_id);
        with_seconds(params, self.seconds)
    }

    fn region(&self) -> Option<&str> {
        self.region.or(Some(REGION))
    }
}

impl Operation for AssumeRoleWithWebIdentity<'_> {
    type Reply = Assumed;
    const SERVICE: &'static Service = &STS;
    const ACTION: &'static str = "AssumeRoleWithWebIdentity";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = 100;

    fn params(&self) -> Params {
        let params = Params::new()
            .text("ProviderId", self.provider)
            .secret("WebIdentityToken", Some(self.token))
            .text("RoleArn", self.role_arn)
            .text("RoleSessionName", self.session);
        with_seconds(params, self.seconds)
    }

    fn region(&self) -> Option<&str> {
        self.region.or(Some(REGION))
    }
}

impl Operation for GetCallerIdentity {
    type Reply = Caller;
    const SERVICE: &'static Service = &STS;
    const ACTION: &'static str = "GetCallerIdentity";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = 20;

    fn params(&self) -> Params {
        Params::new()
    }

    fn region(&self) -> Option<&str> {
        Some(REGION)
    }
}

fn with_seconds(params: Params, seconds: Option<u32>) -> Params {
    match seconds {
        Some(seconds) => params.int("DurationSeconds", seconds),
        None => params,
    }
}
