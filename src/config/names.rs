//! How each cloud's settings are called: in the environment and in certctl's own profiles.

use super::env::{self, Env};
use crate::cloud::Cloud;
use crate::secret::Secret;

/// A setting of a cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    /// AccessKeyId, SecretId, PublicKey.
    Id,
    /// AccessKeySecret, SecretKey, PrivateKey.
    Secret,
    /// The session token of temporary credentials.
    Token,
    /// The address that calls go to.
    Endpoint,
    /// Alibaba Cloud's signature scheme.
    Signature,
    /// Region id.
    Region,
    /// UCloud's project.
    ProjectId,
    /// Tencent Cloud's site.
    Site,
    /// The role to assume.
    RoleArn,
    /// What the session of the role is called.
    RoleSession,
    /// What the role's owner asks a third party for.
    ExternalId,
    /// How long the keys of a role are good for, in seconds.
    RoleSeconds,
    /// The identity provider whose token is exchanged for keys.
    OidcProvider,
    /// The file that holds that token.
    OidcTokenFile,
    /// The instance's role, or `auto`.
    InstanceRole,
    /// The command that prints keys.
    Command,
    /// The address that answers with keys.
    Uri,
    /// Where roles are assumed, if not at the vendor's own host.
    StsEndpoint,
    /// The region in which roles are assumed.
    StsRegion,
    /// Until when the vendor's CLI has cached the keys, in Unix seconds.
    Expires,
    /// The vendor's command that renews cached keys.
    Renewal,
}

/// The parts of a credential. They come from one source together, never mixed.
pub(super) const CREDENTIAL: [Setting; 3] = [Setting::Id, Setting::Secret, Setting::Token];

impl Setting {
    /// Whether its value must not be seen.
    pub(super) fn is_secret(self) -> bool {
        matches!(self, Setting::Secret | Setting::Token)
    }

    /// Whether it says how to log in.
    pub(super) fn is_login(self) -> bool {
        !matches!(
            self,
            Setting::Endpoint
                | Setting::Signature
                | Setting::Region
                | Setting::ProjectId
                | Setting::Site
        )
    }
}

/// The secrets that the environment holds, whichever of them are used.
pub fn known_secrets(env: &Env) -> Vec<Secret> {
    let of_clouds = Cloud::ALL.into_iter().flat_map(names);
    let of_clouds = of_clouds.filter(|name| name.setting.is_secret());
    let variables = of_clouds.flat_map(|name| name.env.iter().copied());
    let others = env::TENCENTCLOUD_TOKEN_ALIASES.into_iter();
    variables
        .chain(others)
        .chain([env::CERTCTL_KEY_PASSWORD])
        .filter_map(|variable| env.non_empty(variable)?.to_str())
        .map(|value| Secret::new(value.to_owned()))
        .collect()
}

/// A setting's names at one cloud.
pub(super) struct Name {
    pub(super) setting: Setting,
    /// The key under `[profiles.NAME.CLOUD]`.
    pub(super) key: &'static str,
    /// The environment variables, strongest first.
    pub(super) env: &'static [&'static str],
}

