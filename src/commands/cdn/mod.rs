//! `certctl cdn`: HTTPS of Alibaba Cloud CDN domains.

mod batches;
mod board;
mod certs;
mod goal;
mod list;
mod preview;
mod set;
mod show;
mod wait;

use clap::Subcommand;

use super::Session;
use crate::error::Error;
use crate::output::Answer;
use crate::providers::Service;
use crate::providers::alibaba::cdn::CDN;

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

/// Manage certificates of Alibaba Cloud CDN domains
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// List the domains with their HTTPS state and certificate
    List(list::ListArgs),
    /// Show domains with what they serve over HTTPS
    Show(show::ShowArgs),
    /// List the certificates that domains can be given
    Certs(certs::CertsArgs),
    /// Switch HTTPS on or off, or put a certificate on domains
    Set(Box<set::CdnArgs>),
    /// Wait until domains are online and serve what they are to serve
    Wait(wait::WaitArgs),
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
