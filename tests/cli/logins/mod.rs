//! Every way to log in: where keys come from, how they are renewed, what stands in the way.

mod renewal;
mod sources;
mod trouble;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::{Call, Clouds, Outcome};

/// One command for each cloud.
const CDN: &[&str] = &[
    "cdn",
    "set",
    "--no-preview",
    "--domains=a.com",
    "--on",
    "--via=single",
];
const SSL: &[&str] = &["ssl", "csr", "delete", "--ids=22", "--yes"];
const ULB: &[&str] = &[
    "ulb",
    "replace",
    "--old=ssl-old0001",
    "--new=ssl-new0001",
    "--listener=vserver-https1",
];

const ALIBABA_ROLE: &str = "acs:ram::1234567890123456:role/sandbox";
const ALIBABA_PROVIDER: &str = "acs:ram::1234567890123456:oidc-provider/sandbox";
const TENCENT_ROLE: &str = "qcs::cam::uin/100000000001:roleName/sandbox";
const UCLOUD_ROLE: &str = "ucs:iam::50000001:role/sandbox";

/// The keys of the environment, which outrank every file.
const KEYS: [&str; 6] = [
    "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "TENCENTCLOUD_SECRET_ID",
    "TENCENTCLOUD_SECRET_KEY",
    "UCLOUD_PUBLIC_KEY",
    "UCLOUD_PRIVATE_KEY",
];

/// What no output may hold: the fixture's secrets, those of issued keys, the OIDC token.
const SECRETS: [&str; 6] = [
    "sandboxAlibabaSecret",
    "sandboxTencentSecret",
    "sandboxUcloudSecret",
    "sandboxIssuedSecret",
    "sandbox-issued-token",
    "sandbox-oidc-token",
];

/// The command without the keys of the environment.
fn keyless(clouds: &Clouds, args: &[&str]) -> Call {
    KEYS.iter()
        .fold(clouds.certctl(args), |call, name| call.without(name))
}

/// A file in the home directory that only its owner may read.
fn private(clouds: &Clouds, name: &str, text: &str) -> PathBuf {
    let path = clouds.home().join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("the folder");
    fs::write(&path, text).expect("the file");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("its mode");
    path
}

/// certctl's own file, with the default profile's table of a cloud.
fn own(clouds: &Clouds, cloud: &str, table: &str) {
    let text = format!("[profiles.default.{cloud}]\n{table}");
    private(clouds, ".config/certctl/config.toml", &text);
}

/// A file with the token that the sandbox's identity provider issued, a line's end behind it.
fn oidc_token(clouds: &Clouds) -> String {
    let path = private(clouds, "oidc-token", "sandbox-oidc-token\n");
    path.to_str().expect("UTF-8").to_owned()
}

/// A profile of `~/.aliyun/config.json`, and those that it leads to.
fn aliyun(clouds: &Clouds, profiles: &Value) {
    let document = serde_json::json!({"current": "default", "profiles": profiles});
    private(clouds, ".aliyun/config.json", &document.to_string());
}

/// Fails if anything secret is shown.
#[track_caller]
fn nothing_secret(outcome: &Outcome) {
    for secret in SECRETS {
        let shown = outcome.stdout.contains(secret) || outcome.stderr.contains(secret);
        assert!(!shown, "{secret}: {outcome:#?}");
    }
}

/// The key that the last call of an API was made with.
fn last_key(clouds: &Clouds) -> String {
    let last = clouds
        .log()
        .into_iter()
        .rfind(|entry| entry.scheme.is_some());
    last.and_then(|entry| entry.key_id).expect("a call")
}
