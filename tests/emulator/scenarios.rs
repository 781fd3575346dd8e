//! What a scenario can make of the stores and of answers that are otherwise in order.

use certctl::emulator::Server;
use certctl::emulator::pki::Authority;
use serde_json::{Value, json};

use crate::{Alibaba, serve, tencent, ucloud};

/// A scenario with this one fault.
fn faulty(action: &str, deed: Value) -> Server {
    serve(json!({ "faults": [{ "match": { "action": action }, "do": deed }] }))
}

fn alibaba(server: &Server, action: &str, params: &[(&str, &str)]) -> Value {
    Alibaba::new(action, params).send(server).unwrap().json()
}

/// The leaf alone, the whole chain, the key.
fn material() -> [String; 3] {
    let authority = Authority::generate().unwrap();
    let issued = authority.issue(&["www.example.com"], 30).unwrap();
    let end = "-----END CERTIFICATE-----\n";
    let leaf = format!("{}{end}", issued.fullchain.split_once(end).unwrap().0);
    [leaf, issued.fullchain, issued.key]
}

#[test]
fn cdn_refuses_what_the_scenario_says() {
    let [leaf, whole, key] = material();
    let set = |server: &Server, action: &str, name: Option<&str>, chain: &str| {
        let (chain_name, key_name, switch) = match action {
            "SetDomainServerCertificate" => {
                ("ServerCertificate", "PrivateKey", "ServerCertificateStatus")
            }
            _ => ("SSLPub", "SSLPri", "SSLProtocol"),
        };
        let mut params = vec![
            ("DomainName", "www.example.com"),
            (switch, "on"),
            (chain_name, chain),
            (key_name, &key),
        ];
        params.extend(name.map(|name| ("CertName", name)));
        Alibaba::new(action, &params).code(server)
    };
    let (ssl, single) = ("SetCdnDomainSSLCertificate", "SetDomainServerCertificate");
    let with = |refuses: Value| serve(json!({ "account": { "cdn_refuses": refuses } }));

    let server = with(json!([]));
    assert_eq!(set(&server, ssl, Some("one"), &whole), "");
    assert_eq!(set(&server, ssl, Some("one"), &whole), "");
    // The same leaf with another chain is another certificate.
    assert_eq!(
        set(&server, ssl, Some("one"), &leaf),
        "Certificate.Duplicated"
    );
    assert_eq!(set(&server, ssl, Some("two"), &leaf), "");

    let server = with(json!(["same_content"]));
    assert_eq!(set(&server, ssl, Some("one"), &whole), "");
    let rewrapped = whole.replace('\n', "\r\n");
    for name in ["one", "two"] {
        let code = set(&server, ssl, Some(name), &rewrapped);
        assert_eq!(code, "CertificateContent.Duplicated", "{name}");
    }
    assert_eq!(set(&server, ssl, Some("three"), &leaf), "");

    let server = with(json!(["same_name", "no_name"]));
    assert_eq!(set(&server, ssl, None, &whole), "CertName.MissingParameter");
    assert_eq!(set(&server, ssl, Some("one"), &whole), "");
    assert_eq!(
        set(&server, ssl, Some("one"), &whole),
        "CertNameAlreadyExists"
    );
    assert_eq!(
        set(&server, single, Some("one"), &whole),
        "Certificate.Duplicated"
    );
    assert_eq!(set(&server, ssl, Some("two"), &whole), "");
}

#[test]
fn domains_that_are_all_so_already_are_listed_with_their_certificate() {
    let server = serve(json!({ "account": { "cdn_sites": 1200 } }));
    let mut bearing = 0;
    for page in ["1", "2", "3"] {
        let page = [("PageSize", "500"), ("PageNumber", page)];
        let list = alibaba(&server, "DescribeCdnHttpsDomainList", &page);
        // The fixture has three of its own.
        assert_eq!(list["TotalCount"], 1203);
        let rows = list["CertInfos"]["CertInfo"].as_array().unwrap();
        bearing += rows
            .iter()
            .filter(|row| row["CertName"] == "cas-example" && row["CertStatus"] == "ok")
            .count();
    }
    assert_eq!(bearing, 1200);
    let domain = [("DomainName", "site01200.example.com")];
    let info = alibaba(&server, "DescribeDomainCertificateInfo", &domain);
    let info = &info["CertInfos"]["CertInfo"][0];
    assert_eq!(
        (&info["CertId"], &info["CertType"]),
        (&json!("1234567"), &json!("cas"))
    );
}

