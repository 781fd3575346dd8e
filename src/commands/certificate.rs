//! A certificate that is given to a command, by its id in a store or as a file: read, checked, and
//! found to cover what it is to be put on, before anything is sent. The same for every group.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use clap::Args;
use clap::builder::ValueParser;

use super::Session;
use super::targets::Single;
use crate::cert::{Bundle, Certificate};
use crate::error::{Error, is_pem};
use crate::fault::Kind;
use crate::products::fit::{incomplete, misfit, unaccompanied};
use crate::products::{Store, StoreId};
use crate::transport::Failure;

/// Stands in a dry run for the id that an upload will give.
pub const UPLOADED: &str = "(the id of the upload)";

/// What to do about a certificate that comes without its intermediate.
pub const WHOLE_CHAIN: &str = "use a file with the whole chain, add the intermediates with \
                               --chain FILE, or use --allow-incomplete-chain";

/// Makes a type of the file of a certificate that a command is about.
macro_rules! cert_file {
    ($name:ident, $required:literal, $help:literal) => {
        #[doc = $help]
        #[derive(Debug)]
        pub struct $name;

        impl Single for $name {
            type Value = PathBuf;
            const FLAG: &'static str = "cert";
            const VALUE: &'static str = "FILE";
            const HELP: &'static str = $help;
            const REQUIRED: bool = $required;

            fn parse(text: &str) -> Result<PathBuf, String> {
                Self::read(text.as_ref())
            }

            fn read(word: &OsStr) -> Result<PathBuf, String> {
                match word.is_empty() {
                    false => Ok(word.into()),
                    true => Err("it is empty (an unset shell variable?)".into()),
                }
            }

            fn parser() -> ValueParser {
                ValueParser::path_buf()
            }
        }
    };
}

cert_file!(
    CertFile,
    true,
    "PEM file with the certificate and its chain"
);
cert_file!(
    MaybeCertFile,
    false,
    "PEM file with the certificate and its chain"
);
cert_file!(
    CheckedFile,
    true,
    "PEM file with the certificate and its chain; - reads standard input"
);

/// What goes with a certificate that is given as a file.
#[derive(Clone, Debug, Default, Args)]
pub struct FileArgs {
    /// File with the private key of the certificate file, PEM, not encrypted
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// File with the intermediate certificates, PEM, if the certificate file does not contain them
    #[arg(long, value_name = "FILE")]
    pub chain: Option<PathBuf>,
    /// Accept a certificate without its intermediate certificate
    #[arg(long)]
    pub allow_incomplete_chain: bool,
}

impl FileArgs {
    /// Refuses a certificate of a store that comes without the intermediate that issued it, as far as
    /// the store tells. A file's was looked at when it was read.
    ///
    /// # Errors
    /// Nothing comes with it, and that is not allowed.
    pub fn check_stored(&self, certificate: &Certificate, called: &str) -> Result<(), Error> {
        let lacks = certificate.lacks.as_deref();
        match lacks.filter(|_| !self.allow_incomplete_chain) {
            None => Ok(()),
            Some(issuer) => Err(Error::new(
                Kind::Certificate,
                unaccompanied(called, issuer),
                "upload it with its whole chain and use that one, or add \
                 --allow-incomplete-chain: nothing was changed",
            )),
        }
    }
}

/// What is done about names before a certificate is put on a place.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct FitArgs {
    /// Deploy the certificate even if it does not cover the names of the target
    #[arg(long)]
    pub allow_name_mismatch: bool,
    /// Read nothing before the change, for access keys without read permission
    #[arg(long)]
    pub no_preview: bool,
}

impl FitArgs {
    /// Whether the names are read and compared.
    pub fn checks(&self) -> bool {
        !(self.allow_name_mismatch || self.no_preview)
    }
}

/// What `--cert` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// A certificate of the group's store.
    Id(StoreId),
    /// A file.
    File(PathBuf),
}

