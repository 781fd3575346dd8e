//! `certctl api --paginate`: every style of paging, read to its end, or an error.

use std::sync::Mutex;

use serde_json::{Value, json};

use super::api::params;
use crate::support::Clouds;
use crate::support::raw::{Raw, answer};

/// A server that has a list of so many items and pages it as `page` does, given the parameters.
fn lister(page: impl Fn(&Value) -> Value + Send + Sync + 'static) -> Raw {
    Raw::http(move |request| answer(200, "", page(&params(request)).to_string()))
}

/// A number that came as one or as text.
fn number(params: &Value, name: &str, otherwise: u64) -> u64 {
    match &params[name] {
        Value::Null => otherwise,
        Value::String(text) => text.parse().expect("a number"),
        number => number.as_u64().expect("a number"),
    }
}

fn slice(total: u64, offset: u64, size: u64) -> Vec<Value> {
    let end = total.min(offset + size);
    (offset.min(end)..end).map(|at| json!({"Id": at})).collect()
}

/// The ids of a whole list.
fn ids(items: &Value) -> Vec<u64> {
    let items = items.as_array().expect("a list").iter();
    items
        .map(|item| item["Id"].as_u64().expect("an id"))
        .collect()
}

#[test]
fn pages_by_number_are_read_to_the_end() {
    for (number_name, size_name, total_name) in [
        ("PageNumber", "PageSize", "TotalCount"),
        ("CurrentPage", "ShowSize", "TotalCount"),
        ("CurrentPage", "ShowSize", "Total"),
        ("PageNum", "PageSize", "AllCount"),
    ] {
        let server = lister(move |params| {
            let (page, size) = (
                number(params, number_name, 1),
                number(params, size_name, 20),
            );
            let size = size.min(20);
            json!({
                "RequestId": format!("r{page}"), total_name: 300, number_name: page, size_name: size,
                "Domains": {"PageData": slice(300, (page - 1) * size, size)},
                "Regions": ["constant", "list"],
            })
        });
        let clouds = Clouds::new();
        let args = [
            "api",
            "alibaba",
            "cas",
            "ListX",
            "--paginate",
            "--rate=1000",
        ];
        let call = clouds
            .certctl(&args)
            .env("CERTCTL_ENDPOINT", server.endpoint());
        let whole = call.run().expect(0).json();
        assert_eq!(
            ids(&whole["Domains"]["PageData"]),
            (0..300).collect::<Vec<_>>()
        );
        assert_eq!(whole[total_name], 300);
        assert_eq!(whole["Regions"], json!(["constant", "list"]));
        assert_eq!(whole["RequestId"], "r1");
        assert!(whole.get(number_name).is_none() && whole.get(size_name).is_none());
        assert_eq!(server.requests().len(), 15, "{number_name}");
    }
}

#[test]
fn a_list_inside_of_a_member_with_its_own_count_is_read_to_the_end() {
    for count_is_of_the_page in [false, true] {
        let server = lister(move |params| {
            let page = number(params, "PageNumber", 1);
            let items = slice(20, (page - 1) * 5, 5);
            let count = if count_is_of_the_page {
                items.len()
            } else {
                20
            };
            json!({"RequestId": "r", "CertificateListModel": {
                "Count": count, "PageNumber": page, "PageSize": 5, "CertList": {"Cert": items},
            }})
        });
        let clouds = Clouds::new();
        let args = ["api", "alibaba", "cdn", "ListX", "--paginate"];
        let call = clouds
            .certctl(&args)
            .env("CERTCTL_ENDPOINT", server.endpoint());
        let whole = call.run().expect(0).json();
        let model = &whole["CertificateListModel"];
        assert_eq!(ids(&model["CertList"]["Cert"]), (0..20).collect::<Vec<_>>());
        assert!(model.get("PageNumber").is_none());
        let pages = if count_is_of_the_page { 5 } else { 4 };
        assert_eq!(server.requests().len(), pages);
    }
}

