//! Why a certificate or key is unfit: the facts that disagree, and what to do next.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};

use super::form::Form;
use super::key::{Algorithm, MIN_RSA_BITS, TAKEN};

/// What to do where the key's algorithm is one that nobody takes.
const NEW_KEY: &str = "have a certificate issued for an RSA or ECDSA P-256 key: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out new-key.pem";

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
    #[error("{file}:{line}: the BEGIN line goes on after its dashes or lacks them{}", if *.escaped { ": line breaks are written as \\n" } else { "" })]
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
    #[error("{}:{end_line}: END {end} ends the block that began as {} in line {}", begin.file, begin.label, begin.line)]
    EndMismatch {
        /// Where the block begins.
        begin: Place,
        /// The label of the END line.
        end: String,
        /// The line of the END line.
        end_line: usize,
    },
    /// A line inside a block is not base64.
    #[error("{}:{at}: this line of the {} block that begins in line {} is not base64", place.file, place.label, place.line)]
    NotBase64 {
        /// Where the block begins.
        place: Place,
        /// The line at fault.
        at: usize,
    },
    /// The base64 text of a block breaks off.
    #[error("{place}: the {} block is cut short: its {characters} base64 characters do not end in a whole group of four", place.label)]
    Base64Cut {
        /// Where the block begins.
        place: Place,
        /// How many characters there are.
        characters: usize,
    },
    /// The content of a block is longer or shorter than it says itself.
    #[error("{place}: the {} block is damaged: its content should be {stated} bytes long and has {found}", place.label)]
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
    #[error("{cert} holds a private key and {key} a certificate: the two files are swapped")]
    Swapped {
        /// The file that was given as the certificate.
        cert: String,
        /// The file that was given as the key.
        key: String,
    },
    /// The key file holds more than one private key.
    #[error("{}: two private keys: {} in line {} and {} in line {}", first.file, first.label, first.line, second.label, second.line)]
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
    #[error("{place}: the {} block does not hold an X.509 certificate", place.label)]
    UnreadableCertificate {
        /// Where the block begins.
        place: Place,
    },
    /// The content of a block is not what its label says.
    #[error("{place}: the {} block does not hold what it says", place.label)]
    Unreadable {
        /// Where the block begins.
        place: Place,
    },
    /// The content of a private key block is no private key.
    #[error("{place}: the {} block does not hold a private key of that kind", place.label)]
    UnreadableKey {
        /// Where the block begins.
        place: Place,
    },
    /// The numbers of the private key contradict each other.
    #[error("{place}: the {} is damaged: its parts do not belong together", place.label)]
    InconsistentKey {
        /// Where the block begins.
        place: Place,
    },
    /// A private key of an algorithm that no service takes.
    #[error("{place}: the private key is {algorithm}; the clouds take {TAKEN}")]
    UnsupportedKey {
        /// Where the block begins.
        place: Place,
        /// The algorithm or curve.
        algorithm: String,
    },
    /// The private key is not the certificate's.
    #[error("the key in {} ({}, id {}) is not the key of the certificate in {} ({}, id {})", key.place, key.algorithm, key.id, cert.place, cert.algorithm, cert.id)]
    KeyMismatch {
        /// The certificate's.
        cert: Box<KeyFacts>,
        /// The private key's.
        key: Box<KeyFacts>,
    },
    /// The first certificate is that of an authority.
    #[error("{place}: {subject} is a CA certificate (CA:TRUE), not a server's")]
    AuthorityAsLeaf {
        /// Where it begins.
        place: Place,
        /// Its subject.
        subject: String,
    },
    /// A certificate that is no part of the chain.
    #[error("{place}: {found} does not belong to the chain: {}", wanted.as_deref().map_or_else(|| format!("{last} is self-signed and ends it"), |wanted| format!("{last} was issued by {wanted}")))]
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
    #[error("{place}: {found} does not belong to the chain: it is another server's certificate")]
    SecondServer {
        /// Where it begins.
        place: Place,
        /// Its subject.
        found: String,
    },
    /// An issuer of the right name whose key did not make the signature.
    #[error(
        "{place}: {issuer} has the issuer's name, but its key did not sign {subject} (line {line})"
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
    #[error("{place}: {issuer} issued {subject} and is not a CA certificate")]
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
        "{place}: {subject} has an RSA key of {bits} bits; at least {} are needed",
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
    #[error("{place}: the certificate has no DNS name in subjectAltName{}", common_name.as_deref().map_or_else(String::new, |name| format!("; its CN={name} does not count")))]
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
        "{place}: {subject} is valid from {} on; now it is {}",
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
    #[error("{place}: the certificate's key is {found}; the clouds take {TAKEN}")]
    AlgorithmRefused {
        /// Where the certificate begins.
        place: Place,
        /// The certificate's algorithm.
        found: Algorithm,
    },
    /// The parameters of a curve are written out where its name should be.
    #[error(
        "{place}: {} has the parameters of its curve written out instead of the curve's name, which clouds and clients refuse (RFC 5480)",
        match of { Purpose::Key => "the private key", Purpose::Certificate => "the certificate's key" }
    )]
    ExplicitCurve {
        /// Where the block begins.
        place: Place,
        /// Whose curve it is.
        of: Purpose,
    },
    /// What an authority shows to the logs before it issues the certificate.
    #[error(
        "{place}: {subject} is a precertificate (it has the poison extension of RFC 6962), which every client refuses"
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

    /// What to do next: a command to type, or a thing to check. One line.
    pub fn hint(&self) -> String {
        match self {
            CertError::NotPem { file, form, wanted } => conversion(file, *form, *wanted),
            CertError::BrokenBegin { file, escaped: true, .. } => {
                format!("write real line breaks: (umask 077; printf '%b' \"$(cat {})\" > fixed.pem)", shell_word(file))
            }
            CertError::BrokenBegin { .. } => {
                "copy the file again, line by line as it was issued (in a shell, quote \"$VARIABLE\")".into()
            }
            CertError::NoEnd { .. } | CertError::NoBegin { .. } | CertError::EndMismatch { .. } => {
                "copy the block again, from its BEGIN line to its END line".into()
            }
            CertError::TooMany { .. } => {
                "give a file with the server's certificate and those above it, or take this one apart first".into()
            }
            CertError::NotBase64 { .. }
            | CertError::Base64Cut { .. }
            | CertError::WrongLength { .. } => {
                "the file was damaged or cut while it was copied: take it from its origin again".into()
            }
            CertError::WrongBlock { place, wanted } => wrong_block(place, *wanted),
            CertError::Swapped { cert, key } => {
                format!("use --cert {} --key {}", shell_word(key), shell_word(cert))
            }
            CertError::TwoKeys { .. } => {
                "leave the certificate's own key in the file and remove the other".into()
            }
            CertError::EncryptedKey { place } => {
                format!("decrypt it: openssl pkey -in {} -out new-key.pem", shell_word(&place.file))
            }
            CertError::UnreadableCertificate { place } | CertError::Unreadable { place } => {
                format!("see what it is: openssl asn1parse -in {}", shell_word(&place.file))
            }
            CertError::UnreadableKey { place } => format!(
                "have it read and written anew: openssl pkey -in {} -out new-key.pem",
                shell_word(&place.file)
            ),
            CertError::InconsistentKey { place } => format!(
                "see what is wrong: openssl pkey -check -noout -in {}; then take the key from its origin again",
                shell_word(&place.file)
            ),
            CertError::UnsupportedKey { .. } => NEW_KEY.into(),
            CertError::KeyMismatch { cert, key, .. } => format!(
                "find the key whose id is that of the certificate: openssl pkey -pubout -outform DER -in {} | openssl sha256; the certificate's: openssl x509 -noout -pubkey -in {} | openssl pkey -pubin -outform DER | openssl sha256",
                shell_word(&key.place.file),
                shell_word(&cert.place.file)
            ),
            CertError::AuthorityAsLeaf { place, .. } => format!(
                "put the server's certificate first; see what the file holds: openssl x509 -noout -subject -issuer -ext basicConstraints,subjectAltName -in {}",
                shell_word(&place.file)
            ),
            CertError::SecondServer { place, .. } => format!(
                "one certificate is set at a time: leave it out: sed '{},/-----END/d' {} > new-cert.pem",
                place.line,
                shell_word(&place.file)
            ),
            CertError::Foreign { wanted: Some(wanted), .. } => format!(
                "replace it by the certificate of {wanted}, which the CA offers with yours (fullchain.pem), or remove it"
            ),
            CertError::Foreign { place, .. } => {
                format!("remove the block at line {} of {}", place.line, place.file)
            }
            CertError::NotSigned { .. } => {
                "take the intermediate certificate that the CA issued with this certificate: CAs use one name for several keys".into()
            }
            CertError::IssuerNotAuthority { place, .. } => format!(
                "check the chain: openssl x509 -noout -subject -ext basicConstraints -in {}",
                shell_word(&place.file)
            ),
            CertError::ShortRsa { .. } => format!(
                "have a certificate issued for a longer key: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:{} -out new-key.pem",
                MIN_RSA_BITS
            ),
            CertError::NoNames { .. } => {
                "have it issued again with its domains in subjectAltName: openssl req -new -addext subjectAltName=DNS:example.com …".into()
            }
            CertError::Expired { .. } => "renew the certificate, and check this machine's clock: date -u".into(),
            CertError::NotYetValid { .. } => "check this machine's clock: date -u".into(),
            CertError::AlgorithmRefused { .. } => NEW_KEY.into(),
            CertError::ExplicitCurve { place, of: Purpose::Key } => format!(
                "write the key anew with its curve's name: openssl ec -in {} -param_enc named_curve -out new-key.pem",
                shell_word(&place.file)
            ),
            CertError::ExplicitCurve { .. } => {
                "write the key anew with its curve's name (openssl ec -in KEY -param_enc named_curve -out new-key.pem) and have a certificate issued for that: openssl req -new -key new-key.pem -addext subjectAltName=DNS:example.com -out request.pem".into()
            }
            CertError::Precertificate { .. } => {
                "take the certificate itself, which the CA issued after it: it has the same serial number".into()
            }
        }
    }
}