impl Given {
    /// Reads what is given to a group that uses `store`: a known shape of an id first, else a file,
    /// which has a `.` or `/` in its name. The error is a phrase that goes behind the value.
    pub fn parse(store: Store, text: &str) -> Result<Self, String> {
        let text = super::args::non_empty(text)?;
        if is_pem(&text) {
            return Err("it is PEM text: use the name of the file".into());
        }
        if let Some(id) = StoreId::of(store, &text) {
            return Ok(Given::Id(id));
        }
        let is_file = text.contains(['.', '/', std::path::MAIN_SEPARATOR]);
        let other = StoreId::parse(&text);
        // UCloud fixes no form, and its own samples have ids of eight letters.
        let is_cas = other
            .as_ref()
            .is_some_and(|other| other.store == Store::Cas);
        if store == Store::Ulb && !is_file && !is_cas {
            return Ok(Given::Id(StoreId {
                store,
                id: super::args::id(&text)?,
                region: None,
            }));
        }
        if let Some(other) = other {
            return Err(format!(
                "it is an id of `certctl {}`; for a file with this name, write ./{text}",
                other.store.as_str()
            ));
        }
        match is_file {
            true => Ok(Given::File(text.into())),
            false => Err(format!(
                "it is not a certificate id, such as {}; for a file, write ./{text}",
                example(store)
            )),
        }
    }

    /// [`Given::parse`] for Alibaba Cloud's store, as clap wants it.
    pub fn of_cas(text: &str) -> Result<Self, String> {
        Given::parse(Store::Cas, text)
    }

    /// [`Given::parse`] for Tencent Cloud's store.
    pub fn of_ssl(text: &str) -> Result<Self, String> {
        Given::parse(Store::Ssl, text)
    }

    /// [`Given::parse`] for UCloud's store.
    pub fn of_ulb(text: &str) -> Result<Self, String> {
        Given::parse(Store::Ulb, text)
    }

    /// As it was given, as far as messages need it.
    pub fn shown(&self) -> String {
        match self {
            Given::Id(id) => id.identifier_or_id(),
            Given::File(path) => path.display().to_string(),
        }
    }
}

/// What goes with a file goes with nothing else, and a file has to have its key.
///
/// # Errors
/// One without the other.
pub fn check_file_flags<'g>(
    given: impl IntoIterator<Item = &'g Given>,
    args: &FileArgs,
) -> Result<(), Error> {
    let mut files = given.into_iter().filter_map(|given| match given {
        Given::File(path) => Some(path),
        Given::Id(_) => None,
    });
    let first = files.next();
    if let (Some(first), Some(second)) = (first, files.find(|other| Some(*other) != first)) {
        return Err(Error::usage(
            format!(
                "two certificate files, {} and {}, but only one --key",
                first.display(),
                second.display()
            ),
            "use one file per command, or certificate ids: nothing was sent",
        ));
    }
    let alone = [
        (args.key.is_some(), "--key"),
        (args.chain.is_some(), "--chain"),
    ];
    match (first, alone.iter().find(|(given, _)| *given)) {
        (Some(file), _) if args.key.is_none() => Err(Error::usage(
            format!("{} is a file: --key is required", file.display()),
            "add --key FILE: nothing was sent",
        )),
        (None, Some((_, flag))) => Err(Error::usage(
            format!("{flag} requires a certificate file"),
            "use a certificate file, or remove the option: nothing was sent",
        )),
        _ => Ok(()),
    }
}

impl Session<'_> {
    /// Reads a certificate, its chain and its key, and checks that they belong together, are valid
    /// now and complete, and are what the clouds take. What every command does with a file that it
    /// sends.
    ///
    /// # Errors
    /// What makes them unfit; a file that cannot be read.
    pub fn material(&self, cert: &Path, args: &FileArgs) -> Result<Bundle, Error> {
        let bundle = self.bundle_of(cert, args.chain.as_deref(), args.key.as_deref())?;
        match incomplete(bundle.notes(), &cert.display().to_string()) {
            Some(message) if !args.allow_incomplete_chain => Err(Error::new(
                Kind::Certificate,
                message,
                format!("{WHOLE_CHAIN}: nothing was sent"),
            )),
            _ => Ok(bundle),
        }
    }

    /// Refuses a certificate of a store that has expired, or does not cover the places' names,
    /// unless that is allowed. Both facts are named. `called` is what people know it by.
    ///
    /// # Errors
    /// Why it does not fit.
    pub fn fit<'n>(
        &self,
        certificate: &Certificate,
        called: &str,
        places: impl IntoIterator<Item = &'n str>,
        args: &FitArgs,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        check_date(certificate, called, now)?;
        let mut places = places.into_iter().peekable();
        if let (true, Some(first)) = (certificate.names.is_empty(), places.peek()) {
            self.ui.warn(&format!(
                "the store does not report the names of {called}: cannot check that it covers \
                 {first}"
            ));
        }
        let Some(message) = misfit(certificate, called, places) else {
            return Ok(());
        };
        if args.allow_name_mismatch {
            self.ui.warn(&message);
            return Ok(());
        }
        Err(Error::new(Kind::Certificate, message, NAMES_HINT))
    }
}

