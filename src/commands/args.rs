//! What the commands' arguments have in common: the global flags, and the parsers of values.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args};

use super::list::foreign_comma;
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
    /// Time limit for one request [default: 30s, UCloud 65s]
    #[arg(long, global = true, value_name = "DURATION", value_parser = timeout,
          allow_negative_numbers = true)]
    pub timeout: Option<Duration>,
    /// Time limit for the whole command
    #[arg(long, global = true, value_name = "DURATION", value_parser = timeout,
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
    if let Some(comma) = foreign_comma(&text) {
        return Err(format!("it contains the comma '{comma}'"));
    }
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

/// The units of a span of time, in seconds.
const UNITS: [(&str, f64); 5] = [
    ("s", 1.0),
    ("m", 60.0),
    ("h", 3600.0),
    ("d", DAY),
    ("w", 7.0 * DAY),
];

const DAY: f64 = 86_400.0;

/// The longest time that a request or a command is given: a year.
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

/// The most that `--min-days` asks for.
const MOST_DAYS: Duration = Duration::from_secs(10_000 * 86_400);

/// A span of time: `90s`, `5m`, `12h`, `30d`, `2w`.
pub fn duration(text: &str) -> Result<Duration, String> {
    span(text, None)
}

/// [`duration`], of which a bare number counts seconds.
pub fn wait(text: &str) -> Result<Duration, String> {
    span(text, Some(1.0))
}

/// [`wait`] for something that cannot be done in no time.
pub(super) fn timeout(text: &str) -> Result<Duration, String> {
    match wait(text)? {
        time if time.is_zero() || time > LONGEST => {
            Err("use a time above 0, at most 366d, such as 30s or 5m".into())
        }
        time => Ok(time),
    }
}

/// [`duration`], of which a bare number counts days.
pub fn days(text: &str) -> Result<Duration, String> {
    match span(text, Some(DAY))? {
        time if time.is_zero() || time > MOST_DAYS => Err("use 1 to 10000 days".into()),
        time => Ok(time),
    }
}

/// Reads a span of time; `bare` is the unit of a number alone, if that may be.
fn span(text: &str, bare: Option<f64>) -> Result<Duration, String> {
    let text = non_empty(text)?;
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let form = || "use a number and s, m, h, d or w, such as 90s or 30d".to_owned();
    let is_number = number.starts_with(|c: char| c.is_ascii_digit())
        && number.bytes().all(|c| c.is_ascii_digit() || c == b'.');
    let count: f64 = match is_number {
        true => number.parse().map_err(|_| form())?,
        false => return Err(form()),
    };
    let unit = &text[number.len()..];
    let unit = match UNITS.iter().find(|(name, _)| *name == unit) {
        Some((_, seconds)) => *seconds,
        None if !unit.is_empty() => return Err(form()),
        None => bare.ok_or_else(|| {
            format!("add a unit: {number}s, {number}m, {number}h, {number}d or {number}w")
        })?,
    };
    Duration::try_from_secs_f64(count * unit).map_err(|_| "it is too long".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        for (text, seconds) in [
            ("90s", 90),
            ("5m", 300),
            ("12h", 43_200),
            ("30d", 2_592_000),
            ("2w", 1_209_600),
            ("1.5h", 5400),
            ("0s", 0),
            ("100000d", 8_640_000_000),
        ] {
            for read in [duration, wait] {
                assert_eq!(read(text), Ok(Duration::from_secs(seconds)), "{text}");
            }
        }
        for text in [
            "", "d", "30x", "30D", "30 d", " 30d", "-30d", "+30d", "1e3s", "3dd", "1d12h", ".5h",
            "1.2.3s", "nans", "infs", "３０d", "30dd",
        ] {
            for read in [duration, wait, timeout, days] {
                assert!(read(text).is_err(), "{text}");
            }
        }
        let digits = "9".repeat(400);
        assert!(duration(&format!("{digits}d")).is_err());
    }

    #[test]
    fn a_bare_number_is_what_the_flag_says() {
        assert_eq!(wait("30"), Ok(Duration::from_secs(30)));
        assert_eq!(wait("0"), Ok(Duration::ZERO));
        assert_eq!(timeout("0.5"), Ok(Duration::from_millis(500)));
        assert_eq!(timeout("2w"), Ok(Duration::from_secs(1_209_600)));
        assert_eq!(days("14"), Ok(Duration::from_secs(14 * 86_400)));
        assert_eq!(days("36h"), Ok(Duration::from_secs(36 * 3600)));
        let error = duration("30").unwrap_err();
        assert!(error.contains("30d"), "{error}");
        for text in ["0", "0s", "367d", "nan", "1e9"] {
            assert!(timeout(text).is_err(), "{text}");
        }
        for text in ["0", "10001", "1429w"] {
            assert!(days(text).is_err(), "{text}");
        }
    }
}
