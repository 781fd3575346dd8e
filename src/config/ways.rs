//! The ways to log in that the environment offers. The first that is begun is the one that is
//! meant; its variables count together and no others do.

use super::env::{self, Env};
use super::error::ConfigError;
use super::layer::Layer;
use super::names::Setting;
use super::value::{Given, Origin};
use crate::cloud::Cloud;
use crate::secret::Secret;

/// Variables that belong together.
struct Way {
    /// What each stands for; of several names for one thing the first that is set counts.
    variables: &'static [(Setting, &'static [&'static str])],
    /// One of these is set: then this way is meant.
    begun_by: &'static [&'static str],
    /// Set to `true`: then it is not.
    unless: Option<&'static str>,
}

const fn way(
    variables: &'static [(Setting, &'static [&'static str])],
    begun_by: &'static [&'static str],
) -> Way {
    Way {
        variables,
        begun_by,
        unless: None,
    }
}

const fn keys(names: &'static [&'static str; 3]) -> [(Setting, &'static [&'static str]); 3] {
    let [id, secret, token] = names;
    [
        (Setting::Id, std::slice::from_ref(id)),
        (Setting::Secret, std::slice::from_ref(secret)),
        (Setting::Token, std::slice::from_ref(token)),
    ]
}

const ALIBABA_KEYS: [&str; 3] = [
    env::ALIBABA_CLOUD_ACCESS_KEY_ID,
    env::ALIBABA_CLOUD_ACCESS_KEY_SECRET,
    env::ALIBABA_CLOUD_SECURITY_TOKEN,
];
/// Further names that the vendor's CLI reads, each family for itself.
const ALIBABA_KEYS_2: [&str; 3] = [
    "ALIBABACLOUD_ACCESS_KEY_ID",
    "ALIBABACLOUD_ACCESS_KEY_SECRET",
    "ALIBABACLOUD_SECURITY_TOKEN",
];
const ALIBABA_KEYS_3: [&str; 3] = [
    "ALICLOUD_ACCESS_KEY_ID",
    "ALICLOUD_ACCESS_KEY_SECRET",
    "ALICLOUD_SECURITY_TOKEN",
];
const UCLOUD_KEYS: [&str; 3] = [
    env::UCLOUD_PUBLIC_KEY,
    env::UCLOUD_PRIVATE_KEY,
    env::UCLOUD_SECURITY_TOKEN,
];

static ALIBABA: &[Way] = &[
    way(const { &keys(&ALIBABA_KEYS) }, &ALIBABA_KEYS),
    way(const { &keys(&ALIBABA_KEYS_2) }, &ALIBABA_KEYS_2),
    way(const { &keys(&ALIBABA_KEYS_3) }, &ALIBABA_KEYS_3),
    // A role alone begins nothing: the vendor's tools pass it over as well.
    way(
        &[
            (
                Setting::OidcTokenFile,
                &[
                    env::ALIBABA_CLOUD_OIDC_TOKEN_FILE,
                    "ALIBABACLOUD_OIDC_TOKEN_FILE",
                ],
            ),
            (
                Setting::OidcProvider,
                &[
                    env::ALIBABA_CLOUD_OIDC_PROVIDER_ARN,
                    "ALIBABACLOUD_OIDC_PROVIDER_ARN",
                ],
            ),
            (
                Setting::RoleArn,
                &[env::ALIBABA_CLOUD_ROLE_ARN, "ALIBABACLOUD_ROLE_ARN"],
            ),
            (
                Setting::RoleSession,
                &[env::ALIBABA_CLOUD_ROLE_SESSION_NAME],
            ),
            (Setting::StsRegion, &[env::ALIBABA_CLOUD_STS_REGION]),
        ],
        &[
            env::ALIBABA_CLOUD_OIDC_TOKEN_FILE,
            env::ALIBABA_CLOUD_OIDC_PROVIDER_ARN,
            "ALIBABACLOUD_OIDC_TOKEN_FILE",
            "ALIBABACLOUD_OIDC_PROVIDER_ARN",
        ],
    ),
    Way {
        unless: Some(env::ALIBABA_CLOUD_ECS_METADATA_DISABLED),
        ..way(
            &[(Setting::InstanceRole, &[env::ALIBABA_CLOUD_ECS_METADATA])],
            &[env::ALIBABA_CLOUD_ECS_METADATA],
        )
    },
    way(
        &[(Setting::Uri, &[env::ALIBABA_CLOUD_CREDENTIALS_URI])],
        &[env::ALIBABA_CLOUD_CREDENTIALS_URI],
    ),
];

