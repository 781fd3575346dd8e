//! What the commands' arguments have in common: the global flags, and the parsers of values.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args};

use super::variables::SetByEnv;
use crate::transport::Sends;
use crate::ui::{Color, Volume};

/// Flags for every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct Globals {
    /// Use this profile; lists accept several profiles (repeat the option)
    #[arg(long, global = true, value_name = "NAME", value_parser = non_empty)]
    pub profile: Vec<String>,
    /// Read this configuration file
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Output format: json, table, wide, csv or ndjson [default: table on a terminal, otherwise json]
    #[arg(short, long, global = true, value_name = "FORMAT",
          value_parser = ["json", "table", "wide", "csv", "ndjson"])]
    pub output: Option<String>,
    /// Show only these columns, in this order
    #[arg(long, global = true, value_name = "KEY,…", value_delimiter = ',', value_parser = id)]
    pub columns: Vec<String>,
    /// Show the part of the answer that this JMESPath expression selects
    #[arg(long, global = true, value_name = "EXPRESSION", value_parser = non_empty)]
    pub query: Option<String>,
    /// Send nothing and show what would be sent; with =live send what only reads, and show what
    /// would be touched
    #[arg(long, global = true, value_name = "live", num_args = 0..=1, require_equals = true,
          default_missing_value = ALONE, hide_possible_values = true, value_parser = dry_run)]
    pub dry_run: Option<DryRun>,
    /// Skip confirmation prompts
    #[arg(short, long, global = true)]
    pub yes: bool,
    /// Use this URL instead of the endpoint of the cloud
    #[arg(long, global = true, value_name = "URL", value_parser = non_empty)]
    pub endpoint: Option<String>,
    /// Signature method for Alibaba Cloud: rpc or acs3 [default: rpc]
    #[arg(long, global = true, value_name = "SCHEME", value_parser = ["rpc", "acs3"])]
    pub signature: Option<String>,
    /// Time limit for one request, in seconds [default: 30, UCloud 65]
    #[arg(long, global = true, value_name = "SECS", value_parser = seconds,
          allow_negative_numbers = true)]
    pub timeout: Option<Duration>,
    /// Time limit for the whole command, in seconds
    #[arg(long, global = true, value_name = "SECS", value_parser = seconds,
          allow_negative_numbers = true)]
    pub deadline: Option<Duration>,
    /// Try a call at most this often [default: 5]
    #[arg(long, global = true, value_name = "N", value_parser = attempts,
          allow_negative_numbers = true)]
    pub max_attempts: Option<u32>,
    /// Maximum calls per second [default: the documented limit]
    #[arg(long, global = true, value_name = "N", value_parser = rate,
          allow_negative_numbers = true)]
    pub rate: Option<u32>,
    /// Trust only the CA certificates in this PEM file
    #[arg(long, global = true, value_name = "FILE")]
    pub ca_bundle: Option<PathBuf>,
    /// Allow plain HTTP to other machines
    #[arg(long, global = true)]
    pub allow_http: bool,
    /// Show steps (-v), or also requests and answers with secrets masked (-vv)
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// Print errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Use colour: auto, always or never [default: auto]
    #[arg(long, global = true, value_name = "WHEN", value_parser = color)]
    pub color: Option<Color>,
    /// Those of the flags that the environment has set.
    #[arg(skip)]
    pub set_by_env: SetByEnv,
}

/// How a command is tried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DryRun {
    /// Nothing is sent: the calls are shown as far as they are known beforehand.
    Offline,
    /// What only reads is sent, so that what would be touched is known.
    Live,
}

/// Stands for `--dry-run` without a value: no argument of a process can be this.
const ALONE: &str = "\0";

fn dry_run(text: &str) -> Result<DryRun, String> {
    match text {
        ALONE => Ok(DryRun::Offline),
        "live" => Ok(DryRun::Live),
        _ => Err("give --dry-run, which sends nothing, or --dry-run=live, which reads".into()),
    }
}

