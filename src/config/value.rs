//! Values with their origin, and what makes a value unfit.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use serde::Serialize;
use url::{Host, Url};

use super::error::ConfigError;
use crate::secret::Secret;

/// Who supplied a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "source", rename_all = "lowercase")]
pub enum Origin {
    /// A flag of the command line.
    Flag {
        /// With its dashes: `--endpoint`.
        flag: &'static str,
    },
    /// An environment variable.
    Env {
        /// Its name.
        variable: &'static str,
    },
    /// A configuration file: certctl's own, or one of a vendor's CLI.
    File(Box<Place>),
    /// Nobody did: it is what certctl does unless told otherwise.
    Default,
}

/// Where in a configuration file a value stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file's path.
    pub file: String,
    /// The line, counted from 1, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The profile; empty for what stands outside of the profiles.
    pub profile: String,
    /// The key, with the tables it stands in: `profiles.work.alibaba.endpoint`.
    pub field: String,
    /// Whether the file is certctl's own, and not that of a vendor's CLI.
    #[serde(skip)]
    pub is_own: bool,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Flag { flag } => f.write_str(flag),
            Origin::Env { variable } => write!(f, "environment variable {variable}"),
            Origin::File(place) => match place.line {
                Some(line) => write!(f, "{}, line {line}: {}", place.file, place.field),
                None => write!(f, "{}: {}", place.file, place.field),
            },
            Origin::Default => f.write_str("default"),
        }
    }
}

/// A value and who supplied it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given<T> {
    /// The value.
    pub value: T,
    /// Who supplied it.
    pub origin: Origin,
}

/// A value as it was found, not checked yet. Not every one is secret; none is printed.
pub(super) type Raw = Given<Secret>;

impl<T> Given<T> {
    /// The same with what is made of the value.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Given<U> {
        Given {
            value: make(self.value),
            origin: self.origin,
        }
    }
}

impl Raw {
    pub(super) fn text(&self) -> &str {
        self.value.expose()
    }

    fn flawed(&self, flaw: Flaw) -> ConfigError {
        ConfigError::Flawed {
            origin: self.origin.clone(),
            flaw,
        }
    }

    pub(super) fn invalid(
        &self,
        reason: impl Into<String>,
        hint: impl Into<String>,
    ) -> ConfigError {
        let (origin, reason, hint) = (self.origin.clone(), reason.into(), hint.into());
        ConfigError::Invalid {
            origin,
            reason,
            hint,
        }
    }

    pub(super) fn with<T>(&self, value: T) -> Given<T> {
        Given {
            value,
            origin: self.origin.clone(),
        }
    }
}

/// What makes a text unfit before anyone asks what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Set to nothing.
    Empty,
    /// Bytes that are not UTF-8.
    NotUtf8,
    /// U+FEFF, which editors put in front of a file.
    ByteOrderMark,
    /// A line feed or carriage return, as a file's last line leaves it.
    LineBreak,
    /// White space in front.
    LeadingSpace,
    /// White space at the end.
    TrailingSpace,
    /// A control character inside.
    Control,
    /// Quotation marks around it, which `docker --env-file` and the like keep.
    Quoted,
    /// White space inside a key.
    InnerSpace,
    /// A character that no cloud puts into a key: typographic quotes, look-alikes.
    NotAscii,
}

impl Flaw {
    /// What is wrong with a text of any kind.
    pub fn in_text(text: &str) -> Option<Flaw> {
        if text.is_empty() {
            Some(Flaw::Empty)
        } else if text.contains('\u{feff}') {
            Some(Flaw::ByteOrderMark)
        } else if text.contains(['\n', '\r']) {
            Some(Flaw::LineBreak)
        } else if text.starts_with(char::is_whitespace) {
            Some(Flaw::LeadingSpace)
        } else if text.ends_with(char::is_whitespace) {
            Some(Flaw::TrailingSpace)
        } else if text.contains(char::is_control) {
            Some(Flaw::Control)
        } else {
            None
        }
    }

