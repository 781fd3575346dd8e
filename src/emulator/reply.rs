//! What is answered, in each vendor's envelope.

use serde_json::{Map, Value, json};

use crate::cloud::Cloud;

/// A refusal in a vendor's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status where the vendor gives one; Tencent Cloud and UCloud always answer 200.
    pub http: u16,
    /// The vendor's code, for UCloud the decimal `RetCode`.
    pub code: String,
    /// The vendor's text.
    pub message: String,
    /// Milliseconds for Alibaba Cloud's `x-acs-retry-after`.
    pub retry_after_ms: Option<u64>,
}

impl Refusal {
    /// A refusal with an HTTP status.
    pub fn new(http: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Refusal {
            http,
            code: code.into(),
            message: message.into(),
            retry_after_ms: None,
        }
    }

    /// A refusal of a cloud that reports failures inside an answer of status 200.
    pub fn inside(code: impl Into<String>, message: impl Into<String>) -> Self {
        Refusal::new(200, code, message)
    }
}

/// How Alibaba Cloud was asked to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `Format=JSON`, and whatever is not Alibaba Cloud's RPC form.
    Json,
    /// `Format=XML`, and CDN's default.
    Xml,
}

/// An answer ready to be written.
#[derive(Clone, Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Header fields besides `Date` and `Content-Length`.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Wraps what an action returned.
pub fn success(
    cloud: Cloud,
    format: Format,
    action: &str,
    request_id: &str,
    data: Map<String, Value>,
) -> Reply {
    match cloud {
        Cloud::Alibaba => {
            let mut body = Map::from_iter([("RequestId".to_owned(), json!(request_id))]);
            body.extend(data);
            alibaba(200, format, &format!("{action}Response"), body)
        }
        Cloud::Tencent => {
            let mut body = data;
            body.insert("RequestId".to_owned(), json!(request_id));
            json_reply(200, &json!({ "Response": body }))
        }
        Cloud::Ucloud => {
            let mut body = Map::from_iter([
                ("Action".to_owned(), json!(format!("{action}Response"))),
                ("RetCode".to_owned(), json!(0)),
            ]);
            body.extend(data);
            ucloud(request_id, body)
        }
    }
}

/// Wraps a refusal.
pub fn refused(
    cloud: Cloud,
    format: Format,
    host: &str,
    action: &str,
    request_id: &str,
    refusal: &Refusal,
) -> Reply {
    let Refusal { code, message, .. } = refusal;
    match cloud {
        Cloud::Alibaba => {
            let advice =
                format!("https://api.aliyun.com/troubleshoot?q={code}&requestId={request_id}");
            let body = json!({
                "RequestId": request_id, "HostId": host, "Code": code, "Message": message,
                "Recommend": advice,
            });
            let mut reply = alibaba(refusal.http, format, "Error", members(body));
            if let Some(wait) = refusal.retry_after_ms {
                reply.headers.push(("x-acs-retry-after", wait.to_string()));
            }
            reply
        }
        Cloud::Tencent => json_reply(
            refusal.http,
            &json!({ "Response": {
                "Error": { "Code": code, "Message": message }, "RequestId": request_id,
            }}),
        ),
        Cloud::Ucloud => {
            let number = code.parse::<i64>().map_or(json!(code), |code| json!(code));
            let body = json!({
                "RetCode": number, "Action": format!("{action}Response"), "Message": message,
            });
            let mut reply = ucloud(request_id, members(body));
            reply.status = refusal.http;
            reply
        }
    }
}

/// The members of a JSON object; of anything else, none.
pub fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn alibaba(status: u16, format: Format, root: &str, body: Map<String, Value>) -> Reply {
    match format {
        Format::Json => json_reply(status, &Value::Object(body)),
        Format::Xml => {
            let mut xml = String::from("<?xml version='1.0' encoding='UTF-8'?>");
            write_xml(&mut xml, root, &Value::Object(body));
            Reply {
                status,
                headers: vec![("content-type", "text/xml;charset=utf-8".to_owned())],
                body: xml.into_bytes(),
            }
        }
    }
}

fn ucloud(request_id: &str, body: Map<String, Value>) -> Reply {
    let mut reply = json_reply(200, &Value::Object(body));
    reply
        .headers
        .push(("x-ucloud-request-uuid", request_id.to_owned()));
    reply
}

fn json_reply(status: u16, body: &Value) -> Reply {
    Reply {
        status,
        headers: vec![("content-type", "application/json".to_owned())],
        body: body.to_string().into_bytes(),
    }
}

/// A list is its element repeated, as in the vendor's samples.
fn write_xml(xml: &mut String, name: &str, value: &Value) {
    if let Value::Array(items) = value {
        for item in items {
            write_xml(xml, name, item);
        }
        return;
    }
    xml.push_str(&format!("<{name}>"));
    match value {
        Value::Object(members) => {
            for (member, value) in members {
                write_xml(xml, member, value);
            }
        }
        Value::String(text) => xml.push_str(
            &text
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;"),
        ),
        Value::Null => {}
        plain => xml.push_str(&plain.to_string()),
    }
    xml.push_str(&format!("</{name}>"));
}
