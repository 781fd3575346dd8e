//! Changes to certctl's own file: which keys there are, what their values may be, and the writing.

use std::path::PathBuf;

use super::edit::{self, Refused};
use super::env::Env;
use super::error::ConfigError;
use super::files::{Sources, one_line, shown};
use super::login;
use super::names::{Setting, names};
use super::profile::{self, DEFAULT, nearest};
use super::value::{self, Flaw, Given, Origin, Output, Raw, Signature, Site};
use super::{Flags, layer};
use crate::cloud::Cloud;
use crate::files::{FileError, Lock, behind_links, private_folder, replace};
use crate::secret::Secret;

/// A key of a profile that can be set.
#[derive(Clone, Copy)]
pub struct Key {
    cloud: Option<Cloud>,
    name: &'static str,
    setting: Option<Setting>,
}

impl Key {
    /// The key that is called so: `output`, `alibaba.access_key_id`.
    ///
    /// # Errors
    /// Nothing is; with the nearest names, the best first.
    pub fn named(name: &str) -> Result<Self, Vec<String>> {
        let keys = Key::all();
        if let Some(key) = keys.iter().find(|key| key.to_string() == name) {
            return Ok(*key);
        }
        // Without its cloud, a key may be one of several.
        let ends: Vec<String> = keys
            .iter()
            .filter(|key| key.cloud.is_some() && key.name == name)
            .map(Key::to_string)
            .collect();
        if !ends.is_empty() {
            return Err(ends);
        }
        let known: Vec<String> = keys.iter().map(Key::to_string).collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        Err(nearest(name, &known)
            .map(str::to_owned)
            .into_iter()
            .collect())
    }

    /// Every key, in the order of the documents.
    pub fn all() -> Vec<Key> {
        let output = Key {
            cloud: None,
            name: "output",
            setting: None,
        };
        let of = |cloud| {
            names(cloud).iter().map(move |name| Key {
                cloud: Some(cloud),
                name: name.key,
                setting: Some(name.setting),
            })
        };
        std::iter::once(output)
            .chain(Cloud::ALL.into_iter().flat_map(of))
            .collect()
    }

    /// Where its value stands in the file.
    fn path<'p>(&self, profile: &'p str) -> Vec<&'p str> {
        let cloud = self.cloud.map(Cloud::as_str);
        let tables = ["profiles", profile].into_iter().chain(cloud);
        tables.chain([self.name]).collect()
    }

    /// The cloud that it is a key of; none for what holds for all of them.
    pub fn cloud(&self) -> Option<Cloud> {
        self.cloud
    }

    /// What it sets at that cloud.
    pub(super) fn setting(&self) -> Option<(Cloud, Setting)> {
        self.cloud.zip(self.setting)
    }

    /// Whether its value must not stand on a command line.
    pub fn is_secret(&self) -> bool {
        self.setting.is_some_and(Setting::is_secret)
    }

    /// Looks at a value as it will be looked at when the file is read.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self, value: &Secret, allow_http: bool) -> Result<(), ConfigError> {
        let raw = Given {
            value: value.clone(),
            origin: Origin::Flag { flag: "VALUE" },
        };
        match self.setting {
            None => value::choice(&raw, &Output::CHOICES).map(drop),
            Some(setting) => check(setting, &raw, allow_http),
        }
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.cloud {
            Some(cloud) => write!(f, "{cloud}.{}", self.name),
            None => f.write_str(self.name),
        }
    }
}

fn check(setting: Setting, raw: &Raw, allow_http: bool) -> Result<(), ConfigError> {
    match setting {
        Setting::Secret | Setting::Token => value::secret(raw.clone()).map(drop),
        Setting::Endpoint | Setting::StsEndpoint => value::endpoint(raw, allow_http).map(drop),
        Setting::Signature => value::choice(raw, &Signature::CHOICES).map(drop),
        Setting::Site => value::choice(raw, &Site::CHOICES).map(drop),
        Setting::Region | Setting::StsRegion => value::region(raw).map(drop),
        Setting::ProjectId => value::project_id(raw).map(drop),
        Setting::Uri => value::uri(raw, allow_http).map(drop),
        Setting::RoleSeconds => login::seconds(raw).map(drop),
        Setting::Command => login::command(raw).map(drop),
        Setting::OidcTokenFile => value::plain(raw).map(drop),
        _ => value::key_id(raw).map(drop),
    }
}

/// A change that can be made: nothing is written yet.
pub struct Change {
    /// The file.
    pub path: PathBuf,
    /// Whether it says so already.
    pub is_made: bool,
    keys: Vec<String>,
    /// What is set; nothing where the key is taken out.
    value: Option<Secret>,
}

/// Why a change was not made: the file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum NotMade {
    /// It is broken, or has no place for the change.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// It cannot be written.
    #[error(transparent)]
    File(#[from] FileError),
}

impl Change {
    /// Sets a key of a profile.
    ///
    /// # Errors
    /// There is no place for the file; what is there is broken, or written in a way that cannot be
    /// changed.
    pub fn set(
        flags: &Flags,
        env: &Env,
        sources: &Sources,
        profile: &str,
        key: Key,
        value: &Secret,
    ) -> Result<Self, ConfigError> {
        Change::of(flags, env, sources, &key.path(profile), Some(value.clone()))
    }

