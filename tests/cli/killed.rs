//! A process that is killed in the middle of its work leaves no secret behind: in no file, in no
//! argument of a process that it started, in nothing that it has said.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::every_group::table::{COMMANDS, Nature};
use super::leaks::side_by_side;
use super::secrets::{KEYS, Vault};
use crate::support::raw::{Raw, Request};
use crate::support::{private, read_all};

/// The keys of the environment, by cloud; who has none runs the program that its profile names.
const VARIABLES: [(&str, &str, &str); 3] = [
    (
        "alibaba",
        "ALIBABA_CLOUD_ACCESS_KEY_ID",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    ),
    (
        "tencent",
        "TENCENTCLOUD_SECRET_ID",
        "TENCENTCLOUD_SECRET_KEY",
    ),
    ("ucloud", "UCLOUD_PUBLIC_KEY", "UCLOUD_PRIVATE_KEY"),
];

/// The vendor's name of a call.
fn action(request: &Request) -> Option<String> {
    let body = String::from_utf8_lossy(&request.body);
    let after = |text: &str, name: &str| {
        let (_, rest) = text.split_once(name)?;
        let ends = |c: char| !c.is_ascii_alphanumeric();
        Some(rest.trim_start().split(ends).next()?.to_owned())
    };
    after(&request.head, "-action:")
        .or_else(|| after(&body, "Action="))
        .or_else(|| after(&request.head, "Action="))
}

/// Hands a request on as it came, and its answer back.
fn hand_on(request: &Request, to: &str, mut client: TcpStream) -> std::io::Result<()> {
    let mut server = TcpStream::connect(to)?;
    let (first, fields) = request.head.split_once("\r\n").unwrap_or_default();
    // One request a connection.
    write!(server, "{first}\r\nConnection: close\r\n{fields}\r\n\r\n")?;
    server.write_all(&request.body)?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    client.write_all(&answer)
}

/// A server that hands on to the clouds what only reads. What changes something it begins to answer
/// with what it was sent, and never comes to an end. Of a command that only reads any call is such one.
fn begins_to_answer(change: Option<&'static str>, clouds: String) -> Raw {
    Raw::connections(move |mut stream, keep| {
        let request = Request::read(&mut stream);
        if change.is_some() && action(&request).as_deref() != change {
            let _ = hand_on(&request, &clouds, stream);
            return;
        }
        let body = String::from_utf8_lossy(&request.body).replace('"', "'");
        let begun = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n\
             {{\"RequestId\":\"r\",\"Echo\":\"{body}"
        );
        let _ = stream.write_all(begun.as_bytes());
        keep(request);
        // Until the client has gone.
        let _ = stream.read(&mut [0]);
    })
}

/// Waits until the server was asked for what it does not answer; the status of a command that has ended
/// before.
fn until_asked(child: &mut Child, server: &Raw, what: &str) -> Option<ExitStatus> {
    let began = Instant::now();
    loop {
        if !server.requests().is_empty() {
            return None;
        }
        if let Some(status) = child.try_wait().expect("a child") {
            return Some(status);
        }
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "{what}: neither asked nor ended"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The arguments of a process and of all that it has started.
fn arguments(process: u32) -> String {
    let read = |file: &str| fs::read_to_string(format!("/proc/{process}/{file}"));
    let own = read("cmdline").unwrap_or_default();
    let children = read(&format!("task/{process}/children")).unwrap_or_default();
    let children = children.split_whitespace().filter_map(|id| id.parse().ok());
    own + "\n" + &children.map(arguments).collect::<String>()
}

#[test]
fn a_command_that_is_killed_leaves_no_secret() {
    let ended_before = Mutex::new(Vec::new());
    side_by_side(|at, args| {
        let vault = Vault::new();
        let home = vault.clouds.home();
        // Outside of what is searched: it holds the keys.
        let helpers = tempfile::tempdir().expect("a folder");
        let mut profile = String::from("[profiles.default]\n");
        let change = match &COMMANDS[at].nature {
            Nature::Changes(change) => Some(change.action),
            Nature::Across => Some("UploadUserCertificate"),
            Nature::Reads => None,
            Nature::Local if args[0] == "api" => None,
            Nature::Local => return,
        };
        let address = vault.clouds.endpoint().replace("http://", "");
        let server = begins_to_answer(change, address);
        let mut call = vault
            .certctl(args)
            .env("CERTCTL_ENDPOINT", server.endpoint());
        for ((cloud, id, secret), key) in VARIABLES.into_iter().zip(KEYS) {
            let helper = helpers.path().join(cloud);
            let seen = home.join(format!("{cloud}.seen"));
            let script = format!(
                "tr '\\0' ' ' < /proc/$$/cmdline >> {seen}\n\
                     echo '{{\"AccessKeyId\":\"{id}\",\"AccessKeySecret\":\"{key}\"}}'\n",
                seen = seen.display(),
                id = call.value(id).display(),
            );
            fs::write(&helper, script).expect("the program");
            profile += &format!(
                "[profiles.default.{cloud}]\ncredential_process = \"sh {}\"\n",
                helper.display()
            );
            call = call.without(id).without(secret);
        }
        let file = vault.clouds.file("certctl.toml", profile);
        private(&file);
        call = call.env("CERTCTL_CONFIG", file);
        let what = format!("{args:?}");
        let mut child = call.args(&["--max-attempts=1", "-vv"]).spawn();
        // More than a pipe holds.
        let told = child.stderr.take().expect("a pipe");
        let told = std::thread::spawn(move || read_all(told));
        let ended = until_asked(&mut child, &server, &what);
        if ended.is_none() {
            vault.hides(&what, &arguments(child.id()), &[]);
            child.kill().expect("a child");
        }
        let shown = read_all(child.stdout.take().expect("a pipe"));
        let status = child.wait().expect("a child");
        let told = told.join().expect("no panic");
        let outcome = format!("{status}: {shown}{told}");
        match ended {
            None => assert_eq!(status.signal(), Some(9), "{what}: {outcome}"),
            Some(_) => ended_before
                .lock()
                .expect("no panic")
                .push(format!("{what}: {outcome}")),
        }
        vault.hides(&what, &outcome, &[]);
        vault.hides_in_files(home);
    });
    // Each of them was in the middle of its work.
    let ended_before = ended_before.into_inner().expect("no panic");
    assert_eq!(ended_before, Vec::<String>::new());
}
