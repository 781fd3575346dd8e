//! `certctl config check`: whether each login works, by one read that changes nothing.

use clap::Args;
use serde::Serialize;

use crate::cloud::Cloud;
use crate::commands::{Place, Session, planned_reads};
use crate::config::{
    ConfigError, Row as Value, Settings, load, masked_id, proxy_for, resolve, show,
};
use crate::error::Error;
use crate::output::{Answer, Column, Listing};
use crate::products::identity;
use crate::providers::time::Time;
use crate::providers::{alibaba, tencent, ucloud};
use crate::redact::one_line;
use crate::secret::MASK;
use crate::transport::{Client, address, plan, token_service};

/// Log in to each cloud and show the identity or the problem
#[derive(Debug, Args)]
#[command(
    after_help = "This sends one read to each cloud: GetCallerIdentity (Alibaba Cloud, Tencent \
Cloud) or GetUserInfo (UCloud). Missing credentials are an error only with --cloud.

Examples:
  certctl config check
  certctl config check --cloud tencent -o table"
)]
pub struct CheckArgs {
    /// Check only this cloud
    #[arg(long, value_name = "CLOUD", value_parser = ["alibaba", "tencent", "ucloud"])]
    cloud: Option<String>,
}

const COLUMNS: &[Column] = &[
    ("CLOUD", "cloud"),
    ("STATUS", "status"),
    ("IDENTITY", "identity.name"),
    ("ACCOUNT", "identity.account"),
    ("LOGIN", "login"),
    ("ORIGIN", "origin"),
    ("CLOCK", "clock_offset_seconds"),
    ("TRUST", "trust"),
    ("PROXY", "proxy"),
    ("ERROR", "error.message"),
];

/// What is known of a cloud's login.
#[derive(Serialize)]
struct Row {
    cloud: Cloud,
    /// `ok`, `failed`, or `absent` where there is nothing to log in with.
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<Identity>,
    /// How we log in, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    login: Option<String>,
    /// The kind of login.
    #[serde(skip_serializing_if = "Option::is_none")]
    login_kind: Option<&'static str>,
    /// Who says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    login_key: Option<String>,
    /// When temporary keys end.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clock_offset_seconds: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proxy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trust: Option<String>,
    /// Each value and who supplied it.
    values: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Error>,
}

/// Whom the cloud takes us for; numbers are masked.
#[derive(Serialize)]
struct Identity {
    account: String,
    name: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    kind: String,
}

/// Checks the clouds one after the other.
pub fn run(session: &Session<'_>, args: &CheckArgs) -> Result<Answer, Error> {
    let asked: Option<Cloud> = args.cloud.as_deref().and_then(|name| name.parse().ok());
    let clouds = asked.map_or(Cloud::ALL.to_vec(), |cloud| vec![cloud]);
    if session.globals.sends_nothing() {
        return planned(session, &clouds);
    }
    let mut rows = Vec::new();
    let mut exit = None;
    for cloud in clouds {
        let row = check(session, cloud, asked.is_some());
        if let Some(error) = row.error.as_ref().map(Error::redacted) {
            if row.status == "failed" {
                exit.get_or_insert(error.exit());
                session.ui.error(&format!("{cloud}: {}", error.message));
            } else {
                session.ui.note(&format!("{cloud}: {}", error.message));
            }
            session.ui.hint(&error.hint);
        }
        let stopped = row
            .error
            .as_ref()
            .is_some_and(|error| error.signal.is_some());
        rows.push(row);
        if stopped {
            break;
        }
    }
    let listing = Listing::new("config check", COLUMNS, rows);
    Ok(Answer::List(listing.judged(exit.unwrap_or(0))))
}

/// What would be asked; for a login nothing is fetched.
fn planned(session: &Session<'_>, clouds: &[Cloud]) -> Result<Answer, Error> {
    let mut requests = Vec::new();
    for &cloud in clouds {
        let settings = session.settings(cloud, Place::default())?;
        let (_, settings) = token_service(&settings);
        requests.push(match cloud {
            Cloud::Alibaba => plan(&settings, &alibaba::sts::GetCallerIdentity, Vec::new()),
            Cloud::Tencent => plan(&settings, &tencent::sts::GetCallerIdentity, Vec::new()),
            Cloud::Ucloud => plan(&settings, &ucloud::account::GetUserInfo, Vec::new()),
        });
    }
    Ok(planned_reads("config check", requests))
}

