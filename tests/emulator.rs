//! The emulator is strict: raw requests against it, and the vendors' own signed requests fed to
//! its verifiers.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use certctl::emulator::pki::Authority;
use certctl::emulator::request::Received;
use certctl::emulator::{Config, Scenario, Server, keys, start, verify};
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde::Deserialize;
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Digest, Sha256};

mod emulator {
    mod balancers;
    mod material;
    mod scenarios;
}

// ---- the vendors' signed requests ----

#[derive(Deserialize)]
struct Vector {
    scheme: String,
    name: String,
    #[serde(rename = "source")]
    _source: String,
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: String,
    secret: String,
}

fn vectors() -> Vec<Vector> {
    serde_json::from_str(include_str!("emulator/vectors.json")).unwrap()
}

impl Vector {
    fn received(&self) -> Received {
        Received {
            method: self.method.clone(),
            path: self.path.clone(),
            query: self.query.clone(),
            headers: self.headers.clone(),
            body: self.body.clone().into_bytes(),
        }
    }

    fn accepted(&self, received: &Received) -> bool {
        let scheme = verify::scheme_of(received).map(verify::Scheme::as_str);
        assert_eq!(scheme, Some(self.scheme.as_str()), "{}", self.name);
        verify::check(verify::scheme_of(received).unwrap(), received, &self.secret).is_ok()
    }
}

#[test]
fn the_vendors_signed_requests_are_accepted() {
    let mut seen = BTreeMap::new();
    for vector in vectors() {
        assert!(
            vector.accepted(&vector.received()),
            "{} {}",
            vector.scheme,
            vector.name
        );
        *seen.entry(vector.scheme).or_insert(0) += 1;
    }
    assert_eq!(seen.len(), 4, "a scheme has no vectors: {seen:?}");
}

#[test]
fn a_request_changed_in_one_byte_is_refused() {
    for vector in vectors() {
        for changed in one_byte_changes(&vector.received()) {
            assert!(
                !vector.accepted(&changed),
                "{} {}",
                vector.scheme,
                vector.name
            );
        }
    }
}

/// The vendor's SDK for Node.js signs the host without the port that it sends.
#[test]
fn tencent_takes_a_host_that_was_signed_without_its_port_and_no_other() {
    let vectors = vectors();
    let of_tencent = |vector: &&Vector| {
        let host = vector
            .received()
            .header("host")
            .unwrap_or_default()
            .to_owned();
        vector.scheme == "tencent-tc3" && !host.contains(':')
    };
    let vector = vectors.iter().find(of_tencent).unwrap();
    for (change, accepted) in [
        ("", true),
        (":8080", true),
        (":80:80", false),
        (":x", false),
        (".example.com:8080", false),
    ] {
        let mut received = vector.received();
        let mut headers = received.headers.iter_mut();
        let (_, host) = headers.find(|(name, _)| name == "host").unwrap();
        host.push_str(change);
        assert_eq!(vector.accepted(&received), accepted, "{change}");
    }
}

#[test]
fn another_secret_is_refused() {
    for mut vector in vectors() {
        let received = vector.received();
        vector.secret.push('x');
        assert!(
            !vector.accepted(&received),
            "{} {}",
            vector.scheme,
            vector.name
        );
    }
}

/// One letter or digit turned into another in each signed place: query, body, signature, host.
fn one_byte_changes(received: &Received) -> Vec<Received> {
    fn turned(text: &str) -> Option<String> {
        let escaped =
            |at: usize| (1..=2).any(|back| at >= back && text.as_bytes()[at - back] == b'%');
        let at = (0..text.len())
            .rev()
            .find(|at| text.as_bytes()[*at].is_ascii_alphanumeric() && !escaped(*at))?;
        let other = if text[at..].starts_with('y') {
            'z'
        } else {
            'y'
        };
        Some(format!("{}{other}{}", &text[..at], &text[at + 1..]))
    }
    let mut changes = Vec::new();
    if let Some(query) = turned(&received.query) {
        changes.push(Received {
            query,
            ..received.clone()
        });
    }
    let body = String::from_utf8(received.body.clone()).unwrap();
    if let Some(body) = turned(&body) {
        changes.push(Received {
            body: body.into_bytes(),
            ..received.clone()
        });
    }
    for name in ["authorization", "x-tc-timestamp", "x-acs-signature-nonce"] {
        let mut changed = received.clone();
        let field = changed.headers.iter_mut().find(|(field, _)| field == name);
        if let Some((_, value)) = field {
            *value = turned(value).unwrap();
            changes.push(changed);
        }
    }
    assert!(!changes.is_empty());
    changes
}

/// An ACS3 request of the vendor's, its headers changed and the signature made anew.
fn signed_anew(change: impl Fn(&mut Vec<(String, String)>)) -> Received {
    let vectors = vectors();
    let vector = vectors
        .iter()
        .find(|vector| vector.name.starts_with("published doc"))
        .unwrap();
    let mut received = vector.received();
    change(&mut received.headers);
    received.headers.retain(|(name, _)| name != "authorization");
    received.headers.sort();
    let names: Vec<_> = received
        .headers
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    let names = names.join(";");
    let lines: String = received
        .headers
        .iter()
        .map(|(name, value)| format!("{name}:{value}\n"))
        .collect();
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let payload = hex(&Sha256::digest(&received.body));
    let canonical = format!("POST\n/\n{}\n{lines}\n{names}\n{payload}", received.query);
    let text = format!("ACS3-HMAC-SHA256\n{}", hex(&Sha256::digest(canonical)));
    let mut mac = Hmac::<Sha256>::new_from_slice(vector.secret.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    let signature = hex(&mac.finalize().into_bytes());
    let authorization = format!(
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders={names},Signature={signature}"
    );
    received
        .headers
        .push(("authorization".to_owned(), authorization));
    received
}

#[test]
fn the_hash_in_the_header_must_be_the_bodys() {
    let check = |received| verify::alibaba_acs3::check(&received, "YourAccessKeySecret");
    assert_eq!(check(signed_anew(|_| {})), Ok(()));
    let another = signed_anew(|headers| {
        let hash = headers
            .iter_mut()
            .find(|(name, _)| name == "x-acs-content-sha256");
        hash.unwrap().1 = "0".repeat(64);
    });
    assert_eq!(check(another).unwrap_err().code, "SignatureDoesNotMatch");
}

#[test]
fn a_header_that_ought_to_be_signed_and_is_not_is_refused() {
    let mut received = signed_anew(|_| {});
    assert!(verify::alibaba_acs3::claim(&received).is_ok());
    received
        .headers
        .push(("x-acs-security-token".to_owned(), "smuggled".to_owned()));
    let refusal = verify::alibaba_acs3::claim(&received).unwrap_err();
    assert_eq!(refusal.code, "IncompleteSignature");
}

/// A change to a request, and the code under which it is refused.
type Change = (&'static str, fn(&mut Received), [&'static str; 4]);

#[test]
fn what_no_signature_covers_is_refused() {
    const NOT: &str = "accepted";
    let changes: [Change; 6] = [
        (
            "another path",
            |received| received.path = "/v1".to_owned(),
            [
                "InvalidParameter",
                "InvalidParameter",
                "InvalidRequest",
                "230",
            ],
        ),
        (
            "a second host",
            |received| {
                let other = ("host".to_owned(), "elsewhere.example.com".to_owned());
                received.headers.push(other);
            },
            [
                "InvalidParameter",
                "InvalidParameter",
                "InvalidRequest",
                "230",
            ],
        ),
        (
            "another method",
            |received| received.method = "PUT".to_owned(),
            [
                "UnsupportedHTTPMethod",
                "UnsupportedHTTPMethod",
                "InvalidRequest",
                "230",
            ],
        ),
        (
            "a body that is not read",
            |received| {
                received.body = b"{}".to_vec();
                received.headers.retain(|(name, _)| name != "content-type");
                let plain = ("content-type".to_owned(), "text/plain".to_owned());
                received.headers.push(plain);
            },
            // ACS3 would have it signed with its type; Tencent Cloud takes one type.
            [
                "InvalidParameter",
                "IncompleteSignature",
                "UnsupportedProtocol",
                "of no cloud",
            ],
        ),
        (
            "a GET with a body",
            |received| {
                received.method = "GET".to_owned();
                if received.body.is_empty() {
                    received.body = b"{}".to_vec();
                }
            },
            [
                "InvalidParameter",
                "InvalidParameter",
                "InvalidRequest",
                "230",
            ],
        ),
        (
            "a query beside the body",
            |received| received.query = format!("a=b&{}", received.query),
            [NOT, NOT, "InvalidRequest", NOT],
        ),
    ];
    let samples = [
        ("alibaba-rpc", "legacy BatchSet 3 domains"),
        ("alibaba-acs3", "no query no body"),
        ("tencent-tc3", "batch_delete_csr_intl"),
        ("ucloud", "update-binding-both"),
    ];
    for (index, (scheme, name)) in samples.into_iter().enumerate() {
        let vectors = vectors();
        let mut named = vectors.iter().filter(|one| one.scheme == scheme);
        let vector = named.find(|one| one.name == name).unwrap();
        let claim = |received: &Received| {
            let Some(scheme) = verify::scheme_of(received) else {
                return "of no cloud".to_owned();
            };
            let refused = verify::claim(scheme, received).err();
            refused.map_or(NOT.to_owned(), |refusal| refusal.code)
        };
        assert_eq!(claim(&vector.received()), NOT, "{scheme}");
        for (what, change, codes) in &changes {
            let mut received = vector.received();
            change(&mut received);
            assert_eq!(claim(&received), codes[index], "{scheme}: {what}");
        }
    }
}

#[test]
fn a_parameter_that_stands_twice_is_refused() {
    for (scheme, name, more, expected) in [
        (
            "alibaba-rpc",
            "legacy BatchSet 3 domains",
            "Format=JSON",
            "InvalidParameter",
        ),
        (
            "alibaba-acs3",
            "no query no body",
            "DomainName=a&DomainName=b",
            "InvalidParameter",
        ),
        ("tencent-tc3", "get_request", "Limit=20", "InvalidParameter"),
        ("ucloud", "update-binding-both", "OldSSLId=another", "230"),
    ] {
        let vectors = vectors();
        let mut named = vectors.iter().filter(|one| one.scheme == scheme);
        let mut received = named.find(|one| one.name == name).unwrap().received();
        received.query = format!("{}&{more}", received.query);
        let claimed = verify::claim(verify::scheme_of(&received).unwrap(), &received);
        assert_eq!(claimed.unwrap_err().code, expected, "{scheme}");
    }
}

#[test]
fn a_list_in_a_query_is_counted_from_0_without_gaps() {
    let claim = |query: &str| {
        let vectors = vectors();
        let get = vectors
            .iter()
            .find(|one| one.name == "get_request")
            .unwrap();
        let mut received = get.received();
        received.query = query.to_owned();
        verify::claim(verify::Scheme::TencentTc3, &received)
            .map(|claim| Value::Object(claim.params.json))
            .map_err(|refusal| refusal.code)
    };
    let expected = json!({ "CSRIds": [11, 22], "Limit": 5 });
    assert_eq!(claim("CSRIds.1=22&Limit=5&CSRIds.0=11"), Ok(expected));
    for query in ["CSRIds.1=22", "CSRIds.0=11&CSRIds.2=22", "CSRIds.x=11"] {
        assert_eq!(claim(query), Err("InvalidParameter".to_owned()), "{query}");
    }
}

#[test]
fn a_parameter_beside_a_signed_json_body_must_be_signed_too() {
    let body = |signature: &str| {
        let body = json!({ "Action": "DescribeULB", "PublicKey": "id", "Signature": signature });
        body.to_string().into_bytes()
    };
    let signature = Sha1::digest("ActionDescribeULBPublicKeyidsecret");
    let signature: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut received = Received {
        method: "POST".to_owned(),
        path: "/".to_owned(),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body(&signature),
        ..Received::default()
    };
    assert_eq!(verify::ucloud::check(&received, "secret"), Ok(()));
    // The vendor's Go SDK repeats the action there, for its logs.
    received.query = "Action=DescribeULB".to_owned();
    assert_eq!(verify::ucloud::check(&received, "secret"), Ok(()));
    received.query = "ULBId=ulb-smuggled".to_owned();
    let refusal = verify::ucloud::check(&received, "secret").unwrap_err();
    assert_eq!(refusal.code, "171");
}

// ---- requests of our own ----

/// What came back.
struct Raw {
    status: u16,
    headers: String,
    body: Vec<u8>,
}

impl Raw {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| {
            panic!("{error}: {}", String::from_utf8_lossy(&self.body));
        })
    }

    fn header(&self, name: &str) -> Option<String> {
        self.headers.lines().find_map(|line| {
            let (field, value) = line.split_once(": ")?;
            field.eq_ignore_ascii_case(name).then(|| value.to_owned())
        })
    }

    /// The code of the refusal, whichever envelope it stands in.
    fn code(&self) -> String {
        let body = self.json();
        [
            &body["Code"],
            &body["Response"]["Error"]["Code"],
            &body["RetCode"],
        ]
        .into_iter()
        .find(|code| !code.is_null())
        .map(|code| code.as_str().map_or(code.to_string(), str::to_owned))
        .unwrap_or_default()
    }
}

