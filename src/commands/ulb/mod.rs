//! `certctl ulb`: certificates of UCloud load balancers.

mod bindings;
mod certs;
mod change;
mod delete;
mod fit;
mod list;
mod location;
mod read;
mod rename;
mod replace;
mod send;
mod upload;

use std::rc::Rc;

use clap::Subcommand;

use super::Session;
use super::args::non_empty;
use crate::error::Error;
use crate::output::{Answer, Row, RowError, Status};
use crate::providers::ucloud::ulb::NAME_LIMIT;

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
    /// Delete certificates that no listener has
    Delete(delete::DeleteArgs),
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
            "it has '{bad}' in it: letters, digits, Chinese characters and -_. are allowed"
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

/// Settles a target that is as asked without a call.
fn already(row: &mut Row) {
    row.settle(Status::Unchanged, None);
}

/// Settles a target that nothing is sent for, since it cannot become as asked.
fn refuse(row: &mut Row, why: Error) {
    row.status = Status::Failed;
    row.request_id = why.request_id;
    row.error = Some(Rc::new(RowError {
        code: why.code,
        kind: why.kind,
        message: why.message,
        hint: why.hint,
        http_status: None,
        retryable: false,
        attempts: 0,
    }));
}
