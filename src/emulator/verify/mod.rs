//! Who is asking, proved from the received bytes.
//!
//! Every scheme has two steps: `claim` reads what a request says of itself, `check` recomputes the
//! signature with a secret. Both are written from the vendors' documents and share nothing with
//! the signer, so that a mistake there cannot agree with itself here.

pub mod alibaba_acs3;
pub mod alibaba_rpc;
pub mod tencent_tc3;
pub mod ucloud;

use crate::cloud::Cloud;

use super::reply::{Format, Refusal};
use super::request::{Params, Received};

/// The signature schemes that are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Alibaba Cloud, HMAC-SHA1 over the sorted parameters.
    AlibabaRpc,
    /// Alibaba Cloud, `ACS3-HMAC-SHA256` in headers.
    AlibabaAcs3,
    /// Tencent Cloud, `TC3-HMAC-SHA256` in headers.
    TencentTc3,
    /// UCloud, SHA-1 over the sorted parameters and the private key.
    Ucloud,
}

impl Scheme {
    /// The cloud that speaks it.
    pub fn cloud(self) -> Cloud {
        match self {
            Scheme::AlibabaRpc | Scheme::AlibabaAcs3 => Cloud::Alibaba,
            Scheme::TencentTc3 => Cloud::Tencent,
            Scheme::Ucloud => Cloud::Ucloud,
        }
    }

    /// Its name in the request log.
    pub fn as_str(self) -> &'static str {
        match self {
            Scheme::AlibabaRpc => "alibaba-rpc",
            Scheme::AlibabaAcs3 => "alibaba-acs3",
            Scheme::TencentTc3 => "tencent-tc3",
            Scheme::Ucloud => "ucloud",
        }
    }

    /// The parameters that any action may have beside its own: the scheme's, and what the vendor's
    /// older SDKs add to every call (`RegionId`, the owners of cross-account calls).
    pub fn common_params(self) -> &'static [&'static str] {
        match self {
            Scheme::AlibabaRpc => &[
                "AccessKeyId",
                "Action",
                "Format",
                "OwnerId",
                "RegionId",
                "SecurityToken",
                "Signature",
                "SignatureMethod",
                "SignatureNonce",
                "SignatureType",
                "SignatureVersion",
                "Timestamp",
                "Version",
            ],
            Scheme::AlibabaAcs3 => &["OwnerId", "RegionId"],
            Scheme::TencentTc3 => &[],
            Scheme::Ucloud => &[
                "Action",
                "ProjectId",
                "PublicKey",
                "Region",
                "SecurityToken",
                "Signature",
            ],
        }
    }
}

/// What a request says of itself.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The vendor's action name.
    pub action: String,
    /// The API version; UCloud has none.
    pub version: Option<String>,
    /// The public half of the key.
    pub key_id: String,
    /// A temporary credential's token.
    pub token: Option<String>,
    /// When it was signed, Unix seconds; UCloud signs no time.
    pub time: Option<i64>,
    /// The value that may be used once; Alibaba Cloud only.
    pub nonce: Option<String>,
    /// How the answer is wanted; `None` is the product's default.
    pub format: Option<Format>,
    /// The action's parameters.
    pub params: Params,
    /// It is not signed, and need not be.
    pub unsigned: bool,
}

/// Tells the schemes apart by the shape of a request; `None` if it is none of them.
pub fn scheme_of(received: &Received) -> Option<Scheme> {
    let authorization = received.header("authorization").unwrap_or_default();
    if received.header("x-tc-action").is_some() || authorization.starts_with("TC3-") {
        return Some(Scheme::TencentTc3);
    }
    if authorization.starts_with("ACS3-") {
        return Some(Scheme::AlibabaAcs3);
    }
    let pairs = received.pairs().unwrap_or_default();
    let has = |name: &str| pairs.iter().any(|(key, _)| key == name);
    // Without a signature there may be nothing else to tell it by.
    if has("OIDCToken") || has("AccessKeyId") || has("SignatureMethod") || has("SignatureNonce") {
        return Some(Scheme::AlibabaRpc);
    }
    // The vendor's SDK names the action in a header with either scheme, so the header decides last.
    if received.header("x-acs-action").is_some() {
        return Some(Scheme::AlibabaAcs3);
    }
    let in_json = received.is_type("application/json")
        && received
            .object()
            .is_ok_and(|body| body.contains_key("PublicKey"));
    (has("PublicKey") || in_json).then_some(Scheme::Ucloud)
}

