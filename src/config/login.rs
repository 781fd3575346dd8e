//! Ways to log in: where a credential comes from. Nothing is fetched here; that is done where
//! calls are sent.

use std::fmt;
use std::path::PathBuf;

use url::Url;

use super::error::ConfigError;
use super::layer::Layer;
use super::names::{Setting, name_of};
use super::value::{self, Flaw, Given, Origin, Raw};
use super::ways;
use crate::cloud::Cloud;
use crate::secret::Secret;
use crate::sign::Credential;

/// What a session of a role is called where nobody says.
const SESSION: &str = "certctl";

/// The value that leaves the instance's role to the metadata service.
const AUTO: &str = "auto";

/// A way to a credential.
#[derive(Clone, Debug)]
pub enum Login {
    /// Keys at hand.
    Keys(Credential),
    /// Temporary keys that the vendor's CLI keeps.
    Cached {
        /// The keys.
        credential: Credential,
        /// Until when they are good, in Unix seconds.
        expires: i64,
        /// The command that makes the vendor's CLI renew them.
        renewal: String,
    },
    /// The temporary keys of a role.
    Role {
        /// Who assumes it.
        base: Box<Login>,
        /// The role.
        role: Role,
    },
    /// The temporary keys of a role, in exchange for a token of an identity provider.
    WebIdentity {
        /// The role.
        role: Role,
        /// The provider: Alibaba Cloud's ARN, Tencent Cloud's name.
        provider: String,
        /// The file that holds the token; read anew each time.
        token_file: PathBuf,
    },
    /// The temporary keys that the instance's metadata service hands out.
    Instance {
        /// The instance's role; the service knows it where none is given.
        role: Option<String>,
    },
    /// Keys that a command prints.
    Command {
        /// The program and its arguments; no shell is in between.
        words: Vec<String>,
    },
    /// Keys that an address answers with.
    Uri(Url),
}

/// A role to assume.
#[derive(Clone, Debug)]
pub struct Role {
    /// Its name as the cloud writes it: ARN, six-segment name, URN.
    pub arn: String,
    /// What the session is called; it stands in the cloud's audit log.
    pub session: String,
    /// What the role's owner asks a third party for.
    pub external_id: Option<String>,
    /// How long the keys are good for, in seconds, if not as long as the cloud's default.
    pub seconds: Option<u32>,
    /// Where it is assumed, if not at the vendor's own host.
    pub endpoint: Option<Url>,
    /// The region in which it is assumed.
    pub region: Option<String>,
}

impl Login {
    /// The word for this way, in JSON and messages.
    pub const fn word(&self) -> &'static str {
        match self {
            Login::Keys(_) => "keys",
            Login::Cached { .. } => "cached",
            Login::Role { .. } => "role",
            Login::WebIdentity { .. } => "oidc",
            Login::Instance { .. } => "instance",
            Login::Command { .. } => "command",
            Login::Uri(_) => "uri",
        }
    }

    /// The keys, where they are at hand.
    pub fn keys(&self) -> Option<&Credential> {
        match self {
            Login::Keys(credential) | Login::Cached { credential, .. } => Some(credential),
            _ => None,
        }
    }

    /// Whether new keys can be had once these are no longer good.
    pub fn is_renewable(&self) -> bool {
        self.keys().is_none()
    }
}

/// The way in words; nothing in them is secret.
impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Login::Keys(credential) => f.write_str(match credential.token {
                Some(_) => "temporary keys",
                None => "keys",
            }),
            Login::Cached { .. } => f.write_str("temporary keys of the vendor's CLI"),
            Login::Role { base, role } => write!(f, "role {}, assumed with {base}", role.arn),
            Login::WebIdentity { role, .. } => {
                write!(f, "role {}, assumed with an OIDC token", role.arn)
            }
            Login::Instance { role: Some(role) } => write!(f, "instance role {role}"),
            Login::Instance { role: None } => f.write_str("instance role"),
            Login::Command { words } => {
                write!(f, "command {}", words.first().map_or("", String::as_str))
            }
            Login::Uri(uri) => write!(f, "address {}", without_query(uri)),
        }
    }
}

/// An address as it may be shown: a query may hold a token.
fn without_query(uri: &Url) -> Url {
    let mut uri = uri.clone();
    uri.set_query(None);
    uri
}

