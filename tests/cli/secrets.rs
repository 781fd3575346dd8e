//! No secret comes out, whatever is asked for and whatever a server sends back.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Mutex;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use certctl::emulator::pki::Authority;
use serde_json::{Value, json};

use crate::support::raw::{Raw, Request, answer};
use crate::support::{Call, Clouds};

pub const TOKENS: [(&str, &str); 3] = [
    (
        "ALIBABA_CLOUD_SECURITY_TOKEN",
        "CAISplantedToken/+alibaba=01",
    ),
    ("TENCENTCLOUD_TOKEN", "plantedToken-tencent_0000001"),
    ("UCLOUD_SECURITY_TOKEN", "planted+token/ucloud=0000001"),
];

/// The secret keys that the environment of the sandbox names.
pub const KEYS: [&str; 3] = [
    "sandboxAlibabaSecret0000000001",
    "sandboxTencentSecret000000000001",
    "sandboxUcloudSecret000000000000000000001",
];

/// So much of a secret in a row counts as shown.
const PIECE: usize = 16;

/// Every command that sends something. `CERT` and `KEY` stand for files.
const COMMANDS: [(&str, &[&str]); 16] = [
    ("alibaba", &["cas", "upload", "--cert=CERT", "--key=KEY"]),
    (
        "alibaba",
        &[
            "cdn",
            "set",
            "--domains=a.com,b.com",
            "--cert=CERT",
            "--key=KEY",
        ],
    ),
    (
        "alibaba",
        &[
            "cdn",
            "set",
            "--domains=a.com",
            "--cert=CERT",
            "--key=KEY",
            "--via=single",
        ],
    ),
    (
        "alibaba",
        &[
            "cdn",
            "set",
            "--domains=a.com",
            "--cert=CERT",
            "--key=KEY",
            "--via=ssl",
        ],
    ),
    (
        "alibaba",
        &[
            "cdn",
            "set",
            "--domains=a.com",
            "--cert=CERT",
            "--key=KEY",
            "--via=single",
            "--signature=acs3",
        ],
    ),
    (
        "alibaba",
        &[
            "ga",
            "attach",
            "--accelerator=ga-bp1odcab8tmno0hdq****",
            "--listener=lsr-bp1bpn0kn908w4nbw****",
            "--cert=6092001-cn-hangzhou=www.example.com",
            "--no-preview",
        ],
    ),
    ("tencent", &["ssl", "csr", "delete", "--ids=22", "--yes"]),
    ("tencent", &["ssl", "upload", "--cert=CERT", "--key=KEY"]),
    ("tencent", &["ssl", "delete", "idle0001", "--yes"]),
    (
        "ucloud",
        &[
            "ulb",
            "replace",
            "--old=ssl-old0001",
            "--new=ssl-new0001",
            "--listener=vserver-https1",
        ],
    ),
    (
        "ucloud",
        &[
            "ulb",
            "replace",
            "--old=ssl-old0001",
            "--new=ssl-new0001",
            "--listener=vserver-https1",
            "--no-preview",
        ],
    ),
    ("ucloud", &["ulb", "upload", "--cert=CERT", "--key=KEY"]),
    ("ucloud", &["ulb", "certs"]),
    (
        "alibaba",
        &[
            "api",
            "alibaba",
            "cdn",
            "SetCdnDomainSSLCertificate",
            "DomainName=a.com",
            "SSLProtocol=on",
            "SSLPub=@CERT",
            "SSLPri=@KEY",
        ],
    ),
    (
        "tencent",
        &[
            "api",
            "tencent",
            "ssl",
            "UploadCertificate",
            "CertificatePublicKey=@CERT",
            "CertificatePrivateKey=@KEY",
        ],
    ),
    (
        "ucloud",
        &[
            "api",
            "ucloud",
            "CreateSSL",
            "SSLName=n",
            "UserCert=@CERT",
            "PrivateKey=@KEY",
        ],
    ),
];

/// A home with a certificate and its key, and what must not be seen.
pub struct Vault {
    pub clouds: Clouds,
    chain: String,
    secrets: Vec<String>,
}