fn check(session: &Session<'_>, cloud: Cloud, asked: bool) -> Row {
    let flags = session.flags(Place::default());
    let sources = load(&[cloud], &flags, session.env);
    let (values, _) = show(&[cloud], &flags, session.env, &sources);
    let mut row = Row {
        cloud,
        status: "ok",
        identity: None,
        login: None,
        login_kind: None,
        origin: None,
        login_key: None,
        expires: None,
        clock_offset_seconds: None,
        endpoint: None,
        proxy: None,
        trust: None,
        values: values
            .into_iter()
            .filter(|row| row.cloud.is_some())
            .collect(),
        error: None,
    };
    let settings = match resolve(cloud, &flags, session.env, &sources) {
        Ok(settings) => settings,
        Err(error) => return row.failed(error),
    };
    for warning in &settings.warnings {
        session.ui.warn(warning);
    }
    match &settings.login {
        Ok(login) => {
            row.login = Some(login.value.to_string());
            row.login_kind = Some(login.value.word());
            row.origin = Some(login.origin.to_string());
        }
        Err(error @ ConfigError::NoCredential { .. }) if !asked => {
            row.status = "absent";
            row.error = Some(error.clone().into());
            return row;
        }
        Err(error) => return row.failed(error.clone()),
    }
    match ask(session, &settings, &mut row) {
        Ok(identity) => {
            row.identity = Some(identity);
            row
        }
        Err(error) => row.failed(error),
    }
}

impl Row {
    fn failed(mut self, error: impl Into<Error>) -> Self {
        self.status = "failed";
        self.error = Some(error.into().redacted());
        self
    }
}

fn ask(session: &Session<'_>, settings: &Settings, row: &mut Row) -> Result<Identity, Error> {
    let (service, settings) = token_service(settings);
    let target = address(service, &settings);
    row.endpoint = Some(target.as_str().trim_end_matches('/').to_owned());
    row.trust = Some(match target.scheme() {
        "https" => session.trust_in_words(),
        _ => "nobody: plain HTTP".to_owned(),
    });
    row.proxy = proxy_for(session.env, &target)?.map(|proxy| proxy.to_string());
    session.online(service, &settings, async |client| {
        let asked = who(client).await;
        row.login_key = client.key_id().map(|id| masked_id(&id));
        row.expires = client.keys_expire().map(Time);
        row.clock_offset_seconds = client.clock_offset().map(|offset| offset.num_seconds());
        asked
    })
}

async fn who(client: &Client<'_>) -> Result<Identity, Error> {
    let caller = identity::caller(client).await?;
    Ok(Identity {
        account: masked_numbers(&caller.account),
        name: masked_numbers(&caller.name),
        kind: one_line(&caller.kind, 40),
    })
}

/// A name with what is long and all digits in it, an account's number, cut to its beginning.
fn masked_numbers(name: &str) -> String {
    let mut masked = String::new();
    let name = one_line(name, 200);
    let mut rest = name.as_str();
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let digits = rest[start..]
            .chars()
            .take_while(char::is_ascii_digit)
            .count();
        let end = start + digits;
        match digits > 5 {
            true => {
                masked.push_str(&rest[..start + 4]);
                masked.push_str(MASK);
            }
            false => masked.push_str(&rest[..end]),
        }
        rest = &rest[end..];
    }
    masked + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_accounts_are_masked_and_names_are_not() {
        let cases = [
            ("1234567890123456", "1234****"),
            (
                "acs:ram::1234567890123456:user/web2026",
                "acs:ram::1234****:user/web2026",
            ),
            ("a1b22c", "a1b22c"),
            ("", ""),
        ];
        for (name, expected) in cases {
            assert_eq!(masked_numbers(name), expected);
        }
    }
}
