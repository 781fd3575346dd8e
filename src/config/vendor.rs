//! The configuration files of the vendors' own CLIs: read, never written, static keys only.
//!
//! Whatever else a vendor's profile can be (a role to assume, a browser login) is refused by its
//! name instead of being guessed at.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::env::{self, Env};
use super::error::ConfigError;
use super::files::{File, Sources, one_line, shown};
use super::layer::Layer;
use super::names::{Setting, vendor_command};
use super::value::{Given, Origin, Place, Raw};
use crate::cloud::Cloud;
use crate::secret::Secret;

/// The files to look into; none without a home directory. `named` is the profile that was named.
pub(super) fn paths(cloud: Cloud, named: Option<&str>, env: &Env) -> Vec<PathBuf> {
    let Some(home) = env.non_empty(env::HOME).map(Path::new) else {
        return Vec::new();
    };
    match cloud {
        Cloud::Alibaba => vec![home.join(".aliyun").join("config.json")],
        Cloud::Tencent => {
            let profile = named.unwrap_or("default");
            // The name becomes a file's name: it must not lead elsewhere.
            if profile.contains(['/', '\\']) {
                return Vec::new();
            }
            let folder = home.join(".tccli");
            ["credential", "configure"]
                .map(|kind| folder.join(format!("{profile}.{kind}")))
                .into()
        }
        Cloud::Ucloud => {
            let folder = home.join(".ucloud");
            ["config.json", "credential.json"]
                .map(|name| folder.join(name))
                .into()
        }
    }
}

/// The profile that was named, else the one that the vendor's CLI would use. None where there is
/// no such file, or the named profile is not in it.
///
/// # Errors
/// A file or profile that is there and cannot be used: file, field and reason.
pub(super) fn read(
    cloud: Cloud,
    named: Option<&str>,
    env: &Env,
    sources: &Sources,
) -> Result<Option<Layer>, ConfigError> {
    let paths = paths(cloud, named, env);
    let files: Vec<_> = paths
        .iter()
        .map(|path| sources.file(path).map(|file| Found { file, path, cloud }))
        .collect();
    match (cloud, files.as_slice()) {
        (Cloud::Alibaba, [Some(config)]) => alibaba(config, named),
        (Cloud::Tencent, [Some(credential), configure]) => {
            tencent(credential, configure.as_ref(), named.unwrap_or("default")).map(Some)
        }
        (Cloud::Ucloud, [Some(config), credential]) => ucloud(config, credential.as_ref(), named),
        _ => Ok(None),
    }
}

/// The profiles that the vendor's files have, for the message about one they do not have.
pub(super) fn profiles(cloud: Cloud, env: &Env, sources: &Sources) -> Vec<String> {
    if cloud == Cloud::Tencent {
        return sources.tccli_profiles().to_vec();
    }
    let paths = paths(cloud, None, env);
    let Some((path, file)) = paths
        .first()
        .and_then(|path| Some((path, sources.file(path)?)))
    else {
        return Vec::new();
    };
    let document = Found { file, path, cloud }.json().unwrap_or_default();
    let (list, key) = match cloud {
        Cloud::Alibaba => (&document["profiles"], "name"),
        _ => (&document, "profile"),
    };
    let list = list.as_array().into_iter().flatten();
    list.filter_map(|profile| profile[key].as_str().map(one_line))
        .collect()
}