impl Vault {
    pub fn new() -> Self {
        let clouds = Clouds::new();
        let authority = Authority::generate().expect("an authority");
        let issued = authority
            .issue(
                &["a.com", "b.com", "test.com", "example.com", "*.example.com"],
                30,
            )
            .expect("a certificate");
        clouds.file("chain.pem", &issued.fullchain);
        let key = clouds.file("key.pem", &issued.key);
        private(&key);
        let lines = issued.key.lines().filter(|line| !line.starts_with("-----"));
        let mut secrets: Vec<String> = lines.map(str::to_owned).collect();
        secrets.extend(KEYS.map(str::to_owned));
        secrets.extend(TOKENS.map(|(_, token)| token.to_owned()));
        Vault {
            clouds,
            chain: issued.fullchain,
            secrets,
        }
    }

    pub fn certctl(&self, args: &[&str]) -> Call {
        let path = |name: &str| self.clouds.home().join(name).display().to_string();
        let args: Vec<String> = args
            .iter()
            .map(|arg| {
                arg.replace("CERT", &path("chain.pem"))
                    .replace("KEY", &path("key.pem"))
            })
            .collect();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        self.clouds.certctl(&args).env("TMPDIR", self.clouds.home())
    }

    /// Fails if `text` shows a piece of a secret in any form.
    #[track_caller]
    pub fn hides(&self, what: &str, text: &str, more: &[String]) {
        self.hides_exactly(what, text, more);
        if text.contains(UNSEEN) || text.contains("\\u") {
            self.hides_exactly(what, &seen(text), more);
        }
    }

    #[track_caller]
    fn hides_exactly(&self, what: &str, text: &str, more: &[String]) {
        for secret in self.secrets.iter().chain(more) {
            for piece in secret
                .as_bytes()
                .windows(PIECE.min(secret.len()))
                .step_by(3)
            {
                // A private key holds its public half, which the certificate shows.
                let piece = std::str::from_utf8(piece).expect("ASCII");
                if self.chain.contains(piece) {
                    continue;
                }
                for form in forms(piece) {
                    assert!(
                        !text.contains(&form),
                        "{what}: {form} of {secret} in:\n{text}"
                    );
                }
            }
        }
    }

    /// Fails if a file but the key's own holds a secret.
    #[track_caller]
    pub fn hides_in_files(&self, directory: &Path) {
        for entry in fs::read_dir(directory).expect("a directory").flatten() {
            match entry.path() {
                path if path.is_dir() => self.hides_in_files(&path),
                path if path.ends_with("key.pem") => {}
                path => {
                    let bytes = fs::read(&path).expect("a file");
                    let text = String::from_utf8_lossy(&bytes);
                    self.hides(&path.display().to_string(), &text, &[]);
                }
            }
        }
    }
}

fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("its mode");
}

/// A piece of a secret in every form that is looked for.
fn forms(piece: &str) -> BTreeSet<String> {
    let once = percent(piece);
    let mut forms = BTreeSet::from([
        piece.to_owned(),
        percent(&once),
        once,
        hex(piece.as_bytes()),
    ]);
    forms.insert(hex(piece.as_bytes()).to_uppercase());
    for write in [
        |byte| format!("&#{byte};"),
        |byte| format!("\\x{byte:02x}"),
        // As JSON has it.
        |byte| format!("\\\\x{byte:02x}"),
        |byte| format!("={byte:02X}"),
        |byte| format!("{byte:02X}:"),
    ] as [fn(u8) -> String; 5]
    {
        forms.insert(bytewise(piece, write));
    }
    // Twelve bytes at each of the three places in base64's groups of three.
    for inside in piece.as_bytes().windows(12).take(3) {
        forms.insert(STANDARD.encode(inside));
        forms.insert(URL_SAFE.encode(inside));
    }
    forms
}

