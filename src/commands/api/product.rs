//! The product that is called: one that is known by name, or one that host and version describe.

use std::ffi::OsStr;

use clap::Arg;
use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};

use super::ServiceArgs;
use crate::cloud::Cloud;
use crate::commands::args::id;
use crate::error::Error;
use crate::providers::alibaba::services::NOT_RPC;
use crate::providers::{Service, services};

/// The product of that name, or the one that host and version describe.
pub fn product(cloud: Cloud, name: &str, at: &ServiceArgs) -> Result<&'static Service, Error> {
    let known = services::find(cloud, name);
    match (known, &at.host, &at.version) {
        (Some(known), None, None) => Ok(known),
        (_, Some(host), Some(version)) => Ok(described(cloud, name, host, version)),
        (Some(known), Some(host), None) => Ok(described(cloud, name, host, known.version)),
        (Some(known), None, Some(version)) => Ok(lasting(Service {
            version: version.clone().leak(),
            ..*known
        })),
        (None, ..) if cloud == Cloud::Alibaba && NOT_RPC.contains(&name) => Err(Error::usage(
            format!(
                "'{name}' is not an RPC product: its calls have a path and a method, not an \
                 action"
            ),
            "use the command line tool of the vendor: nothing was sent",
        )),
        (None, ..) => {
            let names: Vec<_> = services::of(cloud).map(|service| service.name).collect();
            let hint = match services::nearest(names.iter().copied(), name) {
                Some(near) => format!("did you mean {near}? Any other product"),
                None => format!("known products: {}; any other product", names.join(", ")),
            };
            Err(Error::usage(
                format!("unknown product of {cloud}: '{name}'"),
                format!("{hint} needs --host HOST --version VERSION: nothing was sent"),
            ))
        }
    }
}

fn described(cloud: Cloud, name: &str, host: &str, version: &str) -> &'static Service {
    lasting(Service {
        cloud,
        name: name.to_owned().leak(),
        version: version.to_owned().leak(),
        host: host.to_owned().leak(),
        mainland_host: None,
        regional: &[],
        twin: None,
    })
}

/// Services live as long as the process, those from its command line too.
fn lasting(service: Service) -> &'static Service {
    Box::leak(Box::new(service))
}

/// Takes any product's name; completions offer those that are known.
#[derive(Clone)]
pub struct Named(pub Cloud);

impl TypedValueParser for Named {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        let parser = StringValueParser::new().try_map(|text| service(&text));
        parser.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let names = services::of(self.0).map(|service| service.name);
        Some(Box::new(names.map(PossibleValue::new)))
    }
}

fn service(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
    match id(text)? {
        text if text.chars().all(fits) => Ok(text.to_ascii_lowercase()),
        _ => Err("a product name has letters, digits and '-' only, such as cdn".into()),
    }
}

pub fn host(text: &str) -> Result<String, String> {
    let text = id(text)?.to_ascii_lowercase();
    let label = |label: &str| {
        !label.is_empty()
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    match text.contains('.') && text.len() <= 253 && text.split('.').all(label) {
        true => Ok(text),
        false => {
            Err("use the host name only, such as cdn.aliyuncs.com; for a URL use --endpoint".into())
        }
    }
}

pub fn version(text: &str) -> Result<String, String> {
    let text = id(text)?;
    let fits = text.len() == 10
        && text.char_indices().all(|(at, c)| match at {
            4 | 7 => c == '-',
            _ => c.is_ascii_digit(),
        });
    match fits {
        true => Ok(text),
        false => Err("use a date, such as 2018-05-10".into()),
    }
}
