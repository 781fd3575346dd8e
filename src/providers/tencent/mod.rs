//! Tencent Cloud: API 3.0.
//!
//! <https://www.tencentcloud.com/document/product/1007/36571>

pub mod services;
pub mod ssl;
pub mod sts;
pub mod teo;

use std::time::Duration;

use serde_json::Value as Json;

use super::{
    CloudSpec, InstanceMetadata, Opened, Response, actions, code_member, json_object, text_member,
};
use crate::sign::{self, Payload};

/// How Tencent Cloud is spoken to.
pub static SPEC: CloudSpec = CloudSpec {
    encode: |params| Payload::Json(params.exposed_json()),
    signer: |_| sign::tencent_tc3::sign,
    unsigned: sign::tencent_tc3::unsigned,
    open,
    services: &services::SERVICES,
    actions: &actions::TENCENT,
    sts: &sts::STS,
    regional_sts: None,
    domain: Some(".tencentcloudapi.com"),
    timeout: Duration::from_secs(30),
    metadata: &InstanceMetadata {
        address: "http://metadata.tencentyun.com/",
        roles: "/latest/meta-data/cam/security-credentials/",
        lists_roles: true,
        wants_token: false,
    },
};

/// Success and failure both come with HTTP 200; a failure has an `Error` member. Products of the
/// retired version 2 answer with a numeric `code` instead.
fn open(answer: &Response) -> Opened {
    let mut outer = match json_object(answer) {
        Ok(outer) => outer,
        Err(reason) => return Opened::Unreadable(reason),
    };
    let Some(Json::Object(response)) = outer.remove("Response") else {
        return match text_member(&outer, &["codeDesc"]).or(code_member(&outer, &["code"])) {
            Some(code) if code != "0" && code != "Success" => Opened::Refused {
                code,
                message: text_member(&outer, &["message"]).unwrap_or_default(),
                request_id: None,
            },
            _ => Opened::Unreadable("the answer has no Response".into()),
        };
    };
    let request_id = text_member(&response, &["RequestId"]);
    match response.get("Error") {
        Some(Json::Object(error)) => match code_member(error, &["Code"]) {
            Some(code) => Opened::Refused {
                code,
                message: text_member(error, &["Message"]).unwrap_or_default(),
                request_id,
            },
            None => Opened::Unreadable("the Error in the answer has no Code".into()),
        },
        Some(error) if !error.is_null() => {
            Opened::Unreadable("the Error in the answer is not an object".into())
        }
        _ if request_id.is_none() => Opened::Unreadable("the answer has no RequestId".into()),
        _ if !(200..300).contains(&answer.status) => {
            Opened::Unreadable("the status of the answer contradicts its body".into())
        }
        _ => Opened::Success {
            reply: Json::Object(response),
            request_id,
        },
    }
}
