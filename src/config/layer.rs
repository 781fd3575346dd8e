//! The sources of one cloud's settings, one above the other.

use std::borrow::Cow;

use super::env::{self, Env};
use super::error::ConfigError;
use super::files::{Sources, shown};
use super::login::{self, Login};
use super::names::{Setting, name_of};
use super::profile::{self, Own};
use super::value::{self, Given, Origin, Output, Raw, Signature, Site};
use super::ways::{env_has_login, env_login};
use super::{Flags, vendor};
use url::Url;

use crate::cloud::Cloud;
use crate::files::Changeable;
use crate::secret::Secret;

/// What one file says about one cloud.
#[derive(Clone, Default)]
pub(super) struct Layer {
    pub(super) values: Vec<(Setting, Raw)>,
    /// Who assumes this source's role, where another profile says it.
    pub(super) base: Option<Box<Given<Login>>>,
    pub(super) warnings: Vec<String>,
    /// What lets others change the file that this stands in.
    pub(super) changeable: Option<Changeable>,
}

impl Layer {
    /// Adds a value, if there is one.
    pub(super) fn add(&mut self, setting: Setting, raw: impl Into<Option<Raw>>) {
        self.values.extend(raw.into().map(|raw| (setting, raw)));
    }

    pub(super) fn value(&self, setting: Setting) -> Option<&Raw> {
        self.values
            .iter()
            .find(|(of, _)| *of == setting)
            .map(|(_, raw)| raw)
    }

    fn has_login(&self) -> bool {
        self.base.is_some() || self.values.iter().any(|(of, _)| of.is_login())
    }
}

/// Flags over environment over certctl's own profile over the vendor's files.
pub(super) struct Layers<'a> {
    cloud: Cloud,
    flags: &'a Flags<'a>,
    env: &'a Env,
    own: Own,
    vendor: Option<Layer>,
    pub(super) warnings: Vec<String>,
}

impl<'a> Layers<'a> {
    /// Puts the sources of one cloud together. The vendor's files take part only where nothing
    /// stronger holds a credential, or where they alone have the profile that was named: their
    /// region and project belong to their identity, not to another.
    ///
    /// # Errors
    /// A source that takes part is broken; the named profile is in none of them.
    pub(super) fn new(
        cloud: Cloud,
        flags: &'a Flags<'a>,
        env: &'a Env,
        sources: &Sources,
    ) -> Result<Self, ConfigError> {
        let named = profile::named(flags, env)?;
        let mut own = own(flags, env, sources, named.as_ref(), Some(cloud))?;
        let in_env = env_has_login(cloud, env);
        let in_own = own
            .chosen
            .as_ref()
            .is_some_and(|chosen| chosen.layer.has_login());
        let only_vendor_can_have_it = named.is_some() && own.chosen.is_none();

        let vendor = if only_vendor_can_have_it || !(in_env || in_own) {
            vendor::read(cloud, named.as_ref(), flags.allow_http, env, sources)?
        } else {
            None
        };
        let mut warnings = std::mem::take(&mut own.warnings);
        warnings.extend(vendor.iter().flat_map(|layer| layer.warnings.clone()));
        if let Some(Given {
            value: name,
            origin,
        }) = named
        {
            if only_vendor_can_have_it && vendor.is_none() {
                let mut known = own.profiles;
                known.extend(vendor::profiles(cloud, env, sources));
                known.sort_unstable();
                known.dedup();
                return Err(ConfigError::UnknownProfile {
                    name,
                    origin,
                    known,
                });
            }
            if in_env && (in_own || vendor.is_some()) {
                warnings.push(format!(
                    "the {cloud} credentials in the environment override those of profile \
                     '{name}'"
                ));
            }
        }
        Ok(Layers {
            cloud,
            flags,
            env,
            own,
            vendor,
            warnings,
        })
    }

