//! Through a proxy, past it, and turned away by it.

use std::io::Write;

use rcgen::KeyPair;

use super::tls::{self, Leaf};
use crate::support::raw::{Raw, Request, answer};
use crate::support::{Call, Clouds};

const SET: [&str; 8] = [
    "cdn",
    "set",
    "--no-preview",
    "--domains=a.com",
    "--on",
    "--via=single",
    "--max-attempts=1",
    "-vv",
];
const DONE: &str = r#"{"RequestId":"0AEDAF20-4DDF-4165-8750-47FF9C1929C9"}"#;

/// A call to a host that only a proxy could know.
fn set(clouds: &Clouds, scheme: &str) -> Call {
    let endpoint = format!("{scheme}://cdn.aliyuncs.invalid");
    clouds
        .certctl(&SET)
        .arg("--allow-http")
        .env("CERTCTL_ENDPOINT", endpoint)
}

/// The proxy's address with a user name and a password in it.
fn with_password(proxy: &Raw) -> String {
    format!(
        "http://proxyuser:proxy-pass-w0rd@127.0.0.1:{}",
        proxy.port()
    )
}

/// `proxyuser:proxy-pass-w0rd`
const AUTHORIZATION: &str = "Basic cHJveHl1c2VyOnByb3h5LXBhc3MtdzByZA==";

#[track_caller]
fn hides_the_password(text: &str) {
    for shown in ["proxy-pass-w0rd", "b3h5LXBhc3Mtdz", "proxy%2Dpass"] {
        assert!(!text.contains(shown), "{text}");
    }
}

#[test]
fn http_goes_to_the_proxy_with_the_whole_address() {
    let clouds = Clouds::new();
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        let proxy = Raw::http(|_| answer(200, "", DONE));
        let outcome = set(&clouds, "http")
            .env(variable, with_password(&proxy))
            .run()
            .expect(0);
        assert_eq!(outcome.statuses(), ["changed"]);
        let requests = proxy.requests();
        assert_eq!(requests.len(), 1);
        let head = requests[0].head.to_ascii_lowercase();
        assert!(
            head.starts_with("post http://cdn.aliyuncs.invalid/ http/1.1"),
            "{head}"
        );
        assert!(head.contains("\r\nhost: cdn.aliyuncs.invalid"), "{head}");
        let authorization = format!(
            "proxy-authorization: {}",
            AUTHORIZATION.to_ascii_lowercase()
        );
        assert!(head.contains(&authorization), "{head}");
        hides_the_password(&(outcome.stdout + &outcome.stderr));
    }
}

#[test]
fn https_goes_through_a_tunnel() {
    let authority = tls::authority("ours");
    let key = KeyPair::generate().expect("a key");
    let names = vec!["cdn.aliyuncs.invalid"];
    let leaf = tls::params(&Leaf {
        names,
        from: -1,
        to: 1,
    });
    let leaf = leaf.signed_by(&key, &authority).expect("a leaf");
    let config = tls::config(&leaf, &key, tls::BOTH);
    let proxy = Raw::connections(move |mut stream, keep| {
        keep(Request::read(&mut stream));
        let _ = stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n");
        tls::speak(&config, stream, keep);
    });
    let clouds = Clouds::new();
    let ca = clouds.file("ca.pem", authority.pem());
    let call = set(&clouds, "https").env("HTTPS_PROXY", with_password(&proxy));
    let outcome = call.env("SSL_CERT_FILE", ca).run().expect(0);
    assert_eq!(outcome.statuses(), ["changed"]);
    let requests = proxy.requests();
    assert!(
        requests[0]
            .head
            .starts_with("CONNECT cdn.aliyuncs.invalid:443 HTTP/1.1")
    );
    assert!(requests[0].head.contains(AUTHORIZATION), "{requests:#?}");
    assert!(
        requests[1].head.starts_with("POST / HTTP/1.1"),
        "{requests:#?}"
    );
    // The password is for the proxy, not for the cloud.
    assert!(
        !requests[1].head.to_ascii_lowercase().contains("proxy-auth"),
        "{requests:#?}"
    );
    hides_the_password(&(outcome.stdout + &outcome.stderr));
}