static TENCENT: &[Way] = &[
    way(
        &[
            (Setting::Id, &[env::TENCENTCLOUD_SECRET_ID]),
            (Setting::Secret, &[env::TENCENTCLOUD_SECRET_KEY]),
            (
                Setting::Token,
                &[
                    env::TENCENTCLOUD_TOKEN,
                    env::TENCENTCLOUD_TOKEN_ALIASES[0],
                    env::TENCENTCLOUD_TOKEN_ALIASES[1],
                ],
            ),
            (Setting::RoleArn, &[env::TENCENTCLOUD_ROLE_ARN]),
            (Setting::RoleSession, &[env::TENCENTCLOUD_ROLE_SESSION_NAME]),
        ],
        &[
            env::TENCENTCLOUD_SECRET_ID,
            env::TENCENTCLOUD_SECRET_KEY,
            env::TENCENTCLOUD_TOKEN,
        ],
    ),
    way(
        &[
            (Setting::OidcTokenFile, &[env::TKE_WEB_IDENTITY_TOKEN_FILE]),
            (Setting::OidcProvider, &[env::TKE_PROVIDER_ID]),
            (Setting::RoleArn, &[env::TKE_ROLE_ARN]),
            (Setting::StsRegion, &[env::TKE_REGION]),
        ],
        &[env::TKE_WEB_IDENTITY_TOKEN_FILE, env::TKE_PROVIDER_ID],
    ),
];

static UCLOUD: &[Way] = &[way(const { &keys(&UCLOUD_KEYS) }, &UCLOUD_KEYS)];

fn ways(cloud: Cloud) -> &'static [Way] {
    match cloud {
        Cloud::Alibaba => ALIBABA,
        Cloud::Tencent => TENCENT,
        Cloud::Ucloud => UCLOUD,
    }
}

/// The way that is begun.
fn begun(cloud: Cloud, env: &Env) -> Option<&'static Way> {
    ways(cloud).iter().find(|way| {
        let off = way.unless.is_some_and(|switch| env.is_on(switch));
        !off && way.begun_by.iter().any(|variable| env.is_set(variable))
    })
}

/// Whether the environment has any part of a login for a cloud.
pub(super) fn env_has_login(cloud: Cloud, env: &Env) -> bool {
    begun(cloud, env).is_some()
}

/// What the environment says about logging in.
///
/// # Errors
/// A variable whose value is unfit.
pub(super) fn env_login(cloud: Cloud, env: &Env) -> Result<Option<Layer>, ConfigError> {
    let Some(way) = begun(cloud, env) else {
        return Ok(None);
    };
    let mut layer = Layer::default();
    for (setting, variables) in way.variables {
        for variable in *variables {
            if let Some(text) = env.text(variable)? {
                let raw = Given {
                    value: Secret::new(text.to_owned()),
                    origin: Origin::Env { variable },
                };
                layer.add(*setting, raw);
                break;
            }
        }
    }
    Ok(Some(layer))
}

/// What a setting is called in the way that a variable belongs to.
pub(super) fn beside(cloud: Cloud, variable: &str, setting: Setting) -> Option<&'static str> {
    let way = ways(cloud).iter().find(|way| {
        let mut names = way.variables.iter().flat_map(|(_, names)| *names);
        names.any(|name| *name == variable)
    })?;
    let (_, names) = way.variables.iter().find(|(of, _)| *of == setting)?;
    names.first().copied()
}
