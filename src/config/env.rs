//! The environment as a value, and every variable's name, written once.
//!
//! `main` collects it from the process, tests from pairs; nothing else asks the process.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use super::error::ConfigError;
use super::value::{Flaw, Origin};

/// One address for all clouds.
pub const CERTCTL_ENDPOINT: &str = "CERTCTL_ENDPOINT";
/// The address for Alibaba Cloud; outranks [`CERTCTL_ENDPOINT`].
pub const CERTCTL_ALIBABA_ENDPOINT: &str = "CERTCTL_ALIBABA_ENDPOINT";
/// The address for Tencent Cloud; outranks [`CERTCTL_ENDPOINT`].
pub const CERTCTL_TENCENT_ENDPOINT: &str = "CERTCTL_TENCENT_ENDPOINT";
/// The address for UCloud; outranks [`CERTCTL_ENDPOINT`].
pub const CERTCTL_UCLOUD_ENDPOINT: &str = "CERTCTL_UCLOUD_ENDPOINT";
/// The profile to use, as `--profile`.
pub const CERTCTL_PROFILE: &str = "CERTCTL_PROFILE";
/// The configuration file to read, as `--config`.
pub const CERTCTL_CONFIG: &str = "CERTCTL_CONFIG";
/// The form of the answer, as `--output`.
pub const CERTCTL_OUTPUT: &str = "CERTCTL_OUTPUT";
/// The keys to show, as `--columns`.
pub const CERTCTL_COLUMNS: &str = "CERTCTL_COLUMNS";
/// The JMESPath expression to show, as `--query`.
pub const CERTCTL_QUERY: &str = "CERTCTL_QUERY";
/// Alibaba Cloud's signature scheme, as `--signature`.
pub const CERTCTL_SIGNATURE: &str = "CERTCTL_SIGNATURE";
/// How long a request may take, as `--timeout`.
pub const CERTCTL_TIMEOUT: &str = "CERTCTL_TIMEOUT";
/// How long the command may take, as `--deadline`.
pub const CERTCTL_DEADLINE: &str = "CERTCTL_DEADLINE";
/// How often a call is tried, as `--max-attempts`.
pub const CERTCTL_MAX_ATTEMPTS: &str = "CERTCTL_MAX_ATTEMPTS";
/// How many calls are made a second, as `--rate`.
pub const CERTCTL_RATE: &str = "CERTCTL_RATE";
/// A PEM file of the authorities to trust, as `--ca-bundle`; outranks [`SSL_CERT_FILE`].
pub const CERTCTL_CA_BUNDLE: &str = "CERTCTL_CA_BUNDLE";
/// `1` or `2`: as `-v` and `-vv`.
pub const CERTCTL_VERBOSE: &str = "CERTCTL_VERBOSE";
/// `true`: as `--quiet`.
pub const CERTCTL_QUIET: &str = "CERTCTL_QUIET";
/// When to colour, as `--color`; outranks [`NO_COLOR`].
pub const CERTCTL_COLOR: &str = "CERTCTL_COLOR";

/// The global flags that have a variable: all but those that give consent, plan, or lift a check.
pub const OF_FLAGS: [(&str, &str); 15] = [
    ("profile", CERTCTL_PROFILE),
    ("config", CERTCTL_CONFIG),
    ("output", CERTCTL_OUTPUT),
    ("columns", CERTCTL_COLUMNS),
    ("query", CERTCTL_QUERY),
    ("endpoint", CERTCTL_ENDPOINT),
    ("signature", CERTCTL_SIGNATURE),
    ("timeout", CERTCTL_TIMEOUT),
    ("deadline", CERTCTL_DEADLINE),
    ("max-attempts", CERTCTL_MAX_ATTEMPTS),
    ("rate", CERTCTL_RATE),
    ("ca-bundle", CERTCTL_CA_BUNDLE),
    ("verbose", CERTCTL_VERBOSE),
    ("quiet", CERTCTL_QUIET),
    ("color", CERTCTL_COLOR),
];

/// Where `cert probe` connects to instead of resolving names, as `--connect`.
pub const CERTCTL_PROBE_CONNECT: &str = "CERTCTL_PROBE_CONNECT";
/// A PEM file of the authorities that `cert probe` trusts; outranks [`SSL_CERT_FILE`].
pub const CERTCTL_PROBE_CA_BUNDLE: &str = "CERTCTL_PROBE_CA_BUNDLE";

/// The password to put on the private key of a new CSR.
pub const CERTCTL_KEY_PASSWORD: &str = "CERTCTL_KEY_PASSWORD";

