//! The clouds' API actions as types: what a call carries, what it answers, whether repeating it
//! is harmless. No I/O.
//!
//! A new action is a struct with an [`Operation`] impl in its service's file. What the clouds do
//! differently (how parameters are laid out, how a call is signed, how an answer is opened) is
//! one [`CloudSpec`] each; nothing else asks which cloud it talks to.
#![deny(clippy::disallowed_methods)]

pub mod actions;
pub mod alibaba;
pub mod issued;
pub mod page;
pub mod reply;
pub mod services;
pub mod tencent;
pub mod time;
pub mod ucloud;

use std::borrow::Cow;
use std::io;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value as Json};

use crate::cloud::Cloud;
use crate::config::{Signature, Site};
use crate::secret::{MASK, Secret, Wiped};
use crate::sign::{Draft, Method, Payload, Signed, Signer, Stamp};

/// What repeating a call does, declared for each action because the HTTP verb tells nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Changes nothing: repeated freely, also after a lost answer.
    Read,
    /// Ends in the same state however often it runs (a setting, or a call under its client
    /// token): repeated after a lost answer.
    Repeatable,
    /// Says less when it runs twice, so a lost answer goes back to the caller, who reads the
    /// state before anything else is sent.
    Reconciled,
}

/// An API action of a service.
pub trait Operation {
    /// The fields of the answer that are used; ids are read as text, unknown fields are ignored.
    type Reply: DeserializeOwned;
    /// Where the action is offered.
    const SERVICE: &'static Service;
    /// The vendor's name, case-sensitive.
    const ACTION: &'static str;
    /// What repeating it does.
    const EFFECT: Effect;
    /// Calls a second that the vendor documents for an account.
    const RATE: u32;

    /// The business parameters.
    fn params(&self) -> Params;

    /// The region that goes beside the parameters: Tencent Cloud's `X-TC-Region`, for the few
    /// actions that want one.
    fn region(&self) -> Option<&str> {
        None
    }

    /// Whether a target that is busy is waited for by sending the call again. Not where one busy
    /// target holds others up, or where its state can be read.
    fn waits_while_busy(&self) -> bool {
        true
    }
}

/// A call as data: what an [`Operation`] says, or what was put together for an action without one.
#[derive(Debug)]
pub struct Call<'a> {
    /// The vendor's name, case-sensitive.
    pub action: &'static str,
    /// The HTTP verb.
    pub method: Method,
    /// What repeating it does.
    pub effect: Effect,
    /// Calls a second.
    pub rate: u32,
    /// The business parameters.
    pub params: Params,
    /// See [`Operation::region`].
    pub region: Option<&'a str>,
    /// See [`Operation::waits_while_busy`].
    pub waits_while_busy: bool,
}

impl<'a> Call<'a> {
    /// The call of an operation, where it is offered.
    pub fn of<O: Operation>(operation: &'a O) -> Self {
        Call::on(O::SERVICE, operation)
    }

    /// The call of an operation on that service or its twin, under the name that it has there.
    pub fn on<O: Operation>(service: &Service, operation: &'a O) -> Self {
        Call {
            action: service.named(O::ACTION),
            method: Method::Post,
            effect: O::EFFECT,
            rate: O::RATE,
            params: operation.params(),
            region: operation.region(),
            waits_while_busy: operation.waits_while_busy(),
        }
    }
}

/// An endpoint and API version of a cloud's product.
#[derive(Debug)]
pub struct Service {
    /// Whose product it is.
    pub cloud: Cloud,
    /// The product's short name, as in rows and credential scopes.
    pub name: &'static str,
    /// The API version; empty where the cloud has none.
    pub version: &'static str,
    /// The host of the international site; `{region}` stands for the region.
    pub host: &'static str,
    /// The host of the mainland site, where it is another.
    pub mainland_host: Option<&'static str>,
    /// The regions' hosts, where they differ: `cn-*` stands for every region of mainland China that
    /// is not named. With a `{region}` in `host` they are the exceptions, else there are no others.
    pub regional: &'static [(&'static str, &'static str)],
    /// What a twin of another product calls those of that product's actions that it has: the same
    /// parameters and answers under names of its own. None where the product is nobody's twin.
    pub twin: Option<&'static [(&'static str, &'static str)]>,
}

