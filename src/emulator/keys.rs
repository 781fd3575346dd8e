//! The fixture's keys. None of them opens anything but the emulator.

use crate::cloud::Cloud;

use super::reply::Refusal;
use super::scenario::Standing;

/// A key pair, with what the clouds think of it.
pub struct Key {
    /// Whose key it is.
    pub cloud: Cloud,
    /// The public half.
    pub id: &'static str,
    /// The secret half.
    pub secret: &'static str,
    /// The token of a temporary pair.
    pub token: Option<Token>,
    /// `None`: what the scenario says.
    pub standing: Option<Standing>,
}

/// Whether a temporary key pair is still good.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// It is.
    Good,
    /// Its token has expired.
    Over,
}

/// The token of a temporary key pair.
#[derive(Clone, Copy)]
pub enum Token {
    /// Good, unless the scenario limits its calls.
    Fresh(&'static str),
    /// Past its time.
    Expired(&'static str),
}

const fn key(cloud: Cloud, id: &'static str, secret: &'static str) -> Key {
    Key {
        cloud,
        id,
        secret,
        token: None,
        standing: None,
    }
}

const fn standing(key: Key, standing: Standing) -> Key {
    Key {
        standing: Some(standing),
        ..key
    }
}

const fn temporary(key: Key, token: Token) -> Key {
    Key {
        token: Some(token),
        ..standing(key, Standing::Good)
    }
}

/// The main keys, which the environment of the sandbox names.
pub const ALIBABA: Key = key(
    Cloud::Alibaba,
    "LTAIsandboxMain00001",
    "sandboxAlibabaSecret0000000001",
);
/// As [`ALIBABA`].
pub const TENCENT: Key = key(
    Cloud::Tencent,
    "AKIDsandboxMain0000000000000000001",
    "sandboxTencentSecret000000000001",
);
/// As [`ALIBABA`]; the public key has characters that must be percent-encoded.
pub const UCLOUD: Key = key(
    Cloud::Ucloud,
    "sandbox+main@example.com/0001==",
    "sandboxUcloudSecret000000000000000000001",
);

/// Every key of the fixture account.
pub const KEYS: [Key; 15] = [
    ALIBABA,
    temporary(
        key(
            Cloud::Alibaba,
            "STS.sandboxTemp00001",
            "sandboxAlibabaSecret0000000002",
        ),
        Token::Fresh("sandbox-alibaba-token"),
    ),
    temporary(
        key(
            Cloud::Alibaba,
            "STS.sandboxExpired01",
            "sandboxAlibabaSecret0000000003",
        ),
        Token::Expired("sandbox-alibaba-expired-token"),
    ),
    standing(
        key(
            Cloud::Alibaba,
            "LTAIsandboxDenied001",
            "sandboxAlibabaSecret0000000004",
        ),
        Standing::Denied,
    ),
    standing(
        key(
            Cloud::Alibaba,
            "LTAIsandboxDisabled1",
            "sandboxAlibabaSecret0000000005",
        ),
        Standing::Disabled,
    ),
    standing(
        key(
            Cloud::Alibaba,
            "LTAIsandboxSuspended",
            "sandboxAlibabaSecret0000000006",
        ),
        Standing::Suspended,
    ),
    TENCENT,
    temporary(
        key(
            Cloud::Tencent,
            "AKIDsandboxTemp0000000000000000001",
            "sandboxTencentSecret000000000002",
        ),
        Token::Fresh("sandbox-tencent-token"),
    ),
    temporary(
        key(
            Cloud::Tencent,
            "AKIDsandboxExpired0000000000000001",
            "sandboxTencentSecret000000000003",
        ),
        Token::Expired("sandbox-tencent-expired-token"),
    ),
    standing(
        key(
            Cloud::Tencent,
            "AKIDsandboxDenied00000000000000001",
            "sandboxTencentSecret000000000004",
        ),
        Standing::Denied,
    ),
    standing(
        key(
            Cloud::Tencent,
            "AKIDsandboxDisabled000000000000001",
            "sandboxTencentSecret000000000005",
        ),
        Standing::Disabled,
    ),
    UCLOUD,
    temporary(
        key(
            Cloud::Ucloud,
            "sandbox-temp-0001",
            "sandboxUcloudSecret000000000000000000002",
        ),
        Token::Fresh("sandbox-ucloud-token"),
    ),
    temporary(
        key(
            Cloud::Ucloud,
            "sandbox-expired-0001",
            "sandboxUcloudSecret000000000000000000003",
        ),
        Token::Expired("sandbox-ucloud-expired-token"),
    ),
    standing(
        key(
            Cloud::Ucloud,
            "sandbox-denied-0001",
            "sandboxUcloudSecret000000000000000000004",
        ),
        Standing::Denied,
    ),
];

/// The key of that cloud with that public half.
///
/// # Errors
/// The vendor's refusal of an unknown key.
pub fn find(cloud: Cloud, id: &str) -> Result<&'static Key, Refusal> {
    const { &KEYS }
        .iter()
        .find(|key| key.cloud == cloud && key.id == id)
        .ok_or_else(|| match cloud {
            Cloud::Alibaba => Refusal::new(
                404,
                "InvalidAccessKeyId.NotFound",
                "Specified access key is not found.",
            ),
            Cloud::Tencent => Refusal::inside(
                "AuthFailure.SecretIdNotFound",
                "The SecretId is not found, please ensure that your SecretId is correct.",
            ),
            Cloud::Ucloud => Refusal::inside("172", "User Not Exists"),
        })
}

/// Compares the token sent with the one that belongs to the key pair, if one does.
///
/// # Errors
/// The vendor's refusal of a missing, foreign or expired token.
pub fn check_token(
    cloud: Cloud,
    wanted: Option<&str>,
    sent: Option<&str>,
    lifetime: Lifetime,
) -> Result<(), Refusal> {
    let expired = || match cloud {
        Cloud::Alibaba => Refusal::new(
            400,
            "InvalidSecurityToken.Expired",
            "Specified SecurityToken is expired.",
        ),
        Cloud::Tencent => token_failure("the token has expired"),
        Cloud::Ucloud => Refusal::inside("174", "Token Not Exists"),
    };
    let foreign = || match cloud {
        Cloud::Alibaba => Refusal::new(
            400,
            "InvalidSecurityToken.MismatchWithAccessKey",
            "Specified SecurityToken mismatch with the AccessKey.",
        ),
        Cloud::Tencent => token_failure("the token does not belong to the SecretId"),
        Cloud::Ucloud => Refusal::inside("174", "Token Not Exists"),
    };
    match (wanted, sent) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(foreign()),
        (Some(_), None) => Err(match cloud {
            Cloud::Alibaba => Refusal::new(
                400,
                "MissingSecurityToken",
                "SecurityToken is mandatory for this action.",
            ),
            Cloud::Tencent => token_failure("the token is missing"),
            Cloud::Ucloud => Refusal::inside("174", "Token Not Exists"),
        }),
        (Some(token), Some(sent)) if token == sent => match lifetime {
            Lifetime::Over => Err(expired()),
            Lifetime::Good => Ok(()),
        },
        (Some(_), Some(_)) => Err(foreign()),
    }
}