#[test]
fn ssl_certificates_compares_leaves_or_whole_chains() {
    let [leaf, whole, key] = material();
    let upload = |server: &Server, chain: &str, repeatable: bool| {
        let body = json!({
            "CertificatePublicKey": chain, "CertificatePrivateKey": key, "Repeatable": repeatable,
        });
        let answer = tencent(server, "UploadCertificate", &body.to_string()).unwrap();
        let answer = answer.json();
        let [id, repeated] = ["CertificateId", "RepeatCertId"]
            .map(|name| answer["Response"][name].as_str().unwrap().to_owned());
        (id, repeated)
    };
    let exists = |server: &Server, chain: &str| {
        let body = json!({ "CertificatePublicKey": chain }).to_string();
        let answer = tencent(server, "CheckCertificateExist", &body).unwrap();
        let id = answer.json()["Response"]["RepeatCertId"].clone();
        id.as_str().unwrap().to_owned()
    };
    let server = serve(json!({}));
    let (bare, _) = upload(&server, &leaf, false);
    assert_eq!(exists(&server, &whole), bare);
    assert_eq!(upload(&server, &whole, false), (bare.clone(), bare.clone()));
    let (full, repeated) = upload(&server, &whole, true);
    assert!(full != bare && repeated.is_empty());
    assert_eq!(
        (exists(&server, &whole), exists(&server, &leaf)),
        (full, bare)
    );

    let server = serve(json!({ "account": { "ssl_compares": "chain" } }));
    let (bare, _) = upload(&server, &leaf, false);
    assert_eq!(
        (exists(&server, &whole), exists(&server, &leaf)),
        (String::new(), bare)
    );
    assert_eq!(upload(&server, &whole, false).1, "");
}

#[test]
fn a_gateway_can_ignore_the_page_and_count_wrongly() {
    let ids = |server: &Server, page: &str| {
        let page = [
            ("OrderType", "CERT"),
            ("ShowSize", "2"),
            ("CurrentPage", page),
        ];
        let list = alibaba(server, "ListUserCertificateOrder", &page);
        let rows = list["CertificateOrderList"].as_array().unwrap().clone();
        let ids: Vec<_> = rows
            .iter()
            .map(|row| row["CertificateId"].clone())
            .collect();
        (ids, list["TotalCount"].clone())
    };
    let stuck = faulty("ListUserCertificateOrder", json!("first_page"));
    assert_eq!(ids(&stuck, "2"), ids(&stuck, "1"));
    for (total, expected) in [
        (json!("page"), json!(2)),
        (json!({ "off_by": 3 }), json!(7)),
        (json!({ "off_by": -1 }), json!(3)),
    ] {
        let server = faulty("ListUserCertificateOrder", json!({ "total": total }));
        let (rows, count) = ids(&server, "2");
        assert_eq!((rows.len(), count), (2, expected), "{total}");
    }
    let stuck = faulty("DescribeSSLV2", json!("first_page"));
    let page = |offset| {
        let page = [("Limit", "2"), ("Offset", offset)];
        ucloud(&stuck, "DescribeSSLV2", &page).json()["DataSet"][0]["SSLId"].clone()
    };
    assert_eq!(page("2"), page("0"));
    let stuck = faulty("DescribeCertificates", json!("first_page"));
    let page = |offset: u64| {
        let page = json!({ "Limit": 1, "Offset": offset }).to_string();
        let list = tencent(&stuck, "DescribeCertificates", &page)
            .unwrap()
            .json();
        list["Response"]["Certificates"][0]["CertificateId"].clone()
    };
    assert_eq!(page(1), page(0));
}

