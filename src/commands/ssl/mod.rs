//! `certctl ssl`: Tencent Cloud SSL Certificates.

mod algorithms;
pub mod bindings;
pub mod csr;
mod delete;
pub mod deploy;
pub mod deployments;
mod download;
mod read;
mod record;
mod rename;
mod store;
pub mod update;
mod upload;

use clap::{Args, Subcommand};

use super::targets::single;
use super::{Place, Session};
use crate::cloud::Cloud;
use crate::config::Settings;
use crate::error::Error;
use crate::output::Answer;

/// Manage Tencent Cloud SSL Certificates
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// Put a certificate into the store, once
    Upload(upload::UploadArgs),
    /// List the certificates of the store
    List(read::ListArgs),
    /// Show a certificate
    Show(read::ShowArgs),
    /// Write a certificate and its private key into a file
    Download(download::DownloadArgs),
    /// Give a certificate another alias
    Rename(rename::RenameArgs),
    /// Delete certificates and their private keys
    Delete(delete::DeleteArgs),
    /// Deploy a certificate to instances of a product
    Deploy(deploy::DeployArgs),
    /// Replace a certificate with another wherever it is deployed
    Update(update::UpdateArgs),
    /// Follow deployments and updates, try them again, take them back
    #[command(subcommand, arg_required_else_help = false)]
    Deployments(deployments::Command),
    /// List the resources that certificates are bound to
    Bindings(bindings::BindingsArgs),
    /// Manage certificate signing requests
    #[command(subcommand, arg_required_else_help = false)]
    Csr(csr::Command),
}

impl Command {
    /// Whether it only tells what is there.
    pub fn reads(&self) -> bool {
        match self {
            Command::List(_) | Command::Show(_) | Command::Bindings(_) => true,
            Command::Csr(command) => command.reads(),
            Command::Deployments(command) => command.reads(),
            _ => false,
        }
    }
}

/// Runs a command of the group.
pub fn run(session: &Session<'_>, command: &Command) -> Result<Answer, Error> {
    match command {
        Command::Upload(args) => upload::run(session, args),
        Command::List(args) => read::list(session, args),
        Command::Show(args) => read::show(session, args),
        Command::Download(args) => download::run(session, args),
        Command::Rename(args) => rename::run(session, args),
        Command::Delete(args) => delete::run(session, args),
        Command::Bindings(args) => bindings::run(session, args),
        Command::Csr(command) => csr::run(session, command),
        Command::Deploy(args) => deploy::run(session, args),
        Command::Update(args) => update::run(session, args),
        Command::Deployments(command) => deployments::run(session, command),
    }
}

single!(CertificateId: String, "id", "ID", "Id of the certificate", required, certificate_id);

/// A certificate's id: eight letters and digits today. Files are named after it.
fn certificate_id(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    match (1..=64).contains(&text.len()) && text.chars().all(fits) {
        true => Ok(text.to_owned()),
        false => Err("is not a certificate id, such as example1".into()),
    }
}

/// The vendor has two sites, and an account belongs to one of them.
#[derive(Debug, Default, Args)]
pub struct SiteArgs {
    /// Site of the account: intl or mainland [default: intl]
    #[arg(long, value_name = "SITE", value_parser = ["intl", "mainland"])]
    site: Option<String>,
}

impl SiteArgs {
    /// Who calls, and where.
    pub fn settings(&self, session: &Session<'_>) -> Result<Settings, Error> {
        let place = Place {
            site: self.site.as_deref(),
            ..Place::default()
        };
        session.settings(Cloud::Tencent, place)
    }
}
