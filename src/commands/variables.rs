//! The global flags that the environment sets: what stands on the command line outranks them, and
//! what is set and cannot be understood is an error that names the variable.

use std::path::PathBuf;

use super::args::{self, Globals, MAX_ATTEMPTS};
use crate::config::env::{self, OF_FLAGS};
use crate::config::{ConfigError, Env, Origin, Row};
use crate::ui::Color;

/// The flags that the environment has set, by their long names.
#[derive(Clone, Debug, Default)]
pub struct SetByEnv(Vec<&'static str>);

impl SetByEnv {
    /// Whether the environment has set a flag.
    pub fn has(&self, flag: &str) -> bool {
        self.0.contains(&flag)
    }

    /// Who has set a flag that is set.
    pub fn origin(&self, flag: &'static str) -> Origin {
        match self.has(flag) {
            true => Origin::Env {
                variable: variable_of(flag),
            },
            false => Origin::Flag { flag },
        }
    }

    /// Sets a flag that the command line has not set, if its variable is there.
    fn set<T>(
        &mut self,
        env: &Env,
        flag: &'static str,
        value: &mut Option<T>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<(), ConfigError> {
        let variable = variable_of(flag);
        if value.is_some() {
            return Ok(());
        }
        let Some(text) = env.text(variable)? else {
            return Ok(());
        };
        let parsed = parse(text).map_err(|reason| invalid(variable, &reason))?;
        *value = Some(parsed);
        self.0.push(flag);
        Ok(())
    }
}

impl Globals {
    /// Takes the flags from the environment that the command line leaves open. Those that the
    /// configuration has values for as well are settled there.
    ///
    /// # Errors
    /// A variable that is broken, by its name.
    pub fn take_from(&mut self, env: &Env) -> Result<(), ConfigError> {
        let mut by_env = SetByEnv::default();
        let mut columns = Some(std::mem::take(&mut self.columns)).filter(|keys| !keys.is_empty());
        by_env.set(env, "--columns", &mut columns, |text| {
            text.split(',').map(args::id).collect()
        })?;
        self.columns = columns.unwrap_or_default();
        by_env.set(env, "--query", &mut self.query, args::non_empty)?;
        by_env.set(env, "--timeout", &mut self.timeout, args::timeout)?;
        by_env.set(env, "--deadline", &mut self.deadline, args::timeout)?;
        by_env.set(
            env,
            "--max-attempts",
            &mut self.max_attempts,
            args::attempts,
        )?;
        by_env.set(env, "--rate", &mut self.rate, args::rate)?;
        by_env.set(env, "--color", &mut self.color, args::color)?;
        if self.ca_bundle.is_none()
            && let Some(path) = env.path(env::CERTCTL_CA_BUNDLE)?
        {
            self.ca_bundle = Some(PathBuf::from(path));
            by_env.0.push("--ca-bundle");
        }
        self.set_by_env = by_env;
        self.take_volume_from(env)
    }

    /// `-q` and `-v` are two ends of one thing: where one is on the command line, the environment
    /// says nothing about the other.
    fn take_volume_from(&mut self, env: &Env) -> Result<(), ConfigError> {
        if self.quiet || self.verbose > 0 {
            return Ok(());
        }
        let (mut quiet, mut verbose) = (None, None);
        self.set_by_env.set(env, "--quiet", &mut quiet, switch)?;
        self.set_by_env
            .set(env, "--verbose", &mut verbose, |text| match text {
                "0" => Ok(0),
                "1" => Ok(1),
                "2" => Ok(2),
                _ => Err("use 0, 1 or 2".into()),
            })?;
        self.quiet = quiet.unwrap_or_default();
        self.verbose = verbose.unwrap_or_default();
        match self.quiet && self.verbose > 0 {
            false => Ok(()),
            true => Err(ConfigError::Invalid {
                origin: Origin::Env {
                    variable: env::CERTCTL_VERBOSE,
                },
                reason: format!("contradicts {}", env::CERTCTL_QUIET),
                hint: "unset one of the two variables".into(),
            }),
        }
    }

    /// The rows of `certctl config show` for the flags that only the environment can set beside the
    /// command line.
    pub fn rows(&self, env: &Env) -> Vec<Row> {
        let seconds = |time: std::time::Duration| format!("{}s", time.as_secs_f64());
        let columns = (!self.columns.is_empty()).then(|| self.columns.join(","));
        let verbose = (self.verbose > 0).then(|| self.verbose.to_string());
        let path = self.ca_bundle.as_ref();
        let color = self.color.map(|color| match color {
            Color::Auto => "auto",
            Color::Always => "always",
            Color::Never => "never",
        });
        let attempts = self.max_attempts.map(|number| number.to_string());
        let mut rows = vec![
            self.row("columns", "--columns", columns, None),
            self.row("query", "--query", self.query.clone(), None),
            self.row("timeout", "--timeout", self.timeout.map(seconds), None),
            self.row("deadline", "--deadline", self.deadline.map(seconds), None),
            self.row(
                "max_attempts",
                "--max-attempts",
                attempts,
                Some(MAX_ATTEMPTS.to_string()),
            ),
            self.row(
                "rate",
                "--rate",
                self.rate.map(|rate| rate.to_string()),
                None,
            ),
            self.row(
                "ca_bundle",
                "--ca-bundle",
                path.map(|path| path.display().to_string()),
                None,
            ),
            self.row("verbose", "--verbose", verbose, None),
            self.row("quiet", "--quiet", self.quiet.then(|| "true".into()), None),
            self.row(
                "color",
                "--color",
                color.map(str::to_owned),
                Some("auto".into()),
            ),
        ];
        // Other programs' variables stand in for ours.
        for (name, variable) in [("ca_bundle", env::SSL_CERT_FILE), ("color", env::NO_COLOR)] {
            let row = rows.iter_mut().find(|row| row.name == name);
            let row = row.filter(|row| matches!(row.origin, None | Some(Origin::Default)));
            if let (Some(row), Some(value)) = (row, env.non_empty(variable)) {
                row.value = Some(match name {
                    "color" => "never".to_owned(),
                    _ => value.display().to_string(),
                });
                row.origin = Some(Origin::Env { variable });
                row.reason = None;
            }
        }
        rows
    }

    fn row(
        &self,
        name: &'static str,
        flag: &'static str,
        value: Option<String>,
        default: Option<String>,
    ) -> Row {
        let origin = match (&value, &default) {
            (Some(_), _) => Some(self.set_by_env.origin(flag)),
            (None, Some(_)) => Some(Origin::Default),
            (None, None) => None,
        };
        let value = value.or(default);
        Row {
            cloud: None,
            name,
            reason: value.is_none().then(|| "not set".to_owned()),
            value,
            origin,
        }
    }
}

/// The colour that the environment asks for, where the command line is not understood: a broken
/// value is none.
pub fn color(env: &Env) -> Option<Color> {
    let text = env.text(env::CERTCTL_COLOR).ok().flatten()?;
    args::color(text).ok()
}

fn variable_of(flag: &str) -> &'static str {
    let name = flag.trim_start_matches('-');
    let found = OF_FLAGS.iter().find(|(flag, _)| *flag == name);
    found
        .map(|(_, variable)| *variable)
        .expect("a flag that has a variable")
}

fn switch(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" => Ok(true),
        "0" | "false" => Ok(false),
        _ => Err("use true or false".into()),
    }
}

fn invalid(variable: &'static str, reason: &str) -> ConfigError {
    ConfigError::Invalid {
        origin: Origin::Env { variable },
        reason: format!("is not valid: {reason}"),
        hint: format!("put {variable} right, or unset it"),
    }
}
