//! The command line: the root type and the one dispatch.

mod suggest;
mod synonym;
mod told;
mod tree;

use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory, Parser, Subcommand};

pub use self::suggest::{only_reads, suggestion};
pub use self::told::{learn, learn_known};
pub use self::tree::parse;

use crate::commands::args::Globals;
use crate::commands::{
    Session, api, apply, cas, cdn, cert, config, errors, ga, inventory, plan, shell, ssl, ulb,
    usable_clock,
};
use crate::error::Error;
use crate::output::Answer;

/// Deploy TLS certificates to Alibaba Cloud, Tencent Cloud and UCloud
#[derive(Debug, Parser)]
#[command(
    name = "certctl",
    version = env!("CERTCTL_VERSION"),
    propagate_version = false,
    disable_help_subcommand = true,
    subcommand_required = true,
    arg_required_else_help = false,
    max_term_width = 100,
    after_help = "Exit status: 0 all as asked, 1 other failure, 2 usage, 3 configuration, \
                  4 identity refused, 5 not found, 6 request refused, 7 try later, \
                  8 bad certificate, 9 partly done, 10 outcome unknown, 11 local I/O, \
                  70 bug, 130 and 143 interrupted"
)]
pub struct Cli {
    /// Flags for every command.
    #[command(flatten)]
    pub globals: Globals,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
    /// Its words: `ssl csr list`.
    #[arg(skip)]
    pub words: String,
}

/// A command.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// Manage certificates of Alibaba Cloud CDN domains
    #[command(subcommand, arg_required_else_help = false)]
    Cdn(cdn::Command),
    /// Manage certificates of Alibaba Cloud DCDN domains
    #[command(subcommand, arg_required_else_help = false)]
    Dcdn(cdn::DcdnCommand),
    /// Manage certificates of Alibaba Cloud Global Accelerator listeners
    #[command(subcommand, arg_required_else_help = false)]
    Ga(ga::Command),
    /// Manage Alibaba Cloud's certificate store (CAS)
    #[command(subcommand, arg_required_else_help = false)]
    Cas(cas::Command),
    /// Manage Tencent Cloud SSL Certificates
    #[command(subcommand, arg_required_else_help = false)]
    Ssl(ssl::Command),
    /// Manage certificates of UCloud load balancers
    #[command(subcommand, arg_required_else_help = false)]
    Ulb(ulb::Command),
    /// Show every certificate and every place that serves one, in all accounts
    Inventory(inventory::InventoryArgs),
    /// Show what would be changed so that every place serves a certificate
    Plan(plan::PlanArgs),
    /// Change every place so that it serves a certificate
    Apply(apply::ApplyArgs),
    /// Inspect, check and probe certificates in files and on servers
    #[command(subcommand, arg_required_else_help = false)]
    Cert(cert::Command),
    /// Call any action of the three clouds
    #[command(subcommand, arg_required_else_help = false)]
    Api(api::Command),
    /// Explain error codes of the clouds
    Errors(errors::ErrorsArgs),
    /// Show and change the configuration
    #[command(subcommand, arg_required_else_help = false)]
    Config(config::Command),
    /// Print a completion script
    Completions(shell::CompletionsArgs),
    /// Print the manual, or write manual pages to a folder
    Man(shell::ManArgs),
}

impl Command {
    /// Whether it only tells what is in an account, so that several may be asked.
    fn reads(&self) -> bool {
        match self {
            Command::Cdn(command) => command.reads(),
            Command::Dcdn(command) => command.reads(),
            Command::Ga(command) => command.reads(),
            Command::Cas(command) => command.reads(),
            Command::Ssl(command) => command.reads(),
            Command::Ulb(command) => command.reads(),
            Command::Inventory(_) | Command::Plan(_) => true,
            Command::Apply(_)
            | Command::Cert(_)
            | Command::Api(_)
            | Command::Errors(_)
            | Command::Config(_)
            | Command::Completions(_)
            | Command::Man(_) => false,
        }
    }

    /// Whether it goes through several accounts itself.
    fn is_across(&self) -> bool {
        matches!(
            self,
            Command::Inventory(_) | Command::Plan(_) | Command::Apply(_)
        )
    }

    /// Whether it signs a time, or compares certificates with it.
    fn needs_time(&self) -> bool {
        match self {
            Command::Config(command) => matches!(command, config::Command::Check(_)),
            Command::Errors(_) | Command::Completions(_) | Command::Man(_) => false,
            _ => true,
        }
    }
}

/// Runs the command, for each of the profiles that are given; a failure names the profile.
///
/// # Errors
/// What the command says; several profiles for a command that does more than read.
pub fn answer(session: &Session<'_>, command: &Command) -> Result<Answer, Error> {
    let profiles = session.globals.profiles();
    if profiles.len() < 2 || command.is_across() {
        return dispatch(session, command);
    }
    if !command.reads() {
        let message = format!(
            "{} profiles are given, but this command accepts only one",
            profiles.len()
        );
        let hint = "run the command once for each profile; only lists accept several: nothing was \
                    sent";
        return Err(Error::usage(message, hint));
    }
    let mut joined: Option<Answer> = None;
    for (at, profile) in profiles {
        session.profile.set(at);
        let answer = dispatch(session, command).map_err(|error| Error {
            message: format!("profile {profile}: {}", error.message),
            ..error
        })?;
        let answer = answer.of_profile(profile);
        joined = Some(match joined {
            Some(earlier) => earlier.and(answer),
            None => answer,
        });
    }
    Ok(joined.expect("there are profiles"))
}

fn dispatch(session: &Session<'_>, command: &Command) -> Result<Answer, Error> {
    if command.needs_time() {
        usable_clock()?;
    }
    match command {
        Command::Cdn(command) => cdn::run(session, command),
        Command::Dcdn(command) => cdn::run_dcdn(session, command),
        Command::Ga(command) => ga::run(session, command),
        Command::Cas(command) => cas::run(session, command),
        Command::Ssl(command) => ssl::run(session, command),
        Command::Ulb(command) => ulb::run(session, command),
        Command::Api(command) => api::run(session, command),
        Command::Cert(command) => cert::run(session, command),
        Command::Inventory(args) => inventory::run(session, args),
        Command::Plan(args) => plan::run(session, args),
        Command::Apply(args) => apply::run(session, args),
        Command::Errors(args) => errors::run(args),
        Command::Config(command) => config::run(session, command),
        Command::Completions(args) => shell::completions(args, Cli::command()),
        Command::Man(args) => shell::man(session, args, Cli::command()),
    }
}

/// The word of a command line that is no command's name; of a group without a command, what leads
/// to it.
pub fn unknown_command(error: &clap::Error) -> Option<&str> {
    text(error, ContextKind::InvalidSubcommand)
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text),
        _ => None,
    }
}