/// Stands in a host for the region.
pub const REGION: &str = "{region}";

/// Stands for the regions of mainland China.
const MAINLAND: &str = "cn-*";

impl Service {
    /// What an action is called here, which may be one of the product whose twin this is; none where
    /// the twin has no such action.
    pub fn action(&self, name: &'static str) -> Option<&'static str> {
        let Some(names) = self.twin else {
            return Some(name);
        };
        let own = names.iter().find(|(of, own)| *of == name || *own == name);
        own.map(|(_, own)| *own)
    }

    /// [`Service::action`], or the name as it is where there is no such action.
    pub fn named(&self, name: &'static str) -> &'static str {
        self.action(name).unwrap_or(name)
    }

    /// The public host of a region, else of a site.
    pub fn host(&self, site: Site, region: Option<&str>) -> Cow<'static, str> {
        let own = region.and_then(|region| self.own_host(region));
        let host = match (own, site, self.mainland_host) {
            (Some(host), _, _) => host,
            (None, Site::Mainland, Some(host)) => host,
            (None, _, _) => self.host,
        };
        match region {
            Some(region) if host.contains(REGION) => host.replace(REGION, region).into(),
            _ => host.into(),
        }
    }

    fn own_host(&self, region: &str) -> Option<&'static str> {
        let host_of = |name| self.regional.iter().find(|(of, _)| *of == name);
        let mainland = region.starts_with("cn-") && region != "cn-hongkong";
        let own = host_of(region).or_else(|| host_of(MAINLAND).filter(|_| mainland));
        own.map(|(_, host)| *host)
    }

    /// Whether there is no host without a region.
    pub fn wants_region(&self) -> bool {
        self.host.contains(REGION)
    }

    /// Whether regions are apart and the hosts of all of them are known: one that is not among them
    /// has no host, for that of another shows what is there.
    pub fn has_sites(&self) -> bool {
        !self.wants_region() && !self.regional.is_empty()
    }

    /// Whether a region has a host, be it that of all.
    pub fn serves(&self, region: &str) -> bool {
        !self.has_sites() || self.own_host(region).is_some()
    }

    /// The regions that have a host of their own.
    pub fn regions(&self) -> impl Iterator<Item = &'static str> {
        let regions = self.regional.iter().map(|(region, _)| *region);
        regions.filter(|region| *region != MAINLAND)
    }
}

/// A parameter's value. A secret one stays a [`Secret`] until the call is signed.
#[derive(Clone, Debug)]
pub enum Value {
    /// Text.
    Text(String),
    /// Text that must not be seen.
    Secret(Secret),
    /// A whole number.
    Int(i64),
    /// `true` or `false`.
    Bool(bool),
    /// Any other scalar as it was given: a fraction, a number beyond `i64`, `null`.
    Json(Json),
    /// An array.
    List(Vec<Value>),
    /// A structure.
    Struct(Params),
}