fn percent(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            true => encoded.push(byte.into()),
            false => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The form of a body without its percent-encoding.
fn decoded(body: &str) -> String {
    let pairs = url::form_urlencoded::parse(body.as_bytes());
    pairs
        .map(|(name, value)| format!("{name}={value}\n"))
        .collect()
}

/// What a server can make of what it was sent.
pub const ECHOES: [fn(&str) -> String; 16] = [
    |text| text.to_owned(),
    decoded,
    percent,
    |text| percent(&percent(&decoded(text))),
    |text| hex(decoded(text).as_bytes()),
    |text| STANDARD.encode(decoded(text)),
    |text| URL_SAFE.encode(format!("x{text}")),
    |text| strewn(&decoded(text)),
    |text| percent(&strewn(&decoded(text))),
    |text| strewn(&STANDARD.encode(decoded(text))),
    |text| bytewise(&decoded(text), |byte| format!("&#{byte};")),
    |text| bytewise(&decoded(text), |byte| format!("\\x{byte:02x}")),
    |text| bytewise(&decoded(text), |byte| format!("={byte:02X}")),
    |text| bytewise(&decoded(text), |byte| format!("{byte:02X}:")),
    |text| STANDARD.encode(percent(&decoded(text))),
    |text| percent(&STANDARD.encode(decoded(text))),
];

/// Each byte written by itself.
fn bytewise(text: &str, write: impl Fn(u8) -> String) -> String {
    text.bytes().map(write).collect()
}

/// What nobody sees: of no width, from right to left, on top of what stands before, a control.
const UNSEEN: [char; 12] = [
    '\u{200b}',
    '\u{202e}',
    '\u{ad}',
    '\u{301}',
    '\u{feff}',
    '\u{2060}',
    '\u{fe0f}',
    '\u{1}',
    '\u{7f}',
    '\u{2066}',
    '\u{e0041}',
    '\u{3164}',
];

/// Something unseen after each character.
fn strewn(text: &str) -> String {
    let unseen = UNSEEN.iter().cycle();
    text.chars()
        .zip(unseen)
        .flat_map(|(c, unseen)| [c, *unseen])
        .collect()
}

/// What is left of an output to whoever takes the unseen out: as characters, and as JSON's escapes.
fn seen(text: &str) -> String {
    let mut text = text.to_owned();
    for c in UNSEEN {
        text = text.replace(c, "");
        for unit in c.encode_utf16(&mut [0; 2]) {
            text = text.replace(&format!("\\u{unit:04x}"), "");
        }
    }
    text
}

/// How a server can send it back: the cloud whose form it has, if any, and the answer.
pub type Shape = (&'static str, fn(&str) -> Vec<u8>);

fn body(status: u16, body: Value) -> Vec<u8> {
    answer(
        status,
        "Content-Type: application/json\r\n",
        body.to_string(),
    )
}

/// Fit for a header.
fn flat(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

pub const SHAPES: [Shape; 25] = [
    ("alibaba", |e| {
        body(
            400,
            json!({"Code": "Novel", "Message": e, "RequestId": "r"}),
        )
    }),
    ("alibaba", |e| {
        body(400, json!({"Code": e, "Message": "m", "RequestId": "r"}))
    }),
    ("alibaba", |e| {
        body(
            400,
            json!({"Code": "Novel", "Message": "m", "RequestId": e}),
        )
    }),
    ("alibaba", |e| {
        body(
            400,
            json!({"Code": "SignatureDoesNotMatch", "RequestId": "r",
            "Message": format!("The request signature does not conform. string is:{e}")}),
        )
    }),
    ("alibaba", |e| body(200, json!({"RequestId": e}))),
    ("alibaba", |e| {
        body(
            200,
            json!({"RequestId": "r", "CertInfos": e, "State": e, "Domains": e}),
        )
    }),
    ("alibaba", |e| {
        let text = e.replace('&', "&amp;").replace('<', "&lt;");
        let xml = format!(
            "<Error><RequestId>{text}</RequestId><Code>Novel</Code><Message>{text}</Message></Error>"
        );
        answer(400, "Content-Type: text/xml\r\n", xml)
    }),
    ("tencent", |e| {
        body(
            200,
            json!({"Response": {"Error": {"Code": "Novel", "Message": e}, "RequestId": "r"}}),
        )
    }),
    ("tencent", |e| {
        body(
            200,
            json!({"Response": {"Error": {"Code": e, "Message": "m"}, "RequestId": e}}),
        )
    }),
    ("tencent", |e| {
        body(200, json!({"Response": {"Success": [22], "RequestId": e}}))
    }),
    ("tencent", |e| {
        body(
            200,
            json!({"Response": {"Success": e, "Id": e, "RequestId": "r"}}),
        )
    }),
    ("tencent", |e| {
        body(
            200,
            json!({"Response": {"CertificateId": e, "RepeatCertId": e, "TaskId": e,
                "RequestId": "r"}}),
        )
    }),
    ("tencent", |e| body(200, json!({"code": e, "message": e}))),
    ("ucloud", |e| {
        body(200, json!({"RetCode": 77777, "Message": e}))
    }),
    ("ucloud", |e| {
        body(200, json!({"RetCode": e, "Message": "m"}))
    }),
    ("ucloud", |e| {
        body(200, json!({"RetCode": 0, "DataSet": e, "TotalCount": e}))
    }),
    ("ucloud", |e| {
        let header = format!("X-UCLOUD-REQUEST-UUID: {}\r\n", flat(e));
        answer(200, &header, r#"{"RetCode": 77777, "Message": "m"}"#)
    }),
    ("", |e| {
        answer(
            502,
            "Content-Type: text/html\r\n",
            format!("<html>{e}</html>"),
        )
    }),
    ("", |e| {
        answer(
            403,
            "Content-Type: text/html\r\n",
            format!("<html>{e}</html>"),
        )
    }),
    ("", |e| answer(200, "", e)),
    ("", |e| answer(200, "", json!(e).to_string())),
    ("", |e| {
        answer(
            302,
            &format!("Location: https://evil.invalid/?{}\r\n", flat(e)),
            "",
        )
    }),
    ("", |e| {
        answer(200, &format!("Content-Encoding: {}\r\n", flat(e)), "{}")
    }),
    ("", |e| {
        answer(
            503,
            &format!("Retry-After: {0}\r\nDate: {0}\r\n", flat(e)),
            e,
        )
    }),
    ("", |e| answer(200, "Content-Length: 1\r\n", e)),
];

/// The signature that a request carries.
pub fn signature(request: &Request) -> Option<String> {
    let body = String::from_utf8_lossy(&request.body).into_owned();
    let in_body = url::form_urlencoded::parse(body.as_bytes())
        .find(|(name, _)| name == "Signature")
        .map(|(_, value)| value.into_owned());
    in_body.or_else(|| {
        let (_, after) = request.head.split_once("Signature=")?;
        Some(after.split(['\r', '\n', ',']).next()?.to_owned())
    })
}

/// Runs the commands of a cloud against servers that send back all they were ever sent.
fn echoed(cloud: &str) {
    let vault = Vault::new();
    let commands: Vec<_> = COMMANDS.iter().filter(|(of, _)| *of == cloud).collect();
    let shapes: Vec<_> = SHAPES
        .iter()
        .filter(|(of, _)| *of == cloud || of.is_empty())
        .enumerate()
        .collect();
    for (number, (_, args)) in commands.iter().enumerate() {
        for (place, (_, shape)) in &shapes {
            // Each shape has its turn with most echoes, over all the commands.
            let share = ECHOES.len() / commands.len();
            let turns = (0..share).map(|turn| (number * share + place + turn) % ECHOES.len());
            for turn in turns {
                let said = Mutex::new(String::new());
                let shape = *shape;
                let server = Raw::http(move |request| {
                    let mut said = said.lock().expect("no panic");
                    let body = String::from_utf8_lossy(&request.body);
                    said.push_str(&format!("{}\n\n{body}\n", request.head));
                    shape(&ECHOES[turn](&said))
                });
                let mut call = vault
                    .certctl(args)
                    .env("CERTCTL_ENDPOINT", server.endpoint());
                for (name, token) in TOKENS {
                    call = call.env(name, token);
                }
                let call = call.args(&["-vv", "--max-attempts=1", "--timeout=2"]);
                let outcome = call.run();
                let requests = server.requests();
                assert!(!requests.is_empty(), "{outcome:#?}");
                let signatures: Vec<String> = requests.iter().filter_map(signature).collect();
                assert_eq!(signatures.len(), requests.len(), "{requests:#?}");
                let what = format!("{args:?}, shape {place}, echo {turn}");
                vault.hides(&what, &outcome.stdout, &signatures);
                vault.hides(&what, &outcome.stderr, &signatures);
                assert!(outcome.status < 70, "{what}: {outcome:#?}");
                let drives = |c: char| c.is_control() && c != '\n';
                assert!(
                    !(outcome.stdout + &outcome.stderr).contains(drives),
                    "{what}"
                );
                for request in &requests {
                    let line = request.head.lines().next().expect("a request line");
                    assert_eq!(line, "POST / HTTP/1.1");
                }
            }
        }
    }
    vault.hides_in_files(vault.clouds.home());
}

#[test]
fn what_alibaba_sends_back_is_not_shown() {
    echoed("alibaba");
}

#[test]
fn what_tencent_sends_back_is_not_shown() {
    echoed("tencent");
}

#[test]
fn what_ucloud_sends_back_is_not_shown() {
    echoed("ucloud");
}

/// An upload looks before it sends the key: what it sends then comes back.
#[test]
fn what_ucloud_sends_back_of_an_upload_is_not_shown() {
    let vault = Vault::new();
    let shapes = SHAPES
        .iter()
        .filter(|(of, _)| of.is_empty() || *of == "ucloud");
    for (place, (_, shape)) in shapes.enumerate() {
        for turn in [place % ECHOES.len(), (place + 3) % ECHOES.len()] {
            let (shape, sent) = (*shape, Mutex::new(false));
            let server = Raw::http(move |request| {
                let body = String::from_utf8_lossy(&request.body);
                let mut sent = sent.lock().expect("no panic");
                if body.contains("Action=CreateSSL") {
                    *sent = true;
                    return shape(&ECHOES[turn](&format!("{}\n\n{body}\n", request.head)));
                }
                // Looking for it is refused then: it need not last.
                match *sent {
                    true => answer(200, "", r#"{"RetCode":299,"Message":"no"}"#),
                    false => answer(200, "", r#"{"RetCode":0,"TotalCount":0}"#),
                }
            });
            let args = ["ulb", "upload", "--cert=CERT", "--key=KEY", "-vv"];
            let call = vault
                .certctl(&args)
                .env("CERTCTL_ENDPOINT", server.endpoint());
            let outcome = call.arg("--max-attempts=1").run();
            let requests = server.requests();
            let sent = |request: &&Request| {
                decoded(&String::from_utf8_lossy(&request.body)).contains("PRIVATE KEY")
            };
            assert_eq!(requests.iter().filter(sent).count(), 1, "{outcome:#?}");
            let signatures: Vec<String> = requests.iter().filter_map(signature).collect();
            let what = format!("shape {place}, echo {turn}");
            vault.hides(&what, &outcome.stdout, &signatures);
            vault.hides(&what, &outcome.stderr, &signatures);
        }
    }
}

/// Names and ids are a cloud's words as much as its messages are.
#[test]
fn what_a_list_or_a_message_says_is_masked_in_every_form() {
    let noisy = strewn("planted-Secret_of+ucloud/0001");
    for (own, echoed) in [
        (seen(&noisy), noisy.clone()),
        (noisy.clone(), seen(&noisy)),
        (noisy.clone(), noisy),
    ] {
        let secret = seen(&own);
        for echo in [
            echoed.clone(),
            percent(&echoed),
            STANDARD.encode(&echoed),
            hex(echoed.as_bytes()),
        ] {
            let row = json!({"SSLId": "ssl-1", "SSLName": echo, "Domains": echo, "ULBSet": []});
            let list = json!({"RetCode": 0, "TotalCount": 1, "DataSet": [row]});
            let refusal = json!({"RetCode": 77777, "Message": echo});
            for answered in [list, refusal] {
                let server = Raw::http(move |_| answer(200, "", answered.to_string()));
                for form in ["table", "csv", "ndjson", "json"] {
                    let clouds = Clouds::new();
                    let call = clouds.certctl(&["ulb", "certs", "-vv", "-o", form]);
                    let call = call.env("CERTCTL_ENDPOINT", server.endpoint());
                    let call = call.env("UCLOUD_PRIVATE_KEY", &own);
                    let outcome = call.arg("--max-attempts=1").run();
                    let shown = outcome.stdout.clone() + &outcome.stderr;
                    // Keys are ASCII: others are refused here.
                    assert!(
                        shown.contains("****") || outcome.status == 3,
                        "{outcome:#?}"
                    );
                    let left = seen(&shown);
                    for whole in [
                        secret.clone(),
                        percent(&secret),
                        hex(secret.as_bytes()),
                        STANDARD.encode(&secret),
                    ] {
                        assert!(!left.contains(&whole), "{form}: {outcome:#?}");
                    }
                    let misleads =
                        |c: char| c != '\n' && (c.is_control() || "\u{202e}\u{2066}".contains(c));
                    assert!(!shown.contains(misleads), "{form}: {outcome:#?}");
                }
            }
        }
        for args in [
            &["config", "show"][..],
            &["ulb", "certs", "--dry-run"],
            &["ulb", "certs", "--dry-run", "-otable"],
        ] {
            let outcome = Clouds::new()
                .certctl(args)
                .env("UCLOUD_PRIVATE_KEY", &own)
                .run();
            let left = seen(&(outcome.stdout.clone() + &outcome.stderr));
            assert!(!left.contains(&secret), "{outcome:#?}");
        }
    }
}

#[test]
fn no_command_shows_a_secret() {
    let vault = Vault::new();
    let own = vault.clouds.file("own.toml", "");
    let mut commands: Vec<Vec<&str>> = Vec::new();
    for (_, args) in COMMANDS {
        commands.push(args.to_vec());
        commands.push([args, &["--dry-run"]].concat());
        commands.push([args, &["--dry-run", "-otable"]].concat());
        commands.push([args, &["-vv", "-otable"]].concat());
    }
    for args in [
        &["config", "show"][..],
        &["config", "show", "-otable"],
        &["errors"],
        &[
            "cdn",
            "set",
            "--no-preview",
            "--domains=a.com",
            "--on",
            "--cert=KEY",
            "--key=CERT",
        ],
        &[
            "cdn",
            "set",
            "--no-preview",
            "--domains=a.com",
            "--on",
            "--cert=KEY",
            "--key=KEY",
        ],
        &["cdn", "set", "--no-preview", "--domains-file=KEY", "--on"],
        &["ssl", "csr", "delete", "--ids-file=KEY", "--yes"],
        &[
            "cdn",
            "set",
            "--no-preview",
            "--domains=a.com",
            "--on",
            "--config=KEY",
        ],
        &[
            "cdn",
            "set",
            "--no-preview",
            "--domains=a.com",
            "--on",
            "--ca-bundle=KEY",
            "--endpoint=https://127.0.0.1:1",
            "--max-attempts=1",
        ],
    ] {
        commands.push(args.to_vec());
    }
    for args in &commands {
        let outcome = vault.certctl(args).run();
        assert!(outcome.status < 70, "{outcome:#?}");
        vault.hides(
            &format!("{args:?}"),
            &(outcome.stdout + &outcome.stderr),
            &[],
        );
    }
    // Wrong keys, tokens that belong to others, and the real keys in a broken file.
    for (_, args) in COMMANDS {
        for (name, token) in TOKENS {
            let outcome = vault.certctl(args).env(name, token).arg("-vv").run();
            vault.hides(
                &format!("{args:?}"),
                &(outcome.stdout + &outcome.stderr),
                &[],
            );
        }
        for rest in [
            "",
            "\nbroken",
            "\" broken",
            "\"\nsignature = \"\n",
            "\n[profiles.default]",
        ] {
            let secrets = vault.secrets[vault.secrets.len() - 6..].join("");
            let content =
                format!("[profiles.default.alibaba]\naccess_key_secret = \"{secrets}{rest}");
            fs::write(&own, content).expect("the file");
            let outcome = vault.certctl(args).arg("--config").arg(&own).run();
            vault.hides(
                &format!("{args:?}"),
                &(outcome.stdout + &outcome.stderr),
                &[],
            );
        }
    }
    fs::remove_file(own).expect("the file");
    vault.hides_in_files(vault.clouds.home());
    let log = vault.clouds.log();
    assert!(
        log.iter().any(|entry| entry.params.contains_key("SSLPri")),
        "{log:#?}"
    );
    for entry in log {
        assert!(
            entry.secrets_in_query.is_empty() && entry.path == "/",
            "{entry:#?}"
        );
    }
}

#[test]
fn keys_that_a_cloud_sends_on_its_own_are_not_shown() {
    let password = "hunter2-of-the-csr";
    let key = "-----BEGIN ENCRYPTED PRIVATE KEY-----\\nMIIFHDBOBgkqhkiG9w0BBQ0wQTApBgkq\\n";
    let members = format!(
        r#""KeyPassword" : "{password}", "Other":"shown", "PrivateKey":"{key}", "Token":"tok-\"{password}""#
    );
    let whole = format!(r#"{{"Response":{{{members},"Id":22,"RequestId":"r"}}}}"#);
    let marked = format!("\u{feff}{whole}");
    let cut = whole[..whole.len() - 9].to_owned();
    let empty_success = r#"{"Response":{"Success":[],"RequestId":"r"}}"#;
    for text in [whole, marked, cut] {
        let text = text.clone();
        let server = Raw::http(move |request| {
            match request
                .head
                .to_ascii_lowercase()
                .contains("x-tc-action: describecsr")
            {
                true => answer(200, "", &text),
                false => answer(200, "", empty_success),
            }
        });
        let clouds = Clouds::new();
        let call = clouds.certctl(&["ssl", "csr", "delete", "--ids=22", "--yes", "-vv"]);
        let call = call
            .arg("--max-attempts=1")
            .env("CERTCTL_ENDPOINT", server.endpoint());
        let outcome = call.run();
        assert_eq!(server.requests().len(), 2);
        let shown = outcome.stdout + &outcome.stderr;
        assert!(shown.contains("shown"), "{shown}");
        for hidden in [password, "MIIFHDBOBgkqhkiG9w0"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn no_core_dump_and_nothing_secret_in_the_arguments() {
    use std::io::Read;
    let vault = Vault::new();
    let server = Raw::connections(|mut stream, keep| {
        keep(Request::read(&mut stream));
        // Silence, until the client has gone.
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let call = vault
        .certctl(COMMANDS[1].1)
        .env("CERTCTL_ENDPOINT", server.endpoint());
    let mut child = call.arg("--timeout=60").spawn();
    server.wait_for(1);
    let of_process = |file: &str| {
        let bytes = fs::read(format!("/proc/{}/{file}", child.id())).expect("the process runs");
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let limits = of_process("limits");
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"));
    let words: Vec<&str> = core.expect("a limit").split_whitespace().collect();
    assert_eq!(words[4..6], ["0", "0"], "{limits}");
    vault.hides("the arguments", &of_process("cmdline"), &[]);
    child.kill().expect("it can be ended");
    child.wait().expect("it ends");
}

#[test]
fn debug_shows_no_secret() {
    use certctl::cert::{Bundle, Input};
    use certctl::config::{Env, Flags, load, proxy_for, resolve};
    use certctl::providers::Params;
    use certctl::secret::Secret;
    use certctl::sign::{Credential, Draft, Method, Payload};

    let vault = Vault::new();
    let read = |name| fs::read(vault.clouds.home().join(name)).expect("a file");
    let (chain, key) = (read("chain.pem"), read("key.pem"));
    let input = |bytes| Input { name: "it", bytes };
    let bundle = Bundle::parse(&[input(&chain)], Some(input(&key)), chrono::Utc::now());
    let bundle = bundle.expect("a pair");
    let secret = || Secret::new(KEYS[0].to_owned());
    let credential = Credential {
        id: "id".into(),
        secret: secret(),
        token: Some(Secret::new(TOKENS[0].1.to_owned())),
    };
    let params = Params::new()
        .secret("SSLPri", bundle.key_pem())
        .secret("Key", Some(&secret()));
    let draft = |payload| Draft {
        method: Method::Post,
        host: "h".into(),
        service: "s",
        action: "A".into(),
        version: "v",
        region: None,
        payload,
    };
    let env: Env = [
        ("ALIBABA_CLOUD_ACCESS_KEY_ID", "id"),
        ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", KEYS[0]),
        ("ALIBABA_CLOUD_SECURITY_TOKEN", TOKENS[0].1),
        (
            "HTTPS_PROXY",
            "http://user:sandboxAlibabaSecret0000000001@proxy:1",
        ),
    ]
    .into_iter()
    .collect();
    let flags = Flags::default();
    let cloud = certctl::cloud::Cloud::Alibaba;
    let settings = resolve(cloud, &flags, &env, &load(&[cloud], &flags, &env));
    let target = url::Url::parse("https://cdn.aliyuncs.com").expect("a URL");
    let shown = [
        format!("{:?} {} {}", secret(), secret(), json!(secret())),
        format!("{bundle:?}"),
        format!("{credential:?}"),
        format!("{params:?} {}", params.masked_json()),
        format!("{:?}", draft(Payload::Params(params.flatten(1)))),
        format!("{:?}", draft(Payload::Json(params.exposed_json()))),
        format!("{:?}", settings.expect("settings")),
        format!("{:?}", proxy_for(&env, &target).expect("a proxy")),
    ];
    for text in &shown {
        vault.hides("Debug", text, &[]);
    }
}