    /// What is wrong with a key, secret or token: they travel in headers and are plain ASCII.
    pub(super) fn in_key(text: &str) -> Option<Flaw> {
        let quoted = |mark| text.len() > 1 && text.starts_with(mark) && text.ends_with(mark);
        Flaw::in_text(text).or_else(|| {
            if quoted('"') || quoted('\'') {
                Some(Flaw::Quoted)
            } else if text.contains(char::is_whitespace) {
                Some(Flaw::InnerSpace)
            } else if !text.is_ascii() {
                Some(Flaw::NotAscii)
            } else {
                None
            }
        })
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Flaw::Empty => "is empty",
            Flaw::NotUtf8 => "is not UTF-8",
            Flaw::ByteOrderMark => "contains a byte order mark",
            Flaw::LineBreak => "contains a line break",
            Flaw::LeadingSpace => "starts with white space",
            Flaw::TrailingSpace => "ends with white space",
            Flaw::Control => "contains a control character",
            Flaw::Quoted => "is in quotation marks",
            Flaw::InnerSpace => "contains white space",
            Flaw::NotAscii => "contains a character that is not ASCII",
        })
    }
}

/// Which of Tencent Cloud's two sites an account belongs to: they have different hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Site {
    /// `tencentcloudapi.com`.
    Mainland,
    /// `intl.tencentcloudapi.com`.
    Intl,
}

/// Which of Alibaba Cloud's two signature schemes to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Signature {
    /// RPC signature version 1.0: HMAC-SHA1 over the parameters.
    Rpc,
    /// ACS3-HMAC-SHA256 over the request.
    Acs3,
}

/// The form of the answer on stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Output {
    /// One JSON document.
    Json,
    /// A table for people.
    Table,
    /// The same with every column.
    Wide,
    /// Comma-separated values with a header (RFC 4180).
    Csv,
    /// A JSON object a line.
    Ndjson,
}

impl Site {
    /// The spellings on the command line and in profiles.
    pub const CHOICES: [(&str, Site); 2] = [("mainland", Site::Mainland), ("intl", Site::Intl)];

    /// The spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            Site::Mainland => "mainland",
            Site::Intl => "intl",
        }
    }
}

impl Signature {
    /// The spellings on the command line and in profiles.
    pub const CHOICES: [(&str, Signature); 2] =
        [("rpc", Signature::Rpc), ("acs3", Signature::Acs3)];
}

impl Output {
    /// The spellings on the command line, in the environment and in profiles.
    pub const CHOICES: [(&str, Output); 5] = [
        ("json", Output::Json),
        ("table", Output::Table),
        ("wide", Output::Wide),
        ("csv", Output::Csv),
        ("ndjson", Output::Ndjson),
    ];
}