const fn name(setting: Setting, key: &'static str, env: &'static [&'static str]) -> Name {
    Name { setting, key, env }
}

static ALIBABA: &[Name] = &[
    name(
        Setting::Id,
        "access_key_id",
        &[env::ALIBABA_CLOUD_ACCESS_KEY_ID],
    ),
    name(
        Setting::Secret,
        "access_key_secret",
        &[env::ALIBABA_CLOUD_ACCESS_KEY_SECRET],
    ),
    name(
        Setting::Token,
        "security_token",
        &[env::ALIBABA_CLOUD_SECURITY_TOKEN],
    ),
    name(Setting::RoleArn, "role_arn", &[env::ALIBABA_CLOUD_ROLE_ARN]),
    name(
        Setting::RoleSession,
        "role_session_name",
        &[env::ALIBABA_CLOUD_ROLE_SESSION_NAME],
    ),
    name(Setting::ExternalId, "external_id", &[]),
    name(Setting::RoleSeconds, "duration_seconds", &[]),
    name(
        Setting::OidcProvider,
        "oidc_provider_arn",
        &[env::ALIBABA_CLOUD_OIDC_PROVIDER_ARN],
    ),
    name(
        Setting::OidcTokenFile,
        "oidc_token_file",
        &[env::ALIBABA_CLOUD_OIDC_TOKEN_FILE],
    ),
    name(
        Setting::InstanceRole,
        "instance_role",
        &[env::ALIBABA_CLOUD_ECS_METADATA],
    ),
    name(Setting::Command, "credential_process", &[]),
    name(
        Setting::Uri,
        "credentials_uri",
        &[env::ALIBABA_CLOUD_CREDENTIALS_URI],
    ),
    name(Setting::StsEndpoint, "sts_endpoint", &[]),
    name(Setting::Signature, "signature", &[env::CERTCTL_SIGNATURE]),
    name(Setting::Region, "region", &[]),
    name(
        Setting::Endpoint,
        "endpoint",
        &[env::CERTCTL_ALIBABA_ENDPOINT, env::CERTCTL_ENDPOINT],
    ),
];

static TENCENT: &[Name] = &[
    name(Setting::Id, "secret_id", &[env::TENCENTCLOUD_SECRET_ID]),
    name(
        Setting::Secret,
        "secret_key",
        &[env::TENCENTCLOUD_SECRET_KEY],
    ),
    name(Setting::Token, "token", &[env::TENCENTCLOUD_TOKEN]),
    name(Setting::RoleArn, "role_arn", &[env::TENCENTCLOUD_ROLE_ARN]),
    name(
        Setting::RoleSession,
        "role_session_name",
        &[env::TENCENTCLOUD_ROLE_SESSION_NAME],
    ),
    name(Setting::ExternalId, "external_id", &[]),
    name(Setting::RoleSeconds, "duration_seconds", &[]),
    name(
        Setting::OidcProvider,
        "provider_id",
        &[env::TKE_PROVIDER_ID],
    ),
    name(
        Setting::OidcTokenFile,
        "web_identity_token_file",
        &[env::TKE_WEB_IDENTITY_TOKEN_FILE],
    ),
    name(Setting::InstanceRole, "instance_role", &[]),
    name(Setting::Command, "credential_process", &[]),
    name(Setting::StsEndpoint, "sts_endpoint", &[]),
    name(Setting::Region, "region", &[env::TENCENTCLOUD_REGION]),
    name(Setting::Site, "site", &[]),
    name(
        Setting::Endpoint,
        "endpoint",
        &[env::CERTCTL_TENCENT_ENDPOINT, env::CERTCTL_ENDPOINT],
    ),
];

static UCLOUD: &[Name] = &[
    name(Setting::Id, "public_key", &[env::UCLOUD_PUBLIC_KEY]),
    name(Setting::Secret, "private_key", &[env::UCLOUD_PRIVATE_KEY]),
    name(
        Setting::Token,
        "security_token",
        &[env::UCLOUD_SECURITY_TOKEN],
    ),
    name(Setting::RoleArn, "role_urn", &[]),
    name(Setting::RoleSession, "role_session_name", &[]),
    name(Setting::RoleSeconds, "duration_seconds", &[]),
    name(Setting::InstanceRole, "instance_role", &[]),
    name(Setting::Command, "credential_process", &[]),
    name(Setting::ProjectId, "project_id", &[env::UCLOUD_PROJECT_ID]),
    name(Setting::Region, "region", &[env::UCLOUD_REGION]),
    name(
        Setting::Endpoint,
        "endpoint",
        &[env::CERTCTL_UCLOUD_ENDPOINT, env::CERTCTL_ENDPOINT],
    ),
];

/// A cloud's settings, in the order in which `certctl config show` lists them.
pub(super) fn names(cloud: Cloud) -> &'static [Name] {
    match cloud {
        Cloud::Alibaba => ALIBABA,
        Cloud::Tencent => TENCENT,
        Cloud::Ucloud => UCLOUD,
    }
}

/// The names of one setting, where the cloud has it.
pub(super) fn name_of(cloud: Cloud, setting: Setting) -> Option<&'static Name> {
    names(cloud).iter().find(|name| name.setting == setting)
}

/// The command of the vendor's CLI that writes the files read by [`super::vendor`].
pub(super) fn vendor_command(cloud: Cloud) -> &'static str {
    match cloud {
        Cloud::Alibaba => "aliyun configure",
        Cloud::Tencent => "tccli configure",
        Cloud::Ucloud => "ucloud init",
    }
}