fn send(server: &Server, head: &str, body: &[u8]) -> io::Result<Raw> {
    let endpoint = server.endpoint();
    let address = endpoint.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address)?;
    let text = format!(
        "{head}\r\nhost: {address}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(text.as_bytes())?;
    stream.write_all(body)?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let at = bytes
        .windows(4)
        .position(|end| end == b"\r\n\r\n")
        .ok_or(io::ErrorKind::UnexpectedEof)?;
    let headers = String::from_utf8(bytes[..at].to_vec()).unwrap();
    Ok(Raw {
        status: headers[9..12].parse().unwrap(),
        body: bytes[at + 4..].to_vec(),
        headers,
    })
}

fn percent(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
        .replace('*', "%2A")
        .replace("%7E", "~")
}

/// A call of Alibaba Cloud under the RPC signature, everything in the form body.
struct Alibaba<'a> {
    action: &'a str,
    params: Vec<(&'a str, &'a str)>,
    key: &'a keys::Key,
    nonce: Option<&'a str>,
    time: DateTime<Utc>,
}

impl<'a> Alibaba<'a> {
    fn new(action: &'a str, params: &[(&'a str, &'a str)]) -> Self {
        Alibaba {
            action,
            params: params.to_vec(),
            key: &keys::ALIBABA,
            nonce: None,
            time: Utc::now(),
        }
    }

    fn send(&self, server: &Server) -> io::Result<Raw> {
        let time = self.time.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let mut random = [0; 16];
        getrandom::fill(&mut random).unwrap();
        let fresh = format!("{:032x}", u128::from_ne_bytes(random));
        let store = [
            "UserCertificate",
            "ListCertificates",
            "ListCloudResources",
            "GetCertificateDetail",
        ];
        let version = match self.params.iter().any(|(name, _)| *name == "RegionId") {
            true => "2019-11-20",
            false if store.iter().any(|part| self.action.contains(part)) => "2020-04-07",
            false => "2018-05-10",
        };
        let mut params = vec![
            ("Action", self.action),
            ("Version", version),
            ("Format", "JSON"),
            ("AccessKeyId", self.key.id),
            ("SignatureMethod", "HMAC-SHA1"),
            ("SignatureVersion", "1.0"),
            ("SignatureNonce", self.nonce.unwrap_or(&fresh)),
            ("Timestamp", &time),
        ];
        if self.params.iter().any(|(name, _)| *name == "Format") {
            params.retain(|(name, _)| *name != "Format");
        }
        params.extend(&self.params);
        let mut sorted = params.clone();
        sorted.sort();
        let text = format!("POST&%2F&{}", percent(&pairs(&sorted)));
        let secret = format!("{}&", self.key.secret);
        let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(text.as_bytes());
        let signature =
            base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
        params.push(("Signature", &signature));
        send(server, FORM, pairs(&params).as_bytes())
    }

    fn code(&self, server: &Server) -> String {
        self.send(server).unwrap().code()
    }
}

const FORM: &str = "POST / HTTP/1.1\r\ncontent-type: application/x-www-form-urlencoded";

fn pairs(params: &[(&str, &str)]) -> String {
    let pairs: Vec<_> = params
        .iter()
        .map(|(name, value)| format!("{}={}", percent(name), percent(value)))
        .collect();
    pairs.join("&")
}

/// A call of Tencent Cloud, signed at that time.
fn tencent_at(server: &Server, action: &str, body: &str, time: DateTime<Utc>) -> io::Result<Raw> {
    let date = time.format("%Y-%m-%d").to_string();
    tencent_scoped(server, action, body, time, &date, "ssl")
}

/// The same, by a key derived for that date and product.
fn tencent_scoped(
    server: &Server,
    action: &str,
    body: &str,
    time: DateTime<Utc>,
    date: &str,
    service: &str,
) -> io::Result<Raw> {
    fn mac(key: &[u8], text: &str) -> Vec<u8> {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().to_vec()
    }
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let hash = |text: &str| hex(&Sha256::digest(text.as_bytes()));
    let endpoint = server.endpoint();
    let host = endpoint.strip_prefix("http://").unwrap();
    let canonical = format!(
        "POST\n/\n\ncontent-type:application/json\nhost:{host}\n\ncontent-type;host\n{}",
        hash(body)
    );
    let stamp = time.timestamp();
    let scope = format!("{date}/{service}/tc3_request");
    let text = format!("TC3-HMAC-SHA256\n{stamp}\n{scope}\n{}", hash(&canonical));
    let key = mac(format!("TC3{}", keys::TENCENT.secret).as_bytes(), date);
    let key = mac(&mac(&key, service), "tc3_request");
    let head = format!(
        "POST / HTTP/1.1\r\ncontent-type: application/json\r\nx-tc-action: {action}\r\n\
         x-tc-version: 2019-12-05\r\nx-tc-timestamp: {stamp}\r\n\
         authorization: TC3-HMAC-SHA256 Credential={}/{scope}, \
         SignedHeaders=content-type;host, Signature={}",
        keys::TENCENT.id,
        hex(&mac(&key, &text)),
    );
    send(server, &head, body.as_bytes())
}

fn tencent(server: &Server, action: &str, body: &str) -> io::Result<Raw> {
    tencent_at(server, action, body, Utc::now())
}

/// A call of UCloud in the sandbox's project and region.
fn ucloud(server: &Server, action: &str, params: &[(&str, &str)]) -> Raw {
    let mut all = vec![
        ("Action", action),
        ("PublicKey", keys::UCLOUD.id),
        ("Region", "cn-bj2"),
        ("ProjectId", "org-sandbox"),
    ];
    all.retain(|(name, _)| !params.iter().any(|(given, _)| given == name));
    all.extend(params);
    let mut sorted = all.clone();
    sorted.sort();
    let text: String = sorted
        .iter()
        .flat_map(|(name, value)| [*name, *value])
        .collect();
    let digest = Sha1::digest(text + keys::UCLOUD.secret);
    let signature: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    all.push(("Signature", &signature));
    send(server, FORM, pairs(&all).as_bytes()).unwrap()
}

fn serve(scenario: Value) -> Server {
    start(Config {
        scenario: Scenario::parse(&scenario.to_string()).unwrap(),
        ..Config::default()
    })
    .unwrap()
}

fn plain() -> Server {
    serve(json!({}))
}

fn batch<'a>(domains: &'a str, status: &'a str) -> Alibaba<'a> {
    Alibaba::new(
        "BatchSetCdnDomainServerCertificate",
        &[("DomainName", domains), ("SSLProtocol", status)],
    )
}

fn https_of(server: &Server, domain: &str) -> String {
    let info = Alibaba::new("DescribeCdnDomainDetail", &[("DomainName", domain)])
        .send(server)
        .unwrap()
        .json();
    info["GetDomainDetailModel"]["ServerCertificateStatus"]
        .as_str()
        .unwrap()
        .to_owned()
}

// ---- the gate ----

#[test]
fn a_nonce_is_good_once() {
    let server = plain();
    let mut call = batch("b.com", "on");
    call.nonce = Some("the-same-twice");
    assert_eq!(call.send(&server).unwrap().status, 200);
    let again = call.send(&server).unwrap();
    assert_eq!(
        (again.status, again.code().as_str()),
        (400, "SignatureNonceUsed")
    );
}

#[test]
fn a_stale_time_is_refused_and_the_date_header_tells_the_right_one() {
    let server = serve(json!({ "clock_offset_seconds": 1200 }));
    let answer = batch("b.com", "on").send(&server).unwrap();
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (400, "InvalidTimeStamp.Expired")
    );
    let date = DateTime::parse_from_rfc2822(&answer.header("date").unwrap()).unwrap();
    let ahead = (date.to_utc() - Utc::now()).num_seconds();
    assert!((1100..=1300).contains(&ahead), "{ahead}");
    let mut call = batch("b.com", "on");
    call.time = Utc::now() + TimeDelta::seconds(1200);
    assert_eq!(call.send(&server).unwrap().status, 200);
}

#[test]
fn tencent_takes_five_minutes_and_no_more() {
    let server = plain();
    let at = |minutes| Utc::now() - TimeDelta::minutes(minutes);
    let call = |minutes| tencent_at(&server, "DescribeCSRSet", "{}", at(minutes)).unwrap();
    assert_eq!(call(4).code(), "");
    assert_eq!(call(6).code(), "AuthFailure.SignatureExpire");
}

#[test]
fn a_key_of_another_day_or_product_is_refused() {
    let server = plain();
    let now = Utc::now();
    let today = now.format("%Y-%m-%d").to_string();
    for (date, service, expected) in [
        (today.as_str(), "ssl", ""),
        ("2019-02-25", "ssl", "AuthFailure.SignatureFailure"),
        (&today, "cvm", "AuthFailure.SignatureFailure"),
    ] {
        let answer = tencent_scoped(&server, "DescribeCSRSet", "{}", now, date, service);
        assert_eq!(answer.unwrap().code(), expected, "{date} {service}");
    }
}

#[test]
fn a_version_that_does_not_have_the_action_is_refused() {
    let mut call = batch("b.com", "on");
    call.params.push(("RegionId", "cn-hangzhou")); // with it the helper sends GA's version
    assert_eq!(call.code(&plain()), "InvalidVersion");
}

#[test]
fn every_identity_is_answered_in_its_own_code() {
    let server = plain();
    let unknown = keys::Key {
        id: "LTAInobody",
        ..keys::ALIBABA
    };
    let wrong = keys::Key {
        secret: "wrong",
        ..keys::ALIBABA
    };
    let named = |id: &str| keys::KEYS.iter().find(|key| key.id == id).unwrap();
    let good = ("SecurityToken", "sandbox-alibaba-token");
    let foreign = ("SecurityToken", "another-token");
    let expired = ("SecurityToken", "sandbox-alibaba-expired-token");
    for (key, token, expected) in [
        (&keys::ALIBABA, None, ""),
        (&unknown, None, "InvalidAccessKeyId.NotFound"),
        (&wrong, None, "SignatureDoesNotMatch"),
        (
            &keys::ALIBABA,
            Some(foreign),
            "InvalidSecurityToken.MismatchWithAccessKey",
        ),
        (named("STS.sandboxTemp00001"), Some(good), ""),
        (named("STS.sandboxTemp00001"), None, "MissingSecurityToken"),
        (
            named("STS.sandboxExpired01"),
            Some(expired),
            "InvalidSecurityToken.Expired",
        ),
        (named("LTAIsandboxDenied001"), None, "Forbidden.RAM"),
        (
            named("LTAIsandboxDisabled1"),
            None,
            "InvalidAccessKeyId.Inactive",
        ),
        (named("LTAIsandboxSuspended"), None, "OperationDenied"),
    ] {
        let mut call = batch("b.com", "on");
        call.key = key;
        call.params.extend(token);
        assert_eq!(call.code(&server), expected, "{}", key.id);
    }
}

#[test]
fn a_mismatch_shows_the_string_to_sign_with_the_key_in_it_as_the_real_one_does() {
    let server = plain();
    let wrong = keys::Key {
        secret: "wrong",
        ..keys::ALIBABA
    };
    let mut call = batch("b.com", "on");
    call.params.push(("SSLPri", "the key"));
    call.key = &wrong;
    let message = call.send(&server).unwrap().json()["Message"].to_string();
    assert!(
        message.contains("server string to sign is:POST&%2F&AccessKeyId"),
        "{message}"
    );
    assert!(message.contains("SSLPri%3Dthe%2520key"), "{message}");
}

#[test]
fn a_token_wears_out_as_the_scenario_says() {
    let server = serve(json!({ "account": { "token_calls": 1 } }));
    let mut call = batch("b.com", "on");
    call.key = keys::KEYS
        .iter()
        .find(|key| key.id == "STS.sandboxTemp00001")
        .unwrap();
    call.params.push(("SecurityToken", "sandbox-alibaba-token"));
    assert_eq!(call.code(&server), "");
    assert_eq!(call.code(&server), "InvalidSecurityToken.Expired");
}

#[test]
fn a_time_with_digits_left_out_is_malformed() {
    for (time, expected) in [
        ("2026-1-02T03:04:05Z", "InvalidTimeStamp.Format"),
        ("2026-01-02T03:04:05.000Z", "InvalidTimeStamp.Format"),
        ("2026-01-02 03:04:05", "InvalidTimeStamp.Format"),
        ("2016-01-02T03:04:05Z", "InvalidTimeStamp.Expired"),
    ] {
        let query = pairs(&[
            ("AccessKeyId", keys::ALIBABA.id),
            ("Action", "DescribeCdnDomainDetail"),
            ("Signature", "x"),
            ("SignatureMethod", "HMAC-SHA1"),
            ("SignatureNonce", "n"),
            ("SignatureVersion", "1.0"),
            ("Timestamp", time),
            ("Version", "2018-05-10"),
        ]);
        let head = format!("GET /?Format=JSON&{query} HTTP/1.1");
        assert_eq!(
            send(&plain(), &head, b"").unwrap().code(),
            expected,
            "{time}"
        );
    }
}