/// Reads what the request says of itself.
///
/// # Errors
/// The vendor's refusal of a request that lacks or garbles a common parameter, or that has parts
/// which no signature covers.
pub fn claim(scheme: Scheme, received: &Received) -> Result<Claim, Refusal> {
    well_formed(scheme, received)?;
    match scheme {
        Scheme::AlibabaRpc => alibaba_rpc::claim(received),
        Scheme::AlibabaAcs3 => alibaba_acs3::claim(received),
        Scheme::TencentTc3 => tencent_tc3::claim(received),
        Scheme::Ucloud => ucloud::claim(received),
    }
}

/// Refuses what the canonical forms leave open: another path, a header that stands twice, a body
/// or query that is not signed.
fn well_formed(scheme: Scheme, received: &Received) -> Result<(), Refusal> {
    let refuse = |reason: String| {
        Err(match scheme.cloud() {
            Cloud::Alibaba => Refusal::new(400, "InvalidParameter", reason),
            Cloud::Tencent => Refusal::inside("InvalidRequest", reason),
            Cloud::Ucloud => Refusal::inside("230", format!("Params not available: {reason}")),
        })
    };
    if received.path != "/" {
        return refuse(format!("the path is {}, not /", received.path));
    }
    let names: Vec<_> = received.headers.iter().map(|(name, _)| name).collect();
    for (index, name) in names.iter().enumerate() {
        if names[..index].contains(name) {
            return refuse(format!("the header {name} is given more than once"));
        }
    }
    let has_body = !received.body.is_empty();
    let is_form = received.is_type("application/x-www-form-urlencoded");
    let is_json = received.is_type("application/json");
    match (received.method.as_str(), scheme) {
        ("GET", _) if has_body => refuse("a GET has no body".to_owned()),
        ("POST", Scheme::TencentTc3) if !received.query.is_empty() => {
            refuse("a POST has no query".to_owned())
        }
        ("POST", Scheme::AlibabaRpc) if has_body && !is_form => {
            refuse("the body is not a form".to_owned())
        }
        ("POST", Scheme::Ucloud) if has_body && !is_form && !is_json => {
            refuse("the body is neither a form nor JSON".to_owned())
        }
        ("GET" | "POST", _) => Ok(()),
        (_, Scheme::AlibabaRpc | Scheme::AlibabaAcs3) => Err(Refusal::new(
            400,
            "UnsupportedHTTPMethod",
            "This http method is not supported.",
        )),
        (other, _) => refuse(format!("the method is {other}, not GET or POST")),
    }
}

/// Recomputes the signature with the secret that belongs to the claimed key.
///
/// # Errors
/// The vendor's refusal, with what the vendor's own message shows.
pub fn check(scheme: Scheme, received: &Received, secret: &str) -> Result<(), Refusal> {
    match scheme {
        Scheme::AlibabaRpc => alibaba_rpc::check(received, secret),
        Scheme::AlibabaAcs3 => alibaba_acs3::check(received, secret),
        Scheme::TencentTc3 => tencent_tc3::check(received, secret),
        Scheme::Ucloud => ucloud::check(received, secret),
    }
}

/// RFC 3986 percent-encoding with upper-case digits; only unreserved characters stay.
fn percent(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte));
            }
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn sha256_hex(bytes: &[u8]) -> String {
    hex(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref())
}

fn hmac_sha256(key: &[u8], text: &[u8]) -> ring::hmac::Tag {
    ring::hmac::sign(&ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key), text)
}

/// The value of `name=` in an `Authorization` field whose parts stand between commas.
fn authorization_part<'a>(authorization: &'a str, name: &str) -> Option<&'a str> {
    authorization
        .split_once(' ')?
        .1
        .split(',')
        .find_map(|part| part.trim_start().strip_prefix(name)?.strip_prefix('='))
}