#[test]
fn pages_by_offset_are_read_to_the_end_in_the_type_that_was_given() {
    for (limit, offset) in [("Limit:=7", json!(7)), ("Limit=7", json!("7"))] {
        let server = lister(|params| {
            let offset = number(params, "Offset", 0);
            let items = slice(20, offset, number(params, "Limit", 10));
            json!({"Response": {"RequestId": "r", "TotalCount": 20, "Set": items}})
        });
        let clouds = Clouds::new();
        let args = ["api", "tencent", "ssl", "DescribeX", "--paginate", limit];
        let call = clouds
            .certctl(&args)
            .env("CERTCTL_ENDPOINT", server.endpoint());
        let whole = call.run().expect(0).json();
        assert_eq!(ids(&whole["Set"]), (0..20).collect::<Vec<_>>());
        let sent: Vec<Value> = server.requests().iter().map(params).collect();
        assert_eq!(sent.len(), 3);
        assert_eq!(sent[1]["Offset"], offset);
    }
    let server = lister(|params| {
        let items = slice(5, number(params, "Offset", 0), 2);
        json!({"RetCode": 0, "TotalCount": "5", "DataSet": items})
    });
    let clouds = Clouds::new();
    let args = ["api", "ucloud", "DescribeX", "--paginate"];
    let call = clouds
        .certctl(&args)
        .env("CERTCTL_ENDPOINT", server.endpoint());
    let whole = call.run().expect(0).json();
    assert_eq!(ids(&whole["DataSet"]), [0, 1, 2, 3, 4]);
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn pages_by_token_are_read_to_the_end() {
    for (member, param) in [("NextToken", "NextToken"), ("Marker", "Marker")] {
        let server = lister(move |params| {
            let offset = number(params, param, 0);
            let next = if offset + 4 < 10 {
                (offset + 4).to_string()
            } else {
                String::new()
            };
            json!({
                "RequestId": "r", member: next, "TotalCount": 10, "MaxResults": 4,
                "IsTruncated": offset + 4 < 10, "Users": {"User": slice(10, offset, 4)},
            })
        });
        let clouds = Clouds::new();
        let args = ["api", "alibaba", "ram", "ListX", "--paginate"];
        let call = clouds
            .certctl(&args)
            .env("CERTCTL_ENDPOINT", server.endpoint());
        let whole = call.run().expect(0).json();
        assert_eq!(ids(&whole["Users"]["User"]), (0..10).collect::<Vec<_>>());
        assert!(whole.get(member).is_none());
        assert_eq!(server.requests().len(), 3, "{member}");
    }
}

#[test]
fn a_list_that_is_cut_short_is_an_error() {
    type Answer = fn(u64) -> Value;
    let cases: [(&str, Answer); 6] = [
        ("the list is incomplete: received 2 of 6 items", |page| {
            let items = if page == 1 {
                slice(6, 0, 2)
            } else {
                Vec::new()
            };
            json!({"RequestId": "r", "TotalCount": 6, "PageNumber": page, "Items": items})
        }),
        (
            "the list is incomplete: after 2 items the same page was returned again",
            |_| json!({"RequestId": "r", "TotalCount": 6, "PageNumber": 1, "Items": slice(6, 0, 2)}),
        ),
        (
            "the list is incomplete: received 2 of 6 items",
            |page| match page {
                1 => {
                    json!({"RequestId": "r", "TotalCount": 6, "PageNumber": 1, "Items": slice(6, 0, 2)})
                }
                _ => json!({"RequestId": "r", "TotalCount": 6, "PageNumber": 2, "Items": null}),
            },
        ),
        (
            "the list is incomplete: after 2 items the same page was returned again",
            |_| json!({"RequestId": "r", "TotalCount": 6, "Items": slice(6, 0, 2)}),
        ),
        (
            "the answer does not show whether there are more pages",
            |_| json!({"RequestId": "r", "Items": slice(6, 0, 2)}),
        ),
        (
            "the answer has several lists; choose one with --paginate=A or B",
            |_| {
                json!({"RequestId": "r", "TotalCount": 6, "PageNumber": 1,
                   "A": slice(6, 0, 2), "B": slice(6, 0, 3)})
            },
        ),
    ];
    for (expected, page) in cases {
        let server = lister(move |params| page(number(params, "PageNumber", 1)));
        let clouds = Clouds::new();
        let args = ["api", "alibaba", "cas", "ListX", "--paginate"];
        let call = clouds
            .certctl(&args)
            .env("CERTCTL_ENDPOINT", server.endpoint());
        let outcome = call.run().expect(7);
        assert_eq!(outcome.stdout, "", "never a shorter list");
        let error = outcome.error();
        let message = error["message"].as_str().expect("a message");
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn what_says_only_how_much_there_is_goes_on_by_number() {
    for (size, number_name) in [("PageSize=3", "PageNumber"), ("ShowSize=3", "CurrentPage")] {
        let server = lister(move |params| {
            let items = slice(8, (number(params, number_name, 1) - 1) * 3, 3);
            json!({"RequestId": "r", "TotalCount": 8, "CertInfos": {"CertInfo": items}})
        });
        let clouds = Clouds::new();
        let args = ["api", "alibaba", "cdn", "ListX", "--paginate", size];
        let call = clouds
            .certctl(&args)
            .env("CERTCTL_ENDPOINT", server.endpoint());
        let whole = call.run().expect(0).json();
        assert_eq!(
            ids(&whole["CertInfos"]["CertInfo"]),
            (0..8).collect::<Vec<_>>()
        );
    }
    // An empty token ends a list whose only page is full.
    let server = lister(
        |_| json!({"RequestId": "r", "NextToken": "", "MaxResults": 2, "Items": slice(2, 0, 2)}),
    );
    let clouds = Clouds::new();
    let args = ["api", "alibaba", "ga", "ListX", "--paginate"];
    let call = clouds
        .certctl(&args)
        .env("CERTCTL_ENDPOINT", server.endpoint());
    assert_eq!(ids(&call.run().expect(0).json()["Items"]), [0, 1]);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_token_list_that_ends_before_its_total_is_cut_short() {
    let server = lister(|params| {
        let first = params.get("NextToken").is_none();
        let next = if first { "t" } else { "" };
        let offset = if first { 0 } else { 2 };
        json!({"RequestId": "r", "TotalCount": 9, "NextToken": next, "Items": slice(9, offset, 2)})
    });
    let clouds = Clouds::new();
    let args = ["api", "alibaba", "ga", "ListX", "--paginate"];
    let call = clouds
        .certctl(&args)
        .env("CERTCTL_ENDPOINT", server.endpoint());
    let error = call.run().expect(7).error();
    assert_eq!(
        error["message"],
        "ListX: the list is incomplete: received 4 of 9 items"
    );
}

#[test]
fn the_list_to_read_can_be_named() {
    let server = lister(|params| {
        let page = number(params, "PageNumber", 1);
        json!({"RequestId": "r", "TotalCount": 4, "PageNumber": page, "PageSize": 2,
               "A": {"In": slice(4, (page - 1) * 2, 2)}, "B": [1, 2]})
    });
    let clouds = Clouds::new();
    let paginate = |path: &str| {
        let args = ["api", "alibaba", "cas", "ListX", path];
        let call = clouds
            .certctl(&args)
            .env("CERTCTL_ENDPOINT", server.endpoint());
        call.run()
    };
    let whole = paginate("--paginate=A.In").expect(0).json();
    assert_eq!(ids(&whole["A"]["In"]), [0, 1, 2, 3]);
    assert_eq!(whole["B"], json!([1, 2]));
    let error = paginate("--paginate=A.Out").expect(7).error();
    assert_eq!(error["message"], "ListX: the answer has no list A.Out");
    let error = paginate("--paginate=A..In").expect(2).error();
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|text| text.contains("A..In"))
    );
}

#[test]
fn the_sandboxs_lists_are_whole_however_small_their_pages() {
    let clouds = Clouds::with(json!({"account": {"max_page": 2}}));
    let args = ["api", "alibaba", "cdn", "DescribeUserDomains", "--paginate"];
    let whole = clouds.certctl(&args).run().expect(0).json();
    let items = whole["Domains"]["PageData"].as_array().expect("a list");
    assert_eq!(json!(items.len()), whole["TotalCount"]);
    assert!(clouds.log().len() > 1);
    for (args, total, path) in [
        (
            &["alibaba", "cdn", "DescribeCdnHttpsDomainList"][..],
            "/TotalCount",
            "/CertInfos/CertInfo",
        ),
        (
            &["alibaba", "cdn", "DescribeCdnSSLCertificateList"],
            "/CertificateListModel/Count",
            "/CertificateListModel/CertList/Cert",
        ),
        (
            &[
                "alibaba",
                "cas",
                "ListUserCertificateOrder",
                "OrderType=UPLOAD",
            ],
            "/TotalCount",
            "/CertificateOrderList",
        ),
        (
            &["alibaba", "cas", "ListCertificates"],
            "/TotalCount",
            "/CertificateList",
        ),
        (
            &["alibaba", "ga", "ListAccelerators", "RegionId=cn-hangzhou"],
            "/TotalCount",
            "/Accelerators",
        ),
        (
            &["tencent", "ssl", "DescribeCertificates"],
            "/TotalCount",
            "/Certificates",
        ),
        (
            &["tencent", "ssl", "DescribeCSRSet", "Domain=example.com"],
            "/Total",
            "/Set",
        ),
        (&["ucloud", "DescribeSSLV2"], "/TotalCount", "/DataSet"),
        (&["ucloud", "DescribeULB"], "/TotalCount", "/DataSet"),
    ] {
        let clouds = Clouds::with(json!({"account": {"max_page": 2, "unlimited_rate": true}}));
        let call = clouds.certctl(&[&["api"], args].concat());
        let whole = call
            .args(&["--paginate", "--rate=1000"])
            .run()
            .expect(0)
            .json();
        let items = whole
            .pointer(path)
            .and_then(Value::as_array)
            .expect("a list");
        assert_eq!(Some(&json!(items.len())), whole.pointer(total), "{args:?}");
        assert!(items.len() < 3 || clouds.log().len() > 1, "{args:?}");
    }
}

#[test]
fn lost_keys_of_one_page_do_not_spoil_the_others() {
    let turn = Mutex::new(0);
    let server = Raw::http(move |_| {
        let mut turn = turn.lock().expect("no panic");
        *turn += 1;
        let items = slice(4, (*turn - 1) * 2, 2);
        let page = json!({"RequestId": "r", "TotalCount": 4, "PageNumber": *turn, "Items": items,
                          "PrivateKey": format!("secret{turn}")});
        answer(200, "", page.to_string())
    });
    let clouds = Clouds::new();
    let args = ["api", "alibaba", "cas", "ListX", "--paginate"];
    let call = clouds
        .certctl(&args)
        .env("CERTCTL_ENDPOINT", server.endpoint());
    let outcome = call.run().expect(0);
    assert!(!outcome.stdout.contains("secret"), "{}", outcome.stdout);
    assert_eq!(outcome.json()["PrivateKey"], "****");
}