#[test]
fn parameters_that_an_action_does_not_have_are_refused() {
    let server = plain();
    for (name, expected) in [
        ("ForceSett", "UnsupportedParameter"),
        ("Certificates.1.Id", "UnsupportedParameter"),
        ("ForceSet", ""),
        ("OwnerId", ""),
    ] {
        let mut call = batch("b.com", "on");
        call.params.push((name, "1"));
        assert_eq!(call.code(&server), expected, "{name}");
    }
    let listener = ("ULBId", "ulb-sandbox1");
    for (extra, expected) in [(("Limit", "5"), "0"), (("SSLId", "ssl-old0001"), "230")] {
        let answer = ucloud(&server, "DescribeVServer", &[listener, extra]);
        assert_eq!(answer.code(), expected, "{extra:?}");
    }
}

#[test]
fn unknown_actions_are_named_as_each_cloud_names_them() {
    let server = serve(json!({ "account": {
        "unknown_actions": ["BatchSetCdnDomainServerCertificate"],
    }}));
    let answer = batch("b.com", "on").send(&server).unwrap();
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (404, "InvalidAction.NotFound")
    );
    assert_eq!(
        tencent(&server, "DeleteCSR", "{}").unwrap().code(),
        "InvalidAction"
    );
    assert_eq!(ucloud(&server, "DeleteEverything", &[]).code(), "161");
}

#[test]
fn every_answer_has_its_vendors_envelope() {
    let server = plain();
    let refused = batch("c.com", "on").send(&server).unwrap();
    let body = refused.json();
    for member in ["RequestId", "HostId", "Code", "Message", "Recommend"] {
        assert!(body[member].is_string(), "{member}: {body}");
    }
    let refused = tencent(&server, "BatchDeleteCSR", r#"{"CSRIds":"11"}"#).unwrap();
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (200, "InvalidParameter")
    );
    assert!(refused.json()["Response"]["RequestId"].is_string());
    let refused = ucloud(&server, "DescribeSSLV2", &[("ProjectId", "org-nobody")]);
    assert_eq!((refused.status, refused.code().as_str()), (200, "292"));
    assert!(refused.header("X-UCLOUD-REQUEST-UUID").is_some());
    let xml = Alibaba::new("DescribeCdnDomainDetail", &[]);
    let mut head = String::from("GET /?Action=X&AccessKeyId=nobody&Format=XML&Version=1");
    head.push_str("&SignatureMethod=HMAC-SHA1&SignatureVersion=1.0&SignatureNonce=1");
    head.push_str("&Signature=x&Timestamp=2020-01-01T00:00:00Z HTTP/1.1");
    assert_eq!(xml.code(&server), "MissingDomainName");
    let answer = send(&server, &head, b"").unwrap();
    let body = String::from_utf8(answer.body).unwrap();
    assert!(
        body.contains("<Code>InvalidAccessKeyId.NotFound</Code>"),
        "{body}"
    );
}

// ---- limits ----

#[test]
fn the_eleventh_call_within_a_second_is_throttled_and_later_ones_are_not() {
    let server = plain();
    let begun = Instant::now();
    let answers: Vec<_> = (0..11)
        .map(|_| batch("b.com", "on").send(&server).unwrap())
        .collect();
    // On a machine so slow that the second was over, there is nothing to see.
    if begun.elapsed() < Duration::from_secs(1) {
        assert!(answers[..10].iter().all(|answer| answer.status == 200));
        assert_eq!(answers[10].code(), "Throttling.User");
        let wait: u64 = answers[10]
            .header("x-acs-retry-after")
            .unwrap()
            .parse()
            .unwrap();
        assert!((1..=1001).contains(&wait), "{wait}");
        thread::sleep(Duration::from_millis(wait));
        assert_eq!(batch("b.com", "on").code(&server), "");
    }
}

#[test]
fn limits_of_size_hold() {
    let server = serve(json!({ "account": { "batch_limit": 10, "ga_settle_ms": 0 } }));
    let domains = |count: usize| {
        let names: Vec<_> = (0..count).map(|n| format!("w{n}.example.com")).collect();
        names.join(",")
    };
    assert_eq!(batch(&domains(10), "on").code(&server), "");
    assert_eq!(
        batch(&domains(11), "on").code(&server),
        "SetDomainSSLPub.ParameterError"
    );
    let server = plain();
    assert_eq!(batch(&domains(50), "on").code(&server), "");
    assert_eq!(
        batch(&domains(51), "on").code(&server),
        "SetDomainSSLPub.ParameterError"
    );
    let ids = |count: i64| json!({ "CSRIds": (101..101 + count).collect::<Vec<_>>() }).to_string();
    let delete = |count| {
        tencent(&server, "BatchDeleteCSR", &ids(count))
            .unwrap()
            .code()
    };
    assert_eq!(delete(101), "InvalidParameterValue");
    assert_eq!(delete(100), "");
}

// ---- CDN ----

#[test]
fn a_batch_with_one_domain_at_fault_changes_nothing() {
    let server = serve(json!({ "account": { "unlimited_rate": true } }));
    for (at_fault, expected) in [
        ("c.com", "InvalidDomain.NotFound"),
        ("*.example.com", "InvalidDomain.NotFound"),
        ("unknown1.example.org", "InvalidDomain.NotFound"),
        ("offline.example.com", "InvalidDomain.Offline"),
        ("configuring.example.net", "ServiceBusy"),
        ("denied.example.com", "IllegalOperation"),
        ("nocert.example.com", "SSLPub.MissingParameter"),
    ] {
        let domains = format!("b.com,{at_fault}");
        assert_eq!(batch(&domains, "on").code(&server), expected, "{at_fault}");
    }
    assert_eq!(https_of(&server, "b.com"), "off");
    assert_eq!(batch("b.com,.example.com", "on").code(&server), "");
    assert_eq!(https_of(&server, "b.com"), "on");
}

#[test]
fn certificate_and_key_are_really_compared() {
    let server = plain();
    let authority = Authority::generate().unwrap();
    let one = authority.issue(&["b.com"], 30).unwrap();
    let two = authority.issue(&["b.com"], 30).unwrap();
    let old = authority.issue(&["b.com"], 0).unwrap();
    let reversed: String = {
        let (leaf, rest) = one
            .fullchain
            .split_at(one.fullchain.rfind("-----BEGIN").unwrap());
        format!("{rest}{leaf}")
    };
    for (chain, key, expected) in [
        (one.fullchain.as_str(), one.key.as_str(), ""),
        (&one.fullchain, &two.key, "Certificate.MissMatch"),
        (&reversed, &one.key, "Certificate.FormatError"),
        (&old.fullchain, &old.key, "Certificate.StatusError"),
        ("garbage", &one.key, "Certificate.FormatError"),
        (&one.fullchain, "garbage", "InvalidSSLPri"),
        (&one.fullchain, "", "Certificate.KeyNull"),
    ] {
        let mut call = batch("b.com", "on");
        call.params.extend([("SSLPub", chain), ("SSLPri", key)]);
        assert_eq!(call.code(&server), expected);
    }
    let info = Alibaba::new("DescribeDomainCertificateInfo", &[("DomainName", "b.com")])
        .send(&server)
        .unwrap()
        .json();
    let stored = &info["CertInfos"]["CertInfo"][0];
    assert_eq!(stored["ServerCertificate"], one.fullchain.as_str());
    assert_eq!(stored["ServerCertificateStatus"], "on");
}

#[test]
fn a_name_is_taken_unless_forced() {
    let server = plain();
    let authority = Authority::generate().unwrap();
    let one = authority.issue(&["b.com"], 30).unwrap();
    let two = authority.issue(&["b.com"], 30).unwrap();
    let long = "n".repeat(129);
    for (issued, name, force, expected) in [
        (&one, "shop", "0", ""),
        (&one, "shop", "0", ""),
        (&two, "shop", "0", "Certificate.Duplicated"),
        (&two, "shop", "true", "SetDomainSSLPub.ParameterError"),
        (&two, "shop", "1", ""),
        (&two, &long, "1", "InvalidCertName.TooLong"),
    ] {
        let mut call = batch("b.com", "on");
        call.params.extend([
            ("SSLPub", issued.fullchain.as_str()),
            ("SSLPri", &issued.key),
            ("CertName", name),
            ("ForceSet", force),
        ]);
        assert_eq!(call.code(&server), expected, "{name} {force}");
    }
}

#[test]
fn switching_off_drops_the_certificate() {
    let server = plain();
    assert_eq!(batch("a.com", "off").code(&server), "");
    assert_eq!(https_of(&server, "a.com"), "off");
    assert_eq!(
        batch("a.com", "on").code(&server),
        "SSLPub.MissingParameter"
    );
}

#[test]
fn lists_of_domains_come_in_pages_and_are_picked_out() {
    let account = json!({
        "domains": ["d1.test", "d2.test", ".d3.test"], "denied_domains": ["not-ours.test"],
        "unknown_domains": ["d2.test"], "offline_domains": ["off.test"],
        "domain_statuses": {"new.test": "checking", "bad.test": "configure_failed"},
    });
    let server = serve(json!({ "account": account }));
    let call = |params: &[(&str, &str)]| {
        let reply = Alibaba::new("DescribeUserDomains", params).send(&server);
        reply.unwrap().json()
    };
    let names = |reply: &Value| -> Vec<String> {
        let rows = reply["Domains"]["PageData"].as_array().unwrap();
        let name = |row: &Value| row["DomainName"].as_str().unwrap().to_owned();
        rows.iter().map(name).collect()
    };
    let all = call(&[("CheckDomainShow", "true")]);
    assert_eq!(all["TotalCount"], 10);
    assert_eq!(all["PageSize"], 20);
    let page = |number| {
        let params = [
            ("CheckDomainShow", "True"),
            ("PageSize", "4"),
            ("PageNumber", number),
        ];
        names(&call(&params))
    };
    let paged = ["1", "2", "3", "4"].map(page).concat();
    assert_eq!(paged, names(&all));
    // What is under review or failed is not shown to everybody.
    let shown = names(&call(&[]));
    assert_eq!(shown.len(), 8);
    assert!(shown.contains(&"off.test".to_owned()) && !shown.contains(&"new.test".to_owned()));
    assert_eq!(
        names(&call(&[("DomainStatus", "configure_failed")])),
        ["bad.test"]
    );
    for (search, found) in [
        ("fuzzy_match", &["d1.test"][..]),
        ("pre_match", &["d1.test"]),
        ("suf_match", &[]),
        ("full_match", &[]),
    ] {
        let params = [("DomainName", "d1.t"), ("DomainSearchType", search)];
        assert_eq!(names(&call(&params)), found, "{search}");
    }
    assert_eq!(names(&call(&[("DomainName", ".d3.test")])), [".d3.test"]);
    assert_eq!(names(&call(&[("Coverage", "overseas")])), [""; 0]);
    assert_eq!(names(&call(&[("CdnType", "video,web")])).len(), 8);
    assert_eq!(
        names(&call(&[("Tag.1.Key", "k"), ("Tag.1.Value", "v")])),
        [""; 0]
    );

    // A write is a change, and a domain made on demand is the account's from then on.
    assert_eq!(batch("www.example.com,a.com", "on").code(&server), "");
    let since = [("ChangeStartTime", "2025-01-01T00:00:00Z")];
    assert_eq!(names(&call(&since)), ["a.com", "www.example.com"]);

    for (name, value) in [
        ("PageSize", "0"),
        ("PageSize", "501"),
        ("PageSize", "x"),
        ("PageNumber", "0"),
        ("PageNumber", "100001"),
        ("DomainStatus", "up"),
        ("DomainSearchType", "match"),
        ("ChangeEndTime", "yesterday"),
    ] {
        let call = Alibaba::new("DescribeUserDomains", &[(name, value)]);
        assert_eq!(call.code(&server), "InvalidParameter", "{name} {value}");
    }
}