/// `~/.aliyun/config.json`
/// (<https://github.com/aliyun/aliyun-cli/blob/master/config/profile.go>).
fn alibaba(config: &Found, named: Option<&str>) -> Result<Option<Layer>, ConfigError> {
    let document = config.json()?;
    let root = config.object(&document, "", "")?;
    let list = root.array("profiles")?;
    let current = root.text("current")?;
    let wanted = named
        .or(current.as_ref().map(|raw| raw.value.expose()))
        .unwrap_or("default");
    let Some((index, profile)) = find(list, "name", wanted) else {
        return match current {
            Some(_) if named.is_none() => {
                Err(root.broken("current", "names a profile that is not in the file"))
            }
            _ => Ok(None),
        };
    };
    let profile = config.object(profile, wanted, &format!("profiles[{index}]"))?;
    let mode = profile.text("mode")?;
    let mode = mode.as_ref().map_or("AK", |mode| mode.value.expose());
    let with_token = match mode.to_ascii_lowercase().as_str() {
        "ak" => false,
        "ststoken" => true,
        _ => {
            let reason = format!(
                "{} is not supported yet: only AK and StsToken are",
                one_line(mode)
            );
            return Err(profile.broken("mode", &reason));
        }
    };
    let mut layer = config.layer();
    layer.add(Setting::Id, profile.required("access_key_id")?);
    layer.add(Setting::Secret, profile.required("access_key_secret")?);
    if with_token {
        layer.add(Setting::Token, profile.required("sts_token")?);
    }
    Ok(Some(layer))
}

/// `~/.tccli/<profile>.credential` and `.configure`
/// (<https://github.com/TencentCloud/tencentcloud-cli>).
fn tencent(
    credential: &Found,
    configure: Option<&Found>,
    name: &str,
) -> Result<Layer, ConfigError> {
    let document = credential.json()?;
    let keys = credential.object(&document, name, "")?;
    if let Some(kind) = keys.text("type")?
        && kind.value.expose() != "default"
    {
        let kind = one_line(kind.value.expose());
        return Err(keys.broken(
            "type",
            &format!("{kind} is not supported yet: only keys are"),
        ));
    }
    // With it the vendor's CLI calls as that role, not as the keys' owner.
    if keys.text("role-arn")?.is_some() {
        return Err(keys.broken("role-arn", "asks for a role, which is not supported yet"));
    }
    let mut layer = credential.layer();
    layer.add(Setting::Id, keys.required("secretId")?);
    layer.add(Setting::Secret, keys.required("secretKey")?);
    layer.add(Setting::Token, keys.text("token")?);

    if let Some(configure) = configure {
        let document = configure.json()?;
        let root = configure.object(&document, name, "")?;
        if let Some(params) = root.inner("_sys_param")? {
            layer.add(Setting::Region, params.text("region")?);
        }
        // The one trace of the site: both editions of the CLI share these files and differ in
        // the hosts that they write into them.
        if let Some(ssl) = root.inner("ssl")?
            && let Some(host) = ssl.text("endpoint")?
        {
            let intl = host.value.expose().contains(".intl.");
            let site = if intl { "intl" } else { "mainland" };
            layer.add(Setting::Site, host.with(Secret::new(site.into())));
        }
    }
    Ok(layer)
}

/// `~/.ucloud/config.json` and `credential.json`, two arrays joined on `profile`
/// (<https://github.com/ucloud/ucloud-cli>).
fn ucloud(
    config: &Found,
    credential: Option<&Found>,
    named: Option<&str>,
) -> Result<Option<Layer>, ConfigError> {
    let document = config.json()?;
    let Some(list) = document.as_array() else {
        return Err(
            config.broken("is not a list of profiles: was it written by a CLI before 0.1.8?")
        );
    };
    let found = match named {
        Some(name) => find(list, "profile", name),
        None => list
            .iter()
            .enumerate()
            .find(|(_, profile)| profile["active"] == true),
    };
    let Some((index, settings)) = found else {
        return match named {
            None if !list.is_empty() => Err(config.broken("has no active profile")),
            _ => Ok(None),
        };
    };
    let settings = config.object(settings, "", &format!("[{index}]"))?;
    let name = settings.required("profile")?;
    let name = name.value.expose();
    let settings = Object {
        profile: name,
        ..settings
    };

    let absent = || {
        config.broken(&format!(
            "profile '{}' has no keys in credential.json",
            one_line(name)
        ))
    };
    let credential = credential.ok_or_else(absent)?;
    let document = credential.json()?;
    let Some(list) = document.as_array() else {
        return Err(credential.broken("is not a list of profiles"));
    };
    let (index, keys) = find(list, "profile", name).ok_or_else(absent)?;
    let keys = credential.object(keys, name, &format!("[{index}]"))?;
    // Such a profile keeps its old keys, but the API refuses them beside a login.
    if let Some(mode) = keys.text("auth_mode")? {
        let mode = one_line(mode.value.expose());
        let reason = format!("{mode} is not supported yet: only keys are");
        return Err(keys.broken("auth_mode", &reason));
    }
    if settings.text("channel_key")?.is_some() {
        return Err(settings.broken(
            "channel_key",
            "asks for a dedicated channel, which is not supported",
        ));
    }
    let mut layer = credential.layer();
    layer.add(Setting::Id, keys.required("public_key")?);
    layer.add(Setting::Secret, keys.required("private_key")?);
    layer.add(Setting::Region, settings.text("region")?);
    layer.add(Setting::Endpoint, settings.text("base_url")?);
    // Older CLIs wrote `org-x/Name`; the API takes the id alone.
    if let Some(project) = settings.text("project_id")? {
        let id = project.value.expose().split('/').next().unwrap_or_default();
        layer.add(Setting::ProjectId, project.with(Secret::new(id.into())));
    }
    Ok(Some(layer))
}