/// Asks whether the key may act at all.
///
/// # Errors
/// The vendor's refusal of a key that may not.
pub fn check_standing(cloud: Cloud, standing: Standing, action: &str) -> Result<(), Refusal> {
    let refusal = match (cloud, standing) {
        (_, Standing::Good) => return Ok(()),
        (Cloud::Alibaba, Standing::Denied) => Refusal::new(
            403,
            "Forbidden.RAM",
            format!("User not authorized to operate on the specified resource: {action}."),
        ),
        (Cloud::Alibaba, Standing::Disabled) => Refusal::new(
            400,
            "InvalidAccessKeyId.Inactive",
            "Specified access key is disabled.",
        ),
        (Cloud::Alibaba, Standing::Suspended) => {
            Refusal::new(403, "OperationDenied", "Your CDN service is suspended.")
        }
        (Cloud::Tencent, Standing::Disabled) => Refusal::inside(
            "AuthFailure.SecretIdNotFound",
            "The SecretId is not found, please ensure that your SecretId is correct.",
        ),
        (Cloud::Tencent, Standing::Denied | Standing::Suspended) => Refusal::inside(
            "AuthFailure.UnauthorizedOperation",
            format!("you are not authorized to perform operation (ssl:{action})"),
        ),
        (Cloud::Ucloud, Standing::Disabled) => Refusal::inside("172", "User Not Exists"),
        (Cloud::Ucloud, Standing::Denied | Standing::Suspended) => {
            Refusal::inside("299", format!("IAM permission denied: ulb:{action}"))
        }
    };
    Err(refusal)
}

fn token_failure(reason: &str) -> Refusal {
    Refusal::inside(
        "AuthFailure.TokenFailure",
        format!("Token Failure: {reason}."),
    )
}
