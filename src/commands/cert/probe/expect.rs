//! `--expect`: the certificates that a server is to show, and whether what it shows is one of them
//! with all that clients need to trust it.

use std::path::Path;

use chrono::Utc;

use crate::cert::{self, End, Facts, Input, Note, examine};
use crate::commands::cert::read;
use crate::error::Error;
use crate::fault::Kind;
use crate::providers::time::Time;
use crate::sign::canonical::sha256_hex;
use crate::transport::probe::{Distrust, Served};

/// A certificate that is expected, with what its file has above it.
pub(super) struct Expected {
    leaf: Facts,
    /// The intermediates, each the issuer of the one before.
    intermediates: Vec<Facts>,
    /// The file has the root at the end as well: no intermediate is missing in it.
    has_root: bool,
}

/// Whether what is served is as expected.
pub(super) enum Verdict {
    /// It is, and leads to a trusted root.
    Confirmed,
    /// It is, and whether clients trust it was not verified, for this reason.
    Unverified(String),
    /// It is another certificate, or comes with another chain.
    Another(Error),
    /// It is, and no client takes it.
    Refused(Error),
}

impl Expected {
    /// Reads a file: the one certificate in it, or a server's with its chain.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let content = read(path)?;
        let input = Input {
            name: &content.name,
            bytes: &content.bytes,
        };
        let mut certificates =
            cert::inspect(input)
                .into_iter()
                .filter_map(|found| match found.content {
                    Ok(cert::Content::Certificate { facts, .. }) => Some(facts),
                    _ => None,
                });
        if let (Some(only), None) = (certificates.next(), certificates.next()) {
            return Ok(Expected {
                leaf: *only,
                intermediates: Vec::new(),
                has_root: false,
            });
        }
        let examined = examine(&[input], None, Utc::now());
        let intermediates: Vec<Facts> = examined.chain().into_iter().skip(1).collect();
        match (examined.leaf, examined.findings.into_iter().next()) {
            (Some(leaf), _) => {
                let top = &intermediates.last().unwrap_or(&leaf).issuer;
                let is_top =
                    |note: &Note| matches!(note, Note::RootDropped { subject } if subject == top);
                Ok(Expected {
                    has_root: examined.notes.iter().any(is_top),
                    leaf,
                    intermediates,
                })
            }
            (None, Some(finding)) => Err(finding.error.into()),
            (None, None) => Err(Error::new(
                Kind::Certificate,
                format!("{}: contains no certificate", content.name),
                Kind::Certificate.hint(),
            )),
        }
    }

    /// Judges what is served, whose leaf is the one of the file.
    fn judge(&self, served: &Served) -> Verdict {
        let Some(distrust) = &served.distrust else {
            return Verdict::Confirmed;
        };
        let path = match cert::path(&served.chain) {
            Some(path) if distrust.is_of_unknown && path.end != End::Unknown => path,
            _ => return Verdict::Refused(refused(distrust)),
        };
        if let End::Broken { shown, below } = &path.end {
            return Verdict::Another(chained(format!(
                "the server sends {shown}, which did not issue {below}"
            )));
        }
        if let Some((issuer, below)) = self.missing(&path, served) {
            return Verdict::Another(chained(format!(
                "the server does not send the intermediate certificate that issued {below} \
                 ({issuer}): clients reject the certificate without it"
            )));
        }
        let last = path.above.last().unwrap_or(&self.leaf);
        Verdict::Unverified(format!(
            "not verified: {} ({}); use --ca-bundle FILE to trust another authority",
            distrust.reason.trim_start_matches("TLS: "),
            last.issuer
        ))
    }

    /// The intermediate that clients lack, and which certificate it issued: one of the file that is
    /// not served, or the issuer of a certificate that is served alone.
    fn missing<'a>(&'a self, path: &cert::Path, served: &Served) -> Option<(&'a str, &'a str)> {
        let shown: Vec<String> = served.chain.iter().map(sha256_hex).collect();
        let below = std::iter::once(&self.leaf).chain(&self.intermediates);
        let mut pairs = self.intermediates.iter().zip(below);
        if let Some((issuer, below)) =
            pairs.find(|(issuer, _)| !shown.contains(&issuer.fingerprint))
        {
            return Some((&issuer.subject, &below.subject));
        }
        let is_alone = path.above.is_empty() && path.end == End::Open;
        let is_issued_by_root = self.has_root && self.intermediates.is_empty();
        (is_alone && !is_issued_by_root).then(|| {
            let leaf = &self.leaf;
            (leaf.issuer.as_str(), leaf.subject.as_str())
        })
    }
}

/// Judges what is served against all that is expected, any of which will do.
pub(super) fn judge(expected: &[Expected], leaf: &Facts, served: &Served) -> Verdict {
    let same = expected
        .iter()
        .filter(|one| one.leaf.fingerprint == leaf.fingerprint);
    let mut verdicts: Vec<Verdict> = same.map(|one| one.judge(served)).collect();
    let fits = verdicts
        .iter()
        .position(|verdict| !matches!(verdict, Verdict::Another(_)));
    match (fits, verdicts.is_empty()) {
        (_, true) => Verdict::Another(another(leaf, expected)),
        (fits, false) => verdicts.swap_remove(fits.unwrap_or(0)),
    }
}

fn another(leaf: &Facts, expected: &[Expected]) -> Error {
    let expected: Vec<String> = expected.iter().map(|one| brief(&one.leaf)).collect();
    let message = format!(
        "the server sends another certificate: {}, {}; expected: {}",
        leaf.subject,
        brief(leaf),
        expected.join(" or ")
    );
    let hint = "after a recent change, add --wait to check again; otherwise deploy the certificate to \
         this server";
    Error::new(Kind::Certificate, message, hint).redacted()
}

fn brief(facts: &Facts) -> String {
    let expires = Time(facts.not_after);
    format!(
        "SHA-256 {}…, valid until {expires}",
        &facts.fingerprint[..16]
    )
}

fn chained(message: String) -> Error {
    let hint = "deploy the certificate with its whole chain (fullchain.pem), or use --ca-bundle \
                to trust another authority";
    Error::new(Kind::Certificate, message, hint).redacted()
}

fn refused(distrust: &Distrust) -> Error {
    let message = distrust.reason.trim_start_matches("TLS: ");
    let hint = "clients reject the expected certificate: deploy another one";
    Error::new(Kind::Certificate, message, hint).redacted()
}
