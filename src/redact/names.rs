//! Which names are those of secrets, and which words look like one.
//!
//! The words of a name decide, the last ones first: what a name ends in is what its value is. So a
//! `PrivateKey` is a secret, and a `PrivateKeyId`, a `KeyType` or a `PublicKey` is not.

/// Words that a secret's name ends in.
const SECRETS: [&str; 17] = [
    "credential",
    "jks",
    "p12",
    "pass",
    "passcode",
    "passphrase",
    "passwd",
    "password",
    "pfx",
    "pkcs12",
    "pri",
    "privatekey",
    "psk",
    "pwd",
    "secret",
    "secretkey",
    "token",
];

/// What kinds of keys are secret, by the word before `Key`.
const KEYS: [&str; 20] = [
    "access",
    "api",
    "auth",
    "cert",
    "certificate",
    "cipher",
    "decrypt",
    "encrypt",
    "encryption",
    "hmac",
    "master",
    "private",
    "secret",
    "security",
    "share",
    "shared",
    "sign",
    "signing",
    "ssl",
    "tls",
];

/// What the value of a secret is called behind the secret's own word: `SecretString`, `PfxData`.
const VALUES: [&str; 9] = [
    "base64", "binary", "body", "content", "data", "pem", "string", "text", "value",
];

/// Whose tokens are none: those that go through a list, and those that make a call be done once.
const NO_TOKENS: [&str; 13] = [
    "client",
    "continuation",
    "idempotency",
    "idempotent",
    "marker",
    "max",
    "next",
    "page",
    "pagination",
    "previous",
    "request",
    "resume",
    "start",
];

/// Values that switch something on or off.
const SWITCHES: [&str; 12] = [
    "0", "1", "disable", "disabled", "enable", "enabled", "false", "no", "off", "on", "true", "yes",
];

/// Whether a parameter or member of this name holds a secret. Of a name with dots the last part that
/// is no number counts.
pub fn names_secret(name: &str) -> bool {
    let part = name
        .rsplit('.')
        .find(|part| !part.is_empty() && !part.bytes().all(|byte| byte.is_ascii_digit()));
    let words = words(part.unwrap_or(name));
    let words: Vec<&str> = words.iter().map(|word| singular(word)).collect();
    match words[..] {
        [.., "key", "material"] | [.., "key", "pem"] | [.., "ssl", "content"] => true,
        [.., before, "token"] if NO_TOKENS.contains(&before) => false,
        [.., before, "key"] => KEYS.contains(&before),
        [.., secret, value] if VALUES.contains(&value) => SECRETS.contains(&secret),
        [.., before, last] => is_secret(last) || is_secret(&format!("{before}{last}")),
        [only] => is_secret(only) || ends_in_secret(only),
        [] => false,
    }
}

/// Whether a value of a name that [`names_secret`] is none all the same: `EnableToken=true`.
pub fn is_switch(value: &str) -> bool {
    SWITCHES
        .iter()
        .any(|switch| value.eq_ignore_ascii_case(switch))
}

/// Whether a word is made as keys and tokens are: long, of both cases and digits, without what names
/// and addresses are put together with. What it is cannot be known: for errors only.
pub fn looks_secret(word: &str) -> bool {
    const SHORTEST: usize = 20;
    let mixed = |part: &str| {
        part.len() >= SHORTEST
            && part.contains(|c: char| c.is_ascii_lowercase())
            && part.contains(|c: char| c.is_ascii_uppercase())
            && part.contains(|c: char| c.is_ascii_digit())
    };
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '-' | '_');
    if word.starts_with("eyJ") && word.contains('.') {
        return word.split('.').all(|part| part.chars().all(fits)) && word.len() > 2 * SHORTEST;
    }
    word.chars().all(fits) && word.split(['/', '-', '_']).any(mixed)
}

/// Whether a text holds PEM.
pub fn is_pem(text: &str) -> bool {
    text.contains("-----BEGIN ")
}

fn is_secret(word: &str) -> bool {
    SECRETS.contains(&word)
}

/// Of a name without capitals the words cannot be told.
fn ends_in_secret(name: &str) -> bool {
    let ends = |end: &&str| end.len() > 4 && name.ends_with(*end);
    match name.strip_suffix("token") {
        Some(before) => !NO_TOKENS.iter().any(|word| before.ends_with(word)),
        None => SECRETS.iter().any(ends) || name.ends_with("sslpri"),
    }
}

