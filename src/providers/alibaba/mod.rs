//! Alibaba Cloud: RPC-style products.
//!
//! <https://www.alibabacloud.com/help/en/sdk/product-overview/rpc-mechanism>

pub mod cas;
pub mod cdn;
pub mod dcdn;
pub mod ga;
pub mod get;
pub mod services;
pub mod sts;

use std::time::Duration;

use serde_json::{Map, Value as Json};

use super::{
    CloudSpec, InstanceMetadata, Opened, Response, actions, code_member, json_object, text_member,
};
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
    services: &services::SERVICES,
    actions: &actions::ALIBABA,
    sts: &sts::STS,
    regional_sts: Some("sts.{region}.aliyuncs.com"),
    domain: Some(".aliyuncs.com"),
    timeout: Duration::from_secs(30),
    metadata: &InstanceMetadata {
        address: "http://100.100.100.200/",
        roles: "/latest/meta-data/ram/security-credentials/",
        lists_roles: true,
        wants_token: true,
    },
};

/// Success is a 2xx object with a request id that says nothing of a failure. Most products then send
/// no code at all; those that always send one (MSE, some actions of CDN, GA, Live and VOD) have
/// words of their own for success. Errors come as JSON, or as XML even where JSON was asked for.
fn open(answer: &Response) -> Opened {
    let fields = match json_object(answer) {
        Ok(fields) => fields,
        Err(reason) => match xml_fields(&answer.body) {
            Some(fields) => fields,
            None => return Opened::Unreadable(reason),
        },
    };
    let request_id = text_member(&fields, &["RequestId", "requestId", "RequestID"]);
    let accepted = (200..300).contains(&answer.status);
    let said = success_member(&fields);
    if let Some(code) = refusal(&fields, said, accepted) {
        return Opened::Refused {
            code,
            message: text_member(&fields, &["Message", "message", "ErrorMessage"])
                .unwrap_or_default(),
            request_id,
        };
    }
    if said != Some(true)
        && let Some(Json::Bool(_) | Json::Array(_) | Json::Object(_)) = fields.get("Code")
    {
        return Opened::Unreadable("the Code in the answer is neither text nor a number".into());
    }
    if request_id.is_some() && accepted {
        let reply = Json::Object(fields);
        return Opened::Success { reply, request_id };
    }
    Opened::Unreadable("the answer has neither a request id nor an error code".into())
}

/// The code of a refusal, if the answer is one. In a 2xx the product's own word counts, `Success`
/// before `Code`: a code beside `Success: true` is no failure. `ErrorCode` alone is none either,
/// since it is a field of some replies (a transcoding task of VOD has one).
fn refusal(fields: &Map<String, Json>, said: Option<bool>, accepted: bool) -> Option<String> {
    let code = code_member(fields, &["Code", "code"]);
    match (accepted, said) {
        (true, Some(true)) => None,
        (true, None) => code.filter(|code| !means_success(code)),
        (false, None | Some(true)) => code,
        (_, Some(false)) => {
            let told = code_member(fields, &["ErrorCode", "errorCode"]);
            let told = told.filter(|code| !means_success(code));
            let code = code.filter(|code| !accepted || !means_success(code));
            let unnamed = || accepted.then(|| UNNAMED.to_owned());
            told.or(code).or_else(unnamed)
        }
    }
}

/// Stands for the code of a refusal that has none.
const UNNAMED: &str = "Success=false";

/// Whether a code is one of those that products send with an answer: MSE 200, others 0, `OK` or
/// `Success`, as numbers or as text, in any case.
fn means_success(code: &str) -> bool {
    let words = ["0", "200", "ok", "success"];
    words
        .iter()
        .any(|word| code.trim().eq_ignore_ascii_case(word))
}