#[test]
fn certificates_are_listed_as_cdn_sees_them() {
    let server = plain();
    let call = |action: &str, params: &[(&str, &str)]| {
        Alibaba::new(action, params).send(&server).unwrap().json()
    };
    let https = call("DescribeCdnHttpsDomainList", &[("Keyword", "expiring")]);
    assert_eq!(https["TotalCount"], 1);
    let info = &https["CertInfos"]["CertInfo"][0];
    assert_eq!(info["CertStatus"], "expire_soon");
    let end = info["CertExpireTime"].as_str().unwrap();
    assert!(chrono::NaiveDateTime::parse_from_str(end, "%Y-%m-%d %H:%M:%S").is_ok());
    // A certificate that is put on a domain for another name says so.
    let set = [("DomainName", "www.b.com"), ("SSLProtocol", "on")];
    assert_eq!(
        Alibaba::new("SetCdnDomainSSLCertificate", &set).code(&server),
        "InvalidDomain.NotFound"
    );
    let deep = "a.b.example.com";
    assert_eq!(batch(deep, "on").code(&server), "");
    let https = call("DescribeCdnHttpsDomainList", &[("Keyword", deep)]);
    assert_eq!(https["CertInfos"]["CertInfo"][0]["CertStatus"], "mismatch");

    let list = call(
        "DescribeCdnSSLCertificateList",
        &[("SearchKeyword", "cas-intl")],
    );
    let model = &list["CertificateListModel"];
    assert_eq!(model["Count"], 1);
    let listed = &model["CertList"]["Cert"][0];
    assert_eq!(listed["CertId"], 2_345_678);
    assert_eq!(listed["CertRegion"], "ap-southeast-1");
    assert!(listed["LastTime"].as_i64().unwrap() < 10_000_000_000);
    let none = call("DescribeCdnSSLCertificateList", &[("DomainName", "b.org")]);
    assert_eq!(none["CertificateListModel"]["CertList"]["Cert"], json!([]));
    let by_id = "DescribeCdnCertificateDetailById";
    let detail = call(
        by_id,
        &[("CertId", "2345678"), ("CertRegion", "ap-southeast-1")],
    );
    assert!(
        detail["Cert"]
            .as_str()
            .unwrap()
            .starts_with("-----BEGIN CERTIFICATE")
    );
    let key = detail["Key"].as_str().unwrap();
    assert!(key.starts_with("-----BEGIN PUBLIC KEY") && !key.contains("PRIVATE"));
    assert_eq!(
        call(by_id, &[("CertId", "2345678")])["Code"],
        "Certificate.NotFind"
    );
    assert_eq!(call(by_id, &[])["Code"], "MissingCertId");

    // Where XML is asked for, a list is its element repeated.
    let xml = Alibaba::new(
        "DescribeUserDomains",
        &[("Format", "XML"), ("PageSize", "2")],
    );
    let text = String::from_utf8(xml.send(&server).unwrap().body).unwrap();
    assert_eq!(text.matches("<PageData>").count(), 2);
    assert_eq!(text.matches("<Domains>").count(), 1);
    assert!(
        text.contains("<DescribeUserDomainsResponse><RequestId>"),
        "{text}"
    );
}

#[test]
fn a_change_of_a_domain_takes_its_time_or_does_not_take() {
    let account = json!({"cdn_settle_ms": 600, "failing_domains": ["x.test"],
                         "domain_statuses": {"bad.test": "configure_failed", "no.test": "checking"}});
    let server = serve(json!({ "account": account }));
    let status = |domain: &str| {
        let detail = Alibaba::new("DescribeCdnDomainDetail", &[("DomainName", domain)]);
        let detail = detail.send(&server).unwrap().json();
        detail["GetDomainDetailModel"]["DomainStatus"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(status("x.test"), "online");
    assert_eq!(batch("b.com,x.test,bad.test", "on").code(&server), "");
    assert_eq!(batch("b.com", "on").code(&server), "ServiceBusy");
    for domain in ["b.com", "x.test", "bad.test"] {
        assert_eq!(status(domain), "configuring");
        assert_eq!(https_of(&server, domain), "off", "not yet");
    }
    std::thread::sleep(Duration::from_millis(700));
    assert_eq!(
        (status("b.com"), https_of(&server, "b.com")),
        ("online".into(), "on".into())
    );
    assert_eq!(
        (status("bad.test"), https_of(&server, "bad.test")),
        ("online".into(), "on".into())
    );
    assert_eq!(status("x.test"), "configure_failed");
    assert_eq!(https_of(&server, "x.test"), "off");
    assert_eq!(
        batch("no.test", "on").code(&server),
        "InvalidDomain.notOnline"
    );
    // Off is immediate.
    assert_eq!(batch("b.com", "off").code(&server), "");
    assert_eq!(
        (status("b.com"), https_of(&server, "b.com")),
        ("configuring".into(), "off".into())
    );
}

#[test]
fn every_code_of_the_single_setters_document_can_be_had() {
    let server = serve(json!({ "account": { "unlimited_rate": true } }));
    let authority = Authority::generate().unwrap();
    let one = authority.issue(&["b.com"], 30).unwrap();
    let two = authority.issue(&["b.com"], 30).unwrap();
    let old = authority.issue(&["b.com"], 0).unwrap();
    let (long_name, long_chain) = ("n".repeat(129), one.fullchain.repeat(100));
    let ed25519 = include_str!("pki/ed25519.key.pem");
    let chain = |pem| ("ServerCertificate", pem);
    let key = |pem| ("PrivateKey", pem);
    let (good_chain, good_key) = (chain(one.fullchain.as_str()), key(one.key.as_str()));
    let named = |name| ("CertName", name);
    let kind = |kind| ("CertType", kind);
    let mut document: BTreeSet<_> = include_str!("data/fault/cdn_set_domain_server_certificate.md")
        .lines()
        .filter_map(|row| row.split('|').nth(1))
        .filter(|code| code.starts_with(|c: char| c.is_ascii_uppercase()))
        .collect();
    for (domain, status, params, expected) in [
        (
            "b.com",
            "on",
            vec![good_chain, good_key, named("taken")],
            "",
        ),
        ("c.com", "on", vec![], "InvalidDomain.NotFound"),
        ("denied.example.com", "on", vec![], "IllegalOperation"),
        ("configuring.example.com", "on", vec![], "ServiceBusy"),
        ("offline.example.com", "on", vec![], "InvalidDomain.Offline"),
        (
            "b.com",
            "ON",
            vec![],
            "InvalidServerCertificateStatus.ValueNotSupported",
        ),
        (
            "b.com",
            "on",
            vec![good_key],
            "ServerCertificate.MissingParameter",
        ),
        (
            "b.com",
            "on",
            vec![good_chain],
            "PrivateKey.MissingParameter",
        ),
        (
            "b.com",
            "on",
            vec![chain("xxx"), key("yyy")],
            "InvalidCertificate",
        ),
        (
            "b.com",
            "on",
            vec![good_chain, key("yyy")],
            "InvalidPrivateKey",
        ),
        (
            "b.com",
            "on",
            vec![good_chain, key(&two.key)],
            "Certificate.MissMatch",
        ),
        (
            "b.com",
            "on",
            vec![chain(&long_chain), good_key],
            "InvalidCertificate.TooLong",
        ),
        (
            "b.com",
            "on",
            vec![named(&long_name)],
            "InvalidCertName.TooLong",
        ),
        (
            "b.com",
            "on",
            vec![kind("other")],
            "SetDomainServerCertificate.ParameterError",
        ),
        (
            "b.com",
            "on",
            vec![chain(&old.fullchain), key(&old.key)],
            "Certificate.StatusError",
        ),
        (
            "b.com",
            "on",
            vec![kind("cas"), named("nobody")],
            "Certificate.NotFind",
        ),
        (
            "b.com",
            "on",
            vec![chain(&two.fullchain), key(&two.key), named("taken")],
            "Certificate.Duplicated",
        ),
        (
            "b.com",
            "on",
            vec![good_chain, key("")],
            "Certificate.KeyNull",
        ),
        (
            "b.com",
            "on",
            vec![good_chain, key(ed25519)],
            "Key.Malformed",
        ),
        (
            "locked.example.com",
            "off",
            vec![],
            "Certificate.NotPermittedOff",
        ),
    ] {
        let mut call = Alibaba::new(
            "SetDomainServerCertificate",
            &[("DomainName", domain), ("ServerCertificateStatus", status)],
        );
        call.params.extend(params);
        assert_eq!(call.code(&server), expected);
        assert!(
            document.remove(expected) || expected.is_empty(),
            "{expected}"
        );
    }
    // Of the key's account, not of a domain; the batch's code; and two that no state causes here.
    let others = [
        "OperationDenied",
        "Certificate.FormatError",
        "Certificate.SettedNotEffect",
        "DeleteFailed",
    ];
    assert_eq!(document, BTreeSet::from(others));
    for code in others {
        let server = serve(json!({ "faults": [{ "do": { "code": code } }] }));
        assert_eq!(batch("b.com", "on").code(&server), code);
    }
}

// ---- GA ----

const ACCELERATOR: &str = "ga-bp1odcab8tmno0hdq****";
const LISTENER: &str = "lsr-bp1bpn0kn908w4nbw****";

fn associate<'a>(listener: &'a str, token: &'a str, domain: &'a str) -> Alibaba<'a> {
    Alibaba::new(
        "AssociateAdditionalCertificatesWithListener",
        &[
            ("RegionId", "cn-hangzhou"),
            ("AcceleratorId", ACCELERATOR),
            ("ListenerId", listener),
            ("ClientToken", token),
            ("Certificates.1.Id", "6092**-cn-hangzhou"),
            ("Certificates.1.Domain", domain),
        ],
    )
}

#[test]
fn an_accelerator_takes_one_change_at_a_time() {
    let server = serve(json!({ "account": { "ga_settle_ms": 60_000 } }));
    assert_eq!(associate(LISTENER, "t1", "example.com").code(&server), "");
    assert_eq!(
        associate(LISTENER, "t2", "www.example.com").code(&server),
        "StateError.Accelerator"
    );
    let listener = Alibaba::new(
        "DescribeListener",
        &[("RegionId", "cn-hangzhou"), ("ListenerId", LISTENER)],
    );
    assert_eq!(listener.send(&server).unwrap().json()["State"], "updating");
}

#[test]
fn a_client_token_is_ascii_of_64_characters_at_most() {
    let server = serve(json!({ "account": { "ga_settle_ms": 0 } }));
    let (fits, too_long) = ("t".repeat(64), "t".repeat(65));
    for (token, expected) in [
        (fits.as_str(), ""),
        (&too_long, "InvalidParameter"),
        ("jeton-é", "InvalidParameter"),
    ] {
        let call = associate(LISTENER, token, "example.com");
        assert_eq!(call.code(&server), expected, "{token}");
    }
}

#[test]
fn a_client_token_gives_the_same_answer_and_is_applied_once() {
    let server = serve(json!({ "account": { "ga_settle_ms": 0 } }));
    let first = associate(LISTENER, "token", "example.com")
        .send(&server)
        .unwrap()
        .json();
    let again = associate(LISTENER, "token", "example.com")
        .send(&server)
        .unwrap()
        .json();
    assert_eq!(first, again);
    assert_eq!(
        associate(LISTENER, "token", "www.example.com").code(&server),
        "IdempotentParameterMismatch"
    );
    let list = Alibaba::new(
        "ListListenerCertificates",
        &[
            ("RegionId", "cn-hangzhou"),
            ("AcceleratorId", ACCELERATOR),
            ("ListenerId", LISTENER),
            ("Role", "additional"),
        ],
    );
    let rows = list.send(&server).unwrap().json();
    assert_eq!(rows["TotalCount"], 1);
    assert_eq!(rows["Certificates"][0]["Domain"], "example.com");
}

#[test]
fn listeners_that_cannot_take_a_certificate_say_why() {
    let server = serve(json!({ "account": { "ga_settle_ms": 0 } }));
    for (listener, expected) in [
        ("lsr-bp1sandboxhttp00001", "ProtocalIllegal.Listener"),
        ("lsr-bp1sandboxupdating1", "NotActive.Listener"),
        ("lsr-bp1sandboxsecond001", "NotExist.Listener"),
        ("lsr-nobody", "NotExist.Listener"),
    ] {
        assert_eq!(
            associate(listener, "t", "example.com").code(&server),
            expected
        );
    }
    let mut call = associate(LISTENER, "t", "example.com");
    call.params[1].1 = "ga-nobody";
    assert_eq!(call.code(&server), "NotExist.Accelerator");
}

#[test]
fn ga_takes_ten_pairs_a_call_and_twenty_five_in_all() {
    let server = serve(json!({ "account": { "ga_settle_ms": 0 } }));
    let names: Vec<_> = (0..30)
        .map(|n| {
            (
                format!("Certificates.{}.Id", n + 1),
                format!("Certificates.{}.Domain", n + 1),
                format!("w{n}.example.com"),
            )
        })
        .collect();
    let call = |from: usize, count: usize| {
        let mut call = associate(LISTENER, "", "");
        call.params.truncate(3);
        for (place, (id, domain, _)) in names[..count].iter().enumerate() {
            call.params.push((id, "1-cn-hangzhou"));
            call.params.push((domain, &names[from + place].2));
        }
        call.code(&server)
    };
    assert_eq!(call(0, 11), "InvalidParameter");
    assert_eq!(call(0, 10), "");
    assert_eq!(call(10, 10), "");
    assert_eq!(call(20, 6), "QuotaExceeded.AdditionalCertificate");
    assert_eq!(call(20, 5), "");
}