/// The one way that a source offers.
///
/// # Errors
/// A part of it is missing or broken; there are two of them.
pub(super) fn of(
    cloud: Cloud,
    layer: &Layer,
    allow_http: bool,
) -> Result<Option<Given<Login>>, ConfigError> {
    let base = match only_way(layer)? {
        Some(Setting::Id | Setting::Secret | Setting::Token) => Some(keys(cloud, layer)?),
        Some(Setting::OidcProvider | Setting::OidcTokenFile) => {
            return web_identity(cloud, layer).map(Some);
        }
        Some(Setting::InstanceRole) => {
            let raw = required(cloud, layer, Setting::InstanceRole)?;
            let role = value::key_id(&raw)?.value;
            let role = (role != AUTO).then_some(role);
            Some(raw.with(Login::Instance { role }))
        }
        Some(Setting::Command) => {
            let raw = required(cloud, layer, Setting::Command)?;
            // Whoever can change the file could have us run anything.
            if let Some(changeable) = &layer.changeable {
                let reason = format!("names a program, and {changeable}");
                return Err(raw.invalid(reason, changeable.mend()));
            }
            Some(command(&raw)?.map(|words| Login::Command { words }))
        }
        Some(_) => {
            let raw = required(cloud, layer, Setting::Uri)?;
            let uri = value::uri(&raw, allow_http)?;
            Some(uri.map(Login::Uri))
        }
        None => layer.base.clone().map(|base| *base),
    };
    let role_parts = [Setting::RoleArn, Setting::RoleSession, Setting::ExternalId];
    let Some(part) = role_parts.into_iter().find_map(|part| layer.value(part)) else {
        return Ok(base);
    };
    if layer.value(Setting::RoleArn).is_none() {
        return Err(ConfigError::Incomplete {
            present: part.origin.clone(),
            missing: sibling(&part.origin, cloud, Setting::RoleArn),
        });
    }
    let role = role(cloud, layer)?;
    match base {
        Some(base) => Ok(Some(base.map(|base| Login::Role {
            base: Box::new(base),
            role,
        }))),
        None => Err(ConfigError::Incomplete {
            present: part.origin.clone(),
            missing: sibling(&part.origin, cloud, Setting::Id),
        }),
    }
}

/// The first setting of the way that is taken.
fn only_way(layer: &Layer) -> Result<Option<Setting>, ConfigError> {
    const WAYS: [&[Setting]; 5] = [
        &[Setting::Id, Setting::Secret, Setting::Token],
        &[Setting::OidcProvider, Setting::OidcTokenFile],
        &[Setting::InstanceRole],
        &[Setting::Command],
        &[Setting::Uri],
    ];
    let mut taken: Option<(Setting, &Raw)> = None;
    for way in WAYS {
        let mut settings = way.iter();
        let Some(found) = settings.find_map(|of| Some((*of, layer.value(*of)?))) else {
            continue;
        };
        if let Some((_, first)) = taken {
            return Err(found.1.invalid(
                format!("is a second way to log in, next to {}", first.origin),
                "keep one of them",
            ));
        }
        taken = Some(found);
    }
    Ok(taken.map(|(setting, _)| setting))
}

fn keys(cloud: Cloud, layer: &Layer) -> Result<Given<Login>, ConfigError> {
    let id = value::key_id(&required(cloud, layer, Setting::Id)?)?;
    let secret = value::secret(required(cloud, layer, Setting::Secret)?)?.value;
    let token = layer.value(Setting::Token).cloned();
    let token = token.map(value::secret).transpose()?;
    let credential = Credential {
        id: id.value,
        secret,
        token: token.map(|token| token.value),
    };
    let login = match layer.value(Setting::Expires) {
        None => Login::Keys(credential),
        Some(expires) => Login::Cached {
            credential,
            expires: number(expires)?,
            renewal: layer
                .value(Setting::Renewal)
                .map_or("", Raw::text)
                .to_owned(),
        },
    };
    Ok(Given {
        value: login,
        origin: id.origin,
    })
}

fn web_identity(cloud: Cloud, layer: &Layer) -> Result<Given<Login>, ConfigError> {
    let file = required(cloud, layer, Setting::OidcTokenFile)?;
    let provider = required(cloud, layer, Setting::OidcProvider)?;
    required(cloud, layer, Setting::RoleArn)?;
    Ok(file.with(Login::WebIdentity {
        role: role(cloud, layer)?,
        provider: value::key_id(&provider)?.value,
        token_file: value::plain(&file)?.into(),
    }))
}

fn role(cloud: Cloud, layer: &Layer) -> Result<Role, ConfigError> {
    let arn = required(cloud, layer, Setting::RoleArn)?;
    let named = layer.value(Setting::RoleSession);
    // With the one and without the other the vendor's CLI would not assume the role.
    if let (Cloud::Tencent, None, Origin::Env { variable }) = (cloud, named, &arn.origin)
        && *variable == super::env::TENCENTCLOUD_ROLE_ARN
    {
        required(cloud, layer, Setting::RoleSession)?;
    }
    let text = |setting| {
        let raw = layer.value(setting);
        raw.map(|raw| Ok(value::key_id(raw)?.value)).transpose()
    };
    let seconds = layer.value(Setting::RoleSeconds).map(seconds);
    let endpoint = layer.value(Setting::StsEndpoint);
    let endpoint = endpoint.map(|raw| value::endpoint(raw, false));
    let region = layer.value(Setting::StsRegion).map(value::region);
    Ok(Role {
        arn: value::key_id(&arn)?.value,
        session: text(Setting::RoleSession)?.unwrap_or_else(|| SESSION.to_owned()),
        external_id: text(Setting::ExternalId)?,
        seconds: seconds.transpose()?,
        endpoint: endpoint.transpose()?.map(|given| given.value),
        region: region.transpose()?.map(|given| given.value),
    })
}

