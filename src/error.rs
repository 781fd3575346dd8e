//! What a person is told when a command could not even begin. All translation from the layers'
//! own errors into words for people stands here.
#![deny(clippy::disallowed_methods)]

use std::rc::Rc;

use serde::Serialize;

use crate::cert::CertError;
use crate::config::ConfigError;
use crate::deploy::manifest::ManifestError;
use crate::fault::Kind;
use crate::files::FileError;
use crate::products::Reason;
use crate::redact::Redactor;
pub use crate::redact::is_pem;
use crate::transport::Failure;
use crate::transport::stop::exit_status;
use crate::transport::tls::TlsError;

/// The longest message, in characters: what a person still reads.
const TEXT_LIMIT: usize = 1000;

/// Why a command could not begin: nothing was changed.
#[derive(Debug, Serialize)]
pub struct Error {
    /// What it means; decides the exit status.
    pub kind: Kind,
    /// What, and where.
    pub message: String,
    /// What to do next.
    pub hint: String,
    /// The vendor's code, verbatim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The vendor's id of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<Rc<str>>,
    /// The signal that came meanwhile.
    #[serde(skip)]
    pub signal: Option<u8>,
}

impl Error {
    /// An error of ours.
    pub fn new(kind: Kind, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Error {
            kind,
            message: message.into(),
            hint: hint.into(),
            code: None,
            request_id: None,
            signal: None,
        }
    }

    /// The process's exit status: the signal's where one came.
    pub fn exit(&self) -> u8 {
        self.signal.map_or(self.kind.exit(), exit_status)
    }

    /// The command line was refused.
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Error::new(Kind::Usage, message, hint)
    }

    /// A manifest is refused; `file` is what people know it by.
    pub fn of_manifest(file: &str, error: &ManifestError) -> Self {
        Error::new(Kind::Config, format!("{file}:{error}"), &*error.hint)
    }

    /// A certificate or key stands where the name of its file belongs.
    pub fn pem_as_argument() -> Self {
        Error::usage(
            "PEM text is on the command line",
            "use file names for --cert and --key; a private key on the command line is now in the \
             shell history and was visible in the process list: replace it",
        )
    }

    /// The error with everything that looks like a private key masked, each text on one line.
    pub fn redacted(&self) -> Self {
        self.masked(&Redactor::new())
    }

    /// [`Error::redacted`], with the secrets that `redactor` knows masked as well.
    pub fn masked(&self, redactor: &Redactor) -> Self {
        let clean = |text: &str| redactor.line(text, TEXT_LIMIT);
        Error {
            kind: self.kind,
            message: clean(&self.message),
            hint: clean(&self.hint),
            code: self.code.as_deref().map(clean),
            request_id: self.request_id.as_deref().map(|id| Rc::from(clean(id))),
            signal: self.signal,
        }
    }
}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        let kind = match error.is_usage() {
            true => Kind::Usage,
            false if matches!(error, ConfigError::Late { .. }) => Kind::Deadline,
            false => Kind::Config,
        };
        Error::new(kind, error.to_string(), error.hint())
    }
}

impl From<Error> for Reason {
    fn from(error: Error) -> Self {
        Reason {
            kind: error.kind,
            message: error.message,
            hint: error.hint,
            code: error.code,
        }
    }
}

impl From<CertError> for Error {
    fn from(error: CertError) -> Self {
        Error::new(Kind::Certificate, error.to_string(), error.hint())
    }
}

impl From<FileError> for Error {
    fn from(error: FileError) -> Self {
        let kind = match error {
            FileError::Late { .. } => Kind::Deadline,
            _ => Kind::Io,
        };
        Error::new(kind, error.to_string(), error.hint())
    }
}

impl From<TlsError> for Error {
    fn from(error: TlsError) -> Self {
        Error::new(
            Kind::Config,
            error.to_string(),
            "use a PEM file with the CA certificates to trust: --ca-bundle FILE or SSL_CERT_FILE",
        )
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let code = failure.code.as_deref().map(|code| format!("{code}: "));
        Error {
            kind: failure.kind,
            message: format!("{}{}", code.unwrap_or_default(), failure.message),
            hint: failure.hint.to_owned(),
            code: failure.code,
            request_id: failure.request_id,
            signal: None,
        }
    }
}

impl From<clap::Error> for Error {
    fn from(error: clap::Error) -> Self {
        let text = error.render().to_string();
        if is_pem(&text) {
            return Error::pem_as_argument();
        }
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let first = lines.next().unwrap_or("the command line is not valid");
        let mut message = first.trim_start_matches("error: ").to_owned();
        for line in lines {
            // What was meant is found out elsewhere, with the command tree at hand.
            if line.starts_with("tip:")
                || line.starts_with("Usage:")
                || line.starts_with("For more")
            {
                break;
            }
            message = format!("{message} {line}");
        }
        Error::usage(message, Kind::Usage.hint())
    }
}