/// Calls that read or change the first listener.
fn listener_call<'a>(action: &'a str, more: &[(&'a str, &'a str)]) -> Alibaba<'a> {
    let base = [
        ("RegionId", "cn-hangzhou"),
        ("AcceleratorId", ACCELERATOR),
        ("ListenerId", LISTENER),
    ];
    Alibaba::new(action, &[&base[..], more].concat())
}

#[test]
fn additional_certificates_change_in_place_and_go() {
    let server = serve(json!({ "account": { "ga_settle_ms": 0 } }));
    let update = |more: &[(&str, &str)]| {
        let action = "UpdateAdditionalCertificateWithListener";
        let base = [
            ("Domain", "example.com"),
            ("CertificateId", "7-cn-hangzhou"),
        ];
        listener_call(action, &[&base[..], more].concat()).code(&server)
    };
    assert_eq!(update(&[]), "NotExist.AdditionalCertificate");
    assert_eq!(associate(LISTENER, "", "example.com").code(&server), "");
    assert_eq!(update(&[("DryRun", "true")]), "DryRunOperation");
    let bound = || {
        let list = listener_call("ListListenerCertificates", &[("Role", "additional")]);
        let rows = list.send(&server).unwrap().json();
        rows["Certificates"][0]["CertificateId"].clone()
    };
    assert_eq!(bound(), "6092**-cn-hangzhou", "a dry run changes nothing");
    assert_eq!(update(&[("DryRun", "false"), ("ClientToken", "t")]), "");
    assert_eq!(bound(), "7-cn-hangzhou");
    assert_eq!(
        update(&[("DryRun", "true"), ("ClientToken", "t")]),
        "IdempotentParameterMismatch"
    );
    let dissociate = |domains: &[(&str, &str)]| {
        listener_call("DissociateAdditionalCertificatesFromListener", domains).code(&server)
    };
    let eleven: Vec<_> = (1..=11)
        .map(|n| (format!("Domains.{n}"), format!("w{n}.example.com")))
        .collect();
    let eleven: Vec<_> = eleven
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    for (domains, expected) in [
        (&[][..], "MissingDomains"),
        (&[("Domains.2", "example.com")], "MissingDomains"),
        (
            &[("Domains.1", "example.com"), ("Domains.3", "a.com")],
            "InvalidParameter",
        ),
        (
            &[("Domains.1", "example.com"), ("Domains.2", "example.com")],
            "InvalidParameter",
        ),
        (&eleven, "InvalidParameter"),
        (
            &[("Domains.1", "example.com"), ("Domains.2", "a.com")],
            "NotExist.AdditionalCertificate",
        ),
        (&[("Domains.1", "example.com")], ""),
        (
            &[("Domains.1", "example.com")],
            "NotExist.AdditionalCertificate",
        ),
    ] {
        assert_eq!(dissociate(domains), expected, "{domains:?}");
    }
}

#[test]
fn a_listener_is_updated_with_what_is_named() {
    let server = serve(json!({ "account": { "ga_settle_ms": 0 } }));
    let update = |more: &[(&str, &str)]| {
        let base = [("RegionId", "cn-hangzhou"), ("ListenerId", LISTENER)];
        Alibaba::new("UpdateListener", &[&base[..], more].concat()).code(&server)
    };
    assert_eq!(update(&[("Certificates.1.Id", "7-cn-hangzhou")]), "");
    assert_eq!(update(&[("Name", "front")]), "");
    let describe = [("RegionId", "cn-hangzhou"), ("ListenerId", LISTENER)];
    let now = Alibaba::new("DescribeListener", &describe)
        .send(&server)
        .unwrap()
        .json();
    assert_eq!(
        now["Certificates"],
        json!([{ "Id": "7-cn-hangzhou", "Type": "Server" }])
    );
    assert_eq!(now["Name"], "front");
    for (more, expected) in [
        (&[("Certificates.1.Id", "7")][..], "NotExist.Certificate"),
        (
            &[("Certificates.2.Id", "7-cn-hangzhou")],
            "InvalidParameter",
        ),
        (
            &[
                ("Certificates.1.Id", "7-cn-hangzhou"),
                ("Certificates.2.Id", "8-cn-hangzhou"),
            ],
            "InvalidParameter",
        ),
        (&[("Protocol", "HTTP")], "UnsupportedParameter"),
    ] {
        assert_eq!(update(more), expected, "{more:?}");
    }
}

// ---- the certificate store ----

#[test]
fn the_store_tells_certificates_from_orders_and_the_starts_the_expired() {
    let server = serve(json!({ "account": { "unlimited_rate": true } }));
    let list = |params: &[(&str, &str)]| {
        let answer = Alibaba::new("ListUserCertificateOrder", params)
            .send(&server)
            .unwrap()
            .json();
        let rows = answer["CertificateOrderList"].as_array().unwrap().clone();
        let ids: Vec<_> = rows
            .iter()
            .map(|row| row["CertificateId"].as_u64().unwrap_or(0))
            .collect();
        (ids, answer["TotalCount"].clone())
    };
    let cert = ("OrderType", "CERT");
    assert_eq!(list(&[]).0, [0], "orders have no certificate's number");
    assert_eq!(list(&[cert]).0, [1000001, 1234567, 1345678, 1456789]);
    assert_eq!(
        list(&[("OrderType", "UPLOAD")]).0,
        [1000001, 1234567, 1456789]
    );
    assert_eq!(list(&[cert, ("Status", "EXPIRED")]).0, [1567890]);
    assert_eq!(list(&[cert, ("Status", "WILLEXPIRED")]).0, [1456789]);
    assert_eq!(list(&[cert, ("Keyword", "bought")]).0, [1345678]);
    let page = [cert, ("ShowSize", "3"), ("CurrentPage", "2")];
    assert_eq!(list(&page), (vec![1456789], json!(4)));
    let all = Alibaba::new("ListCertificates", &[("ShowSize", "2")])
        .send(&server)
        .unwrap()
        .json();
    assert_eq!(all["TotalCount"], 5);
    assert_eq!(
        all["CertificateList"][0]["CertificateId"], "1000001",
        "text here"
    );
    for params in [
        &[cert, ("ShowSize", "0")][..],
        &[cert, ("CurrentPage", "x")],
        &[("OrderType", "all")],
    ] {
        let call = Alibaba::new("ListUserCertificateOrder", params);
        assert_eq!(call.code(&server), "InvalidParameter", "{params:?}");
    }
}

#[test]
fn a_certificate_comes_with_its_key_unless_it_is_kept_back() {
    let server = plain();
    let detail = |params: &[(&str, &str)]| {
        let id = ("CertId", "1234567");
        Alibaba::new("GetUserCertificateDetail", &[&[id], params].concat())
            .send(&server)
            .unwrap()
            .json()
    };
    let key = detail(&[])["Key"].clone();
    assert!(
        key.as_str().unwrap().contains("PRIVATE KEY"),
        "as the real one does"
    );
    let kept = detail(&[("CertFilter", "True")]);
    assert_eq!((kept.get("Key"), kept.get("Cert")), (None, None));
    assert_eq!(kept["CertIdentifier"], "1234567-cn-hangzhou");
    let leaf =
        CertificateDer::from_pem_slice(detail(&[])["Cert"].as_str().unwrap().as_bytes()).unwrap();
    let sha256: String = Sha256::digest(&leaf)
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect();
    assert_eq!(kept["Sha2"], sha256.as_str());
}

#[test]
fn certificates_come_and_go_under_their_tokens() {
    let server = plain();
    let issued = Authority::generate()
        .unwrap()
        .issue(&["a.com"], 30)
        .unwrap();
    let other = Authority::generate()
        .unwrap()
        .issue(&["a.com"], 30)
        .unwrap();
    let upload = |name: &str, token: &str, key: &str| {
        let params = [
            ("Name", name),
            ("Cert", issued.fullchain.as_str()),
            ("Key", key),
            ("ClientToken", token),
        ];
        Alibaba::new("UploadUserCertificate", &params)
            .send(&server)
            .unwrap()
    };
    let first = upload("mine", "t1", &issued.key).json();
    assert_eq!(upload("mine", "t1", &issued.key).json(), first);
    let id = first["CertId"].as_u64().expect("a number").to_string();
    for (name, token, key, expected) in [
        ("other", "t1", &issued.key, "IdempotentParameterMismatch"),
        ("mine", "t2", &issued.key, "NameRepeat"),
        ("fits", "t3", &other.key, "CertKeyNotMatch"),
        (&"n".repeat(64), "t4", &issued.key, "InvalidParameter.Name"),
        ("fits", "t5", &String::from("no key"), "-1008"),
        ("", "t6", &issued.key, "MissingName"),
    ] {
        assert_eq!(upload(name, token, key).code(), expected, "{name} {token}");
    }
    let delete = |id: &str, token: &str| {
        Alibaba::new(
            "DeleteUserCertificate",
            &[("CertId", id), ("ClientToken", token)],
        )
        .code(&server)
    };
    for (id, token, expected) in [
        (id.as_str(), "d1", ""),
        (&id, "d1", ""),
        (&id, "d2", "NotFound"),
        ("1345678", "d3", "CertStatusError"),
        ("2345678", "d4", "NotFound"),
        ("x", "d5", "InvalidParameter"),
    ] {
        assert_eq!(delete(id, token), expected, "{id} {token}");
    }
}

#[test]
fn uses_are_looked_up_by_a_json_array() {
    let server = plain();
    let uses = |params: &[(&str, &str)]| {
        Alibaba::new("ListCloudResources", params)
            .send(&server)
            .unwrap()
    };
    let of = |params: &[(&str, &str)]| uses(params).json()["Total"].as_u64().unwrap();
    let all = of(&[("CertIds", "[1000001]")]);
    assert_eq!(
        all,
        of(&[("CertIds", "[1000001]"), ("CloudProduct", "CDN")])
            + of(&[("CertIds", "[1000001]"), ("CloudProduct", "GA")])
    );
    assert_eq!(of(&[("CertIds", "[1234567, 1345678]")]), 1);
    assert_eq!(of(&[("CertIds", "[1000001]"), ("CloudName", "Tencent")]), 0);
    assert_eq!(of(&[("Keyword", "www.example.com")]), 1);
    assert_eq!(uses(&[("CertIds", "1000001")]).code(), "InvalidParameter");
}

// ---- SSL Certificates ----

