//! What arrived, so that a test can ask; secrets never enter it.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::cloud::Cloud;

use super::request::{Params, Received, decode_pairs};

/// The parameters whose values are secret.
const SECRET: [&str; 8] = [
    "SSLPri",
    "PrivateKey",
    "Key",
    "KeyPassword",
    "SecurityToken",
    "Signature",
    "OIDCToken",
    "WebIdentityToken",
];

const MASK: &str = "****";

/// A private key is one under any name: certificate and key may have been swapped.
fn secret(name: &str, value: &str) -> bool {
    SECRET.contains(&name) || value.contains("PRIVATE KEY")
}

/// One request.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// Microseconds from the start of the emulator to the arrival.
    pub time_us: u64,
    /// Whose API was called; `None` if the request had the shape of none.
    pub cloud: Option<Cloud>,
    /// The signature scheme.
    pub scheme: Option<&'static str>,
    /// The action, as the request names it.
    pub action: Option<String>,
    /// The public half of the key.
    pub key_id: Option<String>,
    /// True if the action was carried out.
    pub applied: bool,
    /// The code of the refusal.
    pub code: Option<String>,
    /// The HTTP status of the answer; `None` if the connection was reset instead.
    pub http: Option<u16>,
    /// The id in the answer.
    pub request_id: String,
    /// The fault of the scenario that struck, counted from 0.
    pub fault: Option<usize>,
    /// The verb.
    pub method: String,
    /// Path and query, secret values masked.
    pub path: String,
    /// The secret parameters that travelled in the query, where proxies keep them.
    pub secrets_in_query: Vec<String>,
    /// Every parameter but the signature, secret values masked.
    pub params: Map<String, Value>,
}

impl Entry {
    /// What is known on arrival.
    pub fn arrival(time_us: u64, received: &Received, request_id: &str) -> Self {
        let readable = |pair: &str| match decode_pairs(pair).unwrap_or_default().pop() {
            Some((name, value)) if secret(&name, &value) => format!("{name}={MASK}"),
            _ => pair.to_owned(),
        };
        let query: Vec<_> = received
            .query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(readable)
            .collect();
        let path = match query.is_empty() {
            true => received.path.clone(),
            false => format!("{}?{}", received.path, query.join("&")),
        };
        let secrets_in_query = decode_pairs(&received.query)
            .unwrap_or_default()
            .into_iter()
            .filter(|(name, value)| secret(name, value) && name != "Signature")
            .map(|(name, _)| name)
            .collect();
        Entry {
            time_us,
            cloud: None,
            scheme: None,
            action: None,
            key_id: None,
            applied: false,
            code: None,
            http: None,
            request_id: request_id.to_owned(),
            fault: None,
            method: received.method.clone(),
            path,
            secrets_in_query,
            params: Map::new(),
        }
    }

    /// The parameters as they may be written down.
    pub fn masked(params: &Params) -> Map<String, Value> {
        let flat = params
            .flat
            .iter()
            .map(|(name, value)| (name.clone(), json!(value)));
        flat.chain(params.json.clone())
            .filter(|(name, _)| name != "Signature")
            .map(
                |(name, value)| match secret(&name, value.as_str().unwrap_or_default()) {
                    true => (name, json!(MASK)),
                    false => (name, value),
                },
            )
            .collect()
    }
}
