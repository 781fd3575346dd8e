//! What is wrong with the configuration. Errors say where a value stands, never what it is.

use super::names::{Name, Setting, name_of, vendor_command};
use super::value::{Flaw, Origin};
use crate::cloud::Cloud;

/// Configuration or credentials that are missing or broken: one line, and a hint beside it.
/// Nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A value that is unfit before anyone asks what it means.
    #[error("{origin} {flaw}")]
    Flawed {
        /// Where the value stands.
        origin: Origin,
        /// What is wrong with it.
        flaw: Flaw,
    },
    /// A value that is not of the kind it should be.
    #[error("{origin} {reason}")]
    Invalid {
        /// Where the value stands.
        origin: Origin,
        /// What it is or holds.
        reason: String,
        /// What to write instead.
        hint: String,
    },
    /// Half a credential. The other half is not taken from another source.
    #[error("{present} is set, but {missing} is not")]
    Incomplete {
        /// The part that is there.
        present: Origin,
        /// The variable or key that is not.
        missing: String,
    },
    /// No source holds a credential for the cloud.
    #[error("no credentials for {cloud}")]
    NoCredential {
        /// The cloud.
        cloud: Cloud,
        /// The profiles of certctl's own file, when none of them was chosen.
        unchosen: Vec<String>,
    },
    /// A profile was named that no file has.
    #[error("unknown profile '{name}' (set by {origin})")]
    UnknownProfile {
        /// What was named.
        name: String,
        /// By whom.
        origin: Origin,
        /// The profiles that exist.
        known: Vec<String>,
    },
    /// A file that was named and is not there.
    #[error("{file} does not exist (set by {origin})")]
    NoFile {
        /// Its path.
        file: String,
        /// Who named it.
        origin: Origin,
    },
    /// A file that cannot be read or understood.
    #[error("{file}{}: {reason}", .line.map(|n| format!(", line {n}")).unwrap_or_default())]
    File {
        /// Its path.
        file: String,
        /// The line, counted from 1, where it is known.
        line: Option<usize>,
        /// What is wrong, with the field's name.
        reason: String,
        /// What to do.
        hint: String,
    },
    /// A file that did not come to its end before the deadline.
    #[error("{file}: no more input before the deadline (--deadline)")]
    Late {
        /// Its path.
        file: String,
    },
}

impl ConfigError {
    /// What to type or check.
    pub fn hint(&self) -> String {
        match self {
            ConfigError::Flawed {
                origin: Origin::Env { variable },
                flaw: Flaw::Empty,
            } => {
                format!("set {variable}, or unset it")
            }
            ConfigError::Flawed {
                origin: Origin::Flag { flag },
                flaw: Flaw::Empty,
            } => {
                format!("add a value to {flag}, or remove it; check for an unset shell variable")
            }
            ConfigError::Flawed { .. } => {
                "use the value only, without quotation marks, spaces or line breaks".into()
            }
            ConfigError::Invalid { hint, .. } | ConfigError::File { hint, .. } => hint.clone(),
            ConfigError::Incomplete { missing, .. } => {
                format!(
                    "set {missing} too: all parts of a credential must come from the same \
                         source"
                )
            }
            ConfigError::NoCredential { cloud, unchosen } => {
                let mut hint = three_ways(*cloud);
                if !unchosen.is_empty() {
                    hint += &format!(
                        "; the configuration file has {}: choose one with --profile",
                        unchosen.join(", ")
                    );
                }
                hint
            }
            ConfigError::UnknownProfile { known, .. } if known.is_empty() => {
                "there are no profiles; run `certctl config show` to see which files certctl \
                 reads"
                    .into()
            }
            ConfigError::UnknownProfile { known, .. } => format!("there is {}", known.join(", ")),
            ConfigError::NoFile { .. } => "check the path".into(),
            ConfigError::Late { .. } => "name a regular file, or raise --deadline".into(),
        }
    }

    /// Whether nothing is broken: there are just no credentials, which a dry run does not need.
    pub fn is_absence(&self) -> bool {
        matches!(self, ConfigError::NoCredential { .. })
    }

    /// Whether the command line is at fault (exit status 2) and not the configuration (3).
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            ConfigError::Flawed {
                origin: Origin::Flag { .. },
                ..
            } | ConfigError::Invalid {
                origin: Origin::Flag { .. },
                ..
            }
        )
    }
}

/// The ways in which a credential can be given.
fn three_ways(cloud: Cloud) -> String {
    let pair = |part: fn(&Name) -> &'static str| {
        let of = |setting| name_of(cloud, setting).map(part).unwrap_or_default();
        format!("{} and {}", of(Setting::Id), of(Setting::Secret))
    };
    format!(
        "set {}; or add {} under [profiles.NAME.{cloud}] in the config.toml of certctl; or run \
         `{}`",
        pair(|name| name.env[0]),
        pair(|name| name.key),
        vendor_command(cloud),
    )
}
