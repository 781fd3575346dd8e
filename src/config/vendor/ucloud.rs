//! UCloud: `~/.ucloud/config.json` and `credential.json`, two arrays joined on `profile`
//! (<https://github.com/ucloud/ucloud-cli>).

use std::path::PathBuf;

use super::document::{Found, Object, find, names};
use super::{Look, home};
use crate::config::env::Env;
use crate::config::error::ConfigError;
use crate::config::files::one_line;
use crate::config::layer::Layer;
use crate::config::names::Setting;
use crate::secret::Secret;

fn two_paths(env: &Env) -> Option<[PathBuf; 2]> {
    let folder = home(env)?.join(".ucloud");
    Some(["config.json", "credential.json"].map(|name| folder.join(name)))
}

pub(super) fn paths(env: &Env) -> Vec<PathBuf> {
    two_paths(env).map_or_else(Vec::new, Vec::from)
}

pub(super) fn profiles(look: &Look) -> Vec<String> {
    let paths = two_paths(look.env);
    let config = paths.as_ref().and_then(|[config, _]| look.find(config));
    let list = config.and_then(|config| config.json().ok());
    names(&list.unwrap_or_default(), "profile")
}

pub(super) fn read(look: &Look, wanted: Option<&str>) -> Result<Option<Layer>, ConfigError> {
    let Some([config, credential]) = two_paths(look.env) else {
        return Ok(None);
    };
    match look.find(&config) {
        Some(config) => profile(&config, look.find(&credential).as_ref(), wanted),
        None => Ok(None),
    }
}

fn profile(
    config: &Found,
    credential: Option<&Found>,
    wanted: Option<&str>,
) -> Result<Option<Layer>, ConfigError> {
    let document = config.json()?;
    let Some(list) = document.as_array() else {
        return Err(
            config.broken("is not a list of profiles: it may come from a CLI older than 0.1.8")
        );
    };
    let found = match wanted {
        Some(name) => find(list, "profile", name),
        None => list
            .iter()
            .enumerate()
            .find(|(_, profile)| profile["active"] == true),
    };
    let Some((index, settings)) = found else {
        return match wanted {
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
        let reason = format!(
            "{mode} is not supported: a browser login cannot sign calls, and any keys left in \
             this profile belong to another identity"
        );
        return Err(keys.broken("auth_mode", &reason));
    }
    if settings.text("channel_key")?.is_some() {
        return Err(settings.broken(
            "channel_key",
            "requires a dedicated channel, which is not supported",
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
