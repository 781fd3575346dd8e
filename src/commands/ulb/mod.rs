//! `certctl ulb`: certificates of UCloud load balancers.

mod bindings;
mod certs;
mod delete;
mod list;
mod location;
mod rename;
mod replace;
mod upload;

use clap::Subcommand;

use super::Session;
use super::args::non_empty;
use super::certificate::{FileArgs, Given, also_a_file, check_file_flags, unread_names};
use crate::cloud::Cloud;
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Row};
use crate::products::ulb::{Candidate, Lack};
use crate::products::{Settled, Store, StoreId};
use crate::providers::Operation;
use crate::providers::ucloud::ulb::{CreateSSL, Location, NAME_LIMIT, ULB};
use crate::transport::Failure;

/// Manage certificates of UCloud load balancers
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// List load balancers, listeners and their certificates, CLB and ALB in one view
    List(list::ListArgs),
    /// List certificates with their names, expiry and the listeners that have them
    Certs(certs::CertsArgs),
    /// Upload a certificate, or take one over from USSL, unless it is there already
    Upload(upload::UploadArgs),
    /// Give a certificate another name
    Rename(rename::RenameArgs),
    /// Bind a certificate to listeners: VServers of a CLB, or an ALB's for SNI
    Bind(bindings::BindArgs),
    /// Take a certificate from listeners
    Unbind(bindings::UnbindArgs),
    /// Set the default certificate of an ALB's listeners
    SetDefault(bindings::SetDefaultArgs),
    /// Replace a certificate by another wherever it is bound
    Replace(replace::ReplaceArgs),
    /// Delete certificates that no listener uses
    Delete(delete::DeleteArgs),
}

impl Command {
    /// Whether it only tells what is there.
    pub fn reads(&self) -> bool {
        matches!(self, Command::List(_) | Command::Certs(_))
    }
}

/// Runs a command of the group.
pub fn run(session: &Session<'_>, command: &Command) -> Result<Answer, Error> {
    match command {
        Command::List(args) => list::run(session, args),
        Command::Certs(args) => certs::run(session, args),
        Command::Upload(args) => upload::run(session, args),
        Command::Rename(args) => rename::run(session, args),
        Command::Bind(args) => bindings::bind(session, args),
        Command::Unbind(args) => bindings::unbind(session, args),
        Command::SetDefault(args) => bindings::set_default(session, args),
        Command::Replace(args) => replace::run(session, args),
        Command::Delete(args) => delete::run(session, args),
    }
}

/// A name that the cloud takes for a certificate.
fn certificate_name(text: &str) -> Result<String, String> {
    let text = non_empty(text)?;
    if let Some(bad) = text.chars().find(|c| !is_name_char(*c)) {
        return Err(format!(
            "it contains '{bad}': only letters, digits, Chinese characters and -_. are allowed"
        ));
    }
    match text.chars().count() {
        ..=NAME_LIMIT => Ok(text),
        length => Err(format!(
            "it has {length} characters; at most {NAME_LIMIT} are allowed"
        )),
    }
}

/// What the vendor's own tools let a name consist of.
fn is_name_char(c: char) -> bool {
    let is_han = matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}');
    c.is_ascii_alphanumeric() || "-_.".contains(c) || is_han
}

/// A certificate that is given by its id, or as a file, which is read and checked before anything is
/// sent.
fn candidate(session: &Session<'_>, given: &Given, files: &FileArgs) -> Result<Candidate, Error> {
    check_file_flags([given], files)?;
    Ok(match given {
        Given::Id(id) => Candidate::stored(&id.id),
        Given::File(path) => Candidate::file(given.shown(), session.material(path, files)?),
    })
}

/// A target of a call.
fn row(action: &'static str, target: &str) -> Row {
    Row::new(Cloud::Ucloud, ULB.name, action, target)
}

/// What a listener is called as a target: with the load balancer that it is of, where that is known.
fn target_name(load_balancer: Option<&str>, listener: &str) -> String {
    match load_balancer {
        Some(owner) => format!("{owner}/{listener}"),
        None => listener.to_owned(),
    }
}

/// The row of a listener that a certificate is put on, or taken from. Where a file did not come into
/// the store, there was nothing that could be put there.
fn row_of(
    given: &Candidate,
    action: &'static str,
    listener: &str,
    load_balancer: Option<&str>,
    settled: &Settled,
) -> Row {
    let action = match (settled.failure(), &given.id) {
        (Some(_), None) => CreateSSL::ACTION,
        _ => action,
    };
    let mut row = row(action, &target_name(load_balancer, listener));
    row.load_balancer = load_balancer.map(str::to_owned);
    if given.is_file() {
        row.certificate.clone_from(&given.id);
    }
    row.of(settled)
}

/// Why a certificate that a change is about is not in hand.
fn lacking(location: Location<'_>, id: &str, lack: Lack) -> Error {
    match lack {
        Lack::Absent(said) => absent(location, id, said),
        Lack::Unread(failure) => unread(failure),
    }
}

/// There is no certificate of that id; `said` is what the cloud answered, where it said so.
fn absent(location: Location<'_>, id: &str, said: Option<Failure>) -> Error {
    let mut error = Error::new(
        Kind::NotFound,
        format!("no certificate {id} in {}", location.region),
        "check --region and --project-id: a certificate belongs to one region and one project",
    );
    if let Some(said) = said {
        let said = Error::from(said);
        error = Error {
            message: format!("{}: {}", error.message, said.message),
            hint: error.hint,
            ..said
        };
    }
    let other = StoreId::of(Store::Ssl, id)
        .map(|_| format!("if {id} is a certificate of Tencent Cloud, upload it to UCloud first"));
    for hint in [also_a_file(id), other].into_iter().flatten() {
        error.hint = format!("{hint}; {}", error.hint);
    }
    error
}

/// What a change needs to be known could not be read: what that was, and how it is done without.
fn unread(failure: Failure) -> Error {
    let own = failure.hint;
    let says_more = failure.kind == Kind::Permission && own != Kind::Permission.hint();
    let mut error = Error::from(unread_names(failure));
    if says_more {
        error.hint = format!("{own}; {}", error.hint);
    }
    error
}
