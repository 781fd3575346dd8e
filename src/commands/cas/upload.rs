//! `certctl cas upload`: a certificate and its key into the store, once.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use clap::Args;

use super::store::{SiteArgs, certificates, identifier, is_same};
use crate::cert::{Bundle, Facts, Family};
use crate::cloud::Cloud;
use crate::commands::args::non_empty;
use crate::commands::wait::{Seen, WaitArgs};
use crate::commands::{Session, before_change, concluded, ends_run, fail_all, read_each};
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Document, Row, RowError, Status};
use crate::providers::Operation;
use crate::providers::alibaba::cas::{
    CAS, GetUserCertificateDetail, ListUserCertificateOrder, NAME_LIMIT, PAGE_LIMIT,
    StoredCertificate, UploadUserCertificate, Validity,
};
use crate::providers::page::Cursor;
use crate::transport::{Client, Failure, Fate, nonce, plan};

/// Upload a certificate, unless it is there already
///
/// A certificate that the store has is found by its fingerprint, whatever it is called there, and
/// not uploaded a second time.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl cas upload --cert fullchain.pem --key privkey.pem
  certctl cas upload --cert fullchain.pem --key privkey.pem --name www-2026 --wait")]
pub struct UploadArgs {
    /// Certificate chain, PEM
    #[arg(long, value_name = "FILE")]
    cert: PathBuf,
    /// Private key, PEM
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Name in the store, at most 63 characters [default: certctl-DOMAIN-FINGERPRINT]
    #[arg(long, value_name = "NAME", value_parser = name)]
    name: Option<String>,
    #[command(flatten)]
    site: SiteArgs,
    #[command(flatten)]
    wait: WaitArgs,
}

const COMMAND: &str = "cas upload";

fn name(text: &str) -> Result<String, String> {
    let text = non_empty(text)?;
    match text.chars().count() {
        length if length > NAME_LIMIT => Err(format!(
            "it has {length} characters; at most {NAME_LIMIT} are allowed"
        )),
        _ => Ok(text),
    }
}

/// Runs the command.
pub fn run(session: &Session<'_>, args: &UploadArgs) -> Result<Answer, Error> {
    let bundle = checked(session, &args.cert, &args.key)?;
    let (settings, site) = args.site.settle(session)?;
    let target = args.cert.display().to_string();
    let action = UploadUserCertificate::ACTION;
    let mut rows = vec![Row::new(Cloud::Alibaba, CAS.name, action, &target)];
    let token = nonce();
    let name = args.name.clone().unwrap_or_else(|| usual(bundle.leaf()));
    let call = UploadUserCertificate {
        name: &name,
        cert: bundle.chain_pem(),
        key: bundle.key_pem(),
        client_token: &token,
    };
    if session.globals.dry_run {
        let list = ListUserCertificateOrder::page(Validity::Valid, &Cursor::default(), PAGE_LIMIT);
        let requests = vec![
            plan(&settings, &list, Vec::new()),
            plan(&settings, &call, vec![target]),
        ];
        return Ok(Answer::Targets(Document::planned(COMMAND, rows, requests)));
    }
    session.online(&CAS, &settings, async |client| {
        let upload = Upload {
            client,
            call: &call,
            leaf: bundle.leaf(),
            site,
        };
        let ended = match upload.settle(&mut rows[0]).await {
            Ok(()) => None,
            Err(failure) => {
                fail_all(&mut rows, &failure);
                upload.explain(&mut rows[0], &failure).await;
                ends_run(&failure).then_some(failure)
            }
        };
        let number = rows[0].certificate.clone().and_then(|id| id.parse().ok());
        let see = async |_| upload.see(number).await;
        let see = async |targets: &[usize]| read_each(targets, see).await;
        session.confirm(client, &args.wait, &mut rows, see).await;
        Ok(concluded(COMMAND, rows, ended.as_ref(), client))
    })
}

fn checked(session: &Session<'_>, cert: &Path, key: &Path) -> Result<Bundle, Error> {
    let bundle = session.bundle(cert, Some(key))?;
    bundle
        .leaf()
        .accepted_by(&[Family::Rsa, Family::Ecdsa])
        .map_err(|error| {
            let message = format!("{}: {error}", cert.display());
            Error::new(Kind::Certificate, message, error.hint())
        })?;
    Ok(bundle)
}

/// A name that tells what it is, and that no other certificate has.
fn usual(leaf: &Facts) -> String {
    let (prefix, mark) = ("certctl-", &leaf.fingerprint[..8]);
    let room = NAME_LIMIT - prefix.len() - mark.len() - 1;
    let first = leaf.names.first().map_or("", String::as_str);
    let plain = |c: char| match c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') {
        true => c,
        false => '_',
    };
    let words: String = first.chars().map(plain).take(room).collect();
    format!("{prefix}{words}-{mark}")
}

/// An upload that is under way.
struct Upload<'a> {
    client: &'a Client<'a>,
    call: &'a UploadUserCertificate<'a>,
    leaf: &'a Facts,
    site: &'static str,
}

