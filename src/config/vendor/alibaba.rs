//! Alibaba Cloud: `~/.aliyun/config.json` of the CLI
//! (<https://github.com/aliyun/aliyun-cli/blob/master/config/profile.go>), and
//! `~/.alibabacloud/credentials` or `credentials.ini` of the SDKs.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::document::{Found, Object, find, names};
use super::{Look, home};
use crate::cert::shell_word;
use crate::cloud::Cloud;
use crate::config::env::{self, Env};
use crate::config::error::ConfigError;
use crate::config::files::one_line;
use crate::config::layer::Layer;
use crate::config::login;
use crate::config::names::Setting;
use crate::config::value::Raw;
use crate::secret::Secret;

/// The CLI's file, then the SDKs'.
pub(super) fn paths(env: &Env) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    if let Some(home) = home(env)
        && !env::ALIBABA_CLOUD_IGNORE_PROFILE
            .iter()
            .any(|name| env.is_on(name))
    {
        paths.push(home.join(".aliyun").join("config.json"));
    }
    match env.non_empty(env::ALIBABA_CLOUD_CREDENTIALS_FILE) {
        Some(path) => paths.push(path.into()),
        None => {
            let folder = home(env).map(|home| home.join(".alibabacloud"));
            let file = |name| folder.as_ref().map(|folder| folder.join(name));
            paths.extend(file("credentials"));
            paths.extend(file("credentials.ini"));
        }
    }
    paths
}

fn is_cli_file(path: &Path) -> bool {
    path.ends_with(".aliyun/config.json")
}

pub(super) fn read(look: &Look, wanted: Option<&str>) -> Result<Option<Layer>, ConfigError> {
    for path in paths(look.env) {
        let Some(found) = look.find(&path) else {
            continue;
        };
        let layer = match is_cli_file(&path) {
            true => cli(look, &found, wanted)?,
            false => ini(&found, wanted.unwrap_or("default"))?,
        };
        if layer.is_some() {
            return Ok(layer);
        }
    }
    Ok(None)
}

pub(super) fn profiles(look: &Look) -> Vec<String> {
    let mut known = Vec::new();
    for path in paths(look.env) {
        let Some(found) = look.find(&path) else {
            continue;
        };
        known.extend(match is_cli_file(&path) {
            true => names(&found.json().unwrap_or_default()["profiles"], "name"),
            false => {
                let sections = found.ini(&['#']).unwrap_or_default();
                sections.keys().map(|name| one_line(name)).collect()
            }
        });
    }
    known
}

fn cli(look: &Look, found: &Found, wanted: Option<&str>) -> Result<Option<Layer>, ConfigError> {
    let document = found.json()?;
    let root = found.object(&document, "", "")?;
    let list = root.array("profiles")?;
    let current = root.text("current")?;
    let name = wanted
        .or(current.as_ref().map(|raw| raw.value.expose()))
        .unwrap_or("default");
    match find(list, "name", name) {
        Some(profile) => cli_profile(look, found, list, profile, name, &mut Vec::new()).map(Some),
        None if current.is_some() && wanted.is_none() => {
            Err(root.broken("current", "refers to a profile that is not in the file"))
        }
        None => Ok(None),
    }
}

/// A profile of the CLI. `sources` are the profiles that led here, which must not come again.
fn cli_profile(
    look: &Look,
    found: &Found,
    list: &[Value],
    (index, profile): (usize, &Value),
    name: &str,
    sources: &mut Vec<String>,
) -> Result<Layer, ConfigError> {
    let profile = found.object(profile, name, &format!("profiles[{index}]"))?;
    let mode = profile.text("mode")?;
    let mode = mode.as_ref().map_or("AK", |mode| mode.value.expose());
    let mut layer = found.layer();
    // The CLI does not mind the case.
    match mode.to_ascii_lowercase().as_str() {
        "ak" => add_keys(&mut layer, &profile)?,
        "ststoken" => {
            add_keys(&mut layer, &profile)?;
            layer.add(Setting::Token, profile.required("sts_token")?);
        }
        "ramrolearn" => {
            add_keys(&mut layer, &profile)?;
            layer.add(Setting::Token, profile.text("sts_token")?);
            add_role(&mut layer, &profile)?;
        }
        "ecsramrole" => add_instance(&mut layer, &profile)?,
        "ramrolearnwithrolename" => {
            add_instance(&mut layer, &profile)?;
            add_role(&mut layer, &profile)?;
        }
        "chainableramrolearn" => {
            let source = profile.required("source_profile")?;
            let source = source.value.expose();
            sources.push(name.to_owned());
            if sources.iter().any(|before| before == source) {
                let chain = [sources.join(" -> ").as_str(), source].join(" -> ");
                let reason = format!("refers to itself: {}", one_line(&chain));
                return Err(profile.broken("source_profile", &reason));
            }
            let Some(next) = find(list, "name", source) else {
                let reason = format!("refers to '{}', which is not in the file", one_line(source));
                return Err(profile.broken("source_profile", &reason));
            };
            let below = cli_profile(look, found, list, next, source, sources)?;
            layer.base = login::of(Cloud::Alibaba, &below, look.allow_http)?.map(Box::new);
            add_role(&mut layer, &profile)?;
        }
        "oidc" => {
            layer.add(
                Setting::OidcProvider,
                profile.required("oidc_provider_arn")?,
            );
            layer.add(Setting::OidcTokenFile, profile.required("oidc_token_file")?);
            add_role(&mut layer, &profile)?;
        }
        "external" => {
            // The CLI cuts it at white space and does nothing else with it.
            let command = profile.required("process_command")?;
            let words = command.value.expose().split_whitespace().map(shell_word);
            let words = words.collect::<Vec<_>>().join(" ");
            layer.add(Setting::Command, command.with(Secret::new(words)));
        }
        "credentialsuri" => {
            let uri = profile.text("credentials_uri")?;
            let uri = uri.map_or_else(|| profile.required("credentials_uri"), Ok)?;
            layer.add(Setting::Uri, uri);
        }
        "cloudsso" | "oauth" => add_cached(&mut layer, &profile, mode, name)?,
        _ => {
            let reason = match mode.to_ascii_lowercase().as_str() {
                "rsakeypair" | "bearertoken" | "anonymous" => "is not supported",
                _ => "is not a mode that certctl supports",
            };
            return Err(profile.broken("mode", &format!("{} {reason}", one_line(mode))));
        }
    }
    Ok(layer)
}

