//! certctl's own configuration file.
//!
//! The file is walked rather than deserialised: a decoder's messages quote the value they
//! stumble over, and here that may be a secret.

use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Flags;
use super::env::{self, Env};
use super::error::ConfigError;
use super::files::{File, line_of, one_line, shown};
use super::layer::Layer;
use super::names::{Setting, names};
use super::value::{Flaw, Given, Origin, Place, Raw};
use crate::cloud::Cloud;
use crate::secret::Secret;

/// The profile that is used when nothing names one, if it exists.
pub(super) const DEFAULT: &str = "default";

/// Where the file is, and who said so.
pub(super) struct Location {
    pub(super) path: PathBuf,
    /// [`Origin::Default`] where nobody did: then the file may be missing.
    pub(super) origin: Origin,
}

/// The path: `--config`, else `CERTCTL_CONFIG`, else the platform's place for configuration.
/// None where that is unknown too (no home directory).
pub(super) fn path(flags: &Flags, env: &Env) -> Result<Option<Location>, ConfigError> {
    if let Some(path) = flags.config {
        let origin = Origin::Flag { flag: "--config" };
        return match path.to_str().and_then(Flaw::in_text) {
            Some(flaw) => Err(ConfigError::Flawed { origin, flaw }),
            None => Ok(Some(Location {
                path: path.to_owned(),
                origin,
            })),
        };
    }
    if let Some(path) = env.path(env::CERTCTL_CONFIG)? {
        let origin = Origin::Env {
            variable: env::CERTCTL_CONFIG,
        };
        return Ok(Some(Location {
            path: path.into(),
            origin,
        }));
    }
    let folder = if cfg!(windows) {
        env.non_empty(env::APPDATA).map(PathBuf::from)
    } else {
        // The specification has relative paths ignored.
        let xdg = env.non_empty(env::XDG_CONFIG_HOME).map(PathBuf::from);
        xdg.filter(|folder| folder.is_absolute())
            .or_else(|| Some(Path::new(env.non_empty(env::HOME)?).join(".config")))
    };
    Ok(folder.map(|folder| Location {
        path: folder.join("certctl").join("config.toml"),
        origin: Origin::Default,
    }))
}

/// The profile that a flag or the environment names.
pub(super) fn named(flags: &Flags, env: &Env) -> Result<Option<Given<String>>, ConfigError> {
    let origin = match flags.profile {
        Some(_) => Origin::Flag { flag: "--profile" },
        None => Origin::Env {
            variable: env::CERTCTL_PROFILE,
        },
    };
    let Some(name) = flags
        .profile
        .map_or_else(|| env.text(env::CERTCTL_PROFILE), |n| Ok(Some(n)))?
    else {
        return Ok(None);
    };
    match Flaw::in_text(name) {
        Some(flaw) => Err(ConfigError::Flawed { origin, flaw }),
        None => Ok(Some(Given {
            value: name.to_owned(),
            origin,
        })),
    }
}

/// What the file says.
#[derive(Default)]
pub(super) struct Own {
    /// Every profile in it.
    pub(super) profiles: Vec<String>,
    /// The clouds that each of them has a table for.
    pub(super) clouds: Vec<Vec<Cloud>>,
    /// The profile in use: the one that is named, else `current`, else `default`.
    pub(super) chosen: Option<Chosen>,
    /// Unknown keys, loose permissions.
    pub(super) warnings: Vec<String>,
}

/// The profile in use.
pub(super) struct Chosen {
    pub(super) name: Given<String>,
    pub(super) output: Option<Raw>,
    /// What it says about the cloud that was asked about.
    pub(super) layer: Layer,
}

/// Reads the profile in use, and in it the table of one cloud.
///
/// # Errors
/// The file is not TOML, a table or text is something else, or `current` names no profile.
/// A profile that `named` names may be missing: the vendors' files may have it.
pub(super) fn read(
    file: &File,
    path: &Path,
    named: Option<&Given<String>>,
    cloud: Option<Cloud>,
) -> Result<Own, ConfigError> {
    let text = file.text(path)?;
    let document = DeTable::parse(text).map_err(|error| ConfigError::File {
        file: shown(path),
        line: error
            .span()
            .map(|span| line_of(text.as_bytes(), span.start)),
        reason: format!("is not TOML: {}", error.message()),
        hint: "correct the file; it may be incomplete".into(),
    })?;
    let mut walk = Walk {
        text,
        path,
        profile: "",
        warnings: Vec::new(),
    };
    let root = document.get_ref();
    walk.known(root, "", &["current", "profiles"]);
    let none = DeTable::new();
    let profiles = walk.table(root, "", "profiles")?.unwrap_or(&none);
    if holds_secret(profiles) {
        walk.warnings.extend(file.exposure());
    }

    let current = walk.string(root, "", "current")?;
    let current = current.map(|raw| raw.with(raw.value.expose().to_owned()));
    let fallback = || Given {
        value: DEFAULT.to_owned(),
        origin: Origin::Default,
    };
    let name = named.cloned().or(current.clone()).unwrap_or_else(fallback);
    let mut own = Own {
        profiles: profiles
            .keys()
            .map(|name| one_line(name.get_ref()))
            .collect(),
        clouds: profiles
            .values()
            .map(|profile| clouds_of(profile.get_ref()))
            .collect(),
        ..Own::default()
    };
    if profiles.contains_key(name.value.as_str()) {
        walk.profile = &name.value;
        let profile = walk
            .table(profiles, "profiles", &name.value)?
            .unwrap_or(&none);
        let mut chosen = walk.profile(profile, name.clone(), cloud)?;
        chosen.layer.changeable = file.changeable().cloned();
        own.chosen = Some(chosen);
    } else if named.is_none() && current.is_some() {
        let (name, origin) = (one_line(&name.value), name.origin);
        return Err(ConfigError::UnknownProfile {
            name,
            origin,
            known: own.profiles,
        });
    }
    own.warnings = walk.warnings;
    Ok(own)
}

