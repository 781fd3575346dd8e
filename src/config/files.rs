//! The files, read at the edge and handed on as values.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::env::{self, Env};
use super::error::ConfigError;
use super::ways::env_has_login;
use super::{Flags, profile, vendor};
use crate::cloud::Cloud;
use crate::files::{
    Changeable, FileError, OpenToOthers, changeable_by_others, open_to_others, read_secret,
};

/// The files that were found, by path, and the profile names of Tencent Cloud's CLI, which keeps
/// a file for each.
#[derive(Default)]
pub struct Sources {
    files: BTreeMap<PathBuf, File>,
    tccli_profiles: Vec<String>,
}

/// A file that exists, as it was found. Holds secrets, so it cannot be printed.
pub struct File {
    content: Result<Zeroizing<Vec<u8>>, Unread>,
    open: Option<OpenToOthers>,
    changeable: Option<Changeable>,
}

/// Why a file could not be read.
enum Unread {
    /// It did not come to its end before the deadline.
    Late,
    /// Another reason, in a phrase.
    Because(String),
}

/// Reads the files that [`super::resolve`] will ask for and no others: a vendor's file only where
/// the environment supplies no credential for that cloud, or where a profile is named.
///
/// A file that is not there is simply absent; one that cannot be read becomes an error once it is
/// asked for. So does a flag or variable that should name a file and is broken.
pub fn load(clouds: &[Cloud], flags: &Flags, env: &Env) -> Sources {
    let mut sources = Sources::default();
    if let Ok(Some(own)) = profile::path(flags, env) {
        sources.read(&own.path);
    }
    let Ok(named) = profile::named(flags, env) else {
        return sources;
    };
    for &cloud in clouds {
        if named.is_none() && env_has_login(cloud, env) {
            continue;
        }
        // A broken variable becomes an error once the settings are resolved.
        let Ok(wanted) = vendor::wanted(cloud, named.as_ref(), env) else {
            continue;
        };
        for path in vendor::paths(cloud, wanted.as_ref(), env) {
            sources.read(&path);
        }
        if cloud == Cloud::Tencent && wanted.is_some() {
            sources.tccli_profiles = tccli_profiles(env);
        }
    }
    sources
}

/// Reads certctl's own file and every vendor's.
pub fn load_all(flags: &Flags, env: &Env) -> Sources {
    let mut sources = load(&[], flags, env);
    for cloud in Cloud::ALL {
        for path in vendor::paths(cloud, None, env) {
            sources.read(&path);
        }
    }
    sources.tccli_profiles = tccli_profiles(env);
    sources
}

impl Sources {
    /// Files as they would have been found. `contents` are theirs to the byte.
    pub fn of<P: Into<PathBuf>>(contents: impl IntoIterator<Item = (P, Vec<u8>)>) -> Self {
        let file = |content| File {
            content: Ok(Zeroizing::new(content)),
            open: None,
            changeable: None,
        };
        let files = contents
            .into_iter()
            .map(|(path, content)| (path.into(), file(content)));
        Sources {
            files: files.collect(),
            tccli_profiles: Vec::new(),
        }
    }

    /// The one file, as it is now.
    pub(super) fn at(path: &Path) -> Self {
        let mut sources = Sources::default();
        sources.read(path);
        sources
    }

    /// The file at a path, unless there is none.
    pub(super) fn file(&self, path: &Path) -> Option<&File> {
        self.files.get(path)
    }

    /// The profiles of Tencent Cloud's CLI; listed only where one is named.
    pub(super) fn tccli_profiles(&self) -> &[String] {
        &self.tccli_profiles
    }

    fn read(&mut self, path: &Path) {
        let unreadable = |unread| File {
            content: Err(unread),
            open: None,
            changeable: None,
        };
        let found = read(path).unwrap_or_else(|unread| Some(unreadable(unread)));
        self.files.extend(found.map(|file| (path.to_owned(), file)));
    }
}