impl Upload<'_> {
    /// Looks the certificate up and uploads it where it is not there, again after an answer that
    /// was lost and a look that did not find it.
    async fn settle(&self, row: &mut Row) -> Result<(), Failure> {
        let all = self.valid().await.map_err(before_change)?;
        if let Some(stored) = self.among(&all) {
            self.found(row, stored, Status::Unchanged, "there already");
            return Ok(());
        }
        if let Some(other) = all.iter().find(|one| one.name == self.call.name) {
            row.status = Status::Failed;
            row.error = Some(Rc::new(self.name_taken(other)));
            return Ok(());
        }
        let mut lost: Option<Failure> = None;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let mut failure = match self.client.call(self.call).await {
                Ok(done) if done.reply.cert_id.is_empty() => {
                    row.settle(Status::Unknown, done.request_id);
                    row.note = Some("the answer names no certificate".into());
                    return Ok(());
                }
                Ok(done) => {
                    row.settle(Status::Changed, done.request_id);
                    self.point(row, &done.reply.cert_id);
                    row.note = Some(format!("called {}", self.call.name).into());
                    return Ok(());
                }
                Err(failure) => failure.after(lost.take()),
            };
            failure.attempts = failure.attempts.max(attempt);
            // What was refused may have been taken in by an earlier call of this run.
            if failure.fate != Fate::Unknown || self.client.halt().is_some() {
                return Err(failure);
            }
            let Ok(all) = self.valid().await else {
                return Err(failure);
            };
            if let Some(stored) = self.among(&all) {
                let how = "taken in, though the answer was lost";
                self.found(row, stored, Status::Changed, how);
                return Ok(());
            }
            if !self.client.again_after(attempt).await {
                return Err(failure);
            }
            lost = Some(failure);
        }
    }

    /// The store's certificates that have not expired: this one has not.
    async fn valid(&self) -> Result<Vec<StoredCertificate>, Failure> {
        certificates(self.client, Validity::Valid, PAGE_LIMIT).await
    }

    /// The certificate among those of the store, whatever it is called there.
    fn among<'c>(&self, all: &'c [StoredCertificate]) -> Option<&'c StoredCertificate> {
        all.iter()
            .find(|one| is_same(&one.fingerprint, &[&one.sha2], &one.serial_no, self.leaf))
    }

    fn found(&self, row: &mut Row, stored: &StoredCertificate, status: Status, how: &str) {
        row.settle(status, None);
        self.point(row, &stored.certificate_id);
        row.note = Some(format!("{how}, called {}", stored.name).into());
    }

    fn point(&self, row: &mut Row, id: &str) {
        row.certificate = Some(id.to_owned());
        row.identifier = Some(identifier(id, self.site));
    }

    /// Says of a refusal whether it is for the name. Which code that has is not published, so the
    /// store is asked who has it.
    async fn explain(&self, row: &mut Row, failure: &Failure) {
        let may_be = matches!(
            failure.kind,
            Kind::Refused | Kind::Conflict | Kind::Parameter | Kind::State
        );
        if !may_be || failure.fate != Fate::NotRun || failure.code.is_none() {
            return;
        }
        // Those that have not expired have been looked at.
        let Ok(all) = certificates(self.client, Validity::Expired, PAGE_LIMIT).await else {
            return;
        };
        if let Some(other) = all.iter().find(|one| one.name == self.call.name) {
            row.error = Some(Rc::new(RowError {
                code: failure.code.clone(),
                http_status: failure.http_status,
                attempts: failure.attempts,
                ..self.name_taken(other)
            }));
        }
    }

    fn name_taken(&self, other: &StoredCertificate) -> RowError {
        RowError {
            code: None,
            kind: Kind::Conflict,
            message: format!(
                "the name {} is that of certificate {}, which is another one",
                self.call.name, other.certificate_id
            ),
            hint: "give another `--name`, or none for one that is not taken".into(),
            http_status: None,
            retryable: false,
            attempts: 0,
        }
    }

    /// Whether the store has the certificate under the number that it gave.
    async fn see(&self, number: Option<i64>) -> Result<Seen, Failure> {
        let Some(cert_id) = number else {
            return Ok(Seen::Pending("its number is not known".into()));
        };
        let detail = match self
            .client
            .call(&GetUserCertificateDetail { cert_id })
            .await
        {
            Ok(done) => done.reply,
            Err(failure) if failure.kind == Kind::NotFound => {
                return Ok(Seen::Pending("it is not in the store yet".into()));
            }
            Err(failure) => return Err(failure),
        };
        let hashes = [detail.sha2.as_str(), detail.cert_sha2.as_str()];
        Ok(
            match is_same(&detail.fingerprint, &hashes, &detail.serial_no, self.leaf) {
                true => Seen::Confirmed,
                false => Seen::Failed(format!("{cert_id} is another certificate")),
            },
        )
    }
}