/// Parameters in the order in which they are written.
#[derive(Clone, Debug, Default)]
pub struct Params(Vec<(Cow<'static, str>, Value)>);

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl Params {
    /// No parameters yet.
    pub fn new() -> Self {
        Params::default()
    }

    /// Adds a text.
    pub fn text(self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.with(name, Value::Text(value.into()))
    }

    /// Adds a text where there is one.
    pub fn maybe(
        self,
        name: impl Into<Cow<'static, str>>,
        value: Option<impl Into<String>>,
    ) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    /// Adds a secret where there is one.
    pub fn secret(self, name: impl Into<Cow<'static, str>>, value: Option<&Secret>) -> Self {
        match value {
            Some(value) => self.with(name, Value::Secret(value.clone())),
            None => self,
        }
    }

    /// Adds a whole number.
    pub fn int(self, name: impl Into<Cow<'static, str>>, value: impl Into<i64>) -> Self {
        self.with(name, Value::Int(value.into()))
    }

    /// Adds `true` or `false`.
    pub fn flag(self, name: impl Into<Cow<'static, str>>, value: bool) -> Self {
        self.with(name, Value::Bool(value))
    }

    /// Adds an array.
    pub fn list(
        self,
        name: impl Into<Cow<'static, str>>,
        items: impl IntoIterator<Item = Value>,
    ) -> Self {
        self.with(name, Value::List(items.into_iter().collect()))
    }

    /// Adds any value.
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, value: Value) -> Self {
        self.0.push((name.into(), value));
        self
    }

    /// Gives a parameter this value, whatever it had.
    pub fn replaced(mut self, name: &'static str, value: Value) -> Self {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name.into(), value)),
        }
        self
    }

    /// The value of a parameter.
    pub fn find(&self, name: &str) -> Option<&Value> {
        let mut fields = self.0.iter();
        fields
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }

    /// Name and value pairs with dotted names, arrays counted from `base`.
    pub fn flatten(&self, base: usize) -> Vec<(String, Wiped)> {
        let mut pairs = Vec::with_capacity(self.0.len() + 10);
        flatten_into(&mut pairs, "", self, base);
        pairs
    }

    /// The parameters as JSON text, secrets in clear: only for a request body.
    pub fn exposed_json(&self) -> Wiped {
        // Counted first: what grows leaves itself behind.
        let mut size = Size(0);
        serde_json::to_writer(&mut size, &Exposed(self)).expect("a count takes every write");
        let mut bytes = Vec::with_capacity(size.0);
        serde_json::to_writer(&mut bytes, &Exposed(self)).expect("memory takes every write");
        Wiped::new(String::from_utf8(bytes).expect("JSON is UTF-8"))
    }

    /// The parameters as JSON with every secret masked: for people.
    pub fn masked_json(&self) -> Json {
        to_json(self)
    }

    /// The secrets among the values.
    pub fn secrets(&self) -> Vec<&Secret> {
        fn of(value: &Value) -> Vec<&Secret> {
            match value {
                Value::Secret(secret) => vec![secret],
                Value::List(items) => items.iter().flat_map(of).collect(),
                Value::Struct(fields) => fields.secrets(),
                Value::Text(_) | Value::Int(_) | Value::Bool(_) | Value::Json(_) => Vec::new(),
            }
        }
        self.0.iter().flat_map(|(_, value)| of(value)).collect()
    }
}

fn flatten_into(pairs: &mut Vec<(String, Wiped)>, prefix: &str, params: &Params, base: usize) {
    for (name, value) in &params.0 {
        flatten_value(pairs, format!("{prefix}{name}"), value, base);
    }
}

fn flatten_value(pairs: &mut Vec<(String, Wiped)>, name: String, value: &Value, base: usize) {
    match value {
        Value::Text(text) => pairs.push((name, text.clone().into())),
        Value::Secret(secret) => pairs.push((name, secret.expose().to_owned().into())),
        Value::Int(number) => pairs.push((name, number.to_string().into())),
        Value::Bool(is) => pairs.push((name, is.to_string().into())),
        Value::Json(scalar) => pairs.push((name, scalar.to_string().into())),
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                flatten_value(pairs, format!("{name}.{}", index + base), item, base);
            }
        }
        Value::Struct(fields) => flatten_into(pairs, &format!("{name}."), fields, base),
    }
}

/// How many bytes were written.
struct Size(usize);

impl io::Write for Size {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Parameters that are written with their secrets in clear.
struct Exposed<'a>(&'a Params);

impl Serialize for Exposed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = self.0.0.iter();
        serializer.collect_map(fields.map(|(name, value)| (name, ExposedValue(value))))
    }
}

