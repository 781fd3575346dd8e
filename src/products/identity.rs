//! Who a cloud takes a login for.

use std::rc::Rc;

use crate::cloud::Cloud;
use crate::fault::Kind;
use crate::providers::{alibaba, tencent, ucloud};
use crate::transport::{Account, Client, Failure, Fate, token_service};

/// Who calls, in the cloud's own words.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The account's number; UCloud tells the user's.
    pub account: String,
    /// The name of the user or role.
    pub name: String,
    /// What kind of login it is; empty where the cloud does not say.
    pub kind: String,
}

/// Who an account turns out to be.
///
/// # Errors
/// The cloud does not say.
pub async fn of_account(account: &Rc<Account<'_>>) -> Result<Caller, Failure> {
    let (service, _) = token_service(account.settings());
    caller(&account.client(service)?).await
}

/// Who calls through a client of the service that knows it.
///
/// # Errors
/// The cloud does not say.
pub async fn caller(client: &Client<'_>) -> Result<Caller, Failure> {
    let caller = match client.service().cloud {
        Cloud::Alibaba => {
            let caller = client.call(&alibaba::sts::GetCallerIdentity).await?.reply;
            Caller {
                account: caller.account_id,
                name: caller.arn,
                kind: caller.identity_type,
            }
        }
        Cloud::Tencent => {
            let caller = client.call(&tencent::sts::GetCallerIdentity).await?.reply;
            Caller {
                account: caller.account_id,
                name: caller.arn,
                kind: caller.r#type,
            }
        }
        Cloud::Ucloud => {
            let read = client.call(&ucloud::account::GetUserInfo).await?.reply;
            let mut users = read.users.into_iter();
            let user = users.next();
            let user = user.ok_or_else(|| silent("GetUserInfo returned no user"))?;
            let name = [user.user_name, user.user_email];
            let name = name.into_iter().find(|name| !name.is_empty());
            Caller {
                account: user.user_id,
                name: name.unwrap_or_default(),
                kind: String::new(),
            }
        }
    };
    match caller.account.is_empty() && caller.name.is_empty() {
        true => Err(silent("the answer contains no identity")),
        false => Ok(caller),
    }
}

fn silent(message: &str) -> Failure {
    Failure {
        message: message.to_owned(),
        hint: "check `--endpoint` and the proxy",
        ..Failure::of(Kind::NoAnswer, Fate::NotSent)
    }
}
