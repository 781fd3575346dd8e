//! A request as it arrived: the bytes on the wire, and the two readings of them that the clouds
//! share, percent-encoded pairs and JSON.

use serde_json::{Map, Value};

/// A request as received. Header names are lower case, everything else is untouched.
#[derive(Clone, Debug, Default)]
pub struct Received {
    /// The verb, upper case.
    pub method: String,
    /// The path as sent.
    pub path: String,
    /// The query as sent, without the question mark; empty where there was none.
    pub query: String,
    /// Header fields in the order of arrival.
    pub headers: Vec<(String, String)>,
    /// The body's bytes.
    pub body: Vec<u8>,
}

impl Received {
    /// The first field of that (lower-case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.as_str())
    }

    /// True if the body is declared as that media type, whatever its parameters.
    pub fn is_type(&self, media: &str) -> bool {
        self.header("content-type").is_some_and(|declared| {
            declared
                .split(';')
                .next()
                .is_some_and(|kind| kind.trim().eq_ignore_ascii_case(media))
        })
    }

    /// The pairs of the query, then those of a form body.
    ///
    /// # Errors
    /// Says what is wrong with the encoding.
    pub fn pairs(&self) -> Result<Vec<(String, String)>, String> {
        let mut pairs = decode_pairs(&self.query)?;
        if self.is_type("application/x-www-form-urlencoded") {
            let body = std::str::from_utf8(&self.body).map_err(|_| "the body is not UTF-8")?;
            pairs.extend(decode_pairs(body)?);
        }
        Ok(pairs)
    }

    /// The body as a JSON object.
    ///
    /// # Errors
    /// Says why it is none.
    pub fn object(&self) -> Result<Map<String, Value>, String> {
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(object)) => Ok(object),
            Ok(_) => Err("the body is JSON but not an object".to_owned()),
            Err(error) => Err(format!("the body is not JSON: {error}")),
        }
    }
}

/// What an action is given: flat text for Alibaba Cloud and UCloud, typed JSON for Tencent Cloud.
#[derive(Clone, Debug, Default)]
pub struct Params {
    /// Every parameter of query and form body, common ones included.
    pub flat: Vec<(String, String)>,
    /// The members of a Tencent Cloud body.
    pub json: Map<String, Value>,
    /// The region that goes beside a Tencent Cloud body, where one was sent.
    pub region: Option<String>,
}

impl Params {
    /// The value of a flat parameter, present and perhaps empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.flat
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The value of a flat parameter that is there and not empty.
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.text(name).filter(|value| !value.is_empty())
    }
}

/// Reads `application/x-www-form-urlencoded` text strictly: `+` is a space, a `%` needs two
/// hexadecimal digits, the result is UTF-8.
///
/// # Errors
/// Names the pair that is not encoded properly.
pub fn decode_pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(name)?, decode(value)?))
        })
        .collect()
}

fn decode(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().and_then(|hex| char::from(hex).to_digit(16));
                match (digit(), digit()) {
                    (Some(high), Some(low)) => (high * 16 + low) as u8,
                    _ => return Err("a percent sign without two hexadecimal digits".to_owned()),
                }
            }
            plain => plain,
        });
    }
    String::from_utf8(bytes).map_err(|_| "a parameter is not UTF-8".to_owned())
}