/// Refuses a certificate that has expired.
///
/// # Errors
/// When it ended.
pub fn check_date(
    certificate: &Certificate,
    called: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    match certificate.expires.filter(|expires| *expires <= now) {
        None => Ok(()),
        Some(expires) => Err(Error::new(
            Kind::Certificate,
            format!(
                "{called} expired on {}",
                expires.format("%Y-%m-%dT%H:%M:%SZ")
            ),
            "use a valid certificate: nothing was changed",
        )),
    }
}

/// What to do about [`misfit`] and [`lost_names`](crate::products::fit::lost_names).
pub const NAMES_HINT: &str =
    "use a certificate for these names, or add --allow-name-mismatch: nothing was changed";

/// The read of a certificate's names was refused: with what it is done without.
pub fn unread_names(failure: Failure) -> Failure {
    match failure.kind {
        Kind::Permission => Failure {
            message: format!(
                "could not read the names of the certificate and its targets: {}",
                failure.message
            ),
            hint: "allow this access key to read them, or add --no-preview to read nothing before \
                   the change",
            ..failure
        },
        _ => failure,
    }
}

/// A file that an unknown id would be the name of.
pub fn also_a_file(id: &str) -> Option<String> {
    Path::new(id)
        .is_file()
        .then(|| format!("there is a file named {id}: to use it, write ./{id}"))
}

const fn example(store: Store) -> &'static str {
    match store {
        Store::Cas => "1234567 or 1234567-cn-hangzhou",
        Store::Ssl => "uI1rdSju",
        Store::Ulb => "ssl-new0001",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_told_from_files_by_their_shape() {
        let is_id = |store, text| matches!(Given::parse(store, text), Ok(Given::Id(_)));
        let is_file = |store, text| matches!(Given::parse(store, text), Ok(Given::File(_)));
        assert!(is_id(Store::Cas, "1234567"));
        assert!(is_id(Store::Cas, "19580016-cas.aliyuncs.com"));
        assert!(is_id(Store::Ssl, "12345678"));
        assert!(is_id(Store::Ulb, "ssl-new0001"));
        for store in [Store::Cas, Store::Ssl, Store::Ulb] {
            assert!(is_file(store, "fullchain.pem"));
            assert!(is_file(store, "./fullchain"));
            assert!(is_file(store, "certs/a"));
            for text in ["", " a.pem", "-----BEGIN CERTIFICATE-----"] {
                assert!(Given::parse(store, text).is_err(), "{text}");
            }
        }
        for store in [Store::Cas, Store::Ssl] {
            assert!(Given::parse(store, "fullchain").is_err());
        }
        // What UCloud makes has no form that could be relied on.
        assert!(is_id(Store::Ulb, "wezHQFgd") && is_id(Store::Ulb, "fullchain"));
        for text in ["1234567", "1234567-cn-hangzhou", "a b"] {
            assert!(Given::parse(Store::Ulb, text).is_err(), "{text}");
        }
        let error = Given::parse(Store::Cas, "ssl-new0001").unwrap_err();
        assert!(error.contains("certctl ulb"), "{error}");
    }

    #[test]
    fn a_file_goes_with_its_key_and_an_id_with_none() {
        let id = || Given::of_cas("7").unwrap();
        let file = |name| Given::of_cas(name).unwrap();
        let key = FileArgs {
            key: Some("k.pem".into()),
            ..FileArgs::default()
        };
        let check = |given: &[Given], args: &FileArgs| check_file_flags(given, args).is_ok();
        assert!(check(&[id(), file("a.pem"), file("a.pem")], &key));
        assert!(check(&[id()], &FileArgs::default()));
        assert!(!check(&[file("a.pem")], &FileArgs::default()));
        assert!(!check(&[id()], &key));
        assert!(!check(&[file("a.pem"), file("b.pem")], &key));
    }
}