impl Globals {
    /// Whether nothing at all is sent (`--dry-run`).
    pub fn sends_nothing(&self) -> bool {
        self.dry_run == Some(DryRun::Offline)
    }

    /// Whether nothing may be changed, in a cloud or here: no file is written either.
    pub fn is_dry(&self) -> bool {
        self.dry_run.is_some()
    }

    /// Which calls are sent, if any is.
    pub fn sends(&self) -> Sends {
        match self.dry_run {
            Some(_) => Sends::Reads,
            None => Sends::Everything,
        }
    }

    /// The profiles that are given, each once, with their places.
    pub fn profiles(&self) -> Vec<(usize, &str)> {
        let given = self.profile.iter().enumerate();
        let distinct = given.filter(|(at, name)| !self.profile[..*at].contains(name));
        distinct.map(|(at, name)| (at, name.as_str())).collect()
    }

    /// How much `-v` and `-q` let be told.
    pub fn volume(&self) -> Volume {
        match self.verbose {
            _ if self.quiet => Volume::Quiet,
            0 => Volume::Normal,
            1 => Volume::Steps,
            _ => Volume::Details,
        }
    }
}

/// How often a call is tried at most, unless told otherwise.
pub const MAX_ATTEMPTS: u32 = 5;

pub(super) fn attempts(text: &str) -> Result<u32, String> {
    whole(text, 1..=100)
}

pub(super) fn rate(text: &str) -> Result<u32, String> {
    whole(text, 1..=1000)
}

fn whole(text: &str, range: RangeInclusive<u32>) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| {
        let (least, most) = range.into_inner();
        format!("use a whole number from {least} to {most}")
    })
}

/// One line that says something. An empty one is most often an unset shell variable.
pub fn non_empty(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("it is empty; check for an unset shell variable".into()),
        trimmed if trimmed != text => Err("it begins or ends with white space".into()),
        _ if text.contains(char::is_control) => Err("it contains a control character".into()),
        _ => Ok(text.to_owned()),
    }
}

/// An id as the clouds make them: [`non_empty`], and no white space.
pub fn id(text: &str) -> Result<String, String> {
    let text = non_empty(text)?;
    match text.chars().find(|c| c.is_whitespace()) {
        Some(_) => Err("it contains white space".into()),
        None => Ok(text),
    }
}

pub(super) fn color(text: &str) -> Result<Color, String> {
    match text {
        "auto" => Ok(Color::Auto),
        "always" => Ok(Color::Always),
        "never" => Ok(Color::Never),
        _ => Err("use auto, always or never".into()),
    }
}

/// How many items a page of a list may have: nothing but the number of calls depends on it.
#[derive(Clone, Copy, Debug, Args)]
pub struct PageArgs {
    /// Read N items per call [default: as many as the cloud allows]
    #[arg(long, value_name = "N", allow_negative_numbers = true,
          value_parser = clap::value_parser!(u32).range(1..=1000))]
    page_size: Option<u32>,
}

impl PageArgs {
    /// The page's size, where the cloud gives at most `max` items.
    pub fn size(&self, max: u32) -> u32 {
        self.page_size.unwrap_or(max).min(max)
    }
}

/// A span of time: `30d`, `12h`, `5m`, `90s`; a bare number counts seconds.
pub fn duration(text: &str) -> Result<Duration, String> {
    let text = non_empty(text)?;
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err("use a number and s, m, h or d, such as 90s or 30d".into()),
    };
    let number: u32 = digits
        .parse()
        .map_err(|_| "use a number and s, m, h or d, such as 90s or 30d")?;
    Ok(Duration::from_secs(u64::from(number) * unit))
}

/// A time in seconds, with a fraction if need be.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.parse().map_err(|_| "use a number of seconds")?;
    match number > 0.0 && number <= 1e6 {
        true => Ok(Duration::from_secs_f64(number)),
        false => Err("use a number of seconds from 1 to 1000000".into()),
    }
}