#[test]
fn a_proxy_that_refuses_the_tunnel_is_no_connection() {
    for (status, reason) in [
        (
            403,
            "no connection: the proxy refuses to connect to the host",
        ),
        (
            407,
            "no connection: the proxy requires a user name and password",
        ),
        (
            502,
            "no connection: the proxy refuses to connect to the host",
        ),
    ] {
        let proxy = Raw::http(move |_| answer(status, "", "<html>no</html>"));
        let clouds = Clouds::new();
        let call = set(&clouds, "https").env("HTTPS_PROXY", with_password(&proxy));
        let outcome = call.run().expect(7);
        assert_eq!(outcome.statuses(), ["failed"]);
        let document = outcome.json();
        let error = &document["results"][0]["error"];
        assert_eq!(error["kind"], "connection");
        let message = error["message"].as_str().expect("a message");
        assert!(message.starts_with(reason), "{message}");
        assert!(
            error["hint"]
                .as_str()
                .expect("a hint")
                .contains("HTTPS_PROXY")
        );
        let requests = proxy.requests();
        assert_eq!(requests.len(), 1);
        assert!(requests[0].head.starts_with("CONNECT"), "{requests:#?}");
        assert!(requests[0].body.is_empty(), "{requests:#?}");
        hides_the_password(&(outcome.stdout + &outcome.stderr));
    }
}

#[test]
fn a_proxy_that_answers_for_the_cloud() {
    for status in [403, 407] {
        // It shows what it was sent, as some do.
        let proxy = Raw::http(move |request| answer(status, "", &request.head));
        let clouds = Clouds::new();
        let call = set(&clouds, "http").env("HTTP_PROXY", with_password(&proxy));
        let outcome = call.run().expect(6);
        assert_eq!(outcome.statuses(), ["failed"]);
        assert!(
            outcome.stderr.contains(&format!("HTTP {status}")),
            "{outcome:#?}"
        );
        assert!(outcome.stderr.contains("proxy"), "{outcome:#?}");
        assert_eq!(proxy.requests().len(), 1);
        assert!(
            outcome
                .stderr
                .contains("proxy-authorization: Basic cHJveHl1c2VyO****"),
            "{outcome:#?}"
        );
        hides_the_password(&(outcome.stdout + &outcome.stderr));
    }
}

#[test]
fn no_proxy_goes_straight() {
    for list in [
        "cdn.aliyuncs.invalid",
        ".aliyuncs.invalid",
        "example.com, invalid",
        "*",
    ] {
        let proxy = Raw::http(|_| answer(200, "", DONE));
        let clouds = Clouds::new();
        let call = set(&clouds, "http")
            .env("HTTP_PROXY", proxy.endpoint())
            .env("NO_PROXY", list);
        let outcome = call.run().expect(7);
        assert!(
            outcome.stderr.contains("name does not resolve"),
            "{outcome:#?}"
        );
        assert_eq!(proxy.requests().len(), 0);
    }
    let proxy = Raw::http(|_| answer(200, "", DONE));
    let clouds = Clouds::new();
    let call = set(&clouds, "http").env("HTTP_PROXY", proxy.endpoint());
    call.env("NO_PROXY", "yuncs.invalid,other.invalid")
        .run()
        .expect(0);
    assert_eq!(proxy.requests().len(), 1);
}

#[test]
fn this_machine_is_never_reached_through_a_proxy() {
    let clouds = Clouds::new();
    let proxy = Raw::http(|_| answer(200, "", DONE));
    let port = clouds
        .endpoint()
        .rsplit_once(':')
        .expect("a port")
        .1
        .to_owned();
    for endpoint in [clouds.endpoint(), format!("http://localhost:{port}")] {
        let mut call = clouds.certctl(&SET).env("CERTCTL_ENDPOINT", endpoint);
        for variable in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
            call = call.env(variable, proxy.endpoint());
        }
        call.run().expect(0);
    }
    assert_eq!((proxy.requests().len(), clouds.log().len()), (0, 2));
}

#[test]
fn a_proxy_that_is_not_there_or_not_one() {
    let clouds = Clouds::new();
    // A port that nobody listens on: bound, then let go.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .expect("a port")
        .local_addr();
    let gone = format!(
        "http://proxyuser:proxy-pass-w0rd@{}",
        port.expect("an address")
    );
    for scheme in ["http", "https"] {
        let call = set(&clouds, scheme).env("ALL_PROXY", &gone);
        let outcome = call.run().expect(7);
        assert!(outcome.stderr.contains("no connection"), "{outcome:#?}");
        hides_the_password(&(outcome.stdout + &outcome.stderr));
    }
    for value in [
        "socks5://u:proxy-pass-w0rd@h:1",
        "http://",
        "http://h:99999",
        " http://h",
    ] {
        let outcome = set(&clouds, "http")
            .env("HTTP_PROXY", value)
            .run()
            .expect(3);
        let error = outcome.error();
        let message = error["message"].as_str().expect("a message");
        assert!(
            message.starts_with("environment variable HTTP_PROXY "),
            "{message}"
        );
        hides_the_password(&(outcome.stdout + &outcome.stderr));
    }
}