fn conversion(file: &str, form: Form, wanted: Purpose) -> String {
    let file = shell_word(file);
    match (form, wanted) {
        (Form::Blank, _) => format!("check what wrote it: ls -l {file}"),
        (Form::DerCertificate, Purpose::Certificate) => {
            format!("convert it: openssl x509 -inform DER -in {file} -out new-cert.pem")
        }
        (Form::DerKey | Form::DerEncryptedKey, Purpose::Key) => {
            format!("convert it: openssl pkey -inform DER -in {file} -out new-key.pem")
        }
        (Form::Pkcs12 | Form::Pkcs12Legacy, wanted) => {
            // OpenSSL 3 refuses the old ciphers without the option, and OpenSSL 1 does not know it.
            let legacy = match form {
                Form::Pkcs12Legacy => " -legacy",
                _ => "",
            };
            let without = match form {
                Form::Pkcs12Legacy => " (OpenSSL 1: without -legacy)",
                _ => "",
            };
            match wanted {
                Purpose::Certificate => format!(
                    "take the certificates out: openssl pkcs12{legacy} -in {file} -nokeys -out new-cert.pem{without}"
                ),
                Purpose::Key => format!(
                    "take the key out: openssl pkcs12{legacy} -in {file} -nocerts -nodes -out new-key.pem{without}"
                ),
            }
        }
        (Form::Pkcs7, Purpose::Certificate) => format!(
            "take the certificates out: openssl pkcs7 -inform DER -print_certs -in {file} -out new-cert.pem"
        ),
        (Form::Jks, _) => format!(
            "convert it to PKCS#12 first: keytool -importkeystore -srckeystore {file} -destkeystore store.p12 -deststoretype PKCS12"
        ),
        (Form::Utf16, _) => {
            format!("convert it: (umask 077; iconv -f UTF-16 -t UTF-8 {file} > fixed.pem)")
        }
        (Form::BareBase64, Purpose::Certificate) => {
            "put -----BEGIN CERTIFICATE----- before it and -----END CERTIFICATE----- after it, each on its own line".into()
        }
        (Form::BareBase64, Purpose::Key) => {
            "put the BEGIN and END lines around it that it had where it was made, each on its own line".into()
        }
        (Form::DerRequest, Purpose::Certificate) => {
            "send the request to a CA: the certificate is what comes back".into()
        }
        (_, Purpose::Certificate) => {
            "give the file that begins with -----BEGIN CERTIFICATE----- (often fullchain.pem)".into()
        }
        (_, Purpose::Key) => {
            "give the file that begins with -----BEGIN PRIVATE KEY----- (often privkey.pem)".into()
        }
    }
}