/// One of a few words.
pub(super) fn choice<T: Copy>(
    raw: &Raw,
    choices: &[(&'static str, T)],
) -> Result<Given<T>, ConfigError> {
    plain(raw)?;
    let found = choices.iter().find(|(word, _)| *word == raw.text());
    let words = || {
        choices
            .iter()
            .map(|(word, _)| *word)
            .collect::<Vec<_>>()
            .join(" or ")
    };
    found
        .map(|(_, value)| raw.with(*value))
        .ok_or_else(|| raw.invalid("is not a known value", format!("use {}", words())))
}

/// A key id: public, but what it may consist of is what a secret may.
pub(super) fn key_id(raw: &Raw) -> Result<Given<String>, ConfigError> {
    match Flaw::in_key(raw.text()) {
        None => Ok(raw.with(raw.text().to_owned())),
        Some(flaw) => Err(raw.flawed(flaw)),
    }
}

/// A secret key or a token.
pub(super) fn secret(raw: Raw) -> Result<Given<Secret>, ConfigError> {
    match Flaw::in_key(raw.text()) {
        None => Ok(raw),
        Some(flaw) => Err(raw.flawed(flaw)),
    }
}

/// A region id. It becomes part of host names, hence the narrow alphabet.
pub(super) fn region(raw: &Raw) -> Result<Given<String>, ConfigError> {
    let text = plain(raw)?;
    if text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        Ok(raw.with(text.to_owned()))
    } else {
        Err(raw.invalid(
            "is not a region id: use letters, digits and '-' only",
            "use an id such as cn-bj2 or ap-guangzhou",
        ))
    }
}

/// UCloud's project id, which must be bare: `org-x/Name` is what the vendor's shell completion
/// offers, and the API answers it with RetCode 292.
pub(super) fn project_id(raw: &Raw) -> Result<Given<String>, ConfigError> {
    let text = key_id(raw)?.value;
    match text.split_once('/') {
        None => Ok(raw.with(text)),
        Some(_) => Err(raw.invalid(
            "contains the name of the project after its id",
            "use only the id, the part before '/'",
        )),
    }
}

/// An address to send calls to: a scheme, a host, perhaps a port. `http` reaches loopback only,
/// unless the user allows more: requests carry private keys.
pub(super) fn endpoint(raw: &Raw, allow_http: bool) -> Result<Given<Url>, ConfigError> {
    const FORM: &str = "use https://HOST or https://HOST:PORT";
    let text = plain(raw)?;
    // The parser takes `https:host` and back slashes for what a browser would make of them.
    let scheme = text
        .split_once("://")
        .map(|(scheme, _)| scheme.to_ascii_lowercase());
    if !matches!(scheme.as_deref(), Some("http" | "https")) || text.contains(['\\', ' ']) {
        return Err(raw.invalid("is not an http or https URL", FORM));
    }
    let url = Url::parse(text).map_err(|e| raw.invalid(format!("is not a URL: {e}"), FORM))?;
    let reason = if !url.username().is_empty() || url.password().is_some() {
        "contains a user name or password"
    } else if url.query().is_some() || url.fragment().is_some() {
        "contains a query or a fragment"
    } else if url.path() != "/" {
        "contains a path"
    } else if url.scheme() == "http" && !allow_http && !is_loopback(&url) {
        return Err(raw.invalid(
            "uses plain http to another machine: keys would be sent unencrypted",
            "use https, or add --allow-http if you trust that network",
        ));
    } else {
        return Ok(raw.with(url));
    };
    Err(raw.invalid(reason, FORM))
}

/// An address that answers with keys. Plain http beyond this machine needs to be allowed.
pub(super) fn uri(raw: &Raw, allow_http: bool) -> Result<Given<Url>, ConfigError> {
    const FORM: &str = "use http://127.0.0.1:PORT/PATH or https://HOST/PATH";
    let text = plain(raw)?;
    let url = Url::parse(text).ok().filter(|url| url.has_host());
    let Some(url) = url.filter(|url| matches!(url.scheme(), "http" | "https")) else {
        return Err(raw.invalid("is not an http or https URL", FORM));
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(raw.invalid("contains a user name or password", FORM));
    }
    if url.scheme() == "http" && !allow_http && !is_loopback(&url) {
        return Err(raw.invalid(
            "uses plain http to another machine: keys would be sent unencrypted",
            "use https, or add --allow-http if you trust that network",
        ));
    }
    Ok(raw.with(url))
}

/// Whether an address is this machine: 127.0.0.0/8, ::1 or `localhost`.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => Ipv4Addr::is_loopback(&ip),
        Some(Host::Ipv6(ip)) => Ipv6Addr::is_loopback(&ip),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// The text, unless something is wrong with it.
pub(super) fn plain(raw: &Raw) -> Result<&str, ConfigError> {
    match Flaw::in_text(raw.text()) {
        None => Ok(raw.text()),
        Some(flaw) => Err(raw.flawed(flaw)),
    }
}
