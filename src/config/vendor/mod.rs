//! The configuration files of the vendors' own CLIs and SDKs: read, never written.
//!
//! What a vendor's profile can be and certctl cannot use is refused by its name instead of being
//! guessed at.

mod alibaba;
mod document;
mod tencent;
mod ucloud;

use std::path::{Path, PathBuf};

use super::env::{self, Env};
use super::error::ConfigError;
use super::files::Sources;
use super::layer::Layer;
use super::value::{Flaw, Given, Origin};
use crate::cloud::Cloud;
use document::Found;

/// The profile of the vendor's files that is meant: the one that `named` names, else the one that
/// the vendor's own variable does.
///
/// # Errors
/// The variable's value is unfit.
pub(super) fn wanted(
    cloud: Cloud,
    named: Option<&Given<String>>,
    env: &Env,
) -> Result<Option<Given<String>>, ConfigError> {
    if let Some(named) = named {
        return Ok(Some(named.clone()));
    }
    let variables: &[&'static str] = match cloud {
        Cloud::Alibaba => &env::ALIBABA_CLOUD_PROFILE,
        Cloud::Tencent => &[env::TCCLI_PROFILE],
        Cloud::Ucloud => &[env::UCLOUD_PROFILE],
    };
    for variable in variables {
        // Other programs read it too: empty means unset.
        let Some(value) = env.non_empty(variable) else {
            continue;
        };
        let origin = Origin::Env { variable };
        let flaw = match value.to_str() {
            None => Flaw::NotUtf8,
            Some(name) => match Flaw::in_text(name) {
                Some(flaw) => flaw,
                None => {
                    let value = name.to_owned();
                    return Ok(Some(Given { value, origin }));
                }
            },
        };
        return Err(ConfigError::Flawed { origin, flaw });
    }
    Ok(None)
}

/// The files to look into, those of one tool together and the strongest first.
pub(super) fn paths(cloud: Cloud, wanted: Option<&Given<String>>, env: &Env) -> Vec<PathBuf> {
    let name = wanted.map(|wanted| wanted.value.as_str());
    match cloud {
        Cloud::Alibaba => alibaba::paths(env),
        Cloud::Tencent => tencent::paths(name, env),
        Cloud::Ucloud => ucloud::paths(env),
    }
}

/// The profile that is meant, else the one that the vendor's CLI would use. None where there is no
/// such file, or the profile is not in it.
///
/// # Errors
/// A file or profile that is there and cannot be used: file, field and reason. A profile that the
/// vendor's own variable names and no file has.
pub(super) fn read(
    cloud: Cloud,
    named: Option<&Given<String>>,
    allow_http: bool,
    env: &Env,
    sources: &Sources,
) -> Result<Option<Layer>, ConfigError> {
    let wanted = wanted(cloud, named, env)?;
    let name = wanted.as_ref().map(|wanted| wanted.value.as_str());
    let look = Look {
        cloud,
        sources,
        env,
        allow_http,
    };
    let layer = match cloud {
        Cloud::Alibaba => alibaba::read(&look, name)?,
        Cloud::Tencent => tencent::read(&look, name)?,
        Cloud::Ucloud => ucloud::read(&look, name)?,
    };
    match (&layer, wanted) {
        (None, Some(Given { value, origin })) if named.is_none() => {
            Err(ConfigError::UnknownProfile {
                name: value,
                origin,
                known: profiles(cloud, env, sources),
            })
        }
        _ => Ok(layer),
    }
}

/// The profiles that the vendor's files have.
pub(super) fn profiles(cloud: Cloud, env: &Env, sources: &Sources) -> Vec<String> {
    let look = Look {
        cloud,
        sources,
        env,
        allow_http: false,
    };
    match cloud {
        Cloud::Alibaba => alibaba::profiles(&look),
        Cloud::Tencent => sources.tccli_profiles().to_vec(),
        Cloud::Ucloud => ucloud::profiles(&look),
    }
}

/// What a reader is handed.
struct Look<'a> {
    cloud: Cloud,
    sources: &'a Sources,
    env: &'a Env,
    allow_http: bool,
}

impl<'a> Look<'a> {
    fn find(&self, path: &'a Path) -> Option<Found<'a>> {
        let file = self.sources.file(path)?;
        Some(Found {
            file,
            path,
            cloud: self.cloud,
        })
    }
}

fn home(env: &Env) -> Option<&Path> {
    env.non_empty(env::HOME).map(Path::new)
}
