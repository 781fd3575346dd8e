//! `certctl cdn set`

use serde_json::json;

use crate::support::Clouds;

#[test]
fn the_contracts_own_sample() {
    let clouds = Clouds::new();
    let outcome = clouds
        .certctl(&["cdn", "set", "--domains", "a.com,b.com,c.com", "--on"])
        .run()
        .expect(9);
    let document = outcome.json();
    assert_eq!(document["schema"], "certctl/v1");
    assert_eq!(document["command"], "cdn set");
    assert_eq!(document["ok"], false);
    let summary = json!({"total": 3, "changed": 2, "unchanged": 0, "failed": 1, "skipped": 0,
                         "unknown": 0, "planned": 0});
    assert_eq!(document["summary"], summary);
    assert_eq!(outcome.statuses(), ["changed", "changed", "failed"]);
    let error = &document["results"][2]["error"];
    assert_eq!(error["code"], "InvalidDomain.NotFound");
    assert_eq!(error["kind"], "not-found");
    assert_eq!(error["http_status"], 404);
    assert_eq!(error["retryable"], false);
    assert_eq!(error["attempts"], 1);
}
