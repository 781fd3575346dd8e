//! The rows of `certctl cert probe`: an address and what it serves.

use std::net::SocketAddr;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::expect::{Verdict, judge};
use super::{Target, Wanted};
use crate::cert::{self, Facts};
use crate::commands::cert::{Shown, ends_too_soon};
use crate::error::Error;
use crate::fault::Kind;
use crate::providers::time::Time;
use crate::transport::probe::{Served, Unserved};

/// An address and what it serves.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    host: String,
    servername: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) address: Option<SocketAddr>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trusted: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    distrust: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    covers_host: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<bool>,
    #[serde(flatten)]
    certificate: Option<Shown>,
    #[serde(rename = "served", skip_serializing_if = "Vec::is_empty")]
    chain: Vec<Link>,
    /// Whether each certificate of the chain was signed by the one after it; left out where there
    /// is one alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    chain_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<Error>,
    #[serde(skip)]
    is_unverified: bool,
}

/// A certificate of the chain as it is served.
#[derive(Clone, Debug, Serialize)]
struct Link {
    subject: String,
    issuer: String,
    expires: Time,
    fingerprint: String,
}

impl Row {
    /// A row of which nothing is known yet.
    pub(super) fn of(target: &Target) -> Self {
        Row {
            host: target.asked.clone(),
            servername: target.concrete.clone(),
            address: None,
            status: "skipped",
            tls: None,
            trusted: None,
            distrust: None,
            covers_host: None,
            expected: None,
            certificate: None,
            chain: Vec::new(),
            chain_verified: None,
            note: None,
            error: None,
            is_unverified: false,
        }
    }

    /// `a.com at 192.0.2.1:443`
    pub(super) fn place(&self) -> String {
        match self.address {
            Some(address) => format!("{} at {address}", self.host),
            None => self.host.clone(),
        }
    }

    /// It is as expected, and whether clients trust it was not verified.
    pub(super) fn is_unverified(&self) -> bool {
        self.is_unverified && self.error.is_none()
    }

    pub(super) fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    pub(super) fn subject(&self) -> String {
        format!("{}: ", self.place())
    }

    /// A row of which nothing is known but where.
    pub(super) fn at(target: &Target, address: SocketAddr) -> Self {
        Row {
            address: Some(address),
            ..Row::of(target)
        }
    }

    /// A row of a dry run.
    pub(super) fn planned(target: &Target, address: Option<SocketAddr>) -> Self {
        Row {
            address,
            status: "planned",
            ..Row::of(target)
        }
    }

    /// A row of a host without an address.
    pub(super) fn unserved(target: &Target, why: Unserved) -> Self {
        Row {
            status: "failed",
            error: Some(unserved(why)),
            ..Row::of(target)
        }
    }

    /// The row as it is when a run ends before its time.
    pub(super) fn unless_probed(self, kind: Kind) -> Self {
        match self.status {
            "skipped" => Row {
                error: Some(unprobed(kind)),
                ..self
            },
            _ => self,
        }
    }

    /// What came of a probe. Where a certificate is expected, nobody here has to trust its root.
    pub(super) fn settle(
        &mut self,
        target: &Target,
        wanted: &Wanted,
        served: Result<Served, Unserved>,
        now: DateTime<Utc>,
    ) {
        self.status = "failed";
        let served = match served {
            Ok(served) => served,
            Err(why) => {
                self.error = Some(unserved(why));
                return;
            }
        };
        self.tls = Some(served.version);
        self.trusted = Some(served.distrust.is_none());
        let distrust = served.distrust.as_ref();
        self.distrust = distrust.map(|it| it.reason.trim_start_matches("TLS: ").to_owned());
        self.note = served.cut_short.as_deref().map(|why| {
            let why = why.trim_start_matches("TLS: ");
            format!("it sent its certificate, then ended the handshake: {why}")
        });
        self.chain_verified =
            (served.chain.len() > 1).then(|| cert::is_verified_chain(&served.chain));
        let chain: Vec<Option<Facts>> = served.chain.iter().map(|der| Facts::read(der)).collect();
        self.chain = chain.iter().flatten().map(Link::of).collect();
        let Some(Some(leaf)) = chain.into_iter().next() else {
            self.error = Some(Error::new(
                Kind::Certificate,
                "cannot read the certificate of the server",
                "request a new certificate for the server",
            ));
            return;
        };
        self.certificate = Some(Shown::of(&leaf, now));
        let covers = !served.is_for_another && target.is_covered_by(&leaf);
        self.covers_host = Some(covers);
        self.error = match wanted.expected.is_empty() {
            true => self.unacceptable(target, &leaf),
            false => self.compare(judge(&wanted.expected, &leaf, &served)),
        };
        if let (None, Some(least)) = (&self.error, wanted.min_days) {
            self.error = ends_too_soon(&leaf, least, now);
        }
        if self.error.is_none() {
            self.status = "ok";
        }
    }

    /// Takes over how it compares with what is expected; why it is not as it should be comes back.
    fn compare(&mut self, verdict: Verdict) -> Option<Error> {
        self.expected = Some(!matches!(verdict, Verdict::Another(_)));
        match verdict {
            Verdict::Confirmed => None,
            Verdict::Unverified(reason) => {
                self.is_unverified = true;
                self.note = Some(match self.note.take() {
                    Some(note) => format!("{reason}; {note}"),
                    None => reason,
                });
                None
            }
            Verdict::Another(error) | Verdict::Refused(error) => Some(error),
        }
    }

    /// Why a client would not accept the certificate, in one line; none where it would.
    fn unacceptable(&self, target: &Target, leaf: &Facts) -> Option<Error> {
        let mut reasons: Vec<String> = self.distrust.iter().cloned().collect();
        if self.distrust.is_some() && self.chain.len() == 1 && leaf.self_signed == Some(false) {
            reasons.push("the server sends no intermediate certificate".into());
        }
        if self.covers_host == Some(false) {
            let asked = match &target.renamed {
                Some(name) => name.asked(),
                None => &target.asked,
            };
            let names: Vec<&str> = leaf
                .names
                .iter()
                .chain(&leaf.addresses)
                .map(String::as_str)
                .collect();
            reasons.push(format!(
                "the certificate of the server does not cover {asked}: it covers {}",
                match names.is_empty() {
                    true => "no name".to_owned(),
                    false => names.join(", "),
                }
            ));
        }
        let hint = match self.distrust {
            Some(_) => {
                "deploy another certificate; use --ca-bundle to trust another authority, or \
                 --expect FILE to accept exactly this certificate"
            }
            None => "deploy a certificate for this name; use --servername to request another name",
        };
        (!reasons.is_empty())
            .then(|| Error::new(Kind::Certificate, reasons.join("; "), hint).redacted())
    }
}

impl Link {
    fn of(facts: &Facts) -> Self {
        Link {
            subject: facts.subject.clone(),
            issuer: facts.issuer.clone(),
            expires: Time(facts.not_after),
            fingerprint: facts.fingerprint.clone(),
        }
    }
}

fn unserved(why: Unserved) -> Error {
    let message = why.message.trim_start_matches("TLS: ");
    Error::new(Kind::Connection, message, why.hint).redacted()
}

fn unprobed(kind: Kind) -> Error {
    let message = match kind {
        Kind::Deadline => "not probed: --deadline ran out",
        _ => "not probed: interrupted",
    };
    Error::new(kind, message, kind.hint())
}