#[test]
fn numbers_can_be_texts_and_request_ids_the_same() {
    let server = faulty("DescribeVServer", json!("numbers_as_text"));
    let answer = ucloud(&server, "DescribeVServer", &[]).json();
    assert_eq!(
        (&answer["RetCode"], &answer["TotalCount"]),
        (&json!("0"), &json!("6"))
    );
    assert_eq!(answer["DataSet"][0]["FrontendPort"], "443");

    let server = serve(json!({ "faults": [{ "do": { "request_id": "once" } }] }));
    let list = alibaba(&server, "ListUserCertificateOrder", &[]);
    let refused = alibaba(&server, "GetUserCertificateDetail", &[("CertId", "1")]);
    let csr = tencent(&server, "DescribeCSRSet", "{}").unwrap().json();
    let ulb = ucloud(&server, "DescribeULB", &[]);
    assert_eq!(
        (&list["RequestId"], &refused["RequestId"]),
        (&json!("once"), &json!("once"))
    );
    assert_eq!(refused["Code"], "NotFound");
    assert_eq!(csr["Response"]["RequestId"], "once");
    assert_eq!(ulb.header("x-ucloud-request-uuid").as_deref(), Some("once"));
    assert!(server.log().iter().all(|entry| entry.request_id == "once"));
}

/// The list shows nothing, and when the call comes somebody else was faster.
#[test]
fn somebody_else_can_be_faster() {
    let [_, whole, key] = material();
    let server = faulty("UploadUserCertificate", json!("twin"));
    let pair = [
        ("Name", "mine"),
        ("Cert", whole.as_str()),
        ("Key", &key),
        ("ClientToken", "mine"),
    ];
    let upload = Alibaba::new("UploadUserCertificate", &pair);
    assert_eq!(upload.code(&server), "NameRepeat");
    let keyword = [("OrderType", "CERT"), ("Keyword", "mine")];
    let list = alibaba(&server, "ListUserCertificateOrder", &keyword);
    assert_eq!(list["TotalCount"], 1);

    let server = faulty("UploadCertificate", json!("twin"));
    let body = json!({
        "CertificatePublicKey": whole, "CertificatePrivateKey": key, "Repeatable": false,
    });
    let answer = tencent(&server, "UploadCertificate", &body.to_string()).unwrap();
    let answer = &answer.json()["Response"];
    assert!(answer["RepeatCertId"] != "" && answer["RepeatCertId"] == answer["CertificateId"]);

    let server = faulty("CreateSSL", json!("twin"));
    let pair = [
        ("SSLName", "mine"),
        ("UserCert", &whole),
        ("PrivateKey", &key),
    ];
    assert_eq!(ucloud(&server, "CreateSSL", &pair).code(), "0");
    let all = ucloud(&server, "DescribeSSLV2", &[]).json();
    assert_eq!(all["TotalCount"], 7);
    assert_ne!(all["DataSet"][5]["SSLId"], all["DataSet"][6]["SSLId"]);
}

#[test]
fn one_action_can_be_denied_in_each_vendors_words() {
    let denied = |action: &str| faulty(action, json!("denied"));
    let server = denied("GetUserCertificateDetail");
    let detail = [("CertId", "1234567"), ("CertFilter", "true")];
    let answer = Alibaba::new("GetUserCertificateDetail", &detail)
        .send(&server)
        .unwrap();
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (403, "Forbidden.RAM")
    );
    assert_eq!(
        alibaba(
            &server,
            "GetCertificateDetail",
            &[("CertificateId", "1234567")]
        )["CertificateId"],
        "1234567"
    );
    let server = denied("DescribeCertificateDetail");
    let body = r#"{"CertificateId":"example1"}"#;
    let answer = tencent(&server, "DescribeCertificateDetail", body).unwrap();
    assert_eq!(answer.code(), "AuthFailure.UnauthorizedOperation");
    let server = denied("DescribeSSLV2");
    assert_eq!(ucloud(&server, "DescribeSSLV2", &[]).code(), "299");
}
