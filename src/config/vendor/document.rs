//! A vendor's file, taken apart: JSON objects and sections of an ini file, read alike.

use std::path::Path;

use serde_json::{Map, Value};

use crate::cloud::Cloud;
use crate::config::error::ConfigError;
use crate::config::files::{File, one_line, shown};
use crate::config::layer::Layer;
use crate::config::names::vendor_command;
use crate::config::value::{Given, Origin, Place, Raw};
use crate::secret::Secret;

/// A vendor's file that exists.
pub(super) struct Found<'a> {
    pub(super) file: &'a File,
    pub(super) path: &'a Path,
    pub(super) cloud: Cloud,
}

impl Found<'_> {
    pub(super) fn json(&self) -> Result<Value, ConfigError> {
        let text = self.file.text(self.path)?;
        serde_json::from_str(text).map_err(|error| {
            let reason = if error.is_eof() {
                "is incomplete"
            } else {
                "is not JSON"
            };
            self.error(Some(error.line()), reason.into())
        })
    }

    /// The sections of an ini file. One pair of quotation marks around a value is taken off;
    /// `comments` begin one, wherever they stand.
    pub(super) fn ini(&self, comments: &[char]) -> Result<Map<String, Value>, ConfigError> {
        let mut sections = Map::new();
        let mut section: Option<String> = None;
        for (index, line) in self.file.text(self.path)?.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with(['#', ';']) {
                continue;
            }
            let broken = |reason: &str| Err(self.error(Some(index + 1), reason.into()));
            if let Some(name) = line.strip_prefix('[') {
                let Some(name) = name.split_once(']').map(|(name, _)| name.trim()) else {
                    return broken("has a section without a closing bracket");
                };
                let entry = sections.entry(name.to_owned());
                entry.or_insert_with(|| Value::Object(Map::new()));
                section = Some(name.to_owned());
                continue;
            }
            let (Some(section), Some((key, value))) = (&section, line.split_once('=')) else {
                return broken("is neither `[section]` nor `key = value`");
            };
            let value = value.split(comments).next().unwrap_or_default().trim();
            let quoted = ['"', '\''].into_iter().find_map(|mark| {
                let value = value.strip_prefix(mark)?;
                value.strip_suffix(mark)
            });
            sections[section.as_str()][key.trim()] = quoted.unwrap_or(value).into();
        }
        Ok(sections)
    }

    pub(super) fn object<'v>(
        &'v self,
        value: &'v Value,
        profile: &'v str,
        prefix: &str,
    ) -> Result<Object<'v>, ConfigError> {
        let prefix = prefix.to_owned();
        match value.as_object() {
            Some(map) => Ok(Object {
                found: self,
                map,
                profile,
                prefix,
            }),
            None => Err(self.broken(format!("{prefix} is not an object").trim_start())),
        }
    }

    /// An empty layer, with the warning that its file deserves.
    pub(super) fn layer(&self) -> Layer {
        Layer {
            warnings: self.file.exposure().into_iter().collect(),
            changeable: self.file.changeable().cloned(),
            ..Layer::default()
        }
    }

    pub(super) fn broken(&self, reason: &str) -> ConfigError {
        self.error(None, reason.to_owned())
    }

    fn error(&self, line: Option<usize>, reason: String) -> ConfigError {
        let hint = format!(
            "run `{}` again, or set the keys in the environment or in the configuration file of \
             certctl",
            vendor_command(self.cloud)
        );
        ConfigError::File {
            file: shown(self.path),
            line,
            reason,
            hint,
        }
    }
}

/// The place and the object of the profile of that name.
pub(super) fn find<'v>(list: &'v [Value], key: &str, name: &str) -> Option<(usize, &'v Value)> {
    list.iter()
        .enumerate()
        .find(|(_, profile)| profile[key] == name)
}

/// The names of a list's profiles.
pub(super) fn names(list: &Value, key: &str) -> Vec<String> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(|profile| profile[key].as_str().map(one_line))
        .collect()
}

/// An object in a vendor's file. An empty text or null is how these tools write "not set".
pub(super) struct Object<'a> {
    pub(super) found: &'a Found<'a>,
    pub(super) map: &'a Map<String, Value>,
    pub(super) profile: &'a str,
    pub(super) prefix: String,
}

impl<'a> Object<'a> {
    pub(super) fn text(&self, key: &str) -> Result<Option<Raw>, ConfigError> {
        match self.map.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => Ok(Some(self.raw(key, text.clone()))),
            Some(_) => Err(self.broken(key, "must be a string")),
        }
    }

    /// A whole number; 0 is "not set" too.
    pub(super) fn number(&self, key: &str) -> Result<Option<Raw>, ConfigError> {
        match self.map.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value.as_i64().or_else(|| value.as_str()?.parse().ok()) {
                Some(0) => Ok(None),
                Some(number) => Ok(Some(self.raw(key, number.to_string()))),
                None => Err(self.broken(key, "must be a whole number")),
            },
        }
    }

    pub(super) fn raw(&self, key: &str, text: String) -> Raw {
        Given {
            value: Secret::new(text),
            origin: Origin::File(Box::new(Place {
                file: shown(self.found.path),
                line: None,
                profile: one_line(self.profile),
                field: self.field(key),
                is_own: false,
            })),
        }
    }

    pub(super) fn required(&self, key: &str) -> Result<Raw, ConfigError> {
        self.text(key)?
            .ok_or_else(|| self.broken(key, "is missing or empty"))
    }

    pub(super) fn inner(&self, key: &str) -> Result<Option<Object<'a>>, ConfigError> {
        match self.map.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => self
                .found
                .object(value, self.profile, &self.field(key))
                .map(Some),
        }
    }

    pub(super) fn array(&self, key: &str) -> Result<&'a [Value], ConfigError> {
        match self.map.get(key) {
            None | Some(Value::Null) => Ok(&[]),
            Some(Value::Array(list)) => Ok(list),
            Some(_) => Err(self.broken(key, "must be a list")),
        }
    }

    fn field(&self, key: &str) -> String {
        let dot = if self.prefix.is_empty() { "" } else { "." };
        format!("{}{dot}{key}", self.prefix)
    }

    pub(super) fn broken(&self, key: &str, reason: &str) -> ConfigError {
        let of = match self.profile {
            "" => String::new(),
            profile => format!(" (profile '{}')", one_line(profile)),
        };
        self.found
            .broken(&format!("{}{of} {reason}", self.field(key)))
    }
}