#[test]
fn the_documents_sample_of_csrs_comes_out_as_printed() {
    let server = plain();
    let delete = || tencent(&server, "BatchDeleteCSR", r#"{"CSRIds":[11,22,33]}"#).unwrap();
    assert_eq!(delete().json()["Response"]["Success"], json!([22, 33]));
    assert_eq!(delete().json()["Response"]["Success"], json!([]));
    let describe = |id: i64| {
        let body = json!({ "CSRId": id }).to_string();
        tencent(&server, "DescribeCSR", &body).unwrap()
    };
    assert_eq!(describe(22).code(), "InvalidParameter.InvalidCSRId");
    let kept = describe(11).json();
    let key = kept["Response"]["PrivateKey"].as_str().unwrap();
    assert!(
        key.starts_with("-----BEGIN"),
        "the private key is in the real answer too"
    );
}

#[test]
fn tencent_refuses_what_it_does_not_know_and_what_has_another_type() {
    let server = plain();
    for (body, expected) in [
        (r#"{"CSRIds":[22],"Force":true}"#, "UnknownParameter"),
        (r#"{"CSRIds":["22"]}"#, "InvalidParameter"),
        (r#"{"CSRIds":[]}"#, "InvalidParameterValue"),
        (r#"{}"#, "MissingParameter"),
        (r#"[22]"#, "InvalidParameter"),
    ] {
        assert_eq!(
            tencent(&server, "BatchDeleteCSR", body).unwrap().code(),
            expected,
            "{body}"
        );
    }
    let server = serve(json!({ "account": { "unknown_csr": "refuse" } }));
    let answer = tencent(&server, "BatchDeleteCSR", r#"{"CSRIds":[22,99]}"#).unwrap();
    assert_eq!(answer.code(), "InvalidParameter.InvalidCSRId");
}

/// Types, limits and members of the certificates' and CSRs' actions, as the vendor holds to them.
#[test]
fn ssl_takes_what_is_documented_and_nothing_else() {
    let server = serve(json!({ "account": { "unlimited_rate": true } }));
    let form = json!({
        "Domain": "a.com", "Organization": "A", "Department": "A", "Email": "a@a.com",
        "Province": "A", "City": "A", "Country": "CN", "EncryptAlgo": "RSA",
        "KeyParameter": "2048", "Generate": true,
    });
    let with = |name: &str, value: Value| {
        let mut form = form.clone();
        form[name] = value;
        form
    };
    for (action, body, expected) in [
        (
            "CreateCSR",
            with("KeyParameter", json!(2048)),
            "InvalidParameter",
        ),
        (
            "CreateCSR",
            with("Generate", json!("true")),
            "InvalidParameter",
        ),
        (
            "CreateCSR",
            with("Generate", Value::Null),
            "MissingParameter",
        ),
        ("CreateCSR", with("City", Value::Null), "MissingParameter"),
        (
            "CreateCSR",
            with("City", json!("")),
            "InvalidParameterValue",
        ),
        ("CreateCSR", with("Remarks", json!("x")), "UnknownParameter"),
        (
            "CreateCSR",
            with("Tags", json!([{"Key": "x"}])),
            "UnknownParameter",
        ),
        (
            "CreateCSR",
            with("Country", json!("China")),
            "FailedOperation.InvalidParam",
        ),
        (
            "CreateCSR",
            with("EncryptAlgo", json!("ECC")),
            "FailedOperation.InvalidParam",
        ),
        ("ModifyCSR", json!({"CSRId": 101}), "MissingParameter"),
        (
            "ModifyCSR",
            json!({"CSRId": "101", "Generate": false}),
            "InvalidParameter",
        ),
        (
            "ModifyCSR",
            json!({"CSRId": 22, "Generate": false}),
            "InvalidParameter.WithDetailReason",
        ),
        (
            "ModifyCSR",
            json!({"CSRId": 99, "Generate": false}),
            "InvalidParameter.InvalidCSRId",
        ),
        (
            "DescribeCSRSet",
            json!({"Limit": 101}),
            "InvalidParameterValue",
        ),
        ("DescribeCSRSet", json!({"Limit": "20"}), "InvalidParameter"),
        ("DescribeCSRSet", json!({"Offset": -1}), "InvalidParameter"),
        (
            "DescribeCertificates",
            json!({"CertificateStatus": 1}),
            "InvalidParameter",
        ),
        (
            "DescribeCertificates",
            json!({"CertificateStatus": ["1"]}),
            "InvalidParameter",
        ),
        (
            "DescribeCertificates",
            json!({"FilterSource": "mine"}),
            "InvalidParameterValue",
        ),
        (
            "DescribeCertificates",
            json!({"Deployable": 2}),
            "InvalidParameterValue",
        ),
        (
            "DescribeCertificates",
            json!({"Deployable": true}),
            "InvalidParameter",
        ),
        ("DescribeCertificateDetail", json!({}), "MissingParameter"),
        (
            "DescribeCertificateDetail",
            json!({"CertificateId": 1}),
            "InvalidParameter",
        ),
        (
            "DescribeCertificateDetail",
            json!({"CertificateId": "missing1"}),
            "FailedOperation.CertificateNotFound",
        ),
        (
            "ModifyCertificateAlias",
            json!({"CertificateId": "example1", "Name": "x"}),
            "UnknownParameter",
        ),
        (
            "DeleteCertificate",
            json!({"CertificateId": "idle0001", "IsCheckResource": 1}),
            "InvalidParameter",
        ),
        (
            "DeleteCertificates",
            json!({"CertificateIds": []}),
            "InvalidParameterValue",
        ),
        (
            "DeleteCertificates",
            json!({"CertificateIds": vec!["x"; 101]}),
            "InvalidParameterValue",
        ),
        (
            "DescribeDeleteCertificatesTaskResult",
            json!({"TaskIds": [1]}),
            "InvalidParameter",
        ),
        (
            "UploadCertificate",
            json!({"CertificatePublicKey": "x"}),
            "MissingParameter",
        ),
        (
            "UploadCertificate",
            json!({"CertificatePublicKey": "x", "CertificatePrivateKey": "x"}),
            "FailedOperation.CertificateInvalid",
        ),
        (
            "UploadCertificate",
            json!({"CertificatePublicKey": "x", "CertificatePrivateKey": "x", "Repeatable": "no"}),
            "InvalidParameter",
        ),
        (
            "UploadCertificate",
            json!({"CertificatePublicKey": "x", "CertificateType": "CA"}),
            "FailedOperation.CertificateCaError",
        ),
    ] {
        let answer = tencent(&server, action, &body.to_string()).unwrap();
        assert_eq!(answer.code(), expected, "{action} {body}");
    }
}

#[test]
fn ssl_keeps_what_it_is_given() {
    let server = plain();
    let call = |action: &str, body: Value| {
        let answer = tencent(&server, action, &body.to_string()).unwrap().json();
        answer["Response"].clone()
    };
    let issued = Authority::generate()
        .and_then(|authority| authority.issue(&["kept.example.com"], 30))
        .unwrap();
    let other = Authority::generate()
        .and_then(|authority| authority.issue(&["kept.example.com"], 30))
        .unwrap();
    let upload = |key: &str, repeatable: bool| {
        json!({
            "CertificatePublicKey": issued.fullchain, "CertificatePrivateKey": key,
            "ProjectId": 7, "Repeatable": repeatable,
        })
    };
    let mismatch = call("UploadCertificate", upload(&other.key, false));
    assert_eq!(
        mismatch["Error"]["Code"],
        "FailedOperation.CertificateMatchError"
    );
    let first = call("UploadCertificate", upload(&issued.key, false));
    let again = call("UploadCertificate", upload(&issued.key, false));
    assert_eq!(first["RepeatCertId"], "");
    assert_eq!(again["CertificateId"], first["CertificateId"]);
    assert_eq!(again["RepeatCertId"], first["CertificateId"]);
    let twin = call("UploadCertificate", upload(&issued.key, true));
    assert_ne!(twin["CertificateId"], first["CertificateId"]);
    let id = first["CertificateId"].as_str().unwrap();
    assert!(id.len() == 8 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let detail = call("DescribeCertificateDetail", json!({"CertificateId": id}));
    assert_eq!(
        detail["CertificatePrivateKey"],
        issued.key.as_str(),
        "as the vendor does"
    );
    assert_eq!(detail["ProjectId"], "7", "a text");
    assert_eq!(
        detail["SubjectAltName"],
        json!([]),
        "without the first name"
    );
    let end = detail["CertEndTime"].as_str().unwrap();
    assert!(end.len() == 19 && end.as_bytes()[10] == b' ', "{end}");

    // What looks for bound resources is a task; what does not look deletes at once.
    let queued = call(
        "DeleteCertificate",
        json!({"CertificateId": id, "IsCheckResource": true}),
    );
    assert_eq!(queued["DeleteResult"], false);
    let task = json!({"TaskIds": [queued["TaskId"]]});
    let status = |task: &Value| {
        let answer = call("DescribeDeleteCertificatesTaskResult", task.clone());
        answer["DeleteTaskResult"][0]["Status"].clone()
    };
    assert_eq!(status(&task), 0);
    std::thread::sleep(Duration::from_millis(350));
    assert_eq!(status(&task), 1);
    let gone = call("DescribeCertificate", json!({"CertificateId": id}));
    assert_eq!(gone["Error"]["Code"], "FailedOperation.CertificateNotFound");
    let twin = json!({"CertificateId": twin["CertificateId"]});
    let deleted = call("DeleteCertificate", twin);
    assert_eq!(
        (&deleted["DeleteResult"], &deleted["TaskId"]),
        (&json!(true), &Value::Null)
    );
}

#[test]
fn ssl_pages_are_as_large_as_allowed() {
    for (account, asked, got) in [
        (
            json!({"ssl_certificates": 1100}),
            json!({"Limit": 5000}),
            1000,
        ),
        (json!({"ssl_certificates": 1100}), json!({}), 10),
        (
            json!({"ssl_certificates": 1100, "max_page": 7}),
            json!({"Limit": 100}),
            7,
        ),
        (json!({}), json!({"Offset": 6, "Limit": 100}), 2),
    ] {
        let server = serve(json!({ "account": account }));
        let answer = tencent(&server, "DescribeCertificates", &asked.to_string()).unwrap();
        let page = answer.json()["Response"]["Certificates"].clone();
        assert_eq!(page.as_array().unwrap().len(), got, "{account} {asked}");
    }
}

// ---- ULB ----

fn bound(server: &Server, certificate: &str) -> usize {
    let answer = ucloud(server, "DescribeSSLV2", &[("SSLId", certificate)]).json();
    answer["DataSet"][0]["Relations"].as_array().unwrap().len()
}

#[test]
fn a_replacement_reaches_as_far_as_its_scope() {
    let (old, new) = (("OldSSLId", "ssl-old0001"), ("NewSSLId", "ssl-new0001"));
    for (scope, moved) in [
        (vec![], 5),
        (vec![("LoadBalancerId", "ulb-sandbox1")], 2),
        (vec![("ListenerId", "als-https2")], 1),
        (
            vec![
                ("LoadBalancerId", "ulb-sandbox1"),
                ("ListenerId", "vserver-https2"),
            ],
            1,
        ),
    ] {
        let server = plain();
        let params = [vec![old, new], scope].concat();
        assert_eq!(
            ucloud(&server, "UpdateSSLBinding", &params).code(),
            "0",
            "{params:?}"
        );
        assert_eq!(bound(&server, "ssl-new0001"), moved, "{params:?}");
        assert_eq!(bound(&server, "ssl-old0001"), 5 - moved, "{params:?}");
    }
}

#[test]
fn a_replacement_that_cannot_be_meant_is_refused() {
    let server = plain();
    let (old, new) = (("OldSSLId", "ssl-old0001"), ("NewSSLId", "ssl-new0001"));
    for (params, expected) in [
        (vec![old, new, ("ULBId", "ulb-sandbox1")], "230"),
        (vec![old, new, ("VServerId", "vserver-https1")], "230"),
        (vec![old, new, ("ListenerId", "")], "230"),
        (vec![old, ("NewSSLId", "ssl-old0001")], "230"),
        (vec![old], "220"),
        (vec![old, ("NewSSLId", "ssl-nobody")], "4210"),
        (vec![old, ("NewSSLId", "ssl-expired")], "4111"),
        (vec![("OldSSLId", "ssl-idle001"), new], "4210"),
        (
            vec![
                old,
                new,
                ("LoadBalancerId", "ulb-sandbox2"),
                ("ListenerId", "vserver-https1"),
            ],
            "4143",
        ),
        (vec![old, new, ("Region", "cn-nowhere")], "293"),
        (vec![old, new, ("ProjectId", "")], "299"),
    ] {
        assert_eq!(
            ucloud(&server, "UpdateSSLBinding", &params).code(),
            expected,
            "{params:?}"
        );
    }
    assert_eq!(bound(&server, "ssl-old0001"), 5);
}

/// The certificate, its issuer and the key of the sandbox's authority, for those names.
fn material(names: &[&str]) -> [String; 3] {
    let issued = Authority::generate().unwrap().issue(names, 30).unwrap();
    let end = "-----END CERTIFICATE-----\n";
    let (leaf, issuer) = issued.fullchain.split_once(end).unwrap();
    [format!("{leaf}{end}"), issuer.to_owned(), issued.key]
}

#[test]
fn a_certificate_of_load_balancers_is_made_of_one_form() {
    let server = plain();
    let [leaf, issuer, key] = material(&["new.example.com"]);
    let [_, _, foreign] = material(&["other.example.com"]);
    let whole = format!("{key}{leaf}{issuer}");
    let (long, name) = ("x".repeat(51), ("SSLName", "a_证书-1.x"));
    let (leaf, key) = (("UserCert", leaf.as_str()), ("PrivateKey", key.as_str()));
    for (params, expected) in [
        (vec![name], "220"),
        (vec![leaf, key], "220"),
        (vec![name, leaf], "220"),
        (vec![name, key], "220"),
        (vec![name, leaf, key, ("SSLType", "Der")], "230"),
        (vec![name, leaf, key, ("SSLContent", &whole)], "230"),
        (
            vec![name, leaf, key, ("USSLId", "usecure_ussl-sandbox1")],
            "230",
        ),
        (vec![name, ("SSLContent", &whole), ("USSLId", "x")], "230"),
        (vec![name, ("USSLId", "usecure_ussl-none")], "4210"),
        (vec![name, leaf, ("PrivateKey", &foreign)], "4111"),
        (vec![name, ("UserCert", "garbage"), key], "4111"),
        (vec![name, ("SSLContent", leaf.1)], "4111"),
        (vec![("SSLName", &long), leaf, key], "4114"),
        (vec![("SSLName", "a b"), leaf, key], "4997"),
        (vec![name, leaf, key, ("CACert", &issuer)], "230"),
        (vec![name, leaf, key, ("CaCert", &issuer)], "0"),
        (vec![name, leaf, key], "0"),
        (vec![name, ("SSLContent", &whole)], "0"),
        (vec![name, ("USSLId", "usecure_ussl-sandbox1")], "0"),
    ] {
        let answer = ucloud(&server, "CreateSSL", &params);
        assert_eq!(answer.code(), expected, "{:?}", params.last());
        assert_eq!(answer.json()["SSLId"].is_string(), expected == "0");
    }
    // Every call made one of its own, and reading shows what went in: the key, too.
    let all = ucloud(&server, "DescribeSSLV2", &[("Limit", "100")]).json();
    assert_eq!(all["TotalCount"], 9);
    let last = &all["DataSet"][5];
    assert_eq!(last["DNSNames"], "new.example.com");
    assert_eq!(last["SSLName"], "a_证书-1.x");
    let content = last["SSLContent"].as_str().unwrap();
    assert!(content.contains(leaf.1) && content.contains(key.1) && content.contains(&issuer));
    assert_eq!(all["DataSet"][8]["SSLSource"], 1);
}

#[test]
fn each_family_of_load_balancers_has_actions_of_its_own() {
    let server = plain();
    let clb = [("ULBId", "ulb-sandbox2"), ("VServerId", "vserver-https4")];
    let alb = [
        ("LoadBalancerId", "alb-sandbox1"),
        ("ListenerId", "als-https1"),
    ];
    let (idle, many) = (("SSLId", "ssl-idle001"), ("SSLIds.0", "ssl-idle001"));
    let default = ("Certificates.0", "ssl-new0001");
    for (action, params, expected) in [
        ("BindSSL", vec![clb[0], clb[1]], "220"),
        (
            "BindSSL",
            vec![clb[0], clb[1], ("SSLId", "ssl-none")],
            "4210",
        ),
        (
            "BindSSL",
            vec![clb[0], clb[1], ("SSLId", "ssl-expired")],
            "4111",
        ),
        (
            "BindSSL",
            vec![("ULBId", "alb-sandbox1"), clb[1], idle],
            "4210",
        ),
        (
            "BindSSL",
            vec![clb[0], ("VServerId", "vserver-https1"), idle],
            "4143",
        ),
        (
            "BindSSL",
            vec![clb[0], ("VServerId", "vserver-https3"), idle],
            "63072",
        ),
        (
            "BindSSL",
            vec![
                ("ULBId", "ulb-sandbox1"),
                ("VServerId", "vserver-http1"),
                idle,
            ],
            "230",
        ),
        ("BindSSL", vec![alb[0], alb[1], idle], "230"),
        ("UnbindSSL", vec![clb[0], clb[1], idle], "4210"),
        ("BindSSL", vec![clb[0], clb[1], idle], "0"),
        ("BindSSL", vec![clb[0], clb[1], idle], "63072"),
        ("DeleteSSL", vec![idle], "4108"),
        (
            "UnbindSSL",
            vec![clb[0], clb[1], ("SSLId", "ssl-old0001")],
            "4210",
        ),
        ("UnbindSSL", vec![clb[0], clb[1], idle], "0"),
        ("AddSSLBinding", vec![alb[0], alb[1]], "220"),
        (
            "AddSSLBinding",
            vec![alb[0], alb[1], ("SSLIds.n", "ssl-idle001")],
            "230",
        ),
        (
            "AddSSLBinding",
            vec![alb[0], alb[1], ("SSLIds.1", "ssl-idle001")],
            "230",
        ),
        ("AddSSLBinding", vec![alb[0], alb[1], idle], "230"),
        (
            "AddSSLBinding",
            vec![("LoadBalancerId", "ulb-sandbox2"), alb[1], many],
            "4210",
        ),
        (
            "AddSSLBinding",
            vec![alb[0], ("ListenerId", "als-http1"), many],
            "230",
        ),
        (
            "AddSSLBinding",
            vec![alb[0], alb[1], many, ("SSLIds.1", "ssl-old0001")],
            "4108",
        ),
        (
            "AddSSLBinding",
            vec![alb[0], alb[1], many, ("SSLIds.1", "ssl-none")],
            "4210",
        ),
        ("AddSSLBinding", vec![alb[0], alb[1], many], "0"),
        ("AddSSLBinding", vec![alb[0], alb[1], many], "4108"),
        (
            "DeleteSSLBinding",
            vec![alb[0], alb[1], ("SSLIds.0", "ssl-old0001")],
            "4108",
        ),
        (
            "DeleteSSLBinding",
            vec![alb[0], alb[1], ("SSLIds.0", "ssl-new0001")],
            "4210",
        ),
        ("DeleteSSLBinding", vec![alb[0], alb[1], many], "0"),
        (
            "UpdateListenerAttribute",
            vec![alb[0], alb[1], default, ("Certificates.1", "x")],
            "230",
        ),
        (
            "UpdateListenerAttribute",
            vec![alb[0], ("ListenerId", "als-http1"), default],
            "230",
        ),
        (
            "UpdateListenerAttribute",
            vec![alb[0], ("ListenerId", "als-none"), default],
            "4143",
        ),
        (
            "UpdateListenerAttribute",
            vec![alb[0], alb[1], ("Certificates.0", "x")],
            "4210",
        ),
        (
            "UpdateListenerAttribute",
            vec![alb[0], alb[1], default],
            "0",
        ),
        (
            "UpdateListenerAttribute",
            vec![alb[0], alb[1], ("Remark", "")],
            "0",
        ),
        ("UpdateSSLAttribute", vec![idle], "220"),
        ("UpdateSSLAttribute", vec![idle, ("SSLName", "")], "220"),
        (
            "UpdateSSLAttribute",
            vec![("SSLId", "ssl-none"), ("SSLName", "a")],
            "4210",
        ),
        ("UpdateSSLAttribute", vec![idle, ("SSLName", "a")], "0"),
        ("DeleteSSL", vec![idle], "0"),
        ("DeleteSSL", vec![idle], "4210"),
        ("DescribeListeners", vec![], "220"),
        (
            "DescribeListeners",
            vec![("LoadBalancerId", "ulb-sandbox1")],
            "4210",
        ),
        (
            "DescribeListeners",
            vec![("ListenerId", "vserver-https1")],
            "4143",
        ),
        ("DescribeVServer", vec![("ULBId", "alb-sandbox1")], "4210"),
        ("DescribeLoadBalancers", vec![("ShowDetail", "True")], "230"),
        ("DescribeLoadBalancers", vec![("Limit", "-1")], "230"),
        ("DescribeULB", vec![("Limit", "0")], "230"),
    ] {
        let answer = ucloud(&server, action, &params);
        assert_eq!(answer.code(), expected, "{action} {params:?}");
    }
    let listener = ucloud(
        &server,
        "DescribeListeners",
        &[("ListenerId", "als-https1")],
    )
    .json();
    assert_eq!(
        listener["Listeners"][0]["Certificates"],
        json!([{ "SSLId": "ssl-new0001", "IsDefault": true }])
    );
    // As in the vendor's sample.
    ucloud(
        &server,
        "BindSSL",
        &[clb[0], clb[1], ("SSLId", "ssl-new0001")],
    );
    let unbound = ucloud(
        &server,
        "UnbindSSL",
        &[clb[0], clb[1], ("SSLId", "ssl-new0001")],
    );
    assert_eq!(unbound.json()["Action"], "BindSSLResponse");
}

#[test]
fn an_alb_has_twenty_five_certificates_for_sni() {
    let server = serve(json!({ "account": { "ulb_certificates": 30 } }));
    let ids: Vec<String> = (1..=25).map(|n| format!("ssl-more{n:04}")).collect();
    let names: Vec<String> = (0..25).map(|n| format!("SSLIds.{n}")).collect();
    let mut params = vec![
        ("LoadBalancerId", "alb-sandbox1"),
        ("ListenerId", "als-https1"),
    ];
    params.extend(
        names
            .iter()
            .zip(&ids)
            .map(|(name, id)| (name.as_str(), id.as_str())),
    );
    // One is bound to the other listener already: all of them or none.
    assert_eq!(ucloud(&server, "AddSSLBinding", &params).code(), "4207");
    assert_eq!(ucloud(&server, "AddSSLBinding", &params[..26]).code(), "0");
    let one_more = [params[0], params[1], ("SSLIds.0", "ssl-more0030")];
    assert_eq!(ucloud(&server, "AddSSLBinding", &one_more).code(), "4207");
}

#[test]
fn reading_shows_a_change_to_load_balancers_in_a_while() {
    let place = [
        ("LoadBalancerId", "alb-sandbox1"),
        ("ListenerId", "als-https1"),
    ];
    let add = [place[0], place[1], ("SSLIds.0", "ssl-idle001")];
    let server = serve(json!({ "account": { "ulb_settle_ms": 600_000 } }));
    assert_eq!(ucloud(&server, "AddSSLBinding", &add).code(), "0");
    assert_eq!(bound(&server, "ssl-idle001"), 0);
    // What is refused is judged by what is so.
    assert_eq!(ucloud(&server, "AddSSLBinding", &add).code(), "4108");

    let server = serve(json!({ "account": { "ulb_settle_ms": 100 } }));
    let started = std::time::Instant::now();
    assert_eq!(ucloud(&server, "AddSSLBinding", &add).code(), "0");
    while bound(&server, "ssl-idle001") == 0 {
        assert!(started.elapsed().as_secs() < 60);
    }
    assert!(started.elapsed().as_millis() >= 100);
}

// ---- scenarios ----

#[test]
fn a_reset_before_changes_nothing_and_one_after_does() {
    for (word, https) in [("reset_before", "off"), ("reset_after", "on")] {
        let server = serve(json!({ "faults": [
            { "match": { "action": "BatchSetCdnDomainServerCertificate" }, "do": word },
        ]}));
        let error = batch("b.com", "on").send(&server).err().expect("a reset");
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset, "{word}");
        assert_eq!(https_of(&server, "b.com"), https, "{word}");
    }
}

#[test]
fn faults_strike_where_they_are_told_to() {
    let server = serve(json!({ "faults": [
        { "match": { "nth": [2] }, "do": { "throttle": { "retry_after_ms": 1500 } } },
        { "match": { "value": "b.com" }, "do": { "code": "InternalError", "http": 500 } },
        { "match": { "cloud": "tencent", "times": 1 }, "do": { "status": 502, "html": true } },
    ]}));
    assert_eq!(batch("a.com", "on").code(&server), "");
    let second = batch("a.com", "on").send(&server).unwrap();
    assert_eq!(second.code(), "Throttling.User");
    assert_eq!(second.header("x-acs-retry-after").as_deref(), Some("1500"));
    let third = batch("a.com,b.com", "on").send(&server).unwrap();
    assert_eq!(
        (third.status, third.code().as_str()),
        (500, "InternalError")
    );
    let proxy = tencent(&server, "DescribeCSRSet", "{}").unwrap();
    assert_eq!(proxy.status, 502);
    assert_eq!(
        proxy.header("content-type").as_deref(),
        Some("text/html; charset=utf-8")
    );
    assert_eq!(
        tencent(&server, "DescribeCSRSet", "{}").unwrap().status,
        200
    );
}

#[test]
fn an_answer_can_be_a_lie_in_both_directions() {
    let server = serve(json!({ "faults": [
        { "match": { "value": "b.com", "times": 1 }, "do": { "applied": false } },
        { "match": { "value": "test.com", "times": 1 },
          "do": { "code": "InternalError", "applied": true } },
    ]}));
    assert_eq!(batch("b.com", "on").code(&server), "");
    assert_eq!(https_of(&server, "b.com"), "off");
    assert_eq!(batch("test.com", "on").code(&server), "InternalError");
    assert_eq!(https_of(&server, "test.com"), "on");
    let applied: Vec<_> = server.log().iter().map(|entry| entry.applied).collect();
    assert_eq!(applied, [false, true, true, true]);
}

#[test]
fn a_seed_repeats_its_misfortunes() {
    let run = |seed: u64| {
        let server = serve(json!({ "seed": seed, "faults": [
            { "match": { "probability": 0.5 }, "do": { "status": 503 } },
        ]}));
        let list = || ucloud(&server, "DescribeSSLV2", &[]).status;
        (0..24).map(|_| list()).collect::<Vec<_>>()
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}

#[test]
fn answers_break_in_every_way_there_is() {
    let broken = |deed: Value| {
        let server = serve(json!({ "faults": [{ "do": deed }] }));
        tencent(&server, "DescribeCSRSet", "{}")
    };
    let whole = broken(json!({})).unwrap();
    assert!(whole.json()["Response"]["Set"].is_array());
    assert_eq!(
        broken(json!({ "cut_body": 10 })).unwrap().body,
        whole.body[..10]
    );
    let chunked = broken(json!({ "cut_chunk": 10 })).unwrap();
    assert_eq!(
        chunked.header("transfer-encoding").as_deref(),
        Some("chunked")
    );
    assert!(!chunked.body.ends_with(b"0\r\n\r\n"));
    assert_eq!(broken(json!("empty")).unwrap().body, b"");
    assert_eq!(broken(json!("no_content")).unwrap().status, 204);
    assert_eq!(broken(json!("null")).unwrap().body, b"null");
    assert_eq!(broken(json!("empty_object")).unwrap().body, b"{}");
    assert_eq!(broken(json!("empty_array")).unwrap().body, b"[]");
    assert!(
        broken(json!("html_200"))
            .unwrap()
            .body
            .starts_with(b"<!DOCTYPE html>")
    );
    assert!(std::str::from_utf8(&broken(json!("not_utf8")).unwrap().body).is_err());
    assert!(
        broken(json!("bom"))
            .unwrap()
            .body
            .starts_with(b"\xef\xbb\xbf{")
    );
    let gzip = broken(json!("bad_gzip")).unwrap();
    assert_eq!(gzip.header("content-encoding").as_deref(), Some("gzip"));
    let away = broken(json!({ "redirect": "http://127.0.0.1:1/" })).unwrap();
    assert_eq!(
        (away.status, away.header("location").as_deref()),
        (302, Some("http://127.0.0.1:1/"))
    );
    let huge = broken(json!({ "huge_mib": 3 })).unwrap();
    assert!(huge.body.len() > 3 << 20);
    assert!(huge.json()["Response"]["Set"].is_array());
    let slow = broken(json!({ "slow_ms_per_byte": 1, "empty_object": true })).unwrap();
    assert_eq!(slow.body, b"{}");
}

#[test]
fn deletes_can_succeed_in_part_and_lie_about_it() {
    let server = serve(json!({ "faults": [
        { "match": { "action": "BatchDeleteCSR" }, "do": { "partial_success": [103, 101, 999] } },
    ]}));
    let answer = tencent(&server, "BatchDeleteCSR", r#"{"CSRIds":[101,102]}"#).unwrap();
    assert_eq!(answer.json()["Response"]["Success"], json!([103, 101, 999]));
    let left = |id: i64| {
        let body = json!({ "CSRId": id }).to_string();
        tencent(&server, "DescribeCSR", &body)
            .unwrap()
            .code()
            .is_empty()
    };
    assert_eq!([left(101), left(102), left(103)], [false, true, true]);
}

#[test]
fn a_kept_alive_connection_can_be_closed_unannounced() {
    let server = serve(json!({ "faults": [{ "do": "close_idle" }] }));
    let endpoint = server.endpoint();
    let mut stream = TcpStream::connect(endpoint.strip_prefix("http://").unwrap()).unwrap();
    let head = "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = [0; 4096];
    let size = stream.read(&mut answer).unwrap();
    let text = String::from_utf8_lossy(&answer[..size]).to_lowercase();
    assert!(
        text.starts_with("http/1.1 400") && !text.contains("connection: close"),
        "{text}"
    );

    let mut body =
        json!({ "Action": "X", "PublicKey": keys::UCLOUD.id, "Signature": "x" }).to_string();
    let head = |body: &str| {
        format!(
            "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let text = format!(
        "ActionDescribeULBProjectIdorg-sandboxPublicKey{}Regioncn-bj2",
        keys::UCLOUD.id
    );
    let digest = Sha1::digest(text + keys::UCLOUD.secret);
    let signature: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    stream.write_all(head(&body).as_bytes()).unwrap();
    let refused = stream.read(&mut answer).unwrap();
    assert!(
        refused > 0,
        "a request that never reached an action is not struck"
    );
    body = json!({
        "Action": "DescribeULB", "PublicKey": keys::UCLOUD.id, "ProjectId": "org-sandbox",
        "Region": "cn-bj2", "Signature": signature,
    })
    .to_string();
    stream.write_all(head(&body).as_bytes()).unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    let text = String::from_utf8_lossy(&rest).to_lowercase();
    assert!(
        text.contains("\"retcode\":0") && !text.contains("connection: close"),
        "{text}"
    );
}

#[test]
fn a_scenario_with_an_unknown_key_is_refused_by_name() {
    for (scenario, named) in [
        (json!({ "sede": 1 }), "sede"),
        (json!({ "account": { "domain": [] } }), "domain"),
        (json!({ "faults": [{ "do": "explode" }] }), "explode"),
        (
            json!({ "faults": [{ "match": { "cloud": "azure" }, "do": "empty" }] }),
            "azure",
        ),
        (
            json!({ "faults": [{ "match": { "every": 0 }, "do": "empty" }] }),
            "every",
        ),
    ] {
        let line = Scenario::parse(&scenario.to_string()).unwrap_err();
        assert!(line.contains(named) && !line.contains('\n'), "{line}");
    }
}

#[test]
fn the_log_has_no_code_for_an_answer_that_is_not_the_clouds() {
    let server = serve(json!({ "faults": [{ "do": { "status": 502 } }] }));
    assert_eq!(batch("b.com", "on").send(&server).unwrap().status, 502);
    let entry = &server.log()[0];
    assert_eq!(
        (entry.http, entry.fault, entry.applied),
        (Some(502), Some(0), false)
    );
    assert_eq!(entry.code, None);
}

#[test]
fn the_manual_has_every_key_of_a_scenario_and_every_key_of_the_account() {
    let manual = include_str!("../docs/sandbox.md");
    let places = [
        json!({ "?": 0 }),
        json!({ "tls": { "?": 0 } }),
        json!({ "account": { "?": 0 } }),
        json!({ "faults": [{ "match": { "?": 0 }, "do": "empty" }] }),
        json!({ "faults": [{ "do": { "?": 0 } }] }),
    ];
    for place in places {
        // The refusal of an unknown key lists the known ones.
        let line = Scenario::parse(&place.to_string()).unwrap_err();
        let listed: Vec<_> = line.split('`').skip(3).step_by(2).collect();
        assert!(listed.len() > 1, "{line}");
        for key in listed {
            let written = manual.match_indices(key).any(|(at, _)| {
                manual[..at].ends_with(['`', '.', ' '])
                    && !manual[at + key.len()..].starts_with('_')
            });
            assert!(written, "docs/sandbox.md says nothing of `{key}`");
        }
    }
    for key in keys::KEYS {
        let row = format!("| {} | `{}` | `{}` |", key.cloud, key.id, key.secret);
        assert!(manual.contains(&row), "docs/sandbox.md lacks {row}");
    }
}

// ---- the server ----

/// A TLS handshake that trusts the test authority; gives what the client has to say of it.
fn handshake(tls: Value) -> Result<(), String> {
    let scenario = Scenario::parse(&json!({ "tls": tls }).to_string()).unwrap();
    let server = start(Config {
        tls: true,
        scenario,
        ..Config::default()
    })
    .unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(server.ca_pem().as_bytes()).unwrap())
        .unwrap();
    let provider = rustls::crypto::ring::default_provider();
    let config = rustls::ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = "localhost".try_into().unwrap();
    let mut client = rustls::ClientConnection::new(config.into(), name).unwrap();
    let endpoint = server.endpoint();
    let mut socket = TcpStream::connect(endpoint.strip_prefix("https://").unwrap()).unwrap();
    while client.is_handshaking() {
        client
            .complete_io(&mut socket)
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}

#[test]
fn https_is_served_under_the_test_authority_and_goes_wrong_as_told() {
    assert_eq!(handshake(json!({})), Ok(()));
    assert_eq!(handshake(json!({ "version": "1.2" })), Ok(()));
    assert_eq!(handshake(json!({ "version": "1.3" })), Ok(()));
    for (tls, said) in [
        (json!({ "certificate": "expired" }), "expired"),
        (json!({ "certificate": "wrong_host" }), "not valid for name"),
        (
            json!({ "certificate": "unknown_authority" }),
            "UnknownIssuer",
        ),
        (json!({ "certificate": "self_signed" }), "UnknownIssuer"),
        (json!({ "version": "1.1" }), "ProtocolVersion"),
    ] {
        let error = handshake(tls).unwrap_err();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn it_listens_on_loopback_alone() {
    let listen = "0.0.0.0:0".parse().unwrap();
    let error = start(Config {
        listen,
        ..Config::default()
    })
    .err()
    .expect("refused");
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
}

#[test]
fn the_log_tells_what_arrived_and_keeps_secrets_out() {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("emulator.log");
    let server = start(Config {
        log: Some(path.clone()),
        ..Config::default()
    })
    .unwrap();
    let mut call = batch("c.com", "on");
    call.params.push(("SSLPri", "a private key"));
    call.params.push(("SSLPub", "-----BEGIN PRIVATE KEY-----"));
    call.code(&server);
    let query = "POST /?SSLPri=a%20private%20key&AccessKeyId=nobody HTTP/1.1";
    send(&server, query, b"").unwrap();
    let log = server.log();
    assert_eq!(
        log[0].action.as_deref(),
        Some("BatchSetCdnDomainServerCertificate")
    );
    assert_eq!(log[0].code.as_deref(), Some("InvalidDomain.NotFound"));
    assert!(!log[0].applied && log[0].secrets_in_query.is_empty());
    assert_eq!(log[0].params["SSLPri"], "****");
    assert_eq!(log[0].params["SSLPub"], "****", "swapped");
    assert_eq!(log[1].secrets_in_query, ["SSLPri"]);
    server.shutdown().unwrap();
    let written = std::fs::read_to_string(path).unwrap();
    assert_eq!(written.lines().count(), 2);
    assert!(
        !written.contains("private key") && !written.contains("private%20key"),
        "{written}"
    );
}

#[test]
fn a_port_is_given_back_when_the_server_is_dropped() {
    let server = plain();
    let endpoint = server.endpoint();
    drop(server);
    TcpListener::bind(endpoint.strip_prefix("http://").unwrap()).unwrap();
}

// ---- certctl-sandbox ----

fn sandbox(args: &[&str]) -> std::process::Output {
    assert_cmd::Command::cargo_bin("certctl-sandbox")
        .unwrap()
        .args(args)
        .output()
        .unwrap()
}

#[test]
fn pki_writes_a_pair_that_fits_and_keeps_what_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().to_str().unwrap();
    let made = sandbox(&["pki", "--out", out, "--names", "a.com,*.b.com"]);
    assert_eq!(made.status.code(), Some(0));
    let read = |name: &str| std::fs::read_to_string(dir.path().join(name)).unwrap();
    let key = read("privkey.pem");
    let server = plain();
    let mut call = batch("a.com", "on");
    let chain = read("fullchain.pem");
    call.params
        .extend([("SSLPub", chain.as_str()), ("SSLPri", &key)]);
    assert_eq!(call.code(&server), "");
    assert_eq!(chain.matches("BEGIN CERTIFICATE").count(), 2);
    assert!(!chain.contains(&read("ca.pem")));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(dir.path().join("privkey.pem"))
            .unwrap()
            .permissions();
        assert_eq!(mode.mode() & 0o777, 0o600);
    }
    let again = sandbox(&["pki", "--out", out, "--names", "a.com"]);
    assert_eq!(again.status.code(), Some(2));
    assert_eq!(read("privkey.pem"), key);
    let forced = sandbox(&["pki", "--out", out, "--names", "a.com", "--force"]);
    assert_eq!(forced.status.code(), Some(0));
    assert_ne!(read("privkey.pem"), key);
}

#[cfg(unix)]
#[test]
fn exec_sets_the_environment_and_gives_the_programs_status() {
    let script = "test -n \"$CERTCTL_ENDPOINT$UCLOUD_PUBLIC_KEY\" && \
                  test -z \"$CERTCTL_TENCENT_ENDPOINT\" && exit 7";
    let output = assert_cmd::Command::cargo_bin("certctl-sandbox")
        .unwrap()
        .env(
            "CERTCTL_TENCENT_ENDPOINT",
            "https://ssl.tencentcloudapi.com",
        )
        .args(["exec", "--", "sh", "-c", script])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(7));
    assert_eq!(
        sandbox(&["exec", "--", "sh", "-c", "kill -9 $$"])
            .status
            .code(),
        Some(137)
    );
    assert_eq!(
        sandbox(&["exec", "--", "/nonexistent"]).status.code(),
        Some(127)
    );
}

#[test]
fn serve_refuses_to_leave_loopback_and_scenarios_it_does_not_understand() {
    let output = sandbox(&["serve", "--listen", "0.0.0.0:0"]);
    assert_eq!(output.status.code(), Some(2));
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("scenario.json");
    std::fs::write(&file, r#"{"sede": 1}"#).unwrap();
    let output = sandbox(&["serve", "--scenario", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("unknown field `sede`")
    );
    assert!(output.stdout.is_empty());
}

#[cfg(unix)]
#[test]
fn serve_prints_one_document_and_ends_politely() {
    use std::process::{Command, Stdio};
    let mut child = Command::new(assert_cmd::cargo::cargo_bin!("certctl-sandbox"))
        .arg("serve")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = io::BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    io::BufRead::read_line(&mut stdout, &mut line).unwrap();
    let document: Value = serde_json::from_str(&line).unwrap();
    let endpoint = document["endpoint"].as_str().unwrap();
    assert_eq!(document["env"]["CERTCTL_ENDPOINT"], endpoint);
    TcpStream::connect(endpoint.strip_prefix("http://").unwrap()).unwrap();
    let pid = i32::try_from(child.id()).unwrap();
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
}
