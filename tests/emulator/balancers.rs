//! What UCloud's older actions read like.

use serde_json::json;

use crate::{plain, ucloud};

#[test]
fn the_older_list_of_certificates_knows_clbs_alone() {
    let server = plain();
    let all = ucloud(&server, "DescribeSSL", &[]).json();
    assert_eq!(all["TotalCount"], 5);
    let old = ucloud(&server, "DescribeSSL", &[("SSLId", "ssl-old0001")]).json();
    let row = &old["DataSet"][0];
    let targets = row["BindedTargetSet"].as_array().unwrap();
    let bound: Vec<_> = targets.iter().map(|target| &target["VServerId"]).collect();
    assert_eq!(
        bound,
        ["vserver-https1", "vserver-https2", "vserver-https3"]
    );
    assert_eq!(targets[2]["ULBId"], "ulb-sandbox2");
    assert_eq!((row.get("DNSNames"), row.get("Relations")), (None, None));
    assert_eq!(row["Domains"], "example.com");
    assert!(row["SSLContent"].as_str().unwrap().contains("PRIVATE KEY"));
    let page = [("Limit", "2"), ("Offset", "4")];
    let rest = ucloud(&server, "DescribeSSL", &page).json();
    assert_eq!(rest["DataSet"].as_array().unwrap().len(), 1);
    let absent = ucloud(&server, "DescribeSSL", &[("SSLId", "ssl-none")]);
    assert_eq!(absent.code(), "4210");
}

#[test]
fn the_simple_list_of_load_balancers_has_no_listeners() {
    let server = plain();
    let all = ucloud(&server, "DescribeULBSimple", &[]).json();
    let rows = all["DataSet"].as_array().unwrap();
    let ids: Vec<_> = rows.iter().map(|row| &row["ULBId"]).collect();
    assert_eq!(
        (ids, &all["TotalCount"]),
        (
            vec![&json!("ulb-sandbox1"), &json!("ulb-sandbox2")],
            &json!(2),
        )
    );
    assert!(rows.iter().all(|row| row.get("VServerSet").is_none()));
    let full = ucloud(&server, "DescribeULB", &[("ULBId", "ulb-sandbox1")]).json();
    let listeners = full["DataSet"][0]["VServerSet"].as_array().unwrap();
    assert_eq!(listeners.len(), 4);
}