fn clouds_of(profile: &DeValue) -> Vec<Cloud> {
    let has = |cloud: &Cloud| {
        let table = profile.as_table();
        table.is_some_and(|table| table.contains_key(cloud.as_str()))
    };
    Cloud::ALL.into_iter().filter(has).collect()
}

/// Whether any profile has a secret in it.
fn holds_secret(profiles: &DeTable) -> bool {
    let secret = |cloud: Cloud, key: &str| {
        let name = names(cloud).iter().find(|name| name.key == key);
        name.is_some_and(|name| matches!(name.setting, Setting::Secret | Setting::Token))
    };
    profiles
        .values()
        .filter_map(|profile| profile.get_ref().as_table())
        .any(|profile| {
            Cloud::ALL.into_iter().any(|cloud| {
                let table = profile
                    .get(cloud.as_str())
                    .and_then(|table| table.get_ref().as_table());
                table.is_some_and(|table| table.keys().any(|key| secret(cloud, key.get_ref())))
            })
        })
}

struct Walk<'t> {
    text: &'t str,
    path: &'t Path,
    profile: &'t str,
    warnings: Vec<String>,
}

impl<'t> Walk<'t> {
    fn profile(
        &mut self,
        profile: &DeTable,
        name: Given<String>,
        cloud: Option<Cloud>,
    ) -> Result<Chosen, ConfigError> {
        let prefix = format!("profiles.{}", name.value);
        let clouds = Cloud::ALL.map(Cloud::as_str);
        self.known(profile, &prefix, &[&["output"], clouds.as_slice()].concat());
        let output = self.string(profile, &prefix, "output")?;
        let mut layer = Layer::default();
        if let Some(cloud) = cloud
            && let Some(table) = self.table(profile, &prefix, cloud.as_str())?
        {
            let prefix = format!("{prefix}.{cloud}");
            let keys: Vec<_> = names(cloud).iter().map(|name| name.key).collect();
            self.known(table, &prefix, &keys);
            for name in names(cloud) {
                layer.add(name.setting, self.string(table, &prefix, name.key)?);
            }
        }
        Ok(Chosen {
            name,
            output,
            layer,
        })
    }

    /// Warns of keys that mean nothing here.
    fn known(&mut self, table: &DeTable, prefix: &str, known: &[&str]) {
        for key in table
            .keys()
            .filter(|key| !known.contains(&key.get_ref().as_ref()))
        {
            let nearest = nearest(key.get_ref(), known);
            self.warnings.push(format!(
                "{}, line {}: unknown key {}{}",
                shown(self.path),
                line_of(self.text.as_bytes(), key.span().start),
                field(prefix, key.get_ref()),
                nearest
                    .map(|near| format!("; did you mean {near}?"))
                    .unwrap_or_default(),
            ));
        }
    }

    fn table<'a, 'i>(
        &self,
        table: &'a DeTable<'i>,
        prefix: &str,
        key: &str,
    ) -> Result<Option<&'a DeTable<'i>>, ConfigError> {
        let Some(value) = table.get(key) else {
            return Ok(None);
        };
        let found = value.get_ref().as_table();
        found
            .map(Some)
            .ok_or_else(|| self.wrong_type(value, prefix, key, "table"))
    }

    fn string(&self, table: &DeTable, prefix: &str, key: &str) -> Result<Option<Raw>, ConfigError> {
        let Some(value) = table.get(key) else {
            return Ok(None);
        };
        let DeValue::String(text) = value.get_ref() else {
            return Err(self.wrong_type(value, prefix, key, "string"));
        };
        let origin = Origin::File(Box::new(Place {
            file: shown(self.path),
            line: Some(self.line(value)),
            profile: one_line(self.profile),
            field: field(prefix, key),
            is_own: true,
        }));
        Ok(Some(Given {
            value: Secret::new(text.to_string()),
            origin,
        }))
    }

    fn wrong_type(
        &self,
        value: &Spanned<DeValue>,
        prefix: &str,
        key: &str,
        wanted: &str,
    ) -> ConfigError {
        let found = value.get_ref().type_str();
        ConfigError::File {
            file: shown(self.path),
            line: Some(self.line(value)),
            reason: format!("{} must be a {wanted}, not: {found}", field(prefix, key)),
            hint: match wanted {
                "string" => "put the value in quotation marks".into(),
                _ => "see docs/configuration.md for the format of the file".into(),
            },
        }
    }

    fn line(&self, value: &Spanned<DeValue>) -> usize {
        line_of(self.text.as_bytes(), value.span().start)
    }
}

fn field(prefix: &str, key: &str) -> String {
    let dot = if prefix.is_empty() { "" } else { "." };
    one_line(&format!("{prefix}{dot}{key}"))
}

/// The known key that a mistyped one resembles.
pub fn nearest<'k>(key: &str, known: &[&'k str]) -> Option<&'k str> {
    let scored = known
        .iter()
        .map(|candidate| (strsim::jaro_winkler(key, candidate), *candidate));
    let best = scored.max_by(|(a, _), (b, _)| a.total_cmp(b));
    best.filter(|(score, _)| *score > 0.8)
        .map(|(_, candidate)| candidate)
}