struct ExposedValue<'a>(&'a Value);

impl Serialize for ExposedValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Text(text) => serializer.serialize_str(text),
            Value::Secret(secret) => serializer.serialize_str(secret.expose()),
            Value::Int(number) => serializer.serialize_i64(*number),
            Value::Bool(is) => serializer.serialize_bool(*is),
            Value::Json(scalar) => scalar.serialize(serializer),
            Value::List(items) => serializer.collect_seq(items.iter().map(ExposedValue)),
            Value::Struct(fields) => Exposed(fields).serialize(serializer),
        }
    }
}

fn to_json(params: &Params) -> Json {
    let fields = params.0.iter();
    let fields = fields.map(|(name, value)| (name.clone().into_owned(), value_to_json(value)));
    Json::Object(fields.collect::<Map<_, _>>())
}

fn value_to_json(value: &Value) -> Json {
    match value {
        Value::Text(text) => text.clone().into(),
        Value::Secret(_) => MASK.into(),
        Value::Int(number) => (*number).into(),
        Value::Bool(is) => (*is).into(),
        Value::Json(scalar) => scalar.clone(),
        Value::List(items) => items.iter().map(value_to_json).collect(),
        Value::Struct(fields) => to_json(fields),
    }
}

/// What came back over HTTP, whole, before anyone believed it.
#[derive(Debug)]
pub struct Response {
    /// The HTTP status; it says little: throttling comes with 400, failures with 200.
    pub status: u16,
    /// `Content-Encoding`, where the server set one though none was asked for.
    pub encoding: Option<String>,
    /// The request id where the cloud sends it as a header (UCloud).
    pub request_id: Option<String>,
    /// How long the server asks to wait.
    pub retry_after: Option<Duration>,
    /// The time until which it asks to wait, where it says that instead.
    pub retry_at: Option<DateTime<Utc>>,
    /// The server's clock.
    pub date: Option<DateTime<Utc>>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// Turns a time until which the server asks to wait into a wait: from the time that the answer
    /// itself has, else from `now`.
    pub fn settle_retry(&mut self, now: DateTime<Utc>) {
        if let (None, Some(until)) = (self.retry_after, self.retry_at) {
            let wait = until - self.date.unwrap_or(now);
            self.retry_after = Some(wait.to_std().unwrap_or_default());
        }
    }
}

/// An answer, opened.
#[derive(Debug)]
pub enum Opened {
    /// The action was executed.
    Success {
        /// The reply's fields.
        reply: Json,
        /// The vendor's id of the request.
        request_id: Option<String>,
    },
    /// The cloud says what went wrong.
    Refused {
        /// The vendor's code, verbatim.
        code: String,
        /// The vendor's message, not yet redacted.
        message: String,
        /// The vendor's id of the request.
        request_id: Option<String>,
    },
    /// Not an answer of this API: a proxy's page, an empty or truncated body. Says why.
    Unreadable(String),
}

/// In what the clouds truly differ.
pub struct CloudSpec {
    /// Lays parameters out for the wire.
    pub encode: fn(&Params) -> Payload,
    /// The signature scheme of a setting.
    pub signer: fn(Signature) -> Signer,
    /// How a call goes out for which no credential is needed.
    pub unsigned: fn(&Draft, &Stamp) -> Signed,
    /// Opens an answer.
    pub open: fn(&Response) -> Opened,
    /// The products that are called by their short names, in the order of these.
    pub services: &'static [&'static Service],
    /// The known actions by product.
    pub actions: &'static [actions::Actions],
    /// Who gives out temporary keys.
    pub sts: &'static Service,
    /// Its host in a region, where there is one beside that of all: `{region}` stands for it.
    pub regional_sts: Option<&'static str>,
    /// How the hosts end of which each product has its own; none where one serves them all.
    pub domain: Option<&'static str>,
    /// How long a request may take unless told otherwise.
    pub timeout: Duration,
    /// Where an instance learns the keys of its role.
    pub metadata: &'static InstanceMetadata,
}

