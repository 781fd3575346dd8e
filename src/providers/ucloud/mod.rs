//! UCloud: one host for all products.
//!
//! <https://docs.ucloud.cn/api/summary/README>

pub mod account;
pub mod ulb;

use std::time::Duration;

use serde_json::Value as Json;

use super::{
    CloudSpec, InstanceMetadata, Opened, Response, actions, code_member, json_object, text_member,
};
use crate::sign::{self, Payload};

/// How UCloud is spoken to.
pub static SPEC: CloudSpec = CloudSpec {
    encode: |params| Payload::Params(params.flatten(0)),
    signer: |_| sign::ucloud::sign,
    unsigned: sign::ucloud::unsigned,
    open,
    services: &[&ulb::ULB],
    actions: &actions::UCLOUD,
    sts: &account::ACCOUNT,
    regional_sts: None,
    domain: None,
    // The gateway itself gives up after 60 s and says so.
    timeout: Duration::from_secs(65),
    metadata: &InstanceMetadata {
        address: "http://100.80.80.80/",
        roles: "/meta-data/v1/uam/security-credentials",
        lists_roles: false,
        wants_token: false,
    },
};

/// Success is `RetCode` 0, which comes as a number or as text.
fn open(answer: &Response) -> Opened {
    let fields = match json_object(answer) {
        Ok(fields) => fields,
        Err(reason) => return Opened::Unreadable(reason),
    };
    let request_id = answer.request_id.clone();
    match code_member(&fields, &["RetCode"]).as_deref().map(str::trim) {
        None => Opened::Unreadable("the answer has no RetCode".into()),
        Some("0") if (200..300).contains(&answer.status) => Opened::Success {
            reply: Json::Object(fields),
            request_id,
        },
        Some("0") => Opened::Unreadable("the status of the answer contradicts its body".into()),
        Some(code) => Opened::Refused {
            code: code.to_owned(),
            message: text_member(&fields, &["Message"]).unwrap_or_default(),
            request_id,
        },
    }
}