/// Alibaba Cloud's AccessKey ID, as its SDKs read it.
pub const ALIBABA_CLOUD_ACCESS_KEY_ID: &str = "ALIBABA_CLOUD_ACCESS_KEY_ID";
/// Alibaba Cloud's AccessKey secret.
pub const ALIBABA_CLOUD_ACCESS_KEY_SECRET: &str = "ALIBABA_CLOUD_ACCESS_KEY_SECRET";
/// Alibaba Cloud's STS token.
pub const ALIBABA_CLOUD_SECURITY_TOKEN: &str = "ALIBABA_CLOUD_SECURITY_TOKEN";
/// The role to assume with an OIDC token, as Alibaba Cloud's SDKs read it.
pub const ALIBABA_CLOUD_ROLE_ARN: &str = "ALIBABA_CLOUD_ROLE_ARN";
/// What the role's session is called.
pub const ALIBABA_CLOUD_ROLE_SESSION_NAME: &str = "ALIBABA_CLOUD_ROLE_SESSION_NAME";
/// The identity provider that issued the OIDC token.
pub const ALIBABA_CLOUD_OIDC_PROVIDER_ARN: &str = "ALIBABA_CLOUD_OIDC_PROVIDER_ARN";
/// The file that holds the OIDC token.
pub const ALIBABA_CLOUD_OIDC_TOKEN_FILE: &str = "ALIBABA_CLOUD_OIDC_TOKEN_FILE";
/// The role of the ECS instance: asks for the keys of the metadata service.
pub const ALIBABA_CLOUD_ECS_METADATA: &str = "ALIBABA_CLOUD_ECS_METADATA";
/// `true`: the metadata service is not asked, whatever else is set.
pub const ALIBABA_CLOUD_ECS_METADATA_DISABLED: &str = "ALIBABA_CLOUD_ECS_METADATA_DISABLED";
/// `true`: the metadata service's first version, which asks for no token, is not used.
pub const ALIBABA_CLOUD_IMDSV1_DISABLED: &str = "ALIBABA_CLOUD_IMDSV1_DISABLED";
/// The address that answers with keys.
pub const ALIBABA_CLOUD_CREDENTIALS_URI: &str = "ALIBABA_CLOUD_CREDENTIALS_URI";
/// The region whose STS host is asked.
pub const ALIBABA_CLOUD_STS_REGION: &str = "ALIBABA_CLOUD_STS_REGION";
/// The ini file of Alibaba Cloud's SDKs.
pub const ALIBABA_CLOUD_CREDENTIALS_FILE: &str = "ALIBABA_CLOUD_CREDENTIALS_FILE";
/// The profile of the vendor's files, strongest first.
pub const ALIBABA_CLOUD_PROFILE: [&str; 3] = [
    "ALIBABA_CLOUD_PROFILE",
    "ALIBABACLOUD_PROFILE",
    "ALICLOUD_PROFILE",
];
/// `true`: the CLI's own file is passed over.
pub const ALIBABA_CLOUD_IGNORE_PROFILE: [&str; 3] = [
    "ALIBABA_CLOUD_CLI_PROFILE_DISABLED",
    "ALIBABA_CLOUD_IGNORE_PROFILE",
    "ALIBABACLOUD_IGNORE_PROFILE",
];

/// Tencent Cloud's SecretId, as its SDKs and CLI read it.
pub const TENCENTCLOUD_SECRET_ID: &str = "TENCENTCLOUD_SECRET_ID";
/// Tencent Cloud's SecretKey.
pub const TENCENTCLOUD_SECRET_KEY: &str = "TENCENTCLOUD_SECRET_KEY";
/// Tencent Cloud's session token, as its CLI reads it.
pub const TENCENTCLOUD_TOKEN: &str = "TENCENTCLOUD_TOKEN";
/// Tencent Cloud's region.
pub const TENCENTCLOUD_REGION: &str = "TENCENTCLOUD_REGION";
/// Other tools' names of [`TENCENTCLOUD_TOKEN`]; they count only beside keys of the environment.
pub const TENCENTCLOUD_TOKEN_ALIASES: [&str; 2] =
    ["TENCENTCLOUD_SECURITY_TOKEN", "TENCENTCLOUD_SESSION_TOKEN"];
/// The role to assume with the keys of the environment, as Tencent Cloud's CLI reads it.
pub const TENCENTCLOUD_ROLE_ARN: &str = "TENCENTCLOUD_ROLE_ARN";
/// What the role's session is called.
pub const TENCENTCLOUD_ROLE_SESSION_NAME: &str = "TENCENTCLOUD_ROLE_SESSION_NAME";
/// The region of a TKE pod.
pub const TKE_REGION: &str = "TKE_REGION";
/// The identity provider of a TKE pod.
pub const TKE_PROVIDER_ID: &str = "TKE_PROVIDER_ID";
/// The file that holds a TKE pod's token.
pub const TKE_WEB_IDENTITY_TOKEN_FILE: &str = "TKE_WEB_IDENTITY_TOKEN_FILE";
/// The role of a TKE pod.
pub const TKE_ROLE_ARN: &str = "TKE_ROLE_ARN";
/// The ini file of Tencent Cloud's SDKs.
pub const TENCENTCLOUD_CREDENTIALS_FILE: &str = "TENCENTCLOUD_CREDENTIALS_FILE";
/// The profile of Tencent Cloud's CLI.
pub const TCCLI_PROFILE: &str = "TCCLI_PROFILE";