/// The metadata service of a cloud's instances.
#[derive(Debug)]
pub struct InstanceMetadata {
    /// Its address.
    pub address: &'static str,
    /// Where roles and their keys are.
    pub roles: &'static str,
    /// Whether `roles` lists the roles, whose names go behind it; else it has the keys itself.
    pub lists_roles: bool,
    /// Whether it wants a token of its own first.
    pub wants_token: bool,
}

/// The spec of a cloud.
pub const fn spec(cloud: Cloud) -> &'static CloudSpec {
    match cloud {
        Cloud::Alibaba => &alibaba::SPEC,
        Cloud::Tencent => &tencent::SPEC,
        Cloud::Ucloud => &ucloud::SPEC,
    }
}

/// Reads a body as a JSON object; a byte order mark is tolerated, everything else is named.
fn json_object(answer: &Response) -> Result<Map<String, Json>, String> {
    if let Some(encoding) = &answer.encoding {
        return Err(format!(
            "the answer uses {encoding} encoding, which was not requested"
        ));
    }
    let body = answer
        .body
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(&answer.body);
    if body.is_empty() {
        return Err("the answer is empty".into());
    }
    let Ok(text) = std::str::from_utf8(body) else {
        return Err("the answer is not UTF-8".into());
    };
    match serde_json::from_str(text) {
        Ok(Json::Object(fields)) => Ok(fields),
        Ok(_) => Err("the answer is JSON, but not an object".into()),
        Err(error) if error.is_eof() => Err("the answer is incomplete".into()),
        Err(_) => Err("the answer is not JSON".into()),
    }
}

/// A member as text, if it is a non-empty string.
fn text_member(fields: &Map<String, Json>, names: &[&str]) -> Option<String> {
    names
        .iter()
        .find_map(|name| fields.get(*name)?.as_str())
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

/// A code that may come as text or as a bare number.
fn code_member(fields: &Map<String, Json>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| match fields.get(*name)? {
        Json::String(text) if !text.is_empty() => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// Reads an id that a vendor sends as a number here, as text there, and as null where there is none.
pub fn id_as_text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    use serde::Deserialize;
    use serde::de::Error;
    match Json::deserialize(deserializer)? {
        Json::String(text) => Ok(text),
        Json::Number(number) => Ok(number.to_string()),
        Json::Null => Ok(String::new()),
        _ => Err(D::Error::custom("an id that is neither text nor a number")),
    }
}

/// As [`null_as_default`], for a member whose absence is another thing than `null`: the answer is one
/// to something else.
pub fn if_there<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + serde::Deserialize<'de>,
{
    null_as_default(deserializer).map(Some)
}

/// Reads a member that the vendor documents as "may be null".
pub fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + serde::Deserialize<'de>,
{
    use serde::Deserialize;
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text that grows leaves a copy of what it held behind, which nobody wipes.
    #[test]
    fn a_body_is_made_in_one_piece_and_says_what_was_meant() {
        let secret = Secret::new("\"line\\\n\u{2}".repeat(500));
        let params = Params::new()
            .text("CertificatePublicKey", "é\u{1}")
            .secret("CertificatePrivateKey", Some(&secret))
            .int("ProjectId", 7)
            .flag("Repeatable", true);
        let body = params.exposed_json();
        let masked = params.masked_json();
        assert_eq!(body.capacity(), body.len());
        let read: Json = serde_json::from_str(&body).expect("JSON");
        assert_eq!(read["CertificatePrivateKey"], secret.expose());
        assert_eq!(masked["CertificatePrivateKey"], MASK);
        assert_eq!(
            (&read["ProjectId"], &read["Repeatable"]),
            (&Json::from(7), &Json::from(true))
        );
        assert_eq!(read["CertificatePublicKey"], "é\u{1}");
    }
}
