//! What hands keys out beside the APIs, by GET on the same address: the metadata services of the
//! clouds' instances, and a CredentialsURI.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::cloud::Cloud;

use super::actions::sts::{Store, utc};
use super::reply::Reply;
use super::request::Received;

/// The role of the fixture's instances.
pub const ROLE: &str = "sandbox-instance";

/// Where the CredentialsURI is.
pub const CREDENTIALS_URI: &str = "/credentials-uri";

/// What Alibaba Cloud's service gives out before it tells anything.
const TOKEN: &str = "sandbox-metadata-token";
const TOKEN_HEADER: &str = "x-aliyun-ecs-metadata-token";
const TTL_HEADER: &str = "x-aliyun-ecs-metadata-token-ttl-seconds";

const ALIBABA: &str = "/latest/meta-data/ram/security-credentials/";
const TENCENT: &str = "/latest/meta-data/cam/security-credentials/";
const UCLOUD: &str = "/meta-data/v1/uam/security-credentials";

/// For how many seconds these keys are good.
const SECONDS: i64 = 6 * 3600;

/// Something other than a call of an API.
#[derive(Clone, Copy)]
pub enum Request<'a> {
    /// Asks for the token of Alibaba Cloud's service.
    Token,
    /// Asks for the instance's role, or for the keys of one.
    Role(Cloud, &'a str),
    /// Asks the CredentialsURI.
    Uri,
}

impl<'a> Request<'a> {
    /// What is asked for, by the path; none if it is an API that is called.
    pub fn of(received: &'a Received) -> Option<Self> {
        let path = received.path.as_str();
        if path == "/latest/api/token" {
            return Some(Request::Token);
        }
        if path == CREDENTIALS_URI {
            return Some(Request::Uri);
        }
        let role = |cloud, folder| {
            let role = path.strip_prefix(folder)?;
            Some(Request::Role(cloud, role.trim_start_matches('/')))
        };
        role(Cloud::Alibaba, ALIBABA)
            .or_else(|| role(Cloud::Tencent, TENCENT))
            .or_else(|| role(Cloud::Ucloud, UCLOUD))
    }

    /// Whose service is asked.
    pub fn cloud(self) -> Cloud {
        match self {
            Request::Token | Request::Uri => Cloud::Alibaba,
            Request::Role(cloud, _) => cloud,
        }
    }

    /// Its name in the log and in scenarios.
    pub fn name(self) -> &'static str {
        match self {
            Request::Token => "MetadataToken",
            Request::Role(_, "") => "MetadataRole",
            Request::Role(..) => "MetadataKeys",
            Request::Uri => "CredentialsURI",
        }
    }

    /// Answers. `hardened`: Alibaba Cloud's service tells nothing without its token.
    pub fn answer(
        self,
        received: &Received,
        hardened: bool,
        keys: &mut Store,
        now: DateTime<Utc>,
    ) -> Reply {
        let method = if matches!(self, Request::Token) {
            "PUT"
        } else {
            "GET"
        };
        if received.method != method {
            return text(405, "Method Not Allowed");
        }
        match self {
            Request::Token => {
                let ttl = received.header(TTL_HEADER).map(str::parse::<u32>);
                match ttl {
                    Some(Ok(1..=21_600)) => text(200, TOKEN),
                    _ => text(400, "Bad Request"),
                }
            }
            Request::Role(Cloud::Alibaba, _)
                if received
                    .header(TOKEN_HEADER)
                    .map_or(hardened, |token| token != TOKEN) =>
            {
                text(401, "Unauthorized")
            }
            // UCloud's service gives the keys right away.
            Request::Role(Cloud::Alibaba | Cloud::Tencent, "") => text(200, ROLE),
            Request::Role(cloud, role) if role == ROLE || role.is_empty() => {
                document(cloud, keys, now, &format!("assumed-role/{ROLE}/instance"))
            }
            Request::Role(..) => text(404, "Not Found"),
            Request::Uri => document(Cloud::Alibaba, keys, now, "assumed-role/sandbox/uri"),
        }
    }
}

fn document(cloud: Cloud, keys: &mut Store, now: DateTime<Utc>, who: &str) -> Reply {
    let issued = keys.issue(cloud, who.to_owned(), SECONDS, now);
    let began = utc(now - TimeDelta::seconds(1));
    let body: Value = match cloud {
        Cloud::Alibaba => json!({
            "AccessKeyId": issued.id, "AccessKeySecret": issued.secret,
            "Expiration": utc(issued.expires), "SecurityToken": issued.token,
            "LastUpdated": began, "Code": "Success",
        }),
        Cloud::Tencent => json!({
            "TmpSecretId": issued.id, "TmpSecretKey": issued.secret,
            "ExpiredTime": issued.expires.timestamp(), "Expiration": utc(issued.expires),
            "Token": issued.token, "Code": "Success",
        }),
        Cloud::Ucloud => json!({
            "RetCode": 0, "Message": "",
            "Data": {
                "PublicKey": issued.id, "PrivateKey": issued.secret,
                "SecurityToken": issued.token, "ProjectID": "org-sandbox",
                "CharacterName": ROLE, "Expiration": issued.expires.timestamp(),
            },
        }),
    };
    Reply {
        status: 200,
        headers: vec![("content-type", "application/json".to_owned())],
        body: body.to_string().into_bytes(),
    }
}

fn text(status: u16, body: &str) -> Reply {
    Reply {
        status,
        headers: vec![("content-type", "text/plain".to_owned())],
        body: body.as_bytes().to_vec(),
    }
}