/// UCloud's public key, as its SDKs read it.
pub const UCLOUD_PUBLIC_KEY: &str = "UCLOUD_PUBLIC_KEY";
/// UCloud's private key.
pub const UCLOUD_PRIVATE_KEY: &str = "UCLOUD_PRIVATE_KEY";
/// UCloud's STS token. The vendor has no variable for it: this name is certctl's own.
pub const UCLOUD_SECURITY_TOKEN: &str = "UCLOUD_SECURITY_TOKEN";
/// UCloud's project.
pub const UCLOUD_PROJECT_ID: &str = "UCLOUD_PROJECT_ID";
/// UCloud's region.
pub const UCLOUD_REGION: &str = "UCLOUD_REGION";
/// The profile of UCloud's CLI.
pub const UCLOUD_PROFILE: &str = "UCLOUD_PROFILE";

/// The address of the instance metadata service, where it is not the vendor's.
pub const CERTCTL_METADATA_ENDPOINT: &str = "CERTCTL_METADATA_ENDPOINT";

/// The proxy for https targets; the lower-case spelling wins.
pub const HTTPS_PROXY: [&str; 2] = ["https_proxy", "HTTPS_PROXY"];
/// The proxy for http targets; the lower-case spelling wins.
pub const HTTP_PROXY: [&str; 2] = ["http_proxy", "HTTP_PROXY"];
/// The proxy where the scheme has none of its own.
pub const ALL_PROXY: [&str; 2] = ["all_proxy", "ALL_PROXY"];
/// The hosts that are reached directly.
pub const NO_PROXY: [&str; 2] = ["no_proxy", "NO_PROXY"];
/// A PEM file of the authorities to trust instead of the system's.
pub const SSL_CERT_FILE: &str = "SSL_CERT_FILE";
/// Set and not empty: no colour (<https://no-color.org>).
pub const NO_COLOR: &str = "NO_COLOR";
/// `dumb`: the terminal shows no colour.
pub const TERM: &str = "TERM";
/// How wide the terminal is; outranks what it says itself.
pub const COLUMNS: &str = "COLUMNS";

/// The user's home directory.
pub const HOME: &str = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
/// Where configuration lives, on Unix (XDG Base Directory Specification).
pub const XDG_CONFIG_HOME: &str = "XDG_CONFIG_HOME";
/// Where configuration lives, on Windows.
pub const APPDATA: &str = "APPDATA";

/// The environment variables of a process. Holds secrets, so it cannot be printed.
#[derive(Clone, Default)]
pub struct Env(BTreeMap<OsString, OsString>);

impl<K: Into<OsString>, V: Into<OsString>> FromIterator<(K, V)> for Env {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let pairs = pairs.into_iter();
        Env(pairs
            .map(|(name, value)| (name.into(), value.into()))
            .collect())
    }
}

impl Env {
    /// A variable of ours or a credential. Set but empty is an error: an unset shell variable must
    /// not redirect or widen anything.
    ///
    /// # Errors
    /// The variable, by name, and what is wrong with its value: empty, not UTF-8, stray white
    /// space, a line break, a byte order mark. Never the value.
    pub fn text(&self, name: &'static str) -> Result<Option<&str>, ConfigError> {
        let Some(value) = self.0.get(OsStr::new(name)) else {
            return Ok(None);
        };
        let flawed = |flaw| ConfigError::Flawed {
            origin: Origin::Env { variable: name },
            flaw,
        };
        let text = value.to_str().ok_or_else(|| flawed(Flaw::NotUtf8))?;
        match Flaw::in_text(text) {
            None => Ok(Some(text)),
            Some(flaw) => Err(flawed(flaw)),
        }
    }

    /// A variable that other programs read too: set but empty counts as unset, as everywhere.
    pub fn non_empty(&self, name: &str) -> Option<&OsStr> {
        let value = self.0.get(OsStr::new(name))?;
        (!value.is_empty()).then_some(value)
    }

    /// A variable of ours that names a file; unlike [`Env::text`] it need not be UTF-8.
    ///
    /// # Errors
    /// As [`Env::text`].
    pub fn path(&self, name: &'static str) -> Result<Option<&OsStr>, ConfigError> {
        match self.0.get(OsStr::new(name)) {
            Some(value) if value.to_str().is_none() => Ok(Some(value)),
            _ => Ok(self.text(name)?.map(OsStr::new)),
        }
    }

    /// Whether a switch of the vendors' is on: `true` or `1`, in whatever case.
    pub fn is_on(&self, name: &str) -> bool {
        let value = self.non_empty(name).and_then(OsStr::to_str);
        value.is_some_and(|value| value == "1" || value.eq_ignore_ascii_case("true"))
    }

    /// Every variable, for a program that is started.
    pub fn all(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        let variables = self.0.iter();
        variables.map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }

    /// Whether the variable is set, be it to nothing.
    pub(super) fn is_set(&self, name: &str) -> bool {
        self.0.contains_key(OsStr::new(name))
    }
}
