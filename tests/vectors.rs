//! The signature schemes against published and SDK-made vectors, step by step, so that a failure
//! names the step that differs and not only "signature does not match".
//!
//! `tests/vectors/<scheme>.json` says where its cases come from. `broken.json` holds cases that
//! must fail, each at the step it names.

use std::fmt::Debug;

use certctl::secret::{Secret, Wiped};
use certctl::sign::{
    Credential, Draft, Method, Payload, Signed, Signer, Stamp, alibaba_acs3, alibaba_rpc,
    canonical, encode, tencent_tc3, ucloud,
};
use chrono::{DateTime, Utc};
use proptest::prelude::*;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

#[test]
fn alibaba_rpc_reproduces_its_vectors() {
    all::<AlibabaRpc>(include_str!("vectors/alibaba_rpc.json"), 34);
}

#[test]
fn alibaba_acs3_reproduces_its_vectors() {
    all::<AlibabaAcs3>(include_str!("vectors/alibaba_acs3.json"), 30);
}

#[test]
fn tencent_tc3_reproduces_its_vectors() {
    all::<TencentTc3>(include_str!("vectors/tencent_tc3.json"), 32);
}

#[test]
fn ucloud_reproduces_its_vectors() {
    all::<Ucloud>(include_str!("vectors/ucloud.json"), 34);
}

#[test]
fn a_broken_vector_fails_at_the_step_that_is_broken() {
    let file: File<Broken> = parse(include_str!("vectors/broken.json"));
    assert_eq!(file.cases.len(), 4);
    for broken in file.cases {
        let outcome = match broken.scheme.as_str() {
            "alibaba_rpc" => decode::<AlibabaRpc>(broken.case).check(),
            "alibaba_acs3" => decode::<AlibabaAcs3>(broken.case).check(),
            "tencent_tc3" => decode::<TencentTc3>(broken.case).check(),
            "ucloud" => decode::<Ucloud>(broken.case).check(),
            other => panic!("no scheme is called {other}"),
        };
        let differs = outcome.expect_err("a broken case passed");
        assert_eq!(differs.step, broken.fails_at, "{}", broken.scheme);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File<C> {
    source: String,
    cases: Vec<C>,
}

#[derive(Deserialize)]
struct Broken {
    scheme: String,
    fails_at: String,
    case: Value,
}

/// The first step at which a case and the signer part.
#[derive(Debug)]
struct Differs {
    step: &'static str,
    // Read by `Debug` alone.
    #[allow(dead_code)]
    expected: String,
    #[allow(dead_code)]
    found: String,
}

trait Case: DeserializeOwned {
    fn name(&self) -> &str;
    fn source(&self) -> Option<&str>;
    fn check(&self) -> Result<(), Differs>;
}

fn all<C: Case>(text: &str, count: usize) {
    let file: File<C> = parse(text);
    assert_eq!(file.cases.len(), count, "cases were lost or added");
    for case in &file.cases {
        if let Err(differs) = case.check() {
            let source = case.source().unwrap_or(&file.source);
            panic!("case '{}' ({source}): {differs:#?}", case.name());
        }
    }
}

fn parse<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).expect("a vector file is well formed")
}

fn decode<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("a broken case has the shape of its scheme")
}

fn same<T: Debug + PartialEq + ?Sized>(
    step: &'static str,
    expected: &T,
    found: &T,
) -> Result<(), Differs> {
    if expected == found {
        return Ok(());
    }
    Err(Differs {
        step,
        expected: format!("{expected:?}"),
        found: format!("{found:?}"),
    })
}

fn credential(id: &str, secret: &str, token: Option<&String>) -> Credential {
    Credential {
        id: id.to_owned(),
        secret: Secret::new(secret.to_owned()),
        token: token.map(|token| Secret::new(token.clone())),
    }
}

fn method(verb: &str) -> Method {
    match verb {
        "GET" => Method::Get,
        "POST" => Method::Post,
        other => panic!("no method {other}"),
    }
}

