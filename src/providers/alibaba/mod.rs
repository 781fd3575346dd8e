//! Alibaba Cloud: RPC-style products.
//!
//! <https://www.alibabacloud.com/help/en/sdk/product-overview/rpc-mechanism>

pub mod cas;
pub mod cdn;
pub mod ga;
pub mod services;
pub mod sts;

use serde_json::{Map, Value as Json};

use super::{CloudSpec, Opened, Response, code_member, json_object, text_member};
use crate::config::Signature;
use crate::sign::{self, Payload};

/// How Alibaba Cloud is spoken to.
pub static SPEC: CloudSpec = CloudSpec {
    encode: |params| Payload::Params(params.flatten(1)),
    signer: |signature| match signature {
        Signature::Rpc => sign::alibaba_rpc::sign,
        Signature::Acs3 => sign::alibaba_acs3::sign,
    },
    unsigned: sign::alibaba_rpc::unsigned,
    open,
};

/// Success is an object with a request id and without a code. Errors come as JSON, or as XML even
/// where JSON was asked for.
fn open(answer: &Response) -> Opened {
    let fields = match json_object(answer) {
        Ok(fields) => fields,
        Err(reason) => match xml_fields(&answer.body) {
            Some(fields) => fields,
            None => return Opened::Unreadable(reason),
        },
    };
    let request_id = text_member(&fields, &["RequestId", "requestId", "RequestID"]);
    if let Some(code) = code_member(&fields, &["Code", "code"]) {
        return Opened::Refused {
            code,
            message: text_member(&fields, &["Message", "message"]).unwrap_or_default(),
            request_id,
        };
    }
    if let Some(Json::Bool(_) | Json::Array(_) | Json::Object(_)) = fields.get("Code") {
        return Opened::Unreadable("the answer's Code is neither text nor a number".into());
    }
    if request_id.is_some() && (200..300).contains(&answer.status) {
        let reply = Json::Object(fields);
        return Opened::Success { reply, request_id };
    }
    Opened::Unreadable("the answer has neither a request id nor an error code".into())
}

/// The children of an XML document's root as flat text members.
fn xml_fields(body: &[u8]) -> Option<Map<String, Json>> {
    let text = std::str::from_utf8(body).ok()?;
    let document = roxmltree::Document::parse(text.trim_start_matches('\u{feff}')).ok()?;
    let root = document.root_element();
    let name = root.tag_name().name();
    if name != "Error" && !name.ends_with("Response") {
        return None;
    }
    let fields = root.children().filter(|node| node.is_element());
    Some(
        fields
            .map(|node| {
                (
                    node.tag_name().name().to_owned(),
                    node.text().unwrap_or_default().into(),
                )
            })
            .collect(),
    )
}
