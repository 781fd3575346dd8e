//! Keys that were issued for a while: as STS answers with them, and as metadata services,
//! addresses and commands hand them out under a dozen spellings.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value as Json};

use super::time::Time;
use crate::config::credential;
use crate::secret::Secret;
use crate::sign::Credential;

/// Keys, and until when they are good.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The keys.
    pub credential: Credential,
    /// When they end; none where nobody says.
    pub expires: Option<DateTime<Utc>>,
}

/// Reads a secret.
pub fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    String::deserialize(deserializer).map(Secret::new)
}

const IDS: [&str; 7] = [
    "AccessKeyId",
    "access_key_id",
    "TmpSecretId",
    "secretId",
    "secret_id",
    "PublicKey",
    "public_key",
];
const SECRETS: [&str; 7] = [
    "AccessKeySecret",
    "access_key_secret",
    "TmpSecretKey",
    "secretKey",
    "secret_key",
    "PrivateKey",
    "private_key",
];
const TOKENS: [&str; 5] = [
    "SecurityToken",
    "security_token",
    "sts_token",
    "Token",
    "token",
];
const TIMES: [&str; 6] = [
    "Expiration",
    "expiration",
    "ExpiredTime",
    "expiresAt",
    "expires_at",
    "sts_expiration",
];

impl Issued {
    /// Reads what was handed out: an object with keys, perhaps inside `Credentials`, `Data` or
    /// `Response`.
    ///
    /// # Errors
    /// What is missing or broken, by name; never a value, but for a code and a mode.
    pub fn read(text: &[u8]) -> Result<Self, String> {
        let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
        let json: Json = serde_json::from_slice(text).map_err(|error| {
            let what = match text.trim_ascii().is_empty() {
                true => "is empty",
                false if error.is_eof() => "is incomplete JSON",
                false => "is not JSON",
            };
            what.to_owned()
        })?;
        let Json::Object(mut outer) = json else {
            return Err("is JSON, but not an object".into());
        };
        if let Some(Json::Object(response)) = outer.remove("Response") {
            outer = response;
        }
        match outer.get("Code").or(outer.get("RetCode")) {
            None => {}
            Some(Json::String(code)) if code == "Success" || code == "0" => {}
            Some(Json::Number(code)) if code.as_i64() == Some(0) => {}
            Some(Json::String(code)) => return Err(format!("reports {code}")),
            Some(code) => return Err(format!("reports {code}")),
        }
        let inner = ["Credentials", "Data"].into_iter().find_map(|name| {
            let inner = outer.get(name)?.as_object()?;
            Some(inner.clone())
        });
        let keys = inner.as_ref().unwrap_or(&outer);
        let id = text_of(keys, &IDS)?.ok_or("has no key id (AccessKeyId, TmpSecretId, …)")?;
        let secret = text_of(keys, &SECRETS)?.ok_or("has no secret (AccessKeySecret, …)")?;
        let token = token(keys)?;
        let expires = match time_of(keys)? {
            None => time_of(&outer)?,
            found => found,
        };
        let credential = credential(id, Secret::new(secret), token.map(Secret::new))?;
        Ok(Issued {
            credential,
            expires,
        })
    }
}

/// A profile of Alibaba Cloud's CLI says with its mode whether the token counts.
fn token(keys: &Map<String, Json>) -> Result<Option<String>, String> {
    let mode = text_of(keys, &["mode"])?;
    let token = text_of(keys, &TOKENS)?;
    match mode.as_deref().map(str::to_ascii_lowercase).as_deref() {
        None => Ok(token),
        Some("ak") => Ok(None),
        Some("ststoken") if token.is_some() => Ok(token),
        Some("ststoken") => Err("has mode StsToken and no sts_token".into()),
        Some(_) => Err(format!(
            "has mode {}, which is not supported: use AK or StsToken",
            mode.unwrap_or_default()
        )),
    }
}

fn text_of(keys: &Map<String, Json>, names: &[&str]) -> Result<Option<String>, String> {
    for name in names {
        match keys.get(*name) {
            None | Some(Json::Null) => {}
            Some(Json::String(text)) if text.is_empty() => {}
            Some(Json::String(text)) => return Ok(Some(text.clone())),
            Some(_) => return Err(format!("has {name}, but it is not text")),
        }
    }
    Ok(None)
}

