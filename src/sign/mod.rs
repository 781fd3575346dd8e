//! One signing layer for all clouds: a call in, the exact bytes to send out.
//!
//! A scheme is a plain function of the type [`Signer`]. It reads no clock, no randomness, no
//! environment: time and nonce come in as a [`Stamp`], so every attempt is stamped and signed
//! anew by whoever sends. What is signed is what is sent: nothing below may re-encode a
//! [`Signed`].
#![deny(clippy::disallowed_methods)]

pub mod alibaba_acs3;
pub mod alibaba_rpc;
pub mod canonical;
pub mod encode;
pub mod tencent_tc3;
pub mod ucloud;

use std::fmt;

use chrono::{DateTime, Utc};

use crate::secret::{Secret, Wiped};

/// The media type of a body made of parameters.
const FORM: &str = "application/x-www-form-urlencoded";

/// The HTTP verb of a call. certctl itself always posts; GET is what the published examples use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`, parameters in the query.
    Get,
    /// `POST`, parameters in the body.
    Post,
}

impl Method {
    /// The verb in capitals, as it is signed and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
        }
    }

    /// Query, headers and body of a call whose encoded parameters all travel in one place.
    fn place(self, params: Wiped) -> (Wiped, Vec<(&'static str, String)>, Wiped) {
        match self {
            Method::Get => (params, Vec::new(), Wiped::default()),
            Method::Post => {
                let headers = vec![("content-type", FORM.to_owned())];
                (Wiped::default(), headers, params)
            }
        }
    }
}

/// What a call carries, in the form in which its cloud signs it. Its `Debug` shows names and
/// sizes only: a private key may be among the values.
#[derive(Clone, PartialEq, Eq)]
pub enum Payload {
    /// Flat name and value pairs, arrays already flattened (Alibaba counts from 1, UCloud from 0).
    /// They travel in the form body (POST) or in the query (GET).
    Params(Vec<(String, Wiped)>),
    /// JSON text, hashed and sent byte for byte (Tencent).
    Json(Wiped),
}

impl Payload {
    fn params(&self) -> Vec<(&str, &str)> {
        match self {
            Payload::Params(params) => params
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect(),
            Payload::Json(_) => panic!("this scheme signs parameters, not JSON"),
        }
    }

    fn json(&self) -> &Wiped {
        match self {
            Payload::Json(json) => json,
            Payload::Params(_) => panic!("this scheme signs JSON, not parameters"),
        }
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Payload::Params(params) => {
                f.write_str("Params")?;
                f.debug_list()
                    .entries(params.iter().map(|(name, _)| name))
                    .finish()
            }
            Payload::Json(json) => write!(f, "Json({} bytes)", json.len()),
        }
    }
}

/// A call that is not yet signed.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The HTTP verb.
    pub method: Method,
    /// The host as it goes on the wire, with `:port` where that is not the scheme's default.
    pub host: String,
    /// The product's short name: part of Tencent's credential scope (`ssl`).
    pub service: &'static str,
    /// The vendor's name of the call, case-sensitive.
    pub action: String,
    /// The product's API version (`2018-05-10`); empty for UCloud, which has none.
    pub version: &'static str,
    /// Tencent's `X-TC-Region`, where an action wants one.
    pub region: Option<String>,
    /// The business parameters.
    pub payload: Payload,
}

/// Who calls.
#[derive(Clone, Debug)]
pub struct Credential {
    /// AccessKeyId, SecretId or PublicKey.
    pub id: String,
    /// AccessKeySecret, SecretKey or PrivateKey.
    pub secret: Secret,
    /// The session token of temporary credentials.
    pub token: Option<Secret>,
}

/// When a call is signed, and the number used once.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// The time that is signed; only whole seconds count.
    pub time: DateTime<Utc>,
    /// Unique for each attempt: Alibaba refuses one it has seen (`SignatureNonceUsed`).
    pub nonce: String,
}

impl Stamp {
    /// The time as Alibaba wants it: ISO 8601, UTC, whole seconds.
    fn iso8601(&self) -> String {
        self.time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
    }
}

/// A signed call: the bytes to send, and the intermediate texts that a vector or a
/// "signature does not match" is compared with. Query, body, `canonical` and `string_to_sign` may carry
/// a private key that travels as a parameter, so they are never printed unmasked, and are wiped.
#[derive(Clone)]
pub struct Signed {
    /// The query of the address, already encoded, without `?`; empty for POST.
    pub query: Wiped,
    /// The headers to send beside those every HTTP client sets itself, names in lower case;
    /// `host` is not among them. They hold the signature and the token.
    pub headers: Vec<(&'static str, String)>,
    /// The body, byte for byte.
    pub body: Wiped,
    /// The canonical form of the call: the canonical request, or where the scheme knows none (RPC,
    /// UCloud) the sorted and encoded parameters.
    pub canonical: Wiped,
    /// What the signature is computed over; for UCloud without the private key that ends it.
    pub string_to_sign: Wiped,
    /// The signature in the scheme's own spelling (base64 or lower-case hex).
    pub signature: String,
}

impl Signed {
    /// What is sent of a call that is not signed.
    fn nothing(query: Wiped, headers: Vec<(&'static str, String)>, body: Wiped) -> Self {
        Signed {
            query,
            headers,
            body,
            canonical: Wiped::default(),
            string_to_sign: Wiped::default(),
            signature: String::new(),
        }
    }
}

/// A signature scheme.
pub type Signer = fn(&Draft, &Credential, &Stamp) -> Signed;