impl File {
    /// The text, a byte order mark in front left out.
    ///
    /// # Errors
    /// The file cannot be read, is too large, or is not UTF-8 (with the line).
    pub(super) fn text(&self, path: &Path) -> Result<&str, ConfigError> {
        let broken = |line, reason, hint: &str| ConfigError::File {
            file: shown(path),
            line,
            reason,
            hint: hint.into(),
        };
        let bytes = self.content.as_ref().map_err(|unread| match unread {
            Unread::Late => ConfigError::Late { file: shown(path) },
            Unread::Because(reason) => broken(
                None,
                format!("cannot be read: {reason}"),
                "check the path and its permissions",
            ),
        })?;
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let line = line_of(bytes, error.valid_up_to());
            broken(Some(line), "is not UTF-8".into(), "save the file as UTF-8")
        })?;
        Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
    }

    /// A warning if others than the owner may read the file, which holds a secret.
    pub(super) fn exposure(&self) -> Option<String> {
        self.open.as_ref().map(OpenToOthers::to_string)
    }

    /// What lets others change the file, and with it the program that it names.
    pub(super) fn changeable(&self) -> Option<&Changeable> {
        self.changeable.as_ref()
    }
}

fn read(path: &Path) -> Result<Option<File>, Unread> {
    let because = |reason: &str| Err(Unread::Because(reason.to_owned()));
    match read_secret(path) {
        Ok((content, metadata)) => Ok(Some(File {
            content: Ok(content),
            open: open_to_others(path, &metadata),
            changeable: match metadata.is_file() {
                true => changeable_by_others(path),
                false => None,
            },
        })),
        Err(FileError::Missing { .. } | FileError::DanglingLink { .. }) => Ok(None),
        Err(FileError::Io { source, .. }) if source.kind() == io::ErrorKind::NotADirectory => {
            Ok(None)
        }
        Err(FileError::Late { .. }) => Err(Unread::Late),
        Err(FileError::TooLarge { .. }) => because("it is larger than 1 MiB"),
        Err(FileError::Io { source, .. }) => because(&source.to_string()),
        Err(FileError::Directory { .. }) => because("it is a directory"),
        Err(FileError::Denied { .. }) => because("Permission denied (os error 13)"),
        Err(other) => because(&other.to_string()),
    }
}

/// The profiles of Tencent Cloud's CLI, which keeps a file for each.
pub(super) fn tccli_profiles(env: &Env) -> Vec<String> {
    let folder = env
        .non_empty(env::HOME)
        .map(|home| Path::new(home).join(".tccli"));
    let entries = folder
        .and_then(|folder| fs::read_dir(folder).ok())
        .into_iter()
        .flatten();
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut profiles: Vec<_> = names
        .filter_map(|name| Some(name.strip_suffix(".credential")?.to_owned()))
        .collect();
    profiles.sort_unstable();
    profiles
}

/// The line, counted from 1, in which a byte stands.
pub(super) fn line_of(text: &[u8], offset: usize) -> usize {
    1 + text
        .iter()
        .take(offset)
        .filter(|&&byte| byte == b'\n')
        .count()
}

/// A path for messages.
pub(super) fn shown(path: &Path) -> String {
    one_line(&path.to_string_lossy())
}

/// Names that come from outside, kept to one line.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match c.is_control() {
            true => line.extend(c.escape_default()),
            false => line.push(c),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::env;

    #[test]
    fn a_vendors_file_is_read_only_where_it_may_count() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(".aliyun").join("config.json");
        fs::create_dir(path.parent().unwrap()).unwrap();
        fs::write(&path, "{}").unwrap();
        let named = Flags {
            profile: Some("work"),
            ..Flags::default()
        };
        let key = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "id");
        let cases = [
            (Flags::default(), None, true),
            (Flags::default(), Some(key), false),
            (named, Some(key), true),
        ];
        for (flags, variable, expected) in cases {
            let place = (env::HOME, home.path().to_str().unwrap());
            let env = [Some(place), variable].into_iter().flatten().collect();
            let sources = load(&[Cloud::Alibaba], &flags, &env);
            assert_eq!(sources.file(&path).is_some(), expected, "{variable:?}");
            assert!(load(&[Cloud::Ucloud], &flags, &env).files.is_empty());
        }
    }

    #[test]
    fn names_from_outside_stay_on_one_line() {
        assert_eq!(one_line("名 a\nb\u{1b}[0m"), r"名 a\nb\u{1b}[0m");
    }
}
