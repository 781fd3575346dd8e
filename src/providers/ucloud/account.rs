//! UCloud accounts: roles, and who we are.

use serde::Deserialize;

use crate::cloud::Cloud;
use crate::providers::issued::secret;
use crate::providers::time::{self, Time};
use crate::providers::{Effect, Operation, Params, Service, id_as_text, null_as_default};
use crate::secret::Secret;

/// The one endpoint of all products.
pub static ACCOUNT: Service = Service {
    cloud: Cloud::Ucloud,
    name: "account",
    version: "",
    host: "api.ucloud.cn",
    mainland_host: None,
    regional: &[],
    twin: None,
};

/// Issues the temporary keys of a role.
///
/// <https://docs.ucloud.cn/api/sts-api/assume_role>
#[derive(Clone, Debug)]
pub struct AssumeRole<'a> {
    /// The role's URN.
    pub role_urn: &'a str,
    /// What the session is called.
    pub session: &'a str,
    /// For how many seconds, from 900.
    pub seconds: Option<u32>,
}

/// The answer to [`AssumeRole`].
#[derive(Debug, Deserialize)]
pub struct Assumed {
    /// The keys.
    #[serde(rename = "Credentials")]
    pub credentials: Keys,
}

/// Temporary keys.
#[derive(Debug, Deserialize)]
pub struct Keys {
    /// What goes as `PublicKey`.
    #[serde(rename = "AccessKeyId")]
    pub id: String,
    /// What signs.
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
/// <https://docs.ucloud.cn/api/uaccount-api/get_user_info>
#[derive(Clone, Debug)]
pub struct GetUserInfo;

/// The answer to [`GetUserInfo`]. Address, telephone number and the like are not read.
#[derive(Debug, Deserialize)]
pub struct Users {
    /// The user.
    #[serde(rename = "DataSet", default, deserialize_with = "null_as_default")]
    pub users: Vec<User>,
}

/// A user.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct User {
    /// The user's number.
    #[serde(default, deserialize_with = "id_as_text")]
    pub user_id: String,
    /// The name.
    #[serde(default, deserialize_with = "null_as_default")]
    pub user_name: String,
    /// The address.
    #[serde(default, deserialize_with = "null_as_default")]
    pub user_email: String,
}

impl Operation for AssumeRole<'_> {
    type Reply = Assumed;
    const SERVICE: &'static Service = &ACCOUNT;
    const ACTION: &'static str = "AssumeRole";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        Params::new()
            .text("RoleUrn", self.role_urn)
            .text("RoleSessionName", self.session)
            .maybe("DurationSeconds", self.seconds.map(|s| s.to_string()))
    }
}

impl Operation for GetUserInfo {
    type Reply = Users;
    const SERVICE: &'static Service = &ACCOUNT;
    const ACTION: &'static str = "GetUserInfo";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        Params::new()
    }
}
