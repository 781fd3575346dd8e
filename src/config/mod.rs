//! Configuration and credentials: [`resolve`] is a function over values.
//!
//! Sources, strongest first: flags, the environment, certctl's own profile, the files of the
//! vendor's CLI. The first in which a value is present wins; if that one is broken it is an error
//! that names file and field, never a step to another identity. A credential comes from one source
//! as a whole. Every value remembers who supplied it. [`load`] is the one function that touches
//! files, and reads only those that [`resolve`] will ask for.

mod change;
pub mod edit;
pub mod env;
mod error;
mod files;
mod layer;
mod login;
mod names;
mod profile;
mod proxy;
mod show;
mod value;
mod vendor;
mod ways;

use std::path::Path;

use url::Url;

pub use change::{Change, Key, NotMade, one_value, profile_to_change, refuse_irregular};
pub use env::Env;
pub use error::ConfigError;
pub use files::{Sources, load, load_all};
pub use layer::output;
pub use login::{Login, Role, credential};
pub use names::known_secrets;
pub use profile::nearest;
pub use proxy::{Proxy, proxy_for};
pub use show::{Profile, Row, get, masked_id, profiles, show};
pub use value::{Flaw, Given, Origin, Output, Place, Signature, Site, is_loopback};

use crate::cloud::Cloud;
use layer::Layers;

/// The flags that configure, as they stand on the command line. Secrets are not among them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Flags<'a> {
    /// `--profile`
    pub profile: Option<&'a str>,
    /// `--config`
    pub config: Option<&'a Path>,
    /// `--output`
    pub output: Option<&'a str>,
    /// `--endpoint`
    pub endpoint: Option<&'a str>,
    /// `--signature`
    pub signature: Option<&'a str>,
    /// `--region`
    pub region: Option<&'a str>,
    /// `--project-id`
    pub project_id: Option<&'a str>,
    /// `--site`
    pub site: Option<&'a str>,
    /// `--allow-http`: plain http may go beyond loopback.
    pub allow_http: bool,
}

/// Everything a call to one cloud needs to know about the user.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The cloud these are for.
    pub cloud: Cloud,
    /// The profile of certctl's own file that is in use.
    pub profile: Option<Given<String>>,
    /// Who calls; of keys the origin is the id's. Where nobody says, this is the error that says
    /// so, for a dry run needs none.
    pub login: Result<Given<Login>, ConfigError>,
    /// Where calls go, if not to the product's own host.
    pub endpoint: Option<Given<Url>>,
    /// The region.
    pub region: Option<Given<String>>,
    /// UCloud's project, bare.
    pub project_id: Option<Given<String>>,
    /// Tencent Cloud's site; the international one unless told otherwise.
    pub site: Given<Site>,
    /// Alibaba Cloud's signature scheme; RPC unless told otherwise.
    pub signature: Given<Signature>,
    /// The form of the answer; depends on the terminal unless told otherwise.
    pub output: Option<Given<Output>>,
    /// What the user should hear about: unknown keys, loose permissions, an outranked profile.
    pub warnings: Vec<String>,
}

/// Settles what is to be used for a cloud.
///
/// # Errors
/// The first value that is broken; nothing was sent.
pub fn resolve(
    cloud: Cloud,
    flags: &Flags,
    env: &Env,
    sources: &Sources,
) -> Result<Settings, ConfigError> {
    let layers = Layers::new(cloud, flags, env, sources)?;
    Ok(Settings {
        cloud,
        profile: layers.profile().cloned(),
        login: match layers.login() {
            Err(error) if !error.is_absence() => return Err(error),
            found_or_absent => found_or_absent,
        },
        endpoint: layers.endpoint()?,
        region: layers.region()?,
        project_id: layers.project_id()?,
        site: layers.site()?,
        signature: layers.signature()?,
        output: layers.output()?,
        warnings: layers.warnings,
    })
}