fn add_keys(layer: &mut Layer, profile: &Object) -> Result<(), ConfigError> {
    layer.add(Setting::Id, profile.required("access_key_id")?);
    layer.add(Setting::Secret, profile.required("access_key_secret")?);
    Ok(())
}

fn add_instance(layer: &mut Layer, profile: &Object) -> Result<(), ConfigError> {
    let role = profile.text("ram_role_name")?;
    layer.add(Setting::InstanceRole, role.unwrap_or_else(|| auto(profile)));
    Ok(())
}

/// The metadata service is to be asked, and it knows the role.
fn auto(profile: &Object) -> Raw {
    profile.raw("mode", "auto".to_owned())
}

fn add_role(layer: &mut Layer, profile: &Object) -> Result<(), ConfigError> {
    layer.add(Setting::RoleArn, profile.required("ram_role_arn")?);
    layer.add(Setting::RoleSession, profile.text("ram_session_name")?);
    layer.add(Setting::ExternalId, profile.text("external_id")?);
    layer.add(Setting::RoleSeconds, profile.number("expired_seconds")?);
    layer.add(Setting::StsRegion, profile.text("sts_region")?);
    if let Some(host) = profile.text("sts_endpoint")? {
        let url = format!("https://{}", host.value.expose());
        layer.add(Setting::StsEndpoint, host.with(Secret::new(url)));
    }
    Ok(())
}

/// Keys that the CLI got for a login in the browser.
fn add_cached(
    layer: &mut Layer,
    profile: &Object,
    mode: &str,
    name: &str,
) -> Result<(), ConfigError> {
    let renewal = format!(
        "aliyun configure --profile {} --mode {}",
        shell_word(&one_line(name)),
        one_line(mode)
    );
    let keys = ["access_key_id", "access_key_secret", "sts_token"];
    for (setting, key) in [Setting::Id, Setting::Secret, Setting::Token]
        .into_iter()
        .zip(keys)
    {
        let Some(part) = profile.text(key)? else {
            return Err(profile.broken(
                key,
                &format!("is missing: you are not logged in; run `{renewal}`"),
            ));
        };
        layer.add(setting, part);
    }
    let Some(expires) = profile.number("sts_expiration")? else {
        return Err(profile.broken("sts_expiration", "is missing"));
    };
    layer.add(Setting::Renewal, expires.with(Secret::new(renewal)));
    layer.add(Setting::Expires, expires);
    Ok(())
}

/// A section of the SDKs' file.
fn ini(found: &Found, name: &str) -> Result<Option<Layer>, ConfigError> {
    // The SDKs take no key with this character in it.
    let sections = found.ini(&['#'])?;
    let Some(section) = sections.get(name) else {
        return Ok(None);
    };
    let section = found.object(section, name, name)?;
    let kind = section.text("type")?;
    let kind = kind
        .as_ref()
        .map_or("access_key", |kind| kind.value.expose());
    let mut layer = found.layer();
    match kind {
        "access_key" => add_keys(&mut layer, &section)?,
        "ecs_ram_role" => {
            let role = section.text("role_name")?;
            let role = role.unwrap_or_else(|| section.raw("type", "auto".to_owned()));
            layer.add(Setting::InstanceRole, role);
        }
        "ram_role_arn" => {
            add_keys(&mut layer, &section)?;
            add_ini_role(&mut layer, &section)?;
        }
        "oidc_role_arn" => {
            let provider = section.required("oidc_provider_arn")?;
            layer.add(Setting::OidcProvider, provider);
            let file = section.required("oidc_token_file_path")?;
            layer.add(Setting::OidcTokenFile, file);
            add_ini_role(&mut layer, &section)?;
        }
        other => {
            let reason = format!("{} is not supported", one_line(other));
            return Err(section.broken("type", &reason));
        }
    }
    Ok(Some(layer))
}

fn add_ini_role(layer: &mut Layer, section: &Object) -> Result<(), ConfigError> {
    if section.text("policy")?.is_some() {
        return Err(section.broken("policy", "is not supported"));
    }
    layer.add(Setting::RoleArn, section.required("role_arn")?);
    layer.add(Setting::RoleSession, section.text("role_session_name")?);
    Ok(())
}