/// A word without a number behind it, and as one of many.
fn singular(word: &str) -> &str {
    if SECRETS.contains(&word) {
        return word;
    }
    let word = match word.trim_end_matches(|c: char| c.is_ascii_digit()) {
        "" => word,
        word => word,
    };
    match word.strip_suffix('s') {
        Some(one) if SECRETS.contains(&one) || one == "key" => one,
        _ => word,
    }
}

/// `SSLPri`, `ssl_pri`, `ssl-pri` as `ssl`, `pri`.
fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut begins = true;
    for (at, c) in chars.iter().enumerate() {
        if !c.is_alphanumeric() {
            begins = true;
            continue;
        }
        let lower = |at: usize| chars.get(at).is_some_and(|c| c.is_lowercase());
        let upper = c.is_uppercase() && at > 0;
        if begins || upper && (!chars[at - 1].is_uppercase() || lower(at + 1)) {
            words.push(String::new());
            begins = false;
        }
        let word = words.last_mut().expect("one has begun");
        word.extend(c.to_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_by_the_words_of_its_name() {
        for name in [
            "Token",
            "Secret",
            "Passwd",
            "Password",
            "Pfx",
            "PrivateKey",
            "AccessKeySecret",
            "A.Secret",
            "A.1.Secret",
            "Secrets.0",
            "SSLPri",
            "SecurityToken",
            "SecretKey",
            "Pwd",
            "LoginPassword",
            "LoginSettings.Password",
            "CertificatePrivateKey",
            "KeyPassword",
            "EncryptPrivateKey",
            "SignPrivateKey",
            "TmpSecretKey",
            "CertKey",
            "CertificateKey",
            "AuthKey1",
            "AuthKey",
            "PreShareKey",
            "SecretString",
            "SecretBinary",
            "SecretData",
            "ClientSecret",
            "WebIdentityToken",
            "OIDCToken",
            "SSLContent",
            "PfxData",
            "ApiKey",
            "APIKey",
            "access_key_secret",
            "private-key",
            "password",
            "secretkey",
            "accesskeysecret",
            "apitoken",
            "KeyMaterial",
            "EncryptedKeyMaterial",
            "Passphrase",
            "Credentials",
            "PASSWORD",
            "SECRET_KEY",
            "Pkcs12",
            "x.secret",
            "SessionToken",
            "UserPassword2",
        ] {
            assert!(names_secret(name), "{name}");
        }
    }

    #[test]
    fn what_is_about_a_secret_is_none() {
        for name in [
            "NextToken",
            "ClientToken",
            "NextPageToken",
            "PageToken",
            "MaxToken",
            "nexttoken",
            "clienttoken",
            "CertificateKeyId",
            "AccessKeyId",
            "SecretId",
            "SecretName",
            "SecretType",
            "KeyId",
            "KeyIds",
            "KeyName",
            "KeyPairName",
            "KeyType",
            "KeySpec",
            "TagKey",
            "Tag.1.Key",
            "Tags.0.TagKey",
            "PublicKey",
            "SSLPub",
            "UserPublicKey",
            "SortKey",
            "PartitionKey",
            "PasswordResetRequired",
            "PasswordInherit",
            "TokenType",
            "TokenExpireTime",
            "Bypass",
            "PassThrough",
            "Priority",
            "Key",
            "DomainName",
            "Keyword",
            "Content",
            "Data",
            "Value",
            "PrivateKeyId",
            "SecretVersion",
            "CacheKey",
            "1",
            "",
            "Compass",
        ] {
            assert!(!names_secret(name), "{name}");
        }
        assert!(is_switch("true") && is_switch("Off") && !is_switch("hunter2"));
    }

    #[test]
    fn what_is_made_like_a_key_looks_like_one() {
        for word in [
            "sandboxAlibabaSecret0000000001",
            "Gu5t9xGARNpq/86cd98joQYCN3aBcDeF0123456",
            "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgt3Vx9qZ0pKf1h7Yz",
            "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl",
        ] {
            assert!(looks_secret(word), "{word}");
        }
        for word in [
            "lsr-bp1bpn0kn908w4nbw****",
            "ga-bp1odcab8tmno0hdqxyz1234567",
            "6092001-cn-hangzhou",
            "BatchSetCdnDomainServerCertificate",
            "/tmp/.tmpAbC123/chain.pem",
            "/home/User1/certs/fullchain",
            "www.example.com",
            "0aed2f1c-5b7e-4d3a-9c61-000000000001",
            "certctl-example.com-1a2b3c4d",
        ] {
            assert!(!looks_secret(word), "{word}");
        }
    }
}
