//! Why a certificate or key is unfit: the facts that disagree. What to do next stands in `hint`.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};

use super::form::Form;
use super::key::{Algorithm, MIN_RSA_BITS, TAKEN};

/// Where a PEM block begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file as the user named it.
    pub file: Box<str>,
    /// The block's label, such as `CERTIFICATE`.
    pub label: Box<str>,
    /// The line of the file, counted from 1.
    pub line: usize,
}

impl Place {
    pub(super) fn new(file: &str, label: &str, line: usize) -> Place {
        Place {
            file: file.into(),
            label: label.into(),
            line,
        }
    }
}

/// `FILE:LINE`, as compilers write it.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// One side of a certificate and a key that do not belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFacts {
    /// Where the block begins.
    pub place: Place,
    /// The algorithm of the key.
    pub algorithm: Algorithm,
    /// SHA-256 over the public key (SubjectPublicKeyInfo), the first 16 hex digits.
    pub id: String,
}

/// What a file was given as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The certificate and its chain.
    Certificate,
    /// The private key.
    Key,
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Purpose::Certificate => "a PEM certificate",
            Purpose::Key => "a PEM private key",
        })
    }
}

/// Why a certificate, its chain or its key is unfit. Messages are one line and hold no key material.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertError {
    /// The file is in another form than PEM.
    #[error("{file} is {form}, not {wanted}")]
    NotPem {
        /// The file as the user named it.
        file: String,
        /// What it is instead.
        form: Form,
        /// What it was given as.
        wanted: Purpose,
    },
    /// A BEGIN line is not a line of its own.
    #[error("{file}:{line}: the BEGIN line has text after its dashes, or the dashes are missing{}", if *.escaped { ": the file has \\n instead of line breaks" } else { "" })]
    BrokenBegin {
        /// The file as the user named it.
        file: String,
        /// The line, counted from 1.
        line: usize,
        /// Whether the line holds `\n` spelt out, as in a JSON string.
        escaped: bool,
    },
    /// A block does not end.
    #[error("{place}: the {} block that begins here has no END line", place.label)]
    NoEnd {
        /// Where the block begins.
        place: Place,
    },
    /// There is more of something than any file of a server's certificate has.
    #[error("{file}: more than {limit} {what}")]
    TooMany {
        /// The file as the user named it.
        file: String,
        /// What there is too much of.
        what: &'static str,
        /// How much is looked at.
        limit: usize,
    },
    /// A block ends that did not begin.
    #[error("{place}: this END line has no BEGIN line before it")]
    NoBegin {
        /// Where the END line is.
        place: Place,
    },
    /// A block's END line names another label than its BEGIN line.
    #[error("{}:{end_line}: END {end} does not match BEGIN {} on line {}", begin.file, begin.label, begin.line)]
    EndMismatch {
        /// Where the block begins.
        begin: Place,
        /// The label of the END line.
        end: String,
        /// The line of the END line.
        end_line: usize,
    },
    /// A line inside a block is not base64.
    #[error("{}:{at}: this line of the {} block that begins on line {} is not base64", place.file, place.label, place.line)]
    NotBase64 {
        /// Where the block begins.
        place: Place,
        /// The line at fault.
        at: usize,
    },
    /// The base64 text of a block breaks off.
    #[error("{place}: the {} block is incomplete: its {characters} base64 characters are not a \
             multiple of four", place.label)]
    Base64Cut {
        /// Where the block begins.
        place: Place,
        /// How many characters there are.
        characters: usize,
    },
    /// The content of a block is longer or shorter than it says itself.
    #[error("{place}: the {} block is damaged: its content should be {stated} bytes long but is \
             {found}", place.label)]
    WrongLength {
        /// Where the block begins.
        place: Place,
        /// The length that the content states.
        stated: usize,
        /// The length it has.
        found: usize,
    },
    /// A block of a kind that does not belong into this file.
    #[error("{place}: expected {wanted}, found {}", place.label)]
    WrongBlock {
        /// Where the block begins.
        place: Place,
        /// What the file was given as.
        wanted: Purpose,
    },
    /// The certificate file holds private keys and the key file certificates.
    #[error("{cert} is a private key and {key} is a certificate: the two files are swapped")]
    Swapped {
        /// The file that was given as the certificate.
        cert: String,
        /// The file that was given as the key.
        key: String,
    },
    /// The key file holds more than one private key.
    #[error("{}: two private keys: {} on line {} and {} on line {}", first.file, first.label, first.line, second.label, second.line)]
    TwoKeys {
        /// Where the first begins.
        first: Place,
        /// Where the second begins.
        second: Place,
    },
    /// The private key is under a passphrase.
    #[error("{place}: the private key is encrypted with a passphrase")]
    EncryptedKey {
        /// Where the block begins.
        place: Place,
    },
    /// The content of a CERTIFICATE block is no certificate.
    #[error("{place}: the {} block does not contain an X.509 certificate", place.label)]
    UnreadableCertificate {
        /// Where the block begins.
        place: Place,
    },
    /// The content of a block is not what its label says.
    #[error("{place}: the content of the {} block does not match its label", place.label)]
    Unreadable {
        /// Where the block begins.
        place: Place,
    },
    /// The content of a private key block is no private key.
    #[error("{place}: the {} block does not contain a private key of that kind", place.label)]
    UnreadableKey {
        /// Where the block begins.
        place: Place,
    },
    /// The numbers of the private key contradict each other.
    #[error("{place}: the {} is damaged: its parts do not match", place.label)]
    InconsistentKey {
        /// Where the block begins.
        place: Place,
    },
    /// A private key of an algorithm that no service takes.
    #[error("{place}: the private key is {algorithm}; the clouds accept only {TAKEN}")]
    UnsupportedKey {
        /// Where the block begins.
        place: Place,
        /// The algorithm or curve.
        algorithm: String,
    },
    /// The private key is not the certificate's.
    #[error("the key in {} ({}, id {}) does not match the certificate in {} ({}, id {})", key.place, key.algorithm, key.id, cert.place, cert.algorithm, cert.id)]
    KeyMismatch {
        /// The certificate's.
        cert: Box<KeyFacts>,
        /// The private key's.
        key: Box<KeyFacts>,
    },
    /// The first certificate is that of an authority.
    #[error("{place}: {subject} is a CA certificate (CA:TRUE), not a server certificate")]
    AuthorityAsLeaf {
        /// Where it begins.
        place: Place,
        /// Its subject.
        subject: String,
    },
    /// A certificate that is no part of the chain.
    #[error("{place}: {found} does not belong to the chain: {}", wanted.as_deref().map_or_else(|| format!("the chain ends with {last}, which is self-signed"), |wanted| format!("{last} was issued by {wanted}")))]
    Foreign {
        /// Where it begins.
        place: Place,
        /// Its subject.
        found: String,
        /// The subject of the last certificate that is part of the chain.
        last: String,
        /// The subject that would continue the chain; none if it is complete.
        wanted: Option<String>,
    },
    /// Another server's certificate in the file.
    #[error("{place}: {found} does not belong to the chain: it is another server certificate")]
    SecondServer {
        /// Where it begins.
        place: Place,
        /// Its subject.
        found: String,
    },
    /// An issuer of the right name whose key did not make the signature.
    #[error(
        "{place}: {issuer} has the name of the issuer, but its key did not sign {subject} (line \
         {line})"
    )]
    NotSigned {
        /// Where the issuer begins.
        place: Place,
        /// The issuer's subject.
        issuer: String,
        /// The subject of the certificate whose signature is wrong.
        subject: String,
        /// The line in which that certificate begins.
        line: usize,
    },
    /// An issuer that is no authority.
    #[error("{place}: {issuer} issued {subject} but is not a CA certificate")]
    IssuerNotAuthority {
        /// Where the issuer begins.
        place: Place,
        /// The issuer's subject.
        issuer: String,
        /// The subject of what it issued.
        subject: String,
    },
    /// An RSA key that is too short to be accepted anywhere.
    #[error(
        "{place}: {subject} has an RSA key of {bits} bits; at least {} are required",
        MIN_RSA_BITS
    )]
    ShortRsa {
        /// Where the certificate begins.
        place: Place,
        /// Its subject.
        subject: String,
        /// The length of its modulus.
        bits: usize,
    },
    /// A certificate without a DNS name in subjectAltName.
    #[error("{place}: the certificate has no DNS name in subjectAltName{}", common_name.as_deref().map_or_else(String::new, |name| format!("; clients ignore its CN={name}")))]
    NoNames {
        /// Where the certificate begins.
        place: Place,
        /// Its common name, which clients stopped reading (RFC 9525, section 2).
        common_name: Option<String>,
    },
    /// The certificate's time is over.
    #[error(
        "{place}: {subject} expired at {}; now it is {}",
        stamp(not_after),
        stamp(now)
    )]
    Expired {
        /// Where the certificate begins.
        place: Place,
        /// Its subject.
        subject: String,
        /// The last second in which it is valid.
        not_after: DateTime<Utc>,
        /// The time that it was compared to.
        now: DateTime<Utc>,
    },
    /// The certificate's time has not come.
    #[error(
        "{place}: {subject} is not valid before {}; now it is {}",
        stamp(not_before),
        stamp(now)
    )]
    NotYetValid {
        /// Where the certificate begins.
        place: Place,
        /// Its subject.
        subject: String,
        /// The first second in which it is valid.
        not_before: DateTime<Utc>,
        /// The time that it was compared to.
        now: DateTime<Utc>,
    },
    /// A key of an algorithm that no cloud takes.
    #[error("{place}: the key of the certificate is {found}; the clouds accept only {TAKEN}")]
    AlgorithmRefused {
        /// Where the certificate begins.
        place: Place,
        /// The certificate's algorithm.
        found: Algorithm,
    },
    /// The parameters of a curve are written out where its name should be.
    #[error(
        "{place}: {} contains the parameters of its curve instead of the name of the curve; \
         clouds and clients reject that (RFC 5480)",
        match of { Purpose::Key => "the private key", Purpose::Certificate => "the key of the certificate" }
    )]
    ExplicitCurve {
        /// Where the block begins.
        place: Place,
        /// Whose curve it is.
        of: Purpose,
    },
    /// What an authority shows to the logs before it issues the certificate.
    #[error(
        "{place}: {subject} is a precertificate (it has the poison extension of RFC 6962); every \
         client rejects it"
    )]
    Precertificate {
        /// Where it begins.
        place: Place,
        /// Its subject.
        subject: String,
    },
}

impl CertError {
    /// The line at which a file's PEM breaks off, where that is why it cannot be read.
    pub(super) fn line(&self) -> Option<usize> {
        match self {
            CertError::BrokenBegin { line, .. } => Some(*line),
            CertError::NoEnd { place } | CertError::NoBegin { place } => Some(place.line),
            CertError::EndMismatch { begin, .. } => Some(begin.line),
            _ => None,
        }
    }
}

pub(super) fn stamp(time: &DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