    /// Takes a key out of a profile.
    ///
    /// # Errors
    /// As [`Change::set`].
    pub fn unset(
        flags: &Flags,
        env: &Env,
        sources: &Sources,
        profile: &str,
        key: Key,
    ) -> Result<Self, ConfigError> {
        Change::of(flags, env, sources, &key.path(profile), None)
    }

    /// Makes a profile the one in use.
    ///
    /// # Errors
    /// As [`Change::set`]; there is no such profile in the file.
    pub fn use_profile(
        flags: &Flags,
        env: &Env,
        sources: &Sources,
        name: &str,
    ) -> Result<Self, ConfigError> {
        let named = Given {
            value: name.to_owned(),
            origin: Origin::Flag { flag: "NAME" },
        };
        let own = match place(flags, env)? {
            (path, Some(origin)) if sources.file(&path).is_none() => {
                return Err(ConfigError::NoFile {
                    file: shown(&path),
                    origin,
                });
            }
            _ => layer::own(flags, env, sources, Some(&named), None)?,
        };
        if own.chosen.is_none() {
            return Err(ConfigError::UnknownProfile {
                name: one_line(name),
                origin: named.origin,
                known: own.profiles,
            });
        }
        let name = Secret::new(name.to_owned());
        Change::of(flags, env, sources, &["current"], Some(name))
    }

    fn of(
        flags: &Flags,
        env: &Env,
        sources: &Sources,
        keys: &[&str],
        value: Option<Secret>,
    ) -> Result<Self, ConfigError> {
        let (path, _) = place(flags, env)?;
        let change = Change {
            is_made: false,
            path,
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            value,
        };
        let is_made = change.edited(sources)?.is_none();
        Ok(Change { is_made, ..change })
    }

    /// What the file is to say; nothing where it says so already.
    fn edited(&self, sources: &Sources) -> Result<Option<String>, ConfigError> {
        let file = sources.file(&self.path);
        let before = file.map_or(Ok(""), |file| file.text(&self.path))?;
        let keys: Vec<&str> = self.keys.iter().map(String::as_str).collect();
        let edited = match &self.value {
            Some(value) => edit::set(before, &keys, value.expose()).map(Some),
            None => edit::unset(before, &keys),
        };
        let edited = edited.map_err(|refused| {
            let keys = one_line(&keys.join("."));
            ConfigError::File {
                file: shown(&self.path),
                line: None,
                reason: match refused {
                    Refused::NotToml => "is not TOML".into(),
                    Refused::Table => format!("{keys} is a table"),
                    Refused::Form => format!("has no place for {keys} that certctl can find"),
                },
                hint: "add it with an editor; nothing was changed".into(),
            }
        })?;
        Ok(edited.filter(|text| text != before || file.is_none()))
    }

    /// Makes it: the file is replaced as a whole or not at all. Of several processes each makes its
    /// change to what the one before has left. Says whether there was anything to do.
    ///
    /// # Errors
    /// The file is as it was.
    pub fn write(&self) -> Result<bool, NotMade> {
        let place = behind_links(&self.path)?;
        if place == self.path
            && let Some(folder) = place.parent()
        {
            private_folder(folder)?;
        }
        let _lock = Lock::of(&place)?;
        let Some(text) = self.edited(&Sources::at(&self.path))? else {
            return Ok(false);
        };
        replace(&place, text.as_bytes())?;
        Ok(true)
    }
}

/// Refuses a place for certctl's own file that cannot be changed: it is known before anything is
/// read from it, for a FIFO may never end. What else is wrong with it is said where it is read.
///
/// # Errors
/// It is no regular file.
pub fn refuse_irregular(flags: &Flags, env: &Env) -> Result<(), FileError> {
    match place(flags, env) {
        Ok((path, _)) => behind_links(&path).map(drop),
        Err(_) => Ok(()),
    }
}

/// The file, and who named it.
fn place(flags: &Flags, env: &Env) -> Result<(PathBuf, Option<Origin>), ConfigError> {
    match profile::path(flags, env)? {
        Some(profile::Location { path, origin }) => {
            let named = (origin != Origin::Default).then_some(origin);
            Ok((path, named))
        }
        None => Err(ConfigError::File {
            file: "certctl's configuration file".into(),
            line: None,
            reason: "has no location: there is no home directory".into(),
            hint: "set it with --config FILE".into(),
        }),
    }
}

/// The profile that a change is for: the one that is named, else the one in use.
///
/// # Errors
/// A broken name, a broken file.
pub fn profile_to_change(
    flags: &Flags,
    env: &Env,
    sources: &Sources,
) -> Result<String, ConfigError> {
    if let Some(named) = profile::named(flags, env)? {
        return Ok(named.value);
    }
    let (path, _) = place(flags, env)?;
    if sources.file(&path).is_none() {
        return Ok(DEFAULT.to_owned());
    }
    let chosen = layer::own(flags, env, sources, None, None)?.chosen;
    Ok(chosen.map_or_else(|| DEFAULT.to_owned(), |chosen| chosen.name.value))
}

/// What was read in place of an argument: one line, its end left out.
///
/// # Errors
/// It is not UTF-8.
pub fn one_value(bytes: &[u8]) -> Result<Secret, ConfigError> {
    let text = std::str::from_utf8(bytes).map_err(|_| ConfigError::Flawed {
        origin: Origin::Flag { flag: "VALUE" },
        flaw: Flaw::NotUtf8,
    })?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    Ok(Secret::new(text.to_owned()))
}
