//! `certctl config show`: every value, and who supplied it.

use serde::Serialize;
use url::Url;

use super::change::Key;
use super::env::Env;
use super::error::ConfigError;
use super::files::{Sources, shown};
use super::layer::{self, Layers};
use super::names::{CREDENTIAL, Setting, names, vendor_command};
use super::value::{Given, Origin, Output, Signature, Site};
use super::{Flags, profile, vendor};
use crate::cloud::Cloud;
use crate::secret::MASK;

/// One value of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The cloud; none for what holds for all of them.
    pub cloud: Option<Cloud>,
    /// The value's name, as in a profile.
    pub name: &'static str,
    /// The value, secrets masked; none where it is not set or broken.
    pub value: Option<String>,
    /// Who supplied it.
    pub origin: Option<Origin>,
    /// Why there is no value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Every value for `clouds`, with the warnings. What is broken is told in its row and hides
/// nothing else.
pub fn show(
    clouds: &[Cloud],
    flags: &Flags,
    env: &Env,
    sources: &Sources,
) -> (Vec<Row>, Vec<String>) {
    let mut rows = general(flags, env, sources);
    let mut warnings: Vec<String> = Vec::new();
    for &cloud in clouds {
        let layers = Layers::new(cloud, flags, env, sources);
        rows.extend(names(cloud).iter().filter_map(|name| {
            let layers = layers.as_ref().map_err(Clone::clone);
            let shown = layers.and_then(|layers| value(layers, name.setting));
            // Of the ways to log in only the one that is taken is of interest.
            let always = !name.setting.is_login() || CREDENTIAL.contains(&name.setting);
            let told = always || matches!(shown, Ok(Some(_)));
            told.then(|| row(Some(cloud), name.key, shown))
        }));
        // What is wrong outside of the clouds' tables is told once.
        let told = layers.map(|layers| layers.warnings).unwrap_or_default();
        for warning in told {
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
    }
    (rows, warnings)
}

/// The value of one key, as it may be shown, and who supplied it; a secret is masked. Unlike a row
/// of [`show`] it does not depend on whether the rest of the login is there.
///
/// # Errors
/// A source is broken, or the value is.
pub fn get(
    key: &Key,
    flags: &Flags,
    env: &Env,
    sources: &Sources,
) -> Result<Option<Given<String>>, ConfigError> {
    let Some((cloud, setting)) = key.setting() else {
        let output = layer::output(flags, env, sources)?;
        return Ok(output.map(|given| word(given, &Output::CHOICES)));
    };
    let layers = Layers::new(cloud, flags, env, sources)?;
    match setting.is_login() {
        true => part_of_login(&layers, setting),
        false => value(&layers, setting),
    }
}

type Shown = Result<Option<Given<String>>, ConfigError>;

fn general(flags: &Flags, env: &Env, sources: &Sources) -> Vec<Row> {
    let file = profile::path(flags, env).map(|location| {
        location.map(|at| Given {
            value: shown(&at.path),
            origin: at.origin,
        })
    });
    let profile = profile::named(flags, env).and_then(|named| match named {
        Some(named) => Ok(Some(named)),
        None => Ok(layer::own(flags, env, sources, None, None)?
            .chosen
            .map(|own| own.name)),
    });
    let output = layer::output(flags, env, sources)
        .map(|output| output.map(|given| word(given, &Output::CHOICES)));
    [("config", file), ("profile", profile), ("output", output)]
        .map(|(name, shown)| row(None, name, shown))
        .into()
}

fn value(layers: &Layers, setting: Setting) -> Shown {
    Ok(match setting {
        Setting::Endpoint => layers.endpoint()?.map(|given| {
            let text = |url: Url| url.as_str().trim_end_matches('/').to_owned();
            given.map(text)
        }),
        Setting::Region => layers.region()?,
        Setting::ProjectId => layers.project_id()?,
        Setting::Site => Some(word(layers.site()?, &Site::CHOICES)),
        Setting::Signature => Some(word(layers.signature()?, &Signature::CHOICES)),
        _ => {
            // What is wrong with the login is said where its values would stand.
            layers.login()?;
            part_of_login(layers, setting)?
        }
    })
}

fn part_of_login(layers: &Layers, setting: Setting) -> Shown {
    let layer = layers.login_layer()?;
    let raw = layer.as_ref().and_then(|layer| layer.value(setting));
    Ok(raw.map(|raw| raw.with(part(setting, raw.text()))))
}

/// A part of a login as it may be shown.
fn part(setting: Setting, text: &str) -> String {
    match setting {
        Setting::Id => masked_id(text),
        Setting::Uri => text.split('?').next().unwrap_or_default().to_owned(),
        // Arguments may be secrets.
        Setting::Command => match text.split_once(char::is_whitespace) {
            Some((program, _)) => format!("{program} …"),
            None => text.to_owned(),
        },
        _ if setting.is_secret() => MASK.to_owned(),
        _ => text.to_owned(),
    }
}

fn row(cloud: Option<Cloud>, name: &'static str, shown: Shown) -> Row {
    let (value, origin, reason) = match shown {
        Ok(Some(Given { value, origin })) => (Some(value), Some(origin), None),
        Ok(None) => (None, None, Some("not set".to_owned())),
        Err(error) => (None, None, Some(error.to_string())),
    };
    Row {
        cloud,
        name,
        value,
        origin,
        reason,
    }
}

/// A profile that can be named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Profile {
    /// Its name.
    pub profile: String,
    /// Whether it is the one in use; of certctl's own only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<bool>,
    /// Whose it is: `certctl`, or the vendor's tool.
    pub tool: &'static str,
    /// The clouds that it says something about.
    pub clouds: Vec<Cloud>,
    /// Where it stands.
    pub file: String,
}

