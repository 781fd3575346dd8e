//! What is worth a warning about a certificate that is otherwise in order.

use std::fmt;

use chrono::{DateTime, Utc};

use super::error::stamp;
use super::key::Algorithm;

/// A warning; its text is one line, to be printed after `warning: `.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// No intermediate came with a certificate that is not self-signed.
    LeafOnly {
        /// Who issued it.
        issuer: String,
    },
    /// A self-signed certificate at the end of the chain was left out.
    RootDropped {
        /// Its subject.
        subject: String,
    },
    /// The same certificate stood in the file twice.
    DuplicateDropped {
        /// Its subject.
        subject: String,
        /// The line of the one that was left out.
        line: usize,
        /// The line of the one that was kept.
        first_line: usize,
    },
    /// Another certificate of an authority that is in the chain, of the same name and key.
    TwinDropped {
        /// Its subject.
        subject: String,
        /// The line in which it begins.
        line: usize,
    },
    /// The file had the certificates in another order than leaf to root.
    Reordered,
    /// The certificate ends within a week.
    ExpiresSoon {
        /// When it ends.
        not_after: DateTime<Utc>,
    },
    /// An intermediate has expired.
    IntermediateExpired {
        /// Its subject.
        subject: String,
        /// When it ended.
        not_after: DateTime<Utc>,
    },
    /// A signature of the chain could not be verified.
    Unverified {
        /// The subject of the certificate whose signature it is.
        subject: String,
        /// The subject of the one that is to have signed it.
        issuer: String,
        /// The algorithm of the issuer's key.
        algorithm: Algorithm,
    },
    /// It names purposes, and to serve is none of them.
    NotForServers,
    /// It names uses of its key, and to sign is none of them.
    NotForSignatures,
    /// A signature over a hash that clients no longer take.
    WeakSignature {
        /// The subject of the certificate whose signature it is.
        subject: String,
        /// The hash.
        hash: &'static str,
    },
    /// The certificate is its own issuer.
    SelfSigned,
    /// The certificate is its own issuer and says `CA:TRUE`.
    SelfSignedAuthority,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::LeafOnly { issuer } => write!(
                f,
                "the certificate comes without the intermediate {issuer}: some clients will not trust it"
            ),
            Note::RootDropped { subject } => write!(
                f,
                "the root {subject} is not sent: clients use their own copy"
            ),
            Note::DuplicateDropped {
                subject,
                line,
                first_line,
            } => write!(
                f,
                "{subject} on line {line} repeats line {first_line} and is not sent"
            ),
            Note::TwinDropped { subject, line } => write!(
                f,
                "{subject} on line {line} is not sent: the chain has another certificate with the \
                 same name and key"
            ),
            Note::Reordered => f.write_str(
                "the certificates were not in order: they are sent as leaf first, \
                             then each issuer",
            ),
            Note::ExpiresSoon { not_after } => {
                write!(f, "the certificate expires soon, at {}", stamp(not_after))
            }
            Note::IntermediateExpired { subject, not_after } => write!(
                f,
                "the intermediate {subject} expired at {}: some clients will not trust the chain",
                stamp(not_after)
            ),
            Note::Unverified {
                subject,
                issuer,
                algorithm,
            } => write!(
                f,
                "the signature of {subject} by {issuer} was not verified: certctl does not \
                 support {algorithm}"
            ),
            Note::NotForServers => f.write_str(
                "the extendedKeyUsage of the certificate has no serverAuth: clients will reject \
                 it",
            ),
            Note::NotForSignatures => f.write_str(
                "the keyUsage of the certificate has no digitalSignature: many clients will \
                 reject it",
            ),
            Note::WeakSignature { subject, hash } => write!(
                f,
                "the signature of {subject} uses {hash}: clients will reject it; request a new \
                 certificate"
            ),
            Note::SelfSigned => {
                f.write_str("the certificate is self-signed: browsers will not trust it")
            }
            Note::SelfSignedAuthority => f.write_str(
                "the certificate is self-signed and a CA certificate (CA:TRUE), as `openssl req \
                 -x509` creates it; it is accepted because it has domains and no chain, but \
                 browsers will not trust it",
            ),
        }
    }
}
