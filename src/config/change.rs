//! Changes to certctl's own file: which keys there are, what their values may be, and the writing.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::edit::{self, Refused};
use super::env::Env;
use super::error::ConfigError;
use super::files::{File, Sources, one_line, shown};
use super::login;
use super::names::{Setting, names};
use super::profile::{self, DEFAULT, nearest};
use super::value::{self, Flaw, Given, Origin, Output, Raw, Signature, Site};
use super::{Flags, layer};
use crate::cloud::Cloud;
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
    /// Whether it says so already, to its owner only.
    pub is_made: bool,
    text: String,
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
        let cloud = key.cloud.map(Cloud::as_str);
        let path: Vec<&str> = ["profiles", profile]
            .into_iter()
            .chain(cloud)
            .chain([key.name])
            .collect();
        Change::of(flags, env, sources, &path, value.expose())
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
        Change::of(flags, env, sources, &["current"], name)
    }

    fn of(
        flags: &Flags,
        env: &Env,
        sources: &Sources,
        keys: &[&str],
        value: &str,
    ) -> Result<Self, ConfigError> {
        let (path, _) = place(flags, env)?;
        let file = sources.file(&path);
        let before = file.map_or(Ok(""), |file| file.text(&path))?;
        let text = edit::set(before, keys, value).map_err(|refused| ConfigError::File {
            file: shown(&path),
            line: None,
            reason: match refused {
                Refused::NotToml => "is not TOML".into(),
                Refused::Table => format!("{} is a table", one_line(&keys.join("."))),
                Refused::Form => format!(
                    "has no place for {} that can be found",
                    one_line(&keys.join("."))
                ),
            },
            hint: "write it there with an editor; nothing was changed".into(),
        })?;
        let exposed = file.and_then(File::exposure).is_some();
        Ok(Change {
            is_made: text == before && file.is_some() && !exposed,
            path,
            text,
        })
    }

    /// Makes it: the file is replaced as a whole or not at all, and only its owner may read it.
    ///
    /// # Errors
    /// What the system says; the file is as it was.
    pub fn write(&self) -> io::Result<()> {
        // What stands behind a link is replaced, not the link.
        let path = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        make_folder(folder)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let temporary = folder.join(format!(".{name}.{}.tmp", std::process::id()));
        let written = write_new(&temporary, self.text.as_bytes())
            .and_then(|()| fs::rename(&temporary, &path));
        if let Err(error) = written {
            // It may not even be there.
            let _ = fs::remove_file(&temporary);
            return Err(error);
        }
        sync_folder(folder);
        Ok(())
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
            reason: "has no place: there is no home directory".into(),
            hint: "name it: --config FILE".into(),
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

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Makes the new name last. Where folders cannot be opened as files, the system sees to it.
fn sync_folder(folder: &Path) {
    if let Ok(folder) = fs::File::open(folder) {
        let _ = folder.sync_all();
    }
}