    /// The first source that says how to log in.
    pub(super) fn login_layer(&self) -> Result<Option<Cow<'_, Layer>>, ConfigError> {
        if let Some(layer) = env_login(self.cloud, self.env)? {
            return Ok(Some(Cow::Owned(layer)));
        }
        let chosen = self.own.chosen.as_ref().map(|chosen| &chosen.layer);
        let mut below = chosen.into_iter().chain(&self.vendor);
        Ok(below.find(|layer| layer.has_login()).map(Cow::Borrowed))
    }

    /// How to log in, whole and checked; of keys the origin is the id's.
    pub(super) fn login(&self) -> Result<Given<Login>, ConfigError> {
        let login = match self.login_layer()? {
            Some(layer) => login::of(self.cloud, &layer, self.flags.allow_http)?,
            None => None,
        };
        login.ok_or_else(|| ConfigError::NoCredential {
            cloud: self.cloud,
            unchosen: match self.own.chosen {
                None => self.own.profiles.clone(),
                Some(_) => Vec::new(),
            },
        })
    }

    /// The address to send to, where it is not the product's own.
    pub(super) fn endpoint(&self) -> Result<Option<Given<Url>>, ConfigError> {
        self.value(Setting::Endpoint, |raw| {
            value::endpoint(raw, self.flags.allow_http)
        })
    }

    pub(super) fn region(&self) -> Result<Option<Given<String>>, ConfigError> {
        self.value(Setting::Region, value::region)
    }

    pub(super) fn project_id(&self) -> Result<Option<Given<String>>, ConfigError> {
        self.value(Setting::ProjectId, value::project_id)
    }

    pub(super) fn site(&self) -> Result<Given<Site>, ConfigError> {
        let given = self.value(Setting::Site, |raw| value::choice(raw, &Site::CHOICES))?;
        Ok(given.unwrap_or(Given {
            value: Site::Intl,
            origin: Origin::Default,
        }))
    }

    pub(super) fn signature(&self) -> Result<Given<Signature>, ConfigError> {
        let given = self.value(Setting::Signature, |raw| {
            value::choice(raw, &Signature::CHOICES)
        })?;
        Ok(given.unwrap_or(Given {
            value: Signature::Rpc,
            origin: Origin::Default,
        }))
    }

    /// The profile of certctl's own file that is in use.
    pub(super) fn profile(&self) -> Option<&Given<String>> {
        self.own.chosen.as_ref().map(|chosen| &chosen.name)
    }

    /// The form of the answer.
    pub(super) fn output(&self) -> Result<Option<Given<Output>>, ConfigError> {
        let above = output_above(self.flags, self.env)?;
        let below = || self.own.chosen.as_ref()?.output.clone();
        above
            .or_else(below)
            .map(|raw| value::choice(&raw, &Output::CHOICES))
            .transpose()
    }

    /// A setting from the first source that has it, through its own check.
    fn value<T>(
        &self,
        setting: Setting,
        check: impl Fn(&Raw) -> Result<Given<T>, ConfigError>,
    ) -> Result<Option<Given<T>>, ConfigError> {
        let found = match self.in_flags(setting) {
            Some(raw) => Some(raw),
            None => self.in_env(setting)?,
        };
        let below = self
            .own
            .chosen
            .iter()
            .map(|chosen| &chosen.layer)
            .chain(&self.vendor);
        let found = found.or_else(|| below.flat_map(|layer| layer.value(setting)).next().cloned());
        found.as_ref().map(check).transpose()
    }

    fn in_flags(&self, setting: Setting) -> Option<Raw> {
        let (flag, text) = match setting {
            Setting::Endpoint => ("--endpoint", self.flags.endpoint),
            Setting::Signature => ("--signature", self.flags.signature),
            Setting::Region => ("--region", self.flags.region),
            Setting::ProjectId => ("--project-id", self.flags.project_id),
            Setting::Site => ("--site", self.flags.site),
            // A secret on the command line would stand in the shell's history and in `ps`.
            _ => return None,
        };
        Some(raw(text?, Origin::Flag { flag }))
    }

    fn in_env(&self, setting: Setting) -> Result<Option<Raw>, ConfigError> {
        for variable in name_of(self.cloud, setting).map_or(&[][..], |name| name.env) {
            if let Some(text) = self.env.text(variable)? {
                return Ok(Some(raw(text, Origin::Env { variable })));
            }
        }
        Ok(None)
    }
}

/// The form of the answer, for commands that speak to no cloud.
///
/// # Errors
/// A word that is not one of [`Output::CHOICES`], a broken file.
pub fn output(
    flags: &Flags,
    env: &Env,
    sources: &Sources,
) -> Result<Option<Given<Output>>, ConfigError> {
    let mut found = output_above(flags, env)?;
    if found.is_none() {
        let named = profile::named(flags, env)?;
        let own = own(flags, env, sources, named.as_ref(), None)?;
        found = own.chosen.and_then(|chosen| chosen.output);
    }
    found
        .map(|raw| value::choice(&raw, &Output::CHOICES))
        .transpose()
}

fn output_above(flags: &Flags, env: &Env) -> Result<Option<Raw>, ConfigError> {
    if let Some(text) = flags.output {
        return Ok(Some(raw(text, Origin::Flag { flag: "--output" })));
    }
    let variable = env::CERTCTL_OUTPUT;
    Ok(env
        .text(variable)?
        .map(|text| raw(text, Origin::Env { variable })))
}

/// What certctl's own file says; a file that nobody named may be missing.
pub(super) fn own(
    flags: &Flags,
    env: &Env,
    sources: &Sources,
    named: Option<&Given<String>>,
    cloud: Option<Cloud>,
) -> Result<Own, ConfigError> {
    let Some(profile::Location { path, origin }) = profile::path(flags, env)? else {
        return Ok(Own::default());
    };
    match sources.file(&path) {
        Some(file) => profile::read(file, &path, named, cloud),
        None if origin == Origin::Default => Ok(Own::default()),
        None => Err(ConfigError::NoFile {
            file: shown(&path),
            origin,
        }),
    }
}

fn raw(text: &str, origin: Origin) -> Raw {
    Given {
        value: Secret::new(text.to_owned()),
        origin,
    }
}