fn time_of(keys: &Map<String, Json>) -> Result<Option<DateTime<Utc>>, String> {
    for name in TIMES {
        let time = match keys.get(name) {
            None | Some(Json::Null) => continue,
            // How aliyun's profiles write "not set".
            Some(Json::Number(count)) if count.as_i64() == Some(0) => continue,
            Some(Json::String(text)) if text.is_empty() => continue,
            Some(Json::String(text)) => Time::parse(text, 0),
            Some(Json::Number(count)) => count.as_i64().and_then(Time::since_epoch),
            Some(_) => None,
        };
        return match time {
            Some(time) => Ok(Some(time.0)),
            None => Err(format!("has {name}, but it is not a time")),
        };
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tools_spelling_is_read() {
        let cases = [
            r#"{"Code":"Success","AccessKeyId":"i","AccessKeySecret":"s","SecurityToken":"t","Expiration":"2026-11-25T08:00:00Z"}"#,
            r#"{"RequestId":"r","Credentials":{"AccessKeyId":"i","AccessKeySecret":"s","SecurityToken":"t","Expiration":"2026-11-25T08:00:00Z"}}"#,
            r#"{"Credentials":{"Token":"t","TmpSecretId":"i","TmpSecretKey":"s"},"ExpiredTime":1795593600,"Expiration":"2026-11-25T08:00:00Z"}"#,
            r#"{"Response":{"Credentials":{"Token":"t","TmpSecretId":"i","TmpSecretKey":"s"},"ExpiredTime":1795593600}}"#,
            r#"{"TmpSecretId":"i","TmpSecretKey":"s","ExpiredTime":1795593600,"Token":"t","Code":"Success"}"#,
            r#"{"secretId":"i","secretKey":"s","token":"t","expiresAt":1795593600}"#,
            r#"{"RetCode":0,"Data":{"PublicKey":"i","PrivateKey":"s","SecurityToken":"t","Expiration":1795593600}}"#,
            r#"{"mode":"StsToken","access_key_id":"i","access_key_secret":"s","sts_token":"t","sts_expiration":1795593600}"#,
        ];
        for text in cases {
            let issued =
                Issued::read(text.as_bytes()).unwrap_or_else(|why| panic!("{text}: {why}"));
            let Credential { id, secret, token } = issued.credential;
            assert_eq!((id.as_str(), secret.expose()), ("i", "s"), "{text}");
            assert_eq!(token.expect("a token").expose(), "t", "{text}");
            let expires = issued.expires.expect("a time").timestamp();
            assert_eq!(expires, 1_795_593_600, "{text}");
        }
        let plain = br#"{"mode":"AK","access_key_id":"i","access_key_secret":"s","sts_token":"t"}"#;
        let issued = Issued::read(plain).unwrap();
        assert!(issued.credential.token.is_none() && issued.expires.is_none());
    }

    #[test]
    fn what_is_wrong_is_named_and_not_shown() {
        let cases = [
            ("", "is empty"),
            ("{\"AccessKeyId\":\"sesame", "incomplete"),
            ("sesame", "not JSON"),
            ("[\"sesame\"]", "not an object"),
            (
                r#"{"Code":"Denied","AccessKeySecret":"sesame"}"#,
                "reports Denied",
            ),
            (r#"{"AccessKeySecret":"sesame"}"#, "no key id"),
            (r#"{"AccessKeyId":"sesame"}"#, "no secret"),
            (r#"{"AccessKeyId":["sesame"]}"#, "it is not text"),
            (
                r#"{"AccessKeyId":"i","AccessKeySecret":"sesame "}"#,
                "ends with white space",
            ),
            (
                r#"{"AccessKeyId":"i","AccessKeySecret":"s","Expiration":"sesame"}"#,
                "it is not a time",
            ),
            (
                r#"{"mode":"RamRoleArn","access_key_id":"i","access_key_secret":"sesame"}"#,
                "mode RamRoleArn",
            ),
        ];
        for (text, expected) in cases {
            let why = Issued::read(text.as_bytes()).unwrap_err();
            assert!(why.contains(expected), "{text}: {why}");
            assert!(!why.contains("sesame"), "{why}");
        }
    }
}