/// What the answer itself says of its success, in the two types in which products say it.
fn success_member(fields: &Map<String, Json>) -> Option<bool> {
    let mut members = ["Success", "success"].iter();
    match members.find_map(|name| fields.get(*name))? {
        Json::Bool(is) => Some(*is),
        Json::String(text) => text.trim().to_ascii_lowercase().parse().ok(),
        _ => None,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(status: u16, body: &str) -> Result<(), String> {
        let answer = Response {
            status,
            encoding: None,
            request_id: None,
            retry_after: None,
            retry_at: None,
            date: None,
            body: body.into(),
        };
        match open(&answer) {
            Opened::Success { .. } => Ok(()),
            Opened::Refused { code, .. } => Err(code),
            Opened::Unreadable(reason) => Err(format!("unreadable: {reason}")),
        }
    }

    #[test]
    fn the_words_for_success_are_believed_in_an_accepted_answer() {
        for code in [
            "200",
            "0",
            "\"200\"",
            "\"0\"",
            "\"OK\"",
            "\"Ok\"",
            "\"ok\"",
            "\"Success\"",
            "\"success\"",
            "\"SUCCESS\"",
            "null",
            "\"\"",
        ] {
            for name in ["Code", "code"] {
                let body = format!(r#"{{"RequestId":"r","{name}":{code}}}"#);
                assert_eq!(opened(200, &body), Ok(()), "{body}");
                // Nothing but the request id makes it an answer of this API.
                let body = format!(r#"{{"{name}":{code}}}"#);
                assert!(opened(200, &body).is_err(), "{body}");
            }
        }
        for success in ["true", "\"true\"", "\"True\"", "\"TRUE\""] {
            for code in ["200", "\"mse-100-000\"", "\"\"", "1"] {
                let body = format!(
                    r#"{{"RequestId":"r","Success":{success},"Code":{code},"ErrorCode":"mse-100-000"}}"#
                );
                assert_eq!(opened(200, &body), Ok(()), "{body}");
            }
        }
        // A task's own error is part of what was asked for.
        let task = r#"{"RequestId":"r","ErrorCode":"InvalidFile","Status":"Failed"}"#;
        assert_eq!(opened(200, task), Ok(()));
        let listed = r#"{"RequestId":"r","Success":[1,2]}"#;
        assert_eq!(opened(200, listed), Ok(()));
    }

    #[test]
    fn a_refusal_inside_of_an_accepted_answer_is_one() {
        for (body, code) in [
            (
                r#""Code":"InvalidDomain.NotFound""#,
                "InvalidDomain.NotFound",
            ),
            (r#""Code":403"#, "403"),
            (r#""Code":"OKAY""#, "OKAY"),
            (r#""Code":"2000""#, "2000"),
            (r#""Code":-1008"#, "-1008"),
            (
                r#""Success":false,"ErrorCode":"mse-100-001""#,
                "mse-100-001",
            ),
            (
                r#""Success":false,"Code":200,"ErrorCode":"mse-100-001""#,
                "mse-100-001",
            ),
            (
                r#""Success":false,"Code":403,"ErrorCode":"mse-100-001""#,
                "mse-100-001",
            ),
            (r#""Success":"false","Code":"NotFound""#, "NotFound"),
            (r#""Success":"False","Code":500"#, "500"),
            (r#""success":false,"errorCode":"E","code":200"#, "E"),
            (r#""Success":false,"Code":200"#, "Success=false"),
            (r#""Success":false,"ErrorCode":null"#, "Success=false"),
            (r#""Success":false"#, "Success=false"),
        ] {
            let body = format!(r#"{{"RequestId":"r",{body}}}"#);
            assert_eq!(opened(200, &body), Err(code.into()), "{body}");
            assert_eq!(opened(202, &body), Err(code.into()), "{body}");
        }
        let odd = r#"{"RequestId":"r","Code":{"a":1}}"#;
        assert!(opened(200, odd).unwrap_err().starts_with("unreadable"));
    }

    #[test]
    fn another_status_stays_a_refusal_whatever_the_body_says() {
        for (body, code) in [
            (r#""Code":"OK""#, "OK"),
            (r#""Code":200,"Success":true"#, "200"),
            (
                r#""Code":400,"Success":false,"ErrorCode":"mse-100-001""#,
                "mse-100-001",
            ),
            (r#""Code":"X","Success":false"#, "X"),
        ] {
            let body = format!(r#"{{"RequestId":"r",{body}}}"#);
            assert_eq!(opened(400, &body), Err(code.into()), "{body}");
        }
        let wordless = opened(500, r#"{"RequestId":"r","Success":true}"#);
        assert!(wordless.unwrap_err().starts_with("unreadable"));
        let xml = "<Error><RequestId>r</RequestId><Code>Forbidden</Code></Error>";
        assert_eq!(opened(403, xml), Err("Forbidden".into()));
        let xml = "<AddResponse><RequestId>r</RequestId><Code>200</Code></AddResponse>";
        assert_eq!(opened(200, xml), Ok(()));
    }
}
