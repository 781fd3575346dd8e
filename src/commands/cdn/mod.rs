//! `certctl cdn` and `certctl dcdn`: HTTPS of the domains of Alibaba Cloud's CDN, and of its twin.

mod certs;
mod list;
mod preflight;
mod set;
mod show;
mod wait;

use clap::Subcommand;

use super::Session;
use crate::error::Error;
use crate::output::Answer;
use crate::providers::Service;
use crate::providers::alibaba::cdn::CDN;
use crate::providers::alibaba::dcdn::DCDN;

/// A product whose domains are managed, and what its commands are called.
struct Group {
    service: &'static Service,
    list: &'static str,
    show: &'static str,
    certs: &'static str,
    set: &'static str,
    wait: &'static str,
}

const OF_CDN: &Group = &Group {
    service: &CDN,
    list: "cdn list",
    show: "cdn show",
    certs: "cdn certs",
    set: "cdn set",
    wait: "cdn wait",
};

const OF_DCDN: &Group = &Group {
    service: &DCDN,
    list: "dcdn list",
    show: "dcdn show",
    certs: "dcdn certs",
    set: "dcdn set",
    wait: "dcdn wait",
};

/// Manage certificates of Alibaba Cloud CDN domains
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// List the domains with their HTTPS state and certificate
    List(list::ListArgs),
    /// Show domains with their HTTPS settings and certificate
    Show(show::ShowArgs),
    /// List the certificates that are available for domains
    Certs(certs::CertsArgs),
    /// Switch HTTPS on or off, or put a certificate on domains
    Set(Box<set::CdnArgs>),
    /// Wait until domains are online and serve the expected certificate
    Wait(wait::WaitArgs),
}

impl Command {
    /// Whether it only tells what is there.
    pub fn reads(&self) -> bool {
        matches!(
            self,
            Command::List(_) | Command::Show(_) | Command::Certs(_)
        )
    }
}

/// Runs a command of the group.
pub fn run(session: &Session<'_>, command: &Command) -> Result<Answer, Error> {
    match command {
        Command::Set(args) => set::run(session, OF_CDN, &args.set, &args.how),
        Command::List(args) => list::run(session, OF_CDN, args),
        Command::Show(args) => show::run(session, OF_CDN, args),
        Command::Certs(args) => certs::run(session, OF_CDN, args),
        Command::Wait(args) => wait::run(session, OF_CDN, args),
    }
}

/// Manage certificates of Alibaba Cloud DCDN domains
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum DcdnCommand {
    /// List the domains with their HTTPS state and certificate
    #[command(after_help = "Examples:
  certctl dcdn list
  certctl dcdn list --expiring 30d
  certctl dcdn list --query \"results[?https=='off'].domain\"")]
    List(list::ListArgs),
    /// Show domains with their HTTPS settings and certificate
    #[command(after_help = "Examples:
  certctl dcdn show a.com
  certctl dcdn show a.com --query 'results[0].expires'")]
    Show(show::ShowArgs),
    /// List the certificates that are available for domains
    #[command(after_help = "Examples:
  certctl dcdn certs
  certctl dcdn certs --domain a.com --details")]
    Certs(certs::CertsArgs),
    /// Switch HTTPS on or off, or put a certificate on domains
    #[command(after_help = "Examples:
  certctl dcdn set a.com b.com --on
  certctl dcdn set --domains a.com --cert fullchain.pem --key privkey.pem
  certctl dcdn set --domains a.com --cert 1234567-cn-hangzhou --wait=2m
  certctl dcdn set a.com --off --yes")]
    Set(Box<set::SetArgs>),
    /// Wait until domains are online and serve the expected certificate
    #[command(after_help = "Examples:
  certctl dcdn wait a.com b.com
  certctl dcdn wait a.com --cert-id 1000001 --for 5m")]
    Wait(wait::WaitArgs),
}

impl DcdnCommand {
    /// Whether it only tells what is there.
    pub fn reads(&self) -> bool {
        matches!(
            self,
            DcdnCommand::List(_) | DcdnCommand::Show(_) | DcdnCommand::Certs(_)
        )
    }
}

/// Runs a command of the twin's group.
pub fn run_dcdn(session: &Session<'_>, command: &DcdnCommand) -> Result<Answer, Error> {
    match command {
        DcdnCommand::Set(args) => set::run(session, OF_DCDN, args, &set::How::of_twin()),
        DcdnCommand::List(args) => list::run(session, OF_DCDN, args),
        DcdnCommand::Show(args) => show::run(session, OF_DCDN, args),
        DcdnCommand::Certs(args) => certs::run(session, OF_DCDN, args),
        DcdnCommand::Wait(args) => wait::run(session, OF_DCDN, args),
    }
}
