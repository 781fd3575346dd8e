//! Tencent Cloud: `~/.tccli/<profile>.credential` and `.configure` of the CLI
//! (<https://github.com/TencentCloud/tencentcloud-cli>), and `~/.tencentcloud/credentials` of the
//! SDKs.

use std::path::PathBuf;

use super::document::{Found, Object};
use super::{Look, home};
use crate::cert::shell_word;
use crate::config::env::{self, Env};
use crate::config::error::ConfigError;
use crate::config::files::one_line;
use crate::config::layer::Layer;
use crate::config::names::Setting;
use crate::secret::Secret;

/// The profile of both tools where none is named.
const DEFAULT: &str = "default";

/// The CLI's two files, then the SDKs'.
pub(super) fn paths(wanted: Option<&str>, env: &Env) -> Vec<PathBuf> {
    let mut paths = cli_paths(wanted, env).map_or_else(Vec::new, Vec::from);
    paths.extend(ini_path(env));
    paths
}

fn cli_paths(wanted: Option<&str>, env: &Env) -> Option<[PathBuf; 2]> {
    let profile = wanted.unwrap_or(DEFAULT);
    // The name becomes a file's name: it must not lead elsewhere.
    if profile.contains(['/', '\\']) {
        return None;
    }
    let folder = home(env)?.join(".tccli");
    Some(["credential", "configure"].map(|kind| folder.join(format!("{profile}.{kind}"))))
}

fn ini_path(env: &Env) -> Option<PathBuf> {
    match env.non_empty(env::TENCENTCLOUD_CREDENTIALS_FILE) {
        Some(path) => Some(path.into()),
        None => Some(home(env)?.join(".tencentcloud").join("credentials")),
    }
}

pub(super) fn read(look: &Look, wanted: Option<&str>) -> Result<Option<Layer>, ConfigError> {
    let name = wanted.unwrap_or(DEFAULT);
    if let Some([credential, configure]) = cli_paths(wanted, look.env)
        && let Some(credential) = look.find(&credential)
    {
        return cli(&credential, look.find(&configure).as_ref(), name).map(Some);
    }
    let Some(path) = ini_path(look.env) else {
        return Ok(None);
    };
    match look.find(&path) {
        Some(found) => ini(&found, name),
        None => Ok(None),
    }
}

fn cli(credential: &Found, configure: Option<&Found>, name: &str) -> Result<Layer, ConfigError> {
    let document = credential.json()?;
    let keys = credential.object(&document, name, "")?;
    let mut layer = credential.layer();
    let kind = keys.text("type")?;
    match kind.as_ref().map_or(DEFAULT, |kind| kind.value.expose()) {
        DEFAULT => {
            add_keys(&mut layer, &keys)?;
            layer.add(Setting::Token, keys.text("token")?);
        }
        "cvm-role" => {
            layer.add(Setting::InstanceRole, keys.raw("type", "auto".to_owned()));
        }
        kind @ ("oauth" | "sso") => {
            add_keys(&mut layer, &keys)?;
            layer.add(Setting::Token, keys.required("token")?);
            let Some(expires) = keys.number("expiresAt")? else {
                return Err(keys.broken("expiresAt", "is missing"));
            };
            let login = if kind == "sso" { "sso" } else { "auth" };
            let name = shell_word(&one_line(name));
            let renewal = format!("tccli {login} login --profile {name}");
            layer.add(Setting::Renewal, expires.with(Secret::new(renewal)));
            layer.add(Setting::Expires, expires);
        }
        other => {
            let reason = format!("{} is not supported", one_line(other));
            return Err(keys.broken("type", &reason));
        }
    }
    layer.add(Setting::RoleArn, keys.text("role-arn")?);
    layer.add(Setting::RoleSession, keys.text("role-session-name")?);
    if let Some(configure) = configure {
        add_settings(&mut layer, configure, name)?;
    }
    Ok(layer)
}

fn add_keys(layer: &mut Layer, keys: &Object) -> Result<(), ConfigError> {
    layer.add(Setting::Id, keys.required("secretId")?);
    layer.add(Setting::Secret, keys.required("secretKey")?);
    Ok(())
}

fn add_settings(layer: &mut Layer, configure: &Found, name: &str) -> Result<(), ConfigError> {
    let document = configure.json()?;
    let root = configure.object(&document, name, "")?;
    if let Some(params) = root.inner("_sys_param")? {
        layer.add(Setting::Region, params.text("region")?);
    }
    // The one trace of the site: both editions of the CLI share these files and differ in the
    // hosts that they write into them.
    if let Some(ssl) = root.inner("ssl")?
        && let Some(host) = ssl.text("endpoint")?
    {
        let intl = host.value.expose().contains(".intl.");
        let site = if intl { "intl" } else { "mainland" };
        layer.add(Setting::Site, host.with(Secret::new(site.into())));
    }
    Ok(())
}

/// A section of the SDKs' file.
fn ini(found: &Found, name: &str) -> Result<Option<Layer>, ConfigError> {
    let sections = found.ini(&[])?;
    let Some(section) = sections.get(name) else {
        return Ok(None);
    };
    let section = found.object(section, name, name)?;
    let mut layer = found.layer();
    layer.add(Setting::Id, section.required("secret_id")?);
    layer.add(Setting::Secret, section.required("secret_key")?);
    Ok(Some(layer))
}