/// How long keys are to be good for.
pub(super) fn seconds(raw: &Raw) -> Result<u32, ConfigError> {
    let seconds = number(raw)?;
    u32::try_from(seconds)
        .ok()
        .filter(|seconds| (900..=43_200).contains(seconds))
        .ok_or_else(|| {
            raw.invalid(
                "is not a valid lifetime for keys",
                "use 900 to 43200 seconds",
            )
        })
}

/// A command, cut into words.
pub(super) fn command(raw: &Raw) -> Result<Given<Vec<String>>, ConfigError> {
    let words = words(value::plain(raw)?);
    let words = words.map_err(|reason| raw.invalid(reason, "use PROGRAM ARGUMENTS"))?;
    Ok(raw.with(words))
}

fn number(raw: &Raw) -> Result<i64, ConfigError> {
    let text = value::plain(raw)?;
    text.parse()
        .map_err(|_| raw.invalid("is not a whole number", "use digits only"))
}

/// A part that the others make no sense without.
fn required(cloud: Cloud, layer: &Layer, setting: Setting) -> Result<Raw, ConfigError> {
    if let Some(raw) = layer.value(setting) {
        return Ok(raw.clone());
    }
    let present = layer.values.iter().find(|(of, _)| of.is_login());
    let present = present.map_or(Origin::Default, |(_, raw)| raw.origin.clone());
    Err(ConfigError::Incomplete {
        missing: sibling(&present, cloud, setting),
        present,
    })
}

/// What a missing part is called where the others stand.
fn sibling(present: &Origin, cloud: Cloud, missing: Setting) -> String {
    let name = name_of(cloud, missing);
    match present {
        Origin::File(place) => {
            let table = place.field.rsplit_once('.').map_or("", |(table, _)| table);
            format!("{table}.{}", name.map_or("", |name| name.key))
        }
        Origin::Env { variable } => ways::beside(cloud, variable, missing)
            .unwrap_or_default()
            .to_owned(),
        _ => name.map_or("", |name| name.key).to_owned(),
    }
}

/// The words of a command line as a POSIX shell would cut them, without anything else that a shell
/// does: no variables, no patterns, no pipes.
///
/// # Errors
/// A quotation mark that is never closed; nothing at all.
fn words(text: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\'' | '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next() {
                        None => return Err("has a quotation mark that is not closed"),
                        Some(end) if end == c => break,
                        Some('\\') if c == '"' => match chars.next() {
                            Some(escaped @ ('"' | '\\')) => word.push(escaped),
                            Some(other) => word.extend(['\\', other]),
                            None => return Err("has a quotation mark that is not closed"),
                        },
                        Some(other) => word.push(other),
                    }
                }
            }
            // Paths have it on Windows.
            '\\' if !cfg!(windows) => word.get_or_insert_default().extend(chars.next()),
            c if c.is_whitespace() => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    match words.first() {
        Some(program) if !program.is_empty() => Ok(words),
        _ => Err("names no program"),
    }
}

/// A credential as [`Login::Command`], [`Login::Uri`] and the metadata services give it, checked as
/// strictly as one from a file.
///
/// # Errors
/// What is wrong with which part; never its value.
pub fn credential(id: String, secret: Secret, token: Option<Secret>) -> Result<Credential, String> {
    let check = |part: &str, text: &str| match Flaw::in_key(text) {
        Some(flaw) => Err(format!("{part} {flaw}")),
        None => Ok(()),
    };
    check("the key id", &id)?;
    check("the secret", secret.expose())?;
    if let Some(token) = &token {
        check("the token", token.expose())?;
    }
    Ok(Credential { id, secret, token })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_cut_as_a_shell_would() {
        let cases: [(&str, &[&str]); 6] = [
            ("a b  c", &["a", "b", "c"]),
            ("'a b' \"c d\"", &["a b", "c d"]),
            (r#"a"b c"'d' e"#, &["ab cd", "e"]),
            (r#""a\"b\\c\d""#, &[r#"a"b\c\d"#]),
            ("a ''", &["a", ""]),
            ("a $B | c; `d` *", &["a", "$B", "|", "c;", "`d`", "*"]),
        ];
        for (text, expected) in cases {
            assert_eq!(words(text).unwrap(), expected, "{text}");
        }
        assert!(words("'a").is_err() && words("\"a\\").is_err());
        assert!(words("").is_err() && words("''").is_err() && words("  ").is_err());
    }
}
