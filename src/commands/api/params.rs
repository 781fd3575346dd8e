//! The parameters of a call, from words `Key=value` and from a JSON object.
//!
//! `Key=value` is text, `Key:=json` is JSON; `Key=@FILE` and `Key:=@FILE` read the value from a
//! file, `@-` from standard input. What is secret never stands on the command line, and what is
//! empty is not sent by accident: an unset shell variable must not widen a call.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;
use zeroize::Zeroizing;

use super::tree::tree;
use crate::cloud::Cloud;
use crate::commands::Session;
use crate::error::{Error, is_pem};
use crate::files;
use crate::providers::{Params, Value, spec};
use crate::redact::{is_switch, names_secret};
use crate::secret::Secret;
use crate::sign::Payload;

/// What an error ends in, where nothing went out.
pub const NOTHING_SENT: &str = "correct it and run the command again: nothing was sent";

/// The largest whole number up to which a fraction's digits are all kept.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The names that the signature schemes fill in.
const RESERVED: [(Cloud, &[&str]); 3] = [
    (
        Cloud::Alibaba,
        &[
            "AccessKeyId",
            "Action",
            "Format",
            "SecurityToken",
            "Signature",
            "SignatureMethod",
            "SignatureNonce",
            "SignatureType",
            "SignatureVersion",
            "Timestamp",
            "Version",
        ],
    ),
    (Cloud::Tencent, &[]),
    (
        Cloud::Ucloud,
        &["Action", "PublicKey", "SecurityToken", "Signature"],
    ),
];

/// What a call is to carry.
pub struct Wanted<'a> {
    /// Whose: Tencent Cloud's parameters are a tree, the others' are flat.
    pub cloud: Cloud,
    /// The product's short name.
    pub service: &'a str,
    /// The words.
    pub words: &'a [String],
    /// The JSON object; `-` is standard input.
    pub body: Option<&'a Path>,
    /// Whether an empty value may be sent.
    pub allow_empty: bool,
}

