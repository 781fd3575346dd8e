//! The clouds' token services: roles, who is calling, and the keys that were issued.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::cloud::Cloud;
use crate::emulator::keys::{self, KEYS, Lifetime};
use crate::emulator::reply::{Refusal, members};
use crate::emulator::scenario::AccountChanges;

use super::{Account, Action, Call, Data, Handler, action, required, ulb};

const fn alibaba(name: &'static str, params: &'static [&'static str], handle: Handler) -> Action {
    Action {
        version: Some("2015-04-01"),
        per_second: Some(100),
        ..action(Cloud::Alibaba, name, params, handle)
    }
}

const fn tencent(name: &'static str, params: &'static [&'static str], handle: Handler) -> Action {
    Action {
        version: Some("2018-08-13"),
        per_second: Some(20),
        ..action(Cloud::Tencent, name, params, handle)
    }
}

const fn ucloud(name: &'static str, params: &'static [&'static str], handle: Handler) -> Action {
    action(Cloud::Ucloud, name, params, handle)
}

/// What is emulated of the token services.
#[rustfmt::skip] // a line for the action and one for its parameters: a table, not calls
pub const ACTIONS: &[Action] = &[
    alibaba("AssumeRole",
        &["RoleArn", "RoleSessionName", "DurationSeconds", "ExternalId", "Policy"],
        alibaba_assume),
    alibaba("AssumeRoleWithOIDC",
        &["RoleArn", "RoleSessionName", "DurationSeconds", "OIDCProviderArn", "OIDCToken", "Policy"],
        alibaba_assume_with_oidc),
    alibaba("GetCallerIdentity", &[], alibaba_caller),
    tencent("AssumeRole",
        &["RoleArn", "RoleSessionName", "DurationSeconds", "ExternalId", "Policy"],
        tencent_assume),
    tencent("AssumeRoleWithWebIdentity",
        &["RoleArn", "RoleSessionName", "DurationSeconds", "ProviderId", "WebIdentityToken"],
        tencent_assume_with_web_identity),
    tencent("GetCallerIdentity", &[], tencent_caller),
    ucloud("AssumeRole", &["RoleUrn", "RoleSessionName", "DurationSeconds", "Policy"],
        ucloud_assume),
    ucloud("GetUserInfo", &[], ucloud_user),
    ucloud("GetProjectList", &["IsFinance"], ucloud_projects),
    ucloud("GetRegion", &[], ucloud_regions),
];

/// Whether a call of that name may come without a signature: the token in it says who calls.
pub fn is_unsigned(cloud: Cloud, action: &str) -> bool {
    matches!(
        (cloud, action),
        (Cloud::Alibaba, "AssumeRoleWithOIDC") | (Cloud::Tencent, "AssumeRoleWithWebIdentity")
    )
}

/// Whether a call of that name is open to everybody whose keys are good.
pub fn is_open(action: &str) -> bool {
    matches!(action, "GetCallerIdentity" | "GetUserInfo")
}

/// The token that the fixture's identity provider issued.
pub const OIDC_TOKEN: &str = "sandbox-oidc-token";
/// One that is past its time.
pub const OIDC_EXPIRED: &str = "sandbox-oidc-expired-token";

const ALIBABA_ACCOUNT: &str = "1234567890123456";
const TENCENT_ACCOUNT: &str = "100000000001";
/// What the role `external` is given for only.
const EXTERNAL_ID: &str = "sandbox-external-id";

/// The keys that were issued, and for how long keys are.
pub struct Store {
    issued: Vec<Issued>,
    seconds: Option<i64>,
    calls: Option<u64>,
}

/// Keys that were issued.
pub struct Issued {
    /// Whose they are.
    pub cloud: Cloud,
    /// The public half.
    pub id: String,
    /// The secret half.
    pub secret: String,
    /// The token that goes with them.
    pub token: String,
    /// Who they are: the end of an ARN, `assumed-role/sandbox/session`.
    pub who: String,
    /// When they end.
    pub expires: DateTime<Utc>,
    used: u64,
}

impl Store {
    /// Nothing was issued yet.
    pub fn new(changes: &AccountChanges) -> Self {
        Store {
            issued: Vec::new(),
            seconds: changes.issued_seconds,
            calls: changes.issued_calls,
        }
    }

    /// The keys of that id.
    pub fn find(&self, cloud: Cloud, id: &str) -> Option<&Issued> {
        let mut issued = self.issued.iter();
        issued.find(|keys| keys.cloud == cloud && keys.id == id)
    }

    /// Whether the keys have ended. Each call that asks counts as one that they made.
    pub fn lifetime(&mut self, cloud: Cloud, id: &str, now: DateTime<Utc>) -> Lifetime {
        let mut issued = self.issued.iter_mut();
        let keys = issued.find(|keys| keys.cloud == cloud && keys.id == id);
        let worn = keys.is_some_and(|keys| {
            keys.used += 1;
            keys.expires <= now || self.calls.is_some_and(|calls| keys.used > calls)
        });
        match worn {
            true => Lifetime::Over,
            false => Lifetime::Good,
        }
    }

    /// Issues keys for so many seconds, unless the scenario says for how many.
    pub fn issue(
        &mut self,
        cloud: Cloud,
        who: String,
        seconds: i64,
        now: DateTime<Utc>,
    ) -> &Issued {
        let number = self.issued.len() + 1;
        let id = match cloud {
            Cloud::Alibaba => format!("STS.sandboxIssued{number:05}"),
            Cloud::Tencent => format!("AKIDsandboxIssued{number:017}"),
            Cloud::Ucloud => format!("sandbox-issued-{number:05}"),
        };
        self.issued.push(Issued {
            cloud,
            id,
            secret: format!("sandboxIssuedSecret{number:012}"),
            token: format!("sandbox-issued-token-{number:012}"),
            who,
            expires: now + TimeDelta::seconds(self.seconds.unwrap_or(seconds)),
            used: 0,
        });
        self.issued.last().expect("one was issued")
    }
}

/// The last part of a role's name, if it is one of the account's.
enum Role {
    Good(String),
    /// The caller may not assume it.
    Denied,
    Unknown,
}

fn role(named: &str, beginning: &str, external_id: Option<&str>) -> Role {
    match named.strip_prefix(beginning) {
        Some("external") if external_id != Some(EXTERNAL_ID) => Role::Denied,
        Some(name @ ("sandbox" | "second" | "external")) => Role::Good(name.to_owned()),
        Some("denied") => Role::Denied,
        _ => Role::Unknown,
    }
}

fn is_session(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || ".@-_".contains(c);
    (2..=64).contains(&name.len()) && name.chars().all(plain)
}

fn alibaba_role(call: &Call<'_>) -> Result<(String, i64), Refusal> {
    let invalid = |name: &str| {
        Refusal::new(
            400,
            format!("InvalidParameter.{name}"),
            format!("The parameter {name} is wrongly formed."),
        )
    };
    let (arn, session) = (
        required(call, "RoleArn")?,
        required(call, "RoleSessionName")?,
    );
    if !is_session(session) {
        return Err(invalid("RoleSessionName"));
    }
    let seconds = match call.params.filled("DurationSeconds") {
        None => 3600,
        Some(text) => text.parse().map_err(|_| invalid("DurationSeconds"))?,
    };
    if !(900..=43_200).contains(&seconds) {
        return Err(invalid("DurationSeconds"));
    }
    let beginning = format!("acs:ram::{ALIBABA_ACCOUNT}:role/");
    match role(arn, &beginning, call.params.filled("ExternalId")) {
        Role::Good(name) => Ok((format!("assumed-role/{name}/{session}"), seconds)),
        Role::Denied => Err(Refusal::new(
            403,
            "NoPermission",
            "You are not authorized to do this action. You should be authorized by RAM.",
        )),
        Role::Unknown => Err(Refusal::new(
            404,
            "EntityNotExist.Role",
            "The role not exists : the specified role is not found.",
        )),
    }
}

fn alibaba_keys(call: &Call<'_>, account: &mut Account, who: String, seconds: i64) -> Data {
    let keys = account.sts.issue(Cloud::Alibaba, who, seconds, call.utc);
    members(json!({
        "AssumedRoleUser": {
            "Arn": format!("acs:ram::{ALIBABA_ACCOUNT}:{}", keys.who),
            "AssumedRoleId": format!("300000000000000001:{}", last(&keys.who)),
        },
        "Credentials": {
            "AccessKeyId": keys.id,
            "AccessKeySecret": keys.secret,
            "SecurityToken": keys.token,
            "Expiration": utc(keys.expires),
        },
    }))
}

/// AssumeRole: <https://www.alibabacloud.com/help/en/ram/developer-reference/api-sts-2015-04-01-assumerole>
///
/// # Errors
/// `InvalidParameter.…`, `NoPermission`, `EntityNotExist.Role`.
pub fn alibaba_assume(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let (who, seconds) = alibaba_role(call)?;
    Ok(alibaba_keys(call, account, who, seconds))
}

/// AssumeRoleWithOIDC, which nobody signs.
///
/// # Errors
/// As [`alibaba_assume`]; `EntityNotExist.OIDCProvider`, `AuthenticationFail.OIDCToken.…`.
pub fn alibaba_assume_with_oidc(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let provider = format!("acs:ram::{ALIBABA_ACCOUNT}:oidc-provider/sandbox");
    if required(call, "OIDCProviderArn")? != provider {
        return Err(Refusal::new(
            404,
            "EntityNotExist.OIDCProvider",
            "The OIDC Provider does not exist.",
        ));
    }
    let refusal = |code: &str, message: &str| Err(Refusal::new(400, code, message));
    match required(call, "OIDCToken")? {
        OIDC_TOKEN => {}
        OIDC_EXPIRED => {
            return refusal(
                "AuthenticationFail.OIDCToken.Expired",
                "This JWT token has expired and is not valid.",
            );
        }
        // As servers do, it sends back what it was sent.
        other => {
            return refusal(
                "AuthenticationFail.OIDCToken.Invalid",
                &format!("This JWT token is illegal: {other}"),
            );
        }
    }
    let (who, seconds) = alibaba_role(call)?;
    Ok(alibaba_keys(call, account, who, seconds))
}

/// GetCallerIdentity.
///
/// # Errors
/// None.
pub fn alibaba_caller(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let who = who(call, account, Cloud::Alibaba).unwrap_or_else(|| "user/sandbox".to_owned());
    let assumed = who.starts_with("assumed-role/");
    let (kind, principal) = match assumed {
        true => (
            "AssumedRoleUser",
            format!("300000000000000001:{}", last(&who)),
        ),
        false => ("RAMUser", "200000000000000001".to_owned()),
    };
    let mut data = members(json!({
        "IdentityType": kind,
        "AccountId": ALIBABA_ACCOUNT,
        "PrincipalId": principal,
        "Arn": format!("acs:ram::{ALIBABA_ACCOUNT}:{who}"),
    }));
    let id = if assumed { "RoleId" } else { "UserId" };
    data.insert(id.to_owned(), json!(principal.split(':').next()));
    Ok(data)
}

fn tencent_text<'a>(call: &'a Call<'_>, name: &str) -> Result<&'a str, Refusal> {
    match call.params.json.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        Some(Value::String(_)) | None => Err(Refusal::inside(
            "MissingParameter",
            format!("The request is missing the required parameter `{name}`."),
        )),
        Some(_) => Err(mistyped(name, "a string")),
    }
}

fn mistyped(name: &str, wanted: &str) -> Refusal {
    Refusal::inside(
        "InvalidParameter",
        format!("The value type of parameter `{name}` is not valid: it is not {wanted}."),
    )
}

fn tencent_role(call: &Call<'_>) -> Result<(String, i64), Refusal> {
    let arn = tencent_text(call, "RoleArn")?;
    let session = tencent_text(call, "RoleSessionName")?;
    let wrong = |code: &str, message: &str| Refusal::inside(code, message);
    if !is_session(session) {
        return Err(wrong(
            "InvalidParameter.ParamError",
            "Parameter error: RoleSessionName.",
        ));
    }
    let seconds = match call.params.json.get("DurationSeconds") {
        None | Some(Value::Null) => 7200,
        Some(value) => value
            .as_i64()
            .ok_or_else(|| mistyped("DurationSeconds", "an integer"))?,
    };
    if !(1..=43_200).contains(&seconds) {
        return Err(wrong(
            "InvalidParameter.OverTimeError",
            "The validity period exceeds the threshold.",
        ));
    }
    let external_id = call.params.json.get("ExternalId").and_then(Value::as_str);
    let beginning = format!("qcs::cam::uin/{TENCENT_ACCOUNT}:roleName/");
    match role(arn, &beginning, external_id) {
        Role::Good(name) => Ok((format!("assumed-role/{name}/{session}"), seconds)),
        Role::Denied => Err(wrong(
            "UnauthorizedOperation",
            "You are not authorized to perform operation (sts:AssumeRole).",
        )),
        Role::Unknown => Err(wrong(
            "ResourceNotFound.RoleNotFound",
            "The role of the account does not exist.",
        )),
    }
}

fn tencent_keys(call: &Call<'_>, account: &mut Account, who: String, seconds: i64) -> Data {
    let keys = account.sts.issue(Cloud::Tencent, who, seconds, call.utc);
    members(json!({
        "Credentials": {
            "Token": keys.token, "TmpSecretId": keys.id, "TmpSecretKey": keys.secret,
        },
        "ExpiredTime": keys.expires.timestamp(),
        "Expiration": utc(keys.expires),
    }))
}

/// AssumeRole: <https://cloud.tencent.com/document/product/1312/48197>
///
/// # Errors
/// `InvalidParameter.…`, `UnauthorizedOperation`, `ResourceNotFound.RoleNotFound`.
pub fn tencent_assume(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let (who, seconds) = tencent_role(call)?;
    Ok(tencent_keys(call, account, who, seconds))
}

/// AssumeRoleWithWebIdentity, which nobody signs.
///
/// # Errors
/// As [`tencent_assume`]; `InvalidParameter.WebIdentityTokenError`.
pub fn tencent_assume_with_web_identity(
    call: &Call<'_>,
    account: &mut Account,
) -> Result<Data, Refusal> {
    if tencent_text(call, "ProviderId")? != "sandbox" {
        return Err(Refusal::inside(
            "InvalidParameter.ParamError",
            "Parameter error: ProviderId.",
        ));
    }
    match tencent_text(call, "WebIdentityToken")? {
        OIDC_TOKEN => {}
        other => {
            return Err(Refusal::inside(
                "InvalidParameter.WebIdentityTokenError",
                format!("The WebIdentityToken is wrong or has expired: {other}"),
            ));
        }
    }
    let (who, seconds) = tencent_role(call)?;
    Ok(tencent_keys(call, account, who, seconds))
}

/// GetCallerIdentity.
///
/// # Errors
/// None.
pub fn tencent_caller(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let (arn, kind, user) = match who(call, account, Cloud::Tencent) {
        Some(who) => (
            format!("qcs::sts:{TENCENT_ACCOUNT}:{who}"),
            "CAMRole",
            format!("4611686000000000001:{}", last(&who)),
        ),
        None => (
            format!("qcs::cam::uin/{TENCENT_ACCOUNT}:uin/100000000002"),
            "CAMUser",
            "100000000002".to_owned(),
        ),
    };
    Ok(members(json!({
        "Arn": arn, "AccountId": TENCENT_ACCOUNT, "UserId": user,
        "PrincipalId": TENCENT_ACCOUNT, "Type": kind,
    })))
}

/// AssumeRole: <https://docs.ucloud.cn/api/sts-api/assume_role>
///
/// # Errors
/// 220 for a missing parameter, 230 for a role or session name that is none (the emulator's own).
pub fn ucloud_assume(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let required = |name: &str| {
        let missing = || Refusal::inside("220", format!("Missing params [{name}]"));
        call.params.filled(name).ok_or_else(missing)
    };
    let unfit = |name: &str| Refusal::inside("230", format!("Params [{name}] not available"));
    let (urn, session) = (required("RoleUrn")?, required("RoleSessionName")?);
    if !is_session(session) {
        return Err(unfit("RoleSessionName"));
    }
    let seconds = match call.params.filled("DurationSeconds") {
        None => 3600,
        Some(text) => text.parse().map_err(|_| unfit("DurationSeconds"))?,
    };
    if seconds < 900 {
        return Err(unfit("DurationSeconds"));
    }
    let who = match role(urn, "ucs:iam::50000001:role/", None) {
        Role::Good(name) => format!("assumed-role/{name}/{session}"),
        Role::Denied => {
            return Err(Refusal::inside(
                "299",
                "IAM permission denied: sts:AssumeRole",
            ));
        }
        Role::Unknown => return Err(unfit("RoleUrn")),
    };
    let keys = account.sts.issue(Cloud::Ucloud, who, seconds, call.utc);
    Ok(members(json!({
        "Credentials": {
            "AccessKeyId": keys.id,
            "AccessKeySecret": keys.secret,
            "SecurityToken": keys.token,
            "Expiration": utc(keys.expires),
        },
    })))
}

/// GetUserInfo.
///
/// # Errors
/// None.
pub fn ucloud_user(_: &Call<'_>, _: &mut Account) -> Result<Data, Refusal> {
    Ok(members(json!({
        "DataSet": [{
            "UserId": 50_000_002, "UserName": "sandbox", "UserEmail": "sandbox@example.com",
            "UserPhone": "13800000000", "PhonePrefix": "(86)", "UserType": 1, "CompanyName": "Sandbox",
            "AuthState": "CERTIFIED",
        }],
    })))
}

/// GetProjectList.
///
/// # Errors
/// None.
pub fn ucloud_projects(_: &Call<'_>, _: &mut Account) -> Result<Data, Refusal> {
    let project = |id: &&str| {
        json!({
            "ProjectId": id, "ProjectName": id, "IsDefault": *id == ulb::PROJECT,
            "MemberCount": 1, "CreateTime": 1_700_000_000,
        })
    };
    let projects: Vec<_> = ulb::PROJECTS.iter().map(project).collect();
    Ok(members(json!({
        "ProjectCount": projects.len(), "ProjectSet": projects,
    })))
}

/// The regions of the fixture, a row for each zone as the vendor has it.
fn ucloud_regions(_: &Call<'_>, _: &mut Account) -> Result<Data, Refusal> {
    let zones = [
        ("cn-bj2", "cn-bj2-02"),
        ("cn-bj2", "cn-bj2-05"),
        ("hk", "hk-02"),
    ];
    let rows = zones.iter().enumerate().map(|(at, (region, zone))| {
        json!({
            "Region": region, "Zone": zone, "RegionName": region, "RegionId": 1000 + at,
            "IsDefault": at == 0, "BitMaps": "",
        })
    });
    Ok(members(json!({ "Regions": rows.collect::<Vec<_>>() })))
}

/// Who calls, if it is a role.
fn who(call: &Call<'_>, account: &Account, cloud: Cloud) -> Option<String> {
    if let Some(issued) = account.sts.find(cloud, call.key_id) {
        return Some(issued.who.clone());
    }
    let mut fixture = const { &KEYS }.iter();
    let key = fixture.find(|key| key.cloud == cloud && key.id == call.key_id)?;
    matches!(key.token, Some(keys::Token::Fresh(_)))
        .then(|| "assumed-role/sandbox/fixture".to_owned())
}

fn last(who: &str) -> &str {
    who.rsplit('/').next().unwrap_or_default()
}

/// A time as the token services write it.
pub fn utc(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