fn pairs(map: &Map<String, Value>) -> Vec<(&str, &str)> {
    map.iter()
        .map(|(name, value)| (name.as_str(), value.as_str().expect("a string")))
        .collect()
}

fn wiped(params: Vec<(String, String)>) -> Vec<(String, Wiped)> {
    let params = params.into_iter();
    params.map(|(name, value)| (name, value.into())).collect()
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn instant(iso8601: &str) -> DateTime<Utc> {
    iso8601.parse().expect("a time")
}

/// Reads back what a server would: an oracle independent of `sign::encode`.
fn received(form: &str) -> Vec<(String, String)> {
    let mut pairs: Vec<_> = url::form_urlencoded::parse(form.as_bytes())
        .into_owned()
        .collect();
    pairs.sort();
    pairs
}

fn header<'a>(signed: &'a Signed, name: &str) -> Option<&'a str> {
    let mut values = signed.headers.iter().filter(|(named, _)| *named == name);
    let value = values.next().map(|(_, value)| value.as_str());
    assert!(values.next().is_none(), "the header {name} is sent twice");
    value
}

const FORM: &str = "application/x-www-form-urlencoded";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AlibabaRpc {
    name: String,
    source: Option<String>,
    method: String,
    action: String,
    version: String,
    nonce: String,
    time: String,
    id: String,
    secret: String,
    token: Option<String>,
    params: Map<String, Value>,
    canonical: Option<String>,
    string_to_sign: Option<String>,
    signature: String,
}

impl Case for AlibabaRpc {
    fn name(&self) -> &str {
        &self.name
    }

    fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    fn check(&self) -> Result<(), Differs> {
        let draft = Draft {
            method: method(&self.method),
            host: "cdn.aliyuncs.com".to_owned(),
            service: "cdn",
            action: self.action.clone(),
            version: self.version.clone().leak(),
            region: None,
            payload: Payload::Params(wiped(owned(&pairs(&self.params)))),
        };
        let stamp = Stamp {
            time: instant(&self.time),
            nonce: self.nonce.clone(),
        };
        let credential = credential(&self.id, &self.secret, self.token.as_ref());
        let signed = alibaba_rpc::sign(&draft, &credential, &stamp);

        if let Some(canonical) = &self.canonical {
            same("canonical query", canonical, &signed.canonical)?;
        }
        if let Some(string_to_sign) = &self.string_to_sign {
            same("string to sign", string_to_sign, &signed.string_to_sign)?;
        }
        same("signature", &self.signature, &signed.signature)?;

        let (sent, unused, content_type) = match draft.method {
            Method::Get => (&signed.query, &signed.body, None),
            Method::Post => (&signed.body, &signed.query, Some(FORM)),
        };
        same("unused place", "", unused)?;
        same(
            "content type",
            &content_type,
            &header(&signed, "content-type"),
        )?;
        let mut expected = received(&signed.canonical);
        expected.push(("Signature".to_owned(), self.signature.clone()));
        expected.sort();
        same("sent parameters", &expected, &received(sent))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AlibabaAcs3 {
    name: String,
    source: Option<String>,
    method: String,
    query: Map<String, Value>,
    headers: Map<String, Value>,
    body: String,
    id: String,
    secret: String,
    token: Option<String>,
    encoded_query: String,
    canonical: String,
    string_to_sign: String,
    signature: String,
    authorization: String,
}

impl Case for AlibabaAcs3 {
    fn name(&self) -> &str {
        &self.name
    }

    fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    fn check(&self) -> Result<(), Differs> {
        let mut params = pairs(&self.query);
        params.sort_unstable();
        let query = encode::query(&params);
        same("query", &self.encoded_query, &query)?;
        let body_sha256 = canonical::sha256_hex(&self.body);
        same(
            "body hash",
            self.header("x-acs-content-sha256"),
            &body_sha256,
        )?;

        let credential = credential(&self.id, &self.secret, self.token.as_ref());
        let made = alibaba_acs3::authorize(
            method(&self.method),
            &query,
            &pairs(&self.headers),
            &body_sha256,
            &credential,
        );
        same("canonical request", &self.canonical, &made.canonical)?;
        same("string to sign", &self.string_to_sign, &made.string_to_sign)?;
        same("signature", &self.signature, &made.signature)?;
        same("authorization", &self.authorization, &made.header)?;
        if self.is_as_we_call() {
            self.check_sign(&credential)
        } else {
            Ok(())
        }
    }
}

impl AlibabaAcs3 {
    fn header(&self, name: &str) -> &str {
        self.headers[name].as_str().expect("a string")
    }

    /// Whether the parameters travel where `sign` puts them; some SDKs post with a query.
    fn is_as_we_call(&self) -> bool {
        self.method == "GET"
            || self
                .headers
                .get("content-type")
                .is_some_and(|value| value == FORM)
    }

    fn check_sign(&self, credential: &Credential) -> Result<(), Differs> {
        let params = match self.method.as_str() {
            "GET" => owned(&pairs(&self.query)),
            _ => received(&self.body),
        };
        let draft = Draft {
            method: method(&self.method),
            host: self.header("host").to_owned(),
            service: "cas",
            action: self.header("x-acs-action").to_owned(),
            version: self.header("x-acs-version").to_owned().leak(),
            region: None,
            payload: Payload::Params(wiped(params)),
        };
        let stamp = Stamp {
            time: instant(self.header("x-acs-date")),
            nonce: self.header("x-acs-signature-nonce").to_owned(),
        };
        let signed = alibaba_acs3::sign(&draft, credential, &stamp);
        same("sent query", &self.encoded_query, &signed.query)?;
        same("sent body", &self.body, &signed.body)?;
        same(
            "call's canonical request",
            &self.canonical,
            &signed.canonical,
        )?;
        same(
            "call's string to sign",
            &self.string_to_sign,
            &signed.string_to_sign,
        )?;
        same("call's signature", &self.signature, &signed.signature)?;

        let mut expected = owned(&pairs(&self.headers));
        expected.retain(|(name, _)| name != "host");
        expected.push(("authorization".to_owned(), self.authorization.clone()));
        expected.sort();
        let mut sent: Vec<(String, String)> = signed
            .headers
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        sent.sort();
        same("sent headers", &expected, &sent)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TencentTc3 {
    name: String,
    source: Option<String>,
    method: String,
    host: String,
    service: String,
    action: String,
    version: String,
    region: Option<String>,
    token: Option<String>,
    timestamp: i64,
    content_type: String,
    #[serde(default)]
    query: String,
    body: String,
    id: String,
    secret: String,
    signed_headers: String,
    canonical: String,
    string_to_sign: String,
    signing_key: Option<String>,
    signature: String,
    authorization: String,
    headers: Option<Map<String, Value>>,
}

impl Case for TencentTc3 {
    fn name(&self) -> &str {
        &self.name
    }

    fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    fn check(&self) -> Result<(), Differs> {
        let credential = credential(&self.id, &self.secret, self.token.as_ref());
        let time = DateTime::from_timestamp(self.timestamp, 0).expect("a time");
        // The vendor's examples sign the action in lower case.
        let action = self.action.to_lowercase();
        let headers: Vec<(&str, &str)> = self
            .signed_headers
            .split(';')
            .map(|name| match name {
                "content-type" => (name, self.content_type.as_str()),
                "host" => (name, self.host.as_str()),
                "x-tc-action" => (name, action.as_str()),
                other => panic!("{other} is not signed by any vector"),
            })
            .collect();
        if let Some(expected) = &self.signing_key {
            let date = time.format("%Y-%m-%d").to_string();
            let key = tencent_tc3::signing_key(&credential, &date, &self.service);
            same("signing key", expected, &encode::hex(&*key))?;
        }
        let made = tencent_tc3::authorize(
            method(&self.method),
            &self.query,
            &headers,
            &self.body,
            &self.service,
            &credential,
            time,
        );
        same("canonical request", &self.canonical, &made.canonical)?;
        same("string to sign", &self.string_to_sign, &made.string_to_sign)?;
        same("signature", &self.signature, &made.signature)?;
        same("authorization", &self.authorization, &made.header)?;
        match &self.headers {
            Some(headers) if self.content_type == "application/json" => {
                self.check_sign(&credential, time, headers)
            }
            _ => Ok(()),
        }
    }
}

impl TencentTc3 {
    fn check_sign(
        &self,
        credential: &Credential,
        time: DateTime<Utc>,
        headers: &Map<String, Value>,
    ) -> Result<(), Differs> {
        let draft = Draft {
            method: Method::Post,
            host: self.host.clone(),
            service: self.service.clone().leak(),
            action: self.action.clone(),
            version: self.version.clone().leak(),
            region: self.region.clone(),
            payload: Payload::Json(self.body.clone().into()),
        };
        let stamp = Stamp {
            time,
            nonce: String::new(),
        };
        let signed = tencent_tc3::sign(&draft, credential, &stamp);
        same("sent query", "", &signed.query)?;
        same("sent body", &self.body, &signed.body)?;
        same(
            "call's canonical request",
            &self.canonical,
            &signed.canonical,
        )?;
        same(
            "call's string to sign",
            &self.string_to_sign,
            &signed.string_to_sign,
        )?;
        same("call's signature", &self.signature, &signed.signature)?;
        same(
            "call's authorization",
            &Some(&*self.authorization),
            &header(&signed, "authorization"),
        )?;
        same(
            "content type",
            &Some("application/json"),
            &header(&signed, "content-type"),
        )?;
        same(
            "language",
            &Some("en-US"),
            &header(&signed, "x-tc-language"),
        )?;
        for name in [
            "x-tc-action",
            "x-tc-version",
            "x-tc-timestamp",
            "x-tc-region",
            "x-tc-token",
        ] {
            same(
                name,
                &headers.get(name).and_then(Value::as_str),
                &header(&signed, name),
            )?;
        }
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ucloud {
    name: String,
    source: Option<String>,
    action: String,
    public_key: String,
    private_key: String,
    token: Option<String>,
    params: Map<String, Value>,
    string_to_sign: String,
    signature: String,
    body: Option<String>,
}

impl Case for Ucloud {
    fn name(&self) -> &str {
        &self.name
    }

    fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    fn check(&self) -> Result<(), Differs> {
        let draft = Draft {
            method: Method::Post,
            host: "api.ucloud.cn".to_owned(),
            service: "ulb",
            action: self.action.clone(),
            version: "",
            region: None,
            payload: Payload::Params(wiped(owned(&pairs(&self.params)))),
        };
        let stamp = Stamp {
            time: DateTime::UNIX_EPOCH,
            nonce: String::new(),
        };
        let credential = credential(&self.public_key, &self.private_key, self.token.as_ref());
        let signed = ucloud::sign(&draft, &credential, &stamp);
        same(
            "string to sign",
            &self.string_to_sign,
            &signed.string_to_sign,
        )?;
        same("signature", &self.signature, &signed.signature)?;
        if let Some(body) = &self.body {
            same("sent body", body, &signed.body)?;
        }
        same("unused place", "", &signed.query)?;
        same(
            "content type",
            &Some(FORM),
            &header(&signed, "content-type"),
        )
    }
}

/// Draws a call: unique names, any text, either verb.
fn draft(json: bool) -> impl Strategy<Value = Draft> {
    let params = proptest::collection::btree_map(any::<String>(), any::<String>(), 0..8)
        .prop_map(|map| map.into_iter().collect::<Vec<_>>());
    (
        any::<bool>(),
        any::<String>(),
        any::<String>(),
        any::<String>(),
        params,
    )
        .prop_map(move |(post, host, action, region, params)| Draft {
            method: if post { Method::Post } else { Method::Get },
            host,
            service: "ssl",
            action,
            version: "2019-12-05",
            region: Some(region),
            payload: if json {
                Payload::Json(
                    serde_json::to_string(&params)
                        .expect("pairs of strings")
                        .into(),
                )
            } else {
                Payload::Params(wiped(params))
            },
        })
}

fn caller() -> impl Strategy<Value = (Credential, Stamp)> {
    (
        any::<String>(),
        any::<String>(),
        any::<Option<String>>(),
        any::<String>(),
        any::<u32>(),
    )
        .prop_map(|(id, secret, token, nonce, seconds)| {
            let time = DateTime::from_timestamp(seconds.into(), 0).expect("a time");
            (
                credential(&id, &secret, token.as_ref()),
                Stamp { time, nonce },
            )
        })
}

fn steps(signed: Signed) -> impl Debug + PartialEq {
    let Signed {
        query,
        headers,
        body,
        canonical,
        string_to_sign,
        signature,
    } = signed;
    (query, headers, body, canonical, string_to_sign, signature)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_server_reads_back_what_was_encoded(name in any::<String>(), value in any::<String>()) {
        let pair = vec![(name.clone(), value.clone())];
        let params = [(name.as_str(), value.as_str())];
        let query = encode::query(&params);
        prop_assert!(query.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'+'));
        prop_assert_eq!(&received(&query), &pair);
        prop_assert_eq!(&received(&encode::form(&params)), &pair);
    }

    #[test]
    fn the_order_of_parameters_does_not_matter(
        draft in draft(false),
        (credential, stamp) in caller(),
        turn in any::<usize>(),
    ) {
        let mut turned = draft.clone();
        let Payload::Params(params) = &mut turned.payload else { unreachable!() };
        let by = turn % params.len().max(1);
        params.rotate_left(by);
        params.reverse();
        for signer in [alibaba_rpc::sign, alibaba_acs3::sign, ucloud::sign] as [Signer; 3] {
            let one = signer(&draft, &credential, &stamp);
            let other = signer(&turned, &credential, &stamp);
            prop_assert_eq!(steps(one), steps(other));
        }
    }

    #[test]
    fn the_order_of_signed_headers_does_not_matter((credential, stamp) in caller()) {
        let headers = [("host", "a"), ("content-type", "b"), ("x-tc-action", "c")];
        let turned = [headers[2], headers[0], headers[1]];
        let sign = |headers: &[(&str, &str)]| {
            tencent_tc3::authorize(Method::Post, "", headers, "{}", "ssl", &credential, stamp.time)
        };
        prop_assert_eq!(sign(&headers).header, sign(&turned).header);
    }

    #[test]
    fn a_json_body_is_sent_byte_for_byte(draft in draft(true), (credential, stamp) in caller()) {
        let Payload::Json(json) = &draft.payload else { unreachable!() };
        let signed = tencent_tc3::sign(&draft, &credential, &stamp);
        prop_assert_eq!(&signed.body, json);
        prop_assert!(signed.canonical.ends_with(&canonical::sha256_hex(json)));
    }

    #[test]
    fn a_posted_parameter_is_in_the_body_and_nowhere_else(
        value in "[a-z]{24}",
        (credential, stamp) in caller(),
    ) {
        let draft = Draft {
            method: Method::Post,
            host: "localhost".to_owned(),
            service: "cdn",
            action: "Set".to_owned(),
            version: "1",
            region: None,
            payload: Payload::Params(vec![("SSLPri".to_owned(), value.clone().into())]),
        };
        for signer in [alibaba_rpc::sign, alibaba_acs3::sign, ucloud::sign] as [Signer; 3] {
            let signed = signer(&draft, &credential, &stamp);
            prop_assert!(signed.body.contains(&value));
            prop_assert_eq!(signed.query.as_str(), "");
            prop_assert!(signed.headers.iter().all(|(_, text)| !text.contains(&value)));
        }
        let printed = format!("{draft:?}");
        prop_assert!(!printed.contains(&value));
    }
}