impl Wanted<'_> {
    /// Reads everything and puts it together.
    pub fn read(&self, session: &Session<'_>) -> Result<Params, Error> {
        let words: Vec<Word> = self
            .words
            .iter()
            .map(|word| Word::parse(self.cloud, word))
            .collect::<Result<_, _>>()?;
        self.one_reader_of_stdin(&words)?;
        let mut fields = Vec::new();
        if let Some(path) = self.body {
            let text = read_text(session, path)?;
            match parse_json("--body", &text)? {
                Json::Object(members) => {
                    for (name, value) in members {
                        check_name(&name, "--body: ")?;
                        let value = self.json_value(&name, value, Place::File)?;
                        fields.push((name, value));
                    }
                }
                _ => {
                    return Err(Error::usage(
                        "--body is JSON, but not an object",
                        format!(r#"give {{"Key": value}}: {NOTHING_SENT}"#),
                    ));
                }
            }
        }
        for word in words {
            let value = self.value(session, &word)?;
            fields.push((word.name, value));
        }
        match self.cloud {
            Cloud::Tencent => tree(fields),
            Cloud::Alibaba | Cloud::Ucloud => self.flat(fields),
        }
    }

    fn one_reader_of_stdin(&self, words: &[Word]) -> Result<(), Error> {
        let is_stdin = |path: &Path| path.as_os_str() == "-";
        let of_words = words.iter().filter_map(|word| match &word.source {
            Source::File(path) => Some(path.as_path()),
            Source::Text(_) => None,
        });
        match self
            .body
            .into_iter()
            .chain(of_words)
            .filter(|path| is_stdin(path))
            .count()
        {
            0 | 1 => Ok(()),
            _ => Err(Error::usage(
                "standard input is used more than once",
                format!("use files for all but one of them: {NOTHING_SENT}"),
            )),
        }
    }

    fn value(&self, session: &Session<'_>, word: &Word) -> Result<Value, Error> {
        let name = &word.name;
        let (text, place) = match &word.source {
            Source::Text(text) => (Zeroizing::new(text.clone()), Place::CommandLine),
            Source::File(path) => (read_text(session, path)?, Place::File),
        };
        if word.json {
            return self.json_value(name, parse_json(name, &text)?, place);
        }
        self.text_value(name, text, place)
    }

    fn text_value(
        &self,
        name: &str,
        mut text: Zeroizing<String>,
        place: Place,
    ) -> Result<Value, Error> {
        if text.is_empty() && !self.allow_empty {
            return Err(Error::usage(
                format!("{name} is empty; check for an unset shell variable"),
                "add a value, or use --allow-empty to send it empty: nothing was sent",
            ));
        }
        let secret = secret_in(self.service, name, &text);
        match (secret, place) {
            (Some(secret), Place::CommandLine) => Err(on_the_command_line(name, &secret)),
            (Some(_), Place::File) => Ok(Value::Secret(Secret::new(std::mem::take(&mut *text)))),
            (None, _) => Ok(Value::Text(std::mem::take(&mut *text))),
        }
    }

    fn json_value(&self, name: &str, json: Json, place: Place) -> Result<Value, Error> {
        let flat = self.cloud != Cloud::Tencent;
        let unfit = |what: &str| {
            Err(Error::usage(
                format!("{name} {what}"),
                format!("remove it, or add a value: {NOTHING_SENT}"),
            ))
        };
        match json {
            Json::Null if flat => unfit("is null, which cannot be sent"),
            Json::Null => Ok(Value::Json(Json::Null)),
            Json::Bool(is) => Ok(Value::Bool(is)),
            Json::Number(number)
                if place == Place::CommandLine
                    && is_secret(self.service, name, &number.to_string()) =>
            {
                Err(on_the_command_line(name, name))
            }
            Json::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(whole), _) => Ok(Value::Int(whole)),
                (None, Some(float)) if !number.is_u64() && float.abs() >= EXACT => {
                    unfit("is a number that would lose digits; write it as text")
                }
                (None, _) => Ok(Value::Json(Json::Number(number))),
            },
            Json::String(text) => self.text_value(name, Zeroizing::new(text), place),
            Json::Array(items) if items.is_empty() && flat => {
                unfit("is an empty list, which cannot be sent")
            }
            Json::Array(items) => {
                let items = items.into_iter().enumerate();
                let items =
                    items.map(|(at, item)| self.json_value(&format!("{name}.{at}"), item, place));
                Ok(Value::List(items.collect::<Result<_, _>>()?))
            }
            Json::Object(members) if members.is_empty() && flat => {
                unfit("is an empty object, which cannot be sent")
            }
            Json::Object(members) => {
                let mut params = Params::new();
                for (member, value) in members {
                    let value = self.json_value(&format!("{name}.{member}"), value, place)?;
                    params = params.with(member, value);
                }
                Ok(Value::Struct(params))
            }
        }
    }

    /// Flat names, as they are on the wire.
    fn flat(&self, fields: Vec<(String, Value)>) -> Result<Params, Error> {
        let params = fields
            .into_iter()
            .fold(Params::new(), |params, (name, value)| {
                params.with(name, value)
            });
        let Payload::Params(pairs) = (spec(self.cloud).encode)(&params) else {
            unreachable!("these clouds take parameters");
        };
        let mut seen = HashSet::new();
        for (name, _) in &pairs {
            if !seen.insert(name) {
                return Err(given_twice(name));
            }
            let own = RESERVED.iter().find(|(cloud, _)| *cloud == self.cloud);
            if own.is_some_and(|(_, reserved)| reserved.contains(&name.as_str())) {
                return Err(Error::usage(
                    format!("certctl sets {name} when it signs the call"),
                    format!(
                        "write the action before the parameters, set the version with --version, \
                         and keep keys in the configuration: {NOTHING_SENT}"
                    ),
                ));
            }
        }
        Ok(params)
    }
}

/// Where a value stood.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    CommandLine,
    File,
}

enum Source {
    Text(String),
    File(PathBuf),
}

/// A parameter as it stands on the command line.
struct Word {
    name: String,
    json: bool,
    source: Source,
}

