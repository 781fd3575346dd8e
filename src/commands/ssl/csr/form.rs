//! What a CSR says, as flags.

use std::path::PathBuf;

use clap::Args;

use crate::commands::Session;
use crate::commands::args::non_empty;
use crate::config::env::CERTCTL_KEY_PASSWORD;
use crate::domain::Domain;
use crate::error::Error;
use crate::files;
use crate::providers::tencent::ssl::csr::CsrForm;
use crate::secret::Secret;

/// The longest password, in bytes; the vendor publishes no figure.
const PASSWORD_LIMIT: usize = 1024;

/// The kinds of keys that the cloud makes: our word, `EncryptAlgo`, `KeyParameter`.
const KEY_TYPES: [(&str, &str, &str); 3] = [
    ("rsa2048", "RSA", "2048"),
    ("rsa4096", "RSA", "4096"),
    ("p256", "ECC", "prime256v1"),
];

/// What a CSR says, but for the domain that it is for.
#[derive(Debug, Args)]
pub struct FormArgs {
    /// Additional names, comma-separated or repeated (mainland site only)
    #[arg(long, value_name = "DOMAIN,…", value_delimiter = ',', value_parser = domain)]
    names: Vec<String>,
    /// Organization
    #[arg(long, value_name = "NAME", value_parser = non_empty)]
    organization: Option<String>,
    /// Department of the organization
    #[arg(long, value_name = "NAME", value_parser = non_empty)]
    department: Option<String>,
    /// Email address
    #[arg(long, value_name = "ADDRESS", value_parser = email)]
    email: Option<String>,
    /// Province or state
    #[arg(long, value_name = "NAME", value_parser = non_empty)]
    province: Option<String>,
    /// City
    #[arg(long, value_name = "NAME", value_parser = non_empty)]
    city: Option<String>,
    /// Country code of two letters (ISO 3166)
    #[arg(long, value_name = "CODE", value_parser = country)]
    country: Option<String>,
    /// Key to create: rsa2048, rsa4096 or p256
    #[arg(long, value_name = "TYPE", value_parser = ["rsa2048", "rsa4096", "p256"])]
    key_type: Option<String>,
    /// Encrypt the private key with the password in this file; - reads standard input
    #[arg(long, value_name = "FILE")]
    key_password_file: Option<PathBuf>,
    /// Free text remark
    #[arg(long, value_name = "TEXT", value_parser = non_empty)]
    remark: Option<String>,
}

/// Reads the domain of a CSR.
pub fn domain(text: &str) -> Result<String, String> {
    Ok(Domain::parse(text)?.ascii().to_owned())
}

fn email(text: &str) -> Result<String, String> {
    let text = non_empty(text)?;
    match text.split_once('@') {
        Some((user, host)) if !user.is_empty() && host.contains('.') && !text.contains(' ') => {
            Ok(text)
        }
        _ => Err("it is not an email address, such as admin@example.com".into()),
    }
}

fn country(text: &str) -> Result<String, String> {
    match text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        true => Ok(text.to_ascii_uppercase()),
        false => Err("use a code of two letters, such as CN or US".into()),
    }
}

impl FormArgs {
    /// What is given, as the cloud takes it; the password not yet.
    pub fn form(&self, domain: Option<&String>) -> CsrForm {
        let key = KEY_TYPES
            .iter()
            .find(|(word, _, _)| Some(*word) == self.key_type.as_deref());
        CsrForm {
            domain: domain.cloned(),
            names: self.names.clone(),
            organization: self.organization.clone(),
            department: self.department.clone(),
            email: self.email.clone(),
            province: self.province.clone(),
            city: self.city.clone(),
            country: self.country.clone(),
            algorithm: key.map(|(_, algorithm, _)| (*algorithm).to_owned()),
            key_parameter: key.map(|(_, _, parameter)| (*parameter).to_owned()),
            password: None,
            remark: self.remark.clone(),
        }
    }

    /// The flags that a new CSR needs and that are not given.
    pub fn missing(&self, domain: Option<&String>) -> Vec<&'static str> {
        let needed = [
            ("--domain", domain.is_some()),
            ("--organization", self.organization.is_some()),
            ("--department", self.department.is_some()),
            ("--email", self.email.is_some()),
            ("--province", self.province.is_some()),
            ("--city", self.city.is_some()),
            ("--country", self.country.is_some()),
        ];
        let missing = needed.iter().filter(|(_, given)| !given);
        missing.map(|(flag, _)| *flag).collect()
    }

    /// The password for the private key out of the file that was named.
    pub fn password(&self, session: &Session<'_>) -> Result<Option<Secret>, Error> {
        let Some(path) = &self.key_password_file else {
            return Ok(None);
        };
        let bytes = match path.as_os_str() == "-" {
            true => files::read_stdin(files::MAX_PEM)?,
            false => {
                let (bytes, warning) = files::read_secret_file(path)?;
                if let Some(warning) = warning {
                    session.ui.warn(&warning.to_string());
                }
                bytes
            }
        };
        let text = std::str::from_utf8(&bytes).unwrap_or_default();
        let line = text.strip_suffix('\n').unwrap_or(text);
        let line = line.strip_suffix('\r').unwrap_or(line);
        let fits = !line.is_empty() && line.len() <= PASSWORD_LIMIT;
        match fits && !line.contains(char::is_control) {
            true => Ok(Some(Secret::new(line.to_owned()))),
            false => Err(Error::usage(
                format!(
                    "--key-password-file {}: it must contain one line of up to {PASSWORD_LIMIT} \
                     bytes",
                    path.display()
                ),
                "put only the password in this file: nothing was sent",
            )),
        }
    }
}

/// The password for a new private key out of the environment.
pub fn password_of_environment(session: &Session<'_>) -> Result<Option<Secret>, Error> {
    let password = session.env.text(CERTCTL_KEY_PASSWORD)?;
    Ok(password.map(|password| Secret::new(password.to_owned())))
}

/// Our word for a kind of key; the vendor's own two where there is none.
pub fn key_type(algorithm: &str, parameter: &str) -> String {
    let known = KEY_TYPES
        .iter()
        .find(|(_, a, p)| *a == algorithm && *p == parameter);
    match known {
        Some((word, _, _)) => (*word).to_owned(),
        None => format!("{algorithm} {parameter}").trim().to_owned(),
    }
}
