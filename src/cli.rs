//! The command line: the root type, the global flags, the one dispatch.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, Parser, Subcommand};

use crate::commands::{self, Session, cdn, config, errors, ga, ssl, ulb};
use crate::error::Error;
use crate::output::{Answer, Color};

/// Put TLS certificates where your traffic is: Alibaba Cloud, Tencent Cloud, UCloud
#[derive(Debug, Parser)]
#[command(
    name = "certctl",
    version,
    propagate_version = false,
    disable_help_subcommand = true,
    subcommand_required = true,
    arg_required_else_help = false,
    max_term_width = 100,
    after_help = "Exit status: 0 all as asked, 1 other failure, 2 usage, 3 configuration, \
                  4 identity refused, 5 not found, 6 request refused, 7 try later, \
                  8 certificate unfit, 9 partly done, 10 outcome unknown, 11 local I/O, \
                  70 bug, 130 and 143 interrupted"
)]
pub struct Cli {
    /// Flags for every command.
    #[command(flatten)]
    pub globals: Globals,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags for every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct Globals {
    /// Use this profile
    #[arg(long, global = true, value_name = "NAME", value_parser = non_empty)]
    pub profile: Option<String>,
    /// Read this configuration file
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Write the answer as json or table [default: a table on a terminal, else json]
    #[arg(short, long, global = true, value_name = "FORMAT", value_parser = ["json", "table"])]
    pub output: Option<String>,
    /// Send nothing; show what would be sent
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// Do not ask before what destroys or reaches wide
    #[arg(short, long, global = true)]
    pub yes: bool,
    /// Call this address instead of the cloud's
    #[arg(long, global = true, value_name = "URL", value_parser = non_empty)]
    pub endpoint: Option<String>,
    /// Sign Alibaba Cloud calls as rpc or acs3 [default: rpc]
    #[arg(long, global = true, value_name = "SCHEME", value_parser = ["rpc", "acs3"])]
    pub signature: Option<String>,
    /// Give up a request after this time [default: 30, UCloud 65]
    #[arg(long, global = true, value_name = "SECS", value_parser = seconds,
          allow_negative_numbers = true)]
    pub timeout: Option<Duration>,
    /// End the whole command after this time
    #[arg(long, global = true, value_name = "SECS", value_parser = seconds,
          allow_negative_numbers = true)]
    pub deadline: Option<Duration>,
    /// Try a call at most this often
    #[arg(long, global = true, value_name = "N", default_value_t = 5, allow_negative_numbers = true,
          value_parser = clap::value_parser!(u32).range(1..=100))]
    pub max_attempts: u32,
    /// Make at most this many calls a second [default: the documented limit]
    #[arg(long, global = true, value_name = "N", allow_negative_numbers = true,
          value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub rate: Option<u32>,
    /// Trust the authorities in this PEM file only
    #[arg(long, global = true, value_name = "FILE")]
    pub ca_bundle: Option<PathBuf>,
    /// Allow plain HTTP beyond loopback
    #[arg(long, global = true)]
    pub allow_http: bool,
    /// Tell the steps (-v), the requests and answers, redacted (-vv)
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// Say nothing but errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Colour what is told on stderr: auto, always or never
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", value_parser = color)]
    pub color: Color,
}

/// A command.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// Manage certificates of Alibaba Cloud CDN domains
    #[command(subcommand, arg_required_else_help = false)]
    Cdn(cdn::Command),
    /// Manage certificates of Alibaba Cloud Global Accelerator listeners
    #[command(subcommand, arg_required_else_help = false)]
    Ga(ga::Command),
    /// Manage Tencent Cloud SSL Certificates
    #[command(subcommand, arg_required_else_help = false)]
    Ssl(ssl::Command),
    /// Manage certificates of UCloud load balancers
    #[command(subcommand, arg_required_else_help = false)]
    Ulb(ulb::Command),
    /// Explain the clouds' error codes
    Errors(errors::ErrorsArgs),
    /// Show the configuration
    #[command(subcommand, arg_required_else_help = false)]
    Config(config::Command),
    /// Print a completion script
    Completions(commands::shell::CompletionsArgs),
    /// Print the manual page
    Man,
}

/// Runs the command.
pub fn dispatch(session: &Session<'_>, command: &Command) -> Result<Answer, Error> {
    match command {
        Command::Cdn(command) => cdn::run(session, command),
        Command::Ga(command) => ga::run(session, command),
        Command::Ssl(command) => ssl::run(session, command),
        Command::Ulb(command) => ulb::run(session, command),
        Command::Errors(args) => errors::run(args),
        Command::Config(command) => config::run(session, command),
        Command::Completions(args) => commands::shell::completions(args),
        Command::Man => commands::shell::man(),
    }
}

/// One line that says something. An empty one is most often an unset shell variable.
pub fn non_empty(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("it is empty (an unset shell variable?)".into()),
        trimmed if trimmed != text => Err("it has white space around it".into()),
        _ if text.contains(char::is_control) => Err("it has a control character in it".into()),
        _ => Ok(text.to_owned()),
    }
}

/// An id as the clouds make them: [`non_empty`], and no white space.
pub fn id(text: &str) -> Result<String, String> {
    let text = non_empty(text)?;
    match text.chars().find(|c| c.is_whitespace()) {
        Some(_) => Err("it has white space in it".into()),
        None => Ok(text),
    }
}

fn color(text: &str) -> Result<Color, String> {
    match text {
        "auto" => Ok(Color::Auto),
        "always" => Ok(Color::Always),
        "never" => Ok(Color::Never),
        _ => Err("give auto, always or never".into()),
    }
}

/// A time in seconds, with a fraction if need be.
fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.parse().map_err(|_| "give a number of seconds")?;
    match number > 0.0 && number <= 1e6 {
        true => Ok(Duration::from_secs_f64(number)),
        false => Err("give a number of seconds above 0, at most 1000000".into()),
    }
}