impl Word {
    fn parse(cloud: Cloud, word: &str) -> Result<Self, Error> {
        let Some((name, value)) = word.split_once('=') else {
            let shown = match is_pem(word) {
                true => "a PEM text",
                false => &format!("'{word}'"),
            };
            let hint = match cloud {
                Cloud::Ucloud => {
                    "write Key=value; UCloud actions need no service: certctl api ucloud \
                     DescribeULB"
                }
                _ => "write Key=value, or Key:=json for JSON",
            };
            return Err(Error::usage(
                format!("{shown} is not a parameter"),
                format!("{hint}: nothing was sent"),
            ));
        };
        let (name, json) = match name.strip_suffix(':') {
            Some(name) => (name, true),
            None => (name, false),
        };
        check_name(name, "")?;
        let source = match value.strip_prefix('@') {
            Some("") => {
                return Err(Error::usage(
                    format!("{name}=@ has no file name; check for an unset shell variable"),
                    format!(
                        "write {name}=@FILE, or {name}=@- for standard input: nothing was \
                             sent"
                    ),
                ));
            }
            Some(path) => Source::File(path.into()),
            None => Source::Text(value.to_owned()),
        };
        Ok(Word {
            name: name.to_owned(),
            json,
            source,
        })
    }
}

/// How deep the parts of a name may nest: no action's do half as deep.
const DEPTH: usize = 32;

fn check_name(name: &str, place: &str) -> Result<(), Error> {
    let depth = name.split('.').count();
    if depth > DEPTH {
        return Err(Error::usage(
            format!("{place}a parameter's name nests {depth} levels deep"),
            format!("at most {DEPTH} levels can be given: {NOTHING_SENT}"),
        ));
    }
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic());
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    match starts && name.chars().all(fits) && !name.contains("..") && !name.ends_with('.') {
        true => Ok(()),
        false if is_pem(name) => Err(Error::pem_as_argument()),
        false => Err(Error::usage(
            format!("{place}'{name}' is not a parameter name"),
            format!(
                "a name has letters, digits, '.', '_' and '-' only, such as DomainName: \
                 {NOTHING_SENT}"
            ),
        )),
    }
}

/// A parameter stands twice.
pub fn given_twice(name: &str) -> Error {
    Error::usage(
        format!("{name} is given twice"),
        format!("remove one of the two: {NOTHING_SENT}"),
    )
}

/// Products with a store of values under names, where `Key` is such a name.
const KEY_IS_A_NAME: [&str; 2] = ["dcdn", "esa"];

/// Whether a value must not be seen: a key by its look, a key or password by its name. `Key` alone
/// is a private key of CAS; inside of a list it is the name of a tag.
fn is_secret(service: &str, name: &str, text: &str) -> bool {
    let named = name == "Key" && !KEY_IS_A_NAME.contains(&service) || names_secret(name);
    named && !is_switch(text) || holds_key(text)
}

/// The name of what must not be seen in a value: the value's own, or that of a member where the text
/// is JSON, as some parameters are documented to be.
fn secret_in(service: &str, name: &str, text: &str) -> Option<String> {
    if is_secret(service, name, text) {
        return Some(name.to_owned());
    }
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    fn member(service: &str, name: String, json: &Json) -> Option<String> {
        match json {
            Json::String(text) => secret_in(service, &name, text),
            Json::Number(number) => is_secret(service, &name, &number.to_string()).then_some(name),
            Json::Array(items) => {
                let mut items = items.iter().enumerate();
                items.find_map(|(at, item)| member(service, format!("{name}.{at}"), item))
            }
            Json::Object(members) => {
                let mut members = members.iter();
                members.find_map(|(inner, value)| member(service, format!("{name}.{inner}"), value))
            }
            Json::Null | Json::Bool(_) => None,
        }
    }
    let json = serde_json::from_str(text).ok()?;
    member(service, name.to_owned(), &json)
}

fn on_the_command_line(name: &str, secret: &str) -> Error {
    Error::usage(
        format!("the value of {secret} is secret but is on the command line"),
        format!(
            "read it from a file with {name}=@FILE, or from standard input with {name}=@-; this \
             value is now in the shell history and was visible in the process list: replace it"
        ),
    )
}