fn find<'v>(list: &'v [Value], key: &str, name: &str) -> Option<(usize, &'v Value)> {
    list.iter()
        .enumerate()
        .find(|(_, profile)| profile[key] == name)
}

/// A vendor's file that exists.
struct Found<'a> {
    file: &'a File,
    path: &'a Path,
    cloud: Cloud,
}

impl Found<'_> {
    fn json(&self) -> Result<Value, ConfigError> {
        let text = self.file.text(self.path)?;
        serde_json::from_str(text).map_err(|error| {
            let reason = if error.is_eof() {
                "is cut short"
            } else {
                "is not JSON"
            };
            self.error(Some(error.line()), reason.into())
        })
    }

    fn object<'v>(
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
    fn layer(&self) -> Layer {
        Layer {
            warnings: self.file.exposure().into_iter().collect(),
            ..Layer::default()
        }
    }

    fn broken(&self, reason: &str) -> ConfigError {
        self.error(None, reason.to_owned())
    }

    fn error(&self, line: Option<usize>, reason: String) -> ConfigError {
        let hint = format!(
            "run `{}` again, or give the keys in the environment or in certctl's own file",
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

/// An object in a vendor's file. An empty text or null is how these tools write "not set".
struct Object<'a> {
    found: &'a Found<'a>,
    map: &'a Map<String, Value>,
    profile: &'a str,
    prefix: String,
}

impl<'a> Object<'a> {
    fn text(&self, key: &str) -> Result<Option<Raw>, ConfigError> {
        match self.map.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => {
                let origin = Origin::File(Box::new(Place {
                    file: shown(self.found.path),
                    line: None,
                    profile: one_line(self.profile),
                    field: self.field(key),
                }));
                Ok(Some(Given {
                    value: Secret::new(text.clone()),
                    origin,
                }))
            }
            Some(_) => Err(self.broken(key, "must be a string")),
        }
    }

    fn required(&self, key: &str) -> Result<Raw, ConfigError> {
        self.text(key)?
            .ok_or_else(|| self.broken(key, "is missing or empty"))
    }

    fn inner(&self, key: &str) -> Result<Option<Object<'a>>, ConfigError> {
        match self.map.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => self
                .found
                .object(value, self.profile, &self.field(key))
                .map(Some),
        }
    }

    fn array(&self, key: &str) -> Result<&'a [Value], ConfigError> {
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

    fn broken(&self, key: &str, reason: &str) -> ConfigError {
        let of = match self.profile {
            "" => String::new(),
            profile => format!(" (profile '{}')", one_line(profile)),
        };
        self.found
            .broken(&format!("{}{of} {reason}", self.field(key)))
    }
}