fn wrong_block(place: &Place, wanted: Purpose) -> String {
    let file = shell_word(&place.file);
    match (&*place.label, wanted) {
        ("CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST", Purpose::Certificate) => {
            "send the request to a CA: the certificate is what comes back".into()
        }
        ("TRUSTED CERTIFICATE", Purpose::Certificate) => {
            format!("convert it: openssl x509 -in {file} -out new-cert.pem")
        }
        ("PKCS7" | "CMS", Purpose::Certificate) => {
            format!(
                "take the certificates out: openssl pkcs7 -print_certs -in {file} -out new-cert.pem"
            )
        }
        ("OPENSSH PRIVATE KEY", Purpose::Key) => format!(
            "convert a copy of it: cp {file} new-key.pem && ssh-keygen -p -m PKCS8 -N '' -f new-key.pem"
        ),
        ("PUBLIC KEY" | "RSA PUBLIC KEY", Purpose::Key) => {
            "give the private key: the public one is part of the certificate already".into()
        }
        (_, Purpose::Certificate) => {
            "give the file with the CERTIFICATE blocks (often fullchain.pem)".into()
        }
        (_, Purpose::Key) => "give the file with the PRIVATE KEY block (often privkey.pem)".into(),
    }
}

pub(super) fn stamp(time: &DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A file name as a word of a POSIX shell, for commands that are there to be typed.
pub(crate) fn shell_word(file: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%,".contains(c);
    if !file.is_empty() && file.chars().all(plain) {
        return file.to_owned();
    }
    format!("'{}'", file.replace('\'', r"'\''"))
}