/// Whether a text holds a private key as PEM, or is base64 of one that does.
fn holds_key(text: &str) -> bool {
    const MARK: &str = "PRIVATE KEY";
    // How base64 of `-----BEGIN ` begins.
    const ENCODED: &str = "LS0tLS1CRUdJTi";
    if is_pem(text) && text.contains(MARK) {
        return true;
    }
    if !text.starts_with(ENCODED) {
        return false;
    }
    let digits: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
        .collect();
    let whole = digits.len() / 4 * 4;
    STANDARD.decode(&digits[..whole]).is_ok_and(|bytes| {
        let bytes = Zeroizing::new(bytes);
        bytes
            .windows(MARK.len())
            .any(|window| window == MARK.as_bytes())
    })
}

fn parse_json(name: &str, text: &str) -> Result<Json, Error> {
    serde_json::from_str(text).map_err(|error| {
        // What stands there may be secret: the place is told, the text is not.
        let reason = match error.classify() {
            serde_json::error::Category::Eof => "it is incomplete",
            _ if error.to_string().starts_with("recursion limit") => "it nests too deep",
            _ => "it is not JSON",
        };
        let (line, column) = (error.line(), error.column());
        Error::usage(
            format!("{name}: {reason} (line {line}, column {column})"),
            format!("write text as Key=value and JSON as Key:=json: {NOTHING_SENT}"),
        )
    })
}

/// A file as text, or standard input. A byte order mark is dropped, and the line end of a file that
/// has only one line.
fn read_text(session: &Session<'_>, path: &Path) -> Result<Zeroizing<String>, Error> {
    let (bytes, place) = match path.as_os_str() == "-" {
        true => (
            files::read_stdin(files::MAX_PEM)?,
            "standard input".to_owned(),
        ),
        false => {
            let (bytes, open) = files::read_secret_file(path)?;
            let place = path.display().to_string();
            let text = std::str::from_utf8(&bytes).unwrap_or_default();
            if let Some(open) = open.filter(|_| holds_key(text)) {
                session.ui.warn(&open.to_string());
            }
            (bytes, place)
        }
    };
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    let text = std::str::from_utf8(bytes).map_err(|_| {
        Error::usage(
            format!("{place} is not UTF-8"),
            format!("save it as UTF-8: {NOTHING_SENT}"),
        )
    })?;
    let line = text
        .strip_suffix('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line));
    let text = match line {
        Some(line) if !line.contains('\n') => line,
        _ => text,
    };
    Ok(Zeroizing::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_name_or_by_look() {
        let key = "-----BEGIN EC PRIVATE KEY-----\nMHc\n-----END EC PRIVATE KEY-----\n";
        let certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
        for (name, text, secret) in [
            ("SSLPri", "x", true),
            ("Https.CertInfo.PrivateKey", "x", true),
            ("LoginPassword", "x", true),
            ("Certificates.1.PrivateKey", "x", true),
            ("Key", "x", true),
            ("Tag.1.Key", "x", false),
            ("SSLPub", certificate, false),
            ("SSLPub", key, true),
            ("SSLPub", &format!("{certificate}{key}"), true),
            ("SSLPub", &STANDARD.encode(certificate), false),
            (
                "SSLPub",
                &STANDARD.encode(format!("{certificate}{key}")),
                true,
            ),
            ("SSLPub", &STANDARD.encode(key).replace('=', "%3D"), true),
            ("PublicKey", "x", false),
            ("SSLId", "PRIVATE KEY", false),
            ("Token", "x", true),
            ("A.Secret", "x", true),
            ("EnableToken", "true", false),
            ("EnableToken", "x", true),
            ("NextToken", "x", false),
        ] {
            assert_eq!(is_secret("cas", name, text), secret, "{name} {text}");
        }
        for (text, expected) in [
            (
                r#"{"User": "u", "Login": [{"Password": "x"}]}"#,
                Some("Config.Login.0.Password"),
            ),
            (r#"{"Pin": {"Token": 12}}"#, Some("Config.Pin.Token")),
            (
                r#"{"Inner": "{\"Secret\": \"x\"}"}"#,
                Some("Config.Inner.Secret"),
            ),
            (r#"{"NextToken": "x", "Enable": true}"#, None),
            ("{not json, Password: x", None),
            ("[1,2]", None),
        ] {
            assert_eq!(
                secret_in("cas", "Config", text).as_deref(),
                expected,
                "{text}"
            );
        }
        assert!(!is_secret("esa", "Key", "x"));
        assert!(is_secret("esa", "Key", key));
    }
}