/// Every profile, certctl's own first. A vendor's file that cannot be read has none.
///
/// # Errors
/// certctl's own file is broken.
pub fn profiles(flags: &Flags, env: &Env, sources: &Sources) -> Result<Vec<Profile>, ConfigError> {
    let mut found = Vec::new();
    if let Some(location) = profile::path(flags, env)? {
        let named = profile::named(flags, env)?;
        let own = layer::own(flags, env, sources, named.as_ref(), None)?;
        let chosen = own.chosen.map(|chosen| chosen.name.value);
        let file = shown(&location.path);
        found.extend(
            own.profiles
                .into_iter()
                .zip(own.clouds)
                .map(|(profile, clouds)| Profile {
                    current: Some(chosen.as_deref() == Some(profile.as_str())),
                    profile,
                    tool: "certctl",
                    clouds,
                    file: file.clone(),
                }),
        );
    }
    for cloud in Cloud::ALL {
        let tool = vendor_command(cloud).split(' ').next().unwrap_or_default();
        for profile in vendor::profiles(cloud, env, sources) {
            let name = Given {
                value: profile.clone(),
                origin: Origin::Default,
            };
            let paths = vendor::paths(cloud, Some(&name), env);
            let file = paths
                .iter()
                .find(|path| cloud == Cloud::Tencent || sources.file(path).is_some());
            found.push(Profile {
                profile,
                current: None,
                tool,
                clouds: vec![cloud],
                file: file.map(|path| shown(path)).unwrap_or_default(),
            });
        }
    }
    Ok(found)
}

/// Enough of a key id to recognise it by.
pub fn masked_id(id: &str) -> String {
    match id.get(..4) {
        Some(start) if id.len() > 4 => format!("{start}{MASK}"),
        _ => MASK.to_owned(),
    }
}

fn word<T: Copy + PartialEq>(given: Given<T>, choices: &[(&str, T)]) -> Given<String> {
    let word = choices
        .iter()
        .find(|(_, value)| *value == given.value)
        .map(|(word, _)| *word);
    Given {
        value: word.unwrap_or_default().to_owned(),
        origin: given.origin,
    }
}
